"""Adagrad, its proximal form, and its dual averaging form.

Read next: `adadelta.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import dtypes
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.train.update_rule import UpdateRule


class AdagradOptimizer(UpdateRule):
    """Steps that shrink where gradients were large (Duchi et al. 2011).

        accumulator += gradient²
        w -= learning_rate * gradient / sqrt(accumulator)

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        initial_accumulator_value: what the accumulators start from, positive.
        use_locking: accepted as in TF1.
        name: the name of its operations.

    Raises:
        ValueError: `initial_accumulator_value` is not positive.
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        """See the class."""
        _check_positive("initial_accumulator_value", initial_accumulator_value)
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._filled_slot(
                var, self._initial_accumulator_value, "accumulator", self._name
            )

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper("learning_rate", self._learning_rate)

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        inputs = [self._learning_rate_tensor, grad]
        return self._run("Adagrad", var, ["accumulator"], inputs, grad, indices)


class ProximalAdagradOptimizer(UpdateRule):
    """Adagrad that pulls variables towards zero (Duchi and Singer 2009).

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        initial_accumulator_value: what the accumulators start from, positive.
        l1_regularization_strength: 0 or more.
        l2_regularization_strength: 0 or more.
        use_locking: accepted as in TF1.
        name: the name of its operations.

    Raises:
        ValueError: `initial_accumulator_value` is not positive.
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        """See the class."""
        _check_positive("initial_accumulator_value", initial_accumulator_value)
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._filled_slot(
                var, self._initial_accumulator_value, "accumulator", self._name
            )

    def _prepare(self) -> None:
        self._tensors = [
            self._hyper("learning_rate", self._learning_rate),
            self._hyper("l1_regularization_strength", self._l1),
            self._hyper("l2_regularization_strength", self._l2),
        ]

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        inputs = [*self._tensors, grad]
        return self._run("ProximalAdagrad", var, ["accumulator"], inputs, grad, indices)


class AdagradDAOptimizer(UpdateRule):
    """Adagrad whose variables follow from sums over all steps, for sparse models.

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        global_step: the number of steps taken, an int64 scalar.
        initial_gradient_squared_accumulator_value: positive.
        l1_regularization_strength: 0 or more.
        l2_regularization_strength: 0 or more.
        use_locking: accepted as in TF1.
        name: the name of its operations.

    Raises:
        ValueError: `initial_gradient_squared_accumulator_value` is not positive.
    """

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        """See the class."""
        _check_positive(
            "initial_gradient_squared_accumulator_value",
            initial_gradient_squared_accumulator_value,
        )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial = initial_gradient_squared_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength
        self._global_step = global_step

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "gradient_accumulator", self._name)
            self._filled_slot(
                var, self._initial, "gradient_squared_accumulator", self._name
            )

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper("learning_rate", self._learning_rate)
        # The first step is number 1; read before anything counts it.
        self._step_tensor = convert(self._global_step, dtypes.int64) + 1

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        dtype = var.dtype.base_dtype
        return self._run(
            "AdagradDA",
            var,
            ["gradient_accumulator", "gradient_squared_accumulator"],
            [
                grad,
                self._learning_rate_tensor,
                convert(self._l1, dtype),
                convert(self._l2, dtype),
                self._step_tensor,
            ],
            grad,
            indices,
            self._step_tensor,
        )


def _check_positive(name: str, value: float) -> None:
    if value <= 0.0:
        raise ValueError(f"{name} must be positive: {value}")
