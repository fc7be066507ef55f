"""How a program writes an op whose shapes, axes and sizes it knows.

A kernel that may get anything spends microseconds on finding out what it got. Where a
plan is specialised that is known: a sum is one call of the ufunc, a reshape one method,
a small product goes to BLAS directly. Each line gives the same bits as the kernel; an
op that is not in the table is left to `lowering.py` and the kernels.
Read next: `planned.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu import gemm
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.runtime.call import bind
from interactive_graphs.runtime.plan import Plan

_PLAIN: Final = frozenset({"float32", "float64", "int32", "int64"})
"""The dtypes that numpy's ufuncs know best; others stay with the kernels."""

_ONE: Final = object()
"""The rate of a step that has been worked out already."""

_FLOATS: Final = frozenset({"float32", "float64"})


class Known(NamedTuple):
    """What is known of a node's surroundings.

    Attributes:
        plan: the specialised plan.
        name: gives an object a name in the program.
        spare: by op the inputs that it may overwrite, since nobody needs them after it.
    """

    plan: Plan
    name: Callable[[str, Any], str]
    spare: Mapping[Operation, Collection[Tensor]]

    def value(self, tensor: Tensor) -> Any:
        """What is known of a tensor's value, or None."""
        return self.plan.values.get(self.plan.find(tensor))

    def shape(self, tensor: Tensor) -> tuple[int, ...] | None:
        """The shape of a tensor if all of it is known and proved."""
        tensor = self.plan.find(tensor)
        shape = tensor.static_shape
        if shape is None or None in shape or tensor in self.plan.doubtful:
            return None
        return shape  # type: ignore[return-value]


Writes = Callable[[Operation, Known], str | None]


def special_expression(op: Operation, known: Known) -> str | None:
    """A format of the inputs' names that computes `op`, or None.

    Args:
        op: a node of a specialised plan.
        known: what is known around it.
    """
    writes = _TABLE.get(op.type)
    if writes is None or not op.inputs:
        return None
    if any(known.shape(t) is None for t in (*op.inputs, *op.outputs)):
        return None
    return writes(op, known)


def _dtype(op: Operation) -> str:
    return op.outputs[0].dtype.base_dtype.name


# -- reductions ------------------------------------------------------------------------


def _reduction(name: str, ufunc: np.ufunc, of_nothing: bool = True) -> Writes:
    """One call of a ufunc's `reduce`.

    Args:
        name: what the program calls it.
        ufunc: what joins two elements.
        of_nothing: whether it has a value for no elements, as the kernel has.
    """
    reduce = ufunc.reduce  # one object, so that it has one name

    def writes(op: Operation, known: Known) -> str | None:
        x, axes = known.shape(op.inputs[0]), _axes(op, known)
        if not x or axes is None or _dtype(op) not in _PLAIN:
            return None
        if not of_nothing and not math.prod(x):
            return None
        dtype = known.name(_dtype(op), op.outputs[0].dtype.base_dtype.np_dtype)
        called = known.name(name, reduce)
        keep = ", None, True" if op.attrs.get("keep_dims") else ""
        return f"{called}({{0}}, {axes}, {dtype}{keep})"

    return writes


def _axes(op: Operation, known: Known) -> tuple[int, ...] | None:
    """The axes of a reduction, counted from the front, where they are right."""
    axes, shape = known.value(op.inputs[1]), known.shape(op.inputs[0])
    if axes is None or not shape:
        return None
    rank = len(shape)
    found = tuple(axis % rank for axis in axes.reshape(-1).tolist())
    inside = all(-rank <= axis < rank for axis in axes.reshape(-1).tolist())
    return found if inside and len(set(found)) == len(found) else None


_sum = _reduction("add_reduce", np.add)


def _mean(op: Operation, known: Known) -> str | None:
    total = _sum(op, known) if _dtype(op) in _FLOATS else None
    if total is None:
        return None
    shape, axes = known.shape(op.inputs[0]), _axes(op, known)
    assert shape is not None
    assert axes is not None
    dtype = op.outputs[0].dtype.base_dtype.np_dtype
    # An array meets a 0-d array faster than a number, a number another number.
    count = np.array(math.prod(shape[a] for a in axes), dtype)
    whole = count if known.shape(op.outputs[0]) else count[()]
    return f"{total} / {known.name('count', whole)}"


