"""Pooling of images: the maximum or the mean of each window.

MaxPool's gradient is an op, and so is that op's gradient (MaxPoolGradGrad), whose own
gradient is MaxPoolGrad again: derivatives of any order work. The kernels are in
`kernels/cpu/pool.py`. Read next: `nn_norm.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT, INDEX, REAL, float32, int64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import pool as cpu
from interactive_graphs.kernels.cpu.windows import (
    Windows,
    channels_last,
    from_channels_last,
    windows,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._windows import (
    checked_list,
    explicit_pairs,
    same_attrs,
    window_attrs,
    window_outputs,
)
from interactive_graphs.ops.nn_conv import sizes_of


def _unimplemented(text: str) -> errors.UnimplementedError:
    return errors.UnimplementedError(None, None, text)


def pool_attrs(rank: int = 4, explicit: bool = True, **more: Any) -> dict[str, Any]:
    """The attributes of a pool, in TensorFlow's order."""
    return {"ksize": Attr("list(int)"), **window_attrs(rank, explicit, **more)}


def pool_shape(op: Operation, index: int = 0) -> Shape:
    """The shape of the pool of input `index`.

    Raises:
        ValueError: rank, window or strides do not fit.
    """
    data_format: bytes = op.attrs.get("data_format", b"NHWC")
    rank = len(data_format)
    x = with_rank(op.inputs[index].static_shape, rank) or ()
    ksize = checked_list(op, "ksize", rank, "ksize")
    strides = checked_list(op, "strides", rank, "stride")
    if min(ksize) < 1:
        raise ValueError(f"ksize must be positive, got {list(ksize)}")
    padding: bytes = op.attrs["padding"]
    pairs = op.attrs.get("explicit_paddings", ())
    around = list(zip(pairs[::2], pairs[1::2], strict=True)) if pairs else None
    return window_outputs(x, ksize, strides, (1,) * rank, padding, around)


class Pool:
    """Where the windows of one pool lie, once the arrays are there.

    A pool over channels is one over a further spatial dimension of an array with a
    single channel.

    Args:
        input_shape: in `data_format`.
        ksize, strides, padding, data_format: the attributes.
        explicit: (before, after) per spatial dimension, or None.

    Raises:
        InvalidArgumentError: the input's rank or size does not fit.
        UnimplementedError: the windows reach over batch, or over channels and more.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        ksize: tuple[int, ...],
        strides: tuple[int, ...],
        padding: bytes,
        data_format: bytes,
        explicit: Any = None,
    ) -> None:
        """See the class."""
        rank = len(data_format)
        if len(input_shape) != rank:
            invalid(f"tensor_in must be {rank}-dimensional")
        if ksize[0] != 1 or strides[0] != 1:
            raise _unimplemented("Pooling is not yet supported on the batch dimension.")
        order = _channels_last_order(data_format)
        sizes, kernel, steps = (
            [values[i] for i in order] for values in (input_shape, ksize, strides)
        )
        self.data_format = data_format
        self.over_channels = kernel[-1] != 1 or steps[-1] != 1
        if self.over_channels:
            _check_channel_pool(sizes, kernel, steps)
        end = rank if self.over_channels else rank - 1
        around = explicit
        if explicit is not None and self.over_channels:
            around = (*explicit, (0, 0))
        self.windows: Windows = windows(
            sizes[1:end], kernel[1:end], steps[1:end], (1,) * (end - 1), padding, around
        )

    def last(self, x: np.ndarray) -> np.ndarray:
        """`x` as the kernels take it."""
        x = channels_last(x, self.data_format)
        return x[..., None] if self.over_channels else x

    def back(self, x: np.ndarray) -> np.ndarray:
        """What a kernel gives, in the op's own format."""
        x = x[..., 0] if self.over_channels else x
        return from_channels_last(x, self.data_format)


def _channels_last_order(data_format: bytes) -> list[int]:
    rank = len(data_format)
    if data_format.startswith(b"NC"):
        return [0, *range(2, rank), 1]
    return list(range(rank))


