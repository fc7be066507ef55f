"""Where in the user's code an operation was made.

Every operation remembers the stack of its creation as cheap (code, instruction) pairs;
file, line and text are worked out when an error or a view asks. Frames of this package
are left out, so the first entry is the user's own line. Read next: `operation.py`.
"""

from __future__ import annotations

import linecache
import os
import sys
import threading
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

RawStack = tuple[CodeType | int, ...]
"""Innermost first: code object, index of its last instruction, next code object, ..."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_DEPTH = 24


class _Files(dict[str, bool]):
    """Per file name whether it belongs to this package, found out when first asked."""

    def __missing__(self, filename: str) -> bool:
        flag = self[filename] = filename.startswith(_PACKAGE)
        return flag


# A dictionary of strings (their hash is cached) is the quickest test there is, and this
# runs for each frame of each node.
_is_ours = _Files()
# What `capture` gave last for each innermost instruction: the nodes that the lines of a
# loop make share their stack objects.
_recent: dict[int, RawStack] = {}
_MOST_RECENT = 512


class _Pin(threading.local):
    """A stack that stands for all that a thread makes meanwhile."""

    stack: RawStack | None = None


_pin = _Pin()


def pin(stack: RawStack | None) -> RawStack | None:
    """Make `capture` give `stack`, for code that makes many nodes at one user's line.

    Args:
        stack: what `capture` gave; None to look at the real stack again.

    Returns:
        What was pinned before, to be put back.
    """
    before, _pin.stack = _pin.stack, stack
    return before


def capture(depth: int = 3) -> RawStack:
    """The user's stack now, innermost first, up to the cell's or script's top level.

    Args:
        depth: how many frames to pass over unseen, this one included. The default is
            for `Graph.add`: itself and who calls it are always ours.
    """
    pinned = _pin.stack
    if pinned is not None:
        return pinned
    frame: FrameType | None = sys._getframe(depth)
    known = _is_ours
    while frame is not None and known[frame.f_code.co_filename]:
        frame = frame.f_back
    if frame is None:
        return ()
    recent = _recent.get(frame.f_lasti)
    if recent is None:
        return _remembered(frame)
    # Whether it would be the same again, at a third of the cost.
    inner, items = frame, iter(recent)
    code: Any = None
    for code in items:
        while frame is not None and frame.f_code is not code:
            if not known[frame.f_code.co_filename]:
                return _remembered(inner)
            frame = frame.f_back
        if frame is None or frame.f_lasti != next(items):
            return _remembered(inner)
        frame = frame.f_back
    if code.co_name == "<module>" or len(recent) == _DEPTH or not _walk(frame):
        return recent
    return _remembered(inner)


def _remembered(frame: FrameType) -> RawStack:
    """The user's frames from `frame` outwards, for the next node of this line."""
    if len(_recent) > _MOST_RECENT:
        _recent.clear()
    stack = _recent[frame.f_lasti] = _walk(frame)
    return stack


def _walk(frame: FrameType | None) -> RawStack:
    """The user's frames from `frame` outwards."""
    stack: RawStack = ()
    while frame is not None:
        code = frame.f_code
        if not _is_ours[code.co_filename]:
            stack += (code, frame.f_lasti)
            # What lies below a module's top level is the notebook's machinery.
            if code.co_name == "<module>" or len(stack) == _DEPTH:
                break
        frame = frame.f_back
    return stack


def pairs(stack: RawStack) -> Iterator[tuple[CodeType, int]]:
    """(code, index of the last instruction) per frame, innermost first."""
    items: Any = iter(stack)
    return zip(items, items, strict=True)


def is_ours(code: CodeType) -> bool:
    """Whether `code` belongs to this package."""
    return _is_ours[code.co_filename]


def line_number(code: CodeType, lasti: int) -> int:
    """The line of instruction `lasti` of `code`."""
    for start, end, line in code.co_lines():
        if start <= lasti < end:
            return line or code.co_firstlineno
    return code.co_firstlineno


def resolve(stack: RawStack) -> list[tuple[str, int, str, str]]:
    """(file, line, function, text) per frame, outermost first, as TF1 lists them."""
    frames = []
    for code, lasti in reversed(list(pairs(stack))):
        number = line_number(code, lasti)
        text = linecache.getline(code.co_filename, number).strip()
        frames.append((shown_name(code.co_filename), number, code.co_name, text))
    return frames


def user_line(stack: RawStack) -> tuple[str, int, str] | None:
    """(file, line, text) of the innermost user frame, or None."""
    if not stack:
        return None
    code, lasti = next(pairs(stack))
    number = line_number(code, lasti)
    return (
        code.co_filename,
        number,
        linecache.getline(code.co_filename, number).strip(),
    )


def shown_name(filename: str) -> str:
    """The name of a file for people: a notebook's cell is 'Cell In[5]'.

    A cell has no file that lasts; its number is known to the shell that ran it, which
    is asked only if there is one.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    label = shell.compile.format_code_name(filename) if shell is not None else None
    return filename if label is None else " ".join(label)


def describe(stack: RawStack) -> str:
    """'made at file.py:12: `y = tf.matmul(a, b)`', or '' when nothing is known."""
    found = user_line(stack)
    if found is None:
        return ""
    filename, number, text = found
    code = f": `{text}`" if text else ""
    shown = shown_name(filename)
    if shown != filename:
        return f"made in {shown}, line {number}{code}"
    return f"made at {os.path.basename(filename)}:{number}{code}"
