"""Samples of the candidate samplers."""

import numpy as np

from tests.registry.sample import Sample

TRUE = np.array([[0, 1], [3, 3]])
ATTRS = {"num_true": 2, "num_sampled": 3, "unique": True, "range_max": 5, "seed": 1}
SAMPLES = [
    *(
        Sample(f"{name}CandidateSampler", [TRUE], ATTRS)
        for name in ("Uniform", "LogUniform", "LearnedUnigram", "ThreadUnsafeUnigram")
    ),
    Sample(
        "FixedUnigramCandidateSampler",
        [TRUE],
        {**ATTRS, "unigrams": [1.0, 2.0, 3.0, 4.0, 5.0], "distortion": 0.75},
    ),
    Sample(
        "AllCandidateSampler", [TRUE], {"num_true": 2, "num_sampled": 3, "unique": True}
    ),
    Sample("ComputeAccidentalHits", [TRUE, np.array([3, 0, 3, 7])], {"num_true": 2}),
]
