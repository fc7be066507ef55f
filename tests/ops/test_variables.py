"""Behaviours N01 to N17 of the checklist: variables, and what surrounds them there."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.ops import _variable_operators, state


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def names(graph=None):
    graph = graph or tf.get_default_graph()
    return [op.name for op in graph.get_operations()]


# -- what a variable is ----------------------------------------------------------------


def test_nodes_of_a_variable():
    v = tf.Variable([1.0, 2.0], name="v")
    assert names() == ["v/initial_value", "v", "v/Assign", "v/read"]
    assert v.op.type == "VariableV2"
    assert v.initializer is v.graph.get_operation_by_name("v/Assign")
    assert v.initial_value.name == "v/initial_value:0"
    assert v.value().name == "v/read:0"
    assert v.initializer.colocation_groups() == [b"loc:@v"]
    assert v.value().op.colocation_groups() == [b"loc:@v"]


def test_nodes_of_a_callable_initial_value():
    with tf.control_dependencies([tf.no_op(name="other")]):
        v = tf.Variable(lambda: tf.ones([2]), name="v")
    assert names() == ["other", "v/Initializer/ones", "v", "v/Assign", "v/read"]
    assert v.initializer.control_inputs == []
    assert v.initial_value.op.colocation_groups() == [b"loc:@v"]


def test_a_tensor_as_initial_value_gets_no_copy():
    start = tf.zeros([2])
    v = tf.Variable(start, name="v")
    assert v.initial_value is start
    assert names() == ["zeros", "v", "v/Assign", "v/read"]


def test_default_names_count_up():
    assert [tf.Variable(1).name, tf.Variable(1).name] == ["Variable:0", "Variable_1:0"]


def test_properties_and_texts():
    v = tf.Variable([1.0, 2.0], name="v", constraint=tf.identity)
    assert v.dtype.name == "float32_ref"
    assert v.shape.as_list() == v.get_shape().as_list() == [2]
    assert v.graph is tf.get_default_graph()
    assert v.constraint is tf.identity
    assert v.trainable
    assert repr(v) == "<tf.Variable 'v:0' shape=(2,) dtype=float32_ref>"
    assert str(v) == repr(v)
    with tf.device("/cpu:0"):
        assert tf.Variable(1).device == "/device:CPU:0"


def test_dtype_converts_the_initial_value(sess):
    v = tf.Variable([1, 2], dtype=tf.float64)
    sess.run(v.initializer)
    assert sess.run(v).dtype == np.float64


def test_identity_is_equality():
    v, w = tf.Variable(1), tf.Variable(1)
    assert v == v
    assert v != w
    assert {v: 1}[v] == 1


def test_iteration_is_refused():
    with pytest.raises(TypeError, match=r"'Variable' object is not iterable\."):
        iter(tf.Variable([1, 2]))


def test_the_nodes_go_to_the_graph_of_the_initial_value():
    with tf.Graph().as_default() as g:
        start = tf.constant(1)
    v = tf.Variable(start)
    assert v.graph is g


# -- N01, N02, and the documents' example ----------------------------------------------


def test_N01_two_sessions_have_values_of_their_own():
    v = tf.Variable(1)
    up = v.assign_add(1)
    with tf.Session() as one, tf.Session() as two:
        for session in (one, two):
            session.run(v.initializer)
        one.run(up)
        one.run(up)
        assert one.run(v) == 3
        assert two.run(v) == 1


def test_N02_assignments_give_the_new_value(sess):
    v = tf.Variable([1.0, 2.0])
    sess.run(v.initializer)
    np.testing.assert_array_equal(sess.run(v.assign([5.0, 6.0])), [5, 6])
    np.testing.assert_array_equal(sess.run(v.assign_add([1.0, 1.0])), [6, 7])
    np.testing.assert_array_equal(sess.run(v.assign_sub([2.0, 3.0])), [4, 4])
    np.testing.assert_array_equal(sess.run(tf.assign(v, [0.0, 1.0])), [0, 1])
    np.testing.assert_array_equal(sess.run(tf.assign_add(v, [1.0, 1.0])), [1, 2])
    np.testing.assert_array_equal(sess.run(tf.assign_sub(v, [1.0, 1.0])), [0, 1])
    np.testing.assert_array_equal(sess.run(v), [0, 1])


def test_an_assignment_is_a_reference_that_can_be_assigned_to(sess):
    v = tf.Variable(1, name="v")
    twice = tf.assign_add(v.assign(10), 5)
    assert twice.dtype.name == "int32_ref"
    assert twice.op.type == "AssignAdd"
    sess.run(v.initializer)
    assert sess.run(twice) == 15
    sess.run(v.assign(3).op)
    assert sess.run(v) == 3


def test_read_value_false_gives_the_operation(sess):
    v = tf.Variable(1)
    sess.run(v.initializer)
    assert sess.run(v.assign(4, read_value=False)) is None
    assert sess.run(v) == 4


def test_each_assignment_runs_once_per_step(sess):
    v = tf.Variable(0)
    up = v.assign_add(1)
    sess.run(v.initializer)
    first, second, third = sess.run([up, up, up + 10])
    assert (first, second, third) == (1, 1, 11)


def test_what_is_fetched_is_the_users_own(sess):
    v = tf.Variable([1.0, 2.0])
    sess.run(v.initializer)
    found = sess.run(v)
    found[:] = 100
    np.testing.assert_array_equal(sess.run(v), [1, 2])


def test_what_is_fed_is_copied(sess):
    p = tf.placeholder(tf.float32, [2])
    v = tf.Variable([0.0, 0.0])
    fed = np.array([1, 2], np.float32)
    sess.run(v.assign(p), {p: fed})
    fed[:] = 100
    np.testing.assert_array_equal(sess.run(v), [1, 2])


def test_a_variable_assigned_to_another_stays_apart(sess):
    v, w = tf.Variable([1.0]), tf.Variable([2.0])
    sess.run([v.initializer, w.initializer])
    sess.run(w.assign(v))
    sess.run(v.assign([9.0]))
    assert sess.run([v, w]) == [9, 1]


def test_a_variable_as_fetch_and_feed_key(sess):
    v = tf.Variable(1, name="v")
    doubled = v * 2
    sess.run(v.initializer)
    assert sess.run({"now": v, "named": "v:0"}) == {"now": 1, "named": 1}
    assert sess.run(doubled, {v.value(): 10}) == 20
    assert sess.run("v") is None


def test_control_dependencies_and_read_value(sess):
    v = tf.Variable(1)
    with tf.control_dependencies([v.assign_add(1)]):
        after = v.read_value()
    sess.run(v.initializer)
    assert sess.run(after) == 2
    assert v.read_value() is not v.read_value()
    assert v.value() is v.value()


# -- N03 to N07: wrong shapes, load, count_up_to ---------------------------------------


def test_N03_wrong_static_shape():
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match="both shapes must be equal, but are 2 and 3"):
        v.assign([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="must be equal"):
        v.assign_add([1.0, 2.0, 3.0])


def test_N04_wrong_shape_of_the_run(sess):
    p = tf.placeholder(tf.float32)
    v = tf.Variable([1.0, 2.0])
    sess.run(v.initializer)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"Assign requires shapes of both tensors to match. lhs shape= \[2\] rhs "
        r"shape= \[3\]",
    ):
        sess.run(v.assign(p), {p: [1, 2, 3]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be the same size"):
        sess.run(v.assign_add(p), {p: [1, 2, 3]})
    np.testing.assert_array_equal(sess.run(v), [1, 2])


def test_N05_another_shape_without_validation(sess):
    v = tf.Variable([1.0, 2.0])
    sess.run(v.initializer)
    grown = sess.run(tf.assign(v, [[1.0, 2.0, 3.0]], validate_shape=False))
    assert grown.shape == (1, 3)
    assert sess.run(v).shape == (1, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="lhs shape="):
        sess.run(v.initializer)


def test_a_variable_of_unknown_shape(sess):
    p = tf.placeholder(tf.float32)
    v = tf.Variable(p, validate_shape=False)
    assert v.shape.dims is None
    sess.run(v.initializer, {p: [1.0]})
    sess.run(v.initializer, {p: [1.0, 2.0]})
    np.testing.assert_array_equal(sess.run(v), [1, 2])


def test_N06_load(sess):
    v = tf.Variable([1.0, 2.0])
    v.load([3, 4], sess)
    np.testing.assert_array_equal(v.eval(sess), [3, 4])
    with sess.as_default():
        v.load([5, 6])
        np.testing.assert_array_equal(v.eval(), [5, 6])


def test_N06_load_and_eval_without_a_session():
    v = tf.Variable(1)
    with pytest.raises(ValueError, match="Either session argument should be provided"):
        v.load(2)
    with pytest.raises(ValueError, match="No default session is registered"):
        v.eval()


def test_N07_count_up_to(sess):
    v = tf.Variable(0)
    count = v.count_up_to(3)
    sess.run(v.initializer)
    assert [sess.run(count) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 3"):
        sess.run(count)
    assert sess.run(v) == 3
    assert (
        sess.run(count).dtype == np.int32 if sess.run(v.initializer) is None else True
    )


# -- N08 to N11: initialisation --------------------------------------------------------


def test_N08_initialized_value_needs_one_run_only(sess):
    v = tf.Variable(tf.random_uniform([3], seed=1), name="v")
    w = tf.Variable(v.initialized_value() * 2)
    sess.run(tf.global_variables_initializer())
    now, doubled = sess.run([v, w])
    np.testing.assert_array_equal(doubled, now * 2)


def test_initialized_value_is_the_value_once_there_is_one(sess):
    v = tf.Variable(1)
    either = v.initialized_value()
    assert sess.run(either) == 1
    sess.run(v.assign(7))
    assert sess.run(either) == 7


def test_N08_direct_use_of_other_variables_is_guarded(sess):
    v = tf.Variable(tf.random_uniform([], seed=3), name="v")
    w = tf.Variable(v * 2.0, name="w")
    u = tf.Variable(w + v, name="u")
    sess.run(tf.global_variables_initializer())
    a, b, c = sess.run([v, w, u])
    assert b == a * 2
    assert c == pytest.approx(a * 3)


def test_a_guarded_chain_is_no_deeper_than_the_stack(sess):
    v = tf.Variable(1.0)
    x = v.value()
    for _ in range(3000):
        x = x + 1.0
    w = tf.Variable(x)
    sess.run(tf.global_variables_initializer())
    assert sess.run(w) == 3001


def test_N09_report_uninitialized_variables(sess):
    tf.Variable(1, name="a")
    b = tf.Variable(2, name="b", collections=[GraphKeys.LOCAL_VARIABLES])
    missing = tf.report_uninitialized_variables()
    assert missing.dtype == tf.string
    np.testing.assert_array_equal(sess.run(missing), [b"a", b"b"])
    sess.run(b.initializer)
    np.testing.assert_array_equal(sess.run(missing), [b"a"])
    sess.run(tf.global_variables_initializer())
    assert sess.run(missing).shape == (0,)


def test_N09_without_variables(sess):
    found = sess.run(tf.report_uninitialized_variables())
    assert found.shape == (0,)
    assert tf.assert_variables_initialized() is None


def test_assert_variables_initialized(sess):
    tf.Variable(1)
    tf.Variable(2)
    check = tf.assert_variables_initialized()
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value"):
        sess.run(check)
    sess.run(tf.global_variables_initializer())
    sess.run(check)


def test_N10_is_variable_initialized(sess):
    v = tf.Variable(1)
    there = tf.is_variable_initialized(v)
    assert sess.run(there) == np.False_
    sess.run(v.initializer)
    assert sess.run(there) == np.True_
    with tf.Session() as other:
        assert not other.run(there)


@pytest.mark.parametrize("change", ["assign_add", "assign_sub"])
def test_changing_what_is_uninitialized(sess, change):
    v = tf.Variable(1, name="v")
    with pytest.raises(
        tf.errors.FailedPreconditionError,
        match="Attempting to use uninitialized value v",
    ):
        sess.run(getattr(v, change)(1))


def test_N11_wrong_constructions():
    with pytest.raises(ValueError, match=r"initial_value must be specified\."):
        tf.Variable()
    with pytest.raises(
        ValueError, match=r'must have a shape specified: Tensor\("Placeholder:0"'
    ):
        tf.Variable(tf.placeholder(tf.float32))
    with pytest.raises(
        ValueError,
        match="collections argument to Variable constructor must be a list, tuple, or "
        r"set\. Got x of type <class 'str'>",
    ):
        tf.Variable(1, collections="x")
    with pytest.raises(ValueError, match=r"`constraint` argument must be a callable\."):
        tf.Variable(1, constraint=3)


def test_N11_initial_value_from_inside_a_loop():
    start = tf.constant(1)
    start.op.control_flow_context = object()  # what a loop's body would note
    with pytest.raises(
        ValueError,
        match="Initializer for variable v/ is from inside a control-flow construct",
    ):
        tf.Variable(start, name="v")


def test_running_an_initializer_again_resets(sess):
    v = tf.Variable(1)
    sess.run(v.initializer)
    sess.run(v.assign(5))
    sess.run(v.initializer)
    assert sess.run(v) == 1


# -- N12 to N15 ------------------------------------------------------------------------


def test_N12_in_place_addition_rebinds_the_name(sess, caplog):
    v = tf.Variable(1)
    kept = v
    _variable_operators._warned.clear()
    with caplog.at_level(logging.WARNING, logger="interactive_graphs"):
        v += 1
    assert "Use variable.assign_add if you want" in caplog.text
    assert isinstance(v, tf.Tensor)
    sess.run(kept.initializer)
    assert sess.run(v) == 2
    assert sess.run(kept) == 1


def test_N13_collections(sess):
    a = tf.Variable(1, name="scope/a")
    b = tf.Variable(2, trainable=False)
    c = tf.Variable(3, collections=[GraphKeys.LOCAL_VARIABLES], trainable=False)
    d = tf.Variable(4, collections=["mine"])
    assert tf.global_variables() == tf.all_variables() == [a, b]
    assert tf.trainable_variables() == [a, d]
    assert tf.local_variables() == [c]
    assert tf.get_collection("mine") == [d]
    assert tf.global_variables("scope") == [a]
    assert tf.model_variables() == tf.moving_average_variables() == []
    sess.run(tf.local_variables_initializer())
    assert sess.run(c) == 3


def test_N14_no_variables(sess):
    init = tf.global_variables_initializer()
    assert init.name == "init"
    assert init.type == "NoOp"
    assert sess.run(init) is None
    assert tf.variables_initializer([]).name == "init_1"
    assert tf.tables_initializer().type == tf.initialize_all_tables().type == "NoOp"


def test_N15_variables_made_later_are_not_covered(sess):
    tf.Variable(1)
    init = tf.initialize_all_variables()
    late = tf.Variable(2, name="late")
    sess.run(init)
    with pytest.raises(tf.errors.FailedPreconditionError, match="late"):
        sess.run(late)
    sess.run(tf.initialize_variables([late]))
    assert sess.run(late) == 2


# -- N16, N17: parts -------------------------------------------------------------------


def test_N16_duplicate_indices_accumulate(sess):
    v = tf.Variable([1.0, 2.0, 3.0])
    sess.run(v.initializer)
    added = sess.run(tf.scatter_add(v, [0, 0, 2], [10.0, 10.0, 1.0]))
    np.testing.assert_array_equal(added, [21, 2, 4])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (tf.scatter_update, [5, 2, 2]),
        (tf.scatter_add, [15, 2, 7]),
        (tf.scatter_sub, [5, 2, 3]),
        (tf.scatter_mul, [50, 2, 10]),
        (tf.scatter_div, [2, 2, 2.5]),
        (tf.scatter_min, [5, 2, 2]),
        (tf.scatter_max, [10, 2, 5]),
    ],
)
def test_scatter_functions(sess, function, expected):
    v = tf.Variable([10.0, 2.0, 5.0])
    sess.run(v.initializer)
    np.testing.assert_array_equal(sess.run(function(v, [0, 2], [5.0, 2.0])), expected)
    np.testing.assert_array_equal(sess.run(v), expected)


def test_scatter_of_rows_and_of_a_scalar(sess):
    v = tf.Variable([[1, 2], [3, 4]])
    sess.run(v.initializer)
    out = sess.run(tf.scatter_update(v, [[1], [0]], [[[7, 8]], [[9, 9]]]))
    np.testing.assert_array_equal(out, [[9, 9], [7, 8]])
    np.testing.assert_array_equal(
        sess.run(tf.scatter_add(v, [1], 10)), [[9, 9], [17, 18]]
    )


def test_N17_scatter_index_out_of_range(sess):
    v = tf.Variable([1.0, 2.0])
    sess.run(v.initializer)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"indices\[0\] = 5 is not in \[0, 2\)"
    ):
        sess.run(tf.scatter_add(v, [5], [1.0]))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"indices\[1,0\] = -1 is not in \[0, 2\)"
    ):
        sess.run(tf.scatter_add(v, [[0], [-1]], [[1.0], [1.0]]))
    np.testing.assert_array_equal(sess.run(v), [1, 2])


def test_scatter_shapes_are_checked_while_building():
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match="must be equal"):
        tf.scatter_add(v, [0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (tf.scatter_nd_update, [[1, 9], [8, 4]]),
        (tf.scatter_nd_add, [[1, 11], [11, 4]]),
        (tf.scatter_nd_sub, [[1, -7], [-5, 4]]),
    ],
)
def test_scatter_nd_functions(sess, function, expected):
    v = tf.Variable([[1, 2], [3, 4]])
    sess.run(v.initializer)
    np.testing.assert_array_equal(
        sess.run(function(v, [[0, 1], [1, 0]], [9, 8])), expected
    )


def test_scatter_nd_index_out_of_range(sess):
    v = tf.Variable([1, 2])
    sess.run(v.initializer)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"indices\[0\] = \[5\] does not index into shape \[2\]",
    ):
        sess.run(tf.scatter_nd_add(v, [[5]], [1]))


def test_slices_of_indexed_slices(sess):
    v = tf.Variable([1.0, 2.0, 3.0])
    sess.run(v.initializer)
    slices = tf.IndexedSlices(tf.constant([1.0, 1.0]), tf.constant([0, 0]))
    np.testing.assert_array_equal(sess.run(v.scatter_sub(slices)), [-1, 2, 3])
    np.testing.assert_array_equal(sess.run(v.scatter_add(slices)), [1, 2, 3])
    with pytest.raises(TypeError, match="sparse_delta is not IndexedSlices: 3"):
        v.scatter_sub(3)


def test_only_variables_can_be_assigned_to():
    with pytest.raises(
        TypeError,
        match="'Assign' Op requires that input 'ref' be a mutable tensor",
    ):
        tf.assign(tf.constant(1), 2)
    with pytest.raises(TypeError, match="'ScatterAdd' Op requires that input 'ref'"):
        tf.scatter_add(tf.constant([1]), [0], [2])
    with pytest.raises(TypeError, match="'CountUpTo' Op requires"):
        state.count_up_to(tf.constant(1), 2)


def test_slice_assignment(sess):
    v = tf.Variable([[1, 2, 3], [4, 5, 6]], name="v")
    sess.run(v.initializer)
    np.testing.assert_array_equal(sess.run(v[0]), [1, 2, 3])
    np.testing.assert_array_equal(
        sess.run(v[:, 1:].assign([[20, 30], [50, 60]])), [[1, 20, 30], [4, 50, 60]]
    )
    np.testing.assert_array_equal(
        sess.run(v[1, ::2].assign([0, 0])), [[1, 20, 30], [0, 50, 0]]
    )
    np.testing.assert_array_equal(
        sess.run(v[0, 0].assign(7)), [[7, 20, 30], [0, 50, 0]]
    )
    p = tf.placeholder(tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must match the slice"):
        sess.run(v[0].assign(p), {p: [1, 2]})
    np.testing.assert_array_equal(sess.run(v), [[7, 20, 30], [0, 50, 0]])


# -- as a part of expressions ----------------------------------------------------------


def test_operators_use_the_value(sess):
    v = tf.Variable([4.0, 9.0], name="v")
    m = tf.Variable([[2.0, 0.0], [0.0, 2.0]])
    sess.run(tf.global_variables_initializer())
    cases = {
        "add": (v + 1.0, [5, 10]),
        "radd": (1.0 + v, [5, 10]),
        "array_left": (np.float32([1, 1]) + v, [5, 10]),
        "sub": (v - v, [0, 0]),
        "rsub": (10.0 - v, [6, 1]),
        "mul": (v * 2.0, [8, 18]),
        "div": (v / 2.0, [2, 4.5]),
        "floordiv": (v // 2.0, [2, 4]),
        "mod": (v % 5.0, [4, 4]),
        "pow": (v**2.0, [16, 81]),
        "neg": (-v, [-4, -9]),
        "abs": (abs(-v), [4, 9]),
        "less": (v < 5.0, [True, False]),
        "ge": (v >= 9.0, [False, True]),
        "matmul": (m @ m, [[4, 0], [0, 4]]),
        "tensor_left": (tf.constant([1.0, 1.0]) + v, [5, 10]),
    }
    results = sess.run({name: tensor for name, (tensor, _) in cases.items()})
    for name, (_, expected) in cases.items():
        np.testing.assert_array_equal(results[name], expected, err_msg=name)


def test_conversion_to_a_tensor():
    v = tf.Variable(1.0)
    assert tf.convert_to_tensor(v) is v.value()
    with pytest.raises(
        ValueError,
        match="Incompatible type conversion requested to type 'int32' for variable of "
        "type 'float32_ref'",
    ):
        tf.convert_to_tensor(v, tf.int32)


def test_variables_in_lists_of_tensors(sess):
    v, w = tf.Variable(1), tf.Variable(2)
    sess.run(tf.global_variables_initializer())
    np.testing.assert_array_equal(sess.run(tf.stack([v, w])), [1, 2])
    assert sess.run(tf.add_n([v, w])) == 3


@pytest.mark.parametrize(
    "value",
    [
        np.array([1, 2], np.float16),
        np.array([1, 2], np.int8),
        np.array([True, False]),
        np.array([1 + 2j], np.complex64),
        np.array([b"a", b"bc"], object),
        np.zeros([2, 0, 3], np.float64),
        np.array(7, np.uint8),
        np.array([np.nan, np.inf], np.float32),
    ],
    ids=lambda v: f"{v.dtype}{list(v.shape)}",
)
def test_values_of_every_type(sess, value):
    v = tf.Variable(value)
    sess.run(v.initializer)
    found = sess.run(v)
    np.testing.assert_array_equal(found, value)
    assert np.asarray(found).dtype == value.dtype or value.dtype == object
    assert np.shape(found) == value.shape


def test_bfloat16(sess):
    v = tf.Variable([1, 2], dtype=tf.bfloat16)
    sess.run(v.initializer)
    out = sess.run(tf.scatter_add(v.assign_add([1, 1]), [0, 0], [1, 1]))
    assert out.dtype == tf.bfloat16.as_numpy_dtype
    np.testing.assert_array_equal(out.astype(np.float32), [4, 3])


def test_caching_device():
    with tf.device("/cpu:0"):
        v = tf.Variable(1, caching_device="/cpu:0")
    assert v.value().device == "/device:CPU:0"
    assert v.value().op.colocation_groups() == [b"loc:@Variable/read"]


# -- written down ----------------------------------------------------------------------


def test_to_proto_and_back(sess):
    with tf.name_scope("outer"):
        v = tf.Variable([1.0], name="v")
    message = v.to_proto()
    assert message.variable_name == "outer/v:0"
    assert message.initializer_name == "outer/v/Assign"
    assert message.snapshot_name == "outer/v/read:0"
    again = tf.Variable.from_proto(message)
    assert again.op is v.op
    sess.run(again.initializer)
    np.testing.assert_array_equal(sess.run(again + 1.0), [2])
    assert v.to_proto(export_scope="outer").variable_name == "v:0"
    assert v.to_proto(export_scope="elsewhere") is None


def test_from_proto_excludes_an_initial_value():
    v = tf.Variable(1)
    with pytest.raises(ValueError, match="mutually exclusive"):
        tf.Variable(1, variable_def=v.to_proto())


# -- resource variables (N35) ----------------------------------------------------------


@pytest.fixture
def r():
    return tf.Variable([1.0, 2.0], name="r", use_resource=True)


def test_nodes_of_a_resource_variable(r):
    assert names() == [
        "r/Initializer/initial_value",
        "r",
        "r/IsInitialized/VarIsInitializedOp",
        "r/Assign",
        "r/Read/ReadVariableOp",
    ]
    assert isinstance(r, tf.ResourceVariable)
    assert isinstance(r, tf.Variable)
    assert r.handle.dtype == tf.resource
    assert r.dtype == tf.float32
    assert repr(r) == "<tf.Variable 'r:0' shape=(2,) dtype=float32>"


def test_N35_uninitialized_resource_variable(r, sess):
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized"):
        sess.run(r)
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized"):
        sess.run(r.assign_add([1.0, 1.0]))


def test_resource_variable_changes(r, sess):
    sess.run(tf.global_variables_initializer())
    np.testing.assert_array_equal(sess.run(r), [1, 2])
    np.testing.assert_array_equal(sess.run(r.assign_add([1.0, 1.0])), [2, 3])
    np.testing.assert_array_equal(sess.run(r.assign_sub([1.0, 1.0])), [1, 2])
    assigned = r.assign([5.0, 6.0])
    assert assigned.op.type == "AssignVariableOp"
    np.testing.assert_array_equal(sess.run(assigned * 2.0), [10, 12])
    sess.run(assigned.op)
    np.testing.assert_array_equal(sess.run(tf.assign(r, [0.0, 0.0])), [0, 0])
    sess.run(r[1:].assign([9.0]))
    np.testing.assert_array_equal(sess.run(r), [0, 9])
    r.load([3, 4], sess)
    np.testing.assert_array_equal(r.eval(sess), [3, 4])
    np.testing.assert_array_equal(sess.run(r.read_value()), [3, 4])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (tf.scatter_update, [3, 2]),
        (tf.scatter_add, [7, 2]),
        (tf.scatter_sub, [-5, 2]),
        (tf.scatter_mul, [9, 2]),
        (tf.scatter_max, [3, 2]),
    ],
)
def test_resource_scatter(r, sess, function, expected):
    sess.run(r.initializer)
    np.testing.assert_array_equal(sess.run(function(r, [0, 0], [3.0, 3.0])), expected)


def test_resource_scatter_nd_and_reads_of_rows(r, sess):
    sess.run(r.initializer)
    np.testing.assert_array_equal(sess.run(tf.scatter_nd_add(r, [[1]], [5.0])), [1, 7])
    np.testing.assert_array_equal(sess.run(r.sparse_read([1, 1])), [7, 7])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"is not in \[0, 2\)"):
        sess.run(r.sparse_read([2]))


def test_resource_reads_stand_where_they_are_written(r, sess):
    before = r.read_value()
    with tf.control_dependencies([before]):
        change = r.assign([7.0, 7.0], read_value=False)
    with tf.control_dependencies([change]):
        after = r.read_value()
    sess.run(r.initializer)
    first, second = sess.run([before, after])
    np.testing.assert_array_equal(first, [1, 2])
    np.testing.assert_array_equal(second, [7, 7])


def test_resource_shapes_and_dtypes_are_checked(r):
    with pytest.raises(ValueError, match="are incompatible"):
        r.assign([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="requested to type 'int32'"):
        tf.convert_to_tensor(r, tf.int32)


def test_resource_counter(sess):
    v = tf.Variable(0, use_resource=True)
    count = v.count_up_to(2)
    sess.run(v.initializer)
    assert [sess.run(count), sess.run(count)] == [0, 1]
    with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
        sess.run(count)


def test_resource_initialisation(r, sess):
    w = tf.Variable(r * 3.0, use_resource=True)
    assert not sess.run(r.is_initialized())
    np.testing.assert_array_equal(
        sess.run(tf.report_uninitialized_variables([r])), [b"r"]
    )
    np.testing.assert_array_equal(sess.run(r.initialized_value()), [1, 2])
    sess.run(tf.global_variables_initializer())
    np.testing.assert_array_equal(sess.run(w), [3, 6])
    assert sess.run(tf.is_variable_initialized(r))


def test_resource_to_proto_and_back(r, sess):
    message = r.to_proto()
    assert message.is_resource
    again = tf.Variable.from_proto(message)
    assert isinstance(again, tf.ResourceVariable)
    assert again.handle is r.handle
    sess.run(again.initializer)
    np.testing.assert_array_equal(sess.run(again), [1, 2])


def test_string_name_of_a_resource_variable_is_its_handle(r, sess):
    sess.run(r.initializer)
    assert not isinstance(sess.run("r:0"), np.ndarray)
