"""Samples of values as text."""

import numpy as np

from tests.registry.sample import Sample

SAMPLES = [
    Sample(
        "StringFormat",
        [[np.arange(9), np.float32(0.5)]],
        {"template": "%s and %s", "placeholder": "%s"},
    ),
    Sample("PrintV2", [np.array(b"", object)], {"end": ""}),
]
