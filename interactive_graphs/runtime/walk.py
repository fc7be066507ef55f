"""A step that the dataflow executor runs, with a program's face.

Read next: `dataflow.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from interactive_graphs.framework import source
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import boundary
from interactive_graphs.runtime.compile import Feeder, Probe, Result
from interactive_graphs.runtime.dataflow import Dataflow
from interactive_graphs.runtime.plan import Plan


class Walk:
    """Runs a plan node by node.

    Attributes:
        plan: what it runs.
        around: goes around each step, called with what runs it and the fed values;
            None for nothing.
    """

    __slots__ = ("_execute", "_feeders", "_make", "_probe", "_result", "around", "plan")

    def __init__(
        self,
        plan: Plan,
        feeders: Sequence[tuple[str, Feeder]],
        result: Result,
        make: Callable[..., Dataflow],
        execute: Callable[[Dataflow, int], None],
        probe: Probe | None,
    ) -> None:
        """Made by `Engine.compile`."""
        self.plan = plan
        self._feeders = feeders
        self._result = result
        self._make = make
        self._execute = execute
        self._probe = probe
        self.around: Callable[[Callable[[Any], Any], Any], Any] | None = None

    def run(self, values: Any, timeout_ms: int = 0) -> Any:
        """Run the step.

        Args:
            values: fed values in the plan's order.
            timeout_ms: when to give up; 0 for the session's default.
        """
        if self.around is not None:
            return self.around(lambda given: self._run(given, timeout_ms), values)
        return self._run(values, timeout_ms)

    def _run(self, values: Any, timeout_ms: int) -> Any:
        step = self._make(self.plan, self._probe)
        for tensor, value, (_, convert) in zip(
            self.plan.feeds, values, self._feeders, strict=True
        ):
            step.feed(tensor, engine_value(tensor, convert(value)))
        self._execute(step, timeout_ms)
        if self._result is None:
            return None
        if isinstance(self._result, Tensor):
            return boundary.owned(step.fetched(self._result, 0))
        return [
            None if t is None else boundary.owned(step.fetched(t, i))
            for i, t in enumerate(self._result)
        ]

    def blame(self, error: Exception) -> Exception:
        """The error as it is: the executor has named the node already."""
        return error

    @property
    def lines(self) -> list[str]:
        """The nodes in the order they may run, a line each."""
        lines = []
        for op in self.plan.nodes:
            inputs = ", ".join(t.name for t in op.inputs)
            lines.append(" ".join(f"{op.name} = {op.type}({inputs})".split()))
        return lines

    @property
    def line_ops(self) -> list[Operation | None]:
        """For each line the operation it runs, as a program has it."""
        return list(self.plan.nodes)

    @property
    def source(self) -> str:
        """The nodes, and where they were made; there is no straight program."""
        shown = [f"# runs node by node: {self.plan.unstructured}"]
        for text, op in zip(self.lines, self.plan.nodes, strict=True):
            where = " ".join(source.describe(op.stack).split())
            shown.append(f"{text}  # {where}" if where else text)
        return "\n".join(shown) + "\n"

    def __repr__(self) -> str:
        """What it runs."""
        return self.source


def engine_value(tensor: Tensor, value: np.ndarray) -> Any:
    """A converted feed as kernels take it."""
    if tensor.dtype.base_dtype.name == "string":
        return boundary.encode(value)
    return value[()] if tensor.static_shape == () else value
