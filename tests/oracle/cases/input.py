"""Queues of other kinds, producers, batches, readers: all that ends of itself.

Threads decide nothing here: one runner a queue, and what is random is sorted.
"""

import os
import tempfile

import numpy as np

from tests.oracle.programs import Program, Table

table = Table()


def folder():
    """A new directory with a few files, as the working directory's name of it."""
    path = tempfile.mkdtemp()
    with open(os.path.join(path, "a.txt"), "wb") as file:
        file.write(b"l1\r\nl\r2\n\nlast")
    with open(os.path.join(path, "b.txt"), "wb") as file:
        file.write(b"x\n")
    with open(os.path.join(path, "f.bin"), "wb") as file:
        file.write(b"HH" + b"abcdefghij" + b"F")
    return path


def drained(tf, sess, fetches):
    """What runs give until the input ends, with queue runners."""
    sess.run(tf.local_variables_initializer())
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess, coord)
    found = []
    while True:
        try:
            found.append(sess.run(fetches))
        except tf.errors.OutOfRangeError:
            break
    coord.request_stop()
    coord.join(threads)
    return found


def numbers(tf, count, **options):
    """The numbers below `count`, one a run, in order."""
    options = {"num_epochs": 1, "shuffle": False, **options}
    return tf.train.range_input_producer(count, **options).dequeue()


# -- queues ----------------------------------------------------------------------------


@table.script()
def padding_queue(tf, sess):
    queue = tf.PaddingFIFOQueue(9, [tf.int32, tf.string], [[None], [None, 1]])
    for i in range(3):
        sess.run(queue.enqueue([tf.range(i), [["a"]] * (2 - i)]) if i < 2 else
                 queue.enqueue([[7], tf.zeros([0, 1], tf.string)]))  # fmt: skip
    return [*sess.run(queue.dequeue_many(2)), *sess.run(queue.dequeue())]


@table.script()
def priority_queue(tf, sess):
    queue = tf.PriorityQueue(9, [tf.string], [()])
    sess.run(queue.enqueue_many(([3, -1, 2], ["three", "minus", "two"])))
    first = sess.run(queue.dequeue())
    return [first, sess.run(queue.dequeue_many(2)), sess.run(queue.size())]


@table.script()
def random_shuffle_queue(tf, sess):
    queue = tf.RandomShuffleQueue(20, 2, tf.int32, shapes=[()], seed=1)
    sess.run(queue.enqueue_many([range(10)]))
    first = sess.run(queue.dequeue_many(8))
    sess.run(queue.close())
    rest = sess.run(queue.dequeue_up_to(5))
    return sorted([*first.tolist(), *rest.tolist()])


@table.script(raises="InvalidArgumentError")
def random_shuffle_queue_with_too_large_a_minimum(tf, sess):
    return sess.run(tf.RandomShuffleQueue(2, 5, tf.int32, shapes=[()]).size())


@table.script(raises="OutOfRangeError")
def padding_queue_that_is_closed(tf, sess):
    queue = tf.PaddingFIFOQueue(9, [tf.int32], [[None]])
    sess.run(queue.close())
    return sess.run(queue.dequeue_many(2))


for name, shapes in (
    ("none", None),
    ("no_list", [None]),
    ("too_many", [[None], [None]]),
):
    table.add(
        f"padding_queue_of_shapes_{name}",
        lambda tf, shapes=shapes: tf.PaddingFIFOQueue(9, [tf.int32], shapes).size(),
        raises="ValueError",
    )

# -- producers and batches -------------------------------------------------------------


@table.script()
def epochs(tf, sess):
    return drained(tf, sess, numbers(tf, 3, num_epochs=2))


@table.script()
def strings(tf, sess):
    queue = tf.train.string_input_producer(["a", "b"], num_epochs=2, shuffle=False)
    return drained(tf, sess, queue.dequeue())


@table.script()
def slices(tf, sess):
    rows = [np.arange(8.0).reshape(4, 2), np.arange(4)]
    row, label = tf.train.slice_input_producer(rows, num_epochs=1, shuffle=False)
    return drained(tf, sess, [row, label])


@table.script()
def shuffled_slices(tf, sess):
    rows = [np.arange(8.0).reshape(4, 2), np.arange(4)]
    row, label = tf.train.slice_input_producer(rows, num_epochs=1)
    return sorted((int(n), r.tolist()) for r, n in drained(tf, sess, [row, label]))


for name, options in (
    ("plain", {}),
    ("smaller_final", {"allow_smaller_final_batch": True}),
    ("large_queue", {"capacity": 100}),
):

    def batches(tf, sess, options=options):
        number = numbers(tf, 7)
        return drained(tf, sess, tf.train.batch([number, number * 2], 3, **options))

    table.append(Program(f"batches_{name}", batches, is_script=True))


@table.script()
def batches_of_dictionaries(tf, sess):
    number = numbers(tf, 4)
    return drained(tf, sess, tf.train.batch({"b": number, "a": number + 1}, 2))


@table.script()
def batches_of_many(tf, sess):
    rows = tf.train.limit_epochs(tf.constant([[1, 2], [3, 4], [5, 6]]), 2)
    return drained(tf, sess, tf.train.batch([rows], 2, enqueue_many=True))


@table.script()
def padded_batches(tf, sess):
    number = numbers(tf, 4)
    return drained(tf, sess, tf.train.batch([tf.range(number)], 2, dynamic_pad=True))


