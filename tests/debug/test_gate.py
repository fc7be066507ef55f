"""Breakpoints inside plain runs, and who answers."""

from __future__ import annotations

import asyncio
import builtins
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.attach import Probe, attach
from interactive_graphs.debug.begin import latest
from interactive_graphs.debug.gate import gate_of, in_thread


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


@pytest.fixture
def model(sess):
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.Variable(1.0, name="w")
    y = tf.multiply(x, w, name="y")
    train = tf.assign_add(w, tf.negative(y, name="n"), name="train")
    sess.run(w.initializer)
    return x, w, y, train


class Hands:
    """Answers for a front end: each time a run stops, the next thing is done."""

    def __init__(self, sess, *actions):
        self.stops = []
        self.problems = []
        self._actions = list(actions)
        gate = gate_of(sess)
        gate.front_end = lambda: True
        gate.on_pause(self._paused)

    def _paused(self, stepper):
        threading.Thread(target=self._act, args=(stepper,), daemon=True).start()

    def _act(self, stepper):
        while stepper.carrier is None:
            time.sleep(0.001)
        while not stepper.is_over and self._actions:
            self.stops.append(stepper.node.name)
            try:
                self._actions.pop(0)(stepper)
            except (RuntimeError, ValueError) as error:
                self.problems.append(str(error))
        if not stepper.is_over:
            stepper.cont()


def test_a_run_stops_inside_and_goes_on(sess, model):
    x, w, y, train = model
    point = sess.break_at("y")
    hands = Hands(sess, lambda s: s.step(), lambda s: s.cont())
    assert sess.run(train, {x: 1.0}) == 0.0
    assert hands.stops == ["y", "n"]
    assert point.hits == 1
    assert gate_of(sess).paused == []
    assert latest(sess).status == "finished"


def test_a_condition_lets_other_runs_pass(sess, model):
    x, w, y, train = model
    sess.break_at("y > 5")
    hands = Hands(sess, lambda s: s.inject("y", 0.0))
    assert sess.run(y, {x: 2.0}) == 2.0
    assert sess.run(y, {x: 6.0}) == 0.0
    assert sess.run([y, train], {x: 3.0})[0] == 3.0
    assert hands.stops == ["y"]


def test_breakpoints_taken_away_leave_runs_as_they_were(sess, model):
    x, _, y, _ = model
    before = sess.program(y, [x]).source
    one, two = sess.break_at("y"), sess.break_at("nan")
    assert sess.program(y, [x]).source != before
    one.remove()
    one.remove()
    Hands(sess)
    assert sess.run(y, {x: 2.0}) == 2.0
    two.remove()
    assert sess.program(y, [x]).source == before
    with pytest.raises(ValueError, match="no breakpoint 7"):
        gate_of(sess).remove(7)


def test_wrong_breakpoints_are_refused(sess, model):
    with pytest.raises(ValueError, match="no node, scope or loop 'nowhere'"):
        sess.break_at("nowhere")
    assert type(sess._programs).__name__ == "Programs"
    sess.close()
    with pytest.raises(RuntimeError, match="closed"):
        sess.break_at("y")


def test_callables_and_probes_take_part(sess, model):
    x, _, y, _ = model
    told = []

    class Told(Probe):
        def start(self, run):
            told.append(f"run {run.number}")

        def after(self, op, outputs):
            told.append(op.name)
            return outputs[0] + 1 if op.name == "y" else None

    with attach(sess, Told()):
        sess.break_at("y")
        hands = Hands(sess, lambda s: s.step())
        call = sess.make_callable(y, [x])
        assert call(2.0) == 3.0
    assert hands.stops[0] == "y"
    assert told[0] == "run 1"
    assert told[-1] == "y"
    assert call(2.0) == 2.0


def test_stop_raises_in_the_program_and_keeps_what_was_assigned(sess, model):
    x, w, y, train = model
    seen = tf.identity(train, name="seen")
    sess.break_at("seen")
    Hands(sess, lambda s: s.stop())
    with pytest.raises(tf.errors.CancelledError, match="stopped in the debugger"):
        sess.run(seen, {x: 1.0})
    gate_of(sess).remove(1)
    assert sess.run(w) == 0.0
    assert sess.run(y, {x: 2.0}) == 0.0


def test_a_failing_node_fails_the_run(sess):
    x = tf.placeholder(tf.float32, None, name="x")
    bad = tf.matmul(tf.negative(x, name="n"), x, name="bad")
    sess.break_at("n")
    Hands(sess, lambda s: s.cont())
    with pytest.raises(tf.errors.InvalidArgumentError, match="node bad"):
        sess.run(bad, {x: np.ones((2, 3))})
    assert latest(sess).node.name == "bad"


def test_errors_of_commands_reach_who_asked(sess, model):
    x, _, y, _ = model
    sess.break_at("y")
    hands = Hands(sess, lambda s: s.until("nowhere"), lambda s: s.cont())
    assert sess.run(y, {x: 2.0}) == 2.0
    assert hands.stops == ["y", "y"]
    assert "nowhere" in hands.problems[0]


