"""The step debugger: one run of a session that stands still between two nodes.

    step = session.debug(train, {x: batch})
    step.until("loss > 10")        # every method returns, with the run paused
    step.value("layer1/MatMul")    # any value made so far
    step.inject("layer1/MatMul", 0 * step.value("layer1/MatMul"))
    step.cont()

The plain executor runs the step, unoptimised, node by node. What a node does it really
does: variables are assigned, queues emptied, as in a run, and stay so after `stop`.
Read next: `begin.py`, `conditions.py`, `gate.py`.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from interactive_graphs._util import lazy
from interactive_graphs.debug.breakpoints import Breakpoint, Breakpoints
from interactive_graphs.debug.conditions import Condition
from interactive_graphs.debug.handles import gives_handle
from interactive_graphs.debug.paused import Paused
from interactive_graphs.debug.remembering import At
from interactive_graphs.debug.replacing import replacement
from interactive_graphs.debug.standing import describe
from interactive_graphs.debug.walker import Place, Walker
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.compile import Probe
from interactive_graphs.runtime.frames import ROUTES
from interactive_graphs.runtime.plan import Plan

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession

PATIENCE: Final = 0.2
"""How long, in seconds, a call waits for nodes that block."""

P = ParamSpec("P")
R = TypeVar("R")


class Carrier(Protocol):
    """The thread that a run belongs to."""

    def call(self, go: Callable[[], R]) -> R:
        """Do something there, and wait for it."""


def _command(
    method: Callable[Concatenate[Stepper, P], None],
) -> Callable[Concatenate[Stepper, P], Stepper]:
    """One command at a time; whoever listens is told when it is over."""

    @functools.wraps(method)
    def run(self: Stepper, /, *args: P.args, **kwargs: P.kwargs) -> Stepper:
        def go() -> None:
            with self._lock:
                self._wanted_pause.clear()
                try:
                    method(self, *args, **kwargs)
                finally:
                    self._changed()

        self._carried(go)
        return self

    return run


class Stepper(Paused):
    """A run that is paused between two nodes; made by `Session.debug` and breakpoints.

    Every method returns with the run paused, finished or failed, and gives the stepper
    itself, whose display says where it is. Methods may be called from several threads.
    What is known is in `Paused`.

    Attributes:
        carrier: does things in the run's own thread, where that waits for it; or None.
    """

    def __init__(
        self,
        session: BaseSession,
        plan: Plan,
        result: Callable[[Walker], Any],
        every_node: bool = False,
        probe: Probe | None = None,
        points: Breakpoints | None = None,
    ) -> None:
        """Nothing has run, and nothing was fed; `begin` comes next.

        Args:
            session: whose run it is.
            plan: what is run, unoptimised.
            result: what the run gives, once it has finished.
            every_node: whether it stands before constants and the like, too.
            probe: is told of the nodes as well.
            points: where to stop; those of its own when left out.
        """
        super().__init__(session, plan, result)
        self.walker.probe = self
        self.carrier: Carrier | None = None
        self._every_node = every_node
        self._probe = probe
        self._points = Breakpoints() if points is None else points
        self._wanted_pause = threading.Event()
        self._pending: dict[Tensor, Any] = {}
        # The scope of the node before, and what ran unseen since.
        self._came_from = ""
        self._passed: list[tuple[Place, tuple[Any, ...]]] = []

    def begin(self) -> None:
        """Stand before the first node; everything is fed."""
        self._engine.enlist(self.walker.cancellation)
        self._look()

    def share(self, points: Breakpoints) -> None:
        """Stop where somebody else's breakpoints say, too; they replace its own."""
        self._points = points

    def meet_first(self) -> None:
        """See whether a breakpoint is at the very first node, or was passed over."""
        for place, outputs in self._passed:
            met = self._points.after(
                place[0], outputs, self._frames(place[0]), place[1].at
            )
            if met and outputs:
                self._place, self.phase, self._met = place, "after", met
                return
        if self.node is not None:
            place_of = self._frames(self.node), self.iterations
            self._met = self._points.before(self.node, *place_of)

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
        return self._carried(lambda: self._inject(found, value))

    def _inject(self, tensor: Tensor, value: Any) -> list[str]:
        with self._lock:
            if self.status in ("failed", "stopped"):
                raise ValueError(f"The run is {self.status}; nothing would come of it.")
            new = replacement(tensor, value)
            holder = self.walker.holder(self.walker.plan.find(tensor), None)
            if holder is None:
                self._check_inside(tensor)
                self._pending[tensor] = new
                again: list[Place] = []
            else:
                again = self.walker.replace(tensor, new, holder)
                for op, at in again:
                    for lost in op.outputs:
                        self._memory.forget(lost, at.at)
                self._memory.note(tensor, holder.at, new)
                self._look_again(again)
            self._changed()
        return [op.name for op, _ in again]

    def _carried(self, go: Callable[[], R]) -> R:
        """Do something in the thread of the run, where it has one."""
        carrier = self.carrier
        return go() if carrier is None else carrier.call(go)

    # -- what the executor tells (a probe's methods) -----------------------------------

    def wants(self, op: Operation) -> bool:
        """Every node."""
        del op
        return True

    def before(self, op: Operation, at: At) -> None:
        """It stood here already; others are told."""
        if self._probe is not None and self._probe.wants(op):
            self._probe.before(op, at)

    def after(
        self, op: Operation, outputs: tuple[Any, ...], at: At
    ) -> tuple[Any, ...] | None:
        """Remember what a node gave, and put in what was injected."""
        pending = self._pending
        changed = any(t in pending for t in op.outputs)
        if changed:
            pairs = zip(op.outputs, outputs, strict=True)
            outputs = tuple(pending.pop(t, value) for t, value in pairs)
        if self._probe is not None and self._probe.wants(op):
            told = self._probe.after(op, outputs, at)
            outputs, changed = (told, True) if told is not None else (outputs, changed)
        for tensor, value in zip(op.outputs, outputs, strict=True):
            if value is not None and not tensor.dtype._is_ref_dtype:
                self._memory.note(tensor, at, value)
        self.ran.append((op, at))
        self.count += 1
        if _has_effect(op):
            self.effects[op.name] = None
        self._met = self._points.after(op, outputs, self._frames(op), at) or self._met
        return outputs if changed else None

    def __repr__(self) -> str:
        """Where it is, in a few lines."""
        return describe(self)

    def widget(self, graph: Any = None) -> Any:
        """The same with buttons; see `widgets.stepper.StepperView`.

        Args:
            graph: a graph view that shows where the run stands.
        """
        view = lazy.load("interactive_graphs.widgets.stepper").StepperView
        return view(self, graph)

    # -- inside ------------------------------------------------------------------------

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
            place = self.walker.next()
            if place is not None:
                self._came_from = _scope(place[0].name)
                self.walker.go()
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
        while self.walker.blocked and self.walker.collect(patience):
            patience = 0.0

    def _look(self) -> None:
        """See which node comes next; constants and the like run on the way."""
        place = self.walker.next()
        self._passed = []
        while place is not None and self._is_quiet(place[0]):
            self.walker.go()
            self._passed.append((place, self._latest(place[0]) or ()))
            if self._met:
                self._place, self.phase, self.status = place, "after", "paused"
                return
            place = self.walker.next()
        if place is None and self.walker.blocked:
            self._collect(wait=True)
            place = self.walker.next()
        self.phase = "before"
        self._place = place
        if place is not None:
            self.status = "paused"
        elif self.walker.blocked:
            self.status = "waiting"
            self._place = self.walker.blocked[0]
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
            self._engine.enlist(self.walker.cancellation)
        if self.phase == "before" or self._place in again:
            self._met = ""
            self._look()

    def _is_quiet(self, op: Operation) -> bool:
        """Whether nobody wants to stand at a node: it makes nothing new."""
        if self._every_node or self._points.name(op):
            return False
        return gives_handle(op) or op.type == "Const" or op.type in ROUTES

    def _fail(self, error: Exception) -> None:
        self.error = error
        failed = getattr(error, "op", None)
        if isinstance(failed, Operation) and self._place is not None:
            at = self._place[1]
            self._place = (failed, at)
        self.walker.abandon()
        self._end("failed", self._place)

    def _end(self, status: str, place: Place | None = None) -> None:
        self.status = status
        self._place = place
        self.phase = "before"
        if status == "stopped":
            self.walker.abandon()
        self._engine.dismiss(self.walker.cancellation)

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

    def _check_inside(self, tensor: Tensor) -> None:
        op = tensor.op
        if op not in self.walker.plan.nodes:
            raise ValueError(f"'{op.name}' is no part of what this step runs.")
        if self.walker.is_dead(op):
            raise ValueError(f"{tensor.name} is on a side that was not taken.")
        over = self.status == "finished"
        if over or (self._frames(op) and self._has_left(op)):
            raise ValueError(
                f"{tensor.name} was made in a loop that is over; inject it before, or "
                "inject what the loop gives."
            )

    def _has_left(self, op: Operation) -> bool:
        """Whether the loop of a node has been left."""
        exits = self.walker.exits(self._frames(op))
        return any(t in self._memory for e in exits for t in e.outputs)


def _has_effect(op: Operation) -> bool:
    """Whether a node changes what outlives the step."""
    if any(arg.is_ref for arg in op.op_def.inputs):
        return op.op_def.stateful or op.type.startswith(("Assign", "Apply", "Scatter"))
    return op.op_def.stateful and any(t.dtype.name == "resource" for t in op.inputs)


def _scope(name: str) -> str:
    return name.rpartition("/")[0]


def _is_in(name: str, scope: str) -> bool:
    return name.startswith(scope + "/")
