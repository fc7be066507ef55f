"""The same as `test_cells_property.py` in real kernels, as front ends talk to them."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from jupyter_client.manager import start_new_kernel

from tests.magics import notebooks

pytestmark = pytest.mark.slow

LOOK = """
import json
from tests.magics import notebooks
print("FOUND", json.dumps([notebooks.fingerprint(sess), notebooks.values(sess)]))
"""


class Kernel:
    """A kernel, and cells sent to it as JupyterLab sends them."""

    def __init__(self, path):
        environment = os.environ | {"JPY_SESSION_NAME": str(path)}
        self.manager, self.client = start_new_kernel(env=environment)

    def run(self, code, cell=None):
        """Run a cell; what it printed."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell, "deletedCells": [], "recordTiming": False}
        session = self.client.session
        message = session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        printed = ""
        while True:
            answer = self.client.get_iopub_msg(timeout=60)
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if answer["msg_type"] == "stream":
                printed += answer["content"]["text"]
            if answer["content"].get("execution_state") == "idle":
                break
        self.client.get_shell_msg(timeout=60)
        return printed

    def look(self):
        """The graph and the values of the variables."""
        found = [line for line in self.run(LOOK).splitlines() if line[:5] == "FOUND"]
        return json.loads(found[-1][6:])

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def in_new_kernel(path, runs, notebook):
    kernel = Kernel(path)
    try:
        if runs:
            kernel.run(notebooks.START, "start")
        for number, cell in runs:
            kernel.run(notebooks.source(number, cell), f"cell{number}")
        notebooks.run_all(kernel.run, notebook)
        return kernel.look()
    finally:
        kernel.close()


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(history=notebooks.histories(in_order=False))
def test_a_real_kernel_ends_as_a_new_one(tmp_path_factory, history):
    runs, notebook = history
    path = tmp_path_factory.mktemp("saved") / "it.ipynb"
    notebooks.save(path, len(notebook))
    graph, values = in_new_kernel(path, runs, notebook)
    fresh, fresh_values = in_new_kernel(path, [], notebook)
    assert graph == fresh
    assert {name: values.get(name) for name in fresh_values} == fresh_values
