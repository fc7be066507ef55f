"""What metrics keep from batch to batch: local variables, and where results go.

Read next: `averages.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import DType, float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.squeezing import (
    remove_squeezable_dimensions,
    squeeze_weights,
)
from interactive_graphs.ops.variables import Variable

Metric = tuple[Any, Any]


def metric_variable(shape: Any, dtype: DType, name: str) -> Any:
    """A variable that starts at zero, in LOCAL_VARIABLES and METRIC_VARIABLES.

    `tf.local_variables_initializer` sets it, at the beginning and to start anew.

    Args:
        shape: of its values.
        dtype: of its values.
        name: in the open scope.
    """
    return Variable(
        lambda: raw.Fill(list(shape), raw.Cast(0, DstT=dtype)),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        name=name,
    )


def finished(
    value: Any, update_op: Any, metrics_collections: Any, updates_collections: Any
) -> Metric:
    """A metric's value and update, after adding them to collections."""
    graph = get_default_graph()
    if metrics_collections:
        graph.add_to_collections(metrics_collections, value)
    if updates_collections:
        graph.add_to_collections(updates_collections, update_op)
    return value, update_op


def aligned(
    predictions: Any, labels: Any, weights: Any
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Predictions, labels and weights without a last axis of size 1 too much.

    Raises:
        ValueError: predictions and labels have different shapes.
    """
    right, guess = remove_squeezable_dimensions(labels, predictions)
    guess.shape.assert_is_compatible_with(right.shape)
    return guess, right, aligned_weights(weights, guess)


def aligned_weights(weights: Any, values: Tensor) -> Tensor | None:
    """Weights in the rank of the values; None where there are none."""
    return None if weights is None else squeeze_weights(weights, values, expand=True)


def quotient(numerator: Any, denominator: Any, name: str | None = None) -> Tensor:
    """Their quotient; 0 where the denominator is not above 0."""
    positive = raw.Maximum(denominator, 0)
    result: Tensor = raw.DivNoNan(numerator, positive, name=name)
    return result


def to_float(value: Any) -> Tensor:
    """A tensor as float32."""
    result: Tensor = cast(value, float32)
    return result
