"""Partner countries: what money covers before departure, whose boxes, what it finds, and where flow goes instead."""

from __future__ import annotations

import dataclasses as dc
import math
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from agents.beliefs import Beliefs
from agents.levers.partner_countries import coverage, covered_shares, seized_before_departure, split_by_threat
from agents.model import WaterbedModel
from scenarios.case import Case
from sim.codes import Fate
from sim.streams import Bools, Floats
from tests.laws.test_information import permute_the_truth
from tests.model_cases import NO_FEEDBACK, digest, model_at, run, small_case, with_levers, with_parameters

USUAL = small_case().parameters.departure.seizure_probability
BLOCK = "parameters.partner_countries"
STRONG = (
    f"{BLOCK}.presence_eur_per_year=0", f"{BLOCK}.programme_eur_per_year=20000000", f"{BLOCK}.eur_per_box=5",
    f"{BLOCK}.found_share=0.8",
)  # fmt: skip
SCOPES = ("national", "alliance")


def case_of(scope: str, *overrides: str) -> Case:
    """Return the case of three ports, frozen but for the lever."""
    return with_levers(small_case("regime=frozen", *overrides), partner_countries=scope)


def is_from(model: WaterbedModel, region: str) -> Bools:
    """Return which lanes start in a region."""
    are: Bools = (np.array(model.world.departure.region) == region)[model.world.lanes.departure]
    return are


def begun(case: Case, finds_from: str = "", at: str = "", replication: int = 0) -> WaterbedModel:
    """Return the model on the morning of its start, after many finds from a region (at the ports of a state)."""
    model = WaterbedModel(case, 1, replication)
    while model.day < model.start_day - 1:
        model.step()
    evidence = model.enforcement.evidence
    country = np.array([a.country for a in model.enforcement.authorities])[evidence.lane_authority]
    evidence.finds[is_from(model, finds_from) & ((country == at) | (at == ""))] += 1000
    model.step()
    return model


def added(model: WaterbedModel, country: str) -> Floats:
    """Return what is seized above the usual by departure port on the way to a state (one port each here), NaN if none.

    Shape (departure ports,).
    """
    lanes, evidence = model.world.lanes, model.enforcement.evidence
    country_of = np.array([a.country for a in model.enforcement.authorities])[evidence.lane_authority]
    by_departure = np.full(len(model.world.departure.code), np.nan)
    is_own = country_of == country
    by_departure[lanes.departure[is_own]] = model.enforcement.controls.departure_probability[is_own] - USUAL
    return by_departure


# ---- formulas --------------------------------------------------------------------------------------------------------


def test_coverage_by_hand() -> None:
    """The price of all boxes covers 1 - 1/e of them, twice as much 1 - 1/e2; no money, or no boxes, nothing."""
    covered = coverage(np.array([0.0, 3200.0, 6400.0, 5.0]), np.array([100.0, 100.0, 100.0, 0.0]), 32.0)
    assert covered == pytest.approx([0.0, 1 - math.exp(-1), 1 - math.exp(-2), 0.0])
    # The first euro buys boxes at the published price.
    assert coverage(np.array([32.0]), np.array([1e9]), 32.0)[0] * 1e9 == pytest.approx(1.0)


def test_money_follows_threat_by_hand() -> None:
    """Threat 60, 30, 10: of 90 EUR at two ports 60 and 30; ties go to the first."""
    assert split_by_threat(np.array([10.0, 60.0, 30.0]), 2, 90.0).tolist() == [0, 60, 30]
    assert split_by_threat(np.array([5.0, 5.0, 5.0]), 1, 90.0).tolist() == [90, 0, 0]


