"""Operations of nets: convolutions, pools, losses, normalisation."""

from typing import Any

import numpy as np

from benchmarks.operations.making import Maker, Operation, side


def _pictures(make: Maker, count: int, channels: int) -> Any:
    """So many elements as pictures of 28 x 28 at most."""
    edge = 28 if count >= 28 * 28 * channels else max(4, side(count // channels))
    batch = max(1, count // (edge * edge * channels))
    return make.normal(batch, edge, edge, channels)


def _conv(
    window: int,
    inputs: int,
    outputs: int,
    stride: int = 1,
    padding: str = "SAME",
    dilation: int = 1,
) -> Operation:
    def build(make: Maker, count: int) -> Any:
        kernel = make.normal(window, window, inputs, outputs)
        return make.tf.nn.conv2d(
            _pictures(make, count // 4, inputs),
            kernel,
            [1, stride, stride, 1],
            padding,
            dilations=[1, dilation, dilation, 1],
        )

    return build


def _gradient(forward: Operation, which: int) -> Operation:
    """The gradient of an operation by one of its variables, without the forward run."""

    def build(make: Maker, count: int) -> Any:
        y = forward(make, count)
        x = y.op.inputs[which]
        return make.tf.gradients(y, x, grad_ys=make.normal(*y.shape.as_list()))[0]

    return build


def _depthwise(make: Maker, count: int) -> Any:
    kernel = make.normal(3, 3, 32, 1)
    pictures = _pictures(make, count, 32)
    return make.tf.nn.depthwise_conv2d(pictures, kernel, [1, 1, 1, 1], "SAME")


def _conv_transpose(make: Maker, count: int) -> Any:
    pictures = _pictures(make, count // 16, 32)
    batch, height, width, _ = pictures.shape.as_list()
    return make.tf.nn.conv2d_transpose(
        pictures,
        make.normal(3, 3, 16, 32),
        [batch, 2 * height, 2 * width, 16],
        [1, 2, 2, 1],
    )


def _conv1d(make: Maker, count: int) -> Any:
    rows = make.normal(max(1, count // 3200), 100, 32)
    return make.tf.nn.conv1d(rows, make.normal(3, 32, 32), 1, "SAME")


def _conv3d(make: Maker, count: int) -> Any:
    cubes = make.normal(max(1, count // 32768), 16, 16, 16, 8)
    kernel = make.normal(3, 3, 3, 8, 8)
    return make.tf.nn.conv3d(cubes, kernel, [1, 1, 1, 1, 1], "SAME")


def _pool(kind: str, window: int = 2, stride: int = 2) -> Operation:
    def build(make: Maker, count: int) -> Any:
        pool = getattr(make.tf.nn, kind)
        pictures = _pictures(make, count, 32)
        return pool(pictures, [1, window, window, 1], [1, stride, stride, 1], "SAME")

    return build


def _bias_add(make: Maker, count: int) -> Any:
    return make.tf.nn.bias_add(_pictures(make, count, 32), make.normal(32))


def _rows(make: Maker, count: int) -> Any:
    return make.normal(max(1, count // 100), 100)


def _softmax(name: str) -> Operation:
    return lambda make, count: getattr(make.tf.nn, name)(_rows(make, count))


def _softmax_loss(make: Maker, count: int) -> Any:
    labels = make.tf.nn.softmax(make.normal(max(1, count // 100), 100))
    return make.tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=labels, logits=_rows(make, count)
    )


def _sparse_loss(make: Maker, count: int) -> Any:
    labels = make.integers(max(1, count // 100), below=100)
    return make.tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=_rows(make, count)
    )


def _sigmoid_loss(make: Maker, count: int) -> Any:
    return make.tf.nn.sigmoid_cross_entropy_with_logits(
        labels=make.uniform(count), logits=make.normal(count)
    )


def _l2_loss(make: Maker, count: int) -> Any:
    return make.tf.nn.l2_loss(make.normal(count))


def _batch_norm(training: bool) -> Operation:
    def build(make: Maker, count: int) -> Any:
        pictures = _pictures(make, count, 32)
        scale, offset = make.uniform(32), make.normal(32)
        known = {} if training else {"mean": make.normal(32), "variance": scale}
        return make.tf.nn.fused_batch_norm(
            pictures, scale, offset, is_training=training, **known
        )[0]

    return build


def _lrn(make: Maker, count: int) -> Any:
    return make.tf.nn.local_response_normalization(_pictures(make, count, 32))


def _dropout(make: Maker, count: int) -> Any:
    return make.tf.nn.dropout(make.normal(count), rate=0.5)


def _l2_normalize(make: Maker, count: int) -> Any:
    return make.tf.nn.l2_normalize(_rows(make, count), 1)


def _moments(make: Maker, count: int) -> Any:
    return make.tf.nn.moments(_pictures(make, count, 32), [0, 1, 2])[1]


def _in_top_k(make: Maker, count: int) -> Any:
    targets = make.integers(max(1, count // 100), below=100)
    return make.tf.nn.in_top_k(_rows(make, count), targets, 5)


def _embedding(make: Maker, count: int) -> Any:
    ids = make.integers(max(1, count // 128), below=10_000)
    return make.tf.nn.embedding_lookup(make.normal(10_000, 128), ids)


def _resize(method: str) -> Operation:
    def build(make: Maker, count: int) -> Any:
        resize = getattr(make.tf.image, method)
        return resize(make.uniform(max(1, count // 12288), 32, 32, 3), [64, 64])

    return build


def _image(name: str, *args: Any) -> Operation:
    def build(make: Maker, count: int) -> Any:
        pictures = make.uniform(max(1, count // 3072), 32, 32, 3)
        return getattr(make.tf.image, name)(pictures, *args)

    return build


def _crop_and_resize(make: Maker, count: int) -> Any:
    boxes = max(1, count // 3072)
    corners = np.tile(np.array([0.1, 0.1, 0.8, 0.9], np.float32), (boxes, 1))
    which = make.held(np.zeros(boxes, np.int32))
    pictures = make.uniform(1, 64, 64, 3)
    return make.tf.image.crop_and_resize(pictures, make.held(corners), which, [32, 32])


OPERATIONS: dict[str, Operation] = {
    "conv2d 5x5, 1 to 32": _conv(5, 1, 32),
    "conv2d 5x5, 32 to 64": _conv(5, 32, 64),
    "conv2d 3x3, 32 to 32": _conv(3, 32, 32),
    "conv2d 1x1, 64 to 64": _conv(1, 64, 64),
    "conv2d 3x3, stride 2": _conv(3, 16, 32, stride=2),
    "conv2d 3x3, VALID": _conv(3, 16, 32, padding="VALID"),
    "conv2d 3x3, dilated": _conv(3, 16, 32, dilation=2),
    "conv2d 3x3, 3 to 7": _conv(3, 3, 7),
    "conv2d 5x5, input gradient": _gradient(_conv(5, 32, 64), 0),
    "conv2d 5x5, filter gradient": _gradient(_conv(5, 32, 64), 1),
    "conv2d 3x3, input gradient": _gradient(_conv(3, 32, 32), 0),
    "conv2d 3x3, filter gradient": _gradient(_conv(3, 32, 32), 1),
    "depthwise_conv2d": _depthwise,
    "depthwise_conv2d, input gradient": _gradient(_depthwise, 0),
    "depthwise_conv2d, filter gradient": _gradient(_depthwise, 1),
    "conv2d_transpose": _conv_transpose,
    "conv1d": _conv1d,
    "conv3d": _conv3d,
    "max_pool": _pool("max_pool"),
    "max_pool 3x3, stride 1": _pool("max_pool", 3, 1),
    "avg_pool": _pool("avg_pool"),
    "max_pool, gradient": _gradient(_pool("max_pool"), 0),
    "avg_pool, gradient": _gradient(_pool("avg_pool"), 0),
    "bias_add": _bias_add,
    "bias_add, bias gradient": _gradient(_bias_add, 1),
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "softmax_cross_entropy_with_logits": _softmax_loss,
    "sparse_softmax_cross_entropy_with_logits": _sparse_loss,
    "sigmoid_cross_entropy_with_logits": _sigmoid_loss,
    "l2_loss": _l2_loss,
    "fused_batch_norm, training": _batch_norm(True),
    "fused_batch_norm": _batch_norm(False),
    "local_response_normalization": _lrn,
    "dropout": _dropout,
    "l2_normalize": _l2_normalize,
    "moments": _moments,
    "in_top_k": _in_top_k,
    "embedding_lookup": _embedding,
    "resize_bilinear": _resize("resize_bilinear"),
    "resize_nearest_neighbor": _resize("resize_nearest_neighbor"),
    "resize_bicubic": _resize("resize_bicubic"),
    "crop_and_resize": _crop_and_resize,
    "flip_left_right": _image("flip_left_right"),
    "adjust_brightness": _image("adjust_brightness", 0.1),
    "adjust_contrast": _image("adjust_contrast", 2.0),
    "adjust_hue": _image("adjust_hue", 0.1),
    "rgb_to_grayscale": _image("rgb_to_grayscale"),
    "rgb_to_hsv": _image("rgb_to_hsv"),
}
