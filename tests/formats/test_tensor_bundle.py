"""Checkpoints as files: what is written is read, and damage is named."""

import os
import struct
import threading

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs import errors, protos
from interactive_graphs.formats import commit, slice_table, table
from interactive_graphs.formats.bundle_types import decode_strings, encode_strings
from interactive_graphs.formats.bundle_writer import BundleWriter
from interactive_graphs.formats.checkpoint import exists, open_checkpoint
from interactive_graphs.formats.tensor_bundle import BundleReader
from interactive_graphs.formats.tensor_slice import TensorSlice, parse_shape_and_slice
from interactive_graphs.framework.dtypes import as_dtype

FLOAT, STRING = 1, 7
NUMBERS = (
    "float32 float64 int32 uint8 int16 int8 complex64 int64 bool bfloat16 uint16 "
    "complex128 float16 uint32 uint64 qint8 quint8 qint32 qint16 quint16"
).split()


@pytest.fixture
def prefix(tmp_path):
    return str(tmp_path / "net")


def write(prefix, **tensors):
    writer = BundleWriter(prefix)
    for name, value in tensors.items():
        dtype = STRING if value.dtype == object else FLOAT
        writer.add(name, value, dtype)
    writer.finish()


def read(prefix, name="a"):
    return BundleReader(prefix).read(name)


def refused(kind, prefix, name="a"):
    with pytest.raises(kind) as caught:
        read(prefix, name)
    return str(caught.value)


# -- there and back -------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
@pytest.mark.parametrize("name", NUMBERS)
def test_every_dtype_and_shape(prefix, name, shape):
    dtype = as_dtype(name)
    form = dtype.np_dtype if not dtype.is_quantized else dtype.np_dtype[0]
    value = (np.arange(np.prod(shape, dtype=int)) - 2).astype(form).reshape(shape)
    writer = BundleWriter(prefix)
    writer.add("a", value, dtype.as_datatype_enum)
    writer.finish()
    reader = BundleReader(prefix)
    assert reader.names() == ["a"]
    assert reader.dtype("a") == dtype.as_datatype_enum
    assert reader.shape("a") == shape
    np.testing.assert_array_equal(reader.read("a"), value, strict=True)


@pytest.mark.parametrize("shape", [(), (0,), (2, 2)])
def test_strings(prefix, shape):
    texts = [b"", b"a" * 300, b"\0\xff", "é".encode()]
    value = np.empty(int(np.prod(shape)), object)
    value[:] = texts[: value.size]
    write(prefix, a=value.reshape(shape))
    np.testing.assert_array_equal(read(prefix), value.reshape(shape), strict=True)


@given(st.lists(st.binary(max_size=200), max_size=8))
@settings(deadline=None)
def test_any_strings(texts):
    data, checksum = encode_strings(texts)
    assert decode_strings(data, len(texts), "here") == (texts, checksum)


def test_values_that_are_not_contiguous(prefix):
    value = np.arange(24, dtype=">f4").reshape(2, 3, 4).transpose(2, 0, 1)[::2]
    write(prefix, a=value)
    np.testing.assert_array_equal(read(prefix), value)
    assert read(prefix).dtype == np.float32


def test_nan_and_infinity_keep_their_bits(prefix):
    value = np.array([np.nan, -np.inf, -0.0], np.float32)
    write(prefix, a=value)
    assert read(prefix).tobytes() == value.tobytes()


def test_a_larger_tensor(prefix):
    value = np.arange(3_000_001, dtype=np.float32)
    write(prefix, a=value, b=value[:1])
    np.testing.assert_array_equal(read(prefix), value)
    assert os.path.getsize(prefix + ".data-00000-of-00001") == 4 * 3_000_002


def test_names_of_any_kind(prefix):
    names = ["é/b", "a b", "0", "a" * 1000, "v:0"]
    write(prefix, **{name: np.float32([i]) for i, name in enumerate(names)})
    reader = BundleReader(prefix)
    assert reader.names() == sorted(names, key=str.encode)
    assert [reader.read(name)[0] for name in names] == [0, 1, 2, 3, 4]
    assert "a" not in reader
    assert "" not in reader


def test_the_directory_is_made(tmp_path):
    write(str(tmp_path / "new" / "net"), a=np.float32([1]))
    assert read(str(tmp_path / "new" / "net")) == [1]


