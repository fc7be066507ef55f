"""Graphs of TensorFlow 2 that consist of functions: calls, `If`, `While`, `Case`."""

import os

import numpy as np
import pytest

import interactive_graphs as tf

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow", reason="the oracle needs TensorFlow")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

X = np.array([1.0, 2.0], np.float32)


def double(x):
    return x * 2.0


def calls(x):
    inner = tensorflow.function(double)
    return inner(x) + inner(x + 1.0)


def loops(x):
    return tensorflow.while_loop(
        lambda i, y: i < 3, lambda i, y: (i + 1, y + 1.0), [0, x]
    )[1]


def branches(x):
    return tensorflow.cond(
        tensorflow.reduce_sum(x) > 10.0, lambda: x - 1.0, lambda: double(x)
    )


def branches_in_loops(x):
    def body(i, y):
        odd = tensorflow.equal(i % 2, 1)
        return i + 1, tensorflow.cond(odd, lambda: y * 2.0, lambda: y + 1.0)

    return tensorflow.while_loop(lambda i, y: i < 5, body, [0, x])[1]


def cases(x):
    index = tensorflow.size(x)
    return tensorflow.switch_case(index, [lambda: x, lambda: -x, lambda: x * 5.0])


@pytest.mark.parametrize("program", [calls, loops, branches, branches_in_loops, cases])
def test_runs_here(program):
    with tensorflow.init_scope():
        function = tensorflow.function(program).get_concrete_function(
            tensorflow.TensorSpec([None], tensorflow.float32)
        )
    data = function.graph.as_graph_def().SerializeToString()
    source, target = function.inputs[0].name, function.outputs[0].name
    with tensorflow.Graph().as_default(), tensorflow.compat.v1.Session() as sess:
        graph_def = tensorflow.compat.v1.GraphDef.FromString(data)
        tensorflow.import_graph_def(graph_def, name="")
        expected = sess.run(target, {source: X})
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.import_graph_def(tf.GraphDef.FromString(data), name="")
        np.testing.assert_allclose(sess.run(target, {source: X}), expected)
    assert graph.functions
