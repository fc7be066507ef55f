"""Convolutions and pools of sequences, as those of images one row high; short forms.

Python only, no ops of its own. Read next: `nn_pool.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope


def per_dimension(
    values: Any, count: int, channels_first: bool, name: str
) -> list[int]:
    """A window's size, or its strides, with one entry per dimension of a tensor.

    Args:
        values: an int, or a list of one, of one per spatial dimension, or of all.
        count: of spatial dimensions.
        channels_first: whether the channels come before them.
        name: what the argument is called.

    Raises:
        ValueError: the list has another length.
    """
    entries = list(values) if isinstance(values, Iterable) else [values]
    if len(entries) == 1:
        entries = entries * count
    if len(entries) == count + 2:
        return entries
    if len(entries) != count:
        raise ValueError(
            f"{name} should be of length 1, {count} or {count + 2} but was "
            f"{len(entries)}"
        )
    return [1, 1, *entries] if channels_first else [1, *entries, 1]


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The maximum of each window of images.

    Args:
        input: real, `[batch, height, width, channels]` in `data_format`.
        ksize: an int, or a list of one, two or four: the window's size.
        strides: an int, or a list of one, two or four: from one window to the next.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        name: the node's name.

    Returns:
        A tensor of its dtype, `[batch, rows, columns, channels]` in `data_format`.

    Raises:
        ValueError: rank, window, strides or padding do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> image = tf.reshape(tf.range(16.), [1, 4, 4, 1])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.max_pool2d(image, 2, 2, "VALID"))[0, :, :, 0]
        array([[ 5.,  7.],
               [13., 15.]], dtype=float32)
    """
    return _pool2d("MaxPool", input, ksize, strides, padding, data_format, name)


def avg_pool2d(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window of images.

    Args:
        value: floating, `[batch, height, width, channels]` in `data_format`.
        ksize: an int, or a list of one, two or four: the window's size.
        strides: an int, or a list of one, two or four: from one window to the next.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        name: the node's name.
        input: another name of `value`.

    Returns:
        A tensor of its dtype, `[batch, rows, columns, channels]` in `data_format`.

    Raises:
        ValueError: rank, window, strides or padding do not fit.
    """
    if value is not None and input is not None:
        raise ValueError("Cannot specify both 'input' and 'value'.")
    x = input if value is None else value
    return _pool2d("AvgPool", x, ksize, strides, padding, data_format, name)


def _pool2d(
    op: str,
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    name: str | None,
) -> Tensor:
    default = "MaxPool2d" if op == "MaxPool" else "AvgPool"
    with op_scope(name, default, value) as scope:
        fmt = data_format or "NHWC"
        first = fmt.startswith("NC")
        result: Tensor = getattr(raw, op)(
            value, ksize=per_dimension(ksize, 2, first, "ksize"),
            strides=per_dimension(strides, 2, first, "strides"), padding=padding,
            data_format=fmt, name=scope,
        )  # fmt: skip
        return result


def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """The maximum of each window of sequences.

    Args:
        input: real, `[batch, width, channels]`, or `[batch, channels, width]` for
            'NCW'.
        ksize: an int, or a list of one or three: the window's size.
        strides: an int, or a list of one or three: from one window to the next.
        padding: 'SAME' or 'VALID'.
        data_format: 'NWC' or 'NCW'.
        name: the scope of the nodes.

    Returns:
        A tensor of its dtype, `[batch, columns, channels]` in `data_format`.

    Raises:
        ValueError: rank, window, strides or padding do not fit.
    """
    with op_scope(name, "MaxPool1d", input) as scope:
        return _pool1d("MaxPool", input, ksize, strides, padding, data_format, scope)


def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """The mean of each window of sequences.

    Args:
        input: floating, `[batch, width, channels]`, or `[batch, channels, width]` for
            'NCW'.
        ksize: an int, or a list of one or three: the window's size.
        strides: an int, or a list of one or three: from one window to the next.
        padding: 'SAME' or 'VALID'.
        data_format: 'NWC' or 'NCW'.
        name: the scope of the nodes.

    Returns:
        A tensor of its dtype, `[batch, columns, channels]` in `data_format`.

    Raises:
        ValueError: rank, window, strides or padding do not fit.
    """
    with op_scope(name, "AvgPool1D", input) as scope:
        return _pool1d("AvgPool", input, ksize, strides, padding, data_format, scope)


def _pool1d(
    op: str,
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    scope: str,
) -> Tensor:
    first = (data_format or "NWC") == "NCW"
    axis = 2 if first else 1
    # After the batch's or the channels' 1, which the window has anyway.
    size = [1, *per_dimension(ksize, 1, first, "ksize")]
    steps = [1, *per_dimension(strides, 1, first, "strides")]
    pooled = getattr(raw, op)(
        raw.ExpandDims(value, axis), ksize=size, strides=steps, padding=padding,
        data_format="NCHW" if first else "NHWC", name=scope,
    )  # fmt: skip
    result: Tensor = raw.Squeeze(pooled, squeeze_dims=[axis])
    return result


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose (gradient) of `conv1d`, which makes sequences longer.

    Args:
        input: floating, `[batch, width, in]`, or `[batch, in, width]` for 'NCW'.
        filters: of the same dtype, `[filter width, out, in]`.
        output_shape: int32, `[3]`, the shape of the result.
        strides: an int, or a list of one or three, as of the convolution it transposes.
        padding: 'SAME' or 'VALID'.
        data_format: 'NWC' or 'NCW'.
        dilations: an int, or a list of one or three, between the taps of the filter.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[output_shape]`.

    Raises:
        ValueError: shapes or data format do not fit.
    """
    with op_scope(name, "conv1d_transpose", input, filters, output_shape) as scope:
        if data_format not in ("NWC", "NCW"):
            raise ValueError(
                "`data_format` must be 'NWC' or 'NCW'. Received: "
                f"data_format={data_format}"
            )
        first = data_format == "NCW"
        axis = 2 if first else 1
        steps = [1, *per_dimension(strides, 1, first, "strides")]
        apart = per_dimension(1 if dilations is None else dilations, 1, first,
                              "dilations")  # fmt: skip
        image = raw.ExpandDims(input, axis)
        kernel = raw.ExpandDims(filters, 0)
        result = raw.Conv2DBackpropInput(
            _with_one(output_shape, axis), kernel, image, strides=steps,
            padding=padding, data_format="NCHW" if first else "NHWC",
            dilations=[1, *apart], name=scope,
        )  # fmt: skip
        tensor: Tensor = raw.Squeeze(result, squeeze_dims=[axis])
        return tensor


def _with_one(shape: Any, axis: int) -> Any:
    """A shape with one more dimension, of size 1, at `axis`."""
    if isinstance(shape, Sequence):
        return [*shape[:axis], 1, *shape[axis:]]
    sizes: Any = convert(shape, int32, "output_shape")
    return raw.ConcatV2([sizes[:axis], [1], sizes[axis:]], 0)
