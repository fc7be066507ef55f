"""Layers: values, names of variables, losses, updates, gradients."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
FLAT = RANDOM.randn(4, 6).astype(np.float32)
SEQUENCE = RANDOM.randn(2, 7, 3).astype(np.float32)
IMAGE = RANDOM.randn(2, 6, 7, 3).astype(np.float32)
VOLUME = RANDOM.randn(2, 4, 5, 4, 2).astype(np.float32)
LOOSE = {"tolerance": (1e-4, 1e-5)}


def waves(shape, dtype=None, partition_info=None):
    """An initializer whose numbers both libraries agree on."""
    numbers = np.sin(np.arange(np.prod([int(d) for d in shape], dtype=int)) * 0.7 + 1)
    return numbers.reshape([int(d) for d in shape]).astype(np.float32)


INIT = {"kernel_initializer": waves, "bias_initializer": waves}
SEPARABLE_INIT = {
    "depthwise_initializer": waves,
    "pointwise_initializer": waves,
    "bias_initializer": waves,
}


def with_gradients(tf, y):
    """A layer's output, and what its variables get from the sum of its squares."""
    grads = tf.gradients(tf.reduce_sum(y * y), tf.trainable_variables())
    return [y, *grads]


# -- dense ----------------------------------------------------------------------------

table.add("dense", lambda tf: with_gradients(tf, tf.layers.dense(FLAT, 3, **INIT)))
for name in ("relu", "tanh", "sigmoid", "softmax", "elu"):
    table.add(
        f"dense_{name}",
        lambda tf, name=name: tf.layers.dense(FLAT, 3, getattr(tf.nn, name), **INIT),
    )
    table.add(
        f"dense_activation_by_name_{name}",
        lambda tf, name=name: tf.layers.dense(FLAT, 3, name, **INIT),
    )
table.add(
    "dense_of_three_axes",
    lambda tf: with_gradients(tf, tf.layers.dense(SEQUENCE, 3, **INIT)),
    **LOOSE,
)
table.add("dense_of_four_axes", lambda tf: tf.layers.dense(IMAGE, 2, **INIT))
table.add(
    "dense_without_bias",
    lambda tf: tf.layers.dense(FLAT, 3, use_bias=False, kernel_initializer=waves),
)
table.add(
    "dense_float64",
    lambda tf: tf.layers.dense(
        FLAT.astype(np.float64), 3, kernel_initializer=tf.ones_initializer()
    ),
)
table.add(
    "dense_initializers_by_name",
    lambda tf: tf.layers.dense(
        FLAT, 3, kernel_initializer="ones", bias_initializer="zeros"
    ),
)
table.add(
    "dense_unknown_batch",
    lambda tf: tf.layers.dense(
        tf.placeholder(tf.float32, [None, 6], name="x"), 3, **INIT
    ),
    {"x:0": FLAT},
)
table.add(
    "dense_reused",
    lambda tf: [
        tf.layers.dense(FLAT, 3, name="d", **INIT),
        tf.layers.dense(2 * FLAT, 3, name="d", reuse=True, **INIT),
    ],
)
table.add(
    "dense_under_scope_settings", lambda tf: _under_scope(tf)
)  # fmt: skip


def _under_scope(tf):
    with tf.variable_scope("s", initializer=tf.ones_initializer()):
        return tf.layers.dense(FLAT, 3)


