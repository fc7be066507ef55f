"""Sorted tables of keys and values, in LevelDB's form: the `.index` of a checkpoint.

A table is blocks of entries, a block that says which keys are in which, and a footer
that says where that one is. In a block a key leaves out what it has in common with the
one before, but for every sixteenth, a *restart*. Behind each block stand the kind of
its compression and a checksum.

    >>> Table(build([(b"", b"1"), (b"weights", b"2")]), "a table").get(b"weights")
    b'2'

Read next: `tensor_bundle.py`.
"""

from __future__ import annotations

import bisect
import struct
from collections.abc import Iterable, Iterator
from typing import Final, NoReturn

from interactive_graphs import errors
from interactive_graphs.formats import snappy, varint
from interactive_graphs.formats.crc32c import crc32c, masked

_MAGIC: Final = 0xDB4775248B80FB57
_FOOTER: Final = 48
_TRAILER: Final = 5  # the kind of compression, one byte, and the checksum
_BLOCK_SIZE: Final = 1 << 18
_RESTARTS: Final = 16
_MOST_KEY_BYTES: Final = 1 << 26


# -- writing ------------------------------------------------------------------------


class _Block:
    """The bytes of one block, as they grow."""

    def __init__(self, restart_interval: int) -> None:
        self._data = bytearray()
        self._restarts = [0]
        self._interval = restart_interval
        self._count = 0
        self._last = b""

    def add(self, key: bytes, value: bytes) -> None:
        """Add an entry; keys come in order."""
        shared = 0
        if self._count < self._interval:
            shared = _common(self._last, key)
        else:
            self._restarts.append(len(self._data))
            self._count = 0
        for number in (shared, len(key) - shared, len(value)):
            self._data += varint.encode(number)
        self._data += key[shared:]
        self._data += value
        self._last = key
        self._count += 1

    @property
    def size(self) -> int:
        """How many bytes it would take now."""
        return len(self._data) + 4 * len(self._restarts) + 4

    def finish(self) -> bytes:
        """All of it, without the trailer."""
        restarts = self._restarts
        tail = struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))
        return bytes(self._data) + tail


def _common(a: bytes, b: bytes) -> int:
    """How many bytes two keys have in common at the start."""
    most = min(len(a), len(b))
    for i in range(most):
        if a[i] != b[i]:
            return i
    return most


def _separator(last: bytes, following: bytes) -> bytes:
    """A short key between the last of a block and the first of the next."""
    at = _common(last, following)
    if at < min(len(last), len(following)):
        byte = last[at]
        if byte < 0xFF and byte + 1 < following[at]:
            return last[:at] + bytes([byte + 1])
    return last


def _successor(last: bytes) -> bytes:
    """A short key that is not before the last of all."""
    for at, byte in enumerate(last):
        if byte < 0xFF:
            return last[:at] + bytes([byte + 1])
    return last


def build(items: Iterable[tuple[bytes, bytes]], block_size: int = _BLOCK_SIZE) -> bytes:
    """A table as bytes.

    Args:
        items: keys and values, sorted by key.
        block_size: how many bytes a block has at least, but for the last.

    Raises:
        ValueError: the keys are out of order.
    """
    out = bytearray()
    block, index = _Block(_RESTARTS), _Block(1)
    last: bytes | None = None
    pending: bytes | None = None  # where the block is that the index lacks yet
    for key, value in items:
        if last is not None and key <= last:
            raise ValueError(f"The key {key!r} comes after {last!r}")
        if pending is not None and last is not None:
            index.add(_separator(last, key), pending)
            pending = None
        block.add(key, value)
        last = key
        if block.size >= block_size:
            pending = _append(out, block.finish())
            block = _Block(_RESTARTS)
    if pending is None and last is not None:
        pending = _append(out, block.finish())
    meta = _append(out, _Block(_RESTARTS).finish())
    if pending is not None and last is not None:
        index.add(_successor(last), pending)
    footer = meta + _append(out, index.finish())
    out += footer.ljust(_FOOTER - 8, b"\0") + struct.pack("<Q", _MAGIC)
    return bytes(out)


def _append(out: bytearray, block: bytes) -> bytes:
    """Add a block to the file; returns the handle that says where it is."""
    handle = varint.encode(len(out)) + varint.encode(len(block))
    block += b"\0"  # not compressed
    out += block + struct.pack("<I", masked(crc32c(block)))
    return handle


