"""The health of an array: how much of it is zero, negative, positive, NaN, infinite.

A pure function of arrays, quick enough to be called while a loop trains: of an array
beyond `LIMIT` elements only an even sample is looked at for shares, mean and spread,
and beyond `SCAN` elements for all the rest, too. The result says what was looked at.

    >>> health_of(np.array([-1.0, 0.0, 3.0, np.nan])).words()
    '25 % zero, 25 % negative, 25 % positive, 25 % NaN'

Read next: `../debug/history.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

LIMIT: Final = 4096
"""Elements that shares, mean and spread are worked out from, at most, in live views."""

SCAN: Final = 1 << 20
"""Up to so many elements least, greatest, NaN and inf are those of the whole array."""

MOSTLY_ZERO: Final = 0.5
"""The share of zeros from which a value counts as mostly zero."""

VALUE, MAGNITUDE, LENGTH, OTHER = "value", "magnitude", "length", "other"

Array = np.ndarray[Any, Any]


class Health(NamedTuple):
    """What the elements of an array are like.

    Attributes:
        of: what was counted: "value"; "magnitude" for complex numbers; "length" for
            strings (zero: empty ones); "other" for what has neither, all counts 0.
        dtype: the array's, in numpy's words; 'string' for strings.
        shape: the array's.
        size: how many elements it has.
        looked: how many of them the counts are about.
        scanned: whether min, max, NaN and inf are those of all elements.
        zero: of those looked at; False in bool arrays.
        negative: finite ones below zero.
        positive: finite ones above zero; True in bool arrays.
        nan: not a number.
        posinf: infinite, above zero.
        neginf: infinite, below zero.
        min: the least finite element; None if there is none.
        max: the greatest finite element; None if there is none.
        mean: of the finite ones looked at.
        std: of the finite ones looked at.
    """

    of: str
    dtype: str
    shape: tuple[int, ...]
    size: int
    looked: int
    scanned: bool
    zero: int = 0
    negative: int = 0
    positive: int = 0
    nan: int = 0
    posinf: int = 0
    neginf: int = 0
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None

    @property
    def is_sampled(self) -> bool:
        """Whether the counts are about a part of the elements."""
        return self.looked < self.size

    @property
    def inf(self) -> int:
        """How many of those looked at are infinite."""
        return self.posinf + self.neginf

    @property
    def is_finite(self) -> bool:
        """Whether no NaN and no infinity was seen."""
        return not (self.nan or self.posinf or self.neginf)

    @property
    def word(self) -> str:
        """What matters most: 'has NaN', 'has inf', 'mostly zero' or 'healthy'."""
        if self.nan:
            return "has NaN"
        if self.inf:
            return "has inf"
        if self.of not in (VALUE, MAGNITUDE) or not self.looked:
            return "healthy"
        return "mostly zero" if self.zero / self.looked >= MOSTLY_ZERO else "healthy"

    def shares(self) -> Iterator[tuple[str, float]]:
        """(word, share of 0..1) of what there is, in the order of the health bar."""
        for word in ("zero", "negative", "positive", "nan", "inf"):
            number = getattr(self, word)
            if number:
                yield "NaN" if word == "nan" else word, number / self.looked

    def words(self) -> str:
        """The shares as a sentence: what a health bar says to who cannot see it."""
        if not self.size:
            return "no elements"
        if self.of == OTHER:
            return "no numbers"
        text = ", ".join(f"{percent(share)} {word}" for word, share in self.shares())
        return f"{text} (of {self.looked:,} elements)" if self.is_sampled else text


def percent(share: float) -> str:
    """A share as text that never rounds something to nothing, nor to all."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share:.0%}".replace("%", " %")


def health_of(value: Any, limit: int | None = None) -> Health:
    """The health of a value, of any dtype and shape.

    Args:
        value: an array, a numpy scalar, or what makes an array; strings as bytes.
        limit: how many elements to look at, at most; all of them when None.

    Returns:
        Counts and finite statistics; see `Health` for what they mean for each dtype.
    """
    array = np.asarray(value)
    if array.size == 1 and array.dtype.kind in "iuf":
        return _of_one(array)
    with np.errstate(all="ignore"):
        of, numbers = _numbers(array, limit)
        name = "string" if array.dtype.kind in "OSU" else str(array.dtype)
        common = (of, name, array.shape, array.size)
        if numbers is None or not array.size:
            return Health(*common, array.size, True)
        if array.dtype.kind in "buiOSU":
            return Health(*common, *_of_finite(array, numbers, limit))
        return Health(*common, *_of_floats(array, numbers, limit))


def _of_one(array: Array) -> Health:
    """Of a single number: a loss, say, at each of many steps."""
    number = float(array.item())
    common = (VALUE, str(array.dtype), array.shape, 1, 1, True)
    if math.isfinite(number):
        signs = (int(number == 0), int(number < 0), int(number > 0), 0, 0, 0)
        return Health(*common, *signs, number, number, number, 0.0)
    bad = (int(number != number), int(number == math.inf), int(number == -math.inf))
    return Health(*common, 0, 0, 0, *bad)


