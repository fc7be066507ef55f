"""Two-dimensional convolution in native code: the product of windows and filters.

    >>> windows = tier_one_windows((14, 14), (5, 5), (1, 1), (1, 1), b"SAME")
    >>> routine = conv2d((100, 14, 14, 32), (5, 5, 32, 64), windows, target=detect())

Channels are last. The shapes and `Windows` are those of `kernels/cpu/conv.py`, whose
results it gives, summed in another order. Of the padding, rows of zeros that a window
meets take no part: a filter that is not finite shows there, or not. Read next:
`conv_gradients.py`.
"""

import math
from collections.abc import Sequence

from interactive_graphs.kernels.cpu.windows import Windows
from interactive_graphs.kernels.native import conv_axes, conv_epilogue, winograd_plan
from interactive_graphs.kernels.native.conv_axes import Axis
from interactive_graphs.kernels.native.conv_direct import Loops, direct_kernel
from interactive_graphs.kernels.native.conv_filters import pack_kernel
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd import (
    winograd as winograd_routine,
)

# Filters with more elements than this are packed where enough windows read them: rows
# of a panel that lie far apart cost a page of memory each.
_PACKED_ELEMENTS = 1 << 17

EMPTY = Routine((), ())
"""What computes an empty array."""


def conv2d(
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    windows: Windows,
    *,
    target: Target,
    dtype: str = "float32",
    epilogue: Epilogue | None = None,
    winograd: bool = False,
) -> Routine:
    """The sum over each window of its elements times the filter.

    Inputs of the routine: the images `[batch, rows, columns, in]`, the filters `[rows,
    columns, in, out]` and the operands of the epilogue; outputs: those of the epilogue,
    of shape `[batch, *windows, out]`.

    Args:
        input_shape: of the images.
        filter_shape: of the filters.
        windows: where the windows lie.
        target: the processor.
        dtype: "float32" or "float64".
        epilogue: what follows, of operands that `conv_epilogue.can_follow` allows; None
            for the convolution itself.
        winograd: whether fewer products may be paid for with some digits, where that is
            faster.

    Raises:
        ValueError: the epilogue cannot follow.
    """
    loops = forward_loops(input_shape, filter_shape, windows)
    loops = loops._replace(dtype=dtype, epilogue=epilogue or Epilogue())
    name = f"conv2d_{shapes_text(input_shape, filter_shape)}"
    return convolution(loops, target, name, windows.kernel[1], False, winograd)


def shapes_text(input_shape: Sequence[int], filter_shape: Sequence[int]) -> str:
    """The shapes as part of a kernel's name."""
    return "x".join(map(str, input_shape)) + "_" + "x".join(map(str, filter_shape))


def forward_loops(
    input_shape: Sequence[int], filter_shape: Sequence[int], windows: Windows
) -> Loops:
    """A convolution as loops."""
    batch, height, width, depth = input_shape
    rows = conv_axes.forward(height, windows, 0)
    columns = conv_axes.forward(width, windows, 1)
    result = (windows.output[0], windows.output[1])
    return Loops(
        batch, (height, width), depth, (rows,), (columns,), result, filter_shape[-1]
    )


def is_pointwise(loops: Loops) -> bool:
    """Whether each output reads the pixel in its own place, and no other."""
    # How far a second tap would be does not matter.
    return all(
        (axis.size, axis.outputs, axis.taps, axis.origin) == (size, size, 1, 0)
        and (axis.stride, axis.repeats) == (1, 1)
        for size, axes in zip(loops.sizes, (loops.rows, loops.columns), strict=True)
        for axis in axes
    )


def flat(loops: Loops) -> Loops:
    """The same where it is pointwise: one image of a single column of all pixels."""
    if not is_pointwise(loops):
        return loops
    count = loops.batch * math.prod(loops.sizes)
    whole = (1, count, 1, loops.channels)
    operands = tuple(
        operand._replace(shape=whole) if operand.shape == loops.shape else operand
        for operand in loops.epilogue.operands
    )
    return loops._replace(
        batch=1,
        sizes=(count, 1),
        rows=(Axis(count, count, 1, 0),),
        columns=(Axis(1, 1, 1, 0),),
        result=(count, 1),
        epilogue=loops.epilogue._replace(operands=operands),
    )


def convolution(
    loops: Loops,
    target: Target,
    name: str,
    width: int,
    is_swapped: bool,
    winograd: bool,
) -> Routine:
    """The routine of some loops, whichever way pays.

    Args:
        loops: what to compute.
        target: the processor.
        name: of the kernels.
        width: taps of the filters along columns.
        is_swapped: whether the filters have the loops' channels before their depth.
        winograd: whether Winograd's way may be taken.

    Raises:
        ValueError: the epilogue cannot follow.
    """
    epilogue = loops.epilogue
    conv_epilogue.check(epilogue, loops.shape)
    if not math.prod(loops.shape):
        return EMPTY
    if winograd and winograd_plan.pays(loops, target):
        name = f"{name}_winograd"
        return winograd_routine(loops, target, name, width, is_swapped)
    return _direct(loops, target, name, width, is_swapped)


def _direct(
    loops: Loops, target: Target, name: str, width: int, is_swapped: bool
) -> Routine:
    """The direct routine, with packed filters where that pays."""
    epilogue = loops.epilogue
    count = len(epilogue.operands) + len(epilogue.outputs)
    same = conv_epilogue.in_place(epilogue, loops.dtype, loops.shape)
    loops = flat(loops)
    packed = is_swapped or _should_pack(loops, target)
    ops = [value.op for value in epilogue.values if value.op != "constant"]
    named = "_".join([name, *ops[:6]])
    main = direct_kernel(loops, target, named, packed)
    others = range(2, 2 + count)
    if not packed:
        return Routine((main,), ((0, 1, *others),), in_place=same)
    pack, elements = pack_kernel(
        loops, loops.panels(target), target, f"{name}_filters", width, is_swapped
    )
    size = target.vector_bytes // target.lanes(loops.dtype)
    place = 2 + count
    args = ((1, place), (0, place, *others))
    return Routine((pack, main), args, (elements * size,), same)


def _should_pack(loops: Loops, target: Target) -> bool:
    if loops.channels % target.lanes(loops.dtype):
        return True
    taps = loops.rows[0].taps * loops.columns[0].taps
    outputs = loops.batch * math.prod(loops.result)
    return taps * loops.depth * loops.channels > _PACKED_ELEMENTS and outputs > 64
