"""Samples of softmax and the losses."""

import numpy as np

from tests.registry.sample import Sample

RANDOM = np.random.RandomState(20180709)
LOGITS = RANDOM.randn(3, 4)
LABELS = np.array(
    [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]]
)

SAMPLES = [
    Sample("Softmax", [LOGITS]),
    Sample("LogSoftmax", [LOGITS]),
    Sample("SoftmaxCrossEntropyWithLogits", [LOGITS, LABELS]),
    Sample("SparseSoftmaxCrossEntropyWithLogits", [LOGITS, np.int64([3, 0, 1])]),
    Sample("L2Loss", [LOGITS]),
]
