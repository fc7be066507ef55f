"""Pictures as bytes and back: PNG, JPEG, GIF and BMP.

Read next: `../kernels/cpu/pictures.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    DType,
    float32,
    int32,
    int64,
    uint8,
    uint16,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import at_least_rank, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import pictures, png

_KINDS = "JPEG, PNG, or GIF"


def _bytes_in(contents: Any) -> bytes:
    """The string in a scalar."""
    if np.ndim(contents):
        shown = format_list(np.shape(contents))
        invalid(f"contents must be scalar, got shape {shown}")
    data: bytes = np.asarray(contents, object).item()
    return data


def _check_channels(op: Operation) -> int | None:
    """The attribute; None where it is 0.

    Raises:
        ValueError: it is not 0, 1, 3 or 4.
    """
    with_rank(op.inputs[0].static_shape, 0)
    channels = op.attrs.get("channels", 0)
    if channels < 0:
        raise ValueError(f"channels must be non-negative, got {channels}")
    return channels or None


def _picture_shape(op: Operation) -> list[Shape]:
    return [(None, None, _check_channels(op))]


def _still(contents: bytes, channels: int, ratio: int, recover: bool) -> np.ndarray:
    """The pixels of a PNG, a JPEG or a GIF of one frame, 8 bits a sample."""
    if channels not in (0, 1, 3, 4):
        invalid(f"channels must be 0, 1, 3 or 4, got {channels}")
    kind = pictures.kind_of(contents)
    if kind == "png":
        return pictures.decode_png(contents, channels, False)
    if kind == "jpeg":
        if channels == 4:
            invalid("channels must be 0, 1, or 3 for JPEG, got 4")
        return pictures.decode_jpeg(contents, channels, ratio, recover)
    if kind == "gif":
        if channels not in (0, 3):
            invalid(f"channels must be 0 or 3 for GIF, got {channels}")
        frames = pictures.decode_gif(contents)
        if len(frames) != 1:
            invalid(
                f"Got {len(frames)} frames, but animated gifs can only be decoded by "
                "tf.image.decode_gif or tf.image.decode_image"
            )
        found: np.ndarray = frames[0]
        return found
    pictures.refuse_unknown(contents, _KINDS)
    raise AssertionError("unreachable")


# -- PNG ------------------------------------------------------------------------------

decode_png_op = define(
    "DecodePng", "contents: string -> image: dtype",
    channels=0, dtype=types((uint8, uint16), uint8), shape=_picture_shape,
    gradient=None, doc="The pixels of a PNG.",
)  # fmt: skip


@decode_png_op.kernel("CPU")
def _(contents: Any, channels: int, dtype: DType) -> np.ndarray:
    data = _bytes_in(contents)
    if dtype is uint16 and pictures.kind_of(data) == "png":
        if channels not in (0, 1, 3, 4):
            invalid(f"channels must be 0, 1, 3 or 4, got {channels}")
        return pictures.decode_png(data, channels, True)
    found = _still(data, channels, 1, False)
    return found.astype(np.uint16) << 8 if dtype is uint16 else found


def decode_png(
    contents: Any, channels: int = 0, dtype: Any = uint8, name: str | None = None
) -> Tensor:
    """The pixels of a PNG; also of a JPEG, and of a GIF of one frame.

    Args:
        contents: string, `[]`: the file.
        channels: 0 for as many as it has; 1 for gray, 3 for colour, 4 with alpha.
        dtype: uint8 or uint16.
        name: the node's name.

    Returns:
        A tensor of `dtype`, `[height, width, channels]`.

    Raises:
        InvalidArgumentError: when it runs and the file is damaged.

    Example:
        >>> import interactive_graphs as tf
        >>> data = tf.image.encode_png([[[1], [2]]])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.image.decode_png(data))
        array([[[1],
                [2]]], dtype=uint8)
    """
    result: Tensor = raw.DecodePng(contents, channels=channels, dtype=dtype, name=name)
    return result


def _from_picture(op: Operation) -> list[Shape]:
    at_least_rank(op.inputs[0].static_shape, 3)
    shape = op.inputs[0].static_shape
    return [None if shape is None else shape[:-3]]


encode_png_op = define(
    "EncodePng", "image: T -> contents: string", compression=-1,
    T=types((uint8, uint16), uint8), shape=_from_picture, gradient=None,
    doc="A picture as PNG.",
)  # fmt: skip


@encode_png_op.kernel("CPU")
def _(image: np.ndarray, compression: int) -> np.ndarray:
    if not -1 <= compression <= 9:
        invalid(f"compression should be in [-1,9], got {compression}")
    if image.ndim < 3:
        invalid(f"image must be at least 3-dimensional, got {format_list(image.shape)}")
    if not image.size:
        invalid(f"image cannot be empty, got {format_list(image.shape)}")
    if not 1 <= image.shape[-1] <= 4:
        invalid(f"image must have 1, 2, 3, or 4 channels, got {image.shape[-1]}")
    found = np.empty(image.shape[:-3], object)
    for place in np.ndindex(found.shape):
        found[place] = png.encode(image[place], compression)
    return found


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """A picture as PNG.

    Args:
        image: uint8 or uint16, `[height, width, channels]` with 1 (gray), 2 (with
            alpha), 3 (colour) or 4 (with alpha) channels.
        compression: from 0 (quick) to 9 (small); -1 is something between.
        name: the node's name.

    Returns:
        A string scalar.
    """
    if isinstance(image, np.ndarray):  # its dtype says how many bits it has
        image = convert(image)
    result: Tensor = raw.EncodePng(image, compression=compression, name=name)
    return result


# -- JPEG -----------------------------------------------------------------------------

decode_jpeg_op = define(
    "DecodeJpeg", "contents: string -> image: uint8",
    channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False,
    acceptable_fraction=1.0, dct_method="", shape=_picture_shape, gradient=None,
    doc="The pixels of a JPEG.",
)  # fmt: skip


def _check_jpeg(ratio: int, dct_method: bytes) -> None:
    if ratio not in (1, 2, 4, 8):
        invalid(f"ratio must be 1, 2, 4, or 8, got {ratio}")
    if dct_method not in (b"", b"INTEGER_FAST", b"INTEGER_ACCURATE"):
        invalid("dct_method must be one of {'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}")


@decode_jpeg_op.kernel("CPU")
def _(
    contents: Any,
    channels: int,
    ratio: int,
    try_recover_truncated: bool,
    dct_method: bytes,
) -> np.ndarray:
    _check_jpeg(ratio, dct_method)
    return _still(_bytes_in(contents), channels, ratio, try_recover_truncated)


def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The pixels of a JPEG; also of a PNG, and of a GIF of one frame.

    Args:
        contents: string, `[]`: the file.
        channels: 0 for as many as it has; 1 for gray, 3 for colour.
        ratio: how many times smaller to make it: 1, 2, 4 or 8.
        fancy_upscaling: accepted; it always is.
        try_recover_truncated: whether to take what there is of a file cut short.
        acceptable_fraction: accepted, and of no effect.
        dct_method: accepted; it always is 'INTEGER_ACCURATE'.
        name: the node's name.

    Returns:
        A uint8 tensor, `[height, width, channels]`.

    Raises:
        InvalidArgumentError: when it runs and the file is damaged.
    """
    result: Tensor = raw.DecodeJpeg(
        contents,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )
    return result


