"""Tests of values: "nan", "inf", "bad", "changed", "> 5", "below 0".

    >>> test = ValueTest.of("> 5")
    >>> test(np.array([1.0, 7.0]))
    'is greater than 5: 7.0'
    >>> split("loss > 5")
    ('loss', ValueTest(kind='above', bound=5.0))

Watches hold values against them after a step, breakpoints after a node.
Read next: `conditions.py` (where and when), `watch.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from interactive_graphs.display.health import (
    LIMIT,
    MAGNITUDE,
    VALUE,
    Health,
    health_of,
)

Test = Callable[[Any, Health, Any], str]
"""(value, its health, the value before or None) -> what is the matter, or ''."""

NAMED: Final = ("nan", "inf", "bad", "changed")
BOUNDED: Final = {"above": ">", "below": "<"}
KINDS: Final = (*NAMED, *BOUNDED)

_BOUND: Final = re.compile(r"(?:(.*\S)\s+|^\s*)?([<>]|above\s|below\s)\s*(\S+)")


@dataclass(frozen=True)
class ValueTest:
    """What a value is tested for: a `Test` that can be written down.

    Attributes:
        kind: one of `KINDS`; "bad" is NaN or infinite, "above" and "below" hold when
            any element is so, of complex numbers its magnitude.
        bound: what it must be above or below.
    """

    kind: str
    bound: float = 0.0

    @classmethod
    def of(cls, text: str) -> ValueTest:
        """The test that `text` names.

        Raises:
            ValueError: it names none.
        """
        wanted = text.strip()
        if wanted.lower() in NAMED:
            return cls(wanted.lower())
        try:
            rest, test = split(wanted)
        except ValueError:
            rest, test = wanted, None
        if test is None or rest:
            raise ValueError(
                f"{text!r} is no condition. There are: {', '.join(NAMED)}, and "
                'comparisons as in "> 5" or "< 0".'
            )
        return test

    def __call__(
        self, value: Any, health: Health | None = None, before: Any = None
    ) -> str:
        """What is the matter with a value, as in "has 3 NaN elements"; '' for nothing.

        Args:
            value: an array.
            health: its health, where that is known.
            before: what it was the last time, or None.
        """
        if self.kind == "changed":
            return "" if before is None or _same(value, before) else "changed"
        health = _exact(value, health)
        if self.kind in BOUNDED:
            return self._beyond(health)
        nan = _of_many("NaN", health.size, health.nan) if self.kind != "inf" else ""
        inf = _of_many("infinite", health.size, health.inf)
        return nan or (inf if self.kind != "nan" else "")

    def _beyond(self, health: Health) -> str:
        over = self.kind == "above"
        number = health.max if over else health.min
        if health.of not in (VALUE, MAGNITUDE):
            return ""
        if health.posinf if over else health.neginf:
            number = np.inf if over else -np.inf
        if number is None:
            return ""
        if not (number > self.bound if over else number < self.bound):
            return ""
        return f"is {'greater' if over else 'less'} than {self.bound:g}: {number}"

    def __str__(self) -> str:
        """In words that `of` understands."""
        if self.kind in BOUNDED:
            return f"{BOUNDED[self.kind]} {self.bound:g}"
        return self.kind


def split(text: str) -> tuple[str, ValueTest | None]:
    """What comes before a test at the end of a text, and the test, if there is one.

    Raises:
        ValueError: it ends with a comparison, but with no number.
    """
    bound = _BOUND.fullmatch(text)
    if bound is None:
        head, _, last = text.rpartition(" ")
        return (head.strip(), ValueTest(last)) if last in NAMED else (text, None)
    sign = bound[2].strip()
    kind = next(kind for kind, other in BOUNDED.items() if sign in (kind, other))
    try:
        number = float(bound[3])
    except ValueError:
        raise ValueError(f"{bound[3]!r} is no number.") from None
    return (bound[1] or "").strip(), ValueTest(kind, number)


def _exact(value: Any, health: Health | None) -> Health:
    """A health that is about all elements: one NaN in a sample is one too many."""
    if health is None:
        health = health_of(value, LIMIT)
    return health if health.scanned else health_of(value)


def _of_many(word: str, size: int, number: int) -> str:
    if not number:
        return ""
    return f"is {word}" if size == 1 else f"has {number:,} {word} elements"


def _same(value: Any, before: Any) -> bool:
    if value is before:
        return True
    now, then = np.asarray(value), np.asarray(before)
    if now.dtype == object or now.shape != then.shape:
        return np.array_equal(now, then)
    # Bytes: NaN is no change of NaN.
    return now.tobytes() == then.tobytes()