# -- reading ------------------------------------------------------------------------


class Table:
    """A table that has been read into memory.

    Args:
        data: all its bytes.
        name: what errors call it, its file's name.

    Raises:
        DataLossError: this is no table, or it is damaged.
    """

    def __init__(self, data: bytes, name: str) -> None:
        """See the class."""
        self._data = data
        self._name = name
        self._key_bytes = 0
        self._blocks: dict[int, dict[bytes, bytes]] = {}
        if len(data) < _FOOTER:
            self._lost("file is too short to be an sstable", len(data))
        (magic,) = struct.unpack_from("<Q", data, len(data) - 8)
        if magic != _MAGIC:
            self._lost("not an sstable (bad magic number)", len(data) - 8)
        start = len(data) - _FOOTER
        _, _, at = self._handle(data, start, start)
        offset, size, _ = self._handle(data, at, start)
        entries = list(self._entries(offset, size))
        self._last_keys = [key for key, _ in entries]
        self._handles = [self._handle(value, 0, offset)[:2] for _, value in entries]

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, None where there is none."""
        at = bisect.bisect_left(self._last_keys, key)
        return self._block(at).get(key) if at < len(self._handles) else None

    def __contains__(self, key: bytes) -> bool:
        """Whether there is such a key."""
        return self.get(key) is not None

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values, in order."""
        for at in range(len(self._handles)):
            yield from self._block(at).items()

    def _block(self, at: int) -> dict[bytes, bytes]:
        if at not in self._blocks:
            self._blocks[at] = dict(self._entries(*self._handles[at]))
        return self._blocks[at]

    def _lost(self, problem: str, at: int) -> NoReturn:
        raise errors.DataLossError(
            None,
            None,
            f"Unable to open table file {self._name}: Data loss: {problem} "
            f"(at byte {at})",
        )

    def _handle(self, data: bytes, at: int, place: int) -> tuple[int, int, int]:
        """Offset and size of a block from its handle, and where that ends."""
        try:
            offset, at = varint.decode(data, at)
            size, at = varint.decode(data, at)
        except ValueError:
            self._lost("bad block handle", place)
        if offset + size + _TRAILER > len(self._data) - _FOOTER:
            self._lost(f"truncated block read: {size} bytes at {offset}", place)
        return offset, size, at

    def _contents(self, offset: int, size: int) -> bytes:
        """The bytes of a block, checked and decompressed."""
        end = offset + size
        self._check(offset, end + 1)
        kind = self._data[end]
        block = self._data[offset:end]
        if kind == 1:
            try:
                block = snappy.decompress(block)
            except ValueError as error:
                self._lost(f"corrupted compressed block contents: {error}", offset)
        elif kind != 0:
            self._lost(f"bad block type {kind}", offset)
        return block

    def _check(self, start: int, end: int) -> None:
        """Hold bytes against the checksum behind them."""
        (stored,) = struct.unpack_from("<I", self._data, end)
        if masked(crc32c(self._data[start:end])) != stored:
            self._lost("block checksum mismatch", start)

    def _entries(self, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values of one block."""
        block = self._contents(offset, size)
        end = self._end_of_entries(block, offset)
        at, key, first = 0, b"", True
        while at < end:
            try:
                shared, at = varint.decode(block, at, end)
                own, at = varint.decode(block, at, end)
                length, at = varint.decode(block, at, end)
            except ValueError:
                self._lost("bad entry in block", offset)
            if shared > len(key) or at + own + length > end:
                self._lost("bad entry in block", offset)
            following = key[:shared] + block[at : at + own]
            if not first and following <= key:
                self._lost("keys out of order in block", offset)
            self._count_key(len(following), offset)
            at += own
            yield following, block[at : at + length]
            at += length
            key, first = following, False

    def _end_of_entries(self, block: bytes, offset: int) -> int:
        """Where the restarts begin."""
        end = len(block) - 4
        if end >= 0:
            (count,) = struct.unpack_from("<I", block, end)
            end -= 4 * int(count)
        if end < 0:
            self._lost("bad block contents", offset)
        return end

    def _count_key(self, size: int, offset: int) -> None:
        """Refuse keys that would fill the memory; a few bytes can stand for many."""
        self._key_bytes += size
        if self._key_bytes > _MOST_KEY_BYTES + 16 * len(self._data):
            self._lost("keys of absurd size", offset)
