"""Plots of watched tensors over the steps, and a scrubber to go back with.

    watched = watch(session, [loss, w])
    view = HistoryView(watched)
    view.drive(variables_view, tensor_view, graph_view)

Going back to a step shows its values in the views that are driven; a graph view shows
them as marks and its layout does not move. Read next: `follow.py`.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
import traitlets

from interactive_graphs.debug.history import COLUMNS, History
from interactive_graphs.debug.watch import Watch, watch
from interactive_graphs.display import describe
from interactive_graphs.display.health import LIMIT, health_of
from interactive_graphs.display.table import Table
from interactive_graphs.widgets.base import View
from interactive_graphs.widgets.follow import mark_of
from interactive_graphs.widgets.live import Feed
from interactive_graphs.widgets.variables import NOW

POINTS: Final = 240
"""Steps that a plot shows, at most; those with NaN or inf always."""

SHARE: Final = 0.01
"""Of the time that recording for this view alone may take."""


class HistoryView(View):
    """What watched tensors were like at each step.

    Args:
        watched: a `Watch`, which goes on by itself; or a session, of which `tensors`
            are then watched while somebody can see the view.
        tensors: as of `watch`.

    Attributes:
        column: what is plotted: one of `debug.history.COLUMNS`.
        step: the step that is shown in the views it drives; -1 for the newest.
    """

    _view = traitlets.Unicode("history").tag(sync=True)
    column = traitlets.Enum(COLUMNS, "mean").tag(sync=True)
    step = traitlets.Int(NOW).tag(sync=True)

    def __init__(self, watched: Any, tensors: Any = None, **traits: Any) -> None:
        """See the class."""
        super().__init__(**traits)
        self._own: tuple[Any, Any] | None = None
        self._watch: Watch | None = None
        if isinstance(watched, Watch):
            self.session, self._watch = watched.session, watched
            self.history = watched.history
        else:
            self.session, self._own = watched, (watched, tensors)
            self.history = History()
        self._driven: list[View] = []
        self._feed = Feed(self, self.session)
        self.on_ask("series", lambda _: self._message())
        self.observe(self._look, "visible")
        self.observe(self._answer, "column")
        self.observe(self._go, "step")

    def _look(self, change: Any) -> None:
        visible = change["new"]
        if self._own is not None and visible and self._watch is None:
            self._watch = watch(*self._own, share=SHARE, history=self.history)
        if self._own is not None and not visible and self._watch is not None:
            self._watch.close()
            self._watch = None
        self._feed.listen(visible)
        if visible:
            self._feed.refresh()

    def close(self) -> None:
        """Take the view off the page and off the session; a `Watch` given goes on."""
        self._feed.listen(False)
        if self._own is not None and self._watch is not None:
            self._watch.close()
        self.unobserve_all()
        self._driven.clear()
        self._watch = None
        super().close()

    # -- scrubbing -----------------------------------------------------------------

    def drive(self, *views: Any) -> None:
        """Have other views show the step that this one is at.

        Args:
            *views: a VariablesView or TensorView shows its values of that step; a
                GraphView marks the operations with them.
        """
        self._driven += views
        for view in views:
            if hasattr(view, "history"):
                view.history = self.history
        self._go()

    def _go(self, _change: Any = None) -> None:
        for view in self._driven:
            if hasattr(view, "step"):
                view.step = self.step
            elif hasattr(view, "marks"):
                view.marks = self.marks()

    def marks(self) -> dict[str, str]:
        """What each watched operation was like at `step`, as a short text."""
        found: dict[str, str] = {}
        for name in self.history:
            words = self._words(name)
            if words:
                found[name.partition(":")[0]] = words
        return found

    def _words(self, name: str) -> str:
        newest = int(np.iinfo(np.int64).max)
        try:
            value = self.history.value(name, newest if self.step == NOW else self.step)
        except LookupError:
            return ""
        return mark_of(value, health_of(value, LIMIT))

    # -- news ----------------------------------------------------------------------

    def _answer(self, _change: Any = None) -> None:
        if self.visible:
            fields, buffers = self._message()
            self.send({**fields, "kind": "series"}, buffers)

    def refresh(self) -> None:
        """Show the newest records; the session's runs do this by themselves."""
        fields, buffers = self._message()
        self.say("series", fields, buffers)
        if self.step == NOW:
            self._go()

    def _message(self) -> tuple[dict[str, Any], list[Any]]:
        """The steps and one column of each series, thinned out."""
        names, buffers, last = [], [], []
        for name in self.history:
            steps, table = self.history[name].rows()
            chosen = thinned(table, COLUMNS.index(self.column))
            names.append(name)
            buffers.append(steps[chosen].astype(np.float64).tobytes())
            some = table[chosen]
            buffers.append(some[:, COLUMNS.index(self.column)].tobytes())
            bad = some[:, [COLUMNS.index("nan"), COLUMNS.index("inf")]].any(axis=1)
            buffers.append(bad.astype(np.float64).tobytes())
            last.append(self.history[name].last)
        steps = self.history.steps
        fields = {
            "names": names,
            "column": self.column,
            "step": self.step,
            "range": [int(steps[0]), int(steps[-1])] if steps.size else [0, 0],
            "health": [one.words() if one is not None else "" for one in last],
            "alerts": [str(alert) for alert in self._alerts()],
            "trouble": self._feed.trouble,
        }
        return fields, buffers

    def _alerts(self) -> list[Any]:
        return [] if self._watch is None else list(self._watch.alerts)[-5:]

    # -- without a front end -------------------------------------------------------

    def fallback(self) -> dict[str, Any]:
        """What each series was first, last, least and greatest."""
        rows: list[tuple[str, ...]] = []
        for name in self.history:
            steps, table = self.history[name].rows()
            numbers = table[:, COLUMNS.index("mean")]
            finite = numbers[np.isfinite(numbers)]
            ends = (finite[0], finite[-1], finite.min(), finite.max())
            words = [f"{number:.4g}" for number in ends] if finite.size else [""] * 4
            rows.append((describe.plain(name), f"{steps[0]} to {steps[-1]}", *words))
        caption = f"history of {describe.counted(len(rows), 'tensor')}"
        headings = ("name", "steps", "first mean", "last mean", "least", "greatest")
        return Table(caption, headings, rows).bundle()


def thinned(table: np.ndarray[Any, Any], column: int) -> np.ndarray[Any, Any]:
    """Places of at most about `POINTS` rows: even, with extremes and what is bad."""
    count = len(table)
    if count <= POINTS:
        return np.arange(count)
    numbers = table[:, column]
    cuts = np.linspace(0, count, POINTS // 3 + 1).astype(np.int64)
    chosen = {0, count - 1}
    filled = np.nan_to_num(numbers, nan=0.0)
    for start, stop in itertools.pairwise(cuts):
        part = filled[start:stop]
        chosen |= {int(start), int(start + part.argmin()), int(start + part.argmax())}
    bad = np.flatnonzero(table[:, [COLUMNS.index("nan"), COLUMNS.index("inf")]].any(1))
    chosen |= set(bad[:: max(1, len(bad) // POINTS)].tolist())
    return np.array(sorted(chosen), np.int64)
