"""Differences of graphs: found where there are some, and only there."""

import random

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.display.diff import diff


def network(*, extra=False, scope="", bias=2.0, layers=3, dtype=tf.float32):
    """A net with its training; `extra` puts an addition before everything."""
    graph = tf.Graph()
    with graph.as_default(), tf.name_scope(scope or None):
        h = tf.placeholder(dtype, [None, 4], name="x")
        if extra:
            h = tf.add(h, 0.5)
        for _ in range(layers):
            with tf.name_scope("layer"):
                w = tf.Variable(tf.ones([4, 4], dtype), name="w")
                h = tf.nn.relu(tf.matmul(h, w) + bias)
        total = tf.add(tf.add(tf.reduce_mean(h), 1.0), 1.0)
        tf.train.GradientDescentOptimizer(0.1).minimize(total)
    return graph


def random_graph(seed, size=30):
    """Operations on earlier ones, in scopes, with constants and control edges."""
    draw = random.Random(seed)
    graph = tf.Graph()
    with graph.as_default():
        values = [tf.placeholder(tf.float32, [2], name="x"), tf.constant([1.0, 2.0])]
        values.append(tf.Variable([3.0, 4.0], name="v").value())
        for _ in range(size):
            a, b = draw.choice(values), draw.choice(values)
            make = draw.choice([tf.add, tf.multiply, tf.subtract, tf.maximum])
            waits = [draw.choice(values).op] if draw.random() < 0.2 else []
            with tf.control_dependencies(waits), tf.name_scope(draw.choice("ab")):
                values.append(make(a, b) if draw.random() < 0.7 else make(a, 0.5))
    return graph


def test_equal_graphs_do_not_differ():
    found = diff(network(), network())
    assert not found
    assert found.changes == {}
    assert found.text == "graph → graph: no difference; 102 the same"


@pytest.mark.parametrize("seed", range(15))
def test_a_graph_does_not_differ_from_itself_nor_from_its_wire_form(seed):
    graph = random_graph(seed)
    assert diff(graph, graph).entries == []
    assert diff(graph.snapshot(), graph.as_graph_def()).entries == []


def test_what_an_insertion_renumbers_is_the_same():
    found = diff(network(), network(extra=True))
    assert found.added == ["Add/y", "Add"]
    assert found.removed == []
    assert found.moved == {}
    assert set(found.changed) == {
        "layer/MatMul",
        "gradients/layer/MatMul_grad/MatMul_1",
    }
    assert found.changed["layer/MatMul"] == ("input 0 x:0 → Add:0",)
    assert found.renumbered == 10
    assert "+ Add/  2 operations added" in found.text


def test_a_removal_is_the_opposite_of_an_insertion():
    found = diff(network(extra=True), network())
    assert found.removed == ["Add/y", "Add"]
    assert found.added == []
    assert "- Add/  2 operations removed" in found.text


def test_a_layer_more_is_one_scope_more():
    found = diff(network(), network(layers=4))
    assert found.changes["layer_3/MatMul"] == "added"
    assert "+ layer_3/  8 operations added" in found.text
    assert not found.removed
    assert not found.moved
    assert "layer_2/MatMul" not in found.changes


def test_another_scope_is_a_move():
    found = diff(network(), network(scope="model"))
    assert len(found.moved) == 102
    assert not found.added
    assert not found.removed
    assert not found.changed
    assert found.moved["model/layer_1/w"] == "layer_1/w"
    assert "> layer_1/  8 operations moved from layer_1/" in found.text


def test_a_changed_constant_is_found_where_it_is():
    found = diff(network(), network(bias=3.0))
    assert list(found.changes) == ["layer/add/y", "layer_1/add/y", "layer_2/add/y"]
    assert found.changed["layer/add/y"] == ("value 2.0 → 3.0",)


def test_another_dtype_is_told_of_each_operation_that_has_it():
    old, new = tf.Graph(), tf.Graph()
    for graph, dtype in ((old, tf.float32), (new, tf.float64)):
        with graph.as_default():
            tf.square(tf.placeholder(dtype, [2], name="x"), name="y")
    found = diff(old, new)
    assert found.changed == dict.fromkeys("xy", ("dtype float32 → float64",))


