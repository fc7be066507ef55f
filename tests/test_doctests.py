"""The examples in docstrings give what they show."""

import doctest
import importlib
import pkgutil

import pytest

import interactive_graphs as tf

MODULES = [
    module.name
    for module in pkgutil.walk_packages(tf.__path__, "interactive_graphs.")
    if not module.name.endswith("_pb2") and ".gpu" not in module.name
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    runner = doctest.DocTestRunner(optionflags=flags)
    found = doctest.DocTestFinder(exclude_empty=True).find(module, name)
    for example in found:
        tf.reset_default_graph()
        example.globs["tf"] = tf
        runner.run(example)
    assert runner.summarize(verbose=False).failed == 0