# -- parts ----------------------------------------------------------------------------

WHOLE = np.arange(14, dtype=np.float32).reshape(7, 2)


def write_parts(prefix, *specs):
    writer = BundleWriter(prefix)
    for spec in specs:
        shape, part = parse_shape_and_slice(spec)
        where = tuple(slice(*b) for b in part.bounds(shape))
        writer.add_slice("p", shape, part, WHOLE[where], FLOAT)
    writer.finish()


def part(text):
    return TensorSlice.parse(text)


def test_parts_make_the_whole(prefix):
    write_parts(prefix, "7 2 0,3:0,2", "7 2 3,2:-", "7 2 5,2:0,2")
    reader = BundleReader(prefix)
    assert reader.names() == ["p"]
    assert reader.shape("p") == (7, 2)
    assert [str(p) for p in reader.parts("p")] == ["0,3:0,2", "3,2:-", "5,2:0,2"]
    np.testing.assert_array_equal(reader.read("p"), WHOLE, strict=True)
    np.testing.assert_array_equal(reader.read("p", part("3,2:0,2")), WHOLE[3:5])
    np.testing.assert_array_equal(reader.read("p", part("2,4:1,1")), WHOLE[2:6, 1:])


def test_a_part_of_a_whole(prefix):
    write(prefix, a=WHOLE)
    reader = BundleReader(prefix)
    np.testing.assert_array_equal(reader.read("a", part("2,4:1,1")), WHOLE[2:6, 1:])
    np.testing.assert_array_equal(reader.read("a", part("-:-")), WHOLE)


def test_a_part_that_is_not_kept(prefix):
    write_parts(prefix, "7 2 0,3:0,2")
    reader = BundleReader(prefix)
    with pytest.raises(errors.InvalidArgumentError) as caught:
        reader.read("p", part("2,4:0,2"))
    assert str(caught.value) == (
        "Does not have sufficient slices for partitioned tensor p to restore in "
        "slice_spec: 2,4:0,2"
    )
    with pytest.raises(errors.InvalidArgumentError, match="slice_spec: -:-"):
        reader.read("p")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("xx", "Need least two elements in shape_and_slice specification: xx"),
        ("4 x 0,1", "Non numerical dimension in shape_and_slice: 4 x 0,1"),
        ("4 1", "Expected a pair of numbers or '-' but got '1': string = 1"),
        ("4 1,2,3", "Expected a pair of numbers or '-' but got '1,2,3'"),
        ("4 1,0", "Expected non-negative start and positive length: 1,0"),
        ("4 -1,2", "Expected a pair of numbers or '-' but got '-1,2'"),
        ("4 3,2", "Extent in dimension 0 out of bounds: shape = [4], slice = 3,2"),
        ("4 0,1:0,1", "Mismatching ranks: shape = [4], slice = 0,1:0,1"),
        ("4 " + "9" * 30 + ",1", "Expected a pair of numbers"),
    ],
)
def test_what_no_part_is_like(spec, words):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        parse_shape_and_slice(spec)
    assert words in str(caught.value)


def test_keys_of_parts_sort_by_where_they_are():
    starts = [0, 1, 63, 64, 8191, 8192, 1 << 20, 1 << 34, 1 << 62]
    keys = [TensorSlice(((start, 1),)).key("p") for start in starts]
    assert keys == sorted(keys)
    assert TensorSlice(((100, 300), None)).key("b").hex() == "006200010102c064c12c807f"
    assert TensorSlice(()).key("\0\xff").hex() == "0000ffc3bf000100"


def test_parts_that_do_not_fit(prefix):
    writer = BundleWriter(prefix)
    writer.add_slice("p", (4,), part("0,2"), np.zeros(2, np.float32), FLOAT)
    for shape, spec, value, dtype in [
        ((4,), "2,2", np.zeros(3), FLOAT),
        ((5,), "2,2", np.zeros(2), FLOAT),
        ((4,), "2,2", np.zeros(2), 2),
        ((4,), "0,2", np.zeros(2), FLOAT),
    ]:
        with pytest.raises(errors.InvalidArgumentError):
            writer.add_slice("p", shape, part(spec), value, dtype)
    writer.add("q", np.zeros(2), FLOAT)
    with pytest.raises(errors.InvalidArgumentError, match="Adding duplicate key: q"):
        writer.add("q", np.zeros(2), FLOAT)
    with pytest.raises(errors.InvalidArgumentError, match="differ in dtype or in the"):
        writer.add_slice("q", (4,), part("0,2"), np.zeros(2), FLOAT)
    with pytest.raises(errors.UnimplementedError, match="the dtype number 20"):
        writer.add("r", np.zeros(2), 20)
    writer.abandon()
    assert os.listdir(os.path.dirname(prefix)) == []


