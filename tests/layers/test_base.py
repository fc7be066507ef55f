"""Layers: scopes, sharing, books, and the words of errors."""

import copy

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.layers import input_spec

RANDOM = np.random.RandomState(20180709)
FLAT = RANDOM.randn(4, 6).astype(np.float32)


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


class Scale(tf.layers.Layer):
    """Multiplies by a factor that is learnt."""

    def build(self, input_shape):
        self.shape_seen = input_shape
        self.factor = self.add_variable(
            "factor", [int(input_shape[-1])], initializer=tf.ones_initializer()
        )
        self.built = True

    def call(self, inputs, power=1):
        return inputs * self.factor**power


def names(variables):
    return [v.name for v in variables]


def test_a_layer_builds_once_and_is_called_often():
    layer = Scale()
    x = tf.constant(FLAT)
    first, second = layer(x), layer.apply(2 * x, power=3)
    assert [first.op.name, second.op.name] == ["scale/mul", "scale/mul_1"]
    assert names(layer.variables) == ["scale/factor:0"]
    assert layer.shape_seen.as_list() == [4, 6]
    np.testing.assert_array_equal(run(second), 2 * FLAT)


def test_scopes_are_unique_and_names_count():
    first, second, named = Scale(), Scale(), Scale(name="mine")
    assert [layer.name for layer in (first, second, named)] == [
        "scale_1", "scale_2", "mine",
    ]  # fmt: skip
    for layer in (first, second, named, Scale(name="mine")):
        layer(tf.constant(FLAT))
    assert [first.scope_name, second.scope_name] == ["scale", "scale_1"]
    assert names(tf.global_variables()) == [
        "scale/factor:0", "scale_1/factor:0", "mine/factor:0", "mine_1/factor:0",
    ]  # fmt: skip


def test_names_count_by_graph():
    assert tf.layers.Dense(1).name == "dense_1"
    with tf.Graph().as_default():
        assert tf.layers.Dense(1).name == "dense_1"
    assert tf.layers.Dense(1).name == "dense_2"


def test_scope_name_before_the_first_call():
    with pytest.raises(ValueError) as caught:
        Scale().scope_name  # noqa: B018
    assert str(caught.value) == (
        'No name available for layer scope because the layer "scale_1" has not been '
        "used yet. The scope name  is determined the first time the layer instance is "
        "called. You must therefore call the layer before querying `scope_name`."
    )


def test_call_takes_a_scope():
    layer = Scale()
    layer(tf.constant(FLAT), scope="given")
    assert layer.scope_name == "given"

    class Curious(tf.layers.Layer):
        def call(self, inputs, scope=None):
            self.seen = scope
            return inputs

    curious = Curious()
    curious(tf.constant(1.0))
    assert curious.seen.name == "curious"


def test_sharing_by_name():
    x = tf.constant(FLAT)
    tf.layers.dense(x, 3, name="d")
    again = tf.layers.dense(x, 3, name="d", reuse=True)
    assert names(tf.global_variables()) == ["d/kernel:0", "d/bias:0"]
    assert again.op.name == "d_1/BiasAdd"
    with pytest.raises(ValueError, match="Variable d/kernel already exists, disallow"):
        tf.layers.dense(x, 3, name="d")
    with pytest.raises(
        ValueError, match="Variable e/kernel does not exist, or was not"
    ):
        tf.layers.dense(x, 3, name="e", reuse=True)
    with pytest.raises(ValueError, match=r"specified shape \(6, 5\) and found shape"):
        tf.layers.dense(x, 5, name="d", reuse=True)


def test_the_scope_around_gives_settings():
    with tf.variable_scope(
        "s", initializer=tf.constant_initializer(2.0), dtype=tf.float32,
        regularizer=tf.contrib.layers.l2_regularizer(0.5), reuse=tf.AUTO_REUSE,
    ):  # fmt: skip
        first = tf.layers.dense(tf.constant(FLAT), 1, use_bias=False, name="d")
        second = tf.layers.dense(tf.constant(FLAT), 1, use_bias=False, name="d")
    value, same, (loss,) = run([first, second, tf.losses.get_regularization_losses()])
    np.testing.assert_allclose(value[:, 0], 2 * FLAT.sum(1), rtol=1e-5)
    np.testing.assert_array_equal(value, same)
    assert loss == 0.5 * 6 * 4 / 2


def test_a_custom_getter_is_asked():
    asked = []

    def asking(getter, name, *args, **kwargs):
        asked.append(name)
        return getter(name, *args, **kwargs)

    with tf.variable_scope("s", custom_getter=asking):
        tf.layers.dense(tf.constant(FLAT), 2)
    assert asked == ["s/dense/kernel", "s/dense/bias"]


