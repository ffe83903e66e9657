"""waterbed decompose and waterbed dose: the gain of a regime by lever, and over the strength of one lever."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import ExitStack

from experiments.commands import announce_compilation, print_place, progress_bar
from experiments.decompose.dose import DoseCurve, dose_curve, dosed, strengths
from experiments.decompose.dose_printing import print_dose
from experiments.decompose.players import Question, ask
from experiments.decompose.printing import print_decomposition
from experiments.decompose.runs import CaseRuns, KeptCases, say
from experiments.decompose.study import Decomposition, decompose
from experiments.decompose.tables import decomposition_tables, dose_tables
from experiments.kept_tables import code_digest, kept_on_interrupt
from experiments.provenance import provenance
from experiments.screen import console
from experiments.settings import Settings, load, make_arms
from experiments.store import ResultWriter, content_name
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name
from scenarios.levers import lever_terms
from scenarios.reference import data_hash

DEFAULTS = ("arms=[national_rule,alliance_rule]", "replications=10")
"""The fewest replications that are resampled for intervals: there are up to 32 sets of groups to run each of them."""
_NOT_HERE = ("regime", "contrasts", "most_replications", "precision")
_TWO = 2


def decompose_command(overrides: list[str], *, is_quiet: bool) -> None:
    """Run every set of groups of levers, split the gain, write tables, print them.

    Args:
        overrides: settings, as on the command line.
        is_quiet: whether to show no progress, and not how long it takes.

    Raises:
        InputError: a setting that is not allowed, or a folder that cannot be written.
    """
    question, settings = asked(overrides)
    sets = question.sets()
    cases = [question.case(levers) for levers in sets]
    name = folder_name("decompose", cases, settings)
    command = shlex.join(["waterbed", "decompose", *overrides])
    kept = _kept(name, settings)
    arms = {case.regime.name: case for case in (question.baseline, question.treated)}
    with ResultWriter(settings.results, name, provenance(arms, settings, command)) as writer:
        runs = _run(kept, cases, settings, is_quiet=is_quiet)
        result: Decomposition = decompose(question, dict(zip(sets, runs, strict=True)))
        for table_name, table in decomposition_tables(result).items():
            writer.write(table_name, table)
    kept.discard()
    out = console()
    print_decomposition(result, out)
    out.print()
    print_place(writer.path, out)


def dose_command(overrides: list[str], *, is_quiet: bool) -> None:
    """Run the treated arm at strengths of a lever from none to the most, write tables, print curve and break-even.

    Args:
        overrides: settings, as on the command line, and ``lever=NAME``.
        is_quiet: whether to show no progress, and not how long it takes.

    Raises:
        InputError: a setting that is not allowed, or a folder that cannot be written.
    """
    (baseline, treated), settings, grid = asked_dose(overrides)
    lever = settings.dose_lever
    cases = [baseline, *(dosed(treated, lever, strength) for strength in grid)]
    name = folder_name("dose", cases, settings)
    command = shlex.join(["waterbed", "dose", *overrides])
    kept = _kept(name, settings)
    arms = {case.regime.name: case for case in (baseline, treated)}
    with ResultWriter(settings.results, name, provenance(arms, settings, command)) as writer:
        first, *others = _run(kept, cases, settings, is_quiet=is_quiet)
        curve: DoseCurve = dose_curve(lever, grid, first, others, baseline.horizon_years)
        for table_name, table in dose_tables(curve).items():
            writer.write(table_name, table)
    kept.discard()
    out = console()
    print_dose(curve, baseline, treated, out)
    out.print()
    print_place(writer.path, out)


def asked(overrides: list[str]) -> tuple[Question, Settings]:
    """Return the question of a decomposition, and the settings.

    Raises:
        InputError: a setting that is not allowed.
    """
    (baseline, treated), settings = _two_arms(overrides)
    known = lever_terms()
    for pair in settings.interactions:
        for lever in pair:
            if lever not in known:
                raise unknown_name("interactions", lever, known)
        if pair[0] == pair[1]:
            raise InputError(f"interactions: {pair[0]} with itself is not allowed; allowed: pairs of two levers.")
    return ask(baseline, treated, settings.lever_groups, settings.interactions), settings


def asked_dose(overrides: list[str]) -> tuple[tuple[Case, Case], Settings, list[float]]:
    """Return baseline and treated arm of a dose curve, the settings and the strengths.

    Raises:
        InputError: a setting that is not allowed.
    """
    # conf/lever is a folder of choices to Hydra: `lever=` cannot be the name of a setting.
    arms, settings = _two_arms([f"dose_{word}" if word.startswith("lever=") else word for word in overrides])
    lever, known = settings.dose_lever, lever_terms()
    if not lever:
        raise InputError(f"lever: missing; allowed: one of {', '.join(known)}, such as lever={next(iter(known))}.")
    if lever not in known:
        raise unknown_name("lever", lever, known)
    return arms, settings, strengths(lever, settings.dose_points)


def _two_arms(overrides: list[str]) -> tuple[tuple[Case, Case], Settings]:
    for override in overrides:
        if override.lstrip("+~").partition(".")[0].partition("=")[0] in _NOT_HERE:
            raise InputError(
                f"override '{override}': not used here; the two regimes are arms=[baseline,treated], such as "
                "arms=[national_rule,alliance_rule], and replications are as many as asked."
            )
    case, settings = load([*DEFAULTS, *overrides])
    arms = list(make_arms(case, settings).values())
    if len(arms) != _TWO:
        raise InputError(f"arms: {', '.join(settings.arms)} is not allowed; allowed: two, the baseline first.")
    if settings.replications < _TWO:
        raise InputError(f"replications: {settings.replications} is not allowed; allowed: 2 or more.")
    build_world(case.world, case.parameters, case.good)
    return (arms[0], arms[1]), settings


def _kept(name: str, settings: Settings) -> KeptCases:
    folder = settings.results / f".unfinished-{name}"
    return KeptCases(folder, settings.seed, settings.worker_count(), code_digest())


def _run(kept: KeptCases, cases: list[Case], settings: Settings, *, is_quiet: bool) -> list[CaseRuns]:
    announce_compilation(is_quiet=is_quiet)
    announce: Callable[[str], None] = (lambda text: None) if is_quiet else say
    with kept_on_interrupt("runs"), ExitStack() as stack:
        bars: list[Callable[[int, int], None]] = []

        def progress(done: int, planned: int) -> None:
            # Not before the announcement, which would break the bar.
            if not bars:
                bars.append(stack.enter_context(progress_bar("runs", is_quiet=is_quiet)))
            bars[0](done, planned)

        return kept.runs(cases, settings.replications, progress, announce)


def folder_name(kind: str, cases: list[Case], settings: Settings) -> str:
    """Return a name made from the content: the same question goes to the same folder.

    Args:
        kind: of experiment.
        cases: what is run.
        settings: seed, replications and what else makes it another question.
    """
    s = settings
    content: list[object] = [[case.digest() for case in cases], s.seed, s.replications, data_hash()]
    content += [s.lever_groups, s.interactions] if kind == "decompose" else [s.dose_lever, s.dose_points]
    return content_name(kind, cases[0].world.name, content)
