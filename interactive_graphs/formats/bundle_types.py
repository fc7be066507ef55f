"""How the elements of each dtype are kept in a checkpoint.

Numbers are little-endian, one after the other. Strings are their lengths as varints, a
checksum of the lengths, then their bytes. Read next: `tensor_bundle.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util import lazy
from interactive_graphs.formats import varint
from interactive_graphs.formats.crc32c import crc32c_of, masked, unmasked

STRING: Final = 7
_BFLOAT16: Final = 14
# By the number in DataType; what is not here cannot be kept.
_FORMS: Final = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 8: "<c8", 9: "<i8",
    10: "?", 11: "i1", 12: "u1", 13: "<i4", 15: "<i2", 16: "<u2", 17: "<u2", 18: "<c16",
    19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_CHUNK: Final = 1 << 20


def numpy_form(number: int) -> np.dtype[Any]:
    """The numpy dtype of the elements, as they are in the file.

    Args:
        number: of the dtype, in DataType; not that of strings.

    Raises:
        UnimplementedError: such elements cannot be kept.
    """
    if number == _BFLOAT16:
        bfloat16: np.dtype[Any] = np.dtype(lazy.load("ml_dtypes").bfloat16)
        return bfloat16
    if number not in _FORMS:
        raise errors.UnimplementedError(
            None,
            None,
            f"Tensors of the dtype number {number} cannot be in a checkpoint",
        )
    return np.dtype(_FORMS[number])


def chunks(array: Any) -> Iterable[memoryview]:
    """The bytes of an array of numbers in pieces that stay in the cache."""
    view = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    for start in range(0, len(view), _CHUNK):
        yield view[start : start + _CHUNK]


def encode_strings(values: list[bytes]) -> tuple[bytes, int]:
    """The bytes of an array of strings, and their checksum as it is stored."""
    numbers = _lengths([len(v) for v in values])
    sum_of_lengths = struct.pack("<I", masked(crc32c_of([numbers])))
    text = b"".join(values)
    head = b"".join(varint.encode(len(v)) for v in values)
    data = head + sum_of_lengths + text
    return data, masked(crc32c_of([numbers, sum_of_lengths, text]))


def _lengths(lengths: list[int]) -> bytes:
    """Lengths as checksums see them: four bytes each, eight where four do not do."""
    return b"".join(struct.pack("<I" if n <= 0xFFFFFFFF else "<Q", n) for n in lengths)


def decode_strings(data: bytes, count: int, where: str) -> tuple[list[bytes], int]:
    """The strings in `data`, and the checksum of all as it should be stored.

    Args:
        data: all bytes of the entry.
        count: how many strings there are.
        where: what errors say of the place.

    Raises:
        DataLossError: the bytes are not those of so many strings.
    """
    at, lengths = 0, []
    try:
        for _ in range(count):
            length, at = varint.decode(data, at)
            lengths.append(length)
    except ValueError:
        _lost(f"{where}: the length of string {len(lengths)} is damaged (byte {at})")
    if at + 4 + sum(lengths) != len(data):
        _lost(
            f"{where}: {len(data)} bytes, but {count} strings of {sum(lengths)} bytes "
            f"would take {at + 4 + sum(lengths)}"
        )
    numbers, stored = _lengths(lengths), data[at : at + 4]
    actual = crc32c_of([numbers])
    (expected,) = struct.unpack("<I", stored)
    if masked(actual) != expected:
        _lost(
            f"{where}: The length checksum does not match: expected "
            f"{unmasked(expected)} but actual is {actual}"
        )
    at += 4
    text_start, values = at, []
    for length in lengths:
        values.append(data[at : at + length])
        at += length
    return values, masked(crc32c_of([numbers, stored, data[text_start:]]))


def _lost(text: str) -> None:
    raise errors.DataLossError(None, None, text)
