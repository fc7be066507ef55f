"""Outlines and icons: each kind of box has its own, so that none needs its colour.

Read next: `style.py`.
"""

from __future__ import annotations

from typing import Final

from interactive_graphs.display import describe


def escape(text: str) -> str:
    """`text` as the content of an element."""
    text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;")


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel and without needless zeros."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def outline(kind: str, x: float, y: float, w: float, h: float, css: str = "") -> str:
    """The outline of a box of `kind`, of CSS class `css` if it is another.

    Its left upper corner is at x, y.
    """
    css = css or kind
    if kind == describe.PLACEHOLDER:
        # The parallelogram of flow charts: input.
        right, bottom = number(x + w), _at(x + w - 9, y + h)
        return _path(css, f"M{_at(x + 9, y)}H{right}L{bottom}H{number(x)}Z")
    if kind == describe.VARIABLE:
        return _cylinder(css, x, y, w, h)
    if kind == describe.GROUP:
        return _octagon(css, x, y, w, h)
    if kind == describe.STATEFUL:
        # The double sides of flow charts' "something happens elsewhere".
        bars = f"M{_at(x + 4, y)}v{number(h)}M{_at(x + w - 4, y)}v{number(h)}"
        return _rect(css, x, y, w, h, 2) + _path(f"{kind} none", bars)
    if kind in (describe.SCOPE, describe.SECTION):
        # A stack of cards: there is more inside.
        back = _rect(css, x + 4, y, w - 4, h - 4, 4)
        return back + _rect(css, x, y + 4, w - 4, h - 4, 4)
    if kind == describe.CONSTANT:
        return _rect(css, x, y, w, h, min(h / 2, 16))
    return _rect(css, x, y, w, h, 5)


def _octagon(css: str, x: float, y: float, w: float, h: float) -> str:
    cut = min(8.0, h / 3)
    return _path(
        css,
        f"M{_at(x + cut, y)}H{number(x + w - cut)}L{_at(x + w, y + cut)}"
        f"V{number(y + h - cut)}L{_at(x + w - cut, y + h)}H{number(x + cut)}"
        f"L{_at(x, y + h - cut)}V{number(y + cut)}Z",
    )


def _cylinder(css: str, x: float, y: float, w: float, h: float) -> str:
    r = min(5.0, h / 3)
    arc = f"a{number(w / 2)} {number(r)} 0 0 "
    body = (
        f"M{_at(x, y + r)}v{number(h - 2 * r)}{arc}0 {number(w)} 0"
        f"v{number(2 * r - h)}{arc}0 {number(-w)} 0Z"
    )
    lid = f"M{_at(x, y + r)}{arc}0 {number(w)} 0"
    return _path(css, body) + _path(f"{describe.VARIABLE} none", lid)


def _at(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def _path(kind: str, data: str) -> str:
    return f'<path class="{kind}" d="{data}"/>'


def _rect(kind: str, x: float, y: float, w: float, h: float, r: float) -> str:
    return (
        f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" width="{number(w)}" '
        f'height="{number(h)}" rx="{number(r)}"/>'
    )


_ICONS: Final = {
    # An arrow into a tray, a diamond, a pencil, a triangle to unfold.
    describe.PLACEHOLDER: "M5 0V7M2 4.2L5 7.2L8 4.2M0.5 7.5V10.5H9.5V7.5",
    describe.CONSTANT: "M5 1L9 5.5L5 10L1 5.5Z",
    describe.STATEFUL: "M1 10L1.8 7L7.6 1.2L9.8 3.4L4 9.2ZM6.2 2.6L8.4 4.8",
    describe.SCOPE: "M2 1.5L8.5 6L2 10.5Z",
    describe.SECTION: "M1 2H9M1 6H9M1 10H9",
}


def icon(kind: str) -> str:
    """A small sign before the label, 10 by 11 pixels; empty for kinds without one."""
    data = _ICONS.get(kind)
    return _path(f"{kind} none", data) if data else ""
