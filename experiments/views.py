"""True flow, seizures and what an analyst infers from seizures, by place, of the two arms of a replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.cohort import COAST, NOWHERE, CohortParcels, cohort_parcels, texts
from experiments.concentration import mean_shift_days, wasserstein_days
from experiments.displacement import inferred_flow
from experiments.treated import Treated
from scenarios.world import World
from sim.clock import DAY_MIN, YEAR_DAYS
from sim.codes import Method
from sim.streams import Bools, Floats, Ints

VIEWS = ("true flow", "seizures", "inferred")
"""What happened; what the record says; what an analyst makes of the record. They are never mixed up."""
_METHODS = tuple(method.name.lower() for method in Method)


@dataclass(frozen=True, slots=True)
class ArmViews:
    """One arm by place of entry, untreated flow (first row) apart from treated flow (second row)."""

    flow_g: Floats
    """Cohort grams dispatched, shape (2, places, methods)."""
    seized_g: Floats
    """Cohort grams that ports in the EU, as ports of entry or hubs, and its coasts count as seized; same shape."""
    finds: Floats
    """Consignments found in the window, shape (2, places)."""
    finds_before: Floats
    """Consignments found in the year before the window, shape (2, places)."""
    seized_before_g: Floats
    """Grams seized in the year before the window, shape (2, places)."""
    flow_before_g: Floats
    """Grams dispatched in the year before the window, shape (2, places)."""
    effort: Floats
    """Clean boxes selected against drugs per at-risk box in the window, 0 without controls, shape (places,)."""

    def of(self, view: str, interception: float) -> Floats:
        """Return grams in one of the views, shape (2, places, methods).

        Args:
            view: one of ``VIEWS``.
            interception: overall share seized that the analyst believes in.
        """
        if view == "true flow":
            return self.flow_g
        if view == "seizures":
            return self.seized_g
        scaled: Floats = self.seized_g * self.flow_per_seized(interception)[:, None]
        return scaled

    def flow_per_seized(self, interception: float) -> Floats:
        """Return the inferred flow of each place over what is seized there, 0 where nothing is."""
        seized = self.seized_g.sum(axis=(0, 2))
        inferred = inferred_flow(seized, self.effort, interception)
        factor: Floats = np.divide(inferred, seized, out=np.zeros_like(seized), where=seized > 0)
        return factor


@dataclass(frozen=True, slots=True)
class PairViews:
    """Both arms of a replication, and how dispatch and seizures moved in time."""

    arms: tuple[ArmViews, ArmViews]
    days: Floats
    """Wasserstein distance and signed shift of the days of dispatch, of finds, and of finds weighted by inferred flow;
    shape (views, 2), NaN without mass."""


def pair_views(
    tables: Sequence[dict[str, pa.Table]], treated: Treated, world: World, window_days: tuple[int, int],
    months: tuple[int, int], interception: float,
) -> PairViews:  # fmt: skip
    """Return the views of two arms.

    Args:
        tables: of the baseline arm and of the treated arm.
        treated: the treated place.
        world: its places and at-risk boxes.
        window_days: first day of the analysis window and first day after it, since the start of the run.
        months: first and last month of the window, yyyymm.
        interception: overall share seized that the analyst believes in.
    """
    cohorts = [cohort_parcels(arm) for arm in tables]
    arms = [_arm(t, cohort, treated, world, window_days, months) for t, cohort in zip(tables, cohorts, strict=True)]
    sent = [(cohort.dispatch_day, cohort.mass_g * cohort.is_shipped) for cohort in cohorts]
    seized = [
        (of.closed_min // DAY_MIN, of.mass_g * (of.is_seized_at_entry & _is_of_union(of, world)))
        for of in (cohort.at_record() for cohort in cohorts)
    ]
    weight = [
        dict(zip(world.place_code, arm.flow_per_seized(interception).tolist(), strict=True)) | {NOWHERE: 0.0}
        for arm in arms
    ]
    inferred = [
        (day, mass * np.array([of[place] for place in cohort.record_place.tolist()]))
        for (day, mass), of, cohort in zip(seized, weight, cohorts, strict=True)
    ]
    return PairViews((arms[0], arms[1]), np.array([_in_time(*one) for one in (sent, seized, inferred)]))


def _is_of_union(parcels: CohortParcels, world: World) -> Bools:
    """Return which parcels have a port of the EU, or a coast, as their place: whose record an analyst has."""
    known = {code for code, is_eu in zip(world.entry.code, world.entry.is_eu, strict=True) if is_eu}
    return np.array([place in known or place.startswith(COAST) for place in parcels.place.tolist()], np.bool_)


def mean_views(pairs: Sequence[PairViews]) -> PairViews:
    """Return the mean of some replications, so that ratios are those of sums."""

    def mean(side: int) -> ArmViews:
        arms = [pair.arms[side] for pair in pairs]
        return ArmViews(**{f.name: np.mean([getattr(arm, f.name) for arm in arms], axis=0) for f in fields(ArmViews)})

    # A replication without a find has no days to compare; it does not undefine those of the others.
    days = np.array([pair.days for pair in pairs])
    dated = np.isfinite(days).sum(axis=0)
    total = np.nansum(days, axis=0)
    return PairViews((mean(0), mean(1)), np.divide(total, dated, out=np.full(total.shape, np.nan), where=dated > 0))


def _in_time(first: tuple[Ints, Floats | Ints], second: tuple[Ints, Floats | Ints]) -> tuple[float, float]:
    """Return the Wasserstein distance and the signed shift of days with masses, NaN where one side has no mass."""
    if not (first[1].any() and second[1].any()):
        return np.nan, np.nan
    return wasserstein_days(*first, *second), mean_shift_days(*first, *second)


def _arm(
    tables: dict[str, pa.Table], cohort: CohortParcels, treated: Treated, world: World,
    window_days: tuple[int, int], months: tuple[int, int],
) -> ArmViews:  # fmt: skip
    places, methods = len(world.place_code), len(_METHODS)
    index = {code: i for i, code in enumerate(world.place_code)}

    def cell(parcels: CohortParcels) -> Ints:
        """Return the place of each parcel, moved up by all places where it is treated; 0 if it was not shipped."""
        place = np.array([index[place] if place else 0 for place in parcels.place.tolist()], np.int64)
        return place + places * treated.contains(parcels)

    method = np.array([_METHODS.index(m) if m else 0 for m in cohort.method.tolist()], np.int64)
    seized = cohort.at_record()

    def by_place_and_method(parcels: CohortParcels, chosen: Bools) -> Floats:
        at = cell(parcels) * methods + method
        return _sums(at, chosen, parcels.mass_g, 2 * places * methods).reshape(2, places, methods)

    everything = _all_consignments(tables)
    found, (start, end) = everything.at_record(), window_days
    where, where_found = cell(everything), cell(found)
    is_found = found.is_seized_at_entry & _is_of_union(found, world)
    seized_day = np.where(is_found, everything.closed_min // DAY_MIN, -1)
    is_before = (seized_day >= start - YEAR_DAYS) & (seized_day < start)
    is_in_window = (seized_day >= start) & (seized_day < end)
    is_sent_before = (everything.dispatch_day >= start - YEAR_DAYS) & (everything.dispatch_day < start)

    def by_place(at: Ints, chosen: Bools, values: Ints) -> Floats:
        return _sums(at, chosen, values, 2 * places).reshape(2, places)

    one = np.ones(where.size, np.int64)
    return ArmViews(
        flow_g=by_place_and_method(cohort, cohort.is_shipped),
        seized_g=by_place_and_method(seized, seized.is_seized_at_entry & _is_of_union(seized, world)),
        finds=by_place(where_found, is_in_window, one),
        finds_before=by_place(where_found, is_before, one),
        seized_before_g=by_place(where_found, is_before, everything.mass_g),
        flow_before_g=by_place(where, is_sent_before, everything.mass_g),
        effort=_effort(tables["line_month"], world, window_days, months),
    )


def _sums(at: Ints, chosen: Bools, values: Ints, cells: int) -> Floats:
    sums: Floats = np.bincount(at[chosen], values[chosen], cells).astype(np.float64)
    return sums


def _all_consignments(tables: dict[str, pa.Table]) -> CohortParcels:
    """Return every consignment of the run as if it were a parcel, whatever its lots."""
    table = tables["consignments"]

    numbers = {name: table[name].to_numpy().astype(np.int64) for name in ("consignment", "mass_g", "dispatch_day",
                                                                          "closed_min", "organisation")}  # fmt: skip
    return CohortParcels(
        lot=numbers["consignment"],
        consignment_mass_g=numbers["mass_g"],
        fate=texts(table["fate"]),
        departure=texts(table["departure"]),
        place=texts(table["place"]),
        port_range=texts(table["port_range"]),
        method=texts(table["method"]),
        record_place=texts(table["record_place"]),
        **numbers,
    )


def _effort(controls: pa.Table, world: World, window_days: tuple[int, int], months: tuple[int, int]) -> Floats:
    inside = pc.and_(pc.greater_equal(controls["month"], months[0]), pc.less_equal(controls["month"], months[1]))
    table = controls.filter(inside)
    selected = dict.fromkeys(world.place_code, 0.0)
    places = pc.cast(table["place"], pa.string()).to_pylist()
    for place, boxes in zip(places, table["drug_tasked_boxes"].to_pylist(), strict=True):
        selected[place] += boxes
    at_risk = np.zeros(len(world.place_code))
    at_risk[: world.at_risk_boxes.size] = world.at_risk_boxes * (window_days[1] - window_days[0]) / YEAR_DAYS
    done = np.array(list(selected.values()))
    effort: Floats = np.divide(done, at_risk, out=np.zeros(done.size), where=at_risk > 0)
    return effort
