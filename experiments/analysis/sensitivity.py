"""Which factors matter for an outcome of a sweep, by the method that its design allows, and how much is luck."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from experiments.analysis.estimate import Z
from experiments.analysis.indices import (
    LEAST_POINTS,
    Index,
    given_indices,
    morris_effects,
    saltelli_block,
    sobol_indices,
)
from experiments.analysis.luck import Luck, luck_of
from experiments.analysis.outcome import Sample
from experiments.contrasts import CONFIDENCE, holm
from scenarios.errors import InputError
from sim.streams import Bools, Ints

METHODS = {"saltelli": "sobol", "morris": "morris"}
"""By kind of design; any other is analysed as given data."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What was found."""

    sample: Sample
    """The points that were analysed."""
    method: str
    left_out: int
    """Points without all their replications."""
    constant: tuple[str, ...]
    """Factors that do not vary and are not analysed."""
    indices: tuple[Index, ...]
    is_resolved: tuple[bool, ...]
    """By index: its interval lies beyond luck, and so does Holm's p-value over the factors."""
    luck: Luck


def sensitivity(sample: Sample, method: str = "auto") -> Sensitivity:
    """Return the indices of every factor and the share of luck.

    Args:
        sample: outcomes beside inputs.
        method: sobol, morris, given, or auto for what the design was made for.

    Raises:
        InputError: a design that the method cannot use, runs that are missing, or an outcome that does not vary.
    """
    if method == "auto":
        method = METHODS.get(sample.kind, "given")
    is_complete = sample.is_complete
    left_out = int((~is_complete).sum())
    if method == "given":
        sample = _checked(sample.rows(is_complete & _independent(sample)))
        groups = crossed_groups(sample)
    elif left_out:
        given = "" if sample.kind == "morris" else ", or method=given"
        raise InputError(
            f"{left_out} of {is_complete.size} points do not have all their runs, and method={method} needs every one "
            f"of them; allowed: first the same `waterbed sweep` with --retry-failed{given}."
        )
    else:
        block = _block(sample, method)
        groups = np.arange(len(sample.values)) // block
    means = sample.means
    if means.size < 2 or np.ptp(means) <= 1e-12 * float(np.abs(means).max()):
        raise InputError(f"outcome: {sample.name} is the same at all points; allowed: an outcome that varies.")
    luck = luck_of(sample.values, groups)
    constant: tuple[str, ...] = ()
    names = [factor.name for factor in sample.factors]
    if method == "sobol":
        indices = sobol_indices(names, means, block=block, noise_share=luck.in_means.value)
    elif method == "morris":
        assert sample.steps is not None
        indices = morris_effects(names, sample.steps, means, noise_sd=luck.noise_sd)
    else:
        varies = np.ptp(sample.inputs, axis=0) > 0
        constant = tuple(name for name, is_varied in zip(names, varies, strict=True) if not is_varied)
        names = [name for name in names if name not in constant]
        indices = given_indices(names, sample.inputs[:, varies], means, sample.is_categorical[varies].tolist(),
                                groups)  # fmt: skip
    return Sensitivity(sample, method, left_out, constant, tuple(indices), resolved(indices), luck)


def resolved(indices: list[Index]) -> tuple[bool, ...]:
    """Return by index whether it is told apart from that of a factor without effect, being one of several.

    The p-value is that of a normal estimate, adjusted after Holm over all factors with the same index.
    """
    p_values = np.array([_p_value(index) for index in indices])
    for name in {index.name for index in indices}:
        of_name = [i for i, index in enumerate(indices) if index.name == name]
        p_values[of_name] = holm(p_values[of_name].tolist())
    return tuple(index.is_resolved and p < 1 - CONFIDENCE for index, p in zip(indices, p_values.tolist(), strict=True))


def _p_value(index: Index) -> float:
    if not math.isfinite(index.low):
        return math.nan
    error = (index.high - index.low) / 2 / Z
    beyond = index.value - (index.by_luck if math.isfinite(index.by_luck) else 0.0)
    if error == 0:
        return 0.0 if beyond > 0 else 1.0
    return float(2 * ndtr(-max(beyond, 0.0) / error))


def _block(sample: Sample, method: str) -> int:
    """Return how many points belong together, and check that the method can use the design."""
    points, factors = len(sample.inputs), len(sample.factors)
    if method == "sobol":
        block = saltelli_block(sample.inputs)
        if not block or points // block < 2:
            raise _not_for(method, sample, "design=saltelli, all its points in their order")
        return block
    if method == "morris":
        if sample.is_categorical.any():
            names = ", ".join(factor.name for factor in sample.factors if factor.levels)
            raise InputError(
                f"method: morris cannot use factors with levels ({names}), between which there is no distance; "
                "allowed: a sweep for each level, all with the same points."
            )
        if sample.steps is None or points % (factors + 1) or not _are_trajectories(sample):
            raise _not_for(method, sample, "design=morris, all its points in their order")
        return factors + 1
    raise ValueError(f"no method {method}")


def _checked(sample: Sample) -> Sample:
    if len(sample.values) < LEAST_POINTS:
        few = f"{LEAST_POINTS} complete points or more, not {len(sample.values)}"
        raise InputError(f"method: given needs points enough (design={sample.kind}); allowed: {few}.")
    return sample


def _independent(sample: Sample) -> Bools:
    if sample.kind == "morris" or sample.steps is not None:
        raise InputError("method: given cannot use the points of design=morris, which are steps; allowed: morris.")
    return sample.is_independent


def crossed_groups(sample: Sample) -> Ints:
    """Return the group of each point: those of a step of Saltelli's or a trajectory of Morris's were made together.

    Of other designs, points that differ in levels alone were drawn together, as in a table that has every regime at
    each of its points. In a grid, and where there are few groups, each point is one of its own.
    """
    points = len(sample.values)
    if not sample.is_independent.all():
        return np.asarray(np.unique(sample.made_with, return_inverse=True)[1], np.int64)
    if sample.kind != "grid" and not sample.is_categorical.all():
        groups = np.unique(sample.inputs[:, ~sample.is_categorical], axis=0, return_inverse=True)[1].reshape(-1)
        if groups.max(initial=0) + 1 >= LEAST_POINTS:
            return np.asarray(groups, np.int64)
    return np.arange(points)


def _are_trajectories(sample: Sample) -> bool:
    assert sample.steps is not None
    factors = len(sample.factors)
    moved = np.diff(sample.steps.reshape(-1, factors + 1, factors), axis=1) != 0
    return bool((moved.sum(axis=2) == 1).all() and (moved.sum(axis=1) == 1).all())


def _not_for(method: str, sample: Sample, allowed: str) -> InputError:
    other = "method=morris" if sample.kind == "morris" else "method=given, which takes those of any other design"
    return InputError(
        f"method: {method} cannot use these points (design={sample.kind}); allowed: {allowed}, or {other}."
    )