# -- the same elements -----------------------------------------------------------------


def _reshaped(op: Operation, known: Known) -> str | None:
    shape = known.shape(op.outputs[0])
    # Numbers are numpy's scalars: they have the method, too, but no array is one.
    return f"{{0}}.reshape({shape})" if shape else None


def _transposed(op: Operation, known: Known) -> str | None:
    axes = known.value(op.inputs[1])
    if axes is None or not known.shape(op.inputs[0]):
        return None
    return f"{{0}}.transpose({tuple(axes.tolist())})"


class _Asked:
    """In place of an array: gives back what it is indexed by."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.ndim = len(shape)

    def __getitem__(self, index: Any) -> Any:
        return index


def _part(op: Operation, known: Known) -> str | None:
    """A part by numpy's own index, which the kernel itself works out, once."""
    shape, ends = known.shape(op.inputs[0]), [known.value(t) for t in op.inputs[1:]]
    if not shape or any(end is None for end in ends):
        return None
    try:
        index = bind(op)(_Asked(shape), *ends)
    except errors.OpError:
        return None  # the step will say so
    return f"{{0}}[{known.name(f'{op.name}_at', index)}]"


# -- products and sums -----------------------------------------------------------------


def _product(op: Operation, known: Known) -> str | None:
    """A product: by BLAS at once where that takes one thread anyway."""
    a, b, c = (known.shape(t) for t in (*op.inputs, *op.outputs))
    if _dtype(op) not in _FLOATS or a is None or b is None or c is None:
        return None
    inner = a[0] if op.attrs["transpose_a"] else a[1]
    left = "{0}.T" if op.attrs["transpose_a"] else "{0}"
    right = "{1}.T" if op.attrs["transpose_b"] else "{1}"
    is_small = gemm.is_small(c[0], inner, c[1])
    multiply = np.matmul if is_small else gemm.product
    return f"{known.name('matmul', multiply)}({left}, {right})"


def _biased(op: Operation, _: Known) -> str | None:
    last = op.attrs.get("data_format", b"NHWC") != b"NCHW"
    return "{0} + {1}" if last and _dtype(op) in _PLAIN else None


def _update(op: Operation, known: Known) -> str | None:
    """One step of gradient descent, without asking again what fits."""
    shapes = [known.shape(t) for t in op.inputs]
    if _dtype(op) not in _FLOATS or shapes[0] != shapes[2] or shapes[1]:
        return None
    rate = "{1}"
    if known.value(op.inputs[1]) is not None and shapes[0]:
        rate = known.name("rate", np.asarray(known.value(op.inputs[1])))
    if op.inputs[2] in known.spare.get(op, ()):
        return f"{known.name('descend_over', _descend_over)}({{0}}, {rate}, {{2}})"
    return f"{known.name('descend', _descend)}({{0}}, {rate}, {{2}})"


def _descend_over(variable: VariableResource, rate: Any, gradient: Any) -> Any:
    """The same, with a gradient that nobody needs after it."""
    return _descend(variable, _ONE, np.multiply(rate, gradient, gradient))


def _descend(variable: VariableResource, rate: Any, gradient: Any) -> Any:
    """Change a variable against its gradient, and give its value."""
    with variable.lock:
        value = variable.settled()
        if value is None:
            text = f"Attempting to use uninitialized value {variable.name}"
            raise errors.FailedPreconditionError(None, None, text)
        step = gradient if rate is _ONE else rate * gradient
        return variable.store(value - step)


_TABLE: Final[dict[str, Writes]] = {
    "Sum": _sum,
    "Mean": _mean,
    "Prod": _reduction("multiply_reduce", np.multiply),
    "Max": _reduction("maximum_reduce", np.maximum, of_nothing=False),
    "Min": _reduction("minimum_reduce", np.minimum, of_nothing=False),
    "Reshape": _reshaped,
    "ExpandDims": _reshaped,
    "Squeeze": _reshaped,
    "Transpose": _transposed,
    "Slice": _part,
    "StridedSlice": _part,
    "MatMul": _product,
    "BiasAdd": _biased,
    "BiasAddV1": _biased,
    "ApplyGradientDescent": _update,
}
