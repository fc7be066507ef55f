"""When programs become native, and what happens meanwhile: forks, threads, closing."""

import gc
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.attach import Probe, attach
from interactive_graphs.kernels.native import pool as pools, target as targets
from interactive_graphs.runtime.engine import TIER_VARIABLE, EngineOptions
from interactive_graphs.runtime.native import build as native, tiers
from interactive_graphs.runtime.native.tiers import Schedule, schedule
from interactive_graphs.runtime.versions import AGAIN

pytestmark = pytest.mark.skipif(
    bool(targets.available()), reason=targets.available() or "there is"
)
LEVEL = tf.OptimizerOptions


def config(level=LEVEL.DEFAULT, **options):
    made = tf.ConfigProto(**options)
    made.graph_options.optimizer_options.global_jit_level = level
    return made


def session(level=LEVEL.DEFAULT, graph=None, **options):
    return tf.Session(graph=graph, config=config(level, **options))


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.delenv(TIER_VARIABLE, raising=False)
    return monkeypatch


@pytest.fixture
def soon(monkeypatch):
    """Programs are hot after two runs, and native after three more.

    Gives a number of runs after which they are, and more than one before.
    """
    monkeypatch.setattr(tiers, "schedule", lambda plan: Schedule(2, 3))
    return 2 * AGAIN + 2 + 3


class Model:
    """A small net: x -> loss, and a step that trains it."""

    def __init__(self, width=16):
        self.width = width
        self.x = tf.placeholder(tf.float32, [None, width])
        weights = np.linspace(-1, 1, width * width, dtype="f").reshape(width, width)
        self.w = tf.Variable(weights)
        hidden = tf.tanh(tf.matmul(self.x, self.w) + 0.5)
        self.loss = tf.reduce_mean(tf.square(hidden - 0.25) * 2.0)
        self.step = tf.train.GradientDescentOptimizer(0.1).minimize(self.loss)
        self.init = tf.global_variables_initializer()

    def feed(self, rows=8):
        values = np.linspace(0, 1, rows * self.width, dtype="f")
        return {self.x: values.reshape(rows, self.width)}

    def train(self, session, steps, rows=8):
        feed = self.feed(rows)
        return [session.run([self.loss, self.step], feed)[0] for _ in range(steps)]

    def program(self, session):
        return session.program([self.loss, self.step], [self.x])


def train_until(began, model, session, monkeypatch):
    """Runs until a thread has begun to compile, and not once more.

    However long that thread waits for a core: the compiler's comes after all others.
    """
    works, add = [], tiers.background.add

    def added(work):
        works.append(work)
        add(work)

    with monkeypatch.context() as patch:
        patch.setattr(tiers.background, "add", added)
        while not works:
            model.train(session, 1)
    assert began.wait(100)


def numpy_losses(model, steps, rows=8):
    with session(LEVEL.OFF) as plain:
        plain.run(model.init)
        losses = model.train(plain, steps, rows)
        assert model.program(plain).now.tier == "numpy"
        return losses


# -- when ------------------------------------------------------------------------------


def test_a_program_changes_tiers_at_a_run_that_the_plan_decides(soon):
    model = Model()
    streams = []
    for _ in range(2):
        with session() as sess:
            sess.run(model.init)
            seen = []
            losses = []
            for _ in range(soon):
                losses += model.train(sess, 1)
                seen.append(model.program(sess).now.tier)
        streams.append((seen, losses))
        change = seen.index("native")
        assert change >= 2 + 3
        assert seen == ["numpy"] * change + ["native"] * (soon - change)
    assert streams[0] == streams[1]
    np.testing.assert_allclose(losses, numpy_losses(model, soon), rtol=1e-5)


def test_what_has_settled_runs_uncounted(soon):
    model = Model()
    with session() as sess:
        sess.run(model.init)
        model.train(sess, soon)
        program = model.program(sess)
        assert program.run is program.now.run
        assert program.now.kernels
        assert repr(program).endswith("# What runs now is `.now`, native.\n")
        assert repr(program.now) == program.now.source
        names = [kernel.name for kernel in program.now.kernels]
        assert all(name in program.now.source for name in names)


def test_the_schedule_follows_from_the_shapes():
    model = Model(64)
    with session() as sess:
        sess.run(model.init)
        model.train(sess, AGAIN, rows=4)
        small = schedule(model.program(sess).now.plan)
        model.train(sess, AGAIN + 1, rows=100_000)
        large = schedule(model.program(sess).now.plan)
    assert small.begin > large.begin >= 1
    assert small.swap > large.swap >= 1


