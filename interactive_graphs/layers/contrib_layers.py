"""The layers of `tf.contrib.layers` with 'weights' and 'biases': dense, convolutions.

They go through `arg_scope`, activate with relu unless told otherwise, and put their
variables into MODEL_VARIABLES as well. Read next: `contrib_simple.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.layers import arguments
from interactive_graphs.layers.arg_scope import add_arg_scope
from interactive_graphs.layers.variables import model_variable
from interactive_graphs.ops import initializers
from interactive_graphs.ops.contraction import tensordot
from interactive_graphs.ops.nn_activation import relu
from interactive_graphs.ops.nn_conv import conv2d_transpose as nn_conv2d_transpose
from interactive_graphs.ops.nn_convolution import convolution as nn_convolution
from interactive_graphs.ops.nn_depthwise import separable_conv2d as nn_separable_conv2d
from interactive_graphs.ops.variable_scope import variable_scope


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = float32,
) -> Any:
    """An initializer that keeps the variance of what goes through a layer.

    Args:
        factor: what the variance is multiplied by.
        mode: 'FAN_IN', 'FAN_OUT' or 'FAN_AVG': which connections are counted.
        uniform: whether the numbers are spread evenly, and not normally.
        seed: of the random numbers.
        dtype: of the numbers.

    Returns:
        An initializer.

    Raises:
        ValueError: there is no such mode.
    """
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise ValueError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")
    return initializers.VarianceScaling(
        # That of the truncated normal was estimated as 1.3 here and not computed.
        scale=factor if uniform else factor * 1.3 * 0.87962566103423978**2,
        mode=mode.lower(),
        distribution="uniform" if uniform else "truncated_normal",
        seed=seed,
        dtype=dtype,
    )


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = float32
) -> Any:
    """Glorot's initializer, for layers whose activation is linear around 0.

    Args:
        uniform: whether the numbers are spread evenly, and not normally.
        seed: of the random numbers.
        dtype: of the numbers.

    Returns:
        An initializer.
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


_XAVIER = xavier_initializer()
_ZEROS = initializers.Zeros()


def collected(outputs: Tensor, collections: Any) -> Tensor:
    """A layer's outputs, after adding them to collections."""
    if collections:
        get_default_graph().add_to_collections(collections, outputs)
    return outputs


def collections_of(given: Any, name: str) -> Any:
    """The collections of a variable: a list for all, or a dict by name."""
    return given.get(name) if isinstance(given, dict) else given


