"""Names and values that would be markup, in every live view: text, and nothing runs."""

import pytest

from tests.browser.conftest import kexec, quiet, run_all

pytestmark = pytest.mark.browser

RUN = "window.hacked = 1"
HOSTILE = (
    f"<script>{RUN}</script>",
    f'"><img src=x onerror="{RUN}">',
    f"]]><svg onload='{RUN}'>",
    'it\'s `quoted` "twice" ${' + RUN + "} {{1}}",
    "new\nline\ttab\x01\x1b[31m",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \U0001f984",
    "y" * 10_000,
)
# A graph refuses such names; whatever lets one in, the views have to bear it.
MODEL = f"""
%load_ext interactive_graphs
import re
import numpy as np
import interactive_graphs as tf
from interactive_graphs.debug.traces import traces
from interactive_graphs.debug.watch import watch
from interactive_graphs.framework import names
from interactive_graphs.widgets.history import HistoryView
from interactive_graphs.widgets.placement import PlacementView
from interactive_graphs.widgets.playground import explore
from interactive_graphs.widgets.stepper import StepperView
from interactive_graphs.widgets.tensor import TensorView
from interactive_graphs.widgets.variables import VariablesView
names.VALID_OP = re.compile('(?s).+')
texts = {HOSTILE!r}
words = [tf.Variable(text, name=text) for text in texts]
total = tf.Variable(np.ones([2, 3], 'f'), name=texts[1] + ' total')
for text in texts:
    total = tf.add(total, 1.0, name='sum ' + text)
number = tf.placeholder_with_default(0.5, [], name=texts[0] + ' number')
said = tf.placeholder_with_default(texts[1], [], name=texts[1] + ' said')
out = tf.multiply(total, number, name=texts[2] + ' out')
answer = tf.string_join([said, texts[0]], name=texts[0] + ' answer')
sess = tf.get_default_session()
sess.run(tf.global_variables_initializer())
watched = watch(sess, [out])
t = traces(sess)
with t:
    for _ in range(2):
        value = sess.run([out, *words])
"""
VIEWS = {
    "graph": "graph = tf.get_default_graph().widget(height=400)\n"
    "graph.marks = {op.name: texts[0] for op in tf.get_default_graph().get_operations()}\n"
    "graph",
    "variables": "VariablesView(sess)",
    "tensor": "tensor = TensorView(sess, words[0])\ntensor",
    "history": "HistoryView(watched)",
    "stepper": "step = sess.debug([answer, *words], {}).until(answer)\n"
    "StepperView(step)",
    "timeline": "t.widget()",
    "placement": "PlacementView(sess)",
    "explore": "explore([number, said], show=[out, answer], title=texts[1])",
}
# What a view shows of the texts.
TEXTS = {
    "graph": "<script>",
    "variables": HOSTILE[0],
    "tensor": HOSTILE[0],
    "history": "<svg onload",
    "stepper": HOSTILE[0],
    "timeline": "<svg onload",
    "placement": HOSTILE[1],
    "explore": HOSTILE[1],
}
MARKUP = "img, script, svg[onload], a[href^=javascript]"


@pytest.fixture(scope="module")
def page(lab, chromium):
    lab.write("hostile-views.ipynb", [MODEL, *VIEWS.values()])
    page = lab.open(chromium, "hostile-views.ipynb")
    page.set_viewport_size({"width": 1200, "height": 5600})
    page.set_default_timeout(15_000)
    run_all(page)
    for view in VIEWS:
        page.wait_for_selector(f".ig-view-{view}")
    page.wait_for_timeout(800)
    yield page
    # No dialog, no request, nothing said in the console.
    assert quiet(page, lab)
    page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_it_is_text(page, view):
    place = page.locator(f".ig-view-{view}").first
    words = place.evaluate(
        "e => e.textContent + [...e.querySelectorAll('input')].map(i => i.value)"
        ".join(' ') + [...e.querySelectorAll('[aria-label]')]"
        ".map(i => i.ariaLabel).join(' ')"
    )
    assert TEXTS[view] in words
    assert place.locator(MARKUP).count() == 0
    assert page.evaluate("() => window.hacked") is None


def test_it_is_text_still_when_used(page):
    """Searched for, selected, looked at in detail, stepped over, filtered."""
    page.get_by_role("combobox", name="Search the graph").fill("script")
    page.locator(".ig-search [role=option]").first.click()
    for name in ("Details", "Paths", "Program"):
        page.locator(".ig-tabs").get_by_role("tab", name=name).click()
        page.wait_for_timeout(100)
    kexec(page, "graph.select(answer)")
    page.get_by_role("button", name="Compile").first.click()
    page.locator(".ig-program .ig-line").first.wait_for()
    page.locator(".ig-sharing").first.click()
    # No node has this name: it is refused, and the run stands still.
    page.locator(".ig-step input[name=until]").fill(f"nowhere {HOSTILE[1]}")
    page.locator(".ig-step input[name=until]").press("Enter")
    page.locator(".ig-step-note").wait_for()
    page.locator(".ig-step-over").click()  # the run may be over then
    page.get_by_role("button", name="All slices").click()
    page.locator(".ig-timeline-scroll td button").first.click()
    page.get_by_label("Filter by name").fill("<img")
    page.locator(".ig-placement tbody button").first.click()
    page.get_by_role("textbox", name="said").first.fill(HOSTILE[0])
    page.wait_for_timeout(400)
    kexec(page, "tensor.show(words[5])")
    page.wait_for_timeout(400)
    for view in VIEWS:
        assert page.locator(f".ig-view-{view}").locator(MARKUP).count() == 0
    assert page.evaluate("() => window.hacked") is None
    assert page.locator(".jp-Dialog").count() == 0
