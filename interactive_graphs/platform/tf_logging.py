"""`tf.logging`: lines like `INFO:tensorflow:Restoring parameters from model`.

The lines go through Python's logger named 'tensorflow'. A program that sets logging up
itself gets them like any others; until it does, they are shown by a handler of ours.
Read next: `flags.py`.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from typing import Any, Final, TextIO

from interactive_graphs._util.prompt import is_interactive

DEBUG: Final = logging.DEBUG
INFO: Final = logging.INFO
WARN: Final = logging.WARNING
ERROR: Final = logging.ERROR
FATAL: Final = logging.FATAL

_lock = threading.Lock()
_calls: Counter[tuple[str, int]] = Counter()


class _Handler(logging.Handler):
    """Shows lines as long as nobody else does."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line to where the program writes now; notebooks move it."""
        if logging.getLogger().handlers:
            return
        try:
            stream = _stream()
            stream.write(self.format(record) + "\n")
            stream.flush()
        except Exception:
            self.handleError(record)


def _stream() -> TextIO:
    return sys.stdout if is_interactive() else sys.stderr


def _logger() -> logging.Logger:
    """Python's logger, set up when it is first needed."""
    logger = logging.getLogger("tensorflow")
    with _lock:
        if not any(type(handler) is _Handler for handler in logger.handlers):
            handler = _Handler()
            handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
            logger.addHandler(handler)
            if logger.level == logging.NOTSET:
                logger.setLevel(INFO if is_interactive() else WARN)
    return logger


def set_verbosity(v: int | str) -> None:
    """Show lines of this level and above.

    Args:
        v: `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`, or one of those words.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.logging.set_verbosity(tf.logging.ERROR)
        >>> tf.logging.get_verbosity()
        40
    """
    _logger().setLevel(v)


def get_verbosity() -> int:
    """The level from which on lines are shown; WARN, in a notebook INFO."""
    return _logger().getEffectiveLevel()


def log(level: int, msg: object, *args: object) -> None:
    """A line of any level.

    Args:
        level: `DEBUG` to `FATAL`.
        msg: the text, with `%s` and the like for `args`.
        *args: what to put there.
    """
    _logger().log(level, msg, *args)


def debug(msg: object, *args: object, **kwargs: Any) -> None:
    """A line for who looks for a fault; see `log`."""
    _logger().debug(msg, *args, **kwargs)


def info(msg: object, *args: object, **kwargs: Any) -> None:
    """A line on what goes as it should; see `log`."""
    _logger().info(msg, *args, **kwargs)


def warning(msg: object, *args: object, **kwargs: Any) -> None:
    """A line on what may be wrong; see `log`."""
    _logger().warning(msg, *args, **kwargs)


warn = warning


def error(msg: object, *args: object, **kwargs: Any) -> None:
    """A line on what went wrong; see `log`."""
    _logger().error(msg, *args, **kwargs)


def fatal(msg: object, *args: object, **kwargs: Any) -> None:
    """A line on what cannot go on; the program does, though. See `log`."""
    _logger().fatal(msg, *args, **kwargs)


def vlog(level: int, msg: object, *args: object) -> None:
    """A line of any level; the same as `log`."""
    _logger().log(level, msg, *args)


def TaskLevelStatusMessage(msg: object) -> None:  # TF's name
    """A line on the state of a task, as an error."""
    error(msg)


def flush() -> None:
    """Nothing is kept back: lines are written at once."""


def _count_here() -> int:
    """How often the line that called our caller did so before."""
    frame = sys._getframe(2)
    place = frame.f_code.co_filename, frame.f_lineno
    with _lock:
        _calls[place] += 1
        return _calls[place] - 1


def log_every_n(level: int, msg: object, n: int, *args: object) -> None:
    """Every n-th time that this call is reached, a line; the first time, too.

    Args:
        level: `DEBUG` to `FATAL`.
        msg: the text, with `%s` and the like for `args`.
        n: how often.
        *args: what to put there.
    """
    log_if(level, msg, _count_here() % n == 0, *args)


def log_first_n(level: int, msg: object, n: int, *args: object) -> None:
    """The first `n` times that this call is reached, a line.

    Args:
        level: `DEBUG` to `FATAL`.
        msg: the text, with `%s` and the like for `args`.
        n: how often.
        *args: what to put there.
    """
    log_if(level, msg, _count_here() < n, *args)


def log_if(level: int, msg: object, condition: object, *args: object) -> None:
    """A line if the condition holds.

    Args:
        level: `DEBUG` to `FATAL`.
        msg: the text, with `%s` and the like for `args`.
        condition: whether to write it.
        *args: what to put there.
    """
    if condition:
        _logger().log(level, msg, *args)


def get_logger() -> logging.Logger:
    """The logger of Python's that the lines go to."""
    return _logger()
