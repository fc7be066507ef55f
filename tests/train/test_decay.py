"""Learning rates that fall: values by formula, dtypes, errors."""

import math

import numpy as np
import pytest

import interactive_graphs as tf

t = tf.train


def value(rate, step=None, number=None):
    with tf.Session() as sess:
        return sess.run(rate, None if step is None else {step: number})


def cosine(share):
    return 0.5 * (1 + math.cos(math.pi * share))


FORMULAS = {
    "exponential": (
        lambda s: t.exponential_decay(0.5, s, 10, 0.9),
        lambda n: 0.5 * 0.9 ** (n / 10),
    ),
    "exponential staircase": (
        lambda s: t.exponential_decay(0.5, s, 10, 0.9, staircase=True),
        lambda n: 0.5 * 0.9 ** (n // 10),
    ),
    "natural exp": (
        lambda s: t.natural_exp_decay(0.5, s, 10, 0.9),
        lambda n: 0.5 * math.exp(-0.9 * n / 10),
    ),
    "natural exp staircase": (
        lambda s: t.natural_exp_decay(0.5, s, 10, 0.9, staircase=True),
        lambda n: 0.5 * math.exp(-0.9 * (n // 10)),
    ),
    "inverse time": (
        lambda s: t.inverse_time_decay(0.5, s, 10, 0.9),
        lambda n: 0.5 / (1 + 0.9 * n / 10),
    ),
    "inverse time staircase": (
        lambda s: t.inverse_time_decay(0.5, s, 10, 0.9, staircase=True),
        lambda n: 0.5 / (1 + 0.9 * (n // 10)),
    ),
    "polynomial": (
        lambda s: t.polynomial_decay(0.5, s, 10, 0.1, power=2.0),
        lambda n: 0.4 * (1 - min(n, 10) / 10) ** 2 + 0.1,
    ),
    "polynomial cycle": (
        lambda s: t.polynomial_decay(0.5, s, 10, 0.1, cycle=True),
        lambda n: 0.4 * (1 - n / (10 * max(1, math.ceil(n / 10)))) + 0.1,
    ),
    "piecewise": (
        lambda s: t.piecewise_constant(s, [5, 20], [1.0, 0.5, 0.1]),
        lambda n: 1.0 if n <= 5 else 0.5 if n <= 20 else 0.1,
    ),
    "cosine": (
        lambda s: t.cosine_decay(0.5, s, 10, alpha=0.1),
        lambda n: 0.5 * (0.9 * cosine(min(n, 10) / 10) + 0.1),
    ),
    "cosine restarts": (
        # Periods of 10, 20, 40, ... steps, each from 0.8 times the rate before.
        lambda s: t.cosine_decay_restarts(0.5, s, 10, t_mul=2.0, m_mul=0.8),
        lambda n: 0.5 * (cosine(n / 10) if n < 10 else 0.8 * cosine((n - 10) / 20)),
    ),
    "cosine restarts of equal length": (
        lambda s: t.cosine_decay_restarts(0.5, s, 10, t_mul=1.0),
        lambda n: 0.5 * cosine((n % 10) / 10),
    ),
    "linear cosine": (
        lambda s: t.linear_cosine_decay(0.5, s, 10, 0.5, 0.1, 0.01),
        lambda n: 0.5 * ((0.1 + 1 - min(n, 10) / 10) * cosine(min(n, 10) / 10) + 0.01),
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
@pytest.mark.parametrize("name", FORMULAS)
def test_rates_follow_their_formula(name, dtype):
    build, formula = FORMULAS[name]
    step = tf.placeholder(dtype, [])
    rate = build(step)
    assert rate.shape.as_list() == []
    with tf.Session() as sess:
        for number in (0, 1, 5, 6, 9, 11, 20, 21, 25):
            found = sess.run(rate, {step: number})
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, formula(number), 2e-6)


def test_noise_has_the_mean_of_the_decay_without_it():
    tf.set_random_seed(1)
    step = tf.placeholder(tf.int32, [])
    noisy = t.noisy_linear_cosine_decay(1.0, step, 10, initial_variance=0.01)
    plain = t.linear_cosine_decay(1.0, step, 10)
    with tf.Session() as sess:
        samples = [sess.run(noisy, {step: 3}) for _ in range(200)]
        assert np.std(samples) > 0.01
        np.testing.assert_allclose(
            np.mean(samples), sess.run(plain, {step: 3}), atol=0.05
        )


def test_rates_keep_the_dtype_of_the_first():
    rate = t.exponential_decay(tf.constant(0.5, tf.float64), 5, 10, 0.9)
    assert value(rate).dtype == np.float64


def test_a_variable_may_be_the_step():
    step = t.create_global_step()
    rate = t.exponential_decay(0.5, step, 1, 0.5)
    with tf.Session() as sess:
        sess.run(step.initializer)
        sess.run(step.assign(2))
        assert sess.run(rate) == 0.125


def test_nodes_have_a_scope():
    assert t.exponential_decay(0.5, 1, 1, 0.5).name == "ExponentialDecay:0"
    assert t.inverse_time_decay(0.5, 1, 1, 0.5, name="rate").name == "rate:0"


@pytest.mark.parametrize(
    "function",
    "exponential natural_exp inverse_time polynomial cosine linear_cosine".split(),
)
def test_there_must_be_a_step(function):
    name = function + "_decay"
    rest = (
        [1, 0.9] if function in ("exponential", "natural_exp", "inverse_time") else [1]
    )
    with pytest.raises(ValueError, match=f"global_step is required for {name}"):
        getattr(t, name)(0.5, None, *rest)


@pytest.mark.parametrize(
    ("x", "boundaries", "values", "text"),
    [
        (tf.int32, [1.0], [1, 2], "must have the same dtype as x"),
        (tf.int32, [1], [1, 2.0], "Values must have elements all with the same dtype"),
        (tf.int32, [1, 2], [1, 2], "The length of boundaries should be 1 less"),
    ],
)
def test_pieces_that_do_not_fit(x, boundaries, values, text):
    with pytest.raises(ValueError, match=text):
        t.piecewise_constant(tf.placeholder(x, []), boundaries, values)
