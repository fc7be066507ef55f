"""PNG files that Pillow cannot take as they are: of 16 bits a sample, and written.

    >>> pixels = np.array([[[1], [65535]]], np.uint16)
    >>> data = encode(pixels, -1)
    >>> decode_wide(data, header(data)).tolist()
    [[[1], [65535]]]

Read next: `pictures.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs._util import lazy

MAGIC: Final = b"\x89PNG\r\n\x1a\n"
MOST_INFLATED: Final = 1100
"""No deflated byte stands for more than 1032."""
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_COLOURS: Final = {1: 0, 2: 4, 3: 2, 4: 6}


class Header(NamedTuple):
    """What the first chunk says.

    Attributes:
        width, height: in pixels.
        depth: bits a sample.
        samples: a pixel.
        interlaced: whether the pixels come in seven passes.
    """

    width: int
    height: int
    depth: int
    samples: int
    interlaced: bool

    @property
    def is_wide(self) -> bool:
        """Whether samples have 16 bits."""
        return self.depth == 16

    @property
    def bytes_needed(self) -> int:
        """How many bytes the pixels have before compression."""
        return self.height * ((self.width * self.samples * self.depth + 7) // 8 + 1)


def header(contents: bytes) -> Header | None:
    """The header of a PNG; None where it has none."""
    if len(contents) < 29 or contents[12:16] != b"IHDR":
        return None
    width, height, depth, colour, _, _, interlace = struct.unpack_from(
        ">IIBBBBB", contents, 16
    )
    if colour not in _SAMPLES or not width or not height:
        return None
    return Header(width, height, depth, _SAMPLES[colour], bool(interlace))


def _chunks(contents: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and data of the chunks; stops at a damaged one."""
    crc = lazy.load("zlib").crc32
    at = len(MAGIC)
    while at + 12 <= len(contents):
        (length,) = struct.unpack_from(">I", contents, at)
        end = at + 8 + length
        if end + 4 > len(contents):
            return
        name, data = contents[at + 4 : at + 8], contents[at + 8 : end]
        if struct.unpack_from(">I", contents, end)[0] != crc(name + data):
            return
        yield name, data
        if name == b"IEND":
            return
        at = end + 4


def is_whole(contents: bytes) -> bool:
    """Whether all chunks are there and undamaged, up to the last."""
    return any(name == b"IEND" for name, _ in _chunks(contents))


def decode_wide(contents: bytes, head: Header) -> np.ndarray | None:
    """The pixels of a PNG of 16 bits a sample.

    Args:
        contents: the file.
        head: its header.

    Returns:
        uint16, `[height, width, samples]`; None where the file is damaged, or
        interlaced.
    """
    zlib = lazy.load("zlib")
    packed = b"".join(data for name, data in _chunks(contents) if name == b"IDAT")
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(packed, head.bytes_needed)
    except zlib.error:
        return None
    if len(data) < head.bytes_needed or head.interlaced:
        return None
    step = head.samples * 2
    lines = np.frombuffer(data, np.uint8).reshape(head.height, -1)
    above = np.zeros(head.width * step, np.uint8)
    rows = []
    for line in lines:
        above = _unfiltered(int(line[0]), line[1:], above, step)
        rows.append(above)
    wide = np.stack(rows).view(">u2").astype(np.uint16)
    return wide.reshape(head.height, head.width, head.samples)


def _unfiltered(kind: int, line: Any, above: Any, step: int) -> np.ndarray:
    """A line as it was before its filter; unknown filters change nothing."""
    if kind == 1:
        found = line.reshape(-1, step).cumsum(axis=0, dtype=np.uint8).reshape(-1)
    elif kind == 2:
        found = line + above
    elif kind in (3, 4):
        found = _predicted(kind == 4, line.tolist(), above.tolist(), step)
    else:
        found = line
    result: np.ndarray = found
    return result


def _predicted(paeth: bool, line: list[int], above: list[int], step: int) -> np.ndarray:
    """A line whose bytes depend on those to the left, one after the other."""
    found = [0] * len(line)
    for i, value in enumerate(line):
        left = found[i - step] if i >= step else 0
        up = above[i]
        if not paeth:
            found[i] = (value + (left + up) // 2) & 255
            continue
        corner = above[i - step] if i >= step else 0
        distances = (abs(up - corner), abs(left - corner), abs(left + up - 2 * corner))
        nearest = distances.index(min(distances))
        found[i] = (value + (left, up, corner)[nearest]) & 255
    return np.array(found, np.uint8)


def encode(pixels: np.ndarray, compression: int) -> bytes:
    """A PNG of `pixels`.

    Args:
        pixels: uint8 or uint16, `[height, width, 1 to 4]`.
        compression: zlib's level, -1 to 9.
    """
    zlib = lazy.load("zlib")
    height, width, samples = pixels.shape
    big = pixels.astype(pixels.dtype.newbyteorder(">"), copy=False)
    rows = np.ascontiguousarray(big).view(np.uint8).reshape(height, -1)
    filters = np.zeros((height, 1), np.uint8)
    data = zlib.compress(np.hstack([filters, rows]).tobytes(), compression)
    depth = 8 * pixels.dtype.itemsize
    head = struct.pack(">IIBBBBB", width, height, depth, _COLOURS[samples], 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)

    return MAGIC + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
