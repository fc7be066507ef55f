"""Samples of segment reductions."""

import numpy as np

from tests.registry.sample import Sample

ROWS = np.array([[0.4, -1.3], [2.2, -0.7], [0.9, 1.6], [-2.1, 0.3]], np.float32)
SORTED = np.array([0, 0, 2, 2], np.int32)
ANY = np.array([2, 0, -1, 2], np.int32)
PICKED = np.array([3, 1, 1, 0], np.int32)
KINDS = ("Sum", "Mean", "SqrtN")
GRAD = [ROWS[:3], PICKED, SORTED, np.int32(5)]

SAMPLES = [
    *[
        Sample(f"Segment{kind}", [ROWS, SORTED])
        for kind in ("Sum", "Mean", "Prod", "Max", "Min")
    ],
    Sample(
        "SegmentProd", [np.float32([0, 2, 0, 0]), SORTED],
        note="one zero in a segment, and two",
    ),
    *[
        Sample(f"UnsortedSegment{kind}", [ROWS, ANY, np.int32(3)])
        for kind in ("Sum", "Prod")
    ],
    # No empty segment: it holds the end of the dtype, beside which all vanishes.
    *[
        Sample(f"UnsortedSegment{kind}", [ROWS, ANY // 2, np.int32(2)])
        for kind in ("Max", "Min")
    ],
    Sample(
        "UnsortedSegmentSum", [ROWS, np.array([[1, 0], [0, 0], [1, 1], [0, 1]]), 2],
        note="a segment for each element",
    ),
    *[Sample(f"SparseSegment{kind}", [ROWS, PICKED, SORTED]) for kind in KINDS],
    *[
        Sample(
            f"SparseSegment{kind}WithNumSegments", [ROWS, PICKED, SORTED, np.int32(5)]
        )
        for kind in KINDS
    ],
    *[Sample(f"SparseSegment{kind}Grad", GRAD) for kind in KINDS[1:]],
]  # fmt: skip
