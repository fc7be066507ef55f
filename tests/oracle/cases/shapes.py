"""Shapes, slices, joining, padding, gathering and scattering; constants."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def feed(tf, dtype=None, shape=None):
    """The placeholder `x`."""
    return tf.placeholder(dtype or tf.float32, shape, name="x")


# Constants and sequences.
for dtype in ("float32", "int32", "bool", "complex64", "float16", "bfloat16", "uint8"):
    for name in ("zeros", "ones"):
        table.add(
            f"{name}_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, name)([2, 3], dtype),
        )
        table.add(
            f"{name}_like_{dtype}",
            lambda tf, name=name, dtype=dtype: getattr(tf, f"{name}_like")(
                tf.cast([[1, 0]], dtype)
            ),
        )
table.add("zeros_of_string", lambda tf: tf.zeros([2], tf.string))
table.add("zeros_of_no_shape", lambda tf: [tf.zeros([]), tf.zeros([0, 2])])
table.add("zeros_like_fed", lambda tf: tf.zeros_like(feed(tf)), {"x:0": [[1.0, 2.0]]})
table.add("zeros_like_dtype", lambda tf: tf.zeros_like([1.5, 2.5], dtype=tf.int32))
table.add("fill", lambda tf: [tf.fill([2, 2], 7), tf.fill([0], "s"), tf.fill([], 1.5)])
table.add("fill_string", lambda tf: tf.fill([2], "s"))
table.add("fill_fed", lambda tf: tf.fill(feed(tf, tf.int32, [2]), 9.0), {"x:0": [2, 1]})
table.add("constant_shape", lambda tf: tf.constant(5, shape=[2, 3]))
table.add("constant_last_value_repeats", lambda tf: tf.constant([1, 2], shape=[2, 2]))
table.add(
    "constant_from_list",
    lambda tf: [
        tf.constant(1),
        tf.constant(1.5),
        tf.constant(True),
        tf.constant("s"),
        tf.constant(1j),
        tf.constant([]),
        tf.constant([[1, 2], [3, 4]]),
        tf.constant(["a", b"b"]),
        tf.constant(np.float64(1)),
        tf.constant(np.arange(3)),
    ],
)
table.add("constant_too_large_for_int32", lambda tf: tf.constant(2**40))
table.add("constant_int64", lambda tf: tf.constant(2**40, tf.int64))
table.add("constant_ragged", lambda tf: tf.constant([[1, 2], [3]]), raises="ValueError")
table.add("constant_mixed", lambda tf: tf.constant([1, "a"]), raises="TypeError")
table.add(
    "constant_wrong_dtype", lambda tf: tf.constant(1.5, tf.int32), raises="TypeError"
)
table.add(
    "constant_too_many",
    lambda tf: tf.constant([1, 2, 3], shape=[2]),
    raises="ValueError",
)
table.add(
    "range",
    lambda tf: [
        tf.range(5),
        tf.range(2, 8, 3),
        tf.range(5, 0, -2),
        tf.range(0.0, 1.0, 0.25),
        tf.range(3, 3),
        tf.range(tf.constant(3, tf.int64)),
        tf.range(1, 4.0),
    ],
)
table.add(
    "range_of_zero_delta",
    lambda tf: tf.range(1, 5, feed(tf, tf.int32, [])),
    {"x:0": 0},
    raises="InvalidArgumentError",
)
table.add("linspace", lambda tf: [tf.linspace(0.0, 1.0, 5), tf.linspace(2.0, 2.0, 1)])
table.add("lin_space", lambda tf: tf.lin_space(1.0, -1.0, 3))
table.add(
    "eye",
    lambda tf: [
        tf.eye(2),
        tf.eye(2, 3, dtype=tf.int32),
        tf.eye(2, batch_shape=[2]),
    ],
)
table.add("meshgrid", lambda tf: tf.meshgrid([1, 2], [3, 4, 5]))
table.add("meshgrid_ij", lambda tf: tf.meshgrid([1, 2], [3, 4], indexing="ij"))
table.add(
    "sequence_mask",
    lambda tf: [
        tf.sequence_mask([1, 3, 0]),
        tf.sequence_mask([[1], [2]], 3, dtype=tf.float32),
    ],
    any_static_shape=True,  # TensorFlow computes the longest length while building
)

# Shapes as values.
table.add(
    "shape",
    lambda tf: [
        tf.shape(CUBE),
        tf.shape(1.0),
        tf.shape(CUBE, out_type=tf.int64),
        tf.size(CUBE),
        tf.rank(CUBE),
        tf.size(tf.zeros([0, 3])),
    ],
)
table.add(
    "shape_fed",
    lambda tf: [tf.shape(x := feed(tf)), tf.size(x), tf.rank(x)],
    {"x:0": CUBE},
)
table.add("shape_n", lambda tf: tf.shape_n([CUBE, CUBE[0]]))
for to in ([24], [4, -1], [2, 3, 2, 2], [-1], [1, 24, 1]):
    table.add(f"reshape_{to}", lambda tf, to=to: tf.reshape(CUBE, to))
table.add("reshape_to_scalar", lambda tf: tf.reshape([5], []))
table.add("reshape_empty", lambda tf: tf.reshape(tf.zeros([0, 3]), [3, 0]))
table.add("reshape_int64", lambda tf: tf.reshape([1, 2], np.int64([2, 1])))
table.add(
    "reshape_fed",
    lambda tf: [tf.reshape(feed(tf, None, [None, 6]), [-1, 2, 3])],
    {"x:0": np.ones((2, 6))},
)
table.add("reshape_misfit", lambda tf: tf.reshape([1, 2], [3]), raises="ValueError")
table.add(
    "reshape_misfit_at_run",
    lambda tf: tf.reshape(feed(tf), [3]),
    {"x:0": [1, 2]},
    raises="InvalidArgumentError",
)
table.add(
    "reshape_two_unknowns",
    lambda tf: tf.reshape([1, 2], [-1, -1]),
    raises="InvalidArgumentError",
)
table.add(
    "expand_dims",
    lambda tf: [
        tf.expand_dims([1, 2], 0),
        tf.expand_dims([1, 2], 1),
        tf.expand_dims([1, 2], -1),
        tf.expand_dims(1, 0),
        tf.expand_dims([[1]], dim=-2),
    ],
)
table.add(
    "expand_dims_out_of_range", lambda tf: tf.expand_dims([1], 3), raises="ValueError"
)
table.add(
    "squeeze",
    lambda tf: [
        tf.squeeze([[[1], [2]]]),
        tf.squeeze([[[1], [2]]], [0]),
        tf.squeeze([[[1]]], [-1]),
        tf.squeeze([[1, 2]], squeeze_dims=[0]),
    ],
)
table.add("squeeze_of_two", lambda tf: tf.squeeze([1, 2], [0]), raises="ValueError")
table.add(
    "squeeze_fed",
    lambda tf: [tf.squeeze(feed(tf, None, [None, 1]), [1])],
    {"x:0": [[1], [2]]},
)
table.add(
    "transpose",
    lambda tf: [
        tf.transpose(CUBE),
        tf.transpose(CUBE, [1, 0, 2]),
        tf.transpose([1, 2]),
        tf.transpose(CUBE[0], [1, 0]),
        tf.transpose(tf.zeros([0, 2])),
        tf.transpose(tf.constant([[1j, 2]]), conjugate=True),
        tf.matrix_transpose(CUBE),
    ],
)
table.add("transpose_wrong", lambda tf: tf.transpose(CUBE, [0, 1]), raises="ValueError")
table.add("transpose_of_unknown", lambda tf: tf.transpose(feed(tf)), {"x:0": CUBE})
table.add(
    "ensure_shape", lambda tf: tf.ensure_shape(feed(tf), [None, 2]), {"x:0": [[1, 2]]}
)
table.add(
    "ensure_shape_wrong",
    lambda tf: tf.ensure_shape(feed(tf), [None, 3]),
    {"x:0": [[1, 2]]},
    raises="InvalidArgumentError",
)
table.add(
    "tensor_scatter",
    lambda tf: [
        tf.tensor_scatter_update([1, 2, 3], [[1]], [9]),
        tf.tensor_scatter_add([1, 2, 3], [[1], [1]], [9, 1]),
        tf.tensor_scatter_sub([1, 2, 3], [[0]], [9]),
    ],
)
table.add(
    "repeat",
    lambda tf: [tf.repeat([1, 2], 2), tf.repeat([[1], [2]], [1, 2], 0)],
    any_static_shape=True,  # we know the sum of the repeats
)
table.add("unravel_index", lambda tf: tf.unravel_index([3, 5], [2, 3]))
table.add("broadcast_to", lambda tf: tf.broadcast_to([[1], [2]], [2, 3]))
table.add(
    "broadcast_shapes",
    lambda tf: [
        tf.broadcast_dynamic_shape([2, 1], [3]),
        tf.constant(
            tf.broadcast_static_shape(
                tf.TensorShape([2, 1]), tf.TensorShape([3])
            ).as_list()
        ),
    ],
)
table.add("identity_of_strings", lambda tf: tf.identity(["a", "b"]))
table.add("identity_n", lambda tf: tf.identity_n([[1.0], ["s"]]))
table.add(
    "placeholder_with_default",
    lambda tf: tf.placeholder_with_default([1.0, 2.0], [None], "x"),
)
table.add(
    "placeholder_with_default_fed",
    lambda tf: tf.placeholder_with_default([1.0, 2.0], [None], "x") * 2.0,
    {"x:0": [5.0]},
)

# Slices.
SLICES = {
    "index": np.s_[1],
    "negative_index": np.s_[-1],
    "range": np.s_[0:1],
    "step": np.s_[:, ::2],
    "reverse": np.s_[:, ::-1],
    "ellipsis": np.s_[..., 1],
    "middle_ellipsis": np.s_[0, ..., 1:3],
    "newaxis": np.s_[:, np.newaxis, 1],
    "all_three": np.s_[1, 2, 3],
    "empty": np.s_[1:1],
    "beyond": np.s_[0:9, -9:2],
    "negative_bounds": np.s_[:, -2:-1],
    "back": np.s_[0, 2:0:-1, 3:0:-2],
    "newaxis_last": np.s_[..., np.newaxis],
}
for name, index in SLICES.items():
    table.add(f"slice_{name}", lambda tf, index=index: tf.constant(CUBE)[index])
    table.add(
        f"slice_fed_{name}",
        lambda tf, index=index: [feed(tf, None, [None, 3, None])[index]],
        {"x:0": CUBE},
        any_static_shape=name == "empty",  # we know that it is empty
    )
    if index is not SLICES["all_three"]:
        table.add(
            f"slice_gradient_{name}",
            lambda tf, index=index: slice_gradient(tf, index),
        )


def slice_gradient(tf, index):
    """The gradient of a slice's square."""
    x = tf.constant(CUBE)
    return tf.gradients(tf.square(x[index]), x)


