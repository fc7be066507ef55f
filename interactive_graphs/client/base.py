"""BaseSession: runs the operations of a graph and holds its variables.

`run` has a quick way, one dictionary look-up from fetches and feeds to a compiled
program, and a careful one that checks everything in TF1's order and compiles.
Read next: `fetches.py`, `feeds.py`, then `../runtime/engine.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from interactive_graphs._util import lazy
from interactive_graphs.client import callables, feeds as feeding, partial_run, targets
from interactive_graphs.client.fetches import Fetches
from interactive_graphs.client.limited import limited
from interactive_graphs.client.looking import LookingInside
from interactive_graphs.client.metadata import RunRequest, run_with_metadata
from interactive_graphs.client.programs import Programs, raise_blamed
from interactive_graphs.client.quick import FED, SEVERAL, quick_way
from interactive_graphs.framework import repr as display_hook
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.stacks import default_sessions
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu import helpers
from interactive_graphs.ops.session_ops import wrap_handle
from interactive_graphs.runtime.engine import EngineOptions
from interactive_graphs.runtime.once import Once
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.walk import Walk


class BaseSession(LookingInside):
    """What Session and InteractiveSession share."""

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None) -> None:
        """See `Session`."""
        self._closed = True  # until construction has succeeded
        if graph is None:
            graph = get_default_graph()
        elif not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        self._graph: Graph = graph
        self._target = targets.as_bytes(target)
        if config is not None and not targets.is_config(config):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        self._config = config
        self._add_shapes = config is not None and config.graph_options.infer_shapes
        self._engine = targets.connect(
            self._target, graph, EngineOptions.from_config(config)
        )
        # Key of fetches and feeds -> program, for the quick way.
        self._quick: dict[Any, Program | Walk] = {}
        self._programs = Programs(self._engine)
        self._growth: Any = None  # made when the graph first grows between runs
        self._seen_changes = -1
        self._seen_revisions = graph.revisions
        self._partial_runs = partial_run.PartialRuns(self)
        self._closed = False
        targets.live_sessions.add(self)

    # -- what it is --------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The graph that was launched; never changes."""
        return self._graph

    @property
    def graph_def(self) -> Any:
        """A fresh GraphDef of the graph."""
        return self._graph.as_graph_def(add_shapes=self._add_shapes)

    @property
    def sess_str(self) -> bytes | None:
        """The target, as bytes; empty in process."""
        return self._target

    def as_default(self) -> AbstractContextManager[Any]:
        """A context manager that makes this the default session.

        It does not close the session, nor touch the default graph.

        Example:
            >>> import interactive_graphs as tf
            >>> c = tf.constant(2.0)
            >>> with tf.Session().as_default():
            ...     float(c.eval())
            2.0
        """
        return default_sessions.enter(self)

    # -- running -----------------------------------------------------------------------

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run one step: just the part of the graph that `fetches` need.

        Args:
            fetches: a graph element (Tensor, Operation, SparseTensor, Variable, name)
                or any nesting of lists, tuples, namedtuples and dicts of them.
            feed_dict: values by tensor (or name, SparseTensor, nested tuple of these);
                any tensor may be fed.
            options: a RunOptions message: tracing, timeout.
            run_metadata: a RunMetadata message that is filled as `options` ask.

        Returns:
            The structure of `fetches` with arrays (numpy scalars for rank 0, bytes for
            strings) at tensors and None at operations.

        Raises:
            RuntimeError: the session is closed, or the graph is empty.
            TypeError: a fetch or feed is of an inappropriate type.
            ValueError: a fetch or feed is invalid.
            OpError: an operation failed; the session stays usable.

        Example:
            >>> import interactive_graphs as tf
            >>> x = tf.placeholder(tf.float32, [2])
            >>> with tf.Session() as sess:
            ...     sess.run(x + 1.0, feed_dict={x: [1, 2]})
            array([2., 3.], dtype=float32)
        """
        if (
            options is None
            and run_metadata is None
            and self._graph.changes == self._seen_changes
        ):
            kind = type(fetches)
            try:
                values = feed_dict.values() if feed_dict else ()
                if kind is list or kind is tuple:
                    key = (SEVERAL, *fetches, FED, *(feed_dict or ()))
                elif kind is dict:
                    key = (SEVERAL, *fetches.values(), FED, *(feed_dict or ()))
                else:
                    key = (FED, fetches, *feed_dict) if feed_dict else fetches
                program = self._quick[key]
            except (AttributeError, KeyError, TypeError):
                pass
            else:
                try:
                    found = program.run(values)
                except Exception as error:
                    raise_blamed(program, error)
                if kind is tuple:
                    return tuple(found)
                return dict(zip(fetches, found, strict=True)) if kind is dict else found
        return self._run_carefully(fetches, feed_dict, options, run_metadata)

    def _run_carefully(
        self, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any
    ) -> Any:
        """The run of `run` where nothing is known yet: checks, then compiles."""
        self._check_usable()
        request = RunRequest.read(options, run_metadata)
        self._forget_if_revised()
        store = self._engine.state.tensor_store
        converted = feeding.read(self._graph, feed_dict, store)
        wanted = Fetches(self._graph, fetches, self._wrap)
        tensors = tuple(t for t in wanted.tensors if t not in converted)
        if not tensors and not wanted.targets:
            request.finish(None)
            return wanted.rebuild_from(converted)
        self._note_growth(wanted.elements)
        self._extend()
        request.check(self._engine.options)
        results = self._execute(wanted, tensors, converted, request, fetches, feed_dict)
        return wanted.rebuild_from({**converted, **results})

    def _execute(
        self,
        wanted: Fetches,
        tensors: tuple[Tensor, ...],
        converted: dict[Tensor, Any],
        request: RunRequest,
        fetches: Any,
        feed_dict: Any,
    ) -> dict[Any, Any]:
        """Run a checked step; values by fetched tensor."""
        values = list(converted.values())
        if request.is_special(self._engine.options):
            with helpers.at_most(self._engine.options.threads):
                found = run_with_metadata(
                    self._programs, request, tensors, wanted.targets, converted
                )
            return dict(zip(tensors, found, strict=True))
        quick = self._quick  # before the programs, as `exchange_programs` needs it
        key, result = quick_way(wanted, tensors, converted, fetches, feed_dict)
        feeds = tuple(converted)
        asked = (tensors, wanted.targets, feeds, result)
        program = self._programs.first(*asked) or self._programs.get(*asked)
        runs = limited(program, self._engine.options.threads)
        try:
            found = runs.run(values)
        except Exception as error:
            raise_blamed(program, error)
        if key is not None and not isinstance(program, Once):
            quick[key] = runs
        if isinstance(result, list):
            return dict(zip(result, found, strict=True))
        return {result: found}

    def program(self, fetches: Any, feeds: Any = ()) -> Program | Walk:
        """The compiled program of a step, to look at.

        Args:
            fetches: as for `run`.
            feeds: the feed dictionary, or just its keys.

        Returns:
            The very object that `run` runs. Its `source` is readable Python, each line
            with its node and the user's line that made it; `now` is the version that
            runs at present, whose `tier` is "numpy" or "native".

        Example:
            >>> import interactive_graphs as tf
            >>> x = tf.placeholder(tf.float32, [2], name="x")
            >>> "mul = x * mul_y" in tf.Session().program(x * 2.0, [x]).source
            True
        """
        self._check_usable()
        given = partial_run.declared(self._graph, feeds)
        wanted = Fetches(self._graph, fetches, self._wrap)
        self._forget_if_revised()
        self._extend()
        tensors = tuple(t for t in wanted.tensors if t not in given)
        fed = dict.fromkeys(given)
        _, result = quick_way(wanted, tensors, fed, fetches, fed)
        return self._programs.get(tensors, wanted.targets, given, result)

    def make_callable(
        self, fetches: Any, feed_list: Any = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function that runs one particular step.

        Args:
            fetches: as for `run`.
            feed_list: keys as in a feed dictionary; the function takes a value for
                each.
            accept_options: whether the function takes `options` and `run_metadata`.

        Returns:
            A function of `len(feed_list)` values that returns what `run` would.

        Raises:
            TypeError: `feed_list` is no list or tuple, or a fetch cannot be.

        Example:
            >>> import interactive_graphs as tf
            >>> x = tf.placeholder(tf.float32, [])
            >>> double = tf.Session().make_callable(x * 2.0, [x])
            >>> float(double(4))
            8.0
        """
        return callables.make_callable(self, fetches, feed_list, accept_options)

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Declare a run that is fed and fetched in several calls.

        Args:
            fetches: all that will be fetched, as for `run`.
            feeds: all that will be fed: an element or a list of elements.

        Returns:
            A handle for `partial_run`.

        Raises:
            RuntimeError: the session is closed, or the graph is empty.
            TypeError: a fetch or feed is of an inappropriate type.
            InvalidArgumentError: nothing is fetched, or something is fed twice.
        """
        return self._partial_runs.setup(fetches, feeds)

    def partial_run(self, handle: Any, fetches: Any, feed_dict: Any = None) -> Any:
        """Feed and fetch more of a partial run.

        Args:
            handle: of `partial_run_setup`; None is an ordinary run.
            fetches: some of what was declared, each once.
            feed_dict: some of what was declared, each once.

        Returns:
            As `run`.

        Raises:
            InvalidArgumentError: the handle is not valid, something was not declared,
                was fed or fetched before, or cannot be computed yet.

        Example:
            >>> import interactive_graphs as tf
            >>> a, b, c = (tf.placeholder(tf.float32, []) for _ in range(3))
            >>> r1 = a + b
            >>> r2 = r1 * c
            >>> sess = tf.Session()
            >>> h = sess.partial_run_setup([r1, r2], [a, b, c])
            >>> first = sess.partial_run(h, r1, {a: 1, b: 2})
            >>> float(sess.partial_run(h, r2, {c: first}))
            9.0
        """
        if handle is None:
            return self.run(fetches, feed_dict)
        return self._partial_runs.run(handle, fetches, feed_dict)

    # -- keeping up --------------------------------------------------------------------

    def _check_usable(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if self._graph.version == 0:
            raise RuntimeError(
                "The Session graph is empty.  Add operations to the graph before "
                "calling run()."
            )

    def _note_growth(self, fetches: Sequence[Any]) -> None:
        """Warn where a loop builds and runs; nothing while the graph stays."""
        since = self._engine.seen_version
        if since and self._graph.version != since:
            if self._growth is None:
                module = lazy.load("interactive_graphs.client.growth")
                self._growth = module.Growth(self._graph)
            self._growth.note(fetches, since)

    def _extend(self) -> None:
        """Take in what the graph has grown since the last run."""
        changes = self._graph.changes
        self._engine.extend()
        self._seen_changes = changes

    def _forget_if_revised(self) -> None:
        """Drop programs whose checks of feeds and fetches are out of date."""
        if self._graph.revisions != self._seen_revisions:
            self._seen_revisions = self._graph.revisions
            self._quick.clear()
            self._programs.clear()

    def _wrap(self, tensor: Tensor) -> Callable[[Any], Any] | None:
        return wrap_handle(tensor, self)

    # -- the end -----------------------------------------------------------------------

    def close(self) -> None:
        """Close the session and free its resources; later calls do nothing."""
        if self._closed:
            return
        self._closed = True
        self.abandon(None)

    def abandon(self, containers: Any) -> None:
        """Close the engine below this session; `Session.reset` does so from outside.

        Args:
            containers: names of the containers to clear; all when None.
        """
        self._seen_changes = -1
        self._quick.clear()
        self._programs.clear()
        self._engine.state.resources.clear(containers)
        self._engine.close()

    def __del__(self) -> None:
        """Close, whatever happens: the interpreter may be going down."""
        try:
            self.close()
        except Exception:  # nobody is there to be told
            return

    def __repr__(self) -> str:
        """Without addresses, so that committed notebooks do not change."""
        state = "closed" if self._closed else "open"
        return f"<interactive_graphs.{type(self).__name__} ({state})>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The rich display, where `display` is loaded."""
        return display_hook.mimebundle("Session", self, include, exclude)
