"""waterbed spillover: after strengthening a place, the share of draws with displacement and with diffusion."""

from __future__ import annotations

import shlex

from experiments.commands import announce_compilation, print_place, progress_bar
from experiments.kept_tables import KeptTables, code_digest, kept_on_interrupt
from experiments.provenance import provenance
from experiments.screen import console
from experiments.settings import Settings, load
from experiments.spillover.classify import LEAST_REPLICATIONS
from experiments.spillover.printing import print_spillover
from experiments.spillover.study import Question, spillover
from experiments.spillover.tables import spillover_tables
from experiments.store import ResultWriter, content_name
from experiments.treated import Treated, find_treated, scaling_in_words, with_scaled_capacity
from scenarios.build_world import build_world
from scenarios.errors import InputError
from scenarios.reference import data_hash

DEFAULTS = ("draws=64", "draw_replications=4")
"""Fewer draws than stress and more replications of each: the question is put to every draw, not to their mean."""
_NOT_HERE = ("arms", "contrasts")
_KINDS = ("port", "country", "port range")


def spillover_command(overrides: list[str], *, is_quiet: bool) -> None:
    """Run a place as it is, strengthened, and with a placebo at draws from the priors; write tables, print shares.

    Args:
        overrides: settings, as on the command line.
        is_quiet: whether to show no progress.

    Raises:
        InputError: a setting that is not allowed, or a folder that cannot be written.
    """
    question, settings = asked(overrides)
    name = folder_name(question, settings)
    kept = settings.results / f".unfinished-{name}"
    command = shlex.join(["waterbed", "spillover", *overrides])
    treated_name, _ = with_scaled_capacity(question.baseline, question.treated, settings.capacity_factor)
    arms = {question.baseline.regime.name: question.baseline, treated_name: question.treated_arm}
    with ResultWriter(settings.results, name, provenance(arms, settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with kept_on_interrupt("draws"), progress_bar("draws", is_quiet=is_quiet) as progress:
            result = spillover(question, kept, settings.worker_count(), code_digest(), progress)
        for table_name, table in spillover_tables(result).items():
            writer.write(table_name, table)
    KeptTables(kept).discard()
    out = console()
    what = scaling_in_words(question.baseline, question.treated, settings.capacity_factor)
    print_spillover(result, question, what, out)
    out.print()
    print_place(writer.path, out)


def asked(overrides: list[str]) -> tuple[Question, Settings]:
    """Return the question that the overrides put, and the settings.

    Raises:
        InputError: a setting that is not allowed.
    """
    for override in overrides:
        if override.lstrip("+~").startswith(_NOT_HERE):
            raise InputError(
                f"override '{override}': the two arms are the regime, such as regime=national_rule, and the same with "
                "the treated place strengthened (capacity_factor=2)."
            )
    case, settings = load([*DEFAULTS, *overrides])
    treated = find_treated(settings.treated, build_world(case.world, case.parameters, case.good))
    _check(treated, settings)
    _, treated_arm = with_scaled_capacity(case, treated, settings.capacity_factor)
    question = Question(case, treated_arm, treated, settings.seed, settings.draws, settings.draw_replications)
    return question, settings


def _check(treated: Treated, settings: Settings) -> None:
    # Of a lane or a method only a part of the flow is treated, but controls change for all of it.
    if treated.kind not in _KINDS or not treated.ports:
        raise InputError(
            f"treated: {treated.label} is not allowed; allowed: a port, country or port range of the Union, whose "
            "controls can be strengthened as a whole."
        )
    if not settings.capacity_factor > 1:
        raise InputError(f"capacity_factor: {settings.capacity_factor:g} is not allowed; allowed: more than 1.")
    if settings.draw_replications < LEAST_REPLICATIONS:
        raise InputError(
            f"draw_replications: {settings.draw_replications} is not allowed; allowed: {LEAST_REPLICATIONS} or more, "
            "without which a change cannot be told from noise."
        )


def folder_name(question: Question, settings: Settings) -> str:
    """Return a name made from the content: the same question goes to the same folder."""
    arms = (question.treated_arm, question.baseline)
    content = [
        [arm.digest() for arm in arms], question.treated.label, data_hash(),
        settings.seed, settings.draws, settings.draw_replications,
    ]  # fmt: skip
    return content_name("spillover", question.baseline.world.name, content)
