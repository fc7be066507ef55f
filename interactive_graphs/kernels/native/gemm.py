"""Matrix products as native routines, with what follows them element by element.

    routine = gemm(100, 256, 784, target=detect())
    routine.kernels[0].name                   # "gemm_100x256x784"

A product is cut into panels, some vectors wide, and these into tiles of rows whose sums
stay in registers over the whole inner dimension. A panel of the second factor is packed
while its first tile is computed, so that the others read it in order. A panel is also
the unit of work: threads share nothing but what they read.

An `Epilogue` is computed on a tile while it is in registers: a bias, an activation, the
mask of a gradient, or the step of an optimizer on the weights:

    step = Epilogue(                          # weights - rate * product
        (Operand("float32", (784, 256)), Operand("float32", ())),
        (Value("multiply", (0, 2), "float32"), Value("sub", (1, 3), "float32")),
        outputs=(4,),
    )
    update = gemm(784, 256, 100, target=detect(), transpose_a=True, epilogue=step)
    update.in_place                           # {(4, 2)}: where the weights were

Sums run over the inner dimension in order, with one rounding each where the processor
has multiply-add; each element is within `k * eps * (|A| @ |B|)` of the truth, as any
order of summation is. Long inner dimensions are cut into slices (`Tiling.slices`); how
is decided by the sizes and never by threads. Read next: `gemm_tiling.py`.
"""

import math

from interactive_graphs.kernels.native.gemm_dots import (
    dots_kernel,
    suits,
    turn_kernel,
    turns_b,
)
from interactive_graphs.kernels.native.gemm_tiles import (
    pack_kernel,
    slices_kernel,
    tiles_kernel,
)
from interactive_graphs.kernels.native.gemm_tiling import (
    Epilogue as Epilogue,
    Product as Product,
    plan,
    suits_turned,
)
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

Shape = tuple[int, ...]


def gemm(
    m: int,
    n: int,
    k: int,
    *,
    target: Target,
    dtype: str = "float32",
    transpose_a: bool = False,
    transpose_b: bool = False,
    batch: Shape = (),
    a_batch: Shape | None = None,
    b_batch: Shape | None = None,
    epilogue: Epilogue | None = None,
) -> Routine:
    """Returns the routine of `A @ B` and what follows it.

    Its inputs are A, B and the operands of the epilogue, its outputs those of the
    epilogue. An operand of the shape of the product may be where an output of its
    dtype is.

    Args:
        m: rows of the product; like n and k it may be 0.
        n: columns of the product.
        k: the inner dimension.
        target: the processor.
        dtype: of A, B and the product: "float32", "float64", "int32" or "int64".
        transpose_a: A is `[*a_batch, k, m]` in memory, not `[*a_batch, m, k]`.
        transpose_b: B is `[*b_batch, n, k]` in memory, not `[*b_batch, k, n]`.
        batch: leading dimensions of the product.
        a_batch: those of A, which broadcast to `batch`; None if they are the same.
        b_batch: those of B, likewise.
        epilogue: what is computed of the product; None for the product itself.
    """
    product = Product(
        m,
        n,
        k,
        dtype,
        transpose_a,
        transpose_b,
        batch,
        batch if a_batch is None else a_batch,
        batch if b_batch is None else b_batch,
        epilogue or Epilogue(),
    ).flattened()
    if product.is_empty:
        return Routine((), (), in_place=_in_place(product))
    write = _dots if suits(product, target) else _panels
    return write(product, target)._replace(in_place=_in_place(product))


def _panels(product: Product, target: Target) -> Routine:
    """The routine that cuts the product, or its transpose, into panels."""
    turned = suits_turned(product, target)
    cut, a, b = (product.turned(), 1, 0) if turned else (product, 0, 1)
    tiling = plan(cut, target)
    arguments = range(product.arguments)
    kernels: list[Kernel] = []
    args: list[tuple[int, ...]] = []
    temporaries: list[int] = []
    if tiling.packs_a:
        packed = product.arguments
        temporaries.append(tiling.packed_bytes)
        kernels.append(pack_kernel(cut, tiling, target))
        args.append((a, packed))
        a = packed
    if tiling.slices == 1:
        kernels.append(tiles_kernel(cut, tiling, target, product))
        args.append((a, b, *arguments[2:]))
    else:
        parts = product.arguments + len(temporaries)
        temporaries.append(tiling.slices * product.elements * product.size)
        plain = product.without_epilogue()
        kernels.append(tiles_kernel(cut, tiling, target, plain))
        args.append((a, b, parts))
        kernels.append(slices_kernel(product, tiling, target))
        args.append((parts, *arguments[2:]))
    return Routine(tuple(kernels), tuple(args), tuple(temporaries))


def _dots(product: Product, target: Target) -> Routine:
    """The routine that runs along the inner dimension."""
    arguments = range(product.arguments)
    kernel = dots_kernel(product, target)
    if not turns_b(product):
        return Routine((kernel,), (tuple(arguments),))
    b = product.arguments
    turned = math.prod(product.b_batch) * product.n * product.k * product.size
    return Routine(
        (turn_kernel(product, target), kernel),
        ((1, b), (0, b, *arguments[2:])),
        (turned,),
    )


def _in_place(product: Product) -> frozenset[tuple[int, int]]:
    """Which outputs may be where which operands are: those read at the same place."""
    epilogue = product.epilogue
    first_output = 2 + len(epilogue.operands)
    return frozenset(
        (first_output + place, 2 + number)
        for place, output in enumerate(epilogue.outputs)
        for number, operand in enumerate(epilogue.operands)
        if operand.shape == product.shape
        and operand.dtype == product.dtype_of(output)
        and product.steps[place] == product.n
    )