# -- damage ---------------------------------------------------------------------------


def test_there_is_none(prefix):
    assert refused(errors.NotFoundError, prefix) == (
        "Unsuccessful TensorSliceReader constructor: Failed to find any matching files "
        f"for {prefix}"
    )
    assert not exists(prefix)


def test_a_tensor_that_is_not_there(prefix):
    write(prefix, a=WHOLE)
    assert refused(errors.NotFoundError, prefix, "z") == (
        "Key z not found in checkpoint"
    )
    assert refused(errors.NotFoundError, prefix, "") == "Key  not found in checkpoint"


def test_a_data_file_that_is_gone_or_cut(prefix):
    write(prefix, a=WHOLE)
    data = prefix + ".data-00000-of-00001"
    os.truncate(data, 50)
    assert refused(errors.OutOfRangeError, prefix) == (
        f"{data}: Read less bytes than requested: 56 at 0 for a, but the file has 50"
    )
    os.unlink(data)
    assert refused(errors.NotFoundError, prefix) == f"{data}; No such file or directory"


def test_an_index_that_is_a_directory(prefix):
    os.mkdir(prefix + ".index")
    assert refused(errors.FailedPreconditionError, prefix) == (
        f"{prefix}.index; Is a directory"
    )


def test_each_flipped_byte_of_data_is_seen(prefix):
    texts = np.array([b"one", b"", b"three"], object)
    write(prefix, a=WHOLE, s=texts)
    data = prefix + ".data-00000-of-00001"
    with open(data, "rb") as file:
        good = file.read()
    for at in range(len(good)):
        damaged = bytearray(good)
        damaged[at] ^= 0x20
        with open(data, "wb") as file:
            file.write(damaged)
        problem = refused(errors.DataLossError, prefix, "a" if at < 56 else "s")
        assert prefix in problem
        if at < 56:
            assert "shard 0 (56 bytes): Checksum does not match: stored" in problem
            assert problem.endswith(f"({data}, at byte 0)")


def with_entry(prefix, **fields):
    """A checkpoint whose entry for `a` claims something."""
    write(prefix, a=WHOLE)
    with open(prefix + ".index", "rb") as file:
        items = dict(table.Table(file.read(), "").items())
    entry = protos.BundleEntryProto.FromString(items[b"a"])
    dims = fields.pop("dims", None)
    if dims is not None:
        del entry.shape.dim[:]
        for size in dims:
            entry.shape.dim.add(size=size)
    for name, value in fields.items():
        setattr(entry, name, value)
    header = protos.BundleHeaderProto(num_shards=1).SerializeToString()
    with open(prefix + ".index", "wb") as file:
        file.write(table.build([(b"", header), (b"a", entry.SerializeToString())]))


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        (
            {"dims": [1 << 40, 1 << 20]},
            errors.DataLossError,
            "Invalid size in bundle entry: key a; stored size 56; expected size "
            f"{1 << 62}",
        ),
        ({"dims": [-1]}, errors.DataLossError, "a is said to have the shape [-1]"),
        ({"dims": [1] * 300}, errors.DataLossError, "a is said to have the shape"),
        (
            {"size": 1 << 50, "dims": [1 << 48]},
            errors.OutOfRangeError,
            f"Read less bytes than requested: {1 << 50} at 0",
        ),
        ({"offset": 1}, errors.OutOfRangeError, "56 at 1 for a, but the file has 56"),
        ({"offset": -1}, errors.OutOfRangeError, "56 at -1 for a"),
        ({"size": -5}, errors.DataLossError, "stored size -5"),
        ({"shard_id": 7}, errors.DataLossError, "a is said to be in the data file 7"),
        ({"shard_id": -1}, errors.DataLossError, "in the data file -1"),
        ({"crc32c": 5}, errors.DataLossError, "Checksum does not match"),
        ({"dtype": 21}, errors.UnimplementedError, "the dtype number 21"),
        ({"dtype": 2}, errors.DataLossError, "stored size 56; expected size 112"),
        ({"dtype": STRING}, errors.DataLossError, "strings of"),
    ],
)
def test_an_entry_that_lies(prefix, fields, kind, words):
    with_entry(prefix, **fields)
    assert words in refused(kind, prefix)


