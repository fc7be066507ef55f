"""Decoders of short strings: numbers, Base64, raw bytes, slices, devices, Snappy."""

import zlib

import numpy as np

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.formats import snappy
from interactive_graphs.formats.tensor_slice import parse_shape_and_slice
from interactive_graphs.kernels.cpu import text

REFUSED = (errors.InvalidArgumentError,)
NUMBERS = [np.dtype(kind) for kind in (np.int32, np.int64, np.float32, np.float64)]
GRAPH = tf.Graph()
with GRAPH.as_default():
    GIVEN = tf.placeholder(tf.string, [None])
    UNPACKED = {kind: tf.decode_compressed(GIVEN, kind) for kind in ("ZLIB", "GZIP")}
    PARTS = [
        tf.string_split(GIVEN, ", ", skip_empty=False).values,
        tf.regex_replace(GIVEN, "([a-z]+)=([0-9]*)", r"\2:\1"),
        tf.substr(GIVEN, 0, 3),
        tf.string_to_hash_bucket_fast(GIVEN, 10),
        tf.string_to_hash_bucket_strong(GIVEN, 10, [1, 2]),
        tf.encode_base64(GIVEN),
    ]
SESSION = tf.Session(graph=GRAPH)


def number(data):
    found = [text.number_in(data, dtype) for dtype in NUMBERS]
    return [text.to_number(data, dtype) for dtype in NUMBERS], found


def raw_bytes(data):
    texts = np.array([data], object)
    return [text.decode_raw(texts, dtype, True) for dtype in NUMBERS]


def unpack(kind):
    return lambda data: SESSION.run(UNPACKED[kind], {GIVEN: [data]})


def pieces(data):
    return SESSION.run(PARTS, {GIVEN: [data, b"a", data[:3]]})


def shape_and_slice(data):
    try:
        words = data.decode()
    except UnicodeDecodeError as error:
        raise errors.InvalidArgumentError(None, None, str(error)) from None
    shape, part = parse_shape_and_slice(words)
    return part.bounds(shape), part.key("name")


def device(data):
    words = data.decode(errors="replace")
    spec = tf.DeviceSpec.from_string(words)
    with tf.Graph().as_default(), tf.device("/job:a"), tf.device(words):
        return spec.to_string(), tf.constant(1).device


def pack(kind):
    made = zlib.compressobj(wbits=15 if kind == "ZLIB" else 31)
    return made.compress(b"abc" * 500) + made.flush()


COPIES = bytes([8, 0b0100, 97, 98, 0b1001, 2])
LITERAL = bytes([103, 60 << 2, 98]) + b"x" * 99 + bytes([0b0001, 1])

TARGETS = {
    "number": ([b"12", b" -7 ", b"1", b"0", b"+33"], number, REFUSED),
    "base64": ([b"YWJj", b"YQ==", b"_-8"], text.decode_base64, REFUSED),
    "raw": ([bytes(16), bytes(range(24)), b""], raw_bytes, REFUSED),
    "compressed_zlib": (
        [pack("ZLIB")],
        unpack("ZLIB"),
        (errors.DataLossError,),
    ),
    "compressed_gzip": (
        [pack("GZIP")],
        unpack("GZIP"),
        (errors.DataLossError,),
    ),
    "strings": ([b"a=1, b=22", "ä, ö=3".encode(), b""], pieces, REFUSED),
    "shape_and_slice": ([b"7 2 0,3:-", b"2 3 -:1,2", b"5 -"], shape_and_slice, REFUSED),
    "device": (
        [b"/job:w/task:1/cpu:0", b"/device:GPU:*", b"/replica:3"],
        device,
        (ValueError, TypeError),
    ),
    "snappy": ([COPIES, LITERAL], snappy.decompress, (ValueError,)),
}
