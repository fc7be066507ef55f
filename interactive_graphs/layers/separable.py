"""Convolutions in two steps: each channel for itself, then all channels at each place.

Read next: `pooling.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.layers import arguments
from interactive_graphs.layers.convolution import Conv
from interactive_graphs.layers.functional import documented_by, functional
from interactive_graphs.ops import initializers
from interactive_graphs.ops.nn_depthwise import separable_conv2d as nn_separable_conv2d


class SeparableConv(Conv):
    """A convolution of each channel by itself, then one of size 1 that mixes them.

    Args:
        filters: the depth of the output.
        kernel_size: an int, or one per spatial dimension.
        strides: an int, or one per spatial dimension; all must be the same.
        padding: 'valid' or 'same', in one dimension 'causal' as well.
        data_format: 'channels_last' or 'channels_first'.
        dilation_rate: an int, or one per spatial dimension. Not together with strides
            above 1.
        depth_multiplier: how many filters each channel has in the first step.
        activation: a function of tensors, or its name; None for none.
        use_bias: whether there is a bias.
        depthwise_initializer: of the first kernel, as of `tf.get_variable`.
        pointwise_initializer: of the second kernel.
        bias_initializer: of the bias.
        depthwise_regularizer: `fn(kernel)` gives a loss, or None.
        pointwise_regularizer: `fn(kernel)` gives a loss, or None.
        bias_regularizer: `fn(bias)` gives a loss, or None.
        activity_regularizer: `fn(output)` gives a loss, or None.
        depthwise_constraint: a function that optimizers apply to the first kernel.
        pointwise_constraint: the same for the second kernel.
        bias_constraint: the same for the bias.
        trainable: whether the variables go to TRAINABLE_VARIABLES.
        name: the layer's name.
        **kwargs: `dtype`, and what `Layer` takes.

    Attributes:
        depthwise_kernel: `[*kernel_size, channels, depth_multiplier]`.
        pointwise_kernel: `[1, ..., channels * depth_multiplier, filters]`.
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
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = initializers.Zeros(),  # noqa: B008 - has no state
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """See the class."""
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate,
            activation, use_bias, None, bias_initializer, None, bias_regularizer,
            activity_regularizer, None, bias_constraint, trainable, name, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = arguments.as_initializer(depthwise_initializer)
        self.pointwise_initializer = arguments.as_initializer(pointwise_initializer)
        self.depthwise_regularizer = depthwise_regularizer
        self.pointwise_regularizer = pointwise_regularizer
        self.depthwise_constraint = depthwise_constraint
        self.pointwise_constraint = pointwise_constraint
        self.depthwise_kernel: Any = None
        self.pointwise_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Make both kernels and the bias."""
        channels = arguments.channels_of(input_shape, self._axis)
        between = channels * self.depth_multiplier
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )  # fmt: skip
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel", (*(1,) * self.rank, between, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )  # fmt: skip
        self._build_bias()
        self._expect(channels)


@documented_by(SeparableConv)
class SeparableConv1D(SeparableConv):
    """A convolution of sequences, first by channel and then across them.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.separable_conv1d(tf.zeros([2, 9, 4]), 8, 3)
        <tf.Tensor 'separable_conv1d/Squeeze:0' shape=(2, 7, 8) dtype=float32>
    """

    rank = 1

    def call(self, inputs: Any) -> Tensor:
        """Convolve as images of height 1, add the bias, activate."""
        x, padding = convert(inputs), self.padding
        if padding == "causal":
            x, padding = self._padded(x), "valid"
        is_first = self.data_format == "channels_first"
        axis, stride = (2 if is_first else 1), self.strides[0]
        outputs = nn_separable_conv2d(
            raw.ExpandDims(x, axis),
            raw.ExpandDims(self.depthwise_kernel, 0),
            raw.ExpandDims(self.pointwise_kernel, 0),
            (1, 1, stride, stride) if is_first else (1, stride, stride, 1),
            padding.upper(),
            rate=(1, *self.dilation_rate),
            data_format="NCHW" if is_first else "NHWC",
        )
        if self.use_bias:
            outputs = raw.BiasAdd(
                outputs, self.bias, data_format="NCHW" if is_first else "NHWC"
            )
        return self._activated(raw.Squeeze(outputs, squeeze_dims=[axis]))


@documented_by(SeparableConv)
class SeparableConv2D(SeparableConv):
    """A convolution of images, first by channel and then across them.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.separable_conv2d(tf.zeros([2, 9, 9, 4]), 8, 3, strides=2)
        <tf.Tensor 'separable_conv2d/BiasAdd:0' shape=(2, 4, 4, 8) dtype=float32>
    """

    rank = 2

    def call(self, inputs: Any) -> Tensor:
        """Convolve twice, add the bias, activate."""
        is_first = self.data_format == "channels_first"
        outputs = nn_separable_conv2d(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            (1, 1, *self.strides) if is_first else (1, *self.strides, 1),
            self.padding.upper(),
            rate=self.dilation_rate,
            data_format=self._format,
        )
        return self._finished(outputs)


separable_conv1d = functional(SeparableConv1D, "separable_conv1d")
separable_conv2d = functional(SeparableConv2D, "separable_conv2d")
