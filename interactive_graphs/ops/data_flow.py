"""Queues: values that one step puts in and another takes out.

The ops are in `queue_ops.py`; who waits for what is in `kernels/cpu/queues.py`.
Read next: `queue_ops.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    format_shape,
    is_compatible,
)


class QueueBase:
    """What all queues share; made by a subclass such as `FIFOQueue`.

    Args:
        dtypes: a dtype per component of an element.
        shapes: a shape per component, or None where elements may differ.
        names: a name per component: then elements are dictionaries.
        queue_ref: the handle.
    """

    def __init__(
        self,
        dtypes: list[DType],
        shapes: list[TensorShape] | None,
        names: list[str] | None,
        queue_ref: Tensor,
    ) -> None:
        """See the class."""
        self._dtypes = dtypes
        self._shapes = (
            shapes if shapes is not None else [TensorShape(None)] * len(dtypes)
        )
        if len(self._shapes) != len(dtypes):
            raise ValueError(
                "Queue shapes must have the same length as dtypes, received "
                f"len(shapes)={len(self._shapes)}, len(dtypes)={len(dtypes)}"
            )
        self._names = names
        self._queue_ref = queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    @staticmethod
    def from_list(index: Any, queues: Any) -> QueueBase:
        """One of several queues, chosen when it runs.

        Args:
            index: int32, `[]`: which one.
            queues: queues of equal dtypes and names.

        Returns:
            A queue whose shapes are what all have in common.

        Raises:
            TypeError: it is no list of queues, or their dtypes or names differ.
        """
        if (
            not queues
            or not isinstance(queues, list)
            or not all(isinstance(q, QueueBase) for q in queues)
        ):
            raise TypeError("A list of queues expected")
        dtypes, names = queues[0].dtypes, queues[0].names
        if not all(q.dtypes == dtypes for q in queues[1:]):
            raise TypeError("Queues do not have matching component dtypes.")
        if not all(q.names == names for q in queues[1:]):
            raise TypeError("Queues do not have matching component names.")
        shapes = [
            _common(column) for column in zip(*(q.shapes for q in queues), strict=True)
        ]
        handles = raw.Pack([q.queue_ref for q in queues], name="stack")
        chosen = raw.GatherV2(handles, index, 0)
        return QueueBase(dtypes, shapes, names, chosen)

    # -- what it is ------------------------------------------------------------------

    @property
    def queue_ref(self) -> Tensor:
        """The handle: resource, `[]`."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """Its operation's name."""
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> list[DType]:
        """A dtype per component."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """A shape per component."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """A name per component, or None."""
        return self._names

    # -- putting in ------------------------------------------------------------------

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Put one element in; waits while the queue is full.

        Args:
            vals: a tensor, a list of one per component, or a dictionary by name.
            name: the node's name.

        Returns:
            The operation. Running it is a CancelledError once the queue is closed.

        Raises:
            ValueError: a shape is not the declared one, or the names do not fit.
        """
        with get_default_graph().name_scope(name or f"{self._name}_enqueue") as scope:
            values = self._components(vals)
            for value, shape in zip(values, self._shapes, strict=False):
                _check_compatible(value.static_shape, shape.static)
            op: Operation = raw.QueueEnqueueV2(self._queue_ref, values, name=scope)
            return op

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Put several elements in, as room comes up.

        Args:
            vals: as for `enqueue`, with one more dimension in front.
            name: the node's name.

        Returns:
            The operation.

        Raises:
            ValueError: a shape is not the declared one, the numbers of elements differ,
                or the names do not fit.
        """
        with get_default_graph().name_scope(
            name or f"{self._name}_EnqueueMany"
        ) as scope:
            values = self._components(vals)
            count: int | None = None
            for value, shape in zip(values, self._shapes, strict=False):
                dims = value.static_shape
                if dims == ():
                    raise ValueError("Shape () must have rank at least 1")
                if dims is None:
                    continue
                if None not in (count, dims[0]) and count != dims[0]:
                    raise ValueError(
                        f"Dimensions {count} and {dims[0]} are not compatible"
                    )
                count = dims[0] if count is None else count
                _check_compatible(dims[1:], shape.static)
            op: Operation = raw.QueueEnqueueManyV2(self._queue_ref, values, name=scope)
            return op

    def _components(self, vals: Any) -> list[Tensor]:
        """The tensors of an element (or a batch), in the order of the components."""
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            given = sorted(map(str, vals))
            if given != sorted(self._names):
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  "
                    f"Dictionary: {_quoted(given)}, Queue: "
                    f"{_quoted(sorted(self._names))}"
                )
            items: Any = [vals[k] for k in self._names]
        else:
            if self._names:
                raise ValueError("You must enqueue a dictionary in a Queue with names")
            items = vals if isinstance(vals, (list, tuple)) else [vals]
        # As in TF1: surplus values are dropped, missing ones show when it runs.
        return [
            convert(item, dtype, f"component_{i}")
            for i, (item, dtype) in enumerate(zip(items, self._dtypes, strict=False))
        ]

    # -- taking out ------------------------------------------------------------------

    def dequeue(self, name: str | None = None) -> Any:
        """Take one element out; waits while there is none.

        Args:
            name: the node's name.

        Returns:
            A tensor, a list of one per component, or a dictionary by name. Running it
            is an OutOfRangeError once the queue is closed and empty.
        """
        outputs = raw.QueueDequeueV2(
            self._queue_ref,
            component_types=self._dtypes,
            name=name or f"{self._name}_Dequeue",
        )
        for tensor, shape in zip(outputs, self._shapes, strict=True):
            tensor.set_shape(shape)
        return self._given(outputs)

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out, stacked; waits until there are as many.

        Args:
            n: int32, `[]`.
            name: the node's name.

        Returns:
            As `dequeue`, with one more dimension of `n` in front.
        """
        return self._dequeue_batch("QueueDequeueManyV2", "DequeueMany", n, name)

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out, stacked, or what a closed queue still has.

        Args:
            n: int32, `[]`.
            name: the node's name.

        Returns:
            As `dequeue`, with one more dimension of 1 to `n` in front.
        """
        return self._dequeue_batch("QueueDequeueUpToV2", "DequeueUpTo", n, name)

    def _dequeue_batch(self, op_type: str, verb: str, n: Any, name: str | None) -> Any:
        outputs = getattr(raw, op_type)(
            self._queue_ref,
            n,
            component_types=self._dtypes,
            name=name or f"{self._name}_{verb}",
        )
        size = static_value(outputs[0].op.inputs[1]) if verb == "DequeueMany" else None
        batch = None if size is None or size < 0 else int(size)
        for tensor, shape in zip(outputs, self._shapes, strict=True):
            if shape.static is not None:
                tensor.set_shape((batch, *shape.static))
        return self._given(outputs)

    def _given(self, outputs: list[Tensor]) -> Any:
        if self._names:
            return dict(zip(self._names, outputs, strict=True))
        return outputs[0] if len(outputs) == 1 else outputs

    # -- the rest --------------------------------------------------------------------

    def close(
        self, cancel_pending_enqueues: bool = False, name: str | None = None
    ) -> Operation:
        """Let nothing more in; what is in can still be taken out.

        Args:
            cancel_pending_enqueues: fail those who wait to put in, instead of closing
                behind them.
            name: the node's name.

        Returns:
            The operation. A second close is a CancelledError of the run.
        """
        op: Operation = raw.QueueCloseV2(
            self._queue_ref,
            cancel_pending_enqueues=cancel_pending_enqueues,
            name=name or f"{self._name}_Close",
        )
        return op

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether it is closed: bool, `[]`."""
        tensor: Tensor = raw.QueueIsClosedV2(
            self._queue_ref, name=name or f"{self._name}_Is_Closed"
        )
        return tensor

    def size(self, name: str | None = None) -> Tensor:
        """How many elements it has: int32, `[]`."""
        tensor: Tensor = raw.QueueSizeV2(
            self._queue_ref, name=name or f"{self._name}_Size"
        )
        return tensor


