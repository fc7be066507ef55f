"""Branches and loops in MetaGraphs: written, read, built on and differentiated."""

from __future__ import annotations

import pytest

import interactive_graphs as tf
from interactive_graphs import protos


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def program(x):
    """A loop in which there is a branch in which there is a loop."""

    def inner(a):
        return tf.while_loop(
            lambda j, b: j < 2, lambda j, b: (j + 1, tf.sin(b) * x), (0, a)
        )[1]

    def body(i, a):
        even = tf.equal(i % 2, 0)
        return [i + 1, tf.cond(even, lambda: inner(a), lambda: a * x)]

    return tf.while_loop(
        lambda i, a: i < 3, body, [0, x], maximum_iterations=9, parallel_iterations=4
    )[1]


def exported(**options):
    x = tf.placeholder(tf.float32, [], name="x")
    y = program(x)
    (dx,) = tf.gradients(y, x)
    meta = tf.train.export_meta_graph(**options)
    with tf.Session() as sess:
        values = sess.run([y, dx], {x: 0.8})
    return meta, y.name, dx.name, values


def contexts(meta, key):
    kind = {"cond_context": "CondContextDef", "while_context": "WhileContextDef"}[key]
    held = meta.collection_def[key].bytes_list.value
    return [getattr(protos, kind).FromString(data) for data in held]


def test_messages_name_the_nodes():
    meta, _, _, _ = exported()
    loop = contexts(meta, "while_context")[0]
    assert loop.context_name == "while/while_context"
    assert (loop.parallel_iterations, loop.back_prop) == (4, True)
    assert loop.pivot_name == "while/LoopCond:0"
    assert loop.pivot_for_pred_name == "while/Merge:0"
    assert loop.pivot_for_body_name == "while/Identity:0"
    assert loop.loop_enter_names[:3] == [
        "while/Enter:0", "while/Enter_1:0", "while/Enter_2:0",
    ]  # fmt: skip
    assert loop.loop_exit_names[2] == "while/Exit_2:0"
    assert loop.maximum_iterations_name == "while/maximum_iterations:0"
    assert loop.values_def.external_values["x:0"].startswith("while/")
    assert "while/add/y:0" in loop.values_def.values
    sides = [held.cond_ctxt for held in loop.nested_contexts]
    assert [side.branch for side in sides] == [1, 0]
    assert sides[0].pred_name == "while/cond/pred_id:0"
    assert sides[0].pivot_name == "while/cond/switch_t:0"
    (within,) = [held.while_ctxt for held in sides[0].nested_contexts]
    assert within.context_name == "while/cond/while/while_context"
    assert "cond_context" not in meta.collection_def


@pytest.mark.parametrize("scope", [None, "copy"])
def test_what_was_read_runs_and_is_differentiated_again(scope):
    meta, y, dx, values = exported()
    prefix = f"{scope}/" if scope else ""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.train.import_meta_graph(meta, import_scope=scope)
        x, y, dx = (graph.get_tensor_by_name(prefix + name) for name in ("x:0", y, dx))
        (again,) = tf.gradients(y, x)
        assert sess.run([y, dx], {x: 0.8}) == values
        assert sess.run(again, {x: 0.8}) == values[1]
        (second,) = tf.gradients(dx, x)
        above, below = (sess.run(dx, {x: 0.8 + h}) for h in (1e-2, -1e-2))
        slope = (above - below) / 2e-2
        assert sess.run(second, {x: 0.8}) == pytest.approx(slope, rel=1e-2)


def test_what_was_read_keeps_its_inside_to_itself():
    meta, y, _, _ = exported()
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.train.import_meta_graph(meta)
        with pytest.raises(ValueError, match="may not be fed"):
            sess.run(y, {"x:0": 1.0, "while/Identity:0": 1})
        with pytest.raises(ValueError, match="marked as not fetchable"):
            sess.run("while/cond/mul:0", {"x:0": 1.0})
        with pytest.raises(ValueError, match="is in a while loop"):
            tf.identity(graph.get_tensor_by_name("while/add:0"))


def test_it_is_written_again_as_it_was_read():
    meta, _, _, _ = exported()
    with tf.Graph().as_default():
        tf.train.import_meta_graph(meta)
        again = tf.train.export_meta_graph()
    for first, second in zip(
        contexts(meta, "while_context"), contexts(again, "while_context"), strict=True
    ):
        assert first.loop_exit_names == second.loop_exit_names
        assert set(first.values_def.values) == set(second.values_def.values)
        assert first.nested_contexts == second.nested_contexts


def test_a_scope_becomes_the_top(graph):
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.name_scope("part"):
        y = tf.cond(x > 0, lambda: tf.constant(1.0) * 2, lambda: tf.constant(3.0))
    tf.cond(x > 1, lambda: x, lambda: x + 1)
    meta = tf.train.export_meta_graph(export_scope="part", graph=graph)
    sides = contexts(meta, "cond_context")
    assert [side.context_name for side in sides] == [
        "cond/cond_text",
        "cond/cond_text_1",
    ]
    assert sides[0].pred_name == "cond/pred_id:0"
    assert y.name == "part/cond/Merge:0"


def test_a_cond_on_its_own():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.cond(x > 0, lambda: x * x, lambda: -x)
    meta = tf.train.export_meta_graph()
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.train.import_meta_graph(meta)
        x, y = (graph.get_tensor_by_name(t) for t in ("x:0", y.name))
        (dx,) = tf.gradients(y, x)
        assert [sess.run(dx, {x: v}) for v in (3.0, -3.0)] == [6, -1]
