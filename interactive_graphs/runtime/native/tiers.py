"""When a program becomes native: how it is decided, made in the background, swapped in.

    versions = Versions(program, feeders, make, next_tier(engine, feeders, result))

The next tier is told of each choice of shapes. It is hot after a number of runs that
the shapes alone decide: then a thread begins to make its native program, and after as
many runs more as that is thought to take the native program is put in front, by the run
that comes to it. Where it is not ready yet, that run waits. So it is the same run that
changes tiers in every process, however fast the thread was, and equal scripts give
equal bits. What has settled, by being native or by failing to be, runs uncounted.

What goes wrong here is no business of the step's: it runs on as it did, and
`Program.note` says what happened. Read next: `build.py`, `../versions.py`.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from interactive_graphs._util import lazy
from interactive_graphs.runtime.listing import Feeder
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.versions import Choice, NextTier
from interactive_graphs.runtime.writer import Result

if TYPE_CHECKING:
    from interactive_graphs.runtime.engine import Engine

HOT: Final = 0.2
"""A program is hot when it has run for this part of the time that compiling takes."""

COMPILE_NANOSECONDS: Final = 60e6
COMPILE_NODE_NANOSECONDS: Final = 0.3e6
COMPILE_PRODUCT_NANOSECONDS: Final = 60e6
"""What compiling is thought to take: so much, so much more for each node, and for each
product of matrices or convolution of sizes that no other one has."""

NODE_NANOSECONDS: Final = 400.0
ELEMENT_NANOSECONDS: Final = 0.5
PRODUCT_NANOSECONDS: Final = {
    "MatMul": 0.02,
    "BatchMatMul": 0.02,
    "Conv2D": 0.1,
    "DepthwiseConv2d": 0.1,
}
"""What a step is thought to take: for a node, for each element that it takes or gives,
and, as the type begins, for each product of matrices of such sizes. For convolutions
numpy copies each window first."""

LOOP_TURNS: Final = 30
"""How often a loop is thought to turn; only running it would tell."""


FEW_NODES: Final = 4
FEW_NANOSECONDS: Final = 4e3
"""A step of fewer nodes that takes less is not looked at: a call is all it is."""


class Schedule(NamedTuple):
    """At which runs something happens, counted from when the choice was made.

    Attributes:
        begin: after so many runs compiling begins.
        swap: after so many more the native program takes over.
    """

    begin: int
    swap: int


def schedule(plan: Plan) -> Schedule:
    """When a plan of known shapes becomes native; from nothing but the plan."""
    runs = compile_cost(plan) / step_cost(plan)
    return Schedule(math.ceil(HOT * runs), math.ceil(runs))


def compile_cost(plan: Plan) -> float:
    """Nanoseconds that making the native program is thought to take."""
    products = {
        (op.type, *(tensor.static_shape for tensor in op.inputs))
        for op in plan.nodes
        if _product_cost(op)
    }
    return (
        COMPILE_NANOSECONDS
        + COMPILE_NODE_NANOSECONDS * len(plan.nodes)
        + COMPILE_PRODUCT_NANOSECONDS * len(products)
    )


def step_cost(plan: Plan) -> float:
    """Nanoseconds that a run of the numpy program is thought to take, roughly."""
    cost = NODE_NANOSECONDS
    for op in plan.nodes:
        turns: float = LOOP_TURNS ** len(plan.paths.get(op, ()))
        cost += _node_cost(op) * turns
    return cost


def _node_cost(op: Any) -> float:
    sizes = [_size(tensor) for tensor in (*op.inputs, *op.outputs)]
    cost = NODE_NANOSECONDS + ELEMENT_NANOSECONDS * sum(sizes)
    each = _product_cost(op)
    if each:
        # [m, k], [k, n] and [m, n] have m k n products: the root of all their sizes.
        cost += each * math.sqrt(math.prod(sorted(sizes)[-3:]))
    return cost


def _product_cost(op: Any) -> float:
    """Nanoseconds for each product of an op that multiplies matrices; 0 for others."""
    kinds = PRODUCT_NANOSECONDS.items()
    return next((cost for kind, cost in kinds if op.type.startswith(kind)), 0.0)


def _size(tensor: Any) -> int:
    shape = tensor.static_shape
    if shape is None:
        return 1
    return math.prod(1 if size is None else size for size in shape)


def next_tier(
    engine: Engine, feeders: Sequence[tuple[str, Feeder]], result: Result
) -> NextTier | None:
    """What `Versions` tells of a step's versions; None where all stay as they are.

    Args:
        engine: whose options say whether and how; it is not kept alive.
        feeders: see `compile_plan`.
        result: see `compile_plan`.
    """
    tier = engine.options.tier
    if tier == "numpy":
        return None
    maker = _Maker(engine, feeders, result)

    def at_once(choice: Choice) -> None:
        maker.swap(choice, Work(lambda: maker.make(choice)))

    def when_hot(choice: Choice) -> None:
        plan = choice.plan
        if len(plan.nodes) < FEW_NODES and step_cost(plan) < FEW_NANOSECONDS:
            return
        when = schedule(plan)

        def begin() -> None:
            work = Work(lambda: maker.make(choice))
            background.add(work)
            choice.after(when.swap, lambda: maker.swap(choice, work))

        choice.after(when.begin, begin)

    return at_once if tier == "native" else when_hot


class _Maker:
    """Makes native programs of one step's choices, for as long as that makes sense."""

    def __init__(
        self, engine: Engine, feeders: Sequence[tuple[str, Feeder]], result: Result
    ) -> None:
        self._engine = weakref.ref(engine)
        self._state = engine.state
        self._mutations = engine.graph.mutations
        self._feeders = feeders
        self._result = result

    def _is_current(self) -> bool:
        """Whether the session still runs what it saw when the step was compiled."""
        engine = self._engine()
        return (
            engine is not None
            and not engine.closed
            and engine.graph.mutations == self._mutations
        )

    def make(self, choice: Choice) -> Program | None:
        engine = self._engine()
        if engine is None or not self._is_current():
            return None
        # Loaded by the thread that needs it: first runs are not to wait for that.
        native = lazy.load("interactive_graphs.runtime.native.build")
        made: Program | None = native.build(
            choice.plan,
            self._state,
            self._feeders,
            self._result,
            choice.fallback,
            threads=engine.options.threads,
            winograd=not engine.options.direct,
        )
        return made

    def swap(self, choice: Choice, work: Work) -> None:
        """Put the native program in front; wait for it if it is not there yet."""
        made = work.result()
        if isinstance(made, Program):
            if self._is_current():
                choice.install(made)
        elif made is None:
            target = lazy.load("interactive_graphs.kernels.native.target")
            reason = target.available() or "it would gain nothing"
            choice.program.note = f"no native program: {reason}"
        else:
            choice.program.note = f"no native program: {made!r}"


