"""Names of operations and scopes: which are valid, which are free.

Operations and scopes share one registry per graph; names are compared without regard
to case. Read next: `graph.py`.
"""

from __future__ import annotations

import re
from typing import Final

VALID_OP: Final = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$")
VALID_SCOPE: Final = re.compile(r"^[A-Za-z0-9_.\-/]*$")

# The same few names come again and again, and a set is quicker than the pattern.
_known_good: set[str] = set()
_KNOWN_LIMIT: Final = 4096


class NameRegistry:
    """The names taken in one graph.

    Example:
        >>> names = NameRegistry()
        >>> [names.unique(n) for n in ("c", "c", "C", "c_1", "c")]
        ['c', 'c_1', 'C_2', 'c_1_1', 'c_3']
    """

    __slots__ = ("numbers",)

    def __init__(self) -> None:
        """No name is taken."""
        # Lower-cased name -> the suffix to try next.
        self.numbers: dict[str, int] = {}

    def unique(self, name: str, mark_as_used: bool = True) -> str:
        """`name`, or `name_1`, `name_2`, ... when it is taken."""
        taken = self.numbers
        key = name.lower()
        number = taken.get(key)
        if number is None:
            if mark_as_used:
                taken[key] = 1
            return name
        suffix = f"_{number}"
        candidate = key + suffix
        while candidate in taken:
            number += 1
            suffix = f"_{number}"
            candidate = key + suffix
        if mark_as_used:
            taken[key] = number + 1
            taken[candidate] = 1
        return name + suffix

    def copy(self) -> NameRegistry:
        """A registry with the same names."""
        other = NameRegistry()
        other.numbers = dict(self.numbers)
        return other

    def take(self, name: str) -> None:
        """Mark exactly `name` as used."""
        self.numbers.setdefault(name.lower(), 1)

    def release(self, name: str) -> None:
        """Make `name` free again."""
        self.numbers.pop(name.lower(), None)


def check_op_name(name: str) -> None:
    """Refuse what cannot name an operation.

    Raises:
        ValueError: with the offending name.
    """
    if name in _known_good:
        return
    if not VALID_OP.match(name):
        raise ValueError(f"'{name}' is not a valid node name")
    if len(_known_good) < _KNOWN_LIMIT:
        _known_good.add(name)


def check_scope_name(name: str, nested: bool) -> None:
    """Refuse what cannot name a scope.

    Raises:
        ValueError: with the offending name.
    """
    if not (VALID_SCOPE if nested else VALID_OP).match(name):
        raise ValueError(f"'{name}' is not a valid scope name")
