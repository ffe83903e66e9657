"""Value of information, draws, scenarios and what would change a recommendation."""

from __future__ import annotations

import dataclasses as dc
from functools import lru_cache

import numpy as np
import pytest

from experiments.funding import draws as draws_module
from experiments.funding import sensitivity
from experiments.funding import uncertainty as uncertainty_module
from experiments.funding.draws import (
    FITTED,
    INPUTS,
    SECOND_LOOKS,
    Drawn,
    draw_surrogates,
    reoptimised,
    share_chosen,
    values_of,
)
from experiments.funding.fit import Fit, FitError
from experiments.funding.limits import Limits
from experiments.funding.question import Plan
from experiments.funding.rules import adaptive, nothing
from experiments.funding.sensitivity import (
    detection_thresholds,
    first_change,
    looks_thresholds,
    most_uncertain,
    moved_by,
    regret_of,
)
from experiments.funding.states import (
    FASTER_BY_AI,
    image_range,
    scenario_count,
    scenarios,
    with_image_detection,
    with_input,
)
from experiments.funding.surrogate import Fitted, objective
from experiments.funding.uncertainty import Uncertainty, most_searches, uncertainty
from experiments.funding.value_of_information import evpi, evppi
from experiments.interception_anchor import IMAGE, mean_image_detection
from scenarios.errors import InputError
from sim.streams import Stream, Streams
from tests.funding_cases import Toy, toy

# ---- by hand -------------------------------------------------------------------------------------------------------

ERROR = FitError(9, 3.0, 1.0, 0.0, 0.9, 2.0, 0.1)
"""A surrogate that is off by a tenth of what it says."""
TWO_STATES = np.array([[10.0, 4.0], [0.0, 6.0]])
"""Two states as likely as each other, two plans: the first is best on average only by what it gains in one state."""


def test_perfect_information_on_two_states() -> None:
    """Plans are worth 5 each without knowing; knowing, 10 and 6, so 8: information is worth 3."""
    assert evpi(TWO_STATES) == pytest.approx(3.0)
    assert evpi(np.array([[2.0, 1.0], [3.0, 1.0]])) == 0.0
    # A third plan that is worth 12 in the first state adds half of the 2 that it is better; on average it is worth 6.
    assert evpi(np.column_stack([TWO_STATES, [12.0, 0.0]])) == pytest.approx(9.0 - 6.0)


def test_knowing_the_parameter_that_decides_is_knowing_all(seed: int) -> None:
    """Two plans, one parameter that says which is better, one that says nothing: all of the value, and nearly none.

    Gain |x| of choosing right with x uniform on (-1, 1): E max(x, -x) = 1 / 2. Of ten parts the sign changes near the
    edge of one, which loses 0.005 at most. Taken off is at most E |mean of 200| = sqrt(2 / pi) x 0.577 / sqrt(200) =
    0.0326 and its noise, too much where x says all.
    """
    luck = Streams(seed, 0).generator(Stream.PRIOR_DRAW)
    x, idle = luck.uniform(-1, 1, 2_000), luck.uniform(-1, 1, 2_000)
    values = np.column_stack([x, -x])
    assert evpi(values) == pytest.approx(0.5, abs=0.06)
    assert evpi(values) - 0.05 < evppi(values, x, seed) <= evpi(values)
    assert evppi(values, idle, seed) < 0.03


def test_share_of_draws_by_hand() -> None:
    """A plan of two units: both in the first draw, one in the second, none in the third: (2 + 1 + 0) / 3 / 2."""
    chosen = np.array([[[3, 0]], [[1, 0]], [[0, 1]]])
    share = share_chosen(chosen, np.array([[2, 0]]))
    assert share[0, 0] == pytest.approx(0.5)
    assert np.isnan(share[0, 1])


def test_the_first_change_on_the_way() -> None:
    """Bisected to a thousandth of the way, up or down; none where nothing changes."""
    assert first_change(lambda x: x > 0.6123, 0.5, 0.9) == pytest.approx(0.6123, abs=4e-4)
    assert first_change(lambda x: x < 0.31, 0.5, 0.2) == pytest.approx(0.31, abs=3e-4)
    assert first_change(lambda x: x > 0.95, 0.5, 0.9) is None


