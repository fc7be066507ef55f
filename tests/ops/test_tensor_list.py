"""Lists of tensors: what they hold, their gradients, their errors."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.kernels.cpu.tensor_list import TensorList
from interactive_graphs.ops.tensor_list import NO_DIMS, static_dims
from tests.ops.cases import check_fails, run

InvalidArgument = tf.errors.InvalidArgumentError


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def listed(*values, dtype="float32", shape=-1, limit=-1):
    """A list of values."""
    made = raw.EmptyTensorList(shape, limit, element_dtype=dtype)
    for value in values:
        made = raw.TensorListPushBack(made, value, element_dtype=dtype)
    return made


def popped(handle, dtype="float32", shape=-1):
    return raw.TensorListPopBack(handle, shape, element_dtype=dtype)


def joined(handle, dtype="float32", shape=-1):
    return raw.TensorListConcatV2(handle, shape, NO_DIMS, element_dtype=dtype)


def test_last_in_first_out():
    rest, last = popped(listed([1.0], [2.0, 3.0]))
    _, first = popped(rest)
    found = run([last, first, raw.TensorListLength(rest)])
    assert [v.tolist() for v in found] == [[2, 3], [1], 1]


def test_a_list_never_changes():
    one = listed([1.0])
    two, other = (raw.TensorListPushBack(one, [v]) for v in (2.0, 3.0))
    found = run([joined(handle)[0] for handle in (one, two, other)])
    assert [v.tolist() for v in found] == [[1], [1, 2], [1, 3]]


def test_lists_of_lists_and_of_strings():
    outer = listed(listed([1.0]), listed([2.0]), dtype="variant")
    _, inner = popped(outer, "variant")
    assert run(popped(inner)[1]).tolist() == [2]
    assert run(popped(listed("a", "b", dtype="string"), "string")[1]) == b"b"


def test_zeros_and_sums():
    handle = listed([1.0], [2.0, 3.0])
    zeros = joined(raw.ZerosLike(handle))[0]
    sums = joined(raw.AddN([handle, handle, handle]))[0]
    assert [v.tolist() for v in run([zeros, sums])] == [[0, 0, 0], [3, 6, 9]]
    nested = listed(handle, dtype="variant")
    total = raw.AddN([nested, raw.ZerosLike(nested)])
    assert run(joined(popped(total, "variant")[1])[0]).tolist() == [1, 2, 3]


def test_concat_and_split():
    tensor, lengths = joined(listed([[1.0, 2.0]], np.zeros((2, 2), np.float32)))
    assert [v.tolist() for v in run([tensor, lengths])] == [
        [[1, 2], [0, 0], [0, 0]],
        [1, 2],
    ]
    pieces = raw.TensorListSplit(tensor, [-1, 2], lengths, element_dtype="float32")
    assert run(popped(pieces)[1]).tolist() == [[0, 0], [0, 0]]
    empty = joined(listed(), shape=[-1, 3])
    assert [v.shape for v in run(empty)] == [(0, 3), (0,)]


def test_static_shapes():
    handle = listed([1.0])
    assert handle.static_shape == ()
    assert popped(handle)[1].static_shape is None
    assert popped(handle, shape=[2, -1])[1].static_shape == (2, None)
    assert joined(handle, shape=[2, 3])[0].static_shape == (None, 3)
    assert static_dims(None) == -1
    assert static_dims((2, None)).tolist() == [2, -1]


def test_gradients():
    x = tf.constant([1.0, 2.0, 3.0])
    rest, last = popped(listed(x[:2], x[2:] * x[:1]))
    whole = joined(raw.TensorListPushBack(rest, last * 5.0))[0]
    (first,) = tf.gradients(whole * whole, x)
    # (x0, x1, 5 x0 x2), squared
    assert run(first).tolist() == [2 + 50 * 9, 4, 50 * 3]
    (second,) = tf.gradients(first[0], x)
    assert run(second).tolist() == [2 + 450, 0, 300]


def test_gradient_of_split():
    x = tf.constant([1.0, 2.0, 3.0])
    pieces = raw.TensorListSplit(
        x, -1, np.array([1, 2], np.int64), element_dtype="float32"
    )
    _, last = popped(pieces)
    assert run(tf.gradients(last * last, x))[0].tolist() == [0, 4, 6]


BAD = [
    (lambda: popped(listed())[1], "Trying to pop from an empty list."),
    (
        lambda: raw.TensorListLength(listed([1.0, 2.0, 3.0], shape=[2])),
        "Tried to append a tensor with incompatible shape to a list. Op element shape: "
        "[3] list shape: [2]",
    ),
    (
        lambda: raw.TensorListLength(listed(1.0, 2.0, limit=1)),
        "Tried to push item into a full list list size: 1 max_num_elements: 1",
    ),
    (
        lambda: raw.TensorListLength(listed(shape=3)),
        "The only valid scalar shape tensor is the fully unknown shape specified as "
        "-1.",
    ),
    (
        lambda: joined(listed([[1.0, 2.0]], [[3.0]]))[0],
        "PartialTensorShape: Incompatible shapes during merge: [2] vs. [1]",
    ),
    (
        lambda: joined(listed())[0],
        "All except the first dimension must be fully defined when concating an empty "
        "tensor list. element_shape: <unknown>",
    ),
    (
        lambda: joined(listed(1.0))[0],
        "Concat saw a scalar shape at index 0 but requires at least vectors.",
    ),
    (
        lambda: joined(raw.AddN([listed([1.0]), listed()]))[0],
        "Trying to add two lists of tensors with different lengths. One is 1 and the "
        "other is 0",
    ),
    (
        lambda: joined(raw.AddN([listed([1.0]), listed([1.0, 2.0])]))[0],
        "Trying to add two tensors with incompatible element shapes. One is [1] and "
        "the other is [2]",
    ),
]
SPLITS = [
    ([1, 1], "Unused values in tensor. Length of tensor: 3 Values used: 2"),
    ([-1, 4], "Invalid value in lengths: -1"),
    ([2, 2], "Attempting to slice [2, 4] from tensor with length 3"),
]


@pytest.mark.parametrize(("make", "words"), BAD)
def test_bad_lists(make, words):
    check_fails(make, InvalidArgument, words)


@pytest.mark.parametrize(("lengths", "words"), SPLITS)
def test_bad_splits(lengths, words):
    def make():
        pieces = raw.TensorListSplit(
            [1.0, 2.0, 3.0], -1, np.array(lengths, np.int64), element_dtype="float32"
        )
        return popped(pieces)[1]

    check_fails(make, InvalidArgument, words)


def test_only_tensors_with_rows_are_split():
    with pytest.raises(ValueError, match="Shape must be at least rank 1 but is rank 0"):
        raw.TensorListSplit(1.0, -1, NO_DIMS, element_dtype="float32")


def test_a_million_values_are_let_go_of():
    items = TensorList(tf.float32)
    for i in range(1_000_000):
        items = items.push(i)
    assert (items.length, items.pop()[1]) == (1_000_000, 999_999)
    assert repr(items) == "<TensorList of 1000000 float32>"
    del items
