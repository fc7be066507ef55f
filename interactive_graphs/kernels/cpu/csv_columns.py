"""Lines of CSV (RFC 4180) taken apart: fields, quotes, defaults, numbers.

Texts are those of DecodeCSV, which name record and field. Read next: `text.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.kernels.cpu.text import number_in, shown


class Form(NamedTuple):
    """How lines are written.

    Attributes:
        delimiter: between fields, one byte.
        quoted: whether fields may be in double quotes.
        na_value: a field that counts as empty.
        chosen: the numbers of the wanted fields; all where there are none.
    """

    delimiter: bytes = b","
    quoted: bool = True
    na_value: bytes = b""
    chosen: tuple[int, ...] = ()


class Column(NamedTuple):
    """What a field becomes.

    Attributes:
        dtype: of the values.
        type_name: as error texts show it.
        default: for empty fields; None where there must be a value.
    """

    dtype: np.dtype[Any]
    type_name: str
    default: Any


def parse(
    lines: Sequence[bytes], columns: Sequence[Column], form: Form
) -> list[np.ndarray]:
    """The columns of some lines.

    Args:
        lines: without their ends.
        columns: what the wanted fields become.
        form: how the lines are written.

    Raises:
        InvalidArgumentError: a line has too many or too few fields, or a field is not
            what it must be.
    """
    found: list[list[Any]] = [[] for _ in columns]
    for number, line in enumerate(lines):
        fields = split(line, form)
        if form.chosen:
            fields = [fields[i] for i in form.chosen if i < len(fields)]
        if len(fields) != len(columns):
            invalid(
                f"Expect {len(columns)} fields but have {len(fields)} in record "
                f"{number}"
            )
        for i, (field, column) in enumerate(zip(fields, columns, strict=True)):
            if not field or field == form.na_value:
                found[i].append(_default(column, i, number))
            else:
                found[i].append(_value(field, column, i, number))
    return [
        np.array(values, column.dtype)
        for values, column in zip(found, columns, strict=True)
    ]


def _default(column: Column, i: int, number: int) -> Any:
    if column.default is None:
        invalid(f"Field {i} is required but missing in record {number}!")
    return column.default


def _value(field: bytes, column: Column, i: int, number: int) -> Any:
    if column.dtype.kind == "O":
        return field
    value = number_in(field, column.dtype)
    if value is None:
        invalid(
            f"Field {i} in record {number} is not a valid {column.type_name}: "
            f"{shown(field)}"
        )
    return value


def split(line: bytes, form: Form) -> list[bytes]:
    """The fields of a line, without their quotes.

    Raises:
        InvalidArgumentError: a quote or an end of line stands where none may.
    """
    if not line:
        return []
    if not form.quoted:
        return line.split(form.delimiter)
    if b'"' not in line:
        _check_plain(line)
        return line.split(form.delimiter)
    fields: list[bytes] = []
    at, end = 0, len(line)
    while True:
        if line[at : at + 1] == b'"':
            field, at = _quoted(line, at + 1, form.delimiter)
        else:
            stop = line.find(form.delimiter, at)
            stop = end if stop < 0 else stop
            field, at = line[at:stop], stop
            _check_plain(field)
        fields.append(field)
        if at >= end:
            return fields
        at += 1  # past the delimiter


def _check_plain(field: bytes) -> None:
    if b'"' in field or b"\n" in field or b"\r" in field:
        invalid("Unquoted fields cannot have quotes/CRLFs inside")


def _quoted(line: bytes, start: int, delimiter: bytes) -> tuple[bytes, int]:
    """The field that begins at `start`, after a quote, and where it has ended."""
    parts = []
    while True:
        stop = line.find(b'"', start)
        if stop < 0:
            invalid("Quoted field has to end with quote followed by delim or end")
        parts.append(line[start:stop])
        following = line[stop + 1 : stop + 2]
        if following in (b"", delimiter):
            return b'"'.join(parts), stop + 1
        if following != b'"':
            invalid("Quote inside a string has to be escaped by another quote")
        start = stop + 2
