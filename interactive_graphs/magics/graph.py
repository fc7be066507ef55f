"""`%graph`: draws the default graph, or what an expression depends on.

`%%graph` runs a cell and draws what it has added; `%graph cells` lists which cell made
what, and `%graph rerun` says what a cell that runs again does to what it made before.
Read next: `../display/picture.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, magics_class

from interactive_graphs._util import lazy
from interactive_graphs.display.picture import Picture, show_graph
from interactive_graphs.display.text import Words
from interactive_graphs.display.view import BUDGET
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.magics import _tools, cells
from interactive_graphs.magics._tools import line_cell_magic, option, unquoted
from interactive_graphs.magics.cell_graph import added_picture


def _live(target: Any, wishes: dict[str, Any], color: str, facts: Any) -> Any:
    """The live view; its libraries are loaded when one is asked for."""
    views = lazy.load("interactive_graphs.widgets.graph_view")
    view = views.GraphView(target, **wishes)
    if color:
        view.colour(color, facts)
    return view


@magics_class
class GraphMagics(Magics):
    """`%graph`."""

    @line_cell_magic(
        option("-s", "--scope", default="", help="show this name scope alone"),
        option(
            "--open",
            action="append",
            default=[],
            help="a name scope to open in any case; may be given several times",
        ),
        option("--all", action="store_true", help="open all scopes that fit"),
        option("--closed", action="store_true", help="open none but those of --open"),
        option(
            "--hide",
            action="append",
            default=[],
            help="scopes and operations to leave out, as `summaries` or `*/Assign`; "
            "may be given several times",
        ),
        option(
            "--aside",
            action="append",
            default=[],
            help="a scope or operation to set aside: a letter instead of its edges",
        ),
        option("--series", action="store_true", help="runs of equal scopes as one box"),
        option(
            "--by",
            default="",
            help="colour by device, dtype or type; by time, memory or health with -f",
        ),
        option(
            "-f",
            "--facts",
            default="",
            help="what to colour by: a RunMetadata, what `%%trace` gave, or values",
        ),
        option(
            "-i",
            "--interactive",
            action="store_true",
            help="the live view: scopes open and close, values and colours change",
        ),
        option(
            "--diff",
            default="",
            help="what differs from this: a snapshot, a graph, or a file of a GraphDef",
        ),
        option("-t", "--text", action="store_true", help="the tree, no drawing"),
        option(
            "-o",
            "--output",
            default="",
            help="a file to write: .html .svg .png .dot .txt .json",
        ),
        option(
            "expression",
            nargs="*",
            help="a tensor, operation, variable or list of them, or a name; "
            "left out, the default graph is drawn; or `cells`, `rerun append`, "
            "`rerun replace`",
        ),
    )
    def graph(self, line: str, cell: str | None = None) -> Any:
        """Draws the default graph, or what an expression depends on.

        `%%graph` before a cell runs the cell, and draws what it has added to the graph.
        `%graph cells` lists the cells and what they own. `%graph rerun append` makes a
        cell that runs again add to the graph, as a script would; `%graph rerun replace`
        makes it replace what it added before, as is the rule in a notebook.

        The expression is evaluated in your namespace: `%graph a + b` adds an operation
        to the graph before drawing it, as Python would.

        Examples: `%graph`, `%graph loss`, `%graph [loss, train_op]`,
        `%graph layer1/MatMul`, `%graph -s layer1`, `%graph --text`,
        `%graph --by device`, `%graph --hide summaries`, `%graph loss -o loss.svg`,
        `%graph -i` (live).
        `%graph --diff before` compares with `before = graph.snapshot()`, another graph
        or a file. `graph.view` keeps what is open, hidden or aside for every picture.
        """
        args = _tools.parsed(self.graph, line)
        if cell is not None:
            return self._run(cell, args)
        if args.expression[:1] in (["cells"], ["rerun"]):
            return self._cells(args.expression)
        if args.diff:
            return self._diff(args)
        expression, scope = " ".join(args.expression), unquoted(args.scope)
        target = None
        if expression:
            target, found = self._target(expression)
            scope = scope or found
        wishes: dict[str, Any] = {
            "scope": scope,
            "open": [unquoted(name) for name in args.open],
            "everything": args.all,
            "budget": 0 if args.closed else BUDGET,
            "hide": [unquoted(name) for name in args.hide],
            "aside": [unquoted(name) for name in args.aside],
            "series": args.series,
        }
        color, facts = unquoted(args.by), self._facts(unquoted(args.facts))
        try:
            if args.interactive:
                return _live(target, wishes, color, facts)
            picture = show_graph(target, color=color, facts=facts, **wishes)
        except (TypeError, ValueError, KeyError) as error:
            raise UsageError(_tools.words(error)) from None
        return self._shown(picture, args)

    def _diff(self, args: Any) -> Any:
        """What differs from an expression or a file."""
        other = unquoted(args.diff)
        try:
            if not Path(other).is_file():
                other = _tools.evaluate(self.shell, other)
            found = get_default_graph().diff(other)
        except (OSError, TypeError, ValueError) as error:
            raise UsageError(_tools.words(error)) from None
        if args.output:
            return self._save(found.picture, unquoted(args.output))
        return Words(found.text) if args.text else found

    def _facts(self, expression: str) -> Any:
        return _tools.evaluate(self.shell, expression) if expression else None

    def _run(self, cell: str, args: Any) -> Any:
        """Run a cell; a picture of what it has added."""
        graph = get_default_graph()
        newest = graph.version
        shell: Any = self.shell
        if not shell.run_cell(cell, store_history=False).success:
            return None  # the error has been shown
        now = get_default_graph()
        after = newest if now is graph else 0
        added = [op for op in now.get_operations() if op.id > after]
        return self._shown(added_picture(added), args)

    def _cells(self, expression: list[str]) -> Any:
        """`cells`, `rerun append`, `rerun replace`."""
        known = cells.of_shell[self.shell]
        if expression == ["cells"]:
            return known.table(get_default_graph())
        if expression[1:] not in (["append"], ["replace"]):
            raise UsageError("`%graph rerun append` or `%graph rerun replace`?")
        known.replace = expression[1] == "replace"
        does = "replaces what it built" if known.replace else "adds to the graph"
        return Words(f"A cell that runs again {does}.")

    def _shown(self, picture: Picture | Words, args: Any) -> Any:
        """A picture as it was asked for: as it is, as text, or as a file."""
        if args.output and isinstance(picture, Picture):
            return self._save(picture, unquoted(args.output))
        return Words(picture.text) if args.text else picture

    @staticmethod
    def _save(picture: Picture, path: str) -> Words:
        try:
            return Words(f"Written to {picture.save(path)}")
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise UsageError(_tools.words(error)) from None

    def _target(self, expression: str) -> tuple[Any, str]:
        """What `expression` stands for: a value, or else the name of a scope."""
        value = _tools.element(self.shell, expression)
        if (
            isinstance(value, str)
            and not _tools.is_known(value)
            and _tools.is_scope(value)
        ):
            return None, value
        # A session stands for its graph; a tensor's graph is not what is asked for.
        is_session = hasattr(value, "run") and hasattr(value, "close")
        return (value.graph if is_session else value), ""
