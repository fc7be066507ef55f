"""Samples of bias, normalisations and in_top_k."""

import numpy as np

from tests.registry.sample import Sample

RANDOM = np.random.RandomState(20180709)
IMAGE = RANDOM.randn(2, 3, 2, 3)
BIAS = np.array([0.5, -1.0, 2.0])

SINGLE = IMAGE.astype("f")
DY = RANDOM.randn(2, 3, 2, 3).astype("f")
SCALE, OFFSET = np.float32([1.0, 2.0, -0.5]), np.float32([0.1, 0.2, 0.3])
MEAN, VARIANCE = np.float32([0.0, 0.3, -0.2]), np.float32([1.0, 0.5, 2.0])
BATCH = (SINGLE.mean((0, 1, 2)), SINGLE.var((0, 1, 2)))
NONE = np.zeros(0, "f")
INFERENCE = {"is_training": False}
GIVEN = "the moments of the batch are inputs here, and do not follow x"

SAMPLES = [
    Sample("BiasAdd", [IMAGE, BIAS]),
    Sample("BiasAddV1", [IMAGE, BIAS]),
    Sample("BiasAddGrad", [IMAGE], {"data_format": "NCHW"}),
    *(
        Sample(
            f"FusedBatchNorm{version}",
            [SINGLE, SCALE, OFFSET, NONE, NONE],
            differentiable=[0, 1, 2],
            outputs=[0],
            tolerance=1e-2,
        )
        for version in ("", "V2", "V3")
    ),
    *(
        Sample(
            f"FusedBatchNormGrad{version}",
            [DY, SINGLE, SCALE, *BATCH, *spare],
            differentiable=[0, 2],
            outputs=[0, 1, 2],
            tolerance=1e-2,
            note=GIVEN,
        )
        for version, spare in (("", []), ("V2", []), ("V3", [NONE]))
    ),
    Sample(
        "FusedBatchNorm",
        [SINGLE, SCALE, OFFSET, MEAN, VARIANCE],
        INFERENCE,
        differentiable=[0, 1, 2],
        outputs=[0],
        tolerance=1e-2,
    ),
    Sample(
        "FusedBatchNormGrad",
        [DY, SINGLE, SCALE, MEAN, VARIANCE],
        INFERENCE,
        differentiable=[0, 1, 2],
        outputs=[0, 1, 2],
        tolerance=1e-2,
    ),
    Sample("LRN", [SINGLE], {"depth_radius": 1}, tolerance=1e-2),
    Sample("LRNGrad", [DY, SINGLE, SINGLE], {"depth_radius": 1}),
    Sample("InTopK", [SINGLE[0, 0], np.int32([0, 2])], {"k": 1}),
    Sample("InTopKV2", [SINGLE[0, 0], np.int32([0, 2]), np.int32(1)]),
]
