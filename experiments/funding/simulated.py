"""What a run says about a plan, kept when it is finished, and runs of many plans with the same luck."""

from __future__ import annotations

import datetime
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.decompose.runs import Duration, duration_in_words
from experiments.funding.question import CENTS, Question
from experiments.kept_tables import KeptTables, with_failure
from experiments.run import run
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.world import World
from sim.codes import CONTAINER_METHODS, LOST, Method
from sim.codes import LANDED as LANDED_FATES
from sim.streams import Floats

LANDED, LANDED_WINDOW, LANDED_ANYWHERE = "landed", "landed_window", "landed_anywhere"
SEIZED, PRICE, DELAY, TRADE_COST, SECONDS = "seized", "price", "trade_delay", "trade_cost", "seconds"
ARRIVING, METHOD = "arriving", "method"
LEVER_COST, LEVER_POSTS = "lever_cost", "lever_posts"
FACTS = (LANDED, LANDED_WINDOW, LANDED_ANYWHERE, SEIZED, PRICE, DELAY, TRADE_COST, LEVER_COST, LEVER_POSTS)
"""Of a run as a whole; the unit of each is in `Outcomes`."""
BY_PLACE = (ARRIVING, LANDED, METHOD)
FRESH = 1_000_000
"""First replication of the luck on which nothing was chosen."""
COMPARED_MONTHS = 24
_RUNS_TIMED = 2
METHODS = tuple(method.name.lower() for method in list(Method)[:CONTAINER_METHODS])
_TONNE = 1e6
_HOUR_MIN = 60
_COLUMNS = pa.schema([("quantity", pa.string()), ("place", pa.string()), ("value", pa.float64())])


def run_table(case: Case, window: Window, seed: int, replication: int) -> pa.Table:
    """Run a case and return what matters here, one row a quantity and place, and how long it took."""
    start = time.perf_counter()
    tables = run(case, seed, replication)
    rows = [*_facts(case, window, tables), *_by_place(case, window, tables), (SECONDS, "", time.perf_counter() - start)]
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    return with_failure(pa.table(columns, schema=_COLUMNS), "")


@dataclass(frozen=True, slots=True)
class Window:
    """Whole months over which plans are compared."""

    first: datetime.date
    end: datetime.date
    """The day after the last."""
    is_whole: bool
    """Whether all that can be bought has come before, and none of it reaches the end of its life within."""

    @property
    def years(self) -> float:
        """Return how long it is."""
        return (_months(self.end) - _months(self.first)) / 12


def compared_window(question: Question) -> Window:
    """Return two years from the first day on which all that can be bought has come, within the window of the case.

    What ends its life is not replaced in the simulation while its yearly cost goes on: later years would compare a
    part of the equipment with the cost of all of it. If all cannot have come in time, the last two years are taken.
    """
    start, terms = question.base.start, [offer.terms for offer in question.offers]
    last = _months(start) + 12 * question.base.horizon_years
    months = min(COMPARED_MONTHS, 12 * question.base.horizon_years)
    delivered = _months(start) + 12 * (len(question.phasing) - 1)
    delivered += math.ceil(max((one.delivery_months for one in terms), default=0))
    first = min(delivered, last - months)
    ends = min((one.delivery_months + 12 * one.life_years for one in terms), default=math.inf) + _months(start)
    return Window(_day(first), _day(first + months), delivered <= first and first + months <= ends)


def _months(day: datetime.date) -> int:
    return 12 * day.year + day.month - 1


