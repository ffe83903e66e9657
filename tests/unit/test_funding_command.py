"""waterbed size as a command: what it prints and writes, what is kept, what is refused."""

from __future__ import annotations

import dataclasses as dc
import math
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from experiments.cli import main
from experiments.funding import rules, simulated
from experiments.funding.asked import asked
from experiments.funding.baseline import make_baseline
from experiments.funding.command import RULES_TO_PLAN, WORKBOOK, folder_name, size_command
from experiments.funding.fit import unfitted
from experiments.funding.funding_options import FundingOptions, quick
from experiments.funding.gain_order import gain_order
from experiments.funding.planned import make_planned
from experiments.funding.planning_time import searches
from experiments.funding.printing import PORT_WORDS
from experiments.funding.question import Plan
from experiments.funding.simulated import compared_window, outcomes, run_table
from experiments.funding.study import most_runs
from experiments.funding.surrogate import Surrogate, objective
from experiments.screen import WIDTH
from experiments.store import read_table
from sim.funding_tables import FUNDING_TABLES
from tests.command_cases import Printed, refusal
from tests.funding_stand_ins import FEW, SMALL, fake_table

Rows = list[dict[str, object]]


class Whole:
    """A whole answer on stand-ins for runs."""

    def __init__(self, folder: Path, out: str, err: str, runs: list[str]) -> None:
        """Keep where it is and what was said."""
        self.folder, self.lines, self.err, self.runs = folder, out.splitlines(), err, runs

    def rows(self, name: str) -> Rows:
        """Return the rows of a table."""
        rows: Rows = read_table(self.folder, f"funding_{name}").to_pylist()
        return rows

    def curve(self, rule: str) -> Rows:
        """Return the rows of the curve of a rule, by budget."""
        return [row for row in self.rows("curve") if row["rule"] == rule]


def ask(folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str) -> Whole:
    runs: list[str] = []
    patch.setattr(simulated, "run_table", fake_table(runs))
    size_command([*SMALL, *FEW, *more, f"results={folder}"], is_quiet=False)
    (made,) = folder.iterdir()
    said = capsys.readouterr()
    return Whole(made, said.out, said.err, runs)


