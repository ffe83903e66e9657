"""Supply: lots keyed by (slot, ordinal), the same in every arm, however many organisations there are."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

from scenarios.case import Case
from scenarios.world import World
from sim.clock import Clock
from sim.codes import Fate
from sim.consignment import LOT, LOTS_PER_SLOT, Records
from sim.streams import Floats, Ints, Stream, Streams

STRATA = 20
"""Bands of equal probability for the mass of a lot, and replications of a block."""


def capped_lognormal_mean(median: float, log_sd: float, cap: float) -> float:
    """Return the mean of min(X, cap) for X lognormal (standard result: partial expectation plus the capped tail)."""
    z = (math.log(cap) - math.log(median)) / log_sd
    below = median * math.exp(log_sd**2 / 2) * float(ndtr(z - log_sd))
    return below + cap * float(ndtr(-z))


def supply_index(case: Case, year: int) -> float:
    """Return supply to Europe in a year relative to 2023; after that year it grows as the scenario says.

    2017 and 2018 are log-linear between 2016 and 2019 (assumption). Before 2016 it is that of 2016 (assumption): world
    production was as large in 2010 (1,134 t) as in 2015 (1,125 t; prices_purity.csv).
    """
    s = case.parameters.supply
    if year > 2023:
        return float((1 + case.scenario.supply_growth_per_year) ** (year - 2023))
    known = {2016: s.index_2016, 2019: s.index_2019, 2020: s.index_2020, 2021: s.index_2021, 2022: s.index_2022}
    known[2023] = 1.0
    if year <= 2016 or year in known:
        return known[max(year, 2016)]
    return float(s.index_2016 * (s.index_2019 / s.index_2016) ** ((year - 2016) / 3))


def _daily_intensity(case: Case, clock: Clock, days: int) -> Floats:
    """Return the cumulated arrivals per unit rate at each midnight, shape (days + 1), in years of 2023 supply."""
    index = np.array([supply_index(case, clock.date(day).year) for day in range(days)]) / 365.25
    return np.concatenate([[0.0], np.cumsum(index)])


def make_lots(case: Case, world: World, streams: Streams, clock: Clock, days: int) -> Records:
    """Return all lots that arrive in the run, in order of arrival.

    Each slot is a Poisson process of rate lots / slots a year, slowed or sped up by the supply index; masses are
    capped lognormal, scaled so that the expected yearly sum is the year's supply; the reservation netback is
    logistic around the outside netback. Everything is addressed by (slot, ordinal); over the replications of a block
    masses are stratified, see ``stratified``.
    """
    supply, slots = case.parameters.supply, case.parameters.organisations.slots
    envelope = supply.envelope if case.switches.elastic_supply else 1.0
    rate_per_slot = supply.lots_2023 * envelope * world.supply_share / slots
    cumulated = _daily_intensity(case, clock, days)
    expected = rate_per_slot * cumulated[-1]
    width = int(expected + 10 * math.sqrt(expected) + 10)
    slot, ordinal = (grid.ravel() for grid in np.meshgrid(np.arange(slots), np.arange(width), indexing="ij"))
    luck = streams.uniforms(Stream.LOT, slot * LOTS_PER_SLOT + ordinal, 3)
    arrival = np.cumsum(-np.log(luck[:, 0]).reshape(slots, width), axis=1).ravel() / max(rate_per_slot, 1e-300)
    kept = np.flatnonzero(arrival < cumulated[-1])
    lots = np.zeros(kept.size, LOT)
    lots["slot"], lots["id"] = slot[kept], slot[kept] * LOTS_PER_SLOT + ordinal[kept]
    lots["arrival_day"] = np.searchsorted(cumulated, arrival[kept], side="right") - 1
    order = np.empty(kept.size, np.int64)
    order[np.lexsort((lots["id"], arrival[kept]))] = np.arange(kept.size)
    lots["mass_g"] = _masses_g(case, stratified(streams, order, luck[kept, 1]))
    spread = np.log(luck[kept, 2] / (1 - luck[kept, 2]))
    lots["reservation_eur_per_kg"] = supply.outside_netback_eur_per_kg + supply.reservation_scale_eur_per_kg * spread
    lots["home"] = slot_homes(world, streams, slots)[lots["slot"]]
    lots["fate_unshipped"] = Fate.HELD
    return lots[np.lexsort((lots["id"], lots["arrival_day"]))]


def stratified(streams: Streams, order: Ints, uniforms: Floats) -> Floats:
    """Return uniforms moved into the band of width 1/20 that this replication has for each lot.

    In each block of 20 replications the k-th lot to arrive goes through the 20 bands once, in an order of its own:
    Latin hypercube sampling over replications (McKay et al. 1979 doi:10.1080/00401706.1979.10489755), which takes what
    is additive in the masses out of the variance of a block's mean (Stein 1987 doi:10.1080/00401706.1987.10488205). In
    one replication the numbers stay uniform and independent between lots. By order of arrival, not by identity: a
    given lot falls into the window of analysis in some replications only, a given place in the order in nearly all.
    The order belongs to the case like the lots, and no rate of arrival changes it.

    Args:
        streams: of the replication.
        order: of each lot, how many arrived before it.
        uniforms: one a lot, of this replication.
    """
    block, position = divmod(streams.replication, STRATA)
    keys = Streams(streams.seed, block).uniforms(Stream.LOT_STRATUM, order, STRATA)
    band = np.argsort(keys, axis=1)[:, position]
    banded: Floats = (band + uniforms) / STRATA
    return banded


def _masses_g(case: Case, uniforms: Floats) -> Ints:
    supply = case.parameters.supply
    mean_kg = capped_lognormal_mean(supply.lot_median_kg, supply.lot_log_sd, supply.lot_cap_kg)
    scale = supply.mass_2023_t * 1000 / supply.lots_2023 / mean_kg
    kg = scale * np.minimum(supply.lot_cap_kg, supply.lot_median_kg * np.exp(supply.lot_log_sd * ndtri(uniforms)))
    grams: Ints = np.maximum(1, np.rint(kg * 1000)).astype(np.int64)
    return grams


def slot_homes(world: World, streams: Streams, slots: int) -> Ints:
    """Return the home region of each slot."""
    luck = streams.uniforms(Stream.SLOT_HOME, np.arange(slots), 1)[:, 0]
    homes = np.searchsorted(np.cumsum(world.home.weight) / world.home.weight.sum(), luck)
    return np.minimum(homes, len(world.home.name) - 1).astype(np.int64)
