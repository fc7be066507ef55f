"""Sparse tensors in queues: a queue holds a number, a map of the session the tensor.

Read next: `data_flow.py`.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.dtypes import int64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.ops.cond import cond
from interactive_graphs.ops.constant import constant
from interactive_graphs.ops.shape import expand_dims, squeeze

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Indices, values and dense shape."""


class SparseTensorsMap:
    """Sparse tensors by number, each of which is taken once. Thread-safe."""

    def __init__(self) -> None:
        """Empty."""
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._held: dict[int, Parts] = {}

    def add(self, parts: Parts) -> int:
        """Keep a tensor; its number."""
        with self._lock:
            number = next(self._numbers)
            self._held[number] = parts
            return number

    def take(self, number: int) -> Parts:
        """Give a tensor away.

        Raises:
            InvalidArgumentError: there is none of that number.
        """
        with self._lock:
            found = self._held.pop(number, None)
        if found is None:
            invalid(f"Unable to find SparseTensor: {number} in map")
        return found


def _map_of(ctx: Any, container: bytes, shared_name: bytes) -> SparseTensorsMap:
    found: SparseTensorsMap = ctx.resources.get_or_create(
        container, shared_name or ctx.op.name, "sparse_map", SparseTensorsMap
    )
    return found


_add_op = define(
    "AddSparseToTensorsMap",
    "sparse_indices: int64, sparse_values: T, sparse_shape: int64 -> "
    "sparse_handle: int64",
    T=Attr("type"), container="", shared_name="", shape=scalar, stateful=True,
    gradient=None, doc="Puts a sparse tensor into a map; its number there.",
)  # fmt: skip


@_add_op.kernel("CPU")
def _(
    ctx: Any,
    sparse_indices: Any,
    sparse_values: Any,
    sparse_shape: Any,
    container: bytes,
    shared_name: bytes,
) -> Any:
    parts = (sparse_indices.copy(), sparse_values.copy(), sparse_shape.copy())
    return np.int64(_map_of(ctx, container, shared_name).add(parts))


_add_many_op = define(
    "AddManySparseToTensorsMap",
    "sparse_indices: int64, sparse_values: T, sparse_shape: int64 -> "
    "sparse_handles: int64",
    T=Attr("type"), container="", shared_name="", shape=lambda _: [(None,)],
    stateful=True, gradient=None,
    doc="Puts the rows of a sparse tensor into a map; their numbers there.",
)  # fmt: skip


@_add_many_op.kernel("CPU")
def _(
    ctx: Any,
    sparse_indices: Any,
    sparse_values: Any,
    sparse_shape: Any,
    container: bytes,
    shared_name: bytes,
) -> Any:
    held = _map_of(ctx, container, shared_name)
    if len(sparse_shape) < 2:
        invalid(
            "Rank of input SparseTensor should be > 1, but saw rank: "
            f"{len(sparse_shape)}"
        )
    numbers = []
    for row in range(int(sparse_shape[0])):
        chosen = sparse_indices[:, 0] == row
        numbers.append(
            held.add(
                (
                    sparse_indices[chosen, 1:],
                    sparse_values[chosen],
                    sparse_shape[1:].copy(),
                )
            )
        )
    return np.array(numbers, np.int64)


def _taken_shape(op: Operation) -> list[Shape]:
    return [(None, None), (None,), (None,)]


_take_op = define(
    "TakeManySparseFromTensorsMap",
    "sparse_handles: int64 -> "
    "sparse_indices: int64, sparse_values: dtype, sparse_shape: int64",
    dtype=Attr("type"), container="", shared_name="", shape=_taken_shape,
    stateful=True, gradient=None,
    doc="Takes sparse tensors out of a map, stacked to one.",
)  # fmt: skip


@_take_op.kernel("CPU")
def _(ctx: Any, sparse_handles: Any, container: bytes, shared_name: bytes) -> Parts:
    held = _map_of(ctx, container, shared_name)
    return stacked([held.take(int(number)) for number in sparse_handles])


