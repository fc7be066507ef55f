"""What datasets do besides giving what TensorFlow's give (tests/oracle does that)."""

import gc
import itertools
import threading
import time

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import function, raw

Dataset = tf.data.Dataset


def drawn(dataset, most=1000):
    """The elements, by an iterator of a session of their own."""
    element = dataset.make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as sess:
        for _ in range(most):
            try:
                found.append(sess.run(element))
            except tf.errors.OutOfRangeError:
                break
    return found


def ints(dataset, most=1000):
    return [int(x) for x in drawn(dataset, most)]


# -- random order ----------------------------------------------------------------------


def test_shuffle_gives_each_element_once():
    found = ints(Dataset.range(100).shuffle(30))
    assert sorted(found) == list(range(100))
    assert found != list(range(100))


def test_a_small_buffer_keeps_elements_near_their_place():
    found = ints(Dataset.range(100).map(lambda x: x).shuffle(10))
    assert sorted(found) == list(range(100))
    assert all(x < place + 10 for place, x in enumerate(found))


@pytest.mark.parametrize("rows", [True, False])
def test_seeds_repeat_an_order(rows):
    def order(seed):
        with tf.Graph().as_default():
            source = Dataset.from_tensor_slices(np.arange(50))
            source = source if rows else source.map(lambda x: x)
            return ints(source.shuffle(20, seed=seed).repeat(2))

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(1)[:50] != order(1)[50:]


def test_the_graph_seed_repeats_an_order():
    def order():
        with tf.Graph().as_default():
            tf.set_random_seed(3)
            return ints(Dataset.range(50).shuffle(50))

    assert order() == order()


def test_without_reshuffling_all_passes_are_alike():
    dataset = Dataset.range(30).shuffle(30, reshuffle_each_iteration=False).repeat(2)
    found = ints(dataset)
    assert found[:30] == found[30:]


def test_all_orders_are_alike_likely():
    counts = np.zeros((4, 4))
    for seed in range(1, 401):
        with tf.Graph().as_default():
            source = Dataset.range(4).map(lambda x: x).shuffle(4, seed=seed)
            for place, x in enumerate(ints(source)):
                counts[place, x] += 1
    assert abs(counts - 100).max() < 45


def test_shuffle_and_repeat():
    dataset = Dataset.range(10).apply(
        tf.data.experimental.shuffle_and_repeat(10, count=3, seed=1)
    )
    found = ints(dataset)
    assert [sorted(found[i : i + 10]) for i in (0, 10, 20)] == [list(range(10))] * 3


def test_random_numbers_in_maps_are_new_for_each_element():
    dataset = Dataset.range(20).map(lambda x: tf.random_uniform([], seed=4))
    found = drawn(dataset)
    assert len(set(map(float, found))) == 20
    with tf.Graph().as_default():
        again = Dataset.range(20).map(lambda x: tf.random_uniform([], seed=4))
        assert drawn(again) == found


def test_random_dataset_and_counter():
    experimental = tf.data.experimental
    assert len(set(ints(experimental.RandomDataset(seed=1), 20))) == 20
    assert ints(experimental.Counter(5, 2), 4) == [5, 7, 9, 11]


def test_sampled_datasets_come_by_weight():
    dataset = tf.data.experimental.sample_from_datasets(
        [Dataset.from_tensors(i).repeat() for i in range(2)], [0.9, 0.1], seed=1
    )
    assert 10 < sum(ints(dataset.take(500))) < 100


# -- values are safe -------------------------------------------------------------------


def test_fed_arrays_may_change_afterwards():
    x = tf.placeholder(tf.float32, [3])
    iterator = Dataset.from_tensor_slices(x).make_initializable_iterator()
    element = iterator.get_next()
    data = np.ones(3, np.float32)
    with tf.Session() as sess:
        sess.run(iterator.initializer, {x: data})
        data[:] = 7.0
        assert sess.run(element) == 1.0


def test_batches_may_be_changed():
    batch = Dataset.from_tensor_slices(np.zeros(4)).repeat().batch(4)
    element = batch.make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        sess.run(element)[:] = 5.0
        np.testing.assert_array_equal(sess.run(element), np.zeros(4))


# -- functions -------------------------------------------------------------------------


def test_a_map_function_is_traced_once():
    calls = []
    drawn(Dataset.range(5).map(lambda x: (calls.append(x), x)[1]))
    assert len(calls) == 1


def test_namedtuples_come_whole_and_tuples_as_arguments():
    dataset = Dataset.from_tensor_slices(([1, 2], ([3, 4], [5, 6])))
    assert ints(dataset.map(lambda a, bc: a + bc[0] * bc[1])) == [16, 26]


