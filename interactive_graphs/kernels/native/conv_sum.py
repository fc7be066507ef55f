"""Adds the parts of a sum in their order, element by element.

The last kernel of routines whose units sum parts of their own. Read next:
`conv_filter_gradient.py`.
"""

from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target

_ELEMENTS = 1 << 12  # of a unit


def sum_kernel(
    elements: int, parts: int, dtype: str, target: Target, name: str
) -> Kernel:
    """The kernel that adds `parts` arrays which lie one after another.

    Its arguments are the parts and the result.

    Args:
        elements: of each part, and of the result.
        parts: how many there are.
        dtype: of everything.
        target: the processor.
        name: of the kernel.
    """
    f = Function(target, 2)
    wide = Lanes(f, dtype, target.lanes(dtype))
    source, output = f.arguments

    def some(lanes: Lanes, at: Index) -> None:
        first = f.address(source, at, dtype)
        total = lanes.load(first)
        for part in range(1, parts):
            value = lanes.load(f.address(first, part * elements, dtype))
            total = lanes.add(total, value)
        lanes.store(total, f.address(output, at, dtype))

    def unit(number: str, _: list[str]) -> None:
        begin = f.multiply(number, _ELEMENTS)
        end = f.smaller(f.add(begin, _ELEMENTS), elements)
        full = f.subtract(end, f.remainder(f.subtract(end, begin), wide.width))
        f.loop(begin, full, lambda at, _: some(wide, at), step=wide.width)
        f.loop(full, end, lambda at, _: some(wide.of_width(1), at))

    f.loop(f.begin, f.end, unit)
    cost = 0.5 * parts * elements / wide.width
    return Kernel(name, f.text(), -(-elements // _ELEMENTS), cost)
