r"""Numbers of variable length, seven bits a byte: how tables and string tensors count.

    >>> encode(300), decode(encode(300), 0)
    (b'\xac\x02', (300, 2))

Read next: `table.py`.
"""

from __future__ import annotations


def encode(number: int) -> bytes:
    """`number`, which is not negative, lowest seven bits first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def decode(data: bytes, at: int, end: int | None = None) -> tuple[int, int]:
    """The number that starts at `at`, and where it ends.

    Args:
        data: what holds it.
        at: its first byte.
        end: where `data` is to be taken to end; its own end when None.

    Raises:
        ValueError: it goes past the end, or is longer than 64 bits.
    """
    if end is None:
        end = len(data)
    number = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number >> 64:
                break
            return number, at
        shift += 7
    raise ValueError("bad varint")
