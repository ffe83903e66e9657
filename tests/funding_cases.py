"""Small questions of equipment funding with a baseline that nobody simulated, and all portfolios of them."""

from __future__ import annotations

import dataclasses as dc
import itertools
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from experiments.funding.limits import Limits
from experiments.funding.question import Offer, Question, Site, Staffing
from experiments.funding.surrogate import Baseline, Fitted, Surrogate, make_surrogate
from scenarios.case import Case
from scenarios.equipment import UnitTerms
from scenarios.load_case import load_case
from scenarios.world import Floats, Ints
from sim.streams import Stream, Streams

RANGES = ("north", "south")


@lru_cache(maxsize=1)
def base_case() -> Case:
    """Return a case, of which only the parameters matter here."""
    return load_case(["world=three_ports", "horizon_years=1"])


class Toy(NamedTuple):
    """A question and its world."""

    question: Question
    baseline: Baseline
    surrogate: Surrogate


def terms(name: str, kind: str, price: float, checks: float, posts: int, seen: tuple[float, ...]) -> UnitTerms:
    """Return the terms of a type; running cost is a tenth of the price."""
    assert len(seen) == 4
    return UnitTerms(name, kind, price, 0.0, 18.0, checks, 0.95, 10.0, 0.1 * price, posts, seen, 0.15)


def toy(
    seed: int, case: int = 0, *, ports: int = 4, most: tuple[int, ...] = (3, 1, 2), staffing: Staffing = "matching",
    fitted: Fitted | None = None,
) -> Toy:  # fmt: skip
    """Return a random question: ports in two countries and two ranges, a mobile, a fixed scanner and sets of dogs."""
    draw = Streams(seed, case).generator(Stream.PRIOR_DRAW)
    image = (0.75, 0.55, 0.45, 0.35)
    offers = (
        Offer(terms("mobile_xray", "mobile_scanner", 2_000_000.0 + draw.integers(0, 9) * 37_123.45, 12_000, 15, image),
              most[0]),
        Offer(terms("fixed_xray", "fixed_scanner", 4_900_000.0, 23_000, 22, image), most[1]),
        Offer(terms("dog_team", "second_look", 400_000.0, 4_000, 3, (0.4, 0.3, 0.3, 0.3)), most[2]),
    )  # fmt: skip
    nest = draw.integers(0, 2, ports)
    nest[:2] = 0, 1
    country = [("BE", "NL")[int(one)] for one in draw.integers(0, 2, ports)]
    scans = np.exp(draw.normal(9.2, 0.8, ports))
    boxes = np.exp(draw.normal(10.5, 0.8, ports))
    sites = tuple(
        Site(k, f"XX{k:03d}", f"Port {k}", country[k], RANGES[nest[k]], float(scans[k]), float(scans[k] / 800),
             float(boxes[k]), float(draw.uniform(0, 20_000)))
        for k in range(ports)
    )  # fmt: skip
    arriving = np.exp(draw.normal(3.5, 1, ports))
    baseline = Baseline(
        RANGES, nest, tuple(country), np.ones(ports), np.ones(2), arriving, draw.uniform(0.2, 0.5, ports),
        0.28 * np.bincount(nest, arriving, 2), np.full(2, 0.4), np.array([0.4, 0.35, 0.15, 0.1]),
        np.ones(ports), boxes, 30_000.0,
    )  # fmt: skip
    capital = [offer.grant_cents(0.8) for offer in offers]
    budgets = tuple(int(share * 2 * capital[0]) for share in (0, 1, 2, 4))
    shares = {name: country.count(name) / ports for name in sorted(set(country))}
    question = Question(
        base_case(), offers, sites, budgets, 0.8, (1.0,), staffing, 0.03, 75_000.0, 30_000.0, {}, {}, shares
    )
    if fitted is None:
        factors = np.exp(draw.normal(0, 0.4, 5))
        fitted = Fitted(*factors.tolist())
    return Toy(question, baseline, make_surrogate(question, baseline, fitted))


def with_limits(given: Toy, **limits: dict[str, float]) -> Toy:
    """Return the same with caps, floors or envelopes."""
    question = dc.replace(given.question, **limits)  # type: ignore[arg-type]
    return Toy(question, given.baseline, given.surrogate.asked(question))


def all_portfolios(limits: Limits) -> Ints:
    """Return every portfolio within the limits, shape (portfolios, sites, offers)."""
    ways = [np.array(list(itertools.product(*(range(int(n) + 1) for n in most))), np.int64) for most in limits.most]
    index = np.stack(np.meshgrid(*(np.arange(len(way)) for way in ways), indexing="ij"), axis=-1).reshape(-1, len(ways))
    units = np.stack([way[index[:, site]] for site, way in enumerate(ways)], axis=1)
    cents = units @ limits.grant_cents
    spent = np.stack([cents[:, limits.country == c].sum(axis=1) for c in range(limits.countries)], axis=1)
    is_within = (spent <= limits.caps_cents).all(axis=1)
    is_within &= np.maximum(spent, limits.floors_cents).sum(axis=1) <= limits.budget_cents
    return units[is_within]


def most(values: Floats) -> float:
    """Return the largest value."""
    return float(values.max())
