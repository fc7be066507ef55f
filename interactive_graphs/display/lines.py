"""The lines of one frame as SVG: curves and their arrow heads, few and short elements.

Lines of one look are one element: a picture is part of a notebook, where each byte of
it is saved. Read next: `style.py`.
"""

from __future__ import annotations

import math
from typing import Final

from interactive_graphs.display.positions import Path, Point
from interactive_graphs.display.scene import CONTROL, DATA
from interactive_graphs.display.shapes import number

THICKEST: Final = 5
"""How many widths a line may have; the style sheet says which they are."""


def lines(paths: list[Path]) -> list[str]:
    """The elements of `paths`, arrow heads last."""
    curves: dict[str, list[str]] = {}
    heads: dict[str, list[str]] = {}
    for path in paths:
        curves.setdefault(_look(path), []).append(_curve(path))
        if path.tip is not None:
            look = 'class="line open"' if path.kind == CONTROL else 'class="tip"'
            heads.setdefault(look, []).append(_head(path.points[-1], path.tip))
    return [
        f'<path {look} d="{"".join(parts)}"/>'
        for look, parts in [*curves.items(), *heads.items()]
    ]


def _look(path: Path) -> str:
    if path.kind == CONTROL:
        return 'class="line control"'
    dashes = "" if path.kind == DATA else f" {path.kind}"
    width = min(path.count.bit_length(), THICKEST)
    return f'class="line{dashes}{f" w{width}" if width > 1 else ""}"'


def _curve(path: Path) -> str:
    """Through whole pixels: what is lost is less than the width of the line."""
    (x, y), *rest = path.points
    points = " ".join(f"{round(px)} {round(py)}" for px, py in rest)
    return f"M{round(x)} {round(y)}C{points}"


def _head(start: Point, tip: Point) -> str:
    """An arrow head from where its line ends to its tip."""
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length * 3.0, dx / length * 3.0
    left, right = (start[0] + nx, start[1] + ny), (start[0] - nx, start[1] - ny)
    points = (f"{number(x)} {number(y)}" for x, y in (left, tip, right))
    return f"M{'L'.join(points)}Z"