# ---- draws ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def asked() -> tuple[Toy, int, np.ndarray, Drawn]:
    """Return a question, a budget, the recommended plan and forty draws."""
    t = toy(3, 1, ports=5, most=(4, 2, 4), fitted=Fitted())
    budget = t.question.budgets_cents[-1]
    plan = adaptive(t.question, t.surrogate, budget)
    drawn = draw_surrogates(Fit(t.surrogate, 0.05 * np.eye(6), ERROR, np.zeros(0)), 40, 1)
    return t, budget, plan, drawn


def test_draws_cost_the_same_and_differ_in_what_they_keep_off() -> None:
    """Prices are known; draws of the same seed are the same, of another are others."""
    t, _, plan, drawn = asked()
    assert drawn.names == (*INPUTS, SECOND_LOOKS, *FITTED)
    assert drawn.values.shape == (40, len(drawn.names))
    grants = [offer.grant_cents(0.8) for offer in t.question.offers]
    for one in drawn.surrogates:
        assert one.question.sites == t.question.sites
        assert [offer.grant_cents(0.8) for offer in one.question.offers] == grants
    both = np.array([nothing(t.question), plan])
    kept = np.array([one.kept_off_t(both) for one in drawn.surrogates])
    assert not kept[:, 0].any()
    assert np.ptp(kept[:, 1]) > 0.1 * kept[:, 1].mean() > 0
    fitted = Fit(t.surrogate, 0.05 * np.eye(6), ERROR, np.zeros(0))
    assert (draw_surrogates(fitted, 5, 2).values == draw_surrogates(fitted, 5, 2).values).all()
    assert (draw_surrogates(fitted, 5, 2).values != draw_surrogates(fitted, 5, 3).values).any()


def test_every_draw_gets_its_best_plan() -> None:
    """Never worse there than the recommended one, within the budget; perfect information is worth what that adds."""
    t, budget, plan, drawn = asked()
    told: list[int] = []
    best = reoptimised(drawn.surrogates[:15], budget, plan, told.append)
    assert told == list(range(1, 16))
    values = values_of(drawn.surrogates[:15], np.array([plan, nothing(t.question)]))
    of_best = np.array(
        [float(objective(one, one.question, units)) for one, units in zip(drawn.surrogates, best, strict=False)]
    )
    assert (of_best >= values[:, 0]).all()
    assert all(Limits.of(t.question, budget).is_affordable(units) for units in best)
    assert evpi(np.column_stack([values, of_best])) >= 0
    share = share_chosen(best, plan)[plan > 0]
    assert ((share >= 0) & (share <= 1)).all()
    assert share.max() > 0.5


def test_the_inputs_that_move_a_plan_most() -> None:
    """Largest first; an input that is the value itself comes before all others, with correlation 1."""
    _, _, plan, drawn = asked()
    values = values_of(drawn.surrogates, plan[None])[:, 0]
    known = Drawn((*drawn.names, "itself"), np.column_stack([drawn.values, values]), drawn.surrogates, drawn.off)
    ranked = most_uncertain(known, values, 5)
    assert ranked[0][0] == "itself"
    assert ranked[0][1] == pytest.approx(1.0)
    assert [share for _, share in ranked] == sorted((share for _, share in ranked), reverse=True)


def test_the_recommendation_at_both_ends_of_an_input() -> None:
    """Keeping to the plan never gains; where the best plan is the recommended one, it loses nothing."""
    t, budget, plan, drawn = asked()
    rows = moved_by(t.surrogate, plan, budget, drawn, ["fitted.stake", IMAGE, "finance.posts_per_unit"])
    assert [row.name for row in rows] == ["fitted.stake"] * 2 + [IMAGE] * 2 + ["finance.posts_per_unit"] * 2
    for row in rows:
        assert not row.refusal
        assert row.lost_t >= 0
        assert row.kept_off_t > 0
        if (row.plan == plan).all():
            assert (row.lost_t, row.units_changed) == (0.0, 0)
    low, high = (row.kept_off_t for row in rows[2:4])
    assert low < high


# ---- states of the world -------------------------------------------------------------------------------------------