table.add(
    "dense_regularized",
    lambda tf: [
        tf.layers.dense(
            FLAT,
            3,
            kernel_regularizer=lambda w: tf.reduce_sum(w * w),
            bias_regularizer=lambda b: tf.reduce_sum(tf.abs(b)),
            **INIT,
        ),
        *tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES),
    ],
)
table.add("dense_rank_1", lambda tf: tf.layers.dense(FLAT[0], 3), raises="ValueError")
table.add(
    "dense_unknown_last",
    lambda tf: tf.layers.dense(tf.placeholder(tf.float32, [2, None]), 3),
    raises="ValueError",
)
table.add(
    "dense_unknown_rank",
    lambda tf: tf.layers.dense(tf.placeholder(tf.float32), 3),
    raises="ValueError",
)
table.add("dense_of_ints", lambda tf: tf.layers.dense([[1, 2]], 3), raises="ValueError")
table.add(
    "dense_of_int_tensor",
    lambda tf: tf.layers.dense(tf.constant([[1, 2]]), 3),
    raises="TypeError",
)
table.add(
    "dense_twice_one_name",
    lambda tf: [tf.layers.dense(FLAT, 3, name="d"), tf.layers.dense(FLAT, 3, name="d")],
    raises="ValueError",
)
table.add(
    "dense_reuse_of_nothing",
    lambda tf: tf.layers.dense(FLAT, 3, name="d", reuse=True),
    raises="ValueError",
)
table.add(
    "dense_reuse_with_other_size",
    lambda tf: [
        tf.layers.dense(FLAT, 3, name="d"),
        tf.layers.dense(FLAT, 4, name="d", reuse=True),
    ],
    raises="ValueError",
)
table.add(
    "dense_minus_units", lambda tf: tf.layers.dense(FLAT, -1), raises="ValueError"
)
table.add(
    "dense_unknown_activation",
    lambda tf: tf.layers.dense(FLAT, 1, activation="nonsense"),
    raises="ValueError",
)
table.add(
    "layer_with_odd_argument",
    lambda tf: tf.layers.Dense(3, nonsense=1),
    raises="TypeError",
)


# -- names and books ------------------------------------------------------------------


@table.script()
def names_of_variables(tf, sess):
    tf.layers.dense(FLAT, 3)
    tf.layers.dense(FLAT, 3)
    tf.layers.dense(FLAT, 3, name="mine")
    tf.layers.dense(FLAT, 3, name="auto", reuse=tf.AUTO_REUSE)
    tf.layers.dense(FLAT, 3, name="auto", reuse=tf.AUTO_REUSE)
    with tf.variable_scope("outer"):
        tf.layers.dense(FLAT, 3)
        tf.layers.conv2d(IMAGE, 2, 3)
        tf.layers.batch_normalization(IMAGE)
    with tf.variable_scope("outer", reuse=True):
        tf.layers.dense(FLAT, 3)
    with tf.name_scope("names"):
        tf.layers.separable_conv2d(IMAGE, 2, 3)
        tf.layers.conv2d_transpose(IMAGE, 2, 3)
    with tf.variable_scope("again", reuse=tf.AUTO_REUSE):
        tf.layers.dense(FLAT, 3, name="x")
        tf.layers.dense(FLAT, 3, name="x")
    return [[v.name for v in tf.global_variables()], trainable_names(tf)]


def trainable_names(tf):
    return [v.name for v in tf.trainable_variables()]


@table.script()
def names_of_outputs(tf, sess):
    layer = tf.layers.Dense(3)
    x = tf.constant(FLAT)
    outputs = [layer(x), layer(x), tf.layers.dense(x, 3), layer.apply(x)]
    with tf.variable_scope("s"):
        outputs += [layer(x), tf.layers.dense(x, 2, tf.nn.relu)]
    with tf.name_scope("n"):
        outputs += [layer(x), tf.layers.dense(x, 2, name="d")]
    outputs.append(tf.layers.dense(x, 2, name="d", reuse=True))
    outputs.append(tf.layers.max_pooling2d(IMAGE, 2, 2))
    outputs.append(tf.layers.batch_normalization(x))
    outputs.append(tf.layers.conv2d(IMAGE, 2, 2, activation=tf.nn.relu))
    outputs.append(tf.layers.flatten(IMAGE))
    return [t.name for t in outputs]


