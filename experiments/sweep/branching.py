"""A burn-in that arms share: simulated once, then branched into each arm, with tables identical to whole runs.

The model cannot be copied (its clock holds generators), but its process can: each arm is finished in a fork, which
begins with exactly the state that a whole run of that arm has at the start of the analysis.
"""

from __future__ import annotations

import dataclasses as dc
import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, NoReturn

import mesa
import pyarrow as pa

from agents.model import WaterbedModel
from agents.run_tables import RunTables
from experiments.run import run
from scenarios.case import Case, RegimeSpec

_NO_REGIME = RegimeSpec("any", "")
"""What the burn-in has in place of the regime of an arm: before the start nothing reads it."""


class BranchError(RuntimeError):
    """An arm that could not be finished from a shared burn-in."""


def can_branch() -> bool:
    """Return whether this process may be forked: on Linux, and only without other threads, whose locks a fork keeps."""
    return sys.platform == "linux" and threading.active_count() == 1


def branch_key(case: Case) -> str:
    """Return what must be equal for cases to share a burn-in.

    The regime, and what the scenario changes at ports, are read at the start of the analysis and not before.
    Everything else counts, also parameters that only levers read: what the burn-in does not depend on today, it may
    tomorrow.
    """
    return _before_start(case).digest()


class SharedBurnIn:
    """A model that stands at the end of its burn-in, ready to be finished in several arms."""

    def __init__(self, case: Case, seed: int, replication: int) -> None:
        """Simulate the burn-in of a case.

        Args:
            case: any of the arms.
            seed: seed shared by all replications.
            replication: number of the replication.
        """
        self.key = branch_key(case)
        # One object, which all parts of the model hold: a branch changes it in place.
        self._case = _before_start(case)
        self._model = WaterbedModel(self._case, seed, replication)
        # The regime begins at the end of the day before.
        while self._model.day < self._model.start_day - 1:
            self._model.step()

    def finish(self, case: Case, arm: str | None = None) -> dict[str, pa.Table]:
        """Return the tables of the run of a case, which went through this burn-in.

        Leaving early (an interrupt, a time limit) ends the branch at once.

        Args:
            case: the arm.
            arm: name in the ``arm`` column; None for the name of the regime.

        Raises:
            ValueError: a case with another burn-in.
            BranchError: the branch raised or was killed.
        """
        if branch_key(case) != self.key:
            raise ValueError("the burn-in of this case is another one; allowed: cases with an equal branch_key.")
        readable, writable = os.pipe()
        # Whatever waits in the buffers would be printed by both.
        sys.stdout.flush()
        sys.stderr.flush()
        branch = os.fork()
        if branch == 0:
            os.close(readable)
            self._leave_with_tables(case, case.regime.name if arm is None else arm, writable)
        os.close(writable)
        try:
            with open(readable, "rb") as pipe:
                answer = pipe.read()
        except BaseException:
            os.kill(branch, signal.SIGKILL)
            os.waitpid(branch, 0)
            raise
        status = os.waitstatus_to_exitcode(os.waitpid(branch, 0)[1])
        if status != 0:
            raise BranchError(f"{answer.decode('utf-8', 'replace') or 'no word'} (status {status})")
        tables: dict[str, pa.Table] = pickle.loads(answer)
        return tables

    def _leave_with_tables(self, case: Case, arm: str, writable: int) -> NoReturn:
        """Finish the run in this process, a branch, and end the process without a word to anybody else."""
        status = 1
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            with open(writable, "wb") as pipe:
                status = self._write_tables(case, arm, pipe)
        finally:
            os._exit(status)

    def _write_tables(self, case: Case, arm: str, pipe: IO[bytes]) -> int:
        try:
            for field in dc.fields(Case):
                object.__setattr__(self._case, field.name, getattr(case, field.name))
            self._model.run_to_end()
            pickle.dump(RunTables(self._model, arm).tables(), pipe, protocol=5)
        except Exception as error:
            pipe.write(f"{type(error).__name__}: {error}".encode())
            return 1
        return 0

    def forget(self) -> None:
        """Let go of the model."""
        # Mesa 3.3 keeps every model in a dictionary of the Agent class; later versions have no such entry.
        getattr(mesa.Agent, "_ids", {}).pop(self._model, None)
        del self._model
        gc.collect()


@contextmanager
def shared_burn_in(case: Case, seed: int, replication: int) -> Iterator[SharedBurnIn]:
    """Hold the burn-in of a case, for as long as arms branch off."""
    burn_in = SharedBurnIn(case, seed, replication)
    try:
        yield burn_in
    finally:
        burn_in.forget()


def run_branched(cases: Sequence[Case], seed: int, replication: int) -> Iterator[dict[str, pa.Table]]:
    """Yield the tables of each case in order, as ``experiments.run.run`` makes them, from one burn-in where it can be.

    A branch that fails is run again whole: what is wrong with a case is then raised as by any run.

    Args:
        cases: arms, with equal ``branch_key``.
        seed: seed shared by all replications.
        replication: number of the replication.

    Raises:
        ValueError: cases whose burn-ins differ.
    """
    if len({branch_key(case) for case in cases}) > 1:
        raise ValueError("these cases have different burn-ins; allowed: cases with an equal branch_key.")
    if len(cases) < 2 or not can_branch():
        yield from (run(case, seed, replication) for case in cases)
        return
    with shared_burn_in(cases[0], seed, replication) as burn_in:
        for case in cases:
            try:
                tables = burn_in.finish(case)
            except BranchError:
                tables = run(case, seed, replication)
            yield tables


def _before_start(case: Case) -> Case:
    """Return a case of its own with what no burn-in reads taken out."""
    scenario = dc.replace(case.scenario, name="any", about="", capacity_scale={}, terminal_security={})
    return dc.replace(case, regime=_NO_REGIME, scenario=scenario)
