"""The graph knows its cells: what happens in the graph when a cell runs.

IPython tells before and after each cell; here the ledger of the default graph is told,
and the user, in one line, what they would not see otherwise. Scripts, explicit graphs
and finalized graphs are left as in TF1. `%graph cells` and `%graph rerun` are in
`graph.py`. Read next: `ledger.py`.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from interactive_graphs.display.table import Table
from interactive_graphs.framework.graph import Graph, default_graphs
from interactive_graphs.framework.operation import Operation
from interactive_graphs.magics.ledger import Ledger, Outcome, Run, empty_state

_LARGEST = 50_000_000
"""Bytes of a notebook's file that is still worth reading before a cell."""
_WIDTH = 50
_LOOKING = frozenset(
    ("graph", "program", "variables", "devices", "trace", "watch", "load_ext")
)


class Cells:
    """The cells of one shell.

    Attributes:
        replace: whether a cell that runs again replaces what it made.
        added: the operations that the last cell has made, once it has run.
    """

    def __init__(self, shell: Any) -> None:
        """Cells from now on; the one that runs counts from here."""
        self.shell = shell
        self.replace = True
        self._thread = threading.get_ident()
        self._open: Ledger | None = None
        self._depth = 0
        self._order = _Order()
        # What is said to the user; tests and other front ends may take it over.
        self.say: Callable[[str], None] = print
        self._told = {
            "pre_run_cell": self._safely(self.begin),
            "post_run_cell": self._safely(self.end),
        }

    def _safely(self, told: Callable[[Any], None]) -> Callable[[Any], None]:
        """What must never stand between a user and a cell."""

        def tell(about: Any) -> None:
            try:
                told(about)
            except Exception as error:
                self.replace, self._open = False, None
                self.say(
                    f"Cells add to the graph from now on, as in a script: keeping them "
                    f"apart failed with {type(error).__name__}: {error}"
                )

        return tell

    def load(self) -> None:
        """Listen; what the cell that loads the extension builds from now on counts."""
        of_shell[self.shell] = self
        graph = _graph_of_cells()
        if graph is not None:
            ledger_of(graph)
        for event, told in self._told.items():
            self.shell.events.register(event, told)

    def unload(self) -> None:
        """Listen no more; the graph is as it is from here."""
        of_shell.pop(self.shell, None)
        for event, told in self._told.items():
            self.shell.events.unregister(event, told)
        graph = _graph_of_cells()
        if graph is not None:
            graph.cells = None

    # -- what IPython tells ------------------------------------------------------------

    def begin(self, info: Any) -> None:
        """A cell is about to run: `pre_run_cell`."""
        if threading.get_ident() != self._thread:
            return
        self._depth += 1
        graph = _graph_of_cells()
        # A cell that a cell runs is part of it.
        if self._depth > 1 or graph is None or graph.finalized:
            return
        run = self._run_of(info)
        looks = _only_looks(run.source)
        self._open = ledger = ledger_of(graph)
        ledger.begin(run, self._order.keys(), self.replace, looks)

    def end(self, result: Any) -> None:
        """A cell has run: `post_run_cell`."""
        if threading.get_ident() != self._thread:
            return
        self._depth = max(0, self._depth - 1)
        if self._depth:
            return
        ledger, self._open = self._open, None
        if ledger is not None:
            assert ledger.running is not None
            ledger.running.label = _label(result)
            self._tell(ledger.end())
        graph = _graph_of_cells()
        if graph is None:
            return
        if graph.cells is None:
            # The cell has reset the default graph and begun another.
            graph.cells = Ledger(graph, empty_state())
            graph.cells.adopt(self._run_of(result.info, _label(result)))
        elif ledger is None and not graph.finalized:
            # The extension was loaded in this cell, or the graph made default again.
            graph.cells.adopt(self._run_of(result.info, _label(result)))

    def _run_of(self, info: Any, label: str = "that runs") -> Run:
        source = getattr(info, "raw_cell", None) or ""
        key = getattr(info, "cell_id", None) or source
        return Run(key, label, source)

    # -- what is asked for -------------------------------------------------------------

    def added(self) -> list[Operation]:
        """What the cell that runs has built so far."""
        return self._open.added() if self._open is not None else []

    # -- what it says ------------------------------------------------------------------

    def _tell(self, outcome: Outcome) -> None:
        kept, anew = outcome.renewal.kept, outcome.renewal.anew
        parts = []
        if kept:
            whose = "its value" if len(kept) == 1 else "their values"
            parts.append(f"{shortened(kept)} kept {whose}")
        if anew:
            parts.append(
                f"{shortened(anew)} must be initialised: the initial value changed"
            )
        if parts:
            self.say("; ".join(parts) + ".")
        if outcome.stale:
            self.say(stale_words(outcome.stale))

    def table(self, graph: Graph) -> Table:
        """The cells that built a graph, and what they own."""
        ledger = ledger_of(graph)
        stale = set(ledger.stale())
        rows: list[tuple[str, ...]] = []
        for run in ledger.runs:
            names = [op.name for op in run.change.operations if not op.is_retired]
            if run.change.operations:
                state = "stale: run it again" if run in stale else ""
                line = _first_line(run.source)
                rows.append((run.label, line, str(len(names)), shortened(names), state))
        noun = "cell" if len(rows) == 1 else "cells"
        titles = ("cell", "first line", "operations", "names", "")
        return Table(f"{len(rows)} {noun}", titles, rows)


