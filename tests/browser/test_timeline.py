"""The live timeline in JupyterLab: walked by keys and clicks, linked with the graph."""

import io

import pytest

from tests.browser.axe import serious_faults
from tests.browser.conftest import kexec, quiet, run_all

pytestmark = pytest.mark.browser

CELLS = [
    """
%load_ext interactive_graphs
import ipywidgets
import numpy as np
import interactive_graphs as tf
from interactive_graphs.debug.traces import traces
x = tf.placeholder(tf.float32, [None, 40], name='x')
with tf.name_scope('layer'):
    w = tf.Variable(tf.ones([40, 30]), name='w')
    y = tf.nn.relu(tf.matmul(x, w), name='y')
with tf.device('/cpu:1'):
    loss = tf.reduce_sum(tf.square(y, name='square'), name='loss')
sess = tf.Session(config=tf.ConfigProto(device_count={'CPU': 2}))
sess.run(w.initializer)
batch = np.ones([50, 40], 'f')
t = traces(sess)
with t:
    for step in range(3):
        value = sess.run(loss, {x: batch})
""",
    "view = t.widget()\nview",
    "graph = tf.get_default_graph().widget()\n"
    "ipywidgets.jslink((view, 'selected'), (graph, 'selected'))\ngraph",
]
VIEW = ".ig-timeline-view"


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request, lab, chromium):
    """A notebook with a timeline of three runs, beside the graph."""
    name = f"timeline-{request.param}.ipynb"
    lab.write(name, CELLS)
    page = lab.open(chromium, name, request.param)
    run_all(page)
    page.wait_for_selector(f"{VIEW} canvas", timeout=60_000)
    page.scheme = request.param
    yield page
    assert quiet(page, lab)
    page.close()


def press(page, *keys):
    page.locator(VIEW).focus()
    for key in keys:
        page.keyboard.press(key)


def anew(page):
    """Everything is seen and nothing selected; another Escape would lead out."""
    kexec(page, "view.selected = ''")
    page.wait_for_function(
        "() => document.querySelector('.ig-timeline-about').innerText"
        ".startsWith('Nothing is selected')"
    )
    press(page, "0")


def about(page):
    return page.locator(".ig-timeline-about").first.inner_text()


def python(page, expression):
    return kexec(page, f"print({expression})")


def becomes(page, expression, value):
    """Waits until an expression in the kernel has a value."""
    for _ in range(50):
        found = python(page, expression)
        if found == value:
            return True
        page.wait_for_timeout(100)
    raise AssertionError(f"{expression} is {found}, not {value}: {about(page)}")


def seen(page):
    """How much of the time is seen, in microseconds."""
    number, unit = page.locator(".ig-timeline-seen").inner_text().split()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def canvas_colours(page):
    from PIL import Image

    page.wait_for_timeout(200)
    shot = page.locator(f"{VIEW} canvas").screenshot()
    with Image.open(io.BytesIO(shot)) as picture:
        colours = picture.convert("RGB").getcolors(1 << 20)
    return {colour for count, colour in colours if count > 40}


def test_slices_are_drawn_in_the_colours_of_the_theme(page):
    colours = canvas_colours(page)
    hue = (169, 205, 240) if page.scheme == "light" else (43, 92, 143)
    assert hue in colours
    bright = sum(max(colours, key=sum)) / 3 > 128
    assert bright or page.scheme == "dark"


def test_keys_walk_from_slice_to_slice(page):
    anew(page)
    press(page, ".")
    assert becomes(page, "view.selected", "layer/w/read")
    press(page, ".")
    assert about(page).startswith("layer/MatMul, MatMul; on CPU:0; took ")
    press(page, "]", "]")
    assert becomes(page, "view.selected", "square")
    assert "on CPU:1" in about(page)
    press(page, "[")
    assert becomes(page, "view.selected", "layer/y")
    press(page, "ArrowDown")
    assert "on CPU:1" in about(page)
    press(page, "Escape")
    assert becomes(page, "repr(view.selected)", "''")
    assert page.locator(f"{VIEW}:focus").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".jp-Cell:focus").count() == 1


