"""Probes on a session: told of every node of every run, and able to change values.

    class Norms(Probe):
        def wants(self, op): return op.type == "MatMul"
        def after(self, op, outputs): print(op.name, np.linalg.norm(outputs[0]))

    with attach(session, Norms()):
        session.run(train)

While a probe is attached the session runs other programs, with calls of the probe
compiled in around the nodes it wants; those nodes are left alone by the optimiser, all
others are not. With none attached the programs are the ones from before.
Read next: `stepper.py`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from types import EllipsisType, MappingProxyType
from typing import TYPE_CHECKING, Any

from interactive_graphs.client.programs import Programs
from interactive_graphs.debug.handles import gives_handle
from interactive_graphs.debug.replacing import checked
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.compile import Probe as Inside, Result
from interactive_graphs.runtime.dataflow import Dataflow
from interactive_graphs.runtime.frames import shown_name
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.walk import Walk

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession

_current: ContextVar[Run | None] = ContextVar("run", default=None)
_lock = threading.Lock()

# Makes what runs a plan under a debugger, of the plan, the feeders, the result wanted
# and the probes: see `gate.py`.
WalkerOf = Callable[[Plan, Any, Result, Inside], Walk]


class Run:
    """One run of a session, as its probes see it.

    Attributes:
        number: 1, 2, 3, ... since the session's first probe was attached.
        fetches: the tensors that are fetched.
        targets: the operations that are run for their effect.
        feeds: what is fed, by tensor, as it was given.
        session: whose run it is.
        iterations: while a node of a loop is told of, which iteration of each loop
            around it runs, outermost first; () outside of loops.
    """

    __slots__ = (
        "_plan", "feeds", "fetches", "iterations", "number", "session", "targets",
    )  # fmt: skip

    def __init__(
        self, number: int, plan: Plan, feeds: Mapping[Tensor, Any], session: Any
    ) -> None:
        """Made when a run begins."""
        self.number = number
        self.fetches = plan.fetches
        self.targets = plan.targets
        self.feeds = MappingProxyType(feeds)
        self.session: BaseSession = session
        self.iterations: tuple[int, ...] = ()
        self._plan = plan

    def where(self, op: Operation) -> str:
        """'iteration 3 of loop 'while'', innermost first; '' outside of loops."""
        frames = self._plan.paths.get(op, ())
        pairs = zip(self.iterations, frames, strict=False)
        return " in ".join(
            f"iteration {number} of loop '{shown_name(frame)}'"
            for number, frame in reversed(list(pairs))
        )

    def __repr__(self) -> str:
        """Its number and what it fetches."""
        wanted = [e.name for e in self.fetches] + [e.name for e in self.targets]
        names = ", ".join(wanted)
        return f"<Run {self.number} of {names}>"


class Probe:
    """What watches runs; a subclass overrides what it needs.

    The methods of one run are called in the thread of that run, and `self.run` is that
    run: several runs at once do not mix, as long as a probe keeps what belongs to a run
    with the run. An exception out of any method ends the run and reaches the caller of
    `Session.run` as it is.

    Variables, queues and other resources are found while a step is compiled, and fed
    values are there from the start: their nodes do not run and are not told. What reads
    a variable (`w/read`) is. The body of a function is told as the node that calls it.
    """

    @property
    def run(self) -> Run:
        """The run under way in this thread.

        Raises:
            RuntimeError: there is none.
        """
        run = _current.get()
        if run is None:
            raise RuntimeError("No run with probes is under way in this thread.")
        return run

    def wants(self, op: Operation) -> bool:
        """Whether a node is of interest; asked while a step is compiled."""
        del op
        return True

    def start(self, run: Run) -> None:
        """A run begins."""

    def before(self, op: Operation) -> None:
        """A node is about to run."""

    def after(self, op: Operation, outputs: tuple[Any, ...]) -> Any:
        """A node has run.

        Args:
            op: the node.
            outputs: what it gave, not to be changed in place; None for an output on a
                side of a condition that was not taken.

        Returns:
            None, or a tuple of values to go on with instead, one for each output (or
            just the value, where there is one): of the same dtype and a compatible
            shape.
        """
        del op, outputs

    def stop(self, run: Run, error: BaseException | None = None) -> None:
        """A run has ended, with an error or without."""


class Attachment:
    """A probe on a session, until `close` or the end of a `with` block."""

    def __init__(self, session: BaseSession, probe: Probe) -> None:
        """Made by `attach`."""
        self.session = session
        self.probe = probe
        self._is_open = True

    def close(self) -> None:
        """Take the probe off; runs under way still tell it. Later calls do nothing."""
        with _lock:
            if self._is_open:
                self._is_open = False
                _install(self.session, [a for a in _on(self.session) if a is not self])

    def __enter__(self) -> Attachment:
        """The attachment itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the probe off."""
        self.close()


def attach(session: BaseSession, probe: Probe) -> Attachment:
    """Have a probe told of every run of a session from now on.

    Args:
        session: the session.
        probe: what is told. Several may be attached; each sees the values that the one
            before left.

    Returns:
        The attachment; its `close` takes the probe off.

    Raises:
        RuntimeError: the session is closed.

    Example:
        >>> import interactive_graphs as tf
        >>> class Names(Probe):
        ...     def before(self, op):
        ...         print(op.name)
        >>> y = tf.negative(tf.sin(2.0, name="s"), name="y")
        >>> session = tf.Session()
        >>> with attach(session, Names()):
        ...     value = session.run(y)
        s/x
        s
        y
    """
    if session._closed:
        raise RuntimeError("Attempted to use a closed Session.")
    attachment = Attachment(session, probe)
    with _lock:
        _install(session, [*_on(session), attachment])
    return attachment


def hold(session: BaseSession, walker: WalkerOf | None) -> None:
    """Have runs go node by node under a debugger, or no longer; see `gate.py`."""
    with _lock:
        _install(session, _on(session), walker)


def _on(session: BaseSession) -> list[Attachment]:
    programs = session._programs
    return programs.attachments if isinstance(programs, WatchedPrograms) else []


def _install(
    session: BaseSession,
    attachments: list[Attachment],
    walker: WalkerOf | EllipsisType | None = ...,
) -> None:
    """Exchange the session's programs; `walker` stays as it is when left out."""
    programs = session._programs
    plain, held = programs, None
    numbers: Iterator[int] = itertools.count(1)
    if isinstance(programs, WatchedPrograms):
        plain, numbers, held = programs.plain, programs.numbers, programs.walker
    if not isinstance(walker, EllipsisType):
        held = walker
    if attachments or held is not None:
        plain = WatchedPrograms(plain, session, attachments, numbers, held)
    session.exchange_programs(plain)


