"""The catalogue of equipment: what it costs a year, and every kind of damage to its file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from experiments.show_equipment import show_equipment
from scenarios.equipment import FIXED, MOBILE, capital_recovery_factor, load_equipment_types, unit_terms
from scenarios.errors import InputError
from scenarios.load_case import load_case
from scenarios.reference import DATA
from tests.model_cases import small_case, with_parameters


def test_capital_recovery_factor() -> None:
    """T45: 3 % and 10 years give .117231; without interest capital is spread evenly; one year pays all and interest."""
    assert capital_recovery_factor(0.03, 10) == pytest.approx(0.117231, abs=5e-7)
    assert capital_recovery_factor(0, 8) == 1 / 8
    assert capital_recovery_factor(0.05, 1) == pytest.approx(1.05)


def test_cost_of_a_year_by_hand() -> None:
    """Mobile: 2.16 million x .117231 + 216,000 + 15 x 75,000; fixed: 5.25 million x .083767 + 345,000 + 22 x 75,000."""
    terms = unit_terms(small_case().parameters)
    assert terms[MOBILE].eur_per_year(0.03, 75_000) == pytest.approx(253_218 + 216_000 + 1_125_000, abs=2)
    assert terms[FIXED].capital_eur == 2_300_000 + 2_950_000
    assert terms[FIXED].eur_per_year(0.03, 75_000) == pytest.approx(439_775 + 345_000 + 1_650_000, abs=5)


def test_the_catalogue_has_the_defaults_of_parameters() -> None:
    """One fact, one number: where a parameter says the same as the catalogue, its default does."""
    types, parameters = load_equipment_types(), load_case([]).parameters
    finance, control, methods = parameters.finance, parameters.control, parameters.methods
    mobile, fixed = types[MOBILE], types[FIXED]
    assert mobile.price_eur == finance.unit_price_eur
    assert mobile.running_share_per_year == finance.running_share_per_year
    assert mobile.delivery_months == finance.delivery_months
    assert mobile.posts_per_unit == finance.posts_per_unit
    assert (mobile.checks_per_year, fixed.checks_per_year) == (
        control.mobile_scans_per_year, control.fixed_scans_per_year,
    )  # fmt: skip
    down = control.scanner_mttr_days / (control.scanner_mtbf_days + control.scanner_mttr_days)
    for scanner in (mobile, fixed):
        assert scanner.availability == pytest.approx(1 - down, abs=1e-3)
        assert scanner.false_alarm == control.image_false_alarm
        assert scanner.numbers("detection") == [
            methods.rip_on_image_detection, methods.in_cargo_image_detection,
            methods.in_structure_image_detection, methods.cooling_unit_image_detection,
        ]  # fmt: skip


def test_parameters_come_before_the_catalogue() -> None:
    case = with_parameters(small_case(), "finance", unit_price_eur=1e6, posts_per_unit=6)
    case = with_parameters(case, "control", fixed_scans_per_year=9_000.0)
    terms = unit_terms(case.parameters)
    assert (terms[MOBILE].price_eur, terms[MOBILE].running_eur_per_year, terms[MOBILE].posts) == (1e6, 1e5, 6)
    assert terms[FIXED].checks_per_year == 9_000


def test_states_buy_what_is_not_for_terminals() -> None:
    terms = unit_terms(small_case().parameters)
    assert list(terms) == [MOBILE, FIXED, "density_meter", "trace_detector", "dog_team"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("2300000,1500000,3200000", "2300000,2400000,3200000", r"fixed_xray, column price_eur: '2.3e\+06' is out of"),
        (",0.95,assumption,10,", ",1.95,assumption,10,", r"availability: '1.95' is out of range; allowed: 0 to 1"),
        ("EQ045: 6 to 8", "vets say so", r"dog_team, column life_source: 'vets say so'; allowed: a row, or the word"),
        ("EQ045: 6 to 8", "EQ945", r"dog_team, column life_source: no row 'EQ945'"),
        ("40000,15000,75000", "40000,,75000", r"dog_team, column price_low_eur: empty; allowed: a number"),
        ("second_look,states", "second_sight,states", r"column kind: 'second_sight'"),
        ("fixed_xray,Fixed", "fixed_x,Fixed", r"no fixed_xray of kind fixed_scanner"),
        ("trace_detector,Trace", "dog_team,Trace", r"'dog_team' occurs twice"),
    ],
)
def test_damage_is_told_in_a_sentence(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """A number out of bounds, without a source, from nowhere or missing where it is needed is refused."""
    data = tmp_path / "data"
    shutil.copytree(DATA / "customs", data / "customs")
    text = (DATA / "equipment_types.csv").read_text("utf-8")
    assert old in text
    (data / "equipment_types.csv").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=complaint):
        load_equipment_types(data)


def test_the_catalogue_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Cost of a year in thousands of EUR, by type; by name all sources; prices follow parameters."""
    out = Console(width=80, markup=False, highlight=False)
    show_equipment([], out)
    printed = capsys.readouterr().out
    assert "1,594" in printed and "2,435" in printed and "smart_seal, camera_network" in printed
    assert max(map(len, printed.splitlines())) <= 80
    show_equipment(["parameters.finance.unit_price_eur=3000000"], out)
    assert "3,000" in capsys.readouterr().out
    show_equipment(["fixed_xray"], out)
    assert "EQ019" in capsys.readouterr().out
    with pytest.raises(InputError, match="dog_team"):
        show_equipment(["dog_taem"], out)
