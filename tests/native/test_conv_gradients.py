"""The native gradients of a convolution against those of the numpy tier."""

import numpy as np
import pytest
from hypothesis import given, settings

from interactive_graphs.kernels.cpu import conv as tier_one
from interactive_graphs.kernels.cpu.windows import windows
from interactive_graphs.kernels.native.clusters import Operand, Value
from interactive_graphs.kernels.native.conv_filter_gradient import (
    conv2d_filter_gradient,
)
from interactive_graphs.kernels.native.conv_gradients import conv2d_input_gradient
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.target import Target
from tests.native.convolutions import (
    Case,
    bound,
    cases,
    numbers,
    same,
    step,
    without_windows,
)
from tests.native.running import aligned, here, run, runnable

TARGETS = pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
NETWORKS = pytest.mark.parametrize(
    "case",
    [
        same((8, 28, 28, 1), (5, 5, 1, 32)),
        same((7, 14, 14, 32), (5, 5, 32, 64)),
        same((1, 56, 56, 64), (3, 3, 64, 64)),
        same((1, 120, 90, 24), (3, 3, 24, 10)),
        same((2, 31, 29, 64), (1, 1, 64, 130)),
        same((3, 7, 7, 300), (3, 3, 300, 64)),
    ],
    ids=lambda case: "x".join(map(str, case.input_shape)),
)


def check_input(case: Case, target: Target, dtype: str = "float32") -> None:
    dy = numbers(case.output_shape, dtype, 1)
    filters = numbers(case.filter_shape, dtype, 2)
    dx = aligned(case.input_shape, dtype)
    routine = conv2d_input_gradient(
        case.input_shape, case.filter_shape, case.windows, target=target, dtype=dtype
    )
    run(routine, target, [dy, filters], [dx], chunks=3)
    expected = tier_one.conv_input_gradient(case.input_shape, filters, dy, case.windows)
    rows, columns, _, out = case.filter_shape
    limit = bound(dtype, rows * columns * out)
    np.testing.assert_allclose(dx, expected, rtol=0, atol=limit)


def check_filter(case: Case, target: Target, dtype: str = "float32") -> None:
    x = numbers(case.input_shape, dtype, 1)
    dy = numbers(case.output_shape, dtype, 2)
    df = aligned(case.filter_shape, dtype)
    routine = conv2d_filter_gradient(
        case.input_shape, case.filter_shape, case.windows, target=target, dtype=dtype
    )
    run(routine, target, [x, dy], [df], chunks=3)
    expected = tier_one.conv_filter_gradient(x, case.filter_shape, dy, case.windows)
    limit = bound(dtype, int(np.prod(case.output_shape[:3])))
    np.testing.assert_allclose(df, expected, rtol=0, atol=limit)


@TARGETS
@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_any_input_gradient_equals_tier_one(target: Target, case: Case) -> None:
    check_input(case, target)


@TARGETS
@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_any_filter_gradient_equals_tier_one(target: Target, case: Case) -> None:
    check_filter(case, target)


@settings(max_examples=10, deadline=None)
@given(case=cases(channels=(1, 5, 8, 19)))
def test_float64(case: Case) -> None:
    check_input(case, here(), "float64")
    check_filter(case, here(), "float64")


@TARGETS
@NETWORKS
def test_input_gradients_of_networks(target: Target, case: Case) -> None:
    check_input(case, target)


@TARGETS
@NETWORKS
def test_filter_gradients_of_networks(target: Target, case: Case) -> None:
    check_filter(case, target)


