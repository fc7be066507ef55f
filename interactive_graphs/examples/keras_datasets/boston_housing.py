"""Boston housing: prices of houses, with thirteen numbers about each.

Read next: `files.py`.
"""

from __future__ import annotations

import numpy as np

from interactive_graphs.examples.keras_datasets import files

Pair = tuple[np.ndarray, np.ndarray]


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Pair, Pair]:
    """The houses, from `~/.keras/datasets/boston_housing.npz`.

    Args:
        path: of the file, relative to that directory.
        test_split: the share that is kept for tests.
        seed: of the order.

    Returns:
        (numbers, prices) for training and for tests; float64, `[houses, 13]` and
        `[houses]`.

    Raises:
        FileNotFoundError: the file is not there; the message says where to put it.
        ValueError: it is another file, or the share is none.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split must be in [0, 1), not {test_split}")
    x, y = files.arrays(path, "x", "y")
    order = np.random.RandomState(seed).permutation(len(x))
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
