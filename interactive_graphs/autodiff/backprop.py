"""Reverse-mode differentiation of a graph: `gradients(ys, xs)`.

The algorithm only. How one op is differentiated stands in its family's file in `ops/`
and comes from the registry; this file asks for two things by name, a tensor of ones for
the end of each path and one of zeros where an output was not used.

Three steps, none of them recursive, so that long chains are no problem:

1. `consumers_between` finds the operations on a path from an x to a y.
2. `Backprop.run` visits them, each after all that use it (so its gradient is whole).
3. A visit adds up the gradients of the outputs (`aggregate.py`), calls the op's rule
   and keeps what it gives for each input.

Read next: `../runtime/plan.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Final

from interactive_graphs._util import garbage, lazy
from interactive_graphs.autodiff.aggregate import aggregate, start_of
from interactive_graphs.autodiff.rules import call_theirs, checked, find_rule
from interactive_graphs.framework import dtypes, raw, source
from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.names import NewScope
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import GradientRule
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.control_flow import tuple as gate_tensors

# Gradients flow through these and no others (by id: quicker than a DType's hash).
CARRIERS: Final = frozenset(
    id(dtype)
    for base in (*dtypes.FLOAT_OR_COMPLEX, dtypes.resource, dtypes.variant)
    for dtype in (base, base._as_ref)
)


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str | None = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: str = "none",
) -> list[Any]:
    """The derivatives of the sum of all `ys` with respect to each of `xs`.

    Args:
        ys: a tensor or list of tensors.
        xs: a tensor or variable, or a list of them.
        grad_ys: a weight for each element of each y, of that y's shape; an entry that
            is None stands for ones.
        name: the scope of the new nodes.
        colocate_gradients_with_ops: put each gradient where its operation is.
        gate_gradients: hold all gradients of an operation until all are there.
        aggregation_method: one of `AggregationMethod`.
        stop_gradients: a tensor or list of tensors to treat as constants.
        unconnected_gradients: 'none', or 'zero' for zeros where no y depends on an x.

    Returns:
        A list with an entry for each x: a Tensor of its dtype and shape; IndexedSlices
        where only some rows of x are used; None where no y depends on x.

    Raises:
        LookupError: an operation on the way has no gradient.
        ValueError: `grad_ys` is of another length, or a gradient of another shape.
        TypeError: an entry of `grad_ys` is of the wrong kind.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant(3.0)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.gradients([x * x, 2 * x], [x]))
        [np.float32(8.0)]
    """
    if unconnected_gradients not in ("none", "zero"):
        raise ValueError(
            f"Unknown value for unconnected_gradients: {unconnected_gradients!r}"
        )
    ys, xs, weights = _as_list(ys), _as_list(xs), _as_list(grad_ys)
    stops = _as_list(stop_gradients)
    if grad_ys is None:
        weights = [None] * len(ys)
    if len(weights) != len(ys):
        raise ValueError(f"Passed {len(weights)} grad_ys for {len(ys)} ys")
    asked = xs
    graph = graph_of((ys, xs, weights, stops))
    with graph.as_default(), graph.name_scope(name or "gradients"):
        ys = _as_tensors(ys, "y", as_ref=False)
        xs = _as_tensors(xs, "x", as_ref=True)
        stops = _as_tensors(stops, "stop", as_ref=True)
        kind = Backprop
        if graph.has_contexts:
            # Branches and loops have more to them; most graphs have none.
            module = lazy.load("interactive_graphs.autodiff.control_flow")
            kind = module.ControlFlowBackprop
        backprop = kind(
            graph, colocate_gradients_with_ops, gate_gradients, aggregation_method
        )
        if kind is Backprop:
            backprop.name_quickly()
        try:
            for i, (y, weight) in enumerate(zip(ys, weights, strict=True)):
                with backprop.beside(y.op):
                    start = start_of(y, weight, i)
                if start is not None:
                    backprop.add(y, start)
            backprop.run(ys, xs, frozenset(stops))
            found = [backprop.total(x) for x in xs]
        finally:
            backprop.leave_names()
    if unconnected_gradients == "zero":
        return [
            raw.ZerosLike(x, name="zeros_like") if dx is None else dx
            for x, dx in zip(asked, found, strict=True)
        ]
    return found


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _as_tensors(values: list[Any], name: str, as_ref: bool) -> list[Tensor]:
    """Tensors; variables as what they are read from if `as_ref`."""
    tensors = []
    for i, value in enumerate(values):
        if isinstance(value, IndexedSlices):
            value = value.values
        elif as_ref:
            # A resource variable is read from its handle.
            value = getattr(value, "handle", value)
        tensors.append(convert(value, None, f"{name}_{i}", as_ref))
    return tensors


def consumers_between(
    ys: Iterable[Tensor], xs: Iterable[Tensor], stops: frozenset[Tensor]
) -> dict[Operation, int]:
    """The operations on a path from `xs` to `ys`, and how often others on it use each.

    Only tensors that carry a gradient and are not in `stops` make a path.
    """
    carriers = CARRIERS
    above: set[Operation] = set()
    pending = [y.op for y in ys if id(y.dtype) in carriers and y not in stops]
    above.update(pending)
    while pending:
        for t in pending.pop().inputs:
            op = t.op
            if op not in above and id(t.dtype) in carriers and t not in stops:
                above.add(op)
                pending.append(op)
    between: dict[Operation, int] = {}
    reached = [x for x in xs if id(x.dtype) in carriers]
    while reached:
        for op in reached.pop().consumers():
            if op in above and op not in between:
                between[op] = 0
                for t in op.values():
                    if id(t.dtype) in carriers and t not in stops:
                        reached.append(t)  # noqa: PERF401
    for op in between:
        for tensor in op.inputs:
            producer = tensor.op
            if producer in between:
                between[producer] += 1
    return between


class Backprop:
    """One call of `gradients`.

    Attributes:
        sums: per tensor its gradient so far: one, or a list of terms to be added.
        scope: the name scope of this call.
    """

    def __init__(
        self, graph: Graph, colocate: bool, gate: bool, method: int | None
    ) -> None:
        self.graph = graph
        self.colocate = colocate
        self.gate = gate
        self.method = method
        self.sums: dict[Tensor, Any] = {}
        self.stops: frozenset[Tensor] = frozenset()
        self._rules: dict[str, tuple[GradientRule | None, bool]] = {}
        self.scope = graph.get_name_scope()
        self._new_scope: NewScope | None = None
        # What the caller will ask for; None when anything may be asked for.
        self._asked: frozenset[Tensor] | None = None

    def name_quickly(self) -> None:
        """Do without the graph's table of names, if the scope of this call is new.

        Each visit has a scope named after its operation, so that no two are the same,
        and there are more names in them than in the rest of the graph.
        """
        if self.graph.names.is_empty(f"{self.scope}/"):
            self._new_scope = NewScope()

    def leave_names(self) -> None:
        """Let the table know where the names are that it has not seen."""
        if self._new_scope is not None:
            graph, scope = self.graph, f"{self.scope}/"
            graph.names.leave(scope, partial(graph.names_in, scope))

    def beside(self, op: Operation) -> AbstractContextManager[None]:
        """Where nodes that belong to `op` go."""
        return self.graph.colocate_with(op, True) if self.colocate else nullcontext()

    def add(self, tensor: Tensor, grad: Any) -> None:
        """Note one more term of the gradient of `tensor`."""
        known = self.sums.get(tensor)
        if known is None:
            self.sums[tensor] = grad
        elif type(known) is list:
            known.append(grad)
        else:
            self.sums[tensor] = [known, grad]

    def total(self, tensor: Tensor) -> Any:
        """The gradient of `tensor`, or None; no more terms may come."""
        found = self.sums.get(tensor)
        if type(found) is list:
            found = self.sums[tensor] = self._summed(tensor, found)
        return found

    def _summed(self, tensor: Tensor, terms: list[Any]) -> Any:
        """The gradient of `tensor` that has come in several terms."""
        with self.beside(terms[0].op):
            return aggregate(terms, self.method, tensor)

    def run(self, ys: list[Tensor], xs: list[Tensor], stops: frozenset[Tensor]) -> None:
        """Visit the operations between, each after those that use it."""
        self.stops = stops
        self._asked = frozenset(xs)
        self._walk(ys, consumers_between(ys, xs, stops))

    def _walk(self, ys: list[Tensor], users: dict[Operation, int]) -> None:
        # Counting users, and not going by age: rewired and imported graphs may have
        # operations that are older than their inputs.
        ready = deque(dict.fromkeys(y.op for y in ys if users.get(y.op) == 0))
        with self._undisturbed() as leave:
            while ready:
                op = ready.popleft()
                self._visit(op)
                leave()
                for tensor in op.inputs:
                    producer = tensor.op
                    left = users.get(producer)
                    if left is not None:
                        users[producer] = left - 1
                        if left == 1:
                            ready.append(producer)

    @contextmanager
    def _undisturbed(self) -> Iterator[Callable[[], None]]:
        """A block for building many nodes quickly.

        Yields:
            What leaves the scope that a visit has entered.
        """
        graph, local, scope = self.graph, self.graph._local, self.scope
        outer = graph._original_op_now

        def leave() -> None:
            local.scope, graph._original_op_now = scope, outer

        around, local.new_scope = local.new_scope, self._new_scope

        # One user's line made them all.
        before = source.pin(source.capture())
        try:
            with garbage.all_kept():
                yield leave
        finally:
            leave()
            local.new_scope = around
            source.pin(before)

    def _visit(self, op: Operation) -> None:
        """Pass the gradients of an operation's outputs on to its inputs."""
        grads = self._taken(op)
        if grads is None:
            return
        known = self._rules.get(op.type)
        if known is None or "_gradient_op_type" in op.attrs:
            known = self._rule_of(op)
        rule, is_ours = known
        if rule is None:
            return
        if self.colocate:
            with self.graph.colocate_with(op, True):
                found = self._apply(rule, is_ours, op, grads)
        else:
            found = self._apply(rule, is_ours, op, grads)
        sums = self.sums
        for tensor, grad in zip(op.inputs, found, strict=True):
            if grad is not None:
                if type(grad) is not Tensor or grad.static_shape != tensor.static_shape:
                    grad = checked(op, tensor, grad)
                if tensor in sums:
                    self.add(tensor, grad)
                else:
                    sums[tensor] = grad

    def _taken(self, op: Operation) -> list[Any] | None:
        """The gradients of an operation's outputs, each None or whole; None for none.

        Where nobody will ask again they are taken away: a large graph has many.
        """
        result, stops, asked = op.result, self.stops, self._asked
        if asked is not None and type(result) is not tuple and not stops:
            if result in asked:
                grad = self.total(result)
            else:
                grad = self.sums.pop(result, None)
                if type(grad) is list:
                    grad = self._summed(result, grad)
            return None if grad is None else [grad]
        grads = [None if t in stops else self.total(t) for t in op.outputs]
        return None if grads.count(None) == len(grads) else grads

    def zeros_like(self, tensor: Tensor) -> Tensor | None:
        """The gradient of an output that nothing depends on; a handle has none."""
        if tensor.dtype is dtypes.resource:
            return None
        zeros: Tensor = raw.ZerosLike(tensor, name="zeros_like")
        return zeros

    def _rule_of(self, op: Operation) -> tuple[GradientRule | None, bool]:
        """How to differentiate `op` (None where gradients stop); if the rule is ours.

        Raises:
            LookupError: nobody said how.
        """
        override = op.attrs.get("_gradient_op_type")
        name = op.type if override is None else override.decode()
        known = self._rules.get(name)
        if known is None:
            rule = find_rule(name, op)
            code = getattr(rule, "__code__", None)
            known = rule, code is not None and source.is_ours(code)
            self._rules[name] = known
        return known

    def _apply(
        self, rule: GradientRule, is_ours: bool, op: Operation, grads: list[Any]
    ) -> list[Any]:
        """Call an op's rule in a scope of its own."""
        if None in grads:
            for i, tensor in enumerate(op.outputs):
                if grads[i] is None and id(tensor.dtype) in CARRIERS:
                    grads[i] = self.zeros_like(tensor)
        graph = self.graph
        # As `graph.name_scope` and `graph._original_op` would, at a third of the time.
        scope = f"{self.scope}/{op.name}_grad"
        if is_ours and self._new_scope is not None:
            self._new_scope.enter(scope)
        else:
            scope = graph.names.unique(scope)
        graph._local.scope = scope
        graph._original_op_now = op
        found = rule(op, *grads) if is_ours else call_theirs(rule, op, grads)
        if type(found) is not list:
            found = list(found) if isinstance(found, tuple) else [found]
        if len(found) != len(op.inputs):
            raise ValueError(
                f"Num gradients {len(found)} generated for op {op.node_def} do not "
                f"match num inputs {len(op.inputs)}"
            )
        if self.gate and sum(grad is not None for grad in found) > 1:
            return gate_tensors(found)
        return found
