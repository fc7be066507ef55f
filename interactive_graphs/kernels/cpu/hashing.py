"""The hashes by which TensorFlow puts strings into buckets.

`fingerprint64` is FarmHash's fingerprint, `siphash` is SipHash-2-4 with a key of two
words, `hash64` is MurmurHash64A with TensorFlow's seed: the buckets are the same there.

    >>> fingerprint64(b"word")
    16498804621125554880

They are written once, for numbers of Python and for arrays of uint64, which wrap around
where numbers are masked: `each` hashes texts of one length together.
Read next: `text.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

Word = Any
"""64 bits: an int, or an array of uint64 for several texts."""

_MASK = 2**64 - 1
_K0 = 0xC3A5C85C97CB3127
_K1 = 0xB492B66FBE98F273
_K2 = 0x9AE16A3B2F90404F


class Texts:
    """Texts of one length, which are hashed together.

    Attributes:
        rows: uint8, `[count, length]`.
    """

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def __len__(self) -> int:
        """The length of each."""
        return int(self.rows.shape[1])


FEW: Final = 16
"""So many texts are hashed sooner one by one than together."""


def each(function: Callable[[Any], Word], texts: Sequence[bytes]) -> np.ndarray:
    """The hash of each text, uint64.

    Args:
        function: one of this module's, which takes bytes or `Texts`.
        texts: of any lengths.
    """
    hashes = np.empty(len(texts), np.uint64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.cumsum(lengths) - lengths
    order = np.argsort(lengths, kind="stable")
    characters = np.frombuffer(b"".join(texts), np.uint8)
    for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
        length = int(lengths[group[0]]) if group.size else 0
        if group.size <= FEW or not length:
            for i in group.tolist():
                hashes[i] = function(texts[i])
            continue
        rows = np.lib.stride_tricks.sliding_window_view(characters, length)
        hashes[group] = function(Texts(rows[starts[group]]))
    return hashes


def _word(data: bytes | Texts, start: int, size: int = 8) -> Word:
    if isinstance(data, bytes):
        return int.from_bytes(data[start : start + size], "little")
    words = np.zeros((len(data.rows), 8), np.uint8)
    words[:, :size] = data.rows[:, start : start + size]
    return words.view("<u8")[:, 0]


def _right(value: Word, by: int) -> Word:
    """Rotate to the right."""
    value = value & _MASK
    return (value >> by | value << (64 - by)) & _MASK


def _left(value: Word, by: int) -> Word:
    return _right(value, 64 - by)


def _mix(value: Word) -> Word:
    value = value & _MASK
    return value ^ value >> 47


def _pair(u: Word, v: Word, factor: Word) -> Word:
    a = _mix(((u ^ v) & _MASK) * factor)
    b = _mix(((v ^ a) & _MASK) * factor)
    return b * factor & _MASK


def _farm_short(data: bytes | Texts) -> Word:
    """FarmHash of up to 16 bytes."""
    n = len(data)
    factor = _K2 + n * 2 & _MASK
    if n >= 8:
        a, b = _word(data, 0) + _K2 & _MASK, _word(data, n - 8)
        c = _right(b, 37) * factor + a & _MASK
        d = (_right(a, 25) + b) * factor & _MASK
        return _pair(c, d, factor)
    if n >= 4:
        first, last = _word(data, 0, 4), _word(data, n - 4, 4)
        return _pair(n + (first << 3), last, factor)
    if n:
        y = _word(data, 0, 1) + (_word(data, n >> 1, 1) << 8)
        z = n + (_word(data, n - 1, 1) << 2)
        return _mix(y * _K2 ^ z * _K0) * _K2 & _MASK
    return _K2


def _farm_middle(data: bytes | Texts) -> Word:
    """FarmHash of 17 to 64 bytes."""
    n = len(data)
    factor = _K2 + n * 2 & _MASK
    if n <= 32:
        a, b = _word(data, 0) * _K1 & _MASK, _word(data, 8)
        c, d = _word(data, n - 8) * factor & _MASK, _word(data, n - 16) * _K2
        first = _right(a + b, 43) + _right(c, 30) + d & _MASK
        return _pair(first, a + _right(b + _K2, 18) + c & _MASK, factor)
    a, b = _word(data, 0) * _K2 & _MASK, _word(data, 8)
    c, d = _word(data, n - 8) * factor & _MASK, _word(data, n - 16) * _K2
    y = _right(a + b, 43) + _right(c, 30) + d & _MASK
    z = _pair(y, a + _right(b + _K2, 18) + c & _MASK, factor)
    e, f = _word(data, 16) * factor & _MASK, _word(data, 24)
    g = (y + _word(data, n - 32)) * factor & _MASK
    h = (z + _word(data, n - 24)) * factor & _MASK
    first = _right(e + f, 43) + _right(g, 30) + h & _MASK
    return _pair(first, e + _right(f + a, 18) + g & _MASK, factor)


def _weak(data: bytes | Texts, start: int, a: Word, b: Word) -> tuple[Word, Word]:
    """32 bytes from `start` with two seeds."""
    w, x, y, z = (_word(data, start + 8 * i) for i in range(4))
    first = a + w
    b = _right(b + first + z, 21)
    last = first + x + y
    b = b + _right(last, 44)
    return last + z & _MASK, b + first & _MASK


def _round(
    data: bytes | Texts, s: int, state: list[Word], factor: Word, last: bool
) -> None:
    """One block of 64 bytes of FarmHash."""
    x, y, z, v0, v1, w0, w1 = state
    x = _right(x + y + v0 + _word(data, s + 8), 37) * factor & _MASK
    y = _right(y + v1 + _word(data, s + 48), 42) * factor & _MASK
    x = x ^ (w1 * 9 & _MASK if last else w1)
    y = y + v0 * (9 if last else 1) + _word(data, s + 40) & _MASK
    z = _right(z + w0, 33) * factor & _MASK
    v0, v1 = _weak(data, s, v1 * factor & _MASK, x + w0 & _MASK)
    w0, w1 = _weak(data, s + 32, z + w1 & _MASK, y + _word(data, s + 16) & _MASK)
    state[:] = [z, y, x, v0, v1, w0, w1]


def fingerprint64(data: bytes | Texts) -> Word:
    """FarmHash's 64-bit fingerprint, as StringToHashBucketFast uses it."""
    n = len(data)
    if n <= 16:
        return _farm_short(data)
    if n <= 64:
        return _farm_middle(data)
    y = 81 * _K1 + 113 & _MASK
    z = _mix(y * _K2 + 113) * _K2 & _MASK
    state = [(81 * _K2 & _MASK) + _word(data, 0) & _MASK, y, z, 0, 0, 0, 0]
    end = (n - 1) // 64 * 64
    for s in range(0, end, 64):
        _round(data, s, state, _K1, False)
    factor = _K1 + ((state[2] & 0xFF) << 1) & _MASK
    rest = n - 1 & 63
    state[5] = state[5] + rest & _MASK
    state[3] = state[3] + state[5] & _MASK
    state[5] = state[5] + state[3] & _MASK
    _round(data, end + rest - 63, state, factor, True)
    x, y, z, v0, v1, w0, w1 = state
    first = _pair(v0, w0, factor) + _mix(y) * _K0 + z & _MASK
    return _pair(first, _pair(v1, w1, factor) + x & _MASK, factor)


