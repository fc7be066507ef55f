"""What each box of a picture shows of an overlay; as the browser's `overlay.ts`.

Colour is never alone: every coloured box has the words, too, and the box of a scale has
a bar as long as its value is large. Read next: `overlays.py`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.runs import size_text, time_text
from interactive_graphs.display.scene import Box, Shade

if TYPE_CHECKING:
    from interactive_graphs.display.overlays import Overlay
    from interactive_graphs.framework.operation import Operation

COLOURS: Final = 8
"""How many categories have a colour of their own; the rest share the last."""

STEPS: Final = 5
"""How many colours a scale has."""

_ENTRIES: Final = 12


@dataclass
class Shading:
    """An overlay, worked out for the boxes of a picture.

    Attributes:
        title: what the colours are about.
        words: more about it.
        entries: of a category its words with the number of their operations, most
            frequent first.
        range: of a scale its least and greatest value, as words.
    """

    title: str
    words: str
    entries: list[tuple[str, int]] = field(default_factory=list)
    range: tuple[str, str] = ("", "")


def shade(
    boxes: Iterable[Box],
    operations_of: Callable[[Box], list[Operation]],
    overlay: Overlay,
    operations: list[Operation],
) -> Shading:
    """Writes what `overlay` says into the closed ones of `boxes`.

    Args:
        boxes: of the picture.
        operations_of: the operations that a box stands for.
        overlay: with a value for each of `operations`.
        operations: those of the view.

    Returns:
        What the legend says.
    """
    known = {
        op: value
        for op, value in zip(operations, overlay["values"], strict=True)
        if value is not None
    }
    found: list[tuple[Box, list[Any]]] = []
    for box in boxes:
        if box.frame is None:
            values = [known[op] for op in operations_of(box) if op in known]
            if values and overlay["kind"] != "scale" and not _is_scope(box):
                # A variable is what it is itself, not what initialises it.
                values = values[:1]
            if values:
                found.append((box, values))
    work_out = _scale if overlay["kind"] == "scale" else _category
    return work_out(overlay, found)


def _is_scope(box: Box) -> bool:
    return box.kind in (describe.SCOPE, describe.SECTION)


def _category(overlay: Overlay, found: list[tuple[Box, list[Any]]]) -> Shading:
    entries = _counts(value for _, values in found for value in values)
    number = {text: index for index, (text, _) in enumerate(entries)}
    title = describe.name_text(str(overlay["title"]))
    for box, values in found:
        counts = _counts(values)
        most, _ = counts[0]
        more = f" +{len(counts) - 1}" if len(counts) > 1 else ""
        words = ", ".join(f"{text} ×{count}" for text, count in counts[:_ENTRIES])
        box.shade = Shade(
            text=most + more,
            words=f"{title}: {words if len(values) > 1 else most}",
            css=f"c{min(number[most], COLOURS - 1)}",
        )
    return Shading(title, describe.plain(overlay.get("words") or ""), entries)


def _counts(values: Iterable[Any]) -> list[tuple[str, int]]:
    counts = Counter(describe.plain(value, 40) for value in values)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _scale(overlay: Overlay, found: list[tuple[Box, list[Any]]]) -> Shading:
    combine, unit = overlay.get("combine", "sum"), overlay.get("unit") or ""
    sums = [
        _combined([float(value) for value in values], combine) for _, values in found
    ]
    finite = [value for value in sums if math.isfinite(value)]
    least, most = min([0.0, *finite]), max([0.0, *finite])
    title = describe.name_text(str(overlay["title"]))
    for (box, _), value in zip(found, sums, strict=True):
        level = (value - least) / (most - least) if most > least else 0.0
        level = level if math.isfinite(level) else 1.0
        text = quantity(value, unit)
        box.shade = Shade(
            text=text,
            words=f"{title}: {text}",
            css=f"s{min(int(level * STEPS), STEPS - 1)}",
            level=level,
        )
    ends = (quantity(least, unit), quantity(most, unit))
    return Shading(title, describe.plain(overlay.get("words") or ""), [], ends)


def _combined(values: list[float], how: str) -> float:
    if how == "sum":
        return sum(values)
    if how == "max":
        return math.nan if any(map(math.isnan, values)) else max(values)
    return Counter(values).most_common(1)[0][0]


def quantity(value: float, unit: str = "") -> str:
    """A value with its unit; microseconds and bytes in units that suit their size."""
    if unit == "us" and math.isfinite(value):
        return time_text(value)
    if unit == "B" and math.isfinite(value):
        return size_text(round(value))
    number = f"{value:.4g}".replace("nan", "NaN")
    return f"{number} {describe.plain(unit, 12)}" if unit else number
