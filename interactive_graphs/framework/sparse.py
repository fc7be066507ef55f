"""SparseTensor and IndexedSlices: several tensors that mean one value.

They are not tensors: fetches and feeds take them apart into their components and put
values together again (`SparseTensorValue`, `IndexedSlicesValue`).
Read next: `../client/conversions.py`.
"""

from __future__ import annotations

import warnings
from collections import namedtuple
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.constant_value import (
    constant_value,
    static_shape_value,
    static_value,
)
from interactive_graphs.framework.convert import (
    convert_to_tensor,
    register_tensor_conversion_function,
)
from interactive_graphs.framework.dtypes import DType, as_dtype, int64
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.stacks import session_for
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, TensorShape, from_static

SparseTensorValue = namedtuple(
    "SparseTensorValue", ["indices", "values", "dense_shape"]
)
SparseTensorValue.__doc__ = """The value of a SparseTensor.

Attributes:
    indices: int64, `[n, rank]`.
    values: any dtype, `[n]`.
    dense_shape: int64, `[rank]`.
"""

IndexedSlicesValue = namedtuple(
    "IndexedSlicesValue", ["values", "indices", "dense_shape"]
)
IndexedSlicesValue.__doc__ = """The value of IndexedSlices.

Attributes:
    values: any dtype, `[n, ...]`.
    indices: integer, `[n]`.
    dense_shape: integer, `[rank]`, or None.
"""


class SparseTensor:
    """A tensor given by the places and values of what is not zero.

    Args:
        indices: int64, `[n, rank]`, one row per value.
        values: any dtype, `[n]`.
        dense_shape: int64, `[rank]`.

    Raises:
        ValueError: the components' static shapes contradict each other.

    Example:
        >>> import interactive_graphs as tf
        >>> s = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
        >>> with tf.Session() as sess:
        ...     sess.run(s).values
        array([5.], dtype=float32)
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        """See the class."""
        graph = graph_of((indices, values, dense_shape))
        # Where there is nothing to make, the scope's name is used up too, as in TF1.
        with graph.as_default(), graph.name_scope("SparseTensor"):
            self.indices: Tensor = convert_to_tensor(indices, int64, "indices")
            self.values: Tensor = convert_to_tensor(values, name="values")
            self.dense_shape: Tensor = convert_to_tensor(
                dense_shape, int64, "dense_shape"
            )
        where = self.indices.shape.with_rank(2)
        self.values.shape.with_rank(1)
        rank = self.dense_shape.shape.with_rank(1)
        where[0].merge_with(self.values.shape[0])
        where[1].merge_with(rank[0])

    @classmethod
    def from_value(cls, value: Any) -> SparseTensor:
        """A SparseTensor from a SparseTensor or SparseTensorValue.

        Raises:
            TypeError: it is neither.
        """
        if isinstance(value, SparseTensor):
            return value
        if not isinstance(value, SparseTensorValue):
            raise TypeError(
                "Neither a SparseTensor nor SparseTensorValue: " + repr(value) + "."
            )
        return cls(value.indices, value.values, value.dense_shape)

    @property
    def dtype(self) -> DType:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def op(self) -> Operation:
        """The operation that gives the values."""
        return self.values.op

    @property
    def graph(self) -> Graph:
        """The graph of the components."""
        return self.values.graph

    @property
    def shape(self) -> TensorShape:
        """The dense shape as far as it is known."""
        return self.get_shape()

    def get_shape(self) -> TensorShape:
        """The dense shape as far as it is known; `dense_shape` is unfeedable then."""
        value = constant_value(self.dense_shape)
        if value is None:
            return TensorShape(static_shape_value(self.dense_shape))
        return TensorShape([None if d < 0 else d for d in value.tolist()])

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value, a SparseTensorValue; see `Tensor.eval`."""
        chosen = session_for(
            session,
            self.graph,
            "evaluate tensor",
            "eval()",
            "the tensor's",
            "`with sess.as_default()`",
        )
        return chosen.run(self, feed_dict)

    def __repr__(self) -> str:
        """TF1's form."""
        return (
            f"SparseTensor(indices={self.indices}, values={self.values}, "
            f"dense_shape={self.dense_shape})"
        )


