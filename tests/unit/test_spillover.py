"""Spillover: what counts as displacement and as diffusion, how shares and sensitivities are made."""

from __future__ import annotations

import dataclasses as dc
from pathlib import Path

import numpy as np
import pytest

from experiments.cohort import cohort_parcels
from experiments.placebo import placebo_run
from experiments.run import run
from experiments.settings import load
from experiments.spillover import study
from experiments.spillover.classify import Change, Outcome, Verdict, change_of, outcome_of, share_of
from experiments.spillover.command import asked
from experiments.spillover.measure import DrawRuns, draw_table, flow_change, runs_of
from experiments.spillover.printing import displaced_in_words
from experiments.spillover.sensitivity import FIRST, largest_by_chance, rank_correlation, sensitivities
from experiments.spillover.study import Question, Spillover, share_displaced, spillover
from experiments.treated import Treated, find_treated, with_scaled_capacity
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError
from tests.ledger_cases import Booking, hand_tables
from tests.model_cases import SMALL, small_case
from tests.spillover_cases import TEMPERATURE_TURN, fake_table

RANGES = {"BEANR": "north_range", "NLRTM": "north_range", "coast:north_range": "north_range"}
TONNE = 1_000_000
DISPLACEMENT, DIFFUSION, NEITHER, NO_EFFECT = Outcome


def booking(lot: int, grams: int, place: str, fate: str = "delivered") -> Booking:
    return Booking({lot: grams}, "ECGYE", place, "rip_on", fate)


def question(draws: int = 16, replications: int = 3) -> Question:
    case = small_case()
    treated = find_treated("BEANR", build_world(case.world, case.parameters, case.good))
    return Question(case, with_scaled_capacity(case, treated, 2.0)[1], treated, 1, draws, replications)


def runs_with(treated: list[int], elsewhere: list[int], placebo: list[int] | None = None) -> DrawRuns:
    nothing = np.zeros(len(treated), np.int64)
    changes = [np.array(values, np.int64) * TONNE for values in (treated, elsewhere, placebo or nothing)]
    return DrawRuns(nothing, changes[0], changes[1], -changes[0] - changes[1], nothing, nothing, changes[2])


def test_a_change_of_flow_is_worked_out_by_hand() -> None:
    """400 g leave Antwerp: 100 for another port, 250 for a coast, 50 are not shipped; what landed is 100 less."""
    lots = {1: 400, 2: 300}
    before = [booking(1, 400, "BEANR"), booking(2, 300, "NLRTM")]
    after = [
        booking(1, 100, "NLRTM"),
        booking(1, 250, "coast:north_range")._replace(ordinal=1),
        booking(2, 300, "NLRTM"),
    ]
    parcels = [cohort_parcels(hand_tables(lots, bookings, RANGES)) for bookings in (before, after)]
    change = flow_change(*parcels, Treated("BEANR", "port", frozenset(["BEANR"]), ("BEANR",)))
    assert (change.treated_g, change.elsewhere_g, change.not_shipped_g, change.landed_g) == (-400, 350, 50, -50)


def test_another_supply_is_refused() -> None:
    parcels = [cohort_parcels(hand_tables({1: g}, [booking(1, g, "BEANR")], RANGES)) for g in (400, 401)]
    with pytest.raises(InputError, match="supply differs"):
        flow_change(*parcels, Treated("BEANR", "port", frozenset(["BEANR"]), ("BEANR",)))


def test_a_draw_is_measured_on_the_runs_of_the_model() -> None:
    """Law: the three changes sum to zero in every replication, to the gram; the numbers are those of the runs."""
    q = question()
    runs = runs_of(draw_table(q.treated_arm, q.baseline, q.treated, 1, 2))
    assert runs.failure == ""
    assert (runs.treated_change_g + runs.elsewhere_change_g + runs.not_shipped_change_g).tolist() == [0, 0]
    baseline, treated = run(q.baseline, 1, 1), run(q.treated_arm, 1, 1)
    flows = [
        sum(p.mass_g[p.place == "BEANR"].tolist())
        for p in map(cohort_parcels, (baseline, treated, placebo_run(baseline, q.baseline, 1, 1)))
    ]
    assert runs.treated_before_g[1] == flows[0] > 0
    assert runs.treated_change_g[1] == flows[1] - flows[0] != 0
    assert runs.placebo_treated_change_g[1] == flows[2] - flows[0]
    landed = [tables["runs"]["landed_g"][0].as_py() for tables in (baseline, treated)]
    assert runs.landed_change_g[1] == landed[1] - landed[0]


def test_noise_is_the_half_width_of_the_90_percent_interval() -> None:
    """1, 2, 3 t: t with 2 degrees of freedom leaves 5 % above 2.91999, so 2.91999 x 1 / sqrt(3)."""
    change = change_of(np.array([1, 2, 3]) * TONNE)
    assert change.mean_t == pytest.approx(2)
    assert change.noise_t == pytest.approx(2.919986 / 3**0.5)
    assert (change.sign, change.beyond_noise) == (1, 1)


