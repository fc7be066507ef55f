"""Names, values, devices and attributes that try to be markup stay text in every form.

Two graphs: one that TensorFlow's rules for names allow, with hostile contents, and one
of plain objects whose names follow no rule at all, as a GraphDef of unknown origin may.
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.display import show_graph
from interactive_graphs.display.picture import Picture
from interactive_graphs.display.view import view
from tests.display.fakes import HOSTILE, hostile

EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "' \" ` \\",
    "line\nline\r\n\u2028\u2029\x85",
    "\x00\x07\x1b[31m\x7f\x9b",
    "z" * 10_000,
    "\u202eright to left\u202c שלום",
    "👩‍👩‍👧 🦄",
    "&lt;&amp;&#60;",
    "half \ud800 pair \uffff",
    "{{7*7}} ${alert(1)} %s {0}",
]


def allowed():
    """A graph that TensorFlow would build, hostile wherever it may be."""
    graph = tf.Graph()
    with graph.as_default():
        last = tf.placeholder(tf.string, [], name="x" * 10_000)
        for number, evil in enumerate(EVIL):
            with tf.name_scope(f"scope.{number}"):
                value = tf.constant(evil.encode("utf-8", "surrogatepass"), name="a.b-c")
                last = tf.string_join(
                    [last, value], separator=evil.replace("\ud800", ""), name="j"
                )
                last.op._set_attr("note", evil.encode("utf-8", "surrogatepass"))
    return graph


def pictures():
    yield show_graph(allowed(), everything=True)
    yield show_graph(allowed(), color={"title": EVIL[0], "values": [1.0] * 27})
    yield Picture(view(hostile(), everything=True, title=EVIL[1]))


@pytest.fixture(params=range(3), ids=["allowed", "coloured", "no rules"])
def picture(request):
    return next(itertools.islice(pictures(), request.param, None))


class Elements(HTMLParser):
    """The elements of an HTML text, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def printable(text):
    return all(c.isprintable() or c in "\n\u200d" for c in text)


def test_svg_is_well_formed_and_runs_nothing(picture):
    root = ElementTree.fromstring(picture.svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {
        *("svg", "title", "desc", "style", "g", "rect", "path", "text"),
        *("polygon", "circle"),
    }
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on")]
        assert "href" not in " ".join(element.attrib)
        assert printable("".join([element.text or "", element.tail or ""]))


def test_the_image_is_one_element_with_a_text_for_who_cannot_see_it(picture):
    ((tag, attributes),) = Elements(picture.html).found
    assert tag == "img"
    assert set(attributes) == {"alt", "src", "style"}
    data = attributes["src"].removeprefix("data:image/svg+xml;base64,")
    ElementTree.fromstring(base64.b64decode(data))
    assert printable(attributes["alt"])
    assert 20 < len(attributes["alt"]) < 3000


def test_a_page_has_no_script_but_its_own(picture):
    tags = [tag for tag, _ in Elements(picture.page).found]
    assert tags.count("script") == 2
    assert tags.count("img") == 1
    for _, attributes in Elements(picture.page).found:
        assert not [name for name in attributes if name.startswith("on")]


def test_graphviz_takes_the_dot_for_text(picture):
    if not shutil.which("dot"):
        pytest.skip("there is no dot binary")
    done = subprocess.run(
        ["dot", "-Tsvg"],
        input=picture.dot.encode("utf-8", "replace"),
        capture_output=True,
        check=True,
    )
    root = ElementTree.fromstring(done.stdout)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "img", "image", "table"}


def test_text_stays_on_its_line(picture):
    assert printable(picture.text)
    lines = picture.text.splitlines()
    boxes = sum(1 for _ in picture.scene.boxes())
    assert len(lines) <= boxes + 1 + len(picture.scene.notes)
    assert max(map(len, lines)) < 1000


def test_json_comes_back_as_it_was(picture):
    data = picture.scene.to_json()
    assert json.loads(json.dumps(data)) == json.loads(json.dumps(data))
    assert "alert(1)" in json.dumps(data)


@pytest.mark.parametrize("ending", ["svg", "html", "dot", "txt", "json"])
def test_every_file_can_be_written(picture, tmp_path, ending):
    assert picture.save(tmp_path / f"g.{ending}").stat().st_size > 500


def test_a_png_can_be_drawn(tmp_path):
    pytest.importorskip("resvg_py")
    picture = Picture(view(hostile(), budget=1))
    assert picture.save(tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")


def test_a_notebook_keeps_little_of_a_long_name(picture):
    assert len(json.dumps(picture.bundle())) < 100_000


def test_displays_of_hostile_parts_are_text():
    graph = allowed()
    with tf.Session(graph=graph) as session:
        shown = [session, graph]
        for op in graph.get_operations():
            shown += [op, *op.outputs]
        for one in shown:
            bundle = one._repr_mimebundle_()
            assert "display failed" not in bundle["text/plain"]
            assert printable(bundle["text/plain"])
            tags = {tag for tag, _ in Elements(bundle["text/html"]).found}
            assert tags <= {
                *("img", "p", "table", "thead", "tbody", "tr", "th", "td"),
                *("caption", "pre"),
            }
            assert len(json.dumps(bundle)) < 100_000


def test_hostile_words_are_shown_not_dropped():
    """What cannot run can still be read."""
    svg = html.unescape(Picture(view(hostile(), everything=True)).svg)
    for name in HOSTILE:
        if len(name) < 20 and name.isprintable():
            assert name in svg
    text = show_graph(allowed(), everything=True).text
    assert "<script>alert(1)</script>" in text
    assert "\\x1b" in text
    assert re.search("z{5,}…z{5,}", text) or "string (" in text


def test_values_of_variables_are_text():
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.Variable(np.array(EVIL[:3], object), name="v")
        session.run(variable.initializer)
        for shown in (session, variable):
            bundle = shown._repr_mimebundle_()
            assert "<script" not in bundle["text/html"]
            assert "<img src=x" not in bundle["text/html"]
