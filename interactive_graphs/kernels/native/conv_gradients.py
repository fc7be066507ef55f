"""The input gradient of a convolution in native code, which is a convolution itself.

Each phase of the strides reads the output's gradient with the taps that met it, so
nothing is scattered: every element of the result is written once, by one unit. The
shapes are those of the convolution: `input_shape` is that of the result. Read next:
`conv_filter_gradient.py`.
"""

import math
from collections.abc import Sequence

from interactive_graphs.kernels.cpu.windows import Windows
from interactive_graphs.kernels.native import conv_axes
from interactive_graphs.kernels.native.conv import (
    EMPTY,
    direct,
    flat,
    is_pointwise,
    shapes_text,
)
from interactive_graphs.kernels.native.conv_direct import Loops
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target


def conv2d_input_gradient(
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    windows: Windows,
    *,
    target: Target,
    dtype: str = "float32",
    bias: bool = False,
    activation: str = "",
) -> Routine:
    """The gradient of `conv2d` for its input; also the transposed convolution.

    Inputs of the routine: the output's gradient `[batch, *windows, out]`, the filters
    `[rows, columns, in, out]`, and the bias `[in]` if there is one; output: `[batch,
    rows, columns, in]`.

    Args:
        input_shape: of the images, and of the result.
        filter_shape: of the filters.
        windows: where the windows lie.
        target: the processor.
        dtype: "float32" or "float64".
        bias: whether a bias is added to the result, for transposed convolutions.
        activation: "", "relu" or "relu6", applied last.
    """
    loops = backward_loops(input_shape, filter_shape, windows)
    loops = loops._replace(dtype=dtype, bias=bias, activation=activation)
    if not loops.batch * loops.channels * math.prod(loops.result):
        return EMPTY
    shapes = shapes_text(input_shape, filter_shape)
    extras = ("_bias" if bias else "") + (f"_{activation}" if activation else "")
    name = f"conv2d_input_gradient_{shapes}{extras}"
    return direct(loops, target, name, windows.kernel[1], is_swapped=True)


def backward_loops(
    input_shape: Sequence[int], filter_shape: Sequence[int], windows: Windows
) -> Loops:
    """An input gradient as loops; their source is the output's gradient."""
    batch, height, width, channels = input_shape
    rows = conv_axes.backward(height, windows, 0)
    columns = conv_axes.backward(width, windows, 1)
    sizes = (windows.output[0], windows.output[1])
    loops = Loops(
        batch, sizes, filter_shape[-1], rows, columns, (height, width), channels
    )
    return flat(loops) if is_pointwise(loops) else loops