def test_scenarios_move_what_they_should() -> None:
    """More supply scales what is kept off; machines that read see and check more."""
    t, _, plan, _ = asked()
    by_name = {one.name: one for one in scenarios(t.surrogate)}
    usual = float(t.surrogate.kept_off_t(plan))
    assert float(by_name["supply_up"].surrogate.kept_off_t(plan)) == pytest.approx(1.5 * usual, rel=1e-9)
    ai = by_name["ai_reading"].surrogate
    assert ai.question.offers[0].terms.checks_per_year == pytest.approx(12_000 * FASTER_BY_AI)
    assert ai.question.offers[0].terms.detection == pytest.approx(
        [1 - 0.67 * (1 - d) for d in (0.75, 0.55, 0.45, 0.35)]
    )
    assert ai.question.offers[2].terms == t.question.offers[2].terms
    assert ai.question.sites[0].scans_per_year == pytest.approx(FASTER_BY_AI * t.question.sites[0].scans_per_year)
    blind = by_name["second_looks_see_nothing"].surrogate
    dogs = plan * np.array([0, 0, 1]) + np.array([0, 0, 1])
    assert float(blind.kept_off_t(dogs)) == 0.0 < float(by_name["second_looks_see_half"].surrogate.kept_off_t(dogs))
    values = {name: float(one.values(plan[None])[0]) for name, one in by_name.items()}
    assert values["interception_0.25"] > values["interception_0.42"] > values["interception_0.6"] > 0
    assert "no draw" in by_name["interception_0.25"].about


def test_no_state_is_one_that_the_plan_that_is_best_there_was_not_sought_for() -> None:
    """In each the best plan is optimised for what its values are: deliveries in time play no part in either."""
    t, budget, plan, _ = asked()
    for state in scenarios(t.surrogate):
        own = adaptive(state.surrogate.question, state.surrogate, budget, [plan], quick=True)
        known = float(objective(state.surrogate, state.surrogate.question, own))
        assert state.values(own[None])[0] == pytest.approx(known, rel=1e-12), state.name
        assert state.values(np.array([own, plan])).argmax() == 0, state.name


def test_better_images_keep_more_off() -> None:
    """At the usual detection nothing changes; above, a plan of scanners keeps off more."""
    t, _, plan, _ = asked()
    usual = mean_image_detection(t.question.base.parameters)
    same, better = (with_image_detection(t.surrogate, mean) for mean in (usual, 0.6))
    assert float(same.kept_off_t(plan)) == pytest.approx(float(t.surrogate.kept_off_t(plan)), rel=1e-9)
    assert float(better.kept_off_t(plan)) > float(same.kept_off_t(plan))
    stake = with_input(t.surrogate, "fitted.stake", 2.0)
    assert stake.flows.followers.stake == pytest.approx(2 * t.surrogate.flows.followers.stake)


def test_where_the_recommendation_changes() -> None:
    """At a threshold a better plan is known by more than one per cent just beyond it, and not just before it."""
    t, budget, _, _ = asked()
    plan = adaptive(t.question, t.surrogate, budget)
    found = detection_thresholds(t.surrogate, plan, budget)
    assert found.usual == pytest.approx(0.525)
    for threshold, beyond in ((found.below, -0.004), (found.above, 0.004)):
        if threshold is not None:
            for step, changes in ((beyond, True), (-beyond, False)):
                there = with_image_detection(t.surrogate, threshold + step)
                lost, worth, _ = regret_of(there, plan, budget)
                assert (lost > 0.01 * worth) is changes
    low, high = image_range(t.surrogate, 0.2, 0.9)
    assert low < found.usual < high
    with pytest.raises(InputError, match="the anchor accepts"):
        with_image_detection(t.surrogate, low - 0.01)
    poor = with_image_detection(t.surrogate, low)
    wrong = adaptive(poor.question, poor, budget)
    lost, _, best = regret_of(with_image_detection(t.surrogate, high), wrong, budget)
    assert lost >= 0
    assert Limits.of(t.question, budget).is_affordable(best)


