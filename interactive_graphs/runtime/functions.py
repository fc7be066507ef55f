"""Functions at run time: a body compiled for the operation that calls it.

Each caller has a program of its own, so that random streams and the like inside are
not shared, as if the body stood in the caller's place. Read next: `engine.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from interactive_graphs import errors
from interactive_graphs._util import lazy
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.compile import compile_plan, is_straight
from interactive_graphs.runtime.dataflow import Dataflow
from interactive_graphs.runtime.form import arrange
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.prune import prune
from interactive_graphs.runtime.state import Cancellation, SessionState
from interactive_graphs.runtime.verify import refuse_fed_references

if TYPE_CHECKING:
    from interactive_graphs.framework.function import Function
    from interactive_graphs.runtime.engine import Engine

# A session's state must not keep its engine alive, which keeps the state.
EngineRef = Callable[[], "Engine | None"]
Caller = Callable[[Sequence[Any]], list[Any]]


def make_function(
    engine_ref: EngineRef, state: SessionState, op: Operation, name: str, part: str
) -> Caller:
    """What runs a function's body for one operation of one session.

    Args:
        engine_ref: gives the session's engine, which says how programs are optimised.
        state: where the operation runs.
        op: who calls.
        name: the function's name.
        part: "" for the function, "gradient" for its gradient.

    Returns:
        A function of a value per argument that gives a list with a value per result.

    Raises:
        NotFoundError: the graph has no such function.
    """
    function = op.graph.functions.get(name)
    if function is None:
        raise errors.NotFoundError(None, None, f"Function {name} is not defined.")
    if part == "gradient" and function.grad_name is not None:
        return make_function(engine_ref, state, op, function.grad_name, "")
    if part == "gradient":
        inputs, outputs, targets = *gradient_of(function), []
    else:
        body = function.body
        inputs, outputs, targets = body.inputs, body.outputs, _effects(function)
    plan = prune(outputs, targets, inputs)
    arrange(plan)
    refuse_fed_references(plan)
    engine_of(engine_ref).optimise(plan)
    inner = state.nested()
    if is_straight(plan):
        return _by_program(compile_plan(plan, inner, (), plan.fetches, inner=True))
    return _by_dataflow(engine_ref, plan, inner)


def engine_of(engine_ref: EngineRef) -> Engine:
    """The engine, while there is one.

    Raises:
        CancelledError: the session is gone.
    """
    engine = engine_ref()
    if engine is None:
        raise errors.CancelledError(None, None, "Session has been closed.")
    return engine


def _effects(function: Function) -> list[Operation]:
    """The operations of a body that run even if no result needs them."""
    return [
        op
        for op in function.body.body()
        if op.op_def.stateful and op.control_flow_context is None
    ]


def _by_program(program: Program) -> Caller:
    run: Caller = program.run

    def call(values: Sequence[Any]) -> list[Any]:
        try:
            return run(values)
        except Exception as error:
            _raise_outward(program.blame(error))

    return call


def _by_dataflow(engine_ref: EngineRef, plan: Plan, state: SessionState) -> Caller:
    """For bodies that are not straight-line programs."""

    def call(values: Sequence[Any]) -> list[Any]:
        step = Dataflow(plan, state, Cancellation())
        for tensor, value in zip(plan.feeds, values, strict=True):
            step.feed(tensor, value)
        try:
            engine_of(engine_ref).run_dataflow(step)
        except Exception as error:
            _raise_outward(error)
        return [step.fetched(t, i) for i, t in enumerate(plan.fetches)]

    return call


def _raise_outward(error: Exception) -> NoReturn:
    """Raise an error of a body's node so that the caller's node is named, too."""
    if not isinstance(error, errors.OpError) or error.op is None:
        raise error
    outward = type(error)(None, None, error.message)
    for note in getattr(error, "__notes__", ()):
        outward.add_note(note)
    raise outward from error.__cause__


def gradient_of(function: Function) -> tuple[list[Tensor], list[Tensor]]:
    """The gradient of a function, built into its body when first asked for.

    Returns:
        Its arguments: those of the function, then a gradient for each result; and its
        results, a gradient for each argument.
    """
    body = function.body
    with body.lock:
        found = function.gradient
        if found is None:
            with body.as_default(), body.name_scope("Gradient"):
                found = function.gradient = _build_gradient(body.inputs, body.outputs)
    return found


def _build_gradient(
    inputs: list[Tensor], outputs: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    given = [raw.Placeholder(dtype=y.dtype.base_dtype) for y in outputs]
    for dy, y in zip(given, outputs, strict=True):
        dy.static_shape = y.static_shape
    pairs = [
        (y, dy)
        for y, dy in zip(outputs, given, strict=True)
        if y.dtype.is_floating or y.dtype.is_complex
    ]
    gradients = lazy.load("interactive_graphs.autodiff.backprop").gradients
    found = gradients([y for y, _ in pairs], inputs, [dy for _, dy in pairs])
    wholes = [
        raw.ZerosLike(x) if dx is None else convert(dx)
        for x, dx in zip(inputs, found, strict=True)
    ]
    return [*inputs, *given], wholes
