"""Resource variables as the graph knows them: a handle, and nodes that read and write.

Unlike references, handles are tensors whose value is the variable's resource itself,
and a read happens exactly where its `ReadVariableOp` stands. The class is in
`resource_variable.py`; reference variables are in `state.py`.
Read next: `resource_variable.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import INDEX, NUMERIC, DType, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import scatter
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.ops.state import counted, stored

handle_op = define(
    "VarHandleOp", "-> resource: resource",
    container="", shared_name="", dtype=types(), shape=Attr("shape"),
    shape_rule=scalar, stateful=True, gradient=None,
    doc="The handle of a resource variable.",
)  # fmt: skip


@handle_op.kernel("CPU")
def _(ctx: Any) -> VariableResource:
    variable: VariableResource = ctx.variable()
    return variable


_PASSING: Final = frozenset({"Enter", "Switch", "Identity"})
"""How a handle comes into a branch or a loop."""


def handle_shape(handle: Tensor) -> Shape:
    """What a handle's own node says of the shape of the values."""
    op = handle.op
    while op.type in _PASSING:
        op = op.inputs[0].op
    shape: Shape = op.attrs["shape"] if op.type == "VarHandleOp" else None
    return shape


def _value_shape(op: Operation) -> list[Shape]:
    """The value's shape; the dtype is checked on the way, as TF1's rule does."""
    _check_dtype(op)
    return [handle_shape(op.inputs[0])]


def _check_dtype(op: Operation) -> None:
    made = op.inputs[0].op
    asked: Any = op.attrs.get("dtype")
    if made.type == "VarHandleOp" and made.attrs["dtype"] is not asked:
        raise ValueError(
            "Trying to read variable with wrong dtype. Expected "
            f"{made.attrs['dtype'].engine_name} got {asked.engine_name}"
        )


def current(variable: VariableResource) -> Any:
    """The value of a resource variable.

    Raises:
        FailedPreconditionError: it is uninitialised.
    """
    value = variable.settled()
    if value is None:
        name = variable.name
        raise errors.FailedPreconditionError(
            None,
            None,
            f"Error while reading resource variable {name} from Container: localhost. "
            "This could mean that the variable was uninitialized. Not found: Resource "
            f"localhost/{name}/N10tensorflow3VarE does not exist.",
        )
    return value


read_op = define(
    "ReadVariableOp", "resource: resource -> value: dtype",
    dtype=types(), shape=_value_shape, stateful=True,
    gradient=lambda _, dy: [dy], doc="The value of a resource variable.",
)  # fmt: skip


@read_op.kernel("CPU")
def _(resource: VariableResource) -> Any:
    return current(resource)


assign_op = define(
    "AssignVariableOp", "resource: resource, value: dtype ->",
    dtype=types(), validate_shape=False, stateful=True, gradient=None,
    doc="Sets a resource variable.",
)  # fmt: skip


@assign_op.kernel("CPU")
def _(resource: VariableResource, value: Any, validate_shape: bool) -> None:
    with resource.lock:
        old = resource.value
        if validate_shape and old is not None and old.shape != value.shape:
            invalid(
                "Trying to assign to variable with tensor with wrong shape. Expected "
                f"{format_list(old.shape)} got {format_list(value.shape)}"
            )
        resource.store(stored(value))


