"""Sparse tensors in one array of three: indices, values and shape, one after the other.

The three are arrays (of dtype variant) or TensorProtos (of dtype string). Several such
threes, `[..., 3]`, are one sparse tensor with more dimensions in front.
Read next: `../../ops/sparse_serialize.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_proto import (
    array_in_bytes,
    array_to_bytes_proto,
)


def serialize(indices: Any, values: Any, shape: Any, as_text: bool) -> np.ndarray:
    """One sparse tensor as an array of three."""
    held = np.empty(3, object)
    for i, part in enumerate((indices, values, shape)):
        held[i] = array_to_bytes_proto(part).SerializeToString() if as_text else part
    return held


def serialize_rows(indices: Any, values: Any, shape: Any, as_text: bool) -> np.ndarray:
    """The rows of a sparse tensor, `[rows, 3]`."""
    if len(shape) < 2:
        invalid(f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}")
    rows = int(shape[0])
    if len(indices) and (np.diff(indices[:, 0]) < 0).any():
        invalid("indices are out of order. Many sparse ops require sorted indices.")
    held = np.empty((rows, 3), object)
    bounds = np.searchsorted(indices[:, 0], np.arange(rows + 1))
    for row in range(rows):
        a, b = bounds[row], bounds[row + 1]
        held[row] = serialize(
            indices[a:b, 1:].copy(), values[a:b].copy(), shape[1:].copy(), as_text
        )
    return held


def deserialize(serialized: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """The sparse tensor of `[..., 3]`.

    Args:
        serialized: arrays or the bytes of TensorProtos.
        dtype: the numpy dtype of the values.

    Raises:
        InvalidArgumentError: the parts do not fit together, or are none.
    """
    serialized = np.asarray(serialized, object)
    if serialized.ndim < 1 or serialized.shape[-1] != 3:
        invalid(
            "Serialized sparse should have 3 as the last dimension "
            f"{list(serialized.shape)}"
        )
    outer = serialized.shape[:-1]
    parts = [_parts(row, dtype) for row in serialized.reshape(-1, 3)]
    if not outer:
        return parts[0]
    if not parts:
        invalid("Must have at least 1 serialized SparseTensor to deserialize.")
    rank = len(parts[0][2])
    if any(len(shape) != rank for _, _, shape in parts):
        invalid("Inconsistent rank across SparseTensors")
    places = np.indices(outer).reshape(len(outer), -1).T
    indices = [
        np.concatenate([np.broadcast_to(place, (len(i), len(outer))), i], 1)
        for place, (i, _, _) in zip(places, parts, strict=True)
    ]
    shape = np.max([s for _, _, s in parts], 0)
    return (
        np.concatenate(indices).astype(np.int64),
        np.concatenate([v for _, v, _ in parts]),
        np.concatenate([outer, shape]).astype(np.int64),
    )


def _parts(row: np.ndarray, dtype: Any) -> tuple[Any, Any, Any]:
    found = [_array(part) for part in row]
    indices, values, shape = found
    if indices.ndim != 2 or values.ndim != 1 or shape.ndim != 1:
        invalid("Expected the parts of a sparse tensor: a matrix and two vectors")
    if indices.shape != (len(values), len(shape)):
        invalid(
            f"Expected {len(values)} indices of {len(shape)} numbers, got "
            f"{list(indices.shape)}"
        )
    if values.dtype != dtype:
        invalid(
            f"Requested SparseTensor of type {np.dtype(dtype)} but values are of type "
            f"{values.dtype}"
        )
    return indices, values, shape


def _array(part: Any) -> np.ndarray:
    if isinstance(part, np.ndarray):
        return part
    array = array_in_bytes(part)
    if array is None:
        invalid("Could not parse serialized proto")
    return array