def test_where_to_be_present_by_hand() -> None:
    """Threat 60, 30 and 10 in 100 boxes each at 1 EUR, 200 EUR: what n ports promise decides on n."""
    threat, boxes = np.array([60.0, 30.0, 10.0]), np.full(3, 100.0)

    def promise(ports: int, presence: float) -> float:
        covered = coverage(split_by_threat(threat, ports, 200 - ports * presence), boxes, 1.0)
        return float((threat * covered).sum())

    # 60 (1 - e^-2); 60 (1 - e^-4/3) + 30 (1 - e^-2/3); 60 (1 - e^-1.2) + 30 (1 - e^-.6) + 10 (1 - e^-.2).
    assert [promise(n, 0.0) for n in (1, 2, 3)] == pytest.approx([51.88, 58.78, 57.28], abs=0.01)
    assert [promise(n, 40.0) for n in (1, 2, 3)] == pytest.approx([47.89, 42.93, 30.04], abs=0.01)
    for presence in (0.0, 40.0, 90.0):
        best = covered_shares(threat, boxes, 200.0, presence, 1.0)
        assert float((threat * best).sum()) == pytest.approx(
            max(promise(n, presence) for n in (1, 2, 3) if n * presence < 200)
        )
    assert np.count_nonzero(covered_shares(threat, boxes, 200.0, 0.0, 1.0)) == 2
    assert np.count_nonzero(covered_shares(threat, boxes, 200.0, 40.0, 1.0)) == 1


def test_who_cannot_pay_a_presence_covers_nothing() -> None:
    """Nor does anyone without a threat to look for, or without money."""
    threat, boxes = np.array([3.0, 1.0]), np.full(2, 100.0)
    assert not covered_shares(threat, boxes, 100.0, 100.0, 1.0).any()
    assert not covered_shares(threat, boxes, 0.0, 0.0, 1.0).any()
    assert not covered_shares(np.zeros(2), boxes, 100.0, 0.0, 1.0).any()


def test_seized_before_departure_by_hand() -> None:
    """Usual .13, half of the rest found: .565; nothing found: .13 to the bit; it vanishes with what is found."""
    assert seized_before_departure(0.13, np.array([0.5, 1.0])) == pytest.approx([0.565, 1.0])
    assert seized_before_departure(0.13, np.zeros(1))[0] == 0.13
    assert seized_before_departure(0.13, np.array([1e-9]))[0] - 0.13 == pytest.approx(0.87e-9, rel=1e-6)


# ---- the lever -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES)
def test_zero_strength_equals_absent(scope: str) -> None:
    """Law: a lever without strength is not there; with little of it, it does little."""
    off = digest(run(case_of("off"), 1, 0))
    assert digest(run(case_of(scope, f"{BLOCK}.strength=0"), 1, 0)) == off
    weak, usual = (begun(with_parameters_of_lever(case_of(scope), strength=s)) for s in (1e-6, 1.0))
    little, much = (m.enforcement.controls.departure_probability - USUAL for m in (weak, usual))
    assert much.max() > 0.05
    assert little == pytest.approx(1e-6 * much, rel=1e-6, abs=1e-15)


def with_parameters_of_lever(case: Case, **values: float) -> Case:
    levers = case.parameters.levers
    changed = levers | {"partner_countries": {**levers["partner_countries"], **values}}
    return dc.replace(case, parameters=dc.replace(case.parameters, levers=changed))


def test_both_scopes_pay_the_same() -> None:
    """Each state pays its part of the price in either scope, to the cent, and the parts sum to the price."""
    price = small_case().parameters.levers["partner_countries"]["programme_eur_per_year"]
    paid = []
    for scope in SCOPES:
        enforcement = begun(case_of(scope)).enforcement
        spent = [
            sum(entry.amount for entry in a.accounts.entries if entry.purpose == "partner_countries")
            for a in enforcement.authorities
        ]
        parts = enforcement.budget.parts()
        assert parts.sum() == pytest.approx(enforcement.world.eu_traffic_share)
        assert np.array(spent) / 100 == pytest.approx(price * parts, abs=0.01)
        paid.append(spent)
    assert paid[0] == paid[1]


