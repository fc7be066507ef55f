"""Behaviours L and M05, M26, M27 of the checklist: graphs, names, lookups, scopes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework.seed import get_seed


@pytest.fixture
def g():
    with tf.Graph().as_default() as graph:
        yield graph


def test_L01_unique_names(g):
    names = [tf.constant(0, name=n).op.name for n in ("c", "c", "C", "c_1", "c")]
    assert names == ["c", "c_1", "C_2", "c_1_1", "c_3"]


def test_L02_L03_L04_name_scopes(g):
    with tf.name_scope("a"), tf.name_scope("b"):
        assert tf.constant(0, name="x").op.name == "a/b/x"
    with tf.name_scope("a") as scope:
        assert scope == "a_1/"
        assert tf.constant(0, name="x").op.name == "a_1/x"
        with tf.name_scope(None):
            assert tf.constant(0, name="top").op.name == "top"
    for again in ("a/", scope):
        with tf.name_scope(again) as same:
            assert same == again
    with tf.name_scope("a/"):
        assert tf.constant(0, name="x").op.name == "a/x"
        assert g.get_name_scope() == "a"
        assert tf.constant(0, name="x").op.name == "a/x_1"
    assert g.get_name_scope() == ""


def test_L05_name_equal_to_scope(g):
    with tf.name_scope("layer") as scope:
        inner = tf.constant(0, name="w")
        outer = tf.identity(inner, name=scope)
    assert outer.op.name == "layer"
    with pytest.raises(ValueError, match="Duplicate node name in graph: 'layer'"):
        tf.identity(inner, name=scope)


@pytest.mark.parametrize("name", ["_x", "a b", "a:b", "-x", "/a", "x$", "é"])
def test_L06_invalid_op_names(g, name):
    with pytest.raises(ValueError, match="is not a valid node name"):
        tf.constant(0, name=name)
    with pytest.raises(ValueError, match="is not a valid node name"):
        tf.identity(tf.constant(0), name=name)


def test_L07_scope_names(g):
    with (
        pytest.raises(ValueError, match="is not a valid scope name"),
        tf.name_scope("_s"),
    ):
        pass
    with tf.name_scope("ok"), tf.name_scope("_s") as scope:
        assert scope == "ok/_s/"


def test_L08_preview(g):
    tf.constant(0, name="n")
    assert g.unique_name("n", mark_as_used=False) == "n_1"
    assert g.unique_name("n", mark_as_used=False) == "n_1"
    assert g.unique_name("n") == "n_1"
    assert g.unique_name("n") == "n_2"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda g: g.get_operation_by_name("nope"), KeyError, "not in the graph"),
        (
            lambda g: g.get_tensor_by_name("a"),
            ValueError,
            "refers to an Operation, not a",
        ),
        (
            lambda g: g.get_tensor_by_name("a:9"),
            KeyError,
            "exists but only has 1 outputs",
        ),
        (
            lambda g: g.get_tensor_by_name("zz:0"),
            KeyError,
            "does not exist in the graph",
        ),
        (lambda g: g.get_tensor_by_name("zz"), ValueError, "looks like an (invalid)"),
        (
            lambda g: g.get_tensor_by_name("a:x"),
            ValueError,
            "looks a like a Tensor name",
        ),
        (
            lambda g: g.get_operation_by_name("a:0"),
            ValueError,
            "appears to refer to a Tensor",
        ),
        (lambda g: g.get_operation_by_name(3), TypeError, "not int"),
        (lambda g: g.get_tensor_by_name(3), TypeError, "not int"),
        (
            lambda g: g.as_graph_element("a", False, False),
            ValueError,
            "can't both be False",
        ),
        (lambda g: g.as_graph_element(3), TypeError, "into a Tensor or Operation"),
        (lambda g: g.as_graph_element([], False), TypeError, "Can not convert a list"),
    ],
)
def test_L09_to_L14_lookups(g, call, error, words):
    tf.constant(0, name="a")
    with pytest.raises(error) as caught:
        call(g)
    assert words in str(caught.value)


def test_lookups_find(g):
    a = tf.constant(0, name="a")
    assert g.get_operation_by_name("a") is a.op
    assert g.get_tensor_by_name("a:0") is a
    assert g.as_graph_element("a") is a.op
    assert g.as_graph_element("a:0") is a
    assert g.as_graph_element(a) is a


def test_L15_two_graphs_do_not_mix(g):
    a = tf.constant(0)
    with tf.Graph().as_default():
        b = tf.constant(0)
        with pytest.raises(ValueError, match="must be from the same graph as"):
            tf.add(a, b)
        with pytest.raises(ValueError, match="must be from the same graph as"):
            tf.stack([b, a])


def test_inputs_decide_the_graph(g):
    a = tf.constant(0)
    with tf.Graph().as_default():
        assert (a + 1).graph is g
        assert tf.identity(a).graph is g


def test_L16_L17_control_dependencies(g):
    a, b = tf.constant(0, name="a"), tf.constant(1, name="b")
    n = tf.no_op("n")
    with tf.control_dependencies([a, n]):
        c = tf.identity(b)
        d = tf.identity(c)
        e = tf.identity(a)
        with tf.control_dependencies([b]):
            f = tf.no_op()
            h = tf.identity(c)
        with tf.control_dependencies(None):
            free = tf.identity(b)
    assert c.op.control_inputs == [a.op, n]
    assert d.op.control_inputs == []
    assert e.op.control_inputs == [n]
    assert f.control_inputs == [a.op, n, b.op]
    assert h.op.control_inputs == [b.op]
    assert free.op.control_inputs == []
    with pytest.raises(TypeError), tf.control_dependencies([3]):
        pass


def test_L18_to_L21_devices(g):
    def made():
        return tf.constant(0).op.device

    with tf.device("/job:w"), tf.device("/cpu:0"):
        assert made() == "/job:w/device:CPU:0"
    with tf.device("/job:w/cpu:0"), tf.device("/job:ps/task:1"):
        assert made() == "/job:ps/task:1/device:CPU:0"
    with tf.device(lambda op: "/job:x"), tf.device("/cpu:0"):
        assert made() == "/job:x"
    with tf.device("/cpu:0"), tf.device(None):
        assert made() == ""
    with tf.device("/cpu:0"), tf.device(""):
        assert made() == "/device:CPU:0"
    with pytest.raises(ValueError, match="Unknown attribute"), tf.device("/foo:1"):
        pass
    with tf.device(lambda op: 3), pytest.raises(TypeError):
        made()


def test_L22_L23_colocation(g):
    with tf.device("/cpu:1"):
        a = tf.constant(0, name="a")
    b = tf.constant(0, name="b")
    with tf.colocate_with(a):
        c = tf.identity(b, name="c")
        with tf.colocate_with(b):
            d = tf.identity(b)
    assert c.op.get_attr("_class") == [b"loc:@a"]
    assert c.op.device == "/device:CPU:1"
    assert d.op.get_attr("_class") == [b"loc:@a", b"loc:@b"]
    assert b.op.colocation_groups() == [b"loc:@b"]
    with tf.colocate_with(c):
        assert tf.identity(b).op.colocation_groups() == [b"loc:@a"]
    with pytest.raises(ValueError, match="ignore_existing is not True"):
        with tf.colocate_with(None):
            pass


def test_L24_L25_L26_collections(g):
    v = tf.constant(0, name="x/v")
    g.add_to_collection("k", v)
    g.add_to_collection("k", v)
    copy = g.get_collection("k")
    assert copy == [v, v]
    copy.append(1)
    assert len(g.get_collection("k")) == 2
    g.get_collection_ref("k").append(3)
    assert g.get_collection("k") == [v, v, 3]
    assert g.get_collection("k", scope="x") == [v, v]
    assert g.get_collection("k", scope="y") == []
    assert g.get_collection("none") == []
    g.add_to_collections(("p", "q", "p"), 1)
    g.add_to_collections("word", 2)
    assert (g.get_collection("p"), g.get_collection("word")) == ([1], [2])
    g.clear_collection("k")
    assert "k" not in g.get_all_collection_keys()


@pytest.mark.parametrize("use", [bool, iter, len, float, int, list])
def test_L27_tensors_are_no_values(g, use):
    with pytest.raises(TypeError):
        use(tf.constant([1, 2]))


def test_L28_identity(g):
    a = tf.constant(0)
    assert (a == a) is True
    assert (a == tf.constant(0)) is False
    assert {a: 1}[a] == 1


def test_L29_texts(g):
    p = tf.placeholder(tf.float32, name="p")
    q = tf.placeholder(tf.float32, [None, 3], name="q")
    assert repr(p) == "<tf.Tensor 'p:0' shape=<unknown> dtype=float32>"
    assert str(p) == 'Tensor("p:0", dtype=float32)'
    assert repr(q) == "<tf.Tensor 'q:0' shape=(?, 3) dtype=float32>"
    assert str(q) == 'Tensor("q:0", shape=(?, 3), dtype=float32)'
    with tf.device("/cpu:0"):
        r = tf.identity(q, name="r")
    assert str(r).endswith("dtype=float32, device=/device:CPU:0)")
    assert repr(q.op) == "<tf.Operation 'q' type=Placeholder>"
    assert 'op: "Placeholder"' in str(q.op)


def test_L30_seeds(g):
    assert get_seed(None) == (None, None)
    assert get_seed(7) == (87654321, 7)
    tf.set_random_seed(5)
    tf.constant(0)
    tf.constant(0)
    assert get_seed(None) == (5, 2)
    assert get_seed(7) == (5, 7)
    tf.set_random_seed(0)
    assert get_seed(0) == (0, 2**31 - 1)


def test_L31_gradient_override_map(g):
    x = tf.constant(1.0)
    with g.gradient_override_map({"Square": "Custom"}):
        inside = tf.square(x)
        other = tf.identity(x)
    outside = tf.square(x)
    assert inside.op.get_attr("_gradient_op_type") == b"Custom"
    for t in (other, outside):
        with pytest.raises(ValueError, match="has no attr named '_gradient_op_type'"):
            t.op.get_attr("_gradient_op_type")
    with pytest.raises(TypeError, match="op_type_map must be a dictionary"):
        with g.gradient_override_map({"Square": 3}):
            pass


def test_L32_containers(g):
    with tf.container("c"):
        v = tf.Variable(0)
        with tf.container("d"):
            q = tf.FIFOQueue(1, tf.int32)
    assert v.op.get_attr("container") == b"c"
    assert q.queue_ref.op.get_attr("container") == b"d"


def test_L33_missing_attr(g):
    with pytest.raises(ValueError, match="has no attr named 'zz'."):
        tf.constant(0).op.get_attr("zz")


def test_L35_edges(g):
    a, b = tf.constant(1, name="a"), tf.constant(2, name="b")
    with tf.control_dependencies([b]):
        c = tf.add(a, a, name="c")
    d = tf.negative(a)
    assert list(c.op.inputs) == [a, a]
    assert c.op.outputs == [c]
    assert c.op.control_inputs == [b.op]
    assert a.consumers() == [c.op, d.op]
    assert c.op.node_def.input == ["a", "a", "^b"]
    assert [op.id for op in g.get_operations()] == [1, 2, 3, 4]
    assert g.version == 4


def test_M05_set_shape(g):
    p = tf.placeholder(tf.float32, [None, 3])
    p.set_shape([2, None])
    assert p.shape.as_list() == [2, 3]
    with pytest.raises(ValueError, match="Dimension 1 in both shapes must be equal"):
        p.set_shape([2, 4])
    with pytest.raises(ValueError, match="Shapes must be equal rank, but are 2 and 1"):
        p.set_shape([2])


def test_M26_lists_with_tensors_are_packed(g):
    t = tf.convert_to_tensor([tf.constant(1.0), 2.0])
    assert t.op.type == "Pack"
    nested = tf.convert_to_tensor([[1.0, tf.constant(2.0)], [3.0, 4.0]])
    assert tf.Session().run(nested).tolist() == [[1, 2], [3, 4]]


def test_M27_conversion_errors(g):
    with pytest.raises(ValueError, match="Tensor conversion requested dtype int32"):
        tf.convert_to_tensor(tf.constant(1.0), dtype=tf.int32)
    with pytest.raises(ValueError, match="None values not supported"):
        tf.convert_to_tensor(None)
    with pytest.raises(TypeError, match="Can't convert Operation"):
        tf.convert_to_tensor(tf.no_op())
    with pytest.raises(TypeError):
        tf.convert_to_tensor(1.5, dtype=tf.int32)


def test_threads_have_scopes_but_not_devices_of_their_own(g):
    found = []

    def work():
        with g.as_default():
            found.append(tf.constant(0, name="t"))

    with tf.name_scope("main"), tf.device("/cpu:1"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found[0].op.name == "t"
    assert found[0].op.device == "/device:CPU:1"


def test_registered_conversions(g):
    class Mine:
        pass

    tf.register_tensor_conversion_function(
        Mine,
        lambda v, dtype, name, as_ref: tf.constant(7.0, dtype, name=name or "mine"),
    )
    assert tf.Session().run(tf.add(tf.constant(1.0), Mine())) == 8.0
    assert tf.Session().run(np.float32(1) + tf.constant(1.0)) == 2.0


def test_shape_errors_name_node_and_shapes(g):
    with pytest.raises(ValueError) as error:
        tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]), name="mm")
    assert "Dimensions must be equal, but are 3 and 4 for 'mm' (op: 'MatMul')" in str(
        error.value
    )
    assert "with input shapes: [2,3], [4,5]." in str(error.value)