def edits():
    """Name of the edit; what does it to a graph and says what must be found."""

    def device(graph, draw):
        op = draw.choice(graph.get_operations())
        op._set_device("/device:CPU:0")
        return op, "changed", "device none → "

    def attribute(graph, draw):
        ops = [op for op in graph.get_operations() if op.type == "Const"]
        op = draw.choice(ops)
        op._set_attr("value", np.asarray(op.attrs["value"] + np.float32(7.25)))
        return op, "changed", "value "

    def rewired(graph, draw):
        ops = [op for op in graph.get_operations() if op.type in ("Add", "Sub", "Mul")]
        op = draw.choice(ops)
        x = graph.get_tensor_by_name("v:0").op.outputs[0]
        read = next(t for t in x.consumers() if t.type == "Identity").outputs[0]
        place = draw.randrange(2)
        if op.inputs[place] is read or read.op.id > op.id:
            place, read = 1 - place, graph.get_tensor_by_name("x:0")
        if op.inputs[place] is read:
            pytest.skip("nothing to rewire")
        op._update_input(place, read)
        return op, "changed", f"input {place} "

    def waits(graph, draw):
        op = draw.choice(graph.get_operations()[8:])
        source = graph.get_operation_by_name("x")
        if source in op.control_inputs:
            pytest.skip("it waits already")
        op._add_control_input(source)
        return op, "changed", "waits for x now"

    def addition(graph, draw):
        source = draw.choice([op for op in graph.get_operations() if op.type == "Add"])
        with graph.as_default():
            op = tf.negative(source.outputs[0]).op
        return op, "added", ""

    return [device, attribute, rewired, waits, addition]


@pytest.mark.parametrize("edit", edits(), ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("seed", range(8))
def test_a_random_edit_is_found_and_nothing_else(edit, seed):
    graph = random_graph(seed)
    before = graph.snapshot()
    op, kind, words = edit(graph, random.Random(seed))
    found = diff(before, graph)
    assert found.changes == {op.name: kind}
    if kind == "changed":
        assert any(words in said for said in found.changed[op.name])
    back = diff(graph, before)
    assert back.changes == {op.name: "removed" if kind == "added" else kind}


def test_loops_are_compared_with_their_back_edges():
    def loop(limit):
        graph = tf.Graph()
        with graph.as_default():
            tf.while_loop(lambda i: i < limit, lambda i: i + 1, [tf.constant(0)])
        return graph

    assert not diff(loop(3), loop(3))
    assert list(diff(loop(3), loop(4)).changes) == ["while/Less/y"]


def test_the_picture_has_both_graphs_in_it():
    old = tf.Graph()
    with old.as_default():
        x = tf.placeholder(tf.float32, name="x")
        tf.square(tf.exp(x, name="gone"), name="y")
    new = tf.Graph()
    with new.as_default():
        x = tf.placeholder(tf.float32, name="x")
        tf.square(tf.sin(x, name="there"), name="y")
    scene = diff(old, new).picture.scene
    words = {box.key: box.shade and box.shade.text for box in scene.boxes()}
    assert words == {
        "x": None,
        "gone": "- removed",
        "there": "+ added",
        "y": "~ changed",
    }


def test_a_closed_scope_tells_what_happened_in_it():
    scene = diff(network(), network(layers=4)).picture.scene
    lines = {box.key: box.lines for box in scene.boxes() if box.frame is None}
    assert any("+ 11 added" in line for line in lines["gradients"])


def test_a_name_that_came_back_as_something_else_is_added_and_removed():
    old, new = tf.Graph(), tf.Graph()
    with old.as_default():
        tf.exp(tf.placeholder(tf.float32, name="x"), name="y")
    with new.as_default():
        tf.placeholder(tf.float32, name="x")
        tf.constant(1, name="y")
    found = diff(old, new)
    assert found.added == ["y"]
    assert found.removed == ["y"]
    assert found.changes == {"y": "added"}
    keys = {box.key for box in found.picture.scene.boxes()}
    assert {"y", "y (removed)"} <= keys


def test_graphs_come_from_files_and_messages(tmp_path):
    graph = network()
    message = graph.as_graph_def()
    (tmp_path / "g.pb").write_bytes(message.SerializeToString())
    (tmp_path / "g.pbtxt").write_text(str(message))
    for name in ("g.pb", "g.pbtxt"):
        found = graph.diff(tmp_path / name)
        assert not found
        assert found.text.startswith(f"{name} → graph: no difference")
    for name, content in (
        ("bad.pb", b"\xff\xff\xff"),
        ("bad.pbtxt", b"no { such"),
        ("odd.pbtxt", b"\xff"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"{name} holds no GraphDef"):
            graph.diff(tmp_path / name)
    with pytest.raises(TypeError, match="this is a int"):
        graph.diff(3)


def test_names_and_values_are_text_in_every_form():
    old, new = tf.Graph(), tf.Graph()
    for graph, value in ((old, b"a"), (new, b"<script>alert(1)</script>")):
        with graph.as_default():
            tf.constant(value, name="s")
    found = diff(old, new)
    assert "<script>" in found.text
    assert "<script>" not in found.html


def test_ten_thousand_operations_are_compared_in_one_pass():
    def large(shift):
        graph = tf.Graph()
        with graph.as_default():
            h = tf.placeholder(tf.float32, [2], name="x")
            if shift:
                h = tf.add(h, 5.0)
            for _ in range(5000):
                h = tf.add(h, 1.0)
        return graph

    found = diff(large(False), large(True))
    assert len(found.added) == 2
    assert len(found.changed) == 1
    assert found.same == 10_000
