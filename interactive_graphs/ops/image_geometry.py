"""Parts, frames and turns of images: crop, pad, flip, transpose, rotate.

Built of ops that are there; what is known of sizes is worked out at once. Read next:
`image_color.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float64, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape
from interactive_graphs.ops.arrange import transpose
from interactive_graphs.ops.case import case
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.constant import identity
from interactive_graphs.ops.control_flow import control_dependencies
from interactive_graphs.ops.debug import Assert
from interactive_graphs.ops.shape import expand_dims, squeeze

Size = int | Tensor | None
"""A dimension: what it is, or the tensor that will say."""


# -- what is given --------------------------------------------------------------------


def checked_image(image: Any, word: str = "image") -> Tensor:
    """An image or a batch of them, of three dimensions at least if the rank is known.

    Raises:
        ValueError: it has fewer, or one of its last three is 0.
    """
    x = convert(image, None, word)
    shape = x.static_shape
    if shape is None:
        return x
    if len(shape) < 3:
        shown = TensorShape(shape)
        raise ValueError(
            f"'{word}' (shape {shown}) must be at least three-dimensional."
        )
    if 0 in shape[-3:]:
        raise ValueError(
            f"inner 3 dims of '{word}.shape' must be > 0: {TensorShape(shape)}"
        )
    return x


def _as_batch(image: Any) -> tuple[Tensor, bool]:
    """Images with a batch dimension, and whether it had to be added.

    Raises:
        ValueError: they have another rank, or a dimension of 0.
    """
    x = convert(image, None, "image")
    if x.static_shape is None:
        x = identity(x)
        x.set_shape([None, None, None])
    shape = x.static_shape or ()
    if len(shape) not in (3, 4):
        raise ValueError(
            f"'image' (shape {TensorShape(shape)}) must have either 3 or 4 dimensions."
        )
    if 0 in shape[-3:]:
        raise ValueError(
            f"inner 3 dims of 'image.shape' must be > 0: {TensorShape(shape)}"
        )
    return (expand_dims(x, 0), True) if len(shape) == 3 else (x, False)


def _sizes(batch: Tensor) -> list[Any]:
    """Height and width: numbers where they are known, tensors where not."""
    known = (batch.static_shape or (None,) * 4)[1:3]
    if None not in known:
        return list(known)
    given = raw.Shape(batch)
    return [given[i + 1] if n is None else n for i, n in enumerate(known)]


def _known(size: Any) -> int | None:
    return None if isinstance(size, Tensor) else int(size)


def _require(*claims: tuple[Any, str]) -> list[Operation]:
    """Hold sizes against each other, those that are known at once.

    Args:
        *claims: a bool or a bool tensor, and what to say if it is false.

    Returns:
        The operations that check the others when they run.

    Raises:
        ValueError: a claim is known to be false.
    """
    checks = []
    for claim, text in claims:
        if isinstance(claim, Tensor):
            checks.append(Assert(claim, [text]))
        elif not claim:
            raise ValueError(text)
    return checks


def _after(checks: list[Operation], x: Tensor) -> Tensor:
    if not checks:
        return x
    with control_dependencies(checks):
        return identity(x)


def _vector(*sizes: Any) -> Tensor:
    return convert(list(sizes), int32)


def _result(
    batch: Tensor, height: Any, width: Any, old: Tensor, single: bool
) -> Tensor:
    first, _, _, depth = old.static_shape or (None,) * 4
    batch.set_shape([first, _known(height), _known(width), depth])
    return squeeze(batch, [0]) if single else batch


# -- parts and frames -----------------------------------------------------------------


def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any,
    target_height: Any, target_width: Any,
) -> Tensor:  # fmt: skip
    """A part of an image.

    Args:
        image: `[batch, height, width, channels]`, or one image without the first
            dimension.
        offset_height: how many rows are above the part.
        offset_width: how many columns are left of it.
        target_height: how many rows it has.
        target_width: how many columns it has.

    Returns:
        A tensor of that dtype and rank.

    Raises:
        ValueError: the part is known to be empty or to reach over the border.
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        batch, single = _as_batch(image)
        height, width = _sizes(batch)
        checks = _require(
            (offset_width >= 0, "offset_width must be >= 0."),
            (offset_height >= 0, "offset_height must be >= 0."),
            (target_width > 0, "target_width must be > 0."),
            (target_height > 0, "target_height must be > 0."),
            (
                width >= target_width + offset_width,
                "width must be >= target + offset.",
            ),
            (
                height >= target_height + offset_height,
                "height must be >= target + offset.",
            ),
        )
        begin = _vector(0, offset_height, offset_width, 0)
        size = _vector(-1, target_height, target_width, -1)
        part = raw.Slice(_after(checks, batch), begin, size)
        return _result(part, target_height, target_width, batch, single)


