"""Windows of images: patches in rows and columns, and glimpses.

Read next: `image_measures.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.dtypes import NUMERIC, bool as bool_type
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import windows as cpu
from interactive_graphs.ops._windows import window_outputs

# -- patches --------------------------------------------------------------------------


def _patches_shape(op: Operation) -> list[Shape]:
    batch, *sizes, depth = with_rank(op.inputs[0].static_shape, 4) or (None,) * 4
    ksizes, strides, rates = (op.attrs[n] for n in ("ksizes", "strides", "rates"))
    for name, values in (("ksizes", ksizes), ("strides", strides), ("rates", rates)):
        if len(values) != 4:
            raise ValueError(
                f"ExtractImagePatches requires the {name} attribute to contain 4 "
                f"values, but got: {len(values)}"
            )
    outputs = window_outputs(
        tuple(sizes), ksizes[1:3], strides[1:3], rates[1:3], op.attrs["padding"]
    )
    whole = None if depth is None else depth * ksizes[1] * ksizes[2]
    return [(batch, *outputs, whole)]


def _patches_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Each pixel gets what the patches that hold it get.

    The patches of the pixels' numbers say which pixel each element came from.
    """
    x = op.inputs[0]
    shape = raw.Shape(x)
    names = ("ksizes", "strides", "rates", "padding")
    attrs = {name: op.attrs[name] for name in names}
    count = raw.Prod(shape, 0)
    # From 1, since what is beyond the border reads 0.
    numbers = raw.Reshape(raw.Range(1, count + 1, 1), shape)
    places = raw.Reshape(raw.ExtractImagePatches(numbers, **attrs), [-1])
    sums = raw.UnsortedSegmentSum(raw.Reshape(dy, [-1]), places, count + 1)
    return [raw.Reshape(sums[1:], shape)]


extract_image_patches_op = define(
    "ExtractImagePatches", "images: T -> patches: T",
    ksizes=Attr("list(int)", minimum=4), strides=Attr("list(int)", minimum=4),
    rates=Attr("list(int)", minimum=4), T=types((*NUMERIC, bool_type)),
    padding=Attr("string", allowed=("SAME", "VALID")), shape=_patches_shape,
    gradient=_patches_gradient, doc="Windows of images, each as one row of channels.",
)  # fmt: skip


@extract_image_patches_op.kernel("CPU")
def _(
    images: np.ndarray,
    ksizes: tuple[int, ...],
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: bytes,
) -> np.ndarray:
    if images.ndim != 4:
        invalid("images must be 4-dimensional")
    w = cpu.windows(images.shape[1:3], ksizes[1:3], strides[1:3], rates[1:3], padding)
    seen = cpu.view(cpu.pad(images, w), w)
    return seen.reshape(*seen.shape[:3], -1)


def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """Windows of images, each as one row of channels.

    Args:
        images: numeric, `[batch, height, width, depth]`.
        ksizes: `[1, rows, columns, 1]` of a window.
        strides: `[1, rows, columns, 1]` from one window to the next.
        rates: `[1, rows, columns, 1]` from one pixel of a window to the next.
        padding: 'SAME' or 'VALID'.
        name: the node's name.
        sizes: another name of `ksizes`.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, window * depth]`.
    """
    if ksizes is not None and sizes is not None:
        raise ValueError("Cannot specify both 'sizes' and 'ksizes'.")
    result: Tensor = raw.ExtractImagePatches(
        images,
        ksizes=ksizes if sizes is None else sizes,
        strides=strides,
        rates=rates,
        padding=padding,
        name=name,
    )
    return result


