"""Adadelta.

Read next: `rmsprop.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.train.update_rule import UpdateRule


class AdadeltaOptimizer(UpdateRule):
    """Steps in the ratio of past steps to past gradients (Zeiler 2012).

        accum = rho * accum + (1 - rho) * gradient²
        update = sqrt(accum_update + epsilon) / sqrt(accum + epsilon) * gradient
        accum_update = rho * accum_update + (1 - rho) * update²
        w -= learning_rate * update

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        rho: how slowly the past is forgotten, from 0 to 1.
        epsilon: a small number that keeps the first steps from being 0.
        use_locking: accepted as in TF1.
        name: the name of its operations.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        """See the class."""
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "accum", self._name)
            self._zeros_slot(var, "accum_update", self._name)

    def _prepare(self) -> None:
        self._tensors = [
            self._hyper("lr", self._lr),
            self._hyper("rho", self._rho),
            self._hyper("epsilon", self._epsilon),
        ]

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        inputs = [*self._tensors, grad]
        slots = ["accum", "accum_update"]
        return self._run("Adadelta", var, slots, inputs, grad, indices)
