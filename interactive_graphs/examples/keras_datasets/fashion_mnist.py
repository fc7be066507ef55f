"""Fashion-MNIST: clothes, 28 by 28.

Read next: `mnist.py`.
"""

from __future__ import annotations

import numpy as np

from interactive_graphs.examples.keras_datasets import files
from interactive_graphs.formats import idx

Pair = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Pair, Pair]:
    """The clothes, from the four idx files in `~/.keras/datasets/fashion-mnist`.

    Returns:
        (images, labels) for training and for tests; uint8, `[examples, 28, 28]` and
        `[examples]`.

    Raises:
        FileNotFoundError: a file is not there; the message says where to put it.
        ValueError: a file is another one.
    """

    def read(name: str, magic: int) -> np.ndarray:
        path = files.find(f"fashion-mnist/{name}", "the file of Fashion-MNIST")
        return idx.decode(path.read_bytes(), magic, str(path))

    def pair(part: str) -> Pair:
        images = read(f"{part}-images-idx3-ubyte.gz", idx.IMAGES)
        return images[..., 0], read(f"{part}-labels-idx1-ubyte.gz", idx.LABELS)

    return pair("train"), pair("t10k")
