"""The user's fourth document: the reference of Session and InteractiveSession.

Each test quotes the statement that it holds us to.
"""

from __future__ import annotations

import collections
import inspect
import threading

import numpy as np
import pytest

import interactive_graphs as tf


@pytest.fixture
def c():
    a = tf.constant(5.0)
    b = tf.constant(6.0)
    return a * b


def signature(function):
    items = list(inspect.signature(function).parameters.values())
    return [(p.name, p.default) for p in items if p.name != "self"]


EMPTY = inspect.Parameter.empty


# -- class tf.Session ------------------------------------------------------------------


def test_build_launch_evaluate(c, capsys):
    """'# Launch the graph in a session. # Evaluate the tensor c.'"""
    sess = tf.Session()
    print(sess.run(c))
    assert capsys.readouterr().out == "30.0\n"


def test_resources_are_released_by_close_or_with(c):
    """'either invoke the close() method ... or use the session as a context manager'"""
    v = tf.Variable(1)
    sess = tf.Session()
    sess.run(v.initializer)
    state = sess._engine.state
    sess.close()
    assert sess._engine.state is not state
    with tf.Session() as other:
        other.run(v.initializer)
        kept = other._engine.state
    assert other._engine.state is not kept
    for closed in (sess, other):
        with pytest.raises(RuntimeError, match="closed"):
            closed.run(c)


def test_config_proto(c, capsys):
    """'soft constraints for device placement, and log the resulting placement'"""
    with tf.device("/gpu:0"):
        on_gpu = tf.identity(c, name="wanted_a_gpu")
    sess = tf.Session(
        config=tf.ConfigProto(allow_soft_placement=True, log_device_placement=True)
    )
    assert sess.run(on_gpu) == 30.0
    out = capsys.readouterr().out
    assert (
        "wanted_a_gpu: (Identity): /job:localhost/replica:0/task:0/device:CPU:0" in out
    )


def test_init_arguments():
    """'tf.Session.__init__(target='', graph=None, config=None)'"""
    expected = [("target", ""), ("graph", None), ("config", None)]
    assert signature(tf.Session.__init__) == expected
    assert signature(tf.InteractiveSession.__init__) == expected


def test_default_graph_is_launched():
    """'If no graph argument is specified ..., the default graph will be launched'"""
    assert tf.Session().graph is tf.get_default_graph()
    with tf.Graph().as_default() as g:
        assert tf.Session().graph is g


def test_several_graphs_need_several_sessions():
    """'use different sessions for each graph, but each graph can be used in multiple
    sessions'"""
    g1, g2 = tf.Graph(), tf.Graph()
    with g1.as_default():
        one = tf.constant(1)
    with g2.as_default():
        two = tf.constant(2)
    s1, s1b, s2 = tf.Session(graph=g1), tf.Session(graph=g1), tf.Session(graph=g2)
    assert (s1.run(one), s1b.run(one), s2.run(two)) == (1, 1, 2)
    with pytest.raises(ValueError, match="not an element of this graph"):
        s1.run(two)


def test_target_defaults_to_in_process():
    """'Defaults to using an in-process engine.'"""
    assert tf.Session().sess_str == b""
    with pytest.raises(tf.errors.NotFoundError, match="No session factory registered"):
        tf.Session("grpc://somewhere:2222")


# -- run -------------------------------------------------------------------------------


def test_run_arguments():
    """'tf.Session.run(fetches, feed_dict=None, options=None, run_metadata=None)'"""
    assert signature(tf.Session.run) == [
        ("fetches", EMPTY),
        ("feed_dict", None),
        ("options", None),
        ("run_metadata", None),
    ]


def test_run_runs_one_step_of_the_necessary_fragment():
    """'running the necessary graph fragment to execute every Operation and evaluate
    every Tensor in fetches, substituting the values in feed_dict'"""
    ran = []
    x = tf.placeholder(tf.float32, [])
    needed = tf.py_func(lambda v: ran.append("needed") or v, [x], tf.float32)
    tf.py_func(lambda v: ran.append("other") or v, [x], tf.float32)
    assert tf.Session().run([needed, needed + 1.0], {x: 1.0}) == [1.0, 2.0]
    assert ran == ["needed"]


def test_fetch_an_operation(c):
    """'An Operation. The corresponding fetched value will be None.'"""
    assert tf.Session().run(c.op) is None


def test_fetch_a_tensor():
    """'a numpy ndarray containing the value of that tensor'"""
    value = tf.Session().run(tf.constant([[1.0, 2.0]]))
    assert isinstance(value, np.ndarray)
    np.testing.assert_array_equal(value, [[1.0, 2.0]])


