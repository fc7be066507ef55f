"""Sums of gradients: what to do when a tensor was used more than once.

Dense gradients are added, IndexedSlices are joined, and a mixture becomes dense. Read
next: `custom.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs.framework import raw
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor


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
