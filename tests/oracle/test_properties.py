"""Drawn programs: shapes, dtypes, axes, paddings, strides and dilations by hypothesis.

Each example builds one op with drawn arguments on both sides and compares values,
static shapes, gradients where there are any, and errors. Numbers are small integers,
also in floating point, so that most sums are exact.
"""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import interactive_graphs
from tests.oracle.programs import Program, differences, outcome

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

drawn = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
FLOATS = st.sampled_from(["float32", "float64"])
NUMBERS = st.sampled_from(["float32", "float64", "int32", "int64"])
PADDINGS = st.sampled_from(["SAME", "VALID"])
small = st.integers(1, 3)


def numbers(shape, dtype="float64", seed=0, low=-4, high=5):
    """Small integers, in any dtype."""
    return np.random.default_rng(seed).integers(low, high, shape).astype(dtype)


def agree(build, **options):
    """One program gives the same on both sides."""
    program = Program("drawn", build, **options)
    theirs = outcome(tensorflow, program)
    assert differences(program, theirs, outcome(interactive_graphs, program)) == []


def with_gradients(function, *arrays):
    """A program: the value, and its gradients weighted so that no two are alike."""

    def build(tf):
        inputs = [tf.constant(array) for array in arrays]
        y = function(tf, *inputs)
        weights = tf.reshape(tf.range(tf.size(y)) % 7 - 2, tf.shape(y))
        found = tf.gradients(y * tf.cast(weights, y.dtype), inputs)
        return [
            y,
            *(tf.zeros([]) if g is None else tf.convert_to_tensor(g) for g in found),
        ]

    return build


def shapes(low=0, high=4, side=4):
    return st.lists(st.integers(1, side), min_size=low, max_size=high).map(tuple)


@st.composite
def windows(draw, dims):
    """An image, a window and its steps in `dims` dimensions."""
    image = [draw(st.integers(1, 7)) for _ in range(dims)]
    window = [draw(st.integers(1, 4)) for _ in range(dims)]
    steps = [draw(small) for _ in range(dims)]
    return draw(small), image, window, steps, draw(small), draw(small)


# -- convolutions and pooling -----------------------------------------------------------


@drawn
@given(windows(2), PADDINGS, FLOATS)
def test_conv2d(case, padding, dtype):
    batch, image, window, steps, inner, outer = case
    x = numbers([batch, *image, inner], dtype)
    w = numbers([*window, inner, outer], dtype, seed=1)
    agree(
        with_gradients(
            lambda tf, x, w: tf.nn.conv2d(x, w, [1, *steps, 1], padding), x, w
        )
    )


@drawn
@given(windows(2), PADDINGS, small, small)
def test_conv2d_with_holes(case, padding, hole_y, hole_x):
    batch, image, window, _, inner, outer = case
    x = numbers([batch, *image, inner])
    w = numbers([*window, inner, outer], seed=1)
    agree(
        lambda tf: tf.nn.conv2d(
            x, w, [1, 1, 1, 1], padding, dilations=[1, hole_y, hole_x, 1]
        )
    )


@drawn
@given(windows(2), PADDINGS)
def test_conv2d_transpose(case, padding):
    batch, image, window, steps, inner, outer = case
    y = numbers([batch, *image, outer])
    w = numbers([*window, inner, outer], seed=1)
    if padding == "SAME":
        size = [i * s for i, s in zip(image, steps, strict=True)]
    else:
        size = [(i - 1) * s + k for i, s, k in zip(image, steps, window, strict=True)]
    agree(
        with_gradients(
            lambda tf, y, w: tf.nn.conv2d_transpose(
                y, w, [batch, *size, inner], [1, *steps, 1], padding
            ),
            y,
            w,
        )
    )


@drawn
@given(windows(2), PADDINGS)
def test_depthwise_conv2d(case, padding):
    batch, image, window, steps, inner, outer = case
    x = numbers([batch, *image, inner])
    w = numbers([*window, inner, outer], seed=1)
    strides = [1, steps[0], steps[0], 1]
    agree(
        with_gradients(
            lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, strides, padding), x, w
        )
    )


@drawn
@given(windows(2), PADDINGS)
def test_separable_conv2d(case, padding):
    batch, image, window, steps, inner, outer = case
    x = numbers([batch, *image, inner])
    deep = numbers([*window, inner, outer], seed=1)
    flat = numbers([1, 1, inner * outer, 2], seed=2)
    strides = [1, steps[0], steps[0], 1]
    agree(
        with_gradients(
            lambda tf, x, d, f: tf.nn.separable_conv2d(x, d, f, strides, padding),
            x,
            deep,
            flat,
        )
    )


