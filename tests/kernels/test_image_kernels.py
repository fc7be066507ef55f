"""Image kernels, which work in blocks, against the plain formula for each number."""

import numpy as np
import pytest

from interactive_graphs.kernels.cpu import image_boxes, image_color, image_resize

SHAPES = [(2, 5, 7, 3), (1, 9, 4, 16), (0, 3, 3, 2), (3, 1, 1, 1), (400, 6, 5, 3)]


def random() -> np.random.Generator:
    return np.random.default_rng(3)


def mixed(x: np.ndarray, taps: image_resize.Taps, axis: int) -> np.ndarray:
    """The neighbours times their weights, added in their order."""
    along = [-1 if i == axis else 1 for i in range(4)]
    total = 0
    for places, weight in zip(taps.places.T, taps.weight.T, strict=True):
        total = total + x.take(places, axis) * weight.reshape(along)
    return total


def between(x: np.ndarray, taps: image_resize.Taps, axis: int) -> np.ndarray:
    """A point between two neighbours, by their difference."""
    along = [-1 if i == axis else 1 for i in range(4)]
    low, high = (x.take(places, axis) for places in taps.places.T)
    return low + (high - low) * taps.weight[:, 1].reshape(along)


@pytest.mark.parametrize(("align", "half"), [(0, 0), (1, 0), (0, 1)])
@pytest.mark.parametrize("method", ["bilinear", "bicubic", "area"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64"])
def test_resizing(dtype, shape, method, align, half):
    images = (random().random(shape) * 200).astype(dtype)
    make = image_resize.METHODS[method]
    for size in ((3, 4), (11, 13), (1, 1)):
        rows = make(shape[1], size[0], align, half)
        columns = make(shape[2], size[1], align, half)
        x = images.astype(np.float32)
        if method == "bilinear":
            wanted = between(between(x, columns, 2), rows, 1)
        else:
            wanted = mixed(mixed(x, rows, 1), columns, 2)
        found = image_resize.resize(images, size, method, align, half)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, wanted)


def test_resizing_keeps_what_is_no_number_where_it_is():
    images = np.ones((2, 4, 4, 3), np.float32)
    images[0, 1, 1, 1], images[1, 3, 3, 2] = np.nan, np.inf
    with np.errstate(all="ignore"):
        found = image_resize.resize(images, (8, 8), "bilinear", False, False)
    assert not np.isfinite(found[0, :, :, 1]).all()
    assert (found[0, :, :, ::2] == 1).all()
    assert (found[1, :, :, :2] == 1).all()
    assert not np.isfinite(found[1, 5:, 5:, 2]).any()


def hue_saturation_value(red: float, green: float, blue: float) -> list[float]:
    """The formula, in Python's numbers."""
    value = max(red, green, blue)
    width = value - min(red, green, blue)
    saturation = width / value if value > 0 else 0
    if width <= 0:
        return [0, saturation, value]
    if red == value:
        hue = (green - blue) / (6 * width)
    elif green == value:
        hue = (blue - red) / (6 * width) + 2 / 6
    else:
        hue = (red - green) / (6 * width) + 4 / 6
    return [hue + 1 if hue < 0 else hue, saturation, value]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [0, 1, 27_000])
def test_hues(count, dtype):
    rng = random()
    rgb = np.where(rng.random((count, 3)) < 0.5, rng.random((count, 3)), 0.25)
    rgb[:4] = np.array([[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 0, 1]])[:count]
    rgb = rgb.astype(dtype)
    found = image_color.rgb_to_hsv(rgb.reshape(-1, 1, 3))
    wanted = [hue_saturation_value(*pixel) for pixel in rgb.tolist()]
    assert found.dtype == dtype
    assert found.shape == (count, 1, 3)
    wanted = np.reshape(np.array(wanted, np.float64), found.shape)
    np.testing.assert_allclose(found, wanted, 0, 1e-6 if dtype == "float32" else 1e-14)


def test_hues_of_what_is_no_number():
    rgb = np.array([[np.nan, 0, 1], [np.inf, 0, 0], [0, -1, 0]], np.float32)
    with np.errstate(all="ignore"):
        hsv = image_color.rgb_to_hsv(rgb)
    assert np.isnan(hsv[0, 2])
    assert hsv[1, 2] == np.inf
    assert hsv[2].tolist() == [pytest.approx(5 / 6), 0, 0]


def pixel(
    image: np.ndarray, y: np.float32, x: np.float32, method: str, outside: float
) -> np.ndarray:
    """One pixel of a crop."""
    height, width = image.shape[:2]
    if not (0 <= y <= height - 1 and 0 <= x <= width - 1):
        return np.full(image.shape[-1], outside, np.float32)
    if method == "nearest":
        at = np.floor(y + np.float32(0.5)), np.floor(x + np.float32(0.5))
        return image[int(at[0]), int(at[1])]
    rows = int(np.floor(y)), int(np.ceil(y))
    columns = int(np.floor(x)), int(np.ceil(x))
    right, down = x - np.float32(columns[0]), y - np.float32(rows[0])
    top, bottom = (
        image[row, columns[0]]
        + (image[row, columns[1]] - image[row, columns[0]]) * right
        for row in rows
    )
    return top + (bottom - top) * down


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
@pytest.mark.parametrize("size", [(5, 6), (1, 1), (2, 3)])
def test_crops(size, method):
    rng = random()
    image = rng.random((3, 9, 8, 2)).astype(np.float32)
    boxes = rng.uniform(-0.5, 1.5, (60, 4)).astype(np.float32)
    boxes[3], boxes[4] = np.nan, [0, 0, 1, 1]
    which = rng.integers(0, 3, 60).astype(np.int32)
    with np.errstate(all="ignore"):
        found = image_boxes.crop_and_resize(image, boxes, which, size, method, 7.5)
        lines = image_boxes._lines(boxes, (9, 8), size)
    assert found.dtype == np.float32
    last = np.float32([8, 7])
    for n, box in enumerate(boxes):
        (y1, x1), (y2, x2) = box[:2], box[2:]
        ends = [(y1, y2), (x1, x2)]
        places = []
        for (begin, end), old, new in zip(ends, last, size, strict=True):
            if new == 1:
                places.append([np.float32(0.5) * (begin + end) * old])
            else:
                step = (end - begin) * old / np.float32(new - 1)
                places.append([begin * old + np.float32(i) * step for i in range(new)])
        for i, y in enumerate(places[0]):
            for j, x in enumerate(places[1]):
                wanted = pixel(image[which[n]], y, x, method, 7.5)
                np.testing.assert_array_equal(found[n, i, j], wanted)
    assert not lines[0].inside[3].any()
