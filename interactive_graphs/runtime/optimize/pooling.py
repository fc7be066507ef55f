"""Pooling before bias and relu: `max_pool(relu(x + b))` is `relu(max_pool(x) + b)`.

The pooled array is a quarter of the other, or less. A training step has the gradients
as well, and they need what relu gave; so the rewrite takes all of it or nothing:

    sum = x + b;  r = Relu(sum);  y = MaxPool(r)          BiasedMaxPool(x, b) -> y
    g = MaxPoolGrad(r, y, dy);  dx = ReluGrad(g, r)       BiasedMaxPoolGrad(x, b, y, dy)
    db = Sum(dx, [0, 1, 2])                                 -> dx, db

y and dx keep every bit (`kernels/cpu/biased_pool.py` says of which zeros the sign may
differ); db is summed in another order. TensorFlow does not do this.
Read next: `unused.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.framework.dtypes import float32, float64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, types, unlisted
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu import biased_pool as cpu
from interactive_graphs.ops._windows import explicit_pairs
from interactive_graphs.ops.nn_pool import Pool, pool_attrs, pool_shape
from interactive_graphs.runtime.optimize.edit import Edit
from interactive_graphs.runtime.plan import Plan

FORWARD: Final = "pool before bias and relu"
BACKWARD: Final = "relu and bias gradients on the pooled array"


def _pool(
    x: np.ndarray,
    bias: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
) -> np.ndarray:
    around = explicit_pairs(explicit_paddings, b"NHWC")
    windows = Pool(x.shape, ksize, strides, padding, b"NHWC", around).windows
    return cpu.biased_max_pool(x, bias, windows)


def _pool_grad(
    x: np.ndarray,
    bias: np.ndarray,
    y: np.ndarray,
    grad: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray]:
    around = explicit_pairs(explicit_paddings, b"NHWC")
    windows = Pool(x.shape, ksize, strides, padding, b"NHWC", around).windows
    return cpu.biased_max_pool_gradient(x, bias, y, grad, windows)


_FLOATS = (float32, float64)
BIASED_MAX_POOL: Final[OpDef] = unlisted(
    "BiasedMaxPool", "x: T, bias: T -> output: T", _pool,
    T=types(_FLOATS), shape=lambda op: [pool_shape(op)], **pool_attrs(),
)  # fmt: skip
BIASED_MAX_POOL_GRAD: Final[OpDef] = unlisted(
    "BiasedMaxPoolGrad", "x: T, bias: T, y: T, grad: T -> dx: T, dbias: T", _pool_grad,
    T=types(_FLOATS), shape=lambda op: [t.static_shape for t in op.inputs[:2]],
    **pool_attrs(),
)  # fmt: skip


class _Gradient(NamedTuple):
    """The nodes of the gradient, and what they take and who sums it."""

    pool: Operation
    relu: Operation
    dy: Tensor
    sums: list[Operation]


class _Found(NamedTuple):
    """A pool of the form above."""

    pool: Operation
    relu: Operation
    plus: Operation
    x: Tensor
    bias: Tensor
    gradient: _Gradient | None


def pool_first(plan: Plan) -> None:
    """Rewrite every pool of the form above."""
    edit = Edit(plan)
    for op in plan.nodes:
        if op.type == "MaxPool":
            found = _find(op, edit)
            if found is not None:
                _replace(found, edit)
    edit.finish()


def _find(pool: Operation, edit: Edit) -> _Found | None:
    if not _is_spatial(pool) or not edit.plan.is_free(pool):
        return None
    relu = edit.maker(edit.plan.find(pool.inputs[0]), pool)
    if relu is None or relu.type != "Relu" or edit.is_wanted(relu.outputs[0]):
        return None
    plus = edit.maker(edit.plan.find(relu.inputs[0]), relu)
    if plus is None or edit.is_wanted(plus.outputs[0]):
        return None
    terms = _terms(plus, edit)
    if terms is None:
        return None
    others = {*edit.users(relu.outputs[0]), *edit.users(plus.outputs[0])}
    others -= {pool, relu}
    gradient = None
    if others:
        gradient = _gradient(pool, relu, plus, others, edit)
        if gradient is None:
            return None
    return _Found(pool, relu, plus, *terms, gradient)


def _is_spatial(pool: Operation) -> bool:
    """Whether it is over rows and columns of floats, channels last."""
    sizes = (*pool.attrs["ksize"], *pool.attrs["strides"])
    dtype = pool.outputs[0].dtype.base_dtype
    is_plain = pool.attrs["data_format"] == b"NHWC" and dtype in _FLOATS
    return is_plain and {sizes[0], sizes[3], sizes[4], sizes[7]} == {1}


def _terms(plus: Operation, edit: Edit) -> tuple[Tensor, Tensor] | None:
    """What is added to what, if that is a bias per channel."""
    if plus.type not in ("Add", "AddV2", "BiasAdd", "BiasAddV1"):
        return None
    if plus.attrs.get("data_format", b"NHWC") != b"NHWC":
        return None
    a, b = map(edit.plan.find, plus.inputs)
    if any(t.dtype._is_ref_dtype for t in (a, b)):
        return None
    for x, bias in ((a, b), (b, a)):
        shape = edit.shape(x)
        if shape is not None and len(shape) == 4 and edit.shape(bias) == shape[3:]:
            return x, bias
    return None


def _gradient(
    pool: Operation,
    relu: Operation,
    plus: Operation,
    others: set[Operation],
    edit: Edit,
) -> _Gradient | None:
    """The two nodes of the gradient, if they alone take what the rewrite removes."""
    back = {op.type: op for op in others}
    pool_grad, relu_grad = back.get("MaxPoolGrad"), back.get("ReluGrad")
    if len(others) != 2 or pool_grad is None or relu_grad is None:
        return None
    find = edit.plan.find
    x, y, dy = map(find, pool_grad.inputs)
    gradients, features = map(find, relu_grad.inputs)
    fits = (
        x is relu.outputs[0]
        and y is find(pool.outputs[0])
        and _window(pool_grad) == _window(pool)
        and gradients is pool_grad.outputs[0]
        and features in (relu.outputs[0], plus.outputs[0])
        and edit.users(gradients) == [relu_grad]
        and not edit.is_wanted(gradients)
        and edit.plan.is_free(relu_grad)
        and edit.maker(gradients, pool) is pool_grad
        and edit.maker(relu_grad.outputs[0], pool) is relu_grad
    )
    if not fits:
        return None
    return _Gradient(pool_grad, relu_grad, dy, list(_sums(relu_grad, edit)))


def _window(pool: Operation) -> dict[str, Any]:
    return {n: v for n, v in pool.attrs.items() if not n.startswith("_")}


def _sums(relu_grad: Operation, edit: Edit) -> Iterator[Operation]:
    """Who sums the gradient over all but the channels."""
    total = relu_grad.outputs[0]
    for op in edit.users(total):
        if not edit.plan.is_free(op) or edit.maker(op.outputs[0], relu_grad) is None:
            continue
        if op.type == "BiasAddGrad":
            if op.attrs["data_format"] == b"NHWC":
                yield op
        elif op.type == "Sum" and edit.plan.find(op.inputs[0]) is total:
            axes = edit.value(op.inputs[1])
            if axes is None or op.attrs["keep_dims"]:
                continue
            if {int(axis) % 4 for axis in axes.reshape(-1)} == {0, 1, 2}:
                yield op


def _replace(found: _Found, edit: Edit) -> None:
    pool, x, bias = found.pool, found.x, found.bias
    attrs = _window(pool)
    old = pool.outputs[0]
    made = edit.add(
        BIASED_MAX_POOL, [x, bias], attrs, [(old.dtype, old.static_shape)],
        pool, [pool, found.relu, found.plus], FORWARD,
    )  # fmt: skip
    back = found.gradient
    if back is not None:
        outputs = [(old.dtype, t.static_shape) for t in (x, bias)]
        gradient = edit.add(
            BIASED_MAX_POOL_GRAD, [x, bias, made.outputs[0], back.dy], attrs, outputs,
            back.relu, [back.relu, back.pool, *back.sums], BACKWARD,
        )  # fmt: skip
        dx, dbias = gradient.outputs
        edit.replace(back.relu, [dx], BACKWARD)
        for total in back.sums:
            edit.replace(total, [dbias], BACKWARD)
    edit.replace(pool, made.outputs, FORWARD)
