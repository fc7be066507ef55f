"""Convolutions and pools with all strides, paddings and channels, in every tier.

Small whole numbers make every sum exact, so that convolutions of any order have to
agree bit for bit; numbers in between have to agree within the bounds, and Winograd's
convolutions within theirs.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import interactive_graphs as tf
from interactive_graphs.runtime.engine import TIER_VARIABLE
from interactive_graphs.runtime.native.bounds import WINOGRAD, bound_of
from tests.tiers.ways import (
    NATIVE,
    REFERENCE,
    assert_close,
    assert_equal,
    config,
    every_way,
    without_winograd as without_winograd,
)

pytestmark = pytest.mark.usefixtures("without_winograd")
CHANNELS = [1, 3, 16, 33]
PADDINGS = ["SAME", "VALID"]


def numbers(shape, whole, seed, dtype="float32"):
    rng = np.random.default_rng(seed)
    made = rng.integers(-3, 4, shape) if whole else rng.normal(size=shape)
    return made.astype(dtype)


def placed(*arrays):
    return [tf.placeholder(array.dtype, array.shape) for array in arrays]


def check(tensors, feed, whole):
    """All ways; `tensors` is the result and its gradients."""
    results = every_way(tensors, feed, initializer=tf.no_op())
    wanted = results.pop(REFERENCE)
    if whole:
        for way, found in results.items():
            assert_equal(found, wanted, way)
        return results
    sizes = {t: np.abs(v) for t, v in feed.items()}
    with tf.Session(config=config(node_by_node=True)) as session:
        terms = session.run(tensors, sizes)
    count = max(v.size for v in feed.values())

    def allowed(number):
        bound = bound_of(tensors[number].op.type)
        if not bound.ulps:
            bound = bound_of("Sum")  # a bias or relu may be joined to it
        return bound.allowed(wanted[number], np.abs(terms[number]), count)

    for way, found in results.items():
        assert_close(found, wanted, allowed, way)
    return results


def convolution(x, w, strides, padding, dilations=(1, 1)):
    return tf.nn.conv2d(
        x, w, [1, *strides, 1], padding, dilations=[1, *dilations, 1]
    )  # fmt: skip


def check_conv(images, kernel, depth, strides, padding, dilations, whole):
    x, w = numbers(images, whole, 1), numbers((*kernel, images[-1], depth), whole, 2)
    with tf.Graph().as_default():
        px, pw = placed(x, w)
        y = convolution(px, pw, strides, padding, dilations)
        dy = numbers(y.shape.as_list(), whole, 3)
        (pdy,) = placed(dy)
        gradients = tf.gradients(y, [px, pw], pdy)
        return check([y, *gradients], {px: x, pw: w, pdy: dy}, whole)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (1, 3)])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (5, 5), (2, 4)])
@pytest.mark.parametrize("whole", [True, False])
def test_convolutions(kernel, strides, padding, whole):
    results = check_conv((2, 9, 8, 5), kernel, 7, strides, padding, (1, 1), whole)
    pytest.importorskip("llvmlite")
    assert NATIVE in results


@pytest.mark.parametrize("depth", CHANNELS)
@pytest.mark.parametrize("channels", CHANNELS)
def test_convolutions_of_any_channels(channels, depth):
    check_conv((2, 6, 5, channels), (3, 3), depth, (1, 1), "SAME", (1, 1), True)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("dilations", [(2, 2), (1, 3)])
def test_convolutions_with_gaps(dilations, padding):
    check_conv((1, 11, 12, 3), (3, 3), 4, (1, 1), padding, dilations, True)


LARGE = [
    pytest.param((8, 28, 28, 16), (5, 5), 32, id="5x5"),
    pytest.param((4, 14, 14, 32), (3, 3), 64, id="3x3"),
    pytest.param((3, 13, 15, 32), (3, 3), 48, id="odd"),
]


@pytest.mark.parametrize(("images", "kernel", "depth"), LARGE)
def test_large_convolutions(images, kernel, depth):
    check_conv(images, kernel, depth, (1, 1), "SAME", (1, 1), True)
    check_conv(images, kernel, depth, (1, 1), "SAME", (1, 1), False)


def winograd_limit(inputs, weights, axes, terms):
    """What docs/precision.md says of numbers that have no pattern."""
    size = np.abs(inputs).max() * np.sqrt(np.square(weights).sum(axes).max())
    return WINOGRAD * (1 + np.sqrt(terms) / 8) * np.finfo(np.float32).eps * size


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(("images", "kernel", "depth"), LARGE)
def test_large_convolutions_by_winograd(images, kernel, depth, padding, monkeypatch):
    pytest.importorskip("llvmlite")
    monkeypatch.setenv(TIER_VARIABLE, "auto")
    x, w = numbers(images, False, 1), numbers((*kernel, images[-1], depth), False, 2)
    px, pw = placed(x, w)
    y = convolution(px, pw, (1, 1), padding)
    dy = numbers(y.shape.as_list(), False, 3)
    (pdy,) = placed(dy)
    feed = {px: x, pw: w, pdy: dy}
    tensors = [y, *tf.gradients(y, [px, pw], pdy)]
    results = every_way(tensors, feed, initializer=tf.no_op())
    limits = (
        winograd_limit(x, w, (0, 1, 2), images[-1]),
        winograd_limit(dy, w, (0, 1, 3), depth),
        winograd_limit(x, dy, (0, 1, 2), dy[..., 0].size // 4),
    )
    ways = zip(results[NATIVE], results[REFERENCE], limits, strict=True)
    for found, wanted, limit in ways:
        np.testing.assert_allclose(found, wanted, rtol=0, atol=limit)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_convolutions_of_each_channel(multiplier, strides, padding):
    x = numbers((2, 9, 8, 5), True, 1)
    w = numbers((3, 3, 5, multiplier), True, 2)
    px, pw = placed(x, w)
    y = tf.nn.depthwise_conv2d(px, pw, [1, *strides, 1], padding)
    dy = numbers(y.shape.as_list(), True, 3)
    (pdy,) = placed(dy)
    gradients = tf.gradients(y, [px, pw], pdy)
    check([y, *gradients], {px: x, pw: w, pdy: dy}, True)


POOLS = {"max": tf.nn.max_pool, "average": tf.nn.avg_pool}


def check_pool(kind, images, kernel, strides, padding, special, layer):
    x = numbers(images, True, 1)
    if special:
        odd = np.array([np.nan, np.inf, -np.inf, 1e-45, 3.4e38], np.float32)
        rng = np.random.default_rng(5)
        x = np.where(rng.random(images) < 0.2, rng.choice(odd, images), x)
    bias = numbers(images[-1:], True, 2)
    with tf.Graph().as_default(), np.errstate(all="ignore"):
        px, pb = placed(x, bias)
        inner = tf.nn.relu(px + pb) if layer else px
        y = POOLS[kind](inner, [1, *kernel, 1], [1, *strides, 1], padding)
        dy = numbers(y.shape.as_list(), True, 3)
        # Means of whole numbers are none: with powers of two nothing is rounded.
        if kind == "average":
            dy *= 60
        (pdy,) = placed(dy)
        gradients = tf.gradients(y, [px, pb] if layer else [px], pdy)
        feed = {px: x, pdy: dy, **({pb: bias} if layer else {})}
        return check([y, *gradients], feed, True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 2)])
@pytest.mark.parametrize("kernel", [(2, 2), (3, 3), (1, 4)])
@pytest.mark.parametrize("kind", POOLS)
def test_pools(kind, kernel, strides, padding, special):
    check_pool(kind, (2, 9, 8, 5), kernel, strides, padding, special, False)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("strides", [(2, 2), (1, 2)])
@pytest.mark.parametrize("padding", PADDINGS)
def test_pools_of_a_layer(padding, strides, channels):
    images = (3, 7, 6, channels)
    check_pool("max", images, (2, 2), strides, padding, True, True)


@given(
    images=st.tuples(*(st.integers(1, n) for n in (3, 9, 9, 20))),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    depth=st.integers(1, 20),
    padding=st.sampled_from(PADDINGS),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck),
    derandomize=True,
)  # fmt: skip
def test_any_convolution_and_pool(images, kernel, strides, depth, padding):
    if any(k > n for k, n in zip(kernel, images[1:3], strict=True)):
        padding = "SAME"
    check_conv(images, kernel, depth, strides, padding, (1, 1), True)
    check_pool("max", images, kernel, strides, padding, False, True)
