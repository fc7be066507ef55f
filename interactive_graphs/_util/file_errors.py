"""Errors of the operating system as TensorFlow reports them.

Read next: `../errors.py`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from interactive_graphs import errors

_CLASSES: Final[dict[int | None, type[errors.OpError]]] = {
    errno.ENOENT: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EROFS: errors.PermissionDeniedError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.EINVAL: errors.InvalidArgumentError,
    errno.ENAMETOOLONG: errors.InvalidArgumentError,
    errno.ENOSPC: errors.ResourceExhaustedError,
    errno.EDQUOT: errors.ResourceExhaustedError,
    errno.EMFILE: errors.ResourceExhaustedError,
}


def from_os_error(error: OSError) -> errors.OpError:
    """The OpError for an error of the operating system.

    Example:
        >>> from_os_error(FileNotFoundError(2, "No such file or directory", "a.csv"))
        NotFoundError()
    """
    name = error.filename
    name = os.fsdecode(name) if isinstance(name, (str, bytes)) else name
    text = error.strerror or str(error)
    whole = text if name is None else f"{name}; {text}"
    return _CLASSES.get(error.errno, errors.UnknownError)(None, None, whole)


@contextmanager
def errors_of_files() -> Iterator[None]:
    """Turn each OSError inside into the OpError of the same meaning.

    Raises:
        OpError: NotFoundError for a missing file, and so on.
    """
    try:
        yield
    except OSError as error:
        raise from_os_error(error) from error
