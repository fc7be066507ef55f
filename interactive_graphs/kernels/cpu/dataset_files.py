"""Datasets of what stands in files: lines, records of a fixed length, TFRecords, CSV.

Files are opened one after the other and read piece by piece; what is wrong with one is
said with its name and the place. Read next: `csv_records.py`.
"""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, NoReturn

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs._util.refusal import invalid
from interactive_graphs.formats.tfrecord import Inflated, records
from interactive_graphs.kernels.cpu import csv_records
from interactive_graphs.kernels.cpu.datasets import Dataset, Element, Signature

_COMPRESSIONS: Final = frozenset({"", "ZLIB", "GZIP"})
_BUFFER: Final = 1 << 18


def check_compression(name: bytes) -> str:
    """The name of a compression.

    Raises:
        InvalidArgumentError: there is none of that name.
    """
    text = name.decode("utf-8", "replace")
    if text not in _COMPRESSIONS:
        invalid("Unsupported compression_type.")
    return text


@contextmanager
def open_input(path: bytes, compression: str) -> Iterator[BinaryIO]:
    """A block with a file to read, inflated where it is compressed.

    Yields:
        The open file.

    Raises:
        OpError: it cannot be opened; reading raises DataLossError where it is corrupt.
    """
    with errors_of_files():
        file = open(path, "rb", _BUFFER)  # noqa: SIM115
    with file:
        if not compression:
            yield file
            return

        def fail(text: str) -> NoReturn:
            name = os.fsdecode(path)
            raise errors.DataLossError(None, None, f"{text} in file '{name}'")

        with io.BufferedReader(Inflated(file, compression, fail), _BUFFER) as reader:
            yield reader


def as_string(value: bytes) -> np.ndarray:
    """A string as a value of the engine."""
    held = np.empty((), object)
    held[()] = value
    return held


class _InFiles:
    """The items of several files, each opened when the one before has ended."""

    def __init__(
        self, paths: Sequence[bytes], opened: Callable[[bytes], Iterator[Any]]
    ) -> None:
        self._paths = iter(paths)
        self._opened = opened
        self._now: Iterator[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        while True:
            now, self._now = self._now, None
            if now is None:
                now = self._opened(next(self._paths))
            # After an error the file is left, and the next one comes.
            for item in now:
                self._now = now
                return item


class Lines(Dataset):
    """The lines of text files, without their ends."""

    def __init__(
        self, paths: Sequence[bytes], compression: str, signature: Signature
    ) -> None:
        """See the class."""
        super().__init__(signature)
        self._paths = paths
        self._compression = compression

    def elements(self) -> Iterator[Element]:
        """The lines."""
        opened = functools.partial(lines, compression=self._compression)
        return zip(map(as_string, _InFiles(self._paths, opened)))


def lines(path: bytes, compression: str = "") -> Iterator[bytes]:
    """The lines of a file; carriage returns are left out, as TensorFlow does."""
    with open_input(path, compression) as file, errors_of_files():
        for line in file:
            yield line.rstrip(b"\n").replace(b"\r", b"")


class FixedLengthRecords(Dataset):
    """The records of binary files in which all have one length."""

    def __init__(
        self,
        paths: Sequence[bytes],
        sizes: tuple[int, int, int],
        compression: str,
        signature: Signature,
    ) -> None:
        """See the class; `sizes`: of the header, a record and the footer, in bytes."""
        super().__init__(signature)
        self._paths = paths
        self._sizes = sizes
        self._compression = compression

    def elements(self) -> Iterator[Element]:
        """The records."""
        opened = functools.partial(
            fixed_length_records, sizes=self._sizes, compression=self._compression
        )
        return zip(map(as_string, _InFiles(self._paths, opened)))


def fixed_length_records(
    path: bytes, sizes: tuple[int, int, int], compression: str = ""
) -> Iterator[bytes]:
    """The records of a file.

    Args:
        path: of the file.
        sizes: of the header, a record and the footer, in bytes.
        compression: 'ZLIB', 'GZIP' or ''.

    Yields:
        The bytes of each.

    Raises:
        InvalidArgumentError: the body's length is not a multiple of a record's.
        OpError: the file cannot be read.
    """
    header, record, footer = sizes
    with open_input(path, compression) as file, errors_of_files():
        if not compression:
            body = os.fstat(file.fileno()).st_size - header - footer
            _check_body(path, sizes, body)
        file.read(header)
        # The footer is known only when the file has ended.
        held = file.read(record + footer)
        while len(held) == record + footer:
            yield held[:record]
            held = held[record:] + file.read(record)
        if compression and len(held) != footer:
            _check_body(path, sizes, len(held) - footer)


def _check_body(path: bytes, sizes: tuple[int, int, int], body: int) -> None:
    header, record, footer = sizes
    if body % record or body < 0:
        invalid(
            f"Excluding the header ({header} bytes) and footer ({footer} bytes), input "
            f'file "{os.fsdecode(path)}" has body length {body} bytes, which is not an '
            f"exact multiple of the record length ({record} bytes)."
        )


class TFRecords(Dataset):
    """The records of TFRecord files."""

    def __init__(
        self, paths: Sequence[bytes], compression: str, signature: Signature
    ) -> None:
        """See the class."""
        super().__init__(signature)
        self._paths = paths
        self._compression = compression

    def elements(self) -> Iterator[Element]:
        """The records."""
        return zip(map(as_string, _InFiles(self._paths, self._records)))

    def _records(self, path: bytes) -> Iterator[bytes]:
        return (record for _, record in records(path, self._compression))


class CsvRows(Dataset):
    """The rows of CSV files, a component for each column that is wanted."""

    def __init__(
        self,
        paths: Sequence[bytes],
        compression: str,
        header: bool,
        form: csv_records.Form,
        signature: Signature,
    ) -> None:
        """See the class; `header`: whether the first row of each file is one."""
        super().__init__(signature)
        self._paths = paths
        self._compression = compression
        self._header = header
        self._form = form

    def elements(self) -> Iterator[Element]:
        """The rows."""
        return map(self._row, _InFiles(self._paths, self._raw_rows))

    def _raw_rows(self, path: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        number = 0
        with open_input(path, self._compression) as file, errors_of_files():
            rows = csv_records.raw_rows(file, self._form.quoted, self._form.delimiter)
            try:
                if self._header and next(rows, None) is None:
                    invalid("Can't read header of file")
                for number, row in enumerate(rows):
                    yield path, number, row
            except errors.InvalidArgumentError as error:
                _at_row(error, path, number)

    def _row(self, place: tuple[bytes, int, bytes]) -> Element:
        path, number, raw = place
        try:
            return self._form.row(raw)
        except errors.InvalidArgumentError as error:
            _at_row(error, path, number)


def _at_row(error: errors.OpError, path: bytes, number: int) -> NoReturn:
    """Say where a row is; TensorFlow says only what is wrong with it."""
    invalid(f"{error.message} (near row {number} of '{os.fsdecode(path)}')")
