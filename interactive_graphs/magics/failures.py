"""Errors in a notebook: short, about the node that failed; `%tb` has the rest.

IPython hands errors of cells here. One that is about an operation is shown as its
message, the node with what met there, and the user's own lines; any other, and any that
cannot be shown so, goes back to IPython. Read next: `../display/failure.py`.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from interactive_graphs import errors
from interactive_graphs.display.failure import Failure, failure
from interactive_graphs.framework import source

_SHOWN = (errors.OpError, ValueError, TypeError)
_MORE = "%tb shows the full trace."
_NEAREST = 3
_RED, _PLAIN = "\x1b[31m", "\x1b[39m"


class Failures:
    """What one shell does with errors."""

    def __init__(self, shell: Any) -> None:
        """Nothing yet."""
        self.shell = shell

    def load(self) -> None:
        """Take errors over, unless the user has had them taken over already."""
        if not self.shell.custom_exceptions:
            self.shell.set_custom_exc(_SHOWN, _handle)

    def unload(self) -> None:
        """Give errors back to IPython."""
        if self.shell.custom_exceptions is _SHOWN:
            self.shell.set_custom_exc((), None)


def _handle(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str] | None:
    """Called by IPython in place of its own display of an error."""
    lines = None if shell.call_pdb else _short(shell, error, trace)
    if lines is None:
        shell.showtraceback(
            (kind, error, trace), tb_offset=tb_offset, running_compiled_code=True
        )
        return None
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    shell._showtraceback(kind, error, lines)
    return lines


def _short(
    shell: Any, error: BaseException, trace: TracebackType | None
) -> list[str] | None:
    """The lines of the short form; None where IPython's own is the better one."""
    try:
        found = failure(error)
        if found is None:
            return None
        if _has_front_end(shell):
            shell.display_pub.publish(found.picture().bundle())
        return list(short_lines(found, trace))
    except Exception:  # nothing here may hide the error itself
        return None


def _has_front_end(shell: Any) -> bool:
    return hasattr(shell, "kernel")


def short_lines(found: Failure, trace: TracebackType | None) -> Iterator[str]:
    """The message, the node, where the user's code was, and how to see more."""
    kind, _, words = found.headline.partition(": ")
    yield f"{_RED}{kind}{_PLAIN}: {words}"
    yield ""
    yield found.text()
    for where, text in _user_lines(trace)[-_NEAREST:]:
        yield f"    run    {where}: `{text}`" if text else f"    run    {where}"
    yield from found.notes()
    yield ""
    yield _MORE


def _user_lines(trace: TracebackType | None) -> list[tuple[str, str]]:
    """The lines of the user's own that led to the error, innermost last."""
    found = []
    while trace is not None:
        code, number = trace.tb_frame.f_code, trace.tb_lineno
        name = source.shown_name(code.co_filename)
        # A compiled program is nobody's file: its lines stand for the nodes.
        made_up = name == code.co_filename and name.startswith("<")
        if not (made_up or source.is_ours(code) or "IPython" in name):
            text = linecache.getline(code.co_filename, number).strip()
            found.append((f"{name}, line {number}", text))
        trace = trace.tb_next
    return found
