"""What becomes of tasks before there is code: groups, memory, stacks, numbers apart."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.native.clusters import Store, Value
from interactive_graphs.runtime.native import build as building
from interactive_graphs.runtime.native.buffers import Block
from interactive_graphs.runtime.native.cluster import join_elementwise
from interactive_graphs.runtime.native.groups import Groups
from interactive_graphs.runtime.native.schedule import schedule
from interactive_graphs.runtime.native.uniform import apart
from interactive_graphs.runtime.native.work import Array, Emitted, Pointwise, Task
from tests.runtime.native.programs import both, kernels

RANDOM = np.random.default_rng(2)


def pointwise(op, *inputs, shape=(8, 8), outputs=1):
    values = (Value(op, tuple(~i for i in range(len(inputs))), "float32"),)
    made = [Array("float32", shape, name=op) for _ in range(outputs)]
    return Task(Pointwise(shape, values, (Store(0),)), inputs, made)


def other(*inputs, shape=(8, 8)):
    return Task(Emitted(print), inputs, [Array("float32", shape)])


def given(shape=(8, 8)):
    return Array("float32", shape, "fed")


def test_neighbours_are_joined_and_what_is_between_is_not_stored():
    first = pointwise("tanh", given())
    second = pointwise("exp", first.outputs[0])
    third = pointwise("add", second.outputs[0], first.outputs[0])
    (joined,) = join_elementwise([first, second, third], third.outputs)
    assert [value.op for value in joined.work.values] == ["tanh", "exp", "add"]
    assert joined.outputs == third.outputs
    assert len(joined.inputs) == 1


def test_what_needs_another_task_in_between_is_not_joined():
    first = pointwise("tanh", given())
    between = other(first.outputs[0])
    last = pointwise("add", first.outputs[0], between.outputs[0])
    groups = Groups([first, between, last])
    assert not groups.may_join(groups.of(first), groups.of(last))
    assert len(join_elementwise([first, between, last], last.outputs)) == 3


def test_an_order_without_data_keeps_tasks_apart():
    first, between = pointwise("tanh", given()), other(given())
    between.after.add(first)
    last = pointwise("add", first.outputs[0], first.outputs[0])
    last.after.add(between)
    assert len(join_elementwise([first, between, last], last.outputs)) == 3


def test_other_shapes_are_not_joined():
    first = pointwise("tanh", given((8,)), shape=(8,))
    second = pointwise("add", first.outputs[0], given())
    assert len(join_elementwise([first, second], second.outputs)) == 2


def test_equal_values_are_computed_once():
    x = given()
    tasks = [pointwise("tanh", x), pointwise("tanh", x)]
    last = pointwise("add", tasks[0].outputs[0], tasks[1].outputs[0])
    (joined,) = join_elementwise([*tasks, last], last.outputs)
    assert [value.op for value in joined.work.values] == ["tanh", "add"]


def test_zeros_of_both_signs_stay_two():
    x = given()
    tasks = []
    for zero in (0.0, -0.0):
        values = (
            Value("constant", (), "float32", zero),
            Value("multiply", (~0, 0), "float32"),
        )
        work = Pointwise((8, 8), values, (Store(1),))
        tasks.append(Task(work, [x], [given()]))
    outputs = [task.outputs[0] for task in tasks]
    (joined,) = join_elementwise(tasks, outputs)
    assert len(joined.work.values) == 4


def test_a_block_hands_out_what_was_given_back():
    block = Block()
    a, b = block.take(1000), block.take(1000)
    assert a[0] % 64 == b[0] % 64 == 0
    assert a[0] + 1000 <= b[0]
    block.give(*a)
    assert block.take(900)[0] == a[0]
    size = block.size
    block.give(*b)
    block.take(1024)
    assert block.size == size


def test_large_pieces_do_not_all_begin_at_the_same_distance_from_a_page():
    block = Block()
    places = [block.take(8192)[0] % 4096 for _ in range(8)]
    assert len(set(places)) == 8


def test_numbers_are_computed_apart():
    # 1 - p over a matrix, where p is one number: sqrt(1 - p) * x.
    values = (
        Value("constant", (), "float32", 1.0),
        Value("subtract", (0, ~1), "float32"),
        Value("sqrt", (1,), "float32"),
        Value("multiply", (2, ~0), "float32"),
    )
    parts = apart(values, (Store(3),), (False, True))
    assert parts is not None
    numbers, rest = parts
    assert numbers.operands == [1]
    assert [value.op for value in numbers.values] == ["constant", "subtract", "sqrt"]
    assert rest.operands == [0]
    assert rest.values == (Value("multiply", (~1, ~0), "float32"),)


def test_one_operand_that_is_a_number_is_nothing_to_compute_apart():
    values = (Value("multiply", (~0, ~1), "float32"),)
    assert apart(values, (Store(0),), (False, True)) is None


def steps_of(monkeypatch):
    """The steps that are translated from now on."""
    seen = []
    monkeypatch.setattr(
        building,
        "write_routines",
        lambda tasks, target, write=building.write_routines: (
            seen.append(write(tasks, target)) or seen[-1]
        ),
    )
    layouts = []
    module = building.Native.__init__.__globals__
    lay_out = module["lay_out"]

    def noted(parts, routines, leaving):
        layout = lay_out(parts, routines, leaving)
        layouts.append((parts, routines, set(leaving), layout))
        return layout

    monkeypatch.setitem(module, "lay_out", noted)
    return layouts


def unrolled():
    x = tf.placeholder(tf.float32, [6, 3, 5])
    kernel = tf.Variable(RANDOM.normal(size=(13, 32)).astype(np.float32))
    bias = tf.Variable(tf.zeros([32]))
    h = c = tf.zeros([3, 8])
    for inputs in tf.unstack(x):
        gates = tf.matmul(tf.concat([inputs, h], 1), kernel) + bias
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * tf.tanh(c)
    loss = tf.reduce_mean(tf.square(h - 1.0))
    train = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
    return [train, loss], {x: RANDOM.normal(size=(6, 3, 5)).astype(np.float32)}


def dense():
    x = tf.placeholder(tf.float32, [7, 20])
    h = x
    for size in (30, 50, 20, 10):
        w = tf.Variable(RANDOM.normal(size=(h.shape[-1].value, size)).astype("f"))
        h = tf.tanh(tf.matmul(h, w) * 0.1)
    loss = tf.reduce_mean(tf.nn.log_softmax(h)) + tf.reduce_sum(tf.exp(h), 1)[0]
    train = tf.train.AdamOptimizer().minimize(loss)
    return [train, loss], {x: RANDOM.normal(size=(7, 20)).astype(np.float32)}


@pytest.mark.parametrize("net", [unrolled, dense])
def test_no_two_values_that_are_needed_lie_in_the_same_place(net, monkeypatch):
    layouts = steps_of(monkeypatch)
    fetches, feed = net()
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    both(sess, fetches, feed)
    ((parts, routines, leaving, layout),) = layouts
    tasks = [task for part in parts for task in part]
    last = {}
    for number, task in enumerate(tasks):
        for array in (*task.bases(), *task.outputs):
            last[array] = number
    live = {}
    for number, task in enumerate(tasks):
        reused = {
            task.inputs[place].base
            for made, place in routines[task].in_place
            if made >= len(task.inputs)
        }
        for output in task.outputs:
            if output not in layout.offsets:
                continue
            mine = (layout.offsets[output], layout.offsets[output] + output.bytes)
            assert mine[1] <= layout.size
            for array, place in live.items():
                apart_ = mine[1] <= place[0] or place[1] <= mine[0]
                dies = last[array] == number and array in reused
                assert apart_ or dies, (output, array)
            live[output] = mine
        for array in [a for a in live if last[a] == number and a not in leaving]:
            del live[array]


def test_the_gradients_of_an_unrolled_loop_are_one_product():
    fetches, feed = unrolled()
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    names = kernels(both(sess, fetches, feed).made)
    assert sum("ta_multiply_subtract" in name for name in names) == 1
    assert "gemm_13x32x18_ta_multiply_subtract" in names
    # Of the gradient for [inputs, h] the part for h alone: 8 of 13 columns.
    # The weights are turned round once for all steps.
    assert sum(name.startswith("gemm_3x8x32") for name in names) == 5
    assert not any(name.startswith("gemm_3x13x32") for name in names)
    assert not any("3x8x32_tb" in name for name in names)


def test_lines_go_first_and_native_tasks_together():
    x = given()
    native = [pointwise("tanh", x), pointwise("exp", x)]
    parts = schedule(native)
    assert parts == [native]
