"""The ledgers of a results folder, made again from its table, so that a page has the numbers of the terminal."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from experiments.contrasts import Contrast
from experiments.ledger import RESHUFFLED, Amount, Cell, Direction, Ledger, Moved
from experiments.ledger_shares import FATE_COLUMNS, NOISE_FACTOR, Line, Lines, Pick
from experiments.ledger_tables import PLACEBO, TREATMENT
from experiments.report.source import Source
from experiments.treated import Treated, find_treated
from scenarios.build_world import build_world
from sim.tables import LEDGER

OUT_ORDER = (
    Moved.SAME, Moved.OTHER_DEPARTURE, Moved.OTHER_METHOD, Moved.OTHER_PORT, Moved.OUTSIDE, Moved.OTHER_REGION,
    Moved.NOT_SHIPPED,
)  # fmt: skip
FLAGS = ("later_g", "smaller_g", "other_holder_g")
_KEYS = ("kind", "direction", "moved", "place", "port_range", "fate")


@dataclass(frozen=True, slots=True)
class LedgerData:
    """What the table ``ledger`` says, as the terminal counts it."""

    treated: Treated
    lines: Lines
    reshuffled_t: tuple[float, float]
    """Tonnes between untreated cells, mean over replications: of the treatment, of the placebo."""

    @property
    def is_empty(self) -> bool:
        """Return whether the baseline sends nothing to the treated place."""
        return not float(self.lines.whole_g.sum())

    @property
    def whole_t(self) -> float:
        """Return what the baseline sends to the treated place, tonnes over the window, mean over replications."""
        return float(self.lines.whole_g.mean()) / 1e6


@dataclass(frozen=True, slots=True)
class Goal:
    """Grams that moved in one way to one goal."""

    moved: Moved
    name: str
    line: Line


@dataclass(frozen=True, slots=True)
class Flag:
    """A share of all that left, never added to another one."""

    what: str
    share: Contrast
    placebo: float

    @property
    def is_noise(self) -> bool:
        """Return whether it is less than twice the placebo."""
        return self.share.difference < NOISE_FACTOR * self.placebo


def read_ledger_data(source: Source) -> LedgerData:
    """Return the ledgers of a folder and what they are about.

    Raises:
        InputError: the table is missing or damaged, or the place is not one of its world.
    """
    case = source.case
    treated = find_treated(source.facts["settings"]["treated"], build_world(case.world, case.parameters, case.good))
    table = source.table("ledger", [name for name in LEDGER.names if name != "contrast"])
    for name in _KEYS:
        table = table.set_column(table.schema.get_field_index(name), name, pc.cast(table[name], pa.string()))
    numbers = sorted(table["replication"].unique().to_pylist())
    ledgers = {(kind, number): Ledger() for kind in (TREATMENT, PLACEBO) for number in numbers}
    is_elsewhere = pc.equal(table["direction"], Direction.ELSEWHERE.value)
    for row in table.filter(pc.invert(is_elsewhere)).to_pylist():
        cell = Cell(Direction(row["direction"]), Moved(row["moved"]), row["place"], row["port_range"], row["fate"])
        amount = Amount(row["mass_g"], row["bound_g"], *(row[flag] for flag in FLAGS))
        ledgers[row["kind"], row["replication"]].lines[cell] = amount
    both = ([ledgers[kind, number] for number in numbers] for kind in (TREATMENT, PLACEBO))
    return LedgerData(treated, Lines(*both), _reshuffled_t(table.filter(is_elsewhere), len(numbers)))


def _reshuffled_t(table: pa.Table, replications: int) -> tuple[float, float]:
    moved = table.filter(pc.is_in(table["moved"], pa.array([way.value for way in RESHUFFLED])))
    found = dict.fromkeys((TREATMENT, PLACEBO), 0.0)
    for row in moved.group_by("kind").aggregate([("mass_g", "sum")]).to_pylist():
        found[row["kind"]] = row["mass_g_sum"] / 1e6 / replications
    return found[TREATMENT], found[PLACEBO]


def out_lines(data: LedgerData) -> list[Line]:
    """Return the lines of what left the treated place, by axis A, in the order of the terminal."""
    return [data.lines.line(moved.value, Pick(Direction.OUT, moved)) for moved in OUT_ORDER]


def moved_away(data: LedgerData) -> tuple[float, float]:
    """Return what did anything else than in the baseline, as a share: with the treatment, in the placebo."""
    same = data.lines.line("", Pick(Direction.OUT, Moved.SAME))
    return 1 - same.share.difference, 1 - same.placebo


def into_lines(data: LedgerData) -> list[Line]:
    """Return the lines of what came into the treated place, and their sum at the end."""
    found = [
        data.lines.line(
            f"from {moved.value}" if moved != Moved.NOT_SHIPPED else moved.value, Pick(Direction.INTO, moved)
        )
        for moved in OUT_ORDER[1:]
    ]
    return [*found, data.lines.line("in all", Pick(Direction.INTO))]


def goals(data: LedgerData, *, by_port: bool) -> list[Goal]:
    """Return to which goals what left the treated place went, by axis A.

    Args:
        data: the ledgers.
        by_port: whether goals are named ports.
    """
    found = []
    for moved in OUT_ORDER:
        for name, pick in data.lines.goals(moved, data.treated, by_port=by_port):
            shown = moved.value if moved == Moved.NOT_SHIPPED else name
            found.append(Goal(moved, shown, data.lines.line(shown, pick)))
    return found


def fates(data: LedgerData) -> list[Goal]:
    """Return what became of what left the treated place, in the treated arm, by axis A."""
    return [
        Goal(moved, fate, data.lines.line(fate, Pick(Direction.OUT, moved, fates=of_fate)))
        for moved in OUT_ORDER
        for fate, of_fate in FATE_COLUMNS.items()
    ]


def flags(data: LedgerData) -> list[Flag]:
    """Return the shares that went later, in smaller consignments, by other organisations."""
    every = Pick(Direction.OUT)
    return [
        Flag(what, data.lines.share(data.lines.ledgers, every, what),
             data.lines.share(data.lines.placebos, every, what).difference)
        for what in FLAGS
    ]  # fmt: skip
