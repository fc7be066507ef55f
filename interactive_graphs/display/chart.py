"""Small charts of arrays as SVG: what stands in for a live plot on a static page.

    chart_svg("line", np.sin(x), "wave")

Kinds: number, line, bars, heat, scatter, curve, surface. Colours follow light and dark,
a chart has a title and a description, and every word in it is escaped.
Read next: `svg.py`.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs.display import describe
from interactive_graphs.display.style import FONT

WIDTH: Final = 260
HEIGHT: Final = 190
NUMBER_WIDTH: Final = 150
NUMBER_HEIGHT: Final = 76
_LEFT, _TOP, _RIGHT, _BOTTOM = 44, 30, 12, 24

_STYLE: Final = f"""
text{{font:10px {FONT};fill:#596273}}
.t{{font-weight:bold;font-size:12px;fill:#1c2330}}
.n{{font-size:28px;font-weight:bold;fill:#1c2330}}
.card{{fill:#fbfbfc;stroke:#d5d9e0}}
.a{{stroke:#7c8798;fill:none}}
.l{{stroke:#1f6fb8;stroke-width:2;fill:none}}
.b{{fill:#1f6fb8}}
.h{{fill:#a86a00;stroke:#fbfbfc}}
.p0{{fill:#1f6fb8;stroke:#fff}}
.p1{{fill:#c2571a;stroke:#fff}}
@media(prefers-color-scheme:dark){{text{{fill:#a9b2c1}}.t,.n{{fill:#eceff4}}
.card{{fill:#1a1d23;stroke:#3a404b}}.l{{stroke:#6db3f2}}.b{{fill:#6db3f2}}}}
"""

Ends = tuple[float, float]


def chart_svg(
    kind: str,
    values: Any,
    title: str,
    *,
    ends: Sequence[Sequence[float]] = (),
    between: Sequence[float] | None = None,
    at: Sequence[float] = (),
    points: Sequence[Sequence[float]] = (),
    labels: Sequence[int] = (),
) -> str:
    """One chart.

    Args:
        kind: see the module.
        values: the array; of a surface `[down, across]`, the lowest row first.
        title: its name.
        ends: of a curve's or surface's axes.
        between: of the values; they follow the values when None.
        at: where the reader is on these axes.
        points: places drawn on a surface.
        labels: a class for each of the points.

    Returns:
        An SVG document.
    """
    array = np.asarray(values)
    wide, high = WIDTH, HEIGHT
    if kind == "number" or not array.size or array.dtype.kind not in "biufcV":
        wide, high = NUMBER_WIDTH, NUMBER_HEIGHT
        body = list(_number(array))
    else:
        numbers = array.real.astype(np.float64)
        frame = _Frame(kind, numbers, ends, between)
        body = [*frame.axes(), *_marks(kind, numbers, frame, labels)]
        body += _points(frame, points, labels)
        if at:
            body.append(_here(frame, at, numbers))
    name = html.escape(describe.plain(title, 40))
    said = html.escape(f"{describe.plain(title)}: {chart_words(kind, array)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" role="img"><title>{name}</title>'
        f"<desc>{said}</desc><style>{_STYLE}</style>"
        f'<rect class="card" x=".5" y=".5" width="{wide - 1}" height="{high - 1}" '
        f'rx="6"/><text class="t" x="12" y="20">{name}</text>{"".join(body)}</svg>'
    )


def chart_words(kind: str, array: Any) -> str:
    """A chart in a sentence, for those who do not see it."""
    array = np.asarray(array)
    if array.size <= 8 or array.dtype.kind not in "biufV":
        return describe.plain(describe.value_text(_rounded(array), 120))
    numbers = array.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    words = f"{kind} of {describe.shape_text(array.shape)}"
    if not finite.size:
        return f"{words}, nothing finite"
    low, high = _end_words(float(finite.min()), float(finite.max()))
    words += f" from {low} to {high}"
    bad = numbers.size - finite.size
    return f"{words}, {bad} not finite" if bad else words


def _end_words(low: float, high: float) -> tuple[str, str]:
    """Both ends with the digits that their distance allows: 1e-9 to 1 is 0 to 1."""
    if not high > low:
        return f"{low:.4g}", f"{high:.4g}"
    digits = 3 - math.floor(math.log10(high - low))
    return f"{round(low, digits) + 0.0:.4g}", f"{round(high, digits) + 0.0:.4g}"


def _rounded(array: np.ndarray) -> np.ndarray:
    """Four digits: a picture says no more, and the rest depends on the machine."""
    if array.dtype.kind != "f":
        return array
    flat = [float(f"{number:.4g}") for number in array.reshape(-1)]
    return np.reshape(np.array(flat), array.shape)


class _Frame:
    """Where numbers lie on the paper."""

    def __init__(
        self,
        kind: str,
        numbers: np.ndarray,
        ends: Sequence[Sequence[float]],
        between: Sequence[float] | None,
    ) -> None:
        self.values: Ends = _pair(between) if between else _ends_of(numbers, kind)
        self.across: Ends = (0.0, float(max(1, numbers.size - 1)))
        self.down = self.values
        if kind == "scatter":
            self.across = self.down = self.values
        elif kind == "heat":
            rows, columns = np.atleast_2d(numbers).shape
            self.across, self.down = (0.0, float(columns)), (float(rows), 0.0)
        elif ends:
            self.across = _pair(ends[0])
            self.down = _pair(ends[1]) if len(ends) > 1 else self.values

    def x(self, number: float) -> float:
        low, high = self.across
        return _LEFT + (number - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def y(self, number: float) -> float:
        low, high = self.down
        return (
            HEIGHT - _BOTTOM - (number - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)
        )

    def axes(self) -> Iterator[str]:
        right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
        yield f'<path class="a" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
        marks = _end_words(*sorted(self.down))
        marks = marks if self.down[0] < self.down[1] else marks[::-1]
        for at, words in zip((bottom, _TOP + 8), marks, strict=True):
            yield f'<text x="{_LEFT - 4}" y="{at}" text-anchor="end">{words}</text>'
        y = bottom + 14
        yield f'<text x="{_LEFT}" y="{y}">{self.across[0]:.3g}</text>'
        last = f"{self.across[1]:.3g}"
        yield f'<text x="{right}" y="{y}" text-anchor="end">{last}</text>'


def _pair(ends: Sequence[float]) -> Ends:
    low, high = ends
    return float(low), float(high)


def _ends_of(numbers: np.ndarray, kind: str) -> Ends:
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if kind == "bars":
        low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _number(array: np.ndarray) -> Iterator[str]:
    words = html.escape(chart_words("number", array))
    size = ' style="font-size:13px"' if len(words) > 8 else ""
    yield f'<text class="n" x="12" y="58"{size}>{words}</text>'


def _marks(
    kind: str, numbers: np.ndarray, frame: _Frame, labels: Sequence[int]
) -> Iterator[str]:
    if kind in ("line", "curve"):
        flat = numbers.reshape(-1)
        places = np.linspace(*frame.across, flat.size)
        yield _polyline(frame, places, flat)
    elif kind == "bars":
        flat = numbers.reshape(-1)
        width = (WIDTH - _LEFT - _RIGHT) / flat.size
        for index, value in enumerate(np.nan_to_num(flat)):
            top, foot = sorted((frame.y(float(value)), frame.y(0.0)))
            left = _LEFT + (index + 0.12) * width
            yield (
                f'<rect class="b" x="{left:.1f}" y="{top:.1f}" '
                f'width="{width * 0.76:.1f}" height="{max(foot - top, 0.5):.1f}"/>'
            )
    elif kind == "scatter":
        yield from _points(frame, numbers.reshape(-1, 2).tolist(), labels)
    else:
        yield from _cells(kind, np.atleast_2d(numbers), frame)


def _polyline(frame: _Frame, places: np.ndarray, flat: np.ndarray) -> str:
    path, pen = "", "M"
    for place, value in zip(places.tolist(), flat.tolist(), strict=True):
        if not np.isfinite(value):
            pen = "M"  # a gap where there is no number
            continue
        y = min(max(frame.y(value), _TOP), HEIGHT - _BOTTOM)
        path += f"{pen}{frame.x(place):.1f} {y:.1f}"
        pen = "L"
    return f'<path class="l" d="{path}"/>'


def _cells(kind: str, numbers: np.ndarray, frame: _Frame) -> Iterator[str]:
    """Rectangles from blue over white to orange; runs of one colour are joined."""
    step = max(1, -(-max(numbers.shape) // 41))
    numbers = numbers[::step, ::step]
    rows, columns = numbers.shape
    low, high = frame.values
    size = max(abs(low), abs(high)) if low < 0 < high else high - low
    levels = numbers / size if low < 0 < high else (numbers - low) / size * 2 - 1
    tall = (HEIGHT - _TOP - _BOTTOM) / rows
    wide = (WIDTH - _LEFT - _RIGHT) / columns
    for row in range(rows):
        top = _TOP + (rows - 1 - row if kind == "surface" else row) * tall
        tones = [_tone(float(level)) for level in levels[row]]
        start = 0
        for column in range(1, columns + 1):
            if column < columns and tones[column] == tones[start]:
                continue
            left, width = _LEFT + start * wide, (column - start) * wide
            yield (
                f'<path fill="{tones[start]}" d="M{left:.1f} {top:.1f}'
                f'h{width + 0.3:.1f}v{tall + 0.3:.1f}h-{width + 0.3:.1f}"/>'
            )
            start = column


def _tone(level: float) -> str:
    if level != level:
        return "#c62828"
    strength = round(min(abs(level), 1.0) * 8) / 8  # few tones make a small file
    end = (216, 110, 40) if level > 0 else (31, 111, 184)
    parts = (round(251 + (part - 251) * strength) for part in end)
    return "#" + "".join(f"{part:02x}" for part in parts)


def _points(
    frame: _Frame, points: Sequence[Sequence[float]], labels: Sequence[int]
) -> Iterator[str]:
    """Circles for one class, squares for the other: not colour alone."""
    for index, (across, down) in enumerate(points):
        label = labels[index] if index < len(labels) else 0
        x, y = frame.x(across), frame.y(down)
        if label % 2 == 0:
            yield f'<circle class="p0" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        else:
            yield (
                f'<rect class="p1" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" '
                'height="6"/>'
            )


def _here(frame: _Frame, at: Sequence[float], numbers: np.ndarray) -> str:
    if len(at) == 2:
        x, y = frame.x(at[0]), frame.y(at[1])
    else:
        flat = np.nan_to_num(numbers.reshape(-1))
        places = np.linspace(*frame.across, flat.size)
        x, y = frame.x(at[0]), frame.y(float(np.interp(at[0], places, flat)))
    return f'<circle class="h" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
