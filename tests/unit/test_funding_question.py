"""The default question of a case: sites, posts, records, envelopes, and what is refused."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from experiments.funding.make_question import default_offers, make_question, seizures_kg
from experiments.funding.question import Question
from scenarios.build_world import build_world
from scenarios.errors import InputError
from scenarios.load_case import load_case
from tests.model_cases import small_case, with_parameters


@lru_cache(maxsize=1)
def eu() -> Question:
    """Return the default question."""
    return make_question(load_case(["horizon_years=10"]))


def test_all_ports_of_the_union_may_get_what_states_buy() -> None:
    """Fifty-three ports of the Union, none of Britain, Norway, Turkey or Morocco; five types, defaults of the issue."""
    question = eu()
    assert len(question.sites) == 53 and question.shape == (53, 5)
    assert not {site.country for site in question.sites} & {"GB", "NO", "TR", "MA"}
    assert [offer.terms.name for offer in question.offers] == [
        "mobile_xray", "fixed_xray", "density_meter", "trace_detector", "dog_team",
    ]  # fmt: skip
    assert question.budgets_cents == tuple(m * 10**8 for m in (0, 50, 100, 150, 200, 300, 400))
    assert (question.cofinancing_share, question.discount_rate, question.post_eur_per_year) == (0.8, 0.03, 75_000)
    assert question.worth_eur_per_kg == question.base.parameters.market.price_eur_per_kg
    assert (question.staffing, question.phasing) == ("matching", (0.25,) * 4)


def test_sites_stand_as_the_world_has_them_with_the_pipeline() -> None:
    """Antwerp: 57,000 scans and nine units of 12,000, 15 posts for 12,000; Hamburg: 22,900, nothing on order."""
    sites = {site.code: site for site in eu().sites}
    assert sites["BEANR"].scans_per_year == 57_000 + 9 * 12_000
    assert sites["BEANR"].posts == pytest.approx(165_000 * 15 / 12_000)
    assert sites["DEHAM"].scans_per_year == 22_900
    world = build_world(eu().base.world, eu().base.parameters, eu().base.good)
    for site in eu().sites:
        assert (world.entry.code[site.entry], world.entry.is_eu[site.entry]) == (site.code, True)
        assert site.traffic == world.at_risk_boxes[site.entry]
    lean = with_parameters(small_case("regime=frozen"), "finance", posts_per_unit=6)
    assert make_question(lean).sites[0].posts == pytest.approx(165_000 * 6 / 12_000)


def test_past_seizures_are_the_published_full_years_by_hand() -> None:
    """Means of 2019 to 2023: Rotterdam of five years, Valencia of four; no later years, single finds, groups."""
    sites = {site.code: site for site in eu().sites}
    rotterdam = (33.732 + 40.641 + 70.571 + 46.789 + 45.506) / 5
    assert sites["NLRTM"].seizures_kg == pytest.approx(1000 * rotterdam)
    assert sites["ESVLC"].seizures_kg == pytest.approx(1000 * (7.9 + 10.7 + 11.6 + 11.5) / 4)
    assert sites["FRFOS"].seizures_kg == pytest.approx(1700), "published under Marseille"
    assert sites["PTSET"].seizures_kg == 0, "one find is no year"
    assert not any("+" in place for place in seizures_kg())


def test_envelopes_are_shares_of_gateway_traffic() -> None:
    """They sum to one over the countries of the sites, and are those of the sites that may get something."""
    question = eu()
    assert sum(question.envelopes.values()) == pytest.approx(1)
    assert tuple(sorted(question.envelopes)) == question.countries
    world = build_world(question.base.world, question.base.parameters, question.base.good)
    boxes = world.entry.gateway_laden_boxes
    is_german = [country == "DE" for country in world.entry.country]
    assert question.envelopes["DE"] == pytest.approx(boxes[is_german].sum() / boxes[world.entry.is_eu].sum())
    two = make_question(question.base, ports=["BEANR", "NLRTM"])
    assert [site.code for site in two.sites] == ["BEANR", "NLRTM"]
    assert sum(two.envelopes.values()) == pytest.approx(1) and set(two.envelopes) == {"BE", "NL"}


def test_mobile_units_fit_into_the_yard_of_the_fullest_port() -> None:
    """Antwerp has one mobile unit and nine on order; the yard takes twenty."""
    case = small_case("regime=frozen")
    world = build_world(case.world, case.parameters, case.good)
    assert default_offers(case, world)[0].most_per_port == 10
    assert {offer.most_per_port for offer in default_offers(case, world, 3)} == {3}


def test_budgets_are_cents_each_once_in_order() -> None:
    """EUR million with decimals become cents exactly."""
    assert make_question(small_case("regime=frozen"), budgets_eur_million=[0.1, 0, 12.34567891, 0.1]).budgets_cents == (
        0, 10_000_000, 1_234_567_891,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"budgets_eur_million": [-1]}, "budget: -1"),
        ({"budgets_eur_million": [float("nan")]}, "budget: nan"),
        ({"budgets_eur_million": []}, "budget: none"),
        ({"cofinancing_share": 1.2}, "cofinancing_share: 1.2"),
        ({"discount_rate": -0.1}, "discount_rate: -0.1"),
        ({"post_eur_per_year": -5.0}, "post_eur_per_year: -5"),
        ({"worth_eur_per_kg": 0.0}, "worth_eur_per_kg: 0"),
        ({"staffing": "none"}, "staffing: 'none'"),
        ({"phasing": [0.5, 0.4]}, "phasing"),
        ({"phasing": [1.5, -0.5]}, "phasing"),
        ({"phasing": []}, "phasing"),
        ({"offers": []}, "offers"),
        ({"most_per_port": -1}, "most_per_port"),
        ({"ports": ["BEANR", "XXABC"]}, "XXABC"),
        ({"ports": []}, "ports: none"),
        ({"caps": {"FR": 0.5}}, "caps: 'FR'"),
        ({"caps": {"BE": 1.5}}, "caps.BE: 1.5"),
        ({"floors": {"BE": 0.5}, "caps": {"BE": 0.4}}, "floors.BE: 0.5"),
        ({"floors": {"BE": 0.7, "NL": 0.7}}, "floors: more than 1"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    """One sentence with the option, the value and what is allowed."""
    with pytest.raises(InputError, match=said) as error:
        make_question(small_case("regime=frozen"), **options)
    assert "llowed: " in str(error.value)


def test_a_regime_that_buys_equipment_itself_is_refused() -> None:
    """The same money is not counted twice."""
    with pytest.raises(InputError, match="buys equipment itself"):
        make_question(small_case("regime=alliance_rule"))
