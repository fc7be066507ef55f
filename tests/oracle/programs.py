"""Small programs that run under TensorFlow's compat.v1 and here, and how to compare.

A case file in `cases/` fills a table of its own:

    table = Table()
    table.add("add_scalars", lambda tf: tf.add(1.0, 2.0))
    table.add("feed", lambda tf: tf.placeholder(tf.int32, name="x") + 1, {"x:0": 41})
    table.add("bad", lambda tf: tf.add([1.0], "s"), raises="TypeError")

    @table.script()
    def counts_to_three(tf, sess):
        ...
        return values

Each runs in a graph and session of its own. What both libraries must agree on: the
values, with their types, dtypes and shapes; the static shapes of what was fetched; or
the type of the error, and whether building or running raised it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

# How far apart two results may be: relative to the larger, and absolutely.
TOLERANCE = {
    "float16": (2e-3, 2e-3),
    "bfloat16": (2e-2, 2e-2),
    "float32": (1e-5, 1e-6),
    "complex64": (1e-5, 1e-6),
    "float64": (1e-11, 1e-13),
    "complex128": (1e-11, 1e-13),
}


@dataclass(frozen=True)
class Program:
    """A program: what it fetches, what it is fed, and what may differ.

    Attributes:
        name: what the test is called.
        build: from the library to the fetches; for a script, from the library and a
            session to values.
        feeds: values by the names of their tensors.
        steps: how often the fetches run, one after the other.
        raises: the type of error that TensorFlow raises, if it should.
        tolerance: (relative, absolute) instead of the dtype's own.
        only_shapes: values are random and need not agree.
        any_static_shape: static shapes need not agree, with the reason in a comment.
        is_script: `build` runs the session itself.
    """

    name: str
    build: Callable[..., Any]
    feeds: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 1
    raises: str | None = None
    tolerance: tuple[float, float] | None = None
    only_shapes: bool = False
    any_static_shape: bool = False
    is_script: bool = False


class Table(list[Program]):
    """The programs of one case file."""

    def add(
        self,
        name: str,
        build: Callable[..., Any],
        feeds: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Adds a program; the options are `Program`'s."""
        self.append(Program(name, build, feeds or {}, **options))

    def script(self, **options: Any) -> Callable[[Callable[..., Any]], None]:
        """Adds the function below, called with the library and a session."""

        def add(function: Callable[..., Any]) -> None:
            self.append(Program(function.__name__, function, is_script=True, **options))

        return add


class Failure(NamedTuple):
    """A program that raised: when, what, and the text for the reader."""

    phase: str
    error: str
    text: str


class Success(NamedTuple):
    """A program's values and the static shapes of its fetches."""

    values: Any
    static_shapes: Any


def outcome(tf: Any, program: Program) -> Success | Failure:
    """Runs a program under the library `tf`."""
    phase = "build"
    with tf.Graph().as_default(), tf.Session() as sess:
        try:
            if program.is_script:
                return Success(program.build(tf, sess), None)
            fetches = program.build(tf)
            shapes = static_shapes(fetches)
            if tf.global_variables():
                sess.run(tf.global_variables_initializer())
            phase = "run"
            runs = [sess.run(fetches, program.feeds) for _ in range(program.steps)]
        except Exception as error:
            return Failure(phase, type(error).__name__, str(error))
    return Success(runs, shapes)


def static_shapes(fetches: Any) -> Any:
    """The static shapes in a structure of fetches, None where there is none."""
    if isinstance(fetches, list | tuple):
        return [static_shapes(part) for part in fetches]
    if isinstance(fetches, Mapping):
        return {key: static_shapes(part) for key, part in fetches.items()}
    if not hasattr(fetches, "get_shape"):
        return None
    shape = fetches.get_shape()
    return None if shape.ndims is None else shape.as_list()


def differences(program: Program, theirs: Any, ours: Any) -> list[str]:
    """What two outcomes disagree on, in words; empty when they agree."""
    if isinstance(theirs, Failure) or isinstance(ours, Failure):
        if isinstance(theirs, Failure) and isinstance(ours, Failure):
            same = theirs[:2] == ours[:2]
        else:
            same = False
        return [] if same else [f"TensorFlow: {theirs}", f"here: {ours}"]
    found = value_differences(program, "", theirs.values, ours.values)
    if not program.any_static_shape and theirs.static_shapes != ours.static_shapes:
        found.append(
            f"static shapes: {theirs.static_shapes}, here {ours.static_shapes}"
        )
    return found


def value_differences(program: Program, at: str, theirs: Any, ours: Any) -> list[str]:
    """What two values, or structures of values, disagree on."""
    if type(theirs).__name__ != type(ours).__name__:
        return [f"{at}: {theirs!r} ({type(theirs)}), here {ours!r} ({type(ours)})"]
    if isinstance(theirs, Mapping):
        theirs, ours = sorted(theirs.items()), sorted(ours.items())
    if isinstance(theirs, Sequence) and not isinstance(theirs, str | bytes):
        if len(theirs) != len(ours):
            return [f"{at}: {len(theirs)} parts, here {len(ours)}"]
        pairs = enumerate(zip(theirs, ours, strict=True))
        return [
            line
            for i, (a, b) in pairs
            for line in value_differences(program, f"{at}[{i}]", a, b)
        ]
    if not isinstance(theirs, np.ndarray | np.generic):
        return [] if theirs == ours else [f"{at}: {theirs!r}, here {ours!r}"]
    if (theirs.dtype, theirs.shape) != (ours.dtype, ours.shape):
        return [
            f"{at}: {theirs.dtype}{theirs.shape}, here {ours.dtype}{ours.shape}: {ours}"
        ]
    if program.only_shapes or equal(program, theirs, ours):
        return []
    return [f"{at}: {theirs!r}, here {ours!r}"]


def equal(program: Program, theirs: Any, ours: Any) -> bool:
    """Whether two arrays of one dtype and shape agree within the tolerance."""
    relative, absolute = program.tolerance or TOLERANCE.get(theirs.dtype.name, (0, 0))
    if theirs.dtype in (np.float16, ml_dtypes.bfloat16):
        theirs, ours = theirs.astype(np.float32), ours.astype(np.float32)
    if theirs.dtype.kind in "fc":
        return np.allclose(ours, theirs, relative, absolute, equal_nan=True)
    return np.array_equal(theirs, ours)
