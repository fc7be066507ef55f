"""Sets in the last dimension: `tf.sets`, and `tf.edit_distance` of sequences there.

The work is done in `kernels/cpu/sets.py`. Read next: `../kernels/cpu/sets.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    int8,
    int16,
    int32,
    int64,
    string,
    uint8,
    uint16,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import at_least_rank
from interactive_graphs.framework.sparse import SparseTensor, SparseTensorValue
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.kernels.cpu import sets as cpu

_ELEMENTS: Final = (int8, int16, int32, int64, uint8, uint16, string)
_T: Final = types(_ELEMENTS)
_OPERATION: Final = Attr("string")

# -- the ops --------------------------------------------------------------------------


def _rank_of(shape: Shape) -> int | None:
    """The rank that the shape of a sparse tensor's dense_shape tells."""
    return None if shape is None or len(shape) != 1 else shape[0]


def _result_shape(op: Operation) -> list[Shape]:
    rank: int | None = None
    for tensor in op.inputs:
        if _is_dense(op, tensor):
            shape = at_least_rank(tensor.static_shape, 2)
            rank = rank if shape is None else len(shape)
    if op.type == "DenseToDenseSetOperation":
        one, other = (t.static_shape for t in op.inputs)
        if one is not None and other is not None:
            merge(one[:-1], other[:-1])
    if rank is None:
        rank = _rank_of(op.inputs[-1].static_shape)
    return [(None, rank), (None,), (rank,)]


def _is_dense(op: Operation, tensor: Tensor) -> bool:
    count = {"DenseToDenseSetOperation": 2, "DenseToSparseSetOperation": 1}
    return any(tensor is x for x in op.inputs[: count.get(op.type, 0)])


def _check_operation(set_operation: bytes) -> str:
    name = set_operation.decode()
    if name not in cpu.OPERATIONS:
        invalid(f"Invalid set_operation {name}.")
    return name


def _same_groups(a: Any, b: Any) -> tuple[int, ...]:
    one, other = tuple(a)[:-1], tuple(b)[:-1]
    if one != other:
        invalid(f"Mismatched shapes {format_list(one)} vs {format_list(other)}")
    return tuple(int(n) for n in one)


dense_op = define(
    "DenseToDenseSetOperation",
    "set1: T, set2: T -> result_indices: int64, result_values: T, result_shape: int64",
    set_operation=_OPERATION, validate_indices=True, T=_T, shape=_result_shape,
    gradient=None, doc="An operation on the sets in two tensors.",
)  # fmt: skip


@dense_op.kernel("CPU")
def _(set1: np.ndarray, set2: np.ndarray, set_operation: bytes) -> Any:
    operation = _check_operation(set_operation)
    shape = _same_groups(set1.shape, set2.shape)
    return cpu.combine(
        cpu.dense_groups(set1), cpu.dense_groups(set2), shape, operation, set1.dtype
    )


mixed_op = define(
    "DenseToSparseSetOperation",
    "set1: T, set2_indices: int64, set2_values: T, set2_shape: int64 -> "
    "result_indices: int64, result_values: T, result_shape: int64",
    set_operation=_OPERATION, validate_indices=True, T=_T, shape=_result_shape,
    gradient=None, doc="An operation on the sets in two tensors.",
)  # fmt: skip


@mixed_op.kernel("CPU")
def _(
    set1: np.ndarray,
    set2_indices: np.ndarray,
    set2_values: np.ndarray,
    set2_shape: np.ndarray,
    set_operation: bytes,
    validate_indices: bool,
) -> Any:
    operation = _check_operation(set_operation)
    if validate_indices:
        cpu.check_indices(set2_indices, set2_shape)
    shape = _same_groups(set1.shape, set2_shape.tolist())
    second = cpu.sparse_groups(set2_indices, set2_values)
    return cpu.combine(cpu.dense_groups(set1), second, shape, operation, set1.dtype)


sparse_op = define(
    "SparseToSparseSetOperation",
    "set1_indices: int64, set1_values: T, set1_shape: int64, set2_indices: int64, "
    "set2_values: T, set2_shape: int64 -> result_indices: int64, result_values: T, "
    "result_shape: int64",
    set_operation=_OPERATION, validate_indices=True, T=_T, shape=_result_shape,
    gradient=None, doc="An operation on the sets in two tensors.",
)  # fmt: skip


