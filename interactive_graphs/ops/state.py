"""Variables as the graph knows them: a node that owns a value, nodes that change it.

`VariableV2` gives a reference. An op with a reference input gets the variable's
resource (`kernels/cpu/resources.py`) and stores a new array in it; every other reader
gets the value of that moment. Resource variables are in `resource_state.py`, the
`Variable` class in `variables.py`. Read next: `variables.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import (
    FLOAT,
    INDEX,
    INTEGER,
    NUMERIC,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
    from_attr,
    merged,
    scalar,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.kernels.cpu import scatter
from interactive_graphs.kernels.cpu.resources import VariableResource

for _name in ("VariableV2", "Variable"):
    _op = define(
        _name, "-> ref: Ref(dtype)",
        shape=Attr("shape"), dtype=types(), container="", shared_name="",
        shape_rule=from_attr("shape"), stateful=True, gradient=None,
        doc="Owns a value that lives as long as the session.",
    )  # fmt: skip

    @_op.kernel("CPU")
    def _(ctx: Any) -> VariableResource:
        variable: VariableResource = ctx.variable()
        return variable


def variable_op_v2(shape: Any, dtype: Any, name: str | None = None) -> Tensor:
    """The node of a variable, as a reference; `tf.Variable` is what users want.

    Args:
        shape: of its values; None where they may have any.
        dtype: of its values.
        name: the node's name.
    """
    ref: Tensor = raw.VariableV2(shape=shape, dtype=dtype, name=name)
    return ref


def current(variable: VariableResource) -> Any:
    """The value of a variable, for a kernel that changes it.

    Raises:
        FailedPreconditionError: it is uninitialised.
    """
    value = variable.settled()
    if value is None:
        raise errors.FailedPreconditionError(
            None, None, f"Attempting to use uninitialized value {variable.name}"
        )
    return value


def stored(value: Any) -> Any:
    """`value` as a variable may keep it: a copy, so that nobody else can change it."""
    return value.copy() if isinstance(value, np.ndarray) else value


# -- assignment ---------------------------------------------------------------------


def _assign_shape(op: Operation) -> list[Shape]:
    ref, value = (t.static_shape for t in op.inputs)
    return [merge(ref, value) if op.attrs["validate_shape"] else value]


assign_op = define(
    "Assign", "ref: Ref(T), value: T -> output_ref: Ref(T)",
    validate_shape=True, use_locking=True, shape=_assign_shape, gradient=None,
    stateful=True, takes_uninitialized=True, doc="Sets a variable.",
)  # fmt: skip


@assign_op.kernel("CPU")
def _(ref: VariableResource, value: Any, validate_shape: bool) -> Any:
    with ref.lock:
        # TF1 holds a value against the declared shape even before there is one.
        lhs = ref.shape if ref.value is None else ref.value.shape
        if validate_shape and lhs is not None and lhs != value.shape:
            invalid(
                "Assign requires shapes of both tensors to match. lhs shape= "
                f"{format_list(lhs)} rhs shape= {format_list(value.shape)}"
            )
        return ref.store(stored(value))


def _arithmetic(name: str, ufunc: np.ufunc, doc: str) -> None:
    op = define(
        name, "ref: Ref(T), value: T -> output_ref: Ref(T)",
        T=types(NUMERIC), use_locking=False, shape=merged, gradient=None,
        stateful=True, doc=doc,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(ref: VariableResource, value: Any) -> Any:
        with ref.lock:
            old = current(ref)
            if old.shape != value.shape:
                invalid(
                    "Parameters and update must be the same size: lhs shape= "
                    f"{format_list(old.shape)} rhs shape= {format_list(value.shape)}"
                )
            return ref.store(ufunc(old, value))


_arithmetic("AssignAdd", np.add, "Adds to a variable.")
_arithmetic("AssignSub", np.subtract, "Subtracts from a variable.")


def _is_reference(ref: Any) -> bool:
    """Whether `ref` is a reference, or nothing that could be assigned to at all."""
    dtype = getattr(ref, "dtype", None)
    return bool(getattr(dtype, "_is_ref_dtype", False)) or not hasattr(ref, "assign")


def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """Set a variable.

    Args:
        ref: a variable or its reference.
        value: a tensor of its dtype.
        validate_shape: False lets the variable take the value's shape.
        use_locking: accepted as in TF1; a change is always seen whole.
        name: the node's name.

    Returns:
        The reference, which gives the new value.

    Raises:
        ValueError: the shapes are known to differ.
        TypeError: `ref` is no variable.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(1)
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     sess.run(tf.assign(v, 5))
        np.int32(5)
    """
    if not _is_reference(ref):
        result: Tensor = ref.assign(value, name=name)
        return result
    ref_tensor: Tensor = raw.Assign(
        ref,
        value,
        validate_shape=validate_shape is not False,
        use_locking=use_locking is not False,
        name=name,
    )
    return ref_tensor


def assign_add(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Add to a variable.

    Args:
        ref: a variable of numbers, or its reference.
        value: a tensor of its dtype and shape.
        use_locking: accepted as in TF1; a change is always seen whole.
        name: the node's name.

    Returns:
        The reference, which gives the new value.
    """
    if not _is_reference(ref):
        result: Tensor = ref.assign_add(value, name=name)
        return result
    ref_tensor: Tensor = raw.AssignAdd(
        ref, value, use_locking=bool(use_locking), name=name
    )
    return ref_tensor


