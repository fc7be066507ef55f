"""What a reader wants open, hidden or aside, whichever picture of a graph it is.

    graph.view.open("layer1")                      # opened in every picture
    graph.view.hide("summaries", type="*Summary")  # left out
    graph.view.aside("gradients")                  # a letter instead of its edges
    graph.view.only("model")                       # everything else is left out
    graph.view.reset()

The settings belong to the graph: pictures, pages and widgets of it follow them, and
carry them along. Read next: `book.py`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from interactive_graphs.framework.graph import Graph
    from interactive_graphs.framework.operation import Operation

_WORDS: Final = {
    "opened": "open",
    "hidden": "hidden",
    "hidden_types": "hidden op types",
    "shown_alone": "nothing but",
    "set_aside": "aside",
}


@dataclass
class Settings:
    """Names of scopes and operations, as they were given.

    In the names of what is hidden, or alone shown, `*` and `?` stand for other
    characters; the name of a scope stands for all that lies in it.

    Attributes:
        opened: scopes to open in any case.
        hidden: scopes and operations to leave out.
        hidden_types: op types to leave out.
        shown_alone: scopes and operations to leave everything else out for.
        set_aside: scopes and operations to set aside.
        series: whether runs of equal scopes are folded into one box.
    """

    opened: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    hidden_types: list[str] = field(default_factory=list)
    shown_alone: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    series: bool = False

    def open(self, *scopes: str) -> Settings:
        """Opens name scopes in every picture, whatever room they take."""
        return self._add(self.opened, scopes)

    def close(self, *scopes: str) -> Settings:
        """Leaves it to each picture whether these scopes are open; no names: all."""
        return self._remove(self.opened, scopes)

    def hide(self, *names: str, type: str | Iterable[str] = ()) -> Settings:
        """Leaves scopes and operations out, by name or by op type.

        Args:
            *names: names of scopes and operations, `*` and `?` allowed.
            type: op types, likewise.
        """
        self._add(self.hidden_types, [type] if isinstance(type, str) else type)
        return self._add(self.hidden, names)

    def show(self, *names: str, type: str | Iterable[str] = ()) -> Settings:
        """Takes back `hide`, `only` and `aside` for these; for all when none is named.

        Args:
            *names: as they were given to `hide`, `only` or `aside`.
            type: op types as they were given to `hide`.
        """
        types = [type] if isinstance(type, str) else list(type)
        if types or not names:
            self._remove(self.hidden_types, types)
        if names or not types:
            self._remove(self.hidden, names)
            self._remove(self.shown_alone, names)
            self._remove(self.set_aside, names)
        return self

    def only(self, *names: str) -> Settings:
        """Leaves out everything but these scopes and operations."""
        return self._add(self.shown_alone, names)

    def aside(self, *names: str) -> Settings:
        """Sets scopes or operations aside: a letter instead of their edges."""
        return self._add(self.set_aside, names)

    def fold_series(self, yes: bool = True) -> Settings:
        """Shows runs of equal scopes as one box, or, with False, each by itself."""
        self.series = yes
        return self

    def reset(self) -> Settings:
        """Forgets everything."""
        vars(self).update(vars(Settings()))
        return self

    def _add(self, there: list[str], names: Iterable[str]) -> Settings:
        for name in names:
            if name.strip("/") not in there:
                there.append(name.strip("/"))
        return self

    def _remove(self, there: list[str], names: Iterable[str]) -> Settings:
        gone = {name.strip("/") for name in names}
        there[:] = [name for name in there if gone and name not in gone]
        return self

    # For pictures.

    def shown(self, operations: list[Operation]) -> list[Operation]:
        """Those of `operations` that are not left out."""
        if not (self.hidden or self.hidden_types or self.shown_alone):
            return operations
        is_hidden, is_meant = _matcher(self.hidden), _matcher(self.shown_alone)
        types = _pattern(self.hidden_types)
        return [
            op
            for op in operations
            if not is_hidden(op.name)
            and not types.fullmatch(op.type)
            and (not self.shown_alone or is_meant(op.name))
        ]

    def with_more(
        self, hidden: Iterable[str], aside: Iterable[str], series: bool
    ) -> Settings:
        """These settings and some besides, for one picture."""
        more = replace(self, hidden=list(self.hidden), set_aside=list(self.set_aside))
        return more.hide(*hidden).aside(*aside).fold_series(self.series or series)

    def to_json(self) -> dict[str, Any]:
        """As plain data; a model's `settings`."""
        return {
            "open": list(self.opened),
            "hidden": list(self.hidden),
            "aside": list(self.set_aside),
            "types": list(self.hidden_types),
            "only": list(self.shown_alone),
            "series": self.series,
        }

    def __repr__(self) -> str:
        """What is set, in words."""
        parts = [
            f"{_WORDS[one.name]}: {', '.join(getattr(self, one.name))}"
            for one in fields(self)
            if one.name in _WORDS and getattr(self, one.name)
        ]
        parts += ["equal scopes folded"] * self.series
        return "; ".join(parts) or "nothing set: pictures decide what is open"


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """What matches any of these names; nothing when there are none."""
    return re.compile("|".join(fnmatch.translate(name) for name in names) or r"(?!)")


def _matcher(names: list[str]) -> Callable[[str], bool]:
    """A test whether a name, or a scope around it, is one of `names`."""
    pattern = _pattern(names)

    @cache
    def in_scope(scope: str) -> bool:
        return any(pattern.fullmatch(part) for part in _prefixes(scope))

    def matches(name: str) -> bool:
        return bool(pattern.fullmatch(name)) or in_scope(name.rpartition("/")[0])

    return matches


def _prefixes(scope: str) -> Iterable[str]:
    while scope:
        yield scope
        scope = scope.rpartition("/")[0]


_of_graph: WeakKeyDictionary[Graph, Settings] = WeakKeyDictionary()


def settings_of(graph: Graph) -> Settings:
    """The settings of `graph`, the same ones each time: `graph.view`."""
    found = _of_graph.get(graph)
    if found is None:
        found = _of_graph.setdefault(graph, Settings())
    return found
