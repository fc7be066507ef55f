"""The nonlinearities of a neural net: relu and its relatives, softplus, softsign.

`tanh` and `sigmoid` are plain mathematics and live in the elementwise families. Each
gradient is an op of its own (`ReluGrad`), with a gradient of its own, so that second
derivatives work. Read next: `nn_loss.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT, REAL, float32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import merged, same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.ops._scope import op_scope


def _same_size(error: Exception, first: Any, second: Any, *_: Any) -> str | None:
    """TF1's words for a gradient and an input that differ in shape."""
    if "broadcast" not in str(error):
        return None
    a, b = (format_list(np.shape(v)) for v in (first, second))
    return f"Inputs must have the same size and shape.  Input 0: {a} != input 1: {b}"


def _activation(
    name: str, allowed: Any, gradient: Any, doc: str, T: Any = None, **attrs: Any
) -> OpDef:
    """`features: T -> activations: T`; `T` is the default of that attribute."""
    return define(
        name, "features: T -> activations: T", T=types(allowed, T), shape=same,
        gradient=gradient, doc=doc, **attrs,
    )  # fmt: skip


def _activation_grad(
    name: str,
    allowed: Any,
    gradient: Any,
    doc: str,
    of: str = "features",
    T: Any = None,
    **attrs: Any,
) -> OpDef:
    """`gradients: T, features: T -> backprops: T`; `T` is the default of that."""
    return define(
        name, f"gradients: T, {of}: T -> backprops: T", T=types(allowed, T),
        shape=merged, gradient=gradient, on_error=_same_size, doc=doc, **attrs,
    )  # fmt: skip


def _at_least_zero(x: Any) -> Any:
    # clip is four times quicker than maximum, but bfloat16 has none and for integers
    # infinity is no bound.
    if x.dtype.kind == "f":
        kind = x.dtype.type
        return x.clip(kind(0), kind(np.inf))
    return np.maximum(x, x.dtype.type(0))


relu_op = _activation(
    "Relu", REAL, lambda op, dy: [raw.ReluGrad(dy, op.outputs[0])], "max(x, 0)."
)


@relu_op.kernel("CPU")
def _(features: np.ndarray) -> Any:
    return _at_least_zero(features)


relu_grad_op = _activation_grad(
    "ReluGrad", REAL,
    lambda op, ddx: [raw.ReluGrad(ddx, op.inputs[1]), raw.ZerosLike(op.inputs[1])],
    "The gradient of Relu: its first input where the second is positive.",
)  # fmt: skip


@relu_grad_op.kernel("CPU")
def _(gradients: np.ndarray, features: np.ndarray) -> Any:
    return gradients * (features > 0)


def relu(features: Any, name: str | None = None) -> Tensor:
    """max(x, 0), element by element.

    Args:
        features: a real tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.relu([-1., 2.]))
        array([0., 2.], dtype=float32)
    """
    tensor: Tensor = raw.Relu(features, name=name)
    return tensor


relu6_op = _activation(
    "Relu6", REAL, lambda op, dy: [raw.Relu6Grad(dy, op.outputs[0])],
    "min(max(x, 0), 6).",
)  # fmt: skip


@relu6_op.kernel("CPU")
def _(features: np.ndarray) -> Any:
    kind = features.dtype.type
    return np.minimum(np.maximum(features, kind(0)), kind(6))


relu6_grad_op = _activation_grad(
    "Relu6Grad", REAL,
    lambda op, ddx: [raw.Relu6Grad(ddx, op.inputs[1]), raw.ZerosLike(op.inputs[1])],
    "The gradient of Relu6: its first input where the second is between 0 and 6.",
)  # fmt: skip


@relu6_grad_op.kernel("CPU")
def _(gradients: np.ndarray, features: np.ndarray) -> Any:
    return gradients * ((features > 0) & (features < 6))


def relu6(features: Any, name: str | None = None) -> Tensor:
    """min(max(x, 0), 6), element by element.

    Args:
        features: a real tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.
    """
    with op_scope(name, "Relu6", features) as scope:
        x = convert(features, None, "features")
        tensor: Tensor = raw.Relu6(x, name=scope)
        return tensor


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """Relu of x and of -x, side by side: twice as many channels.

    Args:
        features: a real tensor.
        name: the scope of the nodes.
        axis: where to concatenate.

    Returns:
        A tensor of its dtype, the dimension `axis` twice as long.
    """
    with op_scope(name, "CRelu", features) as scope:
        x = convert(features, None, "features")
        both = raw.ConcatV2([x, raw.Neg(x)], axis, name=scope)
        tensor: Tensor = raw.Relu(both)
        return tensor


