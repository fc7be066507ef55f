"""What layers understand in their arguments, and the errors for what they do not.

Read next: `smart.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework.tensor_shape import Shape, to_static
from interactive_graphs.ops import initializers, math_functions, nn_activation
from interactive_graphs.ops._windows import window_outputs
from interactive_graphs.ops.nn_softmax import softmax

_ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "elu": nn_activation.elu,
    "relu": nn_activation.relu,
    "selu": nn_activation.selu,
    "sigmoid": math_functions.sigmoid,
    "softmax": softmax,
    "softplus": nn_activation.softplus,
    "softsign": nn_activation.softsign,
    "tanh": math_functions.tanh,
}
_INITIALIZERS: dict[str, Callable[..., Any]] = {
    "zeros": initializers.Zeros,
    "ones": initializers.Ones,
    "constant": initializers.Constant,
    "random_normal": initializers.RandomNormal,
    "random_uniform": initializers.RandomUniform,
    "truncated_normal": initializers.TruncatedNormal,
    "orthogonal": initializers.Orthogonal,
    "identity": initializers.Identity,
    "glorot_normal": initializers.glorot_normal_initializer,
    "glorot_uniform": initializers.glorot_uniform_initializer,
    "he_normal": initializers.he_normal,
    "he_uniform": initializers.he_uniform,
    "lecun_normal": initializers.lecun_normal,
    "lecun_uniform": initializers.lecun_uniform,
}


def as_activation(given: Any) -> Callable[..., Any] | None:
    """A function of tensors, from one or its name; None for the identity.

    Raises:
        ValueError: there is no such function.
    """
    if given is None or given == "linear":
        return None
    if isinstance(given, str):
        if given not in _ACTIVATIONS:
            raise ValueError(f"Unknown activation function: {given}")
        return _ACTIVATIONS[given]
    if not callable(given):
        raise ValueError(f"Could not interpret activation function identifier: {given}")
    return given  # type: ignore[no-any-return]  # callable, says the line above


def as_initializer(given: Any) -> Any:
    """An initializer, from one or its name; None for the scope's.

    Raises:
        ValueError: there is no such initializer.
    """
    if not isinstance(given, str):
        return given
    if given not in _INITIALIZERS:
        raise ValueError(f"Unknown initializer: {given}")
    return _INITIALIZERS[given]()


def as_ints(value: Any, count: int, name: str) -> tuple[int, ...]:
    """A positive int per spatial dimension, from a tuple of them or one int for all.

    Raises:
        ValueError: it is none of these.
    """
    problem = (
        f"The `{name}` argument must be a tuple of {count} integers. Received: {value}"
    )
    values = (value,) * count if isinstance(value, int) else _int_tuple(value, problem)
    if len(values) != count:
        raise ValueError(problem)
    unfit = [v for v in values if v <= 0]
    if unfit:
        raise ValueError(
            f"{problem} including {unfit[0]} that does not satisfy the requirement "
            "`> 0`."
        )
    return values


def _int_tuple(value: Any, problem: str) -> tuple[int, ...]:
    try:
        values = tuple(value)
    except TypeError:
        raise ValueError(problem) from None
    for single in values:
        try:
            int(single)
        except (ValueError, TypeError):
            raise ValueError(
                f"{problem} including element {single} of type {type(single)}"
            ) from None
    return tuple(int(single) for single in values)


def as_padding(value: Any, causal: bool = False) -> str:
    """'valid', 'same', or where it is allowed 'causal'.

    Raises:
        ValueError: it is none of these.
    """
    padding = value.lower() if isinstance(value, str) else value
    if padding in ("valid", "same") or (causal and padding == "causal"):
        return str(padding)
    raise ValueError(
        f'The `padding` argument must be one of "valid", "same". Received: {padding}'
    )


def as_data_format(value: Any) -> str:
    """'channels_first' or 'channels_last', which None stands for.

    Raises:
        ValueError: it is none of these.
    """
    data_format = "channels_last" if value is None else str(value).lower()
    if data_format in ("channels_first", "channels_last"):
        return data_format
    raise ValueError(
        'The `data_format` argument must be one of "channels_first", "channels_last". '
        f"Received: {value}"
    )


def channels_of(input_shape: Any, axis: int) -> int:
    """How many channels there are.

    Raises:
        ValueError: the shape does not tell.
    """
    shape = to_static(input_shape)
    size = None if shape is None else shape[axis]
    if size is None:
        raise ValueError(
            "The channel dimension of the inputs should be defined. Found `None`."
        )
    return size


def split_shape(
    input_shape: Any, data_format: str, rank: int
) -> tuple[int | None, tuple[int | None, ...]]:
    """The batch size and the spatial sizes of an input with `rank` of them."""
    shape: Shape = to_static(input_shape)
    if shape is None:
        return None, (None,) * rank
    inner = shape[2:] if data_format == "channels_first" else shape[1:-1]
    return shape[0], inner


def join_shape(
    batch: int | None, sizes: tuple[int | None, ...], channels: int | None, fmt: str
) -> Shape:
    """The inverse of `split_shape`."""
    if fmt == "channels_first":
        return (batch, channels, *sizes)
    return (batch, *sizes, channels)


def windows(
    sizes: tuple[int | None, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    dilations: tuple[int, ...] | None = None,
) -> tuple[int | None, ...]:
    """How many windows fit along each spatial dimension."""
    as_op = "SAME" if padding == "causal" else padding.upper()
    return window_outputs(
        sizes, kernel, strides, dilations or (1,) * len(sizes), as_op.encode()
    )
