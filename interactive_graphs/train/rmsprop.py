"""RMSProp, plain and centered.

Read next: `adam.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.train.update_rule import UpdateRule


class RMSPropOptimizer(UpdateRule):
    """Steps by the gradient over the root of its mean square.

        mean_square = decay * mean_square + (1 - decay) * gradient²
        mom = momentum * mom + learning_rate * gradient / sqrt(mean_square + epsilon)
        w -= mom

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        decay: how slowly past gradients are forgotten, from 0 to 1.
        momentum: how slowly past steps are, from 0 to 1.
        epsilon: a small number that avoids a division by 0.
        use_locking: accepted as in TF1.
        centered: divide by the variance instead of the mean square.
        name: the name of its operations.
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        """See the class."""
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._filled_slot(var, 1.0, "rms", self._name)
            if self._centered:
                self._zeros_slot(var, "mg", self._name)
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        self._tensors = [
            self._hyper("learning_rate", self._learning_rate),
            self._hyper("decay", self._decay),
            self._hyper("momentum", self._momentum),
            self._hyper("epsilon", self._epsilon),
        ]

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        inputs = [*self._tensors, grad]
        if self._centered:
            slots = ["mg", "rms", "momentum"]
            return self._run("CenteredRMSProp", var, slots, inputs, grad, indices)
        return self._run("RMSProp", var, ["rms", "momentum"], inputs, grad, indices)