def _part_shape(op: Operation) -> list[Shape]:
    window = static_value(op.inputs[1])
    size = (None, None) if window is None else tuple(int(n) for n in window[2:4])
    return [(*size, _check_channels(op))]


decode_and_crop_jpeg_op = define(
    "DecodeAndCropJpeg", "contents: string, crop_window: int32 -> image: uint8",
    channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False,
    acceptable_fraction=1.0, dct_method="", shape=_part_shape, gradient=None,
    doc="A part of the pixels of a JPEG.",
)  # fmt: skip


@decode_and_crop_jpeg_op.kernel("CPU")
def _(
    contents: Any,
    crop_window: np.ndarray,
    channels: int,
    ratio: int,
    try_recover_truncated: bool,
    dct_method: bytes,
) -> np.ndarray:
    _check_jpeg(ratio, dct_method)
    data = _bytes_in(contents)
    if pictures.kind_of(data) != "jpeg":
        invalid("crop_window is only valid for JPEG")
    pixels = _still(data, channels, ratio, try_recover_truncated)
    if crop_window.shape != (4,):
        invalid(f"crop_size must have four elements {format_list(crop_window.shape)}")
    top, left, height, width = (int(n) for n in crop_window)
    fits = top >= 0 and left >= 0 and height > 0 and width > 0
    if not fits or top + height > pixels.shape[0] or left + width > pixels.shape[1]:
        invalid(f"Invalid JPEG data or crop window, data size {len(data)}")
    return pixels[top : top + height, left : left + width]


