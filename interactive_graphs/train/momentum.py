"""Momentum, and Nesterov's form of it.

Read next: `adagrad.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.train.update_rule import UpdateRule


class MomentumOptimizer(UpdateRule):
    """Steps along a decaying sum of gradients.

        accumulation = momentum * accumulation + gradient
        w -= learning_rate * accumulation

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        momentum: the same, from 0 to 1.
        use_locking: accepted as in TF1.
        name: the name of its operations.
        use_nesterov: step to where the next accumulation will lead (Sutskever et al.
            2013).

    Example:
        >>> import interactive_graphs as tf
        >>> w = tf.Variable(1.0)
        >>> train = tf.train.MomentumOptimizer(0.25, 0.5).minimize(w * 2.0)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.global_variables_initializer())
        ...     for _ in range(2):
        ...         sess.run(train)
        ...         print(sess.run(w))
        0.5
        -0.25
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        """See the class."""
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper("learning_rate", self._learning_rate)
        self._momentum_tensor = self._hyper("momentum", self._momentum)

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        return self._run(
            "Momentum",
            var,
            ["momentum"],
            [self._learning_rate_tensor, grad, self._momentum_tensor],
            grad,
            indices,
            use_nesterov=self._use_nesterov,
        )
