"""`case`: the first of several functions whose condition holds.

It is conds within each other, built from the last pair up; the functions are called in
that order. Read next: `../autodiff/control_flow.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from interactive_graphs._util import lazy, nest
from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops import _composite
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cond import cond
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.debug import Assert

Pair = tuple[Tensor, Callable[[], Any]]


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """What the first function gives whose condition holds.

    All functions are called once, now; when the graph runs, the nodes of one run.

    Args:
        pred_fn_pairs: pairs of a bool `[]` tensor and a function, in a list, tuple or
            dict; a dict that is no OrderedDict is taken in the order of the names.
        default: the function when no condition holds; without one that is an error of
            the run.
        exclusive: whether it is an error of the run that more than one holds.
        strict: whether a list or tuple of one element stays one.
        name: the scope of the nodes.

    Returns:
        The structure that the functions give, as from `tf.cond`.

    Raises:
        TypeError: the container or an entry is of the wrong kind.
        ValueError: there is neither a pair nor a default; or as from `tf.cond`.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant(3)
        >>> y = tf.case(
        ...     [(x < 2, lambda: 10 * x), (x < 4, lambda: 20 * x)], default=lambda: x
        ... )
        >>> with tf.Session() as sess:
        ...     sess.run(y)
        np.int32(60)
    """
    pairs = _checked(pred_fn_pairs, exclusive)
    with op_scope(name, "case", [pred for pred, _ in pairs]):
        if not pairs and default is None:
            raise ValueError("case needs a pair or a default")
        preds = [pred for pred, _ in pairs]
        if default is None:
            check = partial(_assert_some, preds)
            default = _guarded(pairs.pop()[1], check)
        if not callable(default):
            raise TypeError("false_fn must be callable.")
        function = default
        for pred, true_fn in reversed(pairs):
            function = partial(cond, pred, true_fn, function, strict)
        if exclusive and len(preds) > 1:
            function = _guarded(function, partial(_assert_at_most_one, preds))
        return function()


def _checked(given: Any, exclusive: bool) -> list[Pair]:
    """The pairs in order.

    Raises:
        TypeError: the container or an entry is of the wrong kind.
    """
    if not isinstance(given, (list, tuple, Mapping)):
        raise TypeError("fns must be a list, tuple, or dict")
    pairs = list(given)
    if isinstance(given, Mapping):
        pairs = list(given.items())
        if not isinstance(given, OrderedDict):
            pairs.sort(key=lambda pair: str(getattr(pair[0], "name", "")))
            if len(pairs) > 1 and not exclusive:
                logger = lazy.load("logging").getLogger("tensorflow")
                logger.warning(
                    "An unordered dictionary of predicate/fn pairs was provided, but "
                    "exclusive=False. The order of conditional tests is deterministic "
                    "but not guaranteed."
                )
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        pred, function = pair
        if not isinstance(pred, Tensor):
            raise TypeError(f"pred must be a Tensor, got: {pred}")
        if pred.dtype is not dtypes.bool:
            raise TypeError(f"pred must be Tensor of type bool: {pred.name}")
        if not callable(function):
            raise TypeError(f"fn for pred {pred.name} must be callable.")
    return pairs


def _guarded(
    function: Callable[[], Any], check: Callable[[], Operation]
) -> Callable[[], Any]:
    """A function that gives what `function` gives, after a check."""

    def call() -> Any:
        with get_default_graph().control_dependencies([check()]):
            # What comes from outside has to wait as well.
            return nest.map_structure(_after, function())

    return call


def _after(value: Any) -> Any:
    """The same value, as a node that is made here."""
    if value is None:
        return None
    if isinstance(value, Operation):
        return group(value)
    return _composite.pack(value, [raw.Identity(t) for t in _composite.flatten(value)])


def _assert_some(preds: list[Tensor]) -> Operation:
    """Fails unless one of `preds` holds."""
    found = raw.Pack(preds, name="preds_c")
    message = "Input error: None of conditions evaluated as True:"
    return Assert(raw.Any(found, 0), [message, found], summarize=len(preds))


def _assert_at_most_one(preds: list[Tensor]) -> Operation:
    """Fails if more than one of `preds` holds."""
    found = raw.Pack(preds, name="preds_c")
    count = raw.Sum(raw.Cast(found, DstT="int32"), 0, name="num_true_conds")
    names = ", ".join(pred.name for pred in preds)
    message = (
        f"Input error: exclusive=True: more than 1 conditions ({names}) evaluated as "
        "True:"
    )
    return Assert(raw.LessEqual(count, 1), [message, found], summarize=len(preds))


__all__ = ["case"]
