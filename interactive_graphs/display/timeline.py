"""A traced step as a Chrome trace: who ran when, in which lane, with what memory.

    metadata = tf.RunMetadata()
    sess.run(y, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
             run_metadata=metadata)
    Timeline(metadata.step_stats).generate_chrome_trace_format()

The result opens in chrome://tracing and in Perfetto. The layout of events is that of
TF1's `tensorflow.python.client.timeline`; many runs in one trace are in `chrome.py`.
Read next: `../runtime/stats.py`, where the numbers come from.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Iterator
from typing import Any

AllocationMaximum = namedtuple(
    "AllocationMaximum", ["timestamp", "num_bytes", "tensors"]
)
AllocationMaximum.__doc__ = (
    "The most memory an allocator held: when, how much, for whom."
)

StepStatsAnalysis = namedtuple(
    "StepStatsAnalysis", ["chrome_trace", "allocator_maximums"]
)
StepStatsAnalysis.__doc__ = "What `Timeline.analyze_step_stats` finds."

# TF2 may put a note on memory before it, and has a short form for a GPU's streams.
_LABEL = re.compile(r"(?:\[[^]]*\] ?)?(.*) = (.*?)\((.*)\)", re.DOTALL)
_SHORT = re.compile(r"(.*):(\w+)", re.DOTALL)


class ChromeTrace:
    """Collects events in Chrome's trace format."""

    def __init__(self) -> None:
        """No events."""
        self._metadata: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []

    def process(self, name: str, pid: int) -> None:
        """Name a process."""
        self._metadata.append(
            {"name": "process_name", "ph": "M", "pid": pid, "args": {"name": name}}
        )

    def event(self, phase: str, **fields: Any) -> None:
        """Add an event of a phase ('X', 's', 't', 'C', 'N', 'O', 'D')."""
        self._events.append({"ph": phase, **fields})

    def to_string(self) -> str:
        """The trace as indented JSON, names of processes first."""
        events = self._metadata + self._events
        return json.dumps({"traceEvents": events}, indent=4, separators=(",", ": "))


class Timeline:
    """The timeline of one traced step.

    Args:
        step_stats: a StepStats message.
        graph: accepted as in TF1.
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        """See the class."""
        del graph
        self._stats = step_stats

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """The step as JSON for chrome://tracing and Perfetto.

        Args:
            show_dataflow: draw an arrow from producer to consumer across lanes.
            show_memory: add a counter of the memory each allocator holds.

        Returns:
            Indented JSON, `{"traceEvents": [...]}`.
        """
        found = self.analyze_step_stats(show_dataflow, show_memory)
        text: str = found.chrome_trace.to_string()
        return text

    def analyze_step_stats(
        self, show_dataflow: bool = True, show_memory: bool = True
    ) -> StepStatsAnalysis:
        """The trace and the memory maxima.

        Args:
            show_dataflow: draw an arrow from producer to consumer across lanes.
            show_memory: add a counter of the memory each allocator holds.

        Returns:
            A StepStatsAnalysis.
        """
        trace = ChromeTrace()
        trace.process("Allocators", 0)
        placed = list(self._placed(trace))
        if show_dataflow:
            _draw_flows(trace, placed)
        maxima = _memory(trace, [p[0] for p in placed], show_memory)
        return StepStatsAnalysis(trace, maxima)

    def _placed(self, trace: ChromeTrace) -> Iterator[tuple[Any, int, int]]:
        """(node, process, lane) of every node, while its event is added."""
        for number, device in enumerate(self._stats.dev_stats):
            pid = 2 * number + 1
            trace.process(f"{device.device} Compute", pid)
            trace.process(f"{device.device} Tensors", pid + 1)
            ends: list[int] = []
            for node in sorted(device.node_stats, key=lambda n: n.all_start_micros):
                lane = _free_lane(ends, node)
                trace.event(
                    "X",
                    cat="Op",
                    name=parse_label(node)[1],
                    pid=pid,
                    tid=lane,
                    ts=node.all_start_micros,
                    dur=node.all_end_rel_micros,
                    args=_arguments(node),
                )
                yield node, pid, lane


def parse_label(node: Any) -> tuple[str, str, list[str]]:
    """(name, op type, inputs) of a NodeExecStats, by its timeline label."""
    label = node.timeline_label
    found = _LABEL.fullmatch(label)
    if found is not None:
        name, op, inputs = found.groups()
        return name, op, [i for i in inputs.split(", ") if i]
    short = _SHORT.fullmatch(label)
    if short is not None and short[1] == node.node_name:
        return short[1], short[2], []
    return node.node_name, "unknown", []


def _arguments(node: Any) -> dict[str, str]:
    name, op, inputs = parse_label(node)
    return {"name": name, "op": op, **{f"input{i}": x for i, x in enumerate(inputs)}}


def _free_lane(ends: list[int], node: Any) -> int:
    """The first lane that is free when the node starts."""
    start, end = node.all_start_micros, node.all_start_micros + node.all_end_rel_micros
    for lane, busy_until in enumerate(ends):
        if busy_until <= start:
            ends[lane] = end
            return lane
    ends.append(end)
    return len(ends) - 1


def _draw_flows(trace: ChromeTrace, placed: list[tuple[Any, int, int]]) -> None:
    by_name = {node.node_name: (node, pid, lane) for node, pid, lane in placed}
    number = 0
    for node, pid, lane in placed:
        for text in parse_label(node)[2]:
            source = by_name.get(text.removeprefix("^").split(":")[0])
            if source is None or source[1:] == (pid, lane):
                continue
            maker, maker_pid, maker_lane = source
            when = maker.all_start_micros + maker.all_end_rel_micros
            common = {"name": text, "cat": "DataFlow", "id": number}
            trace.event("s", **common, pid=maker_pid, tid=maker_lane, ts=when)
            trace.event("t", **common, pid=pid, tid=lane, ts=node.all_start_micros)
            number += 1


def _memory(
    trace: ChromeTrace, nodes: list[Any], show: bool
) -> dict[str, AllocationMaximum]:
    """What each allocator held at most; a tensor lives until its last consumer ends."""
    last_use: dict[str, int] = {}
    for node in nodes:
        end = node.all_start_micros + node.all_end_rel_micros
        for name in (node.node_name, *parse_label(node)[2]):
            key = name.split(":")[0]
            last_use[key] = max(last_use.get(key, 0), end)
    changes: dict[str, list[tuple[int, int, str]]] = {}
    for node in nodes:
        for output in node.output:
            about = output.tensor_description.allocation_description
            if about.requested_bytes:
                log = changes.setdefault(about.allocator_name, [])
                name = node.node_name
                log.append((node.all_start_micros, about.requested_bytes, name))
                log.append((last_use[name], -about.requested_bytes, name))
    return {name: _maximum(trace, name, log, show) for name, log in changes.items()}


def _maximum(
    trace: ChromeTrace, allocator: str, log: list[tuple[int, int, str]], show: bool
) -> AllocationMaximum:
    held = 0
    alive: set[str] = set()
    best = AllocationMaximum(0, 0, set())
    for when, change, name in sorted(log):
        held += change
        (alive.add if change > 0 else alive.discard)(name)
        if held > best.num_bytes:
            best = AllocationMaximum(when, held, set(alive))
        if show:
            trace.event(
                "C",
                cat="Memory",
                name=allocator,
                pid=0,
                ts=when,
                args={allocator: held},
            )
    return best