def siphash(data: bytes | Texts, key: Sequence[int]) -> Word:
    """SipHash-2-4 with a key of two words, as StringToHashBucketStrong uses it."""
    k0, k1 = (word & _MASK for word in key)
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]
    tail = len(data) % 8
    blocks = [_word(data, i) for i in range(0, len(data) - tail, 8)]
    last = _word(data, len(data) - tail, tail) if tail else 0
    blocks.append((len(data) & 0xFF) << 56 | last)
    for block in blocks:
        v[3] = v[3] ^ block
        _sip_rounds(v, 2)
        v[0] = v[0] ^ block
    v[2] = v[2] ^ 0xFF
    _sip_rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_rounds(v: list[Word], count: int) -> None:
    for _ in range(count):
        v[0] = v[0] + v[1] & _MASK
        v[1] = _left(v[1], 13) ^ v[0]
        v[0] = _left(v[0], 32)
        v[2] = v[2] + v[3] & _MASK
        v[3] = _left(v[3], 16) ^ v[2]
        v[0] = v[0] + v[3] & _MASK
        v[3] = _left(v[3], 21) ^ v[0]
        v[2] = v[2] + v[1] & _MASK
        v[1] = _left(v[1], 17) ^ v[2]
        v[2] = _left(v[2], 32)


def hash64(data: bytes | Texts, seed: int = 0xDECAFCAFFE) -> Word:
    """MurmurHash64A, as the old StringToHashBucket uses it."""
    factor = 0xC6A4A7935BD1E995
    h = seed ^ len(data) * factor & _MASK
    whole = len(data) // 8 * 8
    for i in range(0, whole, 8):
        k = _mix(_word(data, i) * factor) * factor & _MASK
        h = (h ^ k) * factor & _MASK
    if len(data) > whole:
        h = (h ^ _word(data, whole, len(data) - whole)) * factor & _MASK
    return _mix(_mix(h) * factor)
