"""Frames: in which loop a node runs, and the iterations that are under way.

Enter leads into a frame, Exit out of it, NextIteration into the frame's next iteration.
Which frame a node belongs to follows from the graph (`frame_paths`); when a frame is
entered a `Frame` is made with an `Iteration` for each time round. A step's outermost
iteration has no frame's name: everything outside of loops happens in it.
Read next: `dataflow.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.order import BACK_EDGES
from interactive_graphs.runtime.plan import Plan

SWITCHES: Final = frozenset({"Switch", "RefSwitch"})
MERGES: Final = frozenset({"Merge", "RefMerge"})
ENTERS: Final = frozenset({"Enter", "RefEnter"})
EXITS: Final = frozenset({"Exit", "RefExit"})
CONTROL_FLOW: Final = SWITCHES | MERGES | ENTERS | EXITS | BACK_EDGES
ROUTES: Final = CONTROL_FLOW | {"LoopCond", "ControlTrigger"}
"""Nodes without kernels: where values go, and what waits for what."""

Path = tuple[str, ...]
"""The frames around a node, outermost first; () outside of all loops."""
Source = Tensor | Operation


def has_control_flow(plan: Plan) -> bool:
    """Whether any node of a plan branches or belongs to a loop."""
    return not ROUTES.isdisjoint({op.type for op in plan.nodes})


def frame_paths(plan: Plan) -> dict[Operation, Path]:
    """The frames around each node of a plan.

    Raises:
        InvalidArgumentError: a node's inputs are in different frames, or an Exit is in
            none.
        InternalError: one frame is entered from two others.
    """
    paths: dict[Operation, Path] = {}
    around: dict[str, Path] = {}
    fed = frozenset(plan.feeds)
    inside = frozenset(plan.nodes)
    for op in plan.nodes:
        found: Path | None = None
        first: Operation | None = None
        for tensor in op.inputs:
            source = tensor.op
            # What leads back into a loop's Merge comes from the frame it is in.
            if source not in paths and source.type in BACK_EDGES:
                continue
            if source not in inside and tensor not in fed:
                continue
            path = () if tensor in fed else _leads_to(source, paths)
            if first is not None and path != found:
                raise _mixed(op, source, path, first, found)
            first, found = source, path
        for control in op.controls:
            if control not in paths:
                continue
            path = _leads_to(control, paths)
            if first is not None and path != found:
                raise _mixed(op, control, path, first, found)
            first, found = control, path
        paths[op] = found or ()
        if op.type in ENTERS:
            _check_parent(op, paths[op], around)
        if op.type in EXITS and not found:
            raise errors.InvalidArgumentError(
                None, op, "Invalid Exit op: Cannot find a corresponding Enter op."
            )
    return paths


def _check_parent(enter: Operation, path: Path, around: dict[str, Path]) -> None:
    """Refuse a frame that is inside of one here and of another there."""
    name = frame_name(enter)
    other = around.setdefault(name, path)
    if other != path:
        mine, theirs = (p[-1] if p else "" for p in (path, other))
        raise errors.InternalError(
            None,
            enter,
            f"Invalid loop structure: Mismatched parent frames for {name!r}: "
            f"{mine!r} vs {theirs!r}.",
        )


def _leads_to(op: Operation, paths: dict[Operation, Path]) -> Path:
    """The frame that what `op` gives is in."""
    if op.type in ENTERS:
        return (*paths[op], frame_name(op))
    return paths[op][:-1] if op.type in EXITS else paths[op]


def _mixed(
    op: Operation,
    source: Operation,
    path: Path,
    first: Operation,
    found: Path | None,
) -> errors.OpError:
    name, other = (p[-1] if p else "" for p in (path, found))
    return errors.InvalidArgumentError(
        None,
        op,
        f"The node '{op.name}' has inputs from different frames. "
        f"The input '{source.name}' is in frame '{name}'. "
        f"The input '{first.name}' is in frame '{other}'.",
    )


def frame_name(enter: Operation) -> str:
    """The name of the frame that an Enter leads into."""
    name: bytes = enter.attrs["frame_name"]
    return name.decode(errors="replace")


def shown_name(frame: str) -> str:
    """What a loop is called for people: `while_loop` names frames after itself."""
    return frame.removesuffix("/while_context")


class Iteration:
    """One time round a frame: what has been made in it and what still waits.

    Attributes:
        frame: its frame; None for a step's outermost.
        number: 0, 1, 2, ...
        key: sorts nodes: those of an earlier iteration go first.
        values: what was made, by tensor.
        waiting: how many sources each node still waits for, once some arrived.
        merging: the same for what a Merge chooses from.
        done: nodes that were started.
        dead: nodes that are on a side not taken.
        frames: the loops that run inside of it, by name.
        busy: nodes that are ready or run, and frames.
    """

    __slots__ = (
        "busy",
        "dead",
        "done",
        "frame",
        "frames",
        "key",
        "merging",
        "number",
        "values",
        "waiting",
    )

    def __init__(self, frame: Frame | None, number: int, key: tuple[int, ...]) -> None:
        """Nothing has run."""
        self.frame = frame
        self.number = number
        self.key = key
        self.values: dict[Tensor, Any] = {}
        self.waiting: dict[Operation, int] = {}
        self.merging: dict[Operation, int] = {}
        self.done: set[Operation] = set()
        self.dead: set[Operation] = set()
        self.frames: dict[str, Frame] = {}
        self.busy = 0

    @property
    def at(self) -> tuple[int, ...]:
        """The numbers of the iterations around and of this one, outermost first."""
        return self.key[1::2]

    def where(self) -> str:
        """'iteration 3 of loop 'while'', innermost first; '' outside of loops."""
        parts = []
        at: Iteration | None = self
        while at is not None and at.frame is not None:
            name = shown_name(at.frame.path[-1])
            parts.append(f"iteration {at.number} of loop '{name}'")
            at = at.frame.parent
        return " in ".join(parts)


class Frame:
    """One run of a loop.

    Attributes:
        path: its name, after those of the frames around it.
        parent: the iteration that it was entered from.
        key: sorts its nodes among those of the parent.
        missing: Enters that have not been reached yet.
        limit: how many iterations may be under way at once.
        iterations: those under way, by number.
        started: how many were begun.
        constants: what entered once for all iterations: (source, value, is dead).
        postponed: what waits for an earlier iteration to end.
        left: Exits that gave a value.
    """

    __slots__ = (
        "constants",
        "iterations",
        "key",
        "left",
        "limit",
        "missing",
        "parent",
        "path",
        "postponed",
        "started",
    )

    def __init__(
        self, path: Path, parent: Iteration, position: int, missing: int
    ) -> None:
        """Entered, with nothing in it yet.

        Args:
            path: see the class.
            parent: see the class.
            position: where it stands among the nodes of the parent.
            missing: see the class.
        """
        self.path = path
        self.parent = parent
        self.key = (*parent.key, position)
        self.missing = missing
        self.limit = 1
        self.iterations: dict[int, Iteration] = {}
        self.started = 0
        self.constants: list[tuple[Operation, list[Any], bool]] = []
        self.postponed: list[Callable[[], None]] = []
        self.left: set[Operation] = set()

    def begin(self) -> Iteration:
        """The next iteration."""
        number = self.started
        self.started += 1
        made = Iteration(self, number, (*self.key, number))
        self.iterations[number] = made
        return made