@pytest.mark.parametrize(
    ("mean", "noise", "sign", "beyond"), [(-3, 2, -1, -1), (-2, 2, -1, 0), (0, 0, 0, 0), (1, 2, 1, 0), (3, 2, 1, 1)]
)
def test_a_change_within_the_noise_is_none(mean: float, noise: float, sign: int, beyond: int) -> None:
    assert (Change(mean, noise).sign, Change(mean, noise).beyond_noise) == (sign, beyond)


@pytest.mark.parametrize(
    ("treated", "elsewhere", "outcome"),
    [(-1, 1, DISPLACEMENT), (-1, -1, DIFFUSION), (-1, 0, NEITHER)]
    + [(treated, elsewhere, NO_EFFECT) for treated in (0, 1) for elsewhere in (-1, 0, 1)],
)
def test_a_direct_effect_is_required_first(treated: int, elsewhere: int, outcome: Outcome) -> None:
    assert outcome_of(treated, elsewhere) == outcome


def test_verdicts_of_draws_worked_out_by_hand() -> None:
    displaced = Verdict.of(runs_with([-9, -10, -11], [4, 5, 6], [-1, 0, 1]))
    assert (displaced.outcome, displaced.by_sign, displaced.of_placebo) == (DISPLACEMENT, DISPLACEMENT, NEITHER)
    spread = Verdict.of(runs_with([-9, -10, -11], [-4, -5, -6], [4, 5, 6]))
    assert (spread.outcome, spread.by_sign, spread.of_placebo) == (DIFFUSION, DIFFUSION, DISPLACEMENT)
    drowned = Verdict.of(runs_with([-9, -10, -11], [-20, 0, 21]))
    assert (drowned.outcome, drowned.by_sign) == (NEITHER, DISPLACEMENT)
    unfelt = Verdict.of(runs_with([-20, 0, 17], [-4, -5, -6]))
    assert (unfelt.outcome, unfelt.by_sign) == (NO_EFFECT, DIFFUSION)


@pytest.mark.parametrize("replications", [3, 4, 8])
def test_luck_alone_is_called_a_change_as_often_as_documented(replications: int) -> None:
    """5 % rise and 5 % fall where nothing changes; tolerance: 5 binomial standard errors of 5,000 draws."""
    noise = np.random.default_rng(replications).normal(scale=5 * TONNE, size=(5_000, replications))
    signs = np.array([change_of(row.round().astype(np.int64)).beyond_noise for row in noise])
    for side in (1, -1):
        assert abs((signs == side).mean() - 0.05) < 5 * (0.05 * 0.95 / 5_000) ** 0.5


def test_shares_have_exact_intervals() -> None:
    """None of 10: at most 1 - .025^(1/10); 5 of 10: .187 to .813 (Clopper and Pearson)."""
    none = share_of(DIFFUSION, [DISPLACEMENT] * 10)
    assert (none.count, none.draws, none.low) == (0, 10, 0.0)
    assert none.high == pytest.approx(1 - 0.025**0.1)
    half = share_of(DIFFUSION, [DISPLACEMENT] * 5 + [DIFFUSION] * 5)
    assert (half.low, half.high) == pytest.approx((0.1871, 0.8129), abs=1e-4)


def test_a_rank_correlation_is_that_of_an_independent_program() -> None:
    """Example of ci.spear in the R package statpsych, by one of the authors of the formula."""
    y = np.array([21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19.0])
    x = np.array([67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51.0])
    for inputs in (x, np.log(x), 3 * x - 1):
        c = rank_correlation(inputs, y)
        assert (c.rho, c.low, c.high) == pytest.approx((0.8699639, 0.5840951, 0.9638297), abs=1e-6)


def test_a_side_that_does_not_vary_has_no_correlation() -> None:
    x = np.arange(5.0)
    assert np.isnan(rank_correlation(x, np.ones(5)).rho)
    assert np.isnan(rank_correlation(np.ones(5), x).low)
    perfect = rank_correlation(x, -(x**3))
    assert (perfect.rho, perfect.low, perfect.high) == pytest.approx((-1, -1, -1))


def test_the_largest_of_many_by_chance() -> None:
    """One input: the median of |z| is .6745. Many: as found in trials (standard error of their median .002)."""
    assert largest_by_chance(28, 1) == pytest.approx(np.tanh(0.67449 / 5), abs=1e-5)
    rng = np.random.default_rng(0)
    y = np.arange(64.0)
    largest = [
        max(abs(rank_correlation(column, y).rho) for column in rng.random((20, 64))) for _ in range(600)
    ]  # fmt: skip
    assert np.median(largest) == pytest.approx(largest_by_chance(64, 20), abs=0.012)


def test_the_unmeasured_inputs_stand_first_and_the_others_by_strength() -> None:
    rng = np.random.default_rng(1)
    names = ["a", FIRST[1], "constant", "b", FIRST[0]]
    inputs = rng.random((40, 5))
    inputs[:, 2] = 3
    found = sensitivities(names, inputs, inputs[:, 3] ** 2, inputs[:, 0] + 0.5 * rng.random(40))
    assert [one.name for one in found] == [*FIRST, "b", "a", "constant"]
    assert found[2].elsewhere.rho == pytest.approx(1)
    assert found[3].kept_off.rho > 0.5 > abs(found[3].elsewhere.rho)
    assert found[4].strength == 0


