"""waterbed size: what each further ten million of equipment funding keeps off the market, and where to put it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pyarrow as pa

from experiments.commands import announce_compilation, print_place, progress_bar
from experiments.decompose.runs import say
from experiments.funding.asked import Asked, asked
from experiments.funding.printing import print_answer
from experiments.funding.rules import RULES
from experiments.funding.simulated import Simulations, Window, compared_window
from experiments.funding.study import Answer, answer, most_runs
from experiments.funding.tables import funding_tables
from experiments.funding.trial_design import fit_design
from experiments.kept_tables import code_digest, kept_on_interrupt
from experiments.provenance import provenance
from experiments.screen import console
from experiments.store import ResultWriter, content_name
from scenarios.reference import data_hash

WORKBOOK = "answer.xlsx"
_BY_PORT = ("funding_units", "funding_phases")
RULES_TO_PLAN = tuple(rule for rule in RULES if rule != "nothing")


def size_command(overrides: list[str], *, is_quiet: bool, template: str | None = None) -> None:
    """Answer a funding question, write tables and a spreadsheet, print the answer.

    Args:
        overrides: settings, as on the command line.
        is_quiet: whether to show no progress, and not how long it takes.
        template: write a spreadsheet to fill in to this path, and run nothing.

    Raises:
        InputError: a setting or spreadsheet that is not allowed, or a folder that cannot be written.
    """
    what = asked(overrides, RULES_TO_PLAN)
    if template is not None:
        _write_template(Path(template), what)
        return
    # A budget that buys nothing is refused before anything is run.
    fit_design(what.question, 1, what.settings.seed)
    window = compared_window(what.question)
    name = folder_name(what)
    simulations = _simulations(what, window, name, is_quiet=is_quiet)
    words = shlex.join(["waterbed", "size", *overrides])
    arms = {what.question.base.regime.name: what.question.base}
    with ResultWriter(what.settings.results, name, provenance(arms, what.settings, words)) as writer:
        announce_compilation(is_quiet=is_quiet)
        found = _answer(what, window, simulations, is_quiet=is_quiet)
        tables = funding_tables(found)
        for table_name, table in tables.items():
            writer.write(table_name, table)
        writer.write_bytes(WORKBOOK, _workbook(tables, has_ports=what.settings.show == "ports"))
    simulations.discard()
    out = console()
    print_answer(found, out)
    out.print()
    print_place(writer.path, out)
    out.print(f"The same as a spreadsheet: {WORKBOOK}, in the same folder.")


def folder_name(what: Asked) -> str:
    """Return a name made from the content: the same question goes to the same folder."""
    question, options = what.question, what.options
    content: list[object] = [question.base.digest(), what.settings.seed, data_hash(), repr(options)]
    content += [list(question.budgets_cents), repr(question.offers), [site.code for site in question.sites]]
    return content_name("size", question.base.world.name, content)


def _simulations(what: Asked, window: Window, name: str, *, is_quiet: bool) -> Simulations:
    return Simulations(
        folder=what.settings.results / f".unfinished-{name}",
        seed=what.settings.seed,
        workers=what.settings.worker_count(),
        window=window,
        version=code_digest(),
        planned=most_runs(what),
        progress=lambda done, planned: None,
        announce=(lambda text: None) if is_quiet else say,
    )


def _answer(what: Asked, window: Window, simulations: Simulations, *, is_quiet: bool) -> Answer:
    with kept_on_interrupt("runs"), ExitStack() as stack:
        bars: dict[str, Callable[[int, int], None]] = {}

        def progress(label: str, done: int, planned: int) -> None:
            # Not before the announcement, which would break the bar; and one bar at a time.
            if label not in bars:
                stack.close()
                bars[label] = stack.enter_context(progress_bar(label, is_quiet=is_quiet))
            bars[label](done, planned)

        simulations.progress = partial(progress, "runs")
        return answer(what, window, simulations, partial(progress, "searches on the surrogate"))


def _workbook(tables: dict[str, pa.Table], *, has_ports: bool) -> bytes:
    """Return the answer as a spreadsheet; by port only if that was asked for, as on the terminal."""
    from experiments.funding.workbook_out import ASSUMPTIONS, workbook_bytes  # loads a library only needed here

    left_out = ("funding_assumptions", *(() if has_ports else _BY_PORT))
    sheets = {ASSUMPTIONS: tables["funding_assumptions"]}
    sheets |= {name.removeprefix("funding_"): table for name, table in tables.items() if name not in left_out}
    return workbook_bytes(sheets)


def _write_template(path: Path, what: Asked) -> None:
    from experiments.funding.template import write_template  # loads a library that only spreadsheets need

    question = what.question
    write_template(path, question.budgets_cents, question.sites, question.offers)
    print(f"{path} written: change it, then ask with catalogue={path}")
