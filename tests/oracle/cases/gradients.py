"""tf.gradients: every elementwise function, structure, aggregation, sparse results."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
INSIDE = [0.3, -0.4, 0.7]
POSITIVE = [0.5, 1.5, 2.5]
EVERYWHERE = """
abs asin acos atan ceil cos cosh cumprod cumsum digamma erf erfc exp expm1 floor
identity negative round rint sigmoid sign sin sinh asinh square tan tanh log_sigmoid
reduce_sum reduce_mean reduce_prod reduce_max reduce_min reduce_logsumexp atanh
""".split()
ONLY_POSITIVE = "log log1p sqrt rsqrt lgamma reciprocal".split()
ABOVE_ONE = ["acosh"]
TWO = (
    "add subtract multiply divide maximum minimum pow squared_difference atan2".split()
)


def gradient(tf, function, *values, dtype="float32"):
    """The gradients of a function's square at some values."""
    xs = [tf.constant(value, dtype) for value in values]
    y = function(*xs)
    return named(tf, tf.gradients(y * y, xs))


def named(tf, found):
    """Gradients that can be fetched, None among them."""
    return [tf.constant("None") if g is None else g for g in found]


def points_of(name):
    """Where a function is smooth."""
    if name in ABOVE_ONE:
        return [1.5, 2.0, 3.0]
    return POSITIVE if name in ONLY_POSITIVE else INSIDE


for name in EVERYWHERE + ONLY_POSITIVE + ABOVE_ONE:
    for dtype in ("float32", "float64"):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: gradient(
                tf, getattr(tf, name), points_of(name), dtype=dtype
            ),
            tolerance=(1e-5, 1e-6),
        )
    table.add(
        f"{name}_second",
        lambda tf, name=name: second(tf, getattr(tf, name), points_of(name)),
        tolerance=(1e-4, 1e-5),
    )


def second(tf, function, value):
    """The second derivatives of a function's cube (not zero anywhere by itself)."""
    x = tf.constant(value)
    (first,) = tf.gradients(function(x) * x * x, x)
    return tf.gradients(first, x)


for name in TWO:
    for left, right in (
        ([[0.5, 1.5], [2.5, 3.0]], [1.25, 0.75]),
        (2.0, [1.0, 3.0]),
        ([[1.5], [2.5]], [[1.0, 2.0, 3.0]]),
    ):
        table.add(
            f"{name}_{np.shape(left)}_{np.shape(right)}",
            lambda tf, name=name, a=left, b=right: gradient(
                tf, getattr(tf, name), a, b
            ),
        )
table.add("maximum_tie", lambda tf: gradient(tf, tf.maximum, [1.0, 2.0], [1.0, 1.0]))
table.add("reduce_max_tie", lambda tf: gradient(tf, tf.reduce_max, [2.0, 1.0, 2.0]))
table.add("reduce_prod_zero", lambda tf: gradient(tf, tf.reduce_prod, [0.0, 3.0, 2.0]))
table.add("sqrt_at_zero", lambda tf: gradient_of(tf, tf.sqrt, [0.0, 4.0]))
table.add("pow_at_zero", lambda tf: gradient(tf, tf.pow, [0.0, 2.0], [2.0, 0.0]))
table.add("abs_at_zero", lambda tf: gradient_of(tf, tf.abs, [0.0, -0.0]))
table.add("exp_float16", lambda tf: gradient(tf, tf.exp, INSIDE, dtype="float16"))
table.add("exp_bfloat16", lambda tf: gradient(tf, tf.exp, INSIDE, dtype="bfloat16"))


def gradient_of(tf, function, value):
    """The gradient of a function itself."""
    x = tf.constant(value)
    return tf.gradients(function(x), x)


CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 10
SHAPES = {
    "reshape": lambda tf, x: tf.reshape(x, [4, 6]),
    "transpose": lambda tf, x: tf.transpose(x, [2, 0, 1]),
    "expand_dims": lambda tf, x: tf.expand_dims(x, 1),
    "squeeze": lambda tf, x: tf.squeeze(x[:1]),
    "tile": lambda tf, x: tf.tile(x, [1, 2, 1]),
    "pad": lambda tf, x: tf.pad(x, [[0, 1], [1, 0], [2, 2]]),
    "mirror_pad": lambda tf, x: tf.pad(x, [[0, 0], [1, 1], [2, 1]], "REFLECT"),
    "slice": lambda tf, x: tf.slice(x, [0, 1, 1], [2, 1, 2]),
    "concat": lambda tf, x: tf.concat([x, 2 * x], 1),
    "stack": lambda tf, x: tf.stack([x, x * x], -1),
    "unstack": lambda tf, x: tf.unstack(x, axis=1)[2],
    "split": lambda tf, x: tf.split(x, [1, 3], 2)[1],
    "gather": lambda tf, x: tf.gather(x, [1, 1, 0]),
    "gather_axis": lambda tf, x: tf.gather(x, [2, 2], axis=1),
    "gather_nd": lambda tf, x: tf.gather_nd(x, [[0, 1], [1, 2], [0, 1]]),
    "reverse": lambda tf, x: tf.reverse(x, [1]),
    "boolean_mask": lambda tf, x: tf.boolean_mask(x, x > 0.5),
    "where": lambda tf, x: tf.where(x > 1, x, x * x),
    "cast": lambda tf, x: tf.cast(tf.cast(x, tf.float64), tf.float32),
    "broadcast_to": lambda tf, x: tf.broadcast_to(x, [2, 2, 3, 4]),
    "reduce_sum_axis": lambda tf, x: tf.reduce_sum(x, [0, 2]),
    "reduce_mean_keep": lambda tf, x: tf.reduce_mean(x, 1, keepdims=True),
    "reduce_max_axis": lambda tf, x: tf.reduce_max(x, -1),
    "reduce_min_axis": lambda tf, x: tf.reduce_min(x, 0),
    "reduce_prod_axis": lambda tf, x: tf.reduce_prod(x, 2),
    "matrix_diag_part": lambda tf, x: tf.matrix_diag_part(x),
    "matrix_diag": lambda tf, x: tf.matrix_diag(x),
    "matrix_band_part": lambda tf, x: tf.matrix_band_part(x, 1, 0),
    "cumsum": lambda tf, x: tf.cumsum(x, 1, exclusive=True, reverse=True),
    "one_minus": lambda tf, x: 1 - x,
    "top_k": lambda tf, x: tf.nn.top_k(x, 2).values,
    "clip_by_value": lambda tf, x: tf.clip_by_value(x, 0.5, 1.5),
    "clip_by_norm": lambda tf, x: tf.clip_by_norm(x, 2.0),
    "batch_matmul": lambda tf, x: tf.matmul(x, x, transpose_b=True),
    "einsum": lambda tf, x: tf.einsum("bij,bkj->bik", x, x),
    "tensordot": lambda tf, x: tf.tensordot(x, x, [[0, 2], [0, 2]]),
    "norm": lambda tf, x: tf.norm(x + 1, axis=1),
    "scatter_nd": lambda tf, x: tf.scatter_nd([[3], [0]], x, [4, 3, 4]),
    "dynamic_partition": lambda tf, x: tf.dynamic_partition(x, [1, 0], 2)[1],
    "dynamic_stitch": lambda tf, x: tf.dynamic_stitch([[0, 2], [1, 3]], [x, x * x]),
    "space_to_depth": lambda tf, x: tf.space_to_depth(tf.reshape(x, [1, 4, 6, 1]), 2),
    "reverse_sequence": lambda tf, x: tf.reverse_sequence(x, [2, 1], 1, batch_axis=0),
    "moments": lambda tf, x: tf.nn.moments(x, [0])[1],
    "l2_normalize": lambda tf, x: tf.nn.l2_normalize(x, 1),
    "check_numerics": lambda tf, x: tf.check_numerics(x, "x"),
    "identity_n": lambda tf, x: tf.identity_n([x, 2 * x])[1],
    "print": lambda tf, x: tf.Print(x, []),
    "roll": lambda tf, x: tf.roll(x, 1, 1),
    "matrix_set_diag": lambda tf, x: tf.matrix_set_diag(x, [[1.0] * 3] * 2),
    "dropout": lambda tf, x: tf.nn.dropout(x, keep_prob=1.0),
}
for name, function in SHAPES.items():
    table.add(
        f"{name}_3d",
        lambda tf, function=function: gradient(tf, lambda x: function(tf, x), CUBE),
        tolerance=(1e-4, 1e-5),
        any_static_shape=name == "gather",  # TensorFlow knows less
    )


