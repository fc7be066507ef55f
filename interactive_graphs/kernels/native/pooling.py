"""Max and average pooling in native code, forwards and backwards.

What comes out is bit for bit what `kernels/cpu/pool.py` gives: NaN is skipped, of equal
values the first is the maximum, the mean counts what is inside of the image, sums are
made tap by tap. Only a zero's sign may differ, and the order in which a bias's
gradients are summed. Arrays are `[batch, rows, columns, channels]`:

    >>> windows = windows((28, 28), (2, 2), (2, 2), (1, 1), b"VALID")
    >>> pool = Pool(100, (28, 28), 32, windows, "float32")
    >>> routine = max_pool(pool, detect())

The biased ones pool `relu(x + bias)` as `kernels/cpu/biased_pool.py` does.
Read next: `pooling_walk.py`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from interactive_graphs.kernels.native.ir import Index
from interactive_graphs.kernels.native.pooling_walk import Place, Pool, Walk
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

__all__ = [
    "Pool",
    "avg_pool",
    "avg_pool_gradient",
    "biased_max_pool",
    "biased_max_pool_gradient",
    "max_pool",
    "max_pool_gradient",
]

_MANY_IMAGES = 16
"""From so many images on a unit of work is a whole one."""

_BYTES_PER_NANOSECOND = 12.0


def max_pool(pool: Pool, target: Target) -> Routine:
    """The maximum of each window: x -> y."""
    return _forward("max_pool", pool, target, 2, _largest)


def biased_max_pool(pool: Pool, target: Target) -> Routine:
    """The maximum of relu(x + bias) in each window: x, bias -> y."""
    return _forward("biased_max_pool", pool, target, 3, _largest)


def avg_pool(pool: Pool, target: Target) -> Routine:
    """The mean of what each window has inside of the image: x -> y."""

    def mean(walk: Walk, at: Place) -> str:
        v, x = walk.lanes, walk.f.arguments[0]

        def add(index: str, held: list[str]) -> list[str]:
            return [v.add(held[0], walk.load(x, index))]

        (total,) = walk.over_taps(at, add, [v.constant(0)])
        return v.div(total, walk.count(at))

    return _forward("avg_pool", pool, target, 2, mean)


def max_pool_gradient(pool: Pool, target: Target) -> Routine:
    """The gradient at the place of each window's maximum, summed: x, y, dy -> dx."""

    def spread(walk: Walk, at: Place, held: list[str], dx: str) -> list[str]:
        _, y, dy = walk.f.arguments[:3]
        here = walk.output_index(at)
        largest, passed = walk.load(y, here), walk.load(dy, here)
        _to_the_first(walk, at, largest, passed, dx)
        return held

    return _backward("max_pool_gradient", pool, target, 4, 3, spread)


def biased_max_pool_gradient(pool: Pool, target: Target) -> Routine:
    """The gradients of `biased_max_pool`: x, bias, y, dy -> dx, dbias."""

    def spread(walk: Walk, at: Place, held: list[str], dx: str) -> list[str]:
        v = walk.lanes
        _, _, y, dy = walk.f.arguments[:4]
        here = walk.output_index(at)
        largest, zero = walk.load(y, here), v.constant(0)
        is_open = v.from_mask(v.compare("gt", largest, zero))
        passed = v.mul(walk.load(dy, here), is_open)
        # Below zero is a window of NaN alone, which has no maximum.
        passed = v.select(v.compare("lt", largest, zero), zero, passed)
        _to_the_first(walk, at, largest, passed, dx)
        return [v.add(held[0], passed)]

    routine = _backward("biased_max_pool_gradient", pool, target, 6, 4, spread, bias=1)
    lines = routine.kernels[0].units
    size = lines * pool.channels * np.dtype(pool.dtype).itemsize
    return Routine(
        (*routine.kernels, _sum_of_lines(pool, lines, target)),
        (
            (0, 1, 2, 3, 4, 6),
            (6, 5),
        ),
        (max(size, 1),),
    )


