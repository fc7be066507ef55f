"""MNIST: digits, 28 by 28.

Read next: `files.py`.
"""

from __future__ import annotations

import numpy as np

from interactive_graphs.examples.keras_datasets import files

Pair = tuple[np.ndarray, np.ndarray]


def load_data(path: str = "mnist.npz") -> tuple[Pair, Pair]:
    """The digits, from `~/.keras/datasets/mnist.npz`.

    Args:
        path: of the file, relative to that directory.

    Returns:
        (images, labels) for training and for tests; uint8, `[examples, 28, 28]` and
        `[examples]`.

    Raises:
        FileNotFoundError: the file is not there; the message says where to put it.
        ValueError: it is another file.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = files.arrays(path, *names)
    return (x_train, y_train), (x_test, y_test)
