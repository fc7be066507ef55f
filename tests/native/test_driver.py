"""Native programs: what they take, sharing, forks, interrupts, a busy pool."""

import gc
import os
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest

from interactive_graphs.kernels.native import (
    driver_entry,
    driver_text as words,
    target as targets,
)
from interactive_graphs.kernels.native.compiler import compile_kernels
from interactive_graphs.kernels.native.driver import Argument, Job, Place, Program
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.pool import (
    MOST_CHUNKS,
    Memory,
    Pool,
    StoppedError,
    chunks_of,
)
from interactive_graphs.kernels.native.routine import Kernel

pytestmark = pytest.mark.skipif(
    bool(targets.available()), reason=targets.available() or "there is"
)
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


@pytest.fixture(scope="module")
def crowd():
    """A pool of three helpers, however many cores there are."""
    pool = Pool(targets.detect(), helpers=3)
    yield pool
    pool.stop()


def kernel(turns=1, units=64, cost=1e6, scratch=0):
    """y[unit] = x[unit] after so many turns of z = z / 2 + 1, by way of the scratch."""
    f = Function(targets.detect(), 2)
    v = Lanes(f, "float64", 1)
    x, y = f.arguments

    def one(i, _):
        first = v.load(f.address(x, i, "float64"))

        def turn(_, carried):
            return [v.fma(carried[0], v.constant(0.5), v.constant(1))]

        (last,) = f.loop(0, turns, turn, [(v.type, first)])
        if scratch:
            slot = f.address(f.scratch, scratch // 8 - 1, "float64")
            v.store(last, slot)
            last = v.load(slot)
        v.store(last, f.address(y, i, "float64"))

    f.loop(f.begin, f.end, one)
    return Kernel("halving", f.text(), units, cost, scratch)


def expected(x, turns):
    for _ in range(turns):
        x = x * 0.5 + 1
    return x


def program(turns=1, units=64, cost=1e6, scratch=0, jobs=1, threads=0, pool=None):
    """A program of x -> y, and of y -> y in each further job."""
    made = kernel(turns, units, cost, scratch)
    code = compile_kernels([made], targets.detect())
    address = code.addresses[0]
    rest = [Job(made, address, (Place(1), Place(1)))] * (jobs - 1)
    arguments = [Argument("float64", (units,)), Argument("float64", (units,), True)]
    return Program(
        [Job(made, address, (Place(0), Place(1))), *rest],
        arguments, keep=(code,), threads=threads, pool=pool,
    )  # fmt: skip


@pytest.fixture(params=["run", "run_plainly"])
def way(request):
    """The entry that looks into arrays itself, and the one in Python."""
    return request.param


def test_arrays_lie_in_memory_as_the_entry_reads_them():
    assert driver_entry.layout_is_known()
    assert type(program().run) is type(len)


def test_an_empty_program_runs(way):
    assert getattr(Program([]), way)() is True


def test_jobs_run_one_after_another(way):
    x = np.arange(64.0)
    y = np.zeros(64)
    assert getattr(program(turns=2, jobs=3), way)(x, y) is True
    assert y.tolist() == expected(x, 6).tolist()


def test_the_same_program_takes_other_arrays_each_time(way):
    run = getattr(program(), way)
    for seed in range(5):
        x, y = np.random.default_rng(seed).standard_normal(64), np.zeros(64)
        assert run(x, y)
        assert y.tolist() == expected(x, 1).tolist()


def test_addresses_and_offsets(way):
    made = kernel(units=4)
    code = compile_kernels([made], targets.detect())
    source, end = np.arange(8.0), Memory(8 * 8)
    end.array.view(np.float64)[:] = -1
    whole = Program(
        [Job(made, code.addresses[0], (Place(0, 32), end.address + 16))],
        [Argument("float64", (8,))],
        keep=(code, end),
    )
    assert getattr(whole, way)(source)
    result = end.array.view(np.float64)
    assert result.tolist() == [-1, -1, 3, 3.5, 4, 4.5, -1, -1]


class Sub(np.ndarray):
    pass


def read_only(array):
    array.flags.writeable = False
    return array


def unaligned(count):
    return np.zeros(count * 8 + 1, np.uint8)[1:].view(np.float64)


UNFIT = {
    "shorter": lambda: np.zeros(63),
    "more dimensions": lambda: np.zeros((64, 1)),
    "no dimensions": lambda: np.zeros(()),
    "another dtype": lambda: np.zeros(64, np.float32),
    "same size, another dtype": lambda: np.zeros(64, np.int64),
    "other byte order": lambda: np.zeros(64, ">f8"),
    "not contiguous": lambda: np.zeros(128)[::2],
    "backwards": lambda: np.zeros(64)[::-1],
    "not aligned": lambda: unaligned(64),
    "a list": lambda: [0.0] * 64,
    "None": lambda: None,
    "a number": lambda: 1.0,
    "a NumPy number": lambda: np.float64(1),
    "a subclass": lambda: np.zeros(64).view(Sub),
    "a memory map's class": lambda: np.zeros(64).view(np.memmap),
}


@pytest.mark.parametrize("kind", UNFIT)
@pytest.mark.parametrize("place", [0, 1])
def test_what_does_not_fit_is_refused_and_nothing_done(kind, place, way):
    arrays = [np.ones(64), np.full(64, 7.0)]
    kept = arrays[1]
    arrays[place] = UNFIT[kind]()
    assert getattr(program(), way)(*arrays) is False
    assert set(kept.tolist()) == {7.0}


def test_only_what_is_written_must_be_writeable(way):
    run = getattr(program(), way)
    x, y = np.ones(64), np.zeros(64)
    assert run(read_only(x), y) is True
    assert run(np.ones(64), read_only(y)) is False


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_arrays_is_an_error(count, way):
    with pytest.raises(TypeError, match="wrong number of arrays"):
        getattr(program(), way)(*[np.zeros(64)] * count)


SCALARS = ["float32", "float64", "float16", "int8", "int32", "int64", "uint16", "bool"]


@pytest.mark.parametrize("dtype", [*SCALARS, "bfloat16"])
def test_numbers_of_numpy_do_for_arrays_without_dimensions(dtype, way):
    f = Function(targets.detect(), 2)
    v = Lanes(f, dtype, 1)
    v.store(v.load(f.arguments[0]), f.arguments[1])
    made = Kernel("copy", f.text(), 1, 1.0)
    code = compile_kernels([made], targets.detect())
    arguments = [Argument(dtype, ()), Argument(dtype, (), True)]
    copy = Program(
        [Job(made, code.addresses[0], (Place(0), Place(1)))], arguments, [code]
    )
    import ml_dtypes

    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    out = np.zeros((), kind)
    for given in (np.array(1, kind), np.array([1], kind)[0]):
        out[...] = 0
        assert getattr(copy, way)(given, out) is True
        assert out == given
        # A number cannot be written to: it may be shared.
        assert getattr(copy, way)(out, np.array([0], kind)[0]) is False
    assert getattr(copy, way)(np.array([1], kind), out) is False


def test_empty_arrays(way):
    assert getattr(program(units=0), way)(np.zeros(0), np.zeros(0)) is True


@pytest.mark.parametrize("units", [1, 2, 63, 64, 65, 1000])
def test_each_unit_is_done_once_by_whoever(units, crowd):
    x, y = np.zeros(units), np.arange(units, dtype=np.float64)
    f = Function(targets.detect(), 2)
    v = Lanes(f, "float64", 1)

    def add_one(i, _):
        place = f.address(f.arguments[1], i, "float64")
        v.store(v.add(v.load(place), v.constant(1)), place)

    f.loop(f.begin, f.end, add_one)
    made = Kernel("add_one", f.text(), units, 1e6)
    code = compile_kernels([made], targets.detect())
    arguments = [Argument("float64", (units,)), Argument("float64", (units,), True)]
    job = Job(made, code.addresses[0], (Place(0), Place(1)))
    shared = Program([job] * 50, arguments, [code], pool=crowd)
    assert shared.run(x, y)
    assert y.tolist() == [i + 50 for i in range(units)]


def test_helpers_do_their_share(crowd):
    """Chunks long enough for every helper to wake up; some get done by helpers."""
    shared = program(turns=200_000, units=64, cost=1e9, pool=crowd)
    x, y = np.arange(64.0), np.zeros(64)
    before = crowd.chunks_by_helpers()
    for _ in range(20):
        assert shared.run(x, y)
        if crowd.chunks_by_helpers() > before:
            break
    assert crowd.chunks_by_helpers() > before
    assert crowd.helpers == 3


def test_results_are_the_same_with_any_number_of_threads(crowd):
    x = np.random.default_rng(0).standard_normal(777)
    results = []
    for threads, pool in ((1, None), (0, None), (0, crowd)):
        run = program(turns=9, units=777, jobs=30, threads=threads, pool=pool).run
        for _ in range(20):
            y = np.zeros(777)
            assert run(x, y)
            results.append(y.tobytes())
    assert len(set(results)) == 1


def test_one_thread_means_the_caller_alone(crowd):
    before = crowd.chunks_by_helpers()
    alone = program(turns=100_000, threads=1, pool=crowd)
    assert alone.run(np.ones(64), np.zeros(64))
    assert crowd.chunks_by_helpers() == before


def test_so_many_threads_means_so_many_helpers():
    """The first helper of three may help; the others are awake and may not."""
    pool = Pool(targets.detect(), helpers=3)
    run = program(turns=100_000, units=64, cost=1e9, threads=2, pool=pool).run
    everybody = program(turns=100_000, units=64, cost=1e9, pool=pool).run
    x, y = np.ones(64), np.zeros(64)
    try:
        assert run(x, y)  # which starts them
        counts = pool._helpers[words.CHUNKS_RUN :: words.HELPER_WORDS]
        for _ in range(200):
            before = counts.tolist()
            assert run(x, y)
            after = counts.tolist()
            assert after[1:] == before[1:]
            if after[0] > before[0]:
                break
        assert counts[0] > 0
        for _ in range(200):
            assert everybody(x, y)
            if counts[1:3].all():
                break
        assert counts[1:3].all()
    finally:
        pool.stop()


def test_each_thread_has_scratch_of_its_own(crowd):
    x = np.arange(1000.0)
    for size in (8, 4096, 100_000):
        shared = program(turns=50, units=1000, scratch=size, jobs=20, pool=crowd)
        for _ in range(10):
            y = np.zeros(1000)
            assert shared.run(x, y)
            assert y.tolist() == expected(x, 1000).tolist()


def test_scratch_may_grow_while_others_run(crowd):
    ended = threading.Event()
    wrong = []

    def work():
        run = program(turns=20, units=512, scratch=64, jobs=5, pool=crowd).run
        x = np.arange(512.0)
        while not ended.is_set():
            y = np.zeros(512)
            if not run(x, y) or y.tolist() != expected(x, 100).tolist():
                wrong.append(y)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for step in range(20):
            grown = program(scratch=200_000 + step * 4096, pool=crowd)
            assert grown.run(np.ones(64), np.zeros(64))
    finally:
        ended.set()
        thread.join()
    assert not wrong


def test_programs_in_many_threads_at_once(crowd):
    """One has the pool, the others run alone, and all give the right thing."""
    wrong = []

    def work(seed):
        run = program(turns=30, units=256, jobs=4, pool=crowd).run
        for step in range(100):
            x, y = np.random.default_rng([seed, step]).random(256), np.zeros(256)
            if run(x, y) is not True or y.tolist() != expected(x, 120).tolist():
                wrong.append((seed, step))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_busy_pool_makes_nobody_wait(crowd):
    """Somebody has it for good: programs run alone, with the same result."""
    assert crowd._call["seize"](crowd.memory.address)
    try:
        before = crowd.chunks_by_helpers()
        x, y = np.arange(64.0), np.zeros(64)
        assert program(jobs=3, pool=crowd).run(x, y)
        assert y.tolist() == expected(x, 3).tolist()
        assert crowd.chunks_by_helpers() == before
    finally:
        crowd._call["yield_pool"](crowd.memory.address)


def test_a_program_that_runs_already_is_refused(way):
    """Its buffers are its own, so a second run goes another way."""
    shared = program(turns=3_000_000, units=64)
    outcomes = []
    arrays = np.ones(64), np.zeros(64)
    thread = threading.Thread(target=lambda: outcomes.append(shared.run(*arrays)))
    thread.start()
    while not shared._words[words.RUNNING] and not outcomes:
        time.sleep(0.0001)
    second = getattr(shared, way)(*arrays)
    thread.join()
    assert outcomes == [True]
    assert second is False
    assert getattr(shared, way)(*arrays) is True


def test_other_python_threads_run_meanwhile():
    shared = program(turns=30_000_000, units=4, threads=1)
    steps, done = [0], threading.Event()

    def count():
        while not done.is_set():
            steps[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = steps[0]
    assert shared.run(np.ones(4), np.zeros(4))
    after = steps[0]
    done.set()
    thread.join()
    assert after > before + 10


def test_stop_ends_a_run_between_two_jobs(way):
    many = program(turns=100_000, units=64, jobs=2000, threads=1)
    x, y = np.ones(64), np.zeros(64)
    timer = threading.Timer(0.2, many.stop)
    timer.start()
    with pytest.raises(StoppedError):
        getattr(many, way)(x, y)
    timer.join()
    # Whole jobs only: all elements are the same.
    assert len(set(y.tolist())) == 1
    assert getattr(program(), way)(x, y) is True


def test_a_program_runs_again_after_it_was_stopped(way):
    once = program()
    once.stop()
    x, y = np.ones(64), np.full(64, 5.0)
    with pytest.raises(StoppedError):
        getattr(once, way)(x, y)
    assert set(y.tolist()) == {5.0}
    assert getattr(once, way)(x, y) is True


INTERRUPTED = """
import os, signal, threading, time
import numpy as np
from tests.native.test_driver import program

# Who starts the tests behind a shell's back has it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
many = program(turns=100_000, units=64, cost=5e7, jobs=4000)
x, y = np.ones(64), np.zeros(64)
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    many.{way}(x, y)
except KeyboardInterrupt:
    assert len(set(y.tolist())) == 1, "a job was left half done"
    short = program()
    assert short.run(x, y) is True
    print("interrupted")
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_an_interrupt_arrives_between_two_jobs(way):
    done = python(INTERRUPTED.format(way=way))
    assert done.stdout.strip() == "interrupted", done.stderr


def python(text, timeout=100):
    """Runs a program in a process of its own, from the root of the repository."""
    return subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True, text=True, timeout=timeout, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip


def test_helpers_do_not_hold_up_the_end_of_the_process():
    done = python(
        "import numpy as np, sys\n"
        "from tests.native.test_driver import program\n"
        "assert program(turns=1000).run(np.ones(64), np.zeros(64))\n"
        "print('end')\n"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)


def test_a_thread_in_a_long_program_does_not_hold_up_the_end():
    done = python(
        "import numpy as np, threading, time\n"
        "from tests.native.test_driver import program\n"
        "long = program(turns=100_000_000, units=64)\n"
        "arrays = np.ones(64), np.zeros(64)\n"
        "threading.Thread(target=long.run, args=arrays, daemon=True).start()\n"
        "time.sleep(0.2)\n"
        "print('end')\n",
        timeout=20,
    )
    assert done.stdout == "end\n"


FORKED = """
import os, sys, threading
import numpy as np
from interactive_graphs.kernels.native import pool, target
from tests.native.test_driver import program, expected

crowd = pool.Pool(target.detect(), helpers=2)
shared = program(turns=1000, units=64, jobs=3, pool=crowd)
x = np.arange(64.0)

def check():
    y = np.zeros(64)
    assert shared.run(x, y) is True
    assert y.tolist() == expected(x, 3000).tolist()

{before}
children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        for _ in range(50):
            check()
        assert crowd.helpers == 2
        fresh = program(turns=7, units=100, jobs=2, scratch=640, pool=crowd)
        y = np.zeros(100)
        assert fresh.run(np.ones(100), y) is True
        os._exit(0)
    children.append(child)
    {meanwhile}
codes = [os.waitpid(child, 0)[1] for child in children]
{after}
check()
assert codes == [0] * 8, codes
print("forked")
"""


@needs_fork
@pytest.mark.parametrize("busy", [False, True])
def test_children_have_helpers_of_their_own(busy):
    """Even of a parent that forks while another of its threads runs programs."""
    parts = {"before": "check()", "meanwhile": "check()", "after": ""}
    if busy:
        parts = {
            "before": (
                "ended = threading.Event()\n"
                "other = program(turns=2000, units=64, jobs=9, pool=crowd)\n"
                "def work():\n"
                "    while not ended.is_set():\n"
                "        other.run(x, np.zeros(64))\n"
                "thread = threading.Thread(target=work)\n"
                "thread.start()\n"
            ),
            "meanwhile": "pass",
            "after": "ended.set(); thread.join()",
        }
    done = python(FORKED.format(**parts))
    assert done.stdout.strip() == "forked", done.stderr


def test_a_process_that_may_start_no_thread_runs_alone(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    pool = Pool(targets.detect(), helpers=2)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    y = np.zeros(64)
    assert program(jobs=2, pool=pool).run(np.ones(64), y)
    assert pool.helpers == 0
    assert y.tolist() == expected(np.ones(64), 2).tolist()


def test_helpers_start_when_first_needed():
    pool = Pool(targets.detect(), helpers=1)
    small = program(cost=10.0, pool=pool)
    assert small.run(np.ones(64), np.zeros(64))
    assert pool.helpers == 0
    assert program(pool=pool).run(np.ones(64), np.zeros(64))
    assert pool.helpers == 1
    pool.stop()


def test_helpers_that_sleep_are_woken():
    pool = Pool(targets.detect(), helpers=2)
    shared = program(turns=300_000, units=64, pool=pool)
    x = np.ones(64)
    for _ in range(5):
        assert shared.run(x, np.zeros(64))
        deadline = time.monotonic() + 30
        while pool._words[words.SLEEPERS] < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert pool._words[words.SLEEPERS] == 2
    pool.stop()
    assert not [thread for thread in pool._threads if thread.is_alive()]
    assert shared.run(x, np.zeros(64))  # a pool that has ended helps nobody


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux has it")
def test_the_users_choice_of_cores_stays(crowd):
    before = os.sched_getaffinity(0)
    assert program(pool=crowd).run(np.ones(64), np.zeros(64))
    assert os.sched_getaffinity(0) == before
    for thread in crowd._threads:
        assert os.sched_getaffinity(thread.native_id) <= before


def test_a_program_is_let_go_with_what_it_keeps():
    class Owner:
        pass

    owner = Owner()
    kept = weakref.ref(owner)
    run = Program([], keep=[owner]).run
    del owner
    gc.collect()
    assert kept() is not None  # for the function alone is the program
    assert run() is True
    del run
    gc.collect()
    assert kept() is None


def test_chunks_come_from_the_cost_alone():
    assert chunks_of(1000, 100.0) == 1
    assert chunks_of(1000, 20_000.0) == 4
    assert chunks_of(3, 1e9) == 3
    assert chunks_of(10**6, 1e12) == MOST_CHUNKS
    assert chunks_of(0, 1e9) == 1


def test_memory_is_aligned():
    for size in (0, 1, 63, 64, 1000):
        memory = Memory(size)
        assert memory.address % 64 == 0
        assert memory.array.ctypes.data == memory.address or size == 0
        assert memory.array.nbytes == size