def test_variables_and_tables_of_the_graph_are_read_when_elements_are_made():
    v = tf.Variable(1, dtype=tf.int64, use_resource=True)
    iterator = Dataset.range(5).map(lambda x: x * v).make_initializable_iterator()
    element = iterator.get_next()
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(iterator.initializer)
        assert [sess.run(element), sess.run(element)] == [0, 1]
        sess.run(v.assign(10))
        assert sess.run(element) == 20


def test_errors_name_the_function_and_the_iterator():
    element = (
        Dataset.from_tensor_slices([1, 0])
        .map(lambda x: 6 // x)
        .make_one_shot_iterator()
        .get_next()
    )
    with tf.Session() as sess:
        sess.run(element)
        with pytest.raises(tf.errors.InvalidArgumentError) as info:
            sess.run(element)
    assert "Integer division by zero" in info.value.message
    assert "{{node floordiv}}" in info.value.message
    assert info.value.op.type == "IteratorGetNext"
    assert any("lambda x: 6 // x" in note for note in info.value.__notes__)


@pytest.mark.parametrize("then", [
    lambda d: d, lambda d: d.take(9), lambda d: d.skip(0), lambda d: d.prefetch(2),
    lambda d: d.repeat(1), lambda d: d.shuffle(1), lambda d: d.map(lambda x: x),
    lambda d: d.filter(lambda x: x > 0), lambda d: d.cache(),
    lambda d: d.concatenate(Dataset.range(0)), lambda d: d.shard(1, 0),
    lambda d: d.flat_map(Dataset.from_tensors),
])  # fmt: skip
def test_after_an_error_the_next_element_comes(then):
    source = Dataset.range(4).map(lambda x: 6 // (x - 1))
    element = then(source).make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as sess:
        for _ in range(6):
            try:
                found.append(int(sess.run(element)))
            except tf.errors.InvalidArgumentError:
                found.append("error")
            except tf.errors.OutOfRangeError:
                break
    expected = [-6, "error", 6, 3]
    if -6 not in found:  # where the filter leaves it out
        expected = expected[1:]
    assert found == expected


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (lambda: Dataset.range(3).flat_map(lambda x: x), TypeError,
         "`map_func` must return a `Dataset` object."),
        (lambda: Dataset.range(3).filter(lambda x: x), ValueError,
         "`predicate` must return a scalar boolean tensor."),
        (lambda: Dataset.range(3).map(lambda x: object()), TypeError,
         r"Unsupported return value from function passed to Dataset.map\(\)"),
        (lambda: Dataset.range(3).apply(lambda d: 3), TypeError,
         "`transformation_func` must return a Dataset."),
        (Dataset.range, ValueError, "Invalid arguments to RangeDataset"),
        (lambda: Dataset.range(1, 2, 3, 4), ValueError, "Invalid arguments to Range"),
        (lambda: Dataset.range(3).shard(0, 0), ValueError, "num_shards must be >= 1"),
        (lambda: Dataset.range(3).shard(2, 2), ValueError,
         "index must be <= num_shards - 1"),
        (lambda: Dataset.range(3).shard(2, -1), ValueError, "index must be >= 0"),
        (lambda: Dataset.zip(3), TypeError, "must be a nested structure of `Dataset`"),
        (lambda: Dataset.from_sparse_tensor_slices([1]), TypeError,
         "`sparse_tensor` must be a `tf.SparseTensor` object."),
        (lambda: Dataset.range(2).concatenate(Dataset.from_tensors(1.0)), TypeError,
         "Two datasets to concatenate have different types"),
        (lambda: Dataset.range(2).padded_batch(2, [3]), ValueError,
         r"The padded shape \(3,\) is not compatible with the shape \(\)"),
        (lambda: Dataset.range(2).padded_batch(2, [], 0.5), TypeError,
         "does not match output type: int64"),
        (lambda: Dataset.range(2).padded_batch(2, [], [1, 2]), ValueError,
         "Padding value should be a scalar"),
        (lambda: tf.data.experimental.map_and_batch(abs, 2, 1, False, 1), ValueError,
         "mutually exclusive"),
        (lambda: tf.data.experimental.group_by_window(abs, abs), ValueError,
         "Must pass either window_size or window_size_func."),
    ],
)  # fmt: skip
def test_refuses_while_building(build, error, text):
    with pytest.raises(error, match=text):
        build()


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (lambda: Dataset.range(3).batch(0), "InvalidArgumentError",
         "Batch size must be greater than zero."),
        (lambda: Dataset.range(3).shuffle(0), "InvalidArgumentError",
         "buffer_size must be greater than zero."),
        (lambda: Dataset.range(0, 3, 0), "InvalidArgumentError",
         "step must be a non-zero integer."),
        (lambda: Dataset.range(3).prefetch(-2), "InvalidArgumentError",
         "buffer_size must be >= 0"),
        (lambda: Dataset.range(3).window(0).flat_map(lambda w: w),
         "InvalidArgumentError", "Window size must be greater than zero."),
        (lambda: Dataset.range(3).map(tf.range).batch(3), "InvalidArgumentError",
         r"Cannot batch tensors with different shapes in component 0. First element "
         r"had shape \[0\] and element 1 had shape \[1\]."),
        (lambda: Dataset.range(3).map(tf.range).padded_batch(3, [1]), "DataLossError",
         "Attempted to pad to a smaller size than the input element."),
        (lambda: Dataset.range(3).interleave(Dataset.from_tensors, 0),
         "InvalidArgumentError", "cycle_length must be greater than zero."),
        (lambda: Dataset.range(3).interleave(Dataset.from_tensors, 1, 0),
         "InvalidArgumentError", "block_length must be greater than zero."),
        (lambda: Dataset.range(3).map(lambda x: x, 0), "InvalidArgumentError",
         "num_parallel_calls must be greater than zero."),
        (lambda: tf.data.experimental.choose_from_datasets(
            [Dataset.range(3)], Dataset.range(5, 6)), "InvalidArgumentError",
         "Selector index out of range: 5 >= 1"),
    ],
)  # fmt: skip
def test_refuses_while_running(build, error, text):
    element = build().make_one_shot_iterator().get_next()
    with tf.Session() as sess, pytest.raises(tf.errors.OpError, match=text) as info:
        sess.run(element)
    assert info.typename == error


