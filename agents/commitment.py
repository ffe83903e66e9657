"""Where units would stand if capacity could be divided: the best commitment against followers who err, then rounded.

The surrogate as a security game (agents/security_game.py): targets are the ports, the coasts of each range, and not to
ship at all. A start for the search over whole units, which is exact where loss is linear in scans, ports of a range are
as close substitutes as any others, and the noise of whether to ship is that of where to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agents.allocation import quantal_response
from agents.surrogate import Goal, Surrogate
from sim.streams import Floats, Ints


def linear_loss(
    surrogate: Surrogate, ports: Ints, fixed: tuple[Floats, Ints], scans: Floats, step: float
) -> tuple[Floats, Floats]:
    """Return level and slope of a line through the loss at each port, around what is to stand there.

    Args:
        surrogate: what is believed.
        ports: of which the loss is wanted.
        fixed: scans a year and units of all else, by port.
        scans: a year, to stand at each of the ports beside it.
        step: to either side, scans a year.
    """
    sites, (beside, units) = surrogate.sites.at(ports), fixed
    low, high = np.maximum(scans - step, 0.0), scans + step

    def loss(added: Floats) -> Floats:
        return sites.loss(beside[ports] + added, (units[ports] > 0) | (added > 0))

    # A first scanner can find less than the searches that it replaces; to the game such a port is not worth covering.
    slope: Floats = np.maximum((loss(high) - loss(low)) / (high - low), 0.0)
    return loss(scans) - slope * scans, slope


def committed_scans(
    surrogate: Surrogate, goal: Goal, ports: Ints, fixed: tuple[Floats, Ints], scans: Floats, step: float
) -> Floats:
    """Return the scans at each port of the best commitment: the same in all, with loss linear around ``scans``.

    Coverage of a target is the share of all scans that stand there. The follower goes to port t in proportion to
    flow x exp(-(loss - reference) x stake / dissimilarity), as within a range of the surrogate.

    Args:
        surrogate: what is believed.
        goal: what is to be small.
        ports: where scans may stand.
        fixed: scans a year and units of all else, by port.
        scans: a year, at each of the ports, which are to be placed anew.
        step: over which the slope of loss is taken, scans a year.
    """
    followers, total = surrogate.followers, float(scans.sum())
    level, slope = linear_loss(surrogate, ports, fixed, scans, step)
    uncovered = surrogate.sites.loss(fixed[0], fixed[1] > 0)
    uncovered[ports] = level
    covered = uncovered.copy()
    covered[ports] += slope * total
    base = float(surrogate.base().sum())
    # By place: ports, coasts, and what is not shipped, which costs nothing.
    coast = goal.coast * (0.0 if goal.counts_finds else 1 - surrogate.coast_loss)
    elsewhere, cost_elsewhere = np.zeros(coast.size + 1), np.append(coast, 0.0)
    rationality = followers.stake / followers.dissimilarity
    commitment = quantal_response(
        -np.append(goal.cost(covered), cost_elsewhere), -np.append(goal.cost(uncovered), cost_elsewhere),
        -np.append(covered, elsewhere), -np.append(uncovered, elsewhere), 1.0, rationality,
        np.concatenate([
            surrogate.flow * np.exp(rationality * surrogate.reference_loss), surrogate.coast_flow,
            [base * (1 - followers.offered) / followers.offered],
        ]),
    )  # fmt: skip
    return commitment.coverage[ports] * total


def nearest_units(sizes: Sequence[float], scans: Floats, room: Ints) -> list[int]:
    """Return the position of the port of each unit, the largest first, each where most scans are still missing.

    With units of one size this is the method of the largest remainder. Without room anywhere, room is overlooked.

    Args:
        sizes: scans a year of each unit.
        scans: wanted at each port.
        room: units that each port takes.
    """
    missing, free = scans.copy(), room.copy()
    places = [0] * len(sizes)
    for unit in np.argsort(-np.array(sizes), kind="stable").tolist():
        has_room = free > 0 if (free > 0).any() else np.ones(free.size, np.bool_)
        places[unit] = int(np.argmax(np.where(has_room, missing, -np.inf)))
        missing[places[unit]] -= sizes[unit]
        free[places[unit]] -= 1
    return places
