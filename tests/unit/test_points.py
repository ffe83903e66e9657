"""Points: the case of a row is the case of the same settings on the command line, wherever it is made."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.design import NAME, POINT, make_design
from experiments.sweep import points
from experiments.sweep.asked import TIED, asked_design
from experiments.sweep.factors import Factor
from experiments.sweep.point_table import read_points
from experiments.sweep.points import Cases, level_text
from experiments.sweep.vary import parse_factors
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.load_case import load_case
from scenarios.parameter_table import parameter_rows
from scenarios.priors import Prior

OVERRIDES = (
    "world=three_ports",
    "horizon_years=1",
    "parameters.organisations.count=60",
    "scenario.supply_growth_per_year=.02",
)
HEAT = "choice.temperature_eur_per_kg"
TABLE = f"{HEAT},regime,switches.tactical,organisations.count\n1600,frozen,true,50\n2000.5,none,false,60\n"


@pytest.fixture(scope="module")
def case() -> Case:
    """Return the case of the overrides."""
    return load_case(list(OVERRIDES))


def on_the_command_line(name: str, value: float | str) -> str:
    """Return an override."""
    return f"{'parameters.' if name in parameter_rows() else ''}{name}={level_text(value)}"


@pytest.mark.parametrize(
    "vary",
    [
        [HEAT],
        ["organisations.count", "criteria.strength:0..1"],
        ["regime:frozen|alliance_rule|alliance_rule_minus_criteria", f"{HEAT}:1600|2000"],
        ["regime:national_rule|alliance_rule", "regime.levers.criteria", "regime.decides:rule|best"],
        ["regime.levers.equipment", "regime:frozen|alliance_best"],
        ["regime.levers.criteria.scope", "regime.levers.rotation:off|alliance", "regime:coalition|none|late_joiners"],
        ["switches.tactical", "behaviour.choice_rule", "engine"],
        ["scenario:flat|antwerp_surge", "scenario.capacity_scale.BEANR:.5..2", "scenario.supply_growth_per_year:0|.05"],
        ["scenario.terminal_security.NLRTM:0..1", "scenario.demand_growth_per_year:-.05..0.05"],
        ["world:three_ports|north_range", "world.supply_share:.1..0.5"],
        ["start:2024-01-01|2025-01-01", "horizon_years:1..3", "closing_days:30|60"],
        ["regime:alliance_rule|coalition", "regime.participants:[NL,BE]|[all]"],
    ],
)
def test_a_point_is_the_case_of_the_command_line(vary: list[str], case: Case) -> None:
    """Exactly: a sweep must run what `waterbed run` would."""
    overrides = [text for text in OVERRIDES if text.partition("=")[0].removeprefix("parameters.") not in " ".join(vary)]
    base = load_case(overrides)
    factors = parse_factors(vary, base)
    cases = Cases(tuple(overrides), factors, base)
    values = make_design("grid", factors, 3).values
    rows = values.to_pylist()
    some = range(0, len(rows), max(1, len(rows) // 3))
    made = list(cases.cases(values))
    assert len(made) == len(rows)
    for place in some:
        texts = [on_the_command_line(factor.name, rows[place][factor.name]) for factor in factors]
        # The order is of no account: Hydra applies settings within a file after the choice of the file.
        same = load_case([*overrides, *texts])
        assert made[place] == same
        assert made[place].digest() == same.digest()
    assert len({one.digest() for one in made}) == len(rows)


def test_settings_are_composed_once_and_not_where_they_are_sent(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two worlds make two compositions, whatever else varies; a worker needs none."""
    factors = parse_factors(["world:three_ports|north_range", "switches.tactical", HEAT], case)
    composed: list[list[str]] = []

    def counting(overrides: list[str]) -> Case:
        composed.append(overrides)
        return load_case(overrides)

    monkeypatch.setattr(points, "load_case", counting)
    cases = Cases(("horizon_years=1",), factors, case)
    values = make_design("grid", factors, 5).values
    cases.prepare(values)
    assert sorted(texts[-1] for texts in composed) == ["world=north_range", "world=three_ports"]
    part = values.slice(3, 4)
    sent = pickle.loads(pickle.dumps(cases.only(part)))
    assert list(sent.cases(part)) == list(cases.cases(part))
    assert len(composed) == 2
    assert len(sent.composed) == 1


