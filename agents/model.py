"""The model: one day is a visible list of phases; decide on yesterday's state, then act."""

from __future__ import annotations

import time
from collections.abc import Callable

import mesa
import numpy as np

from agents.enforcement import Enforcement
from agents.monthly import Monthly
from agents.plan import PLAN
from agents.traffickers import Traffickers
from scenarios.build_world import build_world
from scenarios.case import Case
from scenarios.load_case import load_case
from scenarios.world import World
from sim.clock import YEAR_DAYS, Clock
from sim.codes import FIRST_OPEN_FATE, Fate
from sim.market import Market
from sim.physical_world import Mailbox, PhysicalWorld, Shipments
from sim.streams import Ints, Streams
from sim.supply import make_lots


class WaterbedModel(mesa.Model):
    """Traffickers, authorities and the physical world of one run.

    ``step()`` is one day: the phases of ``plan``, in order. Without arguments it is the default case; run it with
    ``run_to_end()``, or step by step as any Mesa model.
    """

    def __init__(
        self, case: Case | None = None, seed: int = 1, replication: int = 0, idle_organisations: int = 0,
        spared: int | None = None,
    ) -> None:  # fmt: skip
        """Build the model at its first midnight.

        Args:
            case: what is asked; None for the default case.
            seed: with ``replication``, the address of all luck.
            replication: number of the replication.
            idle_organisations: organisations without a slot, which change nothing (to test just that).
            spared: id of a consignment that is never seized (for placebos).
        """
        super().__init__(rng=seed)
        self.case = case if case is not None else load_case([])
        self.seed, self.replication = seed, replication
        self.world: World = build_world(self.case.world, self.case.parameters, self.case.good)
        self.clock = Clock(self.case.burn_in_start)
        self.start_day = self.clock.day(self.case.start)
        last = self.case.start.replace(year=self.case.start.year + self.case.horizon_years)
        self.window_end_day = self.clock.day(last)
        self.last_day = self.window_end_day + self.case.closing_days
        self.day = 0
        streams = Streams(seed, replication)
        self.lots = make_lots(self.case, self.world, streams, self.clock, self.last_day)
        self.physical = PhysicalWorld(self.case, self.world, streams, self.clock, self.last_day, self.lots, spared)
        self.traffickers = Traffickers(self, streams, self.lots, idle_organisations)
        self.enforcement = Enforcement(self, self.physical, streams, self.start_day)
        self.market = Market(self.case, self.clock, self.world.supply_share)
        self.monthly = Monthly(self)
        self.mailbox = Mailbox(np.zeros(0, np.int64), np.zeros(0))
        self._shipments: Shipments | None = None
        self._shipped: Ints = np.zeros(0, np.int64)
        self.plan: list[tuple[str, Callable[[], None]]] = [(name, getattr(self, f"_{name}")) for name, _ in PLAN]
        self.phase_seconds = dict.fromkeys((name for name, _ in PLAN), 0.0)

    def step(self) -> None:
        """Run one day."""
        clock = time.perf_counter
        for name, phase in self.plan:
            begun = clock()
            phase()
            self.phase_seconds[name] += clock() - begun
        self.day += 1

    def run_to_end(self, progress: Callable[[int, int], None] = lambda done, planned: None) -> None:
        """Run until the cohort is closed, or the closing time is over.

        Args:
            progress: called with days done and planned.
        """
        while self.day < self.window_end_day or (self.day < self.last_day and not self._is_cohort_closed()):
            self.step()
            progress(self.day, self.last_day)
        self.physical.inland.settle(self.physical.consignments)

    def _is_cohort_closed(self) -> bool:
        """Return whether every parcel of the cohort has a closed fate."""
        arrival = self.lots["arrival_day"]
        is_cohort = (arrival >= self.start_day) & (arrival < self.window_end_day)
        parcels = self.traffickers.parcels.rows
        undecided = is_cohort & (self.lots["fate_unshipped"] == Fate.HELD)
        undecided[parcels["lot"]] = False
        is_open = self.physical.consignments["fate"][parcels["consignment"]] >= FIRST_OPEN_FATE
        return not (undecided.any() or (is_cohort[parcels["lot"]] & is_open).any())

    # ---- the phases of a day -----------------------------------------------------------------------------------

    def _arrest(self) -> None:
        self.traffickers.suffer(self.enforcement.controls.arrests, self.day)

    def _supply(self) -> None:
        self.traffickers.supply(self.day)

    def _decide(self) -> None:
        self._shipments = self.traffickers.decide(self.day, self.market.price, self.physical.insiders.cost_eur)

    def _ship(self) -> None:
        self._shipped = np.zeros(0, np.int64)
        if self._shipments is not None:
            at = self.physical.ship(self.day, self._shipments, self.enforcement.posture)
            self.traffickers.book(at)
            self._shipped = np.arange(at.start, at.stop)

    def _move(self) -> None:
        self.mailbox = self.physical.advance_day(self.day, self.enforcement.posture)

    def _learn(self) -> None:
        rows = self.physical.consignments
        closed = rows[self.mailbox.closed]
        self.traffickers.learn(self.day, rows[self._shipped], closed, self.clock.is_month_end(self.day))
        landed = closed[closed["fate"] == Fate.DELIVERED]  # nothing is seized inland on the day it lands
        to_be_seized_g = int(landed["mass_g"][landed["inland_min"] >= 0].sum())
        seized_g = int(rows["mass_g"][self.mailbox.seized_inland].sum())
        self.market.advance(self.day, int(landed["mass_g"].sum()), to_be_seized_g, seized_g)

    def _enforce(self) -> None:
        self.enforcement.observe(self.mailbox, self.physical.consignments[self.mailbox.closed])
        self.enforcement.enforce(self.day)

    def _record(self) -> None:
        if self.clock.is_month_end(self.day):
            effort = self.physical.drug_slots_per_day(self.enforcement.posture)
            boxes = self.world.at_risk_boxes / YEAR_DAYS
            is_known = ~np.isin(self.world.entry.code, self.case.scenario.unknown_ports)
            self.traffickers.beliefs.observe_effort(self.day, effort / (boxes + 1e-9), boxes * is_known)
            self.traffickers.beliefs.observe_departure_controls(self.day, self.enforcement.added_at_departure())
            self.monthly.note()
