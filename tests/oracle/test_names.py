"""Names in namespaces stand for what TensorFlow's do: tf.sparse.add is sparse_add.

Where TensorFlow has one function under two names, so have we.
"""

import inspect
import os
from types import ModuleType

import pytest

import interactive_graphs

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

# They read pytest's command line when somebody looks at them.
tensorflow.flags.FLAGS(["pytest"])

# Other functions in TensorFlow 2; in 1.x they were tf.string_split and tf.substr.
CHANGED = {"tf.strings.split", "tf.strings.substr"}
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


def named(space):
    """The public things of a namespace that are no namespaces themselves."""
    found = {name: getattr(space, name) for name in dir(space) if name[0] != "_"}
    helpers = ("typing", "__future__")
    return {
        name: thing
        for name, thing in found.items()
        if not isinstance(thing, ModuleType)
        and getattr(thing, "__module__", None) not in helpers
    }


def same(first, second):
    """Whether two of TensorFlow's names are one function, perhaps wrapped twice."""
    return first is second or (
        callable(first)
        and callable(second)
        and inspect.unwrap(first) is inspect.unwrap(second)
    )


THEIRS, OURS = named(tensorflow), named(interactive_graphs)
SPACES = [
    name
    for name in dir(interactive_graphs)
    if name[0] != "_"
    and name != "contrib"  # TensorFlow 2 has none to compare with
    and getattr(getattr(interactive_graphs, name), "__name__", "").startswith(
        "interactive_graphs.api."
    )
]


@pytest.mark.parametrize("space", SPACES)
def test_namespace_has_tensorflows_functions(space):
    theirs = named(getattr(tensorflow, space))
    ours = named(getattr(interactive_graphs, space))
    wrong = []
    for name, thing in ours.items():
        if name not in theirs:
            wrong.append(f"tf.{space}.{name} is not TensorFlow's")
            continue
        alike = [n for n, t in THEIRS.items() if same(t, theirs[name]) and n in OURS]
        wrong += [
            f"tf.{space}.{name} is not tf.{n}" for n in alike if thing is not OURS[n]
        ]
        other = [n for n, t in OURS.items() if t is thing and n in THEIRS]
        wrong += [
            f"tf.{space}.{name} is tf.{n}, which it is not in TensorFlow"
            for n in other
            if not same(THEIRS[n], theirs[name])
        ]
    assert [line for line in wrong if line.split()[0] not in CHANGED] == []


@pytest.mark.parametrize("space", SPACES)
def test_namespace_is_complete(space):
    """What we have at the top is in the namespace too, if TensorFlow has it there."""
    theirs = named(getattr(tensorflow, space))
    ours = named(getattr(interactive_graphs, space))
    missing = {
        f"tf.{space}.{name} = tf.{top}"
        for name, thing in theirs.items()
        if name not in ours
        for top, other in THEIRS.items()
        if same(other, thing) and top in OURS
    }
    assert missing == set()


def test_top_names_that_are_one_function_there_are_one_here():
    wrong = [
        f"tf.{a} and tf.{b}"
        for a, first in THEIRS.items()
        for b, second in THEIRS.items()
        if a < b and same(first, second) and a in OURS and b in OURS and callable(first)
        if OURS[a] is not OURS[b]
    ]
    assert wrong == []