def test_cases_of_many_levels_do_not_pile_up(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """And are right after the store was emptied."""
    monkeypatch.setattr(points, "_MOST_MADE", 2)
    factors = parse_factors(["behaviour.choice_rule", "switches.tactical"], case)
    cases = Cases(OVERRIDES, factors, case)
    values = make_design("grid", factors).values
    made = [(one.behaviour.choice_rule, one.switches.tactical) for one in cases.cases(values)]
    rules = ("logit", "salience", "ewa", "thompson")
    assert made == list(itertools.product(rules, (False, True)))
    assert len(cases.made) <= 2


def test_a_value_beyond_its_bounds_is_refused(case: Case) -> None:
    """Also where a design was made by hand."""
    for factor, value in ((Factor(HEAT, Prior(0, 1)), 1.0), (Factor("horizon_years", Prior(50, 60)), 50.0)):
        with pytest.raises(InputError, match="is not allowed; allowed"):
            Cases(OVERRIDES, (factor,), case).case({factor.name: value})


def test_a_setting_that_hydra_refuses_is_known_before_the_first_run(case: Case) -> None:
    for vary in ("start:2024-01-01|2024-02-30", "start:2024-01-01|2024-03-01", "world.entry_ports:[NLRTM]|[XXXXX]"):
        with pytest.raises(InputError):
            asked_design(case, OVERRIDES, "grid", vary=[vary])


def test_a_value_of_a_good_lies_in_its_own_bounds() -> None:
    """The table's bounds are those of another good."""
    overrides = ("world=three_ports", "good=precursors")
    design, cases = asked_design(
        load_case(list(overrides)), overrides, "grid", vary=["supply.mass_2023_t:50..500"], n=3
    )
    assert [one.parameters.supply.mass_2023_t for one in cases.cases(design.values)] == [125.0, 275.0, 425.0]


def test_a_value_lies_in_the_bounds_of_every_good_that_is_swept(case: Case) -> None:
    """Known before the first run; what all goods allow goes."""
    vary = ["good:cocaine|precursors", "supply.mass_2023_t:800..1700"]
    design, cases = asked_design(case, OVERRIDES[:1], "grid", vary=vary, n=2)
    assert {one.good.name for one in cases.cases(design.values)} == {"cocaine", "precursors"}
    with pytest.raises(InputError, match=rf"{HEAT}: 1600 is not allowed for precursors; allowed: 10 to 500 EUR/kg"):
        asked_design(case, OVERRIDES[:1], "grid", vary=["good", f"{HEAT}:1600|2000"], n=2)


@pytest.mark.parametrize("kind", ["lhs", "sobol", "saltelli", "morris"])
def test_every_prior_can_be_swept_at_once(kind: str, case: Case) -> None:
    """Every point of every kind is a case that the bounds allow; what the anchor ties is named."""
    vary = ["all"] if kind == "morris" else ["all", "regime"]
    design, cases = asked_design(case, OVERRIDES[:2], kind, vary=vary, n=2, arms=("frozen", "none"))
    made = list(cases.cases(design.values))
    assert len(made) == design.values.num_rows
    assert "tips.anchor_interception" in design.facts[TIED].split(", ")
    assert {one.regime.name for one in made} <= ({case.regime.name} if kind == "morris" else {"frozen", "none"})


@pytest.mark.parametrize(
    ("kind", "words", "message"),
    [
        ("sobbol", {}, "design: 'sobbol' is not known; did you mean sobol"),
        ("lhs", {}, "vary: nothing is not allowed with design=lhs"),
        ("lhs", {"vary": ["organisations.count"]}, "'organisations.count' is also set on the command line"),
        ("lhs", {"vary": ["world:three_ports|eu"]}, "'world' is also set on the command line"),
        ("lhs", {"vary": ["regime.levers.criteria", "regime.levers.criteria.scope"]}, "is a part of"),
        ("lhs", {"vary": [HEAT], "table": Path("points.csv")}, "design=table go together"),
        ("table", {"vary": [HEAT]}, "design=table go together"),
        ("cases", {"vary": [HEAT]}, "design=cases varies the regime alone"),
    ],
)
def test_what_does_not_go_together_is_refused(kind: str, words: dict[str, object], message: str, case: Case) -> None:
    with pytest.raises(InputError, match=message):
        asked_design(case, OVERRIDES, kind, **{"n": 8, "arms": ("frozen",), **words})  # type: ignore[arg-type]


def test_named_cases_are_the_arms(case: Case) -> None:
    design, cases = asked_design(case, OVERRIDES, "cases", arms=("frozen", "alliance_rule"))
    assert [one.regime.name for one in cases.cases(design.values)] == design.values[NAME].to_pylist()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_of_points(ending: str, tmp_path: Path, case: Case) -> None:
    """As text and as typed columns alike."""
    path = tmp_path / f"points.{ending}"
    if ending == "csv":
        path.write_text("name," + TABLE.replace("\n1600", "\nlow,1600").replace("\n2000", "\nhigh,2000"), "utf-8-sig")
    else:
        columns = {
            NAME: ["low", "high"],
            HEAT: [1600.0, 2000.5],
            "regime": pa.array(["frozen", "none"]).dictionary_encode(),
        }
        pq.write_table(pa.table({**columns, "switches.tactical": [True, False], "organisations.count": [50, 60]}), path)
    design, cases = asked_design(case, OVERRIDES[:2], "table", table=path)
    made = list(cases.cases(design.values))
    assert [one.parameters.choice.temperature_eur_per_kg for one in made] == [1600.0, 2000.5]
    assert [(one.regime.name, one.switches.tactical) for one in made] == [("frozen", True), ("none", False)]
    assert [one.parameters.organisations.count for one in made] == [50, 60]
    assert design.values[NAME].to_pylist() == ["low", "high"]
    assert design.factors[0] == Factor(HEAT)
    assert design.factors[1] == Factor("regime", levels=("frozen", "none"))
    assert design.factors[3] == Factor("organisations.count", is_whole=True)


@pytest.mark.parametrize("kind", ["sobol", "morris"])
def test_a_design_is_a_table_of_points(kind: str, tmp_path: Path, case: Case) -> None:
    """What one sweep wrote, another can run."""
    other = {"morris": "organisations.count", "sobol": "regime:frozen|none"}[kind]
    design, cases = asked_design(case, OVERRIDES[:2], kind, vary=[HEAT, other], n=8)
    path = tmp_path / "design.parquet"
    pq.write_table(design.values, path)
    again, others = asked_design(case, OVERRIDES[:2], "table", table=path)
    assert again.values.equals(design.values.select([POINT, HEAT, other.partition(":")[0]]))
    assert list(others.cases(again.values)) == list(cases.cases(design.values))


def test_vary_chooses_and_bounds_the_columns_of_a_table(tmp_path: Path, case: Case) -> None:
    path = tmp_path / "points.csv"
    path.write_text(f"{HEAT},horizon_years\n1600,1\n2000,3\n", "utf-8")
    factors, values = read_points(path, case, ["horizon_years:1|3", f"{HEAT}:1600..2000"])
    assert [factor.name for factor in factors] == values.column_names == ["horizon_years", HEAT]
    assert factors[1].prior == Prior(1600, 2000)
    for vary, message in (
        ([HEAT], "column 'horizon_years' is not in vary"),
        ([HEAT, "horizon_years:1|2|3", "regime"], "column 'regime' is missing, which vary names"),
        ([f"{HEAT}:1700..2000", "horizon_years:1|3"], f"row 1, column {HEAT}: '1600' is not allowed; .* as vary says"),
        (
            [HEAT, "horizon_years:1|2"],
            r"row 2, column horizon_years: '3' is not allowed; allowed: 1 \| 2, as vary says",
        ),
    ):
        with pytest.raises(InputError, match=message):
            read_points(path, case, vary)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        (f"{HEAT}\n", "no rows"),
        (f"{HEAT},choice.temperatur\n1600,1\n", "column: 'choice.temperatur' is not known; did you mean"),
        (f"{HEAT},seed\n1600,1\n", "'seed' is not known"),
        (f"{HEAT},{HEAT}\n1600,1600\n", f"column '{HEAT}' is there 2 times"),
        (f"{HEAT},\n1600,1600\n", "column: '' is not known"),
        ("name\nx\n", "no column names a factor"),
        (f"{HEAT};regime\n1600;frozen\n", "separated by semicolons"),
        (f"{HEAT},regime\n1600\n", "cannot be read"),
        (f"{HEAT},regime\n1600,frozen\n,frozen\n", f"row 2, column {HEAT}: nothing is not allowed; allowed: a number"),
        (f"{HEAT}\n1600\nnan\n", "row 2, column .*: 'nan' is not allowed; allowed: a number"),
        (f"{HEAT}\n1e999\n", "'inf' is not allowed; allowed: a number"),
        (f"{HEAT}\nhot\n", "'hot' is not allowed; allowed: a number"),
        (f"{HEAT}\n1600\n-1\n", r"row 2, column .*: '-1' is not allowed; allowed: \d+ to \d+ EUR/kg"),
        ("organisations.count\n50.5\n", "'50.5' is not allowed; allowed: a whole number"),
        ("horizon_years\n1\n1.5\n", "row 2, column horizon_years: '1.5' is not allowed; allowed: a whole number"),
        ("horizon_years\n1\n50\n", "horizon_years: 50 is not allowed"),
        ("regime\nfrozen\nfrozn\n", "row 2: vary, regime: 'frozn' is not known; did you mean frozen"),
        ("regime,point\nfrozen,0\nnone,2\n", "row 2, column point: '2' is not allowed; allowed: 0, 1, 2"),
        ("regime,name\nfrozen,a\nnone,a\n", "names are empty or there twice"),
        ("regime,name\nfrozen,a\nnone,\n", "names are empty or there twice"),
        ("switches.tactical\nTrue\n", "'True' is not known; did you mean true"),
    ],
)
def test_a_wrong_table_is_refused(text: str, message: str, tmp_path: Path, case: Case) -> None:
    """In one sentence with the file, the row and the column."""
    path = tmp_path / "points.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_points(path, case)
    assert "points.csv" in str(caught.value) or "horizon_years: 50" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, case: Case) -> None:
    damaged, latin, folder = tmp_path / "a.parquet", tmp_path / "b.csv", tmp_path / "c.csv"
    damaged.write_bytes(b"PAR1 and no more")
    latin.write_bytes(b"r\xe9gime\nfrozen\n")
    folder.mkdir()
    for path in (damaged, latin, folder, tmp_path / "none.csv", tmp_path / "none.parquet"):
        with pytest.raises(InputError, match="cannot be read"):
            read_points(path, case)
    with pytest.raises(InputError, match=r"a file that ends in \.csv or \.parquet"):
        read_points(tmp_path / "points.xlsx", case)
    for name, column in (("null", pa.array([1600.0, None])), ("list", pa.array([[1.0], [2.0]]))):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({HEAT: column}), path)
        with pytest.raises(InputError, match=f"{name}.parquet.*{HEAT}.*is not allowed"):
            read_points(path, case)


def test_point_columns_come_first_in_a_design_of_a_table(tmp_path: Path, case: Case) -> None:
    path = tmp_path / "points.csv"
    path.write_text("horizon_years,name\n1,x\n", "utf-8")
    design, _ = asked_design(case, OVERRIDES[:1], "table", table=path)
    assert design.values.to_pydict() == {POINT: [0], NAME: ["x"], "horizon_years": [1.0]}
