"""CTC: against all paths, and error texts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError
FPE = tf.errors.FailedPreconditionError
X = np.random.RandomState(0).randn(4, 2, 3).astype(np.float32)
BLANK = 2


def run(fetches):
    with tf.Session() as sess:
        return sess.run(fetches)


def hidden(value):
    return tf.placeholder_with_default(value, None)


def sparse(*rows):
    places = [[b, i] for b, row in enumerate(rows) for i in range(len(row))]
    values = [value for row in rows for value in row]
    return tf.SparseTensor(
        np.array(places, np.int64).reshape(-1, 2),
        np.array(values, np.int32),
        [len(rows), max(map(len, rows))],
    )


def by_labels(logits, merge=True):
    """The probability of all labels, by going through all paths."""
    y = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    found = {}
    for path in itertools.product(range(3), repeat=len(y)):
        kept = [
            x
            for i, x in enumerate(path)
            if x != BLANK and not (merge and i and path[i - 1] == x)
        ]
        weight = np.prod([y[t, x] for t, x in enumerate(path)])
        found[tuple(kept)] = found.get(tuple(kept), 0) + weight
    return found


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("labels", [(0,), (0, 1), (0, 0), (1, 1, 0), (0, 1, 0)])
def test_loss_is_that_of_all_paths(labels, merge):
    loss = tf.nn.ctc_loss(sparse(labels, (1,)), X, [4, 3], ctc_merge_repeated=merge)
    expected = [
        -np.log(by_labels(X[:, 0].astype(float), merge)[labels]),
        -np.log(by_labels(X[:3, 1].astype(float), merge)[(1,)]),
    ]
    np.testing.assert_allclose(run(loss), expected, rtol=1e-5)


def test_batch_major_and_collapsing():
    usual = tf.nn.ctc_loss(sparse([0, 1], [1]), X, [4, 3])
    turned = tf.nn.ctc_loss(
        sparse([0, 1], [1]), X.transpose(1, 0, 2), [4, 3], time_major=False
    )
    collapsed = tf.nn.ctc_loss(
        sparse([0, 0, 1, 1], [1, 1]), X, [4, 3], preprocess_collapse_repeated=True
    )
    a, b, c = run([usual, turned, collapsed])
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(a, c)


def test_labels_that_no_path_gives():
    # Two blanks would have to stand between the three.
    assert np.isinf(run(tf.nn.ctc_loss(sparse([0, 0, 0], [1]), X, [4, 3]))[0])


def test_too_many_labels_may_be_ignored():
    x = tf.constant(X)
    loss = tf.nn.ctc_loss(
        sparse([0, 1], [1]), x, [1, 3], ignore_longer_outputs_than_inputs=True
    )
    found, slope = run([loss, *tf.gradients(loss, x)])
    assert found[0] == 0
    assert (slope[:, 0] == 0).all()
    assert (slope[:3, 1] != 0).any()


def test_there_is_no_second_derivative():
    x = tf.constant(X)
    loss = tf.nn.ctc_loss(sparse([0, 1], [1]), x, [4, 3])
    (slope,) = tf.gradients(loss, x)
    with pytest.raises(LookupError, match="second derivative of ctc_loss"):
        tf.gradients(slope, x)


def test_greedy_takes_the_likeliest_path():
    (decoded,), score = tf.nn.ctc_greedy_decoder(X, [4, 3])
    found, total = run([decoded, score])
    for b, length in enumerate((4, 3)):
        path = X[:length, b].argmax(1)
        labels = [x for x, _ in itertools.groupby(path) if x != BLANK]
        assert found.values[found.indices[:, 0] == b].tolist() == labels
        np.testing.assert_allclose(total[b], -X[:length, b].max(1).sum(), rtol=1e-6)


def test_a_wide_beam_finds_the_likeliest_labels():
    paths, scores = tf.nn.ctc_beam_search_decoder(
        X, [4, 3], top_paths=4, merge_repeated=False
    )
    found, logs = run([paths, scores])
    for b, length in enumerate((4, 3)):
        table = by_labels(X[:length, b].astype(float))
        best = sorted(table, key=table.get, reverse=True)[:4]
        for k, labels in enumerate(best):
            decoded = found[k]
            row = decoded.values[decoded.indices[:, 0] == b]
            assert tuple(row) == labels
            np.testing.assert_allclose(logs[b, k], np.log(table[labels]), rtol=1e-5)


REFUSED = {
    "blank between labels": (
        lambda: tf.nn.ctc_loss(sparse([0, 2, 1], [1]), X, [4, 3]),
        IAE,
        "Saw a non-null label (index >= num_classes - 1) following a null label, "
        "batch: 0 num_classes: 3 labels: 0,2,1 labels seen so far: 0",
    ),
    "negative label": (
        lambda: tf.nn.ctc_loss(sparse([0, -1], [1]), X, [4, 3]),
        IAE,
        "All labels must be nonnegative integers, batch: 0 labels: 0,-1",
    ),
    "no labels": (
        lambda: tf.nn.ctc_loss(sparse([], [1]), X, [4, 3]),
        IAE,
        "Labels length is zero in batch 0",
    ),
    "too many labels": (
        lambda: tf.nn.ctc_loss(sparse([0, 1], [1]), X, [1, 3]),
        IAE,
        "Not enough time for target transition sequence (required: 2, available: 1)0You "
        "can turn this error into a warning by using the flag "
        "ignore_longer_outputs_than_inputs",
    ),
    "length": (
        lambda: tf.nn.ctc_loss(sparse([0, 1], [1]), X, [5, 3]),
        IAE,
        "sequence_length(0) <= 4",
    ),
    "number of lengths": (
        lambda: tf.nn.ctc_loss(sparse([0], [1]), hidden(X), hidden([4, 3, 1])),
        IAE,
        "len(sequence_length) != batch_size.  len(sequence_length):  3 batch_size: 2",
    ),
    "rank of lengths": (
        lambda: tf.nn.ctc_loss(sparse([0], [1]), hidden(X), hidden(4)),
        IAE,
        "sequence_length is not a vector",
    ),
    "rank of logits": (
        lambda: tf.nn.ctc_loss(sparse([0], [1]), hidden(X[0]), hidden([4, 3])),
        IAE,
        "inputs is not a 3-Tensor",
    ),
    "row of labels": (
        lambda: tf.nn.ctc_loss(
            tf.SparseTensor([[0, 0], [2, 0]], [0, 0], [3, 1]), X, [4, 3]
        ),
        IAE,
        "labels batch index must be between 0 and 2 but saw: 2",
    ),
    "greedy: length": (
        lambda: tf.nn.ctc_greedy_decoder(hidden(X), hidden([5, 3]))[1],
        FPE,
        "sequence_length(0) <= 4",
    ),
    "beam: length": (
        lambda: tf.nn.ctc_beam_search_decoder(hidden(X), hidden([5, 3]))[1],
        FPE,
        "sequence_length(0) <= 4",
    ),
    "beam: too many paths": (
        lambda: tf.nn.ctc_beam_search_decoder(X, [4, 3], 2, 3)[1],
        IAE,
        "requested more paths than the beam width.",
    ),
    "beam: too few leaves": (
        lambda: tf.nn.ctc_beam_search_decoder(X, [0, 3], 20, 2)[1],
        IAE,
        "Less leaves in the beam search than requested.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_while_running(case):
    build, error, words = REFUSED[case]
    fetch = build()
    with pytest.raises(error) as caught:
        run(fetch)
    assert words in str(caught.value)


def test_is_refused_while_building():
    with pytest.raises(TypeError) as caught:
        tf.nn.ctc_loss(tf.constant([1]), X, [4, 3])
    assert str(caught.value) == "Expected labels (first argument) to be a SparseTensor"
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
        tf.nn.ctc_loss(sparse([0], [1]), X, [4, 3, 1])
    with pytest.raises(ValueError, match="Shape must be rank 3 but is rank 2"):
        tf.nn.ctc_greedy_decoder(X[0], [4, 3])
