"""Calls of LAPACK that a busy machine cannot spoil.

    values = lapack.call(np.linalg.eigvalsh, matrix)

A factorisation asks BLAS for many small products one after another. Shared among cores,
each waits, spinning, for the slowest: beside a few busy processes the determinant of a
250 x 250 matrix took 280 ms instead of 1. Up to a size of which one thread is nearly as
good they are therefore left to one. Read next: `gemm.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs._util import blas_threads

# Sides of a matrix. Up to the first BLAS takes one thread by itself; from the second on
# its products are so large that more pay even if one of them comes late.
_ALONE_UP_TO: Final = 32
_WORTH_SHARING: Final = 1024


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """One of numpy's functions of stacks of matrices.

    Args:
        function: such as np.linalg.inv.
        arguments: its own. Of the 16-bit floats, which LAPACK does not take, it gets
            float32.
    """
    given = [wide(x) for x in arguments]
    side = max(given[0].shape[-2:])
    if not _ALONE_UP_TO < side < _WORTH_SHARING:
        return function(*given)
    holder = object()
    try:
        blas_threads.hold(holder)
        return function(*given)
    finally:
        try:
            blas_threads.let_go(holder)
        except BaseException:  # an interrupt, before it could
            blas_threads.let_go(holder)
            raise


def wide(x: Any) -> Any:
    """What LAPACK takes: of the 16-bit floats float32."""
    is_short = isinstance(x, np.ndarray) and x.dtype == np.float16
    return x.astype(np.float32) if is_short else x
