"""The losses of a graph, in the collections LOSSES and REGULARIZATION_LOSSES.

Read next: `regression.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.sums import add_n


def add_loss(loss: Any, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Add a loss to a collection.

    Args:
        loss: a tensor.
        loss_collection: of the losses; None for none.
    """
    if loss_collection:
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(
    scope: str | None = None, loss_collection: str = GraphKeys.LOSSES
) -> list[Any]:
    """The losses in a collection.

    Args:
        scope: only those whose names this pattern matches from the start.
        loss_collection: of the losses.

    Returns:
        A list of tensors.
    """
    return get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The losses that regularizers gave.

    Args:
        scope: only those whose names this pattern matches from the start.

    Returns:
        A list of tensors.
    """
    return get_losses(scope, GraphKeys.REGULARIZATION_LOSSES)


def get_regularization_loss(
    scope: str | None = None, name: str = "total_regularization_loss"
) -> Tensor:
    """The sum of the losses that regularizers gave.

    Args:
        scope: only those whose names this pattern matches from the start.
        name: of the result.

    Returns:
        A scalar, 0 if there are none.

    Example:
        >>> import interactive_graphs as tf
        >>> l2 = tf.contrib.layers.l2_regularizer(0.1)
        >>> w = tf.get_variable("w", [3], regularizer=l2)
        >>> tf.losses.get_regularization_loss().name
        'total_regularization_loss:0'
    """
    losses = get_regularization_losses(scope)
    return add_n(losses, name=name) if losses else convert(0.0)


def get_total_loss(
    add_regularization_losses: bool = True,
    name: str = "total_loss",
    scope: str | None = None,
) -> Tensor:
    """The sum of all losses.

    Args:
        add_regularization_losses: whether those of regularizers count.
        name: of the result.
        scope: only those whose names this pattern matches from the start.

    Returns:
        A scalar.

    Raises:
        ValueError: there are none.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant([1.0, 2.0])
        >>> loss = tf.losses.mean_squared_error([0.0, 0.0], x)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.losses.get_total_loss())
        np.float32(2.5)
    """
    losses = get_losses(scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return add_n(losses, name=name)
