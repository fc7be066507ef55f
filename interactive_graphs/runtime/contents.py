"""What TensorArrays and tensor lists hold: the shapes of their elements.

A shape rule sees a handle, and not what was put in behind it. Here all that is written
to a handle is kept, so that what is read has a shape: the loop of an RNN and the loop
of its gradient are joined by such handles alone. A list is a value, so each tensor of
variants has contents of its own; an array is one thing that is changed, and contents
are the array's. What reaches this file by a way it does not know may be anything. A
list that gets one constant again and again holds that constant: so loops push shapes
for their gradients.
Read next: `specialise.py`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.runtime.frames import CONTROL_FLOW

ArrayKey = tuple[Operation, bytes]
"""The node that makes an array, and whose gradients it holds (b"" for its own)."""

_SMALL: Final = 64
"""Constants of more elements are not recognised: it is shapes and axes that matter."""

_PASS_ON: Final = CONTROL_FLOW | {"Identity", "StopGradient"}


class Elements(NamedTuple):
    """What is known of the elements of a list or an array.

    Attributes:
        shape: of every one.
        inside: if they are lists: of the elements of these.
        none: whether there are none, so that nothing has to hold.
        value: of every one, where it is known: dtype, shape and bytes.
    """

    shape: Shape = None
    inside: Any = None
    none: bool = False
    value: tuple[str, tuple[int, ...], bytes] | None = None

    @property
    def constant(self) -> np.ndarray | None:
        """The value that all elements have, or None."""
        if self.value is None:
            return None
        dtype, shape, data = self.value
        return np.frombuffer(data, dtype).reshape(shape)


NONE: Final = Elements(none=True)
ANYTHING: Final = Elements()


def common(a: Shape, b: Shape) -> Shape:
    """What holds of two shapes alike."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else None for x, y in zip(a, b, strict=True))


def joined(a: Elements, b: Elements) -> Elements:
    """What holds of the elements of both."""
    if a.none or b.none:
        return b if a.none else a
    inside = None
    if a.inside is not None and b.inside is not None:
        inside = joined(a.inside, b.inside)
    value = a.value if a.value == b.value else None
    return Elements(common(a.shape, b.shape), inside, value=value)


def _rows(shape: Shape) -> Shape:
    """The shape of a row."""
    return shape[1:] if shape else None


def _as_value(array: np.ndarray | None) -> tuple[str, tuple[int, ...], bytes] | None:
    if array is None or array.size > _SMALL:
        return None
    return array.dtype.str, array.shape, array.tobytes()


