"""Traces of many runs: what ran when, where, for how long, with what memory.

    with traces(session) as t:
        for _ in range(20):
            session.run(train)
    t                       # a notebook draws it, a terminal prints where the time went
    t.save("trace.json")    # for chrome://tracing and ui.perfetto.dev

While traced, a session runs the graph as it was written, each node by itself and with
two looks at the clock around it: compare the shares, not the sum with a plain run.
Runs that were traced with `RunMetadata` are read by `from_metadata`.
Read next: `../display/runs.py`.
"""

from __future__ import annotations

import json
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs.client import targets
from interactive_graphs.debug.attach import Attachment, Probe, Run, attach
from interactive_graphs.display import describe
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.runs import (
    OUTSIDE,
    TOP,
    Cost,
    Node,
    RunTrace,
    Slice,
    cost_table,
    costs,
)
from interactive_graphs.display.table import Table
from interactive_graphs.framework.operation import Operation

RUNS: Final = 100
"""How many runs are kept unless asked: the newest."""

SLICES: Final = 100_000
"""How many slices are kept, of one run and of all together."""

_READS: Final = frozenset({"Identity", "RefIdentity", "Snapshot"})


class Runs(Forms):
    """Runs to look at: a sequence with tables, pictures and files.

    Attributes:
        runs: in the order in which they ended.
    """

    def __init__(self, runs: Iterable[RunTrace] = ()) -> None:
        """These runs."""
        self.runs: list[RunTrace] = list(runs)

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self.runs)

    def costs(self, by: str = "op") -> list[Cost]:
        """What it cost in all runs together, the dearest first.

        Args:
            by: what to add up: 'op', 'type', 'scope' or 'device'.
        """
        return costs(self.runs, by)

    def table(self, by: str = "op", top: int = TOP) -> Table:
        """Where the time went, as a table of at most `top` rows."""
        return cost_table(self.runs, by, top)

    def chrome_trace(self) -> dict[str, Any]:
        """All runs in Chrome's trace format, as plain data."""
        found: dict[str, Any] = lazy.load(
            "interactive_graphs.display.chrome"
        ).chrome_trace(self.runs)
        return found

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the runs to a file.

        Args:
            path: `.json` is a trace for chrome://tracing and ui.perfetto.dev, `.svg`
                the picture of the last run, `.txt` the table.

        Returns:
            The path.

        Raises:
            ValueError: the ending is none of these.
        """
        path = str(os.fspath(path))
        ending = os.path.splitext(path)[1]
        if ending == ".json":
            text = json.dumps(self.chrome_trace())
        elif ending == ".svg":
            text = self.picture().svg
        elif ending == ".txt":
            text = self.table(top=10_000).text + "\n"
        else:
            raise ValueError(f"the endings are .json, .svg and .txt, not {ending!r}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def picture(self, run: int = -1) -> Any:
        """A picture of one run: what ran when, and the memory below.

        Args:
            run: which one, as an index of `runs`.
        """
        drawing = lazy.load("interactive_graphs.display.timeline_picture")
        return drawing.TimelinePicture(self.runs, run)

    def widget(self, **traits: Any) -> Any:
        """The live timeline, to zoom into and walk through."""
        timeline = lazy.load("interactive_graphs.widgets.timeline")
        return timeline.TimelineView(self, **traits)

    def listen(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have `told` called after each further run; returns how to stop that."""
        del told
        return lambda: None

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        bundle: dict[str, Any] = self.picture().bundle()
        return bundle

    def __repr__(self) -> str:
        """Where the time went."""
        return self.table().text


def from_metadata(*messages: Any) -> Runs:
    """The runs that RunMetadata messages tell of, one each.

    Args:
        messages: RunMetadata or StepStats, of this package or of TensorFlow, or
            serialised RunMetadata.

    Raises:
        TypeError: a message is none of these.
    """
    return Runs(lazy.load("interactive_graphs.display.step_stats").read_runs(messages))


def traces(session: Any = None, runs: int = RUNS) -> Traces:
    """Collects what runs do, inside of a `with` block.

    Args:
        session: whose runs; those of all sessions, also of later ones, when None.
        runs: how many are kept; the newest.

    Example:
        >>> import interactive_graphs as tf
        >>> y = tf.negative(tf.sin(2.0, name="s"), name="y")
        >>> session = tf.Session()
        >>> with traces(session) as t:
        ...     value = session.run(y)
        >>> [(run.title, [s.node.name for s in run.slices]) for run in t.runs]
        [('y:0', ['s/x', 's', 'y'])]
    """
    return Traces(session, runs)


