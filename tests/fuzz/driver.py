"""Feeds decoders what no writer wrote: truncated, flipped, spliced, absurd.

A target names a decoder, good inputs for it and the errors it may refuse bad ones with.
Whatever comes in, a decoder returns or raises one of those, soon and without taking
much memory. `python -m tests.fuzz --inputs 100000` runs them all.
"""

from __future__ import annotations

import importlib
import logging
import random
import resource
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

SECONDS_PER_INPUT = 5
MEMORY = 2 << 30
FOLDER = Path(__file__).parent
Target = tuple[list[bytes], Callable[[bytes], object], tuple[type[Exception], ...]]
# Lengths and counts that a file may claim.
ABSURD = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
)


class Outcome(NamedTuple):
    """What became of a target's inputs."""

    accepted: int
    refused: int
    failures: list[tuple[bytes, str]]
    seconds: float


class HangError(BaseException):
    """A decoder took too long; no `except Exception` of its own can hide it."""


def targets() -> dict[str, Target]:
    """Every target of the files `targets_*.py`, by area and name."""
    found = {}
    for path in sorted(FOLDER.glob("targets_*.py")):
        module = importlib.import_module(f"tests.fuzz.{path.stem}")
        area = path.stem.removeprefix("targets_")
        for name, target in module.TARGETS.items():
            found[f"{area}/{name}"] = target
    return found


def mutated(rng: random.Random, good: list[bytes]) -> bytes:
    """One of the good inputs, damaged in one to four places."""
    data = bytearray(rng.choice(good))
    for _ in range(rng.randint(1, 4)):
        rng.choice(DAMAGES)(rng, data, good)
    return bytes(data)


def _at(rng: random.Random, data: bytearray) -> int:
    return rng.randint(0, max(len(data) - 1, 0))


def _truncate(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    del data[_at(rng, data) :]


def _flip(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    if data:
        data[_at(rng, data)] ^= 1 << rng.randint(0, 7)


def _replace(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    if data:
        data[_at(rng, data)] = rng.randint(0, 255)


def _claim(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    """Write an absurd number where a length might stand."""
    size = rng.choice((1, 2, 4, 8))
    number = rng.choice(ABSURD) & ((1 << 8 * size) - 1)
    place = _at(rng, data)
    data[place : place + size] = number.to_bytes(size, rng.choice(("little", "big")))


def _insert(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    place = _at(rng, data)
    data[place:place] = rng.randbytes(rng.randint(1, 16))


def _cut(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    place = _at(rng, data)
    del data[place : place + rng.randint(1, 32)]


def _splice(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    other = rng.choice(good)
    place, there = _at(rng, data), rng.randint(0, len(other))
    data[place : place + 24] = other[there : there + 24]


def _noise(rng: random.Random, data: bytearray, good: list[bytes]) -> None:
    if rng.random() < 0.1:
        data[:] = rng.randbytes(rng.randint(0, 200))


DAMAGES = (
    _truncate,
    _flip,
    _flip,
    _replace,
    _claim,
    _claim,
    _insert,
    _cut,
    _splice,
    _noise,
)


@contextmanager
def bounded() -> Iterator[None]:
    """Little more memory than the process has now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(
        resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings, and nothing in the log: damage is what is wanted here."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def run(target: Target, count: int, seed: int = 0) -> Outcome:
    """Give a target its good inputs, which it has to accept, and `count` bad ones."""
    good, decode, allowed = target
    rng = random.Random(seed)
    accepted, refused, failures = 0, 0, []
    started = time.perf_counter()
    before = signal.signal(signal.SIGALRM, _hang)
    try:
        with bounded(), quiet():
            for data in good:
                decode(data)
            for _ in range(count):
                data = mutated(rng, good)
                signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_INPUT)
                try:
                    decode(data)
                    accepted += 1
                except allowed:
                    refused += 1
                except (Exception, HangError) as error:
                    failures.append((data, f"{type(error).__name__}: {error}"))
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    return Outcome(accepted, refused, failures, time.perf_counter() - started)


def _hang(signum: int, frame: FrameType | None) -> None:
    raise HangError(f"no answer in {SECONDS_PER_INPUT} s")
