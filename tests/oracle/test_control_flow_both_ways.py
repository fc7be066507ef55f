"""MetaGraphs with branches, loops and their gradients, from here to TensorFlow and back.

Each program of the two tables is built and run by one library and run by the other.
"""

import os

import numpy as np
import pytest

import interactive_graphs
from tests.oracle.cases import control_flow, while_loop
from tests.oracle.programs import Success, outcome, value_differences

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

PROGRAMS = [
    pytest.param(program, id=f"{module.__name__.rpartition('.')[2]}-{program.name}")
    for module in (control_flow, while_loop)
    for program in module.table
    if not (program.raises or program.is_script or program.only_shapes)
    # Structures would have to be rebuilt; their nodes are as everywhere.
    and not any(word in program.name for word in ("sparse", "dict", "structure"))
]


def moved(program, source, target, scope):
    """What a program gives in `target` that `source` has built."""
    with source.Graph().as_default():
        fetches = program.build(source)
        flat = fetches if isinstance(fetches, (list, tuple)) else [fetches]
        if isinstance(flat[0], (list, tuple)):
            flat = [part for group in flat for part in group]
        names = [tensor.name for tensor in flat]
        start = source.global_variables_initializer().name
        wire = source.train.export_meta_graph().SerializeToString()
    prefix = f"{scope}/" if scope else ""
    with target.Graph().as_default(), target.Session() as sess:
        target.train.import_meta_graph(
            target.MetaGraphDef.FromString(wire), import_scope=scope
        )
        sess.run(prefix + start)
        feeds = {prefix + name: value for name, value in program.feeds.items()}
        return [
            sess.run([prefix + name for name in names], feeds)
            for _ in range(program.steps)
        ]


def flat_values(values):
    """The numbers of a run, without the structure."""
    if isinstance(values, (list, tuple)):
        return [leaf for part in values for leaf in flat_values(part)]
    return [values]


def check(program, source, target, scope):
    wanted = outcome(source, program)
    assert isinstance(wanted, Success), wanted
    found = moved(program, source, target, scope)
    pairs = zip(flat_values(wanted.values), flat_values(found), strict=True)
    for first, second in pairs:
        assert np.shape(first) == np.shape(second)
        assert value_differences(program, "", first, second) == []


@pytest.mark.parametrize("scope", [None, "copy"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_ours_runs_in_tensorflow(program, scope):
    check(program, interactive_graphs, tensorflow, scope)


@pytest.mark.parametrize("scope", [None, "copy"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_theirs_runs_here(program, scope):
    check(program, tensorflow, interactive_graphs, scope)


def test_theirs_is_differentiated_here():
    with tensorflow.Graph().as_default():
        x = tensorflow.constant(3.0, name="x")
        y = control_flow.times(tensorflow, 2, lambda i, a: a * x, x)
        wire = tensorflow.train.export_meta_graph().SerializeToString()
    tf = interactive_graphs
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.train.import_meta_graph(tf.MetaGraphDef.FromString(wire))
        x, y = (graph.get_tensor_by_name(t.name) for t in (x, y))
        (first,) = tf.gradients(y, x)
        (second,) = tf.gradients(first, x)
        assert sess.run([first, second]) == [27, 18]


def test_ours_is_differentiated_there():
    tf = interactive_graphs
    with tf.Graph().as_default():
        x = tf.constant(3.0, name="x")
        y = control_flow.times(
            tf, 2, lambda i, a: tf.cond(a > 5, lambda: a * x, lambda: a * a), x
        )
        wire = tf.train.export_meta_graph().SerializeToString()
    with tensorflow.Graph().as_default() as graph, tensorflow.Session() as sess:
        tensorflow.train.import_meta_graph(tensorflow.MetaGraphDef.FromString(wire))
        x, y = (graph.get_tensor_by_name(t.name) for t in (x, y))
        assert sess.run(tensorflow.gradients(y, x)) == [27]
