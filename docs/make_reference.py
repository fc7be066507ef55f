"""Writes `reference.md`, the table of public names: `python docs/make_reference.py`.

What a name takes is its signature, what it gives the first line of its docstring. A
test keeps page and package equal.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import interactive_graphs as tf
from interactive_graphs.api import later, left_out

LEFT_OUT = Path(__file__).parent / "left-out.md"
TARGET = Path(__file__).parent / "reference.md"
HEAD = """# Reference

The public names, by namespace, after `import interactive_graphs as tf`. `help(tf.add)`
tells the whole of each, and so does `tf.add?` in a notebook. Signatures are
TensorFlow 1's. Written by `docs/make_reference.py`.
"""
NAMESPACES = sorted({*later._MODULES, "errors"})


def page() -> str:
    """The page as it should be."""
    spaces = dict(namespaces(tf, "tf", NAMESPACES))
    links = " · ".join(f"[{name}](#{name.replace('.', '')})" for name in spaces)
    parts = [HEAD, f"[tf](#tf) · {links}\n", section("tf", tf)]
    parts += [section(name, space) for name, space in spaces.items()]
    return "\n".join(parts)


def namespaces(
    space: ModuleType, prefix: str, names: Iterable[str]
) -> Iterator[tuple[str, ModuleType]]:
    """The namespaces of a namespace, and those within them."""
    for name in names:
        value = getattr(space, name)
        if isinstance(value, ModuleType):
            title = f"{prefix}.{name}"
            yield title, value
            yield from namespaces(value, title, sorted(getattr(value, "__all__", ())))


def members(space: ModuleType) -> Iterator[tuple[str, Any]]:
    """The names without an underscore and what they stand for, in order."""
    names = dir(space) if space is tf else getattr(space, "__all__", dir(space))
    for name in sorted(names):
        if not name.startswith("_"):
            yield name, getattr(space, name)


def section(title: str, space: ModuleType) -> str:
    """One namespace: functions and classes as a table, the rest as a list."""
    names = sorted(public(space), key=str.lower)
    dtypes = [n for n in names if isinstance(getattr(space, n), tf.DType)]
    messages = sorted(tf._MESSAGES) if space is tf else []
    rows = [row(title, n, getattr(space, n)) for n in names if n not in dtypes]
    lines = [f"## {title}\n"]
    if space is not tf and space.__doc__:
        lines.append(first_line(space) + "\n")
    if dtypes:
        lines.append(f"Dtypes: {listed(dtypes)}.\n")
    if messages:
        lines.append(f"Protocol messages: {listed(messages)}.\n")
    if rows:
        lines += ["| name | what it is |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def public(space: ModuleType) -> Iterator[str]:
    """The names that are for users."""
    for name, value in members(space):
        if isinstance(value, ModuleType):
            continue
        home = getattr(value, "__module__", "interactive_graphs") or ""
        if home.startswith("interactive_graphs"):
            yield name


def row(title: str, name: str, value: Any) -> str:
    """A line of the table."""
    top = getattr(tf, name, None)
    if title != "tf" and callable(value) and top is value:
        return f"| `{name}` | `tf.{name}` |"
    if inspect.isclass(value) or not callable(value):
        is_plain = not inspect.isclass(value) and " at 0x" not in repr(value)
        words = f"`{value!r}`" if is_plain else first_line(value)
        return f"| `{name}` | {escaped(words)} |"
    return f"| `{name}{signature(value)}` | {escaped(first_line(value))} |"


class Dots:
    """Stands for an object as default, which would print differently each time."""

    def __repr__(self) -> str:
        """Three dots."""
        return "..."


def signature(function: Any) -> str:
    """What a function takes, without annotations."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return "(...)"
    parameters = []
    for one in found.parameters.values():
        default = Dots() if " at 0x" in repr(one.default) else one.default
        parameters.append(one.replace(annotation=one.empty, default=default))
    bare = found.replace(parameters=parameters, return_annotation=found.empty)
    return escaped(str(bare))


def first_line(value: Any) -> str:
    """What a docstring opens with."""
    lines = (inspect.getdoc(value) or "").splitlines()
    return lines[0] if lines else ""


def escaped(text: str) -> str:
    """Text that stands in a cell of a table."""
    return text.replace("|", "\\|")


def listed(names: list[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


LEFT_OUT_HEAD = """# What is left out

TensorFlow 1's public names that are not in interactive_graphs, why, and what serves
instead. Asking for one says the same. Written by `docs/make_reference.py`.
"""


def left_out_page() -> str:
    """The page of names that are not here."""
    parts = [LEFT_OUT_HEAD]
    for group in left_out.GROUPS:
        names = ", ".join(f"`tf.{name}`" for name in group.names.split())
        parts.append(f"## {group.title}\n\n{group.why}\n\n{names}.\n")
    parts.append("## Renamed in TensorFlow 1.0\n")
    parts += ["| before 1.0 | since then |", "|---|---|"]
    parts += [f"| `tf.{a}` | `tf.{b}` |" for a, b in left_out.RENAMED.items()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page())
    LEFT_OUT.write_text(left_out_page())
