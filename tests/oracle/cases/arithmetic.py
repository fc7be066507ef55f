"""Arithmetic: every dtype TF1 takes, broadcasting, empty tensors, NaN, inf, zero."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8")
COMPLEX = ("complex64", "complex128")
EDGE = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.5, 1e30, -1e-30]


def pair(tf, dtype, left, right):
    """Two tensors of one dtype."""
    return tf.cast(tf.constant(left), dtype), tf.cast(tf.constant(right), dtype)


for name in ("add", "subtract", "multiply"):
    for dtype in (*FLOATS, *INTEGERS, *COMPLEX):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)(
                *pair(tf, dtype, [1, 2, 3, 100], [3, 2, 1, 100])
            ),
        )
    table.add(
        f"{name}_broadcasts",
        lambda tf, name=name: getattr(tf, name)([[1.0], [2.0]], [[10.0, 20.0, 30.0]]),
    )
    table.add(
        f"{name}_edge_values",
        lambda tf, name=name: getattr(tf, name)(
            np.float32(EDGE)[:, None], np.float32(EDGE)
        ),
    )
    table.add(
        f"{name}_empty",
        lambda tf, name=name: getattr(tf, name)(np.zeros((0, 3), np.float32), [[1.0]]),
    )
    table.add(f"{name}_scalars", lambda tf, name=name: getattr(tf, name)(2, 3))

table.add("add_strings", lambda tf: tf.add(["a", "b"], "c"))
table.add("int32_overflow_wraps", lambda tf: tf.constant(2**31 - 1) + 1)
table.add("int8_overflow_wraps", lambda tf: tf.constant([127], tf.int8) * 2)
for dtype in ("float16", "bfloat16", "float32", "float64", "int32", "int64", "uint8"):
    table.add(
        f"truediv_{dtype}",
        lambda tf, dtype=dtype: tf.truediv(*pair(tf, dtype, [7, 8, 9], [2, 3, 4])),
    )
for name in ("div", "divide", "floordiv", "floormod", "mod", "truncatediv"):
    for dtype in ("float32", "float64", "int32", "int64"):
        if name == "truncatediv" and dtype.startswith("float"):
            continue
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)(
                *pair(tf, dtype, [7, -7, 7, -7, 0], [2, 2, -2, -2, 3])
            ),
        )
for dtype in ("float32", "int32"):
    table.add(
        f"truncatemod_{dtype}",
        lambda tf, dtype=dtype: tf.truncatemod(
            *pair(tf, dtype, [7, -7, 7, -7], [2, 2, -2, -2])
        ),
    )
table.add("float_division_by_zero", lambda tf: tf.constant([1.0, -1.0, 0.0]) / 0.0)
table.add("floordiv_by_zero", lambda tf: tf.floordiv([1.0, -1.0, 0.0], 0.0))
table.add("floormod_of_infinity", lambda tf: tf.floormod([np.inf, 5.0], [2.0, np.inf]))
for name in ("floordiv", "floormod", "div"):
    table.add(
        f"{name}_integer_by_zero",
        lambda tf, name=name: getattr(tf, name)(
            [1, 2], tf.placeholder(tf.int32, [2], "x")
        ),
        {"x:0": [1, 0]},
        raises="InvalidArgumentError",
    )
table.add("div_no_nan", lambda tf: tf.div_no_nan([1.0, 0.0, np.inf], [0.0, 0.0, 2.0]))

table.add("operators_float", lambda tf: operators(tf.constant([4.0, -9.0])))
table.add("operators_int", lambda tf: operators(tf.constant([4, -9])))


def operators(x):
    """Each arithmetic operator, from either side."""
    return [
        x + 2,
        2 + x,
        x - 2,
        2 - x,
        x * 2,
        2 * x,
        x / 2,
        2 / x,
        x // 2,
        2 // x,
        x % 5,
        5 % x,
        -x,
        abs(x),
        x**2,
    ]


table.add("operators_with_arrays", lambda tf: np.float32([1, 2]) * tf.constant(3.0))
table.add("matmul_operator", lambda tf: tf.constant([[1.0, 2.0]]) @ [[3.0], [4.0]])
table.add(
    "float_plus_int", lambda tf: tf.constant(1.0) + tf.constant(1), raises="TypeError"
)
table.add("int_plus_python_float", lambda tf: tf.constant(1) + 1.5, raises="TypeError")
table.add("float_plus_python_int", lambda tf: tf.constant(1.5) + 1)
table.add("float32_plus_float64", lambda tf: tf.constant(1.0) + np.float64(2))
table.add("int32_plus_int64_array", lambda tf: tf.constant(1) + np.int64([2, 3]))
table.add(
    "add_bools",
    lambda tf: tf.constant([True]) + tf.constant([False]),
    raises="TypeError",
)
table.add(
    "shapes_that_do_not_fit",
    lambda tf: tf.add([1.0, 2.0], [1.0, 2.0, 3.0]),
    raises="ValueError",
)
table.add(
    "shapes_that_do_not_fit_at_run",
    lambda tf: tf.add([1.0, 2.0], tf.placeholder(tf.float32, name="x")),
    {"x:0": [1.0, 2.0, 3.0]},
    raises="InvalidArgumentError",
)
table.add(
    "unknown_shapes_broadcast",
    lambda tf: [
        tf.placeholder(tf.float32, [None, 3], "x") + tf.ones([2, 1]),
        tf.placeholder(tf.float32, [None, 1], "y") * tf.ones([4, 1, 3]),
        tf.placeholder(tf.float32, None, "z") - 1.0,
    ],
    {"x:0": np.ones((1, 3)), "y:0": np.ones((2, 1)), "z:0": 5},
)

for dtype in (*FLOATS, "int32", "int64", "int8", "complex64", "complex128"):
    table.add(
        f"negative_{dtype}",
        lambda tf, dtype=dtype: tf.negative(tf.cast([1, -2, 0], dtype)),
    )
    table.add(
        f"square_{dtype}", lambda tf, dtype=dtype: tf.square(tf.cast([1, -2, 3], dtype))
    )
for dtype in (*FLOATS, "int32", "int64", "int8"):
    table.add(
        f"abs_{dtype}", lambda tf, dtype=dtype: tf.abs(tf.cast([1, -2, 0], dtype))
    )
    table.add(
        f"sign_{dtype}", lambda tf, dtype=dtype: tf.sign(tf.cast([3, -2, 0], dtype))
    )
table.add("abs_complex", lambda tf: tf.abs(tf.constant([3 + 4j, -1j], tf.complex64)))
table.add("sign_complex", lambda tf: tf.sign(tf.constant([3 + 4j, 0], tf.complex64)))
table.add("abs_of_smallest_int", lambda tf: tf.abs(tf.constant([-(2**31)], tf.int32)))
table.add("sign_of_edge_values", lambda tf: tf.sign(np.float32(EDGE)))
table.add(
    "squared_difference", lambda tf: tf.squared_difference([[1.0], [4.0]], [2.0, 3.0])
)
table.add("squared_difference_int", lambda tf: tf.squared_difference([1, 5], [4, 1]))

for dtype in ("float32", "float64", "int32", "int64"):
    table.add(
        f"pow_{dtype}",
        lambda tf, dtype=dtype: tf.pow(*pair(tf, dtype, [2, 3, -2, 0], [3, 2, 3, 0])),
    )
table.add("pow_float16", lambda tf: tf.pow(tf.constant([2.0, 3.0], tf.float16), 2.0))
table.add("pow_complex", lambda tf: tf.pow(tf.constant([1 + 2j], tf.complex64), 2.0))
table.add("pow_of_negative", lambda tf: tf.pow([-2.0, 0.0, np.inf], [0.5, -1.0, 0.0]))
table.add(
    "int_to_negative_power",
    lambda tf: tf.pow([2, 3], tf.placeholder(tf.int32, [2], "x")),
    {"x:0": [1, -1]},
    raises="InvalidArgumentError",
)
table.add("add_n", lambda tf: tf.add_n([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
table.add("add_n_of_one", lambda tf: tf.add_n([tf.constant([1, 2])]))
table.add("add_n_of_none", lambda tf: tf.add_n([]), raises="ValueError")
table.add(
    "add_n_of_different_shapes",
    lambda tf: tf.add_n([[1.0], [1.0, 2.0]]),
    raises="ValueError",
)
table.add("accumulate_n", lambda tf: tf.accumulate_n([[1.0], [2.0], [4.0]]))
table.add("scalar_mul", lambda tf: tf.scalar_mul(3.0, tf.constant([1.0, 2.0])))
table.add("reciprocal", lambda tf: tf.reciprocal([2.0, 0.0, -0.0, np.inf, np.nan]))
table.add("reciprocal_complex", lambda tf: tf.reciprocal(tf.constant([1 + 1j])))
