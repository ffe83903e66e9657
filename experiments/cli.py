"""The command line: waterbed run | compare | ledger | stress | spillover | decompose | dose | ..."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from scenarios.errors import InputError

_RUNS = {
    "run": ("experiments.commands", "run_command"),
    "compare": ("experiments.commands", "compare_command"),
    "ledger": ("experiments.ledger_command", "ledger_command"),
    "stress": ("experiments.stress_command", "stress_command"),
    "spillover": ("experiments.spillover.command", "spillover_command"),
    "patterns": ("experiments.patterns.command", "patterns_command"),
    "decompose": ("experiments.decompose.command", "decompose_command"),
    "dose": ("experiments.decompose.command", "dose_command"),
    "sweep": ("experiments.sweep.command", "sweep_command"),
    "size": ("experiments.funding.command", "size_command"),
}
"""Commands that run something: where their function is."""
_ANALYSES = {
    "sensitivity": "sensitivity_command",
    "discover": "discover_command",
}
"""Commands that read a sweep and run nothing: their functions in experiments.analysis.command."""
_OK, _FAILED_RUNS, _BAD_INPUT, _INTERRUPTED, _ENDED = 0, 1, 2, 130, 143
_ABOUT = """How drug traffickers re-route between European ports when controls change,
and what states gain by controlling together."""
_EXAMPLES = """examples:
  waterbed compare                     the main job: common or national rules
  waterbed compare world=three_ports horizon_years=1 replications=4
  waterbed compare arms=[frozen,national_rule] scenario=antwerp_surge
  waterbed ledger treated=NLRTM        controls double there: where does it go
  waterbed ledger results/compare-... treated=north_range
  waterbed stress                      which assumptions reverse the ranking
  waterbed spillover treated=BEANR     displacement, or benefits diffused
  waterbed decompose                   which levers the gain comes from
  waterbed dose lever=criteria         how strong a lever has to be
  waterbed size quick=true             which equipment a budget should buy
  waterbed size --template inputs.xlsx ports and prices to fill in by hand
  waterbed sweep design=grid n=64 vary=[choice.temperature_eur_per_kg,regime]
  waterbed sensitivity results/sweep-...  which factors matter, what is luck
  waterbed discover results/sweep-...  where much lands, and regret
  waterbed report results/compare-...  one page with map and figures
  waterbed patterns replications=4     what the record shows, and the model
  waterbed run regime=alliance_rule replication=3
  waterbed show settings               everything that can be overridden
