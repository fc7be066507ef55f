"""Arguments that have two names, since TF1 renamed some.

Read next: `reduction.py`, where there are most.
"""

from __future__ import annotations

from typing import Any


def one_of(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """What was given under the new or the deprecated name; None for neither.

    Raises:
        ValueError: both were given.
    """
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'.")
    return old
