"""What insiders and security do to the clock and the risk of a team: means are kept, directions are right."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest
from scipy import stats

from scenarios.parameter_table import make_parameters
from sim.race import Race, log_sd_within, relative_risks, relative_times, security_factors


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("ratio", [0.2, 0.6, 1.0])
def test_means_are_kept(ratio: float, share: float) -> None:
    """Log times have mean zero and the whole variance, risks mean one, whatever the ratio and the share."""
    times, risks = relative_times(ratio, share), relative_risks(ratio, share)
    assert (1 - share) * np.log(times[0]) + share * np.log(times[1]) == pytest.approx(0, abs=1e-12)
    assert (1 - share) * risks[0] + share * risks[1] == pytest.approx(1)
    assert times[1] / times[0] == pytest.approx(ratio)
    assert risks[1] / risks[0] == pytest.approx(ratio)
    between = (1 - share) * np.log(times[0]) ** 2 + share * np.log(times[1]) ** 2
    assert log_sd_within(0.9, ratio, share) ** 2 + between == pytest.approx(0.81)


def test_no_spread_is_left_where_the_kinds_differ_more() -> None:
    assert log_sd_within(0.1, 0.2, 0.5) == 0.0


@pytest.mark.parametrize(("coverage", "foothold"), [(0.5, 1.0), (0.5, 0.86), (0.2, 0.86), (0.8, 0.5), (0.8, 1.0)])
def test_median_and_risk_over_all_teams_are_the_parameters(coverage: float, foothold: float) -> None:
    """With the usual share of covered jobs: exact for the risk, within a hundredth of the teams for the median."""
    p = make_parameters()
    p = dc.replace(p, insiders=dc.replace(p.insiders, coverage_reference=coverage, foothold_share=foothold))
    race = Race(p, 1)
    of_kind = np.array([1 - coverage * foothold, coverage * foothold])
    assert of_kind @ race.caught_probability[0, :2] == pytest.approx(p.extraction.caught_probability)
    quicker = stats.norm.cdf(np.log(p.extraction.median_h * 60 / race.median_min[0]) / race.log_sd)
    assert of_kind @ quicker == pytest.approx(0.5, abs=0.01)


def test_security_by_hand() -> None:
    """Per level 1.5 without an insider; with one that bypasses seven tenths, 1.5 to the power 0.3."""
    assert security_factors(1.5, np.array([0.0, 2.0]), 0.7).tolist() == [[1.0, 1.0], [2.25, pytest.approx(1.5**0.6)]]


def test_security_slows_and_endangers_teams_most_without_an_insider() -> None:
    race = Race(make_parameters(), 2)
    race.secure(np.array([0.0, 1.0]))
    slower = race.median_min[1] / race.median_min[0]
    riskier = race.caught_probability[1] / race.caught_probability[0]
    for factors in (slower, riskier):
        assert factors[0] > factors[1] > 1
    race.secure(np.zeros(2))
    assert race.median_min[0].tolist() == race.median_min[1].tolist()


def test_probabilities_stay_probabilities() -> None:
    p = make_parameters()
    p = dc.replace(p, extraction=dc.replace(p.extraction, caught_probability=1.0))
    race = Race(p, 1)
    race.secure(np.array([3.0]))
    assert race.caught_probability.max() == 1.0
    assert race.caught_probability.min() > 0.0
