"""Samples of assertions, printing and Python functions."""

import numpy as np

from tests.registry.sample import Sample

X = np.array([0.4, -1.3], np.float32)
PYTHON = "needs a registered function; see tests/ops/test_script.py"

SAMPLES = [
    Sample("Assert", [np.array(True), [X]]),
    Sample(
        "Print",
        [X, [X, np.array([b"a"], object)]],
        {"message": "m"},
        differentiable=[0],
    ),
    Sample("CheckNumerics", [X], {"message": "m"}),
    Sample("PyFunc", run=False, note=PYTHON),
    Sample("PyFuncStateless", run=False, note=PYTHON),
]
