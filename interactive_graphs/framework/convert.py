"""Anything to a Tensor.

Python numbers, lists and arrays become `Const` nodes; other types register a function
(`Variable` does, and `ops/stack.py` for lists that hold tensors).
Read next: `build.py`.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs.framework import registry
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.source import RawStack
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_proto import to_array
from interactive_graphs.framework.tensor_shape import Dimension, TensorShape

Conversion = Callable[[Any, DType | None, str | None, bool], Any]

# (priority, order of registration, type, function), kept sorted.
_conversions: list[tuple[int, int, Any, Conversion]] = []
# Names are looked up once: constants are made more often than anything else.
_const_def: list[OpDef] = []
# The attributes of constants that are numbers, by the number: few are used, often.
_numbers: dict[Any, dict[str, Any]] = {}
_MOST_NUMBERS = 256


def is_convertible(value: Any) -> bool:
    """Whether `value` is a tensor or of a type that registered its conversion."""
    if isinstance(value, Tensor):
        return True
    return not isinstance(value, (list, tuple)) and any(
        isinstance(value, types) for _, _, types, _ in _conversions
    )


def make_const(
    graph: Graph,
    array: np.ndarray,
    dtype: DType,
    name: str,
    stack: RawStack | None = None,
) -> Tensor:
    """A Const node under a full, unique name.

    Args:
        graph: where to put it.
        array: the value; it is kept and made read-only.
        dtype: the value's DType.
        name: the full name (`Graph.unique_op_name`).
        stack: where the user made it; found out when None.
    """
    array.flags.writeable = False
    return _add_const(graph, {"dtype": dtype, "value": array}, name, stack)


def make_scalar(
    graph: Graph, value: Any, dtype: DType, name: str, stack: RawStack | None = None
) -> Tensor:
    """A Const node of a Python or numpy number; equal ones share their array.

    Args:
        graph: where to put it.
        value: the number.
        dtype: the DType wanted.
        name: the full name.
        stack: where the user made it; found out when None.
    """
    # Zeros may differ in their sign and are equal all the same.
    key = (type(value), value, id(dtype)) if value else None
    attrs = _numbers.get(key)
    if attrs is None:
        array = to_array(value, dtype)
        array.flags.writeable = False
        attrs = {"dtype": dtype, "value": array}
        if key is not None:
            if len(_numbers) == _MOST_NUMBERS:
                _numbers.clear()
            _numbers[key] = attrs
    return _add_const(graph, attrs, name, stack)


def _add_const(
    graph: Graph, attrs: dict[str, Any], name: str, stack: RawStack | None
) -> Tensor:
    if not _const_def:
        _const_def.append(registry.lookup("Const"))
    types = (attrs["dtype"],)
    tensor: Tensor = graph.add(_const_def[0], name, (), attrs, types, stack).result
    return tensor


def register_tensor_conversion_function(
    base_type: Any, conversion_func: Conversion, priority: int = 100
) -> None:
    """Teach `convert_to_tensor` a type.

    Args:
        base_type: the type, or a tuple of types.
        conversion_func: `fn(value, dtype, name, as_ref)` giving a Tensor, or
            NotImplemented to let the next one try.
        priority: lower ones are asked first; equal ones in order of registration.

    Raises:
        TypeError: `base_type` is no type or the function is not callable.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(t, type) for t in types):
        raise TypeError("base_type must be a type or a tuple of types.")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    entry = (priority, len(_conversions), base_type, conversion_func)
    bisect.insort(_conversions, entry, key=lambda e: e[:2])


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
) -> Tensor:
    """`value` as a Tensor of the default graph.

    Args:
        value: a Tensor, Variable, number, string, list, array, or an object of a
            registered type.
        dtype: the dtype wanted; inferred when None.
        name: the name of the node that is made, if one is.
        preferred_dtype: tried first when `dtype` is None; not an error if it fails.

    Returns:
        The tensor; `value` itself when it is one.

    Raises:
        TypeError: there is no conversion to `dtype`.
        ValueError: `value` is None, or a tensor of another dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.convert_to_tensor([1, 2]).dtype
        tf.int32
    """
    wanted = None if dtype is None else as_dtype(dtype)
    preferred = None if preferred_dtype is None else as_dtype(preferred_dtype)
    return convert(value, wanted, name, preferred=preferred)


def convert(
    value: Any,
    dtype: DType | None = None,
    name: str | None = None,
    as_ref: bool = False,
    preferred: DType | None = None,
) -> Tensor:
    """`convert_to_tensor` with DTypes, and the reference of a variable if `as_ref`."""
    if isinstance(value, Tensor):
        if dtype is not None and not dtype.is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
                f"{value.dtype.name}: {str(value)!r}"
            )
        return value
    if preferred is not None and dtype is None:
        try:
            return convert(value, preferred, name, as_ref)
        except (TypeError, ValueError):
            pass
    for _, _, types, function in _conversions:
        if isinstance(value, types):
            result = function(value, dtype, name, as_ref)
            if result is not NotImplemented:
                return _checked(result, dtype, function)
    if isinstance(value, Operation):
        raise TypeError(
            f"Can't convert Operation '{value.name}' to Tensor (target dtype="
            f"{dtype.name if dtype else None!r}, name={name!r}, as_ref={as_ref})"
        )
    return _constant(_plain(value), dtype, name)


def _checked(result: Any, dtype: DType | None, function: Conversion) -> Tensor:
    if not isinstance(result, Tensor):
        raise RuntimeError(
            f"conversion function {function} returned non-Tensor: {result!r}"
        )
    if dtype is not None and not dtype.is_compatible_with(result.dtype):
        raise RuntimeError(
            f"conversion function {function} returned incompatible dtype: requested = "
            f"{dtype.name}, actual = {result.dtype.name}"
        )
    return result


def _plain(value: Any) -> Any:
    """Shapes and dimensions as the integers they stand for."""
    if isinstance(value, TensorShape):
        dims = value.as_list()
        if None in dims:
            raise ValueError(
                f"Cannot convert a partially known TensorShape to a Tensor: {value}"
            )
        big = any(d is not None and d > np.iinfo(np.int32).max for d in dims)
        return np.array(dims, np.int64 if big else np.int32)
    if isinstance(value, Dimension):
        if value.value is None:
            raise ValueError(
                f"Cannot convert an unknown Dimension to a Tensor: {value}"
            )
        return value.value
    if isinstance(value, (list, tuple)) and any(
        isinstance(v, Dimension) for v in value
    ):
        return [_plain(v) for v in value]
    return value


def _constant(value: Any, dtype: DType | None, name: str | None) -> Tensor:
    array = to_array(value, dtype)
    found = dtype.base_dtype if dtype is not None else as_dtype(array.dtype)
    graph = get_default_graph()
    return make_const(graph, array, found, graph.unique_op_name(name or "Const"))


def convert_n_to_tensor(
    values: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None
) -> list[Tensor]:
    """`convert_to_tensor` of each value; names get `_0`, `_1`, ...

    Args:
        values: a list of what makes tensors.
        dtype: of all of them; their own when None.
        name: the beginning of their names.
        preferred_dtype: where `dtype` is None and it is possible.

    Returns:
        A list of tensors.
    """
    return [
        convert_to_tensor(
            v, dtype, None if name is None else f"{name}_{i}", preferred_dtype
        )
        for i, v in enumerate(values)
    ]
