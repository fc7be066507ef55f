"""Elementwise functions of one number, comparisons and logic."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
EDGE = np.float32([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -3.0])
FUNCTIONS = """
exp expm1 log log1p sqrt rsqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh
atanh sigmoid erf erfc lgamma digamma ceil floor round rint
""".split()
COMPLEX_FUNCTIONS = "exp log sqrt rsqrt sin cos tan sinh cosh tanh sigmoid".split()

for name in FUNCTIONS:
    table.add(f"{name}_edge_values", lambda tf, name=name: getattr(tf, name)(EDGE))
    table.add(
        f"{name}_float64",
        lambda tf, name=name: getattr(tf, name)(np.float64([[0.1, 0.9], [1.5, 2.5]])),
        tolerance=(1e-7, 1e-9),
    )
    if name == "rint":
        continue  # TensorFlow has no kernel for float16
    table.add(
        f"{name}_float16",
        lambda tf, name=name: getattr(tf, name)(
            tf.constant([0.25, 0.75, 1.5], tf.float16)
        ),
    )
for name in COMPLEX_FUNCTIONS:
    table.add(
        f"{name}_complex",
        lambda tf, name=name: getattr(tf, name)(tf.constant([0.5 + 1j, -1 - 0.5j])),
    )
for name in ("exp", "tanh", "sigmoid", "sqrt", "floor"):
    table.add(
        f"{name}_bfloat16",
        lambda tf, name=name: getattr(tf, name)(tf.constant([0.5, 2.0], tf.bfloat16)),
    )
    table.add(
        f"{name}_empty", lambda tf, name=name: getattr(tf, name)(tf.zeros([0, 2]))
    )
    table.add(f"{name}_scalar", lambda tf, name=name: getattr(tf, name)(0.25))
    table.add(
        f"{name}_of_unknown_shape",
        lambda tf, name=name: getattr(tf, name)(tf.placeholder(tf.float32, name="x")),
        {"x:0": [[1.0, 2.0]]},
    )
table.add("exp_of_int", lambda tf: tf.exp(tf.constant([1, 2])), raises="TypeError")
table.add("round_half_to_even", lambda tf: tf.round([0.5, 1.5, 2.5, -0.5, -1.5]))
table.add("round_int", lambda tf: tf.round([1, -2]))
table.add("atan2", lambda tf: tf.atan2([1.0, -1.0, 0.0, 0.0], [[-1.0], [0.0]]))
table.add(
    "igamma", lambda tf: [tf.igamma(2.0, [0.5, 3.0]), tf.igammac(2.0, [0.5, 3.0])]
)
table.add("betainc", lambda tf: tf.betainc([1.0, 2.0], [2.0, 3.0], [0.3, 0.9]))
table.add("zeta", lambda tf: tf.zeta([2.0, 3.0], [1.0, 2.0]))
table.add("polygamma", lambda tf: tf.polygamma([1.0, 2.0], [1.5, 0.5]))
table.add("lbeta", lambda tf: tf.lbeta([[1.0, 2.0], [3.0, 0.5]]))
for name in ("is_nan", "is_inf", "is_finite"):
    table.add(name, lambda tf, name=name: getattr(tf, name)(EDGE))
table.add("log_sigmoid", lambda tf: tf.log_sigmoid([-100.0, 0.0, 100.0]))
for name in ("real", "imag", "conj", "angle"):
    table.add(name, lambda tf, name=name: getattr(tf, name)(tf.constant([1 + 2j, -3j])))
table.add("real_of_float", lambda tf: tf.real([1.0, 2.0]))
table.add("conj_of_float", lambda tf: tf.conj([1.0, 2.0]))
table.add("complex", lambda tf: tf.complex([1.0, 2.0], [3.0, 4.0]))
table.add("complex128", lambda tf: tf.complex(np.float64([1]), np.float64([3])))
table.add("invert_bits", lambda tf: tf.bitwise.invert(tf.constant([0, 5], tf.int8)))
for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"):
    table.add(
        name, lambda tf, name=name: getattr(tf.bitwise, name)([12, -8, 7], [2, 1, 3])
    )

COMPARISONS = "equal not_equal less less_equal greater greater_equal".split()
for name in COMPARISONS:
    for dtype in (
        "float32",
        "int32",
        "float16",
        "bfloat16",
        "int64",
        "uint8",
        "float64",
    ):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)(
                tf.cast([1, 2, 3], dtype), tf.cast([[3], [2]], dtype)
            ),
        )
    table.add(
        f"{name}_nan", lambda tf, name=name: getattr(tf, name)(EDGE[:, None], EDGE)
    )
    table.add(
        f"{name}_shapes_differ",
        lambda tf, name=name: getattr(tf, name)(
            [1, 2], tf.placeholder(tf.int32, name="x")
        ),
        {"x:0": [1, 2, 3]},
        raises="InvalidArgumentError",
    )
for name in ("equal", "not_equal"):
    table.add(
        f"{name}_strings",
        lambda tf, name=name: getattr(tf, name)(["a", "b"], ["a", "c"]),
    )
    table.add(
        f"{name}_bools", lambda tf, name=name: getattr(tf, name)([True, False], [True])
    )
    table.add(
        f"{name}_complex",
        lambda tf, name=name: getattr(tf, name)(tf.constant([1j, 2j]), [1j, 1 + 0j]),
    )
table.add("less_of_bools", lambda tf: tf.less([True], [False]), raises="TypeError")
table.add(
    "comparison_operators",
    lambda tf: [
        operator
        for x in [tf.constant([1.0, 2.0, 3.0])]
        for operator in (x < 2, x <= 2, x > 2, x >= 2, 2 < x, 2 >= x)  # noqa: SIM300
    ],
)
table.add(
    "equality_of_tensors_is_identity",
    lambda tf: (
        tf.constant([x == x, x == tf.constant(1), x != x])
        if (x := tf.constant(1)) is not None
        else None
    ),
)
for name in ("maximum", "minimum"):
    for dtype in ("float32", "int32", "float64", "int64", "float16", "bfloat16"):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)(
                tf.cast([1, 5, -3], dtype), tf.cast([[2], [0]], dtype)
            ),
        )
table.add("maximum_of_infinities", lambda tf: tf.maximum([np.inf, -np.inf, 1.0], 0.0))
table.add(
    "logic",
    lambda tf: [
        tf.logical_and([True, True, False], [True, False, False]),
        tf.logical_or([True, True, False], [[True], [False]]),
        tf.logical_xor([True, True, False], [True, False, False]),
        tf.logical_not([True, False]),
    ],
)
table.add(
    "logical_operators",
    lambda tf: [
        tf.constant([True, False]) & tf.constant([True, True]),
        tf.constant([True, False]) | tf.constant([False, False]),
        tf.constant([True, False]) ^ tf.constant([True, True]),
        ~tf.constant([True, False]),
        True & tf.constant([True, False]),
    ],
)
table.add(
    "logical_and_of_ints", lambda tf: tf.logical_and([1], [0]), raises="TypeError"
)
table.add(
    "bool_of_tensor",
    lambda tf: bool(tf.constant(1) < 2),
    raises="OperatorNotAllowedInGraphError",
)
table.add(
    "clip_by_value",
    lambda tf: [
        tf.clip_by_value([-2.0, 0.5, 3.0, np.inf], -1.0, 1.0),
        tf.clip_by_value([[1, 5], [9, 3]], 2, [4, 8]),
    ],
)
for dtype in ("float32", "int32", "complex64"):
    for options in ({}, {"exclusive": True}, {"reverse": True}):
        table.add(
            f"cumsum_{dtype}_{'_'.join(options)}",
            lambda tf, dtype=dtype, options=options: tf.cumsum(
                tf.cast([[1, 2, 3], [4, 5, 6]], dtype), 1, **options
            ),
        )
table.add("cumprod", lambda tf: tf.cumprod([[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]]))
table.add(
    "cumprod_exclusive_reverse",
    lambda tf: tf.cumprod([1.0, 2.0, 3.0], exclusive=True, reverse=True),
)
table.add("cumsum_negative_axis", lambda tf: tf.cumsum([[1, 2], [3, 4]], axis=-1))
table.add(
    "cumsum_axis_out_of_range",
    lambda tf: tf.cumsum([1, 2], axis=tf.placeholder(tf.int32, [], "x")),
    {"x:0": 3},
    raises="InvalidArgumentError",
)

DTYPES = (
    "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 bool".split()
)
for source in ("float32", "int32", "bool", "float64", "uint8", "int64", "bfloat16"):
    for target in DTYPES:
        table.add(
            f"cast_{source}_to_{target}",
            lambda tf, source=source, target=target: tf.cast(
                tf.constant(np.array([0, 1, 100, 1]), source)
                if source != "bool"
                else tf.constant([True, False]),
                target,
            ),
        )
table.add("cast_truncates", lambda tf: tf.cast([1.9, -1.9, 0.5, -0.5], tf.int32))
table.add("cast_wraps", lambda tf: tf.cast([300, -1, 128], tf.uint8))
table.add("cast_to_complex", lambda tf: tf.cast([1.0, 2.0], tf.complex64))
table.add(
    "cast_from_complex", lambda tf: tf.cast(tf.constant([1 + 2j, 3j]), tf.float32)
)
table.add("cast_of_nan_to_bool", lambda tf: tf.cast([np.nan, 0.0, -0.0, 2.0], tf.bool))
table.add(
    "cast_string", lambda tf: tf.cast(["1"], tf.int32), raises="UnimplementedError"
)
table.add("saturate_cast", lambda tf: tf.saturate_cast([300.0, -5.0, 7.5], tf.uint8))
table.add(
    "to_functions",
    lambda tf: [
        tf.to_float([1, 2]),
        tf.to_double([1]),
        tf.to_int32([1.7]),
        tf.to_int64([2.2]),
        tf.to_bfloat16([1.5]),
        tf.to_complex64([1.0]),
        tf.to_complex128([2.0]),
    ],
)
table.add(
    "bitcast",
    lambda tf: [
        tf.bitcast(tf.constant([1.0, -2.0]), tf.int32),
        tf.bitcast(tf.constant([[1, 2], [3, 4]], tf.int32), tf.int64),
        tf.bitcast(tf.constant([258], tf.int16), tf.uint8),
    ],
)
