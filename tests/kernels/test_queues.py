"""The queue core by itself: lines, fairness, cancellation, giving back."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest

from interactive_graphs import errors
from interactive_graphs.kernels.cpu.queues import FIFOQueue
from interactive_graphs.runtime.state import Cancellation

TIMEOUT = 10.0


def queue(capacity=4, shapes=((),)):
    return FIFOQueue("q", capacity, [np.dtype(np.int64)], shapes, "int64")


def element(value):
    return (np.int64(value),)


def start(call, *args):
    """Runs `call` in a thread; gives the thread and where its outcome will stand."""
    outcome = []

    def run():
        try:
            outcome.append(call(*args))
        except errors.OpError as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, outcome


def finish(thread, outcome):
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    return outcome[0]


def wait_until_in_line(line, count):
    for _ in range(1000):
        if len(line) == count:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"{len(line)} in line, not {count}")


def test_cancelling_a_dequeue_gives_back():
    q, step = queue(), Cancellation()
    q.enqueue_many((np.array([1, 2]),))
    waiting = start(q.dequeue_many, 3, False, step)
    wait_until_in_line(q._takers, 1)
    assert q.size() == 0
    step.cancel()
    error = finish(*waiting)
    assert isinstance(error, errors.CancelledError)
    assert error.message == "Dequeue operation was cancelled"
    assert [q.dequeue()[0], q.dequeue()[0]] == [1, 2]


def test_cancelling_lets_the_next_in_line_go_on():
    q, step = queue(), Cancellation()
    q.enqueue(element(1))
    first = start(q.dequeue_many, 2, False, step)
    wait_until_in_line(q._takers, 1)
    second = start(q.dequeue)
    wait_until_in_line(q._takers, 2)
    step.cancel()
    assert isinstance(finish(*first), errors.CancelledError)
    assert finish(*second) == element(1)


def test_cancelling_an_enqueue_of_many_keeps_what_went_in():
    q, step = queue(capacity=2), Cancellation()
    waiting = start(q.enqueue_many, (np.array([1, 2, 3]),), step)
    wait_until_in_line(q._putters, 1)
    step.cancel()
    assert finish(*waiting).message == "Enqueue operation was cancelled"
    assert q.size() == 2
    assert q.dequeue() == element(1)


def test_a_step_that_is_over_before_it_waits():
    q, step = queue(), Cancellation()
    step.cancel()
    with pytest.raises(errors.CancelledError, match="Dequeue operation was cancelled"):
        q.dequeue(step)
    assert not q._takers


def test_cancelling_a_close():
    q, step = queue(capacity=1), Cancellation()
    q.enqueue(element(1))
    putting = start(q.enqueue, element(2))
    wait_until_in_line(q._putters, 1)
    closing = start(q.close, False, step)
    wait_until_in_line(q._putters, 2)
    step.cancel()
    assert isinstance(finish(*closing), errors.CancelledError)
    assert q.dequeue() == element(1)
    assert finish(*putting) is None
    assert not q.is_closed()


def test_closing_with_cancellation_ends_a_waiting_close():
    q = queue(capacity=1)
    q.enqueue(element(1))
    putting = start(q.enqueue, element(2))
    wait_until_in_line(q._putters, 1)
    closing = start(q.close)
    wait_until_in_line(q._putters, 2)
    q.close(cancel_pending_enqueues=True)
    assert isinstance(finish(*putting), errors.CancelledError)
    assert finish(*closing) is None
    assert q.is_closed()


def test_elements_stay_in_front_in_order_when_given_back():
    q = queue(capacity=-1)
    q.enqueue_many((np.arange(3),))
    waiting = start(q.dequeue_many, 5)
    wait_until_in_line(q._takers, 1)
    q.close()
    error = finish(*waiting)
    assert "(requested 2, current size 0)" in error.message
    assert [q.dequeue()[0] for _ in range(3)] == [0, 1, 2]


def test_up_to_waits_while_open():
    q = queue()
    waiting = start(q.dequeue_many, 3, True)
    wait_until_in_line(q._takers, 1)
    q.enqueue(element(1))
    q.close()
    np.testing.assert_array_equal(finish(*waiting)[0], [1])


def test_batches_of_strings_and_scalar_arrays():
    q = FIFOQueue("q", 4, [np.dtype(object)], [()], "string")
    q.enqueue((np.array(b"a", object),))
    q.enqueue((b"b",))
    assert q.dequeue_many(2)[0].tolist() == [b"a", b"b"]


def test_many_producers_and_consumers_lose_nothing():
    q = queue(capacity=3)
    random.seed(1)

    def produce(base):
        for i in range(50):
            q.enqueue(element(base + i))

    def consume():
        got = []
        while True:
            try:
                if random.random() < 0.5:
                    got.append(int(q.dequeue()[0]))
                else:
                    got += q.dequeue_many(random.randint(1, 4), True)[0].tolist()
            except errors.OutOfRangeError:
                return got

    producers = [start(produce, 1000 * n) for n in range(4)]
    consumers = [start(consume) for _ in range(3)]
    for thread in producers:
        finish(*thread)
    q.close()
    taken = [finish(*thread) for thread in consumers]
    flat = sorted(value for part in taken for value in part)
    assert flat == sorted(1000 * n + i for n in range(4) for i in range(50))
    for part in taken:
        for n in range(4):
            of_one = [v for v in part if v // 1000 == n]
            assert of_one == sorted(of_one)
