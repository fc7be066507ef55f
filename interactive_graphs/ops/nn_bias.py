"""Adding a bias to each channel, and the layers that end with it.

BiasAdd differs from Add in that the bias is a vector for the channels, wherever the
data format has them. Read next: `nn_norm.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import NUMERIC
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
    merge_dims,
    with_rank,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu.norm import column_sums
from interactive_graphs.ops._scope import op_scope


def _data_format() -> Attr:
    return Attr("string", "NHWC", allowed=("NHWC", "NCHW"))


def _is_first(op: Operation) -> bool:
    return bool(op.attrs.get("data_format") == b"NCHW")


def _bias_add_shape(op: Operation) -> list[Shape]:
    value = at_least_rank(op.inputs[0].static_shape, 3 if _is_first(op) else 2)
    (bias,) = with_rank(op.inputs[1].static_shape, 1) or (None,)
    if value is None:
        return [None]
    axis = 1 if _is_first(op) else len(value) - 1
    return [(*value[:axis], merge_dims(value[axis], bias), *value[axis + 1 :])]


def _bias_add_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [dy, raw.BiasAddGrad(dy, data_format=op.attrs.get("data_format", "NHWC"))]


bias_add_op = define(
    "BiasAdd", "value: T, bias: T -> output: T", T=types(NUMERIC),
    data_format=_data_format(), shape=_bias_add_shape, gradient=_bias_add_gradient,
    doc="Its first input plus a number for each channel.",
)  # fmt: skip


def _add_bias(value: np.ndarray, bias: np.ndarray, data_format: bytes) -> np.ndarray:
    if value.ndim < 2:
        invalid(f"Input tensor must be at least 2D: {format_list(value.shape)}")
    if bias.ndim != 1:
        invalid(f"Biases must be 1D: {format_list(bias.shape)}")
    axis = 1 if data_format == b"NCHW" else value.ndim - 1
    if bias.shape[0] != value.shape[axis]:
        invalid(
            "Must provide as many biases as the last dimension of the input tensor: "
            f"{format_list(bias.shape)} vs. {format_list(value.shape)}"
        )
    if data_format == b"NCHW":
        bias = bias.reshape(-1, *(1,) * (value.ndim - 2))
    total: np.ndarray = value + bias
    return total


@bias_add_op.kernel("CPU")
def _(value: np.ndarray, bias: np.ndarray, data_format: bytes) -> np.ndarray:
    return _add_bias(value, bias, data_format)


bias_add_v1_op = define(
    "BiasAddV1", "value: T, bias: T -> output: T", T=types(NUMERIC),
    shape=_bias_add_shape, gradient=_bias_add_gradient,
    doc="BiasAdd with the channels last.",
)  # fmt: skip


@bias_add_v1_op.kernel("CPU")
def _(value: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return _add_bias(value, bias, b"NHWC")


def _bias_grad_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 3 if _is_first(op) else 2)
    if shape is None:
        return [(None,)]
    return [(shape[1] if _is_first(op) else shape[-1],)]


bias_add_grad_op = define(
    "BiasAddGrad", "out_backprop: T -> output: T", T=types(NUMERIC),
    data_format=_data_format(), shape=_bias_grad_shape,
    gradient=lambda op, ddb: [
        raw.BiasAdd(
            raw.ZerosLike(op.inputs[0]), ddb, data_format=op.attrs["data_format"]
        )
    ],
    doc="The gradient of BiasAdd for the bias: the sum over all but the channels.",
)  # fmt: skip


@bias_add_grad_op.kernel("CPU")
def _(out_backprop: np.ndarray, data_format: bytes) -> np.ndarray:
    x = out_backprop
    if x.ndim < 2:
        invalid(f"Input tensor must be at least 2D: {format_list(x.shape)}")
    if data_format == b"NCHW":
        axes = (0, *range(2, x.ndim))
        total: np.ndarray = x.sum(axis=axes, dtype=_sum_dtype(x.dtype))
        return total.astype(x.dtype, copy=False)
    rows = x.reshape(-1, x.shape[-1])
    if x.dtype.kind == "f" and x.dtype.itemsize > 2:
        return column_sums(rows)
    total = rows.sum(axis=0, dtype=_sum_dtype(x.dtype))
    return total.astype(x.dtype, copy=False)


def _sum_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """What to sum in: float32 for 16-bit floats, else the dtype itself."""
    is_small_float = dtype.itemsize == 2 and dtype.kind not in "iu"
    return np.dtype(np.float32) if is_small_float else dtype


def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """A number for each channel, added to a tensor.

    Args:
        value: numeric, `[batch, ..., channels]`, or `[batch, channels, ...]` for
            'NCHW'.
        bias: of the same dtype, `[channels]`.
        data_format: 'NHWC' (also when None) or 'NCHW'.
        name: the node's name.

    Returns:
        A tensor of the dtype and shape of `value`.

    Raises:
        ValueError: there are not as many biases as channels.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.bias_add([[1., 2.]], [10., 20.]))
        array([[11., 22.]], dtype=float32)
    """
    with op_scope(name, "BiasAdd", value, bias) as scope:
        x = convert(value, None, "input")
        b = convert(bias, x.dtype.base_dtype, "bias")
        tensor: Tensor = raw.BiasAdd(
            x, b, data_format=data_format or "NHWC", name=scope
        )
        return tensor


def _linear(x: Any, weights: Any, biases: Any) -> tuple[Tensor, Tensor]:
    """X @ weights, and the biases, as tensors."""
    inputs = convert(x, None, "x")
    matrix = convert(weights, None, "weights")
    vector = convert(biases, None, "biases")
    return raw.MatMul(inputs, matrix), vector


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """matmul(x, weights) + biases.

    Args:
        x: floating, `[batch, in]`.
        weights: of the same dtype, `[in, out]`.
        biases: of the same dtype, `[out]`.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[batch, out]`.
    """
    with op_scope(name, "xw_plus_b", x, weights, biases) as scope:
        product, vector = _linear(x, weights, biases)
        tensor: Tensor = raw.BiasAdd(product, vector, name=scope)
        return tensor


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """relu(matmul(x, weights) + biases).

    Args:
        x: floating, `[batch, in]`.
        weights: of the same dtype, `[in, out]`.
        biases: of the same dtype, `[out]`.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[batch, out]`.
    """
    with op_scope(name, "relu_layer", x, weights, biases) as scope:
        product, vector = _linear(x, weights, biases)
        tensor: Tensor = raw.Relu(raw.BiasAdd(product, vector), name=scope)
        return tensor