def test_filter_gradients_do_not_depend_on_how_units_are_cut() -> None:
    case, target = same((9, 30, 30, 16), (3, 3, 16, 40)), here()
    x = numbers(case.input_shape, "float32", 1)
    dy = numbers(case.output_shape, "float32", 2)
    shapes = case.input_shape, case.filter_shape
    routine = conv2d_filter_gradient(*shapes, case.windows, target=target)
    assert routine.kernels[0].units > 2
    results = []
    for chunks in (1, 2, 7):
        df = aligned(case.filter_shape, "float32")
        run(routine, target, [x, dy], [df], chunks)
        results.append(df.tobytes())
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_stay_where_they_are(value: float) -> None:
    case, target = same((1, 9, 10, 3), (3, 3, 3, 20)), here()
    shapes = case.input_shape, case.filter_shape
    x = numbers(case.input_shape, "float32", 1)
    dy = numbers(case.output_shape, "float32", 2)
    filters = numbers(case.filter_shape, "float32", 3)
    dy[0, 4, 5, 1] = x[0, 4, 5, 2] = value
    dx = aligned(case.input_shape, "float32")
    df = aligned(case.filter_shape, "float32")
    back = conv2d_input_gradient(*shapes, case.windows, target=target)
    run(back, target, [dy, filters], [dx])
    both = conv2d_filter_gradient(*shapes, case.windows, target=target)
    run(both, target, [x, dy], [df])
    with np.errstate(invalid="ignore"):
        expected = tier_one.conv_input_gradient(shapes[0], filters, dy, case.windows)
        np.testing.assert_allclose(dx, expected, rtol=0, atol=1e-4)
        expected = tier_one.conv_filter_gradient(x, shapes[1], dy, case.windows)
        np.testing.assert_allclose(df, expected, rtol=0, atol=1e-4)


def test_inputs_that_no_window_meets_have_no_gradient() -> None:
    target = here()
    shapes = (2, 7, 7, 5), (1, 1, 5, 6)
    case = same(*shapes)
    case = case._replace(
        windows=case.windows._replace(
            strides=(3, 3),
            spans=tuple(s._replace(output=3) for s in case.windows.spans),
        )
    )
    check_input(case, target)


def test_an_empty_batch_gives_a_gradient_of_zeros() -> None:
    check_filter(same((0, 6, 5, 3), (3, 3, 3, 4)), here())
    check_input(same((0, 6, 5, 3), (3, 3, 3, 4)), here())


@pytest.mark.parametrize("size", [2, 4])
def test_windows_side_by_side(size: int) -> None:
    """Each input is in one window: every phase of the strides has one tap."""
    shape, kernel = (2, 3 * size, 5 * size, 3), (size, size)
    w = windows(shape[1:3], kernel, kernel, (1, 1), b"VALID")
    case = Case(shape, (*kernel, 3, 20), w)
    check_input(case, here())
    check_filter(case, here())


@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
@pytest.mark.parametrize("batch", [0, 1, 9])
def test_a_step_down_the_gradient_updates_the_filters(
    target: Target, batch: int
) -> None:
    case = same((batch, 9, 9, 5), (3, 3, 5, 40))
    x = numbers(case.input_shape, "float32", 1)
    dy = numbers(case.output_shape, "float32", 2)
    filters = numbers(case.filter_shape, "float32", 3)
    shapes, rate = case[:2], np.array(0.1, np.float32)
    routine = conv2d_filter_gradient(
        *shapes, case.windows, target=target, epilogue=step(shapes[1])
    )
    assert routine.in_place == {(4, 2)}
    gradient = tier_one.conv_filter_gradient(x, shapes[1], dy, case.windows)
    expected = filters - rate * gradient
    run(routine, target, [x, dy, filters, rate], [filters])
    np.testing.assert_allclose(filters, expected, rtol=0, atol=1e-4)


def test_an_input_gradient_is_masked() -> None:
    case, target = same((2, 9, 9, 21), (3, 3, 21, 40)), here()
    dy = numbers(case.output_shape, "float32", 1)
    filters = numbers(case.filter_shape, "float32", 2)
    inputs = numbers(case.input_shape, "float32", 3)
    mask = Epilogue(
        (Operand("float32", case.input_shape),),
        (Value("relu_grad", (0, 1), "float32"),),
        outputs=(2,),
    )
    dx = aligned(case.input_shape, "float32")
    routine = conv2d_input_gradient(
        *case[:2], case.windows, target=target, epilogue=mask
    )
    run(routine, target, [dy, filters, inputs], [dx])
    expected = tier_one.conv_input_gradient(case[0], filters, dy, case.windows)
    expected *= inputs > 0
    np.testing.assert_allclose(dx, expected, rtol=0, atol=1e-4)


def test_without_windows_gradients_are_zero() -> None:
    check_filter(without_windows(), here())
    check_input(without_windows(), here())
