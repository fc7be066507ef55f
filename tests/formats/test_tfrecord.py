"""TFRecord files: what is written, what is read, and what is wrong with a file."""

import struct
import tracemalloc
import zlib

import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.formats.crc32c import crc32c, masked
from interactive_graphs.formats.tfrecord import RecordReader, frame

RECORDS = [b"abc", b"", b"x" * 1000]
# Of b"abc", as TensorFlow writes it.
FRAMED = bytes.fromhex("0300000000000000 b099490e 616263 6e57f121")
COMPRESSIONS = ["", "ZLIB", "GZIP"]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.tfrecord")


def write(path, records=RECORDS, options=None):
    with tf.python_io.TFRecordWriter(path, options) as writer:
        for record in records:
            writer.write(record)
    with open(path, "rb") as file:
        return file.read()


def read(path, data=None, options=None):
    if data is not None:
        with open(path, "wb") as file:
            file.write(data)
    return list(tf.python_io.tf_record_iterator(path, options))


def message(path, data, options=None):
    with pytest.raises(errors.DataLossError) as caught:
        read(path, data, options)
    assert caught.value.message.endswith(f" in file '{path}'")
    return caught.value.message.removesuffix(f" in file '{path}'")


def test_the_bytes_are_tensorflows(path):
    assert frame(b"abc") == FRAMED
    assert write(path, [b"abc"]) == FRAMED


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_was_written_is_read(path, compression):
    options = tf.python_io.TFRecordOptions(compression)
    write(path, options=options)
    assert read(path, options=options) == RECORDS
    assert read(path, options=compression) == RECORDS


@pytest.mark.parametrize("wbits", [15, 31])
def test_compressed_files_are_zlibs(path, wbits):
    kinds = tf.python_io.TFRecordCompressionType
    kind = kinds.ZLIB if wbits == 15 else kinds.GZIP
    data = write(path, options=tf.python_io.TFRecordOptions(kind))
    assert zlib.decompress(data, wbits) == b"".join(map(frame, RECORDS))
    # One stream after another, as `cat` makes them.
    assert read(path, data + data, tf.python_io.TFRecordOptions(kind)) == RECORDS * 2


def test_many_large_records_come_through_a_compressor(path):
    records = [bytes([i]) * (i * 7919) for i in range(100)]
    write(path, records, "GZIP")
    assert read(path, options="GZIP") == records


def test_the_level_of_compression_is_the_options(path):
    options = tf.python_io.TFRecordOptions("ZLIB", compression_level=0)
    assert len(write(path, options=options)) > 1000
    assert len(write(path, options="ZLIB")) < 100


def test_offsets_count_from_the_start(path):
    write(path)
    reader = RecordReader(path)
    offsets = []
    while True:
        offsets.append(reader.offset)
        if reader.read() is None:
            break
    reader.close()
    assert offsets == [0, 19, 35, 1051]


def test_text_is_written_as_utf8_and_nothing_else_is_taken(path):
    with tf.python_io.TFRecordWriter(path) as writer:
        writer.write("é")
        writer.write(bytearray(b"b"))
        with pytest.raises(TypeError, match="expected bytes, int found"):
            writer.write(3)
    assert read(path) == ["é".encode(), b"b"]


def test_a_closed_writer_writes_no_more(path):
    writer = tf.python_io.TFRecordWriter(path)
    writer.flush()
    writer.close()
    writer.close()
    for call in (lambda: writer.write(b"a"), writer.flush):
        with pytest.raises(errors.FailedPreconditionError, match="Writer is closed."):
            call()


def test_what_is_flushed_can_be_read(path):
    writer = tf.python_io.TFRecordWriter(path)
    writer.write(b"abc")
    writer.flush()
    assert read(path) == [b"abc"]
    writer.close()


def test_wrong_names():
    with pytest.raises(ValueError, match='Not a valid compression_type: "LZ"'):
        tf.python_io.TFRecordOptions("LZ")
    with pytest.raises(errors.NotFoundError) as caught:
        read("no_file")
    assert caught.value.message == "no_file; No such file or directory"
    with pytest.raises(errors.NotFoundError) as caught:
        tf.python_io.TFRecordWriter("no_directory/f")
    assert caught.value.message == "no_directory/f; No such file or directory"


# -- damaged files ---------------------------------------------------------------------


@pytest.mark.parametrize("cut", [1, 8, 11, 12, 13, 15, 16, 18])
def test_a_first_record_cut_short(path, cut):
    data = FRAMED[:cut]
    assert message(path, data) == "truncated record at 0"


@pytest.mark.parametrize("cut", [20, 25, 31, 34])
def test_a_later_record_cut_short(path, cut):
    data = b"".join(map(frame, RECORDS))[:cut]
    assert message(path, data) == "truncated record at 19"
    records = tf.python_io.tf_record_iterator(path)
    assert next(records) == b"abc"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (0, "corrupted record at 0 (Is this even a TFRecord file?)"),
        (9, "corrupted record at 0 (Is this even a TFRecord file?)"),
        (12, "corrupted record at 12"),
        (16, "corrupted record at 12"),
        (19, "corrupted record at 19"),
        (35, "corrupted record at 35"),
        (60, "corrupted record at 47"),
    ],
)
def test_a_changed_bit(path, place, text):
    data = bytearray(b"".join(map(frame, RECORDS)))
    data[place] ^= 1
    assert message(path, bytes(data)) == text


@pytest.mark.parametrize("length", [1 << 40, (1 << 64) - 1])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_an_absurd_length_takes_no_memory(path, length, compression):
    header = struct.pack("<Q", length)
    data = header + struct.pack("<I", masked(crc32c(header))) + b"abc"
    if compression:
        data = zlib.compress(data, wbits=15 if compression == "ZLIB" else 31)
    tracemalloc.start()
    assert message(path, data, compression) == "truncated record at 0"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_compressed_files_that_are_damaged(path):
    data = zlib.compress(b"".join(map(frame, RECORDS)))
    assert message(path, data[:20], "ZLIB") == "truncated compressed data"
    assert message(path, data[:-4], "ZLIB") == "truncated compressed data"
    flipped = data[:-1] + bytes([data[-1] ^ 1])
    text = "inflate() failed with error -3: incorrect data check"
    assert message(path, flipped, "ZLIB") == text
    for options in ("ZLIB", "GZIP"):
        text = "inflate() failed with error -3: incorrect header check"
        assert message(path, FRAMED, options) == text
    text = "corrupted record at 0 (Is this even a TFRecord file?)"
    assert message(path, data) == text
