"""Forks wait for what is changing a variable, so that children find variables whole.

A lock that another thread holds during a fork is held for ever in the child, where that
thread is not; and what it was changing stays half changed. So a process forks only
when no variable is locked, which takes as long as the step under way at the most.
Read next: `resources.py`, whose variables these are.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, Final

SECONDS: Final = 10.0
"""How long a fork waits; the step under way may itself wait for who forks."""

_variables: weakref.WeakSet[Any] = weakref.WeakSet()
_adding = threading.RLock()
_locked: list[Any] = []


def watch(variable: Any) -> None:
    """Let forks wait while this variable's `lock` is held."""
    with _adding:
        _variables.add(variable)


def _before() -> None:
    """Lock all variables, in the order in which steps lock several."""
    _adding.acquire()
    locks = [variable.lock for variable in sorted(_variables, key=id)]
    _locked.extend(lock for lock in locks if lock.acquire(timeout=SECONDS))


def _after() -> None:
    """In the parent and in the child: let steps go on."""
    while _locked:
        _locked.pop().release()
    _adding.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
