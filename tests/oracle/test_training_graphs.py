"""A training graph built by one library trains the same when the other runs it."""

import importlib
import os

import numpy as np
import pytest

import interactive_graphs

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
tensorflow = importlib.import_module("tensorflow.compat.v1")
tensorflow.disable_v2_behavior()

STEPS = 3
OPTIMIZERS = {
    "gradient_descent": lambda t: t.GradientDescentOptimizer(0.1),
    "momentum": lambda t: t.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adagrad": lambda t: t.AdagradOptimizer(0.5),
    "adadelta": lambda t: t.AdadeltaOptimizer(1.0),
    "rmsprop": lambda t: t.RMSPropOptimizer(0.1, centered=True),
    "adam": lambda t: t.AdamOptimizer(0.1),
    "ftrl": lambda t: t.FtrlOptimizer(0.5, l2_shrinkage_regularization_strength=0.1),
}


def trained(sess, init, train, value):
    sess.run(init)
    for _ in range(STEPS):
        sess.run(train)
    return sess.run(value)


def build(tf, make, use_resource, sparse):
    """The names of what initialises, trains and reads."""
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w", use_resource=use_resource)
    used = tf.gather(w, [1, 1]) if sparse else tf.convert_to_tensor(w)
    loss = tf.reduce_sum(tf.square(used))
    train = make(tf.train).minimize(loss, tf.train.create_global_step())
    value = tf.identity(w, name="value")
    return tf.global_variables_initializer().name, train.name, value.name


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("direction", ["to tensorflow", "from tensorflow"])
def test_the_same_graph_trains_in_both(direction, name, use_resource, sparse):
    libraries = [interactive_graphs, tensorflow]
    here, there = libraries if direction == "to tensorflow" else libraries[::-1]
    with here.Graph().as_default() as graph, here.Session() as sess:
        names = build(here, OPTIMIZERS[name], use_resource, sparse)
        wanted = trained(sess, *names)
    wire = graph.as_graph_def().SerializeToString()
    with there.Graph().as_default(), there.Session() as sess:
        there.import_graph_def(there.GraphDef.FromString(wire), name="")
        found = trained(sess, *names)
    np.testing.assert_allclose(found, wanted, 1e-5)
