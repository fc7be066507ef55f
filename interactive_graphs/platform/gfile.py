"""`tf.gfile`: files and directories, with TensorFlow's errors.

Read next: `flags.py`.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, BinaryIO, Final, cast

from interactive_graphs import errors
from interactive_graphs._util.file_errors import errors_of_files

Path = str | bytes | os.PathLike[Any]
_MODES: Final = ("r", "w", "a", "r+", "w+", "a+")


def _name(path: Path) -> str:
    return os.fsdecode(path)


class GFile:
    r"""A file, opened when it is first read or written.

    Args:
        name: its path.
        mode: 'r', 'w', 'a', 'r+', 'w+' or 'a+', with a 'b' for bytes; text is UTF-8.

    Raises:
        InvalidArgumentError: there is no such mode.

    Example:
        >>> import os, tempfile
        >>> import interactive_graphs as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "words")
        >>> with tf.gfile.GFile(path, "w") as file:
        ...     file.write("one\ntwo\n")
        >>> [line for line in tf.gfile.GFile(path)]
        ['one\n', 'two\n']
    """

    def __init__(self, name: Path, mode: str = "r") -> None:
        """See the class."""
        self._name = name
        self._mode = mode
        self._is_binary = "b" in mode
        self._kind = mode.replace("b", "")
        if self._kind not in _MODES:
            raise errors.InvalidArgumentError(
                None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'"
            )
        self._reader: BinaryIO | None = None
        self._writer: BinaryIO | None = None

    @property
    def name(self) -> Path:
        """The path."""
        return self._name

    @property
    def mode(self) -> str:
        """The mode."""
        return self._mode

    # -- reading ----------------------------------------------------------------------

    def _reading(self) -> BinaryIO:
        if self._kind not in ("r", "r+", "w+", "a+"):
            raise errors.PermissionDeniedError(
                None, None, "File isn't open for reading"
            )
        if self._kind in ("w+", "a+"):
            self._writing().flush()
        if self._reader is None:
            with errors_of_files():
                self._reader = open(self._name, "rb")  # noqa: SIM115
        return self._reader

    def _as_asked(self, data: bytes) -> Any:
        return data if self._is_binary else data.decode()

    def read(self, n: int = -1) -> Any:
        """The next `n` bytes, or all that is left, as str unless the mode has a 'b'."""
        file = self._reading()
        with errors_of_files():
            return self._as_asked(file.read(n))

    def readline(self) -> Any:
        """The next line with its end; empty at the end of the file."""
        return self._as_asked(self._reading().readline())

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        """The lines that are left, with their ends."""
        while line := self.readline():
            yield line

    def next(self) -> Any:
        """The next line.

        Raises:
            StopIteration: there is none.
        """
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def size(self) -> int:
        """How many bytes the file has."""
        return Stat(self._name).length

    def tell(self) -> int:
        """Where reading goes on, or writing where nothing is read; in bytes."""
        if self._kind.startswith("r"):
            return self._reading().tell()
        return self._writing().tell()

    def seek(
        self, offset: int | None = None, whence: int = 0, position: int | None = None
    ) -> None:
        """Read on at another place.

        Args:
            offset: how many bytes.
            whence: from the beginning (0), from here (1), or from the end (2).
            position: the old name of `offset`.

        Raises:
            TypeError: neither is given, or both are.
            InvalidArgumentError: there is no such `whence`.
        """
        if (offset is None) == (position is None):
            raise TypeError("seek(): offset argument required")
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2.",
            )
        place = offset if position is None else position
        file = self._reading()
        with errors_of_files():
            file.seek(place or 0, whence)

    def seekable(self) -> bool:
        """It is."""
        return True

    # -- writing ----------------------------------------------------------------------

    def _writing(self) -> BinaryIO:
        if self._kind == "r":
            raise errors.PermissionDeniedError(
                None, None, "File isn't open for writing"
            )
        if self._writer is None:
            how = {"r+": "r+b", "w": "wb", "w+": "wb", "a": "ab", "a+": "ab"}
            with errors_of_files():
                writer = open(self._name, how[self._kind])  # noqa: SIM115
                self._writer = cast("BinaryIO", writer)
        return self._writer

    def write(self, file_content: str | bytes) -> None:
        """Append text, in UTF-8, or bytes.

        Raises:
            TypeError: it is neither.
        """
        if not isinstance(file_content, (str, bytes)):
            raise TypeError(f"Expected binary or unicode string, got {file_content!r}")
        if isinstance(file_content, str):
            file_content = file_content.encode()
        file = self._writing()
        with errors_of_files():
            file.write(file_content)

    def flush(self) -> None:
        """Make what was written visible to readers."""
        if self._writer is not None:
            with errors_of_files():
                self._writer.flush()

    def close(self) -> None:
        """Close the file; it is opened again when it is read or written again."""
        reader, writer = self._reader, self._writer
        self._reader = self._writer = None
        for file in (reader, writer):
            if file is not None:
                with errors_of_files():
                    file.close()

    def __enter__(self) -> GFile:
        """The file itself, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def __del__(self) -> None:
        """Lose nothing that was written."""
        if getattr(self, "_writer", None) is not None or getattr(self, "_reader", None):
            self.close()