def test_books():
    layer = tf.layers.Dense(3, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
    assert not layer.built
    with pytest.raises(ValueError) as caught:
        layer.count_params()
    assert str(caught.value) == (
        "You tried to call `count_params` on dense_1, but the layer isn't built. You "
        "can build it manually via: `dense_1.build(batch_input_shape)`."
    )
    y = layer(tf.constant(FLAT))
    assert layer.count_params() == 21
    assert names(layer.trainable_weights) == ["dense/kernel:0", "dense/bias:0"]
    assert layer.non_trainable_weights == []
    assert [t.op.name for t in layer.losses] == [
        "dense/kernel/Regularizer/l2_regularizer"
    ]
    assert layer.dtype == "float32"
    assert layer.graph is tf.get_default_graph()
    assert [layer.input_shape, layer.output_shape] == [(4, 6), (4, 3)]
    assert layer.output is y
    assert layer.get_output_at(0) is y
    layer.trainable = False
    assert layer.trainable_variables == []
    assert names(layer.non_trainable_variables) == ["dense/kernel:0", "dense/bias:0"]


def test_books_of_several_calls():
    layer = tf.layers.Dense(2)
    for attribute in ("input", "output", "input_shape", "output_shape"):
        with pytest.raises(AttributeError):
            getattr(layer, attribute)
    with pytest.raises(RuntimeError, match="never been called and thus has no defined"):
        layer.get_input_at(0)
    layer(tf.zeros([4, 6]))
    layer(tf.zeros([5, 6]))
    assert layer.get_input_shape_at(1) == (5, 6)
    with pytest.raises(AttributeError, match='the notion of "layer input" is ill-def'):
        layer.input  # noqa: B018
    with pytest.raises(AttributeError, match="with different input shapes"):
        layer.input_shape  # noqa: B018
    with pytest.raises(
        ValueError, match="Asked to get output at node 2, but the layer"
    ):
        layer.get_output_at(2)


def test_losses_and_updates_by_input():
    class Busy(Scale):
        def call(self, inputs):
            self.add_loss(tf.reduce_sum(inputs), inputs=inputs)
            self.add_loss(tf.reduce_sum(self.factor))
            self.add_update(tf.assign_add(self.factor, inputs[0]), inputs=inputs)
            return inputs

    layer, x, other = Busy(), tf.constant(FLAT), tf.constant(FLAT)
    layer(x)
    assert layer.get_losses_for(x) == layer.losses[:1]
    assert layer.get_losses_for(None) == layer.losses[1:]
    assert layer.get_losses_for(other) == []
    assert layer.get_updates_for(x) == layer.updates
    assert layer.get_updates_for(None) == []
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == layer.updates
    layer.trainable = False
    assert layer.updates == []


def test_activity_regularizer_counts_each_call():
    layer = tf.layers.Dense(2, activity_regularizer=tf.reduce_sum)
    x = tf.constant(FLAT)
    ys = [layer(x), layer(x)]
    assert len(layer.losses) == 2
    assert layer.losses[0].op.name.startswith("dense/ActivityRegularizer/")
    values, losses = run([ys, layer.losses])
    np.testing.assert_allclose(losses, [v.sum() for v in values], rtol=1e-5)


def test_regularizer_of_shared_variables_counts_once():
    for reuse in (None, True):
        tf.layers.dense(
            tf.constant(FLAT), 2, name="d", reuse=reuse,
            kernel_regularizer=tf.contrib.layers.l1_regularizer(0.1),
        )  # fmt: skip
    assert len(tf.losses.get_regularization_losses()) == 1


def test_partitioned_variables():
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2)):
        y = tf.layers.dense(
            tf.constant(FLAT), 2, kernel_initializer=tf.ones_initializer(),
            kernel_regularizer=tf.contrib.layers.l1_regularizer(1.0),
        )  # fmt: skip
        bn = tf.layers.BatchNormalization()
        bn(y, training=True)
    assert "s/dense/kernel/part_1:0" in names(tf.global_variables())
    assert names([bn.moving_mean])[0].endswith("moving_mean:0")
    value, losses = run([y, tf.losses.get_regularization_losses()])
    np.testing.assert_allclose(value[:, 0], FLAT.sum(1), rtol=1e-5)
    assert losses == [6.0, 6.0]


def test_build_by_hand():
    layer = tf.layers.Dense(2)
    layer.build(tf.TensorShape([None, 3]))
    assert names(layer.variables) == ["dense/kernel:0", "dense/bias:0"]
    layer(tf.zeros([1, 3]))
    assert len(tf.global_variables()) == 2


def test_a_copy_shares_variables_and_has_lists_of_its_own():
    layer = tf.layers.Dense(2)
    layer(tf.constant(FLAT))
    twin = copy.deepcopy(layer)
    assert twin.kernel is layer.kernel
    twin(tf.constant(FLAT))
    assert [len(layer._calls), len(twin._calls)] == [1, 2]


def test_arrays_and_variables_are_inputs():
    v = tf.Variable(FLAT)
    layer = tf.layers.Dense(2)
    first, second = run([layer(FLAT), layer(v)])
    np.testing.assert_array_equal(first, second)


