"""Files: whole, by pattern, and record by record through readers (P01 to P12)."""

import threading
import zlib

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"l1\r\nl\r2\n\nlast")
    (tmp_path / "b.txt").write_bytes(b"x\n")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "f.bin").write_bytes(b"HH" + b"abcdefghij" + b"F")
    return tmp_path


def queue_of(sess, *names):
    """A closed queue of file names."""
    queue = tf.FIFOQueue(10, tf.string, shapes=[()])
    sess.run(queue.enqueue_many([list(names)]))
    sess.run(queue.close())
    return queue


def all_of(sess, read):
    """All records until the queue is exhausted."""
    found = []
    while True:
        try:
            found.append(tuple(sess.run(read)))
        except errors.OutOfRangeError as error:
            assert "is closed and has insufficient elements" in error.message
            return found


def counts(sess, reader):
    return tuple(
        int(n)
        for n in sess.run(
            [reader.num_records_produced(), reader.num_work_units_completed()]
        )
    )


# -- whole files -----------------------------------------------------------------------


def test_read_and_write(sess):
    sess.run(tf.write_file("sub/dir/x.txt", "héllo"))
    assert sess.run(tf.read_file("sub/dir/x.txt")) == "héllo".encode()
    sess.run(tf.write_file("sub/dir/x.txt", b"\0new"))
    assert sess.run(tf.read_file("sub/dir/x.txt")) == b"\0new"


def test_a_file_is_read_anew_in_each_run(sess):
    contents = tf.read_file("b.txt")
    assert sess.run(contents) == b"x\n"
    sess.run(tf.write_file("b.txt", "y"))
    assert sess.run(contents) == b"y"


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (
            lambda: tf.read_file("zz"),
            errors.NotFoundError,
            "zz; No such file or directory",
        ),
        (
            lambda: tf.read_file("."),
            errors.FailedPreconditionError,
            ".; Is a directory",
        ),
        (
            lambda: tf.write_file("a.txt/x", "y"),
            errors.OpError,
            "a.txt",
        ),
    ],
)
def test_files_that_cannot_be(sess, make, error, text):
    with pytest.raises(error) as caught:
        sess.run(make())
    assert text in caught.value.message


def test_one_name_is_read():
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        tf.read_file(["a", "b"])


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("?.txt", ["./a.txt", "./b.txt"]),
        ("[^a].txt", ["./b.txt"]),
        ("[!a].txt", ["./b.txt"]),
        (["b*", "*.bin"], ["./b.txt", "./f.bin"]),
        ("./a*", ["./a.txt"]),
        ("nothing*", []),
    ],
)
def test_matching_files(sess, pattern, names):
    found = sess.run(tf.matching_files(pattern))
    assert found.dtype == object
    assert found.tolist() == [name.encode() for name in names]


def test_names_that_match_are_looked_up_once(sess):
    names = tf.train.match_filenames_once("?.txt")
    assert names in tf.local_variables()
    sess.run(tf.local_variables_initializer())
    sess.run(tf.write_file("c.txt", ""))
    assert sess.run(names).tolist() == [b"./a.txt", b"./b.txt"]


# -- readers ---------------------------------------------------------------------------


def test_lines(sess):
    reader = tf.TextLineReader()
    read = reader.read(queue_of(sess, "empty.txt", "a.txt", "b.txt"))
    assert [t.shape.as_list() for t in read] == [[], []]
    assert all_of(sess, read) == [
        (b"a.txt:1", b"l1"),
        (b"a.txt:2", b"l\r2"),
        (b"a.txt:3", b""),
        (b"a.txt:4", b"last"),
        (b"b.txt:1", b"x"),
    ]
    assert counts(sess, reader) == (5, 3)


def test_header_lines_are_counted_but_not_read(sess):
    reader = tf.TextLineReader(skip_header_lines=3)
    read = reader.read(queue_of(sess, "a.txt", "b.txt"))
    assert all_of(sess, read) == [(b"a.txt:4", b"last")]


def test_several_lines_of_one_file(sess):
    reader = tf.TextLineReader()
    read = reader.read_up_to(queue_of(sess, "a.txt", "b.txt"), 3)
    keys, values = sess.run(read)
    assert values.tolist() == [b"l1", b"l\r2", b""]
    assert counts(sess, reader) == (3, 0)
    assert sess.run(read.keys).tolist() == [b"a.txt:4"]
    assert counts(sess, reader) == (4, 1)
    assert sess.run(read.values).tolist() == [b"x"]
    assert keys.dtype == object


@pytest.mark.parametrize(
    ("kwargs", "values"),
    [
        ({"record_bytes": 3, "header_bytes": 2, "footer_bytes": 1}, "abc def ghi"),
        ({"record_bytes": 3, "header_bytes": 2, "hop_bytes": 4}, "abc efg ijF"),
        ({"record_bytes": 4, "hop_bytes": 6}, "HHab efgh"),
        ({"record_bytes": 20}, ""),
    ],
)
def test_records_of_one_length(sess, kwargs, values):
    reader = tf.FixedLengthRecordReader(**kwargs)
    found = all_of(sess, reader.read(queue_of(sess, "f.bin")))
    assert [value.decode() for _, value in found] == values.split()
    assert [key for key, _ in found] == [b"f.bin:%d" % i for i in range(len(found))]


