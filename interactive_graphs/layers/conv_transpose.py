"""Convolutions the other way round, which make images and volumes larger.

Read next: `separable.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape
from interactive_graphs.layers import arguments
from interactive_graphs.layers.convolution import Conv
from interactive_graphs.layers.functional import documented_by, functional
from interactive_graphs.ops import initializers
from interactive_graphs.ops.nn_conv import conv2d_transpose as nn_conv2d_transpose
from interactive_graphs.ops.nn_conv3d import conv3d_transpose as nn_conv3d_transpose


class ConvTranspose(Conv):
    """The transpose of a convolution, which gives larger images or volumes.

    Args:
        filters: the depth of the output.
        kernel_size: an int, or one per spatial dimension.
        strides: by how much it becomes larger: an int, or one per spatial dimension.
        padding: 'valid' or 'same'.
        data_format: 'channels_last' or 'channels_first'.
        activation: a function of tensors, or its name; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: as of `tf.get_variable`; None for the scope's.
        bias_initializer: as of `tf.get_variable`.
        kernel_regularizer: `fn(kernel)` gives a loss, or None.
        bias_regularizer: `fn(bias)` gives a loss, or None.
        activity_regularizer: `fn(output)` gives a loss, or None.
        kernel_constraint: a function that optimizers apply to the kernel.
        bias_constraint: a function that optimizers apply to the bias.
        trainable: whether the variables go to TRAINABLE_VARIABLES.
        name: the layer's name.
        **kwargs: `dtype`, and what `Layer` takes.

    Attributes:
        kernel: `[*kernel_size, filters, channels]`, once it is built.
        bias: `[filters]`, or None.

    Raises:
        ValueError: an argument is not one of these.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = initializers.Zeros(),  # noqa: B008 - has no state
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """See the class."""
        super().__init__(
            filters, kernel_size, strides, padding, data_format, 1, activation,
            use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
            bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint,
            trainable, name, **kwargs,
        )  # fmt: skip

    def _kernel_shape(self, channels: int) -> tuple[int, ...]:
        return (*self.kernel_size, self.filters, channels)

    def _node(self, *args: Any, **kwargs: Any) -> Tensor:
        """The op."""
        raise NotImplementedError

    def call(self, inputs: Any) -> Tensor:
        """Spread the inputs out, add the bias, activate."""
        x = convert(inputs)
        wanted = self.compute_output_shape(x.get_shape())
        is_first = self.data_format == "channels_first"
        steps = (1, 1, *self.strides) if is_first else (1, *self.strides, 1)
        outputs = self._node(
            x, self.kernel, self._sizes(x, wanted), steps, self.padding.upper(),
            data_format=self._format,
        )  # fmt: skip
        outputs.set_shape(wanted)
        return self._finished(outputs)

    def _sizes(self, x: Tensor, wanted: TensorShape) -> Any:
        """The shape of the output: what is not known now is computed at run time."""
        known = wanted.as_list()
        if None not in known:
            return known
        shape = raw.Shape(x)
        first = 2 if self.data_format == "channels_first" else 1
        for axis, size in enumerate(known):
            if size is None and axis == 0:
                known[0] = shape[0]
            elif size is None:
                stride = self.strides[axis - first]
                more = max(self.kernel_size[axis - first] - stride, 0)
                size = shape[axis] * stride
                known[axis] = size if self.padding == "same" else size + more
        return raw.Pack(known)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output for that of the input."""
        batch, sizes = arguments.split_shape(input_shape, self.data_format, self.rank)
        larger: list[int | None] = []
        for size, width, stride in zip(
            sizes, self.kernel_size, self.strides, strict=True
        ):
            more = 0 if self.padding == "same" else max(width - stride, 0)
            larger.append(None if size is None else size * stride + more)
        return TensorShape(
            arguments.join_shape(batch, tuple(larger), self.filters, self.data_format)
        )


@documented_by(ConvTranspose)
class Conv2DTranspose(ConvTranspose):
    """The transpose of a convolution of images, which makes them larger.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.zeros([2, 7, 7, 8])
        >>> tf.layers.conv2d_transpose(x, 4, 5, strides=2, padding="same")
        <tf.Tensor 'conv2d_transpose/BiasAdd:0' shape=(2, 14, 14, 4) dtype=float32>
    """

    rank = 2

    def _node(self, *args: Any, **kwargs: Any) -> Tensor:
        return nn_conv2d_transpose(*args, **kwargs)


@documented_by(ConvTranspose)
class Conv3DTranspose(ConvTranspose):
    """The transpose of a convolution of volumes, which makes them larger.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.zeros([2, 3, 3, 3, 8])
        >>> tf.layers.conv3d_transpose(x, 4, 2, strides=2)
        <tf.Tensor 'conv3d_transpose/BiasAdd:0' shape=(2, 6, 6, 6, 4) dtype=float32>
    """

    rank = 3

    def _node(self, *args: Any, **kwargs: Any) -> Tensor:
        return nn_conv3d_transpose(*args, **kwargs)


conv2d_transpose = functional(Conv2DTranspose, "conv2d_transpose")
conv3d_transpose = functional(Conv3DTranspose, "conv3d_transpose")
