"""Samples of Fourier transforms."""

import numpy as np

from tests.registry.sample import Sample

_random = np.random.default_rng(5)
REAL = _random.normal(size=(2, 3, 4)).astype(np.float32)
Z = (REAL + 1j * _random.normal(size=REAL.shape)).astype(np.complex64)

SAMPLES = [
    *[Sample(f"{way}{d}", [Z]) for way in ("FFT", "IFFT") for d in ("2D", "3D")],
    Sample("RFFT", [REAL, np.int32([4])]),
    Sample("RFFT", [REAL, np.int32([3])], note="cuts the axis"),
    Sample("RFFT2D", [REAL, np.int32([3, 4])]),
    Sample("RFFT3D", [REAL, np.int32([2, 3, 3])]),
    Sample("IRFFT", [Z, np.int32([6])]),
    Sample("IRFFT", [Z, np.int32([5])], note="an odd length"),
    Sample("IRFFT2D", [Z, np.int32([3, 6])]),
    Sample("IRFFT3D", [Z, np.int32([2, 3, 6])]),
]
