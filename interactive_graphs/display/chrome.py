"""Many runs as one Chrome trace, for chrome://tracing and ui.perfetto.dev.

    json.dump(chrome_trace(runs), file)

Each device is a process with a thread for each lane; the runs have a track of their
own. Arrows go from what made a tensor to what took it, and a counter shows the memory
that results hold. The format is Google's "Trace Event Format": times in microseconds.
Read next: `timeline.py`, which makes TensorFlow 1's own trace of one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.runs import RunTrace, flows, lanes, memory

Event = dict[str, Any]

_RUNS: Final = 1
"""The process of the runs; those of the devices follow."""


def chrome_trace(runs: Sequence[RunTrace]) -> dict[str, Any]:
    """The trace, ready for `json.dump`.

    Args:
        runs: the runs, each of which keeps its place in time.

    Returns:
        `{"traceEvents": [...], "displayTimeUnit": "ns", "otherData": {...}}`.
    """
    events = [*_process(_RUNS, "Runs", 0), _thread(_RUNS, 0, "Session.run")]
    devices = sorted({device for run in runs for device in run.devices})
    pids = {device: _RUNS + 1 + number for number, device in enumerate(devices)}
    for device, pid in pids.items():
        events += _process(pid, device, pid)
    threads: set[tuple[int, int]] = set()
    first = min((run.began for run in runs), default=0.0)
    for run in runs:
        events += _run(run, (run.began - first) * 1e6, pids, threads)
    for pid, lane in sorted(threads):
        events.append(_thread(pid, lane, f"lane {lane + 1}"))
    return {
        "traceEvents": events,
        "displayTimeUnit": "ns",
        "otherData": {"runs": len(runs)},
    }


def _process(pid: int, name: str, order: int) -> list[Event]:
    common = {"ph": "M", "pid": pid, "tid": 0, "ts": 0}
    return [
        {**common, "name": "process_name", "args": {"name": name}},
        {**common, "name": "process_sort_index", "args": {"sort_index": order}},
    ]


def _thread(pid: int, tid: int, name: str) -> Event:
    common = {"ph": "M", "pid": pid, "tid": tid, "ts": 0}
    return {**common, "name": "thread_name", "args": {"name": name}}


def _run(
    run: RunTrace, offset: float, pids: dict[str, int], threads: set[tuple[int, int]]
) -> Iterator[Event]:
    about = {"run": run.number, "fetches": run.title, "operations": len(run.slices)}
    if run.error:
        about["error"] = run.error
    name = f"run {run.number}: {describe.plain(run.title, 60)}"
    yield _slice(name, "run", _RUNS, 0, offset, run.took, about)
    places: list[tuple[int, int]] = []
    for piece, lane in zip(run.slices, lanes(run), strict=True):
        place = (pids[piece.node.device], lane)
        places.append(place)
        threads.add(place)
        about = {"name": piece.node.name, "op": piece.node.type, "run": run.number}
        about |= {f"input{i}": text for i, text in enumerate(piece.node.inputs)}
        about |= {f"output{i}": text for i, text in enumerate(piece.outputs)}
        at = offset + piece.start
        yield _slice(piece.node.type, "op", *place, at, piece.took, about)
    yield from _arrows(run, offset, places)
    for when, held in memory(run):
        yield {
            "ph": "C",
            "name": "memory of results",
            "cat": "memory",
            "pid": _RUNS,
            "tid": 0,
            "ts": _rounded(offset + when),
            "args": {"bytes": held},
        }


def _slice(
    name: str, kind: str, pid: int, tid: int, ts: float, took: float, args: Event
) -> Event:
    place = {"pid": pid, "tid": tid, "ts": _rounded(ts), "dur": _rounded(took)}
    return {"ph": "X", "name": name, "cat": kind, **place, "args": args}


def _arrows(
    run: RunTrace, offset: float, places: Sequence[tuple[int, int]]
) -> Iterator[Event]:
    for number, (source, taker) in enumerate(flows(run)):
        made, takes = run.slices[source], run.slices[taker]
        common = {
            "name": made.node.name,
            "cat": "dataflow",
            "id": f"{run.number}.{number}",
        }
        # An end is tied to the slice that holds its time: so not the very end.
        ends = (
            ("s", source, made.start + made.took / 2),
            ("f", taker, takes.start),
        )
        for phase, index, when in ends:
            pid, tid = places[index]
            at = _rounded(offset + when)
            event = {"ph": phase, **common, "pid": pid, "tid": tid, "ts": at}
            yield event | ({"bp": "e"} if phase == "f" else {})


def _rounded(microseconds: float) -> float:
    """To a nanosecond: more digits are noise, and half of the file."""
    return round(microseconds, 3)