def test_keys_wheel_and_drag_zoom_and_pan(page):
    press(page, "0")
    everything = seen(page)
    press(page, "w", "w")
    assert seen(page) < everything
    press(page, "s", "s", "s")
    assert seen(page) == everything
    box = page.locator(VIEW).bounding_box()
    page.mouse.move(box["x"] + 500, box["y"] + 60)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(150)
    assert seen(page) < everything
    press(page, "0", ".", "Enter")
    close = seen(page)
    # The slice in the middle is dragged out of sight, so a click there finds nothing.
    page.mouse.move(box["x"] + 600, box["y"] + 66)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 66, steps=5)
    page.mouse.up()
    assert seen(page) == close
    assert python(page, "view.selected != ''") == "True"


def test_a_click_selects_a_slice_and_the_runs_node_in_the_graph(page):
    # That of the second run, which no end of time keeps from the middle.
    anew(page)
    press(page, ".", ".", ".", ".", ".", "Enter")
    assert becomes(page, "view.selected", "layer/MatMul")
    assert "into run 2" in about(page)
    press(page, "Escape")
    box = page.locator(VIEW).bounding_box()
    middle = box["x"] + 104 + (box["width"] - 104) / 2
    page.mouse.click(middle, box["y"] + 24 + 30 + 9)
    assert becomes(page, "view.selected", "layer/MatMul")
    assert becomes(page, "graph.selected", "layer/MatMul")


def test_what_the_graph_or_python_selects_is_shown(page):
    kexec(page, "graph.selected = 'loss'")
    page.wait_for_function(
        "() => document.querySelector('.ig-timeline-about').innerText"
        ".startsWith('loss, Sum')"
    )
    kexec(page, "view.selected = 'layer'")
    page.wait_for_function(
        "() => document.querySelector('.ig-timeline-about').innerText"
        " === 'layer: marked'"
    )


def test_searching(page):
    anew(page)
    press(page, "/")
    page.keyboard.type("matmul")
    assert page.locator(".ig-timeline-found").inner_text() == "3 slices"
    page.keyboard.press("Enter")
    assert becomes(page, "view.selected", "layer/MatMul")
    assert "into run 1" in about(page)
    page.keyboard.press("Enter")
    assert "into run 2" in about(page)
    page.keyboard.press("Escape")
    assert page.locator(".ig-timeline-found").inner_text() == ""


def test_the_table_of_costs_and_the_runs(page):
    table = page.locator(".ig-timeline-tables")
    table.get_by_role("button", name="square", exact=True).click()
    assert becomes(page, "view.selected", "square")
    table.get_by_role("button", name="type", exact=True).click()
    assert table.locator("tbody tr").count() == int(
        python(page, "len(t.costs('type'))")
    )
    page.get_by_label("Run", exact=True).select_option("1")
    assert becomes(page, "view.picked", "1")
    kexec(page, "view.picked = -1")


def test_all_slices_are_a_table_that_arrows_walk(page):
    page.get_by_role("button", name="All slices").click()
    rows = page.locator(".ig-timeline-tables tbody tr")
    assert rows.count() == int(python(page, "sum(len(r.slices) for r in t.runs)"))
    rows.nth(0).locator("button").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert becomes(page, "view.selected", "layer/MatMul")
    page.get_by_role("button", name="Where the time went").click()


def test_runs_that_come_in_are_shown(page):
    kexec(page, "with t: value = sess.run(loss, {x: batch})")
    page.wait_for_function(
        "() => document.querySelectorAll('.ig-timeline-bar option').length === 5"
    )
    assert becomes(page, "len(view.model['runs'])", "4")


def test_its_keys_are_not_the_notebooks(page):
    press(page, "d", "d", "a", "0", "0")
    page.wait_for_timeout(200)
    count = "jupyterapp.shell.currentWidget.content.widgets.length"
    assert page.evaluate(count) == len(CELLS)
    assert page.locator(".jp-Dialog").count() == 0


def test_the_list_of_keys_and_no_serious_fault(page):
    press(page, "?")
    assert page.locator(".ig-timeline-help dt").count() > 10
    assert serious_faults(page, ".ig-view-timeline") == []
    press(page, "?")
    assert page.locator(".ig-timeline-help").count() == 0
