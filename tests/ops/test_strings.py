"""Strings: joining, splitting, patterns, numbers as text, hashing and encodings."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.kernels.cpu import hashing
from tests.ops.cases import check_fails, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError
SQUARE = [["a", "b"], ["c", "d"]]
full_match = tf.strings.regex_full_match


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


VALUES = [
    (lambda: tf.string_join(["a", "b"]), b"ab"),
    (lambda: tf.string_join(["a", ["b", "c"]], "-"), [b"a-b", b"a-c"]),
    (lambda: tf.string_join([[["a"]], "x", [["c"]]], separator="::"), [[b"a::x::c"]]),
    (lambda: tf.substr("hello", 1, 3), b"ell"),
    (lambda: tf.substr(["hello", "wor"], [1, 0], [2, 3]), [b"el", b"wor"]),
    (lambda: tf.substr("hello", [1, 2], [1, 1]), [b"e", b"l"]),
    (lambda: tf.substr("hello", -3, 2), b"ll"),
    (lambda: tf.substr("hello", 5, 2), b""),
    (lambda: tf.substr("hello", 2, 100), b"llo"),
    (lambda: raw.Substr("dé!", 1, 1, unit="UTF8_CHAR"), "é".encode()),
    (lambda: tf.string_strip([" a ", "\tb\n\x0b\x0c\r "]), [b"a", b"b"]),
    (lambda: raw.StringLength(["a", "", "é"]), [1, 0, 2]),
    (lambda: raw.StringLength(["a", "", "é"], unit="UTF8_CHAR"), [1, 0, 1]),
    (lambda: raw.StringUpper(["aé"]), ["Aé".encode()]),
    (lambda: raw.StringLower(["AÉ"], encoding="utf-8"), ["aé".encode()]),
    (lambda: tf.regex_replace(["hello", "world"], "l", "L"), [b"heLLo", b"worLd"]),
    (lambda: tf.regex_replace("hello", "l", "L", replace_global=False), b"heLlo"),
    (lambda: tf.regex_replace("hello", "(l+)", r"<\1>"), b"he<ll>o"),
    (lambda: tf.regex_replace("hello", "l", r"\1"), b"hello"),
    (lambda: tf.regex_replace("hello", "l*", "x"), b"xhxexox"),
    (lambda: tf.regex_replace("h.llo", r"\.", r"\0\0"), b"h..llo"),
    (lambda: tf.regex_replace("abc", "b", r"\\"), rb"a\c"),
    (lambda: tf.regex_replace("hé", "é", "e"), b"he"),
    (lambda: tf.regex_replace("aXb", "(?i)x", "-"), b"a-b"),
    (lambda: full_match(["ab", "abc"], "a."), [True, False]),
    (lambda: tf.reduce_join(SQUARE, 0), [b"ac", b"bd"]),
    (lambda: tf.reduce_join(SQUARE, -1), [b"ab", b"cd"]),
    (lambda: tf.reduce_join(SQUARE), b"abcd"),
    (lambda: tf.reduce_join(unknown(SQUARE)), b"abcd"),
    (lambda: tf.reduce_join(SQUARE, [0, 1]), b"acbd"),
    (lambda: tf.reduce_join(SQUARE, [1, 0], separator="."), b"a.b.c.d"),
    (lambda: tf.reduce_join(SQUARE, 1, keep_dims=True), [[b"ab"], [b"cd"]]),
    (lambda: tf.reduce_join("a", []), b"a"),
    (lambda: tf.reduce_join(tf.fill([2, 0], "a"), 1), [b"", b""]),
    (lambda: tf.as_string([1, -2]), [b"1", b"-2"]),
    (lambda: tf.as_string([1.5, 1e10]), [b"1.500000", b"10000000000.000000"]),
    (lambda: tf.as_string([float("nan"), float("-inf")]), [b"nan", b"-inf"]),
    (lambda: tf.as_string([True, False]), [b"true", b"false"]),
    (lambda: tf.as_string(1 + 2j), b"(1.000000,2.000000)"),
    (lambda: tf.as_string(1.5, precision=2), b"1.50"),
    (lambda: tf.as_string(1.5, scientific=True), b"1.500000e+00"),
    (lambda: tf.as_string([0.1, 1e20], shortest=True), [b"0.1", b"1e+20"]),
    (lambda: tf.as_string(1.5, width=10), b"  1.500000"),
    (lambda: tf.as_string(-1, width=5, fill="0"), b"-0001"),
    (lambda: tf.as_string(1, width=5, fill="-"), b"1    "),
    (lambda: tf.as_string(np.uint64(2**63)), b"9223372036854775808"),
    (lambda: tf.as_string(np.float16(1.5)), b"1.500000"),
    (lambda: tf.string_to_number(["1", " 2.5 ", "1e3", "-inf"]),
     np.float32([1, 2.5, 1000, -np.inf])),
    (lambda: tf.string_to_number("nan"), np.float32("nan")),
    (lambda: tf.string_to_number("0x1p3"), np.float32(8)),
    (lambda: tf.string_to_number("-0x1p99999"), np.float32("-inf")),
    (lambda: tf.string_to_number("0" * 5000 + "7", tf.int64), np.int64(7)),
    (lambda: tf.string_to_number(["1", "-7", "+5"], tf.int32), np.int32([1, -7, 5])),
    (lambda: tf.string_to_number("1.5", tf.float64), np.float64(1.5)),
    (lambda: tf.decode_raw(["abcd", "efgh"], tf.uint8),
     np.uint8([[97, 98, 99, 100], [101, 102, 103, 104]])),
    (lambda: tf.decode_raw("abcd", tf.int16), np.int16([25185, 25699])),
    (lambda: tf.decode_raw("abcd", tf.int16, little_endian=False),
     np.int16([24930, 25444])),
    (lambda: tf.decode_raw(tf.fill([0], ""), tf.uint8), np.zeros([0, 0], np.uint8)),
    (lambda: tf.decode_raw("", tf.float32), np.zeros([0], np.float32)),
    (lambda: tf.encode_base64(["a", "hello?>~~"]), [b"YQ", b"aGVsbG8_Pn5-"]),
    (lambda: tf.encode_base64("a", pad=True), b"YQ=="),
    (lambda: tf.decode_base64(["YQ", "YQ==", "aGVsbG8_Pn5-", ""]),
     [b"a", b"a", b"hello?>~~", b""]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "value"), VALUES)
def test_values(make, value):
    tensor = make()
    got = run(tensor)
    want = value if isinstance(value, np.ndarray | np.generic) else np.array(value)
    if tensor.dtype == tf.string:
        want = np.array(value, object)
    np.testing.assert_array_equal(got, want)
    assert np.shape(got) == want.shape
    if tensor.dtype != tf.string:
        assert tensor.dtype.base_dtype == want.dtype or want.dtype == np.int64


SPLITS = [
    ((["a b", "c  d e"],), ([[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]], "abcde", [2, 3])),
    ((["a,b", "c,,d"], ","), ([[0, 0], [0, 1], [1, 0], [1, 1]], "abcd", [2, 2])),
    ((["ab", ""], ""), ([[0, 0], [0, 1]], "ab", [2, 2])),
    ((["a;b,c"], ";,"), ([[0, 0], [0, 1], [0, 2]], "abc", [1, 3])),
    (([""],), (np.zeros([0, 2]), "", [1, 0])),
]


@pytest.mark.parametrize(("arguments", "want"), SPLITS)
def test_string_split(arguments, want):
    value = run(tf.string_split(*arguments))
    np.testing.assert_array_equal(value.indices, want[0])
    assert b"".join(value.values).decode() == want[1]
    np.testing.assert_array_equal(value.dense_shape, want[2])


def test_string_split_keeps_empty_parts():
    value = run(tf.string_split(["c,,d"], ",", skip_empty=False))
    np.testing.assert_array_equal(value.values, [b"c", b"", b"d"])


def test_string_split_v2_is_pythons():
    _, values, shape = run(raw.StringSplitV2([" a  b c "], "", maxsplit=1))
    np.testing.assert_array_equal(values, [b"a", b"b c "])
    np.testing.assert_array_equal(shape, [1, 2])


FAILURES = [
    (lambda: tf.string_join([["a", "b"], ["b"]]), ValueError,
     "must be equal, but are 2"),
    (lambda: tf.string_join([unknown(["a", "b"]), unknown(["b"])]), InvalidArgument,
     "Input shapes do not match: [2] vs. [1]"),
    (lambda: tf.string_split("a"), ValueError, "Shape must be rank 1 but is rank 0"),
    (lambda: tf.string_split(["a"], [","]), ValueError, "Shape must be rank 0"),
    (lambda: tf.substr("hello", 6, 2), InvalidArgument,
     "pos 6 out of range for string b'hello' at index 0"),
    (lambda: tf.substr(["hello", "a"], 2, 1), InvalidArgument,
     "pos 2 out of range for string b'a' at index 1"),
    (lambda: tf.regex_replace("a", "(", "x"), InvalidArgument,
     "Invalid pattern: (, error"),
    (lambda: tf.regex_replace("a", unknown(["b"]), "x"), InvalidArgument,
     "Pattern must be scalar, but received [1]"),
    (lambda: tf.reduce_join([["a"]], 2), ValueError, "Invalid reduction dimension 2"),
    (lambda: tf.reduce_join(unknown([["a"]]), unknown(2)), tf.errors.OutOfRangeError,
     "Invalid reduction dimension 2 for input with 2 dimension(s)"),
    (lambda: tf.reduce_join([["a"]], [0, 0]), InvalidArgument,
     "Duplicate reduction dimension 0"),
    (lambda: tf.as_string(1, precision=2), InvalidArgument,
     "precision not supported for datatype int32"),
    (lambda: tf.as_string(1, scientific=True), InvalidArgument,
     "scientific and shortest format not supported for datatype int32"),
    (lambda: tf.as_string(1.0, scientific=True, shortest=True), InvalidArgument,
     "Cannot select both scientific and shortest notation"),
    (lambda: tf.as_string(1, fill="ab"), InvalidArgument,
     "Fill string must be one or fewer characters"),
    *[
        (lambda text=text, dtype=dtype: tf.string_to_number(text, dtype),
         InvalidArgument,
         f"StringToNumberOp could not correctly convert string: {text}")
        for text, dtype in [
            ("abc", tf.float32), ("", tf.float32), ("1_0", tf.float32),
            ("12abc", tf.float64), ("1.5", tf.int32), ("3000000000", tf.int32),
            ("0x10", tf.int64), ("0x1.2.3", tf.float32), ("9" * 5000, tf.int64),
        ]
    ],
    (lambda: tf.string_to_number("1", tf.int8), TypeError, "DataType int8 not in list"),
    (lambda: tf.string_to_hash_bucket_fast("a", 0), ValueError, "less than minimum 1"),
    (lambda: tf.string_to_hash_bucket_strong("a", 10, [1]), InvalidArgument,
     "Key must have 2 elements"),
    (lambda: tf.decode_raw("abc", tf.float32), InvalidArgument,
     "Input to DecodeRaw has length 3 that is not a multiple of 4, the size of float"),
    (lambda: tf.decode_raw(["ab", "c"], tf.uint8), InvalidArgument,
     "DecodeRaw requires input strings to all be the same size, but element 1 "
     "has size"),
    (lambda: tf.decode_base64("!!"), InvalidArgument,
     "Invalid character found in base64."),
    (lambda: tf.decode_base64("a+/b"), InvalidArgument,
     "Invalid character found in base64."),
    (lambda: tf.decode_base64("a"), InvalidArgument,
     "Base64 string length cannot be 1 modulo 4."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), FAILURES)
def test_failures(make, error, words):
    check_fails(make, error, words)


def test_hash_buckets_are_tensorflows():
    words = ["a", "b", "hello"]
    fast = run(tf.string_to_hash_bucket_fast(words, 1000))
    strong = run(tf.string_to_hash_bucket_strong(words, 1000, [1, 2]))
    old = run(tf.string_to_hash_bucket(words, 1000))
    np.testing.assert_array_equal(fast, [939, 822, 296])
    np.testing.assert_array_equal(strong, [646, 184, 622])
    np.testing.assert_array_equal(old, [868, 370, 938])
    assert fast.dtype == np.int64


def test_hashes_against_published_vectors():
    # SipHash's paper: the key 00 01 ... 0f and the message 00 01 ... 0e.
    key = [0x0706050403020100, 0x0F0E0D0C0B0A0908]
    assert hashing.siphash(bytes(range(15)), key) == 0xA129CA6149BE45E5
    assert hashing.fingerprint64(b"") == 0x9AE16A3B2F90404F


@pytest.mark.parametrize("size", [3, 7, 8, 16, 17, 32, 33, 64, 65, 128, 200])
def test_hashes_depend_on_every_byte(size):
    text = bytes(range(size))
    for function in (hashing.fingerprint64, hashing.hash64):
        found = {function(text)}
        for i in range(size):
            found.add(function(text[:i] + b"\xff" + text[i + 1 :]))
        assert len(found) == size + 1
