"""`MonitoredTrainingSession` and its kin: sessions that look after themselves.

    with tf.train.MonitoredTrainingSession(
        checkpoint_dir="run", hooks=[tf.train.StopAtStepHook(last_step=1000)]
    ) as sess:
        while not sess.should_stop():
            sess.run(train_op)

They initialise or restore, start the queue runners, call hooks around each run, save,
and end cleanly when the input does. Read next: `wrapped_session.py`.
"""

from __future__ import annotations

import abc
import inspect
import os
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.train import saver_hooks
from interactive_graphs.train.coordinator import Coordinator
from interactive_graphs.train.queue_runner import start_queue_runners
from interactive_graphs.train.scaffold import Scaffold
from interactive_graphs.train.session_manager import SessionManager
from interactive_graphs.train.session_run_hook import SessionRunHook
from interactive_graphs.train.wrapped_session import (
    CoordinatedSession,
    HookedSession,
    RecoverableSession,
    StepContext,
    WrappedSession,
)

USE_DEFAULT: Final = object()


class SessionCreator(abc.ABC):
    """Makes sessions, ready to train."""

    @abc.abstractmethod
    def create_session(self) -> Any:
        """A new session."""


class _ScaffoldedCreator(SessionCreator):
    """What both creators have in common: a Scaffold and a SessionManager."""

    def __init__(self, scaffold: Scaffold | None, master: str, config: Any) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._manager: SessionManager | None = None

    def _session_manager(self) -> SessionManager:
        if self._manager is None:
            self._manager = SessionManager(
                local_init_op=self._scaffold.local_init_op,
                ready_op=self._scaffold.ready_op,
                ready_for_local_init_op=self._scaffold.ready_for_local_init_op,
                graph=get_default_graph(),
            )
        return self._manager


class ChiefSessionCreator(_ScaffoldedCreator):
    """Makes sessions that initialise, or restore a checkpoint.

    Args:
        scaffold: the ops to do it with, made when None.
        master: the target of the sessions.
        config: a ConfigProto for them.
        checkpoint_dir: where to look for a checkpoint.
        checkpoint_filename_with_path: the very checkpoint.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        """See the class."""
        super().__init__(scaffold, master, config)
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint_filename_with_path = checkpoint_filename_with_path

    def create_session(self) -> Any:
        """A new session."""
        scaffold = self._scaffold.finalize()
        return self._session_manager().prepare_session(
            self._master,
            saver=scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint_filename_with_path,
            config=self._config,
            init_op=scaffold.init_op,
            init_feed_dict=scaffold.init_feed_dict,
            init_fn=scaffold.init_fn,
        )


class WorkerSessionCreator(_ScaffoldedCreator):
    """Makes sessions that wait until the chief has initialised.

    Args:
        scaffold: the ops to do it with, made when None.
        master: the target of the sessions.
        config: a ConfigProto for them.
        max_wait_secs: how long to wait.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        """See the class."""
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Any:
        """A new session."""
        self._scaffold.finalize()
        return self._session_manager().wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )


