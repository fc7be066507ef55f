"""The plain executor: each node runs when its inputs are there.

It is the reference the compiled program is tested against, and it runs what a
structured program cannot: steps that block (queues), branches and loops whose nodes do
not nest, partial runs whose feeds come one after the other, and steps with a deadline.

What a Switch does not choose is dead, and so is all that needs it, up to a Merge with
another input. A node of a loop runs once per iteration (`frames.py`); those of an
earlier iteration go first. Read next: `engine.py`.
"""

from __future__ import annotations

import functools
import heapq
import queue
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util import lazy
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import blame
from interactive_graphs.runtime.call import as_outputs, bind, grouped
from interactive_graphs.runtime.frames import (
    CONTROL_FLOW,
    ENTERS,
    EXITS,
    MERGES,
    SWITCHES,
    Frame,
    Iteration,
    Source,
    frame_name,
)
from interactive_graphs.runtime.listing import Probe
from interactive_graphs.runtime.order import BACK_EDGES
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.refs import arguments, read, resource_of
from interactive_graphs.runtime.state import Cancellation, SessionState

if TYPE_CHECKING:
    from interactive_graphs.runtime.wiring import Wiring

DEAD: Final = type("Dead", (), {"__repr__": lambda _: "<dead>"})()
"""What flows on the side of a Switch that was not taken."""


