"""Producers and batches: order, epochs, padding, threads, the end."""

import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    left = [t for t in threading.enumerate() if t.name.startswith("QueueRunner")]
    for thread in left:
        thread.join(5)
    assert not [t for t in left if t.is_alive()]


class Pipeline:
    """A session whose queue runners run, until the block ends."""

    def __enter__(self):
        self.sess = tf.Session()
        self.sess.run(tf.global_variables_initializer())
        self.sess.run(tf.local_variables_initializer())
        self.coord = tf.train.Coordinator()
        self.threads = tf.train.start_queue_runners(self.sess, self.coord)
        return self

    def __exit__(self, *failure):
        self.coord.request_stop()
        self.coord.join(self.threads)
        self.sess.close()

    def run(self, fetches):
        return self.sess.run(fetches)

    def all_of(self, fetches):
        """What runs give until the input ends."""
        found = []
        while True:
            try:
                found.append(self.run(fetches))
            except errors.OutOfRangeError:
                return found


def numbers(count, **kwargs):
    kwargs = {"num_epochs": 1, "shuffle": False, **kwargs}
    return tf.train.range_input_producer(count, **kwargs).dequeue()


# -- producers -------------------------------------------------------------------------


def test_epochs_in_order():
    with Pipeline() as pipeline:  # nothing yet: a warning and no threads
        assert pipeline.threads == []
    number = numbers(3, num_epochs=2)
    with Pipeline() as pipeline:
        assert pipeline.all_of(number) == [0, 1, 2, 0, 1, 2]


def test_each_epoch_is_shuffled_anew():
    number = numbers(20, num_epochs=3, shuffle=True, seed=1)
    with Pipeline() as pipeline:
        found = pipeline.all_of(number)
    epochs = [tuple(found[i : i + 20]) for i in (0, 20, 40)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len(set(epochs)) == 3


def test_a_seed_gives_the_same_order_again():
    runs = []
    for _ in range(2):
        with tf.Graph().as_default():
            number = numbers(20, shuffle=True, seed=5)
            with Pipeline() as pipeline:
                runs.append(pipeline.all_of(number))
    assert runs[0] == runs[1]


def test_strings_without_end():
    queue = tf.train.string_input_producer(["a", "b"], shuffle=False)
    name = queue.dequeue()
    with Pipeline() as pipeline:
        assert [pipeline.run(name) for _ in range(5)] == [b"a", b"b", b"a", b"b", b"a"]


def test_slices_belong_together():
    x, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    row, label = tf.train.slice_input_producer([x, y], num_epochs=1)
    assert (row.shape.as_list(), label.shape.as_list()) == ([2], [])
    with Pipeline() as pipeline:
        found = pipeline.all_of([row, label])
    assert sorted(int(label) for _, label in found) == [0, 1, 2, 3, 4]
    for row, label in found:
        assert np.array_equal(row, x[label])


def test_the_names_and_collections():
    queue = tf.train.string_input_producer(
        ["a"], num_epochs=1, capacity=5, name="names"
    )
    assert queue.name == "names"
    assert [v.name for v in tf.local_variables()] == ["names/limit_epochs/epochs:0"]
    (runner,) = tf.get_collection("queue_runners")
    assert runner.enqueue_ops[0].name == "names/names_EnqueueMany"
    (summary,) = tf.get_collection("summaries")
    assert summary.op.name == "names/fraction_of_5_full"


def test_an_empty_list_of_names():
    text = "string_input_producer requires a non-null input tensor"
    with pytest.raises(ValueError, match=text):
        tf.train.string_input_producer([])
    names = tf.placeholder_with_default(np.array([], object), [None])
    take = tf.train.string_input_producer(names).dequeue()
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        tf.train.start_queue_runners(sess, coord)
        with pytest.raises(errors.OpError):
            sess.run(take, options=tf.RunOptions(timeout_in_ms=2000))
        with pytest.raises(errors.InvalidArgumentError, match=text):
            coord.join()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: tf.train.limit_epochs([1], 0), "num_epochs must be > 0 not 0."),
        (
            lambda: tf.train.slice_input_producer([]),
            "Expected at least one tensor in slice_input_producer().",
        ),
        (
            lambda: tf.train.input_producer(tf.placeholder(tf.float32)),
            "Either `input_tensor` must have a fully defined shape or `element_shape` "
            "must be specified",
        ),
        (
            lambda: tf.train.batch([], 4),
            "Expected at least one tensor in batch().",
        ),
        (
            lambda: tf.train.batch([tf.placeholder(tf.float32, name="x")], 4),
            'Cannot infer Tensor\'s rank: Tensor("x:0", dtype=float32)',
        ),
        (
            lambda: tf.train.batch([tf.constant(1)], 4, num_threads=0),
            "Must provide queue and enqueue_ops.",
        ),
        (
            lambda: tf.train.shuffle_batch([tf.constant(1)], 4, 3, 5),
            "capacity 3 must be bigger than min_after_dequeue 5.",
        ),
        (
            lambda: tf.train.batch_join(
                [{"a": tf.constant(1)}, {"b": tf.constant(1)}], 4
            ),
            "All dictionaries in tensors_list must have the same keys",
        ),
        (
            lambda: tf.train.batch_join([], 4),
            "Expected at least one set of tensors",
        ),
        (
            lambda: tf.train.maybe_batch([tf.constant(1)], [True], 4),
            "`keep_input` cannot be a vector when `enqueue_many=False`.",
        ),
    ],
)
def test_wrong_arguments(call, text):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == text


