"""TensorBoard's own reader finds in our files what was written."""

import numpy as np
import pytest

import interactive_graphs as tf

pytest.importorskip("tensorboard", reason="it reads our event files")
pytestmark = [
    # TensorBoard's own dependencies.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture
def logdir(tmp_path):
    """A run of three steps that writes every kind of summary."""
    x = tf.placeholder(tf.float32, [4], name="x")
    with tf.name_scope("layer"):
        y = tf.multiply(x, 2.0, name="y")
    tf.summary.scalar("loss", tf.reduce_sum(y))
    tf.summary.histogram("values", y)
    tf.summary.image("picture", tf.reshape(y, [1, 2, 2, 1]))
    tf.summary.audio("sound", tf.reshape(x, [1, 4]), 8000)
    tf.summary.text("words", tf.constant("*hello*"))
    merged = tf.summary.merge_all()
    with tf.Session() as sess, tf.summary.FileWriter(tmp_path, sess.graph) as writer:
        for step in range(3):
            metadata = tf.RunMetadata()
            summary = sess.run(
                merged,
                {x: np.arange(4) * 0.1 * step},
                options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
                run_metadata=metadata,
            )
            writer.add_summary(summary, step)
            writer.add_run_metadata(metadata, f"step {step}", step)
    return tmp_path


@pytest.fixture
def found(logdir):
    from tensorboard.backend.event_processing import event_accumulator

    accumulator = event_accumulator.EventAccumulator(
        str(logdir), size_guidance={"images": 0, "audio": 0, "histograms": 0}
    )
    return accumulator.Reload()


def test_all_tags_are_found(found):
    tags = found.Tags()
    assert tags["scalars"] == ["loss"]
    assert tags["histograms"] == ["values"]
    assert tags["images"] == ["picture/image/0"]
    assert tags["audio"] == ["sound/audio/0"]
    assert tags["tensors"] == ["words"]
    assert sorted(tags["run_metadata"]) == ["step 0", "step 1", "step 2"]
    assert tags["graph"]
    assert tags["meta_graph"]


def test_scalars(found):
    points = found.Scalars("loss")
    assert [p.step for p in points] == [0, 1, 2]
    assert [p.value for p in points] == pytest.approx([0.0, 1.2, 2.4])


def test_histograms(found):
    histogram = found.Histograms("values")[1].histogram_value
    assert histogram.num == 4
    assert histogram.max == pytest.approx(0.6)
    assert sum(histogram.bucket) == 4


def test_images_and_sound(found):
    (image, *_) = found.Images("picture/image/0")
    assert (image.width, image.height) == (2, 2)
    assert image.encoded_image_string.startswith(b"\x89PNG")
    (sound, *_) = found.Audio("sound/audio/0")
    assert (sound.sample_rate, sound.length_frames) == (8000.0, 4)


def test_text(found):
    tensor = found.Tensors("words")[0].tensor_proto
    assert list(tensor.string_val) == [b"*hello*"]


def test_the_graph_has_its_nodes_and_shapes(found):
    nodes = {node.name: node for node in found.Graph().node}
    assert nodes["layer/y"].op == "Mul"
    assert list(nodes["layer/y"].input) == ["x", "layer/y/y"]
    (shape,) = nodes["layer/y"].attr["_output_shapes"].list.shape
    assert [d.size for d in shape.dim] == [4]


def test_run_metadata_names_the_nodes(found):
    (device,) = found.RunMetadata("step 1").step_stats.dev_stats
    assert "layer/y" in {stats.node_name for stats in device.node_stats}
