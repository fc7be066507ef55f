"""Everything about one operation, as plain data: what a view asks when one is selected.

`details(op)` answers for one, at once; `Facts(operations)` holds the same for all of
them in a form that is small enough to be saved with a page that has no kernel to ask.
Read next: `holding.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interactive_graphs.display import describe, evaluate
from interactive_graphs.display.table import attr_text
from interactive_graphs.framework.graph_keys import GraphKeys

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

_VALUE: Final = 2000
"""Characters of a value: what a panel has room for."""


def details(op: Operation, session: Any = None) -> dict[str, Any]:
    """What there is to say of an operation, beyond what the model of its graph holds.

    Args:
        op: the operation.
        session: where values come from; without one, only constants have a value.

    Returns:
        `attrs`: pairs of name and value as text; `stack`: where it was made, outermost
        first, each with `place`, `function` and `text`; `gradient_of`: the name of the
        operation that it is the gradient of, or ''; `value`: its `text` and `words`
        about it, or None.
    """
    return {
        "attrs": attributes(op),
        "stack": stack(op),
        "gradient_of": op.original_op.name if op.original_op is not None else "",
        "value": value(op, session),
    }


def attributes(op: Operation) -> list[list[str]]:
    """Name and value of each attribute, in the order of their names."""
    return [
        [describe.plain(name), attr_text(value)]
        for name, value in sorted(op.attrs.items())
        # A constant's value has a place of its own.
        if not (op.type == "Const" and name == "value")
    ]


def stack(op: Operation) -> list[dict[str, str]]:
    """Where an operation was made, outermost first."""
    return [
        {
            "place": describe.place_text(file, line),
            "function": describe.plain(function),
            "text": describe.plain(text),
        }
        for file, line, function, text in op.traceback
    ]


def value(op: Operation, session: Any = None) -> dict[str, str] | None:
    """The value of an operation's first output, where telling it changes nothing."""
    known = op.attrs.get("value") if op.type == "Const" else None
    if known is not None:
        return _value_words(known)
    if session is None or not op.outputs:
        return None
    found, why_not = evaluate.harmless_value(op.outputs[0], session)
    if found is None:
        return {"text": why_not, "words": ""} if why_not else None
    return _value_words(found)


def _value_words(found: Any) -> dict[str, str]:
    array = np.asarray(found)
    text = evaluate.array_text(array)
    text = "\n".join(describe.plain(line, 200) for line in text.splitlines())
    words = f"{describe.counted(array.size, 'element')}" if array.ndim else ""
    statistics = evaluate.statistics_text(array) if array.size > 1 else ""
    return {
        "text": text[:_VALUE],
        "words": ", ".join(part for part in (words, statistics) if part),
    }


def gradient_facts(operations: Iterable[Operation]) -> dict[str, Any]:
    """Which variables are trained, and which operation is whose gradient.

    Args:
        operations: those of a model, in its order.

    Returns:
        `trainable`: numbers of the variables' operations; `gradient_of`: pairs of the
        number of a gradient's operation and that of the one it was made for.
    """
    listed = list(operations)
    ids = {op: number for number, op in enumerate(listed)}
    graph = listed[0].graph if listed else None
    trained = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) if graph else []
    return {
        "trainable": [ids[v.op] for v in trained if getattr(v, "op", None) in ids],
        "gradient_of": [
            [ids[op], ids[op.original_op]]
            for op in listed
            if op.original_op is not None and op.original_op in ids
        ],
    }


class Facts:
    """The details of many operations, what they share written once.

    Operations made by one line have one stack, and most have the same few attributes:
    a graph of 10 000 operations has a few hundred of either.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Gathers them."""
        self.operations = list(operations)
        self._stacks: dict[Any, int] = {}
        self._attrs: dict[Any, int] = {}

    def to_json(self) -> dict[str, Any]:
        """Columns by the operations' numbers, and the tables they point into.

        Returns:
            `stack` and `attrs`: for each operation the number of its entry in `stacks`
            and in `attributes`; `values`: what constants hold, by their numbers;
            `gradients`: see `gradient_facts`.
        """
        stacks: list[Any] = []
        attrs: list[Any] = []
        columns: dict[str, list[int]] = {"stack": [], "attrs": []}
        values = {}
        for number, op in enumerate(self.operations):
            columns["stack"].append(
                _entry(self._stacks, stacks, op.stack, lambda op=op: stack(op))
            )
            pairs = attributes(op)
            key = tuple(map(tuple, pairs))
            columns["attrs"].append(
                _entry(self._attrs, attrs, key, lambda pairs=pairs: pairs)
            )
            known = value(op)
            if known is not None:
                values[str(number)] = known
        return {
            **columns,
            "stacks": stacks,
            "attributes": attrs,
            "values": values,
            "gradients": gradient_facts(self.operations),
        }


def _entry(known: dict[Any, int], table: list[Any], key: Any, make: Any) -> int:
    """The number of an entry in a table, which is made when it is new."""
    number = known.get(key)
    if number is None:
        number = known[key] = len(table)
        table.append(make())
    return number
