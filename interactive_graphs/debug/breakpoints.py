"""Where a run stops whenever it comes by; numbered, so that they can be taken away.

Read next: `stepper.py`, `gate.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from interactive_graphs.debug.conditions import Condition
from interactive_graphs.debug.when import ValueTest
from interactive_graphs.framework.operation import Operation


class Breakpoint:
    """A condition that stops a run whenever it is met.

    Attributes:
        number: what it is removed by.
        condition: when to stop.
        hits: how often it did.
    """

    def __init__(self, number: int, condition: Condition) -> None:
        """Not met yet."""
        self.number = number
        self.condition = condition
        self.hits = 0
        self._last: tuple[Any, ...] | None = None

    def meets(self, op: Operation, frames: Any, at: tuple[int, ...]) -> bool:
        """Whether it says to stop before a node."""
        wanted = self.condition
        is_here = not wanted.after and wanted.concerns(op) and wanted.is_in(frames, at)
        self.hits += is_here
        return is_here

    def meets_values(
        self, op: Operation, outputs: tuple[Any, ...], frames: Any, at: tuple[int, ...]
    ) -> bool:
        """Whether it says to stop after a node gave these values."""
        wanted = self.condition
        if not wanted.after or not wanted.concerns(op):
            return False
        last = self._last
        if wanted.test == ValueTest("changed") and wanted.op:
            self._last = outputs
        if not wanted.is_in(frames, at):
            return False
        is_met = wanted.met_by(outputs, last)
        self.hits += is_met
        return is_met

    def __repr__(self) -> str:
        """Number and condition."""
        return f"{self.number}: {self.condition}"

    def seed(self, outputs: tuple[Any, ...] | None) -> None:
        """What "changed" is measured against, before the node runs again."""
        self._last = outputs


class Breakpoints:
    """Those of one stepper or session.

    Attributes:
        once: one more, until it is met.
    """

    def __init__(self) -> None:
        """None yet."""
        self.once: Breakpoint | None = None
        self._all: tuple[Breakpoint, ...] = ()
        self._numbers = itertools.count(1)

    @property
    def all(self) -> tuple[Breakpoint, ...]:
        """Those that stay until they are removed."""
        return self._all

    def add(
        self, condition: Condition, kind: type[Breakpoint] = Breakpoint
    ) -> Breakpoint:
        """One more."""
        made = kind(next(self._numbers), condition)
        self._all = (*self._all, made)
        return made

    def remove(self, which: Breakpoint | int) -> None:
        """Take one away.

        Raises:
            ValueError: there is none of that number.
        """
        number = which if isinstance(which, int) else which.number
        kept = tuple(b for b in self._all if b.number != number)
        if len(kept) == len(self._all):
            raise ValueError(f"There is no breakpoint {number}.")
        self._all = kept

    def name(self, op: Operation) -> bool:
        """Whether any is at just this node."""
        return any(b.condition.op == op.name for b in self._every())

    def before(self, op: Operation, frames: Any, at: tuple[int, ...]) -> str:
        """Which condition says to stop before a node; '' for none."""
        return self._first(lambda b: b.meets(op, frames, at))

    def after(
        self, op: Operation, outputs: tuple[Any, ...], frames: Any, at: tuple[int, ...]
    ) -> str:
        """Which condition says to stop after a node; '' for none."""
        return self._first(lambda b: b.meets_values(op, outputs, frames, at))

    def _first(self, is_met: Callable[[Breakpoint], bool]) -> str:
        # All are asked: each counts its hits and remembers what it saw.
        met = [str(b.condition) for b in self._every() if is_met(b)]
        return met[0] if met else ""

    def _every(self) -> tuple[Breakpoint, ...]:
        return self._all if self.once is None else (*self._all, self.once)
