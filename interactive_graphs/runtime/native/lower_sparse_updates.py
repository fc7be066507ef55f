"""Lowerings of the steps that optimizers take on some rows of a variable.

The rules are those of whole variables; rows that come twice take two steps, as in
`ops/training.py`. Read next: `lower_views.py`.
"""

from __future__ import annotations

from interactive_graphs.kernels.native.row_updates import row_step_of
from interactive_graphs.kernels.native.traced import UntraceableError
from interactive_graphs.kernels.native.updates import RULES, VARIABLES, update_of
from interactive_graphs.runtime.native.lower_rows import change_rows
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers

_WITHOUT_ROWS = (
    "GradientDescent", "Adam", "AdaMax", "AddSign", "PowerSign",
)  # fmt: skip
"""Rules of which there are no ops for rows."""


@lowers(
    *(
        f"{kind}SparseApply{name}"
        for name in RULES
        if name not in _WITHOUT_ROWS
        for kind in ("", "Resource")
    )
)
def _apply_rows(node: Node) -> None:
    name = node.op.type.removeprefix("Resource").removeprefix("SparseApply")
    count = VARIABLES[name]
    held = [node.variable(index) for index in range(count)]
    names = [argument.name for argument in node.op.op_def.inputs]
    shape, dtype = held[0].shape, held[0].dtype
    if not shape or any(array.shape != shape for array in held):
        raise NotNativeError("the variables' shapes are not known, or differ")
    if len({id(array.variable) for array in held}) < count:
        raise NotNativeError("one variable is changed twice")
    if dtype not in ("float32", "float64"):
        raise NotNativeError("only floats")
    at = names.index("indices")
    indices = node.array(at)
    if indices.dtype not in ("int32", "int64") or len(indices.known_shape) != 1:
        raise NotNativeError("the kernel refuses these indices")
    others = [node.array(i) for i in range(count, len(names)) if i != at]
    rows = [name for name in names[count:] if name != "indices"]
    for each, array in zip(rows, others, strict=True):
        wanted = (indices.size, *shape[1:]) if each == "grad" else ()
        if array.shape != wanted:
            raise NotNativeError(f"the kernel refuses the shape of {each}")
    attrs = node.op.op_def.kernels["CPU"].attrs
    options = {attr: bool(node.op.attrs[attr]) for attr in attrs}
    known = {each: node.known(names.index(each)) for each in rows if each != "grad"}
    constants = {each: x[()] for each, x in known.items() if x is not None}
    try:
        update = update_of(name, shape, dtype, constants, **options)
    except UntraceableError as reason:
        raise NotNativeError(str(reason)) from None
    step = row_step_of(update.cluster, update.changed, count)
    change_rows(node, step, [*others, indices], shape, count)
