"""Matrix products, with as many threads as they are worth.

numpy's BLAS shares even a product of a tenth of a millisecond among all cores, and then
waits, spinning, for the slowest. Where something else has one of the cores, that wait
is a turn of the scheduler: on two cores beside one busy process, the steps of a small
net took twelve times as long as with one thread. Small products are therefore made by
one thread, large ones by all. Read next: `conv.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs._util import lazy

# Multiplications of one product. Below the first, OpenBLAS takes one thread by itself;
# from the second on, more threads pay even if one of them comes late.
_SHARED_FROM: Final = 1 << 18
_WORTH_SHARING: Final = 1 << 23


def product(a: Any, b: Any) -> Any:
    """The matrix product of `[..., m, k]` and `[..., k, n]`, in their dtype."""
    if not is_limited(a.shape[-2], b.shape[-2], b.shape[-1]):
        return np.matmul(a, b)
    limits = _limits()
    for limit, _ in limits:
        limit(1)
    try:
        return np.matmul(a, b)
    finally:
        for limit, all_threads in limits:
            limit(all_threads)


def is_limited(m: int, k: int, n: int) -> bool:
    """Whether a product of `[m, k]` and `[k, n]` is kept to one thread."""
    return _SHARED_FROM < m * k * n < _WORTH_SHARING


@functools.cache
def _limits() -> list[tuple[Callable[[int], None], int]]:
    """What sets the number of threads of each BLAS in the process; and how many now."""
    controller = lazy.load("threadpoolctl").ThreadpoolController()
    libraries = controller.select(user_api="blas").lib_controllers
    return [
        (lib.set_num_threads, lib.num_threads)
        for lib in libraries
        if lib.num_threads > 1
    ]
