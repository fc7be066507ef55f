"""`%variables`: the variables of the default session.

Read next: `../display/table.py`.
"""

from __future__ import annotations

from IPython.core.magic import Magics, magics_class

from interactive_graphs.display.table import Table, variables_table
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import line_magic


@magics_class
class WatchMagics(Magics):
    """`%variables`."""

    @line_magic()
    def variables(self, line: str) -> Table:
        """Lists the variables of the default session's graph with their values."""
        _tools.parsed(self.variables, line)
        return variables_table(_tools.default_session())
