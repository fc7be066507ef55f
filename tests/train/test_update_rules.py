"""Every optimizer beside its formula written out element by element."""

import math

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw, registry
from interactive_graphs.kernels.cpu import training as rules
from tests.registry.samples.training import ALSO_ROWS

W = np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]])
STEPS = 4
TOLERANCE = 1e-4  # the hyperparameters are rounded to float32, as in TF1


def run(fetches, feed_dict=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feed_dict)


# Each rule: (w, its state, gradient, number of the step) -> (w, state), of one element.


def descent(w, state, g, _):
    return w - 0.1 * g, state


def proximal_descent(w, state, g, _):
    return shrink(w - 0.1 * g, 0.1, 0.05, 0.2), state


def shrink(w, rate, l1, l2):
    return math.copysign(max(abs(w) - rate * l1, 0.0), w) / (1 + rate * l2)


def momentum(w, state, g, _):
    a = 0.9 * state.get("a", 0.0) + g
    return w - 0.1 * a, {"a": a}


def nesterov(w, state, g, _):
    a = 0.9 * state.get("a", 0.0) + g
    return w - 0.1 * (g + 0.9 * a), {"a": a}


def adagrad(w, state, g, _):
    a = state.get("a", 0.2) + g**2
    return w - 0.5 * g / math.sqrt(a), {"a": a}


def proximal_adagrad(w, state, g, _):
    a = state.get("a", 0.1) + g**2
    rate = 0.5 / math.sqrt(a)
    return shrink(w - rate * g, rate, 0.05, 0.2), {"a": a}


def adadelta(w, state, g, _):
    a = 0.9 * state.get("a", 0.0) + 0.1 * g**2
    u = state.get("u", 0.0)
    step = math.sqrt(u + 1e-4) / math.sqrt(a + 1e-4) * g
    return w - step, {"a": a, "u": 0.9 * u + 0.1 * step**2}


def rmsprop(w, state, g, _):
    ms = 0.8 * state.get("ms", 1.0) + 0.2 * g**2
    mom = 0.3 * state.get("mom", 0.0) + 0.05 * g / math.sqrt(ms + 1e-10)
    return w - mom, {"ms": ms, "mom": mom}


def rmsprop_centered(w, state, g, _):
    ms = 0.8 * state.get("ms", 1.0) + 0.2 * g**2
    mg = 0.8 * state.get("mg", 0.0) + 0.2 * g
    mom = 0.3 * state.get("mom", 0.0) + 0.05 * g / math.sqrt(ms - mg**2 + 1e-10)
    return w - mom, {"ms": ms, "mg": mg, "mom": mom}


def adam(w, state, g, t):
    m = 0.9 * state.get("m", 0.0) + 0.1 * g
    v = 0.999 * state.get("v", 0.0) + 0.001 * g**2
    rate = 0.1 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * m / (math.sqrt(v) + 1e-8), {"m": m, "v": v}


def ftrl(w, state, g, _):
    n, z = state.get("n", 0.3), state.get("z", 0.0)
    new_n = n + g**2
    z += g - (new_n**0.7 - n**0.7) / 0.5 * w
    if abs(z) <= 0.4:
        w = 0.0
    else:
        w = (math.copysign(0.4, z) - z) / (new_n**0.7 / 0.5 + 2 * 0.2)
    return w, {"n": new_n, "z": z}


def ftrl_shrinkage(w, state, g, _):
    # The shrinkage adds 2 * 0.3 * w to what z sums up, and not to n.
    n, z = state.get("n", 0.1), state.get("z", 0.0)
    new_n = n + g**2
    z += g + 2 * 0.3 * w - (math.sqrt(new_n) - math.sqrt(n)) / 0.5 * w
    return -z / (math.sqrt(new_n) / 0.5), {"n": new_n, "z": z}


def adagrad_da(w, state, g, t):
    s, q = state.get("s", 0.0) + g, state.get("q", 0.1) + g**2
    pull = math.copysign(max(abs(s) - 0.01 * t, 0.0), s)
    return -0.5 * pull / (0.1 * t * 0.5 + math.sqrt(q)), {"s": s, "q": q}


