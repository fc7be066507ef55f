"""Conditions on values: "nan", "inf", "> 5", "changed".

    >>> from interactive_graphs.display.health import health_of
    >>> value = np.array([1.0, 7.0])
    >>> condition("> 5")(value, health_of(value), None)
    'is greater than 5: 7.0'

Read next: `watch.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs.display.health import VALUE, Health, health_of

Condition = Callable[[Any, Health, Any], str]
"""(value, its health, the value before or None) -> what is the matter, or ''."""

_COMPARISON: Final = re.compile(r"\s*(<|>)\s*([-+\w.]+)\s*")


def condition(text: str) -> Condition:
    """The condition that `text` names.

    Args:
        text: "nan", "inf", "bad" (either), "changed", "> number" or "< number"; the
            latter hold when any element is so.

    Raises:
        ValueError: it names none.
    """
    known = _NAMED.get(text.strip().lower())
    if known is not None:
        return known
    match = _COMPARISON.fullmatch(text)
    try:
        if match is not None:
            return _compared(match[1], float(match[2]), match[2])
    except ValueError:
        pass
    raise ValueError(
        f"{text!r} is no condition. There are: {', '.join(_NAMED)}, and comparisons "
        'as in "> 5" or "< 0".'
    )


def _exactly(value: Any, health: Health) -> Health:
    """The health of all elements: one NaN in a sampled array is one too many."""
    return health if health.scanned else health_of(value)


def _nan(value: Any, health: Health, _: Any) -> str:
    return _of_many("NaN", _exactly(value, health), "nan")


def _inf(value: Any, health: Health, _: Any) -> str:
    return _of_many("infinite", _exactly(value, health), "inf")


def _bad(value: Any, health: Health, before: Any) -> str:
    return _nan(value, health, before) or _inf(value, health, before)


def _of_many(word: str, health: Health, field: str) -> str:
    number = getattr(health, field)
    if not number:
        return ""
    return f"is {word}" if health.size == 1 else f"has {number:,} {word} elements"


def _changed(value: Any, _: Health, before: Any) -> str:
    if before is None or value is before:
        return ""
    now, then = np.asarray(value), np.asarray(before)
    if now.dtype == object or now.shape != then.shape:
        return "" if np.array_equal(now, then) else "changed"
    # Bytes: NaN is no change of NaN.
    return "" if now.tobytes() == then.tobytes() else "changed"


def _compared(sign: str, limit: float, shown: str) -> Condition:
    def test(value: Any, health: Health, _: Any) -> str:
        health = _exactly(value, health)
        number = health.max if sign == ">" else health.min
        infinite = health.posinf if sign == ">" else health.neginf
        if health.of != VALUE:
            return ""
        if infinite:
            number = np.inf if sign == ">" else -np.inf
        if number is None or not (number > limit if sign == ">" else number < limit):
            return ""
        word = "greater" if sign == ">" else "less"
        return f"is {word} than {shown}: {number}"

    return test


_NAMED: Final[dict[str, Condition]] = {
    "nan": _nan,
    "inf": _inf,
    "bad": _bad,
    "changed": _changed,
}
