"""The panels beside a live graph in JupyterLab: what they show, and what Python hears."""

import pytest

from tests.browser.axe import serious_faults
from tests.browser.conftest import kexec, quiet, run_all

pytestmark = pytest.mark.browser

CELLS = [
    "%load_ext interactive_graphs\n"
    "import interactive_graphs as tf\n"
    "x = tf.placeholder(tf.float32, [None, 4], name='x')\n"
    "with tf.name_scope('layer'):\n"
    "    w = tf.Variable(tf.ones([4, 2]), name='w')\n"
    "    y = tf.nn.relu(tf.matmul(x, w))\n"
    "scale = tf.multiply(tf.constant(2.0), 0.125, name='scale')\n"
    "loss = tf.reduce_mean(y * scale, name='loss')\n"
    "train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)\n"
    "w.initializer.run()\n"
    "view = tf.get_default_graph().widget(open=['layer'])",
    "view",
]


def opened(lab, chromium, scheme):
    name = f"panels-{scheme}.ipynb"
    lab.write(name, CELLS)
    page = lab.open(chromium, name, scheme)
    page.set_default_timeout(15_000)
    run_all(page)
    page.wait_for_selector(".ig-panels")
    return page


def search(page, text):
    page.get_by_role("combobox", name="Search the graph").fill(text)
    page.locator(".ig-search-count").get_by_text("found").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def until(page, code, wanted):
    """Waits until Python prints what is wanted."""
    for _ in range(50):
        found = kexec(page, code)
        if found == wanted:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{code} gives {found!r} and not {wanted!r}")


def test_details_values_and_the_program(lab, chromium):
    page = opened(lab, chromium, "dark")
    tabs = page.get_by_role("tab")
    panel = page.get_by_role("tabpanel", name="Details")

    # The source line, the value in the session, the attributes.
    search(page, "layer/w")
    until(page, "print(view.selected)", "layer/w")
    tabs.get_by_text("Details").click()
    panel.get_by_text("[[1. 1.]").wait_for()
    assert "w = tf.Variable(tf.ones([4, 2]), name='w')" in panel.text_content()
    assert "8 elements, min 1, mean 1, max 1" in panel.text_content()
    # A value is found in what the session holds now.
    kexec(page, "w.load([[7.5, 1], [1, 1], [1, 1], [1, 1]])")
    search(page, "value:7.5")
    until(page, "print(view.selected)", "layer/w")
    assert serious_faults(page, ".ig-panels") == []

    # The program: asked for with a button, linked line by line both ways.
    search(page, "loss")
    until(page, "print(view.selected)", "loss")
    tabs.get_by_text("Program").click()
    page.get_by_role("button", name="Compile loss").click()
    lines = page.locator(".ig-line")
    lines.get_by_text("loss = _Mean(").wait_for()
    assert page.locator(".ig-line.ig-own").text_content().startswith("loss = _Mean(")
    assert kexec(page, "print(view.program['title'])").startswith("loss")
    lines.get_by_text("layer_Relu = _Relu(").click()
    until(page, "print(view.selected)", "layer/Relu")
    page.locator('[data-key="layer/MatMul"]').hover()
    page.locator(".ig-line.ig-hovered", has_text="layer_MatMul = ").wait_for()
    assert serious_faults(page, ".ig-panels") == []

    # What was optimised, shown by Python.
    kexec(page, "view.show_optimised(loss)")
    page.get_by_text("operations in the graph").wait_for()
    page.get_by_role("button", name="folded").click()
    assert "scale" in page.locator(".ig-fold-body").text_content()
    assert serious_faults(page, ".ig-panels") == []
    quiet(page, lab)
    page.close()


def test_paths_are_walked_by_keys_alone(lab, chromium):
    page = opened(lab, chromium, "light")
    keys = page.keyboard
    page.get_by_role("combobox", name="Search the graph").focus()
    keys.type("x")
    keys.press("Enter")
    keys.press("Escape")
    until(page, "print(view.selected)", "x")
    keys.press("Tab")
    keys.press("ArrowRight")
    panel = page.get_by_role("tabpanel", name="Paths")
    panel.get_by_text("x needs nothing").wait_for()
    keys.press("Tab")
    keys.press("ArrowDown")
    panel.get_by_text("x is needed by").wait_for()
    assert page.locator(".ig-dim").count() > 0
    # On to the gradients: the loss is typed, the first suggestion taken.
    keys.press("End")
    panel.get_by_role("combobox", name="loss", exact=True).wait_for()
    keys.press("Tab")
    keys.type("loss")
    keys.press("Enter")
    panel.get_by_text("1 trained variable leads to loss").wait_for()
    panel.get_by_text("compute the gradients").wait_for()
    # A link leads on.
    for _ in range(8):
        keys.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "layer/w":
            break
    keys.press("Enter")
    until(page, "print(view.selected)", "layer/w")
    assert serious_faults(page, ".ig-panels") == []
    quiet(page, lab)
    page.close()
