"""Decoders of data sets' files."""

import numpy as np

from interactive_graphs.formats import idx

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([7, 9, 1], np.uint8)


def plain(values):
    return idx.gzip.decompress(idx.encode(values))


TARGETS = {
    "idx_images": (
        [idx.encode(IMAGES), plain(IMAGES)],
        lambda data: idx.decode(data, idx.IMAGES, "fuzzed"),
        (ValueError,),
    ),
    "idx_labels": (
        [idx.encode(LABELS), plain(LABELS)],
        lambda data: idx.decode(data, idx.LABELS, "fuzzed"),
        (ValueError,),
    ),
}
