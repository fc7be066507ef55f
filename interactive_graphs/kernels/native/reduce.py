"""How native code reduces: what to begin with, how to combine, in which order.

Sums are made in a fixed order of fixed parts: lanes first, at most 32 vectors one after
another, then the sums of such runs, then the lanes, then the boxes. An error of n
additions grows with a few times log(n) as with numpy's pairwise sums, and nothing
depends on threads. Read next: `boxes.py`.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes

RUN: Final = 32
"""Vectors that are added one after another."""


def identity(kind: str, dtype: str) -> float:
    """What a reduction of nothing gives, and what changes no other value.

        >>> identity("max", "float32"), identity("prod", "int8")
        (-inf, 1)

    Args:
        kind: a key of `clusters.REDUCTIONS`.
        dtype: of the values.
    """
    if kind in ("sum", "mean", "any"):
        return 0
    if kind in ("prod", "all"):
        return 1
    lowest = kind == "max"
    if dtype.startswith("float"):
        return -np.inf if lowest else np.inf
    limits = np.iinfo(dtype)
    return int(limits.min if lowest else limits.max)


def of_nothing(kind: str, dtype: str) -> float:
    """The result of reducing no element at all."""
    return np.nan if kind == "mean" else identity(kind, dtype)


def combine(kind: str, v: Lanes, a: str, b: str) -> str:
    """Two values as one; truths are bytes of 0 or 1."""
    if kind in ("sum", "mean"):
        return v.add(a, b)
    if kind == "prod":
        return v.mul(a, b)
    if kind == "any":
        return v.bit_or(a, b)
    if kind == "all":
        return v.bit_and(a, b)
    return v.maximum(a, b) if kind == "max" else v.minimum(a, b)


def fold(kind: str, v: Lanes, value: str) -> str:
    """All lanes of a value as a scalar, halves with halves."""
    return v.fold(value, lambda half, a, b: combine(kind, half, a, b))


def padded(kind: str, v: Lanes, value: str, count: int, width: int) -> str:
    """A value with other lanes than the first `count` set to what changes nothing.

    Args:
        kind: the reduction.
        v: the lanes of the value, not more than `width`.
        value: what to pad.
        count: lanes that hold something.
        width: lanes of the result.
    """
    if count == v.width == width:
        return value
    neutral = v.constant(identity(kind, v.dtype))
    if v.width == 1:
        wide = v.of_width(width)
        return wide.insert(wide.constant(identity(kind, v.dtype)), value, 0)
    return v.shuffle(
        value, neutral, [i if i < count else v.width for i in range(width)]
    )


Turn = Callable[[str, list[str]], list[str]]


def run_loop(
    f: Function,
    begin: Index,
    end: Index,
    step: int,
    trips: int,
    first: list[tuple[str, str]],
    turn: Turn,
    join: Callable[[list[str], list[str]], list[str]],
) -> list[str]:
    """A loop that adds up, in runs of at most `RUN` turns.

    Args:
        f: where to write.
        begin: the first index.
        end: as for `Function.loop`, not reached.
        step: between indices.
        trips: the largest number of turns.
        first: LLVM type and neutral value of each sum.
        turn: gets the index and the sums, returns the next sums.
        join: adds the sums of a run to those of all runs before.

    Returns:
        The sums.
    """
    if trips <= RUN or not first:
        return f.loop(begin, end, turn, first, step)

    def run(start: str, sums: list[str]) -> list[str]:
        stop = f.smaller(f.add(start, RUN * step), end)
        return join(sums, run_loop(f, start, stop, step, RUN, first, turn, join))

    if trips <= RUN * RUN:
        return f.loop(begin, end, run, first, RUN * step)

    def run_of_runs(start: str, sums: list[str]) -> list[str]:
        length = RUN * RUN * step
        stop = f.smaller(f.add(start, length), end)
        return join(sums, f.loop(start, stop, run, first, RUN * step))

    return f.loop(begin, end, run_of_runs, first, RUN * RUN * step)
