"""Whether predictions are right: `in_top_k`.

`top_k` itself, which sorts, is with the other orderings. Read next: `sorting.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import INDEX, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.ops._scope import op_scope


def _in_top_k_shape(op: Operation) -> list[Shape]:
    predictions = with_rank(op.inputs[0].static_shape, 2) or (None, None)
    (targets,) = with_rank(op.inputs[1].static_shape, 1) or (None,)
    return [(merge_dims(predictions[0], targets),)]


def _in_top_k(predictions: np.ndarray, targets: np.ndarray, k: int) -> np.ndarray:
    """Whether fewer than `k` classes are above the target.

    A row with a target out of range, or with anything that is not finite, is wrong:
    no order can be told.
    """
    if predictions.ndim != 2:
        invalid("predictions must be 2-dimensional")
    if targets.ndim != 1:
        invalid("targets must be 1-dimensional")
    rows, classes = predictions.shape
    if rows != targets.shape[0]:
        invalid(
            f"First dimension of predictions {rows} must match length of targets "
            f"{targets.shape[0]}"
        )
    is_class: np.ndarray = (targets >= 0) & (targets < classes)
    if classes == 0:
        return is_class
    at = np.where(is_class, targets, 0)
    of_target = predictions[np.arange(rows), at]
    above = (predictions > of_target[:, None]).sum(axis=1)
    # Of what is not finite no difference is 0, nor is then the sum of a row.
    is_finite: np.ndarray = (predictions - predictions).sum(axis=1) == 0
    result: np.ndarray = is_class & is_finite & (above < k)
    return result


in_top_k_op = define(
    "InTopK", "predictions: float32, targets: T -> precision: bool", k=Attr("int"),
    T=types(INDEX, int32), shape=_in_top_k_shape, gradient=None,
    doc="Whether each target is among the k largest predictions.",
)  # fmt: skip


@in_top_k_op.kernel("CPU")
def _(predictions: np.ndarray, targets: np.ndarray, k: int) -> np.ndarray:
    return _in_top_k(predictions, targets, k)


in_top_k_v2_op = define(
    "InTopKV2", "predictions: float32, targets: T, k: T -> precision: bool",
    T=types(INDEX, int32), shape=_in_top_k_shape, gradient=None,
    doc="Whether each target is among the k largest predictions.",
)  # fmt: skip


@in_top_k_v2_op.kernel("CPU")
def _(predictions: np.ndarray, targets: np.ndarray, k: np.ndarray) -> np.ndarray:
    return _in_top_k(predictions, targets, int(k))


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether each target is among the `k` largest predictions.

    Classes that tie with the target do not push it out.

    Args:
        predictions: float32, `[batch, classes]`.
        targets: int32 or int64, `[batch]`, class numbers.
        k: how many count; of the dtype of `targets`.
        name: the scope of the nodes.

    Returns:
        bool, `[batch]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.in_top_k([[.1, .7, .2]] * 2, [1, 2], 1)).tolist()
        [True, False]
    """
    with op_scope(name, "in_top_k", predictions, targets, k):
        tensor: Tensor = raw.InTopKV2(predictions, targets, k, name=name)
        return tensor
