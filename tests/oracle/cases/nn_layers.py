"""tf.nn beyond the first table: every convolution and pool, norms, derivatives."""

import itertools

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
IMAGE = RANDOM.randn(2, 7, 6, 3).astype(np.float32)
FILTER = RANDOM.randn(3, 2, 3, 4).astype(np.float32)
MIX = RANDOM.randn(1, 1, 12, 2).astype(np.float32)
VOLUME = RANDOM.randn(2, 4, 5, 3, 2).astype(np.float32)
CUBE = RANDOM.randn(2, 3, 2, 2, 3).astype(np.float32)
LOGITS = RANDOM.randn(4, 5).astype(np.float32)
LABELS = np.abs(RANDOM.randn(4, 5)).astype(np.float32)
LOOSE = (1e-3, 1e-3)
EDGES = np.float32([-np.inf, -1e30, -1.0, 0.0, 1.0, 1e30, np.inf, np.nan])


def with_gradients(tf, function, *values):
    """A function and the gradients of the sum of its square."""
    inputs = [tf.constant(v) for v in values]
    y = function(*inputs)
    return [y, *tf.gradients(y * y, inputs)]


def pooled(pool, ksize, strides, padding):
    """A pool as a function of its input alone."""
    return lambda x: pool(x, ksize, strides, padding)


def with_curvature(tf, function, value):
    """A function's first and second derivative, each of a sum of squares."""
    x = tf.constant(value)
    y = function(x)
    (slope,) = tf.gradients(y * y, x)
    return [slope, *tf.gradients(slope * slope, x)]


for padding, (rows, columns) in itertools.product(
    ("SAME", "VALID"), ((1, 3), (3, 2), (4, 4))
):
    table.add(
        f"conv2d_strides_{rows}_{columns}_{padding}",
        lambda tf, p=padding, r=rows, c=columns: with_gradients(
            tf, lambda x, f: tf.nn.conv2d(x, f, [1, r, c, 1], p), IMAGE, FILTER
        ),
        tolerance=LOOSE,
    )
    table.add(
        f"pools_strides_{rows}_{columns}_{padding}",
        lambda tf, p=padding, r=rows, c=columns: [
            with_gradients(tf, pooled(pool, [1, 2, 3, 1], [1, r, c, 1], p), IMAGE)
            for pool in (tf.nn.max_pool, tf.nn.avg_pool)
        ],
        tolerance=LOOSE,
    )
for padding in ("SAME", "VALID"):
    for stride in (1, 2):
        table.add(
            f"depthwise_native_{padding}_{stride}",
            lambda tf, p=padding, s=stride: with_gradients(
                tf,
                lambda x, f: tf.nn.depthwise_conv2d_native(x, f, [1, s, s, 1], p),
                IMAGE,
                FILTER,
            ),
            tolerance=LOOSE,
        )
        table.add(
            f"conv3d_{padding}_{stride}",
            lambda tf, p=padding, s=stride: with_gradients(
                tf,
                lambda x, f: tf.nn.conv3d(x, f, [1, s, 1, s, 1], p),
                VOLUME,
                CUBE,
            ),
            tolerance=LOOSE,
        )
        table.add(
            f"pools_3d_{padding}_{stride}",
            lambda tf, p=padding, s=stride: [
                with_gradients(
                    tf, pooled(pool, [1, 2, 2, 1, 1], [1, s, 1, s, 1], p), VOLUME
                )
                for pool in (tf.nn.max_pool3d, tf.nn.avg_pool3d)
            ],
            tolerance=LOOSE,
        )
    table.add(
        f"depthwise_rate_{padding}",
        lambda tf, p=padding: tf.nn.depthwise_conv2d(
            IMAGE, FILTER, [1, 1, 1, 1], p, rate=[2, 2]
        ),
        tolerance=LOOSE,
        any_static_shape=True,  # TensorFlow loses some on the way through batches
    )
    table.add(
        f"separable_{padding}",
        lambda tf, p=padding: with_gradients(
            tf,
            lambda x, f, m: tf.nn.separable_conv2d(x, f, m, [1, 2, 2, 1], p),
            IMAGE,
            FILTER,
            MIX,
        ),
        tolerance=LOOSE,
    )
    table.add(
        f"atrous_{padding}",
        lambda tf, p=padding: with_gradients(
            tf, lambda x, f: tf.nn.atrous_conv2d(x, f, 2, p), IMAGE, FILTER
        ),
        tolerance=LOOSE,
    )
    table.add(
        f"convolution_1d_{padding}",
        lambda tf, p=padding: [
            tf.nn.convolution(IMAGE[0], FILTER[0], p, strides=[2]),
            tf.nn.convolution(IMAGE[0], FILTER[0], p, dilation_rate=[2]),
        ],
        tolerance=LOOSE,
    )
    table.add(
        f"pool_{padding}",
        lambda tf, p=padding: [
            tf.nn.pool(IMAGE, [2, 3], "MAX", p, strides=[2, 1]),
            tf.nn.pool(IMAGE, [2, 3], "AVG", p),
            tf.nn.pool(IMAGE[0], [2], "MAX", p, strides=[2]),
            tf.nn.pool(VOLUME, [2, 2, 1], "AVG", p),
        ],
        tolerance=LOOSE,
    )
    table.add(
        f"conv_transposes_{padding}",
        lambda tf, p=padding: [
            tf.nn.conv2d_transpose(
                tf.nn.conv2d(IMAGE, FILTER, [1, 2, 1, 1], p),
                FILTER,
                [2, 7, 6, 3],
                [1, 2, 1, 1],
                p,
            ),
            tf.nn.conv3d_transpose(
                tf.nn.conv3d(VOLUME, CUBE, [1, 1, 2, 1, 1], p),
                CUBE,
                [2, 4, 5, 3, 2],
                [1, 1, 2, 1, 1],
                p,
            ),
            tf.nn.atrous_conv2d_transpose(
                tf.nn.atrous_conv2d(IMAGE, FILTER, 2, p), FILTER, [2, 7, 6, 3], 2, p
            ),
        ],
        tolerance=LOOSE,
    )
