"""The user's fifth document: the r2.0 reference page of tf.compat.v1.Session."""

from __future__ import annotations

import collections
import inspect

import numpy as np
import pytest

import interactive_graphs as tf


@pytest.fixture
def c():
    return tf.constant(5.0) * tf.constant(6.0)


def names(function):
    return [p for p in inspect.signature(function).parameters if p != "self"]


def test_compat_v1_names(c, capsys):
    """'sess = tf.compat.v1.Session(); print(sess.run(c))'"""
    sess = tf.compat.v1.Session()
    print(sess.run(c))
    assert capsys.readouterr().out == "30.0\n"
    assert tf.compat.v1.Session is tf.Session
    assert tf.compat.v1.placeholder is tf.placeholder
    assert tf.compat.v1.get_default_session is tf.get_default_session


def test_config(capsys, c):
    """'tf.compat.v1.ConfigProto(allow_soft_placement=True, log_device_placement=True)'"""
    sess = tf.compat.v1.Session(
        config=tf.compat.v1.ConfigProto(
            allow_soft_placement=True, log_device_placement=True
        )
    )
    assert sess.run(c) == 30.0
    assert "device:CPU:0" in capsys.readouterr().out


def test_properties(c):
    """'graph', 'graph_def: A serializable version ... containing nodes for all of the
    Operations', 'sess_str: The TensorFlow process to which this session will connect'"""
    sess = tf.Session()
    assert sess.graph is c.graph
    definition = sess.graph_def
    assert type(definition).__name__ == "GraphDef"
    assert [n.name for n in definition.node] == [
        op.name for op in c.graph.get_operations()
    ]
    assert isinstance(definition.SerializeToString(), bytes)
    assert sess.sess_str == b""


def test_enter_and_exit(c):
    """'__enter__()', '__exit__(exec_type, exec_value, exec_tb)'"""
    sess = tf.Session()
    assert sess.__enter__() is sess
    assert tf.get_default_session() is sess
    assert not sess.__exit__(None, None, None)
    assert tf.get_default_session() is None
    with pytest.raises(RuntimeError, match="closed"):
        sess.run(c)


def test_as_default_leaves_the_default_graph():
    """'does not affect the current default graph ... you must explicitly enter a with
    sess.graph.as_default(): block'"""
    g = tf.Graph()
    sess = tf.Session(graph=g)
    before = tf.get_default_graph()
    with sess.as_default():
        assert tf.get_default_graph() is before
        with sess.graph.as_default():
            assert tf.get_default_graph() is g


def test_list_devices():
    """'name: A string with the full name of the device', 'device_type', 'memory_limit'"""
    devices = tf.Session().list_devices()
    for d in devices:
        assert d.name.startswith("/job:localhost/replica:0/task:0/device:")
        assert d.device_type in d.name
        assert d.memory_limit > 0


def test_list_devices_raises_op_error():
    """'tf.errors.OpError: If it encounters an error (e.g. session is in an invalid
    state)'"""
    sess = tf.Session()
    sess.close()
    with pytest.raises(tf.errors.OpError):
        sess.list_devices()


def test_make_callable_arguments():
    """'make_callable(fetches, feed_list=None, accept_options=False)'"""
    parameters = inspect.signature(tf.Session.make_callable).parameters
    assert list(parameters)[1:] == ["fetches", "feed_list", "accept_options"]
    assert parameters["feed_list"].default is None
    assert parameters["accept_options"].default is False


def test_callable_takes_as_many_arguments_as_feeds(c):
    """'The returned callable will take len(feed_list) arguments', 'the i th argument
    ... a numpy ndarray (or something convertible to an ndarray)'"""
    a = tf.placeholder(tf.float32, [2])
    b = tf.placeholder(tf.int32, [])
    f = tf.Session().make_callable([a * 2.0, b + 1], feed_list=[a, b])
    x, y = f([1, 2], np.int32(3))
    np.testing.assert_array_equal(x, [2, 4])
    assert y == 4
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        f([1, 2, 3], 3)


def test_callable_returns_what_run_returns(c):
    """'the same return type as tf.Session.run': ndarray for a Tensor, None for an
    Operation"""
    sess = tf.Session()
    vector = tf.constant([1.0, 2.0])
    assert isinstance(sess.make_callable(vector)(), np.ndarray)
    assert sess.make_callable(vector.op)() is None
    assert sess.make_callable({"a": [vector.op, c]})() == {"a": [None, 30.0]}


