"""The tensor viewer: any rank by slicing, as heat map, image, histogram or numbers.

    view = TensorView(session, w)          # a variable: what it holds now
    view = TensorView(session, hidden)     # a tensor: what the last run computed
    view = TensorView(value=image)         # an array

While the session runs and somebody looks, it follows. `selected` names what is shown,
so that linking it with a variables table or a graph shows what is pointed at there.
Read next: `history.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import traitlets

from interactive_graphs.debug.history import History
from interactive_graphs.debug.variables import variable_value
from interactive_graphs.debug.watch import Watched, resolved
from interactive_graphs.display import describe, slices
from interactive_graphs.display.evaluate import array_text, is_harmless, summary_text
from interactive_graphs.display.health import LIMIT, health_of
from interactive_graphs.display.table import Table
from interactive_graphs.widgets.base import View
from interactive_graphs.widgets.live import Feed
from interactive_graphs.widgets.variables import NOW

MODES: Final = ("heat", "image", "histogram", "numbers")


class TensorView(View):
    """A tensor's values, live.

    Args:
        session: whose values are shown; None where `value` is given.
        tensor: a tensor, variable, operation, or the name of one.
        value: an array to show instead.
        history: where values of earlier steps are found, see `step`.

    Attributes:
        name: of what is shown.
        mode: "heat", "image", "histogram" or "numbers".
        axes: [rows, columns, channels]: the axes that are seen; -1 for none.
        at: an index for every axis; those of axes that are seen do not matter.
        first: row and column at which the page of numbers begins.
        step: which step's value is shown; -1 for the newest.
    """

    _view = traitlets.Unicode("tensor").tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    mode = traitlets.Enum(MODES, "heat").tag(sync=True)
    axes: Any = traitlets.List(default_value=[-1, -1, -1]).tag(sync=True)
    at: Any = traitlets.List().tag(sync=True)
    first: Any = traitlets.List(default_value=[0, 0]).tag(sync=True)
    step = traitlets.Int(NOW).tag(sync=True)

    def __init__(
        self,
        session: Any = None,
        tensor: Any = None,
        value: Any = None,
        history: History | None = None,
        **traits: Any,
    ) -> None:
        """See the class."""
        super().__init__(**traits)
        self.session = session
        self.history = history
        self._shown: Watched | None = None
        self._array: Any = None if value is None else np.asarray(value)
        self._feed: Feed | None = None
        if tensor is not None:
            self.show(tensor)
        self._fit()
        self.on_ask("plane", lambda _: self._message())
        self.observe(self._look, "visible")
        self.observe(self._point, "selected")
        self.observe(self._answer, ["mode", "axes", "at", "first", "step"])

    # -- what is shown -------------------------------------------------------------

    def show(self, tensor: Any) -> None:
        """Show another tensor, variable or operation of the session.

        Raises:
            TypeError: it is no part of a graph.
            ValueError: it is not of the session's graph, or has no value.
        """
        if self.session is None:
            raise ValueError("This view has no session; it shows an array.")
        (shown,) = resolved(self.session.graph, [tensor])
        if self._feed is not None:
            self._feed.listen(False)
        self._shown, self._array = shown, None
        self._feed = Feed(self, self.session, [shown])
        self.name = shown.name
        self.selected = shown.op.name
        self._array = self._first_value(shown)
        self._fit()
        self._feed.listen(self.visible)
        self._answer()

    def _first_value(self, shown: Watched) -> Any:
        """What is known before the next run: for a tensor, if finding out is free."""
        if shown.tensor is None or not is_harmless(shown.tensor):
            return None
        try:
            return self.session.run(shown.tensor)
        except Exception:  # not initialized, say: the next run will show it
            return None

    def _point(self, change: Any) -> None:
        """What was selected elsewhere, if it has a value."""
        name = change["new"]
        if self.session is None or not name:
            return
        if self._shown is not None and self._shown.op.name == name:
            return
        try:
            self.show(name)
        except (TypeError, ValueError):
            return  # a scope, or an operation without outputs

    def value(self) -> Any:
        """The array that is shown; None while there is none."""
        if self.step != NOW and self.history is not None and self.name:
            try:
                return self.history.value(self.name, self.step)
            except LookupError:
                return None
        shown = self._shown
        if shown is None:
            return self._array
        if shown.variable is not None:
            found = variable_value(self.session, shown.variable)
            return None if found is None else np.asarray(found)
        if self._feed is not None and shown.name in self._feed.values:
            self._array = self._feed.values[shown.name]
        return None if self._array is None else np.asarray(self._array)

    def _view_of(self, shape: tuple[int, ...]) -> slices.View:
        axes = [None if axis < 0 else axis for axis in self.axes]
        view = slices.View(axes[0], axes[1], tuple(self.at), axes[2])
        return slices.fitting(view, shape)

    def _fit(self) -> None:
        """Make the traits fit the rank of what is shown."""
        value = self.value()
        if value is None:
            return
        view = self._view_of(value.shape)
        axes = (view.rows, view.columns, view.channels)
        self.axes = [-1 if axis is None else axis for axis in axes]
        self.at = list(view.at)
        if value.dtype.kind in "OSU":
            self.mode = "numbers"

    # -- news ----------------------------------------------------------------------

    def _look(self, change: Any) -> None:
        if self._feed is not None:
            self._feed.listen(change["new"])
        if change["new"]:
            self.refresh()

    def _answer(self, _change: Any = None) -> None:
        """Show at once what the user asked for: no thinning out of few messages."""
        if self.visible:
            fields, buffers = self._message()
            self.send({**fields, "kind": "plane"}, buffers)

    def refresh(self) -> None:
        """Show the newest value; the session's runs do this by themselves."""
        fields, buffers = self._message()
        self.say("plane", fields, buffers)

    def _message(self) -> tuple[dict[str, Any], list[Any]]:
        """What is to be drawn, and its numbers as binary data."""
        value = self.value()
        fields: dict[str, Any] = {
            "name": self.name,
            "step": self._step(),
            "trouble": self._feed.trouble if self._feed is not None else "",
        }
        if value is None:
            return fields | {"shape": None, "words": self._why_none()}, []
        view = self._view_of(value.shape)
        health = health_of(value, LIMIT)
        fields |= {
            "shape": value.shape,
            "dtype": "string" if value.dtype.kind in "OSU" else str(value.dtype),
            "axes": [-1 if a is None else a for a in (*view[:2], view.channels)],
            "at": view.at,
            "mode": self.mode,
            "words": health.words(),
            "of": health.of,
            "low": health.min,
            "high": health.max,
        }
        return self._drawing(fields, value, view)

    def _drawing(
        self, fields: dict[str, Any], value: Any, view: slices.View
    ) -> tuple[dict[str, Any], list[Any]]:
        if self.mode == "histogram":
            return fields | {"histogram": slices.histogram_of(value)._asdict()}, []
        if self.mode == "numbers" or value.dtype.kind in "OSU":
            page = slices.page_of(value, view, (self.first[0], self.first[1]))
            return fields | {"page": page._asdict()}, []
        plane = slices.plane_of(value, view)
        fields |= {
            "size": plane.size,
            "steps": plane.steps,
            "drawn": plane.values.shape,
        }
        return fields, [plane.values.tobytes()]

    def _step(self) -> int:
        if self.step != NOW:
            return self.step
        return self._feed.step if self._feed is not None else 0

    def _why_none(self) -> str:
        if self.step != NOW:
            return f"The value at step {self.step} is not kept."
        if self._shown is None:
            return "Nothing is selected."
        if self._shown.variable is not None:
            return "The variable is not initialized."
        return "No run has computed it since it is shown."

    def close(self) -> None:
        """Take the view off the page and off the session."""
        if self._feed is not None:
            self._feed.listen(False)
            self._feed.values.clear()
        self.unobserve_all()
        self._array = None
        super().close()

    # -- without a front end -------------------------------------------------------

    def fallback(self) -> dict[str, Any]:
        """Name, shape, dtype, health, and the numbers as numpy prints them."""
        value = self.value()
        name = describe.plain(self.name) or "array"
        if value is None:
            return Table(f"{name}: {self._why_none()}", (), []).bundle()
        rows: list[tuple[str, ...]] = [
            ("value", describe.plain(summary_text(value))),
            ("health", health_of(value).words()),
        ]
        bundle = Table(name, ("", ""), rows).bundle()
        bundle["text/plain"] += f"\n{array_text(value)}"
        return bundle
