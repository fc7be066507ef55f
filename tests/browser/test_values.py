"""The views of values in JupyterLab: a loop trains, and they change while it runs."""

import pytest

from tests.browser.axe import faults
from tests.browser.conftest import kexec, quiet

pytestmark = pytest.mark.browser

MODEL = """
%load_ext interactive_graphs
import time
import numpy as np
import interactive_graphs as tf
from interactive_graphs.debug.watch import watch
from interactive_graphs.widgets.history import HistoryView
from interactive_graphs.widgets.tensor import TensorView
from interactive_graphs.widgets.variables import VariablesView
random = np.random.RandomState(0)
x = tf.placeholder(tf.float32, [None, 12], name='x')
with tf.variable_scope('layer'):
    w = tf.get_variable('w', initializer=random.randn(12, 8).astype('f'))
    b = tf.get_variable('b', [8], initializer=tf.zeros_initializer())
with tf.variable_scope('layer', reuse=True):
    again = tf.get_variable('w', [12, 8])
hidden = tf.nn.relu(tf.matmul(x, w) + b, name='hidden')
loss = tf.reduce_mean(tf.square(hidden - 1.0), name='loss')
train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
cube = tf.Variable(np.arange(120.0).reshape(2, 5, 12), name='cube', dtype=tf.float32)
names = tf.Variable(['<script>alert(1)</script>', 'b'], name='names')
late = tf.Variable(tf.zeros([3]), name='late')
broken = tf.Variable([[1.0, np.nan, 3.0], [np.inf, 0.0, -2.0]], name='broken')
sess = tf.get_default_session()
sess.run([v.initializer for v in (w, b, cube, names, broken)])
batch = random.randn(32, 12).astype('f')
def go(seconds):
    end = time.time() + seconds
    while time.time() < end:
        sess.run(train, {x: batch})
        time.sleep(0.002)
watched = watch(sess, [loss, w])
"""
VIEWS = [
    "variables = VariablesView(sess)\nvariables",
    "tensor = TensorView(sess, w)\ntensor",
    "history = HistoryView(watched)\nhistory.drive(variables, tensor)\nhistory",
]
START = """
code => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    window.running = true;
    kernel.requestExecute({ code, store_history: true }).done
        .then(() => { window.running = false; });
}
"""


# The next name of the shown tensor, and a pixel of the picture that is under it then.
NAMED = """
() => {
    const view = document.querySelector('.ig-tensor');
    const pen = () => view.querySelector('canvas').getContext('2d');
    const look = () => {
        const name = view.querySelector('h3').innerText;
        window.named ??= [name, ...pen().getImageData(5, 5, 1, 1).data];
    };
    const watched = { characterData: true, childList: true, subtree: true };
    new MutationObserver(look).observe(view.querySelector('h3'), watched);
}
"""


def opened(lab, chromium, scheme):
    """A notebook with all three views."""
    lab.write(f"values-{scheme}.ipynb", [MODEL, *VIEWS])
    page = lab.open(chromium, f"values-{scheme}.ipynb", scheme)
    page.set_viewport_size({"width": 1300, "height": 2100})
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_selector(".ig-view-history .ig-values", timeout=60_000)
    page.wait_for_selector(".ig-view-tensor canvas", timeout=30_000)
    return page


@pytest.fixture(scope="module")
def page(lab, chromium):
    """The notebook in light colours, for all tests in turn."""
    page = opened(lab, chromium, "light")
    yield page
    assert quiet(page, lab)
    page.close()


def table(page):
    """The live table: name -> the words of its cells."""
    lines = page.locator(".ig-variables tbody tr:not(.ig-detail)").all_inner_texts()
    return {line.split("\t")[0].strip(): line.split("\t")[1:] for line in lines}


def state(page, expression):
    """A value on the Python side."""
    return kexec(page, f"print({expression})")


def until(page, script, argument=None):
    page.wait_for_function(script, arg=argument, timeout=15_000)


CELL = """
([name, at]) => [...document.querySelectorAll('.ig-variables tbody tr')]
    .find(row => row.innerText.startsWith(name)).children[at].innerText
"""


