"""The list of routes of an organisation, compiled: sampling without replacement by keyed Gumbel noise."""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import math

import numpy as np

from sim.compilation import kernel
from sim.philox_kernel import gumbel

_NOTHING = -1e300


@kernel
def ranked_routes(attraction, route_id, organisations, listed, most, key):
    """Return the routes on each organisation's list, best first, and the log probability that it knows each of them.

    The list has the highest of attraction + Gumbel keyed by the pair; it knows the first ``most`` of them.

    Taking the k highest of log weight + Gumbel noise is sampling without replacement in proportion to the weight
    (Kool et al. 2019, arXiv:1903.06059); it is addressed by (organisation, route), so others' knowledge never moves.

    Args:
        attraction: log weights, shape (organisations, routes); -inf for routes that cannot be known.
        route_id: stable number of each route.
        organisations: stable number of each organisation.
        listed: routes to list.
        most: routes to know.
        key: key of the stream.

    Returns:
        rows of listed routes, -1 where there is none, and log inclusion probabilities, shape (organisations, listed):
        1 - exp(-exp(attraction - kappa)) with kappa the first value that is not known (Kool et al. 2019).
    """
    routes = np.full((organisations.size, listed), -1, np.int64)
    log_inclusion = np.zeros((organisations.size, listed))
    value = np.empty(route_id.size)
    for o in range(organisations.size):
        for r in range(route_id.size):
            value[r] = attraction[o, r]
            if value[r] > _NOTHING:
                value[r] += gumbel(key, 0, organisations[o], route_id[r])
        worst = np.partition(value, value.size - listed)[value.size - listed] if value.size > listed else _NOTHING
        candidates = np.flatnonzero(value >= max(worst, _NOTHING))
        order = candidates[np.argsort(-value[candidates])]
        left_out = value[order[most]] if order.size > most else _NOTHING
        for n in range(min(listed, order.size)):
            r = order[n]
            if value[r] > _NOTHING:
                routes[o, n] = r
                if left_out > _NOTHING:
                    log_inclusion[o, n] = math.log(-math.expm1(-math.exp(attraction[o, r] - left_out)))
    return routes, log_inclusion
