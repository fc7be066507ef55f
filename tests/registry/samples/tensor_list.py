"""Samples of the ops of tensor lists."""

import numpy as np

from interactive_graphs.framework import raw
from tests.registry.sample import Sample

X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
GIVES_A_LIST = "a list cannot be fetched; see tests/ops/test_tensor_list.py"
ANY = np.int32(-1)


def of_two():
    empty = raw.EmptyTensorList(-1, -1, element_dtype="float32")
    one = raw.TensorListPushBack(empty, X[:1])
    return raw.TensorListPushBack(one, X[1:])


SAMPLES = [
    Sample("TensorListLength", [of_two]),
    Sample(
        "TensorListConcatV2",
        [of_two, ANY, np.zeros(0, np.int64)],
        {"element_dtype": "float32"},
    ),
    *(
        Sample(name, run=False, note=GIVES_A_LIST)
        for name in (
            "EmptyTensorList TensorListPushBack TensorListPopBack TensorListSplit"
        ).split()
    ),
]
