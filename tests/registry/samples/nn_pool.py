"""Samples of pools and their gradients; no elements tie."""

import numpy as np

from tests.registry.sample import Sample

RANDOM = np.random.RandomState(20180709)
PLANAR = {"ksize": [1, 2, 2, 1], "strides": [1, 1, 2, 1], "padding": "VALID"}
IMAGE = RANDOM.permutation(24.0 * np.arange(1, 13) / 24).reshape(1, 3, 4, 1)
MAXIMA = np.array(
    [[IMAGE[0, i : i + 2, j : j + 2].max() for j in (0, 2)] for i in (0, 1)]
).reshape(1, 2, 2, 1)
GRADIENT = RANDOM.randn(1, 2, 2, 1)
BACK = RANDOM.randn(1, 3, 4, 1)

# The same as volumes of one plane, which take float32 at most.
SOLID = {"ksize": [1, 1, 2, 2, 1], "strides": [1, 1, 1, 2, 1], "padding": "VALID"}
VOLUME, PEAKS, SOLID_GRADIENT, SOLID_BACK = (
    x[None].astype("f") for x in (IMAGE, MAXIMA, GRADIENT, BACK)
)

ONLY_DY = "the maxima must be those of the input: only the gradient may vary"

SAMPLES = [
    Sample("MaxPool", [IMAGE], PLANAR),
    Sample("AvgPool", [IMAGE], PLANAR),
    Sample("AvgPoolGrad", [np.int32([1, 3, 4, 1]), GRADIENT], PLANAR),
    Sample("MaxPoolGrad", [IMAGE, MAXIMA, GRADIENT], PLANAR, [2], note=ONLY_DY),
    Sample("MaxPoolGradGrad", [IMAGE, MAXIMA, BACK], PLANAR, [2], note=ONLY_DY),
    Sample("MaxPoolWithArgmax", [IMAGE], PLANAR),
    Sample(
        "MaxPoolGradWithArgmax",
        [IMAGE, GRADIENT, np.int64([0, 2, 5, 7]).reshape(1, 2, 2, 1)],
        PLANAR,
    ),
    Sample("MaxPool3D", [VOLUME], SOLID),
    Sample("AvgPool3D", [VOLUME], SOLID),
    Sample("AvgPool3DGrad", [np.int32([1, 1, 3, 4, 1]), SOLID_GRADIENT], SOLID),
    Sample("MaxPool3DGrad", [VOLUME, PEAKS, SOLID_GRADIENT], SOLID, [2], note=ONLY_DY),
    Sample("MaxPool3DGradGrad", [VOLUME, PEAKS, SOLID_BACK], SOLID, [2], note=ONLY_DY),
]
