"""Our package and TensorFlow live in one process, whichever comes first."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.oracle
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")

PROGRAM = """
{imports}
from tensorflow.core.framework import graph_pb2

with interactive_graphs.Graph().as_default() as graph:
    interactive_graphs.add(1.0, 2.0, name="three")
message = graph_pb2.GraphDef.FromString(graph.as_graph_def().SerializeToString())
with tensorflow.Graph().as_default() as copy:
    tensorflow.import_graph_def(message, name="")
    with tensorflow.compat.v1.Session() as sess:
        print(sess.run("three:0"))
"""


@pytest.mark.parametrize(
    "order",
    [("interactive_graphs", "tensorflow"), ("tensorflow", "interactive_graphs")],
    ids=" then ".join,
)
def test_both_import_and_exchange_a_graph(order):
    code = PROGRAM.format(imports="\n".join(f"import {name}" for name in order))
    run = [sys.executable, "-c", code]
    output = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert output.strip() == "3.0"
