"""What is the same for all elements is computed once, before them.

The step of Adam divides and takes a root of numbers that no element has a part in. Such
values go into a task of their own, over no dimensions, and come back as an operand.
Read next: `cluster.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from interactive_graphs.kernels.native.clusters import Store, Value

Values = tuple[Value, ...]


class Part(NamedTuple):
    """Values, and the operands they are of, by their numbers before."""

    operands: list[int]
    values: Values
    stores: tuple[Store, ...]


def apart(
    values: Sequence[Value], stores: Sequence[Store], is_number: Sequence[bool]
) -> tuple[Part, Part] | None:
    """Divide values into those of numbers alone, and the rest.

    Args:
        values: as of a `Pointwise`.
        stores: likewise.
        is_number: for each operand whether it is one number.

    Returns:
        The part of numbers, whose outputs come after the operands of the other part;
        None where there is nothing to divide.
    """
    uniform: list[bool] = []
    for value in values:
        uniform.append(all(_is(a, uniform, is_number) for a in value.args))
    asked = [
        a for v, own in zip(values, uniform, strict=True) if not own for a in v.args
    ]
    wanted = dict.fromkeys(
        a for a in asked if a >= 0 and uniform[a] and values[a].op != "constant"
    )
    if not wanted or any(_is(store.value, uniform, is_number) for store in stores):
        return None
    first = _taken(values, [Store(a) for a in wanted], {})
    known = {a: i for i, a in enumerate(wanted)}
    return first, _taken(values, stores, known)


def _is(argument: int, uniform: list[bool], is_number: Sequence[bool]) -> bool:
    return is_number[~argument] if argument < 0 else uniform[argument]


def _taken(
    values: Sequence[Value], stores: Iterable[Store], known: dict[int, int]
) -> Part:
    """The values that stores need, without those that are known already.

    Args:
        values: all.
        stores: of them.
        known: by value the place of an operand that has it, after the part's own.
    """
    stores = tuple(stores)
    needed: set[int] = set()
    pending = [store.value for store in stores]
    while pending:
        argument = pending.pop()
        if argument not in needed:
            needed.add(argument)
            if argument >= 0 and argument not in known:
                pending += values[argument].args
    operands = sorted(~a for a in needed if a < 0)
    number = {~a: ~place for place, a in enumerate(operands)}
    for argument, place in known.items():
        number[argument] = ~(len(operands) + place)
    kept: list[Value] = []
    for place, value in enumerate(values):
        if place in needed and place not in known:
            number[place] = len(kept)
            kept.append(value._replace(args=tuple(number[a] for a in value.args)))
    moved = tuple(store._replace(value=number[store.value]) for store in stores)
    return Part(operands, tuple(kept), moved)
