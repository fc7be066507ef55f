"""Datasets of files: what the oracle's programs leave open."""

import gzip

import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.cpu import csv_fields, csv_records
from interactive_graphs.kernels.cpu.dataset_files import fixed_length_records, lines


def drawn(dataset, most=50):
    element = dataset.make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as sess:
        for _ in range(most):
            try:
                found.append(sess.run(element))
            except tf.errors.OutOfRangeError:
                break
    return found


@pytest.fixture
def write(tmp_path):
    def in_file(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return in_file


def write_records(path, records):
    with tf.python_io.TFRecordWriter(path) as writer:
        for record in records:
            writer.write(record)
    return path


def test_tf_records(tmp_path):
    a = write_records(str(tmp_path / "a"), [b"1", b"2"])
    b = write_records(str(tmp_path / "b"), [b"3"])
    assert drawn(tf.data.TFRecordDataset([a, b])) == [b"1", b"2", b"3"]
    names = tf.data.Dataset.from_tensor_slices([a, b])
    assert drawn(tf.data.TFRecordDataset(names)) == [b"1", b"2", b"3"]
    read = tf.data.TFRecordDataset([a, b], num_parallel_reads=2)
    assert drawn(read) == [b"1", b"3", b"2"]


def test_a_corrupt_record_ends_a_file_and_not_the_dataset(tmp_path, write):
    a = write_records(str(tmp_path / "a"), [b"one", b"two"])
    data = bytearray((tmp_path / "a").read_bytes())
    data[-5] ^= 1
    a = write("a", bytes(data))
    b = write_records(str(tmp_path / "b"), [b"three"])
    ignoring = tf.data.TFRecordDataset([a, b]).apply(
        tf.data.experimental.ignore_errors()
    )
    assert drawn(ignoring) == [b"one", b"three"]
    element = tf.data.TFRecordDataset(a).make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        sess.run(element)
        with pytest.raises(tf.errors.DataLossError, match=r"corrupted record at .*/a'"):
            sess.run(element)


def test_a_long_line_and_no_line(write):
    long = b"x" * 1_000_000
    path = write("long", long + b"\n" + long)
    assert list(map(len, lines(path.encode()))) == [1_000_000] * 2
    assert list(lines(write("empty", b"").encode())) == []


def test_truncated_gzip_names_the_file(write):
    path = write("cut.gz", gzip.compress(b"line\n" * 10_000)[:-20])
    with pytest.raises(tf.errors.DataLossError, match=r"cut\.gz"):
        list(lines(path.encode(), "GZIP"))


@pytest.mark.parametrize("compression", ["", "GZIP"])
@pytest.mark.parametrize(
    ("content", "sizes", "expected"),
    [
        (b"abcdef", (0, 2, 0), [b"ab", b"cd", b"ef"]),
        (b"Habcd", (1, 2, 0), [b"ab", b"cd"]),
        (b"abcdFFF", (0, 2, 3), [b"ab", b"cd"]),
        (b"HF", (1, 4, 1), []),
        (b"abc", (0, 2, 0), None),
        (b"a", (1, 1, 1), None),
    ],
)
def test_fixed_length_records(write, compression, content, sizes, expected):
    data = gzip.compress(content) if compression else content
    path = write("fixed", data).encode()
    if expected is None:
        with pytest.raises(tf.errors.InvalidArgumentError, match="body length"):
            list(fixed_length_records(path, sizes, compression))
    else:
        assert list(fixed_length_records(path, sizes, compression)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a,b\n", [b"a,b"]),
        (b'a,"b\nc"\nd,e', [b'a,"b\nc"', b"d,e"]),
        (b'"a""\n",b\nc', [b'"a""\n",b', b"c"]),
        (b"a\rb\r\nc", [b"a", b"b", b"c"]),
        (b'it"s,b\nc', [b'it"s,b', b"c"]),
        (b"\n\n", [b"", b""]),
        (b"", []),
    ],
)
def test_rows_of_csv(text, expected):
    found = csv_records.raw_rows(
        text.splitlines(True)
        if b"\r" not in text
        else [p + b"\n" for p in text.split(b"\n")],
        True,
    )
    assert list(found) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", [b""]),
        (b"a,", [b"a", b""]),
        (b'"a,b",c', [b"a,b", b"c"]),
        (b'"a""b"', [b'a"b']),
        (b'"",""', [b"", b""]),
    ],
)
def test_fields_of_csv(raw, expected):
    assert csv_fields.fields(raw, b",", csv_fields.RECORDS) == expected


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'a"b', "Unquoted fields cannot have quotes inside"),
        (b'"a"b', "Quote inside a string has to be escaped by another quote"),
        (b'"a', "Reached end of file without closing quoted field in record"),
    ],
)
def test_bad_quotes(raw, text):
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        csv_fields.fields(raw, b",", csv_fields.RECORDS)


def make_csv(path, **options):
    dataset = tf.data.experimental.make_csv_dataset(
        path, 2, shuffle=False, num_epochs=1, **options
    )
    return drawn(dataset)


def test_make_csv_dataset_finds_names_and_types(write):
    path = write("a.csv", b"n,x,s,big\n1,0.5,a,9999999999\n2,,b,1\n3,1.5,,2\n")
    first, second = make_csv(path)
    assert list(first) == ["n", "x", "s", "big"]
    assert [v.dtype.name for v in first.values()] == [
        "int32", "float32", "object", "int64",
    ]  # fmt: skip
    assert first["x"].tolist() == [0.5, 0.0]
    assert second["s"].tolist() == [b""]


def test_make_csv_dataset_with_options(write):
    path = write("a.csv", b"1;x\n2;y\n")
    ((features, label),) = make_csv(
        path, column_names=["a", "b"], header=False, field_delim=";", label_name="b"
    )
    assert features["a"].tolist() == [1, 2]
    assert label.tolist() == [b"x", b"y"]
    (chosen,) = make_csv(
        path, column_names=["a", "b"], header=False, field_delim=";",
        select_columns=["b"], column_defaults=[""],
    )  # fmt: skip
    assert list(chosen) == ["b"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"header": False}, "Cannot infer column names without a header line."),
        ({"column_names": ["a", "a"]}, "Cannot have duplicate column names."),
        ({"label_name": "z"}, "`label_name` provided must be one of the columns."),
        ({"select_columns": ["z"]}, "has columns that are not there"),
        ({"select_columns": [0, 0]}, "Column selection must be unique."),
        ({"column_defaults": [0]}, "There are 1 column defaults for 2 columns."),
    ],
)
def test_make_csv_dataset_refuses(write, options, text):
    path = write("a.csv", b"a,b\n1,2\n")
    with pytest.raises(ValueError, match=text):
        make_csv(path, **options)


def test_make_csv_dataset_wants_files(tmp_path):
    with pytest.raises(ValueError, match="No files match"):
        make_csv(str(tmp_path / "*.csv"))


def test_headers_must_agree(write):
    paths = [write("a.csv", b"a,b\n1,2\n"), write("b.csv", b"a,c\n1,2\n")]
    with pytest.raises(ValueError, match="must have the same column names"):
        make_csv(paths)
