"""Whole files: read, write, look for names.

Record by record they are read in `readers.py`. Read next: `readers.py`.
"""

from __future__ import annotations

import glob
import os
from typing import Any

import numpy as np

from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape


def _read_file_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 0)
    return [()]


read_file_op = define(
    "ReadFile", "filename: string -> contents: string", shape=_read_file_shape,
    stateful=True, gradient=None, doc="The contents of a file.",
)  # fmt: skip


def _one(text: Any, argument: str) -> bytes:
    """The string in a scalar."""
    if np.ndim(text):
        invalid(
            f"Input {argument} tensor must be scalar, but had shape: "
            f"{list(np.shape(text))}"
        )
    value: bytes = np.asarray(text, object).item()
    return value


@read_file_op.kernel("CPU")
def _(filename: Any) -> Any:
    with errors_of_files(), open(_one(filename, "filename"), "rb") as file:
        return np.array(file.read(), object)


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """The contents of a file.

    Args:
        filename: string, `[]`.
        name: the node's name.

    Returns:
        A string scalar: all bytes of the file.

    Raises:
        NotFoundError: when it runs and there is no such file.
    """
    result: Tensor = raw.ReadFile(filename, name=name)
    return result


def _write_file_shape(op: Operation) -> list[Shape]:
    for tensor in op.inputs:
        with_rank(tensor.static_shape, 0)
    return []


write_file_op = define(
    "WriteFile", "filename: string, contents: string ->", shape=_write_file_shape,
    stateful=True, gradient=None, doc="Writes a file.",
)  # fmt: skip


@write_file_op.kernel("CPU")
def _(filename: Any, contents: Any) -> None:
    path, data = _one(filename, "filename"), _one(contents, "contents")
    directory = os.path.dirname(path)
    with errors_of_files():
        if directory:
            os.makedirs(directory, exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """Write a file, and make its directory if there is none.

    Args:
        filename: string, `[]`.
        contents: string, `[]`.
        name: the node's name.

    Returns:
        The operation.

    Raises:
        OpError: when it runs and the file cannot be written.

    Example:
        >>> import os, tempfile
        >>> import interactive_graphs as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "a.txt")
        >>> with tf.Session() as sess:
        ...     sess.run(tf.write_file(path, "text"))
        ...     sess.run(tf.read_file(path))
        b'text'
    """
    op: Operation = raw.WriteFile(filename, contents, name=name)
    return op


def _matching_files_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    if shape is not None and len(shape) > 1:
        raise ValueError(f"Shape must be at most rank 1 but is rank {len(shape)}")
    return [(None,)]


matching_files_op = define(
    "MatchingFiles", "pattern: string -> filenames: string",
    shape=_matching_files_shape, stateful=True, gradient=None,
    doc="The names of the files that match.",
)  # fmt: skip


@matching_files_op.kernel("CPU")
def _(pattern: Any) -> Any:
    patterns = np.asarray(pattern, object).reshape(-1)
    return np.array(sorted(n for p in patterns for n in matching(p)), object)


def matching(pattern: bytes) -> list[bytes]:
    """The names of files that match a pattern; one without a directory gets './'.

    Args:
        pattern: with '*', '?' and '[...]' in any of its parts.
    """
    if not os.path.dirname(pattern):
        pattern = b"./" + pattern
    # The same classes of characters, negated in another way.
    return glob.glob(pattern.replace(b"[^", b"[!"), include_hidden=True)


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The names of the files that match a pattern.

    Args:
        pattern: a pattern with '*', '?' and '[...]', or several: string, `[]` or `[n]`.
        name: the node's name.

    Returns:
        A string vector, sorted.
    """
    result: Tensor = raw.MatchingFiles(pattern, name=name)
    return result
