"""The live log of placements in JupyterLab, by clicks and keys, linked with the graph."""

import pytest

from tests.browser.axe import serious_faults
from tests.browser.conftest import kexec, quiet, run_all

pytestmark = pytest.mark.browser

CELLS = [
    """
%load_ext interactive_graphs
import ipywidgets
import interactive_graphs as tf
with tf.device('/cpu:1'):
    v = tf.Variable(1.0, name='v')
x = tf.placeholder(tf.float32, [], name='x')
y = tf.multiply(v, x, name='y')
sess = tf.Session(config=tf.ConfigProto(device_count={'CPU': 2}))
""",
    "from interactive_graphs.widgets.placement import PlacementView\n"
    "view = PlacementView(sess)\nview",
    "graph = tf.get_default_graph().widget()\n"
    "graph.overlay = view.overlay(graph.model['ops']['name'])\n"
    "ipywidgets.jslink((view, 'selected'), (graph, 'selected'))\ngraph",
]


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request, lab, chromium):
    """A notebook with the log beside the graph."""
    name = f"placement-{request.param}.ipynb"
    lab.write(name, CELLS)
    page = lab.open(chromium, name, request.param)
    run_all(page)
    page.wait_for_selector(".ig-placement tbody tr", timeout=60_000)
    yield page
    assert quiet(page, lab)
    page.close()


def names(page):
    return page.locator(".ig-placement tbody td:first-child").all_inner_texts()


def python(page, expression):
    return kexec(page, f"print({expression})")


def becomes(page, expression, value):
    """Waits until an expression in the kernel has a value."""
    for _ in range(50):
        found = python(page, expression)
        if found == value:
            return True
        page.wait_for_timeout(100)
    raise AssertionError(f"{expression} is {found}, not {value}")


def test_the_log_is_filtered_by_words_and_by_reason(page):
    assert names(page) == ["v/initial_value", "v", "v/Assign", "v/read", "x", "y"]
    field = page.get_by_label("Filter by name")
    field.fill("colocated")
    assert names(page) == ["v/Assign", "v/read"]
    assert becomes(page, "view.words", "colocated")
    kexec(page, "view.words = 'cpu:0'")
    page.wait_for_function(
        "() => document.querySelectorAll('.ig-placement tbody tr').length === 2"
    )
    field.fill("")
    page.get_by_label("Kind of reason").select_option("asked")
    assert names(page) == ["v/initial_value", "v"]
    page.get_by_label("Kind of reason").select_option("")


def test_arrows_walk_and_enter_selects_here_and_in_the_graph(page):
    page.locator(".ig-placement tbody button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert becomes(page, "view.selected", "v/Assign")
    assert becomes(page, "graph.selected", "v/Assign")
    words = page.locator(".ig-placement-about").inner_text()
    assert "colocated with v." in words
    assert "It must share a device with v, v/read." in words
    kexec(page, "graph.selected = 'x'")
    page.wait_for_function(
        "() => document.querySelector('.ig-placement-about').innerText"
        ".startsWith('x asked for no device')"
    )


def test_what_if_is_answered_without_running_anything(page):
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector(".ig-placement-moves")
    summary = page.locator(".ig-placement-compare [role=status]")
    assert "would move" in summary.inner_text()
    page.get_by_label("soft placement").uncheck()
    page.get_by_label("these devices").fill("/cpu:0, /gpu:0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ig-placement-fails")
    page.get_by_label("only what would change").check()
    page.wait_for_function(
        "() => document.querySelectorAll('.ig-placement-fails').length === 4"
    )
    assert becomes(page, "view.only_changes", "True")
    page.get_by_label("only what would change").uncheck()
    page.get_by_label("these devices").fill("/job:nobody")
    page.keyboard.press("Enter")
    page.wait_for_selector("b.ig-placement-fails")
    assert "says no type" in summary.inner_text()


def test_no_serious_fault(page):
    assert serious_faults(page, ".ig-view-placement") == []
