"""Metrics: values and updates over three batches, names, collections, errors."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
LABELS = RANDOM.rand(3, 5, 1).astype(np.float32)
SCORES = RANDOM.rand(3, 5, 1).astype(np.float32)
HITS = RANDOM.randint(0, 2, (3, 6)).astype(np.float32)
CHANCES = RANDOM.rand(3, 6).astype(np.float32)
CLASSES = RANDOM.randint(0, 4, (3, 8))
GUESSES = RANDOM.randint(0, 4, (3, 8))
RANKS = RANDOM.rand(3, 4, 6).astype(np.float32)
SETS = np.stack([RANDOM.permutation(6)[:2] for _ in range(12)]).reshape(3, 4, 2)
LOOSE = {"tolerance": (1e-4, 1e-5)}


def metric(case, name, arrays, /, *args, weights=None, **options):
    """Three batches through a metric: the value before, updates, the value after."""

    def program(tf, sess):
        count = len(arrays[0])
        feeds = [{} for _ in range(count)]
        tensors = []
        for array in arrays:
            tensor = tf.placeholder(array.dtype, array.shape[1:])
            for i in range(count):
                feeds[i][tensor] = array[i]
            tensors.append(tensor)
        if "indexed" in options:
            tensors[0] = tf.cast(tensors[0], tf.int64)
        if callable(args[0] if args else None):
            tensors = args[0](tf, *tensors)
        rest = args[1:] if args and callable(args[0]) else args
        chosen = {k: v for k, v in options.items() if k != "indexed"}
        factors = tf.constant(weights) if isinstance(weights, np.ndarray) else weights
        value, update = getattr(tf.metrics, name)(
            *tensors,
            *rest,
            weights=factors,
            metrics_collections=["values"],
            updates_collections=["updates"],
            **chosen,
        )
        sess.run(tf.local_variables_initializer())
        seen = [sess.run(value)]
        for feed in feeds:
            seen += [sess.run(update, feed), sess.run(value)]
        sess.run(tf.local_variables_initializer())
        return [
            seen,
            sess.run(update, feeds[0]),
            # 2.x has a node of the name that 1.9 gave to a variable here.
            "average" in name or [v.name for v in tf.local_variables()],
            len(tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)),
            len(tf.global_variables()),
            len(tf.get_collection("values")),
            len(tf.get_collection("updates")),
        ]

    program.__name__ = case
    table.script(**LOOSE)(program)


WEIGHTS = {
    "one": 1.0,
    "half": 0.5,
    "zero": 0.0,
    "column": np.array([[1.0], [0.0], [2.0], [1.0], [3.0]], np.float32),
    "flat": np.array([1.0, 0.0, 2.0, 1.0, 3.0], np.float32),
}
for what, weights in {"no": None, **WEIGHTS}.items():
    for name in (
        "mean_absolute_error", "mean_squared_error", "root_mean_squared_error",
    ):  # fmt: skip
        metric(f"{name}_{what}_weights", name, [LABELS, SCORES], weights=weights)
    metric(f"mean_{what}_weights", "mean", [SCORES], weights=weights)
    metric(f"mean_tensor_{what}_weights", "mean_tensor", [SCORES], weights=weights)
    metric(f"below_{what}_weights", "percentage_below", [SCORES], 0.4, weights=weights)
    metric(
        f"accuracy_{what}_weights", "accuracy", [LABELS.round(), SCORES.round()],
        weights=weights,
    )  # fmt: skip
    metric(
        f"relative_error_{what}_weights", "mean_relative_error",
        [LABELS, SCORES, (LABELS * 2).round()], weights=weights,
    )  # fmt: skip
metric("mean_with_a_name", "mean", [SCORES], name="mine")
metric("accuracy_of_ints", "accuracy", [CLASSES, GUESSES])
metric("accuracy_of_ints_and_floats", "accuracy", [CLASSES, GUESSES.astype(np.float32)])
metric(
    "accuracy_of_a_column", "accuracy", [CLASSES[..., None], GUESSES],
)  # fmt: skip
metric("cosine", "mean_cosine_distance", [RANKS, RANKS[::-1]], 1)
metric(
    "cosine_weights", "mean_cosine_distance", [RANKS, RANKS[::-1]], 1,
    weights=np.array([[1.0], [0.0], [2.0], [1.0]], np.float32),
)  # fmt: skip
ROW = np.array([1.0, 0.0, 2.0, 1.0, 0.5, 3.0], np.float32)
for what, weights in {"no": None, "two": 2.0, "row": ROW}.items():
    for name in (
        "true_positives", "true_negatives", "false_positives", "false_negatives",
        "precision", "recall",
    ):  # fmt: skip
        metric(f"{name}_{what}_weights", name, [HITS, CHANCES.round()], weights=weights)
    for name in (
        "true_positives", "true_negatives", "false_positives", "false_negatives",
        "precision", "recall",
    ):  # fmt: skip
        metric(
            f"{name}_at_thresholds_{what}_weights", f"{name}_at_thresholds",
            [HITS, CHANCES], [0.2, 0.5, 0.9], weights=weights,
        )  # fmt: skip
    for curve in ("ROC", "PR"):
        for method in ("trapezoidal", "minoring", "majoring"):
            metric(
                f"auc_{curve}_{method}_{what}_weights", "auc", [HITS, CHANCES],
                weights=weights, curve=curve, summation_method=method,
            )  # fmt: skip
    metric(
        f"auc_careful_{what}_weights", "auc", [HITS, CHANCES], weights=weights,
        curve="PR", summation_method="careful_interpolation", num_thresholds=20,
    )  # fmt: skip
    for share in (0.0, 0.4, 0.8, 1.0):
        metric(
            f"sensitivity_at_{share}_{what}_weights", "sensitivity_at_specificity",
            [HITS, CHANCES], share, weights=weights, num_thresholds=30,
        )  # fmt: skip
        metric(
            f"specificity_at_{share}_{what}_weights", "specificity_at_sensitivity",
            [HITS, CHANCES], share, weights=weights, num_thresholds=30,
        )  # fmt: skip
metric("precision_of_nothing", "precision", [HITS, 0 * HITS])
metric("recall_of_nothing", "recall", [0 * HITS, HITS])
EIGHT = np.array([1.0, 0.0, 2.0, 1.0, 0.5, 3.0, 1.0, 1.0], np.float32)
for what, weights in {"no": None, "row": EIGHT}.items():
    metric(
        f"mean_iou_{what}_weights", "mean_iou", [CLASSES, GUESSES], 4, weights=weights
    )
    metric(
        f"class_accuracy_{what}_weights", "mean_per_class_accuracy",
        [CLASSES, GUESSES], 4, weights=weights,
    )  # fmt: skip
metric("mean_iou_unseen_class", "mean_iou", [CLASSES, GUESSES], 6)
metric(
    "mean_iou_of_images", "mean_iou",
    [CLASSES.reshape(3, 2, 4), GUESSES.reshape(3, 2, 4)], 4,
)  # fmt: skip
FOUR = np.array([1.0, 0.0, 2.0, 0.5])
for what, weights in {"no": None, "row": FOUR}.items():
    for k in (1, 2, 4):
        for name in (
            "precision_at_k", "recall_at_k", "average_precision_at_k",
            "sparse_precision_at_k", "sparse_average_precision_at_k",
        ):  # fmt: skip
            metric(
                f"{name}_{k}_{what}_weights", name, [SETS, RANKS], k, weights=weights
            )
    for name in ("precision_at_k", "recall_at_k"):
        metric(
            f"{name}_of_class_{what}_weights", name, [SETS, RANKS], 3, class_id=2,
            weights=weights,
        )  # fmt: skip
    for name in ("precision_at_top_k", "recall_at_top_k"):
        metric(
            f"{name}_{what}_weights", name, [SETS, RANKS.argsort()[..., :3]],
            weights=weights,
        )  # fmt: skip
metric("recall_at_k_of_single_labels", "recall_at_k", [SETS[..., 0], RANKS], 2)
metric("precision_at_k_named", "precision_at_k", [SETS, RANKS], 2, name="mine")


@table.script(**LOOSE)
def ranking_of_sparse_labels(tf, sess):
    labels = tf.SparseTensor(
        [[0, 0], [0, 1], [1, 0], [3, 0], [3, 1], [3, 2]],
        np.array([1, 4, 2, 0, 5, 3], np.int64),
        [4, 3],
    )
    found = []
    for name in ("precision_at_k", "recall_at_k", "average_precision_at_k"):
        value, update = getattr(tf.metrics, name)(labels, RANKS[0], 3)
        found += [value, update]
    sess.run(tf.local_variables_initializer())
    return [sess.run(found[1::2]), sess.run(found[::2])]


@table.script()
def names_of_metrics(tf, sess):
    x, y = tf.constant(HITS), tf.constant(CHANCES)
    found = []
    for name in ("accuracy", "accuracy", "mean_squared_error", "auc", "precision"):
        found += [t.name for t in getattr(tf.metrics, name)(x, y)]
    with tf.variable_scope("outer"):
        found += [t.name for t in tf.metrics.mean(x)]
        found += [t.name for t in tf.metrics.mean(x, name="m")]
    found += [t.name for t in tf.metrics.precision_at_k(SETS[0], RANKS[0], 2)]
    return [found, [v.name for v in tf.local_variables()]]


for name, build, error in (
    ("mean_of_other_weights", lambda tf: tf.metrics.mean([[1.0, 2]], [[1.0], [2]]), "ValueError"),
    ("accuracy_of_other_shapes", lambda tf: tf.metrics.accuracy([1, 2], [1, 2, 3]), "ValueError"),
    ("auc_of_unknown_curve", lambda tf: tf.metrics.auc([1], [0.5], curve="x"), "ValueError"),
    ("auc_of_unknown_sum", lambda tf: tf.metrics.auc(tf.constant([1]), tf.constant([0.5]), summation_method="x"), "ValueError"),
    ("specificity_of_2", lambda tf: tf.metrics.sensitivity_at_specificity([1], [0.5], 2.0), "ValueError"),
    ("sensitivity_of_2", lambda tf: tf.metrics.specificity_at_sensitivity([1], [0.5], 2.0), "ValueError"),
    ("average_precision_at_0", lambda tf: tf.metrics.average_precision_at_k([[1]], [[0.5, 0.1]], 0), "ValueError"),
):  # fmt: skip
    table.add(name, build, raises=error)


@table.script(raises="InvalidArgumentError")
def auc_of_scores_above_1(tf, sess):
    _, update = tf.metrics.auc([1, 0], tf.placeholder_with_default([2.0, 0.1], [2]))
    sess.run(tf.local_variables_initializer())
    return sess.run(update)


@table.script(raises="FailedPreconditionError")
def metric_without_initialization(tf, sess):
    return sess.run(tf.metrics.mean([1.0])[1])