def whole_answer(folder: Path, patch: pytest.MonkeyPatch, *more: str) -> Whole:
    """Return the answer to the small question, where no test takes what is said."""
    runs: list[str] = []
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        patch.setattr(simulated, "run_table", fake_table(runs))
        size_command([*SMALL, *FEW, *more, f"results={folder}"], is_quiet=False)
    (made,) = folder.iterdir()
    return Whole(made, out.getvalue(), err.getvalue(), runs)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return the answer to the small question."""
    with pytest.MonkeyPatch.context() as patch:
        return whole_answer(tmp_path_factory.mktemp("size"), patch)


def test_it_prints_the_answer_in_order_and_80_columns(whole: Whole) -> None:
    path = whole.lines.index(str(whole.folder))
    assert max(map(len, whole.lines[:path])) <= WIDTH
    assert not any("…" in line for line in whole.lines)
    order = [
        "World three_ports", "Kept off by budget and rule", "Adaptive rule", "Rules", "EUR 10 million, simulated",
        "EUR 30 million, simulated", "Change by rule", "What else changes", "What each further ten million", "Knee",
        "Recommended for EUR 10 million", "Recommended for EUR 30 million", "Value of acting together",
        "What the best plans promised", "Gap of the optimiser's curse", "Regret for EUR 10 million",
        "Worth of knowing", "Most uncertain", "Detection at which", "Surrogate: fitted to",
    ]  # fmt: skip
    at = [next(i for i, line in enumerate(whole.lines) if line.startswith(words)) for words in order]
    assert at == sorted(at)
    said = " ".join(" ".join(whole.lines).split())
    for words in ("Grants go to national customs authorities.", "Member States own the equipment.", "up to 80 %",
                  "not new money", "staff are not", "Feasible now: yes", "Rotating units: needs"):  # fmt: skip
        assert said.count(words) == 2, "with each of the two recommendations"
    # The stand-in has rotation keep off a little more everywhere, so that it is recommended.
    assert said.count("Units can rotate without a grant: the grant itself adds") == 2
    assert PORT_WORDS not in said
    assert not any(code in said for code in ("BEANR", "NLRTM", "DEHAM"))


def test_every_table_is_written_with_a_meaning_for_each_column(whole: Whole) -> None:
    assert {file.stem for file in whole.folder.glob("*.parquet")} == set(FUNDING_TABLES)
    for name in FUNDING_TABLES:
        schema = pq.read_schema(whole.folder / f"{name}.parquet")
        assert all(field.metadata[b"about"] for field in schema)
        assert b"waterbed size" in schema.metadata[b"waterbed.command"]
        assert read_table(whole.folder, name).num_rows > 0, name


def test_the_workbook_has_assumptions_first_and_nothing_by_port(whole: Whole) -> None:
    names = load_workbook(whole.folder / WORKBOOK).sheetnames
    assert names[0] == "assumptions"
    assert {"curve", "states", "coordination", "curse", "regret"} <= set(names)
    assert not {"units", "phases"} & set(names)


def test_costs_never_exceed_the_budget_and_more_never_lowers_the_objective(whole: Whole) -> None:
    rows = whole.rows("curve")
    assert {row["rule"] for row in rows} == {"nothing", *RULES_TO_PLAN}
    assert all(row["grant_eur_million"] <= row["budget_eur_million"] for row in rows)  # type: ignore[operator]
    for rule in ("adaptive", "joint_own", "threat"):
        values = [row["objective_t"] for row in whole.curve(rule)]
        assert [row["budget_eur_million"] for row in whole.curve(rule)] == [0, 10, 30]
        if rule != "threat":
            assert values == sorted(values), rule  # type: ignore[type-var]
    for row in rows:
        if not row["budget_eur_million"]:
            assert (row["units"], row["kept_off_t"], row["yearly_cost_eur_million"]) == (0, 0.0, 0.0)


def test_states_and_ports_sum_to_the_curve(whole: Whole) -> None:
    for row in whole.rows("curve"):
        key = {name: row[name] for name in ("rule", "budget_eur_million")}
        for table in ("states", "units"):
            here = [one for one in whole.rows(table) if key.items() <= one.items()]
            assert sum(one["units"] for one in here) == row["units"]  # type: ignore[misc]
        states = [one for one in whole.rows("states") if key.items() <= one.items()]
        assert math.fsum(one["grant_eur_million"] for one in states) == pytest.approx(row["grant_eur_million"])  # type: ignore[misc]
        phases = [one for one in whole.rows("phases") if key.items() <= one.items()]
        is_in_phases = row["replications"] and row["budget_eur_million"]
        if is_in_phases:
            assert sum(one["units"] for one in phases) == row["units"]  # type: ignore[misc]


def test_simulated_values_are_those_of_the_runs(whole: Whole) -> None:
    runs = whole.rows("runs")
    first = {
        (r["plan"], r["budget_eur_million"], r["replication"]): r["landed_t"] for r in runs if r["stage"] == "first"
    }
    (row,) = (row for row in whole.curve("national") if row["budget_eur_million"] == 30)
    kept = [first["baseline", 0.0, n] - first["national", 30.0, n] for n in range(4)]  # type: ignore[operator]
    assert row["simulated_t"] == pytest.approx(np.mean(kept))
    assert row["replications"] == 4
    coordination = next(
        one for one in whole.rows("coordination")
        if (one["what"], one["budget_eur_million"]) == ("coordination", 30)
    )  # fmt: skip
    apart = [first["national", 30.0, n] - first["joint_own", 30.0, n] for n in range(4)]  # type: ignore[operator]
    assert coordination["simulated_kept_off_t"] == pytest.approx(np.mean(apart))
    national, joint = (
        next(row for row in whole.curve(rule) if row["budget_eur_million"] == 30) for rule in ("national", "joint_own")
    )
    more = [joint[name] - national[name] for name in ("objective_t", "kept_off_t")]  # type: ignore[operator]
    assert coordination["surrogate_t"] == pytest.approx(more[0], abs=1e-9)
    assert coordination["kept_off_t"] == pytest.approx(more[1], abs=1e-9)
    # Staff and running cost are known: what they take off is the same by simulation.
    assert coordination["simulated_t"] - np.mean(apart) == pytest.approx(more[0] - more[1], abs=1e-9)
    fresh = {r["replication"] for r in runs if r["stage"] == "fresh"}
    assert not fresh & {r["replication"] for r in runs if r["stage"] != "fresh"}


def test_no_run_is_made_twice_and_at_most_as_many_as_announced(whole: Whole) -> None:
    assert len(set(whole.runs)) == len(whole.runs)
    what = asked([*SMALL, *FEW], RULES_TO_PLAN)
    most = most_runs(what)
    # Trials 4, and two plans at each of two refinements, all twice; 4 of baseline, two budgets of 8 plans, and rotation
    # alone; fresh 3 of baseline and two plans each.
    assert most == (4 + 2 * 2) * 2 + 4 * (1 + 2 * 8 + 1) + 3 * (1 + 2 * 2)
    assert f"At most {most} runs, 2 of them done; one takes 2.0 s: about" in whole.err
    # Four rules at two budgets and two refinements at two; at each of two sixteen draws, eight scenarios, both ends of
    # five inputs, and four ways to a threshold of eight steps and seven halvings.
    assert searches(what) == (4 * 2 + 2 * 2, 2 * (16 + 8 + 10 + 4 * 15))
    assert "Plans, draws and thresholds, on one: about" in " ".join(whole.err.split())
    assert len(whole.runs) <= most


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return an answer by port with two units of a type at most, in which states have no round to answer each other."""
    few = ("funding.simulated_budgets=[10]", "funding.plans=[adaptive,national]", "funding.draws=8", "budget=[0,10]",
           "funding.most_per_port=2", "show=ports")  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "MOST_ROUNDS", 0)
        return whole_answer(tmp_path_factory.mktemp("marked"), patch, *few)


