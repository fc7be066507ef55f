"""`Dataset.padded_batch`: what to pad to, and with what.

Read next: `recipes.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.data import nest
from interactive_graphs.data.recipes import Recipe, Source, partial_shape
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import DType, bool as bool_, int64, string
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    from_static,
    to_static,
)


def padded(
    source: Source,
    batch_size: Any,
    padded_shapes: Any,
    padding_values: Any,
    drop_remainder: Any,
) -> Recipe:
    """Batches of elements that are padded to one shape."""
    inner = source._structure
    if any(kind is SparseTensor for _, _, kind in inner.leaves):
        raise TypeError("Batching of padded sparse tensors is not currently supported")
    size = convert_to_tensor(batch_size, int64, "batch_size")
    given = nest.pack_up_to(inner.types, padded_shapes)
    shapes = [
        _shape(wish, shape)
        for wish, (_, shape, _) in zip(given, inner.leaves, strict=True)
    ]
    values = _padding(inner.types, padding_values)
    flag = convert_to_tensor(drop_remainder, bool_, "drop_remainder")
    known = static_value(size) if static_value(flag) else None
    outer = None if known is None else int(known)
    statics = [TensorShape([outer]).concatenate(_static(shape)) for shape in shapes]
    structure = inner._replace(shapes=nest.pack(inner.types, statics))

    def build() -> Tensor:
        parts = (source._as_variant_tensor(), size, shapes, values, flag)
        shape_attr = structure.flat_shapes
        made: Tensor = raw.PaddedBatchDatasetV2(*parts, output_shapes=shape_attr)
        return made

    return Recipe("PaddedBatchDataset", structure, build)


def _shape(wish: Any, component: TensorShape) -> Tensor:
    """A shape to pad to as numbers, held against what is known of the component."""
    try:
        static: Shape = to_static(wish)
    except (TypeError, ValueError):
        tensor = convert_to_tensor(wish)
        if tensor.shape.ndims is not None and tensor.shape.ndims != 1:
            raise ValueError(
                f"Padded shape {wish} must be a 1-D tensor of tf.int64 values, but its "
                f"shape is {tensor.shape}."
            ) from None
        if tensor.dtype not in (int64,) and not tensor.dtype.is_integer:
            raise TypeError(
                f"Padded shape {wish} must be a 1-D tensor of tf.int64 values, but its "
                f"element type is {tensor.dtype.name}."
            ) from None
        return raw.Cast(tensor, DstT=int64)  # type: ignore[no-any-return]
    if isinstance(wish, Tensor):
        return partial_shape(wish)
    known = to_static(component)
    if static is not None and known is not None:
        fits = len(static) == len(known) and all(
            m is None or n is None or m >= n for m, n in zip(static, known, strict=True)
        )
        if not fits:
            raise ValueError(
                f"The padded shape {from_static(static)} is not compatible with the "
                f"shape {component} of the corresponding input component."
            )
    return partial_shape(static)


def _static(shape: Tensor) -> TensorShape:
    value = static_value(shape)
    if value is None:
        size = shape.shape[0].value if shape.shape.ndims == 1 else None
        return TensorShape(None if size is None else [None] * size)
    return from_static(tuple(int(n) if n >= 0 else None for n in value))


def _padding(types: Any, given: Any) -> list[Tensor]:
    """A scalar to fill up with for each component."""
    flat_types: list[DType] = nest.flatten(types)
    if given is None:
        given = nest.pack(types, [_default(t) for t in flat_types])
    elif not nest.is_structure(given) and len(flat_types) > 1:
        given = nest.pack(types, [given] * len(flat_types))
    found = []
    for value, dtype in zip(nest.pack_up_to(types, given), flat_types, strict=True):
        tensor = convert_to_tensor(
            _default(dtype) if value is None else value, name="padding_value"
        )
        if tensor.shape.ndims not in (None, 0):
            raise ValueError(
                f"Padding value should be a scalar, but got {tensor} with shape "
                f"{tensor.shape}."
            )
        if tensor.dtype is not dtype:
            raise TypeError(
                f"Padding value tensor ({tensor}) does not match output type: "
                f"{dtype.name}"
            )
        found.append(tensor)
    return found


def _default(dtype: DType) -> Any:
    return b"" if dtype is string else np.zeros((), dtype.np_dtype)
