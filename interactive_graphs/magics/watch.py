"""`%watch` and `%variables`: values of the default session.

Read next: `../debug/watch.py`, `../widgets/variables.py`.
"""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, magics_class

from interactive_graphs._util import lazy
from interactive_graphs.display.table import variables_table
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import line_magic, option


@magics_class
class WatchMagics(Magics):
    """`%watch` and `%variables`."""

    def __init__(self, shell: Any = None, **kwargs: Any) -> None:
        """Nothing is watched."""
        super().__init__(shell, **kwargs)
        self.watches: dict[str, Any] = {}

    @line_magic(
        option("-i", "--live", action="store_true", help="a live table"),
    )
    def variables(self, line: str) -> Any:
        """Lists the variables of the default session's graph with their values.

        `%variables -i` shows a live table: health, trend, and which lines share a
        variable; it follows while a loop trains.
        """
        args = _tools.parsed(self.variables, line)
        session = _tools.default_session()
        if not args.live:
            return variables_table(session)
        with _tools.usage_errors():
            widgets = lazy.load("interactive_graphs.widgets.variables")
            return widgets.VariablesView(session)

    @line_magic(
        option(
            "-w",
            "--when",
            default="",
            help="say so when this begins to hold: nan, inf, bad (either), changed, "
            '">5", "<0"',
        ),
        option("-e", "--every", type=int, default=1, help="record every so many steps"),
        option("-i", "--live", action="store_true", help="plots with a scrubber"),
        option("--off", action="store_true", help="watch it, or all, no more"),
        option("expression", nargs="*", help="a tensor, variable, name, or a list"),
    )
    def watch(self, line: str) -> Any:
        """Records tensors and variables at each step of the default session.

        Examples: `%watch loss`, `%watch [loss, w] --when nan`, `%watch -i loss`;
        `%watch` shows what was recorded last, `%watch --off` ends it.
        """
        args = _tools.parsed(self.watch, line)
        expression = " ".join(args.expression)
        self._forget_closed()
        if args.off:
            return self._off(expression)
        if not expression:
            return self._all(args.live)
        session = _tools.default_session()
        target = _tools.element(self.shell, expression)
        module = lazy.load("interactive_graphs.debug.watch")
        when = _tools.unquoted(args.when) or None
        with _tools.usage_errors():
            made = module.watch(session, target, args.every, when, on_alert=print)
        # The same cell run again begins anew.
        self._close(expression)
        self.watches[expression] = made
        return _live(made) if args.live else made

    def _forget_closed(self) -> None:
        closed = [k for k, one in self.watches.items() if one.session._closed]
        for expression in closed:
            self._close(expression)

    def _close(self, expression: str) -> None:
        made = self.watches.pop(expression, None)
        if made is not None:
            made.close()

    def _off(self, expression: str) -> Any:
        if expression and expression not in self.watches:
            raise UsageError(f"{expression} is not watched.")
        ended = [expression] if expression else list(self.watches)
        last = [self.watches[one] for one in ended]
        for one in ended:
            self._close(one)
        return last[0] if len(last) == 1 else None

    def _all(self, live: bool) -> Any:
        if not self.watches:
            raise UsageError("Nothing is watched; `%watch loss` watches the loss.")
        if len(self.watches) == 1:
            (made,) = self.watches.values()
            return _live(made) if live else made
        tables = [made.table() for made in self.watches.values()]
        together = tables[0]
        together.rows = [row for table in tables for row in table.rows]
        together.caption = "; ".join(table.caption for table in tables)
        return together


def _live(made: Any) -> Any:
    with _tools.usage_errors():
        return lazy.load("interactive_graphs.widgets.history").HistoryView(made)
