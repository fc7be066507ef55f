"""What to say about a public name that is not there.

A name of TensorFlow's that was left out says why and what serves instead
(`left_out.py`); any other is taken for a slip, and the nearest name there is comes with
the answer. Each public namespace ends with `__getattr__ = missing.unknown("tf.nn")`.
Read next: `left_out.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from interactive_graphs._util import lazy


def missing_name(name: str, known: Iterable[str], space: str = "tf") -> str:
    """The words of the AttributeError.

    Args:
        name: what was asked for.
        known: the names there are in the namespace.
        space: the namespace, as users write it.

    Returns:
        Why it was left out, or the nearest name there is.
    """
    left_out = lazy.load("interactive_graphs.api.left_out")
    if not name.startswith("_"):
        why = left_out.reason(f"{space}.{name}")
        if why is not None:
            return f"{space}.{name} is not in interactive_graphs. {why}"
    module = "interactive_graphs" + space.removeprefix("tf")
    return f"module {module!r} has no attribute {name!r}." + _hint(name, known, space)


def _hint(name: str, known: Iterable[str], space: str) -> str:
    public = [k for k in known if not k.startswith("_")]
    root = sys.modules["interactive_graphs"]
    if space != "tf" and not name.startswith("_") and name in dir(root):
        return f" Did you mean 'tf.{name}'?"
    near = lazy.load("difflib").get_close_matches(name, public, 1)
    prefix = "" if space == "tf" else f"{space}."
    return f" Did you mean '{prefix}{near[0]}'?" if near else ""


def unknown(space: str) -> Callable[[str], Any]:
    """The `__getattr__` of a namespace: for names that are not there.

    Args:
        space: the namespace, as users write it: "tf.nn".
    """
    module = sys._getframe(1).f_globals

    def __getattr__(name: str) -> Any:  # noqa: N807
        # With `obj` set, Python adds no suggestion of its own to ours.
        message = missing_name(name, list(module), space)
        raise AttributeError(message, name=name, obj=None)

    return __getattr__
