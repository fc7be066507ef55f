"""Who waits for whom in a plan: what the dataflow executor looks up while it runs.

Made once per plan, whatever the number of steps. Read next: `dataflow.py`.
"""

from __future__ import annotations

from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.frames import (
    ENTERS,
    EXITS,
    MERGES,
    Path,
    Source,
    frame_name,
)
from interactive_graphs.runtime.order import BACK_EDGES
from interactive_graphs.runtime.plan import Plan


class Wiring:
    """The edges of a plan, counted and turned round.

    Attributes:
        order: the number of each node in the plan.
        consumers: the nodes that wait for a tensor, or for an operation.
        needs: how many sources a node waits for; of a Merge the controls alone.
        choices: what a Merge chooses from, in a frame's first iteration and later.
        enters: how many Enters lead into a frame.
        positions: the number of a frame's last Enter: all values go in before any node
            of the frame runs, so that its iterations come one after the other.
        exits: the Exits of a frame.
    """

    __slots__ = (
        "choices",
        "consumers",
        "enters",
        "exits",
        "needs",
        "order",
        "positions",
    )

    def __init__(self, plan: Plan) -> None:
        """Wire a plan; see the class."""
        self.order = {op: i for i, op in enumerate(plan.nodes)}
        self.consumers: dict[Source, list[Operation]] = {}
        self.needs: dict[Operation, int] = {}
        self.choices: dict[Operation, tuple[int, int]] = {}
        self.enters: dict[Path, int] = {}
        self.positions: dict[Path, int] = {}
        self.exits: dict[Path, list[Operation]] = {}
        for op in plan.nodes:
            self._wire(plan, op)
            if op.type in ENTERS:
                into = (*plan.paths[op], frame_name(op))
                self.enters[into] = self.enters.get(into, 0) + 1
                self.positions[into] = self.order[op]
            elif op.type in EXITS:
                self.exits.setdefault(plan.paths[op], []).append(op)

    def _wire(self, plan: Plan, op: Operation) -> None:
        known = plan.values
        data: set[Source] = {t for t in map(plan.find, op.inputs) if t not in known}
        controls = {c for c in op.controls if c in self.order}
        for source in (*data, *controls):
            self.consumers.setdefault(source, []).append(op)
        if op.type not in MERGES:
            self.needs[op] = len(data) + len(controls)
            return
        self.needs[op] = len(controls)
        inputs = [plan.find(t) for t in op.inputs]
        back = {t for t in inputs if t.op.type in BACK_EDGES}
        # What is known already is there from the start: nothing to wait for.
        forward = 0 if any(t in known for t in inputs) else len(data) - len(back)
        self.choices[op] = (forward, len(back) if back else forward)
