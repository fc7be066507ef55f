"""Stops a training at the first step that makes a NaN, and can play that step again.

    with watch_nonfinite(session):
        for batch in batches:
            session.run(train, {x: batch})      # raises NonFiniteError at that step

What each step costs: a look at what it writes into variables and at its scalars. What
the step took from elsewhere (random numbers, queues) is kept by reference, and so are
the variables: they are replaced and never changed. When a value is not finite, the
variables get back what they held before the step, the step is played again with a probe
on every node, and the report says which was the first. Read next: `nonfinite.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.debug.attach import Attachment, Probe, Run, attach
from interactive_graphs.debug.handles import is_opaque
from interactive_graphs.debug.nonfinite import (
    Recorder,
    Values,
    is_finite,
    put_back,
    report_of,
    variables_now,
)
from interactive_graphs.debug.nonfinite_report import Report
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

_WRITES: Final = ("Assign", "Apply", "Scatter", "ResourceApply", "SparseApply")
_READS: Final = frozenset({"Identity", "ReadVariableOp"})


class NonFiniteError(ArithmeticError):
    """A step made a NaN or an infinity.

    Attributes:
        report: which operation did, and from what.
        failure: the step, to be played again.
    """

    def __init__(self, failure: FailedStep) -> None:
        """Its message is the report's text."""
        super().__init__(f"{failure.report.text}\n  {failure.outcome}")
        self.failure = failure
        self.report = failure.report


class FailedStep:
    """A step that went wrong, with all that it started from.

    Attributes:
        run: the run, with its fetches and feeds.
        number: which of the watched steps it was, from 1.
        watched: the operations that gave it away.
        report: what was found when it was played again.
        restored: whether the variables have the values from before it.
    """

    def __init__(self, session: Any, run: Run, before: Values, given: _Given) -> None:
        """Nothing is played yet."""
        self._session = session
        self._before = before
        self._given = given
        self.run = run
        self.number = 0
        self.watched: frozenset[Operation] = frozenset()
        self.restored = False
        self.report = Report()

    @property
    def outcome(self) -> str:
        """What became of the variables, as a sentence."""
        if self.restored:
            return "The variables have the values from before this step."
        return "The variables have the values from after this step."

    @property
    def feed_dict(self) -> dict[Tensor, Any]:
        """What the step was fed."""
        return dict(self.run.feeds)

    def restore(self) -> None:
        """Give the variables the values that they had before the step."""
        put_back(self._before)
        self.restored = True

    def replay(self) -> Report:
        """Play the step again from the same state, and leave the variables there.

        What it took at random or from a queue is given to it again.

        Returns:
            Which operation first made a value that is not finite.
        """
        after = variables_now(self._session)
        put_back(self._before)
        recorder = Recorder(watched=self.watched)
        failure = None
        fed = {
            t: v for t, v in self._given.outside().items() if t not in self.run.feeds
        }
        try:
            # The recorder comes last: it sees the values as they are given again.
            with attach(self._session, self._given), attach(self._session, recorder):
                wanted = [*self.run.fetches, *self.run.targets]
                self._session.run(wanted, {**self.run.feeds, **fed})
        except errors.OpError as error:
            if not recorder.events:
                raise
            failure = error
        finally:
            put_back(self._before if self.restored else after)
        return report_of(recorder, failure, self.number)


class _Given(Probe):
    """Gives the nodes of a step again what they took from outside the first time."""

    def __init__(self) -> None:
        self.values: dict[tuple[Operation, tuple[int, ...]], tuple[Any, ...]] = {}

    def outside(self) -> dict[Tensor, Any]:
        """What can be fed, so that nothing is taken from a queue twice."""
        return {
            tensor: value
            for (op, where), values in self.values.items()
            if not where
            for tensor, value in zip(op.outputs, values, strict=True)
            if value is not None and op.graph.is_feedable(tensor)
        }

    def wants(self, op: Operation) -> bool:
        """Those in loops; the others are fed."""
        return any(known is op for known, where in self.values if where)

    def after(self, op: Operation, outputs: tuple[Any, ...]) -> Any:
        """The same as the first time, in this iteration."""
        del outputs
        return self.values.get((op, self.run.iterations))