@table.script()
def names_of_layers(tf, sess):
    first, second = tf.layers.Dense(3), tf.layers.Dense(3)
    named = tf.layers.Dense(3, name="mine")
    others = [
        tf.layers.MaxPooling2D(2, 2), tf.layers.BatchNormalization(),
        tf.layers.Conv2DTranspose(2, 2), tf.layers.SeparableConv1D(2, 2),
    ]  # fmt: skip
    names = [layer.name for layer in (first, second, named, *others)]
    first(tf.constant(FLAT))
    second(tf.constant(FLAT))
    return [names, first.scope_name, second.scope_name]


@table.script()
def books_of_a_layer(tf, sess):
    layer = tf.layers.Dense(3, kernel_regularizer=lambda w: tf.reduce_sum(w * w))
    layer(tf.constant(FLAT))
    found = [
        [v.name for v in layer.weights], [v.name for v in layer.trainable_weights],
        [v.name for v in layer.variables], layer.count_params(), layer.built,
        len(layer.losses), len(layer.updates), layer.use_bias,
        repr(layer.input_spec), layer.units,
    ]  # fmt: skip
    layer.trainable = False
    return [
        *found,
        len(layer.trainable_variables),
        [v.name for v in layer.non_trainable_variables],
    ]


@table.script()
def untrainable_layer(tf, sess):
    layer = tf.layers.Dense(3, trainable=False)
    layer(tf.constant(FLAT))
    return [
        len(tf.trainable_variables()),
        len(layer.weights),
        len(layer.trainable_weights),
    ]


@table.script()
def layer_of_ones_own(tf, sess):
    class Scale(tf.layers.Layer):
        def build(self, input_shape):
            size = int(input_shape[-1])
            self.factor = self.add_variable("factor", [size], initializer=waves)
            self.count = self.add_weight(
                "count", [], initializer=tf.zeros_initializer(), trainable=False
            )
            self.built = True

        def call(self, inputs, power=1):
            self.add_loss(tf.reduce_sum(inputs), inputs=inputs)
            self.add_loss(tf.reduce_sum(self.factor))
            self.add_update(tf.assign_add(self.count, 1.0))
            return inputs * self.factor**power

    layer = Scale()
    x = tf.constant(FLAT)
    y, z = layer(x), layer(x, power=2)
    sess.run(tf.global_variables_initializer())
    sess.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    return [
        layer.name, y.name, z.name, [v.name for v in layer.weights],
        [v.name for v in layer.non_trainable_weights],
        len(layer.losses), len(layer.get_losses_for(x)), len(layer.get_losses_for(None)),
        len(layer.updates), len(layer.get_updates_for(None)),
        len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)),
        *sess.run([y, z, layer.count, *layer.losses]),
    ]  # fmt: skip


@table.script()
def layer_of_several_inputs(tf, sess):
    class Both(tf.layers.Layer):
        def call(self, inputs):
            first, second = inputs
            return [first + second, first - second]

    return sess.run(Both()([tf.constant(FLAT), tf.constant(2 * FLAT)]))


table.add(
    "layer_that_returns_nothing", lambda tf: _returns_nothing(tf), raises="ValueError"
)


def _returns_nothing(tf):
    class Nothing(tf.layers.Layer):
        def call(self, inputs):
            return None

    return Nothing()(tf.constant(FLAT))


# -- dropout, flatten ------------------------------------------------------------------

table.add("dropout_off", lambda tf: tf.layers.dropout(tf.constant(FLAT)))
table.add(
    "dropout_on", lambda tf: tf.layers.dropout(FLAT, training=True), only_shapes=True
)
table.add("dropout_of_none", lambda tf: tf.layers.dropout(FLAT, 0.0, training=True))
for flag in (False, True):
    table.add(
        f"dropout_fed_{flag}",
        lambda tf: tf.layers.dropout(
            tf.constant(FLAT), training=tf.placeholder(tf.bool, [], name="training")
        ),
        {"training:0": flag},
        only_shapes=flag,
    )
