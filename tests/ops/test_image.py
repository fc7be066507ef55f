"""Images: words of errors, chances, and what TensorFlow cannot be asked."""

import numpy as np
import pytest

import interactive_graphs as tf


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def image(*shape):
    return np.random.default_rng(1).random(shape).astype(np.float32)


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (
            lambda: tf.image.resize_images(image(2, 2), [2, 2]),
            ValueError,
            "'images' must have either 3 or 4 dimensions.",
        ),
        (
            lambda: tf.image.resize_images(tf.placeholder(tf.float32), [2, 2]),
            ValueError,
            "'images' contains no shape.",
        ),
        (
            lambda: tf.image.resize_images(image(2, 2, 1), [2, 2, 1]),
            ValueError,
            "'size' must be a 1-D Tensor of 2 elements: new_height, new_width",
        ),
        (
            lambda: tf.image.resize_images(image(2, 2, 1), [2.0, 3.0]),
            ValueError,
            "'size' must be a 1-D int32 Tensor",
        ),
        (
            lambda: tf.image.resize_images(image(2, 2, 1), [3, 3], method=7),
            ValueError,
            "Resize method is not implemented.",
        ),
        (
            lambda: tf.image.crop_to_bounding_box(image(4, 4, 1), 0, 0, 5, 2),
            ValueError,
            "height must be >= target + offset.",
        ),
        (
            lambda: tf.image.pad_to_bounding_box(image(4, 4, 1), 0, 2, 5, 5),
            ValueError,
            "width must be <= target - offset",
        ),
        (
            lambda: tf.image.resize_image_with_crop_or_pad(image(4, 4), 2, 6),
            ValueError,
            "'image' (shape (4, 4)) must have either 3 or 4 dimensions.",
        ),
        (
            lambda: tf.image.resize_image_with_crop_or_pad(image(0, 4, 1), 2, 6),
            ValueError,
            "inner 3 dims of 'image.shape' must be > 0: (0, 4, 1)",
        ),
        (
            lambda: tf.image.central_crop(image(4, 4, 1), 0.0),
            ValueError,
            "central_fraction must be within (0, 1]",
        ),
        (
            lambda: tf.image.flip_left_right(image(4, 4)),
            ValueError,
            "'image' (shape (4, 4)) must be at least three-dimensional.",
        ),
        (
            lambda: tf.image.adjust_gamma(image(4, 4, 1), -1),
            ValueError,
            "Gamma should be a non-negative real number.",
        ),
        (
            lambda: tf.image.random_hue(image(2, 2, 3), 0.7),
            ValueError,
            "max_delta must be <= 0.5.",
        ),
        (
            lambda: tf.image.random_contrast(image(2, 2, 3), 0.5, 0.1),
            ValueError,
            "upper must be > lower.",
        ),
        (
            lambda: tf.image.convert_image_dtype(image(2, 2), tf.bool),
            AttributeError,
            "dtype must be either floating point or integer",
        ),
        (
            lambda: tf.image.total_variation(image(2, 2)),
            ValueError,
            "'images' must be either 3 or 4-dimensional.",
        ),
    ],
)
def test_what_is_refused_when_it_is_built(build, error, text):
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda: tf.image.resize_bilinear(image(1, 2, 2, 1), [0, 3]),
            "output dimensions must be positive",
        ),
        (
            lambda: tf.image.resize_area(np.zeros([1, 0, 2, 1]), [1, 3]),
            "input image must be of non-zero size",
        ),
        (
            lambda: tf.image.adjust_hue(image(2, 2, 1), 0.1),
            "input must have 3 channels but instead has 1 channels.",
        ),
        (
            lambda: tf.image.non_max_suppression(image(2, 4), [1.0, 2.0], 1, 2.0),
            "iou_threshold must be in [0, 1]",
        ),
        (
            lambda: tf.image.crop_and_resize(
                image(1, 2, 2, 1), image(1, 4), [1], [2, 2]
            ),
            "box_ind has values outside [0, batch_size)",
        ),
        (
            lambda: tf.image.sample_distorted_bounding_box(
                [4, 4, 3], np.zeros([1, 0, 4])
            ),
            "No bounding boxes provided as input. One must enable "
            "use_image_if_no_bounding_boxes if you wish to not provide any bounding "
            "boxes.",
        ),
    ],
)
def test_what_is_refused_when_it_runs(build, text):
    result = build()
    with pytest.raises(tf.errors.OpError) as caught:
        run(result)
    assert caught.value.message.startswith(text + "\n")


def test_a_crop_that_is_too_large_is_found_when_it_runs():
    x = tf.placeholder(tf.float32, [None, None, 1])
    part = tf.image.crop_to_bounding_box(x, 0, 0, 5, 5)
    assert part.shape.as_list() == [5, 5, 1]
    assert run(part, {x: image(6, 7, 1)}).shape == (5, 5, 1)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="height must be >= target"
    ):
        run(part, {x: image(4, 5, 1)})


def test_the_size_that_is_there_needs_no_op():
    x = tf.constant(np.zeros([1, 4, 5, 1], np.uint8))
    assert tf.image.resize_images(x, [4, 5]) is x


