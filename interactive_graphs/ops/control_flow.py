"""Order of execution: groups, gates, and the nodes that branch.

`group` and `tuple` say what has to run before what. Switch and Merge are the nodes that
branches are made of; the runtime's executor knows them by type, so they have no
kernel here. Read next: `state.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert, is_convertible
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import same, with_rank
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.ops._scope import op_scope


def _merged(op: Operation) -> list[Shape]:
    """What the inputs of a Merge have in common, and a scalar."""
    shapes = [t.static_shape for t in op.inputs]
    first = shapes[0]
    if first is None or any(s is None or len(s) != len(first) for s in shapes):
        return [None, ()]
    dims = zip(*(s for s in shapes if s is not None), strict=True)
    # Not `tuple(...)`: that is tf.tuple here.
    return [(*(d[0] if len(set(d)) == 1 else None for d in dims),), ()]


def _switch_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[1].static_shape, 0)
    return [op.inputs[0].static_shape] * 2


def _merge_sides(_: Operation, *grads: Any) -> list[Any]:
    """The gradient from the side that was taken; the other one's is dead."""
    return [raw.Merge([convert(g) for g in grads])[0], None]


def _switch_back(op: Operation, dy: Any, _: Any) -> list[Any]:
    """The gradient for the input that arrived; it is dead for the others."""
    taken = [raw.Equal(op.outputs[1], i) for i, _ in enumerate(op.inputs)]
    return [raw.Switch(convert(dy), t)[1] for t in taken]


# Gradients of nodes made by hand; for those of `cond` see `autodiff/control_flow.py`.
define(
    "Switch", "data: T, pred: bool -> output_false: T, output_true: T",
    shape=_switch_shape, gradient=_merge_sides,
    doc="Sends its data to one of two sides.",
)  # fmt: skip
define(
    "RefSwitch",
    "data: Ref(T), pred: bool -> output_false: Ref(T), output_true: Ref(T)",
    shape=_switch_shape, takes_uninitialized=True, gradient=_merge_sides,
    doc="Sends a variable to one of two sides.",
)  # fmt: skip
define(
    "Merge", "inputs: N * T -> output: T, value_index: int32",
    N=Attr("int", minimum=1), shape=_merged, gradient=_switch_back,
    doc="The one input that arrives, and its number.",
)  # fmt: skip
define(
    "RefMerge", "inputs: Ref(N * T) -> output: Ref(T), value_index: int32",
    N=Attr("int", minimum=1), shape=_merged, takes_uninitialized=True,
    gradient=_switch_back, doc="The one variable that arrives, and its number.",
)  # fmt: skip

ref_identity_op = define(
    "RefIdentity", "input: Ref(T) -> output: Ref(T)",
    T=types(), shape=same, takes_uninitialized=True, stateful=True,
    gradient=lambda _, dy: [dy], doc="The variable itself.",
)  # fmt: skip


@ref_identity_op.kernel("CPU")
def _(input: Any) -> Any:
    # The resource itself while there is no value, so that a reader says so.
    return input if input.value is None else input.value


def control_dependencies(control_inputs: Any) -> AbstractContextManager[None]:
    """Make the operations that a block creates wait for others.

    Args:
        control_inputs: a list of operations, tensors or variables; None drops what the
            enclosing blocks ask for.

    Returns:
        A context manager.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(1)
        >>> with tf.control_dependencies([v.assign(5)]):
        ...     after = v.read_value()
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     sess.run(after)
        np.int32(5)
    """
    return get_default_graph().control_dependencies(control_inputs)


def with_dependencies(
    dependencies: Iterable[Any], output_tensor: Any, name: str | None = None
) -> Any:
    """The value of `output_tensor`, once `dependencies` have run.

    Args:
        dependencies: operations or tensors.
        output_tensor: a Tensor, IndexedSlices or what converts to a tensor.
        name: the node's name.

    Returns:
        The same kind of thing as `output_tensor`.
    """
    deps = list(dependencies)
    graph = (output_tensor if hasattr(output_tensor, "graph") else deps[0]).graph
    with graph.as_default(), graph.name_scope(name or "control_dependency") as scope:
        if not isinstance(output_tensor, IndexedSlices):
            output_tensor = convert(output_tensor, as_ref=True)
        with graph.colocate_with(output_tensor.op), graph.control_dependencies(deps):
            if isinstance(output_tensor, IndexedSlices):
                return IndexedSlices(
                    _identity(output_tensor.values, scope),
                    output_tensor.indices,
                    output_tensor.dense_shape,
                )
            return _identity(output_tensor, scope)


