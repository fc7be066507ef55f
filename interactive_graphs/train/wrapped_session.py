"""The layers around a session of which `MonitoredSession` is made.

From the outside in: `RecoverableSession` makes a new session when the old one was lost,
`CoordinatedSession` stops with its threads, `HookedSession` calls the hooks.
Read next: `monitored.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs import errors, protos
from interactive_graphs.framework.graph import Graph
from interactive_graphs.platform import tf_logging
from interactive_graphs.train.coordinator import Coordinator
from interactive_graphs.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)

PREEMPTION_ERRORS = (errors.AbortedError, errors.UnavailableError)


class WrappedSession:
    """A session in another's clothes; this one adds nothing.

    Args:
        sess: what it wraps.
    """

    def __init__(self, sess: Any) -> None:
        """See the class."""
        self._sess = sess

    @property
    def graph(self) -> Graph:
        """The graph that is run."""
        found: Graph = self._sess.graph
        return found

    @property
    def sess_str(self) -> Any:
        """The target."""
        return self._sess.sess_str

    def should_stop(self) -> bool:
        """Whether no more is to be run."""
        if self._stops():
            return True
        inner = self._sess
        return (
            bool(inner.should_stop())
            if isinstance(inner, WrappedSession)
            else (inner is None)
        )

    def _stops(self) -> bool:
        """Whether this layer wants to stop."""
        return False

    def close(self) -> None:
        """Close what is wrapped."""
        if self._sess is not None:
            try:
                self._sess.close()
            except PREEMPTION_ERRORS:  # it is lost, which is what was wanted
                tf_logging.info("A session was lost before it was closed.")
            finally:
                self._sess = None

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Run a step."""
        return self._sess.run(*args, **kwargs)

    def run_step_fn(
        self, step_fn: Callable[[Any], Any], raw_session: Any, run_with_hooks: Any
    ) -> Any:
        """Call a function that runs several steps.

        Args:
            step_fn: called with a StepContext.
            raw_session: the session without hooks.
            run_with_hooks: what `StepContext.run_with_hooks` calls; the layer that is
                asked first when None.
        """
        run = run_with_hooks or self.run
        return step_fn(StepContext(raw_session, run))


class StepContext:
    """What a step function of `run_step_fn` may use.

    Args:
        session: the session, without hooks.
        run_with_hooks_fn: runs a step with them.
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        """See the class."""
        self._session = session
        self._run_with_hooks = run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The session, without hooks."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """Run a step as `MonitoredSession.run` does, to be called once at most."""
        return self._run_with_hooks(*args, **kwargs)

    def request_stop(self) -> None:
        """Leave the `with` block of the session.

        Raises:
            StopIteration: always; the session takes it for a clean end.
        """
        raise StopIteration("step_fn has requested the iterations to stop.")


class HookedSession(WrappedSession):
    """Calls hooks around each run.

    Args:
        sess: the session.
        hooks: SessionRunHooks.
    """

    def __init__(self, sess: Any, hooks: list[SessionRunHook]) -> None:
        """See the class."""
        super().__init__(sess)
        self._hooks = hooks
        self._should_stop = False

    def _stops(self) -> bool:
        return self._should_stop

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run a step with the hooks.

        Raises:
            RuntimeError: a stop was requested before.
        """
        if self.should_stop():
            raise RuntimeError("Run called even after should_stop requested.")
        if not self._hooks:
            return self._sess.run(fetches, feed_dict, options, run_metadata)
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._sess)
        wanted: dict[Any, Any] = {"caller": fetches}
        feeds, merged = self._ask_hooks(context, wanted, feed_dict, options)
        asked = options is not None or merged.ByteSize() > 0
        metadata = run_metadata or protos.RunMetadata()
        results = self._sess.run(
            wanted,
            feeds,
            merged if asked else None,
            metadata if asked or run_metadata is not None else None,
        )
        for hook in self._hooks:
            values = SessionRunValues(results.get(hook), merged, metadata)
            hook.after_run(context, values)
        self._should_stop = self._should_stop or context.stop_requested
        return results["caller"]

    def _ask_hooks(
        self,
        context: SessionRunContext,
        wanted: dict[Any, Any],
        feeds: Any,
        options: Any,
    ) -> tuple[Any, Any]:
        """Collect what the hooks add; gives feeds and options."""
        merged = protos.RunOptions()
        if options is not None:
            merged.CopyFrom(options)
        added: dict[Any, Any] = {}
        for hook in self._hooks:
            request = hook.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                wanted[hook] = request.fetches
            if request.feed_dict:
                _check_apart(added, request.feed_dict, "by two hooks.")
                added.update(request.feed_dict)
            if request.options is not None:
                _merge_options(merged, request.options)
        if not added:
            return feeds, merged
        _check_apart(added, feeds or {}, "by a SessionRunHook and user.")
        return {**added, **(feeds or {})}, merged


