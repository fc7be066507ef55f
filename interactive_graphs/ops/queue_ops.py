"""The ops of queues: declaration and kernel; the classes are in `data_flow.py`.

Who waits for what is in `kernels/cpu/queues.py`. Ops that may have to wait say so
(`blocking`), and the runtime runs them in threads of their own.
Read next: `../kernels/cpu/queues.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import queues

fifo_queue_op = define(
    "FIFOQueueV2", "-> handle: resource",
    component_types=Attr("list(type)", minimum=1),
    shapes=Attr("list(shape)", ()), capacity=-1, container="", shared_name="",
    shape=scalar, stateful=True, gradient=None,
    doc="A queue whose elements leave in the order they came.",
)  # fmt: skip


@fifo_queue_op.kernel("CPU")
def _(
    ctx: Any,
    component_types: tuple[DType, ...],
    shapes: tuple[Any, ...],
    capacity: int,
    container: bytes,
    shared_name: bytes,
) -> queues.Queue:
    return find_or_make(
        ctx, queues.FIFOQueue, component_types, shapes, capacity, container, shared_name
    )


def find_or_make(
    ctx: Any,
    kind: Callable[..., queues.Queue],
    component_types: tuple[DType, ...],
    shapes: tuple[Any, ...],
    capacity: int,
    container: bytes,
    shared_name: bytes,
) -> queues.Queue:
    """The queue that an operation owns or shares, made when there is none.

    Args:
        ctx: the kernel's context.
        kind: makes the queue, with the arguments of `queues.Queue`.
        component_types: the attribute.
        shapes: the attribute.
        capacity: the attribute.
        container: the attribute.
        shared_name: the attribute.

    Raises:
        InvalidArgumentError: a queue shared under that name is not like this.
    """
    type_names = _type_names(component_types)

    def private_name() -> str:
        name: str = ctx.resources.private_name(ctx.op.name)
        return name

    name = shared_name.decode() or ctx.state(private_name)
    dtypes = [t.np_dtype for t in component_types]
    queue: queues.Queue = ctx.resources.get_or_create(
        container,
        name,
        "queue",
        lambda: kind(name, capacity, dtypes, shapes, type_names),
    )
    queue.check_shared(ctx.op.type, capacity, shapes, type_names)
    return queue


def _type_names(component_types: Any) -> str:
    return ", ".join(t.engine_name for t in component_types)


def _kept(value: Any) -> Any:
    """`value` as a queue may keep it: a copy, since it outlives the step."""
    return value.copy() if isinstance(value, np.ndarray) else value


def _queue_of(handle: Any) -> queues.Queue:
    """The queue itself; a selected one (`from_list`) comes in a 0-d array."""
    queue: queues.Queue = handle.item() if isinstance(handle, np.ndarray) else handle
    return queue


def _check_signature(queue: queues.Queue, op: Operation) -> None:
    """Refuse to enqueue components of other types than the queue's.

    Raises:
        InvalidArgumentError: the types or their number differ.
    """
    if op in queue.known_ops:
        return
    have = _type_names(op.attrs["Tcomponents"])
    if have != queue.type_names:
        invalid(
            f"Signature mismatch, have: resource, {have}-> expected: resource, "
            f"{queue.type_names}->"
        )
    queue.known_ops.add(op)


enqueue_op = define(
    "QueueEnqueueV2", "handle: resource, components: Tcomponents ->",
    Tcomponents=Attr("list(type)", minimum=1), timeout_ms=-1,
    stateful=True, blocking=True, gradient=None, doc="Puts an element into a queue.",
)  # fmt: skip


@enqueue_op.kernel("CPU")
def _(ctx: Any, handle: Any, components: list[Any]) -> None:
    queue = _queue_of(handle)
    _check_signature(queue, ctx.op)
    queue.enqueue(tuple(map(_kept, components)), ctx.cancellation)


enqueue_many_op = define(
    "QueueEnqueueManyV2", "handle: resource, components: Tcomponents ->",
    Tcomponents=Attr("list(type)", minimum=1), timeout_ms=-1,
    stateful=True, blocking=True, gradient=None, doc="Puts elements into a queue.",
)  # fmt: skip


@enqueue_many_op.kernel("CPU")
def _(ctx: Any, handle: Any, components: list[Any]) -> None:
    queue = _queue_of(handle)
    _check_signature(queue, ctx.op)
    queue.enqueue_many(tuple(map(_kept, components)), ctx.cancellation)


def _component_shapes(op: Operation) -> list[Shape] | None:
    """What the queue's own node says of its components, if it can be seen."""
    queue = op.inputs[0].op
    shapes = queue.attrs.get("shapes")
    if not shapes:
        return None
    return [(), *shapes] if queue.type == "PriorityQueueV2" else list(shapes)


