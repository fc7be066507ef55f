"""Operations on the bits of integers.

Read next: `_tables.py`, whose rows these are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework.dtypes import INTEGER
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.ops._tables import (
    binary,
    binary_function,
    unary,
    unary_function,
)

bitwise_and = binary_function(
    binary("BitwiseAnd", INTEGER, np.bitwise_and, None, True, "Bits of both."),
    "bitwise_and", "The bits that are set in both.",
    """
>>> sess.run(tf.bitwise.bitwise_and([12, 7], [10, 4]))
array([8, 4], dtype=int32)
    """,
)  # fmt: skip
bitwise_or = binary_function(
    binary("BitwiseOr", INTEGER, np.bitwise_or, None, True, "Bits of either."),
    "bitwise_or", "The bits that are set in either.",
)  # fmt: skip
bitwise_xor = binary_function(
    binary("BitwiseXor", INTEGER, np.bitwise_xor, None, True, "The bits that differ."),
    "bitwise_xor", "The bits that are set in exactly one.",
)  # fmt: skip
invert = unary_function(
    unary("Invert", INTEGER, np.invert, None, "Every bit the other way."),
    "invert", "Every bit turned over.",
)  # fmt: skip


def _distance(x: Any, y: Any) -> Any:
    """How far to shift: C leaves other distances than these undefined."""
    return np.clip(y, 0, x.dtype.itemsize * 8 - 1)


left_shift = binary_function(
    binary(
        "LeftShift", INTEGER, lambda x, y: np.left_shift(x, _distance(x, y)), None,
        doc="Bits moved up.",
    ),
    "left_shift", "The bits of x moved up by y places.",
)  # fmt: skip
right_shift = binary_function(
    binary(
        "RightShift", INTEGER, lambda x, y: np.right_shift(x, _distance(x, y)), None,
        doc="Bits moved down.",
    ),
    "right_shift", "The bits of x moved down by y places; the sign stays.",
)  # fmt: skip

population_op = define(
    "PopulationCount", "x: T -> y: uint8", T=types(INTEGER), shape=same, gradient=None,
    doc="How many bits are set.",
)  # fmt: skip


@population_op.kernel("CPU")
def _(x: Any) -> Any:
    unsigned = np.asarray(x).view(f"u{x.dtype.itemsize}")
    return np.bitwise_count(unsigned)
