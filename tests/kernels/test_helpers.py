"""Work that is shared in Python: all of it once, whoever does it and whatever happens."""

import os
import signal
import threading
import time

import pytest

from interactive_graphs.kernels.cpu import helpers


@pytest.fixture(autouse=True)
def crew(monkeypatch):
    """Three helpers of their own for each test, however many cores there are."""
    monkeypatch.setattr(helpers, "usable_cores", lambda: 4)
    monkeypatch.setattr(helpers, "_crew", helpers._Crew())


def who_did(pieces, threads=None, wait=0.005):
    """Which thread did each piece."""
    done = {}

    def work(piece):
        assert piece not in done
        done[piece] = threading.get_ident()
        time.sleep(wait)

    helpers.share(work, range(pieces), threads)
    assert sorted(done) == list(range(pieces))
    return set(done.values())


def test_each_piece_is_done_once_by_several():
    assert len(who_did(40)) == 4
    assert who_did(0) == set()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_so_many_threads_at_the_most(threads):
    assert len(who_did(40, threads)) == threads
    with helpers.at_most(threads):
        assert len(who_did(40)) == threads
        with helpers.at_most(1):
            assert who_did(40, threads) == {threading.get_ident()}
        assert len(who_did(40)) == threads
    assert len(who_did(40)) == 4


def test_whoever_comes_second_waits_for_nobody():
    entered, ended = threading.Event(), threading.Event()

    def block(_):
        entered.set()
        assert ended.wait(10)

    first = threading.Thread(target=helpers.share, args=(block, range(8)))
    first.start()
    try:
        assert entered.wait(10)
        assert who_did(20) == {threading.get_ident()}
    finally:
        ended.set()
        first.join()
    assert len(who_did(40)) == 4


def test_an_error_in_any_piece_ends_the_work():
    for bad in range(12):
        under_way, seen = [], []

        def work(piece, bad=bad, under_way=under_way, seen=seen):
            under_way.append(piece)
            time.sleep(0.001)
            seen.append(piece)
            under_way.remove(piece)
            if piece == bad:
                raise ValueError(piece)

        with pytest.raises(ValueError, match=str(bad)):
            helpers.share(work, range(12))
        assert under_way == []
        assert len(set(seen)) == len(seen)
    assert len(who_did(40)) == 4


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers")
def test_an_interrupt_leaves_nobody_at_work():
    class Interrupt(Exception):
        pass

    def handler(*_):
        raise Interrupt

    under_way = set()

    def work(piece):
        try:
            under_way.add(piece)
            end = time.perf_counter() + 0.0003
            while time.perf_counter() < end:
                pass
        finally:
            under_way.discard(piece)

    def share_until_interrupted(seconds):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        while True:
            helpers.share(work, range(8))

    old = signal.signal(signal.SIGALRM, handler)
    try:
        for turn in range(150):
            with pytest.raises(Interrupt):
                share_until_interrupted(1e-3 + turn * 1e-5)
            assert under_way == set()
            assert helpers._users == {}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert len(who_did(40)) == 4


def test_without_threads_the_caller_does_it(monkeypatch):
    def refuse(*_args, **_options):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert who_did(10) == {threading.get_ident()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_has_helpers_of_its_own():
    """Also one that is made while somebody else has the parent's."""
    entered, ended = threading.Event(), threading.Event()

    def block(_):
        entered.set()
        assert ended.wait(20)

    busy = threading.Thread(target=helpers.share, args=(block, range(8)))
    busy.start()
    try:
        assert entered.wait(10)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if len(who_did(40)) == 4 else 2
            finally:
                os._exit(code)
    finally:
        ended.set()
        busy.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
