"""Samples of stateless random numbers, and of functions of matrices."""

import numpy as np

from tests.registry.sample import Sample

SHAPE = np.int32([2, 3])
SEED = np.int64([5, 6])
MATRICES = np.array([[[4.0, 1.0], [0.5, 9.0]], [[2.0, 0.0], [1.0, 3.0]]], np.float32)

SAMPLES = [
    Sample("StatelessRandomUniform", [SHAPE, SEED], {"dtype": "float16"}),
    Sample("StatelessRandomNormal", [SHAPE, SEED]),
    Sample("StatelessTruncatedNormal", [SHAPE, SEED]),
    Sample("StatelessRandomUniformInt", [SHAPE, SEED, np.int32(-3), np.int32(9)]),
    Sample("StatelessMultinomial", [MATRICES[0], np.int32(4), SEED]),
    Sample("MatrixLogarithm", [MATRICES.astype(np.complex64)]),
    Sample("MatrixSquareRoot", [MATRICES]),
]
