"""Fourier transforms."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
WAVES = np.array([[1 + 2j, -0.5j, 0.3], [0.7, 2 - 1j, -1.1 + 0.4j]])

for name in ("fft", "ifft"):
    for dtype in ("complex64", "complex128"):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)(
                tf.constant(WAVES, dtype)
            ),
        )
    table.add(
        f"{name}_of_real_numbers", lambda tf, name=name: getattr(tf, name)([1.0, 2.0])
    )
    table.add(
        f"{name}_of_a_real_tensor",
        lambda tf, name=name: getattr(tf, name)(tf.constant([1.0, 2.0])),
        raises="TypeError",
    )
    table.add(
        f"{name}_of_real_array", lambda tf, name=name: getattr(tf, name)(WAVES.real)
    )
    table.add(
        f"{name}_of_nan_and_inf",
        lambda tf, name=name: getattr(tf, name)([1.0, np.nan, np.inf]),
    )
    for shape in ([0], [2, 0], [0, 3]):
        table.add(
            f"{name}_empty_{'_'.join(map(str, shape))}",
            lambda tf, name=name, shape=shape: getattr(tf, name)(
                tf.zeros(shape, tf.complex64)
            ),
        )
    table.add(
        f"{name}_of_a_scalar",
        lambda tf, name=name: getattr(tf, name)(1j),
        raises="ValueError",
    )
    table.add(
        f"{name}_of_unknown_shape",
        lambda tf, name=name: getattr(tf, name)(tf.placeholder(tf.complex64, name="x")),
        {"x:0": [1j, 2.0]},
    )
    table.add(
        f"{name}_of_a_fed_scalar",
        lambda tf, name=name: getattr(tf, name)(tf.placeholder(tf.complex64, name="x")),
        {"x:0": 1j},
        raises="InvalidArgumentError",
    )
    table.add(
        f"{name}_gradient",
        lambda tf, name=name: tf.gradients(
            tf.reduce_sum(tf.abs(getattr(tf, name)(x := tf.constant(WAVES)))), x
        ),
    )


def fed(tf, transform, kind, length):
    """A transform of what is not known before it is fed."""
    return getattr(tf.spectral, transform)(tf.placeholder(kind, name="x"), length)


# Inputs that are shorter than the transform, which is then of more zeros.
SHORT = [[1.0, 2.0, -3.0], [0.5, 4.0, 1.0]]
for name, kind, length in (
    ("rfft", "float32", [8]),
    ("rfft", "float32", [2]),
    ("irfft", "complex64", [8]),
    ("irfft", "complex64", [3]),
    ("rfft2d", "float32", [3, 5]),
    ("rfft2d", "float32", [1, 2]),
    ("irfft2d", "complex64", [3, 6]),
    ("irfft2d", "complex64", [1, 3]),
):
    sizes = "_".join(map(str, length))
    table.add(
        f"{name}_of_length_{sizes}",
        lambda tf, name=name, kind=kind, length=length: getattr(tf.spectral, name)(
            tf.constant(SHORT, kind), length
        ),
    )
    table.add(
        f"{name}_of_length_{sizes}_fed",
        lambda tf, name=name, kind=kind, length=length: fed(tf, name, kind, length),
        {"x:0": SHORT},
    )
    if length[-1] < 5:
        continue  # of an input that is cut TensorFlow has no gradient
    table.add(
        f"{name}_of_length_{sizes}_gradient",
        lambda tf, name=name, kind=kind, length=length: tf.gradients(
            tf.abs(getattr(tf.spectral, name)(x := tf.constant(SHORT, kind), length)), x
        ),
    )
table.add(
    "rfft_of_a_negative_length",
    lambda tf: fed(tf, "rfft", "float32", [-1]),
    {"x:0": SHORT},
    raises="InvalidArgumentError",
)
