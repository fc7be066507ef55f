"""Each rule of the algebra is used where it should be, and changes no bit of a result.

Every rule has an example here. It runs with and without the passes, on values that show
a careless rule: infinities, NaN, both zeros, denormal numbers and limits of integers.
"""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.runtime.optimize.rules import RULES

SPECIAL = np.array(
    [[np.nan, np.inf, -np.inf], [-0.0, 0.0, 1e-45], [-1.5, 3.4e38, 0.1]], np.float32
)
LIMITS = np.array([[-(2**31), 2**31 - 1, 0], [1, -1, 7], [3, 5, -9]], np.int32)
X = SPECIAL[:2]
PLAIN = np.arange(6, dtype=np.float32).reshape(2, 3) - 2.5


def fed(value):
    return tf.placeholder(value.dtype, value.shape)


def _unpack_and_pack(x):
    return tf.stack(tf.unstack(x, axis=1), axis=1)


def _tiled(x, times):
    return tf.tile(tf.reshape(tf.reduce_max(x), [1, 1]), times)


# By the rule's name: what is built of a placeholder, and what is fed.
EXAMPLES = {
    "a product with one": (lambda x: tf.constant(1.0) * x, X),
    "a division by one": (lambda x: tf.div(x, np.ones([3], np.float32)), X),
    "minus zero": (lambda x: x - 0.0, X),
    "plus zero": (lambda x: x + np.float32(-0.0), X),
    "the first power": (lambda x: x**1.0, X),
    "the second power": (lambda x: x**2.0, PLAIN),
    "minus of minus": (lambda x: tf.negative(-x), X),
    "plus of minus": (lambda x: -x + tf.sqrt(x), X),
    "minus of minus y": (lambda x: x - (-tf.sqrt(x)), X),
    "sum of integer constants": (lambda x: (2147483647 + x) + 5, LIMITS),
    "product of integer constants": (lambda x: (x * 65536) * 65537, LIMITS),
    "a cast to its own type": (lambda x: raw.Cast(x, DstT=tf.float32), X),
    "a sum of one": (lambda x: raw.AddN([x]), X),
    "an array of one value": (lambda x: x / np.full([2, 3], 3, np.float32), X),
    "an array of one value, first": (lambda x: np.full([3], 2, np.float32) - x, X),
    "with a filled array": (lambda x: x - tf.fill([2, 3], tf.reduce_max(x)), X),
    "a filled array with": (lambda x: tf.fill([2, 3], x[0, 1]) - x, X),
    "with a broadcast": (lambda x: x - tf.broadcast_to(x[1], [2, 3]), X),
    "a broadcast with": (lambda x: tf.broadcast_to(x[:, :1], [2, 3]) / x, X),
    "with a tiled one": (lambda x: x - _tiled(x, [2, 3]), X),
    "a tiled one with": (lambda x: _tiled(x, [2, 3]) - x, X),
    "a tiled one with a scalar": (lambda x: _tiled(x, [2, 4]) / 3.0, PLAIN),
    "a tile once": (lambda x: tf.tile(x, [1, 1]), X),
    "a broadcast to its shape": (lambda x: tf.broadcast_to(x, [2, 3]), X),
    "a reshape to its shape": (lambda x: tf.reshape(x, [-1, 3]), X),
    "a reshape of a reshape": (
        lambda x: tf.reshape(tf.expand_dims(x, 0), [3, 2]),
        X,
    ),
    "a transpose of nothing": (lambda x: tf.transpose(x, [0, 1]), X),
    "a transpose of a transpose": (
        lambda x: tf.transpose(tf.transpose(x[None], [1, 2, 0]), [2, 1, 0]),
        X,
    ),
    "a transposed first factor": (lambda x: tf.matmul(tf.transpose(x), x), PLAIN),
    "a transposed second factor": (
        lambda x: tf.matmul(x, tf.transpose(x), transpose_b=False),
        PLAIN,
    ),
    "transposed first factors": (
        lambda x: tf.matmul(tf.transpose(x, [0, 2, 1]), x),
        np.stack([PLAIN, -PLAIN]),
    ),
    "transposed second factors": (
        lambda x: tf.matmul(x, tf.transpose(x, [0, 2, 1])),
        np.stack([PLAIN, -PLAIN]),
    ),
    "padding of nothing": (lambda x: tf.pad(x, [[0, 0], [0, 0]]), X),
    "a slice of all": (lambda x: tf.slice(x, [0, 0], [2, -1]), X),
    "a strided slice of all": (lambda x: x[:, 0:3], X),
    "a reduction over no axes": (
        lambda x: raw.Max(x, np.zeros([0], np.int32)),
        X,
    ),
    "a reduction of single elements": (
        lambda x: tf.reduce_mean(x[:, :1] * 1.5, 1),
        np.array([[-0.0, 1.0], [3.4e38, 2.0]], np.float32),
    ),
    "packed before": (
        lambda x: tf.unstack(tf.stack([x, x + 1.0], axis=-1), axis=2)[1],
        X,
    ),
    "unpacked again": (_unpack_and_pack, X),
}


def test_every_rule_has_an_example_and_a_name_of_its_own():
    assert sorted(EXAMPLES) == sorted(rule.name for rule in RULES)


def unoptimised():
    options = tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
    graph = tf.GraphOptions(optimizer_options=options)
    return tf.Session(config=tf.ConfigProto(graph_options=graph))


