"""Behaviours A, B, C and D of the checklist: documents, lifecycle, stacks, interactive.

Each test is named after its row.
"""

from __future__ import annotations

import collections
import gc
import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework.stacks import default_sessions


def in_thread(function):
    """Run a function in a fresh thread; its result or exception here."""
    box = {}

    def call():
        try:
            box["value"] = function()
        except BaseException as error:
            box["error"] = error

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(30)
    if "error" in box:
        raise box["error"]
    return box["value"]


def product():
    a = tf.constant(5.0)
    b = tf.constant(6.0)
    return a * b


def test_A01_document_multiplication(capsys):
    sess = tf.Session()
    print(sess.run(product()))
    assert capsys.readouterr().out == "30.0\n"


def test_A02_close_and_with_are_equivalent():
    c = product()
    sess = tf.Session()
    first = sess.run([c])
    sess.close()
    with tf.Session() as other:
        second = other.run([c])
    assert first == second == [30.0]
    for closed in (sess, other):
        with pytest.raises(RuntimeError, match="closed Session"):
            closed.run(c)


def test_A03_soft_placement_and_log(capsys):
    config = tf.ConfigProto(allow_soft_placement=True, log_device_placement=True)
    c = tf.constant(2.0, name="two")
    assert tf.Session(config=config).run(c) == 2.0
    out = capsys.readouterr().out
    assert "two: (Const): /job:localhost/replica:0/task:0/device:CPU:0" in out


def two_vectors():
    graph = tf.Graph()
    with graph.as_default():
        w1 = tf.Variable(np.array([1, 2], dtype=np.float32))
        w2 = tf.Variable(np.array([2, 2], dtype=np.float32))
        w = tf.multiply(w1, w2)
        initialize = tf.global_variables_initializer()
    return graph, w, initialize


def test_A04_explicit_graph_with_variables(capsys):
    graph, w, initialize = two_vectors()
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        print(sess.run([w]))
    assert capsys.readouterr().out == "[array([2., 4.], dtype=float32)]\n"


def test_A05_two_sessions_are_independent(capsys):
    graph, w, initialize = two_vectors()
    for _ in range(2):
        with tf.Session(graph=graph) as sess:
            with pytest.raises(tf.errors.FailedPreconditionError):
                sess.run(w)
            sess.run(initialize)
            print(sess.run([w]))
    assert capsys.readouterr().out == "[array([2., 4.], dtype=float32)]\n" * 2


def foo_graph():
    variable = tf.Variable(42, name="foo")
    initialize = tf.initialize_all_variables()
    return variable, initialize, variable.assign(13)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("explicit", [True, False], ids=["A06_A07_A08", "A09"])
def test_A06_A07_A08_A09_assign_and_second_session(explicit):
    if explicit:
        graph = tf.Graph()
        with graph.as_default():
            variable, initialize, assign = foo_graph()
    else:
        graph = None
        variable, initialize, assign = foo_graph()
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        sess.run(assign)
        assert sess.run(variable) == 13
    with tf.Session(graph=graph) as sess:
        with pytest.raises(
            tf.errors.FailedPreconditionError,
            match="Attempting to use uninitialized value foo",
        ):
            sess.run(variable)
        sess.run(initialize)
        assert sess.run(variable) == 42


def test_A10_A11_A12_fetch_structures():
    a = tf.constant([10, 20])
    b = tf.constant([1.0, 2.0])
    sess = tf.Session()
    np.testing.assert_array_equal(sess.run(a), [10, 20])
    v = sess.run([a, b])
    assert type(v) is list
    np.testing.assert_array_equal(v[1], [1.0, 2.0])
    MyData = collections.namedtuple("MyData", ["a", "b"])
    v = sess.run({"k1": MyData(a, b), "k2": [b, a]})
    assert type(v) is dict
    assert type(v["k1"]) is MyData
    np.testing.assert_array_equal(v["k1"].a, [10, 20])
    np.testing.assert_array_equal(v["k1"].b, [1.0, 2.0])
    assert type(v["k2"]) is list
    np.testing.assert_array_equal(v["k2"][0], [1.0, 2.0])
    np.testing.assert_array_equal(v["k2"][1], [10, 20])