def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: object = None) -> Spillover:
    calls: list[float] = []
    table = fake_table(calls, fails=fails) if callable(fails) else fake_table(calls)
    monkeypatch.setattr(study, "draw_table", table)
    return spillover(question(), tmp_path / "kept", 1, "v1", lambda done, planned: None)


def test_shares_and_sensitivities_of_a_market_that_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a temperature half of what is lost is displaced; above it a quarter more is lost elsewhere."""
    result = made(tmp_path, monkeypatch)
    temperatures = np.array([p.choice.temperature_eur_per_kg for p in result.drawn.parameters])
    cold = int((temperatures < TEMPERATURE_TURN).sum())
    assert 0 < cold < 16
    assert result.share(DISPLACEMENT).count == result.share(DISPLACEMENT, "by_sign").count == cold
    assert result.share(DIFFUSION).count == 16 - cold
    assert result.share(NEITHER, "of_placebo").count == 16
    draws, mean, spread = share_displaced(result)
    assert draws == 16
    assert mean == pytest.approx((0.5 * cold - 0.25 * (16 - cold)) / 16, abs=1e-6)
    assert (spread.low, spread.high) == pytest.approx((-0.25, 0.5), abs=1e-4)
    assert result.sensitivities[1].name == FIRST[1]
    assert result.sensitivities[1].elsewhere.rho < -0.7
    assert result.sensitivities[2].strength < abs(result.sensitivities[1].elsewhere.rho)


def test_a_draw_that_fails_is_in_no_share_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hot = TEMPERATURE_TURN
    result = made(tmp_path, monkeypatch, lambda case: case.parameters.choice.temperature_eur_per_kg > hot)
    ran = len(result.ran)
    assert 0 < ran < 16
    assert result.share(DISPLACEMENT).count == result.share(DISPLACEMENT).draws == ran
    assert [message for _, message in result.failures] == ["KeyError: on purpose"] * (16 - ran)


def test_nearly_all_draws_failing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match=r"0 of 16 draws could be run; the first to fail said: KeyError"):
        made(tmp_path, monkeypatch, lambda case: True)


def test_a_run_that_raises_gives_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(case: Case, seed: int, replication: int) -> None:
        raise ZeroDivisionError(f"in replication {replication}")

    monkeypatch.setattr("experiments.spillover.measure.run", broken)
    q = question()
    runs = runs_of(draw_table(q.treated_arm, q.baseline, q.treated, 1, 2))
    assert runs.failure == "ZeroDivisionError: in replication 0"
    assert runs.treated_change_g.size == 0


def test_without_a_direct_effect_nothing_is_displaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unfelt, felt = runs_with([1, 2, 3], [4, 5, 6]), runs_with([-9, -10, -11], [4, 5, 6])
    result = made(tmp_path, monkeypatch)
    said = "0.50 of what the treated place lost turned up elsewhere"
    for runs, words in (
        ([unfelt, unfelt], "No draw has a direct effect beyond noise"),
        ([unfelt, felt], f"In the one draw with a direct effect beyond noise, {said}"),
        ([felt, felt], f"In the 2 draws with a direct effect beyond noise, on average {said}; they differ by no more"),
    ):
        assert displaced_in_words(dc.replace(result, runs=runs, verdicts=[*map(Verdict.of, runs)])).startswith(words)


def test_the_defaults_are_those_of_the_command() -> None:
    asked_for, _ = asked([*SMALL, "treated=BEANR"])
    assert (asked_for.draws, asked_for.replications) == (64, 4)
    asked_for, _ = asked([*SMALL, "treated=BEANR", "draws=9", "draw_replications=5"])
    assert (asked_for.draws, asked_for.replications) == (9, 5)


@pytest.mark.slow
def test_both_displacement_and_diffusion_occur_over_the_priors(tmp_path: Path) -> None:
    """Neither is built in: over draws from the priors one port strengthened gives displacement, and diffusion.

    What luck alone would do is in the placebo: the shares of its draws are not to be as large.
    """
    few = ["world=three_ports", "horizon_years=1", "burn_in_start=2023-10-01", "closing_days=60"]
    # At a fixed price: a price that rises with what is seized brings loads back, and more elsewhere.
    case, _ = load([*few, "switches.price_feedback=false"])
    treated = find_treated("BEANR", build_world(case.world, case.parameters, case.good))
    arm = with_scaled_capacity(case, treated, 8.0)[1]
    result = spillover(Question(case, arm, treated, 1, 24, 4), tmp_path, 2, "test", lambda done, planned: None)
    assert result.failures == []
    for outcome in (DISPLACEMENT, DIFFUSION):
        assert result.share(outcome).count > 0, outcome
        assert result.share(outcome).count > result.share(outcome, "of_placebo").count, outcome
    _, _, displaced = share_displaced(result)
    assert displaced.low < 0 < displaced.high, "over the priors, the luck of replications taken out"
