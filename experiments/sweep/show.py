"""waterbed show FOLDER, where the folder is that of a sweep: how far it is, and what made it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.sweep.layout import FAILED, LOCK, QUESTION, STATUS, SweepFolder
from experiments.sweep.status import duration


def show_sweep(folder: Path, out: Console) -> None:
    """Print design and state of a sweep, and the command that made it.

    Raises:
        InputError: its files are damaged.
    """
    kept = SweepFolder(folder, ())
    facts, status = kept.read_json(QUESTION), kept.read_json(STATUS)
    case = next(iter(facts["cases"].values()))
    out.print(f"Sweep of {case['world']['name']}, seed {facts['seed']}", style="bold")
    points = f"{facts['points']:,} points x {facts['replications']} replications"
    out.print(f"  design   {facts['design']['kind']}: {points}, {facts['runs']:,} runs")
    out.print(f"  tables   {', '.join([*facts['tables'], 'runs', FAILED])}")
    if status is None:
        out.print("  state    no chunk has ended")
    else:
        _print_status(kept, status, out)
    out.print("\nMade by", style="bold")
    out.print(facts["command"], soft_wrap=True)
    libraries = ", ".join(f"{name} {version}" for name, version in facts["libraries"].items())
    out.print(
        f"waterbed {facts['version']}, commit {facts['commit']}; reference data {facts['data_hash']}; "
        f"Python {facts['python']}, {libraries}. The complete base case is in {QUESTION}."
    )


def _print_status(folder: SweepFolder, status: dict[str, Any], out: Console) -> None:
    state = status["state"]
    if state == "running" and not (folder.path / LOCK).exists():
        state = "interrupted"
    out.print(f"  state    {state}: {status['done']:,} runs done, {status['failed']:,} failed")
    if state == "running":
        ago = duration(max(0.0, time.time() - (folder.path / STATUS).stat().st_mtime))
        left = status["seconds_left"]
        more = f", {duration(left)} left" if left is not None else ""
        out.print(f"           as of {ago} ago{more}, by {status['executor']}")
    peaks = status["peak_memory_mb"].values()
    if peaks:
        out.print(f"  memory   at most {max(peaks):,} MB a worker")
