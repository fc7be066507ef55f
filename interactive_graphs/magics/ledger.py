"""Which cell made what in one graph, and what a cell that runs again takes away.

A ledger lists the runs of cells in the order of the notebook. Each has the `Change`
that it made (`framework/retire.py`), so that the graph can be put together from any:

    before a run    what the cells above have made, and nothing else
    after a run     that, what this run has made, and what the cells below made

What the cell's earlier run made is left out; so is what cells below made under a name
that is now taken. All of that still runs for who uses it. A cell finds the graph as a
new kernel would show it, which is why running all cells from the top gives the graph of
a new kernel, whatever was run before. Read next: `cells.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from interactive_graphs.client import renewal
from interactive_graphs.framework import retire
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation


@dataclass(eq=False)
class Run:
    """The last run of a cell.

    Attributes:
        key: the cell's id, or its text; None for what was made outside of cells.
        label: what the user calls the cell, as `[3]`.
        source: its text.
        change: what it built.
        told: whether the user knows that it should run again.
    """

    key: str | None
    label: str
    source: str = ""
    change: retire.Change = field(default_factory=retire.Change)
    told: bool = False


@dataclass
class Outcome:
    """What the end of a run has to say.

    Attributes:
        stale: runs of other cells that use what is no longer there, new to the user.
        renewal: what became of the variables that were made anew.
    """

    stale: list[Run]
    renewal: renewal.Renewal


class Ledger:
    """The runs of the cells that built one graph."""

    def __init__(self, graph: Graph, root: retire.State | None = None) -> None:
        """For a graph whose present state, or `root`, no cell has made."""
        self.graph = graph
        self.runs: list[Run] = []
        self._root = retire.read(graph) if root is None else root
        # While a cell runs: its run, the state before it, the runs that it replaces
        # and those of the cells below.
        self._open: Run | None = None
        self._base = self._root
        self._old: list[Run] = []
        self._below: list[Run] = []
        self._after = self._root

    # -- a run -----------------------------------------------------------------------

    def begin(
        self,
        run: Run,
        order: Sequence[str] = (),
        replace: bool = True,
        look: bool = False,
    ) -> None:
        """A cell starts to run: show it the graph of the cells above it.

        Args:
            run: what is about to happen.
            order: the keys of the notebook's cells, as far as they are known.
            replace: whether it takes the place of the cell's earlier run.
            look: the cell only looks at the graph: it sees all of it.
        """
        self._settle()
        self._old = [r for r in self.runs if replace and r.key == run.key]
        above, self._below = self._around(run, order if replace else ())
        self._open, self.runs = run, [*above, run, *self._below]
        made_before = any(r.change for r in self._old)
        if look and not made_before:
            self._below = []
        if not made_before and not any(r.change for r in self._below):
            self._base = self._after
            return
        renewal.set_aside(_made([*self._old, *self._below]))
        self._base = retire.copy(self._root)
        for one in above:
            retire.put(self._base, one.change)
        retire.write(self.graph, self._base)

    def adopt(self, run: Run) -> None:
        """A cell whose beginning was not seen has run."""
        self._open = run
        self.runs.append(run)
        self._base = self._after
        self.end()

    def end(self) -> Outcome:
        """The cell has run, or failed: note what it made, and show all of the graph."""
        run, self._open = self._open, None
        assert run is not None
        after = retire.read(self.graph)
        run.change = retire.difference(self._base, after)
        lost: set[Operation] = set()
        for one in self._below:
            lost.update(retire.put(after, one.change))
        if any(r.change for r in (*self._old, *self._below)):
            retire.write(self.graph, after)
        renewal.bring_back(op for op in _made(self._below) if op not in lost)
        renewed = renewal.renew(_made(self._old), run.change.operations)
        self._after = retire.read(self.graph)
        self._old, self._below = [], []
        stale = [r for r in self.stale() if not r.told]
        for one in stale:
            one.told = True
        return Outcome(stale, renewed)

    def _settle(self) -> None:
        """Note what was made since the last cell ended."""
        now = retire.read(self.graph)
        change = retire.difference(self._after, now)
        if change:
            self.runs.append(Run(None, "outside of cells", change=change))
        self._after = now

    # -- the order of cells ------------------------------------------------------------

    def _around(self, run: Run, order: Sequence[str]) -> tuple[list[Run], list[Run]]:
        """The runs above and below a cell.

        A cell that `order` does not know, since the notebook was not saved, stays where
        it was, below the one it was first run after.
        """
        places = {key: i for i, key in enumerate(order)}
        ranked: list[tuple[int, Run]] = []
        rank = -1
        for one in self.runs:
            rank = places.get(one.key or "", rank)
            ranked.append((rank, one))
        ranked.sort(key=lambda pair: pair[0])
        runs = [one for _, one in ranked]
        if run.key in places:
            place = places[run.key]
            cut = sum(1 for r, one in ranked if r <= place and one not in self._old)
        elif self._old:
            cut = runs.index(self._old[0])
        else:
            cut = len(runs)
        runs = [one for one in runs if one not in self._old]
        return runs[:cut], runs[cut:]

    # -- what is stale -----------------------------------------------------------------

    @property
    def running(self) -> Run | None:
        """The run that is under way."""
        return self._open

    def added(self) -> list[Operation]:
        """What the run that is under way has built so far."""
        return retire.difference(self._base, retire.read(self.graph)).operations

    def owner(self, op: Operation) -> Run | None:
        """The run that made an operation."""
        found = next((r for r in self.runs if op in r.change.operations), None)
        return found or (self._open if op in self.added() else None)

    def stale(self) -> list[Run]:
        """The runs that use, directly or not, what a later run of a cell took away."""
        bad: set[Operation] = set()
        found = []
        for run in self.runs:
            before = len(bad)
            for op in run.change.operations:
                needs = [*(t.op for t in op.inputs), *op.controls]
                if op.is_retired or any(n in bad or n.is_retired for n in needs):
                    bad.add(op)
            if len(bad) > before:
                found.append(run)
        return found


def _made(runs: Iterable[Run]) -> list[Operation]:
    return [op for run in runs for op in run.change.operations]


def empty_state() -> Any:
    """The state of a graph that nothing was built in."""
    return retire.read(Graph())