def sample(array: Array, limit: int) -> Array:
    """At most about `limit` elements of `array`, evenly spread over all its axes.

    The step has no divisor in common with the size, so that no row, column or channel
    is preferred. A view where the array is contiguous.
    """
    step = -(-array.size // limit)
    if step <= 1:
        return array.reshape(-1)
    while math.gcd(step, array.size) > 1:
        step += 1
    if array.flags.c_contiguous:
        return array.reshape(-1)[::step]
    if array.flags.f_contiguous:
        return array.reshape(-1, order="F")[::step]
    return array.flat[::step]


def _numbers(array: Array, limit: int | None) -> tuple[str, Array | None]:
    """What is counted, and the elements looked at as real numbers; None if none are."""
    some = array.reshape(-1) if limit is None else sample(array, limit)
    kind = array.dtype.kind
    if kind in "OSU":
        lengths = [len(s) if isinstance(s, (bytes, str)) else -1 for s in some.tolist()]
        if -1 in lengths:
            return OTHER, None
        return LENGTH, np.array(lengths, np.int64)
    if kind == "c":
        return MAGNITUDE, np.abs(some)
    if kind == "b":
        return VALUE, some.view(np.uint8)
    if kind == "V" and array.dtype.names is None and array.dtype.itemsize <= 2:
        # The small floats of ml_dtypes, which numpy itself calls void.
        return VALUE, some.astype(np.float32)
    return (VALUE, some) if kind in "iuf" else (OTHER, None)


Counts = tuple[Any, ...]


def _of_finite(array: Array, some: Array, limit: int | None) -> Counts:
    """The rest of a Health where nothing can be NaN or infinite."""
    whole = _scannable(array, limit)
    ends = array.view(np.uint8) if array.dtype.kind == "b" else array
    if whole is None or array.dtype.kind in "OSU":
        ends, whole = some, some if some.size == array.size else None
    zero = some.size - int(np.count_nonzero(some))
    negative = int(np.count_nonzero(some < 0)) if some.dtype.kind == "i" else 0
    positive = some.size - zero - negative
    low, high = float(ends.min()), float(ends.max())
    mean, std = _moments(some)
    counts = (zero, negative, positive, 0, 0, 0)
    return (some.size, whole is not None, *counts, low, high, mean, std)


def _of_floats(array: Array, some: Array, limit: int | None) -> Counts:
    """The rest of a Health where something can be NaN or infinite."""
    whole = _scannable(array, limit)
    if whole is not None and whole.size > some.size:
        low, high = _ends(whole)
        if not (math.isfinite(low) and math.isfinite(high)):
            some = whole.reshape(-1)  # one bad element of many must not be missed
    elif some.size:
        low, high = _ends(some)
    looked = some.size
    nan = posinf = neginf = 0
    if not (math.isfinite(low) and math.isfinite(high)):
        nan = int(np.count_nonzero(np.isnan(some)))
        posinf = int(np.count_nonzero(some == np.inf))
        neginf = int(np.count_nonzero(some == -np.inf))
        some = some[np.isfinite(some)]
        low, high = _ends(some) if some.size else (math.nan, math.nan)
    zero = some.size - int(np.count_nonzero(some))
    negative = int(np.count_nonzero(some < 0))
    counts = (zero, negative, some.size - zero - negative, nan, posinf, neginf)
    start: Counts = (looked, whole is not None, *counts)
    return (*start, low, high, *_moments(some)) if some.size else start


def _scannable(array: Array, limit: int | None) -> Array | None:
    """The whole array as real numbers where that is quick to look through, or None."""
    if limit is not None and array.size > max(limit, SCAN):
        return None
    if array.dtype.kind == "V":
        return array.astype(np.float32)
    return np.abs(array) if array.dtype.kind == "c" else array


def _ends(numbers: Array) -> tuple[float, float]:
    """Least and greatest; NaN if any is."""
    return float(np.minimum.reduce(numbers, None)), float(
        np.maximum.reduce(numbers, None)
    )


def _moments(numbers: Array) -> tuple[float, float]:
    """Mean and standard deviation; finite where the numbers are."""
    if numbers.size == 1:
        return float(numbers.reshape(-1)[0]), 0.0
    wide = numbers.astype(np.float64).reshape(-1)
    mean = float(np.add.reduce(wide)) / wide.size
    wide -= mean
    return mean, math.sqrt(float(np.dot(wide, wide)) / wide.size)


class HealthBook:
    """The health of values by name, worked out once for each value: they never change.

    Most live views look at all variables after each run, of which few are new.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[str, tuple[Any, Health]] = {}

    def of(self, name: str, value: Any) -> Health:
        """The health of the value that `name` has now."""
        known = self._known.get(name)
        if known is None or known[0] is not value:
            known = self._known[name] = (value, health_of(value, LIMIT))
        return known[1]

    def clear(self) -> None:
        """Let go of all values."""
        self._known.clear()