class FastGFile(GFile):
    """The same; once it was faster."""


Open = GFile


class FileStatistics:
    """What `Stat` tells.

    Attributes:
        length: in bytes.
        mtime_nsec: when it was last changed, in nanoseconds since 1970.
        is_directory: whether it is one.
    """

    def __init__(self, length: int, mtime_nsec: int, is_directory: bool) -> None:
        """See the class."""
        self.length = length
        self.mtime_nsec = mtime_nsec
        self.is_directory = is_directory


# -- what is there --------------------------------------------------------------------


def Exists(filename: Path) -> bool:
    """Whether there is a file or a directory of that name."""
    return os.path.exists(filename)


def IsDirectory(dirname: Path) -> bool:
    """Whether there is a directory of that name."""
    return os.path.isdir(dirname)


def Stat(filename: Path) -> FileStatistics:
    """How large a file is, and how old.

    Args:
        filename: of the file or directory.

    Raises:
        NotFoundError: it is not there.
    """
    with errors_of_files():
        found = os.stat(filename)
    is_directory = os.path.isdir(filename)
    return FileStatistics(found.st_size, found.st_mtime_ns, is_directory)


def ListDirectory(dirname: Path) -> list[str]:
    """The names in a directory, in no order.

    Args:
        dirname: of the directory.

    Raises:
        NotFoundError: there is none.
    """
    if not IsDirectory(dirname):
        raise errors.NotFoundError(
            None, None, f"Could not find directory {_name(dirname)}"
        )
    with errors_of_files():
        return os.listdir(_name(dirname))


def Glob(filename: Path | Iterable[Path]) -> list[str]:
    """The paths that fit a pattern.

    Args:
        filename: a pattern with `*`, `?` and `[...]`, or several.
    """
    single = isinstance(filename, (str, bytes, os.PathLike))
    patterns: Any = [filename] if single else filename
    return [path for pattern in patterns for path in glob.glob(_name(pattern))]


def Walk(
    top: Path, in_order: bool = True
) -> Iterator[tuple[str, list[str], list[str]]]:
    """All that is below a directory.

    Args:
        top: of the directory.
        in_order: whether a directory comes before what is in it.

    Yields:
        A directory, the names of the directories in it, the names of the files.
    """
    yield from os.walk(_name(top), topdown=in_order)


# -- changes --------------------------------------------------------------------------


def MkDir(dirname: Path) -> None:
    """Make a directory, if it is not there.

    Args:
        dirname: of the directory.

    Raises:
        NotFoundError: the one it should be in is missing.
    """
    if not IsDirectory(dirname):
        with errors_of_files():
            os.mkdir(dirname)


def MakeDirs(dirname: Path) -> None:
    """Make a directory and those above it, if they are not there.

    Args:
        dirname: of the directory.

    Raises:
        FailedPreconditionError: there is a file of that name.
    """
    try:
        os.makedirs(dirname, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise errors.FailedPreconditionError(
            None, None, f"{_name(dirname)} is not a directory"
        ) from None
    except OSError:
        with errors_of_files():
            raise


def Remove(filename: Path) -> None:
    """Delete a file.

    Args:
        filename: of the file.

    Raises:
        NotFoundError: it is not there.
        FailedPreconditionError: it is a directory.
    """
    with errors_of_files():
        os.remove(filename)


def DeleteRecursively(dirname: Path) -> None:
    """Delete a directory and all that is in it.

    Args:
        dirname: of the directory.

    Raises:
        NotFoundError: it is not there.
    """
    if not Exists(dirname):
        raise errors.NotFoundError(None, None, f"{_name(dirname)} not found")
    with errors_of_files():
        if os.path.isdir(dirname) and not os.path.islink(dirname):
            shutil.rmtree(_name(dirname))
        else:
            os.remove(dirname)


def _check_free(path: Path, overwrite: bool) -> None:
    if not overwrite and Exists(path):
        raise errors.AlreadyExistsError(None, None, "file already exists")


def Rename(oldname: Path, newname: Path, overwrite: bool = False) -> None:
    """Give a file another name, or put it elsewhere.

    Args:
        oldname: its path.
        newname: its new path.
        overwrite: whether it may replace what is there.

    Raises:
        NotFoundError: it is not there.
        AlreadyExistsError: there is something at the new place.
    """
    _check_free(newname, overwrite)
    with errors_of_files():
        os.replace(oldname, newname)


def Copy(oldpath: Path, newpath: Path, overwrite: bool = False) -> None:
    """Copy a file.

    Args:
        oldpath: its path.
        newpath: of the copy.
        overwrite: whether it may replace what is there.

    Raises:
        NotFoundError: it is not there.
        AlreadyExistsError: there is something at the new place.
    """
    _check_free(newpath, overwrite)
    with errors_of_files():
        shutil.copyfile(oldpath, newpath)
