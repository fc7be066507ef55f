"""Images changed by chance, to make a training set richer.

Read next: `image_boxes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.image_color import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)
from interactive_graphs.ops.image_geometry import (
    checked_image,
    flip_left_right,
    flip_up_down,
)
from interactive_graphs.ops.random_ops import random_uniform


def _perhaps(
    image: Any, flip: Callable[[Any], Tensor], seed: int | None, name: str
) -> Tensor:
    """`flip` of the image, or of each one of a batch, or not."""
    with name_scope(None, name, [image]):
        x = checked_image(image)
        flipped = flip(x)
        single = x.static_shape is None or len(x.static_shape) == 3
        shape: Any = [] if single else raw.Shape(x)[:1]
        heads = random_uniform(shape, 0, 1.0, seed=seed) < 0.5
        result: Tensor = raw.Select(heads, flipped, x)
        return result


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """An image as in a mirror, or as it is, by chance.

    Args:
        image: `[height, width, channels]`, or a batch, of which each is asked for.
        seed: of the random numbers.

    Returns:
        A tensor of that dtype and shape.
    """
    return _perhaps(image, flip_left_right, seed, "random_flip_left_right")


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """An image upside down, or as it is, by chance.

    Args:
        image: `[height, width, channels]`, or a batch, of which each is asked for.
        seed: of the random numbers.

    Returns:
        A tensor of that dtype and shape.
    """
    return _perhaps(image, flip_up_down, seed, "random_flip_up_down")


def _check_range(lower: float, upper: float) -> None:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """An image brighter or darker by chance.

    Args:
        image: integer or floating, of any shape.
        max_delta: how much at most; 1 is the largest value of an integer image.
        seed: of the random numbers.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: `max_delta` is negative.
    """
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(
        image, random_uniform([], -max_delta, max_delta, seed=seed)
    )


def random_contrast(
    image: Any, lower: float, upper: float, seed: int | None = None
) -> Tensor:
    """An image with more or less contrast by chance.

    Args:
        image: integer or floating, `[..., height, width, channels]`.
        lower: the least factor.
        upper: the largest.
        seed: of the random numbers.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: not `0 <= lower < upper`.
    """
    _check_range(lower, upper)
    return adjust_contrast(image, random_uniform([], lower, upper, seed=seed))


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """An image with its colours turned by chance.

    Args:
        image: integer or floating, `[..., height, width, 3]`.
        max_delta: how far at most, in `[0, 0.5]` turns.
        seed: of the random numbers.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: `max_delta` is not in that range.
    """
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))


def random_saturation(
    image: Any, lower: float, upper: float, seed: int | None = None
) -> Tensor:
    """An image with stronger or weaker colours by chance.

    Args:
        image: integer or floating, `[..., height, width, 3]`.
        lower: the least factor.
        upper: the largest.
        seed: of the random numbers.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: not `0 <= lower < upper`.
    """
    _check_range(lower, upper)
    return adjust_saturation(image, random_uniform([], lower, upper, seed=seed))
