"""`tf.contrib.data`: transformations of datasets, for `Dataset.apply`.

The classes were here before TensorFlow 1.4, and code of that time asks for them here.
"""

from interactive_graphs._util import missing as _missing
from interactive_graphs.data.csv_dataset import make_csv_dataset
from interactive_graphs.data.dataset import Dataset
from interactive_graphs.data.experimental import (
    Counter,
    RandomDataset,
    batch_and_drop_remainder,
    bucket_by_sequence_length,
    choose_from_datasets,
    dense_to_sparse_batch,
    enumerate_dataset,
    get_single_element,
    group_by_window,
    ignore_errors,
    map_and_batch,
    padded_batch_and_drop_remainder,
    parallel_interleave,
    sample_from_datasets,
    scan,
    shuffle_and_repeat,
    sliding_window_batch,
    unbatch,
)
from interactive_graphs.data.iterator import Iterator
from interactive_graphs.data.readers import (
    CsvDataset,
    FixedLengthRecordDataset,
    TextLineDataset,
    TFRecordDataset,
)

__all__ = [
    "Counter",
    "CsvDataset",
    "Dataset",
    "FixedLengthRecordDataset",
    "Iterator",
    "RandomDataset",
    "TFRecordDataset",
    "TextLineDataset",
    "batch_and_drop_remainder",
    "bucket_by_sequence_length",
    "choose_from_datasets",
    "dense_to_sparse_batch",
    "enumerate_dataset",
    "get_single_element",
    "group_by_window",
    "ignore_errors",
    "make_csv_dataset",
    "map_and_batch",
    "padded_batch_and_drop_remainder",
    "parallel_interleave",
    "sample_from_datasets",
    "scan",
    "shuffle_and_repeat",
    "sliding_window_batch",
    "unbatch",
]

__getattr__ = _missing.unknown("tf.contrib.data", __name__)
