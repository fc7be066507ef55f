"""Where operations go and why, as a log to read, and as what changes between two.

    log = PlacementLog(session.placements())
    log.only("gpu")                          # rows that say so
    PlacementChanges(log.placements, session.placements(other_config))

A placement is `runtime.place.Placement`: `op`, `asked`, `possible`, `chosen`, `reason`,
`why`, `group`. Read next: `table.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from interactive_graphs.display import describe
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.table import Table

ROWS: Final = 40
"""How many rows a table has unless asked."""

HEADINGS: Final = ("operation", "type", "asked", "possible", "chosen", "why")
NOWHERE: Final = "nowhere"


class PlacementLog(Forms):
    """Placements to read and to filter.

    Args:
        placements: of one session, or on trial.
        title: what they are.
    """

    def __init__(self, placements: Iterable[Any], title: str = "Placement") -> None:
        """See the class."""
        self.placements = list(placements)
        self.title = title

    def only(self, words: str) -> PlacementLog:
        """The part in which all of `words` stand: in a name, device or reason."""
        wanted = words.lower().split()
        kept = [
            p for p in self.placements if all(word in _haystack(p) for word in wanted)
        ]
        return PlacementLog(kept, f"{self.title}, only {describe.plain(words)}")

    @property
    def summary(self) -> str:
        """How many operations are where, and how many tensors go between devices."""
        where = Counter(_where(p.chosen) for p in self.placements)
        places = ", ".join(
            f"{count} on {place}" for place, count in where.most_common()
        )
        words = describe.counted(len(self.placements), "operation")
        moved = crossings(self.placements)
        if moved:
            tensors = describe.counted(moved, "tensor")
            places += f"; {tensors} from one device to another"
        places = places.replace(f"on {NOWHERE}", NOWHERE)
        return f"{self.title}: {words}" + (f", {places}" if places else "")

    def table(self, top: int = ROWS) -> Table:
        """At most `top` rows; those that could not have what they asked for first."""
        placements = sorted(self.placements, key=_oddness)
        rows = [_row(p) for p in placements[:top]]
        more = len(placements) - len(rows)
        if more:
            rows.append((f"and {more} more", "", "", "", "", ""))
        return Table(self.summary, HEADINGS, rows)

    def overlay(self, names: Sequence[str]) -> dict[str, Any]:
        """Colours by device, for a view of the graph.

        Args:
            names: of the view's operations, in its order.

        Returns:
            An overlay: None where nothing was placed.
        """
        chosen = {p.op.name: _where(p.chosen) for p in self.placements}
        return {
            "title": "device",
            "kind": "category",
            "values": [chosen.get(name) for name in names],
            "combine": "most",
            "words": self.summary,
        }

    def to_json(self) -> dict[str, Any]:
        """The log for the browser: columns, with an entry for each operation."""
        found = self.placements
        return {
            "title": self.title,
            "summary": self.summary,
            "name": [p.op.name for p in found],
            "type": [p.op.type for p in found],
            "asked": [p.asked for p in found],
            "possible": [[_where(d) for d in p.possible] for p in found],
            "chosen": [_where(p.chosen) for p in found],
            "why": [p.why for p in found],
            "reason": [describe.plain(_reason(p)) for p in found],
            "group": [p.group for p in found],
        }

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        return self.table().bundle()

    def __repr__(self) -> str:
        """The table."""
        return self.table().text


class Change(NamedTuple):
    """What another session does with one operation.

    Attributes:
        name, type: of the operation.
        kind: 'moves', 'fails' (it had a place), 'works' (it had none), 'reason' (the
            same place or error for another reason).
        before, after: the devices in short; 'nowhere' where there is none.
        reason: why it is there, or the error.
    """

    name: str
    type: str
    kind: str
    before: str
    after: str
    reason: str


def compare(before: Iterable[Any], after: Iterable[Any]) -> list[Change]:
    """What changes from some placements to others of the same operations."""
    earlier = {p.op.name: p for p in before}
    changes = []
    for new in after:
        old = earlier.get(new.op.name)
        if old is None or (old.chosen, old.reason) == (new.chosen, new.reason):
            continue
        if old.chosen == new.chosen:
            kind = "reason"
        elif not new.chosen:
            kind = "fails"
        else:
            kind = "moves" if old.chosen else "works"
        places = (_where(old.chosen), _where(new.chosen))
        reason = describe.plain(_reason(new))
        changes.append(Change(new.op.name, new.op.type, kind, *places, reason))
    return changes


class PlacementChanges(Forms):
    """What another session would do with the same graph.

    Args:
        before: its placements here.
        after: its placements there.
    """

    def __init__(self, before: Iterable[Any], after: Iterable[Any]) -> None:
        """See the class."""
        self.after = list(after)
        self.changes = compare(before, self.after)

    def only(self, words: str) -> PlacementChanges:
        """The part in which all of `words` stand."""
        wanted = words.lower().split()
        part = PlacementChanges((), self.after)
        part.changes = [
            change
            for change in self.changes
            if all(word in " ".join(change).lower() for word in wanted)
        ]
        return part

    @property
    def summary(self) -> str:
        """How many operations move, fail or work."""
        kinds = Counter(change.kind for change in self.changes)
        words = {
            "fails": "would fail",
            "works": "would work",
            "moves": "would move",
            "reason": "would stay for another reason",
        }
        parts = [f"{kinds[kind]} {text}" for kind, text in words.items() if kinds[kind]]
        same = len(self.after) - len(self.changes)
        whole = describe.counted(len(self.after), "operation")
        return f"Of {whole} {', '.join([*parts, f'{same} would not change'])}"

    def table(self, top: int = ROWS) -> Table:
        """At most `top` rows, what fails first."""
        order = ("fails", "works", "moves", "reason")
        changes = sorted(self.changes, key=lambda change: order.index(change.kind))
        rows: list[tuple[str, ...]] = [
            tuple(describe.plain(word, 110) for word in change)
            for change in changes[:top]
        ]
        more = len(changes) - len(rows)
        if more:
            rows.append((f"and {more} more", "", "", "", "", ""))
        headings = ("operation", "type", "what", "from", "to", "why")
        return Table(self.summary, headings, rows)

    def to_json(self) -> dict[str, Any]:
        """The changes for the browser, by operation."""
        return {
            "summary": self.summary,
            "changes": {c.name: list(c[2:]) for c in self.changes},
        }

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        return self.table().bundle()

    def __repr__(self) -> str:
        """The table."""
        return self.table().text


def crossings(placements: Iterable[Any]) -> int:
    """How many tensors are wanted on a device on which they are not made, for each."""
    chosen = {p.op: p.chosen for p in placements}
    wanted = {
        (tensor, device)
        for op, device in chosen.items()
        for tensor in op.inputs
        if device and chosen.get(tensor.op, device) not in ("", device)
    }
    return len(wanted)


def _where(device: str) -> str:
    return describe.device_text(device) if device else NOWHERE


def _row(p: Any) -> tuple[str, ...]:
    return (
        describe.plain(p.op.name, 50),
        describe.plain(p.op.type, 24),
        describe.plain(p.asked),
        ", ".join(_where(d) for d in p.possible) or "none",
        _where(p.chosen),
        describe.plain(_reason(p), 110),
    )


def _reason(p: Any) -> str:
    """The reason; of an error only what is not in the row already."""
    reason: str = p.reason
    return reason.removeprefix(
        f"Cannot assign a device for operation '{p.op.name}': "
    ).removeprefix("Operation was ")


def _haystack(p: Any) -> str:
    parts = (p.op.name, p.op.type, p.asked, _where(p.chosen), p.reason, p.why, p.group)
    return " ".join(parts).lower()


def _oddness(p: Any) -> int:
    """0 for what has no place, 1 for what did not get its own, 2 for all others."""
    if not p.chosen:
        return 0
    return 1 if p.why in ("soft", "no kernel") else 2
