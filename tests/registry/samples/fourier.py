"""Samples of Fourier transforms."""

import numpy as np

from tests.registry.sample import Sample

WAVES = np.array([[1 + 2j, -0.5j, 0.3], [0.7, 2 - 1j, -1.1 + 0.4j]], np.complex64)

SAMPLES = [
    Sample("FFT", [WAVES]),
    Sample("IFFT", [WAVES]),
]
