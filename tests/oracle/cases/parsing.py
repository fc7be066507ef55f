"""Examples, CSV, serialized tensors, compressed strings."""

import zlib

import numpy as np

from tests.oracle.programs import Table

table = Table()

# -- CSV -------------------------------------------------------------------------------

_WORDS = [["a"], ["b"]]
for name, line, defaults, options in (
    ("numbers", "1,2.5,abc", [[0], [0.0], [""]], {}),
    ("defaults", "1,,", [[0], [7.0], ["d"]], {}),
    ("scalars_as_defaults", "1,2", [0, 0.5], {}),
    ("quotes", '"a,b",c', _WORDS, {}),
    ("quotes_in_quotes", '"a""b",c', _WORDS, {}),
    ("quoted_numbers", '"1","2.5"', [[0], [0.0]], {}),
    ("quoted_nothing", '"",1', [["z"], [0]], {}),
    ("quoted_line_end", '"a\nb",c', _WORDS, {}),
    ("quotes_without_meaning", '"a,b",c', [[""]] * 3, {"use_quote_delim": False}),
    ("other_delimiter", "1;2", [[0], [0]], {"field_delim": ";"}),
    ("tab", "1\t2", [[0], [0]], {"field_delim": "\t"}),
    ("na_value", "NA,", [[5], [6]], {"na_value": "NA"}),
    ("chosen", "1,2,3", [[0], [0]], {"select_cols": [0, 2]}),
    ("two_fields_of_nothing", ",", _WORDS, {}),
    ("blanks", " 1, 2 ", [[0], [0]], {}),
    ("blanks_of_words", " 1 , b ", [[0.0], [""]], {}),
    ("unusual_floats", "1e3,nan,-inf", [[0.0]] * 3, {}),
    ("signs", "+1,-2", [[0], [0]], {}),
    ("not_ascii", "é,ü", _WORDS, {}),
    ("vector", ["1,2", "3,4"], [[0], [0.0]], {}),
    ("matrix", [["1,2"], ["3,4"]], [[0], [0.0]], {}),
    ("no_records", np.empty(0, object), [[0], [0.0]], {}),
):
    table.add(
        f"csv_{name}",
        lambda tf, line=line, defaults=defaults, options=options: tf.decode_csv(
            tf.constant(line, tf.string), defaults, **options
        ),
    )
for name, line, defaults in (
    ("too_many", "1,2", [[0]]),
    ("too_few", "1", [[0], [0]]),
    ("empty_line", "", [[0]]),
    ("required", "1,", [[0], []]),
    ("not_an_int", "x", [[0]]),
    ("a_float_for_an_int", "1.5", [[0]]),
    ("too_large", "99999999999", [[0]]),
    ("hexadecimal", "0x10", [[0]]),
    ("not_a_float", "x", [[0.0]]),
    ("quote_inside", '"a"b,c', _WORDS),
    ("open_quote", '"a,c', _WORDS),
    ("stray_quote", 'a"b,c', _WORDS),
    ("line_end", "a\nb,c", _WORDS),
):
    table.add(
        f"csv_refused_{name}",
        lambda tf, line=line, defaults=defaults: tf.decode_csv(line, defaults),
        raises="InvalidArgumentError",
    )
for name, columns in (("unsorted", [2, 0]), ("negative", [-1, 1]), ("few", [0])):
    table.add(
        f"csv_{name}_columns",
        lambda tf, columns=columns: tf.decode_csv(
            "1,2,3", [[0], [0]], select_cols=columns
        ),
        raises="ValueError",
    )
for dtype, text in (("int64", "-99999999999"), ("float64", "0.1"), ("float32", "0.1")):
    table.add(
        f"csv_{dtype}",
        lambda tf, dtype=dtype, text=text: tf.decode_csv(
            text, [tf.constant([0], dtype)]
        ),
    )

# -- Examples --------------------------------------------------------------------------


