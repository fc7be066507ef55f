"""The versions of a step's program, and which of them runs.

    generic        made for the first run, and right for every shape
    specialised    one for each choice of shapes, once that has been fed again
    native         in place of a specialised one that is hot (`native/tiers.py`)

A program's `run` is an attribute: a version takes its place between two runs, and the
runs themselves pay nothing for that. Whoever runs as `program.run` tests in its text
what it was made for, and calls `other(values)` where that does not hold. `other` looks
for the version of these shapes, and puts it in front; where there is none it is the
generic program, and once the shapes have come again a version is made for them. There
are at most `MOST` of them, since one step may be fed thousands of shapes.

The next tier gets a `Choice` when a version has been put in place. It may have the runs
counted (`Choice.after`), and `Choice.install` puts its own program in front, from any
thread: what that calls where it cannot go on is `choice.fallback`.
Read next: `specialise.py`.
"""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from interactive_graphs.runtime.compile import is_heavy
from interactive_graphs.runtime.listing import Feeder
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program

MOST: Final = 8
"""How many choices of shapes have versions of their own."""

AGAIN: Final = 2
"""How often shapes have to be fed before a version is made for them."""

LARGE: Final = 500
"""For each so many nodes a version is made one run later: that takes time, too."""

_WATCHED: Final = 64
"""How many choices of shapes are counted at a time."""

Shapes = tuple[tuple[int, ...], ...]
Run = Callable[[Any], Any]
Make = Callable[[Shapes, Run], tuple[Plan, Program | None] | None]
"""From shapes, and what runs others, to a specialised plan and its program; no program
where it would be the generic one, None where no plan can be made."""

NextTier = Callable[["Choice"], None]


class Choice:
    """What has been made for one choice of shapes.

    Attributes:
        versions: of which step.
        shapes: of the fed values.
        plan: specialised to them.
        program: what runs in front of the others for them.
        other: runs the step for values of other shapes, and for these by the generic
            program: what a version calls where it cannot go on.
    """

    __slots__ = ("_run", "other", "plan", "program", "shapes", "versions")

    def __init__(
        self,
        versions: Versions,
        shapes: Shapes,
        plan: Plan,
        program: Program,
        other: Run,
    ) -> None:
        """See the class."""
        self.versions = versions
        self.shapes = shapes
        self.plan = plan
        self.program = program
        self.other = other
        is_generic = program is versions.generic
        self._run: Run = versions.generic_run if is_generic else program.run

    @property
    def fallback(self) -> Run:
        """What a faster program of this choice calls where it cannot go on."""
        is_generic = self.program is self.versions.generic
        return self.other if is_generic else self.program.run

    def install(self, program: Program) -> None:
        """Let another program of these shapes run from now on."""
        self.program.rest()
        self.program = program
        self._run = program.run
        self.to_the_front()

    def after(self, runs: int, action: Callable[[], None]) -> None:
        """Have `action` called in the run after which there have been `runs` more."""
        run, left = self._run, runs

        def counting(values: Any) -> Any:
            nonlocal left
            result = run(values)
            left -= 1
            # Of two threads that get here together one goes on.
            if left <= 0 and self._ends(counting, run):
                self.to_the_front()
                action()
            return result

        self._run = counting
        self.to_the_front()

    def _ends(self, counting: Run, run: Run) -> bool:
        """Whether counting was still going on, which it no longer is."""
        with self.versions.lock:
            if self._run is not counting:
                return False
            self._run = run
            return True

    def to_the_front(self) -> None:
        """Be the first to be asked."""
        self.versions.place(self.program, self._run)

    def run(self, values: Any) -> Any:
        """Run the step for values of these shapes."""
        return self._run(values)


