"""Chains of large elementwise tasks become one pass over tiles."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.native import target as targets
from interactive_graphs.kernels.native.clusters import Store, Value
from interactive_graphs.runtime.native import build as building
from interactive_graphs.runtime.native.assemble import Native
from interactive_graphs.runtime.native.tiles import LARGE, cut_into_tiles
from interactive_graphs.runtime.native.work import (
    Array,
    Emitted,
    Pointwise,
    Task,
    Tiled,
)
from tests.runtime.native.programs import both, put_back, variables

SIZE = 1 << 19
RANDOM = np.random.default_rng(5)


def given(shape=(SIZE,)):
    return Array("float32", shape, "fed")


def pointwise(op, *inputs, shape=(SIZE,)):
    values = (Value(op, tuple(~i for i in range(len(inputs))), "float32"),)
    made = Array("float32", shape, name=op)
    return Task(Pointwise(shape, values, (Store(0),)), inputs, [made])


def summing(task):
    """The task with the sum of its result as another result."""
    work = task.work
    task.work = work._replace(stores=(*work.stores, Store(0, "sum", (0,))))
    total = Array("float32", (), name="total")
    total.maker = task
    task.outputs.append(total)
    return task


def tiled_tasks(tasks):
    return [task for task in tasks if isinstance(task.work, Tiled)]


def test_what_only_the_chain_reads_is_no_output():
    first = pointwise("tanh", given())
    second = pointwise("exp", first.outputs[0])
    third = pointwise("add", second.outputs[0], first.outputs[0])
    (made,) = cut_into_tiles([first, second, third], third.outputs)
    assert isinstance(made.work, Tiled)
    assert made.outputs == third.outputs
    assert made.inputs == first.inputs
    assert [one.takes for one in made.work.passes] == [(0,), (2,), (3, 2)]


def test_small_arrays_stay_as_they_are():
    shape = (LARGE - 1,)
    first = pointwise("tanh", given(shape), shape=shape)
    second = pointwise("exp", first.outputs[0], shape=shape)
    tasks = [first, second]
    assert cut_into_tiles(tasks, second.outputs) == tasks


def test_nothing_is_gained_where_all_is_wanted():
    first = pointwise("tanh", given())
    second = pointwise("exp", first.outputs[0])
    tasks = [first, second]
    assert cut_into_tiles(tasks, [*first.outputs, *second.outputs]) == tasks


def test_what_needs_another_task_in_between_is_not_joined():
    first = pointwise("tanh", given())
    between = Task(Emitted(print), first.outputs, [Array("float32", (SIZE,))])
    last = pointwise("add", first.outputs[0], between.outputs[0])
    assert not tiled_tasks(cut_into_tiles([first, between, last], last.outputs))


def test_a_sum_comes_after_and_whoever_takes_it_is_no_part():
    first = pointwise("tanh", given())
    second = summing(pointwise("exp", first.outputs[0]))
    third = pointwise("add", second.outputs[0], second.outputs[1])
    made = cut_into_tiles([first, second, third], third.outputs)
    whole, total, rest = made
    assert isinstance(whole.work, Tiled)
    assert whole.outputs == [second.outputs[0]]
    assert total.work.stores == (Store(~0, "sum", (0,)),)
    assert total.outputs == [second.outputs[1]]
    assert rest is third


def test_a_part_of_what_the_chain_makes_is_no_part_of_it():
    first = pointwise("tanh", given())
    element = first.outputs[0].part((1,), (1,), 7)
    last = pointwise("add", first.outputs[0], element)
    assert not tiled_tasks(cut_into_tiles([first, last], last.outputs))


# -- whole steps -----------------------------------------------------------------------


def deep(size, layers=30):
    x = tf.placeholder(tf.float32, [size])
    w = tf.Variable(np.linspace(0.5, 1.5, size, dtype=np.float32))
    h = x
    for _ in range(layers):
        h = tf.tanh(h * w)
    loss = tf.reduce_mean(h * h)
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    return x, h, loss, train


@pytest.fixture
def sizes(monkeypatch):
    """The bytes of all blocks that are laid out from now on."""
    seen = []

    class Seen(Native):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            seen.append(self._layout.size)

    monkeypatch.setattr(building, "Native", Seen)
    if targets.available():
        pytest.skip(targets.available())
    return seen


@pytest.mark.parametrize("size", [SIZE, SIZE + 7])
def test_training_a_deep_net_needs_a_few_arrays_and_not_one_for_each_layer(sizes, size):
    x, h, loss, train = deep(size)
    value = RANDOM.normal(size=size).astype(np.float32)
    value[:6] = [np.nan, np.inf, -np.inf, -0.0, 1e-42, 0.0]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        step = both(sess, [loss, train], {x: value})
        assert sizes[0] < 4 * size * 4
        assert any("tiles" in kernel.name for kernel in step.made.kernels)
        before = variables(sess)
        step.numpy.run(step.values)
        expected = variables(sess)
        put_back(sess, before)
        step.made.run(step.values)
        for name, found in variables(sess).items():
            np.testing.assert_allclose(found, expected[name], rtol=2e-6, atol=1e-12)


def test_a_tiled_step_gives_the_same_bits_with_any_number_of_threads():
    x, h, loss, _ = deep(SIZE)
    slope = tf.gradients(loss, x)[0]
    value = RANDOM.normal(size=SIZE).astype(np.float32)
    found = set()
    for threads in (1, 0):
        config = tf.ConfigProto(intra_op_parallelism_threads=threads)
        with tf.Session(config=config) as sess:
            sess.run(tf.global_variables_initializer())
            step = both(sess, [loss, h, slope], {x: value})
            assert any("tiles" in kernel.name for kernel in step.made.kernels)
            for _ in range(2):
                made = step.made.run(step.values)
                found.add(b"".join(np.asarray(part).tobytes() for part in made))
    assert len(found) == 1
