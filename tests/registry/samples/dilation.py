"""Samples of dilation and its gradients; no sums tie."""

import numpy as np

from tests.registry.sample import Sample

RANDOM = np.random.RandomState(20180709)
IMAGE = RANDOM.permutation(24).reshape(1, 3, 4, 2) * 1.0
FILTER = RANDOM.permutation(8).reshape(2, 2, 2) / 8
GRADIENT = RANDOM.randn(1, 2, 2, 2)
PLANAR = {"strides": [1, 1, 2, 1], "rates": [1, 1, 1, 1], "padding": "VALID"}

SAMPLES = [
    Sample("Dilation2D", [IMAGE, FILTER], PLANAR),
    Sample("Dilation2DBackpropInput", [IMAGE, FILTER, GRADIENT], PLANAR, []),
    Sample("Dilation2DBackpropFilter", [IMAGE, FILTER, GRADIENT], PLANAR, []),
]