of_shell: WeakKeyDictionary[Any, Cells] = WeakKeyDictionary()
"""The cells of each shell that the extension is loaded in."""


class _Order:
    """The ids of the notebook's cells, from top to bottom, as its file has them.

    Jupyter's server tells the kernel where the file is; a kernel cannot see more of the
    notebook. Cells that are not saved yet are missing.
    """

    def __init__(self) -> None:
        self._stamp: Any = None
        self._keys: tuple[str, ...] = ()

    def keys(self) -> tuple[str, ...]:
        """The ids; none where there is no file."""
        path = os.environ.get("JPY_SESSION_NAME", "")
        if not path.endswith(".ipynb"):
            return ()
        try:
            about = os.stat(path)
            stamp = (path, about.st_mtime_ns, about.st_size)
            if stamp != self._stamp and about.st_size < _LARGEST:
                with open(path, encoding="utf-8") as file:
                    cells = json.load(file)["cells"]
                self._keys = tuple(str(c["id"]) for c in cells if "id" in c)
                self._stamp = stamp
        except (OSError, ValueError, KeyError, TypeError):
            return ()
        return self._keys


def _label(result: Any) -> str:
    """What the user calls a cell: the number that stands before it."""
    number = getattr(result, "execution_count", None)
    return f"[{number}]" if number is not None else "[ ]"


def ledger_of(graph: Graph) -> Ledger:
    """The ledger of a graph, begun now if there is none."""
    if graph.cells is None:
        graph.cells = Ledger(graph)
    found: Ledger = graph.cells
    return found


def _graph_of_cells() -> Graph | None:
    """The implicit default graph; None inside of an explicit one."""
    return None if default_graphs.items else default_graphs.top()


def _only_looks(source: str) -> bool:
    """Whether a cell holds nothing but magics that show something."""
    lines = [line.strip() for line in source.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return bool(lines) and all(
        line.startswith("%") and line[1:].split(" ")[0] in _LOOKING for line in lines
    )


def stale_words(runs: Sequence[Run]) -> str:
    """One line: which cells should run again."""
    labels = [run.label for run in runs]
    if len(labels) == 1:
        return f"Cell {labels[0]} still uses what this cell made before: run it again."
    named = ", ".join(labels[:-1]) + f" and {labels[-1]}"
    return f"Cells {named} still use what this cell made before: run them again."


def shortened(names: Sequence[str], most: int = 4) -> str:
    """'a, b, c and 12 more'."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def _first_line(source: str) -> str:
    lines = (line.strip() for line in source.splitlines())
    first = next((line for line in lines if line), "")
    return first if len(first) <= _WIDTH else first[: _WIDTH - 1] + "…"
