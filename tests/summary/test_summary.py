"""What summaries say, and what they refuse; values are compared in `tests/oracle`."""

import io

import numpy as np
import pytest
from PIL import Image

import interactive_graphs as tf


def values(summary, feeds=None):
    with tf.Session() as sess:
        return tf.Summary.FromString(sess.run(summary, feeds)).value


def test_a_scalar_has_its_tag_and_value():
    with tf.name_scope("train"):
        loss = tf.summary.scalar("loss", tf.constant(2.5))
    (value,) = values(loss)
    assert (value.tag, value.simple_value) == ("train/loss", 2.5)
    assert loss.op.name == "train/loss"
    assert tf.get_collection(tf.GraphKeys.SUMMARIES) == [loss]


def test_a_family_groups():
    (value,) = values(tf.summary.scalar("loss", 1.0, family="losses"))
    assert value.tag == "losses/losses/loss"


def test_an_illegal_name_is_mended_and_logged(caplog):
    with caplog.at_level("INFO", "tensorflow"):
        (value,) = values(tf.summary.scalar("a loss:0", 1.0))
    assert value.tag == "a_loss_0"
    assert caplog.messages == [
        "Summary name a loss:0 is illegal; using a_loss_0 instead."
    ]


def test_collections_are_those_that_were_asked_for():
    one = tf.summary.scalar("one", 1.0, collections=["mine"])
    merged = tf.summary.merge([one], collections=["mine"])
    assert tf.get_collection("mine") == [one, merged]
    assert tf.summary.merge_all() is None
    assert [v.tag for v in values(tf.summary.merge_all("mine", scope="one"))] == ["one"]


def test_merge_all_with_a_placeholder():
    x = tf.placeholder(tf.float32, name="x")
    tf.summary.scalar("x", x)
    tf.summary.histogram("h", [x, 2 * x])
    scalar, histogram = values(tf.summary.merge_all(), {x: 3.0})
    assert scalar.simple_value == 3.0
    assert histogram.histo.sum == 9.0


def test_a_histogram_counts_everything_once():
    data = np.random.default_rng(0).standard_normal(1000)
    (value,) = values(tf.summary.histogram("h", data))
    histo = value.histo
    assert sum(histo.bucket) == histo.num == 1000
    assert histo.min == data.min()
    assert list(histo.bucket_limit) == sorted(histo.bucket_limit)
    edges = np.array(histo.bucket_limit)
    for below, limit, count in zip(
        edges[:-1], edges[1:], histo.bucket[1:], strict=True
    ):
        assert count == np.sum((below <= data) & (data < limit))


def test_images_are_png_files():
    batch = np.zeros([2, 4, 6, 3], np.uint8)
    batch[1, :, :, 0] = 200
    first, second = values(tf.summary.image("im", batch))
    assert (second.tag, second.image.height, second.image.width) == ("im/image/1", 4, 6)
    decoded = np.array(Image.open(io.BytesIO(second.image.encoded_image_string)))
    assert np.array_equal(decoded, batch[1])


def test_sound_is_a_wav_file():
    import wave

    (value,) = values(tf.summary.audio("a", [[0.0, 1.0, -1.0, 0.5]], 8000, 1))
    with wave.open(io.BytesIO(value.audio.encoded_audio_string)) as file:
        assert file.getframerate() == 8000
        frames = np.frombuffer(file.readframes(4), "<i2")
    assert frames.tolist() == [0, 32767, -32768, 16384]


def test_text_goes_to_the_text_plugin():
    (value,) = values(tf.summary.text("t", tf.constant("# Title")))
    assert value.metadata.plugin_data.plugin_name == "text"
    assert tf.make_ndarray(value.tensor) == b"# Title"


def test_the_old_description_of_a_tensor():
    node = tf.NodeDef(op="TensorSummary")
    node.attr["description"].s = b'{"type_hint": "words"}'
    assert tf.summary.get_summary_description(node).type_hint == "words"
    with pytest.raises(ValueError, match="^Can't get_summary_description on Add$"):
        tf.summary.get_summary_description(tf.NodeDef(op="Add"))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: tf.summary.scalar("s", [1.0]),
            "tags and values not the same shape: [] != [1] (tag 's')",
        ),
        (
            lambda: tf.summary.histogram("h", [1.0, float("nan")]),
            "Nan in summary histogram for: h",
        ),
        (
            lambda: tf.summary.histogram("h", [float("-inf")]),
            "Infinity in Histogram for: h",
        ),
        (
            lambda: tf.summary.image("i", np.zeros([2, 2], np.float32)),
            "Tensor must be 4-D with last dim 1, 3, or 4, not [2,2]",
        ),
        (
            lambda: tf.summary.image("i", np.zeros([1, 0, 2, 1], np.float32)),
            "input tensor must have non-zero dims. Found: [1, 0, 2, 1].",
        ),
        (
            lambda: tf.summary.audio("a", [1.0], 1.0),
            "Tensor must be 3-D or 2-D, got: [1]",
        ),
        (lambda: tf.summary.audio("a", [[1.0]], 0.0), "sample_rate must be > 0"),
        (
            lambda: tf.summary.audio("a", np.zeros([1, 2, 0], np.float32), 1.0),
            "audio is null",
        ),
        (
            lambda: tf.summary.merge([tf.summary.scalar("s", 1.0)] * 2),
            "Duplicate tag s found in summary inputs",
        ),
        (
            lambda: tf.summary.merge([b"\xff"]),
            "Could not parse one of the summary inputs",
        ),
    ],
)
def test_what_is_refused_when_it_runs(make, text):
    summary = make()
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(summary)
    assert caught.value.message.startswith(text + "\n")


def test_text_must_be_text():
    with pytest.raises(ValueError, match="^Expected tensor n:0 to have dtype string, "):
        tf.summary.text("t", tf.constant(1, name="n"))
