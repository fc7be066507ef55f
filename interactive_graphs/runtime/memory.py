"""Where the large values of a specialised step lie.

    memory = plan_memory(plan)
    memory.places[tensor]     # the number of a view into the step's memory
    memory.instance()         # an array for each view

A value that an op of `sharing.py` can write, and that nobody keeps, gets a piece of
memory for the time from its op to the last op that may look at it, or at a part of it;
then the piece is free for others. An op may write over an input that nobody needs after
it. The order of the plan, which is that of creation, keeps few values alive at a time:
gradients are added up where they are made.

Never planned are feeds, variables, fetched values, and values that an op takes which
may keep them. Each of several runs at a time has an instance of its own; small values
are left to numpy, which has a cache for them. Read next: `sharing.py`.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import sharing
from interactive_graphs.runtime.plan import Plan

SMALLEST: Final = 32 * 1024
"""Bytes from which on planning pays: smaller arrays numpy makes as fast (measured)."""

_ALIGNMENT: Final = 64
_WASTE: Final = 2
"""A free piece is taken for values of at least this part of its size."""


class View(NamedTuple):
    """A piece of memory, seen as an array."""

    piece: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Memory:
    """What a step's values share.

    Attributes:
        places: by planned tensor the number of its view.
        views: all that there are.
        sizes: of the pieces, in bytes.
        spare: by op the planned values that nobody looks at any more after it.
    """

    def __init__(self) -> None:
        """Nothing is planned."""
        self.places: dict[Tensor, int] = {}
        self.views: list[View] = []
        self.sizes: list[int] = []
        self.spare: dict[Operation, set[Tensor]] = {}
        self._numbers: dict[View, int] = {}

    def number(self, view: View) -> int:
        """The number of a view, a new one where there was none."""
        if view not in self._numbers:
            self._numbers[view] = len(self.views)
            self.views.append(view)
        return self._numbers[view]

    def instance(self) -> tuple[np.ndarray, ...]:
        """Memory for one run at a time, as an array for each view."""
        pieces = [_aligned(size) for size in self.sizes]
        return tuple(
            pieces[v.piece][: math.prod(v.shape) * v.dtype.itemsize]
            .view(v.dtype)
            .reshape(v.shape)
            for v in self.views
        )


def _aligned(size: int) -> np.ndarray:
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size]


def plan_memory(plan: Plan) -> Memory:
    """Plan the memory of a step without loops; see the module."""
    return _Planner(plan).plan_all()


class _Planner:
    """Goes through the nodes once, with what is free at each."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._find = plan.find
        self._memory = Memory()
        # Values that may share memory are one group, told by a first member.
        self._first: dict[Tensor, Tensor] = {}
        self._last_use: dict[Tensor, int] = {}
        self._kept: set[Tensor] = set()
        self._free: list[int] = []
        self._held: dict[Tensor, list[int]] = {}
        self._group_values()

    def _group(self, tensor: Tensor) -> Tensor:
        tensor = self._find(tensor)
        while tensor in self._first:
            tensor = self._first[tensor]
        return tensor

    def _group_values(self) -> None:
        nodes = self._plan.nodes
        for op in nodes:
            if op.type in sharing.MAY_SHARE:
                for tensor in (*op.inputs, *op.outputs):
                    a, b = self._group(tensor), self._group(op.outputs[0])
                    if a is not b:
                        self._first[a] = b
        for at, op in enumerate(nodes):
            safe = sharing.keeps_nothing(op)
            for tensor in op.inputs:
                group = self._group(tensor)
                self._last_use[group] = at
                if not safe:
                    self._kept.add(group)
        outside = (*self._plan.fetches, *self._plan.feeds, *self._plan.values)
        self._kept.update(map(self._group, outside))

    def plan_all(self) -> Memory:
        """Give each value its place."""
        ends: dict[int, list[Tensor]] = {}
        for group, at in self._last_use.items():
            ends.setdefault(at, []).append(group)
        for at, op in enumerate(self._plan.nodes):
            self._place(op, at)
            for group in ends.get(at, ()):
                pieces = self._held.pop(group, [])
                if pieces:
                    mine = {t for t in op.inputs if self._group(t) is group}
                    self._memory.spare.setdefault(op, set()).update(mine)
                self._free += pieces
        return self._memory

    def _place(self, op: Operation, at: int) -> None:
        write = sharing.write(op)
        shape = op.outputs[0].static_shape if write is not None else None
        if write is None or shape is None or not self._is_planned(op, shape):
            return
        tensor = op.outputs[0]
        dtype = tensor.dtype.np_dtype
        group = self._group(tensor)
        size = math.prod(d or 0 for d in shape) * dtype.itemsize
        piece = self._in_place(op, write, at)
        if piece is None:
            piece = self._take(size)
        view = View(piece, tuple(d or 0 for d in shape), dtype)
        self._memory.places[tensor] = self._memory.number(view)
        if group in self._last_use:
            self._held.setdefault(group, []).append(piece)
        else:
            self._free.append(piece)

    def _is_planned(self, op: Operation, shape: tuple[int | None, ...]) -> bool:
        tensor = op.outputs[0]
        known = None not in shape and tensor not in self._plan.doubtful
        size = math.prod(d or 0 for d in shape) * tensor.dtype.np_dtype.itemsize
        return known and size >= SMALLEST and self._group(tensor) not in self._kept

    def _in_place(self, op: Operation, write: sharing.Write, at: int) -> int | None:
        """The piece of an input that ends here, where the op may write over it."""
        places = self._memory.places
        groups = [self._group(t) for t in op.inputs]
        out = op.outputs[0]
        for i in write.in_place:
            tensor = self._find(op.inputs[i])
            ends = self._last_use[groups[i]] == at and groups[i] in self._held
            if tensor not in places or not ends or tensor.dtype is not out.dtype:
                continue
            if tensor.static_shape != out.static_shape:
                continue
            others = groups[:i] + groups[i + 1 :]
            if write.alone and groups[i] in others:
                continue
            piece = self._memory.views[places[tensor]].piece
            if piece in self._held[groups[i]]:
                self._held[groups[i]].remove(piece)
                return piece
        return None

    def _take(self, size: int) -> int:
        """A free piece that fits, the smallest; or a new one."""
        sizes = self._memory.sizes
        fitting = [p for p in self._free if size <= sizes[p] <= size * _WASTE]
        if fitting:
            piece = min(fitting, key=lambda p: sizes[p])
            self._free.remove(piece)
            return piece
        sizes.append(size)
        return len(sizes) - 1
