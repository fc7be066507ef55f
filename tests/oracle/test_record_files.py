"""TFRecord files of each library, read by the other; equal byte for byte if plain."""

import os
import zlib

import numpy as np
import pytest

import interactive_graphs as ours

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as theirs

theirs.disable_v2_behavior()
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
RNG = np.random.default_rng(7)
RECORDS = [
    b"",
    b"abc",
    RNG.bytes(100_000),
    b"\0" * 300_000,
    *[b"x" * n for n in range(99)],
]


def write(tf, path, compression):
    options = tf.python_io.TFRecordOptions(
        getattr(tf.python_io.TFRecordCompressionType, compression)
    )
    with tf.python_io.TFRecordWriter(str(path), options) as writer:
        for record in RECORDS:
            writer.write(record)
    return path.read_bytes(), options


@pytest.mark.parametrize("compression", ["NONE", "ZLIB", "GZIP"])
def test_records_both_ways(tmp_path, compression):
    our_bytes, our_options = write(ours, tmp_path / "ours", compression)
    their_bytes, their_options = write(theirs, tmp_path / "theirs", compression)
    if compression == "NONE":
        assert our_bytes == their_bytes
    else:  # how it is cut into blocks depends on the pieces that zlib is given
        window = 15 if compression == "ZLIB" else 31
        plain = zlib.decompress(their_bytes, window)
        assert zlib.decompress(our_bytes, window) == plain
    found = theirs.python_io.tf_record_iterator(str(tmp_path / "ours"), their_options)
    assert list(found) == RECORDS
    found = ours.python_io.tf_record_iterator(str(tmp_path / "theirs"), our_options)
    assert list(found) == RECORDS


def test_examples_both_ways(tmp_path):
    for writer, reader in ((ours, theirs), (theirs, ours)):
        path = str(tmp_path / "ours" if writer is ours else tmp_path / "theirs")
        train = writer.train
        features = {
            "x": train.Feature(float_list=train.FloatList(value=[1.5, 2.5])),
            "n": train.Feature(int64_list=train.Int64List(value=[-7])),
        }
        example = train.Example(features=train.Features(feature=features))
        with writer.python_io.TFRecordWriter(path) as file:
            file.write(example.SerializeToString())
        with reader.Graph().as_default(), reader.Session() as sess:
            queue = reader.train.string_input_producer([path])
            _, record = reader.TFRecordReader().read(queue)
            parsed = reader.parse_single_example(
                record,
                {
                    "x": reader.FixedLenFeature([2], reader.float32),
                    "n": reader.FixedLenFeature([], reader.int64),
                },
            )
            coord = reader.train.Coordinator()
            threads = reader.train.start_queue_runners(sess, coord)
            found = sess.run(parsed)
            coord.request_stop()
            coord.join(threads)
        assert (found["x"].tolist(), found["n"]) == ([1.5, 2.5], -7)
