"""The pattern of NarcoLogic (Magliocca et al. 2019 doi:10.1073/pnas.1812459116, and its coupling of 2024)."""

from __future__ import annotations

import numpy as np
import pytest
from joblib import Parallel, delayed
from scipy.stats import binom

from sim.codes import SEIZED_AT_ENTRY
from sim.streams import Floats
from tests.theory_cases import SETTLED_DAYS, YEAR, lower, play, said, upper

PAIRS = 40
FACTOR = 4.0
ENOUGH = int(binom.isf(0.05, PAIRS, 0.5)) + 1
"""Least number of pairs of one sign that has a chance below 5 % if both signs are equally likely: 26 of 40."""
PORTS = ("BEANR", "BEZEE", "NLRTM", "NLVLI", "NLMOE", "NLAMS", "DEHAM", "DEBRV", "DEWVN", "FRLEH", "FRDKK")
FEW_LESS = 0.02
"""Share by which a number of places or routes may be lower and still count as not fallen."""
NAMES = ("t seized", "kg a shipment", "kg a shipment by port", "entry places", "departure ports", "routes")


def pattern(settings: tuple[str, ...], ports: tuple[str, ...], factor: float, replication: int) -> tuple[float, ...]:
    """Return what `NAMES` says of the consignments dispatched since controls have settled."""
    model = play((*settings, *YEAR), replication, dict.fromkeys(ports, factor))
    rows = model.physical.consignments
    day = rows["dispatch_day"]
    rows = rows[(day >= model.start_day + SETTLED_DAYS) & (day < model.window_end_day)]
    by_port = rows["place"] < len(model.world.entry.code)
    routes = np.unique(np.stack([rows[name] for name in ("departure", "place", "method")]), axis=1)
    return (
        float(rows["mass_g"][np.isin(rows["fate"], SEIZED_AT_ENTRY)].sum()) / 1e6,
        float(rows["mass_g"].mean()) / 1e3,
        float(rows["mass_g"][by_port].mean()) / 1e3,
        np.unique(rows["place"]).size,
        np.unique(rows["departure"]).size,
        routes.shape[1],
    )


def paired(settings: tuple[str, ...], ports: tuple[str, ...], factor: float, pairs: int) -> Floats:
    """Return patterns without and with all ports strengthened, shape (pairs, 2, names)."""
    jobs = [(settings, ports, by, number) for number in range(pairs) for by in (1.0, factor)]
    return np.array(Parallel(n_jobs=2)(delayed(pattern)(*job) for job in jobs)).reshape(pairs, 2, len(NAMES))


@pytest.mark.slow
def test_more_capacity_seizes_more_and_makes_loads_smaller_and_routes_no_fewer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """T29: capacity x 4 at all ports: more is seized, loads are smaller, places and routes in use do not fall.

    Signs over pairs and one-sided 95 % bounds. That places and routes in use do not fall means by less than 2 %: few
    places are idle at any time, and organisations know many more routes than they use. Two parts of the pattern hang on
    mechanisms that NarcoLogic lacks. With supply and price held fixed routes in use fall by about 1 %; it is a higher
    price, and so more loads, that keeps their number up. And with methods held fixed, loads are no smaller at the
    defaults.
    """
    values = paired(("world=north_range",), PORTS, FACTOR, PAIRS)
    before, change = values[:, 0].mean(axis=0), np.diff(values, axis=1)[:, 0]
    rises, falls = (change > 0).sum(axis=0), (change < 0).sum(axis=0)
    with capsys.disabled():
        for i, name in enumerate(NAMES):
            print(f"\n{name}: {before[i]:.1f}, change {said(change[:, i])}, rises {rises[i]}, falls {falls[i]}", end="")
    seized, smaller, smaller_by_port, *in_use = range(len(NAMES))
    assert rises[seized] >= ENOUGH
    assert lower(change[:, seized]) > 0
    # Of shipments through the ports, which the capacity acts on: those outside do not shrink.
    assert falls[smaller_by_port] >= ENOUGH
    for mass in (smaller, smaller_by_port):
        assert upper(change[:, mass]) < 0
    for number in in_use:
        assert lower(change[:, number]) > -FEW_LESS * before[number]
