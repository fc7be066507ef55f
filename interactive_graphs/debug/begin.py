"""Beginning a run under the debugger, and finding one again.

Read next: `gate.py`.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.client import feeds as feeding
from interactive_graphs.client.fetches import Fetches
from interactive_graphs.debug.stepper import Stepper
from interactive_graphs.debug.walker import Walker
from interactive_graphs.runtime import boundary
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.walk import engine_value

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession

KNOWN: Final = 20
"""How many runs `latest` looks through."""

_latest: list[weakref.ref[Stepper]] = []


def debug(
    session: BaseSession, fetches: Any, feed_dict: Any = None, every_node: bool = False
) -> Stepper:
    """A run of a session to walk through; see `Session.debug`."""
    session._check_usable()
    graph = session.graph
    store = session._engine.state.tensor_store
    values = feeding.read(graph, feed_dict, store)
    wanted = Fetches(graph, fetches, session._wrap)
    tensors = tuple(t for t in wanted.tensors if t not in values)
    session._extend()

    def result(walker: Walker) -> Any:
        pairs = enumerate(tensors)
        found = {t: boundary.owned(walker.fetched(t, i)) for i, t in pairs}
        return wanted.rebuild_from({**values, **found})

    if tensors or wanted.targets:
        plan = session._engine.plan(tensors, wanted.targets, tuple(values), False, True)
    else:
        plan = Plan((), (), tuple(values), [])  # what is fed is fetched
    stepper = Stepper(session, plan, result, every_node)
    for tensor, value in values.items():
        stepper.walker.feed(tensor, engine_value(tensor, value))
    stepper.begin()
    know(stepper)
    return stepper


def know(stepper: Stepper) -> None:
    """Have `latest` find a run."""
    _latest.append(weakref.ref(stepper))
    del _latest[:-KNOWN]


def latest(session: BaseSession | None = None) -> Stepper | None:
    """The run under the debugger that began last, of a session or of any.

    One that is still under way is preferred.
    """
    known = [stepper for ref in reversed(_latest) if (stepper := ref()) is not None]
    known = [s for s in known if not s.session._closed]
    mine = [s for s in known if session is None or s.session is session]
    going = [s for s in mine if not s.is_over]
    return next(iter(going or mine), None)