table.add(
    "slice_by_tensors",
    lambda tf: tf.constant(CUBE)[
        tf.constant(1), : tf.constant(2), feed(tf, tf.int32, [])
    ],
    {"x:0": 3},
)
table.add("slice_of_shape", lambda tf: tf.shape(feed(tf))[1:], {"x:0": CUBE})
table.add("slice_string", lambda tf: tf.constant(["a", "b", "c"])[1:])
table.add("slice_out_of_range", lambda tf: tf.constant([1, 2])[5], raises="ValueError")
table.add(
    "slice_out_of_range_at_run",
    lambda tf: tf.constant([1, 2])[feed(tf, tf.int32, [])],
    {"x:0": 5},
    raises="InvalidArgumentError",
)
table.add(
    "slice_too_many_indices", lambda tf: tf.constant([1, 2])[0, 0], raises="ValueError"
)
table.add("slice_by_float", lambda tf: tf.constant([1, 2])[0.5], raises="TypeError")
table.add("slice_by_string", lambda tf: tf.constant([1, 2])["a"], raises="TypeError")
table.add(
    "tf_slice",
    lambda tf: [
        tf.slice(CUBE, [0, 1, 1], [2, 1, 2]),
        tf.slice(CUBE, [1, 0, 0], [-1, -1, 1]),
        tf.slice([1, 2, 3], [3], [0]),
    ],
)
table.add(
    "tf_slice_out_of_range",
    lambda tf: tf.slice(feed(tf), [0], [3]),
    {"x:0": [1.0]},
    raises="InvalidArgumentError",
)
table.add(
    "strided_slice",
    lambda tf: [
        tf.strided_slice(CUBE, [0, 0, 1], [2, 3, 4], [1, 2, 2]),
        tf.strided_slice(CUBE, [0], [1], shrink_axis_mask=1),
        tf.strided_slice(CUBE, [0, 0], [1, 2], begin_mask=1, end_mask=2),
        tf.strided_slice(CUBE, [0, 1], [0, 2], ellipsis_mask=1),
        tf.strided_slice(CUBE, [0, 1], [0, 2], new_axis_mask=1),
    ],
)

