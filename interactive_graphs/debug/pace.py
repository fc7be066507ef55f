"""When to look next, so that looking costs a known share of the time.

    >>> pace = Pace(rate=1000.0)
    >>> pace.is_due()
    True
    >>> with pace:
    ...     pass  # look
    >>> pace.is_due()
    False

Read next: `watch.py`.
"""

from __future__ import annotations

from time import perf_counter
from typing import Final

RATE: Final = 60.0
"""Looks in a second, at most: a screen shows no more."""

SHARE: Final = 0.03
"""The share of the time that looking may take."""

_LONGEST: Final = 1.0
"""Seconds between two looks, at most, whatever the last one cost."""


class Pace:
    """At most `rate` times a second, and at most `share` of the time."""

    def __init__(self, rate: float = RATE, share: float = SHARE) -> None:
        """Due at once."""
        self.rate = rate
        self.share = share
        self._next = 0.0
        self._began = 0.0

    def is_due(self) -> bool:
        """Whether it is time."""
        return perf_counter() >= self._next

    def __enter__(self) -> None:
        """Looking begins."""
        self._began = perf_counter()

    def __exit__(self, *_: object) -> None:
        """Looking has ended; the longer it took, the longer until the next."""
        now = perf_counter()
        rest = (now - self._began) * (1.0 / self.share - 1.0)
        self._next = max(self._began + 1.0 / self.rate, now + min(rest, _LONGEST))
