"""A run that stands still: where it is, and every value it has made.

How it goes on is in `stepper.py`. Read next: `stepper.py`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.debug.remembering import At, Memory
from interactive_graphs.debug.walker import ABSENT, Place, Walker, held
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import boundary
from interactive_graphs.runtime.frames import shown_name
from interactive_graphs.runtime.plan import Plan

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession

RAN_KEPT: Final = 1000
"""How many of the nodes that ran are remembered."""


class Paused:
    """What is known of a run that stands still.

    Attributes:
        session: whose run it is.
        status: "paused" before or after a node, "waiting" where only nodes that block
            are left, "finished", "failed" or "stopped".
        node: the node it stands at, None where it is over.
        phase: "before" or "after" that node.
        iterations: which iteration of each loop around it, outermost first.
        error: what failed.
        ran: the nodes that ran, with their iterations; the last thousand.
        count: how many ran.
        effects: nodes that changed something outside of the step, e.g. assigned.
    """

    def __init__(
        self,
        session: BaseSession,
        plan: Plan,
        result: Callable[[Walker], Any],
    ) -> None:
        """Nothing has run, and nothing was fed.

        Args:
            session: whose run it is.
            plan: what is run, unoptimised.
            result: what the run gives, once it has finished.
        """
        self.session = session
        self.walker = Walker(plan, session._engine.state)
        self._engine = session._engine
        self._result = result
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Any], None]] = []
        self.status = "paused"
        self.phase = "before"
        self.error: BaseException | None = None
        self.ran: deque[tuple[Operation, At]] = deque(maxlen=RAN_KEPT)
        self.count = 0
        self.effects: dict[str, None] = {}
        self._place: Place | None = None
        self._memory = Memory()
        self._met: str = ""

    # -- where it is -------------------------------------------------------------------

    @property
    def node(self) -> Operation | None:
        """The node that it stands at."""
        return None if self._place is None else self._place[0]

    @property
    def iterations(self) -> tuple[int, ...]:
        """The iteration of each loop around the node."""
        return () if self._place is None else self._place[1].at

    @property
    def where(self) -> str:
        """'iteration 3 of loop 'while'', innermost first; '' outside of loops."""
        return "" if self._place is None else self._place[1].where()

    @property
    def loops(self) -> tuple[str, ...]:
        """The loops around the node, outermost first."""
        if self._place is None:
            return ()
        return tuple(map(shown_name, self._frames(self._place[0])))

    @property
    def why(self) -> str:
        """What stopped it: a condition in words, or ''."""
        return self._met

    @property
    def waiting(self) -> list[Operation]:
        """The nodes that block, e.g. on an empty queue."""
        return [op for op, _ in self.walker.blocked]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will run."""
        return self.status in ("finished", "failed", "stopped")

    def inputs(self) -> dict[Tensor, Any]:
        """What the node takes, by tensor; those that are not there are left out."""
        if self._place is None:
            return {}
        op, at = self._place
        found = {t: self.walker.value(t, at) for t in op.inputs}
        return {t: v for t, v in found.items() if v is not ABSENT}

    def outputs(self) -> dict[Tensor, Any]:
        """What the node gave, by tensor; nothing before it has run."""
        if self._place is None or self.phase == "before":
            return {}
        op, at = self._place
        made = {t: self._memory.all(t) for t in op.outputs}
        return {t: values[at.at] for t, values in made.items() if at.at in values}

    @property
    def result(self) -> Any:
        """What `Session.run` would have returned.

        Raises:
            RuntimeError: it has not finished.
            OpError: it has failed.
        """
        if self.status == "failed" and self.error is not None:
            raise self.error
        if self.status != "finished":
            raise RuntimeError(f"The run is {self.status}; go on with cont().")
        return self._result(self.walker)

    # -- values ------------------------------------------------------------------------

    def value(self, tensor: Any, at: int | At | None = None) -> Any:
        """A value made so far.

        Args:
            tensor: a tensor, variable or operation, or the name of one.
            at: the iteration, for a tensor of a loop; the latest by default.

        Returns:
            An array of its own; of a variable what it holds now.

        Raises:
            ValueError: it was not made, or is no longer remembered.
        """
        found = self._tensor(tensor)
        with self._lock:
            if found.dtype._is_ref_dtype:
                return boundary.owned(held(found, self._engine.state))
            place = (at,) if isinstance(at, int) else at
            latest = self._memory.latest(found)
            if place is None and latest is not None:
                return boundary.owned(latest[1])
            if place is not None and place in self._memory.all(found):
                return boundary.owned(self._memory.all(found)[place])
            known = self.walker.value(found, self.walker.outermost)
            if place is None and known is not ABSENT:
                return boundary.owned(known)
        raise ValueError(self._why_absent(found, place))

    def made(self, tensor: Tensor, at: At) -> Any:
        """What a tensor was in an iteration, not to be changed; None if not known."""
        return self._memory.all(tensor).get(at)

    def history(self, tensor: Any) -> dict[At, Any]:
        """The values of a tensor by iteration, as far as they are remembered."""
        with self._lock:
            values = self._memory.all(self._tensor(tensor))
            return {at: boundary.owned(value) for at, value in values.items()}

    # -- values, inside ----------------------------------------------------------------

    def _tensor(self, wanted: Any) -> Tensor:
        graph = self.session.graph
        element: Any = graph.as_graph_element(wanted)
        if isinstance(element, Operation):
            if not element.outputs:
                raise ValueError(f"'{element.name}' has no output, so it has no value.")
            element = element.outputs[0]
        found: Tensor = element
        return found

    def _latest(self, op: Operation) -> tuple[Any, ...] | None:
        """What a node gave last, None where it has not run."""
        found = [self._memory.latest(t) for t in op.outputs]
        if not found or any(f is None for f in found):
            return None
        return tuple(f[1] for f in found if f is not None)

    def _frames(self, op: Operation) -> tuple[str, ...]:
        return self.walker.plan.paths.get(op, ())

    def _why_absent(self, tensor: Tensor, at: At | None) -> str:
        op = tensor.op
        if op not in self.walker.plan.nodes and tensor not in self.walker.plan.feeds:
            return f"'{op.name}' is no part of what this step runs."
        known = self._memory.all(tensor)
        if at is not None and known:
            first, last = min(known), max(known)
            return f"{tensor.name} is remembered for iterations {first} to {last}."
        return f"{tensor.name} has no value yet: '{op.name}' has not run."

    # -- who listens -------------------------------------------------------------------

    def on_change(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        """Have a function called after each command; gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener(self)