def _identity(tensor: Tensor, name: str) -> Tensor:
    make = raw.RefIdentity if tensor.dtype._is_ref_dtype else raw.Identity
    result: Tensor = make(tensor, name=name)
    return result


def group(*inputs: Any, **kwargs: Any) -> Operation:
    """An operation that runs all of `inputs` and gives nothing.

    Args:
        *inputs: tensors, operations, variables, or nested structures of them.
        **kwargs: `name`, the node's name.

    Returns:
        The operation; fetching it gives None.

    Raises:
        TypeError: an input is none of these.
        ValueError: an unknown keyword was given.

    Example:
        >>> import interactive_graphs as tf
        >>> a, b = tf.Variable(1), tf.Variable(2)
        >>> both = tf.group(a.initializer, b.initializer)
        >>> with tf.Session() as sess:
        ...     sess.run(both)
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError("Unknown keyword arguments: " + ", ".join(kwargs))
    by_device: dict[str, list[Any]] = {}
    for item in nest.flatten(list(inputs)):
        if not hasattr(item, "device"):
            raise TypeError(
                f"Expected tf.group() expected Tensor arguments not '{item}' with type "
                f"'{type(item)}'"
            )
        by_device.setdefault(item.device, []).append(item)
    with op_scope(name, "group_deps", *inputs) as scope:
        if not by_device:
            nothing: Operation = raw.NoOp(name=scope)
            return nothing
        if len(by_device) == 1:
            ((device, items),) = by_device.items()
            return _after(device, items, scope)
        # One node per device, so that each device is waited for once.
        parts = [
            _after(device, by_device[device], None) for device in sorted(by_device)
        ]
        return _after("", parts, scope)


def _after(device: str, items: list[Any], name: str | None) -> Operation:
    """A NoOp on `device` that waits for `items`."""
    graph = items[0].graph
    place = graph.device(device) if device else nullcontext()
    with graph.control_dependencies(items), place:
        op: Operation = raw.NoOp(name=name)
        return op


def tuple(
    tensors: Iterable[Any],
    name: str | None = None,
    control_inputs: Iterable[Any] | None = None,
) -> list[Any]:
    """The same tensors, none of which is there before all are.

    Args:
        tensors: Tensors, IndexedSlices, operations, or None.
        name: the scope of the new nodes.
        control_inputs: operations or tensors to wait for as well.

    Returns:
        A list of the same length: identities of the tensors, NoOps for operations, and
        None for None.

    Raises:
        ValueError: there is no tensor at all.
        TypeError: a control input is neither an operation nor a tensor.
    """
    items = [_as_gated(t) for t in tensors]
    gates = [t if isinstance(t, Operation) else t.op for t in items if t is not None]
    for control in control_inputs or ():
        if not isinstance(control, (Operation, Tensor)):
            raise TypeError(f"Control input must be Operation or Tensor: {control}")
        gates.append(control if isinstance(control, Operation) else control.op)
    if not gates:
        raise ValueError(f"Must have at least one Tensor: {items}")
    with op_scope(name, "tuple", *gates):
        gate = group(*sorted(set(gates), key=lambda op: op.id))
        return [_gated(item, gate) for item in items]


def _as_gated(item: Any) -> Any:
    if item is None or isinstance(item, (Operation, Tensor, IndexedSlices)):
        return item
    return convert(item, as_ref=is_convertible(item))


def _gated(item: Any, gate: Operation) -> Any:
    if item is None:
        return None
    if isinstance(item, Operation):
        with gate.graph.control_dependencies([gate]):
            return group(item)
    return with_dependencies([gate], item)


def branch(
    pred: Tensor, data: Any, read: Callable[[Tensor], Tensor], if_false: Any, name: str
) -> Tensor:
    """`read(data)` if `pred` holds, else a value, by hand-made Switch and Merge nodes.

    Args:
        pred: bool, `[]`.
        data: what `read` needs; a reference stays one.
        read: makes the node that runs only if `pred` holds.
        if_false: the value otherwise, a tensor of the same dtype that exists anyway.
        name: the scope of the new nodes.

    Returns:
        A tensor of their dtype, of what is common to their shapes.
    """
    with pred.graph.name_scope(name):
        switch = raw.RefSwitch if data.dtype._is_ref_dtype else raw.Switch
        taken = read(switch(data, pred, name="read/Switch")[1])
        other = raw.Switch(if_false, pred, name="Switch_1")[0]
        merged: Tensor = raw.Merge([other, taken], name="Merge")[0]
        return merged
