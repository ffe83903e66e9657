"""waterbed patterns as a command: from a tiny run to tables, page and screen; what is refused."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from experiments.patterns import command as command_module
from experiments.patterns.command import PAGE, patterns_command
from experiments.patterns.hindcast import (
    MODEL,
    NO_INDEX,
    OVERRIDES,
    TWIN,
    choice_rules,
    hindcast_arms,
    one_run,
    run_arms,
)
from experiments.patterns.run_figures import RunFigures
from experiments.store import read_table
from scenarios.errors import InputError
from scenarios.load_case import load_case
from sim.market import demand_index
from tests.command_cases import Printed, refusal

TINY = (
    "world=three_ports", "burn_in_start='2022-11-01'", "start='2023-01-01'", "horizon_years=1", "closing_days=0",
    "replications=2", "workers=1",
)  # fmt: skip


@lru_cache(maxsize=1)
def tiny_figures() -> list[RunFigures]:
    case = load_case([*OVERRIDES, *TINY])
    return [one_run(case, 1, number) for number in range(2)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every arm the runs of the model, made once."""
    monkeypatch.setattr(command_module, "run_arms", lambda arms, *more: dict.fromkeys(arms, tiny_figures()))


def test_the_hindcast_runs_to_the_end_of_the_record() -> None:
    case = load_case(list(OVERRIDES))
    arms = hindcast_arms(case, ["logit", "ewa"])
    assert list(arms) == [MODEL, TWIN, NO_INDEX, "rule ewa"]
    assert arms[MODEL] is case
    assert (case.start.year, case.horizon_years, case.regime.name, case.world.name) == (2018, 6, "frozen", "eu")


def test_arms_differ_from_the_model_in_what_they_are_named_after_alone() -> None:
    case = load_case(list(OVERRIDES))
    arms = hindcast_arms(case, choice_rules())
    off = {name for name, is_on in dc.asdict(arms[TWIN].switches).items() if not is_on}
    assert off == {"beliefs", "spatial", "tactical", "temporal", "size", "perpetrator", "upstream"}
    assert dc.replace(arms[TWIN], switches=case.switches) == case
    assert {arms[f"rule {rule}"].behaviour.choice_rule for rule in choice_rules() if rule != "logit"} == {
        "salience", "ewa", "thompson",
    }  # fmt: skip
    still = arms[NO_INDEX]
    assert dc.replace(still, parameters=case.parameters) == case
    assert demand_index(still, 2018.5) == demand_index(still, 2023.5) == 1
    at_start = case.parameters.market.landed_2023_t * demand_index(case, 2018.5)
    assert still.parameters.market.landed_2023_t == pytest.approx(at_start)


def test_runs_come_back_under_their_arms() -> None:
    """In the order of the replications, whatever the order in which they were asked for."""
    case = load_case([*OVERRIDES, *TINY])
    arms = {MODEL: case, TWIN: hindcast_arms(case, [])[TWIN]}
    counted: list[tuple[int, int]] = []
    found = run_arms(arms, 1, 2, 1, lambda done, planned: counted.append((done, planned)))
    assert counted == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for arm, figures in found.items():
        assert figures[1] == (tiny_figures()[1] if arm == MODEL else one_run(arms[arm], 1, 1))
    assert found[MODEL][0] != found[MODEL][1]


