"""Names of operations and scopes: which are valid, which are free.

Operations and scopes share one registry per graph; names are compared without regard
to case. A large graph has more names than anything else, so the registry keeps few: of
`c`, `c_1`, `c_2`, ... how far the row goes, and of those that a call of `gradients`
makes only where they are to be had. Read next: `graph.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

VALID_OP: Final = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$")
VALID_SCOPE: Final = re.compile(r"^[A-Za-z0-9_.\-/]*$")

# The same few names come again and again, and a set is quicker than the pattern.
known_good: set[str] = set()
_KNOWN_LIMIT: Final = 4096


class NameRegistry:
    """The names taken in one graph.

    Example:
        >>> names = NameRegistry()
        >>> [names.unique(n) for n in ("c", "c", "C", "c_1", "c")]
        ['c', 'c_1', 'C_2', 'c_1_1', 'c_3']
    """

    __slots__ = ("_elsewhere", "numbers")

    def __init__(self) -> None:
        """No name is taken."""
        # Lower-cased name -> the suffix to try next; those below it are taken.
        self.numbers: dict[str, int] = {}
        # Lower-cased scope with its slash -> what gives the names taken in it.
        self._elsewhere: dict[str, Callable[[], Iterable[str]]] = {}

    def unique(self, name: str, mark_as_used: bool = True) -> str:
        """`name`, or `name_1`, `name_2`, ... when it is taken."""
        taken = self.numbers
        key = name.lower()
        if self._elsewhere and key.startswith(tuple(self._elsewhere)):
            self.note_all()
        number = taken.get(key)
        if number is None:
            if not (key[-1:].isdecimal() and self._is_in_row(key)):
                if mark_as_used:
                    # One string for both, where it is not in the way.
                    taken[name if name == key else key] = 1
                return name
            number = 1
        while (candidate := f"{key}_{number}") in taken:
            number += 1
        if mark_as_used:
            taken[key] = number + 1
        return candidate if name == key else f"{name}_{number}"

    def _is_in_row(self, key: str) -> bool:
        """Whether a name is `stem_2` where `stem` got as far as `stem_3`."""
        stem, line, digits = key.rpartition("_")
        return (
            line != ""
            and digits.isdecimal()
            and digits[0] != "0"
            and int(digits) < self.numbers.get(stem, 0)
        )

    def is_empty(self, scope: str) -> bool:
        """Whether no name is taken in a scope, which is given with its slash."""
        key = scope.lower()
        return not any(
            name.startswith(key)
            for names in (self.numbers, self._elsewhere)
            for name in names
        )

    def leave(self, scope: str, names: Callable[[], Iterable[str]]) -> None:
        """Note where the names in a scope are to be had, in place of the names.

        Args:
            scope: a scope that was new, with its slash.
            names: gives those that were taken in it without `unique`; called when
                somebody asks for a name in that scope.
        """
        self._elsewhere[scope.lower()] = names

    def note_all(self) -> None:
        """Note all names that were left where they are."""
        left, self._elsewhere = self._elsewhere, {}
        for names in left.values():
            for name in names():
                self.take(name)

    def copy(self) -> NameRegistry:
        """A registry with the same names."""
        other = NameRegistry()
        other.numbers = dict(self.numbers)
        other._elsewhere = dict(self._elsewhere)
        return other

    def take(self, name: str) -> None:
        """Mark exactly `name` as used."""
        self.numbers.setdefault(name.lower(), 1)


class NewScope(NameRegistry):
    """The names in a scope that nobody else takes names in, one scope after another.

    Attributes:
        scope: which scope it is now; '' for none yet.
    """

    __slots__ = ("scope",)

    def __init__(self) -> None:
        """In no scope."""
        super().__init__()
        self.scope = ""

    def enter(self, scope: str) -> None:
        """Turn to a scope in which no name is taken."""
        self.scope = scope
        self.numbers.clear()

    def take_in(self, name: str) -> str:
        """The full name that a node gets which wants to be called `name`."""
        key = name.lower()
        if key in self.numbers or key[-1:].isdecimal():
            return f"{self.scope}/{self.unique(name)}"
        self.numbers[key] = 1
        return f"{self.scope}/{name}"


def check_op_name(name: str) -> None:
    """Refuse what cannot name an operation.

    Raises:
        ValueError: with the offending name.
    """
    if name in known_good:
        return
    if not VALID_OP.match(name):
        raise ValueError(f"'{name}' is not a valid node name")
    if len(known_good) < _KNOWN_LIMIT:
        known_good.add(name)


def check_scope_name(name: str, nested: bool) -> None:
    """Refuse what cannot name a scope.

    Raises:
        ValueError: with the offending name.
    """
    if not (VALID_SCOPE if nested else VALID_OP).match(name):
        raise ValueError(f"'{name}' is not a valid scope name")
