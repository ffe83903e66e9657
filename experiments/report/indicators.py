"""Formulas of indicators that no other table has: concentration, the weakest port as a value, and cases."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.concentration import herfindahl
from experiments.contrasts import LEAST_FINDS
from experiments.kpis import WITHOUT_ARRESTS
from experiments.report.analyst import is_of_record
from experiments.report.compared import Compared, Sums
from sim.streams import Floats


def herfindahl_by_run(masses: Sums) -> Floats:
    """Return the concentration of masses over places in each run, shape (arms, replications); NaN without mass."""
    values = np.array(list(masses.values()))
    if not len(values):
        return np.full((2, 1), np.nan)
    index: Floats = np.full(values.shape[1:], np.nan)
    for arm, replication in np.ndindex(*index.shape):
        if values[:, arm, replication].any():
            index[arm, replication] = herfindahl(values[:, arm, replication])
    return index


def weakest_share(compared: Compared) -> tuple[float, ...]:
    """Return the least share seized of any EU container port, %: of each shown arm; as a value, no name.

    Ports with fewer than ``LEAST_FINDS`` finds in one record of the window, in either arm, are left out: chance alone
    would make one of them the weakest. Of the sums over replications; the least of several has no interval, since
    neither the jackknife nor the bootstrap holds for it. Empty without such ports.
    """
    ports = [key for key in compared.flows["finds"] if key[0] in compared.eu_ports]
    ports = [key for key in ports if (compared.flows["finds"][key].mean(axis=1) >= LEAST_FINDS).all()]
    if not ports:
        return ()
    seized, landed = (
        np.array([compared.flows[name][key] for key in ports]).sum(axis=2) for name in ("seized_g", "landed_g")
    )
    return tuple(float(share) for share in (100 * seized / (seized + landed)).min(axis=0))


def seized_of_record(compared: Compared) -> Sums:
    """Return grams seized in the window by place, of those whose record the Union has."""
    return {key: v for key, v in compared.flows["seized_g"].items() if is_of_record(compared, str(key[0]))}


def case_counts(compared: Compared) -> dict[str, Floats]:
    """Return cases concluded in the window by outcome, shape (arms, replications), as ``experiments.kpis`` does."""
    first, last = compared.months
    columns = ["concluded", "outcome", "recovery_days"]
    table = compared.rows_of("cases", columns)
    concluded = table["concluded"]
    table = table.filter(pc.and_(pc.greater_equal(concluded, first), pc.less_equal(concluded, last)))
    outcome = pc.cast(table["outcome"], pa.string())
    flags = {
        "arrests": pc.invert(pc.is_in(outcome, value_set=pa.array(WITHOUT_ARRESTS))),
        "dismantled": pc.equal(outcome, "dismantled"),
        "recovered": pc.is_finite(table["recovery_days"]),
    }
    columns_of = {name: pc.cast(flag, pa.float64()) for name, flag in flags.items()}
    flat = pa.table({"arm": table["arm"], "replication": table["replication"], **columns_of})
    none = np.zeros((len(compared.shown), len(compared.replications)))
    return {name: sums.get((), none) for name, sums in compared.summed(flat, [], list(columns_of)).items()}
