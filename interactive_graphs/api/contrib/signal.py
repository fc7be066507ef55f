"""`tf.contrib.signal`: sound and other signals."""

from interactive_graphs._util import missing
from interactive_graphs.ops.signal_ops import (
    frame,
    hamming_window,
    hann_window,
    inverse_stft,
    inverse_stft_window_fn,
    overlap_and_add,
    stft,
)

__all__ = [
    "frame",
    "hamming_window",
    "hann_window",
    "inverse_stft",
    "inverse_stft_window_fn",
    "overlap_and_add",
    "stft",
]
__getattr__ = missing.unknown("tf.contrib.signal", __name__)
