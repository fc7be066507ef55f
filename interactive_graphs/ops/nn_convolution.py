"""Convolutions of any rank, and with holes, in terms of those of two and three.

Python only, no ops of its own. Where TF1 spreads a dilated convolution out with
SpaceToBatch, the dilation goes into the one convolution here: the same values, fewer
nodes. Read next: `nn_pool.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._windows import join_dims

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _entries(values: Any, count: int, name: str) -> tuple[int, ...]:
    """One positive int per spatial dimension; ones when None."""
    if values is None:
        return (1,) * count
    entries = tuple(int(v) for v in np.asarray(values).reshape(-1))
    if len(entries) != count:
        raise ValueError(f"len({name})={len(entries)} but should be {count}")
    if any(v < 1 for v in entries):
        raise ValueError(f"all values of {name} must be positive")
    return entries


def strides_and_dilations(
    count: int, strides: Any, dilation_rate: Any
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """TF1's checks of the two; at most one of them may be above 1.

    Args:
        count: of spatial dimensions.
        strides: ints, or None for ones.
        dilation_rate: ints, or None for ones.

    Raises:
        ValueError: they do not fit.
    """
    dilations = _entries(dilation_rate, count, "dilation_rate")
    steps = _entries(strides, count, "strides")
    if max(steps) > 1 and max(dilations) > 1:
        raise ValueError(
            "strides > 1 not supported in conjunction with dilation_rate > 1"
        )
    return steps, dilations


def channels_are_first(data_format: str | None, count: int) -> bool:
    """Whether `data_format` is the one of its rank with channels first.

    Raises:
        ValueError: there is no such format for `count` spatial dimensions.
    """
    last, first = _FORMATS[count]
    if data_format in (None, last, first):
        return data_format == first
    raise ValueError(f'data_format must be "{last}" or "{first}".')


def conv1d(
    value: Any,
    filters: Any,
    stride: int,
    padding: str,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Slide filters over sequences: the one-dimensional convolution.

    Args:
        value: floating, `[batch, width, in]`, or `[batch, in, width]` for 'NCW'.
        filters: of the same dtype, `[filter width, in, out]`.
        stride: from one window to the next.
        padding: 'SAME' or 'VALID'.
        use_cudnn_on_gpu: kept in the node.
        data_format: 'NWC' (also when None) or 'NCW'.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[batch, columns, out]` in `data_format`.

    Raises:
        ValueError: shapes or data format do not fit.
    """
    with op_scope(name, "conv1d", value, filters):
        if data_format in (None, "NHWC", "NWC"):
            fmt, axis, strides = "NHWC", 1, [1, 1, stride, 1]
        elif data_format in ("NCHW", "NCW"):
            fmt, axis, strides = "NCHW", 2, [1, 1, 1, stride]
        else:
            raise ValueError('data_format must be "NWC" or "NCW".')
        image = raw.ExpandDims(value, axis)
        result = raw.Conv2D(
            image, raw.ExpandDims(filters, 0), strides=strides, padding=padding,
            use_cudnn_on_gpu=use_cudnn_on_gpu is not False, data_format=fmt,
        )  # fmt: skip
        tensor: Tensor = raw.Squeeze(result, squeeze_dims=[axis])
        return tensor


def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """Convolution with holes: the taps of the filter lie `rate` apart.

    Args:
        value: floating, `[batch, height, width, in]`.
        filters: of the same dtype, `[filter height, filter width, in, out]`.
        rate: the distance between the taps; 1 is a plain convolution.
        padding: 'SAME' or 'VALID'.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, out]`.

    Raises:
        ValueError: shapes do not fit, or the rate is not positive.
    """
    return convolution(
        value, filters, padding, dilation_rate=np.broadcast_to(rate, (2,)), name=name
    )


