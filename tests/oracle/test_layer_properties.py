"""Drawn layers: sizes, kernels, paddings, strides and dilations by hypothesis."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

import interactive_graphs
from tests.oracle.programs import Failure, Program, differences, outcome

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

drawn = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
PADDINGS = st.sampled_from(["valid", "same"])
CONVOLUTIONS = {1: "conv1d", 2: "conv2d", 3: "conv3d"}


def numbers(shape, seed=0):
    """Small integers in float32: their products add up exactly."""
    values = np.random.default_rng(seed).integers(-4, 5, [int(d) for d in shape])
    return values.astype(np.float32)


def initializer(shape, dtype=None, partition_info=None):
    return numbers(shape, seed=1)


INIT = {"kernel_initializer": initializer, "bias_initializer": initializer}
SEPARABLE = {
    "depthwise_initializer": initializer,
    "pointwise_initializer": initializer,
    "bias_initializer": initializer,
}


def agree(layer, x, *unknown):
    """A layer gives the same on both sides; some of its input's sizes are unknown."""
    shape = [None if axis in unknown else size for axis, size in enumerate(x.shape)]

    def build(tf):
        y = layer(tf, tf.placeholder(tf.float32, shape, name="x"))
        weights = tf.cast(
            tf.reshape(tf.range(tf.size(y)) % 5 - 2, tf.shape(y)), y.dtype
        )
        return [y, *tf.gradients(y * weights, tf.trainable_variables())]

    program = Program("drawn", build, {"x:0": x}, tolerance=(1e-4, 1e-3))
    theirs = outcome(tensorflow, program)
    # Now and then oneDNN aborts a depthwise convolution of one element.
    assume(not (isinstance(theirs, Failure) and theirs.error == "AbortedError"))
    assert differences(program, theirs, outcome(interactive_graphs, program)) == []


@st.composite
def windows(draw, ranks=(1, 2, 3)):
    rank = draw(st.sampled_from(ranks))
    sizes = [draw(st.integers(1, 6)) for _ in range(rank)]
    kernel = [draw(st.integers(1, 3)) for _ in range(rank)]
    steps = [draw(st.integers(1, 3)) for _ in range(rank)]
    batch, channels = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    unknown = draw(st.sets(st.integers(0, rank)))
    return rank, numbers([batch, *sizes, channels]), kernel, steps, unknown


@drawn
@given(windows(), PADDINGS, st.integers(1, 3))
def test_convolutions(case, padding, filters):
    rank, x, kernel, steps, unknown = case
    agree(
        lambda tf, x: getattr(tf.layers, CONVOLUTIONS[rank])(
            x, filters, kernel, steps, padding, **INIT
        ),
        x,
        *unknown,
    )


@drawn
@given(windows((1, 2)), PADDINGS, st.integers(1, 3))
def test_convolutions_with_holes(case, padding, hole):
    rank, x, kernel, _, _ = case
    agree(
        lambda tf, x: getattr(tf.layers, CONVOLUTIONS[rank])(
            x, 2, kernel, padding=padding, dilation_rate=hole, **INIT
        ),
        x,
    )


@drawn
@given(windows((2, 3)), PADDINGS, st.integers(1, 3))
def test_transposed_convolutions(case, padding, filters):
    rank, x, kernel, steps, unknown = case
    agree(
        lambda tf, x: getattr(tf.layers, CONVOLUTIONS[rank] + "_transpose")(
            x, filters, kernel, steps, padding, **INIT
        ),
        x,
        *unknown,
    )


@drawn
@given(windows((1, 2)), PADDINGS, st.integers(1, 3), st.integers(1, 2))
def test_separable_convolutions(case, padding, multiplier, step):
    rank, x, kernel, _, _ = case
    agree(
        lambda tf, x: getattr(tf.layers, f"separable_{CONVOLUTIONS[rank]}")(
            x, 2, kernel, step, padding, depth_multiplier=multiplier, **SEPARABLE
        ),
        x,
    )


@drawn
@given(windows(), PADDINGS, st.sampled_from(["max", "average"]))
def test_pooling(case, padding, kind):
    rank, x, window, steps, unknown = case
    # No two elements tie, of which either may be the largest.
    x = np.random.default_rng(2).permutation(x.size).reshape(x.shape).astype(x.dtype)

    def layer(tf, x):
        # Something to differentiate with respect to.
        scale = tf.get_variable("scale", initializer=2.0)
        return getattr(tf.layers, f"{kind}_pooling{rank}d")(
            x * scale, window, steps, padding
        )

    agree(layer, x, *unknown)


@drawn
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.integers(1, 4),
    st.booleans(),
)
def test_dense(shape, units, has_bias):
    x = numbers(shape)
    agree(lambda tf, x: tf.layers.dense(x, units, use_bias=has_bias, **INIT), x, 0)


@drawn
@given(
    st.lists(st.integers(2, 4), min_size=2, max_size=4),
    st.data(),
    st.booleans(),
    st.booleans(),
)
def test_batch_normalization(shape, data, center, scale):
    axis = data.draw(st.integers(-len(shape) + 1, len(shape) - 1).filter(bool))
    x = numbers(shape)

    def layer(tf, x):
        tf.get_variable("unused", initializer=1.0)
        factor = tf.get_variable("factor", initializer=1.5)
        return tf.layers.batch_normalization(
            x * factor, axis, center=center, scale=scale, training=False,
            moving_mean_initializer=initializer,
            moving_variance_initializer=lambda s, dtype=None, partition_info=None: (
                abs(numbers(s, 2)) + 1
            ),
            beta_initializer=initializer, gamma_initializer=initializer,
        )  # fmt: skip

    def without_unused(tf, x):
        y = layer(tf, x)
        collection = tf.get_collection_ref(tf.GraphKeys.TRAINABLE_VARIABLES)
        collection.pop(0)
        return y

    agree(without_unused, x)
