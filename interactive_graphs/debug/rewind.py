"""Taking back what a step has made of a value, so that it is made again of another.

Two phases: `reach` finds all that came of a value, through loops and conditions, and
changes nothing; `undo` takes it back. A loop that was entered with the value is left,
and entered anew; of one under way the iterations after the value's go.
Read next: `stepper.py`.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.dataflow import DEAD
from interactive_graphs.runtime.frames import (
    ENTERS,
    EXITS,
    SWITCHES,
    Frame,
    Iteration,
    Source,
    frame_name,
)
from interactive_graphs.runtime.order import BACK_EDGES

if TYPE_CHECKING:
    from interactive_graphs.debug.walker import Walker

Place = tuple[Operation, Iteration]


class Undoing:
    """What comes of a value, to be taken back."""

    def __init__(self, step: Walker) -> None:
        """Nothing is reached."""
        self._step = step
        self._wiring = step._wiring
        # Nodes reached, each with whether it is told by a Switch to be dead or alive.
        self._reached: dict[Place, bool] = {}
        self._left: dict[tuple[Iteration, str], Frame | None] = {}
        self._turned: dict[Frame, int] = {}
        self._exits: dict[Operation, Iteration] = {}
        self._pending: list[tuple[Operation, Iteration, bool]] = []

    # -- what is reached ---------------------------------------------------------------

    def reach(self, tensor: Tensor, at: Iteration) -> None:
        """Find what came of a tensor's value in an iteration."""
        self._follow(tensor, at, False)
        while self._pending:
            self._visit(*self._pending.pop())

    def _follow(self, source: Source, at: Iteration, switched: bool) -> None:
        for op in self._wiring.consumers.get(source, ()):
            self._pending.append((op, at, switched))

    def _visit(self, op: Operation, at: Iteration, switched: bool) -> None:
        known = self._reached.get((op, at))
        switched = switched or op.type in SWITCHES
        if known is not None and known >= switched:
            return
        self._reached[op, at] = switched
        if op not in at.done:
            return
        if op.type in ENTERS:
            self._leave(op, at, switched)
        elif op.type in EXITS:
            self._exit(op, at, switched)
        elif op.type in BACK_EDGES and at.frame is not None:
            self._turn_back(at.frame, at, switched)
        else:
            self._follow_outputs(op, at, switched)

    def _follow_outputs(self, op: Operation, at: Iteration, switched: bool) -> None:
        for tensor in op.outputs:
            self._follow(tensor, at, switched)
        if switched:  # whoever waits for it may be dead or alive by it
            self._follow(op, at, switched)

    def _leave(self, enter: Operation, at: Iteration, switched: bool) -> None:
        """A loop that was entered with another value is not entered yet."""
        plan, name = self._step.plan, frame_name(enter)
        if (at, name) in self._left:
            return
        path = (*plan.paths[enter], name)
        self._left[at, name] = at.frames.get(name)
        for op in plan.nodes:
            if op.type in ENTERS and (*plan.paths[op], frame_name(op)) == path:
                self._pending.append((op, at, switched))
        for op in self._wiring.exits.get(path, ()):
            self._exits[op] = at
            self._follow_outputs(op, at, True)

    def _exit(self, op: Operation, at: Iteration, switched: bool) -> None:
        assert at.frame is not None
        self._exits[op] = at.frame.parent
        self._follow_outputs(op, at.frame.parent, switched)

    def _turn_back(self, frame: Frame, at: Iteration, switched: bool) -> None:
        """The iterations after this one have not begun."""
        if self._turned.get(frame, at.number + 1) <= at.number:
            return
        self._turned[frame] = at.number
        for op in at.done:
            if op.type in BACK_EDGES:
                self._pending.append((op, at, switched))
        for op in frame.left:
            self._exit(op, at, True)

    # -- taking back -------------------------------------------------------------------

    def check(self) -> None:
        """Refuse where a node that waits would have to be taken back.

        Raises:
            ValueError: naming it.
        """
        gone = self._gone()
        for op, at in self._step._running:
            if (op, at) in self._reached or at in gone:
                raise ValueError(
                    f"'{op.name}' is waiting, and began with the old value. Let it "
                    "finish, or stop and begin again."
                )

    def _gone(self) -> set[Iteration]:
        """The iterations that will not have been."""
        pending: list[Iteration] = []
        for frame in self._left.values():
            if frame is not None:
                pending += frame.iterations.values()
        for frame, number in self._turned.items():
            pending += (i for n, i in frame.iterations.items() if n > number)
        gone: set[Iteration] = set()
        while pending:
            at = pending.pop()
            gone.add(at)
            for frame in at.frames.values():
                pending += frame.iterations.values()
        return gone

    def undo(self) -> list[Place]:
        """Take it all back; the nodes that had run and will run again."""
        gone = self._gone()
        reached = [(op, at) for op, at in self._reached if at not in gone]
        waiting = self._withdraw(gone)
        again = [
            (op, at)
            for op, at in reached
            if op in at.done and (op, at) not in waiting and op not in at.dead
        ]
        finished = {p for p in reached if p[0] in p[1].done and p not in waiting}
        self._leave_frames()
        lost = self._forget(reached, finished)
        for op, at in reached:
            self._count(op, at, lost)
        for op, at in reached:
            if self._step._is_ready(op, at):
                self._step._push(op, at)
        order = self._wiring.order
        return sorted(again, key=lambda place: (*place[1].key, order[place[0]]))

    def _withdraw(self, gone: set[Iteration]) -> set[Place]:
        """Take what has not begun out of the queue; which of those are reached."""
        step, waiting, kept = self._step, set(), []
        for key, at in step._ready:
            op = step.plan.nodes[key[-1]]
            if (op, at) in self._reached:
                waiting.add((op, at))
                at.busy -= 1
            elif at not in gone:
                kept.append((key, at))
        heapq.heapify(kept)
        step._ready = kept
        return waiting

    def _leave_frames(self) -> None:
        for (at, name), frame in self._left.items():
            if frame is not None:
                del at.frames[name]
                at.busy -= 1
        for frame, number in self._turned.items():
            for later in [n for n in frame.iterations if n > number]:
                del frame.iterations[later]
            frame.started = number + 1
            frame.postponed = []

    def _forget(
        self, reached: list[Place], finished: set[Place]
    ) -> set[tuple[Source, Iteration]]:
        """Drop what the nodes made; what is lost is waited for again."""
        lost: set[tuple[Source, Iteration]] = set()
        for op, at in reached:
            at.done.discard(op)
            if op.type not in ENTERS | EXITS | BACK_EDGES:
                self._drop(op, at, (op, at) in finished, lost)
        for op, at in self._exits.items():
            was_there = op.outputs[0] in at.values
            self._drop(op, at, was_there, lost)
            for frame in at.frames.values():
                frame.left.discard(op)
        return lost

    def _drop(
        self,
        op: Operation,
        at: Iteration,
        ran: bool,
        lost: set[tuple[Source, Iteration]],
    ) -> None:
        at.dead.discard(op)
        if ran:
            lost.add((op, at))
        for tensor in op.outputs:
            if tensor in at.values and tensor not in self._step.plan.feeds:
                del at.values[tensor]
                lost.add((tensor, at))
            self._step._inside.pop(tensor, None)

    def _count(
        self, op: Operation, at: Iteration, lost: set[tuple[Source, Iteration]]
    ) -> None:
        """How many sources a node waits for, now that some are lost."""
        wiring, plan = self._wiring, self._step.plan
        inputs = {plan.find(t) for t in op.inputs}
        controls = {c for c in op.controls if (c, at) in lost}
        more = len(controls)
        choices = wiring.choices.get(op)
        if choices is None:
            more += sum((t, at) in lost for t in inputs)
        else:
            there = [at.values[t] for t in inputs if t in at.values]
            dead = sum(value is DEAD for value in there)
            left = choices[at.number > 0] - dead
            at.merging[op] = left if dead == len(there) else 0
        at.waiting[op] = at.waiting.get(op, wiring.needs[op]) + more
