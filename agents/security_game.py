"""What to cover if who is to be stopped knows it and goes where it suits him best.

A defender commits to coverage c between 0 and 1 of each target, of which there are ``resources`` in all; the follower
picks a target. Each side then gets what is linear in coverage: c x (covered) + (1 - c) x (uncovered). Pure functions.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from sim.streams import Floats

TOLERANCE = 1e-9
"""How close a value is to that of the best commitment, as a share of the range of what the defender can get."""
_SOLVER = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


class Commitment(NamedTuple):
    """What a defender commits to and what it may expect."""

    coverage: Floats
    """Of each target, from 0 to 1."""
    defender_value: float


def stackelberg(
    defender_covered: Floats, defender_uncovered: Floats, attacker_covered: Floats, attacker_uncovered: Floats,
    resources: float,
) -> Commitment:  # fmt: skip
    """Return the best commitment if the follower picks the target that is best for him (strong Stackelberg).

    For each target a linear programme: the coverage that is best for the defender if that target is attacked, and that
    makes it a best one for the follower; then the best target. Of what suits the follower equally (to 1e-9 of the range
    of what he can get) he picks what suits the defender. Conitzer and Sandholm 2006, doi:10.1145/1134707.1134717, in
    the compact form of Kiekintveld et al. 2009, AAMAS, pp. 689-696.

    Args:
        defender_covered: what the defender gets if the target is attacked and covered, shape (targets,).
        defender_uncovered: the same, not covered.
        attacker_covered: what the follower gets at a covered target.
        attacker_uncovered: the same, not covered.
        resources: the most that coverage may sum to, 0 or more.

    Returns:
        the least coverage that does it (what is left over changes nothing), and the defender's value.

    Raises:
        ValueError: something is not finite or of the wrong shape, or resources are negative.
    """
    covered, uncovered, with_cover, without = checked(
        None, defender_covered=defender_covered, defender_uncovered=defender_uncovered,
        attacker_covered=attacker_covered, attacker_uncovered=attacker_uncovered,
    )  # fmt: skip
    check_amount("resources", resources)
    gain = covered - uncovered
    scale = payoff_range(with_cover, without)
    utility, slope = (without - without.min()) / scale, (with_cover - without) / scale
    margin = TOLERANCE * payoff_range(covered, uncovered)
    direction = np.where(gain > 0, 1.0, -1.0)
    best: Commitment | None = None
    for target in range(gain.size):
        at_target = _coverage_for_attack(utility, slope, direction[target], target, resources)
        if at_target is None:
            continue
        value = float(uncovered[target] + gain[target] * at_target)
        if best is None or value > best.defender_value + margin:
            kept = utility[target] + slope[target] * at_target
            coverage = _least_coverage(utility, slope, float(kept))
            coverage[target] = at_target
            coverage = within(coverage, resources)
            best = Commitment(coverage, float(uncovered[target] + gain[target] * coverage[target]))
    if best is None:  # whatever the coverage, some target is a best one
        raise RuntimeError("no target can be the follower's best: the solver failed on all linear programmes")
    return best


def _coverage_for_attack(
    utility: Floats, slope: Floats, direction: float, target: int, resources: float
) -> float | None:
    """Return the most (or least) coverage of a target that can still be the follower's best; None if it cannot be.

    Args:
        utility: of the follower at each target without coverage, within a range of 1.
        slope: what coverage adds to it.
        direction: 1 if the defender wants the target covered, -1 if not.
        target: the one that is attacked.
        resources: the most that coverage may sum to.
    """
    matrix = np.diag(slope)
    matrix[:, target] -= slope[target]
    limit = utility[target] - utility
    matrix[target], limit[target] = 1.0, resources
    objective = np.zeros(utility.size)
    objective[target] = -direction
    solution = linprog(objective, A_ub=matrix, b_ub=limit, bounds=(0.0, 1.0), method="highs", options=_SOLVER)
    if solution.status == 2:
        return None
    if solution.status != 0:
        raise RuntimeError(f"the linear programme of target {target} failed: {solution.message}")
    return min(max(0.0, float(solution.x[target])), 1.0)


def _least_coverage(utility: Floats, slope: Floats, kept: float) -> Floats:
    """Return the least coverage that leaves the follower no more than ``kept`` at any target (ORIGAMI).

    Kiekintveld et al. 2009, AAMAS, pp. 689-696: c = (U_uncovered - kept) / (U_uncovered - U_covered).
    """
    # The solver, too, knows no smaller slopes.
    excess = utility - kept
    deterred = (excess > 0) & (slope < -TOLERANCE)
    coverage: Floats = np.where(deterred, excess / np.where(deterred, -slope, 1.0), 0.0)
    return np.minimum(coverage, 1.0)


# ---- what all of allocation shares ---------------------------------------------------------------------------------


def within(coverage: Floats, resources: float) -> Floats:
    """Return coverage that rounding does not let exceed the resources."""
    total = coverage.sum()
    return coverage if total <= resources else coverage * (resources / total)


def payoff_range(*payoffs: Floats) -> float:
    """Return the range of payoffs, 1 if they are all equal."""
    together = np.concatenate(payoffs)
    return float(together.max() - together.min()) or 1.0


def checked(least: float | None, **named: Floats) -> list[Floats]:
    """Return arrays as floats.

    Args:
        least: the lowest allowed number, None for any.
        named: arrays by the names that a message gives them.

    Raises:
        ValueError: one is not a row of finite numbers, as long as the first, and at least that.
    """
    arrays = {name: np.asarray(values, np.float64) for name, values in named.items()}
    like, first = next(iter(arrays.items()))
    for name, values in arrays.items():
        if values.ndim != 1 or not values.size or values.shape != first.shape:
            raise ValueError(f"{name} has shape {values.shape}; allowed: one row, not empty, as long as {like}")
        wrong = ~np.isfinite(values) if least is None else ~(np.isfinite(values) & (values >= least))
        if wrong.any():
            bound = "" if least is None else f", {least:g} or more"
            raise ValueError(f"{name} has {values[wrong][0]:g}; allowed: finite numbers{bound}")
    return list(arrays.values())


def check_amount(name: str, amount: float) -> None:
    """Raise ValueError unless an amount is a finite number, 0 or more."""
    if not (math.isfinite(amount) and amount >= 0):
        raise ValueError(f"{name} is {amount:g}; allowed: a finite number, 0 or more")
