"""What extends `MonitoredSession.run`: hooks, and what they are told.

    class Printer(tf.train.SessionRunHook):
        def before_run(self, run_context):
            return tf.train.SessionRunArgs(loss)
        def after_run(self, run_context, run_values):
            print(run_values.results)

Read next: `basic_hooks.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class SessionRunArgs(NamedTuple):
    """What a hook adds to a run.

    Attributes:
        fetches: what to fetch for it, as `Session.run` takes it.
        feed_dict: what to feed.
        options: a RunOptions.
    """

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a hook gets from a run.

    Attributes:
        results: the values of what it asked for; None where it asked for nothing.
        options: the RunOptions of the run.
        run_metadata: the RunMetadata of the run.
    """

    results: Any
    options: Any
    run_metadata: Any


class SessionRunContext:
    """What a hook is told of a run, and what it may ask for.

    Args:
        original_args: what the caller gave, a SessionRunArgs.
        session: the session.
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        """See the class."""
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        """What the caller gave to `run`."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The session that runs."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether a hook asked to stop."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Ask to stop: `should_stop` is True after this run."""
        self._stop_requested = True


class SessionRunHook:
    """Extends what happens around each run of a MonitoredSession."""

    def begin(self) -> None:
        """Called once, before the session is made; the graph may still be changed."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called when a session has been made, the first time or anew.

        Args:
            session: the session.
            coord: the Coordinator of its threads.
        """

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before each run.

        Args:
            run_context: says what is run.

        Returns:
            What to add to the run, or None.
        """

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Called after each run that went well.

        Args:
            run_context: says what was run, and can ask to stop.
            run_values: what the hook asked for.
        """

    def end(self, session: Any) -> None:
        """Called at the end, if no error ended it.

        Args:
            session: the session, which is still open.
        """
