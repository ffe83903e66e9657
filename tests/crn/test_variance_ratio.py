"""T38: what common random numbers are worth, measured on landed mass with beliefs on."""

from __future__ import annotations

import dataclasses as dc
import math

import numpy as np
import pytest

from experiments.compare import replications_in_order
from experiments.contrasts import paired_contrast
from tests.model_cases import small_case

REPLICATIONS = 24


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_pairing_is_worth_more_than_two_seeds(seed: int) -> None:
    """T38: independent seeds would need more than twice the replications for the reference contrast.

    Reference: drug-tasked capacity of one port doubled, everything that learns or reacts switched on. The log of a
    ratio of two variances from 24 values has a standard error of about sqrt(2/23 + 2/23) = .42.
    """
    case = small_case("regime=national_rule")
    assert case.switches.beliefs
    assert case.switches.price_feedback
    doubled = dc.replace(case, scenario=dc.replace(case.scenario, capacity_scale={"NLRTM": 2.0}))
    arms = {"national_rule": case, "doubled": doubled}
    runs = [summaries for _, summaries in replications_in_order(arms, seed, range(REPLICATIONS), 2)]
    landed = {arm: np.array([by_arm[arm].outcomes["landed"] for by_arm in runs]) for arm in arms}
    contrast = paired_contrast(landed["doubled"], landed["national_rule"])
    assert contrast.correlation > 0.5
    assert contrast.variance_ratio > 2
    # The formula against runs that share no luck but the order of their bands of mass (``sim.supply.stratified``),
    # which correlates two of a block by -1/19 at most: replication k of one arm, k + 1 of the other.
    together = (landed["doubled"] - landed["national_rule"]).var(ddof=1)
    shuffled = (landed["doubled"] - np.roll(landed["national_rule"], -1)).var(ddof=1) / together
    assert shuffled > 2
    assert abs(math.log(shuffled / contrast.variance_ratio)) < 4.75 * math.sqrt(2 / 23 + 2 / 23)
