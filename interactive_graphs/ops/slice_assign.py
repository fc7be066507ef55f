"""Assignment to a part of a variable: `v[1:3].assign(x)`.

A slice of a variable is a tensor that knows how to be assigned to; everything it needs
stands in its StridedSlice node. Read next: `variables.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import INDEX
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.ops.slicing import slice_helper, slice_index
from interactive_graphs.ops.state import current

_MASKS: Final[dict[str, Any]] = {
    "begin_mask": 0,
    "end_mask": 0,
    "ellipsis_mask": 0,
    "new_axis_mask": 0,
    "shrink_axis_mask": 0,
}

slice_assign_op = define(
    "StridedSliceAssign",
    "ref: Ref(T), begin: Index, end: Index, strides: Index, value: T "
    "-> output_ref: Ref(T)",
    Index=types(INDEX), **_MASKS, shape=same, gradient=None, stateful=True,
    doc="Sets a part of a variable.",
)  # fmt: skip
resource_slice_assign_op = define(
    "ResourceStridedSliceAssign",
    "ref: resource, begin: Index, end: Index, strides: Index, value: T ->",
    T=types(), Index=types(INDEX), **_MASKS, gradient=None, stateful=True,
    doc="Sets a part of a resource variable.",
)  # fmt: skip


@slice_assign_op.kernel("CPU")
@resource_slice_assign_op.kernel("CPU")
def _(
    ref: VariableResource,
    begin: np.ndarray,
    end: np.ndarray,
    strides: np.ndarray,
    value: Any,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Any:
    given = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    masks = dict(zip(_MASKS, given, strict=True))
    with ref.lock:
        new = np.array(current(ref))
        index = tuple(
            slice_index(begin.tolist(), end.tolist(), strides.tolist(), masks, new.ndim)
        )
        # A basic index gives a view, into which the value has to fit exactly.
        wanted = new[index].shape
        if wanted != np.shape(value) and np.shape(value) != ():
            invalid(
                "Input tensor shape must match the slice it is assigned to: "
                f"{list(np.shape(value))} instead of {list(wanted)}"
            )
        new[index] = value
        return ref.store(new)


class SlicedVariable(Tensor):
    """A slice of a variable, `v[1:3]`: a tensor that can also be assigned to."""

    __slots__ = ()

    def assign(self, value: Any, name: str | None = None) -> Any:
        """Set this part of the variable.

        Args:
            value: a tensor of the variable's dtype and of this slice's shape.
            name: the node's name.

        Returns:
            The variable's reference, which gives the whole new value; an operation for
            resource variables.
        """
        op = self.op
        read = op.inputs[0].op
        # The snapshot may be read through the nodes of a caching device.
        while read.type == "Identity":
            read = read.inputs[0].op
        target = read.inputs[0] if read.type == "ReadVariableOp" else read.outputs[0]
        graph = op.graph
        full = name or graph.names.unique(f"{op.name}/_assign") + "/"
        is_resource = target.dtype.name == "resource"
        make = raw.ResourceStridedSliceAssign if is_resource else raw.StridedSliceAssign
        masks = {mask: op.attrs[mask] for mask in _MASKS}
        return make(target, *op.inputs[1:], value, name=full, **masks)


def slice_of_variable(variable: Any, spec: Any) -> Tensor:
    """`variable[spec]`, which can be assigned to.

    Args:
        variable: a Variable.
        spec: what stands between the brackets.

    Returns:
        A tensor of the variable's dtype; a boolean mask gives one that cannot be
        assigned to.
    """
    tensor = slice_helper(variable.value(), spec, variable)
    if tensor.op.type == "StridedSlice":
        # The node is made by `slicing.py`, which need not know of variables.
        tensor.__class__ = SlicedVariable
    return tensor
