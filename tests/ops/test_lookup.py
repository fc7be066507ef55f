"""Lookup tables: words, numbers, files, and tables that change."""

import numpy as np
import pytest

import interactive_graphs as tf

lookup = tf.contrib.lookup


def pairs(keys=("a", "b"), values=(1, 2)):
    return lookup.KeyValueTensorInitializer(list(keys), list(values))


def test_a_table_is_filled_once_in_each_session():
    table = lookup.HashTable(pairs(), -1)
    found = table.lookup(tf.constant(["b", "z"]))
    assert tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS) == [table.init]
    for _ in range(2):
        with tf.Session() as sess:
            with pytest.raises(tf.errors.FailedPreconditionError) as caught:
                sess.run(found)
            assert caught.value.message.startswith("Table not initialized.\n")
            sess.run(table.init)
            sess.run(tf.tables_initializer())  # the same again
            assert sess.run(found).tolist() == [2, -1]


def test_a_shared_table_is_not_filled_with_something_else():
    first = lookup.HashTable(pairs(), -1, shared_name="both")
    second = lookup.HashTable(pairs("ab", (1, 3)), -1, shared_name="both")
    with tf.Session() as sess:
        sess.run(first.init)
        assert sess.run(second.lookup(tf.constant("b"))) == 2
        with pytest.raises(tf.errors.FailedPreconditionError) as caught:
            sess.run(second.init)
        assert caught.value.message.startswith("Table already initialized.\n")


def test_node_names_are_those_of_tf1():
    table = lookup.HashTable(pairs(), -1)
    table.lookup(tf.constant("a"))
    names = [op.name for op in tf.get_default_graph().get_operations()]
    assert "hash_table" in names
    assert "hash_table/default_value" in names
    assert "hash_table_Lookup" in names


def test_words_of_a_list():
    table = lookup.index_table_from_tensor(["x", "y", "z"], num_oov_buckets=2)
    back = lookup.index_to_string_table_from_tensor(["x", "y", "z"], "UNK")
    ids = table.lookup(tf.constant([["z", "x"], ["new", "y"]]))
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        found, words, size = sess.run([ids, back.lookup(ids), table.size()])
    assert found[0].tolist() == [2, 0]
    assert found[1, 0] in (3, 4)
    assert words.tolist() == [[b"z", b"x"], [b"UNK", b"y"]]
    assert size == 5


def test_numbers_of_a_list():
    table = lookup.index_table_from_tensor([30, 10, 20])
    with tf.Session() as sess:
        sess.run(table.init)
        keys = tf.constant([20, 30, 7], tf.int64)
        assert sess.run(table.lookup(keys)).tolist() == [2, 0, -1]


def test_words_of_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("emerson\nlake\npalmer\n")
    table = lookup.index_table_from_file(str(path), num_oov_buckets=1)
    back = lookup.index_to_string_table_from_file(str(path), default_value="?")
    ids = table.lookup(tf.constant(["lake", "wakeman"]))
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        assert sess.run([ids, back.lookup(ids)])[0].tolist() == [1, 3]
        assert sess.run(back.lookup(ids)).tolist() == [b"lake", b"?"]
    assert len(tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)) == 2


