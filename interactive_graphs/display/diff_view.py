"""A difference as a picture: both graphs in one, changes marked by words and colours.

Read next: `picture.py`.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator

from interactive_graphs.display import describe
from interactive_graphs.display.diff import KINDS, REMOVED, Difference
from interactive_graphs.display.diff_text import SIGNS, path_of
from interactive_graphs.display.picture import Picture
from interactive_graphs.display.snapshot import FrozenOperation
from interactive_graphs.display.view import view


def both(difference: Difference) -> list[FrozenOperation]:
    """The operations of the new graph, and those removed, under names of their own.

    What was removed takes what the new graph has of its inputs.
    """
    new = {op.name for op in difference.new.operations}
    now = {old: op for op, old in difference.partner.items()}
    lost = [op for op in difference.old.operations if op not in now]
    for op in lost:
        copy = _copy(op)
        if op.name in new:
            copy.name = f"{op.name} (removed)"
        now[op] = copy
    for op in lost:
        copy = now[op]
        copy.inputs = tuple(now[t.op].outputs[t.value_index] for t in op.inputs)
        copy.control_inputs = [now[other] for other in op.control_inputs]
    return [*difference.new.operations, *(now[op] for op in lost)]


def _copy(op: FrozenOperation) -> FrozenOperation:
    # A frozen operation has all that another is made from.
    return FrozenOperation(op, op.id)  # type: ignore[arg-type]


def to_picture(difference: Difference) -> Picture:
    """Both graphs in one picture, with what happened to each box under its name."""
    operations = both(difference)
    kinds = _kinds(difference, operations)
    scene = view(
        operations,  # type: ignore[arg-type] # all that a picture reads is there
        overlay={
            "title": "changes",
            "kind": "category",
            "combine": "most",
            "values": [_sign(kinds.get(op)) for op in operations],
        },
        title=describe.plain(f"{difference.old.title} → {difference.new.title}"),
    )
    scene.summary = difference.summary
    inside = _inside(kinds)
    for box in scene.boxes():
        words = inside.get(box.key, Counter())
        if box.frame is None and len(words) > 1:
            # The colour says what there is most of; the line says all.
            box.lines.append(", ".join(_count_words(words)))
    return Picture(scene)


def _sign(kind: str | None) -> str | None:
    return kind and f"{SIGNS[kind]} {kind}"


def _kinds(
    difference: Difference, operations: list[FrozenOperation]
) -> dict[FrozenOperation, str]:
    """What happened to each operation of `both`, where something did."""
    known = set(difference.new.operations)
    by_name = {e.name: e.kind for e in difference.entries if e.kind != REMOVED}
    return {
        op: by_name[op.name] if op in known else REMOVED
        for op in operations
        if op not in known or op.name in by_name
    }


def _inside(kinds: dict[FrozenOperation, str]) -> dict[str, Counter[str]]:
    """How much of what happened in each scope, and to each operation."""
    found: dict[str, Counter[str]] = {}
    for op, kind in kinds.items():
        for key in [*path_of(op.name), op.name]:
            found.setdefault(key, Counter())[kind] += 1
    return found


def _count_words(counts: Counter[str]) -> Iterator[str]:
    for kind in KINDS:
        if counts[kind]:
            yield f"{SIGNS[kind]} {counts[kind]} {kind}"


def to_html(difference: Difference) -> str:
    """The picture over the tree of changes; nothing in it is markup of a name."""
    text = f"<pre>{html.escape(difference.text)}</pre>"
    return f"{difference.picture.html}{text}" if difference else text
