"""waterbed show: the plan, the levers, the parameters, the settings, the tables, the base rates, a results folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding

from experiments.screen import console, magnitude, number, print_good, print_table, supply_label
from experiments.show_equipment import show_equipment
from scenarios.errors import InputError, unknown_name

if TYPE_CHECKING:
    from scenarios.parameter_row import ParameterRow


def show(what: str, overrides: list[str]) -> None:
    """Print a topic, or what a results folder holds.

    Args:
        what: one of the topics, or the path of a results folder.
        overrides: settings; for parameters and tables also names of what to show.

    Raises:
        InputError: no such topic and no such folder, or overrides that the topic does not take.
    """
    out = console()
    if what in TOPICS:
        TOPICS[what](overrides, out)
        return
    folder = Path(what)
    if not folder.is_dir():
        raise unknown_name("show", what, [*TOPICS, "a results folder"])
    _take_none(what, overrides)
    from experiments.show_results import show_results

    show_results(folder, out)


def _take_none(topic: str, words: list[str]) -> None:
    if words:
        raise InputError(f"show {topic}: '{words[0]}' is not allowed; allowed: nothing more.")


def _plan(words: list[str], out: Console) -> None:
    from agents.plan import PLAN

    _take_none("plan", words)
    rows = [[str(i), name, about] for i, (name, about) in enumerate(PLAN, start=1)]
    print_table(out, "The plan of a day: these phases, in this order", ["", "phase", "what happens"], rows, text=3)


def _levers(words: list[str], out: Console) -> None:
    """Print all levers in a line each and the regimes that use them, or what one lever rests on."""
    from agents.levers import lever_classes
    from scenarios.levers import lever_terms
    from scenarios.regimes import load_regime, regime_names

    terms, classes = lever_terms(), lever_classes()
    if words:
        for name in words:
            if name not in terms:
                raise unknown_name("show levers", name, terms)
            out.print(f"{name}: {terms[name].about}.", style="bold")
            writes, one = ", ".join(classes[name].writes), terms[name]
            for line in (f"writes {writes}; feasible now: {one.feasible_now}", f"evidence {one.grade}: {one.evidence}"):
                out.print(Padding(line, (0, 2)))
        return
    rows = [[name, ", ".join(classes[name].writes), one.grade, one.feasible_now] for name, one in terms.items()]
    columns = ["lever", "writes, and no other does", "evidence", "feasible now"]
    print_table(out, "Levers: each is off, national or common (alliance)", columns, rows, text=4)
    out.print("Evidence of the effect: B measured with comparison, C without, D assumed.")
    out.print("`waterbed show levers NAME` says what it rests on, `waterbed show parameters NAME` what it takes.")
    for name in regime_names():
        regime = load_regime(name)
        out.print()
        out.print(f"{name}: {regime.about}.")
        for scope in ("alliance", "national"):
            used = [lever for lever in terms if regime.scope(lever) == scope]
            if used:
                out.print(Padding(f"{scope}: {', '.join(used)}", (0, 2)))


def _parameters(words: list[str], out: Console) -> None:
    """Print all parameters in a line each, or those of a block (or one) with prior, source and meaning."""
    from scenarios.load_case import load_case
    from scenarios.parameter_table import as_overrides, rows_of_good

    overrides, names = [w for w in words if "=" in w], [w for w in words if "=" not in w]
    case = load_case(overrides)
    values, rows = as_overrides(case.parameters), rows_of_good(case.good)
    blocks = list(dict.fromkeys(name.partition(".")[0] for name in rows))
    for name in names:
        if name.removeprefix("parameters.") not in {*rows, *blocks}:
            raise unknown_name("show parameters", name, rows if "." in name else blocks, most=len(blocks))
    wanted = {name.removeprefix("parameters.") for name in names}
    chosen = [row for name, row in rows.items() if not names or {name, name.partition(".")[0]} & wanted]
    print_good(case.good, out)
    if names:
        for row in chosen:
            _print_parameter(row, _value_of(values, row.name), out)
        return
    lines = []
    for block in blocks:
        lines.append([f"{block}.", "", "", "", ""])
        lines += [
            [
                f"  {row.name.partition('.')[2]}",
                magnitude(_value_of(values, row.name)),
                row.unit,
                _bounds(row),
                row.kind,
            ]
            for row in chosen
            if row.name.startswith(f"{block}.")
        ]
    columns = ["block and name", "value", "unit", "allowed", "class"]
    title = f"{len(rows)} parameters for {case.good.label}: override with parameters.BLOCK.NAME=value"
    print_table(out, title, columns, lines, text=5, gap=1)
    out.print(
        "Class: free in calibration, sampled from its prior, or fixed. Prior, source and meaning: "
        "waterbed show parameters BLOCK (or BLOCK.NAME), or docs/parameters.md."
    )


def _value_of(values: dict[str, dict[str, float]], dotted: str) -> float:
    block, _, name = dotted.partition(".")
    return values[block][name]


def _bounds(row: ParameterRow) -> str:
    return f"{magnitude(row.low)} to {magnitude(row.high)}"


def _print_parameter(row: ParameterRow, value: float, out: Console) -> None:
    prior = f"class prior, {row.prior}" if row.kind == "prior" else f"class {row.kind}, prior {row.prior}"
    out.print(f"{row.name} = {magnitude(value)} {row.unit}", style="bold")
    for line in (
        f"{row.about}.",
        f"default {magnitude(row.default)}; allowed {_bounds(row)}; {prior}",
        f"source: {row.source}",
    ):
        out.print(Padding(line, (0, 0, 0, 2)))


def _settings(words: list[str], out: Console) -> None:
    from experiments.settings import load
    from scenarios.load_case import compose
    from scenarios.plain_conf import group_names

    load(words)
    rows = []
    for name, value in compose(words).items():
        if name == "parameters":
            continue
        if isinstance(value, dict) and "name" in value:
            rows.append([name, f"{value['name']}  (of {', '.join(group_names(name))})"])
        if isinstance(value, dict):
            rows += [[f"{name}.{key}", _text(item)] for key, item in value.items() if key != "name"]
        else:
            rows.append([name, _text(value)])
    print_table(out, "Settings: override with name=value", ["name", "value"], rows, text=2)
    out.print("Lists: arms=[frozen,national_rule]. The capacity of a port: scenario.capacity_scale.BEANR=2")
    out.print("Parameters are settings too: parameters.control.separation=1 (waterbed show parameters)")


def _text(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_text(item)}' for key, item in value.items())}}}"
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _tables(words: list[str], out: Console) -> None:
    from sim.tables import ALL_TABLES

    for name in words:
        if name not in ALL_TABLES:
            raise unknown_name("show tables", name, ALL_TABLES, most=len(ALL_TABLES))
    for name, schema in ALL_TABLES.items():
        if words and name not in words:
            continue
        rows = [
            [field.name, type_name(field.type), field.metadata[b"unit"].decode(), field.metadata[b"about"].decode()]
            for field in schema
        ]
        title = f"{name}: {schema.metadata[b'about'].decode()}"
        print_table(out, title, ["column", "type", "unit", "meaning"], rows, text=4)


def type_name(kind: object) -> str:
    """Return the name of an Arrow type; names are stored as a dictionary, which readers see as text."""
    text = str(kind)
    return "name" if text.startswith("dictionary") else text


def _base_rates(words: list[str], out: Console) -> None:
    from experiments.base_rates import OVERRIDES, REPLICATIONS, base_rates
    from experiments.commands import announce_compilation, progress_bar
    from experiments.settings import load

    case, settings = load([*OVERRIDES, *words])
    announce_compilation()
    with progress_bar("replications") as progress:
        rates = base_rates(case, settings.seed, settings.worker_count(), progress)
    rows = []
    for rate in rates:
        digits = 2 if rate.high < 10 else 0 if rate.high > 100 else 1
        mean, spread, low, high = (number(v, digits) for v in (rate.mean, rate.spread, rate.low, rate.high))
        verdict = "inside" if rate.is_inside else "OUTSIDE"
        rows.append([rate.name, rate.unit, mean, spread, f"{low} to {high}", verdict])
    title = f"Base rates of {case.start.year}, world {case.world.name}, regime {case.regime.name}"
    columns = ["", "unit", "mean", "sd", "range", ""]
    print_table(out, f"{title} {supply_label(case.scenario.name, case.good)}", columns, rows, text=2, gap=1)
    out.print(f"Mean and sd over {REPLICATIONS} replications. Ranges: what published figures allow.")
    if case.world.name != "eu":
        out.print("Ranges of totals are for the world eu; a smaller world has a part of the flow.")
    outside = [rate.name for rate in rates if not rate.is_inside]
    if outside:
        out.print(f"{len(outside)} of {len(rates)} figures lie OUTSIDE their range: {'; '.join(outside)}.")
    else:
        out.print(f"All {len(rates)} figures lie inside their ranges.")


TOPICS: dict[str, Callable[[list[str], Console], None]] = {
    "plan": _plan,
    "levers": _levers,
    "equipment": show_equipment,
    "parameters": _parameters,
    "settings": _settings,
    "tables": _tables,
    "base-rates": _base_rates,
}
"""What can be shown, beside results folders."""
