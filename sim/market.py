"""The wholesale market: price follows what lands against a growing demand; sinks add up to what landed, in grams."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from scenarios.case import Case
from sim.clock import YEAR_DAYS, Clock

FIRST_LANDINGS_DAYS = 42
"""A passage of three to four weeks and the time at the terminal (assumption)."""


def price_eur_per_kg(landed_kg_per_day: float, demand_kg_per_day: float, reference: float, elasticity: float) -> float:
    """Return the price at which demand takes what lands: P = P0 (Q / Q0)^(1 / eps), eps < 0 (constant elasticity)."""
    return reference * float((landed_kg_per_day / demand_kg_per_day) ** (1 / elasticity))


def bounded_price(price: float, floor: float, cap: float) -> tuple[float, bool]:
    """Return a price within bounds, and whether it was at one of them or beyond."""
    return min(max(price, floor), cap), not floor < price < cap


def demand_index(case: Case, year: float) -> float:
    """Return demand relative to 2023; ``year`` may have a fraction (2023.5 is the middle of 2023).

    It grows by the parameter up to then and by the scenario's rate after (nothing, unless it says so).
    """
    past, future = case.parameters.market.demand_growth_per_year, case.scenario.demand_growth_per_year
    since = year - 2023.5
    return float((1 + (past if since < 0 else future)) ** since)


@dataclass(slots=True)
class Sinks:
    """Where landed grams went: consumed, re-exported, seized inland, still in stock."""

    consumed_g: int = 0
    reexported_g: int = 0
    seized_inland_g: int = 0
    stock_g: int = 0

    def landed_g(self) -> int:
        """Return what landed: the sum of all sinks."""
        return self.consumed_g + self.reexported_g + self.seized_inland_g + self.stock_g


@dataclass(slots=True)
class Market:
    """Stock, price and sinks of one run."""

    case: Case
    clock: Clock
    supply_share: float
    sinks: Sinks = field(default_factory=Sinks)
    price: float = 0.0
    flow_kg_per_day: float = 0.0
    """Landed net of what the stock took up: the stock drains at a rate, so it is the smoothed flow of what landed."""
    days_at_bound: list[int] = field(default_factory=list)
    """Days on which the price would have left its bounds."""
    _to_be_seized_g: int = 0

    def __post_init__(self) -> None:
        """Start with the flow that keeps the reference price, and an empty stock."""
        self.price = self.case.parameters.market.price_eur_per_kg
        self.flow_kg_per_day = self._demand_kg_per_day(0)

    def _demand_kg_per_day(self, day: int) -> float:
        market = self.case.parameters.market
        date = self.clock.date(day)
        year = date.year + (date.timetuple().tm_yday - 1) / YEAR_DAYS
        yearly_kg = market.landed_2023_t * 1000 * self.supply_share
        return yearly_kg / YEAR_DAYS * demand_index(self.case, year)

    def advance(self, day: int, landed_g: int, to_be_seized_g: int = 0, seized_g: int = 0) -> None:
        """Take in what landed on a day and let the stock drain; update the price if the switch is on.

        Args:
            day: the day.
            landed_g: landed today.
            to_be_seized_g: part of it that will be seized inland; it is in the stock until then and does not drain.
            seized_g: seized inland today, of what was to be seized.
        """
        market = self.case.parameters.market
        remaining = 0.5 ** (1 / market.stock_half_life_days)
        # The run begins with an empty sea: until the first loads can have landed the market lives as before.
        landed_kg = landed_g / 1000 if day >= FIRST_LANDINGS_DAYS else self._demand_kg_per_day(day)
        self.flow_kg_per_day = remaining * self.flow_kg_per_day + (1 - remaining) * landed_kg
        sinks = self.sinks
        self._to_be_seized_g += to_be_seized_g - seized_g
        sinks.stock_g += landed_g - seized_g
        sinks.seized_inland_g += seized_g
        outflow = math.floor((sinks.stock_g - self._to_be_seized_g) * (1 - remaining))
        reexported = math.floor(outflow * market.reexport_share)
        sinks.stock_g -= outflow
        sinks.reexported_g += reexported
        sinks.consumed_g += outflow - reexported
        if self.case.switches.price_feedback:
            demand = self._demand_kg_per_day(day)
            flow = max(self.flow_kg_per_day, 1e-3 * demand)
            free = price_eur_per_kg(flow, demand, market.price_eur_per_kg, market.elasticity)
            self.price, is_at_bound = bounded_price(free, market.price_floor_eur_per_kg, market.price_cap_eur_per_kg)
            if is_at_bound:
                self.days_at_bound.append(day)
