"""The text of a specialised program: what its shapes allow it to say better.

    def step(values):
        x, = values
        if type(x) is not ndarray or x.dtype is not float32 or x.shape != (100, 784):
            x = feed_x(x)
            if x.shape != (100, 784): return other(values)
        if w.value is None or w.value.shape != (784, 10): return other(values)

Lines come from `special_lines.py`. Constant numbers that meet arrays are 0-d arrays:
numpy takes twice as long with scalars of its own. Large values lie in memory that was
planned (`memory.py`):

        here = free.pop() if free else more()
        m1, m2, = here
            h = multiply(x, w_read, m1)
            tanh = tanh_2(h, m1)

Of very large ones a tile at a time (`tiles.py`). Read next: `special_lines.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import sharing
from interactive_graphs.runtime.listing import Feeder
from interactive_graphs.runtime.lowering import expression
from interactive_graphs.runtime.memory import Memory, View, plan_memory
from interactive_graphs.runtime.plan import Plan, users
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.special_lines import Known, special_expression
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.structured import StructuredWriter
from interactive_graphs.runtime.tiles import Chain, Item, chained, in_lines
from interactive_graphs.runtime.writer import Result, Writer


class SpecialWriter(Writer):
    """Writes a plan of known shapes."""

    def __init__(
        self, plan: Plan, state: SessionState, other: Callable[[Any], Any]
    ) -> None:
        """Writes the program's head.

        Args:
            plan: specialised.
            state: the session's.
            other: runs the step for values of other shapes.
        """
        straight = plan.structure is None
        self._items: Sequence[Item] = chained(plan) if straight else plan.nodes
        super().__init__(plan, state, None, False)
        self._bind("other", other)
        # Names of constant numbers as arrays, and whether the node at hand wants them.
        self._numbers: dict[Tensor, str] = {}
        self._meets_arrays = False
        self._memory = plan_memory(plan, self._items) if straight else Memory()
        self._known = Known(plan, self._object, self._memory.spare)
        self._views: dict[View, str] = {}
        self._tiles: list[str] = []
        self._free: list[Any] = []
        for tensor in self._memory.places:
            self._last_use.pop(tensor, None)  # its memory stays

    # -- before ------------------------------------------------------------------------

    def feeds(self, feeders: Sequence[tuple[str, Feeder]]) -> None:
        """Unpack the fed values, check them and the variables."""
        self._unpack(self._plan.feeds)
        for tensor, (test, feeder) in zip(self._plan.feeds, feeders, strict=True):
            self._check(tensor, test, feeder, exact=True)
        checked = self._plan.checked
        for op in self._plan.nodes:
            if op in checked and self._bound_now(op):
                name, shape = self._names[op.outputs[0]], op.outputs[0].static_shape
                test = f"{name}.value is None or {name}.value.shape != {shape}"
                self._line(f"if {test}: return other(values)", indent="    ")

    def open(self) -> None:
        """Take memory, and begin the part that runs kernels."""
        if self._memory.views:
            self._bind("free", self._free)
            self._bind("more", self._memory.instance)
            self._bind("here", None)
            for i, view in enumerate(self._memory.views):
                self._views[view] = self._identifier(f"m{i + 1}")
            names = [self._views[view] for view in self._memory.of_chain(None)]
            self._tiles = [self._identifier("tiles") for _ in self._memory.chains]
            self._line("here = free.pop() if free else more()", indent="    ")
            self._line(f"{', '.join((*names, *self._tiles))}, = here", indent="    ")
        super().open()

    def close(self, result: Result) -> None:
        """Return what was asked for, and give the memory back."""
        super().close(result)
        if self._memory.views:
            self._line("free.append(here)")

    def program(self) -> Program:
        """Compile the text."""
        program = super().program()
        program.free = self._free
        return program

    def _order(self) -> Iterable[Operation]:
        return in_lines(self._items)

    # -- nodes -------------------------------------------------------------------------

    def body(self) -> None:
        """All nodes, and chains of them."""
        if not self._memory.chains:
            super().body()
            return
        for item in self._items:
            if isinstance(item, Chain):
                self._chain(item)
            else:
                self.node(item)

    def _chain(self, chain: Chain) -> None:
        """A loop over tiles."""
        number = self._memory.chains.index(chain)
        made = [op.outputs[0] for op in chain.ops]
        leaving = [tensor for tensor in made if tensor not in chain.inside]
        for tensor in leaving:
            self._line(f"{self._named(tensor)} = {self._whole(tensor)}", tensor.op)
        taken = dict.fromkeys(self._plan.find(t) for op in chain.ops for t in op.inputs)
        cut = [t for t in taken if t not in made and chain.is_cut(t)]
        whole = {tensor: self._value(tensor) for tensor in (*cut, *leaving)}
        views = [self._views[view] for view in self._memory.of_chain(number)]
        at, to = self._identifier("at"), self._identifier("to")
        tiles = self._tiles[number]
        self._line(f"for {at}, {to}, [{', '.join(views)}] in {tiles}:")
        self._indent += "    "
        for tensor, name in whole.items():
            part = self._names[tensor] = self._identifier(f"{name}_part")
            self._line(f"{part} = {name}[{at}:{to}]")
        for op in chain.ops:
            self._do_tile(op, chain)
        self._indent = self._indent[:-4]
        self._line(" = ".join([*(self._names[t] for t in whole), "None"]))
        self._names.update(whole)
        for op in chain.ops:
            self._release(op)

    def _do_tile(self, op: Operation, chain: Chain) -> None:
        """One node, of a tile."""
        tensor = op.outputs[0]
        self._meets_arrays = _is_ufunc(op)
        self._arguments(op)
        self._meets_arrays = False
        if tensor in chain.inside:
            name = self._named(tensor)
            view = self._views[self._memory.views[self._memory.places[tensor]]]
        else:
            name = view = self._names[tensor]
        text = self._written_to(view, op).format(*self._inputs_of[users(op)])
        self._line(f"{name} = {text}", op)

    def _named(self, tensor: Tensor) -> str:
        """A new name for what a node gives."""
        name = self._names[tensor] = self._identifier(tensor.op.name)
        return name

    def _whole(self, tensor: Tensor) -> str:
        """The array for what leaves a chain."""
        place = self._memory.places.get(tensor)
        if place is not None:
            return self._views[self._memory.views[place]]
        dtype = tensor.dtype.np_dtype
        named = self._object(tensor.dtype.name, dtype)
        return f"{self._object('empty', np.empty)}({tensor.static_shape}, {named})"

    def node(self, op: Operation) -> None:
        """One node."""
        has_shape = bool(op.outputs) and bool(op.outputs[0].static_shape)
        self._meets_arrays = has_shape and _is_ufunc(op)
        super().node(op)
        self._meets_arrays = False

    def _arguments(self, op: Operation) -> list[str]:
        args = super()._arguments(op)
        planned = op.outputs and op.outputs[0] in self._memory.places
        # What is written to a place takes a list's items one by one.
        return self._inputs_of[users(op)] if planned else args

    def _expression(self, op: Operation) -> str | None:
        place = self._memory.places.get(op.outputs[0]) if op.outputs else None
        if place is not None:
            view = self._views[self._memory.views[place]]
            return self._written_to(view, op)
        return special_expression(op, self._known) or super()._expression(op)

    def _written_to(self, view: str, op: Operation) -> str:
        """A format of the inputs' names that puts a node's result into a view."""
        write = sharing.write(op)
        assert write is not None
        uses = {
            name: self._object(getattr(thing, "__name__", name), thing)
            for name, thing in write.uses.items()
        }
        names = (f"{{{i}}}" for i in range(len(op.inputs)))
        return write.text.format(*names, out=view, **uses)

    def _value(self, tensor: Tensor) -> str:
        value = self._plan.values.get(tensor) if self._meets_arrays else None
        if value is None or value.ndim or value.dtype == object:
            return super()._value(tensor)
        name = self._numbers.get(tensor)
        if name is None:
            name = self._numbers[tensor] = self._object(tensor.op.name, value)
        return name


class SpecialStructuredWriter(SpecialWriter, StructuredWriter):
    """Writes a plan of known shapes with loops and conditions."""


def special_writer(
    plan: Plan, state: SessionState, other: Callable[[Any], Any]
) -> SpecialWriter:
    """What writes a specialised plan; arguments as of the class."""
    if plan.structure is not None:
        return SpecialStructuredWriter(plan, state, other)
    return SpecialWriter(plan, state, other)


def _is_ufunc(op: Operation) -> bool:
    """Whether a node is written as a ufunc, or an operator that calls one."""
    kernel = op.op_def.kernels.get("CPU")
    of_numpy = kernel is not None and isinstance(kernel.fn, np.ufunc)
    return of_numpy or expression(op) is not None
