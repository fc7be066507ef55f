"""One thread of numpy's linear algebra while somebody wants that, else the user's."""

import os
import signal
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from interactive_graphs._util import blas_threads
from interactive_graphs._util.blas_threads import Control, Limit


class Library:
    """A library that takes eight threads."""

    def __init__(self, number=8):
        self.number = number
        self.limit = Limit(lambda: Control(self.set_number, lambda: self.number))

    def set_number(self, number):
        self.number = number


def test_one_thread_while_somebody_holds_it():
    library = Library()
    limit = library.limit
    assert limit.hold("a") == 8
    assert library.number == 1
    assert limit.hold("b") == 8
    limit.let_go("a")
    assert library.number == 1
    limit.let_go("b")
    assert library.number == 8


def test_what_is_done_twice_or_not_at_all_does_no_harm():
    library = Library()
    library.limit.let_go("nobody")
    assert library.number == 8
    library.limit.hold("a")
    library.limit.hold("a")
    library.limit.let_go("a")
    assert library.number == 8
    library.limit.let_go("a")
    assert library.number == 8


def test_what_the_user_sets_meanwhile_stays():
    library = Library()
    library.limit.hold("a")
    library.number = 4
    library.limit.let_go("a")
    assert library.number == 4
    assert library.limit.hold("b") == 4
    library.limit.let_go("b")
    assert library.number == 4


def test_a_user_who_wants_one_thread_has_one():
    library = Library(1)
    assert library.limit.hold("a") == 1
    library.limit.let_go("a")
    assert library.number == 1


def test_after_a_fork_nobody_holds_it():
    library = Library()
    library.limit.hold("in another thread")
    library.limit._lock.acquire()
    library.limit.start_over()
    assert library.number == 8
    assert library.limit.hold("a") == 8


def test_without_a_library_nothing_is_known():
    limit = Limit(lambda: None)
    assert limit.hold("a") is None
    limit.let_go("a")
    limit.start_over()


def test_the_first_names_that_a_library_has():
    plain = SimpleNamespace(
        openblas_set_num_threads=lambda n: None, openblas_get_num_threads=lambda: 3
    )
    half = SimpleNamespace(MKL_Set_Num_Threads=lambda n: None)
    found = blas_threads.find(iter([SimpleNamespace(), half, plain]))
    assert found.get_number() == 3
    assert blas_threads.find(iter([half])) is None


@pytest.fixture
def control():
    found = blas_threads.find(blas_threads.libraries())
    if found is None:
        pytest.skip("numpy's linear algebra here has no such functions")
    return found


def test_numpys_own_openblas_is_found(control):
    """What numpy's wheels bring; elsewhere it may be another library or none."""
    if "openblas" not in str(np.show_config(mode="dicts")).lower():
        pytest.skip("numpy was not built with OpenBLAS")
    before = control.get_number()
    assert before >= 1
    try:
        control.set_number(1)
        assert control.get_number() == 1
    finally:
        control.set_number(before)
    assert control.get_number() == before


def test_many_threads_leave_what_was_there(control):
    before = control.get_number()
    wrong = []

    def work():
        for _ in range(500):
            holder = object()
            try:
                blas_threads.hold(holder)
                if control.get_number() != 1:
                    wrong.append(1)
            finally:
                blas_threads.let_go(holder)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert control.get_number() == before


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers")
def test_interrupts_leave_what_was_there(control):
    """Wherever they come: what is held is let go."""
    before = control.get_number()

    class Interrupt(Exception):
        pass

    def handler(*_):
        raise Interrupt

    def use():
        holder = object()
        try:
            blas_threads.hold(holder)
        finally:
            try:
                blas_threads.let_go(holder)
            except BaseException:
                blas_threads.let_go(holder)
                raise

    old = signal.signal(signal.SIGALRM, handler)
    interrupts = 0
    try:
        for turn in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-4 + turn * 1e-6)
                while True:
                    use()
            except Interrupt:
                interrupts += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert interrupts == 300
    assert control.get_number() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_has_what_was_there(control):
    before = control.get_number()
    holder = object()
    try:
        blas_threads.hold(holder)
        child = os.fork()
        if child == 0:
            os._exit(0 if control.get_number() == before else 1)
    finally:
        blas_threads.let_go(holder)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
