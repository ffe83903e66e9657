"""The funding surrogate by hand, its fit to portfolios that were made up, and which portfolios to simulate."""

from __future__ import annotations

import dataclasses as dc
import math

import numpy as np
import pytest

from experiments.funding.crew import crewed
from experiments.funding.detection import Detection
from experiments.funding.fit import FACTORS, Fit, fit
from experiments.funding.limits import Limits
from experiments.funding.remade import offers_under, reanchored, remade
from experiments.funding.rules import traffic
from experiments.funding.surrogate import AS_MODELLED, Fitted, Trial, make_surrogate, objective, yearly_cost_t
from experiments.funding.trial_design import fit_design
from scenarios.errors import InputError
from scenarios.priors import with_values
from sim.streams import Stream, Streams
from sim.transhipment import recall
from tests.funding_cases import Toy, toy

TRUE = Fitted(scans=0.7, looks=0.5, stake=1.6, dissimilarity=1.5, supply=0.6)


def trials(t: Toy, fitted: Fitted, noise_t: float, count: int = 30, seed: int = 1) -> list[Trial]:
    """Return portfolios with what a surrogate with these factors keeps off, and noise."""
    truth = make_surrogate(t.question, t.baseline, fitted)
    question = dc.replace(t.question, budgets_cents=(8 * t.question.budgets_cents[1],))
    luck = Streams(seed, 0).generator(Stream.PRIOR_DRAW)
    made = []
    for units in fit_design(question, count, seed):
        by_range = truth.kept_off_by_range_t(units) + luck.normal(0, noise_t, 2)
        made.append(Trial(units, float(by_range.sum()), noise_t * math.sqrt(2), by_range, np.full(2, noise_t)))
    return made


# ---- detection -----------------------------------------------------------------------------------------------------


def test_detection_by_hand() -> None:
    """Recall of the drug-tasked share x (image, or dogs on the boxes that they get to) x search."""
    t = toy(1, ports=3)
    control = t.question.base.parameters.control
    detection = Detection.of(t.question, t.baseline)
    units = np.array([[1, 0, 1]])
    scans = t.question.sites[2].scans_per_year + 12_000
    tasked = scans * control.utilisation * control.drug_tasked_share
    up = control.scanner_mtbf_days / (control.scanner_mtbf_days + control.scanner_mttr_days)
    share = min(tasked * up / t.baseline.boxes[2], 1.0)
    looked = min(4_000 * 0.95 / tasked, 1.0)
    image, dogs = np.array([0.75, 0.55, 0.45, 0.35]), np.array([0.4, 0.3, 0.3, 0.3])
    seen = np.array([0.4, 0.35, 0.15, 0.1]) @ (1 - (1 - image) * (1 - looked * dogs))
    picked = float(recall(np.array(share), np.array(control.separation)))
    expected = picked * control.search_detection * seen
    assert detection.found(np.array([2]), units)[0] == pytest.approx(expected, rel=1e-12)


def test_where_nothing_scans_boxes_are_searched() -> None:
    """Without a scanner image and dogs play no part, and as many boxes are opened as images would indicate."""
    t = toy(1, ports=3)
    bare = dc.replace(t.baseline, has_scanner=np.zeros(3))
    control = t.question.base.parameters.control
    detection, units = Detection.of(t.question, bare), np.array([[0, 0, 2]])
    up = control.scanner_mtbf_days / (control.scanner_mtbf_days + control.scanner_mttr_days)
    opened = t.question.sites[0].scans_per_year * control.image_false_alarm
    share = min(opened * control.utilisation * control.drug_tasked_share * up / bare.boxes[0], 1.0)
    expected = float(recall(np.array(share), np.array(control.separation))) * control.search_detection
    assert detection.found(np.zeros(1, np.int64), units)[0] == pytest.approx(expected, rel=1e-12)


