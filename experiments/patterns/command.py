"""waterbed patterns: the published patterns beside the hindcast of the model and of its twin without reactions."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path

from rich.console import Console

from experiments.generated_docs import ROOT
from experiments.patterns.estimates import Closeness, Row, closeness, estimates
from experiments.patterns.hindcast import MODEL, NO_INDEX, OVERRIDES, TWIN, hindcast_arms, rule_arm, run_arms
from experiments.patterns.page import (
    Findings,
    case_in_words,
    difference_in_text,
    page,
    price_in_text,
    summary_in_words,
)
from experiments.patterns.prices import dutch_price, yearly_prices
from experiments.patterns.record import price_cv, published_prices, published_record
from experiments.patterns.result_tables import pattern_tables
from experiments.patterns.words import label, value_in_text
from experiments.provenance import provenance
from experiments.screen import console, number, print_table
from experiments.settings import Settings, load
from experiments.store import ResultWriter
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.reference import data_hash

PAGE = "patterns.md"
_NOT_HERE = ("arms", "contrasts")
_ASIDE = ("results=", "workers=")


def patterns_command(overrides: list[str], *, is_quiet: bool, is_page_written: bool = False, root: Path = ROOT) -> None:
    """Run the hindcast in all its arms, write tables and page, print a summary.

    Args:
        overrides: settings, as on the command line.
        is_quiet: whether to show no progress.
        is_page_written: whether the page also goes to docs/.
        root: of the repository.

    Raises:
        InputError: a setting that is not allowed, or a folder that cannot be written.
    """
    from experiments.commands import announce_compilation, print_place, progress_bar

    for override in overrides:
        if override.lstrip("+~").startswith(_NOT_HERE):
            raise InputError(
                f"override '{override}': the arms of the hindcast are the model, its twin, and rules=[...]; regime= "
                "chooses the regime of them all."
            )
    case, settings = load([*OVERRIDES, *overrides])
    if settings.replications < 2:
        raise InputError(f"replications: {settings.replications} is not allowed; allowed: 2 or more.")
    arms = hindcast_arms(case, settings.rules)
    build_world(case.world, case.parameters, case.good)
    record = published_record()
    command = shlex.join(["waterbed", "patterns", *overrides])
    with ResultWriter(settings.results, folder_name(arms, settings), provenance(arms, settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with progress_bar(f"{len(arms)} arms, runs", is_quiet=is_quiet) as progress:
            runs = run_arms(arms, settings.seed, settings.replications, settings.worker_count(), progress)
        rows, prices = estimates(record, runs), yearly_prices(runs)
        rules = _rules(rows, case, settings.rules)
        spread = price_cv(published_prices())
        findings = Findings(case, settings.replications, _asked(overrides), record, rows, prices, rules, spread)
        text = page(findings)
        for name, table in pattern_tables(findings, list(arms)).items():
            writer.write(name, table)
        writer.write_text(PAGE, text)
    out = console()
    print_patterns(findings, out)
    out.print()
    print_place(writer.path, out)
    out.print(f"The page, with what each row says: {PAGE} there.", soft_wrap=True)
    if is_page_written:
        _write_page(root, text)
        out.print("docs/patterns.md written")


def folder_name(arms: dict[str, Case], settings: Settings) -> str:
    """Return a name made from the content: the same question goes to the same folder."""
    content = [
        [[arm, case.digest()] for arm, case in arms.items()], settings.seed, data_hash(), settings.replications,
        settings.rules,
    ]  # fmt: skip
    digest = hashlib.blake2b(json.dumps(content).encode(), digest_size=4).hexdigest()
    return f"patterns-{next(iter(arms.values())).world.name}-{digest}"


def _asked(overrides: list[str]) -> str:
    """Return the command that makes the page: where the results go and how many processes run is not part of it."""
    return shlex.join(["waterbed", "patterns", "--write", *(o for o in overrides if not o.startswith(_ASIDE))])


def _rules(rows: list[Row], case: Case, rules: tuple[str, ...]) -> dict[str, Closeness]:
    """Return how close each choice rule comes: that of the model first, the twin last."""
    if not rules:
        return {}
    own = case.behaviour.choice_rule
    arms = {own: MODEL, **{rule: rule_arm(rule) for rule in rules if rule != own}, TWIN: TWIN}
    return {name: closeness(rows, arm, MODEL) for name, arm in arms.items()}


def _write_page(root: Path, text: str) -> None:
    path = root / "docs" / PAGE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}).") from None


def print_patterns(findings: Findings, out: Console) -> None:
    """Print each statistic in a line, the summary, the prices and the rules."""
    case = findings.case
    out.print(f"Hindcast: {case_in_words(case).replace('`', '')}; {findings.replications} replications", style="bold")
    lines = [
        [f"{row.statistic.pattern} {label(row.statistic)}",
         *(value_in_text(row.statistic, value) for value in _values(row)),
         *(number(row.distance(arm), 1, sign=True) for arm in (MODEL, TWIN)), row.apart(MODEL, TWIN)]
        for row in findings.rows
    ]  # fmt: skip
    columns = ["pattern", "record", "model", "twin", "model\noff", "twin\noff", "apart"]
    print_table(out, "Recorded seizures, statistics of eight patterns", columns, lines, gap=1)
    out.print(
        "Record: published. Twin: organisations do not react. Off: distance in standard errors (of the record and of "
        "one history). Apart: whether the statistic tells model and twin apart."
    )
    out.print(summary_in_words(findings.rows))
    out.print(
        "The controls of the end of 2023 stand in every year; decrypted phones, laws and new services are not in it."
    )
    _print_prices(findings, out)
    if findings.rules:
        lines = [
            [name, number(one.overall, 2), difference_in_text(one)] for name, one in findings.rules.items()
        ]  # fmt: skip
        title = "Choice rules: mean distance from the patterns (smaller is closer)"
        print_table(out, title, ["", "distance", "less the first [95 %]"], lines)


def _values(row: Row) -> tuple[float, float, float]:
    return row.published.value, row.arms[MODEL].mean, row.arms[TWIN].mean


def _print_prices(findings: Findings, out: Console) -> None:
    shown = {(price.year, price.arm): price_in_text(price) for price in findings.prices}
    lines = [
        [str(year), number(dutch_price(findings.record, year), 0), shown[year, MODEL], shown[year, NO_INDEX]]
        for year in dict.fromkeys(year for year, _ in shown)
    ]
    title = "Wholesale price, EUR/kg [range of replications]"
    print_table(out, title, ["", "record", "model", "without demand index"], lines)
