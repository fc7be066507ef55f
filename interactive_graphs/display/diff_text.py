"""A difference in words: a tree of scopes, a line for what happened in each.

    + dropout/  4 operations added
    layer1/  1 changed
      ~ MatMul = MatMul: transpose_b False → True

Read next: `diff_view.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from interactive_graphs.display import describe
from interactive_graphs.display.diff import (
    ADDED,
    CHANGED,
    KINDS,
    MOVED,
    REMOVED,
    Change,
    Difference,
)
from interactive_graphs.display.snapshot import FrozenOperation

SIGNS: Final = {ADDED: "+", REMOVED: "-", CHANGED: "~", MOVED: ">"}
"""What stands before a change, so that nobody needs colours."""

_LINES: Final = 200
_WORDS: Final = 4


def to_text(difference: Difference, most: int = _LINES) -> str:
    """The tree of changes, without a newline at its end.

    Args:
        difference: what to tell.
        most: how many lines there may be; the rest is counted.
    """
    titles = f"{difference.old.title} → {difference.new.title}"
    lines = list(_tree(difference))
    left = len(lines) - most
    if left > 0:
        lines = [*lines[:most], f"… {describe.counted(left, 'more line')}"]
    head = f"{describe.plain(titles)}: {difference.summary}"
    return "\n".join([head, *(f"  {line}" for line in lines)])


class _Scope:
    """A scope with what changed in it; `whole` stands for all of its operations."""

    __slots__ = ("children", "counts", "entries", "key", "label", "whole")

    def __init__(self, key: str, label: str) -> None:
        self.key = key
        self.label = label
        self.children: dict[str, _Scope] = {}
        self.entries: list[Change] = []
        self.counts: Counter[str] = Counter()
        self.whole = ""


def _scopes(difference: Difference) -> _Scope:
    """The scopes with changes, as a tree of their own."""
    new = _totals(difference.new.operations)
    old = _totals(difference.old.operations)
    top = _Scope("", "")
    known = {"": top}
    was_in: dict[str, Counter[str]] = {}
    for entry in difference.entries:
        path = list(path_of(entry.name))
        if entry.name in new or entry.name in old:
            path.append(entry.name)  # `add`, with its constant `add/y`
        for above, key in zip(["", *path], path, strict=False):
            if key not in known:
                made = _Scope(key, key[len(above) :].lstrip("/"))
                known[key] = known[above].children[key] = made
        for key in ["", *path]:
            known[key].counts[entry.kind] += 1
            if entry.kind == MOVED and key:
                was_in.setdefault(key, Counter())[_was_in(entry, key)] += 1
        known[path[-1] if path else ""].entries.append(entry)
    for key, scope in known.items():
        owner = key in difference.new.by_name, key in difference.old.by_name
        totals = new[key] + owner[0], old[key] + owner[1]
        scope.whole = _whole(scope, *totals, was_in.get(key, Counter()))
    return top


def path_of(name: str) -> Iterator[str]:
    """The keys of the scopes that hold an operation, outermost first."""
    at = name.find("/")
    while at >= 0:
        yield name[:at]
        at = name.find("/", at + 1)


def _totals(operations: Iterable[FrozenOperation]) -> Counter[str]:
    return Counter(key for op in operations for key in path_of(op.name))


def _was_in(entry: Change, key: str) -> str:
    """The scope whose content is now that of `key`; ':' where there is no such one."""
    rest = entry.name[len(key) :]
    if not entry.was.endswith(rest):
        # A scope's content may be taken out to the top.
        return "" if entry.was == rest.lstrip("/") else ":"
    return entry.was[: len(entry.was) - len(rest)]


def _whole(scope: _Scope, new: int, old: int, sources: Counter[str]) -> str:
    """What happened to a scope as a whole, "" if only parts of it are concerned."""
    if len(scope.counts) != 1 or not scope.key:
        return ""
    ((kind, number),) = scope.counts.items()
    total = old if kind == REMOVED else new
    if number != total or number < 2 or kind == CHANGED:
        return ""
    words = f"{describe.counted(number, 'operation')} {kind}"
    if kind != MOVED:
        return words
    ((source, most),) = sources.most_common(1)
    if source == ":" or 2 * most < number:
        return ""
    where = f"{describe.plain(source)}/" if source else "the top"
    return f"{words}{'' if most == number else ', most'} from {where}"


def _tree(difference: Difference) -> Iterator[str]:
    waiting: list[tuple[int, str, _Scope | Change]] = []

    def push(depth: int, above: str, scope: _Scope) -> None:
        for entry in reversed(scope.entries):
            # `add` owns the scope `add/`, and is not in it.
            owns = entry.name == scope.key
            waiting.append((depth, _outside(above) if owns else above, entry))
        waiting.extend((depth, above, c) for c in reversed(scope.children.values()))

    push(0, "", _scopes(difference))
    while waiting:
        depth, above, part = waiting.pop()
        indent = "  " * depth
        if isinstance(part, Change):
            yield indent + _line(part, above)
            continue
        label = f"{above}{describe.plain(part.label)}/"
        if part.whole:
            (kind,) = part.counts
            yield f"{indent}{SIGNS[kind]} {label}  {part.whole}"
        elif len(part.children) + len(part.entries) == 1:
            push(depth, label, part)  # a scope with one thing in it needs no line
        else:
            yield f"{indent}{label}  {_counts(part)}"
            push(depth + 1, "", part)


def _outside(above: str) -> str:
    return above[: above.rstrip("/").rfind("/") + 1]


def _counts(scope: _Scope) -> str:
    words = (f"{scope.counts[kind]} {kind}" for kind in KINDS if scope.counts[kind])
    return ", ".join(words)


def _line(entry: Change, above: str) -> str:
    label = describe.plain(entry.name.rpartition("/")[2])
    line = f"{SIGNS[entry.kind]} {above}{label} = {entry.type}"
    if entry.kind == MOVED:
        return f"{line}, moved {entry.words[0]}"
    if entry.kind == CHANGED:
        return f"{line}: {_some(entry.words)}"
    return f"{line}, {entry.kind}"


def _some(words: tuple[str, ...]) -> str:
    more = len(words) - _WORDS
    return "; ".join(words[:_WORDS]) + (f"; and {more} more" if more > 0 else "")
