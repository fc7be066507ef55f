"""Queue runners: threads, errors, the end, and their messages."""

import threading

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


def counter(limit=None, name=None):
    """A queue and a runner that fills it with 1, 2, 3 ..."""
    queue = tf.FIFOQueue(5, tf.int32, shapes=[()], name=name or "fifo_queue")
    count = tf.Variable(0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    value = count.count_up_to(limit) if limit else count.assign_add(1)
    return queue, tf.train.QueueRunner(queue, [queue.enqueue(value)])


def start(sess, runner, coord=None):
    sess.run(tf.local_variables_initializer())
    return runner.create_threads(sess, coord, daemon=True, start=True)


def test_it_fills_the_queue_and_closes_it_at_the_end():
    queue, runner = counter(limit=3)
    take = queue.dequeue()
    with tf.Session() as sess:
        threads = start(sess, runner)
        assert [sess.run(take) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(errors.OutOfRangeError, match="is closed and has"):
            sess.run(take)
        threads[0].join(5)
        assert runner.exceptions_raised == []


def test_names_of_threads():
    queue, runner = counter()
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        threads = start(sess, runner, coord)
        assert [t.name for t in threads] == [
            "QueueRunnerThread-fifo_queue-fifo_queue_enqueue",
            "QueueRunnerThread-fifo_queue-close_on_stop",
        ]
        assert all(t.daemon for t in threads)
        assert runner.create_threads(sess, coord) == []
        coord.request_stop()
        coord.join()
    assert runner.name == queue.name == "fifo_queue"


def test_a_stop_ends_threads_that_wait():
    queue, runner = counter()
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        threads = start(sess, runner, coord)
        while sess.run(queue.size()) < 5:
            pass
        coord.request_stop()
        coord.join(threads)
        assert not any(t.is_alive() for t in threads)
        assert sess.run(queue.is_closed())


def test_an_error_is_told_once_by_join():
    x = tf.placeholder(tf.int32, [])
    queue = tf.FIFOQueue(5, tf.int32, shapes=[()])
    runner = tf.train.QueueRunner(queue, [queue.enqueue(x)] * 2)
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        runner.create_threads(sess, coord, start=True)
        with pytest.raises(errors.InvalidArgumentError, match="must feed a value"):
            coord.join()
        assert runner.exceptions_raised == []


def test_without_a_coordinator_an_error_is_kept(monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    x = tf.placeholder(tf.int32, [])
    queue = tf.FIFOQueue(5, tf.int32, shapes=[()])
    runner = tf.train.QueueRunner(queue, [queue.enqueue(x)])
    with tf.Session() as sess:
        (thread,) = runner.create_threads(sess, start=True)
        thread.join(5)
    assert [type(e) for e in runner.exceptions_raised] == [errors.InvalidArgumentError]
    assert [args.exc_value for args in told] == runner.exceptions_raised


def test_the_last_of_several_threads_closes():
    queue = tf.FIFOQueue(100, tf.int32, shapes=[()])
    count = tf.Variable(0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    ops = [queue.enqueue(count.count_up_to(20)) for _ in range(3)]
    runner = tf.train.QueueRunner(queue, ops)
    with tf.Session() as sess:
        start(sess, runner)
        found = sess.run(queue.dequeue_many(20)).tolist()
        assert sorted(found) == list(range(20))
        with pytest.raises(errors.OutOfRangeError):
            sess.run(queue.dequeue())


def test_other_errors_may_mean_the_end():
    queue = tf.FIFOQueue(5, tf.int32, shapes=[()])
    bad = tf.placeholder(tf.int32, [])
    runner = tf.train.QueueRunner(
        queue,
        [queue.enqueue(bad)],
        queue_closed_exception_types=(errors.InvalidArgumentError,),
    )
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        runner.create_threads(sess, coord, start=True)
        with pytest.raises(errors.OutOfRangeError):
            sess.run(queue.dequeue())
        coord.request_stop()
        coord.join()


def test_sessions_have_threads_of_their_own():
    queue, runner = counter()
    take = queue.dequeue()
    for _ in range(2):
        coord = tf.train.Coordinator()
        with tf.Session() as sess:
            start(sess, runner, coord)
            assert sess.run(take) == 1
            coord.request_stop()
            coord.join()


def test_start_queue_runners():
    queue, runner = counter()
    tf.train.add_queue_runner(runner)
    assert tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS) == [runner]
    coord = tf.train.Coordinator()
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        threads = tf.train.start_queue_runners(coord=coord)
        assert len(threads) == 2
        assert sess.run(queue.dequeue()) == 1
        coord.request_stop()
        coord.join(threads)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda queue, op: tf.train.QueueRunner(),
            ValueError,
            "Must provide queue and enqueue_ops.",
        ),
        (
            lambda queue, op: tf.train.QueueRunner(queue, []),
            ValueError,
            "Must provide queue and enqueue_ops.",
        ),
        (
            lambda queue, op: tf.train.QueueRunner(
                queue, [op], queue_closed_exception_types=3
            ),
            TypeError,
            "queue_closed_exception_types, when provided, must be a tuple of tf.error "
            "types, but saw: 3",
        ),
        (
            lambda queue, op: tf.train.QueueRunner(
                queue, [op], queue_closed_exception_types=(ValueError,)
            ),
            TypeError,
            "queue_closed_exception_types, when provided, must be a tuple of tf.error "
            "types, but saw: (<class 'ValueError'>,)",
        ),
        (
            lambda queue, op: tf.train.QueueRunner(
                queue,
                [op],
                queue_runner_def=tf.train.QueueRunner(queue, [op]).to_proto(),
            ),
            ValueError,
            "queue_runner_def and queue are mutually exclusive.",
        ),
        (
            lambda queue, op: tf.train.start_queue_runners(),
            ValueError,
            "Cannot start queue runners: No default session is registered. Use `with "
            "sess.as_default()` or pass an explicit session to "
            "tf.start_queue_runners(sess=sess)",
        ),
        (
            lambda queue, op: tf.train.start_queue_runners(3),
            TypeError,
            "sess must be a `tf.Session` object. Given class: <class 'int'>",
        ),
    ],
)
def test_wrong_arguments(call, error, text):
    queue = tf.FIFOQueue(5, tf.int32, shapes=[()])
    with pytest.raises(error) as caught:
        call(queue, queue.enqueue(1))
    assert str(caught.value) == text


