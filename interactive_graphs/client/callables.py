"""`Session.make_callable`: a step as a function.

Without a feed list the step is compiled when the function is made, and errors come as
the engine gives them: so did TF1's fast path. Read next: `programs.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interactive_graphs import errors
from interactive_graphs.client.fetches import Fetches
from interactive_graphs.client.limited import limited
from interactive_graphs.client.programs import raise_blamed
from interactive_graphs.client.quick import FED, SEVERAL

if TYPE_CHECKING:
    from interactive_graphs.client.base import BaseSession


def make_callable(
    session: BaseSession, fetches: Any, feed_list: Any, accept_options: bool
) -> Callable[..., Any]:
    """See `Session.make_callable`."""
    if feed_list is not None:
        if not isinstance(feed_list, (list, tuple)):
            raise TypeError("`feed_list` must be a list or tuple.")
        return _with_feeds(session, fetches, tuple(feed_list))
    return _without_feeds(session, fetches, accept_options)


def _with_feeds(
    session: BaseSession, fetches: Any, keys: tuple[Any, ...]
) -> Callable[..., Any]:
    graph, count = session.graph, len(keys)
    key = _quick_key(fetches, keys)

    def call(*values: Any, options: Any = None, run_metadata: Any = None) -> Any:
        if (
            key is not None
            and options is None
            and run_metadata is None
            and graph.changes == session._seen_changes
            and len(values) == count
        ):
            # What `Session.run` would find, without looking at fetches and feeds again.
            program = session._quick.get(key)
            if program is not None:
                try:
                    return program.run(values)
                except Exception as error:
                    raise_blamed(program, error)
        # Too few values leave placeholders unfed, too many are ignored: as TF1.
        feed_dict = dict(zip(keys, values, strict=False))
        return session.run(fetches, feed_dict, options, run_metadata)

    return call


def _quick_key(fetches: Any, keys: tuple[Any, ...]) -> Any:
    """The key of a run that returns what its program does, or None."""
    if type(fetches) is list:
        key: Any = (SEVERAL, *fetches, FED, *keys)
    elif isinstance(fetches, (tuple, dict)):
        return None
    else:
        key = (FED, fetches, *keys) if keys else fetches
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _without_feeds(
    session: BaseSession, fetches: Any, accept_options: bool
) -> Callable[..., Any]:
    engine = session._engine
    # A closed session still makes callables, unless the graph has grown since.
    if session.graph.version != engine.seen_version:
        engine.extend()
    wanted = Fetches(session.graph, fetches, lambda _: None)
    held: dict[Any, Any] = {}

    def call(options: Any = None, run_metadata: Any = None) -> Any:
        engine.check_open()
        if options is not None or run_metadata is not None:
            return session.run(fetches, None, options, run_metadata)
        programs = session._programs  # others while somebody watches
        program = held.get(programs)
        if program is None:
            program = limited(
                programs.get(wanted.tensors, wanted.targets, ()), engine.options.threads
            )
            held.clear()
            held[programs] = program
        try:
            values = program.run(())
        except Exception as error:
            raise _raw(program.blame(error)) from None
        found = dict(zip(wanted.tensors, values, strict=True))
        return wanted.rebuild_from(found)

    # A lambda, so that options are refused where they were not asked for.
    return call if accept_options else lambda: call()  # noqa: PLW0108


def _raw(error: Exception) -> Exception:
    """An engine error without operation and node: the fast path does not add them."""
    if not isinstance(error, errors.OpError):
        return error
    raw: errors.OpError = type(error)(None, None, error.message)
    for note in getattr(error, "__notes__", ()):
        raw.add_note(note)
    return raw
