"""A look at a tensor of any rank: two axes to see, the others held at an index.

Pure functions of arrays. What is drawn is thinned out to at most `LIMIT` elements, in
even steps, and says so; a NaN or infinity among what is passed over takes the place of
its neighbour, since it is what one looks for.

    >>> plane = plane_of(np.zeros((3, 500, 400)), View(1, 2, at=(2, 0, 0)))
    >>> plane.values.shape, plane.steps
    ((100, 100), (5, 4))

Read next: `../widgets/tensor.py`.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.display.health import SCAN, sample

LIMIT: Final = 10_000
"""Elements of a plane that are sent to be drawn, at most."""

PAGE: Final = (20, 8)
"""Rows and columns of the table of numbers."""

BINS: Final = 40
"""Bars of a histogram."""

CHANNELS: Final = (1, 3, 4)
"""Sizes of a last axis that make an image: grey, colours, colours and opacity."""

Array = np.ndarray[Any, Any]


class View(NamedTuple):
    """Which part of a tensor is looked at.

    Attributes:
        rows: the axis that goes down, None below rank 2.
        columns: the axis that goes across, None for rank 0.
        at: an index for every axis; those of the axes that are seen do not matter.
        channels: the axis of colours of an image, None where it is none.
    """

    rows: int | None
    columns: int | None
    at: tuple[int, ...]
    channels: int | None = None


class Plane(NamedTuple):
    """What is drawn.

    Attributes:
        values: float32 `[rows, columns]`, or `[rows, columns, channels]`.
        size: rows and columns before thinning out.
        steps: how many rows and columns each element stands for.
    """

    values: Array
    size: tuple[int, int]
    steps: tuple[int, int]


def first_view(shape: tuple[int, ...]) -> View:
    """The view of a tensor of `shape` that one sees first: its last two axes.

    The last three where they look like an image of three or four channels, or of one
    and a batch.
    """
    rank = len(shape)
    at = (0,) * rank
    if rank < 2:
        return View(None, 0 if rank else None, at)
    colours = CHANNELS if rank == 4 else CHANNELS[1:]
    if rank >= 3 and shape[-1] in colours and min(shape[-3:-1]) > 4:
        return View(rank - 3, rank - 2, at, rank - 1)
    return View(rank - 2, rank - 1, at)


def fitting(view: View, shape: tuple[int, ...]) -> View:
    """The nearest view to `view` that a tensor of `shape` has."""
    if len(view.at) != len(shape):
        return first_view(shape)
    at = tuple(
        min(max(0, i), max(0, n - 1)) for i, n in zip(view.at, shape, strict=True)
    )
    axes = [view.rows, view.columns, view.channels]
    seen = [axis for axis in axes if axis is not None]
    known = all(0 <= axis < len(shape) for axis in seen)
    channels = view.channels
    if not known or len(set(seen)) < len(seen) or (view.columns is None and shape):
        return first_view(shape)._replace(at=at)
    if channels is not None and shape[channels] not in CHANNELS:
        channels = None
    return View(view.rows, view.columns, at, channels)


def cut(array: Array, view: View) -> Array:
    """The part that is looked at: `[rows, columns]` or `[rows, columns, channels]`.

    Always a view of `array`, with rows and columns of size 1 where there is no axis.
    """
    seen = (view.rows, view.columns, view.channels)
    index = tuple(slice(None) if i in seen else n for i, n in enumerate(view.at))
    part = array[index]
    left = [axis for axis in range(array.ndim) if axis in seen]
    part = np.transpose(part, [left.index(axis) for axis in seen if axis is not None])
    if view.columns is None:
        part = part[np.newaxis]
    return part[np.newaxis] if view.rows is None else part


def plane_of(array: Array, view: View, limit: int = LIMIT) -> Plane:
    """What is drawn of a tensor of numbers or bools.

    Args:
        array: of any rank; the magnitude is drawn of complex numbers.
        view: which part; it fits the array (`fitting`).
        limit: elements at most, channels not counted.

    Raises:
        TypeError: the elements are no numbers.
    """
    part = cut(array, view)
    if part.dtype.kind in "OSUM" or part.dtype.names is not None:
        raise TypeError("Strings cannot be drawn; the numbers table shows them.")
    rows, columns = part.shape[:2]
    steps = _steps(rows, columns, limit)
    if part.dtype.kind == "c":
        part = np.abs(part)
    thin = np.array(part[:: steps[0], :: steps[1]], np.float32, order="C")
    if steps != (1, 1):
        _show_bad(part, thin, steps)
    return Plane(thin, (rows, columns), steps)


def _steps(rows: int, columns: int, limit: int) -> tuple[int, int]:
    """Steps along both axes after which at most `limit` elements are left."""
    side = math.isqrt(limit)
    most = max(side, limit // max(1, rows)), max(side, limit // max(1, columns))
    return max(1, -(-rows // most[1])), max(1, -(-columns // most[0]))


def _show_bad(part: Array, thin: Array, steps: tuple[int, int]) -> None:
    """Put NaN and infinities that were passed over in place of a neighbour."""
    if part.dtype.kind in "bui" or not 0 < part.size <= SCAN:
        return
    numbers = part.astype(np.float32) if part.dtype.kind == "V" else part
    bad = ~np.isfinite(numbers)
    if not bad.any():
        return
    for found in (bad & ~np.isnan(numbers), np.isnan(numbers)):  # NaN has the last word
        down, across, *channel = np.nonzero(found)
        thin[(down // steps[0], across // steps[1], *channel)] = numbers[found]


class Histogram(NamedTuple):
    """How the finite elements are spread.

    Attributes:
        counts: elements per bar.
        low: where the first bar begins.
        high: where the last bar ends.
        looked: elements that were looked at.
    """

    counts: list[int]
    low: float
    high: float
    looked: int


def histogram_of(array: Array, bins: int = BINS, limit: int = 1 << 17) -> Histogram:
    """The histogram of all elements of a tensor, or of a sample beyond `limit`."""
    some = sample(array, limit) if array.size else array.reshape(-1)
    kind = some.dtype.kind
    if kind in "OSU":
        some = np.array([len(s) for s in some.tolist()], np.float64)
    some = np.abs(some) if kind == "c" else some
    numbers = some.astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return Histogram([], 0.0, 0.0, some.size)
    low, high = float(numbers.min()), float(numbers.max())
    if not math.isfinite(high - low):  # farther apart than a float can say
        low, high = low / 2, high / 2
        numbers = np.clip(numbers, low, high)
    whole = kind in "buiOSU" and high - low < bins
    if whole:  # a bar for each number
        low, high, bins = low - 0.5, high + 0.5, int(high - low) + 1
    counts, edges = np.histogram(numbers, bins, (low, high))
    return Histogram(counts.tolist(), float(edges[0]), float(edges[-1]), some.size)


class Page(NamedTuple):
    """A page of numbers as text.

    Attributes:
        texts: the elements, row by row, in full precision.
        first: index of the page's first row and column.
        size: rows and columns of what is paged through.
    """

    texts: list[list[str]]
    first: tuple[int, int]
    size: tuple[int, int]


def page_of(array: Array, view: View, first: tuple[int, int] = (0, 0)) -> Page:
    """A page of the numbers, strings or bools of a view; channels side by side."""
    part = cut(array, view._replace(channels=None))
    rows, columns = part.shape[:2]
    top = min(max(0, first[0]), max(0, rows - 1))
    left = min(max(0, first[1]), max(0, columns - 1))
    page = part[top : top + PAGE[0], left : left + PAGE[1]]
    texts = [[element_text(one) for one in row] for row in page]
    return Page(texts, (top, left), (rows, columns))


def element_text(element: Any) -> str:
    """One element in the fewest digits that tell it from its neighbours."""
    if isinstance(element, bytes):
        return _short(repr(element.decode("utf-8", "backslashreplace")))
    if isinstance(element, str):
        return _short(repr(element))
    if isinstance(element, np.ndarray):
        element = element[()]
    return _short(str(element))


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
