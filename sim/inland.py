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
        self._to_come: dict[int, list[int]] = {}
        """By day, the rows that will be seized."""

    def advance(self, day: int, rows: Records, luck: Floats, closed: Ints) -> Ints:
        """Seize what is due today, then decide on what was delivered today. Return the rows seized.

        Args:
            day: the day.
            rows, luck: the consignment table and its luck rows.
            closed: rows that closed today.
        """
        due = np.array(self._to_come.pop(day, []), np.int64)
        self._seize(rows, due)
        found = closed[luck[closed, Luck.INLAND] < self.share]
        if found.size:
            found = found[rows["fate"][found] == Fate.DELIVERED]
            wait_days = 1 + (self.most_days - 1) * luck[found, Luck.INLAND] / self.share
            rows["inland_min"][found] = rows["closed_min"][found] + np.rint(wait_days * DAY_MIN).astype(np.int64)
            for row in found.tolist():
                self._to_come.setdefault(int(rows["inland_min"][row]) // DAY_MIN, []).append(row)
        return due

    def settle(self, rows: Records) -> None:
        """Give what would be seized after the end of the run its fate, so that fates do not depend on that end."""
        self._seize(rows, np.array([row for due in self._to_come.values() for row in due], np.int64))
        self._to_come.clear()

    def _seize(self, rows: Records, found: Ints) -> None:
        if found.size:
            rows["fate"][found] = Fate.SEIZED_INLAND
            rows["trigger"][found], rows["step"][found] = Trigger.CHANCE, Step.ARREST