def assign_sub(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Subtract from a variable.

    Args:
        ref: a variable of numbers, or its reference.
        value: a tensor of its dtype and shape.
        use_locking: accepted as in TF1; a change is always seen whole.
        name: the node's name.

    Returns:
        The reference, which gives the new value.
    """
    if not _is_reference(ref):
        result: Tensor = ref.assign_sub(value, name=name)
        return result
    ref_tensor: Tensor = raw.AssignSub(
        ref, value, use_locking=bool(use_locking), name=name
    )
    return ref_tensor


# -- parts of a variable ------------------------------------------------------------


def _scatter_shape(op: Operation) -> list[Shape]:
    ref, indices, updates = (t.static_shape for t in op.inputs)
    ref = at_least_rank(ref, 1)
    if updates != () and ref is not None and indices is not None:
        merge(updates, indices + ref[1:])
    return [ref]


def _scatter_nd_shape(op: Operation) -> list[Shape]:
    ref, indices, updates = (t.static_shape for t in op.inputs)
    indices = at_least_rank(indices, 1)
    if ref is not None and indices is not None and indices[-1] is not None:
        merge(updates, indices[:-1] + ref[indices[-1] :])
    return [ref]


def _scatter_op(name: str, function: Any, how: str, allowed: Any, locks: bool) -> None:
    rule = _scatter_shape if function is scatter.scatter else _scatter_nd_shape
    op = define(
        name, "ref: Ref(T), indices: Tindices, updates: T -> output_ref: Ref(T)",
        T=types(allowed), Tindices=types(INDEX), use_locking=locks, shape=rule,
        gradient=None, stateful=True, doc=f"Changes parts of a variable ({how}).",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(ref: VariableResource, indices: Any, updates: Any) -> Any:
        with ref.lock:
            return ref.store(function(current(ref), indices, updates, how))


_ORDERED = (*FLOAT, *INTEGER)
_scatter_op("ScatterUpdate", scatter.scatter, "update", None, True)
_scatter_op("ScatterAdd", scatter.scatter, "add", NUMERIC, False)
_scatter_op("ScatterSub", scatter.scatter, "sub", NUMERIC, False)
_scatter_op("ScatterMul", scatter.scatter, "mul", NUMERIC, False)
_scatter_op("ScatterDiv", scatter.scatter, "div", NUMERIC, False)
_scatter_op("ScatterMin", scatter.scatter, "min", (*FLOAT, int32, int64), False)
_scatter_op("ScatterMax", scatter.scatter, "max", (*FLOAT, int32, int64), False)
_scatter_op("ScatterNdUpdate", scatter.scatter_nd, "update", None, True)
_scatter_op("ScatterNdAdd", scatter.scatter_nd, "add", NUMERIC, False)
_scatter_op("ScatterNdSub", scatter.scatter_nd, "sub", NUMERIC, False)


def _scatter_function(how: str, verb: str, nd: bool = False) -> Callable[..., Tensor]:
    """The public function of a scatter op; they differ in nothing else."""
    op_type = f"Scatter{'Nd' if nd else ''}{how.capitalize()}"

    def function(
        ref: Any,
        indices: Any,
        updates: Any,
        use_locking: bool | None = None,
        name: str | None = None,
    ) -> Tensor:
        locking = how == "update" if use_locking is None else use_locking
        result: Tensor
        if hasattr(ref, "handle"):
            result = ref._scatter(f"Resource{op_type}", indices, updates, name)
        else:
            make = getattr(raw, op_type)
            result = make(ref, indices, updates, use_locking=locking, name=name)
        return result

    function.__name__ = function.__qualname__ = f"scatter_{'nd_' if nd else ''}{how}"
    where = (
        "integer, `[..., depth]`: the last dimension indexes into `ref`"
        if nd
        else "integer, of any shape: rows of `ref`"
    )
    rows = "..., *ref.shape[depth:]" if nd else "*indices.shape, *ref.shape[1:]"
    function.__doc__ = f"""{verb} parts of a variable.

    Args:
        ref: a variable or its reference.
        indices: {where}.
        updates: the same dtype as `ref`, `[{rows}]`.
        use_locking: accepted as in TF1; a change is always seen whole.
        name: the node's name.

    Returns:
        The reference, which gives the whole new value. An index out of range is an
        InvalidArgumentError of the run.
    """
    return function


scatter_update = _scatter_function("update", "Overwrite")
scatter_add = _scatter_function("add", "Add to")
scatter_sub = _scatter_function("sub", "Subtract from")
scatter_mul = _scatter_function("mul", "Multiply")
scatter_div = _scatter_function("div", "Divide")
scatter_min = _scatter_function("min", "Take the minimum with")
scatter_max = _scatter_function("max", "Take the maximum with")
scatter_nd_update = _scatter_function("update", "Overwrite", nd=True)
scatter_nd_add = _scatter_function("add", "Add to", nd=True)
scatter_nd_sub = _scatter_function("sub", "Subtract from", nd=True)


# -- counting and asking ------------------------------------------------------------


def counted(variable: VariableResource, limit: int) -> Any:
    """The value before it goes up by one.

    Raises:
        OutOfRangeError: the limit is reached.
    """
    with variable.lock:
        old = current(variable)
        if old >= limit:
            raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
        variable.store(old + old.dtype.type(1))
        return old


def _counter_shape(op: Operation) -> list[Shape]:
    return [merge(op.inputs[0].static_shape, ())]


count_up_to_op = define(
    "CountUpTo", "ref: Ref(T) -> output: T",
    limit=Attr("int"), T=types(INDEX), shape=_counter_shape, gradient=None,
    stateful=True, doc="The variable's value, before it goes up by one.",
)  # fmt: skip


@count_up_to_op.kernel("CPU")
def _(ref: VariableResource, limit: int) -> Any:
    return counted(ref, limit)


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Count a variable up.

    Args:
        ref: a variable: int32 or int64, `[]`.
        limit: where to stop: an OutOfRangeError of the run.
        name: the node's name.

    Returns:
        The value before counting, of the same dtype, `[]`.
    """
    result: Tensor
    if hasattr(ref, "handle"):
        result = raw.ResourceCountUpTo(ref.handle, limit=limit, T=ref.dtype, name=name)
    else:
        result = raw.CountUpTo(ref, limit=limit, name=name)
    return result


is_initialized_op = define(
    "IsVariableInitialized", "ref: Ref(dtype) -> is_initialized: bool",
    shape=scalar, gradient=None, stateful=True, takes_uninitialized=True,
    doc="Whether the variable has a value.",
)  # fmt: skip


@is_initialized_op.kernel("CPU")
def _(ref: VariableResource) -> Any:
    return np.bool_(ref.settled() is not None)


def is_variable_initialized(variable: Any, name: str | None = None) -> Tensor:
    """Whether a variable has a value in the session that asks.

    Args:
        variable: a variable or its reference.
        name: the node's name.

    Returns:
        bool, `[]`.
    """
    result: Tensor
    if hasattr(variable, "handle"):
        result = raw.VarIsInitializedOp(variable.handle, name=name)
    else:
        result = raw.IsVariableInitialized(variable, name=name)
    return result