def extract_patches(
    images: Any,
    sizes: Any,
    strides: Any,
    rates: Any,
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Windows of images: `extract_image_patches` with its later arguments.

    Args:
        images: numeric, `[batch, height, width, depth]`.
        sizes: `[1, rows, columns, 1]` of a window.
        strides: `[1, rows, columns, 1]` from one window to the next.
        rates: `[1, rows, columns, 1]` from one pixel of a window to the next.
        padding: 'SAME' or 'VALID'.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, window * depth]`.

    Example:
        >>> import interactive_graphs as tf
        >>> ones = [1, 1, 1, 1]
        >>> tf.image.extract_patches(tf.zeros([1, 4, 4, 3]), [1, 2, 2, 1], ones, ones,
        ...                          "VALID").shape.as_list()
        [1, 3, 3, 12]
    """
    return extract_image_patches(images, sizes, strides, rates, padding, name)


# -- glimpses -------------------------------------------------------------------------


def _glimpse_shape(op: Operation) -> list[Shape]:
    batch, _, _, depth = with_rank(op.inputs[0].static_shape, 4) or (None,) * 4
    (length,) = with_rank(op.inputs[1].static_shape, 1) or (None,)
    if length not in (2, None):
        raise ValueError(f"Dimension must be 2 but is {length}")
    count, _ = with_rank(op.inputs[2].static_shape, 2) or (None, None)
    size = static_value(op.inputs[1])
    height, width = (None, None) if size is None else size.tolist()
    return [(merge_dims(batch, count), height, width, depth)]


glimpse_op = define(
    "ExtractGlimpse",
    "input: float32, size: int32, offsets: float32 -> glimpse: float32",
    centered=True, normalized=True, uniform_noise=True, noise="uniform",
    shape=_glimpse_shape, gradient=None,
    doc="A window of each image, with noise beyond the border.",
)  # fmt: skip


@glimpse_op.kernel("CPU")
def _(
    ctx: Any,
    input: np.ndarray,
    size: np.ndarray,
    offsets: np.ndarray,
    centered: bool,
    normalized: bool,
    uniform_noise: bool,
    noise: bytes,
) -> np.ndarray:
    if input.ndim != 4:
        invalid("input must be 4-dimensional")
    if size.shape != (2,):
        invalid("input must be a vector of size 2")
    if offsets.shape != (input.shape[0], 2):
        invalid("offsets should have the batch size of the input and 2 columns")
    random: np.random.Generator = ctx.state(np.random.default_rng)
    rows, columns = size.tolist()
    shape = (input.shape[0], rows, columns, input.shape[3])
    if noise == b"zero":
        result = np.zeros(shape, np.float32)
    elif uniform_noise:
        result = random.random(shape, np.float32)
    else:
        result = random.standard_normal(shape, np.float32)
    extent = np.array(input.shape[1:3], np.float32)
    corner = offsets * extent if normalized else offsets
    if centered:
        corner = corner / 2 + extent / 2
    begins = (corner - np.array([rows, columns], np.float32) / 2).astype(np.int64)
    for image, glimpse, begin in zip(input, result, begins, strict=True):
        low = np.clip(begin, 0, image.shape[:2])
        high = np.clip(begin + [rows, columns], 0, image.shape[:2])
        if (low < high).all():
            (y, x), (v, w) = low, high
            dy, dx = low - begin
            glimpse[dy : dy + v - y, dx : dx + w - x] = image[y:v, x:w]
    return result


def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """A window of each image, with noise beyond the border.

    Args:
        input: float32, `[batch, height, width, channels]`.
        size: height and width of the windows, two int32.
        offsets: float32, `[batch, 2]`: y and x of the windows' middles.
        centered: whether they are counted from the middle of the image, with -1 and 1
            at its borders.
        normalized: whether they are parts of height and width, and not pixels.
        uniform_noise: whether the noise is uniform in `[0, 1)`, and not normal.
        name: the node's name.

    Returns:
        float32, `[batch, *size, channels]`.
    """
    result: Tensor = raw.ExtractGlimpse(
        input,
        size,
        offsets,
        centered=centered,
        normalized=normalized,
        uniform_noise=uniform_noise,
        name=name,
    )
    return result