OPTIMIZERS = {
    descent: lambda t, _: t.GradientDescentOptimizer(0.1),
    proximal_descent: lambda t, _: t.ProximalGradientDescentOptimizer(0.1, 0.05, 0.2),
    momentum: lambda t, _: t.MomentumOptimizer(0.1, 0.9),
    nesterov: lambda t, _: t.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    adagrad: lambda t, _: t.AdagradOptimizer(0.5, 0.2),
    proximal_adagrad: lambda t, _: t.ProximalAdagradOptimizer(0.5, 0.1, 0.05, 0.2),
    adadelta: lambda t, _: t.AdadeltaOptimizer(1.0, 0.9, 1e-4),
    rmsprop: lambda t, _: t.RMSPropOptimizer(0.05, 0.8, 0.3),
    rmsprop_centered: lambda t, _: t.RMSPropOptimizer(0.05, 0.8, 0.3, centered=True),
    adam: lambda t, _: t.AdamOptimizer(0.1),
    ftrl: lambda t, _: t.FtrlOptimizer(0.5, -0.7, 0.3, 0.4, 0.2),
    ftrl_shrinkage: lambda t, _: t.FtrlOptimizer(
        0.5, l2_shrinkage_regularization_strength=0.3
    ),
    adagrad_da: lambda t, step: t.AdagradDAOptimizer(0.5, step, 0.1, 0.01, 0.1),
}
ALL = pytest.mark.parametrize("rule", OPTIMIZERS, ids=lambda rule: rule.__name__)
KINDS = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


def expected(rule, gradients, rows_only=False):
    """The variable after each step, when `gradients[t]` (NaN: untouched) come."""
    w = W.copy()
    states = [{} for _ in range(w.size)]
    history = []
    for t, gradient in enumerate(gradients, 1):
        for i, g in enumerate(gradient.flat):
            if rows_only and np.isnan(g):
                continue
            w.flat[i], states[i] = rule(w.flat[i], states[i], np.nan_to_num(g), t)
        history.append(w.copy())
    return history


