"""Samples of shape, slicing, joining, arranging, padding and blocks of space."""

import numpy as np

from tests.registry.sample import Sample

X = np.array([[0.4, -1.3, 2.2], [-0.7, 0.9, 1.6]], np.float32)
CUBE = np.random.default_rng(2).normal(size=(2, 3, 2)).astype(np.float32)
COMPLEX = (X + 1j * X[::-1]).astype(np.complex64)
IMAGE = np.random.default_rng(3).normal(size=(2, 4, 4, 1)).astype(np.float32)
BATCH = np.random.default_rng(4).normal(size=(4, 2, 2, 1)).astype(np.float32)
TEXT = np.array([b"a", b"bc"], object)
I = np.int32

SAMPLES = [
    Sample("Shape", [X]),
    Sample("Shape", [TEXT], {"out_type": "int64"}),
    Sample("ShapeN", [[X, CUBE]]),
    Sample("Size", [X]),
    Sample("Rank", [X]),
    Sample("Reshape", [X, I([3, -1])]),
    Sample("Reshape", [TEXT, I([2, 1])]),
    Sample("ExpandDims", [X, I(1)]),
    Sample("ExpandDims", [X, I(-1)]),
    Sample("Squeeze", [X[:, :1, None]]),
    Sample("Squeeze", [X[None, :, None]], {"squeeze_dims": [0, -2]}),
    Sample("BroadcastTo", [X[:, :1], I([2, 2, 3])]),
    Sample("EnsureShape", [X], {"shape": [None, 3]}),
    Sample("GuaranteeConst", [X]),
    Sample("BroadcastArgs", [I([2, 1]), I([3])]),
    Sample("Slice", [CUBE, I([0, 1, 0]), I([-1, 2, 1])]),
    Sample("Slice", [TEXT, I([1]), I([1])]),
    Sample("StridedSlice", [X, I([1, 0]), I([0, 3]), I([-1, 2])], {"end_mask": 1}),
    Sample(
        "StridedSlice",
        [CUBE, I([0, 0, -1]), I([0, 0, 0]), I([1, 1, 1])],
        {"ellipsis_mask": 2, "new_axis_mask": 1, "shrink_axis_mask": 4},
    ),
    Sample("StridedSlice", [TEXT, I([1]), I([2]), I([1])], {"shrink_axis_mask": 1}),
    Sample("StridedSliceGrad", [I([4]), I([0]), I([4]), I([2]), np.float32([5, 6])]),
    Sample("Pack", [[X, X + 1]], {"axis": -1}),
    Sample("Pack", [[TEXT, TEXT]]),
    Sample("Unpack", [CUBE], {"num": 3, "axis": 1}),
    Sample("ParallelConcat", [[X[:1], X[1:]]], {"shape": [2, 3]}),
    Sample("ConcatV2", [[X, CUBE[0].T], I(0)]),
    Sample("ConcatV2", [[X, X[:, :1]], np.int64(-1)]),
    Sample("ConcatV2", [[TEXT, TEXT], I(0)]),
    Sample("Concat", [I(1), [X, X[:, :2]]]),
    Sample("ConcatOffset", [I(1), [I([2, 3]), I([2, 1])]]),
    Sample("Split", [I(1), CUBE], {"num_split": 3}),
    Sample("SplitV", [CUBE, np.int64([1, -1]), I(1)], {"num_split": 2}),
    Sample("Tile", [X, I([2, 1])]),
    Sample("Tile", [TEXT, I([2])]),
    Sample("Transpose", [CUBE, I([2, 0, 1])]),
    Sample("ConjugateTranspose", [COMPLEX, I([1, 0])]),
    Sample("InvertPermutation", [I([2, 0, 1])]),
    Sample("ReverseV2", [CUBE, I([0, -1])]),
    Sample("Reverse", [X, np.array([True, False])]),
    Sample("ReverseSequence", [X, np.int64([2, 3])], {"seq_dim": 1}),
    Sample("ReverseSequence", [CUBE, I([1, 2])], {"seq_dim": 1, "batch_dim": 2}),
    Sample("Roll", [CUBE, I([1, -1]), I([0, 1])]),
    Sample("Pad", [X, I([[1, 0], [0, 2]])]),
    Sample("Pad", [TEXT, I([[1, 1]])]),
    Sample(
        "PadV2",
        [X, I([[1, 0], [0, 2]]), np.float32(7)],
        differentiable=[0],
        note="as in TF, the padding's own gradient is not given",
    ),
    Sample("MirrorPad", [X, I([[1, 0], [2, 1]])], {"mode": "REFLECT"}),
    Sample("MirrorPad", [X, I([[2, 1], [0, 3]])], {"mode": "SYMMETRIC"}),
    Sample("MirrorPadGrad", [CUBE[0], I([[1, 0], [0, 0]])], {"mode": "REFLECT"}),
    Sample("MirrorPadGrad", [X, I([[1, 0], [0, 1]])], {"mode": "SYMMETRIC"}),
    Sample("SpaceToBatchND", [IMAGE, I([2, 2]), I([[0, 0], [2, 0]])]),
    Sample("BatchToSpaceND", [BATCH, I([2, 2]), I([[0, 1], [1, 0]])]),
    Sample("SpaceToBatch", [IMAGE, I([[1, 1], [0, 0]])], {"block_size": 2}),
    Sample("BatchToSpace", [BATCH, I([[0, 1], [0, 0]])], {"block_size": 2}),
    Sample("SpaceToDepth", [IMAGE], {"block_size": 2}),
    Sample("DepthToSpace", [BATCH.reshape(1, 2, 2, 4)], {"block_size": 2}),
]
