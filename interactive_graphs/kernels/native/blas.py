"""Which matrix products are better left to numpy, that is to its OpenBLAS.

    if left_to_numpy(4096, 4096, 4096, "float32"):
        ...                     # a line of the program in Python

Few are: `gemm` keeps up with OpenBLAS to about 1000 cubed and is ahead of it for what
neural networks multiply. Above that OpenBLAS, which also blocks for the outer caches,
is some 10 % faster.

Its functions are not called from native code. There is no way to keep one call to one
thread: `openblas_set_num_threads_local` of release 0.3.31 changes the number for the
whole process (`tests/native/test_blas.py` looks), so somebody has to set it back
whatever happens, which is a matter for Python (`_util/blas_threads.py`). A line of the
program does such a product in pieces with `kernels/cpu/gemm.py`.
Read next: `gemm.py`.
"""

import math
from collections.abc import Sequence
from typing import Final

LARGE: Final = 1500**3
"""Multiply-adds from which on OpenBLAS is asked."""


def left_to_numpy(
    m: int,
    n: int,
    k: int,
    dtype: str,
    batch: Sequence[int] = (),
    has_epilogue: bool = False,
) -> bool:
    """Whether a product is better computed by `numpy.dot`.

    Args:
        m: rows of the product.
        n: its columns.
        k: the inner dimension.
        dtype: of the factors.
        batch: leading dimensions of the product; a batch is never left to numpy.
        has_epilogue: whether more is computed of the product, which `gemm` does in
            registers.
    """
    if dtype not in ("float32", "float64") or math.prod(batch) > 1 or has_epilogue:
        return False
    # Thin products are limited by memory, where there is nothing to gain.
    return m * n * k >= LARGE and min(m, n, k) >= 256
