"""What ops do with memory: the one table of facts that planning it rests on.

A value's memory may be used again when nobody can look at it any more. That is known
only of ops that are in this table; any other may keep what it takes (an assignment, a
queue, a Python function), and then its memory is never planned.

    WRITES      puts its result where it is told, and gives nothing else away
    READS       gives new memory, and keeps nothing
    MAY_SHARE   keeps nothing, but may give what it took, or a part of it

A test holds the kernels against it. Read next: `memory.py`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.framework.operation import Operation

PLAIN: Final = frozenset({"float32", "float64", "int32", "int64"})
_FLOATS: Final = frozenset({"float32", "float64"})


class Write(NamedTuple):
    """How an op puts its result into given memory, in the kernel's own order.

    Attributes:
        text: a format of the inputs' names, of `out`, and of `uses`.
        uses: objects that the text needs, by the name it calls them.
        in_place: inputs whose memory the result may take.
        alone: whether the other inputs must lie elsewhere then.
        floating: whether it is so for floating dtypes only.
    """

    text: str
    uses: dict[str, Any]
    in_place: tuple[int, ...] = ()
    alone: bool = False
    floating: bool = False


def _binary(ufunc: np.ufunc) -> Write:
    # numpy is about to give the third argument of these two another meaning.
    named = "out=" if ufunc in (np.maximum, np.minimum) else ""
    return Write(f"{{f}}({{0}}, {{1}}, {named}{{out}})", {"f": ufunc}, (0, 1))


def _unary(ufunc: np.ufunc) -> Write:
    return Write("{f}({0}, {out})", {"f": ufunc}, (0,))


# What texts call by name, in the dtype of the result.
_NUMBERS: Final = {
    dtype: {
        name: np.array(number, dtype)
        for name, number in (("zero", 0), ("one", 1), ("infinity", np.inf))
    }
    for dtype in ("float32", "float64")
}

_WRITES: Final = {
    "Add": _binary(np.add),
    "AddV2": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "RealDiv": _binary(np.divide)._replace(floating=True),
    "Neg": _unary(np.negative),
    "Square": Write("{f}({0}, {0}, {out})", {"f": np.multiply}, (0,), floating=True),
    "BiasAdd": Write("{f}({0}, {1}, {out})", {"f": np.add}, (0,)),
    "TanhGrad": Write(
        "{multiply}({1}, {subtract}({one}, {multiply}({0}, {0}, {out}), {out}), {out})",
        {"multiply": np.multiply, "subtract": np.subtract},
        (0,), alone=True, floating=True,
    ),
    "Sigmoid": Write(
        "{reciprocal}({add}({one}, {exp}({negative}({0}, {out}), {out}), {out}), "
        "{out})",
        {n: getattr(np, n) for n in ("reciprocal", "add", "exp", "negative")},
        (0,), floating=True,
    ),
    "SigmoidGrad": Write(
        "{multiply}({multiply}({1}, {0}, {out}), {subtract}({one}, {0}), {out})",
        {"multiply": np.multiply, "subtract": np.subtract},
        (1,), alone=True, floating=True,
    ),
    "Relu": Write("{0}.clip({zero}, {infinity}, {out})", {}, (0,), floating=True),
    "ReluGrad": Write(
        "{multiply}({0}, {greater}({1}, {zero}), {out})",
        {"multiply": np.multiply, "greater": np.greater},
        (0, 1), floating=True,
    ),
}  # fmt: skip

READS: Final = frozenset(
    """
    Sum Mean Max Min Prod MatMul BatchMatMul BatchMatMulV2 BiasAddGrad Softmax
    LogSoftmax SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits
    ArgMax ArgMin Equal NotEqual Less LessEqual Greater GreaterEqual L2Loss Shape Size
    Rank ZerosLike OnesLike ApplyGradientDescent ApplyMomentum ApplyAdam ApplyAdagrad
    ApplyRMSProp SqrtGrad RsqrtGrad
    """.split()
)

MAY_SHARE: Final = frozenset(
    """
    Identity StopGradient PreventGradient Reshape ExpandDims Squeeze Transpose Slice
    StridedSlice Split SplitV Unpack BroadcastTo Cast Pack ConcatV2 Tile Pad Select
    Conv2D Conv2DBackpropInput Conv2DBackpropFilter MaxPool MaxPoolGrad AvgPool
    AvgPoolGrad GatherV2 OneHot Relu6 Elu Softplus Reverse ReverseV2
    """.split()
)


def write(op: Operation) -> Write | None:
    """How `op` puts its result into given memory, or None if it does not."""
    dtype = op.outputs[0].dtype.name if len(op.outputs) == 1 else ""
    if dtype not in PLAIN:
        return None
    if any(t.dtype.base_dtype.name != dtype for t in op.inputs):
        return None
    if op.attrs.get("data_format") == b"NCHW":
        return None
    found = _WRITES.get(op.type) or _of_ufunc(op)
    if found is None or (found.floating and dtype not in _FLOATS):
        return None
    numbers = _NUMBERS.get(dtype, {})
    uses = {n: x for n, x in numbers.items() if f"{{{n}}}" in found.text}
    return found._replace(uses={**found.uses, **uses})


def _sum_of(count: int) -> Write:
    """A sum from the first to the last."""
    items = ", ".join(f"{{{i}}}" for i in range(count))
    return Write(f"{{f}}({{out}}, {items})", {"f": add_all}, (0,), alone=count > 2)


def add_all(out: Any, total: Any, *others: Any) -> Any:
    """Add arrays one after the other, into `out`."""
    for other in others:
        total = np.add(total, other, out)
    return total


def _of_ufunc(op: Operation) -> Write | None:
    """An op whose kernel is one of numpy's ufuncs, or calls one again and again."""
    if op.type == "AddN" and len(op.inputs) > 1:
        return _sum_of(len(op.inputs))
    kernel = op.op_def.kernels.get("CPU")
    ufunc = kernel.fn if kernel is not None else None
    if not isinstance(ufunc, np.ufunc) or ufunc.nout != 1:
        return None
    if ufunc.nin == 1 and len(op.inputs) == 1:
        return _unary(ufunc)
    return _binary(ufunc) if ufunc.nin == 2 and len(op.inputs) == 2 else None


def gives_new_memory(op: Operation) -> bool:
    """Whether what `op` gives shares no memory with what it takes; it keeps nothing."""
    return op.type in READS or write(op) is not None


def keeps_nothing(op: Operation) -> bool:
    """Whether `op` is done with its inputs' memory when it has run."""
    return op.type in MAY_SHARE or gives_new_memory(op)
