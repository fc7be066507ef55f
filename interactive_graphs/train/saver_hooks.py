"""Hooks that write files: checkpoints, summaries, the speed, profiles.

Read next: `basic_hooks.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from interactive_graphs import protos
from interactive_graphs.display.timeline import Timeline
from interactive_graphs.formats import commit
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.meta_graph import export_meta_graph
from interactive_graphs.platform import tf_logging
from interactive_graphs.summary.writer_cache import FileWriterCache
from interactive_graphs.train.basic_hooks import SecondOrStepTimer, needed_global_step
from interactive_graphs.train.graph_io import write_graph
from interactive_graphs.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)


class CheckpointSaverListener:
    """Does something before or after each checkpoint of a CheckpointSaverHook."""

    def begin(self) -> None:
        """Called before the session is made."""

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Called before a checkpoint is written.

        Args:
            session: the session.
            global_step_value: its step.
        """

    def after_save(self, session: Any, global_step_value: int) -> Any:
        """Called after it; when it returns True, training stops.

        Args:
            session: the session.
            global_step_value: its step.
        """

    def end(self, session: Any, global_step_value: int) -> None:
        """Called at the end.

        Args:
            session: the session.
            global_step_value: the last step.
        """


class _TimedHook(SessionRunHook):
    """A hook that looks at the step after each run, to do something now and then."""

    _timer: SecondOrStepTimer
    _global_step: Any

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for the step."""
        del run_context
        return SessionRunArgs(self._global_step)

    def _due_step(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> int | None:
        """The step when it is time, None when it is not."""
        if not self._timer.should_trigger_for_step(int(run_values.results) + 1):
            return None
        # What was fetched may be the step before the training op.
        step = int(run_context.session.run(self._global_step))
        return step if self._timer.should_trigger_for_step(step) else None


class CheckpointSaverHook(_TimedHook):
    """Writes a checkpoint now and then, at the start and at the end.

    Args:
        checkpoint_dir: the directory.
        save_secs: write once in so many seconds.
        save_steps: write once in so many steps.
        saver: the Saver to use.
        checkpoint_basename: what names of files begin with.
        scaffold: a Scaffold whose Saver to use.
        listeners: CheckpointSaverListeners.

    Raises:
        ValueError: not exactly one of `save_secs` and `save_steps` is given, or both
            `saver` and `scaffold` are.
    """

    def __init__(
        self,
        checkpoint_dir: str | os.PathLike[str],
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Iterable[CheckpointSaverListener] | None = None,
    ) -> None:
        """See the class."""
        tf_logging.info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._checkpoint_dir = os.fspath(checkpoint_dir)
        self._save_path = os.path.join(self._checkpoint_dir, checkpoint_basename)
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._listeners = list(listeners or ())

    def begin(self) -> None:
        """Find the step counter and the writer."""
        self._summary_writer = FileWriterCache.get(self._checkpoint_dir)
        self._global_step = needed_global_step(self)
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Write the graph, and the first checkpoint."""
        del coord
        graph = get_default_graph()
        step = int(session.run(self._global_step))
        write_graph(
            graph.as_graph_def(add_shapes=True), self._checkpoint_dir, "graph.pbtxt"
        )
        saver = self._get_saver()
        meta = export_meta_graph(
            graph=graph, saver_def=saver.saver_def if saver else None
        )
        self._summary_writer.add_graph(graph)
        self._summary_writer.add_meta_graph(meta)
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Write a checkpoint, when it is time."""
        step = self._due_step(run_context, run_values)
        if step is not None:
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        """Write the last checkpoint."""
        step = int(session.run(self._global_step))
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: int) -> bool:
        """Write a checkpoint; whether a listener wants to stop."""
        for listener in self._listeners:
            listener.before_save(session, step)
        tf_logging.info("Saving checkpoints for %d into %s.", step, self._save_path)
        self._get_saver().save(session, self._save_path, global_step=step)
        log = protos.SessionLog(
            status=protos.SessionLog.CHECKPOINT, checkpoint_path=self._save_path
        )
        self._summary_writer.add_session_log(log, step)
        stop = False
        for listener in self._listeners:
            stop = bool(listener.after_save(session, step)) or stop
        return stop

    def _get_saver(self) -> Any:
        if self._saver is not None:
            return self._saver
        if self._scaffold is not None:
            return self._scaffold.saver
        savers = get_default_graph().get_collection(GraphKeys.SAVERS)
        if not savers:
            raise RuntimeError(
                f"No items in collection {GraphKeys.SAVERS}. Please add a saver to the "
                "collection or provide a saver or scaffold."
            )
        if len(savers) > 1:
            raise RuntimeError(
                f"More than one item in collection {GraphKeys.SAVERS}. Please indicate "
                "which one to use by passing it to the constructor."
            )
        self._saver = savers[0]
        return self._saver


class StepCounterHook(_TimedHook):
    """Writes how many steps a second are made.

    Args:
        every_n_steps: write once in so many steps.
        every_n_secs: write once in so many seconds.
        output_dir: where to write a summary.
        summary_writer: what to write it with.

    Raises:
        ValueError: not exactly one of the first two is given.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | os.PathLike[str] | None = None,
        summary_writer: Any = None,
    ) -> None:
        """See the class."""
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError(
                "exactly one of every_n_steps and every_n_secs should be provided."
            )
        self._timer = SecondOrStepTimer(
            every_steps=every_n_steps, every_secs=every_n_secs
        )
        self._summary_writer = summary_writer
        self._output_dir = output_dir

    def begin(self) -> None:
        """Find the step counter and the writer."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._global_step = needed_global_step(self)
        self._tag = f"{self._global_step.op.name}/sec"
        self._timer.reset()

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Write, when it is time."""
        step = self._due_step(run_context, run_values)
        if step is None:
            return
        seconds, steps = self._timer.update_last_triggered_step(step)
        if seconds:
            speed = steps / seconds
            if self._summary_writer is not None:
                value = protos.Summary.Value(tag=self._tag, simple_value=speed)
                self._summary_writer.add_summary(protos.Summary(value=[value]), step)
            tf_logging.info("%s: %g", self._tag, speed)


