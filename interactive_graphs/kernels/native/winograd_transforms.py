"""Winograd's short convolutions: the three matrices, and their products in registers.

`m` outputs of `r` taps need `m + r - 1` products instead of `m * r`, once the inputs,
the taps and the products are each multiplied by a small matrix (Toom and Cook found
them; Winograd made convolutions of networks of them; Lavin and Gray, arXiv:1509.09308):

    >>> t = transform(outputs=4, taps=3)
    >>> y = t.output @ ((t.filter @ g) * (t.input @ d))       # y[i] = sum(d[i:i+3] * g)

They come from values of polynomials at 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, which
keeps inputs and outputs free of rounded constants. Points of opposite sign share half
of their sums. The gradient for the taps uses the same matrices the other way round.
Read next: `winograd.py`.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from interactive_graphs.kernels.native.lanes import Lanes

Matrix = tuple[tuple[Fraction, ...], ...]
Vectors = Sequence[str | None]
"""Names of vectors; None is zero."""

_POINTS = tuple(Fraction(number) for number in (0, 1, -1, 2, -2, "1/2", "-1/2"))


class Transform(NamedTuple):
    """The matrices of a short convolution, in the order of its steps.

    Attributes:
        filter: of the taps, `[size, taps]`.
        input: of the inputs, `[size, size]`.
        output: of the products, `[outputs, size]`.
    """

    filter: Matrix
    input: Matrix
    output: Matrix


@functools.cache
def transform(outputs: int, taps: int) -> Transform:
    """The matrices for so many outputs and taps; together at most nine."""
    size = outputs + taps - 1
    points = _POINTS[: size - 1]
    scales = [_product(p - q for q in points if q != p) for p in points]
    of_filter = [
        tuple(p**power / scale for power in range(taps))
        for p, scale in zip(points, scales, strict=True)
    ]
    of_filter.append(tuple(Fraction(power == taps - 1) for power in range(taps)))
    of_input = [_polynomial([q for q in points if q != p], size) for p in points]
    of_input.append(_polynomial(points, size))
    of_output = tuple(
        (*(p**power for p in points), Fraction(power == outputs - 1))
        for power in range(outputs)
    )
    return Transform(tuple(of_filter), tuple(of_input), of_output)


@functools.cache
def growth(outputs: int, taps: int) -> float:
    """By how much the transforms multiply rounding errors that are independent."""
    t = transform(outputs, taps)
    inputs = [sum(number**2 for number in row) for row in t.input]
    squares = (
        sum(
            (a * row[tap]) ** 2 * size
            for a, row, size in zip(output, t.filter, inputs, strict=True)
        )
        for output in t.output
        for tap in range(taps)
    )
    return math.sqrt(max(squares))


def _product(numbers: Iterable[Fraction]) -> Fraction:
    result = Fraction(1)
    for number in numbers:
        result *= number
    return result


def _polynomial(roots: Sequence[Fraction], size: int) -> tuple[Fraction, ...]:
    """The coefficients, from the lowest, of the polynomial with these roots."""
    result = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *result]
        result = [
            high - root * low
            for high, low in zip(shifted, [*result, Fraction(0)], strict=True)
        ]
    return (*result, *[Fraction(0)] * (size - len(result)))


def transposed(matrix: Matrix) -> Matrix:
    """Rows as columns."""
    return tuple(zip(*matrix, strict=True))


def multiply(
    lanes: Lanes, rows: Matrix, columns: Matrix, grid: Sequence[Vectors]
) -> list[list[str | None]]:
    """Writes `rows @ grid @ columns.T` of a grid of vectors.

    Args:
        lanes: of the vectors.
        rows: multiplies the columns of the grid.
        columns: multiplies its rows.
        grid: of as many rows and columns as the matrices have columns.
    """
    down = [apply(lanes, rows, column) for column in zip(*grid, strict=True)]
    return [apply(lanes, columns, row) for row in zip(*down, strict=True)]


def flat(grid: Sequence[Vectors]) -> list[str | None]:
    """All vectors of a grid, row by row."""
    return [value for row in grid for value in row]


def apply(lanes: Lanes, matrix: Matrix, values: Vectors) -> list[str | None]:
    """Writes a matrix times a column of vectors."""
    pairs = _column_pairs(matrix)
    if not pairs:
        return _rows(lanes, matrix, values)
    # Columns that differ in the signs of odd rows: even rows take the sum of their
    # values, odd rows the difference.
    given = list(values)
    for one, two in pairs:
        given[one] = _add(lanes, values[one], values[two])
        given[two] = _subtract(lanes, values[one], values[two])
    reduced = []
    for number, row in enumerate(matrix):
        left = list(row)
        for one, two in pairs:
            left[two if number % 2 == 0 else one] = Fraction(0)
            if number % 2:
                left[two] = row[one]
        reduced.append(tuple(left))
    return _rows(lanes, tuple(reduced), given)


def _column_pairs(matrix: Matrix) -> list[tuple[int, int]]:
    columns = transposed(matrix)
    if len(matrix) < 2:
        return []
    return [
        (i, i + 1) for i in range(len(columns) - 1) if _mirrors(*columns[i : i + 2])
    ]


def _mirrors(one: Sequence[Fraction], two: Sequence[Fraction]) -> bool:
    """Whether they differ in the sign of every odd number, and only so."""
    numbers = enumerate(zip(one, two, strict=True))
    signs = all(a == (-b if place % 2 else b) for place, (a, b) in numbers)
    return signs and any(one[1::2]) and any(one[::2])


def _rows(lanes: Lanes, matrix: Matrix, values: Vectors) -> list[str | None]:
    """As `apply`; of two rows that mirror one another, even and odd sums are shared."""
    result: list[str | None] = []
    number = 0
    while number < len(matrix):
        row = matrix[number]
        if number + 1 < len(matrix) and _mirrors(row, matrix[number + 1]):
            even = _sum(lanes, row[::2], values[::2])
            odd = _sum(lanes, row[1::2], values[1::2])
            result += [_add(lanes, even, odd), _subtract(lanes, even, odd)]
            number += 2
        else:
            result.append(_sum(lanes, row, values))
            number += 1
    return result


def _sum(lanes: Lanes, row: Sequence[Fraction], values: Vectors) -> str | None:
    """Writes the sum of numbers times vectors, those of size one first."""
    total: str | None = None
    terms = [(c, v) for c, v in zip(row, values, strict=True) if c and v is not None]
    for number, value in sorted(terms, key=lambda term: abs(term[0]) != 1):
        if abs(number) == 1:
            combine = _add if number > 0 else _subtract
            total = combine(lanes, total, value)
        elif total is None:
            total = lanes.mul(value, lanes.constant(float(number)))
        else:
            total = lanes.fma(value, lanes.constant(float(number)), total)
    return total


def _add(lanes: Lanes, a: str | None, b: str | None) -> str | None:
    if a is None or b is None:
        return a if b is None else b
    return lanes.add(a, b)


def _subtract(lanes: Lanes, a: str | None, b: str | None) -> str | None:
    if b is None:
        return a
    return lanes.neg(b) if a is None else lanes.sub(a, b)