table.add(
    "dropout_noise_shape",
    lambda tf: tf.layers.dropout(IMAGE, 0.5, [2, 1, 1, 3], training=True),
    only_shapes=True,
)
table.add(
    "dropout_rate_2", lambda tf: tf.layers.dropout(FLAT, 2.0), raises="ValueError"
)
table.add(
    "dropout_odd_training",
    lambda tf: tf.layers.dropout(FLAT, training="yes"),
    raises="TypeError",
)
for shape in (
    [2, 3, 4],
    [None, 3, 4],
    [2, None, 4],
    [None, None, 4],
    None,
    [6],
    [None],
):
    table.add(
        f"flatten_{shape}",
        lambda tf, shape=shape: tf.layers.flatten(
            tf.placeholder(tf.int32, shape, name="x")
        ),
        {"x:0": np.arange(24).reshape(2, 3, 4) if shape is None or len(shape) > 1
         else np.arange(6)},
    )  # fmt: skip
table.add("flatten_scalar", lambda tf: tf.layers.flatten(1.0), raises="ValueError")
table.add(
    "flatten_channels_first",
    lambda tf: tf.layers.Flatten(data_format="channels_first")(tf.constant(IMAGE)),
)

# -- convolutions ----------------------------------------------------------------------

for padding in ("valid", "same"):
    for name, x in (("conv1d", SEQUENCE), ("conv2d", IMAGE), ("conv3d", VOLUME)):
        table.add(
            f"{name}_{padding}",
            lambda tf, name=name, x=x, padding=padding: with_gradients(
                tf, getattr(tf.layers, name)(x, 4, 3, padding=padding, **INIT)
            ),
            **LOOSE,
        )
        table.add(
            f"{name}_{padding}_strides",
            lambda tf, name=name, x=x, padding=padding: getattr(tf.layers, name)(
                x, 4, 2, strides=2, padding=padding, activation=tf.nn.relu, **INIT
            ),
            **LOOSE,
        )
    for name, x in (("conv1d", SEQUENCE), ("conv2d", IMAGE)):
        table.add(
            f"{name}_{padding}_dilation",
            lambda tf, name=name, x=x, padding=padding: getattr(tf.layers, name)(
                x, 4, 2, dilation_rate=2, padding=padding, **INIT
            ),
            **LOOSE,
        )
    for strides in (1, 2, (3, 2)):
        table.add(
            f"conv2d_transpose_{padding}_{strides}",
            lambda tf, padding=padding, strides=strides: with_gradients(
                tf, tf.layers.conv2d_transpose(IMAGE, 4, 3, strides, padding, **INIT)
            ),
            tolerance=(1e-3, 1e-3),
        )
    table.add(
        f"conv3d_transpose_{padding}",
        lambda tf, padding=padding: tf.layers.conv3d_transpose(
            VOLUME, 3, 3, 2, padding, **INIT
        ),
        **LOOSE,
    )
    for multiplier in (1, 2):
        table.add(
            f"separable_conv2d_{padding}_{multiplier}",
            lambda tf, padding=padding, multiplier=multiplier: with_gradients(
                tf,
                tf.layers.separable_conv2d(
                    IMAGE, 4, 3, padding=padding, depth_multiplier=multiplier,
                    **SEPARABLE_INIT,
                ),
            ),
            tolerance=(1e-3, 1e-3),
        )  # fmt: skip
        table.add(
            f"separable_conv1d_{padding}_{multiplier}",
            lambda tf, padding=padding, multiplier=multiplier: tf.layers.separable_conv1d(
                SEQUENCE, 4, 3, padding=padding, depth_multiplier=multiplier,
                activation=tf.nn.relu, **SEPARABLE_INIT,
            ),
            **LOOSE,
        )  # fmt: skip
