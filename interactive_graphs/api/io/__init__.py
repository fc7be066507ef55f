"""`tf.io`: files, records, examples and their codecs; queues."""

from interactive_graphs._util import missing
from interactive_graphs.api.io import gfile
from interactive_graphs.formats.tfrecord import (
    TFRecordCompressionType,
    TFRecordOptions,
    TFRecordWriter,
    tf_record_iterator,
)
from interactive_graphs.ops.data_flow import QueueBase
from interactive_graphs.ops.decode_csv import decode_csv
from interactive_graphs.ops.files import matching_files, read_file, write_file
from interactive_graphs.ops.image_codecs import (
    decode_and_crop_jpeg,
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
    encode_jpeg,
    encode_png,
    extract_jpeg_shape,
)
from interactive_graphs.ops.image_kind import (
    is_jpeg,
)
from interactive_graphs.ops.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    SparseFeature,
    VarLenFeature,
    parse_example,
    parse_single_example,
    parse_single_sequence_example,
)
from interactive_graphs.ops.queue_kinds import (
    PaddingFIFOQueue,
    PriorityQueue,
    RandomShuffleQueue,
)
from interactive_graphs.ops.sparse_serialize import (
    deserialize_many_sparse,
    serialize_many_sparse,
    serialize_sparse,
)
from interactive_graphs.ops.string_codes import (
    decode_base64,
    decode_raw,
    encode_base64,
)
from interactive_graphs.ops.tensor_codecs import (
    decode_compressed,
    parse_tensor,
    serialize_tensor,
)
from interactive_graphs.train.graph_io import write_graph
from interactive_graphs.train.input import match_filenames_once

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "PaddingFIFOQueue",
    "PriorityQueue",
    "QueueBase",
    "RandomShuffleQueue",
    "SparseFeature",
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "VarLenFeature",
    "decode_and_crop_jpeg",
    "decode_base64",
    "decode_bmp",
    "decode_compressed",
    "decode_csv",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "decode_raw",
    "deserialize_many_sparse",
    "encode_base64",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "gfile",
    "is_jpeg",
    "match_filenames_once",
    "matching_files",
    "parse_example",
    "parse_single_example",
    "parse_single_sequence_example",
    "parse_tensor",
    "read_file",
    "serialize_many_sparse",
    "serialize_sparse",
    "serialize_tensor",
    "tf_record_iterator",
    "write_file",
    "write_graph",
]

__getattr__ = missing.unknown("tf.io", __name__)
