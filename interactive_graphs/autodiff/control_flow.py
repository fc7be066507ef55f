"""Reverse-mode differentiation of a graph with branches and loops.

Gradient operations are made where they belong: those of a branch in that branch, so
that they run when it was taken, those of a loop's body in a loop of their own.

- A Merge passes its gradient to each side; what enters a side gets, by a Merge, the
  gradient from there or zeros.
- A loop is visited as one node, once the gradients of all its results are known. The
  part that makes another loop of it is `while_gradient.py`.

`mirrors` says for each forward context where its gradients go. It starts with the
context in which `gradients` was called; a cond is its own mirror where that is
possible, and gets a copy with the remembered predicate inside of a gradient's loop.
Read next: `while_gradient.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from interactive_graphs.autodiff.backprop import Backprop, consumers_between
from interactive_graphs.autodiff.rules import checked
from interactive_graphs.autodiff.while_gradient import (
    GradientBranch,
    GradientLoop,
    differentiate,
    shape_of,
)
from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.control_flow import (
    ENTERS,
    EXITS,
    CondContext,
    ControlFlowContext,
    WhileContext,
    output_context,
)
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor

Context = ControlFlowContext | None
Unit = Operation | WhileContext
"""What is visited at once."""

_SWITCHES = frozenset({"Switch", "RefSwitch"})
_ARRAYS = frozenset({"TensorArrayGradV3", "TensorArrayGradWithShape"})
_MERGES = frozenset({"Merge", "RefMerge"})
_BORDERS = _SWITCHES | _MERGES | ENTERS | EXITS


class ControlFlowBackprop(Backprop):
    """One call of `gradients`, or its part inside of a loop's body.

    Attributes:
        mirrors: per forward context, where the gradients of its operations go.
        between: the operations on a path from an x to a y.
    """

    def __init__(
        self, graph: Graph, colocate: bool, gate: bool, method: int | None
    ) -> None:
        """Gradients go to where we are, those of all contexts around it included."""
        super().__init__(graph, colocate, gate, method)
        here: Context = graph._control_flow_context
        self.mirrors: dict[Context, Context] = {None: here}
        around = here
        while around is not None:
            self.mirrors[around] = here
            around = around.outer
        self.level = frozenset(self.mirrors)
        self.between: dict[Operation, int] = {}
        self.xs: list[Tensor] = []
        self._loops: dict[Context, WhileContext | None] = {}

    def inside(
        self, forward: WhileContext, gradient: GradientLoop
    ) -> ControlFlowBackprop:
        """The same for the body of a loop, whose gradients go to another loop."""
        inner = ControlFlowBackprop(self.graph, self.colocate, self.gate, self.method)
        inner.mirrors = {forward: gradient}
        inner.level = frozenset({forward})
        inner.scope = self.scope
        return inner

    # -- the way through the graph ---------------------------------------------------

    def run(self, ys: list[Tensor], xs: list[Tensor], stops: frozenset[Tensor]) -> None:
        """Visit the operations between, each after those that use it.

        Raises:
            ValueError: an x is in a loop that the ys are outside of.
        """
        self.xs = xs
        for x in xs:
            if x.op.type not in EXITS and self._loop_of(x.op) is not None:
                raise ValueError(
                    f"Cannot compute gradient with respect to '{x.op.name}' because it "
                    "is in a while loop that the results are outside of."
                )
        between = consumers_between(ys, xs, stops)
        ends = self._dead_ends(between)
        if ends:
            stops = stops | ends
            between = consumers_between(ys, xs, stops)
        self.stops, self.between = stops, between
        loops = {op: loop for op in between if (loop := self._loop_of(op)) is not None}
        if loops:
            self._walk_units(ys, {op: loops.get(op, op) for op in between})
        else:
            self._walk(ys, between)

    def _loop_of(self, op: Operation) -> WhileContext | None:
        """The outermost loop that `op` is in and we are not."""
        context: Context = op.control_flow_context
        if context not in self._loops:
            found, around = None, context
            while around is not None and around not in self.level:
                if isinstance(around, WhileContext):
                    found = around
                around = around.outer
            self._loops[context] = found
        return self._loops[context]

    def _walk_units(self, ys: list[Tensor], units: dict[Operation, Unit]) -> None:
        """As `_walk`, with a loop as one unit."""
        members: dict[Unit, list[Operation]] = {}
        for op, unit in units.items():
            members.setdefault(unit, []).append(op)
        users = dict.fromkeys(members, 0)
        for op in units:
            for producer in _producers(op, units):
                users[producer] += 1
        first = (units[y.op] for y in ys if y.op in units)
        ready = deque(dict.fromkeys(u for u in first if users[u] == 0))
        with self._undisturbed() as leave:
            while ready:
                unit = ready.popleft()
                if isinstance(unit, WhileContext):
                    differentiate(self, unit)
                else:
                    self._visit(unit)
                leave()
                for op in members[unit]:
                    for producer in _producers(op, units):
                        users[producer] -= 1
                        if users[producer] == 0:
                            ready.append(producer)

    def _dead_ends(self, between: Iterable[Operation]) -> frozenset[Tensor]:
        """Where gradients do not come from although there is a path.

        What comes out of loops without `back_prop`; and the arrays of gradients, whose
        contents flow by their flow and not by their handle.
        """
        return frozenset(
            op.outputs[0]
            for op in between
            if (op.type in EXITS and not op.control_flow_context.back_prop)
            or op.type in _ARRAYS
        )

    # -- visits ----------------------------------------------------------------------

    def _visit(self, op: Operation) -> None:
        """Pass the gradients of an operation's outputs on, in the right place."""
        context: Context = op.control_flow_context
        if op.type in _BORDERS:
            self._visit_border(op, context)
        elif self.mirrors.get(context, op) is self.graph._control_flow_context:
            super()._visit(op)
        else:
            with self.placed(self.mirror(context)):
                super()._visit(op)

    def _visit_border(self, op: Operation, context: Context) -> None:
        """Pass the gradients of what branches, meets or enters."""
        in_our_loop = isinstance(context, WhileContext) and context in self.level
        if in_our_loop and self._visit_own_border(op):
            return
        if op.type in _MERGES:
            self._visit_merge(op)
        elif op.type in _SWITCHES:
            self._visit_switch(op)
        else:
            # A loop of which there are only the nodes: the graph was imported without
            # its collections.
            raise LookupError(
                f"No gradient defined for operation '{op.name}' (op type: {op.type})"
            )

    def _visit_own_border(self, op: Operation) -> bool:
        """Pass what enters the loop that `op` is in; whether it is such a node.

        Raises:
            ValueError: it is the value of a loop variable.
        """
        if op.type in ENTERS and op.attrs["is_constant"]:
            grad = self.total(op.outputs[0])
            if grad is not None:
                self.add(op.inputs[0], grad)
            return True
        if op.type in ENTERS or (
            op.type in _SWITCHES and op.inputs[1].op.type == "LoopCond"
        ):
            names = ", ".join(x.op.name for x in self.xs)
            raise ValueError(
                "Cannot compute gradient inside while loop with respect to op "
                f"'{names}'. We do not support taking the gradient wrt or through the "
                "initial value of a loop variable. Gradients can be computed through "
                "loop invariants or wrt the input parameters to the loop body."
            )
        return False

    def _enter_scope(self, op: Operation) -> None:
        graph = self.graph
        graph._local.scope = graph.names.unique(f"{self.scope}/{op.name}_grad")

    def _visit_merge(self, op: Operation) -> None:
        """What comes out was one of the inputs: that one gets the gradient."""
        place = self.mirror(op.control_flow_context)
        with self.placed(place):
            dy = None if op.outputs[0] in self.stops else self.total(op.outputs[0])
            if dy is None:
                return
            self._enter_scope(op)
            for i, tensor in enumerate(op.inputs):
                side = output_context(tensor.op)
                if isinstance(side, CondContext) and side not in self.mirrors_of(place):
                    grad = _each(dy, self.mirror(side).add_value)  # type: ignore[union-attr]
                else:
                    taken = raw.Equal(op.outputs[1], i)
                    grad = _each(dy, partial(_side_of, taken, 1))
                self.add(tensor, checked(op, tensor, grad))

    def mirrors_of(self, place: Context) -> list[Context]:
        """The forward contexts whose gradients go to `place`."""
        return [f for f, g in self.mirrors.items() if g is place]

    def _visit_switch(self, op: Operation) -> None:
        """What goes in came out at one side: zeros stand for the other one."""
        context: Context = op.control_flow_context
        with self.placed(self.mirror(context)):
            sides = [None if t in self.stops else self.total(t) for t in op.outputs]
        if sides == [None, None]:
            return
        # A node that takes something into a branch stands at its border.
        enters = isinstance(context, CondContext) and context.pred is op.inputs[1]
        around = context.outer if enters else context  # type: ignore[union-attr]
        self._enter_scope(op)
        with self.placed(self.mirror(around)):
            grad = self._merged_sides(op, sides)
        self.add(op.inputs[0], checked(op, op.inputs[0], grad))

    def _merged_sides(self, op: Operation, sides: list[Any]) -> Any:
        """The gradient from the side that was taken, or zeros."""
        data, pred = op.inputs
        known = next(s for s in sides if s is not None)
        if any(isinstance(s, IndexedSlices) for s in sides):
            if all(s is None or isinstance(s, IndexedSlices) for s in sides):
                return self._merged_slices(data, pred, sides)
            sides = [None if s is None else convert(s) for s in sides]
        for i, side in enumerate(sides):
            if side is None:
                zeros = self.zeros_for(data, known.dtype)
                sides[i] = raw.Switch(zeros, pred)[i]
        return raw.Merge(sides, name="Merge")[0]

    def _merged_slices(
        self, data: Tensor, pred: Tensor, sides: list[Any]
    ) -> IndexedSlices:
        shape = shape_of(data)
        known = next(s for s in sides if s is not None)
        for i, side in enumerate(sides):
            if side is None:
                none = self.no_slices(data, known)
                sides[i] = _each(none, partial(_side_of, pred, i))
        values = raw.Merge([s.values for s in sides], name="Merge")[0]
        indices = raw.Merge([s.indices for s in sides], name="Merge")[0]
        return IndexedSlices(values, indices, shape)

    # -- zeros -----------------------------------------------------------------------

    def zeros_like(self, tensor: Tensor) -> Tensor | None:
        """Zeros that need no more of `tensor` than its shape; none for a handle."""
        return None if tensor.dtype is dtypes.resource else self.zeros(tensor)

    def zeros(self, tensor: Tensor) -> Tensor:
        """The same where there are zeros."""
        return self.zeros_for(tensor, tensor.dtype.base_dtype)

    def zeros_for(self, tensor: Tensor, dtype: dtypes.DType) -> Tensor:
        """Zeros for the gradient of `tensor`, of which `dtype` is the dtype.

        For the handle of a variable they are of the variable's shape.
        """
        zeros: Tensor
        if dtype is dtypes.variant:
            zeros = raw.ZerosLike(tensor, name="zeros_like")
        else:
            zeros = raw.Fill(shape_of(tensor), convert(0, dtype), name="zeros")
            if tensor.dtype is not dtypes.resource:
                zeros.static_shape = tensor.static_shape
        return zeros

    def no_slices(self, tensor: Tensor, like: IndexedSlices) -> IndexedSlices:
        """The gradient that changes no row of `tensor`."""
        rest = raw.StridedSlice(shape_of(tensor), [1], [0], [1], end_mask=1)
        values = raw.Fill(
            raw.ConcatV2([raw.Cast([0], DstT=rest.dtype), rest], 0),
            convert(0, like.dtype),
        )
        indices = raw.Fill([0], convert(0, like.indices.dtype))
        return IndexedSlices(values, indices, None)

    # -- places ----------------------------------------------------------------------

    @contextmanager
    def placed(self, context: Context) -> Iterator[None]:
        """Make operations in `context` for the length of a block."""
        before = self.graph._control_flow_context
        self.graph._control_flow_context = context
        try:
            yield
        finally:
            self.graph._control_flow_context = before

    def mirror(self, context: Context) -> Context:
        """Where the gradients of operations in `context` go."""
        if context not in self.mirrors:
            assert isinstance(context, CondContext)
            around = self.mirror(context.outer)
            self.mirrors[context] = (
                context if around is context.outer else self._copy(context, around)
            )
        return self.mirrors[context]

    def _copy(self, side: CondContext, around: Context) -> CondContext:
        """A branch inside of `around` that is taken when `side` was."""
        with self.placed(around):
            pred = side.pred if around is None else around.add_value(side.pred)
            ways = raw.Switch(pred, pred, name="Switch")
            pivot = raw.Identity(ways[side.branch], name="switch")
        name = self.graph.unique_name("cond_text")
        return GradientBranch(pred, pivot, side.branch, name, around)


def _producers(op: Operation, units: dict[Operation, Unit]) -> Iterable[Unit]:
    """The other units that `op` takes something from."""
    own = units[op]
    found = (units.get(t.op) for t in op.inputs)
    return [u for u in found if u is not None and u is not own]


def _side_of(pred: Tensor, side: int, tensor: Tensor) -> Tensor:
    """A tensor that is alive if `pred` says so."""
    result: Tensor = raw.Switch(tensor, pred)[side]
    return result


def _each(grad: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """`function` of a gradient, of the parts of IndexedSlices."""
    if not isinstance(grad, IndexedSlices):
        return function(grad)
    shape = grad.dense_shape
    return IndexedSlices(
        function(grad.values),
        function(grad.indices),
        None if shape is None else function(shape),
    )


__all__ = ["ControlFlowBackprop"]
