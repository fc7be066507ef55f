"""Embeddings: tables in one or several parts, sparse ids, gradients."""

import numpy as np
import pytest

import interactive_graphs as tf

TABLE = np.arange(14.0).reshape(7, 2)
IDS = [3, 0, 6, 3]


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def test_one_table():
    y = tf.nn.embedding_lookup(tf.constant(TABLE), [IDS, IDS])
    assert y.shape.as_list() == [2, 4, 2]
    np.testing.assert_array_equal(run(y), TABLE[[IDS, IDS]])


def parts_of(strategy, count):
    """The table cut up as the documentation of `embedding_lookup` says."""
    if strategy == "mod":
        return [TABLE[i::count] for i in range(count)]
    sizes = [7 // count + (i < 7 % count) for i in range(count)]
    return np.split(TABLE, np.cumsum(sizes)[:-1])


@pytest.mark.parametrize("strategy", ["mod", "div"])
@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("index", [tf.int32, tf.int64])
def test_several_parts(strategy, count, index):
    parts = [tf.constant(p) for p in parts_of(strategy, count)]
    ids = tf.constant([IDS, [1, 2, 4, 5]], index)
    y = tf.nn.embedding_lookup(parts, ids, strategy)
    assert y.shape.as_list() == [2, 4, 2]
    np.testing.assert_array_equal(run(y), TABLE[[IDS, [1, 2, 4, 5]]])


def test_parts_of_sizes_known_only_when_run():
    parts = [
        tf.placeholder_with_default(tf.constant(p), [None, 2])
        for p in parts_of("div", 3)
    ]
    ids = tf.placeholder(tf.int32, None)
    y = tf.nn.embedding_lookup(parts, ids, "div")
    np.testing.assert_array_equal(run(y, {ids: [IDS]}), TABLE[[IDS]])


@pytest.mark.parametrize("use_resource", [False, True])
def test_gradient_of_a_variable_is_sparse(use_resource):
    v = tf.get_variable("v", initializer=TABLE, use_resource=use_resource)
    y = tf.nn.embedding_lookup(v, IDS)
    (slope,) = tf.gradients(y * y, v)
    assert isinstance(slope, tf.IndexedSlices)
    values, indices = run([slope.values, slope.indices])
    np.testing.assert_array_equal(values, 2 * TABLE[IDS])
    assert indices.tolist() == IDS


def test_gradients_of_parts():
    parts = [tf.Variable(p) for p in parts_of("mod", 2)]
    y = tf.nn.embedding_lookup(parts, IDS)
    slopes = [tf.convert_to_tensor(g) for g in tf.gradients(y, parts)]
    even, odd = run(slopes)
    assert even[:, 0].tolist() == [1, 0, 0, 1]
    assert odd[:, 0].tolist() == [0, 2, 0]


def test_max_norm_shortens_long_rows_only():
    table = tf.constant([[3.0, 4.0], [0.3, 0.4]])
    y = run(tf.nn.embedding_lookup(table, [0, 1, 0], max_norm=1.0))
    np.testing.assert_allclose(y, [[0.6, 0.8], [0.3, 0.4], [0.6, 0.8]], rtol=1e-6)


def test_max_norm_of_parts():
    parts = [tf.constant([[3.0, 4.0]]), tf.constant([[0.0, 0.5]])]
    y = run(tf.nn.embedding_lookup(parts, [1, 0], max_norm=1.0))
    np.testing.assert_allclose(y, [[0, 0.5], [0.6, 0.8]], rtol=1e-6)


def test_refused():
    with pytest.raises(ValueError, match="Need at least one param"):
        tf.nn.embedding_lookup([], [0])
    with pytest.raises(ValueError, match="Need at least one param"):
        tf.nn.embedding_lookup(None, [0])
    with pytest.raises(ValueError, match="Unrecognized partition strategy: third"):
        tf.nn.embedding_lookup([TABLE, TABLE], [0], "third")
    y = tf.nn.embedding_lookup(tf.constant(TABLE), [0, 7])
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run(y)
    assert "indices[1] = 7 is not in [0, 7)" in caught.value.message


# -- sparse ids


def sparse(values):
    """Three rows, with two, one and one values."""
    return tf.SparseTensor([[0, 0], [0, 2], [1, 1], [2, 0]], values, [3, 3])


WEIGHTS = np.array([1.0, 3.0, 2.0, -1.0])


def combined_by_hand(weights, combiner):
    rows = []
    for chosen in ([0, 1], [2], [3]):
        w = weights[chosen]
        total = (TABLE[np.array(IDS)[chosen]] * w[:, None]).sum(0)
        divisor = {"sum": 1, "mean": w.sum(), "sqrtn": np.sqrt((w * w).sum())}
        rows.append(total / divisor[combiner])
    return np.array(rows)


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("count", [1, 3])
def test_embedding_lookup_sparse(combiner, weights, count):
    params = [tf.constant(p) for p in parts_of("mod", count)]
    y = tf.nn.embedding_lookup_sparse(
        params if count > 1 else params[0],
        sparse(np.int64(IDS)),
        None if weights is None else sparse(weights.astype("f")),
        combiner=combiner,
    )
    expected = combined_by_hand(np.ones(4) if weights is None else weights, combiner)
    np.testing.assert_allclose(run(y), expected, rtol=1e-6)


def test_combiner_is_mean_unless_asked():
    y = tf.nn.embedding_lookup_sparse(tf.constant(TABLE), sparse(np.int64(IDS)), None)
    np.testing.assert_allclose(run(y), combined_by_hand(np.ones(4), "mean"))


def test_gradient_of_sparse_lookup():
    v = tf.Variable(TABLE)
    y = tf.nn.embedding_lookup_sparse(
        v, sparse(np.int64(IDS)), sparse(WEIGHTS), combiner="sum"
    )
    # Which rows are looked up, and how many, is known only when run.
    with pytest.warns(UserWarning, match="dense Tensor of unknown shape"):
        (grad,) = tf.gradients(y, v)
    slope = run(tf.convert_to_tensor(grad))
    expected = np.zeros_like(TABLE)
    np.add.at(expected, IDS, WEIGHTS[:, None])
    np.testing.assert_allclose(slope, expected)


def test_sparse_lookup_refused():
    ids = sparse(np.int64(IDS))
    with pytest.raises(TypeError, match="sp_ids must be SparseTensor"):
        tf.nn.embedding_lookup_sparse(TABLE, IDS, None)
    with pytest.raises(TypeError, match="sp_weights must be either None or SparseTens"):
        tf.nn.embedding_lookup_sparse(TABLE, ids, WEIGHTS)
    with pytest.raises(ValueError, match="combiner must be one of 'mean', 'sqrtn' or"):
        tf.nn.embedding_lookup_sparse(TABLE, ids, None, combiner="max")
    fewer = tf.SparseTensor([[0, 0]], [1.0], [3, 3])
    with pytest.raises(ValueError, match="are incompatible"):
        tf.nn.embedding_lookup_sparse(TABLE, ids, fewer)
