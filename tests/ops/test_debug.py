"""Assert, Print, check_numerics and the assertions."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.cpu.summarize import summarize
from tests.ops.cases import check_fails, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError
NAN, INF = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


SUMMARIES = [
    ([1, 2, 3, 4, 5], 3, "1 2 3..."),
    ([1, 2, 3], 3, "1 2 3"),
    ([1, 2, 3], -1, "1 2 3"),
    ([1, 2, 3], 0, "..."),
    ([[1, 2], [3, 4], [5, 6]], 3, "[1 2][3...]..."),
    ([[1, 2], [3, 4], [5, 6]], 4, "[1 2][3 4]..."),
    ([[1, 2, 3], [4, 5, 6]], 3, "[1 2 3]..."),
    ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], 5, "[[1 2][3 4]][[5...]]..."),
    (np.zeros([2, 0]), 3, ""),
    (np.float32(1.5), 3, "1.5"),
    (np.float32([1e10, 1e-5, 1 / 3, -0.0]), 9, "1e+10 1e-05 0.333333343 -0"),
    (np.float64([1 / 3, NAN, INF]), 3, "0.33333333333333331 nan inf"),
    (np.array([True, False]), 3, "1 0"),
    (np.int8(3), 3, "3"),
    (np.array([b"a", b'"\n\xff'], object), 3, 'a \\"\\n\\377'),
    (np.complex64(1j), 3, "?"),
]


@pytest.mark.parametrize(("value", "limit", "text"), SUMMARIES)
def test_summaries(value, limit, text):
    assert summarize(value, limit) == text


ASSERTS = [
    (lambda: tf.Assert(False, ["msg", 2]), "assertion failed: [msg] [2]"),
    (lambda: tf.Assert(False, [[1, 2, 3, 4]]), "assertion failed: [1 2 3...]"),
    (
        lambda: tf.Assert(False, [[[1, 2], [3, 4]]]),
        "assertion failed: [[1 2][3...]...]",
    ),
    (lambda: tf.Assert(False, [[1, 2, 3, 4]], summarize=-1), "failed: [1 2 3 4]"),
    (lambda: tf.Assert(unknown([True, False]), [1]), "In[0] should be a scalar: [2]"),
]


@pytest.mark.parametrize(("make", "words"), ASSERTS)
def test_assert(make, words):
    check_fails(make, InvalidArgument, words)


def test_assert_passes_and_gates():
    x = tf.placeholder(tf.float32, name="x")
    check = tf.Assert(tf.reduce_all(x > 0), [x])
    assert (check.type, check.name) == ("Merge", "Assert/AssertGuard/Merge")
    with tf.control_dependencies([check]):
        y = tf.identity(x)
    with tf.Session() as sess:
        assert sess.run(check, {x: 1}) is None
        assert sess.run(y, {x: 1}) == 1
        with pytest.raises(
            InvalidArgument, match=r"assertion failed: \[-1\]"
        ) as caught:
            sess.run(y, {x: -1})
        assert caught.value.op.name == "Assert/AssertGuard/Assert"
        assert sess.run(x, {x: -1}) == -1  # nothing else waits for it


def test_assert_wants_a_list_and_a_bool():
    with pytest.raises(TypeError, match="values must be a list"):
        tf.Assert(False, 1)
    with pytest.raises(TypeError, match="Expected bool"):
        tf.Assert(1, [1])


def test_print(capsys):
    x = tf.constant([1, 2])
    y = tf.Print(x, [x, [1, 2, 3, 4], "w"], "hello: ", first_n=2)
    with tf.Session() as sess:
        for _ in range(3):
            np.testing.assert_array_equal(sess.run(y), [1, 2])
    assert capsys.readouterr().err == "hello: [1 2][1 2 3...][w]\n" * 2
    np.testing.assert_array_equal(
        run(tf.gradients(tf.Print(v := tf.constant(1.0), [v]) * 3, v)[0]), 3
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, NAN], "bad : Tensor had NaN values"),
        ([1, INF], "bad : Tensor had Inf values"),
        ([NAN, -INF], "bad : Tensor had Inf and NaN values"),
    ],
)
@pytest.mark.parametrize("dtype", [tf.float16, tf.float32, tf.float64])
def test_check_numerics(values, words, dtype):
    x = tf.cast(tf.constant(values), dtype)
    check_fails(lambda: tf.check_numerics(x, "bad"), InvalidArgument, words)
    check_fails(lambda: tf.verify_tensor_all_finite(x, "bad"), InvalidArgument, words)


def test_check_numerics_passes_and_checks_its_gradient():
    x = tf.constant([0.0, 1.0])
    np.testing.assert_array_equal(run(tf.check_numerics(x, "m")), [0, 1])
    np.testing.assert_array_equal(run(tf.verify_tensor_all_finite(x, "m")), [0, 1])
    (grad,) = tf.gradients(tf.check_numerics(x, "m") / 0.0, x)
    with pytest.raises(InvalidArgument, match=r"gradient\. m : Tensor had Inf"):
        run(grad)


def test_add_check_numerics_ops_names_the_first_bad_tensor():
    x = tf.placeholder(tf.float32, name="x")
    tf.log(x, name="log")
    check = tf.add_check_numerics_ops()
    with tf.Session() as sess:
        assert sess.run(check, {x: 1.0}) is None
        with pytest.raises(InvalidArgument, match="log:0 : Tensor had Inf values"):
            sess.run(check, {x: 0.0})


PAIRS = [
    (tf.assert_equal, 1, 2, "x == y"),
    (tf.assert_none_equal, 1, 1, "x != y"),
    (tf.assert_less, 2, 1, "x < y"),
    (tf.assert_less_equal, 2, 1, "x <= y"),
    (tf.assert_greater, 1, 2, "x > y"),
    (tf.assert_greater_equal, 1, 2, "x >= y"),
]


@pytest.mark.parametrize(("check", "x", "y", "sign"), PAIRS)
def test_pairs(check, x, y, sign):
    a, b = unknown(x), unknown(y)
    words = (
        f"assertion failed: [msg] [Condition {sign} did not hold element-wise:] "
        f"[x ({a.name}) = ] [{x}] [y ({b.name}) = ] [{y}]"
    )
    check_fails(lambda: check(a, b, message="msg"), InvalidArgument, words)
    with pytest.raises(InvalidArgument) as caught:  # all known: while it is built
        check(x, y, message="msg")
    assert (
        f"msg\nCondition {sign} did not hold element-wise:\nx (" in caught.value.message
    )
    assert caught.value.op is None
    check_fails(lambda: check(a, b, data=["d", 5]), InvalidArgument, "failed: [d] [5]")


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (tf.assert_equal, ([1, 2], [1, 2])),
        (tf.assert_none_equal, ([1, 2], [2, 1])),
        (tf.assert_less, ([1, 2], 3)),
        (tf.assert_less_equal, ([1, 3], 3)),
        (tf.assert_greater, ([4, 5], 3)),
        (tf.assert_greater_equal, ([3, 5], 3)),
        (tf.assert_near, ([1.0, 2.0], [1.0, 2.0 + 1e-7])),
    ],
)
def test_pairs_that_hold(check, good):
    assert run(check(*good)) is None
    assert run(check(*map(unknown, good))) is None


SIGNS = [
    (tf.assert_negative, 1, -1, "x < 0"),
    (tf.assert_positive, -1, 1, "x > 0"),
    (tf.assert_non_negative, -1, 0, "x >= 0"),
    (tf.assert_non_positive, 1, 0, "x <= 0"),
]


@pytest.mark.parametrize(("check", "bad", "good", "sign"), SIGNS)
def test_signs(check, bad, good, sign):
    assert run(check(unknown(good))) is None
    x = unknown(bad)
    words = (
        f"assertion failed: [] [Condition {sign} did not hold element-wise:] "
        f"[x ({x.name}) = ] [{bad}]"
    )
    check_fails(lambda: check(x), InvalidArgument, words)
    check_fails(lambda: check(bad), InvalidArgument, f"Condition {sign} did not hold")


def test_static_assertions_use_up_their_constants(graph):
    x = tf.constant(1)
    tf.assert_equal(x, 1)
    assert not graph.is_feedable(x)


def test_assert_near():
    check_fails(
        lambda: tf.assert_near(unknown(1.0), unknown(2.0)),
        InvalidArgument,
        "x and y not equal to tolerance rtol = Tensor(",
    )
    assert run(tf.assert_near(1.0, 1.5, rtol=1.0)) is None
    with pytest.raises(ValueError, match="inexact"):
        tf.assert_near(1, 2)


def test_ranks():
    assert run(tf.assert_rank([1], 1)) is None
    assert run(tf.assert_rank(unknown([1]), unknown(1))) is None
    assert run(tf.assert_rank_at_least(unknown([1]), 0)) is None
    assert run(tf.assert_rank_in(unknown([1]), [0, 1])) is None


RANKS = [
    (lambda: tf.assert_rank([1], 2, message="M"), ValueError,
     "must have rank 2.  Received rank 1, shape (1,)"),
    (lambda: tf.assert_rank(unknown([1]), 0), InvalidArgument,
     "must have rank] [0] [Received shape: ] [1]"),
    (lambda: tf.assert_rank_at_least([1], 2), ValueError,
     "must have rank at least 2.  Received rank 1, shape (1,)"),
    (lambda: tf.assert_rank_at_least(unknown([1]), 2), InvalidArgument,
     "must have rank at least] [2] [Received shape: ] [1]"),
    (lambda: tf.assert_rank_in([1], [0, 2]), ValueError,
     "must have rank in (0, 2).  Received rank 1, shape (1,)"),
    (lambda: tf.assert_rank_in(unknown([1]), [0, 2]), InvalidArgument,
     "must have rank in] [0] [2] [Received shape: ] [1]"),
    (lambda: tf.assert_rank([1], [0]), ValueError, "Rank must be a scalar."),
    (lambda: tf.assert_rank([1], 1.5), TypeError,
     "must be of type tf.int32; got tf.float32"),
    (lambda: tf.assert_integer(1.5), TypeError, 'Expected "x" to be integer type.'),
    (lambda: tf.assert_type(1, tf.float32), TypeError,
     "must be of type tf.float32; got tf.int32"),
    (lambda: tf.assert_scalar([1]), ValueError, "saw shape: (1,)."),
    (lambda: tf.assert_scalar(unknown(1)), ValueError, "saw shape: <unknown>."),
    (lambda: tf.is_non_decreasing(["a"]), TypeError, "Expected x to be numeric"),
    (lambda: tf.assert_same_float_dtype([tf.constant(1)]), ValueError,
     "Expected floating point type, got <dtype: 'int32'>."),
    (lambda: tf.assert_same_float_dtype([tf.ones([], "half", "a"), tf.ones([])]),
     ValueError, "must be of the same type (<dtype: 'float16'>) as a:0."),
    (lambda: tf.assert_same_float_dtype([tf.ones([])], tf.float64), ValueError,
     "must be of the same type (<dtype: 'float64'>)."),
    (lambda: tf.assert_proper_iterable("ab"), TypeError, '"proper" iterable'),
    (lambda: tf.assert_proper_iterable(np.ones(2)), TypeError, "numpy.ndarray"),
    (lambda: tf.assert_proper_iterable(tf.ones([2])), TypeError, '"proper" iterable'),
    (lambda: tf.assert_proper_iterable(3), TypeError, "to be iterable"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), RANKS)
def test_ranks_and_types_that_fail(make, error, words):
    check_fails(make, error, words)


def test_types():
    assert run(tf.assert_integer(1)) is None
    assert run(tf.assert_type(1, tf.int32)) is None
    assert run(tf.assert_scalar(3)) == 3
    tf.assert_proper_iterable([1])
    assert tf.assert_same_float_dtype() is tf.float32
    assert tf.assert_same_float_dtype([None, tf.ones([], tf.half)]) is tf.half
    x = tf.constant
    assert [tf.is_numeric_tensor(t) for t in (x(1), x(1j), x("a"), x(True), 3)] == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "rising", "strictly"),
    [
        ([1, 2, 2], True, False),
        ([1, 2, 3], True, True),
        ([[1, 2], [3, 4]], True, True),
        ([2, 1], False, False),
        ([], True, True),
        (3, True, True),
    ],
)
def test_order(values, rising, strictly):
    assert run(tf.is_non_decreasing(values)) == rising
    assert run(tf.is_strictly_increasing(values)) == strictly
