"""How the second identity is read: as shares only where the flow to EU container ports falls, and resolved."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.cohort import COAST
from experiments.contrasts import paired_contrast
from experiments.report.cells import interval
from experiments.report.compared import Compared, plain
from experiments.report.identities import identity_rows
from experiments.screen import number
from experiments.summary import NON_EU, UNSHIPPED
from sim.streams import Floats, Ints

_RUN = 1 << 52
"""More than any id of a consignment (lead lot * 65,536 + ordinal)."""


def reading_of_flow(compared: Compared) -> str:
    """Return the sentence that says whether I2 may be read as shares, and the shares if so."""
    texts = compared.texts
    if not compared.has("lots", "parcels", "consignments"):
        return texts("i2.no_reading")
    flow = eu_port_flow_g(compared) / 1e6
    lost = paired_contrast(flow[0], flow[1])
    change = interval(paired_contrast(flow[1], flow[0]), 1)
    if not (lost.difference > 0 and lost.is_resolved):
        unclear = "i2.includes_zero" if math.isfinite(lost.half_width) else "i2.no_interval"
        return texts("i2.not_shares", change=change, why=texts("i2.grows" if lost.is_resolved else unclear))
    rows = identity_rows(compared.source, " - ".join(reversed(compared.shown)), "I2")
    cells = {row["cell"]: row["difference_t"] for row in rows}
    outside = sum(value for cell, value in cells.items() if cell.startswith(COAST))
    shares = {
        "outside": outside, "non_eu": cells.get(NON_EU, 0.0), "unshipped": cells.get(UNSHIPPED, 0.0),
    }  # fmt: skip
    percent = {name: number(100 * part / lost.difference, 0) for name, part in shares.items()}
    return texts("i2.shares", lost=number(lost.difference), change=change, **percent)


def eu_port_flow_g(compared: Compared) -> Floats:
    """Return the grams of the cohort that were dispatched to EU container ports, shape (shown arms, replications)."""
    lots = compared.rows_of("lots", ["lot", "is_in_cohort"])
    parcels = compared.rows_of("parcels", ["lot", "consignment", "mass_g"])
    sent = compared.rows_of("consignments", ["consignment", "place"])
    lots = lots.filter(lots["is_in_cohort"])
    is_shipped = pc.greater_equal(parcels["consignment"], 0)
    parcels = parcels.filter(is_shipped)
    is_port = pc.is_in(plain(sent["place"]), value_set=pa.array(sorted(compared.eu_ports), pa.string()))
    sent = sent.filter(is_port)
    is_counted = np.isin(_ids(compared, parcels, "lot"), _ids(compared, lots, "lot"))
    is_counted &= np.isin(_ids(compared, parcels, "consignment"), _ids(compared, sent, "consignment"))
    runs = len(compared.shown) * len(compared.replications)
    run = _ids(compared, parcels, "lot") // _RUN
    grams = np.bincount(run[is_counted], parcels["mass_g"].to_numpy()[is_counted], runs)
    return grams.astype(np.float64).reshape(len(compared.shown), len(compared.replications))


def _ids(compared: Compared, table: pa.Table, name: str) -> Ints:
    """Return ids that no two runs share: those of the table, and the row of the run."""
    arm = pc.index_in(plain(table["arm"]), value_set=pa.array(compared.shown, pa.string()))
    replication = pc.index_in(table["replication"], value_set=pa.array(compared.replications, pa.int32()))
    run = arm.to_numpy().astype(np.int64) * len(compared.replications) + replication.to_numpy()
    ids: Ints = run * _RUN + table[name].to_numpy()
    return ids
