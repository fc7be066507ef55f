"""Threads that keep a queue filled.

A QueueRunner belongs to one queue and names the operations that put something into it.
`start_queue_runners` starts a thread for each of them. Read next: `input.py`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable
from typing import Any

from interactive_graphs import errors, protos
from interactive_graphs.client.interface import SessionInterface
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.stacks import get_default_session
from interactive_graphs.ops.data_flow import QueueBase
from interactive_graphs.ops.save_slice import in_scope, without_scope
from interactive_graphs.platform import tf_logging
from interactive_graphs.train.coordinator import Coordinator


class QueueRunner:
    """Keeps a queue filled by threads that run its enqueue operations.

    Each thread runs its operation until the source is exhausted, an error occurs or the
    coordinator says to stop. The last one to end closes the queue.

    Args:
        queue: the queue.
        enqueue_ops: operations that enqueue; one thread is made for each.
        close_op: closes the queue when all threads have ended; `queue.close()` if None.
        cancel_op: ends pending enqueues when a stop is requested;
            `queue.close(cancel_pending_enqueues=True)` if None.
        queue_closed_exception_types: errors that say that the source is exhausted;
            `(tf.errors.OutOfRangeError,)` when None.
        queue_runner_def: a QueueRunnerDef, instead of all other arguments.
        import_scope: a scope to put in front of its names.

    Raises:
        ValueError: the queue or the operations are missing, or both they and
            `queue_runner_def` are given.
        TypeError: `queue_closed_exception_types` is no tuple of error types.

    Example:
        >>> import interactive_graphs as tf
        >>> queue = tf.FIFOQueue(10, tf.int32, shapes=[()])
        >>> numbers = tf.train.limit_epochs(tf.constant([1, 2, 3]), num_epochs=1)
        >>> runner = tf.train.QueueRunner(queue, [queue.enqueue_many([numbers])])
        >>> three = queue.dequeue_many(3)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.local_variables_initializer())
        ...     threads = runner.create_threads(sess, start=True)
        ...     sess.run(three)
        array([1, 2, 3], dtype=int32)
    """

    def __init__(
        self,
        queue: QueueBase | None = None,
        enqueue_ops: Iterable[Any] | None = None,
        close_op: Any = None,
        cancel_op: Any = None,
        queue_closed_exception_types: tuple[type[errors.OpError], ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        """See the class."""
        self._queue: Any
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            self._init_from_proto(queue_runner_def, import_scope)
        else:
            enqueue_ops = list(enqueue_ops or ())
            if queue is None or not enqueue_ops:
                raise ValueError("Must provide queue and enqueue_ops.")
            self._closed_types = _checked_types(queue_closed_exception_types)
            self._queue = queue
            self._enqueue_ops = enqueue_ops
            self._close_op = queue.close() if close_op is None else close_op
            self._cancel_op = (
                queue.close(cancel_pending_enqueues=True)
                if cancel_op is None
                else cancel_op
            )
        self._lock = threading.Lock()
        # How many threads run for each session.
        self._running: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._exceptions_raised: list[Exception] = []

    def _init_from_proto(self, message: Any, import_scope: str | None) -> None:
        """Find the nodes that a QueueRunnerDef names."""
        graph = get_default_graph()

        def find(name: str) -> Any:
            return graph.as_graph_element(in_scope(name, import_scope))

        self._queue = find(message.queue_name)
        self._enqueue_ops = [find(name) for name in message.enqueue_op_name]
        self._close_op = find(message.close_op_name)
        self._cancel_op = find(message.cancel_op_name)
        codes = message.queue_closed_exception_types
        # Older files have none, and meant this one.
        self._closed_types = tuple(
            map(errors.exception_type_from_error_code, codes)
        ) or (errors.OutOfRangeError,)

    # -- what it is ------------------------------------------------------------------

    @property
    def queue(self) -> Any:
        """The queue; where it came from a message, the queue's operation."""
        return self._queue

    @property
    def enqueue_ops(self) -> list[Any]:
        """The operations that the threads run."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Any:
        """What the last thread runs."""
        return self._close_op

    @property
    def cancel_op(self) -> Any:
        """What is run when a stop is requested."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[type[errors.OpError], ...]:
        """Errors that say that the source is exhausted."""
        return self._closed_types

    @property
    def exceptions_raised(self) -> list[Exception]:
        """What ended threads that have no coordinator to tell."""
        return self._exceptions_raised

    @property
    def name(self) -> str:
        """The queue's name."""
        name: str = self._queue.name
        return name

    # -- threads ---------------------------------------------------------------------

    def create_threads(
        self,
        sess: Any,
        coord: Coordinator | None = None,
        daemon: bool = False,
        start: bool = False,
    ) -> list[threading.Thread]:
        """Make the threads that fill the queue in a session.

        Args:
            sess: the session.
            coord: says when to stop, and is told of errors; a thread more is made that
                ends pending enqueues then.
            daemon: whether Python may exit while they run.
            start: whether to start them.

        Returns:
            The threads; none where threads of an earlier call run in that session.
        """
        with self._lock:
            if self._running.get(sess, 0) > 0:
                return []
            self._running[sess] = len(self._enqueue_ops)
            self._exceptions_raised = []
        threads = [
            threading.Thread(
                target=self._run,
                args=(sess, op, coord),
                name=f"QueueRunnerThread-{self.name}-{op.name}",
                daemon=daemon,
            )
            for op in self._enqueue_ops
        ]
        if coord is not None:
            threads.append(
                threading.Thread(
                    target=self._close_on_stop,
                    args=(sess, coord),
                    name=f"QueueRunnerThread-{self.name}-close_on_stop",
                    daemon=daemon,
                )
            )
        for thread in threads:
            if coord is not None:
                coord.register_thread(thread)
            if start:
                thread.start()
        return threads

    def _run(self, sess: Any, enqueue_op: Any, coord: Coordinator | None) -> None:
        """Run one operation until there is nothing left to put in."""
        exhausted = False
        try:
            enqueue = sess.make_callable(enqueue_op)
            while coord is None or not coord.should_stop():
                enqueue()
        except self._closed_types:
            exhausted = True
        except Exception as error:
            if coord is None:
                tf_logging.error("Exception in QueueRunner: %s", error)
                with self._lock:
                    self._exceptions_raised.append(error)
                raise
            coord.request_stop(error)
        finally:
            with self._lock:
                self._running[sess] -= 1
                is_last = self._running[sess] == 0
            if exhausted and is_last:
                self._close(sess)

    def _close(self, sess: Any) -> None:
        try:
            sess.run(self._close_op)
        except Exception as error:  # somebody else has closed it
            tf_logging.vlog(1, "Ignored exception: %s", error)

    def _close_on_stop(self, sess: Any, coord: Coordinator) -> None:
        """End pending enqueues as soon as a stop is requested."""
        coord.wait_for_stop()
        try:
            sess.run(self._cancel_op)
        except Exception as error:  # the session is closed, say
            tf_logging.vlog(1, "Ignored exception: %s", error)

    # -- messages --------------------------------------------------------------------

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A QueueRunnerDef that names its nodes.

        Args:
            export_scope: a scope to leave out of the names.

        Returns:
            The message; None when the queue is not in that scope.
        """
        if export_scope is not None and not self.name.startswith(export_scope):
            return None

        def outside(name: str) -> str:
            return without_scope(name, export_scope)

        codes: list[Any] = [
            errors.error_code_from_exception_type(t) for t in self._closed_types
        ]
        return protos.QueueRunnerDef(
            queue_name=outside(self.name),
            enqueue_op_name=[outside(op.name) for op in self._enqueue_ops],
            close_op_name=outside(self._close_op.name),
            cancel_op_name=outside(self._cancel_op.name),
            queue_closed_exception_types=codes,
        )

    @staticmethod
    def from_proto(
        queue_runner_def: Any, import_scope: str | None = None
    ) -> QueueRunner:
        """The runner that a QueueRunnerDef describes; its nodes are in the graph."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


