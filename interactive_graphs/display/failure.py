"""What went wrong, small: the node that failed, what met there, the user's own line.

`failure(error)` gives None for an error that is about no operation. The values that
flowed are not known any more; dtypes and shapes are what the graph says of them.
Read next: `picture.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.overlays import category
from interactive_graphs.display.picture import Picture
from interactive_graphs.display.view import view
from interactive_graphs.framework import source
from interactive_graphs.framework.operation import Operation

_FAMILY: Final = 12
"""How many operations are drawn around one that failed."""

_TAKERS: Final = 3
"""How many of them may take what it gives."""

_TAKEN: Final = 8
"""How many of its inputs are written out."""


@dataclass
class Failure:
    """What an error is about.

    Attributes:
        error: the error.
        operations: those it is about, the one that failed first.
    """

    error: BaseException
    operations: tuple[Operation, ...]

    @property
    def headline(self) -> str:
        """The error's class and the first line of its message."""
        words = describe.plain(str(self.error).partition("\n")[0], 400)
        return f"{type(self.error).__name__}: {words}"

    def text(self) -> str:
        """The node, what it takes, and where it was made, as an indented text."""
        several = len({op.graph for op in self.operations}) > 1
        return "\n".join(line for op in self.operations for line in _lines(op, several))

    def notes(self) -> list[str]:
        """What else there is to say, as lines."""
        said = [source.describe(op.stack) for op in self.operations]
        found = [str(note) for note in getattr(self.error, "__notes__", ())]
        # Where the node was made stands with the node already.
        return [note for note in found if not any(one and one in note for one in said)]

    def picture(self) -> Picture:
        """The node in its neighbourhood."""
        shown = _neighbourhood(self.operations)
        failed = set(self.operations)
        first = self.operations[0]
        scene = view(
            shown,
            asked=self.operations,
            title=f"{first.name} ({first.type})",
            overlay=category(
                "error", ["failed here" if op in failed else None for op in shown]
            ),
        )
        scene.summary = describe.plain(self.headline, 200)
        return Picture(scene)


def failure(error: BaseException | None) -> Failure | None:
    """What is known of the operation that an error is about; None if it is none."""
    op = getattr(error, "op", None)
    found = (op,) if isinstance(op, Operation) else getattr(error, "operations", ())
    operations = tuple(dict.fromkeys(o for o in found if isinstance(o, Operation)))
    if error is None or not operations:
        return None
    return Failure(error, operations)


def _lines(op: Operation, with_graph: bool) -> Iterator[str]:
    yield f"{describe.name_text(op.name)} = {op.type}"
    if with_graph:
        count = describe.counted(len(op.graph.ops_by_name), "operation")
        yield f"    in a graph of {count}"
    if not op.inputs:
        yield from (f"    gives  {describe.tensor_text(t)}" for t in op.outputs)
    rows = [
        (describe.name_text(t.name.removesuffix(":0")), describe.tensor_text(t))
        for t in op.inputs[:_TAKEN]
    ]
    width = max((len(name) for name, _ in rows), default=0)
    for name, what in rows:
        yield f"    takes  {name:{width}}  {what}"
    if len(op.inputs) > _TAKEN:
        yield f"    and {len(op.inputs) - _TAKEN} more"
    where = source.describe(op.stack)
    if where:
        yield f"    {where}"


def _neighbourhood(operations: Iterable[Operation]) -> list[Operation]:
    """The operations, some that take them, and the nearest that they depend on."""
    shown = dict.fromkeys(operations)
    waiting = list(shown)
    takers = (user for op in waiting for t in op.outputs for user in t.consumers())
    live = (user for user in takers if not user.is_retired and user not in shown)
    shown.update(dict.fromkeys(itertools.islice(live, _TAKERS)))
    for op in waiting:
        for other in (*(t.op for t in op.inputs), *op.controls):
            if len(shown) >= _FAMILY:
                return _in_order(shown)
            if other not in shown:
                shown[other] = None
                waiting.append(other)
    return _in_order(shown)


def _in_order(operations: dict[Operation, Any]) -> list[Operation]:
    """By creation; one that was refused is not in its graph, and comes last."""
    return sorted(operations, key=lambda op: (op.id == 0, op.id))
