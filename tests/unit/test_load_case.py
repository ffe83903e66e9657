"""From overrides to a case: what is accepted arrives, and what is wrong is named in one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from experiments.settings import load, make_arms
from scenarios import load_case as loader
from scenarios import plain_conf
from scenarios.errors import InputError
from scenarios.goods import departure_port_codes
from scenarios.levers import lever_terms
from scenarios.load_case import load_case, load_good
from scenarios.parameter_table import parameter_rows
from scenarios.plain_conf import group_names
from scenarios.reference import entry_port_codes
from scenarios.regimes import load_regime, regime_names


def complaint(*overrides: str) -> str:
    """Return the sentence that the overrides earn."""
    with pytest.raises(InputError) as caught:
        make_arms(*load(list(overrides)))
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_defaults_are_those_of_the_table() -> None:
    parameters = load_case([]).parameters
    for dotted, row in parameter_rows().items():
        block, name = dotted.split(".")
        assert parameters.value(block, name) == row.default


def test_overrides_arrive() -> None:
    case = load_case([
        "world=three_ports", "regime=alliance_rule", "horizon_years=3", "parameters.control.separation=1",
        "scenario.capacity_scale={BEANR: 2}", "switches.beliefs=false",
    ])  # fmt: skip
    assert (case.world.name, case.regime.name, case.horizon_years) == ("three_ports", "alliance_rule", 3)
    assert case.parameters.control.separation == 1.0
    assert case.scenario.capacity_scale == {"BEANR": 2.0}
    assert not case.switches.beliefs


def test_one_port_may_be_scaled_by_name() -> None:
    assert load_case(["scenario.capacity_scale.NLRTM=0.5"]).scenario.capacity_scale == {"NLRTM": 0.5}
    both = load_case(["scenario=antwerp_surge", "scenario.capacity_scale.NLRTM=0.5"]).scenario.capacity_scale
    assert both == {"BEANR": 2.0, "NLRTM": 0.5}


def test_the_same_question_has_the_same_digest() -> None:
    assert load_case(["seed=1"]).digest() == load_case(["seed=2"]).digest()
    assert load_case(["horizon_years=5"]).digest() == load_case([]).digest()
    assert load_case(["horizon_years=4"]).digest() != load_case([]).digest()


@pytest.mark.parametrize("group", ["world", "scenario", "regime", "good"])
def test_every_file_of_conf_is_a_choice(group: str) -> None:
    for name in group_names(group):
        assert getattr(load_case([f"{group}={name}"]), group).name == name


def test_every_regime_loads() -> None:
    assert [load_regime(name).name for name in regime_names()] == regime_names()
    with pytest.raises(InputError, match="did you mean frozen"):
        load_regime("frozn")


@pytest.mark.parametrize(
    ("override", "place", "allowed"),
    [
        ("horizn_years=3", "'horizn_years'", "horizon_years"),
        ("+horizn_years=3", "'horizn_years'", "horizon_years"),
        ("parameters.control.seperation=1", "parameters.control.seperation", "parameters.control.separation"),
        ("+parameters.control.foo=1", "control.foo", "control.separation"),
        ("+world.foo=1", "world.foo", "waterbed show settings"),
        ("world=europe", "world: 'europe'", "eu, north_range, three_ports"),
        ("world=null", "world: 'null'", "eu, north_range, three_ports"),
        ("world=[eu,three_ports]", "world", "eu, north_range, three_ports"),
        ("world=eu,three_ports", "world", "eu, north_range, three_ports"),
        ("regime=aliance", "regime: 'aliance'", "alliance_rule"),
        ("regime.levers.criteria=common", "regime.levers.criteria.scope: 'common'", "'off', 'national' or 'alliance'"),
        ("regime.levers.critera=national", "regime.levers: 'critera'", "criteria"),
        ("regime.participants=[XX]", "regime.participants: 'XX'", "BE"),
        ("regime.participants=[BE,GB]", "regime.participants: 'GB'", "BE"),
        ("regime.participants=[]", "regime.participants", "a list of countries"),
        ("regime.joins.PT=2025-03-01", "regime.joins.PT: 2025-03-01", "a first of January"),
        ("regime.joins.XX=2025-01-01", "regime.joins: 'XX'", "BE"),
        ("parameters.criteria.strength=-1", "parameters.criteria.strength: -1", "0 to 3"),
        ("regime=alliance_rule_minus_critera", "regime: 'alliance_rule_minus_critera'", "alliance_rule"),
        ("horizon_years=abc", "horizon_years: 'abc'", "integer"),
        ("horizon_years=0", "horizon_years: 0", "1 to"),
        ("horizon_years=1000", "horizon_years: 1000", "1 to"),
        ("closing_days=-1", "closing_days: -1", "0 to 730"),
        ("start=yesterday", "start: 'yesterday'", "date"),
        ("start='2024-05-01'", "start", "first of January"),
        ("start='2021-01-01'", "start: 2021-01-01", "later date"),
        ("start='9990-01-01'", "start: 9990-01-01", "2000 to 2100"),
        ("switches=3", "switches: '3'", "dictionary"),
        ("switches.beliefs=maybe", "switches.beliefs: 'maybe'", "boolean"),
        ("engine=fast", "engine: 'fast'", "'compiled' or 'simpy'"),
        ("parameters.control.separation=high", "parameters.control.separation: 'high'", "0.05 to 2.3"),
        ("parameters.control.separation=nan", "parameters.control.separation: nan", "0.05 to 2.3"),
        ("parameters.finance.capital_eur_per_year=-1", "parameters.finance.capital_eur_per_year: -1", "0 to 5e+08"),
        ("parameters.organisations.slots=300.5", "parameters.organisations.slots: 300.5", "whole number"),
        ("++parameters.control=3", "parameters.control: '3'", "one parameter"),
        ("~parameters", "parameters", "must have a value"),
        ("~seed", "seed", "must have a value"),
        ("~world.name", "world.name", "must have a value"),
        ("world.name=../elsewhere", "world.name: '../elsewhere'", "letters"),
        ("world.supply_share=0", "world.supply_share: 0", "above 0, at most 1"),
        ("scenario.supply_growth_per_year=-2", "scenario.supply_growth_per_year: -2", "above -1"),
        ("scenario.capacity_scale.BEANR=-1", "scenario.capacity_scale.BEANR: -1", "0 or more"),
        ("scenario.terminal_security.BEANR=-1", "scenario.terminal_security.BEANR: -1", "0 or more"),
        ("seed=1,2", "override seed=1,2", "one value"),
        ("seed=-1", "seed: -1", "0 to"),
        ("seed=99999999999999999999999", "seed: 99999999999999999999999", "0 to"),
        ("seed=null", "seed: 'None'", "integer"),
        ("replications=0", "replications: 0", "1 to"),
        ("replications=-3", "replications: -3", "1 to"),
        ("most_replications=0 replications=0", "replications: 0", "1 to"),
        ("workers=-1", "workers: -1", "0 to"),
        ("precision=0", "precision: 0", "more than 0"),
        ("precision=-0.01", "precision: -0.01", "more than 0"),
        ("arms=[]", "arms", "each arm once"),
        ("arms=[frozen,frozen]", "arms", "each arm once"),
        ("arms=[aliance]", "arms: 'aliance'", "alliance_rule"),
        ("contrasts=[[aliance,frozen]]", "contrasts: 'aliance'", "alliance_rule"),
        ("foo", "override 'foo'", "name=value"),
        ("=3", "override '=3'", "name=value"),
        ("a b", "override 'a b'", "name=value"),
        ("", "override ''", "name=value"),
        ("hydra.run.dir=elsewhere", "hydra.run.dir", "waterbed show settings"),
        ("start='${oc.env:HOME}'", "start: '${oc.env:HOME}'", "data"),
        ("+scenario._target_=os.system", "scenario._target_", "scenario files are data"),
        ("+switches._partial_=true", "switches._partial_", "scenario files are data"),
    ],
)
def test_a_bad_override_is_explained(override: str, place: str, allowed: str) -> None:
    sentence = complaint(*(override.split(" ") if " " in override and "=" in override else [override]))
    assert place in sentence
    assert allowed in sentence


@pytest.mark.parametrize(
    ("setting", "codes"),
    [
        ("world.entry_ports=[{}]", entry_port_codes()),
        ("world.departure_ports=[{}]", departure_port_codes(load_good("cocaine"))),
        ("scenario.capacity_scale.{}=2", entry_port_codes()),
        ("scenario.terminal_security.{}=1", entry_port_codes()),
        ("scenario.unknown_ports=[{}]", entry_port_codes()),
    ],
)
def test_an_unknown_port_is_named(setting: str, codes: tuple[str, ...]) -> None:
    good = min(codes)
    load_case([setting.format(good)])
    bad = "XX" + good[2:]
    assert bad not in codes
    sentence = complaint(setting.format(bad))
    assert setting.partition("=")[0].removesuffix(".{}") in sentence
    assert f"'{bad}'" in sentence
    assert good in sentence


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of conf/ that the loader reads instead."""
    copy = tmp_path / "conf"
    shutil.copytree(loader.CONF, copy)
    monkeypatch.setattr(loader, "CONF", copy)
    monkeypatch.setattr(plain_conf, "CONF", copy)
    return copy


