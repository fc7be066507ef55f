"""Runs with options: tracing, deadlines, partition graphs, cost models.

Read next: `../runtime/tracing.py`, `../runtime/stats.py`.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from interactive_graphs import errors, protos
from interactive_graphs.client.programs import Programs, raise_blamed
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import stats
from interactive_graphs.runtime.engine import EngineOptions
from interactive_graphs.runtime.partition import partition
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.tracing import Trace
from interactive_graphs.runtime.walk import Walk


class RunRequest(NamedTuple):
    """What RunOptions ask of a step, and where its RunMetadata goes.

    Attributes:
        traced: whether `step_stats` are wanted.
        timeout_ms: the step's deadline, 0 for the session's.
        pool: the thread pool asked for.
        wants_partitions: whether `partition_graphs` are wanted.
        metadata: the message to fill, or None.
    """

    traced: bool = False
    timeout_ms: int = 0
    pool: int = 0
    wants_partitions: bool = False
    metadata: Any = None

    @classmethod
    def read(cls, options: Any, run_metadata: Any) -> RunRequest:
        """What the messages say.

        Raises:
            TypeError: they are no messages.
        """
        if options is None and run_metadata is None:
            return cls()
        if options is not None and not hasattr(options, "SerializeToString"):
            raise TypeError(
                f"options must be a RunOptions message, got {type(options)}"
            )
        if run_metadata is not None and not hasattr(run_metadata, "ParseFromString"):
            raise TypeError(
                f"run_metadata must be a RunMetadata message, got {type(run_metadata)}"
            )
        if options is None:
            return cls(metadata=run_metadata)
        return cls(
            traced=options.trace_level > 0 and run_metadata is not None,
            timeout_ms=max(options.timeout_in_ms, 0),
            pool=options.inter_op_thread_pool,
            wants_partitions=options.output_partition_graphs
            and run_metadata is not None,
            metadata=run_metadata,
        )

    def check(self, options: EngineOptions) -> None:
        """Refuse a thread pool that is not there.

        Raises:
            InvalidArgumentError: with its number.
        """
        if not -1 <= self.pool < options.thread_pools:
            raise errors.InvalidArgumentError(
                None, None, f"Invalid inter_op_thread_pool: {self.pool}"
            )

    def is_special(self, options: EngineOptions) -> bool:
        """Whether the step needs more than the plain program."""
        return (
            self.metadata is not None
            or self.timeout_ms > 0
            or options.cost_model_every > 0
        )

    def finish(self, metadata: Any) -> None:
        """Overwrite the user's message with `metadata`, empty for None."""
        if self.metadata is not None:
            data = b"" if metadata is None else metadata.SerializeToString()
            self.metadata.ParseFromString(data)


def run_with_metadata(
    programs: Programs,
    request: RunRequest,
    tensors: tuple[Tensor, ...],
    targets: tuple[Operation, ...],
    feeds: dict[Tensor, Any],
) -> list[Any]:
    """Run a step as `request` asks.

    Args:
        programs: the session's.
        request: what is wanted besides results.
        tensors: what is fetched.
        targets: the operations that must run.
        feeds: converted values by tensor.

    Returns:
        A value for each of `tensors`.
    """
    engine = programs.engine
    options = engine.options
    costed = _cost_step_due(
        programs.cost_steps, options, (tensors, targets, tuple(feeds))
    )
    probe = Trace() if request.traced or costed else None
    if probe is None and not request.timeout_ms:
        program = programs.get(tensors, targets, tuple(feeds))
    else:
        # A trace keeps every node, folded constants too: it shows the user's graph.
        program = programs.compile(
            tensors,
            targets,
            tuple(feeds),
            list(tensors),
            probe,
            optimise=probe is None,
            timed=request.timeout_ms > 0,
        )
    began = time.time()
    if probe is not None:
        probe.start()
    try:
        if isinstance(program, Walk):
            values = program.run(list(feeds.values()), request.timeout_ms)
        else:
            values = program.run(list(feeds.values()))
    except Exception as error:
        raise_blamed(program, error)
    metadata = protos.RunMetadata()
    metadata.session_metadata.name = _tier(program)
    if probe is not None:
        records = probe.stop()
        metadata.step_stats.CopyFrom(stats.step_stats(program.plan, records, began))
        if costed:
            metadata.cost_graph.CopyFrom(stats.cost_graph(program.plan, records))
    if request.wants_partitions:
        plan = engine.plan(tensors, targets, tuple(feeds), optimise=False)
        graphs = stats.partition_graphs(plan, partition(plan))
        metadata.partition_graphs.extend(graphs)
    request.finish(metadata)
    return values  # type: ignore[no-any-return]


def _tier(program: Program | Walk) -> str:
    """What ran a step that has just ended."""
    return program.now.tier if isinstance(program, Program) else "numpy"


def _cost_step_due(
    steps: dict[Any, int], options: EngineOptions, signature: Any
) -> bool:
    """Whether this step of a signature reports a cost graph (ConfigProto's rule)."""
    if options.cost_model_every <= 0:
        return False
    step = steps.get(signature, 0)
    steps[signature] = step + 1
    after, every = options.cost_model_after, options.cost_model_every
    return bool(step >= after and (step - after + 1) % every == 0)
