"""Steps that wait for queues: which of them are programs, and in which order."""

import threading

import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.kernels.cpu import queues
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.walk import Walk


def queue(name="q", size=()):
    return tf.FIFOQueue(5, tf.int32, shapes=[size], name=name)


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def test_one_wait_is_a_program(sess):
    assert isinstance(sess.program(queue().dequeue() + 1), Program)


def test_waits_in_a_row_are_a_program(sess):
    first, second = queue("first"), queue("second")
    move = second.enqueue(first.dequeue() * 2)
    assert isinstance(sess.program(move), Program)
    sess.run(first.enqueue(4))
    sess.run(move)
    assert sess.run(second.dequeue()) == 8


def test_waits_for_each_other_are_not(sess):
    q = queue()
    step = [q.dequeue(), q.enqueue(3)]
    assert isinstance(sess.program(step), Walk)
    assert sess.run(step)[0] == 3


def test_a_size_between_is_no_dependency(sess):
    q = queue()
    taken = q.dequeue(name="a_take")
    step = [taken, q.enqueue(q.size() + 3)]
    assert isinstance(sess.program(step), Walk)
    assert sess.run(step)[0] == 3


def test_waits_in_branches_are_not(sess):
    q = queue()
    step = tf.cond(tf.placeholder(tf.bool, [], "p"), q.dequeue, lambda: 7)
    assert isinstance(sess.program(step, ["p:0"]), Walk)
    assert sess.run(step, {"p:0": False}) == 7
    sess.run(q.enqueue(5))
    assert sess.run(step, {"p:0": True}) == 5


def test_a_loop_around_what_was_taken_is_a_program(sess):
    q = queue()
    limit = q.dequeue()
    found = tf.while_loop(lambda i: i < limit, lambda i: i + 2, [0])
    assert isinstance(sess.program(found), Program)
    sess.run(q.enqueue(5))
    assert sess.run(found) == 6


def test_what_needs_no_queue_fails_at_once(sess):
    taken = queue().dequeue()
    wrong = tf.gather([1, 2], tf.placeholder(tf.int32, [], "i"))
    with pytest.raises(errors.InvalidArgumentError, match="is not in"):
        sess.run([taken, wrong], {"i:0": 9})


def test_a_program_that_waits_ends_with_its_session():
    sess = tf.Session()
    step = queue().dequeue() + 1
    told = []

    def run():
        try:
            sess.run(step)
        except errors.CancelledError as error:
            told.append(error.message)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.2)
    sess.close()
    thread.join(10)
    assert not thread.is_alive()
    assert "Dequeue operation was cancelled" in told[0]


def test_an_interrupt_leaves_the_line(sess, monkeypatch):

    q = queue()
    step = q.dequeue()

    def interrupted(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(queues._Signal, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sess.run(step)
    sess.run(q.enqueue(1))
    assert sess.run(q.size()) == 1  # nobody stands in line for it any more
