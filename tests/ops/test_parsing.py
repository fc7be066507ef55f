"""Examples, CSV and serialized tensors: values, shapes, and texts of refusals."""

import zlib

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors

train = tf.train


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def feature(values):
    if values is None:
        return train.Feature()
    if isinstance(values[0], bytes):
        return train.Feature(bytes_list=train.BytesList(value=values))
    if isinstance(values[0], float):
        return train.Feature(float_list=train.FloatList(value=values))
    return train.Feature(int64_list=train.Int64List(value=values))


def example(**features):
    made = {key: feature(values) for key, values in features.items()}
    return train.Example(features=train.Features(feature=made)).SerializeToString()


A = example(a=[1], b=[1.0, 2.0], c=[b"x"], l=[1, 2, 3])
B = example(a=[2], b=[3.0, 4.0], c=[b"y"], l=[7])
NOTHING = example()


def parsed(sess, serialized, features, **kwargs):
    parse = tf.parse_example if isinstance(serialized, list) else None
    parse = parse or tf.parse_single_example
    return sess.run(parse(serialized, features, **kwargs))


def refused(sess, serialized, features, **kwargs):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        parsed(sess, serialized, features, **kwargs)
    return caught.value.message.split("\n")[0]


# -- Examples --------------------------------------------------------------------------


def test_several_examples(sess):
    features = {
        "a": tf.FixedLenFeature([], tf.int64),
        "b": tf.FixedLenFeature([2], tf.float32),
        "c": tf.FixedLenFeature([1], tf.string),
        "l": tf.VarLenFeature(tf.int64),
    }
    tensors = tf.parse_example([A, B], features)
    assert {k: t.shape.as_list() for k, t in tensors.items() if k != "l"} == {
        "a": [2],
        "b": [2, 2],
        "c": [2, 1],
    }
    assert tensors["a"].op.name == "ParseExample/ParseExample"
    found = sess.run(tensors)
    assert found["a"].tolist() == [1, 2]
    assert found["b"].tolist() == [[1, 2], [3, 4]]
    assert found["c"].tolist() == [[b"x"], [b"y"]]
    assert found["l"].indices.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0]]
    assert found["l"].values.tolist() == [1, 2, 3, 7]
    assert found["l"].dense_shape.tolist() == [2, 3]


def test_one_example(sess):
    features = {
        "a": tf.FixedLenFeature([], tf.int64),
        "b": tf.FixedLenFeature([2, 1], tf.float32),
        "l": tf.VarLenFeature(tf.int64),
    }
    tensors = tf.parse_single_example(A, features)
    assert tensors["b"].shape.as_list() == [2, 1]
    found = sess.run(tensors)
    assert found["a"] == 1
    assert found["b"].tolist() == [[1], [2]]
    assert found["l"].indices.tolist() == [[0], [1], [2]]
    assert found["l"].dense_shape.tolist() == [3]


def test_defaults_stand_in_for_what_is_missing(sess):
    features = {
        "a": tf.FixedLenFeature([], tf.int64, -1),
        "b": tf.FixedLenFeature([2], tf.float32, [8, 9]),
        "c": tf.FixedLenFeature([], tf.string, "?"),
    }
    found = parsed(sess, [A, NOTHING], features)
    assert found["a"].tolist() == [1, -1]
    assert found["b"].tolist() == [[1, 2], [8, 9]]
    assert found["c"].tolist() == [b"x", b"?"]
    alone = parsed(sess, example(a=None), features)
    assert (alone["a"], alone["b"].tolist()) == (-1, [8, 9])


def test_rows_of_any_number(sess):
    features = {
        "l": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        "b": tf.FixedLenSequenceFeature([2], tf.float32, True, default_value=-5),
    }
    found = parsed(sess, [A, B, NOTHING], features)
    assert found["l"].tolist() == [[1, 2, 3], [7, 0, 0], [0, 0, 0]]
    assert found["b"].tolist() == [[[1, 2]], [[3, 4]], [[-5, -5]]]
    alone = parsed(sess, A, features)
    assert (alone["l"].tolist(), alone["b"].tolist()) == ([1, 2, 3], [[1, 2]])


def test_sparse_features(sess):
    data = example(ix=[3, 1], iy=[0, 2], v=[1.0, 2.0])
    features = {
        "s": tf.SparseFeature("ix", "v", tf.float32, 10),
        "m": tf.SparseFeature(["ix", "iy"], "v", tf.float32, [10, 5]),
    }
    found = parsed(sess, [data, NOTHING], features)
    assert sorted(found) == ["m", "s"]
    assert found["s"].indices.tolist() == [[0, 1], [0, 3]]
    assert found["s"].values.tolist() == [2, 1]
    assert found["s"].dense_shape.tolist() == [2, 10]
    assert found["m"].indices.tolist() == [[0, 1, 2], [0, 3, 0]]
    assert parsed(sess, data, features)["s"].indices.tolist() == [[1], [3]]


def test_no_examples(sess):
    empty = tf.constant([], tf.string)
    tensors = tf.parse_example(
        empty,
        {"a": tf.FixedLenFeature([2], tf.int64), "l": tf.VarLenFeature(tf.string)},
    )
    found = sess.run(tensors)
    assert found["a"].shape == (0, 2)
    assert found["l"].dense_shape.tolist() == [0, 0]