def test_messages():
    with tf.name_scope("s"):
        queue, runner = counter(name="q")
    message = runner.to_proto()
    assert message.queue_name == "s/q"
    assert message.enqueue_op_name == ["s/q_enqueue"]
    assert (message.close_op_name, message.cancel_op_name) == (
        "s/q_Close",
        "s/q_Close_1",
    )
    assert message.queue_closed_exception_types == [errors.OUT_OF_RANGE]
    assert runner.to_proto("s").queue_name == "q"
    assert runner.to_proto("other") is None
    again = tf.train.QueueRunner.from_proto(message)
    assert again.queue is queue.queue_ref.op
    assert again.enqueue_ops == runner.enqueue_ops
    assert again.cancel_op is runner.cancel_op
    assert again.queue_closed_exception_types == (errors.OutOfRangeError,)


def test_runners_survive_a_meta_graph():
    queue, runner = counter(limit=3)
    tf.train.add_queue_runner(runner)
    queue.dequeue(name="take")
    meta = tf.train.export_meta_graph()
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.train.import_meta_graph(meta)
        sess.run(tf.local_variables_initializer())
        coord = tf.train.Coordinator()
        tf.train.start_queue_runners(sess, coord)
        take = graph.get_tensor_by_name("take:0")
        assert [sess.run(take) for _ in range(3)] == [0, 1, 2]
        coord.request_stop()
        coord.join()
