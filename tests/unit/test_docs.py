"""Generated pages are current, and the arithmetic of docs/consistency.md is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scipy.special import ndtr, ndtri

from experiments.generated_docs import ROOT, pages, write_docs
from scenarios.errors import InputError
from scenarios.load_case import load_case
from scenarios.parameter_table import parameter_rows
from sim.tables import ALL_TABLES

CONSISTENCY = (ROOT / "docs" / "consistency.md").read_text("utf-8")
BOXES, FINDS, TONNES, DETECTION, TIPS = 330_000, 124, 116, 0.54, 0.5


@pytest.mark.parametrize("name", pages())
def test_generated_pages_are_current(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == pages()[name], "make docs writes them again"


def test_writing_them_writes_exactly_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_docs(tmp_path)
    written = {str(path.relative_to(tmp_path)): path.read_text("utf-8") for path in tmp_path.rglob("*.md")}
    assert written == pages()
    printed = capsys.readouterr().out
    assert all(name in printed for name in written)


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("in the way", "utf-8")
    with pytest.raises(InputError, match=r"docs/parameters.md: cannot be written"):
        write_docs(tmp_path)


def test_every_parameter_and_column_is_described() -> None:
    parameters, results = pages()["docs/parameters.md"], pages()["results/README.md"]
    for row in parameter_rows().values():
        assert f"| `{row.name.partition('.')[2]}` |" in parameters
        assert row.source.replace("|", "\\|") in parameters
    for name, schema in ALL_TABLES.items():
        section = results.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == schema.names


@pytest.mark.parametrize(
    "page", ["docs/parameters.md", "docs/consistency.md", "docs/report.md", "results/README.md", "README.md"]
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text("utf-8")):
        assert (path.parent / target).is_file(), target


def table(heading: str) -> list[list[float]]:
    """Return the numbers of the table whose first heading starts so."""
    rows = CONSISTENCY.partition(f"\n| {heading}")[2].partition("\n\n")[0].splitlines()[2:]
    return [[float(cell.replace(",", "")) for cell in re.findall(r"[\d,]*\.?\d+", row)] for row in rows]


def test_the_arithmetic_of_one_port() -> None:
    rows = table("interception share")
    assert [row[0] for row in rows] == [0.1, 0.2, 0.3, 0.4, 0.6]
    for share, consignments, tonnes in rows:
        assert consignments == round(FINDS / share)
        assert tonnes == round(TONNES / share)


def test_the_arithmetic_of_selection() -> None:
    rows = table("at-risk scans a year")
    assert [row[0] for row in rows] == [5000, 15000, 40000]
    for scans, *cells in rows:
        scanned = scans / BOXES
        expected = []
        for interception in (0.2, 0.4):
            recall = interception * (1 - TIPS) / DETECTION
            separation = ndtri(recall) + ndtri(1 - scanned)
            assert ndtr(separation - ndtri(1 - scanned)) == pytest.approx(recall)
            expected += [round(separation, 2), round(recall / scanned, 1)]
        assert cells == expected


def test_the_arithmetic_of_money() -> None:
    p = load_case([]).parameters
    units = int(200e6 / p.finance.unit_price_eur)
    assert f"about {units} mobile units of EUR {p.finance.unit_price_eur / 1e6:g} million" in CONSISTENCY
    assert f"{units * p.control.mobile_scans_per_year / 1e6:.1f} million scans a year" in CONSISTENCY
    for posts in (p.finance.posts_per_unit, parameter_rows()["finance.posts_per_unit"].high):
        staff_eur = 200e6 / p.finance.unit_price_eur * posts * 75_000
        # 92 whole units, or the 92.6 that the money would buy: the page rounds either way.
        rounded = {round(staff_eur / 1e6), round(units * posts * 75_000 / 1e6)}
        assert any(f"EUR {million} million" in " ".join(CONSISTENCY.split()) for million in rounded)


def test_the_page_gives_the_defaults() -> None:
    rows = parameter_rows()
    for name, words in {
        "supply.mass_2023_t": "about {:,.0f} t of supply",
        "market.landed_2023_t": "{:,.0f} t landed",
        "departure.seizure_probability": "{:.2f} is seized there",
        "targeting.prior_rate": "is {:g})",
        "control.scans_per_1000_gateway_teu": "{:g} per 1,000 gateway TEU",
        "control.mobile_scans_per_year": "about {:,.0f} scans a year",
    }.items():
        text = words.format(rows[name].default).replace("0.13", ".13").replace("0.001", ".001")
        assert text in " ".join(CONSISTENCY.split()), name
