"""Reads checkpoints in TensorFlow's V2 form; `bundle_writer.py` says what that is.

    reader = BundleReader("model/weights")
    reader.shape("w"), reader.read("w")

A tensor is read when it is asked for, and its checksum is checked. Whatever the files
say about sizes is held against how long they are before any memory is asked for.
Read next: `bundle_writer.py`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs._util.refusal import invalid
from interactive_graphs.formats import bundle_types, commit
from interactive_graphs.formats.bundle_writer import data_path, index_path
from interactive_graphs.formats.crc32c import crc32c, masked, unmasked
from interactive_graphs.formats.parts import assemble
from interactive_graphs.formats.table import Table
from interactive_graphs.formats.tensor_slice import TensorSlice

_MOST_SHARDS = 100_000


class BundleReader:
    """A checkpoint that is being read.

    Args:
        prefix: what its files' names begin with.
        index: the bytes of its table, where they are known already.

    Raises:
        NotFoundError: there is none.
        DataLossError: its table is damaged.
    """

    def __init__(self, prefix: str, index: bytes | None = None) -> None:
        """See the class."""
        self._prefix = prefix
        self._files: dict[int, BinaryIO] = {}
        name = index_path(prefix)
        if index is None:
            index = _read_index(prefix)
        self._table = Table(index, name)
        first = self._table.get(b"")
        if first is None:
            self._lost("there is no header")
        header = self._parsed(protos.BundleHeaderProto, first, "the header")
        if header.endianness != protos.BundleHeaderProto.LITTLE:
            raise errors.UnimplementedError(
                None, None, f"Reading a bundle with different endianness: {name}"
            )
        if not 0 <= header.num_shards <= _MOST_SHARDS:
            self._lost(f"it is said to have {header.num_shards} data files")
        if header.version.min_consumer > 1:
            invalid(
                f"{name}: the checkpoint needs a reader of version "
                f"{header.version.min_consumer}, this is version 1"
            )
        self._shards = header.num_shards

    # -- what there is --------------------------------------------------------------

    def __contains__(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        return bool(name) and name.encode() in self._table

    def names(self) -> list[str]:
        """The names of all tensors, sorted."""
        keys = [key for key, _ in self._table.items() if key and key[0] != 0]
        try:
            return [key.decode() for key in keys]
        except UnicodeDecodeError as error:
            self._lost(f"a name is damaged: {error}")

    def items(self) -> list[tuple[bytes, Any]]:
        """All keys and entries, those of parts too, as `MergeV2Checkpoints` needs."""
        return [
            (key, self._parsed(protos.BundleEntryProto, value, repr(key)))
            for key, value in self._table.items()
            if key
        ]

    @property
    def shards(self) -> int:
        """How many data files there are."""
        return int(self._shards)

    def dtype(self, name: str) -> int:
        """The number, in DataType, of a tensor's dtype."""
        return int(self._entry(name.encode(), name).dtype)

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape, that of the whole where it is in parts."""
        return self._shape(self._entry(name.encode(), name), name)

    def parts(self, name: str) -> list[TensorSlice]:
        """The parts in which a tensor is kept; none where it is whole."""
        entry = self._entry(name.encode(), name)
        return [TensorSlice.from_proto(message) for message in entry.slices]

    # -- reading --------------------------------------------------------------------

    def read(self, name: str, part: TensorSlice | None = None) -> Any:
        """The elements of a tensor.

        Args:
            name: its name.
            part: which part of it to read; all of it when None.

        Returns:
            An array; of bytes objects where they are strings.

        Raises:
            NotFoundError: there is no such tensor, or a file is missing.
            InvalidArgumentError: there is no such part.
            DataLossError: its bytes are damaged.
        """
        entry = self._entry(name.encode(), name)
        if not entry.slices:
            whole = self._value(entry, name)
            if part is None:
                return whole
            bounds = part.bounds(whole.shape)
            return whole[tuple(slice(*b) for b in bounds)]
        shape = self._shape(entry, name)
        held = [TensorSlice.from_proto(message) for message in entry.slices]
        return assemble(name, shape, held, part, lambda p: self._part(name, shape, p))

    def _part(self, name: str, shape: tuple[int, ...], part: TensorSlice) -> Any:
        label = f"{name} {part}"
        value = self._value(self._entry(part.key(name), label), label)
        if value.shape != part.shape_in(shape):
            self._lost(f"{label} has the shape {list(value.shape)}")
        return value

    def _value(self, entry: Any, label: str) -> Any:
        """The elements of an entry that has bytes of its own."""
        shape = self._shape(entry, label)
        count = math.prod(shape)
        is_text = entry.dtype == bundle_types.STRING
        if not is_text:
            form = bundle_types.numpy_form(entry.dtype)
        expected = count if is_text else count * form.itemsize
        if entry.size < expected or (not is_text and entry.size != expected):
            self._lost(
                f"Invalid size in bundle entry: key {label}; stored size {entry.size}; "
                f"expected size {expected}"
            )
        data = self._bytes(entry, label)
        if is_text:
            where = f"{self._prefix} shard {entry.shard_id}, {label} at {entry.offset}"
            values, checksum = bundle_types.decode_strings(data, count, where)
            result = np.empty(count, object)
            result[:] = values
        else:
            result, checksum = np.frombuffer(data, form), masked(crc32c(data))
        if checksum != entry.crc32c:
            self._lost_at(
                entry,
                f"TensorBundle at {self._prefix} shard {entry.shard_id} "
                f"({entry.size} bytes): Checksum does not match: stored "
                f"{unmasked(entry.crc32c)} vs. calculated on the restored bytes "
                f"{unmasked(checksum)}",
            )
        return result.reshape(shape)

    def _bytes(self, entry: Any, label: str) -> bytes:
        """The bytes of an entry, as they are in the file."""
        if not 0 <= entry.shard_id < self._shards:
            self._lost(f"{label} is said to be in the data file {entry.shard_id}")
        if not entry.size:
            return b""
        file = self._file(entry.shard_id)
        length = os.fstat(file.fileno()).st_size
        if entry.offset < 0 or entry.offset + entry.size > length:
            path = data_path(self._prefix, entry.shard_id, self._shards)
            raise errors.OutOfRangeError(
                None,
                None,
                f"{path}: Read less bytes than requested: {entry.size} at "
                f"{entry.offset} for {label}, but the file has {length}",
            )
        with errors_of_files():
            file.seek(entry.offset)
            return file.read(entry.size)

    def _file(self, shard: int) -> BinaryIO:
        if shard not in self._files:
            path = data_path(self._prefix, shard, self._shards)
            with errors_of_files():
                try:
                    found = commit.current(path, index_path(self._prefix))
                    file = open(found, "rb")  # noqa: SIM115  # closed by close
                except FileNotFoundError:  # a writer has just given it its name
                    file = open(path, "rb")  # noqa: SIM115
            self._files[shard] = file
        return self._files[shard]

    def close(self) -> None:
        """Close the data files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def __del__(self) -> None:
        """Files do not stay open behind a reader that nobody has any more."""
        self.close()

    # -- entries --------------------------------------------------------------------

    def _entry(self, key: bytes, label: str) -> Any:
        found = self._table.get(key) if key else None
        if found is None:
            raise errors.NotFoundError(
                None, None, f"Key {label} not found in checkpoint"
            )
        return self._parsed(protos.BundleEntryProto, found, label)

    def _parsed(self, kind: Callable[[], Any], data: bytes, label: str) -> Any:
        message = kind()
        try:
            message.ParseFromString(data)
        except lazy.load("google.protobuf.message").DecodeError:
            self._lost(f"the entry of {label} is damaged")
        return message

    def _shape(self, entry: Any, label: str) -> tuple[int, ...]:
        shape = tuple(d.size for d in entry.shape.dim)
        if any(size < 0 for size in shape) or len(shape) > 254:
            self._lost(f"{label} is said to have the shape {list(shape)}")
        return shape

    def _lost(self, problem: str) -> NoReturn:
        raise errors.DataLossError(None, None, f"{index_path(self._prefix)}: {problem}")

    def _lost_at(self, entry: Any, problem: str) -> NoReturn:
        path = data_path(self._prefix, entry.shard_id, self._shards)
        raise errors.DataLossError(
            None, None, f"{problem} ({path}, at byte {entry.offset})"
        )


def _read_index(prefix: str) -> bytes:
    path = index_path(prefix)
    if not commit.has_index(path) and not os.path.isdir(path):
        raise errors.NotFoundError(
            None,
            None,
            "Unsuccessful TensorSliceReader constructor: Failed to find any matching "
            f"files for {prefix}",
        )
    with errors_of_files():
        try:
            with open(path + ".new", "rb") as file:
                return file.read()
        except FileNotFoundError:
            with open(path, "rb") as file:
                return file.read()
