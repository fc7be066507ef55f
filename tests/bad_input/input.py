"""Bad input to queues, readers, decoders and datasets."""

from pathlib import Path

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError


def read_one(path):
    queue = tf.FIFOQueue(2, tf.string)
    key, value = tf.TextLineReader().read(queue)
    with tf.Session() as sess:
        sess.run([queue.enqueue(path)])
        sess.run([queue.close()])
        return sess.run(value)


def stopped():
    coord = tf.train.Coordinator()
    try:
        raise ValueError("the thread failed")
    except ValueError as error:
        coord.request_stop(error)
    return coord


def items():
    return tf.data.Dataset.range(3)


def rows(name, text):
    Path(name).write_text(text)
    return tf.data.experimental.CsvDataset(name, [tf.int32])


CASES = {
    # -- queues and readers ----------------------------------------------------------
    "queue shape": (
        lambda s: s.run(
            tf.FIFOQueue(1, tf.float32, [[2]]).enqueue(
                tf.placeholder_with_default([1.0], None)
            )
        ),
        IAE,
        "Shape mismatch in tuple component 0. Expected [2], got [1]",
    ),
    "queue many negative": (
        lambda s: s.run(tf.FIFOQueue(1, tf.float32, [[]]).dequeue_many(-1)),
        IAE,
        "DequeueManyOp requested -1 < 0 elements",
    ),
    "queue many without shapes": (
        lambda s: s.run(tf.FIFOQueue(1, tf.float32).dequeue_many(1)),
        IAE,
        "FIFOQueue's DequeueMany and DequeueUpTo require the components to "
        "have specified shapes.",
    ),
    "queue dict to nameless": (
        lambda s: tf.FIFOQueue(1, tf.float32).enqueue({"a": 1.0}),
        ValueError,
        "Queue must have names to enqueue a dictionary",
    ),
    "queue names keys": (
        lambda s: tf.FIFOQueue(1, tf.float32, names=["a"]).enqueue({"b": 1.0}),
        ValueError,
        "Keys in dictionary to enqueue do not match names of Queue.  "
        "Dictionary: ('b',), Queue: ('a',)",
    ),
    "queue names number": (
        lambda s: tf.FIFOQueue(1, tf.float32, names=["a"]).enqueue(1.0),
        ValueError,
        "You must enqueue a dictionary in a Queue with names",
    ),
    "shuffle queue minimum": (
        lambda s: s.run(tf.RandomShuffleQueue(2, 2, tf.float32).size()),
        IAE,
        "min_after_dequeue 2 must be < capacity 2",
    ),
    "shared queues": (
        lambda s: [
            s.run(tf.FIFOQueue(n, tf.float32, shared_name="sh").size()) for n in (3, 4)
        ],
        IAE,
        "Shared queue 'sh' has capacity 3 but requested capacity was 4",
    ),
    "queue runner nothing": (
        lambda s: tf.train.QueueRunner(),
        ValueError,
        "Must provide queue and enqueue_ops.",
    ),
    "start without session": (
        lambda s: tf.train.start_queue_runners(),
        ValueError,
        "Cannot start queue runners: No default session is registered. Use "
        "`with sess.as_default()` or pass an explicit session to "
        "tf.start_queue_runners(sess=sess)",
    ),
    "batch shapes": (
        lambda s: tf.train.batch([tf.placeholder(tf.float32)], 2),
        ValueError,
        "Cannot infer Tensor's rank: Tensor(",
    ),
    "producer empty": (
        lambda s: tf.train.string_input_producer([]),
        ValueError,
        "string_input_producer requires a non-null input tensor",
    ),
    "read_file missing": (
        lambda s: s.run(tf.read_file("no/such")),
        tf.errors.NotFoundError,
        "no/such; No such file or directory",
    ),
    "reader missing": (
        lambda s: s.run(read_one("no/such")),
        tf.errors.NotFoundError,
        "no/such; No such file or directory",
    ),
    "coordinator error": (
        lambda s: stopped().join(),
        ValueError,
        "the thread failed",
    ),
    "decode csv fields": (
        lambda s: s.run(tf.decode_csv("1,2,3", [[0], [0]], name="csv")),
        IAE,
        "Expect 2 fields but have 3 in record 0",
    ),
    "decode csv number": (
        lambda s: s.run(tf.decode_csv("1,x", [[0], [0]])),
        IAE,
        "Field 1 in record 0 is not a valid int32: x",
    ),
    "decode csv missing": (
        lambda s: s.run(tf.decode_csv(",2", [tf.constant([], tf.int32), [0]])),
        IAE,
        "Field 0 is required but missing in record 0!",
    ),
    "decode raw": (
        lambda s: s.run(tf.decode_raw("abc", tf.float32)),
        IAE,
        "Input to DecodeRaw has length 3 that is not a multiple of 4, the "
        "size of float",
    ),
    "example missing": (
        lambda s: s.run(
            tf.parse_single_example(
                tf.train.Example().SerializeToString(),
                {"a": tf.FixedLenFeature([], tf.int64)},
            )
        ),
        IAE,
        "Feature: a (data type: int64) is required but could not be found.",
    ),
    "example damaged": (
        lambda s: s.run(
            tf.parse_example(["zork"], {"a": tf.FixedLenFeature([], tf.int64)})
        ),
        IAE,
        "Could not parse example input, value: 'zork'",
    ),
    "example no features": (
        lambda s: tf.parse_example(["a"], {}),
        ValueError,
        "Missing: features was {}.",
    ),
    "example feature": (
        lambda s: tf.parse_example(["a"], {"a": 3}),
        ValueError,
        "Unsupported int 3 for key 'a'",
    ),
    "picture": (
        lambda s: s.run(tf.image.decode_png("zork")),
        IAE,
        "Expected image (JPEG, PNG, or GIF), got unknown format starting with 'zork'",
    ),
    "jpeg": (
        lambda s: s.run(tf.image.decode_jpeg("zork")),
        IAE,
        "Expected image (JPEG, PNG, or GIF), got unknown format starting with 'zork'",
    ),
    # -- datasets --------------------------------------------------------------------
    "dataset end": (
        lambda s: [
            s.run(n)
            for n in [items().make_one_shot_iterator().get_next()]
            for _ in range(4)
        ],
        tf.errors.OutOfRangeError,
        "End of sequence",
    ),
    "dataset uninitialized": (
        lambda s: s.run(items().make_initializable_iterator().get_next()),
        tf.errors.FailedPreconditionError,
        "GetNext() failed because the iterator has not been initialized. "
        "Ensure that you have run the initializer operation for this "
        "iterator before getting the next element.",
    ),
    "dataset batch zero": (
        lambda s: s.run(
            items()
            .batch(tf.placeholder_with_default(tf.constant(0, tf.int64), []))
            .make_initializable_iterator()
            .initializer
        ),
        IAE,
        "Batch size must be greater than zero.",
    ),
    "dataset shuffle zero": (
        lambda s: s.run(items().shuffle(0).make_initializable_iterator().initializer),
        IAE,
        "buffer_size must be greater than zero.",
    ),
    "dataset slices": (
        lambda s: tf.data.Dataset.from_tensor_slices(([1, 2], [1])),
        ValueError,
        "Dimensions 2 and 1 are not compatible",
    ),
    "dataset zip": (
        lambda s: tf.data.Dataset.zip([items(), items()]),
        TypeError,
        "The argument to `Dataset.zip()` must be a nested structure of "
        "`Dataset` objects. Nested structures do not support Python lists; "
        "please use a tuple instead.",
    ),
    "dataset filter": (
        lambda s: items().filter(lambda x: x),
        ValueError,
        "`predicate` must return a scalar boolean tensor.",
    ),
    "dataset flat_map": (
        lambda s: items().flat_map(lambda x: x),
        TypeError,
        "`map_func` must return a `Dataset` object.",
    ),
    "dataset concatenate": (
        lambda s: items().concatenate(tf.data.Dataset.from_tensors("a")),
        TypeError,
        "Two datasets to concatenate have different types <dtype: 'int64'> "
        "and <dtype: 'string'>",
    ),
    "dataset map fails": (
        lambda s: s.run(
            items().map(lambda x: 6 // x).make_one_shot_iterator().get_next()
        ),
        IAE,
        "Integer division by zero",
    ),
    "dataset generator": (
        lambda s: s.run(
            tf.data.Dataset.from_generator(lambda: iter([1, "a"]), tf.int32)
            .batch(2)
            .make_one_shot_iterator()
            .get_next()
        ),
        IAE,
        "The expected type was int32, but the yielded element was a.",
    ),
    "dataset missing file": (
        lambda s: s.run(
            tf.data.TextLineDataset("no/such").make_one_shot_iterator().get_next()
        ),
        tf.errors.NotFoundError,
        "no/such; No such file or directory",
    ),
    "dataset of bad rows": (
        lambda s: s.run(
            rows("a.csv", "1\n2\nx\n").batch(3).make_one_shot_iterator().get_next()
        ),
        IAE,
        "Field 0 in record is not a valid int32: x (near row 2 of 'a.csv')",
    ),
    "dataset iterated": (
        lambda s: list(items()),
        RuntimeError,
        "dataset.__iter__() is only supported when eager execution is enabled.",
    ),
    "iterator other types": (
        lambda s: tf.data.Iterator.from_structure(tf.float32).make_initializer(items()),
        TypeError,
        "Expected output types tf.float32 but got dataset with output types tf.int64.",
    ),
    "one shot captures": (
        lambda s: (
            items()
            .map(
                lambda x: (
                    x + tf.cast(tf.get_variable("v", [], dtype=tf.float32), tf.int64)
                )
            )
            .make_one_shot_iterator()
        ),
        ValueError,
        "Cannot capture a stateful node (name:v, type:VariableV2) by value.",
    ),
}
