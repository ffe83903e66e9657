"""Measures of displacement over replications, side by side on true flow, on seizures, and as an analyst infers them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from experiments.concentration import effective_number, herfindahl, jensen_shannon
from experiments.contrasts import LEAST_PAIRS_TO_RESAMPLE, expanded_level, half_width, paired_contrast
from experiments.displacement import (
    UndefinedMeasureError,
    balloon_index,
    mean_displacement_distance,
    net_displacement,
    total_net_effect,
    weighted_displacement_difference,
    weighted_displacement_quotient,
)
from experiments.treated import Treated
from experiments.views import VIEWS, PairViews, mean_views
from scenarios.geography import great_circle_km
from scenarios.world import World
from sim.streams import Bools, Floats, Stream, Streams

RESAMPLES = 2_000
TRUE, SEIZED, INFERRED = VIEWS
QUOTIENT, RECORD_QUOTIENT = "WDQ", "WDQ before/after"


@dataclass(frozen=True, slots=True)
class Setting:
    """What measures need beside the views; by place of entry, shape (places,)."""

    interception: float
    """Overall share seized that the analyst believes in."""
    years: float
    """Length of the analysis window."""
    years_before: float
    """Length of the run before it."""
    distance_km: Floats
    """From the nearest treated place; NaN where every place is treated."""
    is_port: Bools
    """Whether it is a container port and no coast."""
    is_treated: Bools
    """Whether flow to it is treated, or a part of that flow."""
    is_near: Bools
    """Whether it is a container port in the range of a treated place."""


def make_setting(treated: Treated, world: World, interception: float, years: float, years_before: float) -> Setting:
    """Return the setting of a treated place in a world."""
    codes, ranges = np.array(world.place_code), np.array((*world.entry.port_range, *world.coasts.name))
    is_port = np.arange(codes.size) < len(world.entry.code)
    is_treated = np.isin(codes, sorted(treated.places)) if treated.places else np.ones(codes.size, np.bool_)
    latitude = np.concatenate([world.entry.latitude, world.coasts.latitude])
    longitude = np.concatenate([world.entry.longitude, world.coasts.longitude])
    away = great_circle_km(latitude[is_treated], longitude[is_treated], latitude, longitude).min(axis=0)
    away = away if treated.places else np.full(codes.size, math.nan)
    is_near = is_port & np.isin(ranges, ranges[is_treated])
    return Setting(interception, years, years_before, away, is_port, is_treated, is_near)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure in one view, from the mean of all replications, with its interval over them."""

    name: str
    unit: str
    view: str
    estimate: float
    """NaN where undefined."""
    low: float
    high: float
    placebo: float
    """Of measures that are never negative, which luck alone makes positive; they have no interval. NaN of others."""
    reason: str
    """Why it or its interval is undefined; empty where both are defined."""


def measures(pairs: Sequence[PairViews], placebos: Sequence[PairViews], setting: Setting) -> list[Measure]:
    """Return every measure in every view that it has.

    Ratios are those of means over replications. Shares of what the treated place lost are reported only where that
    loss is resolved. With 10 replications or more intervals are percentiles of a bootstrap over replications, both
    arms together, at a level expanded for few values (Hesterberg 2015 doi:10.1080/00031305.2015.1089789); with fewer,
    those of t by the jackknife (Tukey 1958, Annals of Mathematical Statistics 29, 614).

    Args:
        pairs: baseline and treated arm, one a replication.
        placebos: baseline and placebo, in the same order.
        setting: of the treated place.
    """
    n = len(pairs)
    rows = Streams(0, 0).generator(Stream.BOOTSTRAP).integers(n, size=(RESAMPLES, n))
    everything = range(n)
    others = [[i for i in everything if i != left_out] for left_out in everything] if n > 1 else []
    again = rows.tolist() if n >= LEAST_PAIRS_TO_RESAMPLE else others
    whole, placebo = mean_views(pairs), mean_views(placebos)
    resampled = [mean_views([pairs[i] for i in row]) for row in again]
    falls = {view: _falls(pairs, view, setting) for view in VIEWS}
    found = []
    for name, (unit, views, kind, formula) in FORMULAS.items():
        for view in views:
            value = partial(formula, view=view, setting=setting)
            if kind == "share" and not falls[view]:
                reason = "Not read as a share: the fall of the treated place is not resolved."
                found.append(Measure(name, unit, view, math.nan, math.nan, math.nan, math.nan, reason))
                continue
            estimate, low, high, reason = _estimate(value, whole, resampled if kind != "distance" else [], n)
            apart = _estimate(value, placebo, [], n)[0] if kind == "distance" else math.nan
            found.append(Measure(name, unit, view, estimate, low, high, apart, reason))
    return found


