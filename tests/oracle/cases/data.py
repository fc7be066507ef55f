"""tf.data: what datasets give, element by element, and how their iterators behave."""

import gzip
import tempfile
import zlib

import numpy as np

from tests.oracle.programs import Program, Table

table = Table()

A = np.arange(12, dtype=np.float32).reshape(6, 2)
B = np.array([3, 1, 2, 5, 4, 0])
MOST = 40


def flat(element):
    if isinstance(element, dict):
        return [leaf for key in sorted(element) for leaf in flat(element[key])]
    # A SparseTensor is a leaf here, its value a namedtuple.
    if isinstance(element, tuple):
        return [leaf for part in element for leaf in flat(part)]
    return [element]


def described(element):
    """Dtypes and static shapes of a symbolic element."""
    leaves = flat(element)
    return [shape_of(leaf) for leaf in leaves], [leaf.dtype.name for leaf in leaves]


def shape_of(leaf):
    shape = leaf.get_shape()
    if shape.ndims is None:
        return None
    # Of a sparse tensor TensorFlow 1.9 knows the rank only.
    return shape.ndims if hasattr(leaf, "dense_shape") else shape.as_list()


def drawn(tf, sess, element, most=MOST):
    """The values of an element until they end; errors by their type."""
    found = []
    for _ in range(most):
        try:
            found.append(sess.run(element))
        except tf.errors.OutOfRangeError:
            found.append("end")
            break
        except tf.errors.OpError as error:
            found.append(type(error).__name__)
    return found


def add(name, build, **options):
    """A program that gives what a dataset is and holds."""

    def run(tf, sess):
        dataset = build(tf)
        element = dataset.make_one_shot_iterator().get_next()
        return described(element), drawn(tf, sess, element)

    table.append(Program(name, run, is_script=True, **options))


def slices(tf, *tensors):
    given = tensors[0] if len(tensors) == 1 else tensors
    return tf.data.Dataset.from_tensor_slices(given)


def numbers(tf, *args):
    return tf.data.Dataset.range(*args)


# -- sources ---------------------------------------------------------------------------

add("tensors", lambda tf: tf.data.Dataset.from_tensors((A, B)))
add("tensors_dict", lambda tf: tf.data.Dataset.from_tensors({"b": 1, "a": [2.0]}))
add("slices", lambda tf: slices(tf, A))
add("slices_tuple", lambda tf: slices(tf, A, B))
add("slices_nested", lambda tf: slices(tf, A, {"y": B, "x": (A, ["a"] * 6)}))
add("slices_list", lambda tf: slices(tf, [1, 2, 3]))
add("slices_strings", lambda tf: slices(tf, ["a", "bc", ""]))
add("slices_empty", lambda tf: slices(tf, np.zeros((0, 3))))
add("slices_bool", lambda tf: slices(tf, [True, False]))
add("slices_of_tensor", lambda tf: slices(tf, tf.constant(A) * 2.0))
add("range", lambda tf: numbers(tf, 5))
add("range_start", lambda tf: numbers(tf, 2, 5))
add("range_step", lambda tf: numbers(tf, 10, 0, -3))
add("range_empty", lambda tf: numbers(tf, 5, 2))
add("zip", lambda tf: tf.data.Dataset.zip((numbers(tf, 3), slices(tf, A))))
add(
    "zip_nested",
    lambda tf: tf.data.Dataset.zip((numbers(tf, 3), (slices(tf, B), slices(tf, A)))),
)
add(
    "zip_dict",
    lambda tf: tf.data.Dataset.zip({"a": numbers(tf, 3), "b": numbers(tf, 2)}),
)
add("scalar_slices", lambda tf: slices(tf, 1), raises="ValueError")
add("unequal_slices", lambda tf: slices(tf, A, [1, 2]), raises="ValueError")
add("list_zip", lambda tf: tf.data.Dataset.zip([numbers(tf, 3)]), raises="TypeError")
add("generator", lambda tf: tf.data.Dataset.from_generator(range(4).__iter__, tf.int64))
add(
    "generator_pairs",
    lambda tf: tf.data.Dataset.from_generator(
        lambda: ((i, [i] * i) for i in range(4)),
        (tf.int32, tf.float32),
        (tf.TensorShape([]), tf.TensorShape([None])),
    ),
)
add(
    "generator_strings",
    lambda tf: tf.data.Dataset.from_generator(lambda: iter(["a", "bb"]), tf.string, []),
)
add(
    "generator_dicts",
    lambda tf: tf.data.Dataset.from_generator(
        lambda: ({"a": i, "b": i + 0.5} for i in range(3)),
        {"a": tf.int64, "b": tf.float32},
    ),
)
add(
    "generator_with_args",
    lambda tf: tf.data.Dataset.from_generator(
        lambda n, m: iter(range(n, m)), tf.int64, [], args=(1, tf.constant(4))
    ),
)
add(
    "generator_twice",
    lambda tf: tf.data.Dataset.from_generator(
        lambda: iter([1, 2]), tf.int64, []
    ).repeat(2),
)
add(
    "generator_of_a_wrong_type",
    lambda tf: tf.data.Dataset.from_generator(lambda: iter([1, "a"]), tf.int64, []),
)
add(
    "generator_of_a_wrong_shape",
    lambda tf: tf.data.Dataset.from_generator(lambda: iter([1, [2]]), tf.int64, []),
)
add(
    "no_generator",
    lambda tf: tf.data.Dataset.from_generator(3, tf.int64),
    raises="TypeError",
)

