"""Steps as native programs and as numpy ones, side by side."""

import sys
from typing import Any, NamedTuple

import numpy as np

import interactive_graphs as tf
from interactive_graphs.runtime.native.build import build
from interactive_graphs.runtime.program import Program


class Both(NamedTuple):
    """A step in both forms, and the values to feed."""

    numpy: Program
    native: Program | None
    values: tuple[Any, ...]

    @property
    def made(self) -> Program:
        """The native program, which there has to be."""
        assert self.native is not None
        return self.native


def both(
    sess: tf.Session, fetches: list[Any], feed: dict[Any, Any] | None = None
) -> Both:
    """The programs of a step.

    Args:
        sess: whose.
        fetches: a list of tensors and operations.
        feed: the feed dictionary; arrays only.
    """
    feed = feed or {}
    program = sess.program(fetches, feed)
    keys, values = tuple(feed), tuple(np.asarray(v) for v in feed.values())
    engine = sess._engine
    plan = engine.specialise(program.plan, [value.shape for value in values])
    assert plan is not None
    wanted = [e if isinstance(e, tf.Tensor) else None for e in fetches]
    feeders = sess._programs.feeders(keys)
    native = build(plan, engine.state, feeders, wanted, program.run)
    return Both(program, native, values)


def variables(sess: tf.Session) -> dict[str, Any]:
    """The values of all variables, copied."""
    resources = sess._engine.state.resources.of_kind("variable")
    return {name: np.array(found.settled()) for _, name, found in resources}


def put_back(sess: tf.Session, values: dict[str, Any]) -> None:
    """Give all variables the values that `variables` returned."""
    for _, name, found in sess._engine.state.resources.of_kind("variable"):
        value = values[name].copy()
        found.store(value if value.ndim else value[()])


def close(a: Any, b: Any, digits: float = 1e-5) -> None:
    """Two results of a step, value by value, up to rounding."""
    for x, y in zip(a, b, strict=True):
        if x is None or y is None:
            assert x is y
            continue
        assert type(x) is type(y), (type(x), type(y))
        assert np.shape(x) == np.shape(y)
        scale = max(1.0, float(np.max(np.abs(x), initial=0)))
        np.testing.assert_allclose(x, y, rtol=digits, atol=digits * scale)


def kernels(program: Program) -> list[str]:
    """The names of the kernels that a program runs."""
    return [kernel.name for kernel in program.kernels]


def references(value: Any) -> int:
    """How many there are to a value besides the caller's."""
    return sys.getrefcount(value) - 2