class Dataflow:
    """One step, node by node.

    Attributes:
        plan: what it runs.
        cancellation: ends the step's blocked kernels.
        probe: what watches the nodes, or None; told in the thread of `run`.
    """

    def __init__(
        self,
        plan: Plan,
        state: SessionState,
        cancellation: Cancellation | None = None,
        probe: Probe | None = None,
    ) -> None:
        """Nothing has run.

        Args:
            plan: what to run.
            state: the session's.
            cancellation: given by who may end the step.
            probe: see the class.
        """
        self.plan = plan
        self.cancellation = cancellation or Cancellation()
        self._state = state
        self.probe = probe
        if plan.wiring is None:
            wiring = lazy.load("interactive_graphs.runtime.wiring")
            plan.wiring = wiring.Wiring(plan)
        self._wiring: Wiring = plan.wiring
        self._root = Iteration(None, 0, ())
        self._ready: list[tuple[tuple[int, ...], Iteration]] = []
        self._running: set[tuple[Operation, Iteration]] = set()
        self._finished: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._inside: dict[Tensor, Any] = {}
        for op in plan.nodes:
            if not plan.paths.get(op) and self._is_ready(op, self._root):
                self._push(op, self._root)

    # -- waiting -----------------------------------------------------------------------

    def _is_ready(self, op: Operation, at: Iteration) -> bool:
        wiring = self._wiring
        if at.waiting.get(op, wiring.needs[op]) > 0:
            return False
        choices = wiring.choices.get(op)
        if choices is None:
            return True
        return at.merging.get(op, choices[at.number > 0]) <= 0

    def _push(self, op: Operation, at: Iteration) -> None:
        at.done.add(op)
        at.busy += 1
        heapq.heappush(self._ready, ((*at.key, self._wiring.order[op]), at))

    def feed(self, tensor: Tensor, value: Any) -> None:
        """Give the value of a fed tensor."""
        self._root.values[tensor] = value
        self._satisfy(tensor, self._root)

    def _satisfy(self, source: Source, at: Iteration) -> None:
        """Tell those who wait for `source` in an iteration that it is there."""
        wiring = self._wiring
        for op in wiring.consumers.get(source, ()):
            choices = wiring.choices.get(op)
            if choices is not None and isinstance(source, Tensor):
                # The first that is alive decides; the dead ones are counted down.
                left = at.merging.get(op, choices[at.number > 0]) - 1
                at.merging[op] = left if at.values[source] is DEAD else 0
            else:
                at.waiting[op] = at.waiting.get(op, wiring.needs[op]) - 1
            if op not in at.done and self._is_ready(op, at):
                self._push(op, at)

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
                    self._start(*self._pop(), deadline)
                else:
                    self._collect(deadline)
        except BaseException as error:
            failure = error
        if failure is not None:
            self._abandon()
            raise failure
        self.cancellation.check()

    def _pop(self) -> tuple[Operation, Iteration]:
        """The node whose turn it is."""
        key, at = heapq.heappop(self._ready)
        return self.plan.nodes[key[-1]], at

    def _abandon(self) -> None:
        """End what still blocks, and wait for it: its effects are undone by then."""
        self.cancellation.cancel()
        while self._running:
            op, _, at, _ = self._finished.get()
            self._running.discard((op, at))

    def _is_alone(self, deadline: float | None) -> bool:
        """Whether nothing else can run: then a kernel may block this very thread."""
        return deadline is None and not self._ready and not self._running

    def _start(self, op: Operation, at: Iteration, deadline: float | None) -> None:
        self.cancellation.check()
        inputs = [self._value(t, at) for t in op.inputs]
        if op.type in MERGES:
            self._merge(op, inputs, at)
        elif op.type == "ControlTrigger":
            self._tell_before(op, at)  # once all is known, dead or not
            self._ran(op, [], at)
        elif self._is_dead(op, inputs, at):
            self._finish(op, [DEAD] * len(op.outputs), at, dead=True)
        else:
            self._tell_before(op, at)
            self._start_alive(op, inputs, at, deadline)

    @staticmethod
    def _is_dead(op: Operation, inputs: list[Any], at: Iteration) -> bool:
        """Whether a node needs something of a side that was not taken."""
        return any(v is DEAD for v in inputs) or not at.dead.isdisjoint(op.controls)

    def _start_alive(
        self,
        op: Operation,
        inputs: list[Any],
        at: Iteration,
        deadline: float | None,
    ) -> None:
        """Run a node all whose inputs are there."""
        if op.type in SWITCHES:
            data, taken = inputs
            self._ran(op, [DEAD, data] if taken else [data, DEAD], at)
        elif op.type in CONTROL_FLOW or op.type == "LoopCond":
            self._ran(op, inputs, at)
        elif op.op_def.blocking and not self._is_alone(deadline):
            self._running.add((op, at))
            worker = threading.Thread(
                target=self._run_apart, args=(op, inputs, at), daemon=True, name=op.name
            )
            worker.start()
        else:
            self._ran(op, self._run_kernel(op, inputs, at), at)

    def _tell_before(self, op: Operation, at: Iteration) -> None:
        if self.probe is not None and self.probe.wants(op):
            self.probe.before(op, at.at)

    def _ran(self, op: Operation, outputs: list[Any], at: Iteration) -> None:
        """Tell who watches what a node gave, then hand it on."""
        if self.probe is not None and self.probe.wants(op):
            shown = tuple(None if v is DEAD else v for v in outputs)
            told = self.probe.after(op, shown, at.at)
            if told is not None:
                outputs = [
                    DEAD if old is DEAD else new
                    for old, new in zip(outputs, told, strict=True)
                ]
        self._finish(op, outputs, at)

    def _value(self, tensor: Tensor, at: Iteration) -> Any:
        """What is there of an input; of a Merge's inputs some may not be."""
        tensor = self.plan.find(tensor)
        if tensor in at.values:
            return at.values[tensor]
        return self.plan.values.get(tensor, DEAD)

    def _merge(self, op: Operation, inputs: list[Any], at: Iteration) -> None:
        """Take the input that is alive; the first of several."""
        live = [i for i, v in enumerate(inputs) if v is not DEAD]
        if live and at.dead.isdisjoint(op.controls):
            self._tell_before(op, at)
            self._ran(op, [inputs[live[0]], np.int32(live[0])], at)
        else:
            self._finish(op, [DEAD, DEAD], at, dead=True)

    def _run_kernel(self, op: Operation, inputs: list[Any], at: Iteration) -> list[Any]:
        try:
            args = arguments(op, inputs, lambda tensor: self._resource(tensor, at))
            ctx = self._state.context(op)
            if op.op_def.blocking:
                ctx = ctx.for_step(self.cancellation)
            with np.errstate(all="ignore"):
                return as_outputs(op, bind(op, ctx)(*grouped(op, args)))
        except Exception as error:
            translated = blame.translate(error, op, inputs)
            if at is not self._root:
                translated.add_note(f"in {at.where()}")
            raise translated from error

    def _resource(self, tensor: Tensor, at: Iteration) -> Any:
        """The variable that a reference is to; a Merge's is the one that arrived."""
        op = tensor.op
        if op.type == "RefMerge":
            return self._resource(op.inputs[at.values[op.outputs[1]]], at)
        return resource_of(tensor, self._state)

    def _run_apart(self, op: Operation, inputs: list[Any], at: Iteration) -> None:
        """Run a kernel that may block in a thread of its own."""
        try:
            self._finished.put((op, self._run_kernel(op, inputs, at), at, None))
        except BaseException as error:
            self._finished.put((op, None, at, error))

    def _collect(self, deadline: float | None) -> None:
        """Wait for a kernel that was started apart."""
        while True:
            # Short waits, so that an interrupt from the keyboard gets through.
            wait = 0.2 if deadline is None else min(0.2, deadline - time.monotonic())
            if self._collected(max(wait, 0.0)):
                return
            if deadline is not None and time.monotonic() > deadline:
                raise _timed_out()

    def _collected(self, wait: float) -> bool:
        """Take in a kernel that was started apart, if one is done within `wait` s."""
        try:
            op, results, at, error = self._finished.get(timeout=wait)
        except queue.Empty:
            return False
        self._running.discard((op, at))
        if error is not None:
            raise error
        self._ran(op, results, at)
        return True

    # -- what came out goes on ---------------------------------------------------------

    def _finish(
        self, op: Operation, results: list[Any], at: Iteration, dead: bool = False
    ) -> None:
        if op.type in ENTERS:
            self._enter(op, results, at, dead)
        elif op.type in EXITS:
            # Dead ones are told when the loop is over: an iteration may still come.
            if not dead:
                frame = _frame_of(at)
                frame.left.add(op)
                self._deliver(op, results, frame.parent, dead)
        elif op.type in BACK_EDGES and at.frame is not None:
            if not dead:
                self._next(op, results, at)
        else:
            self._deliver(op, results, at, dead)
        at.busy -= 1
        self._settle(at)

    def _deliver(
        self, op: Operation, results: list[Any], at: Iteration, dead: bool
    ) -> None:
        """Give what `op` made to an iteration."""
        if dead:
            at.dead.add(op)
        fed = self.plan.feeds
        for tensor, value in zip(op.outputs, results, strict=True):
            if tensor not in fed:
                at.values[tensor] = value
                if at is not self._root and tensor in self.plan.fetches:
                    self._fetch_inside(tensor, value)
                self._satisfy(tensor, at)
        self._satisfy(op, at)

    def _fetch_inside(self, tensor: Tensor, value: Any) -> None:
        """Keep what is fetched of a loop's inside, where it runs just once."""
        if value is DEAD:
            return
        if tensor in self._inside:
            index = self.plan.fetches.index(tensor)
            message = f"Retval[{index}] has already been set."
            raise errors.InternalError(None, None, message)
        self._inside[tensor] = value

    def _enter(
        self, op: Operation, results: list[Any], at: Iteration, dead: bool
    ) -> None:
        """Take a value into a frame, which the first one makes."""
        name = frame_name(op)
        frame = at.frames.get(name)
        if frame is None:
            wiring, path = self._wiring, (*self.plan.paths[op], name)
            frame = Frame(path, at, wiring.positions[path], wiring.enters[path])
            frame.limit = max(1, op.attrs["parallel_iterations"])
            at.frames[name] = frame
            at.busy += 1
            frame.begin()
        frame.missing -= 1
        if op.attrs["is_constant"]:
            frame.constants.append((op, results, dead))
            for iteration in list(frame.iterations.values()):
                self._deliver(op, results, iteration, dead)
        else:
            self._deliver(op, results, frame.iterations[0], dead)
        self._settle_frame(frame)

    def _next(self, op: Operation, results: list[Any], at: Iteration) -> None:
        """Carry a value into the next iteration, which the first one begins."""
        frame = _frame_of(at)
        following = frame.iterations.get(at.number + 1)
        if following is None:
            if len(frame.iterations) >= frame.limit:
                frame.postponed.append(functools.partial(self._next, op, results, at))
                return
            following = frame.begin()
            for enter, values, dead in frame.constants:
                self._deliver(enter, values, following, dead)
        self._deliver(op, results, following, dead=False)

    def _settle(self, at: Iteration) -> None:
        if not at.busy and at.frame is not None:
            self._settle_frame(at.frame)

    def _settle_frame(self, frame: Frame) -> None:
        """Let go of iterations that are over, and of the frame with the last one."""
        if frame.missing:
            return
        running = frame.iterations
        while running:
            oldest = min(running)
            if running[oldest].busy:
                return
            del running[oldest]
            postponed, frame.postponed = frame.postponed, []
            for go_on in postponed:
                go_on()
        parent = frame.parent
        del parent.frames[frame.path[-1]]
        for op in self._wiring.exits.get(frame.path, ()):
            if op not in frame.left:
                self._deliver(op, [DEAD], parent, dead=True)
        parent.busy -= 1
        self._settle(parent)

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
        tensor = self.plan.find(tensor)
        value = self._inside.get(tensor, DEAD)
        if value is DEAD:
            value = self._value(tensor, self._root)
        if value is DEAD:
            raise errors.InvalidArgumentError(
                None, None, f"Retval[{index}] does not have value"
            )
        if tensor.dtype._is_ref_dtype:
            value = read(value, tensor, None)
        return value


def _frame_of(at: Iteration) -> Frame:
    assert at.frame is not None, "frame_paths sees to it"
    return at.frame


def _timed_out() -> errors.OpError:
    return errors.DeadlineExceededError(
        None, None, "Timed out waiting for notification"
    )
