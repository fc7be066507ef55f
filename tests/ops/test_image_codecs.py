"""Pictures as bytes: what is read, what is written, what is refused."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.kernels.cpu import png

image = tf.image
RNG = np.random.default_rng(3)
RGB = RNG.integers(0, 255, (16, 20, 3), dtype=np.uint8)
RGBA = RNG.integers(0, 255, (4, 5, 4), dtype=np.uint8)


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def picture(kind, pixels=RGB, **options):
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, kind, **options)
    return held.getvalue()


def animation():
    frames = [Image.fromarray(RGB // n).convert("P") for n in (1, 2, 3)]
    held = io.BytesIO()
    frames[0].save(held, "GIF", save_all=True, append_images=frames[1:])
    return held.getvalue()


def refused(sess, tensor):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(tensor)
    return caught.value.message.split("\n")[0]


# -- PNG -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("compression", [-1, 0, 9])
def test_png_there_and_back(sess, dtype, channels, compression):
    top = np.iinfo(dtype).max
    pixels = RNG.integers(0, top, (7, 5, channels), dtype=dtype, endpoint=True)
    data = image.encode_png(pixels, compression)
    assert data.shape.as_list() == []
    found = sess.run(image.decode_png(data, dtype=dtype))
    assert found.dtype == dtype
    assert np.array_equal(found, pixels)
    if dtype == np.uint8:  # and so says Pillow
        there = np.asarray(Image.open(io.BytesIO(sess.run(data))))
        assert np.array_equal(there.reshape(pixels.shape), pixels)


def test_channels_of_a_png(sess):
    data = picture("PNG", RGBA)
    found = {n: sess.run(image.decode_png(data, n)) for n in (0, 1, 3, 4)}
    assert np.array_equal(found[0], RGBA)
    assert np.array_equal(found[4], RGBA)
    assert np.array_equal(found[3], RGBA[..., :3])
    red, green, blue = RGBA[..., :3].astype(int).transpose(2, 0, 1)
    mixed = (9798 * red + 19235 * green + 3735 * blue) >> 15
    assert np.array_equal(found[1][..., 0], mixed)
    gray = picture("PNG", RGB[..., 0])
    assert np.array_equal(
        sess.run(image.decode_png(gray, 3)), RGB[..., :1].repeat(3, axis=2)
    )
    with_alpha = sess.run(image.decode_png(gray, 4))
    assert (with_alpha[..., 3] == 255).all()


def test_bits_of_a_png(sess):
    narrow = sess.run(image.decode_png(picture("PNG"), dtype=tf.uint16))
    assert np.array_equal(narrow, RGB.astype(np.uint16) * 257)
    wide = np.uint16([[[258], [65535]]])
    data = image.encode_png(wide)
    assert sess.run(image.decode_png(data)).tolist() == [[[1], [255]]]
    palette = io.BytesIO()
    Image.fromarray(RGB).quantize(16).save(palette, "PNG")
    assert sess.run(image.decode_png(palette.getvalue())).shape == (16, 20, 3)
    bits = picture("PNG", RGB[..., 0] > 100)
    assert set(np.unique(sess.run(image.decode_png(bits)))) == {0, 255}


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4])
def test_all_filters_of_16_bits(samples, kind):
    # The filter of the format's text, applied one byte after the other.
    pixels = RNG.integers(0, 65536, (3, 4, samples), dtype=np.uint16)
    lines = pixels.astype(">u2").view(np.uint8).reshape(3, -1).astype(int)
    step = 2 * samples
    above = np.zeros(lines.shape[1], int)
    packed = b""
    for line in lines:
        left = np.concatenate([np.zeros(step, int), line[:-step]])
        corner = np.concatenate([np.zeros(step, int), above[:-step]])
        guess = left + above - corner
        gaps = np.abs([guess - left, guess - above, guess - corner])
        paeth = np.choose(gaps.argmin(axis=0), [left, above, corner])
        predicted = [0, left, above, (left + above) // 2, paeth][kind]
        packed += bytes([kind]) + ((line - predicted) % 256).astype(np.uint8).tobytes()
        above = line
    whole = png.encode(pixels, 0)
    at = whole.index(b"IDAT") - 4
    body = b"IDAT" + zlib.compress(packed)
    data = (
        whole[:at]
        + struct.pack(">I", len(body) - 4)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + whole[-12:]
    )
    assert np.array_equal(png.decode_wide(data, png.header(data)), pixels)


def test_several_pictures_at_once(sess):
    found = sess.run(image.encode_png(np.stack([RGB, RGB])))
    assert found.shape == (2,)
    assert found[0] == found[1]


# -- JPEG ------------------------------------------------------------------------------


def test_jpeg_there_and_back(sess):
    smooth = np.add.outer(np.arange(16) * 8, np.arange(20) * 4).astype(np.uint8)
    for pixels in (smooth[..., None], np.stack([smooth] * 3, -1)):
        data = image.encode_jpeg(pixels, quality=95)
        found = sess.run(image.decode_jpeg(data))
        assert found.shape == pixels.shape
        assert np.abs(found.astype(int) - pixels).max() < 8
        shape = sess.run(image.extract_jpeg_shape(data))
        assert shape.tolist() == list(pixels.shape)


def test_jpeg_is_pillows(sess):
    data = picture("JPEG", quality=80)
    there = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(sess.run(image.decode_jpeg(data)), there)
    assert sess.run(image.decode_jpeg(data, 1)).shape == (16, 20, 1)
    gray = picture("JPEG", RGB[..., 0])
    assert sess.run(image.decode_jpeg(gray, 3)).shape == (16, 20, 3)


@pytest.mark.parametrize(("ratio", "size"), [(2, (8, 10)), (4, (4, 5)), (8, (2, 3))])
def test_smaller_jpegs(sess, ratio, size):
    found = sess.run(image.decode_jpeg(picture("JPEG"), ratio=ratio))
    assert found.shape == (*size, 3)


def test_parts_of_jpegs(sess):
    data = picture("JPEG")
    whole = sess.run(image.decode_jpeg(data))
    part = sess.run(image.decode_and_crop_jpeg(data, [2, 3, 5, 6]))
    assert np.array_equal(part, whole[2:7, 3:9])
    text = refused(sess, image.decode_and_crop_jpeg(data, [12, 3, 5, 6]))
    assert text.startswith("Invalid JPEG data or crop window, data size")


def test_how_a_jpeg_is_written(sess):
    def encoded(**kwargs):
        return sess.run(image.encode_jpeg(RGB, **kwargs))

    plain = encoded()
    assert plain[13:18] == b"\x01\x01\x2c\x01\x2c"  # 300 pixels an inch
    assert encoded(density_unit="cm", x_density=72)[13:18] == b"\x02\x00\x48\x01\x2c"
    assert len(encoded(quality=10)) < len(plain)
    assert len(encoded(optimize_size=True)) < len(plain)
    assert len(encoded(chroma_downsampling=False)) > len(plain)
    assert b"note" in encoded(xmp_metadata="note")
    assert Image.open(io.BytesIO(encoded(progressive=True))).info["progressive"]


def test_a_jpeg_cut_short(sess):
    data = picture("JPEG", np.tile(RGB, (4, 1, 1)))
    text = refused(sess, image.decode_jpeg(data[:-100]))
    assert text == f"Invalid JPEG data or crop window, data size {len(data) - 100}"
    found = sess.run(image.decode_jpeg(data[:-100], try_recover_truncated=True))
    assert np.array_equal(found[:14], sess.run(image.decode_jpeg(data))[:14])


# -- GIF, BMP, any ---------------------------------------------------------------------


def test_gif(sess):
    frames = sess.run(image.decode_gif(animation()))
    assert frames.shape == (3, 16, 20, 3)
    assert image.decode_gif("").shape.as_list() == [None, None, None, 3]
    one = picture("GIF")
    assert sess.run(image.decode_gif(one)).shape == (1, 16, 20, 3)
    assert sess.run(image.decode_png(one)).shape == (16, 20, 3)
    text = refused(sess, image.decode_png(animation()))
    assert text.startswith("Got 3 frames, but animated gifs can only be decoded by")


@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 3), (5, 3, 4)])
def test_bmp(sess, shape):
    pixels = RNG.integers(0, 255, shape, dtype=np.uint8)
    found = sess.run(image.decode_bmp(picture("BMP", pixels)))
    assert np.array_equal(found, pixels.reshape(5, 3, -1))


def test_any_picture(sess):
    for kind in ("PNG", "JPEG", "BMP", "GIF"):
        found = sess.run(image.decode_image(picture(kind)))
        assert found.shape[-3:] == (16, 20, 3)
    bmp = picture("BMP")
    as_floats = sess.run(image.decode_image(bmp, dtype=tf.float32))
    assert np.allclose(as_floats, RGB / 255.0, atol=1e-6)
    as_shorts = sess.run(image.decode_image(bmp, dtype=tf.uint16))
    assert np.array_equal(as_shorts, RGB.astype(np.uint16) << 8)
    still = image.decode_image(animation(), expand_animations=False)
    assert sess.run(still).shape == (16, 20, 3)
    assert still.shape.as_list() == [None, None, None]
    assert image.decode_image(bmp).shape.ndims is None


def test_static_shapes():
    data = tf.placeholder(tf.string, [])
    assert image.decode_png(data).shape.as_list() == [None, None, None]
    assert image.decode_jpeg(data, channels=3).shape.as_list() == [None, None, 3]


# -- refusals --------------------------------------------------------------------------


def fake_png(width, height):
    """A header that claims much, and next to nothing behind it."""

    def chunk(name, body):
        crc = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100)
    return png.MAGIC + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("decode", "data", "text"),
    [
        (
            image.decode_png,
            b"junk",
            "Expected image (JPEG, PNG, or GIF), got unknown format starting with "
            "'junk'",
        ),
        (
            image.decode_jpeg,
            b"",
            "Expected image (JPEG, PNG, or GIF), got empty file",
        ),
        (image.decode_png, picture("PNG")[:60], "Invalid PNG data, size 60"),
        (image.decode_png, fake_png(0, 5), "Invalid PNG data, size"),
        (
            image.decode_png,
            fake_png(100000, 100000),
            "PNG size too large for int: 100000 by 100000",
        ),
        (image.decode_png, fake_png(8000, 8000), "Invalid PNG data, size"),
        (image.decode_gif, b"GIF89a", "Invalid GIF data, size 6"),
        (
            image.decode_bmp,
            picture("BMP")[:20],
            "Incomplete bmp content, requires at least 32 bytes to find the header "
            "size, width, height, and bpp, got 20 bytes",
        ),
        (
            image.decode_bmp,
            picture("BMP")[:-6],
            "Input size should match (header_size + row_size * abs_height) but they "
            "differ by -6",
        ),
        (image.extract_jpeg_shape, b"junk", "Invalid JPEG data, size 4"),
    ],
)
def test_damaged_pictures(sess, decode, data, text):
    tensor = decode(data)
    tracemalloc.start()
    assert refused(sess, tensor).startswith(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: image.decode_png(picture("PNG"), 2),
            "channels must be 0, 1, 3 or 4, got 2",
        ),
        (
            lambda: image.decode_jpeg(picture("JPEG"), 4),
            "channels must be 0, 1, or 3 for JPEG, got 4",
        ),
        (
            lambda: image.decode_jpeg(picture("JPEG"), ratio=3),
            "ratio must be 1, 2, 4, or 8, got 3",
        ),
        (
            lambda: image.decode_jpeg(picture("JPEG"), dct_method="FOO"),
            "dct_method must be one of {'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}",
        ),
        (
            lambda: image.decode_image(animation(), 1),
            "channels must be 0 or 3 for GIF, got 1",
        ),
        (
            lambda: image.decode_bmp(picture("BMP"), 1),
            "`channels` must be 0, 3 or 4 for BMP, but got 1",
        ),
        (
            lambda: image.encode_png(RGB, 10),
            "compression should be in [-1,9], got 10",
        ),
        (
            lambda: image.encode_png(np.zeros((2, 2, 5), np.uint8)),
            "image must have 1, 2, 3, or 4 channels, got 5",
        ),
        (
            lambda: image.encode_jpeg(RGB, quality=101),
            "quality must be in [0,100], got 101",
        ),
        (
            lambda: image.encode_jpeg(RGB, format="grayscale"),
            "format grayscale expects 1 channels, got [16,20,3]",
        ),
        (
            lambda: image.encode_jpeg(RGBA),
            "image must have 1 or 3 channels, got [4,5,4]",
        ),
    ],
)
def test_wrong_arguments(sess, call, text):
    assert refused(sess, call()) == text


def test_wrong_pictures_to_write():
    with pytest.raises(ValueError, match="Shape must be at least rank 3 but is rank 2"):
        image.encode_png(RGB[0])
    with pytest.raises(TypeError, match="float32 not in list of allowed values"):
        image.encode_png(np.zeros((2, 2, 1), np.float32))