table.add(
    "separable_conv2d_strides",
    lambda tf: tf.layers.separable_conv2d(IMAGE, 4, 3, 2, **SEPARABLE_INIT),
    **LOOSE,
)
table.add(
    "separable_conv2d_dilation",
    lambda tf: tf.layers.separable_conv2d(
        IMAGE, 4, 2, dilation_rate=2, **SEPARABLE_INIT
    ),
    **LOOSE,
)
table.add(
    "conv1d_causal",
    lambda tf: tf.layers.conv1d(
        SEQUENCE, 4, 3, padding="causal", dilation_rate=2, **INIT
    ),
    **LOOSE,
)
table.add(
    "conv2d_of_unknown_size",
    lambda tf: tf.layers.conv2d(
        tf.placeholder(tf.float32, [None, None, None, 3], name="x"), 4, 3, **INIT
    ),
    {"x:0": IMAGE},
    **LOOSE,
)
table.add(
    "conv2d_transpose_of_unknown_size",
    lambda tf: tf.layers.conv2d_transpose(
        tf.placeholder(tf.float32, [None, None, None, 3], name="x"), 4, 3, 2, **INIT
    ),
    {"x:0": IMAGE},
    **LOOSE,
)
table.add(
    "conv2d_reused",
    lambda tf: [
        tf.layers.conv2d(IMAGE, 2, 3, name="c", **INIT),
        tf.layers.conv2d(-IMAGE, 2, 3, name="c", reuse=True, **INIT),
    ],
    **LOOSE,
)
for name, options in {
    "kernel_of_three": {"kernel_size": (2, 2, 2)},
    "kernel_of_letters": {"kernel_size": "ab"},
    "kernel_of_zero": {"kernel_size": 0},
    "padding_nonsense": {"padding": "nonsense"},
    "data_format_nonsense": {"data_format": "NHWC"},
    "strides_and_dilation": {"strides": 2, "dilation_rate": 2},
    "kernel_too_large": {"kernel_size": 9},
    "no_filters": {"filters": 0},
}.items():
    table.add(
        f"conv2d_{name}",
        lambda tf, options=options: tf.layers.conv2d(
            IMAGE, **{"filters": 2, "kernel_size": 3, **options}
        ),
        raises="ValueError",
    )
for name in ("conv2d", "conv2d_transpose", "separable_conv2d"):
    table.add(
        f"{name}_of_rank_3",
        lambda tf, name=name: getattr(tf.layers, name)(SEQUENCE, 2, 3),
        raises="ValueError",
    )
    table.add(
        f"{name}_unknown_channels",
        lambda tf, name=name: getattr(tf.layers, name)(
            tf.placeholder(tf.float32, [1, 5, 5, None]), 2, 3
        ),
        raises="ValueError",
    )

# -- pooling ---------------------------------------------------------------------------

for rank, x in ((1, SEQUENCE), (2, IMAGE), (3, VOLUME)):
    for kind in ("max", "average"):
        for padding in ("valid", "same"):
            table.add(
                f"{kind}_pooling{rank}d_{padding}",
                lambda tf, rank=rank, x=x, kind=kind, padding=padding: getattr(
                    tf.layers, f"{kind}_pooling{rank}d"
                )(x, 3, 2, padding),
            )
table.add(
    "pooling_odd_window", lambda tf: tf.layers.average_pooling2d(IMAGE, (2, 3), (1, 2))
)
table.add(
    "pooling_too_large",
    lambda tf: tf.layers.max_pooling2d(IMAGE, 9, 1),
    raises="ValueError",
)
table.add(
    "pooling_of_rank_3",
    lambda tf: tf.layers.max_pooling2d(SEQUENCE, 2, 2),
    raises="ValueError",
)

# -- batch normalization ---------------------------------------------------------------

BN = {"gamma_initializer": waves, "beta_initializer": waves}


def normalized(tf, x, steps=3, **options):
    """Outputs of a step that keeps the averages, and the averages."""
    y = tf.layers.batch_normalization(x, **options)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        y = tf.identity(y)
    averages = [v for v in tf.global_variables() if "mov" in v.name]
    assert len(averages) in (2, 3)
    return [y, *[v.read_value() for v in averages]]


