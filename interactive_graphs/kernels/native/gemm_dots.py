"""Matrix products whose factors both lie along the inner dimension: dot products.

A panel of a product needs a vector's width of columns. Where there are fewer, as behind
the last layer of a classifier or in the product with a vector, and where B lies
transposed and is used for few rows only, it is quicker to run along the inner dimension
with vectors of partial sums, which are added up in the end.
Read next: `gemm_epilogue.py`.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from interactive_graphs.kernels.native.blocks import summed
from interactive_graphs.kernels.native.gemm_epilogue import (
    EpilogueWriter,
    Row,
    batch_index,
)
from interactive_graphs.kernels.native.gemm_tiles import turn_rows
from interactive_graphs.kernels.native.gemm_tiling import Product
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target


def suits(product: Product, target: Target) -> bool:
    """Whether a product is better computed as dot products."""
    lanes = target.lanes(product.dtype)
    if (product.transpose_a and product.m > 1) or product.k < 4 * lanes:
        return False
    if product.n == 1 or (product.transpose_b and product.n <= lanes):
        return True
    if product.transpose_b:
        return product.m <= 8
    return product.n <= lanes and product.m > lanes


def turns_b(product: Product) -> bool:
    """Whether B must be transposed for it."""
    return not product.transpose_b and product.n > 1


def turn_kernel(product: Product, target: Target) -> Kernel:
    """Returns the kernel that transposes matrices of few columns: takes B, B turned."""
    f = Function(target, 2)
    source, to = f.arguments
    lanes = Lanes(f, product.dtype, target.lanes(product.dtype))
    n, k = product.n, product.k

    def unit(matrix: str, _: Sequence[str]) -> None:
        start = f.address(source, f.multiply(matrix, n * k), product.dtype)
        out = f.address(to, f.multiply(matrix, n * k), product.dtype)

        def block(row: Index, _: Sequence[str] = ()) -> None:
            at = f.address(start, f.multiply(row, n), product.dtype)
            goal = f.address(out, row, product.dtype)
            turn_rows(lanes, lanes.width, at, n, goal, k, n)

        f.loop(0, k - lanes.width + 1, block, step=lanes.width)
        if k % lanes.width:
            # The last block may lie over the one before: k is several blocks long.
            block(k - lanes.width)

    f.loop(f.begin, f.end, unit)
    matrices = math.prod(product.b_batch)
    return Kernel(f"turn_{k}x{n}", f.text(), matrices, 0.3 * matrices * n * k)


class _Cut(NamedTuple):
    """How dot products are cut.

    Attributes:
        rows, columns: of a tile, each of whose elements is a vector of partial sums.
        block: columns of a unit of work; also the width of the rows it stores.
    """

    rows: int
    columns: int
    block: int


def _cut(product: Product, target: Target) -> _Cut:
    lanes = target.lanes(product.dtype)
    block = min(lanes, product.n)
    free = target.registers - 1 - (not target.fma)
    wide = min(block, 6 if target.registers > 16 else 3)
    columns = -(-block // -(-block // wide))
    most = min((free - columns) // columns, 14, product.m)
    rows = -(-product.m // -(-product.m // most))
    return _Cut(rows, columns, block)


def dots_kernel(product: Product, target: Target) -> Kernel:
    """Returns the kernel: takes A, B with its columns as rows, then `Epilogue`'s."""
    epilogue = product.epilogue
    f = Function(target, 2 + len(epilogue.operands) + len(epilogue.outputs))
    cut = _cut(product, target)
    writer = _Dots(f, product, cut)
    f.loop(f.begin, f.end, writer.unit)
    units = writer.tiles * writer.blocks * math.prod(product.batch)
    steps = product.elements * -(-product.k // writer.lanes.width)
    cost = 0.3 * steps * (1.0 if target.fma else 2.0) + 4.0 * product.elements
    # What is used once comes from memory at some bytes per nanosecond.
    traffic = product.size * math.prod(product.batch) * product.k
    cost = max(cost, 0.08 * traffic * max(product.m, product.n))
    return Kernel(product.name, f.text(), units, cost)


class _Dots:
    """Writes the unit of work: some rows of A with up to a vector of columns of B."""

    def __init__(self, f: Function, product: Product, cut: _Cut) -> None:
        self.f = f
        self.product = product
        self.cut = cut
        self.lanes = Lanes(f, product.dtype, f.target.lanes(product.dtype))
        self.a, self.b, *others = f.arguments
        self.epilogue = EpilogueWriter(f, product, others)
        self.tiles = -(-product.m // cut.rows)
        self.blocks = -(-product.n // cut.block)
        self.sums = f.stack(cut.rows * self.lanes.width * product.size)

    def unit(self, unit: str, _: Sequence[str]) -> None:
        """Writes the work of the unit of that number."""
        f, product, cut = self.f, self.product, self.cut
        tile, rest = f.remainder(unit, self.tiles), f.divide(unit, self.tiles)
        block, batch = f.remainder(rest, self.blocks), f.divide(rest, self.blocks)

        def of_rows(rows: int) -> None:
            _last_or_not(
                f, block, product.n, cut.block,
                lambda columns: self._block(batch, tile, block, rows, columns),
            )  # fmt: skip

        _last_or_not(f, tile, product.m, cut.rows, of_rows)

    def _block(
        self, batch: Index, tile: Index, block: Index, rows: int, columns: int
    ) -> None:
        """Writes the dots of `rows` rows and `columns` columns, and their epilogue."""
        f, product, v, cut = self.f, self.product, self.lanes, self.cut
        matrix_a = batch_index(f, product.batch, product.a_batch, batch)
        matrix_b = batch_index(f, product.batch, product.b_batch, batch)
        row, column = f.multiply(tile, cut.rows), f.multiply(block, cut.block)
        a = [(matrix_a, product.m * product.k), (row, product.k)]
        b = [(matrix_b, product.n * product.k), (column, product.k)]
        of_a = f.address(self.a, f.index(a), v.dtype)
        of_b = f.address(self.b, f.index(b), v.dtype)

        def tiles(first: Index, count: int) -> None:
            start = f.address(of_b, f.multiply(first, product.k), v.dtype)
            vectors = self._vectors(of_a, start, rows, count)
            self._add_up(vectors, count, f.address(self.sums, first, v.dtype))

        left = columns % cut.columns
        whole = columns - left
        f.loop(0, whole, lambda at, _: tiles(at, cut.columns), step=cut.columns)
        if left:
            tiles(whole, left)
        mask = None if columns == v.width else v.first(columns)
        sums = [
            v.load(f.address(self.sums, place * v.width, v.dtype))
            for place in range(rows)
        ]
        self.epilogue.tile(v, Row(batch, row, column, (mask,)), rows, sums)

    def _vectors(self, a: str, b: str, rows: int, columns: int) -> list[str]:
        """Writes the loop along the inner dimension; gives vectors of partial sums."""
        f, v, k = self.f, self.lanes, self.product.k

        def step(at: Index, sums: Sequence[str], mask: str | None = None) -> list[str]:
            right = [
                v.load(f.address(b, f.index([(at, 1)], column * k), v.dtype), mask)
                for column in range(columns)
            ]
            sums = list(sums)
            for row in range(rows):
                left = v.load(
                    f.address(a, f.index([(at, 1)], row * k), v.dtype), mask
                )  # fmt: skip
                for place, factor in enumerate(right, row * columns):
                    sums[place] = v.fma(left, factor, sums[place])
            return sums

        zeros = [(v.type, v.constant(0))] * (rows * columns)
        whole = k - k % v.width
        sums = f.loop(0, whole, step, zeros, step=v.width)
        return step(whole, sums, v.first(k - whole)) if k > whole else sums

    def _add_up(self, vectors: Sequence[str], columns: int, to: str) -> None:
        """Writes the sums over the lanes of partial sums, and stores them as rows."""
        f, v = self.f, self.lanes
        scalar = v.of_width(1)
        for first in range(0, len(vectors), v.width):
            some = list(vectors[first : first + v.width])
            padding = [v.constant(0)] * (v.width - len(some))
            totals = summed(v, some + padding)
            for place in range(len(some)):
                row, column = divmod(first + place, columns)
                at = f.address(to, row * v.width + column, v.dtype)
                scalar.store(v.extract(totals, place), at)


def _last_or_not(
    f: Function, number: str, count: int, step: int, write: Callable[[int], None]
) -> None:
    """Writes a piece's work, with a branch if the last piece is shorter.

    Args:
        f: where it is written.
        number: of the piece.
        count: what is cut into pieces.
        step: how much a full piece has.
        write: gets how much this piece has.
    """
    full, left = divmod(count, step)
    if not left or not full:
        write(left or step)
        return
    is_last = f.value(f"icmp eq i64 {number}, {full}")
    f.when(is_last, lambda: write(left), lambda: write(step))
