"""The native convolution against the one of the numpy tier."""

import numpy as np
import pytest
from hypothesis import given, settings

from interactive_graphs.kernels.cpu import conv as tier_one
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.conv import conv2d, forward_loops
from interactive_graphs.kernels.native.conv_filter_gradient import (
    conv2d_filter_gradient,
)
from interactive_graphs.kernels.native.conv_gradients import (
    backward_loops,
    conv2d_input_gradient,
)
from interactive_graphs.kernels.native.target import Target, named
from interactive_graphs.kernels.native.winograd import winograd
from interactive_graphs.kernels.native.winograd_gradient import (
    winograd_filter_gradient,
)
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


def check(case: Case, target: Target, dtype: str = "float32", chunks: int = 3) -> None:
    x = numbers(case.input_shape, dtype, 1)
    filters = numbers(case.filter_shape, dtype, 2)
    y = aligned(case.output_shape, dtype)
    routine = conv2d(
        case.input_shape, case.filter_shape, case.windows, target=target, dtype=dtype
    )
    run(routine, target, [x, filters], [y], chunks)
    expected = tier_one.conv(x, filters, case.windows)
    terms = int(np.prod(case.filter_shape[:3]))
    np.testing.assert_allclose(y, expected, rtol=0, atol=bound(dtype, terms))


@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_any_convolution_equals_tier_one(target: Target, case: Case) -> None:
    check(case, target)


@settings(max_examples=10, deadline=None)
@given(case=cases(channels=(1, 5, 8, 19)))
def test_float64(case: Case) -> None:
    check(case, here(), "float64")


@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
@pytest.mark.parametrize(
    "case",
    [
        same((8, 28, 28, 1), (5, 5, 1, 32)),
        same((4, 14, 14, 32), (5, 5, 32, 64)),
        same((1, 56, 56, 64), (3, 3, 64, 64)),
        same((1, 120, 90, 24), (3, 3, 24, 10)),
        same((2, 31, 29, 64), (1, 1, 64, 130)),
        same((1, 7, 7, 512), (3, 3, 512, 64)),
    ],
    ids=lambda case: "x".join(map(str, case.input_shape)),
)
def test_sizes_of_networks(target: Target, case: Case) -> None:
    check(case, target)


def test_results_do_not_depend_on_how_units_are_cut() -> None:
    case, target = same((3, 30, 30, 16), (3, 3, 16, 40)), here()
    x = numbers(case.input_shape, "float32", 1)
    filters = numbers(case.filter_shape, "float32", 2)
    routine = conv2d(case.input_shape, case.filter_shape, case.windows, target=target)
    results = []
    for chunks in (1, 2, 7):
        y = aligned(case.output_shape, "float32")
        run(routine, target, [x, filters], [y], chunks)
        results.append(y.tobytes())
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e-42, -0.0])
def test_odd_numbers_in_images_stay_where_they_are(value: float) -> None:
    case, target = same((1, 9, 10, 3), (3, 3, 3, 20)), here()
    x = numbers(case.input_shape, "float32", 1)
    x[0, 4, 5, 1] = x[0, 0, 0, 0] = value
    filters = numbers(case.filter_shape, "float32", 2)
    y = aligned(case.output_shape, "float32")
    routine = conv2d(case.input_shape, case.filter_shape, case.windows, target=target)
    run(routine, target, [x, filters], [y])
    with np.errstate(invalid="ignore"):
        expected = tier_one.conv(x, filters, case.windows)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-5)


def test_denormal_products_are_kept() -> None:
    case, target = same((1, 5, 5, 2), (1, 1, 2, 16)), here()
    x = np.full(case.input_shape, 1e-30, np.float32)
    filters = np.full(case.filter_shape, 1e-10, np.float32)
    y = aligned(case.output_shape, "float32")
    routine = conv2d(case.input_shape, case.filter_shape, case.windows, target=target)
    run(routine, target, [x, filters], [y])
    np.testing.assert_allclose(y, 2e-40, rtol=1e-4)


