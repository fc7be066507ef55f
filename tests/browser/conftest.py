"""A JupyterLab of the tests' own, and a Chromium to look at it with."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import interactive_graphs

ROOT = Path(interactive_graphs.__file__).parents[1]
# Follow the browser's light or dark; no question whether one wants news.
SETTINGS = {
    "settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings": {
        "adaptive-theme": True
    },
    "config/labconfig/page_config.json": {
        "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}
    },
}


def pytest_collection_modifyitems(config, items):
    """A browser test that fails is run once more, and pytest says so.

    Between a key and what is seen there are a browser, a server and a kernel, each of
    which may be kept waiting on a busy machine longer than a test waits.
    """
    if config.pluginmanager.hasplugin("rerunfailures"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def chromium():
    """The browser, or a skip that says what is missing."""
    for package in ("playwright", "jupyterlab"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                # Debian's, where it is; else the one that Playwright installs.
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox"],
                headless=True,
            )
        except Error as error:
            pytest.skip(f"there is no Chromium: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


class Lab:
    """A running JupyterLab."""

    def __init__(self, folder, url):
        self.folder = folder
        self.url = url

    def write(self, name, cells, kernel="python3"):
        """A notebook with these code cells."""
        import nbformat.v4

        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            # Without it JupyterLab asks which kernel to start.
            metadata={"kernelspec": {"name": kernel, "display_name": kernel}},
        )
        text = nbformat.v4.writes(notebook)
        (self.folder / name).write_text(text, encoding="utf-8")

    def open(self, browser, name, color_scheme="light"):
        """A page with the notebook open and its kernel idle.

        What it asks for and what its console says is kept: `quiet(page)` judges it.
        """
        page = browser.new_page(
            color_scheme=color_scheme, viewport={"width": 1200, "height": 1500}
        )
        page.asked_for, page.complaints = [], []
        page.on("request", lambda request: page.asked_for.append(request.url))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                message.type == "error" and page.complaints.append(message.text)
            ),
        )
        page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
        page.goto(f"{self.url}/lab/tree/{name}?reset")
        page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.sessionContext"
            "?.session?.kernel?.status === 'idle'",
            timeout=90_000,
        )
        return page


ERRORS = """
() => jupyterapp.shell.currentWidget.content.widgets.flatMap(
    cell => cell.model.outputs ? cell.model.outputs.toJSON() : []
).filter(output => output.output_type === 'error').map(output => output.evalue)
"""
FINISHED = f"""
() => ({ERRORS.strip()})().length > 0
    || jupyterapp.shell.currentWidget.content.widgets.every(
        cell => cell.model.type !== 'code' || cell.model.executionCount !== null
    )
"""


def run_all(page):
    """Runs every cell, waits for the last one, and fails where one does."""
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(FINISHED, timeout=90_000)
    assert page.evaluate(ERRORS) == []


EXECUTE = """
async code => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code, store_history: false });
    let out = "";
    future.onIOPub = message => {
        if (message.header.msg_type === "stream") out += message.content.text;
        if (message.header.msg_type === "error") out += message.content.evalue;
    };
    await future.done;
    return out;
}
"""


def kexec(page, code):
    """What `code`, run in the notebook's kernel, prints, or the error it ends with."""
    return page.evaluate(EXECUTE, code).strip()


def quiet(page, lab):
    """Whether the page asked nobody but its server, and nothing went wrong in it."""
    own = (lab.url, lab.url.replace("http", "ws", 1), "data:", "blob:")
    strangers = [url for url in page.asked_for if not url.startswith(own)]
    assert strangers == []
    # JupyterLab itself asks for settings that are not there.
    mine = [text for text in page.complaints if "404 (Not Found)" not in text]
    assert mine == []
    return True


@pytest.fixture(scope="session")
def lab(tmp_path_factory, chromium):
    """A server with folders of its own: nothing of the user's is read or written."""
    private = tmp_path_factory.mktemp("jupyter")
    folder = private / "notebooks"
    folder.mkdir()
    for name, content in SETTINGS.items():
        path = private / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
            *("--IdentityProvider.token=", "--ServerApp.password="),
            "--ServerApp.disable_check_xsrf=True",
            f"--ServerApp.root_dir={folder}",
            "--LabApp.expose_app_in_browser=True",
        ],
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "JUPYTER_CONFIG_DIR": str(private / "config"),
            "JUPYTER_DATA_DIR": str(private / "data"),
            "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(private / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(private / "workspaces"),
            "IPYTHONDIR": str(private / "ipython"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/api", server)
        yield Lab(folder, url)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url, server):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"JupyterLab ended at once, with status {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("JupyterLab did not answer within a minute")
