"""Factors: what the words of `vary` mean, and what values they give."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.sweep.factors import Factor, factors_from_text, factors_to_text, is_number
from experiments.sweep.settings_of_cases import choices, is_plain, is_whole_setting, setting_names, type_of
from experiments.sweep.vary import parse_factor, parse_factors, tied_by_anchor
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.load_case import load_case
from scenarios.plain_conf import group_names
from scenarios.priors import Prior, parameter_value, uncertain_parameters

HEAT = "choice.temperature_eur_per_kg"
ARMS = ("frozen", "national_rule")


@pytest.fixture(scope="module")
def case() -> Case:
    """Return a small case."""
    return load_case(["world=three_ports", "horizon_years=1"])


def test_a_parameter_alone_has_its_prior(case: Case) -> None:
    """Whole numbers are known as such."""
    assert parse_factor(HEAT, case) == Factor(HEAT, uncertain_parameters()[HEAT])
    assert parse_factor(f"parameters.{HEAT}", case) == Factor(HEAT, uncertain_parameters()[HEAT])
    count = parse_factor("organisations.count", case)
    assert (count.prior, count.is_whole) == (uncertain_parameters()["organisations.count"], True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAT}:1600..2000", Factor(HEAT, Prior(1600, 2000))),
        (f"{HEAT}: 1.6e3 .. 2000 ", Factor(HEAT, Prior(1600, 2000))),
        (f"{HEAT}:1600|2000", Factor(HEAT, levels=("1600", "2000"))),
        ("supply.envelope:1..1.6", Factor("supply.envelope", Prior(1, 1.6))),
        ("organisations.count:40..50", Factor("organisations.count", Prior(40, 50), is_whole=True)),
        ("criteria.strength:0..1", Factor("criteria.strength", Prior(0, 1))),
        ("regime", Factor("regime", levels=ARMS)),
        ("regime:alliance_rule|alliance_rule_minus_criteria",
         Factor("regime", levels=("alliance_rule", "alliance_rule_minus_criteria"))),
        ("regime.levers.criteria", Factor("regime.levers.criteria", levels=("off", "national", "alliance"))),
        ("behaviour.choice_rule:logit|ewa", Factor("behaviour.choice_rule", levels=("logit", "ewa"))),
        ("switches.tactical", Factor("switches.tactical", levels=("false", "true"))),
        ("horizon_years:1..3", Factor("horizon_years", Prior(1, 3), is_whole=True)),
        ("horizon_years:1|3", Factor("horizon_years", levels=("1", "3"))),
        ("scenario.supply_growth_per_year:-.1..0.1", Factor("scenario.supply_growth_per_year", Prior(-0.1, 0.1))),
        ("scenario.capacity_scale.BEANR:.5..2", Factor("scenario.capacity_scale.BEANR", Prior(0.5, 2))),
        ("world.supply_share:.1...5", Factor("world.supply_share", Prior(0.1, 0.5))),
        ("start:2024-01-01|2025-01-01", Factor("start", levels=("2024-01-01", "2025-01-01"))),
    ],
)  # fmt: skip
def test_the_grammar(text: str, expected: Factor, case: Case) -> None:
    assert parse_factor(text, case, ARMS) == expected


def test_files_of_conf_are_levels(case: Case) -> None:
    """Named alone: all of them; `regime` only without arms."""
    for group in ("world", "scenario", "good"):
        assert parse_factor(group, case, ARMS).levels == tuple(group_names(group))
    assert parse_factor("regime", case).levels == tuple(group_names("regime"))


def test_a_block_and_all_are_the_parameters_with_a_prior(case: Case) -> None:
    """What is named alone replaces what they say, wherever it stands."""
    everything = parse_factors(["all"], case)
    assert {factor.name: factor.prior for factor in everything} == uncertain_parameters()
    block = parse_factors(["choice"], case)
    assert [factor.name for factor in block] == [name for name in uncertain_parameters() if name.startswith("choice.")]
    for texts in (["choice", f"{HEAT}:1600..2000"], [f"{HEAT}:1600..2000", "choice"]):
        factors = parse_factors(texts, case)
        assert len(factors) == len(block)
        assert {factor.name: factor for factor in factors}[HEAT].prior == Prior(1600, 2000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("choice.temperatur", r"vary: 'choice.temperatur' is not known; did you mean choice.temperature_eur_per_kg"),
        ("switches.tactica", "did you mean switches.tactical"),
        ("scenario.capacity_scale.BEANX:1..2", "scenario.capacity_scale: 'BEANX' is not known; did you mean BEANR"),
        ("seed:1|2", "vary: 'seed' is not known"),
        ("parameters", "vary: 'parameters' is not known"),
        ("supply.envelope", "supply.envelope has no prior; say over what it varies"),
        (f"{HEAT}:", "says nothing after the colon"),
        (f"{HEAT}:2000..1600", "'2000..1600' is not a range"),
        (f"{HEAT}:2000..2000", "'2000..2000' is not a range"),
        (f"{HEAT}:a..b", "'a..b' is not a range"),
        (f"{HEAT}:nan..2000", "'nan..2000' is not a range"),
        (f"{HEAT}:-5..2000", f"vary: {HEAT}: -5 is not allowed; allowed: 1500 to"),
        (f"{HEAT}:1600|1e9", "1e.09 is not allowed"),
        (f"{HEAT}:1600|hot", "'hot' is not a number"),
        (f"{HEAT}:1600||1700", "'' is not a number"),
        (f"{HEAT}:1600|1700|1600", "'1600' is there 2 times; allowed: each level once"),
        ("horizon_years:1|2|01", "'1' is there 2 times"),
        ("organisations.count:40.5..50", "40.5 is not allowed; allowed: whole numbers from"),
        ("organisations.count:40|50.5", "50.5 is not allowed; allowed: whole numbers from"),
        ("regime:frozn", "vary, regime: 'frozn' is not known; did you mean frozen"),
        ("behaviour.choice_rule:logit|probit", "'probit' is not known"),
        ("behaviour.choice_rule:0..1", "it takes no numbers; allowed: levels"),
        ("start:|2025-01-01", "start has an empty level"),
        ("start", "what start can be is not a list; say over what it varies, as start:a|b"),
        ("world.supply_share", "as world.supply_share:low..high"),
        ("horizon_years:1..50", "horizon_years: 50 is not allowed; allowed: 1 to 30"),
        ("horizon_years:1.5..3", "horizon_years: '1.5' is not allowed"),
        ("scenario.supply_growth_per_year:-2..0", "supply_growth_per_year: -2 is not allowed; allowed: above -1"),
        ("supply.", "vary: 'supply.' is not known"),
        ("", "vary: '' is not known"),
    ],
)
def test_what_cannot_vary_is_refused(text: str, message: str, case: Case) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_factors([text], case, ARMS)
    assert "\n" not in str(caught.value)


def test_a_factor_named_twice_is_refused(case: Case) -> None:
    with pytest.raises(InputError, match=f"vary: '{HEAT}' is named twice"):
        parse_factors([HEAT, f"{HEAT}:1600..2000"], case)


def test_a_block_without_priors_is_refused(case: Case) -> None:
    with pytest.raises(InputError, match="no parameter of the block 'rotation' has a prior"):
        parse_factors(["rotation"], case)


def test_a_good_with_its_own_values_has_its_own_bounds_and_no_priors() -> None:
    """The priors of the table say nothing about another good, so a range is needed."""
    other = load_case(["world=three_ports", "good=precursors"])
    for text in (HEAT, "all", "choice"):
        with pytest.raises(InputError, match=r"the priors of the table are of another good|has no prior"):
            parse_factors([text], other)
    (factor,) = parse_factors(["supply.mass_2023_t:50..500"], other)
    assert factor.prior == Prior(50, 500)
    with pytest.raises(InputError, match="50 is not allowed"):
        parse_factors(["supply.mass_2023_t:50..500"], load_case(["world=three_ports"]))


def test_every_setting_has_a_type_and_most_say_what_they_can_be() -> None:
    """The list that is offered for a misspelt name has nothing that a sweep would not know."""
    names = setting_names()
    assert all(type_of(name) is not None for name in names)
    assert {"regime", "switches.beliefs", "engine", "horizon_years", "regime.levers.rotation"} <= set(names)
    assert type_of("parameters") is type_of("switches.nothing") is type_of("seed") is type_of("start.year") is None
    assert [name for name in names if is_whole_setting(name)] == ["horizon_years", "closing_days"]
    assert choices("engine") == ("compiled", "simpy")
    assert not any(is_plain(name) for name in ("regime", "world", "start", "regime.participants", "regime.joins"))


def test_what_the_anchor_ties_is_named() -> None:
    """Interception and what follows from it in draws of `stress` move alone in a sweep."""
    names = ["supply.mass_2023_t", HEAT, "tips.anchor_interception", "control.separation"]
    assert tied_by_anchor(names) == ["supply.mass_2023_t", "tips.anchor_interception", "control.separation"]


def test_values_of_a_table_prior_are_those_of_other_draws(case: Case) -> None:
    """The rule of whole numbers and bounds is one in the project."""
    uniforms = (np.arange(101) + 0.5) / 101
    for name, prior in uncertain_parameters().items():
        expected = [parameter_value(name, value) for value in prior.quantile(uniforms).tolist()]
        assert parse_factor(name, case).column(uniforms).to_pylist() == expected


@given(st.floats(0, 1), st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=7, unique=True))
def test_levels_share_the_unit_interval_equally(u: float, levels: list[str]) -> None:
    """Level k is from k / K up to (k + 1) / K, the last one with its end."""
    (value,) = Factor("x", levels=tuple(levels)).column(np.array([u])).to_pylist()
    place, count = levels.index(value), len(levels)
    assert place / count <= u + 1e-12
    assert u <= (place + 1) / count + 1e-12


def test_numbers_are_numbers_only_if_all_levels_are() -> None:
    assert Factor("x", levels=("1", "0.50", "-2e3")).level_column().to_pylist() == [1.0, 0.5, -2000.0]
    assert Factor("x", levels=("1", "two")).level_column() == pa.array(["1", "two"])
    for text in ("nan", "inf", "1_000", "1e999", "", " 1", "0x10", "\uff11"):
        assert not is_number(text)


def test_factors_survive_as_text() -> None:
    factors = (
        Factor("a", Prior(1.0, 2.0)), Factor("b", Prior(0.1, 0.7, 0.3)), Factor("c", Prior(0, 1, None, 0.25)),
        Factor("d", levels=("x", "y")), Factor("e", Prior(1, 9), is_whole=True), Factor("f"),
    )  # fmt: skip
    assert factors_from_text(factors_to_text(factors)) == factors


def test_a_factor_without_values_has_none() -> None:
    with pytest.raises(ValueError, match="neither a distribution nor levels"):
        Factor("x").column(np.array([0.5]))
    assert dc.is_dataclass(Factor)