class Contents:
    """The contents in one round over a plan (`specialise.py`).

    Attributes:
        lists: by tensor of variants.
        arrays: what has been written to each so far.
        known: the values that are known of what is popped, and of sizes of arrays.
    """

    def __init__(self, before: Contents | None = None) -> None:
        """Nothing has been written.

        Args:
            before: the round before this one, which has seen all that is written.
        """
        self.lists: dict[Tensor, Elements] = {}
        self.arrays: dict[ArrayKey, Elements] = {}
        self.known: dict[Tensor, np.ndarray] = {}
        self._before = before
        self._lost: bool = before is not None and before._lost

    # -- what a node gives -------------------------------------------------------------

    def shapes(self, op: Operation) -> list[Shape] | None:
        """The shapes that a node gives, where contents say more than its rule; or None.

        To be asked in the order of the plan, after the shapes of the inputs are known.
        """
        reader = _READERS.get(op.type)
        return None if reader is None else reader(self, op)

    def _popped(self, op: Operation) -> list[Shape]:
        return [(), self._of_list(op.inputs[0]).shape]

    def _listed(self, op: Operation) -> list[Shape]:
        shape = self._of_list(op.inputs[0]).shape
        return [(None, *shape[1:]) if shape else None, (None,)]

    def _read(self, op: Operation) -> list[Shape]:
        return [self._of_array(op.inputs[0]).shape]

    def _gathered(self, op: Operation) -> list[Shape]:
        shape, indices = self._of_array(op.inputs[0]).shape, op.inputs[1].static_shape
        if shape is None or indices is None or len(indices) != 1:
            return [None]
        return [(*indices, *shape)]

    # -- what a node puts in -----------------------------------------------------------

    def note(self, op: Operation) -> None:
        """Take in what a node writes or passes on; its shapes are known."""
        writer = _WRITERS.get(op.type)
        if writer is not None:
            writer(self, op)
            return
        if op.type not in _KNOWN and any(map(_is_array, op.inputs)):
            self._lost = True  # it may write what it likes
        is_list = [t.dtype.name == "variant" for t in op.outputs]
        if not any(is_list):
            return
        passes = op.type in _PASS_ON or op.type in ("AddN", "Add", "ZerosLike")
        held = ANYTHING
        if passes:
            held = NONE
            for tensor in op.inputs:
                if tensor.dtype.name == "variant":
                    held = joined(held, self._of_list(tensor))
        for tensor, listed in zip(op.outputs, is_list, strict=True):
            if listed:
                self.lists[tensor] = held

    def _begin(self, op: Operation) -> None:
        self.lists[op.outputs[0]] = NONE

    def _push(self, op: Operation) -> None:
        handle, value = op.inputs
        known = None
        if value.dtype.name in ("int32", "int64"):
            known = _as_value(static_value(value))
        pushed = Elements(value.static_shape, self._inside(value), value=known)
        self.lists[op.outputs[0]] = joined(self._of_list(handle), pushed)

    def _pop(self, op: Operation) -> None:
        held = self._of_list(op.inputs[0])
        self.lists[op.outputs[0]] = held
        if held.constant is not None:
            self.known[op.outputs[1]] = held.constant
        if op.outputs[1].dtype.name == "variant":
            self.lists[op.outputs[1]] = held.inside or (NONE if held.none else ANYTHING)

    def _split(self, op: Operation) -> None:
        rows = _rows(op.inputs[0].static_shape)
        shape = None if rows is None else (None, *rows)
        self.lists[op.outputs[0]] = Elements(shape)

    def _write(self, op: Operation) -> None:
        value = op.inputs[2]
        self._put(op, Elements(value.static_shape, self._inside(value)))

    def _scatter(self, op: Operation) -> None:
        self._put(op, Elements(_rows(op.inputs[2].static_shape)))

    def _count(self, op: Operation) -> None:
        key = _array_of(op.inputs[0])
        if key is not None and not key[0].attrs["dynamic_size"]:
            size = static_value(key[0].inputs[0])
            if size is not None and size.shape == () and size >= 0:
                self.known[op.outputs[0]] = size

    def _split_up(self, op: Operation) -> None:
        rows = _rows(op.inputs[1].static_shape)
        self._put(op, Elements(None if rows is None else (None, *rows)))

    def _put(self, op: Operation, elements: Elements) -> None:
        key = _array_of(op.inputs[0])
        if key is None:
            self._lost = True  # it may be any of them
            return
        self.arrays[key] = joined(self.arrays.get(key, NONE), elements)

    # -- what is in there --------------------------------------------------------------

    def _inside(self, value: Tensor) -> Elements | None:
        return self._of_list(value) if value.dtype.name == "variant" else None

    def _of_list(self, handle: Tensor) -> Elements:
        found = self.lists.get(handle)
        if found is None and self._before is not None:
            # What a loop brings back is further down in the plan.
            found = self._before.lists.get(handle)
        if found is not None:
            return found
        return NONE if self._before is None else ANYTHING

    def _of_array(self, handle: Tensor) -> Elements:
        key = _array_of(handle)
        if key is None or self._lost:
            return ANYTHING
        held = self._written(key)
        # Gradients that nobody wrote are zeros of the shape of the array's own.
        return joined(held, self._written((key[0], b""))) if key[1] else held

    def _written(self, key: ArrayKey) -> Elements:
        arrays = self.arrays if self._before is None else self._before.arrays
        return arrays.get(key, NONE)

    def is_settled(self) -> bool:
        """Whether this round found what the one before had, so that both are right."""
        if self._before is None:
            return not self.lists and not self.arrays
        return self.lists == self._before.lists and self.arrays == self._before.arrays


def _array_of(handle: Tensor) -> ArrayKey | None:
    """Which array a handle is of, None where that cannot be told."""
    op = handle.op
    source = b""
    while op.type != "TensorArrayV3":
        if op.type == "TensorArrayGradV3" and not source:
            source = op.attrs["source"]
        elif op.type not in ("Enter", "Exit", "Identity", "Switch"):
            return None
        op = op.inputs[0].op
    return op, source


def _is_array(tensor: Tensor) -> bool:
    return tensor.dtype.name == "resource" and _array_of(tensor) is not None


_READERS: Final = {
    "TensorListPopBack": Contents._popped,
    "TensorListConcatV2": Contents._listed,
    "TensorArrayReadV3": Contents._read,
    "TensorArrayGatherV3": Contents._gathered,
}
_WRITERS: Final = {
    "EmptyTensorList": Contents._begin,
    "TensorListPushBack": Contents._push,
    "TensorListPopBack": Contents._pop,
    "TensorListSplit": Contents._split,
    "TensorArrayWriteV3": Contents._write,
    "TensorArrayScatterV3": Contents._scatter,
    "TensorArraySplitV3": Contents._split_up,
    "TensorArraySizeV3": Contents._count,
}
_KNOWN: Final = {
    *_PASS_ON, *_READERS, *_WRITERS, "TensorArrayGradV3", "TensorArrayConcatV3",
    "TensorArrayCloseV3",
}  # fmt: skip
