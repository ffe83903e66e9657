"""The runs behind a ledger: baseline, treated arm and placebo of each replication, or those of results folders."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from experiments.cohort import cohort_parcels
from experiments.compare import Comparison, Tables, until_precise, window_months
from experiments.ledger import Ledger, make_ledger
from experiments.placebo import placebo_run
from experiments.recorded import RecordedArm
from experiments.run import run
from experiments.settings import Settings
from experiments.store import ResultWriter
from experiments.summary import Summary, eu_ports, summarise
from experiments.treated import Treated
from experiments.views import PairViews, pair_views
from experiments.workers import in_order
from scenarios.build_world import build_world
from scenarios.case import Case
from sim.clock import Clock

Arms = tuple[tuple[str, Case], tuple[str, Case]]
"""Name and case of the baseline and of the treated arm."""


@dataclass(frozen=True, slots=True)
class Replication:
    """What a replication says: the summaries of both arms, ledger, placebo and views."""

    summaries: dict[str, Summary]
    ledger: Ledger
    placebo: Ledger
    views: PairViews
    placebo_views: PairViews


@dataclass(slots=True)
class LedgerResult:
    """A comparison of two arms with its ledgers, one a replication."""

    treated: Treated
    comparison: Comparison
    replications: list[Replication] = field(default_factory=list)

    @property
    def baseline(self) -> str:
        """Return the name of the baseline arm."""
        return self.comparison.contrasts[0][1]

    @property
    def treated_arm(self) -> str:
        """Return the name of the treated arm."""
        return self.comparison.contrasts[0][0]

    @property
    def case(self) -> Case:
        """Return the case of the baseline arm."""
        return self.comparison.arms[self.baseline]


def window_days(case: Case) -> tuple[int, int]:
    """Return the first day of the analysis window and the first day after it."""
    clock = Clock(case.burn_in_start)
    return clock.day(case.start), clock.day(case.start.replace(year=case.start.year + case.horizon_years))


def analyse(arms: Arms, baseline: Tables, treated_arm: Tables, placebo: Tables, treated: Treated) -> Replication:
    """Return what the tables of a replication say about a treated place."""
    case = arms[0][1]
    world = build_world(case.world, case.parameters, case.good)
    cohorts = [cohort_parcels(tables) for tables in (baseline, treated_arm, placebo)]
    known, months = eu_ports(world), window_months(case)
    believed = case.parameters.tips.anchor_interception
    return Replication(
        {
            name: summarise(tables, known, months, treated)
            for (name, _), tables in zip(arms, (baseline, treated_arm), strict=True)
        },
        ledger=make_ledger(cohorts[0], cohorts[1], treated, world),
        placebo=make_ledger(cohorts[0], cohorts[2], treated, world),
        views=pair_views((baseline, treated_arm), treated, world, window_days(case), months, believed),
        placebo_views=pair_views((baseline, placebo), treated, world, window_days(case), months, believed),
    )


def run_replication(arms: Arms, seed: int, replication: int, treated: Treated) -> tuple[Tables, Replication]:
    """Run both arms and the placebo; return all tables, arms stacked, and what they say."""
    (baseline_arm, case), (treated_name, treated_case) = arms
    baseline = run(case, seed, replication, baseline_arm)
    treated_tables = run(treated_case, seed, replication, treated_name)
    placebo = placebo_run(baseline, case, seed, replication)
    both = {name: pa.concat_tables([baseline[name], treated_tables[name]]) for name in baseline}
    return both, analyse(arms, baseline, treated_tables, placebo, treated)


def read_replication(
    arms: Arms, baseline: Tables, treated_arm: Tables, seed: int, replication: int, treated: Treated
) -> Replication:
    """Return what two runs of results folders say; only the placebo is run, with the baseline that it belongs to."""
    case = arms[0][1]
    # The folder may come from another version of the code: the placebo is compared with a run of this one.
    own = run(case, seed, replication)
    apart = analyse(arms, own, own, placebo_run(own, case, seed, replication), treated)
    said = analyse(arms, baseline, treated_arm, baseline, treated)
    return dc.replace(said, placebo=apart.placebo, placebo_views=apart.placebo_views)


def run_ledger(
    arms: Arms, treated: Treated, settings: Settings, writer: ResultWriter, progress: Callable[[int, int], None]
) -> LedgerResult:
    """Run replications until the contrast of landed mass is precise enough, and write the tables of both arms."""
    result = LedgerResult(treated, Comparison(dict(arms), [(arms[1][0], arms[0][0])], []))

    def batch(numbers: range) -> Iterator[dict[str, Summary]]:
        calls = [(arms, settings.seed, number, treated) for number in numbers]
        for tables, replication in in_order(run_replication, calls, settings.worker_count()):
            for name, table in tables.items():
                writer.write(name, table)
            result.replications.append(replication)
            yield replication.summaries

    until_precise(result.comparison, settings, batch, progress)
    return result


def read_ledger(
    arms: Arms, recorded: tuple[RecordedArm, RecordedArm], treated: Treated, settings: Settings, writer: ResultWriter,
    progress: Callable[[int, int], None],
) -> LedgerResult:  # fmt: skip
    """Return the ledger of runs read back from results folders, and write their rows of the table ``runs``."""
    result = LedgerResult(treated, Comparison(dict(arms), [(arms[1][0], arms[0][0])], []))
    numbers = recorded[0].replications
    calls = [
        (arms, recorded[0].run(number), recorded[1].run(number), settings.seed, number, treated) for number in numbers
    ]
    for done, replication in enumerate(in_order(read_replication, calls, settings.worker_count()), start=1):
        result.replications.append(replication)
        result.comparison.summaries.append(replication.summaries)
        progress(done, len(numbers))
    for arm in recorded:
        writer.write("runs", arm.tables["runs"])
    return result
