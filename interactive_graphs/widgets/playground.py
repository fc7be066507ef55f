"""A playground made of one's own graph: turn something, and see what follows.

    explore(sliders={x: (-3, 3), w: (-2, 2)}, show=[y, loss])
    explore([w, b], show=[loss, curve(y, over=x)], graph=True)

Placeholders and variables are turned by sliders, fields, switches, cells and points;
tensors are shown as numbers, lines, bars, heat maps, curves and surfaces. A change
computes again only what depends on it (`debug.explore`); a graph beside it shows which
operations ran. Read next: `controls.py`, `plots.py`.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import traitlets
from ipywidgets import VBox  # type: ignore[import-untyped]

from interactive_graphs.debug.explore import Playground, Update, control_of
from interactive_graphs.debug.variables import is_variable
from interactive_graphs.display import describe
from interactive_graphs.display.chart import chart_svg, chart_words
from interactive_graphs.display.targets import asked_operations, dependencies
from interactive_graphs.framework import stacks
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.widgets import controls as kinds
from interactive_graphs.widgets.base import View
from interactive_graphs.widgets.controls import Control, control_for, listed, start_of
from interactive_graphs.widgets.graph_view import GraphView
from interactive_graphs.widgets.live import Feed
from interactive_graphs.widgets.plots import Drawn, plot_of, sampled

_MARKED: Final = 4
"""Elements of a value that is written on its operation."""


class ExploreView(View):
    """Controls and plots that follow them; made by `explore`.

    Args:
        session: runs the graph and holds its variables.
        show: tensors, variables and plots.
        controls: what is turned.
        feed_dict: values of placeholders that stay.
        title: what to call it.

    Attributes:
        controls: what is known of each control.
        plots: what is known of each plot, with the values it began with.
        note: what the last change computed again, in words.
        recomputed: names of the operations that this ran.
        play: the playground: `play.value(loss)`, `play.set({x: 1.0})`.
    """

    _view = traitlets.Unicode("explore").tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    # Not echoed: they are Python's. What changes after the beginning comes as answers.
    controls: Any = traitlets.List().tag(sync=True, echo_update=False)
    plots: Any = traitlets.List().tag(sync=True, echo_update=False)
    note = traitlets.Unicode().tag(sync=True, echo_update=False)
    recomputed = traitlets.List(traitlets.Unicode())

    def __init__(
        self,
        session: Any,
        show: Sequence[Any],
        controls: Sequence[Control],
        feed_dict: Mapping[Any, Any] | None = None,
        title: str = "",
    ) -> None:
        """Computes everything once."""
        self.session = session
        self._turned = list(controls)
        self._beside: GraphView | None = None
        plots = [plot_of(one) for one in show]
        fed = {control_of(key): value for key, value in (feed_dict or {}).items()}
        direct = [plot.tensor for plot in plots if not plot.over]
        values = {one.tensor: one.value for one in self._turned}
        self.play = Playground(session, direct, values, fed)
        self._drawn = [Drawn(plot, self.play, fed) for plot in plots]
        super().__init__(title=title)
        self._feed = Feed(self, session)
        self._busy = False
        self._tell_all()
        self.on_ask("set", self._answer_set)
        self.on_ask("redraw", lambda _: self._answer(self.play.redraw(), {}))
        self.on_ask("now", lambda _: self._answer(self.play.refresh(), {}))
        self.observe(lambda change: self._feed.listen(change["new"]), "visible")

    def _tell_all(self) -> None:
        """Put what there is now into the traits: what a page without a kernel shows."""
        plots = []
        for drawn in self._drawn:
            plot = drawn.to_json()
            plot["values"] = listed(_rounded(sampled(drawn.values)))
            plots.append(plot)
        self.plots = plots
        self.controls = [one.to_json() for one in self._turned]
        self.note = self.play.last.words

    def close(self) -> None:
        """Take the view, and the graph beside it, off the page and off the session."""
        if not hasattr(self, "_feed"):
            return  # an error came before there was anything to let go of
        self._feed.listen(False)
        self.unobserve_all()
        if self._beside is not None:
            self._beside.close()
        super().close()

    # -- turning -----------------------------------------------------------------------

    def set(self, values: Mapping[Any, Any]) -> Update:
        """Change controls from Python, as if a reader had turned them.

        Args:
            values: by placeholder or variable.

        Returns:
            What was computed again.

        Raises:
            ValueError: one of them is no control here, or the value does not fit.
        """
        by_tensor = {one.tensor: number for number, one in enumerate(self._turned)}
        changes = {}
        for key, value in values.items():
            tensor = control_of(key)
            if tensor not in by_tensor:
                raise ValueError(f"{tensor.op.name} is no control of this view.")
            changes[by_tensor[tensor]] = value
        update, fields, buffers = self._turn(changes)
        self._tell_all()
        self.say("values", fields, buffers)
        return update

    def _answer_set(self, question: dict[str, Any]) -> Any:
        changes = {
            int(number): self._turned[int(number)].read(value)
            for number, value in question["changes"]
        }
        _, fields, buffers = self._turn(changes)
        return fields, buffers

    def _turn(self, changes: Mapping[int, Any]) -> tuple[Update, dict[str, Any], Any]:
        turned = {self._turned[number].tensor: v for number, v in changes.items()}
        self._busy = True
        try:
            update = self.play.set(turned)
            fields, buffers = self._answer(update, turned)
        finally:
            self._busy = False
        return update, fields, buffers

    def refresh(self) -> None:
        """Follow the variables, as a training changes them."""
        if self._busy:
            return  # told of a run of our own
        self._busy = True
        try:
            update = self.play.refresh()
            if update.changed:
                fields, buffers = self._answer(update, {})
                self.say("values", fields, buffers)
        finally:
            self._busy = False

    def _answer(
        self, update: Update, turned: Mapping[Tensor, Any]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """What is new, as a message: plots with their arrays, and the controls."""
        for one in self._turned:
            value = self.play.value(one.tensor)
            one.value = np.asarray(value)
        plots, buffers = [], []
        for number, drawn in enumerate(self._drawn):
            if drawn.follow(turned, update.fresh):
                array = sampled(drawn.values)
                plots.append({**drawn.to_json(), "number": number})
                numbers = (
                    array if array.dtype.kind in "biufV" else np.zeros(array.shape)
                )
                buffers.append(np.ascontiguousarray(numbers, np.float32).tobytes())
        self.recomputed = [op.name for op in update.recomputed]
        if self._beside is not None:
            self._beside.marks = self.marks()
        fields = {
            "plots": plots,
            "values": [listed(np.asarray(one.value)) for one in self._turned],
            "note": update.words,
            "recomputed": self.recomputed,
        }
        return fields, buffers

    # -- the graph beside it -----------------------------------------------------------

    def marks(self) -> dict[str, str]:
        """Small values by operation, with a sign on those that the last change ran."""
        found = {}
        ran = set(self.recomputed)
        for op in self.play.nodes:
            words = self._small(op.outputs[0]) if len(op.outputs) == 1 else ""
            if op.name in ran:
                words = f"↻ {words}".strip()
            if words:
                found[op.name] = words
        return found

    def _small(self, tensor: Tensor) -> str:
        try:
            value = np.asarray(self.play.value(tensor))
        except KeyError:
            return ""
        if value.size > _MARKED or value.dtype.kind not in "biufV":
            return ""
        parts = [f"{number:.3g}" for number in value.astype(np.float64).reshape(-1)]
        return parts[0] if value.ndim == 0 else f"[{', '.join(parts)}]"

    def graph_view(self) -> GraphView:
        """The graph of what is shown, on which each change marks what it ran."""
        if self._beside is None:
            shown = [drawn.plot.tensor for drawn in self._drawn]
            self._beside = GraphView(shown, session=self.session)
            self._beside.marks = self.marks()
            traitlets.link((self, "selected"), (self._beside, "selected"))
        return self._beside

    # -- without a front end -----------------------------------------------------------

    def text(self) -> str:
        """Controls and plots in words."""
        lines = [self.title or "Playground"]
        for one in self._turned:
            ends = f"{one.low:g} to {one.high:g}"
            span = "" if one.kind in (kinds.SWITCH, kinds.FIELD) else f", {ends}"
            value = chart_words("values", np.asarray(one.value))
            lines.append(f"  {describe.plain(one.name)} = {value}  ({one.kind}{span})")
        for drawn in self._drawn:
            words = chart_words(drawn.kind, drawn.values)
            lines.append(f"  {drawn.to_json()['title']}: {words}")
        return "\n".join(lines)

    def fallback(self) -> dict[str, Any]:
        """The present values as charts and words."""
        charts = "".join(_chart(drawn) for drawn in self._drawn)
        words = html.escape(self.text())
        return {
            "text/plain": self.text(),
            "text/html": f"<div>{charts}</div><pre>{words}</pre>",
        }


def _chart(drawn: Drawn) -> str:
    facts = drawn.to_json()
    svg = chart_svg(
        drawn.kind,
        drawn.values,
        facts["title"],
        ends=facts["ends"],
        between=facts["between"],
        at=facts["at"],
        points=facts["points"],
        labels=facts["labels"],
    )
    data = base64.b64encode(svg.encode()).decode()
    alt = html.escape(f"{facts['title']}: {chart_words(drawn.kind, drawn.values)}")
    return f'<img alt="{alt}" src="data:image/svg+xml;base64,{data}"> '


def _rounded(array: np.ndarray) -> np.ndarray:
    """Five digits: these values are saved with the notebook."""
    if array.dtype.kind not in "fV":
        return array
    flat = (float(f"{number:.5g}") for number in array.astype(np.float64).reshape(-1))
    return np.fromiter(flat, np.float64, array.size).reshape(array.shape)


class Together(VBox):  # type: ignore[misc] # ipywidgets has no types
    """A playground with its graph below it.

    Attributes:
        explorer: the controls and plots.
        graph: the graph.
    """

    def __init__(self, explorer: ExploreView) -> None:
        """Both in one column."""
        self.explorer = explorer
        self.graph = explorer.graph_view()
        super().__init__([explorer, self.graph])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        shown = super()._repr_mimebundle_(**options)
        forms, below = self.explorer.fallback(), self.graph.fallback()
        mine = {
            "text/plain": f"{forms['text/plain']}\n{below['text/plain']}",
            "text/html": forms["text/html"] + below.get("text/html", ""),
        }
        widget = "application/vnd.jupyter.widget-view+json"
        return {widget: shown[widget], **mine} if widget in shown else mine

    def close(self) -> None:
        """Take both off the page."""
        self.explorer.close()
        super().close()


def explore(
    controls: Iterable[Any] = (),
    *,
    show: Any,
    sliders: Any = None,
    fields: Any = None,
    switches: Any = None,
    arrays: Any = None,
    points: Any = None,
    values: Mapping[Any, Any] | None = None,
    feed_dict: Mapping[Any, Any] | None = None,
    session: Any = None,
    graph: bool = False,
    title: str = "",
) -> Any:
    """A playground of one's own graph.

    Args:
        controls: placeholders and variables to turn, each by what suits it. With no
            control at all these are the placeholders that `show` needs, or if there are
            none the variables.
        show: what to see: tensors, variables, and what `plots.py` makes (`line`,
            `bars`, `heat`, `scatter`, `curve`, `surface`).
        sliders: numbers to slide: `{x: (-3, 3)}`, `{n: (0, 10, 2)}` with a step, or
            a list, whose ends are found.
        fields: numbers and strings to type.
        switches: what is true or false.
        arrays: small vectors and matrices, cell by cell, as for `sliders`.
        points: `[n, 2]` points to drag in a plane, as for `sliders`.
        values: what placeholders, and variables, begin with.
        feed_dict: values of placeholders that stay.
        session: the default session when None.
        graph: whether the graph is shown below, with what each change ran.
        title: what to call it.

    Returns:
        A widget; in a terminal, and on a static page, its values.

    Raises:
        RuntimeError: there is no session.
        ValueError: something cannot be turned, or needs a value.
    """
    session = session or stacks.get_default_session()
    if session is None:
        raise RuntimeError(
            "explore needs a session: tf.InteractiveSession() makes one."
        )
    shown = [*show] if isinstance(show, (list, tuple)) else [show]
    wanted = _wanted(
        {
            "": controls,
            kinds.SLIDER: sliders,
            kinds.FIELD: fields,
            kinds.SWITCH: switches,
            kinds.CELLS: arrays,
            kinds.POINTS: points,
        }
    )
    fixed = {control_of(key) for key in feed_dict or {}}
    wanted = wanted or dict.fromkeys(_found(shown, fixed), ("", None))
    starts = {control_of(key): value for key, value in (values or {}).items()}
    turned = [
        control_for(tensor, kind, ends, start_of(tensor, starts.get(tensor), session))
        for tensor, (kind, ends) in wanted.items()
    ]
    view = ExploreView(session, shown, turned, feed_dict, title)
    return Together(view) if graph else view


def _wanted(groups: Mapping[str, Any]) -> dict[Tensor, tuple[str, Any]]:
    """Kind and ends by tensor; of a tensor named twice the last."""
    return {
        control_of(key): (kind, ends)
        for kind, given in groups.items()
        for key, ends in _pairs(given)
    }


def _pairs(given: Any) -> Iterable[tuple[Any, Any]]:
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return given.items()
    several = isinstance(given, (list, tuple, set))
    return ((key, None) for key in (given if several else [given]))


def _found(shown: Sequence[Any], fixed: set[Tensor]) -> list[Tensor]:
    """What can be turned of what is shown, where nothing was asked for."""
    plots = [plot_of(one) for one in shown]
    over = {tensor for plot in plots for tensor in plot.over} | fixed
    needed = dependencies(asked_operations([plot.tensor for plot in plots]))
    outputs = [op.outputs[0] for op in needed if op.outputs]
    placeholders = [
        t for t in outputs if t.op.type.startswith("Placeholder") and t not in over
    ]
    return placeholders or [t for t in outputs if is_variable(t.op)]