def test_unequal_lengths_that_show_only_in_the_step():
    a, b = (tf.placeholder(tf.float32, [None]) for _ in range(2))
    iterator = Dataset.from_tensor_slices((a, b)).make_initializable_iterator()
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match="component 1 has 3"),
    ):
        sess.run(iterator.initializer, {a: [1, 2], b: [1, 2, 3]})


# -- what only these do ----------------------------------------------------------------


def test_prefetch_runs_ahead_in_another_thread():
    seen, threads = [], set()
    reached = threading.Event()

    def note(x):
        seen.append(int(x))
        threads.add(threading.current_thread().name)
        if len(seen) == 4:
            reached.set()
        return x

    dataset = Dataset.range(100).map(lambda x: tf.py_func(note, [x], tf.int64))
    element = dataset.prefetch(3).make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        assert sess.run(element) == 0
        assert reached.wait(10)
        assert threads == {"prefetch"}
        assert len(seen) <= 6
        assert [int(sess.run(element)) for _ in range(5)] == [1, 2, 3, 4, 5]


def prefetch_threads():
    return [t for t in threading.enumerate() if t.name == "prefetch"]


def wait_until(condition):
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("end", ["close", "forget", "restart"])
def test_prefetch_threads_end(end):
    assert wait_until(lambda: not prefetch_threads())
    iterator = Dataset.range(10**9).prefetch(2).make_initializable_iterator()
    element = iterator.get_next()
    sess = tf.Session()
    sess.run(iterator.initializer)
    sess.run(element)
    assert len(prefetch_threads()) == 1
    if end == "close":
        sess.close()
    elif end == "forget":
        del sess
        gc.collect()
    else:
        sess.run(iterator.initializer)
    assert wait_until(lambda: not prefetch_threads())


def test_cache_makes_each_element_once():
    calls = []
    dataset = Dataset.range(5).map(
        lambda x: tf.py_func(lambda v: (calls.append(v), v)[1], [x], tf.int64)
    )
    assert ints(dataset.cache().repeat(3)) == [0, 1, 2, 3, 4] * 3
    assert len(calls) == 5


def test_cache_in_a_file(tmp_path):
    calls = []

    def build():
        dataset = Dataset.range(3).map(
            lambda x: (
                tf.py_func(lambda v: (calls.append(v), v)[1], [x], tf.int64),
                tf.as_string(x),
                tf.range(x),
            )
        )
        return dataset.cache(str(tmp_path / "cache"))

    first = drawn(build())
    second = drawn(build())
    assert len(calls) == 3
    assert [str(e) for e in first] == [str(e) for e in second]
    assert [p.name for p in tmp_path.iterdir()] == ["cache.data"]


