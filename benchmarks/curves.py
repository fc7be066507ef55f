"""One process of one library, which measures one point of a curve.

Usage: python -m benchmarks.curves SIDE CURVE POINT

It talks as `worker.py` does: a line when it is ready, and for `go` seconds by name.
"""

import json
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.library import load
from benchmarks.programs import nets
from benchmarks.programs.steps import chain

WARM_UP = 3.0
MEASURED = 1.0
Seconds = dict[str, float]


def ops(tf: Any, count: int) -> Seconds:
    """A chain of scalar ops: built, run for the first time, run again."""
    start = perf_counter()
    x = tf.placeholder(tf.float32, [])
    y = chain(tf, x, count)
    built = perf_counter()
    sess = tf.Session()
    feed = {x: 1.25}
    sess.run(y, feed)
    ran = perf_counter()
    again = steady(lambda: sess.run(y, feed), 0.5)
    return {"build": built - start, "first run": ran - built, "run": again}


def batch(tf: Any, size: int) -> Seconds:
    """A training step of the net 784-256-256-10."""
    return {"step": steady(nets.mlp_step(tf, size).call, MEASURED)}


def threads(tf: Any, count: int) -> Seconds:
    """So many threads, each with a session of its own that trains the same net."""
    x, labels, feed = nets.images(tf)
    loss = nets.cross_entropy(tf, nets.three_layers(tf, x), labels)
    train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    initialize = tf.global_variables_initializer()
    data.digits()
    graph = tf.get_default_graph()
    steps = [0] * count
    go, stop = threading.Event(), threading.Event()

    def run(number: int) -> None:
        sess = tf.Session(graph=graph)
        sess.run(initialize)
        steady(lambda: sess.run(train, feed), 0.1)
        go.wait()
        while not stop.is_set():
            sess.run(train, feed)
            steps[number] += 1

    workers = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for worker in workers:
        worker.start()
    threading.Event().wait(1.5 * WARM_UP * count)
    before = sum(steps)
    go.set()
    start = perf_counter()
    threading.Event().wait(2.0 * MEASURED)
    done, end = sum(steps), perf_counter()
    stop.set()
    for worker in workers:
        worker.join()
    return {"step of any thread": (end - start) / max(1, done - before)}


def steady(call: Callable[[], Any], seconds: float) -> float:
    """The least time of one call after a warm-up."""
    end = perf_counter() + WARM_UP
    call()
    while perf_counter() < end:
        call()
    times: list[float] = []
    end = perf_counter() + seconds
    while not times or perf_counter() < end:
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return float(np.min(times))


CURVES: dict[str, Callable[[Any, int], Seconds]] = {
    "ops": ops,
    "batch": batch,
    "threads": threads,
}


def main() -> None:
    """Measures when told to."""
    tf, _ = load(sys.argv[1])
    print(json.dumps({"library": tf.__version__, "numpy": np.__version__}), flush=True)
    for _ in sys.stdin:
        found = CURVES[sys.argv[2]](tf, int(sys.argv[3]))
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
