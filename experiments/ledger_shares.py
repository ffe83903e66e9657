"""Lines of the displacement ledger over replications: shares of what the treated place was sent, and their placebo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.cohort import COAST, LANDED_FATES
from experiments.contrasts import Contrast, ratio_contrast
from experiments.ledger import Cell, Direction, Ledger, Moved
from experiments.treated import Treated
from sim.codes import FIRST_OPEN_FATE, Fate
from sim.streams import Floats

NOISE_FACTOR = 2
"""What is less than this many times the placebo cannot be told from it."""
SMALL_SHARE = 0.005
"""Places that got less than this share are shown together; the table ``ledger`` has them one by one."""
_TREATED, _OTHERS = "", "others"
_NAMES = [fate.name.lower() for fate in Fate]
LANDED = frozenset(LANDED_FATES)
SEIZED = frozenset(name for name in _NAMES if name.startswith(("seized", "found"))) - LANDED
REST = {
    "abandoned": frozenset({Fate.ABANDONED.name.lower()}),
    "not offered or diverted": frozenset({Fate.NOT_OFFERED.name.lower(), Fate.DIVERTED.name.lower()}),
    "open": frozenset(fate.name.lower() for fate in Fate if fate >= FIRST_OPEN_FATE),
}
FATE_COLUMNS = {"landed": LANDED, "seized": SEIZED, "rest": frozenset().union(*REST.values())}
"""Every fate is in one column, so that the columns of a line sum to its share."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Which cells of a ledger belong to a line; None takes all."""

    direction: Direction
    moved: Moved | None = None
    places: frozenset[str] | None = None
    fates: frozenset[str] | None = None

    def takes(self, cell: Cell) -> bool:
        """Return whether a cell belongs to the line."""
        return (
            cell.direction == self.direction
            and (self.moved is None or cell.moved == self.moved)
            and (self.places is None or cell.place in self.places)
            and (self.fates is None or cell.fate in self.fates)
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger; shares are of what the baseline sent to the treated place, sums over replications."""

    label: str
    share: Contrast
    placebo: float
    bound: float
    """Most that joining the arms in another way within their lots could put here."""
    by_fate: tuple[float, ...]
    is_unmoved: bool
    """Whether the line is about grams that stayed where they were."""

    @property
    def is_noise(self) -> bool:
        """Return whether something moved, but less than twice as much as in the placebo."""
        return not self.is_unmoved and self.share.difference < NOISE_FACTOR * self.placebo


class Lines:
    """Makes lines from the ledgers of all replications and their placebos."""

    def __init__(self, ledgers: Sequence[Ledger], placebos: Sequence[Ledger]) -> None:
        """Take the ledgers, one a replication, and the placebos in the same order."""
        self.ledgers, self.placebos = ledgers, placebos
        self.whole_g = grams(ledgers, Pick(Direction.OUT))

    def line(self, label: str, pick: Pick, fates: Sequence[frozenset[str]] = ()) -> Line:
        """Return a line with its shares by fate."""
        bound = float(grams(self.ledgers, pick, "bound_g").sum() / self.whole_g.sum())
        # No more can leave than was there; more may come in.
        bound = min(1.0, bound) if pick.direction == Direction.OUT else bound
        by_fate = tuple(self.share(self.ledgers, replace(pick, fates=each)).difference for each in fates)
        placebo = self.share(self.placebos, pick).difference
        is_unmoved = pick.moved == Moved.SAME
        return Line(label, self.share(self.ledgers, pick), placebo, bound, by_fate, is_unmoved)

    def rest(self) -> dict[str, float]:
        """Return the shares of the column ``rest`` in all that left the treated place, by what became of it."""
        picks = {name: Pick(Direction.OUT, fates=fates) for name, fates in REST.items()}
        return {name: self.share(self.ledgers, pick).difference for name, pick in picks.items()}

    def share(self, ledgers: Sequence[Ledger], pick: Pick, what: str = "mass_g") -> Contrast:
        """Return the ratio of sums over replications, with its interval."""
        nothing = np.zeros_like(self.whole_g)
        return ratio_contrast(grams(ledgers, pick, what), self.whole_g, nothing, nothing + 1)

    def goals(self, moved: Moved, treated: Treated, *, by_port: bool) -> list[tuple[str, Pick]]:
        """Return the places to which grams moved: the treated one, then by range or by port, small shares together."""
        pick = Pick(Direction.OUT, moved)
        masses: dict[str, float] = {}
        groups: dict[str, set[str]] = {}
        lines = ((cell, amount) for ledger in self.ledgers for cell, amount in ledger.lines.items())
        for cell, amount in lines:
            if not amount.mass_g or not pick.takes(cell):
                continue
            name = cell.place if by_port else COAST * cell.place.startswith(COAST) + cell.port_range
            name = _TREATED if cell.place in treated.places and not (by_port and len(treated.places) > 1) else name
            groups.setdefault(name, set()).add(cell.place)
            masses[name] = masses.get(name, 0.0) + amount.mass_g
        small = [name for name, mass in masses.items() if name != _TREATED and mass < SMALL_SHARE * self.whole_g.sum()]
        if len(small) > 1:
            groups[_OTHERS] = {place for name in small for place in groups.pop(name)}
        order = sorted(groups, key=lambda name: (name == _OTHERS, name.startswith(COAST), name))
        inside = "to the same entry" if len(treated.places) == 1 else "to the treated ports"
        return [
            (inside if name == _TREATED else _goal(name), replace(pick, places=frozenset(groups[name])))
            for name in order
        ]


def _goal(name: str) -> str:
    place = name.removeprefix(COAST).replace("_", " ")
    return f"to {place}{', outside' * name.startswith(COAST)}"


def grams(ledgers: Iterable[Ledger], pick: Pick, what: str = "mass_g") -> Floats:
    """Return the grams of a line in each ledger, or those of a flag or bound."""
    return np.array([float(sum(getattr(a, what) for c, a in one.lines.items() if pick.takes(c))) for one in ledgers])
