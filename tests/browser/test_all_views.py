"""All live views in one notebook: walked by keys, fed hostile texts, closed, reopened."""

import json

import pytest

from tests.browser.axe import serious_faults
from tests.browser.conftest import kexec, quiet, run_all

pytestmark = pytest.mark.browser

MODEL = """
%load_ext interactive_graphs
import time
import numpy as np
import interactive_graphs as tf
from interactive_graphs.debug.traces import traces
from interactive_graphs.debug.watch import watch
from interactive_graphs.widgets.history import HistoryView
from interactive_graphs.widgets.placement import PlacementView
from interactive_graphs.widgets.playground import explore
from interactive_graphs.widgets.plots import curve
from interactive_graphs.widgets.stepper import StepperView
from interactive_graphs.widgets.tensor import TensorView
from interactive_graphs.widgets.variables import VariablesView
x = tf.placeholder(tf.float32, [None, 12], name='x')
rate = tf.placeholder_with_default(0.5, [], name='rate')
with tf.variable_scope('layer'):
    w = tf.get_variable('w', initializer=np.linspace(-1, 1, 96, dtype='f').reshape(12, 8))
    b = tf.get_variable('b', [8], initializer=tf.zeros_initializer())
hidden = tf.nn.relu(tf.matmul(x, w) * rate + b, name='hidden')
loss = tf.reduce_mean(tf.square(hidden - 1.0), name='loss')
train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
sess = tf.get_default_session()
sess.run(tf.global_variables_initializer())
batch = np.ones([4, 12], 'f')
watched = watch(sess, [loss, w])
t = traces(sess)
with t:
    for _ in range(3):
        value = sess.run(train, {x: batch})
"""
VIEWS = {
    "graph": "graph = tf.get_default_graph().widget(height=420)\ngraph",
    "variables": "variables = VariablesView(sess)\nvariables",
    "tensor": "tensor = TensorView(sess, w)\ntensor",
    "history": "history = HistoryView(watched)\nhistory",
    "stepper": "step = sess.debug(loss, {x: batch})\nstepper = StepperView(step)\nstepper",
    "timeline": "timeline = t.widget()\ntimeline",
    "placement": "placement = PlacementView(sess)\nplacement",
    "explore": "play = explore([rate, b], show=[loss, curve(loss, over=rate)],"
    " feed_dict={x: batch})\nplay",
}
NAMES = [*list(VIEWS)[:-1], "play"]
# What Tab leads to, among others.
REACHED = {
    "graph": {"Zoom in", "Keys", "Search the graph", "Details", "Height of the view"},
    "variables": {
        "Filter",
        "size",
        "layer/w",
        "layer/w: where it is asked for and read",
    },
    "tensor": {"histogram", "rows", "columns"},
    "history": {"Plot", "Step"},
    "stepper": {"Step F10", "Continue F8", "Run until", "the value", "Inject"},
    "timeline": {"Run", "Search names and types", "All slices", "total ▼"},
    "placement": {"Filter by name, type, device or reason", "Compare", "x"},
    "explore": {"rate, -3 to 3", "rate, as a number", "layer/b at 7", "Compute all"},
}


def opened(lab, chromium, name, scheme, cells):
    lab.write(name, cells)
    page = lab.open(chromium, name, scheme)
    page.set_viewport_size({"width": 1200, "height": 5200})
    page.set_default_timeout(15_000)
    run_all(page)
    return page


def shut(page, lab):
    assert quiet(page, lab)
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()


@pytest.fixture(scope="module")
def page(lab, chromium):
    """A notebook with a cell for each view."""
    page = opened(lab, chromium, "all.ipynb", "light", [MODEL, *VIEWS.values()])
    for view in VIEWS:
        page.wait_for_selector(f".ig-view-{view}")
    yield page
    shut(page, lab)


