"""waterbed ledger: what it prints and writes, from runs and from folders, and how it refuses."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from experiments.screen import WIDTH
from sim.tables import RUN_TABLES
from tests.command_cases import Printed, refusal

SMALL = ("world=three_ports", "horizon_years=1", "burn_in_start='2023-09-01'", "workers=1")
FEW = ("replications=2", "most_replications=2")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return results folders: a comparison, and single runs that can or cannot be compared with each other."""
    root = tmp_path_factory.mktemp("results")
    questions = {
        "compared": ["compare", "arms=[national_rule,alliance_rule]", *FEW],
        "one arm": ["compare", "arms=[frozen]", *FEW],
        "frozen": ["run", "regime=frozen"],
        "rule": ["run", "regime=national_rule"],
        "other seed": ["run", "regime=national_rule", "seed=2"],
        "other supply": ["run", "regime=national_rule", "parameters.supply.mass_2023_t=1200"],
        "other lots": ["run", "regime=national_rule", "parameters.supply.lots_2023=1600"],
        "other window": ["run", "regime=national_rule", "burn_in_start='2023-10-01'"],
        "other replication": ["run", "regime=national_rule", "replication=1"],
        "other closing": ["run", "regime=national_rule", "closing_days=1"],
        "other world": ["run", "regime=national_rule", "world.has_outside_routes=false", "world.supply_share=0.2"],
        "none first": ["compare", "arms=[none,alliance_rule]", "contrasts=[]", *FEW],
    }
    made = {}
    for name, (command, *words) in questions.items():
        place = root / name.replace(" ", "_")
        assert main([command, "-q", *SMALL, *words, f"results={place}"]) == 0
        (made[name],) = place.iterdir()
    return made


