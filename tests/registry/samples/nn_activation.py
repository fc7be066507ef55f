"""Samples of activations and their gradients, away from corners."""

import numpy as np

from tests.registry.sample import Sample

X = np.array([-2.5, -0.7, 0.3, 1.9, 4.4, 6.8])
DY = np.array([1.0, -2.0, 0.5, 3.0, -0.1, 2.0])
# What elu and selu give: not below the asymptote.
Y = np.array([-0.9, -0.4, 0.3, 1.9, 4.4, 6.8])

SAMPLES = [
    *(
        Sample(name, [X])
        for name in ("Relu", "Relu6", "Elu", "Selu", "Softplus", "Softsign")
    ),
    *(
        Sample(name, [DY, X])
        for name in ("ReluGrad", "Relu6Grad", "SoftplusGrad", "SoftsignGrad")
    ),
    Sample("EluGrad", [DY, Y]),
    Sample("SeluGrad", [DY, Y]),
    Sample("LeakyRelu", [X], {"alpha": 0.3}),
    Sample("LeakyReluGrad", [DY, X], {"alpha": 0.3}),
]