@sparse_op.kernel("CPU")
def _(
    set1_indices: np.ndarray,
    set1_values: np.ndarray,
    set1_shape: np.ndarray,
    set2_indices: np.ndarray,
    set2_values: np.ndarray,
    set2_shape: np.ndarray,
    set_operation: bytes,
    validate_indices: bool,
) -> Any:
    operation = _check_operation(set_operation)
    if validate_indices:
        cpu.check_indices(set1_indices, set1_shape)
        cpu.check_indices(set2_indices, set2_shape)
    shape = _same_groups(set1_shape.tolist(), set2_shape.tolist())
    return cpu.combine(
        cpu.sparse_groups(set1_indices, set1_values),
        cpu.sparse_groups(set2_indices, set2_values),
        shape,
        operation,
        set1_values.dtype,
    )


size_op = define(
    "SetSize",
    "set_indices: int64, set_values: T, set_shape: int64 -> size: int32",
    validate_indices=True, T=_T, gradient=None,
    doc="How many different elements sets have.",
)  # fmt: skip


@size_op.kernel("CPU")
def _(
    set_indices: np.ndarray,
    set_values: np.ndarray,
    set_shape: np.ndarray,
    validate_indices: bool,
) -> np.ndarray:
    if validate_indices:
        cpu.check_indices(set_indices, set_shape)
    groups = cpu.sparse_groups(set_indices, set_values)
    return cpu.sizes(groups, tuple(set_shape.tolist()[:-1]))


def _distance_shape(op: Operation) -> list[Shape]:
    ranks = [_rank_of(op.inputs[i].static_shape) for i in (2, 5)]
    for word, rank in zip(("Hypothesis", "Truth"), ranks, strict=True):
        if rank is not None and rank < 2:
            raise ValueError(
                f"Input {word} SparseTensors must have rank at least 2, but "
                f"{word.lower()}_shape rank is: {rank}"
            )
    if None not in ranks and ranks[0] != ranks[1]:
        raise ValueError(
            "Num elements of hypothesis_shape does not match truth_shape: "
            f"{ranks[0]} vs. {ranks[1]}"
        )
    known = ranks[0] if ranks[1] is None else ranks[1]
    return [None if known is None else (None,) * (known - 1)]


edit_distance_op = define(
    "EditDistance",
    "hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, "
    "truth_indices: int64, truth_values: T, truth_shape: int64 -> output: float32",
    normalize=True, T=Attr("type"), shape=_distance_shape, gradient=None,
    doc="How many changes make one sequence another.",
)  # fmt: skip


@edit_distance_op.kernel("CPU")
def _(
    hypothesis_indices: np.ndarray,
    hypothesis_values: np.ndarray,
    hypothesis_shape: np.ndarray,
    truth_indices: np.ndarray,
    truth_values: np.ndarray,
    truth_shape: np.ndarray,
    normalize: bool,
) -> np.ndarray:
    cpu.check_indices(hypothesis_indices, hypothesis_shape)
    cpu.check_indices(truth_indices, truth_shape)
    largest = np.maximum(hypothesis_shape, truth_shape)
    return cpu.edit_distances(
        cpu.sparse_groups(hypothesis_indices, hypothesis_values),
        cpu.sparse_groups(truth_indices, truth_values),
        tuple(largest.tolist()[:-1]),
        normalize,
    )


# -- public functions -----------------------------------------------------------------


def _parts(sparse: SparseTensor) -> tuple[Tensor, Tensor, Tensor]:
    return sparse.indices, sparse.values, sparse.dense_shape


def _as_set(value: Any, word: str) -> Any:
    """A tensor or a sparse one whose elements can be compared.

    Raises:
        TypeError: they cannot.
    """
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    found = value if isinstance(value, SparseTensor) else convert(value, None, word)
    if found.dtype.base_dtype not in _ELEMENTS:
        raise TypeError(
            f"'{word}' has invalid dtype {found.dtype!r}, not in supported dtypes: "
            f"{', '.join(sorted(t.name for t in _ELEMENTS))}."
        )
    return found


