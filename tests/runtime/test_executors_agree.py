"""The compiled program, the unoptimised one and the dataflow executor agree.

Every program that is compared with TensorFlow elsewhere runs here three ways: the plain
executor is the reference for the compiler and for each of its passes.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import interactive_graphs as tf
from interactive_graphs.runtime.walk import Walk
from tests.oracle.programs import Failure, differences, outcome

CASES = Path(__file__).parent.parent / "oracle" / "cases"
PROGRAMS = [
    pytest.param(program, id=f"{module.name}-{program.name}")
    for module in pkgutil.iter_modules([str(CASES)])
    for program in importlib.import_module(f"tests.oracle.cases.{module.name}").table
    # Scripts make sessions of their own; unseeded draws differ from run to run.
    if not program.is_script and not program.only_shapes
]


class Configured:
    """The package, but for the configuration of its sessions."""

    def __init__(self, **config: Any) -> None:
        self._config = tf.ConfigProto(**config)

    def __getattr__(self, name: str) -> Any:
        return getattr(tf, name)

    @property
    def Session(self) -> Any:
        return functools.partial(tf.Session, config=self._config)


def unoptimised() -> Configured:
    options = tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
    return Configured(graph_options=tf.GraphOptions(optimizer_options=options))


def node_by_node() -> Configured:
    # A deadline is what the straight-line program cannot keep.
    return Configured(operation_timeout_in_ms=600_000)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_three_ways_agree(program):
    compiled = outcome(tf, program)
    for other in (unoptimised(), node_by_node()):
        found = outcome(other, program)
        if isinstance(compiled, Failure):
            # Which of two failing nodes comes first may differ; the class may not.
            assert isinstance(found, Failure)
            assert (found.phase, found.error) == (compiled.phase, compiled.error)
        else:
            assert differences(program, compiled, found) == []


def test_the_other_ways_are_taken():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.identity(x * 2.0, name="y") + 0.0
    plain = tf.Session().program(y, [x]).source
    assert "        y = " not in plain
    assert "y = _Identity(" in unoptimised().Session().program(y, [x]).source
    assert isinstance(node_by_node().Session().program(y, [x]), Walk)
