"""Terminal standards: what is paid for at which port, what it does to staff and teams, and what it does not do."""

from __future__ import annotations

import dataclasses as dc
from typing import Any

import numpy as np
import pytest

from agents.levers.terminal_standards import (
    large_ports,
    paid_levels,
    standards_at,
    terminal_size,
)
from agents.model import WaterbedModel
from experiments.run import run
from scenarios.case import Case, LeverSpec
from scenarios.parameter_table import make_parameters
from sim.clock import YEAR_DAYS
from sim.insiders import Insiders
from sim.race import Race
from sim.standards import Standards, usual_standards
from tests.model_cases import (
    NO_FEEDBACK,
    assert_same,
    digest,
    model_at,
    small_case,
    small_run,
    with_levers,
    with_parameters,
)

BOXES = np.array([1600.0, 100.0, 400.0])
VALUES = make_parameters().levers["terminal_standards"]
NORTH = ("world=north_range",)


def at_once(*overrides: str, scope: str = "national", **values: float) -> Case:
    """Return a case with the lever in effect from the start, and free, unless told otherwise."""
    given = {"delay_days": 0, "programme_eur_per_year": 0, **values}
    return with_levers(with_parameters(small_case(*overrides), "terminal_standards", **given), terminal_standards=scope)


def begun(case: Case) -> WaterbedModel:
    """Return the model on the morning on which the lever takes effect."""
    model = WaterbedModel(case, 1, 0)
    while model.day < model.start_day:
        model.step()
    return model


def level_of(model: WaterbedModel) -> dict[str, float]:
    """Return the level of the standard by port."""
    return dict(zip(model.world.entry.code, model.enforcement.controls.terminal_level.tolist(), strict=True))


def arrays(standards: Standards) -> list[list[float]]:
    return [getattr(standards, field.name).tolist() for field in dc.fields(standards)]


def test_who_pays_for_what_by_hand() -> None:
    """With the square root: sizes 4, 1, 2 of 7; 0.6 of the price is 4.2: 0.6 everywhere, or the largest and 0.2 / 3."""
    size, ports, first = terminal_size(BOXES, 100.0, 0.5), [0, 1, 2], np.array([True, False, False])
    assert size.tolist() == [4, 1, 2]
    assert paid_levels(0.6, ports, ~first | first, size) == pytest.approx([0.6] * 3)
    assert paid_levels(0.4, ports, first, size) == pytest.approx([0.7, 0, 0])
    assert paid_levels(0.6, ports, first, size) == pytest.approx([1, 0.2 / 3, 0.2 / 3])
    assert paid_levels(1.5, ports, first, size) == pytest.approx([1.5] * 3)
    assert paid_levels(0.6, ports[:1], first[:1], size) == pytest.approx([1.05])
    assert large_ports([0, 1, 2], BOXES, 400.0) == [0, 2]
    assert large_ports([1], BOXES, 400.0) == [1], "a state's largest port has a standard however small it is"


def test_standards_by_hand() -> None:
    """Half a standard: half of each gain; beyond the full one codes are no safer than safe."""
    p = make_parameters().insiders
    made = standards_at(np.array([0.0, 0.5, 2.0]), {**VALUES, "trust_gain": 0.4}, p)
    assert made.vetting_per_year.tolist() == pytest.approx([0.05, 0.10, 0.25])
    assert made.awareness.tolist() == pytest.approx([1, 1 + 1.71 / 2, 1 + 1.71])
    assert made.trust.tolist() == pytest.approx([1, 1.2, 1.4])
    assert made.closed_share.tolist() == pytest.approx([0, 0.1, 0.2])


def test_without_strength_nothing_is_left_of_it() -> None:
    """Law: the effect goes to nothing with the level, and at nothing is the usual standard to the bit."""
    p = make_parameters().insiders
    assert arrays(standards_at(np.zeros(3), VALUES, p)) == arrays(usual_standards(p, 3))
    tiny = arrays(standards_at(np.full(3, 1e-9), VALUES, p))
    assert np.array(tiny) == pytest.approx(np.array(arrays(usual_standards(p, 3))), abs=1e-8)


def test_zero_strength_is_an_absent_lever() -> None:
    """Law: every value of every table is that of a run without the lever, priced as it may be."""
    idle = at_once(strength=0, programme_eur_per_year=5e6)
    assert digest(run(idle, 1, 0)) == digest(small_run())


