"""One FileWriter for each directory, for code that does not pass writers around.

Read next: `../formats/events.py`.
"""

from __future__ import annotations

import os
import threading
from typing import ClassVar

from interactive_graphs.summary.writer import FileWriter


class FileWriterCache:
    """One writer for each directory.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> with tempfile.TemporaryDirectory() as logdir:
        ...     writer = tf.summary.FileWriterCache.get(logdir)
        ...     writer is tf.summary.FileWriterCache.get(logdir)
        ...     tf.summary.FileWriterCache.clear()
        True
    """

    _lock: ClassVar = threading.RLock()
    _writers: ClassVar[dict[str, FileWriter]] = {}

    @staticmethod
    def get(logdir: str | os.PathLike[str]) -> FileWriter:
        """The writer of a directory, made when it is first asked for.

        Args:
            logdir: the directory.
        """
        path = os.fspath(logdir)
        with FileWriterCache._lock:
            if path not in FileWriterCache._writers:
                FileWriterCache._writers[path] = FileWriter(path)
            return FileWriterCache._writers[path]

    @staticmethod
    def clear() -> None:
        """Close all writers and forget them."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._writers.values():
                writer.close()
            FileWriterCache._writers.clear()
