"""Frames, windows, short-time Fourier transforms and cosine transforms."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


def noise(*shape):
    return np.random.default_rng([5, *shape]).standard_normal(shape).astype(np.float32)


SIGNALS = {
    "frame": lambda tf: tf.signal.frame(noise(2, 11), 4, 2),
    "frame_exact": lambda tf: tf.signal.frame(noise(12), 4, 4),
    "frame_short": lambda tf: tf.signal.frame(noise(3), 4, 2),
    "frame_pad": lambda tf: tf.signal.frame(noise(2, 11), 4, 3, pad_end=True),
    "frame_pad_value": lambda tf: tf.signal.frame(
        np.arange(7), 5, 3, pad_end=True, pad_value=-1
    ),
    "frame_axis": lambda tf: tf.signal.frame(noise(9, 3), 4, 2, axis=0),
    "overlap": lambda tf: tf.signal.overlap_and_add(noise(2, 5, 4), 2),
    "overlap_gap": lambda tf: tf.signal.overlap_and_add(noise(3, 2), 3),
    "stft": lambda tf: tf.signal.stft(noise(2, 50), 16, 4),
    "stft_length": lambda tf: tf.signal.stft(noise(40), 10, 5, fft_length=12),
    "stft_pad": lambda tf: tf.signal.stft(noise(45), 10, 4, pad_end=True),
    "stft_plain": lambda tf: tf.signal.stft(noise(45), 8, 8, window_fn=None),
    "inverse": lambda tf: tf.signal.inverse_stft(
        tf.signal.stft(noise(2, 64), 16, 4), 16, 4
    ),
    "inverse_exact": lambda tf: tf.signal.inverse_stft(
        tf.signal.stft(noise(64), 16, 4), 16, 4,
        window_fn=tf.signal.inverse_stft_window_fn(4),
    ),
    "inverse_wide": lambda tf: tf.signal.inverse_stft(
        tf.signal.stft(noise(64), 16, 8, 32), 16, 8, 32
    ),
    "gradient": lambda tf: (lambda x: tf.gradients(
        tf.abs(tf.signal.stft(x, 8, 4)), x
    )[0])(tf.constant(noise(24))),
}  # fmt: skip
for name, function in SIGNALS.items():
    table.add(name, function, tolerance=(2e-5, 2e-5), any_static_shape=True)
for window in ("hann_window", "hamming_window"):
    for length in (1, 2, 5, 8):
        for periodic in (True, False):
            table.add(
                f"{window}_{length}_{periodic}",
                lambda tf, w=window, n=length, p=periodic: getattr(tf.signal, w)(n, p),
                tolerance=(1e-5, 1e-6),
                any_static_shape=True,
            )
for type in (2, 3):
    for norm in (None, "ortho"):
        for n in (None, 5, 12):
            table.add(
                f"dct_{type}_{norm}_{n}",
                lambda tf, t=type, o=norm, n=n: tf.signal.dct(
                    noise(2, 8), t, n, norm=o
                ),
                tolerance=(2e-5, 2e-5),
                any_static_shape=True,
            )
        table.add(
            f"idct_{type}_{norm}",
            lambda tf, t=type, o=norm: tf.spectral.idct(noise(2, 9), t, norm=o),
            tolerance=(2e-5, 2e-5),
            any_static_shape=True,
        )
BAD = {
    "dct_type": lambda tf: tf.signal.dct(noise(4), 7),
    "dct_norm": lambda tf: tf.signal.dct(noise(4), norm="x"),
    "window_dtype": lambda tf: tf.signal.hann_window(4, dtype=tf.int32),
}
for name, function in BAD.items():
    table.add(f"bad_{name}", function, raises="ValueError")
