import json

import pytest

from interactive_graphs.display import describe
from interactive_graphs.display.arrange import CROWD
from interactive_graphs.display.scene import CONTROL, DATA
from interactive_graphs.display.text import to_text
from interactive_graphs.display.view import BUDGET, MOST, UnknownScopeError, view
from tests.display.fakes import FakeGraph, blocks, chain, classifier, hostile, product


def labels(frame):
    return [box.label for box in frame.boxes]


def box(scene, key):
    return next(box for box in scene.boxes() if box.key == key)


def ends(frame):
    return {(edge.tail, edge.head) for edge in frame.edges}


def test_small_graphs_show_every_operation():
    scene = view(product())
    assert labels(scene.frame) == ["a", "b", "c"]
    assert ends(scene.frame) == {("a", "c"), ("b", "c")}
    assert scene.summary == "3 operations, of them 2 constants"
    assert scene.notes == []


def test_no_operations_are_an_empty_scene():
    scene = view([])
    assert scene.frame.boxes == []
    assert scene.summary == "0 operations"


def test_edges_carry_dtype_and_shape():
    graph = FakeGraph()
    x = graph.placeholder("x", (None, 3))
    graph.op("Relu", "y", (x,))
    (edge,) = view(graph).frame.edges
    assert edge.tensors == ["float32 (?, 3)"]
    assert edge.kind == DATA


def test_control_edges_are_told_apart():
    graph = FakeGraph()
    a = graph.constant(1.0, "a")
    graph.op("NoOp", "b", outputs=[], control=[a.op])
    (edge,) = view(graph).frame.edges
    assert (edge.kind, edge.tensors, edge.count) == (CONTROL, [], 1)


def test_a_variable_with_its_reads_and_initial_value_is_one_box():
    graph = FakeGraph()
    graph.variable("w", (2,))
    (only,) = view(graph).frame.boxes
    assert (only.kind, only.count) == (describe.VARIABLE, 4)
    assert only.lines == ["float32 (2,)", "starts at 0.0 throughout"]


def test_what_makes_an_initial_value_is_told_by_the_variable():
    graph = FakeGraph()
    mean = graph.constant(0.0, "random/mean")
    graph.variable("w", (), graph.op("Add", "random", (mean,)))
    graph.variable("b", (), graph.constant(42.0, "start"))
    scene = view(graph)
    assert labels(scene.frame) == ["w", "b"]
    assert box(scene, "w").lines == ["float32 ()", "starts from random"]
    assert box(scene, "b").lines == ["float32 ()", "starts at 42.0"]
    assert scene.frame.edges == []


def test_an_initial_value_that_something_else_takes_keeps_its_box():
    graph = FakeGraph()
    start = graph.op("Fill", "start")
    graph.variable("w", (), start)
    graph.op("Neg", "other", (start,))
    scene = view(graph)
    assert labels(scene.frame) == ["start", "w", "other"]
    assert ends(scene.frame) == {("start", "w"), ("start", "other")}


def test_an_initial_value_asked_for_keeps_its_box():
    graph = FakeGraph()
    start = graph.op("Fill", "start")
    graph.variable("w", (), start)
    assert "start" in labels(view(graph, asked=[start.op]).frame)


def test_the_parts_of_a_variable_show_when_it_is_opened():
    graph = FakeGraph()
    graph.variable("w", (2,))
    inside = view(graph, open=["w"]).frame.boxes[0].frame
    assert labels(inside) == ["w", "initial_value", "Assign", "read"]


def test_scopes_are_boxes_and_edges_are_lifted_to_them():
    scene = view(classifier(), budget=5)
    assert {"layer1", "layer2", "layer3", "loss"} <= set(labels(scene.frame))
    assert ("layer1", "layer2") in ends(scene.frame)
    assert box(scene, "layer1").lines == ["11 operations"]
    assert all(each.frame is None for each in scene.boxes())


def test_parallel_edges_are_one_with_a_count():
    graph = FakeGraph()
    first = [graph.placeholder(f"a/x{number}") for number in range(3)]
    for number, tensor in enumerate(first):
        graph.op("Relu", f"b/y{number}", (tensor,))
    (edge,) = view(graph, budget=1).frame.edges
    assert (edge.tail, edge.head, edge.count) == ("a", "b", 3)


