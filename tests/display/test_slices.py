"""Looking at tensors of any rank."""

import ml_dtypes
import numpy as np
import pytest

from interactive_graphs.display import slices
from interactive_graphs.display.slices import View, cut, first_view, fitting, plane_of

SHAPES = [(), (5,), (3, 4), (2, 3, 4), (2, 3, 4, 5), (0,), (0, 3), (2, 0, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_rank_has_a_plane(shape):
    array = np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape)
    view = first_view(shape)
    plane = plane_of(array, view)
    assert plane.values.dtype == np.float32
    assert plane.values.shape[:2] == plane.size == cut(array, view).shape[:2]
    assert np.array_equal(plane.values, cut(array, view))


def test_axes_are_chosen_and_turned():
    array = np.arange(24).reshape(2, 3, 4)
    assert np.array_equal(cut(array, View(0, 2, (0, 1, 0))), array[:, 1, :])
    assert np.array_equal(cut(array, View(2, 0, (0, 1, 0))), array[:, 1, :].T)
    assert np.shares_memory(cut(array, View(2, 0, (0, 1, 0))), array)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((32, 32, 3), (0, 1, 2)),
        ((8, 28, 28, 1), (1, 2, 3)),
        ((8, 16, 16, 4), (1, 2, 3)),
        ((2, 5, 12), (1, 2, None)),
        ((2, 3, 3), (1, 2, None)),  # three by three is a matrix, not an image
    ],
)
def test_images_are_recognised(shape, axes):
    view = first_view(shape)
    assert (view.rows, view.columns, view.channels) == axes


@pytest.mark.parametrize(
    ("view", "shape", "fits"),
    [
        (View(0, 1, (9, -4)), (3, 4), View(0, 1, (2, 0))),
        (View(0, 0, (0, 0)), (3, 4), View(0, 1, (0, 0))),
        (View(0, 7, (0, 0)), (3, 4), View(0, 1, (0, 0))),
        (View(None, None, (0, 0)), (3, 4), View(0, 1, (0, 0))),
        (View(0, 1, (0, 0)), (5,), View(None, 0, (0,))),
        (View(0, 1, (0, 0, 0), 2), (3, 4, 7), View(0, 1, (0, 0, 0))),
        (View(1, 0, (0, 0)), (3, 4), View(1, 0, (0, 0))),
    ],
)
def test_views_are_made_to_fit(view, shape, fits):
    assert fitting(view, shape) == fits


@pytest.mark.parametrize("shape", [(784, 256), (100_000,), (3, 1_000_000), (5000, 3)])
def test_large_planes_are_thinned_out(shape):
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    plane = plane_of(array, first_view(shape))
    rows, columns = plane.values.shape
    assert rows * columns <= slices.LIMIT
    assert rows * columns > slices.LIMIT / 4
    down, across = plane.steps
    # What is drawn are elements, not means of them.
    part = cut(array, first_view(shape))
    assert plane.values[-1, -1] == part[(rows - 1) * down, (columns - 1) * across]


def test_bad_elements_show_where_they_were_passed_over():
    array = np.zeros((1000, 1000), np.float32)
    array[333, 777] = np.nan
    array[501, 5] = -np.inf
    plane = plane_of(array, first_view(array.shape))
    down, across = plane.steps
    assert np.isnan(plane.values[333 // down, 777 // across])
    assert plane.values[501 // down, 5 // across] == -np.inf
    assert np.isfinite(plane.values).sum() == plane.values.size - 2


def test_nan_has_the_last_word_over_inf():
    array = np.zeros((1000, 1000), ml_dtypes.bfloat16)
    array[1, 1], array[2, 2] = np.nan, np.inf
    plane = plane_of(array, first_view(array.shape))
    assert np.isnan(plane.values[0, 0])


@pytest.mark.parametrize(
    "array",
    [np.array([True, False]), np.array([1 + 1j]), np.array([2], ml_dtypes.bfloat16)],
)
def test_bools_complex_and_small_floats_are_drawn(array):
    plane = plane_of(array, first_view(array.shape))
    assert plane.values[0, 0] == pytest.approx(abs(complex(array[0])))


def test_strings_cannot_be_drawn():
    with pytest.raises(TypeError, match="numbers table"):
        plane_of(np.array([b"a"], object), View(None, 0, (0,)))


@pytest.mark.parametrize(
    ("array", "texts"),
    [
        (np.array([0.1], np.float32), "0.1"),
        (np.array([1 / 3]), "0.3333333333333333"),
        (np.array([2**62 + 1]), "4611686018427387905"),
        (np.array([True]), "True"),
        (np.array([b"<b>\n"], object), r"'<b>\n'"),
        (np.array([b"\xff"], object), r"'\\xff'"),
        (np.array([np.nan]), "nan"),
    ],
)
def test_numbers_are_exact_and_strings_escaped(array, texts):
    page = slices.page_of(array, first_view(array.shape))
    assert page.texts == [[texts]]


def test_pages_stay_inside():
    array = np.arange(1000).reshape(50, 20)
    page = slices.page_of(array, first_view((50, 20)), (45, 18))
    assert page.texts == [[str(n) for n in row] for row in array[45:, 18:].tolist()]
    assert page.first == (45, 18)
    page = slices.page_of(array, first_view((50, 20)), (99, -5))
    assert page.first == (49, 0)
    assert page.size == (50, 20)


def test_long_elements_are_cut():
    assert len(slices.element_text(b"x" * 1000)) == 60


def test_histograms_count_what_is_finite():
    found = slices.histogram_of(np.array([0.0, 1.0, 1.0, np.nan, np.inf]), bins=2)
    assert found == slices.Histogram([1, 2], 0.0, 1.0, 5)
    assert slices.histogram_of(np.array([np.nan])).counts == []
    assert slices.histogram_of(np.zeros(0)).counts == []


def test_few_whole_numbers_have_a_bar_each():
    found = slices.histogram_of(np.array([3, 3, 5]))
    assert found == slices.Histogram([2, 0, 1], 2.5, 5.5, 3)
    assert slices.histogram_of(np.array([True, False])).counts == [1, 1]
    assert slices.histogram_of(np.array([b"", b"ab"], object)).counts == [1, 0, 1]


def test_numbers_too_far_apart_are_no_error():
    found = slices.histogram_of(np.array([-1.7e308, 0.0, 1.7e308]))
    assert sum(found.counts) == 3


def test_large_histograms_are_of_a_sample():
    found = slices.histogram_of(np.ones(1_000_000, np.float32), limit=1000)
    assert sum(found.counts) == found.looked <= 1000
