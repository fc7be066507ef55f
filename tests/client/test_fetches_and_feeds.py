"""Behaviours E and F of the checklist: fetches and feeds."""

from __future__ import annotations

import collections

import numpy as np
import pytest

import interactive_graphs as tf


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


@pytest.fixture
def c():
    return tf.constant([1.0, 2.0], name="c")


def test_E01_operation_gives_none_and_runs(sess):
    v = tf.Variable(1)
    assert sess.run(v.initializer) is None
    assert sess.run(v.assign_add(1).op) is None
    assert sess.run(v) == 2


def test_E02_E03_names(sess, c):
    np.testing.assert_array_equal(sess.run("c:0"), [1, 2])
    np.testing.assert_array_equal(sess.run(b"c:0"), [1, 2])
    assert sess.run("c") is None
    np.testing.assert_array_equal(sess.run("c:-1"), [1, 2])


def test_E04_containers(sess, c):
    result = sess.run([c, (c, [c])])
    assert type(result) is list
    assert type(result[1]) is tuple
    assert type(result[1][1]) is list


def test_E05_namedtuple_with_operation(sess, c):
    Pair = collections.namedtuple("Pair", "x op")
    result = sess.run(Pair(c, c.op))
    assert type(result) is Pair
    assert result.op is None


def test_E06_E07_dicts_keep_keys_and_order(sess, c):
    d = collections.OrderedDict([("z", c), ("a", c.op), ((1, 2), c), (3, c)])
    result = sess.run(d)
    assert type(result) is collections.OrderedDict
    assert list(result) == ["z", "a", (1, 2), 3]


def test_E08_deep_nesting(sess, c):
    Pair = collections.namedtuple("Pair", "x y")
    result = sess.run({"k": Pair([{"q": c}], (c,))})
    np.testing.assert_array_equal(result["k"].x[0]["q"], [1, 2])
    assert type(result["k"].y) is tuple


def test_E09_sparse_tensor(sess):
    s = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
    value = sess.run(s)
    assert type(value) is tf.SparseTensorValue
    np.testing.assert_array_equal(value.indices, [[0, 1]])
    np.testing.assert_array_equal(value.values, [5.0])
    np.testing.assert_array_equal(value.dense_shape, [2, 2])


def test_indexed_slices(sess):
    s = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2]))
    value = sess.run(s)
    assert type(value) is tf.IndexedSlicesValue
    assert value.dense_shape is None
    np.testing.assert_array_equal(value.indices, [2])


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x]])
def test_E11_none(sess, c, wrap):
    with pytest.raises(TypeError, match="Fetch argument None has invalid type"):
        sess.run(wrap(None))


@pytest.mark.parametrize(
    "bad",
    [3, [3.5], object(), {1, 2}, (i for i in ()), np.zeros(2), [collections.deque()]],
    ids=["int", "float", "object", "set", "generator", "ndarray", "deque"],
)
def test_E12_E17_wrong_types(sess, c, bad):
    with pytest.raises(TypeError, match="has invalid type.*must be a string or Tensor"):
        sess.run(bad)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nope", "refers to an Operation not in the graph"),
        ("nope:0", "refers to a Tensor which does not exist"),
        ("c:7", "exists but only has 1 outputs"),
        ("c:x", "looks a like a Tensor name"),
        ("c:0:0", "looks a like a Tensor name"),
        ("^c", "refers to an Operation not in the graph"),
        ("", "refers to an Operation not in the graph"),
    ],
)
def test_E13_E14_E15_E16_bad_names(sess, c, name, words):
    with pytest.raises(ValueError, match="cannot be interpreted as a Tensor") as error:
        sess.run(name)
    assert words in str(error.value)
    np.testing.assert_array_equal(sess.run(c), [1, 2])


def test_E18_duplicates_share_one_object(sess):
    v = tf.Variable([1.0])
    sess.run(v.initializer)
    add = v.assign_add([1.0])
    a, b, c = sess.run([add, add, add])
    assert a is b is c
    np.testing.assert_array_equal(a, [2.0])


def test_E19_variable_object(sess):
    v = tf.Variable([1.0, 2.0])
    sess.run(v.initializer)
    np.testing.assert_array_equal(sess.run(v), [1, 2])
    np.testing.assert_array_equal(sess.run(v.name), [1, 2])


def test_E20_mixed_list(sess, c):
    result = sess.run([c.op, c, "c", "c:0"])
    assert result[0] is None
    assert result[2] is None
    assert result[1] is result[3]


def test_E21_unfetchable(sess, c):
    c.graph.prevent_fetching(c.op)
    for what in (c, c.op):
        with pytest.raises(ValueError, match="has been marked as not fetchable"):
            sess.run(what)