def test_edges_reach_into_open_scopes_through_ports():
    graph = FakeGraph()
    x = graph.placeholder("a/x")
    graph.op("Relu", "b/y", (x,))
    scene = view(graph, open=["a", "b"])
    (across,) = scene.frame.edges
    assert (across.tail, across.head) == ("a", "b")
    assert [port.key for port in box(scene, "a").frame.outputs] == [across.tail_port]
    assert [port.key for port in box(scene, "b").frame.inputs] == [across.head_port]
    (inner,) = box(scene, "b").frame.edges
    assert (inner.tail, inner.tail_port, inner.head) == ("", across.head_port, "b/y")


def test_an_operation_owns_the_scope_of_its_constants():
    graph = FakeGraph()
    a = graph.placeholder("a")
    two = graph.constant(2.0, "mul/y")
    graph.op("Mul", "mul", (a, two))
    scene = view(graph)
    assert labels(scene.frame) == ["a", "mul"]
    assert box(scene, "mul").kind == describe.OPERATION
    assert box(scene, "mul").lines == ["y = 2.0"]


def test_constants_that_set_how_an_operation_works_are_folded_into_it():
    graph = FakeGraph()
    x = graph.placeholder("x", (2, 3))
    axis = graph.constant([0, 1], "Const", "int32")
    graph.op("Mean", "Mean", (x, axis))
    scene = view(graph)
    assert labels(scene.frame) == ["x", "Mean"]
    assert box(scene, "Mean").lines == ["Const = [0, 1]"]


def test_constants_taken_twice_stay():
    graph = FakeGraph()
    x, axis = graph.placeholder("x", (2,)), graph.constant([0], "axis", "int32")
    graph.op("Mean", "m", (x, axis))
    graph.op("Sum", "s", (x, axis))
    assert "axis" in labels(view(graph).frame)


def test_a_constant_asked_for_is_not_folded():
    graph = FakeGraph()
    x, axis = graph.placeholder("x", (2,)), graph.constant([0], "axis", "int32")
    graph.op("Mean", "m", (x, axis))
    scene = view(graph, asked=[axis.op])
    assert box(scene, "axis").asked


def summary(graph, name, of):
    tag = graph.constant(name.encode(), f"{name}/tags", "string")
    return graph.op("ScalarSummary", name, (tag, of), "string")


def test_a_summary_is_a_mark_on_what_it_is_of():
    graph = FakeGraph()
    x = graph.placeholder("x")
    loss = graph.op("Mean", "model/loss", (graph.op("Square", "model/square", (x,)),))
    first, second = summary(graph, "loss", loss), summary(graph, "xs", x)
    graph.op("MergeSummary", "merge", (first, second), "string")
    scene = view(graph, budget=1)
    assert labels(scene.frame) == ["x", "model", "merge"]
    assert box(scene, "model").lines == ["2 operations", "summary loss"]
    assert box(scene, "x").lines == ["float32 ()", "summary xs"]
    assert ends(scene.frame) >= {("model", "merge"), ("x", "merge")}
    # In the open scope it is on the operation itself.
    opened = view(graph, open=["model"])
    assert labels(box(opened, "model").frame) == ["square", "loss"]
    assert box(opened, "model/loss").lines == ["Mean", "summary loss"]
    assert "loss = Mean(model/square) → float32 (), summary loss" in to_text(opened)


def test_a_summary_that_is_used_otherwise_keeps_its_box():
    graph = FakeGraph()
    x = graph.placeholder("x")
    graph.op("Identity", "copy", (summary(graph, "xs", x),), "string")
    assert labels(view(graph).frame) == ["x", "xs", "copy"]
    asked = FakeGraph()
    kept = summary(asked, "xs", asked.placeholder("x"))
    assert labels(view(asked, asked=[kept.op]).frame) == ["x", "xs"]


def test_what_touches_everything_is_set_aside_with_a_letter():
    scene = view(classifier(4))
    aside = {one.box.label: one for one in scene.frame.aside}
    assert {"gradients", "init", "train"} <= set(aside)
    shown = {"gradients", "init", "train"} & set(labels(scene.frame))
    assert not shown
    for edge in scene.frame.edges:
        assert not {edge.tail, edge.head} & {"gradients", "init", "train"}
    letter = aside["gradients"].letter
    assert any(letter in each.marks for each in scene.boxes())
    assert aside["init"].links == 4


def test_scopes_open_by_themselves_while_the_picture_stays_small():
    graph = FakeGraph()
    x = graph.placeholder("x")
    for scope in ("a", "b"):
        x = graph.op("Relu", f"{scope}/relu", (x,))
    scene = view(graph)
    assert labels(box(scene, "a").frame) == ["relu"]
    assert labels(box(scene, "b").frame) == ["relu"]


