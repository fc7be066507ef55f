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
from interactive_graphs.kernels.native import conv_axes
from interactive_graphs.kernels.native.conv_axes import Axis
from interactive_graphs.kernels.native.conv_direct import Loops, direct_kernel
from interactive_graphs.kernels.native.conv_filters import pack_kernel
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target

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
    bias: bool = False,
    activation: str = "",
) -> Routine:
    """The sum over each window of its elements times the filter.

    Inputs of the routine: the images `[batch, rows, columns, in]`, the filters `[rows,
    columns, in, out]`, and the bias `[out]` if there is one; output: `[batch, *windows,
    out]`.

    Args:
        input_shape: of the images.
        filter_shape: of the filters.
        windows: where the windows lie.
        target: the processor.
        dtype: "float32" or "float64".
        bias: whether a bias is added.
        activation: "", "relu" or "relu6", applied last.
    """
    loops = forward_loops(input_shape, filter_shape, windows)
    loops = loops._replace(dtype=dtype, bias=bias, activation=activation)
    if not loops.batch * loops.channels * math.prod(loops.result):
        return EMPTY
    shapes = shapes_text(input_shape, filter_shape)
    extras = ("_bias" if bias else "") + (f"_{activation}" if activation else "")
    return direct(loops, target, f"conv2d_{shapes}{extras}", windows.kernel[1])


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
    loops = Loops(
        batch, (height, width), depth, (rows,), (columns,), result, filter_shape[-1]
    )
    return flat(loops) if is_pointwise(loops) else loops


def is_pointwise(loops: Loops) -> bool:
    """Whether each output reads the pixel in its own place, and no other."""
    return all(
        (axis.size, axis.outputs, axis.taps, axis.origin) == (size, size, 1, 0)
        for size, axes in zip(loops.sizes, (loops.rows, loops.columns), strict=True)
        for axis in axes
    )


def flat(loops: Loops) -> Loops:
    """The same where each pixel is on its own: one image of a single column."""
    count = loops.batch * math.prod(loops.sizes)
    rows, columns = (Axis(count, count, 1, 0),), (Axis(1, 1, 1, 0),)
    return loops._replace(
        batch=1, sizes=(count, 1), rows=rows, columns=columns, result=(count, 1)
    )


def direct(
    loops: Loops, target: Target, name: str, width: int, is_swapped: bool = False
) -> Routine:
    """The direct routine of some loops, with packed filters where that pays.

    Args:
        loops: what to compute.
        target: the processor.
        name: of the kernels.
        width: taps of the filters along columns.
        is_swapped: whether the filters have the loops' channels before their depth.
    """
    packed = is_swapped or _should_pack(loops, target)
    main = direct_kernel(loops, target, name, packed)
    count = 3 if loops.bias else 2
    if not packed:
        return Routine((main,), (tuple(range(count + 1)),))
    pack, elements = pack_kernel(loops, target, f"{name}_filters", width, is_swapped)
    size = target.vector_bytes // target.lanes(loops.dtype)
    packed_place = count + 1
    args = (0, packed_place, *range(2, count), count)
    return Routine((pack, main), ((1, packed_place), args), (elements * size,))


def _should_pack(loops: Loops, target: Target) -> bool:
    if loops.channels % target.lanes(loops.dtype):
        return True
    taps = loops.rows[0].taps * loops.columns[0].taps
    outputs = loops.batch * math.prod(loops.result)
    return taps * loops.depth * loops.channels > _PACKED_ELEMENTS and outputs > 64
