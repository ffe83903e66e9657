"""What is uncertain, one coordinate an input: independent priors, and the inputs of the interception anchor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from experiments.interception_anchor import (
    FOLLOWING,
    INTERCEPTION,
    RELATIVE_LOTS,
    Anchor,
    anchor_inputs,
    anchor_priors,
)
from scenarios.case import Case
from scenarios.parameter_table import parameter_rows
from scenarios.parameters import Parameters
from scenarios.priors import Prior, draw_parameters, parameter_value, uncertain_parameters, value_of, with_values
from sim.streams import Floats, Stream, Streams

_MOST_BATCHES = 100
_DRAWS_BITS = 32


@dataclass(frozen=True, slots=True)
class InputSpace:
    """The uncertain inputs of a case; what the anchor sets follows from them and is no coordinate."""

    names: tuple[str, ...]
    priors: tuple[Prior, ...]
    start: Floats
    """Values of the case, shape (inputs,)."""
    parameters: Parameters
    anchor: Anchor
    """As draws from the priors use it."""
    moved: Anchor
    """The same, so that changes start from the case."""

    @staticmethod
    def of(case: Case) -> InputSpace:
        """Return the inputs of a case: all with a prior, in the order of the table, those of the anchor first."""
        tied = anchor_priors()
        free = {n: prior for n, prior in uncertain_parameters().items() if n not in tied and n not in FOLLOWING}
        priors = {**tied, **free}
        start = {**{name: value_of(case.parameters, name) for name in free}, **anchor_inputs(case.parameters)}
        anchor = Anchor.of(case.world, case.parameters, case.good)
        values = np.array([start[name] for name in priors])
        return InputSpace(
            tuple(priors), tuple(priors.values()), values, case.parameters, anchor, anchor.through(case.parameters)
        )

    @property
    def sds(self) -> Floats:
        """Return the prior standard deviation of each input."""
        return np.array([prior.sd for prior in self.priors])

    def standardised(self, values: Floats) -> Floats:
        """Return values in prior standard deviations from the case, shape (..., inputs)."""
        z: Floats = (values - self.start) / self.sds
        return z

    def limits(self) -> tuple[Floats, Floats]:
        """Return the ends of the priors in prior standard deviations from the case; the case lies between them."""
        low, high = (self.standardised(np.array([p.support[end] for p in self.priors])) for end in (0, 1))
        return np.minimum(low, 0.0), np.maximum(high, 0.0)

    def values_at(self, z: Floats) -> dict[str, float]:
        """Return the inputs by name at a point in prior standard deviations, whole numbers rounded."""
        rows = parameter_rows()
        values = zip(self.names, (self.start + z * self.sds).tolist(), strict=True)
        return {name: parameter_value(name, value) if name in rows else value for name, value in values}

    def refusal(self, z: Floats) -> str:
        """Return why the anchor refuses a point, or nothing."""
        return self.moved.values(self.values_at(z)).refusal

    def parameters_at(self, z: Floats) -> Parameters:
        """Return the parameters at a point in prior standard deviations from the case.

        Raises:
            InputError: the anchor implies a value outside its bounds.
        """
        return self._with(self.moved, self.values_at(z)) if z.any() else self.parameters

    def parameters_of(self, values: Mapping[str, float]) -> Parameters:
        """Return the parameters of a draw, given its inputs by name."""
        return self._with(self.anchor, values)

    def _with(self, anchor: Anchor, values: Mapping[str, float]) -> Parameters:
        rows = parameter_rows()
        plain = {name: value for name, value in values.items() if name in rows}
        return with_values(self.parameters, {**plain, **anchor.values(values).values})


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws from the priors that the anchor accepts, and what it refused."""

    values: Floats
    """Shape (draws, inputs), in natural units."""
    parameters: tuple[Parameters, ...]
    refused: dict[str, int]
    """Refused draws of the anchor by reason."""

    @property
    def acceptance(self) -> float:
        """Return the share of the anchor's draws that were accepted."""
        accepted = len(self.parameters)
        return accepted / (accepted + sum(self.refused.values()))


def latin_hypercube(streams: Streams, names: tuple[str, ...], draws: int, batch: int = 0) -> dict[str, Floats]:
    """Return uniforms by name, shape (draws,): one in each of as many equal strata, strata in an addressed order.

    McKay, Beckman and Conover 1979, doi:10.1080/00401706.1979.10489755. The address is the name, so that a parameter
    more changes no other's draws.

    Args:
        streams: randomness of the experiment.
        names: what the uniforms are for.
        draws: strata.
        batch: another number gives another hypercube.
    """
    rows = np.arange(draws)
    uniforms = {}
    for name in names:
        entity = int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little") >> 1
        luck = streams.uniforms(Stream.PRIOR_DRAW, (entity << _DRAWS_BITS) + rows, 2, batch)
        stratum = luck[:, 0].argsort().argsort()
        uniforms[name] = (stratum + luck[:, 1]) / draws
    return uniforms


def draw_inputs(space: InputSpace, draws: int, seed: int) -> Draws:
    """Draw from all priors: independent inputs by Latin hypercube, those of the anchor too until enough are accepted.

    Args:
        space: what is uncertain.
        draws: how many.
        seed: seed of the experiment.
    """
    streams = Streams(seed, 0)
    tied = tuple(anchor_priors())
    free = draw_parameters(latin_hypercube(streams, tuple(n for n in space.names if n not in tied), draws))
    accepted: list[dict[str, float]] = []
    refused: Counter[str] = Counter()
    for batch in range(_MOST_BATCHES):
        uniforms = latin_hypercube(streams, tied, draws, batch)
        for row in range(draws):
            inputs = _anchor_draw(space.anchor, {name: float(uniforms[name][row]) for name in tied})
            refusal = space.anchor.values(inputs).refusal
            if refusal:
                refused[refusal] += 1
            else:
                accepted.append(inputs)
            if len(accepted) == draws:
                values = [{**inputs, **{n: float(free[n][i]) for n in free}} for i, inputs in enumerate(accepted)]
                matrix = np.array([[by_name[name] for name in space.names] for by_name in values])
                return Draws(matrix, tuple(map(space.parameters_of, values)), dict(refused))
    raise ValueError(f"the anchor accepted {len(accepted)} of {draws * _MOST_BATCHES} draws; needed {draws}")


def _anchor_draw(anchor: Anchor, uniforms: Mapping[str, float]) -> dict[str, float]:
    priors = anchor_priors()
    inputs = {name: float(priors[name].quantile(np.array(u))) for name, u in uniforms.items()}
    return {**inputs, RELATIVE_LOTS: anchor.lots_quantile(inputs[INTERCEPTION], uniforms[RELATIVE_LOTS])}
