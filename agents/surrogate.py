"""What an authority believes would follow from placing scanners: its own small model, never the simulator.

Detection rises with drug-tasked scans, ever more slowly; followers answer by a nested logit over ports, those of a
range being closer substitutes, and by not shipping at all. Flow is what evidence suggests, in boxes a year; what is
not known is drawn from the priors, once per replication, the same for all authorities and held.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from scenarios.case import Case
from scenarios.parameter_table import rows_of_good
from scenarios.priors import parse_prior, value_of
from scenarios.world import World
from sim.streams import Bools, Floats, Ints, Stream, Streams
from sim.transhipment import make_hub_control, recall

UNCERTAIN = (
    "control.separation", "control.drug_tasked_share", "control.search_detection", "control.hub_share",
    "methods.rip_on_image_detection", "methods.in_cargo_image_detection", "methods.in_structure_image_detection",
    "methods.cooling_unit_image_detection", "methods.outside_loss_probability", "choice.temperature_eur_per_kg",
    "choice.nest_dissimilarity", "costs.extraction_fee_share", "supply.reservation_scale_eur_per_kg",
)  # fmt: skip
"""What authorities do not know and draw; a further one goes to the end, so that the others keep their draws."""


def drawn_beliefs(case: Case, streams: Streams) -> dict[str, float]:
    """Return a draw of what is uncertain from its priors; the values of the case play no part in it."""
    rows = rows_of_good(case.good)
    uniforms = streams.uniforms(Stream.SURROGATE, np.arange(len(UNCERTAIN)), 1)[:, 0]
    return {
        name: float(parse_prior(rows[name].prior, rows[name].default).quantile(np.array([u]))[0])
        for name, u in zip(UNCERTAIN, uniforms.tolist(), strict=True)
    }


def true_beliefs(case: Case) -> dict[str, float]:
    """Return the values of the case: what only the oracle knows."""
    return {name: value_of(case.parameters, name) for name in UNCERTAIN}


class Sites(NamedTuple):
    """What turns scans into detection at each port."""

    slots_per_scan: Floats
    """Drug-tasked share of planned capacity."""
    boxes: Floats
    """At-risk boxes a year before the selection, transhipped ones among them."""
    separation: float
    image_detection: float
    search_detection: float
    image_false_alarm: float

    def loss(self, scans: Floats, has_scanner: Bools) -> Floats:
        """Return the believed probability that a load is found: recall of the selection x detection (binormal).

        Args:
            scans: yearly capacity, any shape that ends in the ports.
            has_scanner: whether anything scans; without, a port searches what it would open if it scanned.
        """
        effective = np.where(has_scanner, scans, scans * self.image_false_alarm)
        share = np.minimum(effective * self.slots_per_scan / self.boxes, 1.0)
        found = np.where(has_scanner, self.image_detection, 1.0) * self.search_detection
        loss: Floats = found * recall(share, np.full_like(share, self.separation))
        return loss

    def at(self, ports: Ints) -> Sites:
        """Return the sites of some ports."""
        return self._replace(slots_per_scan=self.slots_per_scan[ports], boxes=self.boxes[ports])


def make_sites(case: Case, world: World, believed: dict[str, float]) -> Sites:
    """Return the sites of a world; at-risk boxes and capacity are published."""
    control, at_risk = case.parameters.control, world.at_risk_boxes
    up = control.scanner_mtbf_days / (control.scanner_mtbf_days + control.scanner_mttr_days)
    scale = np.array([case.scenario.capacity_scale.get(code, 1.0) for code in world.entry.code])
    own_share = make_hub_control(world, believed["control.hub_share"]).own_share
    images = [believed[f"methods.{m}_image_detection"] for m in ("rip_on", "in_cargo", "in_structure", "cooling_unit")]
    return Sites(
        control.utilisation * up * believed["control.drug_tasked_share"] * scale,
        np.maximum(at_risk / np.maximum(own_share, 1e-9), 1.0),
        believed["control.separation"],
        math.fsum(images) / len(images),
        believed["control.search_detection"],
        control.image_false_alarm,
    )


class Followers(NamedTuple):
    """How flow answers to a change of loss."""

    stake: float
    """Value of a load that is lost, in units of the noise of choices."""
    dissimilarity: float
    """Of ports within a range: 1 makes all ports equally close substitutes."""
    supply_stake: float
    """Noise of choices in units of the noise of the decision to ship at all."""
    offered: float
    """Share of supply that is shipped before anything changes."""


def make_followers(case: Case, believed: dict[str, float]) -> Followers:
    """Return how followers answer, at the reference price."""
    temperature = believed["choice.temperature_eur_per_kg"]
    delivered = value_of(case.parameters, "market.price_eur_per_kg") * (1 - believed["costs.extraction_fee_share"])
    return Followers(
        delivered / temperature,
        believed["choice.nest_dissimilarity"],
        temperature / believed["supply.reservation_scale_eur_per_kg"],
        1 / case.parameters.supply.envelope,
    )


NO_FOLLOWERS = Followers(0.0, 1.0, 0.0, 1.0)
"""Flows that stay where they are."""


class Goal(NamedTuple):
    """What is to be small: what lands where it counts, or else less the finds there; boxes a year."""

    port: Floats
    """Weight of each port, 1 where it counts."""
    coast: Floats
    """Weight of what lands outside the terminals of each range."""
    counts_finds: bool = False

    def cost(self, loss: Floats, port: Ints | slice = slice(None)) -> Floats:
        """Return the cost of a box bound for a port."""
        per_box: Floats = self.port[port] * (-loss if self.counts_finds else 1 - loss)
        return per_box


@dataclass(frozen=True, slots=True)
class Surrogate:
    """Flow by port after displacement, as a function of what stands where."""

    sites: Sites
    followers: Followers
    flow: Floats
    """Believed boxes a year by port, at the reference loss."""
    reference_loss: Floats
    nest: Ints
    """Range of each port."""
    coast_flow: Floats
    """Believed boxes a year that land outside the terminals, by range."""
    coast_loss: float

    def weight(self, loss: Floats, port: Ints | slice = slice(None)) -> Floats:
        """Return what draws flow to a port: its flow x exp(-(loss - reference) stake / dissimilarity)."""
        f = self.followers
        drawn: Floats = self.flow[port] * np.exp((self.reference_loss[port] - loss) * (f.stake / f.dissimilarity))
        return drawn

    def sums(self, loss: Floats, goal: Goal) -> tuple[Floats, Floats]:
        """Return what draws flow to each range, and the same times the cost of a box, shape (ranges,)."""
        weight, ranges = self.weight(loss), self.coast_flow.size
        cost = goal.coast * (0.0 if goal.counts_finds else 1 - self.coast_loss)
        drawn = self.coast_flow + np.bincount(self.nest, weight, minlength=ranges)
        return drawn, self.coast_flow * cost + np.bincount(self.nest, weight * goal.cost(loss), minlength=ranges)

    def shipped(self, inclusive: Floats) -> Floats:
        """Return total flow, given the sum over ranges of what draws flow; its reference is the flow itself."""
        f, base = self.followers, float(self.base().sum())
        if f.offered >= 1:
            return np.full_like(inclusive, base)
        offered: Floats = expit(logit(f.offered) + f.supply_stake * np.log(inclusive / base))
        return offered * (base / f.offered)

    def total(self, drawn: Floats, cost: Floats) -> Floats:
        """Return the goal: flow x cost, with flow by the nested logit that pivots on the flows of the reference.

        Share of a range: base (drawn / base)^dissimilarity; of a port in it: its weight over the sum.

        Args:
            drawn: as `sums` returns it, shape (..., ranges).
            cost: the same times the cost of a box.
        """
        base = self.base()
        nests = base * (drawn / base) ** self.followers.dissimilarity
        inclusive: Floats = nests.sum(axis=-1)
        goal: Floats = self.shipped(inclusive) * (nests * cost / drawn).sum(axis=-1) / inclusive
        return goal

    def value(self, loss: Floats, goal: Goal) -> float:
        """Return the goal if loads are lost with these probabilities at the ports."""
        return float(self.total(*self.sums(loss, goal)))

    def flows(self, loss: Floats) -> Floats:
        """Return flow by port, boxes a year."""
        nothing = Goal(np.zeros(self.flow.size), np.zeros(self.coast_flow.size))
        drawn, _ = self.sums(loss, nothing)
        base = self.base()
        nests = base * (drawn / base) ** self.followers.dissimilarity
        per_nest = self.shipped(nests.sum(keepdims=True)) * nests / nests.sum()
        ports: Floats = per_nest[self.nest] * self.weight(loss) / drawn[self.nest]
        return ports

    def base(self) -> Floats:
        """Return the flow of each range, coast included, at the reference loss."""
        base: Floats = self.coast_flow + np.bincount(self.nest, self.flow, minlength=self.coast_flow.size)
        return base
