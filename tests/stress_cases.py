"""A model of two lines that stands in for the runs of waterbed stress."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable, Sequence

import numpy as np

from experiments.kept_runs import PairedRuns
from scenarios.case import Case
from scenarios.parameters import Parameters
from scenarios.priors import uncertain_parameters

GAIN, WEIGHT = "targeting.separation_gain", "beliefs.signal_weight"


def line(parameters: Parameters) -> float:
    """Return tonnes less that the treated arm lands: 12 at the defaults, gone 1.2 prior sds of GAIN below them."""
    priors = uncertain_parameters()
    gain = (parameters.targeting.separation_gain - 0.15) / priors[GAIN].sd
    weight = (parameters.beliefs.signal_weight - 0.5) / priors[WEIGHT].sd
    return 12 + 18 * gain + 4 * weight


@dc.dataclass
class Lines:
    """Stands in for kept runs: what lands is a line in two inputs, luck that both arms share, and a little more."""

    treated: Case
    result: Callable[[Parameters], float] = line
    noise: float = 0.05
    fails: Callable[[Parameters], bool] = lambda parameters: False
    points: int = 0

    def at(self, points: Sequence[Parameters], replications: int, done: Callable[[int], None]) -> list[PairedRuns]:
        self.points += len(points)
        done(len(points))
        return [self.runs(parameters, replications) for parameters in points]

    def runs(self, parameters: Parameters, replications: int) -> PairedRuns:
        if self.fails(parameters):
            return PairedRuns(np.zeros(0), np.zeros(0), np.zeros(0), "ZeroDivisionError: on purpose")
        key = int(1e6 * parameters.targeting.separation_gain + 1e6 * parameters.beliefs.signal_weight)
        luck = np.random.default_rng(key).normal(scale=self.noise, size=replications)
        baseline = 500 + 10 * np.sin(np.arange(replications))
        return PairedRuns(baseline - self.result(parameters) + luck, baseline, np.full(replications, 0.42))