def test_A13_A14_as_default_blocks():
    c = product()
    sess = tf.Session()
    for _ in range(2):
        with sess.as_default():
            assert tf.get_default_session() is sess
            assert c.eval() == 30.0
    assert sess.run(c) == 30.0
    sess.close()


def test_A15_interactive_session_evaluates():
    sess = tf.InteractiveSession()
    assert product().eval() == 30.0
    sess.close()


def test_A16_with_session_evaluates():
    c = product()
    with tf.Session():
        assert c.eval() == 30.0


def test_A17_partial_run():
    a, b, c = (tf.placeholder(tf.float32, shape=[]) for _ in range(3))
    r1 = tf.add(a, b)
    r2 = tf.multiply(r1, c)
    sess = tf.Session()
    h = sess.partial_run_setup([r1, r2], [a, b, c])
    res = sess.partial_run(h, r1, feed_dict={a: 1, b: 2})
    assert res == 3.0
    assert sess.partial_run(h, r2, feed_dict={c: res}) == 9.0


def test_A18_list_devices():
    devices = tf.Session().list_devices()
    assert devices[0].name == "/job:localhost/replica:0/task:0/device:CPU:0"
    assert devices[0].device_type == "CPU"
    assert devices[0].memory_limit == devices[0].memory_limit_bytes > 0
    assert repr(devices[0]).startswith("_DeviceAttributes(/job:localhost")


def test_A19_callables():
    c = product()
    sess = tf.Session()
    assert sess.make_callable(c)() == 30.0
    assert sess.make_callable(c.op)() is None


def test_A20_feeds_differ_per_run():
    x = tf.placeholder(tf.float32, [2])
    y = x * 2.0
    sess = tf.Session()
    np.testing.assert_array_equal(sess.run(y, {x: [1, 2]}), [2, 4])
    np.testing.assert_array_equal(sess.run(y, {x: np.array([3, 4])}), [6, 8])


