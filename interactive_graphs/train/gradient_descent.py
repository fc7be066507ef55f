"""Gradient descent, and its proximal form.

Read next: `momentum.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.train.update_rule import UpdateRule, cast


class GradientDescentOptimizer(UpdateRule):
    """Steps against the gradient: `w -= learning_rate * gradient`.

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        use_locking: accepted as in TF1.
        name: the name of its operations.

    Example:
        >>> import interactive_graphs as tf
        >>> w = tf.Variable([1.0, 2.0])
        >>> loss = tf.reduce_sum(w * w)
        >>> train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.global_variables_initializer())
        ...     sess.run(train)
        ...     print(sess.run(w))
        [0. 0.]
    """

    def __init__(
        self,
        learning_rate: Any,
        use_locking: bool = False,
        name: str = "GradientDescent",
    ) -> None:
        """See the class."""
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper("learning_rate", self._learning_rate)

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        rate = self._learning_rate_tensor
        return self._run("GradientDescent", var, [], [rate, grad], grad, indices)

    # Rows that come several times just add up, so nothing needs to be unique.

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Any:
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        delta = grad.values * rate
        slices = IndexedSlices(delta, grad.indices, grad.dense_shape)
        return var.scatter_sub(slices, use_locking=self._use_locking)

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, var: Any, indices: Tensor
    ) -> Any:
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        delta = -grad * rate
        return raw.ResourceScatterAdd(var.handle, indices, delta)


class ProximalGradientDescentOptimizer(UpdateRule):
    """Gradient descent that pulls variables towards zero (Duchi and Singer 2009).

    Args:
        learning_rate: a float, a floating scalar tensor, or a function that gives one.
        l1_regularization_strength: 0 or more.
        l2_regularization_strength: 0 or more.
        use_locking: accepted as in TF1.
        name: the name of its operations.
    """

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        """See the class."""
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength

    def _prepare(self) -> None:
        self._tensors = [
            self._hyper("learning_rate", self._learning_rate),
            self._hyper("l1_regularization_strength", self._l1),
            self._hyper("l2_regularization_strength", self._l2),
        ]

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        inputs = [*self._tensors, grad]
        return self._run("ProximalGradientDescent", var, [], inputs, grad, indices)
