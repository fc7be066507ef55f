"""Parts of tensors, as checkpoints write them: "7 2 0,3:-" and the keys of slices.

A partitioned variable is stored in pieces. Each has an entry of its own in the table,
under a key that sorts by name, then by where the piece lies.

    >>> shape, part = parse_shape_and_slice("7 2 0,3:-")
    >>> shape, part.extents, part.shape_in(shape)
    ((7, 2), ((0, 3), None), (3, 2))

Read next: `tensor_bundle.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interactive_graphs import protos
from interactive_graphs._util.refusal import invalid

Extent = tuple[int, int] | None
"""Where a part starts along an axis and how long it is; None for the whole axis."""
_LONGEST = (1 << 63) - 1


@dataclass(frozen=True)
class TensorSlice:
    """A part of a tensor: an extent per axis."""

    extents: tuple[Extent, ...]

    @classmethod
    def parse(cls, text: str) -> TensorSlice:
        """The part that e.g. '0,3:-' describes.

        Raises:
            InvalidArgumentError: it describes none.
        """
        extents: list[Extent] = []
        for word in text.split(":") if text else ():
            numbers = word.split(",")
            if word == "-":
                extents.append(None)
            elif len(numbers) != 2 or not all(_is_number(n) for n in numbers):
                invalid(
                    f"Expected a pair of numbers or '-' but got '{word}': "
                    f"string = {text}"
                )
            elif int(numbers[1]) <= 0:
                invalid(f"Expected non-negative start and positive length: {text}")
            else:
                extents.append((int(numbers[0]), int(numbers[1])))
        return cls(tuple(extents))

    @classmethod
    def from_proto(cls, message: Any) -> TensorSlice:
        """The part that a TensorSliceProto describes."""
        return cls(
            tuple(
                (e.start, e.length) if e.HasField("length") else None
                for e in message.extent
            )
        )

    def to_proto(self) -> Any:
        """A TensorSliceProto."""
        message = protos.TensorSliceProto()
        for extent in self.extents:
            if extent is None:
                message.extent.add()
            else:
                message.extent.add(start=extent[0], length=extent[1])
        return message

    def __str__(self) -> str:
        """As `parse` reads it."""
        return ":".join("-" if e is None else f"{e[0]},{e[1]}" for e in self.extents)

    def bounds(self, shape: tuple[int, ...]) -> list[tuple[int, int]]:
        """First and last (exclusive) index per axis.

        Raises:
            InvalidArgumentError: it does not lie in a tensor of `shape`.
        """
        whole = "[" + ",".join(map(str, shape)) + "]"
        if len(self.extents) != len(shape):
            invalid(f"Mismatching ranks: shape = {whole}, slice = {self}")
        found = []
        for axis, (extent, size) in enumerate(zip(self.extents, shape, strict=True)):
            start, length = (0, size) if extent is None else extent
            if start < 0 or start + length > size:
                invalid(
                    f"Extent in dimension {axis} out of bounds: shape = {whole}, "
                    f"slice = {self}"
                )
            found.append((start, start + length))
        return found

    def shape_in(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The part's shape in a tensor of `shape`."""
        return tuple(stop - start for start, stop in self.bounds(shape))

    def is_whole(self, shape: tuple[int, ...]) -> bool:
        """Whether it is all of a tensor of `shape`."""
        return self.shape_in(shape) == shape

    def key(self, name: str) -> bytes:
        """The key of this part of the tensor `name`."""
        out = b"\0" + _ordered_text(name.encode()) + _ordered(len(self.extents))
        for extent in self.extents:
            start, length = (0, -1) if extent is None else extent
            out += _ordered_signed(start) + _ordered_signed(length)
        return out


def parse_shape_and_slice(text: str) -> tuple[tuple[int, ...], TensorSlice]:
    """The whole's shape and the part of it, of e.g. '7 2 0,3:-'.

    Raises:
        InvalidArgumentError: it says neither.
    """
    words = text.split(" ")
    if len(words) < 2:
        invalid(f"Need least two elements in shape_and_slice specification: {text}")
    *dims, part = words
    if not all(_is_number(d) for d in dims):
        invalid(f"Non numerical dimension in shape_and_slice: {text}")
    shape = tuple(map(int, dims))
    found = TensorSlice.parse(part)
    found.bounds(shape)
    return shape, found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= _LONGEST


# -- numbers and texts whose bytes sort as they do ----------------------------------


def _ordered(number: int) -> bytes:
    """A number that is not negative: how many bytes, then they, highest first."""
    size = (number.bit_length() + 7) // 8
    return bytes([size]) + number.to_bytes(size, "big")


def _ordered_text(text: bytes) -> bytes:
    """A text with an end that sorts before everything."""
    escapes = {0: b"\0\xff", 0xFF: b"\xff\0"}
    return b"".join(escapes.get(c, bytes([c])) for c in text) + b"\0\1"


def _ordered_signed(number: int) -> bytes:
    """A number of either sign; its leading bits say how many bytes it has."""
    magnitude = ~number if number < 0 else number
    size = magnitude.bit_length() // 7 + 1
    prefix = ((1 << size) - 1) << (8 * size - size)  # as many ones as there are bytes
    bits = (number & ((1 << 8 * size) - 1)) ^ prefix
    return bits.to_bytes(size, "big")
