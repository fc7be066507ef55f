"""`tf.train.Supervisor`: initialises, restores, saves and writes summaries in threads.

    supervisor = tf.train.Supervisor(logdir="run")
    with supervisor.managed_session() as sess:
        while not supervisor.should_stop():
            sess.run(train_op)

MonitoredTrainingSession came after it. Read next: `supervisor_threads.py`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

from interactive_graphs import errors, protos
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.meta_graph import export_meta_graph
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.variable_init import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
    tables_initializer,
)
from interactive_graphs.platform import tf_logging
from interactive_graphs.summary.summary import merge_all
from interactive_graphs.summary.writer import FileWriter
from interactive_graphs.train.coordinator import Coordinator, LooperThread
from interactive_graphs.train.graph_io import write_graph
from interactive_graphs.train.saveable import all_saveable_objects
from interactive_graphs.train.saver import Saver
from interactive_graphs.train.session_manager import SessionManager
from interactive_graphs.train.supervisor_threads import (
    CheckpointThread,
    StepCounterThread,
    SummaryThread,
)
from interactive_graphs.train.training_util import (
    get_global_step,
    global_step as step_of,
)

USE_DEFAULT: Final = 0
"""What stands for "make one"; None stands for "have none"."""


class Supervisor:
    """Looks after a training: makes its session, saves it, ends it cleanly.

    The graph must be complete, and is closed. Where an argument can be left out, what
    the graph's collection has is used, or one is made; None means to do without.

    Args:
        graph: the graph, the default one when None.
        ready_op: gives the names of what is not initialised.
        ready_for_local_init_op: the same for what `local_init_op` needs.
        is_chief: whether it initialises and saves; another waits for the one that does.
        init_op: initialises the variables, where there is no checkpoint.
        init_feed_dict: what to feed it.
        local_init_op: initialises what no checkpoint holds.
        logdir: where checkpoints and summaries go; None for nowhere.
        summary_op: gives the summaries.
        saver: saves and restores.
        global_step: counts the steps.
        save_summaries_secs: write summaries once in so many seconds; 0 for never.
        save_model_secs: save once in so many seconds; 0 for never.
        recovery_wait_secs: how long to wait before looking again.
        stop_grace_secs: how long threads may take to end.
        checkpoint_basename: what names of checkpoints begin with.
        session_manager: makes the sessions.
        summary_writer: writes the summaries.
        init_fn: called with the session after `init_op`.
        local_init_run_options: a RunOptions for `local_init_op`.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(3.0)
        >>> supervisor = tf.train.Supervisor()
        >>> with supervisor.managed_session() as sess:
        ...     print(sess.run(v))
        3.0
    """

    USE_DEFAULT = USE_DEFAULT

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = USE_DEFAULT,
        ready_for_local_init_op: Any = USE_DEFAULT,
        is_chief: bool = True,
        init_op: Any = USE_DEFAULT,
        init_feed_dict: Any = None,
        local_init_op: Any = USE_DEFAULT,
        logdir: str | os.PathLike[str] | None = None,
        summary_op: Any = USE_DEFAULT,
        saver: Any = USE_DEFAULT,
        global_step: Any = USE_DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: SessionManager | None = None,
        summary_writer: Any = USE_DEFAULT,
        init_fn: Callable[[Any], None] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        """See the class."""
        self._graph = graph if graph is not None else get_default_graph()
        self._is_chief = is_chief
        self._coord = Coordinator()
        self._stop_grace_secs = stop_grace_secs
        self._init_fn = init_fn
        self._init_feed_dict = init_feed_dict
        with self._graph.as_default():
            self._find_ops(
                init_op, ready_op, ready_for_local_init_op, local_init_op,
                saver, summary_op, global_step,
            )  # fmt: skip
        self._logdir = os.fspath(logdir) if is_chief and logdir else None
        self._save_summaries_secs = save_summaries_secs
        self._save_model_secs = save_model_secs
        self._save_path: str | None = None
        self._summary_writer = None if summary_writer is USE_DEFAULT else summary_writer
        if self._logdir:
            self._save_path = os.path.join(self._logdir, checkpoint_basename)
            if summary_writer is USE_DEFAULT:
                self._summary_writer = FileWriter(self._logdir)
        self._graph_added_to_summary = False
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        self._graph.finalize()

    def _find_ops(
        self,
        init_op: Any,
        ready_op: Any,
        ready_for_local_init_op: Any,
        local_init_op: Any,
        saver: Any,
        summary_op: Any,
        global_step: Any,
    ) -> None:
        """Make what was left out."""

        def either(given: Any, key: str, make: Callable[[], Any]) -> Any:
            return self._first(key, make) if given is USE_DEFAULT else given

        self._init_op = either(init_op, GraphKeys.INIT_OP, global_variables_initializer)
        self._ready_op = either(
            ready_op, GraphKeys.READY_OP, report_uninitialized_variables
        )
        self._ready_for_local_init_op = either(
            ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP, lambda: None
        )
        self._local_init_op = either(
            local_init_op,
            GraphKeys.LOCAL_INIT_OP,
            lambda: group(local_variables_initializer(), tables_initializer()),
        )
        self._saver = either(
            saver,
            GraphKeys.SAVERS,
            lambda: Saver() if all_saveable_objects() else None,
        )
        self._summary_op = either(summary_op, GraphKeys.SUMMARY_OP, merge_all)
        if global_step is USE_DEFAULT:
            global_step = get_global_step(self._graph)
        self._global_step = global_step

    def _first(self, key: str, make: Callable[[], Any]) -> Any:
        """The first item of a collection, made and put there when there is none."""
        found = self._graph.get_collection(key)
        if found:
            if len(found) > 1:
                tf_logging.info("Found more than one item in the collection %s", key)
            return found[0]
        made = make()
        if made is not None:
            self._graph.add_to_collection(key, made)
        return made

    # -- what it has ----------------------------------------------------------------

    @property
    def is_chief(self) -> bool:
        """Whether it initialises and saves."""
        return self._is_chief

    @property
    def session_manager(self) -> SessionManager:
        """What makes the sessions."""
        return self._session_manager

    @property
    def coord(self) -> Coordinator:
        """What its threads ask whether to go on."""
        return self._coord

    @property
    def init_op(self) -> Any:
        """Initialises the variables."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What to feed `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not initialised."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of what `local_init_op` still needs."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        """Writes the summaries; None when there is none."""
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        """Gives the summaries."""
        return self._summary_op

    @property
    def save_summaries_secs(self) -> float:
        """Once in how many seconds summaries are written."""
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        """Counts the steps; None when nothing does."""
        return self._global_step

    @property
    def saver(self) -> Any:
        """Saves and restores."""
        return self._saver

    @property
    def save_model_secs(self) -> float:
        """Once in how many seconds it saves."""
        return self._save_model_secs

    @property
    def save_path(self) -> str | None:
        """The path of the checkpoints, without the step."""
        return self._save_path

    # -- sessions -------------------------------------------------------------------

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Any:
        """A session that is ready, with its threads.

        Args:
            master: the target of the session.
            config: a ConfigProto for it.
            wait_for_checkpoint: whether to wait until there is a checkpoint.
            max_wait_secs: how long.
            start_standard_services: whether to start the threads that save and write
                summaries, and the queue runners.
        """
        self._coord.clear_stop()
        if self._summary_writer is not None:
            self._summary_writer.reopen()
        if self._is_chief:
            sess = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                tf_logging.info("Starting standard services.")
                self.start_standard_services(sess)
        else:
            sess = self._session_manager.wait_for_session(
                master, config=config, max_wait_secs=max_wait_secs
            )
        if start_standard_services:
            tf_logging.info("Starting queue runners.")
            self.start_queue_runners(sess)
        return sess

    @contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Any]:
        """A session for a `with` block; threads are stopped when it ends.

        The end of the input ends the block without an error.

        Args:
            master: the target of the session.
            config: a ConfigProto for it.
            start_standard_services: whether to start the threads that save and write
                summaries, and the queue runners.
            close_summary_writer: whether to close the writer at the end.

        Yields:
            The session.
        """
        sess = None
        try:
            sess = self.prepare_or_wait_for_session(
                master=master,
                config=config,
                start_standard_services=start_standard_services,
            )
            yield sess
        except Exception as error:
            self.request_stop(error)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if sess is not None:
                    with suppress(errors.OpError, RuntimeError):
                        sess.close()

    def _write_graph(self) -> None:
        if self._logdir:
            text = self._graph.as_graph_def(add_shapes=True)
            write_graph(text, self._logdir, "graph.pbtxt")
        if self._summary_writer is not None and not self._graph_added_to_summary:
            self._summary_writer.add_graph(self._graph)
            definition = self._saver.saver_def if self._saver is not None else None
            self._summary_writer.add_meta_graph(
                export_meta_graph(graph=self._graph, saver_def=definition)
            )
            self._graph_added_to_summary = True

    # -- threads --------------------------------------------------------------------

    def start_standard_services(self, sess: Any) -> list[threading.Thread] | None:
        """Start the threads that save, write summaries and count steps.

        Args:
            sess: the session.

        Returns:
            The threads; None without a directory.

        Raises:
            RuntimeError: this is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief "
                "supervisors can write events."
            )
        if not self._logdir:
            tf_logging.warning(
                "Standard services need a 'logdir' passed to the SessionManager"
            )
            return None
        threads: list[threading.Thread] = []
        writer = self._summary_writer
        if self._global_step is not None and writer is not None:
            log = protos.SessionLog(status=protos.SessionLog.START)
            writer.add_session_log(log, step_of(sess, self._global_step))
        if self._save_summaries_secs and writer is not None:
            if self._summary_op is not None:
                threads.append(SummaryThread(self, sess))
            if self._global_step is not None:
                threads.append(StepCounterThread(self, sess))
        if self._saver is not None and self._save_model_secs:
            threads.append(CheckpointThread(self, sess))
        for thread in threads:
            thread.start()
        return threads

    def start_queue_runners(
        self, sess: Any, queue_runners: Any = None
    ) -> list[threading.Thread]:
        """Start queue runners.

        Args:
            sess: the session.
            queue_runners: which; those of the graph when None.

        Returns:
            Their threads.
        """
        if queue_runners is None:
            queue_runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS)
        return [
            thread
            for runner in queue_runners
            for thread in runner.create_threads(
                sess, coord=self._coord, daemon=True, start=True
            )
        ]

    def loop(
        self,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Any = None,
        kwargs: Any = None,
    ) -> LooperThread:
        """Call a function again and again, in a thread, until all stop.

        Args:
            timer_interval_secs: once in so many seconds; without a pause when None.
            target: the function.
            args: its arguments.
            kwargs: its keyword arguments.

        Returns:
            The thread, which has been started.
        """
        looper = LooperThread(
            self._coord, timer_interval_secs, target=target, args=args, kwargs=kwargs
        )
        looper.start()
        return looper

    def stop(
        self,
        threads: Any = None,
        close_summary_writer: bool = True,
        ignore_live_threads: bool = False,
    ) -> None:
        """Stop the threads and wait for them.

        Args:
            threads: to wait for, besides its own.
            close_summary_writer: whether to close the writer.
            ignore_live_threads: whether those that take longer are only logged.

        Raises:
            Exception: the one that a stop was requested with.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads,
                stop_grace_period_secs=self._stop_grace_secs,
                ignore_live_threads=ignore_live_threads,
            )
        finally:
            if close_summary_writer and self._summary_writer is not None:
                log = protos.SessionLog(status=protos.SessionLog.STOP)
                self._summary_writer.add_session_log(log)
                self._summary_writer.close()
                self._graph_added_to_summary = False

    def request_stop(self, ex: Any = None) -> None:
        """Ask all threads to stop; see `Coordinator.request_stop`."""
        self._coord.request_stop(ex)

    def should_stop(self) -> bool:
        """Whether a stop was requested."""
        return self._coord.should_stop()

    def wait_for_stop(self) -> None:
        """Wait until one is."""
        self._coord.wait_for_stop()

    def stop_on_exception(self) -> AbstractContextManager[None]:
        """A `with` block that asks all to stop when an error leaves it."""
        return self._coord.stop_on_exception()

    def summary_computed(
        self, sess: Any, summary: Any, global_step: Any = None
    ) -> None:
        """Write a summary.

        Args:
            sess: the session, which is asked for the step.
            summary: the bytes that a summary op gives, or a message.
            global_step: the step, if it is known.

        Raises:
            RuntimeError: there is no writer.
        """
        if self._summary_writer is None:
            raise RuntimeError("Writing a summary requires a summary writer.")
        if global_step is None and self._global_step is not None:
            global_step = step_of(sess, self._global_step)
        self._summary_writer.add_summary(summary, global_step)

    # Their names of before TensorFlow 1.0.
    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = start_queue_runners
    StartStandardServices = start_standard_services
    Stop = stop
    RequestStop = request_stop
    Loop = loop
    ShouldStop = should_stop
    StopOnException = stop_on_exception
    WaitForStop = wait_for_stop
    SummaryComputed = summary_computed


def basic_train_loop(
    supervisor: Supervisor,
    train_step_fn: Callable[..., Any],
    args: Any = None,
    kwargs: Any = None,
    master: str = "",
) -> None:
    """Call a function until the supervisor stops, anew when the session is lost.

    Args:
        supervisor: makes the session.
        train_step_fn: called with the session, `args` and `kwargs`.
        args: its arguments.
        kwargs: its keyword arguments.
        master: the target of the session.
    """
    while True:
        try:
            with supervisor.managed_session(master) as sess:
                while not supervisor.should_stop():
                    train_step_fn(sess, *(args or ()), **(kwargs or {}))
            return
        except errors.AbortedError:
            continue
