"""What strengthening a place did to the flow of the cohort, replication by replication, beside a placebo."""

from __future__ import annotations

import dataclasses as dc
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from experiments.cohort import CohortParcels, cohort_parcels
from experiments.kept_tables import attempt, failure_of, with_failure
from experiments.ledger import check_same_supply
from experiments.placebo import placebo_run
from experiments.run import run
from experiments.treated import Treated
from scenarios.case import Case
from sim.streams import Floats, Ints


@dataclass(frozen=True, slots=True)
class FlowChange:
    """Grams of the second arm less grams of the first; treated, elsewhere and not shipped sum to zero, exactly."""

    treated_g: int
    elsewhere_g: int
    """Dispatched to any other place of entry, coasts and ports outside the Union among them."""
    not_shipped_g: int
    landed_g: int
    """Delivered anywhere: what was kept off the market is minus this."""


@dataclass(frozen=True, slots=True)
class DrawRuns:
    """What the runs of one draw gave, one element a replication; nothing if a run failed. Changes as `FlowChange`."""

    treated_before_g: Ints
    """Dispatched to the treated place in the baseline."""
    treated_change_g: Ints
    elsewhere_change_g: Ints
    not_shipped_change_g: Ints
    landed_change_g: Ints
    placebo_treated_change_g: Ints
    """The same of the placebo: the baseline with its first seizure flipped, less the baseline."""
    placebo_elsewhere_change_g: Ints
    failure: str = ""

    @property
    def kept_off_t(self) -> Floats:
        """Return the tonnes kept off the market."""
        return -self.landed_change_g / 1e6


COLUMNS = tuple(field.name for field in dc.fields(DrawRuns) if field.name != "failure")


def flow_change(before: CohortParcels, after: CohortParcels, treated: Treated) -> FlowChange:
    """Return how the flow of the cohort differs between two runs with the same supply.

    Args:
        before: cohort of the first arm.
        after: cohort of the second arm.
        treated: the place.

    Raises:
        InputError: the arms were supplied with different lots.
    """
    check_same_supply(before, after)
    sums = np.array([_flows_g(parcels, treated) for parcels in (before, after)])
    inside, elsewhere, not_shipped, landed = (sums[1] - sums[0]).tolist()
    return FlowChange(inside, elsewhere, not_shipped, landed)


def _flows_g(parcels: CohortParcels, treated: Treated) -> tuple[int, int, int, int]:
    """Return grams to the treated place, to all others, not shipped, and landed."""
    is_inside = treated.contains(parcels)
    masks = (is_inside, parcels.is_shipped & ~is_inside, ~parcels.is_shipped, parcels.is_landed)
    inside, elsewhere, not_shipped, landed = (int(parcels.mass_g[mask].sum()) for mask in masks)
    return inside, elsewhere, not_shipped, landed


def draw_table(treated_arm: Case, baseline: Case, treated: Treated, seed: int, replications: int) -> pa.Table:
    """Run baseline, treated arm and placebo of one draw, and return `DrawRuns` as a table.

    Args:
        treated_arm, baseline: the two arms, with the parameters of the draw.
        treated: the place.
        seed: seed of the experiment.
        replications: numbered from 0, so that all draws share their luck.
    """
    rows, failure = attempt(
        lambda: [_numbers(treated_arm, baseline, treated, seed, number) for number in range(replications)]
    )
    numbers = np.array(rows or [], np.int64).reshape(-1, len(COLUMNS))
    return with_failure(pa.table(dict(zip(COLUMNS, numbers.T, strict=True))), failure)


def _numbers(treated_arm: Case, baseline: Case, treated: Treated, seed: int, replication: int) -> tuple[int, ...]:
    of_baseline = run(baseline, seed, replication)
    first = cohort_parcels(of_baseline)
    change = flow_change(first, cohort_parcels(run(treated_arm, seed, replication)), treated)
    placebo = flow_change(first, cohort_parcels(placebo_run(of_baseline, baseline, seed, replication)), treated)
    return (
        _flows_g(first, treated)[0],
        change.treated_g,
        change.elsewhere_g,
        change.not_shipped_g,
        change.landed_g,
        placebo.treated_g,
        placebo.elsewhere_g,
    )


def runs_of(table: pa.Table) -> DrawRuns:
    """Return what `draw_table` wrote."""
    return dc.replace(DrawRuns(*(table[name].to_numpy() for name in COLUMNS)), failure=failure_of(table))
