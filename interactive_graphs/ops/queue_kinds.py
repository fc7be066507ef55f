"""Queues that shuffle, pad their batches, or go by priority: classes and their ops.

What they share with `FIFOQueue` is in `data_flow.py` and `queue_ops.py`.
Read next: `../kernels/cpu/queue_kinds.py`.
"""

from __future__ import annotations

import functools
from typing import Any

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import DType, int64
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.seed import get_seed
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor_shape import TensorShape
from interactive_graphs.kernels.cpu import queue_kinds
from interactive_graphs.kernels.cpu.queues import Queue
from interactive_graphs.ops.data_flow import QueueBase, as_names, as_shapes, as_types
from interactive_graphs.ops.queue_ops import find_or_make

# -- in random order ------------------------------------------------------------------

random_shuffle_queue_op = define(
    "RandomShuffleQueueV2", "-> handle: resource",
    component_types=Attr("list(type)", minimum=1),
    shapes=Attr("list(shape)", ()), capacity=-1, min_after_dequeue=0, seed=0, seed2=0,
    container="", shared_name="", shape=scalar, stateful=True, gradient=None,
    doc="A queue whose elements leave in random order.",
)  # fmt: skip


@random_shuffle_queue_op.kernel("CPU")
def _(
    ctx: Any,
    component_types: tuple[DType, ...],
    shapes: tuple[Any, ...],
    capacity: int,
    min_after_dequeue: int,
    seed: int,
    seed2: int,
    container: bytes,
    shared_name: bytes,
) -> Queue:
    if 0 <= capacity <= min_after_dequeue:
        invalid(f"min_after_dequeue {min_after_dequeue} must be < capacity {capacity}")
    seeds = (seed, seed2)
    kind = functools.partial(
        queue_kinds.RandomShuffleQueue, min_after_dequeue=min_after_dequeue, seeds=seeds
    )
    queue = find_or_make(
        ctx, kind, component_types, shapes, capacity, container, shared_name
    )
    assert isinstance(queue, queue_kinds.RandomShuffleQueue)
    queue.check_random(min_after_dequeue, seeds)
    return queue


class RandomShuffleQueue(QueueBase):
    """A queue whose elements leave in random order.

    Args:
        capacity: how many elements fit; negative for no limit.
        min_after_dequeue: how many must stay while the queue is open, so that there
            is something to choose from.
        dtypes: a dtype, or a list of one per component of an element.
        shapes: a fully known shape per component; None lets elements differ, but then
            they cannot be taken out in batches.
        names: a name per component: then elements are dictionaries.
        seed: see `set_random_seed`.
        shared_name: queues of that name in one session are one queue.
        name: the node's name.

    Raises:
        ValueError: shapes or names do not go with the dtypes, or a shape is partial.

    Example:
        >>> import interactive_graphs as tf
        >>> queue = tf.RandomShuffleQueue(9, 0, tf.int32, shapes=[()], seed=1)
        >>> fill = queue.enqueue_many([[1, 2, 3, 4]])
        >>> all_four = queue.dequeue_many(4)
        >>> with tf.Session() as sess:
        ...     sess.run(fill)
        ...     sorted(sess.run(all_four).tolist())
        [1, 2, 3, 4]
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        """See the class."""
        types_ = as_types(dtypes)
        dims = as_shapes(shapes, types_, allow_partial=False)
        labels = as_names(names, types_)
        seed1, seed2 = get_seed(seed)
        with get_default_graph().device("/device:CPU:*"):
            handle = raw.RandomShuffleQueueV2(
                component_types=types_,
                shapes=dims or (),
                capacity=capacity,
                min_after_dequeue=min_after_dequeue,
                seed=seed1 or 0,
                seed2=seed2 or 0,
                shared_name=shared_name or "",
                name=name,
            )
        super().__init__(types_, dims, labels, handle)


# -- padded ---------------------------------------------------------------------------

padding_fifo_queue_op = define(
    "PaddingFIFOQueueV2", "-> handle: resource",
    component_types=Attr("list(type)", minimum=1),
    shapes=Attr("list(shape)", ()), capacity=-1, container="", shared_name="",
    shape=scalar, stateful=True, gradient=None,
    doc="A queue whose batches are filled up to their largest elements.",
)  # fmt: skip


@padding_fifo_queue_op.kernel("CPU")
def _(
    ctx: Any,
    component_types: tuple[DType, ...],
    shapes: tuple[Any, ...],
    capacity: int,
    container: bytes,
    shared_name: bytes,
) -> Queue:
    kind = queue_kinds.PaddingFIFOQueue
    return find_or_make(
        ctx, kind, component_types, shapes, capacity, container, shared_name
    )


class PaddingFIFOQueue(QueueBase):
    """A FIFO queue for elements of different lengths.

    Batches are filled up with 0, `b""` or False, at the ends of the dimensions that
    the shapes leave open, to the largest element of the batch.

    Args:
        capacity: how many elements fit; negative for no limit.
        dtypes: a dtype, or a list of one per component of an element.
        shapes: a shape per component, whose rank is known.
        names: a name per component: then elements are dictionaries.
        shared_name: queues of that name in one session are one queue.
        name: the node's name.

    Raises:
        ValueError: shapes or names do not go with the dtypes.

    Example:
        >>> import interactive_graphs as tf
        >>> queue = tf.PaddingFIFOQueue(9, tf.int32, shapes=[[None]])
        >>> fill = tf.group(queue.enqueue([[1, 2]]), queue.enqueue([[3, 4]]))
        >>> with tf.Session() as sess:
        ...     sess.run(fill)
        ...     sess.run(queue.dequeue_many(2)).shape
        (2, 2)
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        """See the class."""
        types_ = as_types(dtypes)
        dims = _padded_shapes(shapes, types_)
        labels = as_names(names, types_)
        with get_default_graph().device("/device:CPU:*"):
            handle = raw.PaddingFIFOQueueV2(
                component_types=types_,
                shapes=dims,
                capacity=capacity,
                shared_name=shared_name or "",
                name=name,
            )
        super().__init__(types_, dims, labels, handle)