class Versions:
    """The versions of one step.

    Attributes:
        generic: the step's program, whose `run` is exchanged and whose `now` tells
            which one that is.
        generic_run: what it runs by itself.
        feeders: see `compile_plan`.
        lock: held while versions are made and counted.
    """

    def __init__(
        self,
        program: Program,
        feeders: Sequence[tuple[str, Feeder]],
        make: Make,
        next_tier: NextTier | None = None,
        eager: bool = False,
    ) -> None:
        """The generic program counts its runs from now on.

        Args:
            program: just compiled.
            feeders: convert its feeds.
            make: makes versions.
            next_tier: is told of each.
            eager: whether versions are made before shapes run for the first time. They
                are, too, for a step of large values: beside such a run that takes no
                time, and memory that is planned is less (`memory.py`).
        """
        self.generic = program
        self.feeders = feeders
        self._make = make
        self._next_tier = next_tier
        self.generic_run: Run = program.run
        self._choices: dict[Shapes, Choice | None] = {}
        self._seen: Counter[Shapes] = Counter()
        self._again = AGAIN + len(program.plan.nodes) // LARGE
        eager = eager or is_heavy(program.plan)
        if eager or is_heavy(program.plan, for_one_run=False):
            self._again = 1
        self.lock = threading.RLock()
        self._eager = eager
        self.place(program, self._eagerly if eager else self._any)

    def place(self, program: Program, run: Run) -> None:
        """Put a version in front of the others."""
        known = self.generic.versions
        if program is not self.generic and program not in known:
            known.append(program)
        self.generic.now = program
        self.generic.run = run

    # -- looking for the right one -----------------------------------------------------

    def _any(self, values: Any) -> Any:
        """The step, by the generic program, while nothing has been fed often."""
        result = self.generic_run(values)
        self._note(self._shapes(values))
        return result

    def _eagerly(self, values: Any) -> Any:
        """The step, by a version that is made first."""
        try:
            shapes = self._shapes(values)
        except Exception:
            return self.generic_run(values)  # which says what is wrong
        if shapes not in self._choices and self._has_room():
            self._note(shapes)
        choice = self._choices.get(shapes)
        return self.generic_run(values) if choice is None else choice.run(values)

    def _has_room(self) -> bool:
        return len(self._choices) < MOST

    def _other_than(self, failed: Shapes) -> Run:
        """What the version of `failed` calls where it cannot go on."""

        def other(values: Any) -> Any:
            shapes = self._shapes(values)
            choice = self._choices.get(shapes)
            if shapes == failed:
                # It is not the shapes that are wrong.
                return self.generic_run(values)
            if choice is not None:
                choice.to_the_front()
                return choice.run(values)
            if self._eager:
                return self._eagerly(values)
            result = self.generic_run(values)
            if shapes not in self._choices and self._has_room():
                self._note(shapes)
            return result

        return other

    def _shapes(self, values: Any) -> Shapes:
        found = []
        for value, (_, feeder) in zip(values, self.feeders, strict=False):
            shape = getattr(value, "shape", None)
            if type(shape) is not tuple:
                is_number = type(value) in (float, int, bool)
                shape = () if is_number else feeder(value).shape
            found.append(shape)
        return tuple(found)

    # -- making ------------------------------------------------------------------------

    def _note(self, shapes: Shapes) -> None:
        """Shapes were fed; make a version for them if they are fed often."""
        with self.lock:
            if len(self._seen) >= _WATCHED:
                self._seen.clear()
            self._seen[shapes] += 1
            if self._seen[shapes] < self._again or shapes in self._choices:
                return
            del self._seen[shapes]
            self._choices[shapes] = None
            other = self._other_than(shapes)
            made = self._made(shapes, other)
            if made is None:
                if not any(self._choices.values()):
                    self.place(self.generic, self.generic_run)
                return
            plan, program = made
            choice = Choice(self, shapes, plan, program or self.generic, other)
            self._choices[shapes] = choice
            choice.to_the_front()
            if self._next_tier is not None:
                self._next_tier(choice)

    def _made(self, shapes: Shapes, other: Run) -> tuple[Plan, Program | None] | None:
        """What `make` makes; the step has its result already, so nothing may fail."""
        try:
            return self._make(shapes, other)
        except Exception as error:
            text = f"No program was made for the shapes {shapes}: {error!r}"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
            return None