def test_callable_accepts_options(c):
    """'able to accept RunOptions and RunMetadata as optional keyword arguments'"""
    metadata = tf.RunMetadata()
    f = tf.Session().make_callable(c, accept_options=True)
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    assert f(options=options, run_metadata=metadata) == 30.0
    assert metadata.HasField("step_stats")


def test_make_callable_raises_type_error(c):
    """'TypeError: If fetches or feed_list cannot be interpreted as arguments to run'"""
    sess = tf.Session()
    with pytest.raises(TypeError):
        sess.make_callable(object())
    with pytest.raises(TypeError):
        sess.make_callable(c, feed_list=c)


def test_partial_run_example():
    """The documented example of partial_run_setup and partial_run."""
    sess = tf.Session()
    a = tf.placeholder(tf.float32, shape=[])
    b = tf.placeholder(tf.float32, shape=[])
    c = tf.placeholder(tf.float32, shape=[])
    r1 = tf.add(a, b)
    r2 = tf.multiply(r1, c)
    h = sess.partial_run_setup([r1, r2], [a, b, c])
    res = sess.partial_run(h, r1, feed_dict={a: 1, b: 2})
    res = sess.partial_run(h, r2, feed_dict={c: res})
    assert res == 9.0


def test_partial_run_arguments_and_results():
    """'partial_run(handle, fetches, feed_dict=None)'; 'a single value ..., or a list
    ..., or a dictionary'"""
    assert names(tf.Session.partial_run) == ["handle", "fetches", "feed_dict"]
    assert names(tf.Session.partial_run_setup) == ["fetches", "feeds"]
    a = tf.placeholder(tf.float32, [])
    x, y, z = a + 1.0, a + 2.0, a + 3.0
    sess = tf.Session()
    h = sess.partial_run_setup([x, y, z], a)
    assert sess.partial_run(h, x, {a: 0}) == 1.0
    assert sess.partial_run(h, [y]) == [2.0]
    assert sess.partial_run(h, {"z": z}) == {"z": 3.0}


def test_partial_run_setup_raises(c):
    """'RuntimeError: ... closed', 'TypeError: ... inappropriate type', 'OpError'"""
    sess = tf.Session()
    with pytest.raises(TypeError):
        sess.partial_run_setup(3)
    with pytest.raises(tf.errors.OpError):
        sess.partial_run_setup([])
    h = sess.partial_run_setup(c)
    sess.partial_run(h, c)
    with pytest.raises(tf.errors.OpError):
        sess.partial_run(h, c)
    sess.close()
    with pytest.raises(RuntimeError):
        sess.partial_run_setup(c)


def test_reset_is_static(c):
    """'@staticmethod reset(target, containers=None, config=None)'"""
    assert isinstance(inspect.getattr_static(tf.Session, "reset"), staticmethod)
    assert tf.Session.reset("", containers=["a"], config=None) is None


def test_run_structures(c):
    """'an arbitrarily nested list, tuple, namedtuple, dict, or OrderedDict'"""
    sess = tf.Session()
    ordered = collections.OrderedDict([("z", c), ("a", (c, [c]))])
    value = sess.run(ordered)
    assert isinstance(value, collections.OrderedDict)
    assert list(value.items()) == [("z", 30.0), ("a", (30.0, [30.0]))]


def test_evaluation_order_is_undefined_but_results_are_not(c):
    """'Order in which fetches operations are evaluated inside the call is undefined.'"""
    v = tf.Variable(0)
    sess = tf.Session()
    sess.run(v.initializer)
    one, two = v.assign_add(1), tf.constant(5)
    assert sess.run([two, one]) == [5, 1]
    assert sess.run([one, two]) == [2, 5]


def test_queues_and_variables_are_resources_of_a_session():
    """'A session may own resources, such as tf.Variable, tf.queue.QueueBase'"""
    v = tf.Variable(3)
    q = tf.FIFOQueue(1, tf.int32)
    put, get = q.enqueue(v), q.dequeue()
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(put)
        assert sess.run(get) == 3
