"""The page of a sweep: complete, unfinished, partly failed, with choices, and with analyses after it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments.analysis.command import discover_command, sensitivity_command
from experiments.report.asked import parse_asked
from experiments.report.command import make_page
from experiments.report.drawing import drawn, finished
from experiments.report.factor_names import factor_label
from experiments.report.page import NARROW, WIDE, Figure, Page, Table
from experiments.report.sensitivity_section import Ranking, ranking
from experiments.report.sweep_numbers import bin_edges, slices
from experiments.report.sweep_state import point_ranges
from scenarios.errors import InputError
from scenarios.load_case import load_case
from sim.streams import Floats
from tests.analysis_cases import NAMES, fabricate, noise, saltelli
from tests.model_cases import SMALL

POINTS, REPLICATIONS, YEARS = 40, 2, 1


def sweep_of(folder: Path, landed_t: Floats, factors: dict[str, Any] | None = None, kind: str = "random",
             **how: Any) -> Path:  # fmt: skip
    """Write the folder of a sweep, with the case that its points vary as a real one has it."""
    if factors is None:
        factors = dict(zip(NAMES[:2], np.linspace([1500, 5000], [8000, 900], len(landed_t)).T.tolist(), strict=True))
    fabricate(folder, kind, factors, landed_t, **how)
    case = load_case([*SMALL, "regime=frozen"])
    facts = {
        "version": "0", "commit": "0", "command": "waterbed sweep", "seed": 1, "settings": {},
        "data_hash": "0", "python": "3", "libraries": {},
        "cases": {"frozen": case.as_dict()}, "case_digests": {"frozen": case.digest()},
    }  # fmt: skip
    path = folder / "sweep.json"
    asked = json.loads(path.read_text("utf-8"))
    asked["question"]["design"] = f"{kind} of {len(landed_t)} points"
    path.write_text(json.dumps({**asked, **facts}), "utf-8")
    return folder


def outcome(points: int = POINTS) -> Floats:
    """Return what lands over the two years of the fabricated case: 200 to 400 t, and luck of 4 t."""
    found: Floats = np.linspace(200.0, 400.0, points)[:, None] + 4 * noise(points, REPLICATIONS)
    return found


def page_of(*folders: Path) -> Page:
    """Return the page of a folder, with further ones."""
    return make_page(parse_asked([str(folder) for folder in folders]))[0]


def figure_of(page: Page, key: str) -> Figure:
    """Return a figure by its key."""
    return next(figure for figure in page.figures() if figure.key == key)


def said(page: Page) -> str:
    """Return all sentences and tables of a page."""
    blocks = [block for section in page.sections for block in section.blocks]
    return " ".join([*(notice.text for notice in page.notices), *map(str, blocks)])


def pieces(figure: Figure, format_: Any) -> int:
    """Return how many texts and shapes a drawn figure has."""
    picture = drawn(finished(figure, format_), "svg").decode()
    return picture.count("<text") + picture.count("<path")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a complete sweep."""
    return sweep_of(tmp_path_factory.mktemp("sweep") / "sweep", outcome())


def landed_t_per_year(folder: Path) -> Floats:
    """Return the mean over replications by point, read without the code of the page."""
    runs = pq.read_table(folder / "runs", columns=["point", "landed_g"])
    points, landed = runs["point"].to_numpy(), runs["landed_g"].to_numpy()
    return np.bincount(points, landed) / np.bincount(points) / 1e6 / 2


def test_quantiles_are_those_of_the_files(whole: Path) -> None:
    page = page_of(whole)
    table = next(b for s in page.sections if s.key == "spread" for b in s.blocks if isinstance(b, Table))
    rows = {row[0]: row[1] for row in table.rows}
    values = landed_t_per_year(whole)
    assert rows["half lie below"] == f"{np.median(values):.0f}"
    assert rows["the highest"] == f"{values.max():.0f}"
    assert sum(int(row[1]) for row in figure_of(page, "spread").table.rows) == POINTS


def test_a_complete_sweep_has_no_notice(whole: Path) -> None:
    page = page_of(whole)
    assert not page.notices
    assert "state" not in [section.key for section in page.sections]
    assert page.answers[0].text == f"{POINTS * 2} of {POINTS * 2} runs are done, at {POINTS} points"


def test_luck_is_a_share_of_the_variance(whole: Path) -> None:
    text = next(answer.text for answer in page_of(whole).answers if "luck" in answer.label)
    share = float(text.split(" %")[0])
    # 16 of 3416 + 16: the variance of luck beside that of 200 to 400 t, within what 40 points leave open.
    assert 0.2 < share < 1.0