class WatchedPrograms(Programs):
    """The programs of a session while probes are attached.

    Attributes:
        plain: those without probes, kept for later.
        attachments: who is told.
        numbers: of the runs.
        walker: runs steps node by node under a debugger, or None.
    """

    def __init__(
        self,
        plain: Programs,
        session: BaseSession,
        attachments: list[Attachment],
        numbers: Iterator[int],
        walker: WalkerOf | None = None,
    ) -> None:
        """None compiled yet."""
        super().__init__(plain.engine)
        self.plain = plain
        self.cost_steps = plain.cost_steps
        self.attachments = attachments
        self.numbers = numbers
        self.walker = walker
        self._session = session
        self._probes = _Probes([a.probe for a in attachments])

    def first(self, *_: Any) -> None:
        """Nothing: probes are in programs, from a step's first run on."""

    def compile(
        self,
        tensors: tuple[Tensor, ...],
        targets: tuple[Operation, ...],
        feeds: tuple[Tensor, ...],
        result: Result,
        probe: Inside | None = None,
        optimise: bool = True,
        timed: bool = False,
    ) -> Program | Walk:
        """As `Programs.compile`, with all probes in it."""
        probes = self._probes if probe is None else _Both(probe, self._probes)
        program: Program | Walk
        if self.walker is None or timed:
            compile_ = super().compile
            program = compile_(tensors, targets, feeds, result, probes, optimise, timed)
        else:
            plan = self.engine.plan(tensors, targets, feeds, False, True)
            program = self.walker(plan, self.feeders(feeds), result, probes)
        plan = program.plan
        if isinstance(program, Walk):
            program.around = lambda go, values: self._told(plan, go, values)
        else:
            run = program.run
            program.run = lambda values: self._told(plan, run, values)
        return program

    def stepwise(
        self,
        tensors: Any,
        targets: Any,
        feeds: Any,
        probe: Inside | None = None,
        optimise: bool = True,
    ) -> Dataflow:
        """As `Programs.stepwise`, with all probes in it."""
        probes = self._probes if probe is None else _Both(probe, self._probes)
        return super().stepwise(tensors, targets, feeds, probes, optimise)

    def advance(self, step: Dataflow, values: Mapping[Tensor, Any]) -> None:
        """As `Programs.advance`; each call is told as a run."""
        step.probe = self._probes
        advance = super().advance

        def go(given: Any) -> None:
            advance(step, dict(zip(values, given, strict=True)))

        try:
            self._told(step.plan, go, tuple(values.values()), tuple(values))
        finally:
            step.probe = None  # the next call may come when nobody watches

    def _told(
        self,
        plan: Plan,
        go: Callable[[Any], Any],
        values: Any,
        feeds: tuple[Tensor, ...] | None = None,
    ) -> Any:
        """Run a step, and tell the probes of its beginning and end."""
        values = tuple(values)
        fed = plan.feeds if feeds is None else feeds
        # A wrong number of values is for the program to complain of.
        given = dict(zip(fed, values, strict=False))
        run = Run(next(self.numbers), plan, given, self._session)
        with_it = _current.set(run)
        started: list[Probe] = []
        error: BaseException | None = None
        try:
            for probe in self._probes.all:
                started.append(probe)
                probe.start(run)
            return go(values)
        except BaseException as raised:
            error = raised
            raise
        finally:
            run.iterations = ()
            try:
                for probe in reversed(started):
                    probe.stop(run, error)
            finally:
                _current.reset(with_it)

    def clear(self) -> None:
        """Forget them all, the plain ones, too."""
        super().clear()
        self.plain.clear()