@pytest.fixture(scope="module")
def doubled(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> tuple[Path, str]:
    """Return the folder of a ledger of one port, and what was printed."""
    root = tmp_path_factory.mktemp("ledger")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    words = ["ledger", *SMALL, *FEW, "regime=national_rule", "treated=NLRTM", f"results={root}"]
    with capture.global_and_fixture_disabled():
        import contextlib
        import io

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            assert main(words) == 0
    assert err.getvalue() == "", "not a terminal: no progress bar"
    (folder,) = root.iterdir()
    return folder, out.getvalue()


def test_a_ledger_prints_and_writes(doubled: tuple[Path, str]) -> None:
    folder, out = doubled
    *lines, path = out.splitlines()
    assert path == str(folder)
    assert max(map(len, lines)) <= WIDTH
    assert {f.stem for f in folder.iterdir()} == {*RUN_TABLES, "contrasts", "identities", "ledger", "displacement"}
    order = ["Net kept off", "I1, ", "I2, ", "Ledger: ", "What came into", "Measures of displacement"]
    at = [next(i for i, line in enumerate(lines) if line.startswith(words)) for words in order]
    assert at == sorted(at), "the identities come before the coupled ledger"
    text = " ".join(out.split())
    assert "drug-tasked capacity x 2 in NLRTM, under national_rule" in text
    assert "illustrative, not an estimate of this port" in text
    assert "true flow" in text
    assert "placebo" in text


def test_the_printed_ledger_sums_to_a_hundred(doubled: tuple[Path, str]) -> None:
    _, out = doubled
    section = out.partition("\nLedger: ")[2].partition("Of all of it")[0].splitlines()[2:]
    shares = [float(line[24:].split()[0].rstrip("~")) for line in section if not line.startswith(" ")]
    assert len(shares) == 7
    assert sum(shares) == pytest.approx(100, abs=0.05 * 7)
    assert "landed" not in section, "the interception of a named port is not shown by default"


def test_the_table_of_the_ledger_is_exact(doubled: tuple[Path, str]) -> None:
    """Law: in the file, each ledger sums to the supply, and what left the treated port to its flow in the baseline."""
    folder, _ = doubled
    ledger, runs = (pq.read_table(folder / f"{name}.parquet") for name in ("ledger", "runs"))
    supply = {r["replication"]: r["supply_g"] for r in runs.to_pylist() if r["arm"] == "national_rule"}
    consignments = pq.read_table(folder / "consignments.parquet").to_pylist()
    place = {(r["replication"], r["consignment"]): r["place"] for r in consignments if r["arm"] == "national_rule"}
    lots = pq.read_table(folder / "lots.parquet").to_pylist()
    cohort = {(r["replication"], r["lot"]) for r in lots if r["arm"] == "national_rule" and r["is_in_cohort"]}
    parcels = [r for r in pq.read_table(folder / "parcels.parquet").to_pylist() if r["arm"] == "national_rule"]
    for number in (0, 1):
        flow = sum(
            r["mass_g"] for r in parcels
            if r["replication"] == number and (number, r["lot"]) in cohort
            and place.get((number, r["consignment"])) == "NLRTM"
        )  # fmt: skip
        for kind in ("treatment", "placebo"):
            rows = [r for r in ledger.to_pylist() if (r["kind"], r["replication"]) == (kind, number)]
            assert sum(r["mass_g"] for r in rows) == supply[number]
            assert sum(r["mass_g"] for r in rows if r["direction"] == "out of treated") == flow > 0


def test_reading_back_gives_the_ledger_of_running(
    waterbed: Callable[..., Printed], folders: dict[str, Path], tmp_path: Path
) -> None:
    """Law: the same arms, run or read from a folder, have the same ledger, placebo and measures."""
    read = ["ledger", str(folders["compared"]), "treated=north range", "workers=1", f"results={tmp_path / 'read'}"]
    run = [
        "ledger",
        *SMALL,
        *FEW,
        "arms=[national_rule,alliance_rule]",
        "treated=north range",
        f"results={tmp_path / 'run'}",
    ]
    tables = []
    for words, place in ((read, "read"), (run, "run")):
        status, out, _ = waterbed(*words)
        assert status == 0
        assert "Treatment: alliance_rule against national_rule." in out
        (folder,) = (tmp_path / place).iterdir()
        tables.append([pq.read_table(folder / f"{n}.parquet").to_pylist() for n in ("ledger", "identities")])
        # As text, in which a number that is none is equal to itself.
        tables[-1].append(repr(pq.read_table(folder / "displacement.parquet").to_pylist()))
    assert tables[0] == tables[1]


def test_the_baseline_stays_the_baseline(
    waterbed: Callable[..., Printed], folders: dict[str, Path], tmp_path: Path
) -> None:
    """Without a contrast of its own, a folder's later arm is held against its first, whatever their names."""
    folder = folders["none first"]
    assert waterbed("ledger", str(folder), "treated=BEANR", "workers=1", f"results={tmp_path}")[0] == 0
    assert "Treatment: alliance_rule against none." in waterbed(
        "ledger", str(folder), "treated=NLRTM", "workers=1", f"results={tmp_path}"
    )[1]  # fmt: skip


def test_two_folders_of_one_run_each(
    waterbed: Callable[..., Printed], folders: dict[str, Path], tmp_path: Path
) -> None:
    pair = (str(folders["frozen"]), str(folders["rule"]))
    status, out, _ = waterbed("ledger", *pair, "treated=BEANR", "show=ports", f"results={tmp_path}")
    assert status == 0
    assert "Treatment: national_rule against frozen." in out
    assert "Figures of a named port are illustrative" in out
    assert max(map(len, out.splitlines()[:-1])) <= WIDTH
    section = out.partition("\nLedger: ")[2].partition("Of all of it")[0]
    header, *rows = section.splitlines()[1:]
    assert header.split()[-3:] == ["landed", "seized", "rest"]
    table = [line[24:].split() for line in rows[: rows.index(next(r for r in rows if r.startswith("not shipped"))) + 1]]
    for cells in table:
        assert sum(map(float, cells[-3:])) == pytest.approx(float(cells[0].rstrip("~")), abs=0.05 * 4 + 1e-9)
    of_lines = [cells for line, cells in zip(rows, table, strict=False) if not line.startswith(" ")]
    fates = [float(cell) for cells in of_lines for cell in cells[-3:]]
    assert sum(fates) == pytest.approx(100, abs=0.05 * len(fates))
    assert re.search(r"Rest, of all of it: [0-9.]+ % abandoned, [0-9.]+ % not offered", " ".join(section.split()))


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("other seed", ["seeds differ", "frozen 1, national_rule 2"]),
        ("other supply", ["supply differs", "another mass"]),
        ("other lots", ["supply differs", "in one arm only"]),
        ("other window", ["windows differ", "2023-09-01", "2023-10-01"]),
        ("other replication", ["numbers of the replications differ"]),
        ("other closing", ["windows differ", "closing 1 days"]),
        ("other world", ["worlds differ"]),
        ("compared", ["holds the arms", "one arm in each"]),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(
    waterbed: Callable[..., Printed], folders: dict[str, Path], tmp_path: Path, second: str, words: list[str]
) -> None:
    pair = (str(folders["frozen"]), str(folders[second]))
    line = refusal(waterbed("ledger", *pair, "treated=NLRTM", "workers=1", f"results={tmp_path / 'results'}"))
    assert all(word in line for word in words), line
    assert not (tmp_path / "results").exists() or list((tmp_path / "results").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("treated=XXXXX", ["'XXXXX' is not known"]),
        ("treated=ESVLC", ["'ESVLC' is not known"]),
        ("", ["treated: missing"]),
        ("treated=coast:north_range", ["no controls of the EU", "arms="]),
        ("treated=NLRTM arms=[frozen]", ["arms: frozen", "allowed: two"]),
        ("treated=NLRTM arms=[frozen,rule]", ["'rule'"]),
        ("treated=NLRTM arms=[frozen,none] regime=none", ["'regime'", "arms="]),
        ("treated=NLRTM ++arms=[frozen,none] capacity_factor=3", ["'capacity_factor'", "arms="]),
        ("treated=NLRTM show=all", ["show: 'all'", "ranges"]),
        ("treated=NLRTM capacity_factor=-2", ["capacity_factor: -2", "0 to 100"]),
        ("no_such_folder treated=NLRTM", ["no_such_folder", "no such results folder"]),
        ("a b c treated=NLRTM", ["3 results folders"]),
    ],
)
def test_bad_questions_are_refused(
    waterbed: Callable[..., Printed], tmp_path: Path, words: str, expected: list[str]
) -> None:
    small = () if "folder" in words or "a b" in words else SMALL
    line = refusal(waterbed("ledger", *small, *words.split(), f"results={tmp_path / 'results'}"))
    assert all(word in line for word in expected), line
    assert not (tmp_path / "results").exists()