@table.script()
def sparse_batches(tf, sess):
    number = tf.cast(numbers(tf, 4), tf.int64)
    sparse = tf.SparseTensor(tf.reshape(number % 3, [1, 1]), [number], [3])
    batch = tf.sparse_tensor_to_dense(tf.train.batch([sparse], 2))
    return drained(tf, sess, batch)


@table.script()
def some_are_kept(tf, sess):
    number = numbers(tf, 8)
    return drained(tf, sess, tf.train.maybe_batch([number], number % 2 < 1, 2))


@table.script()
def joined_batches(tf, sess):
    lists = [[numbers(tf, 6)], [numbers(tf, 6) + 100]]
    batch = tf.train.batch_join(lists, 3)
    return sorted(np.concatenate(drained(tf, sess, batch)).tolist())


@table.script()
def shuffled_batches(tf, sess):
    batch = tf.train.shuffle_batch([numbers(tf, 20)], 4, 12, 5)
    return sorted(np.concatenate(drained(tf, sess, batch)).tolist())


@table.script()
def nodes_of_a_pipeline(tf, sess):
    row, label = tf.train.slice_input_producer([np.ones((4, 2)), np.arange(4)])
    tf.train.shuffle_batch([row, label], 2, 10, 3, num_threads=2)
    tf.train.batch([row], 2, name="plain", enqueue_many=True, dynamic_pad=True)
    kinds = ("Queue", "Summary", "CountUpTo", "Gather", "RandomShuffle")
    return [
        (node.name, node.op, list(node.input))
        for node in tf.get_default_graph().as_graph_def().node
        if any(kind in node.op for kind in kinds)
    ]


@table.script()
def messages_of_runners(tf, sess):
    tf.train.string_input_producer(["a"], num_epochs=1)
    tf.train.batch([tf.constant(1)], 2, num_threads=2)
    runners = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    return [runner.to_proto().SerializeToString() for runner in runners]


for name, call in (
    ("no_epochs", lambda tf: tf.train.limit_epochs([1], 0)),
    ("no_slices", lambda tf: tf.train.slice_input_producer([])),
    ("unknown_rows", lambda tf: tf.train.input_producer(tf.placeholder(tf.float32))),
    ("no_strings", lambda tf: tf.train.string_input_producer([])),
    ("no_tensors", lambda tf: tf.train.batch([], 2)),
    ("unknown_rank", lambda tf: tf.train.batch([tf.placeholder(tf.float32)], 2)),
    (
        "partial_shape",
        lambda tf: tf.train.batch([tf.placeholder(tf.float32, [None])], 2),
    ),
    ("no_threads", lambda tf: tf.train.batch([tf.constant(1)], 2, num_threads=0)),
    ("small_queue", lambda tf: tf.train.shuffle_batch([tf.constant(1)], 2, 3, 5)),
):
    table.add(f"refused_{name}", call, raises="ValueError")

# -- readers ---------------------------------------------------------------------------


def read_all(tf, sess, make, names, options=None):
    """All records of some files, and what the reader counts."""
    path = folder()
    reader = make(tf)
    queue = tf.train.string_input_producer(
        [os.path.join(path, name) for name in names], num_epochs=1, shuffle=False
    )
    records = drained(tf, sess, reader.read(queue))
    counts = sess.run(
        [reader.num_records_produced(), reader.num_work_units_completed()]
    )
    start = len(path) + 1
    return [(key[start:], value) for key, value in records], counts


for name, make, names in (
    ("lines", lambda tf: tf.TextLineReader(), ["a.txt", "b.txt"]),
    ("lines_after_two", lambda tf: tf.TextLineReader(2), ["a.txt", "b.txt"]),
    ("whole", lambda tf: tf.WholeFileReader(), ["a.txt", "b.txt"]),
    ("fixed", lambda tf: tf.FixedLengthRecordReader(3, 2, 1), ["f.bin"]),
    (
        "fixed_with_hops",
        lambda tf: tf.FixedLengthRecordReader(3, hop_bytes=5),
        ["f.bin", "a.txt"],
    ),
):

    def records(tf, sess, make=make, names=names):
        return read_all(tf, sess, make, names)

    table.append(Program(f"reader_of_{name}", records, is_script=True))


@table.script()
def identity_reader_and_its_state(tf, sess):
    queue = tf.FIFOQueue(9, tf.string, shapes=[()])
    sess.run(queue.enqueue_many([["A", "B", "C"]]))
    reader = tf.IdentityReader()
    first = tuple(sess.run(reader.read(queue)))
    state = sess.run(reader.serialize_state())
    more = tuple(sess.run(reader.read_up_to(queue, 5)))
    sess.run(reader.restore_state(state))
    return [first, state, more, sess.run(reader.num_records_produced())]


for name, error, file in (
    ("missing", "NotFoundError", "no_file"),
    ("damaged", "DataLossError", "a.txt"),
):

    def refused_records(tf, sess, file=file):
        queue = tf.FIFOQueue(9, tf.string, shapes=[()])
        sess.run(queue.enqueue(os.path.join(folder(), file)))
        return sess.run(tf.TFRecordReader().read(queue))

    table.append(
        Program(f"reader_of_{name}_file", refused_records, raises=error, is_script=True)
    )


@table.script()
def files(tf, sess):
    path = os.path.join(folder(), "sub", "new.txt")
    sess.run(tf.write_file(path, "text"))
    names = sess.run(tf.matching_files(os.path.join(os.path.dirname(path), "*")))
    return [sess.run(tf.read_file(path)), [os.path.basename(n) for n in names]]


table.add("no_file", lambda tf: tf.read_file("no_file"), raises="NotFoundError")
table.add("two_files", lambda tf: tf.read_file(["a", "b"]), raises="ValueError")
