"""Elements that are kept in a file: a TFRecord of TensorProtos, one per component.

The file is written under another name and gets its own when the pass is complete, so a
pass that was cut off leaves nothing behind that looks whole.
Read next: `prefetch.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs.formats.tfrecord import RecordReader, TFRecordWriter
from interactive_graphs.framework.tensor_proto import (
    array_in_bytes,
    array_to_bytes_proto,
)
from interactive_graphs.kernels.cpu.datasets import Dataset, Element, Signature

_SUFFIX: Final = b".data"


class CachedInFile(Dataset):
    """Elements that are made in the first pass and read from a file later."""

    def __init__(self, source: Dataset, path: bytes, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._path = path + _SUFFIX

    def elements(self) -> Iterator[Element]:
        """The kept elements, or new ones, which are kept."""
        if os.path.exists(self._path):
            return read_elements(self._path, len(self.signature.types))
        return _Writing(self._source.elements(), self._path)


class _Writing:
    """Writes what it passes on."""

    def __init__(self, source: Iterator[Element], path: bytes) -> None:
        self._source = source
        self._path = path
        self._unfinished = path + b".unfinished-%d-%d" % (os.getpid(), id(self))
        self._writer: TFRecordWriter | None = None

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        if self._writer is None:
            self._writer = TFRecordWriter(self._unfinished)
        for element in self._source:
            for component in element:
                proto = array_to_bytes_proto(np.asarray(component))
                self._writer.write(proto.SerializeToString())
            return element
        self._writer.close()
        if os.path.exists(self._unfinished):
            with errors_of_files():
                os.replace(self._unfinished, self._path)
        raise StopIteration

    def __del__(self) -> None:
        """Leave no unfinished file."""
        writer = getattr(self, "_writer", None)
        if writer is not None and os.path.exists(self._unfinished):
            writer.close()
            os.unlink(self._unfinished)


def read_elements(path: bytes, components: int) -> Iterator[Element]:
    """The elements in a file.

    Args:
        path: of the file.
        components: how many each element has.

    Raises:
        DataLossError: the file is corrupt; the text names it and the place.
    """
    reader = RecordReader(path)
    try:
        while True:
            records = []
            for _ in range(components):
                offset = reader.offset
                record = reader.read()
                if record is None:
                    break
                records.append(_decoded(record, path, offset))
            if not records:
                return
            if len(records) < components:
                _fail(f"an element is cut off at {reader.offset}", path)
            yield tuple(records)
    finally:
        reader.close()


def _decoded(record: bytes, path: bytes, offset: int) -> Any:
    array = array_in_bytes(record)
    if array is None:
        return _fail(f"no tensor at {offset}", path)
    return array if array.ndim or array.dtype == object else array[()]


def _fail(text: str, path: bytes) -> Any:
    name = os.fsdecode(path)
    raise errors.DataLossError(None, None, f"{text} in cache file '{name}'")