def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """A part of the pixels of a JPEG.

    Args:
        contents: string, `[]`: the file.
        crop_window: int32, `[4]`: top, left, height, width.
        channels: as of `decode_jpeg`.
        ratio: as of `decode_jpeg`.
        fancy_upscaling: as of `decode_jpeg`.
        try_recover_truncated: as of `decode_jpeg`.
        acceptable_fraction: as of `decode_jpeg`.
        dct_method: as of `decode_jpeg`.
        name: the node's name.

    Returns:
        A uint8 tensor, `[height, width, channels]`.
    """
    result: Tensor = raw.DecodeAndCropJpeg(
        contents,
        crop_window,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )
    return result


def _from_one_picture(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 3)
    return [()]


encode_jpeg_op = define(
    "EncodeJpeg", "image: uint8 -> contents: string",
    format=Attr("string", "", allowed=(b"", b"grayscale", b"rgb")), quality=95,
    progressive=False, optimize_size=False, chroma_downsampling=True,
    density_unit=Attr("string", "in", allowed=(b"in", b"cm")), x_density=300,
    y_density=300, xmp_metadata="", shape=_from_one_picture, gradient=None,
    doc="A picture as JPEG.",
)  # fmt: skip


@encode_jpeg_op.kernel("CPU")
def _(
    image: np.ndarray,
    format: bytes,
    quality: int,
    progressive: bool,
    optimize_size: bool,
    chroma_downsampling: bool,
    density_unit: bytes,
    x_density: int,
    y_density: int,
    xmp_metadata: bytes,
) -> np.ndarray:
    if image.ndim != 3:
        invalid(f"image must be 3-dimensional, got {format_list(image.shape)}")
    if not 0 <= quality <= 100:
        invalid(f"quality must be in [0,100], got {quality}")
    wanted = {b"grayscale": 1, b"rgb": 3}.get(format, 0)
    if wanted and image.shape[2] != wanted:
        invalid(
            f"format {format.decode()} expects {wanted} channels, got "
            f"{format_list(image.shape)}"
        )
    if image.shape[2] not in (1, 3):
        invalid(f"image must have 1 or 3 channels, got {format_list(image.shape)}")
    if not image.size or max(image.shape[:2]) > 65535:
        invalid(f"image has a size that JPEG cannot have: {format_list(image.shape)}")
    density = (1 if density_unit == b"in" else 2, x_density, y_density)
    data = pictures.encode_jpeg(
        image, quality, progressive, optimize_size, chroma_downsampling, density,
        xmp_metadata,
    )  # fmt: skip
    return np.array(data, object)


def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """A picture as JPEG.

    Args:
        image: uint8, `[height, width, channels]` with 1 or 3 channels.
        format: 'grayscale', 'rgb', or '' for what the channels say.
        quality: from 0 to 100.
        progressive: whether it is to be seen coarsely first.
        optimize_size: whether to make it smaller, with more work.
        chroma_downsampling: whether colour has half the resolution.
        density_unit: 'in' or 'cm'.
        x_density: pixels per unit, across.
        y_density: pixels per unit, down.
        xmp_metadata: metadata; none where empty.
        name: the node's name.

    Returns:
        A string scalar.
    """
    result: Tensor = raw.EncodeJpeg(
        image,
        format=format,
        quality=quality,
        progressive=progressive,
        optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling,
        density_unit=density_unit,
        x_density=x_density,
        y_density=y_density,
        xmp_metadata=xmp_metadata,
        name=name,
    )
    return result


extract_jpeg_shape_op = define(
    "ExtractJpegShape", "contents: string -> image_shape: output_type",
    output_type=types((int32, int64), int32), shape=lambda _: [(3,)], gradient=None,
    doc="Height, width and number of channels of a JPEG.",
)  # fmt: skip


@extract_jpeg_shape_op.kernel("CPU")
def _(contents: Any, output_type: DType) -> np.ndarray:
    return np.array(pictures.jpeg_shape(_bytes_in(contents)), output_type.np_dtype)


