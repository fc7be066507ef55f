"""What an error carries along besides its message.

Read next: `../errors.py`.
"""

from __future__ import annotations

from typing import Any, TypeVar

_Error = TypeVar("_Error", bound=BaseException)


def about(error: _Error, *operations: Any) -> _Error:
    """Let an error that is no OpError know which operations it is about, too.

    Args:
        error: the error.
        *operations: what a notebook may draw beside its message.

    Returns:
        The error.
    """
    error.__dict__["operations"] = operations
    return error


def notes_from(error: BaseException, onto: _Error) -> _Error:
    """Give the notes of one error to another, which is raised in its place."""
    for note in getattr(error, "__notes__", ()):
        onto.add_note(note)
    return onto
