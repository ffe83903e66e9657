"""The best choice of one way to equip each port, among given ones: exact, in whole numbers."""

from __future__ import annotations

import dataclasses as dc
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from experiments.funding.limits import Limits
from experiments.funding.native_output import without_lines
from scenarios.world import Floats, Ints

_ROUNDING = 1e-6
"""Of duals, relative to the gain."""
_STEPS = 10_000.0
_NOISE = b"HighsMipSolverData::"
"""HiGHS says so when it mends a solution that rounding made infeasible, with its output off too
(https://github.com/jump-dev/HiGHS.jl/issues/312)."""


class Ways(NamedTuple):
    """Ways to equip ports, one a row; of each site the first is nothing."""

    site: Ints
    units: Ints
    """Shape (rows, offers)."""
    gain: Floats
    """What is to be large, in sum over sites."""

    def rows(self, chosen: Ints) -> Ways:
        """Return some of them."""
        return Ways(self.site[chosen], self.units[chosen], self.gain[chosen])


def efficient(cents: Ints, gain: Floats) -> Ints:
    """Return the rows that no other row beats by at least as much gain for at most as many cents; cheapest first."""
    order = np.lexsort((-gain, cents))
    best = np.maximum.accumulate(gain[order])
    is_better = np.append(True, best[1:] > best[:-1])
    rows: Ints = order[is_better]
    return rows


def best_choice(ways: Ways, limits: Limits, relative_gap: float = 0.0) -> Ints:
    """Return the portfolio of one way a site that gains most within the limits, exactly.

    Multiple-choice knapsack: its linear relaxation has duals that rule out most ways (a way whose reduced gain falls
    short by more than the gap to a whole portfolio is in no better one); HiGHS does the rest without a gap.

    Args:
        ways: for each site nothing, and what else may stand there, of positive gain.
        limits: money; every way keeps to the units that a port may get.
        relative_gap: share of the gain that may be missed; 0 is exact.
    """
    if limits.countries > 1 and not limits.floors_cents.any() and limits.caps_cents.sum() <= limits.budget_cents:
        return _by_country(ways, limits, relative_gap)
    problem = _Problem(ways, limits)
    bound, reduced = problem.relaxed()
    floor = float(ways.gain[problem.rounded()].sum())
    gap = bound - floor + _ROUNDING * max(1.0, abs(bound))
    kept = np.flatnonzero((reduced >= -gap) | ~ways.units.any(axis=1))
    core, saved = _Problem(ways.rows(kept), limits), 0
    while True:
        units = core.placed(core.solved(saved, relative_gap))
        if limits.is_affordable(units):
            return units
        # The solver keeps to rows within a tolerance; with odd prices that can be some cents.
        saved = max(2 * saved, 1)


def _by_country(ways: Ways, limits: Limits, relative_gap: float) -> Ints:
    """Return the best choice where no country takes anything from another: each by itself."""
    units = np.zeros(limits.most.shape, np.int64)
    for country, cap in enumerate(limits.caps_cents.tolist()):
        here = ways.rows(np.flatnonzero(limits.country[ways.site] == country))
        if here.site.size:
            alone = np.zeros(1, np.int64)
            of_country = dc.replace(
                limits, country=np.zeros_like(limits.country), budget_cents=cap, caps_cents=alone + cap,
                floors_cents=alone,
            )  # fmt: skip
            units += best_choice(here, of_country, relative_gap)
    return units