table.add(
    "pool_dilated",
    lambda tf: [
        tf.nn.pool(IMAGE, [2, 2], kind, "VALID", dilation_rate=[2, 3])
        for kind in ("MAX", "AVG")
    ],
    any_static_shape=True,  # TensorFlow loses some on the way through batches
)
for name in ("elu", "selu", "softplus", "relu", "tanh", "sigmoid"):
    table.add(
        f"{name}_second_derivative",
        lambda tf, name=name: with_curvature(
            tf, getattr(tf.nn, name), [-1.5, -0.2, 0.5, 2.0]
        ),
        tolerance=(1e-4, 1e-5),
    )
for name in ("softmax", "log_softmax"):
    for axis in (0, -1):
        table.add(
            f"{name}_second_derivative_{axis}",
            lambda tf, name=name, axis=axis: with_curvature(
                tf, lambda x: getattr(tf.nn, name)(x, axis=axis), LOGITS
            ),
            tolerance=LOOSE,
        )
table.add(
    "conv2d_second_derivative",
    lambda tf: with_curvature(
        tf, lambda x: tf.nn.conv2d(x, FILTER, [1, 2, 2, 1], "SAME"), IMAGE
    ),
    tolerance=(1e-3, 1e-1),  # of numbers in the thousands
)
table.add(
    "max_pool_second_derivative",
    lambda tf: with_curvature(
        tf, lambda x: tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 1, 1], "VALID"), IMAGE
    ),
    tolerance=LOOSE,
)
table.add(
    "cross_entropies_and_their_derivatives",
    lambda tf: [
        with_gradients(
            tf,
            lambda x, p: tf.nn.softmax_cross_entropy_with_logits_v2(labels=p, logits=x),
            LOGITS,
            LABELS,
        ),
        with_curvature(
            tf,
            lambda x: tf.nn.softmax_cross_entropy_with_logits_v2(
                labels=LABELS, logits=x
            ),
            LOGITS,
        ),
        with_curvature(
            tf,
            lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=[1, 0, 4, 2], logits=x
            ),
            LOGITS,
        ),
    ],
    tolerance=LOOSE,
)
table.add(
    "cross_entropy_of_rank_3_along_any_axis",
    lambda tf: [
        tf.nn.softmax_cross_entropy_with_logits_v2(
            labels=np.abs(IMAGE[0]), logits=IMAGE[0], dim=dim
        )
        for dim in (0, 1, 2, -1)
    ],
    tolerance=(1e-4, 1e-4),
)
table.add(
    "sparse_cross_entropy_of_other_ranks",
    lambda tf: [
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=1, logits=LOGITS[0]),
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.constant(np.arange(42).reshape(7, 6) % 3, tf.int64),
            logits=IMAGE[0],
        ),
    ],
)
table.add(
    "cross_entropies_in_half_precision",
    lambda tf: [
        tf.nn.softmax_cross_entropy_with_logits_v2(
            labels=tf.cast(LABELS, tf.float16), logits=tf.cast(LOGITS, tf.float16)
        ),
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=[1, 0, 4, 2], logits=tf.cast(LOGITS, tf.bfloat16)
        ),
    ],
)
table.add(
    "cross_entropy_of_minus_infinity",
    lambda tf: [
        tf.nn.softmax_cross_entropy_with_logits_v2(
            labels=[[0.0, 1.0]], logits=[[-np.inf, 1.0]]
        ),
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=[1, 0], logits=[[-np.inf, 1.0]] * 2
        ),
    ],
)
table.add(
    "logistic_losses_at_edges",
    lambda tf: [
        with_gradients(
            tf,
            lambda x: tf.nn.sigmoid_cross_entropy_with_logits(
                labels=[0.3] * 8, logits=x
            ),
            EDGES,
        ),
        tf.nn.weighted_cross_entropy_with_logits(
            labels=[0.3] * 8, logits=EDGES, pos_weight=2.0
        ),
    ],
)
table.add(
    "log_poisson_loss_in_full",
    lambda tf: tf.nn.log_poisson_loss(
        [-0.5, 0.0, 0.5, 1.0, 2.0, 7.0], [1.0] * 6, compute_full_loss=True
    ),
)
table.add("l2_loss_dtypes", lambda tf: [
    tf.nn.l2_loss(tf.cast(LOGITS, dtype))
    for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64)
])  # fmt: skip
table.add(
    "bias_add_dtypes",
    lambda tf: [
        tf.nn.bias_add(tf.cast([[1, 2]], dtype), tf.cast([10, 20], dtype))
        for dtype in (tf.float16, tf.bfloat16, tf.int32, tf.uint8, tf.complex64)
    ],
)
table.add(
    "bias_add_derivative_channels_first",
    lambda tf: with_gradients(
        tf, lambda x, b: tf.nn.bias_add(x, b, "NCHW"), IMAGE, [1.0] * 7
    ),
    tolerance=LOOSE,
)
table.add(
    "fused_batch_norm_derivatives",
    lambda tf: with_gradients(
        tf,
        lambda x, s, o: tf.nn.fused_batch_norm(x, s, o)[0],
        IMAGE,
        [1.0, 2.0, 3.0],
        [0.1, 0.2, 0.3],
    ),
    tolerance=(1e-2, 1e-2),
)
table.add(
    "fused_batch_norm_derivatives_in_inference",
    lambda tf: with_gradients(
        tf,
        lambda x, s, o: tf.nn.fused_batch_norm(
            x, s, o, [0.0, 0.1, 0.2], [1.0, 2.0, 3.0], is_training=False
        )[0],
        IMAGE,
        [1.0, 2.0, 3.0],
        [0.1, 0.2, 0.3],
    ),
    tolerance=LOOSE,
)
table.add(
    "fused_batch_norm_second_derivative",
    lambda tf: with_curvature(
        tf,
        lambda x: tf.sin(tf.nn.fused_batch_norm(x, [1.0] * 3, [0.1] * 3)[0]),
        IMAGE,
    ),
    tolerance=(1e-2, 1e-2),
)
table.add(
    "moments_of_all_kinds",
    lambda tf: [
        tf.nn.moments(tf.constant(IMAGE), [-1]),
        tf.nn.moments(tf.cast(IMAGE, tf.float16), [0, 1]),
        tf.nn.weighted_moments(tf.constant(LOGITS), [0], [[1.0], [2.0], [0.0], [1.0]]),
        tf.nn.sufficient_statistics(tf.constant(LOGITS), [0], shift=1.0),
        tf.nn.normalize_moments(4.0, 8.0, 19.0, 1.0),
    ],
    tolerance=LOOSE,
)
table.add(
    "l2_normalize_axes",
    lambda tf: [
        tf.nn.l2_normalize(tf.constant(IMAGE), axis) for axis in (None, 0, [1, 2])
    ],
)
table.add(
    "lrn_radii",
    lambda tf: [tf.nn.lrn(IMAGE, radius, 2.0, 0.5, 0.75) for radius in (0, 1, 2, 7)],
    tolerance=(1e-4, 1e-5),
)
table.add(
    "in_top_k_edges",
    lambda tf: [
        tf.nn.in_top_k(
            np.float32([[1, 1, 1], [1, 2, np.nan], [1, np.inf, 2], [3, 2, 1]]),
            [2, 1, 1, 3],
            k,
        )
        for k in (0, 1, 2, 5)
    ],
)
table.add("zero_fraction", lambda tf: tf.nn.zero_fraction([[0.0, 1.0], [0.0, 2.0]]))
table.add(
    "embedding_of_parts_by_div",
    lambda tf: [
        tf.nn.embedding_lookup(
            [
                tf.constant(LOGITS[:2]),
                tf.constant(LOGITS[2:3]),
                tf.constant(LOGITS[3:]),
            ],
            [[3, 0], [2, 1]],
            partition_strategy="div",
        )
    ],
)
table.add(
    "embedding_gradient_is_sparse",
    lambda tf: [
        tf.convert_to_tensor(
            tf.gradients(tf.nn.embedding_lookup(table_of(tf), [2, 0, 2]), table_of(tf))[
                0
            ]
        )
    ],
)


def table_of(tf):
    """The one variable of a program, made on first use."""
    with tf.variable_scope("", reuse=tf.AUTO_REUSE):
        return tf.get_variable("table", initializer=LOGITS)


table.add(
    "embedding_sparse_weighted",
    lambda tf: [
        tf.nn.embedding_lookup_sparse(
            tf.constant(LOGITS),
            tf.SparseTensor([[0, 0], [0, 1], [1, 0]], np.int64([0, 2, 1]), [2, 2]),
            tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0.5, 2.0, 3.0], [2, 2]),
            combiner=combiner,
        )
        for combiner in ("sum", "mean", "sqrtn")
    ],
    any_static_shape=True,  # the width is known here
)