def _falls(pairs: Sequence[PairViews], view: str, setting: Setting) -> bool:
    """Return whether the treated place loses in a view, resolved over replications."""
    treated = [[cells[0] for cells in _cells(pair, view, setting)] for pair in pairs]
    change = paired_contrast(*(np.array([one[side] for one in treated]) for side in (1, 0)))
    return change.difference < 0 and change.is_resolved


class _Formula(Protocol):
    def __call__(self, pair: PairViews, view: str, setting: Setting) -> float: ...


def _estimate(
    value: Callable[[PairViews], float], whole: PairViews, resampled: list[PairViews], replications: int
) -> tuple[float, float, float, str]:
    """Return estimate, interval and why one of them is undefined."""
    try:
        estimate = value(whole)
    except UndefinedMeasureError as error:
        return math.nan, math.nan, math.nan, str(error)
    if not resampled:
        return estimate, math.nan, math.nan, "" if replications > 1 else "One replication has no interval."
    try:
        values = np.array([value(pair) for pair in resampled])
    except UndefinedMeasureError as error:
        return math.nan, math.nan, math.nan, f"Not resolved: without some replications, {_lower(str(error))}"
    if replications >= LEAST_PAIRS_TO_RESAMPLE:
        low, high = np.quantile(values, expanded_level(replications))
        return estimate, float(low), float(high), ""
    width = half_width(replications * estimate - (replications - 1) * values)
    return estimate, estimate - width, estimate + width, ""


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _cells(pair: PairViews, view: str, setting: Setting) -> tuple[Floats, Floats]:
    """Return grams of both arms: the treated flow first, then the untreated flow by place."""
    before, after = (arm.of(view, setting.interception).sum(axis=2) for arm in pair.arms)
    return np.append(before[1].sum(), before[0]), np.append(after[1].sum(), after[0])


def _by_port(pair: PairViews, view: str, setting: Setting) -> tuple[Floats, Floats]:
    before, after = (arm.of(view, setting.interception).sum(axis=(0, 2))[setting.is_port] for arm in pair.arms)
    return before, after


def _areas(pair: PairViews, view: str, setting: Setting) -> tuple[float, ...]:
    """Return the treated area, all others, and the control, each in both arms.

    Both arms are the same weeks, so nothing else changes between them: the control is a constant.
    """
    before, after = _cells(pair, view, setting)
    return before[0], after[0], before[1:].sum(), after[1:].sum(), 1.0, 1.0


def _quotient(pair: PairViews, view: str, setting: Setting) -> float:
    return weighted_displacement_quotient(*_areas(pair, view, setting))


def _net_effect(pair: PairViews, view: str, setting: Setting) -> float:
    return total_net_effect(*_areas(pair, view, setting)) / 1e6


def _record_quotient(pair: PairViews, view: str, setting: Setting) -> float:
    """Return the quotient that an evaluation without a second arm gets: the year before, and the years after.

    Buffer: the ports near by; control: all other container ports, as Bowers and Johnson 2003 have rings around an area.
    """
    arm = pair.arms[1]
    before = arm.flow_before_g if view == TRUE else arm.seized_before_g
    after = arm.of(view, setting.interception).sum(axis=2) / setting.years
    _check_before(setting)
    is_far = setting.is_port & ~setting.is_near
    a, b, c = (
        (float(before[row, at].sum()), float(after[row, at].sum()))
        for row, at in ((1, setting.is_treated), (0, setting.is_near), (0, is_far))
    )
    return weighted_displacement_quotient(*a, *b, *c)


