"""Stress on results that are known: a model of two lines stands in for the runs, all else is the real thing."""

from __future__ import annotations

import dataclasses as dc
import io

import numpy as np
import pytest
from rich.console import Console

from experiments.input_space import InputSpace, draw_inputs
from experiments.interception_anchor import INTERCEPTION
from experiments.kept_runs import PairedRuns
from experiments.stress import Stress, cases_of_interest, closest, stress
from experiments.stress_printing import closest_in_words, print_stress, share_in_words
from experiments.stress_tables import stress_tables
from scenarios.case import Case
from scenarios.parameters import Parameters
from scenarios.priors import uncertain_parameters
from tests.model_cases import small_case
from tests.stress_cases import GAIN, WEIGHT, Lines, line


def stressed(lines: Lines, draws: int = 200) -> Stress:
    with pytest.MonkeyPatch.context() as patch:
        # PRIM has tests of its own.
        patch.setattr("experiments.stress.RESAMPLES", 5)
        return stress(lines, 1, 12, draws, 2, lambda phase, done, planned: None)


@pytest.fixture(scope="module")
def two_lines() -> Stress:
    return stressed(Lines(small_case()))


def printed(result: Stress, case: Case | None = None) -> str:
    text = io.StringIO()
    console = Console(file=text, width=80, highlight=False, markup=False)
    print_stress(result, case or small_case(), ("alliance_rule", "national_rule"), console)
    return text.getvalue()


def words(text: str) -> str:
    return " ".join(text.split())


def truth(result: Stress) -> np.ndarray:
    return np.array([line(p) for p in result.draws.parameters])


def test_the_ranking_at_the_defaults_is_that_of_the_runs(two_lines: Stress) -> None:
    assert two_lines.at_default.difference == pytest.approx(-12, abs=5 * 0.05 / np.sqrt(12))
    assert two_lines.at_default.replications == 12
    assert two_lines.sign == -1


def test_the_share_of_reversed_draws_is_counted(two_lines: Stress) -> None:
    share = two_lines.share
    assert share.draws == 200
    assert share.reversed_draws == pytest.approx((truth(two_lines) < 0).sum(), abs=1)
    # a spike of a third at 0, .9 sd below the default, and what lies beside it
    assert 0.15 < share.reversed_draws / 200 < 0.5
    assert share.low < share.reversed_draws / 200 < share.high


def test_the_parameter_interval_is_that_of_the_draws(two_lines: Stress) -> None:
    low, high = np.quantile(-truth(two_lines), [0.025, 0.975])
    assert two_lines.spread.low == pytest.approx(low, abs=0.2)
    assert two_lines.spread.high == pytest.approx(high, abs=0.2)
    assert two_lines.spread.noise_sd == pytest.approx(0.05, rel=0.3)


def test_the_slopes_are_those_of_the_lines(two_lines: Stress) -> None:
    names = two_lines.space.names
    slopes = dict(zip(names, two_lines.slopes.tolist(), strict=True))
    assert slopes[GAIN] == pytest.approx(18, abs=0.5)
    assert slopes[WEIGHT] == pytest.approx(4, abs=0.5)
    assert max(abs(slope) for name, slope in slopes.items() if name not in (GAIN, WEIGHT)) < 0.5


def test_the_closest_reversal_is_that_of_the_lines(two_lines: Stress) -> None:
    """Alone GAIN reverses 12/18 = .67 sds below its default; with WEIGHT the nearest point is 12 / |(18, 4)| = .65."""
    found = {r.search.way.name: r for r in two_lines.reversals}
    assert found[GAIN].search.is_reversed
    assert 12 / 18 - 0.01 <= found[GAIN].distance <= 12 / 18 + 0.06
    assert not found[WEIGHT].search.is_reversed
    assert found[WEIGHT].distance == pytest.approx(0.5 / uncertain_parameters()[WEIGHT].sd)
    nearest = closest(two_lines.reversals)
    assert nearest is not None
    assert 12 / np.hypot(18, 4) - 0.02 <= nearest.distance <= 12 / np.hypot(18, 4) + 0.06
    assert nearest.contrast is not None
    assert nearest.contrast.difference > 0
    assert two_lines.unresolved_from <= nearest.distance


def test_the_way_towards_the_nearest_reversing_draw_is_looked_at(two_lines: Stress) -> None:
    towards = two_lines.reversals[-1]
    z = two_lines.space.standardised(two_lines.draws.values)
    reversing = np.flatnonzero(truth(two_lines) < 0)
    nearest = reversing[np.linalg.norm(z[reversing], axis=1).argmin()]
    assert towards.search.way.name == f"towards draw {nearest}"
    assert towards.search.is_reversed
    assert towards.distance <= np.linalg.norm(z[nearest])


