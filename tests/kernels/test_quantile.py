"""The normal distribution's quantiles undo its integral."""

import statistics

import numpy as np

from interactive_graphs.kernels.cpu import error_function, quantile


def test_the_quantiles_are_the_standard_librarys():
    p = np.array([1e-300, 1e-20, 1e-9, 0.07, 0.074, 0.3, 0.5, 0.6, 0.999, 1 - 1e-12])
    wanted = [statistics.NormalDist().inv_cdf(v) for v in p]
    np.testing.assert_allclose(quantile.ndtri(p), wanted, rtol=1e-15, atol=1e-300)


def test_erfinv_undoes_erf():
    x = np.linspace(-3, 3, 61)
    np.testing.assert_allclose(
        quantile.erfinv(error_function.erf(x)), x, rtol=1e-11, atol=0
    )
    small = np.array([1e-300, -1e-20, 1e-9])
    np.testing.assert_allclose(
        error_function.erf(quantile.erfinv(small)), small, rtol=1e-15
    )


def test_the_ends_are_infinite_and_nothing_is_beyond():
    np.testing.assert_array_equal(quantile.ndtri([0, 1]), [-np.inf, np.inf])
    np.testing.assert_array_equal(quantile.erfinv([-1, 1]), [-np.inf, np.inf])
    assert np.isnan(quantile.ndtri([-0.1, 1.1, np.nan, np.inf])).all()
    assert np.isnan(quantile.erfinv([-1.1, 1.1, np.nan, np.inf])).all()
