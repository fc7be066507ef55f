"""MNIST as the tutorials read it: `input_data.read_data_sets("MNIST_data")`.

The four files must be in the directory already; nothing is downloaded.

Read next: `../../../formats/idx.py`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from interactive_graphs.formats import idx
from interactive_graphs.framework.dtypes import as_dtype, float32, uint8
from interactive_graphs.framework.seed import get_seed

__all__ = ["DataSet", "Datasets", "dense_to_one_hot", "read_data_sets"]

DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


class DataSet:
    """Images with labels, given out batch by batch.

    Args:
        images: uint8, `[examples, rows, columns, 1]`.
        labels: `[examples]`, or `[examples, classes]`.
        fake_data: makes all examples alike, without files.
        one_hot: the form of the labels of fake data.
        dtype: tf.float32 brings pixels into 0..1, tf.uint8 leaves them.
        reshape: whether to give an image as a vector.
        seed: of the order of the examples; the graph's when None.

    Raises:
        TypeError: the dtype is another one.
        ValueError: there are not as many labels as images.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        """See the class."""
        wanted = as_dtype(dtype).base_dtype
        if wanted not in (uint8, float32):
            raise TypeError(
                f"Invalid image dtype {wanted!r}, expected uint8 or float32"
            )
        first, second = get_seed(seed)
        self._random = np.random.RandomState(first if seed is None else second)
        self.one_hot = one_hot
        self._fake = fake_data
        if fake_data:
            self._num_examples = 10000
        else:
            if images.shape[0] != labels.shape[0]:
                raise ValueError(
                    f"images.shape: {images.shape} labels.shape: {labels.shape}"
                )
            self._num_examples = images.shape[0]
            if reshape:
                images = images.reshape(len(images), math.prod(images.shape[1:]))
            if wanted is float32:
                images = np.multiply(images.astype(np.float32), 1.0 / 255.0)
        self._images = images
        self._labels = labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self) -> Any:
        """All images, in the order of the present epoch."""
        return self._images

    @property
    def labels(self) -> Any:
        """All labels, in that order."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many there are."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How often all were given out."""
        return self._epochs_completed

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Any, Any]:
        """The next examples.

        Args:
            batch_size: how many.
            fake_data: gives lists of ones.
            shuffle: whether each epoch has an order of its own.

        Returns:
            Images and labels.
        """
        if fake_data or self._fake:
            label: Any = [1] + [0] * 9 if self.one_hot else 0
            return [[1] * 784] * batch_size, [label] * batch_size
        start = self._index_in_epoch
        if shuffle and start == 0 and self._epochs_completed == 0:
            self._shuffle()
        if start + batch_size <= self._num_examples:
            self._index_in_epoch = end = start + batch_size
            return self._images[start:end], self._labels[start:end]
        # The rest of this epoch, and the beginning of the next.
        self._epochs_completed += 1
        rest = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        self._index_in_epoch = end = batch_size - (self._num_examples - start)
        return (
            np.concatenate((rest[0], self._images[:end])),
            np.concatenate((rest[1], self._labels[:end])),
        )

    def _shuffle(self) -> None:
        order = self._random.permutation(self._num_examples)
        self._images, self._labels = self._images[order], self._labels[order]


class Datasets(NamedTuple):
    """What `read_data_sets` gives."""

    train: DataSet
    validation: DataSet
    test: DataSet


def dense_to_one_hot(labels_dense: Any, num_classes: int) -> np.ndarray:
    """Class numbers as vectors with one 1.

    Args:
        labels_dense: `[examples]`.
        num_classes: how many there are.

    Returns:
        float64, `[examples, num_classes]`.
    """
    rows: np.ndarray = np.eye(num_classes)[np.asarray(labels_dense)]
    return rows


def read_data_sets(
    train_dir: str,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """MNIST's examples, from the four files in a directory.

    Args:
        train_dir: the directory.
        fake_data: gives examples that are all alike, without files.
        one_hot: whether labels are vectors with one 1.
        dtype: tf.float32 brings pixels into 0..1, tf.uint8 leaves them.
        reshape: whether to give an image as a vector.
        validation_size: how many of the examples for training are kept apart.
        seed: of the order of the examples; the graph's when None.
        source_url: where the files can be had; named where one is missing.

    Returns:
        DataSets `train`, `validation` and `test`.

    Raises:
        FileNotFoundError: a file is not there; the message says which and whence.
        ValueError: a file is none of MNIST's, or `validation_size` is out of range.
    """
    if fake_data:
        fake = [
            DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed)
            for _ in range(3)
        ]
        return Datasets(*fake)
    parts = [
        idx.decode(
            _bytes_of(train_dir, name, source_url),
            idx.IMAGES if "images" in name else idx.LABELS,
            str(Path(train_dir) / name),
        )
        for name in _FILES
    ]
    images, labels, test_images, test_labels = parts
    if one_hot:
        labels, test_labels = (dense_to_one_hot(y, 10) for y in (labels, test_labels))
    if not 0 <= validation_size <= len(images):
        raise ValueError(
            f"Validation size should be between 0 and {len(images)}. Received: "
            f"{validation_size}."
        )
    options: dict[str, Any] = {"dtype": dtype, "reshape": reshape, "seed": seed}
    return Datasets(
        DataSet(images[validation_size:], labels[validation_size:], **options),
        DataSet(images[:validation_size], labels[:validation_size], **options),
        DataSet(test_images, test_labels, **options),
    )


def _bytes_of(directory: str, name: str, source_url: str) -> bytes:
    path = Path(directory) / name
    for candidate in (path, path.with_suffix("")):
        if candidate.is_file():
            return candidate.read_bytes()
    raise FileNotFoundError(
        f"No file {path}. interactive_graphs downloads nothing: put the four files of "
        f"MNIST there ({', '.join(_FILES)}), as they are at {source_url}"
    )