def extract_jpeg_shape(
    contents: Any, output_type: Any = int32, name: str | None = None
) -> Tensor:
    """Height, width and number of channels of a JPEG, without decoding it.

    Args:
        contents: string, `[]`: the file.
        output_type: int32 or int64.
        name: the node's name.

    Returns:
        A tensor of `output_type`, `[3]`.
    """
    result: Tensor = raw.ExtractJpegShape(contents, output_type=output_type, name=name)
    return result


# -- the others -----------------------------------------------------------------------


def _gif_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 0)
    return [(None, None, None, 3)]


decode_gif_op = define(
    "DecodeGif", "contents: string -> image: uint8", shape=_gif_shape, gradient=None,
    doc="The frames of a GIF.",
)  # fmt: skip


@decode_gif_op.kernel("CPU")
def _(contents: Any) -> np.ndarray:
    data = _bytes_in(contents)
    kind = pictures.kind_of(data)
    if kind == "gif":
        return pictures.decode_gif(data)
    return _still(data, 3, 1, False)[None]


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """The frames of a GIF; a PNG or JPEG is taken for one frame.

    Args:
        contents: string, `[]`: the file.
        name: the node's name.

    Returns:
        A uint8 tensor, `[frames, height, width, 3]`.
    """
    result: Tensor = raw.DecodeGif(contents, name=name)
    return result


decode_bmp_op = define(
    "DecodeBmp", "contents: string -> image: uint8", channels=0, shape=_picture_shape,
    gradient=None, doc="The pixels of a BMP.",
)  # fmt: skip


def _bmp(data: bytes, channels: int) -> np.ndarray:
    if channels not in (0, 3, 4):
        invalid(f"`channels` must be 0, 3 or 4 for BMP, but got {channels}")
    return pictures.decode_bmp(data, channels)


@decode_bmp_op.kernel("CPU")
def _(contents: Any, channels: int) -> np.ndarray:
    data = _bytes_in(contents)
    if pictures.kind_of(data) != "bmp":
        pictures.refuse_unknown(data, "BMP")
    return _bmp(data, channels)


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """The pixels of a BMP without compression.

    Args:
        contents: string, `[]`: the file.
        channels: 0 for as many as it has; 3 for colour, 4 with alpha.
        name: the node's name.

    Returns:
        A uint8 tensor, `[height, width, channels]`.
    """
    result: Tensor = raw.DecodeBmp(contents, channels=channels, name=name)
    return result


def _image_shape(op: Operation) -> list[Shape]:
    channels = _check_channels(op)
    return [None if op.attrs["expand_animations"] else (None, None, channels)]


decode_image_op = define(
    "DecodeImage", "contents: string -> image: dtype",
    channels=0, dtype=types((uint8, uint16, float32), uint8), expand_animations=True,
    shape=_image_shape, gradient=None, doc="The pixels of a PNG, JPEG, GIF or BMP.",
)  # fmt: skip


@decode_image_op.kernel("CPU")
def _(
    contents: Any, channels: int, dtype: DType, expand_animations: bool
) -> np.ndarray:
    data = _bytes_in(contents)
    kind = pictures.kind_of(data)
    if kind == "png" and dtype is uint16:
        return pictures.decode_png(data, channels, True)
    if kind == "bmp":
        found = _bmp(data, channels)
    elif kind == "gif":
        if channels not in (0, 3):
            invalid(f"channels must be 0 or 3 for GIF, got {channels}")
        frames = pictures.decode_gif(data)
        found = frames if expand_animations else frames[0]
    else:
        found = _still(data, channels, 1, False)
    if dtype is float32:
        return found * np.float32(1 / 255)
    return found.astype(np.uint16) << 8 if dtype is uint16 else found


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The pixels of a PNG, JPEG, GIF or BMP.

    Args:
        contents: string, `[]`: the file.
        channels: 0 or None for as many as it has; 1 for gray, 3 for colour, 4 with
            alpha.
        dtype: uint8, uint16, or float32 for numbers from 0 to 1.
        name: the node's name.
        expand_animations: whether a GIF gives all its frames, or the first one.

    Returns:
        A tensor of `dtype`, `[height, width, channels]`, or, for a GIF,
        `[frames, height, width, 3]`; its shape is not known before it runs.
    """
    result: Tensor = raw.DecodeImage(
        contents,
        channels=channels or 0,
        dtype=dtype,
        expand_animations=expand_animations,
        name=name,
    )
    return result
