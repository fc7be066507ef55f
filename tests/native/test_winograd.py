"""Winograd's convolutions against those of the numpy tier in float64."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.cpu import conv as tier_one
from interactive_graphs.kernels.cpu.windows import windows
from interactive_graphs.kernels.native.conv import conv2d, forward_loops
from interactive_graphs.kernels.native.conv_filter_gradient import (
    conv2d_filter_gradient,
)
from interactive_graphs.kernels.native.conv_gradients import (
    backward_loops,
    conv2d_input_gradient,
)
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd import winograd
from interactive_graphs.kernels.native.winograd_gradient import (
    winograd_filter_gradient,
)
from interactive_graphs.kernels.native.winograd_plan import (
    is_possible,
    plan_winograd,
)
from interactive_graphs.kernels.native.winograd_transforms import transform
from tests.native.convolutions import Case, bias_relu, numbers, same, step
from tests.native.running import aligned, here, run, runnable

TARGETS = pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)

# Large enough to be worth it, and small enough for a test.
LARGE = same((10, 14, 14, 32), (5, 5, 32, 64))


@st.composite
def cases(draw: Callable[..., int]) -> Case:
    """Any convolution by one with 3 or 5 taps: sizes, paddings, channel counts."""
    kernel = tuple(draw(st.sampled_from([3, 5])) for _ in range(2))
    padding = draw(st.sampled_from([b"SAME", b"VALID", b"EXPLICIT"]))
    around = [tuple(draw(st.integers(0, 6)) for _ in range(2)) for _ in range(2)]
    sizes = [draw(st.integers(1, 12)) + k - 1 for k in kernel]
    some = st.sampled_from((1, 3, 8, 16, 17, 40))
    depth, out = draw(some), draw(some)
    explicit = around if padding == b"EXPLICIT" else None
    w = windows(sizes, kernel, (1, 1), (1, 1), padding, explicit)
    return Case((draw(st.integers(1, 5)), *sizes, depth), (*kernel, depth, out), w)


class Sums(NamedTuple):
    """What is summed: the bounds that `winograd.py` states follow from it.

    Attributes:
        inputs: `x` there.
        weights: `w`.
        axes: of the weights, those that one result is a sum over.
        terms: `n`.
        growth: `g`.
    """

    inputs: np.ndarray
    weights: np.ndarray
    axes: tuple[int, ...]
    terms: int
    growth: float

    def most(self, has_pattern: bool) -> float:
        """How far a result may be from the truth."""
        sizes = abs(self.weights.astype(np.float64))
        if has_pattern:
            errors, total = self.terms / 8, sizes.sum(self.axes)
        else:
            errors, total = self.terms**0.5 / 8, np.sqrt((sizes**2).sum(self.axes))
        eps = float(np.finfo(self.inputs.dtype).eps)
        largest = float(abs(self.inputs).max())
        return self.growth * (1 + errors) * eps * largest * float(total.max())

    def check(
        self, found: np.ndarray, expected: np.ndarray, has_pattern: bool = False
    ) -> None:
        """Both bounds, the second for numbers without a pattern only."""
        limit = self.most(has_pattern)
        np.testing.assert_allclose(found, expected, rtol=0, atol=limit)


def forward_sums(case: Case, x: np.ndarray, filters: np.ndarray) -> Sums:
    loops = forward_loops(*case[:2], case.windows)
    growth = plan_winograd(loops, here()).growth
    return Sums(x, filters, (0, 1, 2), loops.depth, growth)


def backward_sums(case: Case, dy: np.ndarray, filters: np.ndarray) -> Sums:
    loops = backward_loops(*case[:2], case.windows)
    growth = plan_winograd(loops, here()).growth
    return Sums(dy, filters, (0, 1, 3), loops.depth, growth)


def filter_sums(case: Case, x: np.ndarray, dy: np.ndarray) -> Sums:
    loops = forward_loops(*case[:2], case.windows)
    plan = plan_winograd(loops, here())
    tiles = loops.batch * plan.rows.tiles * plan.columns.tiles
    return Sums(x, dy, (0, 1, 2), tiles, plan.growth)


def inputs(shape: Sequence[int], seed: int, has_pattern: bool) -> np.ndarray:
    """Normal numbers, or one number with signs, which repeat in all channels."""
    if not has_pattern:
        return numbers(shape, "float32", seed)
    random = np.random.default_rng(seed)
    signs = random.choice([-1.0, 1.0], (4, 4, 1))
    rows, columns = (np.arange(size) % 4 for size in shape[1:3])
    array = aligned(shape, "float32")
    array[...] = signs[rows][:, columns] * random.uniform(0.5, 1.5)
    return array


def double(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype(np.float64) for array in arrays]


@pytest.mark.parametrize(("outputs", "taps"), [(2, 3), (4, 3), (2, 5), (4, 5)])
def test_the_matrices_are_exact(outputs: int, taps: int) -> None:
    def times(matrix: tuple[tuple[Fraction, ...], ...], x: list[int]) -> list[Fraction]:
        return [
            sum((a * b for a, b in zip(row, x, strict=True)), Fraction(0))
            for row in matrix
        ]

    matrices = transform(outputs, taps)
    d, g = list(range(3, 3 + outputs + taps - 1)), [7, -2, 5, 11, 4][:taps]
    of_g, of_d = times(matrices.filter, g), times(matrices.input, d)
    products = [a * b for a, b in zip(of_g, of_d, strict=True)]
    expected = [
        sum(a * b for a, b in zip(d[i : i + taps], g, strict=True))
        for i in range(outputs)
    ]
    assert times(matrices.output, products) == expected


@TARGETS
@settings(max_examples=10, deadline=None)
@given(case=cases())
def test_any_convolution(target: Target, case: Case) -> None:
    loops = forward_loops(*case[:2], case.windows)
    assert is_possible(loops)
    routine = winograd(loops, target, "test", case.filter_shape[1], False)
    for has_pattern in (False, True):
        x = inputs(case.input_shape, 1, has_pattern)
        filters = inputs(case.filter_shape, 2, has_pattern)
        y = aligned(case.output_shape, "float32")
        run(routine, target, [x, filters], [y], 3)
        expected = tier_one.conv(*double(x, filters), case.windows)
        forward_sums(case, x, filters).check(y, expected, has_pattern)


@TARGETS
@settings(max_examples=10, deadline=None)
@given(case=cases())
def test_any_input_gradient(target: Target, case: Case) -> None:
    loops = backward_loops(*case[:2], case.windows)
    routine = winograd(loops, target, "test", case.filter_shape[1], True)
    for has_pattern in (False, True):
        dy = inputs(case.output_shape, 1, has_pattern)
        filters = inputs(case.filter_shape, 2, has_pattern)
        dx = aligned(case.input_shape, "float32")
        run(routine, target, [dy, filters], [dx], 3)
        expected = tier_one.conv_input_gradient(
            case.input_shape, *double(filters, dy), case.windows
        )
        backward_sums(case, dy, filters).check(dx, expected, has_pattern)


@TARGETS
@settings(max_examples=10, deadline=None)
@given(case=cases())
def test_any_filter_gradient(target: Target, case: Case) -> None:
    loops = forward_loops(*case[:2], case.windows)
    routine = winograd_filter_gradient(loops, target, "test", None)
    for has_pattern in (False, True):
        x = inputs(case.input_shape, 1, has_pattern)
        dy = inputs(case.output_shape, 2, has_pattern)
        df = aligned(case.filter_shape, "float32")
        run(routine, target, [x, dy], [df], 3)
        wide_x, wide_dy = double(x, dy)
        expected = tier_one.conv_filter_gradient(
            wide_x, case.filter_shape, wide_dy, case.windows
        )
        filter_sums(case, x, dy).check(df, expected, has_pattern)


@pytest.mark.parametrize("taps", [3, 5])
def test_the_bound_is_not_far_from_what_happens(taps: int) -> None:
    """Some signs are the worst that a tile can get, or nearly."""
    w = windows((80, 80), (taps, taps), (1, 1), (1, 1), b"VALID")
    case, target = Case((4, 80, 80, 1), (taps, taps, 1, 64), w), here()
    loops = forward_loops(*case[:2], w)
    random = np.random.default_rng(3)
    x, filters = (
        random.choice(np.array([-0.9, 0.9], np.float32), shape) for shape in case[:2]
    )
    y = aligned(case.output_shape, "float32")
    run(winograd(loops, target, "test", taps, False), target, [x, filters], [y])
    error = abs(y - tier_one.conv(*double(x, filters), w)).max()
    assert 0.1 < error / forward_sums(case, x, filters).most(True) < 1


def test_float64() -> None:
    case, target = same((2, 9, 9, 5), (3, 5, 5, 12)), here()
    x = numbers(case.input_shape, "float64", 1)
    filters = numbers(case.filter_shape, "float64", 2)
    y = aligned(case.output_shape, "float64")
    loops = forward_loops(*case[:2], case.windows)._replace(dtype="float64")
    run(winograd(loops, target, "test", 5, False), target, [x, filters], [y])
    expected = tier_one.conv(x, filters, case.windows)
    forward_sums(case, x, filters).check(y, expected)


@TARGETS
def test_large_convolutions_take_it_if_they_may(target: Target) -> None:
    shapes, w = LARGE[:2], LARGE.windows
    for routine in (conv2d, conv2d_input_gradient, conv2d_filter_gradient):
        may = routine(*shapes, w, target=target, winograd=True)
        may_not = routine(*shapes, w, target=target)
        assert any("winograd" in kernel.name for kernel in may.kernels)
        assert not any("winograd" in kernel.name for kernel in may_not.kernels)


@pytest.mark.parametrize(
    "case",
    [
        same((1, 8, 8, 4), (3, 3, 4, 4)),
        same((100, 14, 14, 32), (7, 7, 32, 64)),
        Case(
            (100, 28, 28, 32),
            (3, 3, 32, 32),
            windows((28, 28), (3, 3), (2, 2), (1, 1), b"SAME"),
        ),
        Case(
            (100, 28, 28, 32),
            (3, 3, 32, 32),
            windows((28, 28), (3, 3), (1, 1), (2, 2), b"SAME"),
        ),
    ],
    ids=["small", "seven taps", "strides", "dilations"],
)
def test_others_are_direct_even_if_they_might(case: Case) -> None:
    shapes, target = case[:2], here()
    for routine in (conv2d, conv2d_input_gradient, conv2d_filter_gradient):
        made = routine(*shapes, case.windows, target=target, winograd=True)
        assert not any("winograd" in kernel.name for kernel in made.kernels)


def test_one_channel_is_direct() -> None:
    case = same((100, 28, 28, 1), (5, 5, 1, 32))
    for routine in (conv2d, conv2d_filter_gradient):
        made = routine(*case[:2], case.windows, target=here(), winograd=True)
        assert not any("winograd" in kernel.name for kernel in made.kernels)


def test_results_do_not_depend_on_how_units_are_cut() -> None:
    case, target = LARGE, here()
    x = numbers(case.input_shape, "float32", 1)
    dy = numbers(case.output_shape, "float32", 2)
    filters = numbers(case.filter_shape, "float32", 3)
    shapes, w = case[:2], case.windows
    for make, given_, shape in (
        (conv2d, [x, filters], case.output_shape),
        (conv2d_input_gradient, [dy, filters], case.input_shape),
        (conv2d_filter_gradient, [x, dy], case.filter_shape),
    ):
        routine = make(*shapes, w, target=target, winograd=True)
        results = []
        for chunks in (1, 2, 7):
            result = aligned(shape, "float32")
            run(routine, target, given_, [result], chunks)
            results.append(result.tobytes())
        assert results[0] == results[1] == results[2]


@TARGETS
def test_what_follows(target: Target) -> None:
    case = LARGE
    x = numbers(case.input_shape, "float32", 1)
    filters = numbers(case.filter_shape, "float32", 2)
    bias = numbers(case.output_shape[-1:], "float32", 3)
    y, plain = (aligned(case.output_shape, "float32") for _ in range(2))
    shapes, w = case[:2], case.windows
    follows, half = bias_relu(case.output_shape), np.array(0.5, np.float32)
    routine = conv2d(*shapes, w, target=target, epilogue=follows, winograd=True)
    run(routine, target, [x, filters, bias, half], [y, plain])
    expected = tier_one.conv(x, filters, w)
    sums = forward_sums(case, x, filters)
    sums.check(plain, expected)
    sums.check(y, np.maximum(expected * 0.5 + bias, 0))

    dy = numbers(case.output_shape, "float32", 4)
    gradient = tier_one.conv_filter_gradient(x, case.filter_shape, dy, w)
    sums, expected = filter_sums(case, x, dy), filters - half * gradient
    routine = conv2d_filter_gradient(
        *shapes, w, target=target, epilogue=step(case.filter_shape), winograd=True
    )
    run(routine, target, [x, dy, filters, half], [filters])
    sums.check(filters, expected)
