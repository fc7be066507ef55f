"""A saved page as text: what it holds, and that nothing gets out of its place."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from interactive_graphs.display.page import PACKED_FROM, page
from tests.display.fakes import HOSTILE


class Parsed(HTMLParser):
    """The elements of a page with their attributes and texts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        self.inside = True

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.texts[-1] += data

    def the(self, tag, **wanted):
        """Attributes and text of the one element of a kind."""
        (found,) = [
            (attrs, text)
            for (name, attrs), text in zip(self.elements, self.texts, strict=True)
            if name == tag and wanted.items() <= attrs.items()
        ]
        return found


def saved(text):
    """The data that the page's script reads."""
    attrs, content = Parsed(text).the("script", type="application/json")
    if attrs.get("data-packed") == "gzip":
        content = gzip.decompress(base64.b64decode(content)).decode()
    return json.loads(content)


VIEW = {"_view": "graph", "model": {"ops": {}}}


def test_the_data_come_back_as_they_were():
    text = page([VIEW], title="t", facts={"values": {}})
    assert saved(text) == {"views": [VIEW], "facts": {"values": {}}}


@pytest.mark.parametrize("repeats", [1, 2000])
def test_hostile_words_stay_in_their_places(repeats):
    words = [*HOSTILE, "</script>", "<!--<script>", "\u2028\u2029", "\ud800"] * repeats
    view = VIEW | {"marks": words}
    everything = "\n".join(HOSTILE)
    text = page([view], title=HOSTILE[3], summary=everything, alt=everything, text="")
    assert saved(text)["views"][0]["marks"] == words
    assert ('data-packed="gzip"' in text) == (repeats > 1)
    names = [name for name, _ in Parsed(text).elements]
    assert names.count("script") == 2
    assert "b" not in names
    assert "img" not in names  # there is no drawing
    assert "alert(1)</script>" not in text
    text.encode("utf-8")  # half a surrogate would fail


def test_data_are_packed_where_that_pays():
    small, large = "x" * 10, "x" * PACKED_FROM
    assert 'data-packed="gzip"' not in page([VIEW | {"a": small}], title="t")
    packed = page([VIEW | {"a": large}], title="t")
    assert saved(packed)["views"][0]["a"] == large
    assert len(packed) < len(page([VIEW], title="t")) + PACKED_FROM / 10


def test_the_policy_allows_this_script_and_this_style_alone():
    parsed = Parsed(page([VIEW], title="t"))
    policy = parsed.the("meta", **{"http-equiv": "Content-Security-Policy"})[0]
    rules = dict(
        rule.split(" ", 1) for rule in policy["content"].replace("; ", ";").split(";")
    )
    assert rules["default-src"] == "'none'"
    for rule, element in (
        ("script-src", parsed.the("script", type="module")),
        ("style-src", parsed.the("style")),
    ):
        digest = hashlib.sha256(element[1].encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert rules["img-src"] == "data: blob:"
    assert not re.search(r"unsafe|https?:", policy["content"])


def test_the_script_does_not_end_its_element():
    script = Parsed(page([VIEW], title="t")).the("script", type="module")[1]
    assert not re.search(r"</script|<!--", script)
    assert len(script) > 50_000


def test_the_picture_and_the_words_are_there_without_scripts():
    text = page(
        [VIEW], title="t", summary="s", svg="<svg>ö</svg>", alt='a "b"', text="c\nd<e"
    )
    parsed = Parsed(text)
    picture = parsed.the("img")[0]
    assert picture["alt"] == 'a "b"'
    data = picture["src"].removeprefix("data:image/svg+xml;base64,")
    assert base64.b64decode(data).decode() == "<svg>ö</svg>"
    assert parsed.the("pre")[1] == "c\nd<e"
    assert parsed.the("h1")[1] == "t"
    assert parsed.the("html")[0]["lang"] == "en"


def test_a_page_is_the_same_each_time():
    view = VIEW | {"a": "y" * PACKED_FROM}
    assert page([view], title="t") == page([view], title="t")
