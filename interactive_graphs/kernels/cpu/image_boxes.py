"""Boxes on images: what is in them, which of them to keep, and how they are drawn.

A box is `[y1, x1, y2, x2]` in parts of height and width; 0 is the first pixel, 1 the
last. Read next: `../../ops/image_boxes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.kernels.cpu.windows import image_blocks

COLOURS: Final = np.array(
    [
        [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1], [0.5, 0, 0, 1], [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1],
    ],
    np.float32,
)  # fmt: skip


class _Line(NamedTuple):
    """Along one axis, where the pixels of all crops lie; arrays `[boxes, size]`.

    Attributes:
        low: the old pixel before each place.
        high: the one after it.
        part: how far a place is from the first to the second.
        near: the nearest one.
        inside: whether the place is in the image.
    """

    low: np.ndarray
    high: np.ndarray
    part: np.ndarray
    near: np.ndarray
    inside: np.ndarray


def _line(begin: np.ndarray, end: np.ndarray, old: int, new: int) -> _Line:
    last = np.float32(old - 1)
    if new > 1:
        step = (end - begin) * last / np.float32(new - 1)
        places = (
            begin[:, None] * last + np.arange(new, dtype=np.float32) * step[:, None]
        )
    else:
        places = (np.float32(0.5) * (begin + end) * last)[:, None]
    inside = (places >= 0) & (places <= last)
    safe = np.where(inside, places, 0)
    low = np.floor(safe)
    near = np.floor(safe + np.float32(0.5))
    return _Line(
        low.astype(np.int64),
        np.ceil(safe).astype(np.int64),
        (safe - low).astype(np.float32),
        near.astype(np.int64),
        inside,
    )


def _lines(
    boxes: np.ndarray, old: tuple[int, ...], new: tuple[int, ...]
) -> tuple[_Line, _Line]:
    y1, x1, y2, x2 = boxes.astype(np.float32).T
    return _line(y1, y2, old[0], new[0]), _line(x1, x2, old[1], new[1])


def crop_and_resize(
    image: np.ndarray,
    boxes: np.ndarray,
    box_ind: np.ndarray,
    size: tuple[int, ...],
    method: str,
    outside: float,
) -> np.ndarray:
    """What is in each box, in one size.

    Args:
        image: `[batch, height, width, channels]`.
        boxes: float32, `[n, 4]`.
        box_ind: int32, `[n]`; the image of each box.
        size: height and width of the results.
        method: 'bilinear' or 'nearest'.
        outside: the value beyond the image.

    Returns:
        float32, `[n, *size, channels]`.
    """
    crops = np.empty((len(boxes), *size, image.shape[-1]), np.float32)
    for some in image_blocks(crops.shape, crops.itemsize):
        rows, columns = _lines(boxes[some], image.shape[1:3], size)
        pixel = _reader(image, box_ind[some])
        if method == "nearest":
            crops[some] = pixel(rows.near, columns.near)
        else:
            # As many weights as numbers: numpy's loops are then long.
            right = np.repeat(columns.part, image.shape[-1], 1)
            right = right.reshape(len(right), 1, -1, image.shape[-1])
            top, bottom = (
                _lerp(pixel(y, columns.low), pixel(y, columns.high), right)
                for y in (rows.low, rows.high)
            )
            crops[some] = _lerp(top, bottom, rows.part[:, :, None, None])
        inside = rows.inside[:, :, None] & columns.inside[:, None, :]
        if not inside.all():
            crops[some][~inside] = outside
    return crops


def _reader(
    image: np.ndarray, box_ind: np.ndarray
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function from rows and columns of all crops to pixels, float32."""
    _, height, width, channels = image.shape
    pixels = np.ascontiguousarray(image).reshape(-1, channels)
    first = box_ind.astype(np.int64)[:, None, None] * height

    def read(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        where = (first + y[:, :, None]) * width + x[:, None, :]
        found: np.ndarray = pixels.take(where, 0, mode="clip")
        return found.astype(np.float32, copy=False)

    return read


def _lerp(a: np.ndarray, b: np.ndarray, part: np.ndarray) -> np.ndarray:
    """A + (b - a) * part, in place of b."""
    b -= a
    b *= part
    b += a
    return b


def gradient_of_image(
    grads: np.ndarray,
    boxes: np.ndarray,
    box_ind: np.ndarray,
    shape: tuple[int, ...],
    method: str,
) -> np.ndarray:
    """The gradient of `crop_and_resize` for the image.

    Args:
        grads: for the crops, `[n, height, width, channels]`.
        boxes: float32, `[n, 4]`.
        box_ind: int32, `[n]`.
        shape: of the image, with batch and channels.
        method: 'bilinear' or 'nearest'.
    """
    rows, columns = _lines(boxes, shape[1:3], grads.shape[1:3])
    inside = rows.inside[:, :, None] & columns.inside[:, None, :]
    good = np.where(inside[..., None], grads, 0)
    total = np.zeros(shape, grads.dtype)
    which = box_ind[:, None, None]

    def add(y: np.ndarray, x: np.ndarray, values: Any) -> None:
        np.add.at(total, (which, y[:, :, None], x[:, None, :]), values)

    if method == "nearest":
        add(rows.near, columns.near, good)
        return total
    down, right = rows.part[:, :, None, None], columns.part[:, None, :, None]
    add(rows.low, columns.low, good * (1 - down) * (1 - right))
    add(rows.low, columns.high, good * (1 - down) * right)
    add(rows.high, columns.low, good * down * (1 - right))
    add(rows.high, columns.high, good * down * right)
    return total


def gradient_of_boxes(
    grads: np.ndarray, image: np.ndarray, boxes: np.ndarray, box_ind: np.ndarray
) -> np.ndarray:
    """The gradient of `crop_and_resize` for the boxes.

    Args:
        grads: for the crops, `[n, height, width, channels]`.
        image: `[batch, height, width, channels]`.
        boxes: float32, `[n, 4]`.
        box_ind: int32, `[n]`.

    Returns:
        float32, `[n, 4]`.
    """
    new = grads.shape[1:3]
    rows, columns = _lines(boxes, image.shape[1:3], new)
    pixel = _reader(image, box_ind)
    top_left, top_right = (pixel(rows.low, x) for x in (columns.low, columns.high))
    low_left, low_right = (pixel(rows.high, x) for x in (columns.low, columns.high))
    down, right = rows.part[:, :, None, None], columns.part[:, None, :, None]
    slope_y = _lerp(low_left - top_left, low_right - top_right, right)
    slope_x = _lerp(top_right - top_left, low_right - low_left, down)
    inside = (rows.inside[:, :, None] & columns.inside[:, None, :])[..., None]
    good = np.where(inside, grads, 0)
    along_y = (good * slope_y).sum((2, 3)) * np.float32(image.shape[1] - 1)
    along_x = (good * slope_x).sum((1, 3)) * np.float32(image.shape[2] - 1)
    parts = []
    for along, size in ((along_y, new[0]), (along_x, new[1])):
        # How much of a place's movement is the second corner's.
        share = np.linspace(0, 1, size) if size > 1 else np.array([0.5])
        parts.append(((along * (1 - share)).sum(1), (along * share).sum(1)))
    (y1, y2), (x1, x2) = parts
    return np.stack([y1, x1, y2, x2], 1).astype(np.float32)


def _overlap_with(boxes: np.ndarray, areas: np.ndarray, i: int) -> np.ndarray:
    """Intersection over union of box `i` with all; corners in order."""
    low = np.maximum(boxes[:, :2], boxes[i, :2])
    high = np.minimum(boxes[:, 2:], boxes[i, 2:])
    shared = np.maximum(high - low, 0).prod(1)
    union = areas + areas[i] - shared
    valid = (areas > 0) & (areas[i] > 0)
    return np.where(valid, shared / np.where(valid, union, 1), 0)


def sorted_corners(boxes: np.ndarray) -> np.ndarray:
    """Boxes as `[least y, least x, largest y, largest x]`."""
    low = np.minimum(boxes[:, :2], boxes[:, 2:])
    return np.concatenate([low, np.maximum(boxes[:, :2], boxes[:, 2:])], 1)


def keep_best(
    scores: np.ndarray,
    most: int,
    threshold: float,
    least_score: float,
    overlap: Callable[[int], np.ndarray],
) -> np.ndarray:
    """The best candidates, none of which overlaps a better one much.

    Args:
        scores: `[n]`.
        most: how many at most.
        threshold: how much overlap is too much.
        least_score: candidates must have more.
        overlap: gives a candidate's overlap with all.

    Returns:
        int32: their places, the best first.
    """
    alive = scores > least_score
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable").tolist():
        if len(kept) >= most:
            break
        if alive[i]:
            kept.append(i)
            alive &= overlap(i) <= threshold
    return np.array(kept, np.int32)


def non_max_suppression(
    boxes: np.ndarray, scores: np.ndarray, most: int, threshold: float, least: float
) -> np.ndarray:
    """`keep_best` of boxes, by intersection over union."""
    corners = sorted_corners(boxes.astype(np.float32))
    areas = (corners[:, 2:] - corners[:, :2]).prod(1)
    return keep_best(
        scores.astype(np.float32), most, threshold, least,
        lambda i: _overlap_with(corners, areas, i),
    )  # fmt: skip


def draw(images: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Images with frames around boxes.

    Args:
        images: floating, `[batch, height, width, depth]`.
        boxes: float32, `[batch, n, 4]`.
    """
    drawn = images.copy()
    height, width, depth = images.shape[1:]
    for image, of_image in zip(drawn, boxes, strict=True):
        for i, box in enumerate(of_image):
            colour = COLOURS[i % len(COLOURS), :depth] if depth > 1 else 1
            y1, x1, y2, x2 = (
                box * np.array([height - 1, width - 1] * 2, np.float32)
            ).astype(np.int64)
            if y1 > y2 or x1 > x2 or y1 >= height or y2 < 0 or x1 >= width or x2 < 0:
                continue
            rows = slice(max(y1, 0), min(y2, height - 1) + 1)
            columns = slice(max(x1, 0), min(x2, width - 1) + 1)
            for y in (y1, y2):
                if 0 <= y < height:
                    image[y, columns] = colour
            for x in (x1, x2):
                if 0 <= x < width:
                    image[rows, x] = colour
    return drawn


def sample_box(
    random: np.random.Generator,
    size: tuple[int, int],
    boxes: np.ndarray,
    least_covered: float,
    ratios: tuple[float, float],
    areas: tuple[float, float],
    attempts: int,
) -> tuple[int, int, int, int]:
    """A part of an image, by chance, that shows enough of one of the boxes.

    Args:
        random: the random numbers.
        size: height and width of the image.
        boxes: `[n, 4]`.
        least_covered: how much of a box must be in the part.
        ratios: the range of width by height.
        areas: the range of the part's share of the image.
        attempts: how often to try.

    Returns:
        Begin and size, `y, x, height, width`; the whole image when no try was right.
    """
    height, width = size
    scale = np.array([height, width, height, width])
    pixels = sorted_corners(boxes) * scale
    for _ in range(attempts):
        ratio = random.uniform(*ratios)
        share = random.uniform(*areas) * height * width
        rows, columns = round((share / ratio) ** 0.5), round((share * ratio) ** 0.5)
        if not (0 < rows <= height and 0 < columns <= width):
            continue
        if not areas[0] * height * width <= rows * columns <= areas[1] * height * width:
            continue
        y = int(random.integers(0, height - rows + 1))
        x = int(random.integers(0, width - columns + 1))
        low = np.maximum(pixels[:, :2], [y, x])
        high = np.minimum(pixels[:, 2:], [y + rows, x + columns])
        shared = np.maximum(high - low, 0).prod(1)
        whole = (pixels[:, 2:] - pixels[:, :2]).prod(1)
        if not len(boxes) or (shared >= least_covered * whole)[whole > 0].any():
            return y, x, rows, columns
    return 0, 0, height, width
