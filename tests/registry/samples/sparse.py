"""Samples of the ops on sparse tensors."""

import numpy as np

from tests.registry.sample import Sample

AT = np.int64([[0, 0], [0, 2], [1, 1]])
VALUES = np.float32([0.4, -1.3, 2.2])
DIMS = np.int64([2, 3])
OTHER = np.int64([[0, 2], [1, 0]])
PAIR = np.float32([0.5, 1.5])
DENSE = np.float32([[0.4, -1.3, 2.2], [-0.7, 0.9, 1.6]])
GAPS = np.int64([[0, 0], [2, 1]])
I = np.int32

SAMPLES = [
    Sample("SparseToDense", [AT, DIMS, VALUES, np.float32(7)]),
    Sample("SparseToDense", [I([1, 3]), I([5]), PAIR, np.float32(0)]),
    Sample("SparseTensorDenseMatMul", [AT, VALUES, DIMS, DENSE.T.copy()]),
    Sample(
        "SparseTensorDenseMatMul",
        [AT, VALUES, DIMS, DENSE.T.copy()],
        {"adjoint_a": True, "adjoint_b": True},
    ),
    Sample(
        "SparseAdd",
        [AT, VALUES, DIMS, OTHER, PAIR, DIMS, np.float32(0)],
        differentiable=[1, 4],
    ),
    Sample("SparseAddGrad", [VALUES, OTHER[:1], GAPS[:1], AT]),
    Sample("SparseTensorDenseAdd", [AT, VALUES, DIMS, DENSE]),
    Sample("SparseDenseCwiseMul", [AT, VALUES, DIMS, DENSE[0]]),
    Sample("SparseDenseCwiseDiv", [AT, VALUES, DIMS, DENSE[:, :1]]),
    Sample("SparseDenseCwiseAdd", [AT, VALUES, DIMS, DENSE]),
    Sample("SparseReorder", [AT[::-1].copy(), VALUES, DIMS]),
    Sample("SparseReshape", [AT, DIMS, np.int64([3, -1])]),
    Sample("SparseSlice", [AT, VALUES, DIMS, np.int64([0, 1]), np.int64([2, 5])]),
    Sample("SparseSliceGrad", [PAIR, AT, np.int64([0, 1]), np.int64([[0, 1], [1, 0]])]),
    Sample(
        "SparseConcat", [[AT, OTHER], [VALUES, PAIR], [DIMS, DIMS]], {"concat_dim": 1}
    ),
    Sample("SparseSplit", [np.int64(1), AT, VALUES, DIMS], {"num_split": 2}),
    Sample("SparseFillEmptyRows", [GAPS, PAIR, np.int64([4, 2]), np.float32(9)]),
    Sample("SparseFillEmptyRowsGrad", [np.int64([0, 2]), VALUES]),
    Sample("SparseReduceSum", [AT, VALUES, DIMS, I([1])]),
    Sample("SparseReduceSum", [AT, VALUES, DIMS, I([0, -1])], {"keep_dims": True}),
    Sample("SparseReduceSumSparse", [AT, VALUES, DIMS, I([0])]),
    Sample("SparseReduceMax", [AT, VALUES, DIMS, I([1])]),
    Sample("SparseReduceMaxSparse", [AT, VALUES, DIMS, I([1])], {"keep_dims": True}),
    Sample("SparseSoftmax", [AT, VALUES, DIMS]),
    Sample("SparseSparseMaximum", [AT, VALUES, DIMS, OTHER, PAIR, DIMS]),
    Sample("SparseSparseMinimum", [AT, VALUES, DIMS, OTHER, PAIR, DIMS]),
]
