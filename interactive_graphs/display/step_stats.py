"""Runs out of TensorFlow's messages: RunMetadata and StepStats, ours or theirs.

    run = read_run(metadata)          # or metadata.step_stats, or their bytes

Read next: `runs.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from interactive_graphs import protos
from interactive_graphs.display import describe
from interactive_graphs.display.runs import OUTSIDE, Node, RunTrace, Slice
from interactive_graphs.display.timeline import parse_label
from interactive_graphs.framework.dtypes import as_dtype

# Nodes that stand for feeds, fetches and the start; they take no time here.
_EDGES: Final = frozenset({"_Arg", "_Retval", "NoOp"})


def read_run(message: Any, number: int = 1, title: str = "") -> RunTrace:
    """A run as its messages tell it.

    Args:
        message: a RunMetadata or StepStats, of this package or of TensorFlow; or a
            serialised RunMetadata.
        number: of the run.
        title: what was fetched; read from the message where it says so.

    Raises:
        TypeError: it is none of these.
    """
    stats = _step_stats(message)
    nodes = [
        (device.device, node)
        for device in stats.dev_stats
        for node in device.node_stats
    ]
    nodes.sort(key=lambda pair: pair[1].all_start_micros)
    began = nodes[0][1].all_start_micros if nodes else 0
    slices, fetched, end = [], [], 0
    held = _Buffers()
    for device, node in nodes:
        name, op, inputs = parse_label(node)
        end = max(end, node.all_start_micros - began + node.all_end_rel_micros)
        if op == "_Retval":
            fetched += inputs
        if op in _EDGES and name.startswith("_") and node.all_end_rel_micros <= 1:
            continue
        takes = tuple(_producer(text) for text in inputs)
        slices.append(
            Slice(
                Node(name, op, device, takes),
                float(node.all_start_micros - began),
                float(node.all_end_rel_micros),
                tuple(_words(output.tensor_description) for output in node.output),
                held.of(name, op, takes, node.output),
            )
        )
    title = title or ", ".join(sorted(fetched)) or "targets"
    return RunTrace(number, title, began / 1e6, float(end), slices)


def read_runs(messages: Iterable[Any]) -> list[RunTrace]:
    """A run for each message; see `read_run`."""
    return [read_run(message, i + 1) for i, message in enumerate(messages)]


def _step_stats(message: Any) -> Any:
    if isinstance(message, (bytes, bytearray, memoryview)):
        metadata = protos.RunMetadata()
        metadata.ParseFromString(bytes(message))
        return metadata.step_stats
    for candidate in (message, getattr(message, "step_stats", None)):
        if hasattr(candidate, "dev_stats"):
            return candidate
    raise TypeError(f"expected a RunMetadata or StepStats message, got {type(message)}")


def _producer(text: str) -> str:
    """The node that an input in a label comes from: '^a', 'b:1' and 'b' are written."""
    return text if text.startswith("^") else text.partition(":")[0]


def _words(described: Any) -> str:
    dims = tuple(dim.size for dim in described.shape.dim)
    try:
        dtype = as_dtype(described.dtype).name
    except TypeError:  # of a later TensorFlow
        dtype = f"dtype {described.dtype}"
    return f"{dtype} {describe.shape_text(dims)}"


class _Buffers:
    """Which memory is whose: an output at the address of an input is that input."""

    def __init__(self) -> None:
        self._last = 0
        # By node: number of the buffer by address.
        self._of: dict[str, dict[int, int]] = {}

    def of(
        self, name: str, op: str, inputs: tuple[str, ...], outputs: Any
    ) -> tuple[tuple[int, int], ...]:
        known: dict[int, int] = {}
        for source in inputs:
            known |= self._of.get(source, {})
        mine: dict[int, int] = {}
        found = []
        for output in outputs:
            about = output.tensor_description.allocation_description
            number = known.get(about.ptr) if about.ptr else None
            if number is None:
                self._last += 1
                # What was there before the run is known by number 0.
                number = 0 if op in OUTSIDE else self._last
            mine[about.ptr] = number
            if number and about.requested_bytes:
                found.append((number, int(about.requested_bytes)))
        self._of[name] = mine
        return tuple(found)
