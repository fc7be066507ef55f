"""Passes over large arrays, tile by tile: what one leaves for the next stays near.

    >>> first = Step(doubled, takes=(0,), gives=(2,))
    >>> second = Step(tanh_of, takes=(2,), gives=(1,))
    >>> kernel, = tiled([first, second], inputs=1, outputs=1, target=detect()).kernels
    >>> kernel.name
    '2_passes_by_tiles_1000000'

Each step is a cluster over the same number of elements. A kernel goes through the tiles
and calls the kernels of all steps on each; arrays that only steps read are never in
memory whole, a tile of them lies in the scratch memory of the thread. So a chain of a
hundred passes over a million numbers needs the memory, and the way to memory, of its
first inputs and last results alone. Read next: `clusters.py`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from interactive_graphs.kernels.native.clusters import Cluster, length, size
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

_NEAR: Final = 512 << 10
"""Bytes that the tiles of all arrays may take: they stay in a core's own cache."""
_ELEMENTS: Final = (1024, 16384)
_ROUND: Final = 64
"""Tiles are a multiple of so many elements, so that each begins at a cache line."""


class Step(NamedTuple):
    """A cluster, and which arrays it is about.

    Attributes:
        cluster: each operand has as many elements as its shape, or one; all stores are
            whole.
        takes: for each operand the number of an array: inputs, then outputs, then those
            between steps.
        gives: for each store likewise.
    """

    cluster: Cluster
    takes: tuple[int, ...]
    gives: tuple[int, ...]


def tiled(steps: Sequence[Step], inputs: int, outputs: int, target: Target) -> Routine:
    """Writes the kernel that does all steps to a tile.

    Args:
        steps: in order.
        inputs: how many arrays are inputs.
        outputs: how many are outputs; the other numbers are arrays between steps.
        target: the processor.
    """
    return _Tiles(steps, inputs, outputs, target).routine()


