"""Partial runs: one step that is fed and fetched in several calls.

The step is a dataflow execution that is kept between the calls; each call feeds more,
runs what has become possible, and takes results out.
Read next: `../runtime/dataflow.py`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.client import feeds as feeding
from interactive_graphs.client.fetches import Fetches
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import boundary
from interactive_graphs.runtime.dataflow import Dataflow

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession


def declared(graph: Graph, feeds: Any) -> tuple[Tensor, ...]:
    """The tensors that a feed dictionary's keys, or a list of keys, stand for."""
    items = list(feeds) if feeds is not None and not _is_element(feeds) else feeds
    return tuple(dict.fromkeys(feeding.partial_run_tensors(graph, items)))


def _is_element(obj: Any) -> bool:
    return isinstance(obj, (Tensor, Operation, str)) or hasattr(
        obj, "_as_graph_element"
    )


class _Step:
    """A partial run under way."""

    def __init__(
        self, execution: Dataflow, feeds: list[Tensor], fetches: tuple[Tensor, ...]
    ) -> None:
        self.execution = execution
        self.feeds = dict.fromkeys(feeds, False)
        self.fetches = dict.fromkeys(fetches, False)

    def is_used_up(self) -> bool:
        """Whether all that was declared has been fed and fetched."""
        return all(self.feeds.values()) and all(self.fetches.values())


class PartialRuns:
    """The partial runs of one session, by handle."""

    def __init__(self, session: BaseSession) -> None:
        """None yet."""
        self._session = session
        self._steps: dict[str, _Step] = {}
        self._numbers = itertools.count()

    def setup(self, fetches: Any, feeds: Any) -> str:
        """Declare a step; see `Session.partial_run_setup`."""
        session = self._session
        session._check_usable()
        graph = session.graph
        wanted = Fetches(graph, fetches, session._wrap)
        tensors = feeding.partial_run_tensors(graph, feeds)
        for i, tensor in enumerate(tensors):
            if tensor in tensors[:i]:
                invalid(f'Endpoint "{tensor.name}" fed more than once.')
            if tensor in wanted.tensors:
                invalid(f"{tensor.name} is both fed and fetched.")
        session._extend()
        execution = session._programs.stepwise(wanted.tensors, wanted.targets, tensors)
        handle = _handle(tensors, wanted, next(self._numbers))
        self._steps[handle] = _Step(execution, tensors, wanted.tensors)
        return handle

    def run(self, handle: Any, fetches: Any, feed_dict: Any) -> Any:
        """Go on with a step; see `Session.partial_run`."""
        session = self._session
        session._check_usable()
        graph = session.graph
        store = session._engine.state.tensor_store
        values = feeding.read(graph, feed_dict, store)
        wanted = Fetches(graph, fetches, session._wrap)
        if wanted.targets:
            raise RuntimeError("partial_run() requires empty target_list.")
        outside = tuple(t for t in wanted.tensors if t not in values)
        if not outside and not values:
            return wanted.rebuild([])
        step = self._steps.get(handle)
        if step is None:
            invalid("Must run 'setup' before performing partial runs!")
        self._check(step, list(values), outside)
        try:
            results = self._advance(step, values, outside)
        except errors.OpError:
            self._steps.pop(handle, None)
            raise
        if step.is_used_up():
            self._steps.pop(handle, None)
        return wanted.rebuild_from({**values, **results})

    @staticmethod
    def _check(step: _Step, feeds: list[Tensor], fetches: tuple[Tensor, ...]) -> None:
        """Feeds first, then fetches; nothing has run yet and the handle lives on."""
        for what, names, known, done in (
            ("feed", feeds, step.feeds, "fed"),
            ("fetch", fetches, step.fetches, "fetched"),
        ):
            for tensor in names:
                if tensor not in known:
                    invalid(
                        f"The {what} {tensor.name} was not specified in "
                        "partial_run_setup."
                    )
                if known[tensor]:
                    invalid(f"The {what} {tensor.name} has already been {done}.")
        fed = {t for t, done in step.feeds.items() if done} | set(feeds)
        for tensor in fetches:
            missing = step.execution.missing_feeds(tensor, fed)
            if missing:
                invalid(
                    f"Fetch {missing[0].name} can't be computed from the feeds that "
                    "have been fed so far."
                )

    def _advance(
        self, step: _Step, values: dict[Tensor, Any], fetches: tuple[Tensor, ...]
    ) -> dict[Tensor, Any]:
        step.feeds.update(dict.fromkeys(values, True))
        self._session._programs.advance(step.execution, values)
        results = {}
        for i, tensor in enumerate(fetches):
            results[tensor] = boundary.owned(step.execution.fetched(tensor, i))
            step.fetches[tensor] = True
        return results


def _handle(feeds: list[Tensor], wanted: Fetches, number: int) -> str:
    """TF1's form: sorted feeds, fetches and targets, and a running number."""
    names = [
        ",".join(sorted(e.name for e in part))
        for part in (feeds, wanted.tensors, wanted.targets)
    ]
    return f"{names[0]}->{names[1]}/{names[2]}/1/;{number}"
