"""Convolutions with a kernel and a bias of their own, in one to three dimensions.

Read next: `conv_transpose.py`.
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
from interactive_graphs.ops import initializers
from interactive_graphs.ops.nn_convolution import convolution

# The formats that the ops know, by the number of spatial dimensions.
_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
_NODES = {1: "conv1d", 2: "Conv2D", 3: "Conv3D"}


class Conv(Layer):
    """A convolution: `activation(filters slid over the input + bias)`.

    Args:
        filters: how many there are, the depth of the output.
        kernel_size: an int, or one per spatial dimension.
        strides: from one window to the next: an int, or one per spatial dimension.
        padding: 'valid' or 'same', in one dimension 'causal' as well.
        data_format: 'channels_last' or 'channels_first'.
        dilation_rate: from one tap of a filter to the next: an int, or one per spatial
            dimension. Not together with strides above 1.
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
        kernel: `[*kernel_size, channels, filters]`, once it is built.
        bias: `[filters]`, or None.

    Raises:
        ValueError: an argument is not one of these.
    """

    rank: ClassVar[int]

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
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
            trainable, name, activity_regularizer=activity_regularizer, **kwargs
        )
        if filters <= 0:
            raise ValueError(
                "Invalid value for argument `filters`. Expected a strictly positive "
                f"value. Received filters={filters}."
            )
        rank = self.rank
        self.filters = int(filters)
        self.kernel_size = arguments.as_ints(kernel_size, rank, "kernel_size")
        self.strides = arguments.as_ints(strides, rank, "strides")
        self.padding = arguments.as_padding(padding, causal=rank == 1)
        self.data_format = arguments.as_data_format(data_format)
        self.dilation_rate = arguments.as_ints(dilation_rate, rank, "dilation_rate")
        self.activation = arguments.as_activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = arguments.as_initializer(kernel_initializer)
        self.bias_initializer = arguments.as_initializer(bias_initializer)
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.input_spec = InputSpec(ndim=rank + 2)
        self.kernel: Any = None
        self.bias: Any = None

    @property
    def _axis(self) -> int:
        """Where the channels are."""
        return 1 if self.data_format == "channels_first" else -1

    @property
    def _format(self) -> str:
        """The data format as the ops call it."""
        return _FORMATS[self.rank][self.data_format == "channels_first"]

    def _kernel_shape(self, channels: int) -> tuple[int, ...]:
        return (*self.kernel_size, channels, self.filters)

    def build(self, input_shape: Any) -> None:
        """Make kernel and bias."""
        channels = arguments.channels_of(input_shape, self._axis)
        self.kernel = self.add_weight(
            "kernel", self._kernel_shape(channels),
            initializer=self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )  # fmt: skip
        self._build_bias()
        self._expect(channels)

    def _build_bias(self) -> None:
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", [self.filters],
                initializer=self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )  # fmt: skip

    def _expect(self, channels: int) -> None:
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._axis: channels})
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        """Slide the filters over the inputs, add the bias, activate."""
        x, padding = convert(inputs), self.padding
        if padding == "causal":
            x, padding = self._padded(x), "valid"
        outputs = convolution(
            x, self.kernel, padding.upper(), self.strides, self.dilation_rate,
            _NODES[self.rank], self._format,
        )  # fmt: skip
        return self._finished(outputs)

    def _padded(self, x: Tensor) -> Tensor:
        """So many zeros before a sequence that no output sees what comes later."""
        before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        paddings = [[0, 0], [before, 0], [0, 0]]
        if self.data_format == "channels_first":
            paddings = [[0, 0], [0, 0], [before, 0]]
        result: Tensor = raw.Pad(x, paddings)
        return result

    def _finished(self, outputs: Tensor) -> Tensor:
        """Bias and activation."""
        if self.use_bias:
            is_first = self.data_format == "channels_first"
            outputs = raw.BiasAdd(
                outputs, self.bias, data_format="NCHW" if is_first else "NHWC"
            )
        return self._activated(outputs)

    def _activated(self, outputs: Tensor) -> Tensor:
        if self.activation is None:
            return outputs
        result: Tensor = self.activation(outputs)
        return result

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output for that of the input."""
        batch, sizes = arguments.split_shape(input_shape, self.data_format, self.rank)
        sizes = arguments.windows(
            sizes, self.kernel_size, self.strides, self.padding, self.dilation_rate
        )
        return TensorShape(
            arguments.join_shape(batch, sizes, self.filters, self.data_format)
        )


@documented_by(Conv)
class Conv1D(Conv):
    """A convolution of sequences, `[batch, steps, channels]`.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.conv1d(tf.zeros([2, 9, 4]), filters=8, kernel_size=3)
        <tf.Tensor 'conv1d/BiasAdd:0' shape=(2, 7, 8) dtype=float32>
    """

    rank = 1


@documented_by(Conv)
class Conv2D(Conv):
    """A convolution of images, `[batch, rows, columns, channels]`.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.zeros([2, 28, 28, 1])
        >>> tf.layers.conv2d(x, 32, 5, padding="same", activation=tf.nn.relu)
        <tf.Tensor 'conv2d/Relu:0' shape=(2, 28, 28, 32) dtype=float32>
    """

    rank = 2


@documented_by(Conv)
class Conv3D(Conv):
    """A convolution of volumes, `[batch, depth, rows, columns, channels]`.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.conv3d(tf.zeros([2, 9, 9, 9, 1]), 4, 3, strides=2)
        <tf.Tensor 'conv3d/BiasAdd:0' shape=(2, 4, 4, 4, 4) dtype=float32>
    """

    rank = 3


conv1d = functional(Conv1D, "conv1d")
conv2d = functional(Conv2D, "conv2d")
conv3d = functional(Conv3D, "conv3d")
