"""Loops and conditions of a program, as Python's own.

    i = i_0
    while True:
        if halted: halt()
        less = i < n
        if not less: break
        add = i + one
        i = add

A Merge is a name that both sides of an `if` assign; a loop variable is a name, too, and
leaves the loop as what it was when the condition said stop.
Read next: `program.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.frames import EXITS, ROUTES, SWITCHES, shown_name
from interactive_graphs.runtime.listing import Probe
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import LoopLines
from interactive_graphs.runtime.refs import owner
from interactive_graphs.runtime.schedule import Block, If, Item, Move, While, blocks
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.structure import Region
from interactive_graphs.runtime.writer import Writer


class StructuredWriter(Writer):
    """Writes a plan whose structure is known."""

    def __init__(
        self, plan: Plan, state: SessionState, probe: Probe | None, inner: bool
    ) -> None:
        """See `Writer`."""
        super().__init__(plan, state, probe, inner)
        self._uses = Counter(plan.find(t) for op in plan.nodes for t in op.inputs)
        self._uses.update(plan.find(t) for t in plan.fetches)
        # Loop variables that no Exit stands for yet, and names of several tensors.
        self._variables: set[str] = set()
        self._shared: set[str] = set()
        # What counts the iterations of the loops around, outermost first.
        self._turns: list[str] = []
        self._bind("halted", state.halted)
        self._bind("halt", state.halt)

    def body(self) -> None:
        """All blocks."""
        self._block(blocks(self._plan), self._plan.feeds)

    # -- blocks ------------------------------------------------------------------------

    def _block(
        self, block: Block, given: Iterable[Tensor] = (), kept: Collection[Tensor] = ()
    ) -> None:
        """The items of a block; large values are let go of after their last use.

        Args:
            block: the items.
            given: what was made before and is not used after.
            kept: what is used after.
        """
        last: dict[Tensor, int] = {}
        used = [_used_by(item, self._plan) for item in block]
        for i, tensors in enumerate(used):
            last.update(dict.fromkeys(tensors, i))
        mine = set(given)
        for item in block:
            if isinstance(item, Move):
                self._name_result(item)
        for i, item in enumerate(block):
            if isinstance(item, If):
                # What a branch makes may be used by a later one of the same condition.
                self._if(item, {*kept, *(t for t, at in last.items() if at > i)})
            else:
                self._item(item)
            mine.update(_made_by(item))
            done = [t for t in used[i] if last[t] == i and t in mine and t not in kept]
            self._let_go(done)

    def _item(self, item: Operation | While | Move) -> None:
        if isinstance(item, While):
            self._while(item)
        elif isinstance(item, Move):
            self._move(item)
        elif item.type in ROUTES:
            self._route(item)
        else:
            self.node(item)

    def _indented(self, block: Block, **options: Any) -> None:
        outer = self._indent
        self._indent += "    "
        before = len(self._lines)
        self._block(block, **options)
        if len(self._lines) == before:
            self._line("pass")
        self._indent = outer

    def _let_go(self, tensors: Iterable[Tensor]) -> None:
        """Drop names of large values."""
        fetched = {self._plan.find(t) for t in self._plan.fetches}
        names = [
            self._names[t]
            for t in tensors
            if t in self._names and t not in fetched and self._is_large(t)
        ]
        names = [n for n in dict.fromkeys(names) if self._may_drop(n)]
        if names:
            self._line(f"{' = '.join(names)} = None")

    def _may_drop(self, name: str) -> bool:
        wished = self._wished.values()
        return name not in self._env and name not in self._shared | {*wished}

    def _release(self, op: Operation) -> None:
        """Done by `_block`, which knows where a value is used last."""

    # -- conditions --------------------------------------------------------------------

    def _if(self, item: If, kept: Collection[Tensor]) -> None:
        pred = self._value(item.pred)
        then, otherwise = item.then, item.otherwise
        test = f"if {pred}:" if then else f"if not {pred}:"
        self._line(test, item.pred.op)
        self._indented(then or otherwise, kept=kept)
        if then and otherwise:
            self._line("else:")
            self._indented(otherwise, kept=kept)

    def _name_result(self, move: Move) -> None:
        """Give a Merge its name, and what it takes from this side the same one."""
        merged = move.merge.outputs[0]
        if merged not in self._names:
            wish = self._wished.get(merged)
            self._names[merged] = wish or self._identifier(move.merge.name)
        tensor = self._plan.find(move.merge.inputs[move.side])
        op = tensor.op
        if (
            self._uses[tensor] == 1
            and tensor not in self._names
            and tensor not in self._plan.values
            and not tensor.dtype._is_ref_dtype
            and (
                op.type not in ROUTES
                or (op.type == "Merge" and tensor is op.outputs[0])
            )
            and self._side_of(move) == self._regions[op]
        ):
            self._wished[tensor] = self._names[merged]

    def _side_of(self, move: Move) -> Region:
        assert self._plan.structure is not None
        sides = self._plan.structure.sides[move.merge]
        return (*self._regions[move.merge], sides[move.side])

    @property
    def _regions(self) -> dict[Operation, Region]:
        assert self._plan.structure is not None
        return self._plan.structure.regions

    def _move(self, move: Move) -> None:
        """What a Merge takes from this side."""
        merge, index = move.merge, move.side
        source = self._argument(merge, index)
        name = self._names[merge.outputs[0]]
        if source != name:
            self._line(f"{name} = {source}", merge)
        which = merge.outputs[1]
        number = "None"
        if self._uses[which]:
            if which not in self._names:
                self._names[which] = self._identifier(f"{merge.name}_index")
            number = self._object(f"index_{index}", np.int32(index))
            self._line(f"{self._names[which]} = {number}", merge)
        self._watch(merge, f"{name}, {number}", f"{name} = told[0]")

    # -- loops -------------------------------------------------------------------------

    def _while(self, item: While) -> None:
        """A loop, its variables before it and their change at the end."""
        condition = item.loop.condition
        assert condition is not None
        name = shown_name(item.loop.path[-1])
        turn = self._identifier(f"{name}_turn")
        self._begin(item)
        self._line(f"{turn} = 0")
        first = len(self._lines)
        self._line("while True:")
        self._turns.append(turn)
        outer, self._indent = self._indent, self._indent + "    "
        self._line("if halted: halt()")
        for variable in item.variables:
            merged = variable.merge.outputs[0]
            name_of = self._names[merged]
            self._watch(variable.merge, f"{name_of}, None", f"{name_of} = told[0]")
        later = {t for i in item.body for t in _used_by(i, self._plan)}
        later.update(t for i in item.leaving for t in _used_by(i, self._plan))
        carried = {self._plan.find(v.back.inputs[0]) for v in item.variables}
        self._block(item.head, kept=later | carried)
        self._leave(condition, item)
        made = [t for i in item.head for t in _made_by(i)]
        self._block(item.body, given=made, kept=carried)
        self._go_round(item)
        self._line(f"{turn} += 1")
        self._turns.pop()
        self._indent = outer
        self._loops.append(LoopLines(first, len(self._lines), name, turn))
        left = {self._plan.find(e.inputs[0]) for e in _exits(item)}
        merges = [v.merge.outputs[0] for v in item.variables]
        self._let_go(t for t in merges if t not in left)

    def _begin(self, item: While) -> None:
        for variable in item.variables:
            initial = self._watched_value(variable.enter)
            merged = variable.merge.outputs[0]
            never_changes = self._plan.find(variable.back.inputs[0]) is merged
            watched = any(map(self._is_watched, (variable.merge, variable.back)))
            if never_changes and not watched:
                # It never changes: the same under another name.
                self._names[merged] = initial
                self._shared.add(initial)
                continue
            name = self._names[merged] = self._identifier(variable.merge.name)
            self._variables.add(name)
            self._line(f"{name} = {initial}", variable.merge)

    def _leave(self, condition: Operation, item: While) -> None:
        """Out of the loop, after what runs only then."""
        test = f"if not {self._value(self._plan.find(condition.inputs[0]))}:"
        self._line(test, condition)
        start = len(self._lines)
        self._indent += "    "
        self._block(item.leaving)
        if len(self._lines) == start:
            self._lines[-1] += " break"
        else:
            self._line("break")
        self._indent = self._indent[:-4]

    def _go_round(self, item: While) -> None:
        """All variables change at once."""
        names, values = [], []
        for variable in item.variables:
            name = self._names[variable.merge.outputs[0]]
            value = self._watched_value(variable.back)
            if name != value:
                names.append(name)
                values.append(value)
        if names:
            self._line(f"{', '.join(names)} = {', '.join(values)}")

    # -- nodes that only say where values go -------------------------------------------

    def _route(self, op: Operation) -> None:
        if not op.inputs:
            self._watch(op, None, "")
            return
        tensor = self._plan.find(op.inputs[0])
        if tensor.dtype._is_ref_dtype and op.op_def.inputs[0].is_ref:
            self._resource(tensor)
            name = self._names[owner(tensor).outputs[0]]
        else:
            name = self._argument(op, 0)
        leaves = op.type in EXITS and name not in self._variables
        if leaves or (self._is_watched(op) and op.outputs and not _is_ref(op)):
            name = self._copied(op, name)
        self._variables.discard(name)
        if op.type not in EXITS:
            self._shared.add(name)
        for output in op.outputs:
            if output not in self._plan.feeds:
                self._names[output] = name
        if op.type in SWITCHES:
            pred = self._argument(op, 1)
            values = f"*((None, {name}) if {pred} else ({name}, None))"
            self._watch(op, values, f"{name} = told[1 if {pred} else 0]")
        else:
            self._watch(op, name, f"{name} = told[0]" if op.outputs else "")

    def _copied(self, op: Operation, name: str) -> str:
        """A name of its own for what leaves a loop and is no variable of it."""
        copy = self._identifier(op.name)
        self._line(f"{copy} = {name}", op)
        return copy

    def _watched_value(self, op: Operation) -> str:
        """The input of a node that passes it on, as the node's watchers leave it."""
        value = self._argument(op, 0)
        if not self._is_watched(op):
            return value
        if not _is_ref(op):
            value = self._copied(op, value)
        self._watch(op, value, f"{value} = told[0]")
        return value

    def _watch(self, op: Operation, values: str | None, taken: str) -> None:
        """Tell the probe of a node that has no line of its own."""
        self._tell_before(op)
        replaceable = taken and not _is_ref(op)
        self._tell_after(
            op, "" if values is None else f"{values},", taken if replaceable else ""
        )

    def _at(self) -> str:
        return f"({''.join(f'{turn}, ' for turn in self._turns)})"


