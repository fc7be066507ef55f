"""`tf.resource_loader`: files that lie beside a program.

Read next: `tf_logging.py`.
"""

from __future__ import annotations

import os
import sys

from interactive_graphs._util.file_errors import errors_of_files


def _caller() -> str:
    """The directory of the file that called the caller."""
    path = sys._getframe(2).f_globals.get("__file__", "")
    return os.path.dirname(os.path.abspath(path)) if path else os.getcwd()


def get_data_files_path() -> str:
    """The directory of the file that asks."""
    return _caller()


def get_path_to_datafile(path: str) -> str:
    """The path of a file that lies beside the one that asks.

    Args:
        path: as seen from there.
    """
    return os.path.join(_caller(), path)


def get_root_dir_with_all_resources() -> str:
    """The directory in which all files lie: that of the one that asks."""
    return _caller()


def load_resource(path: str) -> bytes:
    """What is in a file.

    Args:
        path: as seen from the file that asks.

    Raises:
        NotFoundError: it is not there.
    """
    with errors_of_files(), open(os.path.join(_caller(), path), "rb") as file:
        return file.read()


def readahead_file_path(path: str, readahead: str = "128M") -> str:
    """The path itself; elsewhere it asks for a file to be read before it is needed.

    Args:
        path: of the file.
        readahead: how much of it.
    """
    del readahead
    return path