def _operate(a: Any, b: Any, operation: str, validate_indices: bool) -> SparseTensor:
    one, other = _as_set(a, "a"), _as_set(b, "b")
    if isinstance(one, SparseTensor) and not isinstance(other, SparseTensor):
        # There is no op with the sparse one first.
        one, other = other, one
        operation = {"a-b": "b-a", "b-a": "a-b"}.get(operation, operation)
    attrs = {"set_operation": operation, "validate_indices": validate_indices}
    if isinstance(one, SparseTensor):
        parts = raw.SparseToSparseSetOperation(*_parts(one), *_parts(other), **attrs)
    elif isinstance(other, SparseTensor):
        parts = raw.DenseToSparseSetOperation(one, *_parts(other), **attrs)
    else:
        parts = raw.DenseToDenseSetOperation(one, other, **attrs)
    return SparseTensor(*parts)


def set_size(a: Any, validate_indices: bool = True) -> Tensor:
    """How many different elements there are in each last dimension.

    Args:
        a: a SparseTensor of integers or strings.
        validate_indices: whether to check that its indices are in order.

    Returns:
        int32, of the shape of `a` without its last dimension.

    Raises:
        TypeError: it is no SparseTensor.
    """
    if isinstance(a, SparseTensorValue):
        a = SparseTensor.from_value(a)
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    found = _as_set(a, "a")
    result: Tensor = raw.SetSize(*_parts(found), validate_indices=validate_indices)
    return result


def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in both, for each last dimension.

    Args:
        a: a tensor or SparseTensor of integers or strings.
        b: of the same dtype, and of the same shape but for the last dimension.
        validate_indices: whether to check that indices are in order.

    Returns:
        A SparseTensor; each last dimension has its elements in order.

    Example:
        >>> import interactive_graphs as tf
        >>> both = tf.sets.set_intersection([[1, 2, 3]], [[3, 1, 5]])
        >>> with tf.Session() as sess:
        ...     sess.run(both).values
        array([1, 3], dtype=int32)
    """
    return _operate(a, b, "intersection", validate_indices)


def set_difference(
    a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True
) -> SparseTensor:
    """The elements that are in one only, for each last dimension.

    Args:
        a: a tensor or SparseTensor of integers or strings.
        b: of the same dtype, and of the same shape but for the last dimension.
        aminusb: whether in the first, or in the second.
        validate_indices: whether to check that indices are in order.

    Returns:
        A SparseTensor; each last dimension has its elements in order.
    """
    return _operate(a, b, "a-b" if aminusb else "b-a", validate_indices)


def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in one at least, for each last dimension.

    Args:
        a: a tensor or SparseTensor of integers or strings.
        b: of the same dtype, and of the same shape but for the last dimension.
        validate_indices: whether to check that indices are in order.

    Returns:
        A SparseTensor; each last dimension has its elements in order.
    """
    return _operate(a, b, "union", validate_indices)


def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str = "edit_distance"
) -> Tensor:
    """How many insertions, deletions and replacements make one sequence another.

    Args:
        hypothesis: a SparseTensor, whose last dimension is a sequence.
        truth: a SparseTensor of that dtype and rank.
        normalize: whether to divide by the length of the second, infinite where it is
            empty and the first is not.
        name: the node's name.

    Returns:
        float32, of their shape without the last dimension.

    Raises:
        TypeError: they are no SparseTensors.

    Example:
        >>> import interactive_graphs as tf
        >>> def word(text):
        ...     places = [[0, i] for i in range(len(text))]
        ...     return tf.SparseTensor(places, list(text), [1, len(text)])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.edit_distance(word("kitten"), word("sitting"), False))
        array([3.], dtype=float32)
    """
    found: list[Tensor] = []
    for word, value in (("Hypothesis", hypothesis), ("Truth", truth)):
        if isinstance(value, SparseTensorValue):
            value = SparseTensor.from_value(value)
        if not isinstance(value, SparseTensor):
            raise TypeError(f"{word} must be a SparseTensor.")
        found += _parts(value)
    result: Tensor = raw.EditDistance(*found, normalize=normalize, name=name)
    return result
