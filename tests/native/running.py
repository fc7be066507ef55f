"""Runs routines on arrays, for tests: kernels one after another, in uneven chunks."""

import ctypes
import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from interactive_graphs.kernels.native import target as targets
from interactive_graphs.kernels.native.compiler import compile_kernels
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

_KERNEL = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p
)


def here() -> Target:
    """This machine's target; the test is skipped where there is none."""
    if targets.available():
        pytest.skip(targets.available())
    return targets.detect()


def runnable() -> list[Target]:
    """The targets whose code this machine can run, its own first."""
    if targets.available():
        return []
    own = targets.detect()
    return [own, targets.named("avx2")] if own.name == "avx512" else [own]


def aligned(shape: Sequence[int], dtype: str, offset: int = 0) -> np.ndarray:
    """An array not initialised, `offset` bytes after a multiple of 64."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    raw = np.full(size + 128, 0xA5, np.uint8)
    start = -raw.ctypes.data % 64 + offset
    return raw[start : start + size].view(dtype).reshape(shape)


def run(
    routine: Routine,
    target: Target,
    inputs: Sequence[np.ndarray],
    outputs: Sequence[np.ndarray],
    chunks: int = 1,
) -> None:
    """Runs a routine; outputs are written in place.

    Args:
        routine: what to run.
        target: what it was written for.
        inputs: C-contiguous arrays.
        outputs: likewise.
        chunks: into how many calls each kernel's units are cut, the last ones first.
    """
    code = compile_kernels(routine.kernels, target)
    temporaries = [aligned([size], "uint8") for size in routine.temporaries]
    arrays = [*inputs, *outputs, *temporaries]
    for kernel, address, table, args in zip(
        routine.kernels, code.addresses, code.tables, routine.args, strict=True
    ):
        given = [arrays[number].ctypes.data for number in args]
        if table is not None:
            given.insert(0, table)
        pointers = (ctypes.c_void_p * max(1, len(given)))(*given)
        scratch = aligned([kernel.scratch], "uint8")
        bounds = [kernel.units * i // chunks for i in range(chunks + 1)]
        for begin, end in reversed(list(itertools.pairwise(bounds))):
            if begin < end:
                _KERNEL(address)(pointers, begin, end, scratch.ctypes.data)


def single(kernel: Kernel, count: int) -> Routine:
    """The routine of one kernel that takes `count` arguments."""
    return Routine((kernel,), (tuple(range(count)),))