def test_posts_go_where_they_scan_most() -> None:
    """Fixed staff: a hall takes 22 posts from older units, and scans 23,000 instead of 17,600; dogs get none."""
    t = toy(1, ports=3, staffing="fixed")
    sites = tuple(dc.replace(site, scans_per_year=24_000.0, posts=30.0) for site in t.question.sites)
    question = dc.replace(t.question, sites=sites)
    older, checks = crewed(question, np.array([0, 1, 2]), np.array([[0, 1, 1], [1, 0, 0], [0, 0, 1]]))
    np.testing.assert_allclose(older, [8 * 800.0, 24_000.0, 24_000.0])
    np.testing.assert_allclose(checks, [[0, 23_000, 0], [0, 0, 0], [0, 0, 0]])
    matching = dc.replace(question, staffing="matching")
    older, checks = crewed(matching, np.array([0]), np.array([[2, 1, 3]]))
    assert older.tolist() == [24_000.0]
    np.testing.assert_allclose(checks, [[24_000, 23_000, 3 * 4_000 * 0.95]])


# ---- what lands ----------------------------------------------------------------------------------------------------


def test_nothing_bought_is_the_baseline(seed: int) -> None:
    """What lands is what was simulated, and nothing is kept off, to the last bit."""
    t = toy(seed, ports=5)
    units = np.zeros(t.question.shape, np.int64)
    assert float(t.surrogate.landed_t(units)) == pytest.approx(t.baseline.landed_t, rel=1e-12)
    assert float(t.surrogate.kept_off_t(units)) == 0.0
    np.testing.assert_allclose(t.surrogate.losses(units), t.baseline.loss, rtol=0, atol=1e-15)
    np.testing.assert_allclose(t.surrogate.arriving_t(units), t.baseline.arriving_t, rtol=1e-12)


def test_with_flows_that_stay_what_is_kept_off_is_flow_times_loss(seed: int) -> None:
    """By hand: sum over ports of tonnes bound for them x (loss then - loss now)."""
    t = toy(seed, ports=5)
    units = Streams(seed, 0).generator(Stream.PRIOR_DRAW).integers(0, 2, t.question.shape)
    still = t.surrogate.without_followers()
    expected = (t.baseline.arriving_t * (still.losses(units) - t.baseline.loss)).sum()
    assert expected > 0
    assert float(still.kept_off_t(units)) == pytest.approx(float(expected), rel=1e-9)


def test_flow_leaves_the_port_that_checks_more() -> None:
    """First to ports of its range, then elsewhere; some is not shipped; less is kept off than if flows stayed."""
    t = toy(3, 1, ports=4, fitted=Fitted())
    units = np.zeros(t.question.shape, np.int64)
    units[0, 0] = 3
    change = t.surrogate.arriving_t(units) / t.baseline.arriving_t - 1
    same = t.baseline.range_of_port == t.baseline.range_of_port[0]
    same[0] = False
    assert change[0] < 0
    assert change[same].min(initial=1.0) > change[t.baseline.range_of_port != t.baseline.range_of_port[0]].max() > 0
    shipped = t.surrogate.arriving_t(units).sum() - t.baseline.arriving_t.sum()
    assert shipped < 0
    assert 0 < float(t.surrogate.kept_off_t(units)) != float(t.surrogate.without_followers().kept_off_t(units))


def test_portfolios_together_are_portfolios_one_by_one(seed: int) -> None:
    """Any leading shape, and ranges sum to the whole."""
    t = toy(seed, ports=4)
    units = Streams(seed, 0).generator(Stream.PRIOR_DRAW).integers(0, 3, (2, 3, *t.question.shape))
    together = t.surrogate.kept_off_t(units)
    assert together.shape == (2, 3)
    alone = [[float(t.surrogate.kept_off_t(units[i, k])) for k in range(3)] for i in range(2)]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    np.testing.assert_allclose(t.surrogate.kept_off_by_range_t(units).sum(axis=-1), together, rtol=1e-9)


def test_cost_in_tonnes_by_hand() -> None:
    """A hall: (0.1 x 4.9 million + 22 posts x 75,000) EUR over 30 EUR a gram: 0.0713 t; nothing with fixed staff."""
    t = toy(1)
    assert yearly_cost_t(t.question)[1] == pytest.approx((490_000 + 1_650_000) / 3e7, rel=1e-12)
    assert yearly_cost_t(dc.replace(t.question, staffing="fixed")).tolist() == [0.0, 0.0, 0.0]
    units = np.zeros(t.question.shape, np.int64)
    units[1, 1] = 2
    expected = float(t.surrogate.kept_off_t(units)) - 2 * 2_140_000 / 3e7
    assert float(objective(t.surrogate, t.question, units)) == pytest.approx(expected, rel=1e-12)


