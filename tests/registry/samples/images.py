"""Samples of the ops on images."""

import numpy as np

from tests.registry.sample import Sample

RNG = np.random.default_rng(3)


def images(*shape):
    return RNG.random(shape).astype(np.float32)


IMAGES = images(2, 3, 4, 2)
COLOURS = images(2, 3, 4, 3)
SIZE = np.int32([5, 3])
# Inside and in general position: at a pixel's centre the slope changes.
BOXES = np.float32([[0.11, 0.22, 0.83, 0.74], [0.31, 0.12, 0.63, 0.94]])
WHICH = np.int32([1, 0])
SCORES = np.float32([0.3, 0.9])
ONE = np.int32(1)
HALF = np.float32(0.5)

SAMPLES = [
    *[
        # The result is float32, so difference quotients are rough.
        Sample(name, [IMAGES, SIZE], attrs, tolerance=2e-2)
        for name in ("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic")
        for attrs in ({}, {"align_corners": True}, {"half_pixel_centers": True})
    ],
    Sample("ResizeArea", [IMAGES, SIZE]),
    Sample("ResizeBilinearGrad", [images(2, 5, 3, 2), IMAGES], differentiable=[0]),
    Sample("ResizeBicubicGrad", [images(2, 5, 3, 2), IMAGES], differentiable=[0]),
    Sample("ResizeNearestNeighborGrad", [images(2, 5, 3, 2), np.int32([3, 4])]),
    Sample("RGBToHSV", [COLOURS]),
    Sample("HSVToRGB", [COLOURS]),
    Sample("AdjustContrastv2", [COLOURS, HALF]),
    Sample("AdjustHue", [COLOURS, HALF]),
    Sample("AdjustSaturation", [COLOURS, HALF]),
    Sample("CropAndResize", [IMAGES, BOXES, WHICH, SIZE]),
    Sample(
        "CropAndResizeGradImage",
        [images(2, 5, 3, 2), BOXES, WHICH, np.int32([2, 3, 4, 2])],
        {"T": "float32"},
    ),
    Sample("CropAndResizeGradBoxes", [images(2, 5, 3, 2), IMAGES, BOXES, WHICH]),
    Sample("NonMaxSuppression", [BOXES, SCORES, ONE]),
    Sample("NonMaxSuppressionV2", [BOXES, SCORES, ONE, HALF]),
    Sample("NonMaxSuppressionV3", [BOXES, SCORES, ONE, HALF, HALF]),
    Sample("DrawBoundingBoxes", [COLOURS, images(2, 1, 4)]),
    Sample("SampleDistortedBoundingBoxV2", [np.int32([9, 9, 3]), BOXES[None], HALF]),
    Sample(
        "ExtractImagePatches",
        [IMAGES],
        {
            "ksizes": [1, 2, 3, 1],
            "strides": [1, 1, 2, 1],
            "rates": [1, 1, 1, 1],
            "padding": "SAME",
        },
    ),
    Sample("ExtractGlimpse", [IMAGES, np.int32([2, 2]), np.zeros([2, 2], np.float32)]),
]
