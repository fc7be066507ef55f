"""The book: frames that do not depend on what else is open, and fit together."""

from __future__ import annotations

import json

import pytest

from interactive_graphs.display import describe
from interactive_graphs.display.book import Book, UnknownScopeError
from interactive_graphs.display.lift import PORTS, REST
from interactive_graphs.display.settings import Settings
from interactive_graphs.display.view import bind
from tests.display.fakes import FakeGraph, blocks, chain, classifier, hostile, product

GRAPHS = [product, classifier, hostile, lambda: chain(300), lambda: blocks(500)]


def labels(frame):
    return [box.label for box in frame.boxes]


def nested():
    """x -> a/b/first -> a/c -> out, with a second taker of first outside of a."""
    graph = FakeGraph()
    x = graph.placeholder("x")
    first = graph.op("Relu", "a/b/first", (x,))
    graph.op("Neg", "a/b/second", (first,))
    graph.op("Abs", "a/c", (first,))
    graph.op("Exp", "out/one", (first,))
    graph.op("Exp", "out/two", (first, graph.named("a/c").outputs[0]))
    return graph


def test_a_frame_does_not_depend_on_which_were_made_before():
    graph = classifier()
    alone = Book(graph).frame("layer2")
    book = Book(graph)
    for key in list(book.keys()):
        book.frame(key)
    assert book.frame("layer2") == alone


def test_a_frame_is_made_once():
    book = Book(classifier())
    assert book.frame("layer1") is book.frame("layer1")


@pytest.mark.parametrize("make", GRAPHS)
def test_an_edge_goes_on_inside_from_the_port_that_it_ends_at(make):
    book = Book(make())
    crossings = 0
    for key in list(book.keys()):
        frame = book.frame(key)
        for edge in frame.edges:
            for child, port, side, end in (
                (edge.head, edge.head_port, "inputs", "tail"),
                (edge.tail, edge.tail_port, "outputs", "head"),
            ):
                if not child or not port:
                    continue
                crossings += 1
                inside = book.frame(child)
                assert port in {one.key for one in getattr(inside, side)}
                goes_on = [
                    e
                    for e in inside.edges
                    if not getattr(e, end) and getattr(e, f"{end}_port") == port
                ]
                # None where what it leads to is set aside in there.
                assert goes_on or inside.aside
    assert crossings or make is product


@pytest.mark.parametrize("make", GRAPHS)
def test_every_end_of_an_edge_is_in_its_frame(make):
    book = Book(make())
    for key in list(book.keys()):
        frame = book.frame(key)
        boxes = {box.key for box in frame.boxes}
        inputs, outputs = ({p.key for p in s} for s in (frame.inputs, frame.outputs))
        for edge in frame.edges:
            assert edge.tail in boxes if edge.tail else edge.tail_port in inputs
            assert edge.head in boxes if edge.head else edge.head_port in outputs
        ends = [(e.tail, e.tail_port, e.head, e.head_port) for e in frame.edges]
        assert len(ends) == len(set(ends))


@pytest.mark.parametrize("make", GRAPHS)
def test_every_operation_has_one_home_and_every_box_one_frame(make):
    graph = make()
    model = Book(graph).to_json()
    assert len(model["ops"]["home"]) == len(graph)
    shown = {}
    for key, frame in model["frames"].items():
        boxes = [*frame["boxes"], *(one["box"] for one in frame["aside"])]
        for box in boxes:
            assert box["key"] not in shown
            shown[box["key"]] = key
    assert shown == model["parents"]
    assert set(model["ops"]["home"]) <= set(shown)
    for scope in model["scopes"]:
        assert scope in model["frames"]
        assert scope in model["parents"]


def test_ports_are_called_after_what_lies_beyond():
    book = Book(nested())
    inner = book.frame("a/b")
    assert [port.label for port in inner.inputs] == ["x"]
    assert [port.key for port in inner.outputs] == ["a/c", "out"]
    (inward,) = (e for e in inner.edges if not e.tail)
    assert (inward.tail_port, inward.head) == ("x", "a/b/first")
    outer = book.frame("a")
    assert {(e.tail, e.tail_port, e.head, e.head_port) for e in outer.edges} == {
        ("", "x", "a/b", "x"),
        ("a/b", "a/c", "a/c", ""),
        ("a/b", "out", "", "out"),
        ("a/c", "", "", "out"),
    }


def test_very_many_ports_are_bundled():
    graph = FakeGraph()
    outside = [graph.placeholder(f"x{number}") for number in range(PORTS + 3)]
    for number, x in enumerate(outside):
        graph.op("Relu", f"scope/in/relu{number}", (x,))
    graph.op("Neg", "scope/neg")
    book = Book(graph)
    assert len(book.frame("scope").inputs) == PORTS
    rest = book.frame("scope").inputs[-1]
    assert (rest.key, rest.label) == (REST, "4 others")
    into = {e.head_port for e in book.frame("scope").edges if e.head == "scope/in"}
    assert into <= {port.key for port in book.frame("scope/in").inputs}


def test_what_a_closed_box_names_has_a_box_in_its_frame():
    graph = FakeGraph()
    graph.variable("w", (), graph.constant(42.0, "start"))
    graph.op("Neg", "neg", (graph.named("w/read").outputs[0],))
    book = Book(graph)
    assert labels(book.frame("")) == ["w", "neg"]
    assert labels(book.frame("w")) == ["start", "w", "Assign", "read"]
    assert book.parent("start") == "w"
    assert ("start", "w/Assign") in {(e.tail, e.head) for e in book.frame("w").edges}


