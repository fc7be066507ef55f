"""Coordinators and the threads that heed them."""

import sys
import threading
import time

import pytest

import interactive_graphs as tf
from interactive_graphs import errors


@pytest.fixture
def coord():
    return tf.train.Coordinator()


def test_a_stop_is_seen(coord):
    assert not coord.should_stop()
    assert not coord.wait_for_stop(0.01)
    coord.request_stop()
    coord.request_stop()
    assert coord.should_stop()
    assert coord.wait_for_stop()
    coord.join([])
    assert coord.joined


def test_join_waits_for_threads_without_a_stop(coord):
    done = []
    threads = [
        threading.Thread(target=lambda i=i: (time.sleep(0.05 * i), done.append(i)))
        for i in range(3)
    ]
    for thread in threads:
        thread.start()
    coord.join(threads)
    assert sorted(done) == [0, 1, 2]
    assert not coord.should_stop()


def test_the_first_exception_is_raised_by_join(coord):
    coord.request_stop(ValueError("first"))
    coord.request_stop(KeyError("second"))
    for _ in range(2):
        with pytest.raises(ValueError, match="first"):
            coord.join()
    with pytest.raises(ValueError, match="first"):
        coord.raise_requested_exception()


def test_an_exception_after_a_stop_is_not_kept(coord):
    coord.request_stop()
    coord.request_stop(ValueError("late"))
    coord.join()


def test_after_join_an_exception_is_raised_at_once(coord):
    coord.request_stop()
    coord.join()
    with pytest.raises(KeyError, match="z"):
        coord.request_stop(KeyError("z"))


def test_the_traceback_is_the_threads(coord):
    def fails():
        with coord.stop_on_exception():
            raise ValueError("in a thread")

    thread = threading.Thread(target=fails)
    thread.start()
    with pytest.raises(ValueError, match="in a thread") as caught:
        coord.join([thread])
    assert "fails" in [entry.name for entry in caught.traceback]


def test_the_end_of_the_input_is_a_clean_stop(coord):
    coord.request_stop(errors.OutOfRangeError(None, None, "end"))
    coord.join()
    strict = tf.train.Coordinator(clean_stop_exception_types=(KeyError,))
    strict.request_stop(errors.OutOfRangeError(None, None, "end"))
    with pytest.raises(errors.OutOfRangeError, match="end"):
        strict.join()


def test_exc_info_is_taken(coord):
    try:
        raise ValueError("as a tuple")
    except ValueError:
        coord.request_stop(sys.exc_info())
    with pytest.raises(ValueError, match="as a tuple"):
        coord.join()


@pytest.mark.parametrize("bad", [3, (1, 2), "text"])
def test_what_is_no_exception_is_refused(coord, bad):
    with pytest.raises(TypeError, match="must be an exception or a tuple"):
        coord.request_stop(bad)
    assert not coord.should_stop()


def test_clear_stop_forgets(coord):
    coord.request_stop(ValueError("old"))
    with pytest.raises(ValueError, match="old"):
        coord.join()
    coord.clear_stop()
    assert (coord.should_stop(), coord.joined) == (False, False)
    coord.request_stop()
    coord.join()


def test_threads_that_do_not_end(coord):
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="stuck")
    thread.start()
    coord.register_thread(thread)
    coord.request_stop()
    text = "^Coordinator stopped with threads still running: stuck$"
    with pytest.raises(RuntimeError, match=text):
        coord.join(stop_grace_period_secs=0.1)
    coord.join([thread], stop_grace_period_secs=0.1, ignore_live_threads=True)
    end.set()
    thread.join()


def test_loops(coord):
    counts = []

    def count(step, limit):
        counts.append(step)
        if len(counts) == limit:
            coord.request_stop()

    looper = tf.train.LooperThread.loop(
        coord, None, count, args=(2,), kwargs={"limit": 3}
    )
    coord.join()
    assert counts == [2, 2, 2]
    assert not looper.is_alive()


def test_loops_with_a_pause_and_hooks(coord):
    seen = []

    class Looper(tf.train.LooperThread):
        def start_loop(self):
            seen.append("start")

        def run_loop(self):
            seen.append("run")
            if seen.count("run") == 3:
                coord.request_stop()

        def stop_loop(self):
            seen.append("stop")

    started = time.monotonic()
    Looper(coord, 0.02).start()
    coord.join()
    assert seen == ["start", "run", "run", "run", "stop"]
    assert time.monotonic() - started >= 0.03


def test_an_error_in_a_loop_stops_all(coord):
    tf.train.LooperThread.loop(coord, None, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        coord.join()


def test_a_looper_needs_a_coordinator():
    text = "'coord' argument must be a Coordinator: 3"
    with pytest.raises(ValueError, match=text):
        tf.train.LooperThread(3, 1)