def test_a_cut_off_pass_leaves_no_file(tmp_path):
    dataset = Dataset.range(5).cache(str(tmp_path / "cache"))
    assert ints(dataset, 2) == [0, 1]
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_corrupt_cache_names_file_and_place(tmp_path):
    path = tmp_path / "cache.data"
    drawn(Dataset.range(3).cache(str(tmp_path / "cache")))
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    element = (
        Dataset.range(3)
        .cache(str(tmp_path / "cache"))
        .make_one_shot_iterator()
        .get_next()
    )
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.DataLossError, match=r"corrupted record at .*cache"),
    ):
        sess.run(element)


def test_generators_are_let_go():
    ended = []

    def generator():
        try:
            yield from range(5)
        finally:
            ended.append(True)

    assert ints(Dataset.from_generator(generator, tf.int64, []), 2) == [0, 1]
    gc.collect()
    assert ended == [True]


def test_generators_may_be_infinite():
    dataset = Dataset.from_generator(itertools.count, tf.int64, [])
    assert ints(dataset.skip(3).take(2)) == [3, 4]


def test_list_files(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(name)
    pattern = str(tmp_path / "*.txt")
    names = [str(tmp_path / f"{n}.txt").encode() for n in "abc"]
    assert drawn(Dataset.list_files(pattern, shuffle=False)) == names
    assert sorted(drawn(Dataset.list_files(pattern))) == names
    contents = Dataset.list_files(pattern, shuffle=False).map(tf.read_file)
    assert drawn(contents) == [b"a", b"b", b"c"]


def test_window_components_are_datasets():
    dataset = Dataset.from_tensor_slices(([1, 2, 3], [4, 5, 6])).window(2)
    assert dataset.output_classes == (Dataset, Dataset)
    sums = dataset.flat_map(lambda a, b: Dataset.zip((a, b)).map(tf.add))
    assert ints(sums) == [5, 7, 9]


def test_sliding_windows_and_dropped_remainders():
    module = tf.contrib.data
    windows = Dataset.range(5).apply(module.sliding_window_batch(3, window_shift=2))
    assert [list(w) for w in drawn(windows)] == [[0, 1, 2], [2, 3, 4]]
    full = Dataset.range(5).apply(module.batch_and_drop_remainder(2))
    assert full.output_shapes.as_list() == [2]
    assert [list(b) for b in drawn(full)] == [[0, 1], [2, 3]]


def test_repr_and_class_names():
    dataset = Dataset.from_tensor_slices((np.zeros((3, 2)), [1, 2, 3])).batch(2)
    assert repr(dataset) == (
        "<BatchDataset shapes: ((?, 2), (?,)), types: (tf.float64, tf.int32)>"
    )
    assert isinstance(dataset, Dataset)


def test_python_does_not_iterate():
    dataset = Dataset.range(3)
    for thing in (dataset, dataset.make_one_shot_iterator()):
        with pytest.raises(RuntimeError, match="only supported when eager execution"):
            iter(thing)


def test_contrib_has_the_classes_of_old_code():
    assert tf.contrib.data.Dataset is Dataset
    assert tf.contrib.data.TFRecordDataset is tf.data.TFRecordDataset


def test_ops_of_tensorflow_2_pass_datasets_on():
    source = Dataset.range(3)
    attrs = source._structure.attrs()
    variant = source._as_variant_tensor()
    variant = raw.OptionsDataset(variant, serialized_options="", **attrs)
    variant = raw.OptimizeDataset(variant, [""], **attrs)
    variant = raw.ModelDataset(variant, **attrs)
    generator = raw.DummySeedGenerator()
    variant = raw.ShuffleDatasetV3(variant, 1, 1, 2, generator, **attrs)
    iterator = raw.IteratorV2(shared_name="", container="", **attrs)
    start = raw.MakeIterator(variant, iterator)
    element = raw.IteratorGetNextSync(iterator, **attrs)
    with tf.Session() as sess:
        sess.run(start)
        assert [int(sess.run(element)[0]) for _ in range(3)] == [0, 1, 2]


def test_a_dataset_is_wanted():
    iterator = raw.Iterator(
        shared_name="", container="", output_types=[tf.int64], output_shapes=[()]
    )
    bad = raw.PartitionedCall([tf.constant(1)], Tout=[tf.variant], f="f")
    function.Defun(tf.int32, func_name="f")(lambda x: x).add_to_graph(bad[0].graph)
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match="must be a Dataset object"),
    ):
        sess.run(raw.MakeIterator(bad[0], iterator))
