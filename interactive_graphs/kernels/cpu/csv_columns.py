"""Lines of CSV (RFC 4180) as columns: defaults, numbers.

Texts are those of DecodeCSV, which name record and field. Read next: `text.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.kernels.cpu import csv_fields
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
        fields = _fields(line, form)
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


def _fields(line: bytes, form: Form) -> list[bytes]:
    if not line:
        return []
    if not form.quoted:
        return line.split(form.delimiter)
    return csv_fields.fields(line, form.delimiter, csv_fields.LINES)


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