def stacked(rows: list[Parts]) -> Parts:
    """Sparse tensors of one rank as one that has them as rows.

    Args:
        rows: at least one; the result is as large as the largest of them.
    """
    if not rows:
        invalid("Must have at least 1 serialized SparseTensor")
    indices = [
        np.insert(part[0].reshape(-1, len(part[2])), 0, row, axis=1)
        for row, part in enumerate(rows)
    ]
    size = np.max([part[2] for part in rows], axis=0)
    shape = np.array([len(rows), *size], np.int64)
    values = np.concatenate([part[1] for part in rows])
    return np.concatenate(indices).astype(np.int64), values, shape


# -- in batches of examples -----------------------------------------------------------


class SparseColumn(NamedTuple):
    """What a sparse component of an example was, before it became a number.

    Attributes:
        dtype: of the values.
        rank: of an example; None when it is not known.
        map_op: the operation whose map holds it.
        is_vector: whether the queue holds vectors of one number.
    """

    dtype: Any
    rank: int | None
    map_op: Operation
    is_vector: bool


def store_sparse(
    examples: list[list[Any]], enqueue_many: bool, keep: Tensor
) -> tuple[list[list[Tensor]], list[SparseColumn | None]]:
    """Put the sparse components of examples into maps.

    Args:
        examples: a list of components each.
        enqueue_many: whether the components are several examples, stacked.
        keep: bool: whether the examples will be enqueued.

    Returns:
        The examples with numbers in place of what is sparse, and for each component
        what it was; None for a dense one.
    """
    columns: list[SparseColumn | None] = [None] * len(examples[0])
    stored = []
    for example in examples:
        row = []
        for i, value in enumerate(example):
            if isinstance(value, SparseTensor) and i < len(columns):
                value, columns[i] = _store(value, enqueue_many, keep, columns[i])
            row.append(value)
        stored.append(row)
    return stored, columns


def _store(
    sparse: SparseTensor, enqueue_many: bool, keep: Tensor, known: SparseColumn | None
) -> tuple[Tensor, SparseColumn]:
    shared = "" if known is None else known.map_op.name
    made: list[Tensor] = []

    def add() -> Tensor:
        build = raw.AddManySparseToTensorsMap if enqueue_many else (
            raw.AddSparseToTensorsMap
        )  # fmt: skip
        number: Tensor = build(
            sparse.indices, sparse.values, sparse.dense_shape, shared_name=shared
        )
        made.append(number)
        return number

    if enqueue_many or static_value(keep) is not None:
        number = add()
    else:  # nothing is kept that nobody takes out again
        number = cond(keep, add, lambda: constant(-1, int64))
    if not enqueue_many:
        number = expand_dims(number, 0)
    shape = sparse.dense_shape.static_shape
    rank = None if shape is None else shape[0]
    if rank is not None and enqueue_many:
        rank -= 1
    map_op = made[0].op if known is None else known.map_op
    return number, SparseColumn(sparse.values.dtype, rank, map_op, not enqueue_many)


def restore_sparse(
    parts: list[Tensor], columns: list[SparseColumn | None]
) -> list[Tensor | SparseTensor]:
    """Undo `store_sparse` for a batch.

    Args:
        parts: a tensor per component.
        columns: what `store_sparse` gave.
    """
    found: list[Tensor | SparseTensor] = []
    for tensor, column in zip(parts, columns, strict=True):
        if column is None:
            found.append(tensor)
            continue
        numbers = squeeze(tensor, [1]) if column.is_vector else tensor
        indices, values, shape = raw.TakeManySparseFromTensorsMap(
            numbers, dtype=column.dtype, shared_name=column.map_op.name
        )
        if column.rank is not None:
            indices.set_shape((None, column.rank + 1))
            shape.set_shape((column.rank + 1,))
        found.append(SparseTensor(indices, values, shape))
    return found