def test_the_region_is_below_the_line(two_lines: Stress) -> None:
    assert two_lines.region.is_of_reversals
    assert two_lines.region.cases == two_lines.share.reversed_draws
    box = two_lines.region.box
    assert box is not None
    gain = two_lines.space.names.index(GAIN)
    assert 0 <= box.high[gain] < 0.15
    assert box.quasi_p[gain] < 0.001
    assert two_lines.region.selected[gain] == 1


def test_a_ranking_the_other_way_round_is_stressed_the_same() -> None:
    result = stressed(Lines(small_case(), lambda p: -line(p)))
    assert result.sign == 1
    assert result.at_default.difference == pytest.approx(12, abs=0.1)
    nearest = closest(result.reversals)
    assert nearest is not None
    assert 0.6 < nearest.distance < 0.75
    assert "At the defaults national_rule lands less than alliance_rule." in words(printed(result))


def test_a_ranking_that_always_holds_is_never_reversed() -> None:
    result = stressed(Lines(small_case(), lambda p: 100 + line(p)), 32)
    assert result.share.reversed_draws == 0
    assert closest(result.reversals) is None
    assert np.isnan(result.unresolved_from)
    assert not result.region.is_of_reversals
    text = words(printed(result))
    assert "0 of 32 draws (0 %, 95 % 0 to 11 %) reverse it" in text
    assert "No reversal was found along these ways" in text


class Undecided(Lines):
    """The treated arm lands 0.9 more in one replication, 1.1 less in the next."""

    def runs(self, parameters: Parameters, replications: int) -> PairedRuns:
        baseline = 500 + 10 * np.sin(np.arange(replications))
        by_turns = np.where(np.arange(replications) % 2 == 0, 0.9, -1.1)
        return PairedRuns(baseline + by_turns, baseline, np.full(replications, 0.42))


def test_an_unresolved_ranking_is_not_searched() -> None:
    lines = Undecided(small_case())
    result = stressed(lines, 32)
    assert not result.at_default.is_resolved
    assert result.reversals == []
    assert lines.points == 33
    text = words(printed(result))
    assert "the two are not ranked: 12 replications do not tell them apart" in text
    assert "lie on the other side of zero" in text
    assert "Closest found" not in text


def test_a_change_that_leaves_the_ranking_open_is_said(two_lines: Stress) -> None:
    weight = next(r for r in two_lines.reversals if r.search.way.name == WEIGHT)
    assert weight.contrast is not None
    assert "no longer resolved" not in closest_in_words(two_lines)
    open_there = dc.replace(weight, contrast=dc.replace(weight.contrast, low=-9.0, high=1.0))
    reversals = [open_there if r is weight else r for r in two_lines.reversals]
    said = closest_in_words(dc.replace(two_lines, reversals=reversals))
    assert said.endswith(f"Not reversed but no longer resolved, 1.7 prior sd: {WEIGHT} from 0.5 to 0.")


def test_a_draw_that_fails_is_counted_and_named() -> None:
    case = small_case()
    failing = draw_inputs(InputSpace.of(case), 32, 1).parameters[3]
    result = stressed(Lines(case, fails=lambda p: p == failing), 32)
    assert result.failures == [("draw 3", "ZeroDivisionError: on purpose")]
    assert result.share.draws == 31
    text = words(printed(result))
    assert "1 more could not be run" in text
    assert "Not run, draw 3: ZeroDivisionError: on purpose" in text
    tables = stress_tables(result, "a", "b")
    assert tables["stress_failures"].to_pylist() == [{"point": "draw 3", "message": "ZeroDivisionError: on purpose"}]
    assert 3 not in tables["stress_contrasts"]["draw"].to_pylist()


def test_a_search_that_meets_a_failing_run_says_so_and_finds_no_reversal_there() -> None:
    case = small_case()
    result = stressed(
        Lines(case, fails=lambda p: p.targeting.separation_gain < 0.02 and p.beliefs.signal_weight == 0.5)
    )
    alone = next(r for r in result.reversals if r.search.way.name == GAIN)
    assert alone.contrast is None
    assert not alone.search.is_reversed
    assert (f"search, {GAIN}", "ZeroDivisionError: on purpose") in result.failures
    assert "a run failed" in printed(result)


def test_a_failure_at_the_defaults_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="the run at the defaults failed: ZeroDivisionError"):
        stressed(Lines(small_case(), fails=lambda p: True))


