"""The layers themselves: both data formats, the moving averages, edges."""

import numpy as np
import pytest

import interactive_graphs as tf

RANDOM = np.random.RandomState(20180709)
SEQUENCE = RANDOM.randn(2, 7, 3).astype(np.float32)
IMAGE = RANDOM.randn(2, 6, 7, 3).astype(np.float32)
VOLUME = RANDOM.randn(2, 4, 5, 4, 2).astype(np.float32)
CHANNELS_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def waves(shape, dtype=None, partition_info=None):
    return np.sin(np.arange(np.prod(shape)) + 1).reshape(shape).astype(np.float32)


KERNEL = {"kernel_initializer": waves, "bias_initializer": waves}
SEPARABLE = {
    "depthwise_initializer": waves, "pointwise_initializer": waves,
    "bias_initializer": waves,
}  # fmt: skip
LAYERS = [
    ("conv1d", SEQUENCE, (4, 3), KERNEL),
    ("conv1d", SEQUENCE, (4, 3, 1, "causal"), KERNEL),
    ("conv2d", IMAGE, (4, (3, 2), (2, 1)), KERNEL),
    ("conv2d", IMAGE, (4, 2, 1, "same", "channels_last", 2), KERNEL),
    ("conv3d", VOLUME, (4, 3, 1, "same"), KERNEL),
    ("conv2d_transpose", IMAGE, (4, 3, (2, 3)), KERNEL),
    ("conv2d_transpose", IMAGE, (4, 3, 2, "same"), KERNEL),
    ("conv3d_transpose", VOLUME, (4, 3, 2), KERNEL),
    ("separable_conv1d", SEQUENCE, (4, 3, 2), SEPARABLE),
    ("separable_conv1d", SEQUENCE, (4, 3, 1, "causal"), SEPARABLE),
    ("separable_conv2d", IMAGE, (4, 3, 1, "same"), SEPARABLE),
    ("max_pooling1d", SEQUENCE, (2, 2), {}),
    ("average_pooling1d", SEQUENCE, (3, 2, "same"), {}),
    ("max_pooling2d", IMAGE, ((2, 3), (1, 2)), {}),
    ("average_pooling2d", IMAGE, (2, 2, "same"), {}),
    ("max_pooling3d", VOLUME, (2, 1), {}),
    ("average_pooling3d", VOLUME, (2, 2, "same"), {}),
]


@pytest.mark.parametrize(("name", "x", "args", "options"), LAYERS)
@pytest.mark.parametrize("unknown", [False, True])
def test_channels_first_and_last_agree(name, x, args, options, unknown):
    layer = getattr(tf.layers, name)
    backward = np.argsort(CHANNELS_LAST[x.ndim])
    first = np.transpose(x, backward)
    shape = [None, first.shape[1], *[None] * (x.ndim - 2)] if unknown else first.shape
    fed = tf.placeholder(tf.float32, shape, name="x")
    rest = {"data_format": "channels_first"}
    if len(args) > 4:
        rest["dilation_rate"] = args[5]
    a = layer(tf.constant(x), *args, **options)
    b = layer(fed, *args[:4], **rest, **options)
    kinds = {"1d": 3, "2d": 4, "3d": 5}
    assert len(b.shape) == kinds[name.removesuffix("_transpose")[-2:]]
    left, right = run([a, b], {fed: first})
    np.testing.assert_allclose(
        np.transpose(right, CHANNELS_LAST[x.ndim]), left, rtol=1e-4, atol=1e-5
    )


CLASSES = {
    "conv1d": "Conv1D", "conv2d": "Conv2D", "conv3d": "Conv3D",
    "conv2d_transpose": "Conv2DTranspose", "conv3d_transpose": "Conv3DTranspose",
    "separable_conv1d": "SeparableConv1D", "separable_conv2d": "SeparableConv2D",
    "max_pooling1d": "MaxPooling1D", "average_pooling1d": "AveragePooling1D",
    "max_pooling2d": "MaxPooling2D", "average_pooling2d": "AveragePooling2D",
    "max_pooling3d": "MaxPooling3D", "average_pooling3d": "AveragePooling3D",
}  # fmt: skip


@pytest.mark.parametrize(("name", "x", "args", "options"), LAYERS)
def test_shapes_are_foretold(name, x, args, options):
    layer = getattr(tf.layers, CLASSES[name])(*args, **options)
    foretold = layer.compute_output_shape(x.shape)
    assert foretold.as_list() == layer(tf.constant(x)).shape.as_list()
    unknown = layer.compute_output_shape([None] * (x.ndim - 1) + [x.shape[-1]])
    assert unknown.is_compatible_with(foretold)
    assert unknown.as_list()[0] is None


