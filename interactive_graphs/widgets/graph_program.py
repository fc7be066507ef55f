"""The compiled program beside the graph, and what optimisation did to a step.

    view.show_program(loss)             # hover a line: its operation is marked
    view.show_optimised([loss, train])  # what does not run as such, and why
    view.hide_program()

Methods of `GraphView`; in the browser `widgets/src/graph/panels/program.tsx`.
Read next: `graph_view.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.client.session import Session
from interactive_graphs.display.program_lines import program_lines, rewriting
from interactive_graphs.display.targets import (
    asked_operations,
    needed_placeholders,
    title_of,
)
from interactive_graphs.framework.graph import Graph
from interactive_graphs.runtime.optimize import rewrites

if TYPE_CHECKING:
    from interactive_graphs.display.book import Book
    from interactive_graphs.framework.operation import Operation

# Their values are in the program; of the others nothing is left.
_IN_PROGRAM: Final = frozenset({rewrites.BUILT_IN, rewrites.FOLDED, rewrites.FUSED})


class ShowsPrograms:
    """What a view of a graph can do with programs; `GraphView` is one.

    Attributes:
        program: the trait that the browser draws.
        changes: the trait that marks operations.
    """

    book: Book
    graph: Graph
    program: Any
    changes: Any

    def show_program(self, fetches: Any = None, feeds: Any = None) -> None:
        """Show the program that a session compiles, line by line beside the graph.

        Args:
            fetches: as for `Session.run`; by default what the view was asked for.
            feeds: the feed dictionary, or just its keys; by default every placeholder
                that is needed.

        Raises:
            ValueError: nothing is fetched, or it cannot be.
            TypeError: `fetches` is no part of a graph.
        """
        self.program = self._program(fetches, feeds)[0]

    def show_optimised(self, fetches: Any = None, feeds: Any = None) -> None:
        """Show what optimisation did to a step, in a panel and on the graph.

        What was built in, folded or fused is marked as changed, and what is left out
        because it was merged, rewritten, passed on or not used, as removed.

        Args:
            fetches: as for `show_program`.
            feeds: likewise.

        Raises:
            ValueError: nothing is fetched, or it cannot be.
            TypeError: `fetches` is no part of a graph.
        """
        program, gone = self._program(fetches, feeds)
        self.program = program | {"view": "optimised"}
        self.changes = {
            rewrite.op.name: "changed" if rewrite.what in _IN_PROGRAM else "removed"
            for rewrite in gone
        }

    def hide_program(self) -> None:
        """Take the program, and the marks of what was optimised, away again."""
        self.program, self.changes = {}, {}

    def _program(
        self, fetches: Any, feeds: Any
    ) -> tuple[dict[str, Any], list[rewrites.Rewrite]]:
        """The trait `program`, and what does not run as such."""
        wanted = self._fetched() if fetches is None else fetches
        asked = asked_operations(wanted, self.graph)
        if not asked:
            raise ValueError("Nothing is fetched; name a tensor or an operation.")
        if feeds is None:
            feeds = needed_placeholders(wanted, self.graph)
        ids = {op: number for number, op in enumerate(self.book.operations)}
        with self._compiling() as session:
            program = session.program(wanted, feeds)
        gone = rewrites.rewrites(program.plan)
        shown = program_lines(program, ids, title_of(wanted, asked))
        shown["rewriting"] = rewriting(gone, ids, len(program.plan.nodes))
        return shown, gone

    def _fetched(self) -> Any:
        """What the view was asked for."""
        return _values(sorted(self.book.asked, key=lambda op: op.id))

    @contextlib.contextmanager
    def _compiling(self) -> Iterator[Any]:
        """The session of the view, or one for the moment: compiling needs no values."""
        session = self._session()
        if session is not None:
            yield session
            return
        with Session(graph=self.graph) as session:
            yield session

    def _session(self) -> Any:
        raise NotImplementedError

    def _answer_program(self, question: dict[str, Any]) -> dict[str, Any]:
        """The browser's wish, with the names of operations; the trait is the answer."""
        names = [str(name) for name in question["fetches"]]
        ops = [self.graph.get_operation_by_name(name) for name in names]
        self.show_program(_values(ops))
        return {}


def _values(ops: list[Operation]) -> Any:
    """What to fetch for operations: the values of those that have one."""
    values = [op.outputs[0] if op.outputs else op for op in ops]
    return values[0] if len(values) == 1 else values
