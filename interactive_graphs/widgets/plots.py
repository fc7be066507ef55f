"""What is plotted of a tensor, and of a function that a graph computes.

    explore([w, b], show=[loss, curve(y, over=x), surface(p, over=point)])

A plot gives plain data: an array, between which ends it is drawn, where the reader is.
A curve and a surface run the graph for many values of a placeholder: in one run where
the placeholder takes a batch, else one after the other. Read next: `playground.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from interactive_graphs.debug.explore import Playground, control_of
from interactive_graphs.display import describe
from interactive_graphs.framework.tensor import Tensor

NUMBER: Final = "number"
LINE: Final = "line"
BARS: Final = "bars"
HEAT: Final = "heat"
SCATTER: Final = "scatter"
CURVE: Final = "curve"
SURFACE: Final = "surface"

LARGEST: Final = 4096
"""Elements of an array that are sent to the browser, at most."""

_FEW: Final = 16
_ALONG: Final = 81
_ACROSS: Final = 41

Ends = tuple[float, float]


@dataclass
class Plot:
    """A tensor and the way it is drawn; made by the functions below.

    Attributes:
        tensor: what is drawn.
        kind: "number", "line", "bars", "heat", "scatter", "curve", "surface"; "" for
            what suits its value.
        title: what to call it.
        over: of a curve or surface: the placeholders that go along the axes.
        ends: of these axes.
        points: of a surface or scatter: a place and a label each, drawn on it.
        labels: of a scatter: a class for each point.
        ends_of_values: of the colours or the vertical axis; None to follow the values.
    """

    tensor: Tensor
    kind: str = ""
    title: str = ""
    over: tuple[Tensor, ...] = ()
    ends: tuple[Ends, ...] = ()
    points: Any = None
    labels: Any = None
    ends_of_values: Ends | None = None


def number(tensor: Tensor, title: str = "") -> Plot:
    """A single number, with what it was before."""
    return Plot(tensor, NUMBER, title)


def line(tensor: Tensor, title: str = "", between: Ends | None = None) -> Plot:
    """The elements of a vector along a line."""
    return Plot(tensor, LINE, title, ends_of_values=between)


def bars(tensor: Tensor, title: str = "", between: Ends | None = None) -> Plot:
    """The elements of a vector as bars."""
    return Plot(tensor, BARS, title, ends_of_values=between)


def heat(tensor: Tensor, title: str = "", between: Ends | None = None) -> Plot:
    """A matrix as a heat map."""
    return Plot(tensor, HEAT, title, ends_of_values=between)


def scatter(
    tensor: Tensor, labels: Any = None, title: str = "", between: Ends | None = None
) -> Plot:
    """The rows of a matrix `[n, 2]` as points.

    Args:
        tensor: the points.
        labels: a class for each, as an array.
        title: what to call it.
        between: the ends of both axes.
    """
    labels = None if labels is None else np.asarray(labels).reshape(-1)
    return Plot(tensor, SCATTER, title, labels=labels, ends_of_values=between)


def curve(
    tensor: Tensor,
    over: Tensor,
    between: Ends = (-3.0, 3.0),
    title: str = "",
    values: Ends | None = None,
) -> Plot:
    """A tensor as a function of one placeholder.

    Args:
        tensor: a number, or one for each row of the placeholder.
        over: a placeholder of shape `[]`, `[1]`, `[None]` or `[None, 1]`.
        between: the ends of the axis.
        title: what to call it.
        values: the ends of the other axis; they follow the values when None.
    """
    ends = (_ends(between),)
    return Plot(tensor, CURVE, title, (over,), ends, ends_of_values=values)


def surface(
    tensor: Tensor,
    over: Tensor | Sequence[Tensor],
    between: Any = (-3.0, 3.0),
    points: Any = None,
    labels: Any = None,
    title: str = "",
    values: Ends | None = None,
) -> Plot:
    """A tensor as a function of two numbers, as colours: a decision surface.

    Args:
        tensor: a number, or one for each row of the placeholder.
        over: a placeholder of shape `[None, 2]` or `[2]`, or two of shape `[]`.
        between: the ends of both axes, or of each.
        points: places to draw on it, `[n, 2]`.
        labels: a class for each of these.
        title: what to call it.
        values: the ends of the colours; they follow the values when None.
    """
    pair = np.broadcast_to(np.asarray(between, np.float64), (2, 2))
    ends = tuple((float(low), float(high)) for low, high in pair)
    tensors = (over,) if isinstance(over, Tensor) else tuple(over)
    points = None if points is None else np.asarray(points, np.float64).reshape(-1, 2)
    labels = None if labels is None else np.asarray(labels).reshape(-1)
    return Plot(tensor, SURFACE, title, tensors, ends, points, labels, values)


def _ends(between: Any) -> Ends:
    low, high = between
    return float(low), float(high)


class Drawn:
    """A plot with its data, kept up to date.

    Attributes:
        plot: what is drawn.
        kind: how, decided by the first value.
        values: the array.
        at: where the reader's own value lies on the axes; empty if nowhere.
    """

    def __init__(self, plot: Plot, main: Playground, fed: Mapping[Tensor, Any]) -> None:
        """Computes the first data.

        Args:
            plot: what to draw.
            main: knows the tensors themselves.
            fed: values of placeholders that stay.
        """
        self.plot = plot
        self._main = main
        self._sampler = Sampler(plot, main, fed) if plot.over else None
        self.values: np.ndarray = np.zeros(())
        self.at: list[float] = []
        self.follow({}, {plot.tensor})
        self.kind = plot.kind or _kind_for(self.values)

    def follow(self, changed: Mapping[Tensor, Any], fresh: Collection[Tensor]) -> bool:
        """Take in what has changed.

        Args:
            changed: controls with their new values.
            fresh: the tensors that were computed again.

        Returns:
            Whether there is anything new to draw.
        """
        if self._sampler is None:
            is_fresh = self.plot.tensor in fresh
            if is_fresh:
                self.values = np.asarray(self._main.value(self.plot.tensor))
            return is_fresh
        new = self._sampler.follow(changed)
        self.values = self._sampler.values
        at = self._place()
        moved, self.at = at != self.at, at
        return new or moved

    def _place(self) -> list[float]:
        known = [t for t in self.plot.over if t in self._main.fed]
        numbers = [np.asarray(self._main.fed[t], np.float64) for t in known]
        flat = [float(n) for array in numbers for n in array.reshape(-1)]
        return flat if len(flat) == len(self.plot.ends) else []

    def to_json(self) -> dict[str, Any]:
        """What the browser knows besides the array itself."""
        plot, array = self.plot, sampled(self.values)
        title = plot.title or describe.plain(plot.tensor.op.name)
        found: dict[str, Any] = {
            "kind": self.kind,
            "title": describe.plain(title),
            "name": plot.tensor.op.name,
            "shape": list(array.shape),
            "whole": list(self.values.shape),
            "dtype": str(self.values.dtype),
            "ends": [list(ends) for ends in plot.ends],
            "between": None
            if plot.ends_of_values is None
            else list(plot.ends_of_values),
            "at": self.at,
            "over": [describe.plain(t.op.name) for t in plot.over],
            "points": [] if plot.points is None else plot.points.tolist(),
            "labels": _labels(plot.labels),
        }
        if self.values.dtype.kind in "OSU":
            found["text"] = describe.plain(describe.value_text(self.values, 200))
        return found


def sampled(array: np.ndarray) -> np.ndarray:
    """At most `LARGEST` elements, evenly spread along the long axes; rank 2 at most."""
    if array.ndim > 2:
        array = array.reshape(-1, array.shape[-1])
    while array.size > LARGEST:
        axis = int(np.argmax(array.shape))
        array = array[::2] if axis == 0 else array[:, ::2]
    return array


def _labels(labels: Any) -> list[int]:
    """Classes as 0, 1, 2, ... in the order of their values."""
    if labels is None:
        return []
    _, numbers = np.unique(labels, return_inverse=True)
    return [int(n) for n in numbers.reshape(-1)]


def _kind_for(array: np.ndarray) -> str:
    if array.size == 1 or array.dtype.kind in "OSU":
        return NUMBER
    if array.ndim == 1 or 1 in array.shape:
        return BARS if array.size <= _FEW else LINE
    return HEAT


class Sampler:
    """A function of placeholders on a grid of their values.

    Attributes:
        values: the function's, `[along]` or `[down, across]`, the lowest row first.
    """

    def __init__(self, plot: Plot, main: Playground, fed: Mapping[Tensor, Any]) -> None:
        """Computes it once."""
        self._plot = plot
        self._over = plot.over
        counts = [_ALONG] if len(plot.ends) == 1 else [_ACROSS] * 2
        axes = [
            np.linspace(*ends, n) for ends, n in zip(plot.ends, counts, strict=True)
        ]
        grid = np.meshgrid(*axes[::-1], indexing="ij")[::-1]
        self._shape = grid[0].shape
        self._grid = np.stack([g.reshape(-1) for g in grid], axis=-1)
        self._batch = len(self._over) == 1 and _takes_batch(self._over[0])
        controls: dict[Any, Any] = {
            t: v for t, v in main.fed.items() if t not in self._over
        }
        controls |= {t: self._value(t, i) for i, t in enumerate(self._over)}
        others = {t: v for t, v in fed.items() if t not in controls}
        self._play = Playground(main.session, [plot.tensor], controls, others)
        self.values = self._sample()

    def _value(self, tensor: Tensor, position: int, row: int = 0) -> Any:
        """What a placeholder is fed for a row of the grid, or for all rows at once."""
        shape = tensor.static_shape or ()
        if self._batch:
            return self._grid[:, 0] if len(shape) == 1 else self._grid
        if len(self._over) > 1:
            return self._grid[row, position]
        return self._grid[row].reshape([1 if size is None else size for size in shape])

    def _sample(self) -> np.ndarray:
        tensor = self._plot.tensor
        if self._batch:
            return _one_each(self._play.value(tensor), self._shape, tensor)
        values = np.empty(len(self._grid))
        for row in range(len(self._grid)):
            self._play.set(
                {t: self._value(t, i, row) for i, t in enumerate(self._over)}
            )
            values[row] = _first(self._play.value(tensor))
        return values.reshape(self._shape)

    def follow(self, changed: Mapping[Tensor, Any]) -> bool:
        """Take in controls that changed; whether the function did."""
        others = {t: v for t, v in changed.items() if t not in self._over}
        known = {t: v for t, v in others.items() if t in self._play.fed}
        update = self._play.set(known)
        if not update.recomputed:
            return False
        self.values = self._sample()
        return True


def _takes_batch(tensor: Tensor) -> bool:
    """Whether a placeholder's first dimension is free."""
    shape = tensor.static_shape
    return shape is not None and len(shape) > 0 and shape[0] is None


def _one_each(value: Any, shape: tuple[int, ...], tensor: Tensor) -> np.ndarray:
    """A number for each row of the grid.

    Raises:
        ValueError: the tensor does not give one for each.
    """
    array = np.asarray(value, np.float64)
    rows = int(np.prod(shape))
    if array.ndim == 0 or array.shape[0] != rows:
        raise ValueError(
            f"{tensor.name} gives {describe.shape_text(array.shape)} for {rows} rows: "
            "a curve or surface needs one number for each."
        )
    # Of several, as of classes' probabilities, the last: of two the one of class 1.
    return array.reshape(rows, -1)[:, -1].reshape(shape)


def _first(value: Any) -> float:
    return float(np.asarray(value, np.float64).reshape(-1)[-1])


def plot_of(shown: Any) -> Plot:
    """What to draw of something shown: a plot, a tensor or a variable."""
    if isinstance(shown, Plot):
        return shown
    if isinstance(shown, Tensor):
        return Plot(shown)
    variable = getattr(shown, "value", None)
    if callable(variable):
        return Plot(shown.value(), title=control_of(shown).op.name)
    raise TypeError(f"{shown!r} cannot be shown: it is no tensor, variable or plot.")
