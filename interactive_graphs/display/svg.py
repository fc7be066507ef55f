"""The picture: a placed scene as SVG.

Self-contained (no script, no font, no link), the same bytes for the same layout, with a
title and a description for those who do not see it. Every word is escaped here and
nowhere else. Read next: `style.py` (colours), `shapes.py` (outlines and icons).
"""

from __future__ import annotations

import math
from typing import Final

from interactive_graphs.display import describe
from interactive_graphs.display.dot import Size
from interactive_graphs.display.legend import Legend
from interactive_graphs.display.lines import lines
from interactive_graphs.display.measure import fit, text_width
from interactive_graphs.display.positions import (
    BAR,
    HEADER,
    LABEL,
    LINE,
    MARGIN,
    SMALL,
    WIDEST,
    PlacedBox,
    PlacedFrame,
    PlacedPort,
    Point,
    Tag,
    box_lines,
    chip_width,
    device_words,
    place,
)
from interactive_graphs.display.scene import Scene
from interactive_graphs.display.shapes import escape, icon, number, outline
from interactive_graphs.display.style import style_sheet, tone_sheet

PAD: Final = 16.0
SCALE: Final = 1.15
"""How large a picture is shown: its small print nearly as large as a page's text."""
_TITLE: Final = 40.0
_NARROWEST: Final = 420.0


def to_svg(scene: Scene, engine: str = "", tooltips: bool = True) -> str:
    """The picture of `scene`.

    Args:
        scene: from `view.view`.
        engine: which Graphviz lays it out, see `layout.positions`.
        tooltips: whether boxes say more of themselves under the pointer; where the
            picture is an `<img>` they never do.

    Returns:
        An SVG document.

    Raises:
        LayoutError: there is no Graphviz, or it failed.
    """
    return _Picture(scene, place(scene, engine), tooltips).document()


