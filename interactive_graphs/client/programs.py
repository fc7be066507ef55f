"""The compiled steps of a session: each is compiled once and kept.

Read next: `../runtime/engine.py`, which compiles them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import EllipsisType
from typing import Any, NoReturn

from interactive_graphs.client.feeds import Feeder
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.compile import Probe, Result, is_heavy
from interactive_graphs.runtime.dataflow import Dataflow
from interactive_graphs.runtime.engine import Engine
from interactive_graphs.runtime.once import Once, can_run_once
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.walk import Walk, engine_value


class Programs:
    """Steps by what is fetched, run and fed.

    Attributes:
        engine: the session's.
        cost_steps: how often each signature ran, where a cost model is asked for.
    """

    def __init__(self, engine: Engine) -> None:
        """None yet."""
        self.engine = engine
        self.cost_steps: dict[Any, int] = {}
        self._kept: dict[Any, Program | Walk] = {}
        self._ran: set[Any] = set()
        self._lock = threading.RLock()

    def get(
        self,
        tensors: tuple[Tensor, ...],
        targets: tuple[Operation, ...],
        feeds: tuple[Tensor, ...],
        result: Result | EllipsisType = ...,
    ) -> Program | Walk:
        """The program of a step; arguments as of `compile`.

        `result` is a list of all tensors when left out.
        """
        wanted: Result = list(tensors) if isinstance(result, EllipsisType) else result
        key = _key(tensors, targets, feeds, wanted)
        program = self._kept.get(key)
        if program is None:
            with self._lock:
                program = self._kept.get(key)
                if program is None:
                    program = self.compile(tensors, targets, feeds, wanted)
                    self._kept[key] = program
        return program

    def first(
        self,
        tensors: tuple[Tensor, ...],
        targets: tuple[Operation, ...],
        feeds: tuple[Tensor, ...],
        result: Result,
    ) -> Once | None:
        """What runs a step for the first time; None where its program has to.

        Arguments as of `compile`.
        """
        options = self.engine.options
        if not options.optimise or options.tier == "native":
            return None  # whoever turns that off wants to see what runs, or to have it
        key = _key(tensors, targets, feeds, result)
        if key in self._kept or key in self._ran:
            return None
        self._ran.add(key)
        plan = self.engine.plan(tensors, targets, feeds, optimise=False)
        if not can_run_once(plan) or is_heavy(plan):
            return None
        return Once(plan, self.engine.state, self.feeders(feeds), result)

    def compile(
        self,
        tensors: tuple[Tensor, ...],
        targets: tuple[Operation, ...],
        feeds: tuple[Tensor, ...],
        result: Result,
        probe: Probe | None = None,
        optimise: bool = True,
        timed: bool = False,
    ) -> Program | Walk:
        """Compile a step, without keeping it.

        Args:
            tensors: what is fetched.
            targets: the operations that must run.
            feeds: the tensors that are given.
            result: what running it returns (see `runtime.compile`).
            probe: watches the nodes.
            optimise: False keeps every node.
            timed: whether it may be given a deadline.
        """
        plan = self.engine.plan(tensors, targets, feeds, optimise, timed, probe)
        return self.engine.compile(plan, self.feeders(feeds), result, probe)

    def feeders(
        self, feeds: Sequence[Tensor]
    ) -> list[tuple[str, Callable[[Any], Any]]]:
        """For each feed when its value needs conversion, and what converts it."""
        made = [Feeder(t, self.engine.state.tensor_store) for t in feeds]
        return [(feeder.test, feeder) for feeder in made]

    def stepwise(
        self,
        tensors: Sequence[Tensor],
        targets: Sequence[Operation],
        feeds: Sequence[Tensor],
        probe: Probe | None = None,
        optimise: bool = True,
    ) -> Dataflow:
        """A step that can stop between two nodes; nothing has run.

        Args: see `compile`.
        """
        plan = self.engine.plan(tensors, targets, feeds, optimise, True, probe)
        return self.engine.dataflow(plan, probe)

    def advance(self, step: Dataflow, values: Mapping[Tensor, Any]) -> None:
        """Feed a step of `stepwise` and run what has become possible."""
        for tensor, value in values.items():
            step.feed(tensor, engine_value(tensor, value))
        self.engine.run_dataflow(step)

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()
        self._ran.clear()


def _key(
    tensors: tuple[Tensor, ...],
    targets: tuple[Operation, ...],
    feeds: tuple[Tensor, ...],
    result: Result,
) -> Any:
    shape = (list, *result) if isinstance(result, list) else result
    return (tensors, targets, feeds, shape)


def raise_blamed(program: Program | Walk | Once, error: Exception) -> NoReturn:
    """Raise what the user should see for an error of a program."""
    seen = program.blame(error)
    if seen is error:
        raise error
    cause = None if type(error) is type(seen) else error
    raise seen from cause
