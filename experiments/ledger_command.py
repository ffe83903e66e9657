"""waterbed ledger: where the flow of a treated place went, from new runs or from results folders."""

from __future__ import annotations

import dataclasses as dc
import shlex
from pathlib import Path

from rich.console import Console

from experiments.commands import announce_compilation, folder_name, print_place, print_precision, progress_bar
from experiments.ledger_printing import print_ledger
from experiments.ledger_runs import Arms, LedgerResult, read_ledger, run_ledger
from experiments.ledger_tables import ledger_tables
from experiments.measures import finds_noise, make_setting, measures
from experiments.provenance import provenance
from experiments.recorded import RecordedArm, recorded_pair
from experiments.screen import console, magnitude
from experiments.settings import Settings, load, make_arms
from experiments.store import ResultWriter
from experiments.treated import ILLUSTRATIVE, Treated, find_treated
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
    world = build_world(case.world, case.parameters)
    treated = find_treated(settings.treated, world)
    if any(override.startswith("arms=") for override in overrides):
        arms = _two_arms(case, settings)
        what = f"{arms[1][0]} against {arms[0][0]}"
    else:
        arms = _scaled_arms(case, treated, settings.capacity_factor)
        where = treated.ports[0] if len(treated.ports) == 1 else f"the {len(treated.ports)} ports of {treated.label}"
        what = f"drug-tasked capacity x {magnitude(settings.capacity_factor)} in {where}, under {case.regime.name}"
    name = folder_name("ledger", dict(arms), settings)
    with ResultWriter(settings.results, name, provenance(dict(arms), settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with progress_bar("two arms and placebo, replications", is_quiet=is_quiet) as progress:
            result = run_ledger(arms, treated, settings, writer, progress)
        finish(result, world, settings, what, writer)


def _two_arms(case: Case, settings: Settings) -> Arms:
    arms = list(make_arms(case, settings).items())
    if len(arms) != _TWO:
        raise InputError(f"arms: {', '.join(settings.arms)} is not allowed; allowed: two, the baseline first.")
    return arms[0], arms[1]


def _scaled_arms(case: Case, treated: Treated, factor: float) -> Arms:
    """Return the case, and the case with the drug-tasked capacity of the treated ports scaled."""
    if not treated.ports:
        raise InputError(
            f"treated: {treated.label} has no controls of the EU to change; allowed: with two arms, such as "
            "arms=[national_rule,alliance_rule], or with a results folder."
        )
    scale = dict(case.scenario.capacity_scale)
    scale |= {port: scale.get(port, 1.0) * factor for port in treated.ports}
    scaled = dc.replace(case, scenario=dc.replace(case.scenario, capacity_scale=scale))
    return (case.regime.name, case), (f"{case.regime.name}+{treated.name}", scaled)


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
    has_contrasts = any(override.startswith("contrasts=") for override in overrides)
    baseline, treated_arm = recorded_pair(folders, settings.contrasts if has_contrasts else None)
    case = baseline.case
    world = build_world(case.world, case.parameters)
    treated = find_treated(settings.treated, world)
    settings = dc.replace(settings, seed=baseline.seed, replications=len(baseline.replications))
    arms = _recorded_arms(baseline, treated_arm)
    name = folder_name("ledger", dict(arms), settings)
    with ResultWriter(settings.results, name, provenance(dict(arms), settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with progress_bar("replications", is_quiet=is_quiet) as progress:
            result = read_ledger(arms, (baseline, treated_arm), treated, settings, writer, progress)
        finish(result, world, settings, f"{arms[1][0]} against {arms[0][0]}", writer)


def _recorded_arms(baseline: RecordedArm, treated: RecordedArm) -> Arms:
    same = baseline.name == treated.name
    return (
        (f"{baseline.name} ({baseline.folder.name})" if same else baseline.name, baseline.case),
        (f"{treated.name} ({treated.folder.name})" if same else treated.name, treated.case),
    )


def finish(result: LedgerResult, world: World, settings: Settings, what: str, writer: ResultWriter) -> None:
    """Work out the measures, write the tables of the ledger and print everything."""
    case = result.case
    setting = make_setting(result.treated, world, case.parameters.tips.anchor_interception, case.horizon_years)
    views = [replication.views for replication in result.replications]
    found = measures(views, setting)
    for name, table in ledger_tables(result, found).items():
        writer.write(name, table)
    out = console()
    _print_question(result, what, out)
    print_ledger(result, found, finds_noise(mean_views(views), setting), settings.show == "ports", out)
    print_precision(result.comparison, settings, out)
    print_place(writer.path, out)


def _print_question(result: LedgerResult, what: str, out: Console) -> None:
    case = result.case
    end = case.start.replace(year=case.start.year + case.horizon_years)
    count = len(result.replications)
    out.print(
        f"\nWorld {case.world.name}, {case.start} to {end}, {count} replication{'s' * (count != 1)}", style="bold"
    )
    out.print(f"Supply scenario {case.scenario.name}: {case.scenario.about}.")
    out.print(f"Treatment: {what}.")
    note = f" ({ILLUSTRATIVE})" if result.treated.is_one_port else ""
    out.print(f"Treated: {result.treated.label}{note}. Tonnes are those of the cohort of the window.")