def _check_apart(feeds: Any, others: Any, who: str) -> None:
    both = [key for key in feeds if key in others]
    if both:
        raise RuntimeError(f"Same tensor is fed {who} Conflict(s): {both}")


def _merge_options(options: Any, wanted: Any) -> None:
    """Let `options` give everything that either asks for."""
    longest = max(options.timeout_in_ms, wanted.timeout_in_ms)
    level = max(options.trace_level, wanted.trace_level)
    partition_graphs = options.output_partition_graphs or wanted.output_partition_graphs
    options.MergeFrom(wanted)
    options.timeout_in_ms = longest
    options.trace_level = level
    options.output_partition_graphs = partition_graphs


class CoordinatedSession(WrappedSession):
    """Stops when its coordinator does, and the other way round.

    Args:
        sess: the session.
        coord: the Coordinator.
        stop_grace_period_secs: how long threads may take to end.
    """

    def __init__(
        self, sess: Any, coord: Coordinator, stop_grace_period_secs: float
    ) -> None:
        """See the class."""
        super().__init__(sess)
        self._coord = coord
        self._stop_grace_period_secs = stop_grace_period_secs

    def _stops(self) -> bool:
        # What made a thread fail is raised here.
        self._coord.raise_requested_exception()
        return self._coord.should_stop()

    def close(self) -> None:
        """Stop the threads, then close."""
        self._coord.request_stop()
        try:
            self._coord.join(
                stop_grace_period_secs=self._stop_grace_period_secs,
                ignore_live_threads=True,
            )
        finally:
            try:
                super().close()
            except Exception as error:  # what the threads raised counts more
                tf_logging.info("Closing the session raised %r", error)

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Run a step; the error of a thread goes before its own."""
        try:
            return self._sess.run(*args, **kwargs)
        except PREEMPTION_ERRORS:
            raise
        except Exception as error:
            try:
                self._coord.raise_requested_exception()
            except PREEMPTION_ERRORS:
                raise
            except Exception as other:
                raise error from other
            raise


class RecoverableSession(WrappedSession):
    """Makes a new session when the old one was lost.

    Args:
        create: makes one.
    """

    def __init__(self, create: Callable[[], WrappedSession]) -> None:
        """See the class."""
        self._create = create
        super().__init__(self._made())

    def _made(self) -> WrappedSession:
        while True:
            try:
                return self._create()
            except PREEMPTION_ERRORS as error:
                _tell(error)

    def should_stop(self) -> bool:
        """Whether no more is to be run."""
        if self._sess is None:
            return True
        try:
            return bool(self._sess.should_stop())
        except PREEMPTION_ERRORS as error:
            _tell(error)
            self._renew()
            return False

    def _renew(self) -> None:
        self.close()
        self._sess = self._made()

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Run a step, again if need be."""
        return self._until_it_works(lambda: self._sess.run(*args, **kwargs))

    def run_step_fn(
        self, step_fn: Callable[[Any], Any], raw_session: Any, run_with_hooks: Any
    ) -> Any:
        """Call a function that runs several steps, again if need be."""

        def call() -> Any:
            run = run_with_hooks or self._sess.run
            return self._sess.run_step_fn(step_fn, raw_session(), run)

        return self._until_it_works(call)

    def _until_it_works(self, call: Callable[[], Any]) -> Any:
        while True:
            try:
                if self._sess is None:
                    self._sess = self._made()
                return call()
            except PREEMPTION_ERRORS as error:
                _tell(error)
                self.close()


def _tell(error: Exception) -> None:
    tf_logging.info(
        "An error was raised. This may be due to a preemption in a connected worker or "
        "parameter server. The current session will be closed and a new session will "
        "be created. Error: %s",
        error,
    )
