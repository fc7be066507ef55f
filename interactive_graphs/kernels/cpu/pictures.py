"""PNG, JPEG, GIF and BMP as arrays, and back.

Pillow decodes the first three. Sizes are held against the bytes that are there before
anything is made of them, so that a small file cannot take much memory.
Read next: `png.py`.
"""

from __future__ import annotations

import io
import struct
from typing import Any, Final

import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs._util.refusal import invalid
from interactive_graphs.kernels.cpu import png

_LARGEST: Final = 1 << 28
"""How many bytes a decoded picture, or all frames of one, may have."""


def kind_of(contents: bytes) -> str:
    """'png', 'jpeg', 'gif', 'bmp', or '' where the first bytes are of none of them."""
    starts = (
        (png.MAGIC, "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"BM", "bmp")
    )  # fmt: skip
    return next((kind for start, kind in starts if contents.startswith(start)), "")


def refuse_unknown(contents: bytes, kinds: str) -> None:
    """Refuse what is no picture.

    Raises:
        InvalidArgumentError: always.
    """
    start = contents[:16].decode("latin-1").encode("unicode_escape").decode()
    found = f"unknown format starting with '{start}'" if contents else "empty file"
    invalid(f"Expected image ({kinds}), got {found}")


def _opened(plugin: str, contents: bytes, failure: str) -> Any:
    """A picture of Pillow's whose header has been read.

    The plugin is asked for by name: other formats stay out, and so does Pillow's own
    guess at what is too large.
    """
    module = lazy.load(f"PIL.{plugin}ImagePlugin")
    try:
        return getattr(module, f"{plugin}ImageFile")(io.BytesIO(contents))
    except Exception:  # whatever its parsers stumble over
        invalid(failure)


def _loaded(image: Any, mode: str, failure: str) -> np.ndarray:
    """The pixels of a picture of Pillow's."""
    try:
        if image.mode != mode:
            image = image.convert(mode)
        return np.asarray(image)
    except Exception:  # whatever its decoders stumble over
        invalid(failure)


def _check_size(width: int, height: int, samples: int, name: str) -> None:
    if width <= 0 or height <= 0 or width * height * samples > _LARGEST:
        invalid(f"{name} size too large for int: {width} by {height}")


# -- PNG ------------------------------------------------------------------------------


def decode_png(contents: bytes, channels: int, wide: bool) -> np.ndarray:
    """The pixels of a PNG.

    Args:
        contents: the file.
        channels: 0 for as many as it has; 1, 3 or 4.
        wide: whether to give 16 bits a sample.

    Returns:
        `[height, width, channels]`.

    Raises:
        InvalidArgumentError: it is damaged, or too large.
    """
    failure = f"Invalid PNG data, size {len(contents)}"
    header = png.header(contents)
    if header is None or not png.is_whole(contents):
        invalid(failure)
    _check_size(header.width, header.height, 4 * (2 if wide else 1), "PNG")
    if header.bytes_needed > png.MOST_INFLATED * len(contents):
        invalid(failure)
    if header.is_wide:
        found = png.decode_wide(contents, header)
        if found is None:
            invalid(failure)
    else:
        found = _narrow_png(contents, failure)
    found = _with_channels(found, channels)
    if wide:
        return found if found.dtype == np.uint16 else found.astype(np.uint16) * 257
    return (found >> 8).astype(np.uint8) if found.dtype == np.uint16 else found


def _narrow_png(contents: bytes, failure: str) -> np.ndarray:
    """The pixels of a PNG of at most 8 bits a sample, with the channels it has."""
    image = _opened("Png", contents, failure)
    clear = "transparency" in image.info
    if image.mode == "1" or image.mode == "L":
        mode = "LA" if clear else "L"
    elif image.mode == "P":
        mode = "RGBA" if clear else "RGB"
    else:
        mode = "RGBA" if clear and image.mode == "RGB" else image.mode
    if mode not in ("L", "LA", "RGB", "RGBA"):
        invalid(failure)
    found = _loaded(image, mode, failure)
    return found[..., None] if found.ndim == 2 else found


def _with_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Pixels with another number of channels; 0 keeps it."""
    have = pixels.shape[-1]
    if channels in (0, have):
        return pixels
    colour, alpha = (pixels, None) if have in (1, 3) else (pixels[..., :-1], have - 1)
    if channels == 1:
        return gray(colour) if colour.shape[-1] == 3 else colour
    if colour.shape[-1] == 1:
        colour = np.repeat(colour, 3, axis=-1)
    if channels == 3:
        return colour
    top = np.iinfo(pixels.dtype).max
    last = (
        np.full((*pixels.shape[:-1], 1), top, pixels.dtype)
        if alpha is None
        else pixels[..., alpha:]
    )
    return np.concatenate([colour, last], axis=-1)


def gray(colour: np.ndarray) -> np.ndarray:
    """Red, green and blue as one channel, in libpng's numbers."""
    red, green, blue = (colour[..., i].astype(np.int64) for i in range(3))
    round_up = 0 if colour.dtype == np.uint8 else 16384
    mixed = (9798 * red + 19235 * green + 3735 * blue + round_up) >> 15
    found = np.where((red == green) & (green == blue), red, mixed)
    result: np.ndarray = found.astype(colour.dtype)[..., None]
    return result


# -- JPEG -----------------------------------------------------------------------------


def decode_jpeg(
    contents: bytes, channels: int, ratio: int = 1, recover: bool = False
) -> np.ndarray:
    """The pixels of a JPEG.

    Args:
        contents: the file.
        channels: 0 for as many as it has; 1 or 3.
        ratio: how many times smaller to make it: 1, 2, 4 or 8.
        recover: whether to take what there is of a file that is cut short.

    Returns:
        `[height, width, channels]`, uint8.

    Raises:
        InvalidArgumentError: it is damaged, or too large.
    """
    failure = f"Invalid JPEG data or crop window, data size {len(contents)}"
    if recover:
        contents += b"\xff\xd9"  # the end that is missing
    image = _opened("Jpeg", contents, failure)
    width, height = image.size
    _check_size(width, height, 3, "JPEG")
    # The smallest code for a block of 64 pixels has some bits.
    if width * height > 1024 * len(contents):
        invalid(failure)
    has = 1 if image.mode == "L" else 3
    mode = "L" if (channels or has) == 1 else "RGB"
    image.draft(mode, (max(width // ratio, 1), max(height // ratio, 1)))
    found = _loaded(image, mode, failure)
    return found[..., None] if found.ndim == 2 else found


def jpeg_shape(contents: bytes) -> tuple[int, int, int]:
    """Height, width and number of channels of a JPEG.

    Raises:
        InvalidArgumentError: it is none.
    """
    image = _opened("Jpeg", contents, f"Invalid JPEG data, size {len(contents)}")
    width, height = image.size
    return height, width, len(image.getbands())


def encode_jpeg(
    pixels: np.ndarray,
    quality: int,
    progressive: bool,
    optimize: bool,
    downsample: bool,
    density: tuple[int, int, int],
    xmp: bytes,
) -> bytes:
    """A JPEG of `pixels`.

    Args:
        pixels: uint8, `[height, width, 1 or 3]`.
        quality: from 0 to 100.
        progressive: whether it is to be seen coarsely first.
        optimize: whether to make it smaller, with more work.
        downsample: whether colour has half the resolution.
        density: the unit (1: inch, 2: cm), and pixels per unit, across and down.
        xmp: metadata; none where empty.
    """
    image = lazy.load("PIL.Image").fromarray(
        np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    )
    lazy.load("PIL.JpegImagePlugin")
    held = io.BytesIO()
    extra = {"xmp": xmp} if xmp else {}
    image.save(
        held, "JPEG", quality=quality, progressive=progressive, optimize=optimize,
        subsampling=2 if downsample else 0, **extra,
    )  # fmt: skip
    data = bytearray(held.getvalue())
    # The JFIF header stands first; Pillow knows inches only.
    data[13:18] = struct.pack(
        ">BHH", density[0], density[1] % 65536, density[2] % 65536
    )
    return bytes(data)


# -- GIF ------------------------------------------------------------------------------


def decode_gif(contents: bytes) -> np.ndarray:
    """The frames of a GIF.

    Returns:
        `[frames, height, width, 3]`, uint8.

    Raises:
        InvalidArgumentError: it is damaged, or too large.
    """
    failure = f"Invalid GIF data, size {len(contents)}"
    image = _opened("Gif", contents, failure)
    width, height = image.size
    _check_size(width, height, 3, "GIF")
    frames = [_loaded(image, "RGB", failure)]
    more = True
    while more:
        if len(frames) * width * height * 3 > _LARGEST:
            invalid(failure)
        try:
            image.seek(len(frames))
            if image.size != (width, height):  # a frame beyond the picture's borders
                break
            frames.append(np.asarray(image.convert("RGB")))
        except Exception:  # the last frame, or one cut short: those before it count
            more = False
    return np.stack(frames)


# -- BMP ------------------------------------------------------------------------------


def decode_bmp(contents: bytes, channels: int) -> np.ndarray:
    """The pixels of a BMP without compression, of 8, 24 or 32 bits a pixel.

    Returns:
        `[height, width, channels]`, uint8.

    Raises:
        InvalidArgumentError: it is damaged, or of another form.
    """
    if len(contents) < 32:
        invalid(
            "Incomplete bmp content, requires at least 32 bytes to find the header "
            f"size, width, height, and bpp, got {len(contents)} bytes"
        )
    offset, width, signed_height = struct.unpack_from("<I4xii", contents, 10)
    (bits,) = struct.unpack_from("<H", contents, 28)
    have, height = bits // 8, abs(signed_height)
    if channels and bits not in (channels * 8, 24, 32):
        invalid(f"channels attribute {channels} does not match bits per pixel {bits}")
    if bits not in (8, 24, 32):
        invalid(
            f"Number of channels inherent in the image must be 1, 3 or 4, was {have}"
        )
    if width <= 0 or height <= 0:
        invalid("Width must be positive" if width <= 0 else "Height must be positive")
    row = (width * have + 3) // 4 * 4
    missing = offset + row * height - len(contents)
    if missing > 0:
        invalid(
            "Input size should match (header_size + row_size * abs_height) but they "
            f"differ by {-missing}"
        )
    _check_size(width, height, 4, "BMP")
    lines = np.frombuffer(contents, np.uint8, row * height, offset).reshape(height, row)
    pixels = lines[:, : width * have].reshape(height, width, have)
    if signed_height > 0:  # stored from the bottom up
        pixels = pixels[::-1]
    if have >= 3:
        pixels = pixels[..., [2, 1, 0, 3][:have]]
    return _with_channels(pixels, channels)