def test_the_table_says_what_there_is(page):
    until(
        page, "() => document.querySelector('.ig-variables').innerText.includes('NaN')"
    )
    lines = table(page)
    assert list(lines) == ["layer/w", "layer/b", "cube", "names", "late", "broken"]
    assert lines["layer/w"][:4] == ["(12, 8)", "float32", "any", "384 B"]
    assert lines["late"][4] == "not initialized"
    assert lines["names"][4] == "['<script>alert(1)</script>', 'b']"
    bar = page.locator("tr", has_text="broken").locator("[role=img]").first
    assert bar.get_attribute("aria-label") == (
        "17 % zero, 17 % negative, 33 % positive, 17 % NaN, 17 % inf"
    )
    assert "17 % NaN, 17 % inf" in lines["broken"][7]


def test_who_shares_a_variable_is_told(page):
    button = page.get_by_role("button", name="layer/w: where it is asked for and read")
    assert button.inner_text().startswith("2 lines")
    button.click()
    detail = page.locator(".ig-detail")
    assert detail.inner_text().startswith("Shared by: Cell In[1], line ")
    assert state(page, "variables.opened") == "layer/w"
    button.press("Enter")
    assert detail.count() == 0


def test_the_table_changes_while_a_loop_trains(page):
    page.evaluate(START, "go(2.5)")
    seen = set()
    for _ in range(12):
        seen.add(page.evaluate(CELL, ["layer/b", 5]))
        page.wait_for_timeout(100)
    assert page.evaluate("() => window.running")
    assert len(seen) >= 5
    until(page, "() => !window.running")
    # The last step is what stays.
    until(
        page,
        "step => document.querySelector('.ig-variables').innerText.includes(step)",
        f"step {state(page, 'variables._feed.step')}",
    )
    mean = float(state(page, "sess.run(b).mean()"))
    assert float(page.evaluate(CELL, ["layer/b", 5])) == pytest.approx(mean, rel=1e-3)
    # The curve of the mean has a slope.
    curve = page.locator("tr", has_text="layer/b").locator(".ig-spark path")
    assert len(curve.get_attribute("d").split("L")) > 10


def test_the_history_grew_and_can_be_gone_back_in(page):
    slider = page.locator(".ig-history input[type=range]")
    last = int(slider.get_attribute("max"))
    assert last > 20
    slider.focus()
    slider.press("Home")
    until(page, "() => document.querySelector('.ig-now') !== null")
    first = int(slider.get_attribute("min"))
    assert slider.get_attribute("aria-valuetext") == f"step {first}"
    until(
        page,
        "step => document.querySelector('.ig-tensor').innerText.includes(step)",
        f"step {first}\n",
    )
    assert state(page, "(history.step, variables.step, tensor.step)") == str(
        (first,) * 3
    )
    kept = float(state(page, f"watched.history.value('layer/w', {first}).mean()"))
    assert float(page.evaluate(CELL, ["layer/w", 5])) == pytest.approx(kept, rel=1e-3)
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(
        page, "() => document.querySelector('.ig-scrubber-words').innerText > 'step 1'"
    )
    assert first < int(state(page, "history.step")) < last
    page.get_by_role("button", name="Newest").click()
    assert state(page, "history.step") == "-1"


def test_sorting_and_filtering_by_mouse_and_keyboard(page):
    page.locator(".ig-variables thead").get_by_role("button", name="size").click()
    assert next(iter(table(page))) == "late"
    page.keyboard.press("Enter")
    assert next(iter(table(page))) == "cube"
    assert state(page, "variables.sort") == "-bytes"
    page.keyboard.press("Enter")
    field = page.get_by_role("searchbox")
    field.fill("layer float")
    assert list(table(page)) == ["layer/w", "layer/b"]
    assert (
        "2 of 6 variables" in page.locator(".ig-variables [role=status]").inner_text()
    )
    field.fill("")


def test_a_row_selects_and_the_tensor_viewer_follows_its_link(page):
    kexec(
        page,
        "import ipywidgets; ipywidgets.jslink("
        "(variables, 'selected'), (tensor, 'selected'))",
    )
    page.locator("button.ig-name", has_text="layer/b").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, "() => document.querySelector('.ig-tensor h3').innerText === 'cube'")
    assert state(page, "(variables.selected, tensor.name)") == "('cube', 'cube')"


