"""The checksum of TensorFlow's files: CRC-32C (Castagnoli), masked where it is stored.

A file that holds checksums of data which itself holds checksums would give weak sums,
so the stored form is rotated by 15 bits and shifted by a constant, the rule of
LevelDB's log format, which TFRecord and the checkpoint bundle took over.
Read next: `tfrecord.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from interactive_graphs._util import lazy

_DELTA: Final = 0xA282EAD8
_MASK: Final = 0xFFFFFFFF


def crc32c(data: bytes | bytearray | memoryview) -> int:
    """The CRC-32C of `data`.

    Example:
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
    """
    return lazy.load("google_crc32c").value(bytes(data))  # type: ignore[no-any-return]


def crc32c_of(chunks: Iterable[bytes]) -> int:
    """The CRC-32C of several pieces, one after the other.

    Example:
        >>> crc32c_of([b"1234", b"56789"]) == crc32c(b"123456789")
        True
    """
    extend = lazy.load("google_crc32c").extend
    total = 0
    for chunk in chunks:
        total = extend(total, bytes(chunk))
    return total


def masked(crc: int) -> int:
    """A checksum as it is stored.

    Example:
        >>> unmasked(masked(0xE3069283)) == 0xE3069283
        True
    """
    rotated = (crc >> 15) | (crc << 17)
    return (rotated + _DELTA) & _MASK


def unmasked(stored: int) -> int:
    """The checksum behind a stored one; the inverse of `masked`."""
    rotated = (stored - _DELTA) & _MASK
    return ((rotated >> 17) | (rotated << 15)) & _MASK
