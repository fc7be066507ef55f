"""The first operation that made a NaN or an infinity: which, from what, and whose line.

    first_nonfinite(session, [train, loss], {x: batch})

A step runs with a probe on every node. A value that is not finite is traced back from
what was fetched (or assigned) to the operation that made it out of finite ones. An
infinity may be meant, as a mask's, and a NaN may be selected away by `tf.where`: what
does not reach the results is named only where nothing does.
Read next: `nonfinite_report.py`; `nonfinite_watch.py` watches a whole training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs import errors
from interactive_graphs.debug.attach import Probe, Run, attach
from interactive_graphs.debug.handles import is_handle
from interactive_graphs.debug.nonfinite_report import Met, Report
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

FINITE, INF, NAN = 0, 1, 2
_CONSTANTS: Final = frozenset({"Const", "HostConst"})
_READS: Final = frozenset({"Identity", "ReadVariableOp"})


def state_of(value: Any) -> int:
    """`NAN` where a value holds a NaN, `INF` where it holds an infinity, or `FINITE`.

    What is no number (strings, resources, lists of tensors) counts as finite.
    """
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "V":  # bfloat16 and its like
        value = np.asarray(value, np.float32)
    elif kind not in ("f", "c"):
        return FINITE
    if np.isfinite(value).all():
        return FINITE
    return NAN if np.isnan(value).any() else INF


def is_finite(value: Any) -> bool:
    """The same as `state_of(value) == FINITE`, in a third of the time."""
    if getattr(getattr(value, "dtype", None), "kind", "") == "f":
        # A sum of finite numbers is hardly ever infinite, and never a NaN.
        with np.errstate(all="ignore"):
            if np.isfinite(np.add.reduce(value, axis=None)):
                return True
    return state_of(value) == FINITE


class Event(NamedTuple):
    """A node that gave something that is not finite.

    Attributes:
        op: the node.
        where: the iterations of the loops around it, in words.
        state: `NAN` or `INF`.
        made: whether none of its inputs was as bad.
        source: "computed", "fed", "variable" or "constant".
        causes: the events that gave its inputs, as indices.
        inputs: the values it took, None where unknown; only if `made`.
        outputs: the values it gave; only if `made`.
    """

    op: Operation
    where: str
    state: int
    made: bool
    source: str
    causes: tuple[int, ...]
    inputs: tuple[Any, ...] = ()
    outputs: tuple[Any, ...] = ()


@dataclass
class Recorder(Probe):
    """Notes where values stop being finite.

    Attributes:
        events: in the order of execution.
        ran: how many nodes ran, each as often as it did.
        fetched: the tensors that were fetched.
        watched: operations whose values matter, too.
    """

    events: list[Event] = field(default_factory=list)
    ran: int = 0
    fetched: tuple[Tensor, ...] = ()
    watched: frozenset[Operation] = frozenset()

    def __post_init__(self) -> None:
        """Nothing is known yet."""
        self._values: dict[Tensor, Any] = {}
        self._made_by: dict[Tensor, int] = {}

    def start(self, run: Run) -> None:
        """Fed values are there from the start."""
        self.fetched = run.fetches
        for tensor, value in run.feeds.items():
            self._note(tensor.op, (tensor,), (np.asarray(value),), "fed")

    def after(self, op: Operation, outputs: tuple[Any, ...]) -> None:
        """Remember the values, and whether they are finite."""
        self.ran += 1
        self._note(op, tuple(op.outputs), outputs)

    def _note(
        self,
        op: Operation,
        tensors: tuple[Tensor, ...],
        values: tuple[Any, ...],
        source: str = "",
    ) -> None:
        states = [state_of(value) for value in values]
        worst = max(states, default=FINITE)
        if worst:
            self.events.append(self._event(op, worst, values, source))
        for tensor, value, state in zip(tensors, values, states, strict=True):
            self._values[tensor] = value
            if state:
                self._made_by[tensor] = len(self.events) - 1
            else:
                self._made_by.pop(tensor, None)

    def _event(
        self, op: Operation, state: int, values: tuple[Any, ...], source: str
    ) -> Event:
        taken = () if source else op.inputs
        known = (self._made_by.get(tensor) for tensor in taken)
        causes = tuple(dict.fromkeys(cause for cause in known if cause is not None))
        worst = max((self.events[cause].state for cause in causes), default=FINITE)
        source, where = source or _source(op), self.run.where(op)
        if worst >= state:
            return Event(op, where, state, False, source, causes)
        inputs = tuple(self._values.get(tensor) for tensor in taken)
        return Event(op, where, state, True, source, causes, inputs, values)

    # -- what led to what --------------------------------------------------------------

    def ends(self) -> Iterator[int]:
        """Where it came out: what was fetched, then what was assigned."""
        for tensor in self.fetched:
            if tensor in self._made_by:
                yield self._made_by[tensor]
        last = {event.op: number for number, event in enumerate(self.events)}
        for op, number in last.items():
            writes = op.inputs and is_handle(op.inputs[0]) and op.type not in _READS
            if writes or op in self.watched:
                yield number

    def leads_to(self) -> dict[int, int | None]:
        """For each event behind an end the next one on the way; None for an end."""
        behind: dict[int, int | None] = {}
        for end in self.ends():
            waiting = [end]
            behind.setdefault(end, None)
            for number in waiting:
                for cause in self.events[number].causes:
                    if cause not in behind:
                        behind[cause] = number
                        waiting.append(cause)
        return behind

    def first(self, among: Iterable[int]) -> int | None:
        """The event to blame: the earliest that is no harmless constant."""
        numbers = sorted(n for n in among if self.events[n].made)
        for number in numbers:
            if not self.is_meant(number):
                return number
        return numbers[0] if numbers else None

    def is_meant(self, number: int) -> bool:
        """Whether it is an infinity that somebody wrote down, or follows from one."""
        waiting = [number]
        for one in waiting:
            event = self.events[one]
            if event.state == NAN or (event.made and event.op.type not in _CONSTANTS):
                return False
            waiting += event.causes
        return True


def first_nonfinite(
    session: Any, fetches: Any, feed_dict: Any = None, *, restore: bool = True
) -> Report:
    """Runs a step and says which operation first made a NaN or an infinity.

    Args:
        session: the session.
        fetches: as for `session.run`; the training op, to search the gradients, too.
        feed_dict: as for `session.run`.
        restore: whether variables are given back the values they had before. Other
            effects of the step, as of a queue, stay.

    Returns:
        The report: text in a terminal, drawn in a notebook; false if all was finite.

    Raises:
        OpError: the step failed, and not because of a value that was not finite.

    Example:
        >>> import interactive_graphs as tf
        >>> from interactive_graphs.debug.nonfinite import first_nonfinite
        >>> x = tf.placeholder(tf.float32, [2], name="x")
        >>> loss = tf.reduce_sum(tf.log(x, name="log"), name="loss")
        >>> first_nonfinite(tf.Session(), loss, {x: [1.0, 0.0]}).op.type
        'Log'
    """
    recorder = Recorder()
    before = variables_now(session)
    failure: errors.OpError | None = None
    try:
        with attach(session, recorder):
            session.run(fetches, feed_dict)
    except errors.OpError as error:
        if not recorder.events:
            raise
        failure = error
    finally:
        if restore:
            put_back(before)
    return report_of(recorder, failure)


Values = list[tuple[Any, Any]]
"""Variables with what they held; values are replaced and never changed."""


def variables_now(session: Any) -> Values:
    """All variables of a session with their values, without a copy."""
    resources = session._engine.state.resources
    return [(found, found.settled()) for _, _, found in resources.of_kind("variable")]


def put_back(values: Values) -> None:
    """Give variables the values they had."""
    for variable, value in values:
        with variable.lock:
            variable.value = value


def report_of(
    recorder: Recorder, failure: errors.OpError | None = None, step: int = 0
) -> Report:
    """What a recorder found.

    Args:
        recorder: after its run.
        failure: what ended the run.
        step: the run's number, to be told; 0 to tell none.
    """
    behind = recorder.leads_to()
    number = recorder.first(behind)
    reaches = number is not None
    if number is None:
        number = recorder.first(range(len(recorder.events)))
        if number is not None and recorder.is_meant(number):
            number = None
    if number is None:
        return Report(ran=recorder.ran)
    event = recorder.events[number]
    op = event.op
    return Report(
        op=op,
        source=event.source,
        where=event.where,
        state="NaN" if event.state == NAN else "inf",
        inputs=[Met(*pair) for pair in zip(op.inputs, event.inputs, strict=False)],
        outputs=[Met(*pair) for pair in zip(op.outputs, event.outputs, strict=False)],
        path=list(_path(recorder, behind, number)) if reaches else [op],
        reaches=reaches,
        spread=len({other.op for other in recorder.events}) - 1,
        ran=recorder.ran,
        failure="" if failure is None else str(failure.message).split("\n")[0],
        step=step,
    )


def _path(
    recorder: Recorder, behind: dict[int, int | None], number: int
) -> Iterator[Operation]:
    """The nodes from the first to where it came out, each once."""
    seen: set[Operation] = set()
    step: int | None = number
    while step is not None:
        op = recorder.events[step].op
        if op not in seen:
            seen.add(op)
            yield op
        step = behind.get(step)


def _source(op: Operation) -> str:
    """Where a value that no input explains comes from."""
    if op.type in _CONSTANTS:
        return "constant"
    if op.type in _READS and is_handle(op.inputs[0]):
        return "variable"
    return "computed"
