"""Reads Snappy's raw form, in which old tables may hold their blocks.

Nothing here writes it: TensorFlow's bundles are not compressed.
Read next: `table.py`.
"""

from __future__ import annotations

from interactive_graphs.formats import varint

# A copy of 64 bytes takes three; nothing grows by more than this.
_MOST_GROWTH = 22


def decompress(data: bytes) -> bytes:
    """What `data` stands for.

    Raises:
        ValueError: it is not Snappy's form.

    Example:
        >>> decompress(bytes([8, 0b0100, 97, 98, 0b1001, 2]))
        b'abababab'
    """
    size, at = varint.decode(data, 0)
    if size > _MOST_GROWTH * len(data):
        raise ValueError(f"{len(data)} bytes cannot stand for {size}")
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length, at = _literal_length(data, tag, at)
            if at + length > len(data):
                raise ValueError("a literal goes past the end")
            out += data[at : at + length]
            at += length
        else:
            length, offset, at = _copy(data, tag, at)
            _repeat(out, offset, length)
        if len(out) > size:
            break
    if len(out) != size:
        raise ValueError(f"{size} bytes announced, {len(out)} found")
    return bytes(out)


def _number(data: bytes, at: int, width: int) -> int:
    if at + width > len(data):
        raise ValueError("a number goes past the end")
    return int.from_bytes(data[at : at + width], "little")


def _literal_length(data: bytes, tag: int, at: int) -> tuple[int, int]:
    short = tag >> 2
    if short < 60:
        return short + 1, at
    width = short - 59
    return _number(data, at, width) + 1, at + width


def _copy(data: bytes, tag: int, at: int) -> tuple[int, int, int]:
    """Length and distance of a copy, and where the next tag is."""
    if tag & 3 == 1:
        high = (tag >> 5) << 8
        return (tag >> 2 & 7) + 4, high | _number(data, at, 1), at + 1
    width = 2 if tag & 3 == 2 else 4
    return (tag >> 2) + 1, _number(data, at, width), at + width


def _repeat(out: bytearray, offset: int, length: int) -> None:
    if not 0 < offset <= len(out):
        raise ValueError("a copy from before the start")
    piece = bytes(out[len(out) - offset :])[:length]
    out += (piece * (length // len(piece) + 1))[:length]
