"""The legend: what the shapes and lines of one picture mean, and only of that one.

Read next: `shapes.py`.
"""

from __future__ import annotations

from typing import Final

from interactive_graphs.display import describe
from interactive_graphs.display.measure import text_width
from interactive_graphs.display.scene import BACK, CONTROL, DATA, Frame, Scene
from interactive_graphs.display.shapes import number, outline

_ROW: Final = 20.0
_SIGN: Final = 30.0
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
    """The entries for the kinds that a scene shows, in rows."""

    def __init__(self, scene: Scene, width: float) -> None:
        """Finds the kinds and breaks them into rows of at most `width`."""
        self.rows: list[list[str]] = [[]]
        used = 0.0
        for kind in _kinds(scene):
            room = self._width(kind)
            if self.rows[-1] and used + room > width:
                self.rows.append([])
                used = 0.0
            self.rows[-1].append(kind)
            used += room
        self.height = _ROW * len(self.rows) + 16 if self.rows[0] else 0.0
        self.width = width

    @staticmethod
    def _width(kind: str) -> float:
        return _SIGN + text_width(_WORDS[kind], 10.0) + 16

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
                parts.append(_sign(kind, x, y))
                parts.append(
                    f'<text class="soft" x="{number(x + _SIGN)}" '
                    f'y="{number(y + 12)}">{_WORDS[kind]}</text>'
                )
                x += self._width(kind)
        return parts


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
    """A small picture of the kind, 22 by 12 pixels."""
    if kind in describe.KINDS:
        return outline(kind, x + 1, y + 1, 22, 14)
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
