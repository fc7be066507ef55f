"""Graphs cut down and frozen."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors

util = tf.graph_util


def said(kind, call, *args, **kwargs):
    with pytest.raises(kind) as caught:
        call(*args, **kwargs)
    return str(caught.value).partition("\n\t [[")[0]


def types(graph_def):
    return {node.name: node.op for node in graph_def.node}


def model(resource=False):
    """x @ w + b, with a step of training that nobody needs later."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.variable_scope("s", use_resource=resource):
        w = tf.get_variable("w", initializer=[[1.0], [2.0]])
        b = tf.get_variable("b", initializer=[0.5])
    y = tf.add(tf.matmul(x, w), b, name="y")
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(y))
    tf.nn.embedding_lookup(w, [0, 1], name="rows")
    return y


def frozen(outputs=("y",), build=model, **kwargs):
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        build()
        sess.run(tf.global_variables_initializer())
        return util.convert_variables_to_constants(
            sess, graph.as_graph_def(), list(outputs), **kwargs
        )


def run(graph_def, fetch, feeds=None):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(graph_def, name="")
        return sess.run(fetch, feeds)


@pytest.mark.parametrize("resource", [False, True])
def test_a_frozen_graph_needs_no_variables(resource):
    graph_def = frozen(build=lambda: model(resource))
    assert "VariableV2" not in types(graph_def).values()
    assert "VarHandleOp" not in types(graph_def).values()
    assert types(graph_def)["s/w"] == "Const"
    assert not any("gradients" in name for name in types(graph_def))
    np.testing.assert_array_equal(run(graph_def, "y:0", {"x:0": [[1, 1]]}), [[3.5]])


@pytest.mark.parametrize("resource", [False, True])
def test_rows_of_a_frozen_variable(resource):
    name = "rows/Identity_1" if resource else "rows/Identity"
    graph_def = frozen([name], build=lambda: model(resource))
    np.testing.assert_array_equal(run(graph_def, f"{name}:0"), [[1], [2]])


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.parametrize("kind", ["cond", "while_loop"])
def test_variables_in_branches_and_loops(resource, kind):
    def build():
        v = tf.get_variable("v", initializer=3.0, use_resource=resource)
        if kind == "cond":
            flag = tf.placeholder_with_default(True, [])
            result = tf.cond(flag, lambda: v * 2.0, lambda: v)
        else:
            result = tf.while_loop(lambda x: x < 10.0, lambda x: x + v, [0.0])
        tf.identity(result, name="y")

    graph_def = frozen(build=build)
    assert "VarHandleOp" not in types(graph_def).values()
    assert run(graph_def, "y:0") == (6 if kind == "cond" else 12)


def test_some_variables_stay():
    only = frozen(variable_names_whitelist=["s/w"])
    assert [types(only)[n] for n in ("s/w", "s/b")] == ["Const", "VariableV2"]
    without = frozen(variable_names_blacklist=["s/w"])
    assert [types(without)[n] for n in ("s/w", "s/b")] == ["VariableV2", "Const"]


def test_text_and_empty_variables():
    def build():
        words = tf.Variable(["a", ""], name="words")
        none = tf.Variable(np.zeros((0, 2), np.int64), name="none")
        tf.identity(words, name="y")
        tf.identity(none, name="z")

    graph_def = frozen(["y", "z"], build)
    assert run(graph_def, "y:0").tolist() == [b"a", b""]
    assert run(graph_def, "z:0").shape == (0, 2)


def test_what_cannot_be_frozen():
    with tf.Session() as sess:
        model()
        graph_def = sess.graph.as_graph_def()
        convert = util.convert_variables_to_constants
        assert said(AssertionError, convert, sess, graph_def, ["no"]) == (
            "no is not in graph"
        )
        assert said(TypeError, convert, sess, graph_def, "y") == (
            "dest_nodes must be an iterable of strings, but got type <class 'str'>."
        )
        text = said(errors.FailedPreconditionError, convert, sess, graph_def, ["y"])
        assert text.startswith("Attempting to use uninitialized value s/")


def test_a_part_of_a_graph():
    with tf.Graph().as_default() as graph:
        model()
    whole = graph.as_graph_def()
    part = util.extract_sub_graph(whole, ["y"])
    assert list(types(part)) == [
        "x",
        "s/w",
        "s/w/read",
        "s/b",
        "s/b/read",
        "MatMul",
        "y",
    ]
    assert part.versions == whole.versions
    assert said(AssertionError, util.extract_sub_graph, whole, ["y:0"]) == (
        "y:0 is not in graph"
    )
    assert said(TypeError, util.extract_sub_graph, graph, ["y"]) == (
        f"graph_def must be a graph_pb2.GraphDef proto, but got type {type(graph)}."
    )


def test_a_loop_can_be_cut_out():
    with tf.Graph().as_default() as graph:
        tf.identity(tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0]), name="y")
        tf.constant(1, name="other")
    part = util.extract_sub_graph(graph.as_graph_def(), ["y"])
    assert "other" not in types(part)
    assert run(part, "y:0") == 3


def test_nodes_that_only_training_needs():
    with tf.Graph().as_default() as graph:
        a = tf.identity(tf.constant(1.0, name="c"), name="a")
        checked = tf.check_numerics(tf.identity(a, name="b"), "m", name="checked")
        with tf.control_dependencies([tf.identity(checked, name="waited_for")]):
            tf.identity(tf.add(checked, a, name="sum"), name="y")
    graph_def = graph.as_graph_def()
    slim = util.remove_training_nodes(graph_def, protected_nodes=["y"])
    assert list(types(slim)) == ["c", "waited_for", "sum", "y"]
    assert run(slim, "y:0") == 2


def test_small_helpers():
    with tf.Graph().as_default() as graph:
        model()
        number, text = tf.constant(1), tf.constant("a")
        real = tf.constant(1.0)
    assert util.tensor_shape_from_node_def_name(graph, "y").as_list() == [None, 1]
    assert util.tensor_shape_from_node_def_name(graph, "x:0").as_list() == [None, 2]
    assert util.must_run_on_cpu(number.op)
    assert util.must_run_on_cpu(text.op.node_def)
    assert not util.must_run_on_cpu(real.op)
    variable = graph.get_operation_by_name("s/w")
    assert not util.must_run_on_cpu(variable)
    assert util.must_run_on_cpu(variable, pin_variables_on_cpu=True)
    with pytest.raises(AssertionError):
        util.must_run_on_cpu(3)