def test_E22_empty_structures(sess, c):
    assert sess.run([]) == []
    assert sess.run(()) == ()
    assert sess.run({}) == {}
    assert sess.run([[], {}]) == [[], {}]


def test_E23_results_are_owned(sess):
    v = tf.Variable([1.0, 2.0])
    k = tf.constant([3.0, 4.0])
    sess.run(v.initializer)
    tensors = [
        v,
        k,
        tf.identity(k),
        tf.reshape(k, [2, 1]),
        v.value(),
        tf.transpose([[1.0]]),
    ]
    for _ in range(3):
        results = sess.run(tensors)
        np.testing.assert_array_equal(results[0], [1, 2])
        np.testing.assert_array_equal(results[1], [3, 4])
        for r in results:
            assert r.flags.writeable
            assert r.flags.c_contiguous
            assert r.flags.owndata
            r[...] = -1
        single = sess.run(v)
        single[...] = -7


def test_E24_strings(sess):
    assert sess.run(tf.constant("hi\0")) == b"hi\0"
    value = sess.run(tf.constant(["a", b"b\0"]))
    assert value.dtype == object
    assert value.tolist() == [b"a", b"b\0"]


def test_E25_other_containers(sess, c):
    class MyList(list):
        pass

    assert isinstance(sess.run(MyList([c])), list)
    d = sess.run(collections.defaultdict(list, {"a": c}))
    assert isinstance(d, collections.defaultdict)
    assert d["missing"] == []


def test_E26_as_graph_element(sess, c):
    class Holder:
        def _as_graph_element(self):
            return c

    np.testing.assert_array_equal(sess.run(Holder()), [1, 2])


def test_E27_empty_array(sess):
    x = tf.placeholder(tf.float32)
    out = sess.run(x * 2.0, {x: np.zeros((0, 3))})
    assert out.shape == (0, 3)


def test_scalars_are_numpy_scalars(sess):
    for value, kind in ((42.0, np.float32), (3, np.int32), (True, np.bool_)):
        result = sess.run(tf.constant(value))
        assert type(result) is kind
        assert type(sess.run([tf.identity(tf.constant(value))])[0]) is kind


def test_fetching_what_is_fed(sess):
    x = tf.placeholder(tf.float32, [2])
    given = np.ones(2, np.float32)
    assert sess.run(x, {x: given}) is given
    scalar = tf.placeholder(tf.float32, [])
    result = sess.run([scalar, scalar + 1.0], {scalar: 2})
    assert isinstance(result[0], np.ndarray)
    assert result[0].shape == ()
    s = tf.placeholder(tf.string, [])
    assert sess.run(s, {s: "text"})[()] == "text"
    assert sess.run(tf.identity(s), {s: "text"}) == b"text"


def test_register_conversion_functions(sess, c):
    class Squared:
        def __init__(self, t):
            self.t = t

    tf.register_session_run_conversion_functions(
        Squared,
        lambda s: ([s.t], lambda values: values[0] ** 2),
        lambda s, value: [(s.t, np.sqrt(value))],
        lambda s: [s.t],
    )
    np.testing.assert_array_equal(sess.run(Squared(c)), [1, 4])
    np.testing.assert_array_equal(sess.run(c, {Squared(c): [9.0, 16.0]}), [3, 4])
    with pytest.raises(ValueError, match="already been registered"):
        tf.register_session_run_conversion_functions(Squared, lambda s: ([], None))
    with pytest.raises(ValueError, match="already been registered"):
        tf.register_session_run_conversion_functions(object, lambda s: ([], None))


# -- F ---------------------------------------------------------------------------------


def test_F01_F35_conversions(sess):
    x = tf.placeholder(tf.float32)
    y = x * 1.0
    for value in (
        3,
        [1, 2],
        [[1.0], [2.0]],
        np.arange(3.0),
        np.float64(2),
        True,
        "3.5",
    ):
        out = sess.run(y, {x: value})
        np.testing.assert_array_equal(out, np.asarray(value, np.float32))
        assert out.dtype == np.float32
    d = tf.placeholder(tf.float64)
    assert sess.run(d + 0.0, {d: [1, 2]}).dtype == np.float64
    assert np.isnan(sess.run(y, {x: None}))


def test_F02_strings(sess):
    s = tf.placeholder(tf.string)
    assert sess.run(tf.identity(s), {s: "é"}) == "é".encode()
    out = sess.run(tf.identity(s), {s: np.array(["a", "bc"])})
    assert out.tolist() == [b"a", b"bc"]
    with pytest.raises(tf.errors.InternalError, match="Unsupported object type"):
        sess.run(tf.identity(s), {s: [1, 2]})


