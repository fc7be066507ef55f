"""The legend: what the shapes and lines of one picture mean, and only of that one.

Read next: `shapes.py`.
"""

from __future__ import annotations

from typing import Final

from interactive_graphs.display import describe
from interactive_graphs.display.measure import fit, text_width
from interactive_graphs.display.scene import BACK, CONTROL, DATA, Frame, Scene
from interactive_graphs.display.shading import COLOURS, STEPS
from interactive_graphs.display.shapes import escape, number, outline

_ROW: Final = 20.0
_SIGN: Final = 30.0
_WIDEST: Final = 200.0
_WORDS: Final = {
    describe.OPERATION: "operation",
    describe.PLACEHOLDER: "placeholder: fed",
    describe.CONSTANT: "constant",
    describe.VARIABLE: "variable: kept in the session",
    describe.STATEFUL: "changes or reads state",
    describe.GROUP: "group: no value",
    describe.SCOPE: "name scope, closed",
    describe.SECTION: "section of a long list",
    "frame": "name scope, open",
    DATA: "tensor",
    CONTROL: "must run before",
    BACK: "next iteration",
    "device": "requested device",
    "asked": "asked for",
    "aside": "connected with a box set aside",
}


class Legend:
    """The entries for the kinds and colours that a scene shows, in rows."""

    def __init__(self, scene: Scene, width: float) -> None:
        """Finds the kinds and breaks them into rows of at most `width`."""
        self.coloured = scene.shading is not None
        self.words = _WORDS | _tones(scene)
        self.rows: list[list[str]] = [[]]
        used = 0.0
        tones = [entry for entry in self.words if entry not in _WORDS]
        for index, kind in enumerate([*tones, *_kinds(scene)]):
            room = self._width(kind)
            starts = index == len(tones) > 0
            if self.rows[-1] and (used + room > width or starts):
                self.rows.append([])
                used = 0.0
            self.rows[-1].append(kind)
            used += room
        self.height = _ROW * len(self.rows) + 16 if self.rows[0] else 0.0
        self.width = width

    def _width(self, kind: str) -> float:
        return _sign_width(kind) + text_width(self.words[kind], 10.0) + 16

    def elements(self, at: tuple[float, float]) -> list[str]:
        """The SVG elements, the first row's left upper corner at `at`."""
        if not self.height:
            return []
        end = number(at[0] + self.width)
        rule = f"M{number(at[0])} {number(at[1])}H{end}"
        parts = [f'<path class="rule" d="{rule}"/>']
        for row, kinds in enumerate(self.rows):
            x, y = at[0], at[1] + 12 + _ROW * row
            for kind in kinds:
                parts.append(self._sign(kind, x, y))
                parts.append(
                    f'<text class="soft" x="{number(x + _sign_width(kind))}" '
                    f'y="{number(y + 12)}">{escape(self.words[kind])}</text>'
                )
                x += self._width(kind)
        return parts

    def _sign(self, kind: str, x: float, y: float) -> str:
        if kind in describe.KINDS:
            css = f"{kind} unsaid" if self.coloured else ""
            return outline(kind, x + 1, y + 1, 22, 14, css)
        return _sign(kind, x, y)


def _tones(scene: Scene) -> dict[str, str]:
    """The entries for the colours of an overlay, by the names of these colours."""
    shading = scene.shading
    if shading is None:
        return {}
    about = f", {shading.words}" if shading.words else ""
    if not shading.entries:
        low, high = shading.range
        return {"scale": f"{shading.title}{about}: {low} to {high}"}
    words = {"heading": fit(f"{shading.title}{about}:", 10.0, _WIDEST)}
    shown = shading.entries[: COLOURS - 1]
    for index, (text, count) in enumerate(shown):
        words[f"c{index}"] = fit(f"{text} ×{count}", 10.0, _WIDEST)
    rest = shading.entries[COLOURS - 1 :]
    if len(rest) == 1:
        words[f"c{COLOURS - 1}"] = fit(f"{rest[0][0]} ×{rest[0][1]}", 10.0, _WIDEST)
    elif rest:
        count = sum(count for _, count in rest)
        words[f"c{COLOURS - 1}"] = f"{len(rest)} others ×{count}"
    return words


def _sign_width(kind: str) -> float:
    return {"heading": 0.0, "scale": 22.0 * STEPS + 8}.get(kind, _SIGN)


def _kinds(scene: Scene) -> list[str]:
    boxes = list(scene.boxes())
    found = {box.kind for box in boxes if box.frame is None}
    kinds = [kind for kind in describe.KINDS if kind in found]
    frames: list[Frame] = [scene.frame]
    frames += [box.frame for box in boxes if box.frame is not None]
    lines = {edge.kind for frame in frames for edge in frame.edges}
    also = {
        "frame": len(frames) > 1,
        DATA: DATA in lines,
        CONTROL: CONTROL in lines,
        BACK: BACK in lines,
        "device": any(box.devices for box in boxes),
        "asked": any(box.asked and box.frame is None for box in boxes),
        "aside": any(frame.aside for frame in frames),
    }
    return kinds + [kind for kind, there in also.items() if there]


def _sign(kind: str, x: float, y: float) -> str:
    """A small picture of what is no kind of box, 22 by 12 pixels."""
    if kind in ("heading", "scale") or kind[1:].isdigit():
        return _swatches(kind, x, y)
    left, middle = number(x + 1), number(y + 8)
    if kind in (DATA, CONTROL, BACK):
        dashes = "" if kind == DATA else f" {kind}"
        tip = "line" if kind == CONTROL else "tip"
        x1, x2, y1, y2 = (number(v) for v in (x + 17, x + 23, y + 5, y + 11))
        return (
            f'<path class="line{dashes}" d="M{left} {middle}H{x1}" stroke-width="1.2"/>'
            f'<polygon class="{tip}" points="{x1},{y1} {x2},{middle} {x1},{y2}"/>'
        )
    if kind == "aside":
        return (
            f'<circle class="mark" cx="{number(x + 12)}" cy="{middle}" r="7"/>'
            f'<text class="mark-ink mid" x="{number(x + 12)}" '
            f'y="{number(y + 11.2)}">A</text>'
        )
    shape = f'x="{left}" y="{number(y + 1)}" width="22" height="14"'
    if kind == "device":
        return (
            f'<rect class="chip" {shape} rx="3"/>'
            f'<path class="chip" d="M{number(x + 5)} {number(y + 4)}v8m3 -8v8"/>'
        )
    if kind == "asked":
        over = f'<rect class="operation" {shape} rx="4"/>'
        return f'<rect class="asked" {shape} rx="4"/>{over}'
    return f'<rect class="{kind}" {shape} rx="4"/>'


def _swatches(kind: str, x: float, y: float) -> str:
    """The colours of a scale side by side, that of a category, or none."""
    if kind == "heading":
        return ""
    names = [f"s{step}" for step in range(STEPS)] if kind == "scale" else [kind]
    return "".join(
        outline(describe.OPERATION, x + 1 + 22 * i, y + 1, 22, 14, f"operation {name}")
        for i, name in enumerate(names)
    )