# ---- the fit -------------------------------------------------------------------------------------------------------


def test_fit_recovers_the_factors(seed: int) -> None:
    """Thirty portfolios with little noise give back each factor within four of the standard errors stated."""
    t = toy(seed, 2, ports=6, most=(6, 2, 6))
    found = fit(t.question, t.baseline, trials(t, TRUE, 0.01, seed=seed))
    logs = np.log(dc.astuple(found.surrogate.fitted))
    errors = np.sqrt(np.diag(found.log_covariance))
    off = (logs - np.log(dc.astuple(TRUE))) / errors
    assert (np.abs(off) < 4).all(), off
    assert (errors < 0.25).all()
    assert found.error.rmse_t < 0.05
    assert found.error.correlation > 0.999


def test_more_noise_is_stated(seed: int) -> None:
    """With a noise of 1 t the error left out is about that, and factors are less sure."""
    t = toy(seed, 2, ports=6, most=(6, 2, 6))
    clear, noisy = (fit(t.question, t.baseline, trials(t, TRUE, noise, seed=seed)) for noise in (0.01, 1.0))
    assert 0.5 * math.sqrt(2) < noisy.error.rmse_t < 2.5 * math.sqrt(2)
    assert noisy.error.noise_t == pytest.approx(math.sqrt(2))
    assert (np.diag(noisy.log_covariance) > np.diag(clear.log_covariance)).all()
    # Bias of 30 differences with that error: four standard errors.
    assert abs(noisy.error.bias_t) < 4 * noisy.error.rmse_t / math.sqrt(30)


def test_what_the_model_cannot_say_becomes_discrepancy() -> None:
    """Truth off by 2 t or so at random beyond the stated errors: a discrepancy of that size is found."""
    t = toy(1, 2, ports=6, most=(6, 2, 6))
    luck = Streams(7, 0).generator(Stream.PRIOR_DRAW)
    off = [
        dc.replace(
            trial, kept_off_t=trial.kept_off_t + float(luck.normal(0, 2)), by_range_t=None, by_range_error_t=None
        )
        for trial in trials(t, TRUE, 0.01)
    ]
    found = fit(t.question, t.baseline, off)
    assert 1.2 < found.error.discrepancy_t < 3.2
    exact = fit(t.question, t.baseline, trials(t, TRUE, 0.01))
    usual = np.sqrt(np.mean([trial.kept_off_t**2 for trial in trials(t, TRUE, 0.01)]))
    assert exact.error.discrepancy_t == pytest.approx(0.01 * usual)


def test_trials_that_say_nothing_leave_the_model_as_it_is() -> None:
    """Empty portfolios: every factor stays what it was, as unsure as it was."""
    t = toy(1)
    empty = [Trial(np.zeros(t.question.shape, np.int64), 0.0, 1.0) for _ in range(4)]
    found = fit(t.question, t.baseline, empty)
    np.testing.assert_allclose(dc.astuple(found.surrogate.fitted), dc.astuple(AS_MODELLED), rtol=1e-6)
    np.testing.assert_allclose(np.diag(found.log_covariance), 0.7**2, rtol=1e-6)
    assert math.isnan(found.error.correlation)


def test_draws_of_the_factors_have_the_stated_spread() -> None:
    """A standard normal number moves a factor by its standard error; none leaves it."""
    t = toy(1)
    found = Fit(t.surrogate, np.diag([0.04, 0.01, 0.09, 0.04, 0.01, 0.16]), None, np.zeros(0))  # type: ignore[arg-type]
    usual = np.array(dc.astuple(t.surrogate.fitted))
    np.testing.assert_allclose(dc.astuple(found.drawn(np.zeros(6))), usual, rtol=1e-12)
    moved = np.array(dc.astuple(found.drawn(np.ones(6))))
    np.testing.assert_allclose(moved, usual * np.exp([0.2, 0.1, 0.3, 0.2, 0.1, 0.4]), rtol=1e-12)
    assert len(FACTORS) == 6


