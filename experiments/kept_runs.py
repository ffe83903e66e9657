"""Paired runs of two arms at many points; finished ones are kept, so that an interrupted experiment goes on."""

from __future__ import annotations

import dataclasses as dc
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.run import run
from experiments.workers import in_order
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.parameters import Parameters
from sim.streams import Floats

_PACKAGES = ("scenarios", "sim", "agents", "experiments")
_ROOT = Path(__file__).resolve().parent.parent
_COLUMNS = ("treated_t", "baseline_t", "interception")
_LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class PairedRuns:
    """What landed in both arms at one point, one element a replication; nothing if a run failed."""

    treated_t: Floats
    baseline_t: Floats
    interception: Floats
    """Interception share by mass at places of entry in the baseline arm."""
    failure: str = ""

    @property
    def difference_t(self) -> Floats:
        """Return treated less baseline."""
        return self.treated_t - self.baseline_t


def paired_runs(treated: Case, baseline: Case, seed: int, first: int, replications: int) -> PairedRuns:
    """Run both arms with the same luck; a run that raises gives its message instead of numbers.

    Args:
        treated, baseline: the two arms.
        seed: seed of the experiment.
        first: first replication.
        replications: how many.
    """
    rows = []
    try:
        for replication in range(first, first + replications):
            of_treated, of_baseline = (
                run(case, seed, replication)["runs"].to_pylist()[0] for case in (treated, baseline)
            )
            seized, landed = of_baseline["seized_entry_g"], of_baseline["landed_g"]
            share = seized / (seized + landed) if seized + landed else float("nan")
            rows.append((of_treated["landed_g"] / 1e6, landed / 1e6, share))
    except SystemError:  # what compiled code makes of an interrupt; never a fault of the point
        raise
    except Exception as error:  # whatever it is, a point that cannot be run is reported, never left out in silence
        return _failed(f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE])
    treated_t, baseline_t, interception = np.array(rows, np.float64).T
    return PairedRuns(treated_t, baseline_t, interception)


@dataclass(slots=True)
class KeptRuns:
    """Runs points of the same two arms, each once: what a folder holds already is read from there."""

    folder: Path
    treated: Case
    baseline: Case
    seed: int
    workers: int
    version: str
    """Of the program: what another one kept is not taken for its own."""

    def at(self, points: Sequence[Parameters], replications: int, done: Callable[[int], None]) -> list[PairedRuns]:
        """Return the runs at some points, a worker a point, or a worker a replication where there is one point.

        Args:
            points: parameters of both arms.
            replications: of each, numbered from 0 so that all points share their luck.
            done: called with the number of points that are finished.
        """
        pairs = [self._pair(parameters) for parameters in points]
        paths = [self._path(*pair, replications) for pair in pairs]
        missing = [i for i, path in enumerate(paths) if not path.exists()]
        done(len(points) - len(missing))
        if len(missing) == 1:
            only = missing[0]
            calls = [(*pairs[only], self.seed, number, 1) for number in range(replications)]
            self._keep(paths[only], _joined(list(in_order(paired_runs, calls, self.workers))))
            done(len(points))
        elif missing:
            calls = [(*pairs[i], self.seed, 0, replications) for i in missing]
            for count, (i, runs) in enumerate(zip(missing, in_order(paired_runs, calls, self.workers), strict=True), 1):
                self._keep(paths[i], runs)
                done(len(points) - len(missing) + count)
        return [_read(path) for path in paths]

    def discard(self) -> None:
        """Remove what is kept: the results have their own folder now."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pair(self, parameters: Parameters) -> tuple[Case, Case]:
        return dc.replace(self.treated, parameters=parameters), dc.replace(self.baseline, parameters=parameters)

    def _path(self, treated: Case, baseline: Case, replications: int) -> Path:
        name = f"{treated.digest()}-{baseline.digest()}-{self.seed}-{replications}-{self.version}"
        return self.folder / f"{name}.parquet"

    def _keep(self, path: Path, runs: PairedRuns) -> None:
        aside = path.with_name(f".{path.name}-{os.getpid()}")
        table = pa.table({name: getattr(runs, name) for name in _COLUMNS})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table.replace_schema_metadata({"failure": runs.failure}), aside)
            os.replace(aside, path)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise InputError(
                f"results: {self.folder.parent} cannot be written ({reason}); choose a folder with results=FOLDER."
            ) from None


def _read(path: Path) -> PairedRuns:
    try:
        table = pq.read_table(path)
        failure = (table.schema.metadata or {})[b"failure"].decode()
        treated, baseline, interception = (table[name].to_numpy() for name in _COLUMNS)
        return PairedRuns(treated, baseline, interception, failure)
    except (OSError, KeyError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]}); remove it and ask again.") from None


def _failed(message: str) -> PairedRuns:
    return PairedRuns(np.zeros(0), np.zeros(0), np.zeros(0), message)


def _joined(parts: list[PairedRuns]) -> PairedRuns:
    """Return the runs of several calls as one; the first failure stands for all."""
    failure = next((part.failure for part in parts if part.failure), "")
    if failure:
        return _failed(failure)
    treated, baseline, interception = (np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS)
    return PairedRuns(treated, baseline, interception)


def code_digest() -> str:
    """Return a digest of the program's own text."""
    digest = hashlib.blake2b(digest_size=8)
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
