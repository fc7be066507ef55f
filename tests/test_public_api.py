"""The public names and signatures are those of `golden/public_api.txt`.

A change of the API shows in review as a change of that file. To write it anew:
`python tests/test_public_api.py > tests/golden/public_api.txt`
"""

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import interactive_graphs as tf
from interactive_graphs.api import later

GOLDEN = Path(__file__).parent / "golden" / "public_api.txt"
NAMESPACES = {*later._MODULES, "errors"}


def public(space: Any) -> list[str]:
    """The names that are for users: ours, and without an underscore."""
    names = getattr(space, "__all__", None) if space is not tf else None
    if names is None:
        names = [name for name in dir(space) if not name.startswith("_")]
    if not isinstance(space, ModuleType):
        return names
    return [n for n in sorted(names) if is_ours(getattr(space, n), n, space)]


def is_ours(value: Any, name: str, space: ModuleType) -> bool:
    """Whether a module's value is not merely imported from elsewhere."""
    if isinstance(value, ModuleType):
        return name in (NAMESPACES if space is tf else getattr(space, "__all__", ()))
    home = getattr(type(value) if name == "FLAGS" else value, "__module__", None)
    return home is None or str(home).startswith("interactive_graphs")


def lines(space: Any, prefix: str) -> Iterator[str]:
    """A line for each public name of a namespace, with what it takes."""
    for name in public(space):
        value, title = getattr(space, name), f"{prefix}.{name}"
        if isinstance(value, ModuleType):
            yield from lines(value, title)
        elif inspect.isclass(value):
            yield f"class {title}{parameters(value)}"
            yield from methods(value, title)
        elif callable(value):
            yield title + parameters(value)
        else:
            yield f"{title}: {type(value).__name__}"


def methods(cls: type, title: str) -> Iterator[str]:
    """A line for each public member that is not a public base class's."""
    for name in public(cls):
        owner = next((base for base in cls.__mro__ if name in vars(base)), cls)
        own = owner is cls or owner.__name__.startswith("_")
        if own and owner.__module__.startswith("interactive_graphs"):
            value = inspect.getattr_static(cls, name)
            value = getattr(value, "__func__", value)
            yield f"  {title}.{name}{parameters(value) if callable(value) else ''}"


def parameters(function: Any) -> str:
    """A signature without annotations, and without defaults that have an address."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return "(...)"
    parts = [
        p.replace(annotation=p.empty, default=p.default if plain(p.default) else ...)
        for p in signature.parameters.values()
    ]
    bare = signature.replace(parameters=parts, return_annotation=signature.empty)
    return str(bare)


def plain(value: Any) -> bool:
    """Whether a default prints the same everywhere."""
    return value is inspect.Parameter.empty or " at 0x" not in repr(value)


def test_public_api_is_the_golden_one():
    found, wanted = list(lines(tf, "tf")), GOLDEN.read_text().splitlines()
    assert sorted(set(found) - set(wanted)) == [], "new; write the golden file anew"
    assert sorted(set(wanted) - set(found)) == [], "gone; write the golden file anew"


def test_every_public_name_has_a_docstring():
    missing = [
        name
        for name in public(tf)
        if callable(value := getattr(tf, name)) and not inspect.getdoc(value)
    ]
    assert missing == []


if __name__ == "__main__":
    print("\n".join(lines(tf, "tf")))
