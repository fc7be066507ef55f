"""Values on a graph while it runs: marks on operations, colour by health.

    following = follow(graph_view, session)             # what matters, by itself
    following = follow(graph_view, session, [loss, w])  # these

`GraphView.follow` is the same. Read next: `live.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs.debug.variables import is_variable, variable_value, variables_of
from interactive_graphs.debug.watch import Watched, resolved
from interactive_graphs.display import describe, overlays
from interactive_graphs.display.health import Health, HealthBook
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.widgets.live import Feed

MOST: Final = 12
"""Tensors that are followed unasked; variables come on top, they cost nothing."""

TITLE: Final = "health"
"""Of the overlay."""

_BACKWARDS: Final = ("gradients", "save", "report_uninitialized_variables")


class Following:
    """A graph view that shows a session's values, until `close`.

    Attributes:
        view: the graph view; its traits `marks` and `overlay` are set.
        session: whose values are shown.
        watched: what is shown.
    """

    def __init__(self, view: Any, session: Any, watched: list[Watched]) -> None:
        """Shown as soon as somebody can see the view."""
        self.view = view
        self.session = session
        self.watched = watched
        self._feed = Feed(self, session, watched)
        self._seen = HealthBook()
        self._words: dict[str, str] = {}
        view.observe(self._look, "visible")
        self._feed.listen(view.visible)
        if view.visible:
            self._feed.refresh()

    def _look(self, change: Any) -> None:
        self._feed.listen(change["new"])
        if change["new"]:
            self._feed.refresh()

    def close(self) -> None:
        """End it; the marks stay."""
        self._feed.listen(False)
        self._feed.values.clear()
        self._seen.clear()
        self.view.unobserve(self._look, "visible")

    # -- showing -------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the newest values; the session's runs do this by themselves."""
        marks, words = {}, {}
        for one in self.watched:
            value = self._value(one)
            if value is None:
                continue
            health = self._seen.of(one.name, value)
            marks[one.op.name] = mark_of(value, health)
            words[one.op.name] = health.word
        with self.view.hold_sync():
            self.view.marks = {**self.view.marks, **marks}
            self._colour(words)

    def flush(self) -> None:
        """Nothing is held back: traits are sent when they are set."""

    def _value(self, one: Watched) -> Any:
        if one.variable is not None:
            return variable_value(self.session, one.variable)
        return self._feed.values.get(one.name)

    def _colour(self, words: dict[str, str]) -> None:
        """Colour by health, unless the user colours by something else."""
        overlay = self.view.overlay
        if (overlay and overlay.get("title") != TITLE) or words == self._words:
            return
        self._words = words
        names = self.view.model.get("ops", {}).get("name", ())
        values = [words.get(name) for name in names]
        told = "of the values that operations gave last"
        self.view.overlay = overlays.category(TITLE, values, told)


def mark_of(value: Any, health: Health) -> str:
    """A value in the few words that a badge in a graph has room for."""
    if not health.size:
        return "empty"
    if health.of != "value" or health.dtype == "bool":
        return describe.plain(describe.value_text(value, 14), 14)
    if health.nan:
        return "NaN"
    if health.inf:
        return "-inf" if health.neginf else "inf"
    if health.size == 1:
        return f"{np.asarray(value).item():.4g}"
    return f"{health.mean:.2g} ± {health.std:.2g}"


def follow(view: Any, session: Any, tensors: Any = None) -> Following:
    """Show a session's values on a graph view while it runs.

    Args:
        view: a GraphView of the session's graph.
        session: a Session or InteractiveSession.
        tensors: a tensor, variable, operation or name, or a list of these; by default
            all variables and up to `MOST` tensors that scopes give to others.

    Returns:
        What goes on until its `close`; while nobody can see the view it costs nothing.

    Raises:
        TypeError: something is no part of a graph.
        ValueError: something is not in the session's graph.
    """
    graph = session.graph
    if tensors is None:
        tensors = [facts.op for facts in variables_of(graph)] + notable(graph)
    return Following(view, session, resolved(graph, tensors) if tensors else [])


def notable(graph: Graph, most: int = MOST) -> list[Tensor]:
    """The tensors a reader would ask for: losses, and what scopes give to others.

    Where there are no more than `most`, all that are computed.
    Constants, variables and what `gradients` and optimizers added are not.
    """
    operations = graph.get_operations()
    added = {op.name.partition("/")[0] for op in operations if _is_update(op)}
    ranks: dict[Tensor, int] = {}
    for op in operations:
        top = op.name.partition("/")[0]
        if top.startswith(_BACKWARDS) or top in added or not _computes(op):
            continue
        tensor = op.outputs[0]
        if tensor.dtype.is_floating and not tensor.dtype._is_ref_dtype:
            ranks[tensor] = _rank(tensor)
    best = [tensor for tensor, rank in ranks.items() if rank or len(ranks) <= most]
    best = sorted(best, key=lambda tensor: -ranks[tensor])[:most]
    return sorted(best, key=lambda tensor: tensor.op.id)


def _is_update(op: Operation) -> bool:
    return bool(op.type.startswith(("Apply", "ResourceApply", "SparseApply")))


def _computes(op: Operation) -> bool:
    """Whether an operation makes a value of its own: it does not just read one."""
    if not op.outputs or describe.kind_of(op) != describe.OPERATION:
        return False
    return not (len(op.inputs) == 1 and is_variable(op.inputs[0].op))


def _rank(tensor: Tensor) -> int:
    """2 for a result (a loss), 1 for what leaves its scope, 0 for the rest."""
    scope = tensor.op.name.rpartition("/")[0] + "/"
    takers = [
        op.name
        for op in tensor.consumers()
        if _computes(op) and not op.name.startswith(_BACKWARDS)
    ]
    if not takers:
        return 2 if tensor.op.inputs else 0
    inside = scope == "/" or all(name.startswith(scope) for name in takers)
    return 0 if inside else 1
