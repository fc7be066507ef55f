"""Images of any size: resizing, cropping and padding as TensorFlow does them."""

import os

import numpy as np
import pytest

import interactive_graphs
from tests.oracle.programs import Program, differences, outcome

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
pytest.importorskip("hypothesis", reason="it chooses the sizes")
import tensorflow.compat.v1 as tensorflow
from hypothesis import given, settings, strategies as st

tensorflow.disable_v2_behavior()
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
SIDE = st.integers(1, 12)
check = settings(max_examples=60, deadline=None, derandomize=True)


def pixels(shape):
    return np.random.default_rng(list(shape)).random(shape).astype(np.float32)


def agree(build, tolerance=(2e-5, 5e-6)):
    program = Program("of any size", build, tolerance=tolerance)
    theirs = outcome(tensorflow, program)
    assert differences(program, theirs, outcome(interactive_graphs, program)) == []


@check
@given(
    st.tuples(st.integers(1, 2), SIDE, SIDE, st.integers(1, 3)),
    st.tuples(SIDE, SIDE),
    st.sampled_from(["bilinear", "nearest_neighbor", "bicubic", "area"]),
    st.booleans(),
)
def test_resizing(shape, size, method, align):
    def build(tf):
        function = getattr(tf.image, f"resize_{method}")
        return function(pixels(shape), size, align_corners=align)

    agree(build)


@check
@given(
    st.tuples(st.integers(1, 2), SIDE, SIDE, st.integers(1, 3)),
    st.tuples(SIDE, SIDE),
    st.sampled_from(["bilinear", "nearest_neighbor", "bicubic"]),
    st.booleans(),
)
def test_gradients_of_resizing(shape, size, method, align):
    def build(tf):
        x = tf.constant(pixels(shape))
        resized = getattr(tf.image, f"resize_{method}")(x, size, align_corners=align)
        return tf.gradients(tf.square(resized), x)[0]

    agree(build, (1e-4, 1e-4))


@check
@given(st.tuples(SIDE, SIDE, st.integers(1, 3)), st.tuples(SIDE, SIDE))
def test_cropping_or_padding(shape, size):
    agree(lambda tf: tf.image.resize_image_with_crop_or_pad(pixels(shape), *size))


@check
@given(
    st.tuples(SIDE, SIDE, st.integers(1, 2)),
    st.tuples(*[st.integers(-1, 9)] * 2),
    st.tuples(*[st.integers(0, 12)] * 2),
)
def test_parts_and_frames_inside_and_outside(shape, offset, size):
    agree(lambda tf: tf.image.crop_to_bounding_box(pixels(shape), *offset, *size))
    agree(lambda tf: tf.image.pad_to_bounding_box(pixels(shape), *offset, *size))


@check
@given(st.tuples(SIDE, SIDE, st.integers(1, 2)), st.floats(0.01, 1.0))
def test_the_middle(shape, fraction):
    agree(lambda tf: tf.image.central_crop(pixels(shape), fraction))


@check
@given(
    st.tuples(SIDE, SIDE),
    st.lists(st.tuples(*[st.integers(-5, 21)] * 4), min_size=1, max_size=3),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.sampled_from(["bilinear", "nearest"]),
)
def test_boxes(sides, boxes, size, method):
    def build(tf):
        x = pixels((1, *sides, 2))
        return tf.image.crop_and_resize(
            x, np.float32(boxes) / 16, [0] * len(boxes), size, method
        )

    agree(build)
