"""What a matrix product is, and how it is cut for a processor.

A `Product` is the question: sizes, storage, what follows. `plan` answers with a
`Tiling`: how wide a panel is, how many rows a tile has, what is packed. Read next:
`gemm_tiles.py`, which writes the code.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from interactive_graphs.kernels.native.clusters import Operand, Value
from interactive_graphs.kernels.native.target import Target

Shape = tuple[int, ...]

WANTED_UNITS: Final = 8
"""Units a product is cut into where it has fewer panels: enough for some cores."""

LONG: Final = 4096
"""Inner dimensions above it are cut into slices, or packed panels leave the cache."""

CACHE: Final = 1 << 17
"""Bytes of A above which its rows are worth packing, if they lie badly."""


class Epilogue(NamedTuple):
    """What is computed of a product, element by element.

    Attributes:
        operands: arrays that broadcast to the shape of the product.
        values: as in a `Cluster`; number 0 is the product, then come the operands,
            then the values.
        outputs: numbers of what is stored.
        steps: for each output the elements from one row to the next, where it is a part
            of a larger array; () if none is. Only of a product without batch.
    """

    operands: tuple[Operand, ...] = ()
    values: tuple[Value, ...] = ()
    outputs: tuple[int, ...] = (0,)
    steps: tuple[int, ...] = ()


class Product(NamedTuple):
    """A batch of matrix products; the names are those of `gemm`."""

    m: int
    n: int
    k: int
    dtype: str
    transpose_a: bool
    transpose_b: bool
    batch: Shape
    a_batch: Shape
    b_batch: Shape
    epilogue: Epilogue

    @property
    def shape(self) -> Shape:
        """The shape of the product."""
        return (*self.batch, self.m, self.n)

    @property
    def elements(self) -> int:
        """How many elements the product has."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Bytes of an element."""
        return np.dtype(self.dtype).itemsize

    @property
    def arguments(self) -> int:
        """How many inputs and outputs its routine has."""
        return 2 + len(self.epilogue.operands) + len(self.epilogue.outputs)

    @property
    def steps(self) -> tuple[int, ...]:
        """For each output the elements from one of its rows to the next."""
        return self.epilogue.steps or (self.n,) * len(self.epilogue.outputs)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return self.elements == 0

    @property
    def name(self) -> str:
        """The name of its kernel."""
        batch = "".join(f"{size}x" for size in self.batch)
        turned = "_ta" * self.transpose_a + "_tb" * self.transpose_b
        dtype = "" if self.dtype == "float32" else f"_{self.dtype}"
        ops = [value.op for value in self.epilogue.values if value.op != "constant"]
        more = "".join(f"_{op}" for op in ops[:6])
        return f"gemm_{batch}{self.m}x{self.n}x{self.k}{turned}{dtype}{more}"

    def dtype_of(self, number: int) -> str:
        """The dtype of the product, an operand or a value of the epilogue."""
        if number == 0:
            return self.dtype
        operands = self.epilogue.operands
        if number <= len(operands):
            return operands[number - 1].dtype
        return self.epilogue.values[number - 1 - len(operands)].dtype

    def turned(self) -> "Product":
        """The transposed product without its epilogue: of B and A, each transposed."""
        return self._replace(
            m=self.n,
            n=self.m,
            transpose_a=not self.transpose_b,
            transpose_b=not self.transpose_a,
            a_batch=self.b_batch,
            b_batch=self.a_batch,
            epilogue=Epilogue(),
        )

    def without_epilogue(self) -> "Product":
        """The product alone."""
        return self._replace(epilogue=Epilogue())

    def flattened(self) -> "Product":
        """The same with the batch as rows, where all rows meet the same B."""
        operands = self.epilogue.operands
        full = all(operand.shape in ((), (self.n,), self.shape) for operand in operands)
        one_b = math.prod(self.b_batch) == 1 and self.a_batch == self.batch
        if not self.batch or self.transpose_a or not one_b or not full:
            return self
        rows = math.prod(self.batch) * self.m
        flat = tuple(
            operand._replace(shape=(rows, self.n))
            if operand.shape == self.shape
            else operand
            for operand in operands
        )
        epilogue = self.epilogue._replace(operands=flat)
        return self._replace(
            m=rows, batch=(), a_batch=(), b_batch=(), epilogue=epilogue
        )


