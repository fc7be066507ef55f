"""Boxes on images: crop them, draw them, choose among them, make some by chance.

The kernels are in `kernels/cpu/image_boxes.py`. Read next: `image_windows.py`.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.dtypes import (
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
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.seed import get_seed
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import image_boxes as cpu
from interactive_graphs.ops.random_ops import generator

_PIXELS: Final = (
    uint8, uint16, int8, int16, int32, int64, float16, float32, float64,
)  # fmt: skip
_BOTH: Final = Attr("string", "bilinear", allowed=("bilinear", "nearest"))

# -- crops ----------------------------------------------------------------------------


def _box_count(boxes: Shape, box_ind: Shape) -> int | None:
    """How many boxes there are.

    Raises:
        ValueError: they are no boxes, or have no image each.
    """
    count, four = with_rank(boxes, 2) or (None, None)
    if four not in (4, None):
        raise ValueError(f"Dimension must be 4 but is {four}")
    (images,) = with_rank(box_ind, 1) or (None,)
    return merge_dims(count, images)


def _crop_shape(op: Operation) -> list[Shape]:
    depth = (with_rank(op.inputs[0].static_shape, 4) or (None,))[-1]
    count = _box_count(op.inputs[1].static_shape, op.inputs[2].static_shape)
    (length,) = with_rank(op.inputs[3].static_shape, 1) or (None,)
    if length not in (2, None):
        raise ValueError(f"Dimension must be 2 but is {length}")
    size = static_value(op.inputs[3])
    height, width = (None, None) if size is None else size.tolist()
    return [(count, height, width, depth)]


def _crop_gradient(op: Operation, dy: Tensor) -> list[Any]:
    image, boxes, box_ind, _ = op.inputs
    method = op.attrs["method"]
    of_image = None
    if image.dtype.base_dtype in (float16, float32, float64):
        of_image = raw.CropAndResizeGradImage(
            dy, boxes, box_ind, raw.Shape(image), T=image.dtype, method=method
        )
    # As in TensorFlow, also where the crops were of the nearest pixels.
    of_boxes = raw.CropAndResizeGradBoxes(dy, image, boxes, box_ind)
    return [of_image, of_boxes, None, None]


crop_op = define(
    "CropAndResize",
    "image: T, boxes: float32, box_ind: int32, crop_size: int32 -> crops: float32",
    T=types(_PIXELS), method=_BOTH, extrapolation_value=0.0, shape=_crop_shape,
    gradient=_crop_gradient, doc="What is in boxes, in one size.",
)  # fmt: skip


def _check_boxes(boxes: np.ndarray, box_ind: np.ndarray, batch: int) -> None:
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        invalid(f"boxes must have 4 columns{format_list(boxes.shape)}")
    if box_ind.shape != boxes.shape[:1]:
        invalid("box_ind has incompatible shape")
    if ((box_ind < 0) | (box_ind >= batch)).any():
        raise errors.OutOfRangeError(
            None, None, "box_ind has values outside [0, batch_size)"
        )


@crop_op.kernel("CPU")
def _(
    image: np.ndarray,
    boxes: np.ndarray,
    box_ind: np.ndarray,
    crop_size: np.ndarray,
    method: bytes,
    extrapolation_value: float,
) -> np.ndarray:
    if image.ndim != 4:
        invalid(f"input image must be 4-D{format_list(image.shape)}")
    if not image.shape[1] or not image.shape[2]:
        invalid("image dimensions must be positive")
    if crop_size.shape != (2,):
        invalid(f"crop_size must have two elements{format_list(crop_size.shape)}")
    if (crop_size <= 0).any():
        invalid("crop dimensions must be positive")
    _check_boxes(boxes, box_ind, image.shape[0])
    height, width = crop_size.tolist()
    return cpu.crop_and_resize(
        image, boxes, box_ind, (height, width), method.decode(), extrapolation_value
    )


def _gradient_image_shape(op: Operation) -> list[Shape]:
    _box_count(op.inputs[1].static_shape, op.inputs[2].static_shape)
    size = static_value(op.inputs[3])
    return [(None,) * 4 if size is None else tuple(size.tolist())]


crop_gradient_image_op = define(
    "CropAndResizeGradImage",
    "grads: float32, boxes: float32, box_ind: int32, image_size: int32 -> output: T",
    T=types((float32, float16, float64)), method=_BOTH, shape=_gradient_image_shape,
    doc="The gradient of CropAndResize for the image.",
)  # fmt: skip


@crop_gradient_image_op.kernel("CPU")
def _(
    grads: np.ndarray,
    boxes: np.ndarray,
    box_ind: np.ndarray,
    image_size: np.ndarray,
    method: bytes,
    T: Any,
) -> np.ndarray:
    if image_size.shape != (4,):
        invalid("image_size must have 4 elements")
    shape = tuple(image_size.tolist())
    _check_boxes(boxes, box_ind, shape[0])
    found = cpu.gradient_of_image(grads, boxes, box_ind, shape, method.decode())
    return found.astype(T.np_dtype)


crop_gradient_boxes_op = define(
    "CropAndResizeGradBoxes",
    "grads: float32, image: T, boxes: float32, box_ind: int32 -> output: float32",
    T=types(_PIXELS), method=Attr("string", "bilinear", allowed=("bilinear",)),
    shape=lambda op: [op.inputs[2].static_shape],
    doc="The gradient of CropAndResize for the boxes.",
)  # fmt: skip


@crop_gradient_boxes_op.kernel("CPU")
def _(
    grads: np.ndarray, image: np.ndarray, boxes: np.ndarray, box_ind: np.ndarray
) -> np.ndarray:
    _check_boxes(boxes, box_ind, image.shape[0])
    return cpu.gradient_of_boxes(grads, image, boxes, box_ind)


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """What is in boxes, all in one size.

    Args:
        image: real, `[batch, height, width, channels]`.
        boxes: float32, `[n, 4]`: y1, x1, y2, x2 in parts of height and width; beyond
            the image and in reverse order, too, which flips.
        box_ind: int32, `[n]`: which image each box is on.
        crop_size: height and width of the results, two int32.
        method: 'bilinear' or 'nearest'.
        extrapolation_value: what stands beyond the image.
        name: the node's name.
        box_indices: another name of `box_ind`.

    Returns:
        float32, `[n, *crop_size, channels]`.

    Raises:
        OutOfRangeError: when it runs and `box_ind` names an image that is not there.
    """
    if box_ind is not None and box_indices is not None:
        raise ValueError("Cannot specify both 'box_indices' and 'box_ind'.")
    result: Tensor = raw.CropAndResize(
        image,
        boxes,
        box_ind if box_indices is None else box_indices,
        crop_size,
        method=method,
        extrapolation_value=extrapolation_value,
        name=name,
    )
    return result


# -- choosing among boxes -------------------------------------------------------------


def _chosen_shape(op: Operation) -> list[Shape]:
    _box_count(op.inputs[0].static_shape, op.inputs[1].static_shape)
    with_rank(op.inputs[2].static_shape, 0)
    chosen: list[Shape] = [(None,), ()]
    return chosen[: len(op.outputs)]


def _choose(
    boxes: np.ndarray, scores: np.ndarray, most: Any, threshold: Any, least: Any
) -> np.ndarray:
    if boxes.ndim != 2:
        invalid(f"boxes must be 2-D{format_list(boxes.shape)}")
    if boxes.shape[1] != 4:
        invalid("boxes must have 4 columns")
    if scores.shape != boxes.shape[:1]:
        invalid("scores has incompatible shape")
    if not 0 <= threshold <= 1:
        invalid("iou_threshold must be in [0, 1]")
    return cpu.non_max_suppression(
        boxes, scores, int(most), float(threshold), float(least)
    )


non_max_suppression_op = define(
    "NonMaxSuppression",
    "boxes: float32, scores: float32, max_output_size: int32 -> "
    "selected_indices: int32",
    iou_threshold=0.5, shape=_chosen_shape, gradient=None,
    doc="The best boxes, none of which overlaps a better one.",
)  # fmt: skip


@non_max_suppression_op.kernel("CPU")
def _(
    boxes: np.ndarray,
    scores: np.ndarray,
    max_output_size: np.ndarray,
    iou_threshold: float,
) -> np.ndarray:
    return _choose(boxes, scores, max_output_size, iou_threshold, -math.inf)


_BOXES: Final = types((float16, float32), float32)

non_max_suppression_v2_op = define(
    "NonMaxSuppressionV2",
    "boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold -> "
    "selected_indices: int32",
    T=_BOXES, T_threshold=_BOXES, shape=_chosen_shape, gradient=None,
    doc="The best boxes, none of which overlaps a better one.",
)  # fmt: skip


@non_max_suppression_v2_op.kernel("CPU")
def _(
    boxes: np.ndarray,
    scores: np.ndarray,
    max_output_size: np.ndarray,
    iou_threshold: np.ndarray,
) -> np.ndarray:
    return _choose(boxes, scores, max_output_size, iou_threshold, -math.inf)


non_max_suppression_v3_op = define(
    "NonMaxSuppressionV3",
    "boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, "
    "score_threshold: T_threshold -> selected_indices: int32",
    T=_BOXES, T_threshold=_BOXES, shape=_chosen_shape, gradient=None,
    doc="The best boxes, none of which overlaps a better one.",
)  # fmt: skip


@non_max_suppression_v3_op.kernel("CPU")
def _(
    boxes: np.ndarray,
    scores: np.ndarray,
    max_output_size: np.ndarray,
    iou_threshold: np.ndarray,
    score_threshold: np.ndarray,
) -> np.ndarray:
    return _choose(boxes, scores, max_output_size, iou_threshold, score_threshold)


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = -math.inf,
    name: str | None = None,
) -> Tensor:
    """The best boxes, none of which overlaps a better one much.

    Args:
        boxes: float32, `[n, 4]`: two corners of each, y and x.
        scores: float32, `[n]`.
        max_output_size: how many at most, an int32 scalar.
        iou_threshold: how much overlap is too much: shared area by covered area.
        score_threshold: boxes must have more.
        name: of the scope.

    Returns:
        int32, `[kept]`: their places, the best first.

    Example:
        >>> import interactive_graphs as tf
        >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 2., 1., 3.]]
        >>> with tf.Session() as sess:
        ...     sess.run(tf.image.non_max_suppression(boxes, [0.8, 0.9, 0.5], 3))
        array([1, 2], dtype=int32)
    """
    with name_scope(name, "non_max_suppression"):
        result: Tensor = raw.NonMaxSuppressionV3(
            boxes, scores, max_output_size, iou_threshold, score_threshold
        )
        return result


# -- drawing and sampling -------------------------------------------------------------


def _drawn_shape(op: Operation) -> list[Shape]:
    images = with_rank(op.inputs[0].static_shape, 4)
    with_rank(op.inputs[1].static_shape, 3)
    return [images]


draw_op = define(
    "DrawBoundingBoxes", "images: T, boxes: float32 -> output: T",
    T=types((float32, float16), float32), shape=_drawn_shape, gradient=None,
    doc="Images with frames around boxes.",
)  # fmt: skip


@draw_op.kernel("CPU")
def _(images: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    if images.ndim != 4:
        invalid("The rank of the images should be 4")
    if boxes.ndim != 3:
        invalid("The rank of the boxes tensor should be 3")
    if images.shape[0] != boxes.shape[0]:
        invalid("The batch sizes should be the same")
    if images.shape[3] not in (1, 3, 4):
        invalid("Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)")
    if boxes.shape[2] != 4:
        invalid("boxes must have 4 columns")
    return cpu.draw(images, boxes)


def draw_bounding_boxes(images: Any, boxes: Any, name: str | None = None) -> Tensor:
    """Images with frames around boxes.

    Args:
        images: float32 or float16, `[batch, height, width, depth]`, with 1, 3 or 4
            channels.
        boxes: float32, `[batch, n, 4]`: y1, x1, y2, x2 in parts of height and width.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.DrawBoundingBoxes(images, boxes, name=name)
    return result


