"""From a plan to tasks and arrays.

    step = translate(plan, state)
    step.section.tasks      # in the order of the plan
    step.fetched            # an array for each fetch

Every node that has a lowering becomes native tasks, or none if it is no work; the rest
become lines. A loop or a condition is one task, which holds the sections of its blocks.
What the order of a plan's lines says, tasks say by `Task.after`: control edges (also
those that led through nodes that are gone), effects of lines one after the other, and
of each variable all readers of a version before it changes (`hazards.py`).
Read next: `cluster.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.kernels.native.clusters import Store
from interactive_graphs.runtime.native.hazards import protect
from interactive_graphs.runtime.native.lowerings import lower
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.scalar_loops import take_forward
from interactive_graphs.runtime.native.work import (
    FED,
    HELD,
    KNOWN,
    MADE,
    Array,
    Line,
    Nested,
    Pointwise,
    Section,
    Shape,
    Task,
)
from interactive_graphs.runtime.plan import Plan, users as user_of
from interactive_graphs.runtime.refs import owner, resource_of
from interactive_graphs.runtime.schedule import Block, If, Item, Move, While, blocks
from interactive_graphs.runtime.state import SessionState

OWNERS = frozenset({"Variable", "VariableV2", "VarHandleOp"})
"""What owns a variable: it has no work to do."""

_READS = frozenset({"Identity", "ReadVariableOp"})


def translate(
    plan: Plan,
    state: SessionState,
    winograd: bool = True,
    in_python: frozenset[Operation] = frozenset(),
) -> Step:
    """The tasks of a plan.

    Args:
        plan: specialised.
        state: the session's.
        winograd: whether convolutions may be computed with fewer products and digits.
        in_python: nodes that are to stay lines.

    Raises:
        NotNativeError: it is of a form that only Python can run.
    """
    step = Step(plan, state, winograd, in_python)
    step.block(step.items)
    step.finish()
    return step


class Step:
    """What a plan becomes.

    Attributes:
        plan: the plan.
        items: the plan's nodes, or blocks.
        section: what is to be run, each task after what it needs.
        doubtful: tensors whose shape nothing proves.
        fetched: the arrays of the plan's fetches.
        winograd: whether convolutions may be computed with fewer products and digits.
    """

    def __init__(
        self,
        plan: Plan,
        state: SessionState,
        winograd: bool,
        in_python: frozenset[Operation],
    ) -> None:
        """Nothing is translated."""
        self.plan = plan
        straight = plan.structure is None
        self.items: Block = list(plan.nodes) if straight else blocks(plan)
        self._in_python = in_python
        self.winograd = winograd
        self.section = Section()
        self.doubtful = plan.doubtful
        self.fetched: list[Array] = []
        self._state = state
        self._arrays: dict[Tensor, Array] = {}
        # Of each variable the version that a read finds now.
        self._versions: dict[VariableResource, Array] = {}
        self._seen: dict[Operation, frozenset[Task]] = {}
        self._shared: dict[Any, list[Array]] = {}
        self._current: list[Task] = []
        # What lines read that are no nodes: conditions, loop variables.
        self._read: list[Array] = []
        moves = (item for item in _everything(self.items) if isinstance(item, Move))
        self._sides = Counter(move.merge for move in moves)
        for tensor in plan.feeds:
            self._arrays[tensor] = _array_of(tensor, FED)

    def joins(self, move: Move) -> bool:
        """Whether a Merge takes something from another side, too."""
        return self._sides[move.merge] > 1

    # -- nodes -------------------------------------------------------------------------

    def block(self, items: Iterable[Item]) -> None:
        """Add the tasks of a block."""
        for item in items:
            if isinstance(item, Operation):
                self.translate(item)
            elif not isinstance(item, Move):
                self._nested(item)
            else:
                # As long as this side lasts; of a known condition it is all there is.
                merged, which = item.merge.outputs[:2]
                self.give(merged, self.array(item.merge.inputs[item.side]))
                self.give(which, _array_of(which, KNOWN))
                self._arrays[which].source = np.array(item.side, np.int32)

    def translate(self, op: Operation) -> None:
        """Add the tasks of one node."""
        if op.type in OWNERS and not any(t in self.plan.feeds for t in op.outputs):
            self._seen[op] = self._seen[user_of(op)] = frozenset()
            return
        self._current = []
        if not self._is_read(op) and not self._lowered(op):
            self._line(op)
        self._order(op)

    def _lowered(self, op: Operation) -> bool:
        if op in self._in_python:
            return False
        fed = any(t in self.plan.feeds for t in op.outputs)
        return not fed and op not in self.plan.kept and lower(Node(op, self))

    def _is_read(self, op: Operation) -> bool:
        """A variable's read is no work: it is the version that there is now."""
        if op.type not in _READS or op.outputs[0] in self.plan.feeds:
            return False
        source = self.plan.find(op.inputs[0])
        if source in self.plan.feeds or op in self.plan.kept:
            return False
        if not (source.dtype._is_ref_dtype or source.dtype.name == "resource"):
            return False
        if self.variable(source) is None:
            return False
        self.give(op.outputs[0], self.array(source, op.outputs[0]))
        return True

    def _line(self, op: Operation) -> None:
        inputs, touched = [], []
        for index, tensor in enumerate(op.inputs):
            if self._is_touched(op, index):
                touched.append(tensor)
            elif tensor.dtype.base_dtype.name != "resource":
                inputs.append(self.plain(tensor))
        outputs = [_array_of(t, MADE, self.doubtful) for t in op.outputs]
        task = Task(Line(op), inputs, outputs, [op])
        for tensor, array in zip(op.outputs, outputs, strict=True):
            if tensor not in self.plan.feeds:
                self.give(tensor, array)
        for tensor in touched:
            self._touch(task, tensor)
        if not op.op_def.is_pure:
            self._keep_effects_in_order(task)
        self.add(task)

    def _is_touched(self, op: Operation, index: int) -> bool:
        """Whether an input is a variable that the node may change."""
        tensor, args = op.inputs[index], op.op_def.inputs
        if self.variable(tensor) is None:
            return False
        is_ref = index < len(args) and args[index].is_ref
        return is_ref or not tensor.dtype._is_ref_dtype

    def _keep_effects_in_order(self, task: Task) -> None:
        if self.section.last_effect is not None:
            task.after.add(self.section.last_effect)
        self.section.last_effect = task

    def add(self, task: Task) -> None:
        """Add a task of the node that is being translated."""
        task.section = self.section
        self.section.tasks.append(task)
        self._current.append(task)
        for output in task.outputs:
            if output.previous is not None:
                self.section.changes.append((output.previous, task))
                # A check may have to refuse the step before anything changes.
                if self.section.last_effect is not None:
                    task.after.add(self.section.last_effect)

    def shared(self, key: Any) -> list[Array] | None:
        """What some task of this section has made, by what made it."""
        return self._shared.get((id(self.section), key))

    def share(self, key: Any, arrays: list[Array]) -> None:
        """Let other nodes of this section use what a task makes."""
        self._shared[(id(self.section), key)] = arrays

    # -- loops and conditions ----------------------------------------------------------

    def _nested(self, item: If | While) -> None:
        """Add a loop or a condition, with sections for its blocks."""
        task = Task(Nested(item, {}), [], [])
        task.section = self.section
        if isinstance(item, If):
            self.plain(item.pred)
        else:
            for variable in item.variables:
                if self.variable(variable.enter.inputs[0]) is None:
                    self.plain(variable.enter.inputs[0])
        touched = {self.variable(t): t for t in self._touched_by(_inner(item))}
        outside = {tensor: self.version(tensor) for tensor in touched.values()}
        if isinstance(item, While):
            parts: tuple[Block, ...] = (item.head, item.leaving, item.body)
            for tensor in outside:
                # What it holds when an iteration begins.
                held = self._held(tensor)
                self._versions[held.source] = held
            for loop_variable in item.variables:
                merged = loop_variable.merge.outputs[0]
                self.give(merged, _array_of(merged, FED, self.doubtful))
        else:
            parts = (item.then, item.otherwise)
        before = dict(self._versions)
        for part in parts:
            self._inside(task, part)
            if part is not parts[0] or isinstance(item, If):
                self._versions.update(before)
        if isinstance(item, While) and take_forward(task, self):
            # What is left to do once or twice are lines.
            self._in_python |= {op for op in _inner(item) if isinstance(op, Operation)}
            for part in (item.head, item.body):
                self._inside(task, part)
        made = self._read_by(item, task)
        self._close(task, outside)
        for tensor in made:
            self.give(tensor, _array_of(tensor, MADE, self.doubtful))
            self.found(tensor).maker = task  # type: ignore[union-attr]
        self._current = [task]
        self.section.tasks.append(task)

    def _inside(self, task: Task, part: Block) -> None:
        """Translate one block of a loop or a condition."""
        assert isinstance(task.work, Nested)
        outer = self.section
        self.section = task.work.sections[id(part)] = Section(task)
        self.block(part)
        for tensor in self._read_after(task.work.item, part):
            self.plain(tensor)
        self.section = outer

    def _read_after(self, item: If | While, part: Block) -> list[Tensor]:
        """What Python reads when a block is over, and is made in it."""
        moves = [i for i in part if isinstance(i, Move) and self.joins(i)]
        tensors = [move.merge.inputs[move.side] for move in moves]
        if isinstance(item, While) and part is item.head:
            assert item.loop.condition is not None
            tensors.append(item.loop.condition.inputs[0])
        elif isinstance(item, While) and part is item.body:
            tensors += (variable.back.inputs[0] for variable in item.variables)
        return [t for t in tensors if self.variable(t) is None]

    def _touched_by(self, items: Iterable[Item]) -> Iterator[Tensor]:
        """The variables that may be changed inside of items."""
        for item in items:
            if isinstance(item, (If, While)):
                yield from self._touched_by(_inner(item))
            elif isinstance(item, Operation) and item.type not in _READS:
                for index in range(len(item.inputs)):
                    if self._is_touched(item, index):
                        yield item.inputs[index]

    def _read_by(self, item: If | While, task: Task) -> list[Tensor]:
        """Note what Python reads of a loop or condition; gives the Merges' outputs."""
        moves = [i for i in _inner(item) if isinstance(i, Move) and self.joins(i)]
        tensors = [move.merge.inputs[move.side] for move in moves]
        if isinstance(item, If):
            tensors.append(item.pred)
        else:
            assert item.loop.condition is not None
            tensors.append(item.loop.condition.inputs[0])
            for variable in item.variables:
                tensors += (variable.enter.inputs[0], variable.back.inputs[0])
        for tensor in tensors:
            if self.variable(tensor) is None or self.found(tensor) is not None:
                task.inputs.append(self.array(tensor))
        self._read += task.inputs
        return [t for move in moves for t in move.merge.outputs]

    def _close(self, task: Task, outside: dict[Tensor, Array]) -> None:
        """What a loop or condition takes from around it, waits for and changes.

        Raises:
            NotNativeError: a loop changes a variable and needs what it held before.
        """
        assert isinstance(task.work, Nested)
        for one in all_tasks(task):
            task.inputs += one.inputs
            task.after |= {t for t in one.after if t.within(self.section)}
            task.ops += one.ops
        task.inputs = list(dict.fromkeys(task.inputs))
        bases = {array.base for array in task.inputs}
        for tensor, old in outside.items():
            if isinstance(task.work.item, While) and old in bases:
                raise NotNativeError("a loop needs what a variable was before it")
            self._versions[old.variable] = old
            self._touch(task, tensor)
        sections = task.work.sections.values()
        if any(section.last_effect is not None for section in sections):
            self._keep_effects_in_order(task)

    # -- order -------------------------------------------------------------------------

    def _order(self, op: Operation) -> None:
        """Have what is seen from outside wait for what the node waits for.

        When a pure native task runs is seen by nobody, so that it waits for its inputs
        alone. What is seen, and comes after it, waits for what it would have.
        """
        found: set[Task] = set()
        user = user_of(op)
        for source in {*op.controls, *user.controls}:
            found |= self._seen_before(source)
        for tensor in {*op.inputs, *user.inputs}:
            found |= self._seen_before(tensor.op)
        visible = [task for task in self._current if _is_visible(task)]
        for task in visible:
            task.after |= found
        for one in {op, user}:
            before = self._seen.get(one, frozenset())
            self._seen[one] = before | frozenset(visible or found)

    def _seen_before(self, op: Operation) -> frozenset[Task]:
        """What is seen from outside, of what is done once an operation is."""
        known = self._seen.get(op)
        if known is not None:
            return known
        pending, met = [op], {op}
        found: set[Task] = set()
        while pending:
            one = pending.pop()
            known = self._seen.get(one)
            if known is not None:
                found |= known
                continue
            # It is gone: it waited for what the node that takes its place waits for.
            for source in (*one.controls, *(t.op for t in one.inputs)):
                if source not in met:
                    met.add(source)
                    pending.append(source)
        result = self._seen[op] = frozenset(found)
        return result

    # -- arrays ------------------------------------------------------------------------

    def known(self, tensor: Tensor) -> Any:
        """The value of a tensor if it is known while compiling, else None."""
        return self.plan.values.get(self.plan.find(tensor))

    def give(self, tensor: Tensor, array: Array) -> None:
        """Say which array a tensor's value is."""
        self._arrays[tensor] = array

    def found(self, tensor: Tensor) -> Array | None:
        """The array of a tensor that has one by now."""
        return self._arrays.get(self.plan.find(tensor))

    def array(self, tensor: Tensor, like: Tensor | None = None) -> Array:
        """The array that a tensor's value is at this point.

        Args:
            tensor: which; of a variable, its value.
            like: has the shape of the variable's value where that is no reference.
        """
        tensor = self.plan.find(tensor)
        found = self._arrays.get(tensor)
        if found is not None:
            return found
        if tensor in self.plan.values:
            value = self.plan.values[tensor]
            found = self._arrays[tensor] = _array_of(tensor, KNOWN)
            found.source = value
            return found
        version = self.version(tensor)
        if like is not None and version.shape is None:
            version.shape = _known_shape(like, self.doubtful)
        return version

    def whole(self, array: Array) -> Array:
        """An array in one piece: a copy of a part that has gaps."""
        return array if array.strides is None else self._copied(array)

    def plain(self, tensor: Tensor) -> Array:
        """The array of a tensor, as Python can have it: a copy of a part."""
        array = self.array(tensor)
        if not array.is_part:
            return array
        copy = self._copied(array)
        self.give(self.plan.find(tensor), copy)
        return copy

    def _copied(self, array: Array) -> Array:
        key = ("copy", array.base, array.shape, array.strides, array.offset)
        found = self.shared(key)
        if found is None:
            found = [Array(array.dtype, array.shape, name=array.name)]
            work = Pointwise(array.known_shape, (), (Store(~0),))
            self.add(Task(work, [array], found))
            self.share(key, found)
        return found[0]

    # -- variables ---------------------------------------------------------------------

    def variable(self, tensor: Tensor) -> VariableResource | None:
        """The variable that a reference or a handle stands for."""
        tensor = self.plan.find(tensor)
        if tensor in self.plan.feeds:
            return None
        if tensor.dtype._is_ref_dtype:
            return resource_of(tensor, self._state)
        if tensor.op.type == "VarHandleOp":
            return self._state.context(tensor.op).variable()
        return None

    def version(self, tensor: Tensor) -> Array:
        """What a variable holds now."""
        variable = self.variable(tensor)
        assert variable is not None
        version = self._versions.get(variable)
        if version is None:
            version = self._versions[variable] = self._held(tensor)
        return version

    def _held(self, tensor: Tensor) -> Array:
        owned = owner(self.plan.find(tensor))
        if owned.type == "VarHandleOp":
            dtype, shape = owned.attrs["dtype"].name, owned.attrs["shape"]
        else:
            dtype, shape = tensor.dtype.base_dtype.name, tensor.static_shape
        if shape is not None and None in shape:
            shape = None
        return Array(dtype, shape, HELD, owned.name, self.variable(tensor))

    def next_version(self, tensor: Tensor, op: Operation) -> Array:
        """What a variable holds after the node that is being translated."""
        old = self.version(tensor)
        new = Array(old.dtype, old.shape, MADE, old.name)
        new.previous = old
        self._versions[old.variable] = new
        for output in op.outputs[:1]:
            self.give(output, new)
        return new

    def _touch(self, task: Task, tensor: Tensor) -> None:
        """A line may read and change the variable itself."""
        old, new = self.version(tensor), self._held(tensor)
        new.maker = task
        if old.base.maker is not None:
            task.after.add(old.base.maker)
        self._versions[new.source] = new
        self.section.changes.append((old, task))

    # -- the end -----------------------------------------------------------------------

    def finish(self) -> None:
        """Look up what is fetched, and let no version change before it was read."""
        self.fetched = [self.plain(tensor) for tensor in self.plan.fetches]
        self.fetched = protect(self.section, self.fetched)
        for task in all_tasks(self.section):
            for array in task.inputs:
                self._leaves(array, task)
        for array in (*self.fetched, *self._read):
            self._leaves(array, None)

    @staticmethod
    def _leaves(array: Array, reader: Task | None) -> None:
        """Note an array that is read elsewhere than native code made it."""
        maker = array.base.maker
        if maker is None or not maker.is_native:
            return
        assert maker.section is not None
        here = reader is not None and reader.is_native
        if not here or reader.section is not maker.section:  # type: ignore[union-attr]
            maker.section.leaving.add(array.base)