def test_finds_of_one_state_by_scope() -> None:
    """Finds in Belgium from West Africa: alone only Belgium goes there; together all do, and find the same share."""
    national, alliance = (begun(case_of(scope), "WAF", at="BE") for scope in SCOPES)
    is_africa = np.array(national.world.departure.region) == "WAF"
    assert np.nanmax(added(national, "BE")[is_africa]) > 0.05
    assert np.nanmax(added(national, "BE")[~is_africa], initial=0.0) == 0
    assert np.nanmax(added(national, "NL")[is_africa]) == 0 < np.nanmax(added(national, "NL"))
    together = np.array([added(alliance, country) for country in ("BE", "NL", "DE")])[:, is_africa]
    spread = np.nanmax(together, axis=0) - np.nanmin(together, axis=0)
    assert spread.max() < 1e-12 < np.nanmax(together)


def test_states_outside_stay_alone() -> None:
    """Belgium and the Netherlands together, Germany alone: the two share coverage, the third has its own."""
    regime = small_case("regime=frozen", "regime.participants=[BE,NL]").regime
    case = with_levers(dc.replace(case_of("off"), regime=regime), partner_countries="alliance")
    model = begun(case)
    first, second, third = (added(model, country) for country in ("BE", "NL", "DE"))
    both = ~np.isnan(first) & ~np.isnan(second)
    assert np.array_equal(first[both], second[both])
    all_three = both & ~np.isnan(third)
    assert not np.array_equal(first[all_three], third[all_three])
    assert np.nanmax(third) > 0


@pytest.mark.parametrize("scope", SCOPES)
def test_permuted_truth_changes_no_coverage(scope: str) -> None:
    """Law: with the same evidence and other true flows, the same boxes are controlled."""
    chosen = []
    for is_permuted in (False, True):
        model = model_at(case_of(scope), 55)
        if is_permuted:
            permute_the_truth(model)
        for day in range(model.day, model.start_day):
            model.enforcement.enforce(day)
        chosen.append(model.enforcement.controls.departure_probability)
    assert np.array_equal(chosen[0], chosen[1])
    assert chosen[0].max() > USUAL


# ---- what it does ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def ended(scope: str, replication: int, *overrides: str) -> WaterbedModel:
    """Return the model at the end of its year, with many finds from the Pacific coast in its evidence at the start."""
    model = begun(case_of(scope, *STRONG, *overrides), "WCSA", replication=replication)
    while model.day < model.window_end_day:
        model.step()
    return model


def shipped(model: WaterbedModel) -> Any:
    """Return consignments dispatched after the start."""
    rows = model.physical.consignments
    return rows[rows["dispatch_day"] >= model.start_day]


@pytest.mark.parametrize("scope", SCOPES)
def test_more_is_seized_at_departure_and_less_at_entry(scope: str) -> None:
    """Without adaptation: the same loads leave from the same ports, as many are seized as coverage says, fewer later.

    The side effect is plain: ports of entry find less, and learn less from finds.
    """
    treated, control = ended(scope, 0, *NO_FEEDBACK), ended("off", 0, *NO_FEEDBACK)
    new, old = shipped(treated), shipped(control)
    for name in ("lead_lot", "ordinal", "departure", "place", "method", "mass_g", "dispatch_day"):
        assert np.array_equal(new[name], old[name]), "displacement is exactly zero where nothing adapts"
    is_lost, was_lost = (rows["fate"] == Fate.SEIZED_DEPARTURE for rows in (new, old))
    assert is_lost[was_lost].all(), "with common luck nothing that was seized gets through"
    is_outside = new["lane"] < 0
    assert np.array_equal(is_lost[is_outside], was_lost[is_outside]), "nobody scans outside the terminals"
    probability = treated.enforcement.controls.departure_probability[new["lane"][~is_outside]]
    noise = math.sqrt((probability * (1 - probability)).sum())
    assert abs(is_lost[~is_outside].sum() - probability.sum()) < 5 * noise
    assert is_lost.sum() > was_lost.sum() + 5 * noise
    finds, finds_before = ((rows["fate"] == Fate.SEIZED_ENTRY).sum() for rows in (new, old))
    assert finds < finds_before - 3 * math.sqrt(finds_before)