class DistortedBox(NamedTuple):
    """What `sample_distorted_bounding_box` gives: a slice, and a box to draw."""

    begin: Tensor
    size: Tensor
    bboxes: Tensor


sample_op = define(
    "SampleDistortedBoundingBoxV2",
    "image_size: T, bounding_boxes: float32, min_object_covered: float32 -> "
    "begin: T, size: T, bboxes: float32",
    T=types((uint8, int8, int16, int32, int64)), seed=0, seed2=0,
    aspect_ratio_range=Attr("list(float)", (0.75, 1.33)),
    area_range=Attr("list(float)", (0.05, 1.0)), max_attempts=100,
    use_image_if_no_bounding_boxes=False, shape=lambda op: [(3,), (3,), (1, 1, 4)],
    stateful=True, gradient=None, doc="A part of an image, by chance.",
)  # fmt: skip


@sample_op.kernel("CPU")
def _(
    ctx: Any,
    image_size: np.ndarray,
    bounding_boxes: np.ndarray,
    min_object_covered: np.ndarray,
    aspect_ratio_range: Any,
    area_range: Any,
    max_attempts: int,
    use_image_if_no_bounding_boxes: bool,
) -> Any:
    if image_size.shape != (3,):
        invalid("image_size must contain 3 elements")
    if bounding_boxes.ndim != 3 or bounding_boxes.shape[-1] != 4:
        invalid("bounding_boxes must have shape [4] or [*, 4]")
    boxes = bounding_boxes.reshape(-1, 4)
    if not len(boxes) and not use_image_if_no_bounding_boxes:
        invalid(
            "No bounding boxes provided as input. One must enable "
            "use_image_if_no_bounding_boxes if you wish to not provide any bounding "
            "boxes."
        )
    if ((boxes < 0) | (boxes > 1)).any():
        invalid("All bounding box coordinates must be in [0.0, 1.0]")
    height, width, _ = image_size.tolist()
    y, x, rows, columns = cpu.sample_box(
        generator(ctx), (height, width), boxes, float(min_object_covered),
        aspect_ratio_range, area_range, max_attempts,
    )  # fmt: skip
    dtype = image_size.dtype
    box = [y / height, x / width, (y + rows) / height, (x + columns) / width]
    return (
        np.array([y, x, 0], dtype),
        np.array([rows, columns, -1], dtype),
        np.array(box, np.float32).reshape(1, 1, 4),
    )


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> DistortedBox:
    """A part of an image, by chance, that shows enough of one of its boxes.

    Args:
        image_size: height, width and channels.
        bounding_boxes: float32, `[batch, n, 4]`: y1, x1, y2, x2 in parts of height and
            width.
        seed: of the random numbers.
        seed2: the same.
        min_object_covered: how much of a box must be seen.
        aspect_ratio_range: the range of width by height, `[0.75, 1.33]` when None.
        area_range: the range of the part's share, `[0.05, 1]` when None.
        max_attempts: how often to try, 100 when None; then the whole image is given.
        use_image_if_no_bounding_boxes: whether no box means the whole image.
        name: of the scope.

    Returns:
        A tuple: begin and size for `tf.slice`, of the dtype of `image_size`, and the
        part as a box, `[1, 1, 4]`.
    """
    first, second = get_seed(seed) if seed2 is None else (seed, seed2)
    with name_scope(name, "sample_distorted_bounding_box"):
        outputs = raw.SampleDistortedBoundingBoxV2(
            image_size,
            bounding_boxes,
            min_object_covered,
            seed=first or 0,
            seed2=second or 0,
            aspect_ratio_range=aspect_ratio_range or (0.75, 1.33),
            area_range=area_range or (0.05, 1.0),
            max_attempts=max_attempts or 100,
            use_image_if_no_bounding_boxes=bool(use_image_if_no_bounding_boxes),
        )
        return DistortedBox(*outputs)
