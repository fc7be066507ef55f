"""tf.nn: activations, losses, convolutions, pooling, normalisation, embeddings."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
IMAGE = RANDOM.randn(2, 5, 6, 3).astype(np.float32)
FILTER = RANDOM.randn(3, 2, 3, 4).astype(np.float32)
LOGITS = np.float32([[1.0, 2.0, 3.0], [1000.0, -1000.0, 0.0], [0.0, 0.0, 0.0]])
LABELS = np.float32([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])
X = np.float32([-np.inf, -3.0, -0.5, 0.0, 0.5, 3.0, 7.0, np.inf, np.nan])

for name in ("relu", "relu6", "elu", "selu", "softplus", "softsign", "leaky_relu"):
    table.add(f"{name}_edge_values", lambda tf, name=name: getattr(tf.nn, name)(X))
    for dtype in ("float64", "float16", "bfloat16"):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf.nn, name)(
                tf.cast([[-1.5, 0.5], [2.0, 9.0]], dtype)
            ),
            # TensorFlow 2's leaky_relu has its slope from a float32 attribute.
            tolerance=(1e-7, 0) if dtype == "float64" else None,
        )
    table.add(
        f"{name}_gradient",
        lambda tf, name=name: gradient_at(
            tf, getattr(tf.nn, name), [-1.5, 0.5, 2.0, 7.0]
        ),
    )


def gradient_at(tf, function, value):
    """A function and the gradient of its square."""
    x = tf.constant(value)
    y = function(x)
    return [y, *tf.gradients(y * y, x)]


table.add("relu_int", lambda tf: tf.nn.relu([-1, 0, 2]))
table.add("crelu", lambda tf: tf.nn.crelu([[-1.0, 2.0]]))
for name in ("softmax", "log_softmax"):
    table.add(name, lambda tf, name=name: getattr(tf.nn, name)(LOGITS))
    table.add(
        f"{name}_axis", lambda tf, name=name: getattr(tf.nn, name)(LOGITS, axis=0)
    )
    table.add(
        f"{name}_rank_3", lambda tf, name=name: getattr(tf.nn, name)(LOGITS[:, None])
    )
    table.add(f"{name}_vector", lambda tf, name=name: getattr(tf.nn, name)([1.0, 2.0]))
    table.add(
        f"{name}_gradient",
        lambda tf, name=name: gradient_at(tf, getattr(tf.nn, name), LOGITS[:1]),
    )
    table.add(
        f"{name}_float64",
        lambda tf, name=name: getattr(tf.nn, name)(LOGITS.astype(np.float64)),
    )
    table.add(
        f"{name}_empty", lambda tf, name=name: getattr(tf.nn, name)(tf.zeros([0, 3]))
    )
table.add(
    "softmax_cross_entropy",
    lambda tf: [
        tf.nn.softmax_cross_entropy_with_logits(labels=LABELS, logits=LOGITS),
        tf.nn.softmax_cross_entropy_with_logits_v2(labels=LABELS, logits=LOGITS, dim=0),
    ],
)
table.add(
    "softmax_cross_entropy_gradient",
    lambda tf: gradient_at(
        tf,
        lambda x: tf.nn.softmax_cross_entropy_with_logits_v2(labels=LABELS, logits=x),
        LOGITS,
    ),
)
table.add(
    "sparse_softmax_cross_entropy",
    lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=[2, 0, 1], logits=LOGITS
    ),
)
table.add(
    "sparse_softmax_cross_entropy_gradient",
    lambda tf: gradient_at(
        tf,
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=[2, 0, 1], logits=x
        ),
        LOGITS,
    ),
)
table.add(
    "sparse_softmax_cross_entropy_bad_label",
    lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=[5, 0, 1], logits=LOGITS
    ),
    raises="InvalidArgumentError",
)
table.add(
    "sparse_softmax_cross_entropy_wrong_rank",
    lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=[[2, 0, 1]], logits=LOGITS
    ),
    raises="ValueError",
)
table.add(
    "sigmoid_cross_entropy",
    lambda tf: tf.nn.sigmoid_cross_entropy_with_logits(labels=LABELS, logits=LOGITS),
)
table.add(
    "weighted_cross_entropy",
    lambda tf: tf.nn.weighted_cross_entropy_with_logits(
        labels=LABELS, logits=LOGITS / 100, pos_weight=2.0
    ),
)
table.add("l2_loss", lambda tf: tf.nn.l2_loss([[1.0, 2.0], [3.0, 4.0]]))
table.add("log_poisson_loss", lambda tf: tf.nn.log_poisson_loss([1.0, 2.0], [0.5, 0.1]))

for padding in ("SAME", "VALID"):
    for strides in (1, 2):
        table.add(
            f"conv2d_{padding}_{strides}",
            lambda tf, p=padding, s=strides: tf.nn.conv2d(
                IMAGE, FILTER, [1, s, s, 1], p
            ),
            tolerance=(1e-4, 1e-5),
        )
        table.add(
            f"conv2d_gradients_{padding}_{strides}",
            lambda tf, p=padding, s=strides: conv_gradients(tf, p, s),
            tolerance=(1e-4, 1e-4),
        )
        for pool in ("max_pool", "avg_pool"):
            table.add(
                f"{pool}_{padding}_{strides}",
                lambda tf, pool=pool, p=padding, s=strides: gradient_at(
                    tf,
                    lambda x: getattr(tf.nn, pool)(x, [1, 3, 2, 1], [1, s, s, 1], p),
                    IMAGE,
                ),
                tolerance=(1e-4, 1e-5),
            )
    table.add(
        f"conv2d_dilated_{padding}",
        lambda tf, p=padding: tf.nn.conv2d(
            IMAGE, FILTER, [1, 1, 1, 1], p, dilations=[1, 2, 2, 1]
        ),
        tolerance=(1e-4, 1e-5),
    )
    table.add(
        f"depthwise_conv2d_{padding}",
        lambda tf, p=padding: tf.nn.depthwise_conv2d(IMAGE, FILTER, [1, 1, 1, 1], p),
        tolerance=(1e-4, 1e-5),
    )
    table.add(
        f"conv1d_{padding}",
        lambda tf, p=padding: tf.nn.conv1d(IMAGE[0], FILTER[0], 1, p),
        tolerance=(1e-4, 1e-5),
    )
    table.add(
        f"conv2d_transpose_{padding}",
        lambda tf, p=padding: tf.nn.conv2d_transpose(
            IMAGE,
            FILTER.transpose(0, 1, 3, 2)[:, :, :3, :3],
            [2, 10, 12, 3] if p == "SAME" else [2, 11, 12, 3],
            [1, 2, 2, 1],
            p,
        ),
        tolerance=(1e-4, 1e-5),
    )


def conv_gradients(tf, padding, stride):
    """The gradients of a convolution with respect to both its inputs."""
    image, weights = tf.constant(IMAGE), tf.constant(FILTER)
    y = tf.nn.conv2d(image, weights, [1, stride, stride, 1], padding)
    return tf.gradients(y * y, [image, weights])


table.add(
    "conv2d_fed",
    lambda tf: [
        tf.nn.conv2d(
            tf.placeholder(tf.float32, [None, None, None, 3], "x"),
            FILTER,
            [1, 2, 2, 1],
            "VALID",
        )
    ],
    {"x:0": IMAGE},
    tolerance=(1e-4, 1e-5),
)
table.add(
    "conv2d_depths_differ",
    lambda tf: tf.nn.conv2d(IMAGE, FILTER[:, :, :2], [1, 1, 1, 1], "SAME"),
    raises="ValueError",
)
table.add(
    "conv2d_unknown_padding",
    lambda tf: tf.nn.conv2d(IMAGE, FILTER, [1, 1, 1, 1], "FULL"),
    raises="ValueError",
)
table.add(
    "max_pool_with_argmax",
    lambda tf: tf.nn.max_pool_with_argmax(IMAGE, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
)
table.add(
    "bias_add",
    lambda tf: [
        tf.nn.bias_add([[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0]),
        tf.nn.bias_add(IMAGE, [1.0, 2.0, 3.0]),
        tf.nn.bias_add(IMAGE.transpose(0, 3, 1, 2), [1.0, 2.0, 3.0], "NCHW"),
    ],
)
table.add(
    "bias_add_gradient",
    lambda tf: gradient_at(tf, lambda b: tf.nn.bias_add(IMAGE, b), [1.0, 2.0, 3.0]),
    tolerance=(1e-4, 1e-5),
)
table.add(
    "bias_add_misfit",
    lambda tf: tf.nn.bias_add([[1.0]], [1.0, 2.0]),
    raises="ValueError",
)
table.add("xw_plus_b", lambda tf: tf.nn.xw_plus_b([[1.0, 2.0]], [[3.0], [4.0]], [5.0]))
table.add(
    "relu_layer", lambda tf: tf.nn.relu_layer([[1.0, 2.0]], [[3.0], [-4.0]], [1.0])
)
table.add(
    "moments",
    lambda tf: [
        tf.nn.moments(tf.constant(IMAGE), [0, 1, 2]),
        tf.nn.moments(tf.constant(IMAGE), [0], keep_dims=True),
    ],
    tolerance=(1e-4, 1e-5),
)
table.add(
    "batch_normalization",
    lambda tf: tf.nn.batch_normalization(
        tf.constant(IMAGE),
        [0.1, 0.2, 0.3],
        tf.constant([1.0, 2.0, 3.0]),
        [1.0, 1.0, 1.0],
        [2.0, 2.0, 2.0],
        1e-3,
    ),
)
table.add(
    "fused_batch_norm_training",
    lambda tf: list(tf.nn.fused_batch_norm(IMAGE, [1.0, 2.0, 3.0], [0.1, 0.2, 0.3])),
    tolerance=(1e-4, 1e-4),
)
table.add(
    "fused_batch_norm_inference",
    lambda tf: tf.nn.fused_batch_norm(
        IMAGE,
        [1.0, 2.0, 3.0],
        [0.1, 0.2, 0.3],
        [0.0, 0.1, 0.2],
        [1.0, 2.0, 3.0],
        is_training=False,
    )[0],
    tolerance=(1e-4, 1e-4),
)
table.add(
    "l2_normalize",
    lambda tf: [
        tf.nn.l2_normalize([[3.0, 4.0], [0.0, 0.0]], 1),
        tf.nn.l2_normalize([3.0, 4.0], dim=0),
    ],
)
table.add(
    "lrn",
    lambda tf: gradient_at(tf, lambda x: tf.nn.lrn(x, 1, 1.0, 0.5, 0.5), IMAGE),
    tolerance=(1e-4, 1e-4),
)
table.add("dropout_keeps_all", lambda tf: tf.nn.dropout([1.0, 2.0], keep_prob=1.0))
table.add(
    "dropout_scales",
    lambda tf: tf.reduce_max(tf.nn.dropout(tf.ones([1000]), keep_prob=0.5, seed=1)),
)
table.add(
    "dropout_bad_rate", lambda tf: tf.nn.dropout([1.0], rate=1.5), raises="ValueError"
)
table.add(
    "embedding_lookup",
    lambda tf: [
        tf.nn.embedding_lookup([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [2, 0, 2]),
        tf.nn.embedding_lookup([[[1.0], [2.0]], [[3.0], [4.0]]], [0, 1, 2, 3]),
        tf.nn.embedding_lookup(
            [[[1.0], [2.0]], [[3.0], [4.0]]], [0, 1, 2, 3], partition_strategy="div"
        ),
    ],
)
table.add(
    "embedding_lookup_max_norm",
    lambda tf: tf.nn.embedding_lookup([[3.0, 4.0], [0.3, 0.4]], [0, 1], max_norm=1.0),
)
table.add(
    "embedding_lookup_sparse",
    lambda tf: [
        tf.nn.embedding_lookup_sparse(
            [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
            tf.SparseTensor([[0, 0], [0, 1], [1, 0]], np.int64([0, 2, 1]), [2, 2]),
            None,
            combiner=combiner,
        )
        for combiner in ("sum", "mean", "sqrtn")
    ],
)
table.add(
    "top_k_gradient",
    lambda tf: gradient_at(
        tf, lambda x: tf.nn.top_k(x, 2)[0], [[1.0, 5.0, 3.0], [9.0, 2.0, 8.0]]
    ),
)