@pytest.mark.parametrize("encoding", ["ZLIB", "GZIP"])
def test_records_of_one_length_in_a_compressed_file(sess, encoding, directory):
    packer = zlib.compressobj(wbits=15 if encoding == "ZLIB" else 31)
    data = packer.compress(b"abcdef") + packer.flush()
    (directory / "packed").write_bytes(data)
    reader = tf.FixedLengthRecordReader(2, encoding=encoding)
    found = all_of(sess, reader.read(queue_of(sess, "packed")))
    assert [value for _, value in found] == [b"ab", b"cd", b"ef"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("header_bytes", -1), ("footer_bytes", -1), ("hop_bytes", -1)],
)
def test_lengths_are_not_negative(sess, name, value):
    reader = tf.FixedLengthRecordReader(3, **{name: value})
    with pytest.raises(errors.InvalidArgumentError, match=f"{name} must be >= 0 not"):
        sess.run(reader.read(queue_of(sess, "f.bin")))


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_tfrecords(sess, compression):
    options = tf.python_io.TFRecordOptions(compression)
    with tf.python_io.TFRecordWriter("t.rec", options) as writer:
        writer.write(b"abc")
        writer.write(b"d")
    reader = tf.TFRecordReader(options=options)
    found = all_of(sess, reader.read(queue_of(sess, "t.rec")))
    assert found == [(b"t.rec:0", b"abc"), (b"t.rec:19", b"d")]


def test_a_damaged_file_is_left_behind(sess):
    reader = tf.TFRecordReader()
    read = reader.read(queue_of(sess, "a.txt"))
    with pytest.raises(errors.DataLossError) as caught:
        sess.run(read)
    assert "in file 'a.txt'" in caught.value.message
    with pytest.raises(errors.OutOfRangeError):
        sess.run(read)


def test_whole_files(sess):
    reader = tf.WholeFileReader()
    read = reader.read(queue_of(sess, "b.txt", "missing.txt", "a.txt"))
    assert tuple(sess.run(read)) == (b"b.txt", b"x\n")
    assert counts(sess, reader) == (1, 1)
    for _ in range(2):  # it stays with the file that is missing
        with pytest.raises(errors.NotFoundError) as caught:
            sess.run(read)
        assert "missing.txt; No such file or directory" in caught.value.message
    sess.run(reader.reset())
    assert counts(sess, reader) == (0, 0)
    assert sess.run(read.key) == b"a.txt"


def test_identity(sess):
    reader = tf.IdentityReader()
    queue = queue_of(sess, "A", "B", "C")
    assert tuple(sess.run(reader.read(queue))) == (b"A", b"A")
    assert sess.run(reader.read_up_to(queue, 5)).keys.tolist() == [b"B"]
    assert sess.run(reader.read_up_to(queue, 0)).keys.shape == (0,)


def test_two_reads_of_a_reader_share_its_place(sess):
    reader, queue = tf.TextLineReader(), queue_of(sess, "a.txt")
    first, second = reader.read(queue), reader.read(queue)
    assert sess.run(first.value) == b"l1"
    assert sess.run(second.value) == b"l\r2"


def test_states(sess):
    reader = tf.WholeFileReader()
    assert reader.supports_serialize
    read = reader.read(queue_of(sess, "b.txt", "a.txt"))
    sess.run(read)
    state = sess.run(reader.serialize_state())
    assert state == b'\x08\x01\x10\x01\x18\x01"\x05b.txt'
    sess.run(read)
    assert counts(sess, reader) == (2, 2)
    sess.run(reader.restore_state(state))
    assert counts(sess, reader) == (1, 1)


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("junk", "Could not parse state for WholeFileReader 'WholeFileReaderV2': junk"),
        (
            b"\x08\x05\x10\x01",
            "Inconsistent work started vs. finished when restoring in WholeFileReader",
        ),
        (
            b"\x08" + b"\xff" * 9 + b"\x01",
            "Unexpected negative value when restoring in WholeFileReader",
        ),
    ],
)
def test_bad_states(sess, state, text):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(tf.WholeFileReader().restore_state(state))
    assert text in caught.value.message


def test_most_readers_have_no_state(sess):
    reader = tf.TextLineReader()
    assert not reader.supports_serialize
    with pytest.raises(errors.UnimplementedError, match="Reader SerializeState"):
        sess.run(reader.serialize_state())
    with pytest.raises(errors.UnimplementedError, match="Reader RestoreState"):
        sess.run(reader.restore_state(b""))


@pytest.mark.parametrize(
    ("dtypes", "element", "text"),
    [
        ([tf.int32], [1], "Expected queue with single string component"),
        ([tf.string, tf.string], ["a", "b"], "Expected single component queue"),
        ([tf.string], [["a", "b"]], "Expected to dequeue a one-element string tensor"),
    ],
)
def test_queues_that_are_not_of_names(sess, dtypes, element, text):
    queue = tf.FIFOQueue(10, dtypes)
    sess.run(queue.enqueue(element))
    with pytest.raises(errors.InvalidArgumentError, match=text):
        sess.run(tf.TextLineReader().read(queue))


def test_a_read_that_waits_ends_with_its_session():
    sess = tf.Session()
    read = tf.TextLineReader().read(tf.FIFOQueue(10, tf.string, shapes=[()]))
    caught = []

    def run():
        try:
            sess.run(read)
        except errors.CancelledError as error:
            caught.append(error.message)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    sess.close()
    thread.join(10)
    assert not thread.is_alive()
    assert "Dequeue operation was cancelled" in caught[0]


def test_sessions_have_readers_of_their_own():
    reader = tf.TextLineReader(name="r")
    with tf.Session() as first, tf.Session() as second:
        queue = tf.FIFOQueue(10, tf.string, shapes=[()])
        fill, read = queue.enqueue("a.txt"), reader.read(queue)
        for sess in (first, second):
            sess.run(fill)
            assert sess.run(read.value) == b"l1"
        assert np.array_equal(counts(first, reader), counts(second, reader))