class _Probes:
    """All probes of a session as the one that a program knows."""

    def __init__(self, probes: list[Probe]) -> None:
        self.all = probes
        self._wanting: dict[Operation, list[Probe]] = {}

    def wants(self, op: Operation) -> bool:
        """Whether any probe does; each is asked once."""
        found = self._wanting.get(op)
        if found is None:
            asked = [] if gives_handle(op) else [p for p in self.all if p.wants(op)]
            found = self._wanting[op] = asked
        return bool(found)

    def before(self, op: Operation, at: tuple[int, ...]) -> None:
        """Tell those who want it."""
        run = _current.get()
        if run is not None:
            run.iterations = at
        for probe in self._wanting[op]:
            probe.before(op)

    def after(
        self, op: Operation, outputs: tuple[Any, ...], at: tuple[int, ...]
    ) -> tuple[Any, ...] | None:
        """Tell those who want it; the values as they leave them, if they changed any.

        Raises:
            TypeError: a replacement has another dtype.
            ValueError: it does not fit, or cannot be replaced.
        """
        run = _current.get()
        if run is not None:
            run.iterations = at
        changed = False
        for probe in self._wanting[op]:
            told = probe.after(op, outputs)
            if told is not None:
                outputs, changed = checked(op, outputs, told), True
        return outputs if changed else None


class _Both:
    """A trace and the attached probes in one program."""

    def __init__(self, first: Inside, probes: _Probes) -> None:
        self._first = first
        self._probes = probes

    def wants(self, op: Operation) -> bool:
        return self._probes.wants(op) | self._first.wants(op)

    def before(self, op: Operation, at: tuple[int, ...]) -> None:
        if self._probes.wants(op):
            self._probes.before(op, at)
        if self._first.wants(op):
            self._first.before(op, at)

    def after(
        self, op: Operation, outputs: tuple[Any, ...], at: tuple[int, ...]
    ) -> tuple[Any, ...] | None:
        told = self._first.after(op, outputs, at) if self._first.wants(op) else None
        if not self._probes.wants(op):
            return told
        outputs = outputs if told is None else told
        return self._probes.after(op, outputs, at) or told
