"""Losses: values, gradients, reductions, weights of every shape, errors."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
LABELS = RANDOM.rand(3, 4).astype(np.float32)
PREDICTIONS = RANDOM.rand(3, 4).astype(np.float32)
LOGITS = (3 * RANDOM.randn(3, 4)).astype(np.float32)
ONE_HOT = np.eye(4, dtype=np.float32)[[2, 0, 3]]
CLASSES = np.array([2, 0, 3])
WEIGHTS = {
    "one": 1.0,
    "half": 0.5,
    "zero": 0.0,
    "int": 2,
    "rows": np.array([[1.0], [0.0], [2.5]], np.float32),
    "columns": np.array([[1.0, 0.0, 2.0, 0.0]], np.float32),
    "all": RANDOM.randint(0, 3, (3, 4)).astype(np.float32),
    "ones_1_1": np.ones((1, 1), np.float32),
    "double": np.array([[1.0], [0.0], [2.5]]),
}
REDUCTIONS = (
    "none", "weighted_sum", "weighted_mean", "weighted_sum_over_batch_size",
    "weighted_sum_by_nonzero_weights",
)  # fmt: skip
LOSSES = {
    "absolute_difference": (LABELS, PREDICTIONS, {}),
    "mean_squared_error": (LABELS, PREDICTIONS, {}),
    "huber_loss": (4 * LABELS, 4 * PREDICTIONS, {"delta": 0.7}),
    "log_loss": (LABELS.round(), PREDICTIONS, {"epsilon": 1e-3}),
    "hinge_loss": (LABELS.round(), LOGITS, {}),
    "sigmoid_cross_entropy": (LABELS.round(), LOGITS, {"label_smoothing": 0.1}),
}
LOOSE = {"tolerance": (1e-4, 1e-5)}


def with_gradients(tf, loss, *args, **kwargs):
    inputs = [tf.constant(a) for a in args]
    value = getattr(tf.losses, loss)(*inputs, **kwargs)
    return [value, *tf.gradients(value, [i for i in inputs if i.dtype.is_floating][1:])]


for name, (labels, guesses, options) in LOSSES.items():
    for what, weights in WEIGHTS.items():
        table.add(
            f"{name}_weights_{what}",
            lambda tf, n=name, a=labels, b=guesses, w=weights, o=options: (
                with_gradients(tf, n, a, b, weights=w, **o)
            ),
            **LOOSE,
        )
    table.add(
        f"{name}_plain",
        lambda tf, n=name, a=labels, b=guesses: with_gradients(tf, n, a, b),
        **LOOSE,
    )
    table.add(
        f"{name}_of_other_shapes",
        lambda tf, n=name: getattr(tf.losses, n)([[1.0]], [[1.0, 2.0]]),
        raises="ValueError",
    )
    table.add(
        f"{name}_of_none",
        lambda tf, n=name: getattr(tf.losses, n)(None, [[1.0, 2.0]]),
        raises="ValueError",
    )
for how in REDUCTIONS:
    for what, weights in WEIGHTS.items():
        table.add(
            f"reduction_{how}_weights_{what}",
            lambda tf, h=how, w=weights: with_gradients(
                tf, "mean_squared_error", LABELS, PREDICTIONS, weights=w, reduction=h
            ),
            **LOOSE,
        )
for what in ("one", "rows", "all", "zero"):
    table.add(
        f"mean_pairwise_squared_error_{what}",
        lambda tf, w=WEIGHTS[what]: with_gradients(
            tf, "mean_pairwise_squared_error", LABELS, PREDICTIONS, weights=w
        ),
        tolerance=(1e-3, 1e-4),
    )
    table.add(
        f"cosine_distance_{what}",
        lambda tf, w=WEIGHTS["rows" if what == "all" else what]: with_gradients(
            tf, "cosine_distance", LABELS, PREDICTIONS, axis=1, weights=w
        ),
        **LOOSE,
    )
table.add(
    "cosine_distance_dim",
    lambda tf: tf.losses.cosine_distance(LABELS, PREDICTIONS, dim=0),
)
table.add(
    "cosine_distance_no_axis",
    lambda tf: tf.losses.cosine_distance(LABELS, PREDICTIONS),
    raises="ValueError",
)
table.add(
    "cosine_distance_axis_and_dim",
    lambda tf: tf.losses.cosine_distance(LABELS, PREDICTIONS, axis=0, dim=0),
    raises="ValueError",
)
ROW_WEIGHTS = {"one": 1.0, "rows": np.array([1.0, 0.0, 2.0], np.float32), "two": 2}
for what, weights in ROW_WEIGHTS.items():
    for smooth in (0, 0.2):
        table.add(
            f"softmax_cross_entropy_{what}_{smooth}",
            lambda tf, w=weights, s=smooth: with_gradients(
                tf,
                "softmax_cross_entropy",
                ONE_HOT,
                LOGITS,
                weights=w,
                label_smoothing=s,
            ),
            **LOOSE,
        )
    for dtype in ("int32", "int64"):
        table.add(
            f"sparse_softmax_cross_entropy_{what}_{dtype}",
            lambda tf, w=weights, d=dtype: (
                lambda logits: [
                    tf.losses.sparse_softmax_cross_entropy(
                        CLASSES.astype(d), logits, w
                    ),
                    tf.gradients(tf.losses.get_losses()[0], logits)[0],
                ]
            )(tf.constant(LOGITS)),
            **LOOSE,
        )
table.add(
    "sparse_softmax_cross_entropy_columns",
    lambda tf: tf.losses.sparse_softmax_cross_entropy(
        CLASSES[:, None], LOGITS, np.array([[1.0], [0.0], [2.0]], np.float32)
    ),
)
table.add(
    "sparse_softmax_cross_entropy_unknown_ranks",
    lambda tf: tf.losses.sparse_softmax_cross_entropy(
        tf.placeholder(tf.int64, name="labels"),
        tf.placeholder(tf.float32, name="logits"),
        tf.placeholder(tf.float32, name="weights"),
    ),
    {"labels:0": CLASSES[:, None], "logits:0": LOGITS, "weights:0": [[1.0], [0], [2]]},
)
table.add(
    "sparse_softmax_cross_entropy_of_floats",
    lambda tf: tf.losses.sparse_softmax_cross_entropy([1.0], [[1.0, 2.0]]),
    raises="TypeError",
)
table.add(
    "sparse_softmax_cross_entropy_too_many",
    lambda tf: tf.losses.sparse_softmax_cross_entropy([1, 1], [[1.0, 2.0]]),
    raises="ValueError",
)
table.add(
    "softmax_cross_entropy_int_labels",
    lambda tf: tf.losses.softmax_cross_entropy([[0, 1]], [[1.0, 2.0]]),
)
table.add(
    "softmax_cross_entropy_double",
    lambda tf: tf.losses.softmax_cross_entropy(ONE_HOT, LOGITS.astype(np.float64)),
)
table.add(
    "softmax_cross_entropy_other_classes",
    lambda tf: tf.losses.softmax_cross_entropy([[1.0, 0.0]], [[1.0, 2.0, 3.0]]),
    raises="ValueError",
)
table.add(
    "softmax_cross_entropy_weights_of_rank_2",
    lambda tf: tf.losses.softmax_cross_entropy(ONE_HOT, LOGITS, np.ones((3, 1))),
    raises="ValueError",
)
for what, weights in {
    "other_rank": [1.0, 2.0], "other_size": [[1.0], [2.0]], "none": None,
}.items():  # fmt: skip
    table.add(
        f"weights_of_{what}",
        lambda tf, w=weights: tf.losses.mean_squared_error([[1.0, 2]], [[1.0, 2]], w),
        raises="ValueError",
    )
table.add(
    "reduction_unknown",
    lambda tf: tf.losses.mean_squared_error([1.0], [1.0], reduction="x"),
    raises="ValueError",
)


def unknown(tf):
    x, y, w = (tf.placeholder(tf.float32, name=n) for n in "xyw")
    return tf.losses.mean_squared_error(x, y, weights=w)


for what, weights, error in (
    ("scalar", 2.0, None),
    ("rows", [[1.0], [0.0]], None),
    ("full", [[1.0, 2.0], [0.0, 3.0]], None),
    ("other_rank", [1.0, 2.0], "InvalidArgumentError"),
    ("other_size", [[1.0], [2.0], [3.0]], "InvalidArgumentError"),
):
    table.add(
        f"fed_weights_{what}",
        unknown,
        {"x:0": [[1.0, 2], [3, 4]], "y:0": [[2.0, 2], [0, 1]], "w:0": weights},
        raises=error,
    )
table.add(
    "compute_weighted_loss",
    lambda tf: tf.losses.compute_weighted_loss([1.0, 2.0, 6.0], [1.0, 1.0, 0.0]),
)
table.add(
    "compute_weighted_loss_of_ints",
    lambda tf: tf.losses.compute_weighted_loss(tf.constant([1, 2, 3])),
)
table.add(
    "compute_weighted_loss_of_doubles",
    lambda tf: tf.losses.compute_weighted_loss(np.array([1.0, 2.0]), 0.3),
)


@table.script()
def collections_of_losses(tf, sess):
    with tf.name_scope("a"):
        first = tf.losses.mean_squared_error([1.0], [3.0])
    second = tf.losses.absolute_difference([1.0], [4.0], scope="b")
    tf.losses.absolute_difference([1.0], [9.0], loss_collection=None)
    tf.losses.hinge_loss([1.0], [0.5], loss_collection="mine")
    tf.losses.add_loss(tf.constant(100.0, name="own"))
    tf.get_variable(
        "w", initializer=3.0, regularizer=lambda v: tf.identity(2 * v, name="r")
    )
    sess.run(tf.global_variables_initializer())
    return [
        [t.name for t in tf.losses.get_losses()],
        [t.name for t in tf.losses.get_losses("a/")],
        [t.name for t in tf.losses.get_losses(loss_collection="mine")],
        first.name, second.name,
        [t.name for t in tf.losses.get_regularization_losses()],
        *sess.run([
            tf.losses.get_total_loss(), tf.losses.get_total_loss(False),
            tf.losses.get_regularization_loss(), *tf.get_collection("losses"),
        ]),
        tf.losses.get_total_loss(name="mine").name,
    ]  # fmt: skip


@table.script()
def names_of_losses(tf, sess):
    x, y = tf.constant(LABELS), tf.constant(PREDICTIONS)
    return [
        getattr(tf.losses, name)(x, y).name
        for name in (
            "mean_squared_error", "mean_squared_error", "absolute_difference",
            "huber_loss", "log_loss", "hinge_loss", "sigmoid_cross_entropy",
            "softmax_cross_entropy", "mean_pairwise_squared_error",
        )
    ]  # fmt: skip


table.add(
    "total_loss_of_nothing", lambda tf: tf.losses.get_total_loss(), raises="ValueError"
)
table.add(
    "regularization_loss_of_nothing", lambda tf: tf.losses.get_regularization_loss()
)