INT = tf.FixedLenFeature([], tf.int64)
REFUSALS = [
    (
        [A, NOTHING],
        {"a": INT},
        {},
        "Name: <unknown>, Feature: a (data type: int64) is required but could not be "
        "found.",
    ),
    (
        [A, NOTHING],
        {"a": INT},
        {"example_names": ["one", "two"]},
        "Name: two, Feature: a (data type: int64) is required but could not be found.",
    ),
    (
        NOTHING,
        {"a": INT},
        {},
        "Feature: a (data type: int64) is required but could not be found.",
    ),
    (
        [A],
        {"a": tf.FixedLenFeature([], tf.float32)},
        {},
        "Name: <unknown>, Key: a, Index: 0.  Data types don't match. Data type: int64 "
        "but expected type: float",
    ),
    (
        A,
        {"l": tf.VarLenFeature(tf.float32)},
        {},
        "Key: l.  Data types don't match. Expected type: float, Actual type: int64",
    ),
    (
        [A, B],
        {"l": tf.FixedLenFeature([3], tf.int64)},
        {},
        "Name: <unknown>, Key: l, Index: 1.  Number of int64 values != expected.  "
        "Values size: 1 but output shape: [3]",
    ),
    (
        [A],
        {"l": tf.FixedLenSequenceFeature([2], tf.int64, True)},
        {},
        "Name: <unknown>, Key: l, Index: 0.  Number of int64 values is not a multiple "
        "of stride length. Saw 3 values but output shape is: [?,2]",
    ),
    ([b"\xffjunk"], {"a": INT}, {}, "Could not parse example input, value: "),
    (
        [A, B],
        {"a": INT},
        {"example_names": ["one"]},
        "Expected len(names) == len(serialized), but got: 1 vs. 2",
    ),
]


@pytest.mark.parametrize(("serialized", "features", "kwargs", "text"), REFUSALS)
def test_refused_examples(sess, serialized, features, kwargs, text):
    assert text in refused(sess, serialized, features, **kwargs)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: tf.parse_example([A], {}), "Missing: features was {}."),
        (lambda: tf.parse_single_example(A, None), "Missing features."),
        (
            lambda: tf.parse_example([A], {"l": 3}),
            "Unsupported int 3 for key 'l'",
        ),
        (
            lambda: tf.parse_example([A], {"a": tf.FixedLenFeature(None, tf.int64)}),
            "Missing shape for feature a. Received feature=FixedLenFeature(shape=None, "
            "dtype=tf.int64, default_value=None).",
        ),
        (
            lambda: tf.parse_example([A], {"b": tf.FixedLenFeature([None], tf.int64)}),
            "First dimension of shape for feature b unknown. Consider using "
            "FixedLenSequenceFeature. Received feature=FixedLenFeature(shape=[None], "
            "dtype=tf.int64, default_value=None).",
        ),
        (
            lambda: tf.parse_example(
                [A], {"l": tf.FixedLenSequenceFeature([], tf.int64)}
            ),
            "Unsupported: FixedLenSequenceFeature requires allow_missing to be True.",
        ),
    ],
)
def test_wrong_features(call, text):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == text


def test_sequence_examples(sess):
    def steps(*values):
        return train.FeatureList(feature=[feature(v) for v in values])

    lists = {"words": steps([b"a"], [b"b"]), "ids": steps([1, 2], [3]), "e": steps()}
    data = train.SequenceExample(
        context=train.Features(feature={"n": feature([2])}),
        feature_lists=train.FeatureLists(feature_list=lists),
    ).SerializeToString()
    context, sequences = tf.parse_single_sequence_example(
        data,
        context_features={"n": tf.FixedLenFeature([], tf.int64)},
        sequence_features={
            "words": tf.FixedLenSequenceFeature([], tf.string),
            "ids": tf.VarLenFeature(tf.int64),
            "e": tf.FixedLenSequenceFeature([2], tf.float32),
            "missing": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        },
    )
    assert sequences["e"].shape.as_list() == [None, 2]
    once, found = sess.run([context, sequences])
    assert once == {"n": 2}
    assert found["words"].tolist() == [b"a", b"b"]
    assert found["ids"].indices.tolist() == [[0, 0], [0, 1], [1, 0]]
    assert found["ids"].dense_shape.tolist() == [2, 2]
    assert (found["e"].shape, found["missing"].shape) == ((0, 2), (0,))
    needed = {"gone": tf.FixedLenSequenceFeature([], tf.int64)}
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(tf.parse_single_sequence_example(data, sequence_features=needed))
    assert (
        "Name: <unknown>, Feature list 'gone' is required but could not be found.  Did "
        "you mean to include it in feature_list_dense_missing_assumed_empty or "
        "feature_list_dense_defaults?" in caught.value.message
    )


