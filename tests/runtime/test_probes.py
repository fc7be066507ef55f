"""Probes see every node they want, and are not there when nobody asks."""

from __future__ import annotations

from typing import Any

import numpy as np

import interactive_graphs as tf


class Watch:
    """Notes what it is told."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.seen: list[tuple[str, str, list[float]]] = []

    def wants(self, op: tf.Operation) -> bool:
        return not self.names or op.name in self.names

    def before(self, op: tf.Operation, at: tuple[int, ...]) -> None:
        self.seen.append(("before", op.name, []))

    def after(self, op: tf.Operation, outputs: Any, at: tuple[int, ...]) -> None:
        self.seen.append(("after", op.name, [float(np.sum(v)) for v in outputs]))


def build():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    z = tf.reduce_sum(tf.sin(y, name="s"), name="z")
    return x, y, z


def compiled(sess, x, z, probe):
    sess.run(z, {x: [0, 0]})
    return sess._programs.compile((z,), (), (x,), z, probe)


def test_a_watch_sees_its_node_with_its_value():
    x, y, z = build()
    with tf.Session() as sess:
        watch = Watch("y")
        program = compiled(sess, x, z, watch)
        program.run(([1.0, 2.0],))
        assert watch.seen == [("before", "y", []), ("after", "y", [6.0])]


def test_a_watch_of_everything_sees_the_order():
    x, y, z = build()
    with tf.Session() as sess:
        watch = Watch()
        value = compiled(sess, x, z, watch).run(([1.0, 2.0],))
        names = [name for when, name, _ in watch.seen if when == "after"]
        assert names == ["y/y", "y", "s", "Const", "z"]
        assert watch.seen[-1][2] == [float(value)]


def test_a_probe_can_stop_a_step_between_nodes():
    class Stop(Exception):
        pass

    class Breakpoint(Watch):
        def before(self, op: tf.Operation, at: tuple[int, ...]) -> None:
            raise Stop(op.name)

    x, y, z = build()
    with tf.Session() as sess:
        program = compiled(sess, x, z, Breakpoint("s"))
        try:
            program.run(([1.0, 2.0],))
        except Stop as stopped:
            assert stopped.args == ("s",)
        else:
            raise AssertionError("the breakpoint was passed")
        assert sess.run(z, {x: [0, 0]}) == 0


def test_without_a_probe_there_is_no_trace_of_one():
    x, y, z = build()
    with tf.Session() as sess:
        assert "before" not in sess.program(z, [x]).source
        watched = compiled(sess, x, z, Watch("s")).source
        assert watched.count("before") == 1
