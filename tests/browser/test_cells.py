"""Cells that run again, and errors, in JupyterLab."""

import pytest

from tests.browser.conftest import FINISHED, kexec, quiet, run_all

pytestmark = pytest.mark.browser

LOAD = "import interactive_graphs as tf\n%load_ext interactive_graphs"
MODEL = """\
x = tf.placeholder(tf.float32, [None, 3], name="x")
w = tf.get_variable("w", initializer=[[1.0], [2.0], [3.0]])
y = tf.matmul(x, w, name="y")"""
LOSS = 'loss = tf.reduce_sum(tf.square(y), name="loss")'
ADDED = '%%graph\nwith tf.name_scope("out"): z = tf.nn.relu(y + 1.0, name="act")'
SESSION = "sess = tf.get_default_session(); sess.run(w.initializer)"
FAILS = "sess.run(loss, {x: [[1.0, 2.0]]})"
NAMES = "print([op.name for op in tf.get_default_graph().get_operations()])"
IDLE = (
    "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
    " === 'idle'"
)


def cell(page, number):
    return page.locator(".jp-Notebook .jp-CodeCell").nth(number)


def run_cell(page, number):
    """Runs one cell as the user does, and waits until it has run once more."""
    count = f"jupyterapp.shell.currentWidget.content.widgets[{number}].model"
    before = page.evaluate(f"() => {count}.executionCount")
    page.evaluate(
        f"""() => {{
            jupyterapp.shell.currentWidget.content.activeCellIndex = {number};
            jupyterapp.commands.execute('notebook:run-cell');
        }}"""
    )
    page.wait_for_function(f"() => ({count}.executionCount ?? 0) > {before or 0}")


def set_text(page, number, text):
    page.evaluate(
        "([number, text]) => jupyterapp.shell.currentWidget.content.widgets[number]"
        ".model.sharedModel.setSource(text)",
        [number, text],
    )


def test_a_cell_that_runs_again_replaces_what_it_built(lab, chromium):
    lab.write("again.ipynb", [LOAD, MODEL, LOSS, SESSION])
    page = lab.open(chromium, "again.ipynb")
    run_all(page)
    first = kexec(page, NAMES)
    run_cell(page, 1)
    page.wait_for_function("() => document.body.innerText.includes('run it again')")
    said = cell(page, 1).locator(".jp-OutputArea").inner_text()
    assert "w kept its value." in said
    assert "Cell [3] still uses what this cell made before: run it again." in said
    assert kexec(page, NAMES) == first
    run_cell(page, 2)
    assert "stale" not in kexec(
        page, "print(repr(get_ipython().run_line_magic('graph', 'cells')))"
    )
    set_text(page, 1, MODEL.replace("3.0]", "4.0]"))
    run_cell(page, 1)
    page.wait_for_function(
        "() => document.body.innerText.includes('w must be initialised')"
    )
    assert quiet(page, lab)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_error_is_drawn_and_short(lab, chromium, scheme, tmp_path):
    name = f"error-{scheme}.ipynb"
    lab.write(name, [LOAD, MODEL, LOSS, SESSION, ADDED, FAILS])
    page = lab.open(chromium, name, scheme)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(FINISHED, timeout=90_000)
    failing = cell(page, 5)
    failing.locator("img").wait_for()
    text = failing.locator(".jp-OutputArea").inner_text()
    assert "ValueError: Cannot feed value of shape (1, 2) for Tensor 'x:0'" in text
    assert "expected  float32 (?, 3)" in text
    assert "given     list (1, 2)" in text
    assert "%tb shows the full trace." in text
    assert "base.py" not in text
    alt = failing.locator("img").get_attribute("alt")
    assert alt.startswith("x (Placeholder)")
    added = cell(page, 4).locator("img")
    added.wait_for()
    assert added.get_attribute("alt").startswith("This cell added")
    failing.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
    assert (tmp_path / f"{scheme}.png").stat().st_size > 10_000
    # What is asked right after an error is not run.
    page.wait_for_function(IDLE)
    assert kexec(page, "print(sess.run(w).shape)") == "(3, 1)"
    assert quiet(page, lab)
    page.close()
