"""Batches out of single examples, made by a queue and its runner.

    image, label = tf.train.slice_input_producer([images, labels])
    images, labels = tf.train.shuffle_batch([image, label], 32, 1000, 100)

All eight functions come down to `_batched`. Read next: `input.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import bool as bool_type, float32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, TensorShape
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.cond import cond
from interactive_graphs.ops.constant import no_op
from interactive_graphs.ops.data_flow import FIFOQueue, QueueBase
from interactive_graphs.ops.elementwise import maximum
from interactive_graphs.ops.queue_kinds import PaddingFIFOQueue, RandomShuffleQueue
from interactive_graphs.ops.slicing import boolean_mask
from interactive_graphs.ops.sparse_map import restore_sparse, store_sparse
from interactive_graphs.summary.summary import scalar as scalar_summary
from interactive_graphs.train.queue_runner import QueueRunner, add_queue_runner

QueueMaker = Callable[[list[Any], list[TensorShape]], QueueBase]

# -- in the order they come -----------------------------------------------------------


def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of what `tensors` give, one run after the other.

    Args:
        tensors: a list of tensors, or a dictionary of them: an example.
        batch_size: an int, or int32, `[]`.
        num_threads: how many threads run `tensors`; with more than one, the order of
            the examples varies.
        capacity: how many examples the queue holds.
        enqueue_many: whether `tensors` are several examples, stacked.
        shapes: an example's, where they are not known.
        dynamic_pad: whether examples may differ in size; they are filled up with zeros
            to the largest of a batch.
        allow_smaller_final_batch: whether what is left at the end comes, too.
        shared_name: queues of that name in one session are one queue.
        name: of the scope.

    Returns:
        As `tensors`, with one more dimension of `batch_size` in front; a single tensor
        for a list of one. The QueueRunner is noted in the graph
        (`start_queue_runners`).

    Raises:
        ValueError: a shape is not known, or there are no tensors.

    Example:
        >>> import interactive_graphs as tf
        >>> numbers = tf.train.range_input_producer(5, num_epochs=1, shuffle=False)
        >>> three = tf.train.batch(
        ...     [numbers.dequeue()], 3, allow_smaller_final_batch=True
        ... )
        >>> coord = tf.train.Coordinator()
        >>> with tf.Session() as sess:
        ...     sess.run(tf.local_variables_initializer())
        ...     threads = tf.train.start_queue_runners(sess, coord)
        ...     [sess.run(three), sess.run(three)]
        ...     coord.request_stop()
        ...     coord.join(threads)
        [array([0, 1, 2], dtype=int32), array([3, 4], dtype=int32)]
    """
    return maybe_batch(
        tensors, True, batch_size, num_threads, capacity, enqueue_many, shapes,
        dynamic_pad, allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of those examples for which `keep_input` is True.

    Args:
        tensors: as of `batch`.
        keep_input: bool, `[]`; with `enqueue_many` also one for each example.
        batch_size: as of `batch`.
        num_threads: as of `batch`.
        capacity: as of `batch`.
        enqueue_many: as of `batch`.
        shapes: as of `batch`.
        dynamic_pad: as of `batch`.
        allow_smaller_final_batch: as of `batch`.
        shared_name: as of `batch`.
        name: as of `batch`.

    Returns:
        As of `batch`.
    """
    return _batched(
        "batch", [tensors], keep_input, batch_size,
        _in_order(capacity, dynamic_pad, shared_name),
        num_threads, enqueue_many, shapes, allow_smaller_final_batch, name,
    )  # fmt: skip


def batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of what several lists of tensors give, a thread for each list.

    Args:
        tensors_list: lists, or dictionaries, of tensors: each an example of its own.
        batch_size: as of `batch`.
        capacity: as of `batch`.
        enqueue_many: as of `batch`.
        shapes: as of `batch`.
        dynamic_pad: as of `batch`.
        allow_smaller_final_batch: as of `batch`.
        shared_name: as of `batch`.
        name: as of `batch`.

    Returns:
        As of `batch`, for one of the lists.

    Raises:
        TypeError: dtypes differ from list to list.
        ValueError: keys differ, a shape is not known, or there are no tensors.
    """
    return maybe_batch_join(
        tensors_list, True, batch_size, capacity, enqueue_many, shapes, dynamic_pad,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_batch_join(
    tensors_list: Any,
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`batch_join` of those examples for which `keep_input` is True.

    Args:
        tensors_list: as of `batch_join`.
        keep_input: bool, `[]`; with `enqueue_many` also one for each example.
        batch_size: as of `batch`.
        capacity: as of `batch`.
        enqueue_many: as of `batch`.
        shapes: as of `batch`.
        dynamic_pad: as of `batch`.
        allow_smaller_final_batch: as of `batch`.
        shared_name: as of `batch`.
        name: as of `batch`.

    Returns:
        As of `batch_join`.
    """
    return _batched(
        "batch_join", tensors_list, keep_input, batch_size,
        _in_order(capacity, dynamic_pad, shared_name),
        1, enqueue_many, shapes, allow_smaller_final_batch, name,
    )  # fmt: skip


# -- shuffled -------------------------------------------------------------------------


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of what `tensors` give, in random order.

    Args:
        tensors: a list of tensors, or a dictionary of them: an example.
        batch_size: an int, or int32, `[]`.
        capacity: how many examples the queue holds.
        min_after_dequeue: how many must stay in it, so that there is something to
            choose from.
        num_threads: how many threads run `tensors`.
        seed: see `set_random_seed`.
        enqueue_many: whether `tensors` are several examples, stacked.
        shapes: an example's, where they are not known.
        allow_smaller_final_batch: whether what is left at the end comes, too.
        shared_name: queues of that name in one session are one queue.
        name: of the scope.

    Returns:
        As of `batch`.

    Raises:
        ValueError: a shape is not known, there are no tensors, or `capacity` is not
            larger than `min_after_dequeue`.
    """
    return maybe_shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, True, num_threads, seed,
        enqueue_many, shapes, allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`shuffle_batch` of those examples for which `keep_input` is True.

    Args:
        tensors: as of `shuffle_batch`.
        batch_size: as of `shuffle_batch`.
        capacity: as of `shuffle_batch`.
        min_after_dequeue: as of `shuffle_batch`.
        keep_input: bool, `[]`; with `enqueue_many` also one for each example.
        num_threads: as of `shuffle_batch`.
        seed: as of `shuffle_batch`.
        enqueue_many: as of `shuffle_batch`.
        shapes: as of `shuffle_batch`.
        allow_smaller_final_batch: as of `shuffle_batch`.
        shared_name: as of `shuffle_batch`.
        name: as of `shuffle_batch`.

    Returns:
        As of `batch`.
    """
    return _batched(
        "shuffle_batch", [tensors], keep_input, batch_size,
        _shuffled(capacity, min_after_dequeue, seed, shared_name),
        num_threads, enqueue_many, shapes, allow_smaller_final_batch, name,
    )  # fmt: skip


def shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches in random order, with a thread for each list of tensors.

    Args:
        tensors_list: as of `batch_join`.
        batch_size: as of `shuffle_batch`.
        capacity: as of `shuffle_batch`.
        min_after_dequeue: as of `shuffle_batch`.
        seed: as of `shuffle_batch`.
        enqueue_many: as of `shuffle_batch`.
        shapes: as of `shuffle_batch`.
        allow_smaller_final_batch: as of `shuffle_batch`.
        shared_name: as of `shuffle_batch`.
        name: as of `shuffle_batch`.

    Returns:
        As of `batch_join`.
    """
    return maybe_shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, True, seed, enqueue_many,
        shapes, allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`shuffle_batch_join` of those examples for which `keep_input` is True.

    Args:
        tensors_list: as of `batch_join`.
        batch_size: as of `shuffle_batch`.
        capacity: as of `shuffle_batch`.
        min_after_dequeue: as of `shuffle_batch`.
        keep_input: bool, `[]`; with `enqueue_many` also one for each example.
        seed: as of `shuffle_batch`.
        enqueue_many: as of `shuffle_batch`.
        shapes: as of `shuffle_batch`.
        allow_smaller_final_batch: as of `shuffle_batch`.
        shared_name: as of `shuffle_batch`.
        name: as of `shuffle_batch`.

    Returns:
        As of `batch_join`.
    """
    return _batched(
        "shuffle_batch_join", tensors_list, keep_input, batch_size,
        _shuffled(capacity, min_after_dequeue, seed, shared_name),
        1, enqueue_many, shapes, allow_smaller_final_batch, name,
    )  # fmt: skip


# -- what they have in common ---------------------------------------------------------


def _batched(
    function: str,
    tensors_list: Any,
    keep_input: Any,
    batch_size: Any,
    make_queue: tuple[QueueMaker, Callable[[QueueBase], None]],
    num_threads: int,
    enqueue_many: bool,
    shapes: Any,
    allow_smaller_final_batch: bool,
    name: str | None,
) -> Any:
    """Batches of what the lists of `tensors_list` give; see the functions above."""
    examples = _as_lists(tensors_list)
    make, report = make_queue
    with op_scope(name, function, examples, keep_input) as scope:
        examples = [[_as_tensor(t) for t in example] for example in examples]
        if not examples or not examples[0]:
            what = "input" if function.endswith("_join") else "tensor"
            raise ValueError(f"Expected at least one {what} in {function}().")
        keep = _checked_keep(keep_input, enqueue_many)
        examples, sparse = store_sparse(examples, enqueue_many, keep)
        queue = make(_dtypes(examples), _shapes(examples, shapes, enqueue_many))
        ops = [_enqueue(queue, example, enqueue_many, keep) for example in examples]
        add_queue_runner(QueueRunner(queue, ops * num_threads))
        report(queue)
        if allow_smaller_final_batch:
            found = queue.dequeue_up_to(batch_size, name=scope)
        else:
            found = queue.dequeue_many(batch_size, name=scope)
        parts = restore_sparse(found if isinstance(found, list) else [found], sparse)
    first = tensors_list[0]
    if isinstance(first, Mapping):
        return dict(zip(sorted(first), parts, strict=True))
    return parts[0] if len(parts) == 1 else parts


def _as_lists(tensors_list: Any) -> list[list[Any]]:
    """Each example as a list; dictionaries in the order of their keys.

    Raises:
        ValueError: dictionaries have different keys.
    """
    if not len(tensors_list):
        raise ValueError("Expected at least one set of tensors")
    if not isinstance(tensors_list[0], Mapping):
        return [list(example) for example in tensors_list]
    keys = sorted(tensors_list[0])
    if any(set(example) != set(keys) for example in tensors_list):
        raise ValueError("All dictionaries in tensors_list must have the same keys")
    return [[example[k] for k in keys] for example in tensors_list]


def _as_tensor(value: Any) -> Any:
    return value if isinstance(value, SparseTensor) else convert_to_tensor(value)


def _checked_keep(keep_input: Any, enqueue_many: bool) -> Tensor:
    """`keep_input` as a tensor.

    Raises:
        ValueError: its shape does not do.
    """
    keep = convert_to_tensor(keep_input, bool_type)
    shape = keep.static_shape
    if shape is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if len(shape) == 1 and not enqueue_many:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if len(shape) > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def _dtypes(examples: list[list[Tensor]]) -> list[Any]:
    """The dtype of each component.

    Raises:
        TypeError: it differs from example to example.
    """
    found = []
    for column in zip(*examples, strict=False):
        first = column[0].dtype.base_dtype
        for other in column[1:]:
            if other.dtype.base_dtype != first:
                raise TypeError(
                    "Expected types to be consistent: "
                    f"{first.name} vs. {other.dtype.base_dtype.name}."
                )
        found.append(first)
    return found


def _shapes(
    examples: list[list[Tensor]], given: Any, enqueue_many: bool
) -> list[TensorShape]:
    """The shape of each component of one example.

    Raises:
        ValueError: a rank is not known.
    """
    if given is not None:
        return list(given)
    found = []
    for column in zip(*examples, strict=False):
        for tensor in column:
            if tensor.static_shape is None:
                raise ValueError(f"Cannot infer Tensor's rank: {tensor}")
        common = _common_shape([t.static_shape for t in column])
        rows = common[1:] if enqueue_many and common is not None else common
        found.append(TensorShape(rows))
    return found


def _common_shape(shapes: list[Shape]) -> Shape:
    """What shapes have in common: None where they differ."""
    first, *others = shapes
    for other in others:
        if first is None or other is None or len(first) != len(other):
            return None
        first = tuple(a if a == b else None for a, b in zip(first, other, strict=True))
    return first


def _enqueue(
    queue: QueueBase, example: list[Tensor], enqueue_many: bool, keep: Tensor
) -> Operation | Tensor:
    """What puts an example, or several, into the queue if it is to be kept."""
    put = queue.enqueue_many if enqueue_many else queue.enqueue
    if keep.static_shape != ():
        return put([boolean_mask(t, keep) for t in example])
    known = static_value(keep)
    if known is None:
        result: Tensor = cond(keep, lambda: put(example), no_op)
        return result
    return put(example) if known else no_op()


def _in_order(
    capacity: int, dynamic_pad: bool, shared_name: str | None
) -> tuple[QueueMaker, Callable[[QueueBase], None]]:
    """What makes the queue of `batch`, and what reports how full it is."""
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue

    def make(dtypes: list[Any], shapes: list[TensorShape]) -> QueueBase:
        return kind(capacity, dtypes, shapes, shared_name=shared_name)

    def report(queue: QueueBase) -> None:
        fullness = cast(queue.size(), float32) * (1.0 / capacity)
        scalar_summary(f"fraction_of_{capacity}_full", fullness)

    return make, report


def _shuffled(
    capacity: int, min_after_dequeue: int, seed: int | None, shared_name: str | None
) -> tuple[QueueMaker, Callable[[QueueBase], None]]:
    """What makes the queue of `shuffle_batch`, and what reports how full it is."""
    room = capacity - min_after_dequeue

    def make(dtypes: list[Any], shapes: list[TensorShape]) -> QueueBase:
        if room <= 0:
            raise ValueError(
                f"capacity {capacity} must be bigger than min_after_dequeue "
                f"{min_after_dequeue}."
            )
        return RandomShuffleQueue(
            capacity, min_after_dequeue, dtypes, shapes, seed=seed,
            shared_name=shared_name,
        )  # fmt: skip

    def report(queue: QueueBase) -> None:
        extra = maximum(0, queue.size() - min_after_dequeue)
        scalar_summary(
            f"fraction_over_{min_after_dequeue}_of_{room}_full",
            cast(extra, float32) * (1.0 / room),
        )

    return make, report