@pytest.mark.slow
def test_flow_moves_to_other_departure_ports() -> None:
    """All adapt: flow leaves the treated coast and more leaves from elsewhere, in pairs of runs with the same luck."""
    pairs = []
    for replication in range(4):
        flows = []
        for scope in ("off", "alliance"):
            model = ended(scope, replication)
            rows = shipped(model)
            is_treated = (np.array(model.world.departure.region) == "WCSA")[rows["departure"]]
            flows.append([rows["mass_g"][is_treated].sum() / 1e6, rows["mass_g"][~is_treated].sum() / 1e6])
        pairs.append(np.subtract(flows[1], flows[0]))
    effect = np.array(pairs)
    error = effect.std(axis=0, ddof=1) / math.sqrt(len(effect))
    assert effect[:, 0].mean() < -5 * error[0]
    assert effect[:, 1].mean() > 5 * error[1]


@pytest.mark.slow
def test_no_lot_changes_its_departure_port_with_the_switch_off() -> None:
    """Displacement upstream is not built in: with its switch off every lot leaves from where it would have left."""
    port = []
    for scope in ("off", "alliance"):
        model = ended(scope, 0, "switches.upstream=false")
        parcels, rows = model.traffickers.parcels.rows, model.physical.consignments
        port.append(dict(zip(parcels["lot"].tolist(), rows["departure"][parcels["consignment"]].tolist(), strict=True)))
    both = port[0].keys() & port[1].keys()
    assert len(both) > 500
    assert all(port[0][lot] == port[1][lot] for lot in both)


# ---- what organisations make of it -----------------------------------------------------------------------------------


def beliefs(case: Case) -> Beliefs:
    return Beliefs(case, np.ones((1, 2)), np.zeros((1, 1)), 3, 5, np.zeros((1, 0), np.int64))


def test_controls_that_are_seen_count_after_their_lag() -> None:
    """Half of what is added is expected at that port, 90 days later; own experience weighs against it."""
    believed = beliefs(small_case("parameters.beliefs.posture_lag_days=90"))
    rows, nothing = np.zeros(1, np.int64), np.zeros(3)
    believed.observe_departure_controls(0, nothing)
    believed.observe_departure_controls(30, np.array([0.0, 0.4, 0.0]))
    assert believed.departure_loss(rows)[0].tolist() == [USUAL] * 3
    believed.observe_departure_controls(119, nothing)
    assert believed.departure_loss(rows)[0].tolist() == [USUAL] * 3
    believed.observe_departure_controls(120, nothing)
    assert believed.departure_loss(rows)[0] == pytest.approx([USUAL, USUAL + 0.2, USUAL])
    believed.observe_departures(np.zeros(5, np.int64), np.ones(5, np.int64), np.zeros(5, np.int64))
    strength = small_case().parameters.beliefs.prior_strength_obs
    assert believed.departure_loss(rows)[0, 1] == pytest.approx(strength * (USUAL + 0.2) / (strength + 5))
    # What ends is forgotten as late as it was learned.
    believed.observe_departure_controls(210, nothing)
    assert believed.departure_loss(rows)[0, 0] == USUAL


def test_who_sees_nothing_learns_from_losses_alone() -> None:
    """Without visibility, or without beliefs, programmes move nobody."""
    for override in (f"{BLOCK}.visibility=0", "switches.beliefs=false"):
        believed = beliefs(small_case(override))
        believed.observe_departure_controls(0, np.full(3, 0.5))
        believed.observe_departure_controls(500, np.full(3, 0.5))
        assert believed.departure_loss(np.zeros(1, np.int64))[0].tolist() == [USUAL] * 3


def test_usual_controls_without_the_lever() -> None:
    """A parameter of departure reaches every lane, and the posture adds nothing to it."""
    case = with_parameters(case_of("off"), "departure", seizure_probability=0.2)
    enforcement = begun(case).enforcement
    assert (enforcement.posture.departure_probability == 0.2).all()
    assert not enforcement.added_at_departure().any()
