"""The hashes by which TensorFlow puts strings into buckets.

`fingerprint64` is FarmHash's fingerprint, `siphash` is SipHash-2-4 with a key of two
words, `hash64` is MurmurHash64A with TensorFlow's seed: the buckets are the same there.
Read next: `text.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

_MASK = 2**64 - 1
_K0 = 0xC3A5C85C97CB3127
_K1 = 0xB492B66FBE98F273
_K2 = 0x9AE16A3B2F90404F


def _word(data: bytes, start: int, size: int = 8) -> int:
    return int.from_bytes(data[start : start + size], "little")


def _right(value: int, by: int) -> int:
    """Rotate to the right."""
    value &= _MASK
    return (value >> by | value << (64 - by)) & _MASK


def _left(value: int, by: int) -> int:
    return _right(value, 64 - by)


def _mix(value: int) -> int:
    value &= _MASK
    return value ^ value >> 47


def _pair(u: int, v: int, factor: int) -> int:
    a = _mix(((u ^ v) & _MASK) * factor)
    b = _mix(((v ^ a) & _MASK) * factor)
    return b * factor & _MASK


def _farm_short(data: bytes) -> int:
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
        y = data[0] + (data[n >> 1] << 8)
        z = n + (data[-1] << 2)
        return _mix(y * _K2 ^ z * _K0) * _K2 & _MASK
    return _K2


def _farm_middle(data: bytes) -> int:
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


def _weak(data: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes from `start` with two seeds."""
    w, x, y, z = (_word(data, start + 8 * i) for i in range(4))
    a += w
    b = _right(b + a + z, 21)
    c = a
    a += x + y
    b += _right(a, 44)
    return a + z & _MASK, b + c & _MASK


def _round(data: bytes, s: int, state: list[int], factor: int, last: bool) -> None:
    """One block of 64 bytes of FarmHash."""
    x, y, z, v0, v1, w0, w1 = state
    x = _right(x + y + v0 + _word(data, s + 8), 37) * factor & _MASK
    y = _right(y + v1 + _word(data, s + 48), 42) * factor & _MASK
    x ^= w1 * 9 & _MASK if last else w1
    y = y + v0 * (9 if last else 1) + _word(data, s + 40) & _MASK
    z = _right(z + w0, 33) * factor & _MASK
    v0, v1 = _weak(data, s, v1 * factor & _MASK, x + w0 & _MASK)
    w0, w1 = _weak(data, s + 32, z + w1 & _MASK, y + _word(data, s + 16) & _MASK)
    state[:] = [z, y, x, v0, v1, w0, w1]


def fingerprint64(data: bytes) -> int:
    """FarmHash's 64-bit fingerprint, as StringToHashBucketFast uses it."""
    n = len(data)
    if n <= 16:
        return _farm_short(data)
    if n <= 64:
        return _farm_middle(data)
    y = 81 * _K1 + 113 & _MASK
    z = _mix(y * _K2 + 113) * _K2 & _MASK
    state = [81 * _K2 + _word(data, 0) & _MASK, y, z, 0, 0, 0, 0]
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


def siphash(data: bytes, key: Sequence[int]) -> int:
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
        v[3] ^= block
        _sip_rounds(v, 2)
        v[0] ^= block
    v[2] ^= 0xFF
    _sip_rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_rounds(v: list[int], count: int) -> None:
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


def hash64(data: bytes, seed: int = 0xDECAFCAFFE) -> int:
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
