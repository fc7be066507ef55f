"""Random ops: seeds and streams, distributions, and bad arguments."""

import numpy as np
import pytest

import interactive_graphs as tf
from tests.ops.cases import check_fails, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


MAKERS = {
    "uniform": lambda seed=None: tf.random_uniform([8], seed=seed),
    "ints": lambda seed=None: tf.random_uniform([8], 0, 1 << 30, tf.int32, seed=seed),
    "normal": lambda seed=None: tf.random_normal([8], seed=seed),
    "truncated": lambda seed=None: tf.truncated_normal([8], seed=seed),
    "shuffle": lambda seed=None: tf.random_shuffle(tf.range(1000), seed=seed),
    "multinomial": lambda seed=None: tf.multinomial(tf.zeros([1, 1000]), 8, seed=seed),
    "gamma": lambda seed=None: tf.random_gamma([8], 2.0, seed=seed),
    "poisson": lambda seed=None: tf.random_poisson(1000.0, [8], seed=seed),
    "crop": lambda seed=None: tf.random_crop(tf.range(10000), [1], seed=seed),
}
EACH = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def twice(tensor):
    with tf.Session() as sess:
        return sess.run(tensor), sess.run(tensor)


@EACH
def test_a_seeded_stream_starts_anew_in_each_session(make):
    x = make(seed=5)
    first, second = twice(x)
    again, after = twice(x)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(second, after)
    assert (first != second).any()


@EACH
def test_the_same_seeds_give_the_same_values_in_another_graph(make):
    values = []
    for _ in range(2):
        with tf.Graph().as_default():
            tf.set_random_seed(3)
            values.append(run([make(), make()]))
    np.testing.assert_array_equal(values[0][0], values[1][0])
    np.testing.assert_array_equal(values[0][1], values[1][1])
    assert (values[0][0] != values[0][1]).any()


@EACH
def test_without_seeds_sessions_differ(make):
    x = make()
    assert (np.asarray(run(x)) != np.asarray(run(x))).any()


def test_graph_seed_and_op_seed_both_count():
    draws = []
    for graph_seed, op_seed in ((1, 1), (1, 2), (2, 1), (None, 1)):
        with tf.Graph().as_default():
            tf.set_random_seed(graph_seed)
            draws.append(tuple(run(tf.random_uniform([4], seed=op_seed))))
    assert len(set(draws)) == 4


def test_seed_attributes_are_those_of_the_table():
    tf.set_random_seed(7)
    op = tf.random_shuffle([1, 2], seed=9).op
    assert (op.get_attr("seed"), op.get_attr("seed2")) == (7, 9)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_uniform_fills_its_range(dtype):
    x = run(tf.cast(tf.random_uniform([20000], dtype=dtype, seed=1), tf.float64))
    assert x.min() >= 0
    assert x.max() < 1
    assert abs(x.mean() - 0.5) < 0.02
    assert abs(x.var() - 1 / 12) < 0.01
    y = run(tf.random_uniform([5000], -3.0, 5.0, seed=1))
    assert (y.min() >= -3, y.max() < 5) == (True, True)


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_uniform_ints_reach_every_value(dtype):
    x = tf.random_uniform([1000], -2, 3, dtype, seed=1)
    assert x.dtype == dtype
    np.testing.assert_array_equal(np.unique(run(x)), [-2, -1, 0, 1, 2])


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_normal_has_mean_and_deviation(dtype):
    normal = tf.random_normal([20000], 3.0, 2.0, dtype, seed=1)
    assert normal.dtype == dtype
    x = run(tf.cast(normal, tf.float64))
    assert abs(x.mean() - 3) < 0.06
    assert abs(x.std() - 2) < 0.06


def test_truncated_normal_stays_within_two_deviations():
    x = run(tf.truncated_normal([20000], 1.0, 0.5, seed=1))
    assert np.abs(x - 1).max() <= 1.0 + 1e-6
    assert abs(x.std() - 0.5 * 0.8796) < 0.02


def test_multinomial_follows_the_logits():
    x = run(tf.multinomial(tf.log([[0.1, 0.2, 0.7], [1.0, 0.0, 0.0]]), 20000, seed=1))
    assert x.dtype == np.int64
    share = np.bincount(x[0], minlength=3) / 20000
    np.testing.assert_allclose(share, [0.1, 0.2, 0.7], atol=0.02)
    assert (x[1] == 0).all()
    assert tf.multinomial([[0.0]], 2, output_dtype=tf.int32).dtype == tf.int32


