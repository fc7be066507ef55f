"""Operations that draw random numbers, change variables or work on texts."""

from typing import Any

import numpy as np

from benchmarks.operations.making import Maker, Operation, side


def _random(name: str, *args: Any) -> Operation:
    def build(make: Maker, count: int) -> Any:
        return getattr(make.tf, name)([count], *args, seed=1)

    return build


def _poisson(make: Maker, count: int) -> Any:
    return make.tf.random_poisson(3.0, [count], seed=1)


def _shuffle(make: Maker, count: int) -> Any:
    return make.tf.random_shuffle(make.normal(count // 10, 10), seed=1)


def _multinomial(make: Maker, count: int) -> Any:
    return make.tf.multinomial(make.normal(max(1, count // 100), 10), 10, seed=1)


def _assign(name: str) -> Operation:
    def build(make: Maker, count: int) -> Any:
        return getattr(make.tf, name)(make.uniform(count), make.normal(count))

    return build


def _scatter(name: str) -> Operation:
    def build(make: Maker, count: int) -> Any:
        rows = max(2, count // 64)
        ids = make.integers(rows // 2, below=rows)
        return getattr(make.tf, name)(
            make.uniform(rows, 64), ids, make.normal(rows // 2, 64)
        )

    return build


def _optimizer(name: str, *args: float) -> Operation:
    def build(make: Maker, count: int) -> Any:
        weights, gradient = make.uniform(count), make.normal(count)
        optimizer = getattr(make.tf.train, name)(0.0001, *args)
        return optimizer.apply_gradients([(gradient + 0.0, weights)])

    return build


def _sparse_product(make: Maker, count: int) -> Any:
    n = side(count)
    sparse = make.tf.SparseTensor(_cells(n), np.ones(n * 4, np.float32), [n, n])
    return make.tf.sparse_tensor_dense_matmul(sparse, make.normal(n, 32))


def _cells(n: int) -> Any:
    """Four places in each row of a square."""
    rows = np.repeat(np.arange(n), 4)
    columns = (rows * 7 + np.tile(np.arange(4), n) * (n // 4 or 1)) % n
    return np.stack([rows, columns], 1).astype(np.int64)


def _sparse_to_dense(make: Maker, count: int) -> Any:
    places = make.held(np.arange(0, count, 2, dtype=np.int64))
    values = make.normal(len(range(0, count, 2)))
    return make.tf.sparse_to_dense(places, [count], values)


def _as_string(make: Maker, count: int) -> Any:
    return make.tf.as_string(make.integers(count // 10))


def _to_number(make: Maker, count: int) -> Any:
    return make.tf.string_to_number(make.words(count // 10))


def _join(make: Maker, count: int) -> Any:
    return make.tf.string_join([make.words(count // 10), make.words(count // 10)], " ")


def _hash_bucket(make: Maker, count: int) -> Any:
    return make.tf.string_to_hash_bucket_fast(make.words(count // 10), 1000)


def _map_fn(make: Maker, count: int) -> Any:
    rows = make.normal(max(1, count // 10_000), 1000)
    return make.tf.map_fn(lambda row: make.tf.reduce_sum(make.tf.tanh(row)), rows)


def _scan(make: Maker, count: int) -> Any:
    rows = make.normal(max(1, count // 10_000), 1000)
    return make.tf.scan(lambda total, row: total * 0.5 + row, rows)


def _cond(make: Maker, count: int) -> Any:
    x = make.normal(count)
    return make.tf.cond(make.held(True), lambda: make.tf.tanh(x), lambda: x * 2.0)


OPERATIONS: dict[str, Operation] = {
    "random_normal": _random("random_normal"),
    "random_uniform": _random("random_uniform"),
    "truncated_normal": _random("truncated_normal"),
    "random_gamma": _random("random_gamma", 2.0),
    "random_poisson": _poisson,
    "random_shuffle": _shuffle,
    "multinomial": _multinomial,
    "assign": _assign("assign"),
    "assign_add": _assign("assign_add"),
    "scatter_update": _scatter("scatter_update"),
    "scatter_add": _scatter("scatter_add"),
    "GradientDescentOptimizer": _optimizer("GradientDescentOptimizer"),
    "MomentumOptimizer": _optimizer("MomentumOptimizer", 0.9),
    "AdamOptimizer": _optimizer("AdamOptimizer"),
    "AdagradOptimizer": _optimizer("AdagradOptimizer"),
    "RMSPropOptimizer": _optimizer("RMSPropOptimizer"),
    "AdadeltaOptimizer": _optimizer("AdadeltaOptimizer"),
    "FtrlOptimizer": _optimizer("FtrlOptimizer"),
    "sparse_tensor_dense_matmul": _sparse_product,
    "sparse_to_dense": _sparse_to_dense,
    "as_string": _as_string,
    "string_to_number": _to_number,
    "string_join": _join,
    "string_to_hash_bucket_fast": _hash_bucket,
    "map_fn": _map_fn,
    "scan": _scan,
    "cond": _cond,
}