def test_an_empty_batch_and_no_filters_give_nothing() -> None:
    check(same((0, 6, 5, 3), (3, 3, 3, 4)), here())
    case = same((2, 6, 5, 3), (3, 3, 3, 0))
    shapes = case.input_shape, case.filter_shape
    assert not conv2d(*shapes, case.windows, target=here()).kernels
    check(without_windows(), here())


def test_no_channels_sum_up_to_zero() -> None:
    case, target = same((2, 6, 5, 0), (3, 3, 0, 4)), here()
    y = aligned(case.output_shape, "float32")
    routine = conv2d(case.input_shape, case.filter_shape, case.windows, target=target)
    x, filters = (np.zeros(shape, np.float32) for shape in case[:2])
    run(routine, target, [x, filters], [y])
    assert not y.any()


@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
@pytest.mark.parametrize(
    "case",
    [same((2, 9, 9, 5), (3, 3, 5, 40)), same((2, 5, 7, 33), (1, 1, 33, 19))],
    ids=["windows", "pointwise"],
)
def test_what_follows_is_computed_of_the_sums(target: Target, case: Case) -> None:
    x = numbers(case.input_shape, "float32", 1)
    filters = numbers(case.filter_shape, "float32", 2)
    bias = numbers(case.output_shape[-1:], "float32", 3)
    y, plain = (aligned(case.output_shape, "float32") for _ in range(2))
    shapes, follows = case[:2], bias_relu(case.output_shape)
    routine = conv2d(*shapes, case.windows, target=target, epilogue=follows)
    half = np.array(0.5, np.float32)
    run(routine, target, [x, filters, bias, half], [y, plain])
    expected = tier_one.conv(x, filters, case.windows)
    np.testing.assert_allclose(plain, expected, rtol=0, atol=1e-4)
    expected = np.maximum(expected * 0.5 + bias, 0)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "case",
    [same((2, 9, 9, 5), (3, 3, 5, 40)), same((2, 5, 7, 33), (1, 1, 33, 19))],
    ids=["windows", "pointwise"],
)
def test_the_result_may_lie_where_an_operand_was(case: Case) -> None:
    target = here()
    x = numbers(case.input_shape, "float32", 1)
    filters = numbers(case.filter_shape, "float32", 2)
    before = numbers(case.output_shape, "float32", 3)
    shapes, follows = case[:2], step(case.output_shape)
    routine = conv2d(*shapes, case.windows, target=target, epilogue=follows)
    assert routine.in_place == {(4, 2)}
    expected = before - np.float32(0.1) * tier_one.conv(x, filters, case.windows)
    rate = np.array(0.1, np.float32)
    run(routine, target, [x, filters, before, rate], [before])
    np.testing.assert_allclose(before, expected, rtol=0, atol=1e-4)


def test_operands_of_another_shape_cannot_follow() -> None:
    case = same((2, 9, 9, 5), (3, 3, 5, 40))
    with pytest.raises(ValueError, match=r"operands of that shape, \[40\] or \[\]"):
        conv2d(*case[:2], case.windows, target=here(), epilogue=step((9, 1)))


def test_pixels_that_share_lines_of_the_cache_are_moved_apart() -> None:
    check(same((1, 5, 6, 512), (3, 3, 512, 64)), here())
    check(same((1, 4, 5, 1024), (1, 1, 1024, 70)), here())


@pytest.mark.parametrize("name", ["aarch64", "avx512", "avx2", "generic"])
def test_every_target_compiles(name: str) -> None:
    here()
    target, case = named(name), same((2, 14, 14, 20), (5, 5, 20, 35))
    for emit in (conv2d, conv2d_input_gradient, conv2d_filter_gradient):
        for kernel in emit(*case[:2], case.windows, target=target).kernels:
            assert object_code(kernel, target)
    for is_swapped, loops in (
        (False, forward_loops(*case[:2], case.windows)),
        (True, backward_loops(*case[:2], case.windows)),
    ):
        for kernel in winograd(loops, target, "test", 5, is_swapped).kernels:
            assert object_code(kernel, target)
    loops = forward_loops(*case[:2], case.windows)
    for kernel in winograd_filter_gradient(loops, target, "test", None).kernels:
        assert object_code(kernel, target)