def _elu_like_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    """For EluGrad and SeluGrad, which take the activation and not x."""
    dy, outputs = op.inputs
    node = getattr(raw, op.type)
    zeros = raw.ZerosLike(outputs)
    curve = raw.Select(raw.Less(outputs, zeros), raw.Mul(ddx, dy), zeros)
    return [node(ddx, outputs), curve]


elu_op = _activation(
    "Elu", FLOAT, lambda op, dy: [raw.EluGrad(dy, op.outputs[0])],
    "x where positive, exp(x) - 1 elsewhere.",
)  # fmt: skip


@elu_op.kernel("CPU")
def _(features: np.ndarray) -> Any:
    curve = np.expm1(np.minimum(features, features.dtype.type(0)))
    return np.where(features < 0, curve, features)


elu_grad_op = _activation_grad(
    "EluGrad", FLOAT, _elu_like_gradient, "The gradient of Elu, from its output.",
    of="outputs",
)  # fmt: skip


@elu_grad_op.kernel("CPU")
def _(gradients: np.ndarray, outputs: np.ndarray) -> Any:
    slope = outputs + outputs.dtype.type(1)
    return np.where(outputs < 0, gradients * slope, gradients)


def elu(features: Any, name: str | None = None) -> Tensor:
    """Exponential linear: x where positive, exp(x) - 1 elsewhere.

    Args:
        features: a floating tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.
    """
    tensor: Tensor = raw.Elu(features, name=name)
    return tensor


# The fixed point of Klambauer et al., "Self-Normalizing Neural Networks" (2017).
_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.7580993408473768  # their alpha times the scale

selu_op = _activation(
    "Selu", FLOAT, lambda op, dy: [raw.SeluGrad(dy, op.outputs[0])],
    "Elu scaled so that activations keep mean 0 and variance 1.",
)  # fmt: skip


@selu_op.kernel("CPU")
def _(features: np.ndarray) -> Any:
    kind = features.dtype.type
    curve = kind(_SELU_ALPHA) * np.expm1(np.minimum(features, kind(0)))
    return np.where(features < 0, curve, kind(_SELU_SCALE) * features)


selu_grad_op = _activation_grad(
    "SeluGrad", FLOAT, _elu_like_gradient, "The gradient of Selu, from its output.",
    of="outputs",
)  # fmt: skip


@selu_grad_op.kernel("CPU")
def _(gradients: np.ndarray, outputs: np.ndarray) -> Any:
    kind = outputs.dtype.type
    slope = np.where(outputs < 0, outputs + kind(_SELU_ALPHA), kind(_SELU_SCALE))
    return gradients * slope


def selu(features: Any, name: str | None = None) -> Tensor:
    """Scaled exponential linear, for nets that normalise themselves.

    Args:
        features: a floating tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.
    """
    tensor: Tensor = raw.Selu(features, name=name)
    return tensor


leaky_relu_op = _activation(
    "LeakyRelu", FLOAT,
    lambda op, dy: [raw.LeakyReluGrad(dy, op.inputs[0], alpha=op.attrs["alpha"])],
    "x where positive, alpha * x elsewhere.", alpha=0.2, T=float32,
)  # fmt: skip


@leaky_relu_op.kernel("CPU")
def _(features: np.ndarray, alpha: float) -> Any:
    return np.where(features > 0, features, features.dtype.type(alpha) * features)


leaky_relu_grad_op = _activation_grad(
    "LeakyReluGrad", FLOAT,
    lambda op, ddx: [
        raw.LeakyReluGrad(ddx, op.inputs[1], alpha=op.attrs["alpha"]),
        raw.ZerosLike(op.inputs[1]),
    ],
    "The gradient of LeakyRelu.", alpha=0.2, T=float32,
)  # fmt: skip


