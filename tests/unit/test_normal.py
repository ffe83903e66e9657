"""The normal distribution in kernels against SciPy's."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from sim.normal_kernel import normal_cdf, normal_quantile
from sim.times import QUANTILES, lognormal_minutes


def test_quantile_is_scipys() -> None:
    """Relative error below 1e-14 over the whole range, in both tails."""
    middle = np.linspace(1e-6, 1 - 1e-6, 20_001)
    tails = np.concatenate([10.0 ** np.linspace(-300, -6, 500), 1 - 10.0 ** np.linspace(-15, -6, 100)])
    p = np.concatenate([middle, tails])
    ours, scipys = np.array([normal_quantile(x) for x in p]), ndtri(p)
    assert np.abs(ours - scipys).max() < 1e-12
    away = np.abs(p - 0.5) > 1e-3
    assert (np.abs(ours / scipys - 1)[away]).max() < 1e-14
    assert normal_quantile(0.5) == 0.0


def test_quantile_is_odd() -> None:
    """What one half does, the other does with the other sign (p and 1 - p are both exact)."""
    for p in (0.25, 0.125, 2.0**-10, 2.0**-30):
        assert normal_quantile(p) == -normal_quantile(1 - p)


def test_cdf_is_scipys_and_inverts_the_quantile() -> None:
    """The distribution function agrees with SciPy's, also far in the lower tail."""
    x = np.linspace(-35, 8, 2001)
    np.testing.assert_allclose([normal_cdf(v) for v in x], ndtr(x), rtol=1e-12)
    for p in (1e-200, 1e-9, 0.3, 0.9):
        np.testing.assert_allclose(normal_cdf(normal_quantile(p)), p, rtol=1e-12)


def test_tables_of_times_have_the_mean_they_are_for() -> None:
    """Mean within .3 % (rounding and the ends of the tails), median exp(-sd^2 / 2) of it, in order, at least 1."""
    for mean, log_sd in ((60.0, 0.4), (210.0, 0.4), (10_080.0, 0.5), (500.0, 0.0)):
        times = lognormal_minutes(mean, log_sd)
        assert times.size == QUANTILES
        assert (np.diff(times) >= 0).all()
        np.testing.assert_allclose(times.mean(), mean, rtol=3e-3)
        assert abs(np.median(times) - mean * np.exp(-(log_sd**2) / 2)) <= 1
    assert (lognormal_minutes(0.01, 0.4) == 1).all()
