"""Samples of the ops that read files, and take records and pictures apart."""

import io

import numpy as np
from PIL import Image

from interactive_graphs import protos
from interactive_graphs.framework import raw
from interactive_graphs.kernels.cpu import png
from tests.registry.sample import Sample

READERS = "reads what a queue names; see tests/ops/test_files.py"
FILES = "reads and writes files; see tests/ops/test_files.py"
MAPS = "needs a map of the session; see tests/train/test_input.py"


def one(data):
    return np.array(data, object)


def many(*words):
    return np.array(words, object)


def reader():
    return raw.WholeFileReaderV2()


def picture(kind):
    held = io.BytesIO()
    Image.fromarray(PIXELS).save(held, kind)
    return one(held.getvalue())


def ints(*values):
    return protos.Feature(int64_list=protos.Int64List(value=values))


PIXELS = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
FEATURES = protos.Features(feature={"a": ints(1), "b": ints(1, 2)})
EXAMPLE = protos.Example(features=FEATURES).SerializeToString()
LISTS = {"l": protos.FeatureList(feature=[ints(1), ints(2)])}
SEQUENCE = protos.SequenceExample(
    context=FEATURES, feature_lists=protos.FeatureLists(feature_list=LISTS)
).SerializeToString()
TENSOR = protos.TensorProto(int_val=[7])
TENSOR.dtype = 3
TENSOR.tensor_shape.SetInParent()
NOTHING = np.empty(0, np.int64)

# TensorFlow's own choice is a quicker way, whose pixels differ by a few.
ACCURATE = {"dct_method": "INTEGER_ACCURATE"}

SAMPLES = [
    *(
        Sample(name, run=False, note=READERS)
        for name in (
            "TextLineReaderV2 IdentityReaderV2 TFRecordReaderV2 ReaderReadV2 "
            "FixedLengthRecordReaderV2 WholeFileReaderV2 ReaderRestoreStateV2"
        ).split()
    ),
    Sample(
        "ReaderReadUpToV2",
        [
            reader,
            lambda: raw.FIFOQueueV2(component_types=["string"], shapes=[[]]),
            np.int64(0),
        ],
    ),
    Sample("ReaderNumRecordsProducedV2", [reader]),
    Sample("ReaderNumWorkUnitsCompletedV2", [reader]),
    Sample("ReaderSerializeStateV2", [reader]),
    Sample("ReaderResetV2", [reader]),
    Sample("ReadFile", run=False, note=FILES),
    Sample("WriteFile", run=False, note=FILES),
    Sample("MatchingFiles", [one(b"no such file*")]),
    Sample(
        "AddSparseToTensorsMap",
        [np.int64([[0]]), np.float32([1.0]), np.int64([3])],
    ),
    Sample(
        "AddManySparseToTensorsMap",
        [np.int64([[0, 1]]), np.float32([1.0]), np.int64([2, 3])],
    ),
    Sample("TakeManySparseFromTensorsMap", run=False, note=MAPS),
    Sample(
        "DecodeCSV",
        [many(b"1,a", b",b"), [np.int32([0]), many(b"?")]],
    ),
    Sample(
        "ParseExample",
        [many(EXAMPLE, EXAMPLE), many(), [one(b"b")], [one(b"a")], [NOTHING]],
        {"sparse_types": ["int64"], "dense_shapes": [[]]},
    ),
    Sample(
        "ParseSingleExample",
        [one(EXAMPLE), [NOTHING]],
        {
            "num_sparse": 1,
            "sparse_keys": ["b"],
            "dense_keys": ["a"],
            "sparse_types": ["int64"],
            "dense_shapes": [[]],
        },
    ),
    Sample(
        "ParseSingleSequenceExample",
        [
            one(SEQUENCE),
            many(),
            [one(b"b")],
            [one(b"a")],
            [one(b"l")],
            [one(b"l")],
            [NOTHING],
            one(b""),
        ],
        {
            "context_sparse_types": ["int64"],
            "feature_list_dense_types": ["int64"],
            "context_dense_shapes": [[]],
            "feature_list_sparse_types": ["int64"],
            "feature_list_dense_shapes": [[]],
        },
    ),
    Sample("ParseTensor", [one(TENSOR.SerializeToString())], {"out_type": "int32"}),
    Sample("SerializeTensor", [np.float32([1.0, 2.0])]),
    Sample("DecodeCompressed", [many(b"as it is")]),
    Sample("DecodePng", [one(png.encode(PIXELS, -1))], {"channels": 3}),
    Sample("DecodeJpeg", [picture("JPEG")], {"channels": 1, **ACCURATE}),
    Sample("DecodeAndCropJpeg", [picture("JPEG"), np.int32([1, 1, 2, 3])], ACCURATE),
    Sample("DecodeGif", [picture("GIF")]),
    Sample("DecodeBmp", [picture("BMP")]),
    Sample("DecodeImage", [picture("BMP")]),
    Sample("EncodePng", [PIXELS]),
    Sample("EncodeJpeg", [PIXELS]),
    Sample("ExtractJpegShape", [picture("JPEG")]),
]
