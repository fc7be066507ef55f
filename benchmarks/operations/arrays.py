"""Operations that move, select and count elements."""

from typing import Any

import numpy as np

from benchmarks.operations.making import Maker, Operation, side


def _matrix(make: Maker, count: int) -> Any:
    return make.normal(side(count), side(count))


def _reshape(make: Maker, count: int) -> Any:
    return make.tf.reshape(_matrix(make, count), [-1])


def _transpose(make: Maker, count: int) -> Any:
    return make.tf.transpose(_matrix(make, count))


def _transpose_4(make: Maker, count: int) -> Any:
    pictures = make.normal(max(1, count // 3072), 32, 32, 3)
    return make.tf.transpose(pictures, [0, 3, 1, 2])


def _concat(axis: int) -> Operation:
    def build(make: Maker, count: int) -> Any:
        return make.tf.concat([_matrix(make, count // 2) for _ in range(2)], axis)

    return build


def _stack(make: Maker, count: int) -> Any:
    return make.tf.stack([make.normal(count // 4) for _ in range(4)], 1)


def _unstack(make: Maker, count: int) -> Any:
    return make.tf.unstack(make.normal(10, count // 10))[3]


def _split(make: Maker, count: int) -> Any:
    return make.tf.split(make.normal(side(count) // 2 * 2, side(count) // 2 * 2), 2, 1)[
        1
    ]


def _slice(make: Maker, count: int) -> Any:
    n = side(count)
    return make.tf.slice(make.normal(n, n), [1, 1], [n - 2, n - 2])


def _strided(make: Maker, count: int) -> Any:
    return _matrix(make, count)[:, ::2]


def _backwards(make: Maker, count: int) -> Any:
    return make.tf.reverse(_matrix(make, count), [1])


def _pad(mode: str) -> Operation:
    def build(make: Maker, count: int) -> Any:
        return make.tf.pad(_matrix(make, count), [[2, 2], [2, 2]], mode)

    return build


def _tile(make: Maker, count: int) -> Any:
    return make.tf.tile(_matrix(make, count // 4), [2, 2])


def _broadcast(make: Maker, count: int) -> Any:
    return make.tf.broadcast_to(make.normal(side(count)), [side(count), side(count)])


def _fill(make: Maker, count: int) -> Any:
    return make.tf.fill(make.held(np.array([count], np.int32)), 3.0)


def _range(make: Maker, count: int) -> Any:
    return make.tf.range(make.held(np.int32(count)))


def _linspace(make: Maker, count: int) -> Any:
    return make.tf.linspace(0.0, 1.0, make.held(np.int32(count)))


def _gather(make: Maker, count: int) -> Any:
    rows = count // 64
    return make.tf.gather(make.normal(rows, 64), make.integers(rows, below=rows))


def _gather_columns(make: Maker, count: int) -> Any:
    n = side(count)
    return make.tf.gather(make.normal(n, n), make.integers(n, below=n), axis=1)


def _gather_nd(make: Maker, count: int) -> Any:
    n = side(count)
    return make.tf.gather_nd(make.normal(n, n), make.integers(count, 2, below=n))


def _scatter_nd(make: Maker, count: int) -> Any:
    places = make.integers(count // 2, 1, below=count)
    return make.tf.scatter_nd(places, make.normal(count // 2), [count])


def _one_hot(make: Maker, count: int) -> Any:
    return make.tf.one_hot(make.integers(count // 10, below=10), 10)


def _boolean_mask(make: Maker, count: int) -> Any:
    return make.tf.boolean_mask(make.normal(count), make.bools(count))


def _where_indices(make: Maker, count: int) -> Any:
    return make.tf.where(make.bools(count))


def _reverse_sequence(make: Maker, count: int) -> Any:
    n = side(count)
    lengths = make.integers(n, below=n)
    return make.tf.reverse_sequence(make.normal(n, n), lengths, seq_axis=1)


def _sequence_mask(make: Maker, count: int) -> Any:
    n = side(count)
    return make.tf.sequence_mask(make.integers(n, below=n), n)


def _unique(make: Maker, count: int) -> Any:
    return make.tf.unique(make.integers(count, below=1000))[0]


def _top_k(make: Maker, count: int) -> Any:
    return make.tf.nn.top_k(make.normal(max(1, count // 1000), 1000), 5)[0]


def _sort(make: Maker, count: int) -> Any:
    return make.tf.sort(make.normal(max(1, count // 1000), 1000))


def _argsort(make: Maker, count: int) -> Any:
    return make.tf.argsort(make.normal(count))


def _roll(make: Maker, count: int) -> Any:
    return make.tf.roll(_matrix(make, count), 3, 1)


def _segment_sum(make: Maker, count: int) -> Any:
    ids = make.sorted_integers(count // 64, below=max(1, count // 640))
    return make.tf.math.segment_sum(make.normal(count // 64, 64), ids)


def _unsorted_segment_sum(make: Maker, count: int) -> Any:
    groups = max(1, count // 640)
    ids = make.integers(count // 64, below=groups)
    return make.tf.math.unsorted_segment_sum(make.normal(count // 64, 64), ids, groups)


def _dynamic_partition(make: Maker, count: int) -> Any:
    kinds = make.integers(count, below=2)
    return make.tf.dynamic_partition(make.normal(count), kinds, 2)[0]


def _dynamic_stitch(make: Maker, count: int) -> Any:
    order = np.random.RandomState(1).permutation(count // 2 * 2).astype(np.int32)
    halves = [make.held(half) for half in np.split(order, 2)]
    return make.tf.dynamic_stitch(halves, [make.normal(count // 2) for _ in range(2)])


def _space_to_depth(make: Maker, count: int) -> Any:
    return make.tf.space_to_depth(make.normal(max(1, count // 3072), 32, 32, 3), 2)


def _depth_to_space(make: Maker, count: int) -> Any:
    return make.tf.depth_to_space(make.normal(max(1, count // 3072), 16, 16, 12), 2)


def _bincount(make: Maker, count: int) -> Any:
    return make.tf.bincount(make.integers(count), maxlength=100)


def _searchsorted(make: Maker, count: int) -> Any:
    steps = make.held(np.linspace(0, 1, 1000, dtype=np.float32))
    return make.tf.searchsorted(steps, make.uniform(count))


def _meshgrid(make: Maker, count: int) -> Any:
    return make.tf.meshgrid(make.normal(side(count)), make.normal(side(count)))[0]


def _invert_permutation(make: Maker, count: int) -> Any:
    order = np.random.RandomState(1).permutation(count).astype(np.int32)
    return make.tf.invert_permutation(make.held(order))


def _confusion(make: Maker, count: int) -> Any:
    truth, guess = (make.integers(count, below=10) for _ in range(2))
    return make.tf.confusion_matrix(truth, guess, num_classes=10)


OPERATIONS: dict[str, Operation] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "transpose, NHWC to NCHW": _transpose_4,
    "concat, axis 0": _concat(0),
    "concat, axis 1": _concat(1),
    "stack, axis 1": _stack,
    "unstack": _unstack,
    "split, axis 1": _split,
    "slice": _slice,
    "strided_slice": _strided,
    "reverse": _backwards,
    "pad": _pad("CONSTANT"),
    "pad, reflected": _pad("REFLECT"),
    "tile": _tile,
    "broadcast_to": _broadcast,
    "fill": _fill,
    "range": _range,
    "linspace": _linspace,
    "gather": _gather,
    "gather, axis 1": _gather_columns,
    "gather_nd": _gather_nd,
    "scatter_nd": _scatter_nd,
    "one_hot": _one_hot,
    "boolean_mask": _boolean_mask,
    "where, indices": _where_indices,
    "reverse_sequence": _reverse_sequence,
    "sequence_mask": _sequence_mask,
    "unique": _unique,
    "top_k": _top_k,
    "sort": _sort,
    "argsort": _argsort,
    "roll": _roll,
    "segment_sum": _segment_sum,
    "unsorted_segment_sum": _unsorted_segment_sum,
    "dynamic_partition": _dynamic_partition,
    "dynamic_stitch": _dynamic_stitch,
    "space_to_depth": _space_to_depth,
    "depth_to_space": _depth_to_space,
    "bincount": _bincount,
    "searchsorted": _searchsorted,
    "meshgrid": _meshgrid,
    "invert_permutation": _invert_permutation,
    "confusion_matrix": _confusion,
}
