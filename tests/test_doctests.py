"""The examples in docstrings give what they show."""

import doctest
import importlib
import inspect
import math
import pkgutil
import re

import pytest

import interactive_graphs as tf

MODULES = [
    module.name
    for module in pkgutil.walk_packages(tf.__path__, "interactive_graphs.")
    if not module.name.endswith("_pb2") and ".gpu" not in module.name
]


NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]\d+)?")


class AboutEqual(doctest.OutputChecker):
    """Takes floats that agree to five digits: the last ones depend on the machine."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Whether what an example printed is what it says."""
        wanted, found = NUMBER.findall(want), NUMBER.findall(got)
        if len(wanted) == len(found) and all(
            math.isclose(float(a), float(b), rel_tol=1e-5, abs_tol=1e-6)
            for a, b in zip(wanted, found, strict=True)
        ):
            # Alignment follows the digits, so spaces may differ too.
            want, got = (re.sub(r"\s", "", NUMBER.sub("#", t)) for t in (want, got))
        return super().check_output(want, got, optionflags)


class Finder(doctest.DocTestFinder):
    """Also finds the functions that `ops/_tables.py` made for a family."""

    def _from_module(self, module, object):
        if inspect.isfunction(object):
            return object.__module__ == module.__name__
        return super()._from_module(module, object)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    runner = doctest.DocTestRunner(AboutEqual(), optionflags=flags)
    found = Finder(exclude_empty=True).find(module, name)
    for example in found:
        tf.reset_default_graph()
        example.globs["tf"] = tf
        runner.run(example)
    assert runner.summarize(verbose=False).failed == 0


def test_examples_of_generated_functions_are_found():
    found = Finder(exclude_empty=True).find(tf.ops.elementwise, "elementwise")
    assert "elementwise.add" in [test.name for test in found]


def test_examples_are_compared_by_value():
    same = AboutEqual().check_output
    assert same("array([1.  , 2.71])\n", "array([1.0000001, 2.7100001])\n", 0)
    assert not same("array([1.  , 2.71])\n", "array([1.  , 2.72])\n", 0)
    assert not same("array([1.0])\n", "[1.0]\n", 0)
    assert not same("1\n", "1.0\n", 0)
