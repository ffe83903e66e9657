"""Compare arms: the same replications in each, until the headline contrast is precise enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from experiments.contrasts import CONFIDENCE, Contrast, holm, linearised_ratio, paired_contrast, ratio_contrast
from experiments.identities import flow_change, kept_off_by_fate
from experiments.run import run
from experiments.settings import Settings, chosen_contrasts
from experiments.store import ResultWriter
from experiments.summary import OUTCOMES, RATIOS, Summary, eu_ports, summarise
from experiments.workers import in_order
from scenarios.build_world import build_world
from scenarios.case import Case
from sim.recorder import make_table
from sim.streams import Floats
from sim.tables import CONTRASTS, IDENTITIES

Tables = dict[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The runs of a comparison in numbers."""

    arms: dict[str, Case]
    contrasts: list[tuple[str, str]]
    summaries: list[dict[str, Summary]]
    """By replication, then arm."""

    @property
    def replications(self) -> int:
        """Return how many replications each arm has."""
        return len(self.summaries)

    def outcome(self, arm: str, name: str) -> Floats:
        """Return an outcome of an arm, one element a replication; a ratio linearised, its mean that of the sums."""
        if name in RATIOS:
            return linearised_ratio(*self._ratio(arm, name))
        return np.array([by_arm[arm].outcomes[name] for by_arm in self.summaries])

    def _ratio(self, arm: str, name: str) -> tuple[Floats, Floats]:
        """Return numerator and denominator of a ratio, one element a replication."""
        top, bottom = ([self.outcome(arm, part) for part in parts] for parts in RATIOS[name])
        return np.sum(top, axis=0), np.sum(bottom, axis=0)

    def contrast(self, treated: str, baseline: str, name: str) -> Contrast:
        """Return the paired contrast of an outcome."""
        if name in RATIOS:
            return ratio_contrast(*self._ratio(treated, name), *self._ratio(baseline, name))
        return paired_contrast(self.outcome(treated, name), self.outcome(baseline, name))

    def family(self, name: str) -> list[tuple[Contrast, float, bool]]:
        """Return every contrast of an outcome with its p-value adjusted for their number, and whether it is resolved.

        Resolved are those whose two intervals exclude zero and whose adjusted p-value is below 5 %.
        """
        contrasts = [self.contrast(treated, baseline, name) for treated, baseline in self.contrasts]
        adjusted = holm([c.p_value for c in contrasts])
        return [(c, p, c.is_resolved and p < 1 - CONFIDENCE) for c, p in zip(contrasts, adjusted, strict=True)]

    def identity(self, treated: str, baseline: str, which: str) -> dict[str, Contrast]:
        """Return identity I1 (fates) or I2 (cells of flow) in tonnes, exact in every replication."""
        change = kept_off_by_fate if which == "I1" else flow_change
        rows = [change(by_arm[treated], by_arm[baseline]) for by_arm in self.summaries]
        cells = sorted({cell for row in rows for cell in row})
        values = {cell: np.array([row.get(cell, 0) for row in rows]) / 1e6 for cell in cells}
        return {cell: paired_contrast(v, np.zeros_like(v)) for cell, v in values.items()}

    def achieved(self) -> float:
        """Return the half-width of the headline contrast of landed mass, relative to baseline landed."""
        if not self.contrasts:
            return 0.0
        treated, baseline = self.contrasts[0]
        landed = float(self.outcome(baseline, "landed").mean())
        width = self.contrast(treated, baseline, "landed").half_width
        return width / landed if landed > 0 else (0.0 if width == 0 else float("inf"))


def window_months(case: Case) -> tuple[int, int]:
    """Return the first and the last month of the analysis, yyyymm."""
    return case.start.year * 100 + 1, (case.start.year + case.horizon_years - 1) * 100 + 12


def replicate(arms: dict[str, Case], seed: int, replication: int) -> tuple[Tables, dict[str, Summary]]:
    """Run every arm of one replication; return its tables, arms stacked, and a summary of each arm."""
    parts: dict[str, list[pa.Table]] = {}
    summaries = {}
    for arm, case in arms.items():
        tables = run(case, seed, replication, arm)
        world = build_world(case.world, case.parameters, case.good)
        summaries[arm] = summarise(tables, eu_ports(world), window_months(case))
        for name, table in tables.items():
            parts.setdefault(name, []).append(table)
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}, summaries