def test_a_step_as_long_as_its_compiling_soon_becomes_native():
    """It would else run for minutes before it does."""
    images = tf.placeholder(tf.float32, [64, 128, 128, 32])
    y = tf.nn.conv2d(images, tf.zeros([5, 5, 32, 32]), [1, 1, 1, 1], "SAME")
    with session(LEVEL.OFF) as sess:
        when = schedule(sess.program(y, [images]).plan)
    assert when == Schedule(1, 1)


def test_equal_products_are_compiled_once():
    x, w = tf.placeholder(tf.float32, [8, 8]), tf.zeros([8, 8])
    once, twice, other = x @ w, x @ w @ w, x @ w @ tf.zeros([8, 9])
    with session(LEVEL.OFF) as sess:
        plans = [sess.program(y, [x]).plan for y in (once, twice, other)]
    costs = [tiers.compile_cost(plan) for plan in plans]
    assert costs[0] < costs[1] < costs[2] - tiers.COMPILE_PRODUCT_NANOSECONDS / 2


def test_what_stands_in_loops_is_thought_to_run_often():
    def body(i, h):
        return i + 1, tf.tanh(h)

    start = tf.constant(0), tf.placeholder(tf.float32, [4])
    outside = tf.tanh(tf.tanh(start[1]))
    _, inside = tf.while_loop(lambda i, h: i < 9, body, start)
    with session(LEVEL.OFF) as sess:
        plain, loop = (sess.program(y, [start[1]]).plan for y in (outside, inside))
    assert tiers.step_cost(loop) > 10 * tiers.step_cost(plain)
    assert schedule(loop).begin < schedule(plain).begin


def test_a_run_waits_for_native_code_that_is_not_ready(soon, monkeypatch):
    """So that the same run changes tiers, however slow the machine is."""
    build = native.build
    began = threading.Event()

    def slowly(*args, **kwargs):
        began.set()
        time.sleep(0.5)
        return build(*args, **kwargs)

    monkeypatch.setattr(native, "build", slowly)
    model = Model()
    with session() as sess:
        sess.run(model.init)
        train_until(began, model, sess, monkeypatch)
        for _ in range(2):
            model.train(sess, 1)
            assert model.program(sess).now.tier == "numpy"
        model.train(sess, 1)
        assert model.program(sess).now.tier == "native"


def test_equal_scripts_give_equal_bits(soon, monkeypatch):
    """Whether compiling is quick or slow, and however many threads help."""
    build = native.build
    model = Model()
    streams = set()
    for wait, threads in ((0, 0), (0.3, 0), (0, 1), (0, 2)):

        def waiting(*args, wait=wait, **kwargs):
            time.sleep(wait)
            return build(*args, **kwargs)

        monkeypatch.setattr(native, "build", waiting)
        with session(intra_op_parallelism_threads=threads) as sess:
            sess.run(model.init)
            streams.add(np.array(model.train(sess, 30)).tobytes())
            assert model.program(sess).now.tier == "native"
    assert len(streams) == 1


def test_each_choice_of_shapes_counts_for_itself(soon):
    model = Model()
    with session() as sess:
        sess.run(model.init)
        for rows in (8, 5):
            seen = []
            for _ in range(soon):
                model.train(sess, 1, rows)
                seen.append(model.program(sess).now.tier)
            assert seen[-1] == "native"
        model.train(sess, 1, rows=8)
        assert model.program(sess).now.tier == "native"
        model.train(sess, 1, rows=3)
        losses = model.train(sess, 1, rows=8)
    plain = session(LEVEL.OFF)
    plain.run(model.init)
    for rows in (8, 5):
        model.train(plain, soon, rows)
    model.train(plain, 1, rows=8)
    model.train(plain, 1, rows=3)
    np.testing.assert_allclose(losses, model.train(plain, 1, rows=8), rtol=1e-5)


