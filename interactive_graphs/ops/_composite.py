"""What goes through branches and loops in parts.

A SparseTensor goes as its three components, IndexedSlices as theirs, a TensorArray as
its flow; everything else is converted to a tensor. Read next: `cond.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from interactive_graphs._util import lazy, nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.sparse import IndexedSlices, SparseTensor
from interactive_graphs.framework.tensor import Tensor


def is_tensor_array(leaf: Any) -> bool:
    """Whether `leaf` is a TensorArray, whose module need not be loaded to tell."""
    return hasattr(leaf, "flow") and hasattr(leaf, "handle")


def components(leaf: Any) -> list[Tensor]:
    """The tensors that `leaf` consists of.

    Raises:
        TypeError: it is neither a composite nor convertible to a tensor.
        ValueError: it is None.
    """
    if isinstance(leaf, SparseTensor):
        return [leaf.indices, leaf.values, leaf.dense_shape]
    if isinstance(leaf, IndexedSlices):
        parts = [leaf.values, leaf.indices]
        return parts if leaf.dense_shape is None else [*parts, leaf.dense_shape]
    return [leaf.flow] if is_tensor_array(leaf) else [convert(leaf)]


def _rebuilt(leaf: Any, tensors: Iterator[Tensor]) -> Any:
    if isinstance(leaf, SparseTensor):
        return SparseTensor(next(tensors), next(tensors), next(tensors))
    if isinstance(leaf, IndexedSlices):
        values, indices = next(tensors), next(tensors)
        shape = None if leaf.dense_shape is None else next(tensors)
        return IndexedSlices(values, indices, shape)
    if is_tensor_array(leaf):
        module = lazy.load("interactive_graphs.ops.tensor_array")
        return module.with_flow(leaf, next(tensors))
    return next(tensors)


def kind(leaf: Any) -> Any:
    """What two leaves that can stand for each other have in common."""
    if isinstance(leaf, IndexedSlices):
        return IndexedSlices, leaf.dense_shape is None
    if isinstance(leaf, SparseTensor):
        return SparseTensor
    return type(leaf) if is_tensor_array(leaf) else Tensor


def flatten(structure: Any) -> list[Tensor]:
    """The tensors of all leaves of a structure, in order."""
    return [t for leaf in nest.flatten(structure) for t in components(leaf)]


def pack(structure: Any, tensors: Iterable[Tensor]) -> Any:
    """A structure like `structure` of other tensors, as many as `flatten` gives."""
    remaining = iter(tensors)
    leaves = [_rebuilt(leaf, remaining) for leaf in nest.flatten(structure)]
    return nest.pack_sequence_as(structure, leaves)