BEFORE = """
view => {
    const stop = document.createElement("span");
    stop.tabIndex = -1;
    view.before(stop);
    stop.focus();
}
"""
# How an element looks with the focus and without it, and what it is called.
STOP = """
async view => {
    const e = document.activeElement;
    if (!view.contains(e)) return null;
    const look = () => [e, e.querySelector(":scope > .ig-ring")].map(one => {
        const { outline, boxShadow, stroke, strokeWidth } =
            one ? getComputedStyle(one) : {};
        return [outline, boxShadow, stroke, strokeWidth];
    }).flat().join();
    const focused = look();
    e.blur();
    const plain = look();
    e.focus({ focusVisible: true });
    const label = e.labels?.[0];
    const words = label && [...label.childNodes].filter(n => n !== e && !n.contains(e));
    const name = e.getAttribute("aria-label") || words?.map(n => n.textContent).join("")
        || e.textContent || e.title;
    const box = e.getBoundingClientRect();
    return { name: name.trim(), seen: focused !== plain && box.width > 5,
             what: e.outerHTML.slice(0, 120), field: e.matches("input, select"),
             back: document.activeElement === e };
}
"""


@pytest.mark.parametrize("view", VIEWS)
def test_tab_leads_through_and_out_and_escape_back_to_the_cell(page, view):
    place = page.locator(f".ig-view-{view}").first
    place.evaluate(BEFORE)
    cells = page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length")
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = place.evaluate(STOP)
        if not stop:
            break
        assert stop["name"], stop["what"]
        assert stop["seen"], f"no focus is seen on {stop['what']}"
        stops.append(stop)
        if not stop["field"]:
            # In a cell that is selected these delete and add cells.
            for key in "bda":
                page.keyboard.press(key)
    assert len(stops) < 60, "Tab never leads out"
    assert REACHED[view] - {stop["name"] for stop in stops} == set()
    now = page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length")
    assert now == cells
    # The first stop again, and out by Escape.
    place.evaluate(BEFORE)
    page.keyboard.press("Tab")
    assert place.evaluate(STOP)
    page.keyboard.press("Escape")
    inside = "view => view.closest('.jp-Cell') === document.activeElement"
    assert place.evaluate(inside)


def test_escape_leaves_a_graph_scope_by_scope(page):
    kexec(page, "graph.open_scope('layer'); graph.select('layer/w')")
    box = page.locator('[data-key="layer/w"].ig-selected')
    box.focus()
    active = "document.activeElement.dataset.key ?? document.activeElement.className"
    seen = []
    for _ in range(4):
        page.keyboard.press("Escape")
        page.wait_for_timeout(150)
        seen.append(page.evaluate(active))
    assert seen[:2] == ["layer", "layer"]
    assert "jp-Cell" in seen[2]
    assert kexec(page, "print(graph.opened)") == "[]"


@pytest.mark.parametrize("width", [1200, 700])
def test_no_serious_fault_and_nothing_sticks_out(page, width):
    page.set_viewport_size({"width": width, "height": 5200})
    page.wait_for_timeout(400)
    for view in VIEWS:
        assert serious_faults(page, f".ig-view-{view}") == []
    # Controls stay inside of the view, or of what scrolls.
    assert page.evaluate(OUTSIDE) == []
    page.set_viewport_size({"width": 1200, "height": 5200})


OUTSIDE = """
() => [...document.querySelectorAll(".ig-view button, .ig-view input, .ig-view select")]
    .filter(e => {
        for (let up = e.parentElement; up && !up.matches(".ig-view"); up = up.parentElement)
            if (getComputedStyle(up).overflowX !== "visible") return false;
        const own = e.getBoundingClientRect();
        const view = e.closest(".ig-view").getBoundingClientRect();
        return own.width > 2 && (own.right > view.right + 1 || own.left < view.left - 1);
    }).map(e => e.outerHTML.slice(0, 100))
"""


