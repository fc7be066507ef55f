"""What a reader turns: how a placeholder or variable is shown, and between which ends.

    control_for(x)                    # a slider from -3 to 3
    control_for(w, "points", (-1, 1)) # points to drag in a plane

A control is plain data for the browser, with the tensor that it sets.
Read next: `playground.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from interactive_graphs.debug.variables import is_variable, variable_value
from interactive_graphs.display import describe
from interactive_graphs.framework.tensor import Tensor

SLIDER: Final = "slider"
FIELD: Final = "field"
SWITCH: Final = "switch"
CELLS: Final = "cells"
POINTS: Final = "points"
KINDS: Final = (SLIDER, FIELD, SWITCH, CELLS, POINTS)

MOST: Final = 64
"""Elements that an editor of arrays may have."""

Ends = tuple[float, float]


@dataclass
class Control:
    """A placeholder or variable with what it is turned by.

    Attributes:
        tensor: what is set.
        kind: one of `KINDS`.
        low, high: the ends of its numbers.
        step: the distance of two values.
        value: the present value.
        name: what it is called.
    """

    tensor: Tensor
    kind: str
    low: float
    high: float
    step: float
    value: Any
    name: str

    def to_json(self) -> dict[str, Any]:
        """What the browser knows of it."""
        value = np.asarray(self.value)
        return {
            "name": describe.plain(self.name),
            "kind": self.kind,
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "dtype": self.tensor.dtype.base_dtype.name,
            "shape": list(value.shape),
            "variable": is_variable(self.tensor.op),
            "value": listed(value),
        }

    def read(self, value: Any) -> Any:
        """A value from the browser as the tensor takes it.

        Raises:
            ValueError: it is nothing that this control may give.
        """
        dtype = self.tensor.dtype.base_dtype.np_dtype
        shape = np.shape(self.value)
        if dtype.kind == "O":
            return np.asarray(str(value).encode(), object)
        if dtype.kind == "b":
            return np.asarray(bool(value))
        array = np.asarray(value, np.float64).reshape(-1)
        if array.size != math.prod(shape):
            raise ValueError(f"{self.name} has {math.prod(shape)} elements.")
        if dtype.kind in "iu":
            limits = np.iinfo(dtype)
            array = np.clip(np.rint(np.nan_to_num(array)), limits.min, limits.max)
        return array.astype(dtype).reshape(shape)


def listed(array: np.ndarray) -> Any:
    """An array as numbers, words for those that JSON has none for, in a flat list."""
    if array.dtype.kind in "OSU":
        return [describe.plain(_text(one)) for one in array.reshape(-1).tolist()]
    if array.dtype.kind == "b":
        return array.reshape(-1).tolist()
    numbers = array.astype(np.float64).reshape(-1).tolist()
    return [n if math.isfinite(n) else _word(n) for n in numbers]


def _word(number: float) -> str:
    if number != number:
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def start_of(tensor: Tensor, value: Any, session: Any) -> Any:
    """What a control starts from: the value given, or held, or zero in every element.

    Raises:
        ValueError: a variable is not initialised.
    """
    dtype = tensor.dtype.base_dtype.np_dtype
    shape = tensor.static_shape or ()
    if is_variable(tensor.op):
        held = variable_value(session, tensor.op)
        if held is None and value is None:
            raise ValueError(
                f"The variable {tensor.op.name} has no value yet: run its initializer."
            )
        return np.asarray(held if value is None else value, dtype)
    if value is not None:
        return np.asarray(value, dtype)
    sizes = tuple(1 if size is None else int(size) for size in shape)
    return np.full(sizes, b"", object) if dtype.kind == "O" else np.zeros(sizes, dtype)


def control_for(
    tensor: Tensor, kind: str = "", ends: Any = None, start: Any = None
) -> Control:
    """What a tensor is turned by.

    Args:
        tensor: a placeholder's or variable's.
        kind: one of `KINDS`; found from dtype and shape when empty.
        ends: the lowest and highest value, and the step if wished; found from the
            value when None.
        start: the value to begin with, as `start_of` gives it.

    Raises:
        ValueError: the kind does not suit, or there are too many elements.
    """
    name = tensor.op.name
    kind = kind or _kind_for(tensor, start)
    array = np.asarray(start)
    if kind in (CELLS, POINTS) and array.size > MOST:
        raise ValueError(f"{name} has {array.size} elements; an editor takes {MOST}.")
    if kind == POINTS and (array.ndim == 0 or array.shape[-1] != 2):
        raise ValueError(f"{name} holds no points: its last dimension is not 2.")
    if kind in (SLIDER, FIELD, SWITCH) and array.size != 1:
        raise ValueError(f"{name} is no single value; use arrays= or points=.")
    is_number = array.dtype.kind in "iufV"
    if not is_number and kind in (SLIDER, CELLS, POINTS):
        raise ValueError(f"{name} holds no numbers; use fields= or switches=.")
    whole = array.dtype.kind in "iu"
    low, high, *step = tuple(ends) if ends is not None else _ends(array)
    if not low < high:
        raise ValueError(f"The ends of {name} are not in order: {low}, {high}.")
    best = 1.0 if whole else _step(high - low)
    return Control(tensor, kind, low, high, step[0] if step else best, array, name)


def _kind_for(tensor: Tensor, start: Any) -> str:
    array = np.asarray(start)
    if array.dtype.kind == "b":
        return SWITCH
    if array.dtype.kind in "OSU":
        return FIELD
    if tensor.static_shape == () or array.ndim == 0:
        return SLIDER
    return CELLS


def _ends(array: np.ndarray) -> Ends:
    """Ends with room for the value: twice its size, in round numbers."""
    if array.dtype.kind not in "iufV" or not array.size:
        return 0.0, 1.0
    finite = np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0)
    size = _round_up(2.0 * float(np.abs(finite).max()))
    if array.dtype.kind in "iu":
        return (0.0 if finite.min() >= 0 else -max(size, 10.0)), max(size, 10.0)
    size = max(size, 1.0) if size else 3.0
    return -size, size


def _round_up(size: float) -> float:
    """The next 1, 2, 3, 5 times a power of ten."""
    if size <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(size))
    return next(n * power for n in (1, 2, 3, 5, 10) if n * power >= size * 0.999)


def _step(width: float) -> float:
    """About a two hundredth of the way, as 1, 2 or 5 times a power of ten."""
    rough = width / 200
    power = 10.0 ** math.floor(math.log10(rough))
    return min((n * power for n in (1, 2, 5, 10)), key=lambda step: abs(step - rough))
