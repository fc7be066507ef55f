"""A tensor's value for its display, when getting it costs and changes nothing.

A display must not surprise: nothing has to be fed, no state is written, no random
number is drawn, nothing can block, little is computed. Read next: `table.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs.display import describe
from interactive_graphs.display.targets import dependencies
from interactive_graphs.framework import stacks

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation
    from interactive_graphs.framework.tensor import Tensor

MOST_OPERATIONS: Final = 500
MOST_ELEMENTS: Final = 1_000_000

# They only look at state, whatever the table of ops says of them.
_READERS: Final = frozenset(
    (
        "Const",
        "IsVariableInitialized",
        "ReadVariableOp",
        "VarHandleOp",
        "VarIsInitializedOp",
        "Variable",
        "VariableV2",
    )
)
# Loops may run for long; calls may do anything.
_UNCLEAR: Final = frozenset(
    ("Enter", "RefEnter", "NextIteration", "PyFunc", "EagerPyFunc", "PyFuncStateless")
)


def value_now(tensor: Tensor) -> tuple[str, str]:
    """The value of `tensor` in the default session, if showing it is harmless.

    Returns:
        A short form for one line and a longer one; both empty when there is no default
        session for its graph, or when computing it would cost or change something.
    """
    session = stacks.get_default_session()
    if session is None or session.graph is not tensor.op.graph:
        return "", ""
    value, why_not = harmless_value(tensor, session)
    if value is None:
        words = f"{why_not} in the default session" if why_not else ""
        return words, words
    return summary_text(value), array_text(value)


def harmless_value(tensor: Tensor, session: Any) -> tuple[Any, str]:
    """The value of `tensor` in a session, if getting it costs and changes nothing.

    Returns:
        The value and '', or None and why there is none, '' where that needs no words.
    """
    if tensor.dtype.name in ("resource", "variant") or not is_harmless(tensor):
        return None, ""
    try:
        return session.run(tensor), ""
    except errors.FailedPreconditionError:
        return None, "not initialized"
    except (errors.OpError, RuntimeError, ValueError, TypeError):
        # Closed sessions, NaN checks, kernels that reject these values: no value.
        return None, ""


def is_harmless(tensor: Tensor) -> bool:
    """Whether computing `tensor` needs no feed, changes nothing and is quick."""
    graph = tensor.op.graph
    if not graph.is_fetchable(tensor):
        return False
    needed = dependencies([tensor.op])
    if len(needed) > MOST_OPERATIONS:
        return False
    elements = 0
    for op in needed:
        if not _only_reads(op):
            return False
        for output in op.outputs:
            elements += _elements(output)
    return elements <= MOST_ELEMENTS


def _only_reads(op: Operation) -> bool:
    if op.type in _READERS or op.type == "PlaceholderWithDefault":
        return True
    if op.type in _UNCLEAR or describe.kind_of(op) == describe.PLACEHOLDER:
        return False
    return not op.op_def.stateful


def _elements(tensor: Tensor) -> int:
    shape = tensor.static_shape
    if shape is None:
        return 1
    # An unknown size is most likely that of a small example.
    return int(np.prod([8 if size is None else size for size in shape], dtype=np.int64))


def summary_text(value: Any, limit: int = 48) -> str:
    """A value on one line: in full if it is small, else its statistics."""
    array = np.asarray(value)
    text = describe.plain(describe.value_text(array, limit))
    if array.size <= 16 and array.ndim <= 2 and not text.startswith(str(array.dtype)):
        return text
    return f"{text} {statistics_text(array)}".strip()


def statistics_text(array: np.ndarray[Any, Any]) -> str:
    """Least, mean and greatest value, and how many are no numbers."""
    if array.size == 0 or not _is_real(array.dtype):
        return ""
    numbers = array.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    words = []
    if finite.size:
        low, mean, high = finite.min(), finite.mean(), finite.max()
        words.append(f"min {low:.4g}, mean {mean:.4g}, max {high:.4g}")
    for word, count in (
        ("NaN", int(np.isnan(numbers).sum())),
        ("inf", int(np.isinf(numbers).sum())),
    ):
        if count:
            words.append(f"{count} {word}")
    return ", ".join(words)


def _is_real(dtype: np.dtype[Any]) -> bool:
    """Integers, floats, and the small floats of ml_dtypes, which numpy calls void."""
    return dtype.kind in "iuf" or (dtype.kind == "V" and dtype.names is None)


def array_text(value: Any) -> str:
    """A value as numpy prints it, at most a dozen lines."""
    array = np.asarray(value)
    if array.ndim == 0:
        return describe.plain(describe.value_text(array, 200))
    return np.array2string(array, threshold=60, edgeitems=2, max_line_width=80)