def _arithmetic(name: str, ufunc: np.ufunc, doc: str) -> None:
    op = define(
        name, "resource: resource, value: dtype ->",
        dtype=types(NUMERIC), stateful=True, gradient=None, doc=doc,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(resource: VariableResource, value: Any) -> None:
        with resource.lock:
            old = current(resource)
            if old.shape != value.shape:
                invalid(
                    "Cannot update variable with shape "
                    f"{format_list(old.shape)} using a Tensor with shape "
                    f"{format_list(value.shape)}, shapes must be equal."
                )
            resource.store(ufunc(old, value))


_arithmetic("AssignAddVariableOp", np.add, "Adds to a resource variable.")
_arithmetic("AssignSubVariableOp", np.subtract, "Subtracts from a resource variable.")

is_initialized_op = define(
    "VarIsInitializedOp", "resource: resource -> is_initialized: bool",
    shape=scalar, stateful=True, gradient=None,
    doc="Whether the resource variable has a value.",
)  # fmt: skip


@is_initialized_op.kernel("CPU")
def _(resource: VariableResource) -> Any:
    return np.bool_(resource.settled() is not None)


def _rank_vector(op: Operation) -> list[Shape]:
    shape = handle_shape(op.inputs[0])
    return [(None if shape is None else len(shape),)]


shape_op = define(
    "VariableShape", "input: resource -> output: out_type",
    out_type=types(INDEX, int32), shape=_rank_vector, stateful=True, gradient=None,
    doc="The shape of a resource variable's value.",
)  # fmt: skip


@shape_op.kernel("CPU")
def _(input: VariableResource, out_type: DType) -> Any:
    return np.array(current(input).shape, out_type.np_dtype)


destroy_op = define(
    "DestroyResourceOp", "resource: resource ->",
    ignore_lookup_error=True, stateful=True, gradient=None,
    doc="Takes a resource variable's value away.",
)  # fmt: skip


@destroy_op.kernel("CPU")
def _(resource: VariableResource, ignore_lookup_error: bool) -> None:
    with resource.lock:
        if resource.value is None and not ignore_lookup_error:
            raise errors.NotFoundError(
                None, None, f"Resource localhost/{resource.name} does not exist."
            )
        resource.value = None


count_op = define(
    "ResourceCountUpTo", "resource: resource -> output: T",
    limit=Attr("int"), T=types(INDEX), shape=scalar, stateful=True, gradient=None,
    doc="The variable's value, before it goes up by one.",
)  # fmt: skip


@count_op.kernel("CPU")
def _(resource: VariableResource, limit: int) -> Any:
    current(resource)
    return counted(resource, limit)


# -- rows and parts -----------------------------------------------------------------


def _gather_shape(op: Operation) -> list[Shape]:
    _check_dtype(op)
    shape, indices = handle_shape(op.inputs[0]), op.inputs[1].static_shape
    if shape is None or indices is None:
        return [None]
    return [indices + shape[1:]]


def _gather_gradient(op: Operation, dy: Tensor) -> list[Any]:
    handle, indices = op.inputs
    shape = raw.VariableShape(handle)
    count = raw.ExpandDims(raw.Size(indices), 0)
    row = raw.StridedSlice(shape, [1], [0], [1], end_mask=1)
    values = raw.Reshape(dy, raw.ConcatV2([count, row], 0))
    return [IndexedSlices(values, raw.Reshape(indices, count), shape), None]


gather_op = define(
    "ResourceGather", "resource: resource, indices: Tindices -> output: dtype",
    validate_indices=True, dtype=types(), Tindices=types(INDEX), shape=_gather_shape,
    stateful=True, gradient=_gather_gradient, doc="Rows of a resource variable.",
)  # fmt: skip


@gather_op.kernel("CPU")
def _(resource: VariableResource, indices: Any) -> Any:
    value = current(resource)
    scatter.check_indices(indices, value.shape[0])
    return np.take(value, indices, axis=0)


def _scatter_op(name: str, function: Any, how: str, allowed: Any) -> None:
    # The signatures differ as TensorFlow's do: the names of the first input and of the
    # type attribute.
    nd = function is scatter.scatter_nd
    first, kind = ("ref", "T") if nd else ("resource", "dtype")
    attrs: dict[str, Any] = {kind: types(allowed), "Tindices": types(INDEX)}
    if nd:
        attrs["use_locking"] = True
    op = define(
        name, f"{first}: resource, indices: Tindices, updates: {kind} ->", **attrs,
        stateful=True, gradient=None,
        doc=f"Changes parts of a resource variable ({how}).",
    )  # fmt: skip

    def change(variable: VariableResource, indices: Any, updates: Any) -> None:
        with variable.lock:
            variable.store(function(current(variable), indices, updates, how))

    if nd:

        @op.kernel("CPU")
        def _(ref: VariableResource, indices: Any, updates: Any) -> None:
            change(ref, indices, updates)
    else:

        @op.kernel("CPU")
        def _(resource: VariableResource, indices: Any, updates: Any) -> None:
            change(resource, indices, updates)


_scatter_op("ResourceScatterUpdate", scatter.scatter, "update", None)
_scatter_op("ResourceScatterAdd", scatter.scatter, "add", NUMERIC)
_scatter_op("ResourceScatterSub", scatter.scatter, "sub", NUMERIC)
_scatter_op("ResourceScatterMul", scatter.scatter, "mul", NUMERIC)
_scatter_op("ResourceScatterDiv", scatter.scatter, "div", NUMERIC)
_scatter_op("ResourceScatterMin", scatter.scatter, "min", NUMERIC)
_scatter_op("ResourceScatterMax", scatter.scatter, "max", NUMERIC)
_scatter_op("ResourceScatterNdUpdate", scatter.scatter_nd, "update", None)
_scatter_op("ResourceScatterNdAdd", scatter.scatter_nd, "add", NUMERIC)
_scatter_op("ResourceScatterNdSub", scatter.scatter_nd, "sub", NUMERIC)
