"""Native depthwise convolutions and gradients against those of the numpy tier."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.cpu import conv as tier_one
from interactive_graphs.kernels.cpu.windows import windows
from interactive_graphs.kernels.native.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_input_gradient,
)
from interactive_graphs.kernels.native.depthwise_gradient import (
    depthwise_conv2d_filter_gradient,
)
from interactive_graphs.kernels.native.target import Target
from tests.native.convolutions import (
    Case,
    bias_relu,
    bound,
    cases,
    numbers,
    same,
    step,
    without_windows,
)
from tests.native.running import aligned, here, run, runnable

TARGETS = pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)


@st.composite
def depthwise_cases(draw: Callable[..., Case]) -> Case:
    """Any convolution, with one to four filters for each channel."""
    case = draw(cases())
    times = draw(st.integers(1, 4))
    return case._replace(filter_shape=(*case.filter_shape[:3], times))


def output_shape(case: Case) -> tuple[int, ...]:
    channels = case.filter_shape[2] * case.filter_shape[3]
    return (case.input_shape[0], *case.windows.output, channels)


def check(case: Case, target: Target, dtype: str = "float32") -> None:
    x = numbers(case.input_shape, dtype, 1)
    filters = numbers(case.filter_shape, dtype, 2)
    dy = numbers(output_shape(case), dtype, 3)
    shapes, w = case[:2], case.windows
    taps = int(np.prod(case.filter_shape[:2])) * case.filter_shape[3]
    for emit, given_, like, expected, terms in (
        (depthwise_conv2d, [x, filters], dy, tier_one.depthwise(x, filters, w), taps),
        (
            depthwise_conv2d_input_gradient,
            [dy, filters],
            x,
            tier_one.depthwise_input_gradient(x.shape, filters, dy, w),
            taps,
        ),
        (
            depthwise_conv2d_filter_gradient,
            [x, dy],
            filters,
            tier_one.depthwise_filter_gradient(x, filters.shape, dy, w),
            int(np.prod(dy.shape[:3])),
        ),
    ):
        result = aligned(like.shape, dtype)
        routine = emit(*shapes, w, target=target, dtype=dtype)
        run(routine, target, given_, [result], chunks=3)
        limit = bound(dtype, terms)
        np.testing.assert_allclose(result, expected, rtol=0, atol=limit)


@TARGETS
@settings(max_examples=40, deadline=None)
@given(case=depthwise_cases())
def test_any_depthwise_convolution_equals_tier_one(target: Target, case: Case) -> None:
    check(case, target)


@settings(max_examples=8, deadline=None)
@given(case=depthwise_cases())
def test_float64(case: Case) -> None:
    check(case, here(), "float64")


@TARGETS
@pytest.mark.parametrize(
    "case",
    [
        same((2, 56, 56, 64), (3, 3, 64, 1)),
        same((1, 7, 7, 513), (3, 3, 513, 1)),
        same((3, 20, 20, 10), (9, 11, 10, 2)),
        Case(
            (3, 28, 28, 40),
            (3, 3, 40, 1),
            windows((28, 28), (3, 3), (2, 2), (1, 1), b"SAME"),
        ),
        same((0, 5, 5, 4), (3, 3, 4, 2)),
        without_windows(),
    ],
    ids=["56x56", "many channels", "many taps", "stride 2", "empty", "no windows"],
)
def test_sizes_of_networks(target: Target, case: Case) -> None:
    check(case, target)


def test_results_do_not_depend_on_how_units_are_cut() -> None:
    case, target = same((5, 40, 40, 24), (3, 3, 24, 1)), here()
    x = numbers(case.input_shape, "float32", 1)
    dy = numbers(output_shape(case), "float32", 2)
    routine = depthwise_conv2d_filter_gradient(*case[:2], case.windows, target=target)
    assert routine.kernels[0].units > 2
    results = []
    for chunks in (1, 2, 7):
        df = aligned(case.filter_shape, "float32")
        run(routine, target, [x, dy], [df], chunks)
        results.append(df.tobytes())
    assert results[0] == results[1] == results[2]


@TARGETS
def test_what_follows(target: Target) -> None:
    case = same((2, 9, 9, 21), (3, 3, 21, 2))
    shapes, w = case[:2], case.windows
    x = numbers(case.input_shape, "float32", 1)
    filters = numbers(case.filter_shape, "float32", 2)
    dy = numbers(output_shape(case), "float32", 3)
    bias, half = numbers((42,), "float32", 4), np.array(0.5, np.float32)
    y, plain = (aligned(dy.shape, "float32") for _ in range(2))
    routine = depthwise_conv2d(*shapes, w, target=target, epilogue=bias_relu(dy.shape))
    run(routine, target, [x, filters, bias, half], [y, plain])
    expected = tier_one.depthwise(x, filters, w)
    np.testing.assert_allclose(plain, expected, rtol=0, atol=1e-5)
    expected = np.maximum(expected * 0.5 + bias, 0)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-5)

    gradient = tier_one.depthwise_filter_gradient(x, filters.shape, dy, w)
    expected = filters - half * gradient
    routine = depthwise_conv2d_filter_gradient(
        *shapes, w, target=target, epilogue=step(filters.shape)
    )
    assert routine.in_place == {(4, 2)}
    run(routine, target, [x, dy, filters, half], [filters])
    np.testing.assert_allclose(filters, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_stay_where_they_are(value: float) -> None:
    case, target = same((1, 9, 10, 20), (3, 3, 20, 1)), here()
    x = numbers(case.input_shape, "float32", 1)
    x[0, 4, 5, 1] = value
    filters = numbers(case.filter_shape, "float32", 2)
    y = aligned(output_shape(case), "float32")
    routine = depthwise_conv2d(*case[:2], case.windows, target=target)
    run(routine, target, [x, filters], [y])
    with np.errstate(invalid="ignore"):
        expected = tier_one.depthwise(x, filters, case.windows)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-5)
