"""Taking out of a graph what a piece of building put in, and putting it back.

`read` copies what a graph keeps apart from its nodes' own fields: names, collections,
variables by name, counters. The difference of two such states is what was built in
between, a `Change`; `put` adds it to a state, and `write` makes a state the graph's.
So a graph can be what it would be had some part of it never been built:

    >>> import interactive_graphs as tf
    >>> graph = tf.Graph()
    >>> with graph.as_default():
    ...     before = read(graph)
    ...     a = tf.constant(1.0)
    >>> change = difference(before, read(graph))
    >>> write(graph, before)
    >>> graph.get_operations(), a.op.is_retired
    ([], True)

An operation that was taken out is *retired*: no view, collection or name leads to it
any more, but whoever holds it can run it and build on it. Modules that keep something
per graph elsewhere have a function in `graph.keepers`, which gives the dictionaries;
values in them that are lists count as things added one after the other. Nothing here
runs while a graph is built; which part of a graph is a cell's is known to
`../magics/ledger.py`. Read next: `names.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from interactive_graphs.framework.graph import Graph, keepers
from interactive_graphs.framework.operation import Operation

Place = dict[Any, Any]
State = dict[Any, Place]
"""The contents of each place, by the place's name."""

_GONE: Any = object()


def count(graph: Graph) -> int:
    """How many operations were made, but for those that were taken out."""
    return graph.version - graph.retired


class _Lines(NamedTuple):
    """What happened to a list: items that went away, and items at its end."""

    removed: tuple[Any, ...]
    added: tuple[Any, ...]


class _New(NamedTuple):
    """What a key stands for now, and whether it stood for something before."""

    replaces: bool
    value: Any


@dataclass
class Change:
    """What was built between two states of a graph.

    Attributes:
        operations: the new ones, in order of creation.
        count: how many operations were made.
        places: per place and key what is new.
    """

    operations: list[Operation] = field(default_factory=list)
    count: int = 0
    places: dict[Any, dict[Any, Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any change."""
        return bool(self.count or self.operations or self.places)


# -- states ---------------------------------------------------------------------------


def _places(graph: Graph) -> Iterator[tuple[Any, Place]]:
    """The dictionaries themselves."""
    graph.names.note_all()
    yield "ops", graph.ops_by_name
    yield "names", graph.names.numbers
    yield "collections", graph._collections
    yield "functions", graph.functions
    for keeper in keepers:
        yield from keeper(graph)


def _copied(value: Any) -> Any:
    return value.copy() if type(value) in (list, dict) else value


def read(graph: Graph) -> State:
    """The state of a graph, copied."""
    state = {
        name: {key: _copied(value) for key, value in place.items()}
        for name, place in _places(graph)
    }
    state["graph"] = {"seed": graph.seed, "count": count(graph)}
    return state


def write(graph: Graph, state: State) -> None:
    """Make `state` the graph's; sessions check anew what they know.

    What stands in a collection for an operation that is not in `state` is left out.
    """
    with graph.lock:
        for name, place in list(_places(graph)):
            # A loop that `state` does not know is taken out whole, as it is.
            if name in state:
                _fill(place, state[name])
        for items in graph._collections.values():
            items[:] = [item for item in items if not _hides(item)]
        graph.seed = state["graph"]["seed"]
        graph.retired = graph.version - state["graph"]["count"]
        graph.note_revision()


def _fill(place: Place, contents: Place) -> None:
    """Make a dictionary hold `contents`; lists in it stay the objects they are."""
    old = dict(place)
    place.clear()
    for key, value in contents.items():
        if type(value) is list and type(old.get(key)) is list:
            old[key][:] = value
            place[key] = old[key]
        else:
            place[key] = _copied(value)


def _hides(item: Any) -> bool:
    """Whether a collection's item stands for an operation that was taken out."""
    try:
        op = item if isinstance(item, Operation) else item.op
        return isinstance(op, Operation) and op.is_retired
    except Exception:  # anything may be in a collection, and say what it likes
        return False


# -- changes --------------------------------------------------------------------------


def difference(before: State, after: State) -> Change:
    """What must be put into `before` to get `after`."""
    made = after["graph"]["count"] - before["graph"]["count"]
    old_ops = before["ops"]
    change = Change(
        [op for name, op in after["ops"].items() if old_ops.get(name) is not op], made
    )
    for name in {**before, **after}:
        old, new = before.get(name, {}), after.get(name, {})
        found = _compare(old, new)
        if name == "graph":
            # Counted above: what is made here comes on top of what is there.
            found.pop("count", None)
        if found:
            change.places[name] = found
    return change


def _compare(old: Place, new: Place) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in new.items():
        was = old.get(key, _GONE)
        if type(value) is list:
            lines = _lines(was if type(was) is list else [], value)
            if lines.removed or lines.added or was is _GONE:
                found[key] = lines
        elif was is not value and (was is _GONE or not _same(was, value)):
            found[key] = _New(was is not _GONE, value)
    found.update((key, _GONE) for key in old if key not in new)
    return found


def _same(a: Any, b: Any) -> bool:
    """Whether two plain values are equal; other objects only are if they are one."""
    return type(a) is type(b) and isinstance(a, (int, str, dict)) and bool(a == b)


def _lines(old: list[Any], new: list[Any]) -> _Lines:
    kept = {id(item) for item in new}
    left = [item for item in old if id(item) in kept]
    stays = all(a is b for a, b in zip(left, new, strict=False))
    if stays and len(left) <= len(new):
        gone = tuple(item for item in old if id(item) not in kept)
        return _Lines(gone, tuple(new[len(left) :]))
    return _Lines(tuple(old), tuple(new))


def put(state: State, change: Change) -> list[Operation]:
    """Add a change to a state.

    Where two changes give different things one name, the state's stays.

    Returns:
        The operations of the change that found their names taken.
    """
    for name, news in change.places.items():
        place = state.setdefault(name, {})
        for key, new in news.items():
            if name == "graph":
                place[key] = new.value
            else:
                _put_one(place, key, new)
    state["graph"]["count"] += change.count
    ops = state["ops"]
    return [op for op in change.operations if ops.get(op.name) is not op]


def _put_one(place: Place, key: Any, new: Any) -> None:
    if new is _GONE:
        place.pop(key, None)
    elif isinstance(new, _Lines):
        removed = {id(item) for item in new.removed}
        kept = [item for item in place.get(key, ()) if id(item) not in removed]
        place[key] = [*kept, *new.added]
    elif type(new.value) is int and type(place.get(key)) is int:
        # A counter: what comes next must be new to both.
        place[key] = max(place[key], new.value)
    elif new.replaces or key not in place:
        place[key] = new.value


def copy(state: State) -> State:
    """A state that may be changed while the other stays."""
    return {
        name: {key: _copied(value) for key, value in place.items()}
        for name, place in state.items()
    }
