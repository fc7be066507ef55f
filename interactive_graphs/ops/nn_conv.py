"""Two-dimensional convolution, its two gradients, and the transposed convolution.

Each of the three ops is the gradient of the other two, so that derivatives of any order
work. The kernels are in `kernels/cpu/conv.py`. Read next: `nn_depthwise.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    format_list,
    format_shape,
    is_compatible,
    merge,
)
from interactive_graphs.kernels.cpu import conv as cpu
from interactive_graphs.kernels.cpu.windows import (
    Windows,
    channels_last,
    from_channels_last,
    spatial,
    windows,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._windows import (
    Dims,
    bad_gradient_shape,
    checked_list,
    explicit_pairs,
    join_dims,
    same_attrs,
    split_dims,
    unsupported,
    window_attrs,
    window_outputs,
)

ONES = (1, 1, 1, 1)


def conv_attrs(rank: int = 4) -> dict[str, Any]:
    """The attributes of a convolution, in TensorFlow's order."""
    attrs: dict[str, Any] = window_attrs(rank, explicit=rank == 4)
    if rank == 4:
        attrs = {
            "strides": attrs.pop("strides"), "use_cudnn_on_gpu": True, **attrs
        }  # fmt: skip
    return {**attrs, "dilations": Attr("list(int)", (1,) * rank)}


def conv_shape(op: Operation) -> list[Shape]:
    """The shape of a convolution of input 0 with the filter in input 1.

    Raises:
        ValueError: ranks, depths or sizes do not fit.
    """
    data_format: bytes = op.attrs["data_format"]
    rank = len(data_format)
    x = with_rank(op.inputs[0].static_shape, rank) or ()
    filters = with_rank(op.inputs[1].static_shape, rank) or ()
    strides = checked_list(op, "strides", rank, "stride")
    dilations = checked_list(op, "dilations", rank, "dilation")
    batch, sizes, depth = split_dims(x, data_format)
    merge_dims(depth, filters[-2])
    padding: bytes = op.attrs["padding"]
    explicit = op.attrs.get("explicit_paddings", ())
    outputs = window_outputs(
        sizes, filters[:-2], spatial(strides, data_format),
        spatial(dilations, data_format), padding, explicit_pairs(explicit, data_format),
    )  # fmt: skip
    return [join_dims(batch, outputs, filters[-1], data_format)]


def sizes_shape(index: int, batch_from: int | None = None) -> Any:
    """The shape rule of a gradient: what input `index` spells.

    Args:
        index: of the input that holds the sizes.
        batch_from: of the input that has the same batch size, if one has.
    """

    def rule(op: Operation) -> list[Shape]:
        rank = len(op.attrs["data_format"])
        with_rank(op.inputs[2].static_shape, rank)
        sizes = static_shape_value(op.inputs[index])
        if sizes is not None and len(sizes) != rank:
            raise ValueError(
                f"{op.type} requires {op.op_def.input_names[index]} to contain {rank} "
                f"values, but got: {len(sizes)}"
            )
        if batch_from is not None:
            known = with_rank(op.inputs[batch_from].static_shape, rank) or ()
            sizes = merge(sizes, (known[0], *(None,) * (rank - 1)))
        return [with_rank(sizes, rank)]

    return rule


def sizes_of(tensor: Tensor) -> Any:
    """A tensor's shape as an argument: a constant where it is known."""
    shape = tensor.static_shape
    if shape is not None and None not in shape:
        return np.array(shape, np.int32)
    return raw.Shape(tensor)


class Convolution:
    """Where the windows of one convolution lie, once the arrays are there.

    Args:
        input_shape: of the input, in `data_format`.
        filter_shape: `[*kernel, in, out]`.
        strides, padding, explicit_paddings, data_format, dilations: the attributes.

    Raises:
        InvalidArgumentError: shapes do not fit.
        UnimplementedError: strides over batch or depth.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        filter_shape: Sequence[int],
        strides: tuple[int, ...],
        padding: bytes,
        explicit_paddings: tuple[int, ...],
        data_format: bytes,
        dilations: tuple[int, ...],
    ) -> None:
        """See the class."""
        unsupported("strides", strides, data_format)
        unsupported("dilations", dilations, data_format)
        rank = len(data_format)
        for what, shape in (("input", input_shape), ("filter", filter_shape)):
            if len(shape) != rank:
                dims = format_list(tuple(shape))
                invalid(f"{what} must be {rank}-dimensional{dims}")
        self.data_format = data_format
        sizes = spatial(input_shape, data_format)
        is_first = data_format.startswith(b"NC")
        depth = input_shape[1 if is_first else -1]
        self.input_shape = (input_shape[0], *sizes, depth)  # channels last
        self.filter_shape = tuple(filter_shape)
        self.windows: Windows = windows(
            sizes, filter_shape[:-2], spatial(strides, data_format),
            spatial(dilations, data_format), padding,
            explicit_pairs(explicit_paddings, data_format),
        )  # fmt: skip

    def check_depth(self, depth: int) -> None:
        """The input must have the depth that the filter takes.

        Raises:
            InvalidArgumentError: it has not.
        """
        if self.input_shape[-1] != depth:
            invalid(
                "input and filter must have the same depth: "
                f"{self.input_shape[-1]} vs {depth}"
            )

    def last(self, x: np.ndarray) -> np.ndarray:
        """`x` with its channels last."""
        return channels_last(x, self.data_format)

    def back(self, x: np.ndarray) -> np.ndarray:
        """`x`, channels last, in the op's own format."""
        return from_channels_last(x, self.data_format)

    def check_output(self, op: str, dy: np.ndarray, depth: int) -> np.ndarray:
        """`dy`, channels last, if it has the shape of the convolution's output.

        Raises:
            InvalidArgumentError: it has another.
        """
        found = self.last(dy) if dy.ndim == len(self.data_format) else dy
        wanted = (self.input_shape[0], *self.windows.output, depth)
        if found.shape != wanted:
            raise bad_gradient_shape(op, "out_backprop", found.shape, wanted)
        return found


