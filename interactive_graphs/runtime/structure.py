"""Loops and branches found again in the flat graph, for the compiler.

A graph says with Switch, Merge, Enter, Exit and NextIteration what a language says with
`if` and `while`. Each node gets a region here: the loops and the sides of conditions
around it, outermost first. It follows from the nodes alone, so that imported graphs,
which have lost all else, are compiled like those made here.

    ()                      outside of everything
    (p is true,)            runs if p holds
    (loop,)                 runs in every iteration, also when the condition says stop
    (loop, going on,)       the body

Hand-made graphs need not nest like this; then the dataflow executor runs them. What
follows is in `schedule.py`, which makes blocks of the regions.
Read next: `schedule.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.frames import (
    CONTROL_FLOW,
    ENTERS,
    EXITS,
    MERGES,
    SWITCHES,
    Path,
    frame_name,
)
from interactive_graphs.runtime.order import BACK_EDGES
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.regroup import loops_together


class Guard(NamedTuple):
    """One side of a condition.

    Attributes:
        pred: what decides; of copies the first.
        taken: whether it has to hold.
    """

    pred: Tensor
    taken: bool

    @property
    def other(self) -> Guard:
        """The other side."""
        return Guard(self.pred, not self.taken)


class Variable(NamedTuple):
    """A loop variable: the nodes that begin, hold and change it."""

    enter: Operation
    merge: Operation
    back: Operation


class Loop:
    """A frame that is one loop.

    Attributes:
        path: the frame's.
        region: where it stands, itself included.
        variables: in the order of the plan.
        condition: its LoopCond.
    """

    __slots__ = ("condition", "path", "region", "variables")

    def __init__(self, path: Path) -> None:
        """Nothing is known of it."""
        self.path = path
        self.region: Region = (self,)
        self.variables: list[Variable] = []
        self.condition: Operation | None = None

    @property
    def going_on(self) -> Region:
        """The region of the body."""
        assert self.condition is not None
        return (*self.region, Guard(self.condition.outputs[0], True))

    @property
    def leaving(self) -> Region:
        """The region of what runs once the condition says stop."""
        assert self.condition is not None
        return (*self.region, Guard(self.condition.outputs[0], False))


Region = tuple[Guard | Loop, ...]


class Structure(NamedTuple):
    """What was found.

    Attributes:
        regions: of every node.
        sides: of each Merge that ends a condition the sides that its inputs are from.
        loops: by frame.
    """

    regions: dict[Operation, Region]
    sides: dict[Operation, tuple[Guard, Guard]]
    loops: dict[Path, Loop]

    def never_runs(self, op: Operation) -> bool:
        """Whether `op` is on both sides of one condition, which nests in itself.

        Its region is then no part of any other that seems to be in it.
        """
        here = frozenset(self.regions[op])
        return any(isinstance(at, Guard) and at.other in here for at in here)

    def deciding(self, op: Operation) -> list[Tensor]:
        """The values that decide whether and how often `op` runs."""
        found = []
        for item in (*self.regions[op], *self.sides.get(op, ())):
            if isinstance(item, Guard):
                found.append(item.pred)
            elif item.condition is not None:
                found += item.condition.outputs
        return found


class UnstructuredError(Exception):
    """The nodes do not nest; says where."""


def find_structure(plan: Plan) -> None:
    """Find the regions of a plan if they nest, and bring its loops together.

    Fills `plan.structure`, or `plan.unstructured` with the reason why not.

    Args:
        plan: with its frames' paths.
    """
    try:
        structure = _Finder(plan).find()
        ordered = loops_together(plan)
        if ordered is None:
            raise UnstructuredError("a loop waits for itself")
    except UnstructuredError as reason:
        plan.unstructured = str(reason)
        return
    plan.nodes = ordered
    plan.structure = structure


class _Finder:
    """Walks a plan once and gives each node its region."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.fed = frozenset(plan.feeds)
        self.inside = frozenset(plan.nodes)
        self.regions: dict[Operation, Region] = {}
        self.sides: dict[Operation, tuple[Guard, Guard]] = {}
        self.loops: dict[Path, Loop] = {}

    def find(self) -> Structure:
        """The region of every node.

        Raises:
            UnstructuredError: they do not nest.
        """
        for op in self.plan.nodes:
            self.regions[op] = self._region(op)
        for loop in self.loops.values():
            self._check_loop(loop)
        for op, region in self.regions.items():
            self.regions[op] = _canonical(region)
        for op in self.plan.nodes:
            self._check(op)
        for tensor in self.plan.fetches:
            if tensor not in self.fed and self._of(tensor):
                raise UnstructuredError(f"{tensor.name} is fetched from the inside")
        return Structure(self.regions, self.sides, self.loops)

    # -- where a node is ---------------------------------------------------------------

    def _region(self, op: Operation) -> Region:
        if op.type in MERGES:
            return self._merge(op)
        region = self._join(op, op.inputs)
        if op.type in ENTERS:
            loop = self._loop((*self.plan.paths[op], frame_name(op)))
            if not op.attrs["is_constant"]:
                if len(loop.region) > 1 and loop.region[:-1] != region:
                    raise UnstructuredError(f"{op.name} enters its loop from elsewhere")
                loop.region = (*region, loop)
        elif op.type == "LoopCond":
            path = self.plan.paths[op]
            if not path or self._loop(path).condition is not None:
                raise UnstructuredError(f"{op.name} is not the one condition of a loop")
            self._loop(path).condition = op
        return region

    def _merge(self, op: Operation) -> Region:
        back = [t for t in op.inputs if t.op.type in BACK_EDGES and t not in self.fed]
        if back:
            return self._begin(op, back)
        if op.type != "Merge" or len(op.inputs) != 2:
            raise UnstructuredError(f"{op.name} is no end of a condition")
        first, second = (self._of(t) for t in op.inputs)
        region = first[:-1]
        sides = _sides(first, second) if region == second[:-1] else None
        if sides is None:
            raise UnstructuredError(
                f"{op.name} does not join two sides of one condition"
            )
        self.sides[op] = sides
        waited = self._join(op, ())
        if not set(waited) <= set(region):
            raise UnstructuredError(f"{op.name} waits for one side of a condition")
        return region

    def _begin(self, op: Operation, back: list[Tensor]) -> Region:
        """The region of the Merge that is a loop variable."""
        enters = [t for t in op.inputs if t.op.type in ENTERS and t not in self.fed]
        whole = op.type == "Merge" and len(enters) == len(back) == 1
        if not whole or len(op.inputs) != 2 or op.controls:
            raise UnstructuredError(f"{op.name} is no variable of a loop")
        enter = enters[0].op
        if enter.attrs["is_constant"] or back[0].op not in self.inside:
            raise UnstructuredError(f"{op.name} is no variable of a loop")
        loop = self._loop(self.plan.paths[op])
        loop.variables.append(Variable(enter, op, back[0].op))
        return self._of(enters[0])

    def _loop(self, path: Path) -> Loop:
        if path not in self.loops:
            self.loops[path] = Loop(path)
        return self.loops[path]

    # -- where a value is --------------------------------------------------------------

    def _of(self, tensor: Tensor) -> Region:
        """The region in which a tensor has a value."""
        op = tensor.op
        if tensor in self.fed or op not in self.inside:
            return ()
        region = self._after(op)
        if op.type in SWITCHES:
            taken = bool(tensor.value_index)
            pred = origin(self.plan, op.inputs[1])
            if Guard(pred, not taken) in region:
                raise UnstructuredError(f"{tensor.name} is dead")
            if Guard(pred, taken) not in region:
                region = (*region, Guard(pred, taken))
        return region

    def _after(self, op: Operation) -> Region:
        """The region in which an operation is known to be done."""
        if op not in self.regions or op.type in BACK_EDGES:
            raise UnstructuredError(f"{op.name} leads backwards")
        region = self.regions[op]
        if op.type in ENTERS:
            loop = self._loop((*self.plan.paths[op], frame_name(op)))
            return (*region, loop)
        if op.type in EXITS:
            loop = self._loop(self.plan.paths[op])
            return loop.region[:-1]
        return region

    def _join(self, op: Operation, tensors: Iterable[Tensor]) -> Region:
        """Where all of a node's sources are."""
        region: Region = ()
        for tensor in tensors:
            region = _both(op, region, self._of(tensor))
        controls = [c for c in op.controls if c in self.inside]
        triggers = [c for c in controls if c.type == "ControlTrigger"]
        for control in controls:
            if control not in triggers:
                region = _both(op, region, self._after(control))
        for trigger in triggers:
            # It is done even where what it waits for is dead.
            if not set(self._after(trigger)) <= set(region):
                raise UnstructuredError(f"{op.name} waits for what may not run")
        return region

    # -- what has to hold --------------------------------------------------------------

    def _check_loop(self, loop: Loop) -> None:
        if loop.condition is None or not loop.variables:
            raise UnstructuredError(f"frame {loop.path[-1]} is no loop")
        outer = loop.region[:-1]
        for at, item in enumerate(outer):
            if isinstance(item, Loop):
                loop.region = (*item.region, *outer[at + 1 :], loop)

    def _check(self, op: Operation) -> None:
        """Hold a node of a loop against the form that loops have."""
        region, path = self.regions[op], self.plan.paths[op]
        if op.type not in CONTROL_FLOW and op.type != "LoopCond":
            return
        loop = self.loops.get(path)
        if op.type == "LoopCond" and (loop is None or region != loop.region):
            raise UnstructuredError(f"{op.name} depends on another condition")
        if op.type in BACK_EDGES:
            if loop is None or region != loop.going_on:
                raise UnstructuredError(f"{op.name} is not at the end of a body")
            if not any(v.back is op for v in loop.variables):
                raise UnstructuredError(f"{op.name} leads nowhere")
        if op.type in EXITS and (loop is None or region != loop.leaving):
            raise UnstructuredError(f"{op.name} does not leave when its loop ends")
        if op.type in ENTERS:
            target = self.loops[(*path, frame_name(op))]
            if not set(region) <= set(target.region):
                raise UnstructuredError(f"{op.name} enters its loop from elsewhere")


