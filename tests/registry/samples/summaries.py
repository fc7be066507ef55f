"""Samples of the ops that write summaries."""

import numpy as np

from tests.registry.sample import Sample


def one(data):
    return np.array(data, object)


NAME = one(b"name")
# Summary(value=[Value(tag="a", simple_value=1)]), and the same with tag "b".
FIRST = one(b"\n\x08\n\x01a\x15\x00\x00\x80?")
SECOND = one(b"\n\x08\n\x01b\x15\x00\x00\x80?")

SAMPLES = [
    Sample("ScalarSummary", [NAME, np.float32(1.5)]),
    Sample("HistogramSummary", [NAME, np.float32([1.0, -2.0])]),
    Sample("ImageSummary", [NAME, np.zeros([2, 3, 4, 1], np.float32)]),
    Sample(
        "AudioSummaryV2", [NAME, np.zeros([2, 3, 1], np.float32), np.float32(8000.0)]
    ),
    Sample("TensorSummary", [np.float32([1.0, 2.0])]),
    Sample("TensorSummaryV2", [NAME, np.float32([1.0, 2.0]), one(b"")]),
    Sample("MergeSummary", [[FIRST, SECOND]]),
]
