"""waterbed sensitivity and waterbed discover: what the runs of a sweep say about its factors."""

from __future__ import annotations

import dataclasses as dc
import json
import platform
import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import metadata
from typing import Any

import pyarrow as pa

from experiments.analysis.asked import Asked, Best, parse_asked
from experiments.analysis.discover import Regrets, cases_of_interest, find_boxes, regrets
from experiments.analysis.folders import CHOSEN, contrasted_setting
from experiments.analysis.indices import LEAST_POINTS
from experiments.analysis.outcome import (
    Outcome,
    Sample,
    by_level,
    contrast_of,
    find_outcome,
    read_sample,
    with_levels,
)
from experiments.analysis.printing import (
    print_boxes,
    print_left_out,
    print_regrets,
    print_sensitivity,
    print_sweeps,
    supply_of,
)
from experiments.analysis.sensitivity import Sensitivity, crossed_groups, sensitivity
from experiments.analysis.tables import discover_tables, sensitivity_tables
from experiments.provenance import code_version
from experiments.screen import console
from experiments.store import ResultWriter, content_name
from experiments.sweep.reading import SweepReader
from scenarios.errors import InputError

_LIBRARIES = ("numpy", "scipy", "pyarrow", "duckdb", "SALib")
_NOT_OF_SENSITIVITY = ("above", "below", "boxes", "over", "best")
_NOT_OF_DISCOVER = ("method",)


def sensitivity_command(words: list[str]) -> None:
    """Print and write which factors matter for an outcome, or for its paired contrast, and how much is luck.

    Args:
        words: folders of sweeps, and settings.

    Raises:
        InputError: a setting, a folder or a file that is not allowed, or a folder that cannot be written.
    """
    asked = _asked(words, _NOT_OF_SENSITIVITY)
    with _opened(asked) as readers:
        sample = _contrasted(asked, *_samples(asked, readers))
        found: Sensitivity = sensitivity(sample, asked.method)
        out = console()
        print_sweeps(readers, out)
        print_sensitivity(found, supply_of(readers), out)
        _write("sensitivity", words, asked, readers, sensitivity_tables(found))


def discover_command(words: list[str]) -> None:
    """Print and write in which boxes of factors cases of interest lie, and the regret of the levels of a factor.

    Args:
        words: folders of sweeps, and settings.

    Raises:
        InputError: a setting, a folder or a file that is not allowed, or a folder that cannot be written.
    """
    asked = _asked(words, _NOT_OF_DISCOVER)
    with _opened(asked) as readers:
        setting, samples = _samples(asked, readers)
        sample = _contrasted(asked, setting, samples)
        complete = sample.rows(sample.is_complete)
        if len(complete.values) < LEAST_POINTS:
            raise InputError(
                f"{len(complete.values)} complete points are too few for boxes; allowed: {LEAST_POINTS} or more."
            )
        cases = cases_of_interest(complete, asked.above, asked.below)
        boxes = find_boxes(complete, cases, asked.boxes)
        out = console()
        print_sweeps(readers, out)
        print_boxes(complete, cases, boxes, supply_of(readers), out)
        print_left_out(len(sample.values) - len(complete.values), out)
        of_levels = None
        try:
            parts = _levels(asked, samples)
            best = _best(asked, find_outcome(readers[0], asked.outcome))
        except InputError as problem:
            out.print(f"\nNo regret table: {problem}")
        else:
            compared, values, left_out = _common(parts)
            of_levels = Regrets(compared, best, regrets(values, best, groups=crossed_groups(compared)))
            print_regrets(of_levels, setting or asked.over, supply_of(readers), out)
            print_left_out(left_out, out)
        _write("discover", words, asked, readers, discover_tables(complete, cases, boxes, of_levels))


def _asked(words: list[str], not_here: Sequence[str]) -> Asked:
    for word in words:
        name = word.partition("=")[0]
        if "=" in word and name in not_here:
            raise InputError(f"{name}: not a setting of this command.")
    return parse_asked(words)