def feature(tf, values):
    """A feature of ints, floats or bytes; an empty one for None."""
    if values is None:
        return tf.train.Feature()
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def example(tf, **features):
    """A serialized Example."""
    made = {key: feature(tf, values) for key, values in features.items()}
    message = tf.train.Example(features=tf.train.Features(feature=made))
    return message.SerializeToString()


def some(tf):
    """Two Examples with all features, and one with none."""
    first = example(tf, a=[1], b=[1.0, 2.0], c=[b"x"], l=[1, 2, 3])
    second = example(tf, a=[2], b=[3.0, 4.0], c=[b"y"], l=[7])
    return [first, second, example(tf, a=None)]


_FEATURES = {
    "int": lambda tf: {"a": tf.FixedLenFeature([], tf.int64)},
    "floats": lambda tf: {"b": tf.FixedLenFeature([2], tf.float32)},
    "matrix": lambda tf: {"b": tf.FixedLenFeature([2, 1], tf.float32)},
    "string": lambda tf: {"c": tf.FixedLenFeature([], tf.string)},
    "sparse": lambda tf: {"l": tf.VarLenFeature(tf.int64)},
    "sparse_floats": lambda tf: {"b": tf.VarLenFeature(tf.float32)},
    "sparse_missing": lambda tf: {"zz": tf.VarLenFeature(tf.string)},
    "rows": lambda tf: {"l": tf.FixedLenSequenceFeature([], tf.int64, True)},
    "rows_of_two": lambda tf: {"b": tf.FixedLenSequenceFeature([2], tf.float32, True)},
    "all": lambda tf: {
        "a": tf.FixedLenFeature([1], tf.int64),
        "b": tf.FixedLenFeature([2], tf.float32),
        "c": tf.FixedLenFeature([], tf.string),
        "l": tf.VarLenFeature(tf.int64),
    },
}
_DEFAULTS = {
    "defaults": lambda tf: {
        "a": tf.FixedLenFeature([], tf.int64, -1),
        "b": tf.FixedLenFeature([2], tf.float32, [8.0, 9.0]),
        "c": tf.FixedLenFeature([], tf.string, "?"),
    },
    "filled_up": lambda tf: {
        "l": tf.FixedLenSequenceFeature([], tf.int64, True, -5),
        "c": tf.FixedLenSequenceFeature([], tf.string, True),
    },
    "sparse_with_gaps": lambda tf: {"l": tf.VarLenFeature(tf.int64)},
}
for name, features in _FEATURES.items():
    table.add(
        f"examples_{name}",
        lambda tf, features=features: tf.parse_example(some(tf)[:2], features(tf)),
    )
    table.add(
        f"example_{name}",
        lambda tf, features=features: tf.parse_single_example(
            some(tf)[0], features(tf)
        ),
    )
for name, features in _DEFAULTS.items():
    table.add(
        f"examples_{name}",
        lambda tf, features=features: tf.parse_example(some(tf), features(tf)),
    )
    table.add(
        f"example_{name}",
        lambda tf, features=features: tf.parse_single_example(
            some(tf)[2], features(tf)
        ),
    )
table.add(
    "examples_sparse_feature",
    lambda tf: tf.parse_example(
        [example(tf, ix=[3, 1], v=[1.0, 2.0]), example(tf, a=None)],
        {"s": tf.SparseFeature("ix", "v", tf.float32, 10)},
    ),
)
table.add(
    "examples_sparse_feature_of_two_dimensions",
    lambda tf: tf.parse_example(
        [example(tf, ix=[3, 1], iy=[0, 2], v=[1.0, 2.0])],
        {"s": tf.SparseFeature(["ix", "iy"], "v", tf.float32, [10, 5])},
    ),
)
for name, features in (
    ("missing", lambda tf: {"zz": tf.FixedLenFeature([], tf.int64)}),
    ("dtype", lambda tf: {"a": tf.FixedLenFeature([], tf.float32)}),
    ("length", lambda tf: {"b": tf.FixedLenFeature([3], tf.float32)}),
    ("sparse_dtype", lambda tf: {"l": tf.VarLenFeature(tf.float32)}),
    ("stride", lambda tf: {"l": tf.FixedLenSequenceFeature([2], tf.int64, True)}),
):
    table.add(
        f"examples_wrong_{name}",
        lambda tf, features=features: tf.parse_example(some(tf)[:2], features(tf)),
        raises="InvalidArgumentError",
    )
    table.add(
        f"example_wrong_{name}",
        lambda tf, features=features: tf.parse_single_example(
            some(tf)[0], features(tf)
        ),
        raises="InvalidArgumentError",
    )
