"""A name that is not there: each public namespace tells the nearest one, or why.

A namespace that forgot its `__getattr__` would answer with Python's bare sentence.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

import interactive_graphs as tf
from interactive_graphs import api
from interactive_graphs._util.missing import missing_name

HELPERS = {"aliases", "later", "left_out"}
PACKAGES = (
    "data data.experimental examples examples.tutorials examples.tutorials.mnist "
    "layers losses metrics saved_model summary train"
).split()
# Whatever else is asked of these was left out, and says so.
LEFT_OUT = {"flags", "keras"}
# Where the module's name is not that of the namespace.
ELSEWHERE = {"rnn_cell": "nn.rnn_cell"}


def _namespaces() -> Iterator[tuple[str, str]]:
    """The modules that are public namespaces, and what users call them."""
    for name in PACKAGES:
        yield f"interactive_graphs.{name}", f"tf.{name}"
    for found in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        name = found.name.removeprefix(f"{api.__name__}.")
        if name not in HELPERS and name.split(".")[0] not in LEFT_OUT:
            yield found.name, f"tf.{ELSEWHERE.get(name, name)}"


NAMESPACES = list(_namespaces())


def a_name(space: ModuleType) -> str:
    """The first public name of a namespace that the top one has not as well."""
    own = [n for n in dir(space) if n[0] != "_" and len(n) > 3 and n not in dir(tf)]
    return next(iter(own), "")


@pytest.mark.parametrize(("module", "title"), NAMESPACES)
def test_a_namespace_tells_the_nearest_name(module: str, title: str) -> None:
    space = import_module(module)
    near = a_name(space)
    with pytest.raises(AttributeError) as caught:
        getattr(space, f"{near}zz")
    said = str(caught.value)
    assert said.startswith(
        f"module 'interactive_graphs{title[2:]}' has no attribute '{near}zz'."
    )
    assert not near or f"Did you mean '{title}." in said


@pytest.mark.parametrize(("module", "title"), NAMESPACES)
def test_a_name_of_the_top_is_told_in_every_namespace(module: str, title: str) -> None:
    space = import_module(module)
    elsewhere = next(n for n in ("Variable", "matmul", "cond") if n not in dir(space))
    with pytest.raises(AttributeError, match=f"Did you mean 'tf.{elsewhere}'"):
        getattr(space, elsewhere)


def test_a_name_that_was_left_out_says_why() -> None:
    with pytest.raises(AttributeError, match=r"tf\.train\.SummaryWriter is not in.*"):
        tf.train.SummaryWriter  # noqa: B018
    with pytest.raises(AttributeError, match=r"use tf\.summary\.FileWriter"):
        tf.train.SummaryWriter  # noqa: B018


def test_what_was_left_out_as_a_whole_says_why() -> None:
    with pytest.raises(
        AttributeError, match=r"tf\.keras\.Model is not in .*tf\.layers"
    ):
        tf.keras.Model  # noqa: B018
    with pytest.raises(AttributeError, match=r"tf\.flags\.FlagValues is not in .*absl"):
        tf.flags.FlagValues  # noqa: B018


def test_what_python_asks_for_itself_is_answered_shortly() -> None:
    assert missing_name("__path__", ["__path_"], "tf.nn") == (
        "module 'interactive_graphs.nn' has no attribute '__path__'."
    )
