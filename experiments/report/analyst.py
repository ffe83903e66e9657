"""True flow, seizures of the record, and what an analyst infers from them, by port range of the Union."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.cohort import COAST
from experiments.contrasts import half_width
from experiments.displacement import UndefinedMeasureError, inferred_flow
from experiments.report.compared import Compared, Sums
from experiments.summary import cell_of
from sim.clock import YEAR_DAYS
from sim.streams import Bools, Floats

Interval = tuple[float, float, float]
"""Estimate and the ends of its 95 % interval, NaN without one."""


def is_of_record(compared: Compared, place: str) -> bool:
    """Return whether an analyst has the record of a place: ports in the Union, and its coasts."""
    return place.startswith(COAST) or place in compared.eu_ports


def inferred_by_range(compared: Compared) -> dict[str, tuple[Interval, ...]]:
    """Return inferred flow by port range in tonnes a year: of each shown arm, and its change.

    The definition is that of ``analyst_view``; masses and controls are means over replications before they are
    divided. Intervals are those of the jackknife over replications and t.
    """
    seized, effort, ranges = _seized_and_effort(compared)
    names = list(dict.fromkeys(ranges))
    member = np.array([[name == other for other in ranges] for name in names], np.float64)
    believed = compared.case.parameters.tips.anchor_interception
    tonnes = 1e6 * compared.years

    def inferred(chosen: Bools) -> Floats:
        """Return tonnes a year by arm and range, of the mean of some replications."""
        arms = [inferred_flow(seized[i][:, chosen].mean(axis=1), effort[i][:, chosen].mean(axis=1), believed)
                for i in range(len(seized))]  # fmt: skip
        by_arm = np.array([member @ flow for flow in arms]) / tonnes
        return np.vstack([by_arm, by_arm[1] - by_arm[0]]) if len(by_arm) == 2 else by_arm

    estimates = jackknife(inferred, seized.shape[2])
    return {name: tuple((float(e[i, k]), float(low[i, k]), float(high[i, k])) for i in range(len(e)))
            for k, name in enumerate(names) for e, low, high in (estimates,)}  # fmt: skip


def jackknife(statistic: Callable[[Bools], Floats], replications: int) -> tuple[Floats, Floats, Floats]:
    """Return a statistic of replications with the ends of its 95 % interval by the jackknife and t, NaN for one.

    Args:
        statistic: of a mask of the replications that it is made of.
        replications: how many there are.

    References:
        Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 11.
    """
    everything = np.ones(replications, np.bool_)
    whole = statistic(everything)
    if replications < 2:
        return whole, np.full(whole.shape, np.nan), np.full(whole.shape, np.nan)
    without = []
    for left_out in range(replications):
        chosen = everything.copy()
        chosen[left_out] = False
        try:
            without.append(statistic(chosen))
        except UndefinedMeasureError:
            return whole, np.full(whole.shape, np.nan), np.full(whole.shape, np.nan)
    pseudo = replications * whole - (replications - 1) * np.array(without)
    flat = pseudo.reshape(replications, -1)
    width = np.array([half_width(flat[:, k]) for k in range(flat.shape[1])]).reshape(whole.shape)
    return whole, whole - width, whole + width


def _seized_and_effort(compared: Compared) -> tuple[Floats, Floats, list[str]]:
    """Return grams seized and controls per at-risk box, shape (arms, places, replications), and each row."""
    world = compared.world
    first, after = compared.window_days
    at_risk = dict(zip(world.entry.code, world.at_risk_boxes * (after - first) / YEAR_DAYS, strict=True))
    selected: Sums = {key[:1]: values for key, values in compared.lines["drug_tasked_boxes"].items()}
    places = sorted((str(p), str(r)) for p, r in compared.flows["seized_g"] if is_of_record(compared, str(p)))
    none = np.zeros((len(compared.shown), len(compared.replications)))
    seized = np.array([compared.flows["seized_g"][key] for key in places])
    effort = np.array([
        selected.get((place,), none) / at_risk[place] if at_risk.get(place, 0) > 0 else none for place, _ in places
    ])  # fmt: skip
    return seized.swapaxes(0, 1), effort.swapaxes(0, 1), [cell_of(*key, compared.eu_ports) for key in places]
