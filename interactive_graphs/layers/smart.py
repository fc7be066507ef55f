"""Choosing between two ways to build, now if that is possible and else at run time.

Read next: `functional.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework.constant_value import constant_value
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.cond import cond


def smart_constant_value(pred: Any) -> bool | None:
    """What a predicate is, where that is known before it runs.

    Args:
        pred: a bool, 0 or 1, or a scalar boolean tensor.

    Returns:
        A bool; None if it is known at run time only.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(pred, Tensor):
        known = constant_value(pred)
        return None if known is None else bool(known)
    if hasattr(pred, "_as_graph_element"):  # a variable
        return None
    try:
        if pred in (0, 1):
            return bool(pred)
    except ValueError:  # an array
        pass
    raise TypeError(
        f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {pred}"
    )


def smart_cond(
    pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]
) -> Any:
    """`true_fn()` or `false_fn()`, or a `tf.cond` of both if `pred` decides later.

    Args:
        pred: a bool, 0 or 1, or a scalar boolean tensor.
        true_fn: builds what holds if it is true.
        false_fn: builds what holds if it is false.

    Raises:
        TypeError: `pred` is none of these.
    """
    known = smart_constant_value(pred)
    if known is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn)
    return true_fn() if known else false_fn()
