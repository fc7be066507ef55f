"""Bad input to layers, losses, metrics, training, images and linear algebra."""

import numpy as np

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError


def nan_hook():
    with tf.Graph().as_default():
        loss = tf.placeholder_with_default(np.float32(np.nan), [], name="loss")
        with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss)]) as sess:
            sess.run(loss)


def monitored_end():
    with tf.Graph().as_default():
        one = tf.constant(1.0)
        sess = tf.train.MonitoredSession()
        sess.close()
        sess.run(one)


CASES = {
    # -- layers, losses, metrics -----------------------------------------------------
    "dense of unknown": (
        lambda s: tf.layers.dense(tf.placeholder(tf.float32, [None, None]), 3),
        ValueError,
        "The last dimension of the inputs to `Dense` should be defined. Found `None`.",
    ),
    "dense of scalar": (
        lambda s: tf.layers.dense(tf.constant(1.0), 3),
        ValueError,
        "is incompatible with the layer: : expected min_ndim=2, found "
        "ndim=0. Full shape received: []",
    ),
    "dense again": (
        lambda s: [
            layer(tf.zeros([1, n])) for layer in [tf.layers.Dense(2)] for n in (3, 4)
        ],
        ValueError,
        "expected axis -1 of input shape to have value 3 but received input "
        "with shape [1, 4]",
    ),
    "dense argument": (
        lambda s: tf.layers.dense(tf.zeros([1, 2]), 3, units_=3),
        TypeError,
        "dense() got an unexpected keyword argument 'units_'",
    ),
    "conv2d rank": (
        lambda s: tf.layers.conv2d(tf.zeros([2, 3, 4]), 3, 2),
        ValueError,
        "is incompatible with the layer: expected ndim=4, found ndim=3. Full "
        "shape received: [2, 3, 4]",
    ),
    "conv2d padding": (
        lambda s: tf.layers.conv2d(tf.zeros([1, 3, 3, 1]), 3, 2, padding="x"),
        ValueError,
        'The `padding` argument must be one of "valid", "same". Received: x',
    ),
    "conv2d kernel": (
        lambda s: tf.layers.conv2d(tf.zeros([1, 3, 3, 1]), 3, (2, 2, 2)),
        ValueError,
        "The `kernel_size` argument must be a tuple of 2 integers. Received: (2, 2, 2)",
    ),
    "conv2d large": (
        lambda s: tf.layers.conv2d(tf.zeros([1, 3, 3, 1]), 3, 5),
        ValueError,
        "Negative dimension size caused by subtracting 5 from 3 for "
        "'conv2d/Conv2D' (op: 'Conv2D') with input shapes: [1,3,3,1], "
        "[5,5,1,3].",
    ),
    "conv2d format": (
        lambda s: tf.layers.conv2d(tf.zeros([1, 3, 3, 1]), 3, 2, data_format="x"),
        ValueError,
        'The `data_format` argument must be one of "channels_first", '
        '"channels_last". Received: x',
    ),
    "pooling strides": (
        lambda s: tf.layers.max_pooling2d(tf.zeros([1, 3, 3, 1]), 2, (1, 2, 3)),
        ValueError,
        "The `strides` argument must be a tuple of 2 integers. Received: (1, 2, 3)",
    ),
    "flatten scalar": (
        lambda s: tf.layers.flatten(tf.constant(1.0)),
        ValueError,
        "is incompatible with the layer: : expected min_ndim=1, found ndim=0.",
    ),
    "batch norm axis": (
        lambda s: tf.layers.batch_normalization(tf.zeros([1, 2]), axis=5),
        ValueError,
        "Invalid axis: 5",
    ),
    "loss shapes": (
        lambda s: tf.losses.mean_squared_error(tf.zeros([2]), tf.zeros([3])),
        ValueError,
        "Shapes (3,) and (2,) are incompatible",
    ),
    "loss none": (
        lambda s: tf.losses.mean_squared_error(None, tf.zeros([3])),
        ValueError,
        "labels must not be None.",
    ),
    "loss weights": (
        lambda s: tf.losses.mean_squared_error(
            tf.zeros([2, 3]), tf.zeros([2, 3]), weights=tf.ones([4])
        ),
        ValueError,
        "weights can not be broadcast to values. values.rank=2. "
        "weights.rank=1. values.shape=(2, 3). weights.shape=(4,).",
    ),
    "loss weights none": (
        lambda s: tf.losses.mean_squared_error(
            tf.zeros([2]), tf.zeros([2]), weights=None
        ),
        ValueError,
        "None values not supported.",
    ),
    "loss reduction": (
        lambda s: tf.losses.mean_squared_error(
            tf.zeros([2]), tf.zeros([2]), reduction="x"
        ),
        ValueError,
        "Invalid ReductionKey x.",
    ),
    "softmax loss": (
        lambda s: tf.losses.softmax_cross_entropy(tf.zeros([2, 3]), tf.zeros([2, 4])),
        ValueError,
        "Shapes (2, 4) and (2, 3) are incompatible",
    ),
    "no losses": (
        lambda s: s.run(tf.losses.get_total_loss()),
        ValueError,
        "inputs must be a list of at least one Tensor with the same dtype and shape",
    ),
    "accuracy shapes": (
        lambda s: tf.metrics.accuracy(tf.zeros([2]), tf.zeros([3])),
        ValueError,
        "Shapes (3,) and (2,) are incompatible",
    ),
    "metric uninitialized": (
        lambda s: s.run(tf.metrics.mean(tf.constant(1.0))[1]),
        tf.errors.FailedPreconditionError,
        "Attempting to use uninitialized value mean/total",
    ),
    "mean_iou labels": (
        lambda s: s.run(
            [
                tf.local_variables_initializer(),
                tf.metrics.mean_iou(tf.placeholder_with_default([5], [1]), [0], 2)[1],
            ]
        ),
        IAE,
        "indices[0] = [5, 0] does not index into shape [2,2]",
    ),
    # -- training --------------------------------------------------------------------
    "global step type": (
        lambda s: tf.train.exponential_decay(0.1, None, 10, 0.9),
        ValueError,
        "global_step is required for exponential_decay.",
    ),
    "piecewise": (
        lambda s: tf.train.piecewise_constant(tf.Variable(0, name="step"), [1], [1.0]),
        ValueError,
        "The length of boundaries should be 1 less than the length of values",
    ),
    "two global steps": (
        lambda s: [tf.train.create_global_step() for _ in range(2)],
        ValueError,
        '"global_step" already exists.',
    ),
    "stop hook": (
        lambda s: tf.train.StopAtStepHook(),
        ValueError,
        "One of num_steps or last_step must be specified.",
    ),
    "checkpoint hook": (
        lambda s: tf.train.CheckpointSaverHook("DIR"),
        ValueError,
        "Either every_secs or every_steps should be provided.",
    ),
    "no global step": (
        lambda s: tf.train.MonitoredTrainingSession(hooks=[tf.train.StopAtStepHook(1)]),
        RuntimeError,
        "Global step should be created to use StopAtStepHook.",
    ),
    "nan hook": (
        lambda s: nan_hook(),
        tf.train.NanLossDuringTrainingError,
        "NaN loss during training.",
    ),
    # -- images ----------------------------------------------------------------------
    "resize rank": (
        lambda s: tf.image.resize_images(tf.zeros([2, 2]), [1, 1]),
        ValueError,
        "'images' must have either 3 or 4 dimensions.",
    ),
    "resize size": (
        lambda s: tf.image.resize_images(tf.zeros([2, 2, 1]), [1, 2, 3]),
        ValueError,
        "'size' must be a 1-D Tensor of 2 elements: new_height, new_width",
    ),
    "crop large": (
        lambda s: s.run(tf.random_crop(tf.zeros([2, 2, 1]), [3, 3, 1])),
        IAE,
        "assertion failed: [Need value.shape >= size, got ] [2 2 1] [3 3 1]",
    ),
    "crop box": (
        lambda s: tf.image.crop_to_bounding_box(tf.zeros([2, 2, 1]), 1, 1, 2, 2),
        ValueError,
        "width must be >= target + offset.",
    ),
    "central crop": (
        lambda s: tf.image.central_crop(tf.zeros([2, 2, 1]), 1.5),
        ValueError,
        "central_fraction must be within (0, 1]",
    ),
    "flip rank": (
        lambda s: tf.image.flip_left_right(tf.zeros([2])),
        ValueError,
        "'image' (shape (2,)) must be at least three-dimensional.",
    ),
    "brightness": (
        lambda s: tf.image.random_brightness(tf.zeros([2, 2, 1]), -1.0),
        ValueError,
        "max_delta must be non-negative.",
    ),
    "encode jpeg": (
        lambda s: s.run(tf.image.encode_jpeg(np.zeros([2, 2, 2], np.uint8))),
        IAE,
        "image must have 1 or 3 channels, got [2,2,2]",
    ),
    "convert type": (
        lambda s: tf.image.convert_image_dtype(tf.zeros([2]), tf.string),
        AttributeError,
        "dtype must be either floating point or integer",
    ),
    # -- linear algebra, strings and functions ---------------------------------------
    "cholesky": (
        lambda s: s.run(tf.cholesky([[1.0, 2.0], [2.0, 1.0]])),
        IAE,
        "Cholesky decomposition was not successful. The input might not be valid.",
    ),
    "cholesky square": (
        lambda s: s.run(
            tf.cholesky(
                tf.placeholder_with_default(np.zeros([2, 3], np.float32), [None, None])
            )
        ),
        IAE,
        "Input matrix must be square.",
    ),
    "solve singular": (
        lambda s: s.run(tf.matrix_solve(tf.zeros([2, 2]), tf.ones([2, 1]))),
        IAE,
        "Input matrix is not invertible.",
    ),
    "fft length": (
        lambda s: tf.spectral.rfft(tf.zeros([2], tf.int32)),
        TypeError,
        "has DataType int32 not in list of allowed values: float32, float64",
    ),
    "edit distance": (
        lambda s: tf.edit_distance(tf.constant(1), tf.constant(2)),
        TypeError,
        "Hypothesis must be a SparseTensor.",
    ),
    "substr": (
        lambda s: s.run(tf.substr("abc", 5, 1)),
        IAE,
        "pos 5 out of range for string b'abc' at index 0",
    ),
    "bad pattern": (
        lambda s: s.run(tf.regex_replace("a", "(", "b")),
        IAE,
        "Invalid pattern: (, error: missing )",
    ),
    "embedding ids": (
        lambda s: tf.nn.embedding_lookup(tf.zeros([2, 2]), tf.constant([0.5])),
        TypeError,
        "has DataType float32 not in list of allowed values",
    ),
    "gather_nd": (
        lambda s: s.run(
            tf.gather_nd(tf.zeros([2]), tf.placeholder_with_default([[3]], [1, 1]))
        ),
        IAE,
        "indices[0] = [3] does not index into param shape [2]",
    ),
    "lrn rank": (
        lambda s: tf.nn.lrn(tf.zeros([2, 2])),
        ValueError,
        "Shape must be rank 4 but is rank 2 for 'LRN' (op: 'LRN') with input "
        "shapes: [2,2].",
    ),
    "monitored end": (
        lambda s: monitored_end(),
        RuntimeError,
        "Session is already closed.",
    ),
}