class IndexedSlices:
    """Some slices of a larger tensor, as the gradient of a gather is.

    Args:
        values: `[n, ...]`, the slices.
        indices: integer, `[n]`, where they belong along the first axis.
        dense_shape: integer, `[rank]`, the shape of the whole, or None.
    """

    def __init__(
        self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None
    ) -> None:
        """See the class."""
        self.values = values
        self.indices = indices
        self.dense_shape = dense_shape

    @property
    def dtype(self) -> DType:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def static_shape(self) -> Shape:
        """The dense shape as far as it is known, as `Tensor.static_shape`."""
        if self.dense_shape is None:
            rest = self.values.static_shape
            return None if rest is None else (None, *rest[1:])
        return static_shape_value(self.dense_shape)

    @property
    def shape(self) -> TensorShape:
        """The dense shape as far as it is known."""
        return from_static(self.static_shape)

    def get_shape(self) -> TensorShape:
        """The same as `shape`."""
        return self.shape

    @property
    def name(self) -> str:
        """The values' name."""
        return self.values.name

    @property
    def device(self) -> str:
        """The device asked for the values."""
        return self.values.device

    @property
    def op(self) -> Operation:
        """The operation that gives the values."""
        return self.values.op

    @property
    def graph(self) -> Graph:
        """The graph of the values."""
        return self.values.graph

    def __neg__(self) -> IndexedSlices:
        """The slices negated."""
        return IndexedSlices(-self.values, self.indices, self.dense_shape)

    def __str__(self) -> str:
        """TF1's form."""
        shape = "" if self.dense_shape is None else f", dense_shape={self.dense_shape}"
        return f"IndexedSlices(indices={self.indices}, values={self.values}{shape})"


LARGE_SPARSE_ELEMENTS = 100_000_000


def dense_from_slices(
    value: IndexedSlices, dtype: DType | None, name: str | None, as_ref: bool
) -> Tensor:
    """IndexedSlices as a dense tensor; slices of one index are added.

    Raises:
        ValueError: the dense shape is unknown, or the dtype is another.
    """
    del as_ref
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with "
            f"dtype {value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(
            "Tensor conversion requested for IndexedSlices without dense_shape: "
            f"{value}"
        )
    shape = static_value(value.dense_shape)
    if shape is None:
        warnings.warn(
            "Converting sparse IndexedSlices to a dense Tensor of unknown shape. This "
            "may consume a large amount of memory.",
            stacklevel=4,
        )
    elif int(shape.prod()) >= LARGE_SPARSE_ELEMENTS:
        warnings.warn(
            "Converting sparse IndexedSlices to a dense Tensor with "
            f"{int(shape.prod())} elements. This may consume a large amount of memory.",
            stacklevel=4,
        )
    first = raw.StridedSlice(value.dense_shape, [0], [1], [1], shrink_axis_mask=1)
    dense: Tensor = raw.UnsortedSegmentSum(
        value.values, value.indices, first, name=name
    )
    return dense


register_tensor_conversion_function(IndexedSlices, dense_from_slices)


def convert_to_tensor_or_sparse_tensor(
    value: Any, dtype: Any = None, name: str | None = None
) -> Tensor | SparseTensor:
    """A value as a Tensor, or as a SparseTensor where it is sparse.

    Args:
        value: a SparseTensor, a SparseTensorValue, or what makes a Tensor.
        dtype: the dtype it must have; its own when None.
        name: the node's name, where a constant is made.

    Returns:
        A SparseTensor for sparse values, else a Tensor.

    Raises:
        RuntimeError: a sparse value is of another dtype.
    """
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        return convert_to_tensor(value, dtype, name)
    wanted = None if dtype is None else as_dtype(dtype)
    if wanted is not None and not wanted.is_compatible_with(value.dtype):
        raise RuntimeError(
            f"Sparse dtype mismatch. Requested: {wanted.name},  "
            f"Actual: {value.dtype.name}"
        )
    return value


def convert_to_tensor_or_indexed_slices(
    value: Any, dtype: Any = None, name: str | None = None
) -> Tensor | IndexedSlices:
    """A value as a Tensor; IndexedSlices stay what they are.

    Args:
        value: IndexedSlices, or what makes a Tensor.
        dtype: the dtype it must have; its own when None.
        name: the node's name, where a constant is made.

    Returns:
        The IndexedSlices, or a Tensor.

    Raises:
        ValueError: it is of another dtype.
    """
    if not isinstance(value, IndexedSlices):
        return convert_to_tensor(value, dtype, name)
    wanted = None if dtype is None else as_dtype(dtype)
    if wanted is not None and not wanted.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype "
            f"{value.dtype.name}: {str(value)!r}"
        )
    return value
