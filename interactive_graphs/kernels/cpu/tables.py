"""Lookup tables: what they hold, and how files fill them.

Read next: `../../ops/lookup_ops.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.tensor_shape import format_list

WHOLE_LINE: Final = -2
LINE_NUMBER: Final = -1


def _keys(keys: np.ndarray) -> list[Any]:
    found: list[Any] = keys.reshape(-1).tolist()
    return found


def _shown(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else f"{value}"


class Table:
    """A table that ops fill and ask. Thread-safe.

    Attributes:
        key_dtype: of the keys.
        value_dtype: of the values.
        value_shape: the shape of one value.
        is_ready: whether it may be asked.
    """

    def __init__(
        self, key_dtype: DType, value_dtype: DType, value_shape: tuple[int, ...] = ()
    ) -> None:
        """Nothing in it."""
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self.value_shape = value_shape
        self.is_ready = True
        self._items: dict[Any, Any] = {}
        self._lock = threading.Lock()

    def check_keys(self, keys: np.ndarray) -> None:
        """Refuse keys that cannot be in it; any can."""

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        """The values of keys.

        Args:
            keys: of any shape.
            default: the value of keys that are not there.

        Returns:
            Values, `[*keys.shape, *value_shape]`.

        Raises:
            FailedPreconditionError: it is not filled yet.
        """
        if not self.is_ready:
            raise errors.FailedPreconditionError(None, None, "Table not initialized.")
        if default.shape != self.value_shape:
            invalid(
                f"Expected shape {format_list(self.value_shape)} for default value, "
                f"got {format_list(default.shape)}"
            )
        self.check_keys(keys)
        if self.value_shape:
            values = np.empty((keys.size, *self.value_shape), default.dtype)
            for i, key in enumerate(_keys(keys)):
                values[i] = self._items.get(key, default)
            return values.reshape(*keys.shape, *self.value_shape)
        other = default.item()
        values = np.empty(keys.size, default.dtype)
        values[:] = [self._items.get(key, other) for key in _keys(keys)]
        return values.reshape(keys.shape)

    def _pairs(self, keys: np.ndarray, values: np.ndarray) -> Iterator[tuple[Any, Any]]:
        wanted = (*keys.shape, *self.value_shape)
        if values.shape != wanted:
            invalid(
                f"Expected shape {format_list(wanted)} for value, got "
                f"{format_list(values.shape)}"
            )
        if not self.value_shape:
            return zip(_keys(keys), _keys(values), strict=True)
        rows = values.reshape(-1, *self.value_shape).copy()
        return zip(_keys(keys), rows, strict=True)

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Put values in, in place of those that have the same keys."""
        self.check_keys(keys)
        pairs = dict(self._pairs(keys, values))
        with self._lock:
            self._items.update(pairs)

    def remove(self, keys: np.ndarray) -> None:
        """Take keys out; those that are not there are no matter."""
        self.check_keys(keys)
        with self._lock:
            for key in _keys(keys):
                self._items.pop(key, None)

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Hold these keys and values and no others."""
        pairs = dict(self._pairs(keys, values))
        with self._lock:
            self._items = pairs

    def export(self) -> tuple[np.ndarray, np.ndarray]:
        """All keys, `[n]`, and their values."""
        with self._lock:
            items = dict(self._items)
        keys = np.empty(len(items), self.key_dtype.np_dtype)
        keys[:] = list(items)
        values = np.empty((len(items), *self.value_shape), self.value_dtype.np_dtype)
        for i, value in enumerate(items.values()):
            values[i] = value
        return keys, values

    def size(self) -> int:
        """How many keys it has."""
        return len(self._items)


class FixedTable(Table):
    """A table that is filled once."""

    def __init__(self, key_dtype: DType, value_dtype: DType) -> None:
        """Not filled."""
        super().__init__(key_dtype, value_dtype)
        self.is_ready = False

    def fill(self, pairs: Iterator[tuple[Any, Any]]) -> None:
        """Fill it; to do so again with the same is no error.

        Raises:
            InvalidArgumentError: a key comes with two values.
            FailedPreconditionError: it is filled with something else.
        """
        items: dict[Any, Any] = {}
        for key, value in pairs:
            if items.setdefault(key, value) != value:
                invalid(
                    f"HashTable has different value for same key. Key {_shown(key)} "
                    f"has {_shown(items[key])} and trying to add value {_shown(value)}"
                )
        with self._lock:
            if self.is_ready and items != self._items:
                raise errors.FailedPreconditionError(
                    None, None, "Table already initialized."
                )
            self._items = items
            self.is_ready = True

    def fill_with(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Fill it with arrays."""
        self.fill(self._pairs(keys, values))