def _conv2d_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, filters = op.inputs
    attrs = same_attrs(op)
    return [
        raw.Conv2DBackpropInput(sizes_of(x), filters, dy, **attrs),
        raw.Conv2DBackpropFilter(x, sizes_of(filters), dy, **attrs),
    ]


conv2d_op = define(
    "Conv2D", "input: T, filter: T -> output: T", T=types((*FLOAT, int32)),
    **conv_attrs(), shape=conv_shape, gradient=_conv2d_gradient,
    doc="Each window of images times each filter, summed.",
)  # fmt: skip


@conv2d_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    c = Convolution(
        input.shape, filter.shape, strides, padding, explicit_paddings, data_format,
        dilations,
    )  # fmt: skip
    c.check_depth(filter.shape[-2])
    return c.back(cpu.conv(c.last(input), filter, c.windows))


def _input_gradient_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    _, filters, dy = op.inputs
    attrs = same_attrs(op)
    return [
        None,
        raw.Conv2DBackpropFilter(ddx, sizes_of(filters), dy, **attrs),
        raw.Conv2D(ddx, filters, **attrs),
    ]


def _check_depths(op: Operation) -> list[Shape]:
    """For the gradient's depth: out_backprop has as many channels as filters."""
    filters = with_rank(op.inputs[1].static_shape, 4) or ()
    dy = with_rank(op.inputs[2].static_shape, 4) or ()
    merge_dims(split_dims(dy, op.attrs["data_format"])[2], filters[-1])
    result: list[Shape] = sizes_shape(0, batch_from=2)(op)
    return result


input_gradient_op = define(
    "Conv2DBackpropInput",
    "input_sizes: int32, filter: T, out_backprop: T -> output: T",
    T=types((*FLOAT, int32)), **conv_attrs(), shape=_check_depths,
    gradient=_input_gradient_gradient, doc="The gradient of Conv2D for its input.",
)  # fmt: skip


