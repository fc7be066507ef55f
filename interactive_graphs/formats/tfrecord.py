"""TFRecord files: byte strings one after the other, each with two checksums.

A record is its length (8 bytes, little endian), the masked CRC-32C of those, the bytes,
and the masked CRC-32C of the bytes. A whole file may be compressed.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.tfrecord")
    >>> with TFRecordWriter(path) as writer:
    ...     writer.write(b"one")
    ...     writer.write(b"two")
    >>> list(tf_record_iterator(path))
    [b'one', b'two']

Read next: `crc32c.py`.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, BinaryIO, Final, NoReturn

from interactive_graphs import errors
from interactive_graphs._util import lazy
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs.formats.crc32c import crc32c, masked, unmasked

Path = str | bytes | os.PathLike[str]

_HEADER: Final = struct.Struct("<QI")
_FOOTER: Final = struct.Struct("<I")
_CHUNK: Final = 1 << 18
"""How much is read, or decompressed, at a time."""
_GZIP: Final = 16
"""What zlib adds to the window's size for a GZIP header."""


class TFRecordCompressionType:
    """How a file is compressed: `NONE`, `ZLIB` or `GZIP`."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


_NAMES: Final = {
    TFRecordCompressionType.NONE: "",
    TFRecordCompressionType.ZLIB: "ZLIB",
    TFRecordCompressionType.GZIP: "GZIP",
}


class TFRecordOptions:
    """How records are written and read.

    Args:
        compression_type: a `TFRecordCompressionType`, 'ZLIB', 'GZIP', or '' or None.
        flush_mode: accepted, and of no effect.
        input_buffer_size: accepted, and of no effect.
        output_buffer_size: accepted, and of no effect.
        window_bits: zlib's, 9 to 15.
        compression_level: zlib's, 0 to 9.
        compression_method: zlib's.
        mem_level: zlib's, 1 to 9.
        compression_strategy: zlib's.

    Raises:
        ValueError: there is no such compression.
    """

    compression_type_map = _NAMES

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        """See the class."""
        self.get_compression_type_string(compression_type)
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """'ZLIB', 'GZIP' or '' for options, a compression type, its name, or None.

        Raises:
            ValueError: there is no such compression.
        """
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if not options:
            return ""
        if options in _NAMES:
            return _NAMES[options]
        if options in _NAMES.values():
            return str(options)
        raise ValueError(f'Not a valid compression_type: "{options}"')


# -- writing --------------------------------------------------------------------------


def frame(record: bytes) -> bytes:
    """A record as it stands in a file.

    Example:
        >>> len(frame(b"abc"))
        19
    """
    length = struct.pack("<Q", len(record))
    return b"".join(
        (
            length,
            _FOOTER.pack(masked(crc32c(length))),
            record,
            _FOOTER.pack(masked(crc32c(record))),
        )
    )


class TFRecordWriter:
    """Writes records to a new file; also a context manager, which closes it.

    Args:
        path: of the file; one of that name is replaced.
        options: a `TFRecordOptions`, or the name of a compression.

    Raises:
        OpError: the file cannot be written.
    """

    def __init__(self, path: Path, options: Any = None) -> None:
        """See the class."""
        compression = TFRecordOptions.get_compression_type_string(options)
        self._compressor = _compressor(compression, options) if compression else None
        with errors_of_files():
            self._file: BinaryIO | None = open(path, "wb")  # noqa: SIM115

    def write(self, record: bytes | str) -> None:
        """Write one record.

        Args:
            record: its bytes; a str is encoded in UTF-8.

        Raises:
            TypeError: it is something else.
            FailedPreconditionError: the writer is closed.
        """
        if isinstance(record, str):
            record = record.encode()
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected bytes, {type(record).__name__} found")
        self._put(frame(bytes(record)))

    def _put(self, data: bytes) -> None:
        file = self._opened()
        if self._compressor is not None:
            data = self._compressor.compress(data)
        with errors_of_files():
            file.write(data)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise errors.FailedPreconditionError(None, None, "Writer is closed.")
        return self._file

    def flush(self) -> None:
        """Hand what was written to the operating system.

        What a compressor still holds back stays with it: to flush it would change the
        bytes of the file.

        Raises:
            FailedPreconditionError: the writer is closed.
        """
        with errors_of_files():
            self._opened().flush()

    def close(self) -> None:
        """Finish the file; a second time nothing happens."""
        file, self._file = self._file, None
        if file is None:
            return
        with errors_of_files(), file:
            if self._compressor is not None:
                file.write(self._compressor.flush())

    def __enter__(self) -> TFRecordWriter:
        """The writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def _compressor(compression: str, options: Any) -> Any:
    def given(name: str, default: int) -> int:
        value = getattr(options, name, None)
        return default if value is None else int(value)

    window = given("window_bits", 15) + (_GZIP if compression == "GZIP" else 0)
    zlib = lazy.load("zlib")
    return zlib.compressobj(
        given("compression_level", zlib.Z_DEFAULT_COMPRESSION),
        given("compression_method", zlib.DEFLATED),
        window,
        given("mem_level", zlib.DEF_MEM_LEVEL),
        given("compression_strategy", zlib.Z_DEFAULT_STRATEGY),
    )