def test_fetch_a_sparse_tensor():
    """'A SparseTensor. The corresponding fetched value will be a SparseTensorValue'"""
    sparse = tf.SparseTensor([[0, 0], [1, 2]], [1, 2], [3, 4])
    value = tf.Session().run(sparse)
    assert isinstance(value, tf.SparseTensorValue)
    assert value.indices.tolist() == [[0, 0], [1, 2]]
    assert value.values.tolist() == [1, 2]
    assert value.dense_shape.tolist() == [3, 4]


def test_fetch_a_handle(c):
    """'A get_tensor_handle op. ... a numpy ndarray containing the handle'"""
    sess = tf.Session()
    handle = sess.run(tf.get_session_handle(c))
    text = np.asarray(handle)
    assert isinstance(text, np.ndarray)
    assert text.shape == ()
    holder, value = tf.get_session_tensor(handle.handle, tf.float32)
    assert sess.run(value, {holder: handle.handle}) == 30.0


def test_fetch_a_string(c):
    """'A string which is the name of a tensor or operation in the graph.'"""
    sess = tf.Session()
    assert sess.run(c.name) == 30.0
    assert sess.run(c.op.name) is None


def test_nested_fetches_example():
    """The documented example of singleton, list, dict with namedtuple and list."""
    session = tf.Session()
    a = tf.constant([10, 20])
    b = tf.constant([1.0, 2.0])
    v = session.run(a)
    assert v.tolist() == [10, 20]
    v = session.run([a, b])
    assert isinstance(v, list)
    assert [x.tolist() for x in v] == [[10, 20], [1.0, 2.0]]
    MyData = collections.namedtuple("MyData", ["a", "b"])
    v = session.run({"k1": MyData(a, b), "k2": [b, a]})
    assert isinstance(v, dict)
    assert isinstance(v["k1"], MyData)
    assert v["k1"].a.tolist() == [10, 20]
    assert v["k1"].b.tolist() == [1.0, 2.0]
    assert [x.tolist() for x in v["k2"]] == [[1.0, 2.0], [10, 20]]


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (tf.float32, 3),
        (tf.float32, 3.5),
        (tf.string, "text"),
        (tf.float32, [1, 2]),
        (tf.int32, np.array([1.0, 2.0])),
    ],
    ids=["int", "float", "string", "list", "ndarray"],
)
def test_feed_values(dtype, value):
    """'a Python scalar, string, list, or numpy ndarray that can be converted to the
    same dtype as that tensor'"""
    p = tf.placeholder(dtype)
    out = tf.Session().run(tf.identity(p), {p: value})
    if dtype is tf.string:
        assert out == b"text"
    else:
        np.testing.assert_array_equal(out, value)
        assert out.dtype == dtype.as_numpy_dtype


def test_placeholder_shapes_are_checked():
    """'the shape of the value will be checked for compatibility with the placeholder'"""
    p = tf.placeholder(tf.float32, [None, 2])
    sess = tf.Session()
    sess.run(p + 1.0, {p: np.ones((5, 2))})
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(p + 1.0, {p: np.ones((5, 3))})


def test_feed_a_sparse_tensor():
    """'If the key is a SparseTensor, the value should be a SparseTensorValue.'"""
    sp = tf.sparse_placeholder(tf.float32)
    value = tf.SparseTensorValue([[0, 1]], [2.0], [1, 2])
    out = tf.Session().run(sp.values * 3.0, {sp: value})
    assert out.tolist() == [6.0]


def test_feed_a_nested_tuple():
    """'a nested tuple of Tensors or SparseTensors, the value should be a nested tuple
    with the same structure'"""
    a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    sp = tf.sparse_placeholder(tf.float32)
    value = tf.SparseTensorValue([[0, 1]], [2.0], [1, 2])
    out = tf.Session().run([a + b, sp], {((a, sp), b): (([1.0], value), [2.0])})
    assert out[0].tolist() == [3.0]
    assert out[1].values.tolist() == [2.0]


def test_feed_values_must_be_convertible():
    """'Each value in feed_dict must be convertible to a numpy array of the dtype'"""
    p = tf.placeholder(tf.float32)
    with pytest.raises((TypeError, ValueError)):
        tf.Session().run(p + 1.0, {p: "not a number"})


def test_options_and_run_metadata(c):
    """'when users turn on tracing in options, the profiled info will be collected'"""
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    tf.Session().run(c, options=options, run_metadata=metadata)
    names = [n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats]
    assert c.op.name in names


def test_run_raises(c):
    """'RuntimeError: ... closed', 'TypeError: ... inappropriate type', 'ValueError: ...
    invalid or refer to a Tensor that doesn't exist'"""
    sess = tf.Session()
    with pytest.raises(TypeError):
        sess.run(3)
    with pytest.raises(TypeError):
        sess.run(c, {3: 1})
    with pytest.raises(ValueError):
        sess.run("missing:0")
    # TF itself raises a TypeError here, whatever the document says.
    with pytest.raises((TypeError, ValueError)):
        sess.run(c, {"missing:0": 1})
    sess.close()
    with pytest.raises(RuntimeError):
        sess.run(c)


