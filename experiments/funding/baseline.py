"""What simulations of the world without a grant, and of trial portfolios, say to the surrogate."""

from __future__ import annotations

import math

import numpy as np

from agents.surrogate import make_sites as believed_sites
from agents.surrogate import true_beliefs
from experiments.funding.question import Question
from experiments.funding.simulated import ARRIVING, LANDED, METHOD, METHODS, PRICE, Outcomes, eu_shares
from experiments.funding.trials import Baseline, Trial
from scenarios.build_world import build_world
from scenarios.world import Floats, Ints, World

_LEAST_ERROR_T = 1e-6
"""Of a difference that is the same in every replication."""


def make_baseline(question: Question, found: Outcomes) -> Baseline:
    """Return the world without a grant as it was simulated, mean over replications.

    Args:
        question: its case is the one that was run.
        found: of its runs.
    """
    case = question.base
    world = build_world(case.world, case.parameters, case.good)
    shares = eu_shares(world)
    ports, coasts = world.entry.code, tuple(f"coast:{name}" for name in world.coasts.name)
    arriving, loss = _arriving(found, ports)
    coast_arriving, coast_loss = _arriving(found, coasts)
    mix = found.places(METHOD, METHODS).sum(axis=0)
    return Baseline(
        ranges=world.coasts.name,
        range_of_port=np.array([world.coasts.name.index(name) for name in world.entry.port_range], np.int64),
        country=world.entry.country,
        counts=np.array([shares[code] for code in ports]),
        coast_counts=np.array([shares[name] for name in coasts]),
        arriving_t=arriving,
        loss=loss,
        coast_arriving_t=coast_arriving,
        coast_loss=coast_loss,
        method_mix=mix / mix.sum() if mix.sum() > 0 else np.full(mix.size, 1 / mix.size),
        has_scanner=world.entry.has_scanner.astype(np.float64),
        boxes=believed_sites(case, world, true_beliefs(case)).boxes,
        price_eur_per_kg=float(found.facts[PRICE].mean()),
    )


def _arriving(found: Outcomes, places: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return tonnes a year that arrived at places, and the share of them that did not land."""
    arriving, landed = (found.places(quantity, places).mean(axis=0) for quantity in (ARRIVING, LANDED))
    loss = np.where(arriving > 0, 1 - landed / np.maximum(arriving, 1e-12), 0.0)
    return arriving, loss


def make_trial(world: World, units: Ints, treated: Outcomes, baseline: Outcomes) -> Trial:
    """Return what a portfolio kept off, against the same replications of the baseline.

    Args:
        world: of both.
        units: shape (sites, offers).
        treated, baseline: the same replications.
    """
    kept_off = baseline.landed_t - treated.landed_t
    by_range = landed_by_range(world, baseline) - landed_by_range(world, treated)
    arriving_more = arriving_by_range(world, treated) - arriving_by_range(world, baseline)
    (loss, luck), (usual, usual_luck) = (_losses(world, found) for found in (treated, baseline))
    return Trial(
        units, float(kept_off.mean()), float(_error(kept_off)), by_range.mean(axis=0), _error(by_range),
        loss - usual, _error(luck - usual_luck), arriving_more.mean(axis=0), _error(arriving_more),
    )  # fmt: skip


def _losses(world: World, found: Outcomes) -> tuple[Floats, Floats]:
    """Return the share lost at each port over all replications, and how each replication moves it.

    A ratio of means; its error follows from the lost mass that each replication has beyond the share (delta method).
    """
    arriving, landed = (found.places(quantity, world.entry.code) for quantity in (ARRIVING, LANDED))
    mean = arriving.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        loss = 1 - landed.mean(axis=0) / mean
        luck = (arriving * (1 - loss) - landed) / mean
    return loss, luck


def arriving_by_range(world: World, found: Outcomes) -> Floats:
    """Return tonnes a year bound for the ports of each range, and for its coast, shape (replications, 2 ranges)."""
    ports = found.places(ARRIVING, world.entry.code)
    is_there = np.array([[of == name for name in world.coasts.name] for of in world.entry.port_range], np.float64)
    coasts = found.places(ARRIVING, tuple(f"coast:{name}" for name in world.coasts.name))
    return np.hstack([ports @ is_there, coasts])


def landed_by_range(world: World, found: Outcomes) -> Floats:
    """Return tonnes a year that landed in the EU, by replication and port range, shape (replications, ranges)."""
    shares = eu_shares(world)
    place_range = dict(zip(world.entry.code, world.entry.port_range, strict=True))
    place_range |= {f"coast:{name}": name for name in world.coasts.name}
    names = tuple(place_range)
    weight = np.array([[shares[place] * (place_range[place] == name) for name in world.coasts.name] for place in names])
    by_range: Floats = found.places(LANDED, names) @ weight
    return by_range


def _error(values: Floats) -> Floats:
    """Return the standard error of a mean over replications (the first axis), more than zero."""
    error: Floats = np.maximum(values.std(axis=0, ddof=1) / math.sqrt(values.shape[0]), _LEAST_ERROR_T)
    return error
