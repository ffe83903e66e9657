"""What the sections of a comparison share: its arms, its headline contrast, and sums of its tables by run."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.report.kinds import Told
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.screen import arm_label
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.world import World
from sim.streams import Floats

TRADE_COSTS = ("delay_eur", "handling_eur", "demurrage_eur")
"""Columns of trade_month that sum to the cost to trade."""
Key = tuple[str | int, ...]
Sums = dict[Key, Floats]
"""Values by key, shape (shown arms, replications); a run without rows of a key has 0."""


@dataclass(frozen=True)
class Compared:
    """A comparison as its sections read it; every table is read once, when it is first needed."""

    told: Told

    @property
    def source(self) -> Source:
        """The results folder."""
        return self.told.source

    @property
    def texts(self) -> Texts:
        """The words of the page."""
        return self.told.texts

    @property
    def case(self) -> Case:
        """The case of the first arm; arms differ in their regime alone."""
        return self.source.case

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """All arms in their order."""
        return tuple(self.source.cases)

    @cached_property
    def contrasts(self) -> list[tuple[str, str]]:
        """All contrasts, (treated, baseline), in their order."""
        if not self.source.has("contrasts"):
            return []
        names = pc.cast(self.source.table("contrasts", ["contrast"])["contrast"], pa.string()).to_pylist()
        pairs = [tuple(name.split(" - ")) for name in dict.fromkeys(names)]
        return [(pair[0], pair[1]) for pair in pairs]

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The arms that most sections show: baseline and treated arm of the first contrast, else the first arm."""
        return (self.contrasts[0][1], self.contrasts[0][0]) if self.contrasts else self.arms[:1]

    @property
    def has_contrast(self) -> bool:
        """Whether there are two arms to compare."""
        return len(self.shown) == 2

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the shown arms as they are printed."""
        return tuple(arm_label(arm) for arm in self.shown)

    @cached_property
    def replications(self) -> list[int]:
        """The numbers of the replications of the first shown arm."""
        runs = self.source.table("runs", ["arm", "replication"])
        return sorted(
            runs.filter(pc.equal(pc.cast(runs["arm"], pa.string()), self.shown[0]))["replication"].to_pylist()
        )

    @property
    def years(self) -> int:
        """Whole years of the analysis window."""
        return self.source.years

    @cached_property
    def months(self) -> tuple[int, int]:
        """First and last month of the analysis window, yyyymm."""
        first = self.case.start.year
        return 100 * first + 1, 100 * (first + self.years - 1) + 12

    @cached_property
    def window_days(self) -> tuple[int, int]:
        """First day of the analysis window and first day after it, since the start of the run."""
        case = self.case
        ends = (case.start, datetime.date(case.start.year + case.horizon_years, 1, 1))
        first, last = ((day - case.burn_in_start).days for day in ends)
        return first, last

    @cached_property
    def world(self) -> World:
        """Its ports and lanes."""
        return build_world(self.case.world, self.case.parameters, self.case.good)

    @cached_property
    def port_names(self) -> dict[str, str]:
        """Short names of the ports of entry by their code, without what is in brackets."""
        names = zip(self.world.entry.code, self.world.entry.name, strict=True)
        return {code: name.partition(" (")[0].partition(" / ")[0] for code, name in names}

    @cached_property
    def eu_ports(self) -> frozenset[str]:
        """Codes of the ports in the Union."""
        return frozenset(
            code for code, is_eu in zip(self.world.entry.code, self.world.entry.is_eu, strict=True) if is_eu
        )

    def titled(self, text: str) -> str:
        """Return a title that names the supply scenario."""
        return f"{text} {self.source.supply}"

    def has(self, *names: str) -> bool:
        """Return whether all of these tables are there."""
        return all(self.source.has(name) for name in names)

    def sums(self, name: str, by: Sequence[str], value: str, months: tuple[int, int] | None = None) -> Sums:
        """Return the sum of a column by run and by further columns.

        Args:
            name: of a table.
            by: columns that make the key.
            value: column that is summed.
            months: first and last, yyyymm; all if not given.
        """
        return self.sums_of(name, by, (value,), months)[value]

    def sums_of(
        self, name: str, by: Sequence[str], values: Sequence[str], months: tuple[int, int] | None = None
    ) -> dict[str, Sums]:
        """Return the sums of several columns, args as those of ``sums``."""
        dated = ["month"] if months and "month" not in by else []
        table = self.rows_of(name, [*by, *dated, *values])
        if months:
            table = table.filter(
                pc.and_(pc.greater_equal(table["month"], months[0]), pc.less_equal(table["month"], months[1]))
            )
        return self.summed(table, by, values)

    def summed(self, table: pa.Table, by: Sequence[str], values: Sequence[str]) -> dict[str, Sums]:
        """Return the sums of columns of a table of runs of the shown arms by run and key."""
        columns = {c: plain(table[c]) for c in dict.fromkeys(["arm", "replication", *by])}
        flat = pa.table({**columns, **{value: table[value] for value in values}})
        grouped = flat.group_by(["arm", "replication", *by]).aggregate([(value, "sum") for value in values])
        row_of = {number: row for row, number in enumerate(self.replications)}
        arm_of = {arm: row for row, arm in enumerate(self.shown)}
        sums: dict[str, Sums] = {value: {} for value in values}
        for row in grouped.to_pylist():
            key = tuple(row[column] for column in by)
            for value in values:
                array = sums[value].setdefault(key, np.zeros((len(arm_of), len(row_of))))
                array[arm_of[row["arm"]], row_of[row["replication"]]] = row[f"{value}_sum"]
        return sums

    @cached_property
    def lines(self) -> dict[str, Sums]:
        """What control lines did in the window, by port of entry."""
        values = ("drug_tasked_boxes", "controlled_boxes", "searched_boxes", "delay_min")
        return self.sums_of("line_month", ["place", "port_range"], values, self.months)

    @cached_property
    def trade(self) -> dict[str, Sums]:
        """What controls cost to trade in the window, by port of entry and class of goods."""
        values = ("controlled_boxes", "searched_boxes", "delay_min", *TRADE_COSTS)
        return self.sums_of("trade_month", ["place", "port_range", "goods"], values, self.months)

    @cached_property
    def flows(self) -> dict[str, Sums]:
        """True flow, seizures and what landed in the window in grams, and finds, by place of entry."""
        values = ("dispatched_g", "seized_g", "landed_g", "finds")
        return self.sums_of("port_month", ["place", "port_range"], values, self.months)

    def rows_of(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Return arm, replication and these columns of the shown arms."""
        table = self.source.table(name, list(dict.fromkeys(["arm", "replication", *columns])))
        return table.filter(pc.is_in(table["arm"], value_set=pa.array(self.shown, pa.string())))

    def consignments(self, columns: Sequence[str]) -> pa.Table:
        """Return the consignments that the shown arms dispatched in the analysis window."""
        table = self.rows_of("consignments", ["dispatch_day", *columns])
        first, after = self.window_days
        day = table["dispatch_day"]
        return table.filter(pc.and_(pc.greater_equal(day, first), pc.less(day, after)))


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return names as text: chunks of a file may number them differently."""
    return pc.cast(column, pa.string()) if pa.types.is_dictionary(column.type) else column


def regrouped(sums: Sums, key_of: Callable[[Key], Key]) -> Sums:
    """Return sums by another key, which several of theirs may share."""
    grouped: Sums = {}
    for key, values in sums.items():
        other = key_of(key)
        grouped[other] = grouped[other] + values if other in grouped else values
    return grouped


def total(sums: Sums) -> Floats:
    """Return the sum over all keys, shape (shown arms, replications); of nothing a single 0 in each."""
    return np.sum(list(sums.values()), axis=0) if sums else np.zeros((2, 1))
