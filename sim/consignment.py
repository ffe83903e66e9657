"""Lots, parcels and consignments: their columns, and growing tables of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LOT = np.dtype(
    [
        ("id", "i8"),  # slot * LOTS_PER_SLOT + ordinal
        ("slot", "i8"),
        ("arrival_day", "i8"),
        ("mass_g", "i8"),
        ("reservation_eur_per_kg", "f8"),
        ("home", "i8"),
        ("held_days", "i8"),  # days until the last decision to hold it, and one; 0 if it never was
        ("fate_unshipped", "i8"),  # fate of what was not shipped, HELD until decided
    ]
)
LOTS_PER_SLOT = 1 << 16
CONSIGNMENTS_PER_LOT = 1 << 16
"""The id of a consignment is that of its lead lot times this, plus its ordinal."""

CONSIGNMENT = np.dtype(
    [
        ("lead_lot", "i8"),  # row of the lot table
        ("ordinal", "i8"),
        ("organisation", "i8"),
        ("departure", "i8"),
        ("place", "i8"),  # entry port, or ports + coast
        ("method", "i8"),
        ("lane", "i8"),  # -1 outside the container terminals
        ("mass_g", "i8"),
        ("boxes", "i8"),
        ("dispatch_day", "i8"),
        ("ready_min", "i8"),  # earliest arrival
        ("discharge_min", "i8"),  # -1 until a ship has brought it
        ("release_min", "i8"),
        ("extraction_min", "i8"),
        ("secured_min", "i8"),  # -1 until customs hold the box
        ("finish_min", "i8"),  # -1 until customs are done with the box
        ("tip_min", "i8"),  # when the port of entry knows, NEVER if it never does
        ("closed_min", "i8"),  # -1 while open
        ("fate", "i8"),
        ("trigger", "i8"),
        ("step", "i8"),
        ("control", "i8"),  # see Control
        ("is_found_if_controlled", "i8"),
        ("has_foothold", "i8"),  # whether the organisation can use insiders at the place of entry
        ("has_insider", "i8"),  # whether one covers this job
        ("has_leaked", "i8"),  # whether the team knows of the selection
        ("is_hurried", "i8"),  # whether it therefore comes before its time
        ("inland_min", "i8"),  # when it is seized inland, -1 if it is not
        ("has_shared_tip", "i8"),  # whether states have exchanged a tip about it
    ]
)
PARCEL = np.dtype([("lot", "i8"), ("consignment", "i8"), ("mass_g", "i8")])

Records = npt.NDArray[np.void]


class Table:
    """A growing structured array; ``rows`` is the filled part."""

    def __init__(self, dtype: np.dtype[np.void], capacity: int = 4096) -> None:
        """Allocate room for ``capacity`` rows; it doubles when full."""
        self._data: Records = np.zeros(capacity, dtype)
        self.size = 0

    @property
    def rows(self) -> Records:
        """Return a view of the filled rows; it is replaced when the table grows."""
        return self._data[: self.size]

    def extend(self, count: int) -> slice:
        """Add ``count`` zero rows and return where they are."""
        first, self.size = self.size, self.size + count
        if self.size > self._data.size:
            grown = np.zeros(max(2 * self._data.size, self.size), self._data.dtype)
            grown[:first] = self._data[:first]
            self._data = grown
        return slice(first, self.size)