def test_F03_F04_feeding_intermediates(sess):
    v = tf.Variable(1)
    sess.run(v.initializer)
    inc = v.assign_add(10)
    after = inc + 1
    assert sess.run(after, {inc: 100}) == 101
    assert sess.run(v) == 1
    k = tf.constant(5.0)
    assert sess.run(k * 2.0, {k: 1.0}) == 2.0


@pytest.mark.parametrize("quick", [False, True])
def test_F05_F06_F07_shapes(sess, quick):
    p = tf.placeholder(tf.float32, [2], name="p")
    q = tf.placeholder(tf.float32, [None, 2], name="q")
    y, z = p * 1.0, q * 1.0
    if quick:
        sess.run(y, {p: [1, 2]})
    with pytest.raises(
        ValueError, match=r"Cannot feed value of shape \(3,\) for Tensor"
    ):
        sess.run(y, {p: [1, 2, 3]})
    with pytest.raises(ValueError, match=r"Cannot feed value of shape \(\) for Tensor"):
        sess.run(y, {p: 1.0})
    assert sess.run(z, {q: np.zeros((3, 2))}).shape == (3, 2)
    words = r"Cannot feed value of shape \(3, 3\) for Tensor 'q:0', which has shape '\(\?, 2\)'"
    with pytest.raises(ValueError, match=words):
        sess.run(z, {q: np.zeros((3, 3))})
    assert sess.run(z, {q: np.zeros((1, 2))}).shape == (1, 2)


def test_F08_F37_names_as_keys(sess):
    p = tf.placeholder(tf.float32, [], name="p")
    y = p * 2.0
    assert sess.run(y, {"p:0": 3}) == 6
    assert sess.run(y, {p: 1, "p:0": 2}) == 4
    assert sess.run(y, {"p:0": 2, p: 1}) == 2


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("p", "refers to an Operation, not a Tensor"),
        ("zz", "looks like an \\(invalid\\) Operation name"),
        ("zz:0", "refers to a Tensor which does not exist"),
        ("p:7", "exists but only has 1 outputs"),
        (3, "Can not convert a int into a Tensor."),
        (None, "Can not convert a NoneType into a Tensor."),
    ],
)
def test_F09_F10_bad_keys(sess, key, words):
    p = tf.placeholder(tf.float32, [], name="p")
    with pytest.raises(
        TypeError, match="Cannot interpret feed_dict key as Tensor: "
    ) as e:
        sess.run(p, {key: 1})
    assert words.replace("\\", "") in str(e.value)
    assert sess.run(p + 0.0, {p: 1}) == 1


def test_F10_operation_and_F11_foreign_keys(sess):
    p = tf.placeholder(tf.float32, [])
    with pytest.raises(TypeError, match="Can not convert a Operation into a Tensor"):
        sess.run(p, {p.op: 1})
    with tf.Graph().as_default():
        other = tf.placeholder(tf.float32, [])
    with pytest.raises(TypeError, match="is not an element of this graph"):
        sess.run(p, {other: 1})


def test_F12_tensor_as_value(sess):
    p = tf.placeholder(tf.float32, [])
    with pytest.raises(TypeError, match=r"cannot be a tf\.Tensor object"):
        sess.run(p + 1.0, {p: tf.constant(1.0)})


@pytest.mark.parametrize("bad", ["abc", [[1], [1, 2]], object(), {}])
def test_F13_wrong_values(sess, bad):
    v = tf.Variable(0.0)
    sess.run(v.initializer)
    p = tf.placeholder(tf.float32)
    with pytest.raises((TypeError, ValueError)):
        sess.run([v.assign_add(1.0), p + 1.0], {p: bad})
    assert sess.run(v) == 0


@pytest.mark.parametrize(
    ("dtype", "value"),
    [(tf.int8, 300), (tf.int32, 2**31), (tf.uint8, -1), (tf.bool, 2), (tf.string, 1)],
)
@pytest.mark.parametrize("quick", [False, True])
def test_F14_F16_F17_ints_that_do_not_fit(sess, dtype, value, quick):
    p = tf.placeholder(dtype, [])
    y = tf.identity(p)
    if quick:
        sess.run(y, {p: "a" if dtype is tf.string else 1})
    with pytest.raises(TypeError, match="is not compatible with Tensor type"):
        sess.run(y, {p: value})


