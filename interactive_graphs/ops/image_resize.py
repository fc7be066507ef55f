"""Images of another size: `tf.image.resize_images` and the ops behind it.

The kernels are in `kernels/cpu/image_resize.py`. Read next: `image_geometry.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    DType,
    bfloat16,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import image_resize as cpu
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.shape import expand_dims, squeeze

PIXELS: Final = (
    int8, uint8, int16, uint16, int32, int64, float16, float32, float64, bfloat16,
)  # fmt: skip
# Which op a method's name and an argument's dtype mean.
_OPS: Final = {
    "bilinear": "ResizeBilinear",
    "nearest": "ResizeNearestNeighbor",
    "bicubic": "ResizeBicubic",
    "area": "ResizeArea",
}


class ResizeMethod:
    """The methods of `tf.image.resize_images`."""

    BILINEAR: Final = 0
    NEAREST_NEIGHBOR: Final = 1
    BICUBIC: Final = 2
    AREA: Final = 3


# -- the ops --------------------------------------------------------------------------


def _size_of(op: Operation, index: int) -> tuple[int | None, int | None]:
    """What is known of a size that an input gives.

    Raises:
        ValueError: it is no vector of two.
    """
    (length,) = with_rank(op.inputs[index].static_shape, 1) or (None,)
    if length not in (2, None):
        raise ValueError(f"Dimension must be 2 but is {length}")
    value = static_value(op.inputs[index])
    if value is None:
        return None, None
    height, width = (int(n) if n >= 0 else None for n in value.tolist())
    return height, width


def _resized_shape(op: Operation) -> list[Shape]:
    batch, _, _, depth = with_rank(op.inputs[0].static_shape, 4) or (None,) * 4
    return [(batch, *_size_of(op, 1), depth)]


def _checked_size(images: np.ndarray, size: np.ndarray) -> tuple[int, int]:
    if images.ndim != 4:
        invalid(f"input must be 4-dimensional{format_list(images.shape)}")
    if size.shape != (2,):
        invalid(
            "shape_t must be 1-dimensional and have 2 elements: "
            f"{format_list(size.shape)}"
        )
    height, width = size.tolist()
    if height <= 0 or width <= 0:
        invalid("output dimensions must be positive")
    if not images.shape[1] or not images.shape[2]:
        invalid("input image must be of non-zero size")
    return height, width


def _define(method: str, gradient: Any, half: bool = True) -> None:
    """The op that resizes by a method."""
    out = "T" if method == "nearest" else "float32"
    attrs: dict[str, Any] = {"half_pixel_centers": False} if half else {}
    op = define(
        _OPS[method], f"images: T, size: int32 -> resized_images: {out}",
        T=types(PIXELS), align_corners=False, **attrs, shape=_resized_shape,
        gradient=gradient, doc=f"Images of another size, by the method '{method}'.",
    )  # fmt: skip

    def kernel(
        images: np.ndarray,
        size: np.ndarray,
        align_corners: bool,
        half_pixel_centers: bool = False,
    ) -> np.ndarray:
        new = _checked_size(images, size)
        return cpu.resize(images, new, method, align_corners, half_pixel_centers)

    def kernel_without(
        images: np.ndarray, size: np.ndarray, align_corners: bool
    ) -> np.ndarray:
        return kernel(images, size, align_corners)

    op.kernel("CPU")(kernel if half else kernel_without)


def _attrs(op: Operation) -> dict[str, Any]:
    return {name: op.attrs[name] for name in ("align_corners", "half_pixel_centers")}


def _linear_gradient(op_type: str) -> Callable[[Operation, Tensor], list[Any]]:
    def gradient(op: Operation, dy: Tensor) -> list[Any]:
        images = op.inputs[0]
        if not images.dtype.base_dtype.is_floating:
            return [None, None]
        return [getattr(raw, op_type)(dy, images, **_attrs(op)), None]

    return gradient


def _nearest_gradient(op: Operation, dy: Tensor) -> list[Any]:
    shape = op.inputs[0].static_shape
    if shape is not None and None not in shape[1:3]:
        size: Any = list(shape[1:3])
    else:
        size = raw.Shape(op.inputs[0])[1:3]
    return [raw.ResizeNearestNeighborGrad(dy, size, **_attrs(op)), None]


_define("bilinear", _linear_gradient("ResizeBilinearGrad"))
_define("nearest", _nearest_gradient)
_define("bicubic", _linear_gradient("ResizeBicubicGrad"))
_define("area", gradient=None, half=False)


def _define_gradient(method: str, dtypes: tuple[DType, ...]) -> None:
    """The op of a method's gradient; it is linear, and its own gradient resizes."""
    name = _OPS[method]
    op = define(
        f"{name}Grad", "grads: float32, original_image: T -> output: T",
        T=types(dtypes), align_corners=False, half_pixel_centers=False,
        shape=lambda op: [op.inputs[1].static_shape],
        gradient=lambda op, dy: [
            getattr(raw, name)(dy, raw.Shape(op.inputs[0])[1:3], **_attrs(op)), None
        ],
        doc=f"The gradient of {name}.",
    )  # fmt: skip

    def kernel(
        grads: np.ndarray,
        original_image: np.ndarray,
        align_corners: bool,
        half_pixel_centers: bool,
    ) -> np.ndarray:
        if original_image.dtype == np.float64:
            grads = grads.astype(np.float64)
        spread = cpu.gradient(
            grads,
            original_image.shape[1:3],
            method,
            align_corners,
            half_pixel_centers,
        )
        return spread.astype(original_image.dtype)

    op.kernel("CPU")(kernel)


