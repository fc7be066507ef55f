"""`tf.signal`: sound and other signals."""

from interactive_graphs._util import missing
from interactive_graphs.ops.fourier import fft, ifft
from interactive_graphs.ops.signal_ops import (
    dct,
    frame,
    hamming_window,
    hann_window,
    idct,
    inverse_stft,
    inverse_stft_window_fn,
    overlap_and_add,
    stft,
)
from interactive_graphs.ops.signal_shift import (
    fftshift,
    ifftshift,
    vorbis_window,
)
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
    "fftshift",
    "frame",
    "hamming_window",
    "hann_window",
    "idct",
    "ifft",
    "ifft2d",
    "ifft3d",
    "ifftshift",
    "inverse_stft",
    "inverse_stft_window_fn",
    "irfft",
    "irfft2d",
    "irfft3d",
    "overlap_and_add",
    "rfft",
    "rfft2d",
    "rfft3d",
    "stft",
    "vorbis_window",
]
__getattr__ = missing.unknown("tf.signal", __name__)
