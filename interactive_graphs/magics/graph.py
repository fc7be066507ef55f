"""`%graph`: draws the default graph, or what an expression depends on.

Read next: `../display/picture.py`.
"""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, magics_class

from interactive_graphs.display.picture import Picture, show_graph
from interactive_graphs.display.text import Words
from interactive_graphs.display.view import BUDGET
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import line_magic, option, unquoted


@magics_class
class GraphMagics(Magics):
    """`%graph`."""

    @line_magic(
        option("-s", "--scope", default="", help="show this name scope alone"),
        option(
            "--open",
            action="append",
            default=[],
            help="a name scope to open in any case; may be given several times",
        ),
        option("--all", action="store_true", help="open all scopes that fit"),
        option("--closed", action="store_true", help="open none but those of --open"),
        option("-t", "--text", action="store_true", help="the tree, no drawing"),
        option(
            "-o",
            "--output",
            default="",
            help="a file to write: .svg .html .dot .txt .json",
        ),
        option(
            "expression",
            nargs="*",
            help="a tensor, operation, variable or list of them, or a name; "
            "left out, the default graph is drawn",
        ),
    )
    def graph(self, line: str) -> Picture | Words:
        """Draws the default graph, or what an expression depends on.

        The expression is evaluated in your namespace: `%graph a + b` adds an operation
        to the graph before drawing it, as Python would.

        Examples: `%graph`, `%graph loss`, `%graph [loss, train_op]`,
        `%graph layer1/MatMul`, `%graph -s layer1`, `%graph --text`,
        `%graph loss -o loss.svg`.
        """
        args = _tools.parsed(self.graph, line)
        expression, scope = " ".join(args.expression), unquoted(args.scope)
        target = None
        if expression:
            target, found = self._target(expression)
            scope = scope or found
        try:
            picture = show_graph(
                target,
                scope=scope,
                open=[unquoted(name) for name in args.open],
                everything=args.all,
                budget=0 if args.closed else BUDGET,
            )
        except (TypeError, ValueError, KeyError) as error:
            raise UsageError(_tools.words(error)) from None
        if args.output:
            return self._save(picture, unquoted(args.output))
        return Words(picture.text) if args.text else picture

    @staticmethod
    def _save(picture: Picture, path: str) -> Words:
        try:
            return Words(f"Written to {picture.save(path)}")
        except (OSError, ValueError, RuntimeError) as error:
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