def test_sliders_and_axes_by_mouse_and_keyboard(page):
    kexec(page, "tensor.show('cube')")
    slider = page.locator(".ig-tensor input[type=range]")
    assert slider.get_attribute("max") == "1"
    slider.focus()
    slider.press("ArrowRight")
    canvas = page.locator(".ig-tensor canvas")
    canvas.focus()
    canvas.press("ArrowRight")
    output = page.locator(".ig-tensor output")
    until(
        page,
        "() => document.querySelector('.ig-element').innerText === '[1, 0, 0] = 60'",
    )
    canvas.press("ArrowDown")
    assert output.inner_text() == "[1, 1, 0] = 72"
    assert state(page, "tensor.at") == "[1, 0, 0]"
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] - 3)
    assert output.inner_text() == "[1, 4, 11] = 119"
    page.locator(".ig-tensor").get_by_label("rows").select_option("0")
    until(
        page, "() => document.querySelector('.ig-slider').innerText.includes('axis 1')"
    )
    assert state(page, "tensor.axes") == "[0, 2, -1]"
    box = page.locator(".ig-tensor input[type=range]").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    until(
        page, "() => document.querySelector('.ig-slider').innerText.includes('4 of 5')"
    )
    assert state(page, "tensor.at[1]") == "4"


def test_every_way_of_looking(page):
    kexec(page, "tensor.show('broken')")
    for word, selector in (
        ("numbers", ".ig-numbers td.ig-alarm"),
        ("histogram", ".ig-bars span"),
        ("image", ".ig-tensor canvas"),
        ("heat map", ".ig-scale-bar"),
    ):
        page.locator(".ig-tensor").get_by_role("button", name=word).click()
        page.wait_for_selector(selector)
    assert state(page, "tensor.mode") == "heat"
    kexec(page, "tensor.show('names')")
    until(
        page,
        "() => document.querySelector('.ig-tensor').innerText.includes('<script>')",
    )


def test_out_of_sight_nothing_listens(page):
    assert state(page, "variables._feed.is_listening") == "True"
    page.evaluate(
        "() => { document.querySelector('.ig-view-variables')"
        ".closest('.jp-Cell-outputArea').style.display = 'none' }"
    )
    page.wait_for_timeout(300)
    assert state(page, "variables._feed.is_listening") == "False"
    page.evaluate(
        "() => { document.querySelector('.ig-view-variables')"
        ".closest('.jp-Cell-outputArea').style.display = '' }"
    )
    page.wait_for_timeout(300)
    assert state(page, "variables._feed.is_listening") == "True"


def test_an_interrupted_loop_leaves_all_usable(page):
    page.evaluate(START, "go(60)")
    page.wait_for_timeout(500)
    page.evaluate(
        "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
    )
    until(page, "() => !window.running")
    before = page.evaluate(CELL, ["layer/b", 5])
    kexec(page, "sess.run(b.assign_add(tf.ones([8])))")
    until(
        page,
        f"([name, at, before]) => ({CELL.strip()})([name, at]) !== before",
        ["layer/b", 5, before],
    )


def test_no_serious_fault_of_accessibility(page):
    for view in ("variables", "tensor", "history"):
        assert faults(page, f".ig-view-{view}") == []


def test_dark_colours(lab, chromium):
    page = opened(lab, chromium, "dark")
    page.evaluate(START, "go(0.5)")
    until(page, "() => window.running === false")
    curve = ".ig-variables .ig-spark path"
    until(page, f"() => document.querySelector('{curve}').getAttribute('d') !== ''")
    # The paper of the heat map is as dark as the page.
    until(
        page,
        """() => {
            const { width } = document.querySelector('.ig-tensor canvas');
            return width > 100;
        }""",
    )
    page.evaluate(NAMED)
    kexec(page, "tensor.show(tf.zeros([4, 4], name='nothing'))")
    until(page, "() => window.named")
    name, *pixel = page.evaluate("window.named")
    assert name == "nothing:0"
    assert max(pixel[:3]) < 60
    for view in ("variables", "tensor", "history"):
        assert faults(page, f".ig-view-{view}") == []
    assert quiet(page, lab)
    page.close()