def _padded_shapes(shapes: Any, dtypes: list[DType]) -> list[TensorShape]:
    """The shapes of a padding queue.

    Raises:
        TypeError: they are no shapes.
        ValueError: there are none, not as many as dtypes, or the rank of one is
            unknown.
    """
    if not isinstance(shapes, (list, tuple)) or all(
        s is None or isinstance(s, int) for s in shapes
    ):
        raise ValueError(
            "When providing partial shapes, a list of shapes must be provided."
        )
    if len(shapes) != len(dtypes):
        raise ValueError(
            "Shapes must be provided for all components, but received "
            f"{len(dtypes)} dtypes and {len(shapes)} shapes."
        )
    found = as_shapes(shapes, dtypes, allow_partial=True)
    assert found is not None
    if not all(s.ndims is not None for s in found):
        raise ValueError(f"All shapes must have a defined rank: {found}")
    return found


# -- by priority ----------------------------------------------------------------------

priority_queue_op = define(
    "PriorityQueueV2", "-> handle: resource",
    component_types=Attr("list(type)", ()), shapes=Attr("list(shape)"), capacity=-1,
    container="", shared_name="", shape=scalar, stateful=True, gradient=None,
    doc="A queue whose elements leave by priority.",
)  # fmt: skip


@priority_queue_op.kernel("CPU")
def _(
    ctx: Any,
    component_types: tuple[DType, ...],
    shapes: tuple[Any, ...],
    capacity: int,
    container: bytes,
    shared_name: bytes,
) -> Queue:
    dims = ((), *shapes) if shapes or not component_types else ()
    return find_or_make(
        ctx,
        queue_kinds.PriorityQueue,
        (int64, *component_types),
        dims,
        capacity,
        container,
        shared_name,
    )


class PriorityQueue(QueueBase):
    """A queue whose elements leave by priority, the lowest first.

    A component is added in front, the priority: `enqueue((priority, *components))`,
    and `dequeue` gives it back, too.

    Args:
        capacity: how many elements fit; negative for no limit.
        types: a dtype, or a list of one per component besides the priority.
        shapes: a fully known shape per component besides the priority; None lets
            elements differ, but then they cannot be taken out in batches.
        names: a name per component, the priority's first: then elements are
            dictionaries.
        shared_name: queues of that name in one session are one queue.
        name: the node's name.

    Raises:
        ValueError: shapes or names do not go with the types, or a shape is partial.

    Example:
        >>> import interactive_graphs as tf
        >>> queue = tf.PriorityQueue(9, tf.string, shapes=[()])
        >>> fill = queue.enqueue_many(([2, 1], ["later", "sooner"]))
        >>> with tf.Session() as sess:
        ...     sess.run(fill)
        ...     sess.run(queue.dequeue())
        [np.int64(1), b'sooner']
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        """See the class."""
        types_ = as_types(types)
        dims = as_shapes(shapes, types_, allow_partial=False)
        with get_default_graph().device("/device:CPU:*"):
            handle = raw.PriorityQueueV2(
                component_types=types_,
                shapes=dims or (),
                capacity=capacity,
                shared_name=shared_name or "",
                name=name,
            )
        all_types = [int64, *types_]
        all_dims = None if dims is None else [TensorShape(()), *dims]
        super().__init__(all_types, all_dims, as_names(names, all_types), handle)
