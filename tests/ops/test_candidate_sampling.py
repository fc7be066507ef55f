"""Candidate samplers: distributions, expected counts, vocabularies, learning."""

import numpy as np
import pytest

import interactive_graphs as tf

TRUE = np.array([[0], [3]])
COUNT = 4000


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def shares(sampler, *args, size, **options):
    ids = run(sampler(TRUE, 1, COUNT, False, *args, seed=1, **options)[0])
    assert ids.dtype == np.int64
    return np.bincount(ids, minlength=size) / COUNT


def test_distributions():
    size = 6
    np.testing.assert_allclose(
        shares(tf.nn.uniform_candidate_sampler, size, size=size), 1 / 6, atol=0.03
    )
    k = np.arange(size)
    zipf = np.log((k + 2) / (k + 1)) / np.log(size + 1)
    found = shares(tf.nn.log_uniform_candidate_sampler, size, size=size)
    np.testing.assert_allclose(found, zipf, atol=0.03)
    weights = np.array([1.0, 0.0, 4.0, 9.0])
    found = shares(
        tf.nn.fixed_unigram_candidate_sampler, 4, size=4, unigrams=weights,
        distortion=0.5,
    )  # fmt: skip
    np.testing.assert_allclose(found, np.sqrt(weights) / 6, atol=0.03)


@pytest.mark.parametrize(
    "sampler", [tf.nn.uniform_candidate_sampler, tf.nn.log_uniform_candidate_sampler]
)
def test_unique_classes_and_how_often_they_are_expected(sampler):
    draws = sampler(TRUE, 1, 3, True, 8, seed=2)
    seen, expected = np.zeros(8), np.zeros(2)
    with tf.Session() as sess:
        for _ in range(600):
            ids, true_count, _ = sess.run(draws)
            assert len(set(ids)) == 3
            seen[ids] += 1
            expected += true_count[:, 0]
    np.testing.assert_allclose(seen[[0, 3]], expected, rtol=0.25)


def test_seeds():
    def drawn():
        return run(tf.nn.uniform_candidate_sampler(TRUE, 1, 20, False, 99, seed=5)[0])

    assert drawn().tolist() == drawn().tolist()


def test_the_learned_sampler_learns():
    draws = tf.nn.learned_unigram_candidate_sampler([[2], [2]], 1, 1, False, 4)
    with tf.Session() as sess:
        counts = [sess.run(draws.true_expected_count)[0, 0] for _ in range(3)]
    np.testing.assert_allclose(counts, [1 / 4, 3 / 6, 5 / 8])
    assert run(draws.true_expected_count)[0, 0] == 0.25  # another session


def test_a_vocabulary(tmp_path):
    path = tmp_path / "vocabulary.csv"
    path.write_text("the,5\n\na,3\n")

    def expected(**options):
        return run(
            tf.nn.fixed_unigram_candidate_sampler(
                [[0]], 1, 1, False, vocab_file=str(path), **options
            ).true_expected_count
        )[0, 0]

    assert expected(range_max=2) == 0.625
    assert expected(range_max=3, num_reserved_ids=1) == 0
    path.write_text("the,5\na,many\n")
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        expected(range_max=2)
    assert f"Wrong vocabulary format at line 2 of {path}: 'a,many'" in str(caught.value)
    path.unlink()
    with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
        expected(range_max=2)


def fixed(**options):
    return tf.nn.fixed_unigram_candidate_sampler([[0]], 1, 1, True, 3, **options)


ERRORS = [
    (lambda: tf.nn.uniform_candidate_sampler(TRUE, 1, 6, True, 5),
     "Sampler's range is too small."),
    (lambda: tf.nn.uniform_candidate_sampler(TRUE, 2, 3, True, 5),
     "true_classes must have num_true columns, expected: 1 was: 2"),
    (lambda: tf.nn.uniform_candidate_sampler([[9]], 1, 3, True, 5),
     "`true_candidate` out of range [0, 5), received 9"),
    (lambda: tf.nn.uniform_candidate_sampler(
        tf.placeholder_with_default(np.array([1]), None), 1, 3, True, 5),
     "true_classes must be a matrix"),
    (fixed, "Must provide either vocab_file or unigrams."),
    (lambda: fixed(unigrams=[1.0], vocab_file="x"),
     "Must only provide one of vocab_file and unigrams."),
    (lambda: fixed(unigrams=[1.0]), "range is 3 must be equal to weights size  1"),
    (lambda: fixed(unigrams=[0.0] * 3), "At least one class must have a weight above 0."),
    (lambda: fixed(unigrams=[-1.0] * 3),
     "The weights of classes must be numbers of at least 0."),
    (lambda: tf.nn.fixed_unigram_candidate_sampler(
        [[0]], 1, 2, True, 3, unigrams=[0.0, 0.0, 1.0]), "Sampler's range is too small."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), ERRORS)
def test_words_of_errors(make, text):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run(make()[0])
    assert caught.value.message.split("\n")[0] == text


def test_sampled_losses_over_all_classes_are_the_full_ones():
    random = np.random.RandomState(3)
    w, b = random.randn(5, 4).astype(np.float32), random.randn(5).astype(np.float32)
    x, labels = random.randn(3, 4).astype(np.float32), np.array([[1], [4], [0]])
    sampled = tf.nn.sampled_softmax_loss(
        w,
        b,
        labels,
        x,
        5,
        5,
        sampled_values=tf.nn.all_candidate_sampler(labels, 1, 5, True),
    )
    full = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels[:, 0], logits=x @ w.T + b
    )
    found, wanted = run([sampled, full])
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_word_vectors_are_learnt():
    """Words that stand together become alike."""
    tf.set_random_seed(1)
    vectors = tf.Variable(tf.random_uniform([8, 4], -1, 1))
    weights = tf.Variable(tf.truncated_normal([8, 4], stddev=0.5))
    biases = tf.Variable(tf.zeros([8]))
    words, others = np.arange(8), np.arange(8) ^ 1
    loss = tf.reduce_mean(tf.nn.nce_loss(
        weights, biases, others[:, None], tf.nn.embedding_lookup(vectors, words), 4, 8
    ))  # fmt: skip
    train = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [sess.run([loss, train])[0] for _ in range(300)]
        logits = sess.run(tf.matmul(vectors, weights, transpose_b=True) + biases)
    assert np.mean(losses[-20:]) < np.mean(losses[:5]) / 2
    assert (logits.argmax(1) == others).mean() >= 0.75