# -- order and number ------------------------------------------------------------------

add("repeat", lambda tf: numbers(tf, 3).repeat(2))
add("repeat_none", lambda tf: numbers(tf, 3).repeat().take(7))
add("repeat_0", lambda tf: numbers(tf, 3).repeat(0))
add("repeat_empty", lambda tf: numbers(tf, 0).repeat())
add("take", lambda tf: numbers(tf, 9).take(2))
add("take_all", lambda tf: numbers(tf, 3).take(-1))
add("skip", lambda tf: numbers(tf, 9).skip(6))
add("skip_all", lambda tf: numbers(tf, 9).skip(-1))
add("skip_and_take_rows", lambda tf: slices(tf, A, B).skip(1).take(3).repeat(2))
add("shard", lambda tf: numbers(tf, 9).shard(3, 1))
add("concatenate", lambda tf: numbers(tf, 2).concatenate(numbers(tf, 5, 7)))
add(
    "concatenate_shapes",
    lambda tf: slices(tf, A).concatenate(slices(tf, np.ones((1, 3), np.float32))),
)
add(
    "concatenate_types",
    lambda tf: numbers(tf, 2).concatenate(slices(tf, A)),
    raises="TypeError",
)
add("prefetch", lambda tf: numbers(tf, 5).prefetch(2))
add("prefetch_0", lambda tf: numbers(tf, 5).prefetch(0))
add("cache", lambda tf: numbers(tf, 3).map(lambda x: x * x).cache().repeat(2))
add("cache_rows", lambda tf: slices(tf, A).cache().repeat(2).batch(4))
add("apply", lambda tf: numbers(tf, 3).apply(lambda d: d.repeat(2)))
add("batch_of_0", lambda tf: numbers(tf, 3).batch(0))
add("step_of_0", lambda tf: numbers(tf, 1, 3, 0))

# -- functions -------------------------------------------------------------------------

add("map", lambda tf: numbers(tf, 4).map(lambda x: x * x))
add("map_two", lambda tf: slices(tf, A, B).map(lambda a, b: (a * 2.0, b)))
add("map_to_dict", lambda tf: slices(tf, A, B).map(lambda a, b: {"s": a, "t": b}))
add("map_of_dict", lambda tf: slices(tf, {"x": A, "y": B}).map(lambda d: d["x"][0]))
add("map_list", lambda tf: numbers(tf, 3).map(lambda x: [x, x + 1]))
add("map_parallel", lambda tf: numbers(tf, 20).map(lambda x: x + 1, 4))
add("map_strings", lambda tf: slices(tf, ["1,2", "3"]).map(lambda s: s + "!"))
add("map_number", lambda tf: numbers(tf, 2).map(lambda x: 7))
add("map_py_func", lambda tf: numbers(tf, 3).map(
    lambda x: tf.py_func(lambda v: v * 2, [x], tf.int64)))  # fmt: skip