def test_ports_are_shown_when_asked_for_and_said_to_be_illustrative(marked: Whole) -> None:
    at = next(i for i, line in enumerate(marked.lines) if line.startswith("By port"))
    assert PORT_WORDS in marked.lines[at]
    assert any(line.startswith("BEANR") for line in marked.lines[at:])
    assert max(map(len, marked.lines[: marked.lines.index(str(marked.folder))])) <= WIDTH
    assert {"units", "phases"} <= set(load_workbook(marked.folder / WORKBOOK).sheetnames)


def test_what_is_at_its_limit_of_number_is_marked(marked: Whole) -> None:
    """In the files, with a star by port, and in words."""
    rows = marked.rows("units")
    assert {(row["units"], row["is_at_most"]) for row in rows} >= {(2, True)}
    assert all(row["is_at_most"] == (row["units"] == 2) for row in rows)
    full = [row for row in rows if row["rule"] == "adaptive" and row["is_at_most"]]
    at = next(i for i, line in enumerate(marked.lines) if line.startswith("By port"))
    starred = [line.split() for line in marked.lines[at:] if line.split()[2:3] == ["2*"]]
    assert {(words[0], words[1]) for words in starred} == {(row["port"], row["equipment"]) for row in full}
    said = " ".join(" ".join(marked.lines).split())
    assert "At the limit of units a port: " in said
    for equipment, ports in Counter(str(row["equipment"]) for row in full).items():
        assert f"{equipment} at {ports} port{'s' * (ports > 1)} (2 each)" in said


def test_states_that_do_not_come_to_rest_are_a_warning(marked: Whole, whole: Whole) -> None:
    """Without a round to answer each other nobody can tell; usually they come to rest, and nothing is said."""
    assert "did not come to rest" not in " ".join(whole.lines)
    assert all(row["is_settled"] for row in whole.rows("curve"))
    said = " ".join(" ".join(marked.lines).split())
    assert "WARNING: at EUR 0, 10 million the states of the rule national did not come to rest" in said
    assert not any(row["is_settled"] for row in marked.curve("national"))
    assert all(row["is_settled"] for row in marked.curve("adaptive"))


