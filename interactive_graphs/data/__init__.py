"""`tf.data`: sequences of elements for training, made in steps.

Read next: `dataset.py`.
"""

from interactive_graphs.data import experimental
from interactive_graphs.data.dataset import Dataset
from interactive_graphs.data.iterator import Iterator
from interactive_graphs.data.readers import (
    FixedLengthRecordDataset,
    TextLineDataset,
    TFRecordDataset,
)

__all__ = [
    "Dataset",
    "FixedLengthRecordDataset",
    "Iterator",
    "TFRecordDataset",
    "TextLineDataset",
    "experimental",
]
