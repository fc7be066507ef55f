"""Values as tensors or as what several tensors mean together; blocks around them."""

from __future__ import annotations

import pytest

import interactive_graphs as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_components_of_a_sparse_tensor_have_a_scope():
    sparse = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
    assert [sparse.indices.op.name, sparse.values.op.name] == [
        "SparseTensor/indices",
        "SparseTensor/values",
    ]
    with tf.name_scope("a"):
        other = tf.SparseTensor(sparse.indices, sparse.values, [3, 3])
    assert other.dense_shape.op.name == "a/SparseTensor/dense_shape"


def test_a_sparse_tensor_goes_where_its_components_are():
    with tf.Graph().as_default() as other:
        indices = tf.constant([[0]], tf.int64)
    assert tf.SparseTensor(indices, [1.0], [2]).values.graph is other


def test_tensor_or_sparse_tensor():
    convert = tf.convert_to_tensor_or_sparse_tensor
    sparse = tf.SparseTensor([[0]], [1.0], [2])
    assert convert(sparse) is sparse
    assert convert(sparse, tf.float32) is sparse
    made = convert(tf.SparseTensorValue([[0]], [1.0], [2]))
    assert isinstance(made, tf.SparseTensor)
    assert convert([1, 2], tf.int64, name="q").name == "q:0"
    with pytest.raises(RuntimeError, match="Requested: int32,  Actual: float32"):
        convert(sparse, tf.int32)


def test_tensor_or_indexed_slices():
    convert = tf.convert_to_tensor_or_indexed_slices
    slices = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    assert convert(slices) is slices
    assert convert([1.0], name="w").name == "w:0"
    with pytest.raises(ValueError, match="dtype int32 for Tensor with dtype float32"):
        convert(slices, tf.int32)


def test_init_scope_waits_for_nothing_and_keeps_the_name():
    first = tf.constant(1)
    with tf.name_scope("a"), tf.control_dependencies([first]), tf.init_scope():
        inner = tf.identity(first, name="inner")
    assert inner.op.control_inputs == []
    assert inner.op.name == "a/inner"


def test_nothing_is_eager():
    assert tf.executing_eagerly() is False
