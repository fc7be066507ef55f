"""Samples of reductions, scans, sorting, counting and sequences."""

import numpy as np

from tests.registry.sample import Sample

X = np.array([[0.4, -1.3, 2.2], [-0.7, 0.9, 1.6]], np.float32)
COMPLEX = (X + 1j * X[::-1]).astype(np.complex64)
CUBE = np.random.default_rng(1).normal(size=(2, 3, 2)).astype(np.float32)
BOOLS = np.array([[True, False], [True, True]])
NUMBERS = np.array([3, 1, 3, 0], np.int32)

SAMPLES = [
    *[
        Sample(name, [CUBE, np.array(axes, np.int32)], {"keep_dims": keep})
        for name in "Sum Prod Mean Max Min EuclideanNorm".split()
        for axes, keep in ((1, False), ([0, -1], True), ([], False))
        if not (name == "EuclideanNorm" and axes == [])  # |x| has kinks, its rule none
    ],
    *[
        Sample(name, [COMPLEX, np.array([1], np.int32)])
        for name in ("Sum", "Prod", "Mean")
    ],
    Sample("Prod", [np.float32([[0, 2, 3], [0, 0, 4]]), np.int32(1)], note="zeros"),
    *[
        Sample(name, [BOOLS, np.int32(1)], {"keep_dims": keep})
        for name in ("All", "Any")
        for keep in (False, True)
    ],
    Sample("BroadcastGradientArgs", [np.int32([2, 1]), np.int32([3])]),
    *[
        Sample(name, [X, np.int32(1)], {"exclusive": exclusive, "reverse": reverse})
        for name in ("Cumsum", "Cumprod")
        for exclusive in (False, True)
        for reverse in (False, True)
    ],
    Sample("ArgMax", [X, np.int32(1)]),
    Sample("ArgMin", [X, np.int32(0)], {"output_type": "int32"}),
    Sample("TopK", [X], {"k": 2}),
    Sample("TopKV2", [CUBE, np.int32(1)]),
    Sample("NthElement", [X, np.int32(1)]),
    Sample("NthElement", [X, np.int32(0)], {"reverse": True}),
    Sample("Range", [np.int32(3), np.int32(18), np.int32(4)]),
    Sample("Range", [np.float32(3), np.float32(1), np.float32(-0.5)]),
    Sample("LinSpace", [np.float32(1), np.float32(2), np.int32(5)]),
    Sample("Bincount", [NUMBERS, np.int32(5), np.float32([1, 2, 0.5, 1])]),
    Sample("Bincount", [NUMBERS, np.int32(5), np.zeros(0, np.int64)]),
    Sample("HistogramFixedWidth", [X, np.float32([-1, 2]), np.int32(4)]),
    Sample("Bucketize", [X], {"boundaries": [-1.0, 0.5, 1.0]}),
]  # fmt: skip