@drawn
@given(windows(1), PADDINGS)
def test_conv1d(case, padding):
    batch, image, window, steps, inner, outer = case
    x = numbers([batch, *image, inner])
    w = numbers([*window, inner, outer], seed=1)
    agree(with_gradients(lambda tf, x, w: tf.nn.conv1d(x, w, steps[0], padding), x, w))


@drawn
@given(windows(3), PADDINGS)
def test_conv3d(case, padding):
    batch, image, window, steps, inner, outer = case
    x = numbers([batch, *image, inner])
    w = numbers([*window, inner, outer], seed=1)
    agree(
        with_gradients(
            lambda tf, x, w: tf.nn.conv3d(x, w, [1, *steps, 1], padding), x, w
        )
    )


@drawn
@given(windows(2), PADDINGS, st.sampled_from(["max_pool", "avg_pool"]), FLOATS)
def test_pool(case, padding, kind, dtype):
    batch, image, window, steps, inner, _ = case
    x = numbers([batch, *image, inner], dtype)
    agree(
        with_gradients(
            lambda tf, x: getattr(tf.nn, kind)(
                x, [1, *window, 1], [1, *steps, 1], padding
            ),
            x,
        )
    )


@drawn
@given(windows(3), PADDINGS, st.sampled_from(["max_pool3d", "avg_pool3d"]))
def test_pool3d(case, padding, kind):
    batch, image, window, steps, inner, _ = case
    # Where a step leaps over elements, TensorFlow's pooling in three dimensions starts
    # beyond the first (in one and two it does not): a slip of its own.
    steps = [min(step, size) for step, size in zip(steps, window, strict=True)]
    x = numbers([batch, *image, inner], "float32")
    agree(
        with_gradients(
            lambda tf, x: getattr(tf.nn, kind)(
                x, [1, *window, 1], [1, *steps, 1], padding
            ),
            x,
        )
    )


@drawn
@given(windows(2), PADDINGS, small, small)
def test_dilation2d(case, padding, hole_y, hole_x):
    batch, image, window, steps, inner, _ = case
    x = numbers([batch, *image, inner])
    w = numbers([*window, inner], seed=1)
    agree(
        lambda tf: tf.nn.dilation2d(
            x, w, [1, *steps, 1], [1, hole_y, hole_x, 1], padding
        )
    )


# -- elementwise and reductions ---------------------------------------------------------

BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "squared_difference"]


@st.composite
def broadcast_pair(draw):
    """Two shapes that broadcast, most of the time."""
    shape = draw(shapes(0, 4))
    first = [1 if draw(st.integers(0, 3)) == 0 else n for n in shape]
    second = [1 if draw(st.integers(0, 3)) == 0 else n for n in shape]
    second = second[draw(st.integers(0, len(second))) :]
    if draw(st.integers(0, 12)) == 0 and second:
        second[-1] += 1
    return (first, second) if draw(st.booleans()) else (second, first)


@drawn
@given(broadcast_pair(), st.sampled_from(BINARY), NUMBERS)
def test_broadcast(pair, op, dtype):
    x, y = numbers(pair[0], dtype), numbers(pair[1], dtype, seed=1)
    agree(with_gradients(lambda tf, x, y: getattr(tf, op)(x, y), x, y))


@drawn
@given(
    broadcast_pair(),
    st.sampled_from(["floordiv", "floormod", "truediv", "pow"]),
    NUMBERS,
)
def test_divisions(pair, op, dtype):
    x = numbers(pair[0], dtype)
    y = numbers(pair[1], dtype, seed=1, low=1)
    agree(lambda tf: getattr(tf, op)(tf.constant(x), tf.constant(y)))


@drawn
@given(
    broadcast_pair(), st.sampled_from(["less", "greater_equal", "equal", "not_equal"])
)
def test_comparisons(pair, op):
    x, y = numbers(pair[0], "int32"), numbers(pair[1], "int32", seed=1)
    agree(lambda tf: getattr(tf, op)(tf.constant(x), tf.constant(y)))


