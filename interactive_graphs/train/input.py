"""Queues of file names, numbers or slices, gone through in epochs.

    names = tf.train.string_input_producer(["a.csv", "b.csv"], num_epochs=2)
    key, line = tf.TextLineReader().read(names)

Batches are in `batching.py`. Read next: `queue_runner.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert, convert_to_tensor
from interactive_graphs.framework.dtypes import float32, int64, string
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.constant import constant, identity
from interactive_graphs.ops.control_flow import control_dependencies
from interactive_graphs.ops.data_flow import FIFOQueue
from interactive_graphs.ops.debug import Assert
from interactive_graphs.ops.files import matching_files
from interactive_graphs.ops.gather import gather
from interactive_graphs.ops.random_ops import random_shuffle
from interactive_graphs.ops.sequences import range as range_of
from interactive_graphs.ops.shape import shape, size
from interactive_graphs.ops.variables import Variable
from interactive_graphs.summary.summary import scalar as scalar_summary
from interactive_graphs.train.queue_runner import QueueRunner, add_queue_runner


def match_filenames_once(pattern: Any, name: str | None = None) -> Variable:
    """The names of the files that match a pattern, looked up once.

    Args:
        pattern: a glob pattern, or several: string, `[]` or `[n]`.
        name: the variable's name.

    Returns:
        A local variable, string, which `local_variables_initializer` fills.
    """
    with op_scope(name, "matching_filenames", pattern) as scope:
        return Variable(
            matching_files(pattern),
            name=scope,
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )


def limit_epochs(
    tensor: Any, num_epochs: int | None = None, name: str | None = None
) -> Tensor:
    """A tensor that can be had `num_epochs` times.

    It counts in a local variable, so run `local_variables_initializer`.

    Args:
        tensor: any tensor.
        num_epochs: how often; None for no limit.
        name: the node's name.

    Returns:
        The tensor. Running it more often is an OutOfRangeError.

    Raises:
        ValueError: `num_epochs` is not positive.

    Example:
        >>> import interactive_graphs as tf
        >>> once = tf.train.limit_epochs(tf.constant(5), num_epochs=1)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.local_variables_initializer())
        ...     sess.run(once)
        np.int32(5)
    """
    if num_epochs is None:
        result: Tensor = tensor
        return result
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with op_scope(name, "limit_epochs", tensor) as scope:
        epochs = Variable(
            constant(0, int64),
            name="epochs",
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return identity(tensor, name=scope)


def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> FIFOQueue:
    """A queue of the rows of a tensor, filled by a queue runner.

    Args:
        input_tensor: a tensor of at least one dimension.
        element_shape: the rows' shape, where it is not known.
        num_epochs: how often each row comes; None for no limit. With a limit, run
            `local_variables_initializer`.
        shuffle: whether each epoch is in a random order of its own.
        seed: see `set_random_seed`.
        capacity: of the queue.
        shared_name: queues of that name in one session are one queue.
        summary_name: of a scalar summary of how full the queue is; None for no summary.
        name: of the scope.
        cancel_op: what ends the filling when a stop is requested.

    Returns:
        The queue. Its QueueRunner is noted in the graph (`start_queue_runners`).

    Raises:
        ValueError: the rows' shape is not fully known.
    """
    with op_scope(name, "input_producer", input_tensor) as scope:
        rows = convert_to_tensor(input_tensor, name="input_tensor")
        row_shape = rows.shape[1:].merge_with(element_shape)
        if not row_shape.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or "
                "`element_shape` must be specified"
            )
        if shuffle:
            rows = random_shuffle(rows, seed=seed)
        rows = limit_epochs(rows, num_epochs)
        queue = FIFOQueue(
            capacity=capacity,
            dtypes=[rows.dtype.base_dtype],
            shapes=[row_shape],
            shared_name=shared_name,
            name=scope,
        )
        enqueue = queue.enqueue_many([rows])
        add_queue_runner(QueueRunner(queue, [enqueue], cancel_op=cancel_op))
        if summary_name is not None:
            scalar_summary(summary_name, cast(queue.size(), float32) * (1.0 / capacity))
        return queue


_EMPTY = "string_input_producer requires a non-null input tensor"


def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> FIFOQueue:
    """A queue of strings, such as file names, filled by a queue runner.

    Args:
        string_tensor: string, `[n]`.
        num_epochs: how often each comes; None for no limit. With a limit, run
            `local_variables_initializer`.
        shuffle: whether each epoch is in a random order of its own.
        seed: see `set_random_seed`.
        capacity: of the queue.
        shared_name: queues of that name in one session are one queue.
        name: of the scope.
        cancel_op: what ends the filling when a stop is requested.

    Returns:
        The queue, for the `read` of a reader. Its QueueRunner is noted in the graph
        (`start_queue_runners`).

    Raises:
        ValueError: `string_tensor` is an empty list. An empty tensor is found when it
            runs: an InvalidArgumentError.

    Example:
        >>> import interactive_graphs as tf
        >>> queue = tf.train.string_input_producer(["a", "b"], shuffle=False)
        >>> name = queue.dequeue()
        >>> coord = tf.train.Coordinator()
        >>> with tf.Session() as sess:
        ...     threads = tf.train.start_queue_runners(sess, coord)
        ...     [sess.run(name) for _ in range(3)]
        ...     coord.request_stop()
        ...     coord.join(threads)
        [b'a', b'b', b'a']
    """
    if not isinstance(string_tensor, Tensor) and not len(string_tensor):
        raise ValueError(_EMPTY)
    with op_scope(name, "input_producer", string_tensor) as scope:
        strings = convert(string_tensor, string)
        with control_dependencies([Assert(raw.Greater(size(strings), 0), [_EMPTY])]):
            strings = identity(strings)
        return input_producer(
            strings,
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            name=scope,
            summary_name=f"fraction_of_{capacity}_full",
            cancel_op=cancel_op,
        )


def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> FIFOQueue:
    """A queue of the numbers from 0 to `limit - 1`, filled by a queue runner.

    Args:
        limit: an int32 scalar.
        num_epochs: how often each comes; None for no limit. With a limit, run
            `local_variables_initializer`.
        shuffle: whether each epoch is in a random order of its own.
        seed: see `set_random_seed`.
        capacity: of the queue.
        shared_name: queues of that name in one session are one queue.
        name: of the scope.

    Returns:
        The queue. Its QueueRunner is noted in the graph (`start_queue_runners`).
    """
    with op_scope(name, "input_producer", limit) as scope:
        return input_producer(
            range_of(limit),
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            summary_name=f"fraction_of_{capacity}_full",
            name=scope,
        )


def slice_input_producer(
    tensor_list: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """One row of each of several tensors at a time, the same of each.

    Args:
        tensor_list: tensors of one length, `[n, ...]`.
        num_epochs: how often each row comes; None for no limit. With a limit, run
            `local_variables_initializer`.
        shuffle: whether each epoch is in a random order of its own.
        seed: see `set_random_seed`.
        capacity: of the queue of row numbers.
        shared_name: queues of that name in one session are one queue.
        name: of the scope.

    Returns:
        A tensor for each, `[...]`. They are of one row when run together. The
        QueueRunner is noted in the graph (`start_queue_runners`).

    Raises:
        ValueError: the list is empty.
    """
    with op_scope(name, "input_producer", tensor_list):
        tensors = [convert_to_tensor(t) for t in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        queue = range_input_producer(
            shape(tensors[0])[0],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
        )
        index = queue.dequeue()
        return [gather(t, index) for t in tensors]