# Joining and parting.
table.add(
    "concat",
    lambda tf: [
        tf.concat([[1, 2], [3]], 0),
        tf.concat([[[1]], [[2]]], 1),
        tf.concat([CUBE, CUBE], -1),
        tf.concat([[1.0]], 0),
        tf.concat([tf.zeros([0, 2]), [[1.0, 2.0]]], 0),
        tf.concat([["a"], ["b"]], axis=0),
    ],
)
table.add(
    "concat_wrong_rank", lambda tf: tf.concat([[[1]], [1]], 0), raises="ValueError"
)
table.add(
    "concat_misfit", lambda tf: tf.concat([[[1, 2]], [[1]]], 0), raises="ValueError"
)
table.add(
    "concat_misfit_at_run",
    lambda tf: tf.concat([feed(tf), [[1.0]]], 0),
    {"x:0": [[1, 2]]},
    raises="InvalidArgumentError",
)
table.add(
    "concat_fed_axis",
    lambda tf: tf.concat([[[1]], [[2]]], feed(tf, tf.int32, [])),
    {"x:0": 1},
)
table.add(
    "stack",
    lambda tf: [
        tf.stack([[1, 2], [3, 4]]),
        tf.stack([[1, 2], [3, 4]], 1),
        tf.stack([1, 2]),
        tf.stack([[1], [2]], axis=-1),
        tf.parallel_stack([[1.0], [2.0]]),
    ],
)
table.add("stack_misfit", lambda tf: tf.stack([[1], [1, 2]]), raises="ValueError")
table.add(
    "unstack",
    lambda tf: [
        tf.unstack([[1, 2], [3, 4]]),
        tf.unstack([[1, 2], [3, 4]], axis=1),
        tf.unstack(CUBE, axis=-1),
        tf.unstack(tf.zeros([0, 2])),
    ],
)
table.add("unstack_unknown", lambda tf: tf.unstack(feed(tf)), raises="ValueError")
table.add("unstack_num", lambda tf: tf.unstack(feed(tf), 2), {"x:0": [[1], [2]]})
table.add(
    "unstack_wrong_num",
    lambda tf: tf.unstack(feed(tf), 2),
    {"x:0": [1, 2, 3]},
    raises="InvalidArgumentError",
)
table.add(
    "split",
    lambda tf: [
        tf.split([1, 2, 3, 4], 2),
        tf.split([[1, 2, 3]], 3, axis=1),
        tf.split([1, 2, 3, 4], [1, 3]),
        tf.split([1, 2, 3, 4], [1, -1, 2]),
        tf.split(CUBE, 2, -1),
    ],
)
table.add("split_uneven", lambda tf: tf.split([1, 2, 3], 2), raises="ValueError")
table.add(
    "split_uneven_at_run",
    lambda tf: tf.split(feed(tf), 2),
    {"x:0": [1, 2, 3]},
    raises="InvalidArgumentError",
)
table.add(
    "tile",
    lambda tf: [
        tf.tile([1, 2], [2]),
        tf.tile([[1], [2]], [1, 3]),
        tf.tile([1], [0]),
        tf.tile(["a"], [2]),
        tf.tile([[True]], [2, 2]),
    ],
)
table.add(
    "tile_wrong_length",
    lambda tf: tf.tile(feed(tf), [2]),
    {"x:0": [[1]]},
    raises="InvalidArgumentError",
)
for mode in ("CONSTANT", "REFLECT", "SYMMETRIC"):
    table.add(
        f"pad_{mode}",
        lambda tf, mode=mode: tf.pad([[1, 2, 3], [4, 5, 6]], [[1, 1], [2, 1]], mode),
    )