def test_the_command_from_end_to_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], waterbed: Callable[..., Printed]
) -> None:
    asked = [*TINY, "rules=[logit,ewa]", f"results={tmp_path / 'results'}"]
    patterns_command(asked, is_quiet=True, is_page_written=True, root=tmp_path)
    out, err = capsys.readouterr()
    assert err == ""
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name.startswith("patterns-three_ports-")
    assert {path.name for path in folder.iterdir()} == {"patterns.parquet", "hindcast_prices.parquet", PAGE}
    assert max(len(line) for line in out.splitlines() if str(tmp_path) not in line) <= 80
    assert str(folder) in out
    assert "docs/patterns.md written" in out

    table = read_table(folder, "patterns")
    rows = {(row["statistic"], row["arm"]): row for row in table.to_pylist()}
    assert set(pc.cast(table["arm"], "string").to_pylist()) == {MODEL, TWIN, NO_INDEX, "rule ewa"}
    small = rows["Small finds, Rotterdam 2023", MODEL]
    assert small["published"] == pytest.approx(100 * 81 / 170)
    assert small["replications"] == 2
    assert small["low"] <= small["mean"] <= small["high"]
    absent = rows["Vlissingen 2023 / 2021", MODEL]
    assert absent["replications"] == 0
    assert np.isnan([absent[name] for name in ("mean", "low", "high", "flow", "distance")]).all()
    assert absent["published"] == pytest.approx(11.5 / 2.1)
    assert {row["apart"] for (_, arm), row in rows.items() if arm == TWIN} == {"-"}
    prices = read_table(folder, "hindcast_prices").to_pylist()
    assert [(row["year"], row["arm"]) for row in prices] == [(2023, arm) for arm in (MODEL, TWIN, NO_INDEX, "rule ewa")]
    assert prices[0]["published"] == 30_000

    page = (folder / PAGE).read_text("utf-8")
    assert page == (tmp_path / "docs" / PAGE).read_text("utf-8")
    assert str(tmp_path) not in page, "the page says nothing of this machine"
    lines = page.splitlines()
    assert [line[:5] for line in lines if line[:4] in {f"## {n}" for n in range(1, 9)}] == [
        f"## {n}." for n in range(1, 9)
    ]
    vlissingen = next(line for line in lines if line.startswith("| Vlissingen"))
    assert vlissingen.split(" | ")[2:7] == ["-", "-", "-", "-; -", "-"]
    assert "Not measured in this case." in vlissingen
    assert "2 replications" in " ".join(page.split())
    assert "## The hindcast price with and without the demand index" in page
    assert next(line for line in lines if line.startswith("| 2023 |")).split(" | ")[1] == "30,000"
    assert "| ewa |" in page
    assert not any("  " in line.strip("|- ") for line in lines)
    assert max(len(line) for line in lines if not line.startswith(("|", "<!--"))) <= 120

    status, shown, _ = waterbed("show", str(folder))
    assert status == 0
    assert "hindcast_prices" in shown


@pytest.mark.usefixtures("quick")
def test_without_rules_there_is_no_table_of_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patterns_command([*TINY, "rules=[]", f"results={tmp_path}"], is_quiet=True, root=tmp_path)
    (folder,) = tmp_path.iterdir()  # and no docs/
    assert "Which choice rule" not in (folder / PAGE).read_text("utf-8")
    assert "Choice rules" not in capsys.readouterr().out


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_module, "run_arms", interrupted)
    with pytest.raises(KeyboardInterrupt):
        patterns_command([*TINY, f"results={tmp_path / 'results'}"], is_quiet=True, is_page_written=True, root=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("quick")
def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("in the way")
    asked = [*TINY, "rules=[]", f"results={tmp_path / 'results'}"]
    with pytest.raises(InputError, match=r"docs/patterns.md: cannot be written"):
        patterns_command(asked, is_quiet=True, is_page_written=True, root=tmp_path)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("arms=[none]", "override 'arms=[none]': the arms of the hindcast are"),
        ("replications=1", "replications: 1 is not allowed; allowed: 2 or more"),
        ("rules=[logit,profit]", "rules: 'profit' is not known"),
        ("rules=[ewa,ewa]", "rules: ewa, ewa is not allowed; allowed: each rule once"),
        ("rules=3", "rules: '3' is not allowed"),
        ("horizon_years=2", "horizon_years: 2 from 2023-01-01 is not allowed; allowed: an end at 2024-01-01"),
        ("regime=nobody", "regime: 'nobody' is not known"),
    ],
)
def test_what_is_not_allowed_is_explained(
    override: str, message: str, tmp_path: Path, waterbed: Callable[..., Printed]
) -> None:
    said = refusal(waterbed("patterns", *TINY, f"results={tmp_path}", override))
    assert message in said
    assert list(tmp_path.iterdir()) == []


def test_settings_take_the_last_word() -> None:
    """A setting of the user wins over that of the hindcast."""
    assert load_case([*OVERRIDES, "horizon_years=3", "regime=none"]).horizon_years == 3
    assert load_case([*OVERRIDES, "regime=none"]).regime.name == "none"
