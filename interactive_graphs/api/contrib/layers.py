"""`tf.contrib.layers`: layers, initializers and regularizers, the basics."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.layers.contrib_layers import (
    conv2d_transpose,
    convolution,
    fully_connected,
    separable_conv2d,
    variance_scaling_initializer,
    xavier_initializer,
)
from interactive_graphs.layers.contrib_normalization import batch_norm, layer_norm
from interactive_graphs.layers.contrib_simple import (
    avg_pool2d,
    dropout,
    embed_sequence,
    flatten,
    linear,
    max_pool2d,
    one_hot_encoding,
    repeat,
    softmax,
    stack,
)
from interactive_graphs.layers.regularizers import (
    apply_regularization,
    l1_l2_regularizer,
    l1_regularizer,
    l2_regularizer,
    sum_regularizer,
)
from interactive_graphs.train.optimize_loss import OPTIMIZER_CLS_NAMES, optimize_loss

# Other names of the same.
conv1d = conv2d = conv3d = convolution1d = convolution2d = convolution3d = convolution
convolution2d_transpose = conv2d_transpose
separable_convolution2d = separable_conv2d
relu = fully_connected
xavier_initializer_conv2d = xavier_initializer

__all__ = [
    "OPTIMIZER_CLS_NAMES",
    "apply_regularization",
    "avg_pool2d",
    "batch_norm",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "convolution",
    "convolution1d",
    "convolution2d",
    "convolution2d_transpose",
    "convolution3d",
    "dropout",
    "embed_sequence",
    "flatten",
    "fully_connected",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "layer_norm",
    "linear",
    "max_pool2d",
    "one_hot_encoding",
    "optimize_loss",
    "relu",
    "repeat",
    "separable_conv2d",
    "separable_convolution2d",
    "softmax",
    "stack",
    "sum_regularizer",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]

__getattr__ = _missing.unknown("tf.contrib.layers", __name__)
