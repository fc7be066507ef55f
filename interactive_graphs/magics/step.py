"""`%step`, `%cont`, `%until`, `%inject`, `%breakpoint`: the step debugger by lines.

They move the run that began last: of `%step EXPRESSION`, of `Session.debug`, or one
that stands still at a breakpoint in another thread. Read next: `../debug/stepper.py`.
"""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, magics_class

from interactive_graphs._util import lazy
from interactive_graphs.framework import stacks
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import line_magic, option

NO_RUN = (
    "No run is under the debugger. `%step loss` begins one, and so does "
    "`step = session.debug(loss, {x: batch})`."
)


@magics_class
class StepMagics(Magics):
    """The step debugger's magics."""

    def __init__(self, shell: Any = None, **kwargs: Any) -> None:
        """No run is held."""
        super().__init__(shell, **kwargs)
        self._held: Any = None  # what `%step loss` began, or nobody would keep it

    @line_magic(
        option("-i", "--live", action="store_true", help="with buttons and values"),
        option("-o", "--over", action="store_true", help="over a scope or loop"),
        option("-u", "--out", action="store_true", help="to the end of the scope"),
        option("-x", "--stop", action="store_true", help="give the run up"),
        option("-f", "--feed", default="", help="what is fed, as an expression"),
        option("what", nargs="*", help="how many steps, or what to begin a run of"),
    )
    def step(self, line: str) -> Any:
        """Begins a run that stands still before each node, or steps on in it.

        Examples: `%step loss --feed "{x: batch}"` begins, `%step` runs one node,
        `%step 3` three, `%step --over` one scope or loop, `%step --out` to the end of a
        scope, `%step -i` shows buttons, `%step --stop` gives it up. Variables are
        really assigned.
        """
        args = _tools.parsed(self.step, line)
        what = " ".join(args.what)
        with _tools.usage_errors():
            if what and not what.isdigit():
                stepper = self._begin(what, args.feed)
            elif args.live and not what:
                stepper = self._run()
            else:
                stepper = self._move(args, int(what or 1))
            return _live(stepper) if args.live else stepper

    def _begin(self, what: str, feed: str) -> Any:
        session = _tools.default_session()
        wanted = _tools.element(self.shell, what)
        text = _tools.unquoted(feed)
        fed = _tools.evaluate(self.shell, text) if text else None
        self._held = session.debug(wanted, fed)
        return self._held

    def _move(self, args: Any, count: int) -> Any:
        stepper = self._run()
        if args.stop:
            return stepper.stop()
        if args.over:
            return stepper.step_over()
        return stepper.step_out() if args.out else stepper.step(count)

    @line_magic()
    def cont(self, line: str) -> Any:
        """Runs on, to the next breakpoint or to the end."""
        _tools.parsed(self.cont, line)
        with _tools.usage_errors():
            return self._run().cont()

    @line_magic(
        option("condition", nargs="+", help="where to stop"),
    )
    def until(self, line: str) -> Any:
        """Runs on until a node, an iteration of a loop, or a value.

        Examples: `%until layer1/MatMul`, `%until after loss`, `%until while @3`,
        `%until loss > 2`, `%until nan`, `%until w/read changed`.
        """
        args = _tools.parsed(self.until, line)
        with _tools.usage_errors():
            return self._run().until(_condition(args))

    @line_magic(
        option("tensor", help="a name or an expression"),
        option("value", nargs="+", help="an expression of the notebook's"),
    )
    def inject(self, line: str) -> Any:
        """Gives a tensor another value; what came of the old one is made again.

        Examples: `%inject hidden 0 * h`, `%inject loss 3.0`.
        """
        args = _tools.parsed(self.inject, line)
        value = _tools.evaluate(self.shell, " ".join(args.value))
        with _tools.usage_errors():
            stepper = self._run()
            target = _tools.element(self.shell, args.tensor)
            again = stepper.inject(target, value)
            if again:
                sys.stdout.write(f"runs again: {', '.join(again)}\n")
            return stepper

    @line_magic(
        option(
            "-r", "--remove", type=int, default=0, help="the number of one to remove"
        ),
        option(
            "condition", nargs="*", help="where to stop, always; lists them without"
        ),
    )
    def breakpoint(self, line: str) -> Any:
        """Stops the run under the debugger, or else every run, whenever it comes by.

        Examples: `%breakpoint loss > 10`, `%breakpoint nan`; `%breakpoint` lists them,
        `%breakpoint --remove 1` takes one away.
        """
        args = _tools.parsed(self.breakpoint, line)
        with _tools.usage_errors():
            points = self._points()
            if args.remove:
                points.remove(args.remove)
            elif args.condition:
                points.break_at(_condition(args))
            return Listed(points)

    def _points(self) -> Any:
        """Who has the breakpoints: a run under way, else the session."""
        session = _tools.default_session()
        stepper = lazy.load("interactive_graphs.debug.begin").latest(session)
        if stepper is not None and not stepper.is_over and stepper.carrier is None:
            return stepper
        return lazy.load("interactive_graphs.debug.gate").gate_of(session)

    @staticmethod
    def _run() -> Any:
        latest = lazy.load("interactive_graphs.debug.begin").latest
        session = stacks.get_default_session()
        stepper = (latest(session) if session is not None else None) or latest()
        if stepper is None:
            raise UsageError(NO_RUN)
        return stepper


class Listed:
    """Breakpoints, as a list to read."""

    def __init__(self, points: Any) -> None:
        """Those of a stepper or gate as they are now."""
        self.lines = [
            f"{b.number}: {b.condition} ({b.hits} hit{'s' if b.hits != 1 else ''})"
            for b in points.breakpoints
        ]

    def __repr__(self) -> str:
        """One a line."""
        return "\n".join(self.lines) or "There are no breakpoints."


def _condition(args: Any) -> str:
    return " ".join(_tools.unquoted(word) for word in args.condition)


def _live(stepper: Any) -> Any:
    return lazy.load("interactive_graphs.widgets.stepper").beside(stepper)