def test_dtypes_of_joined_lists_must_agree():
    text = r"Expected types to be consistent: float32 vs. int32\."
    with pytest.raises(TypeError, match=text):
        tf.train.batch_join([[tf.constant(1.0)], [tf.constant(1)]], 4)


# -- batches ---------------------------------------------------------------------------


def test_batches_and_the_end():
    number = numbers(7)
    three = tf.train.batch([number, number * 10], 3)
    assert [t.shape.as_list() for t in three] == [[3], [3]]
    with Pipeline() as pipeline:
        found = pipeline.all_of(three)
        assert [a.tolist() for a, _ in found] == [[0, 1, 2], [3, 4, 5]]
        assert [b.tolist() for _, b in found] == [[0, 10, 20], [30, 40, 50]]
        with pytest.raises(errors.OutOfRangeError) as caught:
            pipeline.run(three)
    assert "batch/fifo_queue' is closed and has insufficient" in caught.value.message
    assert "(requested 3, current size 1)" in caught.value.message


def test_a_smaller_final_batch():
    batch = tf.train.batch([numbers(5)], 3, allow_smaller_final_batch=True)
    assert batch.shape.as_list() == [None]
    with Pipeline() as pipeline:
        assert [b.tolist() for b in pipeline.all_of(batch)] == [[0, 1, 2], [3, 4]]


def test_dictionaries():
    number = numbers(4)
    batch = tf.train.batch({"b": number, "a": number + 1}, 2)
    with Pipeline() as pipeline:
        found = pipeline.run(batch)
    assert {k: v.tolist() for k, v in found.items()} == {"a": [1, 2], "b": [0, 1]}


def test_many_examples_at_once():
    rows = tf.train.limit_epochs(tf.constant([[1, 2], [3, 4], [5, 6]]), 2)
    batch = tf.train.batch([rows], 4, enqueue_many=True)
    assert batch.shape.as_list() == [4, 2]
    with Pipeline() as pipeline:
        assert pipeline.run(batch).tolist() == [[1, 2], [3, 4], [5, 6], [1, 2]]


def test_padding():
    number = numbers(4)
    batch = tf.train.batch([tf.range(number)], 4, dynamic_pad=True)
    assert batch.shape.as_list() == [4, None]
    with Pipeline() as pipeline:
        found = pipeline.run(batch)
    assert found.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 1, 2]]


def test_several_threads_give_each_example_once():
    batch = tf.train.batch([numbers(64)], 16, num_threads=4)
    with Pipeline() as pipeline:
        found = np.concatenate(pipeline.all_of(batch))
    assert sorted(found.tolist()) == list(range(64))


def test_shuffled_batches():
    batch = tf.train.shuffle_batch(
        [numbers(40)], 10, capacity=30, min_after_dequeue=15, seed=3
    )
    with Pipeline() as pipeline:
        found = np.concatenate(pipeline.all_of(batch)).tolist()
    assert sorted(found) == list(range(40))
    assert found != sorted(found)


def test_shuffled_with_a_smaller_final_batch():
    batch = tf.train.shuffle_batch(
        [numbers(5)], 4, 30, 2, allow_smaller_final_batch=True
    )
    with Pipeline() as pipeline:
        sizes = [len(b) for b in pipeline.all_of(batch)]
    assert sizes == [4, 1]


