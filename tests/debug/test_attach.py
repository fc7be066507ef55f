"""Attached probes see every run, may change values, and leave no trace behind."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import interactive_graphs as tf
from interactive_graphs.debug.attach import Probe, attach
from tests.runtime.nestings import blocks, build, work_out


class Watch(Probe):
    """Notes what it is told."""

    def __init__(self, *names: str, change: dict[str, Any] | None = None) -> None:
        self.names = names
        self.change = change or {}
        self.told: list[Any] = []

    def wants(self, op):
        return not self.names or op.name in self.names

    def start(self, run):
        self.told.append(("start", run.number))

    def before(self, op):
        self.told.append(("before", op.name, self.run.iterations))

    def after(self, op, outputs):
        self.told.append(("after", op.name, self.run.iterations))
        change = self.change.get(op.name)
        return change(outputs[0]) if change else None

    def stop(self, run, error=None):
        self.told.append(("stop", run.number, type(error).__name__))

    def order(self) -> list[str]:
        return [item[1] for item in self.told if item[0] == "after"]


def model():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    z = tf.reduce_sum(tf.sin(y, name="s"), name="z")
    return x, y, z


def node_by_node():
    return tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=60_000))


SESSIONS = {"compiled": tf.Session, "node by node": node_by_node}
both_ways = pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)


@both_ways
def test_runs_and_nodes_are_told(session):
    x, _, z = model()
    watch = Watch("s")
    with session() as sess, attach(sess, watch):
        sess.run(z, {x: [1, 2]})
        sess.run(z, {x: [1, 2]})
    once = [("before", "s", ()), ("after", "s", ())]
    assert watch.told == [
        *[("start", 1), *once, ("stop", 1, "NoneType")],
        *[("start", 2), *once, ("stop", 2, "NoneType")],
    ]


def test_the_run_says_what_it_is():
    x, y, z = model()
    seen = []

    class Note(Probe):
        def start(self, run):
            assert self.run is run
            seen.append((run.fetches, run.targets, dict(run.feeds), run.session))

    init = tf.group(z, name="all")
    with tf.Session() as sess, attach(sess, Note()) as attachment:
        sess.run([y, init], {x: [1, 2]})
        with pytest.raises(RuntimeError, match="No run"):
            _ = attachment.probe.run
        assert seen == [((y,), (init,), {x: seen[0][2][x]}, sess)]
        assert list(seen[0][2][x]) == [1, 2]


def test_what_is_watched_is_neither_folded_nor_merged():
    x = tf.placeholder(tf.float32, [])
    half = tf.multiply(tf.constant(1.0), 0.5, name="half")
    one, two = tf.sin(x, name="one"), tf.sin(x, name="two")
    fetch = one + two + half
    with tf.Session() as sess:
        plain = sess.program(fetch, [x]).source
        with attach(sess, Watch("half", "two", change={"two": lambda v: v + 1})):
            assert sess.run(fetch, {x: 0}) == 1.5
        assert sess.run(fetch, {x: 0}) == 0.5
        assert sess.program(fetch, [x]).source == plain
    assert "told" not in plain


@both_ways
def test_values_are_replaced_and_checked(session):
    x, _, z = model()
    for change, kind, words in (
        (lambda v: np.zeros(3, np.float32), ValueError, r"shape \[3\]"),
        (lambda v: np.zeros(2), TypeError, r"float64 does not fit"),
        (lambda v: (v, v), ValueError, "gives 1 values, and 2"),
        (lambda v: "a", TypeError, "'a' does not fit"),
    ):
        with session() as sess, attach(sess, Watch("s", change={"s": change})):
            with pytest.raises(kind, match=words):
                sess.run(z, {x: [1, 2]})
    with session() as sess, attach(sess, Watch("s", change={"s": lambda v: [1, 2]})):
        assert sess.run(z, {x: [1, 2]}) == 3.0


@both_ways
def test_each_sees_what_the_one_before_left(session):
    x, y, _ = model()
    with session() as sess:
        first = attach(sess, Watch("y", change={"y": lambda v: v + 1}))
        second = attach(sess, Watch("y", change={"y": lambda v: v * 10}))
        assert list(sess.run(y, {x: [0, 0]})) == [10, 10]
        first.close()
        first.close()
        assert list(sess.run(y, {x: [0, 0]})) == [0, 0]
        assert [t for t in second.probe.told if t[0] == "start"][-1] == ("start", 2)
        second.close()
        assert list(sess.run(y, {x: [1, 1]})) == [2, 2]


@both_ways
def test_loops_tell_the_iteration(session):
    def outer(i, total):
        inner = tf.while_loop(
            lambda j, _: j < 2, lambda j, t: (j + 1, tf.add(t, 1, name="inc")), [0, 0]
        )
        return i + 1, total + inner[1]

    total = tf.while_loop(lambda i, _: i < 2, outer, [0, 0])[1]
    watch = Watch("while/while/inc")
    where = []

    class Where(Watch):
        def before(self, op):
            where.append(self.run.where(op))

    with session() as sess, attach(sess, watch), attach(sess, Where(*watch.names)):
        assert sess.run(total) == 4
    assert [t[2] for t in watch.told if t[0] == "after"] == [
        *[(0, 0), (0, 1), (1, 0), (1, 1)]
    ]
    assert (
        where[1] == "iteration 1 of loop 'while/while' in iteration 0 of loop 'while'"
    )


@both_ways
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("while/Enter_1", 103),
        ("while/Merge_1", 100),  # replaced in each iteration, the last one as well
        ("while/body", 100),
        ("while/NextIteration_1", 100),
        ("while/Exit_1", 100),
        ("while/Switch_1", 100),
    ],
)
def test_values_in_loops_are_replaced(session, name, expected):
    x = tf.constant(0, name="zero")
    y = tf.while_loop(
        lambda i, _: i < 3, lambda i, v: (i + 1, tf.add(v, 1, name="body")), [0, x]
    )[1]
    ops = y.graph.get_operations()
    assert name in [op.name for op in ops]

    class Change(Probe):
        def wants(self, op):
            return op.name == name

        def after(self, op, outputs):
            index = 1 if op.type == "Switch" and outputs[0] is None else 0
            return tuple(100 if i == index else v for i, v in enumerate(outputs))

    with session() as sess, attach(sess, Change()):
        assert sess.run(y) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(block=blocks)
def test_watching_everything_changes_nothing(block):
    variables = [5, 7]
    expected = work_out(block, [1, 2, 3], variables)
    orders = []
    for make in SESSIONS.values():
        with tf.Graph().as_default():
            inputs = [tf.placeholder(tf.int32, [], name=name) for name in "abc"]
            held = [
                tf.Variable(5, use_resource=False),
                tf.Variable(7, use_resource=True),
            ]
            result = build(tf, block, inputs, held)

            class Same(Watch):
                def after(self, op, outputs):
                    super().after(op, outputs)
                    return outputs

            watch = Same()
            with make() as sess:
                sess.run(tf.global_variables_initializer())
                with attach(sess, watch):
                    feeds = dict(zip(inputs, [1, 2, 3], strict=True))
                    assert sess.run(result, feeds) == expected
                assert sess.run(held) == variables
        ran = [t for t in watch.told if t[0] == "after"]
        orders.append({t for t in ran if not _routes(t[1])})
    assert orders[0] == orders[1]


def _routes(name: str) -> bool:
    words = ("Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond", "switch")
    return any(word in name for word in words)


@both_ways
def test_an_error_is_told_and_blamed(session):
    x = tf.placeholder(tf.float32, None, name="x")
    y = tf.matmul(x, x, name="y")
    watch = Watch("y")
    with session() as sess, attach(sess, watch):
        with pytest.raises(tf.errors.InvalidArgumentError, match="node y"):
            sess.run(y, {x: np.zeros((2, 3))})
    assert watch.told[-1] == ("stop", 1, "InvalidArgumentError") or (
        watch.told[-1][0] == "stop"
    )
    assert watch.told[-2][:2] == ("before", "y")


@both_ways
def test_what_a_probe_raises_is_its_own(session):
    class Halt(Exception):
        pass

    class Stop(Watch):
        def before(self, op):
            raise Halt(op.name)

    x, _, z = model()
    with session() as sess:
        with attach(sess, Stop("s")) as attached:
            with pytest.raises(Halt, match="s"):
                sess.run(z, {x: [1, 2]})
            assert attached.probe.told[-1] == ("stop", 1, "Halt")
        assert np.isfinite(sess.run(z, {x: [1, 2]}))


def test_a_start_that_fails_stops_what_had_started():
    class Fails(Probe):
        def start(self, run):
            raise ValueError("no")

    x, _, z = model()
    watch = Watch("s")
    with tf.Session() as sess, attach(sess, watch), attach(sess, Fails()):
        with pytest.raises(ValueError, match="no"):
            sess.run(z, {x: [1, 2]})
    assert watch.told == [("start", 1), ("stop", 1, "ValueError")]


def test_callables_follow_attaching():
    c = tf.sin(tf.constant(0.0), name="s") + 1.0
    watch = Watch("s", change={"s": lambda v: v + 1})
    with tf.Session() as sess:
        call = sess.make_callable(c)
        fed = sess.make_callable(c, [])
        assert call() == fed() == 1
        with attach(sess, watch):
            assert call() == fed() == 2
        assert call() == fed() == 1
    assert [t for t in watch.told if t[0] == "start"] == [("start", 1), ("start", 2)]


def test_partial_runs_are_told():
    a, b, c = (tf.placeholder(tf.float32, [], name=n) for n in "abc")
    one = tf.add(a, b, name="one")
    two = tf.multiply(one, c, name="two")
    watch = Watch("one", "two", change={"one": lambda v: v + 10})
    with tf.Session() as sess:
        with attach(sess, watch):
            handle = sess.partial_run_setup([one, two], [a, b, c])
            assert sess.partial_run(handle, one, {a: 1, b: 2}) == 13
        assert sess.partial_run(handle, two, {c: 2}) == 26
    assert watch.order() == ["one"]


def test_traces_and_deadlines_go_with_probes():
    x, _, z = model()
    watch = Watch("s", change={"s": lambda v: v * 0})
    traced = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    metadata = tf.RunMetadata()
    with tf.Session() as sess, attach(sess, watch):
        assert sess.run(z, {x: [1, 2]}, traced, metadata) == 0
        nodes = [
            n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats
        ]
        assert {"s", "y"} <= set(nodes)
        deadline = tf.RunOptions(timeout_in_ms=60_000)
        assert sess.run(z, {x: [1, 2]}, deadline, metadata) == 0
    assert watch.order() == ["s", "s"]


def test_runs_in_several_threads_do_not_mix():
    x, y, _ = model()
    mixed = []

    class Own(Probe):
        def wants(self, op):
            return op is y.op

        def after(self, op, outputs):
            if not np.array_equal(outputs[0], 2 * np.asarray(self.run.feeds[x])):
                mixed.append(self.run)
            return outputs[0] + self.run.feeds[x][0]

    def work(number):
        for _ in range(50):
            if list(sess.run(y, {x: [number, number]})) != [3 * number] * 2:
                mixed.append(number)

    with tf.Session() as sess, attach(sess, Own()):
        threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert mixed == []


def test_attaching_while_others_run():
    x, y, _ = model()
    stop = threading.Event()
    failures = []

    def work():
        while not stop.is_set():
            try:
                value = list(sess.run(y, {x: [1, 1]}))
            except Exception as error:
                failures.append(error)
                return
            if value not in ([2, 2], [12, 12]):
                failures.append(value)

    with tf.Session() as sess:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            with attach(sess, Watch("y", change={"y": lambda v: v + 10})):
                assert list(sess.run(y, {x: [1, 1]})) == [12, 12]
            assert list(sess.run(y, {x: [1, 1]})) == [2, 2]
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_a_run_in_a_run_has_its_own():
    x, y, z = model()
    numbers = []

    class Nested(Watch):
        def after(self, op, outputs):
            if self.run.number == 1:
                sess.run(y, {x: [0, 0]})
            numbers.append(self.run.number)

    with tf.Session() as sess, attach(sess, Nested("y")):
        sess.run(z, {x: [1, 2]})
    assert numbers == [2, 1]


def test_a_graph_revised_meanwhile_is_compiled_anew():
    w = tf.Variable([1.0, 2.0], name="w")
    x, y, _ = model()
    with tf.Session() as sess:
        sess.run(w.initializer)
        sess.run(y, {x: [1, 2]})
        with attach(sess, Watch("y")):
            x.set_shape([2])
            more = y + w
            assert list(sess.run(more, {x: [1, 2]})) == [3, 6]
        assert list(sess.run(more, {x: [1, 2]})) == [3, 6]


def test_a_closed_session_is_refused():
    sess = tf.Session()
    sess.close()
    with pytest.raises(RuntimeError, match="closed"):
        attach(sess, Probe())


def test_blocking_nodes_are_told():
    q = tf.FIFOQueue(3, tf.float32)
    put = q.enqueue(1.0, name="put")
    with tf.control_dependencies([put]):
        out = tf.add(q.dequeue(name="get"), 1.0, name="out")
    watch = Watch()
    with tf.Session() as sess, attach(sess, watch):
        assert sess.run(out) == 2.0
    assert {"put", "get", "out"} <= set(watch.order())


def test_interrupts_get_through():
    class Interrupt(Watch):
        def before(self, op):
            raise KeyboardInterrupt

    x, _, z = model()
    with tf.Session() as sess:
        with attach(sess, Interrupt("s")) as attached:
            with contextlib.suppress(KeyboardInterrupt):
                sess.run(z, {x: [1, 2]})
            assert attached.probe.told[-1] == ("stop", 1, "KeyboardInterrupt")
        assert np.isfinite(sess.run(z, {x: [1, 2]}))