@ALL
@KINDS
def test_dense_steps_follow_the_formula(rule, use_resource):
    rng = np.random.default_rng(1)
    gradients = rng.normal(size=(STEPS, *W.shape))
    w = tf.Variable(W, use_resource=use_resource, dtype=tf.float64)
    grad = tf.placeholder(tf.float64, W.shape)
    step = tf.train.create_global_step()
    optimizer = OPTIMIZERS[rule](tf.train, step)
    train = optimizer.apply_gradients([(grad, w)], step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for gradient, wanted in zip(gradients, expected(rule, gradients), strict=True):
            sess.run(train, {grad: gradient})
            np.testing.assert_allclose(sess.run(w), wanted, TOLERANCE, TOLERANCE / 50)


@ALL
@KINDS
def test_steps_by_slices_change_only_their_rows(rule, use_resource):
    rng = np.random.default_rng(2)
    # Row 2 comes twice; its slices are added. Row 1 never comes.
    slices = rng.normal(size=(STEPS, 3, 2))
    gradients = np.full((STEPS, *W.shape), np.nan)
    gradients[:, 2] = slices[:, 0] + slices[:, 2]
    gradients[:, 0] = slices[:, 1]
    w = tf.Variable(W, use_resource=use_resource, dtype=tf.float64)
    values = tf.placeholder(tf.float64, [3, 2])
    grad = tf.IndexedSlices(values, tf.constant([2, 0, 2]), tf.constant([3, 2]))
    step = tf.train.create_global_step()
    train = OPTIMIZERS[rule](tf.train, step).apply_gradients([(grad, w)], step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        # Adam's moments decay in all rows, and so all of them move.
        history = expected(rule, gradients, rows_only=rule is not adam)
        for value, wanted in zip(slices, history, strict=True):
            sess.run(train, {values: value})
            np.testing.assert_allclose(sess.run(w), wanted, TOLERANCE, TOLERANCE / 50)


@ALL
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_variables_keep_their_dtype(rule, dtype):
    if rule is adam and dtype == "bfloat16":
        pytest.skip("beta2 rounds to 1, so that nothing moves; as in TF1")
    w = tf.Variable(tf.cast(W, dtype))
    step = tf.train.create_global_step()
    train = OPTIMIZERS[rule](tf.train, step).minimize(tf.reduce_sum(w * w), step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(w)
        sess.run(train)
        after = sess.run(w)
    assert after.dtype == before.dtype
    assert after.shape == W.shape
    assert (np.asarray(after, np.float64) != np.asarray(before, np.float64)).any()


@ALL
def test_scalars_and_empty_variables(rule):
    scalar, empty = tf.Variable(2.0), tf.Variable(np.zeros((0, 3), np.float32))
    step = tf.train.create_global_step()
    loss = scalar * scalar + tf.reduce_sum(empty)
    train = OPTIMIZERS[rule](tf.train, step).minimize(loss, step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train)
        values = sess.run([scalar, empty])
    assert values[0] < 2.0
    assert values[0].shape == ()
    assert values[1].shape == (0, 3)


# -- the ops themselves ----------------------------------------------------------------


def test_an_op_gives_the_new_value_and_changes_all_its_variables():
    w, accum = tf.Variable([1.0, 2.0]), tf.Variable([10.0, 20.0])
    update = raw.ApplyMomentum(w, accum, 0.5, [2.0, 4.0], 0.5)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(update), [-2.5, -5.0])
        np.testing.assert_allclose(sess.run(w), [-2.5, -5.0])
        np.testing.assert_allclose(sess.run(accum), [7.0, 14.0])


def test_what_was_read_before_does_not_change():
    w = tf.Variable([1.0, 2.0])
    update = raw.ApplyGradientDescent(w, 1.0, [1.0, 1.0])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(w)
        sess.run(update)
        np.testing.assert_array_equal(before, [1.0, 2.0])


def test_rows_that_come_twice_take_one_step_after_the_other():
    w, accum = tf.Variable([1.0, 2.0]), tf.Variable([1.0, 1.0])
    update = raw.SparseApplyAdagrad(w, accum, 0.5, [2.0, 4.0], [1, 1])
    accumulated = 1.0 + 4.0
    wanted = 2.0 - 0.5 * 2.0 / math.sqrt(accumulated)
    wanted -= 0.5 * 4.0 / math.sqrt(accumulated + 16.0)
    np.testing.assert_allclose(run(update), [1.0, wanted])


def test_adagrad_without_updating_its_slot():
    w, accum = tf.Variable([1.0]), tf.Variable([4.0])
    update = raw.ApplyAdagrad(w, accum, 1.0, [1.0], update_slots=False)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(update), [0.5])
        np.testing.assert_allclose(sess.run(accum), [4.0])


def test_adam_by_nesterov():
    values = [tf.Variable([x]) for x in (1.0, 0.5, 0.25)]
    update = raw.ApplyAdam(
        *values, 0.9, 0.99, 0.1, 0.9, 0.99, 1e-3, [2.0], use_nesterov=True
    )
    m, v = 0.9 * 0.5 + 0.1 * 2, 0.99 * 0.25 + 0.01 * 4
    rate = 0.1 * math.sqrt(1 - 0.99) / (1 - 0.9)
    step = rate * (0.9 * m + 0.1 * 2) / (math.sqrt(v) + 1e-3)
    np.testing.assert_allclose(run(update), [1 - step], 1e-5)


def test_ftrl_with_linear_terms_times_the_rate_gives_the_same_variable():
    plain = [tf.Variable([x]) for x in (1.0, 0.5, 0.25)]
    scaled = [tf.Variable([x]) for x in (1.0, 0.5, 0.25 * 0.1)]
    rest = [[2.0], 0.1, 0.3, 0.2, -0.5]
    updates = [
        raw.ApplyFtrl(*plain, *rest),
        raw.ApplyFtrl(*scaled, *rest, multiply_linear_by_lr=True),
    ]
    first, second = run(updates)
    np.testing.assert_allclose(first, second, 1e-5)
    assert first[0] != 0


UNKNOWN = {
    "shape of the gradient": (
        lambda x: raw.ApplyMomentum(x[0], x[1], 0.1, x[2], 0.9),
        [1.0, 2.0, 3.0],
        "var and grad do not have the same shape[2] [3]",
    ),
    "shape of delta": (
        lambda x: raw.ApplyGradientDescent(x[0], 0.1, x[2]),
        [1.0],
        "var and delta do not have the same shape[2] [1]",
    ),
    "rate that is no scalar": (
        lambda x: raw.ApplyMomentum(x[0], x[1], x[2], [1.0, 2.0], 0.9),
        [0.1],
        "lr is not a scalar: [1]",
    ),
    "number of slices": (
        lambda x: raw.SparseApplyMomentum(x[0], x[1], 0.1, x[2], [0, 1], 0.9),
        [1.0],
        "grad must be the same size as indices in the first dimension.",
    ),
    "slices of another shape": (
        lambda x: raw.SparseApplyAdagrad(x[3], x[4], 0.1, x[2], [0]),
        [[1.0, 2.0, 3.0]],
        "var and grad must match in dimension 1",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_shapes_that_show_only_when_run(case):
    build, fed, text = UNKNOWN[case]
    values = [tf.Variable([1.0, 2.0]), tf.Variable([1.0, 2.0])]
    x = tf.placeholder(tf.float32)
    rows = [tf.Variable([[1.0, 2.0]]), tf.Variable([[1.0, 2.0]])]
    update = build([*values, x, *rows])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            sess.run(update, {x: fed})
        assert text in str(caught.value)
        # Nothing has changed, and the session goes on.
        np.testing.assert_array_equal(sess.run(values[0]), [1.0, 2.0])


def test_an_index_out_of_range():
    w, accum = tf.Variable([1.0, 2.0]), tf.Variable([1.0, 2.0])
    update = raw.SparseApplyMomentum(w, accum, 0.1, [1.0, 1.0], [0, 5], 0.9)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match="Index 5 at offset 1 in indices is out of range",
    ):
        run(update)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda w: raw.ApplyGradientDescent(w, 0.1, [1.0, 2.0, 3.0]),
            "Dimension 0 in both shapes must be equal, but are 2 and 3",
        ),
        (
            lambda w: raw.ApplyMomentum(w, w, [0.1], [1.0, 2.0], 0.9),
            "Shape must be rank 0 but is rank 1",
        ),
        (
            lambda w: raw.ApplyMomentum(w, tf.Variable([1.0]), 0.1, [1.0, 2.0], 0.9),
            "Dimension 0 in both shapes must be equal, but are 2 and 1",
        ),
        (
            lambda w: raw.SparseApplyMomentum(w, w, 0.1, [1.0], [0, 1], 0.9),
            "Dimensions must be equal, but are 1 and 2",
        ),
        (
            lambda w: raw.SparseApplyMomentum(w, w, 0.1, [[1.0]], [0], 0.9),
            "must be equal rank",
        ),
        (
            lambda w: raw.SparseApplyMomentum(w, w, 0.1, [1.0], [[0]], 0.9),
            "Shape must be rank 1 but is rank 2",
        ),
    ],
)
def test_shapes_that_show_when_built(build, text):
    with pytest.raises(ValueError, match=text):
        build(tf.Variable([1.0, 2.0]))


