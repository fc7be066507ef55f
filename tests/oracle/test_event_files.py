"""Event files go both ways: TensorFlow reads ours, and we read TensorFlow's."""

import os

import pytest

import interactive_graphs

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


def write(tf, logdir):
    """A file with one event of each kind."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.summary.scalar("s", tf.constant(1.5, name="c"))
        tf.summary.histogram("h", [1.0, -2.0, 3.0])
        summary = sess.run(tf.summary.merge_all())
        writer = tf.summary.FileWriter(str(logdir), graph)
        writer.add_summary(summary, 3)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 4)
        metadata = tf.RunMetadata()
        metadata.step_stats.dev_stats.add(device="/cpu:0")
        writer.add_run_metadata(metadata, "tag", 5)
        writer.close()
    (name,) = os.listdir(logdir)
    return str(logdir / name)


def content(tf, path):
    """What one library finds in a file, in plain words."""
    found = []
    for event in tf.train.summary_iterator(path):
        kind = event.WhichOneof("what")
        if kind == "graph_def":
            nodes = tf.GraphDef.FromString(event.graph_def).node
            value = sorted(n.SerializeToString(deterministic=True) for n in nodes)
        elif kind == "meta_graph_def":
            meta = tf.MetaGraphDef.FromString(event.meta_graph_def)
            value = sorted(node.name for node in meta.graph_def.node)
        elif kind == "file_version":
            value = event.file_version
        else:
            value = getattr(event, kind).SerializeToString(deterministic=True)
        found.append((event.step, kind, value))
    return found


@pytest.mark.parametrize("writer", [tensorflow, interactive_graphs])
def test_both_read_the_same(writer, tmp_path):
    path = write(writer, tmp_path)
    assert content(interactive_graphs, path) == content(tensorflow, path)


def test_both_write_the_same(tmp_path):
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    theirs = content(tensorflow, write(tensorflow, tmp_path / "theirs"))
    ours = content(tensorflow, write(interactive_graphs, tmp_path / "ours"))
    assert ours == theirs
