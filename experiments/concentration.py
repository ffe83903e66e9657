"""How concentrated masses are, and how far apart two distributions are: over methods, or over time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr
from scipy.stats import wasserstein_distance

from experiments.displacement import UndefinedMeasureError, check_each
from sim.streams import Floats


def herfindahl(masses: npt.ArrayLike) -> float:
    """Return the Herfindahl-Hirschman index, the sum of squared shares: 1/n (all equal) to 1 (one has all).

    Args:
        masses: shape (places,), any one unit; zeros change nothing.

    Raises:
        UndefinedMeasureError: no mass, or one that is negative or not finite.

    References:
        Hirschman 1964, The paternity of an index, American Economic Review 54(5), 761.
    """
    shares = _shares("masses", masses)
    return float(shares @ shares)


def effective_number(masses: npt.ArrayLike) -> float:
    """Return how many equal places would be as concentrated: one over ``herfindahl``, whose args and errors it has.

    References:
        Hill number of order 2; Hill 1973, doi:10.2307/1934352.
    """
    return 1.0 / herfindahl(masses)


def jensen_shannon(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """Return the Jensen-Shannon divergence of two distributions in bits: 0 (equal) to 1 (nothing in common).

    Args:
        p: masses by class such as concealment method, shape (classes,), any unit; they are normalised.
        q: masses of the other distribution over the same classes.

    Raises:
        UndefinedMeasureError: classes differ in number, no mass, or one that is negative or not finite.

    References:
        Lin 1991, doi:10.1109/18.61115.
    """
    first, second = _shares("p", p), _shares("q", q)
    if first.shape != second.shape:
        raise UndefinedMeasureError(f"p has {first.size} classes, q {second.size}; allowed: the same classes.")
    middle = (first + second) / 2
    bits = float((rel_entr(first, middle) + rel_entr(second, middle)).sum()) / (2 * np.log(2))
    # Not scipy.spatial's jensenshannon: it takes a root, NaN where rounding leaves near-equal shares just below zero.
    return float(np.clip(bits, 0.0, 1.0))


def wasserstein_days(days0: npt.ArrayLike, mass0: npt.ArrayLike, days1: npt.ArrayLike, mass1: npt.ArrayLike) -> float:
    """Return how many days the average kilogram must move in time to make one set of arrivals the other.

    Args:
        days0: days of the arrivals before, shape (arrivals,).
        mass0: their masses, any unit, shape (arrivals,); normalised.
        days1: days of the arrivals after, shape (others,).
        mass1: their masses.

    Raises:
        UndefinedMeasureError: no mass, one that is negative or not finite, or days that do not fit the masses.

    References:
        Wasserstein-1 distance, the area between the distribution functions; Vallender 1974, doi:10.1137/1118101.
    """
    first, share0 = _dated("0", days0, mass0)
    second, share1 = _dated("1", days1, mass1)
    return float(wasserstein_distance(first, second, share0, share1))


def mean_shift_days(days0: npt.ArrayLike, mass0: npt.ArrayLike, days1: npt.ArrayLike, mass1: npt.ArrayLike) -> float:
    """Return by how many days the average kilogram arrives later; negative: earlier.

    Args and errors as those of ``wasserstein_days``, which is never less than its size.
    """
    first, share0 = _dated("0", days0, mass0)
    second, share1 = _dated("1", days1, mass1)
    return float(second @ share1 - first @ share0)


def _shares(name: str, masses: npt.ArrayLike) -> Floats:
    """Return masses as shares of their sum."""
    mass: Floats = np.asarray(masses, np.float64)
    if mass.ndim != 1:
        raise UndefinedMeasureError(f"{name} has shape {mass.shape}; allowed: one row.")
    check_each(f"a mass in {name}", mass, np.isfinite(mass) & (mass >= 0), "finite, at least 0")
    if not mass.any():
        raise UndefinedMeasureError(f"{name} is empty or all zero, so there are no shares.")
    shares: Floats = mass / mass.sum()
    return shares


def _dated(which: str, days: npt.ArrayLike, masses: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the days of arrivals and their shares."""
    shares = _shares(f"mass{which}", masses)
    day: Floats = np.asarray(days, np.float64)
    if day.shape != shares.shape:
        raise UndefinedMeasureError(f"days{which} has shape {day.shape}; allowed: {shares.shape}, as mass{which}.")
    check_each(f"a day in days{which}", day, np.isfinite(day), "finite")
    return day, shares
