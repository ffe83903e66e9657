"""waterbed sensitivity and waterbed discover, on sweeps whose answers are known, and what they refuse."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments.analysis.asked import parse_asked
from experiments.analysis.command import discover_command, sensitivity_command
from experiments.analysis.discover import Regrets, regrets
from experiments.analysis.estimate import Estimate
from experiments.analysis.outcome import Sample, outcomes
from experiments.analysis.printing import print_regrets
from experiments.screen import WIDTH, arm_label, console, significant
from scenarios.errors import InputError
from sim.streams import Floats
from sim.tables import ALL_TABLES
from tests.analysis_cases import NAMES, YEARS, cube, fabricate, ishigami, noise, saltelli, trajectories

Print = Callable[[], str]
ARMS = ("national_rule", "alliance_rule", "alliance_rule_frozen_stock")
LONG = ("national_rule_minus_terminal_standards_frozen_stock", "alliance_rule_minus_investigations",
        "alliance_best_pooled", "none")  # fmt: skip


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Print:
    """Return what was printed, on single spaces, after checking that no line but a path is too wide."""

    def read() -> str:
        out = capsys.readouterr().out
        assert [line for line in out.splitlines() if len(line) > WIDTH and "/" not in line] == []
        return " ".join(out.split())

    return read


def columns(points: Floats) -> dict[str, list[float]]:
    """Return factors by name."""
    return {name: column.tolist() for name, column in zip(NAMES, points.T, strict=True)}


def tables_of(folder: Path, kind: str) -> dict[str, list[dict[str, object]]]:
    """Return the rows of the tables that a command wrote beside a sweep, and check their schema."""
    (made,) = folder.parent.glob(f"{kind}-three_ports-*")
    found = {}
    for path in made.glob("*.parquet"):
        table = pq.read_table(path)
        assert table.schema.remove_metadata() == ALL_TABLES[path.stem].remove_metadata()
        assert table.schema.metadata[b"waterbed.command"].startswith(f"waterbed {kind} ".encode())
        assert b"waterbed.sweeps" in table.schema.metadata
        found[path.stem] = table.to_pylist()
    return found


def test_a_sobol_table_from_a_sweep(tmp_path: Path, printed: Print) -> None:
    """T36 through folder, reader, command and table: within 2 %."""
    points = saltelli(2**11)
    folder = fabricate(tmp_path / "s", "saltelli", columns(points), 100 + ishigami(points)[:, None], chunk=4000)
    sensitivity_command([str(folder)])
    out = printed()
    assert "Which factors matter for landed (sobol, 10,240 points)" in out
    assert "luck cannot be told from what factors do" in out
    rows = {(row["factor"], row["index"]): row for row in tables_of(folder, "sensitivity")["sensitivity"]}
    for name, first, total in zip(NAMES, (0.3139, 0.4424, 0), (0.5576, 0.4424, 0.2437), strict=True):
        assert rows[name, "S1"]["value"] == pytest.approx(first, rel=0.02, abs=0 if first else 0.02)
        assert rows[name, "ST"]["value"] == pytest.approx(total, rel=0.02)
    assert not rows[NAMES[2], "S1"]["is_resolved"]
    assert all(row["unit"] == "t/yr" and row["points"] == 10_240 for row in rows.values())


def test_factors_are_ranked_where_they_are_resolved(tmp_path: Path, printed: Print) -> None:
    points = saltelli(256)
    landed = 100 + 2 * points[:, 1] + 5 * points[:, 2]
    values = landed[:, None] + 0.5 * noise(len(points), 4) + noise(4, 1, seed=9).T
    folder = fabricate(tmp_path / "s", "saltelli", columns(points), values)
    sensitivity_command([str(folder)])
    out = printed()
    ranks = [out.index(name) for name in (NAMES[2], NAMES[1], NAMES[0])]
    assert ranks == sorted(ranks)
    assert "] ?" in out[ranks[2] :]
    (luck, shared, means) = tables_of(folder, "sensitivity")["sensitivity_luck"]
    assert [row["part"] for row in (luck, shared, means)] == ["luck", "shared", "in means"]
    of_points = 29 / 12
    assert means["share"] == pytest.approx(0.0625 / (of_points + 0.0625), rel=0.1)
    assert luck["low"] < luck["share"] < luck["high"]


def test_morris_from_a_sweep_in_tonnes_a_year(tmp_path: Path, printed: Print) -> None:
    """Values in the design are any rising function of the steps; effects are those per whole range."""
    steps = trajectories(20)
    landed = 100 + YEARS * (30 * steps[:, 0] - 10 * steps[:, 1])
    values = np.repeat(landed[:, None], 2, axis=1)
    folder = fabricate(tmp_path / "s", "morris", columns(np.exp(steps)), values, steps=steps)
    sensitivity_command([str(folder)])
    assert "(morris, 80 points)" in printed()
    rows = {(row["factor"], row["index"]): row for row in tables_of(folder, "sensitivity")["sensitivity"]}
    assert [rows[name, "mu_star"]["value"] for name in NAMES] == pytest.approx([30, 10, 0], abs=1e-6)
    assert [rows[name, "mu_star"]["is_resolved"] for name in NAMES] == [True, True, False]


def test_morris_refuses_levels(tmp_path: Path) -> None:
    """A step of the design is no distance between levels, and some of its steps pass over one."""
    steps = trajectories(20)
    factors = {**columns(steps), "regime": [ARMS[int(min(2, 3 * u))] for u in steps[:, 2]]}
    del factors[NAMES[2]]
    folder = fabricate(tmp_path / "s", "morris", factors, 100 + steps[:, [0]], steps=steps)
    with pytest.raises(InputError, match=r"method: morris cannot use factors with levels \(regime\)"):
        sensitivity_command([str(folder)])


def test_steps_of_morris_are_sent_to_no_method_that_refuses_them(tmp_path: Path) -> None:
    steps = trajectories(20)
    folder = fabricate(tmp_path / "s", "morris", columns(steps), 100 + steps[:, [0]], steps=steps, leave_out=[(3, 0)])
    with pytest.raises(InputError, match=r"1 of 80 points .* with --retry-failed\.$"):
        sensitivity_command([str(folder)])
    whole = fabricate(tmp_path / "whole", "morris", columns(steps), 100 + steps[:, [0]], steps=steps)
    with pytest.raises(InputError, match=r"in their order, or method=morris\.$"):
        sensitivity_command([str(whole), "method=sobol"])


def paired(points: Floats) -> tuple[dict[str, list[float] | list[str]], Floats]:
    """Return a grid of points with every arm at each, and landed mass with luck that arms share.

    The alliance lands 10 less where the first factor is above 0.6, and 5 more elsewhere; the third arm 1 more always.
    """
    count, arms = len(points), len(ARMS)
    every = np.repeat(points, arms, axis=0)
    luck = np.repeat(3 * noise(count, 3), arms, axis=0)
    effects = np.column_stack([np.zeros(count), np.where(points[:, 0] > 0.6, -10.0, 5.0), np.ones(count)])
    landed = (100 + 40 * every[:, 1] + effects.ravel())[:, None] * YEARS + luck
    return {**columns(every), "regime": list(ARMS) * count}, landed


def test_a_contrast_is_paired(tmp_path: Path, printed: Print) -> None:
    """The factor that moves both arms alike has no effect on their difference, and shared luck is none in it."""
    factors, landed = paired(cube(200, 3))
    folder = fabricate(tmp_path / "s", "table", factors, landed)
    sensitivity_command([str(folder), "contrast=[alliance_rule,national_rule]"])
    out = printed()
    assert "Which factors matter for landed, alliance_rule - national_rule (given, 200 points)" in " ".join(out.split())
    tables = tables_of(folder, "sensitivity")
    rows = {(row["factor"], row["index"]): row for row in tables["sensitivity"]}
    assert [rows[name, "pawn"]["is_resolved"] for name in NAMES] == [True, False, False]
    assert {name for name, _ in rows} == set(NAMES)
    assert [row["share"] for row in tables["sensitivity_luck"]] == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_level_can_be_chosen(tmp_path: Path, printed: Print) -> None:
    factors, landed = paired(cube(60, 3))
    folder = fabricate(tmp_path / "s", "grid", factors, landed)
    sensitivity_command([str(folder), "regime=alliance_rule"])
    assert "(given, 60 points)" in printed()
    with pytest.raises(InputError, match="regime: 'alliance' is not known; did you mean"):
        sensitivity_command([str(folder), "regime=alliance"])
    with pytest.raises(InputError, match=r"scenario: not a factor with levels .* \(regime\)"):
        sensitivity_command([str(folder), "scenario=flat"])


def test_two_sweeps_of_one_design_are_a_contrast(tmp_path: Path, printed: Print) -> None:
    """A design of Saltelli under each of two regimes: indices of the difference, and regret of the two."""
    points = saltelli(256)
    common = 50 * points[:, [1]] + noise(len(points), 2)
    folders = [
        fabricate(tmp_path / f"of_{regime}", "saltelli", columns(points), 100 + common + more[:, None], regime=regime)
        for regime, more in (("alliance_rule", 20 * (0.3 - points[:, 0])), ("national_rule", 0 * points[:, 0]))
    ]
    sensitivity_command(list(map(str, folders)))
    assert "landed, alliance_rule - national_rule" in printed()
    rows = {(row["factor"], row["index"]): row for row in tables_of(folders[0], "sensitivity")["sensitivity"]}
    assert [rows[name, "S1"]["value"] for name in NAMES] == pytest.approx([1, 0, 0], abs=0.05)
    discover_command([*map(str, folders), "above=0"])
    out = printed()
    assert "Cases of interest: landed, alliance_rule - national_rule above 0 t/yr" in out
    (row,) = tables_of(folders[0], "discover")["discovered_boxes"]
    assert row["factor"] == NAMES[0]
    assert row["high"] == pytest.approx(0.3, abs=0.02)
    other = fabricate(tmp_path / "other", "saltelli", columns(points[::-1]), 100 + common, regime="frozen")
    with pytest.raises(InputError, match="its designs differ from those of"):
        sensitivity_command([str(folders[0]), str(other)])
    design = folders[1] / "design.parquet"
    table = pq.read_table(design)
    longer = table.schema.metadata[b"waterbed.cases"].replace(b'"horizon_years": 2', b'"horizon_years": 3')
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"waterbed.cases": longer}), design)
    with pytest.raises(InputError, match=r"its cases \(horizon_years\) differ"):
        sensitivity_command(list(map(str, folders)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([{}, {"regime.name": "none", "scenario.name": "growth"}],
         r"differ in 2 settings \(regime: frozen, none; scenario: flat, growth\)"),
        ([{}, {"regime.name": "none", "parameters.choice.temperature_eur_per_kg": 2.5}],
         r"differ in 2 settings \(choice.temperature_eur_per_kg: 3000, 2.5; regime: frozen, none\)"),
        ([{}, {"regime.decides": "b", "switches.tactical": False}],
         r"differ in 2 settings \(regime.decides: a, b; switches.tactical: True, False\)"),
        ([{}, {}], "they were asked the same; allowed: sweeps each under another value of one setting"),
        ([{}, {"regime.name": "none"}, {}], "regime is frozen, none, frozen; allowed: sweeps each under another value"),
        ([{}, {"world.name": "eu", "regime.name": "none"}], r"its cases \(world\) differ"),
        ([{}, None], r"its cases \(not written down\) differ"),
    ],
)  # fmt: skip
def test_a_contrast_of_folders_is_of_one_setting(
    tmp_path: Path, changes: list[dict[str, object] | None], message: str
) -> None:
    folders = [str(with_base(tmp_path / str(i), change)) for i, change in enumerate(changes)]
    with pytest.raises(InputError, match=message):
        sensitivity_command(folders)
    with pytest.raises(InputError, match=message):
        discover_command(folders)
    assert len(list(tmp_path.iterdir())) == len(folders)


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"regime.name": "none"}, "landed, frozen - none (given, 60 points) [supply: flat]"),
        ({"regime.name": "none", "regime.decides": "b"}, "landed, frozen - none (given, 60 points) [supply: flat]"),
        ({"scenario.name": "growth", "scenario.about": "more"},
         "landed, flat - growth (given, 60 points) [supply: varied]"),
        ({"parameters.choice.temperature_eur_per_kg": 2.5},
         "landed, choice.temperature_eur_per_kg 3000 - 2.5 (given, 60 points) [supply: flat]"),
    ],
)  # fmt: skip
def test_a_contrast_of_folders_says_of_what_it_is(
    tmp_path: Path, printed: Print, change: dict[str, object], title: str
) -> None:
    sensitivity_command([str(with_base(tmp_path / "a", {})), str(with_base(tmp_path / "b", change))])
    assert f"Which factors matter for {title}" in printed()


def with_base(folder: Path, change: dict[str, object] | None) -> Path:
    """Write a sweep whose points start from a case with these settings by dotted name; None for no case at all."""
    points = cube(60, 2)
    factors = {"supply.mean_t_per_year": points[:, 0].tolist(), "market.elasticity": points[:, 1].tolist()}
    fabricate(folder, "lhs", factors, 100 + points[:, [0]] * (1 + len(change or {})))
    path = folder / "design.parquet"
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    if change is None:
        del metadata[b"waterbed.cases"]
    else:
        base = json.loads(metadata[b"waterbed.cases"])["base"]
        base |= {"switches": {"tactical": True}, "parameters": {"choice": {"temperature_eur_per_kg": 3000.0}}}
        base["regime"]["decides"] = "a"
        for name, value in change.items():
            *way, last = name.split(".")
            node = base
            for step in way:
                node = node[step]
            node[last] = value
        metadata[b"waterbed.cases"] = json.dumps({"base": base}).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return folder


def test_boxes_and_regret(tmp_path: Path, printed: Print) -> None:
    """The box where the alliance lands more is found; regret is that of the effects, worked out by hand."""
    points = cube(400, 3)
    factors, landed = paired(points)
    folder = fabricate(tmp_path / "s", "table", factors, landed)
    discover_command([str(folder), "contrast=[alliance_rule,national_rule]", "above=0"])
    out = printed()
    share = float((points[:, 0] <= 0.6).mean())
    assert "density 100 % of the" in out
    tables = tables_of(folder, "discover")
    (box,) = tables["discovered_boxes"]
    assert (box["factor"], box["low"], box["density"]) == (NAMES[0], -np.inf, 1)
    assert box["high"] == pytest.approx(0.6, abs=0.02)
    assert box["coverage"] == (points[:, 0] < box["high"]).sum() / (points[:, 0] <= 0.6).sum()
    regret = {(row["level"], row["measure"]): row for row in tables["regret"]}
    expected = {"national_rule": 10 * (1 - share), "alliance_rule": 5 * share, "alliance_rule_frozen_stock": 0}
    expected["alliance_rule_frozen_stock"] = 11 * (1 - share) + share
    for level, mean in expected.items():
        assert regret[level, "mean"]["value"] == pytest.approx(mean, abs=1e-6)
        assert regret[level, "mean"]["low"] < mean < regret[level, "mean"]["high"]
    assert [regret[level, "max"]["value"] for level in ARMS] == pytest.approx([10, 5, 11], abs=1e-6)
    assert [regret[level, "share best"]["value"] for level in ARMS] == pytest.approx([share, 1 - share, 0])
    assert next(row["level"] for row in tables["regret"]) == "alliance_rule"


def test_levels_are_inputs_of_boxes(tmp_path: Path, printed: Print) -> None:
    """Of a design that draws the regime, boxes name its levels, and there is no regret."""
    points = cube(600, 3)
    arms = [ARMS[int(3 * u)] for u in cube(600, 1, seed=7)[:, 0]]
    landed = 10.0 + 50 * np.array([arm == ARMS[1] for arm in arms])[:, None] + noise(600, 2)
    folder = fabricate(tmp_path / "s", "lhs", {**columns(points), "regime": arms}, landed)
    discover_command([str(folder), "above=20"])
    out = printed()
    assert "No regret table: regime: its levels were not run at the same points" in out
    (row,) = tables_of(folder, "discover")["discovered_boxes"]
    assert (row["factor"], row["levels"], row["coverage"], row["density"]) == ("regime", ARMS[1], 1, 1)
    assert row["selected"] == 1


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path, printed: Print) -> None:
    factors, _ = paired(cube(100, 3))
    folder = fabricate(tmp_path / "s", "table", factors, 100 + noise(300, 2))
    sensitivity_command([str(folder)])
    assert not any(row["is_resolved"] for row in tables_of(folder, "sensitivity")["sensitivity"])
    discover_command([str(folder)])
    out = printed()
    assert "landed above" in out and "(q75)" in out
    regret = tables_of(folder, "discover")["regret"]
    assert not any(row["is_resolved"] for row in regret)


def test_regret_where_more_is_better() -> None:
    values = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([2.0, 2.0, 1.0])}
    found = {regret.level: regret for regret in regrets(values, "highest")}
    assert found["a"].mean.value == pytest.approx(1 / 3)
    assert found["b"].mean.value == pytest.approx(2 / 3)
    assert [found[name].share_best.value for name in "ab"] == pytest.approx([2 / 3, 2 / 3])


def test_which_outcome_is_best_is_known_or_asked(tmp_path: Path, printed: Print) -> None:
    """Less landed mass and cost to trade are better; of a price nobody knows, so there is no regret without a word."""
    factors, landed = paired(cube(60, 3))
    folder = fabricate(tmp_path / "s", "table", factors, landed)
    for words, best in (([], "lowest"), (["outcome=trade_cost"], "lowest"), (["best=highest"], "highest")):
        discover_command([str(folder), f"results={tmp_path / best / str(len(words))}", *words])
        assert f"than the best one at the same point; {best} is best" in printed()
        (path,) = (tmp_path / best / str(len(words))).glob("*/regret.parquet")
        assert set(pq.read_table(path)["best"].to_pylist()) == {best}
        shutil.rmtree(tmp_path / best)
    known = {name for name, outcome in outcomes(YEARS).items() if outcome.best}
    assert known == {"landed", "landed_g", "trade_delay", "trade_delay_days", "trade_cost", "trade_cost_eur"}
    for path in (folder / "runs").iterdir():
        table = pq.read_table(path)
        place = table.column_names.index("price_eur_per_kg")
        price = table.set_column(place, table.schema.field(place), table["trade_cost_eur"])
        pq.write_table(price, path, write_page_checksum=True)
    discover_command([str(folder), "outcome=price"])
    out = printed()
    assert (
        "No regret table: best: missing, as of price it is not known which value is best; allowed: best=lowest" in out
    )
    assert "Regret of" not in out
    discover_command([str(folder), "outcome=price", "best=lowest"])
    assert "Regret of regime, price, EUR/kg" in printed()


@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e6])
def test_nothing_is_cut_from_a_regret_table(scale: float, capsys: pytest.CaptureFixture[str]) -> None:
    """All numbers are on lines of at most 80 columns, beside the name of their level, however long they are."""
    points = 50
    values = {name: scale * (5 + noise(points, 1, seed=i)[:, 0]) for i, name in enumerate(LONG)}
    found = regrets(values, "lowest")
    cases = np.zeros((points, 2))
    sample = Sample("landed", "t/yr", "lhs", (), cases, None, cases, np.arange(points), np.ones(points, np.bool_))
    print_regrets(Regrets(sample, "lowest", found), "regime", "[supply: flat]", console())
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    for regret in found:
        beside = [line for line in lines if line.startswith(arm_label(regret.level)[:34])]
        shares = (100 * end for end in (regret.share_best.value, regret.share_best.low, regret.share_best.high))
        for one in (regret.mean, regret.p90, Estimate(*shares)):
            cell = f" {significant(one.value, 2)} [{significant(one.low, 2)}, {significant(one.high, 2)}]"
            assert any(cell in line for line in beside), cell
        assert any(f" {significant(regret.largest.value)}" in line for line in beside)
    assert any(lines[i].split()[:1] == ["mean"] for i in range(len(lines)))


def test_nothing_is_cut_from_a_table_of_effects(tmp_path: Path, printed: Print) -> None:
    steps = trajectories(20, 2)
    name = "terminal_standards.security_levels"
    landed = 1e9 * (1 + steps[:, [0]] * steps[:, [1]]) + noise(len(steps), 1)
    folder = fabricate(tmp_path / "s", "morris", {name: steps[:, 0].tolist(), "b": steps[:, 1].tolist()}, landed,
                       steps=steps)  # fmt: skip
    sensitivity_command([str(folder)])
    (index, _, sigma, *_) = tables_of(folder, "sensitivity")["sensitivity"]
    cell = [significant(float(str(index[part]))) for part in ("value", "low", "high")]
    out = printed()
    assert f"{name} {cell[0]} [{cell[1]}, {cell[2]}]" in out
    assert f"{name} {significant(float(str(sigma['value'])))}" in out


def test_an_incomplete_sweep_says_so(tmp_path: Path, printed: Print) -> None:
    """Indices of Sobol' need every point; given data, the complete ones among those that were drawn by themselves."""
    points = saltelli(32)
    folder = fabricate(tmp_path / "s", "saltelli", columns(points), 100 + ishigami(points)[:, None] + noise(160, 2),
                       failed=[(3, 0), (9, 1)], leave_out=[(9, 0), (20, 1)])  # fmt: skip
    with pytest.raises(InputError, match=r"3 of 160 points do not have all their runs.*--retry-failed"):
        sensitivity_command([str(folder)])
    sensitivity_command([str(folder), "method=given"])
    out = printed()
    assert "INCOMPLETE, s: of 320 runs 2 failed and 2 were not run" in out
    assert "Failed, error, 2 runs, such as: no" in out
    assert "LEFT OUT: 3 points without all their replications" in out
    assert "(given, 62 points)" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["outcome=landing"], "outcome: 'landing' is not known; did you mean landed"),
        (["method=sobolev"], "method: 'sobolev' is not known"),
        (
            ["method=morris"],
            r"method: morris cannot use these points .* or method=given, which takes those of any other",
        ),
        (["method=sobol"], r"method: sobol cannot use these points \(design=lhs\)"),
        (["contrast=[a]"], "allowed: two levels"),
        (["contrast=[a,b]"], "a and b are not levels of one factor"),
        (["above=3"], "above: not a setting of this command"),
        (["outcome=diverted"], "outcome: diverted is the same at all points"),
        (["memory_mb=1"], "memory_mb: 1 is not allowed"),
    ],
)
def test_what_cannot_be_asked_is_said(tmp_path: Path, words: list[str], message: str) -> None:
    points = cube(100, 3)
    folder = fabricate(tmp_path / "s", "lhs", columns(points), 100 + ishigami(points)[:, None])
    with pytest.raises(InputError, match=message):
        sensitivity_command([str(folder), *words])
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["above=much"], "above: 'much' is not allowed; allowed: a number, or a quantile such as q75"),
        (["below=q5"], "below: q5 makes 5 of 100 points cases of interest"),
        (["above=1", "below=2"], "above, below: both are not allowed"),
        (["method=given"], "method: not a setting of this command"),
        (["boxes=0"], "boxes: 0 is not allowed"),
    ],
)
def test_what_cannot_be_discovered_is_said(tmp_path: Path, words: list[str], message: str) -> None:
    points = cube(100, 3)
    folder = fabricate(tmp_path / "s", "lhs", columns(points), 100 + ishigami(points)[:, None])
    with pytest.raises(InputError, match=message):
        discover_command([str(folder), *words])


def test_a_folder_is_needed() -> None:
    with pytest.raises(InputError, match="RESULT: missing"):
        parse_asked(["outcome=landed"])


def test_every_outcome_has_a_name_and_a_unit() -> None:
    found = outcomes(YEARS)
    assert (found["landed"].column, found["landed"].unit, found["landed"].scale) == ("landed_g", "t/yr", 1e-6 / YEARS)
    assert found["landed_g"] == found["landed"]
    assert (found["price"].unit, found["price"].scale) == ("EUR/kg", 1)
    assert found["trade_cost"].unit == "EUR million/yr"
    assert found["days_at_price_bound"].unit == "d/yr"
    assert outcomes(None)["landed"].unit == "t"
    assert "replication" not in found and "seed" not in found