def test_failures_come_first_with_kind_and_points(tmp_path: Path) -> None:
    folder = sweep_of(tmp_path / "sweep", outcome(), failed=[(3, 0), (4, 1), (9, 0)], leave_out=[(20, 0), (21, 0)])
    page = page_of(folder)
    assert "75 of 80 runs are done (94 %), 3 failed, 2 were not run" in page.notices[0].text
    assert page.notices[1].text.startswith("Runs that failed, by kind: error: 3")
    assert "5 points without all their replications are left out" in page.notices[2].text
    assert page.sections[0].key == "state"
    table = next(block for block in page.sections[0].blocks if isinstance(block, Table))
    assert table.rows == (("error", "3", "3 to 4, 9", "no"),)
    assert "at points 20 to 21" in said(page)
    assert sum(int(row[1]) for row in figure_of(page, "spread").table.rows) == POINTS - 5


def test_a_sweep_of_which_no_point_is_complete_is_a_page(tmp_path: Path) -> None:
    gone = [(point, 1) for point in range(POINTS)]
    page = page_of(sweep_of(tmp_path / "sweep", outcome(), leave_out=gone))
    assert "No point has all its replications" in page.notices[-1].text
    assert not page.figures()


def test_a_sweep_without_any_run_is_refused_in_a_sentence(tmp_path: Path) -> None:
    gone = [(point, i) for point in range(POINTS) for i in range(REPLICATIONS)]
    with pytest.raises(InputError, match="no run of this sweep is done"):
        page_of(sweep_of(tmp_path / "sweep", outcome(), leave_out=gone))


def test_one_replication_says_that_luck_is_not_known(tmp_path: Path) -> None:
    page = page_of(sweep_of(tmp_path / "sweep", outcome()[:, :1]))
    assert "Not known: each point was run once." in [answer.text for answer in page.answers]


def test_an_outcome_that_does_not_vary_is_drawn(tmp_path: Path) -> None:
    page = page_of(sweep_of(tmp_path / "sweep", np.full((POINTS, REPLICATIONS), 300.0)))
    assert figure_of(page, "spread").table.rows[0][1] == str(POINTS)
    assert all(pieces(figure, WIDE) > 5 for figure in page.figures())


def test_levels_are_compared_point_by_point(tmp_path: Path) -> None:
    base = outcome(20)
    levels = np.concatenate([base, base - 30.0])
    temperature = np.linspace(1500, 8000, 20)
    factors = {NAMES[0]: [*temperature, *temperature], "regime": ["frozen"] * 20 + ["national_rule"] * 20}
    page = page_of(sweep_of(tmp_path / "sweep", levels, factors, kind="table"))
    rows = {row[0]: row[1:] for row in figure_of(page, "levels-1").table.rows}
    expected = base.mean() / 2
    assert rows["frozen"][:2] == ("20", f"{expected:.0f}")
    section = next(section for section in page.sections if section.key == "levels")
    table = next(
        block
        for block in section.blocks
        if isinstance(block, Table) and block.title.startswith("Difference from frozen")
    )
    assert table.rows[0][0] == "national_rule"
    assert table.rows[0][1].startswith("-15.0 [-15.0, -15.0]")


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return a sweep of Saltelli's design whose second factor does nothing, with sensitivity and discovery."""
    root = tmp_path_factory.mktemp("analysed")
    points = saltelli(32)
    landed = (100 + 200 * points[:, [0]] + 60 * points[:, [2]]) + 2 * noise(len(points), REPLICATIONS)
    factors = {name: points[:, i].tolist() for i, name in enumerate(NAMES)}
    sweep = sweep_of(root / "sweep", landed, factors, kind="saltelli", steps=None)
    sensitivity_command([str(sweep), f"results={root}"])
    discover_command([str(sweep), f"results={root}"])
    return sweep, next(root.glob("sensitivity-*")), next(root.glob("discover-*"))


def test_factors_that_are_told_apart_come_first(analysed: tuple[Path, Path, Path]) -> None:
    page = page_of(*analysed)
    answer = next(answer for answer in page.answers if answer.label == "What it depends on")
    assert answer.text.startswith(f"Most: {factor_label(NAMES[0])}.")
    assert factor_label(NAMES[1]) not in answer.text
    rows = pq.read_table(analysed[1] / "sensitivity.parquet").to_pylist()
    of_first = next(row for row in rows if (row["factor"], row["index"]) == (NAMES[0], "ST"))
    cells = {row[0]: row for row in figure_of(page, "sensitivity-0").table.rows}
    assert any(cell.startswith(f"{of_first['value']:.2f} [") for cell in cells[factor_label(NAMES[0])])


def test_factors_whose_intervals_overlap_with_the_largest_are_not_ranked() -> None:
    rows = [
        {"factor": name, "index": "ST", "method": "sobol", "value": value, "low": value - half, "high": value + half,
         "is_resolved": is_resolved}
        for name, value, half, is_resolved in (
            ("z", 0.5, 0.1, True), ("none", 0.01, 0.02, False), ("b", 0.15, 0.02, True), ("m", 0.45, 0.2, True),
            ("a", 0.10, 0.02, True),
        )
    ]  # fmt: skip
    assert ranking(rows) == Ranking(lead=("m", "z"), less=("a", "b"), others=("none",))
    assert ranking([]) == Ranking()
    without_ends = [{**row, "low": math.nan, "high": math.nan} for row in rows]
    assert ranking(without_ends).lead == ("a", "b", "m", "z")


