"""The gradient of a loop: another loop, which undoes the iterations from the last one.

What the gradient of an iteration needs of it is remembered in lists: the forward loop
gets a variable more, onto which the body pushes, and the gradient's loop one that it
pops from. Nothing of that is planned: a rule uses a forward tensor, `GradientLoop`
takes it in, and doing so makes the nodes in both loops.

    forward   list = []      body: list = push(list, t)      result: list
    gradient  list           body: list, t' = pop(list)      t' stands for t

    variables   gradient of the result -> ... -> gradient of the initial value
    invariants  zeros, to which each iteration adds

All of that are ordinary nodes of ordinary loops, so a gradient has gradients.
Read next: `custom.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from interactive_graphs.autodiff.rules import checked
from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.control_flow import (
    ENTERS,
    CondContext,
    ControlFlowContext,
    LoopVariable,
    WhileContext,
    begin_variables,
    close_variables,
    encloses,
    open_variables,
    output_context,
    while_around,
)
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, is_fully_defined
from interactive_graphs.ops.tensor_list import NO_DIMS, static_dims

if TYPE_CHECKING:
    from interactive_graphs.autodiff.control_flow import ControlFlowBackprop

_ABOUT_SHAPES = frozenset({"Shape", "Size", "Rank"})


@contextmanager
def _at(graph: Graph, context: ControlFlowContext | None) -> Iterator[None]:
    """Make nodes in `context`, undisturbed by what is in force around."""
    with graph._block(
        _control_flow_context=context,
        _controllers=[],
        _colocation=[],
        _devices=[],
        _attr_scope={},
        _gradient_overrides={},
    ):
        yield


class GradientLoop(WhileContext):
    """The loop that computes the gradient of another one.

    Attributes:
        forward: that loop.
        recalled: variables that lists of remembered values come in by, and what is
            left of the list after this iteration.
    """

    def __init__(
        self, forward: WhileContext, name: str, outer: ControlFlowContext | None
    ) -> None:
        """A loop that nothing was made in yet."""
        super().__init__(forward.graph, name, outer, forward.parallel_iterations)
        self.forward = forward
        self.recalled: list[tuple[LoopVariable, Tensor]] = []

    def add_op(self, op: Operation) -> None:
        """Fit a new operation in; Shape and the like go where their input is."""
        if not self.moves(op):
            super().add_op(op)

    def moves(self, op: Operation) -> bool:
        """Put an operation that asks for a forward shape there: less to remember."""
        if op.type not in _ABOUT_SHAPES or not self._is_forward(op.inputs[0]):
            return False
        op.controls = ()
        context = output_context(op.inputs[0].op)
        assert context is not None
        context.add_op(op)
        return True

    def _is_forward(self, tensor: Tensor) -> bool:
        return encloses(self.forward, output_context(tensor.op))

    def add_value(self, tensor: Tensor, user: Operation | None = None) -> Tensor:
        """What stands for `tensor`: for a forward one its value in the iteration."""
        if tensor not in self.external and self._is_forward(tensor):
            found = self._recall(tensor, user)
            self.external[tensor] = found
            self.external[found] = found
        return super().add_value(tensor, user)

    def _recall(self, tensor: Tensor, user: Operation | None) -> Tensor:
        op = tensor.op
        is_invariant = op.type in ENTERS and op.attrs["is_constant"]
        if is_invariant and op.control_flow_context is self.forward:
            return super().add_value(op.inputs[0], user)
        if op.type == "Const":
            with _at(self.graph, self):
                same: Tensor = raw.Const(**{k: op.attrs[k] for k in ("value", "dtype")})
            return same
        return self._pop(history(self.forward, tensor), tensor)

    def _pop(self, remembered: Tensor, tensor: Tensor) -> Tensor:
        """The last value of a list, which is shorter in the next iteration."""
        with _at(self.graph, self.outer):
            variables = begin_variables(self, [remembered], [()])
        with _at(self.graph, self):
            open_variables(self, variables)
            rest, value = raw.TensorListPopBack(
                variables[0].inside,
                static_dims(tensor.static_shape),
                element_dtype=tensor.dtype.base_dtype,
            )
        self.recalled.append((variables[0], rest))
        found: Tensor = value
        return found

    def close(self) -> None:
        """Carry the shorter lists into the next iteration."""
        variables = [variable for variable, _ in self.recalled]
        close_variables(variables, [rest for _, rest in self.recalled])


class GradientBranch(CondContext):
    """A branch in the loop of a gradient, taken when a forward branch was."""

    def add_op(self, op: Operation) -> None:
        """Fit a new operation in; Shape and the like go where their input is."""
        loop = while_around(self)
        if not (isinstance(loop, GradientLoop) and loop.moves(op)):
            super().add_op(op)


# -- what a forward loop remembers ---------------------------------------------------


def trips(loop: WhileContext) -> Tensor:
    """How often a loop ran: int32, `[]`, outside of the loop."""
    if loop.trips is None:
        with _at(loop.graph, loop.outer):
            variables = begin_variables(loop, [convert(0, dtypes.int32)], [()])
        with _at(loop.graph, loop):
            open_variables(loop, variables)
            close_variables(variables, [variables[0].inside + 1])
        loop.trips = variables[0].result
    return loop.trips


def history(loop: WhileContext, tensor: Tensor) -> Tensor:
    """The values of `tensor` in all iterations of `loop`, a list outside of it."""
    if tensor not in loop.history:
        graph = loop.graph
        with _at(graph, loop.outer):
            empty = _empty_list(tensor.dtype.base_dtype)
            variables = begin_variables(loop, [empty], [()])
        with _at(graph, loop):
            open_variables(loop, variables)
            value = _lifted(tensor, loop)
            pushed = raw.TensorListPushBack(variables[0].inside, value)
            close_variables(variables, [pushed])
        loop.history[tensor] = variables[0].result
    return loop.history[tensor]


def _empty_list(dtype: dtypes.DType) -> Tensor:
    made: Tensor = raw.EmptyTensorList(-1, -1, element_dtype=dtype)
    return made


def _lifted(tensor: Tensor, loop: WhileContext) -> Tensor:
    """A tensor of a branch in the body, as one that is there in each iteration."""
    side = output_context(tensor.op)
    while side is not loop:
        assert isinstance(side, CondContext)
        with _at(loop.graph, side.outer):
            nothing = _nothing(tensor.dtype.base_dtype)
            other = raw.Switch(nothing, side.pred)[1 - side.branch]
            parts = [other, tensor] if side.branch else [tensor, other]
            tensor = raw.Merge(parts)[0]
        side = side.outer
    return tensor


def _nothing(dtype: dtypes.DType) -> Tensor:
    """Any value of a dtype, which nobody reads."""
    if dtype is dtypes.variant:
        return _empty_list(dtypes.float32)
    if dtype is dtypes.resource:
        made: Tensor = raw.StackV2(0, elem_type=dtypes.float32)
        return made
    value: Any = np.full((), b"", object)
    if dtype is not dtypes.string:
        value = np.zeros((), dtype.np_dtype)
    return convert(value, dtype)


def shape_of(tensor: Tensor) -> Any:
    """The shape of a tensor, or of the variable that a handle is of."""
    if tensor.dtype is dtypes.resource:
        return raw.VariableShape(tensor)
    if is_fully_defined(tensor.static_shape):
        return convert(list(tensor.static_shape or ()), dtypes.int32)
    return raw.Shape(tensor)


def _sum(a: Tensor, b: Tensor) -> Tensor:
    """The sum of two tensors of one shape, or of the values of two lists."""
    total: Tensor = raw.AddN([a, b]) if a.dtype is dtypes.variant else raw.Add(a, b)
    return total


# -- the gradient's loop -------------------------------------------------------------


def differentiate(backprop: ControlFlowBackprop, loop: WhileContext) -> None:
    """Pass the gradients of a loop's results on to what comes into it."""
    _Differentiation(backprop, loop).run()