def test_gamma_and_poisson_follow_their_parameters():
    gamma = run(tf.random_gamma([20000], [0.5, 4.0], beta=2.0, seed=1))
    np.testing.assert_allclose(gamma.mean(0), [0.25, 2.0], rtol=0.05)
    poisson = run(tf.random_poisson([0.0, 3.0], [20000], dtype=tf.int64, seed=1))
    assert poisson.dtype == np.int64
    np.testing.assert_allclose(poisson.mean(0), [0, 3], rtol=0.05)
    np.testing.assert_allclose(poisson.var(0), [0, 3], rtol=0.05)


def test_shuffle_keeps_rows_together():
    x = np.arange(20).reshape(10, 2)
    got = run(tf.random_shuffle(x, seed=3))
    assert (got != x).any()
    np.testing.assert_array_equal(got[got[:, 0].argsort()], x)
    assert run(tf.random_shuffle(3)) == 3


def test_crop_is_a_part():
    x = np.arange(30).reshape(5, 6)
    got = run(tf.random_crop(x, [2, 3], seed=1))
    np.testing.assert_array_equal(got - got[0, 0], x[:2, :3])


SHAPES = [
    (lambda: tf.random_normal([tf.placeholder(tf.int32, []), 2]), "(?, 2)"),
    (lambda: tf.random_uniform([]), "()"),
    (lambda: tf.random_gamma([3], [1.0, 2.0]), "(3, 2)"),
    (lambda: tf.random_poisson([1.0, 2.0], [3]), "(3, 2)"),
    (lambda: tf.multinomial([[0.0, 1.0]], 3), "(1, 3)"),
    (lambda: tf.random_uniform(unknown([2])), "<unknown>"),
]


@pytest.mark.parametrize(("make", "shape"), SHAPES)
def test_static_shapes(make, shape):
    assert str(make().shape) == shape


FAILURES = [
    (lambda: tf.random_uniform([-1]), InvalidArgument, "Dimension -1 must be >= 0"),
    (lambda: tf.random_uniform([[1]]), ValueError,
     "Shape must be rank 1 but is rank 2"),
    (lambda: tf.random_uniform(unknown([[1]])), InvalidArgument,
     "shape must be a vector of {int32,int64}, got shape [1,1]"),
    (lambda: tf.random_uniform(3), ValueError, "Shape must be rank 1 but is rank 0"),
    (lambda: tf.random_uniform([2], dtype=tf.int32), ValueError,
     "Must specify maxval for integer dtype tf.int32"),
    (lambda: tf.random_uniform([2], 5, 5, tf.int32), InvalidArgument,
     "Need minval < maxval, got 5 >= 5"),
    (lambda: tf.random_uniform([2], dtype=tf.uint8), ValueError, "tf.uint8"),
    (lambda: tf.random_normal([2], dtype=tf.int32), TypeError, "Expected int32"),
    (lambda: tf.multinomial([0.0], 3), ValueError,
     "Shape must be rank 2 but is rank 1"),
    (lambda: tf.multinomial(unknown([0.0]), 3), InvalidArgument,
     "logits should be a matrix, got shape [1]"),
    (lambda: tf.multinomial([[0.0]], -1), ValueError, "must be non-negative but is -1"),
    (lambda: tf.multinomial([[0.0]], unknown(-1)), InvalidArgument,
     "num_samples should be non-negative, got -1"),
    (lambda: tf.multinomial(np.zeros([2, 0]), 3), InvalidArgument,
     "num_classes should be positive, got 0"),
    (lambda: tf.random_crop([1, 2], [3]), InvalidArgument,
     "assertion failed: [Need value.shape >= size, got ] [2] [3]"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), FAILURES)
def test_failures(make, error, words):
    check_fails(make, error, words)


def test_gradients_pass_the_scaling_and_stop_at_the_draw():
    mean, logits = tf.constant([1.0, 2.0]), tf.constant([[1.0, 2.0]])
    np.testing.assert_array_equal(
        run(tf.gradients(tf.random_normal([2], mean), mean)[0]), [1, 1]
    )
    draws = tf.cast(tf.multinomial(logits, 2), tf.float32)
    assert tf.gradients(draws, logits) == [None]
    rate = tf.constant(1.0)
    with pytest.raises(LookupError, match="No gradient defined"):
        tf.gradients(tf.random_poisson(rate, [2]), rate)


def test_one_draw_per_run_however_often_it_is_used():
    x = tf.random_uniform([3])
    a, b = run([x + 0, x * 1])
    np.testing.assert_array_equal(a, b)