@pytest.mark.parametrize(
    ("reversed_draws", "is_of_reversals", "count"),
    [(0, False, 10), (9, False, 10), (10, True, 10), (20, True, 20), (21, False, 10)],
)
def test_too_few_or_too_many_reversals_give_the_weakest_quarter(
    reversed_draws: int, is_of_reversals: bool, count: int
) -> None:
    gains = np.arange(40.0) - reversed_draws + 0.5
    is_case, of_reversals = cases_of_interest(gains)
    assert (is_case.sum(), of_reversals) == (count, is_of_reversals)
    assert is_case[:count].all()


def test_luck_makes_draws_reverse_that_parameters_do_not() -> None:
    """All draws have the same gain of 1, but luck of 2 a replication: little is left once that is taken out."""
    lines = Lines(small_case(), lambda p: 1.0, noise=2.0)
    result = stressed(lines, 200)
    # a mean of two replications is below zero with probability Phi(-1 / sqrt 2) = .24
    assert 0.1 < result.share.reversed_draws / 200 < 0.4
    assert result.share.corrected_draws < result.share.reversed_draws / 2


def test_the_report_fits_the_screen_and_says_what_it_must(two_lines: Stress) -> None:
    text = printed(two_lines)
    assert max(map(len, text.splitlines())) <= 80
    said = words(text)
    for phrase in (
        "[supply: flat]",
        "Does alliance_rule land less than national_rule?",
        "at the defaults, 12 replications [95 %] +12.0 [",
        "They answer different questions and are never added.",
        "At the defaults alliance_rule lands less than national_rule.",
        f"Closest found: 0.7 prior sd: {GAIN} from 0.15 to 0.0",
        "A reversal lies within one prior sd",
        "A distance is an upper bound of the smallest one",
        "Where it reverses",
        "What reverses it, 10 replications a point",
        "What does not, moved to the end, 10 replications a point",
        "below",
        "Practitioner (r* 0.15, an opinion that is part of no prior) implies 2,800 t of supply, 2,208 t landed, "
        "3,467 contaminated consignments a year instead of 1,238",
        "Not run, so nothing is said about the ranking there: supply outside 800 to 1,700",
    ):
        assert phrase in said, phrase


def test_the_share_in_words() -> None:
    result = stressed(Lines(small_case(), lambda p: 100 + line(p)), 32)
    share = dc.replace(result.share, draws=128, reversed_draws=9, low=0.0327, high=0.1293, corrected_draws=5)
    said = share_in_words(dc.replace(result, share=share, runs=result.runs * 4))
    assert said.startswith("9 of 128 draws (7 %, 95 % 3 to 13 %) reverse it; 5 (4 %) once")


def test_tables_hold_what_was_drawn_and_found(two_lines: Stress) -> None:
    tables = stress_tables(two_lines, "alliance_rule", "national_rule")
    draws = tables["stress_draws"].to_pylist()
    p = two_lines.draws.parameters[7]
    of_seven = {row["parameter"]: row for row in draws if row["draw"] == 7}
    assert of_seven[GAIN]["value"] == p.targeting.separation_gain
    assert of_seven[GAIN]["prior_sds"] == pytest.approx(
        (p.targeting.separation_gain - 0.15) / uncertain_parameters()[GAIN].sd
    )
    assert of_seven["supply.mass_2023_t"]["value"] == p.supply.mass_2023_t
    assert np.isnan(of_seven["supply.mass_2023_t"]["prior_sds"])
    contrasts = tables["stress_contrasts"].to_pylist()
    assert len(contrasts) == 400
    assert all(row["difference_t"] == row["treated_t"] - row["baseline_t"] for row in contrasts)
    moved = [row for row in tables["reversals"].to_pylist() if row["way"] == GAIN]
    assert [(row["parameter"], row["case_value"], row["unit"]) for row in moved] == [(GAIN, 0.15, "1")]
    assert moved[0]["is_reversed"]
    assert moved[0]["value"] == pytest.approx(0.15 + moved[0]["prior_sds"] * uncertain_parameters()[GAIN].sd)


def test_what_follows_from_the_anchor_is_in_the_table() -> None:
    def gain(parameters: Parameters) -> float:
        return 5 + 40 * (parameters.tips.anchor_interception - 0.42)

    result = stressed(Lines(small_case(), gain), 64)
    rows = [row for row in stress_tables(result, "a", "b")["reversals"].to_pylist() if row["way"] == INTERCEPTION]
    by_name = {row["parameter"]: row for row in rows}
    assert by_name["supply.mass_2023_t"]["value"] > 1130
    assert by_name["market.landed_2023_t"]["value"] > 538
    assert np.isnan(by_name["control.separation"]["prior_sds"])
    assert by_name[INTERCEPTION]["value"] == pytest.approx(0.42 - 5 / 40, abs=0.005)
    assert "follow from the anchor" in words(printed(result))