def _day(months: int) -> datetime.date:
    return datetime.date(months // 12, months % 12 + 1, 1)


def eu_shares(world: World) -> dict[str, float]:
    """Return by place what of it counts: 1 for ports in the EU, of coasts the EU share of the at-risk boxes there."""
    entry, boxes = world.entry, world.at_risk_boxes
    shares = dict(zip(entry.code, entry.is_eu.astype(np.float64).tolist(), strict=True))
    for name in world.coasts.name:
        here = np.array([of == name for of in entry.port_range])
        shares[f"coast:{name}"] = float((boxes * entry.is_eu)[here].sum() / max(boxes[here].sum(), 1e-9))
    return shares


def _facts(case: Case, window: Window, tables: dict[str, pa.Table]) -> list[tuple[str, str, float]]:
    ports, trade = _within(window, tables["port_month"]), _within(window, tables["trade_month"])
    years = window.years
    cost = sum(_sum(trade, name) for name in ("delay_eur", "handling_eur", "demurrage_eur"))
    shares = eu_shares(build_world(case.world, case.parameters, case.good))
    whole = Window(case.start, _day(_months(case.start) + 12 * case.horizon_years), is_whole=True)
    return [
        (LANDED, "", _in_eu(ports, "landed_g", shares) / _TONNE / years),
        (LANDED_WINDOW, "", _in_eu(_within(whole, tables["port_month"]), "landed_g", shares) / _TONNE / whole.years),
        (LANDED_ANYWHERE, "", _sum(ports, "landed_g") / _TONNE / years),
        (SEIZED, "", _in_eu(ports, "seized_g", shares) / _TONNE / years),
        (PRICE, "", float(pc.mean(_within(window, tables["market_month"])["price_eur_per_kg"]).as_py())),
        (DELAY, "", _sum(trade, "delay_min") / _HOUR_MIN / years),
        (TRADE_COST, "", cost / years),
        *((name, "", spent / years) for name, spent in _spent(case, _within(window, tables["control_month"])).items()),
    ]


def _spent(case: Case, spending: pa.Table) -> dict[str, float]:
    """Return what states commit to levers and coordination: euros, and posts times years."""
    sums = spending.group_by("account").aggregate([("committed", "sum")])
    by_account = dict(zip(_names(sums, "account"), sums["committed_sum"].to_pylist(), strict=True))
    cents = by_account.get("capital", 0) + by_account.get("programme", 0)
    return {
        LEVER_COST: cents / CENTS,
        LEVER_POSTS: by_account.get("staff", 0) / case.parameters.finance.post_min_per_year,
    }


def _by_place(case: Case, window: Window, tables: dict[str, pa.Table]) -> list[tuple[str, str, float]]:
    first, end, years = window.first, window.end, window.years
    made = tables["consignments"]
    day = pc.divide(made["closed_min"], 1440)
    is_within = pc.and_(
        pc.greater_equal(day, (first - case.burn_in_start).days), pc.less(day, (end - case.burn_in_start).days)
    )
    fates = pc.cast(made["fate"], pa.string())
    has_arrived = pc.is_in(fates, pa.array([fate.name.lower() for fate in (*LANDED_FATES, *LOST)]))
    arrived = made.filter(pc.and_(is_within, has_arrived))
    fates = pc.cast(arrived["fate"], pa.string())
    landed = arrived.filter(pc.is_in(fates, pa.array([fate.name.lower() for fate in LANDED_FATES])))
    methods = pc.cast(arrived["method"], pa.string())
    boxed = arrived.filter(pc.is_in(methods, pa.array(METHODS)))
    rows = []
    for quantity, table, column in ((ARRIVING, arrived, "place"), (LANDED, landed, "place"), (METHOD, boxed, "method")):
        sums = table.group_by(column).aggregate([("mass_g", "sum")])
        values = [grams / _TONNE / years for grams in sums["mass_g_sum"].to_pylist()]
        rows += [(quantity, place, value) for place, value in zip(_names(sums, column), values, strict=True)]
    return sorted(rows)


def _within(window: Window, table: pa.Table) -> pa.Table:
    months = pc.greater_equal(table["month"], _yyyymm(window.first)), pc.less(table["month"], _yyyymm(window.end))
    return table.filter(pc.and_(*months))


def _yyyymm(day: datetime.date) -> int:
    return 100 * day.year + day.month


def _in_eu(table: pa.Table, name: str, shares: dict[str, float]) -> float:
    """Return the sum of a column over places, each with what of it counts."""
    sums = table.group_by("place").aggregate([(name, "sum")])
    counted = zip(_names(sums, "place"), sums[f"{name}_sum"].to_pylist(), strict=True)
    return math.fsum(shares[place] * value for place, value in counted)


def _sum(table: pa.Table, name: str) -> float:
    return float(pc.sum(table[name]).as_py() or 0)


def _names(table: pa.Table, column: str) -> list[str]:
    names: list[str] = pc.cast(table[column], pa.string()).to_pylist()
    return names


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the runs of a case gave, one element a replication; a year, over the window compared.

    Landed and seized in the EU in t/yr, price in EUR/kg, delay of clean boxes in h/yr, cost to trade in EUR/yr;
    ``landed_window`` is landed over the whole analysis, ``landed_anywhere`` with ports outside the EU; ``lever_cost``
    and ``lever_posts`` what levers of the regime and coordination take of the states' accounts, in EUR and posts. By
    place: what arrived and what of it landed in t/yr; by method what arrived in containers.
    """

    facts: dict[str, Floats]
    by_place: dict[str, dict[str, Floats]]

    @property
    def landed_t(self) -> Floats:
        """Return what landed in a year, by replication."""
        return self.facts[LANDED]

    @property
    def replications(self) -> int:
        """Return how many runs there are."""
        return self.landed_t.size

    def places(self, quantity: str, names: Sequence[str]) -> Floats:
        """Return a quantity by replication and place, shape (replications, places); zero where nothing was."""
        here = self.by_place[quantity]
        zero = np.zeros(self.replications)
        return np.stack([here.get(name, zero) for name in names], axis=1)


def outcomes(tables: Sequence[pa.Table]) -> Outcomes:
    """Return what `run_table` wrote, one table a replication."""
    runs = [{(row["quantity"], row["place"]): row["value"] for row in table.to_pylist()} for table in tables]
    keys = sorted({key for one in runs for key in one})
    values = {key: np.array([one.get(key, 0.0) for one in runs]) for key in keys}
    facts = {name: values[name, ""] for name in FACTS}
    by_place = {name: {place: values[q, place] for q, place in keys if q == name and place} for name in BY_PLACE}
    return Outcomes(facts, by_place)


@dataclass(slots=True)
class Simulations:
    """Runs of cases by replication, each once: what the folder holds already is read from there.

    Equal cases share their runs: an empty plan is the baseline, run for run.
    """

    folder: Path
    seed: int
    workers: int
    window: Window
    version: str
    """Of the program: what another one kept is not taken for its own."""
    planned: int
    """Runs of the whole answer at most."""
    progress: Callable[[int, int], None]
    announce: Callable[[str], None]
    asked: set[str] = field(default_factory=set)
    """Names of all runs asked for so far."""

    def begin(self, case: Case, rest_seconds: Callable[[Outcomes], float]) -> None:
        """Say how long everything will take: the first two runs of a case tell, made in this process.

        Args:
            case: one that is run in any case.
            rest_seconds: of what comes after the runs, given those two.
        """
        kept = KeptTables(self.folder)
        names = [self._name(case.digest(), number) for number in range(_RUNS_TIMED)]
        calls = [(case, self.window, self.seed, number) for number in range(_RUNS_TIMED)]
        there = sorted(path.stem for path in self.folder.glob(f"*-{self.version}.parquet"))
        tables = kept.fill(names, run_table, calls, 1, lambda done: None)
        there = there or names
        if len(there) < self.planned:
            # The first run of a process loads kernels and worlds: the lower of two says how long a run takes.
            one = statistics.median_low([outcome_seconds(kept.read(name)) for name in there])
            runs = Duration(self.planned, self.planned - len(there), one).in_words(self.workers)
            rest = duration_in_words(rest_seconds(outcomes(tables)))
            self.announce(f"At most {runs} Plans, draws and thresholds, on one: about {rest} more.")

    def runs(self, cases: Sequence[Case], numbers: range) -> list[Outcomes]:
        """Return the outcomes of every case, the same replications in each.

        Args:
            cases: may be equal.
            numbers: of the replications.
        """
        kept = KeptTables(self.folder)
        digests = [case.digest() for case in cases]
        unique = dict(zip(digests, cases, strict=True))
        # By replication: what is there after an interrupt is whole replications, as far as possible.
        calls = [(case, self.window, self.seed, number) for number in numbers for case in unique.values()]
        names = [self._name(digest, number) for number in numbers for digest in unique]
        # Runs that an earlier step made count there.
        before = self.asked - set(names)
        tables = kept.fill(
            names, run_table, calls, self.workers, lambda done: self.progress(len(before) + done, self.planned)
        )
        self.asked |= set(names)
        found = dict(zip(names, tables, strict=True))
        return [outcomes([found[self._name(digest, number)] for number in numbers]) for digest in digests]

    def leave(self, runs: int) -> None:
        """Say that runs that were planned are not needed."""
        self.planned -= runs
        self.progress(len(self.asked), self.planned)

    def finish(self) -> None:
        """Say that all is run."""
        self.planned = len(self.asked)
        self.progress(self.planned, self.planned)

    def discard(self) -> None:
        """Remove what is kept: the results have their own folder now."""
        KeptTables(self.folder).discard()

    def _name(self, digest: str, number: int) -> str:
        return f"{digest}-{self.window.first}-{self.window.end}-{self.seed}-{number}-{self.version}"


def outcome_seconds(table: pa.Table) -> float:
    """Return how long the run took that `run_table` wrote down."""
    (seconds,) = table.filter(pc.equal(table["quantity"], SECONDS))["value"].to_pylist()
    return float(seconds)
