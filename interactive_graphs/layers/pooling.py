"""The largest or the mean of each window.

Read next: `normalization.py`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape
from interactive_graphs.layers import arguments
from interactive_graphs.layers.base import Layer
from interactive_graphs.layers.functional import documented_by, functional
from interactive_graphs.layers.input_spec import InputSpec


class Pooling(Layer):
    """One number for each window of each channel.

    Args:
        pool_size: of a window: an int, or one per spatial dimension.
        strides: from one window to the next: an int, or one per spatial dimension;
            None for the size of a window.
        padding: 'valid' or 'same'.
        data_format: 'channels_last' or 'channels_first'.
        name: the layer's name.
        **kwargs: what `Layer` takes.

    Raises:
        ValueError: an argument is not one of these.
    """

    rank: ClassVar[int]
    node: ClassVar[str]

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """See the class."""
        super().__init__(name=name, **kwargs)
        rank = self.rank
        self.pool_size = arguments.as_ints(pool_size, rank, "pool_size")
        strides = self.pool_size if strides is None else strides
        self.strides = arguments.as_ints(strides, rank, "strides")
        self.padding = arguments.as_padding(padding)
        self.data_format = arguments.as_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)

    def call(self, inputs: Any) -> Tensor:
        """Pool."""
        x = convert(inputs)
        is_first = self.data_format == "channels_first"
        sizes, steps, fmt = self.pool_size, self.strides, "NHWC"
        if self.rank == 1:
            # Sequences are images of width 1.
            axis = 3 if is_first else 2
            x, sizes, steps = raw.ExpandDims(x, axis), (*sizes, 1), (*steps, 1)
        elif self.rank == 3:
            fmt = "NDHWC"
        result: Tensor = getattr(raw, self.node)(
            x,
            ksize=(1, 1, *sizes) if is_first else (1, *sizes, 1),
            strides=(1, 1, *steps) if is_first else (1, *steps, 1),
            padding=self.padding.upper(),
            data_format="NC" + fmt[1:-1] if is_first else fmt,
        )
        return raw.Squeeze(result, squeeze_dims=[axis]) if self.rank == 1 else result

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output for that of the input."""
        shape = TensorShape(input_shape).with_rank(self.rank + 2).as_list()
        channels = shape[1 if self.data_format == "channels_first" else -1]
        batch, sizes = arguments.split_shape(shape, self.data_format, self.rank)
        sizes = arguments.windows(sizes, self.pool_size, self.strides, self.padding)
        return TensorShape(
            arguments.join_shape(batch, sizes, channels, self.data_format)
        )


@documented_by(Pooling)
class MaxPooling1D(Pooling):
    """The largest of each window of a sequence, channel by channel.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     x = tf.constant([[[1.0], [4.0], [2.0], [3.0]]])
        ...     sess.run(tf.layers.max_pooling1d(x, 2, 2))[0, :, 0]
        array([4., 3.], dtype=float32)
    """

    rank, node = 1, "MaxPool"


@documented_by(Pooling)
class MaxPooling2D(Pooling):
    """The largest of each window of an image, channel by channel.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.max_pooling2d(tf.zeros([2, 28, 28, 3]), 2, 2)
        <tf.Tensor 'max_pooling2d/MaxPool:0' shape=(2, 14, 14, 3) dtype=float32>
    """

    rank, node = 2, "MaxPool"


@documented_by(Pooling)
class MaxPooling3D(Pooling):
    """The largest of each window of a volume, channel by channel.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.max_pooling3d(tf.zeros([2, 8, 8, 8, 3]), 2, 2)
        <tf.Tensor 'max_pooling3d/MaxPool3D:0' shape=(2, 4, 4, 4, 3) dtype=float32>
    """

    rank, node = 3, "MaxPool3D"


@documented_by(Pooling)
class AveragePooling1D(Pooling):
    """The mean of each window of a sequence, channel by channel.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     x = tf.constant([[[1.0], [4.0], [2.0], [3.0]]])
        ...     sess.run(tf.layers.average_pooling1d(x, 2, 2))[0, :, 0]
        array([2.5, 2.5], dtype=float32)
    """

    rank, node = 1, "AvgPool"


@documented_by(Pooling)
class AveragePooling2D(Pooling):
    """The mean of each window of an image, channel by channel.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.average_pooling2d(tf.zeros([2, 28, 28, 3]), 2, 2)
        <tf.Tensor 'average_pooling2d/AvgPool:0' shape=(2, 14, 14, 3) dtype=float32>
    """

    rank, node = 2, "AvgPool"


@documented_by(Pooling)
class AveragePooling3D(Pooling):
    """The mean of each window of a volume, channel by channel.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.average_pooling3d(tf.zeros([2, 8, 8, 8, 3]), 2, 2)
        <tf.Tensor 'average_pooling3d/AvgPool3D:0' shape=(2, 4, 4, 4, 3) dtype=float32>
    """

    rank, node = 3, "AvgPool3D"


max_pooling1d = functional(MaxPooling1D, "max_pooling1d", has_variables=False)
max_pooling2d = functional(MaxPooling2D, "max_pooling2d", has_variables=False)
max_pooling3d = functional(MaxPooling3D, "max_pooling3d", has_variables=False)
average_pooling1d = functional(
    AveragePooling1D, "average_pooling1d", has_variables=False
)
average_pooling2d = functional(
    AveragePooling2D, "average_pooling2d", has_variables=False
)
average_pooling3d = functional(
    AveragePooling3D, "average_pooling3d", has_variables=False
)
