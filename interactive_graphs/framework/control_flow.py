"""Branches and loops while they are built: what an op inside of one is given.

`cond` and `while_loop` enter a context; `Graph.add` shows it each new op. The context
takes in what comes from outside, a branch by a Switch and a loop by an Enter, and makes
an op that has no input of its own wait for the branch or the iteration, so that
everything made inside runs there and only there.

    context.external    tensor from outside -> what stands for it inside
    context.pivot       alive exactly where the context's ops run

A gradient rule knows nothing of this. `autodiff/control_flow.py` calls it inside a
context whose `add_value` gives, for a tensor of the forward loop, the value it had
in the iteration that is being undone. Two consequences for who writes such rules:
an op may be made in each iteration of the gradient's loop although it needs nothing of
it (the handle of a TensorArray comes in as an invariant, so `TensorArrayGradV3` asks
for the same array again and again and must be idempotent), and Shape, Size and Rank of
a forward tensor move to the forward loop, since a shape is smaller to remember.

Read next: `../ops/cond.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.graph import Graph, keepers
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape

EXITS = frozenset({"Exit", "RefExit"})
ENTERS = frozenset({"Enter", "RefEnter"})


class ControlFlowContext:
    """A branch of a cond or a loop, as a place where operations are made.

    Attributes:
        graph: the graph.
        name: unique in the graph.
        outer: the context around it, or None.
        nested: the contexts in it.
        external: for each tensor taken in from outside, what stands for it inside.
    """

    collection: str
    pivot: Tensor

    def __init__(
        self, graph: Graph, name: str, outer: ControlFlowContext | None
    ) -> None:
        """Not entered yet."""
        self.graph = graph
        self.name = name
        self.outer = outer
        self.nested: list[ControlFlowContext] = []
        self.external: dict[Tensor, Tensor] = {}
        graph.has_contexts = True
        if outer is not None:
            outer.nested.append(self)

    @property
    def outer_context(self) -> ControlFlowContext | None:
        """TF1's name of `outer`."""
        return self.outer

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Make operations here for the length of a block."""
        with self.graph._block(_control_flow_context=self):
            yield

    def register(self) -> None:
        """Put this into the graph's collection of such contexts, unless it is nested.

        Those in other contexts are written to MetaGraphs with these.
        """
        if self.outer is None:
            self.graph.add_to_collection(self.collection, self)

    def add_op(self, op: Operation) -> None:
        """Fit a new operation into this context.

        Raises:
            ValueError: an input is from inside of a loop that this is not in.
        """
        op.control_flow_context = self
        inputs = op.inputs
        for i, tensor in enumerate(inputs):
            inside = self.add_value(tensor, op)
            if inside is not tensor:
                op.inputs = (*op.inputs[:i], inside, *op.inputs[i + 1 :])
        self._settle_controls(op)

    def may_be_fetched(self, op: Operation) -> bool:
        """Whether an operation in this context can give a value to the user."""
        return op.type in EXITS and self.outer is None

    def may_be_fed(self, op: Operation) -> bool:
        """Whether the outputs of an operation in this context can be given."""
        return while_around(self) is None or self.may_be_fetched(op)

    def holds(self, tensor: Tensor) -> bool:
        """Whether `tensor` may be used here as it is: made here or in a branch here."""
        context = output_context(tensor.op)
        while isinstance(context, CondContext) and context is not self:
            context = context.outer
        return context is self

    def add_value(self, tensor: Tensor, user: Operation | None = None) -> Tensor:
        """What stands for `tensor` inside of this context.

        Args:
            tensor: a tensor of the graph.
            user: the operation that takes it, after which new nodes are named.

        Raises:
            ValueError: it is from inside of a loop that this is not in.
        """
        found = self.external.get(tensor)
        if found is None:
            if self.holds(tensor):
                return tensor
            found = self._take_in(self._value_outside(tensor, user), user)
            self.external[tensor] = found
            self.external[found] = found
        return found

    def _value_outside(self, tensor: Tensor, user: Operation | None) -> Tensor:
        """What stands for `tensor` around this context."""
        if self.outer is not None:
            return self.outer.add_value(tensor, user)
        check_is_outside(tensor, user)
        return tensor

    def _take_in(self, tensor: Tensor, user: Operation | None) -> Tensor:
        """A node that passes a tensor of the outer context on to this one."""
        raise NotImplementedError

    def _settle_controls(self, op: Operation) -> None:
        """Let a new operation wait for what is inside, and only for that."""
        raise NotImplementedError

    @contextmanager
    def _at(self, user: Operation | None, peer: Operation | None) -> Iterator[None]:
        """Where nodes that take something in are made.

        Args:
            user: gives the name scope; the current one when None.
            peer: they are put where this is.
        """
        graph = self.graph
        door = _Door(self)
        blocks: dict[str, Any] = {"_controllers": [], "_control_flow_context": door}
        if peer is not None:
            blocks |= {"_colocation": [peer], "_devices": []}
        scope = graph._local.scope
        if user is not None:
            graph._local.scope = user.name
        try:
            with graph._block(**blocks):
                yield
        finally:
            graph._local.scope = scope


class _Door:
    """What a context is while something is taken in: the node itself is inside."""

    def __init__(self, context: ControlFlowContext) -> None:
        self.context = context

    def add_op(self, op: Operation) -> None:
        op.control_flow_context = self.context


class CondContext(ControlFlowContext):
    """One side of a cond.

    Attributes:
        pred: what decides, a bool scalar outside of the cond.
        pivot: a tensor that is alive when this side is taken.
        branch: 1 for the true side, 0 for the other.
    """

    collection = GraphKeys.COND_CONTEXT

    def __init__(
        self,
        pred: Tensor,
        pivot: Tensor,
        branch: int,
        name: str,
        outer: ControlFlowContext | None,
    ) -> None:
        """A side that nothing was made in yet."""
        super().__init__(pred.graph, name, outer)
        self.pred = pred
        self.pivot = pivot
        self.branch = branch
        self.external[pred] = pred
        self.external[pivot] = pivot
        pivot.op.control_flow_context = self

    def _take_in(self, tensor: Tensor, user: Operation | None) -> Tensor:
        make = raw.RefSwitch if tensor.dtype._is_ref_dtype else raw.Switch
        with self._at(user, tensor.op):
            inside: Tensor = make(tensor, self.pred, name="Switch")[self.branch]
        return inside

    def _settle_controls(self, op: Operation) -> None:
        loop = while_around(self)
        if op.controls and loop is not None:
            loop.keep_own_controls(op)
        if not op.inputs and not any(_is_within(c, self) for c in op.controls):
            op.controls = (*op.controls, self.pivot.op)


class WhileContext(ControlFlowContext):
    """A loop.

    Attributes:
        pivot: alive once in each iteration: the first loop variable in the body, and
            until that is there (in the condition) where it comes together.
        variables: the loop's variables, in order.
        maximum_iterations: how often it runs at most, None when nobody said.
        parallel_iterations: as asked for; the runtime runs one at a time.
        back_prop: whether gradients go through it.
        swap_memory: as asked for.
    """

    collection = GraphKeys.WHILE_CONTEXT

    def __init__(
        self,
        graph: Graph,
        name: str,
        outer: ControlFlowContext | None,
        parallel_iterations: int = 10,
        back_prop: bool = True,
        swap_memory: bool = False,
        maximum_iterations: Tensor | None = None,
    ) -> None:
        """A loop without variables."""
        super().__init__(graph, name, outer)
        self.parallel_iterations = parallel_iterations
        self.back_prop = back_prop
        self.swap_memory = swap_memory
        self.maximum_iterations = maximum_iterations
        self.variables: list[LoopVariable] = []
        self.condition: Tensor | None = None
        # What gradients have added: the number of iterations, and the values that a
        # tensor had in them, both as they are after the loop.
        self.trips: Tensor | None = None
        self.history: dict[Tensor, Tensor] = {}
        graph.check_inputs = check_inputs

    @property
    def pivot(self) -> Tensor:  # type: ignore[override]
        """See the class."""
        first = self.variables[0]
        return first.merge if self.condition is None else first.inside

    def enter(self, tensor: Tensor, is_constant: bool) -> Tensor:
        """A tensor of the outer context, inside of the loop."""
        make = raw.RefEnter if tensor.dtype._is_ref_dtype else raw.Enter
        inside: Tensor = make(
            tensor,
            frame_name=self.name,
            is_constant=is_constant,
            parallel_iterations=self.parallel_iterations,
        )
        inside.op.control_flow_context = self
        return inside

    def _take_in(self, tensor: Tensor, user: Operation | None) -> Tensor:
        with self._at(user, None):
            return self.enter(tensor, is_constant=True)

    def _settle_controls(self, op: Operation) -> None:
        if op.controls:
            self.keep_own_controls(op)
        # What needs nothing that varies would run once, and maybe in no iteration.
        if not op.controls and all(self._is_invariant(t) for t in op.inputs):
            op.controls = (self.pivot.op,)

    def _is_invariant(self, tensor: Tensor) -> bool:
        op = tensor.op
        return op.type in ENTERS and bool(op.attrs["is_constant"])

    def keep_own_controls(self, op: Operation) -> None:
        """Let `op` wait for operations of this loop; the loop waits for the others."""
        kept: list[Operation] = []
        around: list[Operation] = []
        for control in op.controls:
            mine = while_around(output_context(control)) is self
            (kept if mine else around).append(control)
        if around:
            op.controls = tuple(kept)
            self._wait_for(around, op)

    def _wait_for(self, controls: list[Operation], user: Operation) -> None:
        """Enter this loop only after `controls`."""
        entrance = self.variables[0].enter.op
        loop = None if self.outer is None else while_around(self.outer)
        for control in controls:
            place = while_around(output_context(control))
            if place is not loop and loop is not None:
                loop._wait_for([control], user)
            elif place is not loop:
                where = f"'{control.name}' is in a while loop"
                raise ValueError(_misuse(control, user, where))
            elif control not in entrance.controls:
                entrance._add_control_input(control)


class LoopVariable:
    """A value that changes from one iteration of a loop to the next.

    Attributes:
        enter: the initial value, in the loop.
        merge: the value that the condition sees.
        switch: both ways from there: out of the loop, into the body.
        inside: the value that the body sees.
        result: the value after the last iteration, outside.
    """

    __slots__ = ("enter", "inside", "merge", "result", "switch")

    def __init__(self, enter: Tensor, merge: Tensor) -> None:
        """A variable that has come in."""
        self.enter = enter
        self.merge = merge
        self.switch: list[Tensor] = []
        self.inside = merge
        self.result = merge

    @property
    def initial(self) -> Tensor:
        """The initial value, outside of the loop."""
        return self.enter.op.inputs[0]

    @property
    def next(self) -> Tensor:
        """What the body gives for the next iteration."""
        return self.merge.op.inputs[1].op.inputs[0]


def begin_variables(
    loop: WhileContext, initial: Iterable[Tensor], shapes: Iterable[Shape]
) -> list[LoopVariable]:
    """Take initial values into a loop; call it in the loop's outer context.

    Args:
        loop: the loop.
        initial: a value per variable.
        shapes: what is known of the shape in every iteration.

    Returns:
        The variables, of which there are `enter` and `merge`.
    """
    enters = []
    for tensor, shape in zip(initial, shapes, strict=True):
        enter = loop.enter(tensor, is_constant=False)
        enter.static_shape = shape
        enters.append(enter)
    with loop.entered():
        # The second input is a placeholder for what `close_variables` brings.
        variables = [
            LoopVariable(e, raw.Merge([e, e], name="Merge")[0]) for e in enters
        ]
    loop.variables += variables
    return variables


def open_variables(loop: WhileContext, variables: list[LoopVariable]) -> None:
    """Send variables into the body or out; call it inside the loop.

    The loop's condition has to be there.
    """
    for variable in variables:
        with loop.graph.colocate_with(variable.merge.op, ignore_existing=True):
            variable.switch = raw.Switch(variable.merge, loop.condition, name="Switch")
    for variable in variables:
        variable.inside = raw.Identity(variable.switch[1], name="Identity")


def close_variables(variables: list[LoopVariable], values: Iterable[Tensor]) -> None:
    """Give the next value of each variable, and its last; call it inside the loop."""
    for variable, value in zip(variables, values, strict=True):
        value = raw.NextIteration(value, name="NextIteration")
        variable.merge.op._update_input(1, value)
    for variable in variables:
        variable.result = raw.Exit(variable.switch[0], name="Exit")


# -- where an operation is -----------------------------------------------------------


def output_context(op: Operation) -> ControlFlowContext | None:
    """Where the outputs of `op` are: for an Exit the context around its loop."""
    context: ControlFlowContext | None = op.control_flow_context
    if context is not None and op.type in EXITS:
        return context.outer
    return context


def while_around(context: ControlFlowContext | None) -> WhileContext | None:
    """The innermost loop that `context` is or is in."""
    while context is not None and not isinstance(context, WhileContext):
        context = context.outer
    return context


def encloses(
    outer: ControlFlowContext | None, inner: ControlFlowContext | None
) -> bool:
    """Whether `inner` is `outer` or in it; all is in None, which is no context."""
    while inner is not None and inner is not outer:
        inner = inner.outer
    return inner is outer


def _is_within(op: Operation, context: ControlFlowContext) -> bool:
    return encloses(context, output_context(op))


def check_is_outside(tensor: Tensor, user: Operation | None) -> None:
    """Refuse a tensor from inside of a loop.

    Raises:
        ValueError: it is; with TF1's words.
    """
    if while_around(output_context(tensor.op)) is not None:
        loop = None if user is None else while_around(user.control_flow_context)
        relation = (
            f"'{tensor.op.name}' is in a while loop"
            if loop is None
            else "they are in different while loops"
        )
        raise ValueError(_misuse(tensor.op, user, relation))


def check_inputs(op: Operation) -> None:
    """Refuse an operation outside of all contexts that takes what is in a loop.

    Raises:
        ValueError: it does.
    """
    for tensor in op.inputs:
        if tensor.op.control_flow_context is not None:
            check_is_outside(tensor, op)
    for control in op.controls:
        if control.control_flow_context is not None and while_around(
            output_context(control)
        ):
            raise ValueError(
                _misuse(control, op, f"'{control.name}' is in a while loop")
            )


def _misuse(op: Operation, user: Operation | None, relation: str) -> str:
    taker = "this" if user is None else f"'{user.name}'"
    return (
        f"Cannot use '{op.name}' as input to {taker} because {relation}. See info log "
        "for more details."
    )


def _kept(graph: Graph) -> Iterator[tuple[ControlFlowContext, dict[str, Any]]]:
    """What contexts know, since gradients add to the loops that they go through."""
    found = [*graph.get_collection(GraphKeys.COND_CONTEXT)]
    found += graph.get_collection(GraphKeys.WHILE_CONTEXT)
    for context in found:
        if isinstance(context, ControlFlowContext):
            yield context, vars(context)
            found += context.nested


keepers.append(_kept)