@leaky_relu_grad_op.kernel("CPU")
def _(gradients: np.ndarray, features: np.ndarray, alpha: float) -> Any:
    return np.where(features > 0, gradients, features.dtype.type(alpha) * gradients)


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """max(alpha * x, x): relu that lets a little through below zero.

    Args:
        features: a real tensor; integers are cast to float32.
        alpha: the slope below zero, a number or a scalar tensor.
        name: the scope of the nodes.

    Returns:
        A floating tensor of its shape.
    """
    # TF1 composes it; LeakyRelu as one op came later and is here for its GraphDefs.
    with op_scope(name, "LeakyRelu", features, alpha) as scope:
        x = convert(features, None, "features")
        if x.dtype.is_integer:
            x = raw.Cast(x, DstT=float32, name="ToFloat")
        slope = convert(alpha, x.dtype.base_dtype, "alpha")
        tensor: Tensor = raw.Maximum(raw.Mul(slope, x, name="mul"), x, name=scope)
        return tensor


softplus_op = _activation(
    "Softplus", FLOAT, lambda op, dy: [raw.SoftplusGrad(dy, op.inputs[0])],
    "log(exp(x) + 1).",
)  # fmt: skip


@softplus_op.kernel("CPU")
def _(features: np.ndarray) -> Any:
    # exp only ever sees what is not positive, so that nothing overflows.
    zero = features.dtype.type(0)
    return np.maximum(features, zero) + np.log1p(np.exp(-np.abs(features)))


def _softplus_grad_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    dy, x = op.inputs
    two = np.asarray(2, x.dtype.base_dtype.np_dtype)
    curve = raw.RealDiv(
        raw.Mul(ddx, dy), raw.Add(raw.Add(raw.Exp(raw.Neg(x)), two), raw.Exp(x))
    )
    return [raw.SoftplusGrad(ddx, x), curve]


softplus_grad_op = _activation_grad(
    "SoftplusGrad", FLOAT, _softplus_grad_gradient, "The gradient of Softplus."
)


@softplus_grad_op.kernel("CPU")
def _(gradients: np.ndarray, features: np.ndarray) -> Any:
    return gradients / (np.exp(-features) + features.dtype.type(1))


def softplus(features: Any, name: str | None = None) -> Tensor:
    """log(exp(x) + 1): relu with a round corner.

    Args:
        features: a floating tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.
    """
    tensor: Tensor = raw.Softplus(features, name=name)
    return tensor


softsign_op = _activation(
    "Softsign", FLOAT, lambda op, dy: [raw.SoftsignGrad(dy, op.inputs[0])],
    "x / (|x| + 1).",
)  # fmt: skip


@softsign_op.kernel("CPU")
def _(features: np.ndarray) -> Any:
    return features / (np.abs(features) + features.dtype.type(1))


def _softsign_grad_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    dy, x = op.inputs
    one, two = (np.asarray(n, x.dtype.base_dtype.np_dtype) for n in (1, -2))
    room = raw.Add(raw.Abs(x), one)
    slope = raw.Mul(raw.Mul(ddx, dy), raw.Mul(raw.Sign(x), two))
    cube = raw.Mul(raw.Square(room), room)
    return [raw.SoftsignGrad(ddx, x), raw.RealDiv(slope, cube)]


softsign_grad_op = _activation_grad(
    "SoftsignGrad", FLOAT, _softsign_grad_gradient, "The gradient of Softsign."
)


@softsign_grad_op.kernel("CPU")
def _(gradients: np.ndarray, features: np.ndarray) -> Any:
    return gradients / np.square(np.abs(features) + features.dtype.type(1))


def softsign(features: Any, name: str | None = None) -> Tensor:
    """X / (|x| + 1), between -1 and 1.

    Args:
        features: a floating tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.
    """
    tensor: Tensor = raw.Softsign(features, name=name)
    return tensor


def swish(features: Any, name: str | None = None) -> Tensor:
    """The product x * sigmoid(x): relu that dips below zero before it rises.

    Args:
        features: a floating tensor.
        name: the scope of the nodes.

    Returns:
        A tensor of its dtype and shape.
    """
    with op_scope(name, "swish", features) as scope:
        x = convert(features, None, "features")
        tensor: Tensor = raw.Mul(x, raw.Sigmoid(x), name=scope)
        return tensor
