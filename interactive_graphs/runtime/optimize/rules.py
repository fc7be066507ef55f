"""The table of algebraic rewrites: what is the same, and under which conditions.

    Rule("a product with one", "Mul(x, one)", "x", (ones("one"), fits("x")))

A rule's result is exact: bit for bit what the graph says, signs of zero and NaN
included (the payload of a NaN excepted), unless its `bound` says how far it may be off;
that is so only where TensorFlow's own optimiser does the same. Hence x + 0 stays, which
turns -0 into 0, and so do sums of float constants. `tests/runtime/test_algebra.py`
has an example of each rule. Read next: `conditions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.optimize import conditions as on
from interactive_graphs.runtime.optimize.conditions import Condition, Value
from interactive_graphs.runtime.optimize.pattern import Match


class Rule(NamedTuple):
    """What may stand in whose place.

    Attributes:
        name: in words.
        pattern: what is replaced; the way to write it is told in `pattern.py`.
        result: what takes its place, of the names in the pattern and those below; a
            starred name for the outputs of an operation that has several. New
            operations have the attributes of the one of their type in the pattern.
        where: what has to hold.
        values: names in the result for constants, and how to compute them.
        elements: names in the result for tensors that the pattern does not name.
        flips: the attribute of the outermost operation that is the other way round.
        bound: how far results may differ, '' where they do not.
    """

    name: str
    pattern: str
    result: str
    where: tuple[Condition, ...] = ()
    values: Mapping[str, Value] = {}
    elements: Mapping[str, Callable[[Match], Tensor]] = {}
    flips: str = ""
    bound: str = ""


ARITHMETIC: Final = (
    Rule("a product with one", "Mul(x, one)", "x", (on.ones("one"), on.fits("x"))),
    Rule("a division by one", "Over(x, one)", "x", (on.ones("one"), on.fits("x"))),
    Rule("minus zero", "Sub(x, zero)", "x", (on.zeros("zero", "+"), on.fits("x"))),
    Rule("plus zero", "Plus(x, zero)", "x", (on.zeros("zero", "-"), on.fits("x"))),
    Rule("the first power", "Pow(x, one)", "x", (on.ones("one"), on.fits("x"))),
    Rule(
        "the second power", "Pow(x, two)", "Square(x)",
        (on.constant("two", 2), on.fits("x")),
        bound="1 ulp: the square is the correctly rounded one",
    ),
    Rule("minus of minus", "Involution(Involution(x))", "x", (on.same_type,)),
    Rule("plus of minus", "Plus(x, Neg(y))", "Sub(x, y)", (on.is_number,)),
    Rule("minus of minus y", "Sub(x, Neg(y))", "AddV2(x, y)", (on.is_number,)),
    Rule(
        "sum of integer constants", "Plus(Plus(x, c), d)", "Plus(x, e)",
        (on.is_integer, on.known("c"), on.known("d"), on.scalars("c", "d")),
        {"e": on.computed(np.add, "c", "d")},
    ),
    Rule(
        "product of integer constants", "Mul(Mul(x, c), d)", "Mul(x, e)",
        (on.is_integer, on.known("c"), on.known("d"), on.scalars("c", "d")),
        {"e": on.computed(np.multiply, "c", "d")},
    ),
    Rule("a cast to its own type", "Cast(x)", "x", (on.keeps_dtype,)),
    Rule(
        "a sum of one", "AddN(*xs)", "x", (on.is_alone("xs"),),
        elements={"x": on.only("xs")},
    ),
)  # fmt: skip

BROADCASTS: Final = (
    Rule(
        "an array of one value", "Binary(x, c)", "Binary(x, scalar)",
        (on.uniform("c"), on.fits("x")), {"scalar": on.one_of("c")},
    ),
    Rule(
        "an array of one value, first", "Binary(c, x)", "Binary(scalar, x)",
        (on.uniform("c"), on.fits("x")), {"scalar": on.one_of("c")},
    ),
    Rule(
        "with a filled array", "Binary(x, Fill(n, v))", "Binary(x, v)", (on.fits("x"),),
    ),
    Rule(
        "a filled array with", "Binary(Fill(n, v), x)", "Binary(v, x)", (on.fits("x"),),
    ),
    Rule(
        "with a broadcast", "Binary(x, BroadcastTo(v, n))", "Binary(x, v)",
        (on.fits("x"),),
    ),
    Rule(
        "a broadcast with", "Binary(BroadcastTo(v, n), x)", "Binary(v, x)",
        (on.fits("x"),),
    ),
    Rule(
        "with a tiled one", "Binary(x, Tile(v, n))", "Binary(x, v)",
        (on.fits("x"), on.tiles_ones("v", "n")),
    ),
    Rule(
        "a tiled one with", "Binary(Tile(v, n), x)", "Binary(v, x)",
        (on.fits("x"), on.tiles_ones("v", "n")),
    ),
    Rule(
        "a tiled one with a scalar", "Binary(Tile(v, n), c)", "Tile(Binary(v, c), n)",
        (on.known("c"), on.scalars("c"), on.has_elements),
    ),
    Rule("a tile once", "Tile(x, n)", "x", (on.ones("n"),)),
    Rule("a broadcast to its shape", "BroadcastTo(x, n)", "x", (on.fits("x"),)),
)  # fmt: skip

ARRANGEMENTS: Final = (
    Rule("a reshape to its shape", "Reshaping(x)", "x", (on.fits("x"),)),
    Rule(
        "a reshape of a reshape", "Reshape(Reshaping(x), n)", "Reshape(x, n)",
        (on.whole("x"), on.whole_result),
    ),
    Rule("a transpose of nothing", "Transpose(x, p)", "x", (on.in_order("p"),)),
    Rule(
        "a transpose of a transpose", "Transpose(Transpose(x, p), q)",
        "Transpose(x, r)",
        (on.known("p"), on.known("q")), {"r": on.composed("p", "q")},
    ),
    Rule(
        "a transposed first factor", "MatMul(Transpose(a, p), b)", "MatMul(a, b)",
        (on.swaps_last("p", 2),), flips="transpose_a",
    ),
    Rule(
        "a transposed second factor", "MatMul(a, Transpose(b, p))", "MatMul(a, b)",
        (on.swaps_last("p", 2),), flips="transpose_b",
    ),
    Rule(
        "transposed first factors", "BatchProduct(Transpose(a, p), b)",
        "BatchProduct(a, b)", (on.swaps_last("p"), on.is_real), flips="adj_x",
    ),
    Rule(
        "transposed second factors", "BatchProduct(a, Transpose(b, p))",
        "BatchProduct(a, b)", (on.swaps_last("p"), on.is_real), flips="adj_y",
    ),
    Rule("padding of nothing", "Padding(x, p)", "x", (on.zeros("p"),)),
    Rule("a slice of all", "Slice(x, begin, size)", "x", (on.fits("x"),)),
    Rule(
        "a strided slice of all", "StridedSlice(x, a, b, steps)", "x",
        (on.fits("x"), on.positive("steps")),
    ),
    Rule(
        "a reduction over no axes", "AnyReduction(x, axes)", "x",
        (on.empty("axes"), on.fits("x")),
    ),
    Rule(
        "a reduction of single elements", "Reduction(x, axes)", "Reshape(x, shape)",
        (on.single("x", "axes"), on.whole_result), {"shape": on.shape_of_result},
        bound="a zero may keep its sign, which numpy's sum loses",
    ),
    Rule("packed before", "Unpack(Pack(*xs))", "*xs", (on.same_axis,)),
    Rule(
        "unpacked again", "Pack(*xs)", "x", (on.unpacks_whole("xs"),),
        elements={"x": on.unpacked("xs")},
    ),
)  # fmt: skip

RULES: Final[tuple[Rule, ...]] = (*ARITHMETIC, *BROADCASTS, *ARRANGEMENTS)
"""All rules; of those for one operation the first that fits is taken."""