@pytest.mark.parametrize(
    ("count", "error", "message"), [(2, 1.0, "2 simulated portfolios"), (3, 0.0, "a standard error is 0")]
)
def test_too_little_to_fit_is_refused(count: int, error: float, message: str) -> None:
    t = toy(1)
    few = [Trial(np.ones(t.question.shape, np.int64), 1.0, error) for _ in range(count)]
    with pytest.raises(InputError, match=message):
        fit(t.question, t.baseline, few)


# ---- which portfolios to simulate ------------------------------------------------------------------------------------


def test_design_is_spread(seed: int) -> None:
    """No portfolio is empty or beyond the budget; scanners alone, dogs alone, both; each range alone and together."""
    t = toy(seed, ports=6, most=(6, 2, 6))
    question = dc.replace(t.question, budgets_cents=(0, 2_000_000_000))
    designed = fit_design(question, 24, seed)
    limits = Limits.of(question, 2_000_000_000)
    assert all(limits.is_affordable(units) and units.any() for units in designed)
    bought = np.array([units.sum(axis=0) > 0 for units in designed])
    assert {(bool(row[:2].any()), bool(row[2])) for row in bought} == {(True, False), (False, True), (True, True)}
    ranges = np.array([site.port_range for site in question.sites])
    places = {tuple(sorted(set(ranges[units.any(axis=1)].tolist()))) for units in designed}
    assert {("north",), ("south",), ("north", "south")} <= places
    cents = np.array([int((units @ limits.grant_cents).sum()) for units in designed])
    assert cents.max() > 4 * cents.min()
    assert all((a == b).all() for a, b in zip(designed, fit_design(question, 24, seed), strict=True))


def test_second_looks_are_tried_in_part_of_what_is_scanned(seed: int) -> None:
    """Without new scanners no port has sets beyond what it scans for drugs, and most look at less than all of it."""
    t = toy(seed, ports=6, most=(6, 2, 20))
    question = dc.replace(t.question, budgets_cents=(20_000_000_000,))
    slow = dc.replace(question.offers[2], terms=dc.replace(question.offers[2].terms, checks_per_year=250.0))
    question = dc.replace(question, offers=(*question.offers[:2], slow))
    control, dogs = question.base.parameters.control, slow.terms
    scans = np.array([site.scans_per_year for site in question.sites])
    full = scans * control.utilisation * control.drug_tasked_share / (dogs.checks_per_year * dogs.availability)
    alone = [units[:, 2] for units in fit_design(question, 24, seed) if not units[:, :2].any()]
    sets, whole = np.concatenate(alone), np.tile(full, len(alone))
    large = (sets > 0) & (whole > 3)
    assert (sets <= np.maximum(np.ceil(whole), 1)).all()
    assert (sets[large] < 0.9 * whole[large]).mean() > 0.5


def test_a_trial_that_agrees_by_luck_does_not_rule_the_fit() -> None:
    """Errors are pooled over portfolios: one that two replications put at nothing is no surer than the others."""
    t = toy(1, 2, ports=6, most=(6, 2, 6))
    made = trials(t, TRUE, 0.5)
    lucky = [dc.replace(made[0], error_t=1e-6, by_range_error_t=np.full(2, 1e-6)), *made[1:]]
    one, other = (dc.astuple(fit(t.question, t.baseline, some).surrogate.fitted) for some in (made, lucky))
    np.testing.assert_allclose(one, other, rtol=0.1)


