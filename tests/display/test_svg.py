import re
import xml.etree.ElementTree as ElementTree

import pytest

from interactive_graphs.display import layout
from interactive_graphs.display.measure import fit, text_width
from interactive_graphs.display.svg import to_svg
from interactive_graphs.display.view import view
from tests.display.fakes import HOSTILE, blocks, chain, classifier, hostile, product

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=["dot", "wasm"])
def engine(request):
    if request.param == "dot" and layout.engine_name() != "dot":
        pytest.skip("there is no dot binary")
    return request.param


def parsed(svg):
    return ElementTree.fromstring(svg)


def texts(svg):
    return [text.text or "" for text in parsed(svg).iter(f"{SVG}text")]


def number(element, name):
    return float(element.get(name))


def test_the_picture_names_operations_and_tensors(engine):
    found = texts(to_svg(view(product()), engine))
    assert {"a", "b", "c", "Mul", "5.0", "6.0"} <= set(found)
    assert found.count("float32 ()") == 2


def test_the_same_graph_is_the_same_bytes(engine):
    first = to_svg(view(classifier()), engine)
    layout._cache.clear()
    assert to_svg(view(classifier()), engine) == first


def test_it_has_a_title_and_a_description(engine):
    root = parsed(to_svg(view(product(), title="c:0"), engine))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "c:0"
    assert root.find(f"{SVG}desc").text == (
        "3 operations, of them 2 constants. Shown: a, b, c."
    )


def test_it_needs_nothing_from_outside(engine):
    svg = to_svg(view(classifier()), engine)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in svg
    assert "@import" not in svg
    assert "url(" not in svg


def test_it_has_colours_for_dark_pages():
    svg = to_svg(view(product()), "wasm")
    assert "@media(prefers-color-scheme:dark)" in svg


def test_hostile_names_are_text_and_nothing_else(engine):
    svg = to_svg(view(hostile(), everything=True), engine)
    tags = {element.tag.removeprefix(SVG) for element in parsed(svg).iter()}
    assert tags <= {
        *("svg", "title", "desc", "style", "g", "rect"),
        *("path", "text", "polygon", "circle"),
    }
    assert "alert(1)" in svg
    assert "<script" not in svg
    assert {"<b>", HOSTILE[0]} <= set(texts(svg))


@pytest.mark.parametrize(
    "make", [product, classifier, hostile, lambda: chain(500), lambda: blocks(500)]
)
def test_all_words_lie_on_the_card(make, engine):
    root = parsed(to_svg(view(make(), everything=True), engine))
    width, height = number(root, "width"), number(root, "height")
    # Words in a group are relative to it; groups nest two deep at most.
    for x, y, text in placed_texts(root, 0.0, 0.0):
        size = 13 if "head" in text.get("class") else 12
        reach = text_width(text.text or "", size)
        middle = "mid" in text.get("class")
        assert x - reach / 2 * middle >= 0
        assert x + reach * (0.5 if middle else 1) <= width + 1
        assert 0 <= y <= height


def placed_texts(element, x, y):
    for child in element:
        dx, dy = x, y
        moved = re.match(r"translate\((\S+) (\S+)\)", child.get("transform") or "")
        if moved:
            dx, dy = x + float(moved[1]), y + float(moved[2])
        if child.tag == f"{SVG}text":
            yield dx + number(child, "x"), dy + number(child, "y"), child
        yield from placed_texts(child, dx, dy)


def test_boxes_do_not_overlap(engine):
    root = parsed(to_svg(view(classifier(), budget=60), engine))
    boxes = []
    for x, y, label in placed_texts(root, 0.0, 0.0):
        if "label" in label.get("class"):
            boxes.append((x, y))
    assert len(boxes) > 15
    for index, (x, y) in enumerate(boxes):
        for other_x, other_y in boxes[index + 1 :]:
            assert abs(x - other_x) > 10 or abs(y - other_y) > 12


def test_every_kind_has_a_shape_of_its_own():
    """So that none is told by its colour alone."""
    from interactive_graphs.display import describe, shapes

    outlines = {
        kind: re.sub(r'class="\w+( \w+)?"', "", shapes.outline(kind, 0, 0, 80, 40))
        + re.sub(r'class="\w+( \w+)?"', "", shapes.icon(kind))
        for kind in describe.KINDS
    }
    assert len(set(outlines.values())) == len(describe.KINDS)


@pytest.mark.parametrize("column", [2, 3])
def test_words_stand_out_from_what_is_behind_them(column):
    """4.5:1, the contrast that WCAG AA asks of small text."""
    from interactive_graphs.display.style import _COLOURS

    colours = {(row[0], row[1]): row[column] for row in _COLOURS}
    behind = [name for name, what in colours if what == "fill" and name != "chip"]
    for words in ("ink", "soft"):
        for name in behind:
            if name in ("ink", "soft", "mark", "mark-ink", "chip-ink", "tip"):
                continue
            if name in ("frame", "aside"):
                continue  # seven parts in a hundred of it, on the card
            assert contrast(colours[words, "fill"], colours[name, "fill"]) >= 4.5
    assert contrast(colours["mark-ink", "fill"], colours["mark", "fill"]) >= 4.5
    assert contrast(colours["chip-ink", "fill"], colours["chip", "fill"]) >= 4.5


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_is_cut_in_the_middle_to_fit():
    name = "a_very_long_operation_name_that_ends_in_grad_1"
    short = fit(name, 12, 120)
    assert text_width(short, 12) <= 120
    assert short.startswith("a_very")
    assert short.endswith("grad_1")
    assert fit("short", 12, 120) == "short"
