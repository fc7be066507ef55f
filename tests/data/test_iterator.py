"""Iterators: where they stand belongs to a session."""

import threading
import warnings

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.data.iterator import GET_NEXT_CALL_WARNING_MESSAGE

Dataset = tf.data.Dataset
Iterator = tf.data.Iterator


def test_sessions_have_places_of_their_own():
    element = Dataset.range(3).make_one_shot_iterator().get_next()
    with tf.Session() as a, tf.Session() as b:
        assert [a.run(element), a.run(element), b.run(element)] == [0, 1, 0]


def test_uninitialised_and_ended_with_tensorflows_words():
    iterator = Dataset.range(1).make_initializable_iterator()
    element = iterator.get_next()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError) as early:
            sess.run(element)
        sess.run(iterator.initializer)
        sess.run(element)
        for _ in range(2):
            with pytest.raises(tf.errors.OutOfRangeError) as late:
                sess.run(element)
    assert early.value.message.startswith(
        "GetNext() failed because the iterator has not been initialized. Ensure that "
        "you have run the initializer operation for this iterator before getting the "
        "next element.\n"
    )
    assert late.value.message.startswith("End of sequence\n")
    assert late.value.op is element.op


def test_nodes_are_those_of_tensorflow():
    iterator = Dataset.range(3).batch(2).make_initializable_iterator()
    iterator.get_next()
    ops = tf.get_default_graph().get_operations()
    assert [op.type for op in ops if op.type != "Const"] == [
        "Iterator", "RangeDataset", "BatchDatasetV2", "MakeIterator",
        "IteratorToStringHandle", "IteratorGetNext",
    ]  # fmt: skip


def test_a_name_is_shared():
    a = Dataset.range(5).make_initializable_iterator(shared_name="it")
    b = Dataset.range(5, 9).make_initializable_iterator(shared_name="it")
    x, y = a.get_next(), b.get_next()
    with tf.Session() as sess:
        sess.run(a.initializer)
        assert [sess.run(x), sess.run(y), sess.run(x)] == [0, 1, 2]
        sess.run(b.initializer)
        assert sess.run(x) == 5


def test_many_calls_of_get_next_warn():
    iterator = Dataset.range(3).make_one_shot_iterator()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(32):
            iterator.get_next()
    with pytest.warns(UserWarning) as record:
        iterator.get_next()
    assert str(record[0].message) == GET_NEXT_CALL_WARNING_MESSAGE
    assert record[0].filename == __file__


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Dataset.range(3).make_one_shot_iterator().initializer, ValueError,
         "Iterator does not have an initializer."),
        (lambda: Iterator.from_structure(tf.float32, []).make_initializer(
            Dataset.range(3)), TypeError,
         "Expected output types tf.float32 but got dataset with output types tf.int64"),
        (lambda: Iterator.from_structure(tf.int64, [2]).make_initializer(
            Dataset.range(3)), TypeError, "Expected output shapes compatible with"),
        (lambda: Iterator.from_structure((tf.int64, tf.int64)).make_initializer(
            Dataset.range(3)), ValueError, "don't have the same nested structure"),
        (lambda: Iterator.from_structure(tf.int64, [3]).make_initializer(
            Dataset.from_tensors(tf.SparseTensor([[0]], np.array([1]), [3]))),
         TypeError, "Expected output classes"),
        (lambda: Dataset.from_tensors(
            tf.placeholder(tf.float32, name="p")).make_one_shot_iterator(), ValueError,
         r"Cannot capture a placeholder \(name:p, type:Placeholder\) by value."),
        (lambda: Dataset.range(3).map(
            lambda x: x + tf.Variable(np.int64(1), name="v")).make_one_shot_iterator(),
         ValueError,
         r"Cannot capture a stateful node \(name:v, type:VariableV2\) by value.: A "
         r"likely cause of this error is that the dataset for which you are calling"),
    ],
)  # fmt: skip
def test_refuses_while_building(make, error, text):
    with pytest.raises(error, match=text):
        make()


def feedable():
    handle = tf.placeholder(tf.string, [])
    return handle, Iterator.from_string_handle(handle, tf.int64, []).get_next()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (b"", "InvalidArgumentError", "Could not parse string_handle"),
        (b"\xff\xff", "InvalidArgumentError", "Could not parse string_handle"),
        (b"\x1a\x01x", "NotFoundError", "Resource /x/.* does not exist"),
    ],
)
def test_bad_handles_are_refused(text, error, words):
    handle, element = feedable()
    with tf.Session() as sess, pytest.raises(tf.errors.OpError, match=words) as info:
        sess.run(element, {handle: text})
    assert info.typename == error


def test_a_handle_of_another_structure_is_refused():
    handle, element = feedable()
    other = Dataset.from_tensors(1.5).make_one_shot_iterator()
    with tf.Session() as sess:
        text = sess.run(other.string_handle())
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match="Data type mismatch at component 0: expected int64 but got float.",
        ):
            sess.run(element, {handle: text})


def test_handles_of_two_datasets_in_one_training_graph():
    training = Dataset.range(100).repeat().make_one_shot_iterator()
    test = Dataset.range(3).make_initializable_iterator()
    handle, x = feedable()
    y = x * 2
    with tf.Session() as sess:
        a, b = sess.run([training.string_handle(), test.string_handle("name")])
        for _ in range(2):
            sess.run(test.initializer)
            assert [sess.run(y, {handle: a}) % 2 for _ in range(3)] == [0, 0, 0]
            assert [int(sess.run(y, {handle: b})) for _ in range(3)] == [0, 2, 4]


def test_properties():
    dataset = Dataset.from_tensors(
        {"a": (1, "s"), "b": tf.SparseTensor([[0]], [1.0], [3])}
    )
    iterator = dataset.make_initializable_iterator()
    for source in (dataset, iterator):
        assert source.output_types == {"a": (tf.int32, tf.string), "b": tf.float32}
        assert source.output_classes == {
            "a": (tf.Tensor, tf.Tensor), "b": tf.SparseTensor,
        }  # fmt: skip
        assert source.output_shapes["b"].as_list() == [3]
    assert sorted(iterator.get_next()) == ["a", "b"]


def test_an_iterator_feeds_several_threads():
    element = Dataset.range(400).make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as sess:

        def draw():
            try:
                while True:
                    found.append(int(sess.run(element)))
            except tf.errors.OutOfRangeError:
                return

        threads = [threading.Thread(target=draw) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert sorted(found) == list(range(400))


def test_single_element():
    get = tf.data.experimental.get_single_element
    with tf.Session() as sess:
        assert sess.run(get(Dataset.from_tensors((1, 2)))) == (1, 2)
        for source, text in (
            (Dataset.range(0), "Dataset was empty."),
            (Dataset.range(2), "Dataset had more than one element."),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError, match=text):
                sess.run(get(source))


def test_functions_for_the_methods():
    dataset = Dataset.range(3)
    first = tf.data.make_one_shot_iterator(dataset)
    second = tf.data.make_initializable_iterator(dataset)
    for thing in (dataset, first, second):
        assert tf.data.get_output_types(thing) == tf.int64
        assert tf.data.get_output_shapes(thing).as_list() == []
        assert tf.data.get_output_classes(thing) is tf.Tensor
    with tf.Session() as sess:
        sess.run(second.initializer)
        assert sess.run([first.get_next(), second.get_next()]) == [0, 0]
