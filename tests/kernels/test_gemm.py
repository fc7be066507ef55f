"""Matrix products and how many threads they take."""

import numpy as np
import pytest
import threadpoolctl

from interactive_graphs.kernels.cpu import gemm


@pytest.fixture
def asked(monkeypatch):
    """The numbers of threads that products ask for."""
    numbers = []
    monkeypatch.setattr(gemm, "_limits", lambda: [(numbers.append, 8)])
    return numbers


def zeros(*shape):
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("m", "k", "n", "expected"),
    [(4, 4, 4, []), (100, 100, 100, [1, 8]), (300, 300, 300, [])],
)
def test_only_products_of_middling_size_are_made_by_one_thread(
    asked, m, k, n, expected
):
    assert gemm.product(zeros(m, k), zeros(k, n)).shape == (m, n)
    assert asked == expected


def test_a_stack_of_small_products_is_small(asked):
    assert gemm.product(zeros(1000, 4, 4), zeros(1000, 4, 4)).shape == (1000, 4, 4)
    assert asked == []


def test_the_number_is_set_back_after_an_error(asked):
    with pytest.raises(ValueError, match="matmul"):
        gemm.product(zeros(100, 100), zeros(101, 100))
    assert asked == [1, 8]


def test_the_real_limits_are_those_of_numpys_blas():
    before = [lib["num_threads"] for lib in threadpoolctl.threadpool_info()]
    x = np.random.default_rng(0).normal(size=(100, 100))
    np.testing.assert_array_equal(gemm.product(x, x), np.matmul(x, x))
    assert [lib["num_threads"] for lib in threadpoolctl.threadpool_info()] == before
