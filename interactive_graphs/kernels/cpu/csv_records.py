"""Rows of CSV (RFC 4180) as values: rows of files, defaults, numbers.

    >>> from interactive_graphs.framework.dtypes import int32, string
    >>> form = Form([int32, string], [None, None])
    >>> number, text = form.row(b'7,"a ""b"", c"')
    >>> int(number), text.item()
    (7, b'a "b", c')

Read next: `csv_fields.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.kernels.cpu import csv_fields
from interactive_graphs.kernels.cpu.text import number_in, shown


def raw_rows(
    lines: Iterable[bytes], quoted: bool, delimiter: bytes = b","
) -> Iterator[bytes]:
    """The rows of a file: its lines, joined where an end of line stands in quotes.

    Args:
        lines: of the file, with their ends.
        quoted: whether quotes have a meaning.
        delimiter: between fields; a field in quotes follows one.

    Yields:
        The bytes of each row, without its end.
    """
    pending: list[bytes] = []
    is_open = False
    for line in lines:
        pending.append(line)
        if quoted and line.count(b'"') % 2:
            begins = line.startswith(b'"') or delimiter + b'"' in line
            is_open = not is_open and begins
        if not is_open:
            yield from _without_end(b"".join(pending))
            pending = []
    if pending:
        yield from _without_end(b"".join(pending))


def _without_end(row: bytes) -> list[bytes]:
    row = row.removesuffix(b"\n").removesuffix(b"\r")
    # A carriage return ends a row, too, where no quotes forbid to look for it.
    return row.split(b"\r") if b"\r" in row and b'"' not in row else [row]


class Form:
    """How rows become values.

    Attributes:
        quoted: whether quotes have a meaning.
        delimiter: between fields.
    """

    def __init__(
        self,
        types: Sequence[DType],
        defaults: Sequence[Any],
        delimiter: bytes = b",",
        quoted: bool = True,
        na_value: bytes = b"",
        columns: Sequence[int] = (),
    ) -> None:
        """See the class.

        Args:
            types: of the wanted columns.
            defaults: for each of them the value of an empty field, None where one must
                not be empty.
            delimiter: between fields, one byte.
            quoted: whether quotes have a meaning.
            na_value: a field that counts as empty.
            columns: the wanted ones, ascending; all where there are none.
        """
        self.quoted = quoted
        self.delimiter = delimiter
        self._na_value = na_value
        self._columns = list(columns)
        self._fields = [
            _field(i, dtype, default, na_value)
            for i, (dtype, default) in enumerate(zip(types, defaults, strict=True))
        ]

    def row(self, raw: bytes) -> tuple[Any, ...]:
        """The values of one row.

        Raises:
            InvalidArgumentError: it has too few or too many fields, or a field is not
                what it must be.
        """
        if self.quoted:
            found = csv_fields.fields(raw, self.delimiter, csv_fields.RECORDS)
        else:
            found = raw.split(self.delimiter)
        wanted = len(self._fields)
        if self._columns:
            found = [found[i] for i in self._columns if i < len(found)]
        values = [f(text) for f, text in zip(self._fields, found, strict=False)]
        if len(found) < wanted:
            invalid(f"Expect {wanted} fields but have {len(found)} in record")
        if len(found) > wanted:
            invalid(f"Expect {wanted} fields but have more in record")
        return tuple(values)


def _field(
    number: int, dtype: DType, default: Any, na_value: bytes
) -> Callable[[bytes], Any]:
    """What makes a value of one field."""
    parse = _parser(dtype)
    name = {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)

    def value(text: bytes) -> Any:
        if not text or text == na_value:
            if default is None:
                invalid(f"Field {number} is required but missing in record!")
            return default
        found = parse(text)
        if found is None:
            invalid(f"Field {number} in record is not a valid {name}: {shown(text)}")
        return found

    return value


def _parser(dtype: DType) -> Callable[[bytes], Any]:
    if dtype.name == "string":
        return _string
    make = dtype.as_numpy_dtype

    def number(text: bytes) -> Any:
        found = number_in(text, dtype.np_dtype)
        return None if found is None else make(found)

    return number


def _string(text: bytes) -> np.ndarray:
    held = np.empty((), object)
    held[()] = text
    return held
