"""SparseTensors made of dense ones, spectra turned, Vorbis's window."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
DENSE = {
    "int": np.array([[1, 0], [0, 2]]),
    "float": np.float32([[[0, np.nan, 1.5]]]),
    "string": np.array([[b"", b"a"]], object),
    "bool": np.array([True, False]),
    "none": np.zeros([2, 2]),
}
for name, value in DENSE.items():
    table.add(
        f"from_dense_{name}",
        lambda tf, v=value: tf.sparse.from_dense(tf.constant(v)),
        any_static_shape=True,
    )
for axis in (None, 0, 1, 2, -1, -2, -3):
    table.add(
        f"expand_dims_{axis}",
        lambda tf, a=axis: tf.sparse.expand_dims(tf.sparse.from_dense(DENSE["int"]), a),
        any_static_shape=True,
    )
for columns in (None, 2, 5):
    table.add(
        f"eye_{columns}",
        lambda tf, c=columns: tf.sparse.eye(3, c, tf.int32),
        any_static_shape=True,
    )
for name in ("fftshift", "ifftshift"):
    for axes in (None, 0, [1], [0, 1], -1):
        table.add(
            f"{name}_{axes}",
            lambda tf, n=name, a=axes: getattr(tf.signal, n)(
                np.arange(15).reshape(3, 5), a
            ),
        )
for length in (1, 2, 5, 8):
    for dtype in ("float32", "float64"):
        table.add(
            f"vorbis_window_{length}_{dtype}",
            lambda tf, n=length, d=dtype: tf.signal.vorbis_window(n, getattr(tf, d)),
            tolerance=(1e-6, 2e-7),
            any_static_shape=True,
        )
