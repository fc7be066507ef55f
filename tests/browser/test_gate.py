"""A training loop in a cell stands still inside, with the kernels people have.

ipykernel 6.31 handles a front end's messages after the cell, 7.3 while it runs, and the
newest only because the widget asks for it: none of this is read off the version.
"""

import json
import subprocess
import sys

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, kexec, quiet, run_all

pytestmark = pytest.mark.browser

MODEL = """
%load_ext interactive_graphs
import asyncio
import interactive_graphs as tf
from interactive_graphs.debug.gate import gate_of, in_thread
from interactive_graphs.widgets.stepper import StepperView
x = tf.placeholder(tf.float32, [], name='x')
y = tf.multiply(x, 2.0, name='y')
z = tf.negative(y, name='z')
sess = tf.get_default_session()
out = []
def loop(session=sess):
    for value in (1.0, 2.0):
        out.append(float(session.run(z, {x: value})))
view = StepperView(sess)
view
"""
BLOCKED = "point = sess.break_at('y')\nloop()"
INPUT = ".jp-Stdin-input:not([disabled])"
VERSIONS = {"6.31.0": ["nest-asyncio"], "7.3.0": [], "": []}


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda v: v or "newest")
def kernel(request, lab):
    """The name of a kernel of this version, and the version."""
    version = request.param
    if not version:
        return "python3", version
    folder = lab.folder.parent / f"ipykernel-{version}"
    wanted = [f"ipykernel=={version}", *VERSIONS[version]]
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--quiet"]
    done = subprocess.run(
        [*command, "--target", str(folder), *wanted],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"PyPI does not give ipykernel {version}: {done.stderr[-200:]}")
    name = f"ipykernel-{version}"
    spec = lab.folder.parent / "data" / "kernels" / name
    spec.mkdir(parents=True)
    content = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
        "env": {"PYTHONPATH": f"{folder}:{ROOT}"},
    }
    (spec / "kernel.json").write_text(json.dumps(content))
    return name, version


@pytest.fixture
def page(request, lab, chromium, kernel):
    """A notebook on that kernel, with the widget on the screen."""
    name, version = kernel
    file = f"gate-{version or 'newest'}-{request.node.originalname}.ipynb"
    lab.write(file, [MODEL], name)
    page = lab.open(chromium, file)
    run_all(page)
    page.wait_for_selector(".ig-step")
    if version:
        assert kexec(page, "import ipykernel; print(ipykernel.__version__)") == version
    yield page
    assert quiet(page, lab)
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()


START = """
code => {
    const context = jupyterapp.shell.currentWidget.sessionContext;
    const panel = jupyterapp.shell.currentWidget;
    window.over = false;
    panel.content.model.sharedModel.addCell({ cell_type: 'code', source: code });
    panel.content.activeCellIndex = panel.content.widgets.length - 1;
    jupyterapp.commands.execute('notebook:run-cell').then(() => { window.over = true; });
}
"""


def start(page, code):
    """Runs code in a new cell, without waiting for it."""
    page.evaluate(START, code)


def shows(page, words):
    expect(page.locator(".ig-step")).to_contain_text(words, timeout=20_000)


def ends(page):
    page.wait_for_function("() => window.over", timeout=20_000)


def click(page, name):
    page.locator(".ig-step").get_by_role("button", name=name).first.click()


def test_a_blocked_cell_is_answered(page, kernel):
    start(page, BLOCKED)
    if kernel[1] == "6.31.0":
        # No message gets through: a prompt is the last resort, and is answered.
        for said in ("inject y 7.0", "step", "cont", "cont"):
            field = page.wait_for_selector(INPUT, timeout=20_000)
            field.fill(said)
            field.press("Enter")
            page.wait_for_function("field => !field.isConnected", arg=field)
    else:
        shows(page, "before y")
        assert not page.evaluate("() => window.over")
        page.fill(".ig-step input[name=value]", "7.0")
        page.fill(".ig-step input[name=tensor]", "y:0")
        page.press(".ig-step input[name=value]", "Enter")
        click(page, "Step")
        shows(page, "before z")
        page.locator(".ig-step-bar button").first.focus()
        page.keyboard.press("c")
        shows(page, "before y")
        click(page, "Continue")
    ends(page)
    assert kexec(page, "print(out, gate_of(sess).paused)") == "[-7.0, -4.0] []"


def test_a_loop_in_a_thread_is_answered(page):
    start(page, "point = sess.break_at('y > 3'); thread = in_thread(loop)")
    ends(page)
    shows(page, "after y")
    # The kernel is free meanwhile.
    assert kexec(page, "print(out, gate_of(sess).paused[0].value('y'))") == "[-2.0] 4.0"
    click(page, "Continue")
    shows(page, "finished")
    assert kexec(page, "thread.join(10); print(out)") == "[-2.0, -4.0]"


def test_an_asyncio_task_is_answered(page):
    start(
        page,
        "point = sess.break_at('y')\n"
        "async def main():\n"
        "    out.append(float(await gate_of(sess).run(z, {x: 3.0})))\n"
        "task = asyncio.ensure_future(main())",
    )
    ends(page)
    shows(page, "before y")
    assert kexec(page, "print(out)") == "[]"
    click(page, "Continue")
    shows(page, "finished")
    assert kexec(page, "print(out)") == "[-6.0]"


def test_an_interrupt_gets_through(page, kernel):
    start(page, BLOCKED)
    page.wait_for_selector(
        INPUT if kernel[1] == "6.31.0" else ".ig-step-bar", timeout=20_000
    )
    page.evaluate("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    ends(page)
    assert kexec(page, "print(gate_of(sess).paused)") == "[]"
    kexec(page, "point.remove(); loop()")
    assert kexec(page, "print(out)") == "[-2.0, -4.0]"
    # Session and widget go on.
    kexec(page, "view.follow(sess.debug(z, {x: 5.0}))")
    shows(page, "before y")
    click(page, "Step")
    shows(page, "before z")
