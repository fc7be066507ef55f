"""A run as a picture: what ran when on which device, and below the memory.

It stands in a notebook where no live timeline is, over the table of where the time went
(`runs.py`). Like pictures of graphs it is self-contained, and has the same bytes for
the same run. Read next: `style.py`.
"""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.measure import fit, text_width
from interactive_graphs.display.runs import (
    RunTrace,
    Slice,
    cost_table,
    costs,
    lanes,
    memory,
    peak,
    size_text,
    summary,
    time_text,
)
from interactive_graphs.display.shapes import number
from interactive_graphs.display.style import style_sheet

HUES: Final = (
    ("#a9cdf0", "#2b5c8f"),
    ("#f6c78f", "#8a5513"),
    ("#a8d8b5", "#2d6b43"),
    ("#d2bdea", "#61458c"),
    ("#f2b5c8", "#8c3a55"),
    ("#eadf8d", "#6f661c"),
    ("#d9dde3", "#474e5a"),
)
"""Fills of the dearest types and of all others, light and dark; the browser's, too."""

_WIDTH: Final = 780.0
_PAD: Final = 16.0
_LABELS: Final = 92.0
_LANE: Final = 24.0
_MEMORY: Final = 40.0
_LEFT: Final = _PAD + _LABELS
_PLOT: Final = _WIDTH - _LEFT - _PAD
_SMALL: Final = 10
_THIN: Final = 1.5


class TimelinePicture(Forms):
    """Some runs, one of them drawn.

    Args:
        runs: the runs.
        which: the index of the one that is drawn.
    """

    def __init__(self, runs: Sequence[RunTrace], which: int = -1) -> None:
        """Draws nothing yet."""
        self.runs = runs
        self.run = runs[which] if runs else None

    @cached_property
    def svg(self) -> str:
        """The drawing of the run."""
        run = self.run or RunTrace(0, "", 0.0, 0.0)
        return _Drawing(run, len(self.runs)).document()

    @property
    def text(self) -> str:
        """Where the time went, as a table."""
        return cost_table(self.runs).text

    @property
    def alt(self) -> str:
        """What the drawing shows, in a sentence or two."""
        return description(self.run) if self.run else summary([])

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        table = cost_table(self.runs)
        if self.run is None:
            return table.bundle()
        data = base64.b64encode(self.svg.encode()).decode()
        source = f"data:image/svg+xml;base64,{data}"
        image = (
            f'<img alt="{html.escape(self.alt)}" style="max-width:100%;height:auto" '
            f'src="{source}">'
        )
        return {
            "text/plain": table.text,
            "text/html": f"{image}{table.html}",
            "image/svg+xml": self.svg,
        }

    def __repr__(self) -> str:
        """Where the time went."""
        return self.text


def description(run: RunTrace) -> str:
    """A run in a sentence or two."""
    dearest = costs([run])[:3]
    words = ", ".join(f"{c.key} {100 * c.share:.0f} %" for c in dearest)
    devices = ", ".join(describe.device_text(device) for device in run.devices)
    return describe.plain(
        f"Timeline of run {run.number}, {run.title}: {time_text(run.took)}, "
        f"{describe.counted(len(run.slices), 'slice')} on {devices or 'no device'}. "
        f"Most time: {words or 'none'}."
    )


def hues(run: RunTrace) -> dict[str, int]:
    """The index in `HUES` of each type that has a colour of its own."""
    dearest = [cost.key for cost in costs([run], "type")]
    return {name: i for i, name in enumerate(dearest[: len(HUES) - 1])}


