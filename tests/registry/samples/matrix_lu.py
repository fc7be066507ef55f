"""A sample of triangular factors."""

import numpy as np

from tests.registry.sample import Sample

MATRICES = np.random.RandomState(7).randn(2, 3, 3)

SAMPLES = [Sample("Lu", [MATRICES], differentiable=[], note="no gradient, as in TF1")]
