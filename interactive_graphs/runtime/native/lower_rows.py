"""Lowerings of rows by index, and of what compares rows with labels.

Their kernels can refuse an index. Then nothing is stored, a status word is not 0, and
the program calls the node's own kernel, which says what is wrong.
Read next: `lower_updates.py`.
"""

from __future__ import annotations

import math
from typing import Any, Final

from interactive_graphs.kernels.native import gather, row_updates, softmax
from interactive_graphs.kernels.native.operations import supports
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers
from interactive_graphs.runtime.native.work import Array, Emitted, Shape, Task

_FLOATS: Final = ("float32", "float64")
_INDICES: Final = ("int32", "int64")


def _checked(
    node: Node, work: Emitted, inputs: list[Array], outputs: list[Array]
) -> Task:
    """Add a task whose kernel ends with a status word."""
    task = node.run(work, inputs, [*outputs, Array("int64", (), name="status")])
    task.can_fail = True
    return task


def _floats(node: Node) -> str:
    dtype, _ = node.kind(node.op.outputs[0])
    if dtype not in _FLOATS:
        raise NotNativeError("only floats")
    return dtype


# -- rows of logits --------------------------------------------------------------------


@lowers("Softmax", "LogSoftmax")
def _softmax(node: Node) -> None:
    dtype, x = _floats(node), node.array(0)
    *rows, classes = x.known_shape or (0,)
    if not x.known_shape or not classes:
        raise NotNativeError("the kernel refuses this shape")
    emitter = softmax.softmax if node.op.type == "Softmax" else softmax.log_softmax
    work = Emitted(emitter, (math.prod(rows), classes, dtype))
    node.run(work, [x], [node.made()])


@lowers("SoftmaxCrossEntropyWithLogits")
def _cross_entropy(node: Node) -> None:
    dtype, (logits, labels) = _floats(node), node.arrays()
    shape = logits.known_shape
    if len(shape) != 2 or labels.shape != shape or not shape[1]:
        raise NotNativeError("the labels have to be broadcast")
    work = Emitted(softmax.cross_entropy, (*shape, dtype))
    node.run(work, [logits, labels], [node.made(0), node.made(1)])


@lowers("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_cross_entropy(node: Node) -> None:
    dtype, (logits, labels) = _floats(node), node.arrays()
    shape = logits.known_shape
    if len(shape) != 2 or labels.shape != shape[:1] or not shape[1]:
        raise NotNativeError("the kernel refuses these shapes")
    if labels.dtype not in _INDICES:
        raise NotNativeError("labels are of another dtype")
    work = Emitted(softmax.sparse_cross_entropy, (*shape, dtype, labels.dtype))
    _checked(node, work, [logits, labels], [node.made(0), node.made(1)])


# -- rows by index ---------------------------------------------------------------------


@lowers("Gather", "GatherV2", "ResourceGather")
def _gather(node: Node) -> None:
    is_resource = node.op.type == "ResourceGather"
    params = node.variable(0) if is_resource else node.array(0)
    indices = node.array(1)
    if params.shape is None or not params.shape or indices.dtype not in _INDICES:
        raise NotNativeError("the kernel refuses these shapes")
    axis = 0
    if node.op.type == "GatherV2":
        axis = int(node.must_know(2))
        if node.op.attrs["batch_dims"] or not -len(params.shape) <= axis:
            raise NotNativeError("a batch of gathers")
        axis %= len(params.shape)
    outer, width = math.prod(params.shape[:axis]), math.prod(params.shape[axis + 1 :])
    sizes = (1, outer, params.shape[axis], width, indices.size)
    work = Emitted(gather.gather, (*sizes, indices.dtype, params.dtype))
    _checked(node, work, [params, indices], [node.made()])


@lowers("UnsortedSegmentSum")
def _segment_sum(node: Node) -> None:
    data, ids = node.array(0), node.array(1)
    dtype, shape = node.kind(node.op.outputs[0])
    rank = len(ids.known_shape)
    if data.known_shape[:rank] != ids.shape or ids.dtype not in _INDICES:
        raise NotNativeError("the kernel refuses these shapes")
    width = math.prod(data.known_shape[rank:])
    args = (shape[0], width, ids.size, ids.dtype, dtype)
    work = Emitted(row_updates.segment_sum, args)
    _checked(node, work, [data, ids], [node.made()])


@lowers("OneHot")
def _one_hot(node: Node) -> None:
    indices, on, off = node.array(0), node.array(2), node.array(3)
    depth, axis = int(node.must_know(1)), node.op.attrs["axis"]
    rank = len(indices.known_shape)
    if depth < 0 or on.shape != () or off.shape != ():
        raise NotNativeError("the kernel refuses these numbers")
    axis = rank if axis == -1 else axis
    outer = math.prod(indices.known_shape[:axis])
    inner = math.prod(indices.known_shape[axis:])
    work = Emitted(gather.one_hot, (outer, depth, inner, indices.dtype, on.dtype))
    node.run(work, [indices, on, off], [node.made()])


# -- rows of variables -----------------------------------------------------------------

_SCATTERS: Final = {
    "Update": "update", "Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div",
    "Min": "min", "Max": "max",
}  # fmt: skip


@lowers(*(f"{kind}Scatter{how}" for how in _SCATTERS for kind in ("", "Resource")))
def _scatter(node: Node) -> None:
    how = _SCATTERS[node.op.type.removeprefix("Resource").removeprefix("Scatter")]
    held, indices, updates = node.variable(0), node.array(1), node.array(2)
    shape = held.shape
    if not shape or indices.dtype not in _INDICES or updates.dtype != held.dtype:
        raise NotNativeError("the variable's shape is not known, or is no rows'")
    has_rows = updates.shape == (*indices.known_shape, *shape[1:])
    if not has_rows and updates.shape != ():
        raise NotNativeError("the kernel refuses these shapes")
    if how == "div" and not held.dtype.startswith("float"):
        raise NotNativeError("an integer division can fail")
    operation = row_updates.SCATTERS.get(how)
    if operation and not supports(operation, (held.dtype,) * 2, held.dtype):
        raise NotNativeError(f"no {how} of {held.dtype}")
    step = row_updates.scatter_step(how, held.dtype, has_rows)
    change_rows(node, step, [updates, indices], held.known_shape, 1)


def change_rows(
    node: Node, step: Any, inputs: list[Array], shape: Shape, count: int
) -> None:
    """Change rows of the variables that the first inputs refer to.

    Args:
        node: the operation.
        step: a `RowStep`.
        inputs: what else it takes, the indices last.
        shape: of the variables.
        count: how many there are.
    """
    indices = inputs[-1]
    held = [node.variable(i) for i in range(count)]
    sizes = (shape[0], math.prod(shape[1:]), indices.size)
    work = Emitted(row_updates.update_rows, (step, *sizes, indices.dtype))
    task = _checked(node, work, inputs, [node.updated(i) for i in range(count)])
    # The old values are read where the new ones are written.
    task.after.update(a.base.maker for a in held if a.base.maker is not None)