REDUCTIONS = ["reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "reduce_mean"]


@st.composite
def axes_of(draw, shape):
    """Some axes, counted from either end; None for all."""
    if draw(st.integers(0, 4)) == 0 or not shape:
        return None
    chosen = draw(st.sets(st.integers(0, len(shape) - 1), max_size=len(shape)))
    return [a - len(shape) if draw(st.booleans()) else a for a in sorted(chosen)]


@drawn
@given(st.data(), shapes(), st.sampled_from(REDUCTIONS), st.booleans(), FLOATS)
def test_reduction(data, shape, op, keep, dtype):
    axes = data.draw(axes_of(shape))
    x = numbers(shape, dtype)
    agree(with_gradients(lambda tf, x: getattr(tf, op)(x, axis=axes, keepdims=keep), x))


@drawn
@given(
    st.data(),
    shapes(1),
    st.sampled_from(["cumsum", "cumprod"]),
    st.booleans(),
    st.booleans(),
)
def test_cumulative(data, shape, op, exclusive, reverse):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    agree(
        with_gradients(
            lambda tf, x: getattr(tf, op)(x, axis, exclusive, reverse),
            numbers(shape, low=1),
        )
    )


@drawn
@given(st.data(), shapes(1), st.sampled_from(["argmax", "argmin"]))
def test_arguments(data, shape, op):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    agree(lambda tf: getattr(tf, op)(numbers(shape), axis=axis))


@drawn
@given(st.data(), shapes(1, 3), st.sampled_from(["softmax", "log_softmax"]))
def test_softmax(data, shape, op):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    agree(
        with_gradients(lambda tf, x: getattr(tf.nn, op)(x, axis=axis), numbers(shape))
    )


@drawn
@given(
    st.sampled_from(["int8", "uint8", "int16", "int32", "int64"]),
    st.sampled_from(["add", "multiply", "subtract"]),
    st.integers(0, 1000),
)
def test_integers_wrap(dtype, op, seed):
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(seed)
    x, y = rng.integers(limits.min, limits.max, (2, 6), dtype, endpoint=True)
    agree(lambda tf: getattr(tf, op)(tf.constant(x), tf.constant(y)))


CASTS = [
    "float16",
    "float32",
    "float64",
    "int8",
    "uint8",
    "int32",
    "int64",
    "bool",
    "complex64",
]


@drawn
@given(st.sampled_from(CASTS), st.sampled_from(CASTS))
def test_cast(source, target):
    x = numbers([7], "int32", low=0).astype(source)
    agree(lambda tf: tf.cast(tf.constant(x), target))


# -- shapes -----------------------------------------------------------------------------


@st.composite
def index_of(draw, shape):
    """An index as in x[...]: numbers, slices, new axes, an ellipsis."""
    parts = []
    for size in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.integers(0, 2))
        if kind == 0:
            parts.append(draw(st.integers(-size, size - 1)))
        else:
            ends = st.none() | st.integers(-size - 1, size + 1)
            step = draw(st.none() | st.sampled_from([1, 2, 3, -1, -2]))
            parts.append(slice(draw(ends), draw(ends), step))
    for _ in range(draw(st.integers(0, 1))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    if draw(st.booleans()):
        parts.append(Ellipsis)
    return tuple(parts)


@drawn
@given(st.data(), shapes(1))
def test_index(data, shape):
    index = data.draw(index_of(shape))
    agree(with_gradients(lambda tf, x: x[index], numbers(shape)))


@drawn
@given(st.data(), shapes(1), small)
def test_concat_and_split(data, shape, count):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    arrays = [numbers(shape, seed=i) for i in range(count)]
    agree(with_gradients(lambda tf, *xs: tf.concat(xs, axis), *arrays))
    agree(lambda tf: tf.split(tf.constant(arrays[0]), count, axis))


@drawn
@given(st.data(), shapes(0, 3), small)
def test_stack_and_unstack(data, shape, count):
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    arrays = [numbers(shape, seed=i) for i in range(count)]
    agree(with_gradients(lambda tf, *xs: tf.stack(xs, axis), *arrays))
    agree(lambda tf: tf.unstack(tf.constant(np.stack(arrays, axis)), axis=axis))


@drawn
@given(st.data(), shapes(1, 3), st.sampled_from(["CONSTANT", "REFLECT", "SYMMETRIC"]))
def test_pad(data, shape, mode):
    pads = [[data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))] for _ in shape]
    agree(with_gradients(lambda tf, x: tf.pad(x, pads, mode), numbers(shape)))


@drawn
@given(st.data(), shapes(1))
def test_arrange(data, shape):
    order = data.draw(st.permutations(range(len(shape))))
    repeats = [data.draw(st.integers(0, 3)) for _ in shape]
    flipped = data.draw(st.sets(st.integers(0, len(shape) - 1)))
    x = numbers(shape)
    agree(with_gradients(lambda tf, x: tf.transpose(x, order), x))
    agree(with_gradients(lambda tf, x: tf.tile(x, repeats), x))
    agree(with_gradients(lambda tf, x: tf.reverse(x, sorted(flipped)), x))


