"""Breakpoints inside `Session.run`: the run stands still in the user's own loop.

    session.break_at("loss > 10")
    for batch in batches:
        session.run(train, {x: batch})     # stops here, inside

While there are breakpoints, runs of the session are walked through (`stepper.py`). One
that meets a breakpoint waits in its own thread, and does there what it is told to: by a
widget's buttons where messages get through while a cell runs, which is measured and not
guessed; by code of another thread (`in_thread`); by the prompt of `input`; an asyncio
task waits without blocking (`run`). Where nobody can answer it says so and goes on.
Read next: `../widgets/stepper.py`.
"""

from __future__ import annotations

import asyncio
import builtins
import contextvars
import sys
import threading
import types
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interactive_graphs import errors
from interactive_graphs.debug import attach
from interactive_graphs.debug.asking import Mailbox
from interactive_graphs.debug.begin import debug, know
from interactive_graphs.debug.breakpoints import Breakpoint, Breakpoints
from interactive_graphs.debug.conditions import Condition
from interactive_graphs.debug.prompt import answer
from interactive_graphs.debug.standing import headline
from interactive_graphs.debug.stepper import Stepper
from interactive_graphs.debug.walker import Walker
from interactive_graphs.runtime.compile import Probe, Result
from interactive_graphs.runtime.dataflow import Dataflow
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.walk import Walk

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession

_gates: weakref.WeakKeyDictionary[Any, Gate] = weakref.WeakKeyDictionary()


def gate_of(session: BaseSession) -> Gate:
    """The gate of a session, made when first asked for."""
    return _gates.setdefault(session, Gate(session))


def break_at(session: BaseSession, what: Any = None, **options: Any) -> Stop:
    """See `Session.break_at`."""
    return gate_of(session).break_at(what, **options)


def in_thread(function: Callable[..., Any], *args: Any) -> threading.Thread:
    """Run a training loop in a thread, so that the notebook stays free to answer.

    Returns:
        The thread, started.
    """
    # The context says which cell the output belongs to.
    context = contextvars.copy_context()
    thread = threading.Thread(
        target=lambda: context.run(function, *args), name="session", daemon=True
    )
    thread.start()
    return thread


class Stop(Breakpoint):
    """A breakpoint of a session."""

    gate: Gate

    def remove(self) -> None:
        """Take it away; a second time nothing happens."""
        if self in self.gate.points.all:
            self.gate.remove(self)


