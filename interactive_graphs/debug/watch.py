"""`watch`: record tensors and variables at every step of a session, and raise alerts.

    >>> import interactive_graphs as tf
    >>> session = tf.InteractiveSession()
    >>> w = tf.Variable(1.0, name="w")
    >>> grow = w.assign(w * 1e20)
    >>> _ = session.run(w.initializer)
    >>> with watch(session, [w, grow], when="inf") as watched:
    ...     for _ in range(3):
    ...         _ = session.run(grow)
    >>> watched.history["w"].column("mean")[:1].tolist()
    [1.0000000200408773e+20]
    >>> print(watched.alerts[0])
    step 2: Assign:0 is infinite
    >>> session.close()

Tensors are seen through a probe, which keeps their nodes from being optimised away;
variables are looked up after a run, where they have been replaced in it. What a run
does not compute is not recorded, and nothing is computed for the record's sake.
Read next: `attach.py`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.debug.attach import Attachment, Probe, Run, attach
from interactive_graphs.debug.history import CAPACITY, MEMORY, History
from interactive_graphs.debug.pace import Pace
from interactive_graphs.debug.variables import is_variable, variable_value
from interactive_graphs.debug.when import Test, ValueTest
from interactive_graphs.display import describe
from interactive_graphs.display.evaluate import summary_text
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.health import LIMIT
from interactive_graphs.display.table import Table
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

ALERTS: Final = 100
"""Alerts that a watch remembers."""


class Alert(NamedTuple):
    """A condition that began to hold.

    Attributes:
        step: the number of the run.
        name: of the tensor or variable.
        words: what is the matter, after its name: "is NaN".
    """

    step: int
    name: str
    words: str

    def __str__(self) -> str:
        """A line for people."""
        return describe.plain(f"step {self.step}: {self.name} {self.words}")


class Watched(NamedTuple):
    """What is watched: a tensor, or the variable that an operation owns."""

    name: str
    tensor: Tensor | None
    variable: Operation | None

    @property
    def op(self) -> Operation:
        """The operation it comes from."""
        found = self.variable if self.tensor is None else self.tensor.op
        assert found is not None
        return found


class Turns:
    """Which of the steps are recorded."""

    def __init__(self, every: int, share: float) -> None:
        """Every so many steps, and no more of the time than `share`."""
        self.pace = Pace(float("inf"), share)
        self._every = every
        self._seen = 0

    def is_next(self) -> bool:
        """Whether it is the turn of a step; asked once for each."""
        self._seen += 1
        if (self._seen - 1) % self._every:
            return False
        return self.pace.share >= 1 or self.pace.is_due()


class Watch(Forms):
    """A record that grows with each run of a session, until `close`.

    Attributes:
        session: whose runs are recorded.
        watched: what is recorded.
        history: the record; see `History`.
        alerts: what `when` found, newest last, `ALERTS` of them at most.
    """

    def __init__(
        self,
        session: Any,
        watched: list[Watched],
        turns: Turns,
        when: Test | None,
        history: History,
        on_alert: Callable[[Alert], None] | None,
    ) -> None:
        """Made by `watch`."""
        self.session = session
        self.watched = watched
        self.history = history
        self.alerts: deque[Alert] = deque(maxlen=ALERTS)
        self._turns = turns
        self._when = when
        self._on_alert = on_alert
        self._holding: set[str] = set()
        self._last: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._attachment: Attachment | None = attach(session, _Recorder(self))

    @property
    def is_open(self) -> bool:
        """Whether it still records."""
        return self._attachment is not None

    def close(self) -> None:
        """Stop recording; what was recorded stays. Later calls do nothing."""
        attachment, self._attachment = self._attachment, None
        if attachment is not None:
            attachment.close()

    def __enter__(self) -> Watch:
        """The watch itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop recording."""
        self.close()

    # -- recording -----------------------------------------------------------------

    def take(self, run: Run, found: dict[str, Any]) -> None:
        """Record what a run computed, if it is its turn.

        Args:
            run: the run that has ended.
            found: values by the names of watched tensors.
        """
        with self._lock:
            for one in self.watched:
                value = self._variable(one) if one.variable is not None else None
                if value is not None and value is not self._last.get(one.name):
                    found[one.name] = value
            if not found:
                return
            if not self._turns.is_next():
                return
            with self._turns.pace:
                told = [self._record(run.number, *pair) for pair in found.items()]
        for alert in told:
            if alert is None:
                continue
            self.alerts.append(alert)
            if self._on_alert is not None:
                self._on_alert(alert)

    def _variable(self, one: Watched) -> Any:
        assert one.variable is not None
        return variable_value(self.session, one.variable)

    def _record(self, step: int, name: str, value: Any) -> Alert | None:
        health = self.history.record(name, step, value, LIMIT)
        before, self._last[name] = self._last.get(name), value
        if self._when is None:
            return None
        words = self._when(value, health, before)
        if not words:
            self._holding.discard(name)
            return None
        if name in self._holding and words != "changed":
            return None
        self._holding.add(name)
        return Alert(step, name, words)

    # -- display -------------------------------------------------------------------

    def table(self) -> Table:
        """The newest record of each tensor, and the alerts."""
        rows: list[tuple[str, ...]] = []
        for one in self.watched:
            if one.name not in self.history:
                rows.append((describe.plain(one.name), "", "not computed yet", ""))
                continue
            series = self.history[one.name]
            step = int(series.steps[-1])
            value = self._last[one.name]
            words = series.last.words() if series.last is not None else ""
            name = describe.plain(one.name)
            rows.append((name, str(step), summary_text(value), words))
        word = "watching" if self.is_open else "watched"
        caption = f"{word} {describe.counted(len(self.watched), 'tensor')}"
        if self.alerts:
            caption += f"; {self.alerts[-1]}"
        return Table(caption, ("name", "step", "value", "health"), rows)

    def __repr__(self) -> str:
        """The table as text."""
        return self.table().text

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        return self.table().bundle()


class _Recorder(Probe):
    """The probe of a watch: keeps what a run computes until the run ends."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._names: dict[Operation, list[tuple[str, Tensor]]] = {}
        for one in watch.watched:
            if one.tensor is not None:
                self._names.setdefault(one.op, []).append((one.name, one.tensor))
        self._runs = threading.local()

    def wants(self, op: Operation) -> bool:
        return op in self._names

    def start(self, _run: Run) -> None:
        self._runs.found = {}

    def after(self, op: Operation, outputs: tuple[Any, ...]) -> None:
        for name, tensor in self._names[op]:
            value = outputs[tensor.value_index]
            if value is not None:  # None: a side of a condition that was not taken
                self._runs.found[name] = value

    def stop(self, run: Run, _error: BaseException | None = None) -> None:
        found = self._runs.found
        self._runs.found = {}
        for pairs in self._names.values():
            for name, tensor in pairs:
                if tensor in run.feeds:
                    dtype = tensor.dtype.base_dtype.np_dtype
                    found[name] = np.array(run.feeds[tensor], dtype)
        self._watch.take(run, found)