table.add("pad_value", lambda tf: tf.pad([1.0], [[1, 2]], constant_values=9.0))
table.add("pad_negative", lambda tf: tf.pad([1], [[-1, 0]]), raises="ValueError")
table.add(
    "pad_negative_at_run",
    lambda tf: tf.pad([1], feed(tf, tf.int32, [1, 2])),
    {"x:0": [[-1, 0]]},
    raises="InvalidArgumentError",
)
table.add(
    "reverse",
    lambda tf: [
        tf.reverse(CUBE, [1]),
        tf.reverse(CUBE, [0, -1]),
        tf.reverse([1, 2], [0]),
    ],
)
table.add(
    "reverse_sequence",
    lambda tf: tf.reverse_sequence(
        [[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1, batch_axis=0
    ),
)
table.add("space_to_depth", lambda tf: tf.space_to_depth(CUBE.reshape(1, 4, 6, 1), 2))
table.add("depth_to_space", lambda tf: tf.depth_to_space(CUBE.reshape(1, 2, 3, 4), 2))
table.add(
    "space_to_batch_nd",
    lambda tf: tf.space_to_batch_nd(CUBE.reshape(1, 4, 6, 1), [2, 2], [[0, 0], [0, 0]]),
)
table.add(
    "batch_to_space_nd",
    lambda tf: tf.batch_to_space_nd(CUBE.reshape(4, 2, 3, 1), [2, 2], [[0, 1], [0, 0]]),
)

# Gathering and scattering.
table.add(
    "gather",
    lambda tf: [
        tf.gather([10, 20, 30], [2, 0]),
        tf.gather(CUBE, 1),
        tf.gather(CUBE, [[0], [1]]),
        tf.gather(CUBE, [2, 0], axis=1),
        tf.gather(CUBE, [3, 3], axis=-1),
        tf.gather(["a", "b"], [1]),
        tf.gather([1], tf.zeros([0], tf.int32)),
    ],
)
table.add(
    "gather_out_of_range",
    lambda tf: tf.gather([1, 2], feed(tf, tf.int32)),
    {"x:0": [0, 2]},
    raises="InvalidArgumentError",
)
table.add("gather_float_index", lambda tf: tf.gather([1, 2], [0.5]), raises="TypeError")
table.add(
    "gather_nd",
    lambda tf: [
        tf.gather_nd(CUBE, [[0, 1], [1, 2]]),
        tf.gather_nd(CUBE, [[0, 1, 2]]),
        tf.gather_nd(CUBE, [1]),
        tf.gather_nd(CUBE, [[[1]], [[0]]]),
    ],
)
table.add(
    "gather_nd_out_of_range",
    lambda tf: tf.gather_nd([1, 2], feed(tf, tf.int32)),
    {"x:0": [[2]]},
    raises="InvalidArgumentError",
)
table.add("batch_gather", lambda tf: tf.batch_gather([[1, 2], [3, 4]], [[1], [0]]))
table.add(
    "scatter_nd",
    lambda tf: [
        tf.scatter_nd([[1], [3]], [9, 8], [5]),
        tf.scatter_nd([[1], [1]], [9, 8], [3]),
        tf.scatter_nd([[0]], [[1.0, 2.0]], [2, 2]),
    ],
)
table.add(
    "one_hot",
    lambda tf: [
        tf.one_hot([0, 2, -1, 5], 3),
        tf.one_hot([[1], [0]], 2, on_value=5, off_value=-1),
        tf.one_hot([1, 0], 3, axis=0),
        tf.one_hot(2, 4, dtype=tf.int32),
        tf.one_hot([1], 2, True, False),
    ],
)
table.add(
    "one_hot_negative_depth",
    lambda tf: tf.one_hot([1], feed(tf, tf.int32, [])),
    {"x:0": -1},
    raises="InvalidArgumentError",
)
table.add(
    "where",
    lambda tf: [
        tf.where([[True, False], [False, True]]),
        tf.where([0, 3, 0, 4]),
        tf.where([True, False], [1, 2], [3, 4]),
        tf.where(True, [1, 2], [3, 4]),
        tf.where([True, False], [[1, 2], [3, 4]], [[5, 6], [7, 8]]),
        tf.where(tf.zeros([0], tf.bool)),
    ],
)
table.add(
    "where_does_not_broadcast",
    lambda tf: tf.where([True, False], [1], [2]),
    raises="ValueError",
)
table.add(
    "boolean_mask",
    lambda tf: [
        tf.boolean_mask([1, 2, 3], [True, False, True]),
        tf.boolean_mask(CUBE, [True, False]),
        tf.boolean_mask(CUBE[0], CUBE[0] > 4),
        tf.boolean_mask(CUBE, [True, False, True], axis=1),
    ],
)
table.add("invert_permutation", lambda tf: tf.invert_permutation([2, 0, 1]))
table.add(
    "dynamic_partition",
    lambda tf: tf.dynamic_partition([10, 20, 30, 40], [0, 1, 0, 1], 2),
)
table.add(
    "dynamic_stitch",
    lambda tf: tf.dynamic_stitch([[0, 2], [1, 3]], [[10, 30], [20, 40]]),
)
table.add(
    "diag",
    lambda tf: [
        tf.diag([1, 2]),
        tf.diag_part([[1, 2], [3, 4]]),
        tf.matrix_diag([[1.0, 2.0]]),
        tf.matrix_diag_part(CUBE),
        tf.matrix_set_diag(CUBE[:, :, :3], [[9.0] * 3] * 2),
        tf.matrix_band_part(CUBE[:, :, :3], 1, 0),
        tf.matrix_band_part(CUBE[0], 0, -1),
    ],
)
table.add("trace", lambda tf: [tf.trace([[1, 2], [3, 4]]), tf.trace(CUBE)])
table.add("roll", lambda tf: [tf.roll([1, 2, 3], 1, 0), tf.roll(CUBE, [1, -1], [1, 2])])
table.add(
    "searchsorted",
    lambda tf: [
        tf.searchsorted([1.0, 2.0, 3.0], [0.5, 2.0, 9.0]),
        tf.searchsorted([1.0, 2.0, 3.0], [2.0], side="right"),
    ],
)
table.add(
    "edit_of_static_shape", lambda tf: with_shape(tf, [None, 2]), {"x:0": [[1, 2]]}
)


def with_shape(tf, shape):
    """A placeholder whose shape was set afterwards."""
    x = feed(tf)
    x.set_shape(shape)
    return [x * 2.0, tf.shape(x)]
