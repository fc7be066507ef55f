"""Runs as plain data: which operation ran when, where, for how long, with what memory.

    run = RunTrace(1, "loss", began, took, slices)
    costs([run])[0].share         # of the run's time, the dearest operation's

Traces come from a session (`debug/traces.py`) or from RunMetadata messages
(`step_stats.py`); timelines, tables and pictures are made of what is here.
Read next: `chrome.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from interactive_graphs.display import describe
from interactive_graphs.display.table import Table

OUTSIDE: Final = frozenset(
    "Const HostConst Placeholder PlaceholderWithDefault ReadVariableOp Variable "
    "VariableV2 VarHandleOp _Arg".split()
)
"""Types of operations whose values were there before the run."""

TOP: Final = 12
"""How many rows a table of costs has unless asked."""


class Node(NamedTuple):
    """What ran.

    Attributes:
        name: of the operation.
        type: of the operation.
        device: where, in full.
        inputs: the names of those it took from; with '^' where it only waited.
    """

    name: str
    type: str
    device: str
    inputs: tuple[str, ...] = ()


class Slice(NamedTuple):
    """One run of one node.

    Attributes:
        node: what ran.
        start: microseconds since the run began.
        took: microseconds.
        outputs: what it gave, in words: 'float32 (2, 3)'.
        buffers: (number, bytes) of the memory that its outputs lie in; numbers are the
            run's own, and memory that was there before the run is not counted.
    """

    node: Node
    start: float
    took: float
    outputs: tuple[str, ...] = ()
    buffers: tuple[tuple[int, int], ...] = ()

    @property
    def end(self) -> float:
        """Microseconds since the run began."""
        return self.start + self.took

    @property
    def bytes(self) -> int:
        """The size of the memory that its outputs lie in."""
        return sum(size for _, size in self.buffers)


@dataclass(slots=True)
class RunTrace:
    """One run of a session.

    Attributes:
        number: counted from 1.
        title: what was fetched.
        began: seconds since the epoch.
        took: microseconds.
        slices: in order of their start.
        error: what ended it early, '' when nothing did.
        left_out: how many slices were too many to keep.
    """

    number: int
    title: str
    began: float
    took: float
    slices: list[Slice] = field(default_factory=list)
    error: str = ""
    left_out: int = 0

    @property
    def devices(self) -> list[str]:
        """The devices that took part, by name."""
        return sorted({s.node.device for s in self.slices})

    @property
    def busy(self) -> float:
        """The time that operations took, all together, in microseconds."""
        return sum(s.took for s in self.slices if is_compute(s.node.device))


def is_compute(device: str) -> bool:
    """Whether a track is of a device itself: a GPU's streams tell the same again."""
    return "/stream:" not in device and "/memcpy" not in device


def lanes(run: RunTrace) -> list[int]:
    """For each slice its lane on its device: 0, and more where slices overlap."""
    ends: dict[str, list[float]] = {}
    found = []
    for piece in run.slices:
        busy = ends.setdefault(piece.node.device, [])
        for lane, end in enumerate(busy):
            if end <= piece.start:
                busy[lane] = piece.end
                break
        else:
            lane = len(busy)
            busy.append(piece.end)
        found.append(lane)
    return found


def flows(run: RunTrace) -> list[tuple[int, int]]:
    """(producer, consumer) pairs of slices; in a loop the producer's latest turn."""
    latest: dict[str, int] = {}
    found = []
    for number, piece in enumerate(run.slices):
        for name in piece.node.inputs:
            source = latest.get(name.removeprefix("^"))
            if source is not None:
                found.append((source, number))
        latest[piece.node.name] = number
    return found


def memory(run: RunTrace) -> list[tuple[float, int]]:
    """(time, bytes) whenever it changes: the memory that the run's own results hold.

    A result lives from the start of what makes it to the end of the last that takes it
    or a view of it; nobody's result to the end of what makes it.
    """
    size: dict[int, int] = {}
    born: dict[int, float] = {}
    dies: dict[int, float] = {}
    for piece in run.slices:
        for number, length in piece.buffers:
            size.setdefault(number, length)
            born.setdefault(number, piece.start)
            dies[number] = max(dies.get(number, 0.0), piece.end)
    for source, taker in flows(run):
        for number, _ in run.slices[source].buffers:
            dies[number] = max(dies[number], run.slices[taker].end)
    changes: dict[float, int] = {}
    for number, length in size.items():
        changes[born[number]] = changes.get(born[number], 0) + length
        changes[dies[number]] = changes.get(dies[number], 0) - length
    held, track = 0, []
    for when in sorted(changes):
        if changes[when]:
            held += changes[when]
            track.append((when, held))
    return track


def peak(run: RunTrace) -> int:
    """The most bytes that the run's results held at once."""
    return max((held for _, held in memory(run)), default=0)


# -- where the time went ---------------------------------------------------------------