# -- who chooses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "level", "tier", "direct"),
    [
        ("", LEVEL.DEFAULT, "auto", False),
        ("auto", LEVEL.DEFAULT, "auto", False),
        ("auto,direct", LEVEL.DEFAULT, "auto", True),
        ("numpy", LEVEL.DEFAULT, "numpy", False),
        ("native,direct", LEVEL.DEFAULT, "native", True),
        ("nonsense", LEVEL.DEFAULT, "auto", False),
        ("native", LEVEL.OFF, "numpy", False),
        ("numpy", LEVEL.ON_1, "native", False),
        ("numpy,direct", LEVEL.ON_2, "native", True),
    ],
)
def test_config_goes_before_environment(environment, variable, level, tier, direct):
    environment.setenv(TIER_VARIABLE, variable)
    options = EngineOptions.from_config(config(level))
    assert (options.tier, options.direct) == (tier, direct)
    if level == LEVEL.DEFAULT:
        assert EngineOptions.from_config(None).tier == tier


def test_native_at_once_means_the_first_run():
    model = Model()
    with session(LEVEL.ON_1) as sess:
        sess.run(model.init)
        losses = model.train(sess, 1)
        assert model.program(sess).now.tier == "native"
        losses += model.train(sess, 4)
    np.testing.assert_allclose(losses, numpy_losses(model, 5), rtol=1e-5)


def test_native_at_once_for_each_choice_of_shapes():
    model = Model()
    with session(LEVEL.ON_1) as sess:
        sess.run(model.init)
        for rows in (8, 3, 1, 8):
            model.train(sess, 1, rows)
            assert model.program(sess).now.tier == "native"


def test_native_at_once_says_what_is_wrong_with_feeds():
    model = Model()
    with session(LEVEL.ON_1) as sess, session(LEVEL.OFF) as plain:
        for wrong in (np.zeros((2, 3)), "text", [[1], [1, 2]]):
            said = []
            for each in (sess, plain):
                each.run(model.init)
                with pytest.raises(Exception) as caught:
                    each.run(model.loss, {model.x: wrong})
                said.append((type(caught.value), str(caught.value)))
            assert said[0] == said[1]


def test_native_at_once_before_variables_have_values():
    model = Model()
    with session(LEVEL.ON_1) as sess:
        with pytest.raises(tf.errors.FailedPreconditionError):
            model.train(sess, 1)
        sess.run(model.init)
        losses = model.train(sess, 3)
    np.testing.assert_allclose(losses, numpy_losses(model, 3), rtol=1e-5)


def test_no_optimisation_means_no_tiers(soon):
    options = config()
    options.graph_options.optimizer_options.opt_level = LEVEL.L0
    model = Model()
    with tf.Session(config=options) as sess:
        sess.run(model.init)
        model.train(sess, soon + 5)
        program = model.program(sess)
        assert program.now is program
        assert program.tier == "numpy"


def test_one_thread_means_that_helpers_do_nothing():
    pool = pools.the_pool()
    model = Model(256)
    with session(LEVEL.ON_1, intra_op_parallelism_threads=1) as sess:
        sess.run(model.init)
        before = pool.chunks_by_helpers()
        model.train(sess, 20, rows=512)
        assert model.program(sess).now.tier == "native"
        assert pool.chunks_by_helpers() == before


def test_metadata_says_which_tier_ran(soon):
    model = Model()
    with session() as sess:
        sess.run(model.init)
        seen = []
        for _ in range(soon + 1):
            metadata = tf.RunMetadata()
            sess.run(model.loss, model.feed(), run_metadata=metadata)
            seen.append(metadata.session_metadata.name)
        traced = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        sess.run(model.loss, model.feed(), options=options, run_metadata=traced)
    assert seen[:3] == ["numpy"] * 3
    assert seen[-1] == "native"
    assert sorted(seen, reverse=True) == seen
    assert traced.session_metadata.name == "numpy"


# -- what goes wrong -------------------------------------------------------------------