def avg_pool_gradient(pool: Pool, target: Target) -> Routine:
    """The gradient shared out over the elements of each window: dy -> dx."""

    def spread(walk: Walk, at: Place, held: list[str], dx: str) -> list[str]:
        v = walk.lanes
        share = v.div(walk.load(walk.f.arguments[0], walk.output_index(at)),
                      walk.count(at))  # fmt: skip

        def put(index: str, _: list[str]) -> list[str]:
            _put(walk, share, dx, index)
            return []

        walk.over_taps(at, put)
        return held

    return _backward("avg_pool_gradient", pool, target, 2, 1, spread)


# -- forwards --------------------------------------------------------------------------


def _value(walk: Walk, index: str) -> str:
    """What is pooled, at an index: x, or relu(x + bias), NaN kept."""
    v, x = walk.lanes, walk.load(walk.f.arguments[0], index)
    if not walk.bias:
        return x
    total, zero = v.add(x, walk.bias), v.constant(0)
    return v.select(v.compare("gt", zero, total), zero, total)


def _largest(walk: Walk, at: Place) -> str:
    """The maximum of a window, NaN skipped."""
    v = walk.lanes

    def larger(index: str, held: list[str]) -> list[str]:
        value = _value(walk, index)
        return [v.select(v.compare("gt", value, held[0]), value, held[0])]

    lowest = float(np.finfo(walk.pool.dtype).min)
    (found,) = walk.over_taps(at, larger, [v.constant(lowest)])
    return found


def _forward(
    name: str,
    pool: Pool,
    target: Target,
    arguments: int,
    compute: Callable[[Walk, Place], str],
) -> Routine:
    """A kernel that makes each window's output; of three arguments one is a bias."""
    walk = Walk(pool, target, arguments, 1 if arguments == 3 else None)
    y = walk.f.arguments[-1]

    def window(at: Place, _: list[str]) -> list[str]:
        walk.store(compute(walk, at), y, walk.output_index(at))
        return []

    def unit(number: str) -> None:
        image, rows = _rows_of(walk, number)

        def some() -> None:
            walk.windows(image, rows, window)

        walk.channels(some)

    kernel = _kernel(name, walk, pool, unit, _units(pool), 1.0)
    return Routine((kernel,), (tuple(range(arguments)),))


# -- backwards -------------------------------------------------------------------------


def _put(walk: Walk, value: str, dx: str, index: str) -> None:
    """Write to an element that is in one window, add to one that may be in several."""
    if not walk.pool.are_apart:
        value = walk.lanes.add(walk.load(dx, index), value)
    walk.store(value, dx, index)


def _to_the_first(
    walk: Walk,
    at: Place,
    largest: str,
    passed: str,
    dx: str,
) -> None:
    """Give what is passed back to the first tap that is the largest, the others 0."""
    v = walk.lanes
    zero = v.constant(0)

    def tap(index: str, held: list[str]) -> Sequence[str]:
        is_it = v.compare("eq", _value(walk, index), largest)
        _put(walk, v.select(is_it, held[0], zero), dx, index)
        return [v.select(is_it, zero, held[0])]

    walk.over_taps(at, tap, [passed])


def _backward(
    name: str,
    pool: Pool,
    target: Target,
    arguments: int,
    result: int,
    spread: Callable[[Walk, Place, list[str], str], list[str]],
    bias: int | None = None,
) -> Routine:
    """A kernel that gives each window's gradient to its elements.

    Args:
        name: of the kernel.
        pool: what is pooled.
        target: the processor.
        arguments: how many.
        result: which of them is the gradient of the input.
        spread: writes what one window gives; gets and returns the sum so far.
        bias: which argument is a bias; with one, the last argument takes the sum of
            each unit.
    """
    walk = Walk(pool, target, arguments, bias)
    dx = walk.f.arguments[result]
    whole = not pool.are_apart

    def unit(number: str) -> None:
        image, rows = _rows_of(walk, number, whole)
        _clear_rows(walk, dx, image, rows)

        def some() -> None:
            start = [walk.lanes.constant(0)] if walk.bias else []
            sums = walk.windows(
                image,
                rows,
                lambda at, held: spread(walk, at, held, dx),
                start,
                backwards=whole,  # the order in which numpy adds up
            )
            if walk.bias:
                walk.store_line(sums[0], walk.f.arguments[-1], number)

        walk.channels(some)

    kernel = _kernel(name, walk, pool, unit, _units(pool, whole), 2.0)
    return Routine((kernel,), (tuple(range(arguments)),))


