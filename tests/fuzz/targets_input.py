"""Decoders of input: records, Examples, CSV, serialized tensors, pictures, states."""

import io
import os
import tempfile
import zlib
from functools import partial
from unittest.mock import patch

import numpy as np
from PIL import Image

from interactive_graphs import errors, protos
from interactive_graphs.formats import tfrecord
from interactive_graphs.framework.dtypes import float32, int32, string
from interactive_graphs.kernels.cpu import csv_columns, examples, pictures, png, readers
from interactive_graphs.ops.tensor_codecs import tensor_in

REFUSED = (errors.InvalidArgumentError,)
DAMAGED = (errors.DataLossError,)
_FOLDER = tempfile.mkdtemp()
_RNG = np.random.default_rng(0)
PIXELS = _RNG.integers(0, 255, (9, 11, 3), dtype=np.uint8)


def _through_a_file(data, read):
    path = os.path.join(_FOLDER, "fuzzed")
    with open(path, "wb") as file:
        file.write(data)
    try:
        return read(path)
    except errors.DataLossError as error:
        assert path in error.message
        raise


def _records(data, compression=""):
    return _through_a_file(data, lambda p: list(tfrecord.records(p, compression)))


def _trusted(data):
    """Records whose checksums are taken for right, so that lengths are tried."""
    with (
        patch.object(tfrecord, "crc32c", lambda data: 0),
        patch.object(tfrecord, "unmasked", lambda stored: 0),
    ):
        return _records(data)


def _inside(compression, data):
    """Damaged records in a file that inflates as it should."""
    made = zlib.compressobj(wbits=15 if compression == "ZLIB" else 31)
    return _records(made.compress(data) + made.flush(), compression)


def _packed(compression):
    path = os.path.join(_FOLDER, "packed")
    with tfrecord.TFRecordWriter(path, compression) as writer:
        for length in (0, 3, 700):
            writer.write(b"x" * length)
    with open(path, "rb") as file:
        return file.read()


def _feature(kind, values):
    return protos.Feature(**{f"{kind}_list": {"value": values}})


_FEATURES = {
    "i": _feature("int64", [1, -2]),
    "f": _feature("float", [1.5]),
    "s": _feature("bytes", [b"abc", b""]),
}
EXAMPLE = protos.Example(features={"feature": _FEATURES}).SerializeToString()
_LISTS = {"l": {"feature": [_FEATURES["i"], _FEATURES["i"]]}}
SEQUENCE = protos.SequenceExample(
    context={"feature": _FEATURES}, feature_lists={"feature_list": _LISTS}
).SerializeToString()
_SPARSE = [("i", "int64"), ("s", "string")]
_DENSE = [
    examples.Dense("f", "float32", (1,), np.empty(0)),
    examples.Dense("i", "int64", (None, 2), np.zeros(1)),
]


def _example(data):
    return examples.parse_batch([data], [], _SPARSE, _DENSE)


def _sequence(data):
    lists = ([("l", "int64")], [])
    return examples.parse_sequence(data, b"name", (_SPARSE, _DENSE), lists, [])


def _csv(data):
    columns = [
        csv_columns.Column(np.dtype(np.int32), "int32", 0),
        csv_columns.Column(np.dtype(np.float32), "float", None),
        csv_columns.Column(np.dtype(object), "string", b""),
    ]
    return csv_columns.parse(data.split(b"\n"), columns, csv_columns.Form())


def _tensor(array, dtype):
    message = protos.TensorProto(tensor_content=array.tobytes())
    message.dtype = dtype.as_datatype_enum
    for size in array.shape:
        message.tensor_shape.dim.add(size=size)
    return message.SerializeToString()


_TEXT = protos.TensorProto(string_val=[b"a", b"bc"])
_TEXT.dtype = string.as_datatype_enum
_TEXT.tensor_shape.dim.add(size=2)


def _any_tensor(data):
    for dtype in (int32, float32, string):
        try:
            return tensor_in(data, dtype)
        except errors.InvalidArgumentError as error:
            if "Type mismatch" not in error.message:
                raise
    raise errors.InvalidArgumentError(None, None, "another dtype")


def _picture(kind, pixels=PIXELS, **options):
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, kind, **options)
    return held.getvalue()


def _animation():
    frames = [Image.fromarray(PIXELS // n).convert("P") for n in (1, 2, 3)]
    held = io.BytesIO()
    frames[0].save(held, "GIF", save_all=True, append_images=frames[1:])
    return held.getvalue()


def _state(data):
    readers.WholeFileReader("r").restore(data)


_WIDE = PIXELS.astype(np.uint16) * 257
_STATE = protos.ReaderBaseState(work_started=2, work_finished=1, current_work=b"a")

TARGETS = {
    "tfrecord": ([_packed("")], _records, DAMAGED),
    "tfrecord_behind_checksums": ([_packed("")], _trusted, DAMAGED),
    "tfrecord_in_zlib": ([_packed("")], partial(_inside, "ZLIB"), DAMAGED),
    "tfrecord_in_gzip": ([_packed("")], partial(_inside, "GZIP"), DAMAGED),
    "tfrecord_zlib": ([_packed("ZLIB")], lambda d: _records(d, "ZLIB"), DAMAGED),
    "tfrecord_gzip": ([_packed("GZIP")], lambda d: _records(d, "GZIP"), DAMAGED),
    "fixed_records_zlib": (
        [_packed("ZLIB")],
        lambda data: _through_a_file(
            data, lambda p: list(readers.fixed_records(p, 1, 3, 0, 3, "ZLIB"))
        ),
        DAMAGED,
    ),
    "example": ([EXAMPLE], _example, REFUSED),
    "sequence_example": ([SEQUENCE], _sequence, REFUSED),
    "csv": ([b'1,2.5,abc\n,1e3,"a,""b"""', b"-7,inf,"], _csv, REFUSED),
    "parse_tensor": (
        [
            _tensor(np.arange(6, dtype=np.int32).reshape(2, 3), int32),
            _tensor(np.ones(3, np.float32), float32),
            _TEXT.SerializeToString(),
        ],
        _any_tensor,
        REFUSED,
    ),
    "png": (
        [_picture("PNG"), _picture("PNG", PIXELS[..., 0]), png.encode(PIXELS, 9)],
        lambda data: pictures.decode_png(data, 0, False),
        REFUSED,
    ),
    "png_of_16_bits": (
        [png.encode(_WIDE, -1), png.encode(_WIDE[..., :1], 0)],
        lambda data: pictures.decode_png(data, 3, True),
        REFUSED,
    ),
    "jpeg": (
        [
            _picture("JPEG"),
            _picture("JPEG", PIXELS[..., 0]),
            _picture("JPEG", progressive=True),
        ],
        lambda data: pictures.decode_jpeg(data, 0),
        REFUSED,
    ),
    "jpeg_recovered": (
        [_picture("JPEG")],
        lambda data: pictures.decode_jpeg(data, 1, 2, True),
        REFUSED,
    ),
    "jpeg_shape": ([_picture("JPEG")], pictures.jpeg_shape, REFUSED),
    "gif": ([_picture("GIF"), _animation()], pictures.decode_gif, REFUSED),
    "bmp": (
        [_picture("BMP"), _picture("BMP", PIXELS[..., 0])],
        lambda data: pictures.decode_bmp(data, 0),
        REFUSED,
    ),
    "reader_state": ([_STATE.SerializeToString()], _state, REFUSED),
}