class Traces(Runs):
    """Runs that are being collected, or were.

    Attributes:
        runs: in the order in which they ended, the newest `limit` of them.
        dropped: how many older ones were let go.
    """

    def __init__(self, session: Any, limit: int) -> None:
        """Collects nothing before the `with` block; see `traces`."""
        super().__init__()
        self.dropped = 0
        self._limit = max(limit, 1)
        self._session = session
        self._attachments: list[Attachment] = []
        self._unwatch: Callable[[], None] | None = None
        self._listeners: list[Callable[[], None]] = []
        self._number = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Traces:
        """Begin; more than once is refused.

        Raises:
            RuntimeError: it collects already, or the session is closed.
        """
        if self._attachments or self._unwatch:
            raise RuntimeError("These traces are being collected already.")
        if self._session is not None:
            self._watch(self._session)
        else:
            self._unwatch = targets.live_sessions.listen(self._watch)
            for session in list(targets.live_sessions):
                if not session._closed:
                    self._watch(session)
        return self

    def __exit__(self, *_: object) -> None:
        """End; what was collected stays."""
        if self._unwatch:
            self._unwatch()
            self._unwatch = None
        attachments, self._attachments = self._attachments, []
        for attachment in attachments:
            attachment.close()

    def _watch(self, session: Any) -> None:
        self._attachments.append(attach(session, _Recorder(self._add)))

    def _add(self, run: RunTrace) -> None:
        with self._lock:
            self._number += 1
            run.number = self._number
            self.runs.append(run)
            kept = sum(len(one.slices) for one in self.runs)
            while len(self.runs) > 1 and (
                len(self.runs) > self._limit or kept > SLICES
            ):
                kept -= len(self.runs.pop(0).slices)
                self.dropped += 1
            listeners = list(self._listeners)
        for told in listeners:
            told()

    def listen(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have `told` called after each further run; returns how to stop that."""
        self._listeners.append(told)

        def stop() -> None:
            if told in self._listeners:
                self._listeners.remove(told)

        return stop


class _Recorder(Probe):
    """Notes when each node runs; in several threads they do not mix."""

    def __init__(self, add: Callable[[RunTrace], None]) -> None:
        self._add = add
        self._local = threading.local()
        self._nodes: dict[Operation, Node] = {}

    def start(self, run: Run) -> None:
        """Begin to note."""
        recordings = self._local.__dict__.setdefault("recordings", [])
        recordings.append(_Recording(run))
        self._local.now = recordings[-1]

    def before(self, op: Operation) -> None:
        """Note the time."""
        self._local.now.starts[op] = time.perf_counter()

    def after(self, op: Operation, outputs: tuple[Any, ...]) -> None:
        """Note the time and what came out."""
        self._local.now.note(op, time.perf_counter(), outputs)

    def stop(self, run: Run, error: BaseException | None = None) -> None:
        """Hand over what was noted."""
        recordings = self._local.recordings
        recording = recordings.pop()
        self._local.now = recordings[-1] if recordings else None
        self._add(recording.trace(run, error, self._nodes))


class _Recording:
    """What is noted of one run."""

    def __init__(self, run: Run) -> None:
        self.starts: dict[Operation, float] = {}
        self._notes: list[tuple[Any, ...]] = []
        self._left_out = 0
        self._last = 0
        # Of each array in memory the number, and what tells whether it is still there.
        self._known: dict[int, tuple[int, Any]] = {}
        for value in run.feeds.values():
            if isinstance(value, np.ndarray):
                self._number(value, outside=True)
        self._wall = time.time()
        self._began = time.perf_counter()

    def note(self, op: Operation, ended: float, outputs: tuple[Any, ...]) -> None:
        """Note a node that has run."""
        started = self.starts.pop(op, ended)
        if len(self._notes) >= SLICES:
            self._left_out += 1
            return
        described, buffers = [], []
        outside = _was_there(op)
        for value in outputs:
            described.append(
                (getattr(value, "dtype", None), getattr(value, "shape", ()))
            )
            if isinstance(value, (np.ndarray, np.generic)):
                number, size = self._number(value, outside)
                if number and size:
                    buffers.append((number, size))
        self._notes.append((op, started, ended, described, tuple(buffers)))

    def _number(self, value: Any, outside: bool = False) -> tuple[int, int]:
        """The number of the memory that an array lies in, and its size in bytes.

        Number 0 is what was there before the run.
        """
        owner = value
        while isinstance(owner, np.ndarray) and isinstance(owner.base, np.ndarray):
            owner = owner.base
        number, alive = self._known.get(id(owner), (0, None))
        if alive is None or alive() is not owner:
            number = 0
            if not outside:
                self._last += 1
                number = self._last
            if isinstance(owner, np.ndarray):
                self._known[id(owner)] = number, weakref.ref(owner)
        return number, int(owner.nbytes)

    def trace(
        self, run: Run, error: BaseException | None, nodes: dict[Operation, Node]
    ) -> RunTrace:
        """What was noted, as plain data."""
        took = (time.perf_counter() - self._began) * 1e6
        slices = [
            Slice(
                nodes.get(op) or nodes.setdefault(op, _node(op, run)),
                (started - self._began) * 1e6,
                (ended - started) * 1e6,
                tuple(_words(dtype, shape) for dtype, shape in described),
                buffers,
            )
            for op, started, ended, described, buffers in self._notes
        ]
        slices.sort(key=lambda piece: piece.start)
        words = "" if error is None else f"{type(error).__name__}: {error}"
        return RunTrace(
            run.number,
            ", ".join([t.name for t in run.fetches] + [op.name for op in run.targets]),
            self._wall,
            took,
            slices,
            describe.plain(words.partition("\n")[0]),
            self._left_out,
        )


def _was_there(op: Operation) -> bool:
    """Whether what a node gives is not its own: a constant, a variable's value."""
    if op.type in OUTSIDE:
        return True
    return op.type in _READS and bool(op.inputs) and op.inputs[0].dtype._is_ref_dtype


def _node(op: Operation, run: Run) -> Node:
    takes = [tensor.op.name for tensor in op.inputs]
    takes += [f"^{other.name}" for other in op.control_inputs]
    device = run.session._engine.placer.device_of(op)
    return Node(op.name, op.type, device, tuple(dict.fromkeys(takes)))


def _words(dtype: Any, shape: tuple[int, ...]) -> str:
    name = "string" if getattr(dtype, "kind", "") == "O" else getattr(dtype, "name", "")
    return f"{name} {describe.shape_text(shape)}".strip()
