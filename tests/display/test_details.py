"""What a view is told about one operation, and about all of them at once."""

import json

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.display.details import Facts, details, gradient_facts
from interactive_graphs.display.holding import holding


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def made_here(name):
    return tf.constant([[1.0, 2.0], [3.0, float("nan")]], name=name)


def test_attributes_stack_and_value_of_an_operation():
    found = details(made_here("c").op)
    assert found["attrs"] == [["dtype", "float32"]]
    inner = found["stack"][-1]
    assert inner["function"] == "made_here"
    assert inner["place"].startswith("test_details.py, line ")
    assert inner["text"].startswith("return tf.constant([[1.0, 2.0]")
    assert found["stack"][-2]["text"] == 'found = details(made_here("c").op)'
    assert found["value"] == {
        "text": "[[ 1.  2.]\n [ 3. nan]]",
        "words": "4 elements, min 1, mean 2, max 3, 1 NaN",
    }
    assert found["gradient_of"] == ""


def test_variables_have_the_value_of_a_session():
    v = tf.Variable([1.0, 2.0], name="v")
    x = tf.placeholder(tf.float32, [], name="x")
    session = tf.Session()
    assert details(v.op)["value"] is None
    assert details(v.op, session)["value"] == {"text": "not initialized", "words": ""}
    session.run(v.initializer)
    assert details(v.op, session)["value"]["text"] == "[1. 2.]"
    assert details((v * 2.0).op, session)["value"]["text"] == "[2. 4.]"
    assert details((v * x).op, session)["value"] is None  # needs a feed
    assert details(v.initializer, session)["value"] is None  # would change it


def test_a_gradient_knows_what_it_is_of():
    v = tf.Variable(3.0, name="v")
    still = tf.Variable(3.0, trainable=False, name="still")
    y = tf.square(v * still, name="y")
    (dy,) = tf.gradients(y, [v])
    assert details(dy.op)["gradient_of"] == "mul"
    operations = tf.get_default_graph().get_operations()
    found = gradient_facts(operations)
    assert [operations[i].name for i in found["trainable"]] == ["v"]
    pairs = {operations[g].name: operations[of].name for g, of in found["gradient_of"]}
    assert pairs[dy.op.name] == "mul"
    assert set(pairs.values()) == {"y", "mul"}
    assert all(name.startswith("gradients/") for name in pairs)


def test_facts_say_the_same_with_shared_parts_once():
    cs = [made_here(f"c{i}") for i in range(20)]
    last = tf.add_n(cs, name="last")
    operations = [*(c.op for c in cs), last.op]
    facts = json.loads(json.dumps(Facts(operations).to_json()))
    assert len(facts["stacks"]) == 2
    assert len(facts["attributes"]) == 2
    for number, op in enumerate(operations):
        alone = details(op)
        assert facts["stacks"][facts["stack"][number]] == alone["stack"]
        assert facts["attributes"][facts["attrs"][number]] == alone["attrs"]
        assert facts["values"].get(str(number)) == alone["value"]


def test_facts_of_nothing():
    assert Facts([]).to_json()["gradients"] == {"trainable": [], "gradient_of": []}


def names(text, session=None):
    graph = tf.get_default_graph()
    return {op.name: at for op, at in holding(graph.get_operations(), text, session)}


def test_numbers_are_found_as_precisely_as_they_are_written():
    tf.constant([0.25, 1 / 3, 0.4], name="thirds")
    tf.constant(3, name="three")
    tf.constant([[2.6, 3.0]], name="floats")
    assert names("0.33") == {"thirds": "1 of 3 elements, first at [1]"}
    assert names("0.3333") == {"thirds": "1 of 3 elements, first at [1]"}
    assert names("0.334") == {}
    assert names("3") == {"three": "", "floats": "1 of 2 elements, first at [0, 1]"}
    assert names("3e0").keys() == {"three", "floats"}
    assert names("2.5e-1").keys() == {"thirds"}


def test_comparisons_and_what_is_no_number():
    tf.constant([1.0, float("nan"), float("-inf")], name="odd")
    tf.constant([7, 8], name="whole")
    tf.constant([True, False], name="truth")
    tf.constant(1 + 2j, name="complex")
    assert names(">= 7.5") == {"whole": "1 of 2 elements, first at [1]"}
    assert names("<0") == {"odd": "1 of 3 elements, first at [2]"}
    assert names("nan") == {"odd": "1 of 3 elements, first at [1]"}
    assert names("inf").keys() == {"odd"}
    assert names("+inf") == {}
    assert names("true") == {"truth": "1 of 2 elements, first at [0]"}
    assert names("") == {}


def test_strings_are_searched_for_parts():
    tf.constant(["Straße", "weg"], name="words")
    assert names("STRA") == {"words": "1 of 2 elements, first at [0]"}
    assert names("'weg'") == {"words": "1 of 2 elements, first at [1]"}
    assert names("ß").keys() == {"words"}


def test_variables_are_searched_in_a_session():
    v = tf.Variable(np.float32([4.5, 5.5]), name="v")
    tf.Variable(4.5, name="raw")
    session = tf.Session()
    session.run(v.initializer)
    assert "v" not in names("5.5")
    assert names("5.5", session)["v"] == "1 of 2 elements, first at [1]"
    assert "raw" not in names("4.5", session)