class FIFOQueue(QueueBase):
    """A queue whose elements leave in the order they came.

    Args:
        capacity: how many elements fit; negative for no limit.
        dtypes: a dtype, or a list of one per component of an element.
        shapes: a fully known shape per component; None lets elements differ, but then
            they cannot be taken out in batches.
        names: a name per component: then elements are dictionaries.
        shared_name: queues of that name in one session are one queue.
        name: the node's name.

    Raises:
        ValueError: shapes or names do not go with the dtypes, or a shape is partial.

    Example:
        >>> import interactive_graphs as tf
        >>> queue = tf.FIFOQueue(3, tf.int32, shapes=[()])
        >>> fill = queue.enqueue_many([[1, 2, 3]])
        >>> two = queue.dequeue_many(2)
        >>> with tf.Session() as sess:
        ...     sess.run(fill)
        ...     sess.run([two, queue.size()])
        [array([1, 2], dtype=int32), np.int32(1)]
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        """See the class."""
        types_ = as_types(dtypes)
        dims = as_shapes(shapes, types_, allow_partial=False)
        labels = as_names(names, types_)
        with get_default_graph().device("/device:CPU:*"):
            handle = raw.FIFOQueueV2(
                component_types=types_,
                shapes=dims or (),
                capacity=capacity,
                shared_name=shared_name or "",
                name=name,
            )
        super().__init__(types_, dims, labels, handle)


# -- checked arguments ----------------------------------------------------------------


def as_types(dtypes: Any) -> list[DType]:
    """A queue's dtypes as a list."""
    if not isinstance(dtypes, (list, tuple)):
        dtypes = [dtypes]
    return [as_dtype(d) for d in dtypes]


