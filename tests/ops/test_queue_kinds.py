"""Queues that shuffle, pad, or go by priority: O17 to O20 of the checklist."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def shuffled(sess, seed, count=20):
    queue = tf.RandomShuffleQueue(-1, 0, tf.int32, shapes=[()], seed=seed)
    sess.run(queue.enqueue_many([range(count)]))
    return sess.run(queue.dequeue_many(count)).tolist()


# -- in random order -------------------------------------------------------------------


def test_all_elements_leave_once_in_another_order(sess):
    found = shuffled(sess, 1)
    assert sorted(found) == list(range(20))
    assert found != list(range(20))


def test_a_seed_makes_the_order_the_same_again(sess):
    assert shuffled(sess, 7) == shuffled(sess, 7)
    assert shuffled(sess, 7) != shuffled(sess, 8)


def test_without_a_seed_orders_differ(sess):
    assert shuffled(sess, None) != shuffled(sess, None)


def test_the_graphs_seed_counts():
    found = []
    for _ in range(2):
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(5)
            found.append(shuffled(sess, None))
    assert found[0] == found[1]


def test_each_place_is_equally_likely():
    first = []
    for seed in range(200):
        with tf.Graph().as_default(), tf.Session() as sess:
            first.append(shuffled(sess, seed, 4)[0])
    counts = np.bincount(first, minlength=4)
    assert counts.min() > 30, counts


def test_enough_elements_stay_until_the_queue_closes(sess):
    queue = tf.RandomShuffleQueue(10, 2, tf.int32, shapes=[()], name="q")
    sess.run(queue.enqueue_many([[1, 2, 3]]))
    one = sess.run(queue.dequeue())
    with pytest.raises(errors.DeadlineExceededError):
        sess.run(queue.dequeue(), options=tf.RunOptions(timeout_in_ms=50))
    assert sess.run(queue.size()) == 2
    sess.run(queue.close())
    rest = sess.run(queue.dequeue_up_to(5)).tolist()
    assert sorted([one, *rest]) == [1, 2, 3]
    with pytest.raises(errors.OutOfRangeError) as caught:
        sess.run(queue.dequeue())
    assert (
        "RandomShuffleQueue '_0_q' is closed and has insufficient elements "
        "(requested 1, current size 0)" in str(caught.value)
    )


def test_a_failed_batch_is_put_back(sess):
    queue = tf.RandomShuffleQueue(10, 0, tf.int32, shapes=[()])
    sess.run([queue.enqueue_many([[1, 2]]), queue.close()])
    with pytest.raises(errors.OutOfRangeError, match="requested 3, current size 2"):
        sess.run(queue.dequeue_many(3))
    assert sess.run(queue.size()) == 2


def test_the_minimum_must_be_less_than_the_capacity(sess):
    queue = tf.RandomShuffleQueue(2, 5, tf.int32, shapes=[()])
    with pytest.raises(
        errors.InvalidArgumentError, match="min_after_dequeue 5 must be < capacity 2"
    ):
        sess.run(queue.size())


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        (
            {"min_after_dequeue": 2},
            "Shared queue 'sh' has min_after_dequeue 1 but requested "
            "min_after_dequeue was 2.",
        ),
        (
            {"seed": 2},
            "Shared queue 'sh' has random seeds (87654321, 1) but requested seeds are "
            "(87654321, 2).",
        ),
    ],
)
def test_shared_queues_must_agree(sess, changed, text):
    same = {"min_after_dequeue": 1, "seed": 1, "shared_name": "sh", "shapes": [()]}
    sess.run(tf.RandomShuffleQueue(5, dtypes=tf.int32, **same).size())
    other = tf.RandomShuffleQueue(5, dtypes=tf.int32, **{**same, **changed})
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(other.size())
    assert text in str(caught.value)


def test_shared_queues_must_be_of_one_kind(sess):
    first = tf.RandomShuffleQueue(5, 1, tf.int32, shapes=[()], shared_name="sh")
    sess.run(first.size())
    other = tf.PaddingFIFOQueue(5, tf.int32, shapes=[()], shared_name="sh")
    with pytest.raises(
        errors.InvalidArgumentError,
        match="Expected RandomShuffleQueue, found PaddingFIFOQueueV2",
    ):
        sess.run(other.size())


# -- padded ----------------------------------------------------------------------------


def test_batches_are_filled_up(sess):
    queue = tf.PaddingFIFOQueue(
        10, [tf.int32, tf.string, tf.bool], shapes=[[None], [None, 1], []]
    )
    x, text = tf.placeholder(tf.int32), tf.placeholder(tf.string)
    put = queue.enqueue([x, text, True])
    sess.run(put, {x: [1], text: [["a"], ["b"]]})
    sess.run(put, {x: [1, 2, 3], text: np.empty((0, 1), object)})
    batch = queue.dequeue_many(2)
    assert [t.shape.as_list() for t in batch] == [[2, None], [2, None, 1], [2]]
    numbers, texts, flags = sess.run(batch)
    assert numbers.tolist() == [[1, 0, 0], [1, 2, 3]]
    assert texts.tolist() == [[[b"a"], [b"b"]], [[b""], [b""]]]
    assert flags.tolist() == [True, True]


def test_single_elements_keep_their_shapes(sess):
    queue = tf.PaddingFIFOQueue(10, [tf.int32], shapes=[[None]])
    sess.run(queue.enqueue_many([[[1, 2], [3, 4]]]))
    assert queue.dequeue().shape.as_list() == [None]
    assert sess.run(queue.dequeue()).tolist() == [1, 2]
    assert sess.run(queue.dequeue_many(0)).shape == (0, 0)


def test_the_rank_must_fit(sess):
    queue = tf.PaddingFIFOQueue(10, [tf.int32], shapes=[[None]])
    x = tf.placeholder(tf.int32)
    put = queue.enqueue(x)
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(put, {x: [[1]]})
    text = "Shape mismatch in tuple component 0. Expected [?], got [1,1]"
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        (None, "When providing partial shapes, a list of shapes must be provided."),
        ([None], "When providing partial shapes, a list of shapes must be provided."),
        (
            [[None], [None]],
            "Shapes must be provided for all components, but received 1 dtypes and 2 "
            "shapes.",
        ),
        (
            [tf.TensorShape(None)],
            "All shapes must have a defined rank: [TensorShape(None)]",
        ),
    ],
)
def test_wrong_padded_shapes(shapes, text):
    with pytest.raises(ValueError) as caught:
        tf.PaddingFIFOQueue(10, [tf.int32], shapes)
    assert str(caught.value) == text


# -- by priority -----------------------------------------------------------------------


def test_the_lowest_priority_leaves_first(sess):
    queue = tf.PriorityQueue(10, [tf.string, tf.float32], shapes=[(), [2]])
    assert queue.dtypes == [tf.int64, tf.string, tf.float32]
    assert [s.as_list() for s in queue.shapes] == [[], [], [2]]
    sess.run(queue.enqueue((3, "three", [3.0, 3.0])))
    sess.run(queue.enqueue_many(([9, -1], ["nine", "minus"], [[9.0, 9.0]] * 2)))
    batch = queue.dequeue_many(3)
    assert [t.shape.as_list() for t in batch] == [[3], [3], [3, 2]]
    priorities, names, vectors = sess.run(batch)
    assert priorities.tolist() == [-1, 3, 9]
    assert names.tolist() == [b"minus", b"three", b"nine"]
    assert vectors[2].tolist() == [9.0, 9.0]


def test_a_batch_that_fails_keeps_equal_priorities_in_order(sess):
    queue = tf.PriorityQueue(10, tf.int32, shapes=[()])
    sess.run(queue.enqueue_many(([1, 1, 0], [5, 6, 7])))
    sess.run(queue.close())
    with pytest.raises(errors.OutOfRangeError):
        sess.run(queue.dequeue_many(4))
    assert sess.run(queue.dequeue_many(3))[1].tolist() == [7, 5, 6]


def test_elements_without_shapes(sess):
    queue = tf.PriorityQueue(10, tf.int32)
    sess.run(queue.enqueue((2, [1, 2])))
    assert queue.dequeue()[1].shape.ndims is None
    assert sess.run(queue.dequeue())[1].tolist() == [1, 2]


def test_names_include_the_priority(sess):
    queue = tf.PriorityQueue(10, tf.int32, shapes=[()], names=["p", "x"])
    sess.run(queue.enqueue({"p": 4, "x": 5}))
    assert sess.run(queue.dequeue()) == {"p": 4, "x": 5}


def test_a_priority_is_a_scalar(sess):
    queue = tf.PriorityQueue(10, tf.string, shapes=[()])
    with pytest.raises(ValueError, match=r"Shapes \(1,\) and \(\) are incompatible"):
        queue.enqueue(([3], "a"))
    priority = tf.placeholder(tf.int64)
    put = queue.enqueue((priority, "a"))
    with pytest.raises(errors.InvalidArgumentError) as caught:
        sess.run(put, {priority: [3, 2]})
    text = "Shape mismatch in tuple component 0. Expected [], got [2]"
    assert text in str(caught.value)
