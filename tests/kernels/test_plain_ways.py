"""Kernels that are quick, against the plain way to say what they compute."""

import math

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.cpu import (
    blocks,
    draws as class_draws,
    error_function,
    hashing,
    norm,
    segment,
    sparse,
    special,
    text,
    triangular,
)
from interactive_graphs.ops import partition

EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, 1e-40, -1e-40, 3.5, -3.5, 3e38, np.inf, -np.inf]


def random() -> np.random.Generator:
    return np.random.default_rng(7)


# -- functions ------------------------------------------------------------------------


def test_erf_of_short_floats_is_within_six_units():
    rng = random()
    parts = [rng.uniform(-5, 5, 200_000), rng.normal(size=9999) * 1e-20, EDGES]
    x = np.concatenate(parts).astype(np.float32)
    with np.errstate(all="ignore"):
        found = error_function.erf_single(x)
    wanted = np.array([math.erf(v) for v in x.tolist()])
    units = np.abs(found - wanted) / np.spacing(np.abs(wanted).astype(np.float32))
    assert found.dtype == np.float32
    assert units.max() <= 6
    assert np.abs(found).max() == 1
    np.testing.assert_array_equal(np.signbit(found), np.signbit(x))
    assert np.isnan(error_function.erf_single(np.float32([np.nan])))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (8192,), (8193,), (91, 3, 100)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_in_blocks_is_as_at_once(dtype, shape):
    x = np.asarray(random().uniform(-4, 4, shape)).astype(dtype)
    for given in (x, x.T):
        with np.errstate(all="ignore"):
            found = blocks.elementwise(special.lgamma, given)
            wanted = special.lgamma(given).astype(dtype)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, wanted)


# -- numbers that say where -----------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("size", [0, 1, 2, 1000])
def test_inverse_permutation(size, dtype):
    order = random().permutation(size).astype(dtype)
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(tf.invert_permutation(tf.constant(order)))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.argsort(order))


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ([0, 2, 2, 5], "2 is duplicated in the input."),
        ([0, 4, 2, 2], "4 is not between 0 and 4"),
        ([-1, 0, 1, 2], "-1 is not between 0 and 4"),
        ([3, 3, 1, -7], "3 is duplicated in the input."),
    ],
)
def test_no_permutation_is_refused_at_its_first_fault(order, words):
    with tf.Graph().as_default(), tf.Session() as sess:
        given = tf.placeholder(tf.int32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            sess.run(tf.invert_permutation(given), {given: order})


@pytest.mark.parametrize(
    ("start", "limit", "delta", "dtype"),
    [
        (0, 10, 1, "int32"), (3, 50, 7, "int32"), (9, -9, -4, "int64"),
        (-(2**31), 2**31 - 1, 2**30, "int32"), (0, 0, 1, "int32"),
        (-(2**63), 2**63 - 1, 2**62, "int64"), (-0.0, 3.0, 1.0, "float32"),
        (0.1, 5.0, 0.3, "float64"), (4.0, 1.0, -0.5, "float32"),
    ],
)  # fmt: skip
def test_range(start, limit, delta, dtype):
    kind = np.dtype(dtype).type
    ends = [kind(v) for v in (start, limit, delta)]
    with tf.Graph().as_default(), tf.Session() as sess:
        given = [tf.placeholder(dtype, []) for _ in ends]
        found = sess.run(tf.range(*given), dict(zip(given, ends, strict=True)))
    span = (float(limit) - float(start)) / float(delta)
    with np.errstate(all="ignore"):
        steps = np.arange(math.ceil(span)).astype(dtype)
        wanted = (ends[0] + steps * ends[2]).astype(dtype)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(wanted))


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_rows_in_order(columns):
    """Every pair of small rows is refused as Python's order of tuples has it."""
    shape = np.full(columns, 3)
    rows = [list(row) for row in np.ndindex(*(3,) * columns)]
    for a in rows:
        for b in rows:
            indices = np.array([a, b], np.int64)
            if a < b:
                sparse.check_order(indices, shape)
                continue
            words = "indices\\[1\\] = .* is " + (
                "repeated" if a == b else "out of order"
            )
            with pytest.raises(tf.errors.InvalidArgumentError, match=words):
                sparse.check_order(indices, shape)


