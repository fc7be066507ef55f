"""Where Keras keeps its data sets, and what to say of one that is not there.

Read next: `../../formats/idx.py`.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

# What numpy and zipfile say of archives that are none, are cut off or make no sense.
_DAMAGE = (
    *(KeyError, EOFError, OSError, ValueError, TypeError, MemoryError),
    *(NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error),
)


def find(path: str, what: str) -> Path:
    """A file among Keras's data sets.

    Args:
        path: a name below `~/.keras/datasets`, or an absolute path.
        what: what it is, for the message.

    Raises:
        FileNotFoundError: it is not there.
    """
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    found = home / "datasets" / path
    if not found.is_file():
        raise FileNotFoundError(
            f"No file {found}. interactive_graphs downloads nothing: put {what} there"
        )
    return found


def arrays(path: str, *names: str) -> list[np.ndarray]:
    """Arrays of an npz file among Keras's data sets.

    Raises:
        FileNotFoundError: it is not there.
        ValueError: it is no such file, or has not these arrays.
    """
    found = find(path, f"the file {Path(path).name} that Keras uses")
    try:
        with np.load(found, allow_pickle=False) as stored:
            return [stored[name] for name in names]
    except _DAMAGE as error:
        raise ValueError(
            f"{found} is not what it should be, an npz file with {', '.join(names)}: "
            f"{error}"
        ) from None
