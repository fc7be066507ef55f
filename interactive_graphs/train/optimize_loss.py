"""`optimize_loss`: a training step from a loss and the name of an optimizer.

As in `tf.contrib.layers`. Read next: `optimizer.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.clip import clip_by_global_norm
from interactive_graphs.ops.control_flow import with_dependencies
from interactive_graphs.train.adagrad import AdagradOptimizer
from interactive_graphs.train.adam import AdamOptimizer
from interactive_graphs.train.ftrl import FtrlOptimizer
from interactive_graphs.train.gradient_descent import GradientDescentOptimizer
from interactive_graphs.train.momentum import MomentumOptimizer
from interactive_graphs.train.optimizer import Optimizer
from interactive_graphs.train.rmsprop import RMSPropOptimizer
from interactive_graphs.train.training_util import get_global_step

OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Optimizer]] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "Momentum": lambda learning_rate: MomentumOptimizer(learning_rate, 0.9),
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}
"""The optimizers that have a name."""


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: dict[Any, float] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Any = None,
    update_ops: Any = None,
    variables: Any = None,
    name: str | None = None,
    summaries: Any = None,  # noqa: ARG001 - accepted; make those you want yourself
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Tensor:
    """A training step.

    Args:
        loss: a scalar.
        global_step: the step counter; None for the graph's, if it has one.
        learning_rate: a number or a tensor; None where the optimizer has one.
        optimizer: a name of `OPTIMIZER_CLS_NAMES`, a class, a function of the learning
            rate, or an Optimizer.
        gradient_noise_scale: not supported.
        gradient_multipliers: factors for gradients, by variable or its name.
        clip_gradients: a length that all gradients together may have, or a function of
            (gradient, variable) pairs.
        learning_rate_decay_fn: a function of learning rate and step.
        update_ops: what must run before the step; None for the collection UPDATE_OPS.
        variables: what to train; None for all trainable ones.
        name: the scope of the nodes.
        summaries: accepted; none are made.
        colocate_gradients_with_ops: as of `Optimizer.minimize`.
        increment_global_step: whether the step counts.

    Returns:
        The loss, once the step was done.

    Raises:
        ValueError: there is no such optimizer, or an argument does not fit.
    """
    graph = get_default_graph()
    if gradient_noise_scale is not None:
        raise ValueError("optimize_loss adds no noise: do it in clip_gradients")
    step = get_global_step(graph) if global_step is None else global_step
    with op_scope(name, "OptimizeLoss", loss):
        updates = set(
            graph.get_collection(GraphKeys.UPDATE_OPS)
            if update_ops is None
            else update_ops
        )
        if updates:
            loss = with_dependencies(list(updates), convert(loss))
        rate = learning_rate
        if learning_rate_decay_fn is not None:
            if step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, step)
        chosen = _as_optimizer(optimizer, rate)
        pairs = chosen.compute_gradients(
            loss,
            variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_multipliers is not None:
            pairs = _multiplied(pairs, gradient_multipliers)
        pairs = _clipped(pairs, clip_gradients)
        done = chosen.apply_gradients(
            pairs, global_step=step if increment_global_step else None, name="train"
        )
        result: Tensor = with_dependencies([done], convert(loss))
        return result


def _as_optimizer(given: Any, rate: Any) -> Optimizer:
    if isinstance(given, Optimizer):
        return given
    if isinstance(given, str):
        if given not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of "
                f"[{', '.join(OPTIMIZER_CLS_NAMES)}], you provided {given}."
            )
        given = OPTIMIZER_CLS_NAMES[given]
    elif not callable(given):
        raise ValueError(
            "Unrecognized optimizer: should be string, subclass of Optimizer, instance "
            f"of subclass of Optimizer or function with one argument. Got {given}."
        )
    if rate is None and isinstance(given, type):
        raise ValueError("Learning rate must be specified if optimizer is a class.")
    made = given() if rate is None else given(rate)
    if not isinstance(made, Optimizer):
        raise ValueError(
            f"Unrecognized optimizer: function should return subclass of Optimizer. "
            f"Got {made}."
        )
    return made


def _multiplied(pairs: Any, factors: dict[Any, float]) -> list[Any]:
    result = []
    for gradient, variable in pairs:
        factor = factors.get(variable, factors.get(variable.op.name))
        if gradient is not None and factor is not None:
            gradient = raw.Mul(convert(gradient), float(factor))
        result.append((gradient, variable))
    return result


def _clipped(pairs: Any, how: Any) -> Any:
    if how is None:
        return pairs
    if callable(how):
        return how(pairs)
    gradients, variables = zip(*pairs, strict=True)
    clipped, _ = clip_by_global_norm(gradients, how)
    return list(zip(clipped, variables, strict=True))