def test_the_graph_of_the_inputs_is_used():
    with tf.Graph().as_default() as graph:
        x = tf.constant(FLAT)
    y = tf.layers.dense(x, 2)
    assert y.graph is graph
    assert tf.get_default_graph().get_operations() == []


def test_add_weight_outside_of_a_call_is_in_the_scope():
    layer = Scale(name="s")
    variable = layer.add_weight("extra", [2], trainable=False)
    assert variable.name == "s/extra:0"
    assert layer.non_trainable_weights == [variable]


ERRORS = [
    (lambda: tf.layers.dense(FLAT[0], 2), ValueError,
     "Input 0 of layer dense_1 is incompatible with the layer: : expected min_ndim=2, "
     "found ndim=1. Full shape received: [6]"),
    (lambda: tf.layers.dense(tf.placeholder(tf.float32, [2, None]), 2), ValueError,
     "The last dimension of the inputs to `Dense` should be defined. Found `None`."),
    (lambda: tf.layers.dense(tf.placeholder(tf.float32), 2), ValueError,
     "Input 0 of layer dense_1 is incompatible with the layer: its rank is undefined, "
     "but the layer requires a defined rank."),
    (lambda: tf.layers.conv2d(FLAT, 2, 3), ValueError,
     "Input 0 of layer conv2d_1 is incompatible with the layer: expected ndim=4, found "
     "ndim=2. Full shape received: [4, 6]"),
    (lambda: tf.layers.dense([[1.0, 2.0]], 3), ValueError,
     "Layer dense_1 expects 1 inputs, but it received 2 input tensors. Inputs received: "
     "[<tf.Tensor 'dense/Const:0' shape=() dtype=float32>, "
     "<tf.Tensor 'dense/Const_1:0' shape=() dtype=float32>]"),
    (lambda: tf.layers.dense(tf.constant([[1]]), 3), TypeError,
     "Unable to build `Dense` layer with non-floating point dtype tf.int32"),
    (lambda: tf.layers.Dense(3, nonsense=1), TypeError,
     "('Keyword argument not understood:', 'nonsense')"),
    (lambda: tf.layers.dense(FLAT, 3, activation="x"), ValueError,
     "Unknown activation function: x"),
    (lambda: tf.layers.dense(FLAT, 3, activation=3), ValueError,
     "Could not interpret activation function identifier: 3"),
    (lambda: tf.layers.dense(FLAT, 3, kernel_initializer="x"), ValueError,
     "Unknown initializer: x"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "text"), ERRORS)
def test_words_of_errors(make, error, text):
    with pytest.raises(error) as caught:
        make()
    assert str(caught.value) == text


def test_a_layer_that_gets_another_size():
    layer = tf.layers.Dense(2)
    layer(tf.constant(FLAT))
    with pytest.raises(ValueError) as caught:
        layer(tf.zeros([2, 7]))
    assert str(caught.value) == (
        "Input 0 of layer dense_1 is incompatible with the layer: expected axis -1 of "
        "input shape to have value 6 but received input with shape [2, 7]"
    )


def test_a_layer_that_returns_nothing():
    class Nothing(tf.layers.Layer):
        def call(self, inputs):
            return None

    with pytest.raises(ValueError) as caught:
        Nothing()(tf.constant(1.0))
    assert str(caught.value) == (
        "A layer's `call` method should return a Tensor or a list of Tensors, not None "
        "(layer: nothing_1)."
    )


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"max_ndim": 1}, "expected max_ndim=1, found ndim=2"),
        ({"min_ndim": 3}, ": expected min_ndim=3, found ndim=2. Full shape received"),
        ({"dtype": tf.int32}, "expected dtype=<dtype: 'int32'>, found dtype="),
        ({"shape": (4, 7)}, "expected shape=(4, 7), found shape=[4, 6]"),
        ({"axes": {0: 5}}, "expected axis 0 of input shape to have value 5 but"),
    ],
)
def test_input_specs(spec, words):
    input_spec.check_inputs(
        "x", tf.layers.InputSpec(shape=(4, None)), tf.constant(FLAT)
    )
    with pytest.raises(ValueError) as caught:
        input_spec.check_inputs("x", tf.layers.InputSpec(**spec), tf.constant(FLAT))
    start = "Input 0 of layer x is incompatible with the layer: "
    assert str(caught.value).startswith(start + words)


def test_input_is_a_placeholder():
    x = tf.layers.Input([3], batch_size=2, name="x", dtype=tf.int32)
    assert [x.op.type, x.name, x.shape.as_list(), x.dtype] == [
        "Placeholder", "x:0", [2, 3], tf.int32,
    ]  # fmt: skip
    assert tf.layers.Input(tensor=x) is x
    with pytest.raises(ValueError, match="either a `shape` or a `tensor` argument"):
        tf.layers.Input()
