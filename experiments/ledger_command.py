"""waterbed ledger: where the flow of a treated place went, from new runs or from results folders."""

from __future__ import annotations

import dataclasses as dc
import shlex
from pathlib import Path

from rich.console import Console

from experiments.commands import announce_compilation, folder_name, print_place, print_precision, progress_bar
from experiments.ledger_printing import print_ledger
from experiments.ledger_runs import Arms, LedgerResult, read_ledger, run_ledger, window_days
from experiments.ledger_tables import ledger_tables
from experiments.measures import finds_noise, make_setting, measures
from experiments.provenance import provenance
from experiments.recorded import RecordedArm, recorded_pair
from experiments.screen import console, print_good
from experiments.settings import Settings, load, make_arms
from experiments.store import ResultWriter
from experiments.treated import ILLUSTRATIVE, find_treated, scaling_in_words, with_scaled_capacity
from experiments.views import mean_views
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.world import World

_TWO = 2
_OF_FOLDERS = ("treated", "show", "contrasts", "workers", "results")


def ledger_command(words: list[str], *, is_quiet: bool = False) -> None:
    """Make the ledger of a treated place, write its tables, print it.

    Args:
        words: settings (name=value), and up to two results folders; without a folder, baseline and treated arm are run.
        is_quiet: whether progress is kept off the error stream.
    """
    folders = [Path(word) for word in words if "=" not in word]
    overrides = [word for word in words if "=" in word]
    command = shlex.join(["waterbed", "ledger", *words])
    if folders:
        _from_folders(folders, overrides, command, is_quiet)
    else:
        _from_runs(overrides, command, is_quiet)


def _from_runs(overrides: list[str], command: str, is_quiet: bool) -> None:
    case, settings = load(overrides)
    world = build_world(case.world, case.parameters, case.good)
    treated = find_treated(settings.treated, world)
    given = {override.lstrip("+~").partition("=")[0] for override in overrides}
    if "arms" in given:
        for name in given & {"regime", "capacity_factor"}:
            raise InputError(f"override '{name}': not allowed with arms=[...], which are the two regimes compared.")
        arms = _two_arms(case, settings)
        what = f"{arms[1][0]} against {arms[0][0]}"
    else:
        if not treated.ports:
            raise InputError(
                f"treated: {treated.label} has no controls of the EU to change; allowed: with two arms, such as "
                "arms=[national_rule,alliance_rule], or with a results folder."
            )
        arms = (case.regime.name, case), with_scaled_capacity(case, treated, settings.capacity_factor)
        what = scaling_in_words(case, treated, settings.capacity_factor)
    settings = dc.replace(settings, arms=(arms[0][0], arms[1][0]), contrasts=((arms[1][0], arms[0][0]),))
    name = folder_name("ledger", dict(arms), settings)
    with ResultWriter(settings.results, name, provenance(dict(arms), settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with progress_bar("two arms and placebo, replications", is_quiet=is_quiet) as progress:
            result = run_ledger(arms, treated, settings, writer, progress)
        finish(result, world, settings, what, writer, has_one_treatment="arms" not in given)


def _two_arms(case: Case, settings: Settings) -> Arms:
    arms = list(make_arms(case, settings).items())
    if len(arms) != _TWO:
        raise InputError(f"arms: {', '.join(settings.arms)} is not allowed; allowed: two, the baseline first.")
    return arms[0], arms[1]


def _from_folders(folders: list[Path], overrides: list[str], command: str, is_quiet: bool) -> None:
    if len(folders) > _TWO:
        raise InputError(
            f"ledger: {len(folders)} results folders are not allowed; allowed: one, or two of one arm each."
        )
    for override in overrides:
        if override.lstrip("+~").partition("=")[0] not in _OF_FOLDERS:
            raise InputError(
                f"override '{override}': not allowed with a results folder; allowed: {', '.join(_OF_FOLDERS)}."
            )
    _, settings = load(overrides)
    has_contrasts = any(override.lstrip("+~").startswith("contrasts=") for override in overrides)
    baseline, treated_arm = recorded_pair(folders, settings.contrasts if has_contrasts else None)
    case = baseline.case
    world = build_world(case.world, case.parameters, case.good)
    treated = find_treated(settings.treated, world)
    arms = _recorded_arms(baseline, treated_arm)
    settings = dc.replace(
        settings, seed=baseline.seed, replications=len(baseline.replications), replication=baseline.replications[0],
        arms=(arms[0][0], arms[1][0]), contrasts=((arms[1][0], arms[0][0]),),
    )  # fmt: skip
    name = folder_name("ledger", dict(arms), settings)
    with ResultWriter(settings.results, name, provenance(dict(arms), settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with progress_bar("replications", is_quiet=is_quiet) as progress:
            result = read_ledger(arms, (baseline, treated_arm), treated, settings, writer, progress)
        of_regimes = baseline.case.regime != treated_arm.case.regime
        what = f"{arms[1][0]} against {arms[0][0]}"
        finish(result, world, settings, what, writer, has_one_treatment=not of_regimes)


def _recorded_arms(baseline: RecordedArm, treated: RecordedArm) -> Arms:
    same = baseline.name == treated.name
    return (
        (f"{baseline.name} ({baseline.folder.name})" if same else baseline.name, baseline.case),
        (f"{treated.name} ({treated.folder.name})" if same else treated.name, treated.case),
    )


def finish(
    result: LedgerResult, world: World, settings: Settings, what: str, writer: ResultWriter, *, has_one_treatment: bool
) -> None:
    """Work out the measures, write the tables of the ledger and print everything."""
    case = result.case
    begins, _ = window_days(case)
    believed = case.parameters.tips.anchor_interception
    setting = make_setting(result.treated, world, believed, case.horizon_years, begins / 365)
    views = [replication.views for replication in result.replications]
    found = measures(views, [replication.placebo_views for replication in result.replications], setting)
    for name, table in ledger_tables(result, found).items():
        writer.write(name, table)
    out = console()
    _print_question(result, what, out)
    noise = finds_noise(mean_views(views), setting)
    print_ledger(result, found, noise, settings.show == "ports", out, has_one_treatment=has_one_treatment)
    print_precision(result.comparison, settings, out)
    print_place(writer.path, out)


def _print_question(result: LedgerResult, what: str, out: Console) -> None:
    case = result.case
    end = case.start.replace(year=case.start.year + case.horizon_years)
    count = len(result.replications)
    runs = f"{count} replication{'s' * (count != 1)}"
    out.print(f"\nWorld {case.world.name}, {case.good.label}, {case.start} to {end}, {runs}", style="bold")
    print_good(case.good, out)
    out.print(f"Supply scenario {case.scenario.name}: {case.scenario.about}.")
    out.print(f"Treatment: {what}.")
    note = f" ({ILLUSTRATIVE})" if result.treated.is_one_port else ""
    out.print(f"Treated: {result.treated.label}{note}. Tonnes are those of the cohort of the window.")
