"""Session.run: fetches, feeds, callables, errors; checks, py_func, sparse, text."""

import collections

import numpy as np

from tests.oracle.programs import Table

table = Table()
Point = collections.namedtuple("Point", "x y")


def x_of(tf, dtype="float32", shape=None):
    """The placeholder `x`."""
    return tf.placeholder(dtype, shape, name="x")


# Fetches.
table.add(
    "fetch_structure",
    lambda tf: {
        "a": tf.constant(1),
        "b": [tf.constant(2.5), (tf.constant("s"), tf.no_op())],
        "c": Point(tf.constant([1]), tf.constant(True)),
        "d": [],
        "e": {},
    },
)
table.add("fetch_twice", lambda tf: [t := tf.constant(3), t, [t]])
table.add("fetch_operation", lambda tf: tf.no_op())
table.add("fetch_by_name", lambda tf: [tf.constant(3, name="c"), "c:0"][1])
table.add("fetch_operation_by_name", lambda tf: [tf.constant(3, name="c"), "c"][1])
table.add("fetch_variable", lambda tf: tf.Variable([1.0, 2.0]))
table.add("fetch_none", lambda tf: [tf.no_op(), None][1], raises="TypeError")
table.add("fetch_none_inside", lambda tf: [tf.constant(1), None], raises="TypeError")
table.add("fetch_number", lambda tf: [tf.no_op(), 5][1], raises="TypeError")
table.add(
    "fetch_unknown_name", lambda tf: [tf.no_op(), "nothing:0"][1], raises="ValueError"
)
table.add(
    "fetch_bad_output",
    lambda tf: [tf.constant(1, name="c"), "c:5"][1],
    raises="ValueError",
)
table.add("fetch_sparse", lambda tf: tf.SparseTensor([[0, 1]], [5.0], [2, 3]))
table.add(
    "fetch_indexed_slices",
    lambda tf: tf.IndexedSlices(tf.constant([1.0]), tf.constant([2])),
    any_static_shape=True,  # one of a tensor it is not
)
table.add("fetch_of_another_graph", lambda tf: other_graph(tf), raises="ValueError")


def other_graph(tf):
    """A tensor that does not belong here."""
    tf.no_op()
    with tf.Graph().as_default():
        return tf.constant(1)


# Feeds: what is converted, what is refused.
FEEDS = {
    "list": ("float32", [None], [1, 2, 3]),
    "array_of_other_dtype": ("float32", [2], np.float64([1, 2])),
    "python_float_to_scalar": ("float32", [], 1.5),
    "int_to_float": ("float32", [], 3),
    "bool": ("bool", [], True),
    "empty": ("float32", [None, 2], np.zeros((0, 2))),
    "string": ("string", [], "text"),
    "bytes": ("string", [2], [b"a", b"\xff\x00"]),
    "unicode": ("string", [], "é"),
    "string_array": ("string", [2], np.array(["a", "bc"])),
    "complex": ("complex64", [2], [1j, 2]),
    "half": ("float16", [1], [0.1]),
    "uint8": ("uint8", [2], [0, 255]),
    "int64": ("int64", [], 2**40),
    "partly_known": ("float32", [None, 2], [[1, 2], [3, 4]]),
    "unknown": ("float32", None, [[[1.0]]]),
    "nested_arrays": ("float32", [2, 2], [np.float32([1, 2]), np.float32([3, 4])]),
    "nan": ("float32", [2], [np.nan, np.inf]),
    "float_for_int": ("int32", [], 1.5),
    "none": ("float32", [], None),
}
for name, (dtype, shape, value) in FEEDS.items():
    table.add(
        f"feed_{name}",
        lambda tf, d=dtype, s=shape: tf.identity(x_of(tf, d, s)),
        {"x:0": value},
    )
    table.add(
        f"feed_and_fetch_{name}",
        lambda tf, d=dtype, s=shape: x_of(tf, d, s),
        {"x:0": value},
    )
BAD_FEEDS = {
    "shape": ("float32", [2], [1, 2, 3], "ValueError"),
    "rank": ("float32", [None], [[1]], "ValueError"),
    "text_for_number": ("float32", [], "a", "ValueError"),
    "large_int": ("int32", [], 2**40, "TypeError"),
    "ragged": ("float32", None, [[1], [2, 3]], "ValueError"),
}
for name, (dtype, shape, value, error) in BAD_FEEDS.items():
    table.add(
        f"bad_feed_{name}",
        lambda tf, d=dtype, s=shape: tf.identity(x_of(tf, d, s)),
        {"x:0": value},
        raises=error,
    )
