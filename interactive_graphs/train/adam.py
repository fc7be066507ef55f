"""Adam.

Read next: `ftrl.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.variables import Variable
from interactive_graphs.train.update_rule import UpdateRule, cast


class AdamOptimizer(UpdateRule):
    """Steps by bias-corrected moments of the gradient (Kingma and Ba 2014).

        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient²
        rate = learning_rate * sqrt(1 - beta2 ** t) / (1 - beta1 ** t)
        w -= rate * m / (sqrt(v) + epsilon)

    By slices too, all of m and v decay and all of w changes.

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        beta1: how slowly the first moment forgets, from 0 to 1.
        beta2: how slowly the second moment forgets, from 0 to 1.
        epsilon: a small number that avoids a division by 0.
        use_locking: accepted as in TF1.
        name: the name of its operations.

    Example:
        >>> import interactive_graphs as tf
        >>> w = tf.Variable(1.0)
        >>> train = tf.train.AdamOptimizer(0.25).minimize(w * w)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.global_variables_initializer())
        ...     sess.run(train)
        ...     print(sess.run(w))
        0.75
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        """See the class."""
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon

    def _get_beta_accumulators(self) -> tuple[Variable, Variable]:
        """The powers of beta1 and beta2, one higher than the steps taken."""
        graph = get_default_graph()
        first = self._get_non_slot_variable("beta1_power", graph)
        second = self._get_non_slot_variable("beta2_power", graph)
        assert first is not None
        assert second is not None
        return first, second

    def _create_slots(self, var_list: list[Any]) -> None:
        # Always beside the same variable, however they are ordered.
        first = min(var_list, key=lambda var: str(var.name))
        for name, beta in (("beta1_power", self._beta1), ("beta2_power", self._beta2)):
            value = beta() if callable(beta) else beta
            self._create_non_slot_variable(value, name, first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _prepare(self) -> None:
        self._lr_tensor = self._hyper("learning_rate", self._lr)
        self._beta1_tensor = self._hyper("beta1", self._beta1)
        self._beta2_tensor = self._hyper("beta2", self._beta2)
        self._epsilon_tensor = self._hyper("epsilon", self._epsilon)

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        powers = [power.value() for power in self._get_beta_accumulators()]
        rates = [self._lr_tensor, self._beta1_tensor, self._beta2_tensor]
        inputs = [*powers, *rates, self._epsilon_tensor, grad]
        return self._run("Adam", var, ["m", "v"], inputs, grad, indices)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        return self._apply_slices(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, var: Any, indices: Tensor) -> Any:
        return self._apply_slices(grad, var, indices)

    def _apply_slices(self, grad: Any, var: Any, indices: Tensor) -> Operation:
        """One step by some rows, of ordinary ops, since no op does it."""
        dtype = var.dtype.base_dtype
        beta1_power, beta2_power = (
            cast(power.value(), dtype) for power in self._get_beta_accumulators()
        )
        lr, beta1, beta2, epsilon = (
            cast(tensor, dtype)
            for tensor in (
                self._lr_tensor,
                self._beta1_tensor,
                self._beta2_tensor,
                self._epsilon_tensor,
            )
        )
        rate: Any = lr * raw.Sqrt(1 - beta2_power) / (1 - beta1_power)
        m = self._decayed(var, "m", beta1, grad * (1 - beta1), indices)
        v = self._decayed(var, "v", beta2, grad * grad * (1 - beta2), indices)
        step = rate * m / (raw.Sqrt(v) + epsilon)
        update = var.assign_sub(step, use_locking=self._use_locking)
        return group(update, m, v)

    def _decayed(
        self, var: Any, name: str, beta: Any, added: Tensor, indices: Tensor
    ) -> Any:
        """A slot times `beta`, plus `added` in some rows: its new value."""
        slot: Any = self.get_slot(var, name)
        graph = get_default_graph()
        decayed = slot.assign(slot.value() * beta, use_locking=self._use_locking)
        with graph.control_dependencies([decayed]):
            if not hasattr(slot, "handle"):
                return raw.ScatterAdd(
                    slot._ref(), indices, added, use_locking=self._use_locking
                )
            scattered = raw.ResourceScatterAdd(slot.handle, indices, added)
        with graph.control_dependencies([scattered]):
            return slot.value()

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        graph = get_default_graph()
        powers = []
        with graph.control_dependencies(update_ops):
            betas = (self._beta1_tensor, self._beta2_tensor)
            for power, beta in zip(self._get_beta_accumulators(), betas, strict=True):
                with graph.colocate_with(power):
                    raised: Any = power.value() * beta
                    powers.append(power.assign(raised, use_locking=self._use_locking))
        return group(*update_ops, *powers, name=name_scope)
