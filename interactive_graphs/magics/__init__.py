"""The notebook's side: `%load_ext interactive_graphs` and its magics.

Loading installs an InteractiveSession on the default graph as the default session, so
that `c.eval()` works in the next cell, and the magics listed in `MAGICS`; unloading
closes the session. A plain `import interactive_graphs` does none of this. There is no
logic here that a script cannot have: `display.picture.show_graph`,
`display.table.variables_table`, `Session.program`. Read next: `_tools.py`.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any
from weakref import WeakKeyDictionary

from IPython.core.interactiveshell import InteractiveShell

from interactive_graphs.client.interactive import InteractiveSession
from interactive_graphs.display import layout
from interactive_graphs.framework import stacks
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.magics.cells import Cells
from interactive_graphs.magics.completion import Completion
from interactive_graphs.magics.failures import Failures
from interactive_graphs.magics.graph import GraphMagics
from interactive_graphs.magics.program import ProgramMagics
from interactive_graphs.magics.step import StepMagics
from interactive_graphs.magics.tracing import TraceMagics
from interactive_graphs.magics.watch import WatchMagics

MAGICS: tuple[type[Any], ...] = (
    GraphMagics,
    ProgramMagics,
    WatchMagics,
    StepMagics,
    TraceMagics,
)
"""The classes of magics that loading registers; one file each."""


class _Extension:
    """What one load installs and one unload takes away."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.session: Any = None
        self.cells = Cells(shell)
        self.failures = Failures(shell)
        self.completion = Completion(shell, MAGICS)
        # Default sessions belong to a thread; cells of subshells run in others.
        self.thread = threading.get_ident()

    def load(self) -> None:
        self.shell.register_magics(*MAGICS)
        self.shell.events.register("pre_run_cell", self.follow_default_graph)
        if stacks.get_default_session() is None:
            self.session = InteractiveSession()
        self.cells.load()
        self.failures.load()
        self.completion.load()
        layout.warm_up()

    def follow_default_graph(self, *_: Any) -> None:
        """After `reset_default_graph()`, a session on the new default graph.

        Only where the session of this extension is still the default one: a `with`
        block's session, or one that the user made, is the user's affair.
        """
        session = self.session
        if (
            session is None
            or threading.get_ident() != self.thread
            or stacks.get_default_session() is not session
            or session.graph is get_default_graph()
        ):
            return
        session.close()
        self.session = InteractiveSession()

    def unload(self) -> None:
        self.shell.events.unregister("pre_run_cell", self.follow_default_graph)
        self.cells.unload()
        self.failures.unload()
        self.completion.unload()
        for registered in MAGICS:
            for kind, methods in registered.magics.items():
                for name in methods:
                    self.shell.magics_manager.magics[kind].pop(name, None)
        if self.session is not None:
            # A session that the user opened later stays where it is, on top of ours.
            with contextlib.suppress(AssertionError):
                self.session.close()
            self.session = None


_loaded: WeakKeyDictionary[InteractiveShell, _Extension] = WeakKeyDictionary()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Installs the default session and the magics; a second time it does nothing."""
    if shell not in _loaded:
        extension = _loaded[shell] = _Extension(shell)
        extension.load()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Closes the session that loading made and takes the magics away."""
    extension = _loaded.pop(shell, None)
    if extension is not None:
        extension.unload()