@pytest.mark.parametrize("has_looks", [True, False])
def test_searches_are_counted_beforehand(monkeypatch: pytest.MonkeyPatch, has_looks: bool) -> None:
    """No more than said, no fewer than draws, scenarios, inputs and one way of each threshold; steps are told of."""
    t, budget, _, _ = asked()
    surrogate = t.surrogate if has_looks else t.surrogate.asked(dc.replace(t.question, offers=t.question.offers[:2]))
    question, draws, searches = surrogate.question, 8, []
    assert len(scenarios(surrogate)) == scenario_count(question)
    plan = adaptive(question, surrogate, budget)

    def counted(*given: object, **more: object) -> np.ndarray:
        searches.append(given)
        return plan

    for module in (draws_module, sensitivity, uncertainty_module):
        monkeypatch.setattr(module, "adaptive", counted)
    one, told = Plan("adaptive", budget, plan), []
    fitted = Fit(surrogate, 0.05 * np.eye(6), ERROR, np.zeros(0))
    uncertainty(fitted, {("adaptive", budget): one}, {budget: one}, draws, 1, lambda *step: told.append(step))
    most = most_searches(question, draws)
    assert draws + scenario_count(question) + 2 * 2 < len(searches) <= most
    assert told == sorted(told)
    assert told[-1] == (most, most)


def test_what_second_looks_see_is_drawn_where_they_are_on_offer() -> None:
    """Between nothing and 1.3 times; scanners alone have no such input, and no row of thresholds."""
    t, budget, plan, drawn = asked()
    seen = drawn.column(SECOND_LOOKS)
    assert 0 <= seen.min() < 0.1 < 1.2 < seen.max() <= 1.3
    for factor, one in zip(seen.tolist(), drawn.surrogates, strict=True):
        assert one.question.offers[2].terms.detection[0] == pytest.approx(0.4 * factor)
    scanners = t.surrogate.asked(dc.replace(t.question, offers=t.question.offers[:2]))
    names = draw_surrogates(Fit(scanners, 0.05 * np.eye(6), ERROR, np.zeros(0)), 8, 1).names
    assert names == INPUTS + FITTED
    found = looks_thresholds(t.surrogate, plan, budget)
    assert all(end is None or 0 <= end <= 1.3 for end in found)
    assert not any("second_looks" in one.name for one in scenarios(scanners))


def test_the_error_of_the_surrogate_widens_the_interval() -> None:
    """A tenth of what it says, in each draw the same share for every plan."""
    _, budget, plan, drawn = asked()
    assert drawn.off.std() == pytest.approx(0.1, rel=0.15)
    known = Uncertainty({}, drawn.surrogates, {}, off=drawn.off)
    bare = Uncertainty({}, drawn.surrogates, {})
    one = Plan("adaptive", budget, plan)
    np.testing.assert_allclose(known.kept_off_draws(one) / bare.kept_off_draws(one), drawn.off)


def test_the_interval_of_a_step_has_the_posts_of_each_draw() -> None:
    """Two mobile units more: what is kept off more, less what they cost with the posts that the draw has."""
    t, budget, plan, drawn = asked()
    more = plan.copy()
    more[0, 0] += 2
    one, other = Plan("adaptive", budget, more), Plan("joint_own", budget, plan)
    posts = [surrogate.question.offers[0].terms.posts for surrogate in drawn.surrogates]
    assert min(posts) < 10 < 18 < max(posts)
    running = t.question.offers[0].terms.running_eur_per_year
    cost_t = [2 * (running + 75_000 * count) / 30_000 / 1000 for count in posts]
    known = Uncertainty({}, drawn.surrogates, {}, off=drawn.off)
    kept = known.kept_off_draws(one) - known.kept_off_draws(other)
    assert known.step(one, other) == pytest.approx(np.quantile(kept - cost_t, [0.025, 0.975]))


def test_other_markets_and_coasts_are_among_the_inputs() -> None:
    """Steeper demand, better markets elsewhere and more losses on the coast: each moves what the plan keeps off."""
    t, _, plan, _ = asked()
    usual = float(t.surrogate.kept_off_t(plan))
    for name, value in (
        ("market.elasticity", -1.2), ("supply.outside_netback_eur_per_kg", 12_000.0),
        ("methods.outside_loss_probability", 0.55),
    ):  # fmt: skip
        assert name in INPUTS
        assert abs(float(with_input(t.surrogate, name, value).kept_off_t(plan)) / usual - 1) > 0.01, name