@pytest.mark.parametrize(
    ("header", "kind", "words"),
    [
        (None, errors.DataLossError, "there is no header"),
        (b"\xff", errors.DataLossError, "the entry of the header is damaged"),
        (
            protos.BundleHeaderProto(num_shards=-1).SerializeToString(),
            errors.DataLossError,
            "it is said to have -1 data files",
        ),
        (
            protos.BundleHeaderProto(num_shards=1, endianness=1).SerializeToString(),
            errors.UnimplementedError,
            "different endianness",
        ),
        (
            protos.BundleHeaderProto(
                num_shards=1, version=protos.VersionDef(min_consumer=9)
            ).SerializeToString(),
            errors.InvalidArgumentError,
            "the checkpoint needs a reader of version 9",
        ),
    ],
)
def test_a_header_that_lies(prefix, header, kind, words):
    items = [] if header is None else [(b"", header)]
    with open(prefix + ".index", "wb") as file:
        file.write(table.build([*items, (b"a", b"")]))
    problem = refused(kind, prefix)
    assert words in problem
    assert prefix + ".index" in problem


def test_a_name_that_is_no_text(prefix):
    header = protos.BundleHeaderProto(num_shards=1).SerializeToString()
    with open(prefix + ".index", "wb") as file:
        file.write(table.build([(b"", header), (b"\xff\xfe", b"")]))
    with pytest.raises(errors.DataLossError, match="a name is damaged"):
        BundleReader(prefix).names()


@pytest.mark.parametrize(
    ("data", "count", "words"),
    [
        (b"", 1, "the length of string 0 is damaged"),
        (b"\x05" + b"\0" * 4, 1, "5 bytes, but 1 strings of 5 bytes would take 10"),
        (
            b"\x01" + struct.pack("<I", 0) + b"a",
            1,
            "The length checksum does not match: expected",
        ),
    ],
)
def test_strings_that_are_damaged(data, count, words):
    with pytest.raises(errors.DataLossError, match=words):
        decode_strings(data, count, "here")


# -- all or nothing -------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the end of the process."""


def killed_at(monkeypatch, count):
    """Lets the process end before its rename number `count`."""
    renames = iter(range(100))

    def replace(old, new):
        if next(renames) == count:
            raise Killed
        os.rename(old, new)

    monkeypatch.setattr(commit.os, "replace", replace)


RENAMES = 4  # the data and the index, each to its name with .new and from there


@pytest.mark.parametrize("count", range(RENAMES + 1))
def test_a_writer_that_is_killed_leaves_one_checkpoint(prefix, monkeypatch, count):
    write(prefix, a=WHOLE, old=WHOLE)
    with monkeypatch.context() as patch:
        killed_at(patch, count)
        try:
            write(prefix, a=WHOLE[::-1] + 1, new=WHOLE)
            assert count == RENAMES
        except Killed:
            assert count < RENAMES
    is_new = "new" in BundleReader(prefix)
    assert is_new == (count >= 2)
    np.testing.assert_array_equal(read(prefix), WHOLE[::-1] + 1 if is_new else WHOLE)
    assert exists(prefix)
    # Whoever writes next does what was left to do.
    write(prefix, a=WHOLE * 2)
    np.testing.assert_array_equal(read(prefix), WHOLE * 2)
    left = [name for name in os.listdir(os.path.dirname(prefix)) if ".new" in name]
    assert left == []


def test_the_next_writer_may_be_killed_too(prefix, monkeypatch):
    write(prefix, a=WHOLE)
    for count, added in [(2, 1), (4, 2), (5, 3)]:  # the last two finish first
        with monkeypatch.context() as patch:
            killed_at(patch, count)
            with pytest.raises(Killed):
                write(prefix, a=WHOLE + added)
        np.testing.assert_array_equal(read(prefix), WHOLE + added)