class _MonitoredSession:
    """What MonitoredSession and SingularMonitoredSession have in common."""

    StepContext = StepContext

    def __init__(
        self,
        session_creator: SessionCreator,
        hooks: Iterable[SessionRunHook] | None,
        should_recover: bool,
        stop_grace_period_secs: float,
    ) -> None:
        self._graph_was_finalized = get_default_graph().finalized
        self._hooks = list(hooks or ())
        for hook in self._hooks:
            hook.begin()
        self._creator = session_creator
        self._stop_grace_period_secs = stop_grace_period_secs
        self._tf_sess: Any = None
        self._coord: Coordinator | None = None
        self._sess: Any = (
            RecoverableSession(self._create) if should_recover else self._create()
        )

    def _create(self) -> WrappedSession:
        """A session with its threads and its hooks."""
        self._tf_sess = sess = self._creator.create_session()
        # The end of the input is an error that the `with` block is to see.
        self._coord = coord = Coordinator(clean_stop_exception_types=())
        if get_default_graph().get_collection(GraphKeys.QUEUE_RUNNERS):
            start_queue_runners(sess=sess, coord=coord)
        for hook in self._hooks:
            hook.after_create_session(sess, coord)
        hooked = HookedSession(sess, self._hooks)
        return CoordinatedSession(hooked, coord, self._stop_grace_period_secs)

    @property
    def graph(self) -> Graph | None:
        """The graph that is run; None when the session is closed."""
        return None if self._tf_sess is None else self._tf_sess.graph

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run a step, with the hooks; the arguments are those of `Session.run`.

        Raises:
            RuntimeError: a hook asked to stop before, or the session is closed.
        """
        if self._sess is None:
            raise RuntimeError("Session is already closed.")
        return self._sess.run(
            fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata
        )

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Call a function that runs steps with and without hooks.

        Args:
            step_fn: called with a StepContext, whose `session` runs without hooks and
                whose `run_with_hooks` with them.

        Returns:
            What it returns.

        Raises:
            ValueError: it takes other arguments.
            StopIteration: it asked to stop; the `with` block takes it for the end.
        """
        names = inspect.getfullargspec(step_fn).args
        method = inspect.ismethod(step_fn) or (
            names[:1] == ["self"] and len(names) == 2
        )
        wanted = names[1:] if method else names
        if wanted != ["step_context"]:
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and "
                "`step_context` arguments if it's an instance method. Got "
                f"{tuple(names)} instead."
            )
        if self._sess is None:
            raise RuntimeError("Session is already closed.")
        if isinstance(self._sess, RecoverableSession):
            return self._sess.run_step_fn(step_fn, lambda: self._tf_sess, None)
        return self._sess.run_step_fn(step_fn, self._tf_sess, None)

    def should_stop(self) -> bool:
        """Whether no more is to be run."""
        return self._sess is None or bool(self._sess.should_stop())

    def close(self) -> None:
        """End: call the hooks, stop the threads, close the session."""
        self._close()

    def _close(self, exception_type: type[BaseException] | None = None) -> None:
        try:
            if exception_type is None and self._sess is not None:
                for hook in self._hooks:
                    hook.end(self._tf_sess)
        finally:
            try:
                if self._sess is None:
                    raise RuntimeError("Session is already closed.")
                self._sess.close()
            finally:
                self._sess = self._tf_sess = self._coord = None
                if not self._graph_was_finalized:
                    get_default_graph()._unsafe_unfinalize()

    def __enter__(self) -> Any:
        """The session itself."""
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Close; the end of the input ends the block without an error."""
        del exception_value, traceback
        clean = (errors.OutOfRangeError, StopIteration)
        if exception_type is not None and issubclass(exception_type, clean):
            exception_type = None
        self._close(exception_type)
        return exception_type is None


class MonitoredSession(_MonitoredSession):
    """A session that initialises, calls hooks, and starts anew when it was lost.

    Args:
        session_creator: makes the sessions, a ChiefSessionCreator when None.
        hooks: SessionRunHooks.
        stop_grace_period_secs: how long threads may take to end.

    Example:
        >>> import interactive_graphs as tf
        >>> step = tf.train.get_or_create_global_step()
        >>> count = tf.assign_add(step, 1)
        >>> hooks = [tf.train.StopAtStepHook(last_step=3)]
        >>> with tf.train.MonitoredSession(hooks=hooks) as sess:
        ...     while not sess.should_stop():
        ...         print(sess.run(count))
        1
        2
        3
    """

    def __init__(
        self,
        session_creator: SessionCreator | None = None,
        hooks: Iterable[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        """See the class."""
        super().__init__(
            session_creator or ChiefSessionCreator(),
            hooks,
            should_recover=True,
            stop_grace_period_secs=stop_grace_period_secs,
        )


class SingularMonitoredSession(_MonitoredSession):
    """As MonitoredSession, but it ends when the session is lost.

    Args:
        hooks: SessionRunHooks.
        scaffold: the ops to initialise with, made when None.
        master: the target of the session.
        config: a ConfigProto for it.
        checkpoint_dir: where to look for a checkpoint.
        stop_grace_period_secs: how long threads may take to end.
        checkpoint_filename_with_path: the very checkpoint.
    """

    def __init__(
        self,
        hooks: Iterable[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        """See the class."""
        creator = ChiefSessionCreator(
            scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path
        )
        super().__init__(
            creator,
            hooks,
            should_recover=False,
            stop_grace_period_secs=stop_grace_period_secs,
        )

    def raw_session(self) -> Any:
        """The session without hooks."""
        return self._tf_sess


def MonitoredTrainingSession(  # TF's name
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    scaffold: Scaffold | None = None,
    hooks: Iterable[SessionRunHook] | None = None,
    chief_only_hooks: Iterable[SessionRunHook] | None = None,
    save_checkpoint_secs: Any = USE_DEFAULT,
    save_summaries_steps: Any = USE_DEFAULT,
    save_summaries_secs: Any = USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = USE_DEFAULT,
    summary_dir: str | os.PathLike[str] | None = None,
) -> MonitoredSession:
    """A MonitoredSession with the usual hooks: checkpoints, summaries, speed.

    Args:
        master: the target of the session.
        is_chief: whether it initialises and saves; another waits for the one that does.
        checkpoint_dir: where checkpoints and summaries go, and where a checkpoint is
            restored from. None for neither.
        scaffold: the ops to initialise and save with, made when None.
        hooks: SessionRunHooks.
        chief_only_hooks: more of them, for the chief.
        save_checkpoint_secs: save once in so many seconds; 600 unless
            `save_checkpoint_steps` is given. None for never.
        save_summaries_steps: write summaries once in so many steps; 100 unless
            `save_summaries_secs` is given. None for never.
        save_summaries_secs: write them once in so many seconds.
        config: a ConfigProto for the session.
        stop_grace_period_secs: how long threads may take to end.
        log_step_count_steps: log the speed once in so many steps; None for never.
        max_wait_secs: how long to wait for the chief.
        save_checkpoint_steps: save once in so many steps.
        summary_dir: where summaries go, if not to `checkpoint_dir`.

    Returns:
        The session, for a `with` block.
    """
    if save_summaries_steps is USE_DEFAULT:
        save_summaries_steps = 100 if save_summaries_secs is USE_DEFAULT else None
    if save_summaries_secs is USE_DEFAULT:
        save_summaries_secs = None
    if save_checkpoint_secs is USE_DEFAULT:
        save_checkpoint_secs = 600 if save_checkpoint_steps is USE_DEFAULT else None
    if save_checkpoint_steps is USE_DEFAULT:
        save_checkpoint_steps = None
    scaffold = scaffold or Scaffold()
    every = list(hooks or ())
    if not is_chief:
        worker = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(worker, every, stop_grace_period_secs)
    usual = list(chief_only_hooks or ())
    where = summary_dir or checkpoint_dir
    if where and log_step_count_steps:
        usual.append(
            saver_hooks.StepCounterHook(log_step_count_steps, output_dir=where)
        )
    if where and (save_summaries_steps or save_summaries_secs):
        usual.append(
            saver_hooks.SummarySaverHook(
                save_summaries_steps, save_summaries_secs, where, scaffold=scaffold
            )
        )
    if checkpoint_dir and (save_checkpoint_secs or save_checkpoint_steps):
        usual.append(
            saver_hooks.CheckpointSaverHook(
                checkpoint_dir,
                save_checkpoint_secs,
                save_checkpoint_steps,
                scaffold=scaffold,
            )
        )
    chief = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(chief, [*usual, *every], stop_grace_period_secs)