def test_an_uninitialised_variable():
    w = tf.Variable([1.0], name="weights")
    with (
        tf.Session() as sess,
        pytest.raises(
            tf.errors.FailedPreconditionError,
            match="Attempting to use uninitialized value weights",
        ),
    ):
        sess.run(raw.ApplyGradientDescent(w, 0.1, [1.0]))


def test_a_tensor_is_no_variable():
    with pytest.raises(TypeError, match="mutable tensor"):
        raw.ApplyGradientDescent(tf.constant([1.0]), 0.1, [1.0])


def test_there_are_four_ops_of_each_rule_that_takes_rows():
    names = set(registry.op_names())
    for rule in ALSO_ROWS:
        for prefix in ("Apply", "SparseApply", "ResourceApply", "ResourceSparseApply"):
            assert prefix + rule in names


AFTER_TWO_STEPS = {
    # What TensorFlow computes in two steps, with m = [0.3, 0.1, -0.2] before.
    "AdaMax": ([0.9, 0.1, 0.9, 0.99, 1e-3], [0.19780228, 2.2043977, 3.3932135]),
    "AddSign": ([0.1, 1.5, 0.7, 0.9], [0.56, 2.88, 2.92]),
    "PowerSign": ([0.1, 1.2, 0.7, 0.9], [0.5367266, 2.926547, 2.956829]),
}


@pytest.mark.parametrize("name", AFTER_TWO_STEPS)
@pytest.mark.parametrize("use_resource", [False, True])
def test_rules_that_no_optimizer_of_ours_uses(name, use_resource):
    numbers, wanted = AFTER_TWO_STEPS[name]
    start = np.array([0.3, 0.1, -0.2], np.float32)
    values = [np.array([1, 2, 3], np.float32), start, np.abs(start)]
    variables = [
        tf.get_variable(f"v{i}", initializer=value, use_resource=use_resource)
        for i, value in enumerate(values[: 3 if name == "AdaMax" else 2])
    ]
    handles = [v.handle if use_resource else v for v in variables]
    op = getattr(raw, ("Resource" if use_resource else "") + f"Apply{name}")
    step = op(*handles, *map(np.float32, numbers), np.float32([1, -2, 0.5]))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        sess.run(step)
        np.testing.assert_allclose(sess.run(variables[0]), wanted, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_an_average_ends_at_zero_when_gradients_have_vanished(shape, dtype):
    accum = np.full(shape, 1.0, dtype)[()]
    var = grad = np.zeros(shape, dtype)[()]
    with np.errstate(all="ignore"):
        for _ in range(8000):
            var, accum = rules.momentum(
                var, accum, dtype(0.1), grad, dtype(0.9), use_nesterov=False
            )
    assert (accum == 0).all()
    assert accum.dtype == dtype
    assert np.shape(accum) == shape
