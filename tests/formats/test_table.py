"""Tables of keys and values, and what is said of damaged ones."""

import struct

import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs import errors
from interactive_graphs.formats import snappy, table, varint
from interactive_graphs.formats.crc32c import crc32c, masked
from interactive_graphs.formats.table import Table

ITEMS = [(b"", b"header")] + [
    (b"layer_%04d/weights/Adam_%d" % (i // 3, i % 3), b"v" * (i % 7))
    for i in range(1000)
]


def read(data):
    return list(Table(data, "t.index").items())


@pytest.mark.parametrize("size", [1 << 18, 100, 1])
def test_what_was_written_is_read(size):
    found = Table(table.build(ITEMS, size), "t.index")
    assert list(found.items()) == ITEMS
    assert all(found.get(key) == value for key, value in ITEMS)
    assert b"layer_0000/weights/Adam_0" in found
    assert found.get(b"layer_0000/weights/Adam") is None
    assert found.get(b"zzz") is None


def test_an_empty_table():
    found = Table(table.build([]), "t.index")
    assert list(found.items()) == []
    assert found.get(b"") is None


@given(
    st.dictionaries(st.binary(max_size=12), st.binary(max_size=40)), st.integers(1, 90)
)
@settings(max_examples=60, deadline=None)
def test_any_keys_and_values(items, size):
    assert read(table.build(sorted(items.items()), size)) == sorted(items.items())


def test_keys_must_be_in_order():
    with pytest.raises(ValueError, match="b'a' comes after b'b'"):
        table.build([(b"b", b""), (b"a", b"")])
    with pytest.raises(ValueError, match="b'a' comes after b'a'"):
        table.build([(b"a", b""), (b"a", b"")])


def test_the_form_of_a_block():
    built = table.build([(b"", b"1"), (b"abc", b"2"), (b"abd", b"3")])
    entries = b"\0\0\x011\0\3\1abc2\2\1\1d3"
    restarts = struct.pack("<II", 0, 1)
    assert built.startswith(entries + restarts + b"\0")
    checksum = masked(crc32c(entries + restarts + b"\0"))
    assert built[len(entries) + 9 :].startswith(struct.pack("<I", checksum))
    assert built.endswith(bytes.fromhex("57fb808b247547db"))


# -- damage ---------------------------------------------------------------------------

GOOD = table.build(ITEMS[:40])


def test_a_file_that_is_too_short():
    with pytest.raises(errors.DataLossError) as caught:
        Table(b"abc", "x.index")
    assert str(caught.value) == (
        "Unable to open table file x.index: Data loss: file is too short to be an "
        "sstable (at byte 3)"
    )


def test_a_file_of_another_kind():
    with pytest.raises(errors.DataLossError) as caught:
        Table(b"x" * 100, "x.index")
    assert str(caught.value) == (
        "Unable to open table file x.index: Data loss: not an sstable (bad magic "
        "number) (at byte 92)"
    )


def test_each_flipped_bit_is_seen_or_harmless():
    padding = range(len(GOOD) - 48, len(GOOD) - 8)
    for at in range(len(GOOD)):
        damaged = bytearray(GOOD)
        damaged[at] ^= 0x10
        try:
            found = read(bytes(damaged))
        except errors.DataLossError as error:
            assert "t.index" in str(error)
        else:
            # Handles of the empty block and zeros behind them are not read.
            assert at in padding or at >= len(GOOD) - 100
            assert found == ITEMS[:40]


def test_each_cut_is_seen():
    for length in range(len(GOOD)):
        with pytest.raises(errors.DataLossError, match="t.index"):
            read(GOOD[:length])


def with_block(block, kind=0):
    """A table whose only block of data is this one."""
    out = bytearray()

    def add(content, kind):
        handle = varint.encode(len(out)) + varint.encode(len(content))
        content += bytes([kind])
        out.extend(content + struct.pack("<I", masked(crc32c(content))))
        return handle

    where = add(block, kind)
    empty = add(bytes.fromhex("0000000001000000"), 0)
    index = b"\0\1" + bytes([len(where)]) + b"z" + where
    footer = empty + add(index + struct.pack("<II", 0, 1), 0)
    return bytes(out) + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


ONE = b"\0\1\1ab" + struct.pack("<II", 0, 1)


@pytest.mark.parametrize(
    ("block", "kind", "words"),
    [
        (ONE, 2, "bad block type 2"),
        (ONE, 1, "corrupted compressed block contents"),
        (b"", 0, "bad block contents"),
        (b"\xff\xff\xff\x7f", 0, "bad block contents"),
        (b"\5" + ONE[1:], 0, "bad entry in block"),
        (b"\0\xff" + ONE[2:], 0, "bad entry in block"),
        (b"\0\1\x7f" + ONE[3:], 0, "bad entry in block"),
        (ONE[:5] + ONE, 0, "keys out of order in block"),
        (b"\xff" * 11 + ONE, 0, "bad entry in block"),
    ],
)
def test_a_damaged_block_whose_checksum_is_right(block, kind, words):
    with pytest.raises(errors.DataLossError, match=words):
        read(with_block(block, kind))


def test_keys_that_would_fill_the_memory(monkeypatch):
    monkeypatch.setattr(table, "_MOST_KEY_BYTES", 1 << 16)
    long, entries = 1 << 14, b""
    entries += b"\0" + varint.encode(long) + b"\0" + b"k" * long
    for i in range(long, long + 2000):  # four bytes that stand for many
        entries += varint.encode(i) + b"\1\0k"
    with pytest.raises(errors.DataLossError, match="keys of absurd size"):
        read(with_block(entries + struct.pack("<II", 0, 1)))


# -- Snappy ---------------------------------------------------------------------------

# The size, then tags: a literal, or copies of 4 to 11 and of up to 64 bytes.
LITERAL = b"\x0b\x28hello world"
COPIES = bytes([12, 0b01000, 97, 98, 99, 0b1 | 5 << 2, 3])
LONG_COPY = bytes([70, 0, 97, 0b10 | 63 << 2, 1, 0, 0b11 | 4 << 2, 1, 0, 0, 0])


def test_snappy():
    assert snappy.decompress(LITERAL) == b"hello world"
    assert snappy.decompress(COPIES) == b"abc" * 4
    assert snappy.decompress(LONG_COPY) == b"a" * 70
    long = b"x" * 300
    two_bytes = varint.encode(300) + bytes([61 << 2]) + struct.pack("<H", 299) + long
    assert snappy.decompress(two_bytes) == long


def test_a_compressed_block():
    compressed = bytes([len(ONE), (len(ONE) - 1) << 2]) + ONE
    assert read(with_block(compressed, 1)) == [(b"a", b"b")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "bad varint"),
        (b"\xff\xff\xff\xff\x0fab", "cannot stand for"),
        (b"\x0b\x28hello", "a literal goes past the end"),
        (b"\x05\xf4\x01", "a number goes past the end"),
        (b"\x04\x01\x05", "a copy from before the start"),
        (b"\x04\x01\x00", "a copy from before the start"),
        (b"\x0c\x28hello world", "12 bytes announced, 11 found"),
        (b"\x0a\x28hello world", "10 bytes announced, 11 found"),
    ],
)
def test_damaged_snappy(data, words):
    with pytest.raises(ValueError, match=words):
        snappy.decompress(data)


@given(st.integers(0, (1 << 64) - 1))
def test_varints(number):
    data = varint.encode(number)
    assert varint.decode(b"x" + data + b"y", 1) == (number, 1 + len(data))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 12, b"\xff" * 9 + b"\x7f"])
def test_damaged_varints(data):
    with pytest.raises(ValueError, match="bad varint"):
        varint.decode(data, 0)
