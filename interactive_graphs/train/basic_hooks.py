"""Hooks that look at values, stop, feed and wait.

Those that write files are in `saver_hooks.py`.
Read next: `session_run_hook.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.platform import tf_logging
from interactive_graphs.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from interactive_graphs.train.training_util import get_global_step


class SecondOrStepTimer:
    """Says when so many steps or seconds have passed.

    Args:
        every_secs: trigger once in so many seconds.
        every_steps: trigger once in so many steps.

    Raises:
        ValueError: neither is given, or both are.

    Example:
        >>> import interactive_graphs as tf
        >>> timer = tf.train.SecondOrStepTimer(every_steps=2)
        >>> for step in range(5):
        ...     if timer.should_trigger_for_step(step):
        ...         _ = timer.update_last_triggered_step(step)
        ...         print(step)
        0
        2
        4
    """

    def __init__(
        self, every_secs: float | None = None, every_steps: int | None = None
    ) -> None:
        """See the class."""
        self._every_secs = every_secs
        self._every_steps = every_steps
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self.reset()

    def reset(self) -> None:
        """Forget when it was triggered."""
        self._last_step: int | None = None
        self._last_time: float | None = None

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether it is time.

        Args:
            step: the step there is now.
        """
        if self._last_step is None or self._last_time is None:
            return True
        if step == self._last_step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_time + self._every_secs
        return step >= self._last_step + (self._every_steps or 0)

    def update_last_triggered_step(self, step: int) -> tuple[Any, Any]:
        """Note that it was triggered.

        Args:
            step: the step there is now.

        Returns:
            Seconds and steps since the last time; None and None at first.
        """
        now = time.time()
        seconds, steps = None, None
        if self._last_step is not None and self._last_time is not None:
            seconds, steps = now - self._last_time, step - self._last_step
        self._last_time, self._last_step = now, step
        return seconds, steps

    def last_triggered_step(self) -> int | None:
        """The step at which it was triggered last."""
        return self._last_step


def needed_global_step(hook: SessionRunHook) -> Any:
    """The step counter that a hook needs.

    Raises:
        RuntimeError: the graph has none.
    """
    step = get_global_step()
    if step is None:
        raise RuntimeError(
            f"Global step should be created to use {type(hook).__name__}."
        )
    return step


def _element(given: Any) -> Any:
    """The tensor that is meant by a tensor, variable or name, of an operation too."""
    if isinstance(given, str) and ":" not in given:
        given = f"{given}:0"
    return get_default_graph().as_graph_element(given)