def _checked_types(kinds: Any) -> tuple[type[errors.OpError], ...]:
    """The error types, or TF1's default.

    Raises:
        TypeError: they are no tuple of error types.
    """
    if kinds is None:
        return (errors.OutOfRangeError,)
    if (
        not isinstance(kinds, tuple)
        or not kinds
        or not all(isinstance(k, type) and issubclass(k, errors.OpError) for k in kinds)
    ):
        raise TypeError(
            "queue_closed_exception_types, when provided, must be a tuple of tf.error "
            f"types, but saw: {kinds}"
        )
    return kinds


def add_queue_runner(
    qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS
) -> None:
    """Note a runner in the graph, so that `start_queue_runners` finds it.

    Args:
        qr: the runner.
        collection: where.
    """
    get_default_graph().add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Start the threads of all runners of the graph.

    Args:
        sess: the session; the default one when None.
        coord: says when to stop, and is told of errors.
        daemon: whether Python may exit while they run.
        start: whether to start them, or just make them.
        collection: where the runners are noted.

    Returns:
        All the threads.

    Raises:
        ValueError: there is no default session.
        TypeError: `sess` is no session.
    """
    if sess is None:
        sess = get_default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use "
                "`with sess.as_default()` or pass an explicit session to "
                "tf.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, SessionInterface):
        if type(sess).__name__ in ("MonitoredSession", "SingularMonitoredSession"):
            tf_logging.warning(
                "A MonitoredSession starts the queue runners of its graph itself."
            )
            return []
        raise TypeError(
            f"sess must be a `tf.Session` object. Given class: {type(sess)}"
        )
    runners = get_default_graph().get_collection(collection)
    if not runners:
        tf_logging.warning(
            "`tf.train.start_queue_runners()` was called when no queue runners were "
            "defined. You can safely remove the call to this deprecated function."
        )
    with sess.graph.as_default():
        return [
            thread
            for runner in get_default_graph().get_collection(collection)
            for thread in runner.create_threads(
                sess, coord=coord, daemon=daemon, start=start
            )
        ]
