"""Graphs: making, differentiating and running them for the first time."""

from typing import Any

import numpy as np

from benchmarks.programs.steps import chain
from benchmarks.rung import Timed


def imports(tf: Any) -> Timed:
    """Nothing: the worker has measured the import."""
    return Timed(lambda: None, lambda: [float(tf.__version__ != "")])


def build_additions(tf: Any) -> Timed:
    """10 000 times `z = z + 1.0`."""

    def call() -> Any:
        with tf.Graph().as_default():
            z = tf.constant(1.0)
            for _ in range(10_000):
                z = z + 1.0
            return z

    def check() -> list[float]:
        operations = call().graph.get_operations()
        return [sum(op.type.startswith("Add") for op in operations)]

    return Timed(call, check, lambda: None)


def gradient_of_chain(tf: Any) -> Timed:
    """The gradient of a chain of 2 000 ops, sin and multiply in turn."""
    made: list[Any] = []

    def prepare() -> None:
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [])
            made[:] = [x, chain(tf, x, 2_000)]

    def call() -> Any:
        x, y = made
        return tf.gradients(y, x)

    def check() -> list[float]:
        prepare()
        (gradient,) = call()
        with tf.Session(graph=gradient.graph) as sess:
            return [sess.run(gradient, {made[0]: 1.0})]

    return Timed(call, check, prepare)


def chain_of_100000(tf: Any) -> Timed:
    """Build a chain of 100 000 ops, differentiate it, run both once."""
    return from_nothing(tf, 100_000)


def from_nothing(tf: Any, length: int) -> Timed:
    """Build a chain of `length` ops, differentiate it, run both once."""
    results: list[float] = []

    def call() -> None:
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [])
            y = chain(tf, x, length)
            (gradient,) = tf.gradients(y, x)
            with tf.Session() as sess:
                results[:] = sess.run([y, gradient], {x: 1.0})

    def check() -> list[float]:
        # Of a long chain of sines little is left: what counts is that it is a number.
        return [float(np.isfinite(results).all())]

    return Timed(call, check)
