"""`tf.spectral`: Fourier transforms."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.ops.fourier import fft, ifft
from interactive_graphs.ops.signal_ops import dct, idct
from interactive_graphs.ops.spectral import (
    fft2d,
    fft3d,
    ifft2d,
    ifft3d,
    irfft,
    irfft2d,
    irfft3d,
    rfft,
    rfft2d,
    rfft3d,
)

__all__ = [
    "dct",
    "fft",
    "fft2d",
    "fft3d",
    "idct",
    "ifft",
    "ifft2d",
    "ifft3d",
    "irfft",
    "irfft2d",
    "irfft3d",
    "rfft",
    "rfft2d",
    "rfft3d",
]

__getattr__ = _missing.unknown("tf.spectral", __name__)
