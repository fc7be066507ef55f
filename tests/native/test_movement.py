"""Movements of elements, bit for bit against numpy."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.native import movement
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.copies import CHUNK
from interactive_graphs.kernels.native.target import named
from tests.native.running import aligned, here, run, runnable

TARGETS = pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
DTYPES = pytest.mark.parametrize(
    "dtype", ["bool", "int8", "float16", "int32", "float32", "float64", "complex128"]
)
SHAPES = st.lists(st.integers(0, 20), min_size=0, max_size=4).map(tuple)


def numbers(shape, dtype, seed=0):
    values = np.random.default_rng(seed).integers(0, 100, shape)
    return np.asarray(values).astype(dtype)


def check(routine, target, inputs, wanted, chunks=3):
    outputs = [aligned(array.shape, str(array.dtype)) for array in wanted]
    run(routine, target, inputs, outputs, chunks)
    for output, array in zip(outputs, wanted, strict=True):
        assert output.tobytes() == np.ascontiguousarray(array).tobytes()


@TARGETS
@DTYPES
@pytest.mark.parametrize(
    ("shape", "permutation"),
    [
        ((5, 7), (1, 0)), ((100, 33), (1, 0)), ((64, 64), (1, 0)),
        ((3, 28, 28, 3), (0, 3, 1, 2)), ((3, 3, 28, 28), (0, 2, 3, 1)),
        ((2, 3, 4, 5), (3, 1, 0, 2)), ((4, 5), (0, 1)), ((), ()), ((0, 3), (1, 0)),
        ((7, 1, 40, 19), (3, 2, 1, 0)), ((300, 400), (1, 0)), ((2, 200), (1, 0)),
    ],
)  # fmt: skip
def test_transpose(target, dtype, shape, permutation):
    x = numbers(shape, dtype)
    routine = movement.transpose(shape, permutation, dtype, target)
    check(routine, target, [x], [x.transpose(permutation)])


@settings(max_examples=40, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_any_transposition(data, shape):
    target = here()
    permutation = tuple(data.draw(st.permutations(range(len(shape)))))
    x = numbers(shape, "float32")
    routine = movement.transpose(shape, permutation, "float32", target)
    check(routine, target, [x], [x.transpose(permutation)])


@TARGETS
@DTYPES
@pytest.mark.parametrize(
    ("axis", "shapes"),
    [
        (0, [(3, 4), (5, 4)]), (1, [(3, 4), (3, 1), (3, 17)]),
        (2, [(3, 4, 100), (3, 4, 0), (3, 4, 7)]), (0, [(3 * CHUNK,), (5,)]),
        (0, [(2 * CHUNK + 1,)]),
    ],
)  # fmt: skip
def test_concat_and_split(target, dtype, axis, shapes):
    parts = [numbers(shape, dtype, seed) for seed, shape in enumerate(shapes)]
    whole = np.concatenate(parts, axis)
    check(movement.concat(shapes, axis, dtype, target), target, parts, [whole])
    sizes = [shape[axis] for shape in shapes]
    routine = movement.split(whole.shape, sizes, axis, dtype, target)
    check(routine, target, [whole], parts)


@pytest.mark.parametrize("axis", [0, 1])
def test_parts_that_are_there_already_stay(axis):
    target = here()
    parts = [numbers((4, 20), "float32", seed) for seed in range(3)]
    out = aligned(np.concatenate(parts, axis).shape, "float32")
    out[:] = -1
    shapes = [part.shape for part in parts]
    routine = movement.concat(shapes, axis, "float32", target, moved=(0, 2))
    run(routine, target, [parts[0], parts[2]], [out])
    parts[1][:] = -1
    np.testing.assert_array_equal(out, np.concatenate(parts, axis))


@TARGETS
@DTYPES
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_stack_and_unstack(target, dtype, axis):
    parts = [numbers((4, 25), dtype, seed) for seed in range(3)]
    whole = np.stack(parts, axis)
    check(movement.stack(3, (4, 25), axis, dtype, target), target, parts, [whole])
    check(movement.unstack(whole.shape, axis, dtype, target), target, [whole], parts)


def test_scalars_are_stacked():
    target = here()
    parts = [numbers((), "float32", seed) for seed in range(3)]
    routine = movement.stack(3, (), 0, "float32", target)
    check(routine, target, parts, [np.stack(parts)])


@TARGETS
@DTYPES
def test_slices(target, dtype):
    x = numbers((6, 20, 30), dtype)
    given_back = numbers((3, 6, 30), dtype, 1)
    where = (x.shape, (5, 1, 29), (-2, 3, -1), (3, 6, 30), dtype, target)
    wanted = x[5::-2, 1:19:3, ::-1]
    check(movement.strided_slice(*where), target, [x], [wanted])
    gradient = np.zeros_like(x)
    gradient[5::-2, 1:19:3, ::-1] = given_back
    routine = movement.strided_slice_gradient(*where)
    check(routine, target, [given_back], [gradient])


@settings(max_examples=40, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_any_slice(data, shape):
    target = here()
    x = numbers(shape, "float64")
    parts = [data.draw(st.slices(size)) for size in shape]
    ranges = [range(size)[part] for size, part in zip(shape, parts, strict=True)]
    begin = tuple(part.start for part in ranges)
    steps = tuple(part.step for part in ranges)
    sizes = tuple(len(part) for part in ranges)
    where = (shape, begin, steps, sizes, "float64", target)
    wanted = x[tuple(parts)] if parts else x
    check(movement.strided_slice(*where), target, [x], [wanted])
    gradient = np.zeros_like(x)
    gradient[tuple(parts)] = wanted
    routine = movement.strided_slice_gradient(*where)
    check(routine, target, [np.ascontiguousarray(wanted)], [gradient])


@TARGETS
@DTYPES
@pytest.mark.parametrize("axes", [(), (0,), (2,), (0, 2), (0, 1, 2)])
def test_reverse(target, dtype, axes):
    x = numbers((3, 5, 70), dtype)
    routine = movement.reverse(x.shape, axes, dtype, target)
    check(routine, target, [x], [np.flip(x, axes)])


@TARGETS
@DTYPES
@pytest.mark.parametrize(
    ("shape", "out"),
    [((20, 1), (3, 20, 50)), ((), (3, 40)), ((1, 7), (90, 7)), ((4,), (0, 4))],
)
def test_broadcast_to(target, dtype, shape, out):
    x = numbers(shape, dtype)
    routine = movement.broadcast_to(shape, out, dtype, target)
    check(routine, target, [x], [np.broadcast_to(x, out)])


@settings(max_examples=30, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_tile(data, shape):
    target = here()
    times = tuple(data.draw(st.integers(0, 3)) for _ in shape)
    x = numbers(shape, "int16")
    routine = movement.tile(shape, times, "int16", target)
    check(routine, target, [x], [np.tile(x, times)])


@TARGETS
@DTYPES
@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric"])
def test_pad(target, dtype, mode):
    x = numbers((6, 20, 30), dtype)
    for paddings in [((1, 2), (0, 3), (4, 5)), ((0, 0), (5, 5), (0, 0)), ((0, 0),) * 3]:
        value = {"value": 3} if mode == "constant" else {}
        routine = movement.pad(x.shape, paddings, dtype, target, mode=mode, **value)
        constant = {"constant_values": 3} if value else {}
        check(routine, target, [x], [np.pad(x, paddings, mode, **constant)])


@pytest.mark.parametrize("value", [np.nan, -0.0, -np.inf, 1e-40, 2.5])
def test_a_border_of_any_number(value):
    target = here()
    x = numbers((3, 4), "float32")
    routine = movement.pad(x.shape, ((1, 1), (2, 2)), "float32", target, value=value)
    wanted = np.pad(x, ((1, 1), (2, 2)), constant_values=np.float32(value))
    check(routine, target, [x], [wanted])


def test_borders_as_wide_as_the_mirror_allows():
    target = here()
    x = numbers((4, 1), "int32")
    for mode, paddings in (
        ("reflect", ((3, 3), (0, 0))),
        ("symmetric", ((4, 4), (1, 1))),
    ):
        routine = movement.pad(x.shape, paddings, "int32", target, mode=mode)
        check(routine, target, [x], [np.pad(x, paddings, mode)])


def test_an_empty_array_is_padded():
    target = here()
    routine = movement.pad((0, 3), ((2, 1), (0, 2)), "float32", target, value=1)
    check(routine, target, [np.zeros((0, 3), "float32")], [np.ones((3, 5), "float32")])


def test_nothing_is_written_outside():
    target = here()
    for shape, permutation in itertools.product(
        [(13, 37), (16, 16), (70, 3)], [(0, 1), (1, 0)]
    ):
        x = numbers(shape, "int8")
        out = np.full(x.size + 128, 77, "int8")
        routine = movement.transpose(shape, permutation, "int8", target)
        run(routine, target, [x], [out[64:-64]])
        assert (out[:64] == 77).all()
        assert (out[-64:] == 77).all()
        assert (out[64:-64] == x.transpose(permutation).ravel()).all()


@pytest.mark.parametrize("name", ["aarch64", "generic"])
@DTYPES
def test_other_processors_are_written_for(name, dtype):
    here()
    target = named(name)
    for routine in (
        movement.transpose((30, 70), (1, 0), dtype, target),
        movement.pad((5, 70), ((1, 1), (2, 2)), dtype, target, mode="reflect"),
    ):
        for kernel in routine.kernels:
            assert len(object_code(kernel, target)) > 100
