"""Samples of the ops of connectionist temporal classification."""

import numpy as np

from tests.registry.sample import Sample

LOGITS = np.random.default_rng(3).normal(size=(5, 2, 4)).astype(np.float32)
PLACES = np.array([[0, 0], [0, 1], [1, 0]], np.int64)
LABELS = np.array([0, 0, 2], np.int32)
LENGTHS = np.array([5, 3], np.int32)

SAMPLES = [
    Sample("CTCLoss", [LOGITS, PLACES, LABELS, LENGTHS], outputs=[0]),
    Sample("CTCGreedyDecoder", [LOGITS, LENGTHS], {"merge_repeated": True}),
    Sample(
        "CTCBeamSearchDecoder", [LOGITS, LENGTHS], {"beam_width": 9, "top_paths": 2}
    ),
]