def test_what_cannot_be_paid_for_is_not_there() -> None:
    """Law: without a programme appropriation no state has a standard, and nothing changes."""
    case = with_parameters(at_once(programme_eur_per_year=5e6), "finance", programme_eur_per_year=0)
    without = with_parameters(small_case(), "finance", programme_eur_per_year=0)
    assert_same(run(case, 1, 0), run(without, 1, 0))


def test_scopes_reach_other_ports_for_the_same_money() -> None:
    """Alone: large ports and the largest of each state first. Together: all alike. Levels times sizes sum alike."""
    own, common = (begun(at_once(*NORTH, scope=scope, small_port_boxes=200_000)) for scope in ("national", "alliance"))
    alone, together = level_of(own), level_of(common)
    small = {"NLVLI", "NLAMS", "DEWVN", "FRDKK"}
    for port in set(alone) - small:
        assert all(alone[port] >= alone[other] - 1e-9 for other in small if other[:2] == port[:2])
    assert alone["FRDKK"] < alone["FRLEH"]
    assert alone["NLRTM"] > 1, "the Netherlands have more than the full standard costs them"
    assert list(together.values()) == pytest.approx([1.0] * 11)
    entry = own.world.entry
    size = terminal_size(entry.gateway_laden_boxes, VALUES["large_port_boxes"], VALUES["size_exponent"])
    assert np.array(list(alone.values())) @ size == pytest.approx(np.array(list(together.values())) @ size)
    paid = [
        [a.accounts.programme.committed for a in begun(at_once(*NORTH, scope=scope, programme_eur_per_year=5e6))
         .enforcement.authorities]
        for scope in ("national", "alliance")
    ]  # fmt: skip
    shared = begun(at_once(*NORTH, scope="alliance")).enforcement.authorities
    coordination = [a.accounts.programme.committed for a in shared]
    assert [a + b for a, b in zip(paid[0], coordination, strict=True)] == paid[1]


def test_a_coalition_pays_for_its_own_ports() -> None:
    """Belgium and the Netherlands share a standard; Germany and France have their own."""
    spec = LeverSpec("alliance", participants=("BE", "NL"))
    case = at_once(*NORTH)
    levers = {**case.regime.levers, "terminal_standards": spec}
    level = level_of(begun(dc.replace(case, regime=dc.replace(case.regime, levers=levers))))
    alone = level_of(begun(case))
    assert len({level[port] for port in ("BEANR", "BEZEE", "NLRTM", "NLMOE", "NLAMS", "NLVLI")}) == 1
    assert {port: level[port] for port in level if port[:2] in ("DE", "FR")} == {
        port: alone[port] for port in level if port[:2] in ("DE", "FR")
    }
    assert level["NLVLI"] != alone["NLVLI"]


def test_it_begins_after_its_delay() -> None:
    """Ten days after the start, and not the day before."""
    case = at_once(delay_days=10)
    model = begun(case)
    for _ in range(9):
        model.step()
    assert not model.enforcement.posture.terminal_security.any()
    model.step()
    assert model.enforcement.posture.terminal_security.all()


def test_the_scenario_stays_and_adds_up() -> None:
    model = begun(at_once("scenario.terminal_security={BEANR: 0.5}", scope="alliance"))
    codes = model.world.entry.code
    expected = [1.5 if code == "BEANR" else 1.0 for code in codes]
    assert model.enforcement.posture.terminal_security.tolist() == pytest.approx(expected)


def test_vetting_and_safe_codes_in_the_market_for_insiders() -> None:
    """Vetting makes a job dearer by the wage at stake; safe codes leave that share of jobs without an insider."""
    given = make_parameters()
    p = given.insiders
    model = begun(at_once())
    market = Insiders(given, model.world.entry.global_id, np.full(3, 100.0), model.physical.insiders._streams)
    usual_price = market.price_eur.copy()
    usual = market.standards
    market.standards = dc.replace(usual, vetting_per_year=usual.vetting_per_year + 0.1)
    market._value(np.zeros(3))
    # 0.1 a year over 2 jobs a year, of 150,000: 7,500 more beside the moral cost, over the chance not to be caught.
    more = 7_500 / 0.9 * (1 - p.intimidation_share * (1 - p.intimidation_price_factor))
    assert market.price_eur - usual_price == pytest.approx(np.full(3, more))
    market.standards = dc.replace(usual, closed_share=np.array([0.0, 0.2, 1.0]))
    market._value(np.zeros(3))
    assert market.wanted.tolist() == pytest.approx([0.5, 0.4, 0.0])
    assert market.price_eur == pytest.approx(usual_price)


