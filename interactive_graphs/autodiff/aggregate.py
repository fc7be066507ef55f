"""What comes in to a tensor: the gradient that all begins with, and sums of several.

A y's own gradient is ones, or what the caller of `gradients` gave. Where a tensor was
used more than once, dense gradients are added, IndexedSlices are joined, and a mixture
becomes dense. Read next: `custom.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor


def start_of(y: Tensor, weight: Any, index: int) -> Any:
    """The gradient with respect to `y` itself: what was given, else ones.

    Raises:
        TypeError: `weight` is not of the kind of `y`; or there is none and `y` is
            complex, where ones would be arbitrary.
    """
    dtype = y.dtype.base_dtype
    name = f"grad_ys_{index}"
    if weight is None:
        if dtype.is_complex:
            raise TypeError(
                f"Gradients of complex tensors must set grad_ys (y.dtype = {dtype!r})"
            )
        if not (dtype.is_floating or dtype.is_integer):
            return None
        return raw.Fill(raw.Shape(y), convert(1, dtype, name), name="Fill")
    if not isinstance(weight, IndexedSlices):
        weight = convert(weight, None, name, preferred=dtype)
    _check_kind(y, dtype, weight.dtype)
    return weight


def _check_kind(y: Tensor, dtype: DType, given: DType) -> None:
    if dtype.is_floating or dtype.is_integer:
        if not (given.is_floating or given.is_integer):
            raise TypeError(
                f"Gradient type {given.name} generated for real or integer-valued "
                f"tensor {y} with type {dtype.name} must be real or integer"
            )
    elif dtype.is_complex:
        if not given.is_complex:
            raise TypeError(
                f"Gradient type {given.name} generated for complex-valued tensor {y} "
                f"with type {dtype.name} must be complex"
            )
    else:
        raise TypeError(
            f"Tensor {y} with type {dtype.name} must be numeric to obtain a default "
            "gradient"
        )


class AggregationMethod:
    """How `gradients` adds up; the results are equal.

    Attributes:
        ADD_N: all terms at once, when the last is there.
        DEFAULT: the same as ADD_N.
        EXPERIMENTAL_TREE: two at a time, so that terms can be freed early.
        EXPERIMENTAL_ACCUMULATE_N: here the same as EXPERIMENTAL_TREE.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant(3.0)
        >>> tree = tf.AggregationMethod.EXPERIMENTAL_TREE
        >>> (dx,) = tf.gradients(x * x, x, aggregation_method=tree)
        >>> with tf.Session() as sess:
        ...     sess.run(dx)
        np.float32(6.0)
    """

    ADD_N: Final = 0
    DEFAULT: Final = ADD_N
    EXPERIMENTAL_TREE: Final = 1
    EXPERIMENTAL_ACCUMULATE_N: Final = 2


def aggregate(terms: list[Any], method: int | None, tensor: Tensor) -> Any:
    """The sum of two or more gradients of one tensor.

    Args:
        terms: Tensors of one dtype and shape, and IndexedSlices of such.
        method: one of `AggregationMethod`; the default when None.
        tensor: what they are the gradients of.

    Returns:
        A Tensor; IndexedSlices when all terms are.

    Raises:
        ValueError: there is no such method.
    """
    if method not in (None, 0, 1, 2):
        raise ValueError(f"Invalid aggregation_method specified {method}.")
    if all(type(term) is IndexedSlices for term in terms):
        return _joined(terms)
    if not method:
        return raw.AddN(terms, name="AddN")
    graph = tensor.graph
    with graph.name_scope(tensor.op.name + "_gradient_sum"):
        total = terms[0]
        for term in terms[1:]:
            total = raw.AddN([total, term], name="AddN")
    return total


def _joined(terms: list[IndexedSlices]) -> IndexedSlices:
    """All slices one after the other; an index may come twice."""
    indices = [term.indices for term in terms]
    if len({index.dtype for index in indices}) > 1:
        indices = [raw.Cast(index, DstT="int64") for index in indices]
    shapes = [t.dense_shape for t in terms if t.dense_shape is not None]
    return IndexedSlices(
        raw.ConcatV2([term.values for term in terms], 0, name="concat"),
        raw.ConcatV2(indices, 0, name="concat"),
        shapes[0] if shapes else None,
    )
