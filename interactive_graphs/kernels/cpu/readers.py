"""Readers: they take files from a queue and give what is in them, record by record.

A reader keeps its place between steps. Kinds differ in how they open a file and in what
a record is; all of them take the next file when one is exhausted.

    >>> reader = IdentityReader("r")
    >>> queue = FIFOQueue("q", 2, [np.dtype(object)], [()], "string")
    >>> queue.enqueue((np.array(b"work", object),))
    >>> reader.read(queue)
    (b'work', b'work')

Read next: `queues.py`.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs._util.refusal import invalid
from interactive_graphs.formats.tfrecord import Inflated, records
from interactive_graphs.kernels.cpu.queues import Cancellation, FIFOQueue, Queue

__all__ = ["FIFOQueue"]  # for the example above

Record = tuple[bytes, bytes]


class Reader:
    """What all kinds of readers share. Thread-safe: one read at a time.

    Attributes:
        name: as in error texts.
        work: the file that is being read, or was read last.
        started, finished: how many files.
        produced: how many records.
    """

    def __init__(self, name: str) -> None:
        """See the class."""
        self.name = name
        self._lock = threading.RLock()
        self._forget()

    def _forget(self) -> None:
        self.work = b""
        self.started = 0
        self.finished = 0
        self.produced = 0
        self._records: Iterator[Record] | None = None

    # -- what a kind does -------------------------------------------------------------

    def _open(self, work: bytes) -> Iterator[Record]:
        """The records of a file."""
        raise NotImplementedError

    # -- reading ----------------------------------------------------------------------

    def read(self, queue: Queue, cancellation: Cancellation | None = None) -> Record:
        """The next record: its key and its value; waits for a file.

        Args:
            queue: holds the names of files.
            cancellation: of the step that asks.

        Raises:
            OutOfRangeError: the queue is closed and empty.
            OpError: a file cannot be read.
        """
        with self._lock:
            while True:
                self._begin(queue, cancellation)
                record = self._next()
                if record is not None:
                    self._end_if_single()
                    return record

    def read_up_to(
        self, queue: Queue, count: int, cancellation: Cancellation | None = None
    ) -> list[Record]:
        """Up to `count` records of one file, at least one; waits for a file.

        Args:
            queue: holds the names of files.
            count: how many records at most.
            cancellation: of the step that asks.

        Raises:
            OutOfRangeError: the queue is closed and empty.
            OpError: a file cannot be read.
        """
        found: list[Record] = []
        with self._lock:
            while not found and count > 0:
                self._begin(queue, cancellation)
                while len(found) < count:
                    record = self._next()
                    if record is None:
                        break
                    found.append(record)
                    self._end_if_single()
                    if self._records is None:
                        break
        return found

    def _begin(self, queue: Queue, cancellation: Cancellation | None) -> None:
        """Have a file open, the next one of the queue if need be."""
        if self._records is None:
            if not (self.finished < self.started and self._keeps_failed_work()):
                self.work = _next_work(queue, cancellation)
                self.started += 1
            self._records = self._open(self.work)

    def _keeps_failed_work(self) -> bool:
        """Whether a file that could not be read is tried again."""
        return False

    def _next(self) -> Record | None:
        """The next record; None at the end of the file, which is then finished."""
        assert self._records is not None
        try:
            with errors_of_files():
                record = next(self._records, None)
        except errors.OpError:
            self._records = None
            if not self._keeps_failed_work():
                self.started -= 1
            raise
        if record is None:
            self._finish()
        else:
            self.produced += 1
        return record

    def _finish(self) -> None:
        self._records = None
        self.finished += 1

    def _end_if_single(self) -> None:
        """Finish a file that has but one record as soon as that is read."""

    # -- the rest ---------------------------------------------------------------------

    def counts(self) -> tuple[int, int]:
        """How many records were produced, and how many files finished."""
        with self._lock:
            return self.produced, self.finished

    def reset(self) -> None:
        """Be as new."""
        with self._lock:
            self._forget()

    def state(self) -> bytes:
        """A serialized ReaderBaseState.

        Raises:
            UnimplementedError: this kind has none.
        """
        raise errors.UnimplementedError(None, None, "Reader SerializeState")

    def restore(self, state: bytes) -> None:  # noqa: ARG002
        """Go on from a state.

        Raises:
            UnimplementedError: this kind has none.
            InvalidArgumentError: it is no state.
        """
        raise errors.UnimplementedError(None, None, "Reader RestoreState")


def _next_work(queue: Queue, cancellation: Cancellation | None) -> bytes:
    if len(queue.dtypes) != 1:
        invalid("Expected single component queue")
    if queue.dtypes[0].kind != "O":
        invalid("Expected queue with single string component")
    element = np.asarray(queue.dequeue(cancellation)[0], object)
    if element.size != 1:
        invalid("Expected to dequeue a one-element string tensor")
    work: bytes = element.reshape(-1)[0]
    return work


# -- a record a file ------------------------------------------------------------------


class _WholeReader(Reader):
    """A reader whose files, or work items, have one record each."""

    kind = ""

    def _keeps_failed_work(self) -> bool:
        return True

    def _end_if_single(self) -> None:
        self._finish()

    def state(self) -> bytes:
        """A serialized ReaderBaseState."""
        with self._lock:
            message = protos.ReaderBaseState(
                work_started=self.started,
                work_finished=self.finished,
                num_records_produced=self.produced,
                current_work=self.work,
            )
        return bytes(message.SerializeToString())

    def restore(self, state: bytes) -> None:
        """Go on from a state.

        Raises:
            InvalidArgumentError: it is no state, or cannot be.
        """
        whom = f"{self.kind} '{self.name}'"
        try:
            message = protos.ReaderBaseState.FromString(state)
        except lazy.load("google.protobuf.message").DecodeError:
            shown = state.decode("utf-8", "backslashreplace")
            invalid(f"Could not parse state for {whom}: {shown}")
        counts = (
            message.work_started, message.work_finished, message.num_records_produced
        )  # fmt: skip
        if min(counts) < 0:
            invalid(f"Unexpected negative value when restoring in {whom}: {message}")
        if message.work_started < message.work_finished or (
            message.work_started > message.work_finished + 1
        ):
            invalid(
                "Inconsistent work started vs. finished when restoring in "
                f"{whom}: {message}"
            )
        with self._lock:
            self._records = None
            self.started, self.finished, self.produced = counts
            self.work = message.current_work


class WholeFileReader(_WholeReader):
    """A record is a file: its name and its contents."""

    kind = "WholeFileReader"

    def _open(self, work: bytes) -> Iterator[Record]:
        with open(work, "rb") as file:
            yield work, file.read()


class IdentityReader(_WholeReader):
    """A record is what the queue holds, as key and as value."""

    kind = "IdentityReader"

    def _open(self, work: bytes) -> Iterator[Record]:
        yield work, work


# -- many records a file --------------------------------------------------------------


class TextLineReader(Reader):
    """A record is a line, without its end; the key has its number, from 1."""

    def __init__(self, name: str, skip_header_lines: int) -> None:
        """A reader that leaves out the first lines of each file."""
        super().__init__(name)
        self._skip = skip_header_lines

    def _open(self, work: bytes) -> Iterator[Record]:
        with open(work, "rb") as file:
            for number, line in enumerate(file, 1):
                if number > self._skip:
                    yield b"%s:%d" % (work, number), without_line_end(line)


def without_line_end(line: bytes) -> bytes:
    r"""A line without its '\n' or '\r\n'."""
    if line.endswith(b"\n"):
        line = line[:-1].removesuffix(b"\r")
    return line


class TFRecordReader(Reader):
    """A record of a TFRecord file; the key has its offset."""

    def __init__(self, name: str, compression: str) -> None:
        """A reader of files that are compressed by 'ZLIB', 'GZIP' or ''."""
        super().__init__(name)
        self._compression = compression

    def _open(self, work: bytes) -> Iterator[Record]:
        for offset, record in records(work, self._compression):
            yield b"%s:%d" % (work, offset), record


class FixedLengthRecordReader(Reader):
    """A record is some number of bytes; the key has its number, from 0."""

    def __init__(
        self, name: str, header: int, record: int, footer: int, hop: int, encoding: str
    ) -> None:
        """A reader of records of `record` bytes, each `hop` after the one before."""
        super().__init__(name)
        self._header = header
        self._record = record
        self._footer = footer
        self._hop = hop or record
        self._encoding = encoding

    def _open(self, work: bytes) -> Iterator[Record]:
        for index, record in enumerate(
            fixed_records(
                work,
                self._header,
                self._record,
                self._footer,
                self._hop,
                self._encoding,
            )
        ):
            yield b"%s:%d" % (work, index), record


def fixed_records(
    path: str | bytes,
    header: int,
    record: int,
    footer: int,
    hop: int,
    encoding: str = "",
) -> Iterator[bytes]:
    """The records of a file that all have one length.

    Args:
        path: of the file.
        header: how many bytes come before the first record.
        record: how many bytes a record has.
        footer: how many bytes come after the last record.
        hop: how many bytes are from the start of a record to that of the next.
        encoding: 'ZLIB' or 'GZIP' for compressed files.

    Yields:
        The records that are whole.
    """

    def fail(text: str) -> NoReturn:
        raise errors.DataLossError(None, None, f"{text} in file '{os.fsdecode(path)}'")

    with open(path, "rb") as file:
        if encoding:
            data = io.BufferedReader(Inflated(file, encoding, fail)).read()
            source: Any = io.BytesIO(data)
            end = len(data) - footer
        else:
            source = file
            end = os.fstat(file.fileno()).st_size - footer
        start = header
        while start + record <= end:
            source.seek(start)
            yield source.read(record)
            start += hop
