"""The input gradient of a convolution in native code, which is a convolution itself.

Each phase of the strides reads the output's gradient with the taps that met it, so
nothing is scattered: every element of the result is written once, by one unit. The
shapes are those of the convolution: `input_shape` is that of the result. Read next:
`conv_filter_gradient.py`.
"""

from collections.abc import Sequence

from interactive_graphs.kernels.cpu.windows import Windows
from interactive_graphs.kernels.native import conv_axes
from interactive_graphs.kernels.native.conv import (
    convolution,
    shapes_text,
)
from interactive_graphs.kernels.native.conv_direct import Loops
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target


def conv2d_input_gradient(
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    windows: Windows,
    *,
    target: Target,
    dtype: str = "float32",
    epilogue: Epilogue | None = None,
    winograd: bool = False,
) -> Routine:
    """The gradient of `conv2d` for its input; also the transposed convolution.

    Inputs of the routine: the output's gradient `[batch, *windows, out]`, the filters
    `[rows, columns, in, out]` and the operands of the epilogue; outputs: those of the
    epilogue, of shape `[batch, rows, columns, in]`.

    Args:
        input_shape: of the images, and of the result.
        filter_shape: of the filters.
        windows: where the windows lie.
        target: the processor.
        dtype: "float32" or "float64".
        epilogue: what follows: the mask of a relu, the bias of a transposed
            convolution; None for the gradient itself.
        winograd: whether fewer products may be paid for with some digits, where that is
            faster.

    Raises:
        ValueError: the epilogue cannot follow.
    """
    loops = backward_loops(input_shape, filter_shape, windows)
    loops = loops._replace(dtype=dtype, epilogue=epilogue or Epilogue())
    name = f"conv2d_input_gradient_{shapes_text(input_shape, filter_shape)}"
    return convolution(loops, target, name, windows.kernel[1], True, winograd)


def backward_loops(
    input_shape: Sequence[int], filter_shape: Sequence[int], windows: Windows
) -> Loops:
    """An input gradient as loops; their source is the output's gradient."""
    batch, height, width, channels = input_shape
    rows = conv_axes.backward(height, windows, 0)
    columns = conv_axes.backward(width, windows, 1)
    sizes = (windows.output[0], windows.output[1])
    return Loops(
        batch, sizes, filter_shape[-1], rows, columns, (height, width), channels
    )