def atrous_conv2d_transpose(
    value: Any,
    filters: Any,
    output_shape: Any,
    rate: int,
    padding: str,
    name: str | None = None,
) -> Tensor:
    """The transpose (gradient) of `atrous_conv2d`.

    Args:
        value: floating, `[batch, height, width, in]`.
        filters: of the same dtype, `[filter height, filter width, out, in]`.
        output_shape: int32, `[4]`, the shape of the result.
        rate: the distance between the taps of the filter.
        padding: 'SAME' or 'VALID'.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[output_shape]`.

    Raises:
        ValueError: the rate is not positive, or the depths do not fit.
    """
    with op_scope(name, "atrous_conv2d_transpose", value, filters, output_shape) as s:
        x = convert(value, None, "value")
        weights = convert(filters, None, "filters")
        if rate < 1:
            raise ValueError("rate cannot be less than 1")
        sizes = convert(output_shape, None, "output_shape")
        if padding not in ("VALID", "SAME"):
            raise ValueError(f"padding must be either VALID or SAME: {padding}")
        tensor: Tensor = raw.Conv2DBackpropInput(
            sizes, weights, x, strides=[1, 1, 1, 1], padding=padding, name=s,
            dilations=[1, rate, rate, 1],
        )  # fmt: skip
        return tensor


def _spatial_count(x: Shape, filters: Shape) -> int:
    """How many spatial dimensions a convolution has.

    Raises:
        ValueError: it is unknown, or the two ranks differ.
    """
    known = filters if filters is not None else x
    if known is None:
        raise ValueError("rank of input or filter must be known")
    for what, shape in (("input", x), ("filter", filters)):
        if shape is not None and len(shape) != len(known):
            raise ValueError(f"{what} tensor must have rank {len(known)}")
    count = len(known) - 2
    if count not in _FORMATS:
        raise ValueError(
            "`num_spatial_dims` must be 1, 2, or 3. Received: "
            f"num_spatial_dims={count}."
        )
    return count


def convolution(
    input: Any,
    filter: Any,
    padding: str,
    strides: Sequence[int] | None = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
) -> Tensor:
    """A convolution of one, two or three spatial dimensions.

    Args:
        input: floating, `[batch, *spatial, in]`, or `[batch, in, *spatial]` where
            `data_format` begins with 'NC'.
        filter: of the same dtype, `[*kernel, in, out]`.
        padding: 'SAME' or 'VALID'.
        strides: an int per spatial dimension; ones when None.
        dilation_rate: an int per spatial dimension, the distance between the taps of
            the filter; ones when None. Not together with strides above 1.
        name: the node's name.
        data_format: 'NWC', 'NCW', 'NHWC', 'NCHW', 'NDHWC' or 'NCDHW'.

    Returns:
        A tensor of that dtype, `[batch, *output, out]` in `data_format`.

    Raises:
        ValueError: ranks, depths, strides, rates or format do not fit.
    """
    with op_scope(name, "convolution", input, filter) as scope:
        x = convert(input, None, "input")
        filters = convert(filter, None, "filter")
        count = _spatial_count(x.static_shape, filters.static_shape)
        is_first = channels_are_first(data_format, count)
        _check_depths(x.static_shape, filters.static_shape, is_first)
        steps, rates = strides_and_dilations(count, strides, dilation_rate)
        if count == 1:
            return _convolution_1d(
                x, filters, padding, steps[0], rates[0], is_first, scope
            )
        fmt = _FORMATS[count][is_first]
        node = raw.Conv2D if count == 2 else raw.Conv3D
        tensor: Tensor = node(
            x, filters, padding=padding, data_format=fmt, name=scope,
            strides=join_dims(1, steps, 1, fmt.encode()),
            dilations=join_dims(1, rates, 1, fmt.encode()),
        )  # fmt: skip
        return tensor


def _check_depths(x: Shape, filters: Shape, is_first: bool) -> None:
    if x is None or filters is None:
        return
    depth, taken = x[1 if is_first else -1], filters[-2]
    if None not in (depth, taken) and depth != taken:
        raise ValueError(
            "number of input channels does not match corresponding dimension of "
            f"filter, {depth} != {taken}"
        )


def _convolution_1d(
    x: Tensor,
    filters: Tensor,
    padding: str,
    stride: int,
    rate: int,
    is_first: bool,
    name: str,
) -> Tensor:
    """Sequences as images of height 1."""
    fmt, axis = ("NCHW", 2) if is_first else ("NHWC", 1)
    result = raw.Conv2D(
        raw.ExpandDims(x, axis), raw.ExpandDims(filters, 0), padding=padding,
        strides=join_dims(1, (1, stride), 1, fmt.encode()), data_format=fmt,
        dilations=join_dims(1, (1, rate), 1, fmt.encode()),
    )  # fmt: skip
    tensor: Tensor = raw.Squeeze(result, squeeze_dims=[axis], name=name)
    return tensor