table.add("not_fed", lambda tf: x_of(tf) + 1, raises="InvalidArgumentError")
table.add("not_fed_but_not_needed", lambda tf: [x_of(tf), tf.constant(1)][1])
table.add(
    "feed_unknown_name", lambda tf: tf.constant(1), {"y:0": 1}, raises="TypeError"
)
table.add(
    "feed_any_tensor", lambda tf: tf.square(tf.constant(3.0, name="c")), {"c:0": 5.0}
)
table.add(
    "feed_cuts_the_graph",
    lambda tf: tf.identity(x_of(tf) + 1, name="y") * 2,
    {"y:0": 10.0},
)
table.add("feed_variable", lambda tf: named_variable(tf) * 2, {"v:0": 7.0})


def named_variable(tf):
    """A variable called v."""
    return tf.Variable(1.0, name="v")


@table.script()
def feed_sparse(tf, sess):
    s = tf.sparse_placeholder(tf.float32)
    value = tf.SparseTensorValue([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
    dense = tf.sparse_tensor_to_dense(s)
    return [sess.run(dense, {s: value}), sess.run(s, {s: tuple(value)})]


@table.script()
def feed_by_operation_is_refused(tf, sess):
    p = tf.placeholder(tf.float32, [])
    try:
        sess.run(p, {p.op: 1.0})
    except Exception as error:
        return type(error).__name__


@table.script()
def callables(tf, sess):
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [2])
    one = sess.make_callable(a * b, [a, b])
    several = sess.make_callable([a + 1, {"s": a - 1}], [a])
    return [one(2.0, [1.0, 2.0]), several(5.0), sess.make_callable(tf.no_op())()]


@table.script()
def callable_with_wrong_count(tf, sess):
    a = tf.placeholder(tf.float32, [])
    run = sess.make_callable(a * 2, [a])
    try:
        run()
    except Exception as error:
        return type(error).__name__


@table.script(raises="RuntimeError")
def use_after_close(tf, sess):
    c = tf.constant(1)
    sess.close()
    sess.run(c)


@table.script()
def extension_between_runs(tf, sess):
    a = tf.constant(2)
    first = sess.run(a)
    return [first, sess.run(a * 3)]


@table.script(raises="RuntimeError")
def finalized_graph(tf, sess):
    tf.get_default_graph().finalize()
    tf.constant(1)


@table.script()
def as_graph_element(tf, sess):
    graph = tf.get_default_graph()
    c = tf.constant(1, name="c")
    found = [
        graph.as_graph_element("c:0") is c,
        graph.get_operation_by_name("c") is c.op,
    ]
    for name in ("c:1", "d", "d:0", "c:x", "^c"):
        try:
            graph.as_graph_element(name)
        except Exception as error:
            found.append((name, type(error).__name__))
    return found


@table.script()
def errors_carry_their_op(tf, sess):
    x = tf.placeholder(tf.int32, [], name="x")
    quotient = tf.floordiv(1, x, name="quotient")
    try:
        sess.run(quotient, {x: 0})
    except tf.errors.OpError as error:
        return [error.op.name, error.error_code, error.node_def.op]


@table.script()
def graph_def_round_trip(tf, sess):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    tf.add(tf.matmul(x, [[1.0], [2.0]]), 0.5, name="y")
    definition = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default():
        (y,) = tf.import_graph_def(definition, return_elements=["y:0"], name="copy")
        with tf.Session() as other:
            value = other.run(y, {"copy/x:0": [[1.0, 1.0]]})
    # TensorFlow 2 adds with a newer op.
    kinds = [node.op.replace("AddV2", "Add") for node in definition.node]
    nodes = [(node.name, list(node.input)) for node in definition.node]
    return [value, y.name, kinds, nodes]


# Checks, printing, Python functions.
table.add("check_numerics", lambda tf: tf.check_numerics([1.0, 2.0], "fine"))
table.add(
    "check_numerics_nan",
    lambda tf: tf.check_numerics([1.0, np.nan], "bad"),
    raises="InvalidArgumentError",
)
table.add(
    "verify_tensor_all_finite", lambda tf: tf.verify_tensor_all_finite([1.0], "m")
)
table.add("print_passes_on", lambda tf: tf.Print([1.0, 2.0], [[3]], "note "))
ASSERTIONS = {
    "assert_equal": ([1, 2], [1, 2], [1, 3]),
    "assert_less": ([1, 2], [2, 3], [1, 3]),
    "assert_less_equal": ([1, 2], [1, 3], [0, 3]),
    "assert_greater": ([2, 3], [1, 2], [2, 2]),
    "assert_greater_equal": ([2, 3], [2, 3], [3, 2]),
    "assert_none_equal": ([1, 2], [2, 3], [1, 3]),
}
for name, (left, right, wrong) in ASSERTIONS.items():
    for other, error in ((right, None), (wrong, "InvalidArgumentError")):
        table.add(
            f"{name}_{'fails' if error else 'holds'}",
            lambda tf, name=name, left=left: asserted(
                tf, lambda x: getattr(tf, name)(tf.constant(left), x)
            ),
            {"x:0": other},
            raises=error,
        )
for name in ("assert_positive", "assert_non_negative", "assert_negative"):
    table.add(
        name,
        lambda tf, name=name: asserted(tf, getattr(tf, name)),
        {"x:0": [0, 0]},
        raises=None if name == "assert_non_negative" else "InvalidArgumentError",
    )
table.add("assert_rank", lambda tf: tf.assert_rank([[1]], 1), raises="ValueError")
table.add("assert_type", lambda tf: tf.assert_type([1], tf.float32), raises="TypeError")


def asserted(tf, check):
    """A value that depends on a check of the placeholder."""
    x = x_of(tf, "int32")
    with tf.control_dependencies([check(x)]):
        return tf.identity(x)


table.add(
    "assert_fails",
    lambda tf: tf.Assert(x_of(tf, "bool"), [tf.constant([1, 2])]),
    {"x:0": False},
    raises="InvalidArgumentError",
)
table.add("assert_holds", lambda tf: tf.Assert(x_of(tf, "bool"), ["s"]), {"x:0": True})
table.add(
    "py_func",
    lambda tf: tf.py_func(
        lambda a, b: (np.float32(a + b), np.str_("s").encode()),
        [[1.0, 2.0], 3.0],
        [tf.float32, tf.string],
    ),
)
table.add("py_func_without_output", lambda tf: tf.py_func(lambda: None, [], []))
table.add(
    "py_func_wrong_dtype",
    lambda tf: tf.py_func(lambda: np.float64(1), [], tf.float32),
    raises="InvalidArgumentError",
)


def failing(error):
    """A function that raises."""

    def fail():
        raise error

    return fail


for error, kind in (
    (ValueError("v"), "InvalidArgumentError"),
    (KeyError("k"), "UnknownError"),
    (NotImplementedError("n"), "UnimplementedError"),
    (StopIteration(), "OutOfRangeError"),
    (TypeError("t"), "InvalidArgumentError"),
):
    table.add(
        f"py_func_{type(error).__name__}",
        lambda tf, error=error: tf.py_func(failing(error), [], tf.float32),
        raises=kind,
    )

# Random: shapes, dtypes and errors; the values are each library's own.
for name, arguments in {
    "random_normal": ([2, 3],),
    "random_uniform": ([2, 3],),
    "truncated_normal": ([2, 3],),
    "random_gamma": ([4], [1.0, 2.0]),
    "random_poisson": ([2.0, 3.0], [4]),
    "multinomial": ([[0.1, 0.9], [0.5, 0.5]], 5),
    "random_shuffle": ([1, 2, 3],),
    "random_crop": (np.zeros((4, 4), np.float32), [2, 3]),
}.items():
    table.add(
        name,
        lambda tf, name=name, arguments=arguments: getattr(tf, name)(*arguments),
        only_shapes=True,
    )
for dtype in ("float16", "float64", "int32", "int64"):
    table.add(
        f"random_uniform_{dtype}",
        lambda tf, dtype=dtype: tf.random_uniform([3], maxval=5, dtype=dtype),
        only_shapes=True,
    )
table.add(
    "random_uniform_int_without_maxval",
    lambda tf: tf.random_uniform([3], dtype=tf.int32),
    raises="ValueError",
)
table.add("random_of_fixed_range", lambda tf: tf.random_uniform([5], 3, 4, tf.int32))


@table.script()
def random_changes_from_run_to_run(tf, sess):
    tf.set_random_seed(1)
    x = tf.random_uniform([4], seed=2)
    first, second = sess.run(x), sess.run(x)
    with tf.Session() as other:
        again = other.run(x)
    return [bool((first == second).all()), bool((first == again).all())]


# Sparse tensors.
def sparse(tf, values=(1.0, 2.0, 3.0)):
    """A 3 by 4 sparse matrix."""
    return tf.SparseTensor([[0, 1], [1, 3], [2, 0]], list(values), [3, 4])


SPARSE = {
    "sparse_tensor_to_dense": lambda tf: tf.sparse_tensor_to_dense(sparse(tf)),
    "sparse_to_dense": lambda tf: tf.sparse_to_dense(
        [[0, 1], [2, 0]], [3, 2], [5, 6], 9
    ),
    "sparse_tensor_dense_matmul": lambda tf: tf.sparse_tensor_dense_matmul(
        sparse(tf), np.ones((4, 2), np.float32)
    ),
    "sparse_add": lambda tf: tf.sparse_add(sparse(tf), sparse(tf)),
    "sparse_add_dense": lambda tf: tf.sparse_add(
        sparse(tf), np.ones((3, 4), np.float32)
    ),
    "sparse_reduce_sum": lambda tf: tf.sparse_reduce_sum(sparse(tf), 1),
    "sparse_reshape": lambda tf: tf.sparse_reshape(sparse(tf), [2, -1]),
    "sparse_transpose": lambda tf: tf.sparse_transpose(sparse(tf)),
    "sparse_concat": lambda tf: tf.sparse_concat(0, [sparse(tf), sparse(tf)]),
    "sparse_slice": lambda tf: tf.sparse_slice(sparse(tf), [0, 0], [2, 2]),
    "sparse_reorder": lambda tf: tf.sparse_reorder(
        tf.SparseTensor([[1, 0], [0, 1]], [1.0, 2.0], [2, 2])
    ),
    "sparse_retain": lambda tf: tf.sparse_retain(sparse(tf), [True, False, True]),
    "sparse_mask": lambda tf: tf.sparse_mask(
        tf.IndexedSlices(tf.constant([[1], [2]]), tf.constant([4, 7])), [4]
    ),
    "sparse_fill_empty_rows": lambda tf: tf.sparse_fill_empty_rows(
        tf.SparseTensor([[0, 1]], [1.0], [3, 2]), 0.0
    )[0],
    "sparse_to_indicator": lambda tf: tf.sparse_to_indicator(
        tf.SparseTensor([[0, 0], [1, 1]], np.int64([1, 0]), [2, 2]), 3
    ),
    "sparse_softmax": lambda tf: tf.sparse_softmax(sparse(tf)),
    "sparse_times_dense": lambda tf: sparse(tf) * np.full((3, 4), 2.0, np.float32),
}
for name, function in SPARSE.items():
    table.add(name, function, any_static_shape=True)

# Strings.
STRINGS = {
    "as_string": lambda tf: [
        tf.as_string([1, -2]),
        tf.as_string([1.5, np.nan]),
        tf.as_string([True, False]),
        tf.as_string([3.14159], precision=2),
        tf.as_string([5], width=3, fill="0"),
    ],
    "string_to_number": lambda tf: [
        tf.string_to_number(["1.5", "-2", "nan"]),
        tf.string_to_number("7", tf.int32),
    ],
    "string_join": lambda tf: tf.string_join([["a", "b"], ["c", "d"]], "-"),
    "string_join_scalar": lambda tf: tf.string_join([["a", "b"], "c"]),
    "string_split": lambda tf: tf.string_split(["a b", "c  d e"]),
    "substr": lambda tf: tf.substr(["hello", "world"], [1, 0], [3, 2]),
    "string_strip": lambda tf: tf.string_strip(["  a ", "b"]),
    "regex_replace": lambda tf: tf.regex_replace(["a1b22"], "[0-9]+", "#"),
    "regex_full_match": lambda tf: tf.strings.regex_full_match(
        ["a1", "b"], "[a-z][0-9]"
    ),
    "string_to_hash_bucket_fast": lambda tf: tf.string_to_hash_bucket_fast(
        ["a", "b", "TensorFlow"], 1000
    ),
    "decode_raw": lambda tf: tf.decode_raw(["\x01\x00\x02\x00"], tf.int16),
    "encode_base64": lambda tf: [
        tf.encode_base64(["ab?>"]),
        tf.decode_base64(["YWI_Pg"]),
    ],
}
for name, function in STRINGS.items():
    table.add(name, function, any_static_shape=True)
table.add(
    "string_to_number_of_word",
    lambda tf: tf.string_to_number("abc"),
    raises="InvalidArgumentError",
)