class Cost(NamedTuple):
    """What some operations cost in all runs together.

    Attributes:
        key: the operation, type, scope or device.
        type: the operation's type; '' where they are several.
        times: how often one of them ran.
        total, mean: microseconds.
        share: of the time of all operations, 0 to 1.
        bytes: the most that one of them gave at once.
    """

    key: str
    type: str
    times: int
    total: float
    mean: float
    share: float
    bytes: int


def scope_of(name: str) -> str:
    """The outermost scope of a name; the name itself where it is in none."""
    scope, slash, _ = name.partition("/")
    return scope + slash


GROUPINGS: Final[dict[str, Callable[[Node], str]]] = {
    "op": lambda node: node.name,
    "type": lambda node: node.type,
    "scope": lambda node: scope_of(node.name),
    "device": lambda node: node.device,
}
"""What costs can be added up by."""


def costs(runs: Iterable[RunTrace], by: str = "op") -> list[Cost]:
    """What the operations of some runs cost, the dearest first.

    Args:
        runs: the runs.
        by: what to add up: 'op', 'type', 'scope' or 'device'.

    Raises:
        ValueError: `by` is none of these.
    """
    if by not in GROUPINGS:
        raise ValueError(f"by must be one of {', '.join(GROUPINGS)}, not {by!r}")
    key_of = GROUPINGS[by]
    groups: dict[str, list[Slice]] = {}
    for run in runs:
        for piece in run.slices:
            if is_compute(piece.node.device):
                groups.setdefault(key_of(piece.node), []).append(piece)
    whole = sum(piece.took for pieces in groups.values() for piece in pieces)
    found = [_cost(key, pieces, whole) for key, pieces in groups.items()]
    return sorted(found, key=lambda cost: (-cost.total, cost.key))


def _cost(key: str, pieces: Sequence[Slice], whole: float) -> Cost:
    total = sum(piece.took for piece in pieces)
    types = {piece.node.type for piece in pieces}
    return Cost(
        key,
        types.pop() if len(types) == 1 else "",
        len(pieces),
        total,
        total / len(pieces),
        total / whole if whole else 0.0,
        max(piece.bytes for piece in pieces),
    )


_HEADINGS: Final = ("type", "runs", "total", "mean", "share", "gives")


def cost_table(runs: Sequence[RunTrace], by: str = "op", top: int = TOP) -> Table:
    """Where the time of some runs went, as a table.

    Args:
        runs: the runs.
        by: what to add up: 'op', 'type', 'scope' or 'device'.
        top: how many rows at most; what is left out is the last one.
    """
    found = costs(runs, by)
    rows: list[tuple[str, ...]] = [_row(cost) for cost in found[:top]]
    rest = found[top:]
    if rest:
        share = sum(cost.share for cost in rest)
        total = sum(cost.total for cost in rest)
        count = sum(cost.times for cost in rest)
        words = describe.counted(len(rest), "other")
        rows.append((words, "", str(count), time_text(total), "", _percent(share), ""))
    headings: tuple[str, ...] = (by, *_HEADINGS)
    if by != "op":  # operations of a type, scope or device have several types, or one
        headings = headings[:1] + headings[2:]
        rows = [row[:1] + row[2:] for row in rows]
    return Table(summary(runs), headings, rows)


def _row(cost: Cost) -> tuple[str, ...]:
    return (
        describe.plain(cost.key, 60),
        describe.plain(cost.type, 30),
        str(cost.times),
        time_text(cost.total),
        time_text(cost.mean),
        _percent(cost.share),
        size_text(cost.bytes) if cost.bytes else "",
    )


def summary(runs: Sequence[RunTrace]) -> str:
    """How many runs of how many operations, and how long they took."""
    names = {piece.node.name for run in runs for piece in run.slices}
    took, busy = sum(run.took for run in runs), sum(run.busy for run in runs)
    return summary_of(len(runs), len(names), took, busy)


def summary_of(runs: int, operations: int, took: float, busy: float) -> str:
    """The same from numbers: microseconds of all runs, and of all operations."""
    if not runs:
        return "No runs were traced"
    share = f", {_percent(busy / took)} of it in operations" if took else ""
    return (
        f"{describe.counted(runs, 'run')}, "
        f"{describe.counted(operations, 'operation')}: {time_text(took)}{share}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def time_text(microseconds: float) -> str:
    """A time with a unit that suits: `12 us`, `3.4 ms`, `1.20 s`; as the browser."""
    if microseconds < 1000:
        digits = 1 if microseconds < 10 else 0
        return f"{microseconds:.{digits}f} us"
    if microseconds < 1e6:
        return f"{microseconds / 1000:.{1 if microseconds < 10000 else 0}f} ms"
    return f"{microseconds / 1e6:.2f} s"


def size_text(count: float) -> str:
    """Bytes with a binary unit: `784 B`, `3.1 KiB`; as the browser."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    unit = 0
    while count >= 1024 and unit < len(units) - 1:
        count /= 1024
        unit += 1
    return f"{count:.1f} {units[unit]}" if unit else f"{count:.0f} B"
