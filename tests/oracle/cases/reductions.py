"""Reductions, arg-reductions, sorting and counting."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
MATRIX = [[3, 1, 2], [6, 5, 4]]
NUMERIC = "reduce_sum reduce_prod reduce_max reduce_min reduce_mean".split()
WAYS = {
    "all": {},
    "axis_0": {"axis": 0},
    "last": {"axis": -1},
    "both": {"axis": [0, 1]},
    "none": {"axis": []},
    "keep": {"axis": 1, "keepdims": True},
}

for name in NUMERIC:
    for dtype in ("float32", "float64", "int32", "int64", "float16", "bfloat16"):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)(
                tf.cast(MATRIX, dtype), 0
            ),
        )
    for way, options in WAYS.items():
        table.add(
            f"{name}_{way}",
            lambda tf, name=name, options=options: getattr(tf, name)(
                np.float32(MATRIX), **options
            ),
        )
    table.add(
        f"{name}_of_nothing",
        lambda tf, name=name: getattr(tf, name)(tf.zeros([2, 0]), axis=1),
    )
    table.add(f"{name}_of_scalar", lambda tf, name=name: getattr(tf, name)(5.0))
    table.add(
        f"{name}_nan", lambda tf, name=name: getattr(tf, name)([1.0, np.nan, np.inf])
    )
    table.add(
        f"{name}_axis_fed",
        lambda tf, name=name: getattr(tf, name)(
            np.float32(MATRIX), tf.placeholder(tf.int32, [None], "axis")
        ),
        {"axis:0": [1]},
    )
    table.add(
        f"{name}_keep_axis_fed",
        lambda tf, name=name: getattr(tf, name)(
            np.float32(MATRIX), tf.placeholder(tf.int32, [], "axis"), keepdims=True
        ),
        {"axis:0": 0},
    )
for name in ("reduce_sum", "reduce_prod", "reduce_mean"):
    table.add(
        f"{name}_complex",
        lambda tf, name=name: getattr(tf, name)(tf.constant([1 + 2j, 3 - 1j])),
    )
for name in ("reduce_any", "reduce_all"):
    for way, options in WAYS.items():
        table.add(
            f"{name}_{way}",
            lambda tf, name=name, options=options: getattr(tf, name)(
                [[True, False], [True, True]], **options
            ),
        )
    table.add(
        f"{name}_of_nothing",
        lambda tf, name=name: getattr(tf, name)(tf.zeros([0], bool)),
    )
for way, options in WAYS.items():
    table.add(
        f"reduce_logsumexp_{way}",
        lambda tf, options=options: tf.reduce_logsumexp(np.float32(MATRIX), **options),
    )
table.add(
    "reduce_logsumexp_large", lambda tf: tf.reduce_logsumexp([1000.0, 1000.0, -np.inf])
)
table.add("reduction_indices", lambda tf: tf.reduce_sum(MATRIX, reduction_indices=[1]))
table.add("keep_dims", lambda tf: tf.reduce_sum(MATRIX, 1, keep_dims=True))
table.add(
    "reduce_axis_out_of_range", lambda tf: tf.reduce_sum([1.0], 2), raises="ValueError"
)
table.add(
    "reduce_axis_out_of_range_at_run",
    lambda tf: tf.reduce_sum([1.0], tf.placeholder(tf.int32, [], "axis")),
    {"axis:0": 2},
    raises="InvalidArgumentError",
)
table.add(
    "reduce_unknown_rank",
    lambda tf: [
        tf.reduce_sum(tf.placeholder(tf.float32, name="x")),
        tf.reduce_max(tf.placeholder(tf.float32, [None, 3], "y"), 0),
    ],
    {"x:0": MATRIX, "y:0": MATRIX},
)
table.add(
    "reduce_variance",
    lambda tf: [
        tf.math.reduce_variance(np.float32(MATRIX), 0),
        tf.math.reduce_std(np.float32(MATRIX)),
    ],
)
table.add("reduce_join", lambda tf: tf.reduce_join([["a", "b"], ["c", "d"]], 0))
table.add(
    "count_nonzero",
    lambda tf: [
        tf.count_nonzero([[0, 1], [2, 0]]),
        tf.count_nonzero(
            [[0.0, 1.0], [2.0, 0.0]], axis=1, keepdims=True, dtype=tf.int32
        ),
    ],
)
for name in ("argmax", "argmin"):
    for dtype in ("float32", "int32", "float64", "uint8", "bfloat16"):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)(
                tf.cast([[3, 1, 2], [3, 5, 2]], dtype), 0
            ),
        )
    table.add(
        f"{name}_output_type",
        lambda tf, name=name: getattr(tf, name)(MATRIX, -1, output_type=tf.int32),
    )
    table.add(f"{name}_default_axis", lambda tf, name=name: getattr(tf, name)(MATRIX))
    table.add(
        f"{name}_axis_out_of_range",
        lambda tf, name=name: getattr(tf, name)(
            [1.0], tf.placeholder(tf.int32, [], "axis")
        ),
        {"axis:0": 3},
        raises="InvalidArgumentError",
    )
for dtype in ("float32", "int32", "float64", "uint8"):
    table.add(
        f"top_k_{dtype}",
        lambda tf, dtype=dtype: tf.nn.top_k(
            tf.cast([[1, 3, 2, 3], [4, 4, 0, 9]], dtype), 2
        ),
    )
table.add("top_k_of_one", lambda tf: tf.nn.top_k([1.0, 5.0]))
table.add(
    "top_k_too_many",
    lambda tf: tf.nn.top_k(tf.placeholder(tf.float32, name="x"), 5),
    {"x:0": [1.0, 2.0, 3.0]},
    raises="InvalidArgumentError",
)
table.add("top_k_too_many_known", lambda tf: tf.nn.top_k([1.0], 5), raises="ValueError")
table.add(
    "in_top_k",
    lambda tf: tf.nn.in_top_k(
        [[0.1, 0.3, 0.6], [0.5, 0.4, 0.1], [0.5, 0.5, np.nan]], [2, 2, 0], 2
    ),
)
table.add("unique", lambda tf: tf.unique([3, 1, 3, 2, 1]))
table.add("unique_strings", lambda tf: tf.unique(["b", "a", "b"]))
table.add(
    "unique_with_counts", lambda tf: tf.unique_with_counts([3.0, 1.0, 3.0, 2.0, 1.0])
)
table.add("setdiff1d", lambda tf: tf.setdiff1d([1, 2, 3, 4, 5, 6], [1, 3, 5]))
table.add("bincount", lambda tf: tf.bincount([1, 1, 3, 0]))
table.add("sort", lambda tf: tf.sort([[3.0, 1.0, 2.0], [9.0, 7.0, 8.0]]))
table.add("sort_descending", lambda tf: tf.sort([3, 1, 2], direction="DESCENDING"))
table.add("argsort", lambda tf: tf.argsort([[3.0, 1.0, 2.0]]))
table.add("nth_element", lambda tf: tf.nn.top_k([5.0, 1.0, 4.0], 3, sorted=True)[0])
table.add(
    "confusion_matrix", lambda tf: tf.confusion_matrix([0, 1, 2, 1], [0, 2, 2, 1])
)
table.add("zero_fraction", lambda tf: tf.nn.zero_fraction([[0.0, 1.0], [0.0, 0.0]]))
