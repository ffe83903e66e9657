"""After landing: some delivered loads are seized inland, which lowers consumption and not what landed."""

from __future__ import annotations

import numpy as np

from sim.clock import DAY_MIN
from sim.codes import Fate, Luck, Step, Trigger
from sim.consignment import Records
from sim.streams import Floats, Ints


class InlandSeizures:
    """Seizures inland that are still to come; the luck of a consignment decides at landing whether and when.

    Its holder has been paid by then and does not learn of it (assumption).
    """

    def __init__(self, share: float, most_days: float) -> None:
        """Seize this share of what is delivered, one day to ``most_days`` after landing, evenly (assumption)."""
        self.share, self.most_days = share, most_days
        self._to_come: Ints = np.zeros(0, np.int64)

    def advance(self, rows: Records, luck: Floats, closed: Ints, now: int) -> Ints:
        """Seize what is due before ``now``, then decide on what was delivered today. Return the rows seized.

        Args:
            rows, luck: the consignment table and its luck rows.
            closed: rows that closed today.
            now: the midnight that ends the day.
        """
        is_due = rows["inland_min"][self._to_come] < now
        due = self._to_come[is_due]
        self._seize(rows, due)
        delivered = closed[rows["fate"][closed] == Fate.DELIVERED]
        quantile = luck[delivered, Luck.INLAND]
        is_found = quantile < self.share
        found = delivered[is_found]
        wait_days = 1 + (self.most_days - 1) * quantile[is_found] / max(self.share, 1e-300)
        rows["inland_min"][found] = rows["closed_min"][found] + np.rint(wait_days * DAY_MIN).astype(np.int64)
        self._to_come = np.concatenate([self._to_come[~is_due], found])
        return due

    def settle(self, rows: Records) -> None:
        """Give what would be seized after the end of the run its fate, so that fates do not depend on that end."""
        self._seize(rows, self._to_come)
        self._to_come = self._to_come[:0]

    def _seize(self, rows: Records, found: Ints) -> None:
        rows["fate"][found] = Fate.SEIZED_INLAND
        rows["trigger"][found], rows["step"][found] = Trigger.CHANCE, Step.ARREST
