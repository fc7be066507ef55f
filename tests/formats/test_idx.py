"""The files of MNIST: whole, cut short, and of other kinds."""

import gzip
import struct

import numpy as np
import pytest

from interactive_graphs.formats import idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([7, 9, 1], np.uint8)


@pytest.mark.parametrize("unpack", [bytes, gzip.decompress])
def test_what_is_written_is_read(unpack):
    images = idx.decode(unpack(idx.encode(IMAGES)), idx.IMAGES)
    assert images.shape == (2, 3, 4, 1)
    assert np.array_equal(images[..., 0], IMAGES)
    assert idx.decode(unpack(idx.encode(LABELS)), idx.LABELS).tolist() == [7, 9, 1]


def test_no_items():
    empty = np.zeros((0, 28, 28), np.uint8)
    assert idx.decode(idx.encode(empty), idx.IMAGES).shape == (0, 28, 28, 1)


@pytest.mark.parametrize(
    ("data", "magic", "words"),
    [
        (b"", idx.IMAGES, "f: truncated at byte 0: an MNIST image file begins with 16"),
        (b"\0\0\x08\x03", idx.IMAGES, "f: truncated at byte 4"),
        (idx.encode(LABELS), idx.IMAGES, "truncated at byte 11"),
        (idx.encode(IMAGES), idx.LABELS, "Invalid magic number 2051 in MNIST label file: f"),
        (bytes(16), idx.IMAGES, "Invalid magic number 0 in MNIST image file: f"),
        (gzip.decompress(idx.encode(IMAGES))[:-1], idx.IMAGES,
         "f: truncated at byte 39: the header claims 24 bytes after it"),
        (struct.pack(">4I", 2051, 2**32 - 1, 2**32 - 1, 1), idx.IMAGES, "too many to be true"),
        (struct.pack(">2I", 2049, 2**30), idx.LABELS, "truncated at byte 8"),
        (idx.encode(IMAGES)[:20], idx.IMAGES, "truncated"),
        (b"\x1f\x8bnonsense", idx.IMAGES, "f: not a whole gzip file"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(data, magic, words):
    with pytest.raises(ValueError, match="^") as caught:
        idx.decode(data, magic, "f")
    assert words in str(caught.value)
