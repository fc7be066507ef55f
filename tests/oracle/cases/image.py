"""Images: resizing, geometry, colour, boxes, measures."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


def image(*shape, dtype=np.float32, seed=0):
    rng = np.random.default_rng([seed, *shape])
    if np.dtype(dtype).kind in "ui":
        return rng.integers(0, 200, shape).astype(dtype)
    return rng.random(shape).astype(dtype)


# -- resizing -------------------------------------------------------------------------

SIZES = [
    ((1, 4, 4, 1), (8, 8)),
    ((2, 5, 7, 3), (3, 2)),
    ((1, 7, 3, 2), (7, 9)),
    ((1, 1, 1, 1), (3, 4)),
    ((2, 9, 6, 1), (1, 1)),
    ((1, 3, 3, 3), (3, 3)),
    ((1, 30, 40, 3), (13, 17)),
    ((1, 2, 2, 1), (1, 5)),
]
METHODS = ("bilinear", "nearest_neighbor", "bicubic", "area")
for number, (shape, size) in enumerate(SIZES):
    for method in METHODS:
        for align in (False, True):
            x = image(*shape)
            table.add(
                f"resize_{method}_{number}_{align}",
                lambda tf, m=method, x=x, s=size, a=align: getattr(
                    tf.image, f"resize_{m}"
                )(x, s, align_corners=a),
                tolerance=(1e-5, 2e-6),
            )
        if method != "area":
            table.add(
                f"resize_{method}_{number}_half",
                lambda tf, m=method, x=x, s=size: getattr(tf.image, f"resize_{m}")(
                    x, s, half_pixel_centers=True
                ),
                tolerance=(1e-5, 2e-6),
            )


def resize_gradient(tf, method, x, size, **options):
    x = tf.constant(x)
    y = getattr(tf.image, f"resize_{method}")(x, size, **options)
    weights = np.arange(1, 1 + np.prod(y.shape.as_list()), dtype=y.dtype.as_numpy_dtype)
    return tf.gradients(y * weights.reshape(y.shape.as_list()), x)[0]


for number, (shape, size) in enumerate(SIZES):
    for method in ("bilinear", "nearest_neighbor", "bicubic"):
        for options in ({}, {"align_corners": True}, {"half_pixel_centers": True}):
            word = "_".join(options) or "plain"
            table.add(
                f"resize_{method}_gradient_{number}_{word}",
                lambda tf, m=method, x=shape, s=size, o=options: resize_gradient(
                    tf, m, image(*x), s, **o
                ),
                tolerance=(2e-5, 1e-4),
            )
for dtype in (np.uint8, np.int16, np.int32, np.float16, np.float64):
    for method in METHODS:
        table.add(
            f"resize_{method}_{np.dtype(dtype).name}",
            lambda tf, m=method, d=dtype: getattr(tf.image, f"resize_{m}")(
                image(1, 4, 5, 2, dtype=d), [7, 3]
            ),
            tolerance=(1e-5, 1e-5),
        )

RESIZE_IMAGES = {
    "single": lambda tf: tf.image.resize_images(image(4, 5, 1), [2, 7]),
    "same": lambda tf: tf.image.resize_images(image(4, 5, 1), [4, 5]),
    "same_bytes": lambda tf: tf.image.resize_images(
        image(1, 4, 5, 1, dtype=np.uint8), [4, 5]
    ),
    "nearest": lambda tf: tf.image.resize_images(
        image(1, 4, 5, 1, dtype=np.uint8), [3, 3], 1
    ),
    "bicubic": lambda tf: tf.image.resize_images(image(1, 4, 5, 1), [6, 6], 2),
    "area": lambda tf: tf.image.resize_images(
        image(1, 4, 5, 1), [2, 2], tf.image.ResizeMethod.AREA
    ),
    "align": lambda tf: tf.image.resize_images(image(4, 5, 1), [7, 7], 0, True),
    "ratio": lambda tf: tf.image.resize_images(
        image(4, 8, 1), [3, 3], preserve_aspect_ratio=True
    ),
    "ratio_half": lambda tf: tf.image.resize_images(
        image(1, 5, 10, 1), [5, 5], preserve_aspect_ratio=True
    ),
    "with_pad": lambda tf: tf.image.resize_image_with_pad(image(4, 8, 1), 5, 5),
    "with_pad_wide": lambda tf: tf.image.resize_image_with_pad(image(1, 4, 8, 1), 3, 9),
}
for name, function in RESIZE_IMAGES.items():
    table.add(f"resize_images_{name}", function, tolerance=(1e-5, 2e-6))

BAD_SIZES = {
    "rank_2": (lambda tf: tf.image.resize_images(image(2, 2), [2, 2]), "ValueError"),
    "size_of_3": (
        lambda tf: tf.image.resize_images(image(2, 2, 1), [2, 2, 1]),
        "ValueError",
    ),
    "size_scalar": (lambda tf: tf.image.resize_images(image(2, 2, 1), 2), "ValueError"),
    "size_floats": (
        lambda tf: tf.image.resize_images(image(2, 2, 1), [2.0, 3.0]),
        "ValueError",
    ),
    "method": (
        lambda tf: tf.image.resize_images(image(2, 2, 1), [3, 3], 7),
        "ValueError",
    ),
    "zero": (
        lambda tf: tf.image.resize_images(image(2, 2, 1), [0, 3]),
        "InvalidArgumentError",
    ),
    "empty": (
        lambda tf: tf.image.resize_bilinear(image(1, 0, 2, 1), [3, 3]),
        "InvalidArgumentError",
    ),
    "no_shape": (
        lambda tf: tf.image.resize_images(tf.placeholder(tf.float32), [3, 3]),
        "ValueError",
    ),
    "bilinear_rank_3": (
        lambda tf: tf.image.resize_bilinear(image(2, 2, 1), [3, 3]),
        "ValueError",
    ),
}
for name, (function, error) in BAD_SIZES.items():
    table.add(f"resize_bad_{name}", function, raises=error)

# -- geometry -------------------------------------------------------------------------

GEOMETRY = {
    "crop": lambda tf, x: tf.image.crop_to_bounding_box(x, 1, 2, 3, 2),
    "crop_all": lambda tf, x: tf.image.crop_to_bounding_box(x, 0, 0, 5, 6),
    "pad": lambda tf, x: tf.image.pad_to_bounding_box(x, 1, 2, 9, 8),
    "crop_or_pad": lambda tf, x: tf.image.resize_image_with_crop_or_pad(x, 3, 9),
    "crop_or_pad_odd": lambda tf, x: tf.image.resize_image_with_crop_or_pad(x, 8, 3),
    "central": lambda tf, x: tf.image.central_crop(x, 0.5),
    "central_most": lambda tf, x: tf.image.central_crop(x, 0.9),
    "central_all": lambda tf, x: tf.image.central_crop(x, 1.0),
    "left_right": lambda tf, x: tf.image.flip_left_right(x),
    "up_down": lambda tf, x: tf.image.flip_up_down(x),
    "transposed": lambda tf, x: tf.image.transpose_image(x),
    "quarter": lambda tf, x: tf.image.rot90(x),
    "half_turn": lambda tf, x: tf.image.rot90(x, k=2),
    "three_quarters": lambda tf, x: tf.image.rot90(x, k=-1),
    "no_turn": lambda tf, x: tf.image.rot90(x, k=4),
}


def geometry_gradient(tf, function):
    x = tf.constant(image(5, 6, 2))
    return tf.gradients(tf.square(function(tf, x)), x)[0]


for name, function in GEOMETRY.items():
    for rank, x in (("image", image(5, 6, 2)), ("batch", image(3, 5, 6, 2))):
        # Ours knows the size of a turned image, TensorFlow's does not.
        table.add(
            f"geometry_{name}_{rank}",
            lambda tf, f=function, x=x: f(tf, tf.constant(x)),
            any_static_shape=True,
        )
        table.add(
            f"geometry_{name}_{rank}_unknown",
            lambda tf, f=function, x=x: f(
                tf, tf.placeholder(tf.float32, [None] * x.ndim, name="x")
            ),
            {"x:0": x},
            any_static_shape=True,
        )
    table.add(
        f"geometry_{name}_gradient",
        lambda tf, f=function: geometry_gradient(tf, f),
    )
table.add(
    "rot90_of_a_tensor",
    lambda tf: tf.image.rot90(image(2, 3, 1), tf.constant(3)),
)
table.add(
    "crop_with_tensors",
    lambda tf: tf.image.crop_to_bounding_box(
        image(4, 5, 1), tf.constant(1), tf.constant(0), tf.constant(2), tf.constant(3)
    ),
)
BAD_GEOMETRY = {
    "crop_too_high": lambda tf: tf.image.crop_to_bounding_box(
        image(4, 4, 1), 0, 0, 5, 2
    ),
    "crop_negative": lambda tf: tf.image.crop_to_bounding_box(
        image(4, 4, 1), -1, 0, 2, 2
    ),
    "crop_empty": lambda tf: tf.image.crop_to_bounding_box(image(4, 4, 1), 0, 0, 0, 2),
    "crop_rank": lambda tf: tf.image.crop_to_bounding_box(image(4, 4), 0, 0, 2, 2),
    "pad_too_low": lambda tf: tf.image.pad_to_bounding_box(image(4, 4, 1), 0, 0, 3, 5),
    "pad_negative": lambda tf: tf.image.pad_to_bounding_box(
        image(4, 4, 1), -1, 0, 5, 5
    ),
    "crop_or_pad_zero": lambda tf: tf.image.resize_image_with_crop_or_pad(
        image(4, 4, 1), 0, 6
    ),
    "crop_or_pad_rank": lambda tf: tf.image.resize_image_with_crop_or_pad(
        image(4, 4), 2, 6
    ),
    "central_0": lambda tf: tf.image.central_crop(image(4, 4, 1), 0.0),
    "central_2": lambda tf: tf.image.central_crop(image(4, 4, 1), 2.0),
    "flip_rank": lambda tf: tf.image.flip_left_right(image(4, 4)),
    "rot90_rank": lambda tf: tf.image.rot90(image(4, 4)),
    "transpose_rank": lambda tf: tf.image.transpose_image(image(4, 4)),
}
for name, function in BAD_GEOMETRY.items():
    table.add(f"geometry_bad_{name}", function, raises="ValueError")


def cropped_beyond(tf):
    x = tf.placeholder(tf.float32, [None, None, 1], name="x")
    return tf.image.crop_to_bounding_box(x, 0, 0, 5, 5)


table.add(
    "geometry_bad_when_it_runs",
    cropped_beyond,
    {"x:0": image(4, 5, 1)},
    raises="InvalidArgumentError",
)

# -- colour ---------------------------------------------------------------------------

COLOUR = {
    "brightness": lambda tf, x: tf.image.adjust_brightness(x, 0.3),
    "darkness": lambda tf, x: tf.image.adjust_brightness(x, -0.4),
    "contrast": lambda tf, x: tf.image.adjust_contrast(x, 2.5),
    "flat": lambda tf, x: tf.image.adjust_contrast(x, 0.0),
    "hue": lambda tf, x: tf.image.adjust_hue(x, 0.3),
    "hue_back": lambda tf, x: tf.image.adjust_hue(x, -0.7),
    "saturation": lambda tf, x: tf.image.adjust_saturation(x, 1.7),
    "pale": lambda tf, x: tf.image.adjust_saturation(x, 0.2),
    "gamma": lambda tf, x: tf.image.adjust_gamma(x, 2.0, 1.1),
    "root": lambda tf, x: tf.image.adjust_gamma(x, 0.5),
    "grey": lambda tf, x: tf.image.rgb_to_grayscale(x),
    "coloured": lambda tf, x: tf.image.grayscale_to_rgb(x[..., :1]),
    "standard": lambda tf, x: tf.image.per_image_standardization(x),
    "to_float": lambda tf, x: tf.image.convert_image_dtype(x, tf.float32),
    "to_double": lambda tf, x: tf.image.convert_image_dtype(x, tf.float64),
    "to_bytes": lambda tf, x: tf.image.convert_image_dtype(x, tf.uint8),
    "to_shorts": lambda tf, x: tf.image.convert_image_dtype(x, tf.int16),
    "to_ints": lambda tf, x: tf.image.convert_image_dtype(x, tf.int32, True),
}
# The largest int32 is no float16, and TensorFlow's CPU has no such kernels.
NOT_HALF = "to_ints contrast flat hue hue_back saturation pale".split()
for name, function in COLOUR.items():
    for dtype in (np.float32, np.uint8, np.float64, np.float16):
        if name in NOT_HALF and dtype is np.float16:
            continue
        table.add(
            f"colour_{name}_{np.dtype(dtype).name}",
            lambda tf, f=function, d=dtype: f(tf, tf.constant(image(4, 5, 3, dtype=d))),
            tolerance=(2e-3, 2e-3) if dtype is np.float16 else (1e-5, 2e-6),
            any_static_shape=True,
        )
    table.add(
        f"colour_{name}_batch",
        lambda tf, f=function: f(tf, tf.constant(image(2, 4, 5, 3))),
        tolerance=(1e-5, 2e-6),
        any_static_shape=True,
    )
SPACES = {
    name: lambda tf, n=name: getattr(tf.image, n)(image(3, 4, 3))
    for name in (
        *("rgb_to_hsv", "hsv_to_rgb", "rgb_to_yiq", "yiq_to_rgb", "rgb_to_yuv"),
        "yuv_to_rgb",
    )
} | {
    "hsv_of_corners": lambda tf: tf.image.rgb_to_hsv(
        np.float32(
            [
                [0, 0, 0],
                [1, 1, 1],
                [1, 0, 0],
                [0, 1, 0],
                [0, 0, 1],
                [1, 0, 1],
                [1, 1, 0],
            ]
        )
    ),
    "hsv_double": lambda tf: tf.image.rgb_to_hsv(tf.constant(image(4, 3, dtype=float))),
    "rgb_of_corners": lambda tf: tf.image.hsv_to_rgb(
        np.float32([[0, 1, 1], [1, 1, 1], [0.5, 0, 1], [0.25, 0.5, 0], [0.99, 1, 1]])
    ),
}
for name, function in SPACES.items():
    table.add(f"colour_{name}", function, tolerance=(1e-5, 2e-6))
BAD_COLOUR = {
    "hsv_one_channel": lambda tf: tf.image.rgb_to_hsv(image(2, 2, 1)),
    "contrast_rank": lambda tf: tf.image.adjust_contrast(image(2, 2), 0.5),
    "gamma": lambda tf: tf.image.adjust_gamma(image(2, 2, 3), -1),
    "random_brightness": lambda tf: tf.image.random_brightness(image(2, 2, 3), -1),
    "random_contrast": lambda tf: tf.image.random_contrast(image(2, 2, 3), 0.5, 0.1),
    "random_contrast_negative": lambda tf: tf.image.random_contrast(
        image(2, 2, 3), -0.5, 0.1
    ),
    "random_hue": lambda tf: tf.image.random_hue(image(2, 2, 3), 0.7),
    "random_saturation": lambda tf: tf.image.random_saturation(
        image(2, 2, 3), 0.5, 0.5
    ),
    "standard_rank": lambda tf: tf.image.per_image_standardization(image(2, 2)),
}
for name, function in BAD_COLOUR.items():
    table.add(f"colour_bad_{name}", function, raises="ValueError")
table.add(
    "colour_bad_dtype",
    lambda tf: tf.image.convert_image_dtype(image(2, 2), tf.string),
    raises="AttributeError",
)
table.add(
    "colour_hue_one_channel",
    lambda tf: tf.image.adjust_hue(image(2, 2, 1), 0.1),
    raises="InvalidArgumentError",
)
RANDOM = {
    "flip": lambda tf: tf.image.random_flip_left_right(image(3, 4, 1), seed=1),
    "flip_batch": lambda tf: tf.image.random_flip_up_down(image(5, 3, 4, 1)),
    "brightness": lambda tf: tf.image.random_brightness(image(3, 4, 3), 0.2),
    "contrast": lambda tf: tf.image.random_contrast(image(3, 4, 3), 0.2, 1.8),
    "hue": lambda tf: tf.image.random_hue(image(3, 4, 3), 0.2),
    "saturation": lambda tf: tf.image.random_saturation(image(3, 4, 3), 0.2, 1.8),
    "crop": lambda tf: tf.image.random_crop(image(5, 4, 3), [2, 2, 3]),
    "box": lambda tf: tf.image.sample_distorted_bounding_box(
        [20, 30, 3], [[[0.1, 0.1, 0.9, 0.9]]]
    )[2],
}
for name, function in RANDOM.items():
    table.add(f"random_{name}", function, only_shapes=True)

# -- boxes ----------------------------------------------------------------------------

BOXES = np.float32(
    [
        [0, 0, 1, 1], [0.2, 0.3, 0.7, 0.8], [0.7, 0.8, 0.2, 0.3], [-0.5, 0.1, 1.5, 0.9],
        [0.4, 0.4, 0.4, 0.4],
    ]
)  # fmt: skip
OF_IMAGE = [0, 1, 0, 1, 1]
for method in ("bilinear", "nearest"):
    for size in ([3, 4], [1, 1], [7, 1]):
        word = f"{method}_{size[0]}_{size[1]}"
        table.add(
            f"crop_and_resize_{word}",
            lambda tf, m=method, s=size: tf.image.crop_and_resize(
                image(2, 5, 6, 2), BOXES, OF_IMAGE, s, m, extrapolation_value=-2
            ),
            tolerance=(1e-5, 2e-6),
        )

        def gradients(tf, m=method, s=size):
            x, boxes = tf.constant(image(2, 5, 6, 2)), tf.constant(BOXES)
            crops = tf.image.crop_and_resize(x, boxes, OF_IMAGE, s, m)
            return tf.gradients(tf.square(crops), [x, boxes])

        table.add(f"crop_and_resize_gradient_{word}", gradients, tolerance=(1e-4, 1e-4))
table.add(
    "crop_and_resize_of_bytes",
    lambda tf: tf.image.crop_and_resize(
        image(2, 5, 6, 2, dtype=np.uint8), BOXES, OF_IMAGE, [4, 4]
    ),
    tolerance=(1e-5, 1e-4),
)
table.add(
    "crop_and_resize_no_such_image",
    lambda tf: tf.image.crop_and_resize(image(1, 5, 6, 2), BOXES[:1], [1], [4, 4]),
    raises="OutOfRangeError",
)
table.add(
    "crop_and_resize_method",
    lambda tf: tf.image.crop_and_resize(image(1, 5, 6, 2), BOXES[:1], [0], [4, 4], "x"),
    raises="ValueError",
)


def some_boxes(seed):
    rng = np.random.default_rng(seed)
    corners = rng.random([12, 2])
    return np.float32(np.concatenate([corners, corners + rng.random([12, 2])], 1))


for seed in range(4):
    for threshold in (0.1, 0.5, 0.9):
        table.add(
            f"non_max_suppression_{seed}_{threshold}",
            lambda tf, s=seed, t=threshold: tf.image.non_max_suppression(
                some_boxes(s), image(12, seed=s), 6, t, 0.2
            ),
        )
table.add(
    "non_max_suppression_bad_boxes",
    lambda tf: tf.image.non_max_suppression(np.zeros([3, 3]), np.zeros([3]), 2),
    raises="ValueError",
)
table.add(
    "non_max_suppression_bad_threshold",
    lambda tf: tf.image.non_max_suppression(BOXES, np.zeros([5]), 2, 1.5),
    raises="InvalidArgumentError",
)
for depth in (1, 3, 4):
    table.add(
        f"draw_bounding_boxes_{depth}",
        lambda tf, d=depth: tf.image.draw_bounding_boxes(
            image(1, 12, 15, d),
            [[[0, 0, 1, 1], [0.2, 0.3, 0.7, 0.8], [0.5, -0.5, 1.5, 0.4]]],
        ),
    )
table.add(
    "draw_bounding_boxes_many",
    lambda tf: tf.image.draw_bounding_boxes(
        np.zeros([1, 40, 40, 3], np.float32),
        [[[i / 25, i / 25, 1 - i / 25, 1 - i / 25] for i in range(12)]],
    ),
)

# -- windows and measures -------------------------------------------------------------

for padding in ("SAME", "VALID"):
    for rate in (1, 2):

        def patches(tf, p=padding, r=rate):
            return tf.extract_image_patches(
                tf.constant(image(2, 7, 6, 2)), [1, 3, 2, 1], [1, 2, 1, 1],
                [1, r, r, 1], p,
            )  # fmt: skip

        table.add(f"patches_{padding}_{rate}", patches)

        def patches_gradient(tf, p=padding, r=rate):
            x = tf.constant(image(2, 7, 6, 2))
            found = tf.extract_image_patches(
                x, [1, 3, 2, 1], [1, 2, 1, 1], [1, r, r, 1], p
            )
            return tf.gradients(tf.square(found), x)[0]

        table.add(f"patches_gradient_{padding}_{rate}", patches_gradient)
for centered in (True, False):
    for normalized in (True, False):
        # Inside, where there is no noise.
        offsets = [[0.1, -0.2]] if centered else [[0.4, 0.5]]
        if not normalized:
            offsets = [[1.0, -2.0]] if centered else [[3.0, 4.0]]
        table.add(
            f"glimpse_{centered}_{normalized}",
            lambda tf, o=offsets, c=centered, n=normalized: tf.image.extract_glimpse(
                image(1, 8, 8, 2), [3, 2], o, c, n
            ),
        )
MEASURES = {
    "total_variation": lambda tf, x, y: tf.image.total_variation(x),
    "total_variation_single": lambda tf, x, y: tf.image.total_variation(x[0]),
    "image_gradients": lambda tf, x, y: list(tf.image.image_gradients(x)),
    "sobel": lambda tf, x, y: tf.image.sobel_edges(x),
    "psnr": lambda tf, x, y: tf.image.psnr(x, y, max_val=1.0),
    "psnr_same": lambda tf, x, y: tf.image.psnr(x, x, max_val=1.0),
    "psnr_bytes": lambda tf, x, y: tf.image.psnr(
        tf.cast(x * 255, tf.uint8), tf.cast(y * 255, tf.uint8), max_val=255
    ),
    "ssim": lambda tf, x, y: tf.image.ssim(x, y, max_val=1.0),
    "ssim_small": lambda tf, x, y: tf.image.ssim(x, y, 1.0, filter_size=5),
    "ssim_same": lambda tf, x, y: tf.image.ssim(x, x, max_val=1.0),
    "ssim_gradient": lambda tf, x, y: tf.gradients(tf.image.ssim(x, y, 1.0), x)[0],
    "ssim_multiscale": lambda tf, x, y: tf.image.ssim_multiscale(
        x, x * 0.9, 1.0, power_factors=(0.4, 0.6), filter_size=5
    ),
}
for name, function in MEASURES.items():
    table.add(
        f"measure_{name}",
        lambda tf, f=function: f(
            tf,
            tf.constant(image(2, 15, 17, 3)),
            tf.constant(image(2, 15, 17, 3, seed=1)),
        ),
        tolerance=(2e-4, 2e-5),
        any_static_shape=True,
    )
table.add(
    "measure_ssim_too_small",
    lambda tf: tf.image.ssim(image(2, 4, 4, 3), image(2, 4, 4, 3), 1.0),
    raises="ValueError",
)
table.add(
    "measure_total_variation_rank",
    lambda tf: tf.image.total_variation(tf.constant(image(2, 4))),
    raises="ValueError",
)