for name, features in (
    ("none", lambda tf: {}),
    ("kind", lambda tf: {"a": 3}),
    ("shape", lambda tf: {"a": tf.FixedLenFeature(None, tf.int64)}),
    ("first_dimension", lambda tf: {"b": tf.FixedLenFeature([None], tf.float32)}),
    ("sequence", lambda tf: {"l": tf.FixedLenSequenceFeature([], tf.int64)}),
):
    table.add(
        f"examples_bad_features_{name}",
        lambda tf, features=features: tf.parse_example(some(tf), features(tf)),
        raises="ValueError",
    )


def sequence(tf):
    """A serialized SequenceExample."""
    lists = {"words": [[b"a"], [b"b"]], "ids": [[1, 2], [3]], "none": []}
    made = {
        key: tf.train.FeatureList(feature=[feature(tf, step) for step in steps])
        for key, steps in lists.items()
    }
    return tf.train.SequenceExample(
        context=tf.train.Features(feature={"n": feature(tf, [2])}),
        feature_lists=tf.train.FeatureLists(feature_list=made),
    ).SerializeToString()


table.add(
    "sequence_example",
    lambda tf: tf.parse_single_sequence_example(
        sequence(tf),
        {"n": tf.FixedLenFeature([], tf.int64), "zz": tf.VarLenFeature(tf.string)},
        {
            "words": tf.FixedLenSequenceFeature([], tf.string),
            "ids": tf.VarLenFeature(tf.int64),
            "none": tf.FixedLenSequenceFeature([2], tf.float32),
            "missing": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        },
    ),
)
table.add(
    "sequence_example_without_a_list",
    lambda tf: tf.parse_single_sequence_example(
        sequence(tf),
        sequence_features={"gone": tf.FixedLenSequenceFeature([], tf.int64)},
    ),
    raises="InvalidArgumentError",
)


@table.script()
def bytes_of_an_example(tf, sess):
    return example(tf, b=[1.5, -2.0], i=[1, -1])


# -- tensors ---------------------------------------------------------------------------

for name, value in (
    ("floats", np.float32([[1, 2], [3, 4]])),
    ("scalar", np.int32(5)),
    ("equal", np.ones((2, 3), np.float64)),
    ("bools", np.array([True, False])),
    ("strings", np.array([b"a", b"\xff"], object)),
    ("nothing", np.zeros((0, 2), np.int64)),
    ("complex", np.complex64([1 + 2j])),
    ("halves", np.float16([1.5, 2])),
):
    table.add(f"serialize_{name}", lambda tf, value=value: tf.serialize_tensor(value))
    table.add(
        f"parse_{name}",
        lambda tf, value=value: tf.parse_tensor(
            tf.serialize_tensor(value), tf.as_dtype(value.dtype)
        ),
    )
for name, data in (("junk", b"\xff"), ("other_dtype", b"\x08\x01"), ("nothing", b"")):
    table.add(
        f"parse_refused_{name}",
        lambda tf, data=data: tf.parse_tensor(data, tf.int32),
        raises="InvalidArgumentError",
    )
table.add(
    "decode_compressed",
    lambda tf: tf.decode_compressed([zlib.compress(b"abc")], "ZLIB"),
)
