"""TensorArrays: reading and writing, shapes, errors, gradients."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def floats(size=2, **options):
    return tf.TensorArray(tf.float32, size, **options)


def hidden(value):
    """A tensor whose shape is known only when it runs."""
    return tf.placeholder_with_default(value, None)


# -- values ----------------------------------------------------------------------------


def test_what_is_written_is_read():
    array = floats().write(0, [1.0, 2.0]).write(1, [3.0, 4.0])
    assert run(array.read(1)).tolist() == [3, 4]


def test_writes_are_ordered_by_flow_and_old_objects_stay_usable():
    first = floats().write(0, 1.0)
    second = first.write(1, 2.0)
    assert run(second.stack()).tolist() == [1, 2]
    assert run(first.size()) == 2


def test_stack_concat_gather():
    array = floats(3, clear_after_read=False).unstack([[1.0, 2.0], [3, 4], [5, 6]])
    stacked, joined, some = run([array.stack(), array.concat(), array.gather([2, 0])])
    assert stacked.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert joined.tolist() == [1, 2, 3, 4, 5, 6]
    assert some.tolist() == [[5, 6], [1, 2]]


def test_scatter_and_split():
    array = floats().scatter([1, 0], [10.0, 20.0])
    assert run(array.stack()).tolist() == [20, 10]
    pieces = floats(infer_shape=False).split([1.0, 2.0, 3.0], [1, 2])
    assert run(pieces.read(1)).tolist() == [2, 3]
    assert run(pieces.concat()).tolist() == [1, 2, 3]


def test_elements_of_different_lengths_are_joined():
    array = floats(infer_shape=False).write(0, [1.0]).write(1, [2.0, 3.0])
    assert run(array.concat()).tolist() == [1, 2, 3]


def test_a_dynamic_array_grows():
    array = floats(0, dynamic_size=True).write(2, 5.0)
    size, values = run([array.size(), array.write(0, 1.0).stack()])
    assert size == 3
    assert values.tolist() == [1, 0, 5]
    more = floats(1, dynamic_size=True, infer_shape=False).split([1.0, 2.0], [1, 1])
    assert run(more.stack()).tolist() == [[1], [2]]


def test_unwritten_elements_of_known_shape_are_zeros():
    assert run(floats(element_shape=[3]).read(1)).tolist() == [0, 0, 0]
    # What was written tells the shape, too.
    assert run(floats().write(0, [1.0, 2.0]).stack()).tolist() == [[1, 2], [0, 0]]
    assert run(floats(element_shape=[2]).concat()).tolist() == [0, 0, 0, 0]


def test_empty_arrays():
    assert run(floats(0, element_shape=[3]).stack()).shape == (0, 3)
    assert run(floats(0, element_shape=[3, 2]).concat()).shape == (0, 2)


def test_strings():
    array = tf.TensorArray(tf.string, 2, clear_after_read=False).unstack(["a", "b"])
    whole, one = run([array.stack(), array.read(0)])
    assert whole.tolist() == [b"a", b"b"]
    assert one == b"a"


def test_each_run_begins_anew():
    array = floats().write(0, 1.0)
    read = array.read(0)
    with tf.Session() as sess:
        assert [sess.run(read) for _ in range(2)] == [1.0, 1.0]


def test_what_is_kept_is_not_changed_from_outside():
    x = tf.placeholder(tf.float32, [2])
    given = np.ones(2, np.float32)
    value = run(floats().write(0, x).read(0), {x: given})
    value += 1
    assert given.tolist() == [1, 1]


def test_a_handle_and_a_flow_make_the_same_array():
    array = floats().write(0, 1.0)
    again = tf.TensorArray(tf.float32, handle=array.handle, flow=array.flow)
    assert run(again.write(1, 2.0).stack()).tolist() == [1, 2]


def test_identity_has_a_flow_of_its_own():
    array = floats().write(0, 1.0)
    same = array.identity()
    assert same.flow is not array.flow
    assert same.handle is array.handle
    assert run(same.read(0)) == 1.0


# -- what is known while the graph is built --------------------------------------------


def test_names_are_those_of_tensorflow_1():
    array = floats().unstack([1.0, 2.0])
    assert array.handle.op.name == "TensorArray"
    assert array.flow.op.name == (
        "TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3"
    )
    assert array.stack().op.name == "TensorArrayStack/TensorArrayGatherV3"
    assert array.read(0).op.name == "TensorArrayReadV3"
    assert floats().write(0, 1.0).flow.op.name == "TensorArrayWrite/TensorArrayWriteV3"


def test_static_shapes():
    array = floats(2).write(0, tf.zeros([3]))
    assert array.read(0).shape.as_list() == [3]
    assert array.stack().shape.as_list() == [2, 3]
    assert array.concat().shape.as_list() == [6]
    assert floats(hidden(2)).unstack(tf.zeros([2, 3])).stack().shape.as_list() == [
        None,
        3,
    ]
    assert floats(5, dynamic_size=True).write(0, 1.0).stack().shape.as_list() == [None]
    assert floats(infer_shape=False).write(0, 1.0).read(0).shape.ndims is None
    assert floats(element_shape=[None, 2]).element_shape.as_list() == [None, 2]


def test_properties():
    array = floats(dynamic_size=True)
    assert array.dtype is tf.float32
    assert array.dynamic_size is True
    assert array.flow.dtype is tf.float32
    assert array.handle.dtype is tf.resource


# -- errors ----------------------------------------------------------------------------

BUILD = {
    "no size": (
        lambda: tf.TensorArray(tf.float32),
        ValueError,
        "Size must be provided if handle is not provided",
    ),
    "size and handle": (
        lambda: floats(handle=floats().handle),
        ValueError,
        "Cannot provide both a handle and size at the same time",
    ),
    "shape and handle": (
        lambda: floats(None, handle=floats().handle, element_shape=[1]),
        ValueError,
        "Cannot provide both a handle and element_shape at the same time",
    ),
    "growing and handle": (
        lambda: floats(None, handle=floats().handle, dynamic_size=False),
        ValueError,
        "Cannot provide both a handle and dynamic_size at the same time",
    ),
    "clearing and handle": (
        lambda: floats(None, handle=floats().handle, clear_after_read=True),
        ValueError,
        "Cannot provide both a handle and clear_after_read at the same time",
    ),
    "name and handle": (
        lambda: floats(None, handle=floats().handle, tensor_array_name="a"),
        ValueError,
        "Cannot construct with both handle and tensor_array_name",
    ),
    "handle without flow": (
        lambda: floats(None, handle=floats().handle),
        ValueError,
        "flow must not be None if handle is not None.",
    ),
    "handle no tensor": (
        lambda: floats(None, handle=5),
        TypeError,
        "Handle must be a Tensor",
    ),
    "other shape": (
        lambda: floats().write(0, [1.0]).write(1, [1.0, 2.0]),
        ValueError,
        "Inconsistent shapes: saw (2,) but expected (1,) (and infer_shape=True)",
    ),
    "not the declared shape": (
        lambda: floats(element_shape=[2], infer_shape=False).write(0, [1.0]),
        ValueError,
        "Inconsistent shapes: saw (1,) but expected (2,)",
    ),
    "index of rank 1": (
        lambda: floats().write([0], 1.0),
        ValueError,
        "Shape must be rank 0 but is rank 1 for 'TensorArrayWrite/TensorArrayWriteV3'",
    ),
    "size of rank 1": (
        lambda: floats([2]),
        ValueError,
        "Shape must be rank 0 but is rank 1 for 'TensorArray'",
    ),
    "rows and indices": (
        lambda: floats().scatter([0], [1.0, 2.0]),
        ValueError,
        "Dimensions must be equal, but are 2 and 1 for "
        "'TensorArrayScatter/TensorArrayScatterV3'",
    ),
    "unstack a scalar": (
        lambda: floats().scatter([0], 1.0),
        ValueError,
        "Shape must be at least rank 1 but is rank 0",
    ),
}


@pytest.mark.parametrize("case", BUILD)
def test_is_refused_while_building(case):
    build, error, words = BUILD[case]
    with pytest.raises(error) as caught:
        build()
    assert words in str(caught.value)


def read_twice():
    array = floats().write(0, 1.0)
    with tf.control_dependencies([array.read(0)]):
        return array.read(0)


def read_closed():
    array = floats().write(0, 1.0)
    with tf.control_dependencies([array.close()]):
        return array.read(0)


RUN = {
    "write twice": (
        lambda: floats(tensor_array_name="foo").write(0, 1.0).write(0, 2.0).flow,
        "Could not write to TensorArray index 0 because it has already been written "
        "to.",
    ),
    "write past the end": (
        lambda: floats().write(5, 1.0).flow,
        "Tried to write to index 5 but array is not resizeable and size is: 2",
    ),
    "write before the beginning": (
        lambda: floats(dynamic_size=True).write(-1, 1.0).flow,
        "Tried to write to index -1 but array is not resizeable and size is: 2",
    ),
    "read twice": (
        read_twice,
        "Could not read index 0 twice because it was cleared after a previous read "
        "(perhaps try setting clear_after_read = false?).",
    ),
    "read past the end": (
        lambda: floats().write(0, 1.0).read(2),
        "Tried to read from index 2 but array size is: 2",
    ),
    "read before the beginning": (
        lambda: floats().write(0, 1.0).read(-1),
        "Tried to read from index -1 but array size is: 2",
    ),
    "read what nobody wrote": (
        lambda: floats().read(1),
        "Could not read from TensorArray index 1.  Furthermore, the element shape is "
        "not fully defined: <unknown>.  It is possible you are working with a "
        "resizeable TensorArray and stop_gradients is not allowing the gradients to be "
        "written.  If you set the full element_shape property on the forward "
        "TensorArray, the proper all-zeros tensor will be returned instead of "
        "incurring this error.",
    ),
    "write of another dtype": (
        lambda: tf.TensorArray(tf.int32, 2).write(0, 1.5).flow,
        "TensorArray dtype is int32 but Op is trying to write dtype float.",
    ),
    "shapes differ": (
        lambda: floats(infer_shape=False).write(0, [1.0]).write(1, [1.0, 2]).stack(),
        "TensorArray has inconsistent shapes.  Index 0 has shape: [1] but index 1 has "
        "shape: [2]",
    ),
    "shapes differ in concat": (
        lambda: (
            floats(infer_shape=False).write(0, [[1.0]]).write(1, [[1.0, 2]]).concat()
        ),
        "Index 0 has (excepting dimension 0) shape: [1] but index 1 has (excepting "
        "dimension 0) shape: [2]",
    ),
    "concat of scalars": (
        lambda: floats().write(0, 1.0).write(1, 1.0).concat(),
        "Concat saw a scalar shape at index 0 but requires at least vectors.  Did you "
        "mean to call pack?",
    ),
    "not the declared shape": (
        lambda: floats(element_shape=[2]).write(0, hidden([1.0])).flow,
        "Could not write to TensorArray index 0 because the value shape is [1] which "
        "is incompatible with the TensorArray's inferred element shape: [2] (consider "
        "setting infer_shape=False).",
    ),
    "unstack too much": (
        lambda: floats().unstack([1.0, 2.0, 3.0]).flow,
        "Max scatter index must be < array size (2 vs. 2)",
    ),
    "rows and indices": (
        lambda: floats(infer_shape=False).scatter(hidden([0]), hidden([1.0, 2])).flow,
        "Expected len(indices) == values.shape[0], but saw: 1 vs. 2",
    ),
    "scatter a scalar": (
        lambda: floats().scatter(hidden([0]), hidden(1.0)).flow,
        "Input value for unpack must be at least a vector but received shape: []",
    ),
    "indices of rank 0": (
        lambda: floats().gather(hidden(0)),
        "Expected indices to be a vector, but received shape: []",
    ),
    "lengths of another sum": (
        lambda: floats(infer_shape=False).split([1.0, 2.0, 3.0], [1, 1]).flow,
        "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
        "2 and value's shape is: [3]",
    ),
    "too many lengths": (
        lambda: floats().split([1.0, 2.0, 3.0], [1, 1, 1]).flow,
        "TensorArray's size is not equal to the size of lengths (2 vs. 3), and the "
        "TensorArray is not marked as dynamically resizeable",
    ),
    "split a scalar": (
        lambda: floats(1).split(1.0, [1]).flow,
        "Expected value to be at least a vector, but received shape: []",
    ),
    "negative lengths": (
        lambda: floats(infer_shape=False).split([1.0, 2.0], [-1, 3]).flow,
        "Expected all lengths to be >= 0",
    ),
    "negative size": (lambda: floats(-2).flow, "Size should be >= 0."),
    "hidden size of rank 1": (
        lambda: floats(hidden([2])).flow,
        "TensorArray size must be scalar, but had shape: [1]",
    ),
    "hidden index of rank 1": (
        lambda: floats().write(hidden([0]), 1.0).flow,
        "TensorArray index must be scalar, but had shape: [1]",
    ),
    "closed": (read_closed, "has already been closed."),
}


@pytest.mark.parametrize("case", RUN)
def test_is_refused_while_running(case):
    build, words = RUN[case]
    fetch = build()
    with pytest.raises(IAE) as caught:
        run(fetch)
    assert words in str(caught.value)


def test_empty_arrays_of_unknown_shape_are_not_implemented():
    with pytest.raises(tf.errors.UnimplementedError, match="size zero, but element sh"):
        run(floats(0).stack())
    with pytest.raises(tf.errors.UnimplementedError, match="element_shape_except0 <un"):
        run(floats(0).concat())


# -- gradients -------------------------------------------------------------------------


def slope(function, value):
    x = tf.constant(value)
    y = function(x)
    return run([y, *tf.gradients(y, x)])


def test_gradient_through_unstack_and_stack():
    _, dx = slope(lambda x: floats(3).unstack(x).stack() * [2.0, 3, 4], [1.0, 2.0, 3.0])
    assert dx.tolist() == [2, 3, 4]


def test_gradients_of_several_reads_are_added():
    def twice(x):
        array = floats(3, clear_after_read=False).unstack(x)
        return array.read(1) * 2 + array.read(1) * 3 + array.read(0)

    y, dx = slope(twice, [1.0, 2.0, 3.0])
    assert y == 11
    assert dx.tolist() == [1, 5, 0]


def test_gradient_of_gathering_an_element_twice():
    _, dx = slope(
        lambda x: floats(clear_after_read=False).write(1, x * 2).gather([1, 1]),
        [1.0, 2.0],
    )
    assert dx.tolist() == [4, 4]


def test_gradient_through_concat_and_split():
    _, dx = slope(
        lambda x: (
            floats(3).write(0, x).write(1, x * 2).write(2, x * 3).concat()
            * tf.range(9.0)
        ),
        [1.0, 2.0, 3.0],
    )
    assert dx.tolist() == [24, 30, 36]
    _, dx = slope(
        lambda x: floats(infer_shape=False).split(x, [1, 2]).read(1), [1.0, 2.0, 3.0]
    )
    assert dx.tolist() == [0, 1, 1]


def test_gradient_of_what_was_never_read_is_zero():
    _, dx = slope(
        lambda x: floats().write(1, x * 2).write(0, x).read(1), [1.0, 2.0, 3.0]
    )
    assert dx.tolist() == [2, 2, 2]


def test_gradient_of_a_growing_array():
    def grown(x):
        array = floats(3, dynamic_size=True).unstack(x)
        return array.write(4, x[0]).write(3, 4.0).stack() * 2

    _, dx = slope(grown, [1.0, 2.0, 3.0])
    assert dx.tolist() == [4, 2, 2]


def test_two_gradients_do_not_mix():
    x = tf.constant([1.0, 2.0])
    y = floats(clear_after_read=False).unstack(x).stack()
    first = tf.gradients(y, x)
    with tf.name_scope("mine"):
        second = tf.gradients(y * 10, x, name="own")
        third = tf.gradients(y * 100, x, name="own")
    found = run([first, second, third])
    assert [dx[0].tolist() for dx in found] == [[1, 1], [10, 10], [100, 100]]


def test_grad_is_an_array_that_adds_up():
    array = floats(clear_after_read=False).unstack([1.0, 2.0])
    grads = array.grad("mine").write(0, 5.0).write(0, 6.0)
    assert run(grads.stack()).tolist() == [11, 0]
    with tf.control_dependencies([grads.read(0)]):
        late = grads.write(0, 1.0)
    with pytest.raises(IAE, match="because it has already been read"):
        run(late.flow)
    wrong = tf.TensorArray(tf.float32, 1, infer_shape=False).write(0, 1.0).grad("g")
    with pytest.raises(IAE, match="Could not aggregate to TensorArray index 0 because"):
        run(wrong.write(0, hidden([1.0])).write(0, hidden([1.0, 2.0])).flow)


def test_second_derivatives():
    x = tf.constant([1.0, 2.0, 3.0])
    array = floats(3, clear_after_read=False).unstack(x)
    (slope,) = tf.gradients(array.read(0) ** 3 * array.read(1), x)
    (curvature,) = tf.gradients(slope, x)
    assert run([slope, curvature])[1].tolist() == [15, 3, 0]


# -- loops and branches ----------------------------------------------------------------


def test_a_loop_writes_and_grows():
    x = tf.constant(3.0)
    _, array = tf.while_loop(
        lambda i, _: i < 4,
        lambda i, a: (i + 1, a.write(i, x * tf.cast(i, tf.float32))),
        (0, floats(0, dynamic_size=True)),
    )
    assert array.stack().shape.as_list() == [None]
    y = array.stack()
    found, slope = run([y, *tf.gradients(y * y, x)])
    assert found.tolist() == [0, 3, 6, 9]
    assert slope == 2 * 3 * (0 + 1 + 4 + 9)


def test_a_loop_reads_what_it_wrote():
    first = floats(6, clear_after_read=False).write(0, 1.0).write(1, 1.0)
    _, array = tf.while_loop(
        lambda i, _: i < 6,
        lambda i, a: (i + 1, a.write(i, a.read(i - 1) + a.read(i - 2))),
        (2, first),
    )
    assert run(array.stack()).tolist() == [1, 1, 2, 3, 5, 8]


def test_each_iteration_may_have_an_array_of_its_own():
    x = tf.constant([1.0, 2.0])

    def body(i, total):
        array = floats().unstack(x * tf.cast(i, tf.float32))
        return i + 1, total + tf.reduce_prod(array.stack())

    _, y = tf.while_loop(lambda i, _: i < 4, body, (0, 0.0))
    found, slope = run([y, *tf.gradients(y, x)])
    assert found == 2 * (1 + 4 + 9)
    assert slope.tolist() == [28, 14]


@pytest.mark.parametrize("taken", [True, False])
def test_a_branch_writes(taken):
    x = tf.constant(2.0)
    array = floats(clear_after_read=False).write(0, x)
    array = tf.cond(
        tf.constant(taken), lambda: array.write(1, x * x), lambda: array.write(1, x)
    )
    y = array.stack()
    found, slope = run([y, *tf.gradients(y, x)])
    assert found.tolist() == ([2, 4] if taken else [2, 2])
    assert slope == (5 if taken else 2)


def test_a_loop_without_iterations_leaves_the_array_as_it_was():
    x = tf.constant([1.0, 2.0])
    limit = tf.placeholder_with_default(0, [])
    _, array = tf.while_loop(
        lambda i, _: i < limit,
        lambda i, a: (i + 1, a.write(i + 2, 9.0)),
        (0, floats(3).unstack(x)),
    )
    y = array.stack()
    found, slope = run([y, *tf.gradients(y, x)])
    assert found.tolist() == [1, 2, 0]
    assert slope.tolist() == [1, 1]