def _check_channel_pool(
    sizes: Sequence[int], ksize: Sequence[int], strides: Sequence[int]
) -> None:
    if max(ksize[1:-1]) > 1:
        raise _unimplemented(
            "MaxPooling supports exactly one of pooling across depth or pooling across "
            "width/height."
        )
    if sizes[-1] % ksize[-1]:
        raise _unimplemented(
            "Depthwise max pooling requires the depth window to evenly divide the "
            "input depth"
        )
    if ksize[-1] != strides[-1]:
        raise _unimplemented(
            "Depthwise max pooling requires the depth window to equal the depth stride"
        )


def _check_shape(what: str, found: Sequence[int], wanted: Sequence[int]) -> None:
    if tuple(found) != tuple(wanted):
        invalid(
            f"Expected {what} shape to be {format_list(tuple(wanted))}, but got "
            f"{format_list(tuple(found))}"
        )


# TF1 registers all but the wide unsigned types.
_MAXED = tuple(d for d in REAL if d.name not in ("uint32", "uint64"))
max_pool_op = define(
    "MaxPool", "input: T -> output: T", T=types(_MAXED, float32), **pool_attrs(),
    shape=lambda op: [pool_shape(op)],
    gradient=lambda op, dy: [
        raw.MaxPoolGrad(op.inputs[0], op.outputs[0], dy, **same_attrs(op))
    ],
    doc="The maximum of each window.",
)  # fmt: skip


@max_pool_op.kernel("CPU")
def _(
    input: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
) -> np.ndarray:
    around = explicit_pairs(explicit_paddings, data_format)
    p = Pool(input.shape, ksize, strides, padding, data_format, around)
    return p.back(cpu.max_pool(p.last(input), p.windows))


def _max_pool_grad_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    x, y, _ = op.inputs
    attrs = same_attrs(op, "explicit_paddings")
    return [
        raw.ZerosLike(x), raw.ZerosLike(y), raw.MaxPoolGradGrad(x, y, ddx, **attrs)
    ]  # fmt: skip


max_pool_grad_op = define(
    "MaxPoolGrad", "orig_input: T, orig_output: T, grad: T -> output: T",
    **pool_attrs(), T=types(REAL, float32),
    shape=lambda op: [with_rank(op.inputs[0].static_shape, 4)],
    gradient=_max_pool_grad_gradient,
    doc="The gradient of MaxPool: each window's at its maximum.",
)  # fmt: skip


@max_pool_grad_op.kernel("CPU")
def _(
    orig_input: np.ndarray,
    orig_output: np.ndarray,
    grad: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
) -> np.ndarray:
    around = explicit_pairs(explicit_paddings, data_format)
    p = Pool(orig_input.shape, ksize, strides, padding, data_format, around)
    _check_shape("grad", grad.shape, orig_output.shape)
    x, y, dy = p.last(orig_input), p.last(orig_output), p.last(grad)
    _check_shape("orig_output", y.shape, (x.shape[0], *p.windows.output, x.shape[-1]))
    return p.back(cpu.max_pool_gradient(x, y, dy, p.windows))


def _max_pool_grad_grad_gradient(op: Operation, dddy: Tensor) -> list[Any]:
    x, y, _ = op.inputs
    attrs = same_attrs(op)
    return [raw.ZerosLike(x), raw.ZerosLike(y), raw.MaxPoolGrad(x, y, dddy, **attrs)]


max_pool_grad_grad_op = define(
    "MaxPoolGradGrad", "orig_input: T, orig_output: T, grad: T -> output: T",
    **pool_attrs(explicit=False), T=types(REAL),
    shape=lambda op: [pool_shape(op)], gradient=_max_pool_grad_grad_gradient,
    doc="The gradient of MaxPoolGrad: what lies at each window's maximum.",
)  # fmt: skip