@drawn
@given(st.data(), shapes(1, 3), shapes(0, 2))
def test_gather(data, shape, wanted):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    indices = numbers(wanted, "int32", low=0, high=shape[axis])
    agree(
        with_gradients(lambda tf, x: tf.gather(x, indices, axis=axis), numbers(shape))
    )


@drawn
@given(st.data(), shapes(1, 3))
def test_gather_nd_and_scatter_nd(data, shape):
    depth = data.draw(st.integers(1, len(shape)))
    rng = np.random.default_rng(0)
    indices = np.stack([rng.integers(0, n, 3) for n in shape[:depth]], axis=1)
    updates = numbers([3, *shape[depth:]])
    agree(with_gradients(lambda tf, x: tf.gather_nd(x, indices), numbers(shape)))
    agree(
        with_gradients(
            lambda tf, u: tf.scatter_nd(indices, u, np.array(shape, "int64")), updates
        )
    )


@drawn
@given(st.data(), shapes(0, 2), st.integers(1, 4))
def test_one_hot(data, shape, depth):
    axis = data.draw(st.integers(-1, len(shape)))
    indices = numbers(shape, "int32", low=-1, high=depth + 1)
    agree(lambda tf: tf.one_hot(indices, depth, 5.0, -1.0, axis))


SEGMENTS = ["sum", "prod", "max", "min", "mean"]


@drawn
@given(shapes(1, 2), st.sampled_from(SEGMENTS), st.integers(1, 5))
def test_segments(shape, op, count):
    rows = numbers([6, *shape])
    ids = numbers([6], "int32", low=0, high=count)
    agree(
        with_gradients(
            lambda tf, x: getattr(tf, f"unsorted_segment_{op}")(x, ids, count), rows
        )
    )
    ids.sort()
    agree(lambda tf: getattr(tf, f"segment_{op}")(tf.constant(rows), ids))


@drawn
@given(st.data(), shapes(0, 2, 3), small, small, small, st.booleans(), st.booleans())
def test_matmul(data, batch, n, k, m, first, second):
    x = numbers([*batch, k, n] if first else [*batch, n, k])
    y = numbers([*batch, m, k] if second else [*batch, k, m], seed=1)
    agree(
        with_gradients(
            lambda tf, x, y: tf.matmul(x, y, transpose_a=first, transpose_b=second),
            x,
            y,
        )
    )


@drawn
@given(small, small, small, small, st.integers(1, 2))
def test_space_and_depth(batch, height, width, depth, block):
    x = numbers([batch, height * block, width * block, depth])
    y = numbers([batch, height, width, depth * block * block])
    if block > 1:
        agree(with_gradients(lambda tf, x: tf.space_to_depth(x, block), x))
        agree(with_gradients(lambda tf, y: tf.depth_to_space(y, block), y))
    agree(
        with_gradients(
            lambda tf, x: tf.space_to_batch_nd(x, [block] * 2, [[0, 0], [block, 0]]), x
        )
    )


@drawn
@given(st.data(), shapes(1, 2), st.integers(1, 4))
def test_top_k(data, shape, k):
    x = np.random.default_rng(0).permutation(int(np.prod(shape))).reshape(shape)
    agree(lambda tf: list(tf.nn.top_k(tf.constant(x.astype("float32")), k)))


@drawn
@given(st.integers(1, 3), st.integers(1, 5), st.integers(0, 3), FLOATS)
def test_local_response_normalization(batch, depth, radius, dtype):
    x = numbers([batch, 2, 2, depth], "float32")
    agree(
        with_gradients(lambda tf, x: tf.nn.lrn(x, radius, 1.0, 0.5, 0.75), x),
        tolerance=(1e-4, 1e-4),
    )


@drawn
@given(st.integers(1, 4), st.integers(2, 5))
def test_cross_entropies(batch, classes):
    logits = numbers([batch, classes])
    labels = np.eye(classes)[numbers([batch], "int32", low=0, high=classes)]
    sparse = labels.argmax(axis=1)
    agree(
        with_gradients(
            lambda tf, x: tf.nn.softmax_cross_entropy_with_logits_v2(
                labels=labels, logits=x
            ),
            logits,
        )
    )
    agree(
        with_gradients(
            lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=sparse, logits=x
            ),
            logits,
        )
    )
    agree(
        with_gradients(
            lambda tf, x: tf.nn.sigmoid_cross_entropy_with_logits(
                labels=labels, logits=x
            ),
            logits,
        )
    )