def replications_in_order(
    arms: dict[str, Case], seed: int, numbers: range, workers: int
) -> Iterator[tuple[Tables, dict[str, Summary]]]:
    """Yield the replications in order, from as many processes as asked; results do not depend on how many."""
    yield from in_order(replicate, [(arms, seed, number) for number in numbers], workers)


def compare(
    arms: dict[str, Case],
    settings: Settings,
    writer: ResultWriter,
    progress: Callable[[int, int], None] = lambda done, planned: None,
) -> Comparison:
    """Run the arms until the headline contrast is precise enough, and write all tables.

    Args:
        arms: the case of each arm.
        settings: seed, least and most replications, precision, workers.
        writer: where the tables go.
        progress: called with replications done and planned.
    """
    result = Comparison(arms, chosen_contrasts(settings), [])

    def batch(numbers: range) -> Iterator[dict[str, Summary]]:
        for tables, summaries in replications_in_order(arms, settings.seed, numbers, settings.worker_count()):
            for name, table in tables.items():
                writer.write(name, table)
            yield summaries

    until_precise(result, settings, batch, progress)
    for name, table in comparison_tables(result).items():
        writer.write(name, table)
    return result


def until_precise(
    result: Comparison, settings: Settings, batch: Callable[[range], Iterator[dict[str, Summary]]],
    progress: Callable[[int, int], None],
) -> None:  # fmt: skip
    """Add replications to a comparison, as many as asked, and then until its headline contrast is precise enough.

    Args:
        result: whose summaries grow.
        settings: least and most replications, and the precision.
        batch: runs replications and yields their summaries in order.
        progress: called with replications done and planned.
    """
    planned = settings.replications
    while result.replications < planned:
        for summaries in batch(range(result.replications, planned)):
            result.summaries.append(summaries)
            progress(result.replications, planned)
        if result.achieved() > settings.precision:
            # In fixed steps of two, whatever the number of workers, so that results do not depend on the machine.
            planned = min(settings.most_replications, planned + 2)


def comparison_tables(result: Comparison) -> Tables:
    """Return the tables of contrasts and identities."""
    names = tuple(f"{treated} - {baseline}" for treated, baseline in result.contrasts)
    outcomes, units = tuple(name for name, _ in OUTCOMES), tuple(sorted({unit for _, unit in OUTCOMES}))
    contrasts: list[tuple[object, ...]] = []
    identities: list[tuple[object, ...]] = []
    cells: list[str] = []
    families = [result.family(outcome) for outcome, _ in OUTCOMES]
    for i, (treated, baseline) in enumerate(result.contrasts):
        for j, (_, unit) in enumerate(OUTCOMES):
            c, p_holm, is_resolved = families[j][i]
            contrasts.append(
                (i, j, units.index(unit), c.replications, c.difference, c.low, c.high, c.t_low, c.t_high,
                 c.p_value, p_holm, c.correlation, c.variance_ratio, is_resolved)
            )  # fmt: skip
        for k, which in enumerate(("I1", "I2")):
            for cell, c in result.identity(treated, baseline, which).items():
                if cell not in cells:
                    cells.append(cell)
                identities.append((i, k, cells.index(cell), c.replications, c.difference, c.low, c.high))
    return {
        "contrasts": _from_rows(CONTRASTS, contrasts, {"contrast": names, "outcome": outcomes, "unit": units}),
        "identities": _from_rows(
            IDENTITIES, identities, {"contrast": names, "identity": ("I1", "I2"), "cell": tuple(cells)}
        ),
    }


def _from_rows(schema: pa.Schema, rows: list[tuple[object, ...]], names: dict[str, tuple[str, ...]]) -> pa.Table:
    columns = {name: [row[i] for row in rows] for i, name in enumerate(schema.names)}
    return make_table(schema, columns, names)
