"""Follow the regularized leader.

Read next: `slot_creator.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.train.update_rule import UpdateRule


class FtrlOptimizer(UpdateRule):
    """Follow the regularized leader, for large sparse models (McMahan et al. 2013).

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        learning_rate_power: how the rate falls with the sum of squared gradients, 0 or
            less.
        initial_accumulator_value: what that sum starts from, 0 or more.
        l1_regularization_strength: 0 or more.
        l2_regularization_strength: 0 or more.
        use_locking: accepted as in TF1.
        name: the name of its operations.
        accum_name: the name of the slot 'accum' in the graph.
        linear_name: the name of the slot 'linear' in the graph.
        l2_shrinkage_regularization_strength: 0 or more; a pull that does not act on the
            sum of squared gradients.

    Raises:
        ValueError: a number has the wrong sign.
    """

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        """See the class."""
        super().__init__(use_locking, name)
        if learning_rate_power > 0.0:
            raise ValueError(
                f"learning_rate_power {learning_rate_power:f} needs to be negative or "
                "zero"
            )
        for label, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            (
                "l2_shrinkage_regularization_strength",
                l2_shrinkage_regularization_strength,
            ),
        ):
            if value < 0.0:
                raise ValueError(f"{label} {value:f} needs to be positive or zero")
        self._learning_rate = learning_rate
        self._learning_rate_power = learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength
        self._l2_shrinkage = l2_shrinkage_regularization_strength
        self._accum_name = accum_name
        self._linear_name = linear_name

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._filled_slot(
                var,
                self._initial_accumulator_value,
                "accum",
                self._accum_name or self._name,
            )
            self._zeros_slot(var, "linear", self._linear_name or self._name)

    def _prepare(self) -> None:
        shrinkage = "l2_shrinkage_regularization_strength"
        self._tensors = [
            self._hyper("learning_rate", self._learning_rate),
            self._hyper("l1_regularization_strength", self._l1),
            self._hyper("l2_regularization_strength", self._l2),
        ]
        if self._l2_shrinkage > 0.0:
            self._tensors.append(self._hyper(shrinkage, self._l2_shrinkage))
        self._tensors.append(
            self._hyper("learning_rate_power", self._learning_rate_power)
        )

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        rule = "FtrlV2" if self._l2_shrinkage > 0.0 else "Ftrl"
        inputs = [grad, *self._tensors]
        return self._run(rule, var, ["accum", "linear"], inputs, grad, indices)