def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any,
    target_height: Any, target_width: Any,
) -> Tensor:  # fmt: skip
    """An image with zeros around it.

    Args:
        image: `[batch, height, width, channels]`, or one image without the first
            dimension.
        offset_height: how many rows of zeros come above it.
        offset_width: how many columns left of it.
        target_height: how many rows the result has.
        target_width: how many columns it has.

    Returns:
        A tensor of that dtype and rank.

    Raises:
        ValueError: the image is known not to fit.
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        batch, single = _as_batch(image)
        height, width = _sizes(batch)
        below = target_height - offset_height - height
        right = target_width - offset_width - width
        checks = _require(
            (offset_height >= 0, "offset_height must be >= 0"),
            (offset_width >= 0, "offset_width must be >= 0"),
            (right >= 0, "width must be <= target - offset"),
            (below >= 0, "height must be <= target - offset"),
        )
        pads = raw.Reshape(
            _vector(0, 0, offset_height, below, offset_width, right, 0, 0), [4, 2]
        )
        framed = raw.Pad(_after(checks, batch), pads)
        return _result(framed, target_height, target_width, batch, single)


def resize_image_with_crop_or_pad(
    image: Any, target_height: Any, target_width: Any
) -> Tensor:
    """The middle of an image, with zeros around it where it is too small.

    Args:
        image: `[batch, height, width, channels]`, or one image without the first
            dimension.
        target_height: how many rows the result has.
        target_width: how many columns it has.

    Returns:
        A tensor of that dtype and rank.

    Raises:
        ValueError: the target is known to be empty.

    Example:
        >>> import interactive_graphs as tf
        >>> wide = tf.reshape([1, 2, 3, 4], [1, 4, 1])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.image.resize_image_with_crop_or_pad(wide, 3, 2))[:, :, 0]
        array([[0, 0],
               [2, 3],
               [0, 0]], dtype=int32)
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        batch, single = _as_batch(image)
        checks = _require(
            (target_width > 0, "target_width must be > 0."),
            (target_height > 0, "target_height must be > 0."),
        )
        batch = _after(checks, batch)
        height, width = _sizes(batch)
        down, right = target_height - height, target_width - width
        part = crop_to_bounding_box(
            batch,
            _at_least_0(-down // 2),
            _at_least_0(-right // 2),
            _smaller(target_height, height),
            _smaller(target_width, width),
        )
        framed = pad_to_bounding_box(
            part,
            _at_least_0(down // 2),
            _at_least_0(right // 2),
            target_height,
            target_width,
        )
        return squeeze(framed, [0]) if single else framed


def _at_least_0(size: Any) -> Any:
    return raw.Maximum(size, 0) if isinstance(size, Tensor) else max(size, 0)


def _smaller(a: Any, b: Any) -> Any:
    dynamic = isinstance(a, Tensor) or isinstance(b, Tensor)
    return raw.Minimum(a, b) if dynamic else min(a, b)


def central_crop(image: Any, central_fraction: float) -> Tensor:
    """The middle of an image.

    Args:
        image: `[..., height, width, channels]`, with or without a batch dimension.
        central_fraction: how much of height and width is left, in (0, 1].

    Returns:
        A tensor of that dtype and rank.

    Raises:
        ValueError: the fraction is not in that range.
    """
    with name_scope(None, "central_crop", [image]):
        x = checked_image(image)
        if central_fraction <= 0.0 or central_fraction > 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return x
        batch, single = _as_batch(x)
        corner, rest = [], []
        for size in _sizes(batch):
            begin: Any
            if isinstance(size, Tensor):
                exact = cast(size, float64)
                begin = cast((exact - exact * central_fraction) / 2, int32)
            else:
                begin = int((size - size * central_fraction) / 2)
            corner.append(begin)
            rest.append(size - begin * 2)
        part = raw.Slice(batch, _vector(0, *corner, 0), _vector(-1, *rest, -1))
        height, width = rest
        return _result(part, height, width, batch, single)


# -- flips and turns ------------------------------------------------------------------


def _flipped(image: Any, axis: int, name: str) -> Tensor:
    with name_scope(None, name, [image]):
        x = checked_image(image)
        if x.static_shape is not None and len(x.static_shape) not in (3, 4):
            raise ValueError("'image' must have either 3 or 4 dimensions.")
        flipped: Tensor = raw.ReverseV2(x, [axis])
        return flipped


def flip_left_right(image: Any) -> Tensor:
    """An image as in a mirror.

    Args:
        image: `[batch, height, width, channels]`, or one image without the first
            dimension.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: it has another rank.
    """
    return _flipped(image, -2, "flip_left_right")


def flip_up_down(image: Any) -> Tensor:
    """An image upside down.

    Args:
        image: `[batch, height, width, channels]`, or one image without the first
            dimension.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: it has another rank.
    """
    return _flipped(image, -3, "flip_up_down")


def transpose_image(image: Any, name: str | None = None) -> Tensor:
    """An image with rows and columns exchanged.

    Args:
        image: `[batch, height, width, channels]`, or one image without the first
            dimension.
        name: of the scope.

    Returns:
        A tensor of that dtype and rank.

    Raises:
        ValueError: it has another rank.
    """
    with name_scope(name, "transpose_image", [image]):
        batch, single = _as_batch(checked_image(image))
        turned = transpose(batch, [0, 2, 1, 3])
        return squeeze(turned, [0]) if single else turned


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """An image turned to the left by quarters.

    Args:
        image: `[batch, height, width, channels]`, or one image without the first
            dimension.
        k: how many quarters, a number or an integer scalar.
        name: of the scope.

    Returns:
        A tensor of that dtype and rank.

    Raises:
        ValueError: it has another rank.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.image.rot90([[[1], [2], [3]]]))[:, :, 0]
        array([[3],
               [2],
               [1]], dtype=int32)
    """
    with name_scope(name, "rot90", [image, k]):
        batch, single = _as_batch(checked_image(image))
        if isinstance(k, Tensor):
            quarters = raw.FloorMod(k, 4)
            turned = case(
                [
                    (raw.Equal(quarters, 1), lambda: _turned(batch, 1)),
                    (raw.Equal(quarters, 2), lambda: _turned(batch, 2)),
                    (raw.Equal(quarters, 3), lambda: _turned(batch, 3)),
                ],
                default=lambda: _turned(batch, 0),
                exclusive=True,
            )
            turned.set_shape([None, None, None, (batch.static_shape or (None,))[-1]])
        else:
            turned = _turned(batch, int(k) % 4)
        result: Tensor = squeeze(turned, [0]) if single else turned
        return result


def _turned(batch: Tensor, quarters: int) -> Tensor:
    if quarters == 0:
        return identity(batch)
    if quarters == 1:
        return transpose(raw.ReverseV2(batch, [2]), [0, 2, 1, 3])
    if quarters == 2:
        return raw.ReverseV2(batch, [1, 2])  # type: ignore[no-any-return]
    return raw.ReverseV2(  # type: ignore[no-any-return]
        transpose(batch, [0, 2, 1, 3]), [2]
    )