def test_turned_images_have_known_sizes():
    assert tf.image.rot90(image(2, 3, 1)).shape.as_list() == [3, 2, 1]


@pytest.mark.parametrize("flip", ["left_right", "up_down"])
def test_random_flips_flip_half_of_a_batch(flip):
    batch = np.arange(2 * 3).reshape(1, 2, 3, 1).repeat(400, 0)
    plain = getattr(tf.image, f"flip_{flip}")
    random = getattr(tf.image, f"random_flip_{flip}")
    once, flipped = run([random(batch, seed=3), plain(batch)])
    is_flipped = (once == flipped).all((1, 2, 3))
    assert (is_flipped | (once == batch).all((1, 2, 3))).all()
    assert 150 < is_flipped.sum() < 250


def test_random_flips_of_one_image_and_their_gradient():
    x = tf.constant([[[1.0], [2.0]]])
    y = tf.image.random_flip_left_right(x, seed=1)
    grad = tf.gradients(y * [[[10.0], [20.0]]], x)[0]
    with tf.Session() as sess:
        pairs = {
            tuple(tuple(v.ravel()) for v in sess.run([y, grad])) for _ in range(30)
        }
    assert pairs == {((1.0, 2.0), (10.0, 20.0)), ((2.0, 1.0), (20.0, 10.0))}


@pytest.mark.parametrize(
    ("random", "plain", "amounts"),
    [
        (lambda x: tf.image.random_brightness(x, 0.2), tf.image.adjust_brightness, (-0.2, 0.2)),
        (lambda x: tf.image.random_contrast(x, 0.5, 2.0), tf.image.adjust_contrast, (0.5, 2.0)),
        (lambda x: tf.image.random_saturation(x, 0.5, 2.0), tf.image.adjust_saturation, (0.5, 2.0)),
    ],
)  # fmt: skip
def test_random_colours_stay_in_their_range(random, plain, amounts):
    x = image(4, 4, 3)
    low, high = (run(plain(x, a)) for a in amounts)
    least, most = np.minimum(low, high), np.maximum(low, high)
    result = random(x)
    with tf.Session() as sess:
        results = [sess.run(result) for _ in range(20)]
    assert all((r >= least - 1e-5).all() and (r <= most + 1e-5).all() for r in results)
    assert len({r.tobytes() for r in results}) == 20


def test_a_sampled_box_shows_enough_of_a_box():
    boxes = np.float32([[[0.2, 0.3, 0.6, 0.7]]])
    begin, size, box = tf.image.sample_distorted_bounding_box(
        [100, 80, 3], boxes, min_object_covered=0.5, area_range=[0.2, 0.9], seed=1
    )
    with tf.Session() as sess:
        for _ in range(50):
            (y, x, _), (h, w, rest), drawn = sess.run([begin, size, box])
            assert rest == -1
            assert 0.2 * 8000 <= h * w <= 0.9 * 8000
            assert 0.7 < w / h < 1.4
            shared = max(0, min(60, y + h) - max(20, y)) * max(
                0, min(56, x + w) - max(24, x)
            )
            assert shared >= 0.5 * 40 * 32
            assert np.allclose(
                drawn, [[[y / 100, x / 80, (y + h) / 100, (x + w) / 80]]]
            )


def test_no_box_may_mean_the_whole_image():
    begin, size, _ = tf.image.sample_distorted_bounding_box(
        [10, 20, 3],
        np.zeros([1, 0, 4]),
        use_image_if_no_bounding_boxes=True,
        area_range=[0.5, 1.0],
    )
    (y, x, _), (h, w, _) = run([begin, size])
    assert y + h <= 10
    assert x + w <= 20


def test_noise_surrounds_a_glimpse():
    x = np.full([1, 4, 4, 1], 7, np.float32)
    seen = run(tf.image.extract_glimpse(x, [4, 4], [[1.0, 1.0]]))[0, :, :, 0]
    assert (seen[:2, :2] == 7).all()
    assert (seen[2:] < 1).all()
    normal = run(tf.image.extract_glimpse(x, [4, 4], [[3.0, 3.0]], uniform_noise=False))
    assert (normal < 0).any()


def test_areas_do_not_mix_what_they_do_not_cover():
    x = np.array([1, 3, np.inf, 5], np.float32).reshape(1, 1, 4, 1)
    assert run(tf.image.resize_area(x, [1, 2]))[0, 0, :, 0].tolist() == [2, np.inf]


@pytest.mark.parametrize("method", range(4))
def test_grey_stays_grey_in_every_size(method):
    grey = np.full([1, 5, 7, 1], 0.3, np.float32)
    resized = run(tf.image.resize_images(grey, [9, 4], method))
    assert np.abs(resized - np.float32(0.3)).max() < 1e-6


def test_a_second_derivative_of_a_size():
    x = tf.constant(image(1, 3, 4, 2))
    y = tf.reduce_sum(tf.image.resize_bilinear(x, [5, 6]) ** 3)
    (first,) = tf.gradients(y, x)
    (second,) = tf.gradients(first, x)
    assert run(second).shape == (1, 3, 4, 2)
