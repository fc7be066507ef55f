"""`tf.contrib.layers` and `.framework`: values, names, collections, arg_scope."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.api.contrib import framework, layers, slim

RANDOM = np.random.RandomState(20180709)
FLAT = RANDOM.randn(4, 6).astype(np.float32)
IMAGE = RANDOM.randn(2, 6, 7, 3).astype(np.float32)
ONES = tf.ones_initializer()


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.local_variables_initializer())
        return sess.run(fetches, feeds)


def names(variables):
    return [v.name for v in variables]


def test_fully_connected():
    y = layers.fully_connected(FLAT, 3, weights_initializer=ONES, scope="fc")
    np.testing.assert_allclose(
        run(y), np.maximum(FLAT.sum(1), 0)[:, None].repeat(3, 1), rtol=1e-5
    )
    assert y.op.name == "fc/Relu"
    assert names(tf.global_variables()) == ["fc/weights:0", "fc/biases:0"]
    assert framework.get_model_variables() == tf.global_variables()
    assert layers.linear(FLAT, 3).op.name == "fully_connected/BiasAdd"
    cube = layers.fully_connected(
        IMAGE, 2, None, weights_initializer=ONES, biases_initializer=None
    )
    np.testing.assert_allclose(run(cube)[..., 0], IMAGE.sum(-1), rtol=1e-4, atol=1e-5)


def test_convolutions_are_those_of_tf_layers():
    init = {"weights_initializer": ONES, "activation_fn": None}
    pairs = [
        (layers.conv2d(IMAGE, 2, 3, **init),
         tf.layers.conv2d(IMAGE, 2, 3, padding="same", kernel_initializer=ONES)),
        (layers.conv2d(IMAGE, 2, [3, 2], 2, "VALID", **init),
         tf.layers.conv2d(IMAGE, 2, [3, 2], 2, kernel_initializer=ONES)),
        (layers.conv2d(IMAGE, 2, 2, rate=2, **init),
         tf.layers.conv2d(IMAGE, 2, 2, dilation_rate=2, padding="same",
                          kernel_initializer=ONES)),
        (layers.conv2d_transpose(IMAGE, 2, 3, 2, **init),
         tf.layers.conv2d_transpose(IMAGE, 2, 3, 2, "same", kernel_initializer=ONES)),
        (layers.conv2d_transpose(IMAGE, 2, 3, 2, "VALID", **init),
         tf.layers.conv2d_transpose(IMAGE, 2, 3, 2, kernel_initializer=ONES)),
        (layers.separable_conv2d(IMAGE, 2, 3, 2, **init),
         tf.layers.separable_conv2d(
             IMAGE, 2, 3, depth_multiplier=2, padding="same",
             depthwise_initializer=ONES, pointwise_initializer=ONES)),
        (layers.max_pool2d(IMAGE, 2), tf.layers.max_pooling2d(IMAGE, 2, 2)),
        (layers.avg_pool2d(IMAGE, 3, 1, "SAME"),
         tf.layers.average_pooling2d(IMAGE, 3, 1, "same")),
    ]  # fmt: skip
    for ours, same in pairs:
        assert ours.shape.as_list() == same.shape.as_list()
    for ours, same in run(pairs):
        np.testing.assert_allclose(ours, same, rtol=1e-4, atol=1e-5)
    assert pairs[0][0].op.name == "Conv/BiasAdd"


def test_channels_first():
    first = tf.transpose(IMAGE, [0, 3, 1, 2])
    for layer, options in (
        (layers.conv2d, {"weights_initializer": ONES}),
        (layers.conv2d_transpose, {"weights_initializer": ONES, "stride": 2}),
        (layers.separable_conv2d, {"weights_initializer": ONES}),
    ):
        a = layer(IMAGE, 2, 3, **options)
        b = layer(first, 2, 3, data_format="NCHW", **options)
        a, b = run([a, tf.transpose(b, [0, 2, 3, 1])])
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="Invalid data_format: 'x'"):
        layers.conv2d(IMAGE, 2, 3, data_format="x")
    with pytest.raises(ValueError, match="has to be either NCHW or NHWC"):
        layers.max_pool2d(IMAGE, 2, data_format="x")


def test_batch_norm_updates():
    y = layers.batch_norm(FLAT, decay=0.5, scope="bn")
    assert names(tf.global_variables()) == [
        "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0",
    ]  # fmt: skip
    assert len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)) == 2
    assert len(framework.get_model_variables()) == 3
    value = run(y)
    np.testing.assert_allclose(value.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(value.std(0), 1, atol=1e-2)


def test_batch_norm_in_place_and_elsewhere():
    mean = "moving_mean:0"
    y = layers.batch_norm(FLAT, decay=0.5, updates_collections=None, scope="bn")
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(y)
        found = sess.run(f"bn/{mean}")
    np.testing.assert_allclose(found, FLAT.mean(0) / 2, rtol=1e-4, atol=1e-6)
    layers.batch_norm(FLAT, updates_collections="mine", scope="other")
    assert len(tf.get_collection("mine")) == 2
    shared = layers.batch_norm(FLAT, scope="bn", reuse=True, is_training=False)
    assert len(tf.global_variables()) == 6
    assert shared.shape.as_list() == [4, 6]


def test_layer_norm():
    y = run(layers.layer_norm(FLAT))
    wanted = (FLAT - FLAT.mean(1, keepdims=True)) / FLAT.std(1, keepdims=True)
    np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="must be < rank"):
        layers.layer_norm(FLAT, begin_norm_axis=2)
    with pytest.raises(ValueError, match="is not fully defined"):
        layers.layer_norm(tf.placeholder(tf.float32, [2, None]))


def test_small_layers():
    assert layers.flatten(IMAGE).shape.as_list() == [2, 126]
    off, encoded = run([
        layers.dropout(FLAT, is_training=False), layers.one_hot_encoding([1, 0], 3),
    ])  # fmt: skip
    np.testing.assert_array_equal(off, FLAT)
    assert encoded.tolist() == [[0, 1, 0], [1, 0, 0]]
    a = layers.embed_sequence([[1, 2, 2]], 5, 4, scope="e")
    b = layers.embed_sequence([[1, 2, 2]], unique=True, scope="e", reuse=True,
                              vocab_size=5, embed_dim=4)  # fmt: skip
    a, b = run([a, b])
    np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="Must specify vocab size and embedding"):
        layers.embed_sequence([[1]])
    y = layers.stack(FLAT, layers.fully_connected, [4, 5], scope="s")
    z = slim.repeat(IMAGE, 2, slim.conv2d, 4, 3, scope="r")
    assert [y.shape.as_list(), z.shape.as_list()] == [[4, 5], [2, 6, 7, 4]]
    assert names(tf.global_variables("s"))[0] == "s/s_1/weights:0"


def test_arg_scope():
    scoped = framework.arg_scope(
        [layers.fully_connected, layers.conv2d], activation_fn=tf.nn.tanh,
        weights_regularizer=layers.l2_regularizer(0.1),
    )  # fmt: skip
    with scoped as scope:
        with slim.arg_scope([slim.fully_connected], activation_fn=None):
            inner = layers.fully_connected(FLAT, 2)
        outer = layers.fully_connected(FLAT, 2)
        given = layers.conv2d(IMAGE, 2, 3, activation_fn=tf.nn.elu)
        assert framework.arg_scoped_arguments(layers.conv2d)["activation_fn"] is (
            tf.nn.tanh
        )
    with framework.arg_scope(scope):
        again = layers.fully_connected(FLAT, 2)
    after = layers.fully_connected(FLAT, 2)
    assert [t.op.type for t in (inner, outer, given, again, after)] == [
        "BiasAdd", "Tanh", "Elu", "Tanh", "Relu",
    ]  # fmt: skip
    assert len(tf.losses.get_regularization_losses()) == 4
    assert framework.has_arg_scope(layers.conv2d)
    assert not framework.has_arg_scope(tf.layers.conv2d)


def test_arg_scope_of_ones_own_function():
    @framework.add_arg_scope
    def power(x, exponent=1, scale=1):
        return scale * x**exponent

    with framework.arg_scope([power], exponent=2, scale=3):
        assert [power(2), power(2, scale=1), power(2, exponent=3)] == [12, 4, 24]
    with pytest.raises(ValueError, match="is not decorated with @add_arg_scope"):
        with framework.arg_scope([tf.add], name="x"):
            pass
    with pytest.raises(ValueError, match="kwargs must be empty"):
        with framework.arg_scope({}, a=1):
            pass
    with pytest.raises(TypeError, match="list/tuple or reused scope"):
        with framework.arg_scope(power, a=1):
            pass


def test_regularizers():
    w = tf.constant([3.0, -4.0])
    both = layers.l1_l2_regularizer(0.5, 0.1)
    values = run(
        [layers.l1_regularizer(0.5)(w), layers.l2_regularizer(0.1)(w), both(w)]
    )
    np.testing.assert_allclose(values, [3.5, 1.25, 4.75])
    assert layers.l2_regularizer(0.0)(w) is None
    assert layers.sum_regularizer([None])(w) is None
    for scale, words in (
        (1, "scale cannot be an integer: 1"),
        (-0.5, "Setting a scale less than 0 on a regularizer: -0.5."),
    ):
        with pytest.raises(ValueError) as caught:
            layers.l2_regularizer(scale)
        assert str(caught.value) == words
    total = layers.apply_regularization(layers.l1_regularizer(1.0), [w, 2 * w])
    assert run(total) == 21
    assert tf.losses.get_regularization_losses() == [total]
    with pytest.raises(ValueError, match="No weights to regularize"):
        layers.apply_regularization(both)
    with pytest.raises(ValueError, match="instead of a Tensor with rank 1"):
        layers.apply_regularization(lambda v: v, [w])


@pytest.mark.parametrize(
    ("initializer", "deviation"),
    [
        (layers.xavier_initializer(), np.sqrt(1 / 250)),
        (layers.xavier_initializer(uniform=False), np.sqrt(1.3 / 250) * 0.8796),
        (layers.variance_scaling_initializer(), np.sqrt(2.6 / 200) * 0.8796),
        (layers.variance_scaling_initializer(1.0, "FAN_OUT", True), np.sqrt(1 / 300)),
    ],
)
def test_initializers(initializer, deviation):
    tf.set_random_seed(1)
    value = run(tf.get_variable("w", [200, 300], initializer=initializer))
    np.testing.assert_allclose(value.std(), deviation, rtol=0.02)
    np.testing.assert_allclose(value.mean(), 0, atol=1e-3)
    with pytest.raises(
        ValueError, match=r"Unknown mode x \[FAN_IN, FAN_OUT, FAN_AVG\]"
    ):
        layers.variance_scaling_initializer(mode="x")


def test_finding_variables():
    with tf.variable_scope("a"):
        layers.fully_connected(FLAT, 2, scope="f")
    with tf.variable_scope("b") as b:
        layers.fully_connected(FLAT, 2, scope="f")
    step = framework.get_or_create_global_step()
    assert names(framework.get_variables("a")) == ["a/f/weights:0", "a/f/biases:0"]
    assert names(framework.get_variables(b, "biases")) == ["b/f/biases:0"]
    assert names(framework.get_variables_by_suffix("weights")) == [
        "a/f/weights:0", "b/f/weights:0",
    ]  # fmt: skip
    assert len(framework.get_variables_by_name("weights")) == 2
    assert framework.get_unique_variable("b/f/biases").name == "b/f/biases:0"
    with pytest.raises(ValueError, match="Couldn't find variable x"):
        framework.get_unique_variable("x")
    restored = framework.get_variables_to_restore(exclude=["a/", "global_step"])
    assert names(restored) == ["b/f/weights:0", "b/f/biases:0"]
    assert names(framework.get_variables_to_restore(["a/f/w"])) == ["a/f/weights:0"]
    assert framework.get_global_step() is step
    assert len(framework.get_trainable_variables()) == 4


@pytest.mark.parametrize("optimizer", list(layers.OPTIMIZER_CLS_NAMES))
def test_optimize_loss(optimizer):
    w = tf.get_variable("w", initializer=[1.0, -2.0])
    loss = tf.reduce_sum(tf.square(w))
    step = tf.train.get_or_create_global_step()
    train = layers.optimize_loss(loss, step, 0.05, optimizer, clip_gradients=1.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(30):
            sess.run(train)
        assert sess.run(loss) < 5.0
        assert sess.run(step) == 30


def test_optimize_loss_in_detail():
    w = tf.get_variable("w", initializer=[1.0])
    v = tf.get_variable("v", initializer=[1.0])
    loss = tf.reduce_sum(w + v)
    train = layers.optimize_loss(
        loss, None, 1.0, tf.train.GradientDescentOptimizer,
        gradient_multipliers={"v": 3.0},
        learning_rate_decay_fn=None, variables=[w, v],
        update_ops=[tf.assign(w, [10.0])],
    )  # fmt: skip
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train)
        assert sess.run([w, v]) == [9.0, -2.0]
    for bad, words in (
        ("x", "Optimizer name should be one of"),
        (3, "Unrecognized optimizer"),
        (lambda rate: 3, "function should return subclass"),
    ):
        with pytest.raises(ValueError, match=words):
            layers.optimize_loss(loss, None, 0.1, bad)
    with pytest.raises(ValueError, match="Learning rate must be specified"):
        layers.optimize_loss(loss, None, None, tf.train.AdamOptimizer)


def test_unknown_names():
    with pytest.raises(AttributeError) as caught:
        tf.contrib.layers.fully_conected  # noqa: B018
    assert "Did you mean 'tf.contrib.layers.fully_connected'?" in str(caught.value)
    with pytest.raises(AttributeError, match="slim.conv2d"):
        slim.conv2  # noqa: B018
    assert "arg_scope" in dir(slim)