def _finish(
    outputs: Tensor,
    channels: int,
    bias_format: str,
    activation_fn: Any,
    normalizer_fn: Any,
    normalizer_params: Any,
    biases_initializer: Any,
    biases_regularizer: Any,
    variables_collections: Any,
    outputs_collections: Any,
    trainable: bool,
) -> Tensor:
    """Normalise or add a bias, activate, collect."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    elif biases_initializer is not None:
        biases = model_variable(
            "biases", [channels], outputs.dtype.base_dtype, biases_initializer,
            biases_regularizer, trainable,
            collections_of(variables_collections, "biases"),
        )  # fmt: skip
        outputs = raw.BiasAdd(outputs, biases, data_format=bias_format)
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    return collected(outputs, outputs_collections)


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """A fully connected layer, with relu.

    Args:
        inputs: floating, `[..., size]`.
        num_outputs: how many outputs there are.
        activation_fn: a function of tensors; None for none.
        normalizer_fn: used instead of a bias, as `batch_norm`.
        normalizer_params: arguments for it.
        weights_initializer: as of `tf.get_variable`.
        weights_regularizer: `fn(weights)` gives a loss, or None.
        biases_initializer: as of `tf.get_variable`; None for no bias.
        biases_regularizer: `fn(biases)` gives a loss, or None.
        reuse: whether to share variables, see `tf.variable_scope`.
        variables_collections: collections for the variables, or a dict of such by
            'weights' and 'biases'.
        outputs_collections: collections for the outputs.
        trainable: whether the variables go to TRAINABLE_VARIABLES.
        scope: the variable scope.

    Returns:
        A tensor of the inputs' dtype, `[..., num_outputs]`.

    Raises:
        ValueError: the last size of the inputs is not known.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.contrib.layers.fully_connected(tf.zeros([2, 3]), 4)
        <tf.Tensor 'fully_connected/Relu:0' shape=(2, 4) dtype=float32>
    """
    x = convert(inputs)
    with variable_scope(scope, "fully_connected", [x], reuse=reuse):
        shape = x.static_shape
        if not shape or shape[-1] is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found "
                "`None`."
            )
        weights = model_variable(
            "weights", [shape[-1], num_outputs], x.dtype.base_dtype,
            weights_initializer, weights_regularizer, trainable,
            collections_of(variables_collections, "weights"),
        )  # fmt: skip
        if len(shape) > 2:
            outputs = tensordot(x, weights, [[len(shape) - 1], [0]])
            outputs.set_shape([*shape[:-1], num_outputs])
        else:
            outputs = raw.MatMul(x, weights)
        return _finish(
            outputs, num_outputs, "NHWC", activation_fn, normalizer_fn,
            normalizer_params, biases_initializer, biases_regularizer,
            variables_collections, outputs_collections, trainable,
        )  # fmt: skip


_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
_NODES = {1: "conv1d", 2: "Conv2D", 3: "Conv3D"}


def _conv_format(data_format: str | None, rank: int) -> tuple[str, bool]:
    """The data format, and whether channels are first."""
    known = _FORMATS[rank]
    if data_format not in (None, *known):
        raise ValueError(f"Invalid data_format: {data_format!r}")
    return data_format or known[0], data_format == known[1]


@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """A convolution of sequences, images or volumes, with relu.

    Args:
        inputs: floating, of rank 3, 4 or 5.
        num_outputs: how many filters there are.
        kernel_size: an int, or one per spatial dimension.
        stride: an int, or one per spatial dimension.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW' and their kin for other ranks.
        rate: of dilation: an int, or one per spatial dimension.
        activation_fn: a function of tensors; None for none.
        normalizer_fn: used instead of a bias, as `batch_norm`.
        normalizer_params: arguments for it.
        weights_initializer: as of `tf.get_variable`.
        weights_regularizer: `fn(weights)` gives a loss, or None.
        biases_initializer: as of `tf.get_variable`; None for no bias.
        biases_regularizer: `fn(biases)` gives a loss, or None.
        reuse: whether to share variables, see `tf.variable_scope`.
        variables_collections: collections for the variables, or a dict of such by
            'weights' and 'biases'.
        outputs_collections: collections for the outputs.
        trainable: whether the variables go to TRAINABLE_VARIABLES.
        scope: the variable scope.

    Returns:
        A tensor of the inputs' dtype.

    Raises:
        ValueError: ranks, sizes or the format do not fit.
    """
    x = convert(inputs)
    with variable_scope(scope, "Conv", [x], reuse=reuse):
        rank = len(x.static_shape or ()) - 2
        if rank not in _FORMATS:
            raise ValueError(
                f"Convolution not supported for input with rank {rank + 2}"
            )
        fmt, is_first = _conv_format(data_format, rank)
        channels = arguments.channels_of(x.static_shape, 1 if is_first else -1)
        kernel = arguments.as_ints(kernel_size, rank, "kernel_size")
        weights = model_variable(
            "weights", [*kernel, channels, num_outputs],
            x.dtype.base_dtype, weights_initializer, weights_regularizer, trainable,
            collections_of(variables_collections, "weights"),
        )  # fmt: skip
        outputs = nn_convolution(
            x, weights, padding.upper(), arguments.as_ints(stride, rank, "strides"),
            arguments.as_ints(rate, rank, "dilation_rate"), _NODES[rank], fmt,
        )  # fmt: skip
        return _finish(
            outputs, num_outputs, "NCHW" if is_first else "NHWC", activation_fn,
            normalizer_fn, normalizer_params, biases_initializer, biases_regularizer,
            variables_collections, outputs_collections, trainable,
        )  # fmt: skip


@add_arg_scope
def conv2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """The transpose of a convolution of images, which makes them larger, with relu.

    Args:
        inputs: floating, `[batch, height, width, channels]` in `data_format`.
        num_outputs: the depth of the output.
        kernel_size: an int or two.
        stride: by how much it becomes larger: an int or two.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        activation_fn: a function of tensors; None for none.
        normalizer_fn: used instead of a bias, as `batch_norm`.
        normalizer_params: arguments for it.
        weights_initializer: as of `tf.get_variable`.
        weights_regularizer: `fn(weights)` gives a loss, or None.
        biases_initializer: as of `tf.get_variable`; None for no bias.
        biases_regularizer: `fn(biases)` gives a loss, or None.
        reuse: whether to share variables, see `tf.variable_scope`.
        variables_collections: collections for the variables, or a dict by name.
        outputs_collections: collections for the outputs.
        trainable: whether the variables go to TRAINABLE_VARIABLES.
        scope: the variable scope.

    Returns:
        A tensor of the inputs' dtype.

    Raises:
        ValueError: sizes or the format do not fit.
    """
    x = convert(inputs)
    with variable_scope(scope, "Conv2d_transpose", [x], reuse=reuse):
        fmt, is_first = _conv_format(data_format, 2)
        channels = arguments.channels_of(x.static_shape, 1 if is_first else -1)
        kernel = arguments.as_ints(kernel_size, 2, "kernel_size")
        steps = arguments.as_ints(stride, 2, "strides")
        weights = model_variable(
            "weights", [*kernel, num_outputs, channels], x.dtype.base_dtype,
            weights_initializer, weights_regularizer, trainable,
            collections_of(variables_collections, "weights"),
        )  # fmt: skip
        shape = raw.Shape(x)
        sizes = [shape[axis] * s for axis, s in zip((2, 3), steps, strict=True)]
        if not is_first:
            sizes = [shape[axis] * s for axis, s in zip((1, 2), steps, strict=True)]
        if padding.upper() == "VALID":
            pairs = zip(sizes, kernel, steps, strict=True)
            sizes = [n + max(k - s, 0) for n, k, s in pairs]
        wanted = [shape[0], *sizes, num_outputs]
        if is_first:
            wanted = [shape[0], num_outputs, *sizes]
        outputs = nn_conv2d_transpose(
            x, weights, raw.Pack(wanted),
            (1, 1, *steps) if is_first else (1, *steps, 1), padding.upper(), fmt,
        )  # fmt: skip
        _set_larger_shape(outputs, x, num_outputs, kernel, steps, padding, is_first)
        return _finish(
            outputs, num_outputs, fmt, activation_fn, normalizer_fn, normalizer_params,
            biases_initializer, biases_regularizer, variables_collections,
            outputs_collections, trainable,
        )  # fmt: skip


def _set_larger_shape(
    outputs: Tensor,
    x: Tensor,
    channels: int,
    kernel: tuple[int, ...],
    steps: tuple[int, ...],
    padding: str,
    is_first: bool,
) -> None:
    """What is known of the shape of a transposed convolution."""
    data_format = "channels_first" if is_first else "channels_last"
    batch, sizes = arguments.split_shape(x.static_shape, data_format, 2)
    is_valid = padding.upper() == "VALID"
    larger = tuple(
        None if n is None else n * s + (max(k - s, 0) if is_valid else 0)
        for n, k, s in zip(sizes, kernel, steps, strict=True)
    )
    outputs.set_shape(arguments.join_shape(batch, larger, channels, data_format))


@add_arg_scope
def separable_conv2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """A convolution by channel, then one of size 1 across them, with relu.

    Args:
        inputs: floating, `[batch, height, width, channels]` in `data_format`.
        num_outputs: the depth of the output.
        kernel_size: an int or two.
        depth_multiplier: how many filters each channel has in the first step.
        stride: an int or two.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        rate: of dilation: an int or two.
        activation_fn: a function of tensors; None for none.
        normalizer_fn: used instead of a bias, as `batch_norm`.
        normalizer_params: arguments for it.
        weights_initializer: of both kernels, as of `tf.get_variable`.
        weights_regularizer: `fn(weights)` gives a loss, or None.
        biases_initializer: as of `tf.get_variable`; None for no bias.
        biases_regularizer: `fn(biases)` gives a loss, or None.
        reuse: whether to share variables, see `tf.variable_scope`.
        variables_collections: collections for the variables, or a dict by name.
        outputs_collections: collections for the outputs.
        trainable: whether the variables go to TRAINABLE_VARIABLES.
        scope: the variable scope.

    Returns:
        A tensor of the inputs' dtype.

    Raises:
        ValueError: sizes or the format do not fit, or there is no depth.
    """
    if num_outputs is None:
        raise ValueError("separable_conv2d needs num_outputs, the depth of its output")
    x = convert(inputs)
    with variable_scope(scope, "SeparableConv2d", [x], reuse=reuse):
        fmt, is_first = _conv_format(data_format, 2)
        channels = arguments.channels_of(x.static_shape, 1 if is_first else -1)
        steps = arguments.as_ints(stride, 2, "strides")
        kernel = arguments.as_ints(kernel_size, 2, "kernel_size")
        between = channels * depth_multiplier

        def weights(name: str, shape: list[int]) -> Any:
            return model_variable(
                name, shape, x.dtype.base_dtype, weights_initializer,
                weights_regularizer, trainable,
                collections_of(variables_collections, "weights"),
            )  # fmt: skip

        outputs = nn_separable_conv2d(
            x, weights("depthwise_weights", [*kernel, channels, depth_multiplier]),
            weights("pointwise_weights", [1, 1, between, num_outputs]),
            (1, 1, *steps) if is_first else (1, *steps, 1), padding.upper(),
            rate=arguments.as_ints(rate, 2, "dilation_rate"), data_format=fmt,
        )  # fmt: skip
        return _finish(
            outputs, num_outputs, fmt, activation_fn, normalizer_fn, normalizer_params,
            biases_initializer, biases_regularizer, variables_collections,
            outputs_collections, trainable,
        )  # fmt: skip
