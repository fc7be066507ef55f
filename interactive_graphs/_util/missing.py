"""What to say about a public name that is not there.

A name of TensorFlow's that was left out says why and what serves instead
(`api/left_out.py`); any other is taken for a slip, and the nearest name there is comes
with the answer. It stands this low because packages of every layer are namespaces
(`tf.data`, `tf.train`); each ends with

    __getattr__ = missing.unknown("tf.nn", __name__)

or, where some names come on first use, hands the others to that function.
Read next: `../api/left_out.py`.
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
    module = "interactive_graphs" + space.removeprefix("tf")
    plain = f"module {module!r} has no attribute {name!r}."
    if name.startswith("_"):  # Python asks for these itself; nobody reads the answer.
        return plain
    why = lazy.load("interactive_graphs.api.left_out").reason(f"{space}.{name}")
    if why is not None:
        return f"{space}.{name} is not in interactive_graphs. {why}"
    return plain + _hint(name, known, space)


def _hint(name: str, known: Iterable[str], space: str) -> str:
    public = [k for k in known if not k.startswith("_")]
    if space != "tf" and name in dir(sys.modules["interactive_graphs"]):
        return f" Did you mean 'tf.{name}'?"
    near = lazy.load("difflib").get_close_matches(name, public, 1)
    prefix = "" if space == "tf" else f"{space}."
    return f" Did you mean '{prefix}{near[0]}'?" if near else ""


def unknown(space: str, module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a namespace: for names that are not there.

    Args:
        space: the namespace, as users write it: "tf.nn".
        module: the `__name__` of the module that is this namespace.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807
        message = missing_name(name, dir(sys.modules[module]), space)
        # With `obj` set, Python adds no suggestion of its own to ours.
        raise AttributeError(message, name=name, obj=None)

    return __getattr__
