"""Graphs with datasets go both ways: one library builds, the other one runs."""

import os

import numpy as np
import pytest

import interactive_graphs

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

A = np.arange(12, dtype=np.float32).reshape(6, 2)
LIBRARIES = [interactive_graphs, tensorflow]


def slices(tf):
    return tf.data.Dataset.from_tensor_slices((A, np.arange(6)))


def ranges(tf):
    return tf.data.Dataset.range(5).map(tf.range)


DATASETS = {
    "slices": slices,
    "map": lambda tf: slices(tf).map(lambda a, b: (a * 2.0, b + 1)),
    "parallel_map": lambda tf: slices(tf).map(lambda a, b: a[0], 2),
    "map_cond": lambda tf: tf.data.Dataset.range(4).map(
        lambda x: tf.cond(x > 1, lambda: x * 10, lambda: x)
    ),
    "batch": lambda tf: slices(tf).batch(4),
    "batch_drops": lambda tf: slices(tf).batch(4, drop_remainder=True),
    "padded": lambda tf: ranges(tf).padded_batch(2, [None]),
    "filter": lambda tf: tf.data.Dataset.range(9).filter(lambda x: x % 2 < 1),
    "flat_map": lambda tf: tf.data.Dataset.range(4).flat_map(
        lambda x: tf.data.Dataset.from_tensors(x).repeat(x)
    ),
    "interleave": lambda tf: tf.data.Dataset.range(4).interleave(
        lambda x: tf.data.Dataset.from_tensors(x).repeat(3), 2, 2
    ),
    "window": lambda tf: (
        tf.data.Dataset.range(7).window(3, 2).flat_map(lambda w: w.batch(3))
    ),
    "zip": lambda tf: tf.data.Dataset.zip((tf.data.Dataset.range(3), slices(tf))),
    "concatenate": lambda tf: slices(tf).concatenate(slices(tf)),
    "order": lambda tf: slices(tf).skip(1).take(3).repeat(2).shard(2, 1).prefetch(1),
    "cache": lambda tf: slices(tf).cache().repeat(2),
    "shuffle_1": lambda tf: slices(tf).shuffle(1).batch(3),
    "sparse": lambda tf: tf.data.Dataset.from_tensor_slices(
        tf.SparseTensor([[0, 1], [1, 2]], [5, 6], [2, 3])
    ).batch(2),
    "group": lambda tf: tf.data.Dataset.range(7).apply(
        tf.data.experimental.group_by_window(
            lambda x: x % 2, lambda key, w: w.batch(2), 2
        )
    ),
    "map_and_batch": lambda tf: tf.data.Dataset.range(7).apply(
        tf.data.experimental.map_and_batch(lambda x: x * x, 3)
    ),
}


def names_in(element):
    if hasattr(element, "dense_shape"):
        return [t.name for t in (element.indices, element.values, element.dense_shape)]
    if isinstance(element, tuple):
        return [name for part in element for name in names_in(part)]
    return [element.name]


def one_shot(tf, build):
    """A GraphDef, and the names of an element's tensors."""
    with tf.Graph().as_default() as graph:
        names = names_in(build(tf).make_one_shot_iterator().get_next())
        return graph.as_graph_def().SerializeToString(), names, None


def initializable(tf, build):
    with tf.Graph().as_default() as graph:
        iterator = build(tf).make_initializable_iterator()
        names = names_in(iterator.get_next())
        data = graph.as_graph_def().SerializeToString()
        return data, names, iterator.initializer.name


def elements(tf, exported):
    data, names, init = exported
    found = []
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(tf.GraphDef.FromString(data), name="")
        if init:
            sess.run(init)
        for _ in range(30):
            try:
                found.append(sess.run(names))
            except tf.errors.OutOfRangeError:
                return found
    raise AssertionError("it does not end")


@pytest.mark.parametrize("kind", [one_shot, initializable])
@pytest.mark.parametrize("source", LIBRARIES, ids=["ours", "theirs"])
@pytest.mark.parametrize("name", DATASETS)
def test_runs_in_the_other_library(name, source, kind):
    (target,) = [tf for tf in LIBRARIES if tf is not source]
    exported = kind(source, DATASETS[name])
    expected, found = elements(source, exported), elements(target, exported)
    assert expected
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(a, b, strict=True)
