"""`cond`: one of two functions, as the values decide when the graph runs.

Both functions build their nodes, each in a context of its own; what they take from
outside comes in by a Switch, what they give meets in a Merge. At run time what comes
out of the other side of a Switch is dead, and so is everything that needs it.
Read next: `while_loop.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework import raw
from interactive_graphs.framework.control_flow import CondContext
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops import _composite
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.control_flow import with_dependencies


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """What `true_fn` gives if `pred` holds, else what `false_fn` gives.

    Both functions are called once, now, to build their part of the graph. When it
    runs, the operations made inside of the one run and those of the other do not;
    operations made outside run in any case, even if only a function uses them.

    Args:
        pred: bool, `[]`.
        true_fn: takes nothing; gives a tensor, an operation, or a structure of them
            (lists, tuples, dicts; SparseTensor, IndexedSlices, TensorArray).
        false_fn: the same; its result has the same structure and dtypes.
        strict: whether a list or tuple of one element stays one.
        name: the scope of the nodes.
        fn1: old name of `true_fn`.
        fn2: old name of `false_fn`.

    Returns:
        The structure that the functions give, with what both shapes have in common;
        where a function gives an operation, a bool that is there when it has run.

    Raises:
        TypeError: `pred` is a Python bool, a function is missing or not callable, or
            the structures differ.
        ValueError: a function gives nothing, or the two give different dtypes or
            structures; `pred` is not a scalar.

    Example:
        >>> import interactive_graphs as tf
        >>> x, y = tf.constant(2), tf.constant(5)
        >>> z = tf.cond(x < y, lambda: x * 17, lambda: y + 23)
        >>> with tf.Session() as sess:
        ...     sess.run(z)
        np.int32(34)
    """
    true_fn = _one_of(true_fn, fn1, "true_fn", "fn1")
    false_fn = _one_of(false_fn, fn2, "false_fn", "fn2")
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool")
    with op_scope(name, "cond", pred):
        return _build(convert(pred), true_fn, false_fn, strict)


def _one_of(function: Any, old: Any, name: str, old_name: str) -> Callable[[], Any]:
    """The function that was given under one of its two names."""
    if old is not None:
        if function is not None:
            raise TypeError(
                f"cond(): {name} and {old_name} may not be set simultaneously."
            )
        function = old
    elif function is None:
        raise TypeError(f"cond(): {name} argument required")
    if not callable(function):
        raise TypeError(f"{name} must be callable.")
    return function  # type: ignore[no-any-return]


def _build(
    pred: Tensor,
    true_fn: Callable[[], Any],
    false_fn: Callable[[], Any],
    strict: bool,
) -> Any:
    graph = get_default_graph()
    if_false, if_true = raw.Switch(pred, pred, name="Switch")
    pivot_true = raw.Identity(if_true, name="switch_t")
    pivot_false = raw.Identity(if_false, name="switch_f")
    pred = raw.Identity(pred, name="pred_id")
    outer = graph._control_flow_context
    side_t = CondContext(pred, pivot_true, 1, graph.unique_name("cond_text"), outer)
    structure, tensors_t = _branch(side_t, true_fn, "true_fn")
    side_f = CondContext(pred, pivot_false, 0, graph.unique_name("cond_text"), outer)
    other, tensors_f = _branch(side_f, false_fn, "false_fn")
    _check_alike(structure, other, tensors_t, tensors_f)
    merged = [
        raw.Merge([f, t], name="Merge")[0]
        for t, f in zip(tensors_t, tensors_f, strict=True)
    ]
    side_t.register()
    side_f.register()
    result = _composite.pack(structure, merged)
    return result if strict else _single(result)


def _branch(
    side: CondContext, function: Callable[[], Any], name: str
) -> tuple[Any, list[Tensor]]:
    """Build a side: the structure that `function` gives, and its tensors inside."""
    with side.entered():
        structure = function()
        if structure is None:
            raise ValueError(f"{name} must have a return value.")
        structure = nest.map_structure(lambda leaf: _as_result(leaf, side), structure)
        tensors = [side.add_value(t) for t in _composite.flatten(structure)]
    return structure, tensors


def _as_result(value: Any, side: CondContext) -> Any:
    """A tensor or composite for what a branch gives; for an operation, that it ran."""
    if isinstance(value, Operation):
        return with_dependencies([value], side.pivot)
    return convert(value) if _composite.kind(value) is Tensor else value


def _single(result: Any) -> Any:
    """The element of a list or tuple of one, however deep; anything else as it is."""
    while isinstance(result, (list, tuple)) and len(result) == 1:
        (result,) = result
    return result


def _check_alike(
    structure: Any, other: Any, tensors_t: list[Tensor], tensors_f: list[Tensor]
) -> None:
    """Refuse branches whose results cannot stand for each other.

    Raises:
        TypeError: their structures are of different types.
        ValueError: their structures or dtypes differ, or there is nothing in them.
    """
    try:
        nest.assert_same_structure(structure, other)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"Incompatible return types of true_fn and false_fn: {error}"
        ) from None
    leaves, others = nest.flatten(structure), nest.flatten(other)
    if not leaves:
        raise ValueError("true_fn and false_fn must return at least one result.")
    for leaf, counterpart in zip(leaves, others, strict=True):
        if _composite.kind(leaf) != _composite.kind(counterpart):
            raise ValueError(
                "Incompatible return values of true_fn and false_fn: "
                f"{type(leaf).__name__} and {type(counterpart).__name__}"
            )
    for t, f in zip(tensors_t, tensors_f, strict=True):
        if t.dtype.base_dtype is not f.dtype.base_dtype:
            raise ValueError(
                "Outputs of true_fn and false_fn must have the same type: "
                f"{t.dtype.name}, {f.dtype.name}"
            )


__all__ = ["cond"]
