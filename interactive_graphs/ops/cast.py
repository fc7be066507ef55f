"""Changing the dtype of elements: `cast`, `bitcast` and their kin.

Read next: `elementwise.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import NUMERIC, DType, as_dtype
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.framework.sparse import IndexedSlices, SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.ops._scope import op_scope

_WITH_GRADIENT = (*dtypes.FLOAT, *dtypes.COMPLEX)


def _cast_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    source, target = op.attrs["SrcT"], op.attrs["DstT"]
    if source in _WITH_GRADIENT and target in _WITH_GRADIENT:
        return [raw.Cast(dy, DstT=source)]
    return [None]


cast_op = define(
    "Cast", "x: SrcT -> y: DstT",
    SrcT=types(), DstT=types(), Truncate=False,
    shape=same, gradient=_cast_gradient, doc="The same values in another dtype.",
)  # fmt: skip


@cast_op.kernel("CPU")
def _(x: Any, SrcT: DType, DstT: DType) -> Any:
    if DstT is SrcT:
        return x
    if dtypes.string in (SrcT, DstT):
        raise errors.UnimplementedError(
            None,
            None,
            f"Cast {SrcT.engine_name} to {DstT.engine_name} is not supported",
        )
    if SrcT.is_complex and not DstT.is_complex:
        # TF1 drops the imaginary part, for bool too; numpy would warn or keep it.
        x = np.real(x)
    if DstT.is_integer and DstT.size < 4 and x.dtype.kind not in "iub":
        # Numbers that do not fit wrap around as if they had been int32 before.
        x = x.astype(np.int32)
    return x.astype(DstT.np_dtype)


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """The same values in another dtype.

    Floating numbers become integers by dropping the fraction; what does not fit wraps
    around. Complex numbers lose their imaginary part. Strings are not converted: see
    `string_to_number` and `as_string`.

    Args:
        x: a Tensor, SparseTensor or IndexedSlices.
        dtype: the dtype wanted.
        name: the node's name.

    Returns:
        The same kind and shape; `x` itself when it has that dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.cast([1.8, -1.8], tf.int32))
        array([ 1, -1], dtype=int32)
    """
    wanted = as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype is wanted:
        return x
    with op_scope(name, "Cast", x) as scope:
        if isinstance(x, SparseTensor):
            values = cast(x.values, wanted, scope)
            return SparseTensor(x.indices, values, x.dense_shape)
        if isinstance(x, IndexedSlices):
            return IndexedSlices(
                cast(x.values, wanted, scope), x.indices, x.dense_shape
            )
        x = convert(x, None, "x")
        if x.dtype.base_dtype is wanted:
            return x
        return raw.Cast(x, DstT=wanted, name=scope)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`cast` where numbers that do not fit become the nearest that does.

    Args:
        value: a real tensor.
        dtype: a real dtype.
        name: the node's name.

    Returns:
        A tensor of that dtype and the same shape.
    """
    wanted = as_dtype(dtype).base_dtype
    with op_scope(name, "saturate_cast", value) as scope:
        x = convert(value, None, "value")
        known = x.dtype.base_dtype
        if known.min < wanted.min:
            x = raw.Maximum(x, convert(wanted.min, known, "min"))
        if known.max > wanted.max:
            x = raw.Minimum(x, convert(_largest_below(wanted.max, known), known, "max"))
        result: Tensor = cast(x, wanted, scope)
        return result


def _largest_below(limit: Any, dtype: DType) -> Any:
    """The largest number of a dtype that is not above `limit`."""
    number = dtype.np_dtype.type(limit)
    if dtype.is_floating and int(number) > int(limit):
        return np.nextafter(number, dtype.np_dtype.type(0))
    return number


def _to(dtype: DType, public_name: str, node_name: str) -> Any:
    def function(x: Any, name: str = node_name) -> Any:
        return cast(x, dtype, name)

    function.__name__ = function.__qualname__ = public_name
    spelled = public_name.removeprefix("to_")
    function.__doc__ = (
        f"The same values as {dtype.name}; `cast(x, tf.{spelled})`.\n\n"
        "Args:\n    x: a Tensor, SparseTensor or IndexedSlices.\n"
        "    name: the node's name.\n\n"
        f"Returns:\n    The same kind and shape, {dtype.name}.\n"
    )
    return function


to_float = _to(dtypes.float32, "to_float", "ToFloat")
to_double = _to(dtypes.float64, "to_double", "ToDouble")
to_int32 = _to(dtypes.int32, "to_int32", "ToInt32")
to_int64 = _to(dtypes.int64, "to_int64", "ToInt64")
to_bfloat16 = _to(dtypes.bfloat16, "to_bfloat16", "ToBFloat16")
to_complex64 = _to(dtypes.complex64, "to_complex64", "ToComplex64")
to_complex128 = _to(dtypes.complex128, "to_complex128", "ToComplex128")


def _bitcast_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    source, target = op.attrs["T"].size, op.attrs["type"].size
    if shape is None or source == target:
        return [shape]
    if source > target:
        return [(*shape, source // target)]
    count = target // source
    if not shape or shape[-1] not in (None, count):
        last = shape[-1] if shape else "none"
        raise ValueError(f"Cannot bitcast due to shape. {last} does not match {count}")
    return [shape[:-1]]


bitcast_op = define(
    "Bitcast", "input: T -> output: type",
    T=types(NUMERIC), type=Attr("type", allowed=NUMERIC), shape=_bitcast_shape,
    doc="The same bytes, read as another dtype.",
)  # fmt: skip


@bitcast_op.kernel("CPU")
def _(input: Any, type: DType) -> Any:
    x = np.asarray(input)
    source, target = x.dtype.itemsize, type.size
    if source == target:
        return np.ascontiguousarray(x).reshape(x.shape).view(type.np_dtype)
    if source > target:
        parts = source // target
        flat = np.ascontiguousarray(x).reshape(-1).view(type.np_dtype)
        return flat.reshape((*x.shape, parts))
    count = target // source
    if not x.shape or x.shape[-1] != count:
        invalid(
            f"Cannot bitcast from {as_dtype(x.dtype).engine_name} to "
            f"{type.engine_name}: shape {format_list(x.shape)}"
        )
    flat = np.ascontiguousarray(x).reshape(-1).view(type.np_dtype)
    return flat.reshape(x.shape[:-1])


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The same bytes, read as another dtype.

    Args:
        input: a numeric tensor.
        type: the dtype. A smaller one adds a last dimension, a larger one takes the
            last dimension away, which must be as long as it needs.
        name: the node's name.

    Returns:
        A tensor of that dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     hex(sess.run(tf.bitcast(1., tf.int32)))
        '0x3f800000'
    """
    result: Tensor = raw.Bitcast(input, type=type, name=name)
    return result
