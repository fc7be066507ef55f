"""What follows a matrix product while its tile is in registers.

Read next: `operations.py`, which has the operations.
"""

import functools
from collections.abc import Sequence
from typing import Final, NamedTuple

from interactive_graphs.kernels.native.clusters import Cluster, Operand, length
from interactive_graphs.kernels.native.gemm_tiling import Product, Shape
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.values import Names, Values

FAR: Final = 1 << 18
"""Bytes that an epilogue reads and writes, above which they are not near by chance."""

LINE: Final = 64
"""Bytes that come into the cache together."""


class Row(NamedTuple):
    """Where the first row of a tile is in the product.

    Attributes:
        batch: number of the matrix, in the order of `Product.batch`.
        row, column: of its first element.
        masks: for each vector of a row which lanes count, None for all.
    """

    batch: Index
    row: Index
    column: Index
    masks: tuple[str | None, ...]


def batch_index(f: Function, batch: Shape, own: Shape, number: Index) -> str:
    """The number of an array's matrix that meets matrix `number` of the batch.

    Args:
        f: where it is written.
        batch: the dimensions that `number` counts over.
        own: the array's, which broadcast to `batch`.
        number: in C order.
    """
    own = (1,) * (len(batch) - len(own)) + own
    if own == batch:
        return str(number)
    terms: list[tuple[Index, int]] = []
    below, stride = 1, 1
    for size, here in zip(reversed(batch), reversed(own), strict=True):
        if here > 1:
            terms.append((f.remainder(f.divide(number, below), size), stride))
        below, stride = below * size, stride * here
    return f.index(terms)


class EpilogueWriter:
    """Writes the epilogue of a product's tiles.

    Args:
        f: where it is written.
        product: whose epilogue it is.
        pointers: of the operands, then of the outputs.
    """

    def __init__(self, f: Function, product: Product, pointers: Sequence[str]) -> None:
        self.f = f
        self.product = product
        count = len(product.epilogue.operands)
        self.operands = tuple(pointers[:count])
        self.outputs = tuple(pointers[count:])
        product_itself = Operand(product.dtype, product.shape)
        self.cluster = Cluster(
            product.shape,
            (product_itself, *product.epilogue.operands),
            product.epilogue.values,
            (),
        )
        self.values = Values(
            f,
            self.cluster,
            product.epilogue.outputs,
            levels=[0] * (1 + count),
            varies=[True] * (1 + count),
        )

    def tile(self, lanes: Lanes, place: Row, rows: int, sums: Sequence[str]) -> None:
        """Writes what becomes of a tile, and its stores.

        Args:
            lanes: of the product's dtype.
            place: the first row.
            rows: how many there are.
            sums: the product, row by row, vector by vector.
        """
        readers = [
            _OperandReader(
                lanes.of_dtype(operand.dtype), operand, self.product, pointer
            )
            for operand, pointer in zip(
                self.product.epilogue.operands, self.operands, strict=True
            )
        ]
        for reader in readers:
            reader.locate(place)
        count = len(place.masks)
        for row in range(rows):
            for vector in range(count):
                loads = [sums[row * count + vector]]
                loads += [reader.load(row, vector) for reader in readers]
                names: Names = {}
                load = functools.partial(_nth, loads)
                self.values.compute(0, names, (lanes.width,), load)
                self._store(lanes, place, row, vector, names)

    @property
    def is_far(self) -> bool:
        """Whether tiles read and write more than stays in a cache."""
        product = self.product
        sizes = [length(dtype) for _, dtype, _ in self._whole()]
        return product.elements * sum(sizes) > FAR

    def fetch(self, place: Row, columns: int, row: Index) -> None:
        """Has what is read and written in a row of a tile come near.

        The rows of a tile lie apart, which processors do not foresee.

        Args:
            place: the first row.
            columns: how many there are.
            row: number of the row in the tile.
        """
        f, m = self.f, self.product.m
        for pointer, dtype, step in self._whole():
            at = f.index([
                (place.batch, m * step), (place.row, step), (row, step),
                (place.column, 1),
            ])  # fmt: skip
            start = f.address(pointer, at, dtype)
            for byte in range(0, columns * length(dtype), LINE):
                f.prefetch(f.address(start, byte, "int8"))

    def _whole(self) -> list[tuple[str, str, int]]:
        """Of arrays as large as the product: pointers, dtypes, steps of rows."""
        product, epilogue = self.product, self.product.epilogue
        read = [
            (pointer, operand.dtype, product.n)
            for pointer, operand in zip(self.operands, epilogue.operands, strict=True)
            if operand.shape == product.shape
        ]
        written = [
            (pointer, self.cluster.dtype(number), step)
            for pointer, number, step in zip(
                self.outputs, epilogue.outputs, product.steps, strict=True
            )
        ]
        return read + written

    def _store(
        self,
        lanes: Lanes,
        place: Row,
        row: int,
        vector: int,
        names: Names,
    ) -> None:
        f, product = self.f, self.product
        for number, pointer, step in zip(
            product.epilogue.outputs, self.outputs, product.steps, strict=True
        ):
            at = f.index([
                (place.batch, product.m * step), (place.row, step), (place.column, 1),
            ], row * step + vector * lanes.width)  # fmt: skip
            v = lanes.of_dtype(self.cluster.dtype(number))
            value = self.values.name(number, v.width, names)
            if v.dtype == "bool":
                value = v.from_mask(value)
            v.store(value, f.address(pointer, at, v.dtype), place.masks[vector])


def _nth(loads: Sequence[str], number: int, _: int) -> str:
    return loads[number]


class _OperandReader:
    """Loads an operand where a tile is, what does not change with the row once."""

    def __init__(
        self, lanes: Lanes, operand: Operand, product: Product, pointer: str
    ) -> None:
        self.lanes = lanes
        self.product = product
        self.pointer = pointer
        rank = len(product.shape)
        self.shape = (1,) * (rank - len(operand.shape)) + operand.shape
        self._loaded: dict[tuple[int, int], str] = {}

    def locate(self, place: Row) -> None:
        """Finds the operand's element of the tile's first one."""
        f = self.lanes.function
        *batch, m, n = self.shape
        matrix = batch_index(f, self.product.batch, tuple(batch), place.batch)
        at = [(matrix, m * n), (place.row, n if m > 1 else 0)]
        at.append((place.column, 1 if n > 1 else 0))
        self.start = f.address(self.pointer, f.index(at), self.lanes.dtype)
        self.masks = place.masks

    def load(self, row: int, vector: int) -> str:
        """The operand's vector in a row of the tile."""
        lanes = self.lanes
        *_, m, n = self.shape
        at = (row if m > 1 else 0), (vector if n > 1 else 0)
        if at not in self._loaded:
            step = at[0] * n + at[1] * lanes.width
            pointer = lanes.function.address(self.start, step, lanes.dtype)
            if n > 1:
                self._loaded[at] = lanes.load(pointer, self.masks[vector])
            else:
                self._loaded[at] = lanes.broadcast(pointer)
        return self._loaded[at]