# -- reading --------------------------------------------------------------------------


class RecordReader:
    """Reads the records of a file one after the other.

    Never takes more memory than the file has bytes, whatever its lengths say.

    Args:
        path: of the file.
        compression: 'ZLIB', 'GZIP' or ''.

    Attributes:
        path: of the file.
        offset: where the next record begins, in the data before compression.

    Raises:
        OpError: the file cannot be read.
    """

    def __init__(self, path: Path, compression: str = "") -> None:
        """See the class."""
        self.path = path
        self.offset = 0
        with errors_of_files():
            self._file = open(path, "rb")  # noqa: SIM115
        self._source: Any = self._file
        if compression:
            inflated = Inflated(self._file, compression, self._fail)
            self._source = io.BufferedReader(inflated, _CHUNK)

    def read(self) -> bytes | None:
        """The next record; None at the end.

        Raises:
            DataLossError: the file ends within a record, or a checksum is wrong; the
                text names the file and the place.
        """
        header = self._take(_HEADER.size)
        if not header:
            return None
        if len(header) < _HEADER.size:
            self._fail(f"truncated record at {self.offset}")
        length, stored = _HEADER.unpack(header)
        if unmasked(stored) != crc32c(header[:8]):
            hint = "" if self.offset else " (Is this even a TFRecord file?)"
            self._fail(f"corrupted record at {self.offset}{hint}")
        record = self._take(length)
        footer = self._take(_FOOTER.size)
        if len(record) < length or len(footer) < _FOOTER.size:
            self._fail(f"truncated record at {self.offset}")
        if unmasked(_FOOTER.unpack(footer)[0]) != crc32c(record):
            self._fail(f"corrupted record at {self.offset + _HEADER.size}")
        self.offset += _HEADER.size + length + _FOOTER.size
        return record

    def _take(self, count: int) -> bytes:
        """`count` bytes, or what there is; a piece at a time where it is much."""
        with errors_of_files():
            if count <= _CHUNK:
                return bytes(self._source.read(count))
            pieces = []
            while count > 0:
                piece = self._source.read(min(count, _CHUNK))
                if not piece:
                    break
                pieces.append(piece)
                count -= len(piece)
            return b"".join(pieces)

    def _fail(self, text: str) -> NoReturn:
        raise errors.DataLossError(
            None, None, f"{text} in file '{os.fsdecode(self.path)}'"
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def records(path: Path, compression: str = "") -> Iterator[tuple[int, bytes]]:
    """The records of a file, each after the offset where it begins.

    Args:
        path: of the file.
        compression: 'ZLIB', 'GZIP' or ''.

    Raises:
        OpError: as of `RecordReader`.
    """
    reader = RecordReader(path, compression)
    try:
        offset = 0
        while (record := reader.read()) is not None:
            yield offset, record
            offset = reader.offset
    finally:
        reader.close()


class Inflated(io.RawIOBase):
    """A compressed file, read as if it were not; several streams may follow in it."""

    def __init__(
        self, file: BinaryIO, compression: str, fail: Callable[[str], NoReturn]
    ) -> None:
        self._file = file
        self._zlib = lazy.load("zlib")
        self._window = 15 + (_GZIP if compression == "GZIP" else 0)
        self._stream = self._zlib.decompressobj(self._window)
        self._begun = False
        self._fail = fail

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` or a part of it; 0 at the end."""
        stream = self._stream
        while True:
            given = stream.unconsumed_tail or stream.unused_data
            given = given or self._file.read(_CHUNK)
            if not given:
                if self._begun and not stream.eof:
                    self._fail("truncated compressed data")
                return 0
            if stream.eof:
                stream = self._stream = self._zlib.decompressobj(self._window)
            self._begun = True
            try:
                # No more than is wanted: a small file may stand for a huge one.
                found = stream.decompress(given, len(buffer))
            except self._zlib.error as error:
                reason = str(error).removeprefix("Error -3 while decompressing data: ")
                self._fail(f"inflate() failed with error -3: {reason}")
            if found:
                buffer[: len(found)] = found
                return len(found)


def tf_record_iterator(path: Path, options: Any = None) -> Iterator[bytes]:
    """The records of a file.

    Args:
        path: of the file.
        options: a `TFRecordOptions`, or the name of a compression.

    Yields:
        The bytes of each record.

    Raises:
        NotFoundError: there is no such file.
        DataLossError: it ends within a record, or a checksum is wrong; the text names
            the file and the place.
    """
    compression = TFRecordOptions.get_compression_type_string(options)
    for _, record in records(path, compression):
        yield record
