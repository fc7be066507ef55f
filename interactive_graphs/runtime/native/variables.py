"""Variables that native code changes where they lie.

A variable's array is "replaced, never changed" for all who can see it. So native code
may change it in place while nobody can: it is taken out of the variable, nobody else
refers to it (else it is copied first), and whoever wants to read meanwhile waits
(`VariableResource.settled`). Then it is put back, whatever happened. Locks keep two
steps that change the same variable from losing one of the changes.
Read next: `assemble.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.kernels.native.pool import Memory

_ALONE = 3
"""References to a value that nobody else sees: the variable's, a local, the count's."""


class Changing:
    """Runs a native part that changes variables; one at a time.

    Attributes:
        variables: those whose arrays are changed in place.
        numbers: those without dimensions, each with the array of its new value.
    """

    __slots__ = ("_held", "_locked", "_order", "numbers", "variables")

    def __init__(
        self,
        variables: Sequence[VariableResource],
        numbers: Sequence[tuple[VariableResource, np.ndarray]],
    ) -> None:
        """Nothing is taken."""
        self.variables = tuple(variables)
        self.numbers = tuple(numbers)
        # All take locks in one order, so that none waits for one who waits for it.
        owners = {*self.variables, *(variable for variable, _ in numbers)}
        self._order = [v.lock for v in sorted(owners, key=id)]
        self._locked = 0
        self._held: list[tuple[VariableResource, np.ndarray]] = []

    def __call__(self, run: Callable[..., bool], *arrays: Any) -> bool:
        """Run the part.

        Args:
            run: takes the variables' arrays, then `arrays`.
            *arrays: what else it takes.

        Returns:
            Whether it ran; if not, nothing has changed.
        """
        try:
            if not self._take():
                return False
            if not run(*[array for _, array in self._held], *arrays):
                return False
            for variable, cell in self.numbers:
                variable.value = cell[()]
        finally:
            self._give()
        return True

    def _take(self) -> bool:
        """Lock all and take the arrays out; whether all variables have a value."""
        for lock in self._order:
            lock.acquire()
            self._locked += 1
        for variable in self.variables:
            value = variable.value
            if type(value) is not np.ndarray:
                return False  # None before it is initialised
            if sys.getrefcount(value) > _ALONE:
                value = aligned_copy(value)
            self._held.append((variable, value))
            variable.value = None
        return True

    def _give(self) -> None:
        """Put the arrays back and unlock, also where an interrupt came in between."""
        while self._held:
            variable, value = self._held[-1]
            variable.value = value
            self._held.pop()
        while self._locked:
            self._locked -= 1
            self._order[self._locked].release()


def aligned_copy(value: np.ndarray) -> np.ndarray:
    """A copy that begins at a multiple of 64 bytes."""
    copy = Memory(value.nbytes).array.view(value.dtype).reshape(value.shape)
    np.copyto(copy, value)
    copy.flags.writeable = False
    return copy
