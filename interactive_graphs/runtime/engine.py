"""The in-process engine: one graph, its devices and state, and the steps it runs.

A session talks to an engine and to nothing below it; another target is another engine
with the same methods. Read next: `prune.py`, `compile.py`, `dataflow.py`.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from interactive_graphs import errors
from interactive_graphs._util import lazy
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.blame import VARIABLES
from interactive_graphs.runtime.compile import (
    Feeder,
    Probe,
    Result,
    compile_plan,
    is_straight,
)
from interactive_graphs.runtime.dataflow import Dataflow
from interactive_graphs.runtime.devices import Device, local_devices
from interactive_graphs.runtime.form import arrange
from interactive_graphs.runtime.functions import make_function
from interactive_graphs.runtime.optimize.cse import merge_common
from interactive_graphs.runtime.optimize.fold import constants, fold
from interactive_graphs.runtime.optimize.forward import forward
from interactive_graphs.runtime.optimize.unused import drop_unused
from interactive_graphs.runtime.order import check_acyclic
from interactive_graphs.runtime.place import Placer
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.prune import prune
from interactive_graphs.runtime.state import Cancellation, SessionState
from interactive_graphs.runtime.verify import refuse_fed_references, verify
from interactive_graphs.runtime.walk import Walk

if TYPE_CHECKING:
    from interactive_graphs.runtime.versions import Run, Shapes


TIER_VARIABLE: Final = "INTERACTIVE_GRAPHS_TIER"
"""The environment's choice of a tier: numpy, native or auto; and `,direct`."""


class EngineOptions(NamedTuple):
    """What of a ConfigProto the engine heeds.

    Attributes:
        device_count: devices wanted per type.
        soft_placement: weaken device requests that cannot be met.
        log_placement: print where each operation was placed.
        place_pruned: place only what a step needs.
        optimise: fold constants and merge common subexpressions.
        timeout_ms: the default deadline of a step, 0 for none.
        thread_pools: how many pools `RunOptions.inter_op_thread_pool` may name.
        cost_model_every, cost_model_after: when steps report a cost graph.
        tier: "numpy", "native" or "auto": what runs programs (`native/tiers.py`).
        direct: whether native convolutions keep all their digits, without Winograd.
        threads: how many a step may compute with, the caller's included; 0 for any.
    """

    device_count: dict[str, int] | None = None
    soft_placement: bool = False
    log_placement: bool = False
    place_pruned: bool = False
    optimise: bool = True
    timeout_ms: int = 0
    thread_pools: int = 1
    cost_model_every: int = 0
    cost_model_after: int = 0
    tier: str = "auto"
    direct: bool = False
    threads: int = 0

    @classmethod
    def from_config(cls, config: Any) -> EngineOptions:
        """The options in a ConfigProto, None for the defaults."""
        words = os.environ.get(TIER_VARIABLE, "").split(",")
        direct = "direct" in words[1:]
        wanted = words[0] if words[0] in ("numpy", "native") else "auto"
        if config is None:
            return cls(tier=wanted, direct=direct)
        graph = config.graph_options
        level = graph.optimizer_options.global_jit_level
        return cls(
            device_count=dict(config.device_count),
            soft_placement=config.allow_soft_placement,
            log_placement=config.log_device_placement,
            place_pruned=graph.place_pruned_graph,
            optimise=graph.optimizer_options.opt_level >= 0,
            timeout_ms=config.operation_timeout_in_ms,
            thread_pools=max(1, len(config.session_inter_op_thread_pool)),
            cost_model_every=graph.build_cost_model,
            cost_model_after=graph.build_cost_model_after,
            tier="numpy" if level < 0 else "native" if level > 0 else wanted,
            direct=direct,
            threads=config.intra_op_parallelism_threads,
        )


