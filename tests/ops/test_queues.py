"""Behaviours O01 to O16, O21 and O22 of the checklist: FIFOQueue."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import interactive_graphs as tf

TIMEOUT = 10.0


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


class Background(threading.Thread):
    """Runs something in a session, and keeps what came of it."""

    def __init__(self, session, fetches, **kwargs):
        super().__init__(daemon=True)
        self._call = lambda: session.run(fetches, **kwargs)
        self.result = None
        self.error = None
        self.start()

    def run(self):
        try:
            self.result = self._call()
        except BaseException as error:
            self.error = error

    def finish(self):
        self.join(TIMEOUT)
        assert not self.is_alive(), "still blocked"
        if self.error is not None:
            raise self.error
        return self.result

    def is_blocked(self):
        self.join(0.15)
        return self.is_alive()


def ints(capacity=10, **kwargs):
    return tf.FIFOQueue(capacity, tf.int32, shapes=[()], name="q", **kwargs)


# -- order, batches --------------------------------------------------------------------


def test_O01_order_size_and_components(sess):
    q = tf.FIFOQueue(10, [tf.int32, tf.string], name="q")
    a, b = tf.placeholder(tf.int32), tf.placeholder(tf.string)
    put = q.enqueue([a, b])
    for i in range(3):
        sess.run(put, {a: i, b: f"s{i}"})
    size = sess.run(q.size())
    assert size == 3
    assert size.dtype == np.int32
    taken = q.dequeue()
    assert isinstance(taken, list)
    assert [t.dtype for t in taken] == [tf.int32, tf.string]
    assert [sess.run(taken) for _ in range(3)] == [[0, b"s0"], [1, b"s1"], [2, b"s2"]]
    assert sess.run(q.size()) == 0


def test_nodes_and_static_shapes():
    q = tf.FIFOQueue(3, [tf.float32, tf.int32], shapes=[[], [2]], name="q")
    assert q.name == "q"
    assert q.dtypes == [tf.float32, tf.int32]
    assert [s.as_list() for s in q.shapes] == [[], [2]]
    assert q.names is None
    assert q.queue_ref.dtype == tf.resource
    assert q.queue_ref.device == "/device:CPU:*"
    n = tf.placeholder(tf.int32, [])
    cases = {
        "q_Dequeue": (q.dequeue(), [[], [2]]),
        "q_DequeueMany": (q.dequeue_many(4), [[4], [4, 2]]),
        "q_DequeueMany_1": (q.dequeue_many(n), [[None], [None, 2]]),
        "q_DequeueUpTo": (q.dequeue_up_to(4), [[None], [None, 2]]),
    }
    for name, (tensors, shapes) in cases.items():
        assert tensors[0].op.name == name
        assert [t.shape.as_list() for t in tensors] == shapes
    assert q.enqueue((1.0, [1, 2])).name == "q_enqueue"
    assert q.enqueue_many(([1.0], [[1, 2]])).name == "q_EnqueueMany"
    assert q.close().name == "q_Close"
    assert q.size().op.name == "q_Size"
    assert q.is_closed().op.name == "q_Is_Closed"
    assert tf.FIFOQueue(1, tf.int32).dequeue().op.name == "fifo_queue_Dequeue"
    assert tf.FIFOQueue(1, tf.int32).dequeue().shape.dims is None


def test_O03_batches(sess):
    q = ints()
    sess.run(q.enqueue_many([[1, 2, 3]]))
    np.testing.assert_array_equal(sess.run(q.dequeue_many(2)), [1, 2])
    assert sess.run(q.size()) == 1


def test_batches_of_several_components(sess):
    q = tf.FIFOQueue(5, [tf.float32, tf.string], shapes=[[2], []])
    sess.run(q.enqueue_many([[[1, 2], [3, 4]], ["a", "b"]]))
    first, second = sess.run(q.dequeue_many(2))
    np.testing.assert_array_equal(first, [[1, 2], [3, 4]])
    assert first.dtype == np.float32
    assert second.tolist() == [b"a", b"b"]


def test_O04_no_elements(sess):
    q = tf.FIFOQueue(5, [tf.float32, tf.string], shapes=[[2, 3], []])
    first, second = sess.run(q.dequeue_many(0))
    assert first.shape == (0, 2, 3)
    assert second.shape == (0,)
    assert first.dtype == np.float32


def test_elements_of_any_shape(sess):
    q = tf.FIFOQueue(5, tf.float32)
    for value in ([1.0], [[1.0, 2.0]], 3.0):
        sess.run(q.enqueue(tf.constant(value)))
    taken = q.dequeue()
    assert [np.shape(sess.run(taken)) for _ in range(3)] == [(1,), (1, 2), ()]


def test_what_is_put_in_is_copied(sess):
    q = tf.FIFOQueue(5, tf.float32)
    p = tf.placeholder(tf.float32, [2])
    fed = np.array([1, 2], np.float32)
    sess.run(q.enqueue(p), {p: fed})
    fed[:] = 100
    np.testing.assert_array_equal(sess.run(q.dequeue()), [1, 2])


def test_a_negative_capacity_is_no_limit(sess):
    q = ints(-1)
    sess.run(q.enqueue_many(tf.range(1000)))
    assert sess.run(q.size()) == 1000


# -- waiting ---------------------------------------------------------------------------


def test_O02_a_full_queue_blocks_until_there_is_room(sess):
    q = ints(1)
    put = q.enqueue(7)
    sess.run(put)
    waiting = Background(sess, put)
    assert waiting.is_blocked()
    sess.run(q.dequeue())
    waiting.finish()
    assert sess.run(q.size()) == 1


def test_an_empty_queue_blocks_until_there_is_an_element(sess):
    q = ints()
    waiting = Background(sess, q.dequeue())
    assert waiting.is_blocked()
    sess.run(q.enqueue(5))
    assert waiting.finish() == 5


def test_both_ends_in_one_run(sess):
    q = ints(1)
    taken = q.dequeue()
    assert sess.run([taken, q.enqueue(3)]) == [3, None]
    assert (
        sess.run([q.enqueue_many([[1, 2, 3]]), taken, q.dequeue_many(2)])[1] is not None
    )
    assert sess.run(q.size()) == 0


def test_waiting_enqueues_are_served_in_order(sess):
    q = ints(1)
    p = tf.placeholder(tf.int32, [])
    put, taken = q.enqueue(p), q.dequeue()
    sess.run(put, {p: 0})
    waiting = []
    for i in range(1, 4):
        waiting.append(Background(sess, put, feed_dict={p: i}))
        assert waiting[-1].is_blocked()
    assert [sess.run(taken) for _ in range(4)] == [0, 1, 2, 3]
    for thread in waiting:
        thread.finish()


def test_a_batch_that_waits_takes_what_is_there(sess):
    q = ints()
    sess.run(q.enqueue_many([[1, 2]]))
    batch = Background(sess, q.dequeue_many(3))
    assert batch.is_blocked()
    assert sess.run(q.size()) == 0
    behind = Background(sess, q.dequeue())
    assert behind.is_blocked()
    sess.run(q.enqueue_many([[3, 4]]))
    np.testing.assert_array_equal(batch.finish(), [1, 2, 3])
    assert behind.finish() == 4


def test_enqueue_many_puts_in_what_fits(sess):
    q = ints(2)
    waiting = Background(sess, q.enqueue_many([[1, 2, 3]]))
    assert waiting.is_blocked()
    assert sess.run(q.size()) == 2
    assert sess.run(q.dequeue()) == 1
    waiting.finish()
    np.testing.assert_array_equal(sess.run(q.dequeue_many(2)), [2, 3])


# -- closing ---------------------------------------------------------------------------


def test_O05_a_closed_queue_runs_dry(sess):
    q = ints()
    sess.run(q.enqueue_many([[1, 2]]))
    assert not sess.run(q.is_closed())
    sess.run(q.close())
    assert sess.run(q.is_closed())
    taken = q.dequeue()
    assert [sess.run(taken), sess.run(taken)] == [1, 2]
    with pytest.raises(
        tf.errors.OutOfRangeError,
        match=r"FIFOQueue '_0_q' is closed and has insufficient elements "
        r"\(requested 1, current size 0\)",
    ) as caught:
        sess.run(taken)
    assert caught.value.op.name == "q_Dequeue"


def test_O06_nothing_goes_into_a_closed_queue(sess):
    q = ints()
    sess.run(q.close())
    with pytest.raises(tf.errors.CancelledError, match=r"FIFOQueue '_0_q' is closed\."):
        sess.run(q.enqueue(1))
    assert sess.run(q.enqueue_many([tf.zeros([0], tf.int32)])) is None


def test_O07_closed_twice(sess):
    q = ints()
    sess.run(q.close())
    with pytest.raises(
        tf.errors.CancelledError, match=r"Queue '_0_q' is already closed\."
    ):
        sess.run(q.close())
    sess.run(q.close(cancel_pending_enqueues=True))


def test_O08_nothing_is_lost(sess):
    q = ints()
    sess.run(q.enqueue_many([[1, 2]]))
    batch = q.dequeue_many(3)
    waiting = Background(sess, batch)
    assert waiting.is_blocked()
    sess.run(q.close())
    with pytest.raises(
        tf.errors.OutOfRangeError,
        match=r"insufficient elements \(requested 1, current size 0\)",
    ):
        waiting.finish()
    with pytest.raises(
        tf.errors.OutOfRangeError,
        match=r"insufficient elements \(requested 3, current size 2\)",
    ):
        sess.run(batch)
    taken = q.dequeue()
    assert [sess.run(taken), sess.run(taken)] == [1, 2]


def test_O09_up_to(sess):
    q = ints()
    sess.run(q.enqueue_many([[1, 2, 3, 4, 5]]))
    some = q.dequeue_up_to(3)
    np.testing.assert_array_equal(sess.run(some), [1, 2, 3])
    waiting = Background(sess, some)
    assert waiting.is_blocked()
    sess.run(q.close())
    np.testing.assert_array_equal(waiting.finish(), [4, 5])
    with pytest.raises(tf.errors.OutOfRangeError, match="insufficient elements"):
        sess.run(some)


def test_O10_close_waits_behind_a_blocked_enqueue(sess):
    q = ints(1)
    sess.run(q.enqueue(1))
    putting = Background(sess, q.enqueue(2))
    assert putting.is_blocked()
    closing = Background(sess, q.close())
    assert closing.is_blocked()
    assert not sess.run(q.is_closed())
    late = Background(sess, q.enqueue(3))
    assert sess.run(q.dequeue()) == 1
    putting.finish()
    closing.finish()
    assert sess.run(q.is_closed())
    with pytest.raises(tf.errors.CancelledError, match="is closed"):
        late.finish()
    assert sess.run(q.dequeue()) == 2


def test_O11_close_cancels_blocked_enqueues(sess):
    q = ints(1)
    sess.run(q.enqueue(1))
    putting = Background(sess, q.enqueue(2))
    assert putting.is_blocked()
    sess.run(q.close(cancel_pending_enqueues=True))
    with pytest.raises(
        tf.errors.CancelledError, match="Enqueue operation was cancelled"
    ):
        putting.finish()
    assert sess.run(q.is_closed())
    assert sess.run(q.dequeue()) == 1


@pytest.mark.parametrize("end", ["dequeue", "enqueue"])
def test_O12_session_close_cancels_what_blocks(end):
    q = ints(1)
    session = tf.Session()
    if end == "dequeue":
        waiting = Background(session, q.dequeue())
    else:
        session.run(q.enqueue(1))
        waiting = Background(session, q.enqueue(2))
    assert waiting.is_blocked()
    session.close()
    with pytest.raises(
        tf.errors.CancelledError, match=f"{end.capitalize()} operation was cancelled"
    ):
        waiting.finish()


def test_a_deadline_puts_back_what_was_taken(sess):
    q = ints()
    sess.run(q.enqueue_many([[1, 2]]))
    started = time.monotonic()
    with pytest.raises(tf.errors.DeadlineExceededError):
        sess.run(q.dequeue_many(3), options=tf.RunOptions(timeout_in_ms=150))
    assert time.monotonic() - started < TIMEOUT
    np.testing.assert_array_equal(sess.run(q.dequeue_many(2)), [1, 2])


def test_a_failure_in_the_step_ends_what_blocks(sess):
    q = ints()
    bad = tf.constant(1) // tf.placeholder_with_default(0, [])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Integer division by zero"
    ):
        sess.run([q.dequeue(), bad])
    sess.run(q.enqueue(1))
    assert sess.run(q.dequeue()) == 1


# -- what does not fit -----------------------------------------------------------------


def test_O13_wrong_shapes(sess):
    q = tf.FIFOQueue(3, tf.float32, shapes=[[2]])
    with pytest.raises(ValueError, match=r"Shapes \(1,\) and \(2,\) are incompatible"):
        q.enqueue([[1.0]])
    with pytest.raises(ValueError, match=r"Shapes \(1,\) and \(2,\) are incompatible"):
        q.enqueue_many([[[1.0]]])
    with pytest.raises(ValueError, match=r"Shape \(\) must have rank at least 1"):
        q.enqueue_many([1.0])
    p = tf.placeholder(tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"Shape mismatch in tuple component 0\. Expected \[2\], got \[1\]",
    ):
        sess.run(q.enqueue(p), {p: [1.0]})
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"Shape mismatch in tuple component 0\. Expected \[1,2\], got \[1,1\]",
    ):
        sess.run(q.enqueue_many(p), {p: [[1.0]]})
    assert sess.run(q.size()) == 0


def test_O14_wrong_lengths(sess):
    q = tf.FIFOQueue(3, [tf.float32, tf.float32])
    with pytest.raises(ValueError, match="Dimensions 1 and 2 are not compatible"):
        q.enqueue_many([[1.0], [1.0, 2.0]])
    a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"All input tensors must have the same size in the 0th dimension\. "
        "Component 1 has 2, and should have 1",
    ):
        sess.run(q.enqueue_many([a, b]), {a: [1], b: [1, 2]})


def test_O15_batches_need_shapes(sess):
    q = tf.FIFOQueue(3, tf.float32)
    sess.run(q.enqueue_many([[1.0, 2.0]]))
    for batch in (q.dequeue_many(2), q.dequeue_up_to(2)):
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match="FIFOQueue's DequeueMany and DequeueUpTo require the components to "
            "have specified shapes",
        ):
            sess.run(batch)


def test_a_negative_number_of_elements(sess):
    q = ints()
    n = tf.placeholder(tf.int32, [])
    for batch, name in (
        (q.dequeue_many(n), "DequeueManyOp"),
        (q.dequeue_up_to(n), "DequeueUpToOp"),
    ):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=f"{name} requested -1 < 0 elements"
        ):
            sess.run(batch, {n: -1})


def test_too_many_and_too_few_components(sess):
    q = tf.FIFOQueue(3, [tf.float32, tf.int32])
    sess.run(q.enqueue([1.0, 2, 3]))
    assert sess.run(q.dequeue()) == [1, 2]
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match="Signature mismatch, have: resource, float-> expected: resource, float, "
        "int32->",
    ):
        sess.run(q.enqueue([1.0]))


def test_wrong_types_of_elements():
    q = tf.FIFOQueue(3, tf.float32)
    with pytest.raises(TypeError, match="Expected float32"):
        q.enqueue("x")
    with pytest.raises(ValueError, match="Tensor conversion requested dtype float32"):
        q.enqueue(tf.constant(1))


def test_O16_names(sess):
    q = tf.FIFOQueue(3, [tf.int32, tf.string], names=["a", "b"])
    sess.run(q.enqueue({"b": "x", "a": 1}))
    sess.run(q.enqueue_many({"a": [2], "b": ["y"]}))
    taken = q.dequeue()
    assert list(taken) == ["a", "b"]
    assert sess.run(taken) == {"a": 1, "b": b"x"}
    assert sess.run(taken) == {"a": 2, "b": b"y"}
    with pytest.raises(
        ValueError, match="You must enqueue a dictionary in a Queue with names"
    ):
        q.enqueue([1, "x"])
    with pytest.raises(
        ValueError,
        match="Keys in dictionary to enqueue do not match names of Queue.  Dictionary: "
        r"\('a',\), Queue: \('a', 'b'\)",
    ):
        q.enqueue({"a": 1})
    with pytest.raises(
        ValueError, match="Queue must have names to enqueue a dictionary"
    ):
        ints().enqueue({"a": 1})


@pytest.mark.parametrize(
    ("kwargs", "error", "text"),
    [
        (
            {"shapes": [[], []]},
            ValueError,
            "Queue shapes must have the same length as dtypes",
        ),
        (
            {"names": ["a", "b"]},
            ValueError,
            "List of names must have the same length as the list of dtypes",
        ),
        ({"shapes": [[None]]}, ValueError, "All shapes must be fully defined: "),
        (
            {"shapes": 3},
            TypeError,
            "shapes must be a TensorShape or a list or tuple of TensorShapes",
        ),
        ({"capacity": 1.5}, TypeError, "Expected int"),
        ({"dtypes": []}, ValueError, "passed list of length 0 less than minimum 1"),
    ],
)
def test_wrong_constructions(kwargs, error, text):
    with pytest.raises(error, match=text):
        tf.FIFOQueue(**{"capacity": 3, "dtypes": [tf.float32], **kwargs})


# -- sharing ---------------------------------------------------------------------------


def test_O21_one_queue_under_a_shared_name(sess):
    a, b = ints(3, shared_name="sh"), ints(3, shared_name="sh")
    sess.run(a.enqueue(5))
    assert sess.run(b.dequeue()) == 5
    sess.run(a.close())
    with pytest.raises(tf.errors.CancelledError, match=r"FIFOQueue 'sh' is closed\."):
        sess.run(b.enqueue(1))


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((4, tf.float32), {}, "capacity 3 but requested capacity was 4"),
        (
            (3, tf.int32),
            {},
            "component types float but requested component types were int32",
        ),
        (
            (3, tf.float32),
            {"shapes": [()]},
            r"component shapes \[\] but requested component shapes were \[\[\]\]",
        ),
    ],
)
def test_O21_what_is_shared_must_agree(sess, args, kwargs, text):
    first = tf.FIFOQueue(3, tf.float32, shared_name="sh")
    sess.run(first.size())
    second = tf.FIFOQueue(*args, shared_name="sh", **kwargs)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=f"Shared queue 'sh' has {text}"
    ):
        sess.run(second.size())
    assert sess.run(first.size()) == 0


def test_containers_keep_queues_apart(sess):
    first = ints(3, shared_name="sh")
    with tf.container("other"):
        second = ints(3, shared_name="sh")
    sess.run(first.enqueue(1))
    assert sess.run([first.size(), second.size()]) == [1, 0]


def test_O22_each_session_has_contents_of_its_own():
    q = ints()
    put, size = q.enqueue(1), q.size()
    with tf.Session() as one, tf.Session() as two:
        one.run(put)
        assert one.run(size) == 1
        assert two.run(size) == 0


def test_from_list(sess):
    a, b = (
        tf.FIFOQueue(3, tf.int32, shapes=[[2]]),
        tf.FIFOQueue(3, tf.int32, shapes=[[3]]),
    )
    i = tf.placeholder(tf.int32, [])
    chosen = tf.QueueBase.from_list(i, [a, b])
    assert chosen.shapes[0].as_list() == [None]
    sess.run([a.enqueue([[1, 2]]), b.enqueue([[3, 4, 5]])])
    np.testing.assert_array_equal(sess.run(chosen.dequeue(), {i: 1}), [3, 4, 5])
    assert sess.run([a.size(), b.size()]) == [1, 0]
    with pytest.raises(TypeError, match="A list of queues expected"):
        tf.QueueBase.from_list(0, [])
    with pytest.raises(TypeError, match="do not have matching component dtypes"):
        tf.QueueBase.from_list(0, [a, tf.FIFOQueue(3, tf.float32)])
