"""Colours by a property, in words as well."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.display import show_graph
from interactive_graphs.display.health import health_of
from interactive_graphs.display.overlays import COLOURS, overlay
from interactive_graphs.display.runs import Node, RunTrace, Slice
from interactive_graphs.display.shading import COLOURS as MOST, quantity
from interactive_graphs.display.style import _COLOURS, _TONES
from interactive_graphs.display.svg import to_svg
from interactive_graphs.display.view import view
from tests.display.fakes import FakeGraph, classifier, hostile
from tests.display.test_svg import contrast, texts


def shades(picture_or_scene):
    scene = getattr(picture_or_scene, "scene", picture_or_scene)
    return {box.key: box.shade for box in scene.boxes() if box.shade}


def run(took, sizes=None):
    """One run in which each operation took so many microseconds."""
    slices = [
        Slice(
            Node(name, "Relu", "/device:CPU:1"),
            0.0,
            time,
            buffers=((0, (sizes or {}).get(name, 0)),),
        )
        for name, time in took.items()
    ]
    return RunTrace(1, "y", 0.0, sum(took.values()), slices)


@pytest.fixture
def two():
    """Two operations in a scope, one outside."""
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.name_scope("scope"), tf.device("/device:CPU:1"):
        y = tf.nn.relu(x, name="relu")
        tf.to_int32(y, name="cast")
    tf.identity(y, name="out")
    return tf.get_default_graph()


def test_by_device_as_requested(two):
    picture = show_graph(two, budget=0, color="device")
    assert {key: one.text for key, one in shades(picture).items()} == {"scope": "CPU:1"}
    # The words take the place of the chips that say the same.
    assert all(not box.devices for box in picture.scene.boxes())
    assert "device, as requested:" in texts(picture.svg)
    assert "scope/  2 operations" in picture.text
    assert "device: CPU:1 ×2" in picture.text


def test_by_device_as_it_ran(two):
    assert overlay("device", two.get_operations(), run({"out": 1.0}))["values"] == [
        *(None, None, None),
        "CPU:1",
    ]


def test_by_dtype_a_scope_shows_the_most_frequent(two):
    found = shades(show_graph(two, budget=0, color="dtype"))
    assert found["x"].text == "float32"
    assert found["scope"].text == "float32 +1"
    assert found["scope"].words == "dtype: float32 ×1, int32 ×1"


def test_a_variable_has_the_dtype_that_it_holds():
    tf.get_variable("w", [2])
    (shade,) = shades(show_graph(color="dtype")).values()
    assert (shade.text, shade.css) == ("float32", "c0")


def test_by_time_a_scope_shows_the_sum(two):
    facts = run({"scope/relu": 30.0, "scope/cast": 10.0, "out": 20.0})
    picture = show_graph(two, budget=0, color="time", facts=facts)
    found = shades(picture)
    assert found["scope"].text == "40 us"
    assert (found["scope"].level, found["out"].level) == (1.0, 0.5)
    assert (found["scope"].css, found["out"].css) == ("s4", "s2")
    assert "x" not in found
    assert "time, of 1 run: 0.0 us to 40 us" in texts(picture.svg)


def test_by_memory_of_several_runs_the_most(two):
    facts = [run({"out": 1.0}, {"out": 100}), run({"out": 1.0}, {"out": 2048})]
    assert shades(show_graph(two, color="memory", facts=facts))["out"].text == "2.0 KiB"


def test_by_time_of_real_run_metadata(two):
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    config = tf.ConfigProto(allow_soft_placement=True)
    with tf.Session(config=config) as session:
        session.run("out:0", {"x:0": [1.0, 2.0]}, options, metadata)
    found = shades(show_graph(two, everything=True, color="time", facts=metadata))
    assert found["scope/relu"].text.endswith(("us", "ms"))


def test_by_health(two):
    values = {"scope/relu:0": np.array([np.nan]), two.get_tensor_by_name("out:0"): 0.0}
    found = shades(show_graph(two, budget=0, color="health", facts=values))
    assert {key: one.text for key, one in found.items()} == {
        "scope": "has NaN",
        "out": "mostly zero",
    }


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (1.0, "healthy"),
        ([0.0, 0.0, 1.0], "mostly zero"),
        ([np.inf, 1.0], "has inf"),
        ([np.inf, np.nan], "has NaN"),
        ([1 + 1j], "healthy"),
        ([complex(np.nan, 0)], "has NaN"),
        ([], "healthy"),
        ([b"text"], "healthy"),
    ],
)
def test_health_in_a_word(value, word):
    assert health_of(value).word == word


def test_an_overlay_of_ones_own_by_name(two):
    mine = {"title": "loss", "values": {"out": 3.0, "x": -1.0}, "unit": "nats"}
    found = shades(show_graph(two, color=mine))
    assert found["out"].text == "3 nats"
    assert found["x"].level == 0.0
    assert found["x"].words == "loss: -1 nats"


def test_an_overlay_for_all_operations_fits_a_part_of_them(two):
    values = ["a", "b", "c", "d"]
    found = shades(show_graph("scope/cast", color={"title": "t", "values": values}))
    assert found["x"].text == "a"
    assert "out" not in found


def test_an_overlay_of_something_else_is_refused(two):
    with pytest.raises(ValueError, match="7 values does not fit 4 operations"):
        show_graph(two, color={"title": "t", "values": [1] * 7})
    with pytest.raises(ValueError, match="needs `values`"):
        show_graph(two, color={"title": "t"})


@pytest.mark.parametrize("color", ["time", "memory", "health"])
def test_what_needs_facts_says_so(two, color):
    with pytest.raises(ValueError, match=f"To colour by {color}, say `facts=`"):
        show_graph(two, color=color)


def test_an_unknown_colour_is_refused_with_those_there_are(two):
    with pytest.raises(ValueError, match="'depth'; there are device, dtype, type"):
        show_graph(two, color="depth")


def test_infinite_values_do_not_spoil_a_scale(two):
    values = {"x": float("nan"), "out": float("inf"), "scope/relu": 2.0}
    found = shades(show_graph(two, everything=True, color={"values": values}))
    assert (found["x"].text, found["x"].level) == ("NaN", 1.0)
    assert found["scope/relu"].level == 1.0
    assert show_graph(two, color={"values": values}).svg


def test_more_categories_than_colours_share_the_last():
    graph = FakeGraph()
    for number in range(MOST + 4):
        graph.op("Relu", f"op{number}")
    values = [f"category {number}" for number in range(MOST + 4)]
    mine = {"title": "t", "kind": "category", "values": values}
    scene = view(graph, overlay=mine)
    assert len({one.css for one in shades(scene).values()}) == MOST


def test_without_an_overlay_there_is_no_colour_of_one(two):
    svg = show_graph(two).svg
    assert ".c0{" not in svg
    assert "unsaid" not in svg


def test_words_of_overlays_are_text():
    graph = hostile()
    evil = '"><script>alert(1)</script>]]>'
    mine = {"title": evil, "values": [evil] * len(graph), "words": evil, "unit": evil}
    for overlaid in (mine, mine | {"values": [1.0] * len(graph), "kind": "scale"}):
        scene = view(graph, everything=True, overlay=overlaid)
        svg = to_svg(scene)
        ElementTree.fromstring(svg)
        assert "<script" not in svg


@pytest.mark.parametrize("column", [1, 2])
def test_words_on_every_tone_can_be_read(column):
    """4.5:1, the contrast that WCAG AA asks of small text."""
    (ink,) = (row[column + 1] for row in _COLOURS if row[:2] == ("ink", "fill"))
    for name, *tones in _TONES:
        if name not in ("rail", "bar"):
            assert contrast(ink, tones[column - 1]) >= 4.5, name


def test_quantities_have_units_that_suit():
    assert quantity(1500.0, "us") == "1.5 ms"
    assert quantity(2048.0, "B") == "2.0 KiB"
    assert quantity(float("nan"), "us") == "NaN us"
    assert quantity(0.25) == "0.25"


def test_by_type_needs_no_run():
    graph = classifier()
    found = shades(view(graph, overlay=overlay("type", graph)))
    assert found["x"].text == "Placeholder"


def test_every_colour_is_named_in_the_error(two):
    with pytest.raises(ValueError, match=", ".join(COLOURS)):
        show_graph(two, color="?")