def as_shapes(
    shapes: Any, dtypes: list[DType], allow_partial: bool
) -> list[TensorShape] | None:
    """A queue's shapes as a list, or None.

    Raises:
        TypeError: they are no shapes.
        ValueError: there are not as many as dtypes, or one is partial.
    """
    if shapes is None:
        return None
    if isinstance(shapes, TensorShape):
        shapes = [shapes]
    if not isinstance(shapes, (list, tuple)):
        raise TypeError(
            "shapes must be a TensorShape or a list or tuple of TensorShapes."
        )
    if all(s is None or isinstance(s, int) for s in shapes):
        shapes = [shapes]  # the dimensions of a single shape
    found = [TensorShape(s) for s in shapes]
    if len(found) != len(dtypes):
        raise ValueError(
            "Queue shapes must have the same length as dtypes, received "
            f"len(shapes)={len(found)}, len(dtypes)={len(dtypes)}"
        )
    if not allow_partial and not all(s.is_fully_defined() for s in found):
        raise ValueError(f"All shapes must be fully defined: {found}")
    return found


def as_names(names: Any, dtypes: list[DType]) -> list[str] | None:
    """A queue's component names as a list, or None.

    Raises:
        ValueError: there are not as many as dtypes.
    """
    if not names:
        return None
    labels = [names] if isinstance(names, str) else list(names)
    if len(labels) != len(dtypes):
        raise ValueError(
            "List of names must have the same length as the list of dtypes, received "
            f"len(names)={len(labels)},len(dtypes)={len(dtypes)}"
        )
    return labels


def _check_compatible(found: Shape, declared: Shape) -> None:
    if not is_compatible(found, declared):
        raise ValueError(
            f"Shapes {format_shape(found)} and {format_shape(declared)} are "
            "incompatible"
        )


def _common(shapes: Any) -> TensorShape:
    first, *others = shapes
    for other in others:
        first = first.most_specific_compatible_shape(other)
    result: TensorShape = first
    return result


def _quoted(names: list[str]) -> str:
    """Names as Python shows a tuple of them."""
    return str(tuple(names))
