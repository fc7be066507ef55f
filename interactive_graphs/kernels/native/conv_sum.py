"""Adds the parts of a sum in their order, element by element.

The last kernel of routines whose units sum parts of their own. What follows the sum, an
optimizer's step for example, is computed at once. Read next:
`conv_filter_gradient.py`.
"""

import math

from interactive_graphs.kernels.native import conv_epilogue
from interactive_graphs.kernels.native.conv_epilogue import End
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

_ELEMENTS = 1 << 12  # of a unit


def summed(
    main: Kernel,
    parts: int,
    shape: tuple[int, ...],
    dtype: str,
    epilogue: Epilogue | None,
    target: Target,
) -> Routine:
    """The routine of a kernel of two inputs that gives parts, and of their sum.

    Args:
        main: its arguments are the inputs and the parts, one after another.
        parts: how many there are.
        shape: of each part, and of the result.
        dtype: of the sums.
        epilogue: what follows; its operands have that shape, or are one number.
        target: the processor.

    Raises:
        ValueError: the epilogue cannot follow.
    """
    epilogue = epilogue or Epilogue()
    conv_epilogue.check(epilogue, shape)
    size = target.vector_bytes // target.lanes(dtype)
    others = range(2, 2 + len(epilogue.operands) + len(epilogue.outputs))
    place = others.stop
    name = f"{main.name}_sum"
    total = sum_kernel(shape, parts, dtype, epilogue, target, name)
    return Routine(
        (main, total),
        ((0, 1, place), (place, *others)),
        (parts * math.prod(shape) * size,),
        conv_epilogue.in_place(epilogue, dtype, shape),
    )


def sum_kernel(
    shape: tuple[int, ...],
    parts: int,
    dtype: str,
    epilogue: Epilogue,
    target: Target,
    name: str,
) -> Kernel:
    """The kernel that adds `parts` arrays which lie one after another.

    Its arguments are the parts, the epilogue's operands and its outputs.

    Args:
        shape: of each part, and of the result.
        parts: how many there are.
        dtype: of the sums.
        epilogue: what follows; its operands have that shape, or are one number.
        target: the processor.
        name: of the kernel.
    """
    elements = math.prod(shape)
    f = Function(target, 1 + len(epilogue.operands) + len(epilogue.outputs))
    wide = Lanes(f, dtype, target.lanes(dtype))
    source, *others = f.arguments

    def some(lanes: Lanes, at: Index) -> None:
        first = f.address(source, at, dtype)
        total = lanes.load(first)
        for part in range(1, parts):
            value = lanes.load(f.address(first, part * elements, dtype))
            total = lanes.add(total, value)
        End(lanes, epilogue, shape, others, at, 0).write(total, 0, 0)

    def unit(number: str, _: list[str]) -> None:
        begin = f.multiply(number, _ELEMENTS)
        end = f.smaller(f.add(begin, _ELEMENTS), elements)
        full = f.subtract(end, f.remainder(f.subtract(end, begin), wide.width))
        f.loop(begin, full, lambda at, _: some(wide, at), step=wide.width)
        f.loop(full, end, lambda at, _: some(wide.of_width(1), at))

    f.loop(f.begin, f.end, unit)
    each = 2 * parts + conv_epilogue.cost(epilogue)
    cost = each * elements / wide.width / 4
    return Kernel(name, f.text(), -(-elements // _ELEMENTS), cost)
