"""The plan of a step: which operations run, in which order, and what is known already.

Passes (`prune`, `optimize/`, `place`) fill and refine it; `compile` turns it into a
program, `dataflow` walks it node by node. Read next: `prune.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

if TYPE_CHECKING:
    from interactive_graphs.runtime.structure import Structure


class Plan:
    """One step of a graph.

    Attributes:
        fetches: the tensors whose values are wanted, without repetition.
        targets: the operations that must run.
        feeds: the tensors whose values are given, in the order they are given.
        nodes: the operations to run, in the order to run them.
        values: what is known before the step runs: constants and what was folded.
        same: tensors that equal an earlier one (merged common subexpressions).
        device_of: gives the device of an operation, if somebody has placed them.
        paths: the frames around each node where there are any (`frames.py`).
        structure: its loops and conditions, where they nest (`structure.py`).
        unstructured: why it has to run node by node; '' where a program can be made.
        wiring: what the dataflow executor made of it (`wiring.py`).
        kept: nodes that must run as they are, since somebody watches them.
        checked: variables that are initialised and of their declared shape, as the
            program makes sure first (`specialise.py`).
        doubtful: tensors whose shape nothing proves (`specialise.py`).
        rewritten: by operation that was replaced the rule's name (`optimize/rules.py`).
    """

    __slots__ = (
        "checked", "device_of", "doubtful", "feeds", "fetches", "kept", "nodes",
        "paths", "rewritten", "same", "structure", "targets", "unstructured", "values",
        "wiring",
    )  # fmt: skip

    def __init__(
        self,
        fetches: tuple[Tensor, ...],
        targets: tuple[Operation, ...],
        feeds: tuple[Tensor, ...],
        nodes: list[Operation],
    ) -> None:
        """Nothing is known, merged or placed yet."""
        self.fetches = fetches
        self.targets = targets
        self.feeds = feeds
        self.nodes = nodes
        self.values: dict[Tensor, Any] = {}
        self.same: dict[Tensor, Tensor] = {}
        self.device_of: Callable[[Operation], str] = _nowhere
        self.paths: dict[Operation, tuple[str, ...]] = {}
        self.structure: Structure | None = None
        self.unstructured = ""
        self.wiring: Any = None
        self.kept: frozenset[Operation] = frozenset()
        self.checked: frozenset[Operation] = frozenset()
        self.doubtful: frozenset[Tensor] = frozenset()
        self.rewritten: dict[Operation, str] = {}

    @property
    def may_be_dead(self) -> bool:
        """Whether values may be missing, so that a Merge tells sides by what is there.

        Where the structure is known sides are told by it, and values go anywhere.
        """
        return bool(self.paths) and self.structure is None

    def awaited(self) -> set[Operation]:
        """The nodes that others wait for by a control edge, where edges keep the order.

        In a program the lines do.
        """
        if not self.unstructured:
            return set()
        return {control for op in self.nodes for control in op.controls}

    def is_free(self, op: Operation) -> bool:
        """Whether a pass may take a node out: nobody feeds it, nobody watches it."""
        if op in self.kept:
            return False
        result = op.result  # most operations give one tensor, and most steps have few
        if type(result) is not tuple:
            return result not in self.feeds
        return not any(tensor in self.feeds for tensor in op.values())

    def find(self, tensor: Tensor) -> Tensor:
        """The tensor that stands for `tensor` after merging."""
        same = self.same
        while tensor in same:
            tensor = same[tensor]
        return tensor


def _nowhere(op: Operation) -> str:
    del op
    return ""


def users(op: Operation) -> Operation:
    """The user's operation: the one that a stand-in stands for, or `op` itself."""
    found: Operation = getattr(op, "stands_for", op)
    return found