class _Drawing:
    """Collects the elements of one picture."""

    def __init__(self, run: RunTrace, count: int) -> None:
        self.run = run
        self.count = count
        self.hues = hues(run)
        self.scale = _PLOT / max(run.took, 1e-9)
        self.parts: list[str] = []

    def document(self) -> str:
        y = self._tracks(_PAD + 62.0)
        y = self._memory(y + 6.0)
        self._axis(_PAD + 56.0, y)
        y = self._legend(y + 24.0)
        return f"{self._head(math.ceil(y + _PAD))}{''.join(self.parts)}</svg>\n"

    def _head(self, height: int) -> str:
        run = self.run
        whole = f" of {self.count}" if self.count > 1 else ""
        title = f"Run {run.number}{whole}: {describe.plain(run.title)}"
        words = f"{time_text(run.took)}, {describe.counted(len(run.slices), 'slice')}"
        if run.error:
            words += f", ended by {describe.plain(run.error)}"
        room = _WIDTH - 2 * _PAD
        light, dark = _fills(0), _fills(1)
        style = (
            f"{style_sheet()}{light}.held{{fill-opacity:.35}}"
            f"@media(prefers-color-scheme:dark){{{dark}}}"
        )
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH:.0f}" '
            f'height="{height}" viewBox="0 0 {_WIDTH:.0f} {height}" role="img">'
            f"<title>{html.escape(title)}</title>"
            f"<desc>{html.escape(description(run))}</desc><style>{style}</style>"
            f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1:.0f}" '
            f'height="{height - 1}" rx="8"/>'
        )
        return (
            head
            + _text(fit(title, 13, room, bold=True), _PAD, _PAD + 8, "ink head")
            + _text(fit(words, _SMALL, room), _PAD, _PAD + 23, "soft")
        )

    def _axis(self, top: float, bottom: float) -> None:
        """Lines at round times, behind everything, and their times above."""
        step = round_step(self.run.took / 6)
        lines = []
        for i in range(int(self.run.took / step) + 1):
            x = _LEFT + i * step * self.scale
            lines.append(
                f'<path class="rule" d="M{number(x)} {number(top)}V{number(bottom)}"/>'
            )
            words = time_text(i * step) if i else "0"
            if x + text_width(words, _SMALL) / 2 < _WIDTH - 4:
                lines.append(_text(words, x, top - 5, "soft mid"))
        self.parts[:0] = lines

    def _tracks(self, y: float) -> float:
        run = self.run
        lane_of = lanes(run)
        for device in run.devices:
            of = [i for i, s in enumerate(run.slices) if s.node.device == device]
            count = max(lane_of[i] for i in of) + 1
            name = fit(describe.device_text(device), 11, _LABELS - 8)
            self.parts.append(_text(name, _PAD, y + _LANE / 2 + 3, "ink"))
            drawn = [(run.slices[i], y + lane_of[i] * _LANE) for i in of]
            self.parts += self._slices(drawn)
            y += count * _LANE + 6
        return y

    def _slices(self, drawn: list[tuple[Slice, float]]) -> Iterator[str]:
        """Bars, with words where there is room; thin ones as strokes, one a pixel."""
        covered: dict[float, float] = {}
        thin: dict[int, list[str]] = {}
        for piece, y in drawn:
            x = _LEFT + piece.start * self.scale
            width = piece.took * self.scale
            if x + width <= covered.get(y, 0.0) + 1:
                continue
            covered[y] = x + width
            hue = self.hues.get(piece.node.type, len(HUES) - 1)
            if width < _THIN:
                stroke = f"M{number(x + 0.5)} {number(y)}v{number(_LANE - 4)}"
                thin.setdefault(hue, []).append(stroke)
            else:
                yield from self._bar(piece, hue, x, y, width)
        for hue, strokes in sorted(thin.items()):
            yield f'<path class="s{hue}" d="{"".join(strokes)}"/>'

    def _bar(
        self, piece: Slice, hue: int, x: float, y: float, width: float
    ) -> Iterator[str]:
        about = f"{piece.node.name} ({piece.node.type}) {time_text(piece.took)}"
        yield (
            f'<rect class="t{hue}" x="{number(x)}" y="{number(y)}" '
            f'width="{width:.2f}" height="{number(_LANE - 4)}" rx="1.5">'
            f"<title>{html.escape(describe.plain(about))}</title></rect>"
        )
        name = describe.plain(piece.node.name).rpartition("/")[2]
        if text_width(name, _SMALL) > width - 6:
            name = str(hue + 1) if piece.node.type in self.hues else ""
        if name and text_width(name, _SMALL) <= width - 3:
            yield _text(name, x + width / 2, y + _LANE / 2 + 1.5, "ink mid")

    def _memory(self, y: float) -> float:
        highest = peak(self.run)
        if not highest:
            return y
        base = y + _MEMORY
        path = f"M{number(_LEFT)} {number(base)}"
        for x, held in self._steps():
            path += f"H{number(_LEFT + x)}V{number(base - _MEMORY * held / highest)}"
        path += f"H{number(_LEFT + _PLOT)}V{number(base)}Z"
        self.parts += [
            _text("memory of", _PAD, y + 12, "ink"),
            _text("results", _PAD, y + 24, "ink"),
            _text(f"up to {size_text(highest)}", _PAD, y + 38, "soft"),
            f'<path class="frame held" d="{path}"/>',
        ]
        return base

    def _steps(self) -> list[tuple[float, int]]:
        """(x, bytes): of what changes within one pixel the most."""
        steps: list[tuple[float, int]] = []
        for when, held in memory(self.run):
            x = when * self.scale
            if steps and x < steps[-1][0] + 1:
                steps[-1] = steps[-1][0], max(steps[-1][1], held)
            else:
                steps.append((x, held))
        return steps

    def _legend(self, y: float) -> float:
        """The dearest types: their colour, number, name and share."""
        x = _PAD
        found = costs([self.run], "type")
        rest = sum(cost.share for cost in found[len(self.hues) :])
        entries = [(i, c.key, c.share) for i, c in enumerate(found[: len(self.hues)])]
        if rest:
            entries.append((len(HUES) - 1, "others", rest))
        for hue, name, share in entries:
            mark = f"{hue + 1} " if name in self.hues else ""
            words = (
                f"{mark}{fit(describe.plain(name), _SMALL, 120)} {100 * share:.0f} %"
            )
            width = text_width(words, _SMALL) + 30
            if x + width > _WIDTH - _PAD and x > _PAD:
                x, y = _PAD, y + 16
            box = f'x="{number(x)}" y="{number(y - 9)}" width="12" height="12" rx="2"'
            self.parts.append(f'<rect class="t{hue}" {box}/>')
            self.parts.append(_text(words, x + 17, y + 1, "ink"))
            x += width
        return y + 4


def _fills(mode: int) -> str:
    """The style of bars and strokes, for light (0) or dark (1)."""
    return "".join(
        f".t{i}{{fill:{hue[mode]}}}.s{i}{{stroke:{hue[mode]}}}"
        for i, hue in enumerate(HUES)
    )


def _text(words: str, x: float, y: float, css: str) -> str:
    words = html.escape(words)
    return f'<text class="{css}" x="{number(x)}" y="{number(y)}">{words}</text>'


def round_step(wanted: float) -> float:
    """The round number (1, 2 or 5 and zeros) that is next above `wanted`."""
    if wanted <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(wanted))
    return next(f * power for f in (1.0, 2.0, 5.0, 10.0) if f * power >= wanted)
