"""Machine code on disk, one file for each content, private to the user.

    >>> store = Cache(Path("~/.cache/interactive_graphs/native").expanduser())
    >>> store.write("3fa9", b"machine code")
    >>> store.read("3fa9")
    b'machine code'

What is read here is going to be executed. So the directory and its files are the
user's own and closed to others, and each file carries a digest keyed with a secret that
is made once: what is corrupt, cut off, foreign or under another name is as if it were
not there. Nothing here raises for the state of a disk. The environment's
INTERACTIVE_GRAPHS_CACHE names another directory; `off` keeps nothing.
Read next: `driver.py`.
"""

import contextlib
import hmac
import os
import secrets
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path

_MAGIC = b"interactive_graphs object 1\n"
_TAG_BYTES = 32
_LARGEST_FILE = 64 << 20
_POSIX = os.name == "posix"
_SUFFIX = ".object"
_WRITES_BETWEEN_TIDYING = 64


def default_directory() -> Path | None:
    """Where a user's machine code is kept, or None if nowhere."""
    chosen = os.environ.get("INTERACTIVE_GRAPHS_CACHE", "")
    if chosen:
        return None if chosen == "off" else Path(chosen).expanduser()
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library/Caches"
        else:
            named = os.environ.get("XDG_CACHE_HOME", "")
            # The standard wants a relative path to be ignored.
            base = Path(named) if named.startswith("/") else Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        return None
    return base / "interactive_graphs" / "native"


class Cache:
    """Files of machine code in a private directory.

    Args:
        directory: made when first written to; None keeps nothing.
        limit: bytes of all files; beyond it those not used for longest are removed.
    """

    def __init__(self, directory: Path | None, limit: int = 256 << 20) -> None:
        self.directory = directory
        self.limit = limit
        self._key: bytes | None = None
        self._lock = threading.Lock()
        self._writes = 0

    def read(self, name: str) -> bytes | None:
        """Returns what was written under a name, or None."""
        if self.directory is None:
            return None
        path = self.directory / (name + _SUFFIX)
        try:
            key = self._secret(make=False)
            content = None if key is None else _read_own(path)
            if key is None or content is None:
                return None
            data = content[len(_MAGIC) + _TAG_BYTES :]
            if not hmac.compare_digest(content, _sealed(key, name, data)):
                return None
            os.utime(path)  # the files not used for longest go first
        except OSError:
            return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Keeps data under a name; where that cannot be, does nothing."""
        if self.directory is None:
            return
        try:
            key = self._secret(make=True)
            if key is None:
                return
            _write_whole(self.directory, name + _SUFFIX, _sealed(key, name, data))
            with self._lock:
                tidy = self._writes % _WRITES_BETWEEN_TIDYING == 0
                self._writes += 1
            if tidy:
                self.tidy()
        except OSError:
            return

    def tidy(self) -> None:
        """Removes the files not used for longest beyond the limit, and left-overs."""
        if self.directory is None:
            return
        found = []
        with os.scandir(self.directory) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    about = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(_SUFFIX):
                        found.append((about.st_mtime, about.st_size, entry.path))
                    elif (
                        entry.name.endswith(".part")
                        and about.st_mtime < time.time() - 3600
                    ):
                        os.unlink(entry.path)  # of a process that was killed
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self.limit:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
            total -= size

    def _secret(self, make: bool) -> bytes | None:
        """The user's key; None if there is none or the directory is not private."""
        directory = self.directory
        if directory is None:
            return None
        if make:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private_directory(directory):
            return None
        with self._lock:
            if self._key is None:
                self._key = _read_key(directory)
            if self._key is None and make:
                self._key = _make_key(directory)
            return self._key


def _sealed(key: bytes, name: str, data: bytes) -> bytes:
    """A file's content: what it is, the keyed digest of name and data, the data."""
    signed = len(name).to_bytes(8, "little") + name.encode() + data
    return _MAGIC + hmac.digest(key, signed, "sha256") + data


def _read_key(directory: Path) -> bytes | None:
    """The secret that was made, or None."""
    key = _read_own(directory / "key")
    if key is not None and len(key) != _TAG_BYTES:
        os.unlink(directory / "key")  # cut off as the machine went down
        return None
    return key


def _make_key(directory: Path) -> bytes | None:
    """Makes the secret, or reads that of another process that was faster."""
    descriptor, part = tempfile.mkstemp(suffix=".part", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_TAG_BYTES))
        # Unlike a rename, a link fails where the name is taken: nobody's key is lost.
        with contextlib.suppress(FileExistsError):
            if _POSIX:
                os.link(part, directory / "key")
            else:
                os.rename(part, directory / "key")
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
    return _read_key(directory)


def _write_whole(directory: Path, name: str, content: bytes) -> None:
    """Writes a file so that it is there whole or not at all, closed to others."""
    descriptor, part = tempfile.mkstemp(suffix=".part", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(part, directory / name)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def _is_private_directory(directory: Path) -> bool:
    """Whether it is a directory of this user that nobody else can enter."""
    about = os.lstat(directory)
    if not stat.S_ISDIR(about.st_mode):
        return False
    return not _POSIX or (about.st_uid == os.geteuid() and not about.st_mode & 0o077)


def _read_own(path: Path) -> bytes | None:
    """The content of a regular file of this user that is closed to others, or None."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    # A pipe in the place of the file must not make anybody wait.
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST_FILE:
            return None
        if _POSIX and (about.st_uid != os.geteuid() or about.st_mode & 0o077):
            return None
        return file.read()


_user: tuple[Path | None, Cache] | None = None


def user_cache() -> Cache:
    """The cache of this user, as the environment says now."""
    global _user
    directory = default_directory()
    if _user is None or _user[0] != directory:
        _user = (directory, Cache(directory))
    return _user[1]
