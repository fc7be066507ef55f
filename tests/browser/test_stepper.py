"""The step debugger in JupyterLab: clicks and keys, and what Python says then."""

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import kexec, quiet, run_all

pytestmark = pytest.mark.browser

MODEL = """
%load_ext interactive_graphs
import numpy as np
import interactive_graphs as tf
x = tf.placeholder(tf.float32, [2, 3], name='x')
w = tf.Variable(np.eye(3, dtype='f'), name='w')
with tf.name_scope('layer'):
    h = tf.matmul(x, w, name='h')
    s = tf.nn.relu(h, name='s')
with tf.control_dependencies([tf.assign_add(w, tf.ones([3, 3]), name='grow')]):
    first = tf.reduce_sum(s, name='first')
total = tf.while_loop(
    lambda i, _: i < 10, lambda i, v: (i + 1, tf.add(v, first, name='acc')),
    [0, 0.0], name='loop')[1]
last = tf.negative(total, name='last')
sess = tf.get_default_session()
w.initializer.run()
step = sess.debug(last, {x: [[1, -2, 3], [4, 5, -6]]})
"""
SHOW = "box = %step -i\ngraph, view = box.children\nbox"


# Whether the selected box is inside of what is seen of the graph.
IN_SIGHT = """
() => {
    const graph = document.querySelector('.ig-view-graph');
    const box = graph.querySelector('.ig-selected').getBoundingClientRect();
    const frame = graph.querySelector('.ig-stage').getBoundingClientRect();
    return box.top >= frame.top && box.bottom <= frame.bottom
        && box.left >= frame.left && box.right <= frame.right;
}
"""


@pytest.fixture(params=["light", "dark"])
def page(request, lab, chromium):
    name = f"stepper-{request.param}.ipynb"
    lab.write(name, [MODEL, SHOW])
    page = lab.open(chromium, name, request.param)
    run_all(page)
    page.wait_for_selector(".ig-step-bar")
    yield page
    assert quiet(page, lab)
    page.close()


def headline(page):
    return page.inner_text(".ig-step-head")


def shows(page, words):
    """Waits until the headline says so; Playwright says what it said instead."""
    expect(page.locator(".ig-step-head")).to_contain_text(words, timeout=15_000)


def field(page, name):
    return page.locator(f".ig-step input[name={name}]")


def test_a_run_is_walked_through_by_clicks_and_keys(page, lab):
    shows(page, "paused")
    assert "w/read" in headline(page)
    page.locator(".ig-step-step").click()
    shows(page, "layer/h")
    assert page.locator(".ig-step-here td").count() == 15
    assert kexec(page, "print(step.node.name, graph.selected)") == "layer/h layer/h"

    # Keys do the same, wherever the focus is in the debugger.
    page.keyboard.press("F10")
    shows(page, "layer/s")
    page.keyboard.press("u")
    shows(page, "grow")
    assert kexec(page, "print(list(step.effects))") == "[]"
    page.keyboard.press("n")
    shows(page, "changed for good: grow")
    assert kexec(page, "print(w.eval()[0])") == "[2. 1. 1.]"

    # A value in the middle is changed; what came of it is made again.
    field(page, "tensor").fill("layer/h:0")
    field(page, "value").fill("[[1, 1, 1], [1, 1, 1]]")
    field(page, "value").press("Enter")
    shows(page, "runs again: layer/s")
    field(page, "until").fill("after first")
    field(page, "until").press("Enter")
    shows(page, "after first")
    assert page.inner_text(".ig-step-here").endswith("6.0")

    # A loop: run to an iteration, look back at the ones before.
    field(page, "until").fill("after loop/acc @4")
    field(page, "until").press("Enter")
    shows(page, "iteration 4 of loop")
    page.locator(".ig-step-row select").select_option("loop/acc:0")
    slider = page.get_by_label("Iteration", exact=True)
    page.wait_for_function(
        "() => document.querySelector('.ig-step input[type=range]')"
        ".getAttribute('aria-valuetext') === 'iteration 4'"
    )
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "iteration 2"
    assert "18.0" in page.inner_text(".ig-step-main")
    assert page.locator(".ig-view-graph").inner_text().count("‖") == 1
    # The graph has opened the loop, and brought the node into sight.
    page.wait_for_function(IN_SIGHT)
    assert faults(page, ".ig-step") == []

    # A breakpoint, met twice and taken away; then on to the end.
    field(page, "until").fill("loop/acc")
    page.locator(".ig-step").get_by_role("button", name="Always stop").click()
    page.wait_for_selector(".ig-step-points li")
    for iteration in (5, 6):
        page.locator(".ig-step-cont").click()
        shows(page, f"iteration {iteration} of loop")
    page.get_by_role("button", name="Remove breakpoint loop/acc").click()
    page.wait_for_selector(".ig-step-points", state="detached")
    page.locator(".ig-step-cont").press("F8")
    shows(page, "finished")
    assert kexec(page, "print(step.result)") == "-60.0"
    assert page.locator(".ig-step-step").get_attribute("aria-disabled") == "true"


def test_what_is_typed_wrong_is_said_and_names_are_completed(page):
    field(page, "until").fill("layr")
    field(page, "until").press("Enter")
    shows(page, "There is no node, scope or loop 'layr'")
    field(page, "until").fill("lay")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.ig-step datalist option')]"
        ".some(one => one.value === 'layer/h')"
    )
    field(page, "tensor").fill("layer/h:0")
    field(page, "value").fill("<img src=x onerror=alert(1)>")
    field(page, "value").press("Enter")
    shows(page, "is no number, text or list")
    assert page.locator(".ig-step img").count() == 0


def test_commands_in_cells_move_the_widget(page):
    kexec(page, "%until nan")
    shows(page, "finished")
    kexec(page, "view.follow(sess.debug(tf.log(-1.0, name='bad')).until('nan'))")
    shows(page, "after bad")
    assert page.locator(".ig-step-odd, .ig-step-text").first.inner_text() == "-1.0"
    assert "nan" in page.inner_text(".ig-step-here")
    page.locator(".ig-step-bar button").first.focus()
    page.keyboard.press("x")
    shows(page, "stopped")