def _tile(size: int, wished: int) -> int:
    """How many elements a tile has: some of which the size is a multiple, if it can be.

    Each step needs another kernel for a last tile that is shorter.
    """
    least, most = _ELEMENTS
    largest = min(most, max(least, wished // _ROUND * _ROUND))
    for tile in range(largest, largest // 4, -_ROUND):
        if size % tile == 0:
            return tile
    return min(largest, size)


class _Tiles:
    """Cuts arrays into tiles."""

    def __init__(
        self, steps: Sequence[Step], inputs: int, outputs: int, target: Target
    ) -> None:
        self._steps = steps
        self._inputs = inputs
        self._outer = inputs + outputs
        self._target = target
        self._size = size(steps[0].cluster.shape)
        self._element: dict[int, int] = {}
        self._numbers: set[int] = set()
        for step in steps:
            self._look_at(step)
        self._places, rooms = self._between()
        room = sum(rooms) + sum(
            self._element[a] for a in range(self._outer) if a not in self._numbers
        )
        self._tile = _tile(self._size, _NEAR // max(1, room))
        line = -(-self._tile // _ROUND) * _ROUND
        self._starts = [line * sum(rooms[:place]) for place in range(len(rooms))]
        self._room = line * sum(rooms)

    def _look_at(self, step: Step) -> None:
        """Note how long the elements of arrays are, and which have only one."""
        cluster = step.cluster
        for number, operand in zip(step.takes, cluster.operands, strict=True):
            self._element[number] = length(operand.dtype)
            if size(operand.shape) != self._size:
                self._numbers.add(number)
        for number, store in zip(step.gives, cluster.stores, strict=True):
            self._element[number] = length(cluster.dtype(store.value))

    def _between(self) -> tuple[dict[int, int], list[int]]:
        """The room of each array between steps, and the bytes of rooms for an element.

        A room is used again when no further step reads what lies there, at once by
        that very step's results: a cluster may write over what it reads.
        """
        last = {a: i for i, step in enumerate(self._steps) for a in step.takes}
        places: dict[int, int] = {}
        rooms: list[int] = []
        free: list[int] = []
        for i, step in enumerate(self._steps):
            ended = [a for a in dict.fromkeys(step.takes) if last[a] == i]
            free += [places[a] for a in ended if a >= self._outer]
            for array in step.gives:
                if array < self._outer:
                    continue
                fitting = [p for p in free if rooms[p] == self._element[array]]
                if fitting:
                    free.remove(fitting[-1])
                else:
                    fitting = [len(rooms)]
                    rooms.append(self._element[array])
                places[array] = fitting[-1]
        return places, rooms

    def routine(self) -> Routine:
        tiles = -(-self._size // self._tile)
        rest = self._size - (tiles - 1) * self._tile
        full = [self._kernel(step, self._tile) for step in self._steps]
        last = [self._kernel(step, rest) for step in self._steps]
        calls = tuple(k for pair in zip(full, last, strict=True) for k in pair)
        kernel = Kernel(
            f"{len(self._steps)}_passes_by_tiles_{self._size}",
            self._text(calls, tiles),
            tiles,
            sum(kernel.cost for kernel in full) * self._size / self._tile,
            self._room + max(kernel.scratch for kernel in calls),
            calls,
        )
        return Routine((kernel,), (tuple(range(self._outer)),), (), self._in_place())

    def _kernel(self, step: Step, elements: int) -> Kernel:
        """A step's kernel for so many elements."""
        cluster = step.cluster
        operands = tuple(
            operand._replace(shape=() if number in self._numbers else (elements,))
            for number, operand in zip(step.takes, cluster.operands, strict=True)
        )
        part = cluster._replace(shape=(elements,), operands=operands)
        (kernel,) = elementwise(part, self._target).kernels
        return kernel

    def _text(self, calls: Sequence[Kernel], tiles: int) -> str:
        f = Function(self._target, 1 + self._outer)
        table, *bases = f.arguments
        most = max(len(step.takes) + len(step.gives) for step in self._steps)
        given = f.stack(8 * most)
        own = f.address("%scratch", self._room, "uint8")

        def tile(number: str, _: list[str]) -> None:
            at = f.multiply(number, self._tile)
            last = f.value(f"icmp eq i64 {number}, {tiles - 1}")
            row = f.value(f"select i1 {last}, i64 1, i64 0")
            where = [
                base if a in self._numbers else self._moved(f, base, at, a)
                for a, base in enumerate(bases)
            ]
            for i, step in enumerate(self._steps):
                f.comment(calls[2 * i].name)
                for position, array in enumerate((*step.takes, *step.gives)):
                    pointer = (
                        where[array] if array < self._outer else self._near(f, array)
                    )
                    place = f.address(given, position, "int64")
                    f.do(f"store ptr {pointer}, ptr {place}, align 8")
                place = f.address(table, f.add(row, 2 * i), "int64")
                function = f.value(f"load ptr, ptr {place}, align 8")
                units = [kernel.units for kernel in calls[2 * i : 2 * i + 2]]
                count = f.value(f"select i1 {last}, i64 {units[1]}, i64 {units[0]}")
                f.do(
                    f"call void {function}(ptr {given}, i64 0, i64 {count}, ptr {own})"
                )

        f.loop(f.begin, f.end, tile)
        return f.text()

    def _moved(self, f: Function, base: str, at: str, array: int) -> str:
        """Where a tile of an array in memory begins."""
        return f.address(base, f.multiply(at, self._element[array]), "uint8")

    def _near(self, f: Function, array: int) -> str:
        """Where the tile of an array between steps begins."""
        return f.address("%scratch", self._starts[self._places[array]], "uint8")

    def _in_place(self) -> frozenset[tuple[int, int]]:
        """Pairs of (output, input): no step reads the input after one writes there."""
        last = {a: i for i, step in enumerate(self._steps) for a in step.takes}
        made = {a: i for i, step in enumerate(self._steps) for a in step.gives}
        return frozenset(
            (output, given)
            for output in range(self._inputs, self._outer)
            for given in range(self._inputs)
            if given not in self._numbers
            and last[given] <= made[output]
            and self._element[given] == self._element[output]
        )
