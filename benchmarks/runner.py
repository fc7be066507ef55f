"""Runs programs of the ladder on all sides, in turn, and keeps what they measured.

In each round every side starts a fresh process. When all are warm they measure in turns
of a few hundredths of a second, so that what else the machine does meets all alike.

Read next: `report.py`, which makes the table.
"""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.ladder import LADDER
from benchmarks.others import jax_steps, torch_steps
from benchmarks.rung import Rung

ROOT = Path(__file__).parents[1]
BY_HAND = {"jax": jax_steps.PROGRAMS, "torch": torch_steps.PROGRAMS}
OURS = {"ours", "numpy", "bare"}
PROCESSES = 3  # a round, of a program whose process measures only once


class FailedError(Exception):
    """A side ended early, or computed something else than the others."""


class Side(NamedTuple):
    """Who runs a program.

    Attributes:
        name: "ours", "numpy" (ours, told to use numpy only), "bare" (ours, where
            llvmlite is not installed), "tensorflow", "jax" or "torch".
        python: the interpreter that has it.
    """

    name: str
    python: Path

    def runs(self, program: str) -> bool:
        """Whether it has this program."""
        if self.name in BY_HAND:
            return program in BY_HAND[self.name]
        return self.name in OURS or LADDER[program].rivals


@dataclass
class Found:
    """What one side measured of one program.

    Attributes:
        rounds: for each round, all measurements: seconds, or bytes.
        numbers: what it computed, to compare.
        versions: of the library and of numpy.
    """

    rounds: list[list[float]] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)


class Worker:
    """A process that is warm and waits to be asked.

    Attributes:
        side: its name.
        versions: what it runs.
    """

    def __init__(self, process: "subprocess.Popen[str]", side: Side) -> None:
        self._process = process
        self.side = side.name
        self.versions: dict[str, str] = self._answer()

    def ask(self, question: str) -> Any:
        """What it answers."""
        assert self._process.stdin is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise FailedError(f"{self.side}: the process ended, see above")
        return json.loads(line)


def measure(
    program: str, sides: list[Side], rounds: int, seconds: float, warm_up: float
) -> dict[str, Found]:
    """Each side's measurements of one program.

    Args:
        program: its name in the ladder.
        sides: who may run it; those who do not have it are left out.
        rounds: how many fresh processes each side has, one after the other.
        seconds: how long each side measures in each round.
        warm_up: factor of the time before.

    Raises:
        FailedError: a side ended early, or they did not compute the same numbers.
    """
    sides = [side for side in sides if side.runs(program)]
    found = {side.name: Found() for side in sides}
    for number in range(rounds):
        print(f"{program}: round {number + 1} of {rounds}", file=sys.stderr)
        for result in found.values():
            result.rounds.append([])
        if LADDER[program].kind == "steady":
            one_round(program, sides, found, seconds, warm_up)
        else:
            for _ in range(PROCESSES):
                for side in sides:
                    one_round(program, [side], found, 0.0, warm_up)
    compare(LADDER[program], found)
    return found


def one_round(
    program: str,
    sides: list[Side],
    found: dict[str, Found],
    seconds: float,
    warm_up: float,
) -> None:
    """Starts a process of each side, and asks them in turn until time is up."""
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                working(side, "benchmarks.worker", program, str(warm_up))
            )
            for side in sides
        ]
        spent = dict.fromkeys((worker.side for worker in workers), 0.0)
        while True:
            for worker in workers:
                if spent[worker.side] > seconds:
                    continue
                start = perf_counter()
                found[worker.side].rounds[-1].append(worker.ask("go"))
                spent[worker.side] += perf_counter() - start
            if min(spent.values()) >= seconds:
                break
        for worker in workers:
            found[worker.side].numbers = worker.ask("check")
            found[worker.side].versions = worker.versions


@contextmanager
def working(side: Side, *command: str) -> Iterator[Worker]:
    """A process of a side that is warm.

    Args:
        side: who runs.
        command: a module whose process talks as `worker.py` does, and what it takes
            after the side's name.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if side.name == "numpy":
        environment["INTERACTIVE_GRAPHS_TIER"] = "numpy"
    process = subprocess.Popen(
        [str(side.python), "-m", command[0], side.name, *command[1:]],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if side.name in OURS else subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Worker(process, side)
    finally:
        process.kill()
        process.communicate()


def compare(rung: Rung, found: dict[str, Found]) -> None:
    """Compares what the sides computed.

    Raises:
        FailedError: they did not compute the same numbers.
    """
    names = list(found)
    truth = "tensorflow" if "tensorflow" in found else names[0]
    for name in names:
        tolerance = rung.others if name in BY_HAND else rung.tolerance
        pairs = list(zip(found[name].numbers, found[truth].numbers, strict=True))
        if not all(
            math.isclose(mine, other, rel_tol=tolerance, abs_tol=1e-7)
            for mine, other in pairs
        ):
            raise FailedError(f"{name} and {truth} computed {pairs}")


def has(python: Path, module: str) -> bool:
    """Whether an interpreter can import a module."""
    code = "import sys, importlib.util as u; sys.exit(not u.find_spec(sys.argv[1]))"
    command = [str(python), "-c", code, module]
    return subprocess.run(command, check=False).returncode == 0