def test_harder_terminals_raise_the_demand_for_insiders_and_their_price() -> None:
    """Negative effect (Roks et al. 2020): access control alone drives organisations to insiders, who cost more."""
    only_security = {"vetting_per_year": 0.0, "awareness_gain": 0.0, "code_fraud_share": 0.0}
    longer = "horizon_years=2"
    usual = model_at(small_case(longer), 700).physical.insiders
    harder = model_at(at_once(longer, scope="alliance", **only_security), 700).physical.insiders
    assert (harder.price_eur > 1.1 * usual.price_eur).all()
    assert (harder.wanted > usual.wanted).all()
    assert harder.stock.sum() > usual.stock.sum()


def test_reports_may_rise_while_nothing_less_lands() -> None:
    """Negative effect: a campaign that leads to no insider fills the desks and changes nothing else, to the bit."""
    nothing_else = {"security_levels": 0.0, "vetting_per_year": 0.0, "code_fraud_share": 0.0}
    case, without = (
        with_parameters(
            with_parameters(case, "insiders", insider_share_of_report_arrests=0.0),
            "finance", coordination_share=0.0, coordination_posts_per_port=0,
        )
        for case in (at_once(scope="alliance", **nothing_else), small_case())
    )  # fmt: skip
    campaign, usual = run(case, 1, 0), run(without, 1, 0)
    assert_same(campaign, usual, "reports", "enquiries", "arrests")
    more, reports = (
        sum(row["reports"] for row in tables["reports"].to_pylist() if row["month"] >= 202401)
        for tables in (campaign, usual)
    )
    # Poisson counts of means 2.71 m and m: the variance of the first less 2.71 times the second is at most this.
    assert abs(more - 2.71 * reports) < 4.5 * np.sqrt((2.71 + 2.71**2) * reports)
    assert more > 1.5 * reports


def test_terminals_pay_beside_the_budget() -> None:
    """A level at Antwerp: its size times the yearly cost, day by day; no account of a state has it."""
    tables = run(small_case("scenario.terminal_security={BEANR: 1.0}"), 1, 0)
    entry = WaterbedModel(small_case(), 1, 0).world.entry
    boxes = float(entry.gateway_laden_boxes[entry.code.index("BEANR")])
    a_day = (boxes / VALUES["large_port_boxes"]) ** 0.6 * VALUES["terminal_eur_per_year"] / YEAR_DAYS
    days = {202312: 0, 202401: 31, 202402: 29, 202412: 31}
    for row in tables["reports"].to_pylist():
        if row["place"] != "BEANR":
            assert row["terminal_cost_eur"] == 0
        elif row["month"] in days:
            assert row["terminal_cost_eur"] == pytest.approx(a_day * days[row["month"]])
    assert tables["accounts"].equals(small_run()["accounts"])


def test_teams_are_slower_and_caught_more_often_where_a_standard_is() -> None:
    """In a run, the race at each port is that of its level."""
    model = begun(at_once(*NORTH))
    model.step()
    race = Race(model.case.parameters, 11)
    race.secure(model.enforcement.controls.terminal_level)
    assert model.physical.race.median_min.tolist() == race.median_min.tolist()
    assert model.physical.race.caught_probability.tolist() == race.caught_probability.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scope", "code_fraud_share", "more_reports"), [("national", 0.2, 1), ("alliance", 0.2, 1), ("alliance", 0.5, -1)]
)
def test_on_paired_seeds_less_lands_and_insiders_are_fewer(
    scope: str, code_fraud_share: float, more_reports: int
) -> None:
    """Without feedbacks, means of landed mass, insiders and reports change by more than 3 standard errors.

    Reports are no measure of success: where many jobs relied on codes, fewer insiders are wanted, fewer of the staff
    are approached, and fewer reports come though less lands.
    """
    differences = []
    for replication in range(6):
        pair: list[Any] = []
        treated = run(at_once(*NO_FEEDBACK, scope=scope, code_fraud_share=code_fraud_share), 1, replication)
        for tables in (treated, small_run(*NO_FEEDBACK, replication=replication)):
            reports = tables["reports"].to_pylist()
            pair.append([
                tables["runs"]["landed_g"][0].as_py() / 1e6,
                sum(row["insiders"] for row in reports[-3:]),
                sum(row["reports"] for row in reports),
            ])  # fmt: skip
        differences.append(np.subtract(*pair))
    mean = np.mean(differences, axis=0)
    error = np.std(differences, axis=0, ddof=1) / np.sqrt(len(differences))
    assert (np.abs(mean) > 3 * error).all()
    assert np.sign(mean).tolist() == [-1, -1, more_reports]
