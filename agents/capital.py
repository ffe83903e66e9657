"""What organisations can lose before they fail, and who takes their place (perpetrator displacement)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from scenarios.parameters import Parameters
from sim.streams import Bools, Floats, Ints


def landed_cost_eur_per_kg(parameters: Parameters) -> float:
    """Return what a kilogram costs until it is on the market: origin price, freight and the fee of the team."""
    costs = parameters.costs
    fee = costs.extraction_fee_share * parameters.market.price_eur_per_kg
    return costs.origin_price_eur_per_kg + costs.freight_eur_per_kg + fee


def working_capital_eur(parameters: Parameters, slots: Ints) -> Floats:
    """Return the working capital of organisations: so many mean lots at landed cost, in proportion to their slots."""
    supply, organisations = parameters.supply, parameters.organisations
    mean_lot_kg = supply.mass_2023_t * 1000 / supply.lots_2023
    usual = organisations.slots / organisations.count
    lots = parameters.capital.working_capital_lots * np.maximum(slots / usual, 1.0)
    capital: Floats = lots * mean_lot_kg * landed_cost_eur_per_kg(parameters)
    return capital


def entry_probability(profit_eur_per_kg: float, parameters: Parameters) -> float:
    """Return the probability that a free slot goes to a newcomer: logistic in what lots bring (assumption).

    Args:
        profit_eur_per_kg: expected netback above the outside netback.
        parameters: of these, the block ``capital``.
    """
    capital = parameters.capital
    return float(expit((profit_eur_per_kg - capital.entry_profit_eur_per_kg) / capital.entry_scale_eur_per_kg))


@dataclass(slots=True)
class Capital:
    """Working capital of all organisations; profits beyond the start are taken out, losses eat it up."""

    start_eur: Floats
    eur: Floats = field(init=False)
    is_dismantled: Bools = field(init=False)
    """Whether arrests have ended it."""

    def __post_init__(self) -> None:
        """Start with the working capital."""
        self.eur = self.start_eur.copy()
        self.is_dismantled = np.zeros(self.eur.size, np.bool_)

    def settle(self, organisation: Ints, profit_eur: Floats) -> None:
        """Book profits (positive) and losses of consignments that closed."""
        np.add.at(self.eur, organisation, profit_eur)
        np.minimum(self.eur, self.start_eur, out=self.eur)

    def dismantle(self, organisation: int) -> None:
        """End an organisation, whatever it owns."""
        self.is_dismantled[organisation] = True

    @property
    def has_failed(self) -> Bools:
        """Return which organisations have lost more than they had, or were dismantled."""
        failed: Bools = (self.eur < 0) | self.is_dismantled
        return failed


def next_holder(log_weight: Floats, is_candidate: Bools, noise: Floats) -> int:
    """Return who takes over a slot: the highest log weight + Gumbel noise among the candidates.

    Args:
        log_weight: logarithm of the size of each organisation.
        is_candidate: who can take it over; at least one.
        noise: of each organisation, addressed by slot and how often the slot has changed hands.
    """
    return int(np.argmax(np.where(is_candidate, log_weight + noise, -np.inf)))
