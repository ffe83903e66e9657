"""waterbed stress: hold a ranking of two regimes against all that the priors allow."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from experiments.kept_runs import KeptRuns
from experiments.kept_tables import code_digest, kept_on_interrupt
from experiments.provenance import provenance
from experiments.screen import console
from experiments.settings import Settings, case_with, load
from experiments.store import ResultWriter, content_name
from experiments.stress import Progress, stress
from experiments.stress_printing import print_stress
from experiments.stress_tables import stress_tables
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name
from scenarios.reference import data_hash
from scenarios.regimes import is_regime, regime_names

_NOT_HERE = ("regime", "arms")


def stress_command(overrides: list[str], *, is_quiet: bool) -> None:
    """Run the arms of the first contrast at the defaults, at draws from the priors, and where they may reverse.

    Args:
        overrides: settings, as on the command line.
        is_quiet: whether to show no progress.

    Raises:
        InputError: a setting that is not allowed, or a folder that cannot be written.
    """
    from experiments.commands import announce_compilation, print_place

    for override in overrides:
        if override.lstrip("+~").startswith(_NOT_HERE):
            raise InputError(
                f"override '{override}': the two regimes come from contrasts, such as "
                "contrasts=[[alliance_rule,national_rule]]."
            )
    case, settings = load(overrides)
    if case.good.has_own_parameters:
        raise InputError(
            f"good: {case.good.name} is not allowed in stress: the priors of the table and the mass balance behind "
            "them are of cocaine, and its own values have no priors; allowed: goods with the parameters of the table."
        )
    arms = ranked_arms(case, settings)
    build_world(case.world, case.parameters, case.good)
    (treated, of_treated), (baseline, of_baseline) = arms.items()
    name = folder_name(arms, settings)
    kept = KeptRuns(
        settings.results / f".unfinished-{name}",
        of_treated,
        of_baseline,
        settings.seed,
        settings.worker_count(),
        code_digest(),
    )
    command = shlex.join(["waterbed", "stress", *overrides])
    with ResultWriter(settings.results, name, provenance(arms, settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with kept_on_interrupt("points"), _bars(is_quiet) as progress:
            result = stress(
                kept, settings.seed, settings.replications, settings.draws, settings.draw_replications, progress
            )
        for table_name, table in stress_tables(result, treated, baseline).items():
            writer.write(table_name, table)
    kept.discard()
    out = console()
    print_stress(result, case, (treated, baseline), out)
    out.print()
    print_place(writer.path, out)


@contextmanager
def _bars(is_quiet: bool) -> Iterator[Progress]:
    """Show a progress bar for each phase in its turn."""
    from experiments.commands import progress_bar

    with ExitStack() as stack:
        bars = {}

        def show(phase: str, done: int, planned: int) -> None:
            if phase not in bars:
                stack.close()
                bars[phase] = stack.enter_context(progress_bar(phase, is_quiet=is_quiet))
            bars[phase](done, planned)

        yield show


def ranked_arms(case: Case, settings: Settings) -> dict[str, Case]:
    """Return the cases of the first contrast: treated, then baseline.

    Raises:
        InputError: no contrast, a regime that does not exist, the same one twice, or a single replication.
    """
    if settings.replications < 2:
        raise InputError(f"replications: {settings.replications} is not allowed; allowed: 2 or more.")
    if not settings.contrasts:
        raise InputError("contrasts: none is not allowed; allowed: at least one pair of regimes.")
    for arm in settings.contrasts[0]:
        if not is_regime(arm):
            raise unknown_name("contrasts", arm, regime_names())
    treated, baseline = settings.contrasts[0]
    if treated == baseline:
        raise InputError(f"contrasts: {treated} twice is not allowed; allowed: two regimes.")
    return {arm: case_with(case, arm) for arm in (treated, baseline)}


def folder_name(arms: dict[str, Case], settings: Settings) -> str:
    """Return a name made from the content: the same question goes to the same folder."""
    content = [
        [[arm, case.digest()] for arm, case in arms.items()], settings.seed, data_hash(),
        settings.replications, settings.draws, settings.draw_replications,
    ]  # fmt: skip
    return content_name("stress", next(iter(arms.values())).world.name, content)
