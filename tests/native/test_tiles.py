"""Passes by tiles against the same passes one after another."""

import numpy as np
import pytest

from interactive_graphs.kernels.native.clusters import Cluster, Operand, Store, Value
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.tiles import Step, tiled
from tests.native.running import aligned, here, run, runnable

RANDOM = np.random.default_rng(7)
SPECIAL = np.array(
    [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-42, -1e-42, 3e38], np.float32
)


def cluster(size, op, count=2, number=False, dtype="float32"):
    """`op` of `count` arrays, the last of one element if `number`."""
    shapes = [(size,)] * count
    if number:
        shapes[-1] = ()
    operands = tuple(Operand(dtype, shape) for shape in shapes)
    value = Value(op, tuple(range(count)), dtype)
    return Cluster((size,), operands, (value,), (Store(count),))


def chain(size):
    """r = tanh(x * n) + x, s = r * r, with two arrays between: x, n | r, s | ..."""
    return [
        Step(cluster(size, "multiply", number=True), (0, 1), (4,)),
        Step(cluster(size, "tanh", 1), (4,), (5,)),
        Step(cluster(size, "add"), (5, 0), (2,)),
        Step(cluster(size, "multiply"), (2, 2), (3,)),
    ]


def one_after_another(steps, arrays, target):
    """What whole passes give: the arrays that no input is."""
    known = dict(enumerate(arrays))
    for step in steps:
        (number,) = step.gives
        known[number] = aligned(step.cluster.shape, "float32")
        taken = [known[n] for n in step.takes]
        run(elementwise(step.cluster, target), target, taken, [known[number]])
    return known


@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
@pytest.mark.parametrize("size", [1, 63, 1000, 64_000, 100_003])
def test_tiles_give_what_whole_passes_give(target, size):
    x = aligned([size], "float32")
    x[:] = RANDOM.normal(size=size)
    x[: len(SPECIAL)] = SPECIAL[:size]
    inputs = [x, np.array(0.75, np.float32)]
    steps = chain(size)
    expected = one_after_another(steps, inputs, target)
    for chunks in (1, 3):
        outputs = [aligned([size], "float32") for _ in range(2)]
        run(tiled(steps, 2, 2, target), target, inputs, outputs, chunks)
        for number, output in enumerate(outputs, 2):
            assert output.tobytes() == expected[number].tobytes()


def test_what_lies_between_takes_a_tile_and_no_more():
    target = here()
    size = 1_000_000
    steps = [Step(cluster(size, "tanh", 1), (i,), (i + 1,)) for i in range(2, 40)]
    steps.insert(0, Step(cluster(size, "tanh", 1), (0,), (2,)))
    steps.append(Step(cluster(size, "tanh", 1), (40,), (1,)))
    (kernel,) = tiled(steps, 1, 1, target).kernels
    # Each result lies where what it was made of lay.
    longest = max(called.scratch for called in kernel.calls)
    assert kernel.scratch - longest == -(-size // kernel.units) * 4


def test_a_size_that_divides_needs_one_kernel_for_each_step():
    target = here()
    for size, kinds in ((1_000_000, 4), (1_000_003, 8)):
        (kernel,) = tiled(chain(size), 2, 2, target).kernels
        assert len(kernel.calls) == 8
        assert len(set(kernel.calls)) == kinds


def test_many_arrays_make_small_tiles():
    target = here()
    size = 1 << 20
    (few,) = tiled(chain(size), 2, 2, target).kernels
    steps = [Step(cluster(size, "tanh", 1), (0,), (2 + i,)) for i in range(60)]
    steps += [Step(cluster(size, "add"), (2 + i, 0), (1,)) for i in range(60)]
    (many,) = tiled(steps, 1, 1, target).kernels
    assert many.units > 3 * few.units
    assert many.scratch <= 600 << 10


def test_an_output_may_take_the_place_of_what_nobody_reads_any_more():
    target = here()
    routine = tiled(chain(64_000), 2, 2, target)
    # x (0) is read last by the step that makes output 2; the number (1) is too short.
    assert routine.in_place == {(2, 0), (3, 0)}


def test_an_input_that_is_read_later_is_not_written_over():
    target = here()
    size = 64_000
    steps = [
        Step(cluster(size, "tanh", 1), (0,), (1,)),
        Step(cluster(size, "add"), (0, 1), (2,)),
    ]
    assert tiled(steps, 1, 2, target).in_place == {(2, 0)}