class DenseTable(Table):
    """A table with two keys that mean nothing, empty and deleted."""

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        value_shape: tuple[int, ...],
        empty_key: Any,
        deleted_key: Any,
    ) -> None:
        """Nothing in it.

        Raises:
            InvalidArgumentError: both keys are the same.
        """
        super().__init__(key_dtype, value_dtype, value_shape)
        if empty_key == deleted_key:
            invalid("Empty and deleted keys cannot be equal")
        self._forbidden = {empty_key: "empty_key", deleted_key: "deleted_key"}

    def check_keys(self, keys: np.ndarray) -> None:
        """Refuse the two keys.

        Raises:
            InvalidArgumentError: with its name.
        """
        for key in _keys(keys):
            if key in self._forbidden:
                name = self._forbidden[key]
                invalid(f"Using the {name} as a table key is not allowed")


# -- files ----------------------------------------------------------------------------


def read_vocabulary(
    path: str,
    columns: tuple[int, int],
    dtypes: tuple[DType, DType],
    most: int,
    delimiter: bytes,
) -> Iterator[tuple[Any, Any]]:
    """The keys and values that the lines of a file hold.

    Args:
        path: of the file.
        columns: of key and value: a column's number, `WHOLE_LINE` or `LINE_NUMBER`.
        dtypes: of key and value.
        most: how many lines the file must have at least, all of which count; -1 for
            all that it has.
        delimiter: what stands between columns, one byte.

    Yields:
        A key and a value for each line.

    Raises:
        NotFoundError: there is no such file.
        InvalidArgumentError: a line has too few columns, or a field that is no number;
            a line is empty; or there are too few.
    """
    if len(delimiter) != 1:
        invalid("delimiter should be only 1 char")
    count = 0
    with errors_of_files(), open(path, "rb") as file:
        for count, line in enumerate(file, 1):
            if 0 <= most < count:
                return
            text = line.removesuffix(b"\n").removesuffix(b"\r")
            if not text:
                invalid(f"Invalid content in {path}: empty line at line {count - 1}.")
            yield _fields(path, count - 1, text, columns, dtypes, delimiter)
    if count < most:
        invalid(f"Invalid vocab_size in {path}: expected {most} but got {count}")


def _fields(
    path: str,
    number: int,
    line: bytes,
    columns: tuple[int, int],
    dtypes: tuple[DType, DType],
    delimiter: bytes,
) -> tuple[Any, Any]:
    parts = line.split(delimiter) if max(columns) >= 0 else []
    if len(parts) <= max(columns):
        invalid(
            f"Invalid number of columns in {path} line {number} "
            f"({_shown(line)}) : expected {max(columns) + 1} got {len(parts)}"
        )
    key, value = (
        _field(path, column, number, line, parts, dtype)
        for column, dtype in zip(columns, dtypes, strict=True)
    )
    return key, value


def _field(
    path: str, column: int, number: int, line: bytes, parts: list[bytes], dtype: DType
) -> Any:
    if column == LINE_NUMBER:
        return number
    text = line if column == WHOLE_LINE else parts[column]
    if dtype.np_dtype.kind == "O":
        return text
    try:
        return _number(text, dtype.np_dtype)
    except ValueError:
        return invalid(
            f"Field {_shown(text)} in line {number} is not a valid {dtype.name}. "
            f"(in {path})"
        )


def _number(text: bytes, dtype: np.dtype[Any]) -> int | float:
    """The number that a field spells.

    Raises:
        ValueError: it spells none, or one that is too large.
    """
    if dtype.kind not in "iu":
        return float(text)
    value = int(text)
    limits = np.iinfo(dtype)
    if b"_" in text or not limits.min <= value <= limits.max:
        raise ValueError(text)
    return value
