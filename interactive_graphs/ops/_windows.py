"""What convolutions and pools share while the graph is built: attributes and shapes.

The windows themselves, at run time, are in `kernels/cpu/windows.py`.
Read next: `nn_conv.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.kernels.cpu import windows as cpu

Dims = tuple[int | None, ...]


def window_attrs(rank: int = 4, explicit: bool = True, **more: Attr) -> dict[str, Attr]:
    """The attributes that place windows, for `define(..., **window_attrs())`.

    Args:
        rank: of the tensors.
        explicit: whether padding may be spelt out, as TensorFlow 2's GraphDefs do.
        **more: attributes to go between padding and data_format.
    """
    formats = ("NHWC", "NCHW") if rank == 4 else ("NDHWC", "NCDHW")
    paddings = ("SAME", "VALID", "EXPLICIT") if explicit else ("SAME", "VALID")
    attrs = {"strides": Attr("list(int)"), "padding": Attr("string", allowed=paddings)}
    if explicit:
        attrs["explicit_paddings"] = Attr("list(int)", ())
    attrs.update(more)
    attrs["data_format"] = Attr("string", formats[0], allowed=formats)
    return attrs


def same_attrs(op: Operation, *leave_out: str) -> dict[str, Any]:
    """An operation's own attributes, to give to the ops of its gradient."""
    return {
        name: op.attrs[name]
        for name in op.op_def.attrs
        if name in op.attrs and name not in ("T", *leave_out)
    }


def explicit_pairs(paddings: Sequence[int], data_format: bytes) -> Any:
    """`explicit_paddings` as (before, after) per spatial dimension; None when empty."""
    if not paddings:
        return None
    pairs = list(zip(paddings[::2], paddings[1::2], strict=True))
    return cpu.spatial(pairs, data_format)  # type: ignore[arg-type]


def checked_list(op: Operation, attr: str, rank: int, word: str) -> tuple[int, ...]:
    """A list attribute with one entry per dimension.

    Raises:
        ValueError: it has another length.
    """
    values: tuple[int, ...] = op.attrs[attr]
    if len(values) != rank:
        raise ValueError(
            f"{op.type} requires the {word} attribute to contain {rank} values, but "
            f"got: {len(values)}"
        )
    return values


def split_dims(shape: Dims, data_format: bytes) -> tuple[int | None, Dims, int | None]:
    """A shape as (batch, spatial dimensions, channels)."""
    if data_format.startswith(b"NC"):
        return shape[0], shape[2:], shape[1]
    return shape[0], shape[1:-1], shape[-1]


def join_dims(
    batch: int | None, spatial: Sequence[int | None], depth: int | None, fmt: bytes
) -> Dims:
    """The inverse of `split_dims`."""
    if fmt.startswith(b"NC"):
        return (batch, depth, *spatial)
    return (batch, *spatial, depth)


def window_outputs(
    sizes: Dims,
    kernel: Dims,
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: bytes,
    explicit: Any = None,
) -> Dims:
    """How many windows there are along each spatial dimension, None where unknown.

    Raises:
        ValueError: a stride or dilation is not positive, or a window does not fit.
    """
    around = explicit or [(0, 0)] * len(sizes)
    columns = zip(sizes, kernel, strides, dilations, around, strict=True)
    return tuple(_outputs(n, k, s, d, padding, e) for n, k, s, d, e in columns)


def _outputs(
    size: int | None,
    kernel: int | None,
    stride: int,
    dilation: int,
    padding: bytes,
    explicit: tuple[int, int],
) -> int | None:
    if stride <= 0:
        raise ValueError(f"Stride must be > 0, but got {stride}")
    if dilation < 1:
        raise ValueError(f"Dilation rate must be >= 1, but got {dilation}")
    if size is None or (kernel is None and padding != b"SAME"):
        return None
    width = kernel or 1
    extent, room = cpu.effective(width, dilation), size + sum(explicit)
    if padding != b"SAME" and extent > room:
        raise ValueError(
            f"Negative dimension size caused by subtracting {extent} from {room}"
        )
    return cpu.output_size(size, width, stride, dilation, padding, explicit)


def unsupported(what: str, values: Sequence[int], data_format: bytes) -> None:
    """Refuse strides or dilations over batch or depth.

    Raises:
        UnimplementedError: for strides; InvalidArgumentError for dilations.
    """
    inner = cpu.spatial(values, data_format)
    if sum(values) - sum(inner) == 2:
        return
    kind = (
        errors.UnimplementedError if what == "strides" else errors.InvalidArgumentError
    )
    raise kind(
        None,
        None,
        f"Current implementation does not yet support {what} in the batch and depth "
        "dimensions.",
    )


def bad_gradient_shape(op: str, what: str, found: Any, wanted: Any) -> Exception:
    """The error of a gradient op whose tensor has not the computed shape."""
    return errors.InvalidArgumentError(
        None,
        None,
        f"{op}: Size of {what} doesn't match computed: actual = {format_list(found)}, "
        f"computed = {format_list(wanted)}",
    )