def test_errors_while_compiling_reach_nobody(soon, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("LLVM is out of sorts")

    monkeypatch.setattr(native, "build", fail)
    model = Model()
    with session() as sess:
        sess.run(model.init)
        losses = model.train(sess, soon + 5)
        now = model.program(sess).now
        assert now.tier == "numpy"
        assert "LLVM is out of sorts" in now.note
        assert "LLVM is out of sorts" in repr(model.program(sess))
        # It has settled: nothing counts any more, nor tries again.
        assert model.program(sess).run is now.run
    assert losses == numpy_losses(model, soon + 5)


def test_programs_that_gain_nothing_say_so(soon):
    x = tf.placeholder(tf.string, [None])
    y = [tf.strings.length(x), *(tf.strings.substr(x, 0, i) for i in range(1, 5))]
    with session() as sess:
        for _ in range(soon + 1):
            assert sess.run(y, {x: ["ab", "c"]})[0].tolist() == [2, 1]
        assert "gain nothing" in sess.program(y, [x]).now.note


def test_single_small_ops_are_not_looked_at(soon, monkeypatch):
    """However often they run: nothing is compiled, nor LLVM loaded for it."""
    monkeypatch.delattr(native, "build")
    x = tf.placeholder(tf.float32, [4])
    y = x * 2.0
    with session() as sess:
        for _ in range(soon + 5):
            assert sess.run(y, {x: np.ones(4, "f")}).tolist() == [2.0] * 4
        program = sess.program(y, [x])
        assert program.now.note == ""
        assert program.now.tier == "numpy"


def test_without_llvmlite_steps_run_on_numpy():
    done = python(
        "with session() as sess:\n"
        "    sess.run(model.init)\n"
        "    model.train(sess, 20)\n"
        "    now = model.program(sess).now\n"
        "    print(now.tier, now.note)\n"
        "with session(LEVEL.ON_1) as sess:\n"
        "    sess.run(model.init)\n"
        "    model.train(sess, 2)\n"
        "    print(model.program(sess).now.tier)\n",
        before="sys.modules['llvmlite'] = None\n",
    )
    assert done.stdout.split()[0] == "numpy", done.stderr
    assert done.stdout.split()[-1] == "numpy"


def test_no_thread_can_be_started(soon, monkeypatch):
    """Then the run that wants the native program makes it."""
    background = tiers.Background()

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(tiers, "background", background)
    model = Model()
    with session() as sess, monkeypatch.context() as context:
        context.setattr(threading.Thread, "start", refuse)
        sess.run(model.init)
        model.train(sess, soon)
        assert model.program(sess).now.tier == "native"


def test_a_session_is_closed_while_its_program_compiles(soon, monkeypatch):
    build = native.build
    began, go_on, outcomes = threading.Event(), threading.Event(), []

    def waiting(*args, **kwargs):
        began.set()
        assert go_on.wait(100)
        outcomes.append(build(*args, **kwargs))
        return outcomes[-1]

    monkeypatch.setattr(native, "build", waiting)
    model = Model()
    sess = session()
    sess.run(model.init)
    train_until(began, model, sess, monkeypatch)
    sess.close()
    go_on.set()
    with pytest.raises(RuntimeError, match="closed"):
        model.train(sess, 1)
    # The thread lives on, for others.
    with session() as other:
        other.run(model.init)
        model.train(other, soon)
        assert model.program(other).now.tier == "native"


def test_a_closed_session_is_not_kept_by_the_compiler(soon, monkeypatch):
    began = threading.Event()

    def skip(*args, **kwargs):
        began.set()

    monkeypatch.setattr(native, "build", skip)
    model = Model()
    sess = session()
    sess.run(model.init)
    sess.close()
    with pytest.raises(RuntimeError, match="closed"):
        model.train(sess, 1)
    assert not began.is_set()


def test_the_graph_is_rewired_while_a_program_compiles(soon, monkeypatch):
    """What was planned before is not for the session any more."""
    build = native.build
    began, go_on = threading.Event(), threading.Event()

    def waiting(*args, **kwargs):
        began.set()
        assert go_on.wait(100)
        return build(*args, **kwargs)

    monkeypatch.setattr(native, "build", waiting)
    model = Model()
    with session() as sess:
        sess.run(model.init)
        train_until(began, model, sess, monkeypatch)
        graph = tf.get_default_graph()
        graph.mutations += 1
        go_on.set()
        program = model.program(sess)
        model.train(sess, 5)
        assert program.now.tier == "numpy"


def test_the_graph_grows_while_a_program_compiles(soon):
    model = Model()
    with session() as sess:
        sess.run(model.init)
        for number in range(soon):
            model.train(sess, 1)
            if number == soon // 2:
                tf.constant(number)
        assert model.program(sess).now.tier == "native"


# -- who looks on ----------------------------------------------------------------------


def test_who_watches_gets_the_numpy_program(soon):
    model = Model()
    with session() as sess:
        sess.run(model.init)
        losses = model.train(sess, soon)
        assert model.program(sess).now.tier == "native"
        with attach(sess, Probe()):
            losses += model.train(sess, 2)
            assert model.program(sess).now.tier == "numpy"
        losses += model.train(sess, 2)
        assert model.program(sess).now.tier == "native"
    np.testing.assert_allclose(losses, numpy_losses(model, soon + 4), rtol=1e-5)


# -- threads and a busy machine --------------------------------------------------------


def in_threads(count, work):
    errors = []

    def guarded(number):
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.parametrize("level", [LEVEL.DEFAULT, LEVEL.ON_1])
def test_two_sessions_in_two_threads(soon, level):
    model = Model(64)
    expected = numpy_losses(model, 40, rows=200)
    losses = {}

    def work(number):
        with session(level, model.x.graph) as sess:
            sess.run(model.init)
            losses[number] = model.train(sess, 40, rows=200)

    in_threads(3, work)
    assert len({tuple(stream) for stream in losses.values()}) == 1
    np.testing.assert_allclose(losses[0], expected, rtol=1e-4)


@pytest.mark.parametrize("level", [LEVEL.DEFAULT, LEVEL.ON_1])
def test_one_program_in_two_threads(soon, level):
    model = Model(64)
    with session(level) as sess:
        sess.run(model.init)
        feeds = [model.feed(rows) for rows in (100, 100, 7)]
        expected = [sess.run(model.loss, feed) for feed in feeds]

        def work(number):
            feed = feeds[number % 3]
            for _ in range(60):
                loss = sess.run(model.loss, feed)
                assert np.allclose(loss, expected[number % 3], rtol=1e-5)

        in_threads(4, work)
        tier = sess.program(model.loss, [model.x]).now.tier
        assert tier == "native"


def test_threads_that_reach_the_swap_together_swap_once(soon, monkeypatch):
    build, built = native.build, []

    def counting(*args, **kwargs):
        built.append(threading.current_thread().name)
        return build(*args, **kwargs)

    monkeypatch.setattr(native, "build", counting)
    model = Model()
    with session() as sess:
        sess.run(model.init)
        feed = model.feed()
        in_threads(6, lambda _: [sess.run(model.loss, feed) for _ in range(20)])
        assert sess.program(model.loss, [model.x]).now.tier == "native"
    assert len(built) == 1


def test_a_busy_pool_changes_nothing():
    model = Model(64)
    expected = numpy_losses(model, 5, rows=300)
    pool = pools.the_pool()
    assert pool._call["seize"](pool.memory.address)
    try:
        with session(LEVEL.ON_1, intra_op_parallelism_threads=0) as sess:
            sess.run(model.init)
            # Making a program may need the pool; then it waits for it.
            pool._call["yield_pool"](pool.memory.address)
            model.train(sess, 1, rows=300)
            assert pool._call["seize"](pool.memory.address)
            sess.run(model.init)
            losses = model.train(sess, 5, rows=300)
            assert model.program(sess).now.tier == "native"
    finally:
        pool._call["yield_pool"](pool.memory.address)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)