def test_fixed_staff_shows_what_stands_idle_and_has_no_rule_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(
        tmp_path, monkeypatch, capsys, "funding.staffing=fixed", "funding.draws=8", "funding.simulated_budgets=[30]"
    )
    assert not found.curve("equipment_only")
    assert {row["posts"] for row in found.rows("curve")} == {0.0}
    # Fourteen units in proportion to traffic, of mobile units that scan no more with a post than those that are there.
    traffic = found.curve("traffic")[-1]
    assert traffic["idle_units"] == traffic["units"]
    assert traffic["kept_off_t"] == pytest.approx(0)


def test_floors_do_not_bind_where_states_have_their_own_envelopes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is whole; what the others may spend beside the floor is less."""
    few = ("funding.floors.DE=0.9", "funding.simulated_budgets=[30]", "funding.plans=[adaptive,national,joint_own]",
           "funding.draws=8", "budget=[0,30]")  # fmt: skip
    found = ask(tmp_path, monkeypatch, capsys, *few)
    spent = {
        rule: math.fsum(
            row["grant_eur_million"]  # type: ignore[misc]
            for row in found.rows("states")
            if (row["rule"], row["budget_eur_million"]) == (rule, 30) and row["country"] != "DE"
        )
        for rule in ("adaptive", "national", "joint_own")
    }
    assert spent["adaptive"] <= 3
    assert min(spent["national"], spent["joint_own"]) > 3
    said = " ".join(" ".join(found.lines).split())
    assert "second looks are excluded by rule" in said


def test_an_interrupted_answer_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], whole: Whole
) -> None:
    words = [*SMALL, *FEW, f"results={tmp_path}"]
    first: list[str] = []
    monkeypatch.setattr(simulated, "run_table", fake_table(first, stop_after=20))
    with pytest.raises(KeyboardInterrupt):
        size_command(words, is_quiet=True)
    assert "The runs that have finished are kept: the same command goes on" in capsys.readouterr().err
    assert [path.name.split("-")[0] for path in tmp_path.iterdir()] == [".unfinished"]
    second: list[str] = []
    monkeypatch.setattr(simulated, "run_table", fake_table(second))
    size_command(words, is_quiet=False)
    assert "20 of them done" in capsys.readouterr().err
    # The one that was interrupted is run again.
    assert first[:20] + second == whole.runs
    (made,) = tmp_path.iterdir()
    assert made.name == whole.folder.name
    for name in FUNDING_TABLES:
        # NaN is no value of its own: compared as text
        assert str(read_table(made, name).to_pylist()) == str(read_table(whole.folder, name).to_pylist()), name


def rough() -> tuple[Surrogate, Plan]:
    """Return the surrogate as modelled, and a plan of a few units."""
    question = asked([*SMALL], RULES_TO_PLAN).question
    found = outcomes([fake_table([])(question.base, compared_window(question), 1, 0)])
    units = np.zeros(question.shape, np.int64)
    units[0, 0], units[1, 4], units[2, 1] = 2, 3, 1
    return unfitted(question, make_baseline(question, found)), Plan("adaptive", 100 * 10**8, units)


def test_zero_budget_is_the_baseline_bit_for_bit() -> None:
    """Nothing bought is the same case, and its runs are the same tables."""
    surrogate, plan = rough()
    question, window = surrogate.question, compared_window(surrogate.question)
    nothing = make_planned(question, surrogate, dc.replace(plan, budget_cents=0, units=np.zeros_like(plan.units)))
    assert nothing.case is question.base
    tables = [run_table(case, window, 1, 0) for case in (nothing.case, question.base)]
    one, other = (table.filter(pc.not_equal(table["quantity"], "seconds")) for table in tables)
    assert one.equals(other)


def test_units_are_bought_in_the_order_of_gain_per_euro() -> None:
    surrogate, plan = rough()
    question = surrogate.question
    order = gain_order(question, surrogate, plan.units)
    counted = np.zeros_like(plan.units)
    for pair in order:
        counted[pair] += 1
    assert (counted == plan.units).all()

    def by_euro(units: np.ndarray) -> float:
        grant = sum(
            offer.grant_cents(0.8) * int(n) for offer, n in zip(question.offers, units.sum(axis=0), strict=True)
        )
        return float(objective(surrogate, question, units)) / grant

    alone = {}
    for pair in zip(*plan.units.nonzero(), strict=True):
        one = np.zeros_like(plan.units)
        one[pair] = 1
        alone[tuple(int(axis) for axis in pair)] = by_euro(one)
    assert order[0] == max(alone, key=lambda pair: alone[pair])


def test_rotation_changes_the_regime_and_not_what_is_bought() -> None:
    surrogate, plan = rough()
    question = surrogate.question
    stays, moves = (make_planned(question, surrogate, dc.replace(plan, rule=rule)) for rule in ("adaptive", "rotating"))
    assert moves.case.purchases == stays.case.purchases
    assert moves.case.regime.scope("rotation") == "alliance"
    assert stays.case.regime == question.base.regime


def test_quick_is_smaller_in_everything() -> None:
    full, small = FundingOptions(), quick(FundingOptions())
    assert small.simulated_budgets == (200.0,)
    assert set(small.plans) < set(full.plans)
    for name in ("trials", "trial_replications", "replications", "fresh_replications", "draws"):
        assert getattr(small, name) < getattr(full, name)
    what = asked(["quick=true"], RULES_TO_PLAN)
    assert what.options == small
    # About nine seconds a run on each of two cores: four minutes are 53 runs, and one is left for the rest.
    assert most_runs(what) <= 53
    # And two hours are 1,600.
    assert most_runs(asked([], RULES_TO_PLAN)) <= 1300


def test_quick_says_how_much_wider_its_intervals_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(tmp_path, monkeypatch, capsys, "quick=true", "budget=[0,10]")
    said = " ".join(" ".join(found.lines).split())
    assert "QUICK: 4 replications instead of 30: intervals over replications are about 4.3 times as wide" in said


def test_a_template_comes_back_as_the_same_question(tmp_path: Path, waterbed: Callable[..., Printed]) -> None:
    file = tmp_path / "inputs.xlsx"
    status, out, err = waterbed("size", *SMALL, "--template", str(file))
    assert (status, err) == (0, "")
    assert f"{file} written" in out
    plain, filled = asked([*SMALL], RULES_TO_PLAN), asked([*SMALL, f"catalogue={file}"], RULES_TO_PLAN)
    assert filled.question == plain.question
    line = refusal(waterbed("size", *SMALL, "budget=[0,10]", f"catalogue={file}"))
    assert "one of the two" in line


def test_a_bad_spreadsheet_is_status_2_with_the_cell(tmp_path: Path, waterbed: Callable[..., Printed]) -> None:
    file = tmp_path / "inputs.xlsx"
    main(["size", *SMALL, "--template", str(file)])
    book = load_workbook(file)
    book["question"]["A2"], book["ports"]["C3"] = "ten", "perhaps"
    book.save(file)
    status, _, err = waterbed("size", *SMALL, f"catalogue={file}", f"results={tmp_path / 'results'}")
    assert status == 2
    assert "question" in err
    assert "'ten'" in err
    assert "'perhaps'" in err
    assert not (tmp_path / "results").exists()


def test_a_port_of_another_world_is_refused_with_its_cell(tmp_path: Path, waterbed: Callable[..., Printed]) -> None:
    """A port of the Union that this world does not have is no silent no; with 'no' it may stay."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    ports = folder / "ports.csv"
    ports.write_text("port [UN/LOCODE],may get equipment\nBEANR,yes\nESALG,yes\nITGIT,no\n")
    status, _, err = waterbed("size", *SMALL, f"catalogue={folder}", f"results={tmp_path / 'results'}")
    assert status == 2
    said = " ".join(err.split())
    assert (
        "sheet ports, row 3, column A (port [UN/LOCODE]): 'ESALG' is not in the world three_ports, and may get "
        "equipment; allowed: BEANR, DEHAM, NLRTM; others with no, or another world."
    ) in said
    assert "ITGIT" not in said
    assert not (tmp_path / "results").exists()
    ports.write_text(ports.read_text().replace("ESALG,yes", "ESALG,no"))
    question = asked([*SMALL, f"catalogue={folder}"], RULES_TO_PLAN).question
    assert [site.code for site in question.sites] == ["BEANR"]


