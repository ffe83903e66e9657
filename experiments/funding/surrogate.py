"""Surrogate of the funding question: what lands if equipment stands at ports, after traffickers have answered.

Loss at a port is that of the simulated baseline, moved by what selection finds more; flows pivot on those of the
baseline by a nested logit, with not shipping at all besides and a price that answers to what lands (`flows`). A few
factors are fitted to simulated portfolios (`fit`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from agents import surrogate as authority
from experiments.funding.detection import Detection
from experiments.funding.flows import Demand, Flows, Goal
from experiments.funding.question import Question
from experiments.funding.trials import Baseline, Trial
from scenarios.parameter_table import parameter_rows
from scenarios.parameters import Parameters
from scenarios.world import Floats, Ints

__all__ = ["AS_MODELLED", "Baseline", "Fitted", "Goal", "Surrogate", "Trial", "make_surrogate", "objective"]

_LEAST_FLOW_T = 1e-9
_KG_PER_T = 1000.0
_LEAST_OFFERED = 0.01
"""Below it the case has no supply to speak of, and its slope no meaning."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Factors on what the parameters of the model imply; 1 leaves it as it is."""

    scans: float = 1.0
    """On the probability that selection finds a load."""
    looks: float = 1.0
    """On what second looks show of what images did not."""
    stake: float = 1.0
    """On the value of a load that is lost, in units of the noise of choices."""
    dissimilarity: float = 1.0
    """Exponent of the dissimilarity of ports within a range: above 1 they are closer substitutes."""
    supply: float = 1.0
    """On how strongly supply answers to what it is worth to ship."""
    seen: float = 0.5
    """Share of a change of loss that who ships knows of; of the price all know.

    No parameter says it. A half is what simulations of three ports give: who ships learns from few finds of its own.
    """


AS_MODELLED = Fitted()


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """What lands, as a function of what is bought."""

    question: Question
    baseline: Baseline
    fitted: Fitted
    detection: Detection
    flows: Flows
    goal: Goal
    found_without: Floats
    """What selection finds without a grant, by site."""

    @property
    def entry(self) -> Ints:
        """Return the position of each site among the ports."""
        return np.array([site.entry for site in self.question.sites], np.int64)

    def asked(self, question: Question) -> Surrogate:
        """Return the same world for another question: other offers, sites or staffing."""
        if question is self.question:
            return self
        return make_surrogate(question, self.baseline, self.fitted, self.flows.followers)

    def without_followers(self) -> Surrogate:
        """Return the same with flows that stay where they are."""
        return make_surrogate(self.question, self.baseline, self.fitted, authority.NO_FOLLOWERS)

    def loss_at(self, site: Ints, units: Ints) -> Floats:
        """Return the share of what is bound for sites that does not land.

        What else finds loads goes on by itself: 1 - (1 - loss) (1 - found) / (1 - found without a grant).

        Args:
            site: positions of sites, shape (rows,).
            units: bought there, shape (rows, offers).
        """
        survives = (1 - self.detection.found(site, units)) / (1 - self.found_without[site])
        loss: Floats = np.clip(1 - (1 - self.baseline.loss[self.entry[site]]) * survives, 0.0, 1.0)
        return loss

    def losses(self, units: Ints) -> Floats:
        """Return the same of all ports, shape (..., ports), for portfolios of shape (..., sites, offers)."""
        sites, offers = self.question.shape
        lead = units.shape[:-2]
        rows = np.broadcast_to(np.arange(sites), (*lead, sites)).ravel()
        loss = np.broadcast_to(self.baseline.loss, (*lead, self.baseline.loss.size)).copy()
        loss[..., self.entry] = self.loss_at(rows, units.reshape(-1, offers)).reshape(*lead, sites)
        return loss

    def landed_if_t(self, loss: Floats, goal: Goal | None = None) -> Floats:
        """Return tonnes a year that land where it counts if ports have these losses, of shape (..., ports)."""
        return self.flows.total(self.flows.sums(loss, goal or self.goal, self.flows.price(loss)))

    def landed_t(self, units: Ints, goal: Goal | None = None) -> Floats:
        """Return tonnes a year that land where it counts, shape (...), for portfolios of shape (..., sites, offers)."""
        return np.asarray(self.landed_if_t(self.losses(units), goal), np.float64)

    def kept_off_t(self, units: Ints, goal: Goal | None = None) -> Floats:
        """Return by how much that is less than without a grant."""
        return self.landed_t(np.zeros(self.question.shape, np.int64), goal) - self.landed_t(units, goal)

    def kept_off_by_range_t(self, units: Ints) -> Floats:
        """Return the same by range, shape (..., ranges); below zero where flow is displaced to."""
        nothing = np.zeros(self.question.shape, np.int64)
        return self._landed_by_range_t(nothing) - self._landed_by_range_t(units)

    def _landed_by_range_t(self, units: Ints) -> Floats:
        loss = self.losses(units)
        drawn, landing, _ = self.flows.sums(loss, self.goal, self.flows.price(loss))
        landed: Floats = self.flows.by_range(drawn) * landing / drawn
        return landed

    def arriving_t(self, units: Ints) -> Floats:
        """Return tonnes a year bound for each port after displacement, shape (..., ports)."""
        loss = self.losses(units)
        price = self.flows.price(loss)
        drawn = self.flows.sums(loss, self.goal, price).drawn
        ports: Floats = (self.flows.by_range(drawn) / drawn)[..., self.flows.nest] * self.flows.weight(
            loss, np.asarray(price)[..., None]
        )
        return ports

    def coast_arriving_t(self, units: Ints) -> Floats:
        """Return tonnes a year bound for the coast of each range, shape (..., ranges)."""
        loss = self.losses(units)
        price = self.flows.price(loss)
        drawn = self.flows.sums(loss, self.goal, price).drawn
        coasts: Floats = self.flows.by_range(drawn) / drawn * self.flows.coast_weight(price)
        return coasts

    def price_eur_per_kg(self, units: Ints) -> Floats:
        """Return the wholesale price, shape (...)."""
        price: Floats = self.baseline.price_eur_per_kg * self.flows.price(self.losses(units))
        return price