def test_the_price_is_that_at_which_demand_takes_what_lands(seed: int) -> None:
    """P = P0 (landed / landed0)^(1 / elasticity) exactly; without feedback it stays and more is kept off."""
    t = toy(seed, ports=5)
    units = Streams(seed, 0).generator(Stream.PRIOR_DRAW).integers(0, 4, (7, *t.question.shape))
    elasticity = t.question.base.parameters.market.elasticity
    share = t.surrogate.landed_t(units) / t.baseline.landed_t
    price = t.surrogate.price_eur_per_kg(units)
    assert (price > 30_000).all()
    np.testing.assert_allclose(price, 30_000 * share ** (1 / elasticity), rtol=1e-9)
    assert t.question.base.switches.price_feedback
    off = dc.replace(t.question.base, switches=dc.replace(t.question.base.switches, price_feedback=False))
    free = make_surrogate(dc.replace(t.question, base=off), t.baseline, t.surrogate.fitted)
    assert (free.price_eur_per_kg(units) == 30_000).all()
    assert (free.kept_off_t(units) > t.surrogate.kept_off_t(units)).all()


def test_a_budget_that_buys_nothing_has_no_design() -> None:
    t = toy(1)
    with pytest.raises(InputError, match="buys no unit of any type"):
        fit_design(dc.replace(t.question, budgets_cents=(0, 100)), 4, 1)


# ---- other parameters ------------------------------------------------------------------------------------------------


def test_seizures_stay_when_interception_is_another_one() -> None:
    """Odds of a loss doubled: what is lost in tonnes stays, where something is lost; what lands halves."""
    t = toy(1, ports=4)
    t.baseline.loss[3] = 0.0
    other = reanchored(t.baseline, 2.0)
    np.testing.assert_allclose(other.arriving_t * other.loss, t.baseline.arriving_t * t.baseline.loss, rtol=1e-12)
    np.testing.assert_allclose(other.arriving_t * (1 - other.loss), t.baseline.arriving_t * (1 - t.baseline.loss) / 2)
    assert reanchored(t.baseline, 1.0) is t.baseline
    np.testing.assert_allclose(reanchored(t.baseline, 1.0, 1.5).arriving_t, 1.5 * t.baseline.arriving_t)


def test_offers_move_with_the_parameters() -> None:
    """A mobile unit that scans half as much and takes 20 posts; prices stay; dogs are none of it."""
    t = toy(1)
    parameters = with_values(
        t.question.base.parameters, {"control.mobile_scans_per_year": 9_000.0, "finance.posts_per_unit": 20}
    )
    mobile, hall, dogs = offers_under(t.question, parameters)
    assert mobile.terms.checks_per_year == pytest.approx(9_000)
    assert mobile.terms.posts == 20
    assert mobile.terms.capital_eur == t.question.offers[0].terms.capital_eur
    assert (hall, dogs) == t.question.offers[1:]


def test_the_same_parameters_give_the_same_surrogate() -> None:
    t = toy(2, ports=4)
    same = remade(t.surrogate, t.question.base.parameters)
    units = traffic(t.question, t.surrogate, t.question.budgets_cents[-1])
    assert units.any()
    assert float(same.kept_off_t(units)) == float(t.surrogate.kept_off_t(units))


# ---- rules of thumb --------------------------------------------------------------------------------------------------


def test_proportion_is_the_method_of_the_largest_remainder() -> None:
    """Seven units over traffic 5 : 3 : 1 are 4 : 2 : 1 (3.9, 2.3, 0.8); a full port passes its units on."""
    t = toy(1, ports=3, most=(7, 1, 1))
    sites = tuple(dc.replace(s, traffic=w) for s, w in zip(t.question.sites, (5.0, 3.0, 1.0), strict=True))
    question = dc.replace(t.question, sites=sites)
    grant = Limits.of(question, 0).grant_cents[0]
    assert traffic(question, t.surrogate, int(7 * grant)).tolist() == [[4, 0, 0], [2, 0, 0], [1, 0, 0]]
    offers = (dc.replace(question.offers[0], most_per_port=3), *question.offers[1:])
    full = dc.replace(question, offers=offers)
    assert traffic(full, t.surrogate, int(7 * grant))[:, 0].tolist() == [3, 3, 1]
    capped = dc.replace(question, caps=dict.fromkeys(question.countries, 0.5))
    spent = Limits.of(capped, int(8 * grant)).spent(traffic(capped, t.surrogate, int(8 * grant)))
    assert (spent <= 4 * grant).all()
