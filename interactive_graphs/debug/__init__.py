"""What watches, stops and changes running sessions; no notebook is needed.

    from interactive_graphs.debug import first_nonfinite

Read next: `attach.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interactive_graphs._util import lazy

if TYPE_CHECKING:
    from interactive_graphs.debug.explore import Playground
    from interactive_graphs.debug.nonfinite import first_nonfinite
    from interactive_graphs.debug.nonfinite_watch import (
        NonFiniteError,
        watch_nonfinite,
    )

_HOMES = {
    "NonFiniteError": "nonfinite_watch",
    "Playground": "explore",
    "first_nonfinite": "nonfinite",
    "watch_nonfinite": "nonfinite_watch",
}

__all__ = ["NonFiniteError", "Playground", "first_nonfinite", "watch_nonfinite"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(lazy.load(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
