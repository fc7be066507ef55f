"""A step of the plain executor that stands still between two nodes.

Nothing runs but in `go` and `collect`; what blocks does so in a thread of its own.
`replace` puts another value in place of one that was made and takes back what came of
it (`rewind.py`). Read next: `rewind.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.debug.rewind import Undoing
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.dataflow import DEAD, Dataflow
from interactive_graphs.runtime.frames import MERGES, Iteration, Path
from interactive_graphs.runtime.refs import read, resource_of
from interactive_graphs.runtime.state import SessionState

Place = tuple[Operation, Iteration]

ABSENT: Final = type("Absent", (), {"__repr__": lambda _: "<not there>"})()
"""What is said of a value that was not made, or is no longer there."""


class Walker(Dataflow):
    """A dataflow step under a debugger.

    Attributes:
        owner: the debugger.
    """

    owner: Any = None

    def _is_alone(self, deadline: float | None) -> bool:
        """Never: a debugger must stay able to answer."""
        del deadline
        return False

    @property
    def outermost(self) -> Iteration:
        """What is outside of all loops."""
        return self._root

    @property
    def blocked(self) -> list[Place]:
        """The nodes that wait in threads of their own."""
        return sorted(self._running, key=lambda place: place[0].id)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to run."""
        return not self._ready and not self._running

    def next(self) -> Place | None:
        """The node whose turn it is, those passed over that are on no side taken."""
        while self._ready:
            key, at = self._ready[0]
            op = self.plan.nodes[key[-1]]
            if self._lives(op, at):
                return op, at
            self.go()
        return None

    def _lives(self, op: Operation, at: Iteration) -> bool:
        inputs = [self._value(t, at) for t in op.inputs]
        if op.type in MERGES:
            live = any(v is not DEAD for v in inputs)
            return live and at.dead.isdisjoint(op.controls)
        return op.type == "ControlTrigger" or not self._is_dead(op, inputs, at)

    def go(self) -> None:
        """Run the node whose turn it is, or set it going where it blocks.

        Interrupted, it has not begun.

        Raises:
            OpError: it failed.
        """
        op, at = self._pop()
        try:
            self._start(op, at, None)
        except Exception:
            raise
        except BaseException:
            if not any(t in at.values for t in op.outputs):
                at.busy -= 1
                self._push(op, at)
            raise

    def collect(self, wait: float) -> bool:
        """Take in a node that blocked, if one is done within `wait` seconds.

        Raises:
            OpError: it failed.
        """
        return self._collected(wait)

    def abandon(self) -> None:
        """End what still blocks."""
        self._abandon()

    def is_dead(self, op: Operation) -> bool:
        """Whether a node outside of loops is on a side that was not taken."""
        return op in self._root.dead

    def exits(self, path: Path) -> list[Operation]:
        """The nodes that lead out of a loop."""
        return self._wiring.exits.get(path, [])

    # -- values ------------------------------------------------------------------------

    def value(self, tensor: Tensor, at: Iteration) -> Any:
        """A value where it can be seen from an iteration, or `ABSENT`.

        A reference's value is that of its variable now.
        """
        tensor = self.plan.find(tensor)
        around: Iteration | None = at
        while around is not None:
            if tensor in around.values:
                value = around.values[tensor]
                if value is DEAD:
                    return ABSENT
                return _read(value, tensor) if tensor.dtype._is_ref_dtype else value
            around = around.frame.parent if around.frame is not None else None
        return self.plan.values.get(tensor, ABSENT)

    def holder(self, tensor: Tensor, at: tuple[int, ...] | None) -> Iteration | None:
        """The iteration under way that holds a tensor's value; the latest of several.

        Args:
            tensor: what is looked for.
            at: the numbers of the iterations, or None for any.
        """
        found = None
        for iteration in self._under_way(self._root):
            if iteration.values.get(tensor, DEAD) is DEAD:
                continue
            if at is None or iteration.at == at:
                found = iteration
        return found

    def _under_way(self, at: Iteration) -> Iterator[Iteration]:
        yield at
        for frame in at.frames.values():
            for number in sorted(frame.iterations):
                yield from self._under_way(frame.iterations[number])

    def replace(self, tensor: Tensor, value: Any, at: Iteration) -> list[Place]:
        """Put another value in place of one that was made.

        What was made of the old one is taken back and runs again, in its order.

        Returns:
            The nodes that had run and will run again.

        Raises:
            ValueError: a node that waits has taken the old value.
        """
        undoing = Undoing(self)
        undoing.reach(tensor, at)
        undoing.check()
        at.values[tensor] = value
        return undoing.undo()


def _read(value: Any, tensor: Tensor) -> Any:
    try:
        return read(value, tensor, None)
    except errors.OpError:  # a variable that holds nothing yet
        return ABSENT


def held(ref: Tensor, state: SessionState) -> Any:
    """What a variable holds now.

    Raises:
        ValueError: nothing yet.
    """
    value = _read(resource_of(ref, state), ref)
    if value is ABSENT:
        raise ValueError(f"{ref.name} holds nothing yet: it was not initialised.")
    return value