def test_the_first_wrong_row_is_named():
    indices = np.array([[0, 1], [0, 2], [0, 2], [0, 1]], np.int64)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[2\].*repeated"):
        sparse.check_order(indices, np.array([3, 3]))
    for count in (0, 1):
        sparse.check_order(indices[:count], np.array([3, 3]))


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "int32", "int64", "uint64", "float32", "O"]
)
@pytest.mark.parametrize("spread", [2, 100, 10**9])
def test_unique(dtype, spread):
    x = random().integers(-spread, spread, 500)
    x = (x.astype(str) if dtype == "O" else x).astype(dtype)
    first, which, counts = partition._first_seen(x)
    seen = dict.fromkeys(x.tolist())
    assert x[first].tolist() == list(seen)
    assert x[first][which].tolist() == x.tolist()
    assert counts.tolist() == [x.tolist().count(v) for v in seen]


@pytest.mark.parametrize("values", [[np.iinfo("i8").min, np.iinfo("i8").max, 5], []])
def test_unique_of_numbers_far_apart(values):
    x = np.array(values, np.int64)
    first, which, counts = partition._first_seen(x)
    assert x[first].tolist() == values
    assert which.tolist() == list(range(len(values)))
    assert counts.tolist() == [1] * len(values)


# -- sums and solutions ---------------------------------------------------------------


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.minimum, np.maximum])
@pytest.mark.parametrize("inner", [(), (5,), (64,), (8, 8)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "float16"])
def test_segments(dtype, inner, ufunc):
    rng = random()
    data = rng.integers(-2, 3, (300, *inner)).astype(dtype)
    for below in (1, 4, 90):
        for ids in (rng.integers(-1, below, 300), np.sort(rng.integers(0, below, 300))):
            found = segment.reduce_rows(data, ids, below + 2, ufunc, 1)
            wanted = np.ones((below + 2, *inner), np.float64)
            for i in range(below):
                if (ids == i).any():
                    wanted[i] = ufunc.reduce(data[ids == i].astype(np.float64), 0)
            assert found.dtype == data.dtype
            with np.errstate(all="ignore"):
                np.testing.assert_array_equal(found, wanted.astype(dtype))


def test_segments_keep_what_is_no_number():
    data = np.ones((6, 40), np.float32)
    data[1, 3], data[4, 5], data[5] = np.nan, np.inf, -0.0
    total = segment.reduce_rows(data, np.array([0, 0, 1, 1, 1, 2]), 3, np.add, 0)
    assert np.isnan(total[0, 3])
    assert np.isfinite(total[0, :3]).all()
    assert total[1, 5] == np.inf
    assert total[1, 4] == 3
    assert np.signbit(total[2]).all()


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 100])
@pytest.mark.parametrize("stack", [(), (2, 3), (0,)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("lower", [True, False])
def test_triangular_systems(lower, dtype, stack, size):
    rng = random()
    matrix = rng.normal(size=(*stack, size, size)).astype(dtype)
    matrix[..., range(size), range(size)] += 2 * size
    rhs = rng.normal(size=(*stack, size, 3)).astype(dtype)
    half = np.tril(matrix) if lower else np.triu(matrix)
    other = (np.triu if lower else np.tril)(
        np.full_like(matrix, np.nan), 1 - 2 * (not lower)
    )
    before = rhs.copy()
    found = triangular.solve(half + other, rhs, lower)
    assert found.dtype == rhs.dtype
    np.testing.assert_array_equal(rhs, before)
    np.testing.assert_allclose(half @ found, rhs, 0, 1e-4)


def test_a_zero_on_the_diagonal_has_no_solution():
    matrix = np.eye(70, dtype=np.float32)
    matrix[50, 50] = 0
    with pytest.raises(np.linalg.LinAlgError):
        triangular.solve(matrix, np.ones((70, 1), np.float32), lower=True)


@pytest.mark.parametrize("classes", [1, 2, 3, 7, 8, 9, 100])
@pytest.mark.parametrize("batch", [1, 3, 50])
def test_draws_among_totals(batch, classes):
    rng = random()
    totals = np.cumsum(rng.integers(0, 3, (batch, classes)), axis=1).astype(np.float64)
    draws = rng.integers(-1, classes + 3, (batch, 30)).astype(np.float64)
    draws[:, 0], draws[:, 1] = totals[:, -1], np.nan
    found = class_draws.not_above(totals, draws)
    for row in range(batch):
        wanted = np.searchsorted(totals[row], draws[row], side="right")
        np.testing.assert_array_equal(found[row], wanted)
    assert class_draws.not_above(totals, draws[:, :0]).shape == (batch, 0)


# -- texts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        hashing.fingerprint64,
        hashing.hash64,
        lambda word: hashing.siphash(word, (3, 2**63 + 5)),
    ],
    ids=["fingerprint64", "hash64", "siphash"],
)
def test_hashes_together_are_those_of_each(function):
    rng = random()
    lengths = [*range(140)] * (hashing.FEW + 2) + [200, 300]
    words = [rng.bytes(n) for n in rng.permutation(lengths).tolist()]
    assert hashing.each(function, words).tolist() == [function(w) for w in words]
    assert hashing.each(function, []).tolist() == []


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_numbers_together_are_those_of_each(dtype):
    kind = np.dtype(dtype)
    good = [b"12", b" -7\t", b"+003", b"0", b"-0", b"2147483647", b"9" * 15]
    good += [b"1.5", b".5", b"5.", b"1e3", b"inf", b"-nan", b"Infinity", b"0x1p4"]
    good += [b"1" * 50, b"1e400"]
    good = [w for w in good if text.number_in(w, kind) is not None]
    for words in (good, good[:5], []):
        array = np.empty(len(words), object)
        array[:] = words
        with np.errstate(all="ignore"):
            found = text.to_numbers(array, kind)
            wanted = np.array([text.number_in(w, kind) for w in words], kind)
        assert found.dtype == kind
        np.testing.assert_array_equal(found, wanted)
    for bad in (
        b"1_0",
        b"",
        b"12x",
        b"1 2",
        b"\xc2\xb2",
        b"1\0",
        b"0x",
        b"3000000000_",
    ):
        array = np.array([b"1", bad], object)
        with pytest.raises(tf.errors.InvalidArgumentError, match="could not correctly"):
            text.to_numbers(array, kind)