def batch_norm(name, x, feeds=None, **options):
    def program(tf, sess):
        feed = dict(feeds or {})
        training = options.get("training", False)
        if training == "fed":
            training = tf.placeholder(tf.bool, [], name="training")
        y = tf.layers.batch_normalization(
            tf.constant(x), **{**options, "training": training}
        )
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        variables = tf.global_variables()
        grads = tf.gradients(tf.reduce_sum(y * y * y), tf.trainable_variables())
        sess.run(tf.global_variables_initializer())
        values = []
        for _ in range(3):
            values += [sess.run([y, *grads], feed), sess.run(variables, feed)]
            sess.run(updates, feed)
        return [[v.name for v in variables], len(updates), values, y.shape.as_list()]

    program.__name__ = f"batch_normalization_{name}"
    table.script(tolerance=(1e-3, 1e-4))(program)


batch_norm("flat_training", FLAT, training=True, **BN)
batch_norm("flat_inference", FLAT, training=False, **BN)
batch_norm("flat_fed_true", FLAT, {"training:0": True}, training="fed", **BN)
batch_norm("flat_fed_false", FLAT, {"training:0": False}, training="fed", **BN)
batch_norm("image_training", IMAGE, training=True, **BN)
batch_norm("image_inference", IMAGE, training=False, **BN)
batch_norm("image_fed_true", IMAGE, {"training:0": True}, training="fed", **BN)
batch_norm("image_fed_false", IMAGE, {"training:0": False}, training="fed", **BN)
batch_norm("image_unfused", IMAGE, training=True, fused=False, **BN)
batch_norm("image_plain", IMAGE, training=True, center=False, scale=False)
batch_norm("flat_plain", FLAT, training=True, center=False, scale=False)
batch_norm("flat_momentum", FLAT, training=True, momentum=0.5, epsilon=0.1, **BN)
batch_norm("image_momentum", IMAGE, training=True, momentum=0.5, epsilon=0.1, **BN)
batch_norm("sequence_axis_1", SEQUENCE, training=True, axis=1, **BN)
batch_norm("image_axis_2", IMAGE, training=True, axis=2, **BN)
batch_norm("image_two_axes", IMAGE, training=True, axis=[1, 3], fused=False, **BN)
batch_norm("double", FLAT.astype(np.float64), training=True)
batch_norm("renorm", FLAT, training=True, renorm=True, **BN)
batch_norm("renorm_inference", FLAT, training=False, renorm=True, **BN)
batch_norm(
    "renorm_clipped", FLAT, training=True, renorm=True, renorm_momentum=0.5,
    renorm_clipping={"rmin": 0.5, "rmax": 2.0, "dmax": 0.3}, **BN,
)  # fmt: skip
batch_norm("renorm_fed", FLAT, {"training:0": True}, training="fed", renorm=True)
batch_norm("renorm_fed_off", FLAT, {"training:0": False}, training="fed", renorm=True)
batch_norm("untrainable", FLAT, training=False, trainable=False, scale=False)
for name, options, error in (
    ("axis_7", {"axis": 7}, "ValueError"),
    ("axis_twice", {"axis": [1, 1]}, "ValueError"),
    ("axis_text", {"axis": "a"}, "TypeError"),
    ("renorm_clipping", {"renorm": True, "renorm_clipping": {"x": 1}}, "ValueError"),
):
    table.add(
        f"batch_normalization_{name}",
        lambda tf, options=options: tf.layers.batch_normalization(IMAGE, **options),
        raises=error,
    )
table.add(
    "batch_normalization_unknown_rank",
    lambda tf: tf.layers.batch_normalization(tf.placeholder(tf.float32)),
    raises="ValueError",
)
table.add(
    "batch_normalization_unknown_channels",
    lambda tf: tf.layers.batch_normalization(tf.placeholder(tf.float32, [2, None])),
    raises="ValueError",
)