def bits(array):
    """The bits of a result, every NaN as the same one."""
    array = np.array(array)
    if array.dtype.kind == "f":
        array[np.isnan(array)] = np.nan
    return array.dtype, array.shape, array.tobytes()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_used_and_changes_nothing(rule):
    build, value = EXAMPLES[rule.name]
    with tf.Graph().as_default(), tf.Session() as session, unoptimised() as plain:
        x = fed(value)
        y = build(x)
        plan = session.program(y, [x]).plan
        assert rule.name in plan.rewritten.values()
        got, wanted = (s.run(y, {x: value}) for s in (session, plain))
    if rule.bound:
        np.testing.assert_array_max_ulp(got, wanted, 1)
    else:
        assert bits(got) == bits(wanted)


# What looks like a rule's case and is none: it would change a bit, or a shape.
TRAPS = {
    "plus zero turns -0 into 0": (lambda x: x + 0.0, X),
    "minus -0 does, too": (lambda x: x - np.float32(-0.0), X),
    "zero minus x is not -x": (lambda x: 0.0 - x, X),
    "nothing times zero": (lambda x: x * 0.0, X),
    "a shape that grows": (lambda x: x * np.ones([4, 1, 1], np.float32), X),
    "an array of two values": (lambda x: x * np.array([1, 2, 1], np.float32), X),
    "an array of both zeros": (lambda x: x * np.array([0, -0.0, 0], np.float32), X),
    "a reversed slice": (lambda x: x[::-1], X),
    "half a transpose": (lambda x: tf.transpose(tf.transpose(x)[None]), X),
    "pieces of another axis": (
        lambda x: tf.unstack(tf.stack([x, x, x], axis=0), axis=1)[1],
        X,
    ),
    "a product of no elements": (lambda x: tf.reduce_prod(x[:, :0], 1), X),
    "pieces in another order": (lambda x: tf.stack(tf.unstack(x)[::-1]), X),
    "pieces along another axis": (lambda x: tf.stack(tf.unstack(x, axis=1)), X),
    "some of the pieces": (lambda x: tf.stack(tf.unstack(x, axis=1)[:2], axis=1), X),
    "a tile that repeats rows": (lambda x: tf.tile(x, [2, 1]) - tf.tile(x, [2, 1]), X),
    "sums of float constants": (lambda x: (x + 0.1) + 0.2, PLAIN),
    "products of float constants": (lambda x: (x * 0.1) * 0.3, PLAIN),
    "a division by two": (lambda x: x / 2.0, X),
    "a division by three": (lambda x: x / 3.0, PLAIN),
    "a reduction over one": (lambda x: tf.reduce_sum(x[:1], 0), X),
}


@pytest.mark.parametrize("name", TRAPS)
def test_what_only_looks_like_a_case_is_left_as_it_is(name):
    build, value = TRAPS[name]
    with tf.Graph().as_default(), tf.Session() as session, unoptimised() as plain:
        x = fed(value)
        y = build(x)
        got, wanted = (s.run(y, {x: value}) for s in (session, plain))
    assert bits(got) == bits(wanted)


def test_scalars_need_no_known_shapes():
    x = tf.placeholder(tf.float32, name="x")
    y = tf.multiply(x, 1.0, name="y")
    plan = tf.Session().program(y, [x]).plan
    assert plan.nodes == []


def test_unknown_shapes_stay():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.multiply(x, np.ones([1, 3], np.float32), name="y")
    session = tf.Session()
    assert [op.type for op in session.program(y, [x]).plan.nodes] == ["Mul"]
    assert session.run(y, {x: np.ones([4, 3])}).shape == (4, 3)


def test_a_fed_operation_is_not_looked_through():
    x = tf.placeholder(tf.float32, [2], name="x")
    inner = tf.negative(x, name="inner")
    y = tf.negative(inner, name="y")
    assert tf.Session().run(y, {inner: [1.0, 2.0]}).tolist() == [-1.0, -2.0]


def test_a_variable_is_read_where_its_reader_stands():
    v = tf.Variable([1.0, 2.0], use_resource=False)
    before = tf.multiply(v, 1.0)
    with tf.control_dependencies([before]):
        change = v.assign_add([1.0, 1.0])
    with tf.Session() as session:
        session.run(v.initializer)
        got, _ = session.run([before, change])
    assert got.tolist() == [1.0, 2.0]


def test_rules_hold_in_loops_and_branches():
    n = tf.placeholder(tf.int32, [], name="n")

    def body(i, m):
        turned = tf.transpose(m) * 1.0
        return i + 1, tf.cond(i > 1, lambda: tf.matmul(turned, m) - 0.0, lambda: m + m)

    first = np.array([[0.5, 1.0], [-0.25, 0.125]], np.float32)
    y = tf.while_loop(lambda i, m: i < n, body, [0, first])[1]
    session, plain = tf.Session(), unoptimised()
    rewritten = session.program(y, [n]).plan.rewritten.values()
    assert {"a product with one", "minus zero"} <= set(rewritten)
    for count in range(5):
        got, wanted = (s.run(y, {n: count}) for s in (session, plain))
        assert bits(got) == bits(wanted)


def test_an_error_names_the_users_operation():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    w = tf.placeholder(tf.float32, [None, None], name="w")
    y = tf.matmul(tf.transpose(x), w, name="y")
    with pytest.raises(tf.errors.InvalidArgumentError, match="node y"):
        tf.Session().run(y, {x: np.ones([2, 3]), w: np.ones([5, 1])})
