"""What `%%graph` shows: what a cell has added to the graph, and what that hangs on.

Read next: `graph.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from interactive_graphs.display import describe
from interactive_graphs.display.overlays import category
from interactive_graphs.display.picture import Picture
from interactive_graphs.display.text import Words
from interactive_graphs.display.view import view
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.magics.ledger import Ledger

_HERE = "this cell"


def added_picture(added: Sequence[Operation]) -> Picture | Words:
    """The operations that a cell has added, and those that they take.

    Args:
        added: the operations, all of one graph.

    Returns:
        A picture with the added operations pointed out, or words if there are none.
    """
    if not added:
        return Words("This cell added nothing to the graph.")
    new = set(added)
    taken = {t.op for op in added for t in op.inputs} | {
        other for op in added for other in op.controls
    }
    shown = sorted(new | taken, key=lambda op: op.id)
    count = describe.counted(len(added), "operation")
    scene = view(
        shown,
        asked=added,
        title=f"This cell added {count}",
        overlay=category("made by", [_maker(op, new) for op in shown]),
    )
    used = len(shown) - len(new)
    whole = describe.counted(len(added[0].graph.ops_by_name), "operation")
    takes = f", and {used} that they take from before" if used else ""
    scene.summary = f"marked here{takes}; the graph has {whole} now"
    return Picture(scene)


def _maker(op: Operation, new: set[Operation]) -> str:
    return _HERE if op in new else maker(op)


def maker(op: Operation) -> str:
    """Which cell made an operation: 'cell [3]', with what became of it."""
    ledger = ledger_or_none(op.graph)
    run = ledger.owner(op) if ledger is not None else None
    if run is None:
        return "replaced since" if op.is_retired else "before"
    words = f"cell {run.label}" if run.key is not None else run.label
    return f"{words}, replaced since" if op.is_retired else words


def ledger_or_none(graph: Graph) -> Ledger | None:
    """The ledger of a graph that cells have built."""
    found = graph.cells
    return found if isinstance(found, Ledger) else None