add("map_cond", lambda tf: numbers(tf, 4).map(
    lambda x: tf.cond(x > 1, lambda: x * 10, lambda: -x)))  # fmt: skip
add("map_loop", lambda tf: numbers(tf, 4).map(
    lambda x: tf.while_loop(lambda i: i < x, lambda i: i + 2, [tf.zeros_like(x)])))  # fmt: skip
add("map_error", lambda tf: slices(tf, [1, 0, 2]).map(lambda x: 6 // x))
add("map_check", lambda tf: slices(tf, [1.0, 0.0, 2.0]).map(
    lambda x: tf.check_numerics(1 / x, "bad")))  # fmt: skip
add("map_captures", lambda tf: numbers(tf, 3).map(
    (lambda c: lambda x: x + c)(tf.constant(10, tf.int64))))  # fmt: skip
add("map_ends", lambda tf: numbers(tf, 6).map(
    lambda x: tf.py_func(stops, [x], tf.int64)), raises=None)  # fmt: skip
add("flat_map", lambda tf: numbers(tf, 4).flat_map(
    lambda x: tf.data.Dataset.from_tensors(x).repeat(x)))  # fmt: skip
add("flat_map_rows", lambda tf: slices(tf, A).flat_map(
    lambda row: tf.data.Dataset.from_tensor_slices(row)))  # fmt: skip
for cycle, block in ((1, 1), (2, 1), (3, 2), (5, 3)):
    add(
        f"interleave_{cycle}_{block}",
        lambda tf, c=cycle, b=block: numbers(tf, 4).interleave(
            lambda x: tf.data.Dataset.from_tensors(x).repeat(x + 1), c, b
        ),
    )
add("filter", lambda tf: numbers(tf, 9).filter(lambda x: x % 3 > 0))
add("filter_two", lambda tf: slices(tf, A, B).filter(lambda a, b: b > 2))
add("filter_number", lambda tf: numbers(tf, 3).filter(lambda x: x), raises="ValueError")
add("filter_vector", lambda tf: slices(tf, A).filter(lambda x: x > 1),
    raises="ValueError")  # fmt: skip


def stops(x):
    if x > 2:
        raise StopIteration
    return x


# -- batches ---------------------------------------------------------------------------

add("batch", lambda tf: slices(tf, A, B).batch(4))
add("batch_drops", lambda tf: slices(tf, A, B).batch(4, drop_remainder=True))
add("batch_mapped", lambda tf: numbers(tf, 5).map(lambda x: (x, [x])).batch(2))
add("batch_twice", lambda tf: numbers(tf, 7).batch(2).batch(2))
add("batch_strings", lambda tf: slices(tf, ["a", "b", "c"]).batch(2))
add("batch_string_rows", lambda tf: slices(tf, [["a", "b"], ["c", "d"]]).batch(2))
add("batch_unequal", lambda tf: numbers(tf, 4).map(lambda x: tf.range(x)).batch(2))
add("batch_repeat_batch", lambda tf: slices(tf, A).repeat(2).batch(5).take(2))
add("batch_by_tensor", lambda tf: numbers(tf, 5).batch(tf.constant(2, tf.int64)))


def ranges(tf):
    return numbers(tf, 5).map(lambda x: tf.range(x))


add("padded", lambda tf: ranges(tf).padded_batch(2, [None]))
add("padded_shape", lambda tf: ranges(tf).padded_batch(3, [6]))
add("padded_shape_object", lambda tf: ranges(tf).padded_batch(3, tf.TensorShape([6])))
add("padded_drops", lambda tf: ranges(tf).padded_batch(2, [None], drop_remainder=True))
add("padded_value", lambda tf: ranges(tf).padded_batch(
    2, [None], padding_values=tf.constant(-1, tf.int64)))  # fmt: skip
add("padded_too_small", lambda tf: ranges(tf).padded_batch(3, [1]))
add("padded_pairs", lambda tf: ranges(tf).map(lambda r: (r, tf.size(r))).padded_batch(
    2, ([None], [])))  # fmt: skip
add("padded_strings", lambda tf: numbers(tf, 3).map(
    lambda n: tf.fill([tf.cast(n, tf.int32)], "x")).padded_batch(3, [None], "-"))  # fmt: skip
add("padded_rank", lambda tf: ranges(tf).padded_batch(2, [None, None]),
    raises="ValueError")  # fmt: skip
add("padded_type", lambda tf: ranges(tf).padded_batch(2, [None], 0.5),
    raises="TypeError")  # fmt: skip
add("window", lambda tf: numbers(tf, 7).window(3).flat_map(lambda w: w.batch(3)))
for frame in ((3, 1, 1, True), (3, 2, 2, True), (2, 3, 1, False), (2, 3, 2, False)):
    add(
        "window_" + "_".join(map(str, map(int, frame))),
        lambda tf, f=frame: numbers(tf, 9).window(*f).flat_map(lambda w: w.batch(9)),
    )
add("window_pairs", lambda tf: slices(tf, A, B).window(2).flat_map(
    lambda a, b: tf.data.Dataset.zip((a.batch(2), b.batch(2)))))  # fmt: skip

# -- sparse ----------------------------------------------------------------------------


def sparse(tf):
    return tf.SparseTensor([[0, 1], [1, 2], [1, 3]], [5, 6, 7], [3, 4])


add("sparse", lambda tf: tf.data.Dataset.from_tensors(sparse(tf)))
add("sparse_slices", lambda tf: slices(tf, sparse(tf)))
add("sparse_batch", lambda tf: slices(tf, sparse(tf)).batch(2))
add("sparse_map", lambda tf: slices(tf, sparse(tf)).map(
    lambda s: tf.reduce_sum(tf.sparse_tensor_to_dense(s), 0)))  # fmt: skip
add("sparse_made", lambda tf: numbers(tf, 3).map(
    lambda x: tf.SparseTensor([[x]], [x], [4])))  # fmt: skip
add("sparse_rows", lambda tf: tf.data.Dataset.from_sparse_tensor_slices(sparse(tf)))

# -- experimental ----------------------------------------------------------------------


def applied(name, build, source=numbers):
    add(name, lambda tf: source(tf, 7).apply(build(tf.data.experimental)))


applied("map_and_batch", lambda e: e.map_and_batch(lambda x: (x, x * x), 3))
applied("map_and_batch_drops", lambda e: e.map_and_batch(
    lambda x: x, 3, drop_remainder=True))  # fmt: skip
applied("unbatch", lambda e: lambda d: e.unbatch()(d.batch(3)))
applied("enumerate", lambda e: e.enumerate_dataset(5))
applied("scan", lambda e: e.scan(np.int64(0), lambda s, x: (s + x, s * 10)))
applied("group_by_window", lambda e: e.group_by_window(
    lambda x: x % 3, lambda key, w: w.batch(2), 2))  # fmt: skip
applied("group_by_window_size", lambda e: e.group_by_window(
    lambda x: x % 2, lambda key, w: w.batch(9), None, lambda key: key + 2))  # fmt: skip
add("dense_to_sparse", lambda tf: ranges(tf).apply(
    tf.data.experimental.dense_to_sparse_batch(3, [8])))  # fmt: skip
add("ignore_errors", lambda tf: slices(tf, [1, 0, 2]).map(lambda x: 6 // x).apply(
    tf.data.experimental.ignore_errors()))  # fmt: skip
add("choose", lambda tf: tf.data.experimental.choose_from_datasets(
    [numbers(tf, 3), numbers(tf, 10, 12)],
    slices(tf, np.array([0, 1, 1, 0, 0, 1], np.int64))))  # fmt: skip
add("bucket", lambda tf: ranges(tf).apply(
    tf.data.experimental.bucket_by_sequence_length(
        lambda r: tf.size(r), [2, 4], [2, 2, 1])))  # fmt: skip


# -- files -----------------------------------------------------------------------------


def in_file(name, content, build, most=MOST):
    """A program whose dataset reads a file."""

    def run(tf, sess):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{name}"
            with open(path, "wb") as file:
                file.write(content)
            element = build(tf, path).make_one_shot_iterator().get_next()
            return described(element), drawn(tf, sess, element, most)

    table.append(Program(name, run, is_script=True))


TEXT = b"one\r\ntwo\n\nlast"
in_file("lines", TEXT, lambda tf, p: tf.data.TextLineDataset(p))
in_file("lines_twice", TEXT, lambda tf, p: tf.data.TextLineDataset([p, p]).skip(2))
in_file("lines_gzip", gzip.compress(TEXT, mtime=0),
        lambda tf, p: tf.data.TextLineDataset(p, "GZIP"))  # fmt: skip
in_file("lines_zlib", zlib.compress(TEXT),
        lambda tf, p: tf.data.TextLineDataset(p, "ZLIB"))  # fmt: skip
# What cannot be read fails again and again there, and once here.
in_file("lines_bad_gzip", TEXT, lambda tf, p: tf.data.TextLineDataset(p, "GZIP"), 1)
in_file("lines_missing", TEXT, lambda tf, p: tf.data.TextLineDataset(p + ".not"), 1)
in_file("fixed", b"HHabcdefghF",
        lambda tf, p: tf.data.FixedLengthRecordDataset(p, 4, 2, 1))  # fmt: skip
in_file("fixed_bad", b"HHabcdefgF",
        lambda tf, p: tf.data.FixedLengthRecordDataset(p, 4, 2, 1), 1)  # fmt: skip
in_file("fixed_zlib", zlib.compress(b"HHabcdefghF"),
        lambda tf, p: tf.data.FixedLengthRecordDataset(
            p, 4, 2, 1, compression_type="ZLIB"))  # fmt: skip
in_file("no_tf_record", TEXT, lambda tf, p: tf.data.TFRecordDataset(p).take(1))
CSV = b'id,x,name\n1,0.5,"a ""b"""\n2,,c\n,1e3,"d,e"\n4,bad,f\n5,6\n7,8,9,10\n'
in_file("csv", CSV, lambda tf, p: tf.data.experimental.CsvDataset(
    p, [tf.int32, tf.float32, tf.string], header=True).take(8))  # fmt: skip
in_file("csv_defaults", CSV, lambda tf, p: tf.data.experimental.CsvDataset(
    p, [tf.constant([-1], tf.int64), tf.constant([0.5]), tf.constant([""])],
    header=True))  # fmt: skip
in_file("csv_columns", CSV, lambda tf, p: tf.data.experimental.CsvDataset(
    p, [tf.string], header=True, select_cols=[2]))  # fmt: skip
in_file("csv_delimiter", b"1;2\n3;\n", lambda tf, p: tf.data.experimental.CsvDataset(
    p, [[0], [7]], field_delim=";"))  # fmt: skip
in_file("csv_dataset", b"a,b,c\n1,0.5,x\n2,1.5,y\n3,2.5,z\n",
        lambda tf, p: tf.data.experimental.make_csv_dataset(
            p, 2, label_name="c", shuffle=False, num_epochs=1))  # fmt: skip


# -- iterators -------------------------------------------------------------------------


@table.script()
def initializable(tf, sess):
    n = tf.placeholder(tf.int64, [])
    iterator = numbers(tf, n).make_initializable_iterator()
    element = iterator.get_next()
    early = drawn(tf, sess, element, 1)
    sess.run(iterator.initializer, {n: 3})
    first = drawn(tf, sess, element, 2)
    sess.run(iterator.initializer, {n: 2})
    return early, first, drawn(tf, sess, element)


@table.script()
def reinitializable(tf, sess):
    iterator = tf.data.Iterator.from_structure(tf.int64, tf.TensorShape([]))
    first = iterator.make_initializer(numbers(tf, 2))
    second = iterator.make_initializer(numbers(tf, 5, 7))
    element = iterator.get_next()
    found = []
    for start in (first, second, first):
        sess.run(start)
        found.append(drawn(tf, sess, element))
    return found


@table.script()
def feedable(tf, sess):
    handle = tf.placeholder(tf.string, [])
    iterator = tf.data.Iterator.from_string_handle(handle, tf.int64, [])
    element = iterator.get_next()
    one = numbers(tf, 3).make_one_shot_iterator()
    two = numbers(tf, 10, 13).make_initializable_iterator()
    sess.run(two.initializer)
    handles = [sess.run(one.string_handle()), sess.run(two.string_handle())]
    return [sess.run(element, {handle: handles[i]}) for i in (0, 1, 0, 1, 1)]


@table.script(raises="ValueError")
def one_shot_of_placeholder(tf, sess):
    slices(tf, tf.placeholder(tf.float32, [None])).make_one_shot_iterator()


@table.script(raises="ValueError")
def one_shot_of_variable(tf, sess):
    v = tf.Variable(1, dtype=tf.int64)
    numbers(tf, 3).map(lambda x: x + v).make_one_shot_iterator()


@table.script()
def variables_in_maps(tf, sess):
    v = tf.Variable(10, dtype=tf.int64)
    iterator = numbers(tf, 3).map(lambda x: x + v).make_initializable_iterator()
    element = iterator.get_next()
    sess.run(v.initializer)
    sess.run(iterator.initializer)
    return drawn(tf, sess, element)


@table.script(raises="ValueError")
def one_shot_has_no_initializer(tf, sess):
    return numbers(tf, 3).make_one_shot_iterator().initializer


@table.script(raises="TypeError")
def initializer_of_another_type(tf, sess):
    iterator = tf.data.Iterator.from_structure(tf.float32, tf.TensorShape([]))
    iterator.make_initializer(numbers(tf, 3))


@table.script()
def two_steps_of_one_iterator(tf, sess):
    iterator = numbers(tf, 6).make_one_shot_iterator()
    a, b = iterator.get_next(), iterator.get_next()
    return sorted(int(v) for v in sess.run([a, b])), drawn(tf, sess, a)


@table.script()
def reduce(tf, sess):
    total = numbers(tf, 5).reduce(np.int64(0), lambda s, x: s + x)
    pair = slices(tf, A).reduce(
        (0, np.zeros(2, np.float32)), lambda s, x: (s[0] + 1, s[1] + x)
    )
    return sess.run([total, pair])


@table.script()
def single_element(tf, sess):
    dataset = tf.data.Dataset.from_tensors((1, 2.0))
    return sess.run(tf.data.experimental.get_single_element(dataset))


@table.script()
def structure(tf, sess):
    dataset = slices(tf, (A, {"k": B})).batch(2)
    types, shapes = dataset.output_types, dataset.output_shapes
    return (
        [types[0].name, types[1]["k"].name],
        [shapes[0].as_list(), shapes[1]["k"].as_list()],
    )


@table.script()
def training_by_batches(tf, sess):
    x = np.linspace(0, 1, 20, dtype=np.float32)
    dataset = slices(tf, x, 3 * x + 1).batch(5).repeat(60)
    a, b = dataset.make_one_shot_iterator().get_next()
    w, c = tf.Variable(0.0), tf.Variable(0.0)
    loss = tf.reduce_mean(tf.square(w * a + c - b))
    step = tf.train.GradientDescentOptimizer(0.2).minimize(loss)
    sess.run(tf.global_variables_initializer())
    for _ in range(240):
        sess.run(step)
    return sess.run([w, c])
