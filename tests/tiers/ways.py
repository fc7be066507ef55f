"""A step run in every way there is, and how its results are compared.

    results = every_way(lambda: [tf.tanh(x)], {x: value})
    results["native"]     # a list of arrays; absent where nothing becomes native

The reference runs node by node, without any pass. The numpy tier is run until it has
its specialised program, and has to keep its bits when it changes to that. The native
program is built at once and run twice, in chunks of any order; it, too, has to keep its
bits. Each way has a session of its own, so that each has variables of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.native.target import available
from interactive_graphs.runtime.engine import TIER_VARIABLE
from interactive_graphs.runtime.native import build

REFERENCE = "reference"
GENERIC = "numpy, generic"
SPECIALISED = "numpy, specialised"
NATIVE = "native"

Results = dict[str, list[Any]]


def config(node_by_node: bool = False, native: bool = False) -> tf.ConfigProto:
    """No native code; with `node_by_node` no pass and no program either."""
    level = tf.OptimizerOptions.L0 if node_by_node else tf.OptimizerOptions.L1
    jit = tf.OptimizerOptions.ON_1 if native else tf.OptimizerOptions.OFF
    options = tf.OptimizerOptions(opt_level=level, global_jit_level=jit)
    return tf.ConfigProto(
        graph_options=tf.GraphOptions(optimizer_options=options),
        operation_timeout_in_ms=600_000 if node_by_node else 0,
    )


@pytest.fixture
def without_winograd(monkeypatch):
    """Have convolutions keep all their digits."""
    monkeypatch.setenv(TIER_VARIABLE, "auto,direct")


@contextmanager
def small_is_worth_it() -> Iterator[None]:
    """Have steps of any size become native."""
    kept = build.WORTH_NODES, build.WORTH_NANOSECONDS
    build.WORTH_NODES, build.WORTH_NANOSECONDS = 1, 1e-9
    try:
        yield
    finally:
        build.WORTH_NODES, build.WORTH_NANOSECONDS = kept


class Forced:
    """A step of a session as native code, from its first run on.

    Attributes:
        program: the native program; None where there is none.
    """

    def __init__(
        self, session: tf.Session, fetches: Sequence[Any], feed: Mapping[Any, Any]
    ) -> None:
        tensors, targets, wanted = [], [], []
        for fetch in fetches:
            is_tensor = isinstance(fetch, tf.Tensor)
            (tensors if is_tensor else targets).append(fetch)
            wanted.append(fetch if is_tensor else None)
        programs = session._programs
        feeds = tuple(feed)
        plan = programs.engine.plan(tuple(tensors), tuple(targets), feeds)
        self._plain = programs.compile(tuple(tensors), tuple(targets), feeds, wanted)
        shapes = [np.shape(value) for value in feed.values()]
        special = None
        if not plan.unstructured:
            special = programs.engine.specialise(plan, shapes)
        self.refused = 0
        self.program = None
        if special is not None:
            with small_is_worth_it():
                feeders = programs.feeders(feeds)
                self.program = build.build(
                    special, programs.engine.state, feeders, wanted, self._other,
                    winograd=not programs.engine.options.direct,
                )  # fmt: skip

    def _other(self, values: Any) -> Any:
        self.refused += 1
        return self._plain.run(values)

    def run(self, feed: Mapping[Any, Any]) -> list[Any]:
        """One step."""
        program = self.program or self._plain
        try:
            return program.run(tuple(feed.values()))
        except Exception as error:
            raise program.blame(error) from None


def every_way(
    fetches: Sequence[Any],
    feed: Mapping[Any, Any],
    steps: int = 1,
    initializer: Any = None,
) -> Results:
    """The results of `steps` steps of the default graph, all in one list.

    Args:
        fetches: tensors, and operations to run.
        feed: values by placeholder.
        steps: how many; only where it is one is each step run twice, since steps that
            train give something else each time.
        initializer: what makes variables; those of the graph by default.
    """
    if initializer is None:
        initializer = tf.global_variables_initializer()
    found: Results = {}
    with tf.Session(config=config(node_by_node=True)) as session:
        session.run(initializer)
        found[REFERENCE] = run_all(session, fetches, feed, steps)
    with tf.Session(config=config()) as session:
        session.run(initializer)
        found[GENERIC] = run_all(session, fetches, feed, steps)
        for _ in range(4 if steps == 1 else 0):
            found[SPECIALISED] = run_all(session, fetches, feed, 1)
    if available():
        return found
    with tf.Session(config=config()) as session:
        session.run(initializer)
        forced = Forced(session, fetches, feed)
        if forced.program is not None:
            turns = [forced.run(feed) for _ in range(max(steps, 2))]
            found[NATIVE] = [value for turn in turns[:steps] for value in turn]
            if steps == 1:
                assert_same_bits(turns[1], turns[0], "from run to run")
            assert not forced.refused, "the native program refused its own shapes"
    if NATIVE in found and steps == 1:
        with small_is_worth_it(), tf.Session(config=config(native=True)) as session:
            session.run(initializer)
            for _ in range(4):
                chosen = run_all(session, fetches, feed, 1)
            program = session.program(list(fetches), list(feed))
        assert program.now.tier == NATIVE, program.note
        assert_same_bits(chosen, found[NATIVE], "by the session's choice")
    return found


def run_all(
    session: tf.Session, fetches: Sequence[Any], feed: Mapping[Any, Any], steps: int
) -> list[Any]:
    """The results of some steps, one after the other."""
    return [v for _ in range(steps) for v in session.run(list(fetches), feed)]


def bits(value: Any) -> Any:
    """What two equal results have alike, every NaN as the same one."""
    if value is None or not isinstance(value, np.ndarray | np.generic):
        return value
    array = np.array(value)
    if array.dtype.kind in "fc":
        array[np.isnan(array)] = np.nan
    if array.dtype == object:
        return array.shape, array.tolist()
    return array.dtype, array.shape, array.tobytes()


def assert_same_bits(got: Sequence[Any], wanted: Sequence[Any], what: str) -> None:
    """Two lists of results are the same, bit for bit."""
    for number, (a, b) in enumerate(zip(got, wanted, strict=True)):
        assert bits(a) == bits(b), f"result {number} {what}: {a!r} is not {b!r}"


def assert_equal(got: Sequence[Any], wanted: Sequence[Any], what: str) -> None:
    """Two lists of results are the same, but for the signs of zeros."""
    for number, (a, b) in enumerate(zip(got, wanted, strict=True)):
        if b is None:
            assert a is None
            continue
        np.testing.assert_array_equal(a, b, f"result {number} {what}", strict=True)


def assert_close(
    got: Sequence[Any],
    wanted: Sequence[Any],
    allowed: Callable[[int], Any],
    what: str,
) -> None:
    """Two lists of results differ by no more than is allowed.

    Args:
        got, wanted: the results. Where one is NaN or infinite, the other is as well.
        allowed: from the number of a result to how far each element may be off.
        what: for the message.
    """
    for number, (a, b) in enumerate(zip(got, wanted, strict=True)):
        if b is None:
            assert a is None
            continue
        a, b = np.asarray(a), np.asarray(b)
        assert (a.dtype, a.shape) == (b.dtype, b.shape), f"result {number} {what}"
        if b.dtype.kind not in "fc":
            np.testing.assert_array_equal(a, b, f"result {number} {what}")
            continue
        with np.errstate(all="ignore"):
            same = (a == b) | (np.isnan(a) & np.isnan(b))
            near = np.isfinite(b) & (np.abs(a - b) <= allowed(number))
        wrong = ~(same | near)
        if wrong.any():
            at = tuple(np.argwhere(wrong)[0])
            limit = np.broadcast_to(allowed(number), b.shape)[at]
            raise AssertionError(
                f"result {number} {what}: at {at} {a[at]!r} is not {b[at]!r}; "
                f"{abs(a[at] - b[at])} apart, allowed are {limit}; "
                f"{wrong.sum()} of {wrong.size} are off"
            )