def test_another_question_has_another_folder() -> None:
    names = {
        folder_name(asked([*SMALL, *more], RULES_TO_PLAN))
        for more in ([], ["seed=2"], ["budget=[0,10]"], ["funding.staffing=fixed"], ["funding.caps.NL=0.2"],
                     ["funding.replications=31"], ["scenario=growth"], ["funding.phasing=[1.0]"],
                     ["funding.worth_eur_per_kg=1000"], ["parameters.finance.unit_price_eur=2000000"])
    }  # fmt: skip
    assert len(names) == 10


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["funding.plans=[national,traffic,seizures,threat,adaptive,joint_own,rotating,equipment_only,adaptive]"],
         ["funding.plans: 9 plans", "1 to 8"]),
        (["funding.plans=[]"], ["funding.plans: 0 plans", "1 to 8"]),
        (["funding.plans=[adaptiv]"], ["'adaptiv' is not known", "did you mean adaptive"]),
        (["funding.simulated_budgets=[10,20,30,40]"], ["funding.simulated_budgets: 4", "at most 3"]),
        (["regime=national_best"], ["national_best buys equipment itself", "frozen"]),
        (["budget=[]"], ["budget: none is not allowed"]),
        (["budget=[10,10]"], ["budget: 10, 10 is not allowed", "each once"]),
        (["budget=[-1]"], ["budget: -1 is not allowed"]),
        (["budget=[0]"], ["0 EUR buys no unit"]),
        (["funding.staffing=some"], ["funding.staffing: 'some' is not allowed"]),
        (["funding.cofinancing_share=1.2"], ["funding.cofinancing_share: '1.2' is not allowed"]),
        (["funding.phasing=[0.5,0.4]"], ["phasing: [0.5, 0.4] is not allowed", "sum to 1"]),
        (["funding.caps.XX=0.2"], ["caps: 'XX' is not known"]),
        (["funding.floors.NL=0.5", "funding.caps.NL=0.4"], ["floors.NL: 0.5 is not allowed", "at most its cap"]),
        (["funding.floors={BE: 0.6, NL: 0.6}"], ["floors: more than 1 in sum"]),
        (["funding.first_replications=31"], ["funding.first_replications: 31", "funding.replications (30)"]),
        (["funding.nonsense=1"], ["funding.nonsense"]),
        (["replications=5"], ["'replications=5'", "funding.replications"]),
        (["arms=[frozen]"], ["'arms=[frozen]'", "regime=NAME"]),
        (["catalogue=nowhere.xlsx"], ["nowhere.xlsx: cannot be read"]),
    ],
)  # fmt: skip
def test_bad_questions_are_refused(
    waterbed: Callable[..., Printed], tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    line = refusal(waterbed("size", *SMALL, *words, f"results={tmp_path / 'results'}"))
    assert all(word in line for word in expected), line
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_size_runs(tmp_path: Path, waterbed: Callable[..., Printed]) -> None:
    """The whole command on real runs; what cannot come within a year is said not to have come."""
    few = ["funding.simulated_budgets=[10]", "funding.plans=[national,adaptive,joint_own,rotating]", "funding.draws=8"]
    status, out, err = waterbed("size", *SMALL, *FEW, *few, f"results={tmp_path}")
    assert status == 0, err
    assert "WARNING: in these years not all has come" in out
    (folder,) = tmp_path.iterdir()
    runs = read_table(folder, "funding_runs").to_pylist()
    assert {row["stage"] for row in runs} == {"trial", "first", "fresh"}
    assert all(row["landed_t"] > 0 for row in runs)
    assert main(["show", str(folder)]) == 0