class _Differentiation:
    """The gradient of one loop under construction.

    Attributes:
        place: the context that the gradient's loop is made in.
        variables: the forward variables that gradients flow through.
        starts: the gradients of their results.
    """

    def __init__(self, backprop: ControlFlowBackprop, loop: WhileContext) -> None:
        self.backprop = backprop
        self.forward = loop
        self.graph = loop.graph
        self.place = backprop.mirror(loop.outer)
        self.variables = [v for v in loop.variables if v.merge.op in backprop.between]
        names = self.graph.names
        name = loop.name.rpartition("/")[0] or loop.name
        self.scope = names.unique(f"{backprop.scope}/{name}_grad")

    def run(self) -> None:
        """Build the loop, and add what comes out of it."""
        with _at(self.graph, self.place):
            self.graph._local.scope = self.scope
            starts = [self._start(v) for v in self.variables]
            if all(start is None for start in starts):
                return
            self._build([
                self.backprop.zeros(v.result) if start is None else start
                for v, start in zip(self.variables, starts, strict=True)
            ])  # fmt: skip

    def _start(self, variable: LoopVariable) -> Tensor | None:
        """The gradient of the result of a variable."""
        result = variable.result
        if result in self.backprop.stops:
            return None
        total = self.backprop.total(result)
        return None if total is None else convert(total)

    def _build(self, starts: list[Tensor]) -> None:
        graph, forward = self.graph, self.forward
        name = graph.unique_name("while_context")
        self.loop = loop = GradientLoop(forward, name, self.place)
        loop.register()
        shapes: list[Shape] = [v.merge.static_shape for v in self.variables]
        variables = begin_variables(loop, [trips(forward), *starts], [(), *shapes])
        count, grads = variables[0], variables[1:]
        with loop.entered():
            loop.condition = raw.LoopCond(raw.Greater(count.merge, 0), name="LoopCond")
            open_variables(loop, variables)
            inner = self._step([g.inside for g in grads])
            graph._local.scope = self.scope
            nexts = [self._next(inner, v) for v in self.variables]
            close_variables(variables, [count.inside - 1, *nexts])
            added = {t: inner.total(t) for t in self._invariants()}
        for variable, undone in zip(self.variables, grads, strict=True):
            initial = variable.initial
            self.backprop.add(
                initial, checked(variable.enter.op, initial, undone.result)
            )
        for enter, grad in added.items():
            self._accumulate(enter, grad)
        with loop.entered():
            loop.close()

    def _invariants(self) -> list[Tensor]:
        """What comes into the forward loop and stays the same, if gradients use it."""
        return [
            op.outputs[0]
            for op in self.backprop.between
            if op.type in ENTERS
            and op.attrs["is_constant"]
            and op.control_flow_context is self.forward
        ]

    def _step(self, grads: list[Tensor]) -> ControlFlowBackprop:
        """The gradient of the body: the same algorithm inside of the loop."""
        inner = self.backprop.inside(self.forward, self.loop)
        xs = [v.switch[1] for v in self.variables] + self._invariants()
        ys = [v.next for v in self.variables]
        for y, grad in zip(ys, grads, strict=True):
            inner.add(y, grad)
        inner.run(ys, xs, self.backprop.stops | frozenset(xs))
        return inner

    def _next(self, inner: ControlFlowBackprop, variable: LoopVariable) -> Tensor:
        """The gradient of a variable's value before the iteration."""
        total = inner.total(variable.switch[1])
        if total is None:
            return inner.zeros(variable.switch[1])
        return convert(total)

    def _accumulate(self, enter: Tensor, grad: Any) -> None:
        """Add up the gradients of an invariant, over all iterations."""
        if grad is None:
            return
        given = enter.op.inputs[0]
        if isinstance(grad, IndexedSlices):
            self._accumulate_slices(given, grad)
            return
        zeros = self.backprop.zeros_for(given, grad.dtype)
        shape = None if given.dtype is dtypes.resource else given.static_shape
        total = self._variable(zeros, shape, lambda old: _sum(old, grad))
        self.backprop.add(given, total)

    def _accumulate_slices(self, given: Tensor, grad: IndexedSlices) -> None:
        """Keep the slices of all iterations, and join them after the last one."""
        none = self.backprop.no_slices(given, grad)
        rows = None if given.dtype is dtypes.resource else given.static_shape
        parts = []
        for first, part, shape in (
            (none.values, grad.values, None if rows is None else (None, *rows[1:])),
            (none.indices, grad.indices, (None,)),
        ):
            start = raw.TensorListPushBack(_empty_list(part.dtype), first)
            joined = self._variable(
                start, (), lambda old, part=part: raw.TensorListPushBack(old, part)
            )
            parts.append(
                raw.TensorListConcatV2(
                    joined, static_dims(shape), NO_DIMS, element_dtype=part.dtype
                )[0]
            )
        slices = IndexedSlices(parts[0], parts[1], shape_of(given))
        self.backprop.add(given, slices)

    def _variable(self, start: Tensor, shape: Shape, step: Any) -> Tensor:
        """What becomes of `start` when `step` is applied in each iteration."""
        variables = begin_variables(self.loop, [start], [shape])
        with self.loop.entered():
            open_variables(self.loop, variables)
            close_variables(variables, [step(variables[0].inside)])
        return variables[0].result
