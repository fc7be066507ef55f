"""The programs of the benchmarks compute in every tier what TensorFlow computes.

Of those that train, the losses of the first five steps agree to six digits; of the
others, what they say of their results.
"""

import os

import numpy as np
import pytest

from benchmarks.ladder import LADDER

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

import interactive_graphs
from interactive_graphs.kernels.native.target import available
from interactive_graphs.runtime.engine import TIER_VARIABLE

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")

pytestmark = [
    pytest.mark.oracle,
    # TensorFlow's own: deprecated parts of numpy and Python, and advice to leave 1.x.
    pytest.mark.filterwarnings("ignore"),
]
# What takes many seconds, or computes nothing, is left to the benchmarks.
LEFT_OUT = frozenset(
    """import graph graph_memory build gradient memory first_step floats_1000
    scalars_1000""".split()
)
PROGRAMS = sorted(LADDER.keys() - LEFT_OUT)
DIGITS = 1e-6
WAYS = {"numpy": "numpy", "native": "native,direct", "by Winograd": "native"}
CASES = [(name, way) for name in PROGRAMS for way in WAYS]
CASES = [case for case in CASES if case[1] != "by Winograd" or case[0] == "cnn_step"]
_theirs: dict[str, list[float]] = {}


def numbers(tf, name, runs):
    """What a program says of its results, after some runs."""
    with tf.Graph().as_default():
        timed = LADDER[name].program(tf)
        for _ in range(runs):
            if timed.prepare is not None:
                timed.prepare()
            timed.call()
        if timed.prepare is not None:
            timed.prepare()
        return [float(number) for number in timed.check()]


def theirs(name):
    if name not in _theirs:
        _theirs[name] = numbers(tensorflow, name, 0)
    return _theirs[name]


@pytest.mark.parametrize(("name", "way"), CASES)
def test_a_program_computes_what_tensorflow_computes(name, way, monkeypatch):
    if way != "numpy" and available():
        pytest.skip(available())
    monkeypatch.setenv(TIER_VARIABLE, WAYS[way])
    wanted = theirs(name)
    # From the third run on a session that may has native programs.
    got = numbers(interactive_graphs, name, 1 if way == "numpy" else 4)
    np.testing.assert_allclose(got, wanted, max(DIGITS, LADDER[name].tolerance))


def test_no_program_is_forgotten():
    assert LADDER.keys() >= LEFT_OUT
    assert len(PROGRAMS) >= 14
