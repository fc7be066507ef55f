"""Silencing numpy's floating-point warnings for the length of a step.

TensorFlow gives inf and NaN without a word. `np.errstate` around each run costs half a
microsecond; setting numpy's context variable directly costs a tenth. The names are
numpy's own private ones, so `np.errstate` stands in when they are not there.
Read next: `../runtime/compile.py`, which writes the calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _by_errstate() -> tuple[Callable[[], Any], Callable[[Any], None]]:
    def enter() -> Any:
        state = np.errstate(all="ignore")
        state.__enter__()
        return state

    def leave(state: Any) -> None:
        state.__exit__(None, None, None)

    return enter, leave


def _by_context_variable() -> tuple[Callable[[], Any], Callable[[Any], None]]:
    from numpy._core import umath  # noqa: PLC0415  # private: may be gone one day

    silent = umath._make_extobj(all="ignore")
    variable = umath._extobj_contextvar

    def enter() -> Any:
        return variable.set(silent)

    return enter, variable.reset


try:
    enter, leave = _by_context_variable()
    leave(enter())
except (ImportError, AttributeError, TypeError):
    enter, leave = _by_errstate()
