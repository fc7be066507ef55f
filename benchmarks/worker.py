"""One process of one library, which measures one program when it is told to.

Usage: python -m benchmarks.worker SIDE PROGRAM WARM_UP

It prints a line of JSON when it is ready. For each line `go` of its input it answers
with one measurement; for `check`, with the numbers that the program computes.

Read next: `runner.py`, which talks to several of these in turn.
"""

import sys

from benchmarks.library import load

SIDE = sys.argv[1]
LIBRARY, IMPORT_SECONDS = load(SIDE)

import gc  # noqa: E402 - what we need must not make the import look quicker
import json  # noqa: E402 - the same
import re  # noqa: E402 - the same
from collections.abc import Callable  # noqa: E402 - the same
from pathlib import Path  # noqa: E402 - the same
from time import perf_counter  # noqa: E402 - the same
from typing import Any  # noqa: E402 - the same

import numpy as np  # noqa: E402 - the same

from benchmarks.ladder import LADDER  # noqa: E402 - the same
from benchmarks.others import jax_steps, torch_steps  # noqa: E402 - the same
from benchmarks.rung import Timed  # noqa: E402 - the same

BURST = 0.03  # seconds, about as long as an operating system lets one run undisturbed
BY_HAND = {"jax": jax_steps.PROGRAMS, "torch": torch_steps.PROGRAMS}


def main() -> None:
    """Measures until there is no more input."""
    name, warm_up = sys.argv[2], float(sys.argv[3])
    rung = LADDER[name]
    timed = BY_HAND[SIDE][name](LIBRARY) if SIDE in BY_HAND else rung.program(LIBRARY)
    measure = MEASURES[rung.kind](timed, rung.warm_up * warm_up)
    say({"library": LIBRARY.__version__, "numpy": np.__version__})
    for line in sys.stdin:
        if line.strip() == "go":
            say(measure())
        else:
            say([float(number) for number in timed.check()])


def say(answer: Any) -> None:
    """Prints a line for the runner."""
    print(json.dumps(answer), flush=True)


def steady(timed: Timed, warm_up: float) -> Callable[[], float]:
    """Seconds of one call, among as many as fill a burst."""
    if timed.prepare is not None:
        return lambda: prepared(timed)
    timed.call()
    end = perf_counter() + warm_up
    while perf_counter() < end:
        timed.call()
    start = perf_counter()
    timed.call()
    calls = max(1, round(BURST / (perf_counter() - start)))

    def measure() -> float:
        rounds = range(calls)
        call = timed.call
        start = perf_counter()
        for _ in rounds:
            call()
        return (perf_counter() - start) / calls

    return measure


def prepared(timed: Timed) -> float:
    """Seconds of one call after its preparation."""
    if timed.prepare is not None:
        timed.prepare()
    # Each graph is a million objects in rings, which nobody frees in the middle.
    gc.collect()
    start = perf_counter()
    timed.call()
    return perf_counter() - start


def fresh(timed: Timed, _warm_up: float) -> Callable[[], float]:
    """Seconds of the first call."""
    return lambda: prepared(timed)


def imported(_timed: Timed, _warm_up: float) -> Callable[[], float]:
    """Seconds that the import took."""
    return lambda: IMPORT_SECONDS


def memory(timed: Timed, warm_up: float) -> Callable[[], float]:
    """Bytes by which the process grows at most during one call."""
    end = perf_counter() + warm_up
    while timed.prepare is not None and perf_counter() < end:
        timed.prepare()

    def measure() -> float:
        gc.collect()
        # From now on the kernel counts the peak anew.
        Path("/proc/self/clear_refs").write_text("5")
        before = kilobytes("VmRSS")
        timed.call()
        return (kilobytes("VmHWM") - before) * 1024.0

    return measure


def kilobytes(line: str) -> int:
    """What Linux says of this process."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"{line}:\s+(\d+) kB", status)
    if found is None:
        raise OSError(f"/proc/self/status says nothing of {line}")
    return int(found[1])


MEASURES: dict[str, Callable[[Timed, float], Callable[[], float]]] = {
    "steady": steady,
    "fresh": fresh,
    "import": imported,
    "memory": memory,
}


if __name__ == "__main__":
    main()
