"""The idx files that MNIST and its kin come in, gzipped or not.

A header of big-endian 32-bit numbers, the magic 2051 or 2049, the number of items and
for images their rows and columns; then a byte per pixel or label. What a header claims
is never believed before the bytes are there.

Read next: `../examples/tutorials/mnist/input_data.py`.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from typing import Any

import numpy as np

IMAGES, LABELS = 2051, 2049
# More than any data set of this form; a claim above it is an error, and not an order.
_LIMIT = 1 << 31


def decode(data: bytes, magic: int, name: str = "idx file") -> np.ndarray:
    """The images or labels in a file's bytes.

    Args:
        data: the file, gzipped or plain.
        magic: `IMAGES` or `LABELS`.
        name: of the file, for messages.

    Returns:
        uint8, `[items, rows, columns, 1]` for images, `[items]` for labels.

    Raises:
        ValueError: it is no such file, or a part of it is missing.

    Example:
        >>> decode(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]), LABELS).tolist()
        [7, 9]
    """
    kind, length = ("image", 16) if magic == IMAGES else ("label", 8)
    if data[:2] == b"\x1f\x8b":
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        header = _inflated(unpack, data, length, name)
        rest = unpack.unconsumed_tail
    else:
        unpack, header, rest = None, data[:length], data[length:]
    if len(header) < length:
        raise ValueError(
            f"{name}: truncated at byte {len(header)}: an MNIST {kind} file begins "
            f"with {length} bytes"
        )
    found, *sizes = struct.unpack(f">{length // 4}I", header)
    if found != magic:
        raise ValueError(f"Invalid magic number {found} in MNIST {kind} file: {name}")
    count = 1
    for size in sizes:
        count *= size
    if count > _LIMIT:
        raise ValueError(
            f"{name}: the header claims {count} bytes, too many to be true"
        )
    body = rest[: count + 1] if unpack is None else _inflated(unpack, rest, count, name)
    if len(body) < count:
        raise ValueError(
            f"{name}: truncated at byte {length + len(body)}: the header claims "
            f"{count} bytes after it"
        )
    values = np.frombuffer(body, np.uint8, count)
    return values.reshape(*sizes, 1) if magic == IMAGES else values


def _inflated(unpack: Any, data: bytes, count: int, name: str) -> bytes:
    """At most so many bytes more of a compressed file."""
    if not count:
        return b""
    try:
        result: bytes = unpack.decompress(data, count)
    except zlib.error as error:
        raise ValueError(f"{name}: not a whole gzip file: {error}") from None
    return result


def encode(values: np.ndarray) -> bytes:
    """The gzipped file of uint8 images `[items, rows, columns]` or labels `[items]`."""
    magic = LABELS if values.ndim == 1 else IMAGES
    header = struct.pack(f">{1 + values.ndim}I", magic, *values.shape)
    return gzip.compress(header + values.astype(np.uint8).tobytes(), mtime=0)
