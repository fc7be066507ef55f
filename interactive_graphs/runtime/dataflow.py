"""The plain executor: each node runs when its inputs are there.

It is the reference the compiled program is tested against, and it runs what a
straight-line program cannot: steps that block (queues), branches by hand-made Switch
and Merge, partial runs whose feeds come one after the other, and steps with a deadline.
Read next: `engine.py`.
"""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import blame
from interactive_graphs.runtime.call import as_outputs, bind, grouped
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.refs import read, resource_of
from interactive_graphs.runtime.state import Cancellation, SessionState

DEAD: Final = type("Dead", (), {"__repr__": lambda _: "<dead>"})()
"""What flows on the side of a Switch that was not taken."""

SWITCHES: Final = frozenset({"Switch", "RefSwitch"})
MERGES: Final = frozenset({"Merge", "RefMerge"})

# Called after each node as observer(op, inputs, outputs, started, ended).
Observer = Callable[[Operation, list[Any], list[Any], float, float], None]


class Dataflow:
    """One step, node by node.

    Attributes:
        values: what has been made so far, by tensor.
        cancellation: ends the step's blocked kernels.
    """

    def __init__(
        self,
        plan: Plan,
        state: SessionState,
        cancellation: Cancellation | None = None,
        observer: Observer | None = None,
    ) -> None:
        """Nothing has run.

        Args:
            plan: what to run.
            state: the session's.
            cancellation: given by who may end the step.
            observer: is told of each node.
        """
        self.plan = plan
        self.values: dict[Tensor, Any] = dict(plan.values)
        self.cancellation = cancellation or Cancellation()
        self._state = state
        self._observer = observer
        self._done: set[Operation] = set()
        self._dead: set[Operation] = set()
        self._consumers: dict[Tensor | Operation, list[Operation]] = {}
        self._waiting: dict[Operation, int] = {}
        self._ready: list[int] = []
        self._by_order: dict[int, Operation] = dict(enumerate(plan.nodes))
        self._order = {op: i for i, op in self._by_order.items()}
        self._running = 0
        self._finished: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._wire()

    def _wire(self) -> None:
        """Count for each node what it waits for."""
        for op in self.plan.nodes:
            sources: set[Tensor | Operation] = {
                t for t in map(self.plan.find, op.inputs) if t not in self.values
            }
            sources.update(c for c in op.controls if c in self._order)
            self._waiting[op] = len(sources)
            for source in sources:
                self._consumers.setdefault(source, []).append(op)
            if not sources:
                self._push(op)

    def _push(self, op: Operation) -> None:
        heapq.heappush(self._ready, self._order[op])

    # -- values in ---------------------------------------------------------------------

    def feed(self, tensor: Tensor, value: Any) -> None:
        """Give the value of a fed tensor."""
        self.values[tensor] = value
        self._satisfy(tensor)

    def _satisfy(self, source: Tensor | Operation) -> None:
        for op in self._consumers.get(source, ()):
            self._waiting[op] -= 1
            live_merge = (
                op.type in MERGES
                and isinstance(source, Tensor)
                and self.values[source] is not DEAD
            )
            if (self._waiting[op] == 0 or live_merge) and op not in self._done:
                self._done.add(op)
                self._push(op)

    # -- running -----------------------------------------------------------------------

    def run(self, deadline: float | None = None) -> None:
        """Run whatever can run; blocks while kernels that block are under way.

        Args:
            deadline: `time.monotonic()` at which the step is given up.

        Raises:
            OpError: of the first node that failed; the others were cancelled.
            DeadlineExceededError: the deadline passed.
        """
        failure: BaseException | None = None
        try:
            while self._ready or self._running:
                if deadline is not None and time.monotonic() > deadline:
                    raise _timed_out()
                if self._ready:
                    self._start(self._by_order[heapq.heappop(self._ready)], deadline)
                else:
                    self._collect(deadline)
        except BaseException as error:
            failure = error
        if failure is not None:
            self._abandon()
            raise failure
        self.cancellation.check()

    def _abandon(self) -> None:
        """End what still blocks, and wait for it: its effects are undone by then."""
        self.cancellation.cancel()
        while self._running:
            self._finished.get()
            self._running -= 1

    def _is_alone(self, deadline: float | None) -> bool:
        """Whether nothing else can run: then a kernel may block this very thread."""
        return deadline is None and not self._ready and not self._running

    def _start(self, op: Operation, deadline: float | None) -> None:
        self.cancellation.check()
        self._done.add(op)
        if op.type in MERGES:  # may run before all of its inputs are there
            inputs = self._arrived(op)
        else:
            inputs = [self.values[self.plan.find(t)] for t in op.inputs]
        if op.type in SWITCHES or op.type in MERGES:
            self._branch(op, inputs)
        elif any(v is DEAD for v in inputs) or not self._dead.isdisjoint(op.controls):
            self._finish(op, [DEAD] * len(op.outputs), dead=True)
        elif op.op_def.blocking and not self._is_alone(deadline):
            self._running += 1
            worker = threading.Thread(
                target=self._run_apart, args=(op, inputs), daemon=True, name=op.name
            )
            worker.start()
        else:
            self._finish(op, self._run_kernel(op, inputs))

    def _branch(self, op: Operation, inputs: list[Any]) -> None:
        """Switch sends its data to one side; Merge takes the side that is alive."""
        if not self._dead.isdisjoint(op.controls):
            self._finish(op, [DEAD] * len(op.outputs), dead=True)
        elif op.type in MERGES:
            live = [i for i, v in enumerate(inputs) if v is not DEAD]
            if live:
                self._finish(op, [inputs[live[0]], np.int32(live[0])])
            else:
                self._finish(op, [DEAD, DEAD], dead=True)
        elif any(v is DEAD for v in inputs):
            self._finish(op, [DEAD, DEAD], dead=True)
        else:
            data, taken = inputs[0], bool(inputs[1])
            self._finish(op, [DEAD, data] if taken else [data, DEAD])

    def _arrived(self, op: Operation) -> list[Any]:
        return [self.values.get(self.plan.find(t), DEAD) for t in op.inputs]

    def _run_kernel(self, op: Operation, inputs: list[Any]) -> list[Any]:
        started = time.time()
        try:
            args = self._arguments(op, inputs)
            ctx = self._state.context(op)
            if op.op_def.blocking:
                ctx = ctx.for_step(self.cancellation)
            with np.errstate(all="ignore"):
                results = as_outputs(op, bind(op, ctx)(*grouped(op, args)))
        except Exception as error:
            raise blame.translate(error, op, inputs) from error
        if self._observer is not None:
            self._observer(op, inputs, results, started, time.time())
        return results

    def _arguments(self, op: Operation, inputs: list[Any]) -> list[Any]:
        """Resources for reference inputs, and the values of references elsewhere."""
        if not any(t.dtype._is_ref_dtype for t in op.inputs):
            return inputs
        takes_ref = [arg.is_ref for arg in op.op_def.inputs]
        args = []
        for i, tensor in enumerate(op.inputs):
            if not tensor.dtype._is_ref_dtype:
                args.append(inputs[i])
            elif i < len(takes_ref) and takes_ref[i]:
                args.append(resource_of(tensor, self._state))
            else:
                args.append(read(inputs[i], tensor, op))
        return args

    def _run_apart(self, op: Operation, inputs: list[Any]) -> None:
        """Run a kernel that may block in a thread of its own."""
        try:
            self._finished.put((op, self._run_kernel(op, inputs), None))
        except BaseException as error:
            self._finished.put((op, None, error))

    def _collect(self, deadline: float | None) -> None:
        """Wait for a kernel that was started apart."""
        while True:
            # Short waits, so that an interrupt from the keyboard gets through.
            wait = 0.2 if deadline is None else min(0.2, deadline - time.monotonic())
            try:
                op, results, error = self._finished.get(timeout=max(wait, 0.0))
                break
            except queue.Empty:
                if deadline is not None and time.monotonic() > deadline:
                    raise _timed_out() from None
        self._running -= 1
        if error is not None:
            raise error
        self._finish(op, results)

    def _finish(self, op: Operation, results: list[Any], dead: bool = False) -> None:
        if dead:
            self._dead.add(op)
        fed = self.plan.feeds
        for tensor, value in zip(op.outputs, results, strict=True):
            if tensor not in fed:
                self.values[tensor] = value
                self._satisfy(tensor)
        self._satisfy(op)

    # -- values out --------------------------------------------------------------------

    def missing_feeds(self, tensor: Tensor, fed: Iterable[Tensor]) -> list[Tensor]:
        """The declared feeds that `tensor` still waits for.

        Args:
            tensor: what is to be fetched.
            fed: the feeds given so far.
        """
        given, declared = set(fed), set(self.plan.feeds)
        missing, seen = [], set()
        pending: list[Tensor] = [tensor]
        while pending:
            item = pending.pop()
            if item in seen or item in given:
                continue
            seen.add(item)
            if item in declared:
                missing.append(item)
            else:
                pending += item.op.inputs
                for control in item.op.controls:
                    pending += control.inputs
        return missing

    def fetched(self, tensor: Tensor, index: int) -> Any:
        """The value of a fetched tensor.

        Raises:
            InvalidArgumentError: it is dead.
        """
        value = self.values.get(self.plan.find(tensor), DEAD)
        if value is DEAD:
            raise errors.InvalidArgumentError(
                None, None, f"Retval[{index}] does not have value"
            )
        if tensor.dtype._is_ref_dtype:
            value = read(value, tensor, None)
        return value


def _timed_out() -> errors.OpError:
    return errors.DeadlineExceededError(
        None, None, "Timed out waiting for notification"
    )
