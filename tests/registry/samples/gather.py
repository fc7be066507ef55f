"""Samples of picking by index, choosing by truth, dealing out and sets of values."""

import numpy as np

from tests.registry.sample import Sample

X = np.array([[0.4, -1.3, 2.2], [-0.7, 0.9, 1.6]], np.float32)
CUBE = np.random.default_rng(5).normal(size=(2, 3, 2)).astype(np.float32)
TEXT = np.array([b"b", b"a", b"b"], object)
TRUTH = np.array([[True, False, True], [False, False, True]])
SORTED = np.float32([[1, 3, 5], [2, 4, 6]])
I = np.int32

SAMPLES = [
    Sample("GatherV2", [X, I([1, 0, 1]), I(0)]),
    Sample("GatherV2", [CUBE, I([[2, 0], [1, 1]]), I(1)]),
    Sample("GatherV2", [CUBE, I(1), np.int64(-1)]),
    Sample(
        "GatherV2",
        [CUBE, I([[2, 0], [1, 1]]), I(1)],
        {"batch_dims": 1},
        differentiable=[],
        note="the gradient with batch_dims is not defined",
    ),
    Sample("Gather", [X, I([[1], [1]])]),
    Sample("GatherNd", [CUBE, I([[0, 2], [1, 0], [0, 2]])]),
    Sample("GatherNd", [X, I([[1], [1]])]),
    Sample("GatherNd", [TEXT, I([[2]])]),
    Sample("ScatterNd", [I([[1], [0], [1]]), CUBE.reshape(3, 4), I([3, 4])]),
    Sample("ScatterNd", [I([[0]]), np.array([b"a"], object), I([2])]),
    Sample("ScatterNdNonAliasingAdd", [X, I([[1], [1]]), CUBE[:, :, 0]]),
    Sample("Select", [TRUTH, X, X[::-1] + 1]),
    Sample("Select", [np.array([True, False]), X, X[::-1] + 1]),
    Sample("Select", [np.array(False), X, X[::-1] + 1]),
    Sample("Select", [np.array([True, False, True]), TEXT, TEXT[::-1].copy()]),
    Sample("SelectV2", [TRUTH, X[:, :1], X[0]]),
    Sample("Where", [TRUTH]),
    Sample("Where", [I([0, 2, 0, 5])]),
    Sample("OneHot", [I([[0, 2], [-1, 1]]), I(3), np.float32(5), np.float32(-5)]),
    Sample(
        "OneHot",
        [I([0, 2]), I(3), np.array(b"y", object), np.array(b"n", object)],
        {"axis": 0},
    ),
    Sample("DynamicPartition", [X, I([1, 0])], {"num_partitions": 3}),
    Sample("DynamicPartition", [X, I(TRUTH)], {"num_partitions": 2}),
    Sample("DynamicStitch", [[I([2, 0]), I(1)], [X, X[0] + 1]]),
    Sample("ParallelDynamicStitch", [[I([2, 0]), I([1])], [X, X[:1] + 1]]),
    Sample("Unique", [TEXT]),
    Sample("Unique", [np.float32([3, 1, 3])], {"out_idx": "int64"}),
    Sample("UniqueWithCounts", [I([3, 1, 3])]),
    Sample("UniqueV2", [I([[3, 1], [3, 1], [0, 1]]), np.int64([0])]),
    Sample("UniqueWithCountsV2", [I([3, 1, 3]), np.array([], np.int64)]),
    Sample("ListDiff", [I([1, 2, 3, 2]), I([3])]),
    Sample("ListDiff", [TEXT, TEXT[:1]]),
    Sample("UnravelIndex", [I([2, 5]), I([2, 3])]),
    Sample("TensorScatterUpdate", [X, I([[1]]), CUBE[:1, :, 0]]),
    Sample("TensorScatterAdd", [X, I([[1], [1]]), CUBE[:, :, 0]]),
    Sample("TensorScatterSub", [X, I([[1], [1]]), CUBE[:, :, 0]]),
    Sample("LowerBound", [SORTED, np.float32([[3], [9]])]),
    Sample("UpperBound", [SORTED, np.float32([[3], [9]])], {"out_type": "int64"}),
]
