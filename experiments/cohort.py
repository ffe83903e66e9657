"""The parcels of a run's cohort as columns: what the displacement ledger joins, lot by lot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sim.codes import LANDED, SEIZED_AT_ENTRY
from sim.streams import Bools, Ints

Texts = npt.NDArray[np.object_]
COAST = "coast:"
"""Begins the name of a place outside the container terminals."""
NOWHERE = ""
"""Departure, place, port range and method of what was not shipped."""
_SEIZED_AT_ENTRY = [fate.name.lower() for fate in SEIZED_AT_ENTRY]
LANDED_FATES = tuple(fate.name.lower() for fate in LANDED)


@dataclass(frozen=True, slots=True)
class CohortParcels:
    """One element a parcel, ordered by lot and consignment; what was not shipped is nowhere, on day -1."""

    lot: Ints
    consignment: Ints
    mass_g: Ints
    fate: Texts
    departure: Texts
    place: Texts
    port_range: Texts
    method: Texts
    dispatch_day: Ints
    closed_min: Ints
    consignment_mass_g: Ints
    organisation: Ints
    record_place: Texts
    """Whose record counts a find: the hub, or the place of entry."""

    @property
    def is_shipped(self) -> Bools:
        """Return which parcels were dispatched."""
        return self.consignment >= 0

    @property
    def is_landed(self) -> Bools:
        """Return which parcels landed, those seized inland later among them."""
        return np.isin(self.fate.astype(str), LANDED_FATES)

    @property
    def is_seized_at_entry(self) -> Bools:
        """Return which parcels a record counts as seized, at a hub or at their place of entry."""
        return np.isin(self.fate.astype(str), _SEIZED_AT_ENTRY)

    def at_record(self) -> CohortParcels:
        """Return the parcels at the place whose record counts what was found of them."""
        return replace(self, place=self.record_place)


def cohort_parcels(tables: dict[str, pa.Table]) -> CohortParcels:
    """Return the parcels of the lots that arrived in the analysis window.

    Args:
        tables: ``lots``, ``parcels`` and ``consignments`` of one run.
    """
    lots, parcels, consignments = tables["lots"], tables["parcels"], tables["consignments"]
    cohort = lots.filter(lots["is_in_cohort"])["lot"].combine_chunks()
    parcels = parcels.filter(pc.is_in(parcels["lot"], value_set=cohort))
    parcels = parcels.sort_by([("lot", "ascending"), ("consignment", "ascending")])
    ids, wanted = consignments["consignment"].to_numpy(), parcels["consignment"].to_numpy()
    order = np.argsort(ids)
    is_shipped = wanted >= 0
    row = np.zeros(wanted.size, np.int64)
    row[is_shipped] = order[np.searchsorted(ids, wanted[is_shipped], sorter=order)]

    def numbers(name: str) -> Ints:
        values = consignments[name].to_numpy().astype(np.int64)
        return np.where(is_shipped, values[row], -1) if values.size else np.full(wanted.size, -1)

    def names(name: str) -> Texts:
        values = texts(consignments[name])
        return np.where(is_shipped, values[row], NOWHERE) if values.size else np.full(wanted.size, NOWHERE, object)

    return CohortParcels(
        lot=parcels["lot"].to_numpy(),
        consignment=wanted,
        mass_g=parcels["mass_g"].to_numpy(),
        fate=texts(parcels["fate"]),
        departure=names("departure"),
        place=names("place"),
        port_range=names("port_range"),
        method=names("method"),
        dispatch_day=numbers("dispatch_day"),
        closed_min=numbers("closed_min"),
        consignment_mass_g=numbers("mass_g"),
        organisation=numbers("organisation"),
        record_place=names("record_place"),
    )


def texts(column: pa.ChunkedArray) -> Texts:
    """Return a column of names as text."""
    return np.array(pc.cast(column, pa.string()).to_pylist(), object)
