"""Checkpoints in TensorFlow's first form: one table that holds the values, too.

Programs of 2016 wrote them, `Saver(write_version=tf.train.SaverDef.V1)` still does. The
empty key has a list of all tensors; each part of one has an entry of its own, with the
values in a TensorProto. Read next: `tensor_bundle.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, NoReturn, cast

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs.formats import bundle_types, commit, table
from interactive_graphs.formats.parts import assemble
from interactive_graphs.formats.tensor_slice import TensorSlice

# Where a TensorProto has its values, by the number of the dtype; int_val if not here.
_FIELDS: Final = {
    1: "float_val", 2: "double_val", 7: "string_val", 8: "scomplex_val", 9: "int64_val",
    10: "bool_val", 14: "half_val", 18: "dcomplex_val", 19: "half_val",
    22: "uint32_val", 23: "uint64_val",
}  # fmt: skip
_HALVES: Final = (14, 19)
_COMPLEX: Final = {8: np.float32, 18: np.float64}

Item = tuple[str, tuple[int, ...], TensorSlice, Any, int]
"""Name and shape of the whole, the part, its elements, the number of their dtype."""


def write(path: str, items: Iterable[Item]) -> None:
    """Write a checkpoint of this form.

    Args:
        path: the file.
        items: the parts of tensors, those of one tensor next to each other.

    Raises:
        OpError: it cannot be written.
    """
    first = protos.SavedTensorSlices()
    first.meta.versions.producer = 1
    entries: dict[bytes, bytes] = {}
    metas: dict[str, Any] = {}
    for name, shape, part, value, dtype in items:
        if name not in metas:
            metas[name] = first.meta.tensor.add(name=name, type=cast(Any, dtype))
            metas[name].shape.SetInParent()
            for size in shape:
                metas[name].shape.dim.add(size=size)
        metas[name].slice.append(part.to_proto())
        held = protos.SavedTensorSlices()
        held.data.name = name
        held.data.slice.CopyFrom(part.to_proto())
        _fill(held.data.data, value, dtype)
        key = part.key(name)
        if key in entries:
            raise errors.InvalidArgumentError(
                None, None, f"Adding duplicate slice: {name} {part}"
            )
        entries[key] = held.SerializeToString()
    data = [(key, entries[key]) for key in sorted(entries)]
    with errors_of_files():
        commit.write_atomic(
            path, table.build([(b"", first.SerializeToString()), *data])
        )


def _fill(message: Any, value: Any, dtype: int) -> None:
    """Put elements into the field of their dtype."""
    message.SetInParent()
    flat = np.ravel(value)
    if dtype != bundle_types.STRING:
        flat = flat.astype(bundle_types.numpy_form(dtype), copy=False)
    if dtype in _HALVES:
        flat = flat.view(np.uint16)
    elif dtype in _COMPLEX:
        flat = flat.view(_COMPLEX[dtype])
    getattr(message, _FIELDS.get(dtype, "int_val")).extend(flat.tolist())


class SliceTableReader:
    """A checkpoint of this form that is being read; as `BundleReader`.

    Args:
        path: the file.
        data: its bytes, where they are known already.

    Raises:
        NotFoundError: there is none.
        DataLossError: it is damaged.
    """

    def __init__(self, path: str, data: bytes | None = None) -> None:
        """See the class."""
        self._path = path
        if data is None:
            with errors_of_files(), open(path, "rb") as file:
                data = file.read()
        self._table = table.Table(data, path)
        first = self._table.get(b"")
        if first is None:
            self._lost("there is no list of tensors")
        meta = self._parsed(first, "the list of tensors").meta
        self._tensors = {tensor.name: tensor for tensor in meta.tensor}

    def __contains__(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        return name in self._tensors

    def names(self) -> list[str]:
        """The names of all tensors, sorted."""
        return sorted(self._tensors)

    def dtype(self, name: str) -> int:
        """The number, in DataType, of a tensor's dtype."""
        return int(self._tensor(name).type)

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape."""
        shape = tuple(d.size for d in self._tensor(name).shape.dim)
        if any(size < 0 for size in shape) or len(shape) > 254:
            self._lost(f"{name} is said to have the shape {list(shape)}")
        return shape

    def parts(self, name: str) -> list[TensorSlice]:
        """The parts in which a tensor is kept, one when it is whole."""
        return [TensorSlice.from_proto(m) for m in self._tensor(name).slice]

    def read(self, name: str, part: TensorSlice | None = None) -> Any:
        """The elements of a tensor; as `BundleReader.read`."""
        shape = self.shape(name)
        return assemble(
            name, shape, self.parts(name), part, lambda p: self._part(name, shape, p)
        )

    def close(self) -> None:
        """Nothing is open."""

    def _tensor(self, name: str) -> Any:
        if name not in self._tensors:
            raise errors.NotFoundError(
                None,
                None,
                f'Tensor name "{name}" not found in checkpoint files {self._path}',
            )
        return self._tensors[name]

    def _part(self, name: str, shape: tuple[int, ...], part: TensorSlice) -> Any:
        found = self._table.get(part.key(name))
        if found is None:
            self._lost(f"{name} {part} is missing")
        size = part.shape_in(shape)
        values = self._values(self._parsed(found, name).data.data, self.dtype(name))
        if values.size != math.prod(size):
            self._lost(f"{name} {part} has {values.size} elements for {list(size)}")
        return values.reshape(size)

    def _values(self, message: Any, dtype: int) -> Any:
        values = getattr(message, _FIELDS.get(dtype, "int_val"))
        if dtype == bundle_types.STRING:
            result = np.empty(len(values), object)
            result[:] = list(values)
            return result
        form = bundle_types.numpy_form(dtype)
        try:
            if dtype in _HALVES:
                return np.array(values, np.uint16).view(form)
            if dtype in _COMPLEX:
                return np.array(values, _COMPLEX[dtype]).view(form)
            return np.array(values, form)
        except (ValueError, OverflowError) as error:
            self._lost(f"values are damaged: {error}")

    def _parsed(self, data: bytes, label: str) -> Any:
        message = protos.SavedTensorSlices()
        try:
            message.ParseFromString(data)
        except lazy.load("google.protobuf.message").DecodeError:
            self._lost(f"the entry of {label} is damaged")
        return message

    def _lost(self, problem: str) -> NoReturn:
        raise errors.DataLossError(None, None, f"{self._path}: {problem}")