class Engine:
    """Runs steps of one graph for one session.

    Attributes:
        graph: the graph.
        options: see `EngineOptions`.
        devices: what there is to run on.
        state: variables, queues, handles, random streams.
        placer: where operations were put, and why.
        closed: whether `close` was called.
    """

    def __init__(self, graph: Graph, options: EngineOptions) -> None:
        """An engine with nothing initialised."""
        self.graph = graph
        self.options = options
        self.devices: list[Device] = local_devices(options.device_count)
        self.state = self._new_state()
        self.placer = Placer(self.devices, options.soft_placement)
        self.closed = False
        self.seen_version = 0
        self._seen_mutations = 0
        self._lock = threading.RLock()
        self._active: set[Cancellation] = set()
        if options.log_placement:
            self._log_devices()

    # -- keeping up with the graph -----------------------------------------------------

    def extend(self) -> None:
        """Take in what was added to the graph since the last step.

        Raises:
            CancelledError: the engine is closed.
            InvalidArgumentError: the graph has a cycle, or a device is not there.
        """
        self.check_open()
        graph = self.graph
        with self._lock, graph.lock:
            if graph.mutations != self._seen_mutations:
                check_acyclic(graph.get_operations())
                self._seen_mutations = graph.mutations
            if graph.version != self.seen_version:
                if not self.options.place_pruned:
                    self._place(graph.get_operations())
                self.seen_version = graph.version

    def _place(self, ops: Sequence[Operation]) -> None:
        new = self.placer.place(ops)
        if self.options.log_placement:
            # TF1 lists sources (no input, one output) after the rest.
            new.sort(key=lambda op: not op.inputs and len(op.outputs) == 1)
            for op in new:
                _say(f"{op.name}: ({op.type}): {self.placer.device_of(op)}")

    def _log_devices(self) -> None:
        known = [d for d in self.devices if d.physical]
        _say("Device mapping:" if known else "Device mapping: no known devices.")
        for device in known:
            _say(f"{device.name} -> {device.physical}")

    # -- steps -------------------------------------------------------------------------

    def plan(
        self,
        fetches: Sequence[Tensor],
        targets: Sequence[Operation],
        feeds: Sequence[Tensor],
        optimise: bool = True,
        node_by_node: bool = False,
        probe: Probe | None = None,
    ) -> Plan:
        """Prune, place and optimise a step.

        Args:
            fetches: tensors whose values are wanted.
            targets: operations that must run.
            feeds: tensors whose values are given.
            optimise: False keeps every node, as traces and the debugger want it.
            node_by_node: whether the dataflow executor is to run it: it can be stopped
                between two nodes, and be fed while it runs.
            probe: the nodes it wants are not optimised away.

        Raises:
            InvalidArgumentError: nothing is asked for, or a device is not there.
        """
        if not fetches and not targets:
            raise errors.InvalidArgumentError(
                None, None, "Must specify at least one target to fetch or execute."
            )
        plan = prune(fetches, targets, feeds)
        if self.options.place_pruned:
            with self._lock:
                self._place(plan.nodes)
        plan.device_of = self.placer.device_of
        arrange(plan, node_by_node or bool(self.options.timeout_ms))
        refuse_fed_references(plan)
        if probe is not None:
            plan.kept = frozenset(op for op in plan.nodes if probe.wants(op))
        if optimise:
            self.optimise(plan)
        return plan

    def optimise(self, plan: Plan) -> None:
        """Make a plan cheaper, as far as the session's options let it."""
        constants(plan)
        if self.options.optimise:
            forward(plan, is_straight(plan))
            self._simplify(plan)

    def _simplify(self, plan: Plan) -> None:
        fold(plan)
        if is_straight(plan):
            lazy.load("interactive_graphs.runtime.optimize.algebra").simplify(plan)
        merge_common(plan)
        drop_unused(plan)
        verify(plan)

    def specialise(self, plan: Plan, shapes: Sequence[tuple[int, ...]]) -> Plan | None:
        """An optimised plan for one choice of shapes; see `specialise.specialise`."""
        if not self.options.optimise:
            return None
        module = lazy.load("interactive_graphs.runtime.specialise")
        made: Plan | None = module.specialise(plan, shapes, self._initialised(plan))
        if made is not None:
            self._simplify(made)
        return made

    def _initialised(self, plan: Plan) -> list[Operation]:
        """The variables of a plan that have a value of the shape that they declare."""
        found = []
        for op in plan.nodes:
            shape = op.outputs[0].static_shape if op.type in VARIABLES else None
            if shape is not None and op.type != "VarHandleOp":
                value = self.state.context(op).variable().value
                if value is not None and value.shape == shape:
                    found.append(op)
        return found

    def compile(
        self,
        plan: Plan,
        feeders: Sequence[tuple[str, Feeder]],
        result: Result,
        probe: Probe | None = None,
    ) -> Program | Walk:
        """What runs a plan: a program, or a walk where that cannot be.

        Args:
            plan: the step.
            feeders: see `compile_plan`.
            result: what running it returns.
            probe: what watches the nodes.
        """
        if is_straight(plan):
            program = compile_plan(plan, self.state, feeders, result, probe)
            if probe is None and self.options.optimise:
                self._let_grow(program, feeders, result)
            return program
        return Walk(plan, feeders, result, self.dataflow, self.run_dataflow, probe)

    def _let_grow(
        self,
        program: Program,
        feeders: Sequence[tuple[str, Feeder]],
        result: Result,
    ) -> None:
        """Have a program give way to faster ones when it is run again."""
        mutations = self.graph.mutations
        state = self.state

        def make(shapes: Shapes, other: Run) -> tuple[Plan, Program | None] | None:
            # A session runs what it saw first, so what was rewired since is not for it.
            if self.closed or self.graph.mutations != mutations:
                return None
            plan = self.specialise(program.plan, shapes)
            if plan is None:
                return None
            return plan, compile_plan(plan, state, feeders, result, other=other)

        tiers = lazy.load("interactive_graphs.runtime.native.tiers")
        versions = lazy.load("interactive_graphs.runtime.versions")
        versions.Versions(
            program,
            feeders,
            make,
            tiers.next_tier(self, feeders, result),
            eager=self.options.tier == "native",
        )

    def dataflow(self, plan: Plan, probe: Probe | None = None) -> Dataflow:
        """A dataflow step of this engine."""
        return Dataflow(plan, self.state, Cancellation(), probe)

    def run_dataflow(self, step: Dataflow, timeout_ms: int = 0) -> None:
        """Run a dataflow step as far as it goes; `close` can end it.

        Raises:
            CancelledError: the engine was closed.
            DeadlineExceededError: the time was up.
        """
        limit = timeout_ms if timeout_ms > 0 else self.options.timeout_ms
        deadline = time.monotonic() + limit / 1000 if limit > 0 else None
        self.enlist(step.cancellation)
        try:
            step.run(deadline)
        finally:
            self.dismiss(step.cancellation)

    def enlist(self, cancellation: Cancellation) -> None:
        """Have `close` end a step, too.

        Raises:
            CancelledError: the engine was closed.
        """
        with self._lock:
            self.check_open()
            self._active.add(cancellation)

    def dismiss(self, cancellation: Cancellation) -> None:
        """Take `enlist` back; a step is over."""
        with self._lock:
            self._active.discard(cancellation)

    # -- the end -----------------------------------------------------------------------

    def check_open(self) -> None:
        """Refuse a closed engine.

        Raises:
            CancelledError: it was closed.
        """
        if self.closed:
            raise errors.CancelledError(None, None, "Session has been closed.")

    def close(self) -> None:
        """Cancel what blocks and let go of all state; later calls do nothing."""
        with self._lock:
            self.closed = True
            active = list(self._active)
        for cancellation in active:
            cancellation.cancel()
        self.state.close()
        self.state = self._new_state()
        self.state.closing.cancel()  # for a step that was about to begin

    def _new_state(self) -> SessionState:
        state = SessionState()
        state.make_function = functools.partial(make_function, weakref.ref(self))
        return state


def _say(line: str) -> None:
    """Write a line of the placement log where the user looks: standard output."""
    sys.stdout.write(line + "\n")
