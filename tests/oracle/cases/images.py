"""Pictures as bytes. JPEG is compared by TensorFlow's accurate transform, as ours is."""

import io

import numpy as np
from PIL import Image

from tests.oracle.programs import Table

table = Table()
RNG = np.random.default_rng(5)
RGB = RNG.integers(0, 255, (16, 20, 3), dtype=np.uint8)
RGBA = RNG.integers(0, 255, (4, 5, 4), dtype=np.uint8)
WIDE = RNG.integers(0, 65535, (4, 5, 3), dtype=np.uint16)


def picture(kind, pixels=RGB, **options):
    """The bytes that Pillow makes of pixels."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, kind, **options)
    return held.getvalue()


def animation():
    """A GIF of three frames."""
    frames = [Image.fromarray(RGB // n).convert("P") for n in (1, 2, 3)]
    held = io.BytesIO()
    frames[0].save(held, "GIF", save_all=True, append_images=frames[1:])
    return held.getvalue()


_PNGS = {
    "gray": picture("PNG", RGB[..., 0]),
    "colour": picture("PNG"),
    "alpha": picture("PNG", RGBA),
    "gray_alpha": picture("PNG", np.ascontiguousarray(RGBA[..., :2])),
    "bits": picture("PNG", RGB[..., 0] > 100),
}
for name, data in _PNGS.items():
    # TensorFlow fills the alpha of one bit a sample with 1, not with 255.
    for channels in (0, 1, 3) if name == "bits" else (0, 1, 3, 4):
        table.add(
            f"png_{name}_{channels}",
            lambda tf, data=data, channels=channels: tf.image.decode_png(
                data, channels
            ),
        )
    table.add(
        f"png_{name}_uint16",
        lambda tf, data=data: tf.image.decode_png(data, dtype=tf.uint16),
    )
for pixels in (WIDE, WIDE[..., :1], RGB, RGBA):
    name = f"{pixels.dtype}_{pixels.shape[-1]}"
    table.add(
        f"png_there_and_back_{name}",
        lambda tf, pixels=pixels: tf.image.decode_png(
            tf.image.encode_png(tf.constant(pixels)), dtype=pixels.dtype
        ),
    )
for channels in (1, 3):
    table.add(
        f"png_of_16_bits_as_8_{channels}",
        lambda tf, channels=channels: tf.image.decode_png(
            tf.image.encode_png(tf.constant(WIDE)), channels
        ),
    )
for name, data in (("colour", picture("JPEG")), ("gray", picture("JPEG", RGB[..., 0]))):
    for channels in (0, 1, 3):
        table.add(
            f"jpeg_{name}_{channels}",
            lambda tf, data=data, channels=channels: tf.image.decode_jpeg(
                data, channels, dct_method="INTEGER_ACCURATE"
            ),
        )
    table.add(
        f"jpeg_shape_{name}",
        lambda tf, data=data: tf.image.extract_jpeg_shape(data),
    )
for ratio in (2, 4, 8):
    table.add(
        f"jpeg_ratio_{ratio}",
        lambda tf, ratio=ratio: tf.image.decode_jpeg(
            picture("JPEG"), ratio=ratio, dct_method="INTEGER_ACCURATE"
        ),
    )
table.add(
    "jpeg_part",
    lambda tf: tf.image.decode_and_crop_jpeg(
        picture("JPEG"), [2, 3, 5, 6], dct_method="INTEGER_ACCURATE"
    ),
)
for quality in (10, 60, 95):
    table.add(
        f"encode_jpeg_{quality}",
        lambda tf, quality=quality: tf.image.decode_jpeg(
            tf.image.encode_jpeg(RGB, quality=quality), dct_method="INTEGER_ACCURATE"
        ),
    )
table.add("gif", lambda tf: tf.image.decode_gif(animation()))
table.add("gif_of_one", lambda tf: tf.image.decode_gif(picture("GIF")))
table.add("gif_as_png", lambda tf: tf.image.decode_png(picture("GIF")))
for channels in (0, 3, 4):
    table.add(
        f"bmp_{channels}",
        lambda tf, channels=channels: tf.image.decode_bmp(picture("BMP"), channels),
    )
table.add("bmp_gray", lambda tf: tf.image.decode_bmp(picture("BMP", RGB[..., 0])))
table.add("bmp_alpha", lambda tf: tf.image.decode_bmp(picture("BMP", RGBA)))
for kind in ("PNG", "BMP", "GIF"):
    for dtype in ("uint8", "uint16", "float32"):
        table.add(
            f"image_{kind}_{dtype}",
            lambda tf, kind=kind, dtype=dtype: tf.image.decode_image(
                picture(kind), dtype=tf.as_dtype(dtype)
            ),
        )
table.add(
    "image_first_frame",
    lambda tf: tf.image.decode_image(animation(), expand_animations=False),
)
for name, decode in (
    ("junk", lambda tf: tf.image.decode_png(b"junk")),
    ("nothing", lambda tf: tf.image.decode_jpeg(b"")),
    ("cut_png", lambda tf: tf.image.decode_png(picture("PNG")[:60])),
    ("cut_end_of_png", lambda tf: tf.image.decode_png(picture("PNG")[:-20])),
    ("cut_jpeg", lambda tf: tf.image.decode_jpeg(picture("JPEG")[:-100])),
    ("cut_bmp", lambda tf: tf.image.decode_bmp(picture("BMP")[:60])),
    ("channels", lambda tf: tf.image.decode_png(picture("PNG"), 2)),
    ("ratio", lambda tf: tf.image.decode_jpeg(picture("JPEG"), ratio=3)),
    ("jpeg_alpha", lambda tf: tf.image.decode_jpeg(picture("JPEG"), 4)),
    ("frames", lambda tf: tf.image.decode_png(animation())),
    ("compression", lambda tf: tf.image.encode_png(RGB, 10)),
    ("quality", lambda tf: tf.image.encode_jpeg(RGB, quality=101)),
    ("format", lambda tf: tf.image.encode_jpeg(RGB, format="grayscale")),
    ("shape", lambda tf: tf.image.extract_jpeg_shape(b"junk")),
):
    table.add(f"refused_{name}", decode, raises="InvalidArgumentError")