@pytest.mark.parametrize(
    ("file", "line", "place"),
    [
        ("scenario/flat.yaml", "_target_: os.system", "scenario._target_"),
        ("world/eu.yaml", "entry_ports: [{_target_: os.system}]", "world.entry_ports.0._target_"),
        ("scenario/flat.yaml", "about: ${oc.env:HOME}", "scenario.about"),
        ("scenario/flat.yaml", "surprise: 3", "scenario.surprise"),
        ("config.yaml", "_recursive_: false", "_recursive_"),
    ],
)
def test_files_name_no_code(conf: Path, file: str, line: str, place: str) -> None:
    key = line.partition(":")[0]
    kept = [one for one in (conf / file).read_text("utf-8").splitlines() if not one.startswith(f"{key}:")]
    (conf / file).write_text("\n".join([*kept, line]) + "\n", "utf-8")
    assert place in complaint()


def test_a_regime_file_names_no_code(conf: Path) -> None:
    with (conf / "regime" / "none.yaml").open("a", encoding="utf-8") as file:
        file.write("_target_: os.system\n")
    assert "scenario files are data" in complaint("arms=[none]")


@pytest.mark.parametrize("damage", ["name: [", "\tname: flat", "- flat", "name: flat\nname: flat"])
def test_a_damaged_file_is_explained(conf: Path, damage: str) -> None:
    (conf / "scenario" / "flat.yaml").write_text(damage, "utf-8")
    sentence = complaint()
    assert "scenario" in sentence
    assert "override :" not in sentence