def test_F15_numpy_casts(sess):
    p = tf.placeholder(tf.int8)
    y = tf.identity(p)
    np.testing.assert_array_equal(sess.run(y, {p: [300]}), [44])
    np.testing.assert_array_equal(sess.run(y, {p: np.array([300])}), [44])
    i = tf.placeholder(tf.int32)
    assert sess.run(tf.identity(i), {i: 3.7}) == 3
    b = tf.placeholder(tf.bool)
    assert sess.run(tf.identity(b), {b: 1})


def test_F18_F19_F20_sparse(sess):
    sp = tf.sparse_placeholder(tf.float32)
    doubled = sp.values * 2.0
    value = tf.SparseTensorValue([[0, 1]], [3.0], [2, 2])
    np.testing.assert_array_equal(sess.run(doubled, {sp: value}), [6])
    np.testing.assert_array_equal(sess.run(doubled, {sp: tuple(value)}), [6])
    out = sess.run(sp, {sp: value})
    np.testing.assert_array_equal(out.indices, [[0, 1]])
    np.testing.assert_array_equal(out.dense_shape, [2, 2])


def test_F21_F22_F23_nested_keys(sess):
    a, b, c = (tf.placeholder(tf.float32) for _ in range(3))
    total = a + b + c
    assert sess.run(total, {((a, b), c): ((1, 2), 3)}) == 6
    sp = tf.sparse_placeholder(tf.float32)
    value = tf.SparseTensorValue([[0, 1]], [3.0], [2, 2])
    out = sess.run([sp.values, a + 0.0], {(sp, a): (value, [1.0, 2.0])})
    np.testing.assert_array_equal(out[1], [1, 2])
    with pytest.raises(ValueError, match="Could not flatten dictionary"):
        sess.run(total, {((a, b), c): (1, 2, 3)})


def test_F24_F25_feeds_that_are_not_needed(sess):
    p = tf.placeholder(tf.float32, [2])
    k = tf.constant(1.0)
    assert sess.run(k + 1.0, {p: [1, 2]}) == 2
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(k + 1.0, {p: [1]})


def test_F26_F27_F28_unfed_placeholders(sess):
    p = tf.placeholder(tf.float32, name="p")
    q = tf.placeholder(tf.int32, [2, None], name="q")
    for t, words in (
        (p, "You must feed a value for placeholder tensor 'p' with dtype float"),
        (q, "placeholder tensor 'q' with dtype int32 and shape [2,?]"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            sess.run(tf.identity(t))
        assert words in error.value.message
        assert error.value.op is t.op
    assert sess.run(tf.constant(1)) == 1


def test_F29_placeholder_with_default(sess):
    p = tf.placeholder_with_default([1.0, 2.0], [None])
    np.testing.assert_array_equal(sess.run(p + 0.0), [1, 2])
    np.testing.assert_array_equal(sess.run(p + 0.0, {p: [5.0]}), [5])
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(p + 0.0, {p: 1.0})


def test_F30_unfeedable(sess):
    k = tf.constant(1.0)
    y = k + 1.0
    assert sess.run(y, {k: 5.0}) == 6
    k.graph.prevent_feeding(k)
    with pytest.raises(ValueError, match="may not be fed"):
        sess.run(y, {k: 5.0})
    with pytest.raises(ValueError, match="may not be fed"):
        sess.run(y, {k: np.array(5.0, np.float32)})


def test_F31_F32_feed_dict_types(sess, c):
    for bad in (3, [1]):
        with pytest.raises(TypeError, match="must be a dictionary"):
            sess.run(c, feed_dict=bad)
    for nothing in ({}, None, []):
        sess.run(c, feed_dict=nothing)


def test_F33_feeding_a_variable(sess):
    v = tf.Variable(1.0)
    sess.run(v.initializer)
    y = v * 2.0
    assert sess.run(y, {v: 10.0}) == 20
    assert sess.run(y) == 2


def test_F34_fed_arrays_may_change_afterwards(sess):
    x = tf.placeholder(tf.float32, [2])
    v = tf.Variable([0.0, 0.0])
    assign = v.assign(x)
    given = np.ones(2, np.float32)
    for _ in range(2):
        given[:] = 1
        result = sess.run([assign, tf.identity(x)], {x: given})
        given[:] = 7
        np.testing.assert_array_equal(sess.run(v), [1, 1])
        np.testing.assert_array_equal(result[1], [1, 1])


def test_F36_set_shape_tightens(sess):
    p = tf.placeholder(tf.float32)
    y = p + 1.0
    sess.run(y, {p: [1, 2]})
    p.set_shape([3])
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(y, {p: np.ones(2, np.float32)})
    assert sess.run(y, {p: [1, 2, 3]}).shape == (3,)


def test_F38_closed_comes_first(c):
    session = tf.Session()
    session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.run(c, {"nope": 1})
