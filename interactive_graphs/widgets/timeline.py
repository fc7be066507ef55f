"""The live timeline: many runs on their devices, to zoom into and walk through.

    with traces(session) as t:
        session.run(train)
    t.widget()

Shown before the `with` block, it grows while runs come in. Selecting a slice selects
its operation: link `selected` with a GraphView's. Read next: `placement.py`.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import traitlets

from interactive_graphs.debug.traces import Runs
from interactive_graphs.display import describe
from interactive_graphs.display.timeline_model import TimelineModel
from interactive_graphs.widgets.base import View

PAUSE: Final = 0.5
"""Seconds between two drawings while runs come in, at least."""

COST: Final = 20
"""A drawing is made when as many times as long as the last one took is over."""


class TimelineView(View):
    """Runs on a time axis, with the memory of their results and what they cost.

    Args:
        traces: the runs; see `debug.traces`.
        traits: initial values: `height`, `selected`.

    Attributes:
        model: what is drawn; see `display.timeline_model`.
        picked: the index of the run that is looked at, -1 for all.
        height: of the tracks, in pixels; they scroll where they need more.
    """

    _view = traitlets.Unicode("timeline").tag(sync=True)
    model = traitlets.Dict().tag(sync=True, echo_update=False)
    picked = traitlets.Int(-1).tag(sync=True)
    height = traitlets.Int(320).tag(sync=True)

    def __init__(self, traces: Runs, **traits: Any) -> None:
        """See the class."""
        self.traces = traces
        self._stale = False
        self._timer: threading.Timer | None = None
        self._pause = PAUSE
        self._maker = TimelineModel()
        super().__init__(model=self._maker.of(list(traces.runs)), **traits)
        self._stop: Callable[[], None] = traces.listen(self._changed)
        self.observe(self._seen, "visible")

    def refresh(self) -> None:
        """Draw all runs that there are by now."""
        self._timer = None
        self._stale = False
        begun = time.monotonic()
        self.model = self._maker.of(list(self.traces.runs))
        self._pause = max(PAUSE, COST * (time.monotonic() - begun))

    def close(self) -> None:
        """Take the view off the page."""
        self._stop()
        if self._timer is not None:
            self._timer.cancel()
        super().close()

    def _changed(self) -> None:
        """A run has come in: draw it soon, or when somebody looks."""
        self._stale = True
        if self.visible and self._timer is None:
            # In a context of its own: ipykernel wants to know whose cell it is.
            context = contextvars.copy_context()
            self._timer = threading.Timer(self._pause, context.run, [self.refresh])
            self._timer.daemon = True
            self._timer.start()

    def _seen(self, _: Any) -> None:
        if self.visible and self._stale:
            self.refresh()

    def fallback(self) -> dict[str, Any]:
        """The picture and the table; without times as plain text."""
        bundle = self.traces.picture().bundle()
        names = {s.node.name for run in self.traces.runs for s in run.slices}
        runs = describe.counted(len(self.traces), "run")
        words = f"Timeline of {runs}, {describe.counted(len(names), 'operation')}"
        return {**bundle, "text/plain": words}