# -- close, graph, as_default, reset ---------------------------------------------------


def test_close_frees_resources():
    """'Calling this method frees all resources associated with the session.'"""
    q = tf.FIFOQueue(2, tf.int32)
    put = q.enqueue(1)
    sess = tf.Session()
    sess.run(put)
    resources = sess._engine.state.resources
    assert sess.close() is None
    assert resources.of_kind("queue") == []


def test_graph_property():
    """'The graph that was launched in this session.'"""
    g = tf.Graph()
    sess = tf.Session(graph=g)
    assert sess.graph is g
    with pytest.raises(AttributeError):
        sess.graph = tf.Graph()


def test_as_default(c):
    """'assert tf.get_default_session() is sess; print(c.eval())'"""
    sess = tf.Session()
    with sess.as_default():
        assert tf.get_default_session() is sess
        assert c.eval() == 30.0
        assert c.op.run() is None
    assert tf.get_default_session() is None


def test_as_default_does_not_close(c):
    """'does not close the session when you exit the context'"""
    sess = tf.Session()
    with sess.as_default():
        assert c.eval() == 30.0
    with sess.as_default():
        assert c.eval() == 30.0
    sess.close()
    with pytest.raises(RuntimeError):
        sess.run(c)


def test_with_session_closes_on_an_uncaught_exception(c):
    """'automatically closed on exiting the context, including when an uncaught
    exception is raised'"""
    with pytest.raises(ZeroDivisionError), tf.Session() as sess:
        1 / 0  # noqa: B018 - the exception is what matters
    with pytest.raises(RuntimeError, match="closed"):
        sess.run(c)


def test_the_default_is_a_property_of_the_thread(c):
    """'If you create a new thread ... you must explicitly add a with
    sess.as_default(): in that thread's function'"""
    seen = []

    def work(sess):
        seen.append(tf.get_default_session())
        with sess.as_default():
            seen.append(c.eval())

    with tf.Session() as sess:
        thread = threading.Thread(target=work, args=(sess,))
        thread.start()
        thread.join()
    assert seen == [None, 30.0]


def test_reset():
    """'all Variables in the container will become undefined'; 'close all connected
    sessions'; 'If no resource containers are provided, all containers are reset'"""
    assert list(inspect.signature(tf.Session.reset).parameters) == [
        "target",
        "containers",
        "config",
    ]
    v = tf.Variable(1)
    sess = tf.Session()
    sess.run(v.initializer)
    tf.Session.reset("")
    with pytest.raises((tf.errors.OpError, RuntimeError)):
        sess.run(v)
    with tf.Session() as fresh, pytest.raises(tf.errors.FailedPreconditionError):
        fresh.run(v)


def test_reset_raises_op_errors():
    """'tf.errors.OpError: Or one of its subclasses if an error occurs'"""
    with pytest.raises(tf.errors.OpError):
        tf.Session.reset("grpc://nobody:1", ["a"])


# -- class tf.InteractiveSession -------------------------------------------------------


def test_interactive_session_installs_itself(capsys):
    """'The only difference with a regular Session is that an InteractiveSession
    installs itself as the default session on construction.'"""
    sess = tf.InteractiveSession()
    a = tf.constant(5.0)
    b = tf.constant(6.0)
    c = a * b
    print(c.eval())
    v = tf.Variable(1)
    v.initializer.run()
    assert v.eval() == 1
    sess.close()
    assert capsys.readouterr().out == "30.0\n"
    assert tf.get_default_session() is None


def test_a_regular_session_installs_itself_in_a_with_statement(c):
    """'a regular session installs itself as the default session when it is created in
    a with statement'"""
    with tf.Session() as sess:
        assert tf.get_default_session() is sess
        assert c.eval() == 30.0


def test_interactive_session_takes_graph_and_config():
    """'graph: (Optional.) The Graph to be launched', 'config: (Optional) ConfigProto'"""
    g = tf.Graph()
    sess = tf.InteractiveSession(
        graph=g, config=tf.ConfigProto(device_count={"CPU": 2})
    )
    assert sess.graph is g
    assert len(sess.list_devices()) == 2
    sess.close()
    sess.close()


def test_get_default_session_is_the_innermost():
    """'the innermost session on which a Session or Session.as_default() context has
    been entered'"""
    assert tf.get_default_session() is None
    with tf.Session() as outer:
        with tf.Session().as_default() as inner:
            assert tf.get_default_session() is inner
        assert tf.get_default_session() is outer
