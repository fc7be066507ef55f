"""What differs between two graphs, or between two versions of one.

    before = graph.snapshot()
    ...
    diff(before, graph)                 # in a notebook: drawn; in a terminal: a tree
    diff(before, graph).changes         # {"layer1/MatMul": "changed", ...}

What was only renumbered because something was put in before it is not a difference.
`matching.py` says which operation is which; here pairs are compared.
Read next: `diff_text.py`, which words it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from interactive_graphs._util import lazy
from interactive_graphs.display import describe
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.matching import (
    NAMED,
    Matching,
    fingerprint,
    stem,
)
from interactive_graphs.display.snapshot import FrozenOperation, Snapshot, take
from interactive_graphs.framework.dtypes import DType

if TYPE_CHECKING:
    from interactive_graphs.display.picture import Picture

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"
KINDS: Final = (ADDED, REMOVED, CHANGED, MOVED)

_DERIVED: Final = frozenset({"_output_shapes", *NAMED})


class Change(NamedTuple):
    """What happened to one operation.

    Attributes:
        kind: "added", "removed", "changed" or "moved".
        name: the operation's in the new graph; in the old one if it was removed.
        type: its op type.
        was: its name in the old graph; "" if it was added.
        words: what changed, each as one sentence; none for added and removed.
    """

    kind: str
    name: str
    type: str
    was: str
    words: tuple[str, ...] = ()


class Difference(Forms):
    """The differences of two graphs, with all their forms.

    Attributes:
        old: the snapshot compared with.
        new: the snapshot compared.
        entries: a `Change` for each operation that differs, in the order of the new
            graph, then what was removed.
        same: how many operations are the same in both.
        renumbered: how many of these have another number at the end of a name.
    """

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        """Compares; nothing is drawn yet."""
        self.old = old
        self.new = new
        matching = Matching(old, new)
        self.partner = matching.partner
        self.same = self.renumbered = 0
        self.entries = list(self._entries())

    def _entries(self) -> Iterator[Change]:
        for op in self.new.operations:
            old = self.partner.get(op)
            if old is None:
                yield Change(ADDED, op.name, op.type, "")
                continue
            words = tuple(_compare(op, old, self.partner))
            if words:
                yield Change(CHANGED, op.name, op.type, old.name, words)
            elif stem(op.name) != stem(old.name):
                where = (f"from {describe.plain(old.name)}",)
                yield Change(MOVED, op.name, op.type, old.name, where)
            else:
                self.same += 1
                self.renumbered += op.name != old.name
        paired = set(self.partner.values())
        for op in self.old.operations:
            if op not in paired:
                yield Change(REMOVED, op.name, op.type, op.name)

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.entries)

    def of(self, kind: str) -> list[Change]:
        """The changes of one kind."""
        return [entry for entry in self.entries if entry.kind == kind]

    @property
    def added(self) -> list[str]:
        """Names of what only the new graph has."""
        return [entry.name for entry in self.of(ADDED)]

    @property
    def removed(self) -> list[str]:
        """Names of what only the old graph has."""
        return [entry.name for entry in self.of(REMOVED)]

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """What changed, by the name in the new graph."""
        return {entry.name: entry.words for entry in self.of(CHANGED)}

    @property
    def moved(self) -> dict[str, str]:
        """Old names by new ones, of what does the same under another name."""
        return {entry.name: entry.was for entry in self.of(MOVED)}

    @cached_property
    def changes(self) -> dict[str, str]:
        """The kind of change by name, as a GraphView takes it.

        A removed operation is left out where the new graph has another of its name.
        """
        found = {entry.name: entry.kind for entry in self.of(REMOVED)}
        for op in self.new.operations:
            found.pop(op.name, None)
        found |= {e.name: e.kind for e in self.entries if e.kind != REMOVED}
        return found

    @property
    def summary(self) -> str:
        """The counts in one sentence."""
        counts = {kind: len(self.of(kind)) for kind in KINDS}
        words = [f"{number} {kind}" for kind, number in counts.items() if number]
        same = f"{self.same} the same"
        if self.renumbered:
            same += f" ({self.renumbered} of them only renumbered)"
        return f"{', '.join(words) or 'no difference'}; {same}"

    # -- forms -------------------------------------------------------------------------

    @cached_property
    def text(self) -> str:
        """The tree of scopes with what changed in each."""
        text: str = lazy.load("interactive_graphs.display.diff_text").to_text(self)
        return text

    @cached_property
    def picture(self) -> Picture:
        """Both graphs in one, each change marked by a word and a pattern."""
        view = lazy.load("interactive_graphs.display.diff_view")
        picture: Picture = view.to_picture(self)
        return picture

    @cached_property
    def html(self) -> str:
        """The picture over the list of changes."""
        html: str = lazy.load("interactive_graphs.display.diff_view").to_html(self)
        return html

    def __repr__(self) -> str:
        """The tree: what a terminal shows."""
        return self.text

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        return {"text/plain": self.text, "text/html": self.html}


def diff(old: Any, new: Any) -> Difference:
    """What differs between two graphs.

    Args:
        old: a Graph, a Session, `graph.snapshot()`, a GraphDef, or the path of one.
        new: the same.

    Returns:
        The differences. They are false where there are none.

    Raises:
        TypeError: one of them is no graph.

    Example:
        >>> import interactive_graphs as tf
        >>> from interactive_graphs.display.diff import diff
        >>> with tf.Graph().as_default() as graph:
        ...     x = tf.placeholder(tf.float32, name="x")
        ...     before = graph.snapshot()
        ...     y = tf.square(x, name="y")
        >>> diff(before, graph).added
        ['y']
    """
    return Difference(take(old), take(new))


# -- one pair --------------------------------------------------------------------------

_Partner = dict[FrozenOperation, FrozenOperation]


def _compare(
    op: FrozenOperation, old: FrozenOperation, partner: _Partner
) -> Iterator[str]:
    """What changed in one operation, in sentences."""
    if op.type != old.type:
        yield f"type {old.type} → {op.type}"
    yield from _compare_attrs(op, old)
    if op.device != old.device:
        yield f"device {_device(old.device)} → {_device(op.device)}"
    yield from _compare_inputs(op, old, partner)
    yield from _compare_waits(op, old, partner)


def _compare_attrs(op: FrozenOperation, old: FrozenOperation) -> Iterator[str]:
    types: set[tuple[str, str]] = set()
    for name in dict.fromkeys([*old.attrs, *op.attrs]):
        was, now = old.attrs.get(name), op.attrs.get(name)
        if name in _DERIVED or fingerprint(was) == fingerprint(now):
            continue
        if isinstance(was, DType) and isinstance(now, DType):
            types.add((was.name, now.name))  # T and dtype often say the same
        else:
            yield describe.plain(f"{name} {_attr(was)} → {_attr(now)}")
    for before, after in sorted(types):
        yield f"dtype {before} → {after}"


def _compare_inputs(
    op: FrozenOperation, old: FrozenOperation, partner: _Partner
) -> Iterator[str]:
    for number in range(max(len(op.inputs), len(old.inputs))):
        if number >= len(op.inputs):
            yield f"input {number} is gone, was {_input(old, number)}"
        elif number >= len(old.inputs):
            yield f"input {number} is new: {_input(op, number)}"
        else:
            now, was = op.inputs[number], old.inputs[number]
            same = partner.get(now.op) is was.op and now.value_index == was.value_index
            if not same:
                yield f"input {number} {_input(old, number)} → {_input(op, number)}"


def _compare_waits(
    op: FrozenOperation, old: FrozenOperation, partner: _Partner
) -> Iterator[str]:
    was = set(old.control_inputs)
    now = {partner.get(other) for other in op.control_inputs}
    for other in op.control_inputs:
        if partner.get(other) not in was:
            yield f"waits for {describe.plain(other.name)} now"
    for other in old.control_inputs:
        if other not in now:
            yield f"waits for {describe.plain(other.name)} no longer"


def _input(op: FrozenOperation, number: int) -> str:
    return describe.plain(op.inputs[number].name)


def _device(device: str) -> str:
    return describe.device_text(device) if device else "none"


def _attr(value: Any) -> str:
    """An attribute's value as TF1's users write it."""
    if value is None:
        return "none"
    if isinstance(value, DType):
        return value.name
    if isinstance(value, bytes):
        return repr(value.decode("utf-8", "backslashreplace"))
    if hasattr(value, "dtype"):
        return describe.value_text(value)
    if isinstance(value, tuple) and all(v is None or type(v) is int for v in value):
        return describe.shape_text(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_attr, value))}]"
    return describe.plain(str(value), 60)