# -- processes -------------------------------------------------------------------------


def python(text, before="", **environment):
    """Runs a program in a process of its own, with this file's helpers."""
    head = (
        "import os, signal, sys, threading, time\n" + before + "import numpy as np\n"
        "import interactive_graphs as tf\n"
        "from tests.runtime.test_tiers import LEVEL, Model, session, tiers\n"
        "tiers.schedule = lambda plan: tiers.Schedule(2, 3)\n"
        "model = Model()\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", head + text],
        capture_output=True, text=True, timeout=200, check=False,
        env={**os.environ, "PYTHONPATH": paths, **environment},
    )  # fmt: skip


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


@needs_fork
@pytest.mark.parametrize("runs", [1, 3, 5, 6, 7, 12])
def test_children_go_on_where_the_parent_was(runs):
    """Before it was hot, while it was compiled, and after."""
    done = python(
        "sess = session()\n"
        "sess.run(model.init)\n"
        f"before = model.train(sess, {runs})\n"
        "read, write = os.pipe()\n"
        "child = os.fork()\n"
        "losses = model.train(sess, 12)\n"
        "tier = model.program(sess).now.tier\n"
        "if child == 0:\n"
        "    os.write(write, repr((losses, tier)).encode())\n"
        "    os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert os.read(read, 10000).decode() == repr((losses, tier))\n"
        "print(tier)\n"
    )
    assert done.stdout == "native\n", done.stderr


