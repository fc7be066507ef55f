"""`tf.python_io`: TFRecord files without a graph."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.formats.tfrecord import (
    TFRecordCompressionType,
    TFRecordOptions,
    TFRecordWriter,
    tf_record_iterator,
)

__all__ = [
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "tf_record_iterator",
]

__getattr__ = _missing.unknown("tf.python_io", __name__)