def test_a_training_loop_in_a_thread_is_driven_from_here(sess, model):
    x, w, y, train = model
    sess.break_at("y")
    stopped = threading.Semaphore(0)
    gate_of(sess).on_pause(lambda _: stopped.release())
    results = []

    def loop():
        for value in (1.0, 2.0):
            results.append(sess.run(y, {x: value}))

    thread = in_thread(loop)
    for expected in (1.0, 20.0):
        assert stopped.acquire(timeout=30)
        stepper = latest(sess)
        while stepper.carrier is None:
            time.sleep(0.001)
        if expected == 20.0:
            stepper.inject("w/read", 10.0)
        stepper.cont()
    thread.join(30)
    assert results == [1.0, 20.0]


def test_two_threads_stop_each_for_itself(sess, model):
    x, _, y, _ = model
    sess.break_at("y")
    hands = Hands(sess, *[lambda s: s.inject("y", -1.0) or s.cont()] * 2)
    results = {}

    def work(value):
        results[value] = sess.run(y, {x: value})

    threads = [in_thread(work, v) for v in (1.0, 2.0)]
    for thread in threads:
        thread.join(30)
    assert results == {1.0: -1.0, 2.0: -1.0}
    assert hands.problems == []


def test_an_asyncio_task_waits_without_blocking(sess, model):
    x, _, y, _ = model
    sess.break_at("y")
    ticks = []

    async def pause(gate):
        while not gate.paused or not gate.paused[0].why:
            ticks.append(1)
            await asyncio.sleep(0)

    async def main():
        gate = gate_of(sess)
        task = asyncio.ensure_future(gate.run(y, {x: 3.0}))
        await pause(gate)
        assert gate.paused[0].node.name == "y"
        gate.paused[0].inject("y", 7.0)
        gate.paused[0].cont()
        assert await task == 7.0
        assert gate.paused == []
        task = asyncio.ensure_future(gate.run(y, {x: 3.0}))
        await pause(gate)
        gate.paused[0].stop()
        with pytest.raises(tf.errors.CancelledError):
            await task

    # In a thread of its own: a test before this one may have left a loop running in the
    # main one, as Playwright does for as long as its browser is open.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, main()).result(60)
    assert ticks


def test_with_nobody_to_answer_it_goes_on_and_says_so(sess, model, capsys):
    x, _, y, _ = model
    sess.break_at("y")
    assert sess.run(y, {x: 2.0}) == 2.0
    assert capsys.readouterr().out == (
        "paused before 'y' (Mul), 2 nodes ran [y]: nobody can answer, going on\n"
    )


def test_a_front_end_that_does_not_answer_is_none(sess, model, capsys):
    x, _, y, _ = model
    gate_of(sess).front_end = lambda: False
    sess.break_at("y")
    assert sess.run(y, {x: 2.0}) == 2.0
    assert "going on" in capsys.readouterr().out


def test_a_prompt_is_the_last_resort(sess, model, capsys, monkeypatch):
    x, _, y, _ = model
    said = iter(["value w", "inject y nan", "dance", "step x", "", "c"])
    asked = []

    def ask(text):
        asked.append(text)
        return next(said)

    monkeypatch.setattr(builtins, "input", ask)
    sess.break_at("y")
    assert np.isnan(sess.run(tf.negative(y, name="z"), {x: 2.0}))
    out = capsys.readouterr().out
    assert asked[0].startswith("paused before 'y' (Mul), 2 nodes ran [y]\n(step, ")
    assert out.split("\n")[0] == "float32 1.0"
    assert "There is no 'dance'; say step" in out
    assert "How many steps is 'x'?" in out
    assert "paused before 'z' (Neg)" in out
    assert "finished" in out


def test_a_prompt_that_cannot_be_shown_is_none(sess, model, monkeypatch):
    class StdinNotImplementedError(NotImplementedError):
        pass

    def refuse(_):
        raise StdinNotImplementedError

    x, _, y, _ = model
    monkeypatch.setattr(builtins, "input", refuse)
    sess.break_at("y")
    assert sess.run(y, {x: 2.0}) == 2.0


def test_an_interrupt_ends_the_run_and_leaves_all_usable(sess, model, monkeypatch):
    x, _, y, _ = model

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(builtins, "input", interrupt)
    point = sess.break_at("y")
    with pytest.raises(KeyboardInterrupt):
        sess.run(y, {x: 2.0})
    assert gate_of(sess).paused == []
    assert latest(sess).status == "stopped"
    point.remove()
    assert sess.run(y, {x: 2.0}) == 2.0


def test_what_blocks_goes_on_waiting(sess):
    queue = tf.FIFOQueue(3, tf.float32, name="q")
    out = tf.add(queue.dequeue(name="get"), 1.0, name="out")
    put = queue.enqueue(4.0, name="put")
    sess.break_at("out")
    hands = Hands(sess, lambda s: s.step())
    results = []
    thread = in_thread(lambda: results.append(sess.run(out)))
    sess.run(put)
    thread.join(30)
    assert results == [5.0]
    assert hands.stops == ["out"]


def test_what_waits_for_a_run_that_is_over_is_told(sess, model):
    x, _, y, _ = model
    sess.break_at("y")
    hands = Hands(sess, lambda s: s.cont(), lambda s: s.step())
    sess.run(y, {x: 2.0})
    assert hands.problems == []
    assert latest(sess).step().status == "finished"


def test_closing_the_session_takes_the_gate_with_it(model, sess):
    sess.break_at("y")
    sess.close()
    gate_of(sess).remove(1)
    assert gate_of(sess).breakpoints == ()