_define_gradient("bilinear", (float32, bfloat16, float16, float64))
_define_gradient("bicubic", (float32, float64))

nearest_grad_op = define(
    "ResizeNearestNeighborGrad", "grads: T, size: int32 -> output: T",
    T=types((uint8, int8, int32, float16, float32, float64, bfloat16)),
    align_corners=False, half_pixel_centers=False, shape=_resized_shape,
    gradient=lambda op, dy: [
        raw.ResizeNearestNeighbor(dy, raw.Shape(op.inputs[0])[1:3], **_attrs(op)), None
    ],
    doc="The gradient of ResizeNearestNeighbor.",
)  # fmt: skip


@nearest_grad_op.kernel("CPU")
def _(
    grads: np.ndarray,
    size: np.ndarray,
    align_corners: bool,
    half_pixel_centers: bool,
) -> np.ndarray:
    old = _checked_size(grads, size)
    return cpu.gradient(grads, old, "nearest", align_corners, half_pixel_centers)


# -- public functions -----------------------------------------------------------------


def resize_bilinear(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images of another size, each pixel mixed of its four nearest.

    Args:
        images: real, `[batch, height, width, channels]`.
        size: the new height and width, two int32.
        align_corners: whether the centres of the corners stay where they are.
        name: the node's name.
        half_pixel_centers: whether a pixel's centre is at its middle, as in TensorFlow
            2, and not at its corner.

    Returns:
        float32, `[batch, *size, channels]`.
    """
    result: Tensor = raw.ResizeBilinear(
        images,
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
        name=name,
    )
    return result


def resize_nearest_neighbor(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images of another size, each pixel a copy.

    Args:
        images: real, `[batch, height, width, channels]`.
        size: the new height and width, two int32.
        align_corners: whether the centres of the corners stay where they are.
        name: the node's name.
        half_pixel_centers: whether a pixel's centre is at its middle.

    Returns:
        A tensor of that dtype, `[batch, *size, channels]`.
    """
    result: Tensor = raw.ResizeNearestNeighbor(
        images,
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
        name=name,
    )
    return result


def resize_bicubic(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images of another size, each pixel mixed of sixteen by a cubic curve.

    Args:
        images: real, `[batch, height, width, channels]`.
        size: the new height and width, two int32.
        align_corners: whether the centres of the corners stay where they are.
        name: the node's name.
        half_pixel_centers: whether a pixel's centre is at its middle.

    Returns:
        float32, `[batch, *size, channels]`.
    """
    result: Tensor = raw.ResizeBicubic(
        images,
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
        name=name,
    )
    return result


def resize_area(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """Images of another size, each pixel the mean of those it covers.

    Args:
        images: real, `[batch, height, width, channels]`.
        size: the new height and width, two int32.
        align_corners: whether the centres of the corners stay where they are.
        name: the node's name.

    Returns:
        float32, `[batch, *size, channels]`; no gradient goes through it.
    """
    result: Tensor = raw.ResizeArea(
        images, size, align_corners=align_corners, name=name
    )
    return result


_METHODS: Final[dict[Any, Callable[..., Tensor]]] = {
    ResizeMethod.BILINEAR: resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: resize_nearest_neighbor,
    ResizeMethod.BICUBIC: resize_bicubic,
    ResizeMethod.AREA: resize_area,
}


def resize_images(
    images: Any,
    size: Any,
    method: int = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images of another size.

    Args:
        images: real, `[batch, height, width, channels]`, or one image without the
            first dimension.
        size: the new height and width, two int32.
        method: a `ResizeMethod`.
        align_corners: whether the centres of the corners stay where they are.
        preserve_aspect_ratio: whether `size` is a frame to fit into.
        name: of the scope.

    Returns:
        float32; of the same dtype for `NEAREST_NEIGHBOR` and where the size is known
        to be what it was.

    Raises:
        ValueError: images or size have not that shape, or there is no such method.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.image.resize_images([[[0.], [2.]]], [1, 4]))[0, :, 0]
        array([0., 1., 2., 2.], dtype=float32)
    """
    with name_scope(name, "resize_images", [images, size]):
        batch, single = as_batch(images, "images")
        height, width = _wanted(size)
        wanted = convert(size, int32, "size")
        if preserve_aspect_ratio:
            wanted = _inside(batch, wanted)
            fitted = static_value(wanted)
            if fitted is not None:
                height, width = fitted.tolist()
        assert batch.static_shape is not None
        if None not in (height, width) and batch.static_shape[1:3] == (height, width):
            return squeeze(batch, [0]) if single else batch
        if method not in _METHODS:
            raise ValueError("Resize method is not implemented.")
        result = _METHODS[method](batch, wanted, align_corners=align_corners)
        result.set_shape([None, height, width, None])
        return squeeze(result, [0]) if single else result


def resize_image_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: int = ResizeMethod.BILINEAR,
) -> Tensor:
    """An image fitted into a frame, with zeros around it.

    Args:
        image: real, `[batch, height, width, channels]`, or one image without the first
            dimension.
        target_height: of the frame.
        target_width: of the frame.
        method: a `ResizeMethod`.

    Returns:
        `[batch, target_height, target_width, channels]`.
    """
    with name_scope(None, "resize_image_with_pad", [image]):
        batch, single = as_batch(image, "image")
        frame = convert([target_height, target_width], int32)
        old = cast(raw.Shape(batch)[1:3], float64)
        ratios = old / cast(frame, float64)
        small_size = cast(raw.Floor(old / raw.Maximum(ratios[0], ratios[1])), int32)
        small = resize_images(batch, small_size, method)
        free = frame - small_size
        before = raw.FloorDiv(free, 2)
        spatial = raw.Pack([before, free - before], axis=1)
        padded = raw.Pad(small, raw.ConcatV2([[[0, 0]], spatial, [[0, 0]]], 0))
        count, _, _, depth = batch.static_shape or (None,) * 4
        padded.set_shape([count, _known(target_height), _known(target_width), depth])
        result: Tensor = squeeze(padded, [0]) if single else padded
        return result


def _known(size: Any) -> int | None:
    return None if isinstance(size, Tensor) else int(size)


def as_batch(images: Any, word: str) -> tuple[Tensor, bool]:
    """Images with a batch dimension, and whether it had to be added.

    Raises:
        ValueError: they are of another rank; `word` is what they are called.
    """
    x = convert(images, None, word)
    if x.static_shape is None:
        raise ValueError(f"'{word}' contains no shape.")
    if len(x.static_shape) not in (3, 4):
        raise ValueError(f"'{word}' must have either 3 or 4 dimensions.")
    single = len(x.static_shape) == 3
    return (expand_dims(x, 0) if single else x), single


def _wanted(size: Any) -> tuple[int | None, int | None]:
    """What is known of a new size."""
    try:
        wanted = convert(size, int32, "size")
    except (TypeError, ValueError):
        raise ValueError("'size' must be a 1-D int32 Tensor") from None
    if wanted.static_shape is not None and wanted.static_shape not in ((2,), (None,)):
        raise ValueError(
            "'size' must be a 1-D Tensor of 2 elements: new_height, new_width"
        )
    value = static_value(wanted)
    if value is None:
        return None, None
    height, width = value.tolist()
    return height, width


def _inside(images: Tensor, frame: Tensor) -> Tensor:
    """The largest size with the images' proportions that fits into a frame."""
    shape = images.static_shape or ()
    known = static_value(frame)
    if known is not None and None not in shape[1:3]:
        old = np.array(shape[1:3], np.float32)
        scale = (known.astype(np.float32) / old).min()
        return convert(np.rint(scale * old).astype(np.int32))
    old_size = cast(raw.Shape(images)[1:3], float32)
    scales = cast(frame, float32) / old_size
    least = raw.Minimum(scales[0], scales[1])
    fitted: Tensor = cast(raw.Round(least * old_size), int32)
    return fitted
