"""The playground in JupyterLab: turned by pointer and keys, in both themes."""

import pytest

from tests.browser.axe import serious_faults
from tests.browser.conftest import kexec, quiet, run_all

pytestmark = pytest.mark.browser

MODEL = """
import numpy as np
import interactive_graphs as tf
from interactive_graphs.widgets.playground import explore
from interactive_graphs.widgets.plots import curve, surface
x = tf.placeholder(tf.float32, [], name='x')
w = tf.Variable(2.0, name='w')
b = tf.Variable(-1.0, name='b')
steep = tf.placeholder(tf.bool, [], name='steep')
z = tf.add(x * w, b, name='z')
y = tf.sigmoid(tf.where(steep, z * 4.0, z), name='y')
point = tf.placeholder(tf.float32, [None, 2], name='point')
weights = tf.Variable([[1.0, -1.0], [0.5, 1.0]], name='weights')
hidden = tf.tanh(tf.matmul(point, weights), name='hidden')
out = tf.reduce_sum(hidden, 1, name='out')
name = tf.placeholder(tf.string, [], name='name')
said = tf.string_join([name, tf.constant('!')], name='said')
sess = tf.InteractiveSession()
sess.run(tf.global_variables_initializer())
"""
SHOW = """
play = explore(
    [x, w, b, steep, name], arrays={weights: (-3, 3)}, points={point: (-3, 3)},
    show=[y, curve(y, over=x), surface(out, over=point), hidden, said],
    values={point: [[1.0, 1.0]], name: '<b>you'}, title='Play', graph=True)
play
"""


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request, lab, chromium):
    """A notebook with a playground and its graph."""
    name = f"explore-{request.param}.ipynb"
    lab.write(name, [MODEL, SHOW])
    page = lab.open(chromium, name, request.param)
    run_all(page)
    page.wait_for_selector(".ig-explore-plot")
    page.wait_for_selector(".ig-view-graph svg")
    yield page
    assert quiet(page, lab)
    page.close()


def settled(page, code, wanted):
    """Waits until `code` in the kernel prints `wanted`, and says what it printed."""
    for _ in range(40):
        found = kexec(page, code)
        if found == wanted:
            break
        page.wait_for_timeout(50)
    return found


def test_keys_turn_a_slider_and_only_what_depends_on_it_runs(page):
    slider = page.get_by_role("slider", name="x, -3 to 3")
    slider.focus()
    slider.press("Home")
    assert settled(page, "print(float(play.explorer.play.value(x)))", "-3.0") == "-3.0"
    ran = kexec(page, "print(play.explorer.recomputed)")
    assert "'z'" in ran
    assert "'hidden'" not in ran
    assert page.locator(".ig-explore-ran").get_by_text("computed again").is_visible()
    marks = kexec(
        page, "print(play.graph.marks['z'], play.graph.marks['weights/read'])"
    )
    assert marks.startswith("↻ -7")
    page.wait_for_selector(".ig-view-graph svg text:has-text('↻ -7')")


def test_a_drag_of_a_slider_follows_the_pointer(page):
    box = page.get_by_role("slider", name="w, ").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, middle, steps=12)
    page.mouse.up()
    assert settled(page, "print(float(sess.run(w)))", "5.0") == "5.0"


def test_typed_numbers_switches_and_texts_arrive(page):
    field = page.get_by_role("spinbutton", name="b, as a number")
    field.fill("12.5")
    field.press("Enter")
    assert settled(page, "print(float(sess.run(b)))", "12.5") == "12.5"
    page.get_by_role("switch", name="steep").check()
    code = "print(bool(play.explorer.play.value(steep)))"
    assert settled(page, code, "True") == "True"
    page.get_by_role("textbox", name="name", exact=True).fill("<img src=x>")
    page.wait_for_selector("output:has-text('<img src=x>!')")


def test_a_cell_is_dragged_and_typed(page):
    cell = page.get_by_role("spinbutton", name="weights at 0, 1")
    box = cell.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 8, steps=6)
    page.mouse.up()
    assert (
        settled(page, "print(round(float(sess.run(weights)[0, 1]), 2))", "0.5") == "0.5"
    )
    cell.fill("-2")
    cell.press("Enter")
    code = "print(float(sess.run(weights)[0, 1]), play.explorer.recomputed[0])"
    assert settled(page, code, "-2.0 weights/read") == "-2.0 weights/read"


def test_points_move_by_keys_and_on_the_surface(page):
    point = page.locator(".ig-explore-points circle").first
    point.focus()
    point.press("Shift+ArrowRight")
    code = "print([round(float(v), 1) for v in play.explorer.play.value(point)[0]])"
    assert settled(page, code, "[1.2, 1.0]") == "[1.2, 1.0]"
    surface = page.locator(".ig-explore-field svg").first.bounding_box()
    page.mouse.click(
        surface["x"] + surface["width"] * 0.2, surface["y"] + surface["height"] * 0.3
    )
    page.wait_for_timeout(200)
    across, down = eval(kexec(page, code))
    assert across < -1
    assert down > 0


def test_the_operations_that_ran_are_buttons_that_select(page):
    page.get_by_role("slider", name="x, -3 to 3").press("ArrowRight")
    page.locator(".ig-explore-ran button", has_text="z").first.click()
    code = "print(play.graph.selected in play.explorer.recomputed)"
    assert settled(page, code, "True") == "True"


def test_training_is_followed(page):
    before = page.get_by_role("spinbutton", name="w, as a number").input_value()
    kexec(page, "w.load(0.25, sess); sess.run(z, {x: 0.0})")
    field = page.get_by_role("spinbutton", name="w, as a number")
    for _ in range(40):
        if field.input_value() != before:
            break
        page.wait_for_timeout(50)
    assert field.input_value() == "0.25"


def test_everything_goes_back_to_the_start(page):
    page.get_by_role("button", name="Back to start").click()
    code = "print(float(sess.run(w)), play.explorer.play.value(point).tolist())"
    assert settled(page, code, "2.0 [[1.0, 1.0]]") == "2.0 [[1.0, 1.0]]"


def test_no_serious_fault_for_those_who_see_or_hear_little(page):
    assert serious_faults(page, ".ig-view-explore") == []