def test_an_interrupted_loop_leaves_all_views_answering(page):
    page.evaluate(
        """code => {
            const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
            window.over = null;
            kernel.requestExecute({ code }).done.then(
                reply => { window.over = reply.content.ename ?? reply.content.status; });
        }""",
        "begun = time.time()\nwhile True: sess.run(train, {x: batch})",
    )
    page.wait_for_timeout(500)
    page.evaluate("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    page.wait_for_function("() => window.over !== null")
    assert page.evaluate("() => window.over") == "KeyboardInterrupt"
    assert kexec(page, "print(np.isfinite(sess.run(loss, {x: batch})))") == "True"
    page.locator(".ig-by select").select_option("type")
    page.get_by_role("button", name="size", exact=True).click()
    page.locator(".ig-tensor").get_by_role("button", name="histogram").click()
    page.get_by_label("Plot").select_option(index=1)
    page.locator(".ig-step-step").click()
    page.get_by_label("Run", exact=True).select_option("1")
    page.get_by_label("Filter by name").fill("layer")
    page.get_by_role("spinbutton", name="layer/b at 7").fill("0.25")
    page.keyboard.press("Enter")
    wanted = (
        "graph.overlay.get('title') == 'type', variables.sort != '', "
        "tensor.mode == 'histogram', step.node.name != 'rate', timeline.picked == 1, "
        "placement.words == 'layer', float(sess.run(b)[7]) == 0.25"
    )
    for _ in range(40):
        found = kexec(page, f"print([{wanted}])")
        if "False" not in found:
            break
        page.wait_for_timeout(100)
    assert found == str([True] * 7)


def test_closed_views_leave_nothing_behind(page):
    comms = "import comm; ids = comm.get_comm_manager().comms"
    kexec(page, f"{comms}; before = set(ids)")
    for name in NAMES:
        kexec(page, f"{name}.close()")
    page.wait_for_function("() => document.querySelectorAll('.ig-view').length === 0")
    assert kexec(page, f"print([v for v in ({', '.join(NAMES)}) if v.comm])") == "[]"
    kexec(
        page,
        f"import gc, weakref; kept = [weakref.ref(v) for v in ({','.join(NAMES)})]",
    )
    kexec(page, "watched.close(); step.stop()")
    drop = f"del {', '.join(NAMES)}, step, watched\nget_ipython().displayhook.flush()"
    kexec(page, f"{drop}\ngc.collect()")
    assert kexec(page, "print([type(k()).__name__ for k in kept if k()])") == "[]"
    # A run is as it was before anybody looked.
    assert kexec(page, "print(np.isfinite(sess.run(loss, {x: batch})))") == "True"


SHOWN = """
() => jupyterapp.shell.currentWidget.content.widgets.map(cell => [
    cell.model.trusted, cell.node.querySelectorAll(".ig-view").length,
    (cell.node.querySelector(".jp-OutputArea-output")?.innerText ?? "").length
        + 99 * cell.node.querySelectorAll(".jp-OutputArea-output img").length])
"""


def test_dark_colours_and_what_a_saved_notebook_shows(lab, chromium):
    page = opened(lab, chromium, "all-dark.ipynb", "dark", [MODEL, *VIEWS.values()])
    for view in VIEWS:
        page.wait_for_selector(f".ig-view-{view}")
    page.wait_for_timeout(600)
    for view in VIEWS:
        assert serious_faults(page, f".ig-view-{view}") == []
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    shut(page, lab)
    saved = json.loads((lab.folder / "all-dark.ipynb").read_text(encoding="utf-8"))
    for cell in saved["cells"]:
        cell["source"] = [*cell["source"], "\n# changed, so that nobody trusts it"]
    (lab.folder / "untrusted.ipynb").write_text(json.dumps(saved), encoding="utf-8")
    page = lab.open(chromium, "untrusted.ipynb", "dark")
    page.wait_for_function(f"({SHOWN.strip()})()[{len(VIEWS)}][2] > 50")
    for trusted, views, words in page.evaluate(SHOWN)[1:]:
        assert not trusted
        assert views == 0
        assert words > 50
    shut(page, lab)
