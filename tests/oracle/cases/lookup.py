"""Lookup tables, by the names that TensorFlow 2.x's compat.v1 has."""

import tempfile
from pathlib import Path

import numpy as np

from tests.oracle.programs import Table

table = Table()
FOLDER = Path(tempfile.mkdtemp())
FILES = {
    "words": "a\nb\nc\n",
    "no_last_newline": "a\nb\nc",
    "windows": "a\r\nb\r\n",
    "columns": "a\t1\nb\t2\n",
    "spaces": "a 1\nb 2\n",
    "mixed": "a\t1\nb\n",
    "no_number": "a\tx\n",
    "floats": "a\t1.5\nb\t2\n",
    "blank": "a\n\nb\n",
}
for name, text in FILES.items():
    (FOLDER / name).write_bytes(text.encode())


def pairs(tf, keys, values, default):
    initializer = tf.lookup.KeyValueTensorInitializer(keys, values)
    return tf.lookup.StaticHashTable(initializer, default)


def from_file(tf, name, key_dtype, key, value_dtype, value, default, **options):
    initializer = tf.lookup.TextFileInitializer(
        str(FOLDER / name), key_dtype, key, value_dtype, value, **options
    )
    return tf.lookup.StaticHashTable(initializer, default)


def vocabulary(tf, name, **options):
    index = tf.lookup.TextFileIndex
    return from_file(
        tf, name, tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER, -1,
        **options,
    )  # fmt: skip


def columns(tf, name, value=1, dtype=None, default=-1, **options):
    return from_file(
        tf, name, tf.string, 0, dtype or tf.int64, value, default, **options
    )


WORDS = ["a", "c", "q"]
LOOKUPS = {
    "words": lambda tf: pairs(tf, ["a", "b"], [1, 2], -1).lookup(tf.constant(WORDS)),
    "matrix": lambda tf: pairs(tf, ["a", "b"], np.int64([1, 2]), -1).lookup(
        tf.constant([["a"], ["z"]])
    ),
    "scalar": lambda tf: pairs(tf, ["a", "b"], [1.5, 2], -1).lookup(tf.constant("a")),
    "to_words": lambda tf: pairs(tf, [1, 2], ["a", "b"], "UNK").lookup(
        tf.constant([1, 5])
    ),
    "size": lambda tf: pairs(tf, ["a", "b"], [1, 2], -1).size(),
    "same_twice": lambda tf: pairs(tf, ["a", "a"], [1, 1], -1).size(),
    "sparse": lambda tf: pairs(tf, ["a", "b"], [1, 2], -1).lookup(
        tf.SparseTensor([[0, 1]], ["b"], [2, 2])
    ),
    "file": lambda tf: vocabulary(tf, "words").lookup(tf.constant(WORDS)),
    "file_end": lambda tf: vocabulary(tf, "no_last_newline").lookup(tf.constant(WORDS)),
    "file_windows": lambda tf: vocabulary(tf, "windows").lookup(
        tf.constant(["a", "a\r"])
    ),
    "file_part": lambda tf: vocabulary(tf, "words", vocab_size=2).size(),
    "file_columns": lambda tf: columns(tf, "columns").lookup(tf.constant(["b", "a"])),
    "file_spaces": lambda tf: columns(tf, "spaces", delimiter=" ").lookup(
        tf.constant(["b", "a"])
    ),
    "file_floats": lambda tf: columns(tf, "floats", dtype=tf.float32).lookup(
        tf.constant(["b", "a"])
    ),
    "file_to_words": lambda tf: from_file(
        tf, "words", tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER, tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE, "UNK",
    ).lookup(tf.constant([0, 2, 9], tf.int64)),
    "buckets": lambda tf: tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], np.int64([0, 1])), 5
    ).lookup(tf.constant(["a", "z", "y", "x", "TensorFlow"])),
    "buckets_size": lambda tf: tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], np.int64([0, 1])), 5
    ).size(),
    "buckets_alone": lambda tf: tf.lookup.StaticVocabularyTable(None, 7).lookup(
        tf.constant(["a", "z", "y"])
    ),
    "buckets_of_numbers": lambda tf: tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(np.int64([5, 6]), np.int64([0, 1])), 3
    ).lookup(tf.constant([5, 6, 7, 8, -3], tf.int64)),
}  # fmt: skip


def filled(make):
    def program(tf, sess):
        result = make(tf)
        sess.run(tf.tables_initializer())
        found = sess.run(result)
        return list(found) if isinstance(found, tuple) else found

    return program


for name, make in LOOKUPS.items():
    program = filled(make)
    program.__name__ = name
    table.script()(program)

FAILURES = {
    "not_ready": (
        lambda tf, sess: sess.run(pairs(tf, ["a"], [1], -1).lookup(tf.constant(["a"]))),
        "FailedPreconditionError",
    ),
    "wrong_keys": (
        filled(lambda tf: pairs(tf, ["a"], [1], -1).lookup(tf.constant([1]))),
        "TypeError",
    ),
    "wrong_default": (lambda tf, sess: pairs(tf, ["a"], [1], "x"), "TypeError"),
    "default_vector": (lambda tf, sess: pairs(tf, ["a"], [1], [1, 2]), "ValueError"),
    "more_values": (lambda tf, sess: pairs(tf, ["a"], [1, 2], -1), "ValueError"),
    "matrix_of_keys": (lambda tf, sess: pairs(tf, [["a"]], [[1]], -1), "ValueError"),
    "no_file": (filled(lambda tf: vocabulary(tf, "none").size()), "NotFoundError"),
    "too_few_lines": (
        filled(lambda tf: vocabulary(tf, "words", vocab_size=4).size()),
        "InvalidArgumentError",
    ),
    "blank_line": (
        filled(lambda tf: vocabulary(tf, "blank").size()),
        "InvalidArgumentError",
    ),
    "no_column": (
        filled(lambda tf: columns(tf, "columns", 2).size()),
        "InvalidArgumentError",
    ),
    "no_column_later": (
        filled(lambda tf: columns(tf, "mixed").size()),
        "InvalidArgumentError",
    ),
    "no_number": (
        filled(lambda tf: columns(tf, "no_number").size()),
        "InvalidArgumentError",
    ),
    "delimiter": (
        filled(lambda tf: columns(tf, "columns", delimiter="xx").size()),
        "InvalidArgumentError",
    ),
    "vocab_size": (
        lambda tf, sess: vocabulary(tf, "words", vocab_size=0),
        "ValueError",
    ),
    "line_number_as_text": (
        lambda tf, sess: columns(tf, "words", -1, tf.float32),
        "ValueError",
    ),
    "no_buckets": (
        lambda tf, sess: tf.lookup.StaticVocabularyTable(None, 0),
        "ValueError",
    ),
}
for name, (program, error) in FAILURES.items():

    def script(tf, sess, program=program):
        return program(tf, sess)

    script.__name__ = f"bad_{name}"
    table.script(raises=error)(script)
