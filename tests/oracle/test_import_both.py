"""Our package and TensorFlow in one process, and graphs that go both ways.

Each program of `cases/` that fetches tensors is built by one library, written as a
GraphDef, read by the other, and run in both: same bytes, same values.
"""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import interactive_graphs
from interactive_graphs import errors
from interactive_graphs.framework import registry
from tests.oracle.programs import Failure, outcome, value_differences

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

BOTH = ("interactive_graphs", "tensorflow")
USE_ALL_MESSAGES = """
import importlib
{imports}
from interactive_graphs import protos
from tensorflow.core.framework import graph_pb2, step_stats_pb2
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2

for name in protos.MODULE_OF:
    getattr(protos, name)
ours = protos.ConfigProto(allow_soft_placement=True)
theirs = config_pb2.ConfigProto.FromString(ours.SerializeToString())
assert theirs.allow_soft_placement
print("both")
"""


@pytest.mark.parametrize("order", [BOTH, BOTH[::-1]], ids=" then ".join)
def test_messages_of_both_are_loaded_side_by_side(order):
    code = USE_ALL_MESSAGES.format(imports="\n".join(f"import {n}" for n in order))
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "both", run.stderr


def tensors_in(tf, fetches):
    """The names of all fetched tensors; None if something else is fetched."""
    if isinstance(fetches, tf.Tensor):
        return [fetches.name]
    if not isinstance(fetches, list | tuple):
        return None
    found = [tensors_in(tf, part) for part in fetches]
    if any(names is None for names in found):
        return None
    return [name for names in found for name in names]


def exported(tf, program):
    """GraphDef, names of the tensors and of the initializer; None if not for us."""
    with tf.Graph().as_default() as graph:
        names = tensors_in(tf, program.build(tf))
        if not names:
            return None
        init = None
        if tf.global_variables():
            init = tf.global_variables_initializer().name
        return graph.as_graph_def().SerializeToString(), names, init


def run_imported(tf, exported_graph, program):
    data, names, init = exported_graph
    with tf.Graph().as_default():
        tf.import_graph_def(tf.GraphDef.FromString(data), name="")
        with tf.Session() as sess:
            if init is not None:
                sess.run(init)
            return sess.run(names, program.feeds)


def unknown_here(data):
    """The op types in a GraphDef that the table of ops has not."""
    graph_def = interactive_graphs.GraphDef.FromString(data)
    functions = {function.signature.name for function in graph_def.library.function}
    return sorted(ops_in(data) - functions - set(registry.op_names()))


def ops_in(data):
    """The op types in a GraphDef and in its functions."""
    graph_def = interactive_graphs.GraphDef.FromString(data)
    nodes = list(graph_def.node)
    for function in graph_def.library.function:
        nodes += function.node_def
    return {node.op for node in nodes}


# py_func's functions are in a table of the process that built the node.
PROCESS_BOUND = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}


# What TensorFlow's kernels cannot run of our graphs.
NOT_THERE = {
    # The gradient remembers the inner TensorArrays of each iteration in a list, and
    # lists of handles have no kernel.
    "map_fn_nested",
}


def programs():
    """The programs whose fetches are tensors and that do not fail."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent / "cases")]):
        table = importlib.import_module(f"tests.oracle.cases.{module.name}").table
        for program in table:
            if program.raises is None and not program.is_script:
                yield pytest.param(program, id=f"{module.name}-{program.name}")


PROGRAMS = list(programs())


def check(source, target, program):
    """Builds with `source`, runs in both, compares."""
    graph = exported(source, program)
    if graph is None:
        pytest.skip("fetches something other than tensors")
    data = graph[0]
    if PROCESS_BOUND & ops_in(data):
        pytest.skip("calls a Python function")
    expected = outcome(source, program)
    assert not isinstance(expected, Failure), expected
    flat = run_imported(source, graph, program)
    found = run_imported(target, graph, program)
    theirs, ours = (found, flat) if target is tensorflow else (flat, found)
    assert value_differences(program, "", theirs, ours) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_tensorflow_runs_our_graph(program):
    if program.name in NOT_THERE:
        pytest.skip("needs a kernel that TensorFlow has not")
    check(interactive_graphs, tensorflow, program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_we_run_tensorflows_graph(program):
    graph = exported(tensorflow, program)
    missing = unknown_here(graph[0]) if graph is not None else []
    if missing:
        # 2.x builds some functions from ops that came after 1.9.
        with pytest.raises(errors.NotFoundError, match="Op type not registered"):
            run_imported(interactive_graphs, graph, program)
        pytest.skip(f"uses ops unknown here: {', '.join(missing)}")
    check(tensorflow, interactive_graphs, program)


def linear_model(tf):
    """Variables, collections, an initializer: what a MetaGraph is for."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.Variable([[1.0], [2.0]], name="w")
    y = tf.add(tf.matmul(x, w), tf.Variable([0.5], name="b"), name="y")
    tf.add_to_collection("outputs", y)
    tf.global_variables_initializer()


@pytest.mark.parametrize("ours_first", [True, False])
def test_meta_graphs_go_both_ways(ours_first, tmp_path):
    source, target = interactive_graphs, tensorflow
    if not ours_first:
        source, target = target, source
    path = str(tmp_path / "model.meta")
    with source.Graph().as_default():
        linear_model(source)
        source.train.export_meta_graph(path)
    with target.Graph().as_default(), target.Session() as sess:
        target.train.import_meta_graph(path)
        assert [v.name for v in target.global_variables()] == ["w:0", "b:0"]
        assert [v.name for v in target.trainable_variables()] == ["w:0", "b:0"]
        sess.run("init")
        (y,) = target.get_collection("outputs")
        assert sess.run(y, {"x:0": [[10.0, 1.0]]}).tolist() == [[12.5]]
        assert sess.run(target.global_variables()[0]).tolist() == [[1.0], [2.0]]