def wired(tf, **options):
    """Gradients of two ys to three xs, one of which they do not depend on."""
    x, y, z = tf.constant(2.0), tf.constant(3.0), tf.constant(4.0)
    return named(tf, tf.gradients([x * y, x**2], [x, y, z], **options))


table.add("several_ys", wired)
table.add("grad_ys", lambda tf: wired(tf, grad_ys=[tf.constant(10.0), None]))
table.add("unconnected_zero", lambda tf: wired(tf, unconnected_gradients="zero"))
for method in (0, 1, 2):
    table.add(
        f"aggregation_method_{method}",
        lambda tf, m=method: wired(tf, aggregation_method=m),
    )
table.add("colocated", lambda tf: wired(tf, colocate_gradients_with_ops=True))
table.add("gate_gradients", lambda tf: wired(tf, gate_gradients=True))


@table.script()
def stop_gradients_argument(tf, sess):
    """d(a + b) / da where b depends on a, with and without stopping."""
    a = tf.constant(0.0)
    b = 2 * a
    return sess.run(
        [
            tf.gradients(a + b, [a, b], stop_gradients=[a, b]),
            tf.gradients(a + b, [a, b]),
        ]
    )


table.add(
    "stop_gradient", lambda tf: gradient(tf, lambda x: x * tf.stop_gradient(x), [3.0])
)
table.add("of_x_itself", lambda tf: gradient_of(tf, lambda x: x, [3.0]))
table.add(
    "of_int",
    lambda tf: gradient_of(tf, lambda x: tf.cast(x, tf.int32), [3.0]),
    raises="TypeError",
)
table.add(
    "grad_ys_shape",
    lambda tf: wired(tf, grad_ys=[tf.constant([1.0, 2.0]), None]),
    raises="ValueError",
)
table.add(
    "grad_ys_dtype",
    lambda tf: wired(tf, grad_ys=[tf.constant(1), None]),
    raises="TypeError",
)
table.add("grad_ys_count", lambda tf: wired(tf, grad_ys=[None]), raises="ValueError")
table.add("hessians", lambda tf: hessian(tf))


def hessian(tf):
    """The matrix of second derivatives of a cubic form."""
    x = tf.constant([1.0, 2.0, 3.0])
    return tf.hessians(tf.reduce_sum(x**3) + x[0] * x[1], x)


@table.script()
def indexed_slices_of_a_variable(tf, sess):
    """The gradient of a gather is IndexedSlices; adding a dense one keeps values."""
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    sess.run(tf.global_variables_initializer())
    y = tf.reduce_sum(tf.gather(v, [1, 1]) ** 2)
    (sparse,) = tf.gradients(y, v)
    (mixed,) = tf.gradients(y + tf.reduce_sum(v), v)
    (twice,) = tf.gradients(y + tf.reduce_sum(tf.gather(v, [0])), v)
    dense = [tf.convert_to_tensor(g) for g in (sparse, mixed, twice)]
    return [type(sparse).__name__, sess.run(sparse), sess.run(dense)]


@table.script()
def custom_gradient(tf, sess):
    """A function with its own gradient."""

    @tf.custom_gradient
    def halved(x):
        return x * x, lambda dy: dy * 0.5

    x = tf.constant([3.0])
    y = halved(x)
    return sess.run([y, *tf.gradients(y, x)])


@table.script()
def gradient_override_map(tf, sess):
    """An op's gradient replaced by name."""
    tf.RegisterGradient("OracleTripled")(lambda op, grad: grad * 3.0)
    x = tf.constant([3.0])
    with tf.get_default_graph().gradient_override_map({"Identity": "OracleTripled"}):
        y = tf.identity(x)
    return sess.run(tf.gradients(y, x))
