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
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import mesa
import numpy as np
import pyarrow as pa

from agents.model import WaterbedModel
from agents.run_tables import RunTables
from experiments.run import run
from experiments.workers import end_with_parent
from scenarios.case import Case, RegimeSpec
from sim.streams import Ints

_NO_REGIME = RegimeSpec("any", "")
"""What the burn-in has in place of the regime of an arm: before the start nothing reads it."""


class BranchError(RuntimeError):
    """An arm whose process ended before it could answer."""


def can_branch() -> bool:
    """Return whether this process may be forked: on Linux, and only without other threads, whose locks a fork keeps."""
    return sys.platform == "linux" and threading.active_count() == 1


def branch_key(case: Case) -> str:
    """Return what must be equal for cases to share a burn-in.

    The regime, purchases, and what the scenario changes at ports, are read at the start of the analysis and not before.
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

    def finish(
        self, case: Case, arm: str | None = None, progress: Callable[[int, int], None] = lambda done, planned: None
    ) -> dict[str, pa.Table]:
        """Return the tables of the run of a case, as ``experiments.run.run`` makes them, from this burn-in.

        What the branch raises is raised here. Leaving early (an interrupt, a time limit) ends the branch at once.

        Args:
            case: the arm.
            arm: name in the ``arm`` column; None for the name of the regime.
            progress: called in the branch with days done and planned; may raise, for a time limit.

        Raises:
            ValueError: a case with another burn-in.
            BranchError: the branch was killed.
        """
        if branch_key(case) != self.key:
            raise ValueError("the burn-in of this case is another one; allowed: cases with an equal branch_key.")
        readable, writable = os.pipe()
        # Whatever waits in the buffers would be printed by both.
        sys.stdout.flush()
        sys.stderr.flush()
        trunk = os.getpid()
        branch = os.fork()
        if branch == 0:
            os.close(readable)
            self._answer_and_end(trunk, case, case.regime.name if arm is None else arm, progress, writable)
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
            raise BranchError(f"the process of arm {case.regime.name} ended with status {status}")
        return _opened(answer)

    def _answer_and_end(
        self, trunk: int, case: Case, arm: str, progress: Callable[[int, int], None], writable: int
    ) -> NoReturn:
        """Finish the run in this process, a branch, and end the process without a word to anybody else."""
        status = 1
        try:
            end_with_parent(trunk)
            # Time limits and interrupts are the business of the process that it branched from.
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            with open(writable, "wb") as pipe:
                pipe.write(self._answer(case, arm, progress))
            status = 0
        finally:
            os._exit(status)

    def _answer(self, case: Case, arm: str, progress: Callable[[int, int], None]) -> bytes:
        """Return the tables of the finished run, or what it raised, to be sent."""
        try:
            for field in dc.fields(Case):
                object.__setattr__(self._case, field.name, getattr(case, field.name))
            self._model.run_to_end(progress)
            return pickle.dumps(RunTables(self._model, arm).tables(), protocol=5)
        except Exception as error:
            text = traceback.format_exc()
            try:
                return pickle.dumps((error, text))
            except Exception:  # not every exception can be sent
                return pickle.dumps((BranchError(f"{type(error).__name__}: {error}"), text))

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

    Args:
        cases: arms, with equal ``branch_key``.
        seed: seed shared by all replications.
        replication: number of the replication.

    Raises:
        ValueError: cases whose burn-ins differ.
        BranchError: the process of an arm was killed.
    """
    if len({branch_key(case) for case in cases}) > 1:
        raise ValueError("these cases have different burn-ins; allowed: cases with an equal branch_key.")
    if len(cases) < 2 or not can_branch():
        yield from (run(case, seed, replication) for case in cases)
        return
    with shared_burn_in(cases[0], seed, replication) as burn_in:
        yield from (burn_in.finish(case) for case in cases)


class BurnIns:
    """Runs cases of one seed one after another; neighbours with an equal burn-in share it, where it can be."""

    def __init__(self, seed: int, groups: Ints, replications: Ints) -> None:
        """Note which runs have a neighbour to share with.

        Args:
            seed: shared by all runs.
            groups: by run, the number of its burn-in; nothing if no run shares one.
            replications: by run.
        """
        self._seed, self._replications = seed, replications
        self._shares = np.zeros(replications.size, np.bool_)
        if groups.size and can_branch():
            is_like_next = (np.diff(groups) == 0) & (np.diff(replications) == 0)
            self._shares[:-1] |= is_like_next
            self._shares[1:] |= is_like_next
        self._held: SharedBurnIn | None = None
        self._held_replication = -1

    def run(self, place: int, case: Case, progress: Callable[[int, int], None]) -> dict[str, pa.Table]:
        """Return the tables of a run, as ``experiments.run.run`` makes them.

        Args:
            place: of the run among all.
            case: of the run.
            progress: called with days done and planned.
        """
        replication = int(self._replications[place])
        if not self._shares[place]:
            return run(case, self._seed, replication, progress=progress)
        if self._held is None or self._held_replication != replication or self._held.key != branch_key(case):
            self.forget()
            self._held, self._held_replication = SharedBurnIn(case, self._seed, replication), replication
        return self._held.finish(case, progress=progress)

    def forget(self) -> None:
        """Let go of the burn-in that is held."""
        if self._held is not None:
            self._held.forget()
            self._held = None


def _opened(answer: bytes) -> dict[str, pa.Table]:
    """Return the tables that a branch sent, or raise what it raised, with the lines where it did."""
    opened = pickle.loads(answer)
    if isinstance(opened, dict):
        return opened
    error, text = opened
    error.add_note(text)
    raise error


def _before_start(case: Case) -> Case:
    """Return a case of its own with what no burn-in reads taken out."""
    scenario = dc.replace(case.scenario, name="any", about="", capacity_scale={}, terminal_security={})
    return dc.replace(case, regime=_NO_REGIME, scenario=scenario, purchases=())
