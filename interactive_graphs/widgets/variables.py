"""The live table of a session's variables.

    view = VariablesView(session)

What does not change is in the trait `rows`; the numbers come as messages, while the
session runs and somebody looks. Read next: `tensor.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import traitlets

from interactive_graphs.debug.history import History
from interactive_graphs.debug.variables import (
    VariableFacts,
    variable_value,
    variables_of,
)
from interactive_graphs.display import describe
from interactive_graphs.display.health import LENGTH, OTHER, Health, HealthBook
from interactive_graphs.display.table import variables_table
from interactive_graphs.widgets.base import View
from interactive_graphs.widgets.live import Feed

SPARKS: Final = 48
"""Updates that the small curve of a variable's mean goes back."""

COLUMNS: Final = (
    "state",
    "looked",
    "zero",
    "negative",
    "positive",
    "nan",
    "posinf",
    "neginf",
    "min",
    "max",
    "mean",
    "std",
)
"""Of the numbers in a message, `[variable, column]`: counts, then statistics."""

MISSING, THERE, NO_NUMBERS = 0.0, 1.0, 2.0
"""States: not initialized; numbers follow; a value that has none."""

NOW: Final = -1
"""The `step` that means: the newest values."""


class VariablesView(View):
    """A live table of variables.

    Args:
        session: whose variables are shown.
        history: where values of earlier steps are found, see `step`.

    Attributes:
        rows: what is known without a value, one dictionary for each variable.
        step: which step's values are shown; -1 for the newest.
        filter: words that names shown must contain.
        sort: the column that rows are sorted by, with a "-" before it for the
            greatest first; "" for the order of the graph.
        opened: the variable whose sharing is told in full; "" for none.
    """

    _view = traitlets.Unicode("variables").tag(sync=True)
    rows: Any = traitlets.List().tag(sync=True)
    step = traitlets.Int(NOW).tag(sync=True)
    filter = traitlets.Unicode().tag(sync=True)
    sort = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, session: Any, history: History | None = None, **traits: Any
    ) -> None:
        """See the class."""
        super().__init__(**traits)
        self.session = session
        self.history = history
        self._facts: list[VariableFacts] = []
        self._seen_version = -1
        self._health = HealthBook()
        self._sparks = np.zeros((0, SPARKS), np.float32)
        self._feed = Feed(self, session)
        self._keep_up()
        self.on_ask("values", lambda _: self._values())
        self.observe(self._look, "visible")
        self.observe(lambda _: self.refresh(), "step")

    def _look(self, change: Any) -> None:
        self._feed.listen(change["new"])
        if change["new"]:
            self._feed.refresh()

    def close(self) -> None:
        """Take the view off the page and off the session."""
        self._feed.listen(False)
        self.unobserve_all()
        self._health.clear()
        super().close()

    # -- what there is -------------------------------------------------------------

    def _keep_up(self) -> None:
        """Take in variables that the graph has got since the last time."""
        graph = self.session.graph
        if graph.version == self._seen_version:
            return
        self._seen_version = graph.version
        self._facts = variables_of(graph)
        self.rows = [_row(facts) for facts in self._facts]
        sparks = np.full((len(self._facts), SPARKS), np.nan, np.float32)
        sparks[: len(self._sparks)] = self._sparks
        self._sparks = sparks

    def _value(self, facts: VariableFacts) -> Any:
        if self.step == NOW or self.history is None:
            return variable_value(self.session, facts.op)
        try:
            return self.history.value(facts.name, self.step)
        except LookupError:
            return None

    def health(self, name: str) -> Health | None:
        """The health of a variable's value as the table shows it.

        Args:
            name: of the operation that owns the value.

        Returns:
            None while there is no value.

        Raises:
            LookupError: there is no such variable.
        """
        self._keep_up()
        for facts in self._facts:
            if facts.name == name:
                return self._healthy(facts)
        raise LookupError(f"The graph has no variable {name!r}.")

    def _healthy(self, facts: VariableFacts) -> Health | None:
        """The health of what a variable holds; worked out once for each value."""
        value = self._value(facts)
        if value is None:
            return None
        return self._health.of(facts.name, value)

    # -- news ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the values of now; the session's runs do this by themselves."""
        self._keep_up()
        fields, buffers = self._values()
        self.say("values", fields, buffers)

    def _values(self) -> tuple[dict[str, Any], list[Any]]:
        """A message of all numbers, and the curves of the means."""
        numbers = np.full((len(self._facts), len(COLUMNS)), np.nan)
        texts: dict[str, str] = {}
        for number, facts in enumerate(self._facts):
            health = self._healthy(facts)
            numbers[number] = _numbers(health)
            if health is not None and health.of != "value":
                texts[str(number)] = self._text(facts)
        if self.step == NOW:
            self._sparks[:, :-1] = self._sparks[:, 1:]
            self._sparks[:, -1] = numbers[:, COLUMNS.index("mean")]
        fields = {
            "step": self._feed.step if self.step == NOW else self.step,
            "columns": COLUMNS,
            "texts": texts,
            "trouble": self._feed.trouble,
        }
        return fields, [numbers.tobytes(), self._sparks.tobytes()]

    def _text(self, facts: VariableFacts) -> str:
        return describe.plain(describe.value_text(self._value(facts), 48), 48)

    # -- without a front end -------------------------------------------------------

    def fallback(self) -> dict[str, Any]:
        """The table of `%variables`."""
        return variables_table(self.session).bundle()


def _row(facts: VariableFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "shape": describe.shape_text(facts.shape),
        "dtype": facts.dtype.name,
        "device": facts.device,
        "bytes": facts.nbytes,
        "trainable": facts.trainable,
        "lines": list(facts.lines),
        "scopes": [scope or "the top level" for scope in facts.scopes],
    }


def _numbers(health: Health | None) -> tuple[float, ...]:
    """A row of the message."""
    if health is None:
        return (MISSING, *[np.nan] * (len(COLUMNS) - 1))
    ends = (health.min, health.max, health.mean, health.std)
    counts = (
        health.looked, health.zero, health.negative, health.positive,
        health.nan, health.posinf, health.neginf,
    )  # fmt: skip
    # Of strings only lengths are known, which are no business of a table of values.
    if health.of in (LENGTH, OTHER):
        return (NO_NUMBERS, *[np.nan] * (len(COLUMNS) - 1))
    return (THERE, *counts, *(np.nan if end is None else end for end in ends))
