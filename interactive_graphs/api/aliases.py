"""Namespaces as modules: `from interactive_graphs.contrib import rnn`.

TensorFlow's users import from its namespaces; ours are modules of `api`, where their
names do not mix with those of the packages. Read next: `later.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from importlib import machinery
from types import ModuleType
from typing import Any

from interactive_graphs._util import lazy

_PACKAGE = "interactive_graphs."


class Aliases:
    """Finds `interactive_graphs.nn` where `interactive_graphs.api.nn` is.

    Args:
        names: of the namespaces.
    """

    def __init__(self, names: Collection[str]) -> None:
        """See the class."""
        self._names = frozenset(names)

    def find_spec(
        self,
        fullname: str,
        path: Any = None,  # noqa: ARG002
        target: Any = None,  # noqa: ARG002
    ) -> machinery.ModuleSpec | None:
        """What the import system asks; None for all other modules."""
        if not fullname.startswith(_PACKAGE):
            return None
        name = fullname.removeprefix(_PACKAGE)
        if name.partition(".")[0] not in self._names:
            return None
        return machinery.ModuleSpec(fullname, self)  # type: ignore[arg-type]

    def create_module(self, spec: machinery.ModuleSpec) -> ModuleType:
        """The namespace itself, so that it is there only once."""
        name = spec.name.removeprefix(_PACKAGE)
        try:
            module = lazy.load(f"{_PACKAGE}api.{name}")
        except ImportError:
            raise ModuleNotFoundError(
                f"No module named {spec.name!r}", name=spec.name
            ) from None
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It was run when it was loaded."""
        alias = module.__spec__
        assert alias is not None
        module.__spec__ = alias.loader_state


def install(names: Collection[str]) -> None:
    """Let the namespaces be imported.

    Args:
        names: of the namespaces that are modules of `api`.
    """
    # First, or the files of `api.contrib` would be loaded a second time as its parts.
    sys.meta_path.insert(0, Aliases(names))
