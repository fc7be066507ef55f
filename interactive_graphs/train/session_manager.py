"""`SessionManager`: sessions whose variables have values, from a checkpoint or anew.

Read next: `scaffold.py`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from interactive_graphs import errors
from interactive_graphs.client.session import Session
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.platform import tf_logging
from interactive_graphs.train.checkpoint_state import get_checkpoint_state


class SessionManager:
    """Makes sessions, and waits until they are ready to train.

    Args:
        local_init_op: what to run in each new session, after a checkpoint or the
            initialisation.
        ready_op: gives the names of what is not initialised; empty means ready.
        ready_for_local_init_op: the same for what `local_init_op` needs.
        graph: what the sessions run, the default graph when None.
        recovery_wait_secs: how long to wait before looking again.
        local_init_run_options: a RunOptions for `local_init_op`.

    Raises:
        ValueError: `ready_for_local_init_op` is given without `local_init_op`.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(3.0)
        >>> init = tf.global_variables_initializer()
        >>> manager = tf.train.SessionManager(
        ...     ready_op=tf.report_uninitialized_variables()
        ... )
        >>> with manager.prepare_session("", init_op=init) as sess:
        ...     print(sess.run(v))
        3.0
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        """See the class."""
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a "
                f"local_init_op , ready_for_local_init_op [{ready_for_local_init_op}]"
            )
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._graph = graph if graph is not None else get_default_graph()
        self._recovery_wait_secs = recovery_wait_secs
        self._local_init_run_options = local_init_run_options

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any], None] | None = None,
    ) -> Session:
        """A session that is ready, with the values of a checkpoint or initial ones.

        Args:
            master: the target of the session.
            init_op: initialises the variables, where there is no checkpoint.
            saver: restores them, where there is one.
            checkpoint_dir: where to look for it.
            checkpoint_filename_with_path: the very checkpoint.
            wait_for_checkpoint: whether to wait until there is one.
            max_wait_secs: how long.
            config: a ConfigProto for the session.
            init_feed_dict: what to feed `init_op`.
            init_fn: called with the session after `init_op`.

        Raises:
            RuntimeError: the session is not ready after all this.
            ValueError: both a directory and a checkpoint are given.
        """
        sess, restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path,
            wait_for_checkpoint, max_wait_secs, config,
        )  # fmt: skip
        if not restored:
            if init_op is None and init_fn is None and self._local_init_op is None:
                raise RuntimeError(
                    "Model is not initialized and no init_op or init_fn or "
                    "local_init_op was given"
                )
            if init_op is not None:
                sess.run(init_op, feed_dict=init_feed_dict)
            if init_fn is not None:
                init_fn(sess)
        name = getattr(init_op, "name", None) if init_op is not None else None
        problem = self._run_local_init_op(sess)
        if problem is not None:
            raise RuntimeError(
                "Init operations did not make model ready for local_init.  Init op: "
                f"{name}, init fn: {init_fn}, error: {problem}"
            )
        problem = self._not_ready(self._ready_op, sess)
        if problem is not None:
            raise RuntimeError(
                f"Init operations did not make model ready.  Init op: {name}, init fn: "
                f"{init_fn}, local_init_op: {self._local_init_op}, error: {problem}"
            )
        return sess

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """A session with the values of a checkpoint, if there is one.

        The arguments are those of `prepare_session`.

        Returns:
            The session, and whether it is ready.
        """
        sess, restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path,
            wait_for_checkpoint, max_wait_secs, config,
        )  # fmt: skip
        problem = self._run_local_init_op(sess)
        if not restored:
            return sess, False
        path = checkpoint_dir or checkpoint_filename_with_path
        if problem is not None:
            tf_logging.info(
                "Restoring model from %s did not make model ready for local init: %s",
                path, problem,
            )  # fmt: skip
            return sess, False
        problem = self._not_ready(self._ready_op, sess)
        if problem is not None:
            tf_logging.info(
                "Restoring model from %s did not make model ready: %s", path, problem
            )
            return sess, False
        tf_logging.info("Restored model from %s", path)
        return sess, True

    def wait_for_session(
        self, master: str, config: Any = None, max_wait_secs: float = math.inf
    ) -> Session:
        """A session that somebody else has made ready.

        Args:
            master: the target of the session.
            config: a ConfigProto for it.
            max_wait_secs: how long to wait.

        Raises:
            DeadlineExceededError: that was not long enough.
        """
        deadline = time.monotonic() + max_wait_secs
        while True:
            sess = Session(master, graph=self._graph, config=config)
            problem = self._run_local_init_op(sess)
            if problem is None:
                problem = self._not_ready(self._ready_op, sess)
                if problem is None:
                    return sess
            sess.close()
            if time.monotonic() + self._recovery_wait_secs > deadline:
                raise errors.DeadlineExceededError(
                    None,
                    None,
                    f"Session was not ready after waiting {max_wait_secs:g} secs.",
                )
            tf_logging.info("Waiting for model to be ready: %s", problem)
            time.sleep(self._recovery_wait_secs)

    # -- steps -----------------------------------------------------------------------

    def _restored(
        self,
        master: str,
        saver: Any,
        checkpoint_dir: Any,
        path: str | None,
        wait: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        """A session, and whether a checkpoint was restored into it."""
        if checkpoint_dir and path:
            raise ValueError(
                "Can not provide both checkpoint_dir and checkpoint_filename_with_path."
            )
        sess = Session(master, graph=self._graph, config=config)
        if saver is None or not (checkpoint_dir or path):
            return sess, False
        if path:
            saver.restore(sess, path)
            return sess, True
        waited = 0.0
        state = get_checkpoint_state(checkpoint_dir)
        while state is None:
            if not wait or waited >= max_wait_secs:
                return sess, False
            tf_logging.info("Waiting for checkpoint to be available.")
            time.sleep(self._recovery_wait_secs)
            waited += self._recovery_wait_secs
            state = get_checkpoint_state(checkpoint_dir)
        saver.restore(sess, state.model_checkpoint_path)
        saver.recover_last_checkpoints(list(state.all_model_checkpoint_paths))
        return sess, True

    def _run_local_init_op(self, sess: Any) -> str | None:
        """Run the local initialisation; what hinders it, or None."""
        if self._local_init_op is None:
            return None
        problem = self._not_ready(self._ready_for_local_init_op, sess)
        if problem is not None:
            return problem
        tf_logging.info("Running local_init_op.")
        sess.run(self._local_init_op, options=self._local_init_run_options)
        tf_logging.info("Done running local_init_op.")
        return None

    def _not_ready(self, op: Any, sess: Any) -> str | None:
        """What is missing before a session is ready, or None."""
        if op is None:
            return None
        try:
            names = sess.run(op)
        except errors.FailedPreconditionError as error:
            if "uninitialized" not in str(error):
                tf_logging.warning("Model not ready : error [%s]", error)
                raise
            return str(error)
        if names is None or names.dtype.kind in "iu" or names.size == 0:
            return None
        missing = ", ".join(name.decode() for name in names.tolist())
        return f"Variables not initialized: {missing}"