class NonFiniteWatch(Probe):
    """Looks at what steps write and at their scalars; made by `watch_nonfinite`.

    Attributes:
        failure: the first step that went wrong; None before.
        steps: how many were watched.
    """

    def __init__(
        self, session: Any, on: str, say: Callable[[Report], None] | None, restore: bool
    ) -> None:
        """See `watch_nonfinite`."""
        self.failure: FailedStep | None = None
        self.steps = 0
        self._session = session
        self._on = on
        self._say = say
        self._restore = restore
        self._looked_at: set[Operation] = set()
        self._attachment: Attachment | None = None
        self._before: Values = []
        self._given = _Given()
        self._bad: set[Operation] = set()
        self._replays = False

    def open(self) -> NonFiniteWatch:
        """Begin to watch."""
        self._attachment = attach(self._session, self)
        return self

    def close(self) -> None:
        """Watch no longer; a second time nothing happens."""
        if self._attachment is not None:
            self._attachment.close()
            self._attachment = None

    def __enter__(self) -> NonFiniteWatch:
        """The watch, which watches already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no longer."""
        self.close()

    # -- as a probe --------------------------------------------------------------------

    def wants(self, op: Operation) -> bool:
        """What writes variables, what is a scalar, what comes from outside."""
        if _is_from_outside(op):
            return True
        if _writes(op) or _is_scalar(op):
            self._looked_at.add(op)
            return True
        return False

    def start(self, run: Run) -> None:
        """Keep what the step starts from."""
        del run
        if self._replays:
            return
        self.steps += 1
        self._before = variables_now(self._session)
        self._given = _Given()
        self._bad = set()

    def after(self, op: Operation, outputs: tuple[Any, ...]) -> None:
        """Look at the values, or keep them."""
        if self._replays:
            return
        if op not in self._looked_at:
            self._given.values[op, self.run.iterations] = outputs
        elif not all(map(is_finite, outputs)):
            self._bad.add(op)

    def stop(self, run: Run, error: BaseException | None = None) -> None:
        """Judge the step.

        Raises:
            NonFiniteError: a value was not finite, and `on` is "raise".
        """
        failed = isinstance(error, errors.InvalidArgumentError)  # as check_numerics
        if self._replays or self.failure is not None or not (self._bad or failed):
            return
        step = FailedStep(self._session, run, self._before, self._given)
        step.report = self._replayed(step)
        if not step.report:
            return  # an infinity that was meant, or an error of another kind
        self.close()
        if self._restore and self._on == "raise":
            step.restore()
        self.failure = step
        if self._say is not None:
            self._say(step.report)
        if self._on == "raise":
            raise NonFiniteError(step) from error

    def _replayed(self, step: FailedStep) -> Report:
        """The replay, which this watch lets pass."""
        self._replays = True
        step.number, step.watched = self.steps, frozenset(self._bad)
        try:
            return step.replay()
        finally:
            self._replays = False


def watch_nonfinite(
    session: Any,
    on: str = "raise",
    *,
    say: Callable[[Report], None] | None = None,
    restore: bool = True,
) -> NonFiniteWatch:
    """Watches a session until the first step that makes a NaN or an infinity.

    Args:
        session: the session.
        on: "raise" ends that step with a NonFiniteError; "report" only keeps it, in
            the watch's `failure`, and lets the training go on.
        say: called with the report, as `print` or `display`.
        restore: whether, when it raises, the variables get back the values that they
            had before the step.

    Returns:
        The watch: `close` it, or use it in a `with` block. It watches no longer once
        it has found a step.

    Raises:
        ValueError: `on` is nothing of the kind.

    Example:
        >>> import interactive_graphs as tf
        >>> from interactive_graphs.debug.nonfinite_watch import watch_nonfinite
        >>> v = tf.Variable(2.0, name="v")
        >>> shrink = tf.assign(v, tf.log(v, name="log"))
        >>> session = tf.Session()
        >>> session.run(v.initializer)
        >>> with watch_nonfinite(session, on="report") as watch:
        ...     for _ in range(5):
        ...         _ = session.run(shrink)
        >>> watch.failure.number, watch.failure.report.op.type
        (3, 'Log')
    """
    if on not in ("raise", "report"):
        raise ValueError(f'on must be "raise" or "report", not {on!r}.')
    return NonFiniteWatch(session, on, say, restore).open()


def _writes(op: Operation) -> bool:
    return op.type.startswith(_WRITES) and bool(op.inputs)


def _is_scalar(op: Operation) -> bool:
    """Whether it gives a floating scalar, as a loss or a norm."""
    return bool(op.inputs) and any(
        t.static_shape == () and t.dtype.is_floating and not t.dtype._is_ref_dtype
        for t in op.outputs
    )


def _is_from_outside(op: Operation) -> bool:
    """Whether it gives numbers that neither graph, feeds nor variables decide."""
    if not op.op_def.stateful or op.type in _READS or _writes(op):
        return False
    return bool(op.outputs) and not any(is_opaque(t) for t in op.outputs)
