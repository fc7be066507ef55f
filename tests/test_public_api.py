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

GOLDEN = Path(__file__).parent / "golden" / "public_api.txt"


NAMESPACES = ("interactive_graphs.api.", "interactive_graphs.errors", tf.train.__name__)


def public(space: Any) -> list[str]:
    """The names that are for users: ours, and without an underscore."""
    names = [name for name in dir(space) if not name.startswith("_")]
    if not isinstance(space, ModuleType):
        return names
    return [name for name in names if is_ours(getattr(space, name))]


def is_ours(value: Any) -> bool:
    """Whether a module's value is not merely imported from elsewhere."""
    if isinstance(value, ModuleType) or not hasattr(value, "__module__"):
        return not isinstance(value, ModuleType) or value.__name__.startswith(
            NAMESPACES
        )
    return str(value.__module__).startswith("interactive_graphs")


def lines(space: Any, prefix: str) -> Iterator[str]:
    """A line for each public name of a namespace, with what it takes."""
    for name in public(space):
        value, title = getattr(space, name), f"{prefix}.{name}"
        if isinstance(value, ModuleType):
            # The modules that make up tf.train are not names of their own.
            if prefix != "tf.train":
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