def test_functions_have_the_signature_of_their_class():
    text = str(tf.layers.conv2d.__doc__)
    assert text.startswith("Apply a new `Conv2D` to `inputs`.")
    with pytest.raises(TypeError, match="missing a required argument: 'kernel_size'"):
        tf.layers.conv2d(IMAGE, 3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        tf.layers.conv2d(IMAGE, 3, 3, nonsense=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'reuse'"):
        tf.layers.max_pooling2d(IMAGE, 3, 3, reuse=True)
    assert "kernel_size: an int, or one per" in tf.layers.Conv2D.__doc__
    assert "Example:" in tf.layers.Conv2D.__doc__


def test_flatten_edges():
    assert run(tf.layers.flatten(np.zeros([3, 0, 2]))).shape == (3, 0)
    assert tf.layers.flatten(tf.placeholder(tf.int32)).shape.as_list() == [None, None]
    with pytest.raises(ValueError, match="expected min_ndim=1, found ndim=0"):
        tf.layers.flatten(1.0)
    first = tf.layers.flatten(IMAGE.transpose(0, 3, 1, 2), data_format="channels_first")
    np.testing.assert_array_equal(run(first), IMAGE.reshape(2, -1))


def test_pooling_strides_are_those_of_the_window():
    same = tf.layers.max_pooling2d(IMAGE, 2, None), tf.layers.max_pooling2d(IMAGE, 2, 2)
    np.testing.assert_array_equal(*run(same))


def test_dropout_follows_a_tensor():
    x = tf.ones([40, 50])
    training = tf.placeholder(tf.bool, [])
    y = tf.layers.dropout(x, 0.25, training=training, seed=1)
    off, on = run(y, {training: False}), run(y, {training: True})
    assert np.array_equal(off, np.ones([40, 50]))
    assert set(np.unique(on)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((on == 0).mean() - 0.25) < 0.05
    assert tf.layers.dropout(x, training=None).op.type == "Identity"
    assert tf.layers.dropout(x, training=1).op.type != "Identity"


@pytest.mark.parametrize("x", [IMAGE, IMAGE.reshape(-1, 3)])
def test_moving_averages(x):
    layer = tf.layers.BatchNormalization(momentum=0.9)
    y = layer(tf.constant(x), training=True)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    assert [len(updates), len(tf.trainable_variables())] == [2, 2]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(300):
            sess.run(updates)
        value, mean, variance = sess.run([y, layer.moving_mean, layer.moving_variance])
        inferred = sess.run(layer(tf.constant(x), training=False))
    flat = x.reshape(-1, 3)
    unbiased = flat.var(0, ddof=1) if x.ndim == 4 else flat.var(0)
    np.testing.assert_allclose(mean, flat.mean(0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(variance, unbiased, rtol=1e-3)
    np.testing.assert_allclose(value, inferred, rtol=2e-2, atol=2e-2)


def test_batch_normalization_channels_first():
    first = np.transpose(IMAGE, (0, 3, 1, 2))
    options = {"training": True, "gamma_initializer": waves, "beta_initializer": waves}
    a = tf.layers.batch_normalization(IMAGE, **options)
    b = tf.layers.batch_normalization(first, axis=1, **options)
    assert b.op.get_attr("data_format") == b"NCHW"
    left, right = run([a, tf.transpose(b, [0, 2, 3, 1])])
    np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-5)


def test_batch_normalization_half():
    y = tf.layers.batch_normalization(tf.constant(IMAGE, tf.float16), training=True)
    flat = tf.layers.batch_normalization(
        tf.constant(IMAGE.reshape(-1, 3), tf.float16), training=True
    )
    assert [y.dtype, flat.dtype] == [tf.float16, tf.float16]
    assert {v.dtype.base_dtype for v in tf.global_variables()} == {tf.float32}
    both = run([y, flat])
    np.testing.assert_allclose(both[0].reshape(-1, 3), both[1], atol=5e-3)


def test_batch_normalization_adjusted():
    def adjustment(shape):
        return tf.fill([1, shape[-1]], 2.0), tf.fill([1, shape[-1]], 3.0)

    x = IMAGE.reshape(-1, 3)
    on = tf.layers.batch_normalization(x, training=True, adjustment=adjustment)
    off = tf.layers.batch_normalization(x, training=False, adjustment=adjustment)
    plain = tf.layers.batch_normalization(x, training=True)
    adjusted, unadjusted, normal = run([on, off, plain])
    np.testing.assert_allclose(adjusted, 2 * normal + 3, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(unadjusted, x / np.sqrt(1.001), rtol=1e-4)


def test_untrained_batch_normalization_updates_nothing():
    layer = tf.layers.BatchNormalization(trainable=False)
    layer(tf.constant(IMAGE), training=True)
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []
    assert tf.trainable_variables() == []


ERRORS = [
    (lambda: tf.layers.conv2d(IMAGE, 2, (2, 2, 2)),
     "The `kernel_size` argument must be a tuple of 2 integers. Received: (2, 2, 2)"),
    (lambda: tf.layers.conv2d(IMAGE, 2, "ab"),
     "The `kernel_size` argument must be a tuple of 2 integers. Received: ab including "
     "element a of type <class 'str'>"),
    (lambda: tf.layers.conv2d(IMAGE, 2, 0),
     "The `kernel_size` argument must be a tuple of 2 integers. Received: 0 including 0 "
     "that does not satisfy the requirement `> 0`."),
    (lambda: tf.layers.conv2d(IMAGE, 2, 3, padding="x"),
     'The `padding` argument must be one of "valid", "same". Received: x'),
    (lambda: tf.layers.conv2d(IMAGE, 2, 3, data_format="NHWC"),
     'The `data_format` argument must be one of "channels_first", "channels_last". '
     "Received: NHWC"),
    (lambda: tf.layers.conv2d(IMAGE, 2, 3, strides=2, dilation_rate=2),
     "strides > 1 not supported in conjunction with dilation_rate > 1"),
    (lambda: tf.layers.conv2d(IMAGE, -1, 3),
     "Invalid value for argument `filters`. Expected a strictly positive value. "
     "Received filters=-1."),
    (lambda: tf.layers.conv2d(tf.placeholder(tf.float32, [1, 5, 5, None]), 2, 3),
     "The channel dimension of the inputs should be defined. Found `None`."),
    (lambda: tf.layers.dense(IMAGE, -1),
     "Received an invalid value for `units`, expected a positive integer. Received: "
     "units=-1"),
    (lambda: tf.layers.dropout(IMAGE, 2.0),
     "Invalid value 2.0 received for `rate`, expected a value between 0 and 1."),
    (lambda: tf.layers.batch_normalization(IMAGE, axis=7), "Invalid axis: 7"),
    (lambda: tf.layers.batch_normalization(IMAGE, axis=[1, 1]), "Duplicate axis: [1, 1]"),
    (lambda: tf.layers.batch_normalization(IMAGE, renorm_clipping={"x": 1}, renorm=True),
     "renorm_clipping {'x': 1} contains keys not in ['rmax', 'rmin', 'dmax']"),
    (lambda: tf.layers.batch_normalization(IMAGE, virtual_batch_size=2),
     "virtual_batch_size is not supported; normalise parts of the batch, as tf.split "
     "gives them, one by one"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), ERRORS)
def test_words_of_errors(make, text):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == text


def test_training_must_be_a_bool():
    for training in ("yes", 2):
        with pytest.raises(TypeError) as caught:
            tf.layers.dropout(IMAGE, training=training)
        assert str(caught.value) == (
            "`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: "
            f"{training}"
        )


def test_batch_normalization_of_ints():
    with pytest.raises(TypeError) as caught:
        tf.layers.batch_normalization(tf.constant([[1]]))
    assert str(caught.value) == (
        "Unable to build `BatchNormalization` layer with non-floating point dtype "
        "tf.int32"
    )


def test_a_network_learns():
    """Both conditions of training in one graph, as courses have it."""
    x = tf.placeholder(tf.float32, [None, 8, 8, 1])
    label = tf.placeholder(tf.int64, [None])
    training = tf.placeholder(tf.bool, [])
    net = tf.layers.conv2d(x, 8, 3, activation=tf.nn.relu)
    net = tf.layers.batch_normalization(net, training=training)
    net = tf.layers.flatten(tf.layers.max_pooling2d(net, 2, 2))
    net = tf.layers.dropout(net, 0.2, training=training)
    logits = tf.layers.dense(net, 2)
    loss = tf.losses.sparse_softmax_cross_entropy(label, logits)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.AdamOptimizer(0.01).minimize(loss)
    right = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, 1), label)))
    tf.set_random_seed(1)
    random = np.random.RandomState(1)
    images = random.randn(200, 8, 8, 1)
    labels = random.randint(0, 2, 200)
    images[labels == 1, 2:5, 2:5] += 2
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(60):
            sess.run(train, {x: images, label: labels, training: True})
        share = sess.run(right, {x: images, label: labels, training: False})
    assert share > 0.95
