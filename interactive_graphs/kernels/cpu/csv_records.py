"""Rows of CSV (RFC 4180) as values: splitting, quotes, defaults, numbers.

    >>> from interactive_graphs.framework.dtypes import int32, string
    >>> form = Form([int32, string], [None, None])
    >>> number, text = form.row(b'7,"a ""b"", c"')
    >>> int(number), text.item()
    (7, b'a "b", c')

Read next: `dataset_files.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import DType

_LIMITS: Final = {"int32": 2**31, "int64": 2**63}


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
        if self.quoted and b'"' in raw:
            found = split(raw, self.delimiter)
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


def split(raw: bytes, delimiter: bytes) -> list[bytes]:
    """The fields of a row with quotes.

    Raises:
        InvalidArgumentError: a quote stands where none may.
    """
    fields: list[bytes] = []
    at, end = 0, len(raw)
    while True:
        if raw[at : at + 1] == b'"':
            text, at = _quoted(raw, at + 1)
            if at < end and raw[at : at + 1] != delimiter:
                invalid("Quote inside a string has to be escaped by another quote")
        else:
            stop = raw.find(delimiter, at)
            stop = end if stop < 0 else stop
            text, at = raw[at:stop], stop
            if b'"' in text:
                invalid("Unquoted fields cannot have quotes inside")
        fields.append(text)
        if at >= end:
            return fields
        at += 1


def _quoted(raw: bytes, start: int) -> tuple[bytes, int]:
    """The text that begins at `start`, after a quote, and where it has ended."""
    parts = []
    for _ in itertools.count():
        stop = raw.find(b'"', start)
        if stop < 0:
            invalid("Reached end of file without closing quoted field in record")
        parts.append(raw[start:stop])
        if raw[stop + 1 : stop + 2] != b'"':
            return b'"'.join(parts), stop + 1
        start = stop + 2
    raise AssertionError("unreachable")


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
        try:
            return parse(text)
        except (ValueError, OverflowError):
            shown = text.decode("utf-8", "replace")
            invalid(f"Field {number} in record is not a valid {name}: {shown}")

    return value


def _parser(dtype: DType) -> Callable[[bytes], Any]:
    if dtype.name == "string":
        return _string
    make = dtype.as_numpy_dtype
    if dtype.name in _LIMITS:
        limit = _LIMITS[dtype.name]

        def integer(text: bytes) -> Any:
            found = int(_plain(text))
            if not -limit <= found < limit:
                raise OverflowError
            return make(found)

        return integer
    return lambda text: make(float(_plain(text)))


def _plain(text: bytes) -> bytes:
    """Refuse what only Python takes for a number: 1_000."""
    if b"_" in text:
        raise ValueError
    return text


def _string(text: bytes) -> np.ndarray:
    held = np.empty((), object)
    held[()] = text
    return held
