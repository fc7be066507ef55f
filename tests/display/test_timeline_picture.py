"""The picture of a run."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from interactive_graphs.display.runs import Node, RunTrace, Slice
from interactive_graphs.display.timeline_picture import (
    HUES,
    TimelinePicture,
    hues,
    round_step,
)

CPU = "/job:localhost/replica:0/task:0/device:CPU:{}"
SVG = "{http://www.w3.org/2000/svg}"


def run(number=1, count=3, took=1000.0, title="y:0"):
    slices = [
        Slice(
            Node(f"s/n{i}", f"T{i % 9}", CPU.format(i % 2)),
            took * i / count,
            0.8 * took / count,
            (),
            ((i + 1, 64),),
        )
        for i in range(count)
    ]
    return RunTrace(number, title, 0.0, took, slices)


def bars(svg):
    return [r for r in ElementTree.fromstring(svg).iter(f"{SVG}rect") if list(r)]


def test_each_slice_is_a_bar_in_its_place():
    found = bars(TimelinePicture([run()]).svg)
    assert [r[0].text for r in found] == [
        "s/n0 (T0) 267 us",
        "s/n2 (T2) 267 us",
        "s/n1 (T1) 267 us",
    ]
    x = [float(r.get("x")) for r in found]
    assert x[0] < x[2] < x[1]
    assert len({r.get("y") for r in found}) == 2
    assert float(found[0].get("width")) == pytest.approx(0.8 * (x[2] - x[0]), abs=0.5)


def test_words_say_what_is_shown():
    picture = TimelinePicture([run(1), run(2)])
    root = ElementTree.fromstring(picture.svg)
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert "Run 2 of 2: y:0" in texts
    assert {"CPU:0", "CPU:1", "n0", "up to 64 B", "1 T0 33 %"} <= set(texts)
    assert picture.alt == (
        "Timeline of run 2, y:0: 1.0 ms, 3 slices on CPU:0, CPU:1. Most time: "
        "s/n0 33 %, s/n1 33 %, s/n2 33 %."
    )
    assert root.find(f"{SVG}desc").text == picture.alt
    bundle = picture.bundle()
    assert bundle["text/plain"].startswith("2 runs, 3 operations: 2.0 ms")
    assert 'alt="Timeline of run 2' in bundle["text/html"]


def test_the_same_run_gives_the_same_bytes():
    assert TimelinePicture([run()]).svg == TimelinePicture([run()]).svg


def test_the_dearest_types_have_colours_of_their_own():
    assert len(hues(run(count=40))) == len(HUES) - 1


def test_a_long_run_stays_small():
    long = run(count=20_000, took=1e6)
    svg = TimelinePicture([long]).svg
    assert len(svg) < 60_000
    # What is under a pixel wide is a stroke, and no two in one pixel.
    assert 1000 < svg.count("v20") < 1500
    assert "up to" in svg


def test_no_runs_and_empty_runs_are_shown_as_well():
    assert TimelinePicture([]).bundle()["text/plain"] == "No runs were traced"
    empty = TimelinePicture([RunTrace(1, "", 0.0, 0.0)])
    ElementTree.fromstring(empty.svg)
    assert "no device" in empty.alt
    ElementTree.fromstring(TimelinePicture([]).svg)


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", '"><img onerror=x>', "]]>&\n\x00\x1b", "ﷺ🙂"]
)
def test_names_are_data(words):
    slices = [Slice(Node(words, words, words), 0.0, 900.0)]
    hostile = RunTrace(1, words, 0.0, 1000.0, slices, error=words)
    picture = TimelinePicture([hostile])
    tags = {e.tag.removeprefix(SVG) for e in ElementTree.fromstring(picture.svg).iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "text", "path"}
    assert "<script" not in picture.bundle()["text/html"]


@pytest.mark.parametrize(
    ("wanted", "step"), [(0.7, 1), (1.1, 2), (3, 5), (60, 100), (0, 1), (200, 200)]
)
def test_lines_stand_at_round_times(wanted, step):
    assert round_step(wanted) == step
