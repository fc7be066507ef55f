"""Samples of the ops of TensorArrays."""

import numpy as np

from interactive_graphs.framework import raw
from tests.registry.sample import Sample

ARRAYS = "needs an array that was written; see tests/ops/test_tensor_array.py"

X = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
FLOW = np.float32(0)


def array():
    return raw.TensorArrayV3(2, dtype="float32")[0]


SAMPLES = [
    Sample("TensorArrayWriteV3", [array, np.int32(1), X, FLOW], differentiable=[]),
    Sample(
        "TensorArrayScatterV3", [array, np.int32([1, 0]), X, FLOW], differentiable=[]
    ),
    Sample("TensorArraySplitV3", [array, X, np.int64([1, 1]), FLOW], differentiable=[]),
    Sample("TensorArraySizeV3", [array, FLOW]),
    Sample("TensorArrayCloseV3", [array]),
    *(
        Sample(f"TensorArray{name}", run=False, note=ARRAYS)
        for name in "V3 GradV3 GradWithShape ReadV3 GatherV3 ConcatV3".split()
    ),
]
