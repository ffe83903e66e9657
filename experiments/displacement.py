"""Measures of displacement: three areas before and after, counts with their noise, paired runs, an analyst's view."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from experiments.contrasts import CONFIDENCE
from sim.streams import Bools, Floats


class UndefinedMeasureError(ValueError):
    """The numbers given do not define the measure; the message says why in one sentence."""


def check_each(what: str, values: Floats, is_allowed: Bools, allowed: str) -> None:
    """Raise for the first value that is not allowed.

    Raises:
        UndefinedMeasureError: says what it is, its value, and what is allowed.
    """
    if not is_allowed.all():
        raise UndefinedMeasureError(f"{what} is {values[~is_allowed][0]:g}; allowed: {allowed}.")


def success(a0: float, a1: float, c0: float | None, c1: float | None) -> float:
    """Return the change of the treated area in units of the control area; negative is success.

    Args:
        a0: treated area before, as ``a1`` in any one unit (counts, grams).
        a1: treated area after.
        c0: control area before, above zero.
        c1: control area after, above zero.

    Raises:
        UndefinedMeasureError: no control area, or a number that is negative or not finite.

    References:
        Success measure of Guerette 2009, Analyzing crime displacement and diffusion (POP tool guide 10), appendix B.
    """
    return float(_relative_change("a", a0, a1, c0, c1))


def weighted_displacement_quotient(
    a0: float, a1: float, b0: float, b1: float, c0: float | None, c1: float | None
) -> float:
    """Return the weighted displacement quotient: change of the buffer area over that of the treated area.

    Above 1: diffusion of benefits beyond the effect itself; 0 to 1: diffusion; -1 to 0: displacement, less than was
    gained; -1: all displaced; below -1: worse than before. It has no standard error. The arithmetic is exact but for
    the last rounding, so where whole grams move from the treated area to the buffer it is exactly -1.

    Args:
        a0: treated area before, as all others in one unit (counts, grams).
        a1: treated area after.
        b0: buffer area before.
        b1: buffer area after.
        c0: control area before.
        c1: control area after.

    Raises:
        UndefinedMeasureError: no control area; a number that is zero, negative or not finite; or no improvement in
            the treated area relative to the control, where the quotient would mean nothing.

    References:
        Bowers and Johnson 2003, doi:10.1023/A:1024909009240; formula (3) of Guerette 2009 (POP tool guide 10),
        appendix B.
    """
    treated = _relative_change("a", a0, a1, c0, c1, may_be_zero=False)
    buffer = _relative_change("b", b0, b1, c0, c1, may_be_zero=False)
    if treated >= 0:
        raise UndefinedMeasureError(
            f"The treated area did not improve: a1/c1 - a0/c0 is {float(treated):.4g}; allowed: below 0."
        )
    return float(buffer / treated)


def total_net_effect(a0: float, a1: float, b0: float, b1: float, c0: float | None, c1: float | None) -> float:
    """Return the units prevented in the treated and the buffer area against the trend of the control area.

    Args and errors as those of ``success``; ``b0`` and ``b1`` are the buffer area. Positive is good.

    References:
        Formula (4) of Guerette 2009 (POP tool guide 10), appendix B: [A0 (C1/C0) - A1] + [B0 (C1/C0) - B1].
    """
    control_before, control_after = _control(c0, c1)
    before = _cell("a0", a0) + _cell("b0", b0)
    after = _cell("a1", a1) + _cell("b1", b1)
    return float(before * control_after / control_before - after)


@dataclass(frozen=True, slots=True)
class DisplacementDifference:
    """A weighted displacement difference and its noise if all counts are independent Poisson counts."""

    estimate: float
    """Change that the treatment made in the treated and the displacement area together; negative is good."""
    standard_error: float
    z: float
    """Estimate over standard error; NaN where that is zero."""
    interval: tuple[float, float]
    """Of 95 %, by the normal distribution."""


def weighted_displacement_difference(
    treated: npt.ArrayLike,
    displaced: npt.ArrayLike,
    control_treated: npt.ArrayLike,
    control_displaced: npt.ArrayLike,
    area_weights: npt.ArrayLike | None = None,
    time_weights: npt.ArrayLike | None = None,
) -> DisplacementDifference:
    """Return (A1 - A0) - (CA1 - CA0) + (B1 - B0) - (CB1 - CB0), with the sum of the counts as its variance.

    For counts of finds only: grams are no Poisson counts. It describes the noise in one course of events; arms that
    share their luck are compared by ``paired_contrast``. Every count is divided by the weight of its area and that
    of its time, and its variance by their squares; periods are summed.

    Args:
        treated: counts (before, after) in the treated area A, shape (2,) or (periods, 2).
        displaced: the same for the area B to which the treatment may displace.
        control_treated: the same for the control area CA of the treated area.
        control_displaced: the same for the control area CB of the displacement area.
        area_weights: sizes of the four areas in the order of the arguments, shape (4,); 1 if not given.
        time_weights: lengths of the time before and the time after, shape (2,) or (periods, 2); 1 if not given.

    Raises:
        UndefinedMeasureError: counts that are no whole numbers of at least zero, weights that are not above zero, or
            shapes that do not fit.

    References:
        Wheeler and Ratcliffe 2018, doi:10.1186/s40163-018-0085-5; weights as in ``wdd`` of their R package ptools
        2.0.0, whose order of the areas is (control, treated, control of displaced, displaced).
    """
    count = _counts(treated=treated, displaced=displaced,
                    control_treated=control_treated, control_displaced=control_displaced)  # fmt: skip
    weight = _weights(area_weights, time_weights, count.shape[1])
    sign = np.array([1.0, 1.0, -1.0, -1.0])[:, None, None] * np.array([-1.0, 1.0])
    estimate = float((sign * count / weight).sum())
    standard_error = math.sqrt((count / weight**2).sum())
    margin = float(ndtri(0.5 + CONFIDENCE / 2)) * standard_error
    z = estimate / standard_error if standard_error > 0 else math.nan
    return DisplacementDifference(estimate, standard_error, z, (estimate - margin, estimate + margin))


def balloon_index(baseline: npt.ArrayLike, treated: npt.ArrayLike, is_treated: npt.ArrayLike) -> float:
    """Return the gains of all places that gained, per unit that the treated places lost.

    Exact for two runs that share their luck. Above ``net_displacement`` by what other places lost. As a share it is
    for report only where the interval of the loss over replications excludes zero.

    Args:
        baseline: flow by place without the treatment, shape (places,), any one unit.
        treated: flow by place with it, shape (places,).
        is_treated: mask of the treated places, shape (places,).

    Raises:
        UndefinedMeasureError: flow to the treated places did not fall, there is no other place, or the arrays do not
            fit.
    """
    lost, change = _paired_change(baseline, treated, is_treated)
    return float(np.maximum(change, 0.0).sum() / lost)


def net_displacement(baseline: npt.ArrayLike, treated: npt.ArrayLike, is_treated: npt.ArrayLike) -> float:
    """Return the net gain of all other places, per unit that the treated places lost.

    1: all displaced; 0: none; negative: diffusion of benefits. With one other area, and a control without change, it
    is minus the weighted displacement quotient. Args and errors as those of ``balloon_index``.
    """
    lost, change = _paired_change(baseline, treated, is_treated)
    return float(change.sum() / lost)


def mean_displacement_distance(gains: npt.ArrayLike, distance_km: npt.ArrayLike) -> float:
    """Return the mean distance of displaced flow in km, weighted by the gains of the places that gained.

    Args:
        gains: change of flow by place, shape (places,), any one unit; losses weigh nothing.
        distance_km: from the treated place, shape (places,); read only where a place gained.

    Raises:
        UndefinedMeasureError: no place gained, a gain that is not finite, or a distance that is unknown or negative.
    """
    gain, distance = np.asarray(gains, np.float64), np.asarray(distance_km, np.float64)
    if gain.shape != distance.shape or gain.ndim != 1:
        raise UndefinedMeasureError(f"gains have shape {gain.shape}, distances {distance.shape}; allowed: (places,).")
    check_each("a gain", gain, np.isfinite(gain), "finite")
    gained = gain > 0
    if not gained.any():
        raise UndefinedMeasureError("No place gained, so there is no distance of displacement.")
    far = distance[gained]
    check_each("the distance in km to a place that gained", far, np.isfinite(far) & (far >= 0), "finite, at least 0")
    return float(gain[gained] @ far / gain[gained].sum())


@dataclass(frozen=True, slots=True)
class AnalystView:
    """What an analyst infers from seizures who believes that finds are proportional to effort."""

    interception: Floats
    """Believed interception by place, at most 1; NaN where no find tells it."""
    flow: Floats
    """Inferred flow by place, in the unit of the seizures."""
    is_capped: Bools
    """Whether interception would have exceeded 1; with seizures there, total flow exceeds seized / interception."""


def analyst_view(seized: npt.ArrayLike, effort: npt.ArrayLike, interception: float) -> AnalystView:
    """Return the flow that seizures suggest to an analyst who knows the controls but not where they were aimed.

    Seizures are flow times interception, and tell neither. The analyst takes interception p as proportional to effort
    e: p_i = r e_i / H. For flows S_i / p_i that sum to (sum of S) / r, H must be the mean of effort weighted by
    seizures and *harmonic*, (sum of S) / (sum of S / e); the arithmetic one gives too much, by Jensen's inequality.
    Where no controls are known p is r. A place without seizures has no inferred flow, whatever its effort: this is how
    the analyst misses what nobody looked at.

    Args:
        seized: by place, shape (places,), any one unit.
        effort: control effort per at-risk box by place, shape (places,), any one unit; NaN or 0 where no controls were
            observed, as outside the terminals.
        interception: overall share r of the flow that the analyst holds to be seized, above 0, at most 1.

    Raises:
        UndefinedMeasureError: seizures or effort negative or infinite, or interception out of range.
    """
    mass, done = np.asarray(seized, np.float64), np.asarray(effort, np.float64)
    if mass.shape != done.shape or mass.ndim != 1:
        raise UndefinedMeasureError(f"seized has shape {mass.shape}, effort {done.shape}; allowed: (places,).")
    check_each("what was seized", mass, np.isfinite(mass) & (mass >= 0), "finite, at least 0")
    check_each("effort", done, np.isnan(done) | (np.isfinite(done) & (done >= 0)), "finite, at least 0, or NaN")
    if not 0 < interception <= 1:
        raise UndefinedMeasureError(f"interception is {interception}; allowed: above 0, at most 1.")
    share = np.full(mass.shape, interception)
    is_observed = done > 0
    finds_per_effort = float((mass[is_observed] / done[is_observed]).sum())
    total = float(mass[is_observed].sum())
    share[is_observed] *= done[is_observed] * finds_per_effort / total if total > 0 else math.nan
    is_capped: Bools = share > 1
    share[is_capped] = 1.0
    flow = np.divide(mass, share, out=np.zeros_like(mass), where=mass > 0)
    return AnalystView(share, flow, is_capped)


def inferred_flow(seized: npt.ArrayLike, effort: npt.ArrayLike, interception: float) -> Floats:
    """Return the flow by place of ``analyst_view``, whose args and errors these are."""
    return analyst_view(seized, effort, interception).flow


def sign_disagreement(true: float, seized: float, inferred: float) -> str | None:
    """Return one line where views of a measure disagree in sign or are undefined, None where all agree.

    Args:
        true: weighted displacement quotient (negative: displacement, positive: diffusion) of the true flow; as the two
            others, NaN where undefined.
        seized: of seizures.
        inferred: of the flow that an analyst infers from seizures.
    """
    views = {"true flow": true, "seizures": seized, "the analyst's inference": inferred}
    undefined = [name for name, value in views.items() if not math.isfinite(value)]
    claims = {
        name: f"{name} {'say' if name == 'seizures' else 'says'} {_reading(value)}"
        for name, value in views.items()
        if name not in undefined
    }
    truth = claims.pop("true flow", None)
    wrong = [name for name in claims if np.sign(views[name]) != np.sign(true)]
    parts = [f"the measure is undefined for {' and '.join(undefined)}"] if undefined else []
    if truth is None:
        parts += [f"unchecked, {' and '.join(claims.values())}"] if claims else []
    elif wrong:
        misled = "both mislead" if len(wrong) == 2 else f"{wrong[0]} {'mislead' if 'seizures' in wrong else 'misleads'}"
        parts += [f"{' and '.join(claims[name] for name in wrong)}, {truth}: {misled} here"]
    elif undefined:
        parts += [truth]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else None


def _reading(quotient: float) -> str:
    """Return what a displacement quotient says, in words and with its sign."""
    if quotient == 0:
        return "neither displacement nor diffusion (0)"
    return f"{'displacement' if quotient < 0 else 'diffusion'} ({quotient:+.2g})"


def _cell(name: str, value: float, *, may_be_zero: bool = True) -> Fraction:
    """Return a cell as an exact fraction."""
    number = float(value)
    if not math.isfinite(number) or number < 0 or (number == 0 and not may_be_zero):
        allowed = "at least 0" if may_be_zero else "above 0"
        raise UndefinedMeasureError(f"{name} is {number:g}; allowed: finite, {allowed}.")
    return Fraction(number)


def _control(c0: float | None, c1: float | None) -> tuple[Fraction, Fraction]:
    """Return the control area before and after."""
    if c0 is None or c1 is None or c0 == 0 or c1 == 0:
        raise UndefinedMeasureError(f"There is no control area: c0 is {c0} and c1 is {c1}; allowed: both above 0.")
    return _cell("c0", c0, may_be_zero=False), _cell("c1", c1, may_be_zero=False)


def _relative_change(
    area: str, before: float, after: float, c0: float | None, c1: float | None, *, may_be_zero: bool = True
) -> Fraction:
    """Return the change of an area in units of the control area."""
    control_before, control_after = _control(c0, c1)
    first = _cell(f"{area}0", before, may_be_zero=may_be_zero)
    return _cell(f"{area}1", after, may_be_zero=may_be_zero) / control_after - first / control_before


def _before_and_after(name: str, values: npt.ArrayLike) -> Floats:
    """Return values in the shape (periods, 2)."""
    array: Floats = np.atleast_2d(np.asarray(values, np.float64))
    if array.ndim != 2 or array.shape[1] != 2 or len(array) == 0:
        raise UndefinedMeasureError(f"{name} has shape {np.shape(values)}; allowed: (2,) or (periods, 2).")
    return array


def _counts(**areas: npt.ArrayLike) -> Floats:
    """Return the counts of the four areas, shape (4, periods, 2)."""
    counts = [_before_and_after(name, values) for name, values in areas.items()]
    for name, count in zip(areas, counts, strict=True):
        if len(count) != len(counts[0]):
            raise UndefinedMeasureError(f"{name} has {len(count)} periods; allowed: {len(counts[0])}, as in treated.")
        is_count = np.isfinite(count) & (count >= 0) & (count == np.floor(count))
        check_each(f"a count in {name}", count, is_count, "whole numbers of at least 0")
    return np.stack(counts)


def _weights(area_weights: npt.ArrayLike | None, time_weights: npt.ArrayLike | None, periods: int) -> Floats:
    """Return the weight of each area before and after, shape (4, 1 or periods, 2)."""
    area = np.ones(4) if area_weights is None else np.asarray(area_weights, np.float64)
    time = np.ones((1, 2)) if time_weights is None else _before_and_after("time_weights", time_weights)
    if area.shape != (4,):
        raise UndefinedMeasureError(f"area_weights has shape {area.shape}; allowed: (4,), one for each area.")
    if len(time) not in (1, periods):
        raise UndefinedMeasureError(f"time_weights has {len(time)} periods; allowed: 1 or {periods}, as the counts.")
    for name, weight in (("an area weight", area), ("a time weight", time)):
        check_each(name, weight, np.isfinite(weight) & (weight > 0), "finite, above 0")
    weights: Floats = area[:, None, None] * time
    return weights


def _paired_change(baseline: npt.ArrayLike, treated: npt.ArrayLike, is_treated: npt.ArrayLike) -> tuple[float, Floats]:
    """Return the flow that the treated places lost, above zero, and the change of flow of every other place."""
    before, after = np.asarray(baseline, np.float64), np.asarray(treated, np.float64)
    mask: Bools = np.asarray(is_treated)
    if before.ndim != 1 or not before.shape == after.shape == mask.shape or mask.dtype != np.bool_:
        shapes = f"{before.shape}, {after.shape} and {mask.shape} of {mask.dtype}"
        raise UndefinedMeasureError(f"flows and mask have shapes {shapes}; allowed: all (places,), the mask of bool.")
    for flow in (before, after):
        check_each("a flow", flow, np.isfinite(flow) & (flow >= 0), "finite, at least 0")
    if mask.all():
        raise UndefinedMeasureError("There is no place outside the treated ones to which flow could go.")
    change: Floats = after - before
    to_treated = float(change[mask].sum())
    if to_treated >= 0:
        raise UndefinedMeasureError(f"Flow to the treated places did not fall, it changed by {to_treated:+g}.")
    return -to_treated, change[~mask]
