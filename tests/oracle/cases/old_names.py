"""Names of the first TF1 years, and those that later ones brought for old functions."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
X = np.float32([[1.0, -2.0, 3.0], [0.5, 2.0, -1.0]])
TEXTS = ["a", "hello", "", "café"]

PROGRAMS = {
    "arg_max": lambda tf: tf.arg_max(X, 1),
    "arg_min": lambda tf: tf.arg_min(X, 0),
    "floor_div": lambda tf: [tf.floor_div([7, -7], 2), tf.floor_div([7.5, -7.5], 2.0)],
    "realdiv": lambda tf: tf.realdiv(X, 2.0),
    "all_variables": lambda tf: [
        tf.get_variable("v", initializer=1.0),
        *tf.all_variables(),
    ],
    "self_adjoint_eig_values": lambda tf: tf.self_adjoint_eigvals([[2.0, 1], [1, 3]]),
    "self_adjoint_eig": lambda tf: tf.abs(tf.self_adjoint_eig([[2.0, 1], [1, 3]])[1]),
    "histogram_fixed_width": lambda tf: tf.histogram_fixed_width(X, [-1.0, 2.0], 4),
    "histogram_fixed_width_int64": lambda tf: tf.histogram_fixed_width(
        [1, 5, 9, -3], [0, 8], nbins=3, dtype=tf.int64
    ),
    "histogram_fixed_width_bins": lambda tf: tf.histogram_fixed_width_bins(
        X, [-1.0, 2.0], 4
    ),
    "string_to_hash_bucket": lambda tf: tf.string_to_hash_bucket(TEXTS, 1000),
    "string_to_hash_bucket_strong": lambda tf: tf.string_to_hash_bucket_strong(
        TEXTS, 1000, [7, 11]
    ),
    "string_to_hash_bucket_fast": lambda tf: tf.string_to_hash_bucket_fast(TEXTS, 99),
    "guarantee_const": lambda tf: tf.guarantee_const(X) + 1,
    "upper": lambda tf: tf.strings.upper(["abC", "ß"]),
    "lower_utf8": lambda tf: tf.strings.lower(["ABÉ"], encoding="utf-8"),
    "expm": lambda tf: tf.linalg.expm([[0.5, 1.0], [-0.25, 0.125]]),
    "logdet": lambda tf: tf.linalg.logdet([[2.0, 0.5], [0.5, 1.0]]),
    "slogdet": lambda tf: list(tf.linalg.slogdet([[2.0, 0.5], [4.0, -1.0]])),
    "polyval": lambda tf: tf.math.polyval([2.0, -1.0, 3.0], X),
    "reduce_euclidean_norm": lambda tf: tf.math.reduce_euclidean_norm(X, 1),
    "xlogy": lambda tf: tf.math.xlogy([0.0, 2.0], [0.0, 3.0]),
    "xdivy": lambda tf: tf.math.xdivy([0.0, 2.0], [0.0, 3.0]),
    "lrn": lambda tf: tf.nn.local_response_normalization(
        X.reshape(1, 1, 2, 3), depth_radius=1, bias=2.0, alpha=0.5, beta=0.75
    ),
    "batch_norm_with_global": lambda tf: tf.nn.batch_norm_with_global_normalization(
        tf.constant(X.reshape(1, 1, 2, 3)),
        *(tf.constant(row) for row in ([1.0, 2, 3], [1.0, 1, 2], [0.5, 1, 2], X[1])),
        1e-3,
        True,
    ),
    "collections": lambda tf: [
        tf.add_to_collection("mine", tf.constant(3)),
        *tf.get_collection("mine"),
    ][1:],
}
for name, build in PROGRAMS.items():
    table.add(name, build)

GRADIENTS = {
    "realdiv": lambda tf, x: tf.realdiv(x, [2.0, 3.0, 4.0]),
    "expm": lambda tf, x: tf.linalg.expm(tf.matmul(x, x, transpose_b=True) * 0.1),
    "logdet": lambda tf, x: tf.linalg.logdet(
        tf.matmul(x, x, transpose_b=True) + tf.eye(2)
    ),
    "slogdet": lambda tf, x: tf.linalg.slogdet(tf.matmul(x, x, transpose_b=True))[1],
    "polyval": lambda tf, x: tf.math.polyval([2.0, -1.0, 3.0], x),
    "reduce_euclidean_norm": lambda tf, x: tf.math.reduce_euclidean_norm(x, 0),
    "xlogy": lambda tf, x: tf.math.xlogy(x, x * x),
    "xdivy": lambda tf, x: tf.math.xdivy(x, x * x + 1),
    "lrn": lambda tf, x: tf.nn.local_response_normalization(
        tf.reshape(x, [1, 1, 2, 3]), 1, 2.0, 0.5, 0.75
    ),
}
for name, function in GRADIENTS.items():
    table.add(
        f"{name}_gradient",
        lambda tf, function=function: tf.gradients(
            function(tf, x := tf.constant(X)), x
        ),
        tolerance=(1e-4, 1e-5),
    )
table.add(
    "guarantee_const_gradient",
    lambda tf: tf.gradients(tf.guarantee_const(x := tf.constant(X)) * 2.0, x),
    raises="LookupError",
)

# The initializers of tf, with the variables that they fill: random, by shape only.
for name, arguments in {
    "glorot_normal_initializer": {},
    "glorot_uniform_initializer": {"seed": 3},
    "random_normal_initializer": {"mean": 1.0, "stddev": 0.5},
    "random_uniform_initializer": {"minval": -1, "maxval": 2},
    "truncated_normal_initializer": {"stddev": 0.5},
    "uniform_unit_scaling_initializer": {"factor": 2.0},
    "variance_scaling_initializer": {"scale": 2.0, "mode": "fan_out"},
    "orthogonal_initializer": {"gain": 2.0},
}.items():
    table.add(
        name,
        lambda tf, name=name, arguments=arguments: tf.get_variable(
            "v", [4, 3], initializer=getattr(tf, name)(**arguments)
        ),
        only_shapes=True,
    )
for name in ("he_normal", "he_uniform", "lecun_normal", "lecun_uniform"):
    table.add(
        name,
        lambda tf, name=name: getattr(tf.initializers, name)(seed=1)([3, 4]),
        only_shapes=True,
    )


@table.script()
def orthogonal_columns(tf, sess):
    made = tf.orthogonal_initializer(gain=2.0)([5, 3])
    product = sess.run(tf.matmul(made, made, transpose_a=True))
    return bool(np.allclose(product, 4 * np.eye(3), atol=1e-4))


# Pooling and windows under the names of one dimension.
SERIES = np.random.default_rng(3).normal(size=[2, 7, 3]).astype(np.float32)
for name in ("max", "avg"):
    for padding in ("SAME", "VALID"):
        table.add(
            f"{name}_pool1d_{padding}",
            lambda tf, name=name, padding=padding: getattr(tf.nn, f"{name}_pool1d")(
                SERIES, 3, 2, padding
            ),
        )
    table.add(
        f"{name}_pool2d",
        lambda tf, name=name: getattr(tf.nn, f"{name}_pool2d")(
            SERIES[None], [1, 2, 2, 1], [1, 1, 2, 1], "VALID"
        ),
    )