class Work:
    """Something to be made, once, by whoever comes first."""

    def __init__(self, make: Callable[[], Program | None]) -> None:
        """Nothing has begun."""
        self._make = make
        self._lock = threading.Lock()
        self._is_made = False
        self._made: Program | Exception | None = None

    def result(self) -> Program | Exception | None:
        """What was made, or what went wrong; makes it now, or waits for who does."""
        with self._lock:
            if not self._is_made:
                self._made = _attempt(self._make)
                self._is_made = True
            return self._made

    def start_over(self) -> None:
        """In a child after a fork: who was making it is not here."""
        self._lock = threading.Lock()


def _attempt(make: Callable[[], Program | None]) -> Program | Exception | None:
    try:
        return make()
    except Exception as error:  # the numpy program goes on
        # Without its frames, which hold the step's values.
        return error.with_traceback(None)


class Background:
    """One thread of the process that makes what is to be ready some time later."""

    def __init__(self) -> None:
        """The thread begins with the first work."""
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._now: Work | None = None

    def add(self, work: Work) -> None:
        """Have something made; where no thread can be, whoever needs it makes it."""
        self._queue.put(work)
        with self._lock, contextlib.suppress(RuntimeError):
            if self._thread is None:
                thread = threading.Thread(
                    target=self._run, name="interactive_graphs compiler", daemon=True
                )
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while True:
            self._now = self._queue.get()
            self._now.result()
            self._now = None

    def start_over(self) -> None:
        """In a child after a fork: the thread is not here, nor what it was making."""
        self._lock = threading.Lock()
        self._thread = None
        self._queue = queue.SimpleQueue()
        if self._now is not None:
            self._now.start_over()
            self._now = None


background: Final = Background()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=background.start_over)