@contextmanager
def _opened(asked: Asked) -> Iterator[list[SweepReader]]:
    with ExitStack() as stack:
        share = max(64, asked.memory_mb // len(asked.folders))
        readers = [stack.enter_context(SweepReader(folder, memory_mb=share)) for folder in asked.folders]
        yield readers


def _samples(asked: Asked, readers: list[SweepReader]) -> tuple[str, dict[str, Sample]]:
    """Return the sample of each sweep by its value of the setting in which they differ, and the name of that."""
    setting, values = contrasted_setting(readers)
    return setting, {value: read_sample(reader, asked) for value, reader in zip(values, readers, strict=True)}


def _contrasted(asked: Asked, setting: str, samples: dict[str, Sample]) -> Sample:
    """Return the sample of one sweep, or the contrast that is asked for or that two sweeps are."""
    first = next(iter(samples.values()))
    if len(samples) > 1:
        if len(samples) > 2 and not asked.contrast:
            raise InputError(
                f"contrast: missing with {len(samples)} sweeps; allowed: two of {', '.join(samples)}, such as "
                f"contrast=[{','.join(list(samples)[:2])}]."
            )
        return contrast_of(samples, asked.contrast or tuple(samples), "" if setting in CHOSEN else setting)
    if asked.contrast:
        return contrast_of(by_level(first, with_levels(first, asked.contrast)), asked.contrast)
    return first


def _levels(asked: Asked, samples: dict[str, Sample]) -> dict[str, Sample]:
    first = next(iter(samples.values()))
    if len(samples) == 1 and asked.over not in [factor.name for factor in first.factors]:
        raise InputError(f"{asked.over} is not a factor of this sweep; allowed: over=FACTOR, or several sweeps.")
    parts = samples if len(samples) > 1 else by_level(first, asked.over)
    if len(parts) < 2:
        raise InputError(f"{asked.over}: one level has no regret; allowed: two or more.")
    return parts


def _best(asked: Asked, outcome: Outcome) -> Best:
    best = asked.best or outcome.best
    if best is None:
        raise InputError(
            f"best: missing, as of {outcome.name} it is not known which value is best; allowed: best=lowest or "
            "best=highest."
        )
    return best


def _common(parts: dict[str, Sample]) -> tuple[Sample, dict[str, Any], int]:
    """Return the points at which all levels have all their runs, their means, and how many points that leaves out."""
    first = next(iter(parts.values()))
    is_common = first.is_complete
    for part in parts.values():
        is_common = is_common & part.is_complete
    if not is_common.any():
        raise InputError("no point has the runs of all levels; allowed: a sweep that is further.")
    values = {level: part.rows(is_common).means for level, part in parts.items()}
    return first.rows(is_common), values, int((~is_common).sum())


def _write(kind: str, words: list[str], asked: Asked, readers: list[SweepReader], tables: dict[str, pa.Table]) -> None:
    """Write the tables beside the sweep, under a name made from the question, and say where they are."""
    from experiments.commands import print_place

    world = str(readers[0].base.get("world", {}).get("name", "unknown"))
    settings = {name: value for name, value in dc.asdict(asked).items()
                if name not in ("folders", "results", "memory_mb")}  # fmt: skip
    state = [[reader.asked["question"], reader.progress().done] for reader in readers]
    name = content_name(kind, world, [settings, state])
    root = asked.results or readers[0].folder.resolve().parent
    with ResultWriter(root, name, _facts(readers, shlex.join(["waterbed", kind, *words]))) as writer:
        for table_name, table in tables.items():
            writer.write(table_name, table)
    out = console()
    out.print()
    print_place(writer.path, out)


def _facts(readers: list[SweepReader], command: str) -> dict[str, str]:
    """Return the metadata of the tables: those of the runs, and who analysed them by what."""
    of_runs = {f"waterbed.{name}": text for name, text in readers[0].facts.items()}
    return {
        **of_runs,
        "waterbed.version": metadata.version("waterbed"),
        "waterbed.commit": code_version(),
        "waterbed.command": command,
        "waterbed.sweeps": json.dumps([{"folder": reader.folder.name, **reader.asked} for reader in readers]),
        "waterbed.python": platform.python_version(),
        "waterbed.libraries": json.dumps({name: metadata.version(name) for name in _LIBRARIES}),
    }
