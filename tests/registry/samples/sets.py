"""Samples of the ops on sets."""

import numpy as np

from tests.registry.sample import Sample

DENSE = np.int64([[1, 2, 2], [3, 3, 5]])
SPARSE = [np.int64([[0, 0], [0, 1], [1, 0]]), np.int64([2, 7, 3]), np.int64([2, 4])]

SAMPLES = [
    Sample("DenseToDenseSetOperation", [DENSE, DENSE + 1], {"set_operation": "union"}),
    Sample("DenseToSparseSetOperation", [DENSE, *SPARSE], {"set_operation": "a-b"}),
    Sample(
        "SparseToSparseSetOperation",
        [*SPARSE, *SPARSE],
        {"set_operation": "intersection"},
    ),
    Sample("SetSize", SPARSE),
    Sample("EditDistance", [*SPARSE, *SPARSE]),
]
