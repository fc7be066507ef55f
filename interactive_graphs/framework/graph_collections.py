"""A graph's collections: named lists in which code leaves things for other code.

Read next: `graph.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import lookup


class Collections:
    """The collections of one graph, which inherits this."""

    finalized: bool

    def __init__(self) -> None:
        """No collections."""
        self._collections: dict[Any, list[Any]] = {}

    @property
    def collections(self) -> list[Any]:
        """The names of the collections."""
        return list(self._collections)

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Append a value to a collection."""
        self._check_not_finalized()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Append a value to several collections; a string is one name."""
        for name in (names,) if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of a collection, [] when there is none.

        Args:
            name: the collection's name.
            scope: keep only items whose `name` this pattern matches from the start.
        """
        return lookup.in_scope(self._collections.get(name, ()), scope)

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The collection itself, made when there is none."""
        return self._collections.setdefault(name, [])

    def clear_collection(self, name: Any) -> None:
        """Drop a collection's values."""
        self._check_not_finalized()
        self._collections.pop(name, None)

    def get_all_collection_keys(self) -> list[str]:
        """The names that are strings."""
        return [name for name in self._collections if isinstance(name, str)]

    def _check_not_finalized(self) -> None:
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
