"""What a rewrite may ask of the values and shapes that its pattern found.

Each function here makes a condition, `condition(match) -> bool`, or a value,
`value(match) -> array`, for the names of a pattern. What is not known does not
hold. Read next: `algebra.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.optimize.pattern import Match

Condition = Callable[[Match], bool]
Value = Callable[[Match], np.ndarray]

VALUE_OF: Final[dict[Condition, str]] = {}
"""Of a condition that holds for a known value only, the name of that value."""

FIRST_LOOK: Final[dict[Condition, Callable[[np.ndarray], bool]]] = {}
"""Of some of them what tells quickly that a known value is not the one."""

_LARGEST_SCANNED: Final = 1 << 20
"""Elements of a constant that are looked at, one by one, while compiling."""


# -- values ----------------------------------------------------------------------------


def _of_value(
    name: str, holds: Condition, first_look: Callable[[np.ndarray], bool] | None = None
) -> Condition:
    VALUE_OF[holds] = name
    if first_look is not None:
        FIRST_LOOK[holds] = first_look
    return holds


def constant(name: str, number: float) -> Condition:
    """Every element of a known value is a number."""

    def holds(match: Match) -> bool:
        value = match.edit.value(match.tensors[name])
        if value is None or value.dtype.kind not in "iufc" or not value.size:
            return False
        return value.size <= _LARGEST_SCANNED and bool((value == number).all())

    return _of_value(name, holds, lambda v: v.size > 0 and v.item(0) == number)


def ones(name: str) -> Condition:
    """Every element of a known value is one."""
    return constant(name, 1)


def zeros(name: str, sign: str = "") -> Condition:
    """Every element of a known value is zero.

    Args:
        name: of the value.
        sign: of floating zeros '+' or '-', since x + 0.0 is not x where x is -0.0.
    """
    is_zero = constant(name, 0)

    def holds(match: Match) -> bool:
        if not is_zero(match):
            return False
        value = match.edit.value(match.tensors[name])
        assert value is not None
        if value.dtype.kind in "iu" or not sign:
            return True
        if value.dtype.kind != "f":
            return False
        return bool((np.signbit(value) == (sign == "-")).all())

    return _of_value(name, holds, lambda v: v.size > 0 and v.item(0) == 0)


def known(name: str) -> Condition:
    """The value is the same in every run."""
    return _of_value(
        name, lambda match: match.edit.value(match.tensors[name]) is not None
    )


def scalars(*names: str) -> Condition:
    """They have rank 0."""
    return lambda match: all(
        match.edit.shape(match.tensors[name]) == () for name in names
    )


def uniform(name: str) -> Condition:
    """A known array of several elements that are all the same, bit for bit."""

    def holds(match: Match) -> bool:
        value = match.edit.value(match.tensors[name])
        if value is None or value.dtype.kind not in "iufc":
            return False
        if not 1 < value.size <= _LARGEST_SCANNED:
            return False
        if value.item(0) != value.item(value.size - 1):  # quicker than to look at all
            return False
        first = value.flat[0]
        if not (value == first).all():
            return False
        return value.dtype.kind != "f" or len({*np.signbit(value).flat}) == 1

    return _of_value(name, holds, lambda v: v.size > 1)


def one_of(name: str) -> Value:
    """The first element of a known value, as a scalar."""

    def value(match: Match) -> np.ndarray:
        array = match.edit.value(match.tensors[name])
        assert array is not None
        return array.reshape(-1)[:1].reshape(())

    return value


def computed(function: Any, *names: str) -> Value:
    """What a ufunc gives of known values."""

    def value(match: Match) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(
                function(*(match.edit.value(match.tensors[name]) for name in names))
            )

    return value


def positive(name: str) -> Condition:
    """Every element of a known value is above zero."""

    def holds(match: Match) -> bool:
        value = match.edit.value(match.tensors[name])
        return value is not None and bool((value > 0).all())

    return _of_value(name, holds)


def empty(name: str) -> Condition:
    """It has no elements."""
    return lambda match: 0 in (match.edit.shape(match.tensors[name]) or ())


# -- dtypes ----------------------------------------------------------------------------


def same_type(match: Match) -> bool:
    """All operations of the pattern are of one type."""
    return len({op.type for op in match.ops}) == 1


def _dtype(match: Match) -> Any:
    return match.root.outputs[0].dtype.base_dtype


def is_integer(match: Match) -> bool:
    """The result is an integer."""
    return bool(_dtype(match).is_integer)


def is_number(match: Match) -> bool:
    """The result is a number that can be negated: no text, nothing unsigned."""
    dtype = _dtype(match)
    return bool(dtype.is_floating or dtype.is_complex or dtype.np_dtype.kind == "i")


def is_real(match: Match) -> bool:
    """The result is not complex."""
    return not _dtype(match).is_complex


def keeps_dtype(match: Match) -> bool:
    """The result has the dtype of x."""
    return bool(_dtype(match) == match.tensors["x"].dtype.base_dtype)


# -- shapes ----------------------------------------------------------------------------


def fits(name: str) -> Condition:
    """The result has the shape of the tensor.

    Either all shapes are known, or the other input is a scalar.
    """

    def holds(match: Match) -> bool:
        tensor = match.tensors[name]
        others = [t for n, t in match.tensors.items() if n != name]
        if _is_broadcast(match) and all(match.edit.shape(t) == () for t in others):
            return True
        shape = match.edit.shape(tensor)
        return shape is not None and shape == match.edit.shape(match.root.outputs[0])

    return holds


def _is_broadcast(match: Match) -> bool:
    """Whether the root is an operation of two tensors, element by element."""
    return (
        len(match.root.inputs) == 2
        and len(match.ops) == 1
        and (match.kinds[0] in ("Mul", "Over", "Sub", "Plus", "Pow", "Binary"))
    )


def whole(name: str) -> Condition:
    """Its shape is known."""
    return lambda match: match.edit.shape(match.tensors[name]) is not None


def whole_result(match: Match) -> bool:
    """The shapes of all that the pattern computes are known."""
    return all(match.edit.shape(op.outputs[0]) is not None for op in match.ops)


def has_elements(match: Match) -> bool:
    """The shape of the result is known, and not empty."""
    shape = match.edit.shape(match.root.outputs[0])
    return shape is not None and math.prod(shape) > 0


def single(name: str, axes: str) -> Condition:
    """Along each of some axes there is one element."""

    def holds(match: Match) -> bool:
        shape = match.edit.shape(match.tensors[name])
        value = match.edit.value(match.tensors[axes])
        if not shape or value is None or not value.size:
            return False
        return all(shape[int(axis)] == 1 for axis in value.reshape(-1))

    return holds


def shape_of_result(match: Match) -> np.ndarray:
    """The shape of the result."""
    return np.array(match.edit.shape(match.root.outputs[0]), np.int32)


def tiles_ones(name: str, times: str) -> Condition:
    """Only dimensions of size one are repeated: tiling is a broadcast then."""

    def holds(match: Match) -> bool:
        shape = match.edit.shape(match.tensors[name])
        value = match.edit.value(match.tensors[times])
        if shape is None or value is None:
            return False
        pairs = zip(shape, value.tolist(), strict=True)
        return all(size == 1 or count == 1 for size, count in pairs)

    return holds


# -- arrangements ----------------------------------------------------------------------


def _order(match: Match, name: str) -> list[int] | None:
    """A known permutation, counted from the front."""
    value = match.edit.value(match.tensors[name])
    if value is None:
        return None
    axes = [int(axis) for axis in value.reshape(-1)]
    axes = [axis + len(axes) if axis < 0 else axis for axis in axes]
    return axes if sorted(axes) == list(range(len(axes))) else None


def in_order(name: str) -> Condition:
    """The permutation changes nothing."""

    def holds(match: Match) -> bool:
        axes = _order(match, name)
        return axes is not None and axes == sorted(axes)

    return _of_value(name, holds)


def swaps_last(name: str, rank: int | None = None) -> Condition:
    """The permutation swaps the last two axes and no others."""

    def holds(match: Match) -> bool:
        axes = _order(match, name)
        if axes is None or len(axes) < 2 or rank not in (None, len(axes)):
            return False
        n = len(axes)
        return axes == [*range(n - 2), n - 1, n - 2]

    return _of_value(name, holds)


def composed(first: str, second: str) -> Value:
    """The permutation that does what two do, one after the other."""

    def value(match: Match) -> np.ndarray:
        p, q = (match.edit.value(match.tensors[name]) for name in (first, second))
        assert p is not None
        assert q is not None
        return np.asarray(p[q])

    return value


def same_axis(match: Match) -> bool:
    """All operations of the pattern work along the same axis."""
    shape = match.edit.shape(match.root.inputs[0])
    axes = {op.attrs["axis"] for op in match.ops}
    return len(axes) == 1 or (
        shape is not None and len({axis % len(shape) for axis in axes}) == 1
    )


def is_alone(name: str) -> Condition:
    """The operation takes one thing only."""
    return lambda match: len(match.lists[name]) == 1


def only(name: str) -> Callable[[Match], Tensor]:
    """The one thing that it takes."""
    return lambda match: match.lists[name][0]


def unpacks_whole(name: str) -> Condition:
    """What is packed are the pieces of one tensor, all of them and in their order."""

    def holds(match: Match) -> bool:
        pieces = match.lists[name]
        op = match.edit.maker(pieces[0], match.root)
        if op is None or op.type != "Unpack" or list(op.outputs) != pieces:
            return False
        rank = match.edit.shape(op.inputs[0])
        if rank is None:
            return False
        axes = (op.attrs["axis"], match.root.attrs["axis"])
        return len({axis % len(rank) for axis in axes}) == 1

    return holds


def unpacked(name: str) -> Callable[[Match], Tensor]:
    """The tensor whose pieces these are."""
    return lambda match: match.lists[name][0].op.inputs[0]
