"""One process of one library, which measures single operations as it is told.

Usage: python -m benchmarks.operations.worker SIDE

For a line `NAME<tab>COUNT` it builds the operation and runs it warm, for `go` it
measures once, for `check` it gives a number that depends on all of the result.
"""

import gc
import itertools
import json
import sys
import warnings
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.library import load
from benchmarks.operations.making import Maker
from benchmarks.operations.table import TABLE

# Long enough for what either side compiles to have taken over: that is decided by a
# count of runs, most for what is quick, and a slow operation shall not take for ever.
WARM_UP = 0.2
WARM_UP_RUNS = 100
WARM_UP_MOST = 6.0
BURST = 0.01


class Bench:
    """One operation in a graph of its own."""

    def __init__(self, tf: Any, name: str, count: int) -> None:
        with tf.Graph().as_default() as graph:
            result = TABLE[name](Maker(tf), count)
            self._target = wanted(tf, result)
            initialize = tf.global_variables_initializer()
        self._result = result
        self._session = tf.Session(graph=graph)
        self._session.run(initialize)
        self._calls = self._warm()

    def _warm(self) -> int:
        begin = perf_counter()
        for run in itertools.count():
            start = perf_counter()
            self._session.run(self._target)
            now = perf_counter()
            warm = now - begin > WARM_UP and run > WARM_UP_RUNS
            if warm or now - begin > WARM_UP_MOST:
                break
        return max(1, round(BURST / (now - start)))

    def measure(self) -> float:
        """Seconds of one run."""
        run, target = self._session.run, self._target
        start = perf_counter()
        for _ in range(self._calls):
            run(target)
        return (perf_counter() - start) / self._calls

    def check(self) -> float:
        """A number made of all of the result; 0.0 where there is none."""
        value = self._session.run(self._result)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
            return 0.0
        return float(np.nansum(np.abs(value.astype(np.float64))))

    def close(self) -> None:
        """Let go of what it holds."""
        self._session.close()


def wanted(tf: Any, result: Any) -> Any:
    """What to run for an operation: one number of what it gives.

    Of what nobody asks for, a compiler may leave all out, and ours does. What changes
    a variable runs for its own sake.
    """
    if not hasattr(result, "op") or result.op.type.startswith(("Assign", "Scatter")):
        return getattr(result, "op", result)
    return tf.reshape(result, [-1])[:1]


def main() -> None:
    """Answers until there is no more input."""
    tf, _ = load(sys.argv[1])
    warnings.simplefilter("ignore")
    print(json.dumps({"library": tf.__version__, "numpy": np.__version__}), flush=True)
    bench: Bench | None = None
    for line in sys.stdin:
        question = line.rstrip("\n")
        try:
            if question == "go" and bench is not None:
                answer: Any = bench.measure()
            elif question == "check" and bench is not None:
                answer = bench.check()
            else:
                if bench is not None:
                    bench.close()
                name, count = question.split("\t")
                bench = Bench(tf, name, int(count))
                answer = ""
        except Exception as error:  # whatever it is, the other operations go on
            answer = f"{type(error).__name__}: {str(error)[:200]}"
        gc.collect()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