@needs_fork
def test_children_of_a_parent_that_compiles_do_not_wait_for_ever():
    done = python(
        "build = tiers.lazy.load('interactive_graphs.runtime.native.build')\n"
        "made, began = build.build, threading.Event()\n"
        "def slowly(*args, **kwargs):\n"
        "    began.set()\n"
        "    if os.getpid() == parent: time.sleep(3)\n"
        "    return made(*args, **kwargs)\n"
        "build.build = slowly\n"
        "parent = os.getpid()\n"
        "sess = session()\n"
        "sess.run(model.init)\n"
        "while not began.is_set(): model.train(sess, 1); time.sleep(0.1)\n"
        "child = os.fork()\n"
        "losses = model.train(sess, 10)\n"
        "if child == 0:\n"
        "    os._exit(0 if model.program(sess).now.tier == 'native' else 1)\n"
        "print(os.waitpid(child, 0)[1])\n"
    )
    assert done.stdout == "0\n", done.stderr


@needs_fork
@pytest.mark.parametrize("level", ["ON_1", "OFF"])
def test_a_fork_in_the_middle_of_a_step_of_another_thread(level):
    """The child has variables of between two steps, and can go on with them."""
    done = python(
        f"sess = session(LEVEL.{level}, intra_op_parallelism_threads=0)\n"
        "counter = tf.Variable(np.zeros([256, 4096]), dtype=tf.float32)\n"
        "step = tf.assign_add(counter, tf.tanh(tf.ones([256, 4096]) * 9e9)).op\n"
        "sess.run(tf.global_variables_initializer())\n"
        "for _ in range(20): sess.run(step)\n"
        "ended = threading.Event()\n"
        "def work():\n"
        "    while not ended.is_set(): sess.run(step)\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()\n"
        "codes = []\n"
        "for turn in range(12):\n"
        "    time.sleep(0.003 * (turn % 3) + 0.001)\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        signal.alarm(30)\n"
        "        before = np.unique(sess.run(counter))\n"
        "        sess.run(step)\n"
        "        after = np.unique(sess.run(counter))\n"
        "        is_whole = len(before) == len(after) == 1\n"
        "        os._exit(0 if is_whole and after == before + 1 else 1)\n"
        "    codes.append(os.waitpid(child, 0)[1])\n"
        "ended.set()\n"
        "thread.join()\n"
        "print(set(codes))\n"
    )
    assert done.stdout == "{0}\n", done.stderr


@pytest.mark.parametrize("wait", [0, 0.02, 0.1, 0.3])
def test_a_process_may_end_while_it_compiles(wait, tmp_path):
    done = python(
        "sess = session()\n"
        "sess.run(model.init)\n"
        "while tiers.background._thread is None: model.train(sess, 1)\n"
        f"time.sleep({wait})\n"
        "print('end')\n",
        INTERACTIVE_GRAPHS_CACHE=str(tmp_path),
    )
    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_an_interrupt_leaves_the_session_whole():
    """Many of them, at any moment of native steps: variables are old or new."""
    done = python(
        "model = Model(256)\n"
        "sess = session(LEVEL.ON_1)\n"
        "sess.run(model.init)\n"
        "feed = model.feed(2000)\n"
        "sess.run([model.loss, model.step], feed)\n"
        "interrupts = 0\n"
        "for delay in np.linspace(0.005, 0.05, 20):\n"
        "    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))\n"
        "    try:\n"
        "        timer.start()\n"
        "        while True:\n"
        "            sess.run([model.loss, model.step], feed)\n"
        "    except KeyboardInterrupt:\n"
        "        interrupts += 1\n"
        "    timer.join()\n"
        "    w = sess.run(model.w)\n"
        "    assert w.shape == (256, 256) and np.isfinite(w).all()\n"
        "tier = model.program(sess).now.tier\n"
        "print(interrupts, tier, np.isfinite(sess.run(model.loss, feed)))\n"
    )
    assert done.stdout == "20 native True\n", done.stderr


def test_sessions_and_their_code_are_let_go(soon):
    from interactive_graphs.kernels.native import compiler

    def one(width):
        with tf.Graph().as_default():
            model = Model(width)
            with session(LEVEL.ON_1) as sess:
                sess.run(model.init)
                model.train(sess, 3)

    one(24)
    gc.collect()
    before = len(compiler._loaded)
    for width in (25, 26, 27):
        one(width)
    gc.collect()
    assert len(compiler._loaded) <= before
