"""Every program of `cases/` gives the same here as under TensorFlow's compat.v1."""

import importlib
import os
import pkgutil
from pathlib import Path

import pytest

import interactive_graphs
from tests.oracle.programs import Failure, differences, outcome

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")

PROGRAMS = [
    pytest.param(program, id=f"{module.name}-{program.name}")
    for module in pkgutil.iter_modules([str(Path(__file__).parent / "cases")])
    for program in importlib.import_module(f"tests.oracle.cases.{module.name}").table
]
pytestmark = [
    pytest.mark.oracle,
    # TensorFlow's own: deprecated parts of numpy and Python, and advice to leave 1.x.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_same_as_tensorflow(program):
    theirs = outcome(tensorflow, program)
    raised = theirs.error if isinstance(theirs, Failure) else None
    assert raised == program.raises, f"not what the table says: {theirs}"
    ours = outcome(interactive_graphs, program)
    assert differences(program, theirs, ours) == []


def test_no_two_programs_have_one_name():
    names = [param.id for param in PROGRAMS]
    assert sorted(set(names)) == sorted(names)


def test_there_are_three_hundred_programs():
    assert len(PROGRAMS) >= 300
