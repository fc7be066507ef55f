"""Dense layers, dropout, and flattening.

Read next: `convolution.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT_OR_COMPLEX, as_dtype
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    num_elements,
    to_static,
)
from interactive_graphs.layers.arguments import (
    as_activation,
    as_data_format,
    as_initializer,
)
from interactive_graphs.layers.base import Layer
from interactive_graphs.layers.functional import functional
from interactive_graphs.layers.input_spec import InputSpec, check_inputs
from interactive_graphs.layers.smart import smart_cond
from interactive_graphs.ops import initializers
from interactive_graphs.ops.contraction import tensordot
from interactive_graphs.ops.nn_dropout import dropout as nn_dropout


class Dense(Layer):
    """A fully connected layer: `activation(inputs @ kernel + bias)`.

    Args:
        units: how many outputs there are.
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
        kernel: `[inputs, units]`, once it is built.
        bias: `[units]`, or None.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32, [None, 784])
        >>> tf.layers.dense(x, 10, activation=tf.nn.relu, name="hidden")
        <tf.Tensor 'hidden/Relu:0' shape=(?, 10) dtype=float32>
    """

    def __init__(
        self,
        units: int,
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
        self.units = int(units)
        if self.units < 0:
            raise ValueError(
                "Received an invalid value for `units`, expected a positive integer. "
                f"Received: units={units}"
            )
        self.activation = as_activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = as_initializer(kernel_initializer)
        self.bias_initializer = as_initializer(bias_initializer)
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.input_spec = InputSpec(min_ndim=2)
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Make kernel and bias."""
        dtype = as_dtype(self.dtype or "float32")
        if dtype not in FLOAT_OR_COMPLEX:
            raise TypeError(
                f"Unable to build `Dense` layer with non-floating point dtype {dtype!r}"
            )
        shape = to_static(input_shape)
        size = None if not shape else shape[-1]
        if size is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found "
                "`None`."
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_weight(
            "kernel", [size, self.units],
            initializer=self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", [self.units],
                initializer=self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        """Multiply, add the bias, activate."""
        x = convert(inputs, as_dtype(self.dtype or "float32"))
        rank = len(x.static_shape or ())
        if rank > 2:
            outputs = tensordot(x, self.kernel, [[rank - 1], [0]])
            outputs.set_shape(self.compute_output_shape(x.get_shape()))
        else:
            outputs = raw.MatMul(x, self.kernel)
        if self.use_bias:
            outputs = raw.BiasAdd(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape with `units` as its last size."""
        shape = to_static(input_shape)
        if not shape or shape[-1] is None:
            raise ValueError(
                "The innermost dimension of input_shape must be defined, but saw: "
                f"{input_shape}"
            )
        return TensorShape((*shape[:-1], self.units))


dense = functional(Dense, "dense")


class Dropout(Layer):
    """Sets random elements to zero and makes the others larger, while training.

    Args:
        rate: the share that becomes zero, below 1.
        noise_shape: the shape of the random choice, which is broadcast; None for the
            input's.
        seed: of the random choice.
        name: the layer's name.
        **kwargs: what `Layer` takes.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.layers.dropout([[1.0, 2.0]], training=False))
        array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """See the class."""
        super().__init__(name=name, **kwargs)
        if isinstance(rate, (int, float)) and not 0 <= rate <= 1:
            raise ValueError(
                f"Invalid value {rate} received for `rate`, expected a value between 0 "
                "and 1."
            )
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = False) -> Tensor:
        """Drop out if `training`."""
        result: Tensor = smart_cond(
            False if training is None else training,
            lambda: nn_dropout(
                inputs, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed
            ),
            lambda: raw.Identity(inputs),
        )
        return result

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape."""
        return TensorShape(input_shape)


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: Any = None,
    training: Any = False,
    name: str | None = None,
) -> Tensor:
    """Set random elements to zero and make the others larger, while training.

    Args:
        inputs: a floating tensor.
        rate: the share that becomes zero, below 1.
        noise_shape: the shape of the random choice; None for the input's.
        seed: of the random choice.
        training: a bool or a scalar boolean tensor; if false nothing changes.
        name: the layer's name.

    Returns:
        A tensor of the input's dtype and shape.

    Raises:
        ValueError: the rate is out of range.
    """
    result: Tensor = Dropout(rate, noise_shape, seed, name)(
        convert(inputs), training=training
    )
    return result


class Flatten(Layer):
    """Gives each example as a vector.

    Args:
        data_format: 'channels_first' moves the channels to the end before.
        **kwargs: `name`, and what `Layer` takes.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.flatten(tf.zeros([5, 4, 3]))
        <tf.Tensor 'flatten/Reshape:0' shape=(5, 12) dtype=float32>
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        self.data_format = as_data_format(data_format)

    def call(self, inputs: Any) -> Tensor:
        """Reshape."""
        x = convert(inputs)
        if x.static_shape is not None:  # of unknown rank it may be as well
            check_inputs(self.name, InputSpec(min_ndim=1), x)
        rank = len(x.static_shape or ())
        if self.data_format == "channels_first" and rank > 2:
            x = raw.Transpose(x, [0, *range(2, rank), 1])
        if rank == 1:
            result: Tensor = raw.ExpandDims(x, 1)
            return result
        wanted = self.compute_output_shape(x.get_shape())
        batch, size = to_static(wanted) or (None, None)
        if size is not None:
            # -1 could stand for many sizes where there are no elements.
            result = raw.Reshape(x, [-1 if batch is None else batch, size])
        elif batch is not None:
            result = raw.Reshape(x, [batch, -1])
        else:
            result = raw.Reshape(x, raw.Pack([raw.Shape(x)[0], -1]))
        result.set_shape(wanted)
        return result

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The batch size, and the size of an example."""
        shape: Shape = to_static(input_shape)
        if shape is None:
            return TensorShape([None, None])
        return TensorShape([shape[0], num_elements(shape[1:])])


def flatten(
    inputs: Any, name: str | None = None, data_format: str = "channels_last"
) -> Tensor:
    """Give each example as a vector.

    Args:
        inputs: a tensor, `[batch, ...]`.
        name: the layer's name.
        data_format: 'channels_first' moves the channels to the end before.

    Returns:
        A tensor of its dtype, `[batch, size]`.
    """
    result: Tensor = Flatten(data_format, name=name)(inputs)
    return result