class _Picture:
    """Collects the elements of one document, back to front."""

    def __init__(self, scene: Scene, placed: PlacedFrame, tooltips: bool) -> None:
        self.scene = scene
        self.tooltips = tooltips
        self.placed = placed
        self.parts: list[str] = []

    def document(self) -> str:
        notes = self.scene.notes
        title = text_width(self.scene.title, LABEL + 1, bold=True)
        small = [text_width(text, SMALL) for text in (self.scene.summary, *notes)]
        words = max(title, *small)
        width = max(self.placed.size[0], min(words, 640.0), _NARROWEST) + 2 * PAD
        legend = Legend(self.scene, width - 2 * PAD)
        bottom = PAD + _TITLE + self.placed.size[1] + 18
        height = bottom + legend.height + 15 * len(notes) + PAD - 6
        self._head(width, height)
        left = PAD + max(0.0, (width - 2 * PAD - self.placed.size[0]) / 2)
        self._frame(self.placed, (left, PAD + _TITLE))
        self.parts += legend.elements((PAD, bottom))
        for row, note in enumerate(notes):
            y = bottom + legend.height + 9 + 15 * row
            self._text(fit(note, SMALL, width - 2 * PAD), (PAD, y), "soft")
        return f"{''.join(self.parts)}</svg>\n"

    def _head(self, width: float, height: float) -> None:
        w, h = math.ceil(width), math.ceil(height)
        tones = tone_sheet() if self.scene.shading else ""
        self.parts.append(
            '<svg xmlns="http://www.w3.org/2000/svg" '
            f'width="{round(w * SCALE)}" height="{round(h * SCALE)}" '
            f'viewBox="0 0 {w} {h}" role="img">'
            f"<title>{escape(self.scene.title)}</title>"
            f"<desc>{escape(description(self.scene))}</desc>"
            f"<style>{style_sheet()}{tones}</style>"
            f'<rect class="card" x="0.5" y="0.5" width="{w - 1}" height="{h - 1}" '
            f'rx="8"/>'
        )
        room = width - 2 * PAD
        title = fit(self.scene.title, LABEL + 1, room, bold=True)
        self._text(title, (PAD, PAD + 8), "ink head")
        self._text(fit(self.scene.summary, SMALL, room), (PAD, PAD + 23), "soft")

    def _frame(self, frame: PlacedFrame, at: Point) -> None:
        """Frames from the outside in: what lies inside is drawn over what is around."""
        waiting = [(frame, at)]
        while waiting:
            frame, origin = waiting.pop(0)
            self.parts.append(
                f'<g transform="translate({number(origin[0])} {number(origin[1])})">'
            )
            if frame.aside_at is not None:
                self._aside_panel(frame)
            open_boxes = [box for box in frame.boxes if box.inside is not None]
            for box in open_boxes:
                self._open_box(box)
            for box in (*frame.boxes, *(box for _, box in frame.aside)):
                if box.inside is None:
                    self._box(box)
            self.parts += lines(frame.paths)
            for tag in frame.tags:
                self._tag(tag)
            for port in (*frame.inputs.values(), *frame.outputs.values()):
                self._port(port)
            self.parts.append("</g>")
            waiting += [
                (box.inside, (origin[0] + box.at[0], origin[1] + box.at[1]))
                for box in open_boxes
                if box.inside is not None
            ]

    def _box(self, placed: PlacedBox) -> None:
        box, (x, y), (w, h) = placed.box, placed.at, placed.size
        self._tooltip(placed)
        if box.asked:
            self.parts.append(outline(box.kind, x, y, w, h, "asked"))
        css = ""
        if self.scene.shading:
            # What nothing is said of has no colour: it could be taken for an answer.
            css = f"{box.kind} {box.shade.css if box.shade else 'unsaid'}"
        self.parts.append(outline(box.kind, x, y, w, h, css))
        words_below = box_lines(box)
        middle, top = x + w / 2, y + 17
        if box.kind in (describe.VARIABLE,):
            top += 8
        if box.kind in (describe.SCOPE, describe.SECTION):
            middle, top = middle - 2, top + 3
        label = fit(box.label, LABEL, WIDEST, bold=True)
        mark = icon(box.kind)
        if mark:
            start = middle - (text_width(label, LABEL, bold=True) + 15) / 2
            self.parts.append(
                f'<g transform="translate({number(start)} {number(top - 10)})">'
                f"{mark}</g>"
            )
            self._text(label, (start + 15, top), "ink label")
        else:
            self._text(label, (middle, top), "ink label mid")
        for row, line in enumerate(words_below, 1):
            words = "ink mid" if box.shade else "soft mid"
            self._text(line, (middle, top + LINE * row), words)
        if box.devices:
            self._chips(device_words(box), middle, top + LINE * len(words_below) + 7)
        if box.shade and box.shade.level is not None:
            self._bar(box.shade.level, (x, y), (w, h))
        self._marks(box.marks, x + w, y)
        self.parts.append("</g>")

    def _bar(self, level: float, at: Point, size: Size) -> None:
        """How large a value is, as a part of the bar's length."""
        room = size[0] - 32
        x, y = number(at[0] + 16), number(at[1] + size[1] - BAR - 5)
        for css, width in (("rail", room), ("bar", room * level)):
            self.parts.append(
                f'<rect class="{css}" x="{x}" y="{y}" width="{number(width)}" '
                f'height="{number(BAR)}" rx="2"/>'
            )

    def _tooltip(self, placed: PlacedBox) -> None:
        title = f"<title>{escape(_tooltip(placed))}</title>" if self.tooltips else ""
        self.parts.append(f"<g>{title}")

    def _open_box(self, placed: PlacedBox) -> None:
        box, (x, y), (w, h) = placed.box, placed.at, placed.size
        self._tooltip(placed)
        self.parts.append(
            f'<rect class="frame" x="{number(x)}" y="{number(y)}" '
            f'width="{number(w)}" height="{number(h)}" rx="7"/>'
        )
        label = fit(box.label, LABEL, max(w - 30, 30), bold=True)
        self.parts.append(
            f'<g transform="translate({number(x + 9)} {number(y + 8)})">'
            '<path class="tip" d="M0 3H9L4.5 9Z"/></g>'
        )
        self._text(label, (x + 23, y + HEADER - 9), "ink label")
        self._marks(box.marks, x + w, y)
        self.parts.append("</g>")

    def _chips(self, words: list[str], middle: float, y: float) -> None:
        x = middle - sum(chip_width(word) + 4 for word in words) / 2 + 2
        for word in words:
            width = chip_width(word)
            # The bars at its left tell a device from any other label without colour.
            self.parts.append(
                f'<rect class="chip" x="{number(x)}" y="{number(y)}" '
                f'width="{number(width)}" height="13" rx="3"/>'
                f'<path class="chip" d="M{number(x + 4)} {number(y + 3)}v7m3 -7v7"/>'
            )
            self._text(word, (x + 11, y + 10), "chip-ink")
            x += width + 4

    def _marks(self, letters: list[str], right: float, top: float) -> None:
        """Letters down the right side: edges come and go above and below."""
        for row, letter in enumerate(letters[:4]):
            y = top + 9 + 14 * row
            self.parts.append(
                f'<circle class="mark" cx="{number(right)}" cy="{number(y)}" r="6.5"/>'
            )
            self._text(letter, (right, y + 3.2), "mark-ink mid")

    def _tag(self, tag: Tag) -> None:
        x, y = tag.center
        self._text(tag.text, (x, y + 3.5), "soft mid")

    def _port(self, port: PlacedPort) -> None:
        (x, y), (w, h) = port.center, port.size
        if not port.text:
            self.parts.append(
                f'<circle class="tip" cx="{number(x)}" cy="{number(y)}" r="2.6"/>'
            )
            return
        self.parts.append(
            f'<rect class="aside" x="{number(x - w / 2)}" y="{number(y - h / 2)}" '
            f'width="{number(w)}" height="{number(h)}" rx="{number(h / 2)}"/>'
        )
        self._text(port.text, (x, y + 3.5), "soft mid")

    def _aside_panel(self, frame: PlacedFrame) -> None:
        assert frame.aside_at is not None
        x, y = frame.aside_at
        right = max(box.at[0] + box.size[0] for _, box in frame.aside) + 12
        bottom = max(box.at[1] + box.size[1] for _, box in frame.aside) + 12
        self.parts.append(
            f'<rect class="aside" x="{number(x)}" y="{number(y)}" '
            f'width="{number(right - x)}" height="{number(bottom - y)}" rx="7"/>'
        )
        self._text("set aside", (x + MARGIN - 4, y + HEADER - 8), "soft")
        for aside, box in frame.aside:
            center = (x + 16, box.at[1] + box.size[1] / 2)
            self.parts.append(
                f'<circle class="mark" cx="{number(center[0])}" '
                f'cy="{number(center[1])}" r="8"/>'
            )
            self._text(aside.letter, (center[0], center[1] + 3.2), "mark-ink mid")

    def _text(self, text: str, at: Point, classes: str) -> None:
        self.parts.append(
            f'<text class="{classes}" x="{number(at[0])}" y="{number(at[1])}">'
            f"{escape(text)}</text>"
        )


def _tooltip(placed: PlacedBox) -> str:
    box = placed.box
    name = describe.name_text(box.key)
    words = [f"{name} ({box.type or describe.counted(box.count, 'operation')})"]
    words += [f"out: {text}" for text in box.outputs[:4]]
    words += [f"on {device}" for device, _ in box.devices[:3]]
    words += [box.shade.words] if box.shade else []
    return "; ".join(words)


def description(scene: Scene) -> str:
    """One or two sentences that say what the picture shows."""
    boxes = [box for box in scene.boxes() if box.frame is None]
    names = ", ".join(box.label for box in boxes[:12])
    more = f" and {len(boxes) - 12} more" if len(boxes) > 12 else ""
    shown = f" Shown: {names}{more}." if boxes else ""
    coloured = f" Coloured by {scene.shading.title}." if scene.shading else ""
    return f"{scene.summary}.{shown}{coloured}"
