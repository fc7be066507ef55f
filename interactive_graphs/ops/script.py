"""Python functions as ops: `py_func`.

The node carries only a token; the function is looked up by it when the node runs, so a
graph that was written out and read in another process cannot run it.
Read next: `debug.py`.
"""

from __future__ import annotations

import itertools
import traceback
import weakref
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.build import apply
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.registry import Attr, OpDef, define
from interactive_graphs.framework.tensor import Tensor

_numbers = itertools.count()
# By graph, so that functions live exactly as long as the graph that calls them.
_functions: weakref.WeakKeyDictionary[Graph, dict[bytes, Callable[..., Any]]] = (
    weakref.WeakKeyDictionary()
)

# The class of error for an exception of the user's function; the first that fits.
_ERRORS: tuple[tuple[type[Exception], type[errors.OpError]], ...] = (
    (ValueError, errors.InvalidArgumentError),
    (TypeError, errors.InvalidArgumentError),
    (StopIteration, errors.OutOfRangeError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
)


def _register(graph: Graph, function: Callable[..., Any]) -> bytes:
    """Keep `function` with `graph` and give the token for it."""
    token = f"pyfunc_{next(_numbers)}".encode()
    _functions.setdefault(graph, {})[token] = function
    return token


def _find(token: bytes) -> Callable[..., Any]:
    """The function of a token; of any graph, since imports copy nodes."""
    for functions in list(_functions.values()):
        if token in functions:
            return functions[token]
    return invalid(f"ValueError: callback {token.decode()} is not found")


def _argument(value: Any) -> Any:
    """A value as the user's function gets it: its own, so that it may be changed."""
    array = np.array(value)
    return array[()] if array.ndim == 0 else array


def _fail(error: Exception) -> NoReturn:
    kinds = (to for of, to in _ERRORS if isinstance(error, of))
    if isinstance(error, errors.OpError):
        kind: type[errors.OpError] = errors.UnknownError
    else:
        kind = next(kinds, errors.UnknownError)
    trace = "".join(traceback.format_tb(error.__traceback__)[1:])
    text = (
        f"{type(error).__name__}: {error}\nTraceback (most recent call last):\n{trace}"
    )
    raise kind(None, None, text) from error


def _as_array(value: Any) -> np.ndarray:
    """What the user's function returned, as a value of the engine; a copy."""
    array = np.array(value, order="C")
    if array.dtype.kind not in "USO":
        return array
    # numpy's own string arrays lose trailing zero bytes: go back to the value.
    flat = np.asarray(value, object)
    output = np.empty(flat.size, object)
    output[:] = [_as_bytes(item) for item in flat.reshape(-1)]
    return output.reshape(flat.shape)


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    text = f"Unsupported object type {type(value).__name__}"
    raise errors.InternalError(None, None, text)


def _results(returned: Any) -> list[Any]:
    if returned is None:
        return []
    return list(returned) if isinstance(returned, (list, tuple)) else [returned]


def _call(input: Iterable[Any], token: bytes, Tout: tuple[DType, ...]) -> list[Any]:
    function = _find(token)
    try:
        returned = function(*[_argument(value) for value in input])
    except Exception as error:
        _fail(error)
    values = _results(returned)
    name = token.decode()
    if len(values) != len(Tout):
        invalid(
            f"{name} returns {len(values)} values, but expects to see {len(Tout)} "
            "values."
        )
    arrays = [_as_array(value) for value in values]
    for i, (array, wanted) in enumerate(zip(arrays, Tout, strict=True)):
        found = as_dtype(array.dtype)
        if found is not wanted:
            invalid(
                f"{i}-th value returned by {name} is {found.engine_name}, but expects "
                f"{wanted.engine_name}"
            )
    return arrays


def _define(name: str, stateful: bool) -> OpDef:
    op = define(
        name, "input: Tin -> output: Tout", token=Attr("string"),
        Tin=Attr("list(type)", minimum=0), Tout=Attr("list(type)", minimum=0),
        stateful=stateful, gradient=None, doc="What a Python function returns.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(input: list[Any], token: bytes, Tout: tuple[DType, ...]) -> Any:
        return _call(input, token, Tout) or None

    return op


py_func_op = _define("PyFunc", True)
py_func_stateless_op = _define("PyFuncStateless", False)


def py_func(
    func: Callable[..., Any],
    inp: Any,
    Tout: Any,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """A Python function as an operation, called once whenever it runs.

    Args:
        func: takes a numpy value per input and returns numpy values of the dtypes in
            `Tout` (exactly: a Python float is float64).
        inp: a list of tensors.
        Tout: a dtype, or a list of dtypes.
        stateful: whether it may return something else for the same inputs or do
            something besides; if not, calls may be merged or left out.
        name: the node's name.

    Returns:
        A tensor of dtype `Tout`, a list of tensors where `Tout` is a list, or the
        operation where it is an empty list. Shapes are unknown.

    Raises:
        ValueError: `func` is not callable.
        OpError: when it runs and `func` raises: InvalidArgumentError for a ValueError
            or TypeError, OutOfRangeError for a StopIteration, ResourceExhaustedError
            for a MemoryError, UnimplementedError for a NotImplementedError, else
            UnknownError.

    Example:
        >>> import interactive_graphs as tf
        >>> double = tf.py_func(lambda x: x * 2, [tf.constant(1.5)], tf.float32)
        >>> with tf.Session() as sess:
        ...     sess.run(double)
        np.float32(3.0)
    """
    if not callable(func):
        raise ValueError(
            f"Expected func to be callable. Received func={func} of type {type(func)}."
        )
    many = isinstance(Tout, (list, tuple))
    wanted = [as_dtype(t) for t in (Tout if many else [Tout])]
    inputs = list(inp)
    graph = next((t.graph for t in inputs if isinstance(t, Tensor)), None)
    token = _register(graph or get_default_graph(), func)
    op_def = py_func_op if stateful else py_func_stateless_op
    op = apply(op_def, (inputs,), {"token": token, "Tout": wanted}, name)
    if not wanted:
        return op
    return list(op.outputs) if many else op.outputs[0]


def numpy_function(
    func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None
) -> Any:
    """A Python function as an operation, called once whenever it runs.

    Args:
        func: takes a numpy value per input and returns numpy values of the dtypes in
            `Tout` (exactly: a Python float is float64).
        inp: a list of tensors.
        Tout: a dtype, or a list of dtypes.
        name: the node's name.

    Returns:
        What `py_func` does, as stateful.
    """
    return py_func(func, inp, Tout, stateful=True, name=name)
