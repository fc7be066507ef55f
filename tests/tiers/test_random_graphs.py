"""Random graphs of many ops: no tier changes a bit of what can be computed exactly.

Fed are small whole numbers and the result of each op is made small again, so that sums
and products are exact in any order, and whatever is fused, folded, reordered or cut
into blocks has to give the same bits.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import interactive_graphs as tf
from tests.tiers.ways import GENERIC, NATIVE, REFERENCE, assert_equal, every_way

SIZES = (1, 2, 3, 5, 17)


class Maker:
    """Makes tensors of tensors, as a list of numbers says."""

    def __init__(self, draw, dtype):
        self.draw = draw
        self.dtype = dtype
        self.tensors = []
        self.feed = {}

    def whole(self, first, last):
        return self.draw(st.integers(first, last))

    def pick(self, test=lambda _: True):
        found = [t for t in self.tensors if test(t)]
        return found[self.whole(0, len(found) - 1)] if found else None

    def source(self, shape=None):
        if shape is None:
            rank = self.whole(0, 3)
            shape = [self.draw(st.sampled_from(SIZES)) for _ in range(rank)]
        tensor = tf.placeholder(self.dtype, shape)
        rng = np.random.default_rng(len(self.feed))
        self.feed[tensor] = rng.integers(-4, 5, shape).astype(tensor.dtype.np_dtype)
        return tensor

    def add(self):
        makers = [
            self.unary, self.binary, self.compared, self.reduced, self.reshaped,
            self.transposed, self.product, self.joined, self.sliced, self.padded,
            self.tiled, self.gathered, self.scalar, self.cast,
        ]  # fmt: skip
        made = makers[self.whole(0, len(makers) - 1)]()
        if made is not None:
            self.tensors.append(made)

    def small(self, x):
        """At most 8 in size."""
        return tf.minimum(tf.maximum(x, tf.cast(-8, x.dtype)), tf.cast(8, x.dtype))

    def unary(self):
        ops = [tf.negative, tf.abs, tf.square, tf.sign, tf.nn.relu, tf.identity]
        return self.small(self.draw(st.sampled_from(ops))(self.pick()))

    def binary(self):
        a = self.pick()
        b = self.pick(lambda t: _broadcast(a, t))
        if b is None:
            return None
        ops = [
            tf.add, tf.subtract, tf.multiply, tf.maximum, tf.minimum,
            tf.squared_difference,
        ]  # fmt: skip
        return self.small(self.draw(st.sampled_from(ops))(a, b))

    def scalar(self):
        number = self.whole(-2, 2)
        ops = [tf.add, tf.subtract, tf.multiply, tf.maximum]
        made = self.draw(st.sampled_from(ops))(self.pick(), tf.cast(number, self.dtype))
        return self.small(made)

    def compared(self):
        a = self.pick()
        b = self.pick(lambda t: t.shape == a.shape)
        ops = [tf.less, tf.greater_equal, tf.equal, tf.not_equal]
        holds = self.draw(st.sampled_from(ops))(a, b)
        return tf.where(tf.logical_not(holds), a, b)

    def reduced(self):
        x = self.pick()
        rank = len(x.shape)
        axes = [axis for axis in range(rank) if self.whole(0, 1)]
        ops = [tf.reduce_sum, tf.reduce_max, tf.reduce_min]
        op = self.draw(st.sampled_from(ops))
        return self.small(op(x, axes or None, keepdims=bool(self.whole(0, 1))))

    def reshaped(self):
        x = self.pick()
        sizes = x.shape.as_list()
        cut = self.whole(0, len(sizes))
        shape = [int(np.prod(sizes[:cut])), int(np.prod(sizes[cut:]))]
        return tf.reshape(x, self.draw(st.sampled_from([shape, [-1], sizes])))

    def transposed(self):
        x = self.pick()
        return tf.transpose(x, self.draw(st.permutations(range(len(x.shape)))))

    def product(self):
        a = self.pick(lambda t: len(t.shape) == 2)
        if a is None:
            return None
        b = self.pick(lambda t: len(t.shape) == 2 and t.shape[0] == a.shape[1])
        if b is None:
            b = self.source([a.shape[1].value, self.draw(st.sampled_from(SIZES))])
        made = tf.matmul(a, b)
        bias = self.pick(lambda t: t.shape.as_list() == made.shape.as_list()[1:])
        if bias is not None and self.whole(0, 1):
            made = tf.nn.relu(made + bias)
        return self.small(made)

    def joined(self):
        a = self.pick(lambda t: len(t.shape) > 0)
        if a is None:
            return None
        b = self.pick(lambda t: t.shape.as_list() == a.shape.as_list())
        return tf.concat([a, b, a], self.whole(0, len(a.shape) - 1))

    def sliced(self):
        x = self.pick(lambda t: len(t.shape) > 0)
        if x is None:
            return None
        size = x.shape[0].value
        first = self.whole(0, size - 1)
        return x[first :: self.whole(1, 2)]

    def padded(self):
        x = self.pick(lambda t: 0 < len(t.shape) < 3)
        if x is None:
            return None
        return tf.pad(x, [[self.whole(0, 1), self.whole(0, 2)] for _ in x.shape])

    def tiled(self):
        x = self.pick(lambda t: 0 < len(t.shape) < 3)
        if x is None:
            return None
        return tf.tile(x, [self.whole(1, 2) for _ in x.shape])

    def gathered(self):
        x = self.pick(lambda t: len(t.shape) > 0)
        if x is None:
            return None
        size = x.shape[0].value
        rows = [self.whole(0, size - 1) for _ in range(self.whole(1, 4))]
        return tf.gather(x, rows)

    def cast(self):
        x = self.pick()
        return tf.cast(tf.cast(x, tf.int32) * 3, self.dtype)


def _broadcast(a, b):
    try:
        shape = np.broadcast_shapes(a.shape.as_list(), b.shape.as_list())
    except ValueError:
        return False
    return np.prod(shape) < 3000


@st.composite
def graphs(draw):
    """A graph of some dozen ops with its fetches and feeds."""
    graph = tf.Graph()
    with graph.as_default():
        maker = Maker(draw, draw(st.sampled_from([tf.float32, tf.float64, tf.int32])))
        maker.tensors += [maker.source() for _ in range(draw(st.integers(1, 3)))]
        for _ in range(draw(st.integers(1, 14))):
            maker.add()
    last = maker.tensors[-4:]
    return graph, last, maker.feed


@given(graphs())
@settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck),
    derandomize=True,
)  # fmt: skip
def test_all_tiers_agree(made):
    graph, fetches, feed = made
    with graph.as_default():
        results = every_way(fetches, feed, initializer=tf.no_op())
    for way, values in results.items():
        assert_equal(values, results[REFERENCE], way)


@given(graphs())
@settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck),
    derandomize=True,
)  # fmt: skip
def test_all_tiers_agree_on_gradients(made):
    graph, fetches, feed = made
    sources = [t for t in feed if t.dtype.is_floating]
    if not sources:
        return
    with graph.as_default():
        total = tf.add_n([tf.reduce_sum(t) for t in fetches if t.dtype.is_floating])
        found = tf.gradients(total, sources)
        # Those of a gather name rows.
        gradients = [tf.convert_to_tensor(g) for g in found if g is not None]
        results = every_way([total, *gradients], feed, initializer=tf.no_op())
    for way, values in results.items():
        assert_equal(values, results[REFERENCE], way)


def test_the_ways_are_different_ones():
    x = tf.placeholder(tf.float32, [4, 3])
    y = tf.nn.relu(tf.matmul(x, tf.transpose(x)) + 1.0)
    results = every_way([y], {x: np.ones([4, 3], np.float32)})
    assert {REFERENCE, GENERIC} < set(results)
    pytest.importorskip("llvmlite")
    assert NATIVE in results
