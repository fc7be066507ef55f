"""Lowerings of what computes each element from elements in the same place.

Most are the numpy kernel itself, traced (`traced.py`); the rest say here what a kernel
does by means that are no formula. Read next: `lower_reductions.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs.kernels.native.clusters import Store, Value
from interactive_graphs.kernels.native.traced import Element
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers
from interactive_graphs.runtime.native.work import Array, Pointwise, Shape

_OPERATIONS: Final = {
    "Abs": "abs", "Acos": "acos", "Add": "add", "AddV2": "add", "Asin": "asin",
    "Atan": "atan", "BitwiseAnd": "bitwise_and", "BitwiseOr": "bitwise_or",
    "BitwiseXor": "bitwise_xor", "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh",
    "Div": "divide", "DivNoNan": "div_no_nan", "Elu": "elu", "EluGrad": "elu_grad",
    "Equal": "equal", "Erf": "erf", "Erfc": "erfc", "Exp": "exp", "Expm1": "expm1",
    "Floor": "floor", "FloorDiv": "floor_divide", "FloorMod": "floor_mod",
    "Greater": "greater", "GreaterEqual": "greater_equal", "Inv": "reciprocal",
    "InvGrad": "reciprocal_grad", "Invert": "invert", "IsFinite": "is_finite",
    "IsInf": "is_inf", "IsNan": "is_nan", "LeakyRelu": "leaky_relu",
    "LeakyReluGrad": "leaky_relu_grad", "LeftShift": "left_shift", "Less": "less",
    "LessEqual": "less_equal", "Lgamma": "lgamma", "Log": "log", "Log1p": "log1p",
    "LogicalAnd": "logical_and", "LogicalNot": "logical_not",
    "LogicalOr": "logical_or", "Maximum": "maximum", "Minimum": "minimum",
    "Mul": "multiply", "Neg": "negative", "NotEqual": "not_equal", "Pow": "pow",
    "RealDiv": "divide", "Reciprocal": "reciprocal",
    "ReciprocalGrad": "reciprocal_grad", "Relu": "relu", "Relu6": "relu6",
    "Relu6Grad": "relu6_grad", "ReluGrad": "relu_grad", "RightShift": "right_shift",
    "Rint": "rint", "Round": "rint", "Rsqrt": "rsqrt", "RsqrtGrad": "rsqrt_grad",
    "Selu": "selu", "SeluGrad": "selu_grad", "Sigmoid": "sigmoid",
    "SigmoidGrad": "sigmoid_grad", "Sign": "sign", "Sin": "sin", "Sinh": "sinh",
    "Softplus": "softplus", "SoftplusGrad": "softplus_grad", "Softsign": "softsign",
    "SoftsignGrad": "softsign_grad", "Sqrt": "sqrt", "SqrtGrad": "sqrt_grad",
    "Square": "square", "SquaredDifference": "squared_difference", "Sub": "subtract",
    "Tan": "tan", "Tanh": "tanh", "TanhGrad": "tanh_grad", "TruncateDiv":
    "truncate_divide", "TruncateMod": "truncate_mod", "Xdivy": "xdivy",
    "Xlogy": "xlogy",
}  # fmt: skip
"""What an op is called in a cluster (`kernels/native/operations.py`)."""


@lowers(*_OPERATIONS)
def _operation(node: Node) -> None:
    name = _OPERATIONS[node.op.type]
    dtype, _ = node.kind(node.op.outputs[0])
    taken, _ = node.kind(node.op.inputs[0])
    if node.op.type == "Div" and node.op.outputs[0].dtype.is_integer:
        name = "truncate_divide"
    # Rint and Round give integers back as they are.
    if name == "rint" and not dtype.startswith("float"):
        node.is_view(node.array(0))
        return

    def compute(*args: Any) -> Any:
        formula = next(a.formula for a in args if isinstance(a, Element))
        elements = [formula.element(a, taken) for a in args]
        slope = node.op.attrs.get("alpha")
        return formula.value(name, *elements, dtype=dtype, constant=slope)

    if all(node.known(i) is not None for i in range(len(node.op.inputs))):
        raise NotNativeError("all of it is known")
    node.pointwise(compute, range(len(node.op.inputs)))


@lowers("SelectV2")
def _select_v2(node: Node) -> None:
    node.pointwise(np.where, [0, 1, 2])


@lowers("AddN", "AccumulateNV2")
def _add_n(node: Node) -> None:
    def total(*terms: Any) -> Any:
        result = terms[0]
        for term in terms[1:]:
            result = np.add(result, term)
        return result

    node.pointwise(total, range(len(node.op.inputs)))


@lowers("Cast")
def _cast(node: Node) -> None:
    source, target = node.kind(node.op.inputs[0])[0], node.kind(node.op.outputs[0])[0]
    if source == target:
        node.is_view(node.array(0))
        return
    narrow = ("int8", "int16", "uint8", "uint16")

    def cast(x: Any) -> Any:
        # Numbers that do not fit wrap around as if they had been int32 before.
        via = source.startswith("float") and target in narrow
        return (x.astype("int32") if via else x).astype(target)

    node.pointwise(cast, [0])


@lowers("Select")
def _select(node: Node) -> None:
    test, chosen = node.shape(0), node.shape(1)
    inputs: list[int | Array] = [0, 1, 2]
    if test != chosen:
        # A vector chooses whole rows.
        if len(test) != 1 or test[0] != chosen[0]:
            raise NotNativeError("the shapes differ")
        inputs[0] = node.array(0).viewed((test[0], *(1,) * (len(chosen) - 1)))
    node.pointwise(np.where, inputs)


@lowers("BiasAdd", "BiasAddV1")
def _bias_add(node: Node) -> None:
    value, bias = node.shape(0), node.shape(1)
    axis = channel_axis(node, len(value))
    if len(value) < 2 or bias != (value[axis],):
        raise NotNativeError("the kernel refuses these shapes")
    across: Shape = (*bias, *(1,) * (len(value) - 1 - axis))
    node.pointwise(np.add, [0, node.array(1).viewed(across)])


def channel_axis(node: Node, rank: int) -> int:
    """The axis of the channels, by the node's `data_format`."""
    is_first = node.op.attrs.get("data_format", b"NHWC") == b"NCHW"
    return 1 if is_first else rank - 1


@lowers("ZerosLike", "OnesLike")
def _filled(node: Node) -> None:
    number = 0 if node.op.type == "ZerosLike" else 1
    dtype, _ = node.kind(node.op.outputs[0])
    fill(node, np.dtype(dtype).type(number))


@lowers("Fill")
def _fill(node: Node) -> None:
    if node.known(1) is not None:
        fill(node, node.known(1)[()])
    else:
        node.pointwise(lambda x: x, [1])


def fill(node: Node, number: Any) -> None:
    """Make the node's output of one number."""
    made = node.made()
    value = Value("constant", (), made.dtype, number.item())
    node.run(Pointwise(made.known_shape, (value,), (Store(0),)), [], [made])
