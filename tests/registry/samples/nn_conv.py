"""Samples of convolutions and their gradients."""

import numpy as np

from tests.registry.sample import Sample

RANDOM = np.random.RandomState(20180709)
IMAGE = RANDOM.randn(1, 4, 3, 2)
FILTER = RANDOM.randn(3, 2, 2, 3)
OUTPUT = RANDOM.randn(1, 2, 3, 3)
SIZES, FILTER_SIZES = np.int32([1, 4, 3, 2]), np.int32([3, 2, 2, 3])
PLANAR = {"strides": [1, 2, 1, 1], "padding": "SAME"}

DEPTHWISE_OUTPUT = RANDOM.randn(1, 2, 3, 6)

VOLUME = RANDOM.randn(1, 2, 3, 2, 2)
CUBE = RANDOM.randn(2, 2, 1, 2, 3)
SOLID_OUTPUT = RANDOM.randn(1, 2, 2, 2, 3)
SOLID = {"strides": [1, 1, 2, 1, 1], "padding": "SAME"}

SAMPLES = [
    Sample("Conv2D", [IMAGE, FILTER], PLANAR),
    Sample("Conv2DBackpropInput", [SIZES, FILTER, OUTPUT], PLANAR),
    Sample("Conv2DBackpropFilter", [IMAGE, FILTER_SIZES, OUTPUT], PLANAR),
    Sample("DepthwiseConv2dNative", [IMAGE, FILTER], PLANAR),
    Sample(
        "DepthwiseConv2dNativeBackpropInput", [SIZES, FILTER, DEPTHWISE_OUTPUT], PLANAR
    ),
    Sample(
        "DepthwiseConv2dNativeBackpropFilter",
        [IMAGE, FILTER_SIZES, DEPTHWISE_OUTPUT],
        PLANAR,
    ),
    Sample("Conv3D", [VOLUME, CUBE], SOLID),
    Sample(
        "Conv3DBackpropInputV2", [np.int32([1, 2, 3, 2, 2]), CUBE, SOLID_OUTPUT], SOLID
    ),
    Sample(
        "Conv3DBackpropFilterV2",
        [VOLUME, np.int32([2, 2, 1, 2, 3]), SOLID_OUTPUT],
        SOLID,
    ),
]
