"""One process of one library: imports it, times every program, prints JSON.

Usage: python -m benchmarks.worker LIBRARY [PROGRAM ...]
"""

import sys
from time import perf_counter

START = perf_counter()
import numpy as np  # noqa: E402 - timed by itself, since both libraries need it

NUMPY_SECONDS = perf_counter() - START
if sys.argv[1] == "tensorflow":
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
else:
    import interactive_graphs as tf
IMPORT_SECONDS = perf_counter() - START

import json  # noqa: E402 - nothing may be imported before the clock starts
from typing import Any  # noqa: E402 - the same

from benchmarks.programs import PROGRAMS, Timed  # noqa: E402 - the same


def measure(timed: Timed) -> list[float]:
    """Seconds for one call, once for each repeat."""
    timed.call()  # the first run compiles
    found = []
    for _ in range(timed.repeats):
        start = perf_counter()
        for _ in range(timed.calls):
            timed.call()
        found.append((perf_counter() - start) / timed.calls)
    return found


def imported(seconds: float, budget: float | None) -> dict[str, Any]:
    """What is reported of an import."""
    return {"seconds": [seconds], "check": 0.0, "unit": "s", "budget": budget}


def main() -> None:
    """Times what the command line names, or all; the import in any case."""
    results = {
        "import": imported(IMPORT_SECONDS, 0.15),
        "import numpy": imported(NUMPY_SECONDS, None),
    }
    names = sys.argv[2:] or list(PROGRAMS)
    for name in (name for name in names if name not in results):
        for timed in PROGRAMS[name](tf):
            results[name] = {
                "seconds": measure(timed),
                "check": timed.check(),
                "unit": timed.unit,
                "budget": timed.budget,
            }
    versions = {"library": tf.__version__, "numpy": np.__version__}
    print(json.dumps({"results": results, "versions": versions}))


if __name__ == "__main__":
    main()
