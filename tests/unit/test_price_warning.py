"""Days at a bound of the price: counted in the window, and said wherever results are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.screen import WIDTH, console, print_price_warning
from tests.command_cases import Printed
from tests.model_cases import small_run

SMALL = ("world=three_ports", "horizon_years=1", "burn_in_start='2023-11-01'", "closing_days=60")
TIGHT = "parameters.market.price_floor_eur_per_kg=20000"
WARNING = "Warning: price at its floor or cap, most days of a run: "


def warned(out: str) -> list[str]:
    """Return what the warnings in an output say."""
    return [line.removeprefix(WARNING) for line in out.splitlines() if line.startswith(WARNING)]


def test_one_line_with_the_arms_concerned(capsys: pytest.CaptureFixture[str]) -> None:
    print_price_warning({"none": [0, 1200, 3], "frozen": [0, 0], "alliance_rule_frozen_stock": [2]}, console())
    assert " ".join(capsys.readouterr().out.split()) == f"{WARNING}none 1,200, alliance_rule* 2."
    print_price_warning({"none": [0], "frozen": [1]}, console())
    assert capsys.readouterr().out == f"{WARNING}frozen 1.\n"
    print_price_warning({"none": [0], "frozen": []}, console())
    assert capsys.readouterr().out == ""


def test_days_of_the_window_are_counted() -> None:
    """Within usual bounds no day; with a floor that binds without controls, some of the window and no more."""
    usual = small_run()["runs"]["days_at_price_bound"][0].as_py()
    assert usual == 0
    tables = small_run("regime=none", TIGHT)
    days = tables["runs"]["days_at_price_bound"][0].as_py()
    at_floor = [p for p in tables["market_month"]["price_eur_per_kg"].to_pylist() if p == 20_000]
    assert 0 < days <= 366
    assert 28 * (len(at_floor) - 2) <= days + 31 * 2, "months that end at the floor have about as many days at it"


def test_every_summary_says_so(waterbed: Callable[..., Printed], tmp_path: Path) -> None:
    """Run, compare and show print the line where a run was at a bound, in 80 columns, and not otherwise."""
    for number, (words, arms) in enumerate((
        (["run", *SMALL, "regime=none", TIGHT], ["none"]), (["run", *SMALL], []),
        (["compare", *SMALL, TIGHT, "arms=[none,frozen]", "replications=2", "most_replications=2"], ["none"]),
    )):  # fmt: skip
        root = tmp_path / str(number)
        status, out, _ = waterbed(*words, f"results={root}")
        assert status == 0
        (folder,) = root.iterdir()
        _, shown, _ = waterbed("show", str(folder))
        for text in (out, shown):
            assert [line.split()[0] for line in warned(text)] == arms
            assert all(len(WARNING + line) <= WIDTH for line in warned(text))
        runs = pq.read_table(folder / "runs.parquet").to_pylist()
        most = max(row["days_at_price_bound"] for row in runs if row["arm"] == runs[0]["arm"])
        assert (most > 0) == bool(arms)
        if arms:
            assert f"none {most}" in warned(out)[0]
            assert warned(out) == warned(shown)
