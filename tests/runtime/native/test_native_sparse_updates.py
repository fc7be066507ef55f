"""Steps of optimizers on rows of variables, native and in numpy."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.framework.registry import op_names
from interactive_graphs.runtime.native.table import lowered_types
from tests.runtime.native.programs import both, kernels, put_back, variables

OPTIMIZERS = {
    "Momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "Nesterov": lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "Adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "ProximalAdagrad": lambda: tf.train.ProximalAdagradOptimizer(
        0.1, l1_regularization_strength=0.01
    ),
    "Adadelta": lambda: tf.train.AdadeltaOptimizer(0.1),
    "RMSProp": lambda: tf.train.RMSPropOptimizer(0.1),
    "CenteredRMSProp": lambda: tf.train.RMSPropOptimizer(0.1, centered=True),
    "Ftrl": lambda: tf.train.FtrlOptimizer(0.1),
}


def training(optimizer, rows):
    table = tf.Variable(np.random.default_rng(0).normal(size=(50, 40)).astype("f"))
    chosen = tf.placeholder(tf.int32, [rows])
    loss = tf.reduce_sum(tf.square(tf.gather(table, chosen)) * 0.5)
    step = optimizer.minimize(loss)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess, chosen, loss, step


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("rows", [[3, 7, 49, 0], [3, 7, 3, 3]])
def test_optimizers_change_rows_natively(name, rows):
    sess, chosen, loss, step = training(OPTIMIZERS[name](), len(rows))
    pair = both(sess, [loss, step], {chosen: np.array(rows, np.int32)})
    assert any("update" in kernel for kernel in kernels(pair.made))
    begin = variables(sess)
    results = []
    for program in (pair.numpy, pair.made):
        put_back(sess, begin)
        for _ in range(3):
            program.run(pair.values)
        results.append(variables(sess))
    changed = 0
    for key, wanted in results[0].items():
        np.testing.assert_allclose(results[1][key], wanted, rtol=2e-5, atol=2e-6)
        changed += not np.array_equal(wanted, begin[key])
    assert changed >= 1


def test_a_bad_row_is_refused_in_the_words_of_the_kernel():
    sess, chosen, loss, step = training(OPTIMIZERS["Momentum"](), 2)
    pair = both(sess, [loss, step], {chosen: np.array([0, 1], np.int32)})
    begin = variables(sess)
    with pytest.raises(errors.InvalidArgumentError, match="is not in"):
        pair.made.run((np.array([0, 50], np.int32),))
    for key, value in variables(sess).items():
        np.testing.assert_array_equal(value, begin[key])


def test_every_sparse_op_has_a_lowering():
    found = {name for name in lowered_types() if "SparseApply" in name}
    there = {name for name in op_names() if "SparseApply" in name}
    assert found == there