def test_A21_concurrent_sessions_keep_their_own_counts():
    v = tf.Variable(0)
    add = tf.assign_add(v, 1)
    init = tf.global_variables_initializer()
    sessions = [tf.Session() for _ in range(4)]

    def count(sess, times):
        sess.run(init)
        for _ in range(times):
            sess.run(add)

    threads = [
        threading.Thread(target=count, args=(s, 10 * (i + 1)))
        for i, s in enumerate(sessions)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [s.run(v) for s in sessions] == [10, 20, 30, 40]


# -- B ---------------------------------------------------------------------------------


def test_B01_B02_B04_graph_and_target():
    sess = tf.Session()
    assert sess.graph is tf.get_default_graph()
    assert sess.sess_str == b""
    g = tf.Graph()
    assert tf.Session(graph=g).graph is g


def test_B03_wrong_argument_types():
    with pytest.raises(TypeError, match="graph must be a tf.Graph, but got"):
        tf.Session(graph=3)
    with pytest.raises(TypeError, match="target must be a string, but got"):
        tf.Session(3)
    with pytest.raises(TypeError, match="config must be a tf.ConfigProto, but got"):
        tf.Session(config=3)
    with pytest.raises(TypeError, match=r"Session\(config=config\)"):
        tf.Session(tf.ConfigProto())
    assert default_sessions.top() is None


def test_B05_unknown_target():
    with pytest.raises(tf.errors.NotFoundError, match="No session factory registered"):
        tf.Session("nonsense://x")
    with pytest.raises(tf.errors.NotFoundError, match="grpc://host:1"):
        tf.Session("grpc://host:1")


def test_B06_graph_def_grows():
    sess = tf.Session()
    tf.constant(1, name="a")
    tf.constant(2, name="b")
    assert [n.name for n in sess.graph_def.node] == ["a", "b"]
    tf.constant(3, name="c")
    assert len(sess.graph_def.node) == 3
    sess.close()
    assert len(sess.graph_def.node) == 3


def test_B07_graph_is_read_only():
    with pytest.raises(AttributeError):
        tf.Session().graph = tf.Graph()


def test_B08_tensor_of_another_graph():
    tf.constant(0)
    with tf.Graph().as_default():
        c = tf.constant(1)
    with pytest.raises(ValueError, match="is not an element of this graph"):
        tf.Session().run(c)


def test_B09_B10_B11_closed_sessions():
    c = tf.constant(1)
    for used in (True, False):
        sess = tf.Session()
        if used:
            sess.run(c)
        sess.close()
        sess.close()
        with pytest.raises(RuntimeError, match=r"Attempted to use a closed Session\."):
            sess.run(c)


def test_B12_exception_inside_with_closes():
    class Mine(Exception):
        pass

    c = tf.constant(1)
    with pytest.raises(Mine), tf.Session() as sess:
        raise Mine
    assert tf.get_default_session() is None
    with pytest.raises(RuntimeError, match="closed"):
        sess.run(c)


def test_B13_not_reentrant():
    c = tf.constant(1)
    sess = tf.Session()
    with pytest.raises(RuntimeError, match="not re-entrant"), sess, sess:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        sess.run(c)
    assert tf.get_default_session() is None


def test_B14_B15_leaving_blocks():
    c = tf.constant(1)
    sess = tf.Session()
    with sess.as_default():
        pass
    assert sess.run(c) == 1
    with sess:
        sess.close()
        assert tf.get_default_session() is sess
    assert tf.get_default_session() is None


def test_B16_with_sets_graph_and_session():
    g = tf.Graph()
    before = tf.get_default_graph()
    with tf.Session(graph=g) as sess:
        assert tf.get_default_graph() is g
        assert tf.get_default_session() is sess
    assert tf.get_default_graph() is before
    assert tf.get_default_session() is None


def test_B17_B18_as_default_leaves_the_graph_alone():
    g = tf.Graph()
    with g.as_default():
        c = tf.constant(4)
    before = tf.get_default_graph()
    with tf.Session(graph=g).as_default():
        assert tf.get_default_graph() is before
        assert c.eval() == 4


def test_B19_empty_graph():
    sess = tf.Session(graph=tf.Graph())
    for nothing in ([], (), {}):
        with pytest.raises(RuntimeError, match=r"The Session graph is empty\."):
            sess.run(nothing)


def test_B20_close_frees_queues_and_variables():
    v = tf.Variable(1)
    q = tf.FIFOQueue(3, tf.int32)
    put, size = q.enqueue(1), q.size()
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(put)
        assert sess.run(size) == 1
    with tf.Session() as sess:
        assert sess.run(size) == 0
        with pytest.raises(tf.errors.FailedPreconditionError):
            sess.run(v)


def test_B21_B22_extension_keeps_state():
    v = tf.Variable(1)
    add = v.assign_add(2)
    sess = tf.Session()
    sess.run(v.initializer)
    sess.run(add)
    later = v + 10
    assert sess.run(later) == 13


def test_B23_del_is_silent():
    sess = tf.Session()
    sess.run(tf.constant(1))
    del sess
    gc.collect()


# -- C ---------------------------------------------------------------------------------


def test_C01_C02_C03_default_session_stack():
    assert tf.get_default_session() is None
    s1, s2 = tf.Session(), tf.Session()
    with s1.as_default() as q:
        assert q is s1
        with s2.as_default():
            assert tf.get_default_session() is s2
        assert tf.get_default_session() is s1
    assert tf.get_default_session() is None


def test_C04_C05_threads_start_without_defaults():
    c = tf.constant(3)
    with tf.Session() as sess:

        def body():
            assert tf.get_default_session() is None
            assert tf.get_default_graph() is not sess.graph
            with sess.as_default():
                return c.eval()

        assert in_thread(body) == 3


def test_C06_C07_no_default_session():
    c = tf.constant(3)
    with pytest.raises(
        ValueError,
        match=r"Cannot evaluate tensor using `eval\(\)`: No default session is registered\.",
    ):
        c.eval()
    with pytest.raises(
        ValueError,
        match=r"Cannot execute operation using `run\(\)`: No default session is registered\.",
    ):
        c.op.run()


def test_C08_C09_sessions_of_other_graphs():
    c = tf.constant(3)
    other = tf.Session(graph=tf.Graph())
    with other.as_default():
        with pytest.raises(
            ValueError, match="Cannot use the default session to evaluate"
        ):
            c.eval()
        with pytest.raises(
            ValueError, match="Cannot use the default session to execute"
        ):
            c.op.run()
    with pytest.raises(
        ValueError, match="Cannot use the given session to evaluate tensor"
    ):
        c.eval(session=other)
    with pytest.raises(ValueError, match="Cannot use the given session to execute"):
        c.op.run(session=other)


def test_C10_eval_with_feed():
    p = tf.placeholder(tf.float32, [])
    assert (p * 2.0).eval(feed_dict={p: 2.0}, session=tf.Session()) == 4.0


def test_C11_managers_out_of_order():
    first, second = tf.Session().as_default(), tf.Session().as_default()
    first.__enter__()
    second.__enter__()
    with pytest.raises(AssertionError, match="Nesting violated for default stack of"):
        first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    default_sessions.items.clear()


def test_C12_C13_reset_default_graph():
    g = tf.Graph()
    with g.as_default(), pytest.raises(AssertionError, match="nested graphs"):
        tf.reset_default_graph()
    c = tf.constant(5)
    sess = tf.Session()
    old = tf.get_default_graph()
    tf.reset_default_graph()
    assert tf.get_default_graph() is not old
    assert sess.run(c) == 5


# -- D ---------------------------------------------------------------------------------


def test_D01_D09_interactive_installs_itself():
    c = tf.constant(1)
    sess = tf.InteractiveSession()
    assert tf.get_default_session() is sess
    sess.close()
    assert tf.get_default_session() is None
    with pytest.raises(ValueError, match="No default session is registered"):
        c.eval()


def test_D02_interactive_with_graph():
    g = tf.Graph()
    before = tf.get_default_graph()
    sess = tf.InteractiveSession(graph=g)
    assert tf.get_default_graph() is g
    sess.close()
    assert tf.get_default_graph() is before


def test_D03_one_warning_while_another_is_open(recwarn):
    first = tf.InteractiveSession()
    assert not recwarn.list
    with pytest.warns(
        UserWarning, match="An interactive session is already active"
    ) as w:
        second = tf.InteractiveSession()
    assert len(w) == 1
    second.close()
    first.close()
    tf.InteractiveSession().close()
    assert not recwarn.list


def test_D04_no_context_manager():
    sess = tf.InteractiveSession()
    with pytest.raises((TypeError, AttributeError)), sess:
        pass
    sess.close()


def test_D05_regular_session_inside():
    sess = tf.InteractiveSession()
    with tf.Session() as inner:
        assert tf.get_default_session() is inner
    assert tf.get_default_session() is sess
    sess.close()


def test_D06_D07_pruned_placement():
    c = tf.constant(1)
    with tf.device("/gpu:7"):
        tf.constant(2)
    sess = tf.InteractiveSession()
    assert c.eval() == 1
    sess.close()
    plain = tf.Session()
    for _ in range(2):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Cannot assign a device for operation"
        ):
            plain.run(c)


def test_D08_operation_run():
    v = tf.Variable(1)
    sess = tf.InteractiveSession()
    assert v.initializer.run() is None
    assert v.eval() == 1
    sess.close()


def test_interactive_close_out_of_order():
    first = tf.InteractiveSession()
    with pytest.warns(UserWarning):
        second = tf.InteractiveSession()
    with pytest.raises(AssertionError, match="Nesting violated"):
        first.close()
    first.close()
    second.close()
    assert tf.get_default_session() is first
    default_sessions.items.clear()


def test_interactive_config_is_set_in_place():
    config = tf.ConfigProto()
    sess = tf.InteractiveSession(config=config)
    assert config.graph_options.place_pruned_graph
    sess.close()
