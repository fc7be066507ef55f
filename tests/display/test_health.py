"""The health of arrays: every dtype, exact where it says so."""

import ml_dtypes
import numpy as np
import pytest

from interactive_graphs.display.health import (
    LIMIT,
    SCAN,
    health_of,
    percent,
    sample,
)

FLOATS = [np.float16, np.float32, np.float64, ml_dtypes.bfloat16]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("limit", [None, LIMIT])
def test_counts_and_statistics_of_floats(dtype, limit):
    value = np.array([[0.0, -1.0, 2.0], [np.nan, np.inf, -np.inf]], dtype)
    health = health_of(value, limit)
    assert health.shape == (2, 3)
    assert health.dtype == str(np.dtype(dtype))
    assert (health.zero, health.negative, health.positive) == (1, 1, 1)
    assert (health.nan, health.posinf, health.neginf) == (1, 1, 1)
    assert (health.min, health.max) == (-1.0, 2.0)
    assert health.mean == pytest.approx(1 / 3)
    assert health.std == pytest.approx(np.std([0, -1, 2]))
    assert health.looked == health.size == 6
    assert health.scanned
    assert not health.is_finite


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64])
def test_integers(dtype):
    health = health_of(np.array([0, 3, 5], dtype))
    assert (health.zero, health.negative, health.positive) == (1, 0, 2)
    assert (health.min, health.max) == (0, 5)
    assert health.is_finite


def test_negative_integers_are_counted():
    health = health_of(np.array([-3, -1, 4], np.int16))
    assert (health.negative, health.positive, health.min) == (2, 1, -3.0)


def test_bools_are_zeros_and_ones():
    health = health_of(np.array([True, False, True, True]))
    assert (health.zero, health.positive) == (1, 3)
    assert health.mean == 0.75
    assert health.words() == "25 % zero, 75 % positive"


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_numbers_have_a_magnitude(dtype):
    health = health_of(np.array([0, 3 + 4j, complex(np.nan, 1)], dtype))
    assert health.of == "magnitude"
    assert (health.zero, health.positive, health.nan) == (1, 1, 1)
    assert health.max == 5.0


def test_strings_have_a_length():
    health = health_of(np.array([b"", b"abc"], object))
    assert (health.of, health.dtype) == ("length", "string")
    assert (health.zero, health.positive, health.max) == (1, 1, 3.0)


@pytest.mark.parametrize(
    "value", [np.array([{}, 1], object), np.array(["2026-01-01"], "datetime64[D]")]
)
def test_what_has_no_numbers_says_so(value):
    assert health_of(value).words() == "no numbers"


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.complex64, bool, object])
def test_empty_arrays(dtype):
    health = health_of(np.zeros((0, 3), dtype))
    assert (health.size, health.looked, health.min, health.mean) == (0, 0, None, None)
    assert health.words() == "no elements"


@pytest.mark.parametrize(
    ("number", "field"),
    [(0.0, "zero"), (-2.0, "negative"), (2.0, "positive")]
    + [(np.nan, "nan"), (np.inf, "posinf"), (-np.inf, "neginf")],
)
def test_single_numbers(number, field):
    health = health_of(np.float32(number))
    fields = ("zero", "negative", "positive", "nan", "posinf", "neginf")
    assert [getattr(health, f) for f in fields] == [int(f == field) for f in fields]
    assert health.min == (number if np.isfinite(number) else None)


def test_beyond_the_limit_a_sample_is_looked_at_and_said_to_be():
    value = np.arange(200_000, dtype=np.float32).reshape(500, 400) - 1000
    health = health_of(value, LIMIT)
    assert health.is_sampled
    assert health.looked <= LIMIT
    # Least and greatest are still those of the whole.
    assert (health.min, health.max) == (-1000.0, 198_999.0)
    assert health.mean == pytest.approx(value.mean(), rel=0.01)
    assert f"(of {health.looked:,} elements)" in health.words()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_element_of_many_is_found(bad):
    value = np.ones(300_001, np.float32)
    value[123_457] = bad
    health = health_of(value, LIMIT)
    assert health.nan + health.inf == 1
    assert health.looked == value.size


def test_a_very_large_array_is_not_looked_through():
    value = np.broadcast_to(np.float32(3), (SCAN + 1,))
    health = health_of(value, LIMIT)
    assert not health.scanned
    assert health.looked <= LIMIT
    assert (health.min, health.max) == (3.0, 3.0)
    assert health_of(value[:-1], LIMIT).scanned


@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_samples_prefer_no_column(order):
    columns = np.tile(np.arange(64), (4096, 1))
    if order == "F":
        columns = np.asfortranarray(columns)
    if order == "strided":
        columns = np.tile(np.repeat(np.arange(64), 2), (4096, 1))[:, ::2]
    some = sample(columns, 1024)
    assert 900 < some.size <= 1024
    # A step of 256 would see the first column only.
    assert np.bincount(some, minlength=64).min() >= 10


def test_contiguous_samples_are_views():
    value = np.zeros((100, 100))
    assert np.shares_memory(sample(value, 10), value)
    assert np.shares_memory(sample(value.T, 10), value)


def test_huge_numbers_do_not_warn():
    with np.errstate(all="raise"):
        health = health_of(np.array([3e38, -3e38, 1e-45], np.float32))
    assert health.std == pytest.approx(np.std([3e38, -3e38, 0]))


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (1e-6, "< 1 %"), (0.5, "50 %"), (0.9999, "> 99 %"), (1.0, "100 %")],
)
def test_shares_never_round_away(share, words):
    assert percent(share) == words
