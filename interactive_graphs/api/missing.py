"""What to say about a public name that is not there."""

from __future__ import annotations

from collections.abc import Iterable

from interactive_graphs._util import lazy


def missing_name(name: str, known: Iterable[str]) -> str:
    """The words of the AttributeError, with the nearest name there is.

    Args:
        name: what was asked for.
        known: the names there are.
    """
    public = [k for k in known if not k.startswith("_")]
    near = lazy.load("difflib").get_close_matches(name, public, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"module 'interactive_graphs' has no attribute {name!r}.{hint}"
