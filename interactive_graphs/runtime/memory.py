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
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import sharing
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.tiles import Chain, Item, in_lines

SMALLEST: Final = 32 * 1024
"""Bytes from which on planning pays: smaller arrays numpy makes as fast (measured)."""

_ALIGNMENT: Final = 64
_NOTHING: Final[frozenset[Tensor]] = frozenset()
_WASTE: Final = 2
"""A free piece is taken for values of at least this part of its size."""


class View(NamedTuple):
    """A piece of memory, seen as an array.

    Attributes:
        piece: its number.
        shape: of the array; of a chain's tiles, the last of which may be shorter.
        dtype: of the array.
        chain: the number of the chain, or None for a whole array.
    """

    piece: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chain: int | None = None


class Memory:
    """What a step's values share.

    Attributes:
        places: by planned tensor the number of its view.
        views: all that there are.
        sizes: of the pieces, in bytes.
        chains: what is done to a tile at a time.
        spare: by op the planned values that nobody looks at any more after it.
    """

    def __init__(self) -> None:
        """Nothing is planned."""
        self.places: dict[Tensor, int] = {}
        self.views: list[View] = []
        self.chains: list[Chain] = []
        self.sizes: list[int] = []
        self.spare: dict[Operation, set[Tensor]] = {}
        self._numbers: dict[View, int] = {}

    def number(self, view: View) -> int:
        """The number of a view, a new one where there was none."""
        if view not in self._numbers:
            self._numbers[view] = len(self.views)
            self.views.append(view)
        return self._numbers[view]

    def of_chain(self, number: int | None) -> list[View]:
        """The views of a chain's tiles, or those of whole arrays."""
        return [view for view in self.views if view.chain == number]

    def instance(self) -> tuple[Any, ...]:
        """Memory for one run at a time.

        Returns:
            An array for each view of a whole array; then for each chain its tiles: the
            first row of each, the row after its last, and an array for each view.
        """
        pieces = [_aligned(size) for size in self.sizes]

        def array(view: View) -> np.ndarray:
            size = math.prod(view.shape) * view.dtype.itemsize
            return pieces[view.piece][:size].view(view.dtype).reshape(view.shape)

        tiles = []
        for number, chain in enumerate(self.chains):
            whole = [array(view) for view in self.of_chain(number)]
            ends = [min(at + chain.rows, chain.length) for at in chain.starts]
            tiles.append(
                [
                    (at, to, [a[: to - at] for a in whole])
                    for at, to in zip(chain.starts, ends, strict=True)
                ]
            )
        return (*map(array, self.of_chain(None)), *tiles)


def _aligned(size: int) -> np.ndarray:
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size]


def plan_memory(plan: Plan, items: Sequence[Item] | None = None) -> Memory:
    """Plan the memory of a step without loops; see the module.

    Args:
        plan: specialised.
        items: its nodes in the order of their lines, with chains; the plan's if None.
    """
    return _Planner(plan, plan.nodes if items is None else items).plan_all()


class _Planner:
    """Goes through the nodes once, with what is free at each."""

    def __init__(self, plan: Plan, items: Sequence[Item]) -> None:
        self._plan = plan
        self._items = items
        self._nodes = in_lines(items)
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
        nodes = self._nodes
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
        at = 0
        for item in self._items:
            ops, inside = [item] if isinstance(item, Operation) else item.ops, _NOTHING
            if isinstance(item, Chain):
                inside = item.inside
                self._memory.chains.append(item)
            # What a chain takes is needed until its last tile.
            later: list[int] = []
            for op in ops:
                self._place(op, at, inside)
                for group in ends.get(at, ()):
                    pieces = self._ended(group, op)
                    (self._free if group in inside else later).extend(pieces)
                at += 1
            self._free += later
        return self._memory

    def _ended(self, group: Tensor, op: Operation) -> list[int]:
        """The pieces of values that nobody looks at after a node."""
        pieces = self._held.pop(group, [])
        if pieces:
            mine = {t for t in op.inputs if self._group(t) is group}
            self._memory.spare.setdefault(op, set()).update(mine)
        return pieces

    def _place(self, op: Operation, at: int, inside: frozenset[Tensor]) -> None:
        write = sharing.write(op)
        shape = op.outputs[0].static_shape if write is not None else None
        if write is None or shape is None or not self._is_planned(op, shape):
            return
        chain = None
        if op.outputs[0] in inside:
            chain = len(self._memory.chains) - 1
            shape = (self._memory.chains[-1].rows, *shape[1:])
        tensor = op.outputs[0]
        dtype = tensor.dtype.np_dtype
        group = self._group(tensor)
        size = math.prod(d or 0 for d in shape) * dtype.itemsize
        piece = self._in_place(op, write, at, inside)
        if piece is None:
            piece = self._take(size)
        view = View(piece, tuple(d or 0 for d in shape), dtype, chain)
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

    def _in_place(
        self, op: Operation, write: sharing.Write, at: int, inside: frozenset[Tensor]
    ) -> int | None:
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
            if (tensor in inside) is not (out in inside):
                continue  # one is a tile, the other an array
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