def test_homes_are_boxes_that_readers_know():
    graph = FakeGraph()
    graph.variable("layer/w", (2,))
    x = graph.placeholder("x", (2, 3))
    axis = graph.constant([0, 1], "layer/Const", "int32")
    graph.op("Mean", "layer/Mean", (x, axis))
    book = Book(graph)
    homes = {op.name: book.home(op) for op in graph}
    assert homes["layer/w/read"] == homes["layer/w"] == "layer/w"
    assert homes["layer/Const"] == homes["layer/Mean"] == "layer/Mean"
    assert homes["x"] == "x"
    assert homes == dict(
        zip((op.name for op in graph), book.to_json()["ops"]["home"], strict=True)
    )


def test_letters_of_what_is_set_aside_outside_are_on_the_boxes_inside():
    book = Book(classifier(4))
    letter = {one.box.key: one.letter for one in book.frame("").aside}
    inside = {box.key: box.marks for box in book.frame("layer1").boxes}
    assert letter["gradients"] in inside["layer1/weights"]
    assert "gradients" not in {port.key for port in book.frame("layer1").outputs}
    # The scope itself shows where everything comes from.
    assert {port.key for port in book.frame("gradients").inputs} >= {"layer1", "loss"}


def test_two_frames_side_by_side_do_not_share_a_letter_in_a_picture():
    graph = FakeGraph()
    for scope in ("one", "two"):
        hub = graph.placeholder(f"{scope}/hub")
        for number in range(9):
            graph.op("Relu", f"{scope}/relu{number}", (hub,))
    book = Book(graph)
    assert [one.letter for one in book.frame("one").aside] == ["A"]
    assert [one.letter for one in book.frame("two").aside] == ["A"]
    opened = [book.find("one"), book.find("two")]
    inside = [box.frame for box in bind(book, book.root, opened).boxes]
    assert [[one.letter for one in frame.aside] for frame in inside] == [["A"], ["B"]]
    assert {tuple(box.marks) for box in inside[1].boxes} == {("B",)}


def test_frames_of_sections_are_found_by_their_keys():
    book = Book(chain(10_000))
    section = next(b for b in book.frame("").boxes if b.kind == describe.SECTION)
    inner = Book(chain(10_000)).frame(section.key).boxes[0]
    assert Book(chain(10_000)).frame(inner.key).boxes


@pytest.mark.parametrize("key", ["nowhere", "layer1/add", "x", "#3", "layer1#1"])
def test_what_is_no_scope_has_no_frame(key):
    with pytest.raises(UnknownScopeError):
        Book(classifier()).frame(key)


def test_a_model_holds_the_frames_asked_for_and_knows_of_all():
    book = Book(blocks(500))
    model = book.to_json([""])
    assert list(model["frames"]) == [""]
    assert set(model["scopes"]) | {""} == set(book.keys())
    assert model == json.loads(json.dumps(model))


def test_a_model_says_what_each_operation_is():
    graph = classifier(1, device="/device:GPU:0")
    model = Book(graph, asked=[graph[-1]]).to_json(title="mine")
    ops = model["ops"]
    at = {name: index for index, name in enumerate(ops["name"])}
    assert (model["version"], model["title"]) == (1, "mine")
    add = at["layer1/add"]
    assert ops["type"][add] == "Add"
    assert ops["inputs"][add] == [
        [at["layer1/MatMul"], 0],
        [at["layer1/biases/read"], 0],
    ]
    assert ops["outputs"][add] == [["float32", "(?, 64)"]]
    assert ops["kind"][at["layer1/weights"]] == describe.VARIABLE
    assert ops["device"][at["layer1/weights"]] == "GPU:0"
    assert at["layer1/weights/Assign"] in ops["controls"][at["init"]]
    assert model["asked"] == [len(graph) - 1]


def test_what_is_hidden_is_not_in_the_book():
    book = Book(classifier(), settings=Settings(hidden=["gradients", "train"]))
    names = {op.name for op in book.operations}
    assert not any(name.startswith(("gradients", "train")) for name in names)
    model = book.to_json()
    assert model["settings"]["hidden"] == ["gradients", "train"]
    assert max(i for row in model["ops"]["controls"] for i in row) < len(names)


def test_series_of_equal_scopes_are_one_box_when_asked():
    graph = classifier(12)
    assert "layer7" in labels(Book(graph).frame(""))
    book = Book(graph, settings=Settings(series=True))
    (series,) = (b for b in book.frame("").boxes if b.kind == describe.SECTION)
    assert series.label == "layer1 … layer12 (12 equal)"
    assert series.count == sum(op.name.startswith("layer") for op in graph)
    assert labels(book.frame(series.key)) == [f"layer{n}" for n in range(1, 13)]
    edges = {(e.tail, e.head) for e in book.frame(series.key).edges}
    assert ("layer3", "layer4") in edges


def test_a_series_in_a_crowded_scope_stays_together():
    graph = chain(60)
    for number in range(5):
        graph.op("Relu", f"block{number}/relu")
        graph.op("Relu", f"block{number}/again")
    book = Book(graph, settings=Settings(series=True))
    assert book.parent("block3").startswith("#s")
    assert {op.name: book.home(op) for op in graph}["block3/relu"] == "block3/relu"


def test_a_series_needs_equal_scopes_not_equal_names():
    graph = FakeGraph()
    for number, op_type in enumerate(("Relu", "Relu", "Tanh", "Relu")):
        graph.op(op_type, f"layer{number}/act")
        graph.op("Neg", f"layer{number}/neg")
    book = Book(graph, settings=Settings(series=True))
    assert labels(book.frame("")) == [f"layer{n}" for n in range(4)]
