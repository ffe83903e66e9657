"""The template of a funding question: written, opened as a workbook, read back as the defaults."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from experiments.funding.inputs import PortInput, with_equipment
from experiments.funding.question import Offer, Site
from experiments.funding.template import write_template
from experiments.funding.workbook_in import read_inputs
from scenarios.assumptions import load_assumptions
from scenarios.equipment import unit_terms
from scenarios.errors import InputError
from scenarios.reference import load_reference
from tests.model_cases import small_case
from tests.workbook_cases import BUDGETS, OFFERS, PORTS, changed, filled_in, read


@pytest.mark.parametrize("name", ["template.xlsx", "template"])
def test_read_back_unchanged_are_the_defaults(tmp_path: Path, name: str) -> None:
    """As a workbook and as a folder of CSV files, to the cent and the last digit."""
    found = read(filled_in(tmp_path / name))
    assert found.budgets_eur_million is not None and found.ports is not None and found.equipment is not None
    assert tuple(round(budget * 1e8) for budget in found.budgets_eur_million) == BUDGETS
    assert found.ports == {code: PortInput(True) for code in PORTS}
    assert with_equipment(OFFERS, found.equipment) == OFFERS


def test_the_real_catalogue_and_ports_are_read_back(tmp_path: Path) -> None:
    """Without being told which ports and types there are, the reader knows those of the Union and its states."""
    offers = tuple(Offer(terms, 4) for terms in unit_terms(small_case().parameters).values())
    ranges = load_assumptions().ranges
    ports = [port for port in load_reference().entry_ports if ranges[port.unlocode].is_eu]
    sites = tuple(
        Site(row, one.unlocode, one.port_name, one.country_iso2, "", 0.0, 0.0, 0.0, 0.0)
        for row, one in enumerate(ports)
    )
    for name in ("template.xlsx", "template"):
        write_template(tmp_path / name, [0, 20_000_000_000], sites, offers)
        found = read_inputs(tmp_path / name)
        assert found.budgets_eur_million == (0.0, 200.0)
        assert found.ports == {site.code: PortInput(True) for site in sites} and len(sites) > 30
        assert found.equipment is not None and with_equipment(offers, found.equipment) == offers


def test_the_workbook_checks_what_is_entered(tmp_path: Path) -> None:
    """Each column of numbers has its limits, and yes or no a list; explanations come first."""
    book = openpyxl.load_workbook(filled_in(tmp_path / "template.xlsx"))
    assert book.sheetnames == ["read_me", "question", "ports", "equipment"]
    sheet = book["equipment"]
    headers = {cell.value: cell.column_letter for cell in sheet[1]}
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert len(rules) == len(headers) == 16
    price = rules[f"{headers['price [EUR]']}2"]
    assert (price.type, price.operator, price.formula1, price.formula2) == ("decimal", None, "1", "100000000")
    staff = rules[f"{headers['staff [posts]']}2"]
    assert (staff.type, staff.formula1, staff.formula2) == ("whole", "0", "100")
    assert "Allowed: a whole number from 0 to 100." in str(staff.prompt)
    bought = rules[f"{headers['may be bought']}2"]
    assert (bought.type, bought.formula1) == ("list", '"yes,no"')
    explained = {row[1].value for row in book["read_me"].iter_rows(min_row=6) if row[1].value}
    assert set(headers) <= explained


def test_what_is_changed_by_hand_comes_through(tmp_path: Path) -> None:
    """A port and a type are struck out, a row is added below a gap, columns are swapped, a price is changed."""

    def change(book: openpyxl.Workbook) -> None:
        book["question"]["A6"] = 400
        book["ports"]["C2"] = " No "
        book["ports"]["B3"] = None
        sheet = book["equipment"]
        sheet["B2"], sheet["D3"], sheet["G3"] = "no", 45_000.25, 2_500
        for row in sheet.iter_rows(min_row=1, max_row=3, min_col=4, max_col=5):
            row[0].value, row[1].value = row[1].value, row[0].value

    found = read(changed(tmp_path / "mine.xlsx", change))
    assert found.budgets_eur_million == (0.0, 50.0, 200.0000005, 400.0)
    assert found.ports is not None and found.equipment is not None
    assert found.ports == {"BEANR": PortInput(False), "NLRTM": PortInput(True), "FRLEH": PortInput(True)}
    (dogs,) = with_equipment(OFFERS, found.equipment)
    assert (dogs.terms.price_eur, dogs.capital_cents, dogs.terms.checks_per_year) == (45_000.25, 4_500_025, 2_500)
    assert (dogs.terms.detection, dogs.most_per_port) == (OFFERS[1].terms.detection, 3)


def test_a_sheet_that_is_not_given_leaves_the_defaults(tmp_path: Path) -> None:
    """One CSV file speaks of its own sheet only."""
    folder = filled_in(tmp_path / "template")
    found = read(folder / "question.csv")
    assert (found.ports, found.equipment) == (None, None)
    (folder / "question.csv").unlink()
    assert read(folder).budgets_eur_million is None


def test_nothing_filled_in_is_overwritten(tmp_path: Path) -> None:
    """An existing workbook or folder stays byte for byte."""
    for name in ("template.xlsx", "template"):
        path = filled_in(tmp_path / name)
        before = sorted((one, one.read_bytes()) for one in tmp_path.rglob("*") if one.is_file())
        with pytest.raises(InputError, match="it exists, and may have been filled in; allowed: a new name"):
            filled_in(path)
        assert sorted((one, one.read_bytes()) for one in tmp_path.rglob("*") if one.is_file()) == before
    with pytest.raises(InputError, match=r"a file with \.ods; allowed: \.xlsx, or no ending"):
        filled_in(tmp_path / "template.ods")
    with pytest.raises(InputError, match="cannot be written"):
        filled_in(tmp_path / "nowhere" / "template.xlsx")


def test_types_that_are_not_on_offer() -> None:
    with pytest.raises(InputError, match=r"none of the types .* allowed: mobile_xray, dog_team"):
        with_equipment(OFFERS, {"fixed_xray": {}})