def test_asking_for_many_replications_means_that_many() -> None:
    _, settings = load(["replications=100"])
    assert settings.most_replications == settings.replications == 100


def test_a_regime_minus_a_lever_is_national_there() -> None:
    """By name in arms and on the command line, it is the same regime."""
    derived = load_regime("alliance_rule_minus_criteria")
    assert (derived.scope("criteria"), derived.scope("placement")) == ("national", "alliance")
    assert load_case(["regime=alliance_rule_minus_criteria"]).regime == derived


def test_lever_files_are_checked(tmp_path: Path) -> None:
    """What a lever file lacks, or has too much, is named."""
    good = (plain_conf.CONF / "lever" / "criteria.yaml").read_text("utf-8")
    for number, (old, new, word) in enumerate([
        ("grade: D", "grade: E", "grade"), ("name: criteria", "name: other", "name"), ("evidence:", "proof:", "proof"),
        ("  strength:", "  force:", "strength"), ("default: 1,", "default: 9,", "outside its bounds"),
        ("parameters:", "parameters: [", "plain YAML"), ("unit: d, ", "", "a parameter has"),
    ]):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        assert old in good
        (folder / "criteria.yaml").write_text(good.replace(old, new, 1), "utf-8")
        with pytest.raises(InputError, match=word):
            lever_terms(folder)
