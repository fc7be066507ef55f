"""The threads of a Supervisor: they save, write summaries and count steps.

Read next: `coordinator.py`.
"""

from __future__ import annotations

import time
from typing import Any

from interactive_graphs import protos
from interactive_graphs.platform import tf_logging
from interactive_graphs.train.coordinator import LooperThread
from interactive_graphs.train.training_util import global_step as step_of


class ServiceThread(LooperThread):
    """A thread of a Supervisor.

    Args:
        supervisor: whose.
        sess: its session.
        every: once in how many seconds it acts.
    """

    def __init__(self, supervisor: Any, sess: Any, every: float) -> None:
        """See the class."""
        super().__init__(supervisor.coord, every)
        self._supervisor = supervisor
        self._session = sess


class SummaryThread(ServiceThread):
    """Writes the summaries."""

    def __init__(self, supervisor: Any, sess: Any) -> None:
        """Make it; it is not started."""
        super().__init__(supervisor, sess, supervisor.save_summaries_secs)

    def run_loop(self) -> None:
        """Do it once."""
        supervisor, sess = self._supervisor, self._session
        if supervisor.global_step is None:
            supervisor.summary_computed(sess, sess.run(supervisor.summary_op))
            return
        summary, step = sess.run([supervisor.summary_op, supervisor.global_step])
        tf_logging.info("Recording summary at step %s.", step)
        supervisor.summary_computed(sess, summary, int(step))


class StepCounterThread(ServiceThread):
    """Writes how many steps a second are made."""

    def __init__(self, supervisor: Any, sess: Any) -> None:
        """Make it; it is not started."""
        super().__init__(supervisor, sess, supervisor.save_summaries_secs)
        self._tag = f"{supervisor.global_step.op.name}/sec"

    def start_loop(self) -> None:
        """Note where counting begins."""
        self._last_time = time.time()
        self._last_step = step_of(self._session, self._supervisor.global_step)

    def run_loop(self) -> None:
        """Do it once."""
        step = step_of(self._session, self._supervisor.global_step)
        now = time.time()
        speed = (step - self._last_step) / max(now - self._last_time, 1e-9)
        self._last_step, self._last_time = step, now
        value = protos.Summary.Value(tag=self._tag, simple_value=speed)
        self._supervisor.summary_writer.add_summary(protos.Summary(value=[value]), step)
        tf_logging.info("%s: %g", self._tag, speed)


class CheckpointThread(ServiceThread):
    """Saves."""

    def __init__(self, supervisor: Any, sess: Any) -> None:
        """Make it; it is not started."""
        super().__init__(supervisor, sess, supervisor.save_model_secs)

    def run_loop(self) -> None:
        """Do it once."""
        supervisor = self._supervisor
        tf_logging.info("Saving checkpoint to path %s", supervisor.save_path)
        supervisor.saver.save(
            self._session, supervisor.save_path, global_step=supervisor.global_step
        )
        if supervisor.summary_writer is not None and supervisor.global_step is not None:
            step = step_of(self._session, supervisor.global_step)
            log = protos.SessionLog(
                status=protos.SessionLog.CHECKPOINT,
                checkpoint_path=supervisor.save_path or "",
            )
            supervisor.summary_writer.add_session_log(log, step)
