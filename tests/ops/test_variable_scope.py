"""Behaviours N18 to N29 of the checklist: get_variable and variable scopes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.ops.initializers import Ones
from interactive_graphs.ops.partitioned_variables import PartitionedVariable
from interactive_graphs.ops.template import make_template
from interactive_graphs.ops.variable_scope import no_regularizer


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def const_name():
    return tf.constant(1).op.name


# -- sharing ---------------------------------------------------------------------------


def test_N18_twice_without_reuse():
    with tf.variable_scope("foo"):
        tf.get_variable("v", [2])
        with pytest.raises(
            ValueError,
            match=r"Variable foo/v already exists, disallowed\. Did you mean to set "
            r"reuse=True or reuse=tf\.AUTO_REUSE in VarScope\? Originally defined at:"
            r"\n\n  File .*test_variable_scope",
        ):
            tf.get_variable("v", [2])


def test_N19_reuse_of_what_exists_and_what_does_not():
    with tf.variable_scope("foo"):
        v = tf.get_variable("v", [2])
    with tf.variable_scope("foo", reuse=True):
        assert tf.get_variable("v", [2]) is v
        assert tf.get_variable("v") is v
        with pytest.raises(
            ValueError,
            match=r"Variable foo/w does not exist, or was not created with "
            r"tf\.get_variable\(\)\. Did you mean to set reuse=tf\.AUTO_REUSE",
        ):
            tf.get_variable("w", [2])


def test_N19_reuse_variables_from_now_on():
    with tf.variable_scope("foo") as scope:
        v = tf.get_variable("v", [2])
        assert scope.reuse is False
        scope.reuse_variables()
        assert tf.get_variable("v", [2]) is v


def test_N20_auto_reuse():
    def make():
        with tf.variable_scope("foo", reuse=tf.AUTO_REUSE):
            return tf.get_variable("v", [2])

    assert make() is make()
    assert len(tf.global_variables()) == 1


def test_N20_a_value_as_initializer_is_shared():
    with tf.variable_scope("foo", reuse=tf.AUTO_REUSE):
        v = tf.get_variable("v", initializer=3)
        assert tf.get_variable("v", initializer=3) is v


def test_N21_reuse_is_inherited_and_stays():
    with tf.variable_scope("foo"):
        v = tf.get_variable("bar/v", [1])
    with (
        tf.variable_scope("foo", reuse=True),
        tf.variable_scope("bar", reuse=False) as s,
    ):
        assert s.reuse is True
        assert tf.get_variable("v", [1]) is v


def test_N22_shape_or_dtype_conflict():
    with tf.variable_scope("foo"):
        tf.get_variable("v", [2])
    with tf.variable_scope("foo", reuse=True):
        with pytest.raises(
            ValueError,
            match=r"Trying to share variable foo/v, but specified shape \(3,\) and "
            r"found shape \(2,\)\.",
        ):
            tf.get_variable("v", [3])
        with pytest.raises(
            ValueError,
            match=r"Trying to share variable foo/v, but specified dtype int32 and "
            r"found dtype float32_ref\.",
        ):
            tf.get_variable("v", [2], tf.int32)


# -- names -----------------------------------------------------------------------------


def test_N23_name_scopes_and_variable_scopes():
    with tf.name_scope("ns"):
        assert tf.get_variable("v", []).name == "v:0"
        assert tf.Variable(1, name="u").name == "ns/u:0"
        with tf.variable_scope("vs"):
            assert tf.get_variable("x", []).name == "vs/x:0"
            assert tf.Variable(1, name="y").name == "ns/vs/y:0"
            assert const_name() == "ns/vs/Const"


def test_N24_a_scope_opened_again():
    with tf.variable_scope("foo"):
        assert tf.get_variable("a", []).name == "foo/a:0"
        assert const_name() == "foo/Const"
    with tf.variable_scope("foo"):
        assert tf.get_variable("b", []).name == "foo/b:0"
        assert const_name() == "foo_1/Const"


def test_N24_a_scope_object_jumps():
    with tf.variable_scope("a") as outer, tf.variable_scope("b") as inner:
        pass
    assert (inner.name, inner.original_name_scope) == ("a/b", "a/b/")
    with tf.variable_scope("x"):
        with tf.variable_scope(inner) as again:
            assert tf.get_variable("v", []).name == "a/b/v:0"
            assert const_name() == "x/b/Const"
            assert again.original_name_scope == "a/b/"
        assert tf.get_variable("v", []).name == "x/v:0"
    assert tf.get_variable_scope().name == ""
    assert outer.name == "a"


def test_N25_default_names():
    for expected in ("d", "d_1", "d_2"):
        with tf.variable_scope(None, default_name="d") as scope:
            assert scope.name == expected
            assert tf.get_variable("v", []).name == f"{expected}/v:0"
            assert const_name() == f"{expected}/Const"
    with tf.variable_scope("q"):
        with tf.variable_scope(None, "d") as scope:
            assert scope.name == "q/d"
        with tf.variable_scope(None, "d") as scope:
            assert scope.name == "q/d_1"


def test_the_empty_name_and_no_name_scope():
    with tf.variable_scope("q"):
        with tf.variable_scope("") as scope:
            assert scope.name == "q"
            assert const_name() == "q/Const"
        with tf.variable_scope("k", auxiliary_name_scope=False) as scope:
            assert tf.get_variable("v", []).name == "q/k/v:0"
            assert const_name() == "q/Const_1"


def test_a_name_that_an_op_has_already():
    tf.Variable(1.0, name="v")
    assert tf.get_variable("v", []).name == "v_1:0"


def test_scopes_of_another_graph():
    other = tf.Graph()
    with other.as_default():
        x = tf.constant(1)
    with tf.variable_scope("foo", values=[x]):
        v = tf.get_variable("v", [])
    assert v.graph is other


def test_each_graph_has_variables_of_its_own():
    def make():
        with tf.Graph().as_default(), tf.variable_scope("s"):
            return tf.get_variable("v", [])

    assert make() is not make()


def test_a_new_thread_starts_at_the_top():
    graph, found = tf.get_default_graph(), []

    def look():
        with graph.as_default():
            found.append(tf.get_variable_scope().name)
            found.append(tf.get_variable("w", []).name)

    with tf.variable_scope("foo"):
        tf.get_variable("v", [])
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == ["", "w:0"]


def test_get_collection_of_a_scope():
    with tf.variable_scope("a") as scope:
        v = tf.get_variable("v", [])
    tf.get_variable("v", [])
    assert scope.global_variables() == scope.trainable_variables() == [v]
    assert scope.local_variables() == []


# -- defaults that scopes hand down ----------------------------------------------------


def test_N26_initializer_inherited_and_overridden(sess):
    with tf.variable_scope("a", initializer=tf.constant_initializer(3.0)):
        v = tf.get_variable("v", [2])
        with tf.variable_scope("b", dtype=tf.float64):
            w = tf.get_variable("w", [1])
            x = tf.get_variable("x", [1], initializer=tf.constant_initializer(4.0))
    sess.run(tf.global_variables_initializer())
    assert sess.run(v).tolist() == [3, 3]
    assert sess.run(w).dtype == np.float64
    assert sess.run([w, x]) == [3, 4]


def test_N27_regularizers():
    calls = []

    def regularizer(variable):
        calls.append(variable)
        return tf.reduce_sum(variable) if len(calls) == 1 else None

    with tf.variable_scope("s", regularizer=regularizer, reuse=tf.AUTO_REUSE):
        v = tf.get_variable("v", [2])
        tf.get_variable("v", [2])
        w = tf.get_variable("w", [2])
        tf.get_variable("x", [2], regularizer=no_regularizer)
    assert calls == [v, w]
    (loss,) = tf.get_collection(GraphKeys.REGULARIZATION_LOSSES)
    assert loss.name == "s/v/Regularizer/Sum:0"


def test_N28_custom_getter():
    def rename(getter, name, *args, **kwargs):
        return getter(name + "_renamed", *args, **kwargs)

    with tf.variable_scope("s", custom_getter=rename):
        assert tf.get_variable("v", []).name == "s/v_renamed:0"
    assert tf.get_variable("v", [], custom_getter=rename).name == "v_renamed:0"


def test_custom_getters_nest():
    def getter(mark, order):
        def fn(next_getter, name, *args, **kwargs):
            order.append(mark)
            return next_getter(name + mark, *args, **kwargs)

        return fn

    order: list[str] = []
    with tf.variable_scope("a", custom_getter=getter("o", order)):
        with tf.variable_scope("b", custom_getter=getter("i", order)):
            assert tf.get_variable("v", []).name == "a/b/vio:0"
    assert order == ["i", "o"]


def test_use_resource():
    with tf.variable_scope("s", use_resource=True):
        v = tf.get_variable("v", [1])
    assert isinstance(v, tf.ResourceVariable)
    assert not isinstance(tf.get_variable("w", [1]), tf.ResourceVariable)
    assert isinstance(tf.get_variable("x", [1], use_resource=True), tf.ResourceVariable)


def test_default_initializers(sess):
    f = tf.get_variable("f", [3, 3])
    i = tf.get_variable("i", [2], tf.int32)
    b = tf.get_variable("b", [2], tf.bool)
    sess.run(tf.global_variables_initializer())
    assert 0 < np.abs(sess.run(f)).max() <= 1
    assert sess.run(i).tolist() == [0, 0]
    assert sess.run(b).tolist() == [False, False]
    assert f.initial_value.name == "f/Initializer/random_uniform:0"


def test_initializers_of_all_kinds(sess):
    a = tf.get_variable("a", initializer=tf.constant([1.0, 2.0]))
    b = tf.get_variable("b", initializer=3.5)
    c = tf.get_variable("c", initializer=lambda: tf.ones([3]))
    d = tf.get_variable("d", [2], initializer=Ones)
    e = tf.get_variable("e", [2], initializer=lambda shape, dtype: tf.fill(shape, 2.0))
    sess.run(tf.global_variables_initializer())
    assert a.initial_value.name == "Const:0"
    assert [sess.run(x).tolist() for x in (a, b, c, d, e)] == [
        [1, 2], 3.5, [1, 1, 1], [1, 1], [2, 2]
    ]  # fmt: skip


def test_local_variables():
    v = tf.get_local_variable("v", [2])
    w = tf.get_local_variable("w", [2], collections=["mine"])
    assert tf.local_variables() == [v, w]
    assert tf.global_variables() == tf.trainable_variables() == []
    assert tf.get_collection("mine") == [w]


# -- N29: wrong calls ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        (
            {},
            r"Shape of a new variable \(a\) must be fully defined, but instead was "
            r"<unknown>\.",
        ),
        ({"shape": [None, 2]}, r"must be fully defined, but instead was \(\?, 2\)\."),
        (
            {"shape": [2], "initializer": 1.0},
            r"If initializer is a constant, do not specify shape\.",
        ),
        (
            {"dtype": "int32", "initializer": 1.5},
            r"Initializer type '<dtype: 'float32'>' and explicit dtype "
            r"'<dtype: 'int32'>' don't match\.",
        ),
        (
            {"shape": [2], "dtype": "complex64"},
            r"An initializer for variable a of <dtype: 'complex64'> is required",
        ),
        (
            {"shape": [2], "custom_getter": 3},
            r"Passed a custom_getter which is not callable: 3",
        ),
        ({"shape": [2], "collections": "x"}, "must be a list, tuple, or set"),
        ({"shape": [2], "partitioner": 3}, "Partitioner must be callable"),
    ],
)
def test_N29_wrong_calls(kwargs, text):
    with pytest.raises(ValueError, match=text):
        tf.get_variable("a", **kwargs)


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "text"),
    [
        (
            (None,),
            {},
            TypeError,
            "If default_name is None then name_or_scope is required",
        ),
        ((3,), {}, TypeError, "name_or_scope must be a string or VariableScope"),
        (("a",), {"reuse": 3}, ValueError, "The reuse parameter must be True or False"),
        (
            (None, "d"),
            {"reuse": True},
            ValueError,
            "reuse=True cannot be used without a name_or_scope",
        ),
    ],
)
def test_N29_wrong_scopes(args, kwargs, error, text):
    with pytest.raises(error, match=text):
        tf.variable_scope(*args, **kwargs).__enter__()
    assert tf.get_variable_scope().name == ""
    assert const_name() == "Const"


def test_a_failure_inside_closes_the_scope():
    with pytest.raises(RuntimeError, match="inside"), tf.variable_scope("a"):
        raise RuntimeError("inside")
    assert tf.get_variable_scope().name == ""
    assert const_name() == "Const"


def test_variable_op_scope():
    with tf.variable_op_scope([], None, "d") as scope:
        assert scope.name == "d"


# -- variables in parts ----------------------------------------------------------------


def test_a_variable_in_parts(sess):
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(3)):
        v = tf.get_variable("v", [7, 2], initializer=tf.ones_initializer())
        scalar = tf.get_variable("scalar", [], initializer=tf.ones_initializer())
    assert isinstance(v, PartitionedVariable)
    assert isinstance(scalar, tf.Variable)
    assert [p.name for p in v] == [f"s/v/part_{i}:0" for i in range(3)]
    assert [p.shape.as_list() for p in v] == [[3, 2], [2, 2], [2, 2]]
    assert [p._get_save_slice_info().spec for p in v] == [
        "7 2 0,3:0,2", "7 2 3,2:0,2", "7 2 5,2:0,2"
    ]  # fmt: skip
    assert (v.name, v.dtype, len(v)) == ("s/v", tf.float32, 3)
    whole = tf.convert_to_tensor(v)
    assert whole.name == "s/v:0"
    assert whole.shape.as_list() == [7, 2]
    sess.run(tf.global_variables_initializer())
    np.testing.assert_array_equal(sess.run(v + 1.0), np.full([7, 2], 2))
    sess.run(v.assign(np.arange(14.0).reshape(7, 2)))
    np.testing.assert_array_equal(sess.run(whole), np.arange(14).reshape(7, 2))


def test_a_value_in_parts_and_sharing(sess):
    value = np.arange(6, dtype=np.float32)
    with tf.variable_scope(
        "s", partitioner=tf.fixed_size_partitioner(2), reuse=tf.AUTO_REUSE
    ):
        v = tf.get_variable("v", initializer=tf.constant(value))
        assert tf.get_variable("v", initializer=tf.constant(value)) is v
        assert tf.get_variable("v", [6]) is v
        with pytest.raises(ValueError, match="but specified shape"):
            tf.get_variable("v", [7])
        with pytest.raises(ValueError, match="specified partitions"):
            tf.get_variable("v", [6], partitioner=tf.fixed_size_partitioner(3))
    with pytest.raises(ValueError, match="No partitioner was provided"):
        tf.get_variable("s/v", [6])
    sess.run(tf.global_variables_initializer())
    np.testing.assert_array_equal(sess.run(v.as_tensor()), value)


@pytest.mark.parametrize(
    ("partitioner", "shape", "expected"),
    [
        (tf.fixed_size_partitioner(3), [7, 2], [3, 1]),
        (tf.fixed_size_partitioner(3, axis=1), [7, 2], [1, 2]),
        (tf.variable_axis_size_partitioner(16), [8, 2], [4, 1]),
        (tf.variable_axis_size_partitioner(16, max_shards=3), [8, 2], [3, 1]),
        (tf.min_max_variable_partitioner(4, min_slice_size=16), [8, 2], [4, 1]),
        (tf.min_max_variable_partitioner(4), [8, 2], [1, 1]),
    ],
)
def test_partitioners(partitioner, shape, expected):
    assert partitioner(shape=shape, dtype=tf.float32) == expected


# -- templates -------------------------------------------------------------------------


def test_a_template_shares_its_variables(sess):
    scale = make_template("t", lambda x, by: tf.get_variable("v", []) * x * by, by=2.0)
    a, b = scale(1.0), scale(3.0)
    assert [v.name for v in tf.global_variables()] == ["t/v:0"]
    assert (a.op.name, b.op.name) == ("t/mul_1", "t_1/mul_1")
    sess.run(tf.global_variables_initializer())
    first, second = sess.run([a, b])
    assert second == pytest.approx(3 * first)
    other = make_template("t", lambda: tf.get_variable("v", []))
    assert other().name == "t_1/v:0"
    assert scale.variables == scale.trainable_variables == tf.global_variables("t/")


def test_a_template_makes_no_variables_later():
    count = iter(range(10))
    template = make_template("t", lambda: tf.Variable(next(count)))
    template()
    with pytest.raises(ValueError, match=r"perhaps you used tf\.Variable when"):
        template()


# -- initializers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("initializer", "check"),
    [
        (tf.zeros_initializer(), lambda x: (x == 0).all()),
        (tf.ones_initializer(), lambda x: (x == 1).all()),
        (tf.constant_initializer(7), lambda x: (x == 7).all()),
        (tf.random_uniform_initializer(2, 3), lambda x: ((x >= 2) & (x < 3)).all()),
        (tf.random_normal_initializer(5.0, 0.1), lambda x: abs(x.mean() - 5) < 0.05),
        (
            tf.truncated_normal_initializer(0.0, 0.5),
            lambda x: abs(x).max() <= 1 and x.std() > 0.3,
        ),
        (
            tf.uniform_unit_scaling_initializer(2.0),
            lambda x: abs(x).max() <= 2 * (3 / 40) ** 0.5,
        ),
        (
            tf.variance_scaling_initializer(2.0, "fan_out"),
            lambda x: abs(x.var() - 2 / 50) < 0.01,
        ),
        (
            tf.glorot_uniform_initializer(),
            lambda x: (6 / 90) ** 0.5 * 0.9 < abs(x).max() <= (6 / 90) ** 0.5,
        ),
        (tf.glorot_normal_initializer(), lambda x: abs(x.var() - 2 / 90) < 0.005),
        (
            tf.orthogonal_initializer(),
            lambda x: np.allclose(x @ x.T, np.eye(40), 0, 1e-5),
        ),
    ],
    ids=lambda p: type(p).__name__,
)
def test_initializers(sess, initializer, check):
    v = tf.get_variable("v", [40, 50], initializer=initializer)
    sess.run(v.initializer)
    assert check(sess.run(v))
    again = type(initializer).from_config(initializer.get_config())
    assert again.get_config() == initializer.get_config()


def test_seeded_initializers_repeat():
    v = tf.get_variable("v", [4], initializer=tf.random_normal_initializer(seed=5))
    values = []
    for _ in range(2):
        with tf.Session() as session:
            session.run(v.initializer)
            values.append(session.run(v))
    np.testing.assert_array_equal(*values)


def test_wrong_initializers():
    with pytest.raises(ValueError, match="Expected floating point type, got"):
        tf.random_normal_initializer(dtype=tf.int32)
    with pytest.raises(TypeError, match="Invalid type for initial value"):
        tf.constant_initializer(object())
    with pytest.raises(ValueError, match="`scale` must be positive float"):
        tf.variance_scaling_initializer(scale=0)
    with pytest.raises(ValueError, match="Invalid `mode` argument"):
        tf.variance_scaling_initializer(mode="x")
    with pytest.raises(ValueError, match="Invalid `distribution` argument"):
        tf.variance_scaling_initializer(distribution="x")
    with pytest.raises(ValueError, match="at least two-dimensional"):
        tf.orthogonal_initializer()([3])


def test_a_scope_of_ones_own_takes_the_known_defaults_only():
    scope = tf.VariableScope(False, "mine", tf.ones_initializer(), dtype=tf.float64)
    with tf.variable_scope(scope):
        v = tf.get_variable("v", [2])
    assert (v.name, v.dtype.base_dtype) == ("mine/v:0", tf.float64)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(v).tolist() == [1, 1]
    with pytest.raises(TypeError, match="intializer"):
        tf.VariableScope(False, intializer=tf.ones_initializer())
