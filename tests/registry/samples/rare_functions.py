"""Samples of inverses, products without NaN and running sums of exponentials."""

import numpy as np

from tests.registry.sample import Sample

UNIT = np.array([[0.2, -0.7], [0.05, 0.9]])
ROW = np.array([0.5, 1.5])

SAMPLES = [
    Sample("Erfinv", [UNIT]),
    Sample("Ndtri", [(UNIT + 1) / 2]),
    Sample("Xlog1py", [UNIT, ROW]),
    Sample("MulNoNan", [UNIT, ROW]),
    Sample("NextAfter", [UNIT, ROW], differentiable=[], note="a step of one in 1e16"),
    Sample("CumulativeLogsumexp", [UNIT, np.int32(1)], {"exclusive": False}),
]