class _Problem:
    """Rows of the program: one way a site; money by country and in all. Columns: ways, then claims by country."""

    def __init__(self, ways: Ways, limits: Limits) -> None:
        self.ways, self.limits = ways, limits
        rows = ways.site.size
        which, site = np.unique(ways.site, return_inverse=True)
        self.cents = ways.units @ limits.grant_cents
        country = limits.country[ways.site]
        c = limits.countries
        one = csr_array((np.ones(rows), (site, np.arange(rows))), (which.size, rows + c))
        # The solver's tolerance is a millionth: in these units less than a cent, and numbers stay small enough for it.
        self.unit = unit = max(float(limits.grant_cents.max()) / _STEPS, 1.0)
        # A claim is what a country takes of the budget: its grants, and at least its floor.
        money = csr_array(
            (
                np.concatenate([self.cents / unit, -np.ones(c), np.ones(c)]),
                (
                    np.concatenate([country, np.arange(c), np.full(c, c)]),
                    np.concatenate([np.arange(rows), rows + np.arange(c), rows + np.arange(c)]),
                ),
            ),
            (c + 1, rows + c),
        )
        self.one, self.money = one, money
        self.money_most = np.append(np.zeros(c), limits.budget_cents / unit)
        self.lowest = np.concatenate([np.zeros(rows), limits.floors_cents / unit])
        self.highest = np.concatenate([np.ones(rows), np.maximum(limits.caps_cents / unit, limits.floors_cents / unit)])
        self.cost = np.concatenate([-ways.gain, np.zeros(c)])

    def relaxed(self) -> tuple[float, Floats]:
        """Return the largest gain if ways could be divided, and the reduced gain of each."""
        found = linprog(
            self.cost, A_ub=self.money, b_ub=self.money_most, A_eq=self.one,
            b_eq=np.ones(self.one.shape[0]), bounds=np.column_stack([self.lowest, self.highest]), method="highs",
        )  # fmt: skip
        assert found.status == 0, found.message
        prices = self.one.T @ found.eqlin.marginals + self.money.T @ found.ineqlin.marginals
        reduced: Floats = -(self.cost - prices)[: self.ways.site.size]
        self._fractions = found.x[: self.ways.site.size]
        return -float(found.fun), np.minimum(reduced, 0.0)

    def rounded(self) -> Ints:
        """Return rows of a whole portfolio near the relaxed one: its whole part, then what fits, by gain per cent."""
        ways, limits = self.ways, self.limits
        chosen = {int(site): -1 for site in np.unique(ways.site)}
        for row in np.flatnonzero(~ways.units.any(axis=1)).tolist():
            chosen[int(ways.site[row])] = row
        for row in np.flatnonzero(self._fractions > 1 - 1e-7).tolist():
            chosen[int(ways.site[row])] = row
        picked = np.array(list(chosen.values()), np.int64)
        if not limits.is_affordable(self.placed(picked)):
            picked = np.flatnonzero(~ways.units.any(axis=1))
        now = {int(ways.site[row]): int(row) for row in picked}
        while True:
            spent = limits.spent(self.placed(np.array(list(now.values()), np.int64)))
            here = np.array([now[int(site)] for site in ways.site], np.int64)
            more, cents = ways.gain - ways.gain[here], self.cents - self.cents[here]
            is_open = (more > 0) & limits.affords(spent, limits.country[ways.site], cents)
            if not is_open.any():
                return np.array(list(now.values()), np.int64)
            best = int(np.argmax(np.where(is_open, more / np.maximum(cents, 1), -np.inf)))
            now[int(ways.site[best])] = best

    def solved(self, saved_cents: int, relative_gap: float) -> Ints:
        """Return the rows of the best whole portfolio that leaves so many cents of the budget and of every cap."""
        rows, saved = self.ways.site.size, saved_cents / self.unit
        highest = np.maximum(
            self.highest - np.append(np.zeros(rows), np.full(self.limits.countries, saved)), self.lowest
        )
        with without_lines(_NOISE):
            found = milp(
                self.cost,
                integrality=np.concatenate([np.ones(rows), np.zeros(self.limits.countries)]),
                bounds=Bounds(self.lowest, highest),
                constraints=[
                    LinearConstraint(self.one, 1, 1),
                    LinearConstraint(self.money, -np.inf, self.money_most - saved),
                ],
                options={"mip_rel_gap": relative_gap},
            )
        assert found.success, found.message
        return np.flatnonzero(found.x[:rows] > 0.5)

    def placed(self, rows: Ints) -> Ints:
        """Return the units of chosen ways by site; none where nothing is chosen."""
        units = np.zeros(self.limits.most.shape, np.int64)
        units[self.ways.site[rows]] = self.ways.units[rows]
        return units
