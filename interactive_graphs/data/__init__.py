"""`tf.data`: sequences of elements for training, made in steps.

Read next: `dataset.py`.
"""

from interactive_graphs._util import missing as _missing
from interactive_graphs.data import experimental
from interactive_graphs.data.dataset import (
    Dataset,
    get_output_classes,
    get_output_shapes,
    get_output_types,
    make_initializable_iterator,
    make_one_shot_iterator,
)
from interactive_graphs.data.iterator import Iterator
from interactive_graphs.data.readers import (
    FixedLengthRecordDataset,
    TextLineDataset,
    TFRecordDataset,
)

# What a size may be that is not known: as many as serves, without end, or unknown.
AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "FixedLengthRecordDataset",
    "Iterator",
    "TFRecordDataset",
    "TextLineDataset",
    "experimental",
    "get_output_classes",
    "get_output_shapes",
    "get_output_types",
    "make_initializable_iterator",
    "make_one_shot_iterator",
]

__getattr__ = _missing.unknown("tf.data", __name__)