def _is_ref(op: Operation) -> bool:
    """Whether a node passes a variable on, and not a value."""
    return any(t.dtype._is_ref_dtype for t in op.outputs)


def _used_by(item: Item, plan: Plan) -> dict[Tensor, None]:
    """The tensors that an item takes, those in its blocks included."""
    if isinstance(item, Move):
        return {plan.find(item.merge.inputs[item.side]): None}
    if isinstance(item, Operation):
        return dict.fromkeys(map(plan.find, item.inputs))
    found: dict[Tensor, None] = {}
    if isinstance(item, If):
        found[item.pred] = None
        inner = [*item.then, *item.otherwise]
    else:
        inner = [*item.head, *item.leaving, *item.body]
        for variable in item.variables:
            found[plan.find(variable.enter.inputs[0])] = None
            found[plan.find(variable.back.inputs[0])] = None
    for one in inner:
        found.update(_used_by(one, plan))
    return found


def _made_by(item: Item) -> list[Tensor]:
    """The tensors that are there after an item, and not before."""
    if isinstance(item, Move):
        return item.merge.outputs
    if isinstance(item, Operation):
        return item.outputs
    if isinstance(item, If):
        moves = (i for i in (*item.then, *item.otherwise) if isinstance(i, Move))
        return [t for move in moves for t in move.merge.outputs]
    return [t for op in _exits(item) for t in op.outputs]


def _exits(loop: While) -> list[Operation]:
    """The nodes that take values out of a loop."""
    ops = (i for i in loop.leaving if isinstance(i, Operation))
    return [op for op in ops if op.type in EXITS]
