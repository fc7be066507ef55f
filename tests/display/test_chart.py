"""Charts on static pages: whole, escaped, told in words, the same each time."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from interactive_graphs.display.chart import chart_svg, chart_words

RANDOM = np.random.RandomState(0)
CASES = {
    "number": np.float32(0.26894143),
    "line": RANDOM.randn(30),
    "bars": np.array([3, -1, 2]),
    "heat": RANDOM.randn(5, 7).astype("f"),
    "scatter": RANDOM.randn(9, 2),
    "curve": np.linspace(0, 1, 81) ** 2,
    "surface": np.add.outer(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41)),
}
ENDS = {"curve": [(-3, 3)], "surface": [(-3, 3), (-3, 3)]}


@pytest.mark.parametrize("kind", CASES)
def test_every_kind_is_a_document_with_words(kind):
    svg = chart_svg(kind, CASES[kind], "a < b", ends=ENDS.get(kind, ()))
    root = ElementTree.fromstring(svg)
    assert root.find("{*}title").text == "a < b"
    assert root.find("{*}desc").text.startswith("a < b: ")
    assert len(root) > 4
    assert svg == chart_svg(kind, CASES[kind], "a < b", ends=ENDS.get(kind, ()))


@pytest.mark.parametrize("kind", CASES)
def test_nothing_finite_and_nothing_at_all_can_be_drawn(kind):
    for value in (np.nan, np.inf):
        bad = np.full_like(CASES[kind], value, dtype=np.float64)
        ElementTree.fromstring(chart_svg(kind, bad, "bad", ends=ENDS.get(kind, ())))
    ElementTree.fromstring(chart_svg(kind, np.zeros((0, 2)), "empty"))
    ElementTree.fromstring(chart_svg(kind, np.array([b"<b>"], object), "words"))


def test_a_line_has_a_gap_where_there_is_no_number():
    svg = chart_svg("line", [1.0, 2.0, np.nan, 3.0, 4.0], "gap")
    path = re.search(r'class="l" d="([^"]+)"', svg)[1]
    assert path.count("M") == 2


def test_classes_differ_by_shape():
    svg = chart_svg("scatter", [[0.0, 0.0], [1.0, 1.0]], "two", labels=[0, 1])
    assert svg.count('<circle class="p0"') == svg.count('<rect class="p1"') == 1


def test_the_reader_is_on_the_curve():
    svg = chart_svg("curve", [0.0, 1.0, 4.0], "y", ends=[(0, 2)], at=[2.0])
    place = re.search(r'class="h" cx="([\d.]+)" cy="([\d.]+)"', svg)
    end = re.search(r'd="[^"]*L([\d.]+) ([\d.]+)"/>', svg)
    assert place.groups() == end.groups()


def test_words_hold_no_more_digits_than_the_range_has():
    assert chart_words("curve", np.linspace(1.6e-8, 0.99721, 9)) == (
        "curve of (9,) from 0 to 0.9972"
    )
    assert chart_words("line", [np.nan] * 9) == "line of (9,), nothing finite"
    assert chart_words("line", [*range(9), np.inf]).endswith("to 8, 1 not finite")
    assert chart_words("number", np.float32(0.26894143)) == "0.2689"


def test_a_large_surface_stays_small():
    assert len(chart_svg("surface", RANDOM.randn(200, 200), "noise")) < 150_000
