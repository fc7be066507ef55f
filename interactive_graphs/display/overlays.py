"""Colours by a property: where operations run, what they cost, how healthy values are.

An overlay is plain data, the same for a picture and for a live view:

    {"title": "time", "kind": "scale", "unit": "us", "combine": "sum",
     "values": [12.5, None, ...], "words": "of 3 runs"}

`values` has an entry for each operation of the view, None where there is nothing to
say. `combine` is what a closed scope shows of its operations: their "sum", their "max",
or what there is "most" of. Read next: `shading.py` (what a box shows).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from interactive_graphs._util import lazy
from interactive_graphs.display import describe
from interactive_graphs.display.health import health_of

if TYPE_CHECKING:
    from interactive_graphs.display.runs import RunTrace
    from interactive_graphs.framework.operation import Operation

Overlay: TypeAlias = dict[str, Any]
Operations: TypeAlias = "Sequence[Operation]"

COLOURS: Final = ("device", "dtype", "type", "time", "memory", "health")
"""What `overlay` can make by itself; the last three from what is known of runs."""


def overlay(color: str, operations: Operations, facts: Any = None) -> Overlay:
    """The overlay called `color`.

    Args:
        color: one of `COLOURS`.
        operations: those of the view, in its order.
        facts: for "time" and "memory" a RunMetadata message, what `traces` recorded, or
            a list of these; for "health" values by the name of their operation or
            tensor; for "device" whatever has a `step_stats`, too: then where each
            operation ran instead of where it was asked to.

    Raises:
        ValueError: another name, or nothing is known of any run.
    """
    if color not in COLOURS:
        raise ValueError(
            f"Cannot colour by {color!r}; there are {', '.join(COLOURS)}, and overlays."
        )
    if color == "device":
        return _by_device(operations, facts)
    if color in ("dtype", "type"):
        return category(color, [_own(op, color) for op in operations])
    if facts is None:
        known = "values by name" if color == "health" else "a RunMetadata message"
        raise ValueError(f"To colour by {color}, say `facts=`: {known}.")
    if color == "health":
        return _by_health(operations, facts)
    return _by_cost(color, operations, _runs(facts))


def category(title: str, values: list[str | None], words: str = "") -> Overlay:
    """An overlay of words; a scope shows the most frequent one in it."""
    return {
        "title": title,
        "kind": "category",
        "values": values,
        "combine": "most",
        "words": words,
    }


def given(overlay: Mapping[str, Any], operations: Operations) -> Overlay:
    """An overlay that someone else made, checked and fitted to `operations`.

    Args:
        overlay: its `values` may be a dictionary by the names of operations, too, or a
            list for all operations of the graph, of which these are some.
        operations: those of the view.

    Raises:
        ValueError: the values are of other operations, or a part is missing.
    """
    if "values" not in overlay:
        raise ValueError("An overlay needs `values`.")
    values = overlay["values"]
    if isinstance(values, Mapping):
        values = [values.get(op.name) for op in operations]
    elif len(values) != len(operations):
        everything = operations[0].graph.get_operations() if operations else []
        if len(values) != len(everything):
            raise ValueError(
                f"An overlay of {len(values)} values does not fit "
                f"{describe.counted(len(operations), 'operation')}."
            )
        by_op = dict(zip(everything, values, strict=True))
        values = [by_op.get(op) for op in operations]
    is_scale = any(isinstance(value, (int, float)) for value in values)
    kind = overlay.get("kind", "scale" if is_scale else "category")
    combine = "sum" if kind == "scale" else "most"
    defaults = {"title": "overlay", "kind": kind, "combine": combine}
    return defaults | dict(overlay) | {"values": list(values)}


def _own(op: Operation, what: str) -> str | None:
    if what == "type":
        return op.type
    # A reference is of the dtype of what it refers to.
    return op.outputs[0].dtype.name.removesuffix("_ref") if op.outputs else None


def _by_device(operations: Operations, facts: Any) -> Overlay:
    if facts is None:
        asked = [describe.device_text(op.device) or None for op in operations]
        return category("device", asked, "as requested")
    ran = {
        piece.node.name: describe.device_text(piece.node.device)
        for run in _runs(facts)
        for piece in run.slices
    }
    return category("device", [ran.get(op.name) for op in operations], "where it ran")


def _by_cost(color: str, operations: Operations, runs: list[RunTrace]) -> Overlay:
    found: dict[str, float] = {}
    for piece in (piece for run in runs for piece in run.slices):
        name = piece.node.name
        if color == "time":
            found[name] = found.get(name, 0.0) + piece.took
        else:
            found[name] = max(found.get(name, 0.0), float(piece.bytes))
    return {
        "title": color,
        "kind": "scale",
        "unit": "us" if color == "time" else "B",
        "values": [found.get(op.name) for op in operations],
        "combine": "sum",
        "words": f"of {describe.counted(len(runs), 'run')}",
    }


def _runs(facts: Any) -> list[RunTrace]:
    """The runs in whatever tells of runs."""
    if hasattr(facts, "runs"):
        return list(facts.runs)
    if hasattr(facts, "slices"):
        return [facts]
    if isinstance(facts, (list, tuple)):
        return [run for one in facts for run in _runs(one)]
    step_stats = lazy.load("interactive_graphs.display.step_stats")
    return [step_stats.read_run(facts)]


def _by_health(operations: Operations, facts: Mapping[Any, Any]) -> Overlay:
    words: dict[str, str] = {}
    for key, value in facts.items():
        name = getattr(key, "name", key).partition(":")[0]
        words[name] = value if isinstance(value, str) else health_of(value).word
    values = [words.get(op.name) for op in operations]
    return category("health", values, "of the values given")
