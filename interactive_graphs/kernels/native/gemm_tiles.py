"""The kernels of a matrix product: packing of A, tiles, and the sum of slices.

Read next: `gemm_epilogue.py`, what happens to a tile before it is stored.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from interactive_graphs.kernels.native.blocks import transposed
from interactive_graphs.kernels.native.gemm_epilogue import (
    EpilogueWriter,
    Row,
    batch_index,
)
from interactive_graphs.kernels.native.gemm_tiling import Product, Tiling
from interactive_graphs.kernels.native.ir import Function, Index, known
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target

PACKED_AT_ONCE: Final = 32
"""Inner elements of an A that lies transposed which a unit of work packs."""


class Panel(NamedTuple):
    """Where a unit of work is.

    Attributes:
        batch: number of the matrix, in the order of `Product.batch`.
        part: number of the slice of the inner dimension.
        column: the first column.
        masks: for each vector of a row which lanes count, None for all.
        start: the first inner element.
        depth: how many there are.
    """

    batch: Index
    part: Index
    column: Index
    masks: tuple[str | None, ...]
    start: Index
    depth: Index


def tiles_kernel(
    product: Product, tiling: Tiling, target: Target, stored: Product
) -> Kernel:
    """Returns the kernel of the tiles: takes A, packed or not, B, and `Epilogue`'s.

    Args:
        product: what is cut into tiles.
        tiling: how.
        target: the processor.
        stored: the product with the epilogue; or `product` is the transpose of it.
    """
    f = Function(target, stored.arguments)
    writer = _Tiles(f, product, tiling, stored)
    f.loop(f.begin, f.end, writer.unit)
    # Turned blocks may be stored past the last inner element.
    depth = tiling.depth + tiling.lanes
    scratch = depth * tiling.columns * product.size if tiling.packs_b else 0
    return Kernel(
        stored.name,
        f.text(),
        tiling.units(product),
        _cost(stored, tiling, target),
        scratch,
    )


def _cost(product: Product, tiling: Tiling, target: Target) -> float:
    """Nanoseconds on one core at 2.5 GHz with two multiply-adds a cycle."""
    rows = math.prod(product.batch) * product.m
    vectors = -(-product.n // tiling.lanes)
    steps = rows * vectors * product.k
    # Emulated multiply-adds, and shorter registers' more loads, take about twice that.
    slow = 1.0 if target.fma else 2.0
    after = rows * vectors * (1.0 + len(product.epilogue.values))
    # Of few rows each element of B is used few times: memory is what takes the time.
    traffic = math.prod(product.batch) * product.k * product.n * product.size
    return max(0.3 * steps * slow + after, 0.015 * traffic)


class _Tiles:
    """Writes the unit of work of a product: one panel, or a group of its tiles."""

    def __init__(
        self, f: Function, product: Product, tiling: Tiling, stored: Product
    ) -> None:
        self.f = f
        self.product = product
        self.tiling = tiling
        self.lanes = Lanes(f, product.dtype, tiling.lanes)
        self.a, self.b, *others = f.arguments
        # Only products with more rows than columns are (`suits_turned`).
        self.turned = product.m != stored.m
        self.epilogue = EpilogueWriter(f, stored, others)

    # -- units ---------------------------------------------------------------------

    def unit(self, unit: str, _: Sequence[str]) -> None:
        """Writes the work of the unit of that number."""
        f, product, tiling = self.f, self.product, self.tiling
        panel, rest = f.remainder(unit, tiling.panels), f.divide(unit, tiling.panels)
        group, rest = f.remainder(rest, tiling.groups), f.divide(rest, tiling.groups)
        part, batch = f.remainder(rest, tiling.slices), f.divide(rest, tiling.slices)
        start = f.multiply(part, tiling.depth)
        whole = product.k == tiling.depth
        count: Index = product.k
        if not whole:
            count = f.smaller(f.subtract(product.k, start), tiling.depth)
        column = f.multiply(panel, tiling.columns)

        def work(columns: int) -> None:
            masks = self._masks(columns)
            self._panel(Panel(batch, part, column, masks, start, count), group)

        full, ragged = divmod(product.n, tiling.columns)
        if not ragged:
            work(tiling.columns)
        elif not full:
            work(ragged)
        else:
            is_last = f.value(f"icmp eq i64 {panel}, {full}")
            f.when(is_last, lambda: work(ragged), lambda: work(tiling.columns))

    def _masks(self, columns: int) -> tuple[str | None, ...]:
        full, ragged = divmod(columns, self.tiling.lanes)
        last = (self.lanes.first(ragged),) if ragged else ()
        return (None,) * full + last

    def _panel(self, panel: Panel, group: str) -> None:
        """Writes the tiles of a group: full ones, then what is left of the rows."""
        f, tiling = self.f, self.tiling
        full, left = divmod(self.product.m, tiling.rows)
        first: Index = f.divide(f.multiply(group, full), tiling.groups)
        after = f.divide(f.multiply(f.add(group, 1), full), tiling.groups)
        packs_first = tiling.packs_b and not self.product.transpose_b
        if tiling.packs_b and self.product.transpose_b:
            self._pack_transposed(panel)
        if packs_first:
            self._tile(panel, first, tiling.rows, packs=True)
            first = f.add(first, 1)
        f.loop(first, after, lambda tile, _: self._tile(panel, tile, tiling.rows))
        if left and tiling.groups == 1:
            self._tile(panel, full, left)
        elif left:
            is_last = f.value(f"icmp eq i64 {group}, {tiling.groups - 1}")
            f.when(is_last, lambda: self._tile(panel, full, left))

    # -- tiles ---------------------------------------------------------------------

    def _tile(self, panel: Panel, tile: Index, rows: int, packs: bool = False) -> None:
        """Writes the sums of a tile and what becomes of them."""
        f, v = self.f, self.lanes
        source, row_step, inner_step = self._rows_of_a(panel, tile)
        count = len(panel.masks)

        def step(inner: str, sums: list[str]) -> list[str]:
            columns = self._columns_of_b(panel, inner, packs)
            at = f.address(source, f.multiply(inner, inner_step), v.dtype)
            sums = list(sums)
            for row in range(rows):
                factor = v.broadcast(f.address(at, row * row_step, v.dtype))
                for place, column in enumerate(columns, row * count):
                    sums[place] = v.fma(factor, column, sums[place])
            return sums

        zeros = [(v.type, v.constant(0))] * (rows * count)
        first = f.multiply(tile, self.tiling.rows)
        sums = self._along(panel, first, rows, step, zeros)
        if self.tiling.slices > 1:
            # The parts lie one after another, each as large as the product.
            batches = math.prod(self.product.batch)
            panel = panel._replace(
                batch=f.index([(panel.part, batches), (panel.batch, 1)])
            )
        if self.turned:
            self._store_turned(panel, first, rows, sums)
        else:
            place = Row(panel.batch, first, panel.column, panel.masks)
            self.epilogue.tile(self.lanes, place, rows, sums)

    def _along(
        self,
        panel: Panel,
        first: Index,
        rows: int,
        step: Callable[[str, list[str]], list[str]],
        zeros: Sequence[tuple[str, str]],
    ) -> list[str]:
        """Writes the loop along the inner dimension, and gives a tile's sums.

        What the epilogue will want comes near meanwhile, a row now and then.
        """
        f, depth = self.f, known(panel.depth)
        every = 0 if depth is None else depth // rows
        parts = self.turned or self.tiling.slices > 1
        if every < 2 or parts or not self.epilogue.is_far:
            return f.loop(0, panel.depth, step, zeros)
        place = Row(panel.batch, first, panel.column, panel.masks)
        columns = len(panel.masks) * self.lanes.width

        def carried(sums: Sequence[str]) -> list[tuple[str, str]]:
            return [(self.lanes.type, one) for one in sums]

        def some(row: str, sums: list[str]) -> list[str]:
            self.epilogue.fetch(place, columns, row)
            begin = f.multiply(row, every)
            return f.loop(begin, f.add(begin, every), step, carried(sums))

        sums = f.loop(0, rows, some, zeros)
        return f.loop(rows * every, panel.depth, step, carried(sums))

    def _store_turned(
        self, panel: Panel, first: Index, rows: int, sums: Sequence[str]
    ) -> None:
        """Writes the epilogue of a tile of the transpose, turned back in registers."""
        f, v, count = self.f, self.lanes, len(panel.masks)
        padding = [v.constant(0)] * (v.width - rows)
        columns = (None if rows == v.width else v.first(rows),)
        for vector, mask in enumerate(panel.masks):
            back = transposed(v, [*sums[vector::count], *padding])
            used = v.width if mask is None else self.product.n % v.width
            row = f.add(panel.column, vector * v.width)
            place = Row(panel.batch, row, first, columns)
            self.epilogue.tile(v, place, used, back[:used])

    def _rows_of_a(self, panel: Panel, tile: Index) -> tuple[str, int, int]:
        """Where a tile's rows of A begin, and the steps to the next row and element."""
        f, product, tiling = self.f, self.product, self.tiling
        matrix = batch_index(f, product.batch, product.a_batch, panel.batch)
        row = f.multiply(tile, tiling.rows)
        if tiling.packs_a:
            lanes, tiles = tiling.packed_lanes, -(-product.m // tiling.rows)
            block = product.k * lanes
            at = [(matrix, tiles * block), (tile, block), (panel.start, lanes)]
            steps = 1, lanes
        elif product.transpose_a:
            at = [(matrix, product.k * product.m), (row, 1), (panel.start, product.m)]
            steps = 1, product.m
        else:
            at = [(matrix, product.k * product.m), (row, product.k), (panel.start, 1)]
            steps = product.k, 1
        return f.address(self.a, f.index(at), product.dtype), *steps

    def _columns_of_b(self, panel: Panel, inner: str, packs: bool) -> list[str]:
        """Loads a row of the panel, from where it is packed or to where it will be."""
        f, v, tiling = self.f, self.lanes, self.tiling
        packed = f.address(
            f.scratch, f.multiply(inner, tiling.columns), v.dtype
        )  # fmt: skip
        places = [place * tiling.lanes for place in range(len(panel.masks))]
        if tiling.packs_b and not packs:
            return [v.load(f.address(packed, place, v.dtype)) for place in places]
        at = f.index([
            (self._matrix_of_b(panel), self.product.k * self.product.n),
            (panel.start, self.product.n), (inner, self.product.n), (panel.column, 1),
        ])  # fmt: skip
        source = f.address(self.b, at, v.dtype)
        columns = [
            v.load(f.address(source, place, v.dtype), mask)
            for place, mask in zip(places, panel.masks, strict=True)
        ]
        if packs:
            for place, column in zip(places, columns, strict=True):
                v.store(column, f.address(packed, place, v.dtype))
        return columns

    def _matrix_of_b(self, panel: Panel) -> str:
        return batch_index(
            self.f, self.product.batch, self.product.b_batch, panel.batch
        )

    def _pack_transposed(self, panel: Panel) -> None:
        """Writes the turning of the panel's columns, rows in memory, into scratch."""
        f, product, lanes = self.f, self.product, self.tiling.lanes
        at = f.index([
            (self._matrix_of_b(panel), product.k * product.n),
            (panel.column, product.k), (panel.start, 1),
        ])  # fmt: skip
        source = f.address(self.b, at, product.dtype)
        for place, mask in enumerate(panel.masks):
            used = lanes if mask is None else self._left_of_n() % lanes
            block = f.address(source, place * lanes * product.k, product.dtype)
            to = f.address(f.scratch, place * lanes, product.dtype)
            turn_rows(self.lanes, used, block, product.k, to, self.tiling.columns,
                      panel.depth)  # fmt: skip

    def _left_of_n(self) -> int:
        return self.product.n % self.tiling.columns


def turn_rows(
    lanes: Lanes,
    rows: int,
    source: str,
    source_step: int,
    to: str,
    to_step: int,
    count: Index,
) -> None:
    """Writes the transposition of up to a vector of rows; missing rows become zeros.

    Args:
        lanes: of a vector.
        rows: how many there are, at most as many as lanes.
        source: the first row.
        source_step: elements from one row to the next.
        to: where the first column goes, as a full vector.
        to_step: elements from one column to the next.
        count: elements of a row.
    """
    f, width = lanes.function, lanes.width

    def block(start: Index, filled: Index, stored: int = width) -> None:
        at = f.address(source, start, lanes.dtype)
        mask = None if filled == width else lanes.first(filled)
        vectors = [
            lanes.load(f.address(at, row * source_step, lanes.dtype), mask)
            for row in range(rows)
        ]
        vectors += [lanes.constant(0)] * (width - rows)
        out = f.address(to, f.multiply(start, to_step), lanes.dtype)
        columns = transposed(lanes, vectors)[:stored]
        for place, column in enumerate(columns):
            lanes.store(column, f.address(out, place * to_step, lanes.dtype))

    exact = known(count)
    if exact is None:
        f.loop(
            0, count, lambda at, _: block(at, f.subtract(count, at)), step=width
        )  # fmt: skip
        return
    whole = exact - exact % width
    f.loop(0, whole, lambda at, _: block(at, width), step=width)
    if exact > whole:
        block(whole, exact - whole, exact - whole)


def pack_kernel(product: Product, tiling: Tiling, target: Target) -> Kernel:
    """Returns the kernel that packs A, tile by tile: takes A and where it goes."""
    f = Function(target, 2)
    lanes = Lanes(f, product.dtype, tiling.lanes)
    write = _pack_columns if product.transpose_a else _pack_rows
    units = math.prod(product.a_batch) * write(lanes, product, tiling)
    elements = -(-product.m // tiling.rows) * tiling.packed_lanes * product.k
    cost = 0.3 * math.prod(product.a_batch) * elements
    return Kernel(f"pack_{product.m}x{product.k}", f.text(), units, cost)


def _pack_columns(lanes: Lanes, product: Product, tiling: Tiling) -> int:
    """Writes the packing of an A that lies transposed; gives the units of a matrix.

    A unit reads some of its rows from end to end, and writes to all tiles.
    """
    f = lanes.function
    source, to = f.arguments
    m, k, wide = product.m, product.k, tiling.packed_lanes
    full, left = divmod(m, tiling.rows)
    tiles = full + bool(left)

    def piece(row: str, out: str, tile: Index, rows: int) -> None:
        at = f.address(row, f.multiply(tile, tiling.rows), lanes.dtype)
        goal = f.address(out, f.multiply(tile, k * wide), lanes.dtype)
        for place in range(0, wide, lanes.width):
            some = max(0, min(lanes.width, rows - place))
            mask = None if some == lanes.width else lanes.first(some)
            vector = lanes.load(f.address(at, place, lanes.dtype), mask)
            lanes.store(vector, f.address(goal, place, lanes.dtype))

    def unit(unit: str, _: Sequence[str]) -> None:
        block, matrix = f.remainder(unit, blocks), f.divide(unit, blocks)
        first = f.multiply(block, PACKED_AT_ONCE)
        last = f.smaller(f.add(first, PACKED_AT_ONCE), k)

        def inner(at: Index, _: Sequence[str]) -> None:
            place = [(matrix, k * m), (at, m)]
            row = f.address(source, f.index(place), lanes.dtype)
            place = [(matrix, tiles * k * wide), (at, wide)]
            out = f.address(to, f.index(place), lanes.dtype)
            f.loop(0, full, lambda tile, _: piece(row, out, tile, tiling.rows))
            if left:
                piece(row, out, full, left)

        f.loop(first, last, inner)

    blocks = -(-k // PACKED_AT_ONCE)
    f.loop(f.begin, f.end, unit)
    return blocks


def _pack_rows(lanes: Lanes, product: Product, tiling: Tiling) -> int:
    """Writes the packing of an A that lies as it is; gives the units of a matrix."""
    f = lanes.function
    source, to = f.arguments
    m, k, wide = product.m, product.k, tiling.packed_lanes
    tiles = -(-m // tiling.rows)

    def pack(matrix: str, tile: str, rows: int) -> None:
        at = [(matrix, k * m), (f.multiply(tile, tiling.rows), k)]
        start = f.address(source, f.index(at), lanes.dtype)
        place = [(matrix, tiles * k * wide), (tile, k * wide)]
        out = f.address(to, f.index(place), lanes.dtype)
        for column in range(0, wide, lanes.width):
            some = max(0, min(lanes.width, rows - column))
            rest = f.address(start, column * k, lanes.dtype)
            goal = f.address(out, column, lanes.dtype)
            turn_rows(lanes, some, rest, k, goal, wide, k)

    def unit(unit: str, _: Sequence[str]) -> None:
        tile, matrix = f.remainder(unit, tiles), f.divide(unit, tiles)
        left = m % tiling.rows
        if not left:
            pack(matrix, tile, tiling.rows)
            return
        is_last = f.value(f"icmp eq i64 {tile}, {tiles - 1}")
        f.when(
            is_last,
            lambda: pack(matrix, tile, left),
            lambda: pack(matrix, tile, tiling.rows),
        )

    f.loop(f.begin, f.end, unit)
    return tiles


def slices_kernel(product: Product, tiling: Tiling, target: Target) -> Kernel:
    """Returns the kernel that adds up slices: takes them, then `Epilogue`'s."""
    epilogue = product.epilogue
    f = Function(target, 1 + len(epilogue.operands) + len(epilogue.outputs))
    parts, *others = f.arguments
    lanes = Lanes(f, product.dtype, tiling.lanes)
    writer = EpilogueWriter(f, product, others)

    def piece(unit: str, column: Index, mask: str | None) -> None:
        at = f.address(parts, f.index([(unit, product.n), (column, 1)]), product.dtype)
        total = lanes.load(at, mask)
        for part in range(1, tiling.slices):
            more = f.address(at, part * product.elements, product.dtype)
            total = lanes.add(total, lanes.load(more, mask))
        batch, row = f.divide(unit, product.m), f.remainder(unit, product.m)
        writer.tile(lanes, Row(batch, row, column, (mask,)), 1, [total])

    def unit(unit: str, _: Sequence[str]) -> None:
        left = product.n % tiling.lanes
        whole = product.n - left
        f.loop(0, whole, lambda at, _: piece(unit, at, None), step=tiling.lanes)
        if left:
            piece(unit, whole, lanes.first(left))

    f.loop(f.begin, f.end, unit)
    rows = product.elements // product.n
    vectors = rows * -(-product.n // tiling.lanes)
    cost = 2.0 * vectors * (tiling.slices + len(epilogue.values))
    return Kernel(f"sum_{product.name}", f.text(), rows, cost)