def test_folders_that_cannot_be_read_are_refused(
    waterbed: Callable[..., Printed], folders: dict[str, Path], tmp_path: Path
) -> None:
    for name in ("damaged", "foreign", "part", "old", "mixed", "edited", "garbled"):
        shutil.copytree(folders["compared"], tmp_path / name)
    file = tmp_path / "damaged" / "parcels.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    runs = pq.read_table(tmp_path / "foreign" / "runs.parquet")
    pq.write_table(runs.replace_schema_metadata(), tmp_path / "foreign" / "runs.parquet")
    (tmp_path / "part" / "lots.parquet").unlink()
    metadata = dict(runs.schema.metadata)
    metadata[b"waterbed.cases"] = metadata[b"waterbed.cases"].replace(b'"closing_days"', b'"closing_weeks"')
    pq.write_table(runs.replace_schema_metadata(metadata), tmp_path / "old" / "runs.parquet")
    metadata[b"waterbed.cases"] = b"{not json"
    pq.write_table(runs.replace_schema_metadata(metadata), tmp_path / "garbled" / "runs.parquet")
    shutil.copy(tmp_path / "mixed" / "lots.parquet", tmp_path / "mixed" / "parcels.parquet")
    parcels = pq.read_table(tmp_path / "edited" / "parcels.parquet")
    lots = pq.read_table(tmp_path / "edited" / "lots.parquet")
    one = lots.filter(lots["is_in_cohort"])["lot"][0]
    pq.write_table(parcels.filter(pc.not_equal(parcels["lot"], one)), tmp_path / "edited" / "parcels.parquet")
    for name, expected in (
        ("damaged", "parcels.parquet: cannot be read"),
        ("foreign", "not written by waterbed"),
        ("part", "lots.parquet is missing"),
        ("old", "its cases are not those of this version"),
        ("garbled", "its cases are not those of this version"),
        ("mixed", "the columns of parcels.parquet are not those"),
        ("edited", "contradict each other"),
    ):
        line = refusal(waterbed("ledger", str(tmp_path / name), "treated=NLRTM", f"results={tmp_path / 'results'}"))
        assert expected in line, line
    one = refusal(waterbed("ledger", str(folders["one arm"]), "treated=NLRTM"))
    assert "holds the arm frozen only" in one
    other = refusal(waterbed("ledger", str(folders["compared"]), "treated=NLRTM", "contrasts=[[frozen,none]]"))
    assert "frozen - none is not in" in other
    wrong = refusal(waterbed("ledger", str(folders["compared"]), "treated=NLRTM", "horizon_years=2"))
    assert "override 'horizon_years=2'" in wrong
    assert not (tmp_path / "results").exists() or list((tmp_path / "results").iterdir()) == []
