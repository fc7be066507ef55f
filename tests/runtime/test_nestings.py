"""Loops in conditions in loops: compiled, unoptimised and node by node they agree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

import interactive_graphs as tf
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.walk import Walk
from tests.runtime.nestings import blocks, build, work_out

LAZY = tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
WAYS = {
    "compiled": (tf.ConfigProto(), Program),
    "unoptimised": (
        tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=LAZY)),
        Program,
    ),
    "node by node": (tf.ConfigProto(operation_timeout_in_ms=60_000), Walk),
}
NESTED = [
    ("while", 3, 0, [("if", 5, 3, [("add_to_variable", 0, 3)], [("constant", 4)])])
]


def check(block, way):
    config, kind = WAYS[way]
    variables = [5, 7]
    expected = work_out(block, [1, 2, 3], variables)
    with tf.Graph().as_default():
        inputs = [tf.placeholder(tf.int32, [], name=name) for name in "abc"]
        held = [
            tf.Variable(5, use_resource=False),
            tf.Variable(7, use_resource=True),
        ]
        result = build(tf, block, inputs, held)
        with tf.Session(config=config) as sess:
            sess.run(tf.global_variables_initializer())
            assert isinstance(sess.program(result, inputs), kind)
            found = sess.run(result, dict(zip(inputs, [1, 2, 3], strict=True)))
            assert (found, sess.run(held)) == (expected, variables)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(block=blocks)
def test_any_nesting(way, block):
    check(block, way)


@pytest.mark.parametrize("way", WAYS)
def test_a_condition_in_a_loop(way):
    check(NESTED, way)


@pytest.mark.parametrize("way", WAYS)
def test_a_loop_of_its_own_is_not_torn_apart(way):
    # Half of the loop needs the variable, the other half does not.
    loop = ("while", 2, 0, [("add_to_variable", 0, 0)])
    check([("if", 0, 0, [("read_variable", 0)], [loop])], way)