class LoggingTensorHook(SessionRunHook):
    """Logs values now and then.

    Args:
        tensors: tensors or names of tensors, a list or a dictionary by what to call
            them.
        every_n_iter: log once in so many runs.
        every_n_secs: log once in so many seconds.
        at_end: whether to log at the end, too.
        formatter: makes the line of a dictionary of values; `name = value, ...` when
            None.

    Raises:
        ValueError: not exactly one of the ways to say when is given.
    """

    def __init__(
        self,
        tensors: Mapping[str, Any] | Sequence[Any],
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        """See the class."""
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError(
                "either at_end and/or exactly one of every_n_iter and every_n_secs "
                "must be provided."
            )
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, Mapping):
            self._tensors = dict(tensors)
        else:
            self._tensors = {getattr(t, "name", t): t for t in tensors}
        self._formatter = formatter
        self._at_end = at_end
        self._timer = (
            None
            if only_at_end
            else SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter)
        )

    def begin(self) -> None:
        """Find the tensors."""
        if self._timer is not None:
            self._timer.reset()
        self._count = 0
        self._fetches = {name: _element(t) for name, t in self._tensors.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for the values, when it is time."""
        del run_context
        self._due = self._timer is not None and self._timer.should_trigger_for_step(
            self._count
        )
        return SessionRunArgs(self._fetches) if self._due else None

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Log them."""
        del run_context
        if self._due:
            self._log(run_values.results)
        self._count += 1

    def end(self, session: Any) -> None:
        """Log them once more, if asked to."""
        if self._at_end:
            self._log(session.run(self._fetches))

    def _log(self, values: dict[str, Any]) -> None:
        seconds = None
        if self._timer is not None:
            seconds, _ = self._timer.update_last_triggered_step(self._count)
        if self._formatter is not None:
            tf_logging.info("%s", self._formatter(values))
            return
        with np.printoptions(suppress=True):
            line = ", ".join(f"{name} = {values[name]}" for name in self._tensors)
        if seconds is None:
            tf_logging.info("%s", line)
        else:
            tf_logging.info("%s (%.3f sec)", line, seconds)


class StopAtStepHook(SessionRunHook):
    """Asks to stop at a step.

    Args:
        num_steps: how many steps to make.
        last_step: the step at which to stop.

    Raises:
        ValueError: neither is given, or both are.
    """

    def __init__(
        self, num_steps: int | None = None, last_step: int | None = None
    ) -> None:
        """See the class."""
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        """Find the step counter."""
        self._global_step = needed_global_step(self)

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Work out where to stop, unless that is known from a session before."""
        del coord
        if self._last_step is None and self._num_steps is not None:
            self._last_step = int(session.run(self._global_step)) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for the step."""
        del run_context
        return SessionRunArgs(self._global_step)

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Ask to stop, when it is time."""
        last = self._last_step or 0
        # What was fetched may be the step before the training op, so ask again.
        if (
            run_values.results + 1 >= last
            and run_context.session.run(self._global_step) >= last
        ):
            run_context.request_stop()


class NanLossDuringTrainingError(RuntimeError):
    """The loss has become NaN."""

    def __str__(self) -> str:
        """TF1's words."""
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Stops when the loss is NaN.

    Args:
        loss_tensor: the loss.
        fail_on_nan_loss: whether to raise NanLossDuringTrainingError; otherwise only
            to stop.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        """See the class."""
        self._loss_tensor = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for the loss."""
        del run_context
        return SessionRunArgs(self._loss_tensor)

    def after_run(
        self, run_context: SessionRunContext, run_values: SessionRunValues
    ) -> None:
        """Look at it."""
        if not np.isnan(run_values.results):
            return
        text = "Model diverged with loss = NaN."
        if self._fail_on_nan_loss:
            tf_logging.error(text)
            raise NanLossDuringTrainingError
        tf_logging.warning(text)
        run_context.request_stop()


class FinalOpsHook(SessionRunHook):
    """Runs something at the end.

    Args:
        final_ops: what to fetch.
        final_ops_feed_dict: what to feed.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        """See the class."""
        self._final_ops = final_ops
        self._final_ops_feed_dict = final_ops_feed_dict
        self._final_ops_values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """What was fetched."""
        return self._final_ops_values

    def end(self, session: Any) -> None:
        """Fetch it."""
        if self._final_ops is not None:
            self._final_ops_values = session.run(
                self._final_ops, feed_dict=self._final_ops_feed_dict
            )


class FeedFnHook(SessionRunHook):
    """Feeds what a function gives.

    Args:
        feed_fn: called before each run; gives a feed_dict.
    """

    def __init__(self, feed_fn: Callable[[], Any]) -> None:
        """See the class."""
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Feed."""
        del run_context
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())


class GlobalStepWaiterHook(SessionRunHook):
    """Lets the first run wait until the step counter has come to a number.

    Args:
        wait_until_step: the number.
    """

    def __init__(self, wait_until_step: int) -> None:
        """See the class."""
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        """Find the step counter."""
        self._is_there = False
        self._global_step = needed_global_step(self)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Wait."""
        if self._is_there or self._wait_until_step <= 0:
            self._is_there = True
            return None
        tf_logging.info("Waiting for global step %d before starting training.",
                        self._wait_until_step)  # fmt: skip
        told = 0
        while True:
            step = int(run_context.session.run(self._global_step))
            if step >= self._wait_until_step:
                self._is_there = True
                tf_logging.info("Done waiting.")
                return None
            if step - told > 1000:
                tf_logging.info(
                    "Waiting for global step %d before starting training. Current step "
                    "is %d.",
                    self._wait_until_step,
                    step,
                )
                told = step
            time.sleep(0.5)
