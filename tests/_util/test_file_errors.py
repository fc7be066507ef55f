"""Errors of the operating system become OpErrors of the same meaning."""

import errno
import os

import pytest

from interactive_graphs import errors
from interactive_graphs._util.file_errors import errors_of_files, from_os_error


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOENT, errors.NotFoundError),
        (errno.EEXIST, errors.AlreadyExistsError),
        (errno.EACCES, errors.PermissionDeniedError),
        (errno.EISDIR, errors.FailedPreconditionError),
        (errno.ENOTDIR, errors.FailedPreconditionError),
        (errno.EINVAL, errors.InvalidArgumentError),
        (errno.ENOSPC, errors.ResourceExhaustedError),
        (errno.EIO, errors.UnknownError),
    ],
)
def test_each_number_has_its_error(number, kind):
    error = from_os_error(OSError(number, os.strerror(number), "a.csv"))
    assert type(error) is kind
    assert str(error) == f"a.csv; {os.strerror(number)}"


def test_names_of_all_kinds():
    assert str(from_os_error(FileNotFoundError(2, "No such file", b"a"))) == (
        "a; No such file"
    )
    assert str(from_os_error(OSError("something"))) == "something"


def test_a_block(tmp_path):
    with pytest.raises(errors.NotFoundError) as caught, errors_of_files():
        open(tmp_path / "none")  # noqa: SIM115
    assert str(caught.value) == f"{tmp_path / 'none'}; No such file or directory"
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    with pytest.raises(KeyError), errors_of_files():
        raise KeyError