@input_gradient_op.kernel("CPU")
def _(
    input_sizes: np.ndarray,
    filter: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    c = Convolution(
        input_sizes.tolist(), filter.shape, strides, padding, explicit_paddings,
        data_format, dilations,
    )  # fmt: skip
    c.check_depth(filter.shape[-2])
    dy = c.check_output("Conv2DBackpropInput", out_backprop, filter.shape[-1])
    return c.back(cpu.conv_input_gradient(c.input_shape, filter, dy, c.windows))


def _filter_gradient_gradient(op: Operation, ddf: Tensor) -> list[Any]:
    x, _, dy = op.inputs
    attrs = same_attrs(op)
    return [
        raw.Conv2DBackpropInput(sizes_of(x), ddf, dy, **attrs),
        None,
        raw.Conv2D(x, ddf, **attrs),
    ]


filter_gradient_op = define(
    "Conv2DBackpropFilter",
    "input: T, filter_sizes: int32, out_backprop: T -> output: T",
    T=types(FLOAT), **conv_attrs(), shape=sizes_shape(1),
    gradient=_filter_gradient_gradient, doc="The gradient of Conv2D for its filter.",
)  # fmt: skip


@filter_gradient_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter_sizes: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    shape = filter_sizes.tolist()
    c = Convolution(
        input.shape, shape, strides, padding, explicit_paddings, data_format, dilations
    )
    c.check_depth(shape[-2])
    dy = c.check_output("Conv2DBackpropFilter", out_backprop, shape[-1])
    return cpu.conv_filter_gradient(c.last(input), shape, dy, c.windows)


def conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = ONES,
    name: str | None = None,
) -> Tensor:
    """Slide filters over images: the two-dimensional convolution.

    Args:
        input: floating, `[batch, height, width, in]`, or `[batch, in, height, width]`
            for 'NCHW'.
        filter: of the same dtype, `[filter height, filter width, in, out]`.
        strides: four ints, one per dimension of `input`; 1 for batch and channels.
        padding: 'SAME' (as many windows as strides fit, zeros around) or 'VALID'
            (only whole windows).
        use_cudnn_on_gpu: kept in the node.
        data_format: 'NHWC' or 'NCHW'.
        dilations: four ints, the distance between the taps of the filter.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, out]` in `data_format`.

    Raises:
        ValueError: ranks, depths or sizes do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> image = tf.ones([1, 3, 3, 1])
        >>> edge = tf.constant([1., -1.], shape=[1, 2, 1, 1])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.conv2d(image, edge, [1, 1, 1, 1], "VALID")).shape
        (1, 3, 2, 1)
    """
    tensor: Tensor = raw.Conv2D(
        input, filter, strides=strides, padding=padding, name=name,
        use_cudnn_on_gpu=use_cudnn_on_gpu, data_format=data_format,
        dilations=dilations,
    )  # fmt: skip
    return tensor


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv2d` for its input.

    Args:
        input_sizes: int32, `[4]`, the shape of that input.
        filter: floating, `[filter height, filter width, in, out]`.
        out_backprop: of the same dtype, of the shape of the convolution's output.
        strides: as given to `conv2d`.
        padding: as given to `conv2d`.
        use_cudnn_on_gpu: kept in the node.
        data_format: as given to `conv2d`.
        dilations: as given to `conv2d`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[input_sizes]`.
    """
    tensor: Tensor = raw.Conv2DBackpropInput(
        input_sizes, filter, out_backprop, strides=strides, padding=padding, name=name,
        use_cudnn_on_gpu=use_cudnn_on_gpu, data_format=data_format,
        dilations=dilations,
    )  # fmt: skip
    return tensor


def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv2d` for its filter.

    Args:
        input: floating, `[batch, height, width, in]` in `data_format`.
        filter_sizes: int32, `[4]`, the shape of that filter.
        out_backprop: of the same dtype, of the shape of the convolution's output.
        strides: as given to `conv2d`.
        padding: as given to `conv2d`.
        use_cudnn_on_gpu: kept in the node.
        data_format: as given to `conv2d`.
        dilations: as given to `conv2d`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[filter_sizes]`.
    """
    tensor: Tensor = raw.Conv2DBackpropFilter(
        input, filter_sizes, out_backprop, strides=strides, padding=padding, name=name,
        use_cudnn_on_gpu=use_cudnn_on_gpu, data_format=data_format,
        dilations=dilations,
    )  # fmt: skip
    return tensor


def check_transposed(
    value: Tensor, filters: Tensor, output_shape: Any, sizes: Tensor, fmt: str
) -> None:
    """What must hold before a transposed convolution is built.

    Args:
        value: the tensor that is to be spread out.
        filters: `[*kernel, out, in]`.
        output_shape: as the user gave it.
        sizes: the same as a tensor.
        fmt: the data format.

    Raises:
        ValueError: it does not hold.
    """
    rank = len(fmt)
    axis = 1 if fmt.startswith("NC") else rank - 1
    known: Dims = with_rank(value.static_shape, rank) or ()
    taken: Dims = with_rank(filters.static_shape, rank) or ()
    if None not in (known[axis], taken[-1]) and known[axis] != taken[-1]:
        raise ValueError(
            "input channels does not match filter's input channels, "
            f"{known[axis]} != {taken[-1]}"
        )
    if not is_compatible(sizes.static_shape, (rank,)):
        raise ValueError(
            f"output_shape must have shape ({rank},), got "
            f"{format_shape(sizes.static_shape)}"
        )
    if isinstance(output_shape, (list, np.ndarray)):
        depth = output_shape[axis]
        is_known = taken[-2] is not None and isinstance(depth, (int, np.integer))
        if is_known and depth != taken[-2]:
            raise ValueError(
                "output_shape does not match filter's output channels, "
                f"{taken[-2]} != {depth}"
            )


def conv2d_transpose(
    value: Any,
    filter: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The transpose (gradient) of `conv2d`, which makes images larger.

    Args:
        value: floating, `[batch, height, width, in]` in `data_format`.
        filter: of the same dtype, `[filter height, filter width, out, in]`.
        output_shape: int32, `[4]`, the shape of the result.
        strides: four ints, as of the convolution that it transposes.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[output_shape]`.

    Raises:
        ValueError: depths, sizes, padding or data format do not fit.
    """
    with op_scope(name, "conv2d_transpose", value, filter, output_shape) as scope:
        if data_format not in ("NCHW", "NHWC"):
            raise ValueError("data_format has to be either NCHW or NHWC.")
        x = convert(value, None, "value")
        filters = convert(filter, None, "filter")
        sizes = convert(output_shape, None, "output_shape")
        check_transposed(x, filters, output_shape, sizes, data_format)
        if padding not in ("VALID", "SAME"):
            raise ValueError(f"padding must be either VALID or SAME: {padding}")
        tensor: Tensor = raw.Conv2DBackpropInput(
            sizes, filters, x, strides=strides, padding=padding, name=scope,
            data_format=data_format,
        )  # fmt: skip
        return tensor