# -- CSV -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "defaults", "kwargs", "values"),
    [
        ("1,2.5,abc", [[0], [0.0], [""]], {}, [1, 2.5, b"abc"]),
        ("1,,", [[0], [7.0], ["d"]], {}, [1, 7.0, b"d"]),
        ('"a,b","c""d",""', [[""], [""], ["z"]], {}, [b"a,b", b'c"d', b"z"]),
        ('"a,b"', [[""], [""]], {"use_quote_delim": False}, [b'"a', b'b"']),
        ("1;2", [[0], [0]], {"field_delim": ";"}, [1, 2]),
        ("NA,", [[5], [6]], {"na_value": "NA"}, [5, 6]),
        ("1,2,3", [[0], [0]], {"select_cols": [0, 2]}, [1, 3]),
        (" +1 , -2 ", [[0], [0]], {}, [1, -2]),
        ("1e3,-inf", [0.0, 0.0], {}, [1000.0, -np.inf]),
        ('"two\nlines",1', [[""], [0]], {}, [b"two\nlines", 1]),
    ],
)
def test_csv(sess, line, defaults, kwargs, values):
    assert sess.run(tf.decode_csv(line, defaults, **kwargs)) == values


def test_csv_in_batches(sess):
    columns = tf.decode_csv([["1,a"], ["2,b"]], [[0], [""]])
    assert [c.shape.as_list() for c in columns] == [[2, 1], [2, 1]]
    numbers, words = sess.run(columns)
    assert (numbers.tolist(), words.tolist()) == ([[1], [2]], [[b"a"], [b"b"]])
    assert numbers.dtype == np.int32


@pytest.mark.parametrize(
    ("lines", "defaults", "text"),
    [
        (["1,2"], [[0]], "Expect 1 fields but have 2 in record 0"),
        (["1,2", "1"], [[0], [0]], "Expect 2 fields but have 1 in record 1"),
        ([""], [[0]], "Expect 1 fields but have 0 in record 0"),
        (["1,"], [[0], []], "Field 1 is required but missing in record 0!"),
        (["x"], [[0]], "Field 0 in record 0 is not a valid int32: x"),
        (["9" * 12], [[0]], f"Field 0 in record 0 is not a valid int32: {'9' * 12}"),
        (["1_0"], [[0.0]], "Field 0 in record 0 is not a valid float: 1_0"),
        (
            ['"a"b,c'],
            [[""], [""]],
            "Quote inside a string has to be escaped by another quote",
        ),
        (
            ['"a,c'],
            [[""], [""]],
            "Quoted field has to end with quote followed by delim or end",
        ),
        (['a"b'], [[""]], "Unquoted fields cannot have quotes/CRLFs inside"),
        (["a\r\n"], [[""]], "Unquoted fields cannot have quotes/CRLFs inside"),
    ],
)
def test_refused_csv(sess, lines, defaults, text):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(tf.decode_csv(lines, defaults))
    assert caught.value.message.startswith(text)


@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        ({"select_cols": [2, 0]}, "select_cols is not strictly increasing."),
        ({"select_cols": [-1, 1]}, "select_cols contains negative values."),
        (
            {"select_cols": [0]},
            "Length of select_cols and record_defaults do not match.",
        ),
    ],
)
def test_wrong_columns(kwargs, text):
    with pytest.raises(ValueError) as caught:
        tf.decode_csv("1,2", [[0], [0]], **kwargs)
    assert str(caught.value) == text


# -- tensors as bytes ------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        np.float32([[1, 2], [3, 4]]),
        np.int64(5),
        np.array([True, False]),
        np.array([b"a", b"\xff"], object),
        np.zeros((0, 2), np.complex64),
        np.float16([1.5]),
    ],
)
def test_tensors_there_and_back(sess, value):
    tensor = tf.constant(value)
    found = sess.run(tf.parse_tensor(tf.serialize_tensor(tensor), tensor.dtype))
    assert np.array_equal(found, value)
    assert np.asarray(found).dtype == value.dtype


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xff", "Could not parse `serialized` as TensorProto"),
        (
            tf.make_tensor_proto([1.0]).SerializeToString(),
            "Type mismatch between parsed tensor (float) and dtype (int32)",
        ),
        (
            b"\x08\x27",
            "Type mismatch between parsed tensor (invalid) and dtype (int32)",
        ),
        # A shape of 2**40 elements in a few bytes.
        (
            b"\x08\x03\x12\x09\x12\x07\x08\x80\x80\x80\x80\x80\x20",
            "Could not parse `serialized` as TensorProto",
        ),
    ],
)
def test_refused_tensors(sess, data, text):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(tf.parse_tensor(data, tf.int32))
    assert text in caught.value.message


def test_decode_compressed(sess):
    packed = zlib.compress(b"abc")
    assert sess.run(tf.decode_compressed([packed], "ZLIB")).tolist() == [b"abc"]
    assert sess.run(tf.decode_compressed("abc")) == b"abc"
    text = r"inflate\(\) failed with error -3: incorrect header check"
    with pytest.raises(errors.DataLossError, match=text):
        sess.run(tf.decode_compressed("abc", "GZIP"))
    with pytest.raises(errors.InvalidArgumentError, match="Only ZLIB, GZIP or NONE"):
        sess.run(tf.decode_compressed("abc", "FOO"))
