"""Files that appear whole or not at all, and several of them at once.

A rename replaces one file in one step, which is enough for `write_atomic`. A checkpoint
is several files, and a process may be killed between two renames. Therefore:

1. everything is written under names of its own, and flushed to the disk;
2. the data files get their name with `.new` behind, last of all the index: from that
   moment on the new checkpoint is the one that counts;
3. all lose the `.new`.

Killed before the index is `.new`, the old checkpoint counts and stray files are left;
killed later, readers take each file with `.new` where there is one (`current`), and the
next writer does what was left to do. TensorFlow finds its own names in every case but
that of a crash within step 3, which takes microseconds.
Read next: `bundle_writer.py`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import Final

from interactive_graphs._util import lazy

_NEW: Final = ".new"


def temporary_name(path: str) -> str:
    """A name beside `path` that nobody else uses."""
    return f"{path}.tempstate{lazy.load('uuid').uuid4().hex}"


def write_atomic(path: str, data: bytes) -> None:
    """Write a file, so that whoever reads it sees the old or the new one, whole.

    Args:
        path: the file.
        data: its bytes.

    Raises:
        OSError: it cannot be written.
    """
    temporary = temporary_name(path)
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            flush(file)
        os.replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise


def flush(file: object) -> None:
    """Bring what was written to the disk, so that a crash cannot undo it."""
    file.flush()  # type: ignore[attr-defined]
    os.fsync(file.fileno())  # type: ignore[attr-defined]


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def current(path: str, index: str) -> str:
    """Where the bytes of `path` are, which belongs to the checkpoint of `index`."""
    if os.path.exists(index + _NEW) and os.path.exists(path + _NEW):
        return path + _NEW
    return path


def has_index(index: str) -> bool:
    """Whether there is a checkpoint with this index."""
    return os.path.isfile(index) or os.path.isfile(index + _NEW)


def replace_all(written: Mapping[str, str], index: str) -> None:
    """Give files that were written their names, all at once.

    Args:
        written: of each file its name, and the temporary one that it has.
        index: the name among them whose appearance makes the others count.

    Raises:
        OSError: a file cannot be renamed.
    """
    if os.path.exists(index + _NEW):
        _finish(index)
    for name, temporary in written.items():
        if name != index:
            os.replace(temporary, name + _NEW)
    os.replace(written[index], index + _NEW)
    for name in written:
        if name != index:
            os.replace(name + _NEW, name)
    os.replace(index + _NEW, index)


def _finish(index: str) -> None:
    """Do what a writer that was killed had left to do."""
    base = index.removesuffix(".index") + ".data-"
    directory = os.path.dirname(index) or "."
    for entry in os.listdir(directory):
        path = os.path.join(os.path.dirname(index), entry)
        if path.startswith(base) and path.endswith(_NEW):
            os.replace(path, path.removesuffix(_NEW))
    os.replace(index + _NEW, index)


def forget(path: str) -> None:
    """Remove a file of a checkpoint, also where a writer was killed."""
    remove(path)
    remove(path + _NEW)