@max_pool_grad_grad_op.kernel("CPU")
def _(
    orig_input: np.ndarray,
    orig_output: np.ndarray,
    grad: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    p = Pool(orig_input.shape, ksize, strides, padding, data_format)
    _check_shape("grad", grad.shape, orig_input.shape)
    x, y, ddx = p.last(orig_input), p.last(orig_output), p.last(grad)
    _check_shape("orig_output", y.shape, (x.shape[0], *p.windows.output, x.shape[-1]))
    return p.back(cpu.max_pool_gradient_gradient(x, y, ddx, p.windows))


def _argmax_attrs() -> dict[str, Any]:
    attrs = pool_attrs(explicit=False)
    attrs.pop("data_format")
    return {**attrs, "include_batch_in_index": False}


with_argmax_op = define(
    "MaxPoolWithArgmax", "input: T -> output: T, argmax: Targmax", T=types(REAL),
    Targmax=types(INDEX, int64), **_argmax_attrs(),
    shape=lambda op: [pool_shape(op)] * 2,
    gradient=lambda op, dy, _: [
        raw.MaxPoolGradWithArgmax(op.inputs[0], dy, op.outputs[1], **same_attrs(op))
    ],
    doc="The maximum of each window, and where it is.",
)  # fmt: skip


def _offsets(x: np.ndarray) -> np.ndarray:
    """The flat index at which each image of a batch starts."""
    starts = np.arange(x.shape[0], dtype=np.int64) * int(np.prod(x.shape[1:]))
    return starts.reshape(-1, 1, 1, 1)


@with_argmax_op.kernel("CPU")
def _(
    input: np.ndarray,
    Targmax: Any,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    include_batch_in_index: bool,
) -> Any:
    p = Pool(input.shape, ksize, strides, padding, b"NHWC")
    if p.over_channels:
        raise _unimplemented("Depthwise pooling is not supported with argmax.")
    y = cpu.max_pool(input, p.windows)
    where = cpu.argmax_of_windows(input, y, p.windows)
    if include_batch_in_index:
        where += _offsets(input)
    return y, where.astype(Targmax.np_dtype, copy=False)


grad_with_argmax_op = define(
    "MaxPoolGradWithArgmax", "input: T, grad: T, argmax: Targmax -> output: T",
    **_argmax_attrs(), Targmax=types(INDEX), T=types(REAL),
    shape=lambda op: [with_rank(op.inputs[0].static_shape, 4)],
    doc="The gradient of MaxPoolWithArgmax: each window's at its index.",
)  # fmt: skip


@grad_with_argmax_op.kernel("CPU")
def _(
    input: np.ndarray,
    grad: np.ndarray,
    argmax: np.ndarray,
    include_batch_in_index: bool,
) -> np.ndarray:
    _check_shape("grad", grad.shape, argmax.shape)
    where = argmax if include_batch_in_index else argmax + _offsets(input)
    if where.size and not 0 <= where.min() <= where.max() < input.size:
        invalid(f"argmax out of range: the input has {input.size} elements")
    dx = np.zeros(input.size, input.dtype)
    np.add.at(dx, where.reshape(-1), grad.reshape(-1))
    return dx.reshape(input.shape)


avg_pool_op = define(
    "AvgPool", "value: T -> output: T", **pool_attrs(explicit=False), T=types(FLOAT),
    shape=lambda op: [pool_shape(op)],
    gradient=lambda op, dy: [
        raw.AvgPoolGrad(sizes_of(op.inputs[0]), dy, **same_attrs(op))
    ],
    doc="The mean of each window.",
)  # fmt: skip


def spatial_only(p: Pool) -> Pool:
    """`p`, unless it reaches over channels.

    Raises:
        UnimplementedError: it does.
    """
    if p.over_channels:
        raise _unimplemented("Non-spatial pooling is not yet supported.")
    return p


@avg_pool_op.kernel("CPU")
def _(
    value: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    p = spatial_only(Pool(value.shape, ksize, strides, padding, data_format))
    return p.back(cpu.avg_pool(p.last(value), p.windows))


avg_pool_grad_op = define(
    "AvgPoolGrad", "orig_input_shape: int32, grad: T -> output: T",
    **pool_attrs(explicit=False), T=types(FLOAT),
    shape=lambda op: [with_rank(static_shape_value(op.inputs[0]), 4)],
    gradient=lambda op, ddx: [None, raw.AvgPool(ddx, **same_attrs(op))],
    doc="The gradient of AvgPool, shared out over each window.",
)  # fmt: skip


@avg_pool_grad_op.kernel("CPU")
def _(
    orig_input_shape: np.ndarray,
    grad: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    shape = orig_input_shape.tolist()
    p = spatial_only(Pool(shape, ksize, strides, padding, data_format))
    inner = [shape[i] for i in _channels_last_order(data_format)]
    dy = p.last(grad)
    _check_shape("grad", dy.shape, (inner[0], *p.windows.output, inner[-1]))
    return p.back(cpu.avg_pool_gradient(inner, dy, p.windows))


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The maximum of each window of images.

    Args:
        value: real, `[batch, height, width, channels]`, or `[batch, channels, height,
            width]` for 'NCHW'.
        ksize: four ints, the window's size along each dimension of `value`.
        strides: four ints, from one window to the next.
        padding: 'SAME' (windows may reach over the edge; what is there is left out) or
            'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        name: the node's name.

    Returns:
        A tensor of its dtype, `[batch, rows, columns, channels]` in `data_format`.

    Raises:
        ValueError: rank, window, strides or padding do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> image = tf.reshape(tf.range(16.), [1, 4, 4, 1])
        >>> pooled = tf.nn.max_pool(image, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        >>> with tf.Session() as sess:
        ...     sess.run(pooled)[0, :, :, 0]
        array([[ 5.,  7.],
               [13., 15.]], dtype=float32)
    """
    with op_scope(name, "MaxPool", value) as scope:
        x = convert(value, None, "input")
        tensor: Tensor = raw.MaxPool(
            x, ksize=ksize, strides=strides, padding=padding, name=scope,
            data_format=data_format,
        )  # fmt: skip
        return tensor


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The mean of each window of images.

    Args:
        value: floating, `[batch, height, width, channels]` in `data_format`.
        ksize: four ints, the window's size along each dimension of `value`.
        strides: four ints, from one window to the next.
        padding: 'SAME' (windows may reach over the edge; what is there does not count)
            or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        name: the node's name.

    Returns:
        A tensor of its dtype, `[batch, rows, columns, channels]` in `data_format`.

    Raises:
        ValueError: rank, window, strides or padding do not fit.
    """
    with op_scope(name, "AvgPool", value) as scope:
        x = convert(value, None, "value")
        tensor: Tensor = raw.AvgPool(
            x, ksize=ksize, strides=strides, padding=padding, name=scope,
            data_format=data_format,
        )  # fmt: skip
        return tensor


class MaxPoolWithArgmax(NamedTuple):
    """What `max_pool_with_argmax` gives.

    Attributes:
        output: the maxima.
        argmax: where they are.
    """

    output: Tensor
    argmax: Tensor


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    Targmax: Any = int64,
    name: str | None = None,
) -> MaxPoolWithArgmax:
    """The maximum of each window, and where it was.

    Args:
        input: real, `[batch, height, width, channels]`.
        ksize: four ints, the window's size along each dimension of `input`.
        strides: four ints, from one window to the next.
        padding: 'SAME' or 'VALID'.
        Targmax: int32 or int64, the dtype of the indices.
        name: the node's name.

    Returns:
        The maxima and their indices, both `[batch, rows, columns, channels]`; an index
        is `(y * width + x) * channels + c` inside its image.
    """
    outputs = raw.MaxPoolWithArgmax(
        input, ksize=ksize, strides=strides, padding=padding, Targmax=Targmax, name=name
    )
    return MaxPoolWithArgmax(*outputs)