def watch(
    session: Any,
    tensors: Any,
    every: int = 1,
    when: str | Test | None = None,
    *,
    capacity: int = CAPACITY,
    memory: int = MEMORY,
    share: float = 1.0,
    history: History | None = None,
    on_alert: Callable[[Alert], None] | None = None,
) -> Watch:
    """Record tensors and variables at each step of a session.

    Args:
        session: a Session or InteractiveSession.
        tensors: a tensor, variable, operation, or name of one; or a list of these.
        every: record every so many of the steps that compute any of them.
        when: raise an alert when this begins to hold of one of them: "nan", "inf",
            "bad" for either, "> 5", "< 0", "changed"; see `when.ValueTest`.
        capacity: how many steps are kept of each.
        memory: how many bytes of full values are kept, of all together; 0 for none.
        share: of the time that recording may take, e.g. 0.03; steps are passed over
            where it would be more. By default no step is.
        history: the record to add to, instead of a new one.
        on_alert: called with each `Alert`, in the thread of the run.

    Returns:
        The record, which goes on until its `close` or the end of a `with` block.

    Raises:
        RuntimeError: the session is closed.
        TypeError: something is no part of a graph.
        ValueError: something is not in this session's graph; `every`, `when` or
            `share` is no such thing.
    """
    if every < 1:
        raise ValueError(f"every must be 1 or more, not {every}")
    if not 0 < share <= 1:
        raise ValueError(f"share must be more than 0 and at most 1, not {share}")
    test = ValueTest.of(when) if isinstance(when, str) else when
    found = resolved(session.graph, tensors)
    if history is None:
        history = History(capacity, memory)
    return Watch(session, found, Turns(every, share), test, history, on_alert)


def resolved(graph: Graph, tensors: Any) -> list[Watched]:
    """What `tensors` stands for, each once.

    Raises:
        TypeError: something is no part of a graph.
        ValueError: something is not in `graph`, has no value, or nothing is asked for.
    """
    listed = isinstance(tensors, Iterable) and not isinstance(tensors, (str, Tensor))
    is_one = not listed or hasattr(tensors, "initializer")
    items = [tensors] if is_one else list(tensors)
    found = {one.name: one for one in (_resolve(graph, item) for item in items)}
    if not found:
        raise ValueError("There is nothing to watch.")
    return list(found.values())


def _resolve(graph: Graph, item: Any) -> Watched:
    if hasattr(item, "initializer") and isinstance(item.op, Operation):
        item = item.op
    try:
        item = graph.as_graph_element(item)
    except KeyError as error:
        raise ValueError(str(error.args[0])) from None
    op = item if isinstance(item, Operation) else item.op
    if is_variable(op):
        return Watched(op.name, None, op)
    if isinstance(item, Tensor):
        return Watched(item.name, item, None)
    if not op.outputs:
        raise ValueError(f"The operation {op.name!r} gives no value to watch.")
    return Watched(op.outputs[0].name, op.outputs[0], None)