def _element_shapes(op: Operation) -> list[Shape]:
    return _component_shapes(op) or [None] * len(op.outputs)


def _batch_shapes(op: Operation) -> list[Shape]:
    shapes = _component_shapes(op)
    n = static_value(op.inputs[1]) if op.type == "QueueDequeueManyV2" else None
    size = None if n is None or n < 0 else int(n)
    if shapes is None:
        return [None] * len(op.outputs)
    return [None if s is None else (size, *s) for s in shapes]


dequeue_op = define(
    "QueueDequeueV2", "handle: resource -> components: component_types",
    component_types=Attr("list(type)", minimum=1), timeout_ms=-1,
    shape=_element_shapes, stateful=True, blocking=True, gradient=None,
    doc="Takes an element out of a queue.",
)  # fmt: skip


@dequeue_op.kernel("CPU")
def _(ctx: Any, handle: Any) -> list[Any]:
    return list(_queue_of(handle).dequeue(ctx.cancellation))


dequeue_many_op = define(
    "QueueDequeueManyV2", "handle: resource, n: int32 -> components: component_types",
    component_types=Attr("list(type)", minimum=1), timeout_ms=-1,
    shape=_batch_shapes, stateful=True, blocking=True, gradient=None,
    doc="Takes n elements out of a queue.",
)  # fmt: skip


@dequeue_many_op.kernel("CPU")
def _(ctx: Any, handle: Any, n: Any) -> list[Any]:
    batch = _queue_of(handle).dequeue_many(int(n), False, ctx.cancellation)
    return list(batch)


dequeue_up_to_op = define(
    "QueueDequeueUpToV2", "handle: resource, n: int32 -> components: component_types",
    component_types=Attr("list(type)", minimum=1), timeout_ms=-1,
    shape=_batch_shapes, stateful=True, blocking=True, gradient=None,
    doc="Takes n elements, or what a closed queue still has.",
)  # fmt: skip


@dequeue_up_to_op.kernel("CPU")
def _(ctx: Any, handle: Any, n: Any) -> list[Any]:
    batch = _queue_of(handle).dequeue_many(int(n), True, ctx.cancellation)
    return list(batch)


close_op = define(
    "QueueCloseV2", "handle: resource ->",
    cancel_pending_enqueues=False, stateful=True, blocking=True, gradient=None,
    doc="Lets nothing more into a queue.",
)  # fmt: skip


@close_op.kernel("CPU")
def _(ctx: Any, handle: Any, cancel_pending_enqueues: bool) -> None:
    _queue_of(handle).close(cancel_pending_enqueues, ctx.cancellation)


is_closed_op = define(
    "QueueIsClosedV2", "handle: resource -> is_closed: bool",
    shape=scalar, stateful=True, gradient=None, doc="Whether a queue is closed.",
)  # fmt: skip


@is_closed_op.kernel("CPU")
def _(handle: Any) -> Any:
    return np.bool_(_queue_of(handle).is_closed())


size_op = define(
    "QueueSizeV2", "handle: resource -> size: int32",
    shape=scalar, stateful=True, gradient=None, doc="How many elements a queue has.",
)  # fmt: skip


@size_op.kernel("CPU")
def _(handle: Any) -> Any:
    return np.int32(_queue_of(handle).size())