def all_tasks(holder: Section | Task) -> Iterator[Task]:
    """The tasks in a section, or in a loop or condition, and inside of those."""
    sections: Iterable[Section]
    if isinstance(holder, Task):
        sections = (
            holder.work.sections.values() if isinstance(holder.work, Nested) else ()
        )
    else:
        sections = (holder,)
    for section in sections:
        for task in section.tasks:
            yield task
            yield from all_tasks(task)


def all_sections(section: Section) -> Iterator[Section]:
    """A section, and those inside of it."""
    yield section
    for task in section.tasks:
        if isinstance(task.work, Nested):
            for inner in task.work.sections.values():
                yield from all_sections(inner)


def drop_unused(section: Section) -> None:
    """Leave out native tasks whose results nobody reads."""
    read: set[Array] = set(section.leaving)
    kept: list[Task] = []
    for task in reversed(section.tasks):
        used = any(output in read or output.previous for output in task.outputs)
        if used or task.can_fail or not task.is_native:
            kept.append(task)
            read.update(task.bases())
    section.tasks = kept[::-1]


def _everything(items: Iterable[Item]) -> Iterator[Item]:
    """Items, and those inside of them."""
    for item in items:
        yield item
        if isinstance(item, (If, While)):
            yield from _everything(_inner(item))


def _inner(item: If | While) -> list[Item]:
    if isinstance(item, If):
        return [*item.then, *item.otherwise]
    return [*item.head, *item.leaving, *item.body]


def _is_visible(task: Task) -> bool:
    """Whether it is seen from outside when a task runs: by effects, or by errors."""
    changes = any(output.previous is not None for output in task.outputs)
    return changes or task.can_fail or not task.is_native


def _known_shape(tensor: Tensor, doubtful: frozenset[Tensor]) -> Shape | None:
    """The shape of a tensor if all of it is known for certain."""
    shape = tensor.static_shape
    if shape is None or None in shape or tensor in doubtful:
        return None
    return tuple(shape)  # type: ignore[arg-type]


def _array_of(
    tensor: Tensor,
    origin: str,
    doubtful: frozenset[Tensor] = frozenset(),
) -> Array:
    shape = _known_shape(tensor, doubtful)
    return Array(tensor.dtype.base_dtype.name, shape, origin, tensor.op.name, tensor)