@pytest.mark.parametrize("separator", ["", "-"])
def test_joined_texts(separator):
    words = np.array([[b"a", b"b\0"], [b"", b"c"]], object)
    for inputs in ([words], [words, b"x", words], [b"x", b"y"], [words[:0], b"x"]):
        with tf.Graph().as_default(), tf.Session() as sess:
            found = sess.run(
                tf.string_join([tf.constant(w) for w in inputs], separator)
            )
        columns = np.broadcast_arrays(*(np.asarray(w, object) for w in inputs))
        wanted = [
            separator.encode().join(row)
            for row in zip(*(c.reshape(-1).tolist() for c in columns), strict=True)
        ]
        assert np.asarray(found, object).reshape(-1).tolist() == wanted


# -- counts and choices ---------------------------------------------------------------


def fetched(build, *arrays):
    """What an op gives for arrays that nobody knows while the graph is made."""
    with tf.Graph().as_default(), tf.Session() as sess:
        given = [tf.placeholder(a.dtype, [None] * a.ndim) for a in arrays]
        return sess.run(build(*given), dict(zip(given, arrays, strict=True)))


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("size", [0, 1, 5, 40])
def test_bincount(size, dtype):
    rng = random()
    values = rng.integers(0, 9, 300).astype(np.int32)
    weights = rng.integers(-4, 5, 300).astype(dtype)
    for factors in (weights, weights[:0]):
        found = fetched(
            lambda v, w: tf.bincount(v, w, minlength=size, maxlength=size),
            values, factors,
        )  # fmt: skip
        wanted = [
            (factors[values == i].sum() if factors.size else (values == i).sum())
            for i in range(size)
        ]
        assert found.dtype == dtype
        assert found.tolist() == wanted


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64"])
@pytest.mark.parametrize("count", [0, 3, 20_000])
def test_histogram(count, dtype):
    values = random().uniform(-3, 12, count).astype(dtype)
    ends = np.array([0, 9], dtype)
    found = fetched(lambda v, e: tf.histogram_fixed_width(v, e, 6), values, ends)
    bins = [min(max(math.floor(v / 1.5), 0), 5) for v in values.tolist()]
    assert found.tolist() == [bins.count(i) for i in range(6)]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint8", "int64"])
@pytest.mark.parametrize("k", [0, 1, 3, 16, 17])
def test_the_largest(k, dtype):
    rng = random()
    x = rng.integers(-100, 100, (40, 90)).astype(dtype)
    if x.dtype.kind == "f":
        x[rng.random(x.shape) < 0.1] = np.nan
        x[0], x[1], x[2, 5], x[3, 7] = np.nan, -np.inf, np.inf, -0.0
    else:
        x[0] = np.iinfo(dtype).min
    for given in (x, x[:10], x[3:], x[5], x[:0]):
        values, indices = fetched(lambda v: tf.nn.top_k(v, k), given)
        key = (
            np.where(np.isnan(given), -np.inf, given) if x.dtype.kind == "f" else given
        )
        order = np.argsort(-key.astype(np.float64), axis=-1, kind="stable")[..., :k]
        np.testing.assert_array_equal(indices, order)
        assert values.dtype == dtype
        np.testing.assert_array_equal(values, np.take_along_axis(given, order, -1))


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("shape", [(), (0,), (30,), (4, 5)])
def test_one_hot(shape, axis, dtype):
    if axis > len(shape):
        return
    indices = np.asarray(random().integers(0, 9, shape)).astype(dtype)
    if dtype != "uint8" and indices.size:
        indices.reshape(-1)[0] = -1
    for on, off in ((2.5, -0.0), (np.nan, np.inf)):
        found = fetched(lambda i: tf.one_hot(i, 6, on, off, axis), indices)  # noqa: B023
        at = len(shape) if axis == -1 else axis
        wanted = np.full((*shape, 6), off, np.float32)
        for place in np.ndindex(*shape):
            if 0 <= indices[place] < 6:
                wanted[place][indices[place]] = on
        wanted = np.moveaxis(wanted, -1, at)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(wanted))


