"""Writes checkpoints in TensorFlow's V2 form, a *tensor bundle*.

`<prefix>.data-00000-of-00001` holds the bytes of all tensors, one after the other;
`<prefix>.index` is a table (`table.py`) that says of each name its dtype, its shape,
where its bytes are and what their checksum is.

    writer = BundleWriter("model/weights")
    writer.add("w", np.zeros([2, 3], np.float32), 1)
    writer.finish()

Until `finish` a checkpoint of that name stays as it is; see `commit.py`.
Read next: `tensor_bundle.py`.
"""

from __future__ import annotations

import os
from typing import Any, cast

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs.formats import bundle_types, commit, table
from interactive_graphs.formats.crc32c import masked
from interactive_graphs.formats.tensor_slice import TensorSlice


def index_path(prefix: str) -> str:
    """The name of a checkpoint's table."""
    return f"{prefix}.index"


def data_path(prefix: str, shard: int, shards: int) -> str:
    """The name of a file with a checkpoint's tensors."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def header(shards: int) -> bytes:
    """The table's first entry."""
    message = protos.BundleHeaderProto(num_shards=shards)
    message.version.producer = 1
    data: bytes = message.SerializeToString()
    return data


class BundleWriter:
    """One checkpoint while it is being written.

    Args:
        prefix: what its files' names begin with.

    Raises:
        NotFoundError: there is no such directory.
    """

    def __init__(self, prefix: str) -> None:
        """See the class."""
        self._prefix = prefix
        self._entries: dict[bytes, Any] = {}
        self._offset = 0
        directory = os.path.dirname(prefix)
        with errors_of_files():
            if directory and not os.path.isdir(directory):
                os.mkdir(directory)
            self._data = commit.temporary_name(data_path(prefix, 0, 1))
            self._index = commit.temporary_name(index_path(prefix))
            self._file = open(self._data, "wb")  # noqa: SIM115  # closed by finish

    def add(self, name: str, value: Any, dtype: int) -> None:
        """Add a tensor.

        Args:
            name: its name.
            value: its elements.
            dtype: the number of their dtype in DataType.

        Raises:
            InvalidArgumentError: there is one of that name.
            UnimplementedError: such elements cannot be kept.
        """
        self._add(name.encode(), name, np.asarray(value), dtype)

    def add_slice(
        self,
        name: str,
        shape: tuple[int, ...],
        part: TensorSlice,
        value: Any,
        dtype: int,
    ) -> None:
        """Add a part of a tensor.

        Args:
            name: the name of the whole.
            shape: its shape.
            part: which part of it this is.
            value: the elements of the part.
            dtype: the number of their dtype in DataType.

        Raises:
            InvalidArgumentError: the value has not the shape of the part, or the whole
                had another shape or dtype before.
        """
        array = np.asarray(value)
        if part.shape_in(shape) != array.shape:
            _refuse(
                f"Slice {part} of {name} has the shape {list(part.shape_in(shape))}, "
                f"its value {list(array.shape)}"
            )
        whole = self._entries.get(name.encode())
        if whole is None:
            whole = self._entries[name.encode()] = _entry(shape, dtype)
        elif whole.dtype != dtype or _dims(whole) != shape or not whole.slices:
            _refuse(f"Parts of {name} differ in dtype or in the shape of the whole")
        whole.slices.append(part.to_proto())
        self._add(part.key(name), f"{name} {part}", array, dtype)

    def _add(self, key: bytes, label: str, array: Any, dtype: int) -> None:
        if key in self._entries or not key:
            _refuse(f"Adding duplicate key: {label}")
        entry = _entry(array.shape, dtype)
        entry.offset = self._offset
        with errors_of_files():
            if dtype == bundle_types.STRING:
                data, entry.crc32c = bundle_types.encode_strings(
                    [_bytes(v) for v in array.reshape(-1).tolist()]
                )
                entry.size = self._file.write(data)
            else:
                form = bundle_types.numpy_form(dtype)
                entry.size, entry.crc32c = self._write(array.astype(form, copy=False))
        self._offset += entry.size
        self._entries[key] = entry

    def _write(self, array: Any) -> tuple[int, int]:
        """Write an array; returns its size and its checksum."""
        extend = lazy.load("google_crc32c").extend
        size = total = 0
        for chunk in bundle_types.chunks(array):
            data = bytes(chunk)
            self._file.write(data)
            total = extend(total, data)
            size += len(data)
        return size, masked(total)

    def finish(self) -> None:
        """Make it the checkpoint of that name, in the place of what was there.

        Raises:
            OpError: the files cannot be written.
        """
        with errors_of_files():
            commit.flush(self._file)
            self._file.close()
            with open(self._index, "wb") as file:
                file.write(build_index(1, self._entries))
                commit.flush(file)
            index = index_path(self._prefix)
            written = {data_path(self._prefix, 0, 1): self._data, index: self._index}
            commit.replace_all(written, index)

    def abandon(self) -> None:
        """Leave no trace; what was there before stays."""
        self._file.close()
        commit.remove(self._data)
        commit.remove(self._index)


def build_index(shards: int, entries: dict[bytes, Any]) -> bytes:
    """The table of a checkpoint.

    Args:
        shards: how many data files it has.
        entries: BundleEntryProtos by key.
    """
    items = [(key, entries[key].SerializeToString()) for key in sorted(entries)]
    return table.build([(b"", header(shards)), *items])


def _entry(shape: Any, dtype: int) -> Any:
    entry = protos.BundleEntryProto(dtype=cast(Any, dtype))
    entry.shape.SetInParent()
    for size in shape:
        entry.shape.dim.add(size=size)
    return entry


def _dims(entry: Any) -> tuple[int, ...]:
    return tuple(d.size for d in entry.shape.dim)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _refuse(text: str) -> None:
    raise errors.InvalidArgumentError(None, None, text)
