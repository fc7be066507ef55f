"""The special functions against values computed to fifty digits with mpmath."""

import math

import numpy as np
import pytest

from interactive_graphs.kernels.cpu import error_function, special

CASES = [
    (error_function.erf, (1e-300,), 1.1283791670955126e-300),
    (error_function.erf, (0.3,), 0.32862675945912741619),
    (error_function.erf, (1.5,), 0.96610514647531072707),
    (error_function.erf, (-4.0,), -0.99999998458274209972),
    (error_function.erfc, (0.3,), 0.67137324054087258381),
    (error_function.erfc, (3.0,), 2.2090496998585441373e-5),
    (error_function.erfc, (20.0,), 5.3958656116079009289e-176),
    (special.lgamma, (1e-20,), 46.051701859880913735),
    (special.lgamma, (1.001,), -5.7639359828330615152e-4),
    (special.lgamma, (2.5,), 0.28468287047291915963),
    (special.lgamma, (1e10,), 220258509288.81058147),
    (special.lgamma, (-2.5,), -0.056243716497674050673),
    (special.digamma, (0.1,), -10.423754940411076232),
    (special.digamma, (7.5,), 1.9467574842460867881),
    (special.digamma, (-1.3,), 2.8825405488661673038),
    (special.zeta, (1.5, 0.25), 10.213055360466600739),
    (special.zeta, (36.0, 450.0), 4.0764278140258114405e-95),
    (special.zeta, (3.0, -1.5), 0.1181020258208637015),
    (special.polygamma, (0.0, 0.5), -1.9635100260214234794),
    (special.polygamma, (3.0, 1.5), 1.4090910340024372364),
    (special.igamma, (0.5, 2.0), 0.95449973610364158560),
    (special.igamma, (100.0, 90.0), 0.1582209891864301681),
    (special.igammac, (2.0, 30.0), 2.9008631203404541275e-12),
    (special.betainc, (2.0, 3.0, 0.3), 0.3483),
    (special.betainc, (30.0, 0.5, 0.999), 0.80723730615953703126),
]


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    CASES,
    ids=[f"{f.__name__}{arguments}" for f, arguments, _ in CASES],
)
def test_value(function, arguments, expected):
    with np.errstate(all="ignore"):
        assert float(function(*arguments)) == pytest.approx(expected, rel=5e-14)


def test_arrays_of_any_shape():
    x = np.linspace(-3, 3, 24).reshape(2, 3, 4) + 0.01
    with np.errstate(all="ignore"):
        for function in (
            error_function.erf,
            error_function.erfc,
            special.lgamma,
            special.digamma,
        ):
            assert function(x).shape == x.shape
            assert function(np.zeros((0, 2))).shape == (0, 2)
        expected = [math.lgamma(v) for v in x.flat]
        np.testing.assert_allclose(special.lgamma(x).flat, expected, rtol=1e-12)


def test_a_long_array_of_incomplete_gammas_ends():
    a, x = np.random.default_rng(5).uniform(0.01, 50, (2, 2000))
    with np.errstate(all="ignore"):
        total = special.igamma(a, x) + special.igammac(a, x)
    np.testing.assert_allclose(total, 1, rtol=1e-13)