def make_surrogate(
    question: Question, baseline: Baseline, fitted: Fitted = AS_MODELLED, followers: authority.Followers | None = None
) -> Surrogate:
    """Return the surrogate of a question.

    Args:
        question: sites, offers, staffing, and the case whose parameters hold.
        baseline: the simulated world without a grant.
        fitted: factors on what the parameters imply.
        followers: how flow answers; None for what the parameters and the factors imply.
    """
    if followers is None:
        followers = make_followers(question, baseline, fitted)
    detection = Detection.of(question, baseline, fitted.scans, fitted.looks)
    sites, offers = question.shape
    bare = detection.found(np.arange(sites), np.zeros((sites, offers), np.int64))
    flows = Flows(
        followers, make_demand(question, baseline), np.maximum(baseline.arriving_t, _LEAST_FLOW_T), baseline.loss,
        baseline.range_of_port, np.maximum(baseline.coast_arriving_t, _LEAST_FLOW_T), baseline.coast_loss, fitted.seen,
    )  # fmt: skip
    return Surrogate(question, baseline, fitted, detection, flows, Goal(baseline.counts, baseline.coast_counts), bare)


def make_followers(question: Question, baseline: Baseline, fitted: Fitted) -> authority.Followers:
    """Return how followers answer at the price of the baseline, by the parameters and the fitted factors."""
    parameters = question.base.parameters
    modelled = authority.make_followers(question.base, authority.true_beliefs(question.base))
    price = baseline.price_eur_per_kg / parameters.market.price_eur_per_kg
    return authority.Followers(
        modelled.stake * fitted.stake * price,
        modelled.dissimilarity**fitted.dissimilarity,
        modelled.supply_stake * fitted.supply,
        offered_share(parameters),
    )


def offered_share(parameters: Parameters) -> float:
    """Return the share of supply that is shipped without a grant: logistic in the netback that is usual.

    That netback is what the defaults imply, at which 1 / envelope is offered. Who could get more elsewhere offers
    less, and is closer to not shipping at all.
    """
    supply = parameters.supply
    if supply.envelope <= 1:
        return 1.0
    scale, outside = (
        parameter_rows()[f"supply.{name}"].default
        for name in ("reservation_scale_eur_per_kg", "outside_netback_eur_per_kg")
    )
    netback = outside + scale * float(logit(1 / supply.envelope))
    share = expit((netback - supply.outside_netback_eur_per_kg) / supply.reservation_scale_eur_per_kg)
    return float(np.clip(share, _LEAST_OFFERED, 1.0))


def make_demand(question: Question, baseline: Baseline) -> Demand | None:
    """Return how the price answers to what lands anywhere, or None if the case has no price feedback."""
    market, price = question.base.parameters.market, baseline.price_eur_per_kg
    if not question.base.switches.price_feedback:
        return None
    return Demand(
        market.elasticity,
        min(market.price_floor_eur_per_kg / price, 1.0),
        max(market.price_cap_eur_per_kg / price, 1.0),
    )


def yearly_cost_t(question: Question) -> Floats:
    """Return the tonnes that a year's staff and running cost of a unit of each offer must keep off; shape (offers,).

    Nothing with fixed staff: posts are paid anyway, and equipment is judged by what it keeps off alone.
    """
    if question.staffing == "fixed":
        return np.zeros(len(question.offers))
    terms = [offer.terms for offer in question.offers]
    eur = np.array([one.running_eur_per_year + one.posts * question.post_eur_per_year for one in terms])
    return eur / (question.worth_eur_per_kg * _KG_PER_T)


def objective(surrogate: Surrogate, question: Question, units: Ints) -> Floats:
    """Return tonnes kept off in a year, less what staff and running cost are worth with matching staff.

    Args:
        surrogate: what lands.
        question: staffing, and what a kilogram kept off is worth.
        units: portfolios, shape (..., sites, offers); the result has shape (...).
    """
    cost: Floats = (units @ yearly_cost_t(question)).sum(axis=-1)
    gain: Floats = surrogate.asked(question).kept_off_t(units) - cost
    return gain