def test_numbers_in_a_file_and_narrow_keys(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("42\n1\n-1000\n")
    table = lookup.index_table_from_file(
        str(path), num_oov_buckets=2, key_dtype=tf.int32
    )
    with tf.Session() as sess:
        sess.run(table.init)
        found = sess.run(table.lookup(tf.constant([1, -1000, 11])))
    assert found[:2].tolist() == [1, 2]
    assert found[2] in (3, 4)


def test_strong_hashing_depends_on_the_key():
    words = tf.constant([f"word {i}" for i in range(50)])
    tables = [
        lookup.IdTableWithHashBuckets(None, 1000, lookup.StrongHashSpec([1, k]))
        for k in range(2)
    ]
    with tf.Session() as sess:
        first, second = (sess.run(t.lookup(words)) for t in tables)
    assert (first != second).any()


def test_a_mutable_table():
    table = lookup.MutableHashTable(tf.string, tf.float32, default_value=0.0)
    keys, values = tf.placeholder(tf.string), tf.placeholder(tf.float32)
    insert, remove = table.insert(keys, values), table.remove(keys)
    with tf.Session() as sess:
        sess.run(insert, {keys: ["a", "b"], values: [1, 2]})
        sess.run(insert, {keys: ["b", "c"], values: [3, 4]})
        assert sess.run(table.size()) == 3
        exported = sess.run(table.export())
        assert dict(zip(*exported, strict=True)) == {b"a": 1, b"b": 3, b"c": 4}
        sess.run(remove, {keys: ["a", "zz"]})
        found = sess.run(table.lookup(keys), {keys: [["a", "b"]]})
        assert found.tolist() == [[0, 3]]
    with tf.Session() as sess:
        assert sess.run(table.size()) == 0, "a table of the other session"


def test_a_table_of_vectors():
    table = lookup.MutableHashTable(tf.int64, tf.float32, [0.0, 0.0])
    insert = table.insert(np.int64([1, 2]), [[1.0, 2.0], [3.0, 4.0]])
    found = table.lookup(np.int64([[2, 5]]))
    assert found.shape.as_list() == [1, 2, 2]
    with tf.Session() as sess:
        sess.run(insert)
        assert sess.run(found).tolist() == [[[3, 4], [0, 0]]]
        keys, values = sess.run(table.export())
    assert (keys.tolist(), values.tolist()) == ([1, 2], [[1, 2], [3, 4]])


def test_a_dense_table_and_its_forbidden_keys():
    table = lookup.MutableDenseHashTable(
        tf.int64, tf.int64, -1, empty_key=0, deleted_key=-1
    )
    insert = table.insert(np.int64([5, 6]), np.int64([50, 60]))
    with tf.Session() as sess:
        sess.run(insert)
        assert sess.run(table.lookup(np.int64([6, 7]))).tolist() == [60, -1]
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            sess.run(table.lookup(np.int64([0])))
    assert caught.value.message.startswith(
        "Using the empty_key as a table key is not allowed\n"
    )


def test_a_table_in_an_imported_graph(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\n")
    with tf.Graph().as_default() as graph:
        table = lookup.index_table_from_file(str(path))
        tf.identity(table.lookup(tf.constant(["b", "c"])), name="found")
        tf.tables_initializer(name="fill")
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(graph.as_graph_def(), name="")
        sess.run("fill")
        assert sess.run("found:0").tolist() == [1, -1]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a\nb\na\n", {}, "HashTable has different value for same key. Key a has 0 and trying to add value 2"),
        ("a\nb\n", {"vocab_size": 3}, "Invalid vocab_size in F: expected 3 but got 2"),
        ("a\n\nb\n", {}, "Invalid content in F: empty line at line 1."),
        ("a\n", {"value_column_index": 1}, "Invalid number of columns in F line 0 (a) : expected 2 got 1"),
        ("a\tx\n", {"key_column_index": 0, "value_column_index": 1}, "Field x in line 0 is not a valid int64. (in F)"),
        ("a\t9223372036854775808\n", {"key_column_index": 0, "value_column_index": 1}, "Field 9223372036854775808 in line 0 is not a valid int64. (in F)"),
        ("a\t1_0\n", {"key_column_index": 0, "value_column_index": 1}, "Field 1_0 in line 0 is not a valid int64. (in F)"),
        ("a\n", {"delimiter": "::"}, "delimiter should be only 1 char"),
    ],
)  # fmt: skip
def test_files_that_fill_no_table(tmp_path, text, options, message):
    path = tmp_path / "words.txt"
    path.write_text(text)
    table = lookup.index_table_from_file(str(path), **options)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(table.init)
    assert caught.value.message.replace(str(path), "F").startswith(message + "\n")


def test_a_missing_file():
    table = lookup.index_table_from_file("/no/such/file")
    with tf.Session() as sess, pytest.raises(tf.errors.NotFoundError) as caught:
        sess.run(table.init)
    assert caught.value.message.startswith("/no/such/file; No such file or directory\n")


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (
            lambda: lookup.HashTable(pairs(), -1).lookup(tf.constant([1])),
            TypeError,
            "Signature mismatch. Keys must be dtype tf.string, got tf.int32.",
        ),
        (
            lambda: lookup.index_table_from_file(""),
            ValueError,
            "vocabulary_file must be specified and must not be empty.",
        ),
        (
            lambda: lookup.index_table_from_file("f", num_oov_buckets=-1),
            ValueError,
            "num_oov_buckets must be greater or equal than 0, got -1.",
        ),
        (
            lambda: lookup.index_table_from_file("f", vocab_size=0),
            ValueError,
            "vocab_file_size must be greater than 0, got 0.",
        ),
        (
            lambda: lookup.index_table_from_file("f", key_dtype=tf.float32),
            TypeError,
            "Only integer and string keys are supported.",
        ),
        (
            lambda: lookup.index_table_from_tensor(None),
            ValueError,
            "mapping must be specified.",
        ),
        (
            lambda: lookup.IdTableWithHashBuckets(None, 0),
            ValueError,
            "oov_buckets must be > 0 if no table is supplied.",
        ),
        (
            lambda: lookup.StrongHashSpec([1]),
            ValueError,
            "key must have size 2, got 1.",
        ),
        (
            lambda: lookup.TextFileInitializer("f", tf.string, -1, tf.int64, 0),
            ValueError,
            "Signature mismatch. Keys must be dtype tf.int64, got tf.string.",
        ),
        (
            lambda: lookup.TextFileInitializer("f", tf.string, -3, tf.int64, 0),
            ValueError,
            "Invalid key index -3.",
        ),
    ],
)
def test_what_is_refused(build, error, text):
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text
