"""From a plan to tasks and arrays.

    step = translate(plan, state)
    step.tasks              # in the order of the plan
    step.fetched            # an array for each fetch

Every node that has a lowering becomes native tasks, or none if it is no work; the rest
become lines. What the order of a plan's lines says, tasks say by `Task.after`: control
edges (also those that led through nodes that are gone), effects of lines one after the
other, and of each variable all readers of a version before it changes.
Read next: `cluster.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.kernels.native.clusters import Store
from interactive_graphs.runtime.native.lowerings import lower
from interactive_graphs.runtime.native.node import Node
from interactive_graphs.runtime.native.work import (
    FED,
    HELD,
    KNOWN,
    MADE,
    Array,
    Line,
    Pointwise,
    Shape,
    Task,
)
from interactive_graphs.runtime.plan import Plan, users as user_of
from interactive_graphs.runtime.refs import owner, resource_of
from interactive_graphs.runtime.state import SessionState

OWNERS = frozenset({"Variable", "VariableV2", "VarHandleOp"})
"""What owns a variable: it has no work to do."""

_READS = frozenset({"Identity", "ReadVariableOp"})


def translate(plan: Plan, state: SessionState, winograd: bool = True) -> Step:
    """The tasks of a plan without loops and conditions."""
    step = Step(plan, state, winograd)
    for op in plan.nodes:
        step.translate(op)
    step.finish()
    return step


class Step:
    """What a plan becomes.

    Attributes:
        plan: the plan.
        tasks: what is to be run, each after what it needs.
        doubtful: tensors whose shape nothing proves.
        fetched: the arrays of the plan's fetches.
        winograd: whether convolutions may be computed with fewer products and digits.
    """

    def __init__(
        self, plan: Plan, state: SessionState, winograd: bool = True
    ) -> None:
        """Nothing is translated."""
        self.plan = plan
        self.winograd = winograd
        self.tasks: list[Task] = []
        self.doubtful = plan.doubtful
        self.fetched: list[Array] = []
        self._state = state
        self._arrays: dict[Tensor, Array] = {}
        # Of each variable the version that a read finds now.
        self._versions: dict[VariableResource, Array] = {}
        self._seen: dict[Operation, frozenset[Task]] = {}
        self._last_effect: Task | None = None
        self._current: list[Task] = []
        self._changes: list[tuple[Array, Task]] = []
        for tensor in plan.feeds:
            self._arrays[tensor] = _array_of(tensor, FED, tensor)

    # -- nodes -------------------------------------------------------------------------

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
        args = op.op_def.inputs
        for index, tensor in enumerate(op.inputs):
            variable = self.variable(tensor)
            is_ref = index < len(args) and args[index].is_ref
            if variable is not None and (is_ref or not tensor.dtype._is_ref_dtype):
                touched.append((tensor, variable))
            elif tensor.dtype.base_dtype.name != "resource":
                inputs.append(self.array(tensor))
        outputs = [_array_of(t, MADE, None, self.doubtful) for t in op.outputs]
        task = Task(Line(op), inputs, outputs, [op])
        for tensor, array in zip(op.outputs, outputs, strict=True):
            if tensor not in self.plan.feeds:
                self.give(tensor, array)
        for tensor, variable in touched:
            self._touch(task, tensor, variable)
        if not op.op_def.is_pure:
            if self._last_effect is not None:
                task.after.add(self._last_effect)
            self._last_effect = task
        self.add(task)

    def add(self, task: Task) -> None:
        """Add a task of the node that is being translated."""
        self.tasks.append(task)
        self._current.append(task)

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
            found = self._arrays[tensor] = _array_of(tensor, KNOWN, value)
            return found
        version = self.version(tensor)
        if like is not None and version.shape is None:
            version.shape = _known_shape(like, self.doubtful)
        return version

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
            version = self._versions[variable] = self._held(tensor, variable)
        return version

    def _held(self, tensor: Tensor, variable: VariableResource) -> Array:
        owned = owner(self.plan.find(tensor))
        if owned.type == "VarHandleOp":
            dtype, shape = owned.attrs["dtype"].name, owned.attrs["shape"]
        else:
            dtype, shape = tensor.dtype.base_dtype.name, tensor.static_shape
        if shape is not None and None in shape:
            shape = None
        return Array(dtype, shape, HELD, owned.name, variable)

    def next_version(self, tensor: Tensor, op: Operation) -> Array:
        """What a variable holds after the node that is being translated."""
        old = self.version(tensor)
        new = Array(old.dtype, old.shape, MADE, old.name)
        new.previous = old
        self._versions[old.variable] = new
        for output in op.outputs[:1]:
            self.give(output, new)
        return new

    def _touch(self, task: Task, tensor: Tensor, variable: VariableResource) -> None:
        """A line may read and change the variable itself."""
        old = self.version(tensor)
        new = self._held(tensor, variable)
        new.maker = task
        if old.base.maker is not None:
            task.after.add(old.base.maker)
        self._versions[variable] = new
        self._changes.append((old, task))

    # -- the end -----------------------------------------------------------------------

    def finish(self) -> None:
        """Look up what is fetched, and let no version change before it was read."""
        self.fetched = [self.array(tensor) for tensor in self.plan.fetches]
        for task in self.tasks:
            for output in task.outputs:
                if output.previous is not None:
                    self._changes.append((output.previous, task))
        order = {task: i for i, task in enumerate(self.tasks)}
        readers: dict[Array, list[Task]] = {}
        for task in self.tasks:
            for array in task.inputs:
                readers.setdefault(array.base, []).append(task)
        for old, task in self._changes:
            self._protect(old, task, readers.get(old, []), order)

    def _protect(
        self, old: Array, change: Task, readers: list[Task], order: dict[Task, int]
    ) -> None:
        """Have readers of a version run before its change, or read a copy."""
        late = []
        for reader in readers:
            if order[reader] < order[change]:
                change.after.add(reader)
            elif reader is not change:
                late.append(reader)
        is_fetched = any(array.base is old for array in self.fetched)
        if not late and not is_fetched:
            return
        kept = Array(old.dtype, old.shape, MADE, old.name)
        copy = Task(Pointwise(old.known_shape, (), (Store(~0),)), [old], [kept])
        change.after.add(copy)
        self.tasks.insert(self.tasks.index(change), copy)

        def instead(array: Array) -> Array:
            return kept.viewed(array.shape) if array.base is old else array

        for reader in late:
            reader.inputs = list(map(instead, reader.inputs))
        self.fetched = list(map(instead, self.fetched))


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
    source: Any,
    doubtful: frozenset[Tensor] = frozenset(),
) -> Array:
    shape = _known_shape(tensor, doubtful)
    return Array(tensor.dtype.base_dtype.name, shape, origin, tensor.op.name, source)
