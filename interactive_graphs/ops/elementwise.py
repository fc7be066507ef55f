"""Elementwise arithmetic, comparison and mathematics.

Most ops are rows: name, dtypes, numpy function, gradient. Read next: `reduction.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import (
    FLOAT_OR_COMPLEX,
    NUMERIC,
    string,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._tables import binary, unary




binary("Add", (*NUMERIC, string), np.add, lambda op, dz: (dz, dz))
binary("AddV2", NUMERIC, np.add, lambda op, dz: (dz, dz), commutative=True)
binary("Sub", NUMERIC, np.subtract, lambda op, dz: (dz, -dz))
binary(
    "Mul", NUMERIC, np.multiply, commutative=True,
    gradient=lambda op, dz: (
        dz * _conj(op.inputs[1]), _conj(op.inputs[0]) * dz
    ),
)  # fmt: skip


def _conj(x: Tensor) -> Tensor:
    return raw.Conj(x) if x.dtype.is_complex else x


unary("Sin", FLOAT_OR_COMPLEX, np.sin, lambda op, dy: dy * raw.Cos(op.inputs[0]))
unary("Cos", FLOAT_OR_COMPLEX, np.cos, lambda op, dy: -dy * raw.Sin(op.inputs[0]))
unary("Neg", NUMERIC, np.negative, lambda op, dy: -dy)


def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x + y, element by element.

    Args:
        x: a numeric or string tensor.
        y: a tensor of the same dtype; shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.add([1, 2], 3))
        array([4, 5], dtype=int32)
    """
    tensor: Tensor = raw.Add(x, y, name=name)
    return tensor
