"""Runs as the live timeline wants them: a column for each fact, runs laid end to end.

Columns of numbers are binary, so that 50 000 slices are a short message; `plain` makes
lists of them, for a page without a kernel. A `TimelineModel` remembers what it made of
each run, since runs come in one by one and the view is drawn anew with each few.
`widgets/src/timeline/model.ts` reads it. Read next: `../widgets/timeline.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from interactive_graphs.display import describe
from interactive_graphs.display.runs import (
    RunTrace,
    is_compute,
    lanes,
    memory,
    summary_of,
)
from interactive_graphs.display.timeline_picture import HUES

_GAP: Final = 0.04
"""Between two runs, as a share of a run's mean time."""

KINDS: Final = {
    "op": "<i4",
    "device": "<i4",
    "lane": "<i4",
    "run": "<i4",
    "words": "<i4",
    "start": "<f8",
    "took": "<f8",
    "bytes": "<f8",
}
"""The columns, an entry a slice; in the order of `start` within a run."""

Array = np.ndarray[Any, Any]


def timeline_model(runs: Sequence[RunTrace]) -> dict[str, Any]:
    """Everything that the timeline shows of some runs; see `TimelineModel.of`."""
    return TimelineModel().of(runs)


def plain(model: dict[str, Any]) -> dict[str, Any]:
    """The same with lists instead of bytes: what JSON can hold."""
    columns = {
        name: np.frombuffer(data, KINDS[name]).tolist()
        for name, data in model["columns"].items()
    }
    held = {
        name: np.frombuffer(data, "<f8").tolist()
        for name, data in model["memory"].items()
    }
    return {**model, "columns": columns, "memory": held}


@dataclass(slots=True)
class _Part:
    """What was made of one run: times count from its start."""

    run: RunTrace
    columns: dict[str, Array]
    time: Array
    held: Array
    types: Counter[str]
    names: set[str]


class TimelineModel:
    """Makes models of runs, and of each run its part only once."""

    def __init__(self) -> None:
        """Knows no run."""
        self._parts: dict[int, _Part] = {}
        self._ops: dict[tuple[str, str], int] = {}
        self._takes: list[tuple[str, ...]] = []
        self._devices: dict[str, int] = {}
        self._words: dict[str, int] = {}

    def of(self, runs: Sequence[RunTrace]) -> dict[str, Any]:
        """Everything that the timeline shows of some runs.

        Args:
            runs: in order; runs that a later call leaves out are forgotten.

        Returns:
            Words and small tables as lists; `columns` and `memory` as little-endian
            bytes: of `KINDS`, and float64.
        """
        parts = [self._parts.get(id(run)) or self._part(run) for run in runs]
        self._parts = {id(part.run): part for part in parts}
        starts = _starts(parts)
        types = sum((part.types for part in parts), Counter[str]())
        order = sorted(self._devices)
        dearest = sorted(types, key=lambda name: (-types[name], name))
        times = [part.time + at for part, at in zip(parts, starts, strict=True)]
        names: set[str] = set().union(*(part.names for part in parts))
        return {
            "summary": summary_of(
                len(runs),
                len(names),
                sum(run.took for run in runs),
                sum(types.values()),
            ),
            "ops": {
                "name": [name for name, _ in self._ops],
                "type": [kind for _, kind in self._ops],
                "inputs": self._inputs(),
            },
            "devices": [describe.device_text(name) for name in order],
            "compute": [is_compute(name) for name in order],
            "runs": [
                _run_info(part.run, at) for part, at in zip(parts, starts, strict=True)
            ],
            "words": list(self._words),
            "hues": dearest[: len(HUES) - 1],
            "columns": self._columns(parts, starts, order),
            "memory": {
                "time": _joined(times),
                "held": _joined([part.held for part in parts]),
            },
        }

    def _columns(
        self, parts: list[_Part], starts: list[float], order: list[str]
    ) -> dict[str, bytes]:
        # Numbers of devices are given as they come, and shown by name.
        places = np.zeros(len(order), "<i4")
        for place, name in enumerate(order):
            places[self._devices[name]] = place
        found = {}
        for name, kind in KINDS.items():
            pieces = []
            for number, (part, at) in enumerate(zip(parts, starts, strict=True)):
                if name == "run":
                    piece = np.full(len(part.run.slices), number, kind)
                else:
                    piece = part.columns[name]
                if name == "start":
                    piece = piece + at
                elif name == "device":
                    piece = places[piece]
                pieces.append(piece)
            found[name] = _joined(pieces)
        return found

    def _part(self, run: RunTrace) -> _Part:
        columns: dict[str, list[Any]] = {name: [] for name in KINDS if name != "run"}
        types: Counter[str] = Counter()
        for piece in run.slices:
            node = piece.node
            op = self._ops.setdefault((node.name, node.type), len(self._ops))
            if op == len(self._takes):
                self._takes.append(node.inputs)
            device = self._devices.setdefault(node.device, len(self._devices))
            words = ", ".join(piece.outputs)
            columns["op"].append(op)
            columns["device"].append(device)
            columns["words"].append(self._words.setdefault(words, len(self._words)))
            columns["start"].append(piece.start)
            columns["took"].append(piece.took)
            columns["bytes"].append(piece.bytes)
            if is_compute(node.device):
                types[node.type] += piece.took  # type: ignore[assignment]
        columns["lane"] = lanes(run)
        track = [*memory(run), (run.took, 0)]
        return _Part(
            run,
            {name: np.asarray(values, KINDS[name]) for name, values in columns.items()},
            np.asarray([when for when, _ in track], "<f8"),
            np.asarray([held for _, held in track], "<f8"),
            types,
            {piece.node.name for piece in run.slices},
        )

    def _inputs(self) -> list[list[int]]:
        """For each operation those that it takes from or waits for."""
        by_name: dict[str, int] = {}
        for (name, _), op in self._ops.items():
            by_name.setdefault(name, op)
        found = []
        for takes in self._takes:
            sources = {by_name.get(text.removeprefix("^"), -1) for text in takes}
            found.append(sorted(sources - {-1}))
        return found


def _starts(parts: list[_Part]) -> list[float]:
    """Where each run begins, one after the other with a small gap."""
    gap = _GAP * sum(part.run.took for part in parts) / max(len(parts), 1)
    starts, at = [], 0.0
    for part in parts:
        starts.append(at)
        at += part.run.took + gap
    return starts


def _run_info(run: RunTrace, start: float) -> dict[str, Any]:
    return {
        "number": run.number,
        "title": run.title,
        "start": start,
        "took": run.took,
        "error": run.error,
        "left_out": run.left_out,
    }


def _joined(pieces: list[Array]) -> bytes:
    return np.concatenate(pieces).tobytes() if pieces else b""
