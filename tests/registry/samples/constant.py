"""Samples of the ops that start a graph or pass a value on."""

import numpy as np

from tests.registry.sample import Sample

X = np.array([[0.4, -1.3], [2.2, -0.7]], np.float32)
WORDS = np.array([b"a", b"bc"], object)

SAMPLES = [
    Sample("Const", [], {"value": X, "dtype": "float32"}),
    Sample("Const", [], {"value": WORDS, "dtype": "string"}),
    Sample("Fill", [np.int32([2, 3]), np.float32(1.5)]),
    Sample("Fill", [np.int32([]), b"word"]),
    Sample("Identity", [X]),
    Sample("Identity", [WORDS]),
    Sample("IdentityN", [[X, np.int32(3)]]),
    Sample("NoOp"),
    Sample("OnesLike", [X]),
    Sample("ZerosLike", [X]),
    Sample("ZerosLike", [WORDS]),
    Sample("Placeholder", run=False, note="has no value; see tests/client"),
    Sample("PlaceholderWithDefault", [X], {"shape": (None, 2)}),
    Sample("PreventGradient", [X], {"message": "no"}, differentiable=[]),
    Sample("StopGradient", [X]),
]
