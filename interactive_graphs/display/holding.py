"""Finding operations by the values they hold: constants, and variables of a session.

    holding(graph.get_operations(), "0.33", session)
    [(<op 'third'>, "1 of 4 elements, first at [2]")]

Read next: `program_lines.py`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interactive_graphs.display import describe, evaluate

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

MOST: Final = 200
"""How many operations are given at most."""

_LARGEST: Final = 20_000_000
"""Elements of an array that is looked through while somebody types."""

_NUMBER = re.compile(
    r"(?P<sign>[<>]=?)?\s*"
    r"(?P<number>[-+]?(?:\d+(?:\.(?P<decimals>\d*))?|\.(?P<only>\d+))(?:e[-+]?\d+)?)",
    re.IGNORECASE,
)
_SPECIAL: Final[dict[str, Callable[[Any], Any]]] = {
    "nan": np.isnan,
    "inf": np.isinf,
    "+inf": np.isposinf,
    "-inf": np.isneginf,
}

_COMPARE: Final = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Test = Callable[[Any], Any]


def holding(
    operations: Iterable[Operation], text: str, session: Any = None
) -> list[tuple[Operation, str]]:
    """The constants and variables that hold a value.

    Args:
        operations: where to look.
        text: a number, which is looked for to as many decimals as it has; `>3`, `<=0`;
            `nan`, `inf`; `true`; anything else is looked for in strings.
        session: whose variables; without one only constants are looked at.

    Returns:
        At most `MOST` operations, each with how many elements match and where the first
        one is.
    """
    wanted = text.strip()
    found: list[tuple[Operation, str]] = []
    if not wanted:
        return found
    for op in operations:
        array = _array_of(op, session)
        if array is None or array.size > _LARGEST:
            continue
        matches = _matches(array, wanted)
        if matches is not None and matches.any():
            found.append((op, _where(matches)))
            if len(found) == MOST:
                break
    return found


def _array_of(op: Operation, session: Any) -> np.ndarray[Any, Any] | None:
    if op.type == "Const":
        value = op.attrs.get("value")
    elif session is not None and describe.kind_of(op) == describe.VARIABLE:
        value, _ = evaluate.harmless_value(op.outputs[0], session)
    else:
        return None
    return None if value is None else np.asarray(value)


def _matches(array: np.ndarray[Any, Any], wanted: str) -> np.ndarray[Any, Any] | None:
    """Which elements match; None where text and dtype have nothing in common."""
    if array.dtype.kind in "OSU":
        return _strings(array, wanted.strip("'\""))
    if array.dtype.kind == "b":
        truth = {"true": True, "false": False}.get(wanted.lower())
        return None if truth is None else array == truth
    if array.dtype.kind not in "iufcV" or array.dtype.names is not None:
        return None
    numbers = array if array.dtype.kind != "V" else array.astype(np.float64)
    test = _number_test(wanted)
    if test is None or (numbers.dtype.kind == "c" and wanted[0] in "<>"):
        return None
    with np.errstate(invalid="ignore"):
        return np.asarray(test(numbers))


def _strings(array: np.ndarray[Any, Any], wanted: str) -> np.ndarray[Any, Any]:
    lower = wanted.lower()
    flags = [
        lower
        in (
            e.decode("utf-8", "backslashreplace") if isinstance(e, bytes) else str(e)
        ).lower()
        for e in array.ravel().tolist()
    ]
    return np.asarray(flags, dtype=bool).reshape(array.shape)


def _number_test(wanted: str) -> Test | None:
    """What tells whether an element is the number that somebody wrote."""
    special = _SPECIAL.get(wanted.lower())
    if special is not None:
        # Integers are always finite, and no complex number is more than another.
        kinds = "fc" if special in (np.isnan, np.isinf) else "f"
        return lambda array: (
            special(array) if array.dtype.kind in kinds else np.zeros_like(array, bool)
        )
    match = _NUMBER.fullmatch(wanted)
    if match is None:
        return None
    number, sign = float(match["number"]), match["sign"]
    if sign:
        compare = _COMPARE[sign]
        return lambda array: compare(array, number)
    decimals = match["decimals"] or match["only"]
    if not decimals:
        return lambda array: array == number
    exponent = int(wanted.lower().partition("e")[2] or 0)
    # Half of the last digit that was written, and a little for what floats cannot hold.
    near = 0.5 * 10.0 ** (exponent - len(decimals)) * (1 + 1e-6)
    return lambda array: abs(array - number) <= near


def _where(matches: np.ndarray[Any, Any]) -> str:
    if matches.ndim == 0:
        return ""
    first = [int(i) for i in np.unravel_index(int(matches.argmax()), matches.shape)]
    total = describe.counted(matches.size, "element")
    return f"{int(matches.sum())} of {total}, first at {first}"
