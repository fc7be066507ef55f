"""Samples of random ops; what they draw is tested in tests/ops/test_random_ops.py."""

import numpy as np

from tests.registry.sample import Sample

SHAPE = np.array([3, 2], np.int32)
SEEDS = {"seed": 3, "seed2": 4}

SAMPLES = [
    *[
        Sample(name, [SHAPE], {"dtype": dtype, **SEEDS})
        for name in "RandomUniform RandomStandardNormal TruncatedNormal".split()
        for dtype in "float16 bfloat16 float32 float64".split()
    ],
    Sample("RandomUniformInt", [SHAPE, np.int64(-3), np.int64(3)], SEEDS),
    Sample("RandomShuffle", [np.arange(4.0, dtype=np.float32)], SEEDS),
    Sample("RandomShuffle", [np.array([b"a", b"b"], object)]),
    Sample("Multinomial", [np.float32([[0, 1], [2, -1]]), np.int32(5)], SEEDS),
    Sample("RandomGamma", [SHAPE, np.float32([0.5, 3])], SEEDS),
    Sample("RandomPoisson", [SHAPE, np.float32([0.5, 3])], SEEDS),
    Sample("RandomPoissonV2", [SHAPE, np.float32(3)], {"dtype": "int32", **SEEDS}),
]
