"""Lists of tensors as values: what a loop remembers for its gradient.

A list never changes: pushing makes a new list that shares the old one, popping gives
the old one back. So each takes the same short time whatever the length, and two users
of a list do not disturb each other. Read next: `../../ops/tensor_list.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.tensor_shape import Shape, format_list, is_compatible


class TensorList:
    """A list that is empty, or another list and one more value.

    It has no `shape` and `dtype`, by which others tell arrays.

    Attributes:
        element_dtype: of the values; variant for lists of lists.
        element_shape: what holds for the shapes of all values.
        limit: how many there may be, any number when negative.
        rest: the list without its last value, None for an empty one.
        value: the last value.
        length: how many there are.
    """

    __slots__ = ("element_dtype", "element_shape", "length", "limit", "rest", "value")

    def __init__(
        self,
        dtype: DType,
        shape: Shape = None,
        limit: int = -1,
        rest: TensorList | None = None,
        value: Any = None,
    ) -> None:
        """An empty list, or `rest` and `value`."""
        self.element_dtype = dtype
        self.element_shape = shape
        self.limit = limit
        self.rest = rest
        self.value = value
        self.length: int = 0 if rest is None else rest.length + 1

    def push(self, value: Any) -> TensorList:
        """This list and one more value.

        Raises:
            InvalidArgumentError: the list is full, or the value's shape does not fit.
        """
        shape, limit = self.element_shape, self.limit
        if shape is not None and not is_compatible(np.shape(value), shape):
            invalid(
                "Tried to append a tensor with incompatible shape to a list. Op "
                f"element shape: {format_list(np.shape(value))} list shape: "
                f"{format_list(shape)}"
            )
        if 0 <= limit <= self.length:
            invalid(
                f"Tried to push item into a full list list size: {self.length} "
                f"max_num_elements: {limit}"
            )
        return TensorList(self.element_dtype, shape, limit, self, value)

    def pop(self) -> tuple[TensorList, Any]:
        """The list without its last value, and that.

        Raises:
            InvalidArgumentError: there is none.
        """
        if self.rest is None:
            invalid("Trying to pop from an empty list.")
        return self.rest, self.value

    def values(self) -> list[Any]:
        """All values, the first pushed first."""
        found: list[Any] = []
        item = self
        while item.rest is not None:
            found.append(item.value)
            item = item.rest
        found.reverse()
        return found

    def of(self, values: list[Any]) -> TensorList:
        """A list of the same kind with other values."""
        made = TensorList(self.element_dtype, self.element_shape, self.limit)
        for value in values:
            made = made.push(value)
        return made

    def zeros_like(self) -> TensorList:
        """As many zeros of the same shapes; what ZerosLike gives."""
        if self.element_dtype.name == "variant":
            return self.of([v.zeros_like() for v in self.values()])
        return self.of([np.zeros_like(v) for v in self.values()])

    def __add__(self, other: TensorList) -> TensorList:
        """The sums of the values; what AddN gives.

        Raises:
            InvalidArgumentError: the lists are of different lengths or shapes.
        """
        if self.length != other.length:
            invalid(
                "Trying to add two lists of tensors with different lengths. One is "
                f"{self.length} and the other is {other.length}"
            )
        sums = []
        for a, b in zip(self.values(), other.values(), strict=True):
            if np.shape(a) != np.shape(b):
                invalid(
                    "Trying to add two tensors with incompatible element shapes. One "
                    f"is {format_list(np.shape(a))} and the other is "
                    f"{format_list(np.shape(b))}"
                )
            sums.append(a + b)
        return self.of(sums)

    def __repr__(self) -> str:
        """For errors and debuggers."""
        return f"<TensorList of {self.length} {self.element_dtype.name}>"


def concatenated(items: TensorList, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """The values of a list, one after the other, and how many rows each has.

    Args:
        items: a list of arrays that have rows.
        shape: what is known of the shape of each.

    Raises:
        InvalidArgumentError: a value is a scalar, the rows of two differ, or there are
            none whose shape could be known.
    """
    values = items.values()
    if not values:
        row = None if not shape else shape[1:]
        if row is None or None in row:
            invalid(
                "All except the first dimension must be fully defined when concating "
                "an empty tensor list. element_shape: "
                + ("<unknown>" if shape is None else format_list(shape))
            )
        dtype = items.element_dtype.np_dtype
        none: np.ndarray = np.zeros((0, *(d or 0 for d in row)), dtype)
        return none, np.zeros(0, np.int64)
    rows = np.shape(values[0])[1:]
    for i, value in enumerate(values):
        if np.ndim(value) == 0:
            invalid(
                f"Concat saw a scalar shape at index {i} but requires at least vectors."
            )
        if np.shape(value)[1:] != rows:
            invalid(
                "PartialTensorShape: Incompatible shapes during merge: "
                f"{format_list(rows)} vs. {format_list(np.shape(value)[1:])}"
            )
    lengths = np.array([len(v) for v in values], np.int64)
    return np.concatenate(values), lengths


def split(tensor: np.ndarray, lengths: np.ndarray, empty: TensorList) -> TensorList:
    """A list of pieces of `tensor`, of so many rows each.

    Args:
        tensor: an array that has rows.
        lengths: integers, `[n]`.
        empty: the kind of list wanted.

    Raises:
        InvalidArgumentError: `lengths` are negative or not the number of rows.
    """
    used = 0
    pieces = []
    for length in lengths.tolist():
        if length < 0:
            invalid(f"Invalid value in lengths: {length}")
        if used + length > len(tensor):
            invalid(
                f"Attempting to slice [{used}, {used + length}] from tensor with "
                f"length {len(tensor)}"
            )
        pieces.append(tensor[used : used + length])
        used += length
    if used != len(tensor):
        invalid(
            f"Unused values in tensor. Length of tensor: {len(tensor)} Values used: "
            f"{used}"
        )
    return empty.of(pieces)
