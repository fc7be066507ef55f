"""Steps of optimizers on rows of variables, native and in numpy.

The optimizers themselves sum up rows that come twice first, so how many there are is
not known while compiling; the ops are called by themselves here.
"""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.framework import raw
from interactive_graphs.framework.registry import lookup, op_names
from interactive_graphs.runtime.native.table import lowered_types
from tests.runtime.native.programs import both, kernels, put_back, variables

OPS = sorted(name for name in op_names() if "SparseApply" in name)
SCALARS = {
    "lr": 0.05, "alpha": 0.05, "momentum": 0.9, "rho": 0.95, "epsilon": 1e-4,
    "l1": 0.01, "l2": 0.02, "l2_shrinkage": 0.03, "lr_power": -0.5,
}  # fmt: skip


def step_of(name, rows, width=3000):
    """A session, what is fed, and the op on variables of 50 rows, long enough to be worth it."""
    random = np.random.default_rng(0)
    is_resource = name.startswith("Resource")
    chosen = tf.placeholder(tf.int32, [rows])
    scale = tf.placeholder(tf.float32, [])
    inputs = []
    for argument in lookup(name).inputs:
        if argument.name == "indices":
            inputs.append(chosen)
        elif argument.name == "grad":
            grad = random.normal(size=(rows, width)).astype("float32")
            inputs.append(tf.tanh(grad * scale))
        elif argument.name == "global_step":
            inputs.append(tf.constant(7, tf.int64))
        elif argument.name in SCALARS:
            inputs.append(tf.constant(SCALARS[argument.name]))
        else:
            # A mean's square is below that of the squares.
            size = 0.1 if argument.name == "mg" else 1.0
            begin = (random.random((50, width)) + 1).astype("float32") * size
            variable = tf.Variable(begin, use_resource=is_resource)
            inputs.append(variable.handle if is_resource else variable._ref())
    made = getattr(raw, name)(*inputs)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess, (chosen, scale), getattr(made, "op", made)


def feed_of(fed, rows):
    return dict(zip(fed, (np.array(rows, np.int32), np.float32(0.7)), strict=True))


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("rows", [[3, 7, 49, 0], [3, 7, 3, 3]])
def test_rows_change_natively(name, rows):
    sess, fed, op = step_of(name, len(rows))
    pair = both(sess, [op], feed_of(fed, rows))
    assert any("update_4_rows" in kernel for kernel in kernels(pair.made))
    begin = variables(sess)
    results = []
    for program in (pair.numpy, pair.made):
        put_back(sess, begin)
        for _ in range(3):
            program.run(pair.values)
        results.append(variables(sess))
    for key, wanted in results[0].items():
        # Ftrl divides a difference of roots by the learning rate.
        digits = 2e-5 if "Ftrl" in name else 2e-6
        np.testing.assert_allclose(results[1][key], wanted, rtol=2e-5, atol=digits)
    assert any(not np.array_equal(results[0][key], begin[key]) for key in begin)


def test_a_bad_row_is_refused_in_the_words_of_the_kernel():
    sess, fed, op = step_of("SparseApplyMomentum", 2)
    pair = both(sess, [op], feed_of(fed, [0, 1]))
    begin = variables(sess)
    with pytest.raises(errors.InvalidArgumentError, match="Index 50 at offset 1"):
        pair.made.run((np.array([0, 50], np.int32), np.float32(1)))
    for key, value in variables(sess).items():
        np.testing.assert_array_equal(value, begin[key])


def test_every_sparse_op_has_a_lowering():
    assert set(OPS) <= set(lowered_types())
