"""Sparse tensors: merged, split, cut, summed, compared, serialized."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
INDICES = np.int64([[0, 1], [1, 0], [1, 3], [2, 2]])


def sparse(tf, values=(1.0, -2.0, 3.0, 0.5), indices=INDICES, shape=(3, 4)):
    return tf.SparseTensor(indices, tf.constant(np.array(values)), shape)


def other(tf):
    return sparse(tf, (4.0, 1.0, -1.0), [[0, 1], [1, 1], [2, 2]])


PROGRAMS = {
    "maximum": lambda tf: tf.sparse_maximum(sparse(tf), other(tf)),
    "minimum": lambda tf: tf.sparse_minimum(sparse(tf), other(tf)),
    "reduce_max": lambda tf: tf.sparse_reduce_max(sparse(tf), 1),
    "reduce_max_all": lambda tf: tf.sparse_reduce_max(sparse(tf)),
    "reduce_max_kept": lambda tf: tf.sparse_reduce_max(sparse(tf), 0, keepdims=True),
    "reduce_max_sparse": lambda tf: tf.sparse_reduce_max_sparse(sparse(tf), 1),
    "reduce_sum_sparse": lambda tf: tf.sparse_reduce_sum_sparse(sparse(tf), 0),
    "reduce_sum_kept": lambda tf: tf.sparse_reduce_sum(sparse(tf), 1, keepdims=True),
    "reset_shape": lambda tf: tf.sparse_reset_shape(sparse(tf)),
    "reset_shape_wider": lambda tf: tf.sparse_reset_shape(sparse(tf), [5, 6]),
    "split": lambda tf: tf.sparse_split(sp_input=sparse(tf), num_split=2, axis=1),
    "split_uneven": lambda tf: tf.sparse_split(
        sp_input=sparse(tf), num_split=2, axis=0
    ),
    "serialize": lambda tf: tf.serialize_sparse(sparse(tf)),
    "serialize_many": lambda tf: tf.serialize_many_sparse(sparse(tf)),
    "there_and_back": lambda tf: tf.deserialize_many_sparse(
        tf.serialize_many_sparse(sparse(tf)), tf.float64, 2
    ),
    "merge": lambda tf: tf.sparse_merge(
        tf.SparseTensor([[0, 0], [1, 0], [1, 1]], np.int64([2, 0, 3]), [2, 2]),
        tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [1.0, 2.0, 3.0], [2, 2]),
        4,
    ),
    "sparse_matmul": lambda tf: tf.sparse_matmul(
        np.float32([[0, 1], [2, 0]]), np.float32([[3, 0], [0, 4]]), a_is_sparse=True
    ),
    "sparse_matmul_gradient": lambda tf: tf.gradients(
        tf.sparse_matmul(
            a := tf.constant([[0.0, 1.0], [2.0, 0.0]]),
            b := tf.constant([[3.0, 0.0], [0.0, 4.0]]),
            transpose_b=True,
            b_is_sparse=True,
        ),
        [a, b],
    ),
    "add_threshold": lambda tf: tf.sparse_add(sparse(tf), other(tf), 1.5),
    "concat": lambda tf: tf.sparse_concat(1, [sparse(tf), other(tf)]),
    "slice": lambda tf: tf.sparse_slice(sparse(tf), [1, 0], [2, 3]),
    "transpose": lambda tf: tf.sparse_transpose(sparse(tf)),
    "reshape": lambda tf: tf.sparse_reshape(sparse(tf), [2, -1]),
    "reorder": lambda tf: tf.sparse_reorder(sparse(tf, (1.0, 2.0), [[2, 0], [0, 1]])),
    "retain": lambda tf: tf.sparse_retain(sparse(tf), [True, False, True, False]),
    "softmax": lambda tf: tf.sparse_softmax(sparse(tf)),
    "fill_empty_rows": lambda tf: tf.sparse_fill_empty_rows(
        sparse(tf, (1.0,), [[1, 0]]), np.float64(7)
    ),
    "to_indicator": lambda tf: tf.sparse_to_indicator(
        tf.SparseTensor(INDICES, np.int64([0, 1, 2, 1]), [3, 4]), 4
    ),
    "to_dense": lambda tf: tf.sparse_tensor_to_dense(sparse(tf), -1.0),
}
for name, build in PROGRAMS.items():
    # Of a shape that is cut to what there is more is known here.
    table.add(name, build, any_static_shape=name == "reset_shape")

for name, build in {
    "tensor_dense_matmul": lambda tf, values: tf.sparse_tensor_dense_matmul(
        tf.SparseTensor(INDICES, values, [3, 4]), np.arange(8.0).reshape(4, 2)
    ),
    "reduce_sum": lambda tf, values: tf.sparse_reduce_sum(
        tf.SparseTensor(INDICES, values, [3, 4]), 1
    ),
    "to_dense": lambda tf, values: tf.sparse_tensor_to_dense(
        tf.SparseTensor(INDICES, values, [3, 4])
    ),
    "add": lambda tf, values: (
        tf.sparse_add(tf.SparseTensor(INDICES, values, [3, 4]), other(tf)).values
    ),
    "softmax": lambda tf, values: (
        tf.sparse_softmax(tf.SparseTensor(INDICES, values, [3, 4])).values ** 2
    ),
    "times_dense": lambda tf, values: (
        (
            tf.SparseTensor(INDICES, values, [3, 4]) * np.arange(12.0).reshape(3, 4)
        ).values
    ),
    "over_dense": lambda tf, values: (
        (
            tf.SparseTensor(INDICES, values, [3, 4]) / np.arange(1.0, 13).reshape(3, 4)
        ).values
    ),
}.items():
    table.add(
        f"{name}_gradient",
        lambda tf, build=build: tf.gradients(
            tf.square(build(tf, v := tf.constant([1.0, -2.0, 3.0, 0.5], tf.float64))), v
        ),
    )

for name, build in {
    "maximum_of_other_shape": lambda tf: tf.sparse_maximum(
        sparse(tf), sparse(tf, shape=(3, 5))
    ),
    "reset_shape_smaller": lambda tf: tf.sparse_reset_shape(sparse(tf), [2, 2]),
    "concat_of_other_shape": lambda tf: tf.sparse_concat(
        0, [sparse(tf), sparse(tf, shape=(3, 5))]
    ),
    "indices_out_of_range": lambda tf: tf.sparse_tensor_to_dense(
        sparse(tf, (1.0,), [[5, 0]])
    ),
    "indices_twice": lambda tf: tf.sparse_tensor_to_dense(
        sparse(tf, (1.0, 2.0), [[1, 0], [1, 0]])
    ),
}.items():
    table.add(
        name,
        build,
        raises="ValueError"
        if name == "reset_shape_smaller"
        else "InvalidArgumentError",
    )