class Gate:
    """Where the runs of a session are stopped.

    Attributes:
        points: the breakpoints.
        paused: the runs that stand still now, those that stopped last at the end.
        front_end: asked before a run waits in the main thread: whether messages get
            through while it does. Set by a widget; None without.
    """

    def __init__(self, session: BaseSession) -> None:
        """No breakpoints."""
        self._session = weakref.ref(session)
        self.points = Breakpoints()
        self.paused: list[Stepper] = []
        self.front_end: Callable[[], bool] | None = None
        self._listeners: list[Callable[[Stepper], None]] = []

    # -- breakpoints -------------------------------------------------------------------

    def break_at(self, what: Any = None, **options: Any) -> Stop:
        """One more breakpoint; see `Session.break_at`."""
        session = self._open_session()
        wanted = Condition.of(session.graph, what, **options)
        made = self.points.add(wanted, Stop)
        assert isinstance(made, Stop)
        made.gate = self
        if len(self.points.all) == 1:
            attach.hold(session, self._walk)
        return made

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Where runs stop."""
        return self.points.all

    def remove(self, which: Breakpoint | int) -> None:
        """Take a breakpoint away; with the last one runs are as quick as before.

        Raises:
            ValueError: there is none of that number.
        """
        self.points.remove(which)
        session = self._session()
        if not self.points.all and session is not None and not session._closed:
            attach.hold(session, None)

    def _open_session(self) -> BaseSession:
        session = self._session()
        if session is None or session._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        return session

    # -- runs --------------------------------------------------------------------------

    def _walk(self, plan: Plan, feeders: Any, result: Result, probe: Probe) -> Walk:
        """What runs a step of the session while there are breakpoints."""
        return Walk(plan, feeders, result, self._make, self._execute, probe)

    def _make(self, plan: Plan, probe: Probe | None) -> Walker:
        def no_result(walker: Walker) -> Any:
            raise RuntimeError(f"{walker} is a run of the program's own.")

        stepper = Stepper(
            self._open_session(), plan, no_result, probe=probe, points=self.points
        )
        stepper.walker.owner = stepper
        return stepper.walker

    def _execute(self, step: Dataflow, timeout_ms: int) -> None:
        """Walk through a step, and stand still where a breakpoint says so."""
        assert isinstance(step, Walker), "made by `_make`"
        del timeout_ms  # a step with a deadline is not stopped
        stepper: Stepper = step.owner
        stepper.begin()
        stepper.meet_first()
        mailbox = Mailbox()
        try:
            while not stepper.is_over:
                if stepper.why:
                    self._hold(stepper, mailbox)
                else:
                    stepper.cont()
        finally:
            stepper.stop()
        _raise_end(stepper)

    def _hold(self, stepper: Stepper, mailbox: Mailbox) -> None:
        """Stand still and do what is asked, until the run is over or goes on."""
        driver = self._driver()
        know(stepper)
        stepper.carrier = mailbox
        self.paused.append(stepper)
        for listener in list(self._listeners):
            listener(stepper)
        try:
            driver(stepper, mailbox)
        finally:
            self.paused.remove(stepper)
            stepper.carrier = None
            mailbox.close()

    def _driver(self) -> Callable[[Stepper, Mailbox], None]:
        """Who answers: another thread, a front end, a prompt, or nobody."""
        if threading.current_thread() is not threading.main_thread():
            return _by_mailbox
        if self.front_end is not None and self.front_end():
            return _by_mailbox
        if _has_prompt():
            return _by_prompt
        return self._by_nobody

    def _by_nobody(self, stepper: Stepper, mailbox: Mailbox) -> None:
        """Say where it would have stopped, and go on."""
        del mailbox
        sys.stdout.write(f"{headline(stepper)}: nobody can answer, going on\n")
        stepper.cont()

    async def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        """As `Session.run`, for an asyncio task: it waits without blocking.

        Raises:
            CancelledError: it was stopped.
        """
        stepper = debug(self._open_session(), fetches, feed_dict)
        stepper.share(self.points)
        stepper.meet_first()
        moved = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake(_: Stepper) -> None:
            loop.call_soon_threadsafe(moved.set)

        end = stepper.on_change(wake)
        self.paused.append(stepper)
        try:
            while not stepper.is_over:
                if stepper.why:
                    for listener in list(self._listeners):
                        listener(stepper)
                    moved.clear()
                    await moved.wait()
                else:
                    stepper.cont()
                    await asyncio.sleep(0)
        finally:
            self.paused.remove(stepper)
            end()
            stepper.stop()
        _raise_end(stepper)
        return stepper.result

    def on_pause(self, listener: Callable[[Stepper], None]) -> Callable[[], None]:
        """Have a function called when a run stops; gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def _raise_end(stepper: Stepper) -> None:
    """The error of a run that failed or was stopped."""
    if stepper.error is not None:
        raise stepper.error
    if stepper.status == "stopped":
        raise errors.CancelledError(None, None, "The run was stopped in the debugger.")


def _by_mailbox(stepper: Stepper, mailbox: Mailbox) -> None:
    """Wait for other threads to ask."""
    while not stepper.is_over:
        if stepper.status == "waiting":
            stepper.cont()
        else:
            mailbox.work()


def _by_prompt(stepper: Stepper, mailbox: Mailbox) -> None:
    """Ask with `input`; where that cannot be, go on."""
    del mailbox
    while not stepper.is_over:
        if stepper.status == "waiting":
            stepper.cont()
            continue
        try:
            said = input(f"{headline(stepper)}\n(step, out, cont, stop, ...) ")
        except (EOFError, NotImplementedError, OSError, RuntimeError):
            stepper.cont()
            return
        sys.stdout.write(answer(stepper, said) + "\n")


def _has_prompt() -> bool:
    """Whether somebody may answer `input`: a terminal, or a kernel's front end."""
    if not isinstance(builtins.input, types.BuiltinFunctionType):
        return True  # ipykernel puts its own there, which says when it cannot
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except (AttributeError, ValueError):
        return False
