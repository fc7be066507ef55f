"""Event files, which TensorBoard reads: a TFRecord of Event messages, in time's order.

`EventsFile` appends to one; `AsyncEventsFile` does so from a thread of its own, so that
a training step does not wait for the disk. Read next: `../summary/writer.py`.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs.formats import tfrecord

VERSION: Final = "brain.Event:2"


class EventsFile:
    """A new event file, open for writing.

    Attributes:
        path: where it is.
    """

    def __init__(self, logdir: str, suffix: str = "") -> None:
        """Make the file and write its first record, the format's version.

        Args:
            logdir: the directory, which exists.
            suffix: the end of the file's name.

        Raises:
            OpError: the file cannot be made.
        """
        now = time.time()
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}"
        self.path, self._file = _create(os.path.join(logdir, name), suffix)
        version = protos.Event(wall_time=now, file_version=VERSION)
        self.write([version.SerializeToString()])
        self.flush()

    def write(self, events: list[bytes]) -> None:
        """Append serialized events."""
        self._file.write(b"".join(map(tfrecord.frame, events)))

    def flush(self) -> None:
        """Make what was written visible to readers."""
        self._file.flush()

    def close(self) -> None:
        """Close the file; the second time nothing happens."""
        self._file.close()


def _create(path: str, suffix: str) -> tuple[str, BinaryIO]:
    """A file that was not there, so that no second writer overwrites the first's."""
    number = 0
    while True:
        full = path + (f".{number}" if number else "") + suffix
        try:
            with errors_of_files():
                return full, open(full, "xb")
        except errors.AlreadyExistsError:
            number += 1


class AsyncEventsFile:
    """An event file that a thread writes.

    What was added is written when this is flushed, closed or forgotten, and when Python
    ends. An error of the disk is raised by the next call.

    Attributes:
        path: where the file is.
    """

    def __init__(
        self, logdir: str, max_queue: int, flush_secs: float, suffix: str = ""
    ) -> None:
        """Make the file and start the thread.

        Args:
            logdir: the directory, which exists.
            max_queue: how many events may wait before `add` waits for the disk.
            flush_secs: after how long what was written is made visible.
            suffix: the end of the file's name.
        """
        self._state = _State(EventsFile(logdir, suffix), max(1, max_queue), flush_secs)
        self.path = self._state.file.path
        thread = threading.Thread(
            target=self._state.work, name="EventsFile", daemon=True
        )
        thread.start()
        # The thread knows the state only, so that this object can be forgotten.
        self._finish = weakref.finalize(self, _finish, self._state, thread)

    def add(self, event: bytes) -> None:
        """Append a serialized event; waits while the queue is full."""
        self._state.add(event)

    def flush(self) -> None:
        """Write what was added, and make it visible to readers."""
        self._state.flush()

    def close(self) -> None:
        """Flush and close; the second time nothing happens."""
        self._finish()
        self._state.check()


class _State:
    """What the thread shares with those who add; all of it under one lock."""

    def __init__(self, file: EventsFile, max_queue: int, flush_secs: float) -> None:
        self.file = file
        self._max_queue = max_queue
        self._flush_secs = flush_secs
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._writing = False
        self._closing = False
        self._error: Exception | None = None

    def check(self) -> None:
        """Raise what went wrong in the thread."""
        if self._error is not None:
            raise self._error

    def add(self, event: bytes) -> None:
        with self._changed:
            while len(self._waiting) >= self._max_queue and self._error is None:
                self._changed.wait()
            self.check()
            self._waiting.append(event)
            self._changed.notify_all()

    def flush(self) -> None:
        with self._changed:
            while (self._waiting or self._writing) and self._error is None:
                self._changed.wait()
            self.check()
            if not self._closing:
                self.file.flush()

    def finish(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def work(self) -> None:
        """The thread: writes batches, flushes when it is time, closes at the end."""
        due = time.monotonic() + self._flush_secs
        try:
            while self._write_next(max(0.0, due - time.monotonic())):
                if time.monotonic() >= due:
                    self.file.flush()
                    due = time.monotonic() + self._flush_secs
        except Exception as error:
            with self._changed:
                self._error = error
                self._waiting.clear()
                self._changed.notify_all()
        finally:
            self.file.close()

    def _write_next(self, patience: float) -> bool:
        """Write what is waiting; False when nothing will come any more."""
        with self._changed:
            if not self._waiting and not self._closing:
                self._changed.wait(patience)
            batch, self._waiting = self._waiting, []
            self._writing = bool(batch)
            self._changed.notify_all()
            going_on = bool(batch) or not self._closing
        if batch:
            try:
                self.file.write(batch)
            finally:
                with self._changed:
                    self._writing = False
                    self._changed.notify_all()
        return going_on


def _finish(state: _State, thread: threading.Thread) -> None:
    state.finish()
    if thread is not threading.current_thread():
        thread.join()


def summary_iterator(path: str | os.PathLike[str]) -> Iterator[Any]:
    """The Event messages of an event file.

    Args:
        path: of the file.

    Yields:
        Event messages, in the order in which they were written.

    Raises:
        NotFoundError: there is no such file.
        DataLossError: it is damaged; the message says where.

    Example:
        >>> import glob, tempfile
        >>> import interactive_graphs as tf
        >>> logdir = tempfile.mkdtemp()
        >>> tf.summary.FileWriter(logdir).close()
        >>> (path,) = glob.glob(f"{logdir}/events.out.tfevents.*")
        >>> [event.file_version for event in tf.train.summary_iterator(path)]
        ['brain.Event:2']
    """
    decode_error = lazy.load("google.protobuf.message").DecodeError
    for offset, record in tfrecord.records(path):
        try:
            event = protos.Event.FromString(record)
        except decode_error:
            raise errors.DataLossError(
                None,
                None,
                f"no Event message in the record at {offset} in file "
                f"'{os.fspath(path)}'",
            ) from None
        yield event
