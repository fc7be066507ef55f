"""Where a paused run stands: as a few lines of text, and as plain data for a display.

Read next: `../widgets/stepper.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from interactive_graphs.debug.stepper import Stepper

RAN_SHOWN: Final = 40
"""How many of the nodes that ran a display gets."""
_SIDE: Final = 12
"""How many rows and columns of a value a display gets."""


def describe(stepper: Stepper) -> str:
    """Where a run is, with what goes into the node and came out of it, as text."""
    lines = [headline(stepper)]
    for title, values in (("takes", stepper.inputs()), ("gave", stepper.outputs())):
        lines += [f"  {title} {t.name}: {brief(v)}" for t, v in values.items()]
    if stepper.status == "failed" and stepper.error is not None:
        lines.append(f"  {error_line(stepper.error)}")
    return "\n".join(lines)


def headline(stepper: Stepper) -> str:
    """One line that says where a run is."""
    done = f"{stepper.count} node{'s' if stepper.count != 1 else ''} ran"
    node = stepper.node
    if node is None:
        kept = "; what was assigned stays" if stepper.effects else ""
        late = kept if stepper.status == "stopped" else ""
        return f"{stepper.status}, {done}{late}"
    what = f"'{node.name}' ({node.type})"
    place = f", {stepper.where}" if stepper.where else ""
    if stepper.status == "waiting":
        return f"waiting for {what}{place}, {done}"
    if stepper.status == "failed":
        return f"failed at {what}{place}, {done}"
    why = f" [{stepper.why}]" if stepper.why else ""
    return f"paused {stepper.phase} {what}{place}, {done}{why}"


def brief(value: Any) -> str:
    """A value in a line: dtype, shape, and numbers where they are few."""
    if not isinstance(value, (np.ndarray, np.generic)):
        return f"a {type(value).__name__}"
    array = np.asarray(value)
    kind = "string" if array.dtype == object else array.dtype.name
    shape = ", ".join(map(str, array.shape))
    if not array.ndim:
        return f"{kind} {str(array[()])[:120]}"
    text = " ".join(np.array2string(array, threshold=8, edgeitems=3).split())
    return f"{kind} [{shape}] {text[:120]}"


def snapshot(stepper: Stepper) -> dict[str, Any]:
    """All that a display shows of a run, as plain data."""
    node = stepper.node
    ran = list(stepper.ran)[-RAN_SHOWN:]
    return {
        "status": stepper.status,
        "headline": headline(stepper),
        "node": "" if node is None else node.name,
        "type": "" if node is None else node.type,
        "phase": stepper.phase,
        "why": stepper.why,
        "loops": [
            {"name": name, "iteration": number}
            for name, number in zip(stepper.loops, stepper.iterations, strict=False)
        ],
        "inputs": [shown(t.name, v) for t, v in stepper.inputs().items()],
        "outputs": [shown(t.name, v) for t, v in stepper.outputs().items()],
        "ran": [{"name": op.name, "type": op.type, "at": list(at)} for op, at in ran],
        "count": stepper.count,
        "waiting": [op.name for op in stepper.waiting],
        "effects": list(stepper.effects),
        "breakpoints": [
            {"number": b.number, "text": str(b.condition), "hits": b.hits}
            for b in stepper.breakpoints
        ],
        "error": "" if stepper.error is None else error_line(stepper.error),
    }


def error_line(error: BaseException) -> str:
    """Class and first line of an error."""
    first = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {first}"


def shown(name: str, value: Any) -> dict[str, Any]:
    """A value as a display shows it: a line, and the cells of its first matrix.

    `heat` is where each number lies between the smallest and the largest, from 0 to 1;
    None for what is no finite number.
    """
    is_value = isinstance(value, (np.ndarray, np.generic))
    array = np.asarray(value if is_value else 0)
    kind = "string" if array.dtype == object else array.dtype.name
    data: dict[str, Any] = {
        "name": name,
        "dtype": kind if is_value else "resource",
        "shape": list(array.shape),
        "text": brief(value),
        "cells": [],
        "heat": [],
    }
    if array.ndim and array.size and array.dtype.kind in "fiub":
        part = array[(0,) * max(0, array.ndim - 2)]
        part = np.atleast_2d(part)[:_SIDE, :_SIDE]
        data["cells"] = [[f"{x:.4g}" for x in row] for row in part.astype(float)]
        data["heat"] = _heat(part.astype(float))
    return data


def _heat(part: np.ndarray) -> list[list[float | None]]:
    finite = part[np.isfinite(part)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    span = (high - low) or 1.0
    return [
        [round(float((x - low) / span), 3) if np.isfinite(x) else None for x in row]
        for row in part
    ]