"""

_SETTINGS = "settings such as world=three_ports horizon_years=3"
_LEDGER = """treated=PLACE (a port, country, port range, coast, lane or method), other settings, and up to two results
folders. Without a folder, the drug-tasked capacity of the treated ports is doubled (capacity_factor=2) under the
regime (regime=national_rule), or two regimes are compared (arms=[baseline,treated])"""

_SPILLOVER = """treated=PLACE (a port, country or port range of the Union), whose drug-tasked capacity is doubled
(capacity_factor=2) under the regime (regime=frozen), and other settings: draws=64 draw_replications=4"""

_SWEEP_RESULT = """RESULT, a folder of `waterbed sweep`, or several of the same design under different regimes;
settings: outcome=landed, contrast=[alliance_rule,national_rule], and a level of a factor (regime=alliance_rule); """
_FOR_SENSITIVITY = f"{_SWEEP_RESULT}method=auto, sobol, morris or given"
_FOR_DISCOVER = f"""{_SWEEP_RESULT}above=q75 or below=100 (which points are of interest), boxes=2,
over=regime and best=lowest or highest (regret)"""

_REPORT = """RESULT, a folder of compare, ledger, decompose, size or sweep, and further ones that answer what it leaves
open (stress: what parameters leave open; dose: break-even); settings: language=en, figures=[png,svg,pdf] (each figure
as a file too), show=ports, out=FILE"""

_TWO_ARMS = """settings, among them arms=[baseline,treated] (arms=[national_rule,alliance_rule]), replications=10,
lever_groups.NAME=[lever,lever] and interactions=[[lever,lever]]"""
_DOSE = """lever=NAME, and other settings, among them arms=[baseline,treated] (arms=[national_rule,alliance_rule]),
replications=10 and dose_points=5, from strength 0 to its upper bound"""
_SWEEP = """settings, among them design=sobol (grid, cases, lhs, sobol, saltelli, morris, table), n=64, vary=[NAME,...]
(NAME, NAME:low..high or NAME:a|b|c), replications=2, executor=processes (serial, dask), workers=2 and
tables=[port_month]"""

_SIZE = """settings, among them budget=[0,100,200] (EUR million), quick=true (about five minutes), catalogue=FILE,
show=ports, regime=frozen, funding.staffing=matching (or fixed), funding.caps.NL=0.2 and others of funding"""


def _help(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, width=80)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("waterbed", description=_ABOUT, epilog=_EXAMPLES, formatter_class=_help)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about, words in (
        ("run", "one run of one regime, to Parquet", _SETTINGS),
        ("compare", "arms by replications with common random numbers, to Parquet and a table", _SETTINGS),
        ("ledger", "where the flow of a treated place went when controls changed", _LEDGER),
        ("stress", "which assumptions would reverse the ranking of two regimes", _SETTINGS),
        ("spillover", "over draws from the priors, the share with displacement and with diffusion", _SPILLOVER),
        ("decompose", "which levers the gain of a regime over its national twin comes from", _TWO_ARMS),
        ("dose", "the gain over the strength of one lever, and from which strength it is there", _DOSE),
        ("sweep", "many cases by replications, resumable, to one Parquet file a chunk", _SWEEP),
        ("sensitivity", "which factors of a sweep matter, and how much is luck", _FOR_SENSITIVITY),
        ("discover", "where in a sweep cases of interest lie, and the regret of regimes", _FOR_DISCOVER),
        ("size", "what each further ten million of equipment funding keeps off, and where to put it", _SIZE),
        ("report", "a page that people look at: one HTML file with figures", _REPORT),
        ("patterns", "the hindcast of 2018 to 2023 beside published patterns", _SETTINGS),
        ("worlds", "ports, lanes and controls of the world, with what is imputed or assumed", _SETTINGS),
    ):
        command = commands.add_parser(name, help=about, description=about, formatter_class=_help)
        command.add_argument("overrides", nargs="*", help=words)
        if name in _RUNS:
            command.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no announcements")
        if name == "sweep":
            command.add_argument(
                "--dry-run", action="store_true", help="print runs, chunks, time and size; write nothing"
            )
            command.add_argument("--retry-failed", action="store_true", help="run failed runs again")
        if name == "size":
            command.add_argument(
                "--template", metavar="FILE", help="write a spreadsheet (.xlsx) or a folder of CSV files to fill in"
            )
        if name == "patterns":
            command.add_argument("--write", action="store_true", help="also write docs/patterns.md")
    topics = "plan, levers, equipment, parameters, settings, tables, base-rates, or a results folder"
    show = commands.add_parser(
        "show", help=topics, description="Show a topic, or what a results folder holds.", formatter_class=_help
    )
    show.add_argument(
        "what", help="plan | levers | equipment | parameters | settings | tables | base-rates | a results folder"
    )
    show.add_argument(
        "overrides", nargs="*", help="settings; a block for parameters, a table for tables", metavar="overrides"
    )
    pages = "write the generated pages of docs/ and results/README.md"
    commands.add_parser("docs", help=pages, description=pages, formatter_class=_help)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0, 1 if runs of a sweep failed, 2 for bad input, or 130 for an interrupt."""
    # Before NumPy loads: BLAS threads would only get in each other's way, and sums could depend on their number.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    # What joblib's helper has to say about semaphores of workers that were ended is of no use to anybody.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:joblib.externals.loky.backend.resource_tracker")
    options = _parser().parse_args(arguments)
    try:
        with _one_interrupt():
            is_whole = _command(options)()
            return _FAILED_RUNS if is_whole is False else _OK
    except InputError as error:
        print(f"waterbed: {error}", file=sys.stderr)
        return _BAD_INPUT
    except (KeyboardInterrupt, SystemError) as error:
        # Compiled code turns an interrupt that comes while it runs into a SystemError; further ones are ignored then.
        if isinstance(error, SystemError) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            raise
        print("\nwaterbed: interrupted; nothing was left half-written.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough; keep Python from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _OK


@contextmanager
def _one_interrupt() -> Iterator[None]:
    """Answer the first Ctrl-C by cleaning up and leaving quietly; further ones would only disturb that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # What libraries have to say about their workers being ended is of no use to anybody.
        threading.excepthook = lambda details: None
        warnings.simplefilter("ignore")
        if number == signal.SIGTERM:
            sys.exit(_ENDED)
        raise KeyboardInterrupt

    # A scheduler that ends the job (SIGTERM) gets the same tidy leave, with its own exit status.
    before_end = signal.signal(signal.SIGTERM, leave)
    before = signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before_end)
        # After an interrupt the process ends: still no second one.
        if signal.getsignal(signal.SIGINT) is leave:
            signal.signal(signal.SIGINT, before)


def _command(options: argparse.Namespace) -> Callable[[], bool | None]:
    """Import what a command needs, and no more: --help, worlds and show answer at once.

    What is returned returns False if runs failed.
    """
    if options.command in _RUNS:
        module, function = _RUNS[options.command]
        command = getattr(importlib.import_module(module), function)
        more = {"is_page_written": options.write} if options.command == "patterns" else {}
        if options.command == "sweep":
            more = {"is_dry": options.dry_run, "is_retry": options.retry_failed}
        if options.command == "size":
            more = {"template": options.template}
        return lambda: command(options.overrides, is_quiet=options.quiet, **more)
    if options.command in _ANALYSES:
        analyse = getattr(importlib.import_module("experiments.analysis.command"), _ANALYSES[options.command])
        return lambda: analyse(options.overrides)
    if options.command == "report":
        from experiments.report.command import report_command

        return lambda: report_command(options.overrides)
    if options.command == "worlds":
        from experiments.show_worlds import show_worlds

        return lambda: show_worlds(options.overrides)
    if options.command == "docs":
        from experiments.generated_docs import write_docs

        return write_docs
    from experiments.show import show

    return lambda: show(options.what, options.overrides)


if __name__ == "__main__":
    sys.exit(main())