def _check_before(setting: Setting) -> None:
    if setting.years_before < 1:
        raise UndefinedMeasureError("The run begins less than a year before the window, so there is no year before.")


def _finds(pair: PairViews) -> list[Floats]:
    """Return finds (before, after) in the treated and in the other places, and in the same places of the other arm."""
    return [
        np.array([arm.finds_before[row].sum(), arm.finds[row].sum()]) for arm in reversed(pair.arms) for row in (1, 0)
    ]


def _finds_difference(pair: PairViews, view: str, setting: Setting) -> float:
    """Return the change of finds in treated and other places together, the other arm being their own control."""
    _check_before(setting)
    per_year = [finds[1] / setting.years - finds[0] for finds in _finds(pair)]
    return float(per_year[0] + per_year[1] - per_year[2] - per_year[3])


def finds_noise(pair: PairViews, setting: Setting) -> float:
    """Return the Poisson standard error of the WDD of finds that one record has, NaN without a year before."""
    if setting.years_before < 1:
        return math.nan
    treated, displaced, control_treated, control_displaced = (np.rint(finds) for finds in _finds(pair))
    difference = weighted_displacement_difference(
        treated, displaced, control_treated, control_displaced, time_weights=(1.0, setting.years)
    )
    return difference.standard_error


def _concentration(pair: PairViews, view: str, setting: Setting) -> float:
    before, after = _by_port(pair, view, setting)
    return herfindahl(after) - herfindahl(before)


def _effective_ports(pair: PairViews, view: str, setting: Setting) -> float:
    before, after = _by_port(pair, view, setting)
    return effective_number(after) - effective_number(before)


def _methods(pair: PairViews, view: str, setting: Setting) -> float:
    before, after = (arm.of(view, setting.interception)[:, setting.is_treated].sum(axis=(0, 1)) for arm in pair.arms)
    return jensen_shannon(before, after)


def _in_time(moment: int) -> _Formula:
    def days(pair: PairViews, view: str, setting: Setting) -> float:
        value = float(pair.days[VIEWS.index(view), moment])
        if math.isnan(value):
            raise UndefinedMeasureError("There is nothing to date.")
        return value

    return days


def _balloon(pair: PairViews, view: str, setting: Setting) -> float:
    before, after = _cells(pair, view, setting)
    return balloon_index(before, after, np.arange(before.size) == 0)


def _net(pair: PairViews, view: str, setting: Setting) -> float:
    before, after = _cells(pair, view, setting)
    return net_displacement(before, after, np.arange(before.size) == 0)


def _distance(pair: PairViews, view: str, setting: Setting) -> float:
    before, after = _cells(pair, view, setting)
    return mean_displacement_distance((after - before)[1:], setting.distance_km)


FORMULAS: dict[str, tuple[str, tuple[str, ...], str, _Formula]] = {
    QUOTIENT: ("1", VIEWS, "share", _quotient),
    RECORD_QUOTIENT: ("1", (TRUE, SEIZED), "", _record_quotient),
    "total net effect": ("t", VIEWS, "", _net_effect),
    "net displacement": ("1", VIEWS, "share", _net),
    "balloon index": ("1", VIEWS, "share", _balloon),
    "mean distance": ("km", VIEWS, "", _distance),
    "HHI of ports": ("1", VIEWS, "", _concentration),
    "effective ports": ("1", VIEWS, "", _effective_ports),
    "methods, JSD": ("bit", VIEWS, "distance", _methods),
    "Wasserstein": ("days", VIEWS, "distance", _in_time(0)),
    "mean shift": ("days", VIEWS, "", _in_time(1)),
    "WDD of finds": ("1/yr", (SEIZED,), "", _finds_difference),
}
"""Unit, views, kind and formula of every measure, in the order in which they are printed.

A share is one of what the treated place lost; a distance is never negative.
"""
