"""The values that a run has made: the latest, and those of earlier iterations.

Bounded: of each tensor a hundred iterations. Read next: `stepper.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from interactive_graphs.framework.tensor import Tensor

KEPT: Final = 100
"""How many iterations' values of a tensor are kept."""

At = tuple[int, ...]


class Memory:
    """Values by tensor and iteration."""

    def __init__(self) -> None:
        """Nothing was made."""
        self._values: dict[Tensor, OrderedDict[At, Any]] = {}

    def __contains__(self, tensor: object) -> bool:
        """Whether any value of a tensor is known."""
        return bool(self._values.get(tensor))  # type: ignore[call-overload]

    def note(self, tensor: Tensor, at: At, value: Any) -> None:
        """A value was made, or another put in its place."""
        values = self._values.setdefault(tensor, OrderedDict())
        values.pop(at, None)
        values[at] = value
        if len(values) > KEPT:
            values.popitem(last=False)

    def forget(self, tensor: Tensor, at: At) -> None:
        """A value was taken back."""
        values = self._values.get(tensor)
        if values is not None:
            values.pop(at, None)

    def all(self, tensor: Tensor) -> dict[At, Any]:
        """The values of a tensor, in the order they were made."""
        return dict(self._values.get(tensor, {}))

    def latest(self, tensor: Tensor) -> tuple[At, Any] | None:
        """The value made last, with its iteration."""
        values = self._values.get(tensor)
        return next(reversed(values.items())) if values else None