def test_one_replication_says_that_luck_is_in_every_index(tmp_path: Path) -> None:
    points = saltelli(32)
    landed = 100 + 200 * points[:, [0]] + 2 * noise(len(points), 1)
    factors = {name: points[:, i].tolist() for i, name in enumerate(NAMES)}
    sweep = sweep_of(tmp_path / "sweep", landed, factors, kind="saltelli", steps=None)
    sensitivity_command([str(sweep), f"results={tmp_path}"])
    page = page_of(sweep, next(tmp_path.glob("sensitivity-*")))
    answer = next(answer for answer in page.answers if answer.label == "What it depends on")
    assert "luck cannot be told from what factors do" in answer.note


def test_the_regime_is_named_unless_it_varies(whole: Path, tmp_path: Path) -> None:
    page = page_of(whole)
    assert page.question.startswith("Under frozen: ")
    assert "reading" in [section.key for section in page.sections]
    factors = {NAMES[0]: [*range(1500, 1510), *range(1500, 1510)], "regime": ["frozen"] * 10 + ["national_rule"] * 10}
    other = page_of(sweep_of(tmp_path / "sweep", outcome(20), factors, kind="table"))
    assert other.question.startswith("Under several regimes: ")


def test_boxes_are_drawn_with_their_limits(analysed: tuple[Path, Path, Path]) -> None:
    page = page_of(*analysed)
    figure = figure_of(page, "box-0-1")
    rows = [row for row in pq.read_table(analysed[2] / "discovered_boxes.parquet").to_pylist() if row["box"] == 1]
    assert [row[0] for row in figure.table.rows] == [factor_label(row["factor"]) for row in rows]
    assert f"{100 * rows[0]['coverage']:.0f} % of the cases" in figure.note


def test_an_analysis_of_another_sweep_is_not_shown(analysed: tuple[Path, Path, Path], whole: Path) -> None:
    page = page_of(whole, analysed[1])
    assert "is of another sweep" in page.notices[0].text
    assert "sensitivity" not in [section.key for section in page.sections]


def test_an_analysis_alone_is_refused(analysed: tuple[Path, Path, Path]) -> None:
    with pytest.raises(InputError, match="no page is made of these results alone"):
        page_of(analysed[1])


@pytest.mark.parametrize("format_", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_figure_has_marks(analysed: tuple[Path, Path, Path], format_: Any) -> None:
    for figure in page_of(*analysed).figures():
        assert pieces(figure, format_) > 8, figure.key


def test_slices_hold_all_points_once() -> None:
    inputs, values = np.linspace(0, 1, 100), np.arange(100.0)
    found = slices(inputs, values)
    assert sum(part.points for part in found) == 100
    assert found[0].mean == pytest.approx(values[:13].mean(), abs=0.6)
    assert [part.points for part in slices(np.repeat([1.0, 2.0], 50), values)] == [50, 50]


def test_edges_span_the_values() -> None:
    values = np.array([1.0, 2.0, 5.0])
    assert bin_edges(values).tolist() == [1.0, 5.0]
    assert math.isclose(float(np.diff(bin_edges(np.full(30, 7.0))).sum()), 1.0)


@pytest.mark.parametrize(
    ("points", "words"), [([], "-"), ([5], "5"), ([1, 2, 3, 7, 9, 10], "1 to 3, 7, 9 to 10")], ids=["no", "one", "many"]
)
def test_points_are_named_in_few_words(points: list[int], words: str) -> None:
    assert point_ranges(points) == words


def test_names_of_factors_are_words() -> None:
    assert factor_label("choice.temperature_eur_per_kg") == "temperature (choice)"
    assert factor_label("regime") == "regime"


def test_regret_of_each_choice_is_drawn(tmp_path: Path) -> None:
    base = outcome(40)
    values = np.concatenate([base, base - 30.0])
    temperature = np.linspace(1500, 8000, 40)
    factors = {NAMES[0]: [*temperature, *temperature], "regime": ["frozen"] * 40 + ["national_rule"] * 40}
    sweep = sweep_of(tmp_path / "sweep", values, factors, kind="table")
    discover_command([str(sweep), f"results={tmp_path}"])
    page = page_of(sweep, next(tmp_path.glob("discover-*")))
    figure = figure_of(page, "regret-0")
    rows = {row[0]: row for row in figure.table.rows}
    assert rows["frozen"][1].startswith("15 [15, 15]")
    assert rows["national_rule"][4].startswith("100 ")
    assert all(pieces(figure, format_) > 8 for format_ in (WIDE, NARROW))
