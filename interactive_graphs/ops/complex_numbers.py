"""Complex numbers: their parts, conjugate, length and angle.

Read next: `math_functions.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    COMPLEX,
    DType,
    complex64,
    float32,
    float64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import broadcasting, same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import incompatible_shapes, reduce_to_inputs

_REAL = (float32, float64)


def _part(name: str, function: Any, gradient: Any, doc: str, operand: str) -> OpDef:
    """A real number of a complex one."""
    op = define(
        name, f"{operand}: T -> {'y' if operand == 'x' else 'output'}: Tout",
        T=types(COMPLEX, complex64), Tout=types(_REAL, float32),
        shape=same, gradient=gradient, doc=doc,
    )  # fmt: skip
    op.kernel("CPU")(function)
    return op


def _kernel(function: Any) -> Any:
    def kernel(input: Any, Tout: DType) -> Any:
        return function(input).astype(Tout.np_dtype)

    return kernel


def _length(x: Any, Tout: DType) -> Any:
    return np.absolute(x).astype(Tout.np_dtype)


def _zero(x: Tensor) -> Tensor:
    """A real zero for a part of x."""
    return convert(np.zeros((), x.dtype.real_dtype.np_dtype), None, "zero")


def _complex(real: Any, imag: Any) -> Tensor:
    known = real if isinstance(real, Tensor) else imag
    wide = dtypes.complex128 if known.dtype.base_dtype is float64 else complex64
    result: Tensor = raw.Complex(real, imag, Tout=wide)
    return result


def _real_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    return [_complex(dy, _zero(op.inputs[0]))]


def _imag_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    # As TF1: the derivative of the imaginary part is -i times the conjugate's rule.
    return [_complex(_zero(op.inputs[0]), dy)]


def _angle_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    z = op.inputs[0]
    real, imag = (part(z, Tout=dy.dtype) for part in (raw.Real, raw.Imag))
    inverse = raw.Reciprocal(_complex(imag, real))
    return [-_complex(dy, _zero(z)) * inverse]


def _abs_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    z, length = op.inputs[0], op.outputs[0]
    zeros = raw.ZerosLike(dy)
    unit = raw.DivNoNan(_complex(dy, zeros), _complex(length, zeros))
    return [unit * z]


_part("Real", _kernel(np.real), _real_gradient, "The real part.", "input")
_part("Imag", _kernel(np.imag), _imag_gradient, "The imaginary part.", "input")
_part("Angle", _kernel(np.angle), _angle_gradient, "The angle.", "input")
_part("ComplexAbs", _length, _abs_gradient, "The absolute value.", "x")

conj_op = define(
    "Conj", "input: T -> output: T", T=types(COMPLEX, complex64), shape=same,
    gradient=lambda _, dy: [raw.Conj(dy)], doc="The conjugate.",
)  # fmt: skip
conj_op.kernel("CPU")(np.conjugate)


def _complex_gradient(op: Operation, dz: Tensor) -> list[Any]:
    part = op.inputs[0].dtype.base_dtype
    return reduce_to_inputs(op, raw.Real(dz, Tout=part), raw.Imag(dz, Tout=part))


complex_op = define(
    "Complex", "real: T, imag: T -> out: Tout",
    T=types(_REAL, float32), Tout=types(COMPLEX, complex64),
    shape=broadcasting, gradient=_complex_gradient, on_error=incompatible_shapes,
    doc="The complex number of two parts.",
)  # fmt: skip


@complex_op.kernel("CPU")
def _(real: Any, imag: Any, Tout: DType) -> Any:
    out = np.empty(np.broadcast_shapes(np.shape(real), np.shape(imag)), Tout.np_dtype)
    # Parts are set apart: real + 1j * imag would spoil infinite ones.
    out.real, out.imag = real, imag
    return out


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """The complex numbers with these parts.

    Args:
        real: a float32 or float64 tensor.
        imag: a tensor of the same dtype and shape.
        name: the node's name.

    Returns:
        A complex64 or complex128 tensor of that shape.

    Raises:
        TypeError: the dtypes are others.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.complex([2.25, 3.25], [4.75, 5.75]))
        array([2.25+4.75j, 3.25+5.75j], dtype=complex64)
    """
    real = convert(real, None, "real")
    imag = convert(imag, None, "imag")
    with op_scope(name, "Complex", real, imag) as scope:
        kinds = (real.dtype.base_dtype, imag.dtype.base_dtype)
        if kinds == (float64, float64):
            wide = dtypes.complex128
        elif kinds == (float32, float32):
            wide = complex64
        else:
            raise TypeError(
                "real and imag have incorrect types: "
                f"{real.dtype.name} {imag.dtype.name}"
            )
        result: Tensor = raw.Complex(real, imag, Tout=wide, name=scope)
        return result


def real(input: Any, name: str | None = None) -> Tensor:
    """The real part of each element.

    Args:
        input: a numeric tensor.
        name: the node's name.

    Returns:
        A tensor of the real dtype and that shape; `input` itself when it is real.
    """
    with op_scope(name, "Real", input) as scope:
        x = convert(input, None, "input")
        if not x.dtype.is_complex:
            return x
        result: Tensor = raw.Real(x, Tout=x.dtype.real_dtype, name=scope)
        return result


def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part of each element.

    Args:
        input: a numeric tensor.
        name: the node's name.

    Returns:
        A tensor of the real dtype and that shape; zeros when `input` is real.
    """
    with op_scope(name, "Imag", input) as scope:
        input = convert(input, None, "input")
        result: Tensor
        if not input.dtype.is_complex:
            result = raw.ZerosLike(input, name=scope)
        else:
            result = raw.Imag(input, Tout=input.dtype.real_dtype, name=scope)
        return result


def angle(input: Any, name: str | None = None) -> Tensor:
    """The angle of each element, in -pi to pi.

    Args:
        input: a numeric tensor.
        name: the node's name.

    Returns:
        A tensor of the real dtype and that shape, in radians.
    """
    with op_scope(name, "Angle", input) as scope:
        input = convert(input, None, "input")
        result: Tensor
        if input.dtype.is_complex:
            return raw.Angle(  # type: ignore[no-any-return]
                input, Tout=input.dtype.real_dtype, name=scope
            )
        zeros = raw.ZerosLike(input)
        pi = convert(np.full((), np.pi, input.dtype.base_dtype.np_dtype), None, "pi")
        half_turn = zeros + pi
        result = raw.Select(raw.Less(input, zeros), half_turn, zeros, name=scope)
        return result


def conj(x: Any, name: str | None = None) -> Tensor:
    """The conjugate of each element.

    Args:
        x: a numeric tensor.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape; `x` itself when it is real.

    Raises:
        TypeError: `x` is not numeric.
    """
    tensor = convert(x, None, "x")
    if tensor.dtype.is_complex:
        with op_scope(name, "Conj", tensor) as scope:
            result: Tensor = raw.Conj(tensor, name=scope)
            return result
    if tensor.dtype.is_floating or tensor.dtype.is_integer:
        return tensor
    raise TypeError(f"Expected numeric or variant tensor, got dtype {tensor.dtype!r}")