@pytest.mark.parametrize("dtype", ["float32", "int64", "complex64", "bool", "O"])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_gather_nd(count, depth, dtype):
    rng = random()
    params = rng.integers(0, 99, (4, 5, 6))
    params = (params.astype("S") if dtype == "O" else params).astype(dtype)
    indices = np.stack([rng.integers(0, n, count) for n in (4, 5, 6)][:depth], -1)
    found = fetched(tf.gather_nd, params, indices.astype(np.int32))
    assert found.tolist() == params[tuple(indices.T)].tolist()
    if count:
        indices[-1, -1] = 6
        with pytest.raises(tf.errors.InvalidArgumentError, match="does not index into"):
            fetched(tf.gather_nd, params, indices)


@pytest.mark.parametrize("shape", [(), (0,), (500,), (20, 3)])
def test_partitions(shape):
    rng = random()
    data = rng.normal(size=(*shape, 2))
    numbers = np.asarray(rng.integers(0, 3, shape), np.int32)
    parts = fetched(lambda d, n: tf.dynamic_partition(d, n, 4), data, numbers)
    for i, part in enumerate(parts):
        np.testing.assert_array_equal(part, data[numbers == i])


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128", "int16"])
@pytest.mark.parametrize(("lower", "upper"), [(-1, 0), (0, -1), (1, 2), (-1, -1)])
def test_bands(lower, upper, dtype):
    x = random().normal(size=(3, 5, 7)).astype(dtype)
    if x.dtype.kind == "f":
        x[0, 0], x[:, :, 6] = np.inf, np.nan
    wanted = np.zeros_like(x)
    for i in range(5):
        for j in range(7):
            if (lower < 0 or i - j <= lower) and (upper < 0 or j - i <= upper):
                wanted[:, i, j] = x[:, i, j]
    found = fetched(lambda m: tf.matrix_band_part(m, lower, upper), x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("columns", [1, 32, 40])
@pytest.mark.parametrize("adjoint", [False, True])
def test_sparse_products(adjoint, columns):
    rng = random()
    dense = np.where(rng.random((50, 30)) < 0.1, rng.normal(size=(50, 30)), 0)
    dense[7] = 0
    indices = np.argwhere(dense)
    b = rng.normal(size=(50 if adjoint else 30, columns))
    found = sparse.dense_matmul(
        indices, dense[tuple(indices.T)], np.array([50, 30]), b, adjoint
    )
    np.testing.assert_allclose(found, (dense.T if adjoint else dense) @ b, 1e-12, 1e-12)
    empty = sparse.dense_matmul(
        indices[:0], dense[0, :0], np.array([50, 30]), b, adjoint
    )
    assert not empty.any()
    assert not np.signbit(empty).any()


@pytest.mark.parametrize("beta", [0.5, 0.75, 1.0])
@pytest.mark.parametrize("shape", [(2, 3, 3, 7), (1, 40, 30, 16), (0, 2, 2, 3)])
def test_local_responses(shape, beta):
    rng = random()
    x, dy = rng.normal(size=(2, *shape))
    channel = np.arange(shape[-1])
    near = (abs(channel[:, None] - channel) <= 2).astype(np.float64)
    size = 1.5 + 0.3 * (x**2 @ near)
    y = norm.lrn(x, 2, 1.5, 0.3, beta)
    np.testing.assert_allclose(y, x / size**beta, 1e-12)
    found = norm.lrn_gradient(dy, x, y, 2, 1.5, 0.3, beta)
    slope = dy / size**beta - 0.6 * beta * x * ((dy * y / size) @ near)
    np.testing.assert_allclose(found, slope, 1e-10, 1e-12)
    short = norm.lrn(x.astype(np.float16), 2, 1.5, 0.3, beta)
    assert short.dtype == np.float16
    np.testing.assert_allclose(short, y, 2e-3, 2e-3)
