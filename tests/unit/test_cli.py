"""The command line: what it prints, how it refuses, and that it leaves nothing behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from agents.plan import PLAN
from experiments import base_rates
from experiments.base_rates import BaseRate
from experiments.generated_docs import ROOT
from experiments.screen import WIDTH
from experiments.show import TOPICS
from scenarios import load_case, parameter_table
from scenarios.parameter_table import parameter_rows
from sim.tables import ALL_TABLES, RUN_TABLES
from tests.command_cases import Printed, refusal

SMALL = ("world=three_ports", "horizon_years=1", "burn_in_start='2023-07-01'")
QUICK = (
    "--help",
    "show --help",
    "compare --help",
    "report --help",
    "worlds",
    *(f"show {topic}" for topic in TOPICS if topic != "base-rates"),
)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the results folder of a small comparison, and what the command printed."""
    root = tmp_path_factory.mktemp("results")
    words = ["compare", *SMALL, "arms=[frozen,national_rule]", "replications=2", "most_replications=2"]
    done = subprocess.run(
        [sys.executable, "-m", "experiments.cli", *words, f"results={root}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (folder,) = root.iterdir()
    return folder, done.stdout


def widest(text: str) -> int:
    """Return the length of the longest line."""
    return max(map(len, text.splitlines()))


@pytest.mark.parametrize("words", QUICK)
def test_what_answers_at_once_loads_little(words: str) -> None:
    code = (
        "import sys\nfrom experiments.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = ('altair', 'mesa', 'numba', 'pandas', 'simpy', 'vl_convert')\n"
        "print(*(m for m in heavy if m in sys.modules), file=sys.stderr)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *words.split()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == []
    assert widest(done.stdout) <= WIDTH
    # Under two seconds on a quiet machine; this only catches what is far off.
    assert time.perf_counter() - start < 5


def test_show_plan_prints_every_phase(waterbed: Callable[..., Printed]) -> None:
    status, out, _ = waterbed("show", "plan")
    assert status == 0
    lines = out.splitlines()
    assert [line.split()[1] for line in lines if line[:1].isdigit()] == [name for name, _ in PLAN]


def test_show_parameters_prints_values_or_sources(waterbed: Callable[..., Printed]) -> None:
    _, out, _ = waterbed("show", "parameters", "parameters.control.separation=1.1")
    names = {row.name.partition(".")[2] for row in parameter_rows().values()}
    assert names <= {line.split()[0] for line in out.splitlines() if line.startswith(" ") and line.split()}
    assert any(line.split()[:2] == ["separation", "1.1"] for line in out.splitlines())
    _, out, _ = waterbed("show", "parameters", "market", "control.separation")
    text = " ".join(out.split())
    for name, row in parameter_rows().items():
        is_shown = name.startswith("market.") or name == "control.separation"
        assert (f"{name} = " in text) == is_shown
        assert not is_shown or row.source in text
    assert widest(out) <= WIDTH


def test_show_settings_prints_current_values(waterbed: Callable[..., Printed]) -> None:
    _, out, _ = waterbed("show", "settings", "horizon_years=7", "scenario.capacity_scale.BEANR=2")
    lines = [line.split() for line in out.splitlines()]
    assert ["horizon_years", "7"] in lines
    assert ["scenario.capacity_scale", "{BEANR:", "2}"] in lines
    assert widest(out) <= WIDTH


def test_show_tables_prints_every_column(waterbed: Callable[..., Printed]) -> None:
    _, out, _ = waterbed("show", "tables")
    for name, schema in ALL_TABLES.items():
        section = out.partition(f"\n{name}: ")[2].partition("\n\n")[0]
        assert set(schema.names) <= {line.split()[0] for line in section.splitlines() if line.strip()}
    _, out, _ = waterbed("show", "tables", "runs")
    assert "\nruns: " in out
    assert "\nlots: " not in out


def test_base_rates_say_what_is_outside(waterbed: Callable[..., Printed], monkeypatch: pytest.MonkeyPatch) -> None:
    rates = [
        BaseRate("a long name of a figure, such as Antwerp and Rotterdam", "t/yr", 320, 12.3, 260, 380),
        BaseRate("another figure", "1", 0.61, 0.02, 0.3, 0.55),
    ]
    monkeypatch.setattr(base_rates, "base_rates", lambda *_: rates)
    status, out, _ = waterbed("show", "base-rates", "world=three_ports")
    assert status == 0
    assert "1 of 2 figures lie OUTSIDE their range: another figure." in " ".join(out.split())
    assert "0.61" in out
    assert widest(out) <= WIDTH


@pytest.mark.parametrize("world", ["eu", "north_range", "three_ports"])
def test_worlds_prints_every_port(waterbed: Callable[..., Printed], world: str) -> None:
    from scenarios.build_world import build_world

    case = load_case.load_case([f"world={world}"])
    built = build_world(case.world, case.parameters, case.good)
    status, out, _ = waterbed("worlds", f"world={world}")
    assert status == 0
    assert widest(out) <= WIDTH
    starts = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert set(built.entry.code) <= set(starts)
    for code, boxes, is_imputed in zip(
        built.entry.code, built.at_risk_boxes, built.entry.scans_are_imputed, strict=True
    ):
        line = next(line for line in out.splitlines() if line.startswith(f"{code} "))
        assert f" {boxes:,.0f} " in line
        assert line.rstrip().endswith("*") == is_imputed
    text = " ".join(out.split())
    assert all(f"{what.partition(' ')[2]} {boxes:,.0f}" in text for what, boxes, _ in built.assumed_totals)
    assert f"{sum(delivery.units for delivery in built.pipeline)} mobile units ordered" in text


def test_a_comparison_prints_and_writes(compared: tuple[Path, str]) -> None:
    folder, out = compared
    *lines, path = out.splitlines()
    assert path == str(folder)
    assert widest("\n".join(lines)) <= WIDTH
    assert {file.stem for file in folder.iterdir()} == {*RUN_TABLES, "contrasts", "identities"}
    for words in ("Each regime", "Paired contrasts", "I1, ", "I2, ", "By port range", "Accounts"):
        assert f"{words}" in out
        title = next(line for line in lines if line.startswith(words))
        assert title.endswith("[supply: flat]")


def test_a_results_folder_is_shown(compared: tuple[Path, str], waterbed: Callable[..., Printed]) -> None:
    folder, _ = compared
    status, out, _ = waterbed("show", str(folder))
    assert status == 0
    runs = pq.read_table(folder / "runs.parquet").to_pylist()
    landed = sum(row["landed_g"] for row in runs if row["arm"] == "frozen") / 2e6
    line = next(line for line in out.splitlines() if line.startswith("frozen"))
    assert line.split()[1:3] == ["2", f"{landed:.0f}"]
    command = next(line for line in out.splitlines() if line.startswith("waterbed compare"))
    assert "arms=[frozen,national_rule]" in command
    assert widest(out.replace(command, "")) <= WIDTH


def test_a_damaged_results_folder_is_explained(
    compared: tuple[Path, str], waterbed: Callable[..., Printed], tmp_path: Path
) -> None:
    good = (compared[0] / "runs.parquet").read_bytes()
    (tmp_path / "runs.parquet").write_bytes(good[: len(good) // 2])
    assert "runs.parquet: cannot be read" in refusal(waterbed("show", str(tmp_path)))
    pq.write_table(pq.read_table(compared[0] / "runs.parquet").replace_schema_metadata(), tmp_path / "runs.parquet")
    assert "not written by waterbed" in refusal(waterbed("show", str(tmp_path)))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("run horizn_years=3", ["'horizn_years'", "horizon_years"]),
        ("run world=europe", ["'europe'", "three_ports"]),
        ("run regime=aliance", ["'aliance'", "alliance_rule"]),
        ("run world.entry_ports=[XXXXX]", ["world.entry_ports", "'XXXXX'", "BEANR"]),
        ("run world.entry_ports=[]", ["entry_ports", "each port once"]),
        ("run world.entry_ports=[BEANR,BEANR]", ["entry_ports", "each port once"]),
        ("run +scenario._target_=os.system", ["scenario._target_", "data"]),
        ("run horizon_years=abc", ["horizon_years", "'abc'", "integer"]),
        ("run foo", ["'foo'", "name=value"]),
        ("compare parameters.finance.capital_eur_per_year=-1", ["capital_eur_per_year", "-1", "0 to"]),
        ("compare parameters.control.seperation=1", ["seperation", "separation"]),
        ("compare replications=0", ["replications: 0", "1 to"]),
        ("compare workers=-1", ["workers: -1", "0 to"]),
        ("compare precision=0", ["precision: 0", "more than 0"]),
        ("compare regime=national_rule", ["regime=national_rule", "arms="]),
        ("compare arms=[aliance]", ["'aliance'", "alliance_rule"]),
        ("worlds world=europe", ["'europe'", "three_ports"]),
        ("show plann", ["'plann'", "plan", "results folder"]),
        ("show plan surprise", ["'surprise'", "nothing more"]),
        ("show parameters cntrol", ["'cntrol'", "control"]),
        ("show parameters control.seperation", ["'control.seperation'", "control.separation"]),
        ("show tables run", ["'run'", "runs"]),
        ("show settings horizn_years=3", ["horizn_years", "horizon_years"]),
        ("show base-rates world=europe", ["'europe'", "three_ports"]),
    ],
)
def test_bad_input_is_explained(
    waterbed: Callable[..., Printed], tmp_path: Path, words: str, expected: list[str]
) -> None:
    command, *rest = words.split()
    place = [f"results={tmp_path / 'results'}"] if command in ("run", "compare") else []
    sentence = refusal(waterbed(command, *rest, *place))
    assert all(word in sentence for word in expected), sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["simulate"], ["show"], ["run", "--fast"]])
def test_unknown_words_are_refused(waterbed: Callable[..., Printed], words: list[str]) -> None:
    status, out, err = waterbed(*words)
    assert (status, out) == (2, "")
    assert "usage: waterbed" in err


def test_a_missing_data_file_is_explained(
    waterbed: Callable[..., Printed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "parameters.csv"
    monkeypatch.setattr(parameter_table, "PARAMETERS_CSV", table)
    original = (ROOT / "scenarios" / "data" / "parameters.csv").read_text("utf-8").splitlines()
    damaged = [original[0], original[1].replace("1130", "many", 1), *original[2:]]
    try:
        parameter_rows.cache_clear()
        assert f"{table}: cannot be read" in refusal(waterbed("run", *SMALL, f"results={tmp_path / 'results'}"))
        table.write_text("\n".join(damaged), "utf-8")
        sentence = refusal(waterbed("worlds"))
        assert "parameters.csv line 2" in sentence
        assert "must be numbers" in sentence
        table.write_text("\n".join(original[:-1]), "utf-8")
        assert original[-1].partition(",")[0] in refusal(waterbed("worlds"))
    finally:
        monkeypatch.undo()
        parameter_rows.cache_clear()
    assert [path.name for path in tmp_path.iterdir()] == ["parameters.csv"]


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_folder_below_a_file_is_refused(waterbed: Callable[..., Printed], tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    sentence = refusal(waterbed(command, *SMALL, f"results={tmp_path / 'file' / 'results'}"))
    assert "cannot be written" in sentence
    assert "results=FOLDER" in sentence
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_is_explained(
    waterbed: Callable[..., Printed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fail)
    monkeypatch.setattr("experiments.commands.announce_compilation", lambda **_: None)
    assert "is full" in refusal(waterbed("run", *SMALL, f"results={tmp_path}"))
    assert list(tmp_path.iterdir()) == []


def processes_of(group: int) -> bool:
    """Return whether a process group still has a member."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize(
    ("workers", "sign", "presses"),
    [(2, ".partial-*", 1), (2, ".partial-*/runs.parquet", 2), (1, ".partial-*/runs.parquet", 1)],
    ids=["while workers start", "twice while they run", "in one process"],
)
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, workers: int, sign: str, presses: int) -> None:
    words = ["compare", *SMALL, "arms=[frozen]", "replications=500", f"workers={workers}", f"results={tmp_path}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob(sign)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        for _ in range(presses):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.05)
        out, err = process.communicate(timeout=60)
        deadline = time.monotonic() + 20
        while processes_of(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not processes_of(process.pid)
    finally:
        if processes_of(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert (process.returncode, out) == (130, "")
    said = [line for line in err.splitlines() if line.strip() and "replications" not in line]
    said = [line for line in said if not line.startswith("First run of this version")]
    assert said == ["waterbed: interrupted; nothing was left half-written."]
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "experiments.cli", "show", "tables"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
