"""Runs as the live timeline wants them: a column for each fact, runs laid end to end.

Columns of numbers are binary, so that 50 000 slices are a short message; `plain` makes
lists of them, for a page without a kernel. Read next: `../widgets/timeline.py`, and
`widgets/src/timeline/model.ts`, which reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs.display import describe
from interactive_graphs.display.runs import (
    RunTrace,
    costs,
    is_compute,
    lanes,
    memory,
    summary,
)
from interactive_graphs.display.timeline_picture import HUES

_GAP: Final = 0.04
"""Between two runs, as a share of a run's mean time."""


def timeline_model(runs: Sequence[RunTrace]) -> dict[str, Any]:
    """Everything that the timeline shows of some runs.

    Args:
        runs: in order.

    Returns:
        Words and small tables as lists; `columns` and `memory` as little-endian bytes:
        int32 or float64 as `KINDS` says.
    """
    builder = _Builder(runs)
    dearest = [cost.key for cost in costs(runs, "type")][: len(HUES) - 1]
    return {
        "summary": summary(runs),
        "ops": {
            "name": [name for name, _ in builder.ops],
            "type": [kind for _, kind in builder.ops],
            "inputs": builder.inputs(),
        },
        "devices": [describe.device_text(name) for name in builder.devices],
        "compute": [is_compute(name) for name in builder.devices],
        "runs": builder.runs,
        "words": list(builder.words),
        "hues": dearest,
        "columns": {
            name: np.asarray(values, KINDS[name]).tobytes()
            for name, values in builder.columns.items()
        },
        "memory": {
            name: np.asarray(values, "<f8").tobytes()
            for name, values in builder.memory.items()
        },
    }


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


class _Builder:
    """Gathers the columns, run by run."""

    def __init__(self, runs: Sequence[RunTrace]) -> None:
        self.ops: dict[tuple[str, str], int] = {}
        self.devices: dict[str, int] = {}
        self.words: dict[str, int] = {}
        self.runs: list[dict[str, Any]] = []
        self.columns: dict[str, list[Any]] = {name: [] for name in KINDS}
        self.memory: dict[str, list[float]] = {"time": [], "held": []}
        self._takes: dict[int, tuple[str, ...]] = {}
        gap = _GAP * sum(run.took for run in runs) / max(len(runs), 1)
        at = 0.0
        for device in sorted({device for run in runs for device in run.devices}):
            self.devices[device] = len(self.devices)
        for number, run in enumerate(runs):
            self._run(number, run, at)
            at += run.took + gap

    def _run(self, number: int, run: RunTrace, at: float) -> None:
        self.runs.append(
            {
                "number": run.number,
                "title": run.title,
                "start": at,
                "took": run.took,
                "error": run.error,
                "left_out": run.left_out,
            }
        )
        columns = self.columns
        for piece, lane in zip(run.slices, lanes(run), strict=True):
            node = piece.node
            op = self.ops.setdefault((node.name, node.type), len(self.ops))
            self._takes.setdefault(op, node.inputs)
            words = ", ".join(piece.outputs)
            columns["op"].append(op)
            columns["device"].append(self.devices[node.device])
            columns["lane"].append(lane)
            columns["run"].append(number)
            columns["words"].append(self.words.setdefault(words, len(self.words)))
            columns["start"].append(at + piece.start)
            columns["took"].append(piece.took)
            columns["bytes"].append(piece.bytes)
        for when, held in [*memory(run), (run.took, 0)]:
            self.memory["time"].append(at + when)
            self.memory["held"].append(held)

    def inputs(self) -> list[list[int]]:
        """For each operation those that it takes from or waits for."""
        by_name: dict[str, int] = {}
        for (name, _), op in self.ops.items():
            by_name.setdefault(name, op)
        return [
            sorted(
                {
                    by_name[plain_name]
                    for text in self._takes[op]
                    if (plain_name := text.removeprefix("^")) in by_name
                }
            )
            for op in range(len(self.ops))
        ]
