"""`UpdateRule`: the optimizers whose step is an op of `ops/training.py`.

They say once, in `_step`, what holds for all four cases that `Optimizer` tells apart.
Read next: `gradient_descent.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.train.optimizer import Optimizer


class UpdateRule(Optimizer):
    """An optimizer whose steps are ops of `ops/training.py`, one per variable."""

    def _step(self, var: Any, grad: Tensor, indices: Tensor | None) -> Any:
        """The update of a variable, of the rows `indices` unless they are None."""
        raise NotImplementedError

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return self._step(var, grad, None)

    def _resource_apply_dense(self, grad: Tensor, var: Any) -> Any:
        return self._step(var, grad, None)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        return self._step(var, grad.values, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, var: Any, indices: Tensor) -> Any:
        return self._step(var, grad, indices)

    def _hyper(self, name: str, value: Any) -> Any:
        """A hyperparameter as a tensor; a function of no arguments is called first."""
        return convert(value() if callable(value) else value, name=name)

    def _run(
        self,
        rule: str,
        var: Any,
        slots: Sequence[str],
        inputs: Sequence[Tensor],
        grad: Tensor,
        indices: Tensor | None,
        step: Tensor | None = None,
        **attrs: bool,
    ) -> Any:
        """The op of a rule on a variable and its slots.

        Args:
            rule: as in 'Apply<rule>'.
            var: the variable.
            slots: the names of its slots.
            inputs: the op's other inputs in order, `grad` and `step` among them; the
                others are cast to the variable's dtype.
            grad: the gradient.
            indices: its rows, None for a dense gradient.
            step: the number of the step, for rules that take it.
            **attrs: the op's own attributes.
        """
        dtype = var.dtype.base_dtype
        rest: list[Tensor] = []
        for tensor in inputs:
            rest.append(tensor if tensor in (grad, step) else cast(tensor, dtype))
            if tensor is grad and indices is not None:
                rest.append(indices)
        kind = "Resource" if hasattr(var, "handle") else ""
        make = getattr(raw, f"{kind}{'' if indices is None else 'Sparse'}Apply{rule}")
        targets = [target(v) for v in (var, *(self.get_slot(var, s) for s in slots))]
        return make(*targets, *rest, use_locking=self._use_locking, **attrs)


def cast(tensor: Tensor, dtype: DType) -> Tensor:
    """`tensor` in another dtype; itself when it has that dtype."""
    if tensor.dtype.base_dtype is dtype:
        return tensor
    result: Tensor = raw.Cast(tensor, DstT=dtype)
    return result


def target(var: Any) -> Tensor:
    """What an op takes that changes a variable: its handle or its reference."""
    handle = getattr(var, "handle", None)
    found: Tensor = var._ref() if handle is None else handle
    return found
