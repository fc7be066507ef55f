"""The fields of a line of CSV (RFC 4180), without their quotes.

DecodeCSV and CSVDataset share the grammar; what they forbid, and in which words, is
data.

    >>> fields(b'7,"a ""b"", c"', b",", RECORDS)
    [b'7', b'a "b", c']

Read next: `csv_columns.py`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from interactive_graphs._util.refusal import invalid


class Grammar(NamedTuple):
    """What an op forbids, in its words.

    Attributes:
        forbidden: bytes that may stand in quotes only.
        if_forbidden: what to say of one outside.
        if_open: what to say of quotes that do not end.
    """

    forbidden: bytes
    if_forbidden: str
    if_open: str


RECORDS: Final = Grammar(
    b'"',
    "Unquoted fields cannot have quotes inside",
    "Reached end of file without closing quoted field in record",
)
"""CSVDataset's: ends of lines have parted the records already."""
LINES: Final = Grammar(
    b'"\r\n',
    "Unquoted fields cannot have quotes/CRLFs inside",
    "Quoted field has to end with quote followed by delim or end",
)
"""DecodeCSV's."""


def fields(line: bytes, delimiter: bytes, grammar: Grammar) -> list[bytes]:
    """The fields of a line, without their quotes.

    Args:
        line: without its end.
        delimiter: between fields, one byte.
        grammar: what is forbidden.

    Raises:
        InvalidArgumentError: a quote or an end of line stands where none may.
    """
    if b'"' not in line:
        _check_plain(line, grammar)
        return line.split(delimiter)
    found: list[bytes] = []
    at, end = 0, len(line)
    while True:
        if line[at : at + 1] == b'"':
            field, at = _quoted(line, at + 1, delimiter, grammar)
        else:
            stop = line.find(delimiter, at)
            stop = end if stop < 0 else stop
            field, at = line[at:stop], stop
            _check_plain(field, grammar)
        found.append(field)
        if at >= end:
            return found
        at += 1  # past the delimiter


def _check_plain(field: bytes, grammar: Grammar) -> None:
    if len(field.translate(None, grammar.forbidden)) < len(field):
        invalid(grammar.if_forbidden)


def _quoted(
    line: bytes, start: int, delimiter: bytes, grammar: Grammar
) -> tuple[bytes, int]:
    """The field that begins at `start`, after a quote, and where it has ended."""
    parts = []
    while True:
        stop = line.find(b'"', start)
        if stop < 0:
            invalid(grammar.if_open)
        parts.append(line[start:stop])
        following = line[stop + 1 : stop + 2]
        if following in (b"", delimiter):
            return b'"'.join(parts), stop + 1
        if following != b'"':
            invalid("Quote inside a string has to be escaped by another quote")
        start = stop + 2