def test_an_error_leaves_what_was_there(prefix):
    write(prefix, a=WHOLE)
    writer = BundleWriter(prefix)
    writer.add("b", WHOLE, FLOAT)
    writer.abandon()
    assert sorted(os.listdir(os.path.dirname(prefix))) == [
        "net.data-00000-of-00001",
        "net.index",
    ]
    np.testing.assert_array_equal(read(prefix), WHOLE)


def test_readers_and_a_writer_at_a_time(prefix):
    """A reader that opens while a writer replaces sees one of the two, whole."""
    write(prefix, a=np.zeros(1000, np.float32))
    stop = threading.Event()

    def replace():
        for i in range(1, 60):
            write(prefix, a=np.full(1000, i, np.float32))
        stop.set()

    thread = threading.Thread(target=replace)
    thread.start()
    whole = 0
    while not stop.is_set():
        try:
            value = read(prefix)
        except errors.DataLossError:  # its index was the old one, its data the new
            continue
        whole += 1
        assert (value == value[0]).all()
    thread.join()
    assert whole


def test_write_atomic(tmp_path, monkeypatch):
    path = str(tmp_path / "file")
    commit.write_atomic(path, b"one")
    with monkeypatch.context() as patch:
        killed_at(patch, 0)
        with pytest.raises(Killed):
            commit.write_atomic(path, b"two")
    assert (tmp_path / "file").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["file"]


# -- the first form -------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in NUMBERS if not n.startswith("q")])
def test_every_dtype_in_the_first_form(prefix, name):
    dtype = as_dtype(name)
    value = (np.arange(6) - 2).astype(dtype.np_dtype).reshape(2, 3)
    whole = TensorSlice((None, None))
    item = ("a", (2, 3), whole, value, dtype.as_datatype_enum)
    slice_table.write(prefix, [item])
    reader = open_checkpoint(prefix)
    assert reader.names() == ["a"]
    assert reader.shape("a") == (2, 3)
    assert reader.dtype("a") == dtype.as_datatype_enum
    np.testing.assert_array_equal(reader.read("a"), value, strict=True)
    assert exists(prefix)


def test_parts_and_strings_in_the_first_form(prefix):
    texts = np.array([b"a", b""], object)
    slice_table.write(
        prefix,
        [
            ("p", (7, 2), part("0,3:-"), WHOLE[:3], FLOAT),
            ("p", (7, 2), part("3,4:-"), WHOLE[3:], FLOAT),
            ("s", (2,), part("-"), texts, STRING),
        ],
    )
    reader = open_checkpoint(prefix)
    np.testing.assert_array_equal(reader.read("p"), WHOLE, strict=True)
    np.testing.assert_array_equal(reader.read("p", part("2,3:0,1")), WHOLE[2:5, :1])
    np.testing.assert_array_equal(reader.read("s"), texts, strict=True)
    assert "p" in reader
    with pytest.raises(errors.NotFoundError, match='Tensor name "z" not found'):
        reader.read("z")


def test_an_old_checkpoint_that_is_damaged(prefix):
    for data, words in [
        (b"not a table, but longer than a footer would be " * 2, "bad magic number"),
        (table.build([]), "there is no list of tensors"),
        (table.build([(b"", b"\xff")]), "the entry of the list of tensors is damaged"),
    ]:
        with open(prefix, "wb") as file:
            file.write(data)
        with pytest.raises(errors.DataLossError, match=words):
            open_checkpoint(prefix)


def test_an_old_checkpoint_that_lies(prefix):
    slice_table.write(prefix, [("a", (7, 2), part("-:-"), WHOLE, FLOAT)])
    with open(prefix, "rb") as file:
        items = dict(table.Table(file.read(), "").items())
    first = protos.SavedTensorSlices.FromString(items[b""])
    first.meta.tensor[0].shape.dim[0].size = 1 << 50
    changed = {**items, b"": first.SerializeToString()}
    reader = slice_table.SliceTableReader("x", table.build(sorted(changed.items())))
    with pytest.raises(errors.DataLossError, match="a -:- has 14 elements for"):
        reader.read("a")
    reader = slice_table.SliceTableReader("x", table.build([(b"", items[b""])]))
    with pytest.raises(errors.DataLossError, match="a -:- is missing"):
        reader.read("a")
