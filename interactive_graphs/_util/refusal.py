"""How kernels refuse what they are given.

Read next: `../runtime/blame.py`, which adds the node and the user's line.
"""

from __future__ import annotations

from typing import NoReturn

from interactive_graphs import errors


def invalid(text: str) -> NoReturn:
    """Refuse a value or a shape while a step runs.

    Args:
        text: what was found and what would be right, in TensorFlow's words.

    Raises:
        InvalidArgumentError: always.
    """
    raise errors.InvalidArgumentError(None, None, text)
