"""What a program under measurement gives: a call, and the numbers it computes.

A program is a plain function of the library, `program(tf) -> Timed`. It has a process
to itself, so it may use the default graph and need not close its session.

Read next: `ladder.py`, the table of all programs.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Timed(NamedTuple):
    """A call to measure.

    Attributes:
        call: does the work once.
        check: gives numbers on which all sides must agree, so that nobody is fast by
            doing something else. Called after measuring.
        prepare: called before each call, and not measured.
    """

    call: Callable[[], Any]
    check: Callable[[], Sequence[float]]
    prepare: Callable[[], Any] | None = None


class Rung(NamedTuple):
    """A program of the ladder.

    Attributes:
        program: makes what is measured.
        title: what a reader of the table sees.
        goal: the most that our figure may be: a part of TensorFlow's, or where
            `absolute` an amount of `unit`.
        unit: of the reported figures: "us", "ms", "s" or "MB".
        kind: "steady" for a call made again and again after a warm-up; "fresh" for the
            first call of a process; "memory" for how far that call lets the process
            grow; "import" for what happened before the program could be asked.
        warm_up: seconds of calls before measuring, the same on all sides. A library
            that compiles in the background is done by then.
        tolerance: relative, between our numbers and TensorFlow's.
        others: the same of JAX and PyTorch, which round elsewhere.
        absolute: whether the goal is an amount, and not a part of TensorFlow's.
        rivals: whether the other libraries run it too.
    """

    program: Callable[[Any], Timed]
    title: str
    goal: float | None = None
    unit: str = "us"
    kind: str = "steady"
    warm_up: float = 2.0
    tolerance: float = 2e-6
    others: float = 2e-5
    absolute: bool = False
    rivals: bool = True