def _clear_rows(walk: Walk, dx: str, image: Index, rows: tuple[Index, Index]) -> None:
    """Zeros to what a unit's windows do not write, or add to."""
    pool, f = walk.pool, walk.f
    if pool.covers and not pool.is_empty:
        return
    (height, width), span = pool.sizes, pool.windows.spans[0]
    line = width * pool.channels
    stride = pool.windows.strides[0]
    begin: Index = 0
    end: Index = height
    if pool.are_apart and _units(pool) > pool.batch:
        # The first unit of an image begins with it, the last one ends with it.
        (row, after) = rows
        begin = f.larger(f.index([(row, stride)], -span.before), 0)
        begin = _if_equal(walk, row, 0, 0, begin)
        end = f.smaller(f.index([(after, stride)], -span.before), height)
        end = _if_equal(walk, after, span.output, height, end)
    start = f.index([(image, height * line), (begin, line)])
    walk.clear(dx, start, f.multiply(f.subtract(end, begin), line))


def _if_equal(walk: Walk, a: Index, b: Index, then: Index, otherwise: Index) -> str:
    is_it = walk.f.value(f"icmp eq i64 {a}, {b}")
    return walk.f.value(f"select i1 {is_it}, i64 {then}, i64 {otherwise}")


def _sum_of_lines(pool: Pool, lines: int, target: Target) -> Kernel:
    """The sum of each column of `[lines, channels]`, line by line."""
    walk = Walk(pool, target, 2)
    f = walk.f
    source, result = f.arguments

    def some() -> None:
        v = walk.lanes

        def add(line: str, held: list[str]) -> list[str]:
            return [v.add(held[0], walk.load_line(source, line))]

        sums = f.loop(0, lines, add, [(v.type, v.constant(0))])
        walk.store_line(sums[0], result, 0)

    f.loop(f.begin, f.end, lambda _, __: walk.channels(some))
    name = f"sum_of_{lines}_lines_{pool.channels}_{pool.dtype}"
    return Kernel(name, f.text(), 1, lines * pool.channels * 0.2)


# -- units -----------------------------------------------------------------------------


def _units(pool: Pool, whole: bool = False) -> int:
    """Images where there are many or windows overlap, else rows of windows."""
    if pool.batch * pool.channels == 0:
        return 0
    if whole or pool.batch >= _MANY_IMAGES or pool.is_empty:
        return pool.batch
    return pool.batch * pool.windows.output[0]


def _rows_of(
    walk: Walk, unit: str, whole: bool = False
) -> tuple[Index, tuple[Index, Index]]:
    """The image of a unit, and its rows of windows."""
    pool, f = walk.pool, walk.f
    rows = pool.windows.output[0]
    if _units(pool, whole) <= pool.batch:
        return unit, (0, rows)
    row = f.remainder(unit, rows)
    return f.divide(unit, rows), (row, f.add(row, 1))


def _kernel(
    name: str,
    walk: Walk,
    pool: Pool,
    unit: Callable[[str], None],
    units: int,
    passes: float,
) -> Kernel:
    f, w = walk.f, pool.windows
    f.loop(f.begin, f.end, lambda number, _: unit(number))
    sides = "x".join(map(str, (pool.batch, *pool.sizes, pool.channels)))
    window = "x".join(map(str, w.kernel)) + "_by_" + "x".join(map(str, w.strides))
    read = pool.batch * pool.channels * w.output[0] * w.output[1] * pool.taps
    cost = passes * read * np.dtype(pool.dtype).itemsize / _BYTES_PER_NANOSECOND
    return Kernel(f"{name}_{sides}_{window}_{pool.dtype}", f.text(), units, cost)