def test_a_chain_of_scopes_in_scopes_is_one_box():
    graph = FakeGraph()
    graph.placeholder("a/b/c/x")
    graph.placeholder("a/b/c/y")
    scene = view(graph)
    assert labels(scene.frame) == ["a/b/c"]
    assert labels(scene.frame.boxes[0].frame) == ["x", "y"]
    assert labels(view(graph, scope="a").frame) == ["x", "y"]


def test_an_operation_alone_in_a_scope_made_for_it_is_the_box():
    graph = FakeGraph()
    x = graph.op("Xent", "loss/Xent/Xent")
    graph.op("ReluGrad", "gradients/Relu_grad/ReluGrad", (x,))
    graph.op("Relu", "mine/relu", (x,))
    scene = view(graph)
    found = {each.key: (each.label, each.kind) for each in scene.boxes()}
    assert found["loss/Xent/Xent"] == ("Xent", describe.OPERATION)
    assert found["gradients/Relu_grad/ReluGrad"] == ("Relu_grad", describe.OPERATION)
    assert found["mine"] == ("mine", describe.SCOPE)
    assert labels(view(graph, scope="loss/Xent").frame) == ["Xent"]


def test_one_scope_alone_names_what_lies_outside():
    scene = view(classifier(), scope="layer2")
    assert labels(scene.frame) == ["weights", "biases", "MatMul", "add", "Relu"]
    assert [port.label for port in scene.frame.inputs] == ["layer1"]
    assert [port.label for port in scene.frame.outputs] == ["layer3"]
    # The optimizer takes both variables: it would be most of the lines.
    assert {one.box.label for one in scene.frame.aside} >= {"gradients", "train"}


def test_an_unknown_scope_is_named_with_those_there_are():
    with pytest.raises(UnknownScopeError, match="No name scope 'nowhere' here") as e:
        view(classifier(), scope="nowhere")
    assert "layer1" in str(e.value)
    with pytest.raises(UnknownScopeError, match="there are none"):
        view(product(), open=["c"])


@pytest.mark.parametrize("make", [chain, blocks])
def test_ten_thousand_operations_are_a_bounded_number_of_boxes(make):
    graph = make(10_000)
    scene = view(graph)
    assert sum(1 for _ in scene.boxes()) <= BUDGET + CROWD
    assert sum(each.count for each in scene.boxes() if each.frame is None) == len(graph)
    everything = view(graph, everything=True)
    assert sum(1 for _ in everything.boxes()) <= 2 * MOST


def test_sections_of_a_long_list_can_be_shown_like_scopes():
    graph = chain(10_000)
    scene = view(graph)
    section = next(b for b in scene.frame.boxes if b.kind == describe.SECTION)
    inner = view(graph, scope=section.key)
    assert inner.operations == section.count
    assert inner.frame.boxes[0].kind == describe.SECTION
    deeper = view(graph, scope=inner.frame.boxes[0].key)
    assert {b.kind for b in deeper.frame.boxes} >= {describe.SECTION}


def test_a_dense_graph_is_thinned_out_before_it_is_laid_out():
    graph = FakeGraph()
    tensors = [graph.placeholder("x")]
    for number in range(30):
        tensors.append(graph.op("AddN", f"op{number}", tuple(tensors)))
    frame = view(graph).frame
    assert len(frame.edges) <= 3 * len(frame.boxes) + CROWD
    assert frame.aside


def test_names_nested_thousands_deep_do_not_overflow_the_stack():
    graph = FakeGraph()
    graph.placeholder("a/" * 3000 + "x")
    graph.placeholder("b/" * 3000 + "x")
    scene = view(graph, everything=True)
    assert sum(1 for _ in scene.boxes()) <= 2 * MOST


def test_cycles_are_drawn_as_they_are():
    graph = FakeGraph()
    a = graph.op("Merge", "a")
    b = graph.op("NextIteration", "b", (a,))
    a.op.inputs = (b,)
    assert ends(view(graph).frame) == {("a", "b"), ("b", "a")}


def test_devices_are_counted_per_box():
    scene = view(classifier(device="/device:GPU:1"), budget=5)
    assert box(scene, "layer1").devices == [("GPU:1", 2)]


def test_the_scene_is_plain_data():
    for graph in (product(), classifier(), hostile()):
        data = view(graph).to_json()
        assert json.loads(json.dumps(data)) == json.loads(json.dumps(data))
        assert data["operations"] == len(graph)


def test_the_same_graph_gives_the_same_scene():
    assert view(classifier()).to_json() == view(classifier()).to_json()