class Tiling(NamedTuple):
    """How a product is cut.

    Attributes:
        lanes: elements of a vector.
        vectors: vectors of a row of a full panel.
        rows: rows of a full tile.
        groups: parts into which the full tiles of a panel are divided, each a unit.
        slices: parts into which the inner dimension is divided.
        depth: inner elements of a slice; the last one may have fewer.
        packs_a: A is packed first, tile by tile, so that tiles read it in order.
        packs_b: a panel of B is packed into scratch while, or before, it is used.
        panels: panels of the product.
        packed_lanes: elements of a row of packed A: the rows of a tile and padding.
        packed_bytes: bytes of packed A.
    """

    lanes: int
    vectors: int
    rows: int
    groups: int
    slices: int
    depth: int
    packs_a: bool
    packs_b: bool
    panels: int
    packed_lanes: int
    packed_bytes: int

    @property
    def columns(self) -> int:
        """Columns of a full panel."""
        return self.lanes * self.vectors

    def units(self, product: Product) -> int:
        """Number of units of work."""
        return self.panels * self.groups * self.slices * math.prod(product.batch)


def plan(product: Product, target: Target) -> Tiling:
    """Returns how a product that is not empty is cut for a processor."""
    lanes = target.lanes(product.dtype)
    rows, vectors = _tile(product, lanes, target)
    tiles = -(-product.m // rows)
    panels = -(-product.n // (lanes * vectors))
    units = panels * math.prod(product.batch)
    slices = _slices(product, units)
    full = product.m // rows
    # A group packs its panel anew, which some tiles must make worth it.
    wanted = WANTED_UNITS // (units * slices)
    groups = max(1, min(wanted, full // 3)) if _work(product) > 1e6 else 1
    packs_a = tiles > 1 and panels > 1 and _lies_badly(product)
    packed_lanes = -(-rows // lanes) * lanes
    matrices = math.prod(product.a_batch)
    return Tiling(
        lanes=lanes,
        vectors=vectors,
        rows=rows,
        groups=groups,
        slices=slices,
        depth=max(1, -(-product.k // slices)),
        packs_a=packs_a,
        packs_b=product.transpose_b or full > groups,
        panels=panels,
        packed_lanes=packed_lanes,
        packed_bytes=matrices * tiles * product.k * packed_lanes * product.size,
    )


def suits_turned(product: Product, target: Target) -> bool:
    """Whether it is better to compute the transpose, and to turn its tiles.

    With few columns a panel would be almost empty. Where A lies transposed, its rows
    are the vectors that B's columns are not.
    """
    lanes = target.lanes(product.dtype)
    return product.transpose_a and product.n <= lanes < product.m


def _work(product: Product) -> int:
    """The number of multiply-adds."""
    return product.elements * product.k


def _tile(product: Product, lanes: int, target: Target) -> tuple[int, int]:
    """Rows of a tile and vectors of a panel: as many sums as there are registers."""
    vectors = min(4 if target.vector_bytes == 16 and target.registers > 16 else 2,
                  -(-product.n // lanes))  # fmt: skip
    # Besides the sums: a row of B, an element of A, without multiply-add its product.
    free = target.registers - 1 - (not target.fma)
    most = min((free - 1) // vectors - 1, 14)
    if product.m > most:
        tiles = -(-product.m // most)
        return -(-product.m // tiles), vectors
    wide = min(8, (free - 1) // (product.m + 1), -(-product.n // lanes))
    return product.m, max(vectors, wide)


def _slices(product: Product, units: int) -> int:
    """Into how many parts the inner dimension is cut."""
    if product.k > LONG:
        return -(-product.k // (LONG // 2))
    if units < 4 and product.k >= 1024 and product.elements <= 1 << 14:
        return min(8, product.k // 256)
    return 1


def _lies_badly(product: Product) -> bool:
    """Whether the tiles' rows of A are far apart in the cache's eyes, and many."""
    size = product.m * product.k * product.size
    if product.transpose_a:
        return size > CACHE
    return size > CACHE and product.k * product.size % 2048 == 0