def origin(plan: Plan, tensor: Tensor) -> Tensor:
    """The tensor that `tensor` is a copy of: conditions are recognised by it."""
    fed = plan.feeds
    while tensor not in fed:
        op = tensor.op
        copies = op.type in ("Identity", "Switch") or (
            op.type == "Enter" and op.attrs["is_constant"]
        )
        if not copies or op.inputs[0].dtype._is_ref_dtype:
            break
        tensor = op.inputs[0]
    return tensor


def _sides(first: Region, second: Region) -> tuple[Guard, Guard] | None:
    """The innermost conditions of two regions if one is the other's opposite."""
    if not first or not second:
        return None
    a, b = first[-1], second[-1]
    if not isinstance(a, Guard) or not isinstance(b, Guard):
        return None
    return (a, b) if a.pred is b.pred and a.taken is not b.taken else None


def _both(op: Operation, a: Region, b: Region) -> Region:
    """The region of a node that needs values from two.

    Raises:
        UnstructuredError: there is none.
    """
    if a == b or not b:
        return a
    mine, theirs = set(a), set(b)
    if mine >= theirs:
        return a
    if theirs >= mine:
        return b
    if _loops(a) != _loops(b):
        raise UnstructuredError(f"{op.name} belongs to several loops")
    for item in theirs - mine:
        if isinstance(item, Guard) and Guard(item.pred, not item.taken) in mine:
            raise UnstructuredError(f"{op.name} never runs")
    # Conditions that do not nest: it runs where all of them hold. Those before the
    # last loop are the loop's own.
    return (*a, *(item for item in b if item not in mine))


def _loops(region: Region) -> list[Loop]:
    return [item for item in region if isinstance(item, Loop)]


def _canonical(region: Region) -> Region:
    """The same with all that is around the innermost loop."""
    for at in range(len(region) - 1, -1, -1):
        item = region[at]
        if isinstance(item, Loop):
            inner = tuple(i for i in region[at + 1 :] if i not in item.region)
            if not set(region[:at]) <= set(item.region):
                raise UnstructuredError("a loop is entered under different conditions")
            return (*item.region, *inner)
    return region