class SummarySaverHook(SessionRunHook):
    """Writes summaries now and then.

    Args:
        save_steps: write once in so many steps.
        save_secs: write once in so many seconds.
        output_dir: where to.
        summary_writer: what to write them with.
        scaffold: a Scaffold whose summary op to use.
        summary_op: what gives the summaries, a tensor of strings or a list of such.

    Raises:
        ValueError: not exactly one of `scaffold` and `summary_op` is given, or of the
            first two.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | os.PathLike[str] | None = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        """See the class."""
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op = summary_op
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Find the step counter and the writer."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._next_step: int | None = None
        self._global_step = needed_global_step(self)
        self._timer.reset()

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for the step, and for the summaries when it is time."""
        del run_context
        self._due = self._next_step is None or self._timer.should_trigger_for_step(
            self._next_step
        )
        wanted = {"global_step": self._global_step}
        summary = self._get_summary_op()
        if self._due and summary is not None:
            wanted["summary"] = summary
        return SessionRunArgs(wanted)

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Write them."""
        results, writer = run_values.results, self._summary_writer
        if writer is None:
            return
        step = int(results["global_step"]) + 1
        if self._next_step is None or self._due:
            step = int(run_context.session.run(self._global_step))
        if self._next_step is None:
            log = protos.SessionLog(status=protos.SessionLog.START)
            writer.add_session_log(log, step)
        if self._due:
            self._timer.update_last_triggered_step(step)
            for summary in results.get("summary", ()):
                writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        """Write out what is waiting."""
        del session
        if self._summary_writer is not None:
            self._summary_writer.flush()

    def _get_summary_op(self) -> list[Any] | None:
        op = self._summary_op
        if op is None and self._scaffold is not None:
            op = self._scaffold.summary_op
        if op is None:
            return None
        return list(op) if isinstance(op, (list, tuple)) else [op]


class ProfilerHook(SessionRunHook):
    """Writes a Chrome trace of a step now and then, `timeline-<step>.json`.

    Args:
        save_steps: write once in so many steps.
        save_secs: write once in so many seconds.
        output_dir: where to.
        show_dataflow: whether the trace has arrows from outputs to inputs.
        show_memory: whether it has the memory in use.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | os.PathLike[str] = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        """See the class."""
        self._output_file = os.path.join(os.fspath(output_dir), "timeline-{}.json")
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Find the step counter."""
        self._next_step: int | None = None
        self._global_step = needed_global_step(self)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for a trace, when it is time."""
        del run_context
        self._due = self._next_step is not None and (
            self._timer.should_trigger_for_step(self._next_step)
        )
        options = None
        if self._due:
            options = protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE)
        return SessionRunArgs({"global_step": self._global_step}, options=options)

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Write it."""
        step = int(run_values.results["global_step"])
        if self._next_step is None:
            self._timer.update_last_triggered_step(step)
        step += 1
        if self._due:
            step = int(run_context.session.run(self._global_step))
            self._timer.update_last_triggered_step(step)
            self._write(step, run_values.run_metadata.step_stats)
        self._next_step = step + 1

    def _write(self, step: int, step_stats: Any) -> None:
        path = self._output_file.format(step)
        tf_logging.info("Saving timeline for %d into '%s'.", step, path)
        trace = Timeline(step_stats).generate_chrome_trace_format(
            show_dataflow=self._show_dataflow, show_memory=self._show_memory
        )
        commit.write_atomic(path, trace.encode())
