"""The step debugger: one run of a session that stands still between two nodes.

    step = session.debug(train, {x: batch})
    step.until("loss > 10")        # every method returns, with the run paused
    step.value("layer1/MatMul")    # any value made so far
    step.inject("layer1/MatMul", 0 * step.value("layer1/MatMul"))
    step.cont()

The plain executor runs the step, unoptimised, node by node. What a node does it really
does: variables are assigned, queues emptied, as in a run, and stay so after `stop`.
Read next: `conditions.py`, `gate.py`.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec

from interactive_graphs.client import feeds as feeding
from interactive_graphs.client.fetches import Fetches
from interactive_graphs.debug.breakpoints import Breakpoint, Breakpoints
from interactive_graphs.debug.conditions import Condition
from interactive_graphs.debug.remembering import At, Memory
from interactive_graphs.debug.replacing import replacement
from interactive_graphs.debug.standing import describe
from interactive_graphs.debug.walker import ABSENT, Place, Walker
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import boundary
from interactive_graphs.runtime.frames import ROUTES, shown_name
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.walk import engine_value

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession

RAN_KEPT: Final = 1000
"""How many of the nodes that ran are remembered."""
PATIENCE: Final = 0.2
"""How long, in seconds, a call waits for nodes that block."""

P = ParamSpec("P")


def _command(
    method: Callable[Concatenate[Stepper, P], None],
) -> Callable[Concatenate[Stepper, P], Stepper]:
    """One command at a time; whoever listens is told when it is over."""

    @functools.wraps(method)
    def run(self: Stepper, /, *args: P.args, **kwargs: P.kwargs) -> Stepper:
        with self._lock:
            self._wanted_pause.clear()
            try:
                method(self, *args, **kwargs)
            finally:
                self._changed()
        return self

    return run


class Stepper:
    """A run that is paused between two nodes; made by `Session.debug`.

    Every method returns with the run paused, finished or failed, and gives the stepper
    itself, whose display says where it is. Methods may be called from several threads.

    Attributes:
        session: whose run it is.
        status: "paused" before or after a node, "waiting" where only nodes that block
            are left, "finished", "failed" or "stopped".
        node: the node it stands at, None where it is over.
        phase: "before" or "after" that node.
        iterations: which iteration of each loop around it, outermost first.
        error: what failed.
        ran: the nodes that ran, with their iterations; the last thousand.
        count: how many ran.
        effects: nodes that changed something outside of the step, e.g. assigned.
    """

    def __init__(
        self,
        session: BaseSession,
        fetches: Any,
        feed_dict: Any = None,
        every_node: bool = False,
    ) -> None:
        """See `Session.debug`."""
        self._every_node = every_node
        session._check_usable()
        graph = session.graph
        given = feeding.flatten(graph, feed_dict) if feed_dict else {}
        store = session._engine.state.tensor_store
        values = {t: feeding.Feeder(t, store)(v) for t, v in given.items()}
        self._fetches = Fetches(graph, fetches, session._wrap)
        self._given = values
        self._wanted = tuple(t for t in self._fetches.tensors if t not in values)
        self.session = session
        self._engine = session._engine
        self._lock = threading.RLock()
        self._wanted_pause = threading.Event()
        self._listeners: list[Callable[[Stepper], None]] = []
        self._points = Breakpoints()
        session._extend()
        plan = self._plan(tuple(values))
        self._step = Walker(plan, self._engine.state, probe=self)
        self._engine.enlist(self._step.cancellation)
        for tensor, value in values.items():
            self._step.feed(tensor, engine_value(tensor, value))
        self.status = "paused"
        self.phase = "before"
        self.error: BaseException | None = None
        self.ran: deque[tuple[Operation, At]] = deque(maxlen=RAN_KEPT)
        self.count = 0
        self.effects: dict[str, None] = {}
        self._place: Place | None = None
        self._memory = Memory()
        self._pending: dict[Tensor, Any] = {}
        self._met: str = ""
        # The scope of the node before, and what ran unseen since.
        self._came_from = ""
        self._passed: list[tuple[Place, tuple[Any, ...]]] = []
        self._look()

    # -- where it is -------------------------------------------------------------------

    @property
    def node(self) -> Operation | None:
        """The node that it stands at."""
        return None if self._place is None else self._place[0]

    @property
    def iterations(self) -> tuple[int, ...]:
        """The iteration of each loop around the node."""
        return () if self._place is None else self._place[1].at

    @property
    def where(self) -> str:
        """'iteration 3 of loop 'while'', innermost first; '' outside of loops."""
        return "" if self._place is None else self._place[1].where()

    @property
    def loops(self) -> tuple[str, ...]:
        """The loops around the node, outermost first."""
        if self._place is None:
            return ()
        return tuple(map(shown_name, self._frames(self._place[0])))

    @property
    def why(self) -> str:
        """What stopped it: a condition in words, or ''."""
        return self._met

    @property
    def waiting(self) -> list[Operation]:
        """The nodes that block, e.g. on an empty queue."""
        return [op for op, _ in self._step.blocked]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will run."""
        return self.status in ("finished", "failed", "stopped")

    def inputs(self) -> dict[Tensor, Any]:
        """What the node takes, by tensor; those that are not there are left out."""
        if self._place is None:
            return {}
        op, at = self._place
        found = {t: self._step.value(t, at) for t in op.inputs}
        return {t: v for t, v in found.items() if v is not ABSENT}

    def outputs(self) -> dict[Tensor, Any]:
        """What the node gave, by tensor; nothing before it has run."""
        if self._place is None or self.phase == "before":
            return {}
        op, at = self._place
        made = {t: self._memory.all(t) for t in op.outputs}
        return {t: values[at.at] for t, values in made.items() if at.at in values}

    @property
    def result(self) -> Any:
        """What `Session.run` would have returned.

        Raises:
            RuntimeError: it has not finished.
            OpError: it has failed.
        """
        if self.status == "failed" and self.error is not None:
            raise self.error
        if self.status != "finished":
            raise RuntimeError(f"The run is {self.status}; go on with cont().")
        found = {
            t: boundary.owned(self._step.fetched(t, i))
            for i, t in enumerate(self._wanted)
        }
        return self._fetches.rebuild_from({**self._given, **found})

    # -- going on ----------------------------------------------------------------------

    @_command
    def step(self, count: int = 1) -> None:
        """Run one node, or several."""
        for _ in range(count):
            if not self._advance() or self._met:
                break

    @_command
    def step_over(self) -> None:
        """Run one node; where it begins a scope or loop, all of that."""
        entered = self._entered()
        if not entered:
            self._advance()
        else:
            self._go_on(inside=entered)

    @_command
    def step_out(self) -> None:
        """Run to the first node outside of the scope that the node is in."""
        self._go_on(inside=_scope(self.node.name) if self.node is not None else "")

    @_command
    def until(self, /, what: Any = None, **options: Any) -> None:
        """Run until a node, an iteration of a loop or a value.

        Args:
            what: a node, tensor, scope or loop, or its name; or a condition as text,
                e.g. "loss > 2", "while @3", "after y", "nan".
            **options: `nan`, `inf`, `changed`, `above`, `below`, `iteration`, `when`;
                see `Condition.of`.

        Raises:
            ValueError: there is no such place.
        """
        wanted = Condition.of(self.session.graph, what, **options)
        once = self._points.once = Breakpoint(0, wanted)
        if wanted.op in self.session.graph.ops_by_name:
            once.seed(self._latest(self.session.graph.ops_by_name[wanted.op]))
        try:
            if not self._meets_passed(once):
                self._go_on()
        finally:
            self._points.once = None

    @_command
    def cont(self) -> None:
        """Run to the next breakpoint, or to the end."""
        self._go_on()

    def pause(self) -> None:
        """Have a `cont` or `until` of another thread stop at the next node."""
        self._wanted_pause.set()

    @_command
    def stop(self) -> None:
        """Give the run up. What was assigned stays assigned."""
        if not self.is_over:
            self._end("stopped")

    # -- breakpoints -------------------------------------------------------------------

    def break_at(self, what: Any = None, **options: Any) -> Breakpoint:
        """Stop here whenever the run comes by; arguments as of `until`.

        Returns:
            The breakpoint; `remove` takes it away by its number.
        """
        wanted = Condition.of(self.session.graph, what, **options)
        with self._lock:
            made = self._points.add(wanted)
            self._changed()
        return made

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Where it always stops."""
        return self._points.all

    def remove(self, which: Breakpoint | int) -> None:
        """Take a breakpoint away.

        Raises:
            ValueError: there is none of that number.
        """
        with self._lock:
            self._points.remove(which)
            self._changed()

    # -- values ------------------------------------------------------------------------

    def value(self, tensor: Any, at: int | At | None = None) -> Any:
        """A value made so far.

        Args:
            tensor: a tensor, variable or operation, or the name of one.
            at: the iteration, for a tensor of a loop; the latest by default.

        Returns:
            An array of its own; of a variable what it holds now.

        Raises:
            ValueError: it was not made, or is no longer remembered.
        """
        found = self._tensor(tensor)
        with self._lock:
            if found.dtype._is_ref_dtype:
                return boundary.owned(self._held(found))
            place = (at,) if isinstance(at, int) else at
            latest = self._memory.latest(found)
            if place is None and latest is not None:
                return boundary.owned(latest[1])
            if place is not None and place in self._memory.all(found):
                return boundary.owned(self._memory.all(found)[place])
            known = self._step.value(found, self._step.outermost)
            if place is None and known is not ABSENT:
                return boundary.owned(known)
        raise ValueError(self._why_absent(found, place))

    def history(self, tensor: Any) -> dict[At, Any]:
        """The values of a tensor by iteration, as far as they are remembered."""
        with self._lock:
            values = self._memory.all(self._tensor(tensor))
            return {at: boundary.owned(value) for at, value in values.items()}

    def inject(self, tensor: Any, value: Any) -> list[str]:
        """Give a tensor another value.

        Where its node has run, what was made of the old value is made again; in a loop
        that holds for an iteration that is still under way. Otherwise the value is
        taken when the node runs next.

        Args:
            tensor: a tensor or its name.
            value: of the same dtype and a compatible shape.

        Returns:
            The nodes that had run and will run again. Those that change something, e.g.
            assign a variable, do so a second time.

        Raises:
            TypeError: the value has another dtype.
            ValueError: its shape does not fit, the tensor is no part of the step, or
                the run is over.
        """
        found = self._tensor(tensor)
        with self._lock:
            if self.status in ("failed", "stopped"):
                raise ValueError(f"The run is {self.status}; nothing would come of it.")
            new = replacement(found, value)
            holder = self._step.holder(self._step.plan.find(found), None)
            if holder is None:
                self._check_inside(found)
                self._pending[found] = new
                again: list[Place] = []
            else:
                again = self._step.replace(found, new, holder)
                for op, at in again:
                    for lost in op.outputs:
                        self._memory.forget(lost, at.at)
                self._memory.note(found, holder.at, new)
                self._look_again(again)
            self._changed()
        return [op.name for op, _ in again]

    # -- what the executor tells (a probe's methods) -----------------------------------

    def wants(self, op: Operation) -> bool:
        """Every node."""
        return op is not None

    def before(self, op: Operation, at: At) -> None:
        """Nothing: it stood here already."""

    def after(
        self, op: Operation, outputs: tuple[Any, ...], at: At
    ) -> tuple[Any, ...] | None:
        """Remember what a node gave, and put in what was injected."""
        pending = self._pending
        changed = any(t in pending for t in op.outputs)
        if changed:
            pairs = zip(op.outputs, outputs, strict=True)
            outputs = tuple(pending.pop(t, value) for t, value in pairs)
        for tensor, value in zip(op.outputs, outputs, strict=True):
            if value is not None and not tensor.dtype._is_ref_dtype:
                self._memory.note(tensor, at, value)
        self.ran.append((op, at))
        self.count += 1
        if _has_effect(op):
            self.effects[op.name] = None
        self._met = self._points.after(op, outputs, self._frames(op), at) or self._met
        return outputs if changed else None

    def _plan(self, feeds: tuple[Tensor, ...]) -> Plan:
        targets = self._fetches.targets
        if not self._wanted and not targets:
            return Plan((), (), feeds, [])  # what is fed is fetched
        return self._engine.plan(self._wanted, targets, feeds, False, True)

    # -- inside ------------------------------------------------------------------------

    def _frames(self, op: Operation) -> tuple[str, ...]:
        return self._step.plan.paths.get(op, ())

    def _go_on(self, inside: str = "") -> None:
        """Run at least one node, and on: to the end of a scope, or of all."""
        while self._advance() and not self._met:
            op = self.node
            if op is None or (inside and not _is_in(op.name, inside)):
                return
            paused = "pause" if self._wanted_pause.is_set() else ""
            place = self._frames(op), self.iterations
            self._met = paused or self._points.before(op, *place)
            if self._met:
                return

    def _advance(self) -> bool:
        """Run the node whose turn it is; whether there is another."""
        self._met = ""
        if self.is_over:
            return False
        try:
            if self.phase == "after":  # what it gave was seen; on to the next
                self._look()
                return self.status == "paused"
            place = self._step.next()
            if place is not None:
                self._came_from = _scope(place[0].name)
                self._step.go()
            self._collect(wait=place is None)
            if self._met and place is not None:
                self._place, self.phase = place, "after"
                return True
            self._look()
        except Exception as error:
            self._fail(error)
        return self.status == "paused"

    def _collect(self, wait: bool) -> None:
        """Take in nodes that blocked; briefly wait for one if nothing else can run."""
        patience = PATIENCE if wait else 0.0
        while self._step.blocked and self._step.collect(patience):
            patience = 0.0

    def _look(self) -> None:
        """See which node comes next; constants and the like run on the way."""
        place = self._step.next()
        self._passed = []
        while place is not None and self._is_quiet(place[0]):
            self._step.go()
            self._passed.append((place, self._latest(place[0]) or ()))
            if self._met:
                self._place, self.phase, self.status = place, "after", "paused"
                return
            place = self._step.next()
        if place is None and self._step.blocked:
            self._collect(wait=True)
            place = self._step.next()
        self.phase = "before"
        self._place = place
        if place is not None:
            self.status = "paused"
        elif self._step.blocked:
            self.status = "waiting"
            self._place = self._step.blocked[0]
        else:
            self._end("finished")

    def _meets_passed(self, once: Breakpoint) -> bool:
        """Whether something that ran unseen is what is looked for."""
        for place, outputs in self._passed:
            op, at = place
            if outputs and once.meets_values(op, outputs, self._frames(op), at.at):
                self._place, self.phase = place, "after"
                self._met = str(once.condition)
                return True
        return False

    def _look_again(self, again: list[Place]) -> None:
        """See where it is after nodes were taken back."""
        if self.status == "finished" and again:
            self._engine.enlist(self._step.cancellation)
        if self.phase == "before" or self._place in again:
            self._met = ""
            self._look()

    def _is_quiet(self, op: Operation) -> bool:
        """Whether nobody wants to stand at a node: it makes nothing new."""
        if self._every_node or self._points.name(op):
            return False
        handle = not op.inputs and any(_is_handle(t) for t in op.outputs)
        return handle or op.type == "Const" or op.type in ROUTES

    def _fail(self, error: Exception) -> None:
        self.error = error
        failed = getattr(error, "op", None)
        if isinstance(failed, Operation) and self._place is not None:
            at = self._place[1]
            self._place = (failed, at)
        self._step.abandon()
        self._end("failed", self._place)

    def _end(self, status: str, place: Place | None = None) -> None:
        self.status = status
        self._place = place
        self.phase = "before"
        if status == "stopped":
            self._step.abandon()
        self._engine.dismiss(self._step.cancellation)

    def _entered(self) -> str:
        """The scope that the next node begins, seen from the one before."""
        if self.node is None:
            return ""
        base = self._came_from
        inside = _scope(self.node.name)
        while base and not _is_in(inside + "/", base):
            base = _scope(base)
        if inside == base:
            return ""
        rest = inside[len(base) + 1 :] if base else inside
        first = rest.partition("/")[0]
        return f"{base}/{first}" if base else first

    # -- values, inside ----------------------------------------------------------------

    def _tensor(self, wanted: Any) -> Tensor:
        graph = self.session.graph
        element: Any = graph.as_graph_element(wanted)
        if isinstance(element, Operation):
            if not element.outputs:
                raise ValueError(f"'{element.name}' has no output, so it has no value.")
            element = element.outputs[0]
        found: Tensor = element
        return found

    def _held(self, ref: Tensor) -> Any:
        """What a variable holds."""
        value = self._step.value(ref, self._step.outermost)
        if value is ABSENT:
            # A variable that the step does not touch: as an ordinary run sees it.
            value = self.session.run(ref)
        return value

    def _latest(self, op: Operation) -> tuple[Any, ...] | None:
        """What a node gave last, None where it has not run."""
        found = [self._memory.latest(t) for t in op.outputs]
        if not found or any(f is None for f in found):
            return None
        return tuple(f[1] for f in found if f is not None)

    def _check_inside(self, tensor: Tensor) -> None:
        op = tensor.op
        if op not in self._step.plan.nodes:
            raise ValueError(f"'{op.name}' is no part of what this step runs.")
        if self._step.is_dead(op):
            raise ValueError(f"{tensor.name} is on a side that was not taken.")
        over = self.status == "finished"
        if over or (self._frames(op) and self._has_left(op)):
            raise ValueError(
                f"{tensor.name} was made in a loop that is over; inject it before, or "
                "inject what the loop gives."
            )

    def _has_left(self, op: Operation) -> bool:
        """Whether the loop of a node has been left."""
        exits = self._step.exits(self._frames(op))
        return any(t in self._memory for e in exits for t in e.outputs)

    def _why_absent(self, tensor: Tensor, at: At | None) -> str:
        op = tensor.op
        if op not in self._step.plan.nodes and tensor not in self._given:
            return f"'{op.name}' is no part of what this step runs."
        known = self._memory.all(tensor)
        if at is not None and known:
            first, last = min(known), max(known)
            return f"{tensor.name} is remembered for iterations {first} to {last}."
        return f"{tensor.name} has no value yet: '{op.name}' has not run."

    # -- who listens -------------------------------------------------------------------

    def on_change(self, listener: Callable[[Stepper], None]) -> Callable[[], None]:
        """Have a function called after each command; gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener(self)

    def __repr__(self) -> str:
        """Where it is, in a few lines."""
        return describe(self)


def _has_effect(op: Operation) -> bool:
    """Whether a node changes what outlives the step."""
    if any(arg.is_ref for arg in op.op_def.inputs):
        return op.op_def.stateful or op.type.startswith(("Assign", "Apply", "Scatter"))
    return op.op_def.stateful and any(t.dtype.name == "resource" for t in op.inputs)


def _is_handle(tensor: Tensor) -> bool:
    return tensor.dtype._is_ref_dtype or tensor.dtype.name == "resource"


def _scope(name: str) -> str:
    return name.rpartition("/")[0]


def _is_in(name: str, scope: str) -> bool:
    return name.startswith(scope + "/")
