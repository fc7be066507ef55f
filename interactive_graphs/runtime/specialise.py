"""A plan for the shapes it was fed: the same nodes, with all that follows from them.

    special = specialise(plan, [(100, 784), (100, 10)])

Each node gets a stand-in whose shapes come from its op's shape rule, asked again with
the shapes that were fed. Then `Shape`, `BroadcastGradientArgs` and what is computed
from them are constants, which the passes fold as ever. What only the values tell
(`Where`, `py_func`) stays unknown. A loop's variables are taken to keep the shape with
which they enter; where the body says otherwise they are asked again, knowing less.
What a loop puts in a TensorArray is kept for what reads it (`contents.py`).

A rule that knows less than the graph does has been told by `set_shape`, which nobody
holds to it: such a tensor, and what is made of it, is doubtful (`Plan.doubtful`).
Read next: `optimize/fold.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, merge
from interactive_graphs.runtime import standin
from interactive_graphs.runtime.contents import Contents, common
from interactive_graphs.runtime.frames import ENTERS, MERGES, Path
from interactive_graphs.runtime.optimize.fold import folded
from interactive_graphs.runtime.order import BACK_EDGES
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.standin import StandIn
from interactive_graphs.runtime.structure import (
    Guard,
    Loop,
    Region,
    Structure,
    Variable,
)

_ROUNDS = 16
"""How often shapes are asked for again, at most: once for each loop around is usual."""

_INTEGERS = frozenset({"int32", "int64"})


def specialise(
    plan: Plan,
    shapes: Sequence[tuple[int, ...]],
    checked: Collection[Operation] = (),
) -> Plan | None:
    """A plan for fed values of given shapes.

    Args:
        plan: a step of a program, optimised or not; it stays as it is.
        shapes: a shape for each of its feeds.
        checked: variables that are initialised and of their declared shape whenever the
            new plan is run, which whoever runs it makes sure of.

    Returns:
        A plan of stand-ins, whose feeds are placeholders of these shapes and whose
        `find` takes the user's tensors, too; the passes are still to come. None where
        the shapes do not fit the graph: the step itself will say so.
    """
    if plan.unstructured:
        return None
    copy = _Copy(plan, shapes, checked)
    try:
        copy.infer_shapes()
    except ValueError:
        return None
    return copy.plan


class _Copy:
    """Stand-ins for the nodes of a plan, and what the plan says of them."""

    def __init__(
        self,
        plan: Plan,
        shapes: Sequence[tuple[int, ...]],
        checked: Collection[Operation],
    ) -> None:
        self._old = plan
        feeds = tuple(map(standin.fed, plan.feeds, shapes))
        self.plan = Plan(plan.fetches, (), feeds, [])
        # The user's tensors lead to the stand-ins', as merged ones do to the first.
        self._tensors = self.plan.same
        self._tensors.update(zip(plan.feeds, feeds, strict=True))
        self._ops: dict[Operation, StandIn] = {}
        self._contents = Contents()
        # What nodes take as long as nothing is known, and what is.
        self._inputs: dict[Operation, tuple[Tensor, ...]] = {}
        self._known: dict[Tensor, Tensor] = {}
        for op in plan.nodes:
            self._add(op)
        self._close_loops()
        self.plan.nodes = list(self._ops.values())
        for tensor in plan.fetches:
            self._tensors.setdefault(tensor, self._tensor(tensor))
        self.plan.checked = frozenset(self._all(checked))
        self.plan.targets = self._all(plan.targets)
        self.plan.device_of = plan.device_of
        if plan.paths:
            self.plan.paths = {self._ops[o]: plan.paths[o] for o in plan.nodes}
        if plan.structure is not None:
            self.plan.structure = self._structure(plan.structure)

    # -- nodes -------------------------------------------------------------------------

    def _add(self, op: Operation) -> None:
        # What a loop carries back is not there yet; `_close_loops` puts it in.
        inputs = [
            t if t.op.type in BACK_EDGES and t.op not in self._ops else self._tensor(t)
            for t in op.inputs
        ]
        made = self._ops[op] = StandIn(op, inputs)
        made.controls = self._all(op.controls)
        for tensor in op.outputs:
            self._tensors.setdefault(tensor, made.give(tensor, None))

    def _all(self, ops: Iterable[Operation]) -> tuple[Operation, ...]:
        """The stand-ins of those that are still nodes."""
        return tuple(self._ops[op] for op in ops if op in self._ops)

    def _tensor(self, tensor: Tensor) -> Tensor:
        """What stands in for a tensor; a known value becomes a constant."""
        tensor = self._old.find(tensor)
        found = self._tensors.get(tensor)
        if found is None:
            value = self._old.values[tensor]
            found = self._tensors[tensor] = standin.known(tensor, value)
            self.plan.values[found] = value
        return found

    def _close_loops(self) -> None:
        for op, made in self._ops.items():
            if op.type in MERGES:
                made.inputs = tuple(map(self._tensor, op.inputs))

    # -- structure ---------------------------------------------------------------------

    def _structure(self, old: Structure) -> Structure:
        left = {p: loop for p, loop in old.loops.items() if loop.condition in self._ops}
        loops = {path: Loop(path) for path in left}
        for path, loop in left.items():
            mine = loops[path]
            assert loop.condition is not None
            mine.condition = self._ops[loop.condition]
            mine.region = self._region(loop.region, loops)
            for variable in loop.variables:
                if variable.merge in self._ops:
                    enter, merged, back = (self._ops[op] for op in variable)
                    mine.variables.append(Variable(enter, merged, back))
        regions: dict[Operation, Region] = {}
        sides: dict[Operation, tuple[Guard, Guard]] = {}
        for op, made in self._ops.items():
            regions[made] = self._region(old.regions[op], loops)
            if op in old.sides:
                first, second = old.sides[op]
                sides[made] = self._guard(first), self._guard(second)
        return Structure(regions, sides, loops)

    def _region(self, region: Region, loops: dict[Path, Loop]) -> Region:
        return tuple(
            loops[item.path] if isinstance(item, Loop) else self._guard(item)
            for item in region
        )

    def _guard(self, guard: Guard) -> Guard:
        return Guard(self._tensor(guard.pred), guard.taken)

    # -- shapes ------------------------------------------------------------------------

    def infer_shapes(self) -> None:
        """Give every output its shape; see the module.

        Raises:
            ValueError: the shapes do not fit together.
        """
        self._inputs = {op: made.inputs for op, made in self._ops.items()}
        contents: Contents | None = None
        carried: dict[Operation, Shape] = {}
        for turn in range(_ROUNDS):
            self._contents = contents = Contents(contents)
            for constant in self._known.values():
                del self.plan.values[constant]
            self._known = {}
            promised = {
                tensor
                for op, made in self._ops.items()
                for tensor in self._infer(op, made, carried)
            }
            after = self._carried()
            settled = contents.is_settled()
            if settled and all(m.outputs[0].static_shape == s for m, s in after):
                self.plan.doubtful = self._and_what_follows(promised)
                return
            # As long as it was not known what is in the arrays, loops were told less
            # than there is to know.
            carried = dict(after) if settled or turn > _ROUNDS // 2 else {}
        raise ValueError("the shapes of a loop's variables do not settle")

    def _infer(
        self, op: Operation, made: StandIn, carried: dict[Operation, Shape]
    ) -> list[Tensor]:
        """Give a node's outputs their shapes, and what takes them their values.

        Args:
            op: the node, with what the graph knows.
            made: its stand-in.
            carried: by Merge what its loop has brought back so far.

        Returns:
            Those outputs of which the graph knows more than the rule.
        """
        known = self._known
        made.inputs = tuple(known.get(t, t) for t in self._inputs[op])
        if not made.outputs:
            return []
        promised = []
        shapes = self._shapes(made, carried)
        for tensor, old, shape in zip(made.outputs, op.outputs, shapes, strict=True):
            tensor.static_shape = shape
            if old.static_shape is not None and not _is_loop_variable(made):
                tensor.static_shape = merge(shape, old.static_shape)
                if tensor.static_shape != shape:
                    promised.append(tensor)
        self._contents.note(made)
        for tensor, value in self._values(made):
            known[tensor] = constant = standin.known(tensor, value)
            self.plan.values[constant] = value
        return promised

    def _values(self, made: StandIn) -> Iterable[tuple[Tensor, Any]]:
        """The integers that a node gives, as far as they are known: sizes and axes.

        Shape rules look for them among the inputs, and cannot look round loops.
        """
        contents = self._contents.known
        found = [(t, contents[t]) for t in made.outputs if t in contents]
        if found or not all(t.dtype.name in _INTEGERS for t in made.outputs):
            return found
        return zip(made.outputs, folded(made, self.plan) or (), strict=False)

    def _shapes(self, made: StandIn, carried: dict[Operation, Shape]) -> list[Shape]:
        """What the op's rule says; of a loop's variables what they held so far."""
        if made.type in ENTERS:
            return [made.inputs[0].static_shape]
        if _is_loop_variable(made):
            entering = next(t for t in made.inputs if t.op.type not in BACK_EDGES)
            shape = entering.static_shape
            if made in carried:
                shape = common(shape, carried[made])
            return [shape, ()]
        rule = made.op_def.shape
        ruled = [None] * len(made.outputs) if rule is None else rule(made)
        return self._contents.shapes(made) or ruled

    def _carried(self) -> list[tuple[Operation, Shape]]:
        """By Merge what is held in all rounds of its loop together."""
        found: list[tuple[Operation, Shape]] = []
        for made in self._ops.values():
            if _is_loop_variable(made):
                back = next(t for t in made.inputs if t.op.type in BACK_EDGES)
                held = made.outputs[0].static_shape
                found.append((made, common(held, back.static_shape)))
        return found

    def _and_what_follows(self, promised: set[Tensor]) -> frozenset[Tensor]:
        """Tensors, and all that is computed from them, round loops as well."""
        found = set(promised)
        grew = bool(found)
        while grew:
            grew = False
            for made in self._ops.values():
                if any(t in found for t in made.inputs):
                    grew = grew or not found.issuperset(made.outputs)
                    found.update(made.outputs)
        return frozenset(found)


def _is_loop_variable(op: Operation) -> bool:
    return op.type in MERGES and any(t.op.type in BACK_EDGES for t in op.inputs)
