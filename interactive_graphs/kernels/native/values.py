"""The values of a cluster at one place of its shape: when and how wide to compute.

A value has a level, the number of loops it needs to be inside of, and is computed
there, outside of the inner loops. What is the same for all lanes of a vector is
computed once, as a scalar. Read next: `reduce.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from interactive_graphs.kernels.native.clusters import Cluster, Value
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.operations import (
    DIVISIONS,
    OPERATIONS,
    Number,
    cost_of,
)

OFTEN: Final = 4
"""A function that occurs as often as this is called, not written out."""
_EXPENSIVE: Final = 20.0

Names = dict[tuple[int, int], str]
"""The name of each value computed so far, by number and width."""


def needed(cluster: Cluster, roots: Iterable[int]) -> list[int]:
    """The operands and values that some values depend on, in order."""
    found: set[int] = set()
    waiting = list(roots)
    first = len(cluster.operands)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            if number >= first:
                waiting += cluster.values[number - first].args
    return sorted(found)


class Values:
    """Computes the values of a cluster that some stores need.

    Attributes:
        level: for each value the number of loops around it.
        same: the values that are the same in all lanes.
    """

    def __init__(
        self,
        f: Function,
        cluster: Cluster,
        roots: Sequence[int],
        levels: Sequence[int],
        varies: Sequence[bool],
    ) -> None:
        """Plans.

        Args:
            f: where to write.
            cluster: of what.
            roots: the values to be stored.
            levels: for each operand the number of loops around its load.
            varies: for each operand whether it differs from lane to lane.
        """
        self._f = f
        self._cluster = cluster
        self._first = len(cluster.operands)
        self.numbers = needed(cluster, roots)
        self.level = dict(enumerate(levels))
        self.same = {number for number, differs in enumerate(varies) if not differs}
        for number in self.numbers:
            value = self._value(number)
            if value is None:
                continue
            self.level[number] = max((self.level[a] for a in value.args), default=0)
            if all(a in self.same for a in value.args):
                self.same.add(number)
        self._spread = self._also_wide(roots)
        self._often = self._frequent()

    def _value(self, number: int) -> Value | None:
        place = number - self._first
        return self._cluster.values[place] if place >= 0 else None

    def _also_wide(self, roots: Sequence[int]) -> set[int]:
        """The values that are computed as scalars but used in vectors, too."""
        used = set(roots)
        for number in self.numbers:
            value = self._value(number)
            if value is not None and number not in self.same:
                used.update(value.args)
        return used & self.same

    def _frequent(self) -> set[tuple[str, str]]:
        counts = Counter(
            (value.op, value.dtype)
            for value in map(self._value, self.numbers)
            if value is not None and cost_of(value.op, value.dtype) >= _EXPENSIVE
        )
        return {key for key, count in counts.items() if count >= OFTEN}

    # -- computing ---------------------------------------------------------------------

    def compute(
        self,
        level: int,
        names: Names,
        widths: Sequence[int],
        load: Callable[[int, int], str],
    ) -> None:
        """Writes what is to be computed inside exactly `level` loops.

        Args:
            level: how many.
            names: gets the new names.
            widths: of vectors: all that will occur further inside, or the one that is.
            load: writes the load of an operand in a width.
        """
        for number in self.numbers:
            if self.level[number] != level or self._is_constant(number):
                continue
            if number in self.same:
                names[number, 1] = self._compute(number, 1, names, load)
                for width in widths if number in self._spread else ():
                    if width > 1:
                        names[number, width] = self._splat(number, width, names)
            else:
                (width,) = widths
                names[number, width] = self._compute(number, width, names, load)

    def name(self, number: int, width: int, names: Names) -> str:
        """The name of a value that has been computed, or the text of a constant."""
        value = self._value(number)
        if value is None or value.op != "constant":
            return names[number, width]
        if value.dtype != "bool":
            return self.lanes(value.dtype, width).constant(value.constant or 0)
        truth = "true" if value.constant else "false"
        return truth if width == 1 else f"splat (i1 {truth})"

    def lanes(self, dtype: str, width: int) -> Lanes:
        """The lanes to compute values of a dtype in."""
        return Lanes(self._f, dtype, width)

    def dtype(self, number: int) -> str:
        """The dtype of a value."""
        return self._cluster.dtype(number)

    def _is_constant(self, number: int) -> bool:
        value = self._value(number)
        return value is not None and value.op == "constant"

    def _splat(self, number: int, width: int, names: Names) -> str:
        v = self.lanes(self.dtype(number), width)
        scalar = names[number, 1]
        if v.dtype != "bool":
            return v.splat(scalar)
        one = self._f.value(f"insertelement {v.mask_type} poison, i1 {scalar}, i32 0")
        return self._f.value(
            f"shufflevector {v.mask_type} {one}, {v.mask_type} poison, "
            f"<{width} x i32> zeroinitializer"
        )

    def _compute(
        self, number: int, width: int, names: Names, load: Callable[[int, int], str]
    ) -> str:
        value = self._value(number)
        if value is None:
            loaded = load(number, width)
            v = self.lanes(self.dtype(number), width)
            return v.to_mask(loaded) if v.dtype == "bool" else loaded
        args = [self.name(a, width, names) for a in value.args]
        if value.op == "cast":
            return self._cast(value, args[0], width)
        v = self.lanes(value.dtype, width)
        if value.op == "select":
            kind = v.mask_type if value.dtype == "bool" else v.type
            return self._f.value(
                f"select {v.mask_type} {args[0]}, {kind} {args[1]}, {kind} {args[2]}"
            )
        return self._operate(value, args, width)

    def _operate(self, value: Value, args: list[str], width: int) -> str:
        v = self.lanes(self.dtype(value.args[0]), width)
        write = OPERATIONS[value.op].write
        if (value.op, value.dtype) not in self._often:
            return write(v, args, self._number(value))
        kinds = [v.type] * len(args)
        routine = self._f.subroutine(
            f"{value.op}.{v.suffix}", v.type, kinds, lambda given: write(v, given, None)
        )
        taken = ", ".join(f"{v.type} {arg}" for arg in args)
        return self._f.value(f"call {v.type} {routine}({taken})")

    def _number(self, value: Value) -> Number:
        """The number of an operation; for a division a divisor that is known."""
        if value.op not in DIVISIONS:
            return value.constant
        divisor = self._value(value.args[1])
        return None if divisor is None else divisor.constant

    def _cast(self, value: Value, arg: str, width: int) -> str:
        source = self.lanes(self.dtype(value.args[0]), width)
        target = self.lanes(value.dtype, width)
        if source.dtype == target.dtype:
            return arg
        if source.dtype == "bool":
            return target.from_mask(arg)
        if target.dtype == "bool":
            return source.to_mask(arg)
        return source.convert(arg, target)


def alive(cluster: Cluster, roots: Sequence[int]) -> int:
    """The largest number of values that are needed at one time, constants left out."""
    first = len(cluster.operands)
    numbers = needed(cluster, roots)
    last = {root: len(numbers) for root in roots}
    for place, number in enumerate(numbers):
        if number >= first:
            for arg in cluster.values[number - first].args:
                last[arg] = max(place, last.get(arg, 0))
    most, current = 0, set[int]()
    for place, number in enumerate(numbers):
        if number < first or cluster.values[number - first].op != "constant":
            current.add(number)
        current = {other for other in current if last.get(other, 0) >= place}
        most = max(most, len(current))
    return most
