"""Route choice of organisations, compiled: expected netback of every known route, and the choice by keyed Gumbel."""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import math

import numpy as np

from sim.compilation import kernel
from sim.philox_kernel import gumbel

_NOTHING = -1e300


@kernel
def boxes_needed(mass_kg, limit_kg):
    """Return the least number of boxes (or landings) that carry a mass."""
    return max(1, int(math.ceil(mass_kg / limit_kg)))


@kernel
def boxes_paid(mass_kg, limit_kg, ride_below_kg):
    """Return the boxes whose fixed cost a lot bears: whole ones, or its share of one if it is to ride with another."""
    if mass_kg < ride_below_kg:
        return mass_kg / ride_below_kg
    return float(boxes_needed(mass_kg, limit_kg))


@kernel
def choose_routes(mass_g, holder, home, lot_id, known, log_weight, route, belief, price, terms, key):
    """Choose a route for each lot among those its holder knows.

    Value of a route = expected netback / temperature + log weight + Gumbel keyed by (lot, route): a multinomial
    logit whose noise belongs to the pair, so that a change at one port moves only lots that gain or
    lose by it (McFadden 1974; the coupling is common random numbers by address).

    Args:
        mass_g, holder, home, lot_id: of each lot.
        known: routes known to each organisation, -1 where there is none, shape (organisations, routes).
        log_weight: of each known route: theta ln(size of the lane), corrected for how likely it was to be known.
        route: (departure, place, method, id) of each route.
        belief: (loss at entry, shape (organisations, places, methods); loss at departure, shape (organisations,
            departure ports)).
        price: EUR/kg.
        terms: (haul from home to departure EUR/kg, shape (homes, departures); haul from place to the organisation's
            market EUR/kg, shape (organisations, places); fee share by method; load limit kg by method; freight
            EUR/kg; fixed cost EUR per box; mass kg below which a lot rides with another; temperature EUR/kg).
        key: key of the route-choice stream.

    Returns:
        chosen route of each lot (-1 if none is known) and its holder's expected netback (EUR/kg).
    """
    departure, place, method, route_id = route
    entry_loss, departure_loss = belief
    origin_haul, inland_haul, fee, limit_kg, freight, fixed, ride_below_kg, temperature = terms
    chosen = np.full(mass_g.size, -1, np.int64)
    expected = np.zeros(mass_g.size)
    for i in range(mass_g.size):
        o, mass_kg = holder[i], mass_g[i] / 1000.0
        best, highest, weights, total = _NOTHING, _NOTHING, 0.0, 0.0
        for k in range(known.shape[1]):
            r = known[o, k]
            if r < 0:
                continue
            d, e, m = departure[r], place[r], method[r]
            arrives = (1.0 - departure_loss[o, d]) * (1.0 - entry_loss[o, e, m])
            netback = arrives * (price * (1.0 - fee[m]) - inland_haul[o, e]) - freight - origin_haul[home[i], d]
            netback -= fixed * boxes_paid(mass_kg, limit_kg[m], ride_below_kg) / mass_kg
            utility = netback / temperature + log_weight[o, k]
            if utility > highest:
                # Keep the running sums relative to the highest utility, so that exp never overflows.
                factor = math.exp(highest - utility) if highest > _NOTHING else 0.0
                weights, total, highest = weights * factor, total * factor, utility
            weight = math.exp(utility - highest)
            weights += weight
            total += weight * netback
            value = utility + gumbel(key, 0, lot_id[i], route_id[r])
            if value > best:
                best, chosen[i] = value, r
        expected[i] = total / weights if weights > 0.0 else 0.0
    return chosen, expected


@kernel
def known_routes(attraction, route_id, organisations, most, key):
    """Return the routes each organisation knows, and the log probability that it would know each of them.

    It knows the ``most`` highest of attraction + Gumbel keyed by the pair.

    Taking the k highest of log weight + Gumbel noise is sampling without replacement in proportion to the weight
    (Kool et al. 2019, arXiv:1903.06059); it is addressed by (organisation, route), so others' knowledge never moves.

    Args:
        attraction: log weights, shape (organisations, routes); -inf for routes that cannot be known.
        route_id: stable number of each route.
        organisations: stable number of each organisation.
        most: routes to know.
        key: key of the stream.

    Returns:
        rows of known routes, -1 where there is none, and log inclusion probabilities, shape (organisations, most):
        1 - exp(-exp(attraction - kappa)) with kappa the first value that was left out (Kool et al. 2019).
    """
    known = np.full((organisations.size, most), -1, np.int64)
    log_inclusion = np.zeros((organisations.size, most))
    value = np.empty(route_id.size)
    for o in range(organisations.size):
        for r in range(route_id.size):
            value[r] = attraction[o, r]
            if value[r] > _NOTHING:
                value[r] += gumbel(key, 0, organisations[o], route_id[r])
        order = np.argsort(-value)
        left_out = value[order[most]] if order.size > most else _NOTHING
        n = 0
        for r in order[:most]:
            if value[r] > _NOTHING:
                known[o, n] = r
                if left_out > _NOTHING:
                    log_inclusion[o, n] = math.log(-math.expm1(-math.exp(attraction[o, r] - left_out)))
                n += 1
    return known, log_inclusion
