"""The commands that run something: run and compare."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from experiments.compare import Comparison, compare
from experiments.printing import print_comparison
from experiments.provenance import provenance
from experiments.run import run
from experiments.screen import WIDTH, console, number, print_good, print_price_warning, tonnes
from experiments.settings import Settings, load, make_arms
from experiments.store import ResultWriter, content_name, read_table
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.reference import data_hash
from sim.compilation import is_compiled


def announce_compilation(*, is_quiet: bool = False) -> None:
    """Say that a first run compiles, which takes a while and happens once for each version."""
    if not is_quiet and not is_compiled():
        print("First run of this version: compiling for about a minute, once.", file=sys.stderr)


def folder_name(kind: str, arms: dict[str, Case], settings: Settings) -> str:
    """Return a name made from the content, not from the clock: the same question goes to the same folder."""
    content: list[object] = [[[arm, case.digest()] for arm, case in arms.items()], settings.seed, data_hash()]
    if kind == "run":
        content.append(settings.replication)
    else:
        content += [settings.replications, settings.most_replications, settings.precision, settings.contrasts]
    if kind == "ledger":
        content += [settings.treated, settings.replication]
    return content_name(kind, next(iter(arms.values())).world.name, content)


def run_command(overrides: list[str], *, is_quiet: bool = False) -> None:
    """Run one case and write its tables."""
    case, settings = load(overrides)
    arms = {case.regime.name: case}
    build_world(
        case.world, case.parameters, case.good
    )  # what is wrong with the data is said before anything is written
    command = shlex.join(["waterbed", "run", *overrides])
    name = folder_name("run", arms, settings)
    with ResultWriter(settings.results, name, provenance(arms, settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with progress_bar("days", is_quiet=is_quiet) as progress:
            tables = run(case, settings.seed, settings.replication, progress=progress)
        for table_name, table in tables.items():
            writer.write(table_name, table)
    out = console()
    row = tables["runs"].to_pylist()[0]
    luck = f"seed {settings.seed}, replication {settings.replication}"
    where = f"World {case.world.name}, {case.good.label}"
    out.print(f"{where}, regime {case.regime.name}, supply {case.scenario.name}, {luck}", style="bold")
    out.print(f"{case.regime.name}: {case.regime.about}")
    print_good(case.good, out)
    shown = ("supply_g", "not_offered_g", "diverted_g", "dispatched_g", "seized_departure_g", "seized_entry_g",
             "abandoned_g", "landed_g", "open_g")  # fmt: skip
    for key in shown:
        out.print(f"  {key.removesuffix('_g').replace('_', ' '):<20} {tonnes(row[key]):>10} t")
    print_price_warning({case.regime.name: [row["days_at_price_bound"]]}, out)
    out.print("A single run is one possible course of events; only comparisons have intervals.")
    print_place(writer.path, out)


def compare_command(overrides: list[str], *, is_quiet: bool = False) -> None:
    """Compare arms, write all tables, print the summary."""
    ignored = next((override for override in overrides if override.lstrip("+~").startswith("regime")), None)
    if ignored is not None:
        raise InputError(
            f"override '{ignored}': a comparison takes its regimes from arms=[...], such as arms=[frozen]."
        )
    case, settings = load(overrides)
    arms = make_arms(case, settings)
    build_world(case.world, case.parameters, case.good)
    command = shlex.join(["waterbed", "compare", *overrides])
    name = folder_name("compare", arms, settings)
    with ResultWriter(settings.results, name, provenance(arms, settings, command)) as writer:
        announce_compilation(is_quiet=is_quiet)
        with progress_bar(f"{len(arms)} arms, replications", is_quiet=is_quiet) as progress:
            result = compare(arms, settings, writer, progress)
    out = console()
    print_comparison(result, read_table(writer.path, "accounts"), out)
    print_precision(result, settings, out)
    print_place(writer.path, out)


def print_precision(result: Comparison, settings: Settings, out: Console) -> None:
    """Say how precise the headline contrast has become, and whether that was the aim."""
    if not result.contrasts:
        return
    achieved, most = result.achieved(), settings.most_replications
    reached = "reached" if achieved <= settings.precision else f"not reached with the most of {most} replications"
    of_landed = f"{number(100 * achieved, 2)} % of landed (aim {100 * settings.precision:g} %, {reached})"
    out.print(f"\nHalf-width of the headline contrast: {of_landed}.")


def print_place(path: Path, out: Console) -> None:
    """Say where the tables are; the path is a line of its own, never broken."""
    out.print("Every table and column is described in results/README.md; the tables are in", soft_wrap=True)
    out.print(str(path), soft_wrap=True)


@contextmanager
def progress_bar(label: str, *, is_quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar with the time left on the error stream while the block runs, if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
               TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())  # fmt: skip
    errors = Console(stderr=True, width=WIDTH)
    with Progress(*columns, console=errors, disable=is_quiet or not errors.is_terminal) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, planned: progress.update(task, completed=done, total=planned)
