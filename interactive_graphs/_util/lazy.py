"""Packages that are loaded only when something needs them.

The one place where an import may happen inside a function. Example:

    >>> load("json").dumps([1])
    '[1]'
"""

import importlib
from types import ModuleType


def load(name: str, extra: str | None = None) -> ModuleType:
    """Returns the module `name`, imported now if it was not before.

    Args:
        name: dotted name, e.g. "graphviz" or "interactive_graphs.protos.graph_pb2".
        extra: the extra of this package that brings the module, e.g. "gpu"; None if
            a plain installation should have it.

    Raises:
        ImportError: it is not installed; the message says what to install.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # A broken dependency *of* the package must not be taken for its absence.
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise
        wanted = f"interactive_graphs[{extra}]" if extra else error.name
        raise ImportError(
            f"This needs the package {error.name!r}, which is not installed. "
            f'Try: pip install "{wanted}"',
            name=error.name,
        ) from error