@pytest.mark.parametrize("shuffled", [False, True])
def test_lists_are_joined(shuffled):
    lists = [[numbers(6)], [numbers(6) + 100]]
    if shuffled:
        batch = tf.train.shuffle_batch_join(lists, 3, 20, 2)
    else:
        batch = tf.train.batch_join(lists, 3)
    with Pipeline() as pipeline:
        found = np.concatenate(pipeline.all_of(batch)).tolist()
    assert sorted(found) == [*range(6), *range(100, 106)]


def test_only_some_are_kept():
    number = numbers(8)
    even = tf.equal(number % 2, 0)
    batch = tf.train.maybe_batch([number], even, 2)
    with Pipeline() as pipeline:
        assert [b.tolist() for b in pipeline.all_of(batch)] == [[0, 2], [4, 6]]


def test_some_of_many_are_kept():
    rows = tf.train.limit_epochs(tf.constant([1, 2, 3, 4]), 1)
    batch = tf.train.maybe_batch(
        [rows], [True, False, False, True], 2, enqueue_many=True
    )
    with Pipeline() as pipeline:
        assert pipeline.run(batch).tolist() == [1, 4]


def test_none_is_kept_where_that_is_known():
    batch = tf.train.maybe_shuffle_batch([numbers(3)], 2, 10, 2, False)
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        tf.train.start_queue_runners(sess, coord)
        with pytest.raises(errors.DeadlineExceededError):
            sess.run(batch, options=tf.RunOptions(timeout_in_ms=100))
        coord.request_stop()
        coord.join()


@pytest.mark.parametrize("enqueue_many", [False, True])
def test_sparse_tensors(enqueue_many):
    number = tf.cast(numbers(4), tf.int64)
    if enqueue_many:
        sparse = tf.SparseTensor([[0, 0], [1, 2]], tf.stack([number, -number]), [2, 3])
    else:
        sparse = tf.SparseTensor(tf.reshape(number % 3, [1, 1]), [number], [3])
    batch = tf.train.batch([sparse], 2, enqueue_many=enqueue_many)
    assert isinstance(batch, tf.SparseTensor)
    assert batch.dense_shape.shape.as_list() == [2]
    dense = tf.sparse_tensor_to_dense(batch)
    with Pipeline() as pipeline:
        found = [pipeline.run(dense).tolist() for _ in range(2)]
    if enqueue_many:
        assert found == [[[0, 0, 0], [0, 0, 0]], [[1, 0, 0], [0, 0, -1]]]
    else:
        assert found == [[[0, 0, 0], [0, 1, 0]], [[0, 0, 2], [3, 0, 0]]]


def test_two_queues_in_one_step():
    x, y = numbers(6), numbers(6) * 2
    batches = [tf.train.batch([x], 2), tf.train.batch([y], 2)]
    with Pipeline() as pipeline:
        found = pipeline.all_of(batches)
    assert [(a.tolist(), b.tolist()) for a, b in found] == [
        ([0, 1], [0, 2]),
        ([2, 3], [4, 6]),
        ([4, 5], [8, 10]),
    ]


# -- a program -------------------------------------------------------------------------


def test_a_line_is_fitted_to_a_file(tmp_path):
    path = tmp_path / "points.csv"
    xs = np.linspace(-1, 1, 50)
    path.write_text("x,y\n" + "".join(f"{x:.4f},{3 * x + 1:.4f}\n" for x in xs))
    names = tf.train.string_input_producer([str(path)])
    _, line = tf.TextLineReader(skip_header_lines=1).read(names)
    x, y = tf.decode_csv(line, [[0.0], [0.0]])
    xs, ys = tf.train.shuffle_batch([x, y], 10, 100, 40, seed=1)
    w, b = tf.Variable(0.0), tf.Variable(0.0)
    loss = tf.reduce_mean(tf.square(w * xs + b - ys))
    train = tf.train.GradientDescentOptimizer(0.3).minimize(loss)
    with Pipeline() as pipeline:
        for _ in range(100):
            pipeline.run(train)
        found = pipeline.run([w, b])
    assert np.allclose(found, [3, 1], atol=0.02)


def test_a_step_that_waits_for_one_queue_is_a_program():
    x = tf.train.batch([numbers(6)], 2)
    w = tf.Variable(1.0, name="w")
    y = tf.reduce_sum(w * tf.cast(x, tf.float32), name="y")
    with tf.Session() as sess:
        source = str(sess.program(y).source)
    assert "def step(values):" in source
    # What needs no queue comes first: nothing is late because of the wait.
    assert source.index("w.value") < source.index("_QueueDequeueManyV2(")
