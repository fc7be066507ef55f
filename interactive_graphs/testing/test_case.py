"""`tf.test.TestCase`: a unittest with a graph of its own for each test.

Read next: `assertions.py`.
"""

from __future__ import annotations

import functools
import os
import random
import sys
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs.client.session import Session
from interactive_graphs.framework.graph import (
    Graph,
    get_default_graph,
    reset_default_graph,
)
from interactive_graphs.framework.seed import set_random_seed
from interactive_graphs.testing.assertions import Assertions

SEED: Final = 87654321


class TestCase(Assertions):
    """A test with a graph of its own, random numbers that repeat, and a session.

    Example:
        >>> import interactive_graphs as tf
        >>> class SquareTest(tf.test.TestCase):
        ...     def testSquare(self):
        ...         with self.test_session():
        ...             self.assertAllEqual(tf.square([2, 3]).eval(), [4, 9])
        >>> SquareTest("testSquare").run().wasSuccessful()
        True
    """

    # pytest must not take the class itself for a test.
    __test__ = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the tests of a subclass be found."""
        super().__init_subclass__(**kwargs)
        cls.__test__ = True

    def __init__(self, methodName: str = "runTest") -> None:
        """One test.

        Args:
            methodName: the method that is the test.
        """
        super().__init__(methodName)
        self._cached: Session | None = None
        self._directory: str | None = None

    def setUp(self) -> None:
        """Start anew: an empty graph, the same random numbers."""
        random.seed(SEED)
        np.random.seed(SEED)  # noqa: NPY002 - what tests draw from
        reset_default_graph()
        set_random_seed(SEED)

    def tearDown(self) -> None:
        """Close the session that tests share."""
        self._close_cached()

    def _close_cached(self) -> None:
        if self._cached is not None:
            self._cached.close()
            self._cached = None

    def get_temp_dir(self) -> str:
        """A directory of this test's own."""
        if self._directory is None:
            self._directory = tempfile.mkdtemp(dir=get_temp_dir())
        return self._directory

    @contextmanager
    def session(
        self, graph: Graph | None = None, config: Any = None,
        use_gpu: bool = False, force_gpu: bool = False,
    ) -> Iterator[Session]:  # fmt: skip
        """A block with a new default session of a graph.

        Args:
            graph: the graph, the default graph when None.
            config: a ConfigProto.
            use_gpu: accepted, and of no effect.
            force_gpu: accepted, and of no effect.
        """
        del use_gpu, force_gpu
        with Session(graph=graph, config=config) as session:
            yield session

    @contextmanager
    def cached_session(
        self, graph: Graph | None = None, config: Any = None,
        use_gpu: bool = False, force_gpu: bool = False,
    ) -> Iterator[Session]:  # fmt: skip
        """A block with the default session that all such blocks of the test share.

        Args:
            graph: the graph, the default graph when None.
            config: a ConfigProto, the same each time.
            use_gpu: accepted, and of no effect.
            force_gpu: accepted, and of no effect.

        Raises:
            ValueError: the session of another graph is open.
        """
        del use_gpu, force_gpu
        wanted = get_default_graph() if graph is None else graph
        if self._cached is None:
            self._cached = Session(graph=wanted, config=config)
        elif self._cached.graph is not wanted:
            raise ValueError(
                "The graph used to get the cached session is different than the one "
                "that was used to create the session. Maybe create a new session with "
                "self.session()"
            )
        with self._cached.graph.as_default(), self._cached.as_default():
            yield self._cached

    @contextmanager
    def test_session(
        self, graph: Graph | None = None, config: Any = None,
        use_gpu: bool = False, force_gpu: bool = False,
    ) -> Iterator[Session]:  # fmt: skip
        """The shared session, as of `cached_session`; a new one if a graph is given.

        Args:
            graph: the graph of a session of its own.
            config: a ConfigProto.
            use_gpu: accepted, and of no effect.
            force_gpu: accepted, and of no effect.
        """
        block = self.cached_session if graph is None else self.session
        with block(graph, config, use_gpu, force_gpu) as session:
            yield session

    # pytest must not take it for a test.
    test_session.__test__ = False  # type: ignore[attr-defined]

    def checkedThread(
        self, target: Callable[..., Any], args: Any = (), kwargs: Any = None
    ) -> CheckedThread:
        """A thread whose `join` raises what was raised in it.

        Args:
            target: what it runs.
            args: with these arguments,
            kwargs: and these.
        """
        return CheckedThread(target, tuple(args), dict(kwargs or {}))


class CheckedThread:
    """A thread whose `join` raises what was raised in it."""

    def __init__(
        self,
        target: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """See `TestCase.checkedThread`."""
        self._call = functools.partial(target, *args, **kwargs)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def _work(self) -> None:
        try:
            self._call()
        except BaseException as error:
            self._error = error

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end; raises what was raised in it."""
        self._thread.join(timeout)
        if self._error is not None:
            raise self._error

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._thread.is_alive()


@functools.cache
def get_temp_dir() -> str:
    """A directory for the files of this program's tests."""
    return tempfile.mkdtemp(prefix="interactive_graphs_")


def main(argv: list[str] | None = None) -> None:
    """Run the tests of the program; ends it with whether they passed.

    Args:
        argv: the command line, the program's own when None.
    """
    unittest.main(argv=list(sys.argv if argv is None else argv))


def test_src_dir_path(relative_path: str) -> str:
    """The path of a file that lies below the directory in which tests run.

    Args:
        relative_path: as seen from there.
    """
    return os.path.join(os.environ.get("TEST_SRCDIR", os.getcwd()), relative_path)


test_src_dir_path.__test__ = False  # type: ignore[attr-defined]


def assert_equal_graph_def(
    actual: Any, expected: Any, checkpoint_v2: bool = False
) -> None:
    """Refuse a GraphDef that is not another, in whatever order its nodes are.

    Args:
        actual: a GraphDef.
        expected: a GraphDef.
        checkpoint_v2: accepted, and of no effect.

    Raises:
        TypeError: one is none.
        AssertionError: they differ; the text says where.
    """
    del checkpoint_v2
    for name, graph in (("actual", actual), ("expected", expected)):
        if type(graph).__name__ != "GraphDef":
            raise TypeError(
                f"Expected tf.GraphDef for {name}, got {type(graph).__name__}"
            )
    difflib = lazy.load("difflib")
    texts = [
        "".join(str(node) for node in sorted(graph.node, key=lambda n: n.name))
        for graph in (expected, actual)
    ]
    if texts[0] != texts[1]:
        lines = difflib.unified_diff(
            *(text.splitlines() for text in texts), "expected", "actual", lineterm=""
        )
        raise AssertionError("\n".join(lines))


def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: Any = None
) -> bool:
    """Whether there is a GPU to run on: there is none.

    Args:
        cuda_only: whether it must be of one maker.
        min_cuda_compute_capability: what it must be able to do.
    """
    del cuda_only, min_cuda_compute_capability
    return False


def gpu_device_name() -> str:
    """The name of a GPU, '' where there is none."""
    return ""


def is_built_with_cuda() -> bool:
    """Whether this library can use CUDA."""
    return False
